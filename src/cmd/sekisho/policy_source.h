/* policy_source: policies as files of the command line, read by the sandboxed worker. */
#ifndef CMD_SEKISHO_POLICY_SOURCE_H
#define CMD_SEKISHO_POLICY_SOURCE_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "format/clause/clause.h"
#include "proto/policy/work.h"

#include <jansson.h>

/* Exit codes of `sekisho policy`. */
enum { POLICY_SOURCE_FINDINGS = 1, POLICY_SOURCE_USAGE = 2, POLICY_SOURCE_FAILED = 3 };

enum { POLICY_SOURCE_ANSWER_BYTES = POLICY_WORK_BYTES };

/* FILE read by the worker in FORMAT ("json", "outline" …) into ANSWER. The worker's exit code (0,
 * 1: it has findings, 2: the answer is an error object), or -1 with policy.worker or file.*. */
int policy_source_read(const char *file, const char *format, struct buf *answer, struct err *err);

/* Prints the worker's error object ANSWER about FILE as a sentence. */
void policy_source_tell(const char *file, struct str answer);

/* Reads all COUNT files, source texts or trees that `policy read` wrote, into one body's set in
 * ARENA. 0, or the exit code 2 or 3 after telling why. */
int policy_source_set(struct arena *arena, char **files, size_t count, struct clause_set *ret);

/* The text of KEY in OBJECT; "" when it is none. */
const char *policy_source_word(const json_t *object, const char *key);

/* Prints foreign text for a terminal: control characters become blanks. */
void policy_source_print(struct str text);

/* The data folder: GIVEN (may be NULL), or SEKISHO_DATA, or that of the source tree. */
const char *policy_source_data(const char *given);

#endif
