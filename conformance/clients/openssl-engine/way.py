"""How the engine is configured and asked for."""

from __future__ import annotations

from harness import openssl_token as with_token

CONFIGURATION = with_token.configuration.ENGINE
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
