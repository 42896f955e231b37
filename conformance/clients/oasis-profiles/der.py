"""As much DER as RSA keys and certificates need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    tag: int
    content: bytes
    whole: bytes  # with tag and length


def items(der: bytes) -> list[Item]:
    """The values that stand one after another."""
    found = []
    while der:
        size, start = der[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(der[2:start], "big")
        found.append(Item(der[0], der[start : start + size], der[: start + size]))
        der = der[start + size :]
    return found


def rsa_numbers(der: bytes) -> list[bytes]:
    """Of RSAPrivateKey [RFC 8017, A.1.2], after its version: n, e, d, p, q, dP, dQ, qInv; of RSAPublicKey: n, e."""
    numbers = [item.content.lstrip(b"\0") for item in items(items(der)[0].content)]
    return numbers[1:] if len(numbers) > 2 else numbers


@dataclass(frozen=True)
class Certificate:
    """What CKO_CERTIFICATE wants of an X.509 certificate, in DER."""

    serial: bytes
    issuer: bytes
    subject: bytes
    key: list[bytes]  # modulus and public exponent

    @classmethod
    def of(cls, der: bytes) -> Certificate:
        _, serial, _, issuer, _, subject, key = items(items(items(der)[0].content)[0].content)[:7]
        bits = items(key.content)[1].content
        return cls(serial.whole, issuer.whole, subject.whole, rsa_numbers(bits[1:]))
