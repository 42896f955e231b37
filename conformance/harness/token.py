"""A fresh token in its own directory, with its own configuration, for one group of checks.

Works for vhsm and for SoftHSM; every other module that needs no configuration at all works as well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .check import toml
from .process import run

LABEL = "conformance"
PEER = Path("/usr/lib/softhsm/libsofthsm2.so")  # Debian's SoftHSM
SO_PIN = "12345678"
USER_PIN = "648219"


@dataclass(frozen=True)
class Token:
    """Where a group works: `directory` for its files, `env` for the programs it runs."""

    directory: Path
    module: Path
    env: Mapping[str, str]
    mechanisms: frozenset[int]

    @property
    def of_peer(self) -> bool:
        """Whether this is SoftHSM's token."""
        return self.module == PEER.resolve()

    def path(self, name: str) -> Path:
        return self.directory / name

    def write(self, name: str, content: bytes) -> Path:
        path = self.path(name)
        path.write_bytes(content)
        return path


def unlock(token: Token) -> None:
    """The SO sets the user's PIN anew, as for a user who has locked it."""
    words = ["--login", "--login-type", "so", "--so-pin", SO_PIN, "--init-pin", "--new-pin", USER_PIN]
    run(["pkcs11-tool", "--module", token.module, *words], env=token.env).must_work()


def make_token(
    directory: Path,
    module: Path,
    *,
    initialised: bool = True,
    settings: Mapping[str, object] | None = None,
    pins: tuple[str, str] = (SO_PIN, USER_PIN),
) -> Token:
    """Makes the directories, the configuration and, unless the group makes it itself, the token."""
    env = environment(directory, settings or {})
    mechanisms: frozenset[int] = frozenset()
    if initialised:
        script = Path(__file__).with_name("initialise_token.py")
        done = run([sys.executable, script, module, LABEL, *pins], env=env).must_work()
        mechanisms = frozenset(int(word, 16) for word in done.out.split())
    return Token(directory, module, env, mechanisms)


def environment(directory: Path, settings: Mapping[str, object]) -> dict[str, str]:
    """What every program of the group sees: nothing of the caller's but the path."""
    home = directory / "home"
    data = directory / "store"
    home.mkdir(parents=True)
    data.mkdir()
    (directory / "vhsm.toml").write_text(vhsm_configuration(data, directory / "module.log", settings))
    (directory / "softhsm2.conf").write_text(
        f"directories.tokendir = {data}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "TMPDIR": str(directory),
        "LC_ALL": "C.UTF-8",
        "VHSM_CONF": str(directory / "vhsm.toml"),
        "SOFTHSM2_CONF": str(directory / "softhsm2.conf"),
    }


def vhsm_configuration(data: Path, log: Path, settings: Mapping[str, object]) -> str:
    """The configuration with `settings` by their dotted names."""
    rows: dict[str, object] = {
        "data_dir": str(data),
        "log.target": "file",
        "log.level": "warn",
        "log.file": str(log),
        **settings,
    }
    return "".join(f"{key} = {toml(value)}\n" for key, value in rows.items())
