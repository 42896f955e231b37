#!/usr/bin/env python3
"""Random cases of card values, PINs, MACs, check values and DUKPT beside psec and pydukpt.

    conformance/payment/pins.py [FAMILY ...] [--module PATH] [--cases N] [--seed SEED]

Needs the packages psec and pydukpt. Every case has random keys and data. What the other implementation makes is asked
of the module and, where there is something to open, opened by it, and the other way round.
"""

from __future__ import annotations

import random
import sys
import warnings

warnings.simplefilter("ignore")  # of the library beneath psec, that triple DES is old

import psec  # noqa: E402
import pydukpt  # noqa: E402
from common import (  # noqa: E402
    CKA_CHECK_VALUE,
    CKK_AES,
    VENDOR,
    Comparison,
    Refused,
    account,
    digits,
    end,
    flat,
    handle,
    program,
)

CVV, VISA_PVV = VENDOR | 1, VENDOR | 2
DUKPT_INITIAL_KEY, DUKPT_DERIVE = VENDOR | 0x10, VENDOR | 0x11
PIN_BLOCK, PIN_REVEAL, PIN_TRANSLATE, PIN_COMPARE = VENDOR | 0x20, VENDOR | 0x21, VENDOR | 0x23, VENDOR | 0x25
IBM3624_PIN, IBM3624_OFFSET, VISA_PVV_BLOCK = VENDOR | 0x28, VENDOR | 0x29, VENDOR | 0x2C
ALG1_MAC, ALG3_MAC = VENDOR | 0x40, VENDOR | 0x41
CKR_VHSM_PIN_BLOCK = VENDOR | 0x10
ISO_0, ISO_2, ISO_3, ISO_4 = 1, 34, 47, 48
COUNTER_BITS, COUNTER_ONES_MAX = 21, 10


def des_key(draw: random.Random, *lengths: int) -> bytes:
    return draw.randbytes(draw.choice(lengths or (16,)))


def another(value: bytes) -> bytes:
    """A value of digits that is wrong in its last."""
    return value[:-1] + (b"1" if value[-1:] == b"0" else b"0")


def their_cvv(key: bytes, pan: str, expiry: str, service: str) -> bytes:
    """psec's value. Its first scan may find fewer than three digits (one case in about 20,000); the second scan, which
    takes the letters less ten, is made here, over psec's own ciphers."""
    scanned = psec.cvv.generate_cvv(key, pan, expiry, service)
    if len(scanned) < 3:
        block = bytes.fromhex((pan + expiry + service).ljust(32, "0"))
        first = psec.des.encrypt_tdes_ecb(key[:8], block[:8])
        last = psec.des.encrypt_tdes_ecb(key, bytes(one ^ other for one, other in zip(first, block[8:]))).hex()
        scanned += "".join(str(int(one, 16) - 10) for one in last if one in "abcdef")
    return scanned[:3].encode()


def cvv(compared: Comparison, draw: random.Random) -> None:
    value, pan, expiry = des_key(draw), digits(draw, 12, 19), digits(draw, 4)
    service = draw.choice(("000", "999", digits(draw, 3)))
    case = (value, pan, expiry, service)
    theirs = their_cvv(*case)
    module, data = compared.module, ";".join((pan, expiry, service)).encode()
    key = module.key(b"C0", value)
    compared.same("CVV", module.make("Sign", CVV, b"", key, data), theirs, case)
    compared.same("a right CVV", module.verify(CVV, b"", key, data, theirs), True, case)
    compared.same("a wrong CVV", module.verify(CVV, b"", key, data, another(theirs)), False, case)
    module.destroy(key)


