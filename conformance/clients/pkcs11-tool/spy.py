"""OpenSC's pkcs11-spy between pkcs11-tool and the module: it writes down every call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path

from harness import LABEL, USER_PIN, Checks, Finished, Skipped, Token, expect, expect_equal, group, openssl, run

from .keys import public_key
from .signing import MESSAGE
from .tool import Tool, only

SPY = "/usr/lib/*/pkcs11-spy.so"
URL = f"pkcs11:token={LABEL}"
KINDS = {"01": ("RSA:2048", "SHA256-RSA-PKCS"), "02": ("EC:prime256v1", "ECDSA-SHA256")}
FINDING = ("C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal")
# What the program itself cannot do.
UNWATCHED = "the spy of OpenSC 0.23 watches interfaces of 2.x and 3.0 and hands a newer one through as it is"


@dataclass(frozen=True)
class Call:
    """A call of the log and what it answered."""

    name: str
    answer: str


@dataclass(frozen=True)
class Spy:
    """pkcs11-tool through the spy; each use has a log of its own."""

    token: Token

    def tool(self, log: str) -> Tool:
        env = {**self.token.env, "PKCS11SPY": str(self.token.module), "PKCS11SPY_OUTPUT": str(self.token.path(log))}
        return Tool(replace(self.token, module=Path(glob(SPY)[0]), env=env))

    def calls(self, log: str) -> list[Call]:
        parts = re.split(r"^\d+: (C_\w+)$", self.read(log), flags=re.MULTILINE)[1:]
        answers = [re.search(r"^Returned:  \d+ (CKR_\w+)", part, re.MULTILINE) for part in parts[1::2]]
        return [Call(name, answer.group(1)) for name, answer in zip(parts[::2], answers) if answer]

    def read(self, log: str) -> str:
        return self.token.path(log).read_text(errors="replace")

    def went(self, log: str, *names: str) -> None:
        """These calls are in the log, first in this order, and they were good; all end with C_Finalize."""
        calls = self.calls(log)
        expect_equal(calls[-1].name, "C_Finalize", "the last call")
        good = [call.name for call in calls if call.name in names and call.answer == "CKR_OK"]
        expect_equal(list(dict.fromkeys(good)), list(names), "the order of the calls")


@group()
def through_the_spy(token: Token, check: Checks) -> None:
    """Through OpenSC's pkcs11-spy.so pkcs11-tool works as without it, and the log has its calls."""
    spy = Spy(token)

    def logged(what: str, log: str, *names: str) -> None:
        with check(f"the log of {what}"):
            if [call.name for call in spy.calls(log)] == ["C_GetInterface"]:
                raise Skipped(UNWATCHED)
            spy.went(log, "C_Initialize", *names, "C_Finalize")

    with check("--list-token-slots"):
        slots = spy.tool("slots")("--list-token-slots", pin=None).text
        expect_equal(slots, Tool(token)("--list-token-slots", pin=None).text, "the list of slots")
    logged("--list-token-slots", "slots", "C_GetSlotList", "C_GetSlotInfo", "C_GetTokenInfo")
    with check("--list-mechanisms"):
        listed = spy.tool("mechanisms")("--list-mechanisms", pin=None).out
        expect_equal(listed, Tool(token)("--list-mechanisms", pin=None).out, "the list of mechanisms")
    logged("--list-mechanisms", "mechanisms", "C_GetSlotList", "C_GetMechanismList", "C_GetMechanismInfo")
    for ident, (kind, mechanism) in KINDS.items():
        with check(f"--keypairgen {kind}"):
            spy.tool(f"generate-{ident}")("--keypairgen", "--key-type", kind, "--id", ident)
        logged(f"--keypairgen {kind}", f"generate-{ident}", "C_OpenSession", "C_Login", "C_GenerateKeyPair")
        with check(f"--list-objects finds {kind}"):
            found = spy.tool(f"find-{ident}").objects()
            only(found, "Private Key", ID=ident)
            expect_equal(found, Tool(token).objects(), "the list of objects")
        logged(f"--list-objects, {kind}", f"find-{ident}", "C_OpenSession", "C_Login", *FINDING)
        with check(f"--sign by {mechanism}"):
            words = ("--signature-format", "openssl") if "EC" in kind else ()
            signature = spy.tool(f"sign-{ident}").sign(mechanism, ident, MESSAGE, *words)
            openssl.verify_digest(public_key(Tool(token), ident), "sha256", signature, MESSAGE)
        logged(f"--sign by {mechanism}", f"sign-{ident}", "C_OpenSession", "C_Login", *FINDING, "C_SignInit")
    with check("a wrong PIN is refused"):
        expect(spy.tool("refused").attempt("--list-objects", pin="wrong-pin").status != 0, "it is not")
    with check("a digest"):
        digest = spy.tool("digest").filter("--hash", "--mechanism", "SHA256", data=MESSAGE, pin=None)
        expect_equal(digest, openssl.digest("sha256", MESSAGE), "the digest")


