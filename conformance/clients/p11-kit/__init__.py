"""p11-kit: the module by its configuration, its proxy, and its server for programs elsewhere."""

from __future__ import annotations

from harness import Client

from . import modules, remote
from .tool import CLIENT_MODULE, PROXY_MODULE

CLIENT = Client(
    programs={
        "p11-kit": "p11-kit",
        "/usr/libexec/p11-kit/p11-kit-server": "p11-kit",
        CLIENT_MODULE: "p11-kit-modules",
        PROXY_MODULE: "p11-kit-modules",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["dpkg-query", "--show", "p11-kit"],
    groups=[modules.configured, modules.proxy, modules.pipes, remote.server, remote.clients],
    peer=True,
)
