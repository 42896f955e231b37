/* Preloaded: a disk that can be told to be slow or to take no more, and that knows what was written and not yet made to
 * last. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic int refusal;                /* errno of every write, 0 for none */
static _Atomic int delay;                  /* microseconds that a sync takes longer */
static _Atomic long syncs;                 /* calls of fsync and fdatasync on files of ours */
static struct { dev_t device; ino_t number; int dirty; } files[256];

void disk_refuse(int error) { refusal = error; }
void disk_delay(int microseconds) { delay = microseconds; }
long disk_syncs(void) { return syncs; }

int disk_unsynced(void) {
    int count = 0;
    for (unsigned i = 0; i < 256; i++) count += files[i].dirty;
    return count;
}

static int ends(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Below the directory of the test. What need not outlive a crash is not: shared memory, the counter of changes, the
 * log. */
static int is_ours(int fd) {
    const char *directory = getenv("VHSM_TEST_DISK");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (directory == NULL || length < 0) return 0;
    path[length] = 0;
    return strncmp(path, directory, strlen(directory)) == 0 && !ends(path, "-shm") && !ends(path, "/generation") &&
           !ends(path, "/log");
}

static void mark(int fd, int dirty) {
    struct stat file;
    if (fstat(fd, &file) != 0) return;
    for (unsigned i = 0; i < 256; i++) {
        int same = files[i].device == file.st_dev && files[i].number == file.st_ino;
        if (!same && files[i].number != 0) continue;
        files[i].device = file.st_dev;
        files[i].number = file.st_ino;
        files[i].dirty = dirty;
        return;
    }
}

/* Whether the write is refused; notes it if not. */
static int refused(int fd) {
    if (!is_ours(fd)) return 0;
    if (refusal != 0) { errno = refusal; return 1; }
    mark(fd, 1);
    return 0;
}

/* A name appears in a directory: that is written, too. */
static void mark_parent(const char *path) {
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL) return;
    *slash = 0;
    int fd = open(parent, O_RDONLY | O_DIRECTORY);
    if (fd >= 0 && is_ours(fd)) mark(fd, 1);
    if (fd >= 0) close(fd);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *from, size_t count) { return refused(fd) ? -1 : NEXT(write)(fd, from, count); }
ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
    return refused(fd) ? -1 : NEXT(pwrite)(fd, from, count, at);
}
ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
    return refused(fd) ? -1 : NEXT(pwrite64)(fd, from, count, at);
}
int mkdir(const char *path, mode_t mode) {
    int answer = NEXT(mkdir)(path, mode);
    if (answer == 0) mark_parent(path);
    return answer;
}
int linkat(int from_directory, const char *from, int directory, const char *path, int flags) {
    int answer = NEXT(linkat)(from_directory, from, directory, path, flags);
    if (answer == 0) mark_parent(path);
    return answer;
}
static void synced(int fd) {
    if (!is_ours(fd)) return;
    mark(fd, 0);
    syncs++;
    usleep(delay);
}
int fsync(int fd) { synced(fd); return NEXT(fsync)(fd); }
int fdatasync(int fd) { synced(fd); return NEXT(fdatasync)(fd); }
