/*
 * year: the rows of a fiscal year, as policy, registers and sections order them now, beside those
 * that stand. Runs in cored, inside a unit.
 *
 * Invariants: what is wanted is computed anew each time and compared, so a second run writes
 * nothing; a row whose record was opened keeps its days (but a provisional due day may still move);
 * no row is deleted. A duty is not ordered for times before it was first ordered here: a period
 * that had ended by then is no duty, and a fixed one whose due day had passed is due at the end of
 * the year.
 */
#include "base/os/time.h"
#include "core/account/places.h"
#include "core/duty/private.h"
#include "core/store/id.h"

#include <stdlib.h>

enum {
    KNOWN_ADD,
    KNOWN_GET,
    ROW_ADD,
    ROW_SET,
    ROW_DUE,
    ROW_DROP,
    SCOPES_MOST = REGISTER_RECORDS_MOST
};

static const struct store_statement sql[] = {
    [KNOWN_ADD] = {"duty.known_add", "INSERT INTO duty_known(duty, since) VALUES ($1, $2)"
                                     " ON CONFLICT DO NOTHING"},
    [KNOWN_GET] = {"duty.known_get", "SELECT since FROM duty_known WHERE duty = $1"},
    [ROW_ADD] = {"duty.add",
                 "INSERT INTO duty(id, fy, duty, scope_kind, scope, period, reg, act, role,"
                 " title_ja, title_en, topic, clauses, fixed, opens, due, provisional, made) VALUES"
                 " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
                 " $18)"},
    [ROW_SET] = {"duty.set", "UPDATE duty SET reg = $2, act = $3, role = $4, title_ja = $5,"
                             " title_en = $6, topic = $7, clauses = $8, fixed = $9, opens = $10,"
                             " due = $11, provisional = $12, dropped = 0 WHERE id = $1"},
    [ROW_DUE] = {"duty.due",
                 "UPDATE duty SET due = $2, provisional = $3, dropped = 0 WHERE id = $1"},
    [ROW_DROP] = {"duty.drop", "UPDATE duty SET dropped = $2 WHERE id = $1"},
};

struct scope {
    const char *kind;
    uint64_t id;
};

struct year {
    struct duty_desk *desk;
    struct arena *arena;
    int fy;
    int64_t first, last, now; /* days of the year; now: an instant */
    struct duty_rows want;
    struct scope *scopes;
    size_t scope_count;
    const struct duty_kind *kind;
    int64_t since;
};

/* ---- what is wanted ---- */

