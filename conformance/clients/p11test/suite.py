"""The program, the keys that it is run with (as its runtest.sh makes them), and what its tests say."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from harness import USER_PIN, Checks, Failed, Skipped, Token, group, openssl, run
from harness.debian import Source

SOURCE = Source("opensc", "trixie")
COMPILING = threading.Lock()

# Key pairs with a certificate: type, identifier, label.
CERTIFIED = (
    ("RSA:1024", "01", "RSA_auth"),
    ("RSA:2048", "02", "RSA2048"),
    ("RSA:3072", "09", "RSA3072"),
    ("RSA:4096", "10", "RSA4096"),
    ("EC:secp256r1", "03", "ECC_auth"),
    ("EC:secp521r1", "04", "ECC521"),
)
SECRET = (("aes:16", "07", "AES128 key"), ("aes:32", "08", "AES256 key"))

COMPLAINT = re.compile(r"rv = 0x|\[ ERROR \w+ \]|Not allowed to|Invalid key length|Failed to")
SETTINGS = {"strictness.usage_defaults": "explicit"}
WHY = (
    "usage_test wants CKA_DERIVE of a secret key to be that of its public key, which it has not; a use that the key's "
    "maker does not name is then FALSE, and is TRUE as vhsm comes (the standard leaves the default to the token)"
)
USES = {
    "RSA": ("--usage-sign", "--usage-decrypt", "--usage-wrap"),
    "EC": ("--usage-sign", "--usage-derive"),
    "aes": ("--usage-sign", "--usage-decrypt", "--usage-wrap"),
}

# What is a test's own assumption: what may fail there, of what it does and what comes of it, and why it need not work.
ASSUMPTIONS = {
    "secret_tests": (
        [r"Signing message of length 42 using CKM_AES_CMAC_GENERAL: \[SKIP \d+ \] Not allowed to sign with .*"],
        "asks CKM_AES_CMAC_GENERAL, which SoftHSM has not, for a MAC of 42 bytes; AES-CMAC has 16, so that the answer is "
        "CKR_MECHANISM_PARAM_INVALID",
    ),
    "wrap_tests": (
        [
            r"Wrap a key \[\d+\] \((RSA|EC)\) using CKM_RSA_\w+: C_WrapKey: rv = 0x00000062",
            r"Wrap a key \[\d+\] \((RSA|EC)\) using CKM_AES_(ECB|CBC): C_WrapKey: rv = 0x00000069",
            r"Wrap a key \[\d+\] \(AES\) using CKM_RSA_X_509: .*Wrapped key does not match",
            r"Unwrap a AES key using CKM_RSA_X_509: C_UnwrapKey: rv = 0x00000110",
        ],
        "counts as errors that private keys do not fit into an RSA block (CKR_KEY_SIZE_RANGE) or, without padding, "
        "into AES blocks (CKR_KEY_NOT_WRAPPABLE), and wants CKM_RSA_X_509 to wrap with a padding of its own instead of "
        "zeros",
    ),
}


def program() -> Path:
    """The program, compiled when it is not there yet: its sources, a few headers of OpenSC's, and no more."""
    path = SOURCE.place / "p11test"
    with COMPILING:
        if not path.exists():
            headers = SOURCE.place / "headers"
            headers.mkdir(exist_ok=True)
            (headers / "config.h").write_text("#define ENABLE_OPENSSL 1\n")
            half = path.with_suffix(".half")
            sources = sorted((SOURCE.tree / "src" / "tests" / "p11test").glob("*.c"))
            options = ["-std=gnu99", "-O1", "-w", f"-I{headers}", f"-I{SOURCE.tree / 'src'}"]
            run(["cc", *options, *sources, "-o", half, "-lcmocka", "-lcrypto", "-ldl"]).must_work()
            half.rename(path)
    return path


def prepare(token: Token) -> None:
    """Keys and certificates."""

    def tool(*words: str | Path, identifier: str, label: str) -> None:
        login = ["--module", token.module, "--login", "--pin", USER_PIN]
        run(["pkcs11-tool", *login, *words, "--id", identifier, "--label", label], env=token.env).must_work()

    made = [("--keypairgen", *pair) for pair in (*CERTIFIED, ("EC:edwards25519", "05", "EDDSA"))]
    made += [("--keygen", *key) for key in SECRET]
    for verb, kind, identifier, label in made:
        uses = USES[kind.partition(":")[0]]
        tool(verb, "--key-type", kind, "--extractable", *uses, identifier=identifier, label=label)
    template = SOURCE.tree / "src" / "tests" / "p11test" / "cert.cfg"
    for _, identifier, label in CERTIFIED:
        certificate, key = token.path(f"{label}.pem"), f"pkcs11:object={label}"
        keys = [f"--load-privkey={key};type=private", f"--load-pubkey={key};type=public"]
        command = ["certtool", "--generate-self-signed", f"--template={template}", f"--provider={token.module}", *keys]
        run([*command, "--outfile", certificate], env={**token.env, "GNUTLS_PIN": USER_PIN}).must_work()
        der = token.write(f"{label}.der", openssl.certificate_der(certificate))
        tool("--write-object", der, "--type", "cert", identifier=identifier, label=label)


@group(settings=SETTINGS, why=WHY)
def tests(token: Token, check: Checks) -> None:
    """p11test: mechanisms, interfaces, signatures, decryption, usage, PSS and OAEP, derivation, AES, wrapping."""
    path = program()
    prepare(token)
    # Both outputs as one, line by line, so that what is said stands with the test that says it.
    merged = ["sh", "-c", 'exec "$@" 2>&1', "sh", "stdbuf", "-oL"]
    done = run([*merged, path, "-v", "-m", token.module, "-p", USER_PIN], env=token.env, cwd=token.directory)
    text = done.out.decode(errors="replace")
    ended = re.findall(r"^\[ RUN      \] (\w+)$(.*?)^\[ +(OK|FAILED|SKIPPED) +\] \1$", text, re.MULTILINE | re.DOTALL)
    for name, said, result in ended:
        with check(name):
            if result == "SKIPPED":
                raise Skipped(SKIPPED.get(name, "the program skips it"))
            if result == "FAILED":
                fail(name, said)
    with check("p11test to its end"):
        if f"[==========] {len(ended)} test(s) run." not in text:
            raise Failed(f"it ended with {done.ending}: {done.last_words}")


SKIPPED = {
    "wait_test": "waits for somebody who takes the token out, and skips itself without -i",
    "interface_test": "the module has no C_GetInterfaceList",
}


def fail(name: str, said: str) -> None:
    """Fails, unless all that the test complains of is an assumption of its own."""
    found = complaints(said)
    expected, why = ASSUMPTIONS.get(name, ([], ""))
    unexpected = [one for one in found if not any(re.fullmatch(pattern, one) for pattern in expected)]
    if found and not unexpected:
        raise Skipped(why)
    raise Failed("; ".join(unexpected) or "it does not say why")


def complaints(said: str) -> list[str]:
    """What the test was about at each line that complains, and that line."""
    found, doing = [], ""
    for line in said.splitlines():
        if task := re.match(r" \[ KEY \w+ \] (.*)", line):
            doing = task.group(1)
        if COMPLAINT.search(line):
            found.append(f"{doing}: {line.strip()}")
    return found
