/*
 * folder: the catalogue's files from the data folder; catalogue_read stands in catalogue.h.
 * Used by cored and the command line.
 */
#include "base/os/file.h"
#include "format/catalogue/catalogue.h"

#include <fcntl.h>

enum { FILES_MOST = 200, FILE_BYTES = 1 << 20 };

struct file_list {
    struct arena *arena;
    int dir;
    enum catalogue_file_kind kind;
    struct catalogue_file *files;
    size_t count;
};

/* Takes one .yaml file of the folder that is walked. */
static int
take_file(void *context, const char *path, const struct stat *stat, struct err *err)
{
    struct file_list *list = context;
    if (!S_ISREG(stat->st_mode) || !str_ends(str_of(path), STR(".yaml")))
        return 0;
    if (list->count == FILES_MOST)
        return ERR(err, "control.files", "%d", FILES_MOST);
    struct buf bytes;
    buf_init(&bytes, FILE_BYTES);
    int rc = file_read(list->dir, path, FILE_BYTES, &bytes, err);
    if (rc == 0)
        list->files[list->count++] =
            (struct catalogue_file){list->kind, str_dup_z(list->arena, str_of(path)),
                                    str_dup(list->arena, buf_str(&bytes))};
    buf_free(&bytes);
    return rc < 0 ? -1 : arena_check(list->arena, err);
}

static int
take_folder(struct file_list *list, const char *data_dir, const char *name,
            enum catalogue_file_kind kind, struct err *err)
{
    char *path = arena_printf(list->arena, "%s/%s", data_dir, name);
    if (path == NULL)
        return arena_check(list->arena, err);
    list->kind = kind;
    list->dir = file_open_dir(AT_FDCWD, path, err);
    if (list->dir < 0)
        return -1;
    int rc = file_walk(list->dir, ".", take_file, list, err);
    file_close(&list->dir);
    return rc;
}

int
catalogue_read(struct arena *arena, const char *data_dir, struct catalogue **ret, struct err *err)
{
    struct file_list list = {.arena = arena_new(64 << 20), .dir = -1};
    list.files = arena_array(list.arena, FILES_MOST, sizeof *list.files);
    int rc = list.files == NULL ? arena_check(list.arena, err) : 0;
    if (rc == 0)
        rc = take_folder(&list, data_dir, "topics", CATALOGUE_FILE_TOPICS, err);
    if (rc == 0)
        rc = take_folder(&list, data_dir, "controls", CATALOGUE_FILE_CONTROLS, err);
    if (rc == 0)
        rc = catalogue_load(arena, list.files, list.count, ret, err);
    arena_free(list.arena);
    return rc;
}
