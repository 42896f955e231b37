"""Encryption, key agreement, wrapping: what one side locks the other opens."""

from __future__ import annotations

import hashlib

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl

from .keys import CURVES
from .signing import HASHES, LONG, Pair, hash_word
from .tool import Tool, only

IV = bytes(range(0xA0, 0xB0))
AES_KEYS = {"01": bytes(range(16)), "02": bytes(range(24)), "03": bytes(range(32))}
BLOCKS = bytes(range(96))
# openssl's name for each mode, and whether it pads.
AES_MODES = {"AES-ECB": ("ecb", False), "AES-CBC": ("cbc", False), "AES-CBC-PAD": ("cbc", True)}

# What the program itself cannot do.
THREE_MODES = "encrypts with AES-ECB, AES-CBC and AES-CBC-PAD only"
NO_LABEL = "has no option for the label of OAEP; --test tries one"
NO_X25519 = "derives with keys of Weierstrass curves only"
NO_PARAMETERS = "wraps and unwraps with no parameter but an IV"


@group()
def aes(token: Token, check: Checks) -> None:
    """AES in the modes that the program knows, in both directions."""
    tool = Tool(token)
    for ident, key in AES_KEYS.items():
        bits = len(key) * 8
        tool.write(tool.file(key), "secrkey", ident, "--key-type", f"AES:{len(key)}")
        for mechanism, (mode, pad) in AES_MODES.items():
            iv = b"" if mode == "ecb" else IV
            words = ("--mechanism", mechanism, "--id", ident, *(("--iv", iv.hex()) if iv else ()))
            for name, data in (("in one part", BLOCKS + b"rest" * pad), ("in parts", LONG + b"rest" * pad)):
                encrypted = openssl.cipher(f"aes-{bits}-{mode}", key, data, iv=iv, pad=pad)
                with check(f"{mechanism} {bits} bits {name}: --encrypt as openssl"):
                    expect_equal(tool.filter("--encrypt", *words, data=data), encrypted, "the ciphertext")
                with check(f"{mechanism} {bits} bits {name}: --decrypt what openssl encrypted"):
                    expect_equal(tool.filter("--decrypt", *words, data=encrypted), data, "the plaintext")
    with check("AES-CBC-PAD: broken padding is refused"):
        broken = openssl.cipher("aes-128-cbc", AES_KEYS["01"], b"\0" * 32, iv=IV)
        words = ("--decrypt", "--mechanism", "AES-CBC-PAD", "--id", "01", "--iv", IV.hex())
        tool.refused("CKR_", *words, "--input-file", str(tool.file(broken)))
    with check("AES-CBC: a part of a block is refused"):
        words = ("--encrypt", "--mechanism", "AES-CBC", "--id", "01", "--iv", IV.hex())
        tool.refused("CKR_DATA_LEN_RANGE", *words, "--input-file", str(tool.file(b"x" * 17)))
    with check("AES-CBC without an IV is refused"):
        words = ("--encrypt", "--mechanism", "AES-CBC", "--id", "01")
        tool.refused("CKR_MECHANISM_PARAM_INVALID", *words, "--input-file", str(tool.file(BLOCKS)))
    with check("a generated key encrypts as its value says"):
        tool("--keygen", "--key-type", "AES:32", "--id", "04", "--extractable")
        encrypted = tool.filter("--encrypt", "--mechanism", "AES-ECB", "--id", "04", data=BLOCKS)
        expect_equal(openssl.cipher("aes-256-ecb", tool.read("secrkey", "04"), BLOCKS), encrypted, "the ciphertext")
    for mechanism in ("AES-CTR", "AES-GCM", "DES3-CBC"):
        with check(f"{mechanism}: --encrypt"):
            done = tool.attempt("--encrypt", "--mechanism", mechanism, "--id", "01", "--iv", IV.hex(), stdin=BLOCKS)
            if "illegal or not supported" in done.text:
                raise Skipped(THREE_MODES)
            done.must_work()


