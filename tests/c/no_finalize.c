/* exit without C_Finalize, with sessions, operations and threads alive.
 * usage: no_finalize MODULE PIN HOW   (HOW: return, exit, unloaded) */
#include "pkcs11_min.h"
#include <pthread.h>

static void *forever(void *unused) {
    (void)unused;
    ck session = open_session();
    for (;;) digest(session);
    return NULL;
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]);
    use_key(session, make_key(session, 1));
    mechanism sha = { SHA256, NULL, 0 };
    CHECK(OK, CALL(C_DigestInit, session, &sha));
    if (!strcmp(argv[3], "unloaded")) { dlclose(library); return 0; }
    pthread_t threads[4];
    for (int at = 0; at < 4; at++) pthread_create(&threads[at], NULL, forever, NULL);
    usleep(50 * 1000);
    if (!strcmp(argv[3], "exit")) exit(0);
    return 0;
}
