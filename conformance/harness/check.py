"""Checks, their outcomes, and the groups they come in.

A group is a function of a fresh token and of `Checks`; its first line of documentation stands in RESULTS.md. Inside,
`with check("what must hold"):` passes unless the block raises: `Skipped` skips, anything else fails. `Lacking` skips, too,
but is told loudly, and fails where everything has been installed: with CI=true in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Iterator


class Failed(Exception):
    """What was expected does not hold; the text says what came instead."""


class Skipped(Exception):
    """The client cannot do this; the text says why."""


class Lacking(Skipped):
    """Something is not installed, or not at hand; the text says what, and how it is to be had.

    `everywhere=False` says that Debian's own release has it not, so that it is skipped in CI as well.
    """

    def __init__(self, why: str, *, everywhere: bool = True) -> None:
        super().__init__(why)
        self.everywhere = everywhere


@dataclass(frozen=True)
class Outcome:
    """How one check ended. Of one that passed, `why` is what it has noted, mostly nothing."""

    name: str
    result: str  # "passed", "failed" or "skipped"
    why: str = ""
    lacking: bool = False  # whether it has not run for lack of something that can be had


@dataclass
class Checks:
    """Collects the outcomes of one group."""

    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.notes.clear()
        try:
            yield
        except Lacking as reason:
            self.outcomes.append(lack(name, str(reason), everywhere=reason.everywhere))
        except Skipped as reason:
            self.skip(name, str(reason))
        except Exception as error:
            self.outcomes.append(Outcome(name, "failed", reason_of(error)))
        else:
            self.outcomes.append(Outcome(name, "passed", "; ".join(self.notes)))

    def note(self, what: str) -> None:
        """Something that did not fail the check and is to be seen all the same, without `--verbose`."""
        self.notes.append(what)

    def skip(self, name: str, why: str) -> None:
        self.outcomes.append(Outcome(name, "skipped", why))


def in_ci() -> bool:
    """Whether all that Debian has is installed, so that what lacks is a failure."""
    return os.environ.get("CI") == "true"


def lack(name: str, why: str, *, everywhere: bool = True) -> Outcome:
    """How a check ends that cannot run because something lacks."""
    return Outcome(name, "failed" if everywhere and in_ci() else "skipped", why, lacking=True)


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
    *,
    initialised: bool = True,
    settings: Mapping[str, object] | None = None,
    why: str = "",
    besides: Mapping[str, str] | None = None,
    peer: bool = True,
    **more: object,
) -> Callable[[Group], Group]:
    """Says what token a group wants: a blank one, one under a changed configuration, or with its own `pins` (SO, user).

    `why` says what the settings are for, and `besides` what else vhsm is helped with and why; both stand in RESULTS.md.
    `peer=False` is for a group that asks what no other module offers; it stays off the peer.
    """
    if bool(settings) != bool(why):
        raise TypeError("settings want a reason (`why`), and a reason is for settings")
    tuning = [(", ".join(f"{key} = {toml(value)}" for key, value in (settings or {}).items()), why)] if settings else []
    tuning += (besides or {}).items()

    def mark(function: Group) -> Group:
        function.token = {"initialised": initialised, "settings": settings or {}, **more}  # type: ignore[attr-defined]
        function.peer = peer  # type: ignore[attr-defined]
        function.tuning = tuning  # type: ignore[attr-defined]
        return function

    return mark


def toml(value: object) -> str:
    """A value as vhsm's configuration has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml(entry) for entry in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
