"""Objects that pkcs11-tool makes and imports on SoftHSM's token, and uses on vhsm's.

What a key does is compared with what openssl does with the same key, or with what SoftHSM did with it before.
"""

from __future__ import annotations

from pathlib import Path

from harness import USER_PIN, Checks, Token, expect_equal, group, run

from .tokens import OLD_PIN, SOFTHSM, migrate, prepare


def old(token: Token, env: dict[str, str], *words: str | Path) -> str:
    """pkcs11-tool on SoftHSM's token."""
    common = ["pkcs11-tool", "--module", SOFTHSM, "--token-label", "old", "--login", "--pin", OLD_PIN]
    return run([*common, *words], env=env, cwd=token.directory).must_work().text


def new(token: Token, *words: str | Path) -> str:
    """pkcs11-tool on vhsm's token."""
    common = ["pkcs11-tool", "--module", token.module, "--login", "--pin", USER_PIN]
    return run([*common, *words], env=token.env, cwd=token.directory).must_work().text


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
        left = {name: why for name, result, why in became if result == "left behind"}
        expect_equal(
            left,
            {'RSA private key "stays", id 04': ["CKA_EXTRACTABLE is FALSE, so SoftHSM does not let it out"]},
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
        made = [name for name, result, _ in again if result == "carried over"]
        expect_equal(made, [], "made again")
        expect_equal([name for name, _, _ in again], [name for name, _, _ in became], "the objects")
