"""What the engine is told in URIs and in its configuration: which key, and the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from harness import LABEL, USER_PIN, Checks, Skipped, Token, expect, expect_equal, group, openssl, run
from harness.openssl_token import Program, uri

from .way import CONFIGURATION, ENGINE, WITHOUT_PIN

MESSAGE = b"a message"
ONE_UNKNOWN_KEY = "libp11 before 0.4.13 finds no key at all where one is of a type that it does not know"

LINE_END = "libp11 0.4.12 takes the line end for a part of the PIN; write the file without one"


def signs(program: Program, key: str, env: Mapping[str, str] | None = None, name: str = "rsa") -> None:
    made = program.with_key("dgst", "-sign", key, "-sha256", stdin=MESSAGE, env=env)
    openssl.verify_digest(program.public_pem(name), "sha256", made, MESSAGE)


def does_not_sign(program: Program, key: str, env: Mapping[str, str] | None = None) -> str:
    """What is said; a program that dies of it has not refused."""
    done = program.attempt("dgst", *ENGINE.options, "-sign", key, "-sha256", stdin=MESSAGE, env=env)
    expect(0 < done.status < 128 and not done.out, f"it ended with {done.ending}")
    return done.text


@group()
def uris(token: Token, check: Checks) -> None:
    """Keys by each of their attributes, in PKCS#11 URIs and in the engine's older words."""
    program = Program(token, ENGINE, "rsa", "p256")
    about = information(program)
    names = {
        "object and type": uri("rsa"),
        "object": f"pkcs11:token={LABEL};object=rsa",
        "id": f"pkcs11:token={LABEL};id=%01;type=private",
        "id of another key": f"pkcs11:token={LABEL};id=%02;type=private",
        "id alone": "pkcs11:id=%01",
        "serial number": f"pkcs11:serial={about['serial num']};object=rsa",
        "manufacturer and model": f"pkcs11:manufacturer={about['token manufacturer']};model={about['token model']};id=%01",
        "object alone": "pkcs11:object=rsa",
        "the older words: id": "id_01",
        "the older words: label": "label_rsa",
    }
    for words, name in names.items():
        with check(f"a key by {words}"):
            signs(
                program,
                name.replace(" ", "%20") if "pkcs11:" in name else name,
                name="p256" if "%02" in name else "rsa",
            )
    with check("a key that is not there"):
        does_not_sign(program, uri("nobody"))
    with check("a token that is not there"):
        does_not_sign(program, "pkcs11:token=nobody;object=rsa")
    with check("MODULE_PATH from the environment"):
        env = program.environment(CONFIGURATION.replace("MODULE_PATH = @MODULE@\n", ""))
        signs(program, uri("rsa"), {**env, "PKCS11_MODULE_PATH": str(token.module)})
    with check("a key that wants the PIN for each signature"):
        options = ("--always-auth",)
        program.write_by_pkcs11_tool("rsa", "07", program.pem("rsa"), program.public_pem("rsa"), *options)
        key = f"pkcs11:token={LABEL};id=%07;type=private"
        data = program.file(MESSAGE)
        made = program.with_key("dgst", "-sign", key, "-sha256", data, stdin=f"{USER_PIN}\n".encode())
        openssl.verify_digest(program.public_pem("rsa"), "sha256", made, MESSAGE)
    with check("a key beside one of a type that the engine does not know"):
        program.make("ed25519")
        done = program.attempt("dgst", *ENGINE.options, "-sign", uri("rsa"), "-sha256", stdin=MESSAGE)
        if "Unable to enumerate private keys" in done.text:
            raise Skipped(ONE_UNKNOWN_KEY)
        done.must_work()


def information(program: Program) -> dict[str, str]:
    """What pkcs11-tool says of the token."""
    tool = ["pkcs11-tool", "--module", program.token.module, "--list-token-slots"]
    said = run(tool, env=program.token.env).must_work().out.decode()
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in said.splitlines())}


@group()
def pins(token: Token, check: Checks) -> None:
    """The PIN from the configuration, from a URI and from a file that a URI names; nobody is asked for it."""
    program = Program(token, ENGINE, "rsa")
    without = program.environment(WITHOUT_PIN)
    right, wrong = program.file(USER_PIN.encode()), program.file(b"not-it")
    with check("PIN in the configuration"):
        signs(program, uri("rsa"))
    with check("pin-value in the URI"):
        signs(program, uri("rsa", pin_value=USER_PIN), without)
    for words, source in {"a path": str(right), "a file: URI": f"file:{right}"}.items():
        with check(f"pin-source in the URI, {words}"):
            signs(program, uri("rsa", pin_source=source), without)
    with check("pin-source of a file with a line end"):
        key = uri("rsa", pin_source=str(program.file(f"{USER_PIN}\n".encode())))
        done = program.attempt("dgst", *ENGINE.options, "-sign", key, "-sha256", stdin=MESSAGE, env=without)
        if "Login failed" in done.text:
            raise Skipped(LINE_END)
        done.must_work()
    with check("pin-source before the configuration's PIN"):
        env = program.environment(CONFIGURATION.replace("@PIN@", "not-it"))
        signs(program, uri("rsa", pin_source=str(right)), env)
    with check("no PIN at all, and no terminal: it fails and does not wait"):
        does_not_sign(program, uri("rsa"), without)
    with check("a public key needs no PIN"):
        words = ("-engine", "pkcs11", "-inform", "engine", "-pubin", "-in", uri("rsa", "public"))
        got = program("pkey", *words, env=without)
        openssl.same_public_key(got, program.public_pem("rsa"))
    with check("a wrong PIN is refused, once and not until the token is locked"):
        does_not_sign(program, uri("rsa", pin_source=str(wrong)), without)
        signs(program, uri("rsa"))


@group()
def processes(token: Token, check: Checks) -> None:
    """Many programs at a time with the same token."""
    program = Program(token, ENGINE, "rsa", "p256")
    with check("40 signatures by eight programs at a time"):
        with ThreadPoolExecutor(8) as pool:
            names = ["rsa", "p256"] * 20
            done = list(pool.map(lambda name: signs(program, uri(name), name=name), names))
        expect_equal(len(done), 40, "the number of signatures")
