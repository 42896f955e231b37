"""Plays a case: makes its calls, and compares every value of every return."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness import Checks, Failed, expect, expect_equal

from . import variations
from .cases import Case, Element, Step
from .provider import Provider, value_bytes
from .words import (
    CKA, CKF, CKM, CKO, CKR, CKU, MECHANISM_FLAGS, SLOT_FLAGS, SPECIAL_NUMBERS, TOKEN_FLAGS, flags_in_words, flags_of,
    name_of, number_of,
)  # fmt: skip

# The arguments of each function in C, as (kind, name in the XML). `null` are those that the XML leaves out.
NULL = ("null", "")
FUNCTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "C_Initialize": (NULL,),
    "C_Finalize": (NULL,),
    "C_GetInfo": (("structure", "Info"),),
    "C_GetSlotList": (("boolean", "TokenPresent"), ("numbers", "SlotList")),
    "C_GetSlotInfo": (("number", "SlotID"), ("structure", "SlotInfo")),
    "C_GetTokenInfo": (("number", "SlotID"), ("structure", "TokenInfo")),
    "C_GetMechanismList": (("number", "SlotID"), ("numbers", "MechanismList")),
    "C_GetMechanismInfo": (("number", "SlotID"), ("number", "Type"), ("structure", "MechanismInfo")),
    "C_OpenSession": (("number", "SlotID"), ("flags", "Flags"), NULL, NULL, ("place", "Session")),
    "C_CloseSession": (("number", "Session"),),
    "C_CloseAllSessions": (("number", "SlotID"),),
    "C_Login": (("number", "Session"), ("number", "UserType"), ("text", "Pin")),
    "C_Logout": (("number", "Session"),),
    "C_FindObjectsInit": (("number", "Session"), ("template", "Template")),
    "C_FindObjects": (("number", "Session"), ("handles", "Object")),
    "C_FindObjectsFinal": (("number", "Session"),),
    "C_GetAttributeValue": (("number", "Session"), ("number", "Object"), ("wanted", "Template")),
    "C_SignInit": (("number", "Session"), ("mechanism", "Mechanism"), ("number", "Key")),
    "C_Sign": (("number", "Session"), ("data", "Data"), ("buffer", "Signature")),
}
NAMES: dict[str, dict[str, int]] = {"Type": CKM, "UserType": CKU}
FLAGS = {"SlotInfo": SLOT_FLAGS, "TokenInfo": TOKEN_FLAGS, "MechanismInfo": MECHANISM_FLAGS}
BOOLEANS = {"true": True, "false": False}
TEXT_ATTRIBUTES, NAMED_ATTRIBUTES, BOOLEAN_ATTRIBUTES = {"LABEL"}, {"CLASS": CKO}, {"TOKEN", "PRIVATE", "MODIFIABLE"}


def play(case: Case, provider: Provider, pin: str, own: Mapping[str, bytes], check: Checks) -> None:
    """One check for the interface of the case's version, and one for each step.

    `own` has, by name, the values that this token must give in the place of those printed.
    """
    major, minor = case.version
    with check(f"{case.name}: the module has the interface of version {major}.{minor}"):
        wrong = provider.ask("interface", major, minor)
        expect(not wrong, wrong)
    player = Player(provider, pin, own)
    for step in case.steps:
        with check(f"{case.name}, step {step.number}: {step.function}"):
            player.take(step)


class Player:
    def __init__(self, provider: Provider, pin: str, own: Mapping[str, bytes]) -> None:
        self.provider = provider
        self.own = own
        self.bound: dict[str, str] = {"Pin": pin}
        self.lengths: dict[str, int] = {}  # of attributes, as their queries have answered

    def take(self, step: Step) -> None:
        if step.function not in FUNCTIONS:
            raise Failed(f"the runner does not know {step.function}")
        parameters = FUNCTIONS[step.function]
        self.knows(step.call, parameters)
        arguments = [self.argument(kind, name, step) for kind, name in parameters]
        answer, found = self.provider.answer(step.function, *arguments)
        expect_equal(name_of("CKR", answer), f"CKR_{step.answer.attributes['rv']}", "the return value")
        number_of(step.answer.attributes["rv"], CKR)
        outputs = [(kind, name) for kind, name in parameters if kind in self.comparisons()]
        self.knows(step.answer, tuple(outputs), also=("Info",))
        for (kind, name), got in zip(outputs, found):
            self.comparisons()[kind](step, name, got)

    def knows(self, element: Element, parameters: tuple[tuple[str, str], ...], also: tuple[str, ...] = ()) -> None:
        """Nothing that is printed goes unused."""
        strange = {child.name for child in element.children} - {name for _, name in parameters} - set(also)
        expect(not strange, f"the runner does not know {', '.join(sorted(strange))} of {element.name}")

    # What goes in.

    def argument(self, kind: str, name: str, step: Step) -> tuple[Any, ...]:
        if kind in ("null", "place"):
            return (kind,)
        if kind == "structure":
            return kind, name
        printed = step.call.child(name)
        if printed is None:
            raise Failed(f"the case has no {name}")
        if kind in ("numbers", "buffer"):
            length = printed.attributes.get("length")
            return kind, None if length is None else int(self.value(length), 0)
        if kind == "handles":
            return kind, int(self.value(printed.attributes["length"]), 0)
        if kind == "mechanism":
            return self.mechanism(printed)
        if kind == "template":
            return kind, [self.row(attribute) for attribute in printed.children]
        if kind == "wanted":
            return kind, [self.wanted(attribute) for attribute in printed.children]
        text = self.value(printed.attributes["value"])
        return self.simple(kind, name, text)

    def simple(self, kind: str, name: str, text: str) -> tuple[Any, ...]:
        if kind == "boolean":
            return kind, BOOLEANS[text.lower()]
        if kind == "flags":
            return "number", flags_of(text, CKF)
        if kind == "text":
            return "data", text.encode()
        if kind == "data":
            return kind, bytes.fromhex(text)
        return kind, number_of(text, NAMES.get(name, {}))

    def mechanism(self, printed: Element) -> tuple[Any, ...]:
        """A parameter that is left out and one of length 0 are the same: none."""
        self.knows(printed, (("", "Type"), ("", "Parameter")))
        kind, parameter = printed.child("Type"), printed.child("Parameter")
        assert kind is not None
        if parameter is not None:
            expect_equal(parameter.attributes, {"length": "0"}, "the parameter of the mechanism")
        return "mechanism", number_of(kind.attributes["value"], CKM)

    def row(self, printed: Element) -> tuple[int, bytes]:
        attribute = printed.attributes["type"]
        return number_of(attribute, CKA), attribute_bytes(attribute, printed.attributes["value"])

    def wanted(self, printed: Element) -> tuple[int, int | None]:
        room = printed.attributes.get("length")
        return number_of(printed.attributes["type"], CKA), None if room is None else int(room, 0)

    def value(self, text: str) -> str:
        """What stands there, or what has been bound to the placeholder."""
        name = placeholder(text)
        if name is None:
            return text
        if name not in self.bound:
            raise Failed(f"no step has given ${{{name}}}")
        return self.bound[name]

    # What comes out.

    def comparisons(self) -> dict[str, Callable[[Step, str, Any], None]]:
        return {
            "structure": self.structure,
            "numbers": self.numbers,
            "place": self.place,
            "handles": self.handles,
            "wanted": self.attributes,
            "buffer": self.buffer,
        }

    def given(self, printed: str, got: int, what: str) -> None:
        """A number that is printed, or a placeholder that is bound now or was before."""
        name = placeholder(printed)
        if name is None:
            expect_equal(got, int(printed, 0), what)
        else:
            expect_equal(got, int(self.bound.setdefault(name, str(got))), f"{what} (${{{name}}})")

    def structure(self, step: Step, name: str, got: dict[str, Any]) -> None:
        """Version 3.1 says `Info` for every structure, and has numbers as attributes of that element."""
        printed = step.answer.child(name) or step.answer.child("Info")
        if printed is None:
            raise Failed(f"the case prints no {name}")
        fields = {child.name: child.attributes for child in printed.children}
        fields |= {field: {"value": value} for field, value in printed.attributes.items()}
        expect_equal(sorted(fields), sorted(got), f"what the case prints of {name}")
        for field, values in fields.items():
            self.field(step, name, field, values, got[field])

    def field(self, step: Step, structure: str, field: str, printed: dict[str, str], got: Any) -> None:
        if isinstance(got, tuple):
            if not variations.is_variable(structure, field):
                expect_equal(got, (int(printed["major"]), int(printed["minor"])), field)
        elif isinstance(got, bytes):
            self.text(structure, field, printed["value"], got)
        elif field != "Flags":
            expect_equal(got, number_of(printed["value"], SPECIAL_NUMBERS), field)
        elif structure == "MechanismInfo":
            mechanism = step.call.child("Type")
            assert mechanism is not None
            wanted = flags_of(printed["value"], MECHANISM_FLAGS)
            variations.check_mechanism_flags(mechanism.attributes["value"], got, wanted)
        else:
            names = FLAGS.get(structure, {})
            wanted = flags_of(printed["value"], names)
            expect_equal(flags_in_words(got, names), flags_in_words(wanted, names), field)

    def text(self, structure: str, field: str, printed: str, got: bytes) -> None:
        if not variations.is_variable(structure, field):
            expect_equal(got, printed.encode(), field)
        elif field in self.own:
            expect_equal(got, self.own[field].ljust(len(printed)), field)
        else:
            variations.check_text(got, printed, field)

    def numbers(self, step: Step, name: str, got: tuple[int, list[int]]) -> None:
        """A count, or entries. Other entries may stand between those that are printed [Profiles 3.2, 3.1.2]."""
        count, entries = got
        printed = step.answer.child(name)
        if printed is None:
            raise Failed(f"the case prints no {name}")
        if "length" in printed.attributes:
            expect(count > 0, f"the count of {name} is 0")
            self.given(printed.attributes["length"], count, f"the count of {name}")
            return
        expect_equal(str(count), self.bound.get(f"{name}.length"), f"the count of {name}")
        expect_equal(len(set(entries)), count, f"the number of different entries of {name}")
        expect(count >= len(printed.children), f"{name} has {count} entries, not {len(printed.children)}")
        for entry, child in zip(entries, printed.children):
            text = child.attributes["value"]
            if placeholder(text) is not None:
                self.given(text, entry, f"an entry of {name}")
            else:
                expect(number_of(text, NAMES[child.name]) in entries, f"{name} lacks {text}")

    def place(self, step: Step, name: str, got: int) -> None:
        printed = step.answer.child(name)
        if printed is None:
            raise Failed(f"the case prints no {name}")
        expect(got != 0, f"{name} is 0, which is no handle")
        self.given(printed.attributes["value"], got, name)

    def handles(self, step: Step, name: str, got: list[int] | int) -> None:
        """`Object` is a variable item, so that a search for which nothing is printed may find the object of the profile
        [Profiles 3.2, 5.1, 4]; a new search gives new handles to the same placeholders."""
        printed = step.answer.child(name)
        if printed is None:
            raise Failed(f"the case prints no {name}")
        if isinstance(got, int):
            raise Failed(f"{got} objects are said to be there, more than asked for")
        wanted = len(printed.children)
        expect(len(got) == wanted or not wanted, f"{len(got)} objects are found, not {wanted}")
        expect(len(set(got)) == len(got) and 0 not in got, f"the handles are {got}")
        self.bound = {name: value for name, value in self.bound.items() if not name.startswith("Object.")}
        for child, handle in zip(printed.children, got):
            self.given(child.attributes["value"], handle, "an object")

    def attributes(self, step: Step, name: str, got: list[tuple[int, int, bytes]]) -> None:
        printed = step.answer.child(name)
        if printed is None:
            raise Failed(f"the case prints no {name}")
        expect_equal(len(got), len(printed.children), "the number of attributes")
        for row, (kind, length, value) in zip(printed.children, got):
            attribute = row.attributes["type"]
            expect_equal(kind, CKA[attribute], "the type of an attribute")
            if "length" in row.attributes:
                self.given(row.attributes["length"], length, f"the length of {attribute}")
                self.lengths[attribute] = length
            else:
                wanted = attribute_bytes(attribute, row.attributes["value"])
                if attribute in TEXT_ATTRIBUTES:
                    # The label of CERT-M-1 has 21 characters and 22 bytes: the NUL is not printed.
                    wanted = wanted.ljust(self.lengths.get(attribute, 0), b"\0")
                self.compare(attribute, wanted, value)

    def buffer(self, step: Step, name: str, got: tuple[int, bytes]) -> None:
        printed = step.answer.child(name)
        if printed is None:
            raise Failed(f"the case prints no {name}")
        self.compare(name, bytes.fromhex(printed.attributes["value"]), got[1])

    def compare(self, name: str, printed: bytes, got: bytes) -> None:
        """The printed value, or this token's own, which must have the printed one's length."""
        expect_equal(len(got), len(printed), f"the length of {name}")
        expect_equal(got, self.own.get(name, printed), name)


def placeholder(text: str) -> str | None:
    """`SlotList.SlotID[0]` of `${SlotList.SlotID[0]}`."""
    found = re.fullmatch(r"\$\{(.+)\}", text)
    return found.group(1) if found else None


def attribute_bytes(attribute: str, text: str) -> bytes:
    """The value of an attribute; texts, numbers and truth values as they are, all others as hexadecimal digits."""
    if attribute in TEXT_ATTRIBUTES:
        return text.encode()
    if attribute in BOOLEAN_ATTRIBUTES:
        return value_bytes(BOOLEANS[text.lower()])
    if attribute in NAMED_ATTRIBUTES:
        return value_bytes(number_of(text, NAMED_ATTRIBUTES[attribute]))
    return bytes.fromhex(text)
