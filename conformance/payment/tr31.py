#!/usr/bin/env python3
"""Key blocks of TR-31 beside psec: random keys, headers and optional blocks, made by the one and opened by the other.

    conformance/payment/tr31.py [--module PATH] [--cases N] [--seed SEED]

Needs the packages psec and PyKCS11. Prints how many cases there were; ends with 1 at the first disagreement.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import psec.tr31 as theirs  # noqa: E402
import PyKCS11 as p11  # noqa: E402

BASE = 0x80000000 | 0x56480000
CKM_TR31 = BASE | 0x80
USAGE, MODE, EXPORTABILITY, VERSION, OPTIONAL, ALGORITHM = (BASE | n for n in (1, 2, 3, 4, 5, 6))
PIN = "123456"

KEY_TYPES = {8: p11.CKK_DES, 16: p11.CKK_DES2, 24: p11.CKK_DES3}


def flat(parameter: bytes):
    """The mechanism with a parameter."""
    return p11.Mechanism(CKM_TR31, parameter)


def open_session(module: Path, home: Path):
    """A session on a fresh token."""
    configuration = home / "vhsm.toml"
    configuration.write_text(f'data_dir = "{home}/data"\n\n[payment]\nweak_keys = "accept"\n')
    os.environ["VHSM_CONF"] = str(configuration)
    lib = p11.PyKCS11Lib()
    lib.load(str(module))
    slot = lib.getSlotList()[0]
    lib.initToken(slot, PIN, "tr31")
    flags = p11.CKF_RW_SESSION | p11.CKF_SERIAL_SESSION
    officer = lib.openSession(slot, flags)
    officer.login(PIN, p11.CKU_SO)
    officer.initPin(PIN)
    officer.logout()
    officer.login(PIN)
    return officer


def secret(session, key_type: int, value: bytes, usage: str, more=()):
    """A secret key that may show its value."""
    template = [
        (p11.CKA_CLASS, p11.CKO_SECRET_KEY),
        (p11.CKA_KEY_TYPE, key_type),
        (p11.CKA_SENSITIVE, False),
        (p11.CKA_EXTRACTABLE, True),
        (p11.CKA_VALUE, tuple(value)),
        (USAGE, tuple(usage.encode())),
        *((attribute, tuple(text.encode())) for attribute, text in more),
    ]
    return session.createObject(template)


def odd(value: bytes) -> bytes:
    """The same with odd parity."""
    return bytes(byte & 0xFE | (bin(byte >> 1).count("1") + 1) % 2 for byte in value)


def drawn_header(draw: random.Random, version: str):
    """A header with optional blocks, and a key that goes with it."""
    algorithm = draw.choice("TTDA" if version == "D" else "TTD")
    length = draw.choice({"T": (16, 24), "D": (8,), "A": (16, 24, 32)}[algorithm])
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
    if key_type == p11.CKK_AES:
        return theirs._aes.encrypt_aes_ecb(key, bytes(16))[:3]
    return theirs._des.encrypt_tdes_ecb(key, bytes(8))[:3]


def one_case(session, draw: random.Random) -> None:
    version = draw.choice("ABCD")
    length = draw.choice((16, 24, 32) if version == "D" else (16, 24))
    protection = draw.randbytes(length)
    if version != "D":
        protection = odd(protection)
    kbpk = secret(session, p11.CKK_AES if version == "D" else KEY_TYPES[length], protection, draw.choice(("K0", "K1")))
    header, key = drawn_header(draw, version)
    if header.algorithm == "A" and len(key) > length:
        return
    key_type = p11.CKK_AES if header.algorithm == "A" else KEY_TYPES[len(key)]
    # Theirs, opened here.
    text = theirs.KeyBlock(protection, header).wrap(key, draw.choice((None, 0, 24, 32, 48)))
    opened = session.unwrapKey(kbpk, list(text.encode()), [], mecha=flat(bytes([1, 0])))
    values = session.getAttributeValue(
        opened, [p11.CKA_KEY_TYPE, p11.CKA_VALUE_LEN, USAGE, MODE, EXPORTABILITY, VERSION, ALGORITHM, p11.CKA_CHECK_VALUE]
    )
    told = [bytes(value).decode() for value in values[2:7]]
    expected = [header.key_usage, header.mode_of_use, header.exportability, header.version_num, header.algorithm]
    assert (values[0], values[1]) == (key_type, len(key)), (text, values)
    assert told == expected, (text, told)
    assert bytes(values[7]) == check_value(key_type, key), text
    # Ours, opened there: of the key that came, and with the blocks that it came with.
    masking = draw.choice((0, 1, 24, 32, 60))
    parameter = bytes([1, ord(version), *bytes(7), masking, 0])
    ours = bytes(session.wrapKey(kbpk, opened, mecha=flat(parameter))).decode()
    back_header, back = theirs.unwrap(protection, ours)
    assert back == key, (text, ours)
    assert str(back_header)[5:12] == str(header)[5:12], (text, ours)
    assert blocks_text(header, text) == blocks_text(header, ours), (text, ours)
    # Damage is seen by both.
    at = draw.randrange(16, len(ours))
    damaged = ours[:at] + ("0" if ours[at] != "0" else "1") + ours[at + 1 :]
    try:
        session.unwrapKey(kbpk, list(damaged.encode()), [], mecha=flat(bytes([1, 0])))
    except p11.PyKCS11Error:
        pass
    else:
        raise AssertionError(("damage", ours, damaged))
    session.destroyObject(opened)
    session.destroyObject(kbpk)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--module", type=Path, default=root / "target/debug/libvhsm.so")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", default=None, help="draws the same cases again")
    arguments = parser.parse_args()
    seed = arguments.seed or os.urandom(8).hex()
    print(f"seed {seed}")
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        session = open_session(arguments.module.resolve(), Path(home))
        for case in range(arguments.cases):
            try:
                one_case(session, draw)
            except (AssertionError, p11.PyKCS11Error) as error:
                print(f"case {case}: {error!r}", file=sys.stderr)
                return 1
    print(f"{arguments.cases} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
