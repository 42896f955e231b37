"""Key pairs as attributes, and how they get from one module to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import der
from .bench import Module
from .numbers import (
    BASE, COEFFICIENT, DECRYPT, DERIVE, EC_PARAMS, EC_POINT, ENCRYPT, EXPONENT_1, EXPONENT_2, MODULUS, MODULUS_BITS,
    PRIME, PRIME_1, PRIME_2, PRIVATE_EXPONENT, PUBLIC_EXPONENT, SIGN, SUBPRIME, VALUE, VERIFY,
)  # fmt: skip
from .session import Template

CURVES = {
    "prime256v1": ("06082a8648ce3d030107", 32),
    "secp384r1": ("06052b81040022", 48),
    "secp521r1": ("06052b81040023", 66),
    "secp256k1": ("06052b8104000a", 32),
    "secp224r1": ("06052b81040021", 28),
}
BRAINPOOL_BITS = (224, 224, 256, 256, 320, 320, 384, 384, 512, 512)
for number, bits in enumerate(BRAINPOOL_BITS):
    name = f"brainpoolP{bits}{'rt'[number % 2]}1"
    CURVES[name] = (f"06092b24030302080101{5 + number:02x}", bits // 8)
EDWARDS = {"ED25519": ("06032b6570", 32), "ED448": ("06032b6571", 57)}
MONTGOMERY = {"X25519": ("06032b656e", 32), "X448": ("06032b656f", 56)}
RSA_PUBLIC = (MODULUS, PUBLIC_EXPONENT)
RSA_PRIVATE = (*RSA_PUBLIC, PRIVATE_EXPONENT, PRIME_1, PRIME_2, EXPONENT_1, EXPONENT_2, COEFFICIENT)


@dataclass
class Pair:
    """A key pair by its values, and its handles in the modules that have it."""

    kind: str
    public: dict[int, bytes]
    private: dict[int, bytes]
    handles: dict[str, tuple[int, int]] = field(default_factory=dict)

    def of(self, module: Module) -> tuple[int, int]:
        """Public and private key in the module; they are imported when it has not made them."""
        if module.name not in self.handles:
            public, private = self.public, self.private
            if self.kind == "EC_EDWARDS" and module.name == "softhsm":
                public = {**public, EC_POINT: der.tlv(der.OCTETS, public[EC_POINT])}
            uses = USES[self.kind]
            self.handles[module.name] = (
                module.public(self.kind, public, uses[0]),
                module.private(self.kind, private, uses[1]),
            )
        return self.handles[module.name]


USES: dict[str, tuple[Template, Template]] = {
    "RSA": ({ENCRYPT: True, VERIFY: True}, {DECRYPT: True, SIGN: True}),
    "DSA": ({VERIFY: True}, {SIGN: True}),
    "EC_EDWARDS": ({VERIFY: True}, {SIGN: True}),
    "EC": ({VERIFY: True}, {SIGN: True, DERIVE: True}),
    "EC_MONTGOMERY": ({}, {DERIVE: True}),
    "DH": ({}, {DERIVE: True}),
}


def generated(
    module: Module, mechanism: str, kind: str, template: Template, public: tuple[int, ...], private: tuple[int, ...]
) -> Pair:
    """A pair that the module makes, and the attributes that are its values."""
    uses = USES[kind]
    handles = module.pair(mechanism, {**template, **uses[0]}, uses[1])
    values = module.read(handles[0], public), module.read(handles[1], private)
    return Pair(kind, *values, handles={module.name: (handles[0], handles[1])})


def rsa(module: Module, bits: int) -> Pair:
    template = {MODULUS_BITS: bits, PUBLIC_EXPONENT: b"\1\0\1"}
    return generated(module, "RSA_PKCS_KEY_PAIR_GEN", "RSA", template, RSA_PUBLIC, RSA_PRIVATE)


def weierstrass(module: Module, curve: str) -> Pair:
    template = {EC_PARAMS: bytes.fromhex(CURVES[curve][0])}
    return generated(module, "EC_KEY_PAIR_GEN", "EC", template, (EC_PARAMS, EC_POINT), (EC_PARAMS, VALUE))


def edwards(module: Module, curve: str) -> Pair:
    """The point is kept raw, whatever the module's form."""
    template = {EC_PARAMS: bytes.fromhex(EDWARDS[curve][0])}
    mechanism = "EC_EDWARDS_KEY_PAIR_GEN"
    made = generated(module, mechanism, "EC_EDWARDS", template, (EC_PARAMS, EC_POINT), (EC_PARAMS, VALUE))
    made.public[EC_POINT] = made.public[EC_POINT][-EDWARDS[curve][1] :]
    return made


def dsa(module: Module, domain: list[bytes]) -> Pair:
    names = (PRIME, SUBPRIME, BASE)
    template = dict(zip(names, domain))
    return generated(module, "DSA_KEY_PAIR_GEN", "DSA", template, (*names, VALUE), (*names, VALUE))


def dh(module: Module, domain: list[bytes]) -> Pair:
    names = (PRIME, BASE)
    template = dict(zip(names, domain))
    return generated(module, "DH_PKCS_KEY_PAIR_GEN", "DH", template, (*names, VALUE), (*names, VALUE))
