"""nginx, which serves TLS with keys of the token: through libp11's engine, and through pkcs11-provider."""

from __future__ import annotations

from harness import Client

from . import groups

CLIENT = Client(
    programs={
        "/usr/sbin/nginx": "nginx-light",
        "/usr/lib/*/engines-3/pkcs11.so": "libengine-pkcs11-openssl",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["/usr/sbin/nginx", "-v"],
    groups=[
        groups.engine,
        groups.provider,
        groups.reloads,
        groups.provider_reloads,
        groups.restarts,
        groups.privileges,
    ],
    peer=True,
)
