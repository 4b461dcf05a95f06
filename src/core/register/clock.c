/*
 * clock: what time does to records. Runs in cored, in a unit, once a minute.
 *
 * Days are Japan's. Ends of states, warnings, deadlines and clocks stand in a table of timers. From
 * a state without an end (`until`) the clock's move is made when nobody stands behind the record
 * any more: its owner left, or its section ended, more than 30 days ago. Invariants: when the clock
 * stands before what was done last, nothing moves; a record whose move is refused keeps its timer
 * and stops no other; the end of a key is the engine's matter as well, so nothing stays open
 * because of it.
 */
#include "base/os/time.h"
#include "core/register/life.h"
#include "core/register/notice.h"
#include "core/register/report.h"
#include "core/register/timer.h"

#include <string.h>

enum { CLOCK_MOST = 50, CLOCK_SEEN = 500 };

#define AGAIN_US (3600 * TIME_US_SECOND)  /* a refused move is tried again */
#define BACK_US (5 * 60 * TIME_US_SECOND) /* a clock may be put right by so much */

enum { GONE, UNTIMED, NEWEST, GONE_DAYS = 30 };

static const struct store_statement sql[] = {
    /* nobody of the owner's rows was in office since day $3, or the section ended before it */
    [GONE] = {"clock.gone",
              "SELECT r.id FROM record r WHERE r.register = $1 AND r.state = $2 AND r.owner <> 0"
              " AND (EXISTS (SELECT 1 FROM section s WHERE s.id = r.section AND s.until_day < $3"
              " AND NOT EXISTS (SELECT 1 FROM section_successor x WHERE x.section = s.id AND "
              "x.heir = 1))"
              " OR NOT EXISTS (SELECT 1 FROM engagement e WHERE e.until_day >= $3 AND (e.person ="
              " r.owner OR e.person = (SELECT same_as FROM person_join WHERE person = r.owner)"
              " OR e.person IN (SELECT person FROM person_join WHERE same_as = coalesce((SELECT"
              " same_as FROM person_join WHERE person = r.owner), r.owner)))))"
              " ORDER BY r.id LIMIT 500"},
    [UNTIMED] = {"clock.untimed", "SELECT id FROM record WHERE timed = 0 ORDER BY id LIMIT 500"},
    [NEWEST] = {"clock.newest", "SELECT at FROM act ORDER BY id DESC LIMIT 1"},
};

int
clock_back(struct store *store, int64_t now_us, struct err *err)
{
    int64_t newest = 0;
    struct db_query *q = db_query(store, &sql[NEWEST]);
    int rc = db_one_int(q, &newest, err);
    if (rc < 0) {
        return -1;
    }
    return rc > 0 || newest <= now_us + BACK_US ? 0 : ERR(err, "register.clock_back", "%s", "act");
}

struct clock {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    int64_t now, today;
    size_t moved;
    size_t rung; /* moves and alarms */
};

static bool
is_bad(const struct register_set *set, uint64_t record)
{
    for (size_t i = 0; i < set->bad_count; i++) {
        if (set->bad[i] == record) {
            return true;
        }
    }
    return false;
}

/* Makes MOVE of RECORD. 0 made, 1 refused (nothing was written), -1 it failed half-way. */
static int
clock_act(struct clock *clock, uint64_t record, const struct register_move *move, struct err *err)
{
    struct register_caller caller = {.system = true, .at_us = clock->now};
    struct register_call call = {.record = record, .move = move->name};
    struct register_outcome outcome;
    struct err why = {0};
    if (register_may(clock->set, clock->store, clock->arena, &caller, &call, &why) < 0) {
        if (strncmp(why.code, "store.", 6) == 0 || strncmp(why.code, "limit.", 6) == 0) {
            *err = why;
            return -1;
        }
        return 1;
    }
    clock->moved++;
    if (register_act(clock->set, clock->store, clock->arena, &caller, &call, &outcome, err) == 0) {
        return 0;
    }
    if (clock->set->bad_count < REGISTER_BAD_MOST) {
        clock->set->bad[clock->set->bad_count++] = record;
    }
    return -1;
}

/* ---- timers ---- */

