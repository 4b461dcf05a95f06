/*
 * file: files whose bytes must be there after a crash, and the few other things done with files.
 *
 * Every call that makes something durable goes through the table `os_calls`, so that tests can let
 * the n-th write, sync, rename or open fail, or record what a crash would leave. Paths are taken
 * relative to a directory fd (AT_FDCWD for the working directory); a symbolic link as the last part
 * is never followed, and every fd is close-on-exec.
 */
#ifndef BASE_OS_FILE_H
#define BASE_OS_FILE_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What durable code asks of the system; same contracts as the calls of these names. */
struct os_calls {
    int (*openat)(int dir, const char *path, int flags, mode_t mode);
    ssize_t (*write)(int fd, const void *p, size_t n);
    ssize_t (*pwrite)(int fd, const void *p, size_t n, off_t at);
    int (*fsync)(int fd);
    int (*fdatasync)(int fd);
    int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
    int (*unlinkat)(int dir, const char *path, int flags);
    int (*mkdirat)(int dir, const char *path, mode_t mode);
    int (*ftruncate)(int fd, off_t size);
    int (*fallocate)(int fd, off_t from,
                     off_t size); /* posix_fallocate: answers the error number */
};

/* The table of the real system. */
extern const struct os_calls os_calls_real;

/* Puts CALLS (static storage; NULL: the real ones) in place and answers the former table. Called by
 * tests only. */
const struct os_calls *os_calls_set(const struct os_calls *calls);

/* Opens PATH with FLAGS (O_CLOEXEC | O_NOFOLLOW | O_NOCTTY are added). Returns the fd, owned by the
 * caller, or -1 with err file.missing (ENOENT) or file.open. */
int file_open(int dir, const char *path, int flags, mode_t mode, struct err *err);

/* Opens the folder PATH for reading. Returns the fd or -1 with err file.missing or file.open. */
int file_open_dir(int dir, const char *path, struct err *err);

/* Closes *FD if it is not negative, and makes it -1. */
void file_close(int *fd);

/* Appends the whole regular file PATH to RET. Err file.missing, file.open, file.kind (not a regular
 * file), file.size (longer than LIMIT_BYTES), file.read. */
int file_read(int dir, const char *path, size_t limit_bytes, struct buf *ret, struct err *err);

/* The size of the open regular file FD, or -1 with err file.kind or file.read. */
int64_t file_size(int fd, struct err *err);

/* Reads exactly N bytes at AT. Err file.short when the file ends before, file.read. */
int file_pread(int fd, void *ret, size_t n, uint64_t at, struct err *err);

/* Writes all N bytes at the place of FD, or at AT. Err file.full (ENOSPC, EDQUOT), file.write. */
int file_write(int fd, const void *p, size_t n, struct err *err);
int file_pwrite(int fd, const void *p, size_t n, uint64_t at, struct err *err);

/* Makes the bytes of FD durable: all of it, or all that is needed to read the data back. After an
 * error what is on the disk is unknown: never try again, start anew. Err file.sync. */
int file_sync(int fd, struct err *err);
int file_sync_data(int fd, struct err *err);

/* Reserves SIZE bytes of space for FD. Err file.full, file.write. */
int file_reserve(int fd, uint64_t size, struct err *err);

/* Cuts or lengthens FD. Err file.write. */
int file_truncate(int fd, uint64_t size, struct err *err);

/* A file that is to appear at once and whole. */
struct file_new {
    int tmp_dir;     /* folder for the unfinished file, on the same file system */
    const char *tmp; /* its name there; an old one of that name is overwritten */
    int dir;         /* PATH is relative to this */
    const char *path;
    mode_t mode;
};

/* Writes BYTES to the unfinished file, makes them durable and renames it into place. The rename is
 * durable only after the folder of PATH was synced. Err of file_open, file_write, file_sync, and
 * file.rename. */
int file_put(const struct file_new *new, struct str bytes, struct err *err);

/* file_put, and syncs the folder of PATH, which was opened before the rename so that no I/O error
 * is lost. After 0 a crash finds the new bytes. Same errors. */
int file_replace(const struct file_new *new, struct str bytes, struct err *err);

/* Renames FROM to TO, both below DIR on one file system, and syncs the folder of TO, opened before.
 * Err file.open, file.rename, file.sync. */
int file_move(int dir, const char *from, const char *to, struct err *err);

/* Makes PATH (in the folder DIR itself) a symbolic link to TARGET, in place of an older link. Err
 * file.rename (also when something else than a link has the name). */
int file_link(int dir, const char *target, const char *path, struct err *err);

/* Makes every missing folder of PATH with MODE and syncs the parent of each new one. Err
 * file.mkdir, file.sync. */
int file_mkdirs(int dir, const char *path, mode_t mode, struct err *err);

/* Gives the file FROM the name TO (both relative to DIR), in place of one that has it. Durable only
 * after the folder of TO was synced. Err file.missing, file.rename. */
int file_rename(int dir, const char *from, const char *to, struct err *err);

/* Removes the file PATH; that it is not there is fine. Err file.unlink. */
int file_remove(int dir, const char *path, struct err *err);

/* Removes the folder PATH and the files in it (not folders below); that it is not there is fine.
 * Err file.unlink, file.read. Not synced. */
int file_remove_dir(int dir, const char *path, struct err *err);

/* Syncs the folder PATH. Err file.open, file.sync. */
int file_sync_dir(int dir, const char *path, struct err *err);

/* Takes the lock file PATH (made if missing) for this process and keeps it while the fd is open.
 * Returns the fd or -1 with err file.locked (somebody else has it), file.open. */
int file_lock(int dir, const char *path, struct err *err);

/* A new memory file for FILE_SEALED bytes to pass on: written with file_write, then sealed.
 * NAME is for /proc only. Returns the fd or -1 with err file.memory. */
int file_memory(const char *name, struct err *err);

/* Seals FD: its bytes and its size can never change again. Err file.memory. */
int file_seal(int fd, struct err *err);

/* A sealed memory file that holds BYTES. Returns the fd or -1 with err file.memory, file.write. */
int file_sealed(const char *name, struct str bytes, struct err *err);

/* The size of FD if it is a sealed memory file of at most LIMIT_BYTES, else -1 with err
 * file.unsealed or file.size. For the receiver, before it reads. */
int64_t file_sealed_size(int fd, uint64_t limit_bytes, struct err *err);

/* Free bytes for this user on the file system of FD, or -1 with err file.read. */
int64_t file_free_bytes(int fd, struct err *err);

/* Called for each thing below a folder: PATH relative to where the walk began ("a/b"), STAT of the
 * thing itself (never of a link's target). Returns 0 to go on, anything else ends the walk. */
typedef int file_visit(void *context, const char *path, const struct stat *stat, struct err *err);

/* Visits everything below the folder PATH, names of a folder in byte order, a folder before what it
 * holds; links are not followed. Returns 0, what a visit returned, or -1 with err file.missing,
 * file.open, file.read (also: deeper than 16 folders, path over 4,000 bytes). */
int file_walk(int dir, const char *path, file_visit *visit, void *context, struct err *err);

#endif
