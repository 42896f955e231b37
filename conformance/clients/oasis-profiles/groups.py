"""The test cases, each against a token that is made for it."""

from __future__ import annotations

from harness import LABEL, USER_PIN, Checks, Lacking, Token, expect_equal, group, openssl

from .cases import MISSING, PROFILES, Case, cases
from .play import play
from .preparation import authentication_token, certificates_token, printed_pair
from .provider import Provider

OWN = {"label": LABEL.encode()}


def cases_of(profile: str, check: Checks) -> list[Case]:
    """The cases of a profile; one skipped check when they are not at hand."""
    found = cases(profile)
    if not found:
        with check(f"the cases of the {PROFILES[profile]}"):
            raise Lacking(MISSING, everywhere=False)
    return found


def run_case(case: Case, token: Token, own: dict[str, bytes], check: Checks) -> None:
    """Each case has the module in a process of its own."""
    with Provider(token) as provider:
        play(case, provider, USER_PIN, {**OWN, **own}, check)


@group()
def baseline(token: Token, check: Checks) -> None:
    """BL-M-1 of 3.2 and 3.1, every value of every step: library, slot and token information, an empty token."""
    for case in cases_of("BL", check):
        run_case(case, token, {}, check)


@group()
def extended(token: Token, check: Checks) -> None:
    """EXT-M-1 of 3.2 and 3.1, every value of every step: also mechanisms, login and logout."""
    for case in cases_of("EXT", check):
        run_case(case, token, {}, check)


@group()
def authentication(token: Token, check: Checks) -> None:
    """AUTH-M-1 of 3.2 and 3.1, every value of every step: a key of openssl's signs as openssl signs."""
    found = cases_of("AUTH", check)
    if not found:
        return
    own = authentication_token(token, found[0])
    for case in found:
        with check(f"{case.name}: the printed signature is one of the printed data under the printed key"):
            public, data, signature = printed_pair(token, case)
            openssl.verify_digest(public, "sha256", signature, data)
        with check(f"{case.name}: openssl verifies what the token must sign, under the key that it must show"):
            private = token.path("testrsa.pem")
            openssl.verify_digest(openssl.public_key(private), "sha256", own["Signature"], data)
            expect_equal(len(own["Signature"]), len(signature), "the length of the signature")
        run_case(case, token, own, check)


@group()
def certificates(token: Token, check: Checks) -> None:
    """CERT-M-1 of 3.2 and 3.1, every value of every step: a certificate is found and read without login."""
    found = cases_of("CERT", check)
    if not found:
        return
    certificates_token(token, found[0])
    for case in found:
        run_case(case, token, {}, check)
