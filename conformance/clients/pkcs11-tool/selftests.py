"""The program's own tests, digests and random numbers, and many processes at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from harness import Checks, Token, expect, expect_equal, group, openssl

from .keys import public_key, signs
from .signing import HASHES, LONG, MESSAGE, hash_word
from .tool import Tool

Item, Result = TypeVar("Item"), TypeVar("Result")


@group()
def own_tests(token: Token, check: Checks) -> None:
    """--test, --test-ec, --test-fork, --test-threads and --moz-cert."""
    tool = Tool(token)
    tool("--keypairgen", "--key-type", "RSA:2048", "--id", "01", "--label", "first", "--usage-sign", "--usage-decrypt")
    tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "second")
    with check("--login --test"):
        said = tool("--test").text
        expect("No errors" in said, said.strip().splitlines()[-1])
        for part in ("C_GenerateRandom", "Digests:", "Signatures", "Verify", "Decryption"):
            expect(part in said, f"it did not come to {part}")
        expect("ERR" not in said, next((line for line in said.splitlines() if "ERR" in line), ""))
    with check("--test-ec"):
        said = tool("--session-rw", "--test-ec", "--key-type", "EC:prime256v1", "--id", "03").text
        expect("==> OK" in said and "ERR" not in said and "warning" not in said, said.strip().splitlines()[-1])
    with check("--test-fork"):
        said = tool("--test-fork", "--list-objects").text
        expect("C_Initialize in forked child" in said, "it did not fork")
        expect("C_Initialize in child failed" not in said, "the child does not initialise the module")
    with check("--moz-cert: key pair, request and certificate as Mozilla does"):
        key = openssl.make_key(token.path("key.pem"), "prime256v1")
        der = openssl.certificate_der(openssl.make_certificate(token.path("cert.pem"), key, "/CN=moz"))
        said = tool("--session-rw", "--moz-cert", tool.file(der), "--key-type", "RSA:2048", "--id", "04").text
        expect("OK, successful" in said, said.strip().splitlines()[-1])
    for name, options in (("with its own locks", ["--use-locking"]), ("without", [])):
        with check(f"--test-threads: eight threads initialise and look at the slots, {name}"):
            threads = [word for _ in range(8) for word in ("--test-threads", "ILGISLT0GISLT0")]
            # The program waits 30 s for threads that are not yet done when it is: it is given something to do.
            work = ("--generate-random", "20000000", "--output-file", "/dev/null")
            said = tool(*options, *threads, *work, pin=None).text
            expect("all threads have ended with CKR_OK" in said, threads_verdict(said))


def threads_verdict(said: str) -> str:
    verdicts = [line for line in said.splitlines() if line.startswith("test_threads thread:")]
    return "; ".join(verdicts) or "no thread has ended"


@group()
def digests_and_random(token: Token, check: Checks) -> None:
    """Digests as openssl's, and random numbers."""
    tool = Tool(token)
    for digest in HASHES:
        for name, data in (("nothing", b""), ("a message", MESSAGE), ("5120 bytes", LONG)):
            with check(f"--hash {hash_word(digest)} of {name}"):
                got = tool.filter("--hash", "--mechanism", hash_word(digest), data=data, pin=None)
                expect_equal(got, openssl.digest(digest, data), "the digest")
    for length in (1, 32, 100_000):
        with check(f"--generate-random {length}"):
            output = tool.new_file()
            tool("--generate-random", str(length), "--output-file", output, pin=None)
            expect_equal(len(output.read_bytes()), length, "the number of bytes")
    with check("random numbers differ between processes and fill all values"):
        draws = [tool("--generate-random", "4096", pin=None).out for _ in range(3)]
        expect_equal(len(set(draws)), 3, "the number of different draws")
        expect_equal(len(set(b"".join(draws))), 256, "the number of different bytes")


@group()
def processes(token: Token, check: Checks) -> None:
    """Processes after and beside each other see the same objects."""
    tool = Tool(token)
    with check("a second process signs with what the first generated"):
        tool("--keypairgen", "--key-type", "RSA:2048", "--id", "01")
        signs(tool, "01")
    with check("eight processes generate keys at once"):
        idents = [f"{number:02x}" for number in range(0x10, 0x18)]
        at_once(lambda ident: tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", ident), idents)
        listed = {o.get("ID") for o in tool.objects() if o["kind"].startswith("Private Key")}
        expect_equal(sorted(listed), ["01", *idents], "the identifiers")
    with check("eight processes sign with one key at once"):
        public = public_key(tool, "01")
        made = at_once(lambda data: (data, tool.sign("SHA256-RSA-PKCS", "01", data)), [bytes([n]) for n in range(8)])
        for data, signature in made:
            openssl.verify_digest(public, "sha256", signature, data)
    with check("what one process deletes no other finds"):
        at_once(lambda ident: tool("--delete-object", "--type", "privkey", "--id", ident), idents)
        left = [o["ID"] for o in tool.objects("--type", "privkey")]
        expect_equal(left, ["01"], "the identifiers left")
    with check("a right PIN is good while other processes try wrong ones"):
        answers = at_once(lambda pin: tool.attempt("--list-objects", pin=pin).status, ["648219", "wrong-pin"] * 3)
        expect_equal([status == 0 for status in answers], [True, False] * 3, "who was let in")


def at_once(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Does the work for all items at the same time."""
    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(work, items))
