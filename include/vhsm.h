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

/* What a payment key is for: two letters or digits, in the codes of TR-31 and X9.143. On secret keys.
 *
 *     "B0"  base derivation (BDK)      CKM_VHSM_DUKPT_..._INITIAL_KEY, CKM_VHSM_DUKPT_..._DERIVE, CKM_VHSM_PIN_...,
 *                                      CKM_VHSM_DATA_..., CKM_VHSM_DUKPT_MAC, CKM_VHSM_MAC_TRANSLATE
 *     "B1"  initial key of DUKPT       as "B0", but for the making of initial keys
 *     "D0"  data encryption            CKM_VHSM_DATA_..., CKM_VHSM_FF1, CKM_VHSM_FF3_1
 *     "C0"  card verification values   CKM_VHSM_CVV, CKM_VHSM_CSC, CKM_VHSM_CSC_V2
 *     "E0"  EMV, cryptograms           CKM_VHSM_EMV_AC, ..._ARPC1, ..._ARPC2, ..._TRUNCATED_AC, ..._..._KEY
 *     "E1"  EMV, confidentiality       CKM_VHSM_EMV_SCRIPT_ENCRYPT, CKM_VHSM_EMV_..._KEY
 *     "E2"  EMV, integrity             CKM_VHSM_EMV_SCRIPT_MAC, CKM_VHSM_EMV_..._KEY
 *     "E3"  EMV, data authentication   CKM_VHSM_EMV_DAC, CKM_VHSM_EMV_CARD_KEY
 *     "E4"  EMV, dynamic numbers       CKM_VHSM_CVC3, CKM_VHSM_EMV_DYNAMIC_NUMBER, CKM_VHSM_EMV_CARD_KEY
 *     "E5"  EMV, personalisation       CKM_VHSM_EMV_CARD_KEY
 *     "E6"  EMV, other                 CKM_VHSM_DCVV, CKM_VHSM_EMV_CARD_KEY
 *     "32"  Thales' code               CKM_VHSM_CVC3, CKM_VHSM_DCVV
 *     "M0"  MACs of ISO 16609          CKM_VHSM_ISO9797_ALG1_MAC with triple DES
 *     "M1"  ISO/IEC 9797-1, alg. 1     CKM_VHSM_ISO9797_ALG1_MAC
 *     "M3"  ISO/IEC 9797-1, alg. 3     CKM_VHSM_ISO9797_ALG3_MAC
 *     "M6"  CMAC                       CKM_AES_CMAC, CKM_DES3_CMAC and their _GENERAL
 *           "M0", "M1", "M3", "M6"     CKM_VHSM_MAC_TRANSLATE
 *     "M7"  HMAC                       CKM_SHA256_HMAC and all its like
 *     "P0"  PIN encryption             CKM_VHSM_PIN_..., and beside "V1" and "V2"
 *     "V1"  IBM 3624                   CKM_VHSM_IBM3624_...
 *     "V2"  Visa PIN verification      CKM_VHSM_VISA_PVV, CKM_VHSM_VISA_PVV_BLOCK, CKM_VHSM_VISA_PVV_CHANGE
 *     "D2"  decimalisation tables      CKM_VHSM_DECIMALIZATION_TABLE
 *
 *     "K0"  key encryption             CKM_VHSM_TR31, CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_X9_17
 *     "K1"  protection of key blocks   CKM_VHSM_TR31, CKM_VHSM_THALES_KEY_BLOCK
 *     "K4"  the same, ISO 20038        CKM_VHSM_TR31
 *     "03", "06"  Thales' codes of RSA private keys: they sign with CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS and its like (PKCS#1
 *           v1.5), and do nothing else; "04" (chip cards) and "05" (PINs) work with no mechanism
 *     "51", "52"  Thales' codes (TMK, ZMK)  CKM_VHSM_TR31, CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_X9_17
 *
 * and what CKM_VHSM_DUKPT_..._DERIVE makes: "P0" PIN encryption, "M3" MACs of ISO 9797-1, algorithm 3, "M6" CMAC,
 * "M7" HMAC, "D0" data encryption, "K0" key encryption, "K1" protection of key blocks, "B3" derivation of other keys.
 *
 * It is given when the key comes into being (C_CreateObject, C_GenerateKey, C_UnwrapKey, C_DeriveKey) and never
 * changes, in copies neither. It narrows what CKA_SIGN, CKA_VERIFY and the like allow:
 *
 *   - A key that has it works with the mechanisms that name its usage, and with no other. CKM_DES3_ECB under a card
 *     verification key would compute card verification values piece by piece.
 *   - A mechanism of this file works with such keys only, but for format-preserving encryption, which also takes keys
 *     without a usage. The standard's work with keys without a usage, CMAC and HMAC also with "M6" and "M7".
 *
 * Both are answered with CKR_VHSM_KEY_USAGE at Init. Its value is never told, whatever CKA_SENSITIVE says. The key can
 * be wrapped under another key, if CKA_EXTRACTABLE is CK_TRUE and today is one of its days. The standard's wrapping does
 * not carry the usage: a key comes in by it (and by C_DecapsulateKey) with the usage that CKA_UNWRAP_TEMPLATE
 * (CKA_DECAPSULATE_TEMPLATE) of the unwrapping key forces, and leaves not at all. With `payment.headerless_keys = "template"`
 * in the configuration it takes keys with CKA_VHSM_EXPORTABILITY "S", and the template of the call may name the usage.
 */
#define CKA_VHSM_KEY_USAGE (VHSM_VENDOR_BASE | 0x0001UL)

/* The rest of what a key block says of its key [ANSI X9.143, 5]. All are optional, given when the key comes into
 * being, on keys with CKA_VHSM_KEY_USAGE only. Mode of use and exportability become narrower by C_SetAttributeValue and in
 * copies, and never wider; the others never change. */

/* What may be done with the key: one of the characters
 *
 *     B  encrypt, decrypt, wrap, unwrap    E, D  one direction of it
 *     C  make and check values             G, V  one of it
 *     X  derive keys                       Y     make variants
 *     S  sign                              T     sign and decrypt (both of private keys; secret keys do nothing by them)
 *     N  no restriction, as without the attribute
 *
 * It narrows the usage flags; another use is answered with CKR_VHSM_KEY_MODE_OF_USE at Init. Mechanisms that derive
 * the key that they work with in the call (CKM_VHSM_DCVV, CKM_VHSM_CVC3) also take keys with X.
 *
 * Within N are all of them, of "E0", "E1" and "E2" only X and Y: such a key derives, or it is a session's and works. Without
 * a header (CKM_VHSM_VARIANT_LMK, CKM_VHSM_X9_17, general mechanisms) those come in as X, Y or N, unless
 * CKA_UNWRAP_TEMPLATE of the zone's master key says otherwise: CKR_VHSM_KEY_MODE_OF_USE. */
#define CKA_VHSM_MODE_OF_USE (VHSM_VENDOR_BASE | 0x0002UL)
/* How the key may leave: "E" in key blocks only (CKM_VHSM_TR31), "S" in any form, "N" not at all; else C_WrapKey answers
 * CKR_VHSM_KEY_NOT_EXPORTABLE. In a key block under a local master key it stays where it is. */
#define CKA_VHSM_EXPORTABILITY (VHSM_VENDOR_BASE | 0x0003UL)
/* Two characters: the version of the key, "00" for none, or "c" and the number of a component, which works with
 * CKM_VHSM_COMPONENTS_... only, and leaves in key blocks and under variant LMKs only. */
#define CKA_VHSM_KEY_VERSION (VHSM_VENDOR_BASE | 0x0004UL)
/* The optional blocks of the key block that the key came in, verbatim, one behind the other. */
#define CKA_VHSM_OPTIONAL_BLOCKS (VHSM_VENDOR_BASE | 0x0005UL)
/* One character: "A" AES, "T" triple DES, "D" DES, "H" HMAC. It has to go with CKA_KEY_TYPE. */
#define CKA_VHSM_KEY_ALGORITHM (VHSM_VENDOR_BASE | 0x0006UL)
/* Of keys with usage "V1": 16 digits, the only decimalisation table that the key works with. */
#define CKA_VHSM_DECIMALIZATION_TABLE (VHSM_VENDOR_BASE | 0x0007UL)

/* A local master key (LMK): a CKO_SECRET_KEY of the key type CKK_VHSM_LMK. CKA_VALUE has 320 bytes (a variant LMK, 20 pairs
 * of double keys, the pair 00-01 first), 24 (a key-block LMK of triple DES) or 32 (one of AES). It is always sensitive and
 * never extractable, works with CKM_VHSM_THALES_KEY_BLOCK or CKM_VHSM_VARIANT_LMK, with PINs under it (CKM_VHSM_PIN_...,
 * and beside "V1" and "V2") and with CKM_VHSM_DECIMALIZATION_TABLE, and has no payment attributes. DES parts have odd parity, and none is zero.
 *
 * CKA_CHECK_VALUE: of AES the start of the CMAC of no message (9D04A0 of the TEST key), of triple DES the start of an
 * encrypted zero block (8E0EC0), of a variant LMK the same under the exclusive or of its 20 pairs (397B0B).
 *
 * Under an LMK a key stays where it is: CKA_VHSM_EXPORTABILITY "N" is wrapped in a key block, and a key that tells none under a
 * variant LMK. That holds for an LMK that CKM_VHSM_LMK_GEN made on the token (CKA_LOCAL is CK_TRUE) or that the SO
 * trusts (CKA_TRUSTED), and with `payment.local_master_keys = "any"` in the configuration for all; under others the answer is
 * CKR_VHSM_KEY_NOT_EXPORTABLE. */
#define CKK_VHSM_LMK (VHSM_VENDOR_BASE | 0x0001UL)
/* Two decimal digits, "00" to "99": which LMK it is. Required. Of each kind (CKA_VALUE_LEN) one LMK of a number
 * is not an old one: a second one is answered with CKR_ATTRIBUTE_VALUE_INVALID. */
#define CKA_VHSM_LMK_ID (VHSM_VENDOR_BASE | 0x0010UL)
/* CK_BBOOL, CK_FALSE by default, to CK_TRUE only: it unwraps what was wrapped under it, and wraps no more. */
#define CKA_VHSM_LMK_OLD (VHSM_VENDOR_BASE | 0x0011UL)
/* CK_BBOOL, CK_TRUE by default, to CK_TRUE only: key type 002 is for PIN verification only, and terminals' keys are of
 * 70D, 80D and 90D. */
