/*
 * pg_words: a migration written for SQLite, in PostgreSQL's words.
 *
 * The migrations of data/sql are one text for both back ends. What differs is a fixed list of words
 * and phrases (the table in pg_words.c) and the one form of trigger the files use:
 *
 *     CREATE TRIGGER name BEFORE INSERT|UPDATE|DELETE ON table [WHEN condition]
 *     BEGIN SELECT RAISE(ABORT, 'text'); END;
 *
 * Comments and texts between quotes pass untouched, but for the listed phrases. Anything else
 * passes as it is and is the server's to refuse.
 */
#ifndef CORE_STORE_PG_WORDS_H
#define CORE_STORE_PG_WORDS_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

/* Appends SQL to RET in PostgreSQL's words. -1 with store.migration (a trigger of another form, a
 * quote or comment without end), limit.buffer. */
int pg_words(struct str sql, struct buf *ret, struct err *err);

#endif
