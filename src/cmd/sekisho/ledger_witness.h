/*
 * ledger_witness: `sekisho ledger witness sign | add`: a witness without network: the request goes
 * to the auditor's machine as a file, the cosignature comes back as one.
 */
#ifndef CMD_SEKISHO_LEDGER_WITNESS_H
#define CMD_SEKISHO_LEDGER_WITNESS_H

/* Runs the command; argv[0] is "witness". The exit code; `sign` answers 1 with the HTTP status that
 * a witness on the network would give (C2SP tlog-witness). */
int ledger_witness(int argc, char **argv);

#endif
