"""Slots, tokens and PINs."""

from __future__ import annotations

import re

from harness import LABEL, SO_PIN, USER_PIN, Checks, Token, expect, expect_equal, group

from .tool import Tool

NEW_PIN = "navy-stapler"


def so_login(pin: str = SO_PIN) -> tuple[str, ...]:
    """The SO wants a session that may write."""
    return ("--login", "--login-type", "so", "--so-pin", pin, "--session-rw")



@group()
def information(token: Token, check: Checks) -> None:
    """Information on library, slots, token and mechanisms; a slot chosen in every way."""
    tool = Tool(token)
    with check("--show-info names a version of the standard"):
        expect(re.search(r"Cryptoki version \d\.\d+", tool("--show-info", pin=None).text), "no version")
    with check("--list-slots shows the token"):
        expect_equal(token_lines(tool("--list-slots", pin=None).text)["token label"], LABEL, "the label")
    with check("--list-token-slots shows the token and what it can do"):
        flags = token_flags(tool)
        for flag in ("login required", "rng", "token initialized", "PIN initialized"):
            expect(flag in flags, f"the flags lack {flag!r}: {flags}")
    with check("--list-mechanisms shows all of C_GetMechanismList"):
        listed = [line for line in tool("--list-mechanisms", pin=None).text.splitlines() if line.startswith("  ")]
        expect_equal(len(listed), len(token.mechanisms), "the number of mechanisms")
    with check("--list-interfaces shows interface PKCS 11 of version 3.0"):
        text = tool("--list-interfaces", pin=None).text
        expect("Interface 'PKCS 11'" in text and "version: 3.0" in text, text.splitlines()[0])
    with check("--slot, --slot-index, --slot-description and --token-label find the slot"):
        found = re.search(r"Slot 0 \((0x[0-9a-f]+)\): (.*)", tool("--list-slots", pin=None).text)
        assert found is not None
        choices = [("--slot", found[1]), ("--slot-index", "0"), ("--slot-description", found[2])]
        for choice in [*choices, ("--token-label", LABEL)]:
            tool(*choice, "--list-objects")
    with check("--test-hotplug lists the slots again"):
        expect(LABEL in tool("--test-hotplug", pin=None, stdin=b"\nx\nx\n").text, "the token is not listed")
    check.skip("--test-hotplug, C_WaitForSlotEvent", "waits for a person to plug a token in")


@group(initialised=False)
def initialisation(token: Token, check: Checks) -> None:
    """A blank token is initialised, used, and initialised again."""
    tool = Tool(token)
    with check("a blank token is shown as uninitialised"):
        expect("uninitialized" in tool("--list-slots", pin=None).text, "it is not")
    with check("--init-token"):
        tool("--init-token", "--label", "first", "--so-pin", SO_PIN, pin=None)
        expect_equal(token_lines(tool("--list-token-slots", pin=None).text)["token label"], "first", "the label")
    with check("before --init-pin no user can log in"):
        tool.refused("CKR_USER_PIN_NOT_INITIALIZED", "--list-objects")
    with check("--init-pin by the SO"):
        tool(*so_login(), "--init-pin", "--new-pin", USER_PIN, pin=None)
        tool("--list-objects")
    with check("--init-token again needs the SO PIN"):
        tool.write(token.write("data", b"data"), "data", "", "--label", "object")
        tool.refused("CKR_PIN_INCORRECT", "--init-token", "--label", "second", "--so-pin", "wrong-pin", pin=None)
        expect_equal(len(tool.objects()), 1, "the number of objects")
    with check("--init-token again destroys objects and user PIN"):
        tool("--init-token", "--label", "second", "--so-pin", SO_PIN, pin=None)
        expect_equal(token_lines(tool("--list-token-slots", pin=None).text)["token label"], "second", "the label")
        tool.refused("CKR_USER_PIN_NOT_INITIALIZED", "--list-objects")
        expect_equal(tool.objects(pin=None), [], "the list of objects")


