"""Keys: generated, imported, listed, read back, restricted."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl

from .tool import Tool, has_words, only

# What openssl says of a public key of each kind.
PAIR_KINDS = {
    "RSA:2048": "(2048 bit)",
    "RSA:3072": "(3072 bit)",
    "EC:prime256v1": "prime256v1",
    "EC:secp384r1": "secp384r1",
    "EC:secp521r1": "secp521r1",
    "EC:secp256k1": "secp256k1",
    "EC:edwards25519": "ED25519",
}
CURVES = ["prime256v1", "secp384r1", "secp521r1", "secp256k1"]
SECRET_KINDS = {"AES:16": 16, "AES:24": 24, "AES:32": 32, "DES3:24": 24, "GENERIC:32": 32, "GENERIC:64": 64}
# What the program itself cannot do.
RAW_POINT = "wants a DER octet string as CKA_EC_POINT, where PKCS#11 3.0 and later have the raw point"
BAD_NAME = "names the curve in a string of 10 bytes that says it has 11: bad DER, and CKR_DOMAIN_PARAMS_INVALID"
USE_AFTER_FREE = "uses memory after freeing it (OSSL_PARAM_merge copies no values), so that some keys are unreadable"
NO_EDWARDS = "imports RSA and Weierstrass keys only"


@group()
def key_pairs(token: Token, check: Checks) -> None:
    """Key pairs are generated, found by another process, read back, and sign."""
    tool = Tool(token)
    for number, kind in enumerate(PAIR_KINDS, 0x10):
        ident = f"{number:02x}"
        with check(f"--keypairgen {kind}"):
            tool("--keypairgen", "--key-type", kind, "--id", ident, "--label", f"pair {kind}")
            generated_pair(tool, ident, f"pair {kind}")
        with check(f"--read-object of the public {kind} key"):
            described = openssl.described(tool.file(read_public(tool, ident)))
            expect(PAIR_KINDS[kind] in described, f"openssl reads {described.splitlines()[0]}")
        with check(f"the {kind} pair belongs together"):
            signs(tool, ident)
    with check("--keypairgen EC:curve25519"):
        done = tool.attempt("--keypairgen", "--key-type", "EC:curve25519", "--id", "31")
        if "CKR_DOMAIN_PARAMS_INVALID" in done.text:
            raise Skipped(BAD_NAME)
        done.must_work()
    with check("every object has a unique identifier of its own"):
        objects = tool.objects()
        expect_equal(len({o.get("Unique ID") for o in objects}), len(objects), "the number of identifiers")


def generated_pair(tool: Tool, ident: str, label: str) -> None:
    """The pair as another process lists it."""
    objects = tool.objects()
    private = only(objects, "Private Key Object", ID=ident, label=label)
    has_words(private, "Access", "sensitive", "always sensitive", "never extractable", "local")
    expect("sign" in private["Usage"], f"Usage is {private['Usage']}")
    public = only(objects, "Public Key Object", ID=ident, label=label)
    kinds = [listed["kind"].split("; ")[1] for listed in (private, public)]
    expect(kinds[1].startswith(kinds[0]), f"the kinds are {kinds}")


def read_public(tool: Tool, ident: str) -> bytes:
    """What --read-object gives, unless the program has trouble of its own."""
    done = tool.attempt("--read-object", "--type", "pubkey", "--id", ident, pin=None)
    if "cannot decode EC_POINT" in done.text:
        raise Skipped(RAW_POINT)
    if "cannot create EVP_PKEY" in done.text:
        raise Skipped(USE_AFTER_FREE)
    return done.must_work().out


def signs(tool: Tool, ident: str) -> None:
    """A signature of the private key is good by the public key."""
    data = hashlib.sha256(b"these two belong together").digest()
    public = public_key(tool, ident)
    described = openssl.described(public)
    if "ED25519" in described:
        openssl.verify_message(public, tool.sign("EDDSA", ident, data), data)
    elif "Modulus" in described:
        openssl.verify_digest(public, "sha256", tool.sign("SHA256-RSA-PKCS", ident, data), data)
    else:
        openssl.verify_raw(public, tool.sign("ECDSA", ident, data, "--signature-format", "openssl"), data)


def public_key(tool: Tool, ident: str) -> Path:
    """The public key's file for openssl. --read-object is not to be trusted with elliptic curves; the listing is."""
    listed = only(tool.objects(), "Public Key Object", ID=ident)
    if "RSA" in listed["kind"]:
        der = tool.read("pubkey", ident, pin=None)
    else:
        der = openssl.point_der(*(bytes.fromhex(listed[name].split()[0]) for name in ("EC_PARAMS", "EC_POINT")))
    return tool.file(openssl.openssl("pkey", "-pubin", "-inform", "DER", stdin=der))


