"""Checks, their outcomes, and the groups they come in.

A group is a function of a fresh token and of `Checks`; its first line of documentation stands in RESULTS.md. Inside,
`with check("what must hold"):` passes unless the block raises: `Skipped` skips, anything else fails.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Iterator


class Failed(Exception):
    """What was expected does not hold; the text says what came instead."""


class Skipped(Exception):
    """The client cannot do this; the text says why."""


@dataclass(frozen=True)
class Outcome:
    """How one check ended. `why` is empty when it passed."""

    name: str
    result: str  # "passed", "failed" or "skipped"
    why: str = ""


@dataclass
class Checks:
    """Collects the outcomes of one group."""

    outcomes: list[Outcome] = field(default_factory=list)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        try:
            yield
        except Skipped as reason:
            self.skip(name, str(reason))
        except Exception as error:
            self.outcomes.append(Outcome(name, "failed", reason_of(error)))
        else:
            self.outcomes.append(Outcome(name, "passed"))

    def skip(self, name: str, why: str) -> None:
        self.outcomes.append(Outcome(name, "skipped", why))


def reason_of(error: Exception) -> str:
    """One line that says what went wrong."""
    text = " ".join(str(error).split())
    return text if isinstance(error, Failed) else f"{type(error).__name__}: {text}"


def expect(condition: object, otherwise: str) -> None:
    if not condition:
        raise Failed(otherwise)


def expect_equal(got: Any, wanted: Any, what: str) -> None:
    if got != wanted:
        raise Failed(f"{what} is {shown(got)}, not {shown(wanted)}")


def shown(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 80 else f"{text[:70]}… ({len(value)} long)"


Group = Callable[..., None]


def group(
    *, initialised: bool = True, settings: dict[str, object] | None = None, peer: bool = True, **more: object
) -> Callable[[Group], Group]:
    """Says what token a group wants: a blank one, one under a changed configuration, or with its own `pins` (SO, user).

    `peer=False` is for a group that asks what no other module offers; it stays off the peer.
    """

    def mark(function: Group) -> Group:
        function.token = {"initialised": initialised, "settings": settings or {}, **more}  # type: ignore[attr-defined]
        function.peer = peer  # type: ignore[attr-defined]
        return function

    return mark
