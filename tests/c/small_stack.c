/* A thread with a small stack closes the last session and finalises.
 * usage: small_stack MODULE PIN KIB */
#include "pkcs11_min.h"
#include <pthread.h>

static ck session;

static void *end(void *nothing) {
    CHECK(OK, CALL(C_CloseSession, session));
    CHECK(OK, CALL(C_Finalize, NULL));
    return nothing;
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    session = logged_in(argv[2]);
    use_key(session, make_key(session, 0));
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, (size_t)atoi(argv[3]) << 10)) return 2;
    if (pthread_create(&thread, &attributes, end, NULL)) return 3;
    pthread_join(thread, NULL);
    return 0;
}
