"""Clients that connect to a TLS server: one after the other with openssl, many at a time with Python's own TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .check import expect
from .process import run

LIMIT_S = 20.0
TLS_1_2 = ssl.TLSVersion.TLSv1_2
TLS_1_3 = ssl.TLSVersion.TLSv1_3
# What openssl's client asks for, by the words for it: the name of the server's key, and options.
HANDSHAKES: dict[str, tuple[str, Sequence[str]]] = {
    "TLS 1.3, RSA (RSA-PSS, SHA-256)": ("rsa", ("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256")),
    "TLS 1.3, RSA (RSA-PSS, SHA-512)": ("rsa", ("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha512")),
    "TLS 1.3, P-256": ("p256", ("-tls1_3",)),
    "TLS 1.3, P-384": ("p384", ("-tls1_3",)),
    "TLS 1.2, RSA (PKCS#1, SHA-256)": ("rsa", ("-tls1_2", "-sigalgs", "RSA+SHA256")),
    "TLS 1.2, RSA (RSA-PSS, SHA-384)": ("rsa", ("-tls1_2", "-sigalgs", "rsa_pss_rsae_sha384")),
    "TLS 1.2, P-256": ("p256", ("-tls1_2",)),
    "TLS 1.2, P-384": ("p384", ("-tls1_2",)),
}
ED25519: dict[str, tuple[str, Sequence[str]]] = {"TLS 1.3, Ed25519": ("ed25519", ("-tls1_3",))}


@dataclass(frozen=True)
class Target:
    """A server's port, and the certificate that it must show for `localhost`."""

    port: int
    certificate: Path
    sends: bytes  # what a client says first

    def ask(self, tls: ssl.TLSVersion = TLS_1_3) -> bytes:
        """The server's whole answer to one connection."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.minimum_version = context.maximum_version = tls
        with socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_S) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                secure.sendall(self.sends)
                answer = b""
                while more := secure.recv(4096):
                    answer += more
        return answer

    def ask_many(self, times: int, at_a_time: int = 16) -> list[bytes]:
        """The answers to many connections at a time, half of them with each version of TLS."""
        with ThreadPoolExecutor(at_a_time) as pool:
            return list(pool.map(lambda turn: self.ask(TLS_1_3 if turn % 2 else TLS_1_2), range(times)))

    def ask_by_openssl(self, *options: str) -> None:
        """One connection of s_client, which checks the certificate."""
        to = ["-connect", f"127.0.0.1:{self.port}", "-CAfile", self.certificate, "-verify_hostname", "localhost"]
        command = ["openssl", "s_client", *to, "-verify_return_error", *options]
        said = run(command, stdin=b"Q\n", time_limit_s=LIMIT_S).must_work()
        expect("Verify return code: 0 (ok)" in said.text, said.last_words)
