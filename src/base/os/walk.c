/*
 * walk: the part of file.h that goes through folders. Names are sorted so that two walks over the
 * same files report the same thing first.
 */
#include "base/os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALK_DEPTH = 16, WALK_PATH = 4000 };

struct walk {
    file_visit *visit;
    void *context;
    char path[WALK_PATH];
};

static int walk_dir(struct walk *walk, int fd, size_t used, int depth, struct err *err);

static int
names_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
walk_below(struct walk *walk, int fd, const char *name, size_t used, int depth, struct err *err)
{
    if (depth == WALK_DEPTH)
        return ERR(err, "file.read", "%s: too deep", walk->path);
    int below = file_open_dir(fd, name, err);
    if (below < 0)
        return -1;
    int r = walk_dir(walk, below, used, depth + 1, err);
    file_close(&below);
    return r;
}

static int
walk_name(struct walk *walk, int fd, const char *name, size_t used, int depth, struct err *err)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    int n =
        snprintf(walk->path + used, sizeof walk->path - used, "%s%s", used > 0 ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof walk->path - used)
        return ERR(err, "file.read", "path too long");
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : ERR_ERRNO(err, "file.read", "%s", walk->path);
    int r = walk->visit(walk->context, walk->path, &st, err);
    if (r != 0 || !S_ISDIR(st.st_mode))
        return r;
    return walk_below(walk, fd, name, used + (size_t)n, depth, err);
}

static int
walk_dir(struct walk *walk, int fd, size_t used, int depth, struct err *err)
{
    struct dirent **names;
    int count = scandirat(fd, ".", &names, NULL, names_order);
    if (count < 0)
        return ERR_ERRNO(err, "file.read", "%.*s", (int)used, walk->path);
    int r = 0;
    for (int i = 0; i < count; i++) {
        if (r == 0)
            r = walk_name(walk, fd, names[i]->d_name, used, depth, err);
        free(names[i]);
    }
    free(names);
    return r;
}

int
file_walk(int dir, const char *path, file_visit *visit, void *context, struct err *err)
{
    struct walk walk = {.visit = visit, .context = context};
    int fd = file_open_dir(dir, path, err);
    if (fd < 0)
        return -1;
    int r = walk_dir(&walk, fd, 0, 0, err);
    file_close(&fd);
    return r;
}
