/*
 * record: rows of records. Runs in cored.
 *
 * Commitment of a field: SHA-256(nonce[16] ‖ key ‖ canonical JSON of the value). Commitment of a
 * revision: SHA-256 over its field commitments in the order of their keys. Digest (what an approver
 * is shown): SHA-256 over the definition's digest, record and revision as 8 big-endian bytes each,
 * and the commitments of the fields that are not free. Canonical JSON: jansson's compact form with
 * sorted keys; fields hold no fractions.
 */
#include "core/register/record.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/values.h"
#include "core/store/id.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { NONCE_BYTES = 16 };

enum { LOAD, REVISION, REVISION_ADD, COMMITMENT, EDITOR_ADD, EDITORS, OWNERS };

static const struct store_statement sql[] = {
    [LOAD] =
        {"record.load",
         "SELECT register, coalesce(number, ''), section, owner, entered_by, state, rev, digest,"
         " route, step, step_since, step_due, created, entered, changed FROM record"
         " WHERE id = $1"},
    [REVISION] = {"record.revision", "SELECT fields FROM revision WHERE record = $1 AND rev = $2"},
    [REVISION_ADD] = {"record.revision_add",
                      "INSERT INTO revision(record, rev, fields, nonces, commitment, digest, at)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    [COMMITMENT] = {"record.commitment",
                    "SELECT commitment FROM revision WHERE record = $1 AND rev = $2"},
    [EDITOR_ADD] = {"record.editor_add",
                    "INSERT INTO editor VALUES ($1, $2) ON CONFLICT DO NOTHING"},
    [OWNERS] = {"record.owners", "SELECT owner, entered_by FROM record WHERE id = $1"},
    [EDITORS] = {"record.editors", "SELECT person FROM editor WHERE record = $1"},
};

/* Values under older keys of their fields stand under the present ones. */
static void
fields_renamed(struct record *record)
{
    for (size_t i = 0; record->fields != NULL && i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        for (size_t k = 0; k < field->was_count; k++) {
            struct str was = field->was[k], key = field->key;
            json_t *old = json_object_getn(record->fields, was.p, was.n);
            if (old != NULL && json_object_getn(record->fields, key.p, key.n) == NULL) {
                (void)json_object_setn(record->fields, key.p, key.n, old);
            }
            if (old != NULL) {
                (void)json_object_deln(record->fields, was.p, was.n);
            }
        }
    }
}

static int
fields_load(struct store *store, struct record *record, struct err *err)
{
    struct db_query *q = db_query(store, &sql[REVISION]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)record->rev);
    int rc = db_step(q, err);
    if (rc > 0) {
        struct str text = db_text(q, 0);
        record->fields = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    }
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    fields_renamed(record);
    return record->fields != NULL
               ? 0
               : ERR(err, "register.unreadable", "%llu", (unsigned long long)record->id);
}

int
record_load(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
            struct record *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[LOAD]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    bool whole = true;
    if (rc > 0) {
        *ret = (struct record){.id = id,
                               .reg = str_dup(arena, db_text(q, 0)),
                               .number = str_dup(arena, db_text(q, 1)),
                               .section = (uint64_t)db_int(q, 2),
                               .owner = (uint64_t)db_int(q, 3),
                               .entered_by = (uint64_t)db_int(q, 4),
                               .state = str_dup(arena, db_text(q, 5)),
                               .rev = (uint64_t)db_int(q, 6),
                               .route = str_dup(arena, db_text(q, 8)),
                               .step = (int)db_int(q, 9),
                               .step_since = db_int(q, 10),
                               .step_due = db_int(q, 11),
                               .created = db_int(q, 12),
                               .entered = db_int(q, 13),
                               .changed = db_int(q, 14)};
        whole = db_blob_to(q, 7, ret->digest, sizeof ret->digest);
    }
    db_end(q);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (arena_check(arena, err) < 0) {
        return -1;
    }
    ret->def = register_def_find(set, ret->reg);
    ret->state_at = ret->def != NULL ? register_state_find(ret->def, ret->state) : -1;
    if (ret->state_at < 0 || !whole) {
        return ERR(err, "register.unreadable", "%.*s/%.*s", STR_FMT(ret->reg), STR_FMT(ret->state));
    }
    return fields_load(store, ret, err);
}

