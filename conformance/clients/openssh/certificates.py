"""Signatures of files, certificates by a CA in the token, and a server whose own key is in the token."""

from __future__ import annotations

import getpass
import signal
from pathlib import Path

from harness import Checks, Token, expect, group, wait_until

from .programs import KEYS, Agent, Ssh, Sshd

MESSAGE = b"a message\n"


@group()
def signatures(token: Token, check: Checks) -> None:
    """ssh-keygen -Y sign signs through the agent, and -Y verify takes it; a changed message is not taken."""
    ssh = Ssh(token, *KEYS)
    with Agent(ssh) as agent:
        agent.add()
        for name in KEYS:
            signers = ssh.file(f"me {ssh.public(name)}\n".encode())
            options = ("-n", "file", "-f")
            with check(f"-Y sign, -Y verify with {name}"):
                made = ssh.keygen("-Y", "sign", *options, ssh.public_file(name), stdin=MESSAGE, env=agent.client).out
                verify = ("ssh-keygen", "-Y", "verify", "-I", "me", *options, signers, "-s", ssh.file(made))
                said = ssh.attempt(*verify, stdin=MESSAGE).must_work().text
                expect("Good" in said, said)
                done = ssh.attempt(*verify, stdin=b"another message\n")
                expect(done.status != 0, "a changed message is taken")


@group()
def authorities(token: Token, check: Checks) -> None:
    """ssh-keygen -s with a CA key of the token, by -D and through an agent; sshd takes the certificates."""
    ssh = Ssh(token, *KEYS)
    user = ssh.own_key("user")
    trusted = token.write("authorities", b"")
    with Agent(ssh) as agent, Sshd(ssh, f"TrustedUserCAKeys {trusted}") as server:
        agent.add()
        for name in KEYS:
            trusted.write_text(f"{ssh.public(name)}\n")
            for words, by in {"-D": None, "-U, through an agent": agent}.items():
                with check(f"the CA {name}: ssh-keygen -s {words}, and a login with the certificate"):
                    issue(ssh, name, user, agent=by)
                    ssh.log_in(server, "-o", f"IdentityFile={user}")
        with check("a certificate of another CA is refused"):
            issue(ssh, "rsa", user)
            ssh.is_refused(server, "-o", f"IdentityFile={user}")
        with check("a certificate for the token's own key, and a login with it"):
            own = ssh.public_file("p256")
            issue(ssh, "p521", own)
            certificate = own.with_name("p256.ssh-cert.pub")
            words = ("-o", f"IdentityFile={own}", "-o", f"CertificateFile={certificate}", "-o", "IdentitiesOnly=yes")
            ssh.log_in(server, *words, env=agent.client)


def issue(ssh: Ssh, name: str, key: Path, *, agent: Agent | None = None, host: bool = False) -> None:
    """A certificate beside the key's file, for this user or for the host `target`; by an agent, if one is given."""
    about = ("-I", "a certificate", "-V", "+1d", "-n", "target" if host else getpass.getuser())
    public = key if key.suffix == ".pub" else key.with_suffix(".pub")
    where = ("-U",) if agent else ("-D", ssh.token.module)
    words = ("-q", *where, "-s", ssh.public_file(name), *about, *(["-h"] if host else []), public)
    ssh.keygen(*words, env=agent.client if agent else None)


@group()
def hosts(token: Token, check: Checks) -> None:
    """sshd whose host keys are in the token (HostKeyAgent); host certificates; reload and restart."""
    ssh = Ssh(token, *KEYS)
    user = ssh.own_key("user")
    ssh.authorize(user.with_suffix(".pub").read_text())
    own = ("-o", f"IdentityFile={user}")
    with Agent(ssh) as agent:
        agent.add()
        for name in KEYS:
            with check(f"the host key {name}"):
                ssh.known.write_text(f"target {ssh.public(name)}\n")
                with host_in_token(ssh, agent, name) as server:
                    ssh.log_in_many(server, 4, *own)
        with check("another host key than the known one: ssh does not go on"):
            ssh.known.write_text(f"target {ssh.public('p384')}\n")
            with host_in_token(ssh, agent, "p256") as server:
                done = ssh.attempt_to_log_in(server, *own)
                expect(done.status == 255 and "verification failed" in done.text, done.last_words)
        with check("a host certificate by a CA of the token"):
            key = ssh.public_file("p256")
            issue(ssh, "p384", key, host=True)
            ssh.known.write_text(f"@cert-authority target {ssh.public('p384')}\n")
            certificate = f"HostCertificate {key.with_name('p256.ssh-cert.pub')}"
            with host_in_token(ssh, agent, "p256", certificate) as server:
                ssh.log_in(server, *own)
        with check("reload (SIGHUP), and restart"):
            ssh.known.write_text(f"target {ssh.public('rsa')}\n")
            with host_in_token(ssh, agent, "rsa") as server:
                for _ in range(2):
                    server.signal(signal.SIGHUP)
                    listens_again(server)
                    ssh.log_in(server, *own)
                    server.stop(signal.SIGTERM)
                    server.start()


def host_in_token(ssh: Ssh, agent: Agent, name: str, *more: str) -> Sshd:
    return Sshd(ssh, f"HostKey {ssh.public_file(name)}", f"HostKeyAgent {agent.socket}", *more)


def listens_again(server: Sshd) -> None:
    """Waits until a reloaded server listens again."""
    wait_until(lambda: server.said().count("Server listening on") > 1 and server.ready(), "sshd listens again")
    server.log.write_bytes(b"")
