/*
 * run: one attempt of a batch on the base as it is: what it does is written, what follows is looked
 * up, and a trial is taken back. Runs in cored, in a unit.
 *
 * Invariant: preview and approval run the same code on the same statements, so they cannot differ
 * but by the base.
 */
#include "base/crypt/hash.h"
#include "base/os/time.h"
#include "core/people/private.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES_MOST = 50 };

static const struct store_statement point = {"people.point", "SAVEPOINT people"};
static const struct store_statement back = {"people.back", "ROLLBACK TO SAVEPOINT people"};
static const struct store_statement release = {"people.release", "RELEASE SAVEPOINT people"};
static const struct store_statement engaged = {
    "people.engaged_count",
    "SELECT count(*) FROM engagement WHERE from_day <= $1 AND until_day >= $1"};

static const char *const lists[] = {
    "joiners", "movers", "leavers",  "concurrent", "renewed", "names",    "sections", "carried",
    "same",    "vacant", "deputies", "accounts",   "steps",   "handover", "keys",     "errors"};
/* Matters move all day: shown, not bound. */
static const char *const unbound[] = {"steps", "handover", "handover_count", "keys"};

json_t *
people_str(struct str s)
{
    return json_stringn(s.p != NULL ? s.p : "", s.n);
}

json_t *
people_day(int64_t day)
{
    char text[DATE_CHARS + 1];
    date_format(day, text);
    return json_string(text);
}

void
people_tell(struct people_run *run, const char *key, json_t *row)
{
    (void)json_array_append_new(json_object_get(run->out, key), row);
}

static void
out_begin(struct people_run *run)
{
    json_decref(run->out);
    run->out = json_object();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        (void)json_object_set_new(run->out, lists[i], json_array());
    }
    run->n = 0;
    run->done = run->left = 0;
    run->again = false;
}

static int
attempt(struct people_run *run, struct err *err)
{
    out_begin(run);
    if (parts_apply(run, err) < 0) {
        return -1;
    }
    if (run->again) {
        return 0;
    }
    return orders_apply(run, err) < 0 || parts_finish(run, err) < 0 ? -1 : 0;
}

/* Tries until no part turns out bad: each attempt sets one section aside for good. */
static int
attempts(struct people_run *run, struct err *err)
{
    for (int i = 0; i < TRIES_MOST; i++) {
        if (attempt(run, err) < 0) {
            return -1;
        }
        if (!run->again) {
            return 0;
        }
        if (db_exec(run->store, &back, err) < 0) {
            return -1;
        }
    }
    return ERR(err, "people.size", "%d", TRIES_MOST);
}

static void
bad_tell(struct people_run *run, const char *table, size_t line, struct str who, struct str name,
         const struct people_bad *bad)
{
    people_tell(run, "errors",
                json_pack("{ss sI so so ss so}", "table", table, "line", (json_int_t)line, "who",
                          people_str(who), "name", people_str(name), "code", bad->code, "detail",
                          people_str(bad->detail)));
}

static void
bads_tell(struct people_run *run)
{
    const struct people_sheet *sheet = run->sheet;
    for (size_t i = 0; i < sheet->row_count; i++) {
        const struct people_row *row = &sheet->rows[i];
        if (row->bad_now.code != NULL) {
            bad_tell(run, "rows", row->line, row->staff_no, row->name, &row->bad_now);
        }
    }
    for (size_t i = 0; i < sheet->part_count; i++) {
        const struct people_part *part = &sheet->parts[i];
        if (part->bad.code != NULL) {
            bad_tell(run, "sections", part->line, part->code, part->name, &part->bad);
        }
    }
}

static int
staff_count(struct people_run *run, int64_t *ret, struct err *err)
{
    struct db_query *q = db_query(run->store, &engaged);
    db_bind_int(q, 1, run->sheet->first_day - 1);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

/* Whether more than a fifth of the COUNT in office leave, or a section vanishes. */
static bool
mass_is(const struct people_run *run, int64_t count)
{
    bool vanishes = false;
    for (size_t i = 0; i < run->sheet->part_count; i++) {
        const struct people_part *part = &run->sheet->parts[i];
        vanishes = vanishes || (part->bad.code == NULL && part->fate > FATE_RENAME);
    }
    return vanishes || (int64_t)run->left * 5 > count;
}

static int
digest_make(json_t *preview, unsigned char ret[32], struct err *err)
{
    json_t *bound = json_copy(preview);
    for (size_t i = 0; i < sizeof unbound / sizeof *unbound; i++) {
        (void)json_object_del(bound, unbound[i]);
    }
    char *text = json_dumps(bound, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(bound);
    if (text == NULL) {
        return ERR(err, "limit.memory", "preview");
    }
    sha256_of(text, strlen(text), ret);
    free(text);
    return 0;
}

static int
run_whole(struct people_run *run, struct people_result *ret, struct err *err)
{
    struct people_look *before = NULL;
    int64_t count = 0;
    if (staff_count(run, &count, err) < 0 || look_take(run, &before, err) < 0 ||
        db_exec(run->store, &point, err) < 0 || attempts(run, err) < 0 ||
        look_tell(run, before, err) < 0) {
        return -1;
    }
    bads_tell(run);
    if ((run->batch == 0 && db_exec(run->store, &back, err) < 0) ||
        db_exec(run->store, &release, err) < 0) {
        return -1;
    }
    ret->mass = mass_is(run, count);
    (void)json_object_set_new(run->out, "mass", json_boolean(ret->mass));
    ret->done = run->done;
    ret->preview = json_incref(run->out);
    return digest_make(run->out, ret->digest, err);
}

int
people_run(struct people_desk *desk, struct arena *arena, struct people_sheet *sheet, bool retro,
           uint64_t batch, struct people_result *ret, struct err *err)
{
    struct people_run run = {.desk = desk,
                             .store = desk->store,
                             .arena = arena,
                             .sheet = sheet,
                             .retro = retro,
                             .today = tokyo_day(time_now_us()),
                             .batch = batch};
    *ret = (struct people_result){0};
    int rc = run_whole(&run, ret, err);
    json_decref(run.out);
    if (rc < 0) {
        json_decref(ret->preview);
        ret->preview = NULL;
    }
    return rc;
}
