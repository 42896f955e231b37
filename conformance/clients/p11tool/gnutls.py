"""GnuTLS's other programs with keys of the token: certtool, gnutls-serv, gnutls-cli."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from harness import Checks, Failed, Finished, Token, expect, expect_equal, group, openssl, run, start

from .keys import OLD_POINTS, WHY, exported_public, write
from .tool import Tool, url

KINDS = ["RSA:2048", "prime256v1", "ED25519"]
TEMPLATE = """cn = "localhost"
dns_name = "localhost"
expiration_days = 30
tls_www_server
signing_key
encryption_key
"""
# TLS by its key's kind, the priorities of both sides, and what the key then does.
TLS = {
    "TLS 1.3, RSA (RSA-PSS)": ("RSA:2048", "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    "TLS 1.3, P-256": ("prime256v1", "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    "TLS 1.3, Ed25519": ("ED25519", "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    "TLS 1.2, RSA signs (PKCS#1)": ("RSA:2048", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA256"),
    "TLS 1.2, RSA decrypts": ("RSA:2048", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA"),
    "TLS 1.2, P-256": ("prime256v1", "NORMAL:-VERS-ALL:+VERS-TLS1.2"),
}


class Keys:
    """A key of every kind in the token, and a self-signed certificate of each."""

    def __init__(self, token: Token) -> None:
        self.tool = Tool(token)
        self.template = token.write("template", TEMPLATE.encode())
        for number, kind in enumerate(KINDS, 1):
            private = openssl.make_key(token.path(f"{kind}.pem"), kind)
            openssl.make_certificate(self.certificate(kind), private, "/CN=localhost", *self.extensions())
            for option, path in (("--load-privkey", private), ("--load-pubkey", openssl.public_key(private))):
                write(self.tool, kind, f"0{number}", option, path)

    @staticmethod
    def extensions() -> list[str]:
        return ["-addext", "subjectAltName=DNS:localhost"]

    def certificate(self, kind: str) -> Path:
        return self.tool.token.path(f"{kind}.crt")

    def certtool(self, *words: str | Path) -> bytes:
        """What certtool writes to its output file."""
        output = self.tool.new_file()
        command = ["certtool", "--provider", self.tool.token.module, "--template", self.template, *words]
        run([*command, "--outfile", output], env=self.tool.env).must_work()
        return output.read_bytes()


@group(settings=OLD_POINTS, why=WHY)
def certtool(token: Token, check: Checks) -> None:
    """certtool signs requests, certificates and messages with keys of the token."""
    keys = Keys(token)
    pss = {"RSA-PSS": "RSA:2048"}
    for name, kind in {**{kind: kind for kind in KINDS}, **pss}.items():
        private = url(object=kind, kind="private")
        options = ["--sign-params", "RSA-PSS"] if name in pss else []
        with check(f"--generate-request {name}"):
            exported_public(keys.tool, kind)
            request = keys.certtool("--generate-request", "--load-privkey", private, *options)
            openssl.verify_request(request)
        with check(f"--generate-self-signed {name}"):
            exported_public(keys.tool, kind)
            made = keys.certtool("--generate-self-signed", "--load-privkey", private, *options)
            path = keys.tool.file(made)
            openssl.openssl("verify", "-check_ss_sig", "-CAfile", path, path)
    for kind in KINDS[:2]:
        with check(f"--p7-sign {kind}"):
            words = ("--load-privkey", url(object=kind, kind="private"), "--load-certificate", keys.certificate(kind))
            message = keys.tool.file(b"a message")
            signed = keys.certtool("--p7-sign", *words, "--infile", message)
            said = ("cms", "-verify", "-inform", "PEM", "-noverify", "-binary")
            expect_equal(openssl.openssl(*said, stdin=signed), b"a message", "the message")
    with check("--generate-certificate by a CA whose key is in the token"):
        ca, leaf = keys.certificate("prime256v1"), token.path("RSA:2048.pem")
        issuer = ("--load-ca-certificate", ca, "--load-ca-privkey", url(object="prime256v1", kind="private"))
        made = keys.certtool("--generate-certificate", "--load-privkey", leaf, *issuer)
        openssl.openssl("verify", "-CAfile", ca, keys.tool.file(made))


@group(settings=OLD_POINTS, why=WHY)
def tls(token: Token, check: Checks) -> None:
    """gnutls-serv with a key of the token; gnutls-cli and openssl talk to it."""
    keys = Keys(token)
    for name, (kind, priority) in TLS.items():
        with check(name), Server(keys, kind, priority) as port:
            talk(keys, port, kind, "--priority", priority)
            options = ["-connect", f"127.0.0.1:{port}", "-CAfile", keys.certificate(kind), "-verify_return_error"]
            said = openssl.attempt("s_client", *options, stdin=b"Q\n").must_work()
            expect("Verify return code: 0 (ok)" in said.text, said.last_words)
    with check("killed, and ended, gnutls-serv serves with the same key when it is started again"):
        for ends in (subprocess.Popen.kill, subprocess.Popen.terminate, subprocess.Popen.kill):
            server = Server(keys, "prime256v1", TLS["TLS 1.3, P-256"][1])
            with server as port:
                talk(keys, port, "prime256v1")
                ends(server.process)
    wanted = ["--require-client-cert", "--x509cafile", keys.certificate("RSA:2048")]
    own = ["--x509certfile", keys.certificate("RSA:2048"), "--x509keyfile", url(object="RSA:2048", kind="private")]
    tls_1_2 = TLS["TLS 1.2, P-256"][1]  # where a client whose certificate is refused hears of it in the handshake
    with check("a client that holds a key of the token is let in, one that holds none is not"):
        with Server(keys, "prime256v1", tls_1_2, *wanted) as port:
            talk(keys, port, "prime256v1", "--provider", token.module, *own)
            refused = attempt_to_talk(keys, port, "prime256v1")
            expect("Handshake was completed" not in refused.text, "a client without a certificate is let in")


def talk(keys: Keys, port: int, kind: str, *words: str | Path) -> None:
    said = attempt_to_talk(keys, port, kind, *words).must_work()
    expect("Handshake was completed" in said.text, said.last_words)


def attempt_to_talk(keys: Keys, port: int, kind: str, *words: str | Path) -> Finished:
    command = ["gnutls-cli", "--x509cafile", keys.certificate(kind), *words]
    target = ["--port", str(port), "--sni-hostname", "localhost", "--verify-hostname", "localhost", "127.0.0.1"]
    return run([*command, *target], env=keys.tool.env, stdin=b"hello\n", time_limit_s=20)


class Server:
    """gnutls-serv for as long as the `with` lasts; gives its port."""

    def __init__(self, keys: Keys, kind: str, priority: str, *more: str | Path) -> None:
        self.port = free_port()
        self.log = keys.tool.new_file()
        files = ["--x509keyfile", url(object=kind, kind="private"), "--x509certfile", keys.certificate(kind)]
        command = ["gnutls-serv", "--provider", keys.tool.token.module, "--echo", "--priority", priority]
        self.process = start([*command, *files, *more, "--port", str(self.port)], env=keys.tool.env, log=self.log)

    def __enter__(self) -> int:
        for _ in range(200):
            if self.process.poll() is not None:
                break
            if listens(self.port):
                return self.port
            time.sleep(0.05)
        self.__exit__()
        raise Failed(f"gnutls-serv does not listen: {self.log.read_text().strip().splitlines()[-1:]}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


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
