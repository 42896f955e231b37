"""What stands on SoftHSM's token: an object of every type that it has, and one for each attribute that is special."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness import Token, run

from . import numbers as n
from .numbers import CKK, CKM
from .tokens import Module
from .uses import Use, agreed, authenticated, mac, the_same, verified, verifies

P256 = bytes.fromhex("06082a8648ce3d030107")
SECP384R1 = bytes.fromhex("06052b81040022")
SECP521R1 = bytes.fromhex("06052b81040023")
ED25519 = bytes.fromhex("06032b6570")  # id-Ed25519, RFC 8410
SENSITIVE = {n.PRIVATE: True, n.SENSITIVE: True, n.EXTRACTABLE: True}
OPEN = {n.PRIVATE: False, n.SENSITIVE: False, n.EXTRACTABLE: True}
DATED = {n.START_DATE: b"20260101", n.END_DATE: b"20271231"}


@dataclass(frozen=True)
class Made:
    """An object of SoftHSM's: how to find it, and how to use it once it has come over."""

    kind: int  # CKA_CLASS
    label: str
    use: Use | None = None
    left: str = ""  # the reason why it stays behind
    remarks: list[str] = field(default_factory=list)


def named(label: str) -> dict[int, Any]:
    return {n.TOKEN: True, n.LABEL: label.encode(), n.ID: label.encode()}


def everything(token: Token, there: Module) -> list[Made]:
    """Makes them all."""
    return [*pairs(there), *secrets(there), *odd_secrets(there), *special(there), *others(token, there)]


def pair(there: Module, label: str, mechanism: str, public: dict[int, Any], private: dict[int, Any]) -> None:
    private = {**SENSITIVE, **private, **named(label)}
    there.ask("pair", CKM[mechanism], {n.PRIVATE: False, **public, **named(label)}, private)


def private_key(label: str) -> Any:
    return lambda there: there.one({n.CLASS: n.PRIVATE_KEY, n.LABEL: label.encode()})


def peer_point(label: str) -> Any:
    """The parameter of CKM_ECDH1_DERIVE with the public key of this label."""

    def parameter(there: Module) -> object:
        point = there.read(there.one({n.CLASS: n.PUBLIC_KEY, n.LABEL: label.encode()}), n.EC_POINT)
        assert point is not None
        return [1, 0, None, len(point), point]  # CKD_NULL

    return parameter


