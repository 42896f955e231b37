"""The module in its process, as the groups use it."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from harness import USER_PIN, Failed, Token

from .words import CKA, CKF, CKR, CKU, name_of

Value = bytes | bool | int
Template = Mapping[str, Value]
TIME_LIMIT_S = 60  # for all that one process does
SPACE = 4096  # bytes for an attribute or a signature, more than any of them has


class Provider:
    """A process that has loaded the module; `with` ends it."""

    def __init__(self, token: Token) -> None:
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("abi.py"), token.module],
            env={**token.env, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.limit = threading.Timer(TIME_LIMIT_S, self.process.kill)

    def __enter__(self) -> Provider:
        self.limit.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()
        self.limit.cancel()
        self.process.stdout.close()

    def ask(self, method: str, *arguments: object) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            pickle.dump((method, *arguments), self.process.stdin)
            self.process.stdin.flush()
            kind, value = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            raise Failed("the process with the module has ended") from None
        if kind == "refused":
            raise Failed(value)
        return value

    def answer(self, function: str, *arguments: tuple[Any, ...]) -> tuple[int, list[Any]]:
        """Calls a function: its return value, and what came out."""
        return self.ask("call", function, arguments)

    def works(self, function: str, *arguments: tuple[Any, ...]) -> list[Any]:
        """Calls a function that must answer CKR_OK."""
        answer, found = self.answer(function, *arguments)
        if answer != CKR["OK"]:
            raise Failed(f"{function} answers {name_of('CKR', answer)}")
        return found

    def refuses(self, function: str, *arguments: tuple[Any, ...]) -> str:
        """Calls a function that must not answer CKR_OK: the name of what it answers."""
        answer, _ = self.answer(function, *arguments)
        if answer == CKR["OK"]:
            raise Failed(f"{function} works")
        return name_of("CKR", answer)

    def slots(self) -> list[int]:
        ((count, _),) = self.works("C_GetSlotList", ("boolean", True), ("numbers", None))
        ((_, slots),) = self.works("C_GetSlotList", ("boolean", True), ("numbers", count))
        return slots

    def session(self, slot: int, *, read_write: bool = True) -> int:
        flags = CKF["SERIAL_SESSION"] | (CKF["RW_SESSION"] if read_write else 0)
        return self.works("C_OpenSession", ("number", slot), ("number", flags), ("null",), ("null",), ("place",))[0]

    def login(self, session: int, user: str = "USER", pin: str = USER_PIN) -> None:
        self.works("C_Login", ("number", session), ("number", CKU[user]), ("data", pin.encode()))

    def create(self, session: int, template: Template) -> int:
        return self.works("C_CreateObject", ("number", session), ("template", rows(template)), ("place",))[0]

    def find(self, session: int, template: Template, most: int = 100) -> list[int]:
        self.works("C_FindObjectsInit", ("number", session), ("template", rows(template)))
        found = self.works("C_FindObjects", ("number", session), ("handles", most))[0]
        self.works("C_FindObjectsFinal", ("number", session))
        return found

    def read(self, session: int, handle: int, *names: str) -> dict[str, bytes]:
        wanted = ("wanted", [(CKA[name], SPACE) for name in names])
        (found,) = self.works("C_GetAttributeValue", ("number", session), ("number", handle), wanted)
        return {name: value for name, (_, _, value) in zip(names, found)}


def rows(template: Template) -> list[tuple[int, bytes]]:
    """A template in C's terms."""
    return [(CKA[name], value_bytes(value)) for name, value in template.items()]


def value_bytes(value: Value) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    return value.to_bytes(8, sys.byteorder) if isinstance(value, int) else value
