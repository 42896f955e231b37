"""RESULTS.md and what the terminal shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .check import Outcome

RESULTS = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class GroupReport:
    """A group's outcomes under what it is about."""

    about: str
    outcomes: Sequence[Outcome]
    seconds: float = 0.0


@dataclass(frozen=True)
class ClientReport:
    name: str
    version: str
    groups: Sequence[GroupReport]

    def outcomes(self) -> list[Outcome]:
        return [outcome for group in self.groups for outcome in group.outcomes]


def count(outcomes: Iterable[Outcome]) -> tuple[int, int, int]:
    """How many passed, failed and were skipped."""
    by_result = Counter(outcome.result for outcome in outcomes)
    return by_result["passed"], by_result["failed"], by_result["skipped"]


def totals(reports: Iterable[ClientReport]) -> str:
    return in_words([outcome for report in reports for outcome in report.outcomes()])


def in_words(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(f"{figure} {result}" for figure, result in zip(count(outcomes), RESULTS))


def on_terminal(report: ClientReport, *, verbose: bool) -> str:
    """One line per group, and one per check that did not pass (with `verbose`, per check)."""
    lines = [f"{report.name} {report.version}"]
    for group in report.groups:
        lines.append(f"  {group.about} {in_words(group.outcomes)} ({group.seconds:.1f} s)")
        for outcome in group.outcomes:
            if verbose or outcome.result == "failed":
                lines.append(f"    {outcome.result}: {outcome.name}" + (f": {outcome.why}" if outcome.why else ""))
    return "\n".join(lines)


HEAD = """# Conformance: real clients

Written by `conformance/run`, which drives each client against a fresh token of `libvhsm.so` {version}. Answers are
compared with the `openssl` program's wherever there is something to compare.

| client | version | passed | failed | skipped |
|---|---|---|---|---|
"""


def results_md(version: str, reports: Sequence[ClientReport]) -> str:
    """The whole of RESULTS.md: a summary, and a section per client."""
    text = HEAD.format(version=version)
    for report in reports:
        figures = " | ".join(map(str, count(report.outcomes())))
        text += f"| [{report.name}](#{report.name}) | {report.version} | {figures} |\n"
    return text + "".join(section(report) for report in reports)


def section(report: ClientReport) -> str:
    text = f"\n## {report.name}\n\n| checked | passed | failed | skipped |\n|---|---|---|---|\n"
    for group in report.groups:
        text += f"| {cell(group.about)} | {' | '.join(map(str, count(group.outcomes)))} |\n"
    for result in ("failed", "skipped"):
        text += reasons(result, [outcome for outcome in report.outcomes() if outcome.result == result])
    return text


def reasons(result: str, outcomes: Sequence[Outcome]) -> str:
    """A table of why; checks with the same reason share a row."""
    if not outcomes:
        return ""
    by_reason: dict[str, list[str]] = {}
    for outcome in outcomes:
        by_reason.setdefault(outcome.why, []).append(outcome.name)
    rows = "".join(f"| {cell('; '.join(names))} | {cell(why)} |\n" for why, names in by_reason.items())
    return f"\n| {result} | why |\n|---|---|\n{rows}"


def cell(text: str) -> str:
    return text.replace("|", "\\|")
