"""Openssl's configuration for each way to a token; the PIN stands in the file, so that no program asks for it."""

from __future__ import annotations

import base64

from .. import openssl

ENGINE = """openssl_conf = with_engine
[with_engine]
engines = engines
[engines]
pkcs11 = pkcs11_engine
[pkcs11_engine]
engine_id = pkcs11
MODULE_PATH = @MODULE@
PIN = @PIN@
init = 0
"""
PROVIDER = """openssl_conf = with_provider
[with_provider]
providers = providers
[providers]
default = default_provider
pkcs11 = pkcs11_provider
[default_provider]
activate = 1
[pkcs11_provider]
pkcs11-module-path = @MODULE@
pkcs11-module-token-pin = @PIN@
activate = 1
"""


def uri_in_pem(key: str) -> bytes:
    """A file for programs that want one: the URI in an ASN.1 sequence, which the provider's decoder reads."""
    text, address = b"PKCS#11 Provider URI v1.0", key.encode()
    der = openssl.tlv(0x30, openssl.tlv(0x1A, text) + openssl.tlv(0x0C, address))
    body = base64.encodebytes(der)
    return b"-----BEGIN PKCS#11 PROVIDER URI-----\n" + body + b"-----END PKCS#11 PROVIDER URI-----\n"
