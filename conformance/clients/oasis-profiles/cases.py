"""The OASIS test cases, read from their XML [PKCS#11 Profiles 3.2, 3 and 4]: pairs of a call and its return.

usage: cases.py

prints the versions of the profiles whose cases are there.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "PKCS11_PROFILES_DIR"
ROOT = Path(__file__).resolve().parents[3]
MISSING = (
    f"the OASIS test cases are not at hand, and may not be copied into this project: get the folders `test-cases` of "
    f"docs.oasis-open.org/pkcs11/pkcs11-profiles (3.1) and `working/doc/profiles/test-cases` of "
    f"github.com/oasis-tcs/pkcs11 (3.2), and name the folder with both in {VARIABLE}"
)
PROFILES = {"BL": "Baseline Provider", "EXT": "Extended Provider", "AUTH": "Authentication Token"}
PROFILES |= {"CERT": "Public Certificates Token"}


@dataclass(frozen=True)
class Element:
    """An element of the XML, without the namespace that it may have."""

    name: str
    attributes: dict[str, str]
    children: list[Element]

    def child(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)


@dataclass(frozen=True)
class Step:
    """A call, and what it must give."""

    number: int
    function: str
    call: Element
    answer: Element


@dataclass(frozen=True)
class Case:
    """`BL-M-1-32`: the profile, mandatory, number 1, version 3.2."""

    name: str
    profile: str
    version: tuple[int, int]
    steps: list[Step]


def folder() -> Path:
    given = os.environ.get(VARIABLE)
    return Path(given) if given else ROOT.parent / "shared" / "spec" / "profiles"


def paths() -> list[Path]:
    """The files of all cases, the newest version first."""
    found = {path.stem: path for path in folder().rglob("*.xml") if re.fullmatch(r"[A-Z]+-[MO]-\d+-\d\d", path.stem)}
    return [found[name] for name in sorted(found, key=lambda name: (-int(name[-2:]), name))]


def cases(profile: str) -> list[Case]:
    """The cases of one profile."""
    return [read(path) for path in paths() if path.stem.split("-")[0] == profile]


def read(path: Path) -> Case:
    """Stray text between the elements, as version 3.2 has it, is no part of a case."""
    top = element(ElementTree.parse(path).getroot())
    steps = []
    for at in range(0, len(top.children), 2):
        call, answer = (top.children + [Element("nothing", {}, [])])[at : at + 2]
        if call.name != answer.name or "rv" in call.attributes or "rv" not in answer.attributes:
            raise ValueError(f"{path.name}: {call.name} is not followed by its return but by {answer.name}")
        steps.append(Step(at // 2 + 1, call.name, call, answer))
    version = int(path.stem[-2]), int(path.stem[-1])
    return Case(path.stem, path.stem.split("-")[0], version, steps)


def element(node: ElementTree.Element) -> Element:
    children = [element(child) for child in node if isinstance(child.tag, str)]
    return Element(node.tag.split("}")[-1], dict(node.attrib), children)


if __name__ == "__main__":
    print(" and ".join(sorted({f"{path.stem[-2]}.{path.stem[-1]}" for path in paths()}, reverse=True)))
