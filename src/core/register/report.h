/*
 * report: to whom a record must be reported, and until when: the rows of
 * data/registers/tables/incident_report.yaml over the records of one register. For the files of
 * core/register alone.
 */
#ifndef CORE_REGISTER_REPORT_H
#define CORE_REGISTER_REPORT_H

#include "core/register/timer.h"

/* The file below the data folder. */
#define REPORT_FILE "registers/tables/incident_report.yaml"

/* The names of reports' timers begin with it; no clock can have it. */
#define REPORT_TIMER '='

struct reader;
struct yaml_node;

enum { REPORTS_MOST = 64 };

/* One report a row asks for: a row with `final` makes two. */
struct register_report {
    struct str key;
    struct register_title target, form, basis;
    const struct cond *when;           /* NULL: always */
    const struct cond *longer_if;      /* the longer span counts while it holds */
    struct str from;                   /* a datetime field: knowledge */
    struct calendar_span first;        /* the warning; count 0: none */
    struct calendar_span late, longer; /* the deadline */
    enum calendar_roll roll;
};

enum report_state {
    REPORT_WAITING, /* the clock has not started */
    REPORT_RUNNING,
    REPORT_WARN,
    REPORT_LATE,
    REPORT_DONE,
    REPORT_DONE_LATE, /* sent, but too late; this stays */
    REPORT_OFF
};

/* A row that hits a record. */
struct report_due {
    const struct register_report *row;
    int64_t warn_us, due_us; /* 0: none, not started */
    bool provisional;        /* reckoned with days whose holidays are not known yet */
    int64_t sent_us;         /* 0: not yet */
    struct str how;          /* of what was sent */
    struct str reason;       /* why it is off */
    json_t *evidence;        /* borrowed from the record; NULL: none */
    enum report_state state;
};

/*
 * Reads ROOT (the whole file) into READER->set, whose registers are known: {sekisho:
 * incident_report/1, register, rows: [{key, when, from, first, late, longer, longer_if, roll,
 * target, form, basis, final: {key, late, longer, longer_if, roll, form}}]}. Days (d) count the
 * day of the start as the first. Findings register.r101, r102, r104, r118, r120 and cond.*.
 */
void reports_read(struct reader *reader, const struct yaml_node *root);

/*
 * The rows that hit RECORD at NOW_US, in ARENA, in the order of the file. A condition that cannot
 * be judged hits. None when the register has no table. -1 limit.memory, calendar.*.
 */
int reports_due(const struct register_set *set, struct arena *arena, const struct record *record,
                int64_t now_us, struct report_due **ret, size_t *ret_count, struct err *err);

/* The same as [{key, target, form, basis, from, warn, due, provisional, state, sent, how, evidence,
 * reason}], times 0 where there is none; without rows that ask for fields not in SEEN. NULL with
 * ERR. */
json_t *reports_json(const struct register_set *set, struct arena *arena,
                     const struct record *record, const struct register_mask *seen, int64_t now_us,
                     struct err *err);

/* The report that TIMER belongs to, if it still has to be sent: NULL otherwise, or with ERR's code
 * set when it cannot be told. Whom it is told is for the caller. */
const struct register_report *report_open(const struct register_set *set, struct arena *arena,
                                          const struct record *record, const struct timer *timer,
                                          int64_t now_us, struct err *err);

#endif
