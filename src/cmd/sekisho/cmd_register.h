/*
 * cmd_register: `sekisho register …` and `sekisho flow …`, the offline part.
 */
#ifndef CMD_SEKISHO_CMD_REGISTER_H
#define CMD_SEKISHO_CMD_REGISTER_H

/*
 * register check FILE… [--json]  what is wrong in register files (R1nn), one per line; the files
 * may refer to each other register list [--json]         the registers of the data folder register
 * show R                the register R, or the file R, as JSON register schema                the
 * format of register files as JSON Schema (draft 2020-12) register test FILE…            walks
 * every move with made-up persons in a database of its own flow check [--data DIR] loads the flows
 * of the data folder; per flow and class the strictest route flow explain FLOW --class C [--verdict
 * inspected] [--depth surface] [--unscanned] [--data DIR] DIR is "data" unless given. Exit codes: 0
 * clean, 1 findings, 2 usage or unreadable, 3 failed.
 */
int cmd_register(int argc, char **argv);
int cmd_flow(int argc, char **argv);

#endif
