"""OpenSSH's programs in the group's directory: clients, agents and servers that leave the user's own files alone."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import USER_PIN, Checks, Finished, Server, Token, expect, expect_equal, free_port, listens, run
from harness import openssl_token as with_token
from harness.openssl_token import Program

SSHD = "/usr/sbin/sshd"  # it wants to be called by its whole path
SEPARATION = Path("/run/sshd")  # an empty directory that sshd wants, which Debian's service makes
KEYS = ["rsa", "p256", "p384", "p521"]
DAEMON = """ListenAddress 127.0.0.1:{port}
PidFile none
AuthorizedKeysFile {authorized}
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
StrictModes no
MaxStartups 100
PubkeyAcceptedAlgorithms +ssh-rsa
{more}
"""
CLIENT = """Host target
    HostName 127.0.0.1
    Port {port}
    UserKnownHostsFile {known}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    HostKeyAlias target
    IdentityFile none
    PreferredAuthentications publickey
    ConnectTimeout 20
"""


class Ssh:
    """Keys of the token, and the programs with the PIN at hand."""

    def __init__(self, token: Token, *names: str) -> None:
        self.token = token
        self.numbers = itertools.count()
        self.program = Program(token, with_token.Way(""), *names)
        self.env = self.with_pin(USER_PIN)
        self.authorized = token.write("authorized_keys", b"")
        self.known = token.write("known_hosts", b"")

    def with_pin(self, pin: str) -> dict[str, str]:
        """OpenSSH asks a program for the PIN, where there is no terminal or it is told so."""
        asked = self.file(f"#!/bin/sh\necho '{pin}'\n".encode())
        asked.chmod(0o700)
        return {**self.token.env, "SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force"}

    def without_pin(self) -> dict[str, str]:
        return {**self.token.env, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}

    def file(self, content: bytes) -> Path:
        return self.token.write(f"ssh-{next(self.numbers)}", content)

    def keygen(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Finished:
        return self.attempt("ssh-keygen", *words, stdin=stdin, env=env).must_work()

    def attempt(self, *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Finished:
        return run(words, env=env or self.env, stdin=stdin, cwd=self.token.directory, time_limit_s=30)

    def listed(self) -> list[str]:
        """The public keys that ssh-keygen finds in the token, by no PIN, as `TYPE BASE64`."""
        done = self.keygen("-D", self.token.module, env=self.without_pin())
        return [" ".join(line.split()[:2]) for line in done.out.decode().splitlines()]

    def public(self, name: str) -> str:
        """A public key as `TYPE BASE64`, from openssl's file."""
        words = self.keygen("-i", "-m", "PKCS8", "-f", self.program.public_pem(name)).out.decode().split()
        return " ".join(words[:2])

    def public_file(self, name: str) -> Path:
        return self.token.write(f"{name}.ssh.pub", f"{self.public(name)} {name}\n".encode())

    def own_key(self, name: str) -> Path:
        """A key pair in files, by ssh-keygen."""
        path = self.token.path(name)
        self.keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path)
        return path

    def authorize(self, *keys: str) -> None:
        """Says whose holders may log in; each is what stands in a line of the file."""
        self.authorized.write_text("".join(f"{key}\n" for key in keys))

    def log_in(self, server: Sshd, *options: str | Path, env: Mapping[str, str] | None = None) -> None:
        done = self.attempt_to_log_in(server, *options, env=env).must_work()
        expect_equal(done.out, b"within\n", "what the remote command says")

    def attempt_to_log_in(self, server: Sshd, *options: str | Path, env: Mapping[str, str] | None = None) -> Finished:
        return self.attempt("ssh", "-F", server.client, *options, "target", "echo within", env=env)

    def log_in_many(self, server: Sshd, times: int, *options: str | Path, env: Mapping[str, str] | None = None) -> None:
        """Eight at a time."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: self.log_in(server, *options, env=env), range(times)))

    def is_refused(self, server: Sshd, *options: str | Path, env: Mapping[str, str] | None = None) -> None:
        done = self.attempt_to_log_in(server, *options, env=env)
        expect(done.status == 255 and "Permission denied (publickey)" in done.text, f"it ended with {done.ending}")


class Sshd(Server):
    """A server that knows the host's key from a file unless it is told of others."""

    def __init__(self, ssh: Ssh, *more: str) -> None:
        self.port = free_port()
        number = next(ssh.numbers)
        if not any(line.startswith("HostKey ") for line in more):
            host = ssh.own_key(f"host-{number}")
            more = (f"HostKey {host}", *more)
            ssh.known.write_text(f"target {host.with_suffix('.pub').read_text()}")
        self.configuration = ssh.token.path(f"sshd-{number}.conf")
        self.configuration.write_text(DAEMON.format(port=self.port, authorized=ssh.authorized, more="\n".join(more)))
        self.client = ssh.file(CLIENT.format(port=self.port, known=ssh.known).encode())
        if os.geteuid() == 0:
            SEPARATION.mkdir(mode=0o755, exist_ok=True)
        command = [SSHD, "-D", "-e", "-f", self.configuration]
        super().__init__(command, env=ssh.token.env, log=ssh.token.path(f"sshd-{number}.log"))

    def ready(self) -> bool:
        return listens(self.port)


class Agent(Server):
    """An agent that loads the token's module and no other, and what ssh-add tells it."""

    def __init__(self, ssh: Ssh, allowed: str | None = None) -> None:
        number = next(ssh.numbers)
        self.ssh = ssh
        self.socket = ssh.token.path(f"agent-{number}")
        command = ["ssh-agent", "-D", "-a", self.socket, "-P", allowed or ssh.token.module]
        super().__init__(command, env=ssh.token.env, log=ssh.token.path(f"agent-{number}.log"))

    def ready(self) -> bool:
        return self.socket.exists()

    @property
    def client(self) -> dict[str, str]:
        """What programs have in their environment to find it; they get no PIN."""
        return self.with_agent(self.ssh.without_pin())

    def with_agent(self, env: Mapping[str, str]) -> dict[str, str]:
        return {**env, "SSH_AUTH_SOCK": str(self.socket)}

    def attempt(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Finished:
        return self.ssh.attempt("ssh-add", *words, env=self.with_agent(env or self.ssh.env))

    def add(self) -> None:
        """The token's keys, by the PIN."""
        self.attempt("-s", self.ssh.token.module).must_work()

    def keys(self) -> list[str]:
        """Its public keys as `TYPE BASE64`."""
        done = self.attempt("-L")
        if "no identities" in done.text:
            return []
        return [" ".join(line.split()[:2]) for line in done.must_work().out.decode().splitlines()]


def stops(check: Checks, server: Server) -> None:
    """The program ends by SIGTERM at once, with all that it has started."""
    with check(f"{server.name} ends"):
        server.stop(signal.SIGTERM)
