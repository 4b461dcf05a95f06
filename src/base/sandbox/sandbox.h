/*
 * sandbox: gives up everything a process does not need, by a declarative profile.
 *
 * Layers, from outside in: namespaces (user, net, ipc, mount, uts) with an empty root; no
 * capability, no_new_privs; Landlock (files by path, and no TCP where the kernel can); resource
 * limits; a seccomp list of system calls by name, all others end the process. A kernel that lacks a
 * layer is told in struct sandbox_state, never passed over in silence; only seccomp is a must.
 * Linux: namespaces(7), landlock(7), seccomp(2).
 *
 * Two uses: one-shot workers (SANDBOX_NS_ALL, empty root, a short list) and daemons (own folder in
 * `paths`, their list of calls, usually no namespaces because their sockets were made elsewhere).
 *
 * In a build with AddressSanitizer the address-space limit is left out and the list of calls
 * becomes a list of forbidden calls (network, programs, processes, tracing, opening for writing;
 * less what the profile itself allows): `asan` is set and production refuses such a process.
 */
#ifndef BASE_SANDBOX_SANDBOX_H
#define BASE_SANDBOX_SANDBOX_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Namespaces that a profile may ask for. There is no pid namespace: a process cannot enter one
 * without a fork, and workers can neither fork nor signal. */
enum sandbox_namespace {
    SANDBOX_NS_USER = 1 << 0,
    SANDBOX_NS_NET = 1 << 1,
    SANDBOX_NS_IPC = 1 << 2,
    SANDBOX_NS_MOUNT = 1 << 3,
    SANDBOX_NS_UTS = 1 << 4,
    SANDBOX_NS_ALL = (1 << 5) - 1,
};

/* Rights below a path. */
enum sandbox_right {
    SANDBOX_READ = 1 << 0,   /* read files, list folders */
    SANDBOX_WRITE = 1 << 1,  /* write and truncate existing files */
    SANDBOX_CHANGE = 1 << 2, /* make, rename, remove files and folders; sockets too */
    SANDBOX_EXEC = 1 << 3,   /* run programs */
};

struct sandbox_path {
    const char *path; /* must exist when sandbox_enter is called */
    unsigned rights;  /* enum sandbox_right */
};

/* No resource limit. */
#define SANDBOX_UNLIMITED UINT64_MAX

struct sandbox_profile {
    const char *name;
    unsigned namespaces; /* enum sandbox_namespace */
    bool empty_root;     /* the process sees an empty read-only root; needs the mount namespace */
    bool landlock;       /* only `paths` may be touched */
    const struct sandbox_path *paths;
    size_t path_count;
    bool keep_tcp; /* Landlock leaves TCP alone */
    /*
     * Names of allowed system calls, NULL at the end. "mmap" and "mprotect" always mean without
     * PROT_EXEC, "clone" only threads, "socket" only local ones (AF_UNIX) unless "socket:inet"
     * stands there too.
     */
    const char *const *syscalls;
    const char *const *refused; /* calls answered EPERM instead of death; may be NULL */
    uint64_t address_space_bytes, file_bytes, cpu_seconds, open_files, processes;
};

/* What holds after sandbox_enter. */
struct sandbox_state {
    unsigned namespaces;         /* of those asked for */
    unsigned namespaces_missing; /* asked for, refused by the kernel */
    bool empty_root;
    int landlock_abi; /* 0: the kernel has none, or the profile asks for none */
    bool seccomp;
    bool asan;
};

/*
 * Enters PROFILE for ever. Call once, with one thread, before any foreign byte is read. 0 when
 * seccomp and the resource limits hold; *RET_STATE tells about the rest. -1: "sandbox.seccomp",
 * "sandbox.limit", "sandbox.path" (a path of the profile cannot be opened), "sandbox.privs". After
 * -1 the process must end: it may be half locked.
 */
int sandbox_enter(const struct sandbox_profile *profile, struct sandbox_state *ret_state,
                  struct err *err);

/* Appends the layers as words with commas: "user,net,ipc,mount,uts,root,landlock7,seccomp"; a
 * missing one as "-net". The parent and the log get this line. */
void sandbox_put_state(struct buf *buf, const struct sandbox_profile *profile,
                       const struct sandbox_state *state);

/* True when STATE has seccomp and (namespaces or Landlock) and no sanitizer: what a gate in
 * production asks for. */
bool sandbox_is_strong(const struct sandbox_state *state);

/* The system calls a one-shot worker needs: inherited descriptors, memory, clock, exit. */
extern const char *const sandbox_worker_syscalls[];

/* Closes every descriptor from FIRST on. */
void sandbox_close_from(int first);

#endif
