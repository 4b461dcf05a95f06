/*
 * timer: timers of states and clocks of records. Runs in cored, inside the unit of the act that
 * sets them.
 *
 * A timer is one row (record, name, kind); name is empty for the state's own, "/step" for the open
 * step's. It fires once; only
 * what says `again` comes again. Invariants: leaving a state takes its timers along; a clock that
 * was started keeps its start, and runs on from there when it is started anew: clocks never pause.
 */
#include "core/register/timer.h"

#include "base/os/time.h"
#include "core/register/effect.h"
#include "core/register/report.h"

enum { DROP, STEP_DROP, SET, CLOSE, DUE, FIRED, AGAIN, CLOCK, CLOCK_SET, CLOCKS, TIMED, KEYS };

static const struct store_statement sql[] = {
    [DROP] = {"timer.drop", "DELETE FROM timer WHERE record = $1 AND name = ''"},
    [STEP_DROP] = {"timer.step_drop", "DELETE FROM timer WHERE record = $1 AND name = '/step'"},
    [SET] = {"timer.set",
             "INSERT INTO timer(record, name, kind, at, live, fired) VALUES ($1, $2, $3, $4, 1, 0)"
             " ON CONFLICT(record, name, kind) DO UPDATE SET at = excluded.at, live = 1"
             " WHERE timer.fired = 0"},
    [CLOSE] = {"timer.close", "UPDATE timer SET live = 0 WHERE record = $1 AND name = $2"
                              " AND at > $3"},
    [DUE] = {"timer.due", "SELECT record, name, kind, at FROM timer WHERE live = 1 AND at <= $1"
                          " ORDER BY at, record LIMIT $2"},
    [FIRED] = {"timer.fired", "UPDATE timer SET live = 0, fired = fired + 1 WHERE record = $1"
                              " AND name = $2 AND kind = $3"},
    [AGAIN] = {"timer.again", "UPDATE timer SET at = $4, fired = fired + 1 WHERE record = $1"
                              " AND name = $2 AND kind = $3"},
    [CLOCK] = {"timer.clock",
               "SELECT started, stopped FROM stopwatch WHERE record = $1 AND name = $2"},
    [CLOCK_SET] = {"timer.clock_set",
                   "INSERT INTO stopwatch(record, name, started, stopped, warn, late)"
                   " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT(record, name) DO UPDATE SET"
                   " started = $3, stopped = $4, warn = $5, late = $6"},
    [CLOCKS] = {"timer.clocks",
                "SELECT name, started, stopped, warn, late FROM stopwatch WHERE record = $1"},
    [TIMED] = {"timer.timed", "UPDATE record SET timed = 1 WHERE id = $1 AND timed = 0"},
    [KEYS] = {"timer.keys", "SELECT effect, opened, until, closed FROM record_key"
                            " WHERE record = $1 ORDER BY opened, effect"},
};

/* ---- times ---- */

/* The day in VALUE: a date, or the first or last day of a period. */
static bool
field_day(json_t *value, bool first, int64_t *ret)
{
    if (json_is_object(value)) {
        value = json_object_get(value, first ? "from" : "until");
    }
    if (json_is_integer(value)) { /* a time */
        *ret = tokyo_day(json_integer_value(value));
        return true;
    }
    const char *text = json_string_value(value);
    return text != NULL && date_parse(str_slice(str_of(text), 0, 10), ret);
}

static int
span_end(const struct register_set *set, int64_t start_us, struct calendar_span span,
         enum calendar_roll roll, int64_t *ret, struct err *err)
{
    struct calendar_date end;
    if (calendar_due(set->calendar, start_us, span, roll, &end, err) < 0) {
        return -1;
    }
    *ret = end.at_us;
    return 0;
}