#define CKA_VHSM_LMK_SEPARATE_002 (VHSM_VENDOR_BASE | 0x0012UL)

/* CKA_START_DATE and CKA_END_DATE of a payment key hold: outside of them (in UTC) it answers CKR_VHSM_KEY_EXPIRED. They
 * become fewer days and never more, also in what is derived of it and in its Thales key block.
 *
 * A payment key that comes in (C_CreateObject, C_UnwrapKey) is looked at: all zeros never come in, bytes of even
 * parity, equal parts and the weak and semi-weak keys of DES only with `payment.weak_keys = "accept"` in the configuration. Initial keys of DUKPT ("B1")
 * have any parity: their bytes are what the cipher gave. */

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
#define CKR_VHSM_KEY_WEAK (VHSM_VENDOR_BASE | 0x0009UL)           /* -> CKR_ATTRIBUTE_VALUE_INVALID */

/* The local master key is another one than the block names, or of another kind. -> CKR_WRAPPED_KEY_INVALID */
#define CKR_VHSM_LMK_ID (VHSM_VENDOR_BASE | 0x0018UL)
/* The key type code does not go with the key's usage or component number. -> CKR_MECHANISM_PARAM_INVALID */
#define CKR_VHSM_KEY_TYPE_CODE (VHSM_VENDOR_BASE | 0x0019UL)

/* ---- mechanisms ----
 *
 * Values that are checked are signatures: C_Sign makes one, C_Verify checks one and never tells what would have been
 * right. A key with CKA_SIGN CK_FALSE and CKA_VERIFY CK_TRUE can only check. Messages come whole, but those of MACs:
 * C_SignUpdate and C_VerifyUpdate answer CKR_FUNCTION_NOT_SUPPORTED.
 *
 * A parameter is a few bytes without pointers or gaps. The first is the version of its form. What it may not contain is
 * answered with CKR_MECHANISM_PARAM_INVALID at Init.
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
 * Whoever may sign or verify with PINs in the clear can find a card's PIN by trying: give such a key to programs that
 * may know PINs, and to no others.
 *
 *     CK_MECHANISM pvv = { CKM_VHSM_VISA_PVV, NULL, 0 };
 *     CK_BYTE pin[] = "4111111111111111;1;1234";
 */
#define CKM_VHSM_VISA_PVV (VHSM_VENDOR_BASE | 0x0002UL)

/* Card security codes (CSC) of American Express, version 1 (classic) and version 2 (enhanced). C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "C0"
 *     parameter  2 bytes: 1 (its version), DIGITS: 5, 4 or 3; or 12: the codes of 5, 4 and 3 digits, in this order
 *     data       CKM_VHSM_CSC     PAN;EXPIRY: 15 digits that begin with 34 or 37, and 4 (YYMM)
 *                CKM_VHSM_CSC_V2  PAN;EXPIRY;SERVICE CODE: the same and 3 digits
 *     signature  the code: DIGITS digits in ASCII
 *
 * American Express does not publish the algorithms; docs/payment/card-values.md says where these are from.
 * CKM_VHSM_CSC_V2 is off unless mechanisms.enable names it: no published value shows that it is right.
 *
 * A published example: the key 0123456789ABCDEF FEDCBA9876543210 gives 61247, 8720 and 552.
 *
 *     CK_BYTE form[] = { 1, 4 };
 *     CK_MECHANISM csc = { CKM_VHSM_CSC, form, sizeof form };
 *     CK_BYTE card[] = "371234567890123;9912", value[4];
 *     CK_ULONG length = sizeof value;
 *
 *     rv = C_SignInit(session, &csc, key);
 *     rv = C_Sign(session, card, sizeof card - 1, value, &length);
 *
 *     rv = C_VerifyInit(session, &csc, key);
 *     rv = C_Verify(session, card, sizeof card - 1, value, length);
 */
#define CKM_VHSM_CSC (VHSM_VENDOR_BASE | 0x0003UL)
#define CKM_VHSM_CSC_V2 (VHSM_VENDOR_BASE | 0x0004UL)

/* ---- PINs ----
 *
 * PINs come and go in encrypted PIN blocks. Parameters are bytes without a gap, the first byte their version (1), and
 * numbers in them are big-endian. What describes a block is an END of 34 bytes:
 *
 *     FORMAT      1 byte    in the codes of payShield:
 *                            1  ISO 9564-1 format 0 (ANSI X9.8)    34  ISO 9564-1 format 2
 *                            2  Docutel (PINs of 4 to 6 digits)    47  ISO 9564-1 format 3
 *                            3  IBM 3624, Diebold                  48  ISO 9564-1 format 4 (16 bytes, AES)
 *                            4  PLUS                               35  Mastercard's for Pay Now & Pay Later: only where a
 *                            5  ISO 9564-1 format 1                    translation goes to
 *                          105 to 113  under a local master key of DES: 5 to 13 digits in ASCII; the PIN has one less
 *                          132  under a local master key of AES (16 bytes)
 *     DERIVATION  1 byte    0  the key itself, "P0"
 *                           1  DUKPT with triple DES, from a base or an initial key ("B0", "B1") in the call
 *                           2, 3, 4, 5, 6  DUKPT with AES; the PIN key is one of two-key or three-key triple DES,
 *                              AES-128, AES-192 or AES-256
 *     KSN         12 bytes  the key serial number at their end: 10 bytes with triple DES, 12 with AES; else zeros
 *     ACCOUNT     20 bytes  the number of digits (0: none is told), and 12 to 19 digits in ASCII with the check digit,
 *                           zeros behind them; with format 48 from 1 digit. Formats 1, 4, 35, 47, 48, 105 to 113 and 132
 *                           need it.
 *
 * A HANDLE is 8 bytes: the CK_OBJECT_HANDLE of a further key of the operation. That key is checked as the first one is;
 * an operation ends at logout if either is a private object.
 *
 * Keys of PINs are CKK_DES2, CKK_DES3, CKK_DES or CKK_AES with usage "P0" and the mode of use that the direction wants
 * ("B", "E", "D", "N"), or base keys of DUKPT with mode "X" or "N" and the usage flag of the function.
 *
 * PINs under a local master key (CKK_VHSM_LMK) are as an issuer's host keeps them, bound to the last 12 digits of the
 * account before the check digit. Their form is vhsm's own: under a key that HMAC with SHA-256
 * derives from the LMK, how many digits are missing, the PIN and zeros through FF1 [NIST SP 800-38G], or a block of ISO
 * 9564-1 format 4. An LMK needs CKA_WRAP where others need CKA_ENCRYPT, and CKA_UNWRAP for CKA_DECRYPT; an old one gives
 * PINs and takes none.
 *
 *     CKR_VHSM_PIN_BLOCK         deciphered, the block is none of its format: the wrong key, the wrong account, damage
 *     CKR_VHSM_PIN_BLOCK_FORMAT  the format does not go with the key, or the translation is not allowed
 *     CKR_VHSM_PIN_LENGTH        the PIN has other than 4 to 12 digits, or more than the format has room for
 */
#define CKR_VHSM_PIN_BLOCK (VHSM_VENDOR_BASE | 0x0010UL)
#define CKR_VHSM_PIN_BLOCK_FORMAT (VHSM_VENDOR_BASE | 0x0011UL)
#define CKR_VHSM_PIN_LENGTH (VHSM_VENDOR_BASE | 0x0012UL)
/* The PIN is one of those that the parameter excludes. */
#define CKR_VHSM_PIN_EXCLUDED (VHSM_VENDOR_BASE | 0x0013UL)
/* The decimalisation table is too plain, or not the one that the key is bound to. */
#define CKR_VHSM_DECIMALIZATION_TABLE (VHSM_VENDOR_BASE | 0x0014UL)
/* A change of PIN: the old PIN does not give the old value. */
#define CKR_VHSM_PIN_INCORRECT (VHSM_VENDOR_BASE | 0x0015UL)

/* A PIN into an encrypted block, as a terminal does it. C_Encrypt.
 *
 *     parameter  1 | END        data  4 to 12 digits in ASCII        ciphertext  the block: 8 bytes, or 16
 *
 *     CK_BYTE param[35] = { 1, 1, 0, 0,0,0,0,0,0,0,0,0,0,0,0, 16,
 *         '4','1','1','1','1','1','1','1','1','1','1','1','1','1','1','1' };
 *     CK_MECHANISM block = { CKM_VHSM_PIN_BLOCK, param, sizeof param };
 *     CK_BYTE pin[] = "1234", out[8];
 *     CK_ULONG length = sizeof out;
 *
 *     rv = C_EncryptInit(session, &block, pin_key);
 *     rv = C_Encrypt(session, pin, sizeof pin - 1, out, &length);
 */
#define CKM_VHSM_PIN_BLOCK (VHSM_VENDOR_BASE | 0x0020UL)

/* An encrypted block into a PIN in the clear. C_Decrypt. Off unless `mechanisms.enable` names it: for tests.
 *
 *     parameter  1 | END        ciphertext  the block        data  the digits in ASCII
 */
#define CKM_VHSM_PIN_REVEAL (VHSM_VENDOR_BASE | 0x0021UL)

/* A random PIN in an encrypted block. C_Encrypt.
 *
 *     parameter  1 | END | LENGTH [| COUNT | EXCLUDED LENGTH | EXCLUDED]: 1, 34, 1, 1, 1 bytes, and COUNT PINs of
 *                EXCLUDED LENGTH digits in ASCII, one behind the other, which it is not to be
 *     data       none (0 bytes)
 *     ciphertext the block
 */
#define CKM_VHSM_PIN_GENERATE (VHSM_VENDOR_BASE | 0x0022UL)

/* A block under another key and in another format: PIN translation [ISO 9564-1:2017, 9.5]. C_Decrypt with the key that
 * the block is encrypted under; what it gives is the block under the other key, which needs CKA_ENCRYPT.
 *
 *     parameter  1 | END | HANDLE | END [| MOST]: from where, and to which key and how; 77 bytes, and perhaps one that says
 *                how many digits the PIN may have (4 to 12)
 *     ciphertext the block
 *     data       the block under the other key; with MOST one byte behind it, the number of the PIN's digits
 *
 * Formats 1, 2, 3, 5, 47, 48 and those of PINs under local master keys become 1, 47, 48 or one of these, all of them but 2
 * and 3 also 35, and each but 34 becomes itself. A block that has an account goes to the same account only. Everything else
 * is CKR_VHSM_PIN_BLOCK_FORMAT.
 */
