"""p11test: OpenSC's test program for any module, compiled from Debian's source package."""

from __future__ import annotations

from harness import Client

from . import suite

CLIENT = Client(
    programs={
        "cc": "gcc",
        "/usr/include/cmocka.h": "libcmocka-dev",
        "/usr/include/openssl/evp.h": "libssl-dev",
        "pkcs11-tool": "opensc",
        "certtool": "gnutls-bin",
        "openssl": "openssl",
    },
    version=suite.SOURCE.version,
    groups=[suite.tests],
    peer=True,
    everywhere=False,  # not every mirror has the sources
    lacks=suite.SOURCE.missing,
)
