"""A card verification value with PyKCS11: a key in a key block comes in, makes a value and checks it.

    pip install PyKCS11
    MODULE=target/release/libvhsm.so PIN=... python examples/cvv.py

PIN is the user's, of the first token. The numbers are those of include/vhsm.h.
"""

from __future__ import annotations

import os

import PyKCS11 as p11

VENDOR = 0x80000000 | 0x56480000
CKM_VHSM_CVV, CKM_VHSM_TR31 = VENDOR | 0x01, VENDOR | 0x80
CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE = VENDOR | 1, VENDOR | 2
CKR_VHSM_KEY_MODE_OF_USE = VENDOR | 2

CARD = b"4123456789012345;8701;101"  # PAN, expiry, service code
CVV2 = b"4123456789012345;8701;000"
PUBLISHED = b"561"
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def secret(session, key_type: int, value: bytes, usage: bytes, mode: bytes):
    """A payment key from the clear, for tests: its usage and mode say what it does."""
    return session.createObject([
        (p11.CKA_CLASS, p11.CKO_SECRET_KEY),
        (p11.CKA_KEY_TYPE, key_type),
        (p11.CKA_VALUE, tuple(value)),
        (p11.CKA_EXTRACTABLE, True),
        (CKA_VHSM_KEY_USAGE, tuple(usage)),
        (CKA_VHSM_MODE_OF_USE, tuple(mode)),
    ])  # fmt: skip


def main() -> None:
    library = p11.PyKCS11Lib()
    library.load(os.environ["MODULE"])
    slot = library.getSlotList(tokenPresent=True)[0]
    session = library.openSession(slot, p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION)
    session.login(os.environ["PIN"])

    maker = secret(session, p11.CKK_DES2, KEY, b"C0", b"C")
    cvv = p11.Mechanism(CKM_VHSM_CVV, None)
    value = bytes(session.sign(maker, CARD, cvv))
    print(f"CVV {value.decode()}, CVV2 {bytes(session.sign(maker, CVV2, cvv)).decode()}")
    assert value == PUBLISHED

    # The authorisation host gets the key in a key block whose header lets it check, and no more.
    protection = secret(session, p11.CKK_AES, session.generateRandom(32), b"K1", b"B")
    # Version of parameter and block; usage, algorithm, mode V, key version, exportability N; the rest by default.
    header = bytes([1]) + b"D" + b"\0\0" + b"\0" + b"V" + b"\0\0" + b"N" + bytes(2)
    tr31 = p11.Mechanism(CKM_VHSM_TR31, header)
    block = bytes(session.wrapKey(protection, maker, mecha=tr31))
    print(block.decode())
    checker = session.unwrapKey(protection, block, [], mecha=p11.Mechanism(CKM_VHSM_TR31, bytes([1, 0])))
    assert session.verify(checker, CARD, value, cvv)
    assert not session.verify(checker, CARD, b"562", cvv)
    try:
        session.sign(checker, CARD, cvv)
    except p11.PyKCS11Error as refused:
        assert refused.value == CKR_VHSM_KEY_MODE_OF_USE, refused
        print("the host's key checks values and makes none")
    else:
        raise AssertionError("a key that checks has made a value")
    session.logout()


if __name__ == "__main__":
    main()
