"""certutil: keys of the token, requests and certificates."""

from __future__ import annotations

from pathlib import Path

from harness import LABEL, Checks, Skipped, Token, expect, expect_equal, group, openssl

from .tool import KINDS, Database, nickname

HASHES = ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512"]
# What the program itself cannot do.
CURVE25519 = "asks CKM_EC_KEY_PAIR_GEN for a curve by an identifier that is not one of the standard's"


@group()
def keys(token: Token, check: Checks) -> None:
    """certutil generates key pairs in the token, lists and deletes them, and each signs."""
    database = Database(token)
    with check("-K of an empty token finds nothing"):
        expect_equal(database.keys(), [], "the list")
    for kind in KINDS:
        with check(f"-G {kind}"):
            key = database.generate(kind)
            expect_equal((key.kind, key.nickname), (kind[:3] if "rsa" in kind else "ec", "(orphan)"), "the new key")
        with check(f"-R with the {kind} key by its identifier"):
            request = database.new_file()
            database.in_token("-R", "-k", key.ident, "-s", f"CN={kind}", "-o", request)
            openssl.verify_request(request.read_bytes())
    with check("-G with exponent 3"):
        key = database.generate("rsa-2048", "-y", "3")
        request = database.new_file()
        database.in_token("-R", "-k", key.ident, "-s", "CN=three", "-o", request)
        openssl.verify_request(request.read_bytes())
        text = openssl.openssl("req", "-in", request, "-inform", "DER", "-noout", "-text").decode()
        expect("Exponent: 3 " in text, "the exponent is another")
    with check("-F deletes a key"):
        database.in_token("-F", "-k", key.ident)
        expect(key not in database.keys(), "it is still there")
    with check("-G curve25519"):
        words = ("-G", "-h", LABEL, "-k", "ec", "-q", "curve25519", "-z", database.noise, "-f", database.pin)
        done = database.attempt("certutil", *words)
        if "unable to generate key" in done.text:
            raise Skipped(CURVE25519)
        done.must_work()


@group()
def requests(token: Token, check: Checks) -> None:
    """certutil makes requests, self-signed certificates and certificates by a CA, all keys in the token."""
    database = Database(token)
    database.make_ca()
    database.make_ca("ec-ca", "p-384")
    authorities = {name: database.pem(name) for name in ("ca", "ec-ca")}
    with check("-S -x: self-signed certificates"):
        for path in authorities.values():
            openssl.openssl("verify", "-check_ss_sig", "-CAfile", path, path)
    pairs = [(kind, ca) for kind in ("rsa-2048", "p-256", "p-521") for ca in authorities]
    for number, (kind, ca) in enumerate(pairs, 10):
        name = f"{kind}-{ca}"
        with check(f"-S: a {kind} key, and its certificate by {ca}"):
            database.make_leaf(name, kind, number, ca=ca)
            openssl.openssl("verify", "-CAfile", authorities[ca], database.pem(name))
        with check(f"-V: the certificate of {name} as NSS sees it"):
            for usage in "CVSR":
                said = database.certutil("-V", "-n", nickname(name), "-u", usage, "-e").text
                expect("certificate is valid" in said, f"for usage {usage}: {said}")
    for digest in HASHES:
        for kind in ("rsa-2048", "p-256"):
            with check(f"-R -Z {digest}, {kind}"):
                openssl.verify_request(request(database, kind, "-Z", digest).read_bytes())
    with check("-R --pss: an RSA-PSS key"):
        openssl.verify_request(request(database, "rsa-2048", "--pss", "-Z", "SHA256").read_bytes())
    with check("-C --pss-sign: a certificate by RSA-PSS"):
        made = certified(database, request(database, "p-256"), "--pss-sign", "-Z", "SHA256")
        openssl.openssl("verify", "-CAfile", authorities["ca"], made)
        text = openssl.openssl("x509", "-in", made, "-noout", "-text").decode()
        expect("rsassaPss" in text, "it is signed otherwise")
    with check("-R, -C, -A: a request, its certificate by the CA, and back to the key"):
        made = certified(database, request(database, "p-384"))
        openssl.openssl("verify", "-CAfile", authorities["ca"], made)
        before = len(database.keys())
        database.in_token("-A", "-n", "back", "-t", "u,u,u", "-i", made, "-a")
        expect(nickname("back") in [key.nickname for key in database.keys()], "no key has this certificate")
        expect_equal(len(database.keys()), before, "the number of keys")


