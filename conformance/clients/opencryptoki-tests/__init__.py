"""openCryptoki's test programs, compiled from Debian's source package. They want version 3.0 of the interface, which
SoftHSM 2.6 has not, so that there is no peer."""

from __future__ import annotations

from harness import Client

from . import programs, suite

CLIENT = Client(
    programs={"cc": "gcc", "ar": "binutils", "/usr/include/openssl/evp.h": "libssl-dev"},
    version=programs.SOURCE.version,
    groups=suite.GROUPS,
    everywhere=False,  # not every mirror has the sources
    lacks=programs.SOURCE.missing,
)