void
record_done(struct record *record)
{
    json_decref(record->fields);
    record->fields = NULL;
}

/* The text of a JSON string as str; p NULL for anything else. */
static struct str
json_text(const json_t *value)
{
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){0} : (struct str){p, json_string_length(value)};
}

static int
field_check(const struct register_def *def, const char *key, json_t *value, bool whole,
            struct err *err)
{
    const struct register_field *field = register_field_find(def, str_of(key));
    return field == NULL ? ERR(err, "register.field_unknown", "%.40s", key)
                         : value_check(field, value, whole, err);
}

int
fields_check(const struct register_def *def, json_t *fields, bool whole, struct err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(fields)) {
        return ERR(err, "register.field", "fields");
    }
    json_object_foreach(fields, key, value)
    {
        if (field_check(def, key, value, whole, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; whole && i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        bool always = field->required && field->visible_if == NULL;
        if (always && !field_filled(fields, field->key)) {
            return ERR(err, "register.field_missing", "%.*s", STR_FMT(field->key));
        }
    }
    return whole ? fields_conditions(def, fields, err) : 0;
}

bool
field_filled(json_t *fields, struct str key)
{
    json_t *value = json_object_getn(fields, key.p, key.n);
    if (json_is_string(value)) {
        return str_trim(json_text(value)).n > 0;
    }
    if (json_is_array(value)) {
        return json_array_size(value) > 0;
    }
    if (json_is_object(value)) {
        return json_object_size(value) > 0;
    }
    return value != NULL && !json_is_null(value);
}

static void
put_u64(struct sha256 *h, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    }
    sha256_put(h, bytes, sizeof bytes);
}

static int
field_compare(const void *a, const void *b)
{
    const struct register_field *const *x = a, *const *y = b;
    return str_compare((*x)->key, (*y)->key);
}

/* Commits to one value with a fresh nonce, which is kept in NONCES. */
static void
field_commit(const struct register_field *field, json_t *value, json_t *nonces,
             unsigned char ret[32])
{
    unsigned char nonce[NONCE_BYTES];
    char hex[HEX_CHARS(NONCE_BYTES) + 1];
    ensure(getrandom(nonce, sizeof nonce, 0) == (ssize_t)sizeof nonce);
    hex_encode(nonce, sizeof nonce, hex);
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    ensure(text != NULL);
    struct sha256 h;
    sha256_init(&h);
    sha256_put(&h, nonce, sizeof nonce);
    sha256_put(&h, field->key.p, field->key.n);
    sha256_put(&h, text, strlen(text));
    sha256_take(&h, ret);
    sha256_done(&h);
    free(text);
    (void)json_object_setn_new(nonces, field->key.p, field->key.n, json_string(hex));
}

/* Makes nonces, commitment and digest of FIELDS. */
static json_t *
fields_commit(const struct register_def *def, uint64_t record, uint64_t rev, json_t *fields,
              unsigned char ret_commitment[32], unsigned char ret_digest[32])
{
    const struct register_field *sorted[REGISTER_FIELDS_MOST];
    for (size_t i = 0; i < def->field_count; i++) {
        sorted[i] = &def->fields[i];
    }
    qsort(sorted, def->field_count, sizeof *sorted, field_compare);
    json_t *nonces = json_object();
    struct sha256 all, bound;
    sha256_init(&all);
    sha256_init(&bound);
    sha256_put(&bound, def->digest, sizeof def->digest);
    put_u64(&bound, record);
    put_u64(&bound, rev);
    for (size_t i = 0; i < def->field_count; i++) {
        json_t *value = json_object_getn(fields, sorted[i]->key.p, sorted[i]->key.n);
        unsigned char one[32];
        if (value == NULL) {
            continue;
        }
        field_commit(sorted[i], value, nonces, one);
        sha256_put(&all, one, sizeof one);
        if (!sorted[i]->free) {
            sha256_put(&bound, one, sizeof one);
        }
    }
    sha256_take(&all, ret_commitment);
    sha256_take(&bound, ret_digest);
    sha256_done(&all);
    sha256_done(&bound);
    return nonces;
}

