/*
 * tag: what a start tag says about its element: that it is hidden, and how a list counts. Private
 * to format/reiki. Attributes are read as they are printed; character references in them are not
 * resolved, so that a doubtful one hides nothing.
 */
#ifndef FORMAT_REIKI_TAG_H
#define FORMAT_REIKI_TAG_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>

struct tag {
    struct str name;
    struct str class, style, type, start, value; /* of its attributes; empty without */
    bool hidden;                                 /* the attribute */
    bool closing, empty;
    size_t end; /* behind its '>' */
};

/* Notes the attribute NAME with VALUE. */
void tag_attribute(struct tag *tag, struct str name, struct str value);

/* Does TAG say that nothing of its element is shown: hidden, or display:none in its style? */
bool tag_hides(const struct tag *tag);

/* An open <ol> or <ul>. */
struct list_level {
    bool ordered;
    char form; /* '1', 'a', 'A', 'I', 'k' アイウ, 'i' イロハ, 0 no number is shown */
    unsigned next;
};

/* The level that the <ol> or <ul> TAG opens. */
struct list_level list_open(const struct tag *tag);

/* Puts the number of the <li> TAG of LEVEL with a blank into OUT, as it is shown ("1. ", "ア "),
 * and counts it; nothing when none is shown. */
void list_number(struct buf *out, struct list_level *level, const struct tag *tag);

/* True when TEXT (of the file, as it stands) begins with a mark of its own: the number is that. */
bool list_is_marked(struct str text);

#endif
