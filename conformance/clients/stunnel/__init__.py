"""stunnel, a TLS server for a plain service, with keys of the token: through libp11's engine, and pkcs11-provider."""

from __future__ import annotations

from harness import Client

from . import groups

CLIENT = Client(
    programs={
        "stunnel4": "stunnel4",
        "/usr/lib/*/engines-3/pkcs11.so": "libengine-pkcs11-openssl",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["stunnel4", "-version"],
    groups=[groups.engine, groups.provider, groups.reloads, groups.provider_reloads, groups.restarts],
    peer=True,
)
