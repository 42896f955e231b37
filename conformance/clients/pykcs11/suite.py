"""The suite, a group of checks per file. Its PINs are written in it."""

from __future__ import annotations

from pathlib import Path

from harness import Checks, Group, Token, expect_equal, group
from harness.python import Suite, TestResult

SUITE = Suite(name="PyKCS11", version="1.5.20", tests="test", needs=("asn1crypto==1.5.1", "pytest==9.2.0"))

FILES = {
    "test_CK": "The classes that stand for handles and lists.",
    "test_LowLevel": "The C functions as they are.",
    "test_asymetric": "RSA: signatures and encryption.",
    "test_asymetric_ECC": "ECDSA and EdDSA, with the vectors of RFC 8032.",
    "test_asymetric_gost": "GOST R 34.10.",
    "test_ckbytelist": "Bytes.",
    "test_derive": "Keys derived by ECDH, concatenation, XOR and extraction.",
    "test_digest": "Digests.",
    "test_exception": "Errors.",
    "test_gc": "Libraries that Python's garbage collector ends.",
    "test_info": "Library, slot, token, session and mechanisms.",
    "test_init": "Tokens and PINs are initialised and changed.",
    "test_load": "Modules are loaded and unloaded, two at a time too.",
    "test_objects": "Objects, their attributes and searches.",
    "test_pin": "PINs as text, bytes and NULL.",
    "test_random": "Random numbers.",
    "test_symetric": "AES and 3DES, in one call and in parts.",
    "test_wrap": "Keys are wrapped and unwrapped.",
}
SETTINGS = {"mechanisms.enable": ["CKM_EDDSA", "CKM_EC_EDWARDS_KEY_PAIR_GEN"]}
WHY = "the tests make Ed448 keys, which are off unless asked for"
PINS = ("123456", "1234")
PLUGIN = Path(__file__).with_name("newer_than_softhsm.py")
HELP = {
    "the plug-in newer_than_softhsm.py of pytest: the library's version is 3.0": "the suite takes every library's "
    "version for SoftHSM's, and vhsm's for one of before SoftHSM 2.0: without the plug-in many tests skip themselves. "
    "SoftHSM tells its own version"
}

NAME = "asserts that the manufacturer is SoftHSM"
# What is the suite's own assumption: the test, what it says when it fails or skips itself, and why.
ASSUMPTIONS = {
    "TestUtil.test_LowLevel": ("'SoftHSM ", NAME),
    "TestUtil.test_getInfo": ("'SoftHSM ", NAME),
    "TestUtil.test_getSlotInfo": ("'SoftHSM ", NAME),
    "TestUtil.test_getTokenInfo": ("'SoftHSM ", NAME),
    "TestUtil.test_gc": (
        "CKR_USER_NOT_LOGGED_IN",
        "logs out without having logged in, which SoftHSM answers with CKR_OK; "
        "PKCS#11 3.2, C_Logout, has CKR_USER_NOT_LOGGED_IN",
    ),
    "TestUtil.test_gost": (
        "GOST not supported",
        "the module has no GOST R 34.10 (CKR_MECHANISM_INVALID), and the suite then skips it; a module need not "
        "have every mechanism",
    ),
}


def excuse(test: TestResult) -> str:
    words, why = ASSUMPTIONS.get(test.name, ("", ""))
    return why if words and words in test.failure + test.skipped else ""


def group_of(file: str, about: str) -> Group:
    @group(settings=SETTINGS, why=WHY, besides=HELP, pins=PINS)
    def tests(token: Token, check: Checks) -> None:
        env = {"PYKCS11LIB": str(token.module)}
        for test in SUITE.run(token, file, env, plugin=None if token.of_peer else PLUGIN):
            test.tell(check, file, excuse)
        if file == "test_CK":
            with check("every file of the suite is run"):
                expect_equal(SUITE.files(), set(FILES), "the files of the suite")

    tests.__name__ = file
    tests.__doc__ = f"{file}.py of the suite. {about}"
    return tests


GROUPS = [group_of(file, about) for file, about in FILES.items()]