@group()
def secret_keys(token: Token, check: Checks) -> None:
    """Secret keys are generated, read back when they may be, and hidden when not."""
    tool = Tool(token)
    for number, (kind, length) in enumerate(SECRET_KINDS.items(), 0x10):
        ident = f"{number:02x}"
        with check(f"--keygen {kind}"):
            tool("--keygen", "--key-type", kind, "--id", ident, "--label", f"secret {kind}", "--extractable")
            listed = only(tool.objects(), "Secret Key Object", ID=ident, label=f"secret {kind}")
            expect(listed["kind"].endswith(f"length {length}"), f"it is listed as {listed['kind']}")
            has_words(listed, "Access", "extractable", "local")
            expect_equal(len(tool.read("secrkey", ident)), length, "the length of its value")
    with check("every byte of a generated DES3 key has odd parity"):
        value = tool.read("secrkey", f"{0x10 + list(SECRET_KINDS).index('DES3:24'):02x}")
        expect(all(byte.bit_count() % 2 for byte in value), "one is even")
    with check("the value of a sensitive key is not revealed"):
        tool("--keygen", "--key-type", "AES:32", "--id", "40", "--sensitive", "--extractable")
        tool.refused("CKA_VALUE", "--read-object", "--type", "secrkey", "--id", "40")
        listed = only(tool.objects(), "Secret Key", ID="40")
        has_words(listed, "Access", "sensitive", "always sensitive", "extractable", "local")
    with check("the value of a key that is not extractable is not revealed"):
        tool("--keygen", "--key-type", "AES:32", "--id", "41")
        tool.refused("CKA_VALUE", "--read-object", "--type", "secrkey", "--id", "41")
    with check("--private hides a key from who is not logged in"):
        tool("--keygen", "--key-type", "AES:32", "--id", "42", "--private")
        only(tool.objects(), "Secret Key", ID="42")
        expect(all(o.get("ID") != "42" for o in tool.objects(pin=None)), "it is seen without login")
    with check("two generated keys differ"):
        expect(tool.read("secrkey", "12") != tool.read("secrkey", "14"), "they are the same")


@group()
def imports(token: Token, check: Checks) -> None:
    """Keys made by openssl are imported, read back, and sign."""
    tool = Tool(token)
    for number, kind in enumerate(["RSA:2048", "RSA:4096", *CURVES], 0x10):
        ident = f"{number:02x}"
        private = openssl.make_key(token.path(f"{ident}.pem"), kind)
        public = openssl.public_key(private)
        with check(f"--write-object of a public {kind} key, and --read-object"):
            tool.write(tool.file(openssl.public_der(public)), "pubkey", ident, "--label", kind)
            openssl.same_public_key(read_public(tool, ident), public)
        with check(f"--write-object of a private {kind} key, and a signature"):
            tool.write(tool.file(openssl.private_der(private)), "privkey", ident, "--label", kind, "--usage-sign")
            signs(tool, ident)
            listed = only(tool.objects(), "Private Key Object", ID=ident, label=kind)
            expect("local" not in listed["Access"], f"Access is {listed['Access']}")
    with check("--write-object in PEM"):
        tool.write(token.path("10.pem"), "privkey", "50", "--usage-sign")
        tool.write(token.path("10.pub"), "pubkey", "50", "--usage-sign")
        signs(tool, "50")
    with check("--write-object of an Ed25519 key"):
        private = openssl.make_key(token.path("edwards.pem"), "ED25519")
        done = tool.attempt("--write-object", private, "--type", "privkey", "--id", "51")
        if "Unsupported key type" in done.text:
            raise Skipped(NO_EDWARDS)
        done.must_work()
    import_secrets(tool, check)


