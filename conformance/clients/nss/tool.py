"""NSS's programs as functions: a fresh database of NSS with the module in it, and its listings as data."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from harness import LABEL, USER_PIN, Failed, Finished, Token, run

MODULE = "token"  # the module's name in the database
EXTENSIONS = [
    *("--keyUsage", "digitalSignature,keyEncipherment"),
    *("--nsCertType", "sslServer,sslClient,smime,objectSigning"),
    *("--extKeyUsage", "serverAuth,clientAuth,emailProtection,codeSigning"),
    *("-8", "localhost"),
]
# Kinds of keys in certutil's words.
KINDS = {
    "rsa-2048": ["-k", "rsa", "-g", "2048"],
    "rsa-3072": ["-k", "rsa", "-g", "3072"],
    "rsa-4096": ["-k", "rsa", "-g", "4096"],
    "p-256": ["-k", "ec", "-q", "nistp256"],
    "p-384": ["-k", "ec", "-q", "nistp384"],
    "p-521": ["-k", "ec", "-q", "nistp521"],
}
MAY_LEAVE = ["--keyAttrFlags", "token,private,insensitive,extractable"]


@dataclass(frozen=True)
class Key:
    """A private key as `certutil -K` lists it."""

    kind: str
    ident: str
    nickname: str  # "(orphan)" without a certificate


class Database:
    """A database of NSS, without a password of its own, and the programs that work with it."""

    def __init__(self, token: Token, *, with_module: bool = True) -> None:
        self.token = token
        self.numbers = itertools.count()
        self.place = token.path("db")
        self.place.mkdir()
        self.pin = token.write("pin", USER_PIN.encode())
        self.noise = token.write("noise", bytes(range(256)) * 8)
        self.attempt("certutil", "-N", "--empty-password").must_work()
        if with_module:
            self.modutil("-add", MODULE, "-libfile", token.module)

    @property
    def name(self) -> str:
        return f"sql:{self.place}"

    def attempt(self, program: str, *words: str | Path, stdin: bytes = b"") -> Finished:
        """A program with the database. One that asks for a PIN and gets none asks for ever: its time is limited."""
        database = ["-dbdir" if program == "modutil" else "-d", self.name]
        command = ["prlimit", "--cpu=10", program, *database, *words]
        done = run(command, env=self.token.env, stdin=stdin, cwd=self.token.directory, time_limit_s=60)
        return Finished(done.command[2:], done.status, done.out, done.err)

    def modutil(self, *words: str | Path) -> str:
        return self.attempt("modutil", *words, "-force").must_work().text

    def certutil(self, *words: str | Path, stdin: bytes = b"") -> Finished:
        return self.attempt("certutil", *words, "-f", self.pin, stdin=stdin).must_work()

    def in_token(self, *words: str | Path, stdin: bytes = b"") -> Finished:
        """certutil on the token."""
        return self.certutil(*words, "-h", LABEL, stdin=stdin)

    def generate(self, kind: str, *words: str) -> Key:
        """The key that `certutil -G` adds."""
        before = self.keys()
        self.in_token("-G", *KINDS[kind], "-z", self.noise, *words)
        new = [key for key in self.keys() if key not in before]
        if len(new) != 1:
            raise Failed(f"{len(new)} keys are new, not one")
        return new[0]

    def make_ca(self, name: str = "ca", kind: str = "rsa-2048") -> None:
        """A key and a self-signed certificate that certifies. (The answers are: it does, to any depth, critical.)"""
        words = ["-S", *KINDS[kind], "-z", self.noise, "-n", name, "-s", f"CN={name}", "-x", "-t", "CTu,CTu,CTu"]
        self.in_token(*words, "-m", "1", "-2", stdin=b"y\n\ny\n")

    def make_leaf(self, name: str, kind: str, serial: int, *words: str, ca: str = "ca") -> None:
        """A key, and its certificate by the CA, for all uses."""
        made = ["-S", *KINDS[kind], "-z", self.noise, "-n", name, "-s", f"CN={name},E={name}@example.com"]
        by = ["-c", nickname(ca), "-t", "u,u,u", "-m", str(serial), "-7", f"{name}@example.com", *EXTENSIONS]
        self.in_token(*made, *by, *words)

    def keys(self) -> list[Key]:
        done = self.attempt("certutil", "-K", "-f", self.pin, "-h", LABEL)
        if "no keys found" in done.text:
            return []
        found = re.findall(r"<\s*\d+> (\S+)\s+([0-9a-f]+)\s+(.*)", done.must_work().out.decode())
        return [Key(kind, ident, name.strip()) for kind, ident, name in found]

    def certificates(self) -> dict[str, str]:
        """The trust in each certificate of the token, by its nickname."""
        listed = self.in_token("-L").out.decode()
        return dict(re.findall(r"^(\S.*?) +(\w*,\w*,\w*) *$", listed, re.MULTILINE))

    def pem(self, name: str) -> Path:
        """A certificate of the token as a file."""
        path = self.new_file()
        path.write_bytes(self.in_token("-L", "-n", nickname(name), "-a").out)
        return path

    def file(self, content: bytes) -> Path:
        path = self.new_file()
        path.write_bytes(content)
        return path

    def new_file(self) -> Path:
        return self.token.path(f"file-{next(self.numbers)}")


def nickname(name: str) -> str:
    return f"{LABEL}:{name}"
