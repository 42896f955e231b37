"""cmsutil, p7sign and signtool: messages and archives signed and opened with keys of the token."""

from __future__ import annotations

from pathlib import Path

from harness import LABEL, USER_PIN, Checks, Skipped, Token, expect, expect_equal, group, openssl

from .tool import Database, nickname

MESSAGE = b"a message\n"
RAW_SIGNATURE = "p7sign writes an ECDSA signature as PKCS#11 gives it, not in DER, whatever token the key is in"
NO_AGREEMENT = "cmsutil knows no key agreement with elliptic curves"


def with_keys(token: Token) -> Database:
    """A CA and two signers whose keys are in the token."""
    database = Database(token)
    database.make_ca()
    for number, kind in enumerate(("rsa-2048", "p-256"), 2):
        database.make_leaf(kind, kind, number)
    return database


def signed_by_cmsutil(database: Database, name: str, ca: Path, *words: str) -> None:
    """cmsutil signs; NSS and openssl find the signature good."""
    signed, content = database.new_file(), database.file(MESSAGE)
    call = ("-S", "-N", nickname(name), "-f", database.pin, "-i", content, "-o", signed)
    database.attempt("cmsutil", *call, *words).must_work()
    got = database.attempt("cmsutil", "-D", "-f", database.pin, "-i", signed).must_work()
    expect_equal(got.out, MESSAGE, "the message")
    verify = ("cms", "-verify", "-inform", "DER", "-binary", "-CAfile", ca, "-purpose", "any", "-in", signed)
    expect_equal(openssl.openssl(*verify), MESSAGE, "the message")


@group()
def signed(token: Token, check: Checks) -> None:
    """cmsutil and p7sign sign messages with keys of the token; NSS and openssl verify them."""
    database = with_keys(token)
    ca = database.pem("ca")
    for name in ("rsa-2048", "p-256"):
        for digest in ("SHA1", "SHA256", "SHA384", "SHA512"):
            with check(f"cmsutil -S, {name}, {digest}"):
                signed_by_cmsutil(database, name, ca, "-H", digest, "-G")
        with check(f"cmsutil -D of an altered message, {name}"):
            message = database.new_file()
            call = ("-S", "-N", nickname(name), "-f", database.pin, "-i", database.file(MESSAGE), "-o", message)
            database.attempt("cmsutil", *call).must_work()
            altered = database.file(message.read_bytes().replace(b"a message", b"A message"))
            done = database.attempt("cmsutil", "-D", "-f", database.pin, "-i", altered)
            expect(done.status != 0, "it is taken for good")
        with check(f"p7sign, {name}"):
            content, message = database.file(MESSAGE), database.new_file()
            call = ("-k", nickname(name), "-f", database.pin, "-i", content, "-o", message)
            database.attempt("p7sign", *call).must_work()
            said = database.attempt("p7verify", "-c", content, "-s", message).must_work().text
            if name == "p-256" and "improperly formatted DER" in said:
                raise Skipped(RAW_SIGNATURE)
            expect("Signature is valid" in said, said)


@group()
def enveloped(token: Token, check: Checks) -> None:
    """cmsutil and openssl encrypt for keys of the token, and cmsutil opens it."""
    database = with_keys(token)
    with check("cmsutil -E, -D, rsa-2048"):
        sealed = database.new_file()
        call = ("-E", "-r", nickname("rsa-2048"), "-f", database.pin, "-i", database.file(MESSAGE), "-o", sealed)
        database.attempt("cmsutil", *call).must_work()
        opened(database, sealed)
    for cipher in ("aes-128-cbc", "aes-256-cbc", "des3"):
        with check(f"openssl cms -encrypt -{cipher}, rsa-2048"):
            sealed = database.new_file()
            call = ("cms", "-encrypt", "-binary", f"-{cipher}", "-outform", "DER", "-out", sealed)
            openssl.openssl(*call, database.pem("rsa-2048"), stdin=MESSAGE)
            opened(database, sealed)
    with check("cmsutil -E, p-256"):
        call = ("-E", "-r", nickname("p-256"), "-f", database.pin, "-i", database.file(MESSAGE), "-o", sealed)
        done = database.attempt("cmsutil", *call)
        if "cannot create CMS recipientInfo" in done.text:
            raise Skipped(NO_AGREEMENT)
        done.must_work()


def opened(database: Database, sealed: Path) -> None:
    expect(MESSAGE not in sealed.read_bytes(), "the message is not encrypted")
    got = database.attempt("cmsutil", "-D", "-f", database.pin, "-i", sealed).must_work()
    expect_equal(got.out, MESSAGE, "the message")


@group()
def archives(token: Token, check: Checks) -> None:
    """signtool signs JAR archives with keys of the token and verifies them."""
    database = with_keys(token)
    for name in ("rsa-2048", "p-256"):
        tree, archive = token.path(f"tree-{name}"), token.path(f"{name}.jar")
        tree.mkdir()
        (tree / "file").write_bytes(MESSAGE)
        with check(f"signtool, {name}"):
            call = ("-k", nickname(name), "-p", USER_PIN, "-Z", archive, tree)
            said = database.attempt("signtool", *call).must_work().text
            expect("signed successfully" in said, said)
        with check(f"signtool -v, {name}"):
            said = database.attempt("signtool", "-v", archive).must_work().text
            expect("passed crypto verification" in said and "verified   file" in said, said)
    with check("signtool -G: a key and a certificate in the token that sign an archive"):
        # The answers to its questions are empty but for the first, which is whether to go on.
        call = ("-G", "object-signer", "-t", LABEL, "-p", USER_PIN, "-s", "2048")
        database.attempt("signtool", *call, stdin=b"y\n" + b"\n" * 8).must_work()
        expect(nickname("object-signer") in database.certificates(), "there is no such certificate")
