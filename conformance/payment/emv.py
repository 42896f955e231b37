#!/usr/bin/env python3
"""Random cases of chip cards against pyemv: keys of cards and sessions, cryptograms, ARPCs, scripts, new PINs, CVC3.

    conformance/payment/emv.py [FAMILY ...] [--module PATH] [--cases N] [--seed SEED]

Needs the packages pyemv and cryptography. Every case is one card and one transaction with random keys, numbers and
data. Each value that pyemv computes is asked of the module under the issuer's key, and under the keys of card and
session where they are derived as objects.
"""

from __future__ import annotations

import random
import sys
import warnings

warnings.simplefilter("ignore")  # of the library beneath pyemv, that triple DES is old

from common import (  # noqa: E402
    CKA_KEY_TYPE,
    CKA_VALUE,
    CKK_AES,
    CKM_AES_KEY_WRAP,
    VENDOR,
    Comparison,
    digits,
    end,
    flat,
    handle,
    program,
    shown,
)
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap  # noqa: E402
from pyemv import ac, cvv, kd, sm, tools  # noqa: E402

CARD_KEY, SESSION_KEY, AC, ARPC1, ARPC2 = (VENDOR | n for n in range(0x50, 0x55))
SCRIPT_MAC, SCRIPT_ENCRYPT = VENDOR | 0x56, VENDOR | 0x57
PIN_CHANGE, PIN_BLOCK, CVC3 = VENDOR | 0x5A, VENDOR | 0x20, VENDOR | 0x49
ISO_0, ISO_2, VISA, VISA_WITH_CURRENT = 1, 34, 41, 42
WRAPPING = bytes(range(32))


class Case:
    """A card and a transaction, with what both sides need to know of them."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.option = draw.choice("AB")
        self.pan = "".join(draw.choices("0123456789", k=draw.randint(12, 19)))
        self.psn = "".join(draw.choices("0123456789", k=2))
        self.atc = draw.randbytes(2)
        self.kind = draw.choice([0, 1, 2, 3, 4, 5])
        common, mastercard = self.atc + bytes(6), self.atc + bytes(2) + draw.randbytes(4)
        self.r = {1: common, 2: mastercard, 3: draw.randbytes(8)}.get(self.kind)
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
        return ", ".join(f"{name} {shown(value)}" for name, value in vars(self).items())


class Run:
    """The cards of a family, and the key under which the keys of cards and sessions are looked at."""

    def __init__(self, compared: Comparison) -> None:
        self.compared = compared
        self.module = compared.module
        self.wrapping = self.module.create({CKA_KEY_TYPE: CKK_AES, CKA_VALUE: WRAPPING})

    def same(self, what: str, ours: bytes, theirs: bytes, case: Case) -> None:
        self.compared.same(what, ours, theirs, case)

    def key(self, usage: bytes, value: bytes, mode: bytes = b"X") -> int:
        return self.module.key(usage, value, mode)

    def value(self, key: int) -> bytes:
        return aes_key_unwrap(WRAPPING, self.module.wrap(CKM_AES_KEY_WRAP, b"", self.wrapping, key))

    def keys(self, case: Case, usage: bytes) -> tuple[bytes, dict[str, int]]:
        """The key that works, and the module's keys by what they are."""
        m, issuer = self.module, case.issuer_key()
        card = case.card_key(issuer)
        working = case.session_key(card)
        held = {case.option: self.key(usage, issuer)}
        held["M"] = m.derive(CARD_KEY, case.parameter(case.option, session=False), held[case.option])
        self.same("card's key", self.value(held["M"]), card, case)
        if case.kind:
            held["S"] = m.derive(SESSION_KEY, case.parameter(case.option), held[case.option])
            self.same("session's key", self.value(held["S"]), working, case)
            again = m.derive(SESSION_KEY, case.parameter("M"), held["M"])
            self.same("session's key of the card's", self.value(again), working, case)
            m.destroy(again)
        else:
            m.destroy(held.pop("M"))
            held["S"] = self.key(usage, card, b"E" if usage == b"E1" else b"C")
        return working, held

    def check(self, what: str, kind: int, theirs: bytes, case: Case, held: dict, data: bytes, option: int) -> None:
        m = self.module
        for source, key in held.items():
            parameter = case.parameter(source, option, len(theirs), session=source != "S")
            self.same(f"{what} under {source}", m.make("Sign", kind, parameter, key, data), theirs, case)
            self.compared.same(f"{what} checked", m.verify(kind, parameter, key, data, theirs), True, case)

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

    def end(self) -> None:
        self.module.destroy(self.wrapping)


