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
#include "base/text/utf8.h"
#include "core/account/account.h"
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

/* No control characters (line feed and tab allowed), strict UTF-8. */
static bool
text_plain(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 32 && c != '\n' && c != '\t') || c == 127) {
            return false;
        }
    }
    return utf8_valid(text);
}

static size_t
text_chars(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

static int value_check(const struct register_field *field, json_t *value, bool whole,
                       struct err *err);

static int
value_bad(const struct register_field *field, struct err *err)
{
    return ERR(err, "register.field", "%.*s", STR_FMT(field->key));
}

static int
map_check(const struct register_field *fields, size_t count, json_t *map, bool whole,
          struct err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value)
    {
        const struct register_field *field = NULL;
        for (size_t i = 0; i < count && field == NULL; i++) {
            field = str_equal_z(fields[i].key, key) ? &fields[i] : NULL;
        }
        if (field == NULL) {
            return ERR(err, "register.field", "%.40s", key);
        }
        if (value_check(field, value, whole, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; whole && i < count; i++) {
        bool always = fields[i].required && fields[i].visible_if == NULL;
        if (always && !field_filled(map, fields[i].key)) {
            return ERR(err, "register.field_missing", "%.*s", STR_FMT(fields[i].key));
        }
    }
    return 0;
}

static int
rows_check(const struct register_field *field, json_t *rows, bool whole, struct err *err)
{
    size_t n = json_array_size(rows);
    if (!json_is_array(rows) || n > (size_t)field->max || (whole && n < (size_t)field->min)) {
        return value_bad(field, err);
    }
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array_get(rows, i);
        if (!json_is_object(row) ||
            map_check(field->columns, field->column_count, row, whole, err) < 0) {
            return err->code != NULL ? -1 : value_bad(field, err);
        }
    }
    return 0;
}

static bool
choice_has(const struct register_field *field, struct str value)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (str_equal(field->choices[i], value)) {
            return true;
        }
    }
    return false;
}

static bool
period_good(json_t *value)
{
    int64_t from = 0, until = 0;
    return json_is_object(value) && json_object_size(value) == 2 &&
           date_parse(json_text(json_object_get(value, "from")), &from) &&
           date_parse(json_text(json_object_get(value, "until")), &until) && from <= until;
}

static bool
id_good(json_t *value)
{
    uint64_t id = 0;
    return str_to_u64(json_text(value), &id) && id > 0 && id <= INT64_MAX;
}

static int
value_check(const struct register_field *field, json_t *value, bool whole, struct err *err)
{
    struct str text = json_text(value);
    uint8_t hash[32];
    int64_t day = 0;
    bool good = false;
    if (json_is_null(value)) {
        return 0; /* empty: whether it may be is map_check's question */
    }
    switch (field->type) {
    case VALUE_TABLE:
        return rows_check(field, value, whole, err);
    case VALUE_TEXT:
    case VALUE_CLASS:
    case VALUE_REF:
        good = text.p != NULL && text_plain(text) && text_chars(text) <= (size_t)field->max;
        break;
    case VALUE_NUMBER:
        good = json_is_integer(value) && json_integer_value(value) >= field->min &&
               json_integer_value(value) <= field->max;
        break;
    case VALUE_FLAG:
        good = json_is_boolean(value);
        break;
    case VALUE_DATE:
        good = date_parse(text, &day);
        break;
    case VALUE_PERIOD:
        good = period_good(value);
        break;
    case VALUE_CHOICE:
        good = text.p != NULL && choice_has(field, text);
        break;
    case VALUE_PERSON:
    case VALUE_SECTION:
        good = id_good(value);
        break;
    case VALUE_HASH:
        good = text.p != NULL && hex_decode(text, hash, sizeof hash);
        break;
    case VALUE_TYPES:
        break;
    }
    return good ? 0 : value_bad(field, err);
}

int
fields_check(const struct register_def *def, json_t *fields, bool whole, struct err *err)
{
    if (!json_is_object(fields)) {
        return ERR(err, "register.field", "fields");
    }
    if (map_check(def->fields, def->field_count, fields, whole, err) < 0) {
        return -1;
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

static int
subjects_have(struct store *store, const struct record *record, uint64_t person, struct err *err)
{
    int found = 0;
    for (size_t i = 0; found == 0 && i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        uint64_t id = 0;
        if (field->subject && field->type == VALUE_PERSON && str_to_u64(json_text(value), &id)) {
            found = account_same_person(store, id, person, err);
        } else if (field->subject && field->type == VALUE_REF) {
            found = ref_has(store, value, person, err);
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