#define CKM_VHSM_PIN_TRANSLATE (VHSM_VENDOR_BASE | 0x0023UL)
/* The same without the rules of the last paragraph. Off unless `mechanisms.enable` names it: whoever may use it can
 * learn PINs. */
#define CKM_VHSM_PIN_TRANSLATE_ANY (VHSM_VENDOR_BASE | 0x0024UL)

/* Whether two blocks have the same PIN: verification against a reference. C_Verify; both keys need CKA_DECRYPT.
 *
 *     parameter  1 | END | HANDLE | END: of the block, and key and form of the reference; 77 bytes
 *     data       the block        signature  the reference block
 *
 * Where both formats have an account, it is the same one: else CKR_VHSM_PIN_BLOCK_FORMAT.
 */
#define CKM_VHSM_PIN_COMPARE (VHSM_VENDOR_BASE | 0x0025UL)

/* IBM 3624: PINs that follow from the account, and offsets of PINs that customers choose. The key is CKK_DES2,
 * CKK_DES3 or CKK_DES with usage "V1". The parameter begins with a METHOD of 50 bytes and an END:
 *
 *     TABLE       17 bytes  0, and the decimalisation table in 16 digits in ASCII; or 1, and the table as
 *                           CKM_VHSM_DECIMALIZATION_TABLE gives it, zeros behind it
 *     VALIDATION  16 bytes  the validation data: 16 hexadecimal digits in ASCII, padded as the issuer does it
 *     LENGTH      1 byte    how many digits of the PIN count, from the left: 4 to 12
 *     PIN KEY     8 bytes   HANDLE of the key of the END
 *     TABLE KEY   8 bytes   HANDLE of the key that the table is encrypted under ("D2", CKA_DECRYPT; or a local master
 *                           key, CKA_UNWRAP), or 0
 *
 * A table has 16 digits, at least 8 different ones, and none more than 4 times: CKR_VHSM_DECIMALIZATION_TABLE. Since
 * checks under tables of one's own choice tell a PIN, bind the key to its table with CKA_VHSM_DECIMALIZATION_TABLE.
 *
 * CKM_VHSM_IBM3624_PIN       C_Sign            data  the offset in ASCII, or nothing: the natural PIN
 *                                              parameter  as of OFFSET
 *                                              signature  the block of the PIN; its key needs CKA_ENCRYPT
 * CKM_VHSM_IBM3624_OFFSET    C_Sign, C_Verify  data  a block; its key needs CKA_DECRYPT
 *                                              parameter  with 2 in the place of its first byte, then also MOST, a
 *                                              byte: how many digits the PIN may have, 4 to 12, else
 *                                              CKR_VHSM_PIN_LENGTH; behind it, of C_Sign, perhaps COUNT | EXCLUDED
 *                                              LENGTH | EXCLUDED
 *                                              signature  the offset: LENGTH digits in ASCII
 * CKM_VHSM_IBM3624_CHANGE    C_Sign            parameter  also the old offset in 12 bytes, zeros behind it, and
 *                                              perhaps COUNT | EXCLUDED LENGTH | EXCLUDED
 *                                              data  the block of the old PIN and that of the new one, of one form
 *                                              signature  the new offset, if the old PIN is right
 *
 * A published example: under the key 0123456789ABCDEF FEDCBA9876543210, with the table 1234567890123456 and the
 * validation data 1122334455667788, the natural PIN is 4524, and 5635 has the offset 1111.
 */
#define CKM_VHSM_IBM3624_PIN (VHSM_VENDOR_BASE | 0x0028UL)
#define CKM_VHSM_IBM3624_OFFSET (VHSM_VENDOR_BASE | 0x0029UL)
#define CKM_VHSM_IBM3624_CHANGE (VHSM_VENDOR_BASE | 0x002AUL)

/* A decimalisation table for parameters. C_Encrypt with a key of usage "D2", or with a local master key (CKA_WRAP): under
 * a key-block LMK of triple DES it is as payShield has it. No parameter.
 *
 *     data  16 digits in ASCII        ciphertext  8 bytes under triple DES and LMKs of DES, 16 bytes under AES
 */
#define CKM_VHSM_DECIMALIZATION_TABLE (VHSM_VENDOR_BASE | 0x002BUL)

/* Such a table under another key, as it moves from an old local master key to a new one. C_Decrypt with the key that it
 * is under (CKA_DECRYPT, CKA_UNWRAP of a local master key).
 *
 *     parameter   1 | HANDLE: 9 bytes; the key that it goes to, which needs CKA_ENCRYPT (CKA_WRAP) and is no old one
 *     ciphertext  the table under the first key        data  under the other one
 */
#define CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE (VHSM_VENDOR_BASE | 0x002EUL)

/* PIN verification value of Visa, of PINs in encrypted blocks. The key is CKK_DES2 with usage "V2".
 *
 *     parameter  1 | KEY INDEX | HANDLE | END | ACCOUNT: 1, 1, 8, 34 and 20 bytes. The key index is a digit in ASCII,
 *                ACCOUNT that of the value, or 20 zeros where it is that of END. It is END's in any case where the format
 *                has an account (the 12 digits before the check digit): else CKR_VHSM_PIN_BLOCK_FORMAT
 *
 * CKM_VHSM_VISA_PVV_BLOCK    C_Sign, C_Verify  data  a block; its key needs CKA_DECRYPT
 *                                              parameter  of C_Sign perhaps also COUNT | EXCLUDED LENGTH | EXCLUDED
 *                                              signature  the value: 4 digits in ASCII
 * CKM_VHSM_VISA_PVV_CHANGE   C_Sign            parameter  also the old value in 4 bytes, and perhaps
 *                                              COUNT | EXCLUDED LENGTH | EXCLUDED
 *                                              data  the block of the old PIN and that of the new one, of one form
 *                                              signature  the new value, if the old PIN is right
 */
#define CKM_VHSM_VISA_PVV_BLOCK (VHSM_VENDOR_BASE | 0x002CUL)
#define CKM_VHSM_VISA_PVV_CHANGE (VHSM_VENDOR_BASE | 0x002DUL)

/* ---- DUKPT ----
 *
 * A key for every transaction of a device. C_DeriveKey makes the initial key of a device from a base derivation key,
 * and the working keys of a transaction from either. Parameters are bytes without a gap, the first byte their version.
 *
 * What comes out is a payment key that the mechanism makes: CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE,
 * CKA_VHSM_KEY_ALGORITHM, CKA_KEY_TYPE and CKA_VALUE_LEN are as told below, CKA_SENSITIVE is CK_TRUE. The template may
 * repeat them, and choose where there is a choice; of a mode that has both directions it may name one of them ("E" or
 * "D" for "B", "G" or "V" for "C"). Anything else is CKR_TEMPLATE_INCONSISTENT. CKA_EXTRACTABLE and
 * CKA_VHSM_EXPORTABILITY are never wider than those of the base key; of one that tells no exportability, keys of "S" come
 * with `payment.headerless_keys = "template"` only. DES keys keep the bytes that the algorithm gives,
 * without odd parity, as the standard has it.
 *
 * The base key has mode of use "X" or "N" (CKR_VHSM_KEY_MODE_OF_USE) and CKA_DERIVE. Give a host whose work is with
 * single transactions a base key with CKA_ALLOWED_MECHANISMS of ..._DERIVE only.
 *
 * SIDE is one byte: 0 for the host, 1 for the device. It sets the direction of the working key: what the device
 * encrypts or makes, the host decrypts or checks, and the other way round.
 *
 * A wrong parameter is CKR_MECHANISM_PARAM_INVALID; the log says which byte of it.
 */

/* DUKPT with triple DES: the initial key of a device [ANSI X9.24-1, X9.24-3]. C_DeriveKey.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "B0"
 *     parameter  1 | KSN: 1 byte, 8 to 10 bytes
 *     result     CKK_DES2, usage "B1", mode "X", algorithm "T"
 *
 * KSN is the key serial number: identifiers of key set and device, and in its last 21 bits the counter, which does not
 * matter here. One of 8 or 9 bytes is filled up on the left with bytes FF, as the standard has it; one of an odd number
 * of hexadecimal digits begins with a digit F. The KSN descriptor of host commands (605, 609, 906, A05: how many digits
 * each identifier has) tells nothing that the algorithm would want.
 */
#define CKM_VHSM_DUKPT_TDES_INITIAL_KEY (VHSM_VENDOR_BASE | 0x0010UL)

/* DUKPT with triple DES: a working key [ANSI X9.24-1, X9.24-3]. C_DeriveKey.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "B0" or "B1"
 *     parameter  1 | SIDE | PURPOSE | KSN: 1, 1, 1 and 8 to 10 bytes
 *     result     CKK_DES2, algorithm "T"
 *
 *     PURPOSE                 usage         mode: host  device
 *     1  PIN encryption       "P0"                "D"   "E"
 *     2  MAC of a request     "M3" or "M6"        "V"   "G"
 *     3  MAC of a response    "M3" or "M6"        "G"   "V"
 *     4  data of a request    "D0"                "D"   "E"
 *     5  data of a response   "D0"                "E"   "D"
 *
 * Keys for data are encrypted under themselves. "M3" is what a template without CKA_VHSM_KEY_USAGE gets. The counter of
 * the KSN has 1 to 10 ones, since devices leave out other values; 0 is taken for MACs only, for which some HSMs use the
 * initial key as that of a transaction.
 *
 * The standard's first example: from the base derivation key 0123456789ABCDEF FEDCBA9876543210, the PIN key
 * 042666B49184CF5C 68DE9628D0397B36.
 *
 *     CK_BYTE param[] = { 1, 0, 1, 0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x01 };
 *     CK_MECHANISM pin_key = { CKM_VHSM_DUKPT_TDES_DERIVE, param, sizeof param };
 *     CK_OBJECT_HANDLE key;
 *
 *     rv = C_DeriveKey(session, &pin_key, bdk, NULL, 0, &key);
 */
#define CKM_VHSM_DUKPT_TDES_DERIVE (VHSM_VENDOR_BASE | 0x0011UL)

