/*
 * text: see text.h. Runs in the command line. One walk in reading order decides what is a heading,
 * for both forms, so that they have the same ones.
 */
#include "format/oscal/text.h"

#include "base/text/markup.h"

#include <string.h>

enum { HEADING_MOST = 6 };

/* The level of a clause's heading: 1 is the document's title, a supplement stands beside the
 * chapters. */
static unsigned
level_of(const struct clause *c)
{
    return c->depth == 0 ? 2 : c->depth + 1;
}

/* A titled clause down to the fifth level is a heading. */
static bool
is_heading(const struct clause *c)
{
    return c->title.n > 0 && level_of(c) <= HEADING_MOST;
}

/* The column heads of a table, by its kind. */
static const char *const *
heads_of(enum policy_table_kind kind)
{
    static const char *const terms[] = {"用語", "定義", NULL};
    static const char *const roles[] = {"役職名", "該当者", NULL};
    static const char *const classes[] = {"分類", "分類基準", NULL};
    static const char *const revisions[] = {"改定年月日", "版", "改定内容", NULL};
    static const char *const none[] = {NULL};
    switch (kind) {
    case TABLE_TERMS:
        return terms;
    case TABLE_ROLES:
        return roles;
    case TABLE_CLASSES:
        return classes;
    case TABLE_REVISIONS:
        return revisions;
    case TABLE_STRUCTURE:
    case TABLE_OTHER:
        break;
    }
    return none;
}

static size_t
columns_of(const struct clause_table *t)
{
    size_t most = 0;
    for (size_t i = 0; i < t->row_count; i++)
        most = t->rows[i].cell_count > most ? t->rows[i].cell_count : most;
    return most;
}

/* Head K of a table, "" past the known ones. */
static const char *
head_of(const struct clause_table *t, size_t k)
{
    const char *const *heads = heads_of(t->kind);
    for (size_t i = 0; heads[i] != NULL; i++)
        if (i == k)
            return heads[i];
    return "";
}

/* Markdown: a line feed becomes BREAK; "<" and "&" that could begin HTML, and in a CELL "|", are
 * escaped. */
static void
put_plain(struct buf *out, struct str s, const char *line_break, bool cell)
{
    for (size_t i = 0; i < s.n; i++) {
        char next = i + 1 < s.n ? s.p[i + 1] : ' ';
        bool tag = s.p[i] == '<' && strchr("/!?", next) != NULL;
        bool name = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '#';
        if (tag || ((s.p[i] == '<' || s.p[i] == '&') && name) || (cell && s.p[i] == '|'))
            buf_put_char(out, '\\');
        if (s.p[i] == '\n')
            buf_put_z(out, line_break);
        else
            buf_put_char(out, s.p[i]);
    }
}

static void
put_markdown_row(struct buf *out, const struct clause_row *row, size_t columns)
{
    for (size_t k = 0; k < columns; k++) {
        buf_put_z(out, "| ");
        if (k < row->cell_count)
            put_plain(out, row->cells[k], " ", true);
        buf_put_char(out, ' ');
    }
    buf_put_z(out, "|\n");
}

static void
put_markdown_table(struct buf *out, const struct clause_table *t)
{
    size_t columns = columns_of(t);
    if (columns == 0)
        return;
    buf_put_char(out, '\n');
    if (t->axis.n > 0) {
        put_plain(out, t->axis, " ", false);
        buf_put_z(out, "\n\n");
    }
    for (size_t k = 0; k < columns; k++)
        buf_printf(out, "| %s ", head_of(t, k));
    buf_put_z(out, "|\n");
    for (size_t k = 0; k < columns; k++)
        buf_put_z(out, "| --- ");
    buf_put_z(out, "|\n");
    for (size_t i = 0; i < t->row_count; i++)
        put_markdown_row(out, &t->rows[i], columns);
    buf_put_char(out, '\n');
}

