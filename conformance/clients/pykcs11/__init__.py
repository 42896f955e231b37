"""PyKCS11: the test suite of its source distribution as it is."""

from __future__ import annotations

from harness import Client
from harness.python import missing

from . import suite

CLIENT = Client(
    programs={},
    version=["echo", suite.SUITE.version],
    groups=suite.GROUPS,
    peer=True,
    lacks=missing,
)
