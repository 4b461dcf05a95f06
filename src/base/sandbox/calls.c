/*
 * calls: see calls.h. Builds the filter with libseccomp; a name it does not know is our own mistake
 * and fails, so that a typing error never widens a list.
 */
#include "base/sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* What a sanitizer never needs and an attacker always does. */
static const char *const forbidden[] = {"socket",
                                        "connect",
                                        "bind",
                                        "listen",
                                        "accept",
                                        "accept4",
                                        "execve",
                                        "execveat",
                                        "fork",
                                        "vfork",
                                        "clone",
                                        "clone3",
                                        "ptrace",
                                        "process_vm_readv",
                                        "process_vm_writev",
                                        "mount",
                                        "bpf",
                                        "unlink",
                                        "unlinkat",
                                        "rename",
                                        "renameat",
                                        "renameat2",
                                        "mkdir",
                                        "mkdirat",
                                        "symlink",
                                        "symlinkat",
                                        "link",
                                        "linkat",
                                        "chmod",
                                        "fchmod",
                                        "fchmodat",
                                        "chown",
                                        "kill",
                                        "tgkill",
                                        "setsid",
                                        NULL};

static bool
names_has(const char *const *names, const char *name)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int
add(scmp_filter_ctx ctx, uint32_t action, const char *name, const struct scmp_arg_cmp *arg)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return -EINVAL;
    return arg == NULL ? seccomp_rule_add(ctx, action, number, 0)
                       : seccomp_rule_add(ctx, action, number, 1, *arg);
}

/* One name of the list, with the argument it is narrowed to. */
static int
allow(scmp_filter_ctx ctx, const struct sandbox_profile *profile, const char *name)
{
    struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
    struct scmp_arg_cmp local = SCMP_A0(SCMP_CMP_EQ, AF_UNIX);
    if (strcmp(name, "socket:inet") == 0)
        return 0;
    if (strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0)
        return add(ctx, SCMP_ACT_ALLOW, name, &no_exec);
    if (strcmp(name, "clone") == 0)
        return add(ctx, SCMP_ACT_ALLOW, name, &thread);
    if (strcmp(name, "socket") == 0 && !names_has(profile->syscalls, "socket:inet"))
        return add(ctx, SCMP_ACT_ALLOW, name, &local);
    return add(ctx, SCMP_ACT_ALLOW, name, NULL);
}

static int
fill_strict(scmp_filter_ctx ctx, const struct sandbox_profile *profile)
{
    int answer = 0;
    for (size_t i = 0; answer == 0 && profile->syscalls[i] != NULL; i++)
        answer = allow(ctx, profile, profile->syscalls[i]);
    for (size_t i = 0; answer == 0 && profile->refused != NULL && profile->refused[i] != NULL; i++)
        answer = add(ctx, SCMP_ACT_ERRNO(EPERM), profile->refused[i], NULL);
    /* glibc tries clone3 first and falls back to clone, whose flags a filter can read. */
    if (answer == 0 && names_has(profile->syscalls, "clone") &&
        !names_has(profile->syscalls, "clone3"))
        answer = add(ctx, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
    return answer;
}

static int
fill_relaxed(scmp_filter_ctx ctx, const struct sandbox_profile *profile)
{
    int answer = 0;
    for (size_t i = 0; answer == 0 && forbidden[i] != NULL; i++) {
        if (names_has(profile->syscalls, forbidden[i]))
            continue;
        uint32_t action = SCMP_ACT_KILL_PROCESS;
        if (names_has(profile->refused, forbidden[i]))
            action = SCMP_ACT_ERRNO(EPERM);
        else if (strcmp(forbidden[i], "clone3") == 0 && names_has(profile->syscalls, "clone"))
            continue;
        answer = add(ctx, action, forbidden[i], NULL);
    }
    struct scmp_arg_cmp writing = SCMP_A2(SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY);
    struct scmp_arg_cmp both = SCMP_A2(SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR);
    if (answer == 0 && !names_has(profile->syscalls, "openat")) {
        answer = add(ctx, SCMP_ACT_ERRNO(EACCES), "openat", &writing);
        if (answer == 0)
            answer = add(ctx, SCMP_ACT_ERRNO(EACCES), "openat", &both);
    }
    return answer;
}

int
calls_restrict(const struct sandbox_profile *profile, bool relaxed, struct err *err)
{
    scmp_filter_ctx ctx = seccomp_init(relaxed ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
    if (ctx == NULL)
        return ERR(err, "sandbox.seccomp", "init");
    int answer = relaxed ? fill_relaxed(ctx, profile) : fill_strict(ctx, profile);
    if (answer == 0)
        answer = seccomp_load(ctx);
    seccomp_release(ctx);
    if (answer < 0)
        return ERR(err, "sandbox.seccomp", "%s: %s", profile->name, strerror(-answer));
    return 0;
}
