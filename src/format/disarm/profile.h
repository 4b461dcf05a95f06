/*
 * profile: what is kept, removed or refused, and how much of a file is read at most.
 *
 * The YAML form is read by the caller; here it is a struct and its canonical JSON, whose SHA-256
 * stands in every report.
 */
#ifndef FORMAT_DISARM_PROFILE_H
#define FORMAT_DISARM_PROFILE_H

#include "base/digest/digest.h"
#include "base/mem/buf.h"
#include "format/disarm/checks.h"

#include <stdint.h>

enum disarm_setting { SETTING_ALLOW, SETTING_REMOVE, SETTING_BLOCK };

struct disarm_limits {
    uint64_t size_bytes;     /* input */
    uint64_t part_bytes;     /* one part inflated */
    uint64_t inflated_bytes; /* all parts, archives and their members together */
    uint64_t pixels;         /* one picture */
    uint32_t entries;        /* of an archive */
    uint32_t parts;          /* of a document */
    uint32_t archive_depth;
    uint32_t xml_depth, xml_attributes;
    uint32_t ratio; /* inflated : input, counted above ratio_free_bytes */
    uint32_t ratio_free_bytes;
};

struct disarm_profile {
    char id[32];
    unsigned char setting[SWITCH_COUNT]; /* enum disarm_setting */
    struct disarm_limits limits;
};

/* The built-in profile ID: "standard" (inward), "strict", "outward". -1 when there is none. */
int disarm_profile_builtin(const char *id, struct disarm_profile *ret_profile);

/* Sets switch WORD to VALUE ("allow", "remove", "block"; "keep" and "drop" are understood for
 * link). -1 with err "disarm.profile" when either is unknown. */
int disarm_profile_set(struct disarm_profile *profile, const char *word, const char *value,
                       struct err *err);

/* Appends the canonical JSON of PROFILE. */
void disarm_profile_put(struct buf *buf, const struct disarm_profile *profile);

/* Reads what disarm_profile_put wrote, and only that. -1 with err "disarm.profile". */
int disarm_profile_parse(struct str json, struct disarm_profile *ret_profile, struct err *err);

/* SHA-256 of the canonical JSON. */
void disarm_profile_digest(const struct disarm_profile *profile, char ret_hex[DIGEST_HEX]);

#endif
