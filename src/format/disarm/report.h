/*
 * report: what became of one file, and the context that every stage of one run shares.
 *
 * The stages return 0, or -1 after disarm_block() wrote down why the file cannot pass. Everything a
 * report points at lives in the arena of the run.
 */
#ifndef FORMAT_DISARM_REPORT_H
#define FORMAT_DISARM_REPORT_H

#include "base/digest/digest.h"
#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "format/disarm/checks.h"
#include "format/disarm/profile.h"

enum disarm_verdict { VERDICT_BLOCKED, VERDICT_REBUILT, VERDICT_INSPECTED };

enum { REASONS_MAX = 8, FINDINGS_MAX = 2000, FINDING_PLACES = 50 };

struct disarm_finding {
    enum check_id id;
    const char *action; /* removed, replaced, changed, kept: static */
    const char *object; /* what it was, a word of ours or of the format */
    const char *at;     /* the part or member */
    const char *host;   /* of a removed address, or NULL */
    uint64_t count;
};

struct disarm_report {
    enum disarm_verdict verdict;
    struct {
        enum disarm_reason reason;
        const char *at;
    } reasons[REASONS_MAX];
    size_t reason_count;
    struct {
        struct str name;
        const char *kind; /* "" when unknown */
        size_t size;
        char sha256[DIGEST_HEX];
    } input, output;
    struct buf bytes; /* the output, for VERDICT_REBUILT; heap, freed by disarm_report_done */
    struct disarm_finding *findings;
    size_t finding_count, finding_room;
    const char *losses[8];
    size_t loss_count;
    struct disarm_report **children;
    size_t child_count, child_room;
    uint64_t inflated;
};

struct disarm_budget {
    uint64_t input_bytes;
    uint64_t inflated; /* so far, over all levels */
    uint32_t entries;
};

struct disarm_ctx {
    struct arena *arena;
    const struct disarm_profile *profile;
    struct disarm_budget *budget; /* shared by all members of an archive */
    struct disarm_report *report;
    unsigned depth; /* archives around this file */
};

/* Notes that the file is blocked for REASON at place AT (may be NULL; copied). Returns -1. */
int disarm_block(struct disarm_ctx *ctx, enum disarm_reason reason, const char *at);

/*
 * Notes COUNT cases of ID: ACTION (static words) was done to OBJECT at AT (both copied). Findings
 * of one id beyond FINDING_PLACES are added up. When the profile says block for the id's switch and
 * ACTION is not "kept", the file is blocked too (switch.block), reported at the end.
 */
void disarm_found(struct disarm_ctx *ctx, enum check_id id, const char *action, const char *object,
                  const char *at, uint64_t count);

/* The same for one address that was removed; HOST is copied and may be empty. */
void disarm_found_host(struct disarm_ctx *ctx, enum check_id id, const char *action,
                       const char *object, const char *at, struct str host);

/* Notes what the file loses by nature (a signature), once each; WHAT is static. */
void disarm_lost(struct disarm_ctx *ctx, const char *what);

/* The setting of a switch in this run. */
enum disarm_setting disarm_setting(const struct disarm_ctx *ctx, enum disarm_switch which);

/* Takes N more inflated bytes from the budget. -1 after limit.inflated or limit.ratio. */
int disarm_spend(struct disarm_ctx *ctx, uint64_t n, const char *at);

/* N bytes of ARENA memory for the run; -1 in *ret after limit.memory. */
void *disarm_alloc(struct disarm_ctx *ctx, size_t n);

/* A NUL-terminated copy in the run's arena; "" at its limit. */
const char *disarm_copy(struct disarm_ctx *ctx, struct str s);

/* A fresh report for a member of CTX's file, appended to its children; NULL after limit.memory. */
struct disarm_report *disarm_child(struct disarm_ctx *ctx);

/* Frees the output bytes of REPORT and its children. */
void disarm_report_done(struct disarm_report *report);

/* Appends the JSON of REPORT (docs/formats/disarm.md) without its cost and inspection, which the
 * parent adds: an object that lacks its closing brace. PROFILE as it was used. */
void disarm_report_put(struct buf *buf, const struct disarm_report *report,
                       const struct disarm_profile *profile);

#endif