def cryptograms(compared: Comparison, draw: random.Random) -> None:
    run = Run(compared)
    run.cryptograms(Case(draw))
    run.end()


def scripts(compared: Comparison, draw: random.Random) -> None:
    case = Case(draw)
    while case.kind == 0:  # scripts have sessions
        case = Case(draw)
    run = Run(compared)
    run.scripts(case)
    run.end()


def pin_change(compared: Comparison, draw: random.Random) -> None:
    case = Case(draw)
    while case.kind == 0:  # scripts have sessions
        case = Case(draw)
    issuer, of_cryptograms, pin_value = case.issuer_key(), case.issuer_key(), case.issuer_key()
    working, card = case.session_key(case.card_key(issuer)), case.card_key(of_cryptograms)
    new, old, module = digits(draw, 4, 12), digits(draw, 4, 12), compared.module
    scripts, pin_key = module.key(b"E1", issuer, b"X"), module.key(b"P0", pin_value)
    cryptograms = module.key(b"E0", of_cryptograms, b"X")
    own = end(ISO_0, case.pan)
    blocks = [module.make("Encrypt", PIN_BLOCK, flat(own), pin_key, pin.encode()) for pin in (new, old)]
    ways = [sm.EncryptionType.VISA, sm.EncryptionType.MASTERCARD, sm.EncryptionType.EMV]
    option = draw.randint(1, 3)
    for form, data, clear in (
        (ISO_2, blocks[0], sm.format_iso9564_2_pin_block(new)),
        (VISA, blocks[0], sm.format_vis_pin_block(card, new)),
        (VISA_WITH_CURRENT, b"".join(blocks), sm.format_vis_pin_block(card, new, old)),
    ):
        further = handle(pin_key) + handle(0 if form == ISO_2 else cryptograms)
        parameter = flat(bytes([form]), further, own, case.parameter(case.option, option))
        theirs = sm.encrypt_command_data(working, clear, ways[option - 1])
        ours = module.make("Encrypt", PIN_CHANGE, parameter, scripts, data)
        compared.same(f"new PIN of format {form}", ours, theirs, (case, new, old, option))
    module.destroy(scripts, pin_key, cryptograms)


def cvc3(compared: Comparison, draw: random.Random) -> None:
    case = Case(draw)
    issuer, track, number = case.issuer_key(), draw.randbytes(draw.randint(1, 100)), draw.randbytes(4)
    length = draw.randint(3, 5)
    # They leave out zeros at the beginning.
    theirs = cvv.generate_cvc3(case.card_key(issuer), track, case.atc, number).zfill(5)[-length:].encode()
    key = compared.module.key(b"E4", issuer)
    data = ";".join((case.pan, case.psn, case.atc.hex(), number.hex(), track.hex())).encode()
    parameter = flat(case.option.encode(), bytes([1, length]))
    ours = compared.module.make("Sign", CVC3, parameter, key, data)
    compared.same("CVC3", ours, theirs, (case, issuer, track, number))
    compared.module.destroy(key)


FAMILIES = {"cryptograms": cryptograms, "scripts": scripts, "pin-change": pin_change, "cvc3": cvc3}

if __name__ == "__main__":
    sys.exit(program(__doc__, "emv", "pyemv", FAMILIES))