def pvv(compared: Comparison, draw: random.Random) -> None:
    value, pin_value = des_key(draw), des_key(draw, 16, 24)
    pan, index, pin = digits(draw, 13, 19), digits(draw, 1), digits(draw, 4)
    case = (value, index, pin, pan)
    theirs = psec.pin.generate_visa_pvv(*case).encode()
    module = compared.module
    key, pin_key = module.key(b"V2", value), module.key(b"P0", pin_value)
    data = ";".join((pan, index, pin)).encode()
    compared.same("PVV", module.make("Sign", VISA_PVV, b"", key, data), theirs, case)
    block = psec.des.encrypt_tdes_ecb(pin_value, psec.pinblock.encode_pinblock_iso_0(pin, pan))
    parameter = flat(index.encode(), handle(pin_key), end(ISO_0, pan), account(""))
    compared.same("PVV of a block", module.make("Sign", VISA_PVV_BLOCK, parameter, key, block), theirs, case)
    right, wrong = (module.verify(VISA_PVV_BLOCK, parameter, key, block, one) for one in (theirs, another(theirs)))
    compared.same("a right PVV and a wrong one", (right, wrong), (True, False), case)
    module.destroy(key, pin_key)


def drawn_table(draw: random.Random) -> str:
    """A decimalisation table as the module takes it: at least 8 different digits, none more than 4 times."""
    while True:
        table = digits(draw, 16)
        if len(set(table)) >= 8 and max(map(table.count, table)) <= 4:
            return table


def ibm3624(compared: Comparison, draw: random.Random) -> None:
    value, pin_value = des_key(draw, 16, 24), des_key(draw)
    table, pan, length = drawn_table(draw), digits(draw, 13, 19), draw.randint(4, 12)
    first = draw.randint(0, len(pan) - 1)
    taken, pad = draw.randint(1, len(pan) - first), draw.choice("0123456789ABCDEF")
    told = (pan, first, taken, pad)
    validation = pan[first : first + taken][:16].ljust(16, pad)
    offset, pin = digits(draw, length), digits(draw, length)
    case = (value, table, offset, pin, *told)
    module = compared.module
    key, pin_key = module.key(b"V1", value), module.key(b"P0", pin_value)
    method = (b"\0" + table.encode(), validation.encode(), bytes([length]), handle(pin_key), handle(0))
    parameter = flat(*method, end(ISO_0, pan))
    known = psec.pin.generate_ibm3624_pin(value, table, offset, *told)
    block = module.make("Sign", IBM3624_PIN, parameter, key, offset.encode())
    clear = psec.des.decrypt_tdes_ecb(pin_value, block)
    compared.same("PIN of an offset", psec.pinblock.decode_pinblock_iso_0(clear, pan), known, case)
    natural = psec.pin.generate_ibm3624_pin(value, table, "0" * length, *told)
    clear = psec.des.decrypt_tdes_ecb(pin_value, module.make("Sign", IBM3624_PIN, parameter, key, b""))
    compared.same("natural PIN", psec.pinblock.decode_pinblock_iso_0(clear, pan), natural, case)
    theirs = psec.pin.generate_ibm3624_offset(value, table, pin, *told).encode()
    block = psec.des.encrypt_tdes_ecb(pin_value, psec.pinblock.encode_pinblock_iso_0(pin, pan))
    compared.same("offset", module.make("Sign", IBM3624_OFFSET, parameter, key, block), theirs, case)
    right, wrong = (module.verify(IBM3624_OFFSET, parameter, key, block, one) for one in (theirs, another(theirs)))
    compared.same("a right offset and a wrong one", (right, wrong), (True, False), case)
    module.destroy(key, pin_key)


def their_block(form: int, value: bytes, pin: str, pan: str) -> bytes:
    if form == ISO_4:
        return psec.pinblock.encipher_pinblock_iso_4(value, pin, pan)
    clear = {
        ISO_0: lambda: psec.pinblock.encode_pinblock_iso_0(pin, pan),
        ISO_2: lambda: psec.pinblock.encode_pinblock_iso_2(pin),
        ISO_3: lambda: psec.pinblock.encode_pinblock_iso_3(pin, pan),
    }[form]()
    return psec.des.encrypt_tdes_ecb(value, clear)


def their_pin(form: int, value: bytes, block: bytes, pan: str) -> str:
    if form == ISO_4:
        return psec.pinblock.decipher_pinblock_iso_4(value, block, pan)
    clear = psec.des.decrypt_tdes_ecb(value, block)
    if form == ISO_2:
        return psec.pinblock.decode_pinblock_iso_2(clear)
    decode = {ISO_0: psec.pinblock.decode_pinblock_iso_0, ISO_3: psec.pinblock.decode_pinblock_iso_3}[form]
    return decode(clear, pan)


