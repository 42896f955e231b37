"""The standard's numbers. Those of mechanisms are read from docs/mechanisms.md, which a test keeps as the code."""

from __future__ import annotations

import re
from pathlib import Path

LISTING = Path(__file__).parents[3] / "docs" / "mechanisms.md"
CKM: dict[str, int] = {
    name: int(number, 16) for name, number in re.findall(r"^\| `CKM_(\w+)` \| `0x(\w+)`", LISTING.read_text(), re.M)
}

CLASS, PRIVATE, VALUE, KEY_TYPE, SENSITIVE, EXTRACTABLE = 0x0, 0x2, 0x11, 0x100, 0x103, 0x162
ENCRYPT, DECRYPT, WRAP, UNWRAP, SIGN, VERIFY, DERIVE = 0x104, 0x105, 0x106, 0x107, 0x108, 0x10A, 0x10C
MODULUS, MODULUS_BITS, PUBLIC_EXPONENT, PRIVATE_EXPONENT = 0x120, 0x121, 0x122, 0x123
PRIME_1, PRIME_2, EXPONENT_1, EXPONENT_2, COEFFICIENT = 0x124, 0x125, 0x126, 0x127, 0x128
PRIME, SUBPRIME, BASE, VALUE_LEN, EC_PARAMS, EC_POINT = 0x130, 0x131, 0x132, 0x161, 0x180, 0x181

PUBLIC_KEY, PRIVATE_KEY, SECRET_KEY = 2, 3, 4

CKK = {
    "RSA": 0x0,
    "DSA": 0x1,
    "DH": 0x2,
    "EC": 0x3,
    "GENERIC_SECRET": 0x10,
    "DES": 0x13,
    "DES2": 0x14,
    "DES3": 0x15,
    "AES": 0x1F,
    "BLOWFISH": 0x20,
    "CAMELLIA": 0x25,
    "ARIA": 0x26,
    "CHACHA20": 0x33,
    "POLY1305": 0x34,
    "AES_XTS": 0x35,
    "EC_EDWARDS": 0x40,
    "EC_MONTGOMERY": 0x41,
    "HKDF": 0x42,
}

HASHES = ("SHA_1", "SHA224", "SHA256", "SHA384", "SHA512")
SHA3 = ("SHA3_224", "SHA3_256", "SHA3_384", "SHA3_512")
SIZES = {"MD5": 16, "SHA_1": 20, "SHA224": 28, "SHA256": 32, "SHA384": 48, "SHA512": 64, "RIPEMD160": 20}
SIZES |= {"SHA512_224": 28, "SHA512_256": 32, "BLAKE2B_512": 64, **{name: int(name[5:]) // 8 for name in SHA3}}
MGF = {"SHA_1": 1, "SHA256": 2, "SHA384": 3, "SHA512": 4, "SHA224": 5} | dict(zip(SHA3, (6, 7, 8, 9)))
OPENSSL = {"SHA_1": "sha1", "RIPEMD160": "ripemd160", "SHA512_224": "sha512-224", "SHA512_256": "sha512-256"}
OPENSSL |= {"BLAKE2B_512": "blake2b512", "MD5": "md5", **{name: name.lower() for name in HASHES[1:]}}
OPENSSL |= {name: name.lower().replace("_", "-") for name in SHA3}


def signing(digest: str, kind: str) -> str:
    """The mechanism that hashes and signs: `signing("SHA_1", "RSA_PKCS")` is SHA1_RSA_PKCS."""
    return f"{digest.replace('SHA_1', 'SHA1')}_{kind}"
