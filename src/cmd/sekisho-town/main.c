/*
 * sekisho-town: makes the demo town in an empty state folder, without any daemon.
 *
 *   sekisho-town --state DIR --data DIR --town FILE   makes DIR/{cored,authd,...}, logins.txt,
 * samples/ sekisho-town --otp LOGIN --state DIR              prints the present one-time code
 *
 * Exit codes: 0 done; 2 usage or unreadable input; 3 refused or failed. DIR/demo, written last,
 * marks the folder for ever: what holds it is a demo, what holds anything else is never touched.
 */
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "cmd/sekisho-town/logins.h"
#include "cmd/sekisho-town/samples.h"
#include "cmd/sekisho-town/town.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_DONE, EXIT_USAGE = 2, EXIT_FAILED = 3, ARENA_BYTES = 64 << 20 };

struct arguments {
    const char *state, *data, *town, *otp;
};

static const char *const folders[] = {
    "cored", "authd", "ledgerd", "gated", "portald.internet", "portald.lgwan", "portald.mynumber"};

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

static bool
arguments_read(struct arguments *ret, int argc, char **argv)
{
    *ret = (struct arguments){0};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char **value = strcmp(argv[i], "--state") == 0  ? &ret->state
                             : strcmp(argv[i], "--data") == 0 ? &ret->data
                             : strcmp(argv[i], "--town") == 0 ? &ret->town
                             : strcmp(argv[i], "--otp") == 0  ? &ret->otp
                                                              : NULL;
        if (value == NULL)
            return false;
        *value = argv[i + 1];
    }
    bool make = ret->data != NULL && ret->town != NULL && ret->otp == NULL;
    bool otp = ret->otp != NULL && ret->data == NULL && ret->town == NULL;
    return argc % 2 == 1 && ret->state != NULL && (make || otp);
}

/* Nothing stands in the folder: neither a town nor anything real. */
static int
folder_empty(const char *path, struct err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return ERR_ERRNO(err, "file.open", "%s", path);
    const char *found = NULL;
    char name[256];
    for (const struct dirent *entry; found == NULL && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(name, sizeof name, "%s", entry->d_name);
            found = name;
        }
    (void)closedir(dir);
    return found == NULL ? 0 : ERR(err, "town.not_empty", "%s/%s", path, found);
}

static int
folders_make(const char *state, struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, state, err);
    int rc = dir < 0 ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < sizeof folders / sizeof *folders; i++)
        rc = file_mkdirs(dir, folders[i], 0700, err);
    file_close(&dir);
    return rc;
}

static int
data_read(struct arena *arena, const char *path, struct str *ret, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, TOWN_BYTES);
    int rc =
        path == NULL ? arena_check(arena, err) : file_read(AT_FDCWD, path, TOWN_BYTES, &bytes, err);
    if (rc == 0) {
        *ret = str_dup(arena, buf_str(&bytes));
        rc = arena_check(arena, err);
    }
    buf_free(&bytes);
    return rc;
}

static int
rows_make(struct arena *arena, const struct arguments *a, struct town *town, struct err *err)
{
    struct str bytes, roles;
    struct store *store;
    if (data_read(arena, a->town, &bytes, err) != 0 ||
        data_read(arena, arena_printf(arena, "%s/roles.yaml", a->data), &roles, err) != 0)
        return -1;
    struct store_options options = {NULL, arena_printf(arena, "%s/cored/core.db", a->state),
                                    arena_printf(arena, "%s/sql/core", a->data)};
    if (arena_check(arena, err) != 0 || store_open(&options, &store, err) != 0)
        return -1;
    int rc = town_make(arena, store, a->town, bytes, roles, town, err);
    store_close(store);
    return rc;
}

static int
mark(const char *state, struct str origin, struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, state, err);
    if (dir < 0)
        return -1;
    struct buf line;
    buf_init(&line, 512);
    buf_printf(&line, "%.*s\n", STR_FMT(origin));
    struct file_new file = {dir, "demo.new", dir, "demo", 0644};
    int rc = buf_done(&line, err);
    if (rc == 0)
        rc = file_replace(&file, buf_str(&line), err);
    buf_free(&line);
    file_close(&dir);
    return rc;
}

static int
make(struct arena *arena, const struct arguments *a, struct err *err)
{
    struct town *town = arena_alloc(arena, sizeof *town);
    if (town == NULL)
        return arena_check(arena, err);
    if (folder_empty(a->state, err) != 0 || folders_make(a->state, err) != 0 ||
        rows_make(arena, a, town, err) != 0)
        return -1;
    const char *sql_dir = arena_printf(arena, "%s/sql/auth", a->data);
    if (arena_check(arena, err) != 0 || logins_make(arena, a->state, sql_dir, town, err) != 0 ||
        samples_make(a->state, err) != 0)
        return -1;
    return mark(a->state, town->origin, err);
}

static int
otp(struct arena *arena, const struct arguments *a, struct err *err)
{
    uint32_t code;
    uint64_t now = (uint64_t)(time_now_us() / TIME_US_SECOND);
    if (logins_otp(arena, a->state, str_of(a->otp), now, &code, err) != 0)
        return -1;
    printf("%06u\n", code);
    return 0;
}

int
main(int argc, char **argv)
{
    struct arguments a;
    struct err err;
    if (!arguments_read(&a, argc, argv)) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "town.usage"));
        return EXIT_USAGE;
    }
    struct arena *arena = arena_new(ARENA_BYTES);
    int rc = a.otp != NULL ? otp(arena, &a, &err) : make(arena, &a, &err);
    arena_free(arena);
    return rc == 0 ? EXIT_DONE : fail(&err, EXIT_FAILED);
}