def pairs(there: Module) -> Iterator[Made]:
    rsa = {n.MODULUS_BITS: 2048, n.PUBLIC_EXPONENT: b"\1\0\1", n.ENCRYPT: True, n.VERIFY: True, n.WRAP: True}
    private = {n.SIGN: True, n.DECRYPT: True, n.UNWRAP: True, n.SUBJECT: b"0\0"}
    pair(there, "rsa", "RSA_PKCS_KEY_PAIR_GEN", rsa, private)
    yield Made(n.PRIVATE_KEY, "rsa", the_same("Sign", "SHA256_RSA_PKCS"))
    yield Made(n.PUBLIC_KEY, "rsa", verifies(private_key("rsa"), "SHA256_RSA_PKCS"))
    pair(there, "always", "RSA_PKCS_KEY_PAIR_GEN", rsa, {n.SIGN: True, n.ALWAYS_AUTHENTICATE: True})
    yield Made(n.PRIVATE_KEY, "always", authenticated)
    yield Made(n.PUBLIC_KEY, "always")
    pair(there, "stays", "RSA_PKCS_KEY_PAIR_GEN", rsa, {n.SIGN: True, n.EXTRACTABLE: False})
    why = "CKA_EXTRACTABLE is FALSE, so SoftHSM does not let it out"
    yield Made(n.PRIVATE_KEY, "stays", left=why)
    yield Made(n.PUBLIC_KEY, "stays", verifies(private_key("stays"), "SHA256_RSA_PKCS"))
    pair(there, "ec", "EC_KEY_PAIR_GEN", {n.EC_PARAMS: P256, n.VERIFY: True}, {n.SIGN: True})
    yield Made(n.PRIVATE_KEY, "ec", verified("ECDSA", "ec"))
    yield Made(n.PUBLIC_KEY, "ec", verifies(private_key("ec"), "ECDSA"))
    pair(there, "ecdh", "EC_KEY_PAIR_GEN", {n.EC_PARAMS: P256, n.DERIVE: True}, {n.DERIVE: True, n.SENSITIVE: False})
    yield Made(n.PRIVATE_KEY, "ecdh", agreed("ECDH1_DERIVE", peer_point("ec")))
    yield Made(n.PUBLIC_KEY, "ecdh")
    pair(there, "p384", "EC_KEY_PAIR_GEN", {n.EC_PARAMS: SECP384R1, **DATED}, {n.SIGN: True})
    yield Made(n.PRIVATE_KEY, "p384", verified("ECDSA", "p384"))
    yield Made(n.PUBLIC_KEY, "p384", verifies(private_key("p384"), "ECDSA"))
    pair(there, "ed25519", "EC_EDWARDS_KEY_PAIR_GEN", {n.EC_PARAMS: ED25519, n.VERIFY: True}, {n.SIGN: True})
    pair(there, "p521", "EC_KEY_PAIR_GEN", {n.EC_PARAMS: SECP521R1, n.VERIFY: True}, {n.SIGN: True, n.SENSITIVE: False})
    yield Made(n.PRIVATE_KEY, "p521", verified("ECDSA", "p521"))
    yield Made(n.PUBLIC_KEY, "p521", verifies(private_key("p521"), "ECDSA"))
    why = "SoftHSM does not wrap it: C_WrapKey: CKR_KEY_NOT_WRAPPABLE"
    yield Made(n.PRIVATE_KEY, "ed25519", left=why)
    yield Made(n.PUBLIC_KEY, "ed25519", verifies(private_key("ed25519"), "EDDSA"))
    pair(there, "ed-open", "EC_EDWARDS_KEY_PAIR_GEN", {n.EC_PARAMS: ED25519}, {n.SIGN: True, n.SENSITIVE: False})
    yield Made(n.PRIVATE_KEY, "ed-open", the_same("Sign", "EDDSA"))
    yield Made(n.PUBLIC_KEY, "ed-open")
    yield from finite_fields(there)


def finite_fields(there: Module) -> Iterator[Made]:
    """DSA with domain parameters of SoftHSM's own, Diffie-Hellman with a group of RFC 3526."""
    template = {n.CLASS: n.DOMAIN_PARAMETERS, n.KEY_TYPE: CKK["DSA"], n.TOKEN: True, n.LABEL: b"dsa"}
    template[n.PRIME_BITS] = 1024
    parameters = there.ask("generate", CKM["DSA_PARAMETER_GEN"], None, template)
    yield Made(n.DOMAIN_PARAMETERS, "dsa")
    dsa = dict(zip((n.PRIME, n.SUBPRIME, n.BASE), there.ask("read", parameters, [n.PRIME, n.SUBPRIME, n.BASE])))
    pair(there, "dsa", "DSA_KEY_PAIR_GEN", {**dsa, n.VERIFY: True}, {n.SIGN: True})
    yield Made(n.PRIVATE_KEY, "dsa", verified("DSA_SHA1", "dsa"))
    yield Made(n.PUBLIC_KEY, "dsa", verifies(private_key("dsa"), "DSA_SHA1"))
    group = modp()
    template = {n.CLASS: n.DOMAIN_PARAMETERS, n.KEY_TYPE: CKK["DH"], **group, n.TOKEN: True, n.LABEL: b"dh"}
    there.ask("create", template)
    yield Made(n.DOMAIN_PARAMETERS, "dh")
    pair(there, "dh", "DH_PKCS_KEY_PAIR_GEN", {**group, n.DERIVE: True}, {n.DERIVE: True})
    of_peer = lambda there: there.read(there.one({n.CLASS: n.PUBLIC_KEY, n.LABEL: b"dh"}), n.VALUE)  # noqa: E731
    yield Made(n.PRIVATE_KEY, "dh", agreed("DH_PKCS_DERIVE", of_peer))
    yield Made(n.PUBLIC_KEY, "dh")