int
state_until(const struct register_set *set, const struct record *record,
            const struct register_state *state, int64_t entered_us, int64_t *ret_us,
            struct err *err)
{
    const struct register_until *until = &state->until;
    int64_t day = 0, start = until->of == UNTIL_CREATED ? record->created : entered_us;
    if (until->of == UNTIL_NONE) {
        return 1;
    }
    if (until->of == UNTIL_FIELD) {
        json_t *value = json_object_getn(record->fields, until->field.p, until->field.n);
        if (!field_day(value, until->first, &day)) {
            return 1;
        }
        if (json_is_integer(value)) {
            start = json_integer_value(value);
            *ret_us = start;
            if (until->span.count == 0) {
                return 0;
            }
        }
        if (until->span.count == 0) {
            *ret_us = tokyo_day_start(day + 1);
            return 0;
        }
        if (until->minus) { /* by whole days only: life_rules.c */
            *ret_us = tokyo_day_start(day + 1 - until->span.count);
            return 0;
        }
        start = json_is_integer(value) ? start : tokyo_day_start(day);
    } else if (until->span.unit == SPAN_D) { /* so many times 24 hours, as conditions reckon */
        *ret_us = start + until->span.count * TIME_US_DAY;
        return 0;
    }
    return span_end(set, start, until->span, ROLL_NONE, ret_us, err);
}

int
state_late(const struct register_set *set, const struct register_state *state, int64_t entered_us,
           int64_t *ret_us, struct err *err)
{
    return state->late.span.count == 0
               ? 1
               : span_end(set, entered_us, state->late.span, ROLL_NEXT, ret_us, err);
}

/* ---- setting ---- */

struct setting {
    struct register_set *set;
    struct store *store;
    const struct record *record;
    int64_t now;
};

