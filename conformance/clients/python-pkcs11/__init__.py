"""python-pkcs11: the test suite of its source distribution as it is, and what an application does with it."""

from __future__ import annotations

from harness import Client
from harness.python import missing

from . import program, suite

CLIENT = Client(
    programs={"openssl": "openssl"},
    version=["echo", suite.SUITE.version],
    groups=[*suite.GROUPS, program.application],
    peer=True,
    lacks=missing,
)
