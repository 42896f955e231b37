"""Source packages of Debian's, for the test programs in them: from the mirror that the machine uses, and without a
change to the machine's own list of sources. They are laid under `target/conformance/` once.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .check import Failed
from .process import run
from .python import PLACE

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FETCHING_S = 300


@dataclass(frozen=True)
class Source:
    """What a release has as the original source of a package."""

    package: str
    release: str

    @property
    def place(self) -> Path:
        return PLACE / f"{self.package}-{self.release}"

    @property
    def tree(self) -> Path:
        """The unpacked source."""
        return self.place / "source"

    @property
    def version(self) -> tuple[str, Path]:
        """The command whose output has the version."""
        return "cat", self.place / "version"

    def missing(self) -> str:
        """Fetches and unpacks it, unless that is done; why it is not to be had, in words."""
        if self.tree.is_dir():
            return ""
        try:
            self.lay()
        except (Failed, OSError) as error:
            shutil.rmtree(self.place, ignore_errors=True)
            return f"the source of Debian's package {self.package} ({self.release}) is not to be had: {error}"
        return ""

    def lay(self) -> None:
        options = apt_options(self.release)
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        source = ["apt-get", *options, "source", "-q", "--download-only", "--tar-only", self.package]
        run(source, cwd=self.place, time_limit_s=FETCHING_S).must_work()
        (archive,) = self.place.glob("*.orig.tar.*")
        (self.place / "version").write_text(archive.name.partition("_")[2])
        half = self.place / "half"
        half.mkdir()
        run(["tar", "--extract", "--file", archive, "--directory", half, "--strip-components=1"]).must_work()
        half.rename(self.tree)


def apt_options(release: str) -> list[str]:
    """Options that let apt-get see the sources of a release, and its list of them fetched."""
    place = PLACE / f"debian-{release}"
    options = [
        *("-o", f"Dir::Etc::SourceList={place / 'sources.list'}"),
        *("-o", "Dir::Etc::SourceParts=-"),
        *("-o", f"Dir::State::Lists={place / 'lists'}"),
        *("-o", f"Dir::Cache={place / 'cache'}"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    if not any(place.glob("lists/*_Sources*")):
        (place / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (place / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        mirrors = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"])
        mirror = mirrors.must_work().out.decode().split()
        if not mirror:
            raise Failed("the machine has no mirror of Debian's")
        line = f"deb-src [signed-by={KEYS}] {mirror[0]} {release} main\n"
        (place / "sources.list").write_text(line)
        run(["apt-get", *options, "update", "-q"], time_limit_s=FETCHING_S).must_work()
    return options
