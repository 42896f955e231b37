"""What the groups work with: modules, random inputs that a number repeats, and keys that move between modules."""

from __future__ import annotations

import os
import pickle
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import USER_PIN, Checks, Failed, Token, expect, expect_equal

from .numbers import (
    CKK, CKM, CLASS, DECRYPT, DERIVE, ENCRYPT, EXTRACTABLE, KEY_TYPE, PRIVATE, PRIVATE_KEY, PUBLIC_KEY, SECRET_KEY,
    SENSITIVE, SIGN, UNWRAP, VALUE, VALUE_LEN, VERIFY, WRAP,
)  # fmt: skip
from .session import Parameter, Template

SEED_VARIABLE = "DIFFERENTIAL_SEED"
SEED = int(os.environ.get(SEED_VARIABLE) or secrets.randbelow(10**9))

CIPHER_USES = {ENCRYPT: True, DECRYPT: True}
WRAP_USES = {WRAP: True, UNWRAP: True}
SIGN_USES = {SIGN: True, VERIFY: True}


class Refusal(Failed):
    """A function of a module did not answer CKR_OK."""


# SoftHSM's DES is openssl's, which has it in the legacy provider.
OPENSSL_CONFIGURATION = """openssl_conf = start
[start]
providers = providers
[providers]
default = active
legacy = active
[active]
activate = 1
"""


def openssl_configuration(token: Token) -> Path:
    return token.write("openssl.cnf", OPENSSL_CONFIGURATION.encode())


