"""Signatures by keys of the token."""

from __future__ import annotations

from pathlib import Path

from .. import openssl
from ..check import Checks, Failed, expect, expect_equal
from .program import Program, uri

MESSAGE = b"a message, longer than a block of any of the hashes " * 40
DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512"]
CURVES = ["p256", "p384", "p521"]
PSS = ("rsa_padding_mode:pss",)
SALTS = {"as long as the hash": "digest", "as long as can be": "max", "of 13 bytes": "13", "none": "0"}


def signatures(program: Program, check: Checks) -> None:
    """Signatures of each kind, made by the token for the software, and by the software for the token."""
    for digest in DIGESTS:
        with check(f"RSA PKCS#1 with {digest}"):
            made = signed(program, "rsa", digest)
            expect_equal(made, openssl.sign_digest(program.pem("rsa"), digest, MESSAGE), "the signature")
            verified(program, "rsa", digest, made)
        with check(f"RSA PSS with {digest}"):
            made = signed(program, "rsa", digest, *PSS)
            openssl.verify_digest(program.public_pem("rsa"), digest, made, MESSAGE, *PSS)
            verified(program, "rsa", digest, openssl.sign_digest(program.pem("rsa"), digest, MESSAGE, *PSS), *PSS)
    for words, length in SALTS.items():
        with check(f"RSA PSS with a salt {words}"):
            options = (*PSS, f"rsa_pss_saltlen:{length}")
            made = signed(program, "rsa", "sha256", *options)
            program.way.excuse(f"a salt {words}", salt_of(program, made))
            openssl.verify_digest(program.public_pem("rsa"), "sha256", made, MESSAGE, *options)
    with check("RSA PSS with SHA-384, its mask by SHA-256"):
        options = (*PSS, "rsa_mgf1_md:sha256", "rsa_pss_saltlen:20")
        made = signed(program, "rsa", "sha384", *options)
        openssl.verify_digest(program.public_pem("rsa"), "sha384", made, MESSAGE, *options)
    for name in CURVES:
        for digest in DIGESTS:
            with check(f"ECDSA {name} with {digest}"):
                made = signed(program, name, digest)
                openssl.verify_digest(program.public_pem(name), digest, made, MESSAGE)
                verified(program, name, digest, openssl.sign_digest(program.pem(name), digest, MESSAGE))
    for name in ("rsa", "p256"):
        with check(f"a changed message under a signature of {name} is not taken"):
            made = openssl.sign_digest(program.pem(name), "sha256", b"another message")
            expect("Verification failure" in verification(program, name, "sha256", made), "it is")
    raw_signatures(program, check)


def salt_of(program: Program, signature: bytes) -> str:
    """The salt of a signature with SHA-256, in words; another one than that of the hash's length is only other."""
    try:
        openssl.verify_digest(program.public_pem("rsa"), "sha256", signature, MESSAGE, *PSS, "rsa_pss_saltlen:digest")
    except Failed:
        return "another salt"
    return "a salt as long as the hash"


def raw_signatures(program: Program, check: Checks) -> None:
    """Signatures of a hash, or of a few bytes, as they are."""
    value = openssl.digest("sha256", MESSAGE)
    for words, options in {"as they are": (), "as a SHA-256": ("digest:sha256",)}.items():
        with check(f"pkeyutl -sign: RSA PKCS#1 of 32 bytes {words}"):
            made = raw_signed(program, "rsa", value, *options)
            expect_equal(made, openssl.sign_raw(program.pem("rsa"), value, *options), "the signature")
    with check("pkeyutl -sign: RSA PSS of a hash"):
        options = ("digest:sha256", *PSS)
        openssl.verify_raw(program.public_pem("rsa"), raw_signed(program, "rsa", value, *options), value, *options)
    for name in CURVES:
        with check(f"pkeyutl -sign: ECDSA {name} of a hash"):
            openssl.verify_raw(program.public_pem(name), raw_signed(program, name, value), value)


def signed(program: Program, name: str, digest: str, *options: str) -> bytes:
    return program.with_key("dgst", "-sign", uri(name), f"-{digest}", *sigopts(options), stdin=MESSAGE)


def raw_signed(program: Program, name: str, value: bytes, *options: str) -> bytes:
    file = program.file(value)
    return program.with_key("pkeyutl", "-inkey", uri(name), "-sign", "-in", file, *openssl.pkeyopts(options))


def verified(program: Program, name: str, digest: str, signature: bytes, *options: str) -> None:
    """The token's public key takes the signature."""
    said = verification(program, name, digest, signature, *options)
    if "Verified OK" not in said:
        raise Failed(f"openssl dgst -verify: {said}")


def verification(program: Program, name: str, digest: str, signature: bytes, *options: str) -> str:
    """What is said of a signature by the token's public key."""
    words: list[str | Path] = [*program.way.options, "-verify", uri(name, "public"), f"-{digest}", *sigopts(options)]
    return program.attempt("dgst", *words, "-signature", program.file(signature), stdin=MESSAGE).text


def sigopts(options: tuple[str, ...]) -> list[str]:
    return [word for option in options for word in ("-sigopt", option)]


def edwards_signatures(program: Program, check: Checks) -> None:
    """Ed25519, whose signatures are always the same."""
    wanted = openssl.sign_message(program.pem("ed25519"), MESSAGE)
    with check("pkeyutl -sign: Ed25519"):
        words = ("-sign", "-rawin", "-in", program.file(MESSAGE))
        expect_equal(program.with_key("pkeyutl", "-inkey", uri("ed25519"), *words), wanted, "the signature")
    with check("pkeyutl -verify: Ed25519"):
        words = ("-verify", "-rawin", "-in", program.file(MESSAGE), "-sigfile", program.file(wanted))
        said = program.with_key("pkeyutl", "-inkey", uri("ed25519", "public"), "-pubin", *words)
        expect(b"Verified Successfully" in said, f"openssl says {said!r}")
