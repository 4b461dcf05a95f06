/*
 * cmd_duty: `sekisho duty …`: the year's duties, as the signed-in person sees them.
 */
#ifndef CMD_SEKISHO_CMD_DUTY_H
#define CMD_SEKISHO_CMD_DUTY_H

/*
 * duty list [--fy N] [--late] [--role R] [--json]   what GET duties answers, one line each
 * duty plan --fy N [--json]                         lays the year's plan before the chief
 * Both as the person who signed in with `sekisho login`. Exit codes: 0 done, 1 findings, late
 * duties, or refused, 2 usage, 3 no connection, 4 not permitted.
 */
int cmd_duty(int argc, char **argv);

#endif
