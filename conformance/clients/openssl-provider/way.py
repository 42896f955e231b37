"""How the provider is configured and asked for."""

from __future__ import annotations

from harness import openssl_token as with_token

CONFIGURATION = with_token.configuration.PROVIDER
WITHOUT_PIN = CONFIGURATION.replace("pkcs11-module-token-pin = @PIN@\n", "")

MASK = with_token.Lack(
    "illegal or unsupported padding mode",
    "pkcs11-provider 1.0 sends no hash for OAEP, or none for its mask, where openssl means the default: name both",
)
SALT = with_token.Lack(
    "a salt as long as the hash",
    "pkcs11-provider 1.0 takes a length of 0 for one that is not given, and signs with a salt as long as the hash",
)
PROVIDER = with_token.Way(
    CONFIGURATION,
    lacks={"a salt none": SALT, "OAEP as it comes": MASK, "OAEP with sha256, its mask not named": MASK},
    # Without this, every program that has used SoftHSM dies at its end.
    peer_wants="pkcs11-module-quirks = no-deinit\n",
)

# With this, a program takes from the token whatever the provider offers, and the rest from openssl.
EVERYTHING = CONFIGURATION.replace(
    "providers = providers\n",
    "providers = providers\nalg_section = everything\n[everything]\ndefault_properties = ?provider=pkcs11\n",
    1,
)


def setting(line: str) -> str:
    """The configuration with one more line for the provider."""
    return f"{CONFIGURATION}{line}\n"
