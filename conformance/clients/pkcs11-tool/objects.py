"""Certificates and data objects, and what is done to objects of every kind."""

from __future__ import annotations

import re

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl

from .keys import read_public
from .tool import Tool, only


@group()
def certificates(token: Token, check: Checks) -> None:
    """Certificates are written, read back, searched and deleted."""
    tool = Tool(token)
    key = openssl.make_key(token.path("key.pem"), "prime256v1")
    pem = openssl.make_certificate(token.path("certificate.pem"), key, "/C=SE/O=Conformance/CN=leaf")
    der = openssl.certificate_der(pem)
    with check("--write-object of a certificate in DER, and --read-object"):
        tool.write(tool.file(der), "cert", "01", "--label", "in DER")
        expect_equal(tool.read("cert", "01", pin=None), der, "the certificate")
    with check("--write-object of a certificate in PEM, and --read-object"):
        tool.write(pem, "cert", "02", "--label", "in PEM")
        expect_equal(tool.read("cert", "02", pin=None), der, "the certificate")
    with check("the listing shows subject and serial number"):
        listed = only(tool.objects(pin=None), "Certificate Object", ID="01")
        expect_equal(listed["kind"], "Certificate Object; type = X.509 cert", "the kind")
        expect_equal(listed["subject"], "DN: C=SE, O=Conformance, CN=leaf", "the subject")
        serial = openssl.openssl("x509", "-in", pem, "-noout", "-serial").decode().strip()
        expect_equal(f"serial={listed['serial']}", serial, "the serial number")
    with check("--read-object finds by --subject and by --issuer"):
        name = subject_der(der).hex()
        for option in ("--subject", "--issuer"):
            found = tool("--read-object", "--type", "cert", option, name, pin=None).out
            expect_equal(found, der, f"the certificate found by {option}")
        tool.refused("object not found", "--read-object", "--type", "cert", "--subject", "3000", pin=None)
    with check("--attr-from gives a key the certificate's subject"):
        tool.write(key, "privkey", "01", "--attr-from", str(pem))
        found = tool.attempt("--read-object", "--type", "privkey", "--subject", subject_der(der).hex())
        expect("reading private keys not" in found.text, f"the key is not found: {found.last_words}")
    with check("--undestroyable: the certificate cannot be deleted (CKR_ACTION_PROHIBITED)"):
        tool.write(pem, "cert", "03", "--undestroyable")
        tool.refused("0x1b", "--delete-object", "--type", "cert", "--id", "03")
        only(tool.objects(), "Certificate", ID="03")
    with check("--delete-object of a certificate leaves the others"):
        tool("--delete-object", "--type", "cert", "--id", "02")
        tool.refused("object not found", "--read-object", "--type", "cert", "--id", "02")
        only(tool.objects(), "Certificate", ID="01")


def subject_der(certificate: bytes) -> bytes:
    """The subject of a self-signed certificate: its second inner sequence is the issuer, which is the same."""
    listing = openssl.openssl("asn1parse", "-inform", "DER", stdin=certificate).decode()
    found = re.findall(r"(\d+):d=2 +hl=(\d+) +l= *(\d+) cons: SEQUENCE", listing)
    offset, header, length = map(int, found[1])
    return certificate[offset : offset + header + length]


