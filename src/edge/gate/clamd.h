/*
 * clamd: one conversation with ClamAV's daemon over its UNIX socket (INSTREAM, VERSION). What it
 * says is hostile input as well: only exact answers count, everything else is "not scanned".
 */
#ifndef EDGE_GATE_CLAMD_H
#define EDGE_GATE_CLAMD_H

#include "base/loop/loop.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

enum { CLAMD_NAME_BYTES = 64, CLAMD_TIMEOUT_MS = 130000 };

enum clamd_result {
    CLAMD_CLEAN,
    CLAMD_INFECTED,
    CLAMD_LIMIT,     /* Heuristics.Limits.Exceeded…: not wholly looked at, never called a virus */
    CLAMD_ENCRYPTED, /* Heuristics.Encrypted… */
    CLAMD_FAILED     /* anything else: not scanned */
};

struct clamd_answer {
    enum clamd_result result;
    char name[CLAMD_NAME_BYTES]; /* of the signature: letters, digits, . _ - / only; else empty */
};

/* What ANSWER (all clamd sent, the NUL or newline at its end included) means. */
void clamd_answer_read(struct str answer, struct clamd_answer *ret);

/* Reads "ClamAV 1.4.6/27000/Tue …" into "clamav/1.4.6" and "27000" (empty when it names none).
 * False for anything else. */
bool clamd_version_read(struct str answer, char ret_engine[CLAMD_NAME_BYTES],
                        char ret_signatures[CLAMD_NAME_BYTES]);

struct clamd;

/* The next bytes of the stream, borrowed until the next call: at most 1 MiB, n = 0 at the end, -1
 * with err when there are no more good ones. */
typedef int clamd_source(void *arg, struct str *ret_part, struct err *err);

/* The conversation is over: ANSWER is all clamd sent; ERR is NULL unless it failed (gate.scanner)
 * or the source did. CLAMD is freed afterwards. */
typedef void clamd_done(void *arg, struct str answer, const struct err *err);

/* Begins a conversation with the daemon at PATH: INSTREAM when SOURCE is given, else VERSION. DONE
 * comes later, once, from the loop. Never NULL. */
struct clamd *clamd_start(struct loop *loop, const char *path, clamd_source *source,
                          clamd_done *done, void *arg);

/* Ends the conversation; DONE will not be called. NULL is fine. */
void clamd_cancel(struct clamd *clamd);

#endif
