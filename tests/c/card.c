/* A card verification value and a card security code, made and checked, and a PIN key, derived, with what include/vhsm.h says. */
#include "pkcs11_min.h"
#include "../../include/vhsm.h"

enum { KEY_TYPE = 0x100, SECRET_KEY = 4, DES2 = 0x14, SIGNATURE_INVALID = 0xc0, PARAM_INVALID = 0x71 };
enum { C_SignInit = 43, C_Sign = 44, C_VerifyInit = 49, C_Verify = 50, C_DeriveKey = 63 };

static const unsigned char key_value[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                             0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };

static ck make_payment_key(ck session, const char *usage) {
    ck key = 0, class = SECRET_KEY, type = DES2;
    attribute template[] = { { CLASS, &class, sizeof class }, { KEY_TYPE, &type, sizeof type },
                             { VALUE, (void *)key_value, sizeof key_value }, { CKA_VHSM_KEY_USAGE, (void *)usage, 2 } };
    CHECK(OK, CALL(C_CreateObject, session, template, (ck)4, &key));
    return key;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]), key = make_payment_key(session, "C0"), bdk = make_payment_key(session, "B0");

    unsigned char card[] = "4123456789012345;8701;101", value[3];
    ck length = sizeof value, card_length = sizeof card - 1;
    mechanism cvv = { CKM_VHSM_CVV, NULL, 0 }, pvv = { CKM_VHSM_VISA_PVV, NULL, 0 };
    CHECK(OK, CALL(C_SignInit, session, &cvv, key));
    CHECK(OK, CALL(C_Sign, session, card, card_length, value, &length));
    if (length != 3 || memcmp(value, "561", 3) != 0) { fprintf(stderr, "not 561: %.3s\n", value); return 1; }

    CHECK(OK, CALL(C_VerifyInit, session, &cvv, key));
    CHECK(OK, CALL(C_Verify, session, card, card_length, value, length));
    CHECK(OK, CALL(C_VerifyInit, session, &cvv, key));
    CHECK(SIGNATURE_INVALID, CALL(C_Verify, session, card, card_length, "562", (ck)3));
    CHECK(CKR_VHSM_KEY_USAGE, CALL(C_SignInit, session, &pvv, key));

    unsigned char form[] = { 1, 4 }, amex[] = "371234567890123;9912", code[4];
    mechanism csc = { CKM_VHSM_CSC, form, sizeof form };
    length = sizeof code;
    CHECK(OK, CALL(C_SignInit, session, &csc, key));
    CHECK(OK, CALL(C_Sign, session, amex, (ck)(sizeof amex - 1), code, &length));
    if (length != 4 || memcmp(code, "8720", 4) != 0) { fprintf(stderr, "not 8720: %.4s\n", code); return 1; }
    CHECK(OK, CALL(C_VerifyInit, session, &csc, key));
    CHECK(OK, CALL(C_Verify, session, amex, (ck)(sizeof amex - 1), code, length));

    unsigned char param[] = { 1, 0, 1, 0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0x00, 0x01 };
    mechanism pin_key = { CKM_VHSM_DUKPT_TDES_DERIVE, param, sizeof param };
    CHECK(OK, CALL(C_DeriveKey, session, &pin_key, bdk, NULL, (ck)0, &key));
    CHECK(CKR_VHSM_KEY_USAGE, CALL(C_SignInit, session, &cvv, key));
    param[2] = 6;
    CHECK(PARAM_INVALID, CALL(C_DeriveKey, session, &pin_key, bdk, NULL, (ck)0, &key));

    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
