/*
 * logins: passwords and one-time-code seeds of the demo's persons, new at each making, as rows of
 * authd and in logins.txt (0600) for the people who try the demo.
 */
#ifndef CMD_SEKISHO_TOWN_LOGINS_H
#define CMD_SEKISHO_TOWN_LOGINS_H

#include "cmd/sekisho-town/town.h"

/*
 * Makes STATE_DIR/authd/auth.db with a password and a seed for everybody of TOWN, and
 * STATE_DIR/logins.txt: a JSON object per line {login, name, post, section, password, totp, zones}.
 * -1 with file.*, store.*, auth.key_*, password.cost.
 */
int logins_make(struct arena *arena, const char *state_dir, const char *sql_dir,
                const struct town *town, struct err *err);

/* The one-time code of LOGIN at UNIX_SECONDS, from STATE_DIR/logins.txt. -1 with file.* or
 * town.login (nobody has it). */
int logins_otp(struct arena *arena, const char *state_dir, struct str login, uint64_t unix_seconds,
               uint32_t *ret_code, struct err *err);

#endif
