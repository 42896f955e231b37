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
    tuning: Sequence[tuple[str, str]] = ()  # vhsm's settings, and what else it is helped with; and why


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

    def has_run(self) -> bool:
        """Whether anything of it has; a client that is absent has only been skipped."""
        return any(outcome.result != "skipped" for outcome in self.outcomes())

    def lacks(self) -> dict[str, int]:
        """What lacked, in words, and how many checks have not run for it."""
        return Counter(outcome.why for outcome in self.outcomes() if outcome.lacking)

    def passes_beside(self) -> tuple[int, int] | None:
        """How many checks passed, of vhsm's and of the peer's, in the groups that have run on both."""
        both = [(group.outcomes, group.peer) for group in self.groups if group.peer is not None]
        return (sum(count(own)[0] for own, _ in both), sum(count(peer)[0] for _, peer in both)) if both else None


def count(outcomes: Iterable[Outcome]) -> tuple[int, int, int]:
    """How many passed, failed and were skipped."""
    by_result = Counter(outcome.result for outcome in outcomes)
    return by_result["passed"], by_result["failed"], by_result["skipped"]


def totals(reports: Iterable[ClientReport]) -> str:
    return in_words([outcome for report in reports for outcome in report.outcomes()])


def in_words(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(f"{figure} {result}" for figure, result in zip(count(outcomes), RESULTS))


def compared(reports: Sequence[ClientReport]) -> str:
    """In which clients fewer checks pass on vhsm than on the peer, or as many; in one sentence."""
    figures = {report.name: report.passes_beside() for report in reports}
    beside = {name: both for name, both in figures.items() if both is not None}
    if not beside:
        return "Nothing has run on SoftHSM beside vhsm."
    fewer = [f"{name} ({own}, SoftHSM {peer})" for name, (own, peer) in beside.items() if own < peer]
    same = [f"{name} ({own})" for name, (own, peer) in beside.items() if own == peer]
    more = len(beside) - len(fewer) - len(same)
    text = f"More checks pass on vhsm than on SoftHSM in {more} of the {len(beside)} clients that have run on both"
    text += f"; as many in {', '.join(same)}" if same else ""
    return text + (f"; fewer in {', '.join(fewer)}" if fewer else "") + "."


def loudly(reports: Sequence[ClientReport]) -> str:
    """What has not run for lack of something, for the end of a run; nothing when all has run."""
    lines = [
        f"  {report.name}, {checks} check{'s' if checks > 1 else ''}: {why}"
        for report in reports
        for why, checks in report.lacks().items()
    ]
    return "\n".join(["WARNING: not run, for lack of something:", *lines]) if lines else ""


def on_terminal(report: ClientReport, *, verbose: bool) -> str:
    """One line per group, and one per check that failed, lacks or has noted something (with `verbose`, per check, and the
    peer's)."""
    lines = [f"{report.name} {report.version}"]
    for group in report.groups:
        beside = "" if group.peer is None else f"; SoftHSM: {in_words(group.peer)}"
        lines.append(f"  {group.about} {in_words(group.outcomes)}{beside} ({group.seconds:.1f} s)")
        shown = [one for one in group.outcomes if verbose or one.lacking or is_told(one)]
        lines += [f"    {line(outcome)}" for outcome in shown]
        lines += [f"    SoftHSM {line(outcome)}" for outcome in (group.peer or []) if verbose]
    return "\n".join(lines)


def is_told(outcome: Outcome) -> bool:
    """Whether it is shown without `--verbose`: a failure, or what a check that passed has noted."""
    return outcome.result == "failed" or (outcome.result == "passed" and bool(outcome.why))


def line(outcome: Outcome) -> str:
    return f"{outcome.result}: {outcome.name}" + (f": {outcome.why}" if outcome.why else "")


HEAD = """# Conformance: real clients

Written by `conformance/run`, which drives each client against a fresh token of `libvhsm.so` {version}. Answers are
compared with the `openssl` program's wherever there is something to compare. Clients that run on any module have run
on Debian's SoftHSM in the same run as well, on a fresh token of its own for each group; what it fails is a figure here.
vhsm has the configuration that it comes with, unless a client's section names settings, with the groups of checks that
run under them and the reason.

"""
FIGURES = "checks | passed | failed | skipped | SoftHSM: checks | passed | failed | skipped |"
COLUMNS = 8


def results_md(version: str, reports: Sequence[ClientReport]) -> str:
    """The whole of RESULTS.md: a summary, and a section per client."""
    text = HEAD.format(version=version) + f"| client | version | {FIGURES}\n{'|---' * (COLUMNS + 2)}|\n"
    for report in reports:
        both = figures(report.outcomes(), report.peer_outcomes())
        text += f"| [{report.name}](#{report.name}) | {report.version} | {both}\n"
    return text + f"\n{compared(reports)}\n" + "".join(section(report) for report in reports)


BEGIN, END = "<!-- clients: begin -->\n", "<!-- clients: end -->\n"


def readme_md(text: str, reports: Sequence[ClientReport], recipes: Collection[str]) -> str:
    """The project's README with the table between its marks made anew; a client with a recipe is a link to it."""
    table = f"| client | version | {FIGURES}\n{'|---' * (COLUMNS + 2)}|\n"
    for report in reports:
        named = [recipe for recipe in recipes if recipe == report.name or recipe.startswith(f"{report.name}-")]
        name = f"[{report.name}](docs/clients/{min(named)}.md)" if named else report.name
        table += f"| {name} | {report.version} | {figures(report.outcomes(), report.peer_outcomes())}\n"
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table + END + rest.partition(END)[2]


def section(report: ClientReport) -> str:
    text = f"\n## {report.name}\n\n| checked | {FIGURES}\n{'|---' * (COLUMNS + 1)}|\n"
    for group in report.groups:
        text += f"| {cell(group.about)} | {figures(group.outcomes, group.peer)}\n"
    text += tunings(report.groups)
    for result in ("failed", "skipped"):
        text += reasons(result, [outcome for outcome in report.outcomes() if outcome.result == result])
    return text


def tunings(groups: Sequence[GroupReport]) -> str:
    """A table of what vhsm is helped with, for which groups, and why; nothing when all have it as it comes."""
    helped: dict[tuple[str, str], list[str]] = {}
    for group in groups:
        for tuning in group.tuning:
            helped.setdefault(tuning, []).append(group.about)
    rows = ""
    for (what, why), abouts in helped.items():
        rows += f"| `{cell(what)}` | {cell(where([group.about for group in groups], abouts))} | {cell(why)} |\n"
    return f"\n| vhsm's settings | for | why |\n|---|---|---|\n{rows}" if rows else ""


def where(groups: Sequence[str], some: Sequence[str]) -> str:
    """Which of the groups these are, in the fewest words."""
    others = [about for about in groups if about not in some]
    if len(others) >= len(some):
        return " ".join(some)
    every = f"all {len(groups)} groups" if len(groups) > 1 else "all"
    return f"{every} but: {' '.join(others)}" if others else every


def figures(outcomes: Sequence[Outcome], peer: Sequence[Outcome] | None) -> str:
    """The cells of a row; the peer's are empty where it has not run."""
    beside = ("", "", "", "") if peer is None else (len(peer), *count(peer))
    return "".join(f"{figure} | " for figure in (len(outcomes), *count(outcomes), *beside)).rstrip()


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