/* DUKPT with AES: the initial key of a device [ANSI X9.24-3:2017]. C_DeriveKey.
 *
 *     key        CKK_AES, CKA_VHSM_KEY_USAGE "B0"
 *     parameter  1 | ID: 1 and 8 bytes
 *     result     CKK_AES as long as the base derivation key, usage "B1", mode "X", algorithm "A"
 *
 * ID is the identifier of the initial key: those of the base derivation key and of the device, 4 bytes each.
 *
 *     CK_BYTE param[] = { 1, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56 };
 *     CK_MECHANISM initial = { CKM_VHSM_DUKPT_AES_INITIAL_KEY, param, sizeof param };
 */
#define CKM_VHSM_DUKPT_AES_INITIAL_KEY (VHSM_VENDOR_BASE | 0x0012UL)

/* DUKPT with AES: a working key [ANSI X9.24-3:2017]. C_DeriveKey.
 *
 *     key        CKK_AES, CKA_VHSM_KEY_USAGE "B0" or "B1"
 *     parameter  1 | SIDE | USAGE | ALGORITHM | BITS | ID | COUNTER: 1, 1, 2, 2, 2, 8 and 4 bytes, big-endian
 *
 * USAGE, ALGORITHM and BITS are those of the standard's derivation data; ID and COUNTER together are the KSN.
 *
 *     USAGE                             usage           mode: host  device
 *     0002  key encryption              "K0" or "K1"          "B"   "B"
 *           with COUNTER FFFFFFFF       "K1" or "K0"          "E"   "D"
 *     1000  PIN encryption              "P0"                  "D"   "E"
 *     2000  MAC, the device generates   as the algorithm      "V"   "G"
 *     2001  MAC, the device verifies    as the algorithm      "G"   "V"
 *     2002  MAC, both ways              as the algorithm      "C"   "C"
 *     3000  data, the device encrypts   "D0"                  "D"   "E"
 *     3001  data, the device decrypts   "D0"                  "E"   "D"
 *     3002  data, both ways             "D0"                  "B"   "B"
 *     8000  key derivation              "B3"                  "X"   "X"
 *
 *     ALGORITHM   BITS             key                                              algorithm  usage for MACs
 *     0  2TDEA    128              CKK_DES2                                         "T"        "M3" or "M6"
 *     1  3TDEA    192              CKK_DES3                                         "T"        "M6"
 *     2  AES      128              CKK_AES                                          "A"        "M6"
 *     3  AES      192              CKK_AES                                          "A"        "M6"
 *     4  AES      256              CKK_AES                                          "A"        "M6"
 *     5  HMAC     128, 192, 256    CKK_GENERIC_SECRET, CKK_SHA_1_HMAC, SHA-2 HMACs  "H"        "M7"
 *
 * Where there is a choice, the first is the default. HMAC keys are for MACs only, keys for derivation are AES keys.
 * AES and HMAC keys that are longer than the base key would be stronger than it: CKR_KEY_SIZE_RANGE.
 *
 * COUNTER has 1 to 16 ones, since devices leave out other values. FFFFFFFF is no transaction: USAGE 0002 with it gives
 * the key that protects the key block in which a device gets a new initial key (update of the initial key).
 *
 *     CK_BYTE param[] = { 1, 0, 0x10, 0x00, 0, 2, 0, 128,
 *                         0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, 1 };
 *     CK_MECHANISM pin_key = { CKM_VHSM_DUKPT_AES_DERIVE, param, sizeof param };
 */
#define CKM_VHSM_DUKPT_AES_DERIVE (VHSM_VENDOR_BASE | 0x0013UL)
/* MACs of payment messages [ISO/IEC 9797-1:2011, MAC algorithms 1 and 3]. C_Sign, C_Verify, whole and in pieces, with
 * states that C_GetOperationState saves.
 *
 *     parameter  3 bytes, or 11
 *                  0      1: the version
 *                  1      padding method: 1 (zeros), 2 (80, then zeros), 3 (the length before, zeros behind)
 *                  2      length of the MAC in bytes, 4 to 8: the MAC's first
 *                  3..10  with method 3: length of the message in bytes, big-endian. It need not be there for
 *                         messages that come whole; without it, C_SignUpdate and C_VerifyUpdate answer
 *                         CKR_FUNCTION_NOT_SUPPORTED, because the length is the first that goes into the MAC. A message
 *                         of another length is answered with CKR_DATA_LEN_RANGE
 *     data       any bytes, also none
 *     signature  the MAC
 *
 * Algorithm 1 chains with the whole key. With a single DES key it is the MAC of ANSI X9.9, with others that of ISO 16609.
 * The usage "M0" wants triple DES; a single DES key is answered with CKR_VHSM_KEY_ALGORITHM.
 *
 *     key        CKK_DES, CKK_DES2, CKK_DES3, CKA_VHSM_KEY_USAGE "M1" or "M0"
 *
 * Algorithm 3, the retail MAC of ANSI X9.19, chains with single DES by the key's first part and ends with triple DES by
 * the whole key.
 *
 *     key        CKK_DES2, CKK_DES3, CKA_VHSM_KEY_USAGE "M3"
 *
 * The example of ANSI X9.19: the key 0123456789ABCDEF FEDCBA9876543210 gives A1C72E74EA3FA9B6.
 *
 *     CK_BYTE form[] = { 1, 1, 8 };
 *     CK_MECHANISM retail = { CKM_VHSM_ISO9797_ALG3_MAC, form, sizeof form };
 *     CK_BYTE text[] = "Now is the time for all ", mac[8];
 *     CK_ULONG length = sizeof mac;
 *
 *     rv = C_SignInit(session, &retail, key);
 *     rv = C_Sign(session, text, sizeof text - 1, mac, &length);
 */
#define CKM_VHSM_ISO9797_ALG1_MAC (VHSM_VENDOR_BASE | 0x0040UL)
#define CKM_VHSM_ISO9797_ALG3_MAC (VHSM_VENDOR_BASE | 0x0041UL)

/* Card verification values that are another one for each transaction, under the card's key, which is derived from the
 * issuer's in the call [EMV Book 2, A1.4] and kept nowhere. C_Sign, C_Verify.
 *
 * The derivation is 'A', from the last 16 digits of PAN and sequence number, or 'B', from a hash of both where the PAN has
 * more than 16 digits; for shorter ones they are the same. The parity of the derived key is not adjusted, which changes
 * no value.
 *
 * Visa's dCVV: the CVV with the transaction counter in place of the PAN's first four digits.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "E6" or "32": the issuer's
 *     parameter  2 bytes
 *                  0      1: the version
 *                  1      derivation of the card's key: 'A' or 'B'
 *     data       PAN;PAN SEQUENCE NUMBER;EXPIRY;SERVICE CODE;COUNTER: 12 to 19, 2, 4, 3 and 4 digits
 *     signature  the value: 3 digits in ASCII
 *
 * Mastercard's CVC3: the block of IV, unpredictable number and counter encrypted, the last two bytes of it as a number of
 * five decimal digits.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "E4" or "32": the issuer's
 *     parameter  4 bytes
 *                  0      1: the version
 *                  1      derivation of the card's key: 'A' or 'B'
 *                  2      last field of the data: 1 track data, of which the IV is computed; 2 the IV (IVCVC3)
 *                  3      digits of the value, 3 to 5: the last of the five
 *     data       PAN;PAN SEQUENCE NUMBER;COUNTER;UNPREDICTABLE NUMBER;TRACK DATA OR IV: 12 to 19 and 2 digits; the rest
 *                bytes in hexadecimal digits of either case: 2, 4, and 1 to 100 bytes of track data or 2 of the IV
 *     signature  the value: 3 to 5 digits in ASCII
 *
 * Track data are the template of track 1 (ASCII, in hexadecimal) or track 2 (padded with F) with zeros where the card puts
 * counter, unpredictable number and CVC3.
 *
 * An example of an HSM's: the key 0123456789987654 3210012345678998 gives 488, and 29488 of five digits.
 *
 *     CK_BYTE form[] = { 1, 'A', 1, 3 };
 *     CK_MECHANISM cvc3 = { CKM_VHSM_CVC3, form, sizeof form };
 *     CK_BYTE card[] = "5123456789012345;00;005E;00000899;5123456789012345D35121010000000000000F", value[3];
 *     CK_ULONG length = sizeof value;
 *
 *     rv = C_SignInit(session, &cvc3, key);
 *     rv = C_Sign(session, card, sizeof card - 1, value, &length);
 */
#define CKM_VHSM_DCVV (VHSM_VENDOR_BASE | 0x0048UL)
#define CKM_VHSM_CVC3 (VHSM_VENDOR_BASE | 0x0049UL)

/* ---- chip cards (EMV) ----
 *
 * The issuer's side: keys of cards and of sessions, cryptograms, answers to them, scripts [EMV Book 2]. Every mechanism
 * can be given the issuer's master key: it derives the card's key and the session's in the call, works with that, and
 * keeps neither. docs/payment/emv.md says what each scheme and cryptogram version wants.
 *
 * All have one form of parameter:
 *
 *     0   1: the version
 *     1   KEY: what the given key is
 *           'A', 'B'  an issuer's master key of triple DES, and the option by which the card's comes of it [A1.4.1, A1.4.2]
 *           'C'       an issuer's master key of AES [A1.4.3]
 *           'M'       a card's master key
 *           'S'       the key that works: a session's, or that of a card that works without sessions
 *     2   SESSION: how the session's key comes of the card's
 *           0         there is none: the card's key works
 *           1         common session key of the counter [A1.3.1]
 *           2         Mastercard's: of counter and unpredictable number
 *           3         common session key of a value of 8 bytes: the cryptogram, for scripts
 *           4         Visa's, for scripts: the counter on both halves; triple DES only
 *           5         the tree of EMV 4.1; triple DES only
 *     3   OPTION, 4 LENGTH: as the mechanism says
 *     with KEY 'A', 'B', 'C':
 *         10 bytes  PAN as in tag 5A: two digits to a byte, filled up with F
 *         1 byte    PAN sequence number as in tag 5F34; 00 for none
 *     by SESSION:
 *         0         nothing
 *         1, 4      ATC (2)
 *         2         ATC (2) | unpredictable number (4)
 *         3         the value (8)
 *         5         ATC (2) | height (1) | branches (1) | IV (16): 2 to 16 levels, and at least 65536 keys in all
 *
 * A key that derives ('A', 'B', 'C', 'M') has the mode of use "X" or "N", or none told; one that works ('S') has another:
 * "C", "G" or "V" for values, "E" or "B" for encryption. So no issuer's key ever makes a cryptogram itself, of which the
 * keys of cards would come out. A key of the wrong side is answered with CKR_VHSM_KEY_MODE_OF_USE at Init.
 *
 * Data of a wrong length are answered with CKR_DATA_LEN_RANGE.
 */