def pin_blocks(form: int):
    """The family of a format: both ways, the translation to another key and format, and what is no block."""

    def cases(compared: Comparison, draw: random.Random) -> None:
        pan, pin = digits(draw, 1 if form == ISO_4 else 13, 19), digits(draw, 4, 12)
        to = ISO_2 if form == ISO_2 else draw.choice((ISO_3, ISO_4)) if len(pan) >= 13 else ISO_4
        values = [des_key(draw, 16, 24, 32) if one == ISO_4 else des_key(draw, 16, 24) for one in (form, to)]
        case = (*values, pin, pan, to)
        module = compared.module
        kinds = [CKK_AES if one == ISO_4 else None for one in (form, to)]
        key, other = (module.key(b"P0", value, kind=kind) for value, kind in zip(values, kinds))
        own, parameter = end(form, pan), flat(end(form, pan))
        ours = module.make("Encrypt", PIN_BLOCK, parameter, key, pin.encode())
        compared.same("PIN of a block from here", their_pin(form, values[0], ours, pan), pin, case)
        if form == ISO_0:
            compared.same("block", ours, their_block(form, values[0], pin, pan), case)
        theirs = their_block(form, values[0], pin, pan)
        compared.same("PIN", module.make("Decrypt", PIN_REVEAL, parameter, key, theirs), pin.encode(), case)
        if form != ISO_2:
            translation = flat(own, handle(other), end(to, pan))
            moved = module.make("Decrypt", PIN_TRANSLATE, translation, key, theirs)
            compared.same("PIN of a translated block", their_pin(to, values[1], moved, pan), pin, case)
            same = module.verify(PIN_COMPARE, translation, key, theirs, their_block(to, values[1], pin, pan))
            compared.same("comparison", same, True, case)
        damaged(compared, draw, form, values[0], key, pan)
        module.destroy(key, other)

    return cases


def damaged(compared: Comparison, draw: random.Random, form: int, value: bytes, key: int, pan: str) -> None:
    """A block with another digit in it is a block to both or to neither, and then one of the same PIN."""
    pin = digits(draw, 4, 12)
    if form == ISO_4:
        clear = changed(draw, psec.pinblock.encode_pin_field_iso_4(pin))
        first = int.from_bytes(psec.aes.encrypt_aes_ecb(value, clear), "big")
        second = first ^ int.from_bytes(psec.pinblock.encode_pan_field_iso_4(pan), "big")
        block = psec.aes.encrypt_aes_ecb(value, second.to_bytes(16, "big"))
    else:
        clear = psec.des.decrypt_tdes_ecb(value, their_block(form, value, pin, pan))
        block = psec.des.encrypt_tdes_ecb(value, changed(draw, clear))
    try:
        ours = compared.module.make("Decrypt", PIN_REVEAL, flat(end(form, pan)), key, block).decode()
    except Refused as refused:
        ours = "none" if refused.rv == CKR_VHSM_PIN_BLOCK else str(refused)
    try:
        theirs = their_pin(form, value, block, pan)
    except ValueError:
        theirs = "none"
    compared.same("PIN of a changed block", ours, theirs, (form, value, block, pan))


def changed(draw: random.Random, block: bytes) -> bytes:
    """The same with another value of one hexadecimal digit, more often than not of one of the first 8 bytes."""
    at, bits = draw.randrange(min(len(block), 9)), draw.randint(1, 15) << draw.choice((0, 4))
    return block[:at] + bytes([block[at] ^ bits]) + block[at + 1 :]