int
revision_write(struct store *store, const struct register_def *def, uint64_t record, uint64_t rev,
               json_t *fields, struct revision_digests *ret, struct err *err)
{
    json_t *nonces = fields_commit(def, record, rev, fields, ret->commitment, ret->digest);
    char *text = json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS);
    char *nonce_text = json_dumps(nonces, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(nonces);
    ensure(text != NULL && nonce_text != NULL);
    int rc = strlen(text) > REGISTER_RECORD_BYTES
                 ? ERR(err, "register.field", "%d bytes", REGISTER_RECORD_BYTES)
                 : 0;
    if (rc == 0) {
        struct db_query *q = db_query(store, &sql[REVISION_ADD]);
        db_bind_int(q, 1, (int64_t)record);
        db_bind_int(q, 2, (int64_t)rev);
        db_bind_z(q, 3, text);
        db_bind_z(q, 4, nonce_text);
        db_bind_blob(q, 5, ret->commitment, 32);
        db_bind_blob(q, 6, ret->digest, 32);
        db_bind_int(q, 7, time_now_us());
        rc = db_run(q, err) < 0 ? -1 : 0;
    }
    free(text);
    free(nonce_text);
    return rc;
}

int
revision_commitment(struct store *store, uint64_t record, uint64_t rev, unsigned char ret[32],
                    struct err *err)
{
    struct db_query *q = db_query(store, &sql[COMMITMENT]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, (int64_t)rev);
    int rc = db_step(q, err);
    bool good = rc > 0 && db_blob_to(q, 0, ret, 32);
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    return good ? 0 : ERR(err, "register.unreadable", "%llu", (unsigned long long)record);
}

int
editor_add(struct store *store, uint64_t record, uint64_t person, struct err *err)
{
    struct db_query *q = db_query(store, &sql[EDITOR_ADD]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, (int64_t)person);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* 1 when PERSON is one natural person with a writer of RECORD. */
static int
editors_have(struct store *store, uint64_t record, uint64_t person, struct err *err)
{
    struct db_query *q = db_query(store, &sql[EDITORS]);
    db_bind_int(q, 1, (int64_t)record);
    int found = 0, rc = 0;
    while (found == 0 && (rc = db_step(q, err)) > 0) {
        found = account_same_person(store, (uint64_t)db_int(q, 0), person, err);
    }
    db_end(q);
    return rc < 0 ? -1 : found;
}

/* 1 when PERSON is concerned by the record in FIELD: its owner, a writer of it. */
static int
ref_has(struct store *store, json_t *value, uint64_t person, struct err *err)
{
    uint64_t id = 0, both[2];
    if (!id_parse(json_text(value), &id)) {
        return 0;
    }
    struct db_query *q = db_query(store, &sql[OWNERS]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    both[0] = rc > 0 ? (uint64_t)db_int(q, 0) : 0;
    both[1] = rc > 0 ? (uint64_t)db_int(q, 1) : 0;
    db_end(q);
    for (size_t i = 0; rc > 0 && i < 2; i++) {
        int same = both[i] == 0 ? 0 : account_same_person(store, both[i], person, err);
        if (same != 0) {
            return same;
        }
    }
    return rc <= 0 ? rc : editors_have(store, id, person, err);
}

/* 1 when one value of a subject field is PERSON, or a record that concerns her. */
static int
subject_has(struct store *store, const struct register_field *field, json_t *value, uint64_t person,
            struct err *err)
{
    uint64_t id = 0;
    if (field->type == VALUE_REF) {
        return ref_has(store, value, person, err);
    }
    return str_to_u64(json_text(value), &id) ? account_same_person(store, id, person, err) : 0;
}

static int
subjects_have(struct store *store, const struct record *record, uint64_t person, struct err *err)
{
    int found = 0;
    for (size_t i = 0; found == 0 && i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        size_t count = json_is_array(value) ? json_array_size(value) : 1;
        for (size_t k = 0; found == 0 && field->subject && k < count; k++) {
            json_t *one = json_is_array(value) ? json_array_get(value, k) : value;
            found = subject_has(store, field, one, person, err);
        }
    }
    return found;
}

int
record_concerns(struct store *store, const struct record *record, uint64_t person, struct err *err)
{
    uint64_t both[2] = {record->owner, record->entered_by};
    for (size_t i = 0; i < 2; i++) {
        int same = both[i] == 0 ? 0 : account_same_person(store, both[i], person, err);
        if (same != 0) {
            return same;
        }
    }
    int rc = editors_have(store, record->id, person, err);
    return rc != 0 ? rc : subjects_have(store, record, person, err);
}
