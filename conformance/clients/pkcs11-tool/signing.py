"""Signatures and MACs: made by the token and judged by openssl, made by openssl and judged by the token."""

from __future__ import annotations

import hashlib

from harness import Checks, Skipped, Token, expect_equal, group, openssl

from .keys import CURVES, public_key
from .tool import Tool

HASHES = ["sha1", "sha224", "sha256", "sha384", "sha512"]
HMACS = {"SHA-1-HMAC": "sha1", **{f"{name.upper()}-HMAC": name for name in HASHES[1:]}}
MESSAGE = b"The quick brown fox jumps over the lazy dog."
LONG = bytes(range(256)) * 20  # more than the program reads at once, so that it calls C_SignUpdate

# What the program itself cannot do.
PRIVATE_ONLY = "takes a secret key for HMAC only; for every other mechanism it looks for a private key"


class Pair:
    """A key made by openssl and imported."""

    def __init__(self, tool: Tool, ident: str, kind: str) -> None:
        self.tool, self.ident = tool, ident
        self.private = openssl.make_key(tool.token.path(f"pair-{ident}.pem"), kind)
        self.public = openssl.public_key(self.private)
        tool.write(self.private, "privkey", ident, "--usage-sign", "--usage-decrypt")
        tool.write(self.public, "pubkey", ident, "--usage-sign", "--usage-decrypt")

    def sign(self, mechanism: str, data: bytes, *words: str) -> bytes:
        return self.tool.sign(mechanism, self.ident, data, *words)

    def judge(self, mechanism: str, data: bytes, signature: bytes, *words: str) -> None:
        """The token must find openssl's signature good, and bad for other data."""
        judge(self.tool, mechanism, self.ident, data, signature, *words)


def judge(tool: Tool, mechanism: str, ident: str, data: bytes, signature: bytes, *words: str) -> None:
    """The same for any key."""
    call = ("--mechanism", mechanism, "--id", ident, *words)
    expect_equal(tool.verify(*call, data=data, signature=signature), "Signature is valid", "the verdict")
    other = bytes([data[0] ^ 1]) + data[1:]
    expect_equal(tool.verify(*call, data=other, signature=signature), "Invalid signature", "the verdict on other data")


@group()
def rsa_pkcs1(token: Token, check: Checks) -> None:
    """RSA PKCS#1 v1.5 and raw RSA: sign and verify."""
    pair = Pair(Tool(token), "01", "RSA:2048")
    for name, data in (("short data", MESSAGE), ("as much as fits", b"x" * 245)):
        with check(f"RSA-PKCS, {name}: openssl recovers it"):
            expect_equal(openssl.recover(pair.public, pair.sign("RSA-PKCS", data)), data, "the content")
        with check(f"RSA-PKCS, {name}: --verify"):
            pair.judge("RSA-PKCS", data, openssl.sign_rsa(pair.private, data, "pkcs"))
    for digest in HASHES:
        mechanism = f"{digest.upper()}-RSA-PKCS"
        for name, data in (("in one part", MESSAGE), ("in parts", LONG)):
            with check(f"{mechanism} {name}: verified by openssl"):
                openssl.verify_digest(pair.public, digest, pair.sign(mechanism, data), data)
            with check(f"{mechanism} {name}: --verify"):
                pair.judge(mechanism, data, openssl.sign_digest(pair.private, digest, data))
    for name, data in (("256 bytes", b"\0" + b"y" * 255), ("100 bytes", b"y" * 100)):
        with check(f"RSA-X-509, {name}: openssl recovers it"):
            content = openssl.recover(pair.public, pair.sign("RSA-X-509", data), "rsa_padding_mode:none")
            expect_equal(content, data.rjust(256, b"\0"), "the content")
        with check(f"RSA-X-509, {name}: --verify"):
            pair.judge("RSA-X-509", data, openssl.sign_rsa(pair.private, data.rjust(256, b"\0"), "raw"))
    with check("RSA-PKCS: 246 bytes are too many, and refused"):
        words = ("--sign", "--mechanism", "RSA-PKCS", "--id", "01", "--input-file", str(pair.tool.file(b"x" * 246)))
        pair.tool.refused("CKR_", *words)


@group()
def rsa_pss(token: Token, check: Checks) -> None:
    """RSA PSS with every hash, salts of every kind, and a hash of its own for MGF1."""
    pair = Pair(Tool(token), "01", "RSA:2048")
    for digest in HASHES:
        mechanism, options = f"{digest.upper()}-RSA-PKCS-PSS", pss_options(digest, digest, -1)
        for name, data in (("in one part", MESSAGE), ("in parts", LONG)):
            with check(f"{mechanism} {name}: verified by openssl"):
                openssl.verify_digest(pair.public, digest, pair.sign(mechanism, data), data, *options)
            with check(f"{mechanism} {name}: --verify"):
                pair.judge(mechanism, data, openssl.sign_digest(pair.private, digest, data, *options))
    given = [(digest, digest, salt) for digest in HASHES for salt in (-1, 0)]
    given += [("sha256", "sha256", 20), ("sha256", "sha1", -1), ("sha512", "sha256", 32), ("sha1", "sha512", 20)]
    for digest, mgf, salt in given:
        data = hashlib.new(digest, MESSAGE).digest()
        options = (f"digest:{digest}", *pss_options(digest, mgf, salt))
        words = ("--hash-algorithm", hash_word(digest), "--mgf", f"MGF1-{mgf.upper()}", "--salt-len", str(salt))
        with check(f"RSA-PKCS-PSS {' '.join(words)}: verified by openssl"):
            openssl.verify_raw(pair.public, pair.sign("RSA-PKCS-PSS", data, *words), data, *options)
        with check(f"RSA-PKCS-PSS {' '.join(words)}: --verify"):
            pair.judge("RSA-PKCS-PSS", data, openssl.sign_raw(pair.private, data, *options), *words)
    with check("SHA256-RSA-PKCS-PSS --salt-len -2 (as long as fits): verified by openssl"):
        signature = pair.sign("SHA256-RSA-PKCS-PSS", MESSAGE, "--salt-len", "-2")
        openssl.verify_digest(pair.public, "sha256", signature, MESSAGE, *pss_options("sha256", "sha256", 222))


