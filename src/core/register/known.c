/*
 * known: what a record's values say about the rest of the database: the persons, sections, posts
 * and records they name are there, and what must be unique is. Runs in cored.
 *
 * Invariant: nobody learns here that a record exists which she may not see: one she may not see and
 * one that is not there are refused alike.
 */
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/values.h"
#include "core/store/id.h"

#include <stdlib.h>
#include <string.h>

enum { ENGAGED, POST, REGISTER_OF, UNIQUE_DROP, UNIQUE_ADD };

static const struct store_statement sql[] = {
    [ENGAGED] = {"known.engaged", "SELECT kind FROM engagement WHERE person = $1 AND from_day <= $2"
                                  " AND until_day >= $2"},
    [POST] = {"known.post", "SELECT id FROM post WHERE id = $1"},
    [REGISTER_OF] = {"known.register_of", "SELECT register FROM record WHERE id = $1"},
    [UNIQUE_DROP] = {"known.unique_drop", "DELETE FROM record_unique WHERE record = $1"},
    [UNIQUE_ADD] = {"known.unique_add", "INSERT INTO record_unique(register, field, value, record)"
                                        " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"},
};

/* A question about what values name. */
struct asking {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_caller *caller;
};

static struct str
json_text(const json_t *value)
{
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){0} : (struct str){p, json_string_length(value)};
}

