/*
 * answer: what the portals get from authd: JSON as docs/design/contract.md has it.
 */
#ifndef CORE_AUTH_ANSWER_H
#define CORE_AUTH_ANSWER_H

#include "base/ipc/ipc.h"
#include "base/mem/buf.h"

#include <jansson.h>
#include <stdint.h>

/* Answers CALL with STATUS and {"code":CODE}, RETRY_S (when not 0) as args.retry_s. */
void answer_error(struct ipc_call *call, unsigned status, const char *code, uint64_t retry_s);

/* Answers {"attempt":ID,"state":"need","accept":[...]} for the set ACCEPT of enum rules_factor. */
void answer_need(struct ipc_call *call, const char *attempt, unsigned accept);

/* Answers {"state":"done"} and sets COOKIE. */
void answer_done(struct ipc_call *call, const char *cookie);

/* Answers {} and clears the cookie. */
void answer_ended(struct ipc_call *call);

/* Reads a JSON object of at most 4 KiB: UTF-8, no key twice. NULL when it is anything else. To be
 * ended with json_decref. */
json_t *request_read(struct str body);

/* The text of KEY in OBJECT (may be NULL); p NULL when it is not there or no text. Borrowed. */
struct str request_text(const json_t *object, const char *key);

/* Appends VALUE, which it takes, to OUT: keys in byte order, no blanks (RFC 8785 for our values).
 */
void json_write(struct buf *out, json_t *value);

/* Makes jansson wipe what it frees: passwords pass through it. Once, before its first use. */
void request_memory_wiped(void);

#endif
