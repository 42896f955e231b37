"""The provider's settings, where it has the PIN from, and programs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from harness import USER_PIN, Checks, Token, expect, expect_equal, group, openssl
from harness.openssl_token import Program, uri

from .way import CONFIGURATION, PROVIDER, WITHOUT_PIN, setting

MESSAGE = b"a message"
SETTINGS = [
    "pkcs11-module-load-behavior = early",
    "pkcs11-module-cache-keys = false",
    "pkcs11-module-cache-sessions = 0",
    "pkcs11-module-login-behavior = always",
    "pkcs11-module-login-behavior = never",
    "pkcs11-module-allow-export = 1",
    "pkcs11-module-cache-pins = cache",
    "pkcs11-module-quirks = no-deinit",
    "pkcs11-module-quirks = no-operation-state",
    "pkcs11-module-quirks = no-session-callbacks",
    "pkcs11-module-quirks = no-allowed-mechanisms",
    "pkcs11-module-block-operations = digest",
]


def signs(program: Program, key: str, env: Mapping[str, str] | None = None, name: str = "rsa") -> None:
    made = program("dgst", "-sha256", "-sign", key, stdin=MESSAGE, env=env)
    openssl.verify_digest(program.public_pem(name), "sha256", made, MESSAGE)


def does_not_sign(program: Program, key: str, env: Mapping[str, str] | None = None) -> None:
    """A program that dies of it has not refused."""
    done = program.attempt("dgst", "-sha256", "-sign", key, stdin=MESSAGE, env=env)
    expect(0 < done.status < 128 and not done.out, f"it ended with {done.ending}")


@group()
def settings(token: Token, check: Checks) -> None:
    """Signatures under each setting of the provider; none is needed."""
    program = Program(token, PROVIDER, "rsa", "p256")
    for line in SETTINGS:
        with check(line):
            env = program.environment(setting(line))
            for name in ("rsa", "p256"):
                signs(program, uri(name), env, name)
                made = program.file(openssl.sign_digest(program.pem(name), "sha256", MESSAGE))
                words = ("-sha256", "-verify", uri(name, "public"), "-signature", made)
                said = program("dgst", *words, stdin=MESSAGE, env=env)
                expect(b"Verified OK" in said, f"openssl says {said!r}")
    with check("the module's path from the environment"):
        env = program.environment(CONFIGURATION.replace("pkcs11-module-path = @MODULE@\n", ""))
        signs(program, uri("rsa"), {**env, "PKCS11_PROVIDER_MODULE": str(token.module)})
    with check("a key that wants the PIN for each signature"):
        write = (program.pem("rsa"), program.public_pem("rsa"), "--always-auth")
        program.write_by_pkcs11_tool("rsa", "07", *write)
        signs(program, "pkcs11:id=%07;type=private")


@group()
def pins(token: Token, check: Checks) -> None:
    """The PIN from the configuration, from a URI and from files that either names; nobody is asked for it."""
    program = Program(token, PROVIDER, "rsa")
    without = program.environment(WITHOUT_PIN)
    bare, ended = program.file(USER_PIN.encode()), program.file(f"{USER_PIN}\n".encode())
    with check("the PIN in the configuration"):
        signs(program, uri("rsa"))
    for words, file in {"without": bare, "with": ended}.items():
        with check(f"a file that the configuration names, {words} a line end"):
            signs(program, uri("rsa"), program.environment(CONFIGURATION.replace("@PIN@", f"file:{file}")))
        with check(f"pin-source in the URI, {words} a line end"):
            signs(program, uri("rsa", pin_source=f"file:{file}"), without)
    with check("pin-value in the URI"):
        signs(program, uri("rsa", pin_value=USER_PIN), without)
    with check("-passin"):
        words = ("-passin", f"file:{ended}")
        made = program("dgst", "-sha256", "-sign", uri("rsa"), *words, stdin=MESSAGE, env=without)
        openssl.verify_digest(program.public_pem("rsa"), "sha256", made, MESSAGE)
    with check("no PIN at all, and no terminal: it fails and does not wait"):
        does_not_sign(program, uri("rsa"), without)
    with check("a public key needs no PIN"):
        got = program("pkey", "-pubin", "-in", uri("rsa", "public"), "-pubout", env=without)
        openssl.same_public_key(got, program.public_pem("rsa"))
    with check("a wrong PIN is refused, once and not until the token is locked"):
        does_not_sign(program, uri("rsa", pin_value="not-it"), without)
        signs(program, uri("rsa"))
    with check("a key that is not there, a token that is not there"):
        does_not_sign(program, uri("nobody"))
        does_not_sign(program, "pkcs11:token=nobody;object=rsa;type=private")


@group()
def processes(token: Token, check: Checks) -> None:
    """Many programs at a time with the same token."""
    program = Program(token, PROVIDER, "rsa", "p256")
    with check("40 signatures by eight programs at a time"):
        with ThreadPoolExecutor(8) as pool:
            names = ["rsa", "p256"] * 20
            done = list(pool.map(lambda name: signs(program, uri(name), name=name), names))
        expect_equal(len(done), 40, "the number of signatures")
