/*
 * cmd_ledger: `sekisho ledger …`: judges, proves and shows a ledger offline, from its files alone.
 */
#ifndef CMD_SEKISHO_CMD_LEDGER_H
#define CMD_SEKISHO_CMD_LEDGER_H

/* Runs the command; argv[0] is "ledger". The exit code: 0 yes, 1 no (a check failed), 2 wrong use
 * or no trust given, 3 cannot. */
int cmd_ledger(int argc, char **argv);

#endif
