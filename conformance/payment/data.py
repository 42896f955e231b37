#!/usr/bin/env python3
"""Random cases of format-preserving encryption, and of data and MACs under keys of DUKPT, beside others.

    conformance/payment/data.py [FAMILY ...] [--module PATH] [--cases N] [--seed SEED]

Needs the packages ff3, psec, pydukpt and cryptography. FF3-1 is compared with ff3; data and MACs with psec, under keys
that pydukpt derives; FF1 with what stands below, after the steps of the standard in Python's integers.
"""

from __future__ import annotations

import random
import sys
import warnings

warnings.simplefilter("ignore")  # of the library beneath psec, that triple DES is old

import psec  # noqa: E402
import pydukpt  # noqa: E402
from common import CKA_KEY_TYPE, CKA_VALUE, CKK_AES, VENDOR, Comparison, flat, odd, program  # noqa: E402
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: E402
from ff3 import FF3Cipher  # noqa: E402

DUKPT_MAC = VENDOR | 0x42
FF1, FF3_1, DATA_CBC = VENDOR | 0x70, VENDOR | 0x71, VENDOR | 0x73
RADICES = (2, 10, 10, 26, 36, 100, 256, 65535, 65536)
FEWEST_TEXTS = 1_000_000  # of the texts that a tweak permutes [SP 800-38G rev. 1]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FF3_NUMERALS_MAX = {10: 56, 26: 40, 36: 36}
NUMERALS, TEXT = 3, 1  # forms of the data: two bytes for each numeral, characters
COUNTER_BITS, COUNTER_ONES_MAX = 21, 10
REQUEST, RESPONSE = bytes([1, 1, 1]), bytes([1, 0, 2])  # triple DES, whose data they are, the key's direction


def number(numerals: list[int], radix: int) -> int:
    result = 0
    for numeral in numerals:
        result = result * radix + numeral
    return result


def numerals_of(value: int, radix: int, length: int) -> list[int]:
    result: list[int] = []
    for _ in range(length):
        value, rest = divmod(value, radix)
        result.insert(0, rest)
    return result


def their_ff1(key: bytes, radix: int, tweak: bytes, text: list[int]) -> list[int]:
    """Algorithm 7 of SP 800-38G rev. 1."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update
    n, t = len(text), len(tweak)
    u = n // 2
    v = n - u
    a, b = text[:u], text[u:]
    size = ((radix**v - 1).bit_length() + 7) // 8
    d = 4 * ((size + 3) // 4) + 4
    p = bytes([1, 2, 1, *radix.to_bytes(3, "big"), 10, u % 256]) + n.to_bytes(4, "big") + t.to_bytes(4, "big")
    for i in range(10):
        q = tweak + bytes((-t - size - 1) % 16) + bytes([i]) + number(b, radix).to_bytes(size, "big")
        chained = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(p + q)
        r = int.from_bytes(chained[-16:], "big")
        s = b"".join(block((r ^ j).to_bytes(16, "big")) if j else chained[-16:] for j in range((d + 15) // 16))
        m = u if i % 2 == 0 else v
        a, b = b, numerals_of((number(a, radix) + int.from_bytes(s[:d], "big")) % radix**m, radix, m)
    return a + b


def in_bytes(numerals: list[int]) -> bytes:
    return b"".join(numeral.to_bytes(2, "big") for numeral in numerals)


def ff1(compared: Comparison, draw: random.Random) -> None:
    value, radix = draw.randbytes(draw.choice((16, 24, 32))), draw.choice(RADICES)
    tweak = draw.randbytes(draw.randint(0, 40))
    shortest = 2
    while radix**shortest < FEWEST_TEXTS:
        shortest += 1
    text = [draw.randrange(radix) for _ in range(draw.randint(shortest, 60))]
    case = (value, radix, tweak, text)
    module, parameter = compared.module, flat(bytes([NUMERALS]), radix.to_bytes(4, "big"), tweak)
    general = {CKA_KEY_TYPE: CKK_AES, CKA_VALUE: value}
    key = draw.choice((lambda: module.create(general), lambda: module.key(b"D0", value, kind=CKK_AES)))()
    sealed = module.make("Encrypt", FF1, parameter, key, in_bytes(text))
    compared.same("FF1", sealed, in_bytes(their_ff1(*case)), case)
    compared.same("FF1 back", module.make("Decrypt", FF1, parameter, key, sealed), in_bytes(text), case)
    module.destroy(key)


def ff3_1(compared: Comparison, draw: random.Random) -> None:
    value, tweak, radix = draw.randbytes(draw.choice((16, 24, 32))), draw.randbytes(7), draw.choice((10, 26, 36))
    text = "".join(draw.choices(DIGITS[:radix], k=draw.randint(6, FF3_NUMERALS_MAX[radix])))
    case = (value, tweak, text)
    module, parameter = compared.module, flat(bytes([TEXT]), radix.to_bytes(4, "big"), tweak)
    key = module.key(b"D0", value, kind=CKK_AES)
    sealed = module.make("Encrypt", FF3_1, parameter, key, text.encode())
    other = FF3Cipher.withCustomAlphabet(value.hex(), tweak.hex(), DIGITS[:radix])
    compared.same("FF3-1", sealed, other.encrypt(text).encode(), case)
    compared.same("FF3-1 back", module.make("Decrypt", FF3_1, parameter, key, sealed), text.encode(), case)
    module.destroy(key)


def dukpt(compared: Comparison, draw: random.Random) -> None:
    value = odd(draw.randbytes(16))
    ones = draw.sample(range(COUNTER_BITS), draw.randint(1, COUNTER_ONES_MAX))
    ksn = pydukpt.ksn_with_counter(draw.randbytes(10), sum(1 << bit for bit in ones))
    data, iv = draw.randbytes(8 * draw.randint(1, 12)), draw.randbytes(8)
    message, padding, length = draw.randbytes(draw.randint(1, 90)), draw.randint(1, 3), draw.randint(4, 8)
    transaction = pydukpt.derive_key(pydukpt.derive_ipek(value, ksn), ksn)
    module = compared.module
    base = module.key(b"B0", value)
    for side, data_key, mac_key in (
        (REQUEST, pydukpt.data_request_key, pydukpt.mac_request_key),
        (RESPONSE, pydukpt.data_response_key, pydukpt.mac_response_key),
    ):
        case = (value, ksn, side, data, iv, message, padding, length)
        keying = side + ksn.rjust(12, b"\0")
        theirs = psec.des.encrypt_tdes_cbc(data_key(transaction), iv, data)
        parameter = flat(keying, iv)
        compared.same("data", module.make("Encrypt", DATA_CBC, parameter, base, data), theirs, case)
        key = mac_key(transaction)
        theirs = psec.mac.generate_retail_mac(key[:8], key[8:], message, padding, length)
        parameter = flat(keying, bytes([3, padding, length]))
        compared.same("MAC", module.make("Sign", DUKPT_MAC, parameter, base, message), theirs, case)
    module.destroy(base)


FAMILIES = {"ff1": ff1, "ff3-1": ff3_1, "dukpt-data": dukpt}

if __name__ == "__main__":
    sys.exit(program(__doc__, "data", "ff3, psec, pydukpt and SP 800-38G", FAMILIES))
