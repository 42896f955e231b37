"""osslsigncode: Authenticode signatures with a key of the token, by libp11's engine."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

from harness import (
    LABEL,
    USER_PIN,
    Checks,
    Client,
    Finished,
    Skipped,
    Token,
    expect,
    expect_equal,
    group,
    openssl,
    run,
    unlock,
)
from harness.openssl_token import Program, Way, uri

ENGINES = "/usr/lib/*/engines-3/pkcs11.so"
HASHES = {"sha1": "SHA1", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
KEYS = ("rsa", "p256", "p384")
OLDER = "osslsigncode 2.5 cannot load the engine by its path; without -pkcs11engine it finds it by its name"


def portable_executable(content: bytes = b"\xc3") -> bytes:
    """The smallest program that the format has room for: one section of code, which returns."""
    directories = bytes(16 * 8)
    standard = struct.pack("<HBBIIIIII", 0x10B, 14, 0, 512, 0, 0, 0x1000, 0x1000, 0x2000)
    versions = struct.pack("<IIIHHHHHHI", 0x400000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0)
    sizes = struct.pack("<IIIHHIIIIII", 0x2000, 0x200, 0, 3, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional = standard + versions + sizes + directories
    file_header = struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, len(optional), 0x102)
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", len(content), 0x1000, 512, 512, 0, 0, 0, 0, 0x60000020)
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    headers = dos + b"PE\0\0" + file_header + optional + section
    return headers.ljust(512, b"\0") + content.ljust(512, b"\0")


def signature_in(signed: Path) -> bytes:
    """The message of PKCS #7 in a signed program, which the fifth of its directories points to."""
    content = signed.read_bytes()
    header = struct.unpack_from("<I", content, 0x3C)[0]
    place, size = struct.unpack_from("<II", content, header + 24 + 96 + 4 * 8)
    return content[place + 8 : place + size]


class Signer:
    """Keys with certificates in the token, and the program that signs with them."""

    def __init__(self, token: Token, *names: str) -> None:
        # The keys are made and written as for openssl's engine; the program makes its own configuration of it.
        self.program = Program(token, Way(""), *names)
        self.token = token
        self.executable = self.program.file(portable_executable())

    def attempt(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Finished:
        """The program; it has no terminal to ask for a PIN."""
        command = ["osslsigncode", *words]
        return run(command, env=env or self.token.env, cwd=self.token.directory, time_limit_s=30)

    def attempt_to_sign(self, source: Path, *words: str | Path, pin: str = USER_PIN) -> tuple[Finished, Path]:
        signed = self.program.new_file()
        call = ["sign", "-pkcs11module", self.token.module, *(["-pass", pin] if pin else []), *words]
        return self.attempt(*call, "-in", source, "-out", signed), signed

    def sign(self, source: Path, name: str, *words: str | Path) -> Path:
        """The signed file; the certificate comes from a file."""
        own = ("-key", uri(name), "-certs", self.program.certificate(name))
        done, signed = self.attempt_to_sign(source, *own, *words)
        done.must_work()
        return signed

    def verify(self, signed: Path, name: str) -> str:
        """What the program says of a good signature."""
        said = self.attempt("verify", "-CAfile", self.program.certificate(name), "-in", signed).must_work().text
        expect("Signature verification: ok" in said, said)
        return said


@group()
def executables(token: Token, check: Checks) -> None:
    """Programs (PE) are signed with RSA and EC keys and every hash, and verified; openssl reads the signature."""
    signer = Signer(token, *KEYS)
    for name in KEYS:
        for word, digest in HASHES.items():
            with check(f"sign -h {word}, {name}"):
                signed = signer.sign(signer.executable, name, "-h", word)
                said = signer.verify(signed, name)
                expect(f"Message digest algorithm  : {digest}" in said, "the hash is another")
        with check(f"openssl finds the certificate in the signature, {name}"):
            printed = openssl.openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=signature_in(signed)).decode()
            certificate = signer.program.certificate(name).read_text()
            expect(certificate.strip() in printed, f"openssl reads {printed}")
    with check("an altered program is not verified"):
        content = bytearray(signer.sign(signer.executable, "rsa", "-h", "sha256").read_bytes())
        content[600] ^= 1
        altered = signer.program.file(bytes(content))
        done = signer.attempt("verify", "-CAfile", signer.program.certificate("rsa"), "-in", altered)
        expect(done.status != 0 and "MISMATCH" in done.text, "it is")
    with check("a second signature beside the first (-nest)"):
        first = signer.sign(signer.executable, "rsa", "-h", "sha1")
        second = signer.sign(first, "rsa", "-h", "sha256", "-nest")
        expect("Number of verified signatures: 2" in signer.verify(second, "rsa"), "there are not two")
    with check("remove-signature leaves what was signed"):
        removed = signer.program.new_file()
        signer.attempt("remove-signature", "-in", first, "-out", removed).must_work()
        expect_equal(removed.read_bytes()[512:1024], signer.executable.read_bytes()[512:], "the code")


