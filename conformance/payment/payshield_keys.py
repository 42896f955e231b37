#!/usr/bin/env python3
"""Keys of the host-command server beside psec and implementations of X9.17, variant LMKs and Thales' key blocks.

    conformance/payment/payshield_keys.py [FAMILY ...] [--program PATH] [--cases N] [--seed SEED]

Starts `vhsm payshield --demo`, whose TEST LMKs are published; a family is a version of key block or a kind of scheme. What
the server generates (A0) and exports (A8) is opened here, what is made here is imported (A6). Needs the packages psec and
cryptography.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

warnings.simplefilter("ignore")  # of the library, that triple DES is old

import psec.tr31 as theirs  # noqa: E402
from common import Comparison, odd  # noqa: E402
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: E402
from cryptography.hazmat.primitives.cmac import CMAC  # noqa: E402

PROGRAM = Path(__file__).resolve().parents[2] / "target" / "debug" / "vhsm"

# The published TEST LMKs: the pairs of the variant LMK that are used here, and the two key-block LMKs.
PAIRS = {
    "00": "40404040404040405151515151515151",
    "01": "61616161616161617070707070707070",
    "02": "E0E0010101010101F1F1010101010101",
    "03": "1C587F1C13924FEF0101010101010101",
    "08": "16161616161616161919191919191919",
    "09": "1A1A1A1A1A1A1A1A1C1C1C1C1C1C1C1C",
    "0A": "23232323232323232525252525252525",
}
LMK_DES = bytes.fromhex("0123456789ABCDEF8080808080808080FEDCBA9876543210")
LMK_AES = bytes.fromhex("9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A")
VARIANTS = (0x00, 0xA6, 0x5A, 0x6A, 0xDE, 0x2B, 0x50, 0x74, 0x9C, 0xFA)
PARTS = {"Z": (0,), "X": (0, 0), "Y": (0, 0, 0), "U": (0xA6, 0x5A), "T": (0x6A, 0xDE, 0x2B)}
LENGTHS = {scheme: 8 * len(parts) for scheme, parts in PARTS.items()}

# Key types of the variant LMK with the usage that their keys have in key blocks.
TYPES = {"001": "P0", "002": "V2", "402": "C0", "003": "M3", "008": "M3", "009": "B0", "109": "E0", "00A": "D0"}

# The modes of use that payShield's table has for their usages, and every kind of LMK a way for.
MODES = {"P0": "BDEN", "D0": "BDEN", "K0": "BDEN", "V2": "CGNV", "C0": "CGNV", "M3": "CGNV", "B0": "NX", "E0": "NX"}


def des(key: bytes) -> algorithms.TripleDES:
    return algorithms.TripleDES(key if len(key) != 16 else key + key[:8])


def block_cipher(key: bytes, aes: bool):
    return algorithms.AES(key) if aes else des(key)


def crypt(cipher, mode, data: bytes, encrypts: bool) -> bytes:
    made = Cipher(cipher, mode)
    worker = made.encryptor() if encrypts else made.decryptor()
    return worker.update(data) + worker.finalize()


def xored(value: bytes, at: int, by: int) -> bytes:
    return value[:at] + bytes([value[at] ^ by]) + value[at + 1 :]


def check_value(key: bytes, aes: bool) -> str:
    return crypt(block_cipher(key, aes), modes.ECB(), bytes(16 if aes else 8), True)[:3].hex().upper()


def in_scheme(master: bytes, scheme: str, key: bytes, encrypts: bool) -> bytes:
    """ANSI X9.17, each part under the variant of its scheme."""
    parts = [key[at : at + 8] for at in range(0, len(key), 8)]
    made = (
        crypt(des(xored(master, 8, variant)), modes.ECB(), part, encrypts)
        for part, variant in zip(parts, PARTS[scheme], strict=True)
    )
    return b"".join(made)


def tagged(scheme: str, encrypted: bytes) -> str:
    return ("" if scheme == "Z" else scheme) + encrypted.hex().upper()


def pair(code: str) -> bytes:
    """The pair of the variant LMK of a key type."""
    return xored(bytes.fromhex(PAIRS[code[1:]]), 0, VARIANTS[int(code[0])])


def with_atalla(master: bytes, variant: int) -> bytes:
    for at in range(0, len(master), 8):
        master = xored(master, at, 8 * variant)
    return master


def derived(key: bytes, use: int) -> bytes:
    """A key of AES key blocks [ANSI X9.143, version D]: use 0 encrypts, 1 authenticates."""
    algorithm, bits = {16: (2, 128), 24: (3, 192), 32: (4, 256)}[len(key)]
    made = b""
    for counter in (1, 2):
        mac = CMAC(algorithms.AES(key))
        head = bytes([counter, 0, use, 0])
        mac.update(head + algorithm.to_bytes(2, "big") + bits.to_bytes(2, "big"))
        made += mac.finalize()
    return made[: len(key)]


def thales_keys(protection: bytes, version: str) -> tuple[bytes, bytes]:
    if version == "1":
        return derived(protection, 0), derived(protection, 1)
    return bytes(byte ^ 0x45 for byte in protection), bytes(byte ^ 0x4D for byte in protection)


def thales_mac(key: bytes, version: str, data: bytes) -> bytes:
    if version == "1":
        mac = CMAC(algorithms.AES(key))
        mac.update(data)
        return mac.finalize()[:8]
    return crypt(des(key), modes.CBC(bytes(8)), data, True)[-8:][:4]


def thales_block(protection: bytes, version: str, head: str, key: bytes, draw: random.Random) -> str:
    """A key block of Thales; `head` is its header from the usage on."""
    size = 16 if version == "1" else 8
    field = (8 * len(key)).to_bytes(2, "big") + key
    field += draw.randbytes(-len(field) % size)
    length = 16 + 2 * (len(field) + (8 if version == "1" else 4))
    header = f"{version}{length:04}{head}".encode()
    encrypting, signing = thales_keys(protection, version)
    sealed = crypt(block_cipher(encrypting, version == "1"), modes.CBC(header[:size]), field, True)
    mac = thales_mac(signing, version, header + sealed)
    return f"S{header.decode()}{(sealed + mac).hex().upper()}"


def opened_block(protection: bytes, text: str) -> tuple[str, bytes]:
    """Header and key of a key block of Thales without optional blocks."""
    version, header, body = text[1], text[1:17].encode(), bytes.fromhex(text[17:])
    size, mac_size = (16, 8) if version == "1" else (8, 4)
    encrypting, signing = thales_keys(protection, version)
    sealed, mac = body[:-mac_size], body[-mac_size:]
    if thales_mac(signing, version, header + sealed) != mac:
        return "a wrong MAC", b""
    field = crypt(block_cipher(encrypting, version == "1"), modes.CBC(header[:size]), sealed, False)
    length = int.from_bytes(field[:2], "big") // 8
    return header.decode(), field[2 : 2 + length]


class Server:
    """The demonstration server, and a connection to it."""

    def __init__(self, program: Path) -> None:
        words = [program, "payshield", "--demo", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout or ():
            if line.startswith("listening on "):
                host, port = line.split()[2].rsplit(":", 1)
                break
        else:
            sys.exit("the server ended before it listened")
        self.connection = socket.create_connection((host, int(port)))
        self.reader = self.connection.makefile("rb")

    def ask(self, command: str) -> str:
        """The answer behind its code."""
        message = f"0000{command}".encode()
        self.connection.sendall(len(message).to_bytes(2, "big") + message)
        length = int.from_bytes(self.reader.read(2), "big")
        return self.reader.read(length).decode()[6:]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()


def split(text: str) -> tuple[str, str]:
    """The key at the beginning of a text, and what is behind it."""
    if text[2:3] and text[2] in "SR":
        length = 3 + int(text[4:8])
        return text[2:length], text[length:]
    length = {"U": 33, "X": 33, "T": 49, "Y": 49}.get(text[2:3], 16)
    return text[2 : 2 + length], text[2 + length :]


class Zone:
    """A random ZMK, under one of the server's LMKs."""

    def __init__(self, draw: random.Random, lmk: str, aes: bool) -> None:
        self.lmk, self.aes = lmk, aes
        if aes:
            self.key = draw.randbytes(draw.choice((16, 32)))
        else:
            self.key = odd(draw.randbytes(draw.choice((16, 24))))
        if lmk == "00":
            scheme = "U" if len(self.key) == 16 else "T"
            self.text = tagged(scheme, in_scheme(pair("000"), scheme, self.key, True))
        elif lmk == "01":
            self.text = thales_block(LMK_DES, "0", "K0TB00N0001", self.key, draw)
        else:
            algorithm = "A" if aes else "T"
            self.text = thales_block(LMK_AES, "1", f"K0{algorithm}B00N0002", self.key, draw)

    def kept(self, text: str, code: str) -> bytes:
        """The key of a text under the LMK."""
        if self.lmk == "00":
            scheme = text[0] if text[0] in PARTS else "Z"
            digits = text[1:] if scheme != "Z" else text
            return in_scheme(pair(code), scheme, bytes.fromhex(digits), False)
        return opened_block(LMK_DES if self.lmk == "01" else LMK_AES, text)[1]


