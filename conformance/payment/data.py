#!/usr/bin/env python3
"""FF3-1 and FF1, data and MACs under keys of DUKPT, against other implementations, on random cases.

    pip install PyKCS11 ff3 psec cryptography
    conformance/payment/data.py --module target/release/libvhsm.so --cases 10000

FF3-1 is compared with the package `ff3`, the modes and MACs with `psec`. FF1 is compared with what stands below, after the
standard's own steps in Python's integers over `cryptography`'s AES; so is DUKPT with triple DES. Makes its own token in a
temporary directory. Prints the number of cases, and exits with 1 at the first disagreement."""

import argparse
import os
import random
import sys
import tempfile

BASE = 0x80000000 | 0x56480000
FF1, FF3_1, DATA_CBC, DUKPT_MAC = (BASE | number for number in (0x70, 0x71, 0x73, 0x42))
KEY_USAGE = BASE | 1
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def aes(key, block):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def tdes(key, block):
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    except ImportError:
        from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    key = {8: key * 3, 16: key + key[:8], 24: key}[len(key)]
    return Cipher(TripleDES(key), modes.ECB()).encryptor().update(block)


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def number(numerals, radix):
    result = 0
    for numeral in numerals:
        result = result * radix + numeral
    return result


def numerals(value, radix, length):
    result = []
    for _ in range(length):
        value, rest = divmod(value, radix)
        result.insert(0, rest)
    return result


