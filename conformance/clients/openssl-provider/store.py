"""Objects by their URIs, keys that the provider generates, and what else it takes from the token."""

from __future__ import annotations

from harness import LABEL, Checks, Skipped, Token, expect, expect_equal, group, openssl
from harness.openssl_token import KEYS, Program, configuration, tls, uri

from .way import EVERYTHING, PROVIDER, setting

MESSAGE = b"a message"
# The commands' own words for the pairs that are generated, and openssl's word for the public key.
GENERATED = {
    "gen-rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "(2048 bit)"),
    "gen-p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "prime256v1"),
    "gen-p384": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "secp384r1"),
    "gen-ed25519": (["-algorithm", "ED25519"], "ED25519"),
}
DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256"]
DIGESTS += ["sha3-224", "sha3-256", "sha3-384", "sha3-512"]
NOT_LOGGED_IN = "pkcs11-provider 1.0 does not log in before it makes a private object of the key that HKDF is given"


@group()
def objects(token: Token, check: Checks) -> None:
    """storeutl lists the token; public keys, certificates and private keys by their URIs, also from a PEM file."""
    program = Program(token, PROVIDER, *KEYS)
    with check("storeutl -keys: every private key, without its value"):
        said = program("storeutl", "-noout", "-text", "-keys", "pkcs11:").decode()
        for name in KEYS:
            expect(f"object={name};type=private" in said, f"{name} is not listed")
    with check("storeutl -certs: every certificate"):
        said = program("storeutl", "-certs", "pkcs11:").decode()
        expect_equal(said.count("BEGIN CERTIFICATE"), len(KEYS) - 1, "the number of certificates")
    for name in KEYS:
        with check(f"pkey -pubin: the public key {name}"):
            got = program("pkey", "-pubin", "-in", uri(name, "public"), "-pubout")
            openssl.same_public_key(got, program.public_pem(name))
        with check(f"pkey -pubout: the public key of the private key {name}"):
            got = program("pkey", "-in", uri(name), "-pubout")
            openssl.same_public_key(got, program.public_pem(name))
        with check(f"the private key {name} does not come out"):
            done = program.attempt("pkey", "-in", uri(name))
            expect(done.status != 0 and b"BEGIN" not in done.out, "it does")
    for name in ("rsa", "p256"):
        with check(f"x509: the certificate {name}"):
            got = program("x509", "-in", uri(name, "cert"), "-outform", "DER")
            expect_equal(got, openssl.certificate_der(program.certificate(name)), "the certificate")
    with check("a private key by a PEM file that holds its URI"):
        file = program.file(configuration.uri_in_pem(uri("rsa")))
        made = program("dgst", "-sha256", "-sign", file, stdin=MESSAGE)
        openssl.verify_digest(program.public_pem("rsa"), "sha256", made, MESSAGE)
    for words, key in {"id": "pkcs11:id=%01;type=private", "object": f"pkcs11:token={LABEL};object=rsa"}.items():
        with check(f"a private key by {words}"):
            made = program("dgst", "-sha256", "-sign", key, stdin=MESSAGE)
            openssl.verify_digest(program.public_pem("rsa"), "sha256", made, MESSAGE)


@group()
def generation(token: Token, check: Checks) -> None:
    """genpkey makes pairs in the token, which then sign."""
    program = Program(token, PROVIDER)
    for number, (name, (words, described)) in enumerate(GENERATED.items(), 1):
        with check(f"genpkey {name}"):
            where = f"pkcs11_uri:pkcs11:object={name};id=%0{number}"
            done = program.attempt("genpkey", "-propquery", "provider=pkcs11", *words, "-pkeyopt", where)
            # openssl 3.0 then wants to write the private key, which the provider does not give away.
            expect(done.status == 0 or "Error writing key" in done.text, done.last_words)
            public = program.file(program("pkey", "-pubin", "-in", uri(name, "public"), "-pubout"))
            expect(described in openssl.described(public), "openssl reads another key")
        with check(f"pkeyutl -sign {name}"):
            made = program("pkeyutl", "-inkey", uri(name), "-sign", "-rawin", "-in", program.file(MESSAGE))
            openssl.verify_message(public, made, MESSAGE)


@group()
def algorithms(token: Token, check: Checks) -> None:
    """Digests, random numbers and HKDF by the token, when a program asks for the provider's."""
    program = Program(token, PROVIDER, "rsa")
    early = program.environment(setting("pkcs11-module-load-behavior = early"))
    listed = program("list", "-digest-algorithms", env=early).decode()
    for digest in DIGESTS:
        with check(f"dgst {digest}"):
            for data in (b"", MESSAGE * 5000):
                got = program("dgst", "-propquery", "provider=pkcs11", f"-{digest}", "-binary", stdin=data, env=early)
                expect_equal(got, openssl.digest(digest, data), "the digest")
    with check("the digests are the provider's"):
        expect(listed.count("@ pkcs11") >= len(DIGESTS), listed)
    with check("rand"):
        words = ("rand", "-propquery", "provider=pkcs11", "-hex", "32")
        drawn = {program(*words, env=early) for _ in range(4)}
        expect_equal({len(value) for value in drawn} | {len(drawn)}, {65, 4}, "lengths, and how many differ")
    with check("a TLS server that takes everything from the token: digests, ECDH, HKDF, random numbers"):
        env = program.environment(f"{EVERYTHING}pkcs11-module-load-behavior = early\n")
        with tls.Server(program, env, *tls.in_token(program, "rsa")) as address:
            tls.talk(address, token.env, "-CAfile", program.certificate("rsa"), "-tls1_3")
    with check("kdf HKDF"):
        options = [f"-kdfopt={part}" for part in ("digest:SHA256", "hexkey:0b0b", "hexsalt:0102", "hexinfo:f0f1")]
        words = [word for option in options for word in option.split("=")]
        done = program.attempt("kdf", "-propquery", "provider=pkcs11", "-keylen", "32", *words, "HKDF", env=early)
        if done.status == 1 and "KDF parameter error" in done.text:
            raise Skipped(NOT_LOGGED_IN)
        expect_equal(done.must_work().out, openssl.openssl("kdf", "-keylen", "32", *words, "HKDF"), "the key")
