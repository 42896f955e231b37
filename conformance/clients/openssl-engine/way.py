"""How the engine is configured and asked for."""

from __future__ import annotations

from harness import openssl_token as with_token

# The PIN stands in the file, so that no program asks for it.
CONFIGURATION = """openssl_conf = with_engine
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
WITHOUT_PIN = CONFIGURATION.replace("PIN = @PIN@\n", "")

ENGINE = with_token.Way(
    CONFIGURATION,
    options=["-engine", "pkcs11", "-keyform", "engine"],
    ca_options=["-engine", "pkcs11", "-CAkeyform", "engine"],
    lacks={
        "TLS 1.2, RSA decrypts": with_token.Lack(
            "pkey_rsa_ctrl:illegal or unsupported padding mode",
            "openssl 3.0 itself refuses the padding of this key exchange to every engine; the token is not asked",
        )
    },
)
