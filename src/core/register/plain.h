/*
 * plain: records as plain rows of values, for tables that go out and come in (core/sheet). What a
 * caller may not see is not there; nothing here changes a record.
 */
#ifndef CORE_REGISTER_PLAIN_H
#define CORE_REGISTER_PLAIN_H

#include "core/register/register.h"

struct record;

/* Who reads. */
struct record_ask {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_caller *caller;
};

/* A record as the caller may see it. Texts live in the arena, FIELDS until record_plain_done. */
struct record_plain {
    uint64_t id, rev, section, owner;
    unsigned char digest[32];
    struct str number; /* empty: none yet */
    const struct register_def *def;
    size_t state; /* index in def */
    int level;    /* fields above it are never shown */
    json_t *fields;
};

/* Reads RECORD for ASK's caller. 0, 1 it is not there or not for this caller, -1 with the codes of
 * core/store, limit.memory, register.unreadable. */
int record_plain(const struct record_ask *ask, uint64_t record, struct record_plain *ret,
                 struct err *err);
void record_plain_done(struct record_plain *plain);

/* The id of the record of REG that has NUMBER: 0, 1 none, -1 with the codes of core/store. */
int register_numbered(struct store *store, struct str reg, struct str number, uint64_t *ret,
                      struct err *err);

/* Which records of a register. */
struct register_range {
    struct str reg;
    struct str state;          /* empty: all */
    int64_t from_us, until_us; /* created in [from, until); until 0: no end */
    uint64_t after;            /* ids above it */
    size_t most;
};

/* The next ids in RANGE, rising, in ARENA, whoever may see them. -1 with the codes of core/store or
 * limit.memory. */
int register_next_ids(struct store *store, struct arena *arena, const struct register_range *range,
                      struct register_ids *ret, struct err *err);

/* Checks FIELDS as those of a record that is about to leave its first state (WHOLE), or as a draft.
 * 0, or -1 with the codes of register_act about fields. */
int register_values_check(const struct register_def *def, json_t *fields, bool whole,
                          struct err *err);

/* read.c: what ASK's caller sees of RECORD: *RET_LEVEL -1 when nothing, and its fields (a new
 * object). For plain.c. */
int record_shown(const struct record_ask *ask, const struct record *record, int *ret_level,
                 json_t **ret_fields, struct err *err);

#endif
