"""The openssl program with pkcs11-provider."""

from __future__ import annotations

from harness import Checks, Client, Token, group
from harness import openssl_token as with_token

from . import pins, store
from .way import PROVIDER


@group()
def signatures(token: Token, check: Checks) -> None:
    """dgst and pkeyutl sign with the token's keys and verify with its public keys; openssl's software does the rest."""
    program = with_token.Program(token, PROVIDER, "rsa", "p256", "p384", "p521", "ed25519")
    with_token.signatures(program, check)
    with_token.edwards_signatures(program, check)


@group()
def decryption(token: Token, check: Checks) -> None:
    """pkeyutl decrypts with RSA and agrees on secrets with ECDH, as openssl's software does."""
    program = with_token.Program(token, PROVIDER, "rsa", "p256", "p384", "p521")
    with_token.encryption(program, check)
    with_token.agreement(program, check)


@group()
def certificates(token: Token, check: Checks) -> None:
    """req, x509 and ca make requests, certificates and revocation lists; cms signs and decrypts."""
    program = with_token.Program(token, PROVIDER, "rsa", "p256", "p384", "p521")
    with_token.certificates(program, check)
    with_token.messages(program, check)


@group()
def tls(token: Token, check: Checks) -> None:
    """s_server and s_client with the key in the token; openssl's software is the other side."""
    program = with_token.Program(token, PROVIDER, "rsa", "p256", "p384", "p521", "ed25519")
    with_token.tls_servers(program, check, with_token.ED25519)
    with_token.tls_clients(program, check, with_token.ED25519)


CLIENT = Client(
    everywhere=False,
    programs={
        "/usr/lib/*/ossl-modules/pkcs11.so": "pkcs11-provider (in the backports of Debian 12)",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["dpkg-query", "--show", "pkcs11-provider"],
    peer=True,
    groups=[
        signatures,
        decryption,
        certificates,
        tls,
        store.objects,
        store.generation,
        store.algorithms,
        pins.settings,
        pins.pins,
        pins.processes,
    ],
)
