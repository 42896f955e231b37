"""The openssl program with libp11's engine."""

from __future__ import annotations

from harness import Checks, Client, Token, group
from harness import openssl_token as with_token

from . import pins
from .way import ENGINE


@group()
def signatures(token: Token, check: Checks) -> None:
    """dgst and pkeyutl sign with the token's keys and verify with its public keys; openssl's software does the other half."""
    with_token.signatures(with_token.Program(token, ENGINE, "rsa", "p256", "p384", "p521"), check)


@group()
def decryption(token: Token, check: Checks) -> None:
    """pkeyutl decrypts with RSA and agrees on secrets with ECDH, as openssl's software does."""
    program = with_token.Program(token, ENGINE, "rsa", "p256", "p384", "p521")
    with_token.encryption(program, check)
    with_token.agreement(program, check)


@group()
def certificates(token: Token, check: Checks) -> None:
    """req, x509 and ca make requests, certificates and revocation lists; cms signs and decrypts."""
    program = with_token.Program(token, ENGINE, "rsa", "p256", "p384", "p521")
    with_token.certificates(program, check)
    with_token.messages(program, check)


@group()
def tls(token: Token, check: Checks) -> None:
    """s_server and s_client with the key in the token; openssl's software is the other side."""
    program = with_token.Program(token, ENGINE, "rsa", "p256", "p384", "p521")
    with_token.tls_servers(program, check)
    with_token.tls_clients(program, check)


CLIENT = Client(
    programs={
        "/usr/lib/*/engines-3/pkcs11.so": "libengine-pkcs11-openssl",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["dpkg-query", "--show", "libengine-pkcs11-openssl"],
    peer=True,
    groups=[signatures, decryption, certificates, tls, pins.uris, pins.pins, pins.processes],
)
