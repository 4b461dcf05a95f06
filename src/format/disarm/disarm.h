/*
 * disarm: takes the danger out of one file. Bytes in, bytes and a report out; no files, no clock,
 * no chance. Runs in the one-shot disarm worker.
 */
#ifndef FORMAT_DISARM_DISARM_H
#define FORMAT_DISARM_DISARM_H

#include "format/disarm/kind.h"
#include "format/disarm/report.h"

struct disarm_request {
    struct str input;
    struct str name;          /* as the sender gave it */
    struct str declared_type; /* MIME type or kind word, may be empty */
};

/*
 * Disarms REQUEST under PROFILE. *RET_REPORT lives in ARENA but for its output bytes: end it with
 * disarm_report_done. A bad file is a blocked report, never an error; the process may still be
 * killed by its limits.
 */
void disarm_run(struct arena *arena, const struct disarm_request *request,
                const struct disarm_profile *profile, struct disarm_report **ret_report);

/* One file inside a run: fills ctx->report. For archives. */
void disarm_file(struct disarm_ctx *ctx, const struct disarm_request *request);

/* The kind of REQUEST after all checks of bytes, name and declared type; -1 after disarm_block. An
 * opened package is left in *RET_ZIP (count 0: none). */
struct zip;
struct opc;
int disarm_kind(struct disarm_ctx *ctx, const struct disarm_request *request, struct zip *ret_zip,
                struct opc *ret_opc, enum kind *ret_kind);

#endif
