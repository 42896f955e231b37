"""Digests, MACs and ciphers that SoftHSM lacks: vhsm and openssl."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from harness import Token
from harness.openssl import digest as openssl_digest
from harness.openssl import openssl

from . import libcrypto
from .bench import CIPHER_USES, SIGN_USES, Bench, same
from .groups import against_openssl
from .numbers import HASHES, OPENSSL, SHA3, SIZES
from .session import Inline, Parameter

DIGESTS = (*SHA3, "SHA512_224", "SHA512_256", "RIPEMD160", "BLAKE2B_512")
HMAC_DIGESTS = tuple(digest for digest in DIGESTS if not digest.startswith("BLAKE2B"))
GENERAL = tuple(f"{digest}_HMAC_GENERAL" for digest in ("MD5", *HASHES, *HMAC_DIGESTS))
HMACS = (*(f"{digest}_HMAC" for digest in HMAC_DIGESTS), *GENERAL)
SHORT_BLAKE2B = {"BLAKE2B_160": 20, "BLAKE2B_256": 32, "BLAKE2B_384": 48}  # openssl has the longest only
BLAKE2B = {f"BLAKE2B_{8 * size}_HMAC": size for size in (20, 32, 48, 64)}  # BLAKE2b's own MAC, not HMAC
AES = (16, 24, 32)
# What has a block cipher's CBC-MAC, of half a block or of the length that is asked for.
CBC_MACS = {"AES": AES, "CAMELLIA": AES, "ARIA": AES, "DES3": (24,), "DES": (8,)}
CIPHER_NAMES = {"DES3": "DES-EDE3-{mode}", "DES": "DES-{mode}", "BLOWFISH": "BF-{mode}"}


@dataclass(frozen=True)
class Mode:
    """A mechanism with an IV, and what openssl calls its mode; data are a multiple of `step` and at least `least`."""

    key_type: str
    mode: str
    sizes: tuple[int, ...] = AES
    iv: int = 16
    step: int = 1
    least: int = 1
    pad: bool = False

    def openssl_name(self, size: int) -> str:
        bits = 4 * size if self.mode == "XTS" else 8 * size
        default = f"{self.key_type.removesuffix('_XTS')}-{bits}-{{mode}}"
        return CIPHER_NAMES.get(self.key_type, default).format(mode=self.mode)


MODES = {
    "AES_OFB": Mode("AES", "OFB"),
    "AES_CFB128": Mode("AES", "CFB"),
    "AES_CFB8": Mode("AES", "CFB8"),
    "AES_CFB1": Mode("AES", "CFB1"),
    "AES_CTS": Mode("AES", "CBC-CTS", least=17),
    "AES_XTS": Mode("AES_XTS", "XTS", sizes=(32, 64), least=16),
    "DES_OFB64": Mode("DES", "OFB", (8,), 8),
    "DES_CFB64": Mode("DES", "CFB", (8,), 8),
    "DES_CFB8": Mode("DES", "CFB8", (8,), 8),
    "BLOWFISH_CBC": Mode("BLOWFISH", "CBC", (5, 16, 56), 8, step=8),
    "BLOWFISH_CBC_PAD": Mode("BLOWFISH", "CBC", (5, 16, 56), 8, pad=True),
    **{f"{cipher}_ECB": Mode(cipher, "ECB", iv=0, step=16) for cipher in ("CAMELLIA", "ARIA")},
    **{f"{cipher}_CBC": Mode(cipher, "CBC", step=16) for cipher in ("CAMELLIA", "ARIA")},
    **{f"{cipher}_CBC_PAD": Mode(cipher, "CBC", pad=True) for cipher in ("CAMELLIA", "ARIA")},
    "CAMELLIA_CTR": Mode("CAMELLIA", "CTR"),
}
MECHANISMS = (
    *DIGESTS, *SHORT_BLAKE2B, *HMACS, *BLAKE2B, *(f"{mechanism}_GENERAL" for mechanism in BLAKE2B),
    "AES_CMAC_GENERAL", "DES3_CMAC_GENERAL", "AES_GMAC", "POLY1305", *MODES, "CHACHA20", "AES_CCM",
    "CHACHA20_POLY1305", "AES_KEY_WRAP_KWP", "AES_KEY_WRAP_PKCS7",
    *(f"{cipher}_{mac}" for cipher in CBC_MACS for mac in ("MAC", "MAC_GENERAL")),
)  # fmt: skip


def openssl_mac(name: str, data: bytes, **options: str) -> bytes:
    words = [word for option, value in options.items() for word in ("-macopt", f"{option}:{value}")]
    return openssl("mac", *words, "-in", "-", "-binary", name, stdin=data)


@against_openssl
def digests(bench: Bench, token: Token) -> None:
    """Digests that SoftHSM lacks: the same as openssl's, in one call and in parts."""
    for digest in DIGESTS:
        with bench.check(digest):
            for length in bench.inputs.lengths():
                data = bench.inputs.randbytes(length)
                digest_is(bench, digest, data, openssl_digest(OPENSSL[digest], data))
    for mechanism, size in SHORT_BLAKE2B.items():
        with bench.check(f"{mechanism}, as Python's"):
            for length in bench.inputs.lengths():
                data = bench.inputs.randbytes(length)
                digest_is(bench, mechanism, data, hashlib.blake2b(data, digest_size=size).digest())


