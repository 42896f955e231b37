"""stunnel with a configuration of its own in the group's directory, and the plain service behind it."""

from __future__ import annotations

import re
import signal
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from harness import USER_PIN, Failed, Lacking, Server, expect_equal, free_port, listens, tls_client, wait_until
from harness import openssl_token as with_token
from harness.openssl_token import Program, configuration, uri

CONFIGURATION = """{background}
output = {directory}/stunnel.log
debug = info
{engine}
"""
SERVICE = """[{name}]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{behind}
cert = {certificate}
{key}
"""
LOADED = "Configuration successful"
ANSWER = b"olleh\n"
RESET = re.compile(r"LOG5\[(\d+)\]: (Connection reset\S*: (\d+) byte\(s\) sent to TLS)")


@dataclass(frozen=True)
class Way:
    """What stands in openssl's configuration, at the top of stunnel's, and for a key."""

    openssl: with_token.Way
    key: Callable[[Program, str], str]
    engine: str = ""
    needs: str = ""  # the pattern of a file without which this way is not installed

    def must_be_installed(self) -> None:
        if self.needs and not glob(self.needs):
            how = "apt-get install pkcs11-provider (in the backports of Debian 12)"
            raise Lacking(f"{self.needs} not found: {how}", everywhere=False)


def engine_key(_: Program, name: str) -> str:
    return f"engineId = pkcs11\nkey = {uri(name)}"


def provider_key(program: Program, name: str) -> str:
    """A file that holds the key's URI."""
    return f"key = {program.token.write(f'{name}.uri.pem', configuration.uri_in_pem(uri(name)))}"


ENGINE = Way(
    with_token.Way(""), engine_key, "engine = pkcs11\nengineCtrl = MODULE_PATH:{module}\nengineCtrl = PIN:{pin}"
)
PROVIDER = Way(with_token.Way(configuration.PROVIDER), provider_key, needs="/usr/lib/*/ossl-modules/pkcs11.so")


class Turning(socketserver.StreamRequestHandler):
    """Turns a line round, and keeps the connection until an empty one comes."""

    def handle(self) -> None:
        while line := self.rfile.readline().strip():
            self.wfile.write(line[::-1] + b"\n")


class Behind(socketserver.ThreadingTCPServer):
    """The plain service for as long as the `with` lasts; gives its port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Turning)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Behind:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Resets:
    """Connections that stunnel has reset, by its log: those whose whole answer had gone out, and the others."""

    def __init__(self, said: str) -> None:
        self.answered: list[str] = []
        self.unanswered: list[str] = []
        for connection, words, sent in RESET.findall(said):
            errors = re.findall(rf"LOG[0-3]\[{connection}\]: (.*)", said)
            to = self.answered if int(sent) >= len(ANSWER) else self.unanswered
            to.append(f"{words} ({errors[-1] if errors else 'no error before it'})")


class Stunnel(Server):
    """A server with a port for each of the keys."""

    def __init__(self, program: Program, way: Way, behind: Behind, *names: str, background: bool = False) -> None:
        self.program, self.way, self.behind = program, way, behind
        self.directory = program.token.directory
        self.ports: dict[str, int] = {}
        self.pid_path = self.directory / "stunnel.pid"
        self.background = f"pid = {self.pid_path}" if background else "foreground = quiet\npid ="
        self.configuration = self.directory / "stunnel.conf"
        self.configure(*names)
        pid_file = self.pid_path if background else None
        log = self.directory / "stunnel.log"
        super().__init__(["stunnel4", self.configuration], env=program.env, log=log, pid_file=pid_file)

    def configure(self, *names: str, pin: str = USER_PIN) -> None:
        engine = self.way.engine.format(module=self.program.token.module, pin=pin)
        text = CONFIGURATION.format(background=self.background, directory=self.directory, engine=engine)
        for name in names:
            port = self.ports.setdefault(name, free_port())
            key = self.way.key(self.program, name)
            known = self.program.certificate(name).is_file()
            certificate = self.program.certificate(name if known else "rsa")
            text += SERVICE.format(name=name, port=port, behind=self.behind.port, certificate=certificate, key=key)
        self.configuration.write_text(text)

    def start(self) -> None:
        self.log.write_bytes(b"")
        super().start()

    def ready(self) -> bool:
        return self.serves() and all(listens(port) for port in self.ports.values())

    def serves(self) -> bool:
        """Whether it has opened all its ports under the last configuration that it has taken."""
        _, loaded, since = self.said().rpartition(LOADED)
        return bool(loaded) and all(f"bound to 127.0.0.1:{port}" in since for port in self.ports.values())

    def reload(self) -> None:
        before = self.said().count(LOADED)
        self.signal(signal.SIGHUP)
        self.said_again(LOADED, before)
        wait_until(self.serves, "stunnel serves again")

    def target(self, name: str) -> tls_client.Target:
        return tls_client.Target(self.ports[name], self.program.certificate(name), b"hello\n\n")

    def ask_many(self, name: str, times: int) -> None:
        """All of many connections at a time are answered."""
        expect_equal(set(self.target(name).ask_many(times)), {ANSWER}, "what comes back")

    def ask_many_after_reload(self, name: str, times: int, note: Callable[[str], None]) -> None:
        """The same, once more if one was reset that stunnel had answered: pkcs11-provider logs in again after a reload and
        leaves "is logged in already" (reason 256) in OpenSSL's queue of errors; stunnel finds it there at the end of a
        connection and resets that, perhaps before the client has read the answer. One that was reset without its answer,
        by the log, is a failure; one of which the log tells nothing is asked again and noted."""
        before = len(self.said())
        try:
            self.ask_many(name, times)
        except ConnectionResetError as reset:
            told = Resets(self.said()[before:])
            if told.unanswered:
                raise Failed(f"stunnel reset a connection without an answer: {'; '.join(told.unanswered)}") from reset
            note(f"asked again: {'; '.join(told.answered) or 'a connection was reset, and stunnel tells of none'}")
            self.ask_many(name, times)

    def no_pid_left(self) -> None:
        expect_equal(Path(self.pid_path).exists(), False, "whether the pid file is left")

    def said_again(self, text: str, before: int) -> None:
        wait_until(lambda: self.said().count(text) > before, f"stunnel says {text!r}")
