#!/usr/bin/env python3
"""Random cases of chip cards against pyemv: keys of cards and sessions, cryptograms, ARPCs, scripts.

    python conformance/payment/emv.py [--module target/debug/libvhsm.so] [--cases 10000] [--seed 1]

Every case is one card and one transaction with random keys, numbers and data. Each value that pyemv computes is asked
of the module under the issuer's key, and under the keys of card and session where they are derived as objects. Prints
how many values were compared; a disagreement is printed with its inputs, and the program then ends with 1.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import sys
import tempfile
import time
import warnings
from ctypes import POINTER, byref, c_ubyte, c_ulong, c_void_p
from pathlib import Path

warnings.filterwarnings("ignore")  # of the library, that triple DES is old

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap  # noqa: E402
from pyemv import ac, kd, sm, tools  # noqa: E402

VENDOR = 0x80000000 | 0x56480000
CARD_KEY, SESSION_KEY, AC, ARPC1, ARPC2 = (VENDOR | n for n in range(0x50, 0x55))
SCRIPT_MAC, SCRIPT_ENCRYPT = VENDOR | 0x56, VENDOR | 0x57
KEY_USAGE, MODE_OF_USE = VENDOR | 1, VENDOR | 2
AES_KEY_WRAP = 0x2109
# The place of each function in CK_FUNCTION_LIST.
FUNCTIONS = {
    "C_Initialize": 0, "C_Finalize": 1, "C_GetSlotList": 4, "C_InitToken": 9, "C_InitPIN": 10, "C_OpenSession": 12,
    "C_Login": 18, "C_Logout": 19, "C_CreateObject": 20, "C_DestroyObject": 22, "C_EncryptInit": 29, "C_Encrypt": 30,
    "C_SignInit": 42, "C_Sign": 43, "C_VerifyInit": 48, "C_Verify": 49, "C_WrapKey": 60, "C_DeriveKey": 62,
}  # fmt: skip


class Attribute(ctypes.Structure):
    _fields_ = [("type", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class Mechanism(ctypes.Structure):
    _fields_ = [("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


class Module:
    """One session of a fresh token."""

    def __init__(self, path: Path, home: Path) -> None:
        (home / "store").mkdir()
        (home / "vhsm.toml").write_text(
            f'data_dir = "{home}/store"\n[payment]\nweak_keys = "accept"\n[log]\ntarget = "file"\nfile = "{home}/log"\n'
        )
        os.environ["VHSM_CONF"] = str(home / "vhsm.toml")
        library = ctypes.CDLL(str(path))
        table = c_void_p()
        assert library.C_GetFunctionList(byref(table)) == 0
        self.table = ctypes.cast(table.value + ctypes.sizeof(c_void_p), POINTER(c_void_p))
        self.call("C_Initialize", None)
        slot, count = (c_ulong * 1)(), c_ulong(1)
        self.call("C_GetSlotList", c_ubyte(0), slot, byref(count))
        self.call("C_InitToken", slot[0], b"12345678", c_ulong(8), b"emv".ljust(32))
        self.session = c_ulong()
        self.call("C_OpenSession", slot[0], c_ulong(6), None, None, byref(self.session))
        self.call("C_Login", self.session, c_ulong(0), b"12345678", c_ulong(8))
        self.call("C_InitPIN", self.session, b"648219", c_ulong(6))
        self.call("C_Logout", self.session)
        self.call("C_Login", self.session, c_ulong(1), b"648219", c_ulong(6))
        wrapping = bytes(range(32))
        self.wrapping = self.create({0x100: 0x1F, 0x11: wrapping})  # CKK_AES
        self.unwrap = lambda wrapped: aes_key_unwrap(wrapping, wrapped)

    def call(self, name: str, *arguments: object) -> None:
        pointer = self.table[FUNCTIONS[name]]
        passed = [c_ulong(one) if isinstance(one, int) else one for one in arguments]
        rv = ctypes.CFUNCTYPE(c_ulong)(pointer)(*passed)
        if rv != 0:
            raise RuntimeError(f"{name}: {rv:#x}")

    @staticmethod
    def template(values: dict[int, int | bool | bytes]) -> tuple[ctypes.Array, list]:
        kept, rows = [], []
        for kind, value in values.items():
            if isinstance(value, bool):
                held: object = c_ubyte(value)
            elif isinstance(value, int):
                held = c_ulong(value)
            else:
                held = (c_ubyte * len(value))(*value)
            kept.append(held)
            rows.append(Attribute(kind, ctypes.addressof(held), ctypes.sizeof(held)))
        return (Attribute * len(rows))(*rows), kept

    def create(self, values: dict[int, int | bool | bytes]) -> c_ulong:
        # A secret key of the session, extractable.
        template, kept = self.template({0: 4, 0x162: True, **values})
        handle = c_ulong()
        self.call("C_CreateObject", self.session, template, c_ulong(len(template)), byref(handle))
        del kept
        return handle

    def key(self, usage: bytes, value: bytes, mode: bytes = b"X") -> c_ulong:
        return self.create({0x100: 0x14, 0x11: value, KEY_USAGE: usage, MODE_OF_USE: mode})  # CKK_DES2

    def destroy(self, key: c_ulong) -> None:
        self.call("C_DestroyObject", self.session, key)

    @staticmethod
    def mechanism(kind: int, parameter: bytes = b"") -> tuple[Mechanism, ctypes.Array]:
        held = (c_ubyte * max(len(parameter), 1))(*parameter)
        place = ctypes.addressof(held) if parameter else None
        return Mechanism(kind, place, len(parameter)), held

    def derive(self, kind: int, parameter: bytes, base: c_ulong) -> c_ulong:
        mechanism, held = self.mechanism(kind, parameter)
        template, kept = self.template({0x162: True})
        handle = c_ulong()
        self.call("C_DeriveKey", self.session, byref(mechanism), base, template, 1, byref(handle))
        del held, kept
        return handle

    def value(self, key: c_ulong) -> bytes:
        mechanism, _ = self.mechanism(AES_KEY_WRAP)
        out, length = (c_ubyte * 64)(), c_ulong(64)
        self.call("C_WrapKey", self.session, byref(mechanism), self.wrapping, key, out, byref(length))
        return self.unwrap(bytes(out[: length.value]))

    def make(self, word: str, kind: int, parameter: bytes, key: c_ulong, data: bytes) -> bytes:
        mechanism, held = self.mechanism(kind, parameter)
        self.call(f"C_{word}Init", self.session, byref(mechanism), key)
        out, length = (c_ubyte * 512)(), c_ulong(512)
        self.call(f"C_{word}", self.session, data, c_ulong(len(data)), out, byref(length))
        del held
        return bytes(out[: length.value])

    def verify(self, kind: int, parameter: bytes, key: c_ulong, data: bytes, value: bytes) -> None:
        mechanism, held = self.mechanism(kind, parameter)
        self.call("C_VerifyInit", self.session, byref(mechanism), key)
        self.call("C_Verify", self.session, data, len(data), value, len(value))
        del held


class Case:
    """A card and a transaction, with what both sides need to know of them."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.option = draw.choice("AB")
        self.pan = "".join(draw.choices("0123456789", k=draw.randint(12, 19)))
        self.psn = "".join(draw.choices("0123456789", k=2))
        self.atc = draw.randbytes(2)
        self.kind = draw.choice([0, 1, 2, 3, 4, 5])
        self.r = {1: self.atc + bytes(6), 2: self.atc + bytes(2) + draw.randbytes(4), 3: draw.randbytes(8)}.get(self.kind)
        self.height, self.branch = draw.choice([(8, 4), (16, 2), (4, 16), (5, 10), (3, 200), (16, 255)])
        self.iv = draw.choice([bytes(16), draw.randbytes(16)])
        self.padding = draw.choice([1, 2])
        self.data = draw.randbytes(draw.randint(9, 120))
        self.script = draw.randbytes(draw.randint(1, 255))

    def issuer_key(self) -> bytes:
        return tools.adjust_key_parity(self.draw.randbytes(16))

    def card_key(self, issuer: bytes) -> bytes:
        derive = kd.derive_icc_mk_a if self.option == "A" else kd.derive_icc_mk_b
        return derive(issuer, self.pan, self.psn)

    def session_key(self, card: bytes) -> bytes:
        if self.r is not None:
            return kd.derive_common_sk(card, self.r)
        if self.kind == 4:
            return kd.derive_visa_sm_sk(card, self.atc)
        if self.kind == 5:
            return kd.derive_emv2000_tree_sk(card, self.atc, self.height, self.branch, self.iv)
        return card

    def parameter(self, source: str, option: int = 0, length: int = 0, session: bool = True) -> bytes:
        of_card = bytes.fromhex(self.pan.ljust(20, "F") + self.psn) if source in "ABC" else b""
        of_session = {
            0: b"", 1: self.atc, 2: self.atc + (self.r or bytes(8))[4:], 3: self.r, 4: self.atc,
            5: self.atc + bytes([self.height, self.branch]) + self.iv,
        }[self.kind] or b""  # fmt: skip
        kind, of_session = (self.kind, of_session) if session else (0, b"")
        return bytes([1, ord(source), kind, option, length]) + of_card + of_session

    def __str__(self) -> str:
        return ", ".join(f"{name} {value.hex() if isinstance(value, bytes) else value}" for name, value in vars(self).items())


