"""TLS for a plain service; reload and restart; configurations that cannot work."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness import Checks, Token, expect, expect_equal, group, tls_client
from harness.openssl_token import Program

from .server import ENGINE, PROVIDER, Behind, Stunnel, Way

Handshakes = Mapping[str, tuple[str, Sequence[str]]]
REFUSED = "Configuration failed"


@group()
def engine(token: Token, check: Checks) -> None:
    """TLS 1.2 and 1.3 through libp11's engine, for many clients at a time."""
    serve(token, check, ENGINE, tls_client.HANDSHAKES)


@group()
def provider(token: Token, check: Checks) -> None:
    """TLS 1.2 and 1.3 through pkcs11-provider, for many clients at a time."""
    serve(token, check, PROVIDER, {**tls_client.HANDSHAKES, **tls_client.ED25519})


def serve(token: Token, check: Checks, way: Way, handshakes: Handshakes) -> None:
    with check("starts with its keys in the token"):
        way.must_be_installed()
        names = sorted({name for name, _ in handshakes.values()})
        program = Program(token, way.openssl, *names)
        with Behind() as behind, Stunnel(program, way, behind, *names) as server:
            answers(check, server, handshakes)


def answers(check: Checks, server: Stunnel, handshakes: Handshakes) -> None:
    for words, (name, options) in handshakes.items():
        with check(words):
            for _ in range(3):
                server.target(name).ask_by_openssl(*options)
    for name in ("rsa", "p256", "p384"):
        with check(f"60 connections, 16 at a time, with the key {name}"):
            server.ask_many(name, 60)
    with check("connections for several keys at a time"), ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: server.ask_many(name, 24), ("rsa", "p256", "p384")))
    with check("ends cleanly (SIGTERM)"):
        expect_equal(server.stop(signal.SIGTERM), 0, "the status")


@group()
def reloads(token: Token, check: Checks) -> None:
    """Reloads (SIGHUP) through the engine: connections live on, new keys are found, faults leave it as it is."""
    reloaded(token, check, ENGINE)


@group()
def provider_reloads(token: Token, check: Checks) -> None:
    """Reloads (SIGHUP) through pkcs11-provider: connections live on, new keys are found, faults leave it as it is."""
    reloaded(token, check, PROVIDER)


def reloaded(token: Token, check: Checks, way: Way) -> None:
    with check("starts with its keys in the token"):
        way.must_be_installed()
        program = Program(token, way.openssl, "rsa", "p256")
        with Behind() as behind, Stunnel(program, way, behind, "rsa", "p256") as server:
            reload_checks(check, server)


def reload_checks(check: Checks, server: Stunnel) -> None:
    with check("five reloads: an open connection lives on, and new ones are answered"):
        with Conversation(server, "rsa") as open_one:
            for _ in range(5):
                server.reload()
                server.ask_many_after_reload("rsa", 8, check.note)
                server.ask_many_after_reload("p256", 8, check.note)
                open_one.goes_on()
    with check("a reload with a key that is not there leaves the server as it is"):
        server.configure("rsa", "p256", "nobody")
        del server.ports["nobody"]
        before = server.said().count(REFUSED)
        server.signal(signal.SIGHUP)
        server.said_again(REFUSED, before)
        server.ask_many("rsa", 8)
    with check("a key that was made since the start is there after a reload"):
        server.program.make("p384")
        server.configure("rsa", "p256", "p384")
        server.reload()
        for name in ("p384", "rsa", "p256"):
            server.ask_many(name, 8)
    with check("ends cleanly (SIGTERM)"):
        expect_equal(server.stop(signal.SIGTERM), 0, "the status")


class Conversation:
    """A connection that stays open."""

    def __init__(self, server: Stunnel, name: str) -> None:
        context = ssl.create_default_context(cafile=str(server.program.certificate(name)))
        plain = socket.create_connection(("127.0.0.1", server.ports[name]), timeout=tls_client.LIMIT_S)
        self.secure = context.wrap_socket(plain, server_hostname="localhost")

    def goes_on(self) -> None:
        self.secure.sendall(b"still\n")
        expect_equal(self.secure.recv(100), b"llits\n", "what comes back")

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.secure.close()


@group()
def restarts(token: Token, check: Checks) -> None:
    """Stopped and started again, in the foreground and in the background; configurations that cannot work."""
    program = Program(token, ENGINE.openssl, "rsa", "p256")
    with Behind() as behind:
        server = Stunnel(program, ENGINE, behind, "rsa", "p256")
        for by in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            with check(f"starts, answers, ends by {by.name}"), server:
                server.ask_many("rsa", 12)
                server.ask_many("p256", 12)
                expect_equal(server.stop(by), 0, "the status")
        in_background = Stunnel(program, ENGINE, behind, "rsa", "p256", background=True)
        for turn in (1, 2):
            with check(f"in the background, {turn}: answers, also after a reload; ends"), in_background:
                in_background.ask_many("rsa", 12)
                in_background.reload()
                in_background.ask_many("p256", 12)
                in_background.stop(signal.SIGTERM)
                in_background.no_pid_left()
        refusals(check, Stunnel(program, ENGINE, behind, "rsa"))


def refusals(check: Checks, server: Stunnel) -> None:
    with check("a key that is not there: it does not start"):
        server.configure("nobody")
        refused(server)
        del server.ports["nobody"]
    with check("a wrong PIN: it does not start, once and not until the token is locked"):
        server.configure("rsa", pin="not-it")
        refused(server)
        server.configure("rsa")
        with server:
            server.ask_many("rsa", 4)


def refused(server: Stunnel) -> None:
    try:
        with server:
            expect(False, "it starts")
    except Exception as error:
        expect("ended with status 1" in str(error), str(error))
