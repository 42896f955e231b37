"""TLS by several workers; reload, killed workers, restart; refused configurations."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping, Sequence

from harness import USER_PIN, Checks, Lacking, Token, expect, expect_equal, group, owned, tls_client, wait_until
from harness.openssl_token import Program

from .server import WORKERS, Nginx, worker_of
from .way import ENGINE, PROVIDER, Way

Handshakes = Mapping[str, tuple[str, Sequence[str]]]


@group()
def engine(token: Token, check: Checks) -> None:
    """TLS 1.2 and 1.3 through libp11's engine, by several workers, for many clients at a time."""
    serve(token, check, ENGINE, tls_client.HANDSHAKES)


@group()
def provider(token: Token, check: Checks) -> None:
    """TLS 1.2 and 1.3 through pkcs11-provider, by several workers, for many clients at a time."""
    serve(token, check, PROVIDER, {**tls_client.HANDSHAKES, **tls_client.ED25519})


def serve(token: Token, check: Checks, way: Way, handshakes: Handshakes) -> None:
    with check("starts with its keys in the token"):
        way.must_be_installed()
        names = sorted({name for name, _ in handshakes.values()})
        program = Program(token, way.openssl, *names)
        with Nginx(program, way, *names, options="reuseport") as server:
            answers(check, server, handshakes)


def answers(check: Checks, server: Nginx, handshakes: Handshakes) -> None:
    for words, (name, options) in handshakes.items():
        with check(words):
            for _ in range(3):
                server.target(name).ask_by_openssl(*options)
    for name in ("rsa", "p256", "p384"):
        with check(f"60 requests, 16 at a time, with the key {name}: all are answered, by all workers"):
            expect_equal(server.ask_many(name, 60), set(server.children()), "the workers that have answered")
    with check("many requests for several keys at a time"):
        mixed(server, ("rsa", "p256"))
    with check("stops cleanly (SIGQUIT)"):
        server.stop_cleanly(signal.SIGQUIT)


def mixed(server: Nginx, names: Sequence[str]) -> None:
    with Traffic(server, names) as traffic:
        traffic.more(40)
    traffic.no_failure()


@group()
def reloads(token: Token, check: Checks) -> None:
    """Reloads under load, through the engine: no request is lost; new keys are found; a killed worker is replaced."""
    reloaded(token, check, ENGINE)


@group()
def provider_reloads(token: Token, check: Checks) -> None:
    """Reloads under load, through pkcs11-provider: no request is lost; new keys; a killed worker is replaced."""
    reloaded(token, check, PROVIDER)


def reloaded(token: Token, check: Checks, way: Way) -> None:
    with check("starts with its keys in the token"):
        way.must_be_installed()
        program = Program(token, way.openssl, "rsa", "p256")
        with Nginx(program, way, "rsa", "p256") as server:
            reload_checks(check, server)


def reload_checks(check: Checks, server: Nginx) -> None:
    with check("five reloads (SIGHUP) while requests run: none fails, and new workers answer"):
        with Traffic(server, ("rsa", "p256")) as traffic:
            for _ in range(5):
                new = server.reload()
                traffic.more(8)
        traffic.no_failure()
        expect(server.ask_many("rsa", 20) <= new, "an old worker answers")
    with check("a reload with a key that is not there leaves the server as it is"):
        workers = server.children()
        server.configure("rsa", "p256", "nobody")
        server.signal(signal.SIGHUP)
        wait_until(lambda: "[emerg]" in server.said(), "nginx refuses the configuration")
        expect(server.ask_many("p256", 20) <= set(workers), "other workers answer")
        expect_equal(server.children(), workers, "the workers")
        del server.ports["nobody"]
    with check("a key that was made since the start is there after a reload"):
        server.program.make("p384")
        server.configure("rsa", "p256", "p384")
        expect(server.ask_many("rsa", 4), "nobody answers")
        new = server.reload()
        for name in ("p384", "rsa", "p256"):
            expect(server.ask_many(name, 20) <= new, "an old worker answers")
    server_survives_kills(check, server)