/* Opens a record of REG for the owner of RECORD. */
static int
clock_open(struct clock *clock, const struct record *record, struct str reg, struct err *err)
{
    struct register_caller caller = {.system = true, .at_us = clock->now};
    json_t *fields = json_object();
    struct register_call call = {.reg = reg,
                                 .move = STR("open"),
                                 .fields = fields,
                                 .owner = record->owner,
                                 .section = record->section,
                                 .depth = 1};
    struct register_outcome outcome;
    struct err why = {0};
    int rc =
        register_may(clock->set, clock->store, clock->arena, &caller, &call, &why) < 0
            ? 0
            : register_act(clock->set, clock->store, clock->arena, &caller, &call, &outcome, err);
    json_decref(fields);
    return rc;
}

/* An alarm of a state or a clock. */
static int
alarm_ring(struct clock *clock, const struct record *record, const struct timer *timer,
           const struct register_alarm *alarm, struct err *err)
{
    struct notice_to to = {clock->store, clock->arena, record, clock->now};
    const char *kind = str_equal_z(timer->kind, "warn") ? "due" : "late";
    struct calendar_date again = {0};
    if (alarm->again.count > 0 &&
        calendar_due(clock->set->calendar, clock->now, alarm->again, ROLL_NEXT, &again, err) < 0) {
        return -1;
    }
    if (timer_fired(clock->store, timer, again.at_us, err) < 0 ||
        notice_targets(&to, alarm->notify, alarm->notify_count, kind, err) < 0 ||
        notice_holders(clock->set, &to, kind, err) < 0) {
        return -1;
    }
    if (alarm->open.n > 0 && clock_open(clock, record, alarm->open, err) < 0) {
        return -1;
    }
    const struct register_move *after = register_move_find(record->def, alarm->after);
    bool here = after != NULL && (after->from >> record->state_at & 1) != 0;
    return here && clock_act(clock, record->id, after, err) < 0 ? -1 : 0;
}

/* The state's own end: its move; a state without one keeps its records. */
static int
until_ring(struct clock *clock, const struct record *record, const struct timer *timer,
           struct err *err)
{
    const struct register_move *move = life_end_move(record->def, (size_t)record->state_at);
    if (move == NULL) {
        return timer_fired(clock->store, timer, 0, err);
    }
    int rc = clock_act(clock, record->id, move, err);
    if (rc <= 0) {
        return rc;
    }
    static const struct str chief[] = {{"chief", 5}};
    struct notice_to to = {clock->store, clock->arena, record, clock->now};
    return timer_fired(clock->store, timer, clock->now + AGAIN_US, err) < 0
               ? -1
               : notice_targets(&to, chief, 1, "stuck", err);
}

/* The open step is due in a working day, or past its deadline: its holders are told. */
static int
step_ring(struct clock *clock, const struct record *record, const struct timer *timer,
          struct err *err)
{
    struct notice_to to = {clock->store, clock->arena, record, clock->now};
    const char *kind = str_equal_z(timer->kind, "warn") ? "due" : "late";
    return timer_fired(clock->store, timer, 0, err) < 0
               ? -1
               : notice_holders(clock->set, &to, kind, err);
}

/* A report is due or late and was not sent: those who answer for it are told. */
static int
report_ring(struct clock *clock, const struct record *record, const struct timer *timer,
            struct err *err)
{
    static const struct str whom[] = {{"csirt", 5}, {"csirt_lead", 10}, {"chief", 5}, {"ciso", 4}};
    struct notice_to to = {clock->store, clock->arena, record, clock->now};
    const char *kind = str_equal_z(timer->kind, "warn") ? "due" : "late";
    struct err why = {0};
    const struct register_report *open =
        report_open(clock->set, clock->arena, record, timer, clock->now, &why);
    if (why.code != NULL) {
        *err = why;
        return -1;
    }
    if (timer_fired(clock->store, timer, 0, err) < 0) {
        return -1;
    }
    return open == NULL ? 0 : notice_targets(&to, whom, 4, kind, err);
}