def drawn(draw: random.Random, zone: Zone) -> tuple[bytes, str, str, str, str]:
    """A key, its algorithm, its key type, the usage in a key block, and the scheme of the LMK."""
    code, usage = draw.choice(list(TYPES.items()))
    if zone.aes and draw.random() < 0.5:
        usage = draw.choice(("P0", "D0", "K0", "B0"))
        lengths = [length for length in (16, 24, 32) if length <= len(zone.key)]
        return draw.randbytes(draw.choice(lengths)), "A", "FFF", usage, "S"
    length = draw.choice((16, 24))
    key = odd(draw.randbytes(length))
    if zone.lmk == "00":
        return key, "T", code, usage, draw.choice("UX" if length == 16 else "TY")
    return key, "T", "FFF", usage, "S"


def generated(server: Server, compared: Comparison, draw: random.Random, zone: Zone, version: str) -> None:
    """A new key, exported at once: `version` of TR-31, or a scheme."""
    key, algorithm, code, usage, scheme = drawn(draw, zone)
    modes = MODES[usage]
    mode, number = draw.choice(modes), draw.choice(("00", "07", "Z9"))
    kind = {"T": len(key) // 8, "A": len(key) // 8 - 1}[algorithm]
    in_block = len(version) == 1 and version in "ABCDE"
    exportability = "E" if in_block or version == "S" else "S"
    header = f"#{usage}{algorithm}{kind}{mode}{number}{exportability}00"
    target = f"R%{zone.lmk}{header}!{version}" if in_block else f"{version}%{zone.lmk}{header}"
    request = f"A01{code}{scheme}0{zone.text}{target}"
    answer = server.ask(request)
    case = (request, answer)
    compared.same("A0 is done", answer[:2], "00", case)
    kept, rest = split(answer)
    sent, kcv = split("00" + rest)
    ours = zone.kept(kept, code)
    if in_block:
        told, there = theirs.unwrap(zone.key, sent[1:])
        fields = f"{told.key_usage}{told.algorithm}{told.mode_of_use}{told.version_num}{told.exportability}"
        compared.same("header of a new key", fields, f"{usage}{algorithm}{mode}{number}{exportability}", case)
    elif version == "S":
        told, there = opened_block(zone.key, sent)
        compared.same("header of a new key", told[5:], f"{usage}{algorithm}{mode}{number}{exportability}00FF", case)
    else:
        there = in_scheme(zone.key, version, bytes.fromhex(sent[1:]), False)
    compared.same("new key", ours, there, case)
    compared.same("its check value", kcv, check_value(there, algorithm == "A"), case)
    if algorithm == "T":
        compared.same("its parity", odd(there), there, case)


def in_key_blocks(version: str, server: Server, compared: Comparison, draw: random.Random) -> None:
    """Key blocks of TR-31."""
    zone = Zone(draw, "02" if version == "D" else draw.choice(("00", "01", "02")), version == "D")
    generated(server, compared, draw, zone, version)
    key, algorithm, code, usage, scheme = drawn(draw, zone)
    mode, number = draw.choice("NBX"), draw.choice(("00", "07", "Z9"))
    header = theirs.Header(version, usage, algorithm, mode, number, draw.choice("ES"))
    text = theirs.KeyBlock(zone.key, header).wrap(key, draw.choice((None, 0, 32)))
    request = f"A6{code}{zone.text}R{text}{scheme}%{zone.lmk}"
    answer = server.ask(request)
    case = (request, answer)
    compared.same("A6 is done", answer[:2], "00", case)
    kept, kcv = split(answer)
    compared.same("imported key", zone.kept(kept, code), key, case)
    compared.same("its check value", kcv, check_value(key, algorithm == "A"), case)
    request = f"A8{code}{zone.text}{kept}R%{zone.lmk}!{version}"
    answer = server.ask(request)
    case = (request, answer)
    compared.same("A8 is done", answer[:2], "00", case)
    sent, kcv = split(answer)
    told, there = theirs.unwrap(zone.key, sent[1:])
    compared.same("exported key", there, key, case)
    if zone.lmk != "00":
        fields = [told.key_usage, told.algorithm, told.mode_of_use, told.version_num, told.exportability]
        compared.same("its header", fields, [usage, algorithm, mode, number, header.exportability], case)
    at = draw.randrange(17, len(text))
    damaged = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    answer = server.ask(f"A6{code}{zone.text}R{damaged}{scheme}%{zone.lmk}")
    compared.same("damage is seen", answer, "A4", (damaged,))


def in_thales_blocks(server: Server, compared: Comparison, draw: random.Random) -> None:
    """Key blocks of Thales, versions 0 and 1."""
    aes = draw.random() < 0.5
    zone = Zone(draw, "02" if aes else draw.choice(("00", "01", "02")), aes)
    version = "1" if aes else "0"
    generated(server, compared, draw, zone, "S")
    key, algorithm, code, usage, scheme = drawn(draw, zone)
    head = f"{usage}{algorithm}N00{draw.choice('ES')}00FF"
    text = thales_block(zone.key, version, head, key, draw)
    request = f"A6{code}{zone.text}{text}{scheme}%{zone.lmk}"
    answer = server.ask(request)
    case = (request, answer)
    kept, kcv = split(answer)
    compared.same("imported key", zone.kept(kept, code), key, case)
    compared.same("its check value", kcv, check_value(key, algorithm == "A"), case)
    request = f"A8{code}{zone.text}{kept}S%{zone.lmk}"
    answer = server.ask(request)
    sent, kcv = split(answer)
    told, there = opened_block(zone.key, sent)
    compared.same("exported key", there, key, (request, answer))
    compared.same("its LMK identifier", told[14:], "FF", (request, answer))


def in_electronic_code_book(server: Server, compared: Comparison, draw: random.Random) -> None:
    """ANSI X9.17 and Thales' schemes, with Atalla's variants."""
    zone = Zone(draw, "00", False)
    scheme = draw.choice("UXTY")
    if scheme in "UX":
        generated_in = draw.choice("UX")
    code = draw.choice(list(TYPES))
    key = odd(draw.randbytes(LENGTHS[scheme]))
    atalla = draw.choice((0, 0, 1, 5, 15, 31))
    told = str(atalla) if atalla else ""
    master = with_atalla(zone.key, atalla)
    kept_in = draw.choice("UX" if scheme in "UX" else "TY")
    request = f"A6{code}{zone.text}{tagged(scheme, in_scheme(master, scheme, key, True))}{kept_in}{told}%00"
    answer = server.ask(request)
    case = (request, answer)
    compared.same("A6 is done", answer[:2], "00", case)
    kept, kcv = split(answer)
    compared.same("imported key", zone.kept(kept, code), key, case)
    compared.same("its check value", kcv, check_value(key, False), case)
    request = f"A8{code}{zone.text}{kept}{scheme}{told}%00"
    answer = server.ask(request)
    sent, kcv = split(answer)
    there = in_scheme(master, scheme, bytes.fromhex(sent[1:]), False)
    compared.same("exported key", there, key, (request, answer))
    if scheme in "UX":
        answer = server.ask(f"A01{code}{kept_in}0{zone.text}{generated_in}{told}%00")
        kept, rest = split(answer)
        sent, kcv = split("00" + rest)
        there = in_scheme(master, generated_in, bytes.fromhex(sent[1:]), False)
        compared.same("new key", zone.kept(kept, code), there, answer)
        compared.same("its check value", kcv, check_value(there, False), answer)


Case = Callable[[Server, Comparison, random.Random], None]
FAMILIES: Mapping[str, Case] = {
    **{f"version-{version}": partial(in_key_blocks, version) for version in "ABCD"},
    "thales-blocks": in_thales_blocks,
    "schemes": in_electronic_code_book,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(FAMILIES)}; else all")
    parser.add_argument("--program", type=Path, default=PROGRAM)
    parser.add_argument("--cases", type=int, default=1_000, help="of each family")
    parser.add_argument("--seed", default=os.urandom(8).hex(), help="draws the same cases again")
    options = parser.parse_args()
    if unknown := set(options.families) - set(FAMILIES):
        parser.error(f"no family {', '.join(sorted(unknown))}")
    server, wrong = Server(options.program), 0
    try:
        for family in options.families or FAMILIES:
            began, compared = time.monotonic(), Comparison(None)
            draw = random.Random(f"{options.seed} {family}")
            for _ in range(options.cases):
                FAMILIES[family](server, compared, draw)
            seconds = time.monotonic() - began
            told = f"{options.cases} cases, {compared.values} values, {compared.wrong} disagree"
            peer = "psec" if family.startswith("version") else "cryptography"
            print(f"payshield_keys {family}, beside {peer}: {told} ({seconds:.0f} s, seed {options.seed})", flush=True)
            wrong += compared.wrong
    finally:
        server.end()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
