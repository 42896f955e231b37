"""Keys that are derived: vhsm and `openssl kdf`, digests of openssl's where the key is one."""

from __future__ import annotations

from harness import Token
from harness.openssl import digest as openssl_digest
from harness.openssl import openssl

from . import libcrypto
from .bench import SIGN_USES, Bench, same
from .groups import against_openssl
from .numbers import CKK, CKM, CLASS, DERIVE, HASHES, KEY_TYPE, OPENSSL, SECRET_KEY, SHA3, SIZES, VALUE_LEN
from .session import Inline

DIGESTS = (*HASHES, *SHA3)
KEY_DERIVATIONS = {f"{name.replace('SHA_1', 'SHA1')}_KEY_DERIVATION": name for name in ("MD5", *DIGESTS)}
KEY_DERIVATIONS |= {f"{name}_KEY_DERIVATION": name for name in ("SHA512_224", "SHA512_256")}
KEY_DERIVATIONS |= {"BLAKE2B_512_KEY_DERIVE": "BLAKE2B_512"}
SHAKES = {"SHAKE_128_KEY_DERIVATION": ("shake128", 32), "SHAKE_256_KEY_DERIVATION": ("shake256", 64)}
PBKDF2_PRFS = {"SHA_1": 1, "SHA224": 3, "SHA256": 4, "SHA384": 5, "SHA512": 6, "SHA512_224": 7, "SHA512_256": 8}
FEEDBACK = "SP800_108_FEEDBACK_KDF"
ENCRYPT_DATA = {
    f"{cipher}_{mode}_ENCRYPT_DATA": (cipher, mode) for cipher in ("CAMELLIA", "ARIA") for mode in ("ECB", "CBC")
}
MECHANISMS = (
    *KEY_DERIVATIONS, *SHAKES, "HKDF_DERIVE", "PKCS5_PBKD2", "TLS_KDF", "TLS12_KDF", "TLS12_MASTER_KEY_DERIVE",
    "TLS12_EXTENDED_MASTER_KEY_DERIVE", "TLS_MASTER_KEY_DERIVE", "TLS12_MAC", *ENCRYPT_DATA,
    "SP800_108_COUNTER_KDF", FEEDBACK, "CONCATENATE_BASE_AND_DATA", "CONCATENATE_DATA_AND_BASE", "XOR_BASE_AND_DATA",
)  # fmt: skip


def openssl_kdf(name: str, length: int, **options: bytes | str) -> bytes:
    """Options of bytes are given in hexadecimal."""
    words = []
    for option, value in options.items():
        text = f"hex{option}:{value.hex()}" if isinstance(value, bytes) else f"{option.replace('_', '-')}:{value}"
        words += ["-kdfopt", text]
    return openssl("kdf", "-keylen", str(length), *words, "-binary", name)


def base_key(bench: Bench, value: bytes, kind: str = "GENERIC_SECRET") -> int:
    return bench.vhsm.secret(kind, value, {DERIVE: True})


@against_openssl
def digested_keys(bench: Bench, token: Token) -> None:
    """Keys that are digests of keys, or a key and data: the same as openssl's digests."""
    inputs = bench.inputs
    for mechanism, digest in KEY_DERIVATIONS.items():
        with bench.check(mechanism):
            for length in inputs.lengths(least=1):
                value, size = inputs.randbytes(length), inputs.randint(1, SIZES[digest])
                wanted = openssl_digest(OPENSSL[digest], value)[:size]
                same(bench.vhsm.derive(mechanism, None, base_key(bench, value), size), wanted, key=value)
    for mechanism, (name, most) in SHAKES.items():
        with bench.check(mechanism):
            for length in inputs.lengths(least=1):
                value, size = inputs.randbytes(length), inputs.randint(1, most)
                wanted = openssl("dgst", f"-{name}", "-xoflen", str(size), "-binary", stdin=value)
                same(bench.vhsm.derive(mechanism, None, base_key(bench, value), size), wanted, key=value)
    for length in inputs.lengths(least=1):
        value, data = inputs.randbytes(length), inputs.randbytes(length)
        xored = bytes(a ^ b for a, b in zip(value, data))
        made = {"BASE_AND_DATA": value + data, "DATA_AND_BASE": data + value}
        answers = {**{f"CONCATENATE_{name}": whole for name, whole in made.items()}, "XOR_BASE_AND_DATA": xored}
        for mechanism, wanted in answers.items():
            with bench.check(f"{mechanism}, {'short' if length == 1 else 'longer' if length < 60 else 'long'}"):
                parameter = [data, len(data)]
                got = bench.vhsm.derive(mechanism, parameter, base_key(bench, value), len(wanted))
                same(got, wanted, key=value, data=data)


