"""The programs that run on any module, a group of checks each, and what they say of their test cases.

Left out are those that need openCryptoki's daemon or mechanisms and attributes of IBM's (kyber, dilithium, ab,
reencrypt, cca_export_import, events, tok2tok_transport), that wait for input, that measure or print without a
judgement, and rsaupdate_func for its time.
"""

from __future__ import annotations

import re

from harness import Checks, Failed, Group, Skipped, Token, expect, group, run

from .programs import program

PROGRAMS = {  # the longest first
    "crypto/rsa_func": "RSA: signatures, encryption, wrapping, with published vectors.",
    "crypto/aes_func": "AES: ciphers, MACs, wrapping, with published vectors.",
    "crypto/des_func": "DES.",
    "crypto/des3_func": "Triple DES.",
    "crypto/digest_func": "Digests, HMACs and keys derived by digests, with published vectors.",
    "crypto/dh_func": "Diffie-Hellman.",
    "crypto/dsa_func": "DSA.",
    "crypto/ec_func": "Elliptic curves: signatures, agreement, import, wrapping, with published vectors.",
    "crypto/ssl3_func": "Key derivation of SSL 3.0 and TLS.",
    "pkcs11/attribute": "Attributes are added and changed.",
    "pkcs11/copyobjects": "Objects are copied.",
    "pkcs11/destroyobjects": "Objects are destroyed.",
    "pkcs11/findobjects": "Objects are found.",
    "pkcs11/gen_purpose": "Information, PINs and mechanisms.",
    "pkcs11/generate_keypair": "Key pairs.",
    "pkcs11/get_interface": "Interfaces and their functions.",
    "pkcs11/getobjectsize": "Sizes of objects.",
    "pkcs11/hw_fn": "Hardware features.",
    "pkcs11/sess_mgmt": "Sessions.",
    "pkcs11/sess_opstate": "States of operations, saved and restored.",
    "misc_tests/dual_functions": "Operations of two kinds in one.",
    "misc_tests/fork": "Children of fork.",
    "misc_tests/obj_lock": "Objects used and destroyed by many threads.",
    "misc_tests/obj_mgmt": "Objects, their attributes and searches.",
    "misc_tests/obj_mgmt_lock": "The same under locks.",
}
PINS = ("12345678", "87654321")  # of one length: gen_purpose gives the SO's PIN with the length of the user's
SLOT = "1"  # where the token is
TIME_LIMIT_S = 600

OPEN = (
    "takes a key whose template leaves out CKA_EXTRACTABLE or CKA_SENSITIVE for one that may leave the token; here it "
    "is sensitive and stays (docs/behaviour.md, OBJ-4)"
)
# What is a test case's own assumption: its program and function, what it says, and why that need not be so.
ASSUMPTIONS = (
    (r"(aes|des|des3|rsa)_func: do_\w*(Wrap|Unwrap)\w*", r"C_WrapKey.*CKR_KEY_UNEXTRACTABLE", OPEN),
    (r"ec_func: run_DeriveECDHKey", r"CKR_ATTRIBUTE_SENSITIVE", OPEN),
    (r"copyobjects: do_CopyObjects", r"CKR_ATTRIBUTE_SENSITIVE", OPEN),
    (r"ssl3_func: do_TLS_MultipleKeysDerive", r"C_DeriveKey did not recognize missing attributes", OPEN),
    (
        r"ec_func: run_DeriveECDHKeyKAT",
        r"C_CreateObject \(EC Public Key\) failed at i=7, rc=CKR_ATTRIBUTE_VALUE_INVALID",
        "gives a point of secp521r1 without the byte that says its form",
    ),
    (
        r"attribute: do_TestAttributes",
        r"C_SetAttributeValue\(\) rc = CKR_ATTRIBUTE_READ_ONLY",
        "sets CKA_COPYABLE to FALSE; PKCS#11 3.2, 4.4: only CKA_LABEL can be modified after the object is created",
    ),
    (
        r"get_interface: get_interface_test",
        r"C_GetInterface returned CKR_ARGUMENTS_BAD",
        "wants CKR_FUNCTION_FAILED for an interface that is not there, where others (OpenSC's p11test) want "
        "CKR_ARGUMENTS_BAD; the standard has none of its own for it",
    ),
    (
        r"(hw_fn: do_HW_Feature_Search|obj_mgmt_lock: do_HWFeatureSearch)",
        r"C_CreateObject.*CKR_ATTRIBUTE_TYPE_INVALID",
        "makes a clock; a token need not have hardware features, and this one has none that a caller makes",
    ),
)
LINE = re.compile(r"^\* TEST(?:CASE|SUITE) (\w+) (BEGIN|PASS|FAIL|ERROR|SKIP)\b ?(.*)$", re.MULTILINE)


def group_of(path: str, about: str) -> Group:
    name = path.rpartition("/")[2]

    @group(pins=PINS)
    def cases(token: Token, check: Checks) -> None:
        pins = {"PKCS11_SO_PIN": PINS[0], "PKCS11_USER_PIN": PINS[1]}
        env = {**token.env, **pins, "PKCSLIB": str(token.module)}
        command = [program(path), "-slot", SLOT, "-nostop"]
        done = run(command, env=env, cwd=token.directory, time_limit_s=TIME_LIMIT_S)
        text = done.out.decode(errors="replace")
        report(check, name, text)
        with check(f"{name} to its end"):
            expect("Total=" in text, f"it ended with {done.ending}: {done.last_words}")
            expect(LINE.search(text), "it tells of no test case")

    cases.__name__ = name
    cases.__doc__ = f"{path}.c. {about}"
    return cases


def report(check: Checks, program: str, text: str) -> None:
    """A check for each test case that passes, for each that has failed, and for each reason to skip some."""
    about, told = "", set()
    for function, event, words in LINE.findall(text):
        title, words = f"{program}: {function}", plain(words)
        if event == "BEGIN":
            about = words
            continue
        if event == "PASS":
            with check(f"{title}: {words}"):
                pass
            continue
        # The first that a case says is why; what follows from it is not told again.
        case = (title, event, about if event != "SKIP" else words)
        if case not in told:
            told.add(case)
            with check(f"{title}: {about}" if event != "SKIP" else title):
                judge(title, event, words)


def judge(title: str, event: str, words: str) -> None:
    if event == "SKIP":
        raise Skipped(f"the program skips cases: {words}")
    for where, said, why in ASSUMPTIONS:
        if re.fullmatch(where, title) and re.search(said, words):
            raise Skipped(why)
    raise Failed(words)


def plain(words: str) -> str:
    """Without the time taken and the place in the source; what is skipped for one curve or exponent stands for all."""
    words = re.sub(r"^\((elapsed time[^)]*|[^)]*\.c:\d+\)?)\) ?", "", words)
    words = re.sub(r"support (this )?curve:? .*", "support some curves", words)
    words = re.sub(r"^ICSF Token cannot .*", "it takes a token that it does not know for IBM's ICSF", words)
    return re.sub(r"^(mechanism )?IBM-", r"\1of IBM's own: ", words).strip()


GROUPS = [group_of(path, about) for path, about in PROGRAMS.items()]
