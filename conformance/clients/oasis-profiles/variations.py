"""What a provider may answer other than printed, and no more [PKCS#11 Profiles 3.2, 3.1].

Variable items are those of 3.1.1. Texts among them must still have the form that the structure asks for; a value that
is known from the making of the token (`own`) is compared with that.
"""

from __future__ import annotations

from harness import Failed, expect, expect_equal

from .words import MECHANISM_FLAGS, flags_in_words

TEXTS = {"LibraryDescription", "ManufacturerID", "SlotDescription", "serialNumber", "label", "model", "utcTime"}
VERSIONS = {"LibraryVersion", "HardwareVersion", "FirmwareVersion"}
IN_STRUCTURES = ("Info", "SlotInfo", "TokenInfo")

# Not among the variable items, but the cases print what one provider was able to do. Clause 8 or 9 of each profile
# leaves a provider free to support more of the specification, and [PKCS#11 3.2, 3.5] makes each flag tell whether the
# mechanism can be used with the function. More than printed are therefore those functions, and only those, that the
# specification gives the mechanism [6, the table of mechanisms and functions]; what signs or verifies does so for
# messages as well [5.14, 5.16].
MORE_FLAGS = {
    "RSA_PKCS": (
        "SIGN_RECOVER",
        "VERIFY_RECOVER",
        "ENCAPSULATE",
        "DECAPSULATE",
        "MESSAGE_SIGN",
        "MESSAGE_VERIFY",
        "MULTI_MESSAGE",
    )
}


def is_variable(structure: str, field: str) -> bool:
    return structure in IN_STRUCTURES and field in TEXTS | VERSIONS


def check_text(got: bytes, printed: str, field: str) -> None:
    """A text of the provider's own: as long as printed, blank padded, UTF-8, and no NUL [PKCS#11 3.2, 3.1 to 3.3]."""
    expect_equal(len(got), len(printed), f"the length of {field}")
    try:
        text = got.decode()
    except UnicodeDecodeError:
        raise Failed(f"{field} is not UTF-8: {got.hex()}") from None
    expect(text.isprintable(), f"{field} is not printable and blank padded: {got!r}")
    if field == "utcTime":
        expect(text.isdigit() or not text.strip(), f"{field} is neither a time nor blank: {text!r}")


def check_mechanism_flags(mechanism: str, got: int, printed: int) -> None:
    allowed = sum(MECHANISM_FLAGS[name] for name in MORE_FLAGS.get(mechanism, ()))
    more, less = got & ~printed & ~allowed, printed & ~got
    words = flags_in_words(more, MECHANISM_FLAGS), flags_in_words(less, MECHANISM_FLAGS)
    expect(not more, f"the flags of {mechanism} have {words[0]}, which is not printed")
    expect(not less, f"the flags of {mechanism} lack {words[1]}")
