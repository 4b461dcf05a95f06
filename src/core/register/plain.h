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
    size_t state;              /* index in def */
    struct register_mask seen; /* the fields that are shown */
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

/* The live record of DEF that FIELDS, in their one form, name by the fields of its `match`, whoever
 * may see it. *RET_KEY is what they say together. 0, 1 none has them, 2 DEF has no such fields or
 * not all are filled, -1 with the codes of core/store. */
int register_matched(struct store *store, const struct register_def *def, json_t *fields,
                     unsigned char ret_key[32], uint64_t *ret, struct err *err);

/* FIELDS (borrowed) in their one form, in *RET (a new object). -1 with the codes of register_act
 * about fields, the detail is the field's key. */
int register_values_take(const struct register_def *def, const struct register_caller *caller,
                         json_t *fields, json_t **ret, struct err *err);

/* Whether a new record of FIELDS (in their one form) with the defaults of DEF would be whole: as if
 * it left its first state at once. 0, or -1 as above. */
int register_values_whole(const struct register_def *def, const struct register_caller *caller,
                          json_t *fields, struct err *err);

/* read.c: what ASK's caller sees of RECORD: 0 with the fields seen and their values (a new object),
 * 1 nothing (*RET_FIELDS is made all the same), -1. For plain.c. */
int record_shown(const struct record_ask *ask, const struct record *record,
                 struct register_mask *ret_mask, json_t **ret_fields, struct err *err);

#endif