def modp() -> dict[int, bytes]:
    """The group of 2048 bits, from openssl."""
    words = ["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:modp_2048"]
    parameters = run(["openssl", *words]).must_work().out
    text = run(["openssl", "asn1parse"], stdin=parameters).must_work().out.decode()
    prime, base = (bytes.fromhex(number) for number in re.findall(r"INTEGER\s*:(\w+)", text)[:2])
    return {n.PRIME: prime, n.BASE: base}


def secrets(there: Module) -> Iterator[Made]:
    def generated(label: str, mechanism: str, kind: str, cipher: str, **more: int) -> Made:
        template = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK[kind], n.ENCRYPT: True, n.DECRYPT: True, **SENSITIVE}
        template |= {n.VALUE_LEN: more["length"]} if more else {}
        there.ask("generate", CKM[mechanism], None, {**template, **named(label)})
        return Made(n.SECRET_KEY, label, the_same("Encrypt", cipher))

    for length in (16, 24, 32):
        yield generated(f"aes{length}", "AES_KEY_GEN", "AES", "AES_ECB", length=length)
    yield generated("des", "DES_KEY_GEN", "DES", "DES_ECB")
    yield generated("des2", "DES2_KEY_GEN", "DES2", "DES3_ECB")
    yield generated("des3", "DES3_KEY_GEN", "DES3", "DES3_ECB")
    template = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK["GENERIC_SECRET"], n.VALUE_LEN: 37, n.SIGN: True, **SENSITIVE}
    there.ask("generate", CKM["GENERIC_SECRET_KEY_GEN"], None, {**template, **named("generated37")})
    yield Made(n.SECRET_KEY, "generated37", the_same("Sign", "SHA256_HMAC"))


def odd_secrets(there: Module) -> Iterator[Made]:
    """Secret keys of every remainder, which SoftHSM fills up with zeros when it wraps them; some end in zeros."""

    def secret(label: str, kind: str, value: bytes, use: Use, how: dict[int, Any] = SENSITIVE) -> Made:
        template = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK[kind], n.VALUE: value, n.SIGN: True, **how, **named(label)}
        there.ask("create", template)
        return Made(n.SECRET_KEY, label, use)

    for length in (1, 5, 7, 8, 9, 15, 16, 20, 31, 32, 33, 64, 100):
        value = bytes(range(100, 100 + length))
        yield secret(f"generic{length}", "GENERIC_SECRET", value, mac(value))
    zeros = b"ends in zeros" + bytes(4)
    yield secret("zeros", "GENERIC_SECRET", zeros, mac(zeros))
    yield secret("open33", "GENERIC_SECRET", bytes(range(33)), mac(bytes(range(33))), OPEN)
    digests = {"MD5": "md5", "SHA_1": "sha1", "SHA224": "sha224", "SHA256": "sha256", "SHA384": "sha384"}
    for name, digest in {**digests, "SHA512": "sha512"}.items():
        for length in (20, 33, 65):
            value = bytes(range(length))
            yield secret(f"{digest}-{length}", f"{name}_HMAC", value, mac(value, f"{name}_HMAC", digest))


