/* dlclose while threads are alive that have used the module; they end afterwards.
 * usage: unload MODULE PIN */
#include "pkcs11_min.h"
#include <pthread.h>

static pthread_barrier_t used, closed;

static void *visitor(void *pin) {
    ck session = open_session();
    (void)pin;
    digest(session);
    unsigned char random[16];
    CHECK(OK, CALL(C_GenerateRandom, session, random, (ck)16));
    pthread_barrier_wait(&used);
    pthread_barrier_wait(&closed);
    return NULL; /* the thread's own destructors run now, after dlclose */
}

int main(int argc, char **argv) {
    (void)argc;
    for (int round = 0; round < 3; round++) {
        load(argv[1]);
        initialize();
        ck session = logged_in(argv[2]);
        use_key(session, make_key(session, 0));
        pthread_t threads[8];
        pthread_barrier_init(&used, NULL, 9);
        pthread_barrier_init(&closed, NULL, 9);
        for (int at = 0; at < 8; at++) pthread_create(&threads[at], NULL, visitor, argv[2]);
        pthread_barrier_wait(&used);
        if (round != 1) CHECK(OK, CALL(C_Finalize, NULL));
        else { CHECK(OK, CALL(C_CloseAllSessions, first_slot())); CHECK(OK, CALL(C_Finalize, NULL)); }
        dlclose(library);
        pthread_barrier_wait(&closed);
        for (int at = 0; at < 8; at++) pthread_join(threads[at], NULL);
    }
    return 0;
}
