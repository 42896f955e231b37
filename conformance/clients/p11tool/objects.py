"""Certificates, and what is done to objects of every kind."""

from __future__ import annotations

from harness import Checks, Token, expect, expect_equal, group, openssl

from .keys import write
from .tool import TOKEN_URL, Tool, only, url


@group()
def certificates(token: Token, check: Checks) -> None:
    """Certificates are written, listed, exported alone and with their chain, and trusted by the SO."""
    tool = Tool(token)
    root_key, leaf_key = (openssl.make_key(token.path(f"{name}.pem"), "prime256v1") for name in ("root", "leaf"))
    root = openssl.make_certificate(token.path("root.crt"), root_key, "/CN=root")
    signed = ("-CA", root, "-CAkey", root_key)
    leaf = openssl.make_certificate(token.path("leaf.crt"), leaf_key, "/CN=leaf", *signed)
    with check("--write --load-certificate, and --export in PEM and DER"):
        write(tool, "leaf", "01", "--load-certificate", leaf)
        der = openssl.certificate_der(leaf)
        exported = tool.to_file("--export", url(object="leaf", kind="cert"), login=False)
        expect_equal(openssl.openssl("x509", "-outform", "DER", stdin=exported), der, "the certificate in PEM")
        expect_equal(tool.to_file("--export", "--outder", url(object="leaf", kind="cert")), der, "the certificate")
    with check("--write --load-certificate takes the identifier of its key"):
        write(tool, "leaf key", "a1b2", "--load-privkey", leaf_key)
        write(tool, "leaf key", "a1b2", "--load-pubkey", openssl.public_key(leaf_key))
        said = tool("--write", "--load-certificate", leaf, "--label", "second", TOKEN_URL).text
        expect("re-use ID a1b2" in said, said.strip())
        expect_equal(only(tool.objects(), "X.509", "second")["ID"], "a1:b2", "the identifier")
    with check("--list-all-certs lists the certificates"):
        urls = tool("--list-all-certs", "--only-urls", TOKEN_URL).out.decode().split()
        expect_equal([found.count("object=leaf") + found.count("object=second") for found in urls], [1, 1], "the list")
    with check("--list-certs lists the certificate of a private key"):
        urls = tool("--list-certs", "--only-urls", TOKEN_URL).out.decode()
        expect("object=second" in urls, f"it lists {urls.split()}")
    with check("--write --mark-ca, --mark-trusted by the SO, and --list-all-trusted"):
        words = ("--write", "--so-login", "--mark-ca", "--mark-trusted", "--load-certificate", root)
        tool(*words, "--label", "root", "--id", "0c", TOKEN_URL, login=False)
        listed = tool("--list-all-trusted", TOKEN_URL).text
        expect("root" in listed and "leaf" not in listed, listed.strip())
        expect("CKA_TRUSTED" in only(tool.objects(), "X.509", "root")["Flags"], "it is not listed as trusted")
    with check("the user may not mark a certificate as trusted"):
        words = ("--write", "--mark-trusted", "--load-certificate", leaf, "--label", "untrusted")
        expect(tool.attempt(*words, TOKEN_URL).status != 0, "it is accepted")
    with check("--export-chain gives certificate and issuer"):
        chain = tool.to_file("--export-chain", url(object="leaf", kind="cert")).decode()
        parts = [part + "-----END CERTIFICATE-----\n" for part in chain.split("-----END CERTIFICATE-----")[:-1]]
        ders = [openssl.openssl("x509", "-outform", "DER", stdin=part.encode()) for part in parts]
        expect_equal(ders, [openssl.certificate_der(path) for path in (leaf, root)], "the chain")
    with check("--info of one object"):
        said = tool("--info", url(object="root", kind="cert")).text
        expect("X.509 Certificate (EC/ECDSA-SECP256R1)" in said and "Expires:" in said, said.strip())


@group()
def object_management(token: Token, check: Checks) -> None:
    """Objects are renamed, found by URLs, and deleted."""
    tool = Tool(token)
    tool.to_file("--generate-privkey", "ecdsa", "--label", "pair", "--id", "01", TOKEN_URL)
    with check("--set-id"):
        tool("--set-id", "0a0b", url(object="pair", kind="private"))
        expect_equal(only(tool.objects(), "Private key", "pair")["ID"], "0a:0b", "the identifier")
        expect_equal(only(tool.objects(), "Public key", "pair")["ID"], "01", "the public key's identifier")
    with check("--set-label"):
        tool("--set-label", "a new name", url(id="%0a%0b", kind="private"))
        only(tool.objects(), "Private key", "a new name")
    with check("a URL finds by label with a space, and by identifier"):
        for found in (url(object="a new name", kind="private"), url(id="%0a%0b", kind="private")):
            expect_equal(len(tool("--list-all", "--only-urls", found).out.split()), 1, "the number of objects")
    with check("the URLs of a listing find their objects"):
        for found in tool("--list-all", "--only-urls", TOKEN_URL).out.decode().split():
            expect_equal(tool("--list-all", "--only-urls", found).out.decode().split(), [found], "what is found")
    with check("--list-privkeys and --list-keys list private keys"):
        for option in ("--list-privkeys", "--list-all-privkeys", "--list-keys"):
            expect_equal(tool(option, TOKEN_URL).text.count("Private key"), 1, f"the private keys of {option}")
    with check("without login no private key is listed"):
        expect(all("Private" not in o["Type"] for o in tool.objects(login=False)), "one is")
    with check("--delete of one object leaves the others"):
        tool("--delete", url(object="a new name", kind="private"))
        expect_equal([o["Type"].split()[0] for o in tool.objects()], ["Public"], "what is left")
    with check("--delete of all"):
        tool("--delete", url(kind="public"))
        expect_equal(tool.objects(), [], "what is left")
