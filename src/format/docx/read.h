/* read: what the steps of the Word reader share. Private to format/docx. */
#ifndef FORMAT_DOCX_READ_H
#define FORMAT_DOCX_READ_H

#include "format/docx/docx.h"

#include "base/mem/buf.h"

#include <expat.h>

enum { LEVELS = 9, NUMBERS_MOST = 20000, FORMAT_WORD = 32 };

/* A level of a list, as numbering.xml says it. */
struct level {
    char format[FORMAT_WORD]; /* decimal, aiueoFullWidth, … */
    char suffix[8];           /* tab, space, nothing */
    struct str text;          /* "第%1条" */
    unsigned start;
    bool set, legal, keeps; /* keeps: a higher level does not restart it */
};

struct list { /* w:abstractNum */
    long id;
    struct level levels[LEVELS];
    struct str style_link; /* w:numStyleLink: its levels are those of that style's list */
    unsigned count[LEVELS];
    bool begun[LEVELS];
};

struct number { /* w:num */
    long id, list;
    unsigned start[LEVELS];
    bool override[LEVELS], used;
};

struct style {
    struct str id, base;
    long number; /* w:numId, or -1 */
    long level;  /* or -1 */
};

struct numbering {
    struct arena *arena;
    struct list *lists;
    struct number *numbers;
    struct style *styles;
    size_t list_count, number_count, style_count;
};

/* One element of WordprocessingML; NAME without its namespace. */
typedef void open_fn(void *data, const char *name, const char **attributes);
typedef void close_fn(void *data, const char *name);
typedef void text_fn(void *data, struct str text);

struct handlers {
    open_fn *open;
    close_fn *close;
    text_fn *text;
};

/* xml.c: feeds PART to HANDLERS (elements of WordprocessingML; others as "-"); WORD names it in an
 * error. -1 with docx.xml, docx.size (depth). */
int xml_feed(struct str part, const char *word, const struct handlers *handlers, void *data,
             struct err *err);
/* The value of the attribute w:NAME, or NULL. */
const char *xml_attribute(const char **attributes, const char *name);
long xml_number(const char *value, long otherwise);

/* number.c: reads the two parts; then the number of one paragraph after the other. */
int numbering_read(struct arena *arena, const struct docx_parts *parts, struct numbering *ret,
                   struct err *err);
/* Appends the number of a paragraph of list NUMBER (w:numId; -1: as its STYLE says) at LEVEL (-1
 * likewise) to OUT, and counts on. Nothing when it has none. */
void numbering_put(struct numbering *n, struct str style, long number, long level, struct buf *out);

/* form.c: N as w:numFmt FORMAT writes it. */
void form_put(struct buf *out, const char *format, unsigned n);

#endif
