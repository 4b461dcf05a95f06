/*
 * duty: what has to be done in a fiscal year (registers.md §8): the list is made from the parts of
 * topics the policy in force is bound to, and from `repeat` of register files; it is laid before
 * the chief on 1 March, opens from 1 April, and every item stays visible until it is done, and as
 * done late after that.
 *
 * Whoever asks gives the time: all of it is a function of rows and that instant, repeatable, and
 * catches up with whatever it slept through. A row is unique by (duty, scope, period); nothing is
 * ever deleted. What is opened is a record of a register (core/register); that record's end is the
 * duty's end. One thread; units of core/store.
 */
#ifndef CORE_DUTY_DUTY_H
#define CORE_DUTY_DUTY_H

#include "core/calendar/calendar.h"
#include "core/control/control.h"
#include "core/register/register.h"
#include "core/store/store.h"

#include <jansson.h>

enum {
    DUTY_ROWS_MOST = 20000, /* of one fiscal year */
    DUTY_PLAN_MOST = 2000,  /* lines of one plan */
    DUTY_OPENED_MOST = 100, /* records opened in one tick */
    DUTY_WATCHED_MOST = 500 /* records looked at in one tick */
};

/* All borrowed. */
struct duty_desk {
    struct store *store;
    struct register_set *registers;
    const struct control *control;
    const struct calendar *calendar;
    uint64_t cursor; /* the running record that was looked at last */
};

struct duty_changes {
    size_t added, changed, dropped, opened, ended;
};

/*
 * Inside a unit: makes the rows of FISCAL_YEAR what policy, registers and sections order at NOW_US:
 * adds what is missing, corrects what has not begun, marks what nothing orders any more (and takes
 * the mark back). A second call changes nothing. Errors of core/store, calendar.*, duty.most,
 * limit.memory.
 */
int duty_make(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
              struct duty_changes *ret, struct err *err);

/*
 * Inside a unit: duty_make, and a record of register duty_plan with what no decided plan holds yet,
 * in place of one that still waits. 0 with *RET_RECORD, 1 when there is nothing to plan, -1 also
 * with duty.year (neither the year of NOW_US nor the next one) and the codes of register_act.
 */
int duty_plan(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
              uint64_t *ret_record, struct err *err);

/*
 * Inside a unit, every minute: sees which records ended, which plans were decided; opens what is
 * due to open. With MAKE (at start, hourly) it also makes the rows of the year, and from 1 March on
 * those of the next one with their plan; a year without a plan gets one. Fixed duties open on their
 * day, decided or not; others only under a decided plan.
 */
int duty_tick(struct duty_desk *desk, struct arena *arena, int64_t now_us, bool make,
              struct duty_changes *ret, struct err *err);

struct duty_ask {
    int fiscal_year;
    struct str role; /* empty: all */
    bool late;       /* only what is late, or was done late */
    uint64_t person; /* not 0: only what that person answers for, and no findings */
    int64_t now_us;
};

/* The list of a year as JSON (docs/design/contract.md, GET duties), a new reference. -1. */
int duty_list(struct duty_desk *desk, struct arena *arena, const struct duty_ask *ask, json_t **ret,
              struct err *err);

/* A duty that PERSON has to begin with: a record was opened that waits for no step. */
struct duty_item {
    uint64_t record;
    struct str title_ja, title_en, clause, reg;
    int64_t since, due;
};
struct duty_items {
    struct duty_item *list;
    size_t count;
};

/* The open duties whose record is of a register of its own and PERSON's, by due day, at most LIMIT,
 * in ARENA. */
int duty_items(struct duty_desk *desk, struct arena *arena, uint64_t person, int64_t now_us,
               size_t limit, struct duty_items *ret, struct err *err);

/* What the duties say about register REG at NOW_US: 0 none of them names it, 1 nothing is late, 2
 * something is, -1. */
int duty_standing(struct duty_desk *desk, struct str reg, int64_t now_us, struct err *err);

#endif
