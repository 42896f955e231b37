"""Keys wrapped by public keys, pairs that vhsm generates, and agreement with X9.42 keys."""

from __future__ import annotations

from pathlib import Path

from harness import Token, openssl
from harness.openssl import openssl as program

from . import der, libcrypto
from .asymmetric_openssl import curve_of_openssl, rsa_of_openssl
from .bench import SIGN_USES, Bench, same
from .derivation import openssl_kdf
from .groups import against_openssl
from .keypairs import CURVES, EDWARDS, MONTGOMERY, Pair, generated
from .numbers import (
    BASE, CKK, CKM, CLASS, DERIVE, EC_PARAMS, EC_POINT, HASHES, KEY_TYPE, MGF, OPENSSL, PRIME, SECRET_KEY, SUBPRIME,
    UNWRAP, VALUE, WRAP,
)  # fmt: skip

SHA256_KDF = 6
WRAPPED = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"]}
MECHANISMS = (
    "RSA_AES_KEY_WRAP", "ECDH_AES_KEY_WRAP", "EC_MONTGOMERY_KEY_PAIR_GEN", "EC_KEY_PAIR_GEN_W_EXTRA_BITS",
    "X9_42_DH_KEY_PAIR_GEN", "X9_42_DH_DERIVE",
)  # fmt: skip


def wrapping_keys(bench: Bench, pair: Pair) -> tuple[int, int]:
    public = bench.vhsm.public(pair.kind, pair.public, {WRAP: True})
    return public, bench.vhsm.private(pair.kind, pair.private, {UNWRAP: True})


@against_openssl
def rsa(bench: Bench, token: Token) -> None:
    """RSA_AES_KEY_WRAP: openssl's OAEP and KWP open what vhsm wraps, and wrap what vhsm opens."""
    private = token.path("rsa.pem")
    handles = wrapping_keys(bench, rsa_of_openssl(private))
    public = openssl.public_key(private)
    for digest in HASHES:
        for size in (16, 24, 32):
            with bench.check(f"RSA_AES_KEY_WRAP, {digest}, AES key of {size} bytes"):
                value, key = bench.inputs.randbytes(bench.inputs.randint(9, 90)), bench.inputs.randbytes(size)
                oaep = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{OPENSSL[digest]}", f"rsa_mgf1_md:{OPENSSL[digest]}")
                parameter = [8 * size, [CKM[digest], MGF[digest], 1, None, 0]]
                name = f"AES-{8 * size}-WRAP-PAD"
                target = bench.vhsm.secret("GENERIC_SECRET", value, SIGN_USES)
                wrapped = bench.vhsm.wrap("RSA_AES_KEY_WRAP", parameter, handles[0], target)
                opened = openssl.decrypt(private, wrapped[:256], *oaep)
                same(libcrypto.cipher(name, False, opened, None, wrapped[256:]), value, wrapped=wrapped)
                sent = openssl.encrypt(public, key, *oaep) + libcrypto.cipher(name, True, key, None, value)
                got = bench.vhsm.unwrap("RSA_AES_KEY_WRAP", parameter, handles[1], sent, WRAPPED)
                same(bench.vhsm.value(got), value, wrapped=sent)


@against_openssl
def ecdh(bench: Bench, token: Token) -> None:
    """ECDH_AES_KEY_WRAP: openssl's ECDH, X9.63 KDF and KWP, both ways."""
    for curve in CURVES:
        ours, ephemeral = token.path(f"{curve}.pem"), token.path(f"{curve}-ephemeral.pem")
        handles = wrapping_keys(bench, curve_of_openssl(ours, curve))
        point = der.first(curve_of_openssl(ephemeral, curve).public[EC_POINT])[0]
        for size in (16, 24, 32):
            with bench.check(f"ECDH_AES_KEY_WRAP, {curve}, AES key of {size} bytes"):
                value, shared = (bench.inputs.randbytes(bench.inputs.randint(9, 90)) for _ in range(2))
                parameter, name = [8 * size, SHA256_KDF, len(shared), shared], f"AES-{8 * size}-WRAP-PAD"
                key = kdf(openssl.agree(ephemeral, openssl.public_key(ours)), shared, size)
                sent = point + libcrypto.cipher(name, True, key, None, value)
                got = bench.vhsm.unwrap("ECDH_AES_KEY_WRAP", parameter, handles[1], sent, WRAPPED)
                same(bench.vhsm.value(got), value, wrapped=sent)
                target = bench.vhsm.secret("GENERIC_SECRET", value, SIGN_USES)
                wrapped = bench.vhsm.wrap("ECDH_AES_KEY_WRAP", parameter, handles[0], target)
                start = public_of(token, curve, wrapped[: len(point)])
                key = kdf(openssl.agree(ours, start), shared, size)
                same(libcrypto.cipher(name, False, key, None, wrapped[len(point) :]), value, wrapped=wrapped)


