"""The suite, a group of checks per file.

Tests that are marked as SoftHSM's run on vhsm as well, under a link that has SoftHSM's name: the suite goes by the name
of the module's file.
"""

from __future__ import annotations

import shutil

from harness import LABEL, SO_PIN, USER_PIN, Checks, Group, Token, expect_equal, group
from harness.python import Suite

SUITE = Suite(
    name="python-pkcs11",
    version="0.10.1",
    tests="tests",
    needs=("asn1crypto==1.5.1", "cryptography==48.0.0", "parameterized==0.9.0", "pytest==9.2.0"),
)

FILES = {
    "test_aes": "AES: modes, key wrap, and keys derived by encryption.",
    "test_attributes": "Attributes as Python's values.",
    "test_des": "DES and 3DES.",
    "test_dh": "Diffie-Hellman, parameters too.",
    "test_digest": "Digests of data, of streams and of keys.",
    "test_dsa": "DSA, parameters too.",
    "test_ecc": "ECDSA, ECDH, EdDSA and X25519.",
    "test_iterators": "Searches that are left half way.",
    "test_ml_dsa": "ML-DSA.",
    "test_ml_kem": "ML-KEM.",
    "test_multilib": "Two modules in one process; the second is a copy of the first.",
    "test_public_key_external": "Public keys that are no objects.",
    "test_rsa": "RSA: signatures, encryption, key wrap.",
    "test_sessions": "Sessions, PINs, objects and random numbers.",
    "test_slots_and_tokens": "Slots, tokens and the library's life.",
    "test_threading": "Threads.",
    "test_x509": "Certificates and the keys in them.",
}
SETTINGS = {
    "slots.free_slot": True,
    "mechanisms.enable": ["CKM_EDDSA", "CKM_EC_EDWARDS_KEY_PAIR_GEN"],
}
WHY = "the tests make Ed448 keys, which are off unless asked for, and those for SoftHSM count its free slot"
UNDER_ITS_NAME = {
    "a link to the module with the name libsofthsm2.so": "tests for SoftHSM go by the name of the module's file, and "
    "are skipped under any other; vhsm runs them as well"
}
OF_SOFTHSM = "SoftHSMv2 only"


def group_of(file: str, about: str) -> Group:
    @group(settings=SETTINGS, why=WHY, besides=UNDER_ITS_NAME)
    def tests(token: Token, check: Checks) -> None:
        env = {"PKCS11_TOKEN_LABEL": LABEL, "PKCS11_TOKEN_PIN": USER_PIN, "PKCS11_TOKEN_SO_PIN": SO_PIN}
        if file == "test_multilib":
            env["PKCS11_MODULE2"] = str(shutil.copy(token.module, token.path("second.so")))
        done = SUITE.run(token, file, {**env, "PKCS11_MODULE": str(token.module)})
        again = [test.name for test in done if test.skipped == OF_SOFTHSM]
        if again:
            link = token.path("libsofthsm2.so")
            link.symlink_to(token.module)
            done = [test for test in done if test.name not in again]
            done += SUITE.run(token, file, {**env, "PKCS11_MODULE": str(link)}, only=again)
        for test in done:
            test.tell(check, file)
        if file == "test_aes":
            with check("every file of the suite is run"):
                expect_equal(SUITE.files(), set(FILES), "the files of the suite")

    tests.__name__ = file
    tests.__doc__ = f"{file}.py of the suite. {about}"
    return tests


GROUPS = [group_of(file, about) for file, about in FILES.items()]
