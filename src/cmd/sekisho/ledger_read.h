/*
 * ledger_read: `sekisho ledger prove | checkpoint | show | key | keygen`: reads a log folder, and
 * makes keys.
 */
#ifndef CMD_SEKISHO_LEDGER_READ_H
#define CMD_SEKISHO_LEDGER_READ_H

/* Each runs one command; argv[0] is its name. The exit code. */
int ledger_prove_entry(int argc, char **argv);
int ledger_checkpoint_print(int argc, char **argv);
int ledger_show(int argc, char **argv);
int ledger_key(int argc, char **argv);
int ledger_keygen(int argc, char **argv);

#endif
