"""pkcs11-tool as a function, its listings as data, and files for what it reads and writes."""

from __future__ import annotations

import itertools
from pathlib import Path

from harness import USER_PIN, Failed, Finished, Token, expect, run

Listed = dict[str, str]  # an object of a listing; what it is stands under "kind"


class Tool:
    """Calls the program for one token. Words are taken as they are; `pin=None` logs nobody in."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.numbers = itertools.count()

    def attempt(self, *words: str | Path, pin: str | None = USER_PIN, stdin: bytes = b"") -> Finished:
        login = ["--login", "--pin", pin] if pin is not None else []
        command = ["pkcs11-tool", "--module", self.token.module, *login, *words]
        return run(command, env=self.token.env, stdin=stdin)

    def __call__(self, *words: str | Path, pin: str | None = USER_PIN, stdin: bytes = b"") -> Finished:
        return self.attempt(*words, pin=pin, stdin=stdin).must_work()

    def refused(self, reason: str, *words: str | Path, pin: str | None = USER_PIN) -> None:
        """The call must fail and say `reason`."""
        done = self.attempt(*words, pin=pin)
        expect(done.status != 0, f"not refused, expected {reason}")
        expect(reason in done.text, f"refused, but not with {reason}: {done.last_words}")

    def filter(self, *words: str | Path, data: bytes, pin: str | None = USER_PIN) -> bytes:
        """The output file for an input file."""
        output = self.new_file()
        self(*words, "--input-file", self.file(data), "--output-file", output, pin=pin)
        return output.read_bytes()

    def sign(self, mechanism: str, ident: str, data: bytes, *words: str) -> bytes:
        return self.filter("--sign", "--mechanism", mechanism, "--id", ident, *words, data=data)

    def verify(self, *words: str | Path, data: bytes, signature: bytes) -> str:
        """What the program says of a signature."""
        files = ["--input-file", self.file(data), "--signature-file", self.file(signature)]
        return self("--verify", *words, *files).out.decode().strip().splitlines()[-1]

    def objects(self, *words: str, pin: str | None = USER_PIN) -> list[Listed]:
        return parse_listing(self("--list-objects", *words, pin=pin).out.decode())

    def read(self, kind: str, ident: str, *words: str, pin: str | None = USER_PIN) -> bytes:
        output = self.new_file()
        self("--read-object", "--type", kind, "--id", ident, "--output-file", output, *words, pin=pin)
        return output.read_bytes()

    def write(self, path: Path, kind: str, ident: str, *words: str, pin: str | None = USER_PIN) -> None:
        self("--write-object", path, "--type", kind, "--id", ident, *words, pin=pin)

    def file(self, content: bytes) -> Path:
        path = self.new_file()
        path.write_bytes(content)
        return path

    def new_file(self) -> Path:
        return self.token.path(f"file-{next(self.numbers)}")


def parse_listing(text: str) -> list[Listed]:
    """Objects begin at the margin; their attributes are indented `name: value`."""
    objects: list[Listed] = []
    for line in text.splitlines():
        name, colon, value = line.strip().partition(":")
        if line and not line.startswith(" ") and ("Object" in line or "object" in line):
            kind, _, point = line.partition("  EC_POINT")
            objects.append({"kind": kind.strip()})
        elif objects and colon and line.startswith("  "):
            objects[-1][name] = value.strip()
    return objects


def only(objects: list[Listed], kind: str, **wanted: str) -> Listed:
    """The one object whose kind begins with `kind` and that has these attributes."""
    found = [o for o in objects if o["kind"].startswith(kind) and wanted.items() <= o.items()]
    if len(found) != 1:
        raise Failed(f"{len(found)} objects are {kind} {wanted or ''}, not one")
    return found[0]


def has_words(listed: Listed, attribute: str, *words: str) -> None:
    """A comma-separated attribute (Usage, Access) is exactly these words."""
    got = {word.strip() for word in listed.get(attribute, "").split(",")}
    expect(got == set(words), f"{attribute} is {sorted(got)}, not {sorted(words)}")
