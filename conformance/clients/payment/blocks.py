"""How the blocks of C in the documentation of payments run: what each needs around it, page by page.

blocks.h has the variables that the blocks name, and the functions that make keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A block runs between these statements; those behind it see its variables."""

    before: str = ""
    behind: str = ""


# The published TEST keys of local master keys.
VECTORS = Path(__file__).parents[3] / "tests" / "vectors" / "payment" / "thales_lmk_variant.json"
TEST_VARIANT = json.loads(VECTORS.read_text())["lmk"]
TEST_DES3 = "0123456789ABCDEF8080808080808080FEDCBA9876543210"

# ANSI X9.24-1's MAC of its first transaction.
RECEIVED_MAC = 'memcpy(data, "\\x9C\\xCC\\x78\\x17", 4);'
PIN_AND_BLOCK = """
    CK_OBJECT_HANDLE of_pins = des("P0", "B");
    CK_BYTE pin[12] = "1234", block[16];
    CK_ULONG digits = 4;
    MUST(enclose(session, of_pins, ACCOUNT, pin, digits, block));
"""
# Its offset is 0000 by definition.
NATURAL = PIN_AND_BLOCK + """
    CK_OBJECT_HANDLE pvk = des("V1", "C");
    const char table[] = "0123456789012345", validation[] = "1122334455667788";
    memcpy(block + 8, block, 8);
    MUST(natural_pin(session, pvk, of_pins, table, validation, ACCOUNT, block));
"""
VALUE = PIN_AND_BLOCK + """
    CK_OBJECT_HANDLE pvk = des("V2", "C");
    CK_BYTE value[4], new_value[4], of_pin[] = ACCOUNT ";1;1234";
    make(CKM_VHSM_VISA_PVV, NULL, 0, pvk, of_pin, sizeof of_pin - 1, value, 4);
"""

