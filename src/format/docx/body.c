/*
 * body: document.xml as lines. Runs in policy-worker. One paragraph is one line; its automatic
 * number stands in front. Rows of the outermost table are "| cell | cell |" lines; the paragraphs
 * of a cell are joined by a blank. Text boxes are put behind the paragraph that holds them.
 */
#include "format/docx/read.h"

#include <stdio.h>
#include <string.h>

struct para {
    struct buf text;
    char style[200];
    long number, level;
};

struct body {
    struct numbering *numbers;
    struct buf text;      /* finished lines */
    struct buf later;     /* lines of text boxes */
    struct para paras[2]; /* the open one; the open one of a text box in it */
    unsigned boxes;       /* open text boxes */
    unsigned skipped;     /* depth inside an element that is no text */
    unsigned tables;      /* open ones */
    bool in_text;         /* inside w:t */
    bool row_text;
    size_t row_at;
    bool seen; /* a w:body was there */
};

static bool
is(const char *name, const char *word)
{
    return strcmp(name, word) == 0;
}

/* Elements whose contents are no text of the document as it stands. */
static bool
is_skipped(const char *name)
{
    return is(name, "del") || is(name, "moveFrom") || is(name, "instrText") || is(name, "rt") ||
           is(name, "Fallback") || is(name, "pPrChange") || is(name, "rPrChange") ||
           is(name, "sectPr") || is(name, "delText");
}

static struct para *
open_para(struct body *b)
{
    return &b->paras[b->boxes > 0];
}

static void
clear_para(struct para *para)
{
    buf_clear(&para->text);
    para->style[0] = 0;
    para->number = para->level = -1;
}

/* A paragraph ends: in a table it flows into the cell, in a text box behind its holder. */
static void
close_para(struct body *b)
{
    struct buf number;
    struct para *para = open_para(b);
    struct str text = str_trim(buf_str(&para->text));
    struct buf *out = b->boxes > 0 ? &b->later : &b->text;
    bool cell = b->tables > 0 && b->boxes == 0;
    buf_init(&number, 4000);
    numbering_put(b->numbers, str_of(para->style), para->number, para->level, &number);
    if (cell && text.n > 0 && out->n > 0 && out->p[out->n - 1] != ' ')
        buf_put_char(out, ' ');
    if (text.n > 0) /* a number without words counts on, and is not printed */
        buf_put_str(out, buf_str(&number));
    buf_put_str(out, text);
    if (cell)
        b->row_text = b->row_text || text.n > 0;
    else
        buf_put_char(out, '\n');
    buf_free(&number);
    clear_para(para);
}

/* Text boxes behind a line that has ended. */
static void
put_later(struct body *b)
{
    if (b->boxes > 0 || b->tables > 0 || b->later.n == 0)
        return;
    buf_put_str(&b->text, buf_str(&b->later));
    buf_clear(&b->later);
}

static void
end_row(struct body *b)
{
    if (b->tables != 1 || b->boxes > 0 || b->row_at == b->text.n)
        return;
    if (b->row_text)
        buf_put_z(&b->text, " |\n");
    else
        b->text.n = b->row_at;
    b->row_at = b->text.n;
    b->row_text = false;
}

static void
open_table_part(struct body *b, const char *name)
{
    if (b->boxes > 0)
        return;
    if (is(name, "tbl")) {
        b->tables++;
    } else if (is(name, "tr") && b->tables == 1) {
        b->row_at = b->text.n;
        b->row_text = false;
    } else if (is(name, "tc") && b->tables == 1) {
        buf_put_z(&b->text, b->row_at == b->text.n ? "| " : " | ");
    }
}

static void
take_sign(struct body *b, const char *name)
{
    static const struct {
        const char *name, *text;
    } signs[] = {{"tab", "　"}, {"ptab", "　"}, {"noBreakHyphen", "-"}, {"cr", "\n"}, {"br", "\n"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (is(name, signs[i].name))
            buf_put_z(&open_para(b)->text,
                      b->tables > 0 && signs[i].text[0] == '\n' ? " " : signs[i].text);
}

static void
body_open(void *data, const char *name, const char **attributes)
{
    struct body *b = data;
    if (b->skipped > 0 || is_skipped(name)) {
        b->skipped++;
        return;
    }
    struct para *para = open_para(b);
    const char *value = xml_attribute(attributes, "val");
    b->seen = b->seen || is(name, "body");
    if (is(name, "t"))
        b->in_text = true;
    else if (is(name, "txbxContent"))
        b->boxes++;
    else if (is(name, "pStyle") && value != NULL && strlen(value) < sizeof para->style)
        snprintf(para->style, sizeof para->style, "%s", value);
    else if (is(name, "numId"))
        para->number = xml_number(value, -1);
    else if (is(name, "ilvl"))
        para->level = xml_number(value, -1);
    else if (is(name, "tbl") || is(name, "tr") || is(name, "tc"))
        open_table_part(b, name);
    else if (!is(name, "tab") || value == NULL) /* w:tab with a value is a tab stop */
        take_sign(b, name);
}

static void
body_close(void *data, const char *name)
{
    struct body *b = data;
    if (b->skipped > 0) {
        b->skipped--;
        return;
    }
    if (is(name, "t")) {
        b->in_text = false;
    } else if (is(name, "p")) {
        close_para(b);
        put_later(b);
    } else if (is(name, "txbxContent")) {
        b->boxes -= b->boxes > 0;
    } else if (is(name, "tr")) {
        end_row(b);
    } else if (is(name, "tbl") && b->boxes == 0) {
        b->tables -= b->tables > 0;
        put_later(b);
    }
}

static void
body_text(void *data, struct str text)
{
    struct body *b = data;
    if (b->skipped == 0 && b->in_text)
        buf_put_str(&open_para(b)->text, text);
}

int
docx_text(struct arena *arena, const struct docx_parts *parts, struct str *ret_text,
          struct err *err)
{
    static const struct handlers handlers = {body_open, body_close, body_text};
    struct numbering numbers;
    if (numbering_read(arena, parts, &numbers, err) < 0)
        return -1;
    struct body b = {.numbers = &numbers};
    buf_init(&b.text, DOCX_TEXT_BYTES);
    buf_init(&b.later, DOCX_TEXT_BYTES);
    for (size_t i = 0; i < 2; i++) {
        buf_init(&b.paras[i].text, DOCX_TEXT_BYTES);
        clear_para(&b.paras[i]);
    }
    int rc = xml_feed(parts->document, "document.xml", &handlers, &b, err);
    if (rc == 0 && !b.seen)
        rc = ERR(err, "docx.xml", "document.xml: w:body");
    if (rc == 0 && (b.text.over || b.later.over || b.paras[0].text.over || b.paras[1].text.over))
        rc = ERR(err, "docx.size", "%d", DOCX_TEXT_BYTES);
    if (rc == 0) {
        *ret_text = str_dup(arena, buf_str(&b.text));
        rc = arena_check(arena, err);
    }
    buf_free(&b.text);
    buf_free(&b.paras[0].text);
    buf_free(&b.paras[1].text);
    buf_free(&b.later);
    return rc;
}
