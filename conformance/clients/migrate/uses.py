"""What a key that came over is used for once, and what must come of it."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from harness import USER_PIN, expect_equal

from .numbers import CKK, CKM, CLASS, EXTRACTABLE, KEY_TYPE, LABEL, PRIVATE, PUBLIC_KEY, SECRET_KEY, SENSITIVE
from .numbers import VALUE, VALUE_LEN
from .tokens import OLD_PIN, Module

Use = Callable[[Module, Module, int, int], None]  # SoftHSM, vhsm, the key in each

MESSAGE = b"a message of 32 bytes, no more.\n"


def the_same(what: str, mechanism: str, data: bytes = MESSAGE) -> Use:
    """Both modules give the same."""

    def use(there: Module, here: Module, old: int, new: int) -> None:
        got = here.ask("compute", what, CKM[mechanism], None, new, [data])
        expect_equal(got, there.ask("compute", what, CKM[mechanism], None, old, [data]), f"{what} by {mechanism}")

    return use


def verified(mechanism: str, label: str, data: bytes = MESSAGE) -> Use:
    """SoftHSM's public key verifies the signature."""

    def use(there: Module, here: Module, old: int, new: int) -> None:
        signature = here.ask("compute", "Sign", CKM[mechanism], None, new, [data])
        public = there.one({CLASS: PUBLIC_KEY, LABEL: label.encode()})
        there.ask("verify", CKM[mechanism], None, public, data, signature)

    return use


def verifies(what: Callable[[Module], int], mechanism: str, data: bytes = MESSAGE) -> Use:
    """A public key that came over verifies what SoftHSM's private key signs."""

    def use(there: Module, here: Module, old: int, new: int) -> None:
        signature = there.ask("compute", "Sign", CKM[mechanism], None, what(there), [data])
        here.ask("verify", CKM[mechanism], None, new, data, signature)

    return use


def authenticated(there: Module, here: Module, old: int, new: int) -> None:
    """A key with CKA_ALWAYS_AUTHENTICATE signs the same."""
    mechanism = CKM["SHA256_RSA_PKCS"]
    got = here.ask("sign_as_again", mechanism, new, MESSAGE, USER_PIN)
    expect_equal(got, there.ask("sign_as_again", mechanism, old, MESSAGE, OLD_PIN), "the signature")


def mac(value: bytes, mechanism: str = "SHA256_HMAC", digest: str = "sha256") -> Use:
    """The MAC is that of Python's hmac: SoftHSM has a least length of such keys, which some of them are below."""

    def use(there: Module, here: Module, old: int, new: int) -> None:
        got = here.ask("compute", "Sign", CKM[mechanism], None, new, [MESSAGE])
        expect_equal(got, hmac.digest(value, MESSAGE, digest), f"the MAC by {mechanism}")

    return use


def agreed(mechanism: str, peer: Callable[[Module], object]) -> Use:
    """Both modules derive the same secret; `peer` gives the mechanism's parameter, from SoftHSM."""

    def use(there: Module, here: Module, old: int, new: int) -> None:
        template = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"], VALUE_LEN: 32, PRIVATE: False}
        template |= {SENSITIVE: False, EXTRACTABLE: True}
        parameter = peer(there)
        secrets = [
            module.read(module.ask("derive", CKM[mechanism], parameter, key, template), VALUE)
            for module, key in ((there, old), (here, new))
        ]
        expect_equal(secrets[1], secrets[0], "the secret")
        expect_equal(len(secrets[0] or b""), 32, "the secret's length")

    return use
