"""Keys that the token generates, and keys that are written to it."""

from __future__ import annotations

from pathlib import Path

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl

from .tool import TOKEN_URL, Tool, only, url

# Per kind of generated pair: the options, p11tool's name of the type, and openssl's word for the public key.
GENERATED = {
    "rsa-2048": (["--generate-privkey", "rsa", "--bits", "2048"], "RSA-2048", "(2048 bit)"),
    "rsa-3072": (["--generate-privkey", "rsa", "--bits", "3072"], "RSA-3072", "(3072 bit)"),
    "p-256": (["--generate-privkey", "ecdsa", "--curve", "secp256r1"], "EC/ECDSA-SECP256R1", "prime256v1"),
    "p-384": (["--generate-privkey", "ecdsa", "--curve", "secp384r1"], "EC/ECDSA-SECP384R1", "secp384r1"),
    "p-521": (["--generate-privkey", "ecdsa", "--curve", "secp521r1"], "EC/ECDSA-SECP521R1", "secp521r1"),
    "ed25519": (["--generate-privkey", "ed25519"], "EdDSA (Ed25519)", "ED25519"),
}
# Kinds of openssl's keys, and p11tool's names.
WRITTEN = {
    "RSA:2048": "RSA-2048",
    "prime256v1": "EC/ECDSA-SECP256R1",
    "secp384r1": "EC/ECDSA-SECP384R1",
    "secp521r1": "EC/ECDSA-SECP521R1",
    "ED25519": "EdDSA (Ed25519)",
}

OLD_POINTS = {"strictness.ec_point_encoding": "der"}
WHY = "GnuTLS 3.7 reads no raw CKA_EC_POINT, which Ed25519 keys have since PKCS#11 3.1; a user of p11tool sets this too"
# What SoftHSM answers when p11tool asks C_GenerateKeyPair for CKM_EDDSA.
EDDSA_GENERATES = "asks C_GenerateKeyPair for CKM_EDDSA, which signs; CKM_EC_EDWARDS_KEY_PAIR_GEN is what generates"


@group(settings=OLD_POINTS, why=WHY)
def generated_keys(token: Token, check: Checks) -> None:
    """Key pairs are generated, listed, exported and tested."""
    tool = Tool(token)
    for number, (name, (options, listed_as, described_as)) in enumerate(GENERATED.items(), 1):
        with check(f"--generate-privkey {name}"):
            output = tool.new_file()
            done = tool.attempt(*options, "--label", name, "--id", f"0{number}", "--outfile", output, TOKEN_URL)
            if name == "ed25519" and "unsupported feature" in done.text:
                raise Skipped(EDDSA_GENERATES)
            done.must_work()
            expect(described_as in openssl.described(output), "openssl reads another key")
            generated_pair(tool, name, listed_as)
        if name == "ed25519" and done.status != 0:
            continue
        with check(f"--export-pubkey {name}"):
            exported = tool.to_file("--export-pubkey", url(object=name, kind="private"))
            openssl.same_public_key(exported, output)
            openssl.same_public_key(tool.to_file("--export", url(object=name, kind="public"), login=False), output)
        with check(f"--test-sign {name}"):
            tests_signing(tool, name, *(["--hash", "SHA512"] if name == "ed25519" else []))
    with check("--generate-rsa and --generate-ecc, the older words"):
        for word, listed_as in (("--generate-rsa", "RSA-2048"), ("--generate-ecc", "EC/ECDSA-SECP384R1")):
            tool.to_file(word, "--bits", "2048" if "rsa" in word else "384", "--label", word, TOKEN_URL)
            generated_pair(tool, word, listed_as)
    with check("--mark-wrap: a pair that wraps"):
        options = [*GENERATED["rsa-2048"][0], "--mark-wrap", "--label", "wrapping"]
        tool.to_file(*options, TOKEN_URL)
        for kind in ("Public key", "Private key"):
            flags = only(tool.objects(), kind, "wrapping")["Flags"]
            expect("CKA_WRAP/UNWRAP" in flags, f"the flags of the {kind.lower()} are {flags}")
    for digest in ("SHA256", "SHA384", "SHA512"):
        with check(f"--test-sign rsa-2048 --sign-params RSA-PSS --hash {digest}"):
            tests_signing(tool, "rsa-2048", "--sign-params", "RSA-PSS", "--hash", digest)
        with check(f"--test-sign rsa-2048 --hash {digest}"):
            tests_signing(tool, "rsa-2048", "--hash", digest)
        with check(f"--test-sign p-256 --hash {digest}"):
            tests_signing(tool, "p-256", "--hash", digest)


