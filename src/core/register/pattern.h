/*
 * pattern: the small pattern language of text fields: a subset of what JSON Schema and HTML call a
 * pattern, matched against the whole text, in time length of text by length of pattern.
 *
 *   pattern = item {item}      item = unit [quantifier]
 *   unit    = character | "\" character | "\d" | "." | "[" ["^"] {character ["-" character]} "]"
 *   quantifier = "?" | "*" | "+" | "{n}" | "{n,m}"       n, m ≤ 200
 *
 * No groups, no alternatives, no references back. ( ) | ^ $ must be written with a backslash.
 */
#ifndef CORE_REGISTER_PATTERN_H
#define CORE_REGISTER_PATTERN_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>

enum { PATTERN_BYTES = 200, PATTERN_ITEMS = 60, PATTERN_REPEAT = 200 };

/* True when PATTERN (UTF-8) is one. */
bool pattern_good(struct str pattern);

/* True when the whole TEXT (UTF-8) is what PATTERN says; false also for a bad pattern. */
bool pattern_fits(struct str pattern, struct str text);

/* Appends a text that fits PATTERN, false when it is bad or one cannot be made up simply. */
bool pattern_example(struct str pattern, struct buf *ret);

#endif
