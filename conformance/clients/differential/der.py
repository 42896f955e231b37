"""As much DER as keys need: PKCS#8, SubjectPublicKeyInfo, domain parameters and signatures."""

from __future__ import annotations

import re
from pathlib import Path

from harness.openssl import openssl

INTEGER, BITS, OCTETS, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
RSA = bytes.fromhex("06092a864886f70d0101010500")
EC, DSA, DH = (bytes.fromhex(text) for text in ("06072a8648ce3d0201", "06072a8648ce380401", "06092a864886f70d010301"))


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: bytes | int) -> bytes:
    """A positive number; the bytes are big-endian."""
    number = value if isinstance(value, int) else int.from_bytes(value, "big")
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*contents: bytes) -> bytes:
    return tlv(SEQUENCE, *contents)


def first(der: bytes) -> tuple[bytes, bytes]:
    """The content of the first value, and what follows it."""
    size, start = der[1], 2
    if size & 0x80:
        start = 2 + (size & 0x7F)
        size = int.from_bytes(der[2:start], "big")
    return der[start : start + size], der[start + size :]


def items(der: bytes) -> list[bytes]:
    """The contents of the values that stand one after another."""
    found = []
    while der:
        content, der = first(der)
        found.append(content)
    return found


def numbers(der: bytes) -> list[bytes]:
    """The numbers of a sequence, big-endian without leading zeros; other values are left out."""
    content, found = first(der)[0], []
    while content:
        tag, (value, content) = content[0], first(content)
        if tag == INTEGER:
            found.append(value.lstrip(b"\0"))
    return found


def public_key(algorithm: bytes, key: bytes) -> bytes:
    """SubjectPublicKeyInfo; `algorithm` is what stands in its first sequence."""
    return sequence(sequence(algorithm), tlv(BITS, b"\0", key))


def private_key(algorithm: bytes, key: bytes) -> bytes:
    """PKCS#8."""
    return sequence(integer(0), sequence(algorithm), tlv(OCTETS, key))


def algorithm_and_key(path: Path) -> tuple[bytes, bytes]:
    """The same two of a private key that openssl has made."""
    der = openssl("pkcs8", "-topk8", "-nocrypt", "-in", path, "-outform", "DER")
    _, algorithm, key = items(first(der)[0])[:3]
    return algorithm, key


def algorithm_and_public_key(path: Path) -> tuple[bytes, bytes]:
    der = openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    algorithm, bits = items(first(der)[0])
    return algorithm, bits[1:]


def domain_parameters(kind: str, *options: str) -> list[bytes]:
    """The numbers of new domain parameters: prime, subprime and base (DSA), prime and base (DH)."""
    words = [word for option in options for word in ("-pkeyopt", option)]
    text = openssl("genpkey", "-genparam", "-algorithm", kind, *words)
    body = re.sub(rb"-----[^-]+-----", b"", text)
    return numbers(openssl("base64", "-d", stdin=body.strip() + b"\n"))


def signature(raw: bytes) -> bytes:
    """A signature of two numbers as openssl has it, from PKCS#11's form."""
    half = len(raw) // 2
    return sequence(integer(raw[:half]), integer(raw[half:]))


def raw_signature(der: bytes, half: int) -> bytes:
    return b"".join(number.rjust(half, b"\0") for number in numbers(der))