/* Master key of a card; key of a session. C_DeriveKey.
 *
 *     key        CKK_DES2, CKK_AES, CKA_VHSM_KEY_USAGE
 *                  CARD_KEY      "E0" to "E6"
 *                  SESSION_KEY   "E0", "E1", "E2"
 *     parameter  KEY 'A', 'B', 'C', SESSION 0 for CARD_KEY; KEY 'A', 'B', 'C', 'M', SESSION 1 to 5 for SESSION_KEY;
 *                OPTION 0, LENGTH 0
 *     result     the type, length and usage of the given key; DES keys of odd parity
 *
 * The mode of use is chosen by the template, the first by default:
 *
 *                   "E0"                 "E1"    "E2"               others
 *     CARD_KEY      "X", "C", "G", "V"   "X"     "X"                "X"
 *     SESSION_KEY   "C", "G", "V"        "E"     "C", "G", "V"
 *
 * CKA_SENSITIVE is CK_TRUE; CKA_EXTRACTABLE, CKA_VHSM_EXPORTABILITY and the days are never wider than those of the given key.
 *
 *     CK_BYTE param[] = { 1, 'A', 0, 0, 0, 0x41, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0xFF, 0xFF, 0x00 };
 *     CK_MECHANISM card_key = { CKM_VHSM_EMV_CARD_KEY, param, sizeof param };
 *
 *     rv = C_DeriveKey(session, &card_key, issuer_key, NULL, 0, &key);
 */
#define CKM_VHSM_EMV_CARD_KEY (VHSM_VENDOR_BASE | 0x0050UL)
#define CKM_VHSM_EMV_SESSION_KEY (VHSM_VENDOR_BASE | 0x0051UL)

/* Application cryptogram: ARQC, TC, AAC [8.1]. C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKK_AES, CKA_VHSM_KEY_USAGE "E0"
 *     parameter  OPTION: padding, 1 (zeros) or 2 (80 and zeros); 0 with AES
 *                LENGTH: 4 to 8 bytes of the cryptogram, the first; 8 are usual
 *     data       the values that the scheme puts together, more than 8 bytes
 *     signature  the cryptogram
 *
 * MAC of ISO/IEC 9797-1, algorithm 3, with triple DES; CMAC with AES.
 *
 * An HSM's example, Visa's CVN 18: under the issuer's key 0123456789ABCDEF FEDCBA9876543210 the data below give
 * 7A788EA6B8A3E733.
 *
 *     CK_BYTE param[] = { 1, 'B', 1, 2, 8, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0xFF, 0xFF, 0x00, 0x00, 0x1C };
 *     CK_MECHANISM cryptogram = { CKM_VHSM_EMV_AC, param, sizeof param };
 *     CK_BYTE data[] = {
 *         0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x24, 0x80, 0x00, 0x04, 0x80, 0x00,
 *         0x01, 0x24, 0x19, 0x11, 0x05, 0x01, 0x52, 0xBF, 0x45, 0x85, 0x18, 0x00, 0x00, 0x1C, 0x06, 0x01, 0x12, 0x03, 0xA0,
 *         0xB8, 0x00
 *     };
 *
 *     rv = C_VerifyInit(session, &cryptogram, key);
 *     rv = C_Verify(session, data, sizeof data, arqc, 8);
 */
#define CKM_VHSM_EMV_AC (VHSM_VENDOR_BASE | 0x0052UL)

/* The issuer's response to a cryptogram [8.2]. C_Sign, C_Verify.
 *
 *     key        CKA_VHSM_KEY_USAGE "E0"; CKK_DES2, ARPC2 also CKK_AES
 *     parameter  OPTION 0; LENGTH 8 for ARPC1, 4 for ARPC2
 *                ARPC1 also with OPTION 1 or 2, padding as for CKM_VHSM_EMV_AC: only right cryptograms are answered
 *     data       ARPC1   cryptogram | response code: 8 and 2 bytes; with OPTION 1 and 2 the values of the cryptogram behind
 *                        them, more than 8 bytes: CKR_DATA_INVALID if it is not theirs
 *                ARPC2   cryptogram | card status update | proprietary authentication data: 8, 4 and 0 to 8 bytes
 *     signature  the ARPC: 8 or 4 bytes
 */
#define CKM_VHSM_EMV_ARPC1 (VHSM_VENDOR_BASE | 0x0053UL)
#define CKM_VHSM_EMV_ARPC2 (VHSM_VENDOR_BASE | 0x0054UL)

/* Truncated cryptogram: what a reader in a customer's hand shows (CAP, DPA). C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKK_AES, CKA_VHSM_KEY_USAGE "E0"
 *     parameter  OPTION: padding as for CKM_VHSM_EMV_AC
 *                LENGTH: what is shown
 *                  1  a decimal number. The common form is followed by the bitmap's length n (1 byte, 11 to 43), the
 *                     bitmap, and the rest of the card's answer: CID (1) | ATC (2) | issuer application data (n - 11)
 *                  2  masked bytes. The common form is followed by 8 (1 byte) and the cryptogram's bitmap (8 bytes)
 *     data       as for CKM_VHSM_EMV_AC
 *     signature  1: the bits of CID | ATC | cryptogram | issuer application data that the bitmap takes, as a decimal
 *                number in ASCII, with zeros before it, as long as the largest is
 *                2: the cryptogram with zeros for what the bitmap does not take
 *
 * The bitmap is the issuer's (IPB). It takes at least 8 bits of the cryptogram, for C_Verify at least 16, and at most
 * 64 bits in form 1.
 */
#define CKM_VHSM_EMV_TRUNCATED_AC (VHSM_VENDOR_BASE | 0x0055UL)

/* MAC of an issuer's script [9.2]. C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKK_AES, CKA_VHSM_KEY_USAGE "E2"
 *     parameter  OPTION: padding as for CKM_VHSM_EMV_AC; LENGTH: 4 to 8 bytes of the MAC, the first
 *                SESSION 0 with KEY 'S' only
 *     data       command header | what the scheme puts behind it | command data
 *     signature  the MAC
 */
#define CKM_VHSM_EMV_SCRIPT_MAC (VHSM_VENDOR_BASE | 0x0056UL)

/* Encryption of an issuer's script's data [9.3]. C_Encrypt.
 *
 *     key        CKK_DES2, CKK_AES, CKA_VHSM_KEY_USAGE "E1"
 *     parameter  OPTION: 1  Visa: the length in a byte before the data, 80 and zeros behind them; ECB; triple DES only
 *                        2  Mastercard: 80 and zeros behind data that are not whole blocks; CBC with an IV of zeros
 *                        3  EMV: 80 and zeros behind the data; CBC with an IV of zeros
 *                LENGTH 0; SESSION 0 with KEY 'S' only
 *     data       1 to 255 bytes
 *     result     the encrypted data
 */
#define CKM_VHSM_EMV_SCRIPT_ENCRYPT (VHSM_VENDOR_BASE | 0x0057UL)

/* A new PIN for a card, from encrypted PIN blocks, as the data of a script. C_Encrypt.
 *
 *     key        as for CKM_VHSM_EMV_SCRIPT_ENCRYPT, of triple DES
 *     parameter  1 | FORMAT | PIN KEY | AC KEY | END | the common form: 1, 1, 8, 8, 34 bytes and the rest
 *                FORMAT   34  ISO 9564-1 format 2 (Mastercard and others)
 *                         41  Visa's, of the new PIN
 *                         42  Visa's, of the new and the current PIN
 *                PIN KEY  HANDLE of the key of END, with CKA_DECRYPT
 *                AC KEY   HANDLE of the issuer's key for application cryptograms ("E0", mode "X" or "N", CKA_DERIVE) with
 *                         41 and 42, where the form has KEY 'A' or 'B'; 0 with 34
 *                END      how the blocks of the PINs are formed
 *     data       the block of the new PIN; with 42 that of the current PIN behind it
 *     ciphertext the data of the script
 */
#define CKM_VHSM_EMV_PIN_CHANGE (VHSM_VENDOR_BASE | 0x005AUL)

/* Data authentication code and dynamic number of Mastercard's chip cards. C_Sign, C_Verify.
 *
 *     key        CKK_DES2, CKA_VHSM_KEY_USAGE "E3" for DAC, "E4" for DYNAMIC_NUMBER
 *     parameter  KEY 'A' or 'B', SESSION 0, OPTION 0, LENGTH: 2 to 8 bytes of the value, the first
 *     data       the block that the card's key encrypts: 8 bytes, as the scheme puts them together
 *     signature  the value
 */
