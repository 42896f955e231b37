"""Digests, MACs, ciphers and wrapping with secret keys: vhsm and SoftHSM."""

from __future__ import annotations

from harness import Failed, Token

from .bench import CIPHER_USES, SIGN_USES, WRAP_USES, Bench, Module, same
from .groups import against_softhsm
from .numbers import CKK, CLASS, DERIVE, ENCRYPT, HASHES, KEY_TYPE, SECRET_KEY, SIZES, VALUE_LEN
from .session import Inline, Parameter

DIGESTS = ("MD5", *HASHES)
HMACS = tuple(f"{digest}_HMAC" for digest in DIGESTS)
AES_SIZES = (16, 24, 32)
BLOCK_CIPHERS = {"AES": (16, AES_SIZES), "DES3": (8, (24,)), "DES": (8, (8,))}
MODES = tuple(f"{cipher}_{mode}" for cipher in BLOCK_CIPHERS for mode in ("ECB", "CBC", "CBC_PAD"))
CMACS = {"AES_CMAC": ("AES", AES_SIZES), "DES3_CMAC": ("DES3", (24,))}
ENCRYPT_DATA = tuple(f"{cipher}_{mode}_ENCRYPT_DATA" for cipher in BLOCK_CIPHERS for mode in ("ECB", "CBC"))
WRAPS = ("AES_KEY_WRAP", "AES_KEY_WRAP_PAD")
GENERATORS = {"AES_KEY_GEN": 32, "GENERIC_SECRET_KEY_GEN": 32, "DES_KEY_GEN": 8, "DES2_KEY_GEN": 16, "DES3_KEY_GEN": 24}
MECHANISMS = (*DIGESTS, *HMACS, *MODES, "AES_CTR", "AES_GCM", *CMACS, *ENCRYPT_DATA, *WRAPS, *GENERATORS)


def odd_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) & 1 for byte in key)


def new_key(bench: Bench, cipher: str, size: int) -> bytes:
    key = bench.inputs.randbytes(size)
    return odd_parity(key) if cipher.startswith("DES") else key


@against_softhsm
def digests(bench: Bench, token: Token) -> None:
    """Digests that SoftHSM has: the same of random data, in one call and in parts."""
    assert bench.other is not None
    for digest in DIGESTS:
        with bench.check(digest):
            for length in bench.inputs.lengths():
                data = bench.inputs.randbytes(length)
                same(bench.vhsm.digest(digest, data), bench.other.digest(digest, data), data=data)
                pieces = bench.inputs.cut(data)
                same(bench.vhsm.digest(digest, *pieces), bench.other.digest(digest, *pieces), data=data)


@against_softhsm
def macs(bench: Bench, token: Token) -> None:
    """HMACs and CMACs that SoftHSM has: each verifies the other's, and refuses a changed one."""
    for first, second, way in bench.ways():
        for mechanism in HMACS:
            size = SIZES[mechanism.removesuffix("_HMAC")]
            for key_size in (size, size + bench.inputs.randint(1, 100)):
                with bench.check(f"{mechanism}, key of {'its' if key_size == size else 'another'} size: {way}"):
                    macs_agree(bench, first, second, mechanism, "GENERIC_SECRET", bench.inputs.randbytes(key_size))
        for mechanism, (cipher, sizes) in CMACS.items():
            for size in sizes:
                with bench.check(f"{mechanism}, key of {size} bytes: {way}"):
                    macs_agree(bench, first, second, mechanism, cipher, new_key(bench, cipher, size))


def macs_agree(bench: Bench, first: Module, second: Module, mechanism: str, kind: str, key: bytes) -> None:
    ours, theirs = first.secret(kind, key, SIGN_USES), second.secret(kind, key, SIGN_USES)
    for length in bench.inputs.lengths(least=1):
        data = bench.inputs.randbytes(length)
        mac = first.sign(mechanism, None, ours, data)
        second.verify(mechanism, None, theirs, data, mac)
        second.refuses(mechanism, None, theirs, data, mac)
        pieces = bench.inputs.cut(data)
        same(second.sign(mechanism, None, theirs, *pieces), mac, key=key, data=data)


@against_softhsm
def ciphers(bench: Bench, token: Token) -> None:
    """Ciphers that SoftHSM has: what one encrypts, in one call or in parts, the other decrypts."""
    for first, second, way in bench.ways():
        for cipher, (block, sizes) in BLOCK_CIPHERS.items():
            for mode in ("ECB", "CBC", "CBC_PAD"):
                for size in sizes:
                    with bench.check(f"{cipher}_{mode}, key of {size} bytes: {way}"):
                        step = 1 if mode == "CBC_PAD" else block
                        iv = None if mode == "ECB" else bench.inputs.randbytes(block)
                        travels(bench, first, second, f"{cipher}_{mode}", iv, cipher, size, step)
        for size in AES_SIZES:
            with bench.check(f"AES_CTR, key of {size} bytes: {way}"):
                counter = [128, Inline(bench.inputs.randbytes(16))]
                travels(bench, first, second, "AES_CTR", counter, "AES", size, 1)
            with bench.check(f"AES_GCM, key of {size} bytes: {way}"):
                for tag in (96, 104, 112, 120, 128):
                    travels(bench, first, second, "AES_GCM", gcm(bench, tag), "AES", size, 1)


