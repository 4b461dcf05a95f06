/*
 * timer: what is to happen to a record at a time: the end of its state, the warning before it, the
 * deadline for leaving it, and stop-watches that run beside the states. For the files of
 * core/register alone.
 */
#ifndef CORE_REGISTER_TIMER_H
#define CORE_REGISTER_TIMER_H

#include "core/register/deed.h"

/* The name of the open step's timers; no clock can have it. */
#define TIMER_STEP "/step"

/* The end of STATE for RECORD when it is entered at ENTERED_US: the first instant past it. 0 with
 * *RET_US, 1 when the state has none or its field is empty or no date, -1 calendar.*. */
int state_until(const struct register_set *set, const struct record *record,
                const struct register_state *state, int64_t entered_us, int64_t *ret_us,
                struct err *err);

/* The deadline (`within`) for leaving STATE, entered at ENTERED_US. 0 with *RET_US, 1 there is
 * none, -1 calendar.*. */
int state_late(const struct register_set *set, const struct register_state *state,
               int64_t entered_us, int64_t *ret_us, struct err *err);

/* Inside the unit of the act: sets the timers of the state entered by DEED, and starts and stops
 * the record's clocks. */
int timers_set(struct deed *deed, struct err *err);

/* Sets the timers of a record that has none yet (it is older than the table). */
int timers_catch_up(struct register_set *set, struct store *store, struct arena *arena,
                    uint64_t record, struct err *err);

/* A timer that is due. */
struct timer {
    uint64_t record;
    struct str name; /* of the clock; empty: of the state */
    struct str kind; /* until, warn, late */
    int64_t at;
};

/* Timers due at NOW_US, the oldest first, at most LIMIT, in ARENA. */
int timers_due(struct store *store, struct arena *arena, int64_t now_us, size_t limit,
               struct timer **ret, size_t *ret_count, struct err *err);

/* TIMER happened: it ends, or (AGAIN_US not 0) comes again then. */
int timer_fired(struct store *store, const struct timer *timer, int64_t again_us, struct err *err);

/* 0, or -1 register.clock_back when NOW_US is more than five minutes before the newest act. */
int clock_back(struct store *store, int64_t now_us, struct err *err);

/* The clocks of RECORD as [{key, title, started, stopped, warn, late, elapsed, state}], the state
 * being running, warn, late or stopped; without those that run from a field not in SEEN. NULL with
 * ERR. */
json_t *clocks_json(struct store *store, const struct record *record,
                    const struct register_mask *seen, int64_t now_us, struct err *err);

/* The keys of RECORD as [{name, state: open|closed, since, until}]. NULL with ERR. */
json_t *keys_json(struct store *store, const struct record *record, struct err *err);

#endif
