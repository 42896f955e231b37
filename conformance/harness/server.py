"""Servers that a check starts: they are waited for, watched and ended, with whatever they have started themselves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from .check import Failed

WAITING_S = 20.0
STEP_S = 0.02

Found = TypeVar("Found")
Own = TypeVar("Own", bound="Server")


def wait_until(found: Callable[[], Found], what: str, limit_s: float = WAITING_S) -> Found:
    """Asks again until the answer is true, and gives it."""
    end = time.monotonic() + limit_s
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {limit_s:.0f} s")
        time.sleep(STEP_S)


class Server:
    """A program for as long as the `with` lasts, in a process group of its own.

    With `pid_file` it goes to the background by itself and leaves the number of its process there.
    """

    def __init__(
        self, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, pid_file: Path | None = None
    ) -> None:
        self.command = [str(word) for word in command]
        self.env = env
        self.log = log
        self.pid_file = pid_file
        self.process: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def ready(self) -> bool:
        """Whether it serves; a server says how that is seen."""
        raise NotImplementedError

    def start(self) -> None:
        self.pid = 0
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        if self.pid_file is None:
            self.pid = self.process.pid
        elif self.process.wait(WAITING_S) == 0:
            self.pid = wait_until(self.pid_from_file, f"the process number of {self.name}")
        wait_until(lambda: self.ready() or self.has_ended(), f"{self.name} serves")
        if self.has_ended():
            raise Failed(f"{self.name} ended with status {self.process.returncode}: {self.last_words()}")

    def has_ended(self) -> bool:
        """Whether it has ended, and is not just on its way to the background."""
        if self.ended():
            time.sleep(0.3)
        return self.ended()

    def pid_from_file(self) -> int:
        assert self.pid_file is not None
        return int(self.pid_file.read_text() or 0) if self.pid_file.is_file() else 0

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ends it as its manual says and gives its status; none of its processes may be left."""
        self.signal(by)
        status = self.ending()
        wait_until(lambda: not self.members(), f"all processes of {self.name} end")
        return status

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def ending(self) -> int:
        """Waits for the end and gives the status, as far as a process in the background has one."""
        assert self.process is not None
        wait_until(self.ended, f"{self.name} ends")
        return self.process.returncode

    def ended(self) -> bool:
        assert self.process is not None
        if self.process.poll() is None:
            return False
        return self.pid_file is None or self.pid not in self.members()

    def members(self) -> list[int]:
        """The processes of its group."""
        return [pid for pid, stat in processes() if self.pid and int(stat[2]) == self.pid and stat[0] != "Z"]

    def children(self) -> list[int]:
        """What it has forked and is still there."""
        return sorted(pid for pid, stat in processes() if int(stat[1]) == self.pid and stat[0] != "Z")

    @property
    def name(self) -> str:
        return Path(self.command[0]).name

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def last_words(self) -> str:
        return next(iter(reversed(self.said().split("\n")[:-1])), "it said nothing")

    def __enter__(self: Own) -> Own:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing of it stays, however the check has ended."""
        if self.process is None:
            return
        with suppress(Failed, ProcessLookupError):
            if self.pid and not self.ended():
                self.signal(signal.SIGTERM)
                self.ending()
        for group in {self.process.pid, self.pid} - {0}:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait()


def processes() -> list[tuple[int, list[str]]]:
    """All processes, with their state, parent and group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found.append((int(path.parent.name), path.read_text().rpartition(")")[2].split()))
    return found


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAITING_S).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port
