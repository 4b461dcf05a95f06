/*
 * ledger_verify: `sekisho ledger verify`: judges logs and receipts.
 */
#ifndef CMD_SEKISHO_LEDGER_VERIFY_H
#define CMD_SEKISHO_LEDGER_VERIFY_H

/* Runs the command; argv[0] is "verify". The exit code. */
int ledger_verify(int argc, char **argv);

#endif
