"""OpenDNSSEC's programs for a token: ods-hsmutil and ods-hsmspeed."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from harness import LABEL, USER_PIN, Checks, Client, Failed, Finished, Skipped, Token
from harness import expect, expect_equal, group, openssl, run

CONFIGURATION = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration>
  <RepositoryList>
    <Repository name="repository">
      <Module>{module}</Module>
      <TokenLabel>{label}</TokenLabel>
      <PIN>{pin}</PIN>
      {more}
    </Repository>
  </RepositoryList>
  <Common>
    <Logging><Syslog><Facility>local0</Facility></Syslog></Logging>
    <PolicyFile>kasp.xml</PolicyFile>
    <ZoneListFile>zonelist.xml</ZoneListFile>
  </Common>
  <Enforcer><Datastore><SQLite>kasp.db</SQLite></Datastore></Enforcer>
  <Signer><WorkingDirectory>.</WorkingDirectory></Signer>
</Configuration>
"""
# The words of `generate`, and how `list` names the key.
KINDS = {
    "RSA/1024": ["rsa", "1024"],
    "RSA/2048": ["rsa", "2048"],
    "RSA/3072": ["rsa", "3072"],
    "RSA/4096": ["rsa", "4096"],
    "ECDSA/256": ["ecdsa", "256"],
    "ECDSA/384": ["ecdsa", "384"],
}
# By key: the algorithms of DNSSEC that it is for.
ALGORITHMS = {"RSA/2048": [5, 7, 8, 10], "ECDSA/256": [13], "ECDSA/384": [14]}
RUNS = [("1024", "1", "100"), ("1024", "8", "100"), ("2048", "4", "50"), ("2048", "16", "20")]  # bits, threads, rounds
ED448 = ["CKM_EC_EDWARDS_KEY_PAIR_GEN", "CKM_EDDSA"]
ID = r"[0-9a-f]{32}"
# What the program itself cannot do.
NO_EDWARDS = "ods-hsmutil 2.1 generates no EdDSA keys but in its own test"
NO_GOST = "the token has no mechanisms of GOST R 34.10-2001, which RFC 8624 forbids for signatures in DNSSEC"
NO_ECDSA_SIGNATURES = "its test of ECDSA ends before it asks for the signature, whatever token the key is in"


@dataclass(frozen=True)
class Utility:
    """ods-hsmutil with a configuration that names the token."""

    token: Token
    configuration: Path

    @classmethod
    def of(cls, token: Token, *, pin: str = f"<PIN>{USER_PIN}</PIN>", more: str = "") -> Utility:
        text = CONFIGURATION.format(module=token.module, label=LABEL, pin=USER_PIN, more=more)
        path = token.write("conf.xml", text.replace(f"<PIN>{USER_PIN}</PIN>", pin).encode())
        return cls(token, path)

    def attempt(self, *words: str, program: str = "ods-hsmutil") -> Finished:
        command = [program, "-c", self.configuration, *words]
        return run(command, env=self.token.env, cwd=self.token.directory)

    def __call__(self, *words: str, program: str = "ods-hsmutil") -> str:
        done = self.attempt(*words, program=program)
        if done.status != 0:
            raise Failed(f"{program} ended with {done.ending}: {done.last_words}")
        return done.text

    def generate(self, *words: str) -> str:
        """A new key's identifier."""
        said = self("generate", "repository", *words)
        found = re.search(rf"Key generation successful: ({ID})", said)
        if not found:
            raise Failed(said)
        return found.group(1)

    def keys(self) -> dict[str, str]:
        """The kinds of the listed keys by their identifiers; the number above the list must be right."""
        said = self("list")
        found = {ident: kind for ident, kind in re.findall(rf"^repository\s+({ID})\s+(\S+)", said, re.MULTILINE)}
        expect(re.search(rf"^{len(found)} keys? found", said, re.MULTILINE), said)
        return found

    def public_key(self, ident: str) -> bytes:
        """What p11tool reads of the public key, in PEM."""
        url = f"pkcs11:token={LABEL};type=public;id=" + "".join(f"%{byte:02x}" for byte in bytes.fromhex(ident))
        tool = ["p11tool", "--provider", self.token.module, "--batch", "--login", "--export", url]
        return run(tool, env={**self.token.env, "GNUTLS_PIN": USER_PIN}).must_work().out


@group()
def keys(token: Token, check: Checks) -> None:
    """ods-hsmutil finds the token, generates RSA and ECDSA keys, lists and removes them."""
    utility = Utility.of(token)
    with check("info"):
        said = utility("info")
        for words in ("Repository: repository", str(token.module), f"Token Label:   {LABEL}"):
            expect(words in said, said)
    with check("list of an empty token"):
        expect_equal(utility.keys(), {}, "the keys")
    made: dict[str, str] = {}
    for kind, words in KINDS.items():
        with check(f"generate {' '.join(words)}"):
            ident = utility.generate(*words)
            made[ident] = kind
            expect_equal(utility.keys().get(ident), kind, "the key's kind in the list")
        with check(f"the public key of {kind} as another program reads it"):
            described = openssl.described(token.write("key", utility.public_key(ident)))
            bits = kind.partition("/")[2]
            expect(f"({bits} bit)" in described, described)
    with check("list: all keys, and those of the repository"):
        expect_equal(utility.keys(), made, "the keys")
        for ident in made:
            expect(ident in utility("list", "repository"), f"{ident} is not in the list of the repository")
    with check("generate eddsa"):
        done = utility.attempt("generate", "repository", "eddsa", "25519")
        if "Unknown algorithm" in done.text:
            raise Skipped(NO_EDWARDS)
        done.must_work()
    with check("a size that no key has is refused"):
        expect(utility.attempt("generate", "repository", "rsa", "100").status != 0, "it is not")
    with check("remove"):
        ident, kind = made.popitem()
        utility("remove", ident)
        expect_equal(utility.keys(), made, "the keys left")
    with check("remove of what is not there is refused"):
        expect(utility.attempt("remove", ident).status != 0, "it is not")
    with check("purge"):
        utility("-f", "purge", "repository")
        expect_equal(utility.keys(), {}, "the keys left")


