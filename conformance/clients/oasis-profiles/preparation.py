"""Tokens as the cases want them: the keys of AUTH-M-1, the five objects of CERT-M-1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import Token, openssl

from .cases import Case
from .der import Certificate, rsa_numbers
from .provider import Provider, Template
from .words import CKK, CKO

KEY_PARTS = (
    "MODULUS", "PUBLIC_EXPONENT", "PRIVATE_EXPONENT", "PRIME_1", "PRIME_2", "EXPONENT_1", "EXPONENT_2", "COEFFICIENT"
)  # fmt: skip
PUBLIC: Template = {"TOKEN": True, "PRIVATE": False}
PRIVATE: Template = {"TOKEN": True, "PRIVATE": True}


@contextmanager
def logged_in(token: Token) -> Iterator[tuple[Provider, int]]:
    """The module in a process that only prepares, with a session of the user's."""
    with Provider(token) as provider:
        provider.works("C_Initialize", ("null",))
        session = provider.session(provider.slots()[0])
        provider.login(session)
        yield provider, session
        provider.works("C_Finalize", ("null",))


@dataclass(frozen=True)
class Pair:
    """An RSA key pair of openssl's."""

    file: Path
    parts: dict[str, bytes]

    @classmethod
    def make(cls, path: Path) -> Pair:
        openssl.make_key(path, "RSA:2048")
        return cls(path, dict(zip(KEY_PARTS, rsa_numbers(openssl.private_der(path)))))

    def sign(self, data: bytes) -> bytes:
        """SHA256_RSA_PKCS, of which there is one signature only."""
        return openssl.sign_digest(self.file, "sha256", data)

    def public(self, label: str, **more: bytes) -> Template:
        key: Template = {
            "CLASS": CKO["PUBLIC_KEY"],
            "KEY_TYPE": CKK["RSA"],
            "LABEL": label.encode(),
            "VERIFY": True,
            **more,
        }
        return {**key, **PUBLIC, **{name: self.parts[name] for name in KEY_PARTS[:2]}}

    def private(self, label: str, **more: bytes) -> Template:
        key: Template = {
            "CLASS": CKO["PRIVATE_KEY"],
            "KEY_TYPE": CKK["RSA"],
            "LABEL": label.encode(),
            "SIGN": True,
            **more,
        }
        return {**key, **PRIVATE, "SENSITIVE": True, "EXTRACTABLE": False, **self.parts}


def data_object(label: bytes) -> Template:
    return {"CLASS": CKO["DATA"], **PUBLIC, "LABEL": label, "VALUE": b"data"}


def certificate(der: bytes, label: str, identifier: bytes) -> Template:
    fields = Certificate.of(der)
    return {
        "CLASS": CKO["CERTIFICATE"],
        "CERTIFICATE_TYPE": 0,
        **PUBLIC,
        "LABEL": label.encode(),
        "ID": identifier,
        "SUBJECT": fields.subject,
        "ISSUER": fields.issuer,
        "SERIAL_NUMBER": fields.serial,
        "VALUE": der,
    }


def printed(case: Case, function: str, *names: str) -> dict[str, str]:
    """The values, by their names, that a case prints in the returns, or else the calls, of a function."""
    found: dict[str, str] = {}
    for step in case.steps:
        if step.function == function:
            for element in [*step.call.children, *step.answer.children]:
                for child in [element, *element.children]:
                    name = child.attributes.get("type", child.name)
                    if name in names and "value" in child.attributes:
                        found[name] = child.attributes["value"]
    return found


def authentication_token(token: Token, case: Case) -> dict[str, bytes]:
    """The key pair under the labels that the case looks for: what it must give instead of what is printed."""
    pair = Pair.make(token.path("testrsa.pem"))
    with logged_in(token) as (provider, session):
        provider.create(session, pair.public("testrsa-pub"))
        provider.create(session, pair.private("testrsa-pri"))
    data = bytes.fromhex(printed(case, "C_Sign", "Data")["Data"])
    return {"MODULUS": pair.parts["MODULUS"], "Signature": pair.sign(data)}


def certificates_token(token: Token, case: Case) -> None:
    """Five objects. The label of the first has 22 bytes, its last one a NUL; the second is the certificate."""
    values = printed(case, "C_GetAttributeValue", "LABEL", "VALUE")
    root = bytes.fromhex(values["VALUE"])
    with logged_in(token) as (provider, session):
        provider.create(session, data_object(values["LABEL"].encode() + b"\0"))
        provider.create(session, certificate(root, "GlobalSign Root CA", b"root"))
        for label in (b"third", b"fourth", b"fifth"):
            provider.create(session, data_object(label))


def printed_pair(token: Token, case: Case) -> tuple[Path, bytes, bytes]:
    """What AUTH-M-1 prints: its public key as a file, the data, the signature."""
    key = printed(case, "C_GetAttributeValue", "MODULUS", "PUBLIC_EXPONENT")
    signed = {name: bytes.fromhex(value) for name, value in printed(case, "C_Sign", "Data", "Signature").items()}
    numbers = "\n".join(f"{name}=INTEGER:0x{value}" for name, value in zip("ne", key.values()))
    wanted = token.write(f"{case.name}.cnf", f"asn1=SEQUENCE:key\n[key]\n{numbers}\n".encode())
    der, pem = token.path(f"{case.name}.der"), token.path(f"{case.name}.pem")
    openssl.openssl("asn1parse", "-genconf", wanted, "-noout", "-out", der)
    openssl.openssl("rsa", "-RSAPublicKey_in", "-inform", "DER", "-in", der, "-pubout", "-out", pem)
    return pem, signed["Data"], signed["Signature"]
