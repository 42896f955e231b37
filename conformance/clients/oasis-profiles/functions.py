"""What CKM_RSA_PKCS does beyond what EXT-M-1 prints: a flag that is not printed may be set only if it is true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness import Checks, Token, expect, expect_equal, group, openssl

from .clauses import NEWEST
from .preparation import Pair, logged_in
from .provider import Provider, Template, rows
from .variations import MORE_FLAGS
from .words import CKK, CKM, CKO, MECHANISM_FLAGS

RSA_PKCS = ("mechanism", CKM["RSA_PKCS"])
DATA = b"what is signed, short enough for PKCS #1"
SECRET: Template = {"CLASS": CKO["SECRET_KEY"], "KEY_TYPE": CKK["GENERIC_SECRET"], "VALUE_LEN": 32, "TOKEN": False}
READABLE: Template = {"SENSITIVE": False, "EXTRACTABLE": True}


@dataclass(frozen=True)
class Bench:
    """A key pair of openssl's on the token, under an interface that has the functions of 3.2."""

    provider: Provider
    pair: Pair
    session: tuple[str, int]
    public: tuple[str, int]
    private: tuple[str, int]

    def padded(self) -> bytes:
        """The signature that openssl makes of the data as they are."""
        return openssl.sign_rsa(self.pair.file, DATA, "pkcs")

    def sign_recover(self) -> None:
        self.provider.works("C_SignRecoverInit", self.session, RSA_PKCS, self.private)
        ((_, signature),) = self.provider.works("C_SignRecover", self.session, ("data", DATA), ("buffer", 256))
        expect_equal(signature, self.padded(), "the signature")

    def verify_recover(self) -> None:
        self.provider.works("C_VerifyRecoverInit", self.session, RSA_PKCS, self.public)
        arguments = (self.session, ("data", self.padded()), ("buffer", 256))
        ((_, data),) = self.provider.works("C_VerifyRecover", *arguments)
        expect_equal(data, DATA, "what is recovered")

    def sign_messages(self, count: int = 1) -> None:
        self.provider.works("C_MessageSignInit", self.session, RSA_PKCS, self.private)
        for _ in range(count):
            arguments = (self.session, ("data", b""), ("data", DATA), ("buffer", 256))
            ((_, signature),) = self.provider.works("C_SignMessage", *arguments)
            expect_equal(signature, self.padded(), "the signature")
        self.provider.works("C_MessageSignFinal", self.session)

    def verify_messages(self) -> None:
        self.provider.works("C_MessageVerifyInit", self.session, RSA_PKCS, self.public)
        message = (self.session, ("data", b""), ("data", DATA))
        self.provider.works("C_VerifyMessage", *message, ("data", self.padded()))
        self.provider.refuses("C_VerifyMessage", *message, ("data", bytes(256)))
        self.provider.works("C_MessageVerifyFinal", self.session)

    def encapsulate(self) -> None:
        """The secret that openssl decrypts is the key's value, and what decapsulation gives."""
        template = ("template", rows({**SECRET, **READABLE}))
        arguments = (self.session, RSA_PKCS, self.public, template, ("buffer", 256), ("place",))
        (_, ciphertext), key = self.provider.works("C_EncapsulateKey", *arguments)
        secret = self.provider.read(self.session[1], key, "VALUE")["VALUE"]
        expect_equal(openssl.decrypt(self.pair.file, ciphertext), secret, "what openssl decrypts")

    def decapsulate(self) -> None:
        secret = bytes(range(32))
        ciphertext = openssl.encrypt(openssl.public_key(self.pair.file), secret)
        template = ("template", rows({**SECRET, **READABLE}))
        arguments = (self.session, RSA_PKCS, self.private, template, ("data", ciphertext), ("place",))
        (key,) = self.provider.works("C_DecapsulateKey", *arguments)
        expect_equal(self.provider.read(self.session[1], key, "VALUE")["VALUE"], secret, "the key")


@contextmanager
def bench(token: Token) -> Iterator[Bench]:
    pair = Pair.make(token.path("key.pem"))
    with logged_in(token) as (provider, session):
        provider.ask("interface", *NEWEST)
        public = provider.create(session, pair.public("pair"))
        private = provider.create(session, pair.private("pair"))
        yield Bench(provider, pair, ("number", session), ("number", public), ("number", private))


@group()
def more_functions(token: Token, check: Checks) -> None:
    """Extended Provider, 5.3, 9: every flag of CKM_RSA_PKCS that EXT-M-1 does not print is true: the function works."""
    with bench(token) as work:
        shown = {
            "SIGN_RECOVER": work.sign_recover,
            "VERIFY_RECOVER": work.verify_recover,
            "ENCAPSULATE": work.encapsulate,
            "DECAPSULATE": work.decapsulate,
            "MESSAGE_SIGN": work.sign_messages,
            "MESSAGE_VERIFY": work.verify_messages,
            "MULTI_MESSAGE": lambda: work.sign_messages(2),
        }
        slot = ("number", work.provider.slots()[0])
        info = ("structure", "MechanismInfo")
        (found,) = work.provider.works("C_GetMechanismInfo", slot, ("number", CKM["RSA_PKCS"]), info)
        with check("every flag that may be more than printed is looked at"):
            expect(set(shown) == set(MORE_FLAGS["RSA_PKCS"]), "some are not")
        for name, works in shown.items():
            if found["Flags"] & MECHANISM_FLAGS[name]:
                with check(f"CKF_{name} of CKM_RSA_PKCS is true"):
                    works()
