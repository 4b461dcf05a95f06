/*
 * ask: one question about records of a register, written for the database: what is asked for, and
 * the branches by which the person may see a record. For the files of core/register.
 *
 * Every access row is a branch of its own, every section of a role too (up to ASK_SECTIONS_MOST),
 * so that each is a walk of an index; a record is in one branch only, since each leaves out what
 * those before it gave.
 */
#ifndef CORE_REGISTER_ASK_H
#define CORE_REGISTER_ASK_H

#include "core/register/rights.h"
#include "format/cond/cond.h"

enum { ASK_SECTIONS_MOST = 40, ASK_BRANCHES_MOST = 64, ASK_SQL_BYTES = 1 << 20 };

struct ask {
    const struct register_asker *asker;
    struct rights rights;
    const struct register_def *def;
    struct cond_moment moment;
    /* what is filtered and sorted by: a branch that does not show it is left out */
    const struct register_field *used[COND_NODES_MOST + LIST_FILTERS_MOST + 1];
    size_t used_count;
    struct str sort; /* a column */
    bool sort_text, down, nullable;
    const char *filter;                      /* " AND …" on alias c */
    const char *branches[ASK_BRANCHES_MOST]; /* conditions on alias c */
    size_t branch_count;
    struct cond_bind *binds;
    size_t bind_count;
    bool full; /* no more room: limit.memory */
};

/* Prepares QUERY about DEF. -1 register.query, register.unreadable, codes of core/store,
 * limit.memory. */
int ask_make(const struct register_asker *asker, const struct register_def *def,
             const struct list_query *query, struct ask *ret, struct err *err);

/* The number of one more parameter. */
size_t ask_bind_int(struct ask *ask, int64_t value);
size_t ask_bind_text(struct ask *ask, struct str value);

/* Binds everything to Q. */
void ask_bind(const struct ask *ask, struct db_query *q);

/* True when SIGHT shows everything that is asked by. */
bool ask_shown(const struct ask *ask, const struct sight *sight);

#endif