def special(there: Module) -> Iterator[Made]:
    """Attributes that are set seldom."""

    def aes(label: str, more: dict[int, Any], how: dict[int, Any], said: Sequence[str] = (), left: str = "") -> Made:
        template = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK["AES"], n.VALUE: b"k" * 16, n.ENCRYPT: True}
        there.ask("create", {**template, **how, **more, **named(label)})
        return Made(n.SECRET_KEY, label, the_same("Encrypt", "AES_ECB"), left, list(said))

    yield aes("date", DATED, OPEN)
    # Dates of private objects: SoftHSM 2.6 keeps them in a form that it does not read itself.
    untold = "which SoftHSM does not tell (C_GetAttributeValue: CKR_GENERAL_ERROR)"
    dates = [f"without CKA_{name}, {untold}" for name in ("START_DATE", "END_DATE")]
    yield aes("private-date", DATED, SENSITIVE, dates)
    yield aes("private-start", {n.START_DATE: b"20260101"}, {**SENSITIVE, n.SENSITIVE: False}, dates[:1])
    allowed = b"".join(CKM[name].to_bytes(8, "little") for name in ("AES_ECB", "AES_CBC"))
    yield aes("allowed", {n.ALLOWED_MECHANISMS: allowed}, SENSITIVE)
    why = "SoftHSM does not wrap it: C_WrapKey: CKR_KEY_NOT_WRAPPABLE"
    yield aes("trusted-only", {n.WRAP_WITH_TRUSTED: True}, SENSITIVE, left=why)
    yield aes("open-trusted-only", {n.WRAP_WITH_TRUSTED: True}, {**OPEN, n.PRIVATE: True})
    yield aes("unmodifiable", {n.MODIFIABLE: False}, SENSITIVE)
    yield aes("uncopyable", {n.COPYABLE: False}, SENSITIVE)
    yield aes("undestroyable", {n.DESTROYABLE: False}, SENSITIVE)
    yield aes("open-fixed", {n.MODIFIABLE: False, n.COPYABLE: False, n.DESTROYABLE: False}, OPEN)
    uses = {n.ENCRYPT: True, n.DECRYPT: False, n.WRAP: True, n.UNWRAP: False, n.DERIVE: False, n.SIGN: False}
    yield aes("uses", {**uses, n.VERIFY: True}, SENSITIVE)
    yield aes("label \N{LATIN SMALL LETTER U WITH DIAERESIS} \"quoted\"", {}, SENSITIVE)


def others(token: Token, there: Module) -> Iterator[Made]:
    """Certificates and data."""
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.der"]
    run(["openssl", *words, "-outform", "DER", "-subj", "/CN=w", "-days", "2"], cwd=token.directory).must_work()
    certificate = {n.CLASS: n.CERTIFICATE, n.CERTIFICATE_TYPE: 0, n.VALUE: token.path("cert.der").read_bytes()}
    certificate |= {n.SUBJECT: b"0\0", n.ISSUER: b"0\0", n.SERIAL_NUMBER: b"\2\1\1"}
    there.ask("create", {**certificate, n.PRIVATE: False, n.CERTIFICATE_CATEGORY: 2, **DATED, **named("certificate")})
    yield Made(n.CERTIFICATE, "certificate")
    there.ask("create", {**certificate, n.PRIVATE: True, **named("private-certificate")})
    yield Made(n.CERTIFICATE, "private-certificate")
    openpgp = {n.CLASS: n.CERTIFICATE, n.CERTIFICATE_TYPE: 0x80504750, n.VALUE: b"not for vhsm", n.SUBJECT: b"0\0"}
    there.ask("create", {**openpgp, n.PRIVATE: False, **named("openpgp")})
    yield Made(n.CERTIFICATE, "openpgp", left="vhsm has no objects of this kind")

    def data(label: str, value: bytes, more: dict[int, Any]) -> Made:
        template = {n.CLASS: n.DATA, n.TOKEN: True, n.LABEL: label.encode(), n.VALUE: value}
        there.ask("create", {**template, **more})
        return Made(n.DATA, label)

    identifier = {n.APPLICATION: b"app", n.OBJECT_ID: bytes.fromhex("06032a0304")}
    yield data("data", b"v" * 5000, {**identifier, n.PRIVATE: True, n.MODIFIABLE: False})
    yield data("empty-data", b"", {n.PRIVATE: False})
