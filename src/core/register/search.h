/*
 * search: words in records: bigrams of characters, the same on both databases
 * (docs/design/registers.md).
 */
#ifndef CORE_REGISTER_SEARCH_H
#define CORE_REGISTER_SEARCH_H

#include "core/register/record.h"

/* Makes the index when it is missing or of another form, from all records. Inside a unit. */
int search_project(struct register_set *set, struct store *store, struct err *err);

/* Brings what is found of RECORD to its newest revision. Inside the unit of its act. */
int search_write(struct register_set *set, struct store *store, const struct record *record,
                 struct err *err);

#endif
