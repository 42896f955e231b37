"""How nginx comes to keys of the token: through libp11's engine, or through pkcs11-provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from glob import glob

from harness import USER_PIN, Lacking
from harness import openssl_token as with_token
from harness.openssl_token import Program, configuration, uri

# Without `init = 1` nginx finds the engine uninitialised.
WITH_ENGINE = configuration.ENGINE.replace("init = 0", "init = 1").replace("PIN = @PIN@\n", "")


@dataclass(frozen=True)
class Way:
    """What stands in openssl's configuration, and in nginx's for a key."""

    openssl: with_token.Way
    key: Callable[[Program, str], str]
    needs: str = ""  # the pattern of a file without which this way is not installed

    def must_be_installed(self) -> None:
        if self.needs and not glob(self.needs):
            how = "apt-get install pkcs11-provider (in the backports of Debian 12)"
            raise Lacking(f"{self.needs} not found: {how}", everywhere=False)


def engine_key(program: Program, name: str) -> str:
    """The engine's name and the key's URI, with the PIN in a file without a line end."""
    source = program.token.write("pin", USER_PIN.encode())
    return f"engine:pkcs11:{uri(name, pin_source=str(source))}"


def provider_key(program: Program, name: str) -> str:
    """A file that holds the key's URI; this release of nginx takes no URI itself but an engine's."""
    return str(program.token.write(f"{name}.uri.pem", configuration.uri_in_pem(uri(name))))


ENGINE = Way(with_token.Way(WITH_ENGINE), engine_key)
PROVIDER = Way(with_token.Way(configuration.PROVIDER), provider_key, needs="/usr/lib/*/ossl-modules/pkcs11.so")