def gcm(bench: Bench, tag_bits: int) -> Parameter:
    iv = bench.inputs.randbytes(12)
    aad = bench.inputs.randbytes(bench.inputs.randint(1, 100))
    return [iv, len(iv), 8 * len(iv), aad, len(aad), tag_bits]


def travels(
    bench: Bench, first: Module, second: Module, mechanism: str, parameter: Parameter, cipher: str, size: int, step: int
) -> None:
    """Ciphertexts of random data go from one module to the other."""
    key = new_key(bench, cipher, size)
    ours, theirs = first.secret(cipher, key, CIPHER_USES), second.secret(cipher, key, CIPHER_USES)
    for length in bench.inputs.lengths(step, least=1):
        data = bench.inputs.randbytes(length)
        ciphertext = first.encrypt(mechanism, parameter, ours, data)
        same(second.decrypt(mechanism, parameter, theirs, ciphertext), data, key=key, ciphertext=ciphertext)
        parts = second.encrypt(mechanism, parameter, theirs, *bench.inputs.cut(data))
        same(parts, ciphertext, key=key, data=data)


@against_softhsm
def encrypt_data(bench: Bench, token: Token) -> None:
    """Keys derived by encrypting data: the same in both."""
    assert bench.other is not None
    for cipher, (block, sizes) in BLOCK_CIPHERS.items():
        for mode in ("ECB", "CBC"):
            for size in sizes:
                with bench.check(f"{cipher}_{mode}_ENCRYPT_DATA, key of {size} bytes"):
                    key, data = new_key(bench, cipher, size), bench.inputs.randbytes(block * bench.inputs.randint(2, 4))
                    iv = [] if mode == "ECB" else [Inline(bench.inputs.randbytes(block))]
                    parameter = [*iv, data, len(data)]
                    length = bench.inputs.randint(1, len(data))
                    values = []
                    for module in (bench.vhsm, bench.other):
                        base = module.secret(cipher, key, {DERIVE: True})
                        values.append(module.derive(f"{cipher}_{mode}_ENCRYPT_DATA", parameter, base, length))
                    same(values[0], values[1], key=key, data=data, length=length)


@against_softhsm
def wrapped_keys(bench: Bench, token: Token) -> None:
    """AES key wrap: what one wraps the other unwraps, to the same value."""
    for first, second, way in bench.ways():
        for name, padded, step in (("AES_KEY_WRAP", False, 8), ("AES_KEY_WRAP_KWP", True, 1)):
            for size in AES_SIZES:
                with bench.check(f"{name}, key of {size} bytes: {way}"):
                    key = bench.inputs.randbytes(size)
                    ours, theirs = first.secret("AES", key, WRAP_USES), second.secret("AES", key, WRAP_USES)
                    if first.name == "softhsm":
                        step = 8  # it fills other keys with zeros, which RFC 5649's length then counts as the key's
                    for length in (16, step * bench.inputs.randint(17 // step + 1, 100 // step)):
                        # Without a length told, a value that ends with zeros may be a shorter one that was filled up.
                        value = bench.inputs.randbytes(length - 1) + bytes([bench.inputs.randint(1, 255)])
                        target = first.secret("GENERIC_SECRET", value, SIGN_USES)
                        wrapped = first.wrap(first.padded_wrap if padded else name, None, ours, target)
                        template = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"]}
                        mechanism = second.padded_wrap if padded else name
                        got = second.value(second.unwrap(mechanism, None, theirs, wrapped, template))
                        same(got, value, key=key, wrapped=wrapped)


@against_softhsm
def generated_keys(bench: Bench, token: Token) -> None:
    """Secret keys that one generates work in the other."""
    for first, second, way in bench.ways():
        for mechanism, size in GENERATORS.items():
            with bench.check(f"{mechanism}: {way}"):
                kind = mechanism.removesuffix("_KEY_GEN")
                sized = {} if kind.startswith("DES") else {VALUE_LEN: size}
                value = first.generate(mechanism, {ENCRYPT: kind != "GENERIC_SECRET", **sized})
                if len(value) != size:
                    raise Failed(f"a key of {len(value)} bytes")
                if kind.startswith("DES"):
                    same(value, odd_parity(value), kind="parity of a DES key")
                second.secret(kind, value, {})