def kdf(secret: bytes, shared: bytes, length: int) -> bytes:
    return openssl_kdf("X963KDF", length, digest="sha256", secret=secret, info=shared)


def public_of(token: Token, curve: str, point: bytes) -> Path:
    """A public key's file, of its point."""
    path = token.path("ephemeral.pub")
    info = der.public_key(der.EC + bytes.fromhex(CURVES[curve][0]), point)
    program("pkey", "-pubin", "-inform", "DER", "-out", path, stdin=info)
    return path


@against_openssl
def generated_pairs(bench: Bench, token: Token) -> None:
    """Pairs that vhsm generates: openssl finds the same public key for the private one."""
    kinds = {curve: ("EC_KEY_PAIR_GEN_W_EXTRA_BITS", "EC") for curve in CURVES}
    kinds |= {curve: ("EC_MONTGOMERY_KEY_PAIR_GEN", "EC_MONTGOMERY") for curve in MONTGOMERY}
    kinds |= {curve: ("EC_EDWARDS_KEY_PAIR_GEN", "EC_EDWARDS") for curve in EDWARDS}
    for curve, (mechanism, kind) in kinds.items():
        with bench.check(f"{mechanism}, {curve}"):
            parameters = bytes.fromhex((CURVES | MONTGOMERY | EDWARDS)[curve][0])
            pair = generated(bench.vhsm, mechanism, kind, {EC_PARAMS: parameters}, (EC_POINT,), (VALUE,))
            secret, point = der.tlv(der.OCTETS, pair.private[VALUE]), pair.public[EC_POINT]
            if kind == "EC":
                info = der.private_key(der.EC + parameters, der.sequence(der.integer(1), secret))
                point = der.first(point)[0]
            else:
                info = der.private_key(parameters, secret)
            path = token.path(f"{curve}.pem")
            program("pkey", "-inform", "DER", "-out", path, stdin=info)
            same(point, der.algorithm_and_public_key(path)[1], private=pair.private[VALUE])


@against_openssl
def x9_42(bench: Bench, token: Token) -> None:
    """X9.42 Diffie-Hellman with parameters of openssl's: the secret is the power that Python computes."""
    names = (PRIME, SUBPRIME, BASE)
    domain = dict(zip(names, der.domain_parameters("DSA", "dsa_paramgen_bits:2048", "dsa_paramgen_q_bits:256")))
    uses = {DERIVE: True}
    handles = [bench.vhsm.pair("X9_42_DH_KEY_PAIR_GEN", domain, uses) for _ in range(2)]
    for number, (ours, theirs) in enumerate((handles, handles[::-1]), 1):
        with bench.check(f"X9_42_DH_DERIVE, way {number}"):
            private, public = ours[1], theirs[0]
            peer, secret = bench.vhsm.value(public), bench.vhsm.value(private)
            numbers = (int.from_bytes(number, "big") for number in (peer, secret, domain[PRIME]))
            wanted = pow(*numbers).to_bytes(len(domain[PRIME]), "big")
            parameter = [1, 0, None, len(peer), peer]
            same(bench.vhsm.derive("X9_42_DH_DERIVE", parameter, private, len(wanted)), wanted, peer=peer)
