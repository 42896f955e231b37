"""gnupg-pkcs11-scd: gpg-agent's daemon for keys in any PKCS#11 token; gpgsm and gpg sign and decrypt with them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote_to_bytes

from harness import USER_PIN, Checks, Client, Failed, Finished, Token, expect, expect_equal, group, openssl, run, unlock

MESSAGE = b"a message\n"
DAEMON = "/usr/bin/gnupg-pkcs11-scd"
# What asks for the PIN: the answer is in a file, and each question leaves a line.
PINENTRY = """#!/bin/sh
echo "OK ready"
while read -r word rest; do
    case $word in
    GETPIN) echo asked >>"$GNUPGHOME/asked"; echo "D $(cat "$GNUPGHOME/pin")"; echo OK ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
    esac
done
"""
USAGE = "keyUsage=digitalSignature,keyEncipherment,dataEncipherment"


class Home:
    """A home of GnuPG with its agent, whose cards are the token."""

    def __init__(self, token: Token, place: Path) -> None:
        self.token = token
        self.place = place
        self.env = {**token.env, "GNUPGHOME": str(place)}
        self.pin(USER_PIN)
        pinentry = self.write("pinentry", PINENTRY)
        pinentry.chmod(0o700)
        self.write("gpg-agent.conf", f"scdaemon-program {DAEMON}\npinentry-program {pinentry}\n")
        self.write("gnupg-pkcs11-scd.conf", f"providers token\nprovider-token-library {token.module}\n")
        self.write("gpgsm.conf", "disable-crl-checks\n")

    def write(self, name: str, text: str) -> Path:
        path = self.place / name
        path.write_text(text)
        return path

    def pin(self, pin: str) -> None:
        """What the agent is told when it asks."""
        self.write("pin", pin)

    def asked(self) -> int:
        """How often it has asked."""
        path = self.place / "asked"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def attempt(self, program: str, *words: str | Path, stdin: bytes = b"") -> Finished:
        batch = ["--batch", "--yes"] if program in ("gpg", "gpgsm") else []
        return run([program, *batch, *words], env=self.env, stdin=stdin, cwd=self.token.directory, time_limit_s=30)

    def __call__(self, program: str, *words: str | Path, stdin: bytes = b"") -> bytes:
        return self.attempt(program, *words, stdin=stdin).must_work().out

    def agent(self, *commands: str) -> str:
        return self("gpg-connect-agent", *commands, "/bye").decode()

    def restart(self) -> None:
        """A new agent and a new daemon, which knows no PIN."""
        self("gpgconf", "--kill", "all")

    def make_key(self, name: str, ident: str, kind: str = "RSA:2048", *options: str) -> Path:
        """A key and its certificate in the token, made by openssl; gives the certificate's file."""
        private = openssl.make_key(self.token.path(f"{name}.pem"), kind)
        certificate = self.token.path(f"{name}.crt")
        words = ("-addext", USAGE, "-addext", f"subjectAltName=email:{name}@example.com")
        openssl.make_certificate(certificate, private, f"/CN={name}", *words)
        usage = ("--usage-sign", "--usage-decrypt") if "RSA" in kind else ("--usage-sign", "--usage-derive")
        self.put("privkey", openssl.openssl("pkey", "-in", private, "-outform", "DER"), name, ident, *usage, *options)
        self.put("cert", openssl.certificate_der(certificate), name, ident)
        return certificate

    def put(self, kind: str, content: bytes, name: str, ident: str, *words: str) -> None:
        path = self.token.write("object", content)
        tool = ["pkcs11-tool", "--module", self.token.module, "--login", "--pin", USER_PIN, "--write-object", path]
        run([*tool, "--type", kind, "--label", name, "--id", ident, *words], env=self.token.env).must_work()

    def learn(self, certificates: Sequence[Path]) -> list[str]:
        """gpgsm takes the certificates from the card and trusts them; their fingerprints."""
        self("gpgsm", "--learn-card")
        found = [fingerprint(certificate) for certificate in certificates]
        self.write("trustlist.txt", "".join(f"{print} S relax\n" for print in found))
        self.restart()
        return found

    def grips(self) -> dict[str, str]:
        """The keys of the card that the daemon tells of, by the names in their certificates."""
        found = re.findall(r"KEY-FRIEDNLY ([0-9A-F]{40}) /CN=(\S+) on ", self.agent("SCD LEARN"))
        return {name: grip for grip, name in found}


@contextmanager
def gnupg(token: Token) -> Iterator[Home]:
    """A home with a path that is short enough for sockets; its agent and daemon end with the `with`."""
    with TemporaryDirectory(prefix="gnupg-") as place:
        home = Home(token, Path(place))
        try:
            yield home
        finally:
            agents = pids(home)
            home.attempt("gpgconf", "--kill", "all")
            await_end(agents)


def pids(home: Home) -> list[int]:
    """The agent that serves this home and the daemon that it has started, if they run."""
    said = home.attempt("gpg-connect-agent", "--no-autostart", "GETINFO pid", "SCD GETINFO pid", "/bye").out.decode()
    return [int(number) for number in re.findall(r"^D (\d+)$", said, re.MULTILINE)]


