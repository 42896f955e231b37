"""The JDK's programs, the Java sources of this folder, and the files that both sides need."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from harness import LABEL, SO_PIN, USER_PIN, Checks, Failed, Finished, Skipped, Token, expect, openssl, run
from harness.python import PLACE

FOLDER = Path(__file__).parent
PACKAGE = "default-jdk-headless"
CACHE = PLACE / "java"
FILE_PASSWORD = "file password"
# Where JSSE asks for the keys of TLS: no part of the JDK's public interface.
EXPORTS = [f"java.base/sun.security.internal.{package}=ALL-UNNAMED" for package in ("spec", "interfaces")]
EXPORT_OPTIONS = [word for export in EXPORTS for word in ("--add-exports", export)]
# For programs that run for a second: half of their time is compiling better code, and collecting garbage side by side.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
COMPILED = threading.Lock()
# What P11KeyStore says, except on NSS.
NO_TRUST = "trusted certificates may only be set by token initialization application"
NO_TRUST_WHY = "SunPKCS11 writes trusted certificates to NSS only; it reads those that the SO trusts"


def program(name: str) -> str:
    """A program of the JDK in JAVA_HOME, or else of the one that is in the path."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / name) if home else name


@lru_cache
def release() -> int:
    """The feature number of the JDK."""
    text = run([program("javac"), "-version"]).must_work().text
    return int(text.split()[1].split(".")[0])


def classes() -> Path:
    """The compiled sources, kept as long as they and the JDK stay the same."""
    sources = sorted((FOLDER / "src").glob("*.java"))
    if release() >= 25:
        sources += sorted((FOLDER / "src25").glob("*.java"))
    content = b"".join(path.read_bytes() for path in sources)
    place = CACHE / f"{release()}-{hashlib.sha256(content).hexdigest()[:16]}"
    with COMPILED:
        if not place.exists():
            fresh = place.with_suffix(".new")
            shutil.rmtree(CACHE, ignore_errors=True)
            command = [program("javac"), "-d", fresh, "-encoding", "UTF-8", *EXPORT_OPTIONS, *sources]
            run(command, time_limit_s=240).must_work()
            fresh.rename(place)
    return place


def configuration(token: Token, *lines: str) -> Path:
    """The provider's: a name and the library are all that it needs."""
    path = token.path(f"sunpkcs11{len(list(token.directory.glob('sunpkcs11*')))}.cfg")
    text = [f"name = {token.directory.name.replace('_', '-')}", f"library = {token.module}", *lines]
    path.write_text("\n".join(text) + "\n")
    return path


def java(token: Token, configured: Path, *words: str | Path) -> Finished:
    """Runs `Main` with the provider's configuration, the PIN, and `words`."""
    command = [program("java"), *EXPORT_OPTIONS, *QUICK, "-cp", classes(), "Main"]
    return run([*command, configured, USER_PIN, *words], env=token.env, cwd=token.directory, time_limit_s=600)


def relay(check: Checks, done: Finished, prefix: str = "") -> None:
    """The checks that the program tells of, as checks of the group."""
    lines = done.out.decode(errors="replace").splitlines()
    for line in lines:
        mark, *told = line.split("\t")
        if mark != "check" or len(told) != 3:
            continue
        result, name, why = told
        with check(prefix + name):
            if result == "skipped":
                raise Skipped(why)
            if result != "passed":
                raise Failed(why)
    if not lines or lines[-1] != "end":
        with check(f"{prefix}Java comes to its end"):
            raise Failed(f"java ended with {done.ending}: {done.last_words}")


def part(token: Token, check: Checks, *words: str | Path) -> None:
    """One part of the program, with the attributes that the provider sets by itself, and with `compatibility`."""
    relay(check, java(token, configuration(token), *words))
    compatible = configuration(token, "attributes = compatibility")
    relay(check, java(token, compatible, *words), "attributes = compatibility: ")


