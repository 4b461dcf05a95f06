/* cmd_login: `sekisho login`, `sekisho logout`: the session other commands act in. */
#ifndef CMD_SEKISHO_CMD_LOGIN_H
#define CMD_SEKISHO_CMD_LOGIN_H

/* `login [--portal URL] NAME`: asks for password and one-time code (without a terminal: two lines
 * of the standard input) and keeps the session. ARGV[0] is the command. The exit code. */
int cmd_login(int argc, char **argv);

/* `logout`: ends the session at the portal and forgets it. */
int cmd_logout(int argc, char **argv);

#endif