def await_end(processes: Sequence[int]) -> None:
    for _ in range(400):
        if not any(runs(process) for process in processes):
            return
        time.sleep(0.025)
    raise Failed("the agent or its daemon has not ended")


def runs(process: int) -> bool:
    """Whether the process is there, and not one that has ended and waits for its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def fingerprint(certificate: Path) -> str:
    said = openssl.openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha1").decode()
    return said.strip().rpartition("=")[2].replace(":", "")


@group()
def cards(token: Token, check: Checks) -> None:
    """gpg and gpgsm see the token as a card with the keys that have certificates."""
    with gnupg(token) as home:
        certificates = {name: home.make_key(name, f"0{number}") for number, name in enumerate(("first", "second"), 1)}
        with check("gpg --card-status"):
            said = home("gpg", "--card-status").decode()
            expect(re.search(r"Serial number", said), said)
        with check("SCD SERIALNO, SCD LEARN: both keys"):
            expect("S SERIALNO" in home.agent("SCD SERIALNO"), "no serial number")
            expect_equal(set(home.grips()), set(certificates), "the keys")
        with check("SCD READCERT: the certificate as it was written"):
            ident = re.findall(r"CERTINFO \d+ (\S+/01)$", home.agent("SCD LEARN"), re.MULTILINE)[0]
            got = home("gpg-connect-agent", f"SCD READCERT {ident}", "/bye")
            lines = [line[2:] for line in got.split(b"\n") if line.startswith(b"D ")]
            der = openssl.certificate_der(certificates["first"])
            expect_equal(unquote_to_bytes(b"".join(lines)), der, "the certificate")
        with check("gpgsm --learn-card: the certificates and their private keys"):
            home("gpgsm", "--learn-card")
            listed = home("gpgsm", "--list-secret-keys", "--with-colons").decode()
            prints = {fingerprint(certificate) for certificate in certificates.values()}
            expect_equal(set(re.findall(r"^fpr:+([0-9A-F]{40}):", listed, re.MULTILINE)), prints, "the fingerprints")
        with check("the PIN was not asked for"):
            expect_equal(home.asked(), 0, "the number of questions")
        with check("after a restart of the agent the card is the same"):
            before = home.grips()
            home.restart()
            expect_equal(home.grips(), before, "the keys")


@group()
def messages(token: Token, check: Checks) -> None:
    """gpgsm signs and decrypts with keys of the token; openssl does the other half."""
    with gnupg(token) as home:
        certificate = home.make_key("signer", "01")
        [ident] = home.learn([certificate])
        for digest in ("SHA1", "SHA256", "SHA384", "SHA512"):
            with check(f"gpgsm --sign, {digest}"):
                verified(home, certificate, "--digest-algo", digest, "--local-user", ident)
        with check("gpgsm --detach-sign"):
            path = token.write("message", MESSAGE)
            signed = token.write("signature", home("gpgsm", "--local-user", ident, "--detach-sign", stdin=MESSAGE))
            home("gpgsm", "--verify", signed, path)
            altered = token.write("altered", MESSAGE + b".")
            expect(home.attempt("gpgsm", "--verify", signed, altered).status != 0, "an altered message is good")
        with check("gpgsm --encrypt, --decrypt"):
            sealed = home("gpgsm", "--recipient", ident, "--encrypt", stdin=MESSAGE)
            expect_equal(home("gpgsm", "--decrypt", stdin=sealed), MESSAGE, "the message")
        with check("gpgsm --decrypt what openssl encrypted"):
            words = ("cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", certificate)
            sealed = openssl.openssl(*words, stdin=MESSAGE)
            expect_equal(home("gpgsm", "--decrypt", stdin=sealed), MESSAGE, "the message")
        with check("20 signatures with one question for the PIN"):
            before = home.asked()
            for _ in range(20):
                home("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)
            expect_equal((before, home.asked()), (1, 1), "the number of questions before and after")
        with check("after a restart of the agent the PIN is asked for again, and the key signs"):
            home.restart()
            home("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)
            expect_equal(home.asked(), 2, "the number of questions")


def verified(home: Home, certificate: Path, *words: str) -> None:
    """gpgsm signs until openssl verifies it; it verifies every signature itself.

    Where the first bit of a signature is set GnuPG writes a byte 0 before it, which openssl does not take.
    """
    for number in range(20):
        message = b"message %d" % number
        signed = home("gpgsm", *words, "--sign", stdin=message)
        said = home.attempt("gpgsm", "--verify", stdin=signed).must_work().text
        expect("Good signature" in said, said)
        verify = ("cms", "-verify", "-inform", "DER", "-binary", "-noverify", "-certfile", certificate)
        done = openssl.attempt(*verify, stdin=signed)
        if done.status == 0:
            return expect_equal(done.out, message, "the message")
    raise Failed(f"openssl takes none of 20 signatures: {done.last_words}")


@group()
def openpgp(token: Token, check: Checks) -> None:
    """gpg makes an OpenPGP key of one of the token; it certifies, signs, decrypts, and outlives the agent."""
    with gnupg(token) as home:
        for number, name in enumerate(("signer", "reader"), 1):
            home.make_key(name, f"0{number}", "RSA:2048" if name == "signer" else "RSA:3072")
        home("gpg", "--card-status")
        grips = home.grips()
        with check("gpg --generate-key with keys of the card: one that certifies and signs, one that decrypts"):
            primary = f"Key-Type: RSA\nKey-Grip: {grips['signer']}\nKey-Usage: cert sign\n"
            user = "Name-Real: Signer\nName-Email: signer@example.com\nExpire-Date: 0\n%commit\n"
            home("gpg", "--generate-key", stdin=(primary + user).encode())
            listed = home("gpg", "--list-secret-keys", "--with-colons", "--with-keygrip").decode()
            primary_print = re.findall(r"^fpr:+([0-9A-F]{40}):", listed, re.MULTILINE)[0]
            expect(f":{grips['signer']}:" in listed, listed)
        with check("gpg --edit-key, addkey: the other key of the card decrypts"):
            answers = f"addkey\n13\n{grips['reader']}\nS\nQ\n0\nsave\n"
            words = ("--expert", "--command-fd", "0", "--no-tty", "--pinentry-mode", "ask", "--edit-key", primary_print)
            done = run(["gpg", *words], env=home.env, stdin=answers.encode(), time_limit_s=30)
            listed = home("gpg", "--list-secret-keys", "--with-colons", "--with-keygrip").decode()
            expect(f":{grips['reader']}:" in listed, done.last_words)
        with check("gpg --sign, --verify"):
            signed = home("gpg", "--sign", stdin=MESSAGE)
            expect_equal(home("gpg", "--decrypt", stdin=signed), MESSAGE, "the message")
            said = home.attempt("gpg", "--verify", stdin=signed).must_work().text
            expect("Good signature" in said, said)
        for digest in ("SHA256", "SHA512"):
            with check(f"gpg --clear-sign, {digest}"):
                signed = home("gpg", "--digest-algo", digest, "--clear-sign", stdin=MESSAGE)
                expect(f"Hash: {digest}".encode() in signed, "the hash is another")
                home("gpg", "--verify", stdin=signed)
        with check("gpg --encrypt, --decrypt"):
            sealed = home("gpg", "--recipient", "signer@example.com", "--encrypt", stdin=MESSAGE)
            expect_equal(home("gpg", "--decrypt", stdin=sealed), MESSAGE, "the message")
        with check("after a restart of the agent both keys work"):
            home.restart()
            home("gpg", "--verify", stdin=home("gpg", "--sign", stdin=MESSAGE))
            expect_equal(home("gpg", "--decrypt", stdin=sealed), MESSAGE, "the message")
        with check("the public key verifies in another home, without the card"):
            with gnupg(token) as other:
                other("gpg", "--import", stdin=home("gpg", "--export", primary_print))
                other("gpg", "--verify", stdin=home("gpg", "--sign", stdin=MESSAGE))


@group()
def pins(token: Token, check: Checks) -> None:
    """A wrong PIN is refused, the right one is good after it."""
    with gnupg(token) as home:
        [ident] = home.learn([home.make_key("signer", "01")])
        with check("a wrong PIN: no signature"):
            home.pin("wrong-pin")
            done = home.attempt("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)
            expect(done.status > 0 and "signature created" not in done.text, f"it ended with {done.ending}")
            expect(home.asked() >= 1, "nobody was asked")
        with check("then the right one"):
            home.pin(USER_PIN)
            home("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)


@group(settings={"pin.failures_max_user": 3}, why="the checks need not guess ten times until the PIN is locked")
def guesses(token: Token, check: Checks) -> None:
    """Who guesses PINs at the agent locks the PIN (three failures allowed); the SO unlocks it."""
    with gnupg(token) as home:
        [ident] = home.learn([home.make_key("signer", "01")])

        def refused(pin: str) -> None:
            home.pin(pin)
            done = home.attempt("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)
            expect(done.status > 0 and "signature created" not in done.text, f"it ended with {done.ending}")

        with check("after three wrong PINs the right one is refused, too"):
            for turn in range(3):
                refused(f"not-it-{turn}")
            refused(USER_PIN)
        with check("the SO sets the PIN anew, and it is good"):
            unlock(token)
            home.pin(USER_PIN)
            home("gpgsm", "--local-user", ident, "--sign", stdin=MESSAGE)


CLIENT = Client(
    programs={
        DAEMON: "gnupg-pkcs11-scd",
        "gpg": "gpg",
        "gpg-agent": "gpg-agent",
        "gpgsm": "gpgsm",
        "gpg-connect-agent": "gpgconf",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
    },
    version=[DAEMON, "--version"],
    groups=[cards, messages, openpgp, pins, guesses],
    peer=True,
)