static void
put_markdown_clause(struct buf *out, const struct clause *c)
{
    if (is_heading(c)) {
        buf_put_char(out, '\n');
        for (unsigned i = 0; i < level_of(c); i++)
            buf_put_char(out, '#');
        buf_put_char(out, ' ');
    } else {
        buf_put_z(out, "- ");
    }
    put_plain(out, str_trim(c->printed), " ", false);
    if (c->printed.n > 0)
        buf_put_char(out, ' ');
    put_plain(out, c->title, " ", false);
    if (is_heading(c))
        buf_put_z(out, "\n\n");
    else if (c->title.n > 0 && c->text.n > 0)
        buf_put_z(out, "\n\n  ");
    put_plain(out, c->text, is_heading(c) ? "\n\n" : "\n\n  ", false);
    if (c->text.n > 0 || !is_heading(c))
        buf_put_char(out, '\n');
    if (is_heading(c) && c->text.n > 0)
        buf_put_char(out, '\n');
}

/* Tables of clause I (CLAUSE_NONE: in front of the first document), by PUT. */
static void
put_tables(struct buf *out, const struct clause_set *set, size_t i,
           void (*put)(struct buf *, const struct clause_table *))
{
    for (size_t k = 0; k < set->table_count; k++)
        if (set->tables[k].clause == i)
            put(out, &set->tables[k]);
}

void
text_put_markdown(struct buf *out, const struct clause_set *set)
{
    for (size_t d = 0; d < set->doc_count; d++) {
        const struct clause_doc *doc = &set->docs[d];
        buf_put_z(out, d > 0 ? "\n# " : "# ");
        put_plain(out, doc->title.n > 0 ? doc->title : doc->word, " ", false);
        buf_put_z(out, "\n\n");
        put_plain(out, doc->front, "\n", false);
        buf_put_char(out, '\n');
        if (d == 0)
            put_tables(out, set, CLAUSE_NONE, put_markdown_table);
        for (size_t i = doc->first; i < doc->first + doc->count; i++) {
            put_markdown_clause(out, &set->clauses[i]);
            put_tables(out, set, i, put_markdown_table);
        }
    }
}

/* Escaped for HTML text and attributes; a line feed becomes BREAK. */
static void
put_escaped(struct buf *out, struct str s, const char *line_break)
{
    struct str line;
    bool first = true;
    for (; str_split_next(&s, '\n', &line); first = false) {
        if (!first)
            buf_put_z(out, line_break);
        markup_put(out, line);
    }
}

static void
put_html_row(struct buf *out, const struct clause_table *t, size_t i, size_t columns)
{
    buf_put_z(out, "<tr>");
    for (size_t k = 0; k < columns; k++) {
        buf_put_z(out, "<td>");
        if (k < t->rows[i].cell_count)
            put_escaped(out, t->rows[i].cells[k], "<br>");
        buf_put_z(out, "</td>");
    }
    buf_put_z(out, "</tr>\n");
}

static void
put_html_table(struct buf *out, const struct clause_table *t)
{
    size_t columns = columns_of(t);
    if (columns == 0)
        return;
    buf_put_z(out, "<table>");
    if (t->axis.n > 0) {
        buf_put_z(out, "<caption>");
        put_escaped(out, t->axis, " ");
        buf_put_z(out, "</caption>");
    }
    buf_put_z(out, "<tr>");
    for (size_t k = 0; k < columns; k++)
        buf_printf(out, "<th scope=\"col\">%s</th>", head_of(t, k));
    buf_put_z(out, "</tr>\n");
    for (size_t i = 0; i < t->row_count; i++)
        put_html_row(out, t, i, columns);
    buf_put_z(out, "</table>\n");
}

