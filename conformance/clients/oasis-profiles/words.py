"""The standard's words and their numbers, as far as the profiles' cases and clauses use them."""

from __future__ import annotations

from harness import Failed

CKR = {
    "OK": 0x0,
    "GENERAL_ERROR": 0x5,
    "FUNCTION_FAILED": 0x6,
    "ARGUMENTS_BAD": 0x7,
    "ATTRIBUTE_READ_ONLY": 0x10,
    "ATTRIBUTE_SENSITIVE": 0x11,
    "ATTRIBUTE_TYPE_INVALID": 0x12,
    "ATTRIBUTE_VALUE_INVALID": 0x13,
    "ACTION_PROHIBITED": 0x1B,
    "FUNCTION_NOT_SUPPORTED": 0x54,
    "KEY_HANDLE_INVALID": 0x60,
    "KEY_TYPE_INCONSISTENT": 0x63,
    "KEY_FUNCTION_NOT_PERMITTED": 0x68,
    "MECHANISM_INVALID": 0x70,
    "OBJECT_HANDLE_INVALID": 0x82,
    "OPERATION_ACTIVE": 0x90,
    "OPERATION_NOT_INITIALIZED": 0x91,
    "PIN_INCORRECT": 0xA0,
    "SESSION_HANDLE_INVALID": 0xB3,
    "SESSION_READ_ONLY": 0xB5,
    "TEMPLATE_INCOMPLETE": 0xD0,
    "TEMPLATE_INCONSISTENT": 0xD1,
    "TOKEN_NOT_RECOGNIZED": 0xE1,
    "USER_NOT_LOGGED_IN": 0x101,
    "BUFFER_TOO_SMALL": 0x150,
    "CRYPTOKI_NOT_INITIALIZED": 0x190,
}
CKA = {
    "CLASS": 0x0,
    "TOKEN": 0x1,
    "PRIVATE": 0x2,
    "LABEL": 0x3,
    "UNIQUE_ID": 0x4,
    "VALUE": 0x11,
    "CERTIFICATE_TYPE": 0x80,
    "ISSUER": 0x81,
    "SERIAL_NUMBER": 0x82,
    "KEY_TYPE": 0x100,
    "SUBJECT": 0x101,
    "ID": 0x102,
    "SENSITIVE": 0x103,
    "SIGN": 0x108,
    "VERIFY": 0x10A,
    "MODULUS": 0x120,
    "PUBLIC_EXPONENT": 0x122,
    "PRIVATE_EXPONENT": 0x123,
    "PRIME_1": 0x124,
    "PRIME_2": 0x125,
    "EXPONENT_1": 0x126,
    "EXPONENT_2": 0x127,
    "COEFFICIENT": 0x128,
    "VALUE_LEN": 0x161,
    "EXTRACTABLE": 0x162,
    "MODIFIABLE": 0x170,
    "PROFILE_ID": 0x601,
}
CKO = {"DATA": 0, "CERTIFICATE": 1, "PUBLIC_KEY": 2, "PRIVATE_KEY": 3, "SECRET_KEY": 4, "PROFILE": 9}
CKP = {"BASELINE_PROVIDER": 1, "EXTENDED_PROVIDER": 2, "AUTHENTICATION_TOKEN": 3, "PUBLIC_CERTIFICATES_TOKEN": 4}
CKM = {"RSA_PKCS_KEY_PAIR_GEN": 0x0, "RSA_PKCS": 0x1, "SHA256_RSA_PKCS": 0x40, "SHA512": 0x270}
CKU = {"SO": 0, "USER": 1}
CKK = {"RSA": 0, "GENERIC_SECRET": 0x10}

# Flags by where they stand; the same bit has another name elsewhere.
CKF = {"RW_SESSION": 0x2, "SERIAL_SESSION": 0x4}
SLOT_FLAGS = {"TOKEN_PRESENT": 0x1, "REMOVABLE_DEVICE": 0x2, "HW_SLOT": 0x4}
TOKEN_FLAGS = {
    "RNG": 0x1,
    "WRITE_PROTECTED": 0x2,
    "LOGIN_REQUIRED": 0x4,
    "USER_PIN_INITIALIZED": 0x8,
    "RESTORE_KEY_NOT_NEEDED": 0x20,
    "CLOCK_ON_TOKEN": 0x40,
    "PROTECTED_AUTHENTICATION_PATH": 0x100,
    "DUAL_CRYPTO_OPERATIONS": 0x200,
    "TOKEN_INITIALIZED": 0x400,
}
MECHANISM_FLAGS = {
    "HW": 0x1,
    "MESSAGE_ENCRYPT": 0x2,
    "MESSAGE_DECRYPT": 0x4,
    "MESSAGE_SIGN": 0x8,
    "MESSAGE_VERIFY": 0x10,
    "MULTI_MESSAGE": 0x20,
    "ENCRYPT": 0x100,
    "DECRYPT": 0x200,
    "DIGEST": 0x400,
    "SIGN": 0x800,
    "SIGN_RECOVER": 0x1000,
    "VERIFY": 0x2000,
    "VERIFY_RECOVER": 0x4000,
    "GENERATE": 0x8000,
    "GENERATE_KEY_PAIR": 0x10000,
    "WRAP": 0x20000,
    "UNWRAP": 0x40000,
    "DERIVE": 0x80000,
    "ENCAPSULATE": 0x10000000,
    "DECAPSULATE": 0x20000000,
}

SPECIAL_NUMBERS = {"UnavailableInformation": 2**64 - 1, "EffectivelyInfinite": 0}


def name_of(prefix: str, number: int) -> str:
    """A return value in words, `CKR_OK`; the bare number if it has no name here."""
    names = {known: name for name, known in CKR.items()}
    return f"{prefix}_{names[number]}" if number in names else hex(number)


def number_of(text: str, names: dict[str, int]) -> int:
    """A number as the XML has it: decimal, hexadecimal with 0x, or a name."""
    if text in names:
        return names[text]
    try:
        return int(text, 0)
    except ValueError:
        raise Failed(f"the runner does not know {text!r}") from None


def flags_of(text: str, names: dict[str, int]) -> int:
    """Flags with a space or a bar between them."""
    total = 0
    for word in text.replace("|", " ").split():
        total |= number_of(word, names)
    return total


def flags_in_words(flags: int, names: dict[str, int]) -> str:
    words = [name for name, bit in names.items() if flags & bit]
    rest = flags & ~sum(names.values())
    return "|".join(words + ([hex(rest)] if rest else [])) or "0x0"
