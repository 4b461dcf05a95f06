/*
 * reiki: the HTML in which publishers of 例規 (ordinances and regulations) print a town's rules, as
 * plain lines of text with their places: one line per block, a table row as "| cell | cell |".
 * Pure.
 *
 * Where an element of class "eline" exists (div.eline > .head, .article, .clause, .item, .s-head),
 * only text inside such elements counts; else all of the body. Scripts, styles, links, comments,
 * forms, readings (ruby) and hidden elements are never text; items of <ol> get the number that is
 * shown
 * ("1. "), unless they begin with a mark of their own. Nothing is ever loaded.
 */
#ifndef FORMAT_REIKI_REIKI_H
#define FORMAT_REIKI_REIKI_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>

enum { REIKI_TAG_BYTES = 64 << 10, REIKI_DEPTH = 512 };

/* TEXT[at, at+n) stands in the HTML at [from, to): byte for byte when the lengths are the same,
 * else a character reference. Text without a span (line ends, bars of tables) stands nowhere. */
struct reiki_span {
    size_t at, n;
    size_t from, to;
};

/* Text of the HTML that its own tags hide (the attribute hidden, display:none in a style): from its
 * first to its last character. */
struct reiki_hidden {
    size_t from, to;
};

struct reiki_text {
    struct str text;          /* UTF-8 */
    struct reiki_span *spans; /* in order; they never overlap */
    size_t span_count;
    struct reiki_hidden *hidden; /* in order; never read as text */
    size_t hidden_count;
    bool elines; /* the publishers' form; else any page */
};

/* True when SOURCE looks like HTML. */
bool reiki_detect(struct str source);

/*
 * Reads HTML (UTF-8, checked by the caller) into ARENA. -1 with reiki.tag (offset: a tag without
 * end or longer than REIKI_TAG_BYTES, a hidden element without end), reiki.depth (tables or lines
 * nested deeper than REIKI_DEPTH), limit.memory.
 */
int reiki_read(struct arena *arena, struct str html, struct reiki_text *ret_text, struct err *err);

#endif