def request(database: Database, kind: str, *words: str) -> Path:
    """A key of the token and a request with it, in DER."""
    path = database.new_file()
    database.in_token("-R", *KINDS[kind], "-z", database.noise, "-s", f"CN={kind}", "-o", path, *words)
    return path


def certified(database: Database, asked: Path, *words: str) -> Path:
    """The certificate by the CA of the token."""
    der, path = database.new_file(), database.new_file()
    number = str(100 + next(database.numbers))
    database.certutil("-C", "-c", nickname("ca"), "-i", asked, "-o", der, "-m", number, *words)
    openssl.openssl("x509", "-inform", "DER", "-in", der, "-out", path)
    return path


@group()
def management(token: Token, check: Checks) -> None:
    """certutil imports certificates with trust, lists, renames, trusts anew, exports and deletes them."""
    database = Database(token)
    private = openssl.make_key(token.path("root.pem"), "prime256v1")
    root = openssl.make_certificate(token.path("root.crt"), private, "/CN=root")
    with check("-A with trust"):
        database.in_token("-A", "-n", "root", "-t", "C,,", "-i", root, "-a")
        expect_equal(database.certificates(), {nickname("root"): "C,,"}, "the list")
    with check("-L -n -r: the certificate as it came"):
        got = database.in_token("-L", "-n", nickname("root"), "-r").out
        expect_equal(got, openssl.certificate_der(root), "the certificate")
    with check("-M: other trust"):
        database.in_token("-M", "-n", nickname("root"), "-t", "CT,C,C")
        expect_equal(database.certificates()[nickname("root")], "CT,C,C", "the trust")
    with check("a certificate under it is valid, and is not when it is distrusted"):
        leaf = token.path("leaf.crt")
        key = openssl.make_key(token.path("leaf.pem"), "prime256v1")
        words = ("-CA", root, "-CAkey", private, "-addext", "basicConstraints=critical,CA:FALSE")
        asked = openssl.openssl("req", "-new", "-key", key, "-subj", "/CN=localhost")
        leaf.write_bytes(openssl.openssl("x509", "-req", *words[:4], "-set_serial", "7", stdin=asked))
        database.in_token("-A", "-n", "leaf", "-t", ",,", "-i", leaf, "-a")
        verify = ("-V", "-n", nickname("leaf"), "-u", "V", "-e")
        expect("certificate is valid" in database.certutil(*verify).text, "it is not valid")
        database.in_token("-M", "-n", nickname("root"), "-t", "p,p,p")
        done = database.attempt("certutil", *verify, "-f", database.pin)
        expect("certificate is valid" not in done.text, "it is valid under a distrusted root")
    with check("--rename"):
        database.in_token("--rename", "-n", nickname("leaf"), "--new-n", "renamed")
        expect_equal(set(database.certificates()), {nickname("root"), nickname("renamed")}, "the nicknames")
    with check("-O: the chain"):
        said = database.certutil("-O", "-n", nickname("renamed")).text
        expect("root" in said and "renamed" in said, said)
    with check("-D"):
        database.in_token("-D", "-n", nickname("renamed"))
        expect_equal(set(database.certificates()), {nickname("root")}, "the nicknames")
    with check("-F: a key with its certificate"):
        database.make_ca()
        database.in_token("-F", "-n", nickname("ca"))
        expect_equal((database.keys(), set(database.certificates())), ([], {nickname("root")}), "what is left")
    with check("20 certificates of one subject"):
        der = database.new_file()
        for number in range(20):
            made = openssl.openssl("x509", "-req", *words[:4], "-set_serial", str(100 + number), stdin=asked)
            der.write_bytes(made)
            database.in_token("-A", "-n", f"many-{number}", "-t", ",,", "-i", der, "-a")
        # All are of one subject, and so they have one nickname.
        listed = database.in_token("-L").out.decode().splitlines()
        expect_equal(len([line for line in listed if line.startswith(nickname("many-"))]), 20, "the number")
