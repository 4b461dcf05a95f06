/* cmd_sheet: `sekisho sheet …`: reads and converts tables, offline. */
#ifndef CMD_SEKISHO_CMD_SHEET_H
#define CMD_SEKISHO_CMD_SHEET_H

/* Runs the command; ARGV[0] is "sheet". Exit code as in main.c: 1 is "read, with problems" or
 * "refused because of them". */
int cmd_sheet(int argc, char **argv);

#endif