#define CKM_VHSM_EMV_DAC (VHSM_VENDOR_BASE | 0x0058UL)
#define CKM_VHSM_EMV_DYNAMIC_NUMBER (VHSM_VENDOR_BASE | 0x0059UL)
/* ---- key blocks ----
 *
 * Key blocks of TR-31 and ANSI X9.143. C_WrapKey, C_UnwrapKey.
 *
 *     key        CKK_DES2, CKK_DES3 for versions A, B, C; CKK_AES for versions D and E. CKA_VHSM_KEY_USAGE "K1" or "K0",
 *                "K4", "52", "51"
 *     parameter  2 bytes
 *                  0      1: the version
 *                  1      version of the block: 'A' to 'E'; to unwrap also 0 for any
 *                to unwrap, behind them perhaps one with options: 1 the parity of a DES key is set, whatever it was;
 *                2 the key goes on under a local master key (below)
 *                to wrap, behind them perhaps 9 bytes and optional blocks. 0 leaves a field to the key's attributes
 *                  2, 3   usage                   0, or as CKA_VHSM_KEY_USAGE; for Thales' codes also the standard's
 *                                                 that mechanisms take them as, and the other way round ("72", "P0")
 *                  4      algorithm               0, or as CKA_VHSM_KEY_ALGORITHM
 *                  5      mode of use             0, or no wider than CKA_VHSM_MODE_OF_USE
 *                  6, 7   key version             0, or as CKA_VHSM_KEY_VERSION; any but a component's if that is "00"
 *                  8      exportability           0, or no wider than CKA_VHSM_EXPORTABILITY
 *                  9      masking length: random bytes make the key in the block as long as this many bytes; 0 for 24
 *                         with DES keys and 32 with AES keys, 1 for no more than has to be
 *                  10     check values that are added: 1 of the key (KC), 2 of the protection key (KP), 3 both
 *                  11..   optional blocks, one behind the other as they stand in a header, without PB and KP
 *     block      characters
 *
 * Wrapping: the key is a secret key with CKA_VHSM_KEY_USAGE (else CKR_VHSM_KEY_USAGE) that may leave: CKA_EXTRACTABLE is
 * CK_TRUE and CKA_VHSM_EXPORTABILITY is not "N". A mode of use that nobody tells is "N" (no restriction), an
 * exportability that nobody tells is "N" (none). A parameter that is wider than the key is answered with the CKR_VHSM_...
 * of the field. Optional blocks are the key's own (CKA_VHSM_OPTIONAL_BLOCKS), but for those of which the parameter has
 * others, then the parameter's, then HM for HMAC keys, KC and KP, and PB where the header needs it. AES keys leave under
 * AES keys that are as long at least: CKR_WRAPPING_KEY_SIZE_RANGE.
 *
 * Unwrapping: the block says what the key is. CKA_CLASS, CKA_KEY_TYPE, CKA_VHSM_KEY_USAGE and the other attributes of
 * payment keys come of the header, CKA_SENSITIVE is CK_TRUE, and CKA_EXTRACTABLE is CK_FALSE where exportability is "N",
 * unless option 2 lets the template say otherwise: then it can be wrapped under a local master key
 * (CKM_VHSM_THALES_KEY_BLOCK) and no other.
 * The template may repeat them and choose a narrower mode of use or exportability; what contradicts the block is
 * CKR_TEMPLATE_INCONSISTENT. Optional blocks are kept as they came; KC, KP and HM have to be true of the keys.
 *
 *     CKR_WRAPPED_KEY_LEN_RANGE    the block is not as long as its header says, or its key has a length that there is not
 *     CKR_WRAPPED_KEY_INVALID      anything else is wrong with it: the MAC, a character, an optional block, a check value
 *     CKR_VHSM_KEY_ALGORITHM       the block is good, and keys of this algorithm do not come in here (RSA but under an LMK, EC)
 *     CKR_VHSM_KEY_ALL_ZERO, ...   the block is good, and the key in it is weak
 *
 *     CK_BYTE form[] = { 1, 'D' };
 *     CK_MECHANISM tr31 = { CKM_VHSM_TR31, form, sizeof form };
 *     CK_OBJECT_HANDLE pin_key;
 *
 *     rv = C_UnwrapKey(session, &tr31, protection_key, block, length, NULL, 0, &pin_key);
 */
#define CKM_VHSM_TR31 (VHSM_VENDOR_BASE | 0x0080UL)

/* Keys with their header under somebody's public key. C_WrapKey with the public key, C_UnwrapKey with the private key. A
 * key block of CKM_VHSM_TR31 under a protection key that serves once; what its block carries and what the template may say
 * is as there. Public keys need CKA_WRAP, private keys CKA_UNWRAP; such pairs should do nothing else.
 *
 *     HASH        1 byte   0x21 SHA-256, 0x22 SHA-384, 0x23 SHA-512
 *     PROTECTION  1 byte   2, 3 triple DES with two or three parts: version B; 4, 5, 6 AES-128, AES-192, AES-256: versions D, E
 *     BLOCK                to wrap: what the parameter of CKM_VHSM_TR31 has behind its first byte: the version, and perhaps 9
 *                          bytes and optional blocks; to unwrap: the version, or 0 for each that goes with PROTECTION
 *
 * An AES key leaves under a public key that is as strong at least [NIST SP 800-57 part 1, table 2]: AES-128 under RSA of 3072
 * bits or a curve of 256, AES-192 under 7680 or 384, AES-256 under 15360 or 512. Else CKR_WRAPPING_KEY_SIZE_RANGE.
 *
 * RSA: a random protection key under OAEP with HASH, MGF1 with HASH and no label [RFC 8017, 7.1], as long as the modulus, and
 * the block behind it.
 *
 *     key        CKK_RSA, 2048 to 16384 bits
 *     parameter  1 | HASH | PROTECTION | BLOCK
 *
 * ECDH: the protection key is derived from the secret of Diffie-Hellman [NIST SP 800-56A rev. 3, 5.7.1.2].
 *
 *     key        CKK_EC, 256 to 521 bits
 *     parameter  1 | KDF | HASH | PROTECTION | HANDLE | LENGTH | INFO | BLOCK, and to unwrap | POINT
 *                  KDF     1 byte   1 ANSI X9.63, 2 NIST SP 800-56C, 4.1 (as the concatenation of SP 800-56A)
 *                  HANDLE  8 bytes  to wrap: CK_OBJECT_HANDLE of the own private key, big-endian, which needs CKA_UNWRAP; 0
 *                                   makes a pair for the call, whose point (uncompressed) stands before the block.
 *                                   To unwrap: 0
 *                  LENGTH  2 bytes  of INFO, big-endian
 *                  INFO             shared information: of static pairs at least a byte, and another for each key
 *                  POINT            the other side's public point; nothing: it stands before the block
 *
 * CKR_WRAPPED_KEY_INVALID is the one answer to every fault of padding, protection key, point, header and MAC. Whoever has
 * an RSA public key can make keys for it: it does not say who did.
 *
 *     CK_BYTE form[] = { 1, 0x21, 6, 'D' };
 *     CK_MECHANISM transport = { CKM_VHSM_RSA_KEY_TRANSPORT, form, sizeof form };
 *
 *     rv = C_WrapKey(session, &transport, partner_public_key, pin_key, wrapped, &length);
 */
#define CKM_VHSM_RSA_KEY_TRANSPORT (VHSM_VENDOR_BASE | 0x008AUL)
#define CKM_VHSM_ECDH_KEY_TRANSPORT (VHSM_VENDOR_BASE | 0x008BUL)

/* ---- other makers' numbers ----
 *
 * For software that was written for other products: off unless `compat` in the configuration names the product
 * (`compat = ["luna", "protecttoolkit"]`). Keys are general keys, without CKA_VHSM_KEY_USAGE.
 *
 * Thales Luna [the pages CKM_... of its documentation]:
 *
 *   CKM_DES3_X919_MAC         C_Sign, C_Verify, in parts too. CKK_DES2, CKK_DES3; no parameter; 4 bytes
 *   CKM_DES2_DUKPT_...        C_DeriveKey from the base derivation key, CKK_DES2. The parameter is a
 *                             CK_KEY_DERIVATION_STRING_DATA whose data are the KSN of 10 bytes; the new key is CKK_DES2
 *
 * Both, under the same numbers:
 *
 *   CKM_AES_KW                C_WrapKey, C_UnwrapKey of secret keys, C_Encrypt, C_Decrypt. CKK_AES; an initial value of
 *                             8 bytes, or none for that of RFC 3394
 *   CKM_AES_KWP               the same of any key; the 4 bytes that the initial value begins with, or none for those of
 *                             RFC 5649
 *   CKM_NIST_PRF_KDF          C_DeriveKey by SP 800-108 in counter mode. CK_KDF_PRF_PARAMS: prfType 1, 2 or 5 to 9 (CMAC
 *                             of triple DES and of AES; HMAC of SHA-1, -224, -256, -384, -512), ulCounter 1,
 *                             ulEncodingScheme 0 to 4
 *   CKM_PRF_KDF               the same; prfType 3 or 10 (CMAC of ARIA, HMAC of RIPEMD-160)
 *
 * SafeNet ProtectToolkit-C [the pages CKM_... of its documentation]:
 *
 *   CKM_DES3_X919_MAC         C_Sign, C_Verify, in parts too. CKK_DES2, CKK_DES3; no parameter; 4 bytes
 *   CKM_DES3_X919_MAC_GENERAL the same; CK_MAC_GENERAL_PARAMS, 1 to 8 bytes
 *   CKM_DES3_RETAIL_CFB_MAC   the same of whole blocks; an initialisation vector of 8 bytes, 8 bytes
 *   CKM_XOR_BASE_AND_KEY      C_DeriveKey; the parameter is the CK_OBJECT_HANDLE of another key, to which the base key is
 *                             added
 *   CKM_DES_DERIVE_ECB, _CBC  C_DeriveKey, CKK_DES: the new key is what the parameter encrypts to; with CBC its first 8
 *                             bytes are the initialisation vector
 *   CKM_DES3_DERIVE_ECB, _CBC the same, CKK_DES2, CKK_DES3
 *   CKM_UNWRAP_TR31           C_UnwrapKey of key blocks of TR-31, versions A to E, under CKK_DES2, CKK_DES3, CKK_AES. No
 *                             parameter; key type, usage flags and CKA_EXTRACTABLE come of the header, which is not kept
 *   CKM_UNWRAP_TR31_DISCARD   the same
 *   CKM_WRAP_TR31_DERIVE      C_WrapKey into a block of version B (of triple DES) or D (AES). The parameter is a header of
 *                             TR-31 with its optional blocks, whose version and length do not count; CKA_MODIFIABLE of
 *                             the key is CK_FALSE
 *
 * docs/payment/compat.md says more, and which of their numbers are not here, and why.
 */
