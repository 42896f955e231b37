"""The two tokens: SoftHSM's and vhsm's, each behind its module in a process of its own, and the way between them."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness import USER_PIN, Failed, Lacking, Token, expect, run

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
OLD_PIN = "1234"
SESSION = Path(__file__).parents[1] / "differential" / "session.py"

# SoftHSM computes by OpenSSL 3, which has DES among its legacy algorithms only.
OPENSSL_CONFIGURATION = """openssl_conf = main
[main]
providers = providers
[providers]
default = active
legacy = active
[active]
activate = 1
"""

Told = list[tuple[str, str, list[str]]]  # of each object its name, what became of it, and why


class Refusal(Failed):
    """A module did not answer CKR_OK."""


class Module:
    """A module in a process of its own, with a session of the user."""

    def __init__(self, path: Path, pin: str, env: Mapping[str, str]) -> None:
        self.name = path.name
        pipe = subprocess.PIPE
        env = {**env, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen([sys.executable, SESSION, path, pin], env=env, stdin=pipe, stdout=pipe)

    def ask(self, method: str, *arguments: object) -> Any:
        """Calls a method of differential/session.py's `Session`."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            pickle.dump((method, arguments), self.process.stdin)
            self.process.stdin.flush()
            kind, value = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            raise Failed(f"the process of {self.name} ended in {method}") from None
        if kind == "refused":
            raise Refusal(f"{self.name} refused: {value}")
        return value

    def read(self, handle: int, attribute: int) -> bytes | None:
        """An attribute's value, if it comes out."""
        try:
            return self.ask("read", handle, [attribute])[0]
        except Refusal:
            return None

    def one(self, template: dict[int, Any]) -> int:
        """The only object with these attributes."""
        found = self.ask("find", template)
        expect(len(found) == 1, f"{self.name} has {len(found)} objects with {template}")
        return found[0]

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)


@contextmanager
def opened(path: Path, pin: str, env: Mapping[str, str]) -> Iterator[Module]:
    module = Module(path, pin, env)
    try:
        yield module
    finally:
        module.end()


@contextmanager
def both(token: Token, env: Mapping[str, str]) -> Iterator[tuple[Module, Module]]:
    """SoftHSM and vhsm."""
    with opened(SOFTHSM, OLD_PIN, env) as there, opened(token.module, USER_PIN, env) as here:
        yield there, here


def prepare(token: Token) -> dict[str, str]:
    """Makes the token of SoftHSM, empty, and the files with the PINs; gives the environment that knows both tokens."""
    if not SOFTHSM.exists() or not program(token).exists():
        raise Lacking("needs Debian's softhsm2, and the program vhsm beside the module")
    old = token.path("old")
    old.mkdir()
    token.write("old.conf", f"directories.tokendir = {old}\nobjectstore.backend = file\n".encode())
    token.write("old.pin", OLD_PIN.encode())
    token.write("new.pin", USER_PIN.encode())
    env = {**token.env, "SOFTHSM2_CONF": str(token.path("old.conf"))}
    env["OPENSSL_CONF"] = str(token.write("openssl.cnf", OPENSSL_CONFIGURATION.encode()))
    words = ["--init-token", "--free", "--label", "old", "--so-pin", "12345678", "--pin", OLD_PIN]
    run(["softhsm2-util", *words], env=env).must_work()
    return env


def program(token: Token) -> Path:
    return token.module.parent / "vhsm"


def command(token: Token, *more: str) -> Sequence[str | Path]:
    """The migration's command line."""
    words = ["--from-pin-file", token.path("old.pin"), "--pin-file", token.path("new.pin")]
    return [program(token), "migrate", "softhsm2", *words, *more]


def migrate(token: Token, env: Mapping[str, str], status: int) -> Told:
    """Runs the migration, with a report for machines."""
    done = run(command(token, "--json"), env=env)
    expect(done.status == status, f"vhsm migrate ended with {done.ending}: {done.text}")
    return [(one["object"], one["result"], one["why"]) for one in json.loads(done.out)["objects"]]


def report(token: Token, env: Mapping[str, str]) -> str:
    """What the migration says to people, last line included."""
    return run(command(token), env=env).out.decode()


def progress(token: Token, env: Mapping[str, str]) -> str:
    """What the migration shows on a terminal while it works."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    env = {**env, "TERM": "xterm"}
    with subprocess.Popen(command(token), env=env, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # which is how the end of a terminal is told
            while some := os.read(controller, 4096):
                shown += some
        process.wait(timeout=60)
    os.close(controller)
    return shown.decode(errors="replace")


def results(told: Told) -> dict[str, int]:
    """How many objects each became of."""
    words = [result for _, result, _ in told]
    return {word: words.count(word) for word in ("carried over", "there already", "left behind")}
