/*
 * sandbox: see sandbox.h. Runs once in each process, before foreign bytes. The order matters: a
 * namespace must exist before its root can be emptied, Landlock and the limits need calls that
 * seccomp then takes away.
 */
#include "base/sandbox/sandbox.h"

#include "base/sandbox/calls.h"
#include "base/sandbox/landlock.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN true
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN false
#endif

static const struct {
    unsigned bit;
    int flag;
    const char *word;
} namespaces[] = {
    {SANDBOX_NS_USER, CLONE_NEWUSER, "user"}, {SANDBOX_NS_NET, CLONE_NEWNET, "net"},
    {SANDBOX_NS_IPC, CLONE_NEWIPC, "ipc"},    {SANDBOX_NS_MOUNT, CLONE_NEWNS, "mount"},
    {SANDBOX_NS_UTS, CLONE_NEWUTS, "uts"},
};
enum { NAMESPACES = sizeof namespaces / sizeof namespaces[0] };

const char *const sandbox_worker_syscalls[] = {"read",
                                               "pread64",
                                               "write",
                                               "pwrite64",
                                               "lseek",
                                               "fstat",
                                               "newfstatat",
                                               "mmap",
                                               "munmap",
                                               "mremap",
                                               "brk",
                                               "madvise",
                                               "futex",
                                               "clock_gettime",
                                               "getrandom",
                                               "sysinfo", /* glibc's qsort asks for the memory */
                                               "sendmsg",
                                               "recvmsg",
                                               "close",
                                               "ftruncate",
                                               "exit_group",
                                               "exit",
                                               "rt_sigreturn",
                                               "rt_sigprocmask",
                                               NULL};

/* All at once, because that costs least; one by one when the kernel refuses some. */
static void
enter_namespaces(const struct sandbox_profile *profile, struct sandbox_state *state)
{
    int all = 0;
    for (size_t i = 0; i < NAMESPACES; i++)
        if (profile->namespaces & namespaces[i].bit)
            all |= namespaces[i].flag;
    if (all != 0 && unshare(all) == 0) {
        state->namespaces = profile->namespaces;
        return;
    }
    for (size_t i = 0; i < NAMESPACES; i++)
        if ((profile->namespaces & namespaces[i].bit) && unshare(namespaces[i].flag) == 0)
            state->namespaces |= namespaces[i].bit;
    state->namespaces_missing = profile->namespaces & ~state->namespaces;
}

/* An empty read-only file system becomes the root. False when the kernel refuses. */
static bool
empty_root(void)
{
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return false;
    if (mount("none", "/tmp", "tmpfs", flags, "size=4k,nr_inodes=2,mode=0555") < 0)
        return false;
    if (chdir("/tmp") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
        return false;
    return chdir("/") == 0 && mount(NULL, "/", NULL, flags | MS_REMOUNT | MS_RDONLY, NULL) == 0;
}

static int
drop_privileges(struct err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return ERR_ERRNO(err, "sandbox.privs", "no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return ERR_ERRNO(err, "sandbox.privs", "dumpable");
    if (syscall(SYS_capset, &head, none) < 0)
        return ERR_ERRNO(err, "sandbox.privs", "capset");
    return 0;
}

static int
set_limit(__rlimit_resource_t what, uint64_t value, struct err *err)
{
    if (value == SANDBOX_UNLIMITED)
        return 0;
    /* SIGXCPU comes at the soft limit and tells the parent why; the hard one would be SIGKILL. */
    uint64_t hard = what == RLIMIT_CPU ? value + 1 : value;
    struct rlimit limit = {value, hard};
    struct rlimit now;
    if (getrlimit(what, &now) == 0 && now.rlim_max < value)
        limit = (struct rlimit){now.rlim_max, now.rlim_max};
    if (setrlimit(what, &limit) < 0)
        return ERR_ERRNO(err, "sandbox.limit", "%d", (int)what);
    return 0;
}

static int
set_limits(const struct sandbox_profile *profile, struct err *err)
{
    if (!WITH_ASAN && set_limit(RLIMIT_AS, profile->address_space_bytes, err) < 0)
        return -1;
    if (set_limit(RLIMIT_FSIZE, profile->file_bytes, err) < 0 ||
        set_limit(RLIMIT_CPU, profile->cpu_seconds, err) < 0 ||
        set_limit(RLIMIT_NOFILE, profile->open_files, err) < 0 ||
        set_limit(RLIMIT_NPROC, profile->processes, err) < 0)
        return -1;
    return set_limit(RLIMIT_CORE, 0, err);
}

int
sandbox_enter(const struct sandbox_profile *profile, struct sandbox_state *ret_state,
              struct err *err)
{
    struct sandbox_state state = {.asan = WITH_ASAN};
    int ruleset = -1;
    /* Landlock's rules name paths, so they are made while the paths can still be seen. */
    if (profile->landlock && landlock_prepare(profile, &ruleset, &state.landlock_abi, err) < 0)
        return -1;
    enter_namespaces(profile, &state);
    if (profile->empty_root && (state.namespaces & SANDBOX_NS_MOUNT))
        state.empty_root = empty_root();
    if (drop_privileges(err) < 0 || landlock_apply(ruleset, &state.landlock_abi, err) < 0 ||
        set_limits(profile, err) < 0 || calls_restrict(profile, WITH_ASAN, err) < 0)
        return -1;
    state.seccomp = true;
    *ret_state = state;
    return 0;
}

void
sandbox_put_state(struct buf *buf, const struct sandbox_profile *profile,
                  const struct sandbox_state *state)
{
    for (size_t i = 0; i < NAMESPACES; i++)
        if (profile->namespaces & namespaces[i].bit)
            buf_printf(buf, "%s%s,", state->namespaces & namespaces[i].bit ? "" : "-",
                       namespaces[i].word);
    if (profile->empty_root)
        buf_printf(buf, "%sroot,", state->empty_root ? "" : "-");
    if (profile->landlock && state->landlock_abi == 0)
        buf_put_z(buf, "-landlock,");
    else if (profile->landlock)
        buf_printf(buf, "landlock%d,", state->landlock_abi);
    buf_put_z(buf, state->asan ? "asan" : state->seccomp ? "seccomp" : "-seccomp");
}

bool
sandbox_is_strong(const struct sandbox_state *state)
{
    bool walled = state->landlock_abi > 0 || (state->namespaces != 0 && state->empty_root);
    return state->seccomp && !state->asan && walled;
}

void
sandbox_close_from(int first)
{
    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    for (int fd = first; fd < 1024; fd++)
        close(fd);
}
