/*
 * private: what the files of core/duty share. For core/duty alone.
 */
#ifndef CORE_DUTY_PRIVATE_H
#define CORE_DUTY_PRIVATE_H

#include "core/duty/duty.h"
#include "core/register/repeat.h"

/* One thing that comes back, before it is spread over scopes and periods. */
struct duty_kind {
    struct str id, topic, role, title_ja, title_en;
    struct str clauses; /* with a blank between */
    struct str reg;     /* the register it is about; empty: none */
    const char *act;    /* open, confirm, report */
    enum duty_each each;
    bool fixed;            /* the clause itself says: once a fiscal year */
    bool set;              /* somebody said how often */
    unsigned months, days; /* how often, when it is not fixed */
    unsigned opens;        /* once a year: in which month of it */
    bool yearly;
    struct duty_due due;
};

struct duty_kinds {
    struct duty_kind *list;
    size_t count;
};

/* Everything that comes back under the policy in force, in ARENA; texts live until the next
 * control_refresh. */
int duty_kinds_load(struct duty_desk *desk, struct arena *arena, struct duty_kinds *ret,
                    struct err *err);

/* One row of the table duty. */
struct duty_row {
    uint64_t id, scope, record, planned;
    int fy;
    struct str duty, scope_kind, period, reg, act, role, title_ja, title_en, topic, clauses;
    bool fixed, provisional;
    int64_t opens, due, made, opened, ended, dropped, told;
};

struct duty_rows {
    struct duty_row *list;
    size_t count;
};

/* Which rows: of a year; those that may open at a time; those whose record runs; of
 * them those with a register of their own; those due before a time and not told of it. */
enum duty_which { DUTY_OF_YEAR, DUTY_TO_OPEN, DUTY_RUNNING, DUTY_STARTED, DUTY_TO_TELL };

/* The rows WHICH (AT: the year; an instant; the id to go on after), at most LIMIT, in ARENA. */
int duty_rows_load(struct duty_desk *desk, struct arena *arena, enum duty_which which, int64_t at,
                   size_t limit, struct duty_rows *ret, struct err *err);

/* The section that answers for ROW, 0: the body. */
int duty_row_section(struct duty_desk *desk, const struct duty_row *row, uint64_t *ret,
                     struct err *err);

/* What ROW is about, in words: a section's name, a record's number; empty: the body. */
int duty_row_scope_name(struct duty_desk *desk, struct arena *arena, const struct duty_row *row,
                        struct str *ret, struct err *err);

/* The holders of ROW's role at NOW_US. */
int duty_row_holders(struct duty_desk *desk, struct arena *arena, const struct duty_row *row,
                     int64_t now_us, uint64_t **ret, size_t *ret_count, struct err *err);

/* What is known of the plan of a year. */
struct duty_year {
    uint64_t plan;
    int64_t made, decided;
    bool known, waits;
};

/* Reads that of FISCAL_YEAR into RET; `known` is false when there is none. */
int duty_year_get(struct duty_desk *desk, int fiscal_year, struct duty_year *ret, struct err *err);

/* Sees which of the waiting plans were decided or refused. */
int duty_plans_watch(struct duty_desk *desk, struct err *err);

/* Opens what may open at NOW_US. */
int duty_open(struct duty_desk *desk, struct arena *arena, int64_t now_us, struct duty_changes *ret,
              struct err *err);
/* Tells who answers for a duty, once, that its day is near, and once that it is past; then the
 * chief too. */
int duty_remind(struct duty_desk *desk, struct arena *arena, int64_t now_us, struct err *err);

/* Notes which running records ended. */
int duty_watch(struct duty_desk *desk, struct arena *arena, struct duty_changes *ret,
               struct err *err);

#endif
