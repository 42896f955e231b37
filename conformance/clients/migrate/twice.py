"""Objects with the same names, and starts that are not the first: nothing is lost, and nothing is made twice."""

from __future__ import annotations

from typing import Any

from harness import USER_PIN, Checks, Token, expect_equal, group, run

from . import numbers as n
from .numbers import CKK, CKM
from .objects import OPEN, P256, SENSITIVE
from .tokens import OLD_PIN, SOFTHSM, Module, both, migrate, opened, prepare, results

WEB = {n.TOKEN: True, n.LABEL: b"web", n.ID: b"\1"}
AES = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK["AES"], n.TOKEN: True, n.LABEL: b"master"}


def counted(carried: int, there: int, left: int = 0) -> dict[str, int]:
    return {"carried over": carried, "there already": there, "left behind": left}


def certificate(token: Token, number: int) -> dict[int, Any]:
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.der"]
    words += ["-outform", "DER", "-subj", "/CN=web", "-days", "2", "-set_serial", str(number)]
    run(["openssl", *words], cwd=token.directory).must_work()
    value = token.path("cert.der").read_bytes()
    return {n.CLASS: n.CERTIFICATE, n.CERTIFICATE_TYPE: 0, n.VALUE: value, n.SUBJECT: b"0\0", n.PRIVATE: False, **WEB}


@group()
def the_same_names(token: Token, check: Checks) -> None:
    """Objects that share class, label and id are each carried over; a second start carries none of them again."""
    env = prepare(token)
    with opened(SOFTHSM, OLD_PIN, env) as there:
        for length in (32, 16):
            there.ask("generate", CKM["AES_KEY_GEN"], None, {**AES, n.VALUE_LEN: length, **SENSITIVE})
        kinds = (
            ("EC_KEY_PAIR_GEN", {n.EC_PARAMS: P256}),
            ("RSA_PKCS_KEY_PAIR_GEN", {n.MODULUS_BITS: 2048, n.PUBLIC_EXPONENT: b"\1\0\1"}),
        )
        for mechanism, public in kinds:
            there.ask("pair", CKM[mechanism], {**public, n.PRIVATE: False, **WEB}, {**SENSITIVE, **WEB})
        for number in (1, 2):
            there.ask("create", certificate(token, number))
    with check("keys of two lengths, pairs of two types, a certificate and its renewal: all come over"):
        expect_equal(results(migrate(token, env, status=0)), counted(8, 0), "the first start")
    with check("each of them is there"):
        with both(token, env) as (there, here):
            of_web = {n.LABEL: b"web"}
            lengths = [len(module.ask("find", of_web)) for module in (there, here)]
            expect_equal(lengths, [6, 6], "objects with this label")
            values = [sorted(value(module, n.CERTIFICATE, n.VALUE)) for module in (there, here)]
            expect_equal(values[1], values[0], "the certificates")
            values = [sorted(value(module, n.SECRET_KEY, n.VALUE_LEN)) for module in (there, here)]
            expect_equal(values[1], values[0], "the lengths of the keys")
    with check("a second start carries none again"):
        expect_equal(results(migrate(token, env, status=0)), counted(0, 8), "the second start")


def value(module: Module, kind: int, attribute: int) -> list[bytes]:
    return [module.read(handle, attribute) or b"" for handle in module.ask("find", {n.CLASS: kind, n.TOKEN: True})]


@group()
def alike_but_for_the_value(token: Token, check: Checks) -> None:
    """Sensitive keys that only their values tell apart, and keys that nothing does, are neither lost nor made twice."""
    env = prepare(token)
    with opened(SOFTHSM, OLD_PIN, env) as there:
        for byte in (b"a", b"b", b"b"):
            there.ask("create", {**AES, n.VALUE: byte * 32, **SENSITIVE})
        for byte in (b"a", b"b", b"b"):
            secret = {n.CLASS: n.SECRET_KEY, n.KEY_TYPE: CKK["GENERIC_SECRET"], n.TOKEN: True, n.LABEL: b"odd"}
            there.ask("create", {**secret, n.VALUE: byte * 21, **SENSITIVE})
        there.ask("create", {**AES, n.VALUE: b"b" * 32, n.ENCRYPT: True, n.DECRYPT: False, **SENSITIVE})
    with check("all are carried over"):
        expect_equal(results(migrate(token, env, status=0)), counted(7, 0), "the first start")
    with check("and found again"):
        expect_equal(results(migrate(token, env, status=0)), counted(0, 7), "the second start")
    for position in range(3):
        with check(f"after the loss of one here, that one alone is carried over: {position}"):
            with opened(token.module, USER_PIN, env) as here:
                here.ask("destroy", here.ask("find", AES)[position])
            expect_equal(results(migrate(token, env, status=0)), counted(1, 6), "the start after that")
    with check("each value is there as often as in SoftHSM"):
        with both(token, env) as (there, here):
            for label in (b"master", b"odd"):
                checks = [sorted(check_values(module, label)) for module in (there, here)]
                expect_equal(checks[1], checks[0], "the check values")