static int
since_of(struct year *year, struct err *err)
{
    struct db_query *q = db_query(year->desk->store, &sql[KNOWN_GET]);
    db_bind_text(q, 1, year->kind->id);
    int rc = db_one_int(q, &year->since, err);
    if (rc <= 0) {
        return rc;
    }
    year->since = year->now;
    q = db_query(year->desk->store, &sql[KNOWN_ADD]);
    db_bind_text(q, 1, year->kind->id);
    db_bind_int(q, 2, year->now);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
scopes_of_records(struct year *year, struct str reg, struct err *err)
{
    struct register_ids ids;
    struct duty_desk *desk = year->desk;
    if (register_def_find(desk->registers, reg) == NULL) {
        year->scopes[year->scope_count++] = (struct scope){"body", 0};
        return 0;
    }
    if (register_records(desk->registers, desk->store, year->arena, reg, END_NONE, &ids, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ids.count; i++) {
        year->scopes[year->scope_count++] = (struct scope){"record", ids.list[i]};
    }
    return 0;
}

/* What the kind is done for, one by one. A register that is not there yet leaves the body. */
static int
scopes_find(struct year *year, struct err *err)
{
    const struct duty_kind *kind = year->kind;
    year->scope_count = 0;
    switch (kind->each) {
    case EACH_SYSTEM:
        return scopes_of_records(year, STR("system"), err);
    case EACH_ROOM:
        return scopes_of_records(year, STR("room"), err);
    case EACH_CONTRACT:
        return scopes_of_records(year, STR("contract"), err);
    case EACH_RECORD:
        return scopes_of_records(year, kind->reg, err);
    case EACH_SECTION: {
        struct account_ids places;
        /* of the coming year: the sections of its first day, as far as they are known */
        int64_t begin = tokyo_day_start(year->first);
        int64_t at = year->now > begin ? year->now : begin;
        if (account_role_places(year->desk->store, year->arena, kind->role, at, &places, err) < 0) {
            return -1;
        }
        for (size_t i = 0; i < places.count && i < SCOPES_MOST; i++) {
            year->scopes[year->scope_count++] = (struct scope){"section", (uint64_t)places.list[i]};
        }
        return 0;
    }
    case EACH_BODY:
        break;
    }
    year->scopes[year->scope_count++] = (struct scope){"body", 0};
    return 0;
}

/* One period of the kind: its days, and the last day it is due by unless a span is said. */
struct period {
    int64_t opens, last;
    struct str name;
};

static int
due_of(const struct year *year, const struct period *period, struct calendar_date *ret,
       struct err *err)
{
    const struct calendar *calendar = year->desk->calendar;
    const struct duty_due *due = &year->kind->due;
    if (due->days > 0) {
        struct calendar_span span = {due->days, due->open_days ? SPAN_BD : SPAN_D};
        return calendar_due(calendar, tokyo_day_start(period->opens), span, ROLL_NEXT, ret, err);
    }
    int64_t last =
        due->months > 0 ? calendar_months_later(year->first, due->months) - 1 : period->last;
    struct calendar_span none = {0, SPAN_D};
    return calendar_due(calendar, tokyo_day_start(last), none, ROLL_PREVIOUS, ret, err);
}

/* False: it had passed before the duty was first ordered here. */
static int
due_since(const struct year *year, const struct period *period, struct calendar_date *ret,
          bool *ret_ordered, struct err *err)
{
    if (due_of(year, period, ret, err) < 0) {
        return -1;
    }
    *ret_ordered = ret->at_us > year->since;
    if (*ret_ordered || !year->kind->fixed) {
        return 0;
    }
    struct calendar_span none = {0, SPAN_D};
    if (calendar_due(year->desk->calendar, tokyo_day_start(year->last), none, ROLL_PREVIOUS, ret,
                     err) < 0) {
        return -1;
    }
    *ret_ordered = ret->at_us > year->since;
    return 0;
}

static int
period_want(struct year *year, const struct period *period, struct err *err)
{
    const struct duty_kind *kind = year->kind;
    struct calendar_date due;
    bool ordered = false;
    if (due_since(year, period, &due, &ordered, err) < 0) {
        return -1;
    }
    for (size_t i = 0; ordered && i < year->scope_count; i++) {
        if (year->want.count == DUTY_ROWS_MOST) {
            return ERR(err, "duty.most", "%d", DUTY_ROWS_MOST);
        }
        year->want.list[year->want.count++] =
            (struct duty_row){.fy = year->fy,
                              .duty = kind->id,
                              .scope_kind = str_of(year->scopes[i].kind),
                              .scope = year->scopes[i].id,
                              .period = period->name,
                              .reg = kind->reg,
                              .act = str_of(kind->act),
                              .role = kind->role,
                              .title_ja = kind->title_ja,
                              .title_en = kind->title_en,
                              .topic = kind->topic,
                              .clauses = kind->clauses,
                              .fixed = kind->fixed,
                              .provisional = due.provisional,
                              .opens = tokyo_day_start(period->opens),
                              .due = due.at_us};
    }
    return 0;
}

static int
periods_want(struct year *year, struct err *err)
{
    const struct duty_kind *kind = year->kind;
    if (kind->yearly) {
        struct period whole = {calendar_months_later(year->first, kind->opens), year->last,
                               str_of(arena_printf(year->arena, "%d", year->fy))};
        return period_want(year, &whole, err);
    }
    int64_t day = year->first;
    for (unsigned i = 1; day <= year->last; i++) {
        int64_t next = kind->months > 0
                           ? calendar_months_later(year->first, (int64_t)i * kind->months)
                           : day + kind->days;
        char name[DATE_CHARS + 1];
        date_format(day, name);
        struct period period = {day, next <= year->last ? next - 1 : year->last,
                                str_dup(year->arena, str_of(name))};
        if (period_want(year, &period, err) < 0) {
            return -1;
        }
        day = next;
    }
    return arena_check(year->arena, err);
}

static int
year_want(struct year *year, struct err *err)
{
    struct duty_kinds kinds;
    if (duty_kinds_load(year->desk, year->arena, &kinds, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < kinds.count; i++) {
        year->kind = &kinds.list[i];
        if (since_of(year, err) < 0) {
            return -1;
        }
        if (year->kind->set && (scopes_find(year, err) < 0 || periods_want(year, err) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* ---- what stands ---- */

static int
row_compare(const void *a, const void *b)
{
    const struct duty_row *x = a, *y = b;
    int rc = str_compare(x->duty, y->duty);
    rc = rc != 0 ? rc : str_compare(x->period, y->period);
    rc = rc != 0 ? rc : str_compare(x->scope_kind, y->scope_kind);
    return rc != 0 ? rc : (x->scope > y->scope) - (x->scope < y->scope);
}

static int
row_add(struct year *year, const struct duty_row *row, struct err *err)
{
    struct db_query *q = db_query(year->desk->store, &sql[ROW_ADD]);
    db_bind_int(q, 1, (int64_t)id_new());
    db_bind_int(q, 2, row->fy);
    db_bind_text(q, 3, row->duty);
    db_bind_text(q, 4, row->scope_kind);
    db_bind_int(q, 5, (int64_t)row->scope);
    db_bind_text(q, 6, row->period);
    db_bind_text(q, 7, row->reg);
    db_bind_text(q, 8, row->act);
    db_bind_text(q, 9, row->role);
    db_bind_text(q, 10, row->title_ja);
    db_bind_text(q, 11, row->title_en);
    db_bind_text(q, 12, row->topic);
    db_bind_text(q, 13, row->clauses);
    db_bind_int(q, 14, row->fixed);
    db_bind_int(q, 15, row->opens);
    db_bind_int(q, 16, row->due);
    db_bind_int(q, 17, row->provisional);
    db_bind_int(q, 18, year->now);
    return db_run(q, err) < 0 ? -1 : 0;
}

static bool
row_same(const struct duty_row *a, const struct duty_row *b)
{
    return a->opens == b->opens && a->due == b->due && a->provisional == b->provisional &&
           a->fixed == b->fixed && str_equal(a->reg, b->reg) && str_equal(a->act, b->act) &&
           str_equal(a->role, b->role) && str_equal(a->title_ja, b->title_ja) &&
           str_equal(a->title_en, b->title_en) && str_equal(a->topic, b->topic) &&
           str_equal(a->clauses, b->clauses);
}

/* HAVE was ordered before and is ordered still. 1 when something was written. */
static int
row_keep(struct year *year, const struct duty_row *have, const struct duty_row *want,
         struct err *err)
{
    struct db_query *q = NULL;
    if (have->record == 0 && have->ended == 0) {
        if (row_same(have, want) && have->dropped == 0) {
            return 0;
        }
        q = db_query(year->desk->store, &sql[ROW_SET]);
        db_bind_text(q, 2, want->reg);
        db_bind_text(q, 3, want->act);
        db_bind_text(q, 4, want->role);
        db_bind_text(q, 5, want->title_ja);
        db_bind_text(q, 6, want->title_en);
        db_bind_text(q, 7, want->topic);
        db_bind_text(q, 8, want->clauses);
        db_bind_int(q, 9, want->fixed);
        db_bind_int(q, 10, want->opens);
        db_bind_int(q, 11, want->due);
        db_bind_int(q, 12, want->provisional);
    } else {
        bool moves = have->provisional && have->ended == 0;
        if (have->dropped == 0 &&
            (!moves || (have->due == want->due && have->provisional == want->provisional))) {
            return 0;
        }
        q = db_query(year->desk->store, &sql[ROW_DUE]);
        db_bind_int(q, 2, moves ? want->due : have->due);
        db_bind_int(q, 3, moves ? want->provisional : have->provisional);
    }
    db_bind_int(q, 1, (int64_t)have->id);
    return db_run(q, err) < 0 ? -1 : 1;
}

/* Nothing orders HAVE any more: it stays, marked, unless it was done. 1 when it was marked now. */
static int
row_drop(struct year *year, const struct duty_row *have, struct err *err)
{
    if (have->dropped != 0 || have->ended != 0) {
        return 0;
    }
    struct db_query *q = db_query(year->desk->store, &sql[ROW_DROP]);
    db_bind_int(q, 1, (int64_t)have->id);
    db_bind_int(q, 2, year->now);
    return db_run(q, err) < 0 ? -1 : 1;
}

/* Walks both lists, which are sorted alike. */
static int
year_merge(struct year *year, struct duty_rows *have, struct duty_changes *ret, struct err *err)
{
    size_t h = 0, w = 0;
    while (h < have->count || w < year->want.count) {
        int side = h == have->count        ? 1
                   : w == year->want.count ? -1
                                           : row_compare(&have->list[h], &year->want.list[w]);
        int rc = 0;
        if (side > 0) {
            rc = row_add(year, &year->want.list[w++], err);
            ret->added += rc == 0;
        } else if (side < 0) {
            rc = row_drop(year, &have->list[h++], err);
            ret->dropped += rc > 0;
        } else {
            rc = row_keep(year, &have->list[h++], &year->want.list[w++], err);
            ret->changed += rc > 0;
        }
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

int
duty_make(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
          struct duty_changes *ret, struct err *err)
{
    struct year year = {.desk = desk,
                        .arena = arena,
                        .fy = fiscal_year,
                        .first = calendar_fiscal_first(fiscal_year),
                        .last = calendar_fiscal_last(fiscal_year),
                        .now = now_us};
    struct duty_rows have;
    year.want.list = arena_array(arena, DUTY_ROWS_MOST, sizeof *year.want.list);
    year.scopes = arena_array(arena, SCOPES_MOST + 1, sizeof *year.scopes);
    if (year.want.list == NULL || year.scopes == NULL) {
        return ERR(err, "limit.memory", "duties");
    }
    if (year_want(&year, err) < 0 ||
        duty_rows_load(desk, arena, DUTY_OF_YEAR, fiscal_year, DUTY_ROWS_MOST, &have, err) < 0) {
        return -1;
    }
    qsort(year.want.list, year.want.count, sizeof *year.want.list, row_compare);
    qsort(have.list, have.count, sizeof *have.list, row_compare);
    return year_merge(&year, &have, ret, err);
}
