"""Decryption and key agreement by keys of the token."""

from __future__ import annotations

from .. import openssl
from ..check import Checks, expect, expect_equal
from .program import KEYS, Program, uri

MESSAGE = b"a secret message"
OAEP_DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512"]


def oaep(digest: str, *more: str) -> tuple[str, ...]:
    return ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{digest}", *more)


def encryption(program: Program, check: Checks) -> None:
    """RSA, encrypted by the software and decrypted by the token."""
    paddings: dict[str, tuple[str, ...]] = {"PKCS#1": ("rsa_padding_mode:pkcs1",)}
    paddings |= {f"OAEP with {digest}": oaep(digest) for digest in OAEP_DIGESTS}
    paddings |= {
        "OAEP with sha256, its mask by SHA-1": (*oaep("sha256")[:2], "rsa_mgf1_md:sha1"),
        "OAEP with sha256 and a label": oaep("sha256", "rsa_oaep_label:0102030405"),
        "OAEP as it comes": ("rsa_padding_mode:oaep",),
        "OAEP with sha256, its mask not named": oaep("sha256")[:2],
    }
    for words, options in paddings.items():
        with check(f"RSA {words}"):
            blob = openssl.encrypt(program.public_pem("rsa"), MESSAGE, *options)
            expect_equal(decrypted(program, words, blob, *options), MESSAGE, "the message")
    with check("RSA without padding"):
        block = b"\0" + b"0123456789abcde" * 17
        blob = openssl.encrypt(program.public_pem("rsa"), block, "rsa_padding_mode:none")
        expect_equal(decrypted(program, "none", blob, "rsa_padding_mode:none"), block, "the block")
    with check("RSA OAEP: a changed ciphertext is refused"):
        blob = bytearray(openssl.encrypt(program.public_pem("rsa"), MESSAGE, *oaep("sha256")))
        blob[-1] ^= 1
        words = (*program.way.options, "-inkey", uri("rsa"), "-decrypt", *openssl.pkeyopts(oaep("sha256")))
        done = program.attempt("pkeyutl", *words, stdin=bytes(blob))
        expect(0 < done.status < 128 and not done.out, f"it ended with {done.ending}")
    with check("RSA OAEP: encrypted with the token's public key"):
        options = openssl.pkeyopts(oaep("sha1"))
        blob = program.with_key(
            "pkeyutl", "-inkey", uri("rsa", "public"), "-pubin", "-encrypt", *options, stdin=MESSAGE
        )
        expect_equal(openssl.decrypt(program.pem("rsa"), blob, *oaep("sha1")), MESSAGE, "the message")


def decrypted(program: Program, padding: str, blob: bytes, *options: str) -> bytes:
    words = (*program.way.options, "-inkey", uri("rsa"), "-decrypt", *openssl.pkeyopts(options))
    done = program.attempt("pkeyutl", *words, stdin=blob)
    program.way.excuse(padding, done.text)
    return done.must_work().out


def agreement(program: Program, check: Checks) -> None:
    """ECDH with a peer's key from a file."""
    for name in ("p256", "p384", "p521"):
        for turn in range(1, 4):
            with check(f"ECDH {name}, peer {turn}"):
                peer = openssl.make_key(program.new_file().with_suffix(".pem"), KEYS[name])
                wanted = openssl.agree(peer, program.public_pem(name))
                words = ("-derive", "-peerkey", openssl.public_key(peer))
                got = program.with_key("pkeyutl", "-inkey", uri(name), *words)
                expect_equal(got, wanted, "the secret")
    with check("a peer's key on another curve is refused"):
        words = (*program.way.options, "-inkey", uri("p256"), "-derive", "-peerkey", program.public_pem("p384"))
        done = program.attempt("pkeyutl", *words)
        expect(0 < done.status < 128 and not done.out, f"it ended with {done.ending}")
