/* 1000 threads with a session each, and C_Finalize while threads are inside calls.
 * usage: threads MODULE PIN */
#include "pkcs11_min.h"
#include <pthread.h>

static ck slot;
static ck key;
static volatile int finalizing;

static void *worker(void *unused) {
    (void)unused;
    ck session = open_session();
    for (int round = 0; round < 10; round++) { digest(session); use_key(session, key); }
    CHECK(OK, CALL(C_CloseSession, session));
    return NULL;
}

static void *until_the_end(void *unused) {
    (void)unused;
    for (;;) {
        unsigned char random[64];
        ck session = 0;
        ck answer = CALL(C_OpenSession, slot, (ck)RW_SERIAL, NULL, NULL, &session);
        if (answer != OK) { if (finalizing) return NULL; fprintf(stderr, "C_OpenSession 0x%lx\n", answer); _exit(1); }
        answer = CALL(C_GenerateRandom, session, random, (ck)64);
        if (answer != OK && !finalizing) { fprintf(stderr, "C_GenerateRandom 0x%lx\n", answer); _exit(1); }
        CALL(C_CloseSession, session);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    slot = first_slot();
    ck session = logged_in(argv[2]);
    key = make_key(session, 0);
    static pthread_t threads[1000];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 512 * 1024);
    for (int at = 0; at < 1000; at++)
        if (pthread_create(&threads[at], &small, worker, NULL)) { fprintf(stderr, "thread %d\n", at); return 1; }
    for (int at = 0; at < 1000; at++) pthread_join(threads[at], NULL);
    for (int round = 0; round < 20; round++) {
        finalizing = 0;
        for (int at = 0; at < 8; at++) pthread_create(&threads[at], &small, until_the_end, NULL);
        usleep(10 * 1000);
        finalizing = 1;
        CHECK(OK, CALL(C_Finalize, NULL));
        for (int at = 0; at < 8; at++) pthread_join(threads[at], NULL);
        initialize();
    }
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
