/* register_walk: `sekisho register test FILE…`. */
#ifndef CMD_SEKISHO_REGISTER_WALK_H
#define CMD_SEKISHO_REGISTER_WALK_H

#include "core/register/definition.h"

/*
 * Walks every move of the registers in FILES with made-up persons, one for each role, in a database
 * of its own that is gone afterwards (tables from DATA/sql/core). Prints a line a move: "ok" or
 * "not ok" with the refusal. 0 every move was made and nobody approved her own record; 1 not; 2 a
 * file is no register; 3 the database cannot be made.
 */
int register_walk_files(struct register_set *set, const char *data, const char *const *files,
                        size_t count);

#endif
