"""The token through p11-kit's server: the programs load its client module only."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

from harness import LABEL, USER_PIN, Checks, Skipped, Token, expect, expect_equal, group, openssl, run, wait_until

from .tool import CLIENT_MODULE, URI, InBackground, P11KitServer, Tool, found

MESSAGE = b"a message"
NOT_CARRIED = "p11-kit before 0.25 carries the parameters of few mechanisms over, and does not list the others"


@group()
def server(token: Token, check: Checks) -> None:
    """p11-kit server and p11-kit-client.so: tokens, keys, signatures, decryption, objects; answers are openssl's."""
    with P11KitServer(token) as served:
        tool = Tool(token, found(CLIENT_MODULE), served.client)
        with check("the token is listed, with its label"):
            expect(LABEL in tool("--list-slots", pin="").decode(), "it is not")
        with check("a wrong PIN is refused, once and not until the token is locked"):
            done = tool.attempt("--list-objects", pin="not-it")
            expect(done.status == 1 and "CKR_PIN_INCORRECT" in done.text, f"it ended with {done.ending}")
            tool.objects()
        pairs(tool, check)
        objects(tool, check)
        secret_keys(tool, check)
        with check("p11tool lists the objects"):
            command = ["p11tool", "--provider", tool.module, "--batch", "--login", "--list-all", URI]
            said = run(command, env={**served.client, "GNUTLS_PIN": USER_PIN}).must_work().text
            expect("Label: rsa" in said and "Label: p256" in said, said)
        with check("the server ends (SIGTERM)"):
            served.stop()
            expect(not served.socket.exists(), "its socket is left")


def pairs(tool: Tool, check: Checks) -> None:
    """Key pairs made in the token, signatures and decryption."""
    with check("RSA: generate, sign, decrypt"):
        public = tool.generate("rsa:2048", "rsa", "01")
        made = tool.sign("SHA256-RSA-PKCS", "01", MESSAGE)
        openssl.verify_digest(public, "sha256", made, MESSAGE)
        pss = ("--hash-algorithm", "SHA256", "--mgf", "MGF1-SHA256")
        digest = openssl.digest("sha256", MESSAGE)
        made = tool.sign("RSA-PKCS-PSS", "01", digest, *pss)
        openssl.verify_raw(public, made, digest, "digest:sha256", "rsa_padding_mode:pss")
        for mechanism, options in {
            "RSA-PKCS": ("rsa_padding_mode:pkcs1",),
            "RSA-PKCS-OAEP": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha1", "rsa_mgf1_md:sha1"),
        }.items():
            blob = tool.file(openssl.encrypt(public, MESSAGE, *options))
            oaep = ("--hash-algorithm", "SHA-1") if "OAEP" in mechanism else ()
            words = ("--decrypt", "--mechanism", mechanism, "--id", "01", "--input-file", blob, *oaep)
            expect_equal(tool.output(*words), MESSAGE, f"the message by {mechanism}")
    with check("P-256: generate, sign"):
        public = tool.generate("EC:prime256v1", "p256", "02")
        digest = openssl.digest("sha256", MESSAGE)
        openssl.verify_raw(public, tool.sign("ECDSA", "02", digest), digest)
    with check("P-256, hashed by the token"):
        listed = tool("--list-mechanisms", pin="").decode()
        if "ECDSA-SHA256" not in listed:
            raise Skipped(NOT_CARRIED)
        openssl.verify_digest(public, "sha256", tool.sign("ECDSA-SHA256", "02", MESSAGE), MESSAGE)


def objects(tool: Tool, check: Checks) -> None:
    """Certificates, data and their attributes."""
    with check("without a login: public objects alone"):
        said = tool.objects(pin="")
        expect("Public Key Object" in said and "Private Key Object" not in said, said)
    with check("a certificate is written, found, read and deleted"):
        key = openssl.make_key(tool.token.path("leaf.pem"), "prime256v1")
        der = openssl.certificate_der(openssl.make_certificate(tool.token.path("leaf.crt"), key, "/CN=leaf"))
        tool("--write-object", tool.file(der), "--type", "cert", "--label", "leaf", "--id", "03")
        expect_equal(tool.read("cert", "03"), der, "the certificate")
        tool("--delete-object", "--type", "cert", "--id", "03")
        expect("leaf" not in tool.objects(), "it is still there")
    with check("a data object of 3000 bytes is written and read"):
        content = bytes(range(250)) * 12
        tool("--write-object", tool.file(content), "--type", "data", "--label", "data")
        words = ("--read-object", "--type", "data", "--label", "data")
        expect_equal(tool(*words), content, "the data")
    with check("random numbers"):
        draws = {tool("--generate-random", "64", pin="") for _ in range(3)}
        expect_equal(len(draws), 3, "the number of different draws")


def secret_keys(tool: Tool, check: Checks) -> None:
    with check("AES: a key is written and encrypts as openssl's"):
        key = bytes(range(32))
        words = ("--write-object", tool.file(key), "--type", "secrkey", "--key-type", "AES:32", "--id", "04")
        tool(*words, "--label", "aes", "--usage-decrypt")
        block = b"0123456789abcdef"
        data = ("--mechanism", "AES-ECB", "--id", "04", "--input-file", tool.file(block))
        wanted = openssl.cipher("aes-256-ecb", key, block)
        expect_equal(tool.output("--encrypt", *data), wanted, "what is encrypted")
        back = ("--mechanism", "AES-ECB", "--id", "04", "--input-file", tool.file(wanted))
        expect_equal(tool.output("--decrypt", *back), block, "what is decrypted")


@group()
def clients(token: Token, check: Checks) -> None:
    """Many clients at a time; a server that is stopped and started; one in the background; one with a time limit."""
    own = Tool(token, token.module, token.env)
    public = own.generate("rsa:2048", "rsa", "01")

    def signs(tool: Tool) -> None:
        openssl.verify_digest(public, "sha256", tool.sign("SHA256-RSA-PKCS", "01", MESSAGE), MESSAGE)

    with P11KitServer(token) as served:
        tool = Tool(token, found(CLIENT_MODULE), served.client)
        with check("24 signatures by eight programs at a time"), ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: signs(tool), range(24)))
        with check("programs at a time through the server and beside it"), ThreadPoolExecutor(8) as pool:
            list(pool.map(signs, [tool, own] * 8))
        with check("what one client makes, another finds"):
            own.generate("EC:prime256v1", "p256", "02")
            expect("p256" in tool.objects(), "it is not found")
        with check("without the server: an error, and no waiting"):
            served.stop()
            expect_equal(tool.attempt("--list-objects", limit_s=10).status, 1, "the status")
        for turn in (1, 2, 3):
            with check(f"started again, {turn}"):
                served.start()
                signs(tool)
                served.stop(signal.SIGTERM)
    token.path("p11-kit-server.log").unlink()
    with check("in the background, found by what it says; `p11-kit server --kill` ends it"):
        with InBackground(token) as hidden:
            expect("rsa" in Tool(token, tool.module, hidden.settings()).objects(), "the key is not listed")
            run(["p11-kit", "server", "--kill"], env=hidden.settings()).must_work()
            wait_until(hidden.ended, "the server ends")
    with check("--timeout: it ends by itself when nobody comes"):
        with P11KitServer(token, "--foreground", "--timeout", "1") as short:
            wait_until(short.ended, "the server ends")
