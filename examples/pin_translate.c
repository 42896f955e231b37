/* PIN translation: a terminal's PIN block, under its key, becomes one for the acquirer's zone, and a host checks the
 * PIN against Visa's value. No PIN is in the clear but where the customer types it.
 *
 *     cc -I/usr/include/p11-kit-1/p11-kit -Iinclude examples/pin_translate.c -o pin_translate -ldl
 *     ./pin_translate target/release/libvhsm.so PIN
 *
 * Any pkcs11.h with the standard's names will do. PIN is the user's, of the first token. The keys are published test
 * keys and last as long as the session; real ones come in in key blocks (docs/payment/keyblock.md).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>
#include "vhsm.h"

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

/* The program ends with the name of the first call that fails. */
static void must(CK_RV rv, const char *what)
{
    if (rv != CKR_OK) {
        fprintf(stderr, "%s: 0x%lx\n", what, (unsigned long)rv);
        exit(1);
    }
}

/* A payment key: its usage and mode say what it does, and nothing else ever. */
static CK_OBJECT_HANDLE payment_key(const char *usage, const char *mode, CK_BYTE value[16])
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_DES2;
    CK_OBJECT_HANDLE key = 0;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof class },
        { CKA_KEY_TYPE, &type, sizeof type },
        { CKA_VALUE, value, 16 },
        { CKA_VHSM_KEY_USAGE, (void *)usage, 2 },
        { CKA_VHSM_MODE_OF_USE, (void *)mode, 1 },
    };

    must(p11->C_CreateObject(session, template, sizeof template / sizeof *template, &key), usage);
    return key;
}

/* END: what describes a PIN block, 34 bytes. Returns what is behind it. */
static CK_BYTE *put_end(CK_BYTE *at, CK_BYTE format, const char *account)
{
    size_t digits = strlen(account);

    memset(at, 0, 34);
    at[0] = format;
    at[14] = (CK_BYTE)digits;
    memcpy(at + 15, account, digits);
    return at + 34;
}

/* HANDLE: a further key of the operation, 8 bytes. */
static CK_BYTE *put_handle(CK_BYTE *at, CK_OBJECT_HANDLE key)
{
    int byte;

    for (byte = 7; byte >= 0; byte--, key >>= 8)
        at[byte] = (CK_BYTE)key;
    return at + 8;
}

int main(int argc, char **argv)
{
    static const char account[] = "5413330089020011";
    CK_BYTE terminal_value[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                   0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10 };
    CK_BYTE zone_value[16] = { 0x23, 0x15, 0x20, 0x8C, 0x91, 0x10, 0xAD, 0x40,
                               0x23, 0x15, 0x20, 0x8C, 0x91, 0x10, 0xAD, 0x43 };
    CK_BYTE pin[] = "1234", block[8], moved[8], value[4];
    CK_BYTE of_block[35] = { 1 }, of_translation[77] = { 1 }, of_value[64] = { 1, '1' };
    CK_MECHANISM enclose = { CKM_VHSM_PIN_BLOCK, of_block, sizeof of_block };
    CK_MECHANISM translate = { CKM_VHSM_PIN_TRANSLATE, of_translation, sizeof of_translation };
    CK_MECHANISM visa = { CKM_VHSM_VISA_PVV_BLOCK, of_value, sizeof of_value };
    CK_ULONG length, slots = 1;
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE terminal, acquirer, zone_in, zone_out, maker, checker;
    CK_C_GetFunctionList list;
    void *module;
    CK_RV rv;

    if (argc != 3) {
        fprintf(stderr, "usage: pin_translate MODULE PIN\n");
        return 2;
    }
    if (!(module = dlopen(argv[1], RTLD_NOW)) || !(list = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList"))) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    must(list(&p11), "C_GetFunctionList");
    must(p11->C_Initialize(NULL), "C_Initialize");
    must(p11->C_GetSlotList(CK_TRUE, &slot, &slots), "C_GetSlotList");
    must(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), "C_OpenSession");
    must(p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)argv[2], strlen(argv[2])), "C_Login");

    /* The terminal encrypts, the acquirer decrypts; the zone's key does the one there and the other at the issuer. */
    terminal = payment_key("P0", "E", terminal_value);
    acquirer = payment_key("P0", "D", terminal_value);
    zone_out = payment_key("P0", "E", zone_value);
    zone_in = payment_key("P0", "D", zone_value);
    maker = payment_key("V2", "G", terminal_value);
    checker = payment_key("V2", "V", terminal_value);

    /* At the terminal: ISO 9564-1 format 0. */
    put_end(of_block + 1, 1, account);
    length = sizeof block;
    must(p11->C_EncryptInit(session, &enclose, terminal), "C_EncryptInit");
    must(p11->C_Encrypt(session, pin, sizeof pin - 1, block, &length), "C_Encrypt");

    /* At the acquirer: under the zone's key, in format 3. */
    put_end(put_handle(put_end(of_translation + 1, 1, account), zone_out), 47, account);
    length = sizeof moved;
    must(p11->C_DecryptInit(session, &translate, acquirer), "C_DecryptInit");
    must(p11->C_Decrypt(session, block, sizeof block, moved, &length), "C_Decrypt");

    /* At the issuer: the value when the card is made, and the check when it pays. */
    put_end(put_handle(of_value + 2, zone_in), 47, account);
    length = sizeof value;
    must(p11->C_SignInit(session, &visa, maker), "C_SignInit");
    must(p11->C_Sign(session, moved, sizeof moved, value, &length), "C_Sign");
    must(p11->C_VerifyInit(session, &visa, checker), "C_VerifyInit");
    must(p11->C_Verify(session, moved, sizeof moved, value, sizeof value), "C_Verify");
    printf("PVV %.4s: the PIN is right\n", value);

    /* Who checks makes none, and a block goes to its own account only. */
    if ((rv = p11->C_SignInit(session, &visa, checker)) != CKR_VHSM_KEY_MODE_OF_USE)
        must(rv == CKR_OK ? 1 : rv, "C_SignInit with a key that checks");
    put_end(of_translation + 43, 47, "5413330089020029");
    if ((rv = p11->C_DecryptInit(session, &translate, acquirer)) != CKR_VHSM_PIN_BLOCK_FORMAT)
        must(rv == CKR_OK ? 1 : rv, "C_DecryptInit for another account");
    must(p11->C_Finalize(NULL), "C_Finalize");
    return 0;
}