def macs(compared: Comparison, draw: random.Random) -> None:
    value, single = des_key(draw), des_key(draw, 8, 16, 24)
    data, padding, length = draw.randbytes(draw.randint(0, 200)), draw.randint(1, 3), draw.randint(4, 8)
    case = (value, single, data, padding, length)
    module, parameter = compared.module, flat(bytes([padding, length]))
    key = module.key(b"M3", value)
    theirs = psec.mac.generate_retail_mac(value[:8], value[8:], data, padding, length)
    compared.same("retail MAC", module.make("Sign", ALG3_MAC, parameter, key, data), theirs, case)
    compared.same("a right MAC", module.verify(ALG3_MAC, parameter, key, data, theirs), True, case)
    wrong = bytes([theirs[0] ^ 1]) + theirs[1:]
    compared.same("a wrong MAC", module.verify(ALG3_MAC, parameter, key, data, wrong), False, case)
    module.destroy(key)
    key = module.key(b"M1", single)
    theirs = psec.mac.generate_cbc_mac(single, data, padding, length, psec.mac.Algorithm.DES)
    compared.same("MAC of algorithm 1", module.make("Sign", ALG1_MAC, parameter, key, data), theirs, case)
    module.destroy(key)


def check_values(compared: Comparison, draw: random.Random) -> None:
    value, aes = des_key(draw, 8, 16, 24), des_key(draw, 16, 24, 32)
    module = compared.module
    key, aes_key = module.key(b"P0", value), module.key(b"P0", aes, kind=CKK_AES)
    theirs = psec.des.generate_kcv(value, 3)
    compared.same("check value, DES", module.attribute(key, CKA_CHECK_VALUE), theirs, value)
    theirs = psec.aes.encrypt_aes_ecb(aes, bytes(16))[:3]
    compared.same("check value, AES", module.attribute(aes_key, CKA_CHECK_VALUE), theirs, aes)
    module.destroy(key, aes_key)


def dukpt(compared: Comparison, draw: random.Random) -> None:
    value, pan, pin = des_key(draw), digits(draw, 13, 19), digits(draw, 4, 12)
    ones = draw.sample(range(COUNTER_BITS), draw.randint(1, COUNTER_ONES_MAX))
    ksn = pydukpt.ksn_with_counter(draw.randbytes(10), sum(1 << bit for bit in ones))
    case = (value, ksn)
    module = compared.module
    base = module.key(b"B0", value)
    initial = module.derive(DUKPT_INITIAL_KEY, flat(ksn), base)
    their_initial = pydukpt.derive_ipek(value, ksn)
    compared.same("initial key", shown_value(compared, initial), check_of(their_initial), case)
    # The initial key as it came from there, and the key of the transaction.
    given = module.key(b"B1", their_initial)
    transaction = pydukpt.derive_key(their_initial, ksn)
    theirs = [
        pydukpt.pin_key(transaction),
        pydukpt.mac_request_key(transaction),
        pydukpt.mac_response_key(transaction),
        pydukpt.data_request_key(transaction),
        pydukpt.data_response_key(transaction),
    ]
    for purpose, expected in enumerate(theirs, 1):
        source = draw.choice((base, initial, given))
        key = module.derive(DUKPT_DERIVE, flat(bytes([draw.randint(0, 1), purpose]), ksn), source)
        compared.same(f"key of purpose {purpose}", shown_value(compared, key), check_of(expected), case)
        module.destroy(key)
    block = psec.des.encrypt_tdes_ecb(theirs[0], psec.pinblock.encode_pinblock_iso_0(pin, pan))
    parameter = flat(end(ISO_0, pan, 1, ksn))
    compared.same("block", module.make("Encrypt", PIN_BLOCK, parameter, base, pin.encode()), block, (*case, pin, pan))
    module.destroy(base, initial, given)


def shown_value(compared: Comparison, key: int) -> bytes:
    """A derived key is sensitive: its check value stands for it."""
    return compared.module.attribute(key, CKA_CHECK_VALUE)


def check_of(value: bytes) -> bytes:
    return psec.des.generate_kcv(value, 3)


FAMILIES = {
    "cvv": cvv,
    "pvv": pvv,
    "ibm3624": ibm3624,
    "pin-blocks-0": pin_blocks(ISO_0),
    "pin-blocks-2": pin_blocks(ISO_2),
    "pin-blocks-3": pin_blocks(ISO_3),
    "pin-blocks-4": pin_blocks(ISO_4),
    "macs": macs,
    "check-values": check_values,
    "dukpt": dukpt,
}

if __name__ == "__main__":
    sys.exit(program(__doc__, "pins", "psec and pydukpt", FAMILIES))
