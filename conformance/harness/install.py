"""Debian's packages of clients, installed on request: by root, with the machine's own list of sources."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .client import Client, installed
from .token import PEER

POLICY = Path("/usr/sbin/policy-rc.d")
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300")


def install(clients: Iterable[Client]) -> None:
    """Installs what the clients lack, and SoftHSM for those that run on it, too. What apt-get cannot install stays
    absent, and the client says so."""
    wanted = [packages_of(client) for client in clients]
    if not any(wanted):
        return
    if os.geteuid() != 0:
        print(f"only root can install: apt-get install {' '.join(sorted(set().union(*wanted)))}")
        return
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with no_services():
        subprocess.run([*APT, "update", "-q"], env=env, check=False)
        for packages in wanted:
            if packages:
                command = [*APT, "install", "-q", "-y", "--no-install-recommends", *sorted(packages)]
                subprocess.run(command, env=env, check=False)


def packages_of(client: Client) -> set[str]:
    """The packages that a client lacks."""
    absent = {package for program, package in client.programs.items() if not installed(program)}
    return absent | ({"softhsm2"} if client.peer and not PEER.is_file() else set())


@contextmanager
def no_services() -> Iterator[None]:
    """The servers that are installed are not started: the checks start their own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