@group()
def rsa_decryption(token: Token, check: Checks) -> None:
    """What openssl encrypts with an RSA key the token decrypts."""
    pair = Pair(Tool(token), "01", "RSA:2048")

    def decrypt(data: bytes, *words: str) -> bytes:
        return pair.tool.filter("--decrypt", "--id", "01", *words, data=data)

    for length in (0, 1, 32, 245):
        with check(f"RSA-PKCS, {length} bytes"):
            encrypted = openssl.encrypt(pair.public, b"p" * length)
            expect_equal(decrypt(encrypted, "--mechanism", "RSA-PKCS"), b"p" * length, "the plaintext")
    with check("RSA-X-509"):
        data = b"\0" + b"x" * 255
        encrypted = openssl.encrypt(pair.public, data, "rsa_padding_mode:none")
        expect_equal(decrypt(encrypted, "--mechanism", "RSA-X-509"), data, "the plaintext")
    cases = [(digest, digest) for digest in HASHES] + [("sha256", "sha1"), ("sha1", "sha256"), ("sha512", "sha224")]
    for digest, mgf in cases:
        words = ("--mechanism", "RSA-PKCS-OAEP", "--hash-algorithm", hash_word(digest), "--mgf", f"MGF1-{mgf.upper()}")
        options = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{mgf}")
        longest = 256 - 2 - 2 * hashlib.new(digest).digest_size
        for length in (0, longest):
            with check(f"{' '.join(words[1:])}, {length} bytes"):
                encrypted = openssl.encrypt(pair.public, b"o" * length, *options)
                expect_equal(decrypt(encrypted, *words), b"o" * length, "the plaintext")
    with check("RSA-PKCS-OAEP: another hash does not open it"):
        encrypted = openssl.encrypt(pair.public, b"o", "rsa_padding_mode:oaep", "rsa_oaep_md:sha256")
        words = ("--decrypt", "--id", "01", "--mechanism", "RSA-PKCS-OAEP", "--hash-algorithm", "SHA-1", "--input-file")
        pair.tool.refused("CKR_", *words, str(pair.tool.file(encrypted)))
    check.skip("RSA-PKCS-OAEP with a label", NO_LABEL)
    for mechanism in ("RSA-PKCS", "RSA-PKCS-OAEP", "RSA-X-509"):
        with check(f"{mechanism}: --encrypt"):
            done = pair.tool.attempt("--encrypt", "--mechanism", mechanism, "--id", "01", stdin=b"x")
            if "illegal or not supported" in done.text or "Secret key not found" in done.text:
                raise Skipped(THREE_MODES)
            expect_equal(openssl.decrypt(pair.private, done.must_work().out), b"x", "the plaintext")


@group()
def agreement(token: Token, check: Checks) -> None:
    """Shared secrets by ECDH, the same as openssl's."""
    tool = Tool(token)
    for number, curve in enumerate(CURVES, 1):
        ident = f"{number:02x}"
        own = openssl.make_key(token.path(f"own-{curve}.pem"), curve)
        peer = openssl.public_key(openssl.make_key(token.path(f"peer-{curve}.pem"), curve))
        tool.write(own, "privkey", ident, "--usage-derive")
        for mechanism in ("ECDH1-DERIVE", "ECDH1-COFACTOR-DERIVE"):
            for form in ("--derive", "--derive-pass-der"):
                with check(f"{mechanism} {curve} {form}"):
                    words = (form, "--mechanism", mechanism, "--id", ident)
                    secret = tool.filter(*words, data=openssl.public_der(peer))
                    expect_equal(secret, openssl.agree(own, peer), "the secret")
    with check("ECDH1-DERIVE with a key of another curve is refused"):
        words = ("--derive", "--mechanism", "ECDH1-DERIVE", "--id", "01", "--input-file")
        other = openssl.public_der(token.path("peer-secp384r1.pub"))
        tool.refused("CKR_", *words, str(tool.file(other)))
    with check("ECDH1-DERIVE X25519"):
        peer = openssl.public_key(openssl.make_key(token.path("x25519.pem"), "X25519"))
        words = ("--derive", "--mechanism", "ECDH1-DERIVE", "--id", "01", "--input-file")
        done = tool.attempt(*words, tool.file(openssl.public_der(peer)))
        if "Failed to parse other EC key" in done.text:
            raise Skipped(NO_X25519)
        done.must_work()