def server_survives_kills(check: Checks, server: Nginx) -> None:
    with check("stopped workers have not died of anything"):
        server.no_worker_died()
    with check("each worker is killed (SIGKILL): a new one takes its place, and answers"):
        for victim in server.children():
            kill_worker(server, victim)
            expect(victim not in server.ask_many("rsa", 12) | server.ask_many("p256", 12), "a dead worker answers")


def kill_worker(server: Nginx, victim: int) -> None:
    """Comes back when another has taken its place."""
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in (now := server.children()) and len(now) == WORKERS, "a new worker")


class Traffic:
    """Requests without a pause from a thread for each key; counts them and keeps what fails."""

    def __init__(self, server: Nginx, names: Sequence[str]) -> None:
        self.server = server
        self.count = 0
        self.failures: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(name,)) for name in names for _ in range(2)]

    def run(self, name: str) -> None:
        target = self.server.target(name)
        while not self.over.is_set():
            try:
                worker_of(target.ask(), name)
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            self.count += 1

    def more(self, number: int) -> None:
        """Waits for that many further answers."""
        wanted = self.count + number
        wait_until(lambda: self.count >= wanted, f"{number} more answers")

    def no_failure(self) -> None:
        expect(not self.failures, f"{len(self.failures)} of {self.count} requests failed: {self.failures[:1]}")

    def __enter__(self) -> Traffic:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


@group()
def restarts(token: Token, check: Checks) -> None:
    """Stopped and started again; a new program takes over from the running one; configurations that cannot work."""
    program = Program(token, ENGINE.openssl, "rsa", "p256")
    server = Nginx(program, ENGINE, "rsa", "p256")
    for by in (signal.SIGQUIT, signal.SIGTERM, signal.SIGQUIT):
        with check(f"starts, answers, stops by {by.name}"), server:
            server.ask_many("rsa", 12)
            server.ask_many("p256", 12)
            server.stop_cleanly(by)
    in_background = Nginx(program, ENGINE, "rsa", "p256", daemon=True)
    with check("in the background: answers, also after a reload, and stops by SIGQUIT"), in_background:
        for _ in range(2):
            in_background.ask_many("rsa", 12)
            in_background.reload()
        in_background.stop_cleanly(signal.SIGQUIT)
    with check("a new master takes over (SIGUSR2, SIGQUIT): no request is lost"), in_background:
        taken_over(in_background)
    server.configure("rsa")
    with check("a key that is not there: nginx does not start"):
        server.configure("nobody")
        refused(server)
    with check("a wrong PIN: nginx does not start, once and not until the token is locked"):
        server.configure("rsa")
        token.write("pin", b"not-it")
        refused(server)
        token.write("pin", USER_PIN.encode())
        server.test().must_work()


def refused(server: Nginx) -> None:
    said = server.test()
    expect(0 < said.status < 128 and "cannot load certificate key" in said.text, f"it ended with {said.ending}")


def taken_over(server: Nginx) -> None:
    old = set(server.members())
    with Traffic(server, ("rsa", "p256")) as traffic:
        server.signal(signal.SIGUSR2)
        wait_until(lambda: len(set(server.members()) - old) == WORKERS + 1, "a new master with its workers")
        server.signal(signal.SIGQUIT)
        wait_until(lambda: not old & set(server.members()), "the old processes end")
        traffic.more(20)
    traffic.no_failure()
    new = server.pid_from_file()
    expect(new not in old and new in server.members(), "the new master is not there")
    os.kill(new, signal.SIGTERM)
    wait_until(lambda: not server.members(), "the new master ends")
    server.no_worker_died()


@group(initialised=False)
def privileges(token: Token, check: Checks) -> None:
    """nginx is started by root, and its workers are another user, who owns the token's files."""
    with check("the workers of another user answer, also after a reload"):
        if os.geteuid() != 0:
            raise Lacking("only root can start servers whose workers are other users", everywhere=False)
        with owned.plain_users(token) as (theirs, _):
            program = Program(theirs, ENGINE.openssl, "rsa", "p256")
            owned.give(theirs)
            with Nginx(program, ENGINE, "rsa", "p256", user=f"{owned.USER} {owned.GROUP}") as server:
                for _ in range(2):
                    server.ask_many("rsa", 20)
                    server.ask_many("p256", 20)
                    server.reload()
                server.stop_cleanly(signal.SIGQUIT)
