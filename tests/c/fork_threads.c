/* fork while other threads are in the middle of calls: no child may hang.
 * usage: fork_threads MODULE PIN */
#include "pkcs11_min.h"
#include <pthread.h>
#include <sys/wait.h>

static volatile int stop;
static const char *pin;

static void *hammer(void *unused) {
    (void)unused;
    ck session = open_session();
    while (!stop) {
        unsigned char random[16];
        digest(session);
        CHECK(OK, CALL(C_GenerateRandom, session, random, (ck)16));
        ck object = 0, class = DATA;
        unsigned char yes = 1;
        attribute template[] = { { CLASS, &class, sizeof class }, { TOKEN, &yes, 1 }, { LABEL, "hammer", 6 } };
        CHECK(OK, CALL(C_CreateObject, session, template, (ck)3, &object));
        CHECK(OK, CALL(C_DestroyObject, session, object));
    }
    return NULL;
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    pin = argv[2];
    initialize();
    ck session = logged_in(pin);
    pthread_t threads[4];
    for (int at = 0; at < 4; at++) pthread_create(&threads[at], NULL, hammer, NULL);
    for (int round = 0; round < 40; round++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(120);
            initialize();
            ck own = logged_in(pin);
            use_key(own, make_key(own, round % 2));
            CHECK(OK, CALL(C_Finalize, NULL));
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "child %d ended with status 0x%x\n", round, status);
            return 1;
        }
    }
    stop = 1;
    for (int at = 0; at < 4; at++) pthread_join(threads[at], NULL);
    use_key(session, make_key(session, 1));
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
