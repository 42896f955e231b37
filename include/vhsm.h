/* vhsm.h: what vhsm has beyond PKCS#11: vendor attributes and mechanisms.
 *
 * Include your own pkcs11.h first (OASIS', p11-kit's with its ck_... names, or any other), then this file. It uses
 * no type and no macro of theirs, so that it goes with each of them, in C and in C++.
 *
 * Errors named below are the standard's; the module's log says the reason in words.
 */
#ifndef VHSM_H
#define VHSM_H

/* Vendor numbers of every kind start here: CKx_VENDOR_DEFINED | "VH" << 16. */
#define VHSM_VENDOR_BASE (0x80000000UL | 0x56480000UL)

/* ---- attributes ---- */

/* What a payment key is for: two printable ASCII characters, in the codes of TR-31 and X9.143. On secret keys.
 *
 *     "C0"  card verification values   CKM_VHSM_CVV
 *     "V2"  Visa PIN verification      CKM_VHSM_VISA_PVV
 *
 * It is given when the key comes into being (C_CreateObject, C_GenerateKey, C_UnwrapKey, C_DeriveKey) and never
 * changes, in copies neither. It narrows what CKA_SIGN, CKA_VERIFY and the like allow:
 *
 *   - A key that has it works with the mechanisms that name its usage, and with no other. CKM_DES3_ECB under a card
 *     verification key would compute card verification values piece by piece.
 *   - A mechanism that names usages works with such keys only.
 *
 * Both are answered with CKR_VHSM_KEY_USAGE at Init. The key can still be wrapped under another key, if
 * CKA_EXTRACTABLE is CK_TRUE; the standard's wrapping does not carry the usage, so that the template of C_UnwrapKey
 * has to name it again, or the unwrapping key forces it with CKA_UNWRAP_TEMPLATE.
 */
#define CKA_VHSM_KEY_USAGE (VHSM_VENDOR_BASE | 0x0001UL)

/* The rest of what a key block says of its key [ANSI X9.143, 5]. All are optional, given when the key comes into
 * being, on keys with CKA_VHSM_KEY_USAGE only, and never change. */

/* What may be done with the key: one of the characters
 *
 *     B  encrypt, decrypt, wrap, unwrap    E, D  one direction of it
 *     C  make and check values             G, V  one of it
 *     X  derive keys                       Y     make variants
 *     S  sign                              T     sign and decrypt
 *     N  no restriction, as without the attribute
 *
 * It narrows the usage flags; another use is answered with CKR_VHSM_KEY_MODE_OF_USE at Init. */
#define CKA_VHSM_MODE_OF_USE (VHSM_VENDOR_BASE | 0x0002UL)
/* How the key may leave in a key block: "E" under a key-wrapping key, "S" under any, "N" not at all,
 * in no form: C_WrapKey answers CKR_VHSM_KEY_NOT_EXPORTABLE. */
#define CKA_VHSM_EXPORTABILITY (VHSM_VENDOR_BASE | 0x0003UL)
/* Two characters: the version of the key, "00" for none, or "c" and the number of a component. */
#define CKA_VHSM_KEY_VERSION (VHSM_VENDOR_BASE | 0x0004UL)
/* The optional blocks of the key block that the key came in, verbatim, one behind the other. */
#define CKA_VHSM_OPTIONAL_BLOCKS (VHSM_VENDOR_BASE | 0x0005UL)
/* One character: "A" AES, "T" triple DES, "D" DES, "H" HMAC. It has to go with CKA_KEY_TYPE. */
#define CKA_VHSM_KEY_ALGORITHM (VHSM_VENDOR_BASE | 0x0006UL)

/* CKA_START_DATE and CKA_END_DATE of a payment key hold: outside of them (in UTC) it answers CKR_VHSM_KEY_EXPIRED.
 *
 * A payment key that comes in (C_CreateObject, C_UnwrapKey) is looked at: all zeros never come in, bytes of even
 * parity and equal parts only with `payment.weak_keys = "accept"` in the configuration. */

/* ---- return values ----
 *
 * Why a payment key is refused. With `strictness.return_values = "standard"` in the configuration the value behind
 * the arrow is answered instead. */
