"""RESULTS.md and what the terminal shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .check import Outcome

RESULTS = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class GroupReport:
    """A group's outcomes under what it is about."""

    about: str
    outcomes: Sequence[Outcome]
    seconds: float = 0.0
    peer: Sequence[Outcome] | None = None  # what came of the same group on the peer, where it has run there


@dataclass(frozen=True)
class ClientReport:
    name: str
    version: str
    groups: Sequence[GroupReport]

    def outcomes(self) -> list[Outcome]:
        return [outcome for group in self.groups for outcome in group.outcomes]

    def peer_outcomes(self) -> list[Outcome] | None:
        ran = [group.peer for group in self.groups if group.peer is not None]
        return [outcome for outcomes in ran for outcome in outcomes] if ran else None


def count(outcomes: Iterable[Outcome]) -> tuple[int, int, int]:
    """How many passed, failed and were skipped."""
    by_result = Counter(outcome.result for outcome in outcomes)
    return by_result["passed"], by_result["failed"], by_result["skipped"]


def totals(reports: Iterable[ClientReport]) -> str:
    return in_words([outcome for report in reports for outcome in report.outcomes()])


def in_words(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(f"{figure} {result}" for figure, result in zip(count(outcomes), RESULTS))


def on_terminal(report: ClientReport, *, verbose: bool) -> str:
    """One line per group, and one per check that did not pass (with `verbose`, per check, and the peer's as well)."""
    lines = [f"{report.name} {report.version}"]
    for group in report.groups:
        beside = "" if group.peer is None else f"; SoftHSM: {in_words(group.peer)}"
        lines.append(f"  {group.about} {in_words(group.outcomes)}{beside} ({group.seconds:.1f} s)")
        lines += [f"    {line(outcome)}" for outcome in group.outcomes if verbose or outcome.result == "failed"]
        lines += [f"    SoftHSM {line(outcome)}" for outcome in (group.peer or []) if verbose]
    return "\n".join(lines)


def line(outcome: Outcome) -> str:
    return f"{outcome.result}: {outcome.name}" + (f": {outcome.why}" if outcome.why else "")


HEAD = """# Conformance: real clients

Written by `conformance/run`, which drives each client against a fresh token of `libvhsm.so` {version}. Answers are
compared with the `openssl` program's wherever there is something to compare. Clients that run on any module have run
on Debian's SoftHSM in the same run as well, on a fresh token of its own for each group; what it fails is a figure here.

"""
FIGURES = "passed | failed | skipped | SoftHSM: passed | failed | skipped |"


def results_md(version: str, reports: Sequence[ClientReport]) -> str:
    """The whole of RESULTS.md: a summary, and a section per client."""
    text = HEAD.format(version=version) + f"| client | version | {FIGURES}\n{'|---' * 8}|\n"
    for report in reports:
        both = figures(report.outcomes(), report.peer_outcomes())
        text += f"| [{report.name}](#{report.name}) | {report.version} | {both}\n"
    return text + "".join(section(report) for report in reports)


BEGIN, END = "<!-- clients: begin -->\n", "<!-- clients: end -->\n"


def readme_md(text: str, reports: Sequence[ClientReport], recipes: Collection[str]) -> str:
    """The project's README with the table between its marks made anew; a client with a recipe is a link to it."""
    table = f"| client | version | {FIGURES}\n{'|---' * 8}|\n"
    for report in reports:
        named = [recipe for recipe in recipes if recipe == report.name or recipe.startswith(f"{report.name}-")]
        name = f"[{report.name}](docs/clients/{min(named)}.md)" if named else report.name
        table += f"| {name} | {report.version} | {figures(report.outcomes(), report.peer_outcomes())}\n"
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table + END + rest.partition(END)[2]


def section(report: ClientReport) -> str:
    text = f"\n## {report.name}\n\n| checked | {FIGURES}\n{'|---' * 7}|\n"
    for group in report.groups:
        text += f"| {cell(group.about)} | {figures(group.outcomes, group.peer)}\n"
    for result in ("failed", "skipped"):
        text += reasons(result, [outcome for outcome in report.outcomes() if outcome.result == result])
    return text


def figures(outcomes: Sequence[Outcome], peer: Sequence[Outcome] | None) -> str:
    """The cells of a row; the peer's are empty where it has not run."""
    beside = ("", "", "") if peer is None else count(peer)
    return "".join(f"{figure} | " for figure in (*count(outcomes), *beside)).rstrip()


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
