"""Payments: the programs of conformance/payment beside psec, pydukpt, pyemv and ff3, and the examples.

A case has random keys and data. DIFFERENTIAL_SEED=SEED in the environment draws the same again.
"""

from __future__ import annotations

from harness import Client
from harness.python import missing

from . import differential, examples

CLIENT = Client(
    programs=examples.PROGRAMS,
    version=["echo", differential.PSEC],
    groups=[*differential.GROUPS, examples.examples, examples.documentation],
    lacks=missing,
)