@group()
def data_objects(token: Token, check: Checks) -> None:
    """Data objects are written, listed, read back and deleted."""
    tool = Tool(token)
    named = ("--application-label", "my application", "--application-id", "1.2.840.113549.1")
    with check("--write-object of data with application and object identifier"):
        tool("--write-object", tool.file(b"content"), "--type", "data", "--label", "named", *named)
        listed = only(tool.objects(pin=None), "Data object", label="'named'")
        expect_equal(listed["application"], "'my application'", "the application")
        expect_equal(listed["app_id"], "1.2.840.113549.1", "the object identifier")
    for option, value in (("--label", "named"), ("--application-label", named[1]), ("--application-id", named[3])):
        with check(f"--read-object of data by {option}"):
            expect_equal(read_data(tool, option, value), b"content", "the content")
    with check("data of 5000 bytes"):
        large = bytes(range(250)) * 20
        tool("--write-object", tool.file(large), "--type", "data", "--label", "large")
        expect_equal(read_data(tool, "--label", "large"), large, "the content")
    with check("a label of UTF-8"):
        tool("--write-object", tool.file(b"utf-8"), "--type", "data", "--label", "Schlüssel 鍵")
        expect_equal(read_data(tool, "--label", "Schlüssel 鍵"), b"utf-8", "the content")
        only(tool.objects(), "Data object", label="'Schlüssel 鍵'")
    with check("--private hides data from who is not logged in"):
        tool("--write-object", tool.file(b"secret"), "--type", "data", "--label", "hidden", "--private")
        expect(all(o["label"] != "'hidden'" for o in tool.objects(pin=None)), "it is seen without login")
        tool.refused("object not found", "--read-object", "--type", "data", "--label", "hidden", pin=None)
        expect_equal(read_data(tool, "--label", "hidden", logged_in=True), b"secret", "the content")
    with check("without login nothing private is written"):
        words = ("--write-object", str(tool.file(b"x")), "--type", "data", "--private", "--label", "refused")
        tool.refused("CKR_USER_NOT_LOGGED_IN", *words, pin=None)
    with check("--delete-object of data"):
        tool("--delete-object", "--type", "data", "--label", "named")
        tool.refused("object not found", "--read-object", "--type", "data", "--label", "named")


def read_data(tool: Tool, option: str, value: str, *, logged_in: bool = False) -> bytes:
    login = {} if logged_in else {"pin": None}
    return tool("--read-object", "--type", "data", option, value, **login).out


CLASSES = {"privkey": "Private Key", "pubkey": "Public Key", "secrkey": "Secret Key", "data": "Data"}


@group()
def object_management(token: Token, check: Checks) -> None:
    """Objects are renamed, selected by class, id, label and index, and deleted."""
    tool = Tool(token)
    tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "pair")
    tool.write(tool.file(b"k" * 32), "secrkey", "01", "--label", "secret", "--key-type", "AES:32")
    tool("--write-object", tool.file(b"data"), "--type", "data", "--label", "data")
    for kind, name in CLASSES.items():
        with check(f"--list-objects --type {kind} lists that class only"):
            listed = tool.objects("--type", kind)
            expect_equal([o["kind"].startswith(name) for o in listed], [True], "the list")
    with check("--list-objects prints URIs"):
        if "uri" not in tool.objects()[0]:
            raise Skipped("prints no URIs; p11tool does")
    with check("--set-id changes one class only"):
        tool("--set-id", "0a0b0c", "--type", "privkey", "--id", "01")
        only(tool.objects(), "Private Key", ID="0a0b0c", label="pair")
        only(tool.objects(), "Public Key", ID="01", label="pair")
    with check("--set-id finds by label, and an id of 64 bytes is good"):
        tool("--set-id", "ab" * 64, "--type", "pubkey", "--label", "pair")
        only(tool.objects(), "Public Key", ID="ab" * 64)
        expect(read_public(tool, "ab" * 64), "it is not found by its id")
    with check("--delete-object by id, by label and by index"):
        tool("--delete-object", "--type", "privkey", "--id", "0a0b0c")
        tool("--delete-object", "--type", "pubkey", "--label", "pair")
        tool("--delete-object", "--type", "secrkey", "--object-index", "0")
        expect_equal([o["kind"].split(" ")[0] for o in tool.objects()], ["Data"], "what is left")
    with check("--delete-object without login is refused"):
        tool.write(tool.file(b"k" * 32), "secrkey", "02", "--key-type", "AES:32", "--private")
        tool.refused("object not found", "--delete-object", "--type", "secrkey", "--id", "02", pin=None)
        only(tool.objects(), "Secret Key", ID="02")
