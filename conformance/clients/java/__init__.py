"""Java: SunPKCS11 with everything that it offers, JSSE, keytool and jarsigner.

`JAVA_HOME` chooses another JDK than the one in the path.
"""

from __future__ import annotations

from harness import Client

from . import jdk, programs, services

CLIENT = Client(
    programs=jdk.programs(),
    version=[jdk.program("java"), "-version"],
    peer=True,
    groups=[
        services.provider,
        services.digests,
        services.macs,
        services.ciphers,
        services.signatures,
        services.keys,
        services.tls_keys,
        services.kdfs,
        services.key_store,
        services.tls,
        services.tls_first,
        programs.keytool,
        programs.jarsigner,
    ],
)
