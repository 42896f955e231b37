/* What the blocks of C in the documentation of payments stand in when they run: a session, the keys that they name, and
 * calls that have to work. Values are published test keys. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>
#include "vhsm.h"

#define ACCOUNT "5413330089020011"

/* The module exports the lists of its functions alone. */
static CK_FUNCTION_LIST *p11;
#define C_Initialize p11->C_Initialize
#define C_GetSlotList p11->C_GetSlotList
#define C_OpenSession p11->C_OpenSession
#define C_Login p11->C_Login
#define C_CreateObject p11->C_CreateObject
#define C_GetAttributeValue p11->C_GetAttributeValue
#define C_GenerateKey p11->C_GenerateKey
#define C_GenerateKeyPair p11->C_GenerateKeyPair
#define C_WrapKey p11->C_WrapKey
#define C_UnwrapKey p11->C_UnwrapKey
#define C_DeriveKey p11->C_DeriveKey
#define C_EncryptInit p11->C_EncryptInit
#define C_Encrypt p11->C_Encrypt
#define C_DecryptInit p11->C_DecryptInit
#define C_Decrypt p11->C_Decrypt
#define C_SignInit p11->C_SignInit
#define C_Sign p11->C_Sign
#define C_SignUpdate p11->C_SignUpdate
#define C_SignFinal p11->C_SignFinal
#define C_VerifyInit p11->C_VerifyInit
#define C_Verify p11->C_Verify

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key, bdk, base_key, issuer_key, protection_key, pin_key, lmk;
static CK_BYTE data[8], arqc[8];
static CK_RV rv;

/* The program ends with the line of the first call that fails. */
#define MUST(call) must(call, __FILE__, __LINE__)
static void must(CK_RV answer, const char *block, int line)
{
    if (answer != CKR_OK) {
        fprintf(stderr, "%s, line %d: 0x%lx\n", block, line, (unsigned long)answer);
        exit(1);
    }
}

static void begin(const char *module, const char *pin)
{
    void *library = dlopen(module, RTLD_NOW);
    CK_C_GetFunctionList list = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
    CK_SLOT_ID slot;
    CK_ULONG slots = 1;

    MUST(list ? list(&p11) : CKR_GENERAL_ERROR);
    MUST(C_Initialize(NULL));
    MUST(C_GetSlotList(CK_TRUE, &slot, &slots));
    MUST(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
    MUST(C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)));
}

/* A key of this type and length, which may leave; one with a usage is a payment key. More attributes stand behind. */
static CK_OBJECT_HANDLE made(CK_KEY_TYPE type, CK_ULONG length, const char *usage, const char *mode,
                             const CK_ATTRIBUTE *more, CK_ULONG count)
{
    static CK_BYTE value[24] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98,
                                 0x76, 0x54, 0x32, 0x10, 0x0E, 0x1F, 0x2A, 0x34, 0x45, 0x58, 0x6D, 0x70 };
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_HANDLE handle = 0;
    CK_ATTRIBUTE template[16] = { { CKA_CLASS, &class, sizeof class },
                                  { CKA_KEY_TYPE, &type, sizeof type },
                                  { CKA_VALUE, value, length },
                                  { CKA_EXTRACTABLE, &yes, 1 } };
    CK_ULONG at = 4;

    if (usage) {
        template[at++] = (CK_ATTRIBUTE){ CKA_VHSM_KEY_USAGE, (void *)usage, 2 };
        template[at++] = (CK_ATTRIBUTE){ CKA_VHSM_MODE_OF_USE, (void *)mode, 1 };
        template[at++] = (CK_ATTRIBUTE){ CKA_VHSM_EXPORTABILITY, "S", 1 };
    }
    if (count)
        memcpy(template + at, more, count * sizeof *more);
    MUST(C_CreateObject(session, template, at + count, &handle));
    return handle;
}

static CK_OBJECT_HANDLE des(const char *usage, const char *mode)
{
    return made(CKK_DES2, 16, usage, mode, NULL, 0);
}

static CK_OBJECT_HANDLE aes(const char *usage, const char *mode)
{
    return made(CKK_AES, 16, usage, mode, NULL, 0);
}

/* A general key with one more flag. */
static CK_OBJECT_HANDLE general(CK_KEY_TYPE type, CK_ATTRIBUTE_TYPE flag, CK_BBOOL is_set)
{
    const CK_ATTRIBUTE more = { flag, &is_set, 1 };

    return made(type, 16, NULL, NULL, &more, 1);
}