def import_secrets(tool: Tool, check: Checks) -> None:
    odd = bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")
    values = {"AES:16": bytes(range(16)), "AES:24": bytes(range(24)), "AES:32": bytes(range(32)), "DES3:24": odd}
    for number, (kind, value) in enumerate([*values.items(), ("generic", b"k" * 20), ("generic", b"k" * 130)], 0x60):
        ident = f"{number:02x}"
        typed = [] if kind == "generic" else ["--key-type", kind]
        with check(f"--write-object of a secret {kind} key of {len(value)} bytes, and --read-object"):
            tool.write(tool.file(value), "secrkey", ident, *typed, "--extractable")
            expect_equal(tool.read("secrkey", ident), value, "the value")
    with check("--write-object of an AES key of 17 bytes is refused"):
        done = tool.attempt("--write-object", tool.file(b"k" * 17), "--type", "secrkey", "--key-type", "AES:17")
        expect(done.status != 0 and "CKR_" in done.text, "it is accepted")


EXPLICIT = "pkcs11-tool names uses that are TRUE and no others: those left out are FALSE then, and TRUE as vhsm comes"


@group(settings={"strictness.usage_defaults": "explicit"}, why=EXPLICIT)
def usage(token: Token, check: Checks) -> None:
    """Keys are restricted to uses and mechanisms (usage flags left out are FALSE here)."""
    tool = Tool(token)
    with check("--usage-sign: signs, does not decrypt"):
        tool("--keypairgen", "--key-type", "RSA:2048", "--id", "10", "--usage-sign")
        has_words(only(tool.objects(), "Private", ID="10"), "Usage", "sign")
        has_words(only(tool.objects(), "Public", ID="10"), "Usage", "verify")
        signs(tool, "10")
        refuses_function(tool, "--decrypt", "--mechanism", "RSA-PKCS", "--id", "10")
    with check("--usage-decrypt: decrypts, does not sign"):
        tool("--keypairgen", "--key-type", "RSA:2048", "--id", "11", "--usage-decrypt")
        has_words(only(tool.objects(), "Private", ID="11"), "Usage", "decrypt")
        encrypted = openssl.encrypt(public_key(tool, "11"), b"to the token")
        decrypted = tool.filter("--decrypt", "--mechanism", "RSA-PKCS", "--id", "11", data=encrypted)
        expect_equal(decrypted, b"to the token", "the plaintext")
        refuses_function(tool, "--sign", "--mechanism", "RSA-PKCS", "--id", "11")
    with check("--usage-derive: derives, does not sign"):
        tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "12", "--usage-derive")
        has_words(only(tool.objects(), "Private", ID="12"), "Usage", "derive")
        refuses_function(tool, "--sign", "--mechanism", "ECDSA", "--id", "12")
    with check("--usage-wrap: a key for wrapping only"):
        tool("--keygen", "--key-type", "AES:32", "--id", "13", "--usage-wrap")
        has_words(only(tool.objects(), "Secret", ID="13"), "Usage", "wrap", "unwrap")
        refuses_function(tool, "--encrypt", "--mechanism", "AES-ECB", "--id", "13")
    with check("--allowed-mechanisms: one signs, another is refused"):
        allowed = ["--allowed-mechanisms", "SHA256-RSA-PKCS,SHA384-RSA-PKCS"]
        tool("--keypairgen", "--key-type", "RSA:2048", "--id", "14", *allowed)
        listed = only(tool.objects(), "Private", ID="14")
        has_words(listed, "Allowed mechanisms", "SHA256-RSA-PKCS", "SHA384-RSA-PKCS")
        signs(tool, "14")
        tool.refused("CKR_MECHANISM_INVALID", "--sign", "--mechanism", "SHA512-RSA-PKCS", "--id", "14")
    with check("--always-auth: signs with the PIN given again"):
        tool("--keypairgen", "--key-type", "RSA:2048", "--id", "15", "--always-auth")
        expect("always authenticate" in only(tool.objects(), "Private", ID="15")["Access"], "it is not listed so")
        signs(tool, "15")
    with check("--extractable"):
        tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "16", "--extractable")
        listed = only(tool.objects(), "Private", ID="16")
        has_words(listed, "Access", "sensitive", "always sensitive", "extractable", "local")


def refuses_function(tool: Tool, *words: str) -> None:
    tool.refused("CKR_KEY_FUNCTION_NOT_PERMITTED", *words, "--input-file", str(tool.file(b"x" * 16)))
