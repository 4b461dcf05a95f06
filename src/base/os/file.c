/*
 * file: see file.h. Used by every program that keeps files. Invariant: an error of a sync is handed
 * up at once and never followed by another try here.
 */
#include "base/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int
real_openat(int dir, const char *path, int flags, mode_t mode)
{
    return openat(dir, path, flags, mode);
}

static int
real_fallocate(int fd, off_t from, off_t size)
{
    return posix_fallocate(fd, from, size);
}

const struct os_calls os_calls_real = {
    .openat = real_openat,
    .write = write,
    .pwrite = pwrite,
    .fsync = fsync,
    .fdatasync = fdatasync,
    .renameat = renameat,
    .unlinkat = unlinkat,
    .mkdirat = mkdirat,
    .ftruncate = ftruncate,
    .fallocate = real_fallocate,
};

static const struct os_calls *calls = &os_calls_real;

const struct os_calls *
os_calls_set(const struct os_calls *next)
{
    const struct os_calls *former = calls;
    calls = next == NULL ? &os_calls_real : next;
    return former;
}

int
file_open(int dir, const char *path, int flags, mode_t mode, struct err *err)
{
    int fd = calls->openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return ERR(err, "file.missing", "%s", path);
    return ERR_ERRNO(err, "file.open", "%s", path);
}

int
file_open_dir(int dir, const char *path, struct err *err)
{
    return file_open(dir, path, O_RDONLY | O_DIRECTORY, 0, err);
}

void
file_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int64_t
file_size(int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return ERR_ERRNO(err, "file.read", "fstat");
    if (!S_ISREG(st.st_mode))
        return ERR(err, "file.kind", "not a regular file");
    return st.st_size;
}