/* A component: the test key, in which its number changes two bits of each byte. Of number 0 the key of 1 to 3. */
static CK_OBJECT_HANDLE component(int number)
{
    CK_BYTE value[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                          0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10 };
    char version[] = { 'c', (char)('0' + number) };
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_DES2;
    CK_OBJECT_HANDLE handle;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof class },    { CKA_KEY_TYPE, &type, sizeof type },
        { CKA_VALUE, value, sizeof value },     { CKA_VHSM_KEY_USAGE, "P0", 2 },
        { CKA_VHSM_MODE_OF_USE, "B", 1 },       { CKA_VHSM_KEY_VERSION, version, sizeof version },
    };

    for (int byte = 0; byte < 16; byte++)
        value[byte] ^= (CK_BYTE)(number ? 3 << number : 3 << 1 ^ 3 << 2 ^ 3 << 3);
    MUST(C_CreateObject(session, template, number ? 6 : 5, &handle));
    return handle;
}

/* A local master key of a published value, in hexadecimal. */
static CK_OBJECT_HANDLE local_master_key(const char *digits, const char *number)
{
    CK_BYTE value[320];
    CK_ULONG length = strlen(digits) / 2;
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_VHSM_LMK;
    CK_OBJECT_HANDLE handle;
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof class },
                                { CKA_KEY_TYPE, &type, sizeof type },
                                { CKA_VALUE, value, length },
                                { CKA_VHSM_LMK_ID, (void *)number, 2 } };

    for (CK_ULONG byte = 0; byte < length; byte++) {
        char two[] = { digits[2 * byte], digits[2 * byte + 1], 0 };
        value[byte] = (CK_BYTE)strtoul(two, NULL, 16);
    }
    MUST(C_CreateObject(session, template, 4, &handle));
    return handle;
}

/* A pair of RSA; the private key of this usage, or one that unwraps. */
static CK_OBJECT_HANDLE rsa(const char *usage, CK_OBJECT_HANDLE *private_key)
{
    CK_ULONG bits = 2048, count = usage ? 2 : 1;
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_HANDLE public_key;
    CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
    CK_ATTRIBUTE of_public[] = { { CKA_MODULUS_BITS, &bits, sizeof bits }, { CKA_WRAP, &yes, 1 } };
    CK_ATTRIBUTE of_private[] = { { usage ? CKA_EXTRACTABLE : CKA_UNWRAP, &yes, 1 },
                                  { CKA_VHSM_KEY_USAGE, (void *)usage, 2 } };

    MUST(C_GenerateKeyPair(session, &generate, of_public, usage ? 1 : 2, of_private, count, &public_key, private_key));
    return public_key;
}

/* What a partner sends of whom a block names these. */
CK_BYTE shared_information[16] = "an agreement", their_point[65], key_block[1024];
CK_ULONG key_block_length = sizeof key_block;

static CK_OBJECT_HANDLE curve_pair(CK_OBJECT_HANDLE *private_key)
{
    CK_BYTE p256[] = { 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07 };
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_HANDLE public_key;
    CK_MECHANISM generate = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    CK_ATTRIBUTE of_public[] = { { CKA_EC_PARAMS, p256, sizeof p256 }, { CKA_WRAP, &yes, 1 } };
    CK_ATTRIBUTE of_private = { CKA_UNWRAP, &yes, 1 };

    MUST(C_GenerateKeyPair(session, &generate, of_public, 2, &of_private, 1, &public_key, private_key));
    return public_key;
}

/* The partner sends a key by static Diffie-Hellman; the own private key is what opens it. */
static CK_OBJECT_HANDLE partner_sends(void)
{
    CK_OBJECT_HANDLE own, theirs, own_public = curve_pair(&own), their_public = curve_pair(&theirs);
    CK_BYTE form[14 + 16 + 1] = { 1, 2, 0x21, 6 }, point[80];
    CK_MECHANISM agreement = { CKM_VHSM_ECDH_KEY_TRANSPORT, form, sizeof form };
    CK_ATTRIBUTE of_point = { CKA_EC_POINT, point, sizeof point };

    for (int byte = 0; byte < 8; byte++)
        form[4 + byte] = (CK_BYTE)(theirs >> (56 - 8 * byte));
    form[13] = sizeof shared_information;
    memcpy(form + 14, shared_information, sizeof shared_information);
    form[30] = 'D';
    MUST(C_WrapKey(session, &agreement, own_public, des("P0", "B"), key_block, &key_block_length));
    MUST(C_GetAttributeValue(session, their_public, &of_point, 1));
    memcpy(their_point, point + of_point.ulValueLen - 65, 65);
    return own;
}

/* The whole operation: values that a block starts from. */
static CK_ULONG make(CK_MECHANISM_TYPE type, void *param, CK_ULONG size, CK_OBJECT_HANDLE with, CK_BYTE *input,
                     CK_ULONG input_length, CK_BYTE *out, CK_ULONG length)
{
    CK_MECHANISM mechanism = { type, param, size };

    MUST(C_SignInit(session, &mechanism, with));
    MUST(C_Sign(session, input, input_length, out, &length));
    return length;
}
