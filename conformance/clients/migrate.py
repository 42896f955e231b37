"""`vhsm migrate softhsm2`: a token of SoftHSM with objects of every type, brought to vhsm and used there.

pkcs11-tool makes and imports what is on SoftHSM's token; what a key does is compared with what openssl does with the
same key, or with what SoftHSM did with it before.
"""

from __future__ import annotations

import json
from pathlib import Path

from harness import USER_PIN, Checks, Client, Lacking, Token, expect, expect_equal, group, run

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
OLD_PIN = "1234"


def prepare(token: Token) -> dict[str, str]:
    """Makes the token of SoftHSM, empty, and the files with the PINs; gives the environment that knows both tokens."""
    program = token.module.parent / "vhsm"
    if not SOFTHSM.exists() or not program.exists():
        raise Lacking("needs Debian's softhsm2, and the program vhsm beside the module: cargo build --release")
    old = token.path("old")
    old.mkdir()
    token.write("old.conf", f"directories.tokendir = {old}\nobjectstore.backend = file\n".encode())
    token.write("old.pin", OLD_PIN.encode())
    token.write("new.pin", USER_PIN.encode())
    env = {**token.env, "SOFTHSM2_CONF": str(token.path("old.conf"))}
    words = ["--init-token", "--free", "--label", "old", "--so-pin", "12345678", "--pin", OLD_PIN]
    run(["softhsm2-util", *words], env=env).must_work()
    return env


def old(token: Token, env: dict[str, str], *words: str | Path) -> str:
    """pkcs11-tool on SoftHSM's token."""
    common = ["pkcs11-tool", "--module", SOFTHSM, "--token-label", "old", "--login", "--pin", OLD_PIN]
    return run([*common, *words], env=env, cwd=token.directory).must_work().text


def new(token: Token, *words: str | Path) -> str:
    """pkcs11-tool on vhsm's token."""
    common = ["pkcs11-tool", "--module", token.module, "--login", "--pin", USER_PIN]
    return run([*common, *words], env=token.env, cwd=token.directory).must_work().text


def migrate(token: Token, env: dict[str, str], status: int) -> dict[str, tuple[str, list[str]]]:
    """Runs the migration: what became of each object, and why."""
    words = ["--from-pin-file", token.path("old.pin"), "--pin-file", token.path("new.pin"), "--json"]
    done = run([token.module.parent / "vhsm", "migrate", "softhsm2", *words], env=env)
    expect(done.status == status, f"vhsm migrate ended with {done.ending}: {done.text}")
    return {one["object"]: (one["result"], one["why"]) for one in json.loads(done.out)["objects"]}


@group()
def objects_of_every_type(token: Token, check: Checks) -> None:
    """Keys that may leave, a certificate and data come over and work; keys that may not are named."""
    with check("what SoftHSM lets out comes over, and what it does not is named with the reason"):
        env = prepare(token)
        run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.pem", "-out", "cert.pem"]
            + ["-subj", "/CN=migrated", "-days", "2"],
            cwd=token.directory,
        ).must_work()
        for words in (
            ["x509", "-in", "cert.pem", "-outform", "der", "-out", "cert.der"],
            ["rsa", "-in", "rsa.pem", "-outform", "der", "-out", "rsa.der"],
            ["rsa", "-in", "rsa.pem", "-pubout", "-outform", "der", "-out", "rsa.pub"],
        ):
            run(["openssl", *words], cwd=token.directory).must_work()
        token.write("data", b"some data\n")
        token.write("message", b"a message of 32 bytes, no more.\n")
        old(token, env, "--write-object", "rsa.der", "--type", "privkey", "--id", "01", "--label", "rsa", "--extractable")
        old(token, env, "--write-object", "rsa.pub", "--type", "pubkey", "--id", "01", "--label", "rsa")
        old(token, env, "--write-object", "cert.der", "--type", "cert", "--id", "01", "--label", "cert")
        old(token, env, "--write-object", "data", "--type", "data", "--label", "data", "--application-label", "app")
        old(token, env, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "ec", "--extractable")
        old(token, env, "--keygen", "--key-type", "AES:32", "--id", "03", "--label", "aes", "--extractable")
        old(token, env, "--keypairgen", "--key-type", "rsa:2048", "--id", "04", "--label", "stays")
        encrypt = ["--encrypt", "-m", "AES-ECB", "--id", "03", "-i", "message", "-o"]
        old(token, env, *encrypt, "encrypted.old")
        became = migrate(token, env, status=1)
        left = {name: why for name, (result, why) in became.items() if result == "left behind"}
        expect_equal(
            left,
            {'private key "stays", id 04': ["CKA_EXTRACTABLE is FALSE, so SoftHSM does not let it out"]},
            "what stays",
        )
        expect_equal(len(became), 10 - 1, "objects that were told of")
    with check("an RSA key signs as openssl does with it"):
        sign = ["--sign", "-m", "SHA256-RSA-PKCS", "--id", "01", "-i", "message", "-o", "signature"]
        new(token, *sign)
        run(
            ["openssl", "dgst", "-sha256", "-sign", "rsa.pem", "-out", "expected", "message"], cwd=token.directory
        ).must_work()
        expect_equal(token.path("signature").read_bytes(), token.path("expected").read_bytes(), "the signature")
    with check("a signature by an EC key is verified by SoftHSM's public key"):
        sign = ["--sign", "-m", "ECDSA-SHA256", "--signature-format", "openssl", "--id", "02", "-i", "message"]
        new(token, *sign, "-o", "signature.ec")
        old(token, env, "--read-object", "--type", "pubkey", "--id", "02", "-o", "ec.pub")
        verify = ["dgst", "-sha256", "-keyform", "DER", "-verify", "ec.pub", "-signature", "signature.ec", "message"]
        run(["openssl", *verify], cwd=token.directory).must_work()
    with check("an AES key encrypts as it did in SoftHSM"):
        new(token, *encrypt, "encrypted.new")
        expect_equal(
            token.path("encrypted.new").read_bytes(), token.path("encrypted.old").read_bytes(), "the ciphertext"
        )
    with check("certificate and data are the same bytes"):
        new(token, "--read-object", "--type", "cert", "--id", "01", "-o", "cert.new")
        new(token, "--read-object", "--type", "data", "--label", "data", "-o", "data.new")
        expect_equal(token.path("cert.new").read_bytes(), token.path("cert.der").read_bytes(), "the certificate")
        expect_equal(token.path("data.new").read_bytes(), token.path("data").read_bytes(), "the data")
    with check("once more, nothing is made twice"):
        again = migrate(token, env, status=1)
        made = [name for name, (result, _) in again.items() if result == "carried over"]
        expect_equal(made, [], "made again")
        expect_equal(again.keys(), became.keys(), "the objects")


CLIENT = Client(
    programs={"softhsm2-util": "softhsm2", "pkcs11-tool": "opensc", "openssl": "openssl"},
    version=["softhsm2-util", "--version"],
    groups=[objects_of_every_type],
)
