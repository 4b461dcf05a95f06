/*
 * cmd_disarm: `sekisho disarm`: takes the danger out of files, without server or root.
 */
#ifndef CMD_SEKISHO_CMD_DISARM_H
#define CMD_SEKISHO_CMD_DISARM_H

/* Runs the command; argv[0] is "disarm". Exit codes of the house: 0 every output may be used, 1 at
 * least one file is blocked (or the checker found something), 2 usage or unreadable input, 3 failed
 * inside. */
int cmd_disarm(int argc, char **argv);

#endif