def authority(token: Token) -> Path:
    """A folder with an authority's certificate and with keys for `localhost` that it certified, for Java and for
    openssl."""
    folder = token.path("files")
    folder.mkdir()
    key = openssl.make_key(folder / "ca.key", "RSA:2048")
    extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl.make_certificate(folder / "ca.crt", key, "/CN=Test CA", *extensions)
    for name, kind in {"rsa": "RSA:2048", "ec": "prime256v1", "other": "RSA:2048", "third": "prime256v1"}.items():
        certified(folder, name, kind)
    return folder


def certified(folder: Path, name: str, kind: str) -> None:
    """NAME.key, NAME.crt, and both with the authority's certificate in NAME.p12."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    openssl.make_key(key, kind)
    request = openssl.openssl("req", "-new", "-key", key, "-subj", f"/CN={name}.localhost")
    certificate.write_bytes(signed(folder, request))
    chain = ["-inkey", key, "-in", certificate, "-certfile", folder / "ca.crt", "-name", name]
    openssl.openssl("pkcs12", "-export", *chain, "-passout", f"pass:{FILE_PASSWORD}", "-out", folder / f"{name}.p12")


def signed(folder: Path, request: bytes) -> bytes:
    """The authority's certificate for a request, in PEM."""
    names = folder / "names.cnf"
    names.write_text("subjectAltName=DNS:localhost\nkeyUsage=digitalSignature,keyEncipherment\n")
    issuer = ["-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial"]
    return openssl.openssl("x509", "-req", *issuer, "-days", "30", "-extfile", names, stdin=request)


def trust(token: Token, label: str, certificate: Path) -> None:
    """The SO writes a certificate with CKA_TRUSTED."""
    env = {**token.env, "GNUTLS_PIN": USER_PIN, "GNUTLS_SO_PIN": SO_PIN}
    words = ["--so-login", "--write", "--mark-trusted", "--label", label, "--load-certificate", certificate]
    run(["p11tool", "--provider", token.module, "--batch", *words, f"pkcs11:token={LABEL}"], env=env).must_work()


class Keytool:
    """keytool and jarsigner with the token as the key store."""

    def __init__(self, token: Token, options: Sequence[str | Path] | None = None) -> None:
        self.token = token
        given = ["-addprovider", "SunPKCS11", "-providerArg", configuration(token)]
        self.options = [*(given if options is None else options), "-keystore", "NONE", "-storetype", "PKCS11"]

    def attempt(self, *words: str | Path, pin: str = USER_PIN, name: str = "keytool") -> Finished:
        verb = 1 if name == "keytool" else 0
        command = [program(name), *quick(), *words[:verb], *self.options, "-storepass", pin, *words[verb:]]
        return run(command, env=self.token.env, cwd=self.token.directory)

    def __call__(self, *words: str | Path) -> Finished:
        return self.attempt(*words).must_work()

    def aliases(self) -> dict[str, str]:
        """The entries by their aliases: PrivateKeyEntry, SecretKeyEntry, trustedCertEntry."""
        found = {}
        for line in self("-list").out.decode().splitlines():
            words = line.replace(",", " ").split()
            kinds = [word for word in words if word.endswith("Entry")]
            if kinds:
                found[words[0]] = kinds[0]
        return found


def quick() -> list[str]:
    """The options as keytool and jarsigner take them."""
    return [f"-J{option}" for option in QUICK]


def without_module(token: Token, name: str, *words: str | Path) -> Finished:
    """A program of the JDK that knows nothing of the token."""
    return run([program(name), *quick(), *words], env=token.env, cwd=token.directory)


def programs() -> dict[str, str]:
    """What must be there, and the package that has it."""
    return {**{program(name): PACKAGE for name in ("java", "javac", "keytool", "jarsigner")}, "openssl": "openssl", "p11tool": "gnutls-bin"}


def expect_text(done: Finished, text: str) -> None:
    expect(text in done.text, f"{Path(done.command[0]).name} does not say {text!r}: {done.last_words}")


def providers(first: str) -> str:
    """Lines of java.security with one more provider before the JDK's own."""
    own = ["SUN", "SunRsaSign", "SunEC", "SunJSSE", "SunJCE", "SunJGSS", "SunSASL", "XMLDSig"]
    return "".join(f"security.provider.{number}={name}\n" for number, name in enumerate([first, *own], 1))
