/*
 * open: on its day a duty becomes a record, and the record's end becomes the duty's. Runs in cored,
 * inside a unit, every minute.
 *
 * Invariants: a row gets its record in the unit that opens it, once. What has no register of its
 * own yet, or one that cannot be opened with nothing in it, opens in the register `duty`, with the
 * route of the role, so nothing waits for a file that is missing. A record that was refused or
 * given up leaves the duty undone: another is opened.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/duty/private.h"
#include "core/json/json.h"
#include "core/store/id.h"

enum { ROW_OPENED, ROW_ENDED, ROW_UNDONE, LAST_YEAR, ROW_TOLD, YEARS_BACK = 5, NEAR_DAYS = 14 };

static const struct store_statement sql[] = {
    [ROW_OPENED] = {"duty.opened",
                    "UPDATE duty SET record = $2, opened = $3 WHERE id = $1 AND record = 0"},
    [ROW_ENDED] = {"duty.ended", "UPDATE duty SET ended = $2 WHERE id = $1"},
    [ROW_UNDONE] = {"duty.undone", "UPDATE duty SET record = 0, opened = 0 WHERE id = $1"},
    [ROW_TOLD] = {"duty.told", "UPDATE duty SET told = $2 WHERE id = $1"},
    [LAST_YEAR] = {"duty.last_year", "SELECT coalesce(max(fy), 0) FROM duty"},
};

struct opening {
    struct duty_desk *desk;
    struct arena *arena;
    const struct duty_row *row;
    int64_t now;
    struct register_outcome outcome;
};

static bool
has_field(const struct register_def *def, const char *key, enum register_type type)
{
    const struct register_field *field = register_field_find(def, str_of(key));
    return field != NULL && field->type == type;
}

/* What a register that is opened gets to know, where it has a field for it. */
static json_t *
fields_of(const struct register_def *def, const struct duty_row *row)
{
    char until[DATE_CHARS + 1];
    json_t *fields = json_object();
    date_format(tokyo_day(row->due - 1), until);
    if (has_field(def, "title", VALUE_TEXT)) {
        (void)json_object_set_new(fields, "title", json_of_text(row->title_ja));
    }
    if (has_field(def, "fy", VALUE_NUMBER)) {
        (void)json_object_set_new(fields, "fy", json_integer(row->fy));
    }
    if (has_field(def, "year", VALUE_NUMBER)) {
        (void)json_object_set_new(fields, "year", json_integer(row->fy));
    }
    if (has_field(def, "until", VALUE_DATE)) {
        (void)json_object_set_new(fields, "until", json_string(until));
    }
    return fields;
}

/* The first who holds the role, and her section where the duty has none. */
static int
owner_of(struct opening *o, uint64_t *ret_owner, uint64_t *ret_section, struct err *err)
{
    uint64_t *holders = NULL;
    size_t count = 0;
    struct duty_desk *desk = o->desk;
    *ret_owner = 0;
    if (duty_row_section(desk, o->row, ret_section, err) < 0 ||
        duty_row_holders(desk, o->arena, o->row, o->now, &holders, &count, err) < 0) {
        return -1;
    }
    if (count == 0) {
        return 0;
    }
    *ret_owner = holders[0];
    return *ret_section == 0 &&
                   account_section_of(desk->store, holders[0], o->now, ret_section, err) < 0
               ? -1
               : 0;
}

/* Opens a record of the register the duty names. 1 when that cannot be: nobody to own it, no such
 * register, or it wants more than is known. */
