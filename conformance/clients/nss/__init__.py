"""NSS's programs (modutil, certutil, pk12util, cmsutil, signtool, selfserv, tstclnt) with a token beside NSS's own."""

from __future__ import annotations

from harness import Client

from . import certificates, messages, modules, pkcs12, tls

PROGRAMS = ["modutil", "certutil", "pk12util", "cmsutil", "p7sign", "p7verify", "signtool", "selfserv", "tstclnt"]

CLIENT = Client(
    programs={**{program: "libnss3-tools" for program in PROGRAMS}, "openssl": "openssl"},
    version=["dpkg-query", "--show", "--showformat", "${source:Upstream-Version}", "libnss3-tools"],
    groups=[
        modules.modules,
        modules.pins,
        certificates.keys,
        certificates.requests,
        certificates.management,
        pkcs12.imports,
        pkcs12.exports,
        messages.signed,
        messages.enveloped,
        messages.archives,
        tls.servers,
        tls.clients,
    ],
    peer=True,
)