def check_values(module: Module, label: bytes) -> list[bytes]:
    """A MAC or a block of each key."""
    found = []
    for handle in module.ask("find", {n.LABEL: label}):
        aes = label == b"master"
        what = ("Encrypt", CKM["AES_ECB"]) if aes else ("Sign", CKM["SHA_1_HMAC"])
        found.append(module.ask("compute", *what, None, handle, [bytes(16)]))
    return found


@group()
def what_was_there_before(token: Token, check: Checks) -> None:
    """What vhsm's token has under the same names, but is something else, is not taken for the object."""
    env = prepare(token)
    unlike = {
        "another value": {**AES, n.LABEL: b"value", n.VALUE: b"b" * 32, **SENSITIVE},
        "another use": {**AES, n.LABEL: b"use", n.VALUE: b"a" * 32, n.ENCRYPT: False, **SENSITIVE},
        "a key that is less strict": {**AES, n.LABEL: b"strict", n.VALUE: b"a" * 32, **OPEN, n.PRIVATE: True},
        "a successor": {**AES, n.LABEL: b"stays", n.VALUE: b"b" * 32, **SENSITIVE},
    }
    with both(token, env) as (there, here):
        for label in (b"value", b"use", b"strict", b"stays", b"same", b"renamed", b"locked"):
            template = {**AES, n.LABEL: label, n.VALUE: b"a" * 32, **SENSITIVE, n.ENCRYPT: True}
            there.ask("create", {**template, n.EXTRACTABLE: label != b"stays"})
        there.ask("create", certificate(token, 1))
        renewal = certificate(token, 2)
        for template in unlike.values():
            here.ask("create", {n.ENCRYPT: True, **template})
        here.ask("create", renewal)
    with check(f"{', '.join(unlike)} and a renewed certificate are not the object"):
        told = migrate(token, env, status=1)
        expect_equal(results(told), counted(7, 0, 1), "the report")
        left = [name for name, result, _ in told if result == "left behind"]
        expect_equal(left, ['AES secret key "stays"'], "what stays behind, its successor notwithstanding")
    with check("a key that was made stricter in vhsm is the same; one that was renamed is carried over anew"):
        with opened(token.module, USER_PIN, env) as here:
            here.ask("change", here.one({n.LABEL: b"locked"}), {n.EXTRACTABLE: False})
            here.ask("change", here.one({n.LABEL: b"renamed"}), {n.LABEL: b"another name"})
        told = migrate(token, env, status=1)
        expect_equal(results(told), counted(1, 6, 1), "the report")
        made = [name for name, result, _ in told if result == "carried over"]
        expect_equal(made, ['AES secret key "renamed"'], "what is made again")
    with check("what is stricter by its nature is not taken from its very object"):
        for copyable, there_already in ((False, 7), (True, 9)):
            template = {**AES, n.LABEL: b"twins", n.VALUE: b"a" * 32, **SENSITIVE, n.COPYABLE: copyable}
            with opened(SOFTHSM, OLD_PIN, env) as there:
                for _ in range(2):
                    there.ask("create", template)
            expect_equal(results(migrate(token, env, status=1)), counted(2, there_already, 1), "the report")
        with opened(token.module, USER_PIN, env) as here:
            may = [len(here.ask("find", {n.LABEL: b"twins", n.COPYABLE: may})) for may in (True, False)]
        expect_equal(may, [2, 2], "keys that may be copied, and that may not")
    with check("a date that SoftHSM did not tell may be set in vhsm"):
        dated = {**AES, n.LABEL: b"dated", n.VALUE: b"a" * 32, n.START_DATE: b"20260101", **SENSITIVE}
        with opened(SOFTHSM, OLD_PIN, env) as there:
            there.ask("create", dated)
        expect_equal(results(migrate(token, env, status=1)), counted(1, 11, 1), "the report")
        with opened(token.module, USER_PIN, env) as here:
            here.ask("change", here.one({n.LABEL: b"dated"}), {n.START_DATE: b"20260101"})
        expect_equal(results(migrate(token, env, status=1)), counted(0, 12, 1), "the report after that")
