"""p11tool, and GnuTLS's other programs with keys of a token."""

from __future__ import annotations

from harness import Client

from . import gnutls, keys, objects, tokens

CLIENT = Client(
    programs={
        "p11tool": "gnutls-bin",
        "certtool": "gnutls-bin",
        "gnutls-serv": "gnutls-bin",
        "gnutls-cli": "gnutls-bin",
        "openssl": "openssl",
    },
    version=["p11tool", "--version"],
    groups=[
        tokens.information,
        tokens.initialisation,
        keys.generated_keys,
        keys.written_keys,
        objects.certificates,
        objects.object_management,
        gnutls.certtool,
        gnutls.tls,
    ],
    peer=True,
)