@group()
def wrapping(token: Token, check: Checks) -> None:
    """Secret keys are wrapped by the token for openssl, and by openssl for the token."""
    tool = Tool(token)
    secret, wrapping_key = bytes(range(0x40, 0x60)), bytes(range(0x80, 0xA0))
    private = openssl.make_key(token.path("rsa.pem"), "RSA:2048")
    public = openssl.public_key(private)
    tool("--keypairgen", "--key-type", "RSA:2048", "--id", "01", "--usage-wrap")
    tool.write(public, "pubkey", "02")
    tool.write(private, "privkey", "02")
    tool.write(tool.file(wrapping_key), "secrkey", "03", "--key-type", "AES:32", "--usage-wrap")
    tool.write(tool.file(secret), "secrkey", "04", "--key-type", "AES:32", "--extractable")
    tool.write(tool.file(secret), "secrkey", "05", "--key-type", "AES:32")

    def wrapped(mechanism: str, by: str, *words: str) -> bytes:
        output = tool.new_file()
        call = ("--wrap", "--mechanism", mechanism, "--id", by, "--application-id", "04", "--output-file", output)
        tool(*call, *words)
        return output.read_bytes()

    def unwrapped(mechanism: str, by: str, data: bytes, ident: str, *words: str) -> bytes:
        call = ("--unwrap", "--mechanism", mechanism, "--id", by, "--input-file", tool.file(data), "--key-type", "AES:")
        tool(*call, "--application-id", ident, "--extractable", *words)
        return tool.read("secrkey", ident)

    with check("RSA-PKCS: openssl unwraps"):
        expect_equal(openssl.decrypt(private, wrapped("RSA-PKCS", "02")), secret, "the key")
    with check("RSA-PKCS: --unwrap"):
        expect_equal(unwrapped("RSA-PKCS", "02", openssl.encrypt(public, secret), "10"), secret, "the key")
    with check("RSA-PKCS: a generated pair wraps and unwraps"):
        expect_equal(unwrapped("RSA-PKCS", "01", wrapped("RSA-PKCS", "01"), "11"), secret, "the key")
    # PKCS#11 3.2, 6.16.2: CKM_AES_KEY_WRAP_PAD is PKCS#7 padding and then RFC 3394, KWP is RFC 5649.
    rfc3394, rfc5649 = ("id-aes256-wrap", b"\xa6" * 8), ("id-aes256-wrap-pad", bytes.fromhex("a65959a6"))
    kinds = {
        "AES-KEY-WRAP": ("AES-KEY-WRAP", rfc3394, secret),
        "CKM_AES_KEY_WRAP_PAD": ("0x210A", rfc3394, secret + b"\x08" * 8),
        "CKM_AES_KEY_WRAP_KWP": ("0x210B", rfc5649, secret),
    }
    for number, (shown, (mechanism, (name, iv), padded)) in enumerate(kinds.items()):
        by_openssl = openssl.cipher(name, wrapping_key, padded, iv=iv)
        with check(f"{shown}: wrapped as openssl"):
            expect_equal(wrapped(mechanism, "03"), by_openssl, "the wrapped key")
        with check(f"{shown}: --unwrap"):
            expect_equal(unwrapped(mechanism, "03", by_openssl, f"2{number}"), secret, "the key")
    for number, (mechanism, pad) in enumerate((("AES-CBC", False), ("AES-CBC-PAD", True))):
        by_openssl = openssl.cipher("aes-256-cbc", wrapping_key, secret, iv=IV, pad=pad)
        with check(f"{mechanism}: wrapped as openssl"):
            expect_equal(wrapped(mechanism, "03", "--iv", IV.hex()), by_openssl, "the wrapped key")
        with check(f"{mechanism}: --unwrap"):
            expect_equal(unwrapped(mechanism, "03", by_openssl, f"3{number}", "--iv", IV.hex()), secret, "the key")
    with check("an unwrapped key works"):
        data = openssl.cipher("id-aes256-wrap", wrapping_key, secret, iv=b"\xa6" * 8)
        unwrapped("AES-KEY-WRAP", "03", data, "40")
        encrypted = tool.filter("--encrypt", "--mechanism", "AES-ECB", "--id", "40", data=BLOCKS)
        expect_equal(encrypted, openssl.cipher("aes-256-ecb", secret, BLOCKS), "the ciphertext")
        expect("local" not in only(tool.objects(), "Secret", ID="40")["Access"], "it is said to be local")
    with check("a key that is not extractable is not wrapped"):
        words = ("--wrap", "--mechanism", "AES-KEY-WRAP", "--id", "03", "--application-id", "05")
        tool.refused("CKR_KEY_UNEXTRACTABLE", *words)
    with check("AES-KEY-WRAP: an altered wrapped key is refused"):
        words = ("--unwrap", "--mechanism", "AES-KEY-WRAP", "--id", "03", "--key-type", "AES:", "--input-file")
        tool.refused("CKR_WRAPPED_KEY_INVALID", *words, str(tool.file(b"w" * 40)))
    for mechanism in ("RSA-PKCS-OAEP", "RSA_AES_KEY_WRAP", "AES-GCM"):
        check.skip(f"{mechanism}: --wrap, --unwrap", NO_PARAMETERS)