def pss_options(digest: str, mgf: str, salt: int) -> tuple[str, ...]:
    length = hashlib.new(digest).digest_size if salt == -1 else salt
    return ("rsa_padding_mode:pss", f"rsa_mgf1_md:{mgf}", f"rsa_pss_saltlen:{length}")


def hash_word(digest: str) -> str:
    """A hash as the program names the mechanism."""
    return "SHA-1" if digest == "sha1" else digest.upper()


@group()
def ecdsa(token: Token, check: Checks) -> None:
    """ECDSA on every curve, with the hash in the token and outside, in both forms of a signature."""
    tool = Tool(token)
    der_form = ("--signature-format", "openssl")
    for number, curve in enumerate(CURVES, 1):
        pair = Pair(tool, f"{number:02x}", curve)
        for digest in HASHES:
            mechanism = f"ECDSA-{digest.upper()}"
            with check(f"{mechanism} {curve}: verified by openssl"):
                openssl.verify_digest(pair.public, digest, pair.sign(mechanism, MESSAGE, *der_form), MESSAGE)
            with check(f"{mechanism} {curve}: --verify"):
                pair.judge(mechanism, MESSAGE, openssl.sign_digest(pair.private, digest, MESSAGE), *der_form)
        for digest in ("sha1", "sha256", "sha512"):
            data = hashlib.new(digest, MESSAGE).digest()
            with check(f"ECDSA {curve}, {len(data)} bytes: verified by openssl"):
                openssl.verify_raw(pair.public, pair.sign("ECDSA", data, *der_form), data)
            with check(f"ECDSA {curve}, {len(data)} bytes: --verify"):
                pair.judge("ECDSA", data, openssl.sign_raw(pair.private, data), *der_form)
        with check(f"ECDSA {curve}: r and s of fixed length"):
            data = hashlib.sha256(MESSAGE).digest()
            signature = pair.sign("ECDSA", data)
            expect_equal(len(signature), {"secp384r1": 96, "secp521r1": 132}.get(curve, 64), "its length")
            judge(tool, "ECDSA", pair.ident, data, signature)
    with check("ECDSA-SHA256 in parts: verified by openssl"):
        pair = Pair(tool, "10", "prime256v1")
        openssl.verify_digest(pair.public, "sha256", pair.sign("ECDSA-SHA256", LONG, *der_form), LONG)


@group()
def eddsa(token: Token, check: Checks) -> None:
    """Ed25519 with a key of the token."""
    tool = Tool(token)
    tool("--keypairgen", "--key-type", "EC:edwards25519", "--id", "01")
    public = public_key(tool, "01")
    for name, data in (("one byte", b"."), ("a message", MESSAGE), ("1000 bytes", b"z" * 1000)):
        with check(f"EDDSA, {name}: verified by openssl"):
            openssl.verify_message(public, tool.sign("EDDSA", "01", data), data)
        with check(f"EDDSA, {name}: --verify"):
            judge(tool, "EDDSA", "01", data, tool.sign("EDDSA", "01", data))
    with check("EDDSA gives the same signature twice"):
        expect_equal(tool.sign("EDDSA", "01", MESSAGE), tool.sign("EDDSA", "01", MESSAGE), "the second")
    with check("EDDSA in parts: verified by openssl"):
        openssl.verify_message(public, tool.sign("EDDSA", "01", LONG), LONG)


@group()
def macs(token: Token, check: Checks) -> None:
    """HMAC with keys of the token, compared with openssl's."""
    tool = Tool(token)
    keys = {"01": b"k" * 64, "02": bytes(range(200))}
    for ident, value in keys.items():
        tool.write(tool.file(value), "secrkey", ident, "--usage-sign")
        for mechanism, digest in HMACS.items():
            for name, data in (("in one part", MESSAGE), ("in parts", LONG)):
                with check(f"{mechanism} {name}, key of {len(value)} bytes: as openssl's"):
                    expect_equal(tool.sign(mechanism, ident, data), openssl.hmac(digest, value, data), "the MAC")
            with check(f"{mechanism}, key of {len(value)} bytes: --verify"):
                judge(tool, mechanism, ident, MESSAGE, openssl.hmac(digest, value, MESSAGE))
    with check("AES-CMAC"):
        tool.write(tool.file(b"k" * 16), "secrkey", "03", "--key-type", "AES:16", "--usage-sign")
        done = tool.attempt("--sign", "--mechanism", "AES-CMAC", "--id", "03", stdin=MESSAGE)
        if "Private key not found" in done.text:
            raise Skipped(PRIVATE_ONLY)
        expect_equal(done.must_work().out, openssl.cmac("AES-128-CBC", b"k" * 16, MESSAGE), "the MAC")
