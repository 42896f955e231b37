"""A PKCS#11 module in a process of its own, with a session that the user is logged into.

usage: session.py MODULE PIN

Requests and answers are pickled, on standard input and output: the name of a method of `Session` and its arguments;
`("answer", value)` or `("refused", "C_Function: 0x...")`. Functions are those of version 2.40, which every module has.
"""

from __future__ import annotations

import ctypes
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Ulong = ctypes.c_ulong
FUNCTIONS = (
    "Initialize Finalize GetInfo GetFunctionList GetSlotList GetSlotInfo GetTokenInfo GetMechanismList "
    "GetMechanismInfo InitToken InitPIN SetPIN OpenSession CloseSession CloseAllSessions GetSessionInfo "
    "GetOperationState SetOperationState Login Logout CreateObject CopyObject DestroyObject GetObjectSize "
    "GetAttributeValue SetAttributeValue FindObjectsInit FindObjects FindObjectsFinal EncryptInit Encrypt "
    "EncryptUpdate EncryptFinal DecryptInit Decrypt DecryptUpdate DecryptFinal DigestInit Digest DigestUpdate "
    "DigestKey DigestFinal SignInit Sign SignUpdate SignFinal SignRecoverInit SignRecover VerifyInit Verify "
    "VerifyUpdate VerifyFinal VerifyRecoverInit VerifyRecover DigestEncryptUpdate DecryptDigestUpdate "
    "SignEncryptUpdate DecryptVerifyUpdate GenerateKey GenerateKeyPair WrapKey UnwrapKey DeriveKey"
).split()
OS_LOCKING_OK, RW_SERIAL, USER, CONTEXT_SPECIFIC = 2, 6, 1, 2
SPACE = 16384  # bytes for an answer, more than any of them has

Value = bytes | bool | int
Template = Mapping[int, Value]
Parameter = bytes | Sequence[object] | None


class Refused(Exception):
    """A function of the module did not answer CKR_OK."""


@dataclass(frozen=True)
class Inline:
    """Bytes that stand in a structure themselves; other bytes are pointed to."""

    content: bytes


