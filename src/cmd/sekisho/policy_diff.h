/*
 * policy_diff: `sekisho policy diff`.
 */
#ifndef CMD_SEKISHO_POLICY_DIFF_H
#define CMD_SEKISHO_POLICY_DIFF_H

/*
 * diff OLD NEW [--json]: what became of each clause, document by document; files are texts or trees
 * that `policy read` wrote. Exit 0 nothing differs, 1 something does, 2 usage or unreadable, 3.
 */
int policy_diff_command(int argc, char **argv);

#endif
