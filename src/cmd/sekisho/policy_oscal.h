/* policy_oscal: `sekisho policy read --kind oscal`. */
#ifndef CMD_SEKISHO_POLICY_OSCAL_H
#define CMD_SEKISHO_POLICY_OSCAL_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>

/* What policy-worker made of an OSCAL file. */
struct policy_oscal {
    bool catalog;       /* else a profile or mapping */
    struct str reading; /* a catalog's tree, for clause_set_add; the rows of the others; borrowed */
};

/* Has FILE read in the sandbox, into ANSWER, and tells on the standard error what of it was not
 * taken over. 0, 1 there were findings, 2 unreadable, 3 failed: told already. */
int policy_oscal_read(const char *file, struct buf *answer, struct policy_oscal *ret);

/* True when the words of `policy read` say --kind oscal. */
bool policy_oscal_asked(int argc, char **argv);

/*
 * policy read FILE --kind oscal [-o OUT]: an OSCAL catalog as the tree that `policy read` writes of
 * a text; a profile or mapping as its rows. Never over an old file. ARGV[0] is "read".
 * 0 read, 1 something was not taken over (told on the standard error), 2 usage or unreadable, 3
 * failed.
 */
int policy_oscal_command(int argc, char **argv);

#endif
