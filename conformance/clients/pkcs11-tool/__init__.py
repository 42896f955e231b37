"""pkcs11-tool, OpenSC's test and management program."""

from __future__ import annotations

from harness import Client

from . import encryption, keys, objects, selftests, signing, spy, tokens

CLIENT = Client(
    programs={
        "pkcs11-tool": "opensc",
        spy.SPY: "opensc-pkcs11",
        "p11tool": "gnutls-bin",
        "openssl": "openssl",
    },
    version=["opensc-tool", "--info"],
    groups=[
        tokens.information,
        tokens.initialisation,
        tokens.pins,
        tokens.lockout,
        keys.key_pairs,
        keys.secret_keys,
        keys.imports,
        keys.usage,
        signing.rsa_pkcs1,
        signing.rsa_pss,
        signing.ecdsa,
        signing.eddsa,
        signing.macs,
        encryption.aes,
        encryption.rsa_decryption,
        encryption.agreement,
        encryption.wrapping,
        selftests.digests_and_random,
        selftests.own_tests,
        selftests.processes,
        spy.through_the_spy,
        spy.watched_by_the_spy,
        objects.certificates,
        objects.data_objects,
        objects.object_management,
    ],
    peer=True,
)
