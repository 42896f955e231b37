/* Where in its own memory a program finds the keys that it gave to the module: while they are in use only where no core
 * dump comes, and after C_Finalize nowhere, not even on the stack.
 * usage: memory MODULE PIN HOW   (HOW: locked, forked: in a child; unlocked: nothing may be locked) */
#define _GNU_SOURCE
#include "pkcs11_min.h"
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { KEY_TYPE = 0x100, EC_PARAMS = 0x180, PRIVATE_KEY = 3, EC = 3, EDWARDS = 0x40, ECDSA = 0x1041, EDDSA = 0x1057 };
enum { SECRET_KEY = 4, GENERIC_SECRET = 0x10, AES = 0x1f, DES3 = 0x15, SENSITIVE = 0x103 };
enum { ENCRYPT = 0x104, DECRYPT = 0x105, WRAP = 0x106, UNWRAP = 0x107, SIGN = 0x108, EXTRACTABLE = 0x162 };
enum { AES_CBC = 0x1082, AES_CTR = 0x1086, AES_GCM = 0x1087, AES_CMAC = 0x108a, AES_KEY_WRAP = 0x2109 };
enum { SHA256_HMAC = 0x251, DES3_CBC = 0x133, DES3_CMAC = 0x138 };
enum { RSA = 0, MONTGOMERY = 0x41, RSA_KEY_PAIR_GEN = 0, RSA_PKCS = 1, ECDH1_DERIVE = 0x1050, KDF_NULL = 1 };
enum { DERIVE = 0x10c, MODULUS_BITS = 0x121, PRIME_1 = 0x124 };
enum { SLH_DSA_KEY_PAIR_GEN = 0x2d, SLH_DSA = 0x2e, PARAMETER_SET = 0x61d, SHA2_128F = 3 };
enum { C_GetAttributeValue = 25, C_GenerateKeyPair = 60, C_DeriveKey = 63 };
enum { C_DecryptInit = 34, C_Decrypt = 35, C_SignInit = 43, C_Sign = 44, C_WrapKey = 61 };

typedef struct { unsigned char *iv; ck iv_len, iv_bits; unsigned char *aad; ck aad_len, tag_bits; } gcm_params;
typedef struct { ck bits; unsigned char block[16]; } ctr_params;
typedef struct { ck kdf, shared_len; unsigned char *shared; ck public_len; unsigned char *public; } ecdh_params;

/* Keys stand here only as exclusive ors with a mask, and in clear where they are given to the module. */
enum { MASK = 0x5a, LONGEST = 32 };
static unsigned char masked[16][LONGEST];
static size_t lengths[16];
static const char *names[16];
static int secrets;
static int deep = -1; /* the secret of SLH-DSA, which uses more of the stack than the module wipes (SECURITY.md) */
static unsigned char clear[LONGEST];

static int hide(const char *name, size_t length) {
    names[secrets] = name;
    lengths[secrets] = length;
    for (size_t at = 0; at < length; at++) masked[secrets][at] = (unsigned char)((secrets * 37 + at * 11 + 5) ^ MASK);
    return secrets++;
}

static void wipe(volatile unsigned char *bytes, size_t length) { while (length--) *bytes++ = 0; }

static void show(int secret) {
    for (size_t at = 0; at < lengths[secret]; at++) clear[at] = masked[secret][at] ^ MASK;
}

/* Half a key tells as much as a whole one: copies that were partly overwritten count, too, and of the shortest keys half
 * is eight bytes. Numbers may stand with their last byte first. */
static int is_at(const volatile unsigned char *place, int secret) {
    size_t forth = 0, back = 0;
    while (forth < 8 && (place[forth] ^ MASK) == masked[secret][forth]) forth++;
    while (back < 8 && (place[back] ^ MASK) == masked[secret][7 - back]) back++;
    return forth == 8 || back == 8;
}

/* A mapping of this process. */
typedef struct { uintptr_t start, end; int writable, dumped, locked; char name[128]; } mapping;
static mapping maps[4096];

