"""nginx with a configuration of its own in the group's directory."""

from __future__ import annotations

import signal
from pathlib import Path

from harness import Finished, Server, expect, expect_equal, free_port, listens, run, tls_client, wait_until
from harness.openssl_token import Program

from .way import Way

NGINX = "/usr/sbin/nginx"  # in no plain user's path
WORKERS = 3
# nginx clears the environment of its processes but for what `env` names.
CONFIGURATION = """daemon {daemon};
user {user};
worker_processes {workers};
pid {directory}/nginx.pid;
error_log {directory}/nginx.log notice;
env OPENSSL_CONF;
env VHSM_CONF;
env SOFTHSM2_CONF;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/nginx-body;
    proxy_temp_path {directory}/nginx-proxy;
    fastcgi_temp_path {directory}/nginx-fastcgi;
    uwsgi_temp_path {directory}/nginx-uwsgi;
    scgi_temp_path {directory}/nginx-scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
{servers}}}
"""
SERVER = """    server {{
        listen 127.0.0.1:{port} ssl {options};
        ssl_certificate {certificate};
        ssl_certificate_key "{key}";
        location / {{ return 200 "$pid $ssl_protocol {name}"; }}
    }}
"""


class Nginx(Server):
    """A server with a port for each of the keys."""

    def __init__(
        self,
        program: Program,
        way: Way,
        *names: str,
        user: str = "root root",
        options: str = "",
        daemon: bool = False,
    ) -> None:
        self.program, self.way, self.user, self.options = program, way, user, options
        self.daemon = daemon
        self.directory = program.token.directory
        self.ports: dict[str, int] = {}
        for name in names:
            self.ports[name] = free_port()
        self.configuration = self.directory / "nginx.conf"
        self.configure(*names)
        pid_file = self.directory / "nginx.pid" if daemon else None
        super().__init__(self.command_line(), env=program.env, log=self.directory / "nginx.log", pid_file=pid_file)

    def command_line(self, *more: str) -> list[str | Path]:
        return [NGINX, "-p", self.directory, "-e", self.directory / "nginx.log", "-c", self.configuration, *more]

    def configure(self, *names: str) -> None:
        """Writes the configuration for these keys; a name may be that of a key that is not there."""
        servers = ""
        for name in names:
            port = self.ports.setdefault(name, free_port())
            known = self.program.certificate(name).is_file()
            certificate = self.program.certificate(name if known else next(iter(self.ports)))
            key = self.way.key(self.program, name)
            servers += SERVER.format(port=port, certificate=certificate, key=key, name=name, options=self.options)
        values = {"directory": self.directory, "workers": WORKERS, "servers": servers, "user": self.user}
        self.configuration.write_text(CONFIGURATION.format(daemon="on" if self.daemon else "off", **values))

    def test(self) -> Finished:
        """What `nginx -t` says of the configuration."""
        return run(self.command_line("-t"), env=self.env, time_limit_s=30)

    def ready(self) -> bool:
        return all(listens(port) for port in self.ports.values()) and len(self.children()) == WORKERS

    def target(self, name: str) -> tls_client.Target:
        return tls_client.Target(self.ports[name], self.program.certificate(name), b"GET / HTTP/1.0\r\n\r\n")

    def ask_many(self, name: str, times: int) -> set[int]:
        """All of many requests at a time are answered; gives the workers that have done it."""
        return {worker_of(answer, name) for answer in self.target(name).ask_many(times)}

    def reload(self) -> set[int]:
        """Gives the new workers, once the old ones have gone."""
        old = set(self.children())
        self.signal(signal.SIGHUP)
        wait_until(lambda: len(self.children()) == WORKERS and not old & set(self.children()), "new workers alone")
        return set(self.children())

    def stop_cleanly(self, by: signal.Signals) -> None:
        expect_equal(self.stop(by), 0, "the status")
        self.no_worker_died()

    def no_worker_died(self) -> None:
        died = [line for line in self.said().splitlines() if "exited on signal" in line]
        expect(not died, f"nginx says {died}")


def worker_of(answer: bytes, name: str) -> int:
    """The process that has answered."""
    head, _, body = answer.decode().partition("\r\n\r\n")
    expect(head.startswith("HTTP/1.1 200 ") and body.endswith(f" {name}"), f"the answer is {answer!r}")
    return int(body.split()[0])