@against_openssl
def hkdf(bench: Bench, token: Token) -> None:
    """HKDF with every hash, both steps and each alone: the same as openssl's."""
    inputs = bench.inputs
    steps = {"EXTRACT_AND_EXPAND": (1, 1), "EXTRACT_ONLY": (1, 0), "EXPAND_ONLY": (0, 1)}
    for digest in DIGESTS:
        for mode, (extract, expand) in steps.items():
            with bench.check(f"HKDF_DERIVE, {digest}, {mode.lower().replace('_', ' ')}"):
                size = SIZES[digest]
                value = inputs.randbytes(size if not extract else inputs.randint(1, 100))
                salt, info = inputs.randbytes(inputs.randint(1, 80)), inputs.randbytes(inputs.randint(1, 80))
                length = inputs.randint(1, 255 * size // 8) if expand else size
                wanted = openssl_kdf(
                    "HKDF", length, digest=OPENSSL[digest], mode=mode, key=value, salt=salt, info=info
                )
                # Two booleans at the start, filled up to the next CK_ULONG.
                salt_given = [2, salt, len(salt)] if extract else [1, None, 0]
                start = Inline(bytes([extract, expand, 0, 0, 0, 0, 0, 0]))
                parameter = [start, CKM[digest], *salt_given, 0, info, len(info)]
                got = bench.vhsm.derive("HKDF_DERIVE", parameter, base_key(bench, value, "HKDF"), length)
                same(got, wanted, key=value, salt=salt, info=info, length=length)


@against_openssl
def passwords(bench: Bench, token: Token) -> None:
    """PBKDF2 with every hash that it has: the same as openssl's."""
    inputs = bench.inputs
    for digest, prf in PBKDF2_PRFS.items():
        with bench.check(f"PKCS5_PBKD2, {digest}"):
            for _ in range(2):
                password, salt = inputs.randbytes(inputs.randint(1, 90)), inputs.randbytes(inputs.randint(16, 90))
                rounds, length = inputs.randint(1000, 2000), inputs.randint(14, 150)
                wanted = openssl_kdf(
                    "PBKDF2", length, digest=OPENSSL[digest], **{"pass": password}, salt=salt, iter=str(rounds)
                )
                parameter = [1, salt, len(salt), rounds, prf, None, 0, password, len(password)]
                template = {CLASS: SECRET_KEY, KEY_TYPE: CKK["GENERIC_SECRET"], VALUE_LEN: length}
                got = bench.vhsm.generate("PKCS5_PBKD2", template, parameter)
                same(got, wanted, password=password, salt=salt, rounds=rounds)


@against_openssl
def tls(bench: Bench, token: Token) -> None:
    """The PRF of TLS 1.2, with a label and as the master secret's: the same as openssl's."""
    inputs = bench.inputs
    for digest in ("SHA256", "SHA384", "SHA512"):
        for mechanism in ("TLS_KDF", "TLS12_KDF"):
            with bench.check(f"{mechanism}, {digest}"):
                value, label = inputs.randbytes(inputs.randint(1, 100)), b"label " + inputs.randbytes(20).hex().encode()
                client, server, context = (inputs.randbytes(n) for n in (32, 32, inputs.randint(1, 50)))
                length = inputs.randint(1, 200)
                # The context of RFC 5705 follows its length.
                seed = label + client + server + len(context).to_bytes(2, "big") + context
                wanted = openssl_kdf("TLS1-PRF", length, digest=OPENSSL[digest], secret=value, seed=seed)
                randoms = [client, len(client), server, len(server)]
                parameter = [CKM[digest], label, len(label), *randoms, context, len(context)]
                got = bench.vhsm.derive(mechanism, parameter, base_key(bench, value), length)
                same(got, wanted, key=value, seed=seed)
        with bench.check(f"TLS12_MASTER_KEY_DERIVE, {digest}"):
            value, client, server = b"\3\3" + inputs.randbytes(46), inputs.randbytes(32), inputs.randbytes(32)
            seed = b"master secret" + client + server
            wanted = openssl_kdf("TLS1-PRF", 48, digest=OPENSSL[digest], secret=value, seed=seed)
            parameter = [client, 32, server, 32, bytes(2), CKM[digest]]
            got = bench.vhsm.derive("TLS12_MASTER_KEY_DERIVE", parameter, base_key(bench, value), 48)
            same(got, wanted, key=value, seed=seed)


@against_openssl
def tls_secrets(bench: Bench, token: Token) -> None:
    """The master secret of TLS 1.0, the extended one of TLS 1.2, and what ends its handshake: as openssl's PRF."""
    inputs = bench.inputs
    value, client, server = b"\3\3" + inputs.randbytes(46), inputs.randbytes(32), inputs.randbytes(32)
    with bench.check("TLS_MASTER_KEY_DERIVE"):
        seed = b"master secret" + client + server
        wanted = openssl_kdf("TLS1-PRF", 48, digest="md5-sha1", secret=value, seed=seed)
        parameter = [client, 32, server, 32, bytes(2)]
        same(bench.vhsm.derive("TLS_MASTER_KEY_DERIVE", parameter, base_key(bench, value), 48), wanted, key=value)
    for digest in ("SHA256", "SHA384"):
        hashed = inputs.randbytes(SIZES[digest])
        with bench.check(f"TLS12_EXTENDED_MASTER_KEY_DERIVE, {digest}"):
            seed = b"extended master secret" + hashed
            wanted = openssl_kdf("TLS1-PRF", 48, digest=OPENSSL[digest], secret=value, seed=seed)
            parameter = [CKM[digest], hashed, len(hashed), bytes(2)]
            got = bench.vhsm.derive("TLS12_EXTENDED_MASTER_KEY_DERIVE", parameter, base_key(bench, value), 48)
            same(got, wanted, key=value, seed=seed)
        for number, label in ((1, b"server finished"), (2, b"client finished")):
            with bench.check(f"TLS12_MAC, {digest}, {label.decode()}"):
                wanted = openssl_kdf("TLS1-PRF", 12, digest=OPENSSL[digest], secret=value, seed=label + hashed)
                key = bench.vhsm.secret("GENERIC_SECRET", value, SIGN_USES)
                same(bench.vhsm.sign("TLS12_MAC", [CKM[digest], 12, number], key, hashed), wanted, key=value)


@against_openssl
def encrypt_data(bench: Bench, token: Token) -> None:
    """Keys derived by encrypting data with Camellia and ARIA: as openssl encrypts them."""
    inputs = bench.inputs
    for mechanism, (cipher, mode) in ENCRYPT_DATA.items():
        for size in (16, 24, 32):
            with bench.check(f"{mechanism}, key of {size} bytes"):
                value, data = inputs.randbytes(size), inputs.randbytes(16 * inputs.randint(1, 5))
                iv = inputs.randbytes(16) if mode == "CBC" else b""
                wanted = libcrypto.cipher(f"{cipher}-{8 * size}-{mode}", True, value, iv or None, data)
                parameter = [*([Inline(iv)] if iv else []), data, len(data)]
                length = inputs.randint(1, len(data))
                got = bench.vhsm.derive(mechanism, parameter, base_key(bench, value, cipher), length)
                same(got, wanted[:length], key=value, data=data)


@against_openssl
def counters(bench: Bench, token: Token) -> None:
    """SP 800-108 in counter and feedback mode, with HMAC and CMAC: the same as openssl's."""
    inputs = bench.inputs
    prfs = [(CKM[f"{name}_HMAC"], SIZES[name], {"mac": "HMAC", "digest": OPENSSL[name]}) for name in DIGESTS]
    prfs += [(CKM["AES_CMAC"], 16, {"mac": "CMAC", "cipher": f"aes-{8 * size}-cbc"}) for size in (16, 24, 32)]
    for prf, block, names in prfs:
        size = int(names["cipher"][4:7]) // 8 if "cipher" in names else inputs.randint(1, 100)
        kind = "AES" if "cipher" in names else "GENERIC_SECRET"
        for mode in ("COUNTER", "FEEDBACK"):
            with bench.check(f"SP800_108_{mode}_KDF, {' '.join(names.values())}"):
                value, length = inputs.randbytes(size), inputs.randint(1, 200)
                label, context = (inputs.randbytes(inputs.randint(1, 60)) for _ in range(2))
                seed = {"seed": inputs.randbytes(block)} if mode == "FEEDBACK" else {}
                wanted = openssl_kdf("KBKDF", length, mode=mode, key=value, salt=label, info=context, **names, **seed)
                counter = [Inline(bytes(8)), 32]  # big-endian, 32 bits
                fixed = [4, label + b"\0" + context, len(label) + 1 + len(context)]
                output_bits = [3, [1, Inline(bytes(8)), 32], 24]
                if mode == "COUNTER":
                    rows, iv = [1, counter, 16, *fixed, *output_bits], []
                else:
                    rows, iv = [1, None, 0, 2, counter, 16, *fixed, *output_bits], [len(seed["seed"]), seed["seed"]]
                parameter = [prf, len(rows) // 3, rows, *iv, 0, None]
                got = bench.vhsm.derive(f"SP800_108_{mode}_KDF", parameter, base_key(bench, value, kind), length)
                same(got, wanted, key=value, label=label, context=context)