static int
timer_ring(struct clock *clock, const struct timer *timer, struct err *err)
{
    struct record record = {0};
    struct err why = {0};
    int rc = record_load(clock->set, clock->store, clock->arena, timer->record, &record, &why);
    if (rc != 0) {
        record_done(&record);
        if (rc < 0 && !err_is(&why, "register.unreadable")) {
            *err = why;
            return -1;
        }
        return timer_fired(clock->store, timer, clock->now + AGAIN_US, err);
    }
    if (str_equal_z(timer->name, TIMER_STEP)) {
        rc = step_ring(clock, &record, timer, err);
        record_done(&record);
        return rc;
    }
    if (timer->name.n > 0 && timer->name.p[0] == REPORT_TIMER) {
        rc = report_ring(clock, &record, timer, err);
        record_done(&record);
        return rc;
    }
    const struct register_state *state = &record.def->states[record.state_at];
    const struct register_alarm *alarm = NULL;
    bool warn = str_equal_z(timer->kind, "warn"), end = str_equal_z(timer->kind, "until");
    if (timer->name.n == 0) {
        alarm = end ? NULL : warn ? &state->warn : &state->late;
    }
    for (size_t i = 0; timer->name.n > 0 && i < record.def->clock_count; i++) {
        const struct register_clockwork *clockwork = &record.def->clocks[i];
        if (str_equal(clockwork->key, timer->name)) {
            alarm = warn ? &clockwork->warn : &clockwork->late;
        }
    }
    rc = end             ? until_ring(clock, &record, timer, err)
         : alarm != NULL ? alarm_ring(clock, &record, timer, alarm, err)
                         : timer_fired(clock->store, timer, 0, err);
    record_done(&record);
    return rc < 0 ? -1 : 0;
}

static int
timers_ring(struct clock *clock, struct err *err)
{
    struct timer *list = NULL;
    size_t count = 0;
    if (timers_due(clock->store, clock->arena, clock->now, CLOCK_SEEN, &list, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count && clock->rung++ < CLOCK_MOST; i++) {
        if (!is_bad(clock->set, list[i].record) && timer_ring(clock, &list[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- who is gone, what has no timers yet ---- */

static int
ids_of(struct db_query *q, uint64_t *ids, size_t *ret_count, struct err *err)
{
    int rc = 0;
    *ret_count = 0;
    while (*ret_count < CLOCK_SEEN && (rc = db_step(q, err)) > 0) {
        ids[(*ret_count)++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static int
gone_state(struct clock *clock, const struct register_def *def, size_t at, struct err *err)
{
    const struct register_move *move = life_end_move(def, at);
    uint64_t ids[CLOCK_SEEN];
    size_t count = 0;
    if (move == NULL || def->states[at].until.of != UNTIL_NONE || def->states[at].end != END_NONE) {
        return 0;
    }
    struct db_query *q = db_query(clock->store, &sql[GONE]);
    db_bind_text(q, 1, def->name);
    db_bind_text(q, 2, def->states[at].name);
    db_bind_int(q, 3, clock->today - GONE_DAYS);
    if (ids_of(q, ids, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count && clock->moved < CLOCK_MOST; i++) {
        if (!is_bad(clock->set, ids[i]) && clock_act(clock, ids[i], move, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
catch_up(struct clock *clock, struct err *err)
{
    uint64_t ids[CLOCK_SEEN];
    size_t count = 0;
    if (ids_of(db_query(clock->store, &sql[UNTIMED]), ids, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (timers_catch_up(clock->set, clock->store, clock->arena, ids[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
register_clock(struct register_set *set, struct store *store, struct arena *arena, int64_t now_us,
               size_t *ret_moved, struct err *err)
{
    struct clock clock = {
        .set = set, .store = store, .arena = arena, .now = now_us, .today = tokyo_day(now_us)};
    *ret_moved = 0;
    if (clock_back(store, now_us, err) < 0 || catch_up(&clock, err) < 0 ||
        timers_ring(&clock, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < set->def_count; i++) {
        for (size_t k = 0; !set->defs[i].shape && k < set->defs[i].state_count; k++) {
            if (gone_state(&clock, &set->defs[i], k, err) < 0) {
                return -1;
            }
        }
    }
    *ret_moved = clock.moved;
    return 0;
}
