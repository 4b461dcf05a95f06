/*
 * version: versions, their bindings and bodies into the database. Runs in cored, inside units.
 */
#include "base/os/time.h"
#include "core/control/private.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <string.h>

enum { VERSION_PUT, VERSION_NAMED, VERSION_BEGIN, VERSION_ASIDE, VERSION_DUE, BIND_PUT, BODY_PUT };

static const struct store_statement sql[] = {
    [VERSION_PUT] = {"control.version_put",
                     "INSERT INTO policy_version(id, body, doc, version, title, state, effective,"
                     " visibility, source_sha256, json, tree_sha256, catalogue_sha256, base,"
                     " key_next, import, loaded, confirmed_by, confirmed_at) VALUES ($1, $2, $3,"
                     " $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0)"},
    [VERSION_NAMED] = {"control.version_named",
                       "SELECT count(*) FROM policy_version WHERE body = $1 AND doc = $2"
                       " AND version = $3 AND state <> 'draft'"},
    [VERSION_ASIDE] = {"control.version_aside",
                       "UPDATE policy_version SET state = 'replaced' WHERE state = 'in_force'"
                       " AND (body, doc) = (SELECT body, doc FROM policy_version WHERE id = $1)"},
    [VERSION_BEGIN] = {"control.version_begin",
                       "UPDATE policy_version SET state = 'in_force' WHERE id = $1"},
    [VERSION_DUE] = {"control.version_due",
                     "SELECT id FROM policy_version WHERE state = 'confirmed' AND effective <= $1"
                     " ORDER BY effective, id LIMIT 1"},
    [BIND_PUT] = {"control.bind_put",
                  "INSERT INTO policy_bind(version, key, sentence, topic, part, counts, confidence,"
                  " confirmed, by_person, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                  " ON CONFLICT DO NOTHING"},
    [BODY_PUT] = {"control.body_put",
                  "INSERT INTO policy_body(id, name, position) VALUES ($1, $2,"
                  " (SELECT count(*) FROM policy_body)) ON CONFLICT(id) DO UPDATE SET name ="
                  " CASE WHEN $2 = '' THEN policy_body.name ELSE $2 END"},
};

int
version_put(struct control *control, const struct version_new *new, int64_t *ret_id,
            struct err *err)
{
    *ret_id = (int64_t)id_new();
    struct db_query *q = db_query(control->store, &sql[VERSION_PUT]);
    db_bind_int(q, 1, *ret_id);
    db_bind_text(q, 2, new->body);
    db_bind_text(q, 3, new->doc);
    db_bind_text(q, 4, new->version);
    db_bind_text(q, 5, new->title);
    db_bind_z(q, 6, new->state);
    db_bind_text(q, 7, new->visibility);
    db_bind_text(q, 8, new->source_sha256);
    db_bind_text(q, 9, new->json);
    db_bind_z(q, 10, new->tree_sha256);
    db_bind_z(q, 11, control->catalogue_sha256);
    db_bind_int(q, 12, new->base);
    db_bind_int(q, 13, (int64_t) new->key_next);
    db_bind_int(q, 14, new->import);
    db_bind_int(q, 15, new->now_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The word of what BOUND is about, in ARENA when it is an own duty. */
static struct str
topic_word(struct arena *arena, const struct control_bound *bound)
{
    if (bound->topic != NULL)
        return bound->topic->id;
    if (bound->own.n == 0)
        return STR("");
    return str_of(arena_printf(arena, "local.%.*s", STR_FMT(bound->own)));
}

int
version_bind(struct control *control, int64_t id, struct str key, const struct control_bound *bound,
             struct err *err)
{
    struct arena *scratch = arena_new(1 << 16);
    struct db_query *q = db_query(control->store, &sql[BIND_PUT]);
    db_bind_int(q, 1, id);
    db_bind_text(q, 2, key);
    db_bind_int(q, 3, bound->sentence);
    db_bind_text(q, 4, topic_word(scratch, bound));
    db_bind_text(q, 5, bound->part == NULL ? STR("") : bound->part->key);
    db_bind_int(q, 6, bound->counts);
    db_bind_int(q, 7, bound->confidence);
    db_bind_int(q, 8, bound->confirmed);
    db_bind_int(q, 9, (int64_t)bound->by);
    db_bind_int(q, 10, bound->at_us);
    int rc = db_run(q, err) < 0 ? -1 : 0;
    arena_free(scratch);
    return rc;
}

int
version_begin(struct control *control, int64_t id, struct err *err)
{
    static const int steps[] = {VERSION_ASIDE, VERSION_BEGIN};
    for (size_t i = 0; i < 2; i++) {
        struct db_query *q = db_query(control->store, &sql[steps[i]]);
        db_bind_int(q, 1, id);
        if (db_run(q, err) < 0)
            return -1;
    }
    return 0;
}

int
body_put(struct control *control, struct str id, struct str name, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[BODY_PUT]);
    db_bind_text(q, 1, id);
    db_bind_text(q, 2, name);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
version_name(struct control *control, struct arena *arena, const struct version_new *new,
             struct str printed, struct str *ret, struct err *err)
{
    char day[DATE_CHARS + 1];
    date_format(tokyo_day(new->now_us), day);
    struct str base = printed.n > 0 && printed.n <= 60 ? printed : str_of(day);
    for (unsigned i = 1;; i++) {
        int64_t taken = 0;
        char *name =
            i == 1 ? str_dup_z(arena, base) : arena_printf(arena, "%.*s-%u", STR_FMT(base), i);
        struct db_query *q = db_query(control->store, &sql[VERSION_NAMED]);
        db_bind_text(q, 1, new->body);
        db_bind_text(q, 2, new->doc);
        db_bind_z(q, 3, name);
        if (name == NULL)
            (void)arena_check(arena, err);
        if (db_one_int(q, &taken, err) < 0 || name == NULL)
            return -1;
        if (taken == 0) {
            *ret = str_of(name);
            return 0;
        }
    }
}

/* A JSON object of ids, words and digests only: nothing in it needs escaping. */
int
version_leaf(struct control *control, const char *kind, const struct control_version *v,
             struct str handle, struct err *err)
{
    struct buf data;
    char id[ID_CHARS + 1];
    id_format((uint64_t)v->id, id);
    buf_init(&data, 2000);
    buf_put_char(&data, '{');
    if (handle.n > 0)
        buf_printf(&data, "\"actor\":\"%.*s\",", STR_FMT(handle));
    buf_printf(&data, "\"body\":\"%.*s\",\"digest\":\"%.*s\",\"document\":\"%.*s\"",
               STR_FMT(v->body), STR_FMT(v->tree_sha256), STR_FMT(v->doc));
    if (strcmp(kind, "policy.version.effective") == 0 && v->effective_us > 0)
        buf_printf(&data, ",\"since\":%lld", (long long)v->effective_us);
    buf_printf(&data, ",\"version\":\"%s\"}", id);
    struct outbox_new row = {
        .kind = kind, .data = buf_str(&data), .topic = "policy", .subject = (uint64_t)v->id};
    int rc = buf_done(&data, err);
    if (rc == 0)
        rc = outbox_add(control->store, &row, NULL, err);
    buf_free(&data);
    return rc;
}

int
control_due(struct control *control, int64_t now_us, struct err *err)
{
    for (int moved = 0;; moved = 1) {
        int64_t id;
        struct db_query *q = db_query(control->store, &sql[VERSION_DUE]);
        db_bind_int(q, 1, now_us);
        int rc = db_one_int(q, &id, err);
        if (rc != 0)
            return rc < 0 ? -1 : moved;
        const struct control_version *v = version_find(control, id);
        if (v == NULL)
            return moved; /* confirmed in this very moment: the next minute knows it */
        if (version_begin(control, id, err) < 0 ||
            version_leaf(control, "policy.version.effective", v, (struct str){0}, err) < 0)
            return -1;
    }
}
