"""What a client is, and how one is found by its name.

`clients/NAME.py`, or a folder `clients/NAME/` with `__init__.py`, defines `CLIENT`.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from .check import Group
from .process import run

CLIENTS = Path(__file__).parents[1] / "clients"


@dataclass(frozen=True)
class Client:
    """A program, or a family of programs, that uses the module."""

    programs: dict[str, str]  # each program (or pattern of a file's path) that must be there, and its Debian package
    version: Sequence[str | Path]  # the command whose output has the version
    groups: Sequence[Group]
    peer: bool = False  # whether the groups run on any module, so that the peer's figures stand beside vhsm's
    everywhere: bool = True  # whether Debian's own release has it all; if not, it is skipped in CI, too, where it lacks
    lacks: Callable[[], str] = str  # what else is missing, in words; empty when nothing is

    def missing(self) -> str:
        """What is not installed, in words; empty when all is there."""
        absent = {program: package for program, package in self.programs.items() if not installed(program)}
        packages = " ".join(sorted(set(absent.values())))
        return f"{', '.join(absent)} not found: apt-get install {packages} (or --install)" if absent else self.lacks()

    def version_text(self) -> str:
        found = re.search(r"\d+(\.\d+)+\w*", run(self.version).text)
        return found.group() if found else "unknown"


def installed(program: str) -> bool:
    """Whether a program, or a file with a path that has this pattern, is there."""
    return bool(glob(program)) if "/" in program else shutil.which(program) is not None


def client_names() -> list[str]:
    found = [path.stem for path in CLIENTS.glob("*.py")]
    found += [path.parent.name for path in CLIENTS.glob("*/__init__.py")]
    return sorted(found)


def load_client(name: str) -> Client:
    """Imports the client's file; its folder, if it has one, becomes a package of that name."""
    folder = CLIENTS / name
    path = folder / "__init__.py" if folder.is_dir() else CLIENTS / f"{name}.py"
    module_name = "client_" + name.replace("-", "_")
    places = [str(folder)] if folder.is_dir() else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=places)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    client = module.CLIENT
    assert isinstance(client, Client)
    return client
