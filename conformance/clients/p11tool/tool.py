"""p11tool as a function, its listings as data, URLs of objects."""

from __future__ import annotations

import itertools
from pathlib import Path
from urllib.parse import quote

from harness import LABEL, SO_PIN, USER_PIN, Failed, Finished, Token, run

Listed = dict[str, str]

TOKEN_URL = f"pkcs11:token={LABEL}"


def url(**attributes: str) -> str:
    """The URL of an object of the token; `type` is spelled `kind`."""
    parts = [f"{'type' if name == 'kind' else name}={quote(value, safe='%')}" for name, value in attributes.items()]
    return ";".join([TOKEN_URL, *parts])


class Tool:
    """Calls GnuTLS's programs for one token, with its PINs in the environment."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.env = {**token.env, "GNUTLS_PIN": USER_PIN, "GNUTLS_SO_PIN": SO_PIN}
        self.numbers = itertools.count()

    def attempt(self, *words: str | Path, login: bool = True, env: dict[str, str] | None = None) -> Finished:
        command = ["p11tool", "--provider", self.token.module, "--batch", *(["--login"] if login else []), *words]
        return run(command, env={**self.env, **(env or {})})

    def __call__(self, *words: str | Path, login: bool = True, env: dict[str, str] | None = None) -> Finished:
        return self.attempt(*words, login=login, env=env).must_work()

    def to_file(self, *words: str | Path, login: bool = True) -> bytes:
        """What the call writes to its output file."""
        output = self.new_file()
        self(*words, "--outfile", output, login=login)
        return output.read_bytes()

    def objects(self, *words: str, login: bool = True) -> list[Listed]:
        """The listing; none is what the program calls a failure of its own kind."""
        done = self.attempt("--list-all", *words, TOKEN_URL, login=login)
        return [] if "No matching objects" in done.text else parse(done.must_work().out.decode())

    def file(self, content: bytes) -> Path:
        path = self.new_file()
        path.write_bytes(content)
        return path

    def new_file(self) -> Path:
        return self.token.path(f"file-{next(self.numbers)}")


def parse(text: str) -> list[Listed]:
    """Objects and tokens begin with a number; their lines are indented `Name: value`."""
    entries: list[Listed] = []
    for line in text.splitlines():
        name, colon, value = line.strip().partition(":")
        if line.startswith(("Object ", "Token ")):
            entries.append({})
        elif entries and colon:
            entries[-1][name] = value.strip()
    return entries


def only(objects: list[Listed], kind: str, label: str) -> Listed:
    """The one object whose type begins with `kind` and that has the label."""
    found = [o for o in objects if o["Type"].startswith(kind) and o["Label"] == label]
    if len(found) != 1:
        raise Failed(f"{len(found)} objects are {kind} {label}, not one")
    return found[0]
