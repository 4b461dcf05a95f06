/*
 * policy_diff: `sekisho policy diff`.
 */
#ifndef CMD_SEKISHO_POLICY_DIFF_H
#define CMD_SEKISHO_POLICY_DIFF_H

/* `policy diff OLD NEW [--json]`: what became of each clause, document by document. Exit code: 0
 * nothing differs, 1 something does, 2 usage or unreadable, 3 failed. */
int policy_diff_command(int argc, char **argv);

#endif
