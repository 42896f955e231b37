"""selfserv and tstclnt: TLS with the keys of either side in the token."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from harness import USER_PIN, Checks, Failed, Finished, Token, expect, group, openssl, run, start

from .messages import with_keys
from .tool import Database, nickname

REQUEST = b"GET / HTTP/1.0\r\n\r\n"
VERSIONS = {"TLS 1.3": ("tls1.3:tls1.3", "-tls1_3"), "TLS 1.2": ("tls1.2:tls1.2", "-tls1_2")}
NAMES = ("rsa-2048", "p-256")


class Server:
    """selfserv for as long as the `with` lasts; gives its port."""

    def __init__(self, database: Database, name: str, *words: str | Path) -> None:
        self.port = free_port()
        self.log = database.new_file()
        key = ["-n" if "rsa" in name else "-e", nickname(name), "-w", USER_PIN]
        command = ["selfserv", "-d", database.name, "-p", str(self.port), *key, *words]
        self.process = start(command, env=database.token.env, log=self.log)

    def __enter__(self) -> int:
        for _ in range(400):
            if self.process.poll() is not None:
                break
            if listens(self.port):
                return self.port
            time.sleep(0.025)
        self.__exit__()
        raise Failed(f"the server does not listen: {' '.join(self.log.read_text(errors='replace').split())}")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


class OpensslServer(Server):
    """s_server with a key in a file; it tells of its clients' certificates."""

    def __init__(self, database: Database, private: Path, certificate: Path, *words: str | Path) -> None:
        self.port = free_port()
        self.log = database.new_file()
        own = ["-key", private, "-cert", certificate, "-rev", "-accept", f"127.0.0.1:{self.port}"]
        self.process = start(["openssl", "s_server", *own, *words], env=database.token.env, log=self.log)

    def must_say(self, words: str) -> None:
        for _ in range(200):
            if words in self.log.read_text(errors="replace"):
                return
            time.sleep(0.025)
        raise Failed(f"the server has not said {words!r}")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@group()
def servers(token: Token, check: Checks) -> None:
    """selfserv with keys of the token; openssl and tstclnt talk to it."""
    database = with_keys(token)
    ca = database.pem("ca")
    for name in NAMES:
        with check(f"selfserv with the {name} key"), Server(database, name) as port:
            for options in VERSIONS.values():
                for _ in range(3):
                    answered(by_openssl(port, ca, options[1]))
                said = by_tstclnt(database, port, options[0], "-Q").must_work()
                expect(f"subject DN: CN={name}" in said.text, said.last_words)
    with check("selfserv: TLS 1.2, RSA decrypts"), Server(database, "rsa-2048", "-c", ":009C") as port:
        answered(by_openssl(port, ca, "-tls1_2", "-cipher", "AES128-GCM-SHA256"))
    with check("selfserv: 40 clients one after the other"), Server(database, "p-256") as port:
        for _ in range(40):
            answered(by_openssl(port, ca))
    with check("killed, and ended, selfserv serves with the same key when it is started again"):
        for ends in (subprocess.Popen.kill, subprocess.Popen.terminate, subprocess.Popen.kill):
            server = Server(database, "p-256")
            with server as port:
                answered(by_openssl(port, ca))
                ends(server.process)


@group()
def clients(token: Token, check: Checks) -> None:
    """tstclnt shows a certificate whose key is in the token to a server that wants one."""
    database = with_keys(token)
    ca = database.pem("ca")
    private = openssl.make_key(token.path("server.pem"), "prime256v1")
    certificate = openssl.make_certificate(token.path("server.crt"), private, "/CN=localhost")
    database.certutil("-A", "-n", "server", "-t", "CP,,", "-i", certificate, "-a")
    for name in NAMES:
        for version, (versions, option) in VERSIONS.items():
            with check(f"{version}, {name}"):
                wanted = ["-Verify", "1", "-verify_return_error", "-CAfile", ca, option]
                server = OpensslServer(database, private, certificate, *wanted)
                with server as port:
                    by_tstclnt(database, port, versions, "-Q", "-n", nickname(name)).must_work()
                    server.must_say(f"CN = {name}")
                    without = ["tstclnt", "-4", "-D", "-o", "-Q", "-h", "localhost", "-p", str(port), "-V", versions]
                    run(["prlimit", "--cpu=10", *without], env=token.env, time_limit_s=30)
                    server.must_say("peer did not return a certificate")


def by_openssl(port: int, ca: Path, *options: str) -> Finished:
    words = ["-quiet", "-connect", f"127.0.0.1:{port}", "-CAfile", ca, "-verify_return_error", "-verify_hostname"]
    return run(["openssl", "s_client", *words, "localhost", *options], stdin=REQUEST, time_limit_s=30)


def by_tstclnt(database: Database, port: int, versions: str, *words: str) -> Finished:
    target = ("-4", "-h", "localhost", "-p", str(port), "-V", versions, "-w", USER_PIN)
    return database.attempt("tstclnt", *target, *words, stdin=REQUEST)


def answered(said: Finished) -> None:
    expect(b"200 ok" in said.out.lower(), f"the server did not answer: {said.last_words}")