@group()
def packages(token: Token, check: Checks) -> None:
    """Cabinets and installation packages (MSI) are signed and verified."""
    signer = Signer(token, "rsa", "p256")
    text = token.write("text", b"a file\n")
    cabinet, installer = token.path("a.cab"), token.path("a.msi")
    run(["gcab", "--create", cabinet, text.name], cwd=token.directory).must_work()
    run(["msibuild", installer, "-s", "title", "author"], cwd=token.directory).must_work()
    for kind, path in (("cabinet", cabinet), ("installation package", installer)):
        for name in ("rsa", "p256"):
            for digest in ("sha1", "sha256"):
                with check(f"{kind}: sign -h {digest}, {name}"):
                    signer.verify(signer.sign(path, name, "-h", digest), name)


@group()
def ways(token: Token, check: Checks) -> None:
    """The certificate from the token, the engine by its path, PINs, and what is refused."""
    signer = Signer(token, "rsa", "p256")
    certificate = signer.program.certificate("rsa")
    for words, key in {"by label": uri("rsa"), "by identifier": f"pkcs11:token={LABEL};id=%01;type=private"}.items():
        with check(f"-key: a URI {words}"):
            done, signed = signer.attempt_to_sign(signer.executable, "-key", key, "-certs", certificate, "-h", "sha256")
            done.must_work()
            signer.verify(signed, "rsa")
    for name in ("rsa", "p256"):
        with check(f"-pkcs11cert: the certificate comes from the token, {name}"):
            own = ("-key", uri(name), "-pkcs11cert", uri(name, "cert"), "-h", "sha256")
            done, signed = signer.attempt_to_sign(signer.executable, *own)
            done.must_work()
            signer.verify(signed, name)
    with check("-pkcs11engine: the engine by its path"):
        own = ("-pkcs11engine", glob(ENGINES)[0], "-key", uri("rsa"), "-certs", certificate, "-h", "sha256")
        done, signed = signer.attempt_to_sign(signer.executable, *own)
        if "bad engine id" in done.text:
            raise Skipped(OLDER)
        done.must_work()
        signer.verify(signed, "rsa")
    with check("-readpass: the PIN from a file"):
        pin = signer.program.file(USER_PIN.encode())
        own = ("-readpass", pin, "-key", uri("rsa"), "-certs", certificate, "-h", "sha256")
        done, signed = signer.attempt_to_sign(signer.executable, *own, pin="")
        done.must_work()
        signer.verify(signed, "rsa")
    with check("a wrong PIN is refused, and no file is left"):
        own = ("-key", uri("rsa"), "-certs", certificate)
        done, signed = signer.attempt_to_sign(signer.executable, *own, pin="wrong-pin")
        expect(done.status > 0 and not signed.exists(), f"it ended with {done.ending}")
    with check("a key that is not there is refused"):
        done, signed = signer.attempt_to_sign(signer.executable, "-key", uri("nobody"), "-certs", certificate)
        expect(done.status > 0 and not signed.exists(), f"it ended with {done.ending}")
    with check("after that the right PIN is still good"):
        signer.verify(signer.sign(signer.executable, "rsa", "-h", "sha256"), "rsa")


@group(settings={"pin.failures_max_user": 3}, why="the checks need not guess ten times until the PIN is locked")
def guesses(token: Token, check: Checks) -> None:
    """Who guesses PINs by signing locks the PIN (three failures allowed); the SO unlocks it."""
    signer = Signer(token, "rsa")

    def refused(pin: str) -> None:
        own = ("-key", uri("rsa"), "-certs", signer.program.certificate("rsa"))
        done, signed = signer.attempt_to_sign(signer.executable, *own, pin=pin)
        expect(done.status > 0 and not signed.exists(), f"it ended with {done.ending}")

    with check("after three wrong PINs the right one is refused, too"):
        for turn in range(3):
            refused(f"not-it-{turn}")
        refused(USER_PIN)
    with check("the SO sets the PIN anew, and it is good"):
        unlock(token)
        signer.verify(signer.sign(signer.executable, "rsa", "-h", "sha256"), "rsa")


@group()
def processes(token: Token, check: Checks) -> None:
    """Many programs at a time with the same token, as a server that signs what others build."""
    signer = Signer(token, "rsa", "p256")
    with check("24 signatures by eight programs at a time"):
        with ThreadPoolExecutor(8) as pool:
            names = ["rsa", "p256"] * 12
            signed = list(pool.map(lambda name: signer.sign(signer.executable, name, "-h", "sha256"), names))
        for path, name in zip(signed, names):
            signer.verify(path, name)


CLIENT = Client(
    programs={
        "osslsigncode": "osslsigncode",
        ENGINES: "libengine-pkcs11-openssl",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "gcab": "gcab",
        "msibuild": "msitools",
    },
    version=["osslsigncode", "--version"],
    groups=[executables, packages, ways, guesses, processes],
    peer=True,
)
