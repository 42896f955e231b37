"""Go packages of tests: compiled once, run for a token, and each test that has no parts is a check."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import LABEL, SO_PIN, USER_PIN, Checks, Failed, Token, run
from harness.python import PLACE

SOURCES = Path("/usr/share/gocode/src")
CACHE = PLACE / "go"
TIME_LIMIT_S = 400
COMPILING = threading.Lock()


@dataclass(frozen=True)
class Assumption:
    """What a test of others takes for granted: what it says when that is not so, and why it need not be."""

    said: str
    why: str


def environment() -> dict[str, str]:
    """Go with Debian's packages and nothing else; what it compiles is kept."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(CACHE / "home"),
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": str(SOURCES.parent),
        "GOCACHE": str(CACHE / "cache"),
    }


def compiled(package: Path, program: Path) -> None:
    """The program of a package's tests. One at a time, since they share most of what has to be compiled."""
    with COMPILING:
        CACHE.joinpath("home").mkdir(parents=True, exist_ok=True)
        run(
            ["go", "test", "-c", "-o", program, "."], cwd=package, env=environment(), time_limit_s=TIME_LIMIT_S
        ).must_work()


def copied(token: Token, package: str) -> Path:
    """A copy of a package of Debian's, for tests that want files of theirs beside them."""
    path = token.path("sources") / package
    shutil.copytree(SOURCES / package, path)
    return path


def run_tests(
    token: Token,
    check: Checks,
    package: Path,
    env: Mapping[str, str],
    assumptions: Mapping[str, Assumption] | None = None,
) -> None:
    """Runs the tests of a package in its folder."""
    program = token.path("tests")
    compiled(package, program)
    command = ["go", "tool", "test2json", program, "-test.v", "-test.timeout", f"{TIME_LIMIT_S}s"]
    tools = {name: value for name, value in environment().items() if name not in token.env}
    done = run(command, env={**tools, **token.env, **env}, cwd=package, time_limit_s=TIME_LIMIT_S + 20)
    ended, said = events(done.out)
    for name, result in ended.items():
        if any(other.startswith(f"{name}/") for other in ended) and (result != "fail" or name not in said):
            continue  # its parts say it all
        report(check, name, result, said.get(name, ""), assumptions or {})
    if not ended or (done.status != 0 and "fail" not in ended.values()):
        with check("the tests to their end"):
            raise Failed(f"{len(ended)} tests ended with {done.ending}: {said.get('', '')[-300:]}")


def events(out: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """How each test ended, and what it said."""
    ended: dict[str, str] = {}
    said: dict[str, str] = {}
    for line in out.splitlines():
        event = json.loads(line)
        name = event.get("Test", "")
        if event["Action"] in ("pass", "fail", "skip") and name:
            ended[name] = event["Action"]
        elif event["Action"] == "output" and not event["Output"].lstrip().startswith(("=== ", "--- ")):
            said[name] = said.get(name, "") + event["Output"]
    return ended, said


def report(check: Checks, name: str, result: str, said: str, assumptions: Mapping[str, Assumption]) -> None:
    words = " ".join(said.split())
    assumption = assumptions.get(name)
    if result == "skip" or (result == "fail" and assumption and assumption.said in said):
        check.skip(name, assumption.why if assumption else words)
        return
    with check(name):
        if result == "fail":
            raise Failed(words)


def ours(token: Token, check: Checks, name: str) -> None:
    """Tests of this project, with the token in their environment."""
    which = {"MODULE": str(token.module), "TOKEN": LABEL, "PIN": USER_PIN, "SO_PIN": SO_PIN}
    run_tests(token, check, Path(__file__).parent / name, which)
