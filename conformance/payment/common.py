"""What the programs of this folder share: a module's session, keys, flat parameters, the count of what was compared.

Each program draws random cases, asks the module and another implementation for the same value, and ends with 1 if the
two disagree. It makes a token of its own, or takes the only one of the configuration in VHSM_CONF when it is given its
PIN.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from ctypes import POINTER, byref, c_ubyte, c_ulong, c_void_p
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = 0x80000000 | 0x56480000

# Attributes of PKCS#11 and of include/vhsm.h.
CKA_CLASS, CKA_VALUE, CKA_CHECK_VALUE, CKA_KEY_TYPE, CKA_VALUE_LEN = 0x00, 0x11, 0x90, 0x100, 0x161
CKA_SENSITIVE, CKA_EXTRACTABLE = 0x103, 0x162
USAGE, MODE, EXPORTABILITY, VERSION, OPTIONAL, ALGORITHM = (VENDOR | n for n in range(1, 7))
CKO_SECRET_KEY = 4
CKK_DES, CKK_DES2, CKK_DES3, CKK_AES = 0x13, 0x14, 0x15, 0x1F
CKM_AES_KEY_WRAP = 0x2109
DES_TYPES = {8: CKK_DES, 16: CKK_DES2, 24: CKK_DES3}

# What a token of the programs' own is like: random keys have no parity, derived keys leave to be read, and blocks with
# random fill are looked into.
SETTINGS = """\
[payment]
weak_keys = "accept"
readable_keys = "accept"
headerless_keys = "template"
[mechanisms]
enable = ["CKM_VHSM_PIN_REVEAL"]
"""
SO_PIN, USER_PIN = b"12345678", b"648219"
MODULE = ROOT / "target" / "debug" / "libvhsm.so"

# The place of each function in CK_FUNCTION_LIST.
FUNCTIONS = {
    "C_Initialize": 0, "C_Finalize": 1, "C_GetSlotList": 4, "C_InitToken": 9, "C_InitPIN": 10, "C_OpenSession": 12,
    "C_Login": 18, "C_Logout": 19, "C_CreateObject": 20, "C_DestroyObject": 22, "C_GetAttributeValue": 24,
    "C_EncryptInit": 29, "C_Encrypt": 30, "C_DecryptInit": 33, "C_Decrypt": 34, "C_SignInit": 42, "C_Sign": 43,
    "C_VerifyInit": 48, "C_Verify": 49, "C_WrapKey": 60, "C_UnwrapKey": 61, "C_DeriveKey": 62,
}  # fmt: skip
CKR_SIGNATURE_INVALID = 0xC0
OUTPUT_BYTES_MAX = 4096

Value = int | bool | bytes


class Refused(Exception):
    """A function that does not answer CKR_OK."""

    def __init__(self, function: str, rv: int) -> None:
        super().__init__(f"{function}: {rv:#x}")
        self.rv = rv


class Attribute(ctypes.Structure):
    _fields_ = [("type", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class Mechanism(ctypes.Structure):
    _fields_ = [("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


def mechanism(kind: int, parameter: bytes = b"") -> tuple[Mechanism, object]:
    """A mechanism, and what it points to."""
    held = ctypes.create_string_buffer(parameter, len(parameter)) if parameter else None
    return Mechanism(kind, ctypes.addressof(held) if held else None, len(parameter)), held


def template(values: Mapping[int, Value]) -> tuple[ctypes.Array, list]:
    """A template, and what it points to."""
    kept: list = []
    rows = []
    for kind, value in values.items():
        if isinstance(value, bool):
            kept.append(c_ubyte(value))
        elif isinstance(value, int):
            kept.append(c_ulong(value))
        else:
            kept.append(ctypes.create_string_buffer(value, len(value)))
        rows.append(Attribute(kind, ctypes.addressof(kept[-1]), ctypes.sizeof(kept[-1])))
    return (Attribute * len(rows))(*rows), kept


class Module:
    """A module, and one session of its only token, as its user."""

    def __init__(self, path: Path, pin: bytes) -> None:
        library = ctypes.CDLL(str(path))
        table = c_void_p()
        if library.C_GetFunctionList(byref(table)) != 0 or table.value is None:
            sys.exit("C_GetFunctionList failed")
        places = ctypes.cast(table.value + ctypes.sizeof(c_void_p), POINTER(c_void_p))
        prototype = ctypes.CFUNCTYPE(c_ulong)
        self.functions: dict[str, Callable[..., int]] = {name: prototype(places[at]) for name, at in FUNCTIONS.items()}
        self.out = ctypes.create_string_buffer(OUTPUT_BYTES_MAX)
        self.call("C_Initialize", None)
        slots, count = (c_ulong * 1)(), c_ulong(1)
        self.call("C_GetSlotList", c_ubyte(0), slots, byref(count))
        self.slot = slots[0]
        self.session = c_ulong()
        if not pin:
            self.initialise()
            pin = USER_PIN
        self.call("C_OpenSession", self.slot, 6, None, None, byref(self.session))
        self.call("C_Login", self.session, 1, pin, len(pin))

    def initialise(self) -> None:
        """Makes the token."""
        session = c_ulong()
        self.call("C_InitToken", self.slot, SO_PIN, len(SO_PIN), b"payment".ljust(32))
        self.call("C_OpenSession", self.slot, 6, None, None, byref(session))
        self.call("C_Login", session, 0, SO_PIN, len(SO_PIN))
        self.call("C_InitPIN", session, USER_PIN, len(USER_PIN))
        self.call("C_Logout", session)

    def call(self, name: str, *arguments: object) -> None:
        rv = self.functions[name](*(c_ulong(one) if type(one) is int else one for one in arguments))
        if rv != 0:
            raise Refused(name, rv)

    def create(self, values: Mapping[int, Value]) -> int:
        """A secret key of the session that may show its value, unless `values` say otherwise."""
        return self.object({CKA_CLASS: CKO_SECRET_KEY, CKA_EXTRACTABLE: True, CKA_SENSITIVE: False, **values})

    def object(self, values: Mapping[int, Value]) -> int:
        """An object of the session."""
        rows, kept = template(values)
        handle = c_ulong()
        self.call("C_CreateObject", self.session, rows, len(rows), byref(handle))
        del kept
        return handle.value

    def key(self, usage: bytes, value: bytes, mode: bytes = b"", kind: int | None = None) -> int:
        """A payment key, of (triple) DES unless `kind` is another type."""
        values: dict[int, Value] = {CKA_KEY_TYPE: kind or DES_TYPES[len(value)], CKA_VALUE: value, USAGE: usage}
        return self.create({**values, MODE: mode} if mode else values)

    def destroy(self, *keys: int) -> None:
        for key in keys:
            self.call("C_DestroyObject", self.session, key)

    def attribute(self, key: int, kind: int) -> bytes:
        asked = Attribute(kind, ctypes.addressof(self.out), len(self.out))
        self.call("C_GetAttributeValue", self.session, key, byref(asked), 1)
        return self.out.raw[: asked.length]

    def number(self, key: int, kind: int) -> int:
        return int.from_bytes(self.attribute(key, kind), sys.byteorder)

    def make(self, word: str, kind: int, parameter: bytes, key: int, data: bytes) -> bytes:
        """What `C_Sign`, `C_Encrypt` or `C_Decrypt` gives."""
        row, held = mechanism(kind, parameter)
        self.call(f"C_{word}Init", self.session, byref(row), key)
        length = c_ulong(len(self.out))
        self.call(f"C_{word}", self.session, data, len(data), self.out, byref(length))
        del held
        return self.out.raw[: length.value]

    def verify(self, kind: int, parameter: bytes, key: int, data: bytes, value: bytes) -> bool:
        row, held = mechanism(kind, parameter)
        self.call("C_VerifyInit", self.session, byref(row), key)
        try:
            self.call("C_Verify", self.session, data, len(data), value, len(value))
        except Refused as refused:
            if refused.rv != CKR_SIGNATURE_INVALID:
                raise
            return False
        finally:
            del held
        return True

    def wrap(self, kind: int, parameter: bytes, wrapping: int, key: int) -> bytes:
        row, held = mechanism(kind, parameter)
        length = c_ulong(len(self.out))
        self.call("C_WrapKey", self.session, byref(row), wrapping, key, self.out, byref(length))
        del held
        return self.out.raw[: length.value]

    def unwrap(self, kind: int, parameter: bytes, key: int, wrapped: bytes) -> int:
        row, held = mechanism(kind, parameter)
        rows, kept = template({CKA_SENSITIVE: True})
        handle = c_ulong()
        call = "C_UnwrapKey", self.session, byref(row), key, wrapped, len(wrapped), rows, len(rows), byref(handle)
        self.call(*call)
        del held, kept
        return handle.value

    def derive(self, kind: int, parameter: bytes, base: int) -> int:
        """A derived key that may leave."""
        row, held = mechanism(kind, parameter)
        rows, kept = template({CKA_EXTRACTABLE: True})
        handle = c_ulong()
        self.call("C_DeriveKey", self.session, byref(row), base, rows, len(rows), byref(handle))
        del held, kept
        return handle.value


# ---- parameters, as include/vhsm.h has them ----


def account(pan: str) -> bytes:
    """ACCOUNT: 20 bytes."""
    return bytes([len(pan)]) + pan.encode().ljust(19, b"\0")


def end(form: int, pan: str = "", derivation: int = 0, ksn: bytes = b"") -> bytes:
    """END: what describes a PIN block, 34 bytes."""
    return bytes([form, derivation]) + ksn.rjust(12, b"\0") + account(pan)


def handle(key: int) -> bytes:
    """HANDLE: a further key."""
    return key.to_bytes(8, "big")


def flat(*parts: bytes) -> bytes:
    """A parameter of the first version of its form."""
    return b"\x01" + b"".join(parts)


# ---- what both sides are given ----


def odd(value: bytes) -> bytes:
    """The same with odd parity."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() + 1 & 1 for byte in value)