class Memory:
    """What a call points to, alive as long as this is."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    def put(self, content: bytes) -> int:
        buffer = ctypes.create_string_buffer(content, max(1, len(content)))
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def structure(self, fields: Sequence[object]) -> bytes:
        """Numbers as CK_ULONG, bytes and sequences (structures) as pointers, `None` as NULL."""
        return b"".join(self.field(field) for field in fields)

    def field(self, field: object) -> bytes:
        if isinstance(field, Inline):
            return field.content
        if isinstance(field, int):
            return bytes(Ulong(field))
        if field is None:
            return bytes(8)
        content = field if isinstance(field, bytes) else self.structure(field)  # type: ignore[arg-type]
        return bytes(Ulong(self.put(content)))

    def mechanism(self, number: int, parameter: Parameter) -> int:
        content = parameter if isinstance(parameter, bytes) else self.structure(parameter or ())
        return self.put(self.structure([number, content if content else None, len(content)]))

    def template(self, template: Template) -> tuple[int, int]:
        fields: list[object] = []
        for attribute, value in template.items():
            content = value_bytes(value)
            fields += [attribute, content, len(content)]
        return self.put(self.structure(fields)), len(template)


def value_bytes(value: Value) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    return bytes(Ulong(value)) if isinstance(value, int) else value


class Session:
    def __init__(self, path: str, pin: str) -> None:
        self.library = ctypes.CDLL(path)
        self.places = ctypes.POINTER(ctypes.c_void_p)()
        self.library.C_GetFunctionList(ctypes.byref(self.places))
        memory = Memory()
        self.call("Initialize", memory.put(memory.structure([None, None, None, None, OS_LOCKING_OK, None])))
        self.slot = self.numbers("GetSlotList", 1)[0]
        opened = Ulong()
        self.call("OpenSession", self.slot, RW_SERIAL, 0, 0, ctypes.addressof(opened))
        self.handle = opened.value
        self.call("Login", self.handle, USER, memory.put(pin.encode()), len(pin))

    def call(self, name: str, *arguments: int) -> None:
        place = self.places[1 + FUNCTIONS.index(name)]
        answer = ctypes.CFUNCTYPE(Ulong, *[Ulong] * len(arguments))(place)(*arguments)
        if answer != 0:
            raise Refused(f"C_{name}: 0x{answer:x}")

    def numbers(self, name: str, *before: int) -> list[int]:
        count = Ulong()
        self.call(name, *before, 0, ctypes.addressof(count))
        found = (Ulong * count.value)()
        self.call(name, *before, ctypes.addressof(found), ctypes.addressof(count))
        return list(found)[: count.value]

    def handles(self, name: str, *arguments: int, count: int = 1) -> list[int]:
        """The answer of a function that ends in places for handles."""
        found = [Ulong() for _ in range(count)]
        self.call(name, self.handle, *arguments, *map(ctypes.addressof, found))
        return [handle.value for handle in found]

    def output(self, name: str, *arguments: int) -> bytes:
        """The answer of a function that ends in a buffer and its length."""
        buffer, length = ctypes.create_string_buffer(SPACE), Ulong(SPACE)
        self.call(name, self.handle, *arguments, ctypes.addressof(buffer), ctypes.addressof(length))
        return buffer.raw[: length.value]

    def mechanisms(self) -> list[int]:
        return self.numbers("GetMechanismList", self.slot)

    def create(self, template: Template) -> int:
        memory = Memory()
        return self.handles("CreateObject", *memory.template(template))[0]

    def generate(self, mechanism: int, parameter: Parameter, template: Template) -> int:
        memory = Memory()
        return self.handles("GenerateKey", memory.mechanism(mechanism, parameter), *memory.template(template))[0]

    def pair(self, mechanism: int, public: Template, private: Template) -> list[int]:
        memory = Memory()
        templates = (*memory.template(public), *memory.template(private))
        return self.handles("GenerateKeyPair", memory.mechanism(mechanism, None), *templates, count=2)

    def derive(self, mechanism: int, parameter: Parameter, key: int, template: Template) -> int:
        memory = Memory()
        return self.handles("DeriveKey", memory.mechanism(mechanism, parameter), key, *memory.template(template))[0]

    def unwrap(self, mechanism: int, parameter: Parameter, key: int, wrapped: bytes, template: Template) -> int:
        memory = Memory()
        what = (memory.mechanism(mechanism, parameter), key, memory.put(wrapped), len(wrapped))
        return self.handles("UnwrapKey", *what, *memory.template(template))[0]

    def wrap(self, mechanism: int, parameter: Parameter, wrapping: int, key: int) -> bytes:
        memory = Memory()
        return self.output("WrapKey", memory.mechanism(mechanism, parameter), wrapping, key)

    def read(self, handle: int, attributes: Sequence[int]) -> list[bytes]:
        memory = Memory()
        values = [ctypes.create_string_buffer(SPACE) for _ in attributes]
        fields: list[int] = []
        for attribute, value in zip(attributes, values):
            fields += [attribute, ctypes.addressof(value), SPACE]
        rows = (Ulong * len(fields))(*fields)
        memory.kept.append(rows)
        self.call("GetAttributeValue", self.handle, handle, ctypes.addressof(rows), len(attributes))
        return [value.raw[: rows[3 * at + 2]] for at, value in enumerate(values)]

    def find(self, template: Template) -> list[int]:
        memory = Memory()
        self.call("FindObjectsInit", self.handle, *memory.template(template))
        found, count = (Ulong * 1000)(), Ulong()
        self.call("FindObjects", self.handle, ctypes.addressof(found), len(found), ctypes.addressof(count))
        self.call("FindObjectsFinal", self.handle)
        return list(found)[: count.value]

    def destroy(self, handle: int) -> None:
        self.call("DestroyObject", self.handle, handle)

    def change(self, handle: int, template: Template) -> None:
        memory = Memory()
        self.call("SetAttributeValue", self.handle, handle, *memory.template(template))

    def sign_as_again(self, mechanism: int, key: int, data: bytes, pin: str) -> bytes:
        """A signature by a key with CKA_ALWAYS_AUTHENTICATE."""
        memory = Memory()
        self.call("SignInit", self.handle, memory.mechanism(mechanism, None), key)
        self.call("Login", self.handle, CONTEXT_SPECIFIC, memory.put(pin.encode()), len(pin))
        return self.output("Sign", memory.put(data), len(data))

    def compute(self, what: str, mechanism: int, parameter: Parameter, key: int | None, pieces: list[bytes]) -> bytes:
        """Encrypt, Decrypt, Sign or Digest: in one call for one piece, in parts for more."""
        memory = Memory()
        keys = () if key is None else (key,)
        self.call(f"{what}Init", self.handle, memory.mechanism(mechanism, parameter), *keys)
        if len(pieces) == 1:
            return self.output(what, memory.put(pieces[0]), len(pieces[0]))
        out = b""
        for piece in pieces:
            if what in ("Encrypt", "Decrypt"):
                out += self.output(f"{what}Update", memory.put(piece), len(piece))
            else:
                self.call(f"{what}Update", self.handle, memory.put(piece), len(piece))
        return out + self.output(f"{what}Final")

    def verify(self, mechanism: int, parameter: Parameter, key: int, data: bytes, signature: bytes) -> None:
        memory = Memory()
        self.call("VerifyInit", self.handle, memory.mechanism(mechanism, parameter), key)
        what = (memory.put(data), len(data), memory.put(signature), len(signature))
        self.call("Verify", self.handle, *what)


def serve(path: str, pin: str) -> None:
    session = Session(path, pin)
    while True:
        try:
            name, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: tuple[str, object] = ("answer", getattr(session, name)(*arguments))
        except Refused as refused:
            answer = ("refused", str(refused))
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    # The parent pickles `Inline` under the name that it has there.
    sys.modules["client_differential.session"] = sys.modules["__main__"]
    sys.modules.setdefault("client_differential", sys.modules["__main__"])
    serve(*sys.argv[1:])