def digest_is(bench: Bench, digest: str, data: bytes, wanted: bytes) -> None:
    same(bench.vhsm.digest(digest, data), wanted, data=data)
    same(bench.vhsm.digest(digest, *bench.inputs.cut(data)), wanted, data=data)


def mac_is(
    bench: Bench, mechanism: str, parameter: Parameter, kind: str, key: bytes, data: bytes, wanted: bytes
) -> None:
    """vhsm makes the MAC, verifies it, and refuses it when it is changed."""
    handle = bench.vhsm.secret(kind, key, SIGN_USES)
    same(bench.vhsm.sign(mechanism, parameter, handle, data), wanted, key=key, data=data)
    same(bench.vhsm.sign(mechanism, parameter, handle, *bench.inputs.cut(data)), wanted, key=key, data=data)
    bench.vhsm.verify(mechanism, parameter, handle, data, wanted)
    bench.vhsm.refuses(mechanism, parameter, handle, data, wanted)


@against_openssl
def macs(bench: Bench, token: Token) -> None:
    """HMACs, also shortened ones, CMAC, GMAC and Poly1305: the same as openssl's, and verified."""
    inputs = bench.inputs
    for mechanism in HMACS:
        digest = mechanism.removesuffix("_GENERAL").removesuffix("_HMAC")
        with bench.check(mechanism):
            for length in inputs.lengths(least=1):
                key, data = inputs.randbytes(inputs.randint(SIZES[digest], 200)), inputs.randbytes(length)
                mac = openssl_mac("HMAC", data, digest=OPENSSL[digest], hexkey=key.hex())
                cut = inputs.randint(1, SIZES[digest]) if mechanism.endswith("GENERAL") else None
                mac_is(bench, mechanism, [cut] if cut else None, "GENERIC_SECRET", key, data, mac[:cut])
    for mechanism, size in BLAKE2B.items():
        with bench.check(f"{mechanism} and {mechanism}_GENERAL"):
            for length in inputs.lengths(least=1):
                key, data = inputs.randbytes(inputs.randint(size, 64)), inputs.randbytes(length)
                mac = openssl_mac("BLAKE2BMAC", data, size=str(size), hexkey=key.hex())
                cut = inputs.randint(1, size)
                mac_is(bench, mechanism, None, "GENERIC_SECRET", key, data, mac)
                mac_is(bench, f"{mechanism}_GENERAL", [cut], "GENERIC_SECRET", key, data, mac[:cut])
    block_cipher_macs(bench)
    with bench.check("POLY1305"):
        for length in inputs.lengths(least=1):
            key, data = inputs.randbytes(32), inputs.randbytes(length)
            mac_is(bench, "POLY1305", None, "POLY1305", key, data, openssl_mac("POLY1305", data, hexkey=key.hex()))


