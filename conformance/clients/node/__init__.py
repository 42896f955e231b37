"""Node: pkcs11js, graphene-pk11 and node-webcrypto-p11, each with a program of ours over its interface."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

from harness import LABEL, SO_PIN, USER_PIN, Checks, Client, Failed, Lacking, Token, group, openssl, run
from harness.python import PLACE

HERE = Path(__file__).parent
CACHE = PLACE / "node"
PREFIX = Path(shutil.which("node") or "/usr/bin/node").resolve().parents[1]
INSTALLING = threading.Lock()
TIME_LIMIT_S = 300


def installed() -> Path:
    """The folder of the packages, as the lock file has them; they are fetched when they are not there yet."""
    modules, stamp = CACHE / "node_modules", CACHE / "installed.json"
    lock = (HERE / "package-lock.json").read_bytes()
    with INSTALLING:
        if not (stamp.exists() and stamp.read_bytes() == lock):
            CACHE.mkdir(parents=True, exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, CACHE / name)
            install()
            stamp.write_bytes(lock)
    return modules


def install() -> None:
    """pkcs11js is compiled, with the headers that belong to this Node and not with any from elsewhere."""
    env = {**os.environ, "npm_config_nodedir": str(PREFIX)}
    command = ["npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier"]
    done = run(command, env=env, cwd=CACHE, time_limit_s=TIME_LIMIT_S)
    if done.status != 0:
        raise Lacking(f"npm cannot install the packages: {done.last_words}")


def program(token: Token, check: Checks, name: str) -> None:
    """Runs the program; each line that it prints is a check."""
    with check(f"{name} is installed"):
        modules = installed()
    if check.outcomes[-1].result != "passed":
        return
    key = openssl.make_key(token.path("key.pem"), "prime256v1")
    certificate = openssl.make_certificate(token.path("certificate.pem"), key, "/CN=localhost")
    which = {"MODULE": str(token.module), "TOKEN": LABEL, "PIN": USER_PIN, "SO_PIN": SO_PIN}
    env = {**token.env, **which, "NODE_PATH": str(modules), "CERTIFICATE": certificate.read_text()}
    done = run(["node", HERE / f"{name}.js"], env=env)
    lines = [json.loads(line) for line in done.out.splitlines() if line.startswith(b"{")]
    for line in lines:
        if line["result"] != "end":
            with check(line["name"]):
                if line["result"] == "failed":
                    raise Failed(" ".join(line["why"].split()))
    with check(f"{name}.js to its end"):
        done.must_work()
        if not lines or lines[-1]["result"] != "end":
            raise Failed(done.last_words)


@group()
def pkcs11js(token: Token, check: Checks) -> None:
    """pkcs11js: the C functions with their parameters, also awaited and many at a time; compared with node:crypto."""
    program(token, check, "pkcs11js")


@group()
def graphene(token: Token, check: Checks) -> None:
    """graphene-pk11: objects, keys, signatures, encryption, derivation, wrapping; compared with node:crypto."""
    program(token, check, "graphene")


@group()
def webcrypto(token: Token, check: Checks) -> None:
    """node-webcrypto-p11: the Web Crypto API and the stores of keys and certificates; compared with Node's own."""
    program(token, check, "webcrypto")


CLIENT = Client(
    programs={
        "node": "nodejs",
        "npm": "npm",
        f"{PREFIX}/include/node/node_api.h": "libnode-dev",
        "make": "make",
        "c++": "g++",
        "openssl": "openssl",
    },
    version=["node", "--version"],
    peer=True,
    groups=[pkcs11js, graphene, webcrypto],
)
