/*
 * list: a tree for people (outline) and for spreadsheets (CSV), and the same clauses in another
 * numbering style. Runs in policy-worker and the command line.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { OUTLINE_CHARS = 40 };

/* At most OUTLINE_CHARS characters, on one line. */
static void
put_short(struct buf *out, struct str s)
{
    struct str rest = s;
    for (unsigned n = 0; rest.n > 0 && n < OUTLINE_CHARS; n++) {
        struct str before = rest;
        int32_t c = utf8_next(&rest);
        if (c == '\n')
            break;
        buf_put(out, before.p, before.n - rest.n);
    }
    if (rest.n > 0)
        buf_put_z(out, "…");
}

void
policy_put_outline(struct buf *out, const struct policy_tree *tree)
{
    const struct policy_doc *doc = NULL;
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        if (n->doc != doc) {
            doc = n->doc;
            buf_printf(out, "%s: %.*s\n", policy_doc_word(doc->kind), STR_FMT(doc->title));
        }
        buf_printf(out, "%*s%.*s ", (int)n->depth * 2, "", STR_FMT(n->label));
        put_short(out, n->title.n > 0 ? n->title : n->text);
        buf_put_char(out, '\n');
    }
}

static void
put_cell(struct buf *out, struct str s)
{
    bool formula = s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL;
    buf_put_char(out, '"');
    if (formula)
        buf_put_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_put_char(out, '"');
        buf_put_char(out, s.p[i]);
    }
    buf_put_char(out, '"');
}

void
policy_put_csv(struct buf *out, const struct policy_tree *tree)
{
    buf_put_z(out, "\xef\xbb\xbfkey,doc,label,path,kind,title,text,parent\r\n");
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        bool below = n->parent != NULL && n->parent->key != NULL;
        const struct str cells[] = {str_of(n->key), str_of(policy_doc_word(n->doc->kind)), n->label,
                                    n->path,        str_of(policy_kind_word(n->kind)),     n->title,
                                    n->text,        str_of(below ? n->parent->key : "")};
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            if (i > 0)
                buf_put_char(out, ',');
            put_cell(out, cells[i]);
        }
        buf_put_z(out, "\r\n");
    }
}

static void
put_kata(struct buf *out, size_t n)
{
    static const char order[] = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
                                "マミムメモヤユヨラリルレロワヲン";
    struct str s = str_of(order);
    for (size_t i = 1; i < n && s.n > 3; i++)
        utf8_next(&s);
    buf_put(out, s.p, 3);
}

static void
put_circle(struct buf *out, size_t n)
{
    if (n <= 20)
        utf8_put(out, (uint32_t)(0x2460 + n - 1));
    else if (n <= 35)
        utf8_put(out, (uint32_t)(0x3251 + n - 21));
    else
        utf8_put(out, (uint32_t)(0x32b1 + n - 36));
}

static void
put_full(struct buf *out, size_t n)
{
    if (n >= 10)
        put_full(out, n / 10);
    utf8_put(out, (uint32_t)(0xff10 + n % 10));
}

/* One mark of a style, as a word: N full width number, n half, (n), c circled, k kana, (k), a. */
static void
put_mark(struct buf *out, const char *form, size_t n)
{
    for (; *form != 0; form++) {
        if (*form == 'N')
            put_full(out, n);
        else if (*form == 'n')
            buf_printf(out, "%zu", n);
        else if (*form == 'c')
            put_circle(out, n);
        else if (*form == 'k')
            put_kata(out, n);
        else if (*form == 'a')
            buf_put_char(out, (char)('a' + (n - 1) % 26));
        else if (*form == 'p')
            utf8_put(out, (uint32_t)(0x2474 + (n - 1) % 20));
        else
            buf_put_char(out, *form);
    }
}

static const char *const forms[STYLE_COUNT][5] = {
    [STYLE_MODEL] = {"N\xe3\x80\x80", "\xef\xbc\x88N\xef\xbc\x89", "c", "k\xe3\x80\x80",
                     "\xef\xbc\x88k\xef\xbc\x89"},
    [STYLE_POINT] = {"n. ", "(n) ", "c ", "(k) ", "(a) "},
    [STYLE_MARKDOWN] = {"## n. ", "### (n) ", "- c ", "- (k) ", "- (a) "},
    [STYLE_DAI] = {"\xe7\xac\xacN\xe3\x80\x80", "N\xe3\x80\x80", "p ", "k ",
                   "\xef\xbc\x88k\xef\xbc\x89"},
};

enum policy_style
policy_style_of(const char *word)
{
    static const char *const words[STYLE_COUNT] = {"model",  "point", "markdown",
                                                   "dotted", "dai",   "dash"};
    int style = 0;
    while (style < STYLE_COUNT && strcmp(word, words[style]) != 0)
        style++;
    return (enum policy_style)style;
}

/* The positions from the chapter down, joined by SIGN. */
static void
put_path(struct buf *out, const struct policy_node *node, const char *sign)
{
    if (node->parent->kind != POLICY_ROOT) {
        put_path(out, node->parent, sign);
        buf_put_z(out, sign);
    }
    buf_printf(out, "%zu", node->position);
}

static void
put_style(struct buf *out, const struct policy_node *node, enum policy_style style)
{
    if (node->mark.class == MARK_BULLET || node->depth > 5)
        buf_put_z(out, "・");
    else if (style == STYLE_DOTTED || style == STYLE_DASH) {
        put_path(out, node, style == STYLE_DASH ? "―" : ".");
        buf_put_z(out, "　");
    } else {
        put_mark(out, forms[style][node->depth - 1], node->position);
    }
}

static void
render_node(struct buf *out, const struct policy_node *node, enum policy_style style)
{
    put_style(out, node, style);
    bool first = true;
    for (const struct policy_para *p = node->paras; p != NULL; p = p->next) {
        if (!first)
            buf_put_char(out, '\n');
        buf_put_str(out, p->text);
        first = false;
    }
    buf_put_z(out, "\n");
    for (const struct policy_node *n = node->first; n != NULL; n = n->next)
        render_node(out, n, style);
}

void
policy_render(struct buf *out, const struct policy_doc *doc, enum policy_style style)
{
    if (doc->title.n > 0) {
        buf_put_str(out, doc->title);
        buf_put_z(out, "\n\n");
    }
    for (const struct policy_node *n = doc->root->first; n != NULL; n = n->next) {
        render_node(out, n, style);
        buf_put_char(out, '\n');
    }
}
