/*
 * list: the year's duties as the calendar and the command line show them, and what a person or a
 * control has to know of them. Runs in cored; it only reads.
 *
 * Invariant: how a duty stands is computed from its row, its record and the clock at the moment of
 * asking; a duty nobody said how often, and one nobody answers for, are said, not left out.
 */
#include "core/account/account.h"
#include "core/duty/private.h"
#include "core/json/json.h"
#include "core/store/id.h"

#include <string.h>

enum { LATE_OF_REG };

static const struct store_statement sql[] = {
    /* late: due before $2 and not done; the last column says so of each row that names the register
     */
    [LATE_OF_REG] = {"duty.late_of_reg",
                     "SELECT coalesce(max(CASE WHEN ended = 0 AND due <= $2 THEN 2 ELSE 1 END), 0)"
                     " FROM duty WHERE reg = $1 AND dropped = 0 AND opens <= $2"},
};

struct listing {
    struct duty_desk *desk;
    struct arena *arena;
    const struct duty_ask *ask;
    json_t *duties, *findings;
};

static json_t *
title_json(struct str ja, struct str en)
{
    return json_pack("{soso}", "ja", json_of_text(ja), "en", json_of_text(en));
}

static json_t *
words_json(struct str text)
{
    json_t *list = json_array();
    struct str word;
    while (str_split_next(&text, ' ', &word)) {
        if (word.n > 0) {
            (void)json_array_append_new(list, json_of_text(word));
        }
    }
    return list;
}

/* The row with what its record says by now. */
static int
row_now(struct duty_desk *desk, struct duty_row *row, struct err *err)
{
    enum register_end end = END_NONE;
    int64_t at = 0;
    if (row->record == 0 || row->ended != 0) {
        return 0;
    }
    int rc = register_end_of(desk->registers, desk->store, row->record, &end, &at, err);
    if (rc == 0 && end == END_DONE) {
        row->ended = at;
    }
    return rc < 0 ? -1 : 0;
}

static const char *
row_state(const struct duty_row *row, int64_t now, size_t holders)
{
    if (row->ended != 0) {
        return row->ended < row->due ? "done" : "done_late";
    }
    if (now >= row->due) {
        return "late";
    }
    if (holders == 0) {
        return "nobody";
    }
    return row->record != 0 ? "open" : "planned";
}

static void
finding_add(struct listing *l, const char *code, const struct duty_row *row, json_t *scope)
{
    json_t *finding = json_pack("{ss so so so so}", "code", code, "duty", json_of_text(row->duty),
                                "title", title_json(row->title_ja, row->title_en), "clauses",
                                words_json(row->clauses), "role", json_of_text(row->role));
    if (scope != NULL) {
        (void)json_object_set(finding, "scope", scope);
    }
    (void)json_array_append_new(l->findings, finding);
}

