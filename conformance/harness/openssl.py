"""The openssl program, which says what is right. Keys and certificates are files; data are bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .check import expect, expect_equal
from .process import Finished, run


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """Runs the program and gives what it wrote."""
    return attempt(*arguments, stdin=stdin).must_work().out


def attempt(*arguments: str | Path, stdin: bytes = b"") -> Finished:
    return run(["openssl", *arguments], stdin=stdin)


def make_key(path: Path, kind: str) -> Path:
    """A private key in PEM (PKCS#8): `RSA:2048`, `ED25519`, `X25519` or a curve's name."""
    algorithm, _, bits = kind.partition(":")
    if algorithm == "RSA":
        options = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"]
    elif algorithm in ("ED25519", "X25519"):
        options = ["-algorithm", algorithm]
    else:
        options = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
    openssl("genpkey", *options, "-out", path)
    return path


def public_key(private: Path) -> Path:
    """The public key's file (PEM) beside the private key's."""
    path = private.with_suffix(".pub")
    openssl("pkey", "-in", private, "-pubout", "-out", path)
    return path


def public_der(public: Path) -> bytes:
    return openssl("pkey", "-pubin", "-in", public, "-outform", "DER")


def private_der(private: Path) -> bytes:
    """The traditional form (PKCS#1, SEC 1)."""
    return openssl("pkey", "-in", private, "-outform", "DER", "-traditional")


def point_der(parameters: bytes, point: bytes) -> bytes:
    """A public key in DER from CKA_EC_PARAMS and CKA_EC_POINT; the point raw or as a DER octet string."""
    if len(point) in (32, 34):
        algorithm, point = tlv(0x06, bytes.fromhex("2b6570")), point[-32:]
    else:
        algorithm, point = tlv(0x06, bytes.fromhex("2a8648ce3d0201")) + parameters, raw_point(point)
    return tlv(0x30, tlv(0x30, algorithm) + tlv(0x03, b"\0" + point))


def raw_point(point: bytes) -> bytes:
    header = 3 if point[1] == 0x81 else 2
    return point[header:] if point[header - 1] == len(point) - header else point


def tlv(tag: int, content: bytes) -> bytes:
    """DER of less than 256 bytes."""
    return bytes([tag, *([0x81] if len(content) > 127 else []), len(content)]) + content


def described(public: Path) -> str:
    """The size and curve of a public key, in openssl's words."""
    return openssl("pkey", "-pubin", "-in", public, "-noout", "-text").decode()


def make_certificate(path: Path, key: Path, subject: str, *more: str | Path) -> Path:
    """A certificate in PEM, self-signed unless `more` names an issuer."""
    openssl("req", "-x509", "-new", "-key", key, "-subj", subject, "-days", "30", "-out", path, *more)
    return path


def verify_request(request: bytes) -> None:
    """Fails unless a certificate request (DER or PEM) is signed by its own key: the program's status does not say it."""
    form = "PEM" if b"-----BEGIN" in request else "DER"
    said = attempt("req", "-verify", "-noout", "-inform", form, stdin=request).must_work()
    expect("verify OK" in said.text, said.last_words)


def certificate_der(path: Path) -> bytes:
    return openssl("x509", "-in", path, "-outform", "DER")


def verify_digest(public: Path, digest: str, signature: bytes, data: bytes, *options: str) -> None:
    """Fails unless `signature` is one of `data` hashed by `digest`; options go to `-sigopt`."""
    sigopts = [word for option in options for word in ("-sigopt", option)]
    with Scratch(signature) as file:
        openssl("dgst", f"-{digest}", "-verify", public, *sigopts, "-signature", file, stdin=data)


def sign_digest(private: Path, digest: str, data: bytes, *options: str) -> bytes:
    sigopts = [word for option in options for word in ("-sigopt", option)]
    return openssl("dgst", f"-{digest}", "-sign", private, *sigopts, stdin=data)


def verify_raw(public: Path, signature: bytes, data: bytes, *options: str) -> None:
    """The same for a signature of `data` as they are; options go to `-pkeyopt`."""
    with Scratch(signature) as signed, Scratch(data) as file:
        openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, "-sigfile", signed, "-in", file, *pkeyopts(options))


def verify_message(public: Path, signature: bytes, data: bytes) -> None:
    """The same where the algorithm hashes by itself (Ed25519)."""
    with Scratch(signature) as signed, Scratch(data) as file:
        openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", signed, "-in", file)


def recover(public: Path, signature: bytes, *options: str) -> bytes:
    """What an RSA signature contains."""
    with Scratch(signature) as file:
        return openssl("pkeyutl", "-verifyrecover", "-pubin", "-inkey", public, "-in", file, *pkeyopts(options))


def sign_rsa(private: Path, data: bytes, padding: str) -> bytes:
    """An RSA signature of data of any length; `padding` is `pkcs` or `raw`. (`pkeyutl` takes no more than a hash.)"""
    return openssl("rsautl", "-sign", "-inkey", private, f"-{padding}", stdin=data)


def sign_raw(private: Path, data: bytes, *options: str) -> bytes:
    with Scratch(data) as file:
        return openssl("pkeyutl", "-sign", "-inkey", private, "-in", file, *pkeyopts(options))


def sign_message(private: Path, data: bytes) -> bytes:
    with Scratch(data) as file:
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", file)


def encrypt(public: Path, data: bytes, *options: str) -> bytes:
    return openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *pkeyopts(options), stdin=data)


def decrypt(private: Path, data: bytes, *options: str) -> bytes:
    return openssl("pkeyutl", "-decrypt", "-inkey", private, *pkeyopts(options), stdin=data)


def agree(private: Path, peer: Path) -> bytes:
    """The shared secret of a key agreement."""
    return openssl("pkeyutl", "-derive", "-inkey", private, "-peerkey", peer)


def pkeyopts(options: tuple[str, ...]) -> list[str]:
    return [word for option in options for word in ("-pkeyopt", option)]


def cipher(name: str, key: bytes, data: bytes, *, iv: bytes = b"", pad: bool = False) -> bytes:
    """Encrypts, or wraps, with a key as it is."""
    options = ["-iv", iv.hex()] if iv else []
    options += [] if pad else ["-nopad"]
    return openssl("enc", f"-{name}", "-e", "-K", key.hex(), *options, stdin=data)


def digest(name: str, data: bytes) -> bytes:
    return openssl("dgst", f"-{name}", "-binary", stdin=data)


def hmac(name: str, key: bytes, data: bytes) -> bytes:
    return openssl("dgst", f"-{name}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary", stdin=data)


def cmac(cipher_name: str, key: bytes, data: bytes) -> bytes:
    options = ["-cipher", cipher_name, "-macopt", f"hexkey:{key.hex()}", "-binary", "-in", "-"]
    return openssl("mac", *options, "CMAC", stdin=data)


def same_public_key(got: bytes, public: Path) -> None:
    """`got` is a public key in DER or PEM."""
    form = "PEM" if got.startswith(b"-----") else "DER"
    der = openssl("pkey", "-pubin", "-inform", form, "-outform", "DER", stdin=got)
    expect_equal(der, public_der(public), "the public key")


class Scratch:
    """Bytes as a file for as long as the `with` lasts."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __enter__(self) -> Path:
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(self.content)
        self.file.flush()
        return Path(self.file.name)

    def __exit__(self, *_: object) -> None:
        self.file.close()
