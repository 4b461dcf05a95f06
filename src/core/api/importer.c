/*
 * importer: see importer.h. Runs in cored. The record itself is asked, at every call: what ends it
 * (the chief, the clock, its last day) ends what it allows.
 */
#include "core/api/importer.h"

#include "base/os/time.h"
#include "core/account/account.h"

#include <string.h>

enum { NAMED };

static const struct store_statement sql[] = {
    [NAMED] = {"importer.named", "SELECT id FROM record WHERE register = 'policy_importer'"
                                 " AND state = 'named' ORDER BY id DESC LIMIT 50"},
};

enum { NAMED_MOST = 50 };

static const json_t *
value_of(const json_t *record, const char *key)
{
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(record, "fields"), i, field)
    {
        const char *name = json_string_value(json_object_get(field, "key"));
        if (name != NULL && strcmp(name, key) == 0) {
            return json_object_get(field, "value");
        }
    }
    return NULL;
}

static bool
day_of(const json_t *term, const char *key, int64_t *ret)
{
    const char *text = json_string_value(json_object_get(term, key));
    return text != NULL && date_parse(str_of(text), ret);
}

/* A person is told as {id, name}, or as the id alone. */
static uint64_t
person_of(const json_t *value)
{
    uint64_t id = 0;
    const char *text =
        json_string_value(json_is_object(value) ? json_object_get(value, "id") : value);
    return text != NULL && str_to_u64(str_of(text), &id) ? id : 0;
}

static int
names(struct store *store, const json_t *record, uint64_t person, int64_t now_us, struct err *err)
{
    int64_t from, until, today = tokyo_day(now_us);
    const json_t *term = value_of(record, "term");
    uint64_t named = person_of(value_of(record, "person"));
    if (named == 0 || !day_of(term, "from", &from) || !day_of(term, "until", &until) ||
        today < from || today > until) {
        return 0;
    }
    return account_same_person(store, named, person, err);
}

int
importer_named(struct register_set *set, struct store *store, struct arena *arena, uint64_t person,
               int64_t now_us, struct err *err)
{
    uint64_t ids[NAMED_MOST];
    size_t count = 0;
    int rc, found = 0;
    struct db_query *q = db_query(store, &sql[NAMED]);
    while ((rc = db_step(q, err)) > 0 && count < NAMED_MOST) {
        ids[count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && found == 0 && i < count; i++) {
        struct register_caller system = {.system = true};
        json_t *record = NULL;
        rc = record_read(set, store, arena, &system, ids[i], &record, err);
        if (rc == 0) {
            found = names(store, record, person, now_us, err);
        }
        json_decref(record);
    }
    return rc < 0 || found < 0 ? -1 : found;
}