/* 1 when PERSON is there and, where kinds are named, engaged as one of them today; 0; -1. */
static int
person_known(const struct asking *asking, const struct register_field *field, uint64_t person,
             struct err *err)
{
    struct account_person found;
    int rc = account_person_get(asking->store, asking->arena, person, &found, err);
    if (rc != 0 || field->kind_count == 0) {
        return rc < 0 ? -1 : rc == 0;
    }
    struct db_query *q = db_query(asking->store, &sql[ENGAGED]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_int(q, 2, tokyo_day(time_now_us()));
    int known = 0;
    while ((rc = db_step(q, err)) > 0) {
        for (size_t i = 0; i < field->kind_count; i++) {
            known = known || str_equal(field->kinds[i], db_text(q, 0));
        }
    }
    db_end(q);
    return rc < 0 ? -1 : known;
}

static int
post_known(const struct asking *asking, uint64_t post, struct err *err)
{
    struct db_query *q = db_query(asking->store, &sql[POST]);
    int64_t id = 0;
    db_bind_int(q, 1, (int64_t)post);
    int rc = db_one_int(q, &id, err);
    return rc < 0 ? -1 : rc == 0;
}

/* 1 when the record is one of the register the field points at, and the caller may see it. */
static int
record_known(const struct asking *asking, const struct register_field *field, struct str text,
             struct err *err)
{
    uint64_t id = 0;
    bool foreign = str_equal_z(field->to, "control") || str_equal_z(field->to, "path") ||
                   str_equal_z(field->to, "account") || str_equal_z(field->to, "transfer");
    if (foreign) {
        return 1; /* the engine that owns it knows; here only the form is judged */
    }
    if (!id_parse(text, &id)) {
        return 0;
    }
    struct db_query *q = db_query(asking->store, &sql[REGISTER_OF]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    bool any = field->to.n == 0 || str_equal_z(field->to, "record");
    bool fits = rc > 0 && (any || str_equal(db_text(q, 0), field->to));
    db_end(q);
    if (rc < 0 || !fits || asking->caller->system) {
        return rc < 0 ? -1 : fits;
    }
    return record_visible(asking->set, asking->store, asking->arena, asking->caller, id, err);
}

static int
one_known(const struct asking *asking, const struct register_field *field, json_t *value,
          struct err *err)
{
    struct str text = json_text(value), name;
    uint64_t id = 0;
    if (field->type == VALUE_REF) {
        return record_known(asking, field, text, err);
    }
    if (!str_to_u64(text, &id)) {
        return 0;
    }
    if (field->type == VALUE_PERSON) {
        return person_known(asking, field, id, err);
    }
    if (field->type == VALUE_POST) {
        return post_known(asking, id, err);
    }
    int rc = account_section_name(asking->store, asking->arena, id, &name, err);
    return rc < 0 ? -1 : rc == 0;
}

static int
unknown(const struct register_field *field, struct err *err)
{
    switch ((int)field->type) {
    case VALUE_PERSON:
        return ERR(err, "register.field_person", "%.*s", STR_FMT(field->key));
    case VALUE_SECTION:
        return ERR(err, "register.field_section", "%.*s", STR_FMT(field->key));
    case VALUE_POST:
        return ERR(err, "register.field_post", "%.*s", STR_FMT(field->key));
    default:
        return ERR(err, "register.field_ref", "%.*s", STR_FMT(field->key));
    }
}

static int
field_known(const struct asking *asking, const struct register_field *field, json_t *value,
            struct err *err)
{
    bool names = field->type == VALUE_PERSON || field->type == VALUE_SECTION ||
                 field->type == VALUE_POST || field->type == VALUE_REF;
    size_t count = field->many ? json_array_size(value) : 1;
    if (!names || value == NULL || json_is_null(value)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *one = field->many ? json_array_get(value, i) : value;
        int known = one_known(asking, field, one, err);
        if (known <= 0) {
            return known < 0 ? -1 : unknown(field, err);
        }
    }
    return 0;
}

static int
rows_known(const struct asking *asking, const struct register_field *table, json_t *rows,
           struct err *err)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; k < table->column_count; k++) {
            const struct register_field *column = &table->columns[k];
            json_t *value = json_object_getn(json_array_get(rows, i), column->key.p, column->key.n);
            if (field_known(asking, column, value, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
values_known(struct register_set *set, struct store *store, struct arena *arena,
             const struct register_caller *caller, const struct register_def *def, json_t *fields,
             struct err *err)
{
    struct asking asking = {set, store, arena, caller};
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        json_t *value = json_object_getn(fields, field->key.p, field->key.n);
        int rc = field->type == VALUE_TABLE ? rows_known(&asking, field, value, err)
                                            : field_known(&asking, field, value, err);
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- unique ---- */

static void
json_hash(json_t *value, unsigned char ret[32])
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    ensure(text != NULL);
    sha256_of(text, strlen(text), ret);
    free(text);
}

/* Takes the value with HASH of FIELD for the record; somebody else has it: register.field_taken of
 * KEY. */
static int
unique_add(struct store *store, const struct record *record, struct str field,
           const unsigned char hash[32], struct str key, struct err *err)
{
    struct db_query *q = db_query(store, &sql[UNIQUE_ADD]);
    db_bind_text(q, 1, record->def->name);
    db_bind_text(q, 2, field);
    db_bind_blob(q, 3, hash, 32);
    db_bind_int(q, 4, (int64_t)record->id);
    int64_t rows = db_run(q, err);
    return rows < 0 ? -1 : rows == 1 ? 0 : ERR(err, "register.field_taken", "%.*s", STR_FMT(key));
}

bool
values_match(const struct register_def *def, json_t *fields, unsigned char ret_hash[32])
{
    json_t *all = json_array();
    bool whole = def->match_count > 0;
    for (size_t i = 0; i < def->match_count; i++) {
        struct str key = def->match[i];
        /* a record's own number is unique by itself */
        whole = whole && register_field_find(def, key) != NULL && field_filled(fields, key);
        (void)json_array_append(all, json_object_getn(fields, key.p, key.n));
    }
    if (whole) {
        json_hash(all, ret_hash);
    }
    json_decref(all);
    return whole;
}

int
values_unique(struct store *store, const struct record *record, size_t state, json_t *fields,
              struct err *err)
{
    const struct register_def *def = record->def;
    unsigned char hash[32];
    bool any = def->match_count > 0;
    for (size_t i = 0; i < def->field_count; i++) {
        any = any || def->fields[i].unique;
    }
    if (!any) {
        return 0;
    }
    struct db_query *q = db_query(store, &sql[UNIQUE_DROP]);
    db_bind_int(q, 1, (int64_t)record->id);
    if (db_run(q, err) < 0) {
        return -1;
    }
    if (def->states[state].end != END_NONE) {
        return 0;
    }
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        if (!field->unique || !field_filled(fields, field->key)) {
            continue;
        }
        json_hash(json_object_getn(fields, field->key.p, field->key.n), hash);
        if (unique_add(store, record, field->key, hash, field->key, err) < 0) {
            return -1;
        }
    }
    return values_match(def, fields, hash)
               ? unique_add(store, record, STR("match"), hash, def->match[0], err)
               : 0;
}