@group()
def records(token: Token, check: Checks) -> None:
    """ods-hsmutil writes the DNSKEY record of a key, with the public key that the token has."""
    utility = Utility.of(token)
    for kind, algorithms in ALGORITHMS.items():
        ident = utility.generate(*KINDS[kind])
        der = openssl.public_der(token.write("key", utility.public_key(ident)))
        for algorithm in algorithms:
            with check(f"dnskey, {kind}, algorithm {algorithm}"):
                said = utility("dnskey", ident, "example.com", "257", str(algorithm))
                record = rf"^example\.com\.\s+3600\s+IN\s+DNSKEY\s+257 3 {algorithm} (\S+)"
                found = re.search(record, said, re.MULTILINE)
                expect(found, said)
                assert found is not None
                expect(key_of_record(base64.b64decode(found.group(1)), kind) in der, "the record has another key")


def key_of_record(data: bytes, kind: str) -> bytes:
    """The modulus or the point of a DNSKEY record [RFC 3110, section 2; RFC 6605, section 4]."""
    return data[1 + data[0] :] if "RSA" in kind else b"\x04" + data


@group(settings={"mechanisms.enable": ED448}, why="its own test makes Ed448 keys, which are off unless asked for")
def own_tests(token: Token, check: Checks) -> None:
    """`ods-hsmutil test` generates keys of every kind, signs with them and deletes them (vhsm with Ed448 enabled)."""
    utility = Utility.of(token)
    said = utility.attempt("-v", "test", "repository").out.decode()
    parts: dict[str, str] = {}
    for part in re.split(r"(?=Generating )", said)[1:]:
        heading, _, rest = part.removeprefix("Generating ").partition("...")
        parts[heading] = rest
    with check("the test comes to its end"):
        expect("64-bit random data" in parts and any("RSA" in heading for heading in parts), said[-200:])
    for heading, rest in parts.items():
        with check(f"test: {heading}"):
            if "GOST" in heading and "Failed" in rest:
                raise Skipped(NO_GOST)
            expect("Failed" not in rest and "failed" not in rest, rest)
            if "ECDSA" in heading and "with key... OK" not in rest:
                raise Skipped(NO_ECDSA_SIGNATURES)
            if "key" in heading:
                expect("Signing" in rest and "Deleting key... OK" in rest, rest)


@group()
def speed(token: Token, check: Checks) -> None:
    """ods-hsmspeed signs with several threads."""
    utility = Utility.of(token)
    for bits, threads, rounds in RUNS:
        with check(f"RSA {bits}, {threads} threads"):
            words = ("-r", "repository", "-i", rounds, "-s", bits, "-t", threads)
            said = utility(*words, program="ods-hsmspeed")
            ended = len(re.findall(r"Signer thread #\d+ done", said))
            expect_equal(ended, int(threads), "the number of threads that came to their end")
            expect(re.search(rf"{threads} threads?, {rounds} signatures per thread, [1-9]", said), said)
    with check("the key of the measurement is gone"):
        expect_equal(utility.keys(), {}, "the keys")


@group()
def repositories(token: Token, check: Checks) -> None:
    """The options of a repository, and PINs."""
    with check("SkipPublicKey: no public key is kept, and dnskey still knows it"):
        utility = Utility.of(token, more="<SkipPublicKey/>")
        ident = utility.generate("rsa", "2048")
        listed = run(["pkcs11-tool", "--module", token.module, "--list-objects", "--type", "pubkey"], env=token.env)
        expect("Public Key" not in listed.text, "there is a public key")
        expect("DNSKEY" in utility("dnskey", ident, "example.com", "256", "8"), "no record")
    with check("AllowExtraction: the private key may leave the token"):
        ident = Utility.of(token, more="<AllowExtraction/>").generate("rsa", "2048")
        tool = ["pkcs11-tool", "--module", token.module, "--login", "--pin", USER_PIN, "--list-objects"]
        said = run([*tool, "--type", "privkey"], env=token.env).must_work().text
        [about] = [part for part in said.split("Private Key Object") if ident in part]
        expect("extractable" in about and "never extractable" not in about, about)
    with check("login with the PIN of the configuration"):
        expect("logged in" in Utility.of(token)("login"), "it is not")
    with check("a wrong PIN is refused, once and not until the token is locked"):
        wrong = Utility.of(token, pin="<PIN>wrong-pin</PIN>")
        expect(wrong.attempt("list").status != 0, "it is not")
        expect_equal(len(Utility.of(token).keys()), 2, "the number of keys")


CLIENT = Client(
    programs={
        "ods-hsmutil": "libhsm-bin",
        "ods-hsmspeed": "libhsm-bin",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["ods-hsmutil", "-V"],
    groups=[keys, records, own_tests, speed, repositories],
    peer=True,
)
