/*
 * repeat: what of a register comes back by itself (`repeat` of a register file), and what the part
 * that keeps the year's duties (core/duty) has to know about records: how one ended, which stand.
 */
#ifndef CORE_REGISTER_REPEAT_H
#define CORE_REGISTER_REPEAT_H

#include "core/register/register.h"

struct reader;

enum { REGISTER_REPEATS_MOST = 20, REGISTER_RECORDS_MOST = 5000 };

enum repeat_each {
    REPEAT_BODY,
    REPEAT_SECTION,
    REPEAT_SYSTEM,
    REPEAT_ROOM,
    REPEAT_CONTRACT,
    REPEAT_RECORD, /* each record of this register that stands */
    REPEAT_EACHES
};

/* {key, every: 3m | 7d | 1y, or on: fy+1m, each, open: REGISTER or do: confirm | report, who:
 * {role}, due: 10bd | 30d, topics, title} */
struct register_repeat {
    struct str key;
    struct register_title title; /* the register's, unless it has its own */
    unsigned months, days;       /* every: 1 … 12 months, or 7 … 366 days */
    bool yearly;                 /* on: once a year … */
    unsigned opens;              /* … so many months after it began */
    enum repeat_each each;
    struct str open;   /* the register that is opened; empty: it is confirmed or reported */
    bool confirm;      /* do: confirm, else report */
    struct str role;   /* who answers for it */
    unsigned due_days; /* 0: until it comes back */
    bool due_open_days;
    struct str *topics; /* the register's, unless it has its own */
    size_t topic_count;
};

/* Reads NODE (the list under `repeat`, or NULL) into DEF, whose name, title and topics stand;
 * findings as usual (r101, r102, r104, r118, r120). */
void repeats_read(struct reader *reader, const struct yaml_node *node, struct register_def *def);

/* How RECORD stands: its end and since when it is in this state. 0, 1 unknown, -1. */
int register_end_of(struct register_set *set, struct store *store, uint64_t record,
                    enum register_end *ret_end, int64_t *ret_at, struct err *err);

/* The records of register NAME whose state has END, the newest first in each state, at most
 * REGISTER_RECORDS_MOST ids in ARENA. END_NONE: those that stand (no first state, no open step). An
 * unknown register has none. */
int register_records(struct register_set *set, struct store *store, struct arena *arena,
                     struct str name, enum register_end end, struct register_ids *ret,
                     struct err *err);

/* The newest fields of RECORD (new reference), for the engine itself: no reader is asked. 0, 1
 * unknown, -1. */
int register_fields(struct register_set *set, struct store *store, struct arena *arena,
                    uint64_t record, json_t **ret, struct err *err);

/* Inside a unit: a notice of KIND (due, late) on RECORD for PERSON at NOW_US, as the engine's own.
 * 0, -1. */
int register_remind(struct store *store, uint64_t person, const char *kind, uint64_t record,
                    int64_t now_us, struct err *err);

/* The section and owner of RECORD. 0, 1 unknown, -1. */
int register_whose(struct store *store, uint64_t record, uint64_t *ret_section, uint64_t *ret_owner,
                   struct err *err);

#endif
