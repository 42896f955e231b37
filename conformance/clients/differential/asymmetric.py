"""Key pairs that one of vhsm and SoftHSM makes, used in both."""

from __future__ import annotations

import hashlib

from harness import Token

from . import der, keypairs
from .bench import WRAP_USES, Bench, Module, Refusal, same
from .groups import against_softhsm
from .keypairs import CURVES, RSA_PRIVATE, Pair
from .numbers import (
    CKK, CKM, CLASS, EC_POINT, HASHES, KEY_TYPE, MGF, MODULUS, PRIVATE_KEY, SECRET_KEY, SIZES, VALUE, signing,
)  # fmt: skip
from .session import Parameter

NULL_KDF = 1
RSA_SIZES = (1024, 2048)
RSA_HASHED = tuple(signing(digest, "RSA_PKCS") for digest in ("MD5", *HASHES))
RSA_PSS = {signing(digest, "RSA_PKCS_PSS"): digest for digest in HASHES}
DSA_HASHED = ("DSA_SHA1", *(f"DSA_{digest}" for digest in HASHES[1:]))
MECHANISMS = (
    "RSA_PKCS_KEY_PAIR_GEN", "RSA_PKCS", "RSA_X_509", "RSA_PKCS_OAEP", "RSA_PKCS_PSS", *RSA_HASHED, *RSA_PSS,
    "EC_KEY_PAIR_GEN", "ECDSA", "ECDH1_DERIVE", "EC_EDWARDS_KEY_PAIR_GEN", "EDDSA", "DSA_PARAMETER_GEN",
    "DSA_KEY_PAIR_GEN", "DSA", *DSA_HASHED, "DH_PKCS_PARAMETER_GEN", "DH_PKCS_KEY_PAIR_GEN", "DH_PKCS_DERIVE",
)  # fmt: skip


def signatures(
    bench: Bench, first: Module, second: Module, mechanism: str, parameter: Parameter, pair: Pair, sizes: list[int]
) -> None:
    """The second verifies what the first has signed, and refuses it when it is changed."""
    for size in sizes:
        data = bench.inputs.randbytes(size)
        signature = first.sign(mechanism, parameter, pair.of(first)[1], data)
        second.verify(mechanism, parameter, pair.of(second)[0], data, signature)
        second.refuses(mechanism, parameter, pair.of(second)[0], data, signature)