#define CKM_LUNA_DES3_X919_MAC (0x80000000UL | 0x150UL)
#define CKM_LUNA_DES2_DUKPT_IPEK (0x80000000UL | 0x610UL)
#define CKM_LUNA_DES2_DUKPT_PIN (0x80000000UL | 0x611UL)
#define CKM_LUNA_DES2_DUKPT_MAC (0x80000000UL | 0x612UL)
#define CKM_LUNA_DES2_DUKPT_MAC_RESP (0x80000000UL | 0x613UL)
#define CKM_LUNA_DES2_DUKPT_DATA (0x80000000UL | 0x614UL)
#define CKM_LUNA_DES2_DUKPT_DATA_RESP (0x80000000UL | 0x615UL)
#define CKM_LUNA_AES_KW (0x80000000UL | 0x170UL)
#define CKM_LUNA_AES_KWP (0x80000000UL | 0x171UL)
#define CKM_LUNA_NIST_PRF_KDF (0x80000000UL | 0xa02UL)
#define CKM_LUNA_PRF_KDF (0x80000000UL | 0xa03UL)
#define CKM_PTK_DES3_X919_MAC (0x80000000UL | 0x134UL)
#define CKM_PTK_DES3_X919_MAC_GENERAL (0x80000000UL | 0x135UL)
#define CKM_PTK_DES_DERIVE_ECB (0x80000000UL | 0x500UL)
#define CKM_PTK_DES_DERIVE_CBC (0x80000000UL | 0x501UL)
#define CKM_PTK_DES3_DERIVE_ECB (0x80000000UL | 0x502UL)
#define CKM_PTK_DES3_DERIVE_CBC (0x80000000UL | 0x503UL)
#define CKM_PTK_DES3_RETAIL_CFB_MAC (0x80000000UL | 0x510UL)
#define CKM_PTK_UNWRAP_TR31_DISCARD (0x80000000UL | 0x410UL)
#define CKM_PTK_UNWRAP_TR31 (0x80000000UL | 0x411UL)
#define CKM_PTK_WRAP_TR31_DERIVE (0x80000000UL | 0x412UL)
#define CKM_PTK_XOR_BASE_AND_KEY (0x80000000UL | 0x364UL)
/* ---- format-preserving encryption ----
 *
 * FF1 and FF3-1 [NIST SP 800-38G rev. 1]: a text of digits or letters becomes one of the same length and alphabet.
 * C_Encrypt, C_Decrypt, whole messages.
 *
 *     key        CKK_AES, without a usage or with CKA_VHSM_KEY_USAGE "D0"
 *     parameter  1 | ALPHABET | RADIX | TWEAK
 *                  ALPHABET  1 byte   1  0-9 and then a-z        2  0-9 and then A-Z
 *                                     3  two bytes for each numeral, big-endian
 *                  RADIX     4 bytes  2 to 36, with alphabet 3 to 65536
 *                  TWEAK              FF1: 0 to 256 bytes; FF3-1: 7 bytes
 *     data       the text; the ciphertext is as long
 *
 * RADIX to the power of the length is at least 1,000,000 (with radix 10: 6 digits), and the text has at most 1024
 * numerals with FF1, with FF3-1 twice the logarithm of 2^96 (56 digits): else CKR_DATA_LEN_RANGE or
 * CKR_ENCRYPTED_DATA_LEN_RANGE. What is no numeral: CKR_DATA_INVALID, CKR_ENCRYPTED_DATA_INVALID.
 *
 * Encryption is deterministic: equal texts are seen to be equal, and a text can be tried by whoever may encrypt. Put into
 * the tweak what of the message stays in the clear. NIST withdraws FF3-1 [SP 800-38G rev. 1, second draft, 2025]: it is
 * here for data that exists, and `policy = "modern"` does not offer it.
 *
 *     CK_BYTE param[] = { 1, 1, 0, 0, 0, 10 };
 *     CK_MECHANISM ff1 = { CKM_VHSM_FF1, param, sizeof param };
 *     CK_BYTE account[] = "0123456789", token[10];
 *     CK_ULONG length = sizeof token;
 *
 *     rv = C_EncryptInit(session, &ff1, key);
 *     rv = C_Encrypt(session, account, sizeof account - 1, token, &length);
 *
 * Under the key 2B7E151628AED2A6ABF7158809CF4F3C that is 2433477484, NIST's first sample. */
#define CKM_VHSM_FF1 (VHSM_VENDOR_BASE | 0x0070UL)
#define CKM_VHSM_FF3_1 (VHSM_VENDOR_BASE | 0x0071UL)

/* ---- data, and MACs under keys of DUKPT ----
 *
 * KEYING says which key works: the operation's own, or one of a transaction that a base or initial key of DUKPT ("B0",
 * "B1") gives in the call. 15 bytes:
 *
 *     DERIVATION  1 byte    0  the key itself; SIDE, DIRECTION and KSN are zeros
 *                           1  DUKPT with triple DES [ANSI X9.24-1]
 *                           2, 3, 4, 5, 6  DUKPT with AES [ANSI X9.24-3]; the working key is one of two-key or three-key
 *                              triple DES, AES-128, AES-192 or AES-256
 *     SIDE        1 byte    0  the host, 1  the device
 *     DIRECTION   1 byte    1  request: the device encrypts or makes, the host decrypts or checks
 *                           2  response: the other way round
 *                           3  both (with AES only)
 *     KSN         12 bytes  the key serial number at their end: 10 bytes with triple DES (bytes FF before a shorter one), 12
 *                           with AES
 *
 * A counter of the KSN has 1 to 10 ones with triple DES, of 21 bits, and 1 to 16 with AES; MACs with triple DES also take
 * the counter 0 (the initial key itself). The base key has mode of use "X" or "N" and the usage flag of the function. The
 * other direction of a side is CKR_VHSM_KEY_MODE_OF_USE, a base key without KSN, or another with one, CKR_VHSM_KEY_USAGE,
 * and a derivation of another cipher than the key's CKR_VHSM_KEY_ALGORITHM. */

/* Data in five modes. C_Encrypt, C_Decrypt, whole and in pieces.
 *
 *     key        CKK_DES2, CKK_DES3, CKK_AES, usage "D0"; or "B0" and "B1" with a KSN
 *     parameter  1 | KEYING | IV: 16 bytes, and an IV of 8 (triple DES) or 16 bytes (AES), for ECB none
 *     data       any bytes; in ECB and CBC whole blocks: nothing is padded
 *
 * CFB8 and CFB64 feed back 1 and 8 bytes. CTR counts in the whole block, from the IV on. */
#define CKM_VHSM_DATA_ECB (VHSM_VENDOR_BASE | 0x0072UL)
#define CKM_VHSM_DATA_CBC (VHSM_VENDOR_BASE | 0x0073UL)
#define CKM_VHSM_DATA_CFB8 (VHSM_VENDOR_BASE | 0x0074UL)
#define CKM_VHSM_DATA_CFB64 (VHSM_VENDOR_BASE | 0x0075UL)
#define CKM_VHSM_DATA_CTR (VHSM_VENDOR_BASE | 0x0076UL)

/* Encrypted data under another key, without being seen. C_Decrypt with the key that it is encrypted under; what it gives
 * is the data under the other key, which needs CKA_ENCRYPT. Keys as above.
 *
 *     parameter  1 | END | HANDLE | END: from where, to which key and how; 73 bytes
 *                  END    32 bytes  MODE (0 ECB, 1 CBC, 2 CFB8, 3 CFB64, 4 CTR), KEYING, and the IV in 16 bytes, zeros
 *                                   behind it
 *                  HANDLE 8 bytes   CK_OBJECT_HANDLE of the other key, big-endian
 *     ciphertext under the first key
 *     data       under the other key; as long */
#define CKM_VHSM_DATA_TRANSLATE (VHSM_VENDOR_BASE | 0x0077UL)

/* A MAC under a key of DUKPT. C_Sign, C_Verify, whole and in pieces.
 *
 *     key        CKK_DES2, CKK_AES, usage "B0" or "B1"
 *     parameter  1 | MACING [| LENGTH OF MESSAGE]
 *                  MACING  18 bytes  KEYING, and
 *                            ALGORITHM  1 byte  1 or 3 of ISO/IEC 9797-1 (triple DES), 5 CMAC
 *                            PADDING    1 byte  as of CKM_VHSM_ISO9797_..., with CMAC 0
 *                            LENGTH     1 byte  of the MAC: 4 to 8, of CMAC with AES to 16; 132: the last 4 bytes of 8
 *                                               (Base24's of what is declined), whole messages only
 *                  LENGTH OF MESSAGE  as of CKM_VHSM_ISO9797_..., with padding method 3
 *     data       any bytes
 *     signature  the MAC */
#define CKM_VHSM_DUKPT_MAC (VHSM_VENDOR_BASE | 0x0042UL)

/* A MAC that is right becomes one under another key. C_Sign with the key that checks, which needs CKA_VERIFY and the mode
 * of use for it; the other needs CKA_SIGN. Keys have the usage of their algorithm ("M1", "M0": 1; "M3": 3; "M6": 5), or
 * are base keys with a KSN. Whole messages.
 *
 *     parameter  1 | MACING | HANDLE | MACING | MAC: how the MAC is checked, with which key and how the new one is made,
 *                and the MAC to check, of the length that the first MACING tells
 *     data       the message
 *     signature  the new MAC; CKR_DATA_INVALID if the old one is not that of the message */
#define CKM_VHSM_MAC_TRANSLATE (VHSM_VENDOR_BASE | 0x0043UL)

/* A MAC of ISO/IEC 9797-1 of a message that comes in parts of which nobody keeps a state: the caller has the chaining value
 * between them, as hosts of payment HSMs do. C_Sign; for whole messages and last parts C_Verify, too. Off unless
 * `mechanisms.enable` names it: chaining values are what the cipher makes of blocks of the caller's choice, so that whoever
 * may use this makes MACs of messages that he never shows, and with algorithm 3 tries single DES keys.
 *
 *     key        CKK_DES, CKK_DES2, CKK_DES3 (algorithm 1), CKK_DES2, CKK_DES3 (algorithm 3), CKA_VHSM_KEY_USAGE "M0" or
 *                "M1" for algorithm 1, "M3" for algorithm 3; "M1" also for algorithm 3 of whole messages
 *     parameter  13 bytes
 *                  0      1: the version
 *                  1      algorithm: 1 or 3
 *                  2      padding method: 0 (none: whole blocks), 1, 2; 3 for whole messages
 *                  3      part: 0 the whole message, 1 the first, 2 a middle one, 3 the last
 *                  4      length of the MAC in bytes, 4 to 8: the MAC's first; 8 with parts 1 and 2
 *                  5..12  the chaining value before this part; zeros with parts 0 and 1
 *     data       parts 1 and 2: whole blocks of 8 bytes, at least one; others: any bytes, as the padding method allows, and
 *                at least one for the last part with methods 0 and 1. Else CKR_DATA_LEN_RANGE
 *     signature  parts 1 and 2: the chaining value behind this part; others: the MAC */
#define CKM_VHSM_ISO9797_CHAINED_MAC (VHSM_VENDOR_BASE | 0x0044UL)