static int read_maps(void) {
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512], rights[8];
    int count = 0;
    while (fgets(line, sizeof line, file)) {
        mapping *map = &maps[count];
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %127[^\n]", &start, &end, rights, map->name) >= 3) {
            map->start = start;
            map->end = end;
            map->writable = rights[0] == 'r' && rights[1] == 'w';
        } else if (!strncmp(line, "VmFlags:", 8)) {
            map->dumped = !strstr(line, " dd");
            map->locked = !!strstr(line, " lo");
            if (++count == 4096) break;
            maps[count].name[0] = 0;
        }
    }
    fclose(file);
    return count;
}

enum { ALL, ALL_TOLD, DUMPED_TOLD };

/* How often a secret stands in memory, or in memory that goes into core dumps. */
static int places(int secret, int which, int *locked) {
    int found = 0, count = read_maps();
    for (int at = 0; at < count; at++) {
        if (!maps[at].writable || (which == DUMPED_TOLD && !maps[at].dumped) || !strcmp(maps[at].name, "[vvar]")) continue;
        if (secret == deep && !strcmp(maps[at].name, "[stack]")) continue;
        const unsigned char *place = (const unsigned char *)maps[at].start;
        for (; place + 16 <= (const unsigned char *)maps[at].end; place++) {
            if (!is_at(place, secret)) continue;
            found++;
            if (locked && !maps[at].dumped) *locked += maps[at].locked;
            if (which != ALL) fprintf(stderr, "%s at %p in %s\n", names[secret], (const void *)place, maps[at].name);
        }
    }
    return found;
}

static ck import(ck session, ck type, int secret, unsigned char on_token) {
    ck class = SECRET_KEY, key = 0;
    unsigned char yes = 1;
    show(secret);
    attribute template[] = {
        { CLASS, &class, sizeof class }, { KEY_TYPE, &type, sizeof type }, { VALUE, clear, lengths[secret] },
        { TOKEN, &on_token, 1 }, { SENSITIVE, &yes, 1 }, { EXTRACTABLE, &yes, 1 }, { ENCRYPT, &yes, 1 }, { DECRYPT, &yes, 1 },
        { WRAP, &yes, 1 }, { UNWRAP, &yes, 1 }, { SIGN, &yes, 1 }, { LABEL, "memory", 6 } };
    ck entries = 12;
    if (type == GENERIC_SECRET) { template[6] = template[10]; entries = 7; }
    CHECK(OK, CALL(C_CreateObject, session, template, entries, &key));
    wipe(clear, sizeof clear);
    return key;
}

static void run(int init, int once, ck session, ck number, void *parameter, ck parameter_len, ck key) {
    unsigned char in[32] = { 7 }, out[128];
    ck length = sizeof out;
    mechanism mechanism = { number, parameter, parameter_len };
    CHECK(OK, CALL(init, session, &mechanism, key));
    CHECK(OK, CALL(once, session, in, (ck)sizeof in, out, &length));
}

/* A private key on a curve signs. */
static void sign_on(ck session, ck type, const unsigned char *curve, ck curve_len, ck number, int secret) {
    ck class = PRIVATE_KEY, key = 0;
    unsigned char yes = 1, no = 0;
    show(secret);
    attribute template[] = {
        { CLASS, &class, sizeof class }, { KEY_TYPE, &type, sizeof type }, { VALUE, clear, lengths[secret] },
        { EC_PARAMS, (void *)curve, curve_len }, { TOKEN, &no, 1 }, { SENSITIVE, &yes, 1 }, { SIGN, &yes, 1 } };
    CHECK(OK, CALL(C_CreateObject, session, template, (ck)7, &key));
    wipe(clear, sizeof clear);
    run(C_SignInit, C_Sign, session, number, NULL, 0, key);
}

/* X25519 agrees with the base point. */
static void agree(ck session, int secret) {
    static unsigned char curve[] = { 6, 3, 0x2b, 0x65, 0x6e }, base[32] = { 9 };
    ck class = PRIVATE_KEY, type = MONTGOMERY, shared_class = SECRET_KEY, shared_type = GENERIC_SECRET, key = 0, shared = 0;
    unsigned char yes = 1, no = 0;
    show(secret);
    attribute template[] = {
        { CLASS, &class, sizeof class }, { KEY_TYPE, &type, sizeof type }, { VALUE, clear, lengths[secret] },
        { EC_PARAMS, curve, sizeof curve }, { TOKEN, &no, 1 }, { SENSITIVE, &yes, 1 }, { DERIVE, &yes, 1 } };
    CHECK(OK, CALL(C_CreateObject, session, template, (ck)7, &key));
    wipe(clear, sizeof clear);
    ecdh_params params = { KDF_NULL, 0, NULL, sizeof base, base };
    mechanism ecdh = { ECDH1_DERIVE, &params, sizeof params };
    attribute derived[] = { { CLASS, &shared_class, sizeof shared_class }, { KEY_TYPE, &shared_type, sizeof shared_type } };
    CHECK(OK, CALL(C_DeriveKey, session, &ecdh, key, derived, (ck)2, &shared));
}

