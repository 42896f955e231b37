"""An application with python-pkcs11: each step is a process of its own, and finds what the one before has left.

usage: application.py STEP, with PKCS11_MODULE, TOKEN, PIN in the environment; `cryptography` says what is right.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pkcs11
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pkcs11 import KDF, MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import (
    decode_ec_public_key,
    encode_ec_public_key,
    encode_ecdsa_signature,
    encode_named_curve_parameters,
)
from pkcs11.util.rsa import encode_rsa_public_key

MESSAGE = b"a message that is longer than one block of any cipher"
IDENT = b"\x0a"
KEK = bytes(range(32))
ED25519 = "1.3.101.112"


def opened(*, rw: bool = False, pin: str | None = None) -> pkcs11.Session:
    token = pkcs11.lib(os.environ["PKCS11_MODULE"]).get_token(token_label=os.environ["TOKEN"])
    return token.open(rw=rw, user_pin=pin or os.environ["PIN"])


def generate() -> None:
    with opened(rw=True) as session:
        session.generate_key(KeyType.AES, 256, label="data", id=IDENT, store=True)
        session.generate_keypair(KeyType.RSA, 2048, label="rsa", id=IDENT, store=True)
        for label, kind, curve in (("ec", KeyType.EC, "secp256r1"), ("ed", KeyType.EC_EDWARDS, ED25519)):
            attributes = {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
            domain = session.create_domain_parameters(kind, attributes, local=True)
            domain.generate_keypair(store=True, label=label, id=IDENT)


def find() -> None:
    with opened() as session:
        labels = sorted(found.label for found in session.get_objects({Attribute.ID: IDENT}))
        assert labels == ["data", "ec", "ec", "ed", "ed", "rsa", "rsa"], labels
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label="data")
        assert key[Attribute.KEY_TYPE] == KeyType.AES and key[Attribute.SENSITIVE] and key[Attribute.LOCAL]
        with_no_login = pkcs11.lib(os.environ["PKCS11_MODULE"]).get_token(token_label=os.environ["TOKEN"]).slot
        assert with_no_login.get_mechanism_info(Mechanism.RSA_PKCS).flags & pkcs11.MechanismFlag.SIGN


def pair(session: pkcs11.Session, label: str) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
    kinds = ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY
    public, private = (session.get_key(object_class=kind, label=label) for kind in kinds)
    return public, private


def sign_rsa() -> None:
    with opened() as session:
        public, private = pair(session, "rsa")
        known = serialization.load_der_public_key(encode_rsa_public_key(public))
        made = private.sign(MESSAGE, mechanism=Mechanism.SHA256_RSA_PKCS)
        known.verify(made, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
        assert public.verify(MESSAGE, made, mechanism=Mechanism.SHA256_RSA_PKCS)
        assert not public.verify(MESSAGE + b"!", made, mechanism=Mechanism.SHA256_RSA_PKCS)
        parameter = (Mechanism.SHA256, MGF.SHA256, 32)
        made = private.sign(MESSAGE, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=parameter)
        known.verify(made, MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def sign_digest() -> None:
    """ECDSA of a digest that the token has made."""
    with opened() as session:
        public, private = pair(session, "ec")
        known = serialization.load_der_public_key(encode_ec_public_key(public))
        digest = session.digest(MESSAGE, mechanism=Mechanism.SHA256)
        made = encode_ecdsa_signature(private.sign(digest, mechanism=Mechanism.ECDSA))
        known.verify(made, MESSAGE, ec.ECDSA(hashes.SHA256()))


def sign_ed() -> None:
    with opened() as session:
        public, private = pair(session, "ed")
        known = ed25519.Ed25519PublicKey.from_public_bytes(public[Attribute.EC_POINT][-32:])  # raw, or in DER
        known.verify(private.sign(MESSAGE, mechanism=Mechanism.EDDSA), MESSAGE)


def sign_in_threads() -> None:
    token = pkcs11.lib(os.environ["PKCS11_MODULE"]).get_token(token_label=os.environ["TOKEN"])
    with token.open(user_pin=os.environ["PIN"]) as first, ThreadPoolExecutor(4) as pool:
        known = serialization.load_der_public_key(encode_ec_public_key(pair(first, "ec")[0]))

        def many(_: int) -> list[bytes]:
            with token.open() as session:
                private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="ec")
                return [private.sign(MESSAGE, mechanism=Mechanism.ECDSA_SHA256) for _ in range(25)]

        for made in (made for some in pool.map(many, range(4)) for made in some):
            known.verify(encode_ecdsa_signature(made), MESSAGE, ec.ECDSA(hashes.SHA256()))


def encrypt() -> None:
    with opened() as session:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label="data")
        iv = session.generate_random(128)
        made = key.encrypt(MESSAGE, mechanism_param=iv)
        assert key.decrypt(made, mechanism_param=iv) == MESSAGE
        parts = [MESSAGE[at : at + 7] for at in range(0, len(MESSAGE), 7)]
        assert b"".join(key.encrypt(parts, mechanism_param=iv)) == made
        assert b"".join(key.decrypt([made[:10], made[10:]], mechanism_param=iv)) == MESSAGE
        values = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.VALUE: KEK}
        uses = {Attribute.ENCRYPT: True, Attribute.DECRYPT: True}
        known = session.create_object({**values, **uses})
        padded = MESSAGE + bytes([16 - len(MESSAGE) % 16]) * (16 - len(MESSAGE) % 16)
        encryptor = Cipher(algorithms.AES(KEK), modes.CBC(iv)).encryptor()
        assert known.encrypt(MESSAGE, mechanism_param=iv) == encryptor.update(padded) + encryptor.finalize()
        nonce = session.generate_random(96)
        parameter = pkcs11.GCMParams(nonce, b"aad")
        made = known.encrypt(MESSAGE, mechanism=Mechanism.AES_GCM, mechanism_param=parameter)
        assert made == AESGCM(KEK).encrypt(nonce, MESSAGE, b"aad")
        assert known.decrypt(made, mechanism=Mechanism.AES_GCM, mechanism_param=parameter) == MESSAGE


def decrypt_rsa() -> None:
    with opened() as session:
        public, private = pair(session, "rsa")
        known = serialization.load_der_public_key(encode_rsa_public_key(public))
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        parameter = (Mechanism.SHA_1, MGF.SHA1, None)
        made = known.encrypt(MESSAGE, oaep)
        assert private.decrypt(made, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=parameter) == MESSAGE
        made = public.encrypt(MESSAGE, mechanism=Mechanism.RSA_PKCS)
        assert private.decrypt(made, mechanism=Mechanism.RSA_PKCS) == MESSAGE


def wrap() -> None:
    with opened() as session:
        values = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
        uses = {Attribute.WRAP: True, Attribute.UNWRAP: True}
        wrapping = session.create_object({**values, Attribute.VALUE: KEK, **uses})
        template = {Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False}
        key = session.generate_key(KeyType.AES, 256, template=template)
        made = wrapping.wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP)
        assert keywrap.aes_key_unwrap(KEK, made) == key[Attribute.VALUE]
        how = {"mechanism": Mechanism.AES_KEY_WRAP, "template": template}
        again = wrapping.unwrap_key(ObjectClass.SECRET_KEY, KeyType.AES, made, **how)
        assert again[Attribute.VALUE] == key[Attribute.VALUE]
        _, private = session.generate_keypair(KeyType.RSA, 2048, private_template=template)
        assert private[Attribute.EXTRACTABLE] and not private[Attribute.SENSITIVE]


def agree() -> None:
    with opened() as session:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
        public, private = domain.generate_keypair(capabilities=pkcs11.MechanismFlag.DERIVE)
        peer = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        point = decode_ec_public_key(peer.public_key().public_bytes(*form), encode_ec_point=False)[Attribute.EC_POINT]
        template = {Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False}
        parameter = (KDF.NULL, None, point)
        derived = private.derive_key(KeyType.AES, 256, mechanism_param=parameter, template=template)
        known = serialization.load_der_public_key(encode_ec_public_key(public))
        assert derived[Attribute.VALUE] == peer.exchange(ec.ECDH(), known)


def refuse() -> None:
    """A wrong PIN, a key that is not there, and a value that is not shown."""
    with raises(pkcs11.PinIncorrect):
        opened(pin="wrong-pin")
    with opened() as session:
        with raises(pkcs11.NoSuchKey):
            session.get_key(label="nothing")
        with raises(pkcs11.MultipleObjectsReturned):
            session.get_key(label="rsa")
        with raises(pkcs11.AttributeSensitive):
            session.get_key(object_class=ObjectClass.SECRET_KEY, label="data")[Attribute.VALUE]


@contextmanager
def raises(error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


def rename() -> None:
    with opened(rw=True) as session:
        session.get_key(object_class=ObjectClass.SECRET_KEY, label="data")[Attribute.LABEL] = "renamed"


def delete() -> None:
    with opened(rw=True) as session:
        assert session.get_key(label="renamed")
        for found in list(session.get_objects({Attribute.ID: IDENT})):
            found.destroy()


def nothing_left() -> None:
    with opened() as session:
        assert list(session.get_objects({Attribute.ID: IDENT})) == []


STEPS = (
    generate, find, sign_rsa, sign_digest, sign_ed, sign_in_threads, encrypt, decrypt_rsa, wrap, agree, refuse, rename,
    delete, nothing_left,
)  # fmt: skip

if __name__ == "__main__":
    next(step for step in STEPS if step.__name__ == sys.argv[1])()