static int
timer_put(const struct setting *s, struct str name, const char *kind, int64_t at, struct err *err)
{
    struct db_query *q = db_query(s->store, &sql[SET]);
    db_bind_int(q, 1, (int64_t)s->record->id);
    db_bind_text(q, 2, name.p != NULL ? name : STR(""));
    db_bind_z(q, 3, kind);
    db_bind_int(q, 4, at);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
state_timers(const struct setting *s, const struct register_state *state, int64_t entered,
             struct err *err)
{
    int64_t until = 0, late = 0;
    struct calendar_date warn;
    int rc = state_until(s->set, s->record, state, entered, &until, err);
    if (rc < 0 || (rc == 0 && timer_put(s, (struct str){0}, "until", until, err) < 0)) {
        return -1;
    }
    if (rc == 0 && state->warn.span.count > 0 &&
        (calendar_before(s->set->calendar, until, state->warn.span, &warn, err) < 0 ||
         timer_put(s, (struct str){0}, "warn", warn.at_us, err) < 0)) {
        return -1;
    }
    rc = state_late(s->set, state, entered, &late, err);
    return rc == 0 ? timer_put(s, (struct str){0}, "late", late, err) : rc < 0 ? -1 : 0;
}

/* ---- clocks ---- */

/* What the act at hand is to a clock. */
struct happening {
    struct str move; /* empty: none was made */
    struct step_ask ask;
};

/* 1 with *RET_US when SIGNAL is given now. */
static bool
signal_given(const struct setting *s, const struct happening *what,
             const struct register_signal *signal, int64_t *ret_us)
{
    int64_t day = 0;
    *ret_us = s->now;
    if (signal->move.n > 0) {
        return str_equal(signal->move, what->move);
    }
    if (signal->when != NULL) {
        return route_holds(&what->ask, signal->when, false);
    }
    json_t *value = json_object_getn(s->record->fields, signal->field.p, signal->field.n);
    if (json_is_integer(value)) { /* a time */
        *ret_us = json_integer_value(value);
        return true;
    }
    if (!field_day(value, true, &day)) {
        return false;
    }
    *ret_us = tokyo_day_start(day);
    return true;
}

struct running {
    int64_t started, stopped, warn, late;
};

static int
clock_get(const struct setting *s, struct str name, struct running *ret, struct err *err)
{
    struct db_query *q = db_query(s->store, &sql[CLOCK]);
    db_bind_int(q, 1, (int64_t)s->record->id);
    db_bind_text(q, 2, name);
    int rc = db_step(q, err);
    *ret = (struct running){0};
    if (rc > 0) {
        ret->started = db_int(q, 0);
        ret->stopped = db_int(q, 1);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

/* Start, warning and deadline; with `first_day` the day of the start is counted. */
static int
clock_times(const struct setting *s, const struct register_clockwork *clock,
            struct running *running, struct err *err)
{
    int64_t start = running->started;
    int64_t days = clock->first_day ? start - TIME_US_DAY : start;
    bool hours = clock->late.span.unit >= SPAN_H;
    if (span_end(s->set, hours ? start : days, clock->late.span, clock->roll, &running->late, err) <
        0) {
        return -1;
    }
    if (clock->warn.span.count == 0) {
        return 0;
    }
    hours = clock->warn.span.unit >= SPAN_H;
    return span_end(s->set, hours ? start : days, clock->warn.span, ROLL_NONE, &running->warn, err);
}

static int
clock_put(const struct setting *s, const struct register_clockwork *clock,
          const struct running *running, struct err *err)
{
    struct db_query *q = db_query(s->store, &sql[CLOCK_SET]);
    db_bind_int(q, 1, (int64_t)s->record->id);
    db_bind_text(q, 2, clock->key);
    db_bind_int(q, 3, running->started);
    db_bind_int(q, 4, running->stopped);
    db_bind_int(q, 5, running->warn);
    db_bind_int(q, 6, running->late);
    if (db_run(q, err) < 0 || timer_put(s, clock->key, "late", running->late, err) < 0 ||
        (running->warn != 0 && timer_put(s, clock->key, "warn", running->warn, err) < 0)) {
        return -1;
    }
    if (running->stopped == 0) {
        return 0;
    }
    q = db_query(s->store, &sql[CLOSE]); /* what came before the stop is still told */
    db_bind_int(q, 1, (int64_t)s->record->id);
    db_bind_text(q, 2, clock->key);
    db_bind_int(q, 3, running->stopped);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
clock_turn(const struct setting *s, const struct register_clockwork *clock,
           const struct happening *what, struct err *err)
{
    struct running running;
    int64_t start = 0, stop = 0;
    if (clock_get(s, clock->key, &running, err) < 0) {
        return -1;
    }
    struct running was = running;
    bool starts = signal_given(s, what, &clock->start, &start);
    if (starts && (running.started == 0 || clock->start.field.n > 0)) {
        running.started = start;
    }
    if (running.started == 0) {
        return 0;
    }
    bool stops = signal_given(s, what, &clock->stop, &stop);
    if (stops && running.stopped == 0) {
        running.stopped = stop;
    } else if (!stops && starts && clock->start.field.n == 0) {
        running.stopped = 0; /* the case was reopened: it runs on from its first start */
    }
    if (running.started == was.started && running.stopped == was.stopped) {
        return 0;
    }
    return clock_times(s, clock, &running, err) < 0 ? -1 : clock_put(s, clock, &running, err);
}

static int
clocks_turn(const struct setting *s, const struct happening *what, struct err *err)
{
    for (size_t i = 0; i < s->record->def->clock_count; i++) {
        if (clock_turn(s, &s->record->def->clocks[i], what, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The timers of reports: of those that are still to be sent. One that rings in vain (it
 * was sent, does not hit any more) is passed over then. */
static int
reports_turn(const struct setting *s, struct arena *arena, struct err *err)
{
    struct report_due *list = NULL;
    size_t count = 0;
    if (reports_due(s->set, arena, s->record, s->now, &list, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = arena_printf(arena, "%c%.*s", REPORT_TIMER, STR_FMT(list[i].row->key));
        bool open = list[i].state != REPORT_DONE && list[i].state != REPORT_DONE_LATE &&
                    list[i].state != REPORT_OFF && list[i].due_us != 0;
        if (name == NULL) {
            return ERR(err, "limit.memory", "reports");
        }
        if (open && (timer_put(s, str_of(name), "late", list[i].due_us, err) < 0 ||
                     (list[i].warn_us != 0 &&
                      timer_put(s, str_of(name), "warn", list[i].warn_us, err) < 0))) {
            return -1;
        }
    }
    return 0;
}

/* The deadline of the step that DEED opened, and a warning one working day before it. */
static int
step_timers(const struct setting *s, const struct deed *deed, struct err *err)
{
    static const struct calendar_span day = {1, SPAN_BD};
    struct str name = STR(TIMER_STEP);
    struct calendar_date warn;
    if (!deed->moves && deed->step_at == deed->record.step) {
        return 0;
    }
    struct db_query *q = db_query(s->store, &sql[STEP_DROP]);
    db_bind_int(q, 1, (int64_t)s->record->id);
    if (db_run(q, err) < 0) {
        return -1;
    }
    if (deed->step_at < 0 || deed->step_due == 0) {
        return 0;
    }
    if (calendar_before(s->set->calendar, deed->step_due, day, &warn, err) < 0 ||
        timer_put(s, name, "late", deed->step_due, err) < 0) {
        return -1;
    }
    /* a step of one day is not warned of on the day it opens */
    return warn.at_us > s->now ? timer_put(s, name, "warn", warn.at_us, err) : 0;
}

int
timers_set(struct deed *deed, struct err *err)
{
    /* conditions of clocks are judged of the record as it now is */
    struct record after = deed->record;
    after.state_at = (int)deed->to;
    after.state = after.def->states[deed->to].name;
    after.entered = deed->moves ? deed->now : after.entered;
    after.created = deed->opens ? deed->now : after.created;
    struct setting s = {deed->set, deed->store, &after, deed->now};
    struct happening what = {.ask = deed_ask(deed)};
    what.ask.record = &after;
    what.move = deed->opens                         ? STR("open")
                : deed->move != NULL && deed->moves ? deed->move->name
                                                    : (struct str){0};
    if (deed->moves) {
        struct db_query *q = db_query(deed->store, &sql[DROP]);
        db_bind_int(q, 1, (int64_t)after.id);
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    if (step_timers(&s, deed, err) < 0) {
        return -1;
    }
    bool fresh = deed->moves || deed->edits;
    if (fresh && state_timers(&s, &after.def->states[deed->to], after.entered, err) < 0) {
        return -1;
    }
    return clocks_turn(&s, &what, err) < 0 ? -1 : reports_turn(&s, deed->arena, err);
}

int
timers_catch_up(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
                struct err *err)
{
    struct record record = {0};
    int rc = record_load(set, store, arena, id, &record, err);
    if (rc == 0) {
        struct setting s = {set, store, &record, time_now_us()};
        struct happening what = {
            .ask = {.set = set, .store = store, .arena = arena, .record = &record, .system = true}};
        rc = state_timers(&s, &record.def->states[record.state_at], record.entered, err);
        rc = rc < 0 ? -1 : clocks_turn(&s, &what, err);
    }
    record_done(&record);
    if (rc < 0 && !err_is(err, "register.unreadable")) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[TIMED]);
    db_bind_int(q, 1, (int64_t)id);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* ---- firing ---- */

int
timers_due(struct store *store, struct arena *arena, int64_t now_us, size_t limit,
           struct timer **ret, size_t *ret_count, struct err *err)
{
    struct timer *list = arena_array(arena, limit, sizeof *list);
    size_t count = 0;
    int rc = 0;
    if (list == NULL) {
        return ERR(err, "limit.memory", "timers");
    }
    struct db_query *q = db_query(store, &sql[DUE]);
    db_bind_int(q, 1, now_us);
    db_bind_int(q, 2, (int64_t)limit);
    while (count < limit && (rc = db_step(q, err)) > 0) {
        list[count++] = (struct timer){.record = (uint64_t)db_int(q, 0),
                                       .name = str_dup(arena, db_text(q, 1)),
                                       .kind = str_dup(arena, db_text(q, 2)),
                                       .at = db_int(q, 3)};
    }
    db_end(q);
    *ret = list;
    *ret_count = count;
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
timer_fired(struct store *store, const struct timer *timer, int64_t again_us, struct err *err)
{
    struct db_query *q = db_query(store, &sql[again_us != 0 ? AGAIN : FIRED]);
    db_bind_int(q, 1, (int64_t)timer->record);
    db_bind_text(q, 2, timer->name.p != NULL ? timer->name : STR(""));
    db_bind_text(q, 3, timer->kind);
    if (again_us != 0) {
        db_bind_int(q, 4, again_us);
    }
    return db_run(q, err) < 0 ? -1 : 0;
}

/* ---- showing ---- */

static json_t *
clock_json(const struct register_clockwork *clock, const struct running *r, int64_t now)
{
    int64_t end = r->stopped != 0 ? r->stopped : now;
    const char *state = r->stopped != 0                  ? "stopped"
                        : end >= r->late                 ? "late"
                        : r->warn != 0 && end >= r->warn ? "warn"
                                                         : "running";
    json_t *title = json_pack("{s:s%,s:s%}", "ja", clock->title.ja.p, clock->title.ja.n, "en",
                              clock->title.en.p, clock->title.en.n);
    return json_pack("{s:s%,s:o,s:I,s:I,s:I,s:I,s:I,s:b,s:s}", "key", clock->key.p, clock->key.n,
                     "title", title, "started", (json_int_t)r->started, "stopped",
                     (json_int_t)r->stopped, "warn", (json_int_t)r->warn, "late",
                     (json_int_t)r->late, "elapsed", (json_int_t)(end - r->started), "in_time",
                     end < r->late, "state", state);
}

static bool
clock_shown(const struct register_def *def, const struct register_clockwork *clock,
            const struct register_mask *seen)
{
    const struct register_field *start = register_field_find(def, clock->start.field);
    const struct register_field *stop = register_field_find(def, clock->stop.field);
    return (start == NULL || register_mask_has(seen, (size_t)(start - def->fields))) &&
           (stop == NULL || register_mask_has(seen, (size_t)(stop - def->fields)));
}

json_t *
clocks_json(struct store *store, const struct record *record, const struct register_mask *seen,
            int64_t now_us, struct err *err)
{
    json_t *list = json_array();
    struct db_query *q = db_query(store, &sql[CLOCKS]);
    db_bind_int(q, 1, (int64_t)record->id);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        struct running r = {db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4)};
        for (size_t i = 0; i < record->def->clock_count; i++) {
            const struct register_clockwork *clock = &record->def->clocks[i];
            if (str_equal(clock->key, db_text(q, 0)) && clock_shown(record->def, clock, seen)) {
                (void)json_array_append_new(list, clock_json(clock, &r, now_us));
            }
        }
    }
    db_end(q);
    if (rc < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *
keys_json(struct store *store, const struct record *record, struct err *err)
{
    json_t *list = json_array();
    struct db_query *q = db_query(store, &sql[KEYS]);
    db_bind_int(q, 1, (int64_t)record->id);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        struct str name = db_text(q, 0);
        int64_t closed = db_int(q, 3);
        (void)json_array_append_new(list,
                                    json_pack("{s:s%,s:s,s:I,s:I}", "name", name.p, name.n, "state",
                                              closed == 0 ? "open" : "closed", "since",
                                              (json_int_t)(closed == 0 ? db_int(q, 1) : closed),
                                              "until", (json_int_t)db_int(q, 2)));
    }
    db_end(q);
    if (rc < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}