def generated_pair(tool: Tool, name: str, listed_as: str) -> None:
    """The pair as another process lists it."""
    private = only(tool.objects(), "Private key", name)
    expect_equal(private["Type"], f"Private key ({listed_as})", "the private key's type")
    for flag in ("CKA_PRIVATE", "CKA_NEVER_EXTRACTABLE", "CKA_SENSITIVE"):
        expect(flag in private["Flags"], f"the flags are {private['Flags']}")
    public = only(tool.objects(login=False), "Public key", name)
    expect_equal(public["Type"], f"Public key ({listed_as})", "the public key's type")
    expect_equal(public["ID"], private["ID"], "the public key's identifier")


def tests_signing(tool: Tool, name: str, *words: str) -> None:
    said = tool("--test-sign", *words, url(object=name, kind="private")).text
    for part in ("Signing using", "against private key parameters... ok", "against public key in the token... ok"):
        expect(part in said, f"it did not come to {part!r}: {said}")


@group(settings=OLD_POINTS, why=WHY)
def written_keys(token: Token, check: Checks) -> None:
    """Keys made by openssl are written, listed, exported and tested."""
    tool = Tool(token)
    for number, (kind, listed_as) in enumerate(WRITTEN.items(), 1):
        ident = f"0{number}"
        private = openssl.make_key(token.path(f"{ident}.pem"), kind)
        public = openssl.public_key(private)
        with check(f"--write --load-pubkey {kind}, and --export"):
            write(tool, kind, ident, "--load-pubkey", public)
            openssl.same_public_key(exported_public(tool, kind), public)
        with check(f"--write --load-privkey {kind}"):
            write(tool, kind, ident, "--load-privkey", private)
            listed = only(tool.objects(), "Private key", kind)
            expect_equal(listed["Type"], f"Private key ({listed_as})", "its type")
            expect("CKA_SENSITIVE" in listed["Flags"], f"the flags are {listed['Flags']}")
        with check(f"--test-sign written {kind}"):
            exported_public(tool, kind)
            tests_signing(tool, kind, *(["--hash", "SHA512"] if kind == "ED25519" else []))
    with check("--write --load-privkey in PKCS#8"):
        pkcs8 = tool.file(openssl.openssl("pkcs8", "-topk8", "-nocrypt", "-in", token.path("01.pem")))
        write(tool, "pkcs8", "11", "--pkcs8", "--load-privkey", pkcs8)
        tool("--test-sign", url(object="pkcs8", kind="private"))
    with check("--write --secret-key"):
        write(tool, "secret", "12", "--secret-key", "00112233445566778899aabbccddeeff")
        listed = only(tool.objects(), "Secret key", "secret")
        expect("CKA_SENSITIVE" in listed["Flags"], f"the flags are {listed['Flags']}")
    with check("a private key is not exported"):
        done = tool.attempt("--export", url(object="RSA:2048", kind="private"))
        expect(b"PRIVATE" not in done.out and done.status != 0, "it is")
    with check("--mark-always-authenticate: the key signs"):
        write(tool, "always", "13", "--mark-always-authenticate", "--load-privkey", token.path("01.pem"))
        expect("ALWAYS_AUTH" in only(tool.objects(), "Private key", "always")["Flags"], "it is not listed so")
        tool("--test-sign", url(object="always", kind="private"))


def exported_public(tool: Tool, label: str) -> bytes:
    output = tool.new_file()
    tool("--export", url(object=label, kind="public"), "--outfile", output, login=False)
    return output.read_bytes()


def write(tool: Tool, label: str, ident: str, *words: str | Path) -> None:
    tool("--write", *words, "--label", label, "--id", ident, TOKEN_URL)
