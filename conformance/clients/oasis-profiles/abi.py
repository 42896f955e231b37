"""A PKCS#11 module behind its C interface, in a process of its own.

usage: abi.py MODULE

Requests and answers are pickled, on standard input and output. A request is `("interface", major, minor)` or
`("call", function, arguments)`, where an argument is a tuple of its kind and of what goes in (see `Call`). The answer
to a call is the return value, and what came out of the arguments that give something, in their order. What a module
is to fill is filled with `POISON` before, so that nothing passes for an answer that is none.
"""

from __future__ import annotations

import ctypes
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

Ulong = ctypes.c_ulong
Argument = tuple[Any, ...]
POISON = 0xA5

# The functions in the order of CK_FUNCTION_LIST_3_2; what is new in 3.0 and in 3.2 begins in a row of its own.
FUNCTIONS = (
    "Initialize Finalize GetInfo GetFunctionList GetSlotList GetSlotInfo GetTokenInfo GetMechanismList "
    "GetMechanismInfo InitToken InitPIN SetPIN OpenSession CloseSession CloseAllSessions GetSessionInfo "
    "GetOperationState SetOperationState Login Logout CreateObject CopyObject DestroyObject GetObjectSize "
    "GetAttributeValue SetAttributeValue FindObjectsInit FindObjects FindObjectsFinal EncryptInit Encrypt "
    "EncryptUpdate EncryptFinal DecryptInit Decrypt DecryptUpdate DecryptFinal DigestInit Digest DigestUpdate "
    "DigestKey DigestFinal SignInit Sign SignUpdate SignFinal SignRecoverInit SignRecover VerifyInit Verify "
    "VerifyUpdate VerifyFinal VerifyRecoverInit VerifyRecover DigestEncryptUpdate DecryptDigestUpdate "
    "SignEncryptUpdate DecryptVerifyUpdate GenerateKey GenerateKeyPair WrapKey UnwrapKey DeriveKey SeedRandom "
    "GenerateRandom GetFunctionStatus CancelFunction WaitForSlotEvent "
    "GetInterfaceList GetInterface LoginUser SessionCancel MessageEncryptInit EncryptMessage EncryptMessageBegin "
    "EncryptMessageNext MessageEncryptFinal MessageDecryptInit DecryptMessage DecryptMessageBegin "
    "DecryptMessageNext MessageDecryptFinal MessageSignInit SignMessage SignMessageBegin SignMessageNext "
    "MessageSignFinal MessageVerifyInit VerifyMessage VerifyMessageBegin VerifyMessageNext MessageVerifyFinal "
    "EncapsulateKey DecapsulateKey VerifySignatureInit VerifySignature VerifySignatureUpdate VerifySignatureFinal "
    "GetSessionValidationFlags AsyncComplete AsyncGetID AsyncJoin WrapKeyAuthenticated UnwrapKeyAuthenticated"
).split()
COUNTS = {(2, 40): 68, (3, 0): 92, (3, 1): 92, (3, 2): 104}


class Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte)]


def structure(name: str, size: int, *fields: tuple[str, Any]) -> type[ctypes.Structure]:
    """A structure of the standard, with the names that the profiles' XML gives its fields."""
    made = type(name, (ctypes.Structure,), {"_fields_": list(fields)})
    assert ctypes.sizeof(made) == size, f"{name} has {ctypes.sizeof(made)} bytes, not {size}"
    return made


def text(length: int) -> Any:
    return ctypes.c_ubyte * length


