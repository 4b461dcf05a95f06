/*
 * clock: moves that a date makes. Runs in cored, in a unit, once a minute.
 *
 * Days are Japan's. From a state without an end (`until`), the clock's move is made when nobody
 * stands behind the record any more: its owner left, or its section ended, more than 30 days ago. A
 * record whose state has no move `by: clock` or no readable date stays: the end of a key is the
 * engine's matter as well, so nothing stays open because of it.
 */
#include "base/os/time.h"
#include "core/register/record.h"

enum { CLOCK_MOST = 50, CLOCK_SEEN = 500 };

enum { HERE, GONE, GONE_DAYS = 30 };

static const struct store_statement sql[] = {
    [HERE] = {"clock.here",
              "SELECT id FROM record WHERE register = $1 AND state = $2 ORDER BY id LIMIT 500"},
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
};

/* The move that the clock makes from STATE, or NULL. */
static const struct register_move *
clock_move(const struct register_def *def, size_t state)
{
    for (size_t i = 0; i < def->move_count; i++) {
        if (def->moves[i].by == BY_CLOCK && (def->moves[i].from >> state & 1) != 0) {
            return &def->moves[i];
        }
    }
    return NULL;
}

/* The last day in field KEY of FIELDS: a date, or the end of a period. */
static bool
last_day(json_t *fields, struct str key, int64_t *ret_day)
{
    json_t *value = json_object_getn(fields, key.p, key.n);
    if (json_is_object(value)) {
        value = json_object_get(value, "until");
    }
    return json_is_string(value) && date_parse(str_of(json_string_value(value)), ret_day);
}

struct clock {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    int64_t today;
    size_t moved;
};

static int
clock_record(struct clock *clock, uint64_t id, const struct register_move *move,
             const struct register_state *state, struct err *err)
{
    struct record record = {0};
    int64_t day = 0;
    int rc = record_load(clock->set, clock->store, clock->arena, id, &record, err);
    bool due = rc == 0 && (state->until.n == 0 ||
                           (last_day(record.fields, state->until, &day) && day < clock->today));
    record_done(&record);
    if (rc != 0 || !due) {
        return rc < 0 ? -1 : 0;
    }
    struct register_caller caller = {.system = true};
    struct register_call call = {.record = id, .move = move->name};
    struct register_outcome outcome;
    clock->moved++;
    return register_act(clock->set, clock->store, clock->arena, &caller, &call, &outcome, err);
}

static int
clock_state(struct clock *clock, const struct register_def *def, size_t at, struct err *err)
{
    const struct register_move *move = clock_move(def, at);
    uint64_t ids[CLOCK_SEEN];
    size_t count = 0;
    int rc = 0;
    if (move == NULL) {
        return 0;
    }
    bool gone = def->states[at].until.n == 0;
    struct db_query *q = db_query(clock->store, &sql[gone ? GONE : HERE]);
    db_bind_text(q, 1, def->name);
    db_bind_text(q, 2, def->states[at].name);
    if (gone) {
        db_bind_int(q, 3, clock->today - GONE_DAYS);
    }
    while (count < CLOCK_SEEN && (rc = db_step(q, err)) > 0) {
        ids[count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < count && clock->moved < CLOCK_MOST; i++) {
        rc = clock_record(clock, ids[i], move, &def->states[at], err);
    }
    return rc < 0 ? -1 : 0;
}

int
register_clock(struct register_set *set, struct store *store, struct arena *arena, int64_t now_us,
               size_t *ret_moved, struct err *err)
{
    struct clock clock = {.set = set, .store = store, .arena = arena, .today = tokyo_day(now_us)};
    for (size_t i = 0; i < set->def_count; i++) {
        for (size_t k = 0; !set->defs[i].shape && k < set->defs[i].state_count; k++) {
            if (clock_state(&clock, &set->defs[i], k, err) < 0) {
                return -1;
            }
        }
    }
    *ret_moved = clock.moved;
    return 0;
}
