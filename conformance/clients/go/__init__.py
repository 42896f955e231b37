"""Go: miekg/pkcs11 and crypto11, with tests of ours and with their own."""

from __future__ import annotations

import json

from harness import LABEL, USER_PIN, Checks, Client, Token, group, run

from . import suite
from .suite import Assumption


@group()
def miekg(token: Token, check: Checks) -> None:
    """miekg/pkcs11: sessions, objects, every kind of operation, 64 goroutines; compared with Go's own cryptography."""
    suite.ours(token, check, "miekg")


@group()
def crypto11(token: Token, check: Checks) -> None:
    """crypto11: signers, certificates, TLS by crypto/tls, AES, HMAC, many at a time; compared with Go's cryptography."""
    suite.ours(token, check, "crypto11")


@group()
def miekg_own(token: Token, check: Checks) -> None:
    """miekg/pkcs11's own tests, as they are."""
    package = suite.copied(token, "github.com/miekg/pkcs11")
    settings = token.path("softhsm2.conf").read_bytes()
    (package / "softhsm2.conf").write_bytes(settings)  # the tests name the one beside them
    which = {"SOFTHSM_LIB": str(token.module), "SOFTHSM_TOKENLABEL": LABEL, "SOFTHSM_PIN": "1234"}
    tool = ["pkcs11-tool", "--module", token.module, "--token-label", LABEL, "--login", "--pin", USER_PIN]
    run([*tool, "--change-pin", "--new-pin", "1234"], env=token.env).must_work()  # as the example has it
    name = Assumption("ID should be SoftHSM", "the test wants the manufacturer to be SoftHSM")
    suite.run_tests(token, check, package, which, {"TestGetInfo": name})


@group()
def crypto11_own(token: Token, check: Checks) -> None:
    """crypto11's own tests, as they are."""
    package = suite.copied(token, "github.com/ThalesIgnite/crypto11")
    settings = {"Path": str(token.module), "TokenLabel": LABEL, "Pin": USER_PIN}
    (package / "config").write_text(json.dumps(settings))
    suite.run_tests(token, check, package, {}, {})


CLIENT = Client(
    programs={
        "go": "golang",
        "cc": "gcc",
        "pkcs11-tool": "opensc",
        "/usr/share/gocode/src/github.com/miekg/pkcs11": "golang-github-miekg-pkcs11-dev",
        "/usr/share/gocode/src/github.com/ThalesIgnite/crypto11": "golang-github-thalesignite-crypto11-dev",
        "/usr/share/gocode/src/github.com/stretchr/testify": "golang-github-stretchr-testify-dev",
    },
    version=["go", "version"],
    peer=True,
    groups=[crypto11_own, miekg, crypto11, miekg_own],
)
