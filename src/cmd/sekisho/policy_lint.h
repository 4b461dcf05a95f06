/*
 * policy_lint: `sekisho policy lint`.
 */
#ifndef CMD_SEKISHO_POLICY_LINT_H
#define CMD_SEKISHO_POLICY_LINT_H

/*
 * `policy lint FILE… [--json]`: what a careful reader would ask about each file, and, when several
 * documents of one body are given, about them together. Exit code: 0 nothing to ask, 1 questions or
 * no clause found, 2 usage or unreadable, 3 failed.
 */
int policy_lint_command(int argc, char **argv);

#endif
