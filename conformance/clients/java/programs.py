"""keytool and jarsigner with keys of the token."""

from __future__ import annotations

import zipfile
from pathlib import Path

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl

from . import jdk
from .jdk import Keytool

KINDS = {"rsa": ["-keyalg", "RSA", "-keysize", "2048"], "ec": ["-keyalg", "EC", "-groupname", "secp256r1"]}


def generate(keytool: Keytool, alias: str) -> None:
    keytool("-genkeypair", "-alias", alias, *KINDS[alias], "-dname", f"CN={alias}.localhost", "-validity", "30")


@group()
def keytool(token: Token, check: Checks) -> None:
    """keytool: pairs, requests, certificates and secret keys; the token is the key store."""
    tool, folder = Keytool(token), jdk.authority(token)
    with check("-storepass with a wrong PIN is refused"):
        expect(tool.attempt("-list", pin="no PIN").status != 0, "the token is listed")
    with check("-importcert of an authority"):
        done = tool.attempt("-importcert", "-noprompt", "-alias", "ca", "-file", folder / "ca.crt")
        if jdk.NO_TRUST in done.text:
            raise Skipped(jdk.NO_TRUST_WHY)
        done.must_work()
    with check("-list shows a certificate that the SO trusts"):
        jdk.trust(token, "authority", folder / "ca.crt")
        expect_equal(tool.aliases(), {"authority": "trustedCertEntry"}, "what is listed")
    for alias in KINDS:
        with check(f"-genkeypair {alias}"):
            generate(tool, alias)
            expect_equal(tool.aliases().get(alias), "PrivateKeyEntry", "what is listed")
        with check(f"-exportcert {alias}: the key signed its certificate"):
            pem = token.write(f"{alias}.pem", tool("-exportcert", "-rfc", "-alias", alias).out)
            openssl.openssl("verify", "-check_ss_sig", "-CAfile", pem, pem)
        with check(f"-certreq {alias}, and -importcert of the answer"):
            request = tool("-certreq", "-alias", alias).out
            openssl.verify_request(request)
            chain = jdk.signed(folder, request) + (folder / "ca.crt").read_bytes()
            answer = token.write(f"{alias}.answer", chain)
            tool("-importcert", "-noprompt", "-alias", alias, "-file", answer)
            jdk.expect_text(tool("-list", "-v", "-alias", alias), "Certificate chain length: 2")
    with check("-gencert: an authority's key in the token"):
        request = openssl.openssl("req", "-new", "-key", folder / "other.key", "-subj", "/CN=other")
        made = tool("-gencert", "-alias", "ec", "-rfc", "-infile", token.write("request", request)).out
        jdk.expect_text(jdk.without_module(token, "keytool", "-printcert", "-file", token.write("made", made)), "CN=other")
    for algorithm, size in {"AES": "256", "DESede": "168", "HmacSHA256": "256"}.items():
        with check(f"-genseckey {algorithm}"):
            tool("-genseckey", "-alias", algorithm.lower(), "-keyalg", algorithm, "-keysize", size)
            expect_equal(tool.aliases().get(algorithm.lower()), "SecretKeyEntry", "what is listed")
    with check("-importkeystore from a PKCS#12 file"):
        given = ["-srckeystore", folder / "third.p12", "-srcstorepass", jdk.FILE_PASSWORD]
        import_into(tool, *given)
        expect_equal(tool.aliases().get("third"), "PrivateKeyEntry", "what is listed")
    with check("-providerClass in place of -addprovider"):
        module_path = ["-providerClass", "sun.security.pkcs11.SunPKCS11", "-providerArg", jdk.configuration(token)]
        expect_equal(Keytool(token, module_path).aliases(), tool.aliases(), "what is listed")
    with check("the provider is the first in java.security"):
        written = token.write("java.security", jdk.providers(f"SunPKCS11 {jdk.configuration(token)}").encode())
        expect_equal(Keytool(token, [f"-J-Djava.security.properties={written}"]).aliases(), tool.aliases(), "the list")
    for alias in ("rsa", "ec", "aes"):
        with check(f"-delete {alias}"):
            tool("-delete", "-alias", alias)
            expect(alias not in tool.aliases(), "it is still there")


def import_into(tool: Keytool, *words: str | Path) -> None:
    """-importkeystore has options of its own for the store that it writes."""
    there = ["-destkeystore", "NONE", "-deststoretype", "PKCS11", "-deststorepass", jdk.USER_PIN]
    keystore = tool.options.index("-keystore")
    command = ["-importkeystore", "-noprompt", *tool.options[:keystore], *there, *words]
    jdk.without_module(tool.token, "keytool", *command).must_work()


@group()
def jarsigner(token: Token, check: Checks) -> None:
    """jarsigner signs with keys of the token, and verifies without it."""
    tool = Keytool(token)
    for alias in KINDS:
        generate(tool, alias)
    algorithms = {"rsa": ["SHA256withRSA", "SHA512withRSA", "RSASSA-PSS"], "ec": ["SHA256withECDSA", "SHA384withECDSA"]}
    for alias, names in algorithms.items():
        for algorithm in names:
            with check(f"-sigalg {algorithm}, and -verify"):
                jar = token.path(f"{algorithm}.jar")
                with zipfile.ZipFile(jar, "w") as archive:
                    archive.writestr("some/file.txt", "what is signed")
                done = tool.attempt("-sigalg", algorithm, jar, alias, name="jarsigner").must_work()
                jdk.expect_text(done, "jar signed")
                jdk.expect_text(jdk.without_module(token, "jarsigner", "-verify", jar).must_work(), "jar verified")
    with check("-verify refuses a changed file"):
        changed = token.path("changed.jar")
        with zipfile.ZipFile(token.path("SHA256withRSA.jar")) as signed, zipfile.ZipFile(changed, "w") as archive:
            for name in signed.namelist():
                archive.writestr(name, "something else" if name == "some/file.txt" else signed.read(name))
        done = jdk.without_module(token, "jarsigner", "-verify", changed)
        expect("jar verified" not in done.text, "the changed file is verified")
