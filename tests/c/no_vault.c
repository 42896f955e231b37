/* Keys work where the vault gets no memory, or little of it.
 * usage: no_vault MODULE PIN absent|small */
#include "pkcs11_min.h"
#include <sys/resource.h>

/* Allows so many bytes of addresses beyond those that there are, from the first call of the module on. */
static struct rlimit limit_addresses(rlim_t more) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1) _exit(1);
    fclose(file);
    struct rlimit before, now;
    getrlimit(RLIMIT_AS, &before);
    now = before;
    now.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    if (setrlimit(RLIMIT_AS, &now)) { perror("setrlimit"); _exit(1); }
    return before;
}

int main(int argc, char **argv) {
    (void)argc;
    int small = !strcmp(argv[3], "small");
    load(argv[1]);
    struct rlimit before = limit_addresses(small ? 3 << 20 : 1000 << 10);
    initialize();
    setrlimit(RLIMIT_AS, &before);
    ck session = logged_in(argv[2]);
    for (int key = 0; key < (small ? 8000 : 100); key++) use_key(session, make_key(session, 0));
    use_key(session, make_key(session, 1));
    CHECK(OK, CALL(C_Finalize, NULL));

    /* What could not be had then may be had now. */
    initialize();
    session = logged_in(argv[2]);
    use_key(session, make_key(session, 0));
    CHECK(OK, CALL(C_Finalize, NULL));
    return 0;
}
