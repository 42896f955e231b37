"""Requests, certificates, lists of revoked ones, and CMS messages, signed and opened by keys of the token."""

from __future__ import annotations

from pathlib import Path

from .. import openssl
from ..check import Checks, expect, expect_equal
from .program import Program, uri

MESSAGE = b"a message\n"
PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
SIGNERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "RSA": ("rsa", ()),
    "RSA-PSS": ("rsa", PSS),
    "P-256": ("p256", ()),
    "P-384": ("p384", ()),
    "P-521": ("p521", ()),
}


def certificates(program: Program, check: Checks) -> None:
    """Certificate requests, self-signed certificates, certificates and revocation lists of a CA in the token."""
    for words, (name, options) in SIGNERS.items():
        with check(f"req -new: a request by {words}"):
            request = program.with_key("req", "-key", uri(name), "-new", "-subj", "/CN=localhost", *options)
            openssl.verify_request(request)
            got = openssl.openssl("req", "-noout", "-pubkey", stdin=request)
            openssl.same_public_key(got, program.public_pem(name))
        with check(f"req -x509: a self-signed certificate by {words}"):
            subject = ("-new", "-x509", "-days", "30", "-subj", "/CN=localhost")
            path = program.file(program.with_key("req", "-key", uri(name), *subject, *options))
            openssl.openssl("verify", "-check_ss_sig", "-CAfile", path, path)
        with check(f"x509 -req: a certificate by the CA {words}"):
            issued_by_x509(program, name, *options)
    for name in ("rsa", "p256"):
        with check(f"ca: a certificate and a revocation list by {name}"):
            issued_by_ca(program, name)


def leaf_request(program: Program) -> Path:
    leaf = openssl.make_key(program.new_file(), "prime256v1")
    return program.file(openssl.openssl("req", "-new", "-key", leaf, "-subj", "/CN=leaf"))


def issued_by_x509(program: Program, name: str, *options: str) -> None:
    authority = ("-CA", program.certificate(name), "-CAkey", uri(name), *program.way.ca_options)
    made = program("x509", "-req", "-in", leaf_request(program), *authority, "-set_serial", "7", *options)
    openssl.openssl("verify", "-CAfile", program.certificate(name), program.file(made))


CA = """[ca]
default_ca = it
[it]
database = DIRECTORY/index
serial = DIRECTORY/serial
crlnumber = DIRECTORY/crlnumber
new_certs_dir = DIRECTORY
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
[any]
commonName = supplied
"""


def issued_by_ca(program: Program, name: str) -> None:
    directory = program.token.path(f"ca-{name}")
    directory.mkdir()
    for file, content in (("index", ""), ("serial", "01\n"), ("crlnumber", "01\n")):
        (directory / file).write_text(content)
    settings = program.file(CA.replace("DIRECTORY", str(directory)).encode())
    words = ("-config", settings, "-cert", program.certificate(name), "-batch", "-notext")
    made = program.file(program.with_key("ca", "-keyfile", uri(name), *words, "-in", leaf_request(program)))
    openssl.openssl("verify", "-CAfile", program.certificate(name), made)
    program.with_key("ca", "-keyfile", uri(name), *words, "-revoke", made)
    revoked = program.file(program.with_key("ca", "-keyfile", uri(name), *words, "-gencrl"))
    # The program's status is 0 whatever it finds: what it says is the answer.
    said = openssl.attempt("crl", "-in", revoked, "-CAfile", program.certificate(name), "-noout", "-text").must_work()
    expect("verify OK" in said.text, f"the list: {said.last_words}")
    expect("Serial Number: 01\n" in said.text, "the revoked certificate is not in the list")
    checked = ("verify", "-crl_check", "-CRLfile", revoked, "-CAfile", program.certificate(name), made)
    refused = openssl.attempt(*checked)
    expect(refused.status != 0 and "certificate revoked" in refused.text, "openssl takes the certificate as before")


def messages(program: Program, check: Checks) -> None:
    """CMS: messages signed by the token's keys, and opened by them."""
    for words, (name, options) in list(SIGNERS.items())[:3]:
        with check(f"cms -sign by {words}"):
            said = [word.replace("-sigopt", "-keyopt") for word in options]
            signer = ("-sign", "-nodetach", "-binary", "-outform", "PEM", "-signer", program.certificate(name), *said)
            made = program.with_key("cms", "-inkey", uri(name), *signer, "-in", program.file(MESSAGE))
            verify = ("cms", "-verify", "-binary", "-inform", "PEM", "-CAfile", program.certificate(name))
            expect_equal(openssl.openssl(*verify, "-purpose", "any", stdin=made), MESSAGE, "the message")
    recipients = {
        "RSA PKCS#1": ("rsa", ()),
        "RSA OAEP": ("rsa", ("-keyopt", "rsa_padding_mode:oaep")),
        "RSA OAEP with SHA-256": ("rsa", ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")),
        "ECDH P-256": ("p256", ()),
        "ECDH P-384": ("p384", ()),
    }
    for words, (name, options) in recipients.items():
        for algorithm in ("aes-256-cbc", "aes-128-gcm"):
            with check(f"cms -decrypt by {words}, {algorithm}"):
                to = ("-encrypt", f"-{algorithm}", "-binary", "-outform", "PEM", "-recip", program.certificate(name))
                blob = program.file(openssl.openssl("cms", *to, *options, stdin=MESSAGE))
                opened(program, words, name, blob)


def opened(program: Program, words: str, name: str, blob: Path) -> None:
    options = ("-decrypt", "-inform", "PEM", "-in", blob, "-recip", program.certificate(name))
    done = program.attempt("cms", *program.way.options, "-inkey", uri(name), *options)
    program.way.excuse(words, done.text)
    expect_equal(done.must_work().out, MESSAGE, "the message")