def ff1(key, radix, tweak, text):
    """Algorithm 7 of SP 800-38G."""
    n, t = len(text), len(tweak)
    u = n // 2
    v = n - u
    a, b = text[:u], text[u:]
    size = ((radix**v - 1).bit_length() + 7) // 8
    d = 4 * ((size + 3) // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256])
    p += n.to_bytes(4, "big") + t.to_bytes(4, "big")
    for i in range(10):
        q = tweak + bytes((-t - size - 1) % 16) + bytes([i]) + number(b, radix).to_bytes(size, "big")
        r = bytes(16)
        for at in range(0, len(p + q), 16):
            r = aes(key, xor(r, (p + q)[at : at + 16]))
        s = r
        for j in range(1, (d + 15) // 16):
            s += aes(key, xor(r, j.to_bytes(16, "big")))
        m = u if i % 2 == 0 else v
        c = (number(a, radix) + int.from_bytes(s[:d], "big")) % radix**m
        a, b = b, numerals(c, radix, m)
    return a + b


C0 = bytes.fromhex("C0C0C0C000000000")


def initial_key(base, ksn):
    device = ksn[:7] + bytes([ksn[7] & 0xE0])
    return tdes(base, device) + tdes(xor(base, C0 * 2), device)


def transaction_key(base, ksn):
    """ANSI X9.24-1:2009, annex A."""
    key = initial_key(base, ksn)
    register = int.from_bytes(ksn[2:], "big")
    counter = register & 0x1FFFFF
    register &= ~0x1FFFFF
    for bit in reversed(range(21)):
        if counter >> bit & 1:
            register |= 1 << bit
            block = register.to_bytes(8, "big")
            halves = []
            for variant in (xor(key, C0 * 2), key):
                left, right = variant[:8], variant[8:]
                halves.append(xor(tdes(left, xor(block, right)), right))
            key = halves[0] + halves[1]
    return key


class Module:
    def __init__(self, path):
        import PyKCS11

        self.p = PyKCS11
        directory = tempfile.mkdtemp()
        configuration = os.path.join(directory, "vhsm.toml")
        with open(configuration, "w") as file:
            file.write(f'data_dir = "{directory}/data"\n[payment]\nweak_keys = "accept"\n')
        os.environ["VHSM_CONF"] = configuration
        self.lib = PyKCS11.PyKCS11Lib()
        self.lib.load(path)
        slot = self.lib.getSlotList()[0]
        self.lib.initToken(slot, "so pin 1234", "differential")
        session = self.lib.openSession(slot, PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION)
        session.login("so pin 1234", PyKCS11.CKU_SO)
        session.initPin("user pin 1234")
        session.logout()
        session.login("user pin 1234")
        self.session = session

    def key(self, kind, value, usage=None):
        p = self.p
        template = [
            (p.CKA_CLASS, p.CKO_SECRET_KEY),
            (p.CKA_KEY_TYPE, kind),
            (p.CKA_VALUE, value),
        ]
        for flag in (p.CKA_ENCRYPT, p.CKA_DECRYPT, p.CKA_SIGN, p.CKA_VERIFY):
            template.append((flag, True))
        if usage:
            template.append((KEY_USAGE, usage.encode()))
        return self.session.createObject(template)

    def mechanism(self, number, parameter):
        return self.p.Mechanism(number, bytes(parameter))


def odd(value):
    return bytes(byte ^ (bin(byte).count("1") % 2 == 0) for byte in value)


def check(what, ours, theirs):
    if ours != theirs:
        print(f"disagreement: {what}: {ours!r} and {theirs!r}")
        sys.exit(1)


def case_ff1(module, rng):
    key, radix = rng.randbytes(rng.choice([16, 24, 32])), rng.choice([2, 10, 10, 26, 36, 100, 256, 65535, 65536])
    shortest = 1
    while radix**shortest < 1_000_000:
        shortest += 1
    text = [rng.randrange(radix) for _ in range(rng.randint(shortest, 60))] if shortest < 60 else []
    tweak = rng.randbytes(rng.randint(0, 40))
    handle = module.key(module.p.CKK_AES, key)
    mechanism = module.mechanism(FF1, bytes([1, 3]) + radix.to_bytes(4, "big") + tweak)
    data = b"".join(numeral.to_bytes(2, "big") for numeral in text)
    sealed = bytes(module.session.encrypt(handle, data, mechanism))
    expected = b"".join(numeral.to_bytes(2, "big") for numeral in ff1(key, radix, tweak, text))
    check(f"FF1 {key.hex()} {radix} {tweak.hex()} {text}", sealed, expected)
    check("FF1 back", bytes(module.session.decrypt(handle, sealed, mechanism)), data)
    module.session.destroyObject(handle)


def case_ff3(module, rng):
    from ff3 import FF3Cipher

    key, tweak = rng.randbytes(rng.choice([16, 24, 32])), rng.randbytes(7)
    radix = rng.choice([10, 26, 36])
    text = "".join(rng.choice(DIGITS[:radix]) for _ in range(rng.randint(6, {10: 56, 26: 40, 36: 36}[radix])))
    handle = module.key(module.p.CKK_AES, key, "D0")
    mechanism = module.mechanism(FF3_1, bytes([1, 1]) + radix.to_bytes(4, "big") + tweak)
    sealed = bytes(module.session.encrypt(handle, text.encode(), mechanism)).decode()
    other = FF3Cipher.withCustomAlphabet(key.hex(), tweak.hex(), DIGITS[:radix])
    check(f"FF3-1 {key.hex()} {tweak.hex()} {text}", sealed, other.encrypt(text))
    check("FF3-1 back", bytes(module.session.decrypt(handle, sealed.encode(), mechanism)).decode(), text)
    module.session.destroyObject(handle)


def case_dukpt(module, rng):
    from psec import des, mac

    base, device = odd(rng.randbytes(16)), rng.randbytes(7) + bytes([rng.getrandbits(8) & 0xE0, 0, 0])
    counter = 0
    for bit in rng.sample(range(21), rng.randint(1, 10)):
        counter |= 1 << bit
    ksn = (int.from_bytes(device, "big") | counter).to_bytes(10, "big")
    transaction = transaction_key(base, ksn)
    request = rng.choice([True, False])
    side, direction = (1, 1) if request else (0, 2)
    keying = bytes([1, side, direction, 0, 0]) + ksn
    handle = module.key(module.p.CKK_DES2, base, "B0")
    data, iv = rng.randbytes(8 * rng.randint(1, 12)), rng.randbytes(8)
    variant = bytes.fromhex("0000000000FF0000" if request else "000000FF00000000") * 2
    key = tdes(xor(transaction, variant), xor(transaction, variant))
    sealed = bytes(module.session.encrypt(handle, data, module.mechanism(DATA_CBC, bytes([1]) + keying + iv)))
    check(f"data {base.hex()} {ksn.hex()}", sealed, des.encrypt_tdes_cbc(key, iv, data))
    variant = bytes.fromhex("000000000000FF00" if request else "00000000FF000000") * 2
    key = xor(transaction, variant)
    message, padding, length = rng.randbytes(rng.randint(1, 90)), rng.choice([1, 2, 3]), rng.randint(4, 8)
    made = module.session.sign(
        handle, message, module.mechanism(DUKPT_MAC, bytes([1]) + keying + bytes([3, padding, length]))
    )
    expected = mac.generate_retail_mac(key[:8], key[8:], message, padding, length)
    check(f"MAC {base.hex()} {ksn.hex()} {message.hex()}", bytes(made), expected)
    module.session.destroyObject(handle)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--module", default="target/release/libvhsm.so")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    module = Module(os.path.abspath(arguments.module))
    rng = random.Random(arguments.seed)
    for kind in (case_ff1, case_ff3, case_dukpt):
        for _ in range(arguments.cases):
            kind(module, rng)
        print(f"{kind.__name__.removeprefix('case_')}: {arguments.cases} cases agree", flush=True)


if __name__ == "__main__":
    main()
