/*
 * ledger_args: what the ledger commands share: the words of the command line, the trusted keys, the
 * log folder, and how failures are told.
 */
#ifndef CMD_SEKISHO_LEDGER_ARGS_H
#define CMD_SEKISHO_LEDGER_ARGS_H

#include "base/text/json.h"
#include "core/ledgercheck/check.h"

enum ledger_exit { LEDGER_YES = 0, LEDGER_NO = 1, LEDGER_USAGE = 2, LEDGER_CANNOT = 3 };

enum { ARGS_MOST = 64 };

/* An option: with a value (repeatable) or a switch. */
struct ledger_option {
    const char *name; /* "--since" */
    bool value;
};

struct ledger_args {
    const char *option[ARGS_MOST]; /* names, in order of the command line */
    const char *value[ARGS_MOST];
    size_t options;
    const char *word[ARGS_MOST]; /* what is no option */
    size_t words;
};

/* Reads the words behind argv[0]. -1 after saying what is wrong, when an option is not in KNOWN
 * (which ends with a NULL name). */
int ledger_args_read(int argc, char **argv, const struct ledger_option *known,
                     struct ledger_args *ret);

/* The I-th value of option NAME, or NULL; whether the switch NAME is set. */
const char *ledger_args_value(const struct ledger_args *args, const char *name, size_t i);
bool ledger_args_has(const struct ledger_args *args, const char *name);

/* The folder of the log that the I-th word (or none: this installation's) names. Fills PATH.
 * Returns the fd or -1 with err. */
int ledger_args_log(const struct ledger_args *args, size_t i, char path[4096], struct err *err);

/* The trusted keys: --trust, --vkey, or the trust file of the installation that owns the folder DIR
 * (-1: none), or /etc/sekisho/ledger.trust. *RET_FROM names the file (static). 0, 1 when there are
 * none, -1 with err. */
int ledger_args_trust(const struct ledger_args *args, int dir, struct trust *ret,
                      const char **ret_from, struct err *err);

/* "E_LEDGER_TILE" of "ledger.tile", "E_FILE_MISSING" of "file.missing". */
void ledger_code(const struct err *err, char ret[64]);

/* Tells on stderr (or as JSON on stdout) that COMMAND could not be done with WHAT (a file or an
 * index); returns the exit code that
 * the error stands for. */
int ledger_tell(const char *command, const char *what, bool json, const struct err *err);

/* Prints the message of KEY with {detail} filled in, on stderr. */
void ledger_say(const char *key, const char *detail);

/* Prints BUF and a line feed on stdout, and frees it. */
void ledger_print(struct buf *buf);

#endif
