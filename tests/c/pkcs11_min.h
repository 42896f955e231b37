/* The little of PKCS#11 that these programs need, declared by themselves: types, a few numbers, and the places of
 * functions in the list of version 2.40. */
#ifndef PKCS11_MIN_H
#define PKCS11_MIN_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ck;
typedef struct { ck type; void *value; ck length; } attribute;
typedef struct { ck mechanism; void *parameter; ck length; } mechanism;
typedef struct { void *create, *destroy, *lock, *unlock; ck flags; void *reserved; } initialize_args;

enum { OK = 0x0, DATA = 0, NOT_INITIALIZED = 0x190, ALREADY_INITIALIZED = 0x191, ALREADY_LOGGED_IN = 0x100 };
enum { OS_LOCKING_OK = 2, RW_SERIAL = 6, USER = 1 };
enum { CLASS = 0x0, TOKEN = 0x1, PRIVATE = 0x2, LABEL = 0x3, VALUE = 0x11, VALUE_LEN = 0x161 };
enum { SHA256 = 0x250, AES_KEY_GEN = 0x1080, AES_ECB = 0x1081 };

/* Places in the list; 0 is the version. */
enum {
    C_Initialize = 1, C_Finalize = 2, C_GetInfo = 3, C_GetSlotList = 5, C_InitToken = 10, C_OpenSession = 13, C_CloseSession = 14,
    C_CloseAllSessions = 15, C_GetSessionInfo = 16, C_Login = 19, C_Logout = 20, C_CreateObject = 21,
    C_DestroyObject = 23, C_FindObjectsInit = 27, C_FindObjects = 28, C_FindObjectsFinal = 29, C_EncryptInit = 30,
    C_Encrypt = 31, C_DigestInit = 38, C_Digest = 39, C_GenerateKey = 59, C_GenerateRandom = 65
};

static ck (**list)();
static void *library;

#define CALL(function, ...) (list[function](__VA_ARGS__))

/* Ends the program with what was expected. */
#define CHECK(expected, expression) check(#expression, (expected), (expression), __FILE__, __LINE__)

static void check(const char *what, ck expected, ck got, const char *file, int line) {
    if (got == expected) return;
    fprintf(stderr, "%s:%d: %s gave 0x%lx, not 0x%lx\n", file, line, what, got, expected);
    _exit(1);
}

static void load(const char *path) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); _exit(1); }
    ck (*get)(void *) = (ck (*)(void *))dlsym(library, "C_GetFunctionList");
    if (!get) { fprintf(stderr, "no C_GetFunctionList\n"); _exit(1); }
    check("C_GetFunctionList", OK, get(&list), __FILE__, __LINE__);
}

static void initialize(void) {
    initialize_args args = { 0, 0, 0, 0, OS_LOCKING_OK, 0 };
    CHECK(OK, CALL(C_Initialize, &args));
}

static ck first_slot(void) {
    ck slots[16], count = 16;
    CHECK(OK, CALL(C_GetSlotList, (unsigned char)1, NULL, &count));
    count = 16;
    CHECK(OK, CALL(C_GetSlotList, (unsigned char)1, slots, &count));
    if (count == 0) { fprintf(stderr, "no slot\n"); _exit(1); }
    return slots[0];
}

static ck open_session(void) {
    ck session = 0;
    CHECK(OK, CALL(C_OpenSession, first_slot(), (ck)RW_SERIAL, NULL, NULL, &session));
    return session;
}

static ck logged_in(const char *pin) {
    ck session = open_session();
    CHECK(OK, CALL(C_Login, session, (ck)USER, pin, (ck)strlen(pin)));
    return session;
}

/* Makes an AES key in the session, or on the token, and uses it. */
static ck make_key(ck session, unsigned char on_token) {
    ck key = 0, length = 16;
    attribute template[] = { { VALUE_LEN, &length, sizeof length }, { TOKEN, &on_token, 1 }, { LABEL, "c program", 9 } };
    mechanism generate = { AES_KEY_GEN, NULL, 0 };
    CHECK(OK, CALL(C_GenerateKey, session, &generate, template, (ck)3, &key));
    return key;
}

static void use_key(ck session, ck key) {
    unsigned char in[16] = { 7 }, out[16];
    ck length = sizeof out;
    mechanism ecb = { AES_ECB, NULL, 0 };
    CHECK(OK, CALL(C_EncryptInit, session, &ecb, key));
    CHECK(OK, CALL(C_Encrypt, session, in, (ck)sizeof in, out, &length));
}

static void digest(ck session) {
    unsigned char out[32];
    ck length = sizeof out;
    mechanism sha = { SHA256, NULL, 0 };
    CHECK(OK, CALL(C_DigestInit, session, &sha));
    CHECK(OK, CALL(C_Digest, session, "abc", (ck)3, out, &length));
}

#endif
