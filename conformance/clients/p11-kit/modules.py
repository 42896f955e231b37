"""The module in p11-kit's configuration. Of root p11-kit reads only the system's, so these run as a plain user."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import LABEL, USER_PIN, Checks, Finished, Skipped, Token, expect, group, openssl, owned, run

from .tool import PROXY_MODULE, URI, Tool, found

MESSAGE = b"a message"


class Configured:
    """A home directory whose configuration names one module, and the programs that see no other."""

    def __init__(self, token: Token, before: Sequence[str], line: str) -> None:
        self.token, self.before = token, before
        place = Path(token.env["HOME"]) / ".config" / "pkcs11"
        (place / "modules").mkdir(parents=True, exist_ok=True)
        (place / "pkcs11.conf").write_text("user-config: only\n")
        (place / "modules" / "tested.module").write_text(f"{line}\n")

    def attempt(self, *words: str | Path) -> Finished:
        env = {**self.token.env, "GNUTLS_PIN": USER_PIN}
        return run([*self.before, *words], env=env, cwd=self.token.directory, time_limit_s=30)

    def said(self, *words: str | Path) -> str:
        return self.attempt(*words).must_work().text

    def proxy(self) -> Tool:
        return Tool(self.token, found(PROXY_MODULE), self.token.env, self.before)


@group()
def configured(token: Token, check: Checks) -> None:
    """A .module file: p11-kit lists the module, its tokens and objects; p11tool finds it by itself."""
    with owned.plain_users(token) as (theirs, before):
        kit = Configured(theirs, before, f"module: {theirs.module}")
        with check("p11-kit list-modules: the module and its token"):
            said = kit.said("p11-kit", "list-modules")
            expect(f"token: {LABEL}" in said and str(theirs.module) in said, said)
            expect(said.count("library-description:") == 1, said)
        for command in ("list-tokens", "list-objects"):
            with check(f"p11-kit {command}"):
                done = kit.attempt("p11-kit", command, URI)
                if "is not a valid command" in done.text:
                    raise Skipped(f"this p11-kit has no {command}; 0.25 is the first")
                expect(LABEL in done.must_work().text, done.text)
        with check("p11tool without --provider: generate, list, delete"):
            words = ("--batch", "--login")
            kit.said("p11tool", *words, "--generate-privkey", "ecdsa", "--curve", "secp256r1", "--label", "k", URI)
            expect("Label: k" in kit.said("p11tool", *words, "--list-all", URI), "it is not listed")
            kit.said("p11tool", *words, "--delete", f"{URI};object=k")
        with check("a module file with the wrong path: p11-kit says so and lists nothing"):
            wrong = Configured(theirs, before, "module: /nowhere/module.so")
            done = wrong.attempt("p11-kit", "list-modules")
            expect(done.status < 128 and LABEL not in done.text, f"it ended with {done.ending}")


@group()
def proxy(token: Token, check: Checks) -> None:
    """p11-kit-proxy.so: the configured module for programs that load one module only."""
    with owned.plain_users(token) as (theirs, before):
        through(Configured(theirs, before, f"module: {theirs.module}").proxy(), check)


@group()
def pipes(token: Token, check: Checks) -> None:
    """`remote:` in a .module file: the token through `p11-kit remote` in a process of its own."""
    with owned.plain_users(token) as (theirs, before):
        kit = Configured(theirs, before, f"remote: |p11-kit remote {theirs.module}")
        with check("p11-kit list-modules: the token"):
            expect(f"token: {LABEL}" in kit.said("p11-kit", "list-modules"), "it is not listed")
        through(kit.proxy(), check)


def through(tool: Tool, check: Checks) -> None:
    with check("the token is listed"):
        expect(LABEL in tool("--list-slots", pin="").decode(), "it is not")
    with check("a wrong PIN is refused"):
        done = tool.attempt("--list-objects", pin="not-it")
        expect(done.status == 1 and "CKR_PIN_INCORRECT" in done.text, f"it ended with {done.ending}")
    with check("RSA: generate, sign"):
        public = tool.generate("rsa:2048", "rsa", "01")
        openssl.verify_digest(public, "sha256", tool.sign("SHA256-RSA-PKCS", "01", MESSAGE), MESSAGE)
    with check("P-256: generate, sign"):
        ec = tool.generate("EC:prime256v1", "p256", "02")
        digest = openssl.digest("sha256", MESSAGE)
        openssl.verify_raw(ec, tool.sign("ECDSA", "02", digest), digest)
    with check("16 signatures by eight programs at a time"), ThreadPoolExecutor(8) as pool:
        for signature in pool.map(lambda _: tool.sign("SHA256-RSA-PKCS", "01", MESSAGE), range(16)):
            openssl.verify_digest(public, "sha256", signature, MESSAGE)
