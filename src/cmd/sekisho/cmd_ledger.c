/*
 * cmd_ledger: see cmd_ledger.h. One table of what `sekisho ledger` can do.
 */
#include "cmd/sekisho/cmd_ledger.h"

#include "base/messages/messages.h"
#include "cmd/sekisho/ledger_args.h"
#include "cmd/sekisho/ledger_read.h"
#include "cmd/sekisho/ledger_verify.h"
#include "cmd/sekisho/ledger_witness.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"verify", ledger_verify},
    {"prove", ledger_prove_entry},
    {"checkpoint", ledger_checkpoint_print},
    {"show", ledger_show},
    {"key", ledger_key},
    {"keygen", ledger_keygen},
    {"witness", ledger_witness},
};

int
cmd_ledger(int argc, char **argv)
{
    bool help = argc >= 2 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0);
    for (size_t i = 0; argc >= 2 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    fprintf(help ? stdout : stderr, "%s\n", message_text(message_lang(), "ledger.usage.all"));
    return help ? LEDGER_YES : LEDGER_USAGE;
}