STRUCTURES = {
    "Info": structure(
        "CK_INFO", 88,
        ("CryptokiVersion", Version), ("ManufacturerID", text(32)), ("Flags", Ulong),
        ("LibraryDescription", text(32)), ("LibraryVersion", Version),
    ),
    "SlotInfo": structure(
        "CK_SLOT_INFO", 112,
        ("SlotDescription", text(64)), ("ManufacturerID", text(32)), ("Flags", Ulong),
        ("HardwareVersion", Version), ("FirmwareVersion", Version),
    ),
    "TokenInfo": structure(
        "CK_TOKEN_INFO", 208,
        ("label", text(32)), ("ManufacturerID", text(32)), ("model", text(16)), ("serialNumber", text(16)),
        ("Flags", Ulong), ("MaxSessionCount", Ulong), ("SessionCount", Ulong), ("MaxRwSessionCount", Ulong),
        ("RwSessionCount", Ulong), ("MaxPinLen", Ulong), ("MinPinLen", Ulong), ("TotalPublicMemory", Ulong),
        ("FreePublicMemory", Ulong), ("TotalPrivateMemory", Ulong), ("FreePrivateMemory", Ulong),
        ("HardwareVersion", Version), ("FirmwareVersion", Version), ("utcTime", text(16)),
    ),
    "MechanismInfo": structure(
        "CK_MECHANISM_INFO", 24, ("MinKeySize", Ulong), ("MaxKeySize", Ulong), ("Flags", Ulong)
    ),
    "SessionInfo": structure(
        "CK_SESSION_INFO", 32, ("SlotID", Ulong), ("State", Ulong), ("Flags", Ulong), ("DeviceError", Ulong)
    ),
}  # fmt: skip


class Interface(ctypes.Structure):
    """CK_INTERFACE."""

    _fields_ = [("name", ctypes.c_char_p), ("list", ctypes.POINTER(ctypes.c_void_p)), ("flags", Ulong)]


class Attribute(ctypes.Structure):
    """CK_ATTRIBUTE."""

    _fields_ = [("type", Ulong), ("value", ctypes.c_void_p), ("length", Ulong)]


class Mechanism(ctypes.Structure):
    """CK_MECHANISM."""

    _fields_ = [("type", Ulong), ("parameter", ctypes.c_void_p), ("length", Ulong)]


class Call:
    """The arguments of one call in C, alive as long as this is. Each method makes one kind of argument."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self.passed: list[Any] = []
        self.kept: list[Any] = []
        self.readers: list[Callable[[], Any]] = []
        for kind, *values in arguments:
            getattr(self, kind)(*values)

    def keep(self, thing: Any) -> int:
        self.kept.append(thing)
        return ctypes.addressof(thing)

    def point(self, thing: Any) -> None:
        self.passed.append(ctypes.c_void_p(self.keep(thing)))

    def null(self) -> None:
        self.passed.append(ctypes.c_void_p(None))

    def number(self, value: int) -> None:
        self.passed.append(Ulong(value))

    def boolean(self, value: bool) -> None:
        self.passed.append(ctypes.c_ubyte(value))

    def content(self, value: bytes) -> None:
        """Bytes without their length, such as a token's label."""
        self.point(ctypes.create_string_buffer(value, max(1, len(value))))

    def data(self, value: bytes) -> None:
        """A pointer and a length."""
        self.content(value)
        self.number(len(value))

    def structure(self, name: str) -> None:
        """Gives the fields: numbers, bytes, or pairs for versions."""
        place = poisoned(STRUCTURES[name]())
        self.point(place)
        self.readers.append(lambda: {field: plain(getattr(place, field)) for field, _ in place._fields_})

    def place(self) -> None:
        """Gives one number."""
        place = poisoned(Ulong())
        self.point(place)
        self.readers.append(lambda: place.value)

    def numbers(self, room: int | None) -> None:
        """A list with its count, which says first how much room there is. Gives the count and the numbers."""
        found = None if room is None else poisoned((Ulong * max(1, room))())
        count = poisoned(Ulong()) if room is None else Ulong(room)
        self.null() if found is None else self.point(found)
        self.point(count)
        self.readers.append(lambda: (count.value, [] if found is None else list(found)[: count.value]))

    def handles(self, most: int) -> None:
        """A list, its room and its count. Gives the handles."""
        found, count = poisoned((Ulong * max(1, most))()), poisoned(Ulong())
        self.point(found)
        self.number(most)
        self.point(count)
        self.readers.append(lambda: list(found)[: min(count.value, most)] if count.value <= most else count.value)

    def buffer(self, room: int | None) -> None:
        """A buffer and its length. Gives the length and the bytes."""
        found = None if room is None else poisoned(ctypes.create_string_buffer(max(1, room)))
        length = poisoned(Ulong()) if room is None else Ulong(room)
        self.null() if found is None else self.point(found)
        self.point(length)
        self.readers.append(lambda: (length.value, b"" if found is None else found.raw[: length.value]))

    def mechanism(self, number: int, parameter: bytes = b"") -> None:
        pointer = self.keep(ctypes.create_string_buffer(parameter, len(parameter))) if parameter else None
        self.point(Mechanism(number, pointer, len(parameter)))

    def template(self, rows: Sequence[tuple[int, bytes]]) -> None:
        places = (Attribute * max(1, len(rows)))()
        for place, (attribute, value) in zip(places, rows):
            pointer = self.keep(ctypes.create_string_buffer(value, max(1, len(value))))
            place.type, place.value, place.length = attribute, pointer, len(value)
        self.point(places)
        self.number(len(rows))

    def wanted(self, rows: Sequence[tuple[int, int | None]]) -> None:
        """Attributes to read, with the room for each; `None` asks for the length. Gives type, length and value."""
        places, buffers = (Attribute * max(1, len(rows)))(), []
        for place, (attribute, room) in zip(places, rows):
            buffer = None if room is None else poisoned(ctypes.create_string_buffer(max(1, room)))
            place.type, place.length = attribute, room or 0
            place.value = None if buffer is None else self.keep(buffer)
            buffers.append(buffer)
        self.point(places)
        self.number(len(rows))
        self.readers.append(
            lambda: [
                (place.type, place.length, b"" if buffer is None else buffer.raw[: place.length])
                for place, buffer in zip(places, buffers)
            ]
        )


