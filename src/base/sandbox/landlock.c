/*
 * landlock: see landlock.h. The system calls have no wrapper in glibc 2.36, and the kernel header
 * may be older than the kernel, so the few numbers needed stand here.
 */
#include "base/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FS_REFER = 1 << 13,     /* ABI 2 */
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    FS_ABI1 = (1 << 13) - 1,
    NET_TCP = 3, /* bind, connect; ABI 4 */
    SCOPES = 3,  /* abstract unix sockets, signals; ABI 6 */
};

struct ruleset_attr {
    uint64_t fs, net, scoped;
};

static uint64_t
fs_all(int abi)
{
    uint64_t all = FS_ABI1;
    all |= abi >= 2 ? FS_REFER : 0;
    all |= abi >= 3 ? FS_TRUNCATE : 0;
    all |= abi >= 5 ? FS_IOCTL_DEV : 0;
    return all;
}

static uint64_t
fs_rights(unsigned rights)
{
    uint64_t fs = 0;
    if (rights & SANDBOX_READ)
        fs |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    if (rights & SANDBOX_WRITE)
        fs |= LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;
    if (rights & SANDBOX_CHANGE)
        fs |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE |
              LANDLOCK_ACCESS_FS_REMOVE_DIR | FS_REFER;
    if (rights & SANDBOX_EXEC)
        fs |= LANDLOCK_ACCESS_FS_EXECUTE;
    return fs;
}

static int
add_path(int ruleset, const struct sandbox_path *path, int abi, struct err *err)
{
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return ERR_ERRNO(err, "sandbox.path", "%s", path->path);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = fs_rights(path->rights) & fs_all(abi), .parent_fd = fd};
    struct stat st;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                               LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;
    long made = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int answer = made < 0 ? ERR_ERRNO(err, "sandbox.landlock", "%s", path->path) : 0;
    close(fd);
    return answer;
}

int
landlock_prepare(const struct sandbox_profile *profile, int *ret_ruleset, int *ret_abi,
                 struct err *err)
{
    *ret_ruleset = -1;
    *ret_abi = 0;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    struct ruleset_attr attr = {.fs = fs_all((int)abi)};
    attr.net = abi >= 4 && !profile->keep_tcp ? NET_TCP : 0;
    attr.scoped = abi >= 6 ? SCOPES : 0;
    size_t size = abi >= 6 ? sizeof attr : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return ERR_ERRNO(err, "sandbox.landlock", "create");
    for (size_t i = 0; i < profile->path_count; i++) {
        if (add_path(ruleset, &profile->paths[i], (int)abi, err) < 0) {
            close(ruleset);
            return -1;
        }
    }
    *ret_ruleset = ruleset;
    *ret_abi = (int)abi;
    return 0;
}

int
landlock_apply(int ruleset, int *abi, struct err *err)
{
    if (ruleset < 0)
        return 0;
    int answer = 0;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) {
        *abi = 0;
        if (errno != ENOSYS && errno != EOPNOTSUPP)
            answer = ERR_ERRNO(err, "sandbox.landlock", "restrict");
    }
    close(ruleset);
    return answer;
}
