/*
 * words: keys, bigrams and the questions of search, without a database. For search.c and its tests.
 */
#ifndef CORE_REGISTER_WORDS_H
#define CORE_REGISTER_WORDS_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdint.h>

/* Appends the search key of TEXT: folded (base/text/fold), ways of writing united. -1 text.utf8. */
int words_key(struct buf *out, struct str text, struct err *err);

/* The tokens of KEY: of each word its bigrams and then its last character. For SQLite with blanks
 * between; with SERVER as 'token':place. */
void words_tokens(struct buf *out, struct str key, bool server);

/* The next chunk of *REST, a key, of about MOST characters that overlaps the one before by OVERLAP;
 * false at the end. */
bool words_chunk(struct str *rest, size_t most, size_t overlap, struct str *ret);

/* The question for WORD, one word of a key: its bigrams one after the other; one character: what
 * begins with it. */
void words_ask(struct buf *out, struct str word, bool server);

/* True when WORD stands in KEY. */
bool words_stand(struct str key, struct str word);

/* The characters of S. */
size_t words_chars(struct str s);

#endif
