/* A log to standard error that nobody reads, or that is full, or that is closed, neither ends nor holds up the host.
 * usage: log_pipe MODULE PIN unread|full|closed */
#include "pkcs11_min.h"
#include <fcntl.h>

enum { SESSION_HANDLE_INVALID = 0xb3 };

int main(int argc, char **argv) {
    (void)argc;
    int pipes[2];
    if (pipe(pipes)) return 1;
    load(argv[1]);
    if (!strcmp(argv[3], "full")) {
        fcntl(pipes[1], F_SETFL, O_NONBLOCK);
        while (write(pipes[1], "x", 1) == 1) {}
        fcntl(pipes[1], F_SETFL, 0);
    } else {
        close(pipes[0]);
    }
    int own = dup(2);
    if (!strcmp(argv[3], "closed")) close(2);
    else dup2(pipes[1], 2);

    initialize();
    for (int i = 0; i < 10; i++) CHECK(SESSION_HANDLE_INVALID, CALL(C_CloseSession, (ck)12345));
    ck session = logged_in(argv[2]);
    use_key(session, make_key(session, 0));
    CHECK(OK, CALL(C_Finalize, NULL));
    dup2(own, 2);
    return 0;
}