RUNS: dict[str, list[Run]] = {
    "payment": [Run()],
    "card-values": [
        Run('key = des("C0", "C");'),
        Run('key = des("V2", "C");'),
        Run('key = des("C0", "C");'),
        Run('key = des("E4", "X");'),
        Run('key = des("E6", "X");'),
    ],
    "compat": [
        Run("key = general(CKK_DES2, CKA_SIGN, CK_TRUE); protection_key = general(CKK_AES, CKA_WRAP, CK_TRUE);"),
        Run("base_key = general(CKK_AES, CKA_DERIVE, CK_TRUE);"),
        Run("pin_key = general(CKK_DES2, CKA_SIGN, CK_TRUE); base_key = general(CKK_AES, CKA_DERIVE, CK_TRUE);"),
        Run("base_key = general(CKK_DES2, CKA_DERIVE, CK_TRUE);"),
        Run("key = general(CKK_DES2, CKA_SIGN, CK_TRUE);"),
        Run(
            "protection_key = general(CKK_DES2, CKA_WRAP, CK_TRUE);"
            "key = general(CKK_DES2, CKA_MODIFIABLE, CK_FALSE);"
        ),
    ],
    "data": [
        Run('key = aes("D0", "B");'),
        Run('base_key = des("B0", "X");'),
        Run('key = base_key = des("D0", "B");'),
        Run('base_key = des("B0", "X");'),
        Run('base_key = des("B0", "X"); key = des("M3", "C"); ' + RECEIVED_MAC),
        Run('key = des("M3", "C");'),
        Run('key = des("M3", "C");'),
    ],
    "dukpt": [
        Run('bdk = des("B0", "X");'),
        Run('bdk = des("B0", "X");'),
        Run('bdk = aes("B0", "X");'),
        Run('bdk = aes("B0", "X");'),
    ],
    "emv": [
        Run('issuer_key = des("E0", "X");'),
        Run(
            behind="""
    CK_BYTE pan[10] = { 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0xFF, 0xFF }, atc[2] = { 0, 1 };
    CK_BYTE values[29] = { 0 }, form[18] = { 1, 'B', 1, 2, 8 }, csu[4] = { 0 }, arpc[4];
    issuer_key = des("E0", "X");
    memcpy(form + 5, pan, 10);
    memcpy(form + 16, atc, 2);
    make(CKM_VHSM_EMV_AC, form, sizeof form, issuer_key, values, sizeof values, arqc, 8);
    MUST(answer(session, issuer_key, pan, atc, values, sizeof values, arqc, csu, arpc));
"""
        ),
        Run('issuer_key = des("E0", "X");'),
        Run(
            'issuer_key = des("E0", "X");',
            "CK_BYTE values[29] = { 0 }, shown[8];\n"
            "make(token.mechanism, param, sizeof param, issuer_key, values, sizeof values, shown, sizeof shown);",
        ),
        Run('issuer_key = des("E2", "X");'),
        Run('issuer_key = des("E1", "X");'),
        Run('issuer_key = des("E3", "X");'),
    ],
    "keyblock": [Run('pin_key = des("P0", "B"); protection_key = aes("K1", "B");')],
    "lmk": [
        Run(),
        Run(f'lmk = local_master_key("{TEST_DES3}", "01");'),
        Run(f'lmk = local_master_key("{TEST_VARIANT}", "00");'),
        Run(
            """
    CK_ATTRIBUTE forced = { CKA_VHSM_KEY_USAGE, "P0", 2 }, of_zone = { CKA_UNWRAP_TEMPLATE, &forced, sizeof forced };
    protection_key = made(CKK_DES2, 16, "52", "B", &of_zone, 1);
    pin_key = des("P0", "B");
"""
        ),
        Run(
            behind=f"""
    CK_OBJECT_HANDLE private_key, public_key = rsa("03", &private_key);
    CK_BYTE number[270] = {{ 0x30, 0x82, 0x01, 0x0A, 0x02, 0x82, 0x01, 0x01, 0 }}, blob[4096], mac[4];
    CK_ULONG length = sizeof blob;
    CK_ATTRIBUTE modulus = {{ CKA_MODULUS, number + 9, 256 }};
    lmk = local_master_key("{TEST_VARIANT}", "02");
    MUST(C_GetAttributeValue(session, public_key, &modulus, 1));
    memcpy(number + 265, "\\x02\\x03\\x01\\x00\\x01", 5);
    MUST(keep(session, lmk, private_key, number, sizeof number, blob, &length, mac));
"""
        ),
        Run(
            behind="""
    CK_OBJECT_HANDLE components[] = { component(1), component(2), component(3) }, sum, third;
    CK_BYTE check_value[3], form[] = { 1, 1, 3 };
    key = component(0);
    make(CKM_VHSM_KEY_CHECK_VALUE, form, sizeof form, key, form, 0, check_value, 3);
    MUST(combine(session, components, check_value, &sum));
    MUST(split(session, key, components, &third));
"""
        ),
    ],
    "mac": [Run('key = des("M3", "C");')],
    "pin": [
        Run(),
        Run(behind=PIN_AND_BLOCK + "MUST(reveal(session, of_pins, ACCOUNT, block, pin, &digits));"),
        Run(behind=PIN_AND_BLOCK + "MUST(new_pin(session, of_pins, ACCOUNT, block));"),
        Run(behind=PIN_AND_BLOCK + "MUST(translate(session, of_pins, of_pins, ACCOUNT, block, block + 8));"),
        Run(behind=PIN_AND_BLOCK + "MUST(is_same(session, of_pins, of_pins, ACCOUNT, block, block));"),
        Run(
            behind=NATURAL
            + """
    CK_BYTE zeros[] = "0000", offset[4];
    MUST(is_right(session, pvk, of_pins, table, validation, ACCOUNT, block, zeros));
    MUST(change_offset(session, pvk, of_pins, table, validation, ACCOUNT, block, "0000", offset));
    MUST(is_right(session, pvk, of_pins, table, validation, ACCOUNT, block + 8, offset));
"""
        ),
        Run('key = des("D2", "B");'),
        Run(
            behind=VALUE
            + """
    MUST(check_pin(session, pvk, of_pins, ACCOUNT, block, value));
    memcpy(block + 8, block, 8);
    MUST(change_value(session, pvk, of_pins, ACCOUNT, block, (const char *)value, new_value));
"""
        ),
        Run(
            behind=PIN_AND_BLOCK
            + """
    const CK_BYTE pan[10] = { 0x54, 0x13, 0x33, 0x00, 0x89, 0x02, 0x00, 0x11, 0xFF, 0xFF }, atc[2] = { 0, 1 };
    CK_BYTE out[16];
    MUST(new_pin_of_card(session, des("E1", "X"), des("E0", "X"), of_pins, ACCOUNT, pan, atc, block, out));
"""
        ),
    ],
    "transport": [
        Run('CK_OBJECT_HANDLE of_partner; pin_key = des("P0", "B"); key = rsa(NULL, &of_partner);'),
        Run("key = partner_sends();"),
    ],
}
