/* fork: the child is a new application, and the parent does not notice it.
 * usage: fork_child MODULE PIN */
#include "pkcs11_min.h"
#include <sys/wait.h>

static void reap(pid_t child, const char *what) {
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: the child ended with status 0x%x\n", what, status);
        _exit(1);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]);
    ck key = make_key(session, 0);
    unsigned char parent_random[32], child_random[32];
    CHECK(OK, CALL(C_GenerateRandom, session, parent_random, (ck)32));

    pid_t child = fork();
    if (child == 0) {
        unsigned char info[256];
        CHECK(NOT_INITIALIZED, CALL(C_GetInfo, info));
        CHECK(NOT_INITIALIZED, CALL(C_GetSessionInfo, session, info));
        CHECK(NOT_INITIALIZED, CALL(C_CloseSession, session));
        CHECK(NOT_INITIALIZED, CALL(C_Finalize, NULL));
        _exit(0);
    }
    reap(child, "calls before C_Initialize");
    use_key(session, key);

    int pipes[2];
    if (pipe(pipes)) return 1;
    child = fork();
    if (child == 0) {
        initialize();
        initialize_args args = { 0, 0, 0, 0, OS_LOCKING_OK, 0 };
        CHECK(ALREADY_INITIALIZED, CALL(C_Initialize, &args));
        ck own = logged_in(argv[2]);
        unsigned char random[32];
        CHECK(OK, CALL(C_GenerateRandom, own, random, (ck)32));
        if (write(pipes[1], random, 32) != 32) _exit(1);
        use_key(own, make_key(own, 1));
        CHECK(OK, CALL(C_Finalize, NULL));
        _exit(0);
    }
    reap(child, "a child that initialises");
    if (read(pipes[0], child_random, 32) != 32) return 1;
    CHECK(OK, CALL(C_GenerateRandom, session, parent_random, (ck)32));
    if (!memcmp(parent_random, child_random, 32)) { fprintf(stderr, "parent and child draw the same\n"); return 1; }
    use_key(session, key);
    use_key(session, make_key(session, 1));

    child = fork();
    if (child == 0) {
        initialize();
        ck own = logged_in(argv[2]);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            initialize();
            ck third = logged_in(argv[2]);
            use_key(third, make_key(third, 0));
            CHECK(OK, CALL(C_Finalize, NULL));
            _exit(0);
        }
        reap(grandchild, "a grandchild");
        use_key(own, make_key(own, 0));
        _exit(0);
    }
    reap(child, "a child that forks again");
    use_key(session, key);
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