def digits(draw: random.Random, fewest: int, most: int | None = None) -> str:
    """As many digits as asked for, or a random number of them."""
    return "".join(draw.choices("0123456789", k=draw.randint(fewest, most or fewest)))


# ---- the program ----


class Comparison:
    """What was compared, and what was not the same."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.values = 0
        self.wrong = 0

    def same(self, what: str, ours: object, theirs: object, case: object) -> None:
        self.values += 1
        if ours != theirs:
            self.wrong += 1
            print(f"{what}: {shown(ours)} here, {shown(theirs)} there: {shown(case)}", file=sys.stderr)


def shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(entry) for entry in value)
    return str(value)


Case = Callable[[Comparison, random.Random], None]


def program(about: str | None, name: str, peer: str, families: Mapping[str, Case]) -> int:
    """Runs the cases of the families that are asked for, and says how many there were."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(families)}; else all")
    parser.add_argument("--module", type=Path, default=MODULE)
    parser.add_argument("--cases", type=int, default=10_000, help="of each family")
    parser.add_argument("--seed", default=os.urandom(8).hex(), help="draws the same cases again")
    parser.add_argument("--pin", default="", help="the user's, of the only token under VHSM_CONF; else one is made")
    options = parser.parse_args()
    if unknown := set(options.families) - set(families):
        parser.error(f"no family {', '.join(sorted(unknown))}")
    wrong = 0
    with tempfile.TemporaryDirectory() as home:
        if not options.pin:
            configure(Path(home))
        module = Module(options.module.resolve(), options.pin.encode())
        for family in options.families or families:
            began, compared = time.monotonic(), Comparison(module)
            # A seed for each family, so that it draws the same alone and among others.
            draw = random.Random(f"{options.seed} {family}")
            for _ in range(options.cases):
                families[family](compared, draw)
            seconds = time.monotonic() - began
            told = f"{options.cases} cases, {compared.values} values, {compared.wrong} disagree"
            print(f"{name} {family}, beside {peer}: {told} ({seconds:.0f} s, seed {options.seed})", flush=True)
            wrong += compared.wrong
        module.call("C_Finalize", None)
    return 1 if wrong else 0


def configure(home: Path) -> None:
    """Makes a configuration for a token of the program's own."""
    (home / "store").mkdir()
    path = home / "vhsm.toml"
    path.write_text(f'data_dir = "{home}/store"\nlog.target = "file"\nlog.file = "{home}/log"\n{SETTINGS}')
    os.environ["VHSM_CONF"] = str(path)
