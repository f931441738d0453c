/* Makes the system refuse what SQLite asks of it for its database: writing where the disk is full,
 * reading and writing where it is broken, locking where somebody else holds the lock. Which, and
 * from which call on, is told by a small file that is mapped; see disk.rs.
 *
 * SQLite waits for a lock by counting how long it slept. Whoever was refused one here sleeps no
 * time, so that ten seconds are over at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { FULL = 1, BROKEN = 2, BUSY = 3 };

/* As disk.rs writes it. */
struct control {
    long kind;
    long lasting;
    long nth;
    long passed;
    long struck;
};

static volatile struct control *control;
static __thread int hurried;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("STRIKE_CONTROL");
    if (!path)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        abort();
    void *place = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (place == MAP_FAILED)
        abort();
    control = place;
    close(fd);
}

static int is_database(int fd)
{
    char link[64], path[4096];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "/tradein.db") != NULL;
}

/* Whether this call on a file of the database, which a fault of these two kinds meets, fails. */
static int fails(int fd, long one, long other)
{
    if (!control)
        return 0;
    long kind = control->kind;
    if (kind == 0 || (kind != one && kind != other) || !is_database(fd))
        return 0;
    long count = __sync_add_and_fetch(&control->passed, 1);
    long nth = control->nth;
    if (nth == 0 || count < nth || (count > nth && !control->lasting))
        return 0;
    __sync_add_and_fetch(&control->struck, 1);
    errno = kind == FULL ? ENOSPC : kind == BROKEN ? EIO : EAGAIN;
    hurried = kind == BUSY;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define REFUSABLE(result, name, parameters, arguments, one, other)  \
    result name parameters                                          \
    {                                                               \
        static __typeof__(&name) real;                              \
        if (!real)                                                  \
            real = REAL(name);                                      \
        return fails(fd, one, other) ? -1 : real arguments;         \
    }

REFUSABLE(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), FULL, BROKEN)
REFUSABLE(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), FULL, BROKEN)
REFUSABLE(ssize_t, pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at), FULL, BROKEN)
REFUSABLE(int, ftruncate, (int fd, off_t length), (fd, length), FULL, BROKEN)
REFUSABLE(int, ftruncate64, (int fd, off64_t length), (fd, length), FULL, BROKEN)
REFUSABLE(int, fsync, (int fd), (fd), BROKEN, BROKEN)
REFUSABLE(int, fdatasync, (int fd), (fd), BROKEN, BROKEN)
REFUSABLE(ssize_t, read, (int fd, void *bytes, size_t count), (fd, bytes, count), BROKEN, BROKEN)
REFUSABLE(ssize_t, pread, (int fd, void *bytes, size_t count, off_t at), (fd, bytes, count, at), BROKEN, BROKEN)
REFUSABLE(ssize_t, pread64, (int fd, void *bytes, size_t count, off64_t at), (fd, bytes, count, at), BROKEN, BROKEN)

/* A lock is asked for; giving one back never fails. */
static int asks(int command, const void *argument)
{
    return command == F_SETLK && ((const struct flock *)argument)->l_type != F_UNLCK;
}

#define LOCKING(name)                                               \
    int name(int fd, int command, ...)                              \
    {                                                               \
        static __typeof__(&name) real;                              \
        if (!real)                                                  \
            real = REAL(name);                                      \
        va_list rest;                                               \
        va_start(rest, command);                                    \
        void *argument = va_arg(rest, void *);                      \
        va_end(rest);                                               \
        if (asks(command, argument) && fails(fd, BUSY, BUSY))       \
            return -1;                                              \
        return real(fd, command, argument);                         \
    }

LOCKING(fcntl)
LOCKING(fcntl64)

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    static __typeof__(&nanosleep) real;
    if (!real)
        real = REAL(nanosleep);
    if (hurried) {
        hurried = 0;
        return 0;
    }
    return real(wanted, left);
}
