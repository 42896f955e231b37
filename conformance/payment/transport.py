#!/usr/bin/env python3
"""Keys with their header under RSA-OAEP and by elliptic-curve Diffie-Hellman, beside OAEP, ECDH and the two derivation
functions of Python's cryptography and the key blocks of psec: made by the one and opened by the other.

    conformance/payment/transport.py [FAMILY ...] [--module PATH] [--cases N] [--seed SEED]

Needs the packages cryptography and psec.
"""

from __future__ import annotations

import random
import sys
import warnings
from functools import cache

warnings.simplefilter("ignore")  # of the library beneath psec, that triple DES is old

import psec.tr31 as theirs  # noqa: E402
from common import (  # noqa: E402
    ALGORITHM,
    CKA_CHECK_VALUE,
    CKA_CLASS,
    CKA_KEY_TYPE,
    CKA_VALUE,
    CKK_AES,
    DES_TYPES,
    EXPORTABILITY,
    MODE,
    USAGE,
    VENDOR,
    VERSION,
    Comparison,
    Module,
    Refused,
    Value,
    flat,
    handle,
    program,
)
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: E402
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash  # noqa: E402
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF  # noqa: E402
from tr31 import blocks_text, check_value, drawn_header  # noqa: E402

CKM_RSA, CKM_ECDH = VENDOR | 0x8A, VENDOR | 0x8B
CKA_UNWRAP, CKA_WRAP, CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT = 0x107, 0x106, 0x120, 0x122, 0x123
CKA_PRIME_1, CKA_PRIME_2, CKA_EC_PARAMS, CKA_EC_POINT = 0x124, 0x125, 0x180, 0x181
CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKK_RSA, CKK_EC = 2, 3, 0, 3

HASHES = {0x21: hashes.SHA256(), 0x22: hashes.SHA384(), 0x23: hashes.SHA512()}
# Version of the block and length of the protection key by the parameter's code.
PROTECTION = {2: ("B", 16), 3: ("B", 24), 4: ("D", 16), 5: ("D", 24), 6: ("D", 32)}
# Bytes of an AES key that a modulus of so many bits may carry.
MODULI = {2048: 0, 3072: 16, 4096: 16}
# The curve, its identifier in DER, and the bytes of an AES key that it may carry.
CURVES = {
    "P-256": (ec.SECP256R1(), "06082a8648ce3d030107", 16),
    "P-384": (ec.SECP384R1(), "06052b81040022", 24),
    "P-521": (ec.SECP521R1(), "06052b81040023", 32),
}


# ---- the other implementation ----


def oaep(code: int) -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(HASHES[code]), algorithm=HASHES[code], label=None)


def agreed(own: ec.EllipticCurvePrivateKey, peer: ec.EllipticCurvePublicKey, function: int, code: int, length: int,
           info: bytes) -> bytes:  # fmt: skip
    """The protection key that Diffie-Hellman gives."""
    secret = own.exchange(ec.ECDH(), peer)
    if function == 1:
        return X963KDF(HASHES[code], length, info).derive(secret)
    return ConcatKDFHash(HASHES[code], length, info).derive(secret)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


# ---- keys of pairs here ----


def rsa_pair(module: Module, key: rsa.RSAPrivateKey) -> tuple[int, int]:
    """The public and the private key."""
    numbers = key.private_numbers()
    public: dict[int, Value] = {
        CKA_KEY_TYPE: CKK_RSA,
        CKA_MODULUS: number(numbers.public_numbers.n),
        CKA_PUBLIC_EXPONENT: number(numbers.public_numbers.e),
    }
    private = {
        CKA_PRIVATE_EXPONENT: number(numbers.d),
        CKA_PRIME_1: number(numbers.p),
        CKA_PRIME_2: number(numbers.q),
    }
    return (
        module.object({CKA_CLASS: CKO_PUBLIC_KEY, CKA_WRAP: True, **public}),
        module.object({CKA_CLASS: CKO_PRIVATE_KEY, CKA_UNWRAP: True, **public, **private}),
    )


def ec_public(module: Module, curve: str, key: ec.EllipticCurvePublicKey) -> int:
    raw = point(key)
    header = bytes([4, len(raw)]) if len(raw) < 128 else bytes([4, 0x81, len(raw)])
    values: dict[int, Value] = {CKA_CLASS: CKO_PUBLIC_KEY, CKA_KEY_TYPE: CKK_EC, CKA_WRAP: True}
    return module.object({**values, CKA_EC_PARAMS: bytes.fromhex(CURVES[curve][1]), CKA_EC_POINT: header + raw})


def ec_private(module: Module, curve: str, key: ec.EllipticCurvePrivateKey) -> int:
    scalar = number(key.private_numbers().private_value)
    values: dict[int, Value] = {CKA_CLASS: CKO_PRIVATE_KEY, CKA_KEY_TYPE: CKK_EC, CKA_UNWRAP: True}
    return module.object({**values, CKA_EC_PARAMS: bytes.fromhex(CURVES[curve][1]), CKA_VALUE: scalar})


# ---- what is compared ----


def same_key(compared: Comparison, opened: int, header: theirs.Header, key: bytes, case: tuple) -> None:
    """Whether a key that was opened here is the one that was wrapped there."""
    module = compared.module
    key_type = CKK_AES if header.algorithm == "A" else DES_TYPES[len(key)]
    told = [module.attribute(opened, one).decode() for one in (USAGE, MODE, EXPORTABILITY, VERSION, ALGORITHM)]
    expected = [header.key_usage, header.mode_of_use, header.exportability, header.version_num, header.algorithm]
    compared.same("header", told, expected, case)
    compared.same("key type", module.number(opened, CKA_KEY_TYPE), key_type, case)
    compared.same("check value", module.attribute(opened, CKA_CHECK_VALUE), check_value(key_type, key), case)