/* An RSA key that the module makes on the token; its first prime is the secret, as far as half a key goes. */
static void make_rsa(ck session, int secret) {
    ck bits = 2048, public = 0, private = 0;
    unsigned char yes = 1, no = 0, prime[128];
    attribute of_public[] = { { MODULUS_BITS, &bits, sizeof bits }, { TOKEN, &no, 1 } };
    attribute of_private[] = {
        { TOKEN, &yes, 1 }, { SENSITIVE, &no, 1 }, { EXTRACTABLE, &yes, 1 }, { SIGN, &yes, 1 }, { LABEL, "memory", 6 } };
    mechanism generate = { RSA_KEY_PAIR_GEN, NULL, 0 };
    CHECK(OK, CALL(C_GenerateKeyPair, session, &generate, of_public, (ck)2, of_private, (ck)5, &public, &private));
    attribute wanted = { PRIME_1, prime, sizeof prime };
    CHECK(OK, CALL(C_GetAttributeValue, session, private, &wanted, (ck)1));
    for (int at = 0; at < 16; at++) masked[secret][at] = prime[at] ^ MASK;
    wipe(prime, sizeof prime);
}

/* An SLH-DSA key that the module makes; the start of its value is secret. It signs. */
static void make_slh_dsa(ck session, int secret) {
    ck set = SHA2_128F, public = 0, private = 0;
    unsigned char yes = 1, no = 0, value[64], in[32] = { 7 };
    static unsigned char out[17088];
    ck length = sizeof out;
    attribute of_public[] = { { PARAMETER_SET, &set, sizeof set }, { TOKEN, &no, 1 } };
    attribute of_private[] = { { TOKEN, &no, 1 }, { SENSITIVE, &no, 1 }, { EXTRACTABLE, &yes, 1 }, { SIGN, &yes, 1 } };
    mechanism generate = { SLH_DSA_KEY_PAIR_GEN, NULL, 0 }, sign = { SLH_DSA, NULL, 0 };
    CHECK(OK, CALL(C_GenerateKeyPair, session, &generate, of_public, (ck)2, of_private, (ck)4, &public, &private));
    attribute wanted = { VALUE, value, sizeof value };
    CHECK(OK, CALL(C_GetAttributeValue, session, private, &wanted, (ck)1));
    for (int at = 0; at < 16; at++) masked[secret][at] = value[at] ^ MASK;
    wipe(value, sizeof value);
    CHECK(OK, CALL(C_SignInit, session, &sign, private));
    CHECK(OK, CALL(C_Sign, session, in, (ck)sizeof in, out, &length));
}

/* An object of the token, read from the store. */
static ck stored(ck session, ck class) {
    ck key = 0, found = 0;
    attribute template[] = { { CLASS, &class, sizeof class }, { LABEL, "memory", 6 } };
    CHECK(OK, CALL(C_FindObjectsInit, session, template, (ck)2));
    CHECK(OK, CALL(C_FindObjects, session, &key, (ck)1, &found));
    CHECK(OK, CALL(C_FindObjectsFinal, session));
    CHECK(1, found);
    return key;
}

static void sign_with_rsa(ck session, ck key) {
    unsigned char in[32] = { 7 }, out[256];
    ck length = sizeof out;
    mechanism pkcs = { RSA_PKCS, NULL, 0 };
    CHECK(OK, CALL(C_SignInit, session, &pkcs, key));
    CHECK(OK, CALL(C_Sign, session, in, (ck)sizeof in, out, &length));
}

