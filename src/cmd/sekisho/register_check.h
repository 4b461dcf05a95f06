/* register_check: `sekisho register check FILE…`. */
#ifndef CMD_SEKISHO_REGISTER_CHECK_H
#define CMD_SEKISHO_REGISTER_CHECK_H

#include "core/register/definition.h"

/* Checks COUNT files against SET (of register_set_load_good; names of the files' registers are
 * added to it). Prints findings, or with JSON one object. 0 clean, 1 findings, 2 a file cannot be
 * read. */
int register_check_files(struct register_set *set, const char *const *files, size_t count,
                         bool json);

/* Reads FILE into a definition in SET's arena. NULL after telling why on stderr; *RET_CODE is then
 * 1 (findings) or 2 (unreadable). */
struct register_def *register_check_one(struct register_set *set, const char *file, int *ret_code);

#endif