def same_block(compared: Comparison, protection: bytes, ours: bytes, their_block: str, key: bytes, case: tuple) -> None:
    """Whether a block that was made here is opened there as what came from there."""
    text = ours.decode()
    header, back = theirs.unwrap(protection, text)
    compared.same("key from here", back, key, case)
    compared.same("header from here", str(header)[5:12], their_block[5:12], case)
    compared.same("optional blocks from here", blocks_text(header, text), blocks_text(header, their_block), case)


def damage_is_seen(compared: Comparison, draw: random.Random, kind: int, parameter: bytes, key: int,
                   wrapped: bytes, front: int, case: tuple) -> None:  # fmt: skip
    """A bit of the front part is changed, or a digit of the block's encrypted part."""
    module, damaged = compared.module, bytearray(wrapped)
    if front and draw.randrange(2):
        damaged[draw.randrange(1, front)] ^= 1 << draw.randrange(8)
    else:
        at = draw.randrange(front + 16, len(wrapped))
        damaged[at] = ord("1") if damaged[at] == ord("0") else ord("0")
    try:
        module.destroy(module.unwrap(kind, parameter, key, bytes(damaged)))
        seen = False
    except Refused:
        seen = True
    compared.same("damage is seen", seen, True, (*case, bytes(damaged)))


@cache
def rsa_key(module: Module, bits: int) -> tuple[rsa.RSAPrivateKey, int, int]:
    """Making one takes long: there is one of each length."""
    key = rsa.generate_private_key(65537, bits)
    return key, *rsa_pair(module, key)


def by_rsa(compared: Comparison, draw: random.Random) -> None:
    module = compared.module
    bits, code, kind = draw.choice(list(MODULI)), draw.choice(list(HASHES)), draw.choice(list(PROTECTION))
    pair, public, private = rsa_key(module, bits)
    version, length = PROTECTION[kind]
    protection = draw.randbytes(length)
    header, key = drawn_header(draw, version, min(length, MODULI[bits]))
    # Theirs, opened here.
    block = theirs.KeyBlock(protection, header).wrap(key, draw.choice((None, 0, 24, 32, 48)))
    wrapped = pair.public_key().encrypt(protection, oaep(code)) + block.encode()
    case: tuple[object, ...] = (bits, code, kind, protection, key, wrapped)
    opening = flat(bytes([code, kind, draw.choice((0, ord(version)))]))
    opened = module.unwrap(CKM_RSA, opening, private, wrapped)
    same_key(compared, opened, header, key, case)
    # Ours, opened there.
    ours = module.wrap(CKM_RSA, flat(bytes([code, kind, ord(version)])), public, opened)
    sealed, own_block = ours[: bits // 8], ours[bits // 8 :]
    same_block(compared, pair.decrypt(sealed, oaep(code)), own_block, block, key, (*case, ours))
    damage_is_seen(compared, draw, CKM_RSA, opening, private, ours, bits // 8, case)
    module.destroy(opened)


def by_ecdh(compared: Comparison, draw: random.Random) -> None:
    module = compared.module
    curve, code, kind = draw.choice(list(CURVES)), draw.choice(list(HASHES)), draw.choice(list(PROTECTION))
    function, is_static = draw.choice((1, 2)), draw.randrange(2) == 1
    domain, _, strength = CURVES[curve]
    here, there = ec.generate_private_key(domain), ec.generate_private_key(domain)
    own, peer = ec_private(module, curve, here), ec_public(module, curve, there.public_key())
    info = draw.randbytes(draw.randrange(1 if is_static else 0, 80))
    version, length = PROTECTION[kind]
    header, key = drawn_header(draw, version, min(length, strength))

    def parameter(named: int, rest: bytes) -> bytes:
        return flat(bytes([function, code, kind]), handle(named), len(info).to_bytes(2, "big"), info, rest)

    # Theirs, opened here: of their pair, or of one that they made for it.
    protection = agreed(there, here.public_key(), function, code, length, info)
    block = theirs.KeyBlock(protection, header).wrap(key, draw.choice((None, 0, 24, 32, 48)))
    front = b"" if is_static else point(there.public_key())
    told = point(there.public_key()) if is_static else b""
    case: tuple[object, ...] = (curve, code, kind, function, info, protection, key, front + block.encode())
    opening = parameter(0, bytes([draw.choice((0, ord(version)))]) + told)
    opened = module.unwrap(CKM_ECDH, opening, own, front + block.encode())
    same_key(compared, opened, header, key, case)
    # Ours, opened there: of the pair here, or of one that the module made for it.
    ours = module.wrap(CKM_ECDH, parameter(own if is_static else 0, version.encode()), peer, opened)
    point_len = 0 if is_static else len(point(here.public_key()))
    sender = here.public_key()
    if not is_static:
        sender = ec.EllipticCurvePublicKey.from_encoded_point(domain, ours[:point_len])
    protection = agreed(there, sender, function, code, length, info)
    same_block(compared, protection, ours[point_len:], block, key, (*case, ours))
    damage_is_seen(compared, draw, CKM_ECDH, opening, own, front + block.encode(), len(front), case)
    module.destroy(opened, own, peer)


FAMILIES = {"rsa": by_rsa, "ecdh": by_ecdh}

if __name__ == "__main__":
    sys.exit(program(__doc__, "transport", "cryptography and psec", FAMILIES))