static int
open_named(struct opening *o, struct err *err)
{
    struct duty_desk *desk = o->desk;
    const struct register_def *def = register_def_find(desk->registers, o->row->reg);
    struct register_call call = {.reg = o->row->reg, .move = STR("open")};
    struct register_caller system = {.system = true};
    struct err no = {0};
    if (!str_equal_z(o->row->act, "open") || def == NULL || def->shape ||
        str_equal_z(def->states[0].route, "given")) {
        return 1;
    }
    if (owner_of(o, &call.owner, &call.section, err) < 0) {
        return -1;
    }
    if (call.owner == 0) {
        return 1;
    }
    call.fields = fields_of(def, o->row);
    call.due_us = o->row->due;
    int rc = register_may(desk->registers, desk->store, o->arena, &system, &call, &no) < 0 ? 1 : 0;
    if (rc == 0) {
        rc = register_act(desk->registers, desk->store, o->arena, &system, &call, &o->outcome, err);
    }
    json_decref(call.fields);
    return rc;
}

/* Opens a record of the register `duty`, which asks the role itself. */
static int
open_small(struct opening *o, struct err *err)
{
    const struct duty_row *row = o->row;
    struct duty_desk *desk = o->desk;
    struct register_caller system = {.system = true};
    struct str scope;
    char until[DATE_CHARS + 1];
    struct register_call call = {.reg = STR("duty"), .move = STR("open"), .route = row->role};
    if (duty_row_section(desk, row, &call.section, err) < 0 ||
        duty_row_scope_name(desk, o->arena, row, &scope, err) < 0) {
        return -1;
    }
    date_format(tokyo_day(row->due - 1), until);
    call.due_us = row->due;
    call.fields = json_pack("{so so so so ss}", "title", json_of_text(row->title_ja), "duty",
                            json_of_text(row->duty), "role", json_of_text(row->role), "period",
                            json_of_text(row->period), "until", until);
    if (scope.n > 0) {
        (void)json_object_set_new(call.fields, "scope", json_of_text(scope));
    }
    if (row->clauses.n > 0) {
        (void)json_object_set_new(call.fields, "basis", json_of_text(row->clauses));
    }
    int rc = register_act(desk->registers, desk->store, o->arena, &system, &call, &o->outcome, err);
    json_decref(call.fields);
    return rc;
}

