/*
 * bundle: the web pages of one portal, read once at start into memory and checked byte by byte
 * against build/web/manifest.json (made by web/esbuild.mjs). Afterwards no file is read any more.
 */
#ifndef EDGE_PORTAL_BUNDLE_H
#define EDGE_PORTAL_BUNDLE_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>

enum { BUNDLE_BYTES = 4 << 20 };

struct bundle;

/* One file as it is sent. Both forms live as long as the bundle. */
struct bundle_file {
    struct str path; /* as asked for: "/app/HASH/outer.js", "/sent" */
    struct str type;
    struct str plain;
    struct str gzip; /* n = 0 when it would not be smaller */
    bool immutable;  /* below /app/HASH/: may be kept for ever */
};

/*
 * Reads DIR for the portal of ZONE. Err bundle.manifest (missing, not understood, no shell for
 * ZONE), bundle.digest (a file differs from its SHA-256), bundle.size (more than BUNDLE_BYTES in
 * all).
 */
int bundle_open(const char *dir, const char *zone, struct bundle **ret, struct err *err);

/* Frees BUNDLE. NULL is fine. */
void bundle_free(struct bundle *bundle);

/* The file at PATH (raw, as requested), a page's shell with its title in the language asked for, or
 * NULL. */
const struct bundle_file *bundle_find(const struct bundle *bundle, struct str path, bool english);

/* The shell with the title of "no such page", for answers of status 404. */
const struct bundle_file *bundle_missing(const struct bundle *bundle, bool english);

#endif
