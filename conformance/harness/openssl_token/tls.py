"""TLS by s_server and s_client, with the key of either side in the token."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ..check import Checks, Failed, expect
from ..process import Finished, run, start
from .program import Program, uri

TLS_1_2 = ("-tls1_2",)
TLS_1_3 = ("-tls1_3",)
# By the words for it: the server's key, and the options of both sides.
HANDSHAKES = {
    "TLS 1.3, RSA (RSA-PSS)": ("rsa", TLS_1_3),
    "TLS 1.3, P-256": ("p256", TLS_1_3),
    "TLS 1.3, P-384": ("p384", TLS_1_3),
    "TLS 1.3, P-521": ("p521", TLS_1_3),
    "TLS 1.2, RSA signs (PSS)": ("rsa", (*TLS_1_2, "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")),
    "TLS 1.2, RSA signs (PKCS#1)": ("rsa", (*TLS_1_2, "-cipher", "ECDHE-RSA-AES128-SHA", "-sigalgs", "RSA+SHA256")),
    "TLS 1.2, RSA decrypts": ("rsa", (*TLS_1_2, "-cipher", "AES128-GCM-SHA256")),
    "TLS 1.2, P-256": ("p256", (*TLS_1_2, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")),
}
ED25519 = {"TLS 1.3, Ed25519": ("ed25519", TLS_1_3)}


class Server:
    """s_server that turns each line round, for as long as the `with` lasts; gives its address."""

    def __init__(self, program: Program, env: Mapping[str, str], *words: str | Path) -> None:
        self.log = program.new_file()
        command = ["openssl", "s_server", "-rev", "-accept", "127.0.0.1:0", *words]
        self.process: subprocess.Popen[bytes] = start(command, env=env, log=self.log)

    def __enter__(self) -> str:
        for _ in range(400):
            found = re.search(r"ACCEPT (127\.0\.0\.1:\d+)", self.said())
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.025)
        self.__exit__()
        raise Failed(f"s_server does not listen: {' '.join(self.said().split())}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def in_token(program: Program, name: str) -> list[str | Path]:
    """The options for a key in the token with its certificate in a file."""
    return [*program.way.options, "-key", uri(name), "-cert", program.certificate(name)]


def in_file(program: Program, name: str) -> list[str | Path]:
    return ["-key", program.pem(name), "-cert", program.certificate(name)]


def tls_servers(program: Program, check: Checks, more: Mapping[str, tuple[str, tuple[str, ...]]] | None = None) -> None:
    """The server's key is in the token; the client is openssl's software."""
    for words, (name, options) in {**HANDSHAKES, **(more or {})}.items():
        with check(f"server: {words}"):
            server = Server(program, program.env, *in_token(program, name), *options)
            with server as address:
                for _ in range(3):
                    said = attempt_to_talk(address, program.token.env, "-CAfile", program.certificate(name), *options)
                    program.way.excuse(words, server.said())
                    answered(said)
    with check("server: 20 clients one after the other"):
        with Server(program, program.env, *in_token(program, "p256")) as address:
            for _ in range(20):
                talk(address, program.token.env, "-CAfile", program.certificate("p256"))


def tls_clients(program: Program, check: Checks, more: Mapping[str, tuple[str, tuple[str, ...]]] | None = None) -> None:
    """The client's key is in the token; the server, with a key in a file, asks for it."""
    for words, (name, options) in {**HANDSHAKES, **(more or {})}.items():
        if "decrypts" in words:
            continue
        with check(f"client: {words}"):
            wanted = ("-Verify", "1", "-verify_return_error", "-CAfile", program.certificate(name))
            with Server(program, program.token.env, *in_file(program, name), *wanted, *options) as address:
                own = (*in_token(program, name), "-CAfile", program.certificate(name))
                talk(address, program.env, *own, *options)
                refused = attempt_to_talk(address, program.token.env, "-CAfile", program.certificate(name), *options)
                expect(b"olleh" not in refused.out, "a client without a certificate is let in")
    with check("both keys in the token"):
        wanted = ("-Verify", "1", "-verify_return_error", "-CAfile", program.certificate("rsa"))
        with Server(program, program.env, *in_token(program, "p256"), *wanted) as address:
            talk(address, program.env, *in_token(program, "rsa"), "-CAfile", program.certificate("p256"))


def talk(address: str, env: Mapping[str, str], *words: str | Path) -> None:
    answered(attempt_to_talk(address, env, *words))


def answered(said: Finished) -> None:
    expect(b"olleh" in said.must_work().out, f"the server did not answer: {said.last_words}")


def attempt_to_talk(address: str, env: Mapping[str, str], *words: str | Path) -> Finished:
    command = ["openssl", "s_client", "-quiet", "-connect", address, "-verify_hostname", "localhost"]
    checked = ["-verify_return_error", "-verify", "1"]
    return run([*command, *checked, *words], env=env, stdin=b"hello\nCLOSE\n", time_limit_s=30)
