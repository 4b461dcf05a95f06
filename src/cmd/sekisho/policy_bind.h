/* policy_bind: `sekisho policy bind`. */
#ifndef CMD_SEKISHO_POLICY_BIND_H
#define CMD_SEKISHO_POLICY_BIND_H

#include "format/bind/bind.h"

/*
 * policy bind FILE… [--json] [--data DIR] [--previous BIND_YAML] [--min sure|likely|ask]
 * [--no-headings] [--no-phrases] [--examples|--no-examples]: a bind.yaml in which nothing is
 * confirmed, or everything as JSON. The exit code: 0 nothing is to be asked, 1 something is, 2
 * usage or unreadable, 3 failed.
 */
int policy_bind_command(int argc, char **argv);

/* The model policy of DATA_DIR as examples in ARENA; *RET NULL when there is none. 0, or the exit
 * code after telling why. */
int policy_bind_examples(struct arena *arena, const struct catalogue *catalogue,
                         const char *data_dir, struct bind_examples **ret);

#endif