class Module:
    """A module in a process of its own. The calls are written to a file beside its token: `--keep` leaves it."""

    def __init__(self, name: str, token: Token) -> None:
        self.name = name
        # SoftHSM has RFC 5649 under the number of the older mechanism that pads as PKCS#7 does
        # (github.com/opendnssec/SoftHSMv2/issues/726); the standard has it as KWP.
        self.padded_wrap = "AES_KEY_WRAP_PAD" if name == "softhsm" else "AES_KEY_WRAP_KWP"
        self.log = token.path(f"{name}.calls").open("w")
        program = Path(__file__).with_name("session.py")
        self.process = subprocess.Popen(
            [sys.executable, program, token.module, USER_PIN],
            env={**token.env, "PYTHONDONTWRITEBYTECODE": "1", "OPENSSL_CONF": str(openssl_configuration(token))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.log.close()

    def ask(self, method: str, *arguments: object) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            pickle.dump((method, arguments), self.process.stdin)
            self.process.stdin.flush()
            kind, value = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            raise Failed(f"the process of {self.name} ended in {method}") from None
        print(method, *arguments, "->", value, file=self.log)
        if kind == "refused":
            raise Refusal(f"{self.name} refused: {value}")
        return value

    def create(self, template: Template) -> int:
        return self.ask("create", {PRIVATE: False, **template})

    def secret(self, kind: str, value: bytes, uses: Template) -> int:
        what = {CLASS: SECRET_KEY, KEY_TYPE: CKK[kind], VALUE: value, SENSITIVE: False, EXTRACTABLE: True}
        return self.create({**what, **uses})

    def public(self, kind: str, attributes: Template, uses: Template) -> int:
        return self.create({CLASS: PUBLIC_KEY, KEY_TYPE: CKK[kind], **attributes, **uses})

    def private(self, kind: str, attributes: Template, uses: Template) -> int:
        what = {CLASS: PRIVATE_KEY, KEY_TYPE: CKK[kind], SENSITIVE: False, EXTRACTABLE: True}
        return self.create({**what, **attributes, **uses})

    def pair(self, mechanism: str, public: Template, private: Template) -> list[int]:
        private = {SENSITIVE: False, EXTRACTABLE: True, **private}
        return self.ask("pair", CKM[mechanism], {PRIVATE: False, **public}, {PRIVATE: False, **private})

    def read(self, handle: int, attributes: Sequence[int]) -> dict[int, bytes]:
        return dict(zip(attributes, self.ask("read", handle, list(attributes))))

    def value(self, handle: int) -> bytes:
        return self.read(handle, [VALUE])[VALUE]

    def generate(self, mechanism: str, template: Template, parameter: Parameter = None) -> bytes:
        """The value of a key made by a mechanism."""
        template = {PRIVATE: False, SENSITIVE: False, EXTRACTABLE: True, **template}
        return self.value(self.ask("generate", CKM[mechanism], parameter, template))

    def derive(self, mechanism: str, parameter: Parameter, key: int, length: int) -> bytes:
        """The value of a derived key."""
        kind = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"], VALUE_LEN: length}
        template = {PRIVATE: False, SENSITIVE: False, EXTRACTABLE: True, **kind}
        return self.value(self.ask("derive", CKM[mechanism], parameter, key, template))

    def wrap(self, mechanism: str, parameter: Parameter, wrapping: int, key: int) -> bytes:
        return self.ask("wrap", CKM[mechanism], parameter, wrapping, key)

    def unwrap(self, mechanism: str, parameter: Parameter, key: int, wrapped: bytes, template: Template) -> int:
        template = {PRIVATE: False, SENSITIVE: False, EXTRACTABLE: True, **template}
        return self.ask("unwrap", CKM[mechanism], parameter, key, wrapped, template)

    def encrypt(self, mechanism: str, parameter: Parameter, key: int, *pieces: bytes) -> bytes:
        return self.ask("compute", "Encrypt", CKM[mechanism], parameter, key, list(pieces))

    def decrypt(self, mechanism: str, parameter: Parameter, key: int, *pieces: bytes) -> bytes:
        return self.ask("compute", "Decrypt", CKM[mechanism], parameter, key, list(pieces))

    def sign(self, mechanism: str, parameter: Parameter, key: int, *pieces: bytes) -> bytes:
        return self.ask("compute", "Sign", CKM[mechanism], parameter, key, list(pieces))

    def digest(self, mechanism: str, *pieces: bytes) -> bytes:
        return self.ask("compute", "Digest", CKM[mechanism], None, None, list(pieces))

    def verify(self, mechanism: str, parameter: Parameter, key: int, data: bytes, signature: bytes) -> None:
        self.ask("verify", CKM[mechanism], parameter, key, data, signature)

    def refuses(self, mechanism: str, parameter: Parameter, key: int, data: bytes, signature: bytes) -> None:
        """A changed signature is not taken."""
        wrong = bytes([*signature[:-1], signature[-1] ^ 1])
        try:
            self.verify(mechanism, parameter, key, data, wrong)
        except Refusal:
            return
        raise Failed(f"{self.name} takes a signature that was changed: {wrong.hex()}")


class Inputs(random.Random):
    """Random inputs of one group: its name and the seed give the same again."""

    def __init__(self, group: str) -> None:
        super().__init__(f"{SEED} {group}")

    def lengths(self, step: int = 1, least: int = 0) -> list[int]:
        """The shortest, one of a few blocks, and a long one: multiples of `step`."""
        return [step * count for count in (least, self.randint(max(least, 1), 40 // step + 4), self.randint(60, 200))]

    def cut(self, data: bytes) -> list[bytes]:
        """The data in pieces of any length."""
        places = sorted(self.randint(0, len(data)) for _ in range(self.randint(1, 4)))
        return [data[start:end] for start, end in zip([0, *places], [*places, len(data)])]


class Bench:
    """A group's checks, its random inputs, and its modules."""

    def __init__(self, check: Checks, inputs: Inputs, vhsm: Module, other: Module | None) -> None:
        self.checks, self.inputs, self.vhsm, self.other = check, inputs, vhsm, other

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """A check; what fails says how it is repeated."""
        with self.checks(name):
            try:
                yield
            except Failed as failed:
                raise type(failed)(f"{failed} ({SEED_VARIABLE}={SEED})") from None

    def ways(self) -> Iterator[tuple[Module, Module, str]]:
        """Both directions between the modules, in words."""
        assert self.other is not None
        for first, second in ((self.vhsm, self.other), (self.other, self.vhsm)):
            yield first, second, f"{first.name} to {second.name}"


def same(got: bytes, wanted: bytes, **inputs: bytes | int | str) -> None:
    """Both have computed the same; else the inputs are in the reason."""
    if got != wanted:
        what = ", ".join(f"{name} {v.hex() if isinstance(v, bytes) else v}" for name, v in inputs.items())
        expect_equal(got, wanted, f"the answer to {what}")


__all__ = ["Bench", "Inputs", "Module", "Refusal", "expect", "same"]
