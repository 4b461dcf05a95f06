/*
 * seed: the policy that lies ready beside the database, taken at start. Runs in cored before it
 * serves; control_seed stands in control.h. A file that is already loaded (by the digest of its
 * source) is passed over, so starting again changes nothing.
 */
#include "core/control/private.h"

#include "base/os/file.h"

#include <fcntl.h>
#include <stdlib.h>

struct seeding {
    struct control *control;
    int dir;
    int64_t now_us;
    size_t loaded;
    struct buf json, bind;
    int result;
    struct err *err;
};

static int
put(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct seeding *s = arg;
    return control_store_documents(s->control, buf_str(&s->json), buf_str(&s->bind), s->now_us,
                                   err);
}

static void
done(void *arg, int result, const struct err *err)
{
    struct seeding *s = arg;
    s->result = result;
    if (result < 0 && s->err != NULL)
        *s->err = *err;
}

/* The digest of the source, as the answer's first words say it: only to pass over what is known. */
static struct str
source_of(struct str json)
{
    static const char word[] = "\"sha256\":\"";
    struct str head = str_slice(json, 0, 4096);
    ptrdiff_t at = str_find(head, str_of(word), 0);
    if (at < 0)
        return (struct str){0};
    size_t from = (size_t)at + sizeof word - 1;
    ptrdiff_t end = str_find(head, STR("\""), from);
    return end < 0 ? (struct str){0} : str_slice(head, from, (size_t)end);
}

static int
take(void *context, const char *path, const struct stat *stat, struct err *err)
{
    struct seeding *s = context;
    if (!S_ISREG(stat->st_mode) || !str_ends(str_of(path), STR(".json")))
        return 0;
    buf_clear(&s->json);
    if (file_read(s->dir, path, CONTROL_JSON_BYTES, &s->json, err) < 0)
        return -1;
    if (control_has_source(s->control, source_of(buf_str(&s->json))))
        return 0;
    s->err = err;
    s->result = 0;
    store_write(s->control->store, put, done, s);
    store_flush(s->control->store);
    s->loaded += s->result >= 0;
    return s->result < 0 ? -1 : 0;
}

static int
seed_all(struct seeding *s, struct err *err)
{
    struct err missing;
    if (file_read(s->dir, "bind.yaml", 1 << 20, &s->bind, &missing) < 0 &&
        !err_is(&missing, "file.missing")) {
        *err = missing;
        return -1;
    }
    if (file_walk(s->dir, ".", take, s, err) != 0)
        return -1;
    return s->loaded == 0 ? 0 : control_refresh(s->control, err);
}

int
control_seed(struct control *control, const char *folder, int64_t now_us, size_t *ret_loaded,
             struct err *err)
{
    struct seeding s = {.control = control, .now_us = now_us};
    struct err local;
    if (ret_loaded != NULL)
        *ret_loaded = 0;
    s.dir = file_open_dir(AT_FDCWD, folder, &local);
    if (s.dir < 0 && err_is(&local, "file.missing"))
        return 0;
    if (s.dir < 0) {
        if (err != NULL)
            *err = local;
        return -1;
    }
    buf_init(&s.json, CONTROL_JSON_BYTES);
    buf_init(&s.bind, 1 << 20);
    int rc = seed_all(&s, err == NULL ? &local : err);
    buf_free(&s.json);
    buf_free(&s.bind);
    file_close(&s.dir);
    if (ret_loaded != NULL)
        *ret_loaded = s.loaded;
    return rc;
}