@against_softhsm
def rsa_signatures(bench: Bench, token: Token) -> None:
    """RSA signatures by keys of either: the other verifies them, and refuses changed ones."""
    for maker, _, _ in list(bench.ways()):
        for bits in RSA_SIZES:
            made = keypairs.rsa(maker, bits)
            for first, second, way in bench.ways():
                tail = f"{bits} bits, a key of {maker.name}: {way}"
                with bench.check(f"RSA_PKCS, {tail}"):
                    sizes = [1, bench.inputs.randint(2, bits // 8 - 12), bits // 8 - 11]
                    signatures(bench, first, second, "RSA_PKCS", None, made, sizes)
                with bench.check(f"RSA_X_509, {tail}"):
                    block = b"\0" + bench.inputs.randbytes(bits // 8 - 1)
                    signature = first.sign("RSA_X_509", None, made.of(first)[1], block)
                    second.verify("RSA_X_509", None, made.of(second)[0], block, signature)
                for mechanism in RSA_HASHED:
                    with bench.check(f"{mechanism}, {tail}"):
                        signatures(bench, first, second, mechanism, None, made, bench.inputs.lengths())
                for mechanism, digest in RSA_PSS.items():
                    most = bits // 8 - SIZES[digest] - 2
                    with bench.check(f"{mechanism} and RSA_PKCS_PSS, {tail}"):
                        for salt in {0, min(SIZES[digest], most), bench.inputs.randint(0, most)}:
                            pss = [CKM[digest], MGF[digest], salt]
                            signatures(bench, first, second, mechanism, pss, made, bench.inputs.lengths())
                            signatures(bench, first, second, "RSA_PKCS_PSS", pss, made, [SIZES[digest]])


@against_softhsm
def rsa_encryption(bench: Bench, token: Token) -> None:
    """RSA encryption with public keys that moved: the maker of the pair decrypts."""
    oaep = [CKM["SHA_1"], MGF["SHA_1"], 1, None, 0]
    for maker, _, _ in list(bench.ways()):
        for bits in RSA_SIZES:
            made, size = keypairs.rsa(maker, bits), bits // 8
            for first, second, way in bench.ways():
                for mechanism, parameter, room in (("RSA_PKCS", None, size - 11), ("RSA_PKCS_OAEP", oaep, size - 42)):
                    with bench.check(f"{mechanism}, {bits} bits, a key of {maker.name}: {way}"):
                        for length in (1, bench.inputs.randint(2, room - 1), room):
                            data = bench.inputs.randbytes(length)
                            sent = first.encrypt(mechanism, parameter, made.of(first)[0], data)
                            same(second.decrypt(mechanism, parameter, made.of(second)[1], sent), data, ciphertext=sent)
                with bench.check(f"RSA_X_509, {bits} bits, a key of {maker.name}: {way}"):
                    block = b"\0" + bench.inputs.randbytes(size - 1)
                    sent = first.encrypt("RSA_X_509", None, made.of(first)[0], block)
                    same(second.decrypt("RSA_X_509", None, made.of(second)[1], sent), block, ciphertext=sent)


def agreements(bench: Bench, maker: Module, curve: str, draws: int = 4) -> None:
    """Both agree with the same peer on the same secret. With some pairs, one in some hundreds, SoftHSM's derivation
    fails with CKR_GENERAL_ERROR: then others are drawn, a few times."""
    made, peer = keypairs.weierstrass(maker, curve), keypairs.weierstrass(maker, curve)
    point, length = der.first(peer.public[EC_POINT])[0], CURVES[curve][1]
    parameter = [NULL_KDF, 0, None, len(point), point]
    assert bench.other is not None
    ours = bench.vhsm.derive("ECDH1_DERIVE", parameter, made.of(bench.vhsm)[1], length)
    try:
        theirs = bench.other.derive("ECDH1_DERIVE", parameter, made.of(bench.other)[1], length)
    except Refusal as refusal:
        if "C_DeriveKey: 0x5" not in str(refusal) or draws == 1:
            raise
        agreements(bench, maker, curve, draws - 1)
        return
    same(ours, theirs, private=made.private[VALUE], point=peer.public[EC_POINT])


@against_softhsm
def elliptic_curves(bench: Bench, token: Token) -> None:
    """ECDSA, Ed25519 and ECDH with keys of either, used in both."""
    for maker, _, _ in list(bench.ways()):
        for curve in ("prime256v1", "secp384r1", "secp521r1", "secp256k1", "secp224r1"):
            made = keypairs.weierstrass(maker, curve)
            for first, second, way in bench.ways():
                with bench.check(f"ECDSA, {curve}, a key of {maker.name}: {way}"):
                    signatures(bench, first, second, "ECDSA", None, made, [20, 32, CURVES[curve][1]])
            with bench.check(f"ECDH1_DERIVE, {curve}, keys of {maker.name}"):
                agreements(bench, maker, curve)
        edwards = keypairs.edwards(maker, "ED25519")
        for first, second, way in bench.ways():
            with bench.check(f"EDDSA, Ed25519, a key of {maker.name}: {way}"):
                signatures(bench, first, second, "EDDSA", None, edwards, bench.inputs.lengths(least=1))


@against_softhsm
def discrete_logarithms(bench: Bench, token: Token) -> None:
    """DSA and DH with keys of either, used in both; the parameters are openssl's."""
    for bits, order in ((1024, 160), (2048, 256)):
        domain = der.domain_parameters("DSA", f"dsa_paramgen_bits:{bits}", f"dsa_paramgen_q_bits:{order}")
        for maker, _, _ in list(bench.ways()):
            made = keypairs.dsa(maker, domain)
            for first, second, way in bench.ways():
                tail = f"{bits} bits, a key of {maker.name}: {way}"
                with bench.check(f"DSA, {tail}"):
                    signatures(bench, first, second, "DSA", None, made, [order // 8])
                for mechanism in DSA_HASHED:
                    with bench.check(f"{mechanism}, {tail}"):
                        signatures(bench, first, second, mechanism, None, made, bench.inputs.lengths(least=1))
    for group in ("modp_1536", "ffdhe2048", "ffdhe3072"):
        domain = der.domain_parameters("DH", f"group:{group}")
        with bench.check(f"DH_PKCS_DERIVE, {group}"):
            ours, theirs = (keypairs.dh(module, domain) for module in (bench.vhsm, bench.other))
            length = len(domain[0])
            mine = bench.vhsm.derive("DH_PKCS_DERIVE", theirs.public[VALUE], ours.of(bench.vhsm)[1], length)
            other = bench.other.derive("DH_PKCS_DERIVE", ours.public[VALUE], theirs.of(bench.other)[1], length)
            same(mine, other, a=ours.public[VALUE], b=theirs.public[VALUE])
            moved = bench.other.derive("DH_PKCS_DERIVE", theirs.public[VALUE], ours.of(bench.other)[1], length)
            same(moved, mine, private=ours.private[VALUE], public=theirs.public[VALUE])


@against_softhsm
def wrapped_pairs(bench: Bench, token: Token) -> None:
    """Private keys wrapped by one (PKCS#8, AES key wrap with padding) and unwrapped by the other."""
    makers = {
        "RSA": lambda module: keypairs.rsa(module, 1024),
        "EC": lambda module: keypairs.weierstrass(module, "prime256v1"),
    }
    for first, second, way in bench.ways():
        for kind, make in makers.items():
            with bench.check(f"{kind}: {way}"):
                made, key = make(first), bench.inputs.randbytes(32)
                ours, theirs = first.secret("AES", key, WRAP_USES), second.secret("AES", key, WRAP_USES)
                wrapped = first.wrap(first.padded_wrap, None, ours, made.of(first)[1])
                if first.name == "softhsm":
                    wrapped = without_zeros(second, theirs, wrapped)
                template = {CLASS: PRIVATE_KEY, KEY_TYPE: CKK[kind], **keypairs.USES[kind][1]}
                moved = second.unwrap(second.padded_wrap, None, theirs, wrapped, template)
                names = RSA_PRIVATE if kind == "RSA" else (VALUE,)
                got = second.read(moved, names)
                for name in names:
                    same(got[name].lstrip(b"\0"), made.private[name].lstrip(b"\0"), attribute=name)


def without_zeros(module: Module, key: int, wrapped: bytes) -> bytes:
    """SoftHSM fills PKCS#8 with zeros to 8 bytes, and RFC 5649's length counts them; these are taken off."""
    template = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"]}
    filled = module.value(module.unwrap(module.padded_wrap, None, key, wrapped, template))
    info = der.sequence(der.first(filled)[0])
    return module.wrap(module.padded_wrap, None, key, module.secret("GENERIC_SECRET", info, {}))
