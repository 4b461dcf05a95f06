/*
 * project: the projection: one typed table cur_<register> per register, made from its definition,
 * with the current values of every record, so that a database can sort, filter and answer
 * conditions. Written in the unit of the act; it can be dropped and made anew from `record` and
 * `revision` at any time.
 *
 * Columns: id, state, section, owner, number, fy, created, entered, changed, due, and for every
 * projected field f_<key> (a period: p_<key> and q_<key>). Empty is NULL; so is a field that its
 * visible_if hides.
 */
#ifndef CORE_REGISTER_PROJECT_H
#define CORE_REGISTER_PROJECT_H

#include "core/register/definition.h"
#include "core/store/store.h"

enum { PROJECT_TEXT_MOST = 400 }; /* longer texts have no column */

/* True when FIELD has a column. Tables and lists have none, nor fields whose being shown depends on
 * the day.
 */
bool field_projected(const struct register_field *field);

/* True when lists sort and filter by FIELD. */
bool field_indexed(const struct register_field *field);

/* The column of FIELD; of a period its first day, with UNTIL its last. In ARENA, NULL at its limit.
 */
const char *field_column(struct arena *arena, const struct register_field *field, bool until);

/*
 * Makes the projections that SET needs and that are missing or made for another layout, the search
 * index (search.h) included, from the records. Inside a unit. cored calls it at its start. -1 with
 * the codes of core/store, register.unreadable, limit.memory.
 */
int register_project(struct register_set *set, struct store *store, struct err *err);

/* Drops the projection of DEF and makes it anew. Inside a unit. Errors as register_project. */
int register_project_anew(struct register_set *set, struct store *store,
                          const struct register_def *def, struct err *err);

/* Brings the projection of RECORD to its newest revision. Inside the unit of its act. Errors as
 * register_project. */
int record_project(struct register_set *set, struct store *store, struct arena *arena,
                   uint64_t record, struct err *err);

/* 1 when the projection of DEF stands in the layout of DEF; 0; -1. */
int project_stands(struct store *store, const struct register_def *def, struct err *err);

#endif
