"""pk12util: files of PKCS #12 into the token and, where keys may leave it, out of it."""

from __future__ import annotations

from pathlib import Path

from harness import LABEL, Checks, Token, expect, expect_equal, group, openssl

from .messages import MESSAGE, signed_by_cmsutil
from .tool import MAY_LEAVE, Database, nickname

PASSWORD = "a secret"
# How openssl encrypts the file.
OLD = ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
NEW = ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256"]
FILES = {
    "RSA, the old PBE (3DES)": ("RSA:2048", OLD),
    "RSA, PBES2 (AES-256)": ("RSA:2048", NEW),
    "RSA, PBES2 (AES-128)": ("RSA:3072", [*NEW, "-keypbe", "AES-128-CBC"]),
    "P-256, the old PBE (3DES)": ("prime256v1", OLD),
    "P-384, PBES2 (AES-256)": ("secp384r1", NEW),
}
EMAIL = ("-addext", "subjectAltName=email:a@example.com", "-addext", "keyUsage=digitalSignature,keyEncipherment")
CIPHERS = ["AES-256-CBC", "AES-128-CBC", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC"]


@group()
def imports(token: Token, check: Checks) -> None:
    """pk12util imports files made by openssl; the keys sign in the token."""
    database = Database(token)
    for number, (words, (kind, options)) in enumerate(FILES.items()):
        name = f"imported-{number}"
        private = openssl.make_key(token.path(f"{name}.pem"), kind)
        certificate = openssl.make_certificate(token.path(f"{name}.crt"), private, f"/CN={name}", *EMAIL)
        packed = token.path(f"{name}.p12")
        made = ["pkcs12", "-export", "-inkey", private, "-in", certificate, "-name", name, *options]
        openssl.openssl(*made, "-passout", f"pass:{PASSWORD}", "-out", packed)
        with check(f"-i: {words}"):
            import_file(database, packed)
            expect_equal(database.certificates().get(nickname(name)), "u,u,u", "the trust")
            expect(any(key.nickname.endswith(name) for key in database.keys()), "the key is not listed")
        with check(f"the imported key signs: {words}"):
            database.in_token("-M", "-n", nickname(name), "-t", "CTPu,CTPu,CTPu")
            signed_by_cmsutil(database, name, certificate)
    with check("-l: the file is listed"):
        said = database.attempt("pk12util", "-l", packed, "-W", PASSWORD, "-k", database.pin).must_work().text
        expect(name in said, said)
    with check("-i with a wrong password is refused, and nothing is left of it"):
        before = (database.keys(), database.certificates())
        other = token.path("other.p12")
        openssl.make_key(private, "prime256v1")
        openssl.make_certificate(certificate, private, "/CN=other")
        openssl.openssl(*made, "-passout", "pass:another", "-out", other)
        words = ("-i", other, "-h", LABEL, "-k", database.pin, "-W", PASSWORD)
        expect(database.attempt("pk12util", *words).status != 0, "it is not")
        expect_equal((database.keys(), database.certificates()), before, "what the token has")
    with check("an imported key may leave the token again [PKCS#11 3.2, 5.18.4]"):
        same_pair(database, exported(database, "imported-0"), "imported-0")


@group()
def exports(token: Token, check: Checks) -> None:
    """pk12util exports keys that may leave the token, openssl reads them, and others stay."""
    database = Database(token)
    database.make_ca()
    for number, kind in enumerate(("rsa-2048", "p-256"), 2):
        database.make_leaf(kind, kind, number, *MAY_LEAVE)
        for cipher in CIPHERS:
            with check(f"-o: {kind}, {cipher}"):
                packed = exported(database, kind, "-c", cipher, "-C", cipher)
                same_pair(database, packed, kind)
    with check("what was exported is imported into NSS's own token"):
        packed = exported(database, "p-256")
        database.attempt("pk12util", "-i", packed, "-k", database.pin, "-W", PASSWORD).must_work()
    with check("a key that may not leave the token is not exported"):
        refused(database, "ca")


def import_file(database: Database, packed: Path) -> None:
    words = ("-i", packed, "-h", LABEL, "-k", database.pin, "-W", PASSWORD)
    expect("IMPORT SUCCESSFUL" in database.attempt("pk12util", *words).must_work().text, "it was not")


def exported(database: Database, name: str, *words: str) -> Path:
    packed = database.new_file()
    call = ("-o", packed, "-h", LABEL, "-n", nickname(name), "-k", database.pin, "-W", PASSWORD)
    database.attempt("pk12util", *call, *words).must_work()
    return packed


def refused(database: Database, name: str) -> None:
    packed = database.new_file()
    words = ("-o", packed, "-h", LABEL, "-n", nickname(name), "-k", database.pin, "-W", PASSWORD)
    done = database.attempt("pk12util", *words)
    expect("UNABLE_TO_EXPORT_KEY" in done.text, f"it ended with {done.ending}: {done.last_words}")
    expect(not packed.exists() or not packed.read_bytes(), "a file was written")


def same_pair(database: Database, packed: Path, name: str) -> None:
    """The exported key signs what the certificate of the token verifies."""
    opened = openssl.openssl("pkcs12", "-in", packed, "-passin", f"pass:{PASSWORD}", "-nodes", "-nocerts", "-legacy")
    private = database.file(opened)
    public = database.file(openssl.openssl("x509", "-in", database.pem(name), "-noout", "-pubkey"))
    openssl.verify_digest(public, "sha256", openssl.sign_digest(private, "sha256", MESSAGE), MESSAGE)
