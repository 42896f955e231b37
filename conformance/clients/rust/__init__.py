"""Rust: the cryptoki crate, with its own tests and an application of ours."""

from __future__ import annotations

from harness import Client

from . import suite

CLIENT = Client(
    programs={"cargo": "cargo", "cc": "gcc"},
    version=["echo", suite.VERSION],
    groups=[suite.own, suite.application],
    peer=True,
)