def poisoned(place: Any) -> Any:
    ctypes.memset(ctypes.addressof(place), POISON, ctypes.sizeof(place))
    return place


def plain(value: Any) -> Any:
    if isinstance(value, Version):
        return value.major, value.minor
    return value if isinstance(value, int) else bytes(value)


class Module:
    """The functions of a loaded module, through the list that was chosen last; the one of 2.40 to begin with."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        self.places = ctypes.POINTER(ctypes.c_void_p)()
        self.library.C_GetFunctionList.restype = Ulong
        self.library.C_GetFunctionList(ctypes.byref(self.places))
        self.count = COUNTS[2, 40]

    def interface(self, major: int, minor: int) -> str:
        """Goes over to the interface of this version; what is wrong, in words, if there is none."""
        if not hasattr(self.library, "C_GetInterface"):
            return "the module has no C_GetInterface"
        found, version = ctypes.POINTER(Interface)(), Version(major, minor)
        self.library.C_GetInterface.restype = Ulong
        answer = self.library.C_GetInterface(b"PKCS 11", ctypes.byref(version), ctypes.byref(found), Ulong(0))
        if answer != 0:
            return f"C_GetInterface answers 0x{answer:x}"
        place = found.contents.list
        stated = Version.from_address(ctypes.addressof(place.contents))
        if (found.contents.name, stated.major, stated.minor) != (b"PKCS 11", major, minor):
            return f"C_GetInterface gives {found.contents.name!r} {stated.major}.{stated.minor}"
        self.places, self.count = place, COUNTS[major, minor]
        return ""

    def interfaces(self) -> list[tuple[bytes, int, int]]:
        """What C_GetInterfaceList lists: names and versions."""
        if not hasattr(self.library, "C_GetInterfaceList"):
            return []
        count = Ulong(0)
        self.library.C_GetInterfaceList(None, ctypes.byref(count))
        found = (Interface * max(1, count.value))()
        self.library.C_GetInterfaceList(found, ctypes.byref(count))
        rows = [(row.name, Version.from_address(ctypes.addressof(row.list.contents))) for row in found[: count.value]]
        return [(name, version.major, version.minor) for name, version in rows]

    def absent(self) -> list[str]:
        """The functions of the list that are NULL."""
        return [f"C_{name}" for at, name in enumerate(FUNCTIONS[: self.count]) if not self.places[1 + at]]

    def call(self, function: str, arguments: Sequence[Argument]) -> tuple[int, list[Any]]:
        at = FUNCTIONS.index(function.removeprefix("C_"))
        if at >= self.count or not self.places[1 + at]:
            raise LookupError(f"the list has no {function}")
        call = Call(arguments)
        entry = ctypes.CFUNCTYPE(Ulong, *map(type, call.passed))(self.places[1 + at])
        answer = entry(*call.passed)
        return answer, [read() for read in call.readers]


def serve(path: str) -> None:
    module = Module(path)
    while True:
        try:
            method, *arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: tuple[str, Any] = ("answer", getattr(module, method)(*arguments))
        except LookupError as refused:
            answer = ("refused", str(refused))
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])