static void
put_html_clause(struct buf *out, const struct clause *c)
{
    unsigned level = level_of(c);
    struct str printed = str_trim(c->printed);
    if (is_heading(c)) {
        buf_printf(out, "<h%u>", level);
        put_escaped(out, printed, " ");
        if (printed.n > 0)
            buf_put_char(out, ' ');
        put_escaped(out, c->title, " ");
        buf_printf(out, "</h%u>\n", level);
        if (c->text.n == 0)
            return;
        buf_printf(out, "<p class=\"d%u\">", c->depth);
    } else {
        buf_printf(out, "<p class=\"d%u\"><span class=\"mark\">", c->depth);
        put_escaped(out, printed, " ");
        buf_put_z(out, "</span> ");
        put_escaped(out, c->title, " ");
        if (c->title.n > 0 && c->text.n > 0)
            buf_put_z(out, "<br>");
    }
    put_escaped(out, c->text, "<br>");
    buf_put_z(out, "</p>\n");
}

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n<title>";

static const char page_style[] =
    "</title>\n<style>\n@page { size: A4; margin: 20mm 18mm; }\n"
    "body { font: 10.5pt/1.7 serif; max-width: 174mm; margin: 0 auto; }\n"
    "h1 { font-size: 16pt; break-before: page; } h1:first-of-type { break-before: auto; }\n"
    "h2 { font-size: 13pt; } h3 { font-size: 11.5pt; } h4, h5, h6 { font-size: 10.5pt; }\n"
    "h1, h2, h3, h4, h5, h6 { break-after: avoid; }\n"
    "p { margin: .2em 0; } tr, p { break-inside: avoid; }\n"
    ".d2 { margin-left: 1em; } .d3 { margin-left: 2em; } .d4 { margin-left: 3em; }\n"
    ".d5, .d6, .d7 { margin-left: 4em; }\n"
    "table { border-collapse: collapse; margin: .6em 0; } caption { text-align: left; }\n"
    "th, td { border: 1px solid #555; padding: .2em .5em; text-align: left; "
    "vertical-align: top; }\n</style>\n</head>\n<body>\n";

void
text_put_html(struct buf *out, const struct clause_set *set)
{
    buf_put_z(out, page_head);
    for (size_t d = 0; d < set->doc_count; d++) {
        put_escaped(out, set->docs[d].title, " ");
        buf_put_z(out, d + 1 < set->doc_count ? " / " : "");
    }
    buf_put_z(out, page_style);
    for (size_t d = 0; d < set->doc_count; d++) {
        const struct clause_doc *doc = &set->docs[d];
        buf_put_z(out, "<h1>");
        put_escaped(out, doc->title.n > 0 ? doc->title : doc->word, " ");
        buf_put_z(out, "</h1>\n<p>");
        put_escaped(out, doc->front, "<br>");
        buf_put_z(out, "</p>\n");
        if (d == 0)
            put_tables(out, set, CLAUSE_NONE, put_html_table);
        for (size_t i = doc->first; i < doc->first + doc->count; i++) {
            put_html_clause(out, &set->clauses[i]);
            put_tables(out, set, i, put_html_table);
        }
    }
    buf_put_z(out, "</body>\n</html>\n");
}

static void
put_cell(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    if (s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL)
        buf_put_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_put_char(out, '"');
        buf_put_char(out, s.p[i]);
    }
    buf_put_char(out, '"');
}

void
text_put_csv(struct buf *out, const struct clause_set *set)
{
    buf_put_z(out, "\xef\xbb\xbfkey,doc,label,path,kind,title,text,parent\r\n");
    for (size_t i = 0; i < set->clause_count; i++) {
        const struct clause *c = &set->clauses[i];
        struct str parent =
            c->parent == CLAUSE_NONE ? (struct str){0} : set->clauses[c->parent].key;
        const struct str cells[] = {c->key,
                                    set->docs[c->doc].word,
                                    c->label,
                                    c->path,
                                    str_of(policy_kind_word(c->kind)),
                                    c->title,
                                    c->text,
                                    parent};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
            if (k > 0)
                buf_put_char(out, ',');
            put_cell(out, cells[k]);
        }
        buf_put_z(out, "\r\n");
    }
}
