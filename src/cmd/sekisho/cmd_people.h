/* cmd_people: `sekisho people …`: batches of appointments, as the logged-in person. */
#ifndef CMD_SEKISHO_CMD_PEOPLE_H
#define CMD_SEKISHO_CMD_PEOPLE_H

/* Runs the command; ARGV[0] is its name. The exit code. */
int cmd_people(int argc, char **argv);

#endif