@group()
def pins(token: Token, check: Checks) -> None:
    """PINs of user and SO are changed, by themselves and by the SO."""
    tool = Tool(token)
    with check("--change-pin: the new PIN is good, the old one is not"):
        tool("--change-pin", "--new-pin", NEW_PIN)
        tool("--list-objects", pin=NEW_PIN)
        tool.refused("CKR_PIN_INCORRECT", "--list-objects")
    with check("--change-pin with a wrong old PIN is refused"):
        tool.refused("CKR_PIN_INCORRECT", "--change-pin", "--pin", "wrong-pin", "--new-pin", USER_PIN, pin=None)
    with check("--change-pin to a PIN of three bytes is refused"):
        tool.refused("CKR_PIN_LEN_RANGE", "--change-pin", "--new-pin", "123", pin=NEW_PIN)
    with check("--init-pin by the SO replaces the user's PIN"):
        tool(*so_login(), "--init-pin", "--new-pin", USER_PIN, pin=None)
        tool("--list-objects")
        tool.refused("CKR_PIN_INCORRECT", "--list-objects", pin=NEW_PIN)
    with check("--change-pin of the SO"):
        tool(*so_login(), "--change-pin", "--new-pin", "87654321", pin=None)
        tool.refused("CKR_PIN_INCORRECT", *so_login(), "--list-objects", pin=None)
        tool(*so_login("87654321"), "--list-objects", pin=None)
    with check("--unlock-pin with something that is not the PIN is refused"):
        tool.refused("CKR_PIN_INCORRECT", "--unlock-pin", "--puk", "wrong-pin", "--new-pin", NEW_PIN, pin=None)
    check.skip("--unlock-pin with a PUK", "calls C_SetPIN as OpenSC's own module wants it: PKCS#11 has no PUK")


@group(settings={"pin.failures_max_user": 3}, why="the checks need not guess ten times until the PIN is locked")
def lockout(token: Token, check: Checks) -> None:
    """Wrong PINs are counted over processes, lock the PIN, and the SO unlocks it (three failures allowed)."""
    tool = Tool(token)
    with check("a wrong PIN is refused and shown in the token's flags"):
        tool.refused("CKR_PIN_INCORRECT", "--list-objects", pin="wrong-pin")
        expect("user PIN count low" in token_flags(tool), f"the flags are {token_flags(tool)}")
    with check("a right PIN clears the count"):
        tool("--list-objects")
        expect("user PIN count low" not in token_flags(tool), f"the flags are {token_flags(tool)}")
    with check("the last try is shown"):
        for _ in range(2):
            tool.refused("CKR_PIN_INCORRECT", "--list-objects", pin="wrong-pin")
        expect("final user PIN try" in token_flags(tool), f"the flags are {token_flags(tool)}")
    with check("one more locks the PIN, also for who knows it"):
        tool.attempt("--list-objects", pin="wrong-pin")
        expect("user PIN locked" in token_flags(tool), f"the flags are {token_flags(tool)}")
        tool.refused("CKR_PIN_LOCKED", "--list-objects")
    with check("--init-pin by the SO unlocks it"):
        tool(*so_login(), "--init-pin", "--new-pin", USER_PIN, pin=None)
        tool("--list-objects")
        expect("user PIN locked" not in token_flags(tool), f"the flags are {token_flags(tool)}")
    with check("a wrong SO PIN is refused and shown in the token's flags"):
        tool.refused("CKR_PIN_INCORRECT", *so_login("wrong-pin"), "--list-objects", pin=None)
        expect("SO PIN count low" in token_flags(tool), f"the flags are {token_flags(tool)}")


def token_lines(text: str) -> dict[str, str]:
    """The first token's lines of a listing of slots."""
    lines: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and line.startswith("  "):
            lines.setdefault(name.strip(), value.strip())
    return lines


def token_flags(tool: Tool) -> list[str]:
    return token_lines(tool("--list-token-slots", pin=None).text)["token flags"].split(", ")