static void use_aes(ck session, ck key, ck other) {
    unsigned char iv[16] = { 1 }, out[128];
    gcm_params gcm = { iv, 12, 96, NULL, 0, 128 };
    ctr_params ctr = { 32, { 1 } };
    ck length = sizeof out;
    mechanism wrap = { AES_KEY_WRAP, NULL, 0 };
    run(C_EncryptInit, C_Encrypt, session, AES_ECB, NULL, 0, key);
    run(C_DecryptInit, C_Decrypt, session, AES_ECB, NULL, 0, key);
    run(C_EncryptInit, C_Encrypt, session, AES_CBC, iv, 16, key);
    run(C_DecryptInit, C_Decrypt, session, AES_CBC, iv, 16, key);
    run(C_EncryptInit, C_Encrypt, session, AES_GCM, &gcm, sizeof gcm, key);
    run(C_EncryptInit, C_Encrypt, session, AES_CTR, &ctr, sizeof ctr, key);
    run(C_SignInit, C_Sign, session, AES_CMAC, NULL, 0, key);
    CHECK(OK, CALL(C_WrapKey, session, &wrap, key, other, out, &length));
}

int main(int argc, char **argv) {
    (void)argc;
    if (!strcmp(argv[3], "unlocked")) {
        struct rlimit none = { 0, 0 };
        if (setrlimit(RLIMIT_MEMLOCK, &none)) { perror("setrlimit"); return 1; }
    }
    load(argv[1]);
    initialize();
    if (!strcmp(argv[3], "forked")) {
        ck session = logged_in(argv[2]);
        use_key(session, make_key(session, 0));
        pid_t child = fork();
        int status = 1;
        if (child > 0) return waitpid(child, &status, 0) != child || status != 0;
        initialize();
    }
    ck session = logged_in(argv[2]);
    int rsa = hide("RSA", 16), on_token = hide("AES of the token", 32);
    make_rsa(session, rsa);
    import(session, AES, on_token, 1);
    CHECK(OK, CALL(C_Finalize, NULL));
    initialize();
    session = logged_in(argv[2]);
    sign_with_rsa(session, stored(session, PRIVATE_KEY));
    use_key(session, stored(session, SECRET_KEY));
    int aes128 = hide("AES-128", 16);
    hide("AES-192", 24);
    int aes256 = hide("AES-256", 32);
    int hmac = hide("HMAC", 32), des3 = hide("3DES", 24), wrapped = hide("wrapped", 32);
    ck other = import(session, GENERIC_SECRET, wrapped, 0);
    for (int secret = aes128; secret <= aes256; secret++) use_aes(session, import(session, AES, secret, 0), other);
    run(C_SignInit, C_Sign, session, SHA256_HMAC, NULL, 0, import(session, GENERIC_SECRET, hmac, 0));
    unsigned char iv[8] = { 1 };
    ck des = import(session, DES3, des3, 0);
    run(C_EncryptInit, C_Encrypt, session, DES3_CBC, iv, 8, des);
    run(C_SignInit, C_Sign, session, DES3_CMAC, NULL, 0, des);

    static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
    static const unsigned char k256[] = { 6, 5, 0x2b, 0x81, 4, 0, 10 }, ed25519[] = { 6, 3, 0x2b, 0x65, 0x70 };
    sign_on(session, EC, p256, sizeof p256, ECDSA, hide("P-256", 32));
    sign_on(session, EC, k256, sizeof k256, ECDSA, hide("secp256k1", 32));
    sign_on(session, EDWARDS, ed25519, sizeof ed25519, EDDSA, hide("Ed25519", 32));

    agree(session, hide("X25519", 32));
    make_slh_dsa(session, deep = hide("SLH-DSA", 16));

    int dumped = 0, kept = 0, locked = 0;
    for (int secret = 0; secret < secrets; secret++) {
        dumped += places(secret, DUMPED_TOLD, NULL);
        int here = places(secret, ALL, &locked);
        if (here == 0) fprintf(stderr, "%s is nowhere: the search finds nothing\n", names[secret]);
        kept += here > 0;
    }
    CHECK(secrets, kept);
    CHECK(0, dumped);
    if (strcmp(argv[3], "unlocked")) CHECK(1, locked > 0);
    CHECK(OK, CALL(C_Finalize, NULL));
    int left = 0;
    for (int secret = 0; secret < secrets; secret++) left += places(secret, ALL_TOLD, NULL);
    CHECK(0, left);
    return 0;
}
