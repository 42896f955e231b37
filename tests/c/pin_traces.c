/* Whether a program finds a PIN, which it has encrypted only, in its own memory after the module has worked with it: in its
 * block, in the block with the account over it, or as digits; on the stack neither.
 * usage: pin_traces MODULE PIN */
#include "pkcs11_min.h"
#include <stdint.h>

enum { SECRET_KEY = 4, KEY_TYPE = 0x100, DES2 = 0x14 };
enum { C_DecryptInit = 34, C_Decrypt = 35, C_SignInit = 43, C_Sign = 44, C_VerifyInit = 49, C_Verify = 50 };
#define VHSM(number) (0xd6480000UL | (number))
enum { ISO_0 = 1, ISO_3 = 47, END = 34 };

static unsigned char key_value[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
static unsigned char other_value[16] = { 0x23, 0x15, 0x20, 0x8c, 0x91, 0x10, 0xad, 0x40, 0xd3, 0x02, 0x20, 0x1f, 0x9e, 0x7f, 0x8a, 0x45 };
static char account[] = "5413330089020011";

/* The PIN 83917264 of this account in format 0 under the first key [pyca/cryptography, TripleDES in ECB]. */
static unsigned char block[8] = { 0x37, 0x93, 0xd7, 0x6d, 0x83, 0xb0, 0x55, 0xb9 };

/* What is looked for, as exclusive ors with a mask: the field of the PIN, the block, the digits. */
enum { MASK = 0x5a, SECRETS = 3 };
static const unsigned char masked[SECRETS][8] = {
    { 0x52, 0xd9, 0xcb, 0x28, 0x3e, 0xa5, 0xa5, 0xa5 },
    { 0x52, 0xd9, 0xf8, 0x18, 0x36, 0x35, 0x85, 0xa4 },
    { 0x52, 0x59, 0x53, 0x5b, 0x5d, 0x58, 0x5c, 0x5e },
};

static int is_at(const volatile unsigned char *place, int secret) {
    int forth = 0, back = 0;
    while (forth < 8 && (place[forth] ^ MASK) == masked[secret][forth]) forth++;
    while (back < 8 && (place[back] ^ MASK) == masked[secret][7 - back]) back++;
    return forth == 8 || back == 8;
}

/* How often one of them stands in memory that can be written. */
static int places(int told) {
    FILE *file = fopen("/proc/self/maps", "r");
    static struct { uintptr_t start, end; } maps[4096];
    char line[512], rights[8];
    int count = 0, found = 0;
    while (count < 4096 && fgets(line, sizeof line, file)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) != 3 || rights[0] != 'r' || rights[1] != 'w') continue;
        maps[count].start = start;
        maps[count++].end = end;
    }
    fclose(file);
    for (int at = 0; at < count; at++) {
        const unsigned char *place = (const unsigned char *)maps[at].start;
        for (; place + 8 <= (const unsigned char *)maps[at].end; place++) {
            for (int secret = 0; secret < SECRETS; secret++) {
                if (!is_at(place, secret)) continue;
                found++;
                if (told) fprintf(stderr, "secret %d stands at %p, with %p on the stack\n", secret, (const void *)place, (void *)line);
            }
        }
    }
    return found;
}

static ck import(ck session, unsigned char value[16], char *usage) {
    ck class = SECRET_KEY, type = DES2, key = 0;
    attribute template[] = {
        { CLASS, &class, sizeof class }, { KEY_TYPE, &type, sizeof type }, { VALUE, value, 16 }, { VHSM(1), usage, 2 } };
    CHECK(OK, CALL(C_CreateObject, session, template, (ck)4, &key));
    return key;
}

static unsigned char *put_handle(unsigned char *at, ck handle) {
    for (int shift = 56; shift >= 0; shift -= 8) *at++ = (unsigned char)(handle >> shift);
    return at;
}

static unsigned char *put_end(unsigned char *at, unsigned char format) {
    memset(at, 0, END);
    at[0] = format;
    at[14] = (unsigned char)strlen(account);
    memcpy(at + 15, account, strlen(account));
    return at + END;
}

static void is_nowhere(const char *after) {
    int found = places(1);
    if (found == 0) return;
    fprintf(stderr, "after %s the PIN stands %d times in memory\n", after, found);
    _exit(1);
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]);
    ck from = import(session, key_value, "P0"), to = import(session, other_value, "P0");
    ck pvk = import(session, other_value, "V2");
    unsigned char param[128] = { 1 }, moved[8], value[4], *end;
    ck length = sizeof moved;

    is_nowhere("nothing");
    volatile unsigned char planted[8];
    for (int at = 0; at < 8; at++) planted[at] = masked[1][at] ^ MASK;
    CHECK(1, places(0) >= 1);
    for (int at = 0; at < 8; at++) planted[at] = 0;

    end = put_end(put_handle(put_end(param + 1, ISO_0), to), ISO_3);
    mechanism translate = { VHSM(0x23), param, (ck)(end - param) };
    CHECK(OK, CALL(C_DecryptInit, session, &translate, from));
    CHECK(OK, CALL(C_Decrypt, session, block, (ck)sizeof block, moved, &length));
    is_nowhere("a translation");

    mechanism compare = { VHSM(0x25), param, (ck)(end - param) };
    CHECK(OK, CALL(C_VerifyInit, session, &compare, from));
    CHECK(OK, CALL(C_Verify, session, block, (ck)sizeof block, moved, (ck)sizeof moved));
    is_nowhere("a comparison");

    param[1] = '1';
    end = put_end(put_handle(param + 2, from), ISO_0);
    memset(end, 0, 20);
    mechanism pvv = { VHSM(0x2c), param, (ck)(end + 20 - param) };
    length = sizeof value;
    CHECK(OK, CALL(C_SignInit, session, &pvv, pvk));
    CHECK(OK, CALL(C_Sign, session, block, (ck)sizeof block, value, &length));
    is_nowhere("a value");

    CHECK(OK, CALL(C_Finalize, NULL));
    is_nowhere("the end");
    return 0;
}
