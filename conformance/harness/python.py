"""Python packages in environments of their own, and the test suites inside their source distributions.

All of it is laid under `target/conformance/` once, and kept as long as what is wanted stays the same.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .check import Checks, Failed, Skipped
from .process import run
from .token import Token

ROOT = Path(__file__).parents[2]
PLACE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "conformance"
INSTALLING_S = 600
SUITE_S = 300


def missing() -> str:
    """What Python lacks to make environments, in words; empty when all is there."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return ""
    return "Python's venv not found: apt-get install python3-venv"


@dataclass(frozen=True)
class Environment:
    """Packages of the registry, in an environment of their own."""

    name: str
    needs: tuple[str, ...]  # with versions

    def python(self) -> Path:
        """The interpreter that has them; makes the environment unless that is done."""
        place, wanted = PLACE / self.name, "\n".join([sys.executable, *self.needs])
        done = place / "complete"
        PLACE.mkdir(parents=True, exist_ok=True)
        with (PLACE / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            python = place / "venv" / "bin" / "python"
            if not (done.exists() and done.read_text() == wanted):
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                run([sys.executable, "-m", "venv", place / "venv"]).must_work()
                pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
                run([*pip, "install", *self.needs], time_limit_s=INSTALLING_S).must_work()
                done.write_text(wanted)
            return python


@dataclass(frozen=True)
class Suite:
    """A package of the registry, and the tests in its source distribution."""

    name: str
    version: str
    tests: str  # their folder in the source distribution
    needs: tuple[str, ...]  # what the tests import besides, with versions

    @property
    def place(self) -> Path:
        return PLACE / self.name

    def python(self) -> Path:
        """The interpreter that has the package and what the tests need."""
        self.lay()
        return self.place / "venv" / "bin" / "python"

    def lay(self) -> None:
        """Makes the environment and takes the tests out of the source distribution, unless that is done."""
        wanted = "\n".join([sys.executable, f"{self.name}=={self.version}", *self.needs, self.tests])
        done = self.place / "complete"
        PLACE.mkdir(parents=True, exist_ok=True)
        with (PLACE / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if done.exists() and done.read_text() == wanted:
                return
            shutil.rmtree(self.place, ignore_errors=True)
            self.place.mkdir()
            environment = self.place / "venv"
            run([sys.executable, "-m", "venv", environment]).must_work()
            python = environment / "bin" / "python"
            pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
            own = f"{self.name}=={self.version}"
            run([*pip, "install", own, *self.needs], time_limit_s=INSTALLING_S).must_work()
            source: list[str | Path] = ["--no-deps", "--no-binary", self.name, "--dest", self.place]
            run([*pip, "download", *source, own], time_limit_s=INSTALLING_S).must_work()
            self.take_tests()
            done.write_text(wanted)

    def take_tests(self) -> None:
        """Only the tests: beside them lies the package's source, which would be imported instead of the package."""
        (archive,) = self.place.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            for member in packed.getmembers():
                inside = Path(*Path(member.name).parts[1:])
                if member.isfile() and inside.parts[:1] == (self.tests,) and ".." not in inside.parts:
                    content = packed.extractfile(member)
                    assert content is not None
                    path = self.place / "suite" / inside
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())

    def files(self) -> set[str]:
        """The names of the files with tests."""
        self.lay()
        return {path.stem for path in (self.place / "suite" / self.tests).glob("test*.py")}

    def run(
        self, token: Token, file: str, env: Mapping[str, str], *, only: Sequence[str] = (), plugin: Path | None = None
    ) -> list[TestResult]:
        """Runs one file of the suite, or `only` some of its tests."""
        report = token.path(f"{file}-{len(only)}.xml")
        python = self.python()
        options = ["-q", "-p", "no:cacheprovider", f"--junit-xml={report}", f"--rootdir={self.place / 'suite'}"]
        path = {}
        if plugin:
            options += ["-p", plugin.stem]
            path = {"PYTHONPATH": str(plugin.parent)}
        chosen = [f"{self.tests}/{file}.py::{test.replace('.', '::')}" for test in only]
        done = run(
            [python, "-m", "pytest", *options, *(chosen or [f"{self.tests}/{file}.py"])],
            env={**token.env, "PYTHONDONTWRITEBYTECODE": "1", **path, **env},
            cwd=self.place / "suite",
            time_limit_s=SUITE_S,
        )
        if done.status not in (0, 1) or not report.exists():
            raise Failed(f"pytest ended with {done.ending}: {done.last_words}")
        return results(report)


@dataclass(frozen=True)
class TestResult:
    """How a test ended."""

    name: str  # CLASS.TEST
    failure: str = ""  # what a failed one says
    skipped: str = ""  # why it has skipped itself

    def tell(self, check: Checks, file: str, excuse: Callable[[TestResult], str] = lambda test: "") -> None:
        """Makes the test a check; `excuse` says why what it says is the suite's own assumption, or nothing."""
        with check(f"{file}: {self.name}"):
            if why := excuse(self):
                raise Skipped(why)
            if self.skipped:
                raise Skipped(f"the suite skips it: {self.skipped}")
            if self.failure:
                raise Failed(self.failure)


def results(report: Path) -> list[TestResult]:
    """The tests of a JUnit report. One that fails in a part fails; one that skips parts of itself is not skipped."""
    found = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
        bad, skips = [*case.findall("failure"), *case.findall("error")], case.findall("skipped")
        said = "; ".join(" ".join((entry.get("message") or "no reason").split()) for entry in bad)
        skipped = skips[0].get("message") or "no reason" if len(skips) == 1 and not bad else ""
        found.append(TestResult(name, said, skipped))
    return found
