/* The way of daemons: initialise, fork, let the parent go, work on in the child, while a third process opens the
 * same store. usage: daemonize MODULE PIN MARKER */
#include "pkcs11_min.h"
#include <sys/wait.h>

static const char *pin;

static ck logged_in_pin(void) { return logged_in(pin); }

static int third(void) {
    ck session = logged_in_pin();
    use_key(session, make_key(session, 1));
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}

int main(int argc, char **argv) {
    pin = argv[2];
    load(argv[1]);
    initialize();
    if (argc == 5) return third();
    ck session = logged_in_pin();
    use_key(session, make_key(session, 1));
    if (fork() != 0) return 0; /* the parent's exit must not take the store from the child */
    setsid();
    usleep(100 * 1000);
    initialize();
    session = logged_in_pin();
    pid_t other = fork();
    if (other == 0) {
        execl(argv[0], argv[0], argv[1], argv[2], argv[3], "third", (char *)NULL);
        _exit(1);
    }
    for (int round = 0; round < 50; round++) use_key(session, make_key(session, 1));
    int status = 1;
    waitpid(other, &status, 0);
    FILE *marker = fopen(argv[3], "a");
    fprintf(marker, status ? "bad\n" : "done\n");
    fclose(marker);
    return 0;
}