/* The check value of a payment key. C_Sign with 0 bytes of data, at a pointer that is not NULL.
 *
 *     key        CKK_DES, CKK_DES2, CKK_DES3, CKK_AES of any CKA_VHSM_KEY_USAGE; its mode of use, dates and usage flags
 *                do not matter, as they do not for CKA_CHECK_VALUE
 *     parameter  1 | METHOD | LENGTH
 *                  METHOD  1 byte  1  a block of zeros, encrypted [ANSI X9.24-1: legacy]
 *                                  2  CMAC of a block of zeros [ANSI X9.24-1:2017, annex A]
 *                                  3  CMAC of nothing (payShield's key-block LMKs)
 *                  LENGTH  1 byte  method 1: 2 or 3; methods 2 and 3: 2 to 5 (3 of "M6", "E0", "E2", whose CMACs have
 *                                  4 bytes and more). A longer value would be of use beyond
 *                                  checking, but of keys for PINs ("P0"; up to the block, by each method) and of triple
 *                                  DES keys "K0", "51", "52" (up to 8, by method 1)
 *     signature  the value's first bytes */
#define CKM_VHSM_KEY_CHECK_VALUE (VHSM_VENDOR_BASE | 0x0078UL)

/* The whole block that zeros encrypt to: C_Sign with no data. Off unless mechanisms.enable names it: the block is a MAC, key
 * stream, and what the keys of a CMAC are made of. Host commands tell check values of 16 digits by it.
 *
 *     key        any payment key of triple DES, DES or AES
 *     parameter  none
 *     signature  8 bytes, of AES keys 16 */
#define CKM_VHSM_KEY_CHECK_VALUE_WHOLE (VHSM_VENDOR_BASE | 0x0079UL)

/* A local master key: C_GenerateKey. The template has CKA_VHSM_LMK_ID.
 *
 *     byte 0   1, the version of the parameter
 *          1   'V' 20 pairs, 'T' triple DES with three parts, 'A' AES with 256 bits
 */
#define CKM_VHSM_LMK_GEN (VHSM_VENDOR_BASE | 0x0081UL)

/* Key blocks of Thales' payShield: C_WrapKey, C_UnwrapKey. Parameter, data and errors are those of CKM_VHSM_TR31 (2 bytes,
 * or 11 and optional blocks), with the versions
 *
 *     '0'  under triple DES: a key-block LMK of 24 bytes, or a DES2 or DES3 key
 *     '1'  under AES: a key-block LMK of 32 bytes, or an AES key
 *
 * Keys that are no LMKs have the usages "52", "51", "K0" or "K1". The last two characters of the header are CKA_VHSM_LMK_ID,
 * or "FF" under another key; a block with others is answered with CKR_VHSM_LMK_ID. The tag 'S' before a block is taken
 * and not made. Numeric usages stay as they are; mechanisms take "11".."13" as "C0", "21".."23" as "D0", "41".."44" as
 * "B0", "61".."65" as "M7", "71".."73" as "P0". HMAC keys of "61".."65" are of SHA-1, SHA-224, -256, -384, -512.
 * Under an LMK RSA private keys have such blocks, too: algorithm 'R', usages "03" to "06", and the RSAPrivateKey of PKCS#1.
 */
#define CKM_VHSM_THALES_KEY_BLOCK (VHSM_VENDOR_BASE | 0x0082UL)

/* DES keys under a variant LMK: C_WrapKey, C_UnwrapKey.
 *
 *     byte 0     1, the version of the parameter
 *          1-3   the key type code in ASCII: '0' '0' '1', ...; docs/payment/lmk.md has them with their usages
 *          4     the scheme: 'Z', 'U', 'T', 'X', 'Y'; C_UnwrapKey also 0 for any
 *          5     0, or the number of the component that the key is (1 to 9)
 *
 * The wrapped key is text: the scheme's letter (none for 'Z') and hexadecimal digits. C_UnwrapKey also takes 16 and 32
 * digits without a letter as 'Z' and 'X'. The new key has the first usage of the code unless the template chooses
 * another one of it. A key with CKA_VHSM_EXPORTABILITY "E" or "N" does not leave so.
 */
#define CKM_VHSM_VARIANT_LMK (VHSM_VENDOR_BASE | 0x0083UL)

/* DES keys under a zone's or terminal's master key, without header [ANSI X9.17]: C_WrapKey, C_UnwrapKey. The master key is
 * a DES2, DES3 or DES key with the usage "52", "51" or "K0".
 *
 *     byte 0   1, the version of the parameter
 *          1   the scheme: 'Z', 'U', 'T', 'X', 'Y'; C_UnwrapKey also 0 for any
 *          2   Atalla's variant, 1 to 31, or 0
 *
 * Text as of CKM_VHSM_VARIANT_LMK. CKA_UNWRAP_TEMPLATE of the master key names CKA_VHSM_KEY_USAGE
 * of what comes, or the answer of C_UnwrapKey is CKR_VHSM_KEY_USAGE; with `payment.headerless_keys = "template"` in the
 * configuration the template of the call may name it. A key leaves so with CKA_VHSM_EXPORTABILITY "S"; with that setting
 * also one that has none. Components neither leave nor enter so. A master key of single DES stands for the
 * same one twice, and wraps keys of 8 bytes only (CKR_WRAPPING_KEY_SIZE_RANGE) unless `payment.weak_keys = "accept"`.
 */
#define CKM_VHSM_X9_17 (VHSM_VENDOR_BASE | 0x0084UL)

/* Components under the variant of a variant LMK that their keys have: C_UnwrapKey; parameter and text as of
 * CKM_VHSM_VARIANT_LMK, with the number of the component. Off unless mechanisms.enable names it: a key that is taken for a
 * component makes related keys of it. */
#define CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT (VHSM_VENDOR_BASE | 0x0085UL)

/* As CKM_VHSM_VARIANT_LMK, also of keys with CKA_VHSM_EXPORTABILITY "E", which come back without it: C_WrapKey. Off unless
 * mechanisms.enable names it. */
#define CKM_VHSM_VARIANT_LMK_FROM_BLOCK (VHSM_VENDOR_BASE | 0x0087UL)

/* RSA private keys under a variant LMK: C_WrapKey, C_UnwrapKey. The parameter is its version, 1. The keys have a usage of
 * "03" to "06". The form is this module's own, since a device's is not published: the text of a key block as of TR-31 B
 * under the pair 34-35, with the version 'V', the algorithm 'R', the number of the LMK at the end of the header, and the
 * RSAPrivateKey of PKCS#1 in it. It keeps usage, mode of use, version and exportability; a key that may not be exported
 * stays under the LMK. What is damaged is answered with CKR_WRAPPED_KEY_INVALID. Key-block LMKs do the same with
 * CKM_VHSM_THALES_KEY_BLOCK.
 */
#define CKM_VHSM_LMK_RSA_PRIVATE_KEY (VHSM_VENDOR_BASE | 0x008CUL)

/* RSA public keys that somebody vouches for under an LMK. A public key is a SEQUENCE of two INTEGERs, modulus and exponent
 * (RSAPublicKey of PKCS#1), which may lack the zero before a first bit 1.
 *
 * C_Sign, C_Verify under a variant LMK: the MAC of 4 bytes of a public key and whatever stands behind it: algorithm 3 of
 * ISO/IEC 9797-1, padding 1, under the pair 36-37, as a device has it. The parameter is its version, 1.
 *
 * C_Encrypt under a key-block LMK: a public key becomes the text of a Thales key block of usage "02" and algorithm 'R';
 * C_Decrypt gives the key back.
 *
 *     byte 0     1, the version of the parameter; the rest may be missing, and is with C_Decrypt
 *          1     mode of use, 'N' if it is missing
 *          2-3   key version, '0' '0' if it is missing
 *          4     exportability, 'N' if it is missing
 *
 * What is no public key is CKR_DATA_INVALID; a block that is damaged CKR_ENCRYPTED_DATA_INVALID, one of another key
 * CKR_VHSM_KEY_USAGE, one of another LMK, or an LMK of the other kind, CKR_VHSM_LMK_ID.
 */
#define CKM_VHSM_LMK_RSA_PUBLIC_KEY (VHSM_VENDOR_BASE | 0x008DUL)

/* As CKM_VHSM_X9_17, of keys of any parity, which get odd parity: C_UnwrapKey. Off unless mechanisms.enable names it: any
 * bytes are a key. */
#define CKM_VHSM_X9_17_ANY_PARITY (VHSM_VENDOR_BASE | 0x0086UL)

/* A key from two to nine components: C_DeriveKey. Components are keys with the type, usage and mode of use of their key
 * and CKA_VHSM_KEY_VERSION "c1" to "c9"; no other mechanism works with them. The base key is one of them, the
 * parameter names the others.
 *
 *     byte 0    1, the version of the parameter
 *          1    0
 *          2-   the handles, 8 bytes each, big-endian
 *
 * The key is the exclusive or, with odd parity where it is one of DES. CKA_CHECK_VALUE in the template has to be its check
 * value. Usage and algorithm are the components', the mode of use is theirs or one within it, exportability and days are the
 * narrowest ones; one that tells no exportability is no wider than "E", unless `payment.headerless_keys = "template"`. What
 * one of them is held to, the key is: a decimalisation table, usage flags that are FALSE, CKA_WRAP_WITH_TRUSTED, status and
 * hours in the optional blocks, and CKA_ALLOWED_MECHANISMS, where they are more than those of components. Templates
 * (CKA_WRAP_TEMPLATE and its like) are the same of all of them: CKR_VHSM_KEY_USAGE. Two that are the same, or all but one
 * that cancel each other out, are CKR_VHSM_KEY_ALL_ZERO. Components with the usage "LM" (CKK_GENERIC_SECRET, the length of
 * the LMK) make a CKK_VHSM_LMK.
 */
#define CKM_VHSM_COMPONENTS_COMBINE (VHSM_VENDOR_BASE | 0x0088UL)
/* The last component of a key: C_DeriveKey. The base key is the key, the parameter names all other components, and its byte 1
 * is the number of the new one (1 to 9). The others are random keys of C_GenerateKey with the versions "c1", ...
 * Off unless `mechanisms.enable` names it. */
#define CKM_VHSM_COMPONENTS_SPLIT (VHSM_VENDOR_BASE | 0x0089UL)

#endif
