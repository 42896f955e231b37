"""The openssl program with a token, and the token's keys."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from .. import openssl
from ..check import Skipped
from ..process import Finished, run
from ..token import LABEL, USER_PIN, Token

# Keys by the label that they have in the token, and their kinds in the words of `openssl.make_key`.
KEYS = {"rsa": "RSA:2048", "p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1", "ed25519": "ED25519"}
SUBJECT_ALTERNATIVE = ("-addext", "subjectAltName=DNS:localhost")


@dataclass(frozen=True)
class Lack:
    """What a way, or openssl with it, cannot do: what it says then, and why."""

    said: str
    why: str


@dataclass(frozen=True)
class Way:
    """How a token comes into openssl: the configuration, where @MODULE@ and @PIN@ stand for the token, and the options that
    say that a key's name is one of the token's."""

    configuration: str
    options: Sequence[str] = ()
    ca_options: Sequence[str] = ()  # the same for the key of `x509 -CAkey`
    lacks: Mapping[str, Lack] = field(default_factory=dict)  # by the words of the check
    peer_wants: str = ""  # more lines of the configuration, which SoftHSM cannot do without

    def excuse(self, words: str, said: str) -> None:
        """Skips a check whose failure, by what was said, is one of the way itself."""
        lack = self.lacks.get(words)
        if lack and lack.said in said:
            raise Skipped(lack.why)


class Program:
    """Runs openssl with the token of one group. Keys made here are in a file, for the software, and in the token."""

    def __init__(self, token: Token, way: Way, *names: str) -> None:
        self.token = token
        self.way = way
        self.numbers = itertools.count()
        self.env = self.environment(way.configuration)
        for name in names:
            self.make(name)

    def environment(self, configuration: str) -> dict[str, str]:
        """That of the token with another configuration of openssl."""
        wanted = configuration + (self.way.peer_wants if self.token.of_peer else "")
        text = wanted.replace("@MODULE@", str(self.token.module)).replace("@PIN@", USER_PIN)
        return {**self.token.env, "OPENSSL_CONF": str(self.file(text.encode()))}

    def attempt(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Finished:
        return run(["openssl", *words], env=env or self.env, stdin=stdin, cwd=self.token.directory, time_limit_s=30)

    def __call__(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """What the program writes, with the token's keys in reach."""
        return self.attempt(*words, stdin=stdin, env=env).must_work().out

    def with_key(
        self,
        command: str,
        option: str,
        key: str,
        *words: str | Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """A command with a key of the token; `option` is what the command calls its key."""
        return self(command, *self.way.options, option, key, *words, stdin=stdin, env=env)

    def make(self, name: str) -> None:
        """A key pair and its certificate, made by the software and written to the token."""
        private = openssl.make_key(self.pem(name), KEYS[name])
        public = openssl.public_key(private)
        openssl.make_certificate(self.certificate(name), private, "/CN=localhost", *SUBJECT_ALTERNATIVE)
        write = self.write_by_p11tool if name == "ed25519" else self.write_by_pkcs11_tool
        write(name, f"{list(KEYS).index(name) + 1:02}", private, public)

    def write_by_pkcs11_tool(self, name: str, ident: str, private: Path, public: Path, *options: str) -> None:
        usage = ["--usage-sign", "--usage-decrypt" if name == "rsa" else "--usage-derive"]
        objects = {
            "privkey": openssl.openssl("pkey", "-in", private, "-outform", "DER"),
            "pubkey": openssl.public_der(public),
            "cert": openssl.certificate_der(self.certificate(name)),
        }
        tool = ["pkcs11-tool", "--module", self.token.module, "--token-label", LABEL, "--login", "--pin", USER_PIN]
        for kind, der in objects.items():
            words = ["--write-object", self.file(der), "--type", kind, "--label", name, "--id", ident]
            extra = [*usage, *options] if kind == "privkey" else usage if kind == "pubkey" else []
            run([*tool, *words, *extra], env=self.token.env).must_work()

    def write_by_p11tool(self, name: str, ident: str, private: Path, public: Path) -> None:
        """For kinds of keys that pkcs11-tool does not write."""
        tool = ["p11tool", "--provider", self.token.module, "--batch", "--login", "--write"]
        env = {**self.token.env, "GNUTLS_PIN": USER_PIN}
        for option, path in (("--load-privkey", private), ("--load-pubkey", public)):
            run([*tool, option, path, "--label", name, "--id", ident, f"pkcs11:token={LABEL}"], env=env).must_work()

    def pem(self, name: str) -> Path:
        """The private key for openssl's own software."""
        return self.token.path(f"{name}.pem")

    def public_pem(self, name: str) -> Path:
        return self.token.path(f"{name}.pub")

    def certificate(self, name: str) -> Path:
        return self.token.path(f"{name}.crt")

    def file(self, content: bytes) -> Path:
        path = self.new_file()
        path.write_bytes(content)
        return path

    def new_file(self) -> Path:
        return self.token.path(f"openssl-{next(self.numbers)}")


def uri(name: str, kind: str = "private", **more: str) -> str:
    """The URI of an object of the token; other attributes are spelled with `_` for `-`."""
    parts = {"token": LABEL, "object": name, "type": kind}
    path = ";".join(f"{attribute}={quote(value)}" for attribute, value in parts.items())
    queries = "&".join(f"{query.replace('_', '-')}={value}" for query, value in more.items())
    return f"pkcs11:{path}" + (f"?{queries}" if queries else "")
