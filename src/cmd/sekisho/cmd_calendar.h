/*
 * cmd_calendar: `sekisho calendar …`: working days as the engine counts them.
 */
#ifndef CMD_SEKISHO_CMD_CALENDAR_H
#define CMD_SEKISHO_CMD_CALENDAR_H

/*
 * calendar days FROM N [--json] [--data DIR]
 * The days from FROM to the end of a term of N open days, each with why it is closed; FROM as
 * wareki or ISO, N 0 … 366. Exit codes: 0, 1 the last day is provisional, 2 usage or unreadable, 3
 * failed.
 */
int cmd_calendar(int argc, char **argv);

#endif
