/*
 * list: the records of one register that a person may see: filtered, sorted, a page at a time, and
 * all of them one by one. Only what the person may read is filtered or sorted by; a name that is
 * unknown and one that may not be read are the same refusal (docs/design/registers.md).
 */
#ifndef CORE_REGISTER_LIST_H
#define CORE_REGISTER_LIST_H

#include "core/register/register.h"

enum {
    LIST_ROWS_MOST = 100,
    LIST_COUNT_MOST = 10000, /* counted exactly up to here */
    LIST_FILTERS_MOST = 16,
    LIST_SLOW_MS = 2000 /* then the question is given up: store.slow */
};

/* Who asks what. */
struct register_asker {
    struct register_set *set;
    struct store *store;
    struct arena *arena; /* of the question; answers are JSON */
    const struct register_caller *caller;
};

struct list_filter {
    struct str key, value; /* a field that lists filter by (field_indexed) */
};

/* What is asked for. An empty text: not said. */
struct list_query {
    struct str fy;      /* a fiscal year, "all"; not said: the current one */
    struct str state;   /* codes, joined by commas */
    struct str section; /* an id */
    struct str where;   /* a condition */
    struct str sort;    /* number, state, section, owner, created, changed, due or a field; "-" in
                           front: descending. Not said: -changed */
    struct str after;   /* what an answer called next */
    bool mine;          /* only my own */
    bool late;          /* only what is past its due */
    size_t limit;       /* rows, 0: LIST_ROWS_MOST */
    struct list_filter filters[LIST_FILTERS_MOST];
    size_t filter_count;
};

/*
 * A page: {items: [{id, number, state, state_title, section, section_name, owner, owner_name,
 * created, changed, due, class?, fields: {key: value}}], next, more, count, count_more}. Ids of
 * sections and persons are decimal texts. 0 with *RET (new reference), 1 there is no such register.
 * -1 register.query (the detail says what is not understood or may not be asked), store.slow,
 * register.unreadable (its projection does not stand), the codes of core/store, limit.memory.
 */
int register_list(const struct register_asker *asker, struct str reg,
                  const struct list_query *query, json_t **ret, struct err *err);

/* How many records of REG the caller may see in all years: {all, open (not ended), late (due is
 * past and not ended)}, each up to LIST_COUNT_MOST. 0 with *RET, 1 no such register, -1. */
int register_counts(const struct register_asker *asker, struct str reg, json_t **ret,
                    struct err *err);

/* One record, complete as the caller may read it: {id, number, register, rev, digest, state, owner,
 * section, created, changed, fields: [{key, title, value}], acts: […]}; borrowed. 0 goes on,
 * > 0 ends, -1 ends with ERR. */
typedef int register_each_call(void *ctx, json_t *record, struct err *err);

/*
 * Tells CALL of every record of REG that the caller may read and that QUERY (NULL: all; its sort,
 * after and limit do not count; fy not said: all years) asks for, in the order of their ids, newest
 * first. The asker's arena is used for the question, not for the records: any number of them fits.
 * 0 when all were told, else what CALL returned; -1 with the codes of register_list and
 * `not_found`. Records that change meanwhile are told as they are when their turn comes.
 */
int register_each(const struct register_asker *asker, struct str reg,
                  const struct list_query *query, register_each_call *call, void *ctx,
                  struct err *err);

#endif