def block_cipher_macs(bench: Bench) -> None:
    inputs = bench.inputs
    for mechanism, kind, name, size in (
        *(("AES_CMAC_GENERAL", "AES", f"aes-{8 * size}-cbc", size) for size in AES),
        ("DES3_CMAC_GENERAL", "DES3", "des-ede3-cbc", 24),
    ):
        with bench.check(f"{mechanism}, key of {size} bytes"):
            for length in inputs.lengths(least=1):
                key, data = des_key(kind, inputs.randbytes(size)), inputs.randbytes(length)
                mac = openssl_mac("CMAC", data, cipher=name, hexkey=key.hex())
                cut = inputs.randint(1, len(mac))
                mac_is(bench, mechanism, [cut], kind, key, data, mac[:cut])
    for size in AES:
        with bench.check(f"AES_GMAC, key of {size} bytes"):
            for length in inputs.lengths(least=1):
                key, data, iv = inputs.randbytes(size), inputs.randbytes(length), inputs.randbytes(12)
                mac = openssl_mac("GMAC", data, cipher=f"aes-{8 * size}-gcm", hexkey=key.hex(), hexiv=iv.hex())
                mac_is(bench, "AES_GMAC", [iv, 12, 96, None, 0, 128], "AES", key, data, mac)


def des_key(kind: str, key: bytes) -> bytes:
    """With the parity that DES keys have."""
    if not kind.startswith("DES"):
        return key
    return bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) & 1 for byte in key)


