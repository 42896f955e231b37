"""Signatures, encryption and key agreement that SoftHSM lacks, with keys of openssl's and of vhsm's."""

from __future__ import annotations

from pathlib import Path

from harness import Token, openssl
from harness.openssl import openssl as program

from . import der, keypairs
from .bench import Bench, same
from .groups import against_openssl
from .keypairs import CURVES, EDWARDS, MONTGOMERY, RSA_PRIVATE, RSA_PUBLIC, Pair
from .numbers import (
    BASE, CKM, EC_PARAMS, EC_POINT, HASHES, MGF, OPENSSL, PRIME, SHA3, SIZES, SUBPRIME, VALUE, signing,
)  # fmt: skip
from .session import Parameter

ECDSA = tuple(f"ECDSA_{digest.replace('SHA_1', 'SHA1')}" for digest in (*HASHES, *SHA3))
KDFS = dict(zip(HASHES, (2, 5, 6, 7, 8))) | dict(zip(SHA3, (0xA, 0xB, 0xC, 0xD)))
MECHANISMS = (
    "RIPEMD160_RSA_PKCS", *(signing(digest, f"RSA_PKCS{end}") for digest in SHA3 for end in ("", "_PSS")), *ECDSA,
    *(f"DSA_{digest}" for digest in SHA3), "ECDH1_COFACTOR_DERIVE",
)  # fmt: skip


def rsa_of_openssl(path: Path) -> Pair:
    openssl.make_key(path, "RSA:2048")
    _, modulus, public, *rest = der.numbers(der.algorithm_and_key(path)[1])
    values = dict(zip(RSA_PRIVATE, (modulus, public, *rest)))
    return Pair("RSA", {name: values[name] for name in RSA_PUBLIC}, values)


def curve_of_openssl(path: Path, kind: str) -> Pair:
    """A pair on a curve of any kind, as PKCS#11 has its values."""
    if kind in CURVES:
        openssl.make_key(path, kind)
        parameters = bytes.fromhex(CURVES[kind][0])
        secret = der.items(der.first(der.algorithm_and_key(path)[1])[0])[1]
        point = der.tlv(der.OCTETS, der.algorithm_and_public_key(path)[1])
        return Pair("EC", *values_of(parameters, point, secret))
    program("genpkey", "-algorithm", kind, "-out", path)
    parameters = bytes.fromhex((EDWARDS | MONTGOMERY)[kind][0])
    secret, point = der.first(der.algorithm_and_key(path)[1])[0], der.algorithm_and_public_key(path)[1]
    return Pair("EC_EDWARDS" if kind in EDWARDS else "EC_MONTGOMERY", *values_of(parameters, point, secret))


