/*
 * settings: what an installation may configure, one table (house YAML subset, `sekisho: config/1`).
 * Bodies, zones, flows, roles and registers are not settings: they are data under approval.
 */
#ifndef CMD_SEKISHOD_SETTINGS_H
#define CMD_SEKISHOD_SETTINGS_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

enum { SETTINGS_MOST = 32, PORTALS_MOST = 8 };

/* One `--set KEY=VALUE` for the program (or programs) of that name. */
struct setting {
    const char *program; /* "gated"; "portald.lgwan" for one portal */
    const char *text;    /* "KEY=VALUE" */
};

struct settings {
    const char *portals[PORTALS_MOST]; /* zones that have a portal, in the file's order */
    size_t portal_count;
    struct setting rows[SETTINGS_MOST];
    size_t row_count;
};

/*
 * Reads the settings file at PATH. WEB_DIR is where the pages lie. Refuses an unknown key, a value out of bounds,
 * a portal twice, two portals on one address: "file:line:column". -1 yaml.* or config.*.
 */
int settings_read(struct arena *arena, const char *path, const char *web_dir, bool demo,
                  struct settings *ret, struct err *err);

#endif