@group()
def watched_by_the_spy(token: Token, check: Checks) -> None:
    """The log of pkcs11-spy.so under p11tool, which uses the interface of 2.40, has every call and its answer."""
    spy = Spy(token)

    def p11tool(log: str, *words: str, pin: str = USER_PIN) -> Finished:
        tool = spy.tool(log).token
        command = ["p11tool", "--provider", tool.module, "--batch", "--login", *words]
        return run(command, env={**tool.env, "GNUTLS_PIN": pin})

    with check("--list-tokens"):
        expect(LABEL in p11tool("tokens", "--list-tokens").must_work().text, "the token is not listed")
        spy.went("tokens", "C_Initialize", "C_GetSlotList", "C_GetTokenInfo", "C_Finalize")
    with check("--list-mechanisms"):
        p11tool("mechanisms", "--list-mechanisms", URL).must_work()
        spy.went("mechanisms", "C_Initialize", "C_GetSlotList", "C_GetMechanismList", "C_Finalize")
    for kind in ("rsa", "ecdsa"):
        with check(f"--generate-privkey {kind}"):
            size = ["--bits", "2048"] if kind == "rsa" else ["--curve", "secp256r1"]
            p11tool(f"{kind}-key", "--generate-privkey", kind, *size, "--label", kind, URL).must_work()
            spy.went(f"{kind}-key", "C_Initialize", "C_OpenSession", "C_Login", "C_GenerateKeyPair", "C_Finalize")
        with check(f"--test-sign {kind}"):
            p11tool(f"{kind}-sign", "--test-sign", f"{URL};object={kind};type=private").must_work()
            names = ("C_Initialize", "C_OpenSession", "C_Login", *FINDING, "C_SignInit", "C_Sign", "C_Finalize")
            spy.went(f"{kind}-sign", *names)
        with check(f"--list-all finds {kind}"):
            said = p11tool(f"{kind}-find", "--list-all", URL).must_work().text
            expect(f"Label: {kind}" in said, said)
            spy.went(f"{kind}-find", "C_Initialize", "C_OpenSession", "C_Login", *FINDING, "C_Finalize")
    with check("a wrong PIN: CKR_PIN_INCORRECT in the log"):
        p11tool("refused", "--list-all", URL, pin="wrong-pin")
        expect(Call("C_Login", "CKR_PIN_INCORRECT") in spy.calls("refused"), "the log does not say so")
    with check("every call of every log has its answer"):
        for log in ("tokens", "mechanisms", "rsa-key", "rsa-sign", "ecdsa-key", "ecdsa-sign", "refused"):
            begun = len(re.findall(r"^\d+: C_\w+$", spy.read(log), re.MULTILINE))
            expect_equal(len(spy.calls(log)), begun, f"the number of answers in {log}")
