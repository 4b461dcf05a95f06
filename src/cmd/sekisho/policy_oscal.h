/* policy_oscal: `sekisho policy read --kind oscal`. */
#ifndef CMD_SEKISHO_POLICY_OSCAL_H
#define CMD_SEKISHO_POLICY_OSCAL_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "format/oscal/oscal.h"

#include <stdbool.h>

/* The OSCAL file FILE read into ARENA. Errors of oscal_read and file_read. */
int policy_oscal_read(struct arena *arena, const char *file, struct oscal_reading **ret,
                      struct err *err);

/* Tells on the standard error what of FILE was not taken over. */
void policy_oscal_tell(const char *file, const struct oscal_reading *reading);

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