/* Whom it names, and whether ASK's person is among them. */
static int
holders_json(struct listing *l, const uint64_t *holders, size_t count, json_t *names, bool *ret_own,
             struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct account_person person;
        int rc = account_person_get(l->desk->store, l->arena, holders[i], &person, err);
        if (rc == 0) {
            (void)json_array_append_new(names, json_of_text(person.name));
            rc = l->ask->person == 0
                     ? 0
                     : account_same_person(l->desk->store, holders[i], l->ask->person, err);
            *ret_own = *ret_own || rc > 0;
        }
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

static json_t *
row_json(const struct duty_row *row, const char *state, json_t *scope, json_t *names)
{
    char id[ID_CHARS + 1], record[ID_CHARS + 1];
    id_format(row->id, id);
    json_t *json = json_pack("{ss so so so so so ss so so sO sO sI sI ss sb sb sb sb}", "id", id,
                             "key", json_of_text(row->duty), "period", json_of_text(row->period),
                             "topic", json_of_text(row->topic), "clauses", words_json(row->clauses),
                             "register", json_of_text(row->reg), "do",
                             str_equal_z(row->act, "open")      ? "open"
                             : str_equal_z(row->act, "confirm") ? "confirm"
                                                                : "report",
                             "title", title_json(row->title_ja, row->title_en), "role",
                             json_of_text(row->role), "scope", scope, "holders", names, "opens",
                             (json_int_t)row->opens, "due", (json_int_t)row->due, "state", state,
                             "fixed", row->fixed, "planned", row->planned != 0, "provisional",
                             row->provisional, "dropped", row->dropped != 0);
    if (row->record != 0) {
        id_format(row->record, record);
        (void)json_object_set_new(json, "record", json_string(record));
    }
    if (row->ended != 0) {
        (void)json_object_set_new(json, "ended", json_integer(row->ended));
    }
    return json;
}

static json_t *
scope_json(const struct duty_row *row, struct str name)
{
    char id[ID_CHARS + 1];
    id_format(row->scope, id);
    return json_pack("{so ss so}", "kind", json_of_text(row->scope_kind), "id",
                     row->scope != 0 ? id : "", "name", json_of_text(name));
}

static int
row_list(struct listing *l, struct duty_row *row, struct err *err)
{
    struct str name;
    uint64_t *holders = NULL;
    size_t count = 0;
    bool own = l->ask->person == 0;
    if (row_now(l->desk, row, err) < 0 ||
        duty_row_scope_name(l->desk, l->arena, row, &name, err) < 0 ||
        duty_row_holders(l->desk, l->arena, row, l->ask->now_us, &holders, &count, err) < 0) {
        return -1;
    }
    json_t *names = json_array(), *scope = scope_json(row, name);
    const char *state = row_state(row, l->ask->now_us, count);
    bool late = strcmp(state, "late") == 0 || strcmp(state, "done_late") == 0;
    int rc = holders_json(l, holders, count, names, &own, err);
    if (rc == 0 && own && (late || !l->ask->late)) {
        (void)json_array_append_new(l->duties, row_json(row, state, scope, names));
        if (count == 0 && row->ended == 0) {
            finding_add(l, "nobody", row, scope);
        }
        if (row->dropped != 0) {
            finding_add(l, "dropped", row, scope);
        }
    }
    json_decref(names);
    json_decref(scope);
    return rc;
}

/* A kind that has no rows because nobody said how often. */
static void
unset_list(struct listing *l, const struct duty_kind *kind)
{
    json_t *scope =
        json_pack("{ss ss ss}", "kind", duty_each_word(kind->each), "id", "", "name", "");
    json_t *row = json_pack(
        "{ss so ss so so so ss so so sO s[] sI sI ss}", "id", "", "key", json_of_text(kind->id),
        "period", "", "topic", json_of_text(kind->topic), "clauses", words_json(kind->clauses),
        "register", json_of_text(kind->reg), "do", kind->act, "title",
        title_json(kind->title_ja, kind->title_en), "role", json_of_text(kind->role), "scope",
        scope, "holders", "opens", (json_int_t)0, "due", (json_int_t)0, "state", "not_set");
    (void)json_array_append_new(l->duties, row);
    json_decref(scope);
}

/* What the source of a duty lacks, whatever its rows are. */
static int
kinds_list(struct listing *l, struct err *err)
{
    static const char *const each_regs[] = {[EACH_SYSTEM] = "system",
                                            [EACH_ROOM] = "room",
                                            [EACH_CONTRACT] = "contract",
                                            [EACH_RECORD] = NULL};
    struct duty_kinds kinds;
    if (duty_kinds_load(l->desk, l->arena, &kinds, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < kinds.count; i++) {
        const struct duty_kind *kind = &kinds.list[i];
        struct duty_row row = {.duty = kind->id,
                               .title_ja = kind->title_ja,
                               .title_en = kind->title_en,
                               .clauses = kind->clauses,
                               .role = kind->role};
        if (l->ask->role.n > 0 && !str_equal(l->ask->role, kind->role)) {
            continue;
        }
        if (!kind->set) {
            finding_add(l, "not_set", &row, NULL);
            if (!l->ask->late) {
                unset_list(l, kind);
            }
            continue;
        }
        bool missing = kind->reg.n > 0 && register_def_find(l->desk->registers, kind->reg) == NULL;
        if (strcmp(kind->act, "open") == 0 && missing) {
            finding_add(l, "register_missing", &row, NULL);
        }
        const char *reg = kind->each >= EACH_SYSTEM ? each_regs[kind->each] : NULL;
        if (reg != NULL && register_def_find(l->desk->registers, str_of(reg)) == NULL) {
            finding_add(l, "scope_missing", &row, NULL);
        }
    }
    return 0;
}

/* The plan of the year: decided, waiting, refused, or none. */
static int
plan_list(struct listing *l, json_t **ret, struct err *err)
{
    struct duty_year year;
    char id[ID_CHARS + 1];
    if (duty_year_get(l->desk, l->ask->fiscal_year, &year, err) < 0) {
        return -1;
    }
    enum register_end end = END_NONE;
    int64_t at = 0;
    if (year.waits &&
        register_end_of(l->desk->registers, l->desk->store, year.plan, &end, &at, err) < 0) {
        return -1;
    }
    bool waits = year.waits && end == END_NONE;
    bool decided = year.decided != 0 || end == END_DONE;
    id_format(year.plan, id);
    *ret = !year.known
               ? json_null()
               : json_pack("{ss sb sb}", "record", id, "decided", decided, "waiting", waits);
    if (l->findings != NULL && year.known && !decided) {
        (void)json_array_append_new(
            l->findings, json_pack("{ss si ss}", "code", waits ? "plan_waiting" : "plan_refused",
                                   "fy", l->ask->fiscal_year, "record", id));
    }
    return 0;
}

static int
rows_list(struct listing *l, struct err *err)
{
    struct duty_rows rows;
    if (duty_rows_load(l->desk, l->arena, DUTY_OF_YEAR, l->ask->fiscal_year, DUTY_ROWS_MOST, &rows,
                       err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct duty_row *row = &rows.list[i];
        bool asked = l->ask->role.n == 0 || str_equal(l->ask->role, row->role);
        if (asked && row_list(l, row, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
duty_list(struct duty_desk *desk, struct arena *arena, const struct duty_ask *ask, json_t **ret,
          struct err *err)
{
    struct listing l = {
        .desk = desk, .arena = arena, .ask = ask, .duties = json_array(), .findings = json_array()};
    json_t *plan = NULL;
    int rc = rows_list(&l, err);
    if (rc == 0 && ask->person == 0) {
        rc = kinds_list(&l, err);
    }
    if (rc == 0) {
        rc = plan_list(&l, &plan, err);
    }
    if (rc == 0) {
        if (ask->person != 0) {
            (void)json_array_clear(l.findings);
        }
        *ret = json_pack("{si sO sO sO}", "fy", ask->fiscal_year, "plan", plan, "duties", l.duties,
                         "findings", l.findings);
    }
    json_decref(plan);
    json_decref(l.duties);
    json_decref(l.findings);
    return rc;
}

/* The record is its owner's to begin with: other holders of the role do not see a draft of hers. */
static int
item_own(struct duty_desk *desk, const struct duty_row *row, uint64_t person, struct err *err)
{
    uint64_t section = 0, owner = 0;
    int rc = register_whose(desk->store, row->record, &section, &owner, err);
    return rc != 0 ? (rc < 0 ? -1 : 0) : account_same_person(desk->store, owner, person, err);
}

/* True while RECORD waits for somebody to begin: it runs, in a register of its own, without step.
 */
static int
item_begins(struct duty_desk *desk, struct arena *arena, const struct duty_row *row,
            struct err *err)
{
    struct register_waiting waiting;
    enum register_end end = END_NONE;
    int64_t at = 0;
    int rc = register_end_of(desk->registers, desk->store, row->record, &end, &at, err);
    if (rc != 0 || end != END_NONE) {
        return rc < 0 ? -1 : 0;
    }
    rc = register_waiting(desk->registers, desk->store, arena, row->record, &waiting, err);
    return rc < 0 ? -1 : rc > 0;
}

int
duty_items(struct duty_desk *desk, struct arena *arena, uint64_t person, int64_t now_us,
           size_t limit, struct duty_items *ret, struct err *err)
{
    struct duty_rows rows;
    *ret = (struct duty_items){arena_array(arena, limit, sizeof *ret->list), 0};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "duties");
    }
    if (duty_rows_load(desk, arena, DUTY_STARTED, now_us, DUTY_WATCHED_MOST, &rows, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count && ret->count < limit; i++) {
        const struct duty_row *row = &rows.list[i];
        int own = item_own(desk, row, person, err);
        int begins = own > 0 ? item_begins(desk, arena, row, err) : own;
        if (begins < 0) {
            return -1;
        }
        if (begins > 0) {
            struct str rest = row->clauses, clause = {0};
            (void)str_split_next(&rest, ' ', &clause);
            ret->list[ret->count++] = (struct duty_item){.record = row->record,
                                                         .title_ja = row->title_ja,
                                                         .title_en = row->title_en,
                                                         .clause = clause,
                                                         .reg = row->reg,
                                                         .since = row->opened,
                                                         .due = row->due};
        }
    }
    return 0;
}

int
duty_standing(struct duty_desk *desk, struct str reg, int64_t now_us, struct err *err)
{
    int64_t standing = 0;
    struct db_query *q = db_query(desk->store, &sql[LATE_OF_REG]);
    db_bind_text(q, 1, reg);
    db_bind_int(q, 2, now_us);
    return db_one_int(q, &standing, err) < 0 ? -1 : (int)standing;
}
