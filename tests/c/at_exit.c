/* Calls from an atexit handler and from a destructor, after main has returned.
 * usage: at_exit MODULE PIN HOW   (HOW: live, finalized) */
#include "pkcs11_min.h"

static ck session, slot;
static int finalized;

static void last_calls(void) {
    unsigned char info[256];
    ck expected = finalized ? NOT_INITIALIZED : OK;
    CHECK(expected, CALL(C_GetInfo, info));
    CHECK(expected, CALL(C_GetSessionInfo, session, info));
    if (!finalized) digest(session);
    CHECK(expected, CALL(C_CloseAllSessions, slot));
    CHECK(expected, CALL(C_Finalize, NULL));
    finalized = 1;
}

static void __attribute__((destructor)) at_the_very_end(void) {
    if (list) last_calls();
}

int main(int argc, char **argv) {
    (void)argc;
    atexit(last_calls);
    load(argv[1]);
    initialize();
    slot = first_slot();
    session = logged_in(argv[2]);
    use_key(session, make_key(session, 1));
    if (!strcmp(argv[3], "finalized")) {
        CHECK(OK, CALL(C_Finalize, NULL));
        finalized = 1;
    }
    return 0;
}
