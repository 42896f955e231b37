/* The module is loaded as pkcs11-provider loads it: its own symbols come before those of the program.
 * usage: deepbind MODULE PIN */
#define _GNU_SOURCE
#include "pkcs11_min.h"

int main(int argc, char **argv) {
    (void)argc;
    if (!dlopen(argv[1], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)) { fprintf(stderr, "%s\n", dlerror()); return 1; }
    load(argv[1]);
    initialize();
    ck session = logged_in(argv[2]);
    use_key(session, make_key(session, 0));
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