def values_of(parameters: bytes, point: bytes, secret: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    return {EC_PARAMS: parameters, EC_POINT: point}, {EC_PARAMS: parameters, VALUE: secret}


def agrees(
    bench: Bench, mechanism: str, parameter: Parameter, pair: Pair, data: bytes, private: Path, digest: str,
    options: tuple[str, ...] = (), half: int = 0,
) -> None:  # fmt: skip
    """openssl verifies what vhsm signs, and vhsm what openssl signs; `half` is of signatures of two numbers."""
    public, secret = pair.of(bench.vhsm)
    signature = bench.vhsm.sign(mechanism, parameter, secret, data)
    shaped = der.signature(signature) if half else signature
    openssl.verify_digest(private.with_suffix(".pub"), digest, shaped, data, *options)
    theirs = openssl.sign_digest(private, digest, data, *options)
    theirs = der.raw_signature(theirs, half) if half else theirs
    bench.vhsm.verify(mechanism, parameter, public, data, theirs)
    bench.vhsm.refuses(mechanism, parameter, public, data, theirs)


@against_openssl
def rsa(bench: Bench, token: Token) -> None:
    """RSA with SHA-3 and RIPEMD-160, and OAEP with every hash and a label: both ways with openssl."""
    private = token.path("rsa.pem")
    pair = rsa_of_openssl(private)
    public = openssl.public_key(private)
    for digest in ("RIPEMD160", *SHA3):
        with bench.check(f"{digest}_RSA_PKCS"):
            for length in bench.inputs.lengths():
                data = bench.inputs.randbytes(length)
                agrees(bench, f"{digest}_RSA_PKCS", None, pair, data, private, OPENSSL[digest])
    for digest in SHA3:
        with bench.check(f"{digest}_RSA_PKCS_PSS"):
            for length in bench.inputs.lengths():
                data, salt = bench.inputs.randbytes(length), bench.inputs.randint(0, 150)
                options = ("rsa_padding_mode:pss", f"rsa_pss_saltlen:{salt}", f"rsa_mgf1_md:{OPENSSL[digest]}")
                pss = [CKM[digest], MGF[digest], salt]
                agrees(bench, f"{digest}_RSA_PKCS_PSS", pss, pair, data, private, OPENSSL[digest], options)
    for digest in (*HASHES, *SHA3):
        for mgf in ("SHA_1", digest):
            with bench.check(f"RSA_PKCS_OAEP, {digest}, MGF1 with {mgf}"):
                label = bench.inputs.randbytes(bench.inputs.randint(1, 40))
                data = bench.inputs.randbytes(bench.inputs.randint(1, 256 - 2 * SIZES[digest] - 2))
                parameter = [CKM[digest], MGF[mgf], 1, label, len(label)]
                options = (
                    "rsa_padding_mode:oaep", f"rsa_oaep_md:{OPENSSL[digest]}", f"rsa_mgf1_md:{OPENSSL[mgf]}",
                    f"rsa_oaep_label:{label.hex()}",
                )  # fmt: skip
                handles = pair.of(bench.vhsm)
                sent = bench.vhsm.encrypt("RSA_PKCS_OAEP", parameter, handles[0], data)
                same(openssl.decrypt(private, sent, *options), data, ciphertext=sent)
                sent = openssl.encrypt(public, data, *options)
                same(bench.vhsm.decrypt("RSA_PKCS_OAEP", parameter, handles[1], sent), data, ciphertext=sent)


@against_openssl
def ecdsa(bench: Bench, token: Token) -> None:
    """ECDSA with the hash in the token, on every curve: both ways with openssl."""
    for curve, (_, size) in CURVES.items():
        private = token.path(f"{curve}.pem")
        pair = curve_of_openssl(private, curve)
        openssl.public_key(private)
        for mechanism, digest in zip(ECDSA, (*HASHES, *SHA3)):
            with bench.check(f"{mechanism}, {curve}"):
                data = bench.inputs.randbytes(bench.inputs.randint(0, 300))
                agrees(bench, mechanism, None, pair, data, private, OPENSSL[digest], half=size)


@against_openssl
def eddsa(bench: Bench, token: Token) -> None:
    """Ed25519 and Ed448 by keys of openssl's: the same signatures."""
    for curve in EDWARDS:
        private = token.path(f"{curve}.pem")
        pair = curve_of_openssl(private, curve)
        public = openssl.public_key(private)
        with bench.check(f"EDDSA, {curve}"):
            for length in bench.inputs.lengths(least=1):
                data = bench.inputs.randbytes(length)
                verifier, signer = pair.of(bench.vhsm)
                # Ed448 wants its parameter: no prehash, no context.
                parameter = [0, 0, None] if curve == "ED448" else None
                signature = bench.vhsm.sign("EDDSA", parameter, signer, data)
                same(signature, openssl.sign_message(private, data), data=data)
                openssl.verify_message(public, signature, data)
                bench.vhsm.verify("EDDSA", parameter, verifier, data, signature)
                bench.vhsm.refuses("EDDSA", parameter, verifier, data, signature)


@against_openssl
def agreement(bench: Bench, token: Token) -> None:
    """ECDH, X25519 and X448, also with the KDF of X9.63: the same secrets as openssl's."""
    for curve in (*CURVES, *MONTGOMERY):
        size = (CURVES | MONTGOMERY)[curve][1]
        ours, theirs = token.path(f"{curve}.pem"), token.path(f"{curve}-peer.pem")
        pair, peer = curve_of_openssl(ours, curve), curve_of_openssl(theirs, curve)
        point = peer.public[EC_POINT]
        point = der.first(point)[0] if curve in CURVES else point
        wanted = openssl.agree(ours, openssl.public_key(theirs))
        secret = bench.vhsm.private(pair.kind, pair.private, keypairs.USES[pair.kind][1])
        for mechanism in ("ECDH1_DERIVE", "ECDH1_COFACTOR_DERIVE") if curve in CURVES else ("ECDH1_DERIVE",):
            with bench.check(f"{mechanism}, {curve}"):
                got = bench.vhsm.derive(mechanism, [1, 0, None, len(point), point], secret, size)
                same(got, wanted, point=point)
        for digest, number in KDFS.items():
            with bench.check(f"ECDH1_DERIVE, {curve}, KDF with {digest}"):
                shared, length = bench.inputs.randbytes(bench.inputs.randint(1, 60)), bench.inputs.randint(1, 150)
                options = [f"digest:{OPENSSL[digest]}", f"hexsecret:{wanted.hex()}", f"hexinfo:{shared.hex()}"]
                words = [word for option in options for word in ("-kdfopt", option)]
                key = program("kdf", "-keylen", str(length), *words, "-binary", "X963KDF")
                parameter = [number, len(shared), shared, len(point), point]
                same(bench.vhsm.derive("ECDH1_DERIVE", parameter, secret, length), key, point=point, shared=shared)


@against_openssl
def dsa(bench: Bench, token: Token) -> None:
    """DSA with SHA-3: both ways with openssl, by a key of vhsm's."""
    domain = der.domain_parameters("DSA", "dsa_paramgen_bits:2048", "dsa_paramgen_q_bits:256")
    pair = keypairs.dsa(bench.vhsm, domain)
    algorithm = der.DSA + der.sequence(*(der.integer(pair.private[name]) for name in (PRIME, SUBPRIME, BASE)))
    private = token.write("dsa.der", der.private_key(algorithm, der.integer(pair.private[VALUE])))
    pem = token.path("dsa.pem")
    program("pkey", "-inform", "DER", "-in", private, "-out", pem)
    openssl.public_key(pem)
    for digest in SHA3:
        with bench.check(f"DSA_{digest}"):
            for length in bench.inputs.lengths():
                data = bench.inputs.randbytes(length)
                agrees(bench, f"DSA_{digest}", None, pair, data, pem, OPENSSL[digest], half=32)
