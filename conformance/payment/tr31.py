#!/usr/bin/env python3
"""Key blocks of TR-31 beside psec: random keys, headers and optional blocks, made by the one and opened by the other.

    conformance/payment/tr31.py [FAMILY ...] [--module PATH] [--cases N] [--seed SEED]

Needs the package psec.
"""

from __future__ import annotations

import random
import sys
import warnings
from functools import partial

warnings.simplefilter("ignore")  # of the library beneath psec, that triple DES is old

import psec.tr31 as theirs  # noqa: E402
from common import (  # noqa: E402
    ALGORITHM,
    CKA_CHECK_VALUE,
    CKA_KEY_TYPE,
    CKA_VALUE_LEN,
    CKK_AES,
    DES_TYPES,
    EXPORTABILITY,
    MODE,
    USAGE,
    VENDOR,
    VERSION,
    Comparison,
    Refused,
    odd,
    program,
)

CKM_TR31 = VENDOR | 0x80


def drawn_header(draw: random.Random, version: str, longest: int):
    """A header with optional blocks, and a key that goes with it; an AES key is no longer than its protection key."""
    algorithm = draw.choice("TTDA" if version == "D" and longest >= 16 else "TTD")
    fitting = [length for length in (16, 24, 32) if length <= longest]
    length = draw.choice({"T": (16, 24), "D": (8,), "A": fitting}[algorithm])
    key = odd(draw.randbytes(length)) if algorithm in "TD" else draw.randbytes(length)
    usage = draw.choice(("P0", "D0", "K0", "C0", "M3", "V2", "B0", "E0", "72"))
    number = draw.choice(("00", "01", "c1", "Z9"))
    header = theirs.Header(version, usage, algorithm, draw.choice("BCDEGNSTVXY"), number, draw.choice("ES"))
    for name in draw.sample(("KS", "LB", "TS", "IK", "KV", "99"), draw.randrange(4)):
        header.blocks[name] = {
            "KS": draw.randbytes(draw.choice((8, 10))).hex().upper(),
            "LB": "".join(draw.choice(" abcXYZ019~") for _ in range(draw.choice((0, 1, 7, 40, 300)))),
            "TS": "20261127001200Z",
            "IK": draw.randbytes(8).hex().upper(),
            "KV": "0002",
            "99": "any thing",
        }[name]
    return header, key


def blocks_text(header, text: str) -> str:
    """The optional blocks of a block, without the padding."""
    rest, found = text[16:], ""
    for _ in range(int(text[12:14])):
        length = int(rest[2:4], 16)
        if length == 0:
            width = int(rest[4:6], 16)
            length = int(rest[6 : 6 + 2 * width], 16)
        if rest[:2] != "PB":
            found += rest[:length]
        rest = rest[length:]
    return found


def check_value(key_type: int, key: bytes) -> bytes:
    """CKA_CHECK_VALUE by psec's own primitives."""
    if key_type == CKK_AES:
        return theirs._aes.encrypt_aes_ecb(key, bytes(16))[:3]
    return theirs._des.encrypt_tdes_ecb(key, bytes(8))[:3]


def cases(version: str, compared: Comparison, draw: random.Random) -> None:
    module = compared.module
    length = draw.choice((16, 24, 32) if version == "D" else (16, 24))
    protection = draw.randbytes(length)
    if version != "D":
        protection = odd(protection)
    kbpk = module.key(draw.choice((b"K0", b"K1")), protection, kind=CKK_AES if version == "D" else None)
    header, key = drawn_header(draw, version, length)
    key_type = CKK_AES if header.algorithm == "A" else DES_TYPES[len(key)]
    # Theirs, opened here.
    text = theirs.KeyBlock(protection, header).wrap(key, draw.choice((None, 0, 24, 32, 48)))
    case: tuple[object, ...] = (protection, key, text)
    opened = module.unwrap(CKM_TR31, bytes([1, 0]), kbpk, text.encode())
    kind = module.number(opened, CKA_KEY_TYPE), module.number(opened, CKA_VALUE_LEN)
    compared.same("key type and length", kind, (key_type, len(key)), case)
    told = [module.attribute(opened, one).decode() for one in (USAGE, MODE, EXPORTABILITY, VERSION, ALGORITHM)]
    expected = [header.key_usage, header.mode_of_use, header.exportability, header.version_num, header.algorithm]
    compared.same("header", told, expected, case)
    compared.same("check value", module.attribute(opened, CKA_CHECK_VALUE), check_value(key_type, key), case)
    # Ours, opened there: of the key that came, and with the blocks that it came with.
    masking = draw.choice((0, 1, 24, 32, 60))
    ours = module.wrap(CKM_TR31, bytes([1, ord(version), *bytes(7), masking, 0]), kbpk, opened).decode()
    case = (*case, ours)
    back_header, back = theirs.unwrap(protection, ours)
    compared.same("key from here", key, back, case)
    compared.same("header from here", str(back_header)[5:12], str(header)[5:12], case)
    compared.same("optional blocks from here", blocks_text(header, ours), blocks_text(header, text), case)
    # Damage is seen.
    at = draw.randrange(16, len(ours))
    damaged = ours[:at] + ("0" if ours[at] != "0" else "1") + ours[at + 1 :]
    try:
        module.destroy(module.unwrap(CKM_TR31, bytes([1, 0]), kbpk, damaged.encode()))
        seen = False
    except Refused:
        seen = True
    compared.same("damage is seen", seen, True, (*case, damaged))
    module.destroy(opened, kbpk)


FAMILIES = {f"version-{version}": partial(cases, version) for version in "ABCD"}

if __name__ == "__main__":
    sys.exit(program(__doc__, "tr31", "psec", FAMILIES))
