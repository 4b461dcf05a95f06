/*
 * confine: the sandbox profile that all daemons share which start no other program: cored, ledgerd, authd, portald.
 * gated starts workers, whose programs need what is taken away here; each worker locks itself.
 */
#include "base/service/confine.h"

#include "base/sandbox/sandbox.h"

static const char *const daemon_syscalls[] = {
    /* descriptors and memory */
    "read", "write", "pread64", "pwrite64", "readv", "writev", "preadv", "pwritev", "lseek", "close",
    "close_range", "dup", "dup2", "dup3", "fcntl", "ioctl", "pipe2", "memfd_create", "mmap", "munmap",
    "mremap", "mprotect", "madvise", "mlock", "munlock", "brk", "msync",
    /* files below the own folder (Landlock says which) */
    "open", "openat", "creat", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs",
    "access", "faccessat", "faccessat2", "getdents64", "readlink", "readlinkat", "getcwd", "mkdir",
    "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
    "ftruncate", "fallocate", "fsync", "fdatasync", "sync_file_range", "flock", "fchmod", "fchmodat",
    "chmod", "fchown", "umask", "utimensat", "copy_file_range", "sendfile",
    /* sockets made before, or handed over */
    "sendmsg", "recvmsg", "sendto", "recvfrom", "sendmmsg", "recvmmsg", "accept", "accept4", "shutdown",
    "getsockopt", "setsockopt", "getsockname", "getpeername", "socketpair",
    /* waiting, time, threads */
    "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "eventfd2", "timerfd_create", "timerfd_settime", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "futex", "clone", "rseq",
    "set_robust_list", "set_tid_address", "sched_yield", "sched_getaffinity", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "exit",
    "exit_group", "tgkill",
    /* who am I */
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "sysinfo",
    "uname", "getrusage", "prlimit64", "getrlimit", NULL};

enum { OPEN_FILES = 4096 };

int
confine(const char *name, const char *state_dir, const char *data_dir, struct buf *ret_layers,
        struct err *err)
{
    const struct sandbox_path paths[] = {
        {state_dir, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_CHANGE},
        {data_dir, SANDBOX_READ},
    };
    const struct sandbox_profile profile = {
        .name = name,
        .landlock = true,
        .paths = paths,
        .path_count = 2,
        .keep_tcp = true, /* accepted connections only: there is no call left to make one */
        .syscalls = daemon_syscalls,
        .address_space_bytes = SANDBOX_UNLIMITED,
        .file_bytes = SANDBOX_UNLIMITED,
        .cpu_seconds = SANDBOX_UNLIMITED,
        .open_files = OPEN_FILES,
        .processes = SANDBOX_UNLIMITED,
    };
    struct sandbox_state state;
    if (sandbox_enter(&profile, &state, err) != 0)
        return -1;
    sandbox_put_state(ret_layers, &profile, &state);
    return 0;
}
