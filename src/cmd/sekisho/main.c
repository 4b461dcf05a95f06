/*
 * sekisho: the command line. One table of commands; each lives in its own cmd_<name>.c.
 *
 * Exit codes of every command: 0 done, clean; 1 findings, differences, blocked; 2 usage or
 * unreadable input; 3 refused or failed inside; 4 not approved, not confirmed.
 */
#include "base/messages/messages.h"
#include "cmd/sekisho/cmd_auth.h"
#include "cmd/sekisho/cmd_calendar.h"
#include "cmd/sekisho/cmd_disarm.h"
#include "cmd/sekisho/cmd_duty.h"
#include "cmd/sekisho/cmd_ledger.h"
#include "cmd/sekisho/cmd_login.h"
#include "cmd/sekisho/cmd_people.h"
#include "cmd/sekisho/cmd_policy.h"
#include "cmd/sekisho/cmd_register.h"
#include "cmd/sekisho/cmd_sheet.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

static int
command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("sekisho %s\n", SEKISHO_VERSION);
    return 0;
}

static const struct command commands[] = {
    {"auth", cmd_auth},           {"calendar", cmd_calendar}, {"disarm", cmd_disarm},
    {"duty", cmd_duty},           {"flow", cmd_flow},         {"ledger", cmd_ledger},
    {"login", cmd_login},         {"logout", cmd_logout},     {"people", cmd_people},
    {"policy", cmd_policy},       {"register", cmd_register}, {"sheet", cmd_sheet},
    {"version", command_version},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* "help.<command>" of the catalogue, one line each. */
static int
usage(FILE *out, int code)
{
    enum lang lang = message_lang();
    fprintf(out, "%s\n", message_text(lang, "help.usage"));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char key[64];
        snprintf(key, sizeof key, "help.%s", commands[i].name);
        const char *text = message_text(lang, key);
        fprintf(out, "  %-10s %s\n", commands[i].name, text == NULL ? "" : text);
    }
    return code;
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, 2);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return usage(stderr, 2);
}