static int
read_open(int fd, const char *path, size_t limit_bytes, struct buf *ret, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return ERR_ERRNO(err, "file.read", "%s", path);
    if (!S_ISREG(st.st_mode))
        return ERR(err, "file.kind", "%s", path);
    size_t total = 0;
    for (;;) {
        size_t room =
            st.st_size >= 0 && (size_t)st.st_size > total ? (size_t)st.st_size - total : 1;
        if (room > limit_bytes - total)
            room = limit_bytes - total;
        char probe;
        char *to = room == 0 ? &probe : buf_reserve(ret, room);
        if (to == NULL)
            return buf_done(ret, err);
        ssize_t n = read(fd, to, room == 0 ? 1 : room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_ERRNO(err, "file.read", "%s", path);
        if (n == 0)
            return 0;
        if (room == 0)
            return ERR(err, "file.size", "%s: > %zu", path, limit_bytes);
        ret->n += (size_t)n;
        total += (size_t)n;
    }
}

int
file_read(int dir, const char *path, size_t limit_bytes, struct buf *ret, struct err *err)
{
    /* O_NONBLOCK: opening a named pipe somebody put there must not wait. */
    int fd = file_open(dir, path, O_RDONLY | O_NONBLOCK, 0, err);
    if (fd < 0)
        return -1;
    int r = read_open(fd, path, limit_bytes, ret, err);
    file_close(&fd);
    return r;
}

int
file_pread(int fd, void *ret, size_t n, uint64_t at, struct err *err)
{
    char *to = ret;
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_ERRNO(err, "file.read", "at %llu", (unsigned long long)at);
        if (got == 0)
            return ERR(err, "file.short", "at %llu", (unsigned long long)at);
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int
write_failed(struct err *err, const char *what)
{
    const char *code = errno == ENOSPC || errno == EDQUOT ? "file.full" : "file.write";
    return ERR_ERRNO(err, code, "%s", what);
}

int
file_write(int fd, const void *p, size_t n, struct err *err)
{
    const char *from = p;
    while (n > 0) {
        ssize_t done = calls->write(fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return write_failed(err, "write");
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

int
file_pwrite(int fd, const void *p, size_t n, uint64_t at, struct err *err)
{
    const char *from = p;
    while (n > 0) {
        ssize_t done = calls->pwrite(fd, from, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return write_failed(err, "pwrite");
        from += done;
        at += (uint64_t)done;
        n -= (size_t)done;
    }
    return 0;
}

int
file_sync(int fd, struct err *err)
{
    return calls->fsync(fd) == 0 ? 0 : ERR_ERRNO(err, "file.sync", "fsync");
}

int
file_sync_data(int fd, struct err *err)
{
    return calls->fdatasync(fd) == 0 ? 0 : ERR_ERRNO(err, "file.sync", "fdatasync");
}

int
file_reserve(int fd, uint64_t size, struct err *err)
{
    int e = calls->fallocate(fd, 0, (off_t)size);
    if (e == 0)
        return 0;
    errno = e;
    return write_failed(err, "reserve");
}

int
file_truncate(int fd, uint64_t size, struct err *err)
{
    return calls->ftruncate(fd, (off_t)size) == 0 ? 0 : write_failed(err, "truncate");
}

/* The folder part of PATH, opened; DIR itself (duplicated) when PATH has none. */
static int
open_parent(int dir, const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return file_open_dir(dir, ".", err);
    char parent[4096];
    size_t n = (size_t)(slash - path);
    if (n == 0)
        n = 1;
    if (n >= sizeof parent)
        return ERR(err, "file.open", "path too long");
    memcpy(parent, path, n);
    parent[n] = '\0';
    return file_open_dir(dir, parent, err);
}

static int
write_tmp(int fd, mode_t mode, struct str bytes, struct err *err)
{
    if (fchmod(fd, mode) != 0)
        return ERR_ERRNO(err, "file.write", "fchmod");
    if (file_write(fd, bytes.p, bytes.n, err) != 0)
        return -1;
    return file_sync_data(fd, err);
}

int
file_put(const struct file_new *new, struct str bytes, struct err *err)
{
    int fd = file_open(new->tmp_dir, new->tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600, err);
    if (fd < 0)
        return -1;
    int r = write_tmp(fd, new->mode, bytes, err);
    file_close(&fd);
    if (r != 0) {
        calls->unlinkat(new->tmp_dir, new->tmp, 0);
        return -1;
    }
    if (calls->renameat(new->tmp_dir, new->tmp, new->dir, new->path) != 0)
        return ERR_ERRNO(err, "file.rename", "%s", new->path);
    return 0;
}

int
file_replace(const struct file_new *new, struct str bytes, struct err *err)
{
    int parent = open_parent(new->dir, new->path, err);
    if (parent < 0)
        return -1;
    int r = file_put(new, bytes, err);
    if (r == 0)
        r = file_sync(parent, err);
    file_close(&parent);
    return r;
}

int
file_move(int dir, const char *from, const char *to, struct err *err)
{
    int parent = open_parent(dir, to, err);
    if (parent < 0)
        return -1;
    int r = 0;
    if (calls->renameat(dir, from, dir, to) != 0)
        r = ERR_ERRNO(err, "file.rename", "%s", to);
    if (r == 0)
        r = file_sync(parent, err);
    file_close(&parent);
    return r;
}

int
file_link(int dir, const char *target, const char *path, struct err *err)
{
    struct stat st;
    char tmp[256];
    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(st.st_mode))
        return ERR(err, "file.rename", "%s is no link", path);
    int n = snprintf(tmp, sizeof tmp, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof tmp)
        return ERR(err, "file.rename", "name too long");
    calls->unlinkat(dir, tmp, 0);
    if (symlinkat(target, dir, tmp) != 0 || calls->renameat(dir, tmp, dir, path) != 0)
        return ERR_ERRNO(err, "file.rename", "%s", path);
    return 0;
}

static int
mkdir_one(int dir, const char *path, mode_t mode, struct err *err)
{
    struct stat st;
    if (fstatat(dir, path, &st, 0) == 0 && S_ISDIR(st.st_mode))
        return 0;
    int parent = open_parent(dir, path, err);
    if (parent < 0)
        return -1;
    int r = 0;
    if (calls->mkdirat(dir, path, mode) != 0 && errno != EEXIST)
        r = ERR_ERRNO(err, "file.mkdir", "%s", path);
    if (r == 0)
        r = file_sync(parent, err);
    file_close(&parent);
    return r;
}

int
file_mkdirs(int dir, const char *path, mode_t mode, struct err *err)
{
    char part[4096];
    size_t n = strlen(path);
    if (n >= sizeof part)
        return ERR(err, "file.mkdir", "path too long");
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (part[i - 1] != '/' && mkdir_one(dir, part, mode, err) != 0)
            return -1;
    }
    return 0;
}

int
file_rename(int dir, const char *from, const char *to, struct err *err)
{
    if (calls->renameat(dir, from, dir, to) == 0)
        return 0;
    if (errno == ENOENT)
        return ERR(err, "file.missing", "%s", from);
    return ERR_ERRNO(err, "file.rename", "%s", to);
}

int
file_remove(int dir, const char *path, struct err *err)
{
    if (calls->unlinkat(dir, path, 0) == 0 || errno == ENOENT)
        return 0;
    return ERR_ERRNO(err, "file.unlink", "%s", path);
}

static int
remove_below(void *context, const char *path, const struct stat *st, struct err *err)
{
    (void)st;
    return file_remove(*(const int *)context, path, err);
}

int
file_remove_dir(int dir, const char *path, struct err *err)
{
    struct err missing;
    int fd = file_open_dir(dir, path, &missing);
    if (fd < 0)
        return err_is(&missing, "file.missing") ? 0 : ERR(err, "file.unlink", "%s", path);
    int r = file_walk(fd, ".", remove_below, &fd, err);
    file_close(&fd);
    if (r != 0)
        return -1;
    if (calls->unlinkat(dir, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return ERR_ERRNO(err, "file.unlink", "%s", path);
}

int
file_sync_dir(int dir, const char *path, struct err *err)
{
    int fd = file_open_dir(dir, path, err);
    if (fd < 0)
        return -1;
    int r = file_sync(fd, err);
    file_close(&fd);
    return r;
}

int
file_lock(int dir, const char *path, struct err *err)
{
    int fd = file_open(dir, path, O_RDWR | O_CREAT, 0600, err);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int r = errno == EWOULDBLOCK ? ERR(err, "file.locked", "%s", path)
                                 : ERR_ERRNO(err, "file.open", "%s", path);
    file_close(&fd);
    return r;
}

int
file_memory(const char *name, struct err *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd >= 0 ? fd : ERR_ERRNO(err, "file.memory", "%s", name);
}

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

int
file_seal(int fd, struct err *err)
{
    return fcntl(fd, F_ADD_SEALS, SEALS) == 0 ? 0 : ERR_ERRNO(err, "file.memory", "seal");
}

int
file_sealed(const char *name, struct str bytes, struct err *err)
{
    int fd = file_memory(name, err);
    if (fd < 0)
        return -1;
    if (file_write(fd, bytes.p, bytes.n, err) != 0 || file_seal(fd, err) != 0) {
        file_close(&fd);
        return -1;
    }
    return fd;
}

int64_t
file_sealed_size(int fd, uint64_t limit_bytes, struct err *err)
{
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return ERR(err, "file.unsealed", "fd %d", fd);
    int64_t size = file_size(fd, err);
    if (size < 0)
        return -1;
    if ((uint64_t)size > limit_bytes)
        return ERR(err, "file.size", "%lld > %llu", (long long)size,
                   (unsigned long long)limit_bytes);
    return size;
}

int64_t
file_free_bytes(int fd, struct err *err)
{
    struct statvfs v;
    if (fstatvfs(fd, &v) != 0)
        return ERR_ERRNO(err, "file.read", "statvfs");
    uint64_t bytes;
    if (__builtin_mul_overflow((uint64_t)v.f_bavail, (uint64_t)v.f_frsize, &bytes) ||
        bytes > INT64_MAX)
        return INT64_MAX;
    return (int64_t)bytes;
}
