/* A limit on the size of files, with the signal's handling left to the host: what does not fit is an error, no signal
 * comes, and nothing of the host's signals is changed.
 * usage: file_limit MODULE PIN HOW   (HOW: default, handler, blocked, nothing) */
#define _GNU_SOURCE
#include "pkcs11_min.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

enum { DEVICE_MEMORY = 0x31, GENERAL_ERROR = 0x5 };

static volatile sig_atomic_t came;
static void note(int signal) { (void)signal; came = 1; }

static void limit(rlim_t bytes) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    if (setrlimit(RLIMIT_FSIZE, &limit)) { perror("setrlimit"); _exit(1); }
}

static int is_blocked(void) {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, SIGXFSZ);
}

static int is_pending(void) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGXFSZ);
}

static ck store(ck session) {
    static unsigned char value[4096];
    ck object = 0, class = DATA;
    unsigned char yes = 1;
    attribute template[] = { { CLASS, &class, sizeof class }, { TOKEN, &yes, 1 }, { VALUE, value, sizeof value } };
    return CALL(C_CreateObject, session, template, (ck)3, &object);
}

/* Nothing is there yet, and nothing can be made. */
static int without_a_store(void) {
    static unsigned char label[32] = "0123456789abcdef0123456789abcde";
    limit(0);
    initialize();
    ck slot = first_slot();
    ck answer = CALL(C_InitToken, slot, "so-12345678", (ck)11, label);
    CHECK(DEVICE_MEMORY, answer);
    CHECK(OK, CALL(C_Finalize, NULL));
    limit(RLIM_INFINITY);
    initialize();
    CHECK(OK, CALL(C_InitToken, first_slot(), "so-12345678", (ck)11, label));
    return 0;
}

int main(int argc, char **argv) {
    (void)argc;
    int blocked = !strcmp(argv[3], "blocked");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    if (!strcmp(argv[3], "handler")) signal(SIGXFSZ, note);
    if (blocked) {
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        signal(SIGXFSZ, note);
    }
    load(argv[1]);
    if (!strcmp(argv[3], "nothing")) return without_a_store();
    initialize();
    ck session = logged_in(argv[2]);
    use_key(session, make_key(session, 0));

    limit(256 * 1024);
    int stored = 0;
    ck answer;
    while ((answer = store(session)) == OK && stored < 1000) stored++;
    CHECK(DEVICE_MEMORY, answer);
    CHECK(DEVICE_MEMORY, store(session));
    CHECK(1, stored > 0);
    limit(1);
    CHECK(DEVICE_MEMORY, store(session));
    use_key(session, make_key(session, 0));
    ck other = open_session();
    CHECK(OK, CALL(C_CloseSession, other));

    CHECK(blocked, is_blocked());
    CHECK(0, is_pending());
    if (blocked) { /* one that the host has pending stays its own */
        raise(SIGXFSZ);
        CHECK(DEVICE_MEMORY, store(session));
        CHECK(1, is_pending());
        CHECK(0, came);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        CHECK(1, came);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        came = 0;
    }
    CHECK(0, came);
    limit(RLIM_INFINITY);
    CHECK(OK, store(session));
    limit(1);
    CHECK(OK, CALL(C_Finalize, NULL)); /* closing moves the log of the database into it */
    initialize_args args = { 0, 0, 0, 0, OS_LOCKING_OK, 0 };
    CHECK(GENERAL_ERROR, CALL(C_Initialize, &args)); /* the first who opens the database has to write */
    CHECK(0, came);
    CHECK(0, is_pending());
    return 0;
}