@against_openssl
def cbc_macs(bench: Bench, token: Token) -> None:
    """CBC-MACs: the last block that openssl encrypts in CBC, of data filled with zeros."""
    inputs = bench.inputs
    for cipher, sizes in CBC_MACS.items():
        block = 8 if cipher.startswith("DES") else 16
        for size in sizes:
            with bench.check(f"{cipher}_MAC and {cipher}_MAC_GENERAL, key of {size} bytes"):
                for length in inputs.lengths(least=1):
                    key, data = des_key(cipher, inputs.randbytes(size)), inputs.randbytes(length)
                    filled = data + bytes(-length % block)
                    name = Mode(cipher, "CBC").openssl_name(size)
                    mac = libcrypto.cipher(name, True, key, bytes(block), filled)[-block:]
                    cut = inputs.randint(1, block)
                    mac_is(bench, f"{cipher}_MAC", None, cipher, key, data, mac[: block // 2])
                    mac_is(bench, f"{cipher}_MAC_GENERAL", [cut], cipher, key, data, mac[:cut])


def both_ways(
    bench: Bench, mechanism: str, parameter: Parameter, kind: str, key: bytes, data: bytes, wanted: bytes
) -> None:
    """vhsm encrypts to what openssl has made, at once and in parts, and decrypts it."""
    handle = bench.vhsm.secret(kind, key, CIPHER_USES)
    same(bench.vhsm.encrypt(mechanism, parameter, handle, data), wanted, key=key, data=data)
    same(bench.vhsm.encrypt(mechanism, parameter, handle, *bench.inputs.cut(data)), wanted, key=key, data=data)
    same(bench.vhsm.decrypt(mechanism, parameter, handle, wanted), data, key=key, ciphertext=wanted)
    same(bench.vhsm.decrypt(mechanism, parameter, handle, *bench.inputs.cut(wanted)), data, key=key, ciphertext=wanted)


@against_openssl
def ciphers(bench: Bench, token: Token) -> None:
    """Ciphers and modes that SoftHSM lacks: the same ciphertexts as openssl's, and decrypted."""
    inputs = bench.inputs
    for mechanism, mode in MODES.items():
        for size in mode.sizes:
            with bench.check(f"{mechanism}, key of {size} bytes"):
                for length in inputs.lengths(mode.step, -(-mode.least // mode.step)):
                    key, data = des_key(mode.key_type, inputs.randbytes(size)), inputs.randbytes(length)
                    iv = inputs.randbytes(mode.iv)
                    name = mode.openssl_name(size)
                    wanted = libcrypto.cipher(name, True, key, iv or None, data, pad=mode.pad)
                    parameter = [128, Inline(iv)] if mode.mode == "CTR" else iv or None
                    both_ways(bench, mechanism, parameter, mode.key_type, key, data, wanted)
    for counter_bits in (32, 64):
        with bench.check(f"CHACHA20, counter of {counter_bits} bits"):
            for length in inputs.lengths(least=1):
                key, data = inputs.randbytes(32), inputs.randbytes(length)
                counter = inputs.randint(0, 1000).to_bytes(counter_bits // 8, "little")
                nonce = inputs.randbytes(16 - len(counter))
                wanted = libcrypto.cipher("ChaCha20", True, key, counter + nonce, data)
                both_ways(
                    bench, "CHACHA20", [counter, counter_bits, nonce, 8 * len(nonce)], "CHACHA20", key, data, wanted
                )


@against_openssl
def authenticated_ciphers(bench: Bench, token: Token) -> None:
    """AES-CCM, AES-GCM with IVs of any length, and ChaCha20-Poly1305: the same as openssl's, and decrypted."""
    inputs = bench.inputs
    for size in AES:
        for tag in (4, 8, 12, 16):
            with bench.check(f"AES_CCM, key of {size} bytes, tag of {tag}"):
                for length in inputs.lengths(least=1):
                    key, data, aad = (inputs.randbytes(n) for n in (size, length, inputs.randint(1, 90)))
                    nonce = inputs.randbytes(inputs.randint(7, 13))
                    wanted = libcrypto.seal(f"AES-{8 * size}-CCM", key, nonce, aad, data, tag)
                    parameter = [length, nonce, len(nonce), aad, len(aad), tag]
                    both_ways(bench, "AES_CCM", parameter, "AES", key, data, wanted)
                    made = bench.vhsm.encrypt("AES_CCM", parameter, bench.vhsm.secret("AES", key, CIPHER_USES), data)
                    same(libcrypto.open_sealed(f"AES-{8 * size}-CCM", key, nonce, aad, made, tag), data, key=key)
        with bench.check(f"AES_GCM, key of {size} bytes, IV of any length"):
            for length in inputs.lengths(least=1):
                key, data, aad = (inputs.randbytes(n) for n in (size, length, inputs.randint(1, 90)))
                iv = inputs.randbytes(inputs.randint(1, 64))
                wanted = libcrypto.seal(f"AES-{8 * size}-GCM", key, iv, aad, data, 16)
                parameter = [iv, len(iv), 8 * len(iv), aad, len(aad), 128]
                both_ways(bench, "AES_GCM", parameter, "AES", key, data, wanted)
    with bench.check("CHACHA20_POLY1305"):
        for length in inputs.lengths(least=1):
            key, data, aad, nonce = (inputs.randbytes(n) for n in (32, length, inputs.randint(1, 90), 12))
            wanted = libcrypto.seal("ChaCha20-Poly1305", key, nonce, aad, data, 16)
            parameter = [nonce, len(nonce), aad, len(aad)]
            both_ways(bench, "CHACHA20_POLY1305", parameter, "CHACHA20", key, data, wanted)


@against_openssl
def key_wrap(bench: Bench, token: Token) -> None:
    """AES key wrap with padding: as RFC 5649 (KWP), and PKCS#7's before RFC 3394."""
    inputs = bench.inputs
    for size in AES:
        for mechanism in ("AES_KEY_WRAP_KWP", "AES_KEY_WRAP_PKCS7", "AES_KEY_WRAP_PAD"):
            with bench.check(f"{mechanism}, key of {size} bytes"):
                for length in inputs.lengths(least=9):
                    key, data = inputs.randbytes(size), inputs.randbytes(length)
                    kwp = mechanism.endswith("KWP")
                    name = f"AES-{8 * size}-WRAP" + ("-PAD" if kwp else "")
                    fill = 0 if kwp else 8 - length % 8
                    wanted = libcrypto.cipher(name, True, key, None, data + bytes([fill] * fill))
                    handle = bench.vhsm.secret("AES", key, CIPHER_USES)
                    same(bench.vhsm.encrypt(mechanism, None, handle, data), wanted, key=key, data=data)
                    same(bench.vhsm.decrypt(mechanism, None, handle, wanted), data, key=key, ciphertext=wanted)