static int
row_open(struct opening *o, struct err *err)
{
    int rc = open_named(o, err);
    if (rc > 0) {
        rc = open_small(o, err);
    }
    if (rc < 0) {
        return -1;
    }
    struct db_query *q = db_query(o->desk->store, &sql[ROW_OPENED]);
    db_bind_int(q, 1, (int64_t)o->row->id);
    db_bind_int(q, 2, (int64_t)o->outcome.record);
    db_bind_int(q, 3, o->now);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
duty_open(struct duty_desk *desk, struct arena *arena, int64_t now_us, struct duty_changes *ret,
          struct err *err)
{
    struct duty_rows rows;
    if (duty_rows_load(desk, arena, DUTY_TO_OPEN, now_us, DUTY_OPENED_MOST, &rows, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct opening opening = {
            .desk = desk, .arena = arena, .row = &rows.list[i], .now = now_us};
        if (row_open(&opening, err) < 0) {
            return -1;
        }
        ret->opened++;
    }
    return 0;
}

static int
row_watch(struct duty_desk *desk, const struct duty_row *row, struct duty_changes *ret,
          struct err *err)
{
    enum register_end end = END_NONE;
    int64_t at = 0;
    int rc = register_end_of(desk->registers, desk->store, row->record, &end, &at, err);
    if (rc != 0 || end == END_NONE) {
        return rc < 0 ? -1 : 0; /* unknown: its definition is gone, the duty stays open */
    }
    struct db_query *q = db_query(desk->store, &sql[end == END_DONE ? ROW_ENDED : ROW_UNDONE]);
    db_bind_int(q, 1, (int64_t)row->id);
    if (end == END_DONE) {
        db_bind_int(q, 2, at);
        ret->ended++;
    }
    return db_run(q, err) < 0 ? -1 : 0;
}

int
duty_watch(struct duty_desk *desk, struct arena *arena, struct duty_changes *ret, struct err *err)
{
    struct duty_rows rows;
    if (duty_rows_load(desk, arena, DUTY_RUNNING, (int64_t)desk->cursor, DUTY_WATCHED_MOST, &rows,
                       err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        if (row_watch(desk, &rows.list[i], ret, err) < 0) {
            return -1;
        }
    }
    desk->cursor = rows.count == DUTY_WATCHED_MOST ? rows.list[rows.count - 1].id : 0;
    return 0;
}

static int
tell_all(struct opening *o, const char *role, const char *kind, struct err *err)
{
    struct duty_row asked = *o->row;
    uint64_t *holders = NULL;
    size_t count = 0;
    if (role != NULL) {
        asked.role = str_of(role);
        asked.scope_kind = STR("body");
    }
    if (duty_row_holders(o->desk, o->arena, &asked, o->now, &holders, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (register_remind(o->desk->store, holders[i], kind, o->row->record, o->now, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* One open day before the last one. */
static int
row_remind(struct opening *o, struct err *err)
{
    struct calendar_span day = {1, SPAN_BD};
    struct calendar_date near;
    bool late = o->now >= o->row->due;
    if (calendar_before(o->desk->calendar, o->row->due, day, &near, err) < 0) {
        return -1;
    }
    if (!late && (o->row->told > 0 || o->now < near.at_us)) {
        return 0;
    }
    if (tell_all(o, NULL, late ? "late" : "due", err) < 0 ||
        (late && !str_equal_z(o->row->role, "chief") && tell_all(o, "chief", "late", err) < 0)) {
        return -1;
    }
    struct db_query *q = db_query(o->desk->store, &sql[ROW_TOLD]);
    db_bind_int(q, 1, (int64_t)o->row->id);
    db_bind_int(q, 2, late ? 2 : 1);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
duty_remind(struct duty_desk *desk, struct arena *arena, int64_t now_us, struct err *err)
{
    struct duty_rows rows;
    if (duty_rows_load(desk, arena, DUTY_TO_TELL, now_us + NEAR_DAYS * TIME_US_DAY,
                       DUTY_WATCHED_MOST, &rows, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct opening opening = {
            .desk = desk, .arena = arena, .row = &rows.list[i], .now = now_us};
        if (row_remind(&opening, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The rows of a year; its plan, unless it is over. */
static int
year_make(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
          struct duty_changes *ret, struct err *err)
{
    struct duty_year year;
    uint64_t plan = 0;
    bool over = fiscal_year < calendar_fiscal_year(tokyo_day(now_us));
    if (duty_make(desk, arena, fiscal_year, now_us, ret, err) < 0 ||
        duty_year_get(desk, fiscal_year, &year, err) < 0) {
        return -1;
    }
    return over || year.known
               ? 0
               : (duty_plan(desk, arena, fiscal_year, now_us, &plan, err) < 0 ? -1 : 0);
}

/* This year and, from 1 March on, the coming one; before them what was slept through. */
static int
years_make(struct duty_desk *desk, struct arena *arena, int64_t now_us, struct duty_changes *ret,
           struct err *err)
{
    int64_t today = tokyo_day(now_us), known = 0;
    int fy = calendar_fiscal_year(today);
    int last = civil_of_day(today).month == 3 ? fy + 1 : fy;
    if (db_one_int(db_query(desk->store, &sql[LAST_YEAR]), &known, err) < 0) {
        return -1;
    }
    int first = known >= fy - YEARS_BACK && known < fy ? (int)known + 1 : fy;
    for (int at = first; at <= last; at++) {
        if (year_make(desk, arena, at, now_us, ret, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
duty_tick(struct duty_desk *desk, struct arena *arena, int64_t now_us, bool make,
          struct duty_changes *ret, struct err *err)
{
    *ret = (struct duty_changes){0};
    if (duty_plans_watch(desk, err) < 0 || duty_watch(desk, arena, ret, err) < 0 ||
        (make && years_make(desk, arena, now_us, ret, err) < 0)) {
        return -1;
    }
    return duty_open(desk, arena, now_us, ret, err) < 0 ? -1
                                                        : duty_remind(desk, arena, now_us, err);
}