#define CKR_VHSM_KEY_USAGE (VHSM_VENDOR_BASE | 0x0001UL)          /* -> CKR_KEY_FUNCTION_NOT_PERMITTED */
#define CKR_VHSM_KEY_MODE_OF_USE (VHSM_VENDOR_BASE | 0x0002UL)    /* -> CKR_KEY_FUNCTION_NOT_PERMITTED */
#define CKR_VHSM_KEY_ALGORITHM (VHSM_VENDOR_BASE | 0x0003UL)      /* -> CKR_KEY_TYPE_INCONSISTENT */
#define CKR_VHSM_KEY_NOT_EXPORTABLE (VHSM_VENDOR_BASE | 0x0004UL) /* -> CKR_KEY_UNEXTRACTABLE */
#define CKR_VHSM_KEY_PARITY (VHSM_VENDOR_BASE | 0x0005UL)         /* -> CKR_ATTRIBUTE_VALUE_INVALID */
#define CKR_VHSM_KEY_ALL_ZERO (VHSM_VENDOR_BASE | 0x0006UL)       /* -> CKR_ATTRIBUTE_VALUE_INVALID */
#define CKR_VHSM_KEY_MASQUERADES (VHSM_VENDOR_BASE | 0x0007UL)    /* -> CKR_ATTRIBUTE_VALUE_INVALID */
#define CKR_VHSM_KEY_EXPIRED (VHSM_VENDOR_BASE | 0x0008UL)        /* -> CKR_KEY_FUNCTION_NOT_PERMITTED */

/* ---- mechanisms ----
 *
 * Values that are checked are signatures: C_Sign makes one, C_Verify checks one and never tells what would have been
 * right. A key with CKA_SIGN CK_FALSE and CKA_VERIFY CK_TRUE can only check. Messages come whole: C_SignUpdate and
 * C_VerifyUpdate answer CKR_FUNCTION_NOT_SUPPORTED.
 *
 * Data that is not of the form given is answered with CKR_DATA_INVALID (a field that is missing or has other
 * characters than digits) or CKR_DATA_LEN_RANGE (a field of another length); a wrong value with
 * CKR_SIGNATURE_INVALID, one of another length with CKR_SIGNATURE_LEN_RANGE. Fields are ASCII and separated by ';',
 * with nothing behind the last one: no newline, no NUL.
 */

/* Card verification value of Visa, and what has the same algorithm. C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "C0"
 *     parameter  none
 *     data       PAN;EXPIRY;SERVICE CODE: 12 to 19, 4 and 3 digits
 *     signature  the value: 3 digits in ASCII
 *
 *     CVV, CVC    the card's expiry (in the order that the issuer uses, mostly YYMM) and service code
 *     CVV2, CVC2  service code 000
 *     iCVV        service code 999
 *     CAVV        a 4-digit unpredictable number in place of the expiry; in place of the service code, the
 *                 authentication result code (1 digit) and the second factor's (2 digits)
 *
 * A published example: the key 0123456789ABCDEF FEDCBA9876543210 gives 561.
 *
 *     CK_MECHANISM cvv = { CKM_VHSM_CVV, NULL, 0 };
 *     CK_BYTE card[] = "4123456789012345;8701;101", value[3];
 *     CK_ULONG length = sizeof value;
 *
 *     rv = C_SignInit(session, &cvv, key);
 *     rv = C_Sign(session, card, sizeof card - 1, value, &length);
 *
 *     rv = C_VerifyInit(session, &cvv, key);
 *     rv = C_Verify(session, card, sizeof card - 1, value, length);
 */
#define CKM_VHSM_CVV (VHSM_VENDOR_BASE | 0x0001UL)

/* PIN verification value of Visa. C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "V2"
 *     parameter  none: the PIN is in the clear
 *     data       PAN;KEY INDEX;PIN: 12 to 19, 1 and 4 to 12 digits
 *     signature  the value: 4 digits in ASCII
 *
 * The PAN stands there with its check digit, which is not part of the value: who has only the account number without
 * it (the 12 digits of a PIN block, say) appends any digit. The key index is the PVKI, by custom 1 to 6. The first
 * four digits of the PIN count.
 *
 * The PIN is the last field and takes all that is left of the data. A parameter can thus say in which other form it
 * comes, such as an encrypted PIN block, and the data's form stays.
 *
 * Whoever may sign or verify with PINs in the clear can find a card's PIN by trying: give such a key to programs that
 * may know PINs, and to no others.
 *
 *     CK_MECHANISM pvv = { CKM_VHSM_VISA_PVV, NULL, 0 };
 *     CK_BYTE pin[] = "4111111111111111;1;1234";
 */
#define CKM_VHSM_VISA_PVV (VHSM_VENDOR_BASE | 0x0002UL)

#endif
