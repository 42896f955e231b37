"""Runs programs to their end, with a time limit and a failure that says what the program said."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .check import Failed

TIME_LIMIT_S = 120


@dataclass(frozen=True)
class Finished:
    """A program that ended."""

    command: tuple[str, ...]
    status: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Both outputs, for a look at what was said."""
        return (self.out + self.err).decode(errors="replace")

    @property
    def ending(self) -> str:
        return f"signal {-self.status}" if self.status < 0 else f"status {self.status}"

    @property
    def last_words(self) -> str:
        """The line that most likely says why: the last of standard error, else of standard output."""
        for stream in (self.err, self.out):
            lines = [line.strip() for line in stream.decode(errors="replace").splitlines()]
            telling = [line for line in lines if line not in ("", "Aborting.")]
            if telling:
                return telling[-1]
        return "it said nothing"

    def must_work(self) -> Finished:
        if self.status != 0:
            raise Failed(f"{Path(self.command[0]).name} ended with {self.ending}: {self.last_words}")
        return self


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    cwd: Path | None = None,
    time_limit_s: float = TIME_LIMIT_S,
) -> Finished:
    """Runs a program in a session of its own, so without a terminal; whether its status is right the caller says.

    At the time limit it is killed with all that it has started.
    """
    words = tuple(str(word) for word in command)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, env=env, cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(stdin, time_limit_s)
        except BaseException as interruption:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(interruption, subprocess.TimeoutExpired):
                raise Failed(f"{Path(words[0]).name} did not end in {time_limit_s:.0f} s") from None
            raise
    return Finished(words, process.returncode, out, err)


def start(command: Sequence[str | Path], *, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Starts a server that the caller ends; what it says goes to `log`."""
    with log.open("wb") as sink:
        return subprocess.Popen(
            [str(word) for word in command], env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
