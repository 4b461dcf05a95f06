/*
 * fold: the key under which words are searched: compatibility forms united (NFKC), letters small,
 * hiragana as katakana, variation selectors gone, everything that is no letter, mark, digit or
 * private character a blank. Never shown, never stored in place of a text.
 */
#ifndef BASE_TEXT_FOLD_H
#define BASE_TEXT_FOLD_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

/* Appends the key of TEXT (UTF-8): words with one blank between them. 0, or -1 with text.utf8 when
 * TEXT is none. */
int fold_put(struct buf *out, struct str text, struct err *err);

#endif
