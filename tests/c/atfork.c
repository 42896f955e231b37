/* pkcs11-helper's habit: the handler of fork initialises the module for the child, which then finds it at work.
 * usage: atfork MODULE PIN */
#include "pkcs11_min.h"
#include <pthread.h>
#include <sys/wait.h>

static void in_the_child(void) { initialize(); }

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]);
    ck key = make_key(session, 0);
    if (pthread_atfork(NULL, NULL, in_the_child)) return 1;
    for (int round = 0; round < 3; round++) {
        pid_t child = fork();
        if (child == 0) {
            CHECK(ALREADY_INITIALIZED, CALL(C_Initialize, NULL));
            ck own = logged_in(argv[2]);
            use_key(own, make_key(own, 0));
            CHECK(OK, CALL(C_Finalize, NULL));
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "the child ended with status 0x%x\n", status);
            return 1;
        }
        use_key(session, key);
    }
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
