"""pkcs11-tool with one of p11-kit's modules in the place of the token's own; p11-kit's server."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path

from harness import LABEL, USER_PIN, Finished, Server, Token, openssl, run

CLIENT_MODULE = "/usr/lib/*/pkcs11/p11-kit-client.so"
PROXY_MODULE = "/usr/lib/*/p11-kit-proxy.so"
URI = f"pkcs11:token={LABEL}"


def found(pattern: str) -> Path:
    return Path(glob(pattern)[0])


class Tool:
    """Calls pkcs11-tool through a module that leads to the token."""

    numbers = itertools.count()

    def __init__(self, token: Token, module: Path, env: Mapping[str, str], before: Sequence[str] = ()) -> None:
        self.token, self.module, self.env, self.before = token, module, env, before

    def attempt(self, *words: str | Path, pin: str = USER_PIN, limit_s: float = 30) -> Finished:
        login = ["--login", "--pin", pin] if pin else []
        command = [*self.before, "pkcs11-tool", "--module", self.module, "--token-label", LABEL, *login, *words]
        return run(command, env=self.env, cwd=self.token.directory, time_limit_s=limit_s)

    def __call__(self, *words: str | Path, pin: str = USER_PIN) -> bytes:
        return self.attempt(*words, pin=pin).must_work().out

    def objects(self, pin: str = USER_PIN) -> str:
        return self("--list-objects", pin=pin).decode()

    def generate(self, kind: str, label: str, ident: str) -> Path:
        """A key pair in the token; gives the file of its public key."""
        self("--keypairgen", "--key-type", kind, "--label", label, "--id", ident, "--usage-sign", "--usage-decrypt")
        der = self.read("pubkey", ident)
        return self.file(openssl.openssl("pkey", "-pubin", "-inform", "DER", "-outform", "PEM", stdin=der))

    def read(self, kind: str, ident: str) -> bytes:
        """An object's DER; what a program of another user writes must not be read through a file of ours."""
        return self("--read-object", "--type", kind, "--id", ident, pin="")

    def sign(self, mechanism: str, ident: str, data: bytes, *more: str) -> bytes:
        form = ("--signature-format", "openssl")
        words = ("--sign", "--mechanism", mechanism, "--id", ident, "--input-file", self.file(data))
        return self.output(*words, *form, *more)

    def output(self, *words: str | Path) -> bytes:
        path = self.file(b"")
        path.chmod(0o666)
        self(*words, "--output-file", path)
        return path.read_bytes()

    def file(self, content: bytes) -> Path:
        path = self.token.path(f"data-{next(self.numbers)}")
        path.write_bytes(content)
        return path


class P11KitServer(Server):
    """`p11-kit server` for the token, in the foreground."""

    def __init__(self, token: Token, *more: str | Path) -> None:
        self.socket = token.path("p11-kit.socket")
        words = ["--name", self.socket, "--provider", token.module, *(more or ["--foreground"]), URI]
        super().__init__(["p11-kit", "server", *words], env=token.env, log=token.path("p11-kit-server.log"))
        # Only the server knows where the token is.
        nothing = {name: value for name, value in token.env.items() if not name.endswith("_CONF")}
        self.client = {**nothing, "P11_KIT_SERVER_ADDRESS": f"unix:path={self.socket}"}

    def ready(self) -> bool:
        return self.socket.exists()


class InBackground(P11KitServer):
    """The same, which says in the shell's words where it is, and goes to the background."""

    def __init__(self, token: Token) -> None:
        super().__init__(token, "--sh")
        self.pid_file = self.log

    def pid_from_file(self) -> int:
        found = re.search(r"P11_KIT_SERVER_PID=(\d+);", self.said())
        return int(found.group(1)) if found else 0

    def settings(self) -> dict[str, str]:
        return {**self.env, **dict(re.findall(r"(P11_KIT_SERVER_\w+)=([^;]+);", self.said()))}