class Run:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.values = 0
        self.wrong = 0

    def same(self, what: str, ours: bytes, theirs: bytes, case: Case) -> None:
        self.values += 1
        if ours != theirs:
            self.wrong += 1
            print(f"{what}: {ours.hex()} here, {theirs.hex()} there: {case}")

    def keys(self, case: Case, usage: bytes) -> tuple[bytes, dict[str, c_ulong]]:
        """The key that works, and the module's keys by what they are."""
        m, issuer = self.module, case.issuer_key()
        card = case.card_key(issuer)
        working = case.session_key(card)
        held = {case.option: m.key(usage, issuer)}
        held["M"] = m.derive(CARD_KEY, case.parameter(case.option, session=False), held[case.option])
        self.same("card's key", m.value(held["M"]), card, case)
        if case.kind:
            held["S"] = m.derive(SESSION_KEY, case.parameter(case.option), held[case.option])
            self.same("session's key", m.value(held["S"]), working, case)
            again = m.derive(SESSION_KEY, case.parameter("M"), held["M"])
            self.same("session's key of the card's", m.value(again), working, case)
            m.destroy(again)
        else:
            m.destroy(held.pop("M"))
            held["S"] = m.key(usage, card, b"E" if usage == b"E1" else b"C")
        return working, held

    def check(self, what: str, kind: int, theirs: bytes, case: Case, held: dict, data: bytes, option: int) -> None:
        m = self.module
        for source, key in held.items():
            parameter = case.parameter(source, option, len(theirs), session=source != "S")
            self.same(f"{what} under {source}", m.make("Sign", kind, parameter, key, data), theirs, case)
            m.verify(kind, parameter, key, data, theirs)

    def cryptograms(self, case: Case) -> None:
        working, held = self.keys(case, b"E0")
        length = case.draw.randint(4, 8)
        padding = {1: ac.PaddingType.VISA, 2: ac.PaddingType.EMV}[case.padding]
        cut = ac.generate_ac(working, case.data, padding, length)
        self.check("cryptogram", AC, cut, case, held, case.data, case.padding)
        arqc, code, status = (case.draw.randbytes(n) for n in (8, 2, 4))
        more = case.draw.randbytes(case.draw.randint(0, 8))
        first, second = ac.generate_arpc_1(working, arqc, code), ac.generate_arpc_2(working, arqc, status, more)
        self.check("ARPC 1", ARPC1, first, case, held, arqc + code, 0)
        self.check("ARPC 2", ARPC2, second, case, held, arqc + status + more, 0)
        for key in held.values():
            self.module.destroy(key)

    def scripts(self, case: Case) -> None:
        if case.kind == 0:
            return
        working, held = self.keys(case, b"E2")
        length = case.draw.randint(4, 8)
        mac = sm.generate_command_mac(working, case.data, length)
        self.check("script's MAC", SCRIPT_MAC, mac, case, held, case.data, 2)
        for key in held.values():
            self.module.destroy(key)
        working, held = self.keys(case, b"E1")
        forms = [sm.EncryptionType.VISA, sm.EncryptionType.MASTERCARD, sm.EncryptionType.EMV]
        for option, form in enumerate(forms, 1):
            theirs = sm.encrypt_command_data(working, case.script, form)
            for source, key in held.items():
                parameter = case.parameter(source, option, session=source != "S")
                ours = self.module.make("Encrypt", SCRIPT_ENCRYPT, parameter, key, case.script)
                self.same(f"script's data in form {option} under {source}", ours, theirs, case)
        for key in held.values():
            self.module.destroy(key)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", type=Path, default=Path("target/debug/libvhsm.so"))
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as home:
        run = Run(Module(options.module.resolve(), Path(home)))
        began = time.monotonic()
        for _ in range(options.cases):
            run.cryptograms(Case(draw))
            run.scripts(Case(draw))
        run.module.call("C_Finalize", None)
    seconds = time.monotonic() - began
    print(f"emv: {options.cases} cases, {run.values} values compared with pyemv, {run.wrong} disagree ({seconds:.0f} s)")
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
