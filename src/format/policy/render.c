/*
 * render: the clauses of a document in another numbering style, clean: one paragraph per line.
 * Gives a damaged text back as clean Markdown, and the tests their render matrix. Runs in
 * policy-worker and the command line.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

/* The Nth kana of ORDER, or its last. */
static void
put_kana(struct buf *out, const char *order, size_t n)
{
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

/* One mark of a style: N full width number, n half, c circled, k アイウ, i イロハ, a, p ⑴. */
static void
put_mark(struct buf *out, const char *form, size_t n)
{
    static const char kata[] = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
                               "マミムメモヤユヨラリルレロワヲン";
    static const char iroha[] = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマ"
                                "ケフコエテアサキユメミシヱヒモセスン";
    for (; *form != 0; form++) {
        if (*form == 'N')
            put_full(out, n);
        else if (*form == 'n')
            buf_printf(out, "%zu", n);
        else if (*form == 'c')
            put_circle(out, n);
        else if (*form == 'k')
            put_kana(out, kata, n);
        else if (*form == 'i')
            put_kana(out, iroha, n);
        else if (*form == 'a')
            buf_put_char(out, (char)('a' + (n - 1) % 26));
        else if (*form == 'p')
            utf8_put(out, (uint32_t)(0x2474 + (n - 1) % 20));
        else
            buf_put_char(out, *form);
    }
}

enum { DEPTHS = 6 };

static const char *const forms[STYLE_COUNT][DEPTHS] = {
    [STYLE_MODEL] = {"N　", "（N）", "c", "k　", "（k）"},
    [STYLE_POINT] = {"n. ", "(n) ", "c ", "(k) ", "(a) "},
    [STYLE_MARKDOWN] = {"## n. ", "### (n) ", "- c ", "- (k) ", "- (a) "},
    [STYLE_DAI] = {"第N　", "N　", "p ", "k ", "（k）"},
    [STYLE_ARTICLE] = {"第n章　", "第n節　", "第n条　", "N　", "（N）", "i　"},
    [STYLE_REIKI] = {"第n章　", "第n節　", "第n条　", "N　", "（N）", "i　"},
};

static const char *const words[STYLE_COUNT] = {"model", "point", "markdown", "dotted",
                                               "dai",   "dash",  "article",  "reiki"};

enum policy_style
policy_style_of(const char *word)
{
    int style = 0;
    while (style < STYLE_COUNT && strcmp(word, words[style]) != 0)
        style++;
    return (enum policy_style)style;
}

const char *
policy_style_word(enum policy_style style)
{
    return words[style];
}

struct renderer {
    struct buf *out;
    enum policy_style style;
    size_t articles; /* 条 count on through the chapters */
};

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
put_style(struct renderer *to, const struct policy_node *node)
{
    enum { ARTICLE_DEPTH = 3 };
    enum policy_style style = to->style;
    bool articles = style == STYLE_ARTICLE || style == STYLE_REIKI;
    bool path = style == STYLE_DOTTED || style == STYLE_DASH;
    bool deep = node->depth > DEPTHS || (path && node->depth == DEPTHS) ||
                (!path && forms[style][node->depth - 1] == NULL);
    if (node->mark.class == MARK_BULLET || deep) {
        buf_put_z(to->out, "・");
    } else if (path) {
        put_path(to->out, node, style == STYLE_DASH ? "―" : ".");
        buf_put_z(to->out, "　");
    } else {
        bool article = articles && node->depth == ARTICLE_DEPTH;
        put_mark(to->out, forms[style][node->depth - 1], article ? ++to->articles : node->position);
    }
}

static void
put_html(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<':
            buf_put_z(out, "&lt;");
            break;
        case '>':
            buf_put_z(out, "&gt;");
            break;
        case '&':
            buf_put_z(out, "&amp;");
            break;
        default:
            buf_put_char(out, s.p[i]);
        }
}

/* NODE as the publishers of 例規 print it: a line of class, number and text. */
static void
render_eline(struct renderer *to, const struct policy_node *node)
{
    static const char *const classes[] = {"head", "chapter", "section", "article", "clause"};
    const char *class = node->depth <= 4 ? classes[node->depth] : "item";
    struct buf *out = to->out;
    buf_printf(out, "<div class=\"eline\"><div class=\"%s\"><p class=\"num\"><span class=\"num\">",
               class);
    put_style(to, node);
    buf_put_z(out, "</span>");
    const char *end = "<span class=\"p\">";
    for (const struct policy_para *p = node->paras; p != NULL; p = p->next) {
        buf_put_z(out, end);
        put_html(out, p->text);
        buf_put_z(out, "</span>");
        end = "</p><p class=\"p\"><span class=\"p\">";
    }
    buf_put_z(out, "</p></div></div>\n");
}

static void
render_lines(struct renderer *to, const struct policy_node *node)
{
    put_style(to, node);
    bool first = true;
    for (const struct policy_para *p = node->paras; p != NULL; p = p->next) {
        if (!first)
            buf_put_char(to->out, '\n');
        buf_put_str(to->out, p->text);
        first = false;
    }
    buf_put_z(to->out, "\n");
}

static void
render_node(struct renderer *to, const struct policy_node *node)
{
    if (to->style == STYLE_REIKI)
        render_eline(to, node);
    else
        render_lines(to, node);
    for (const struct policy_node *n = node->first; n != NULL; n = n->next)
        render_node(to, n);
}

static void
render_title(struct buf *out, struct str title, enum policy_style style)
{
    if (title.n == 0)
        return;
    if (style == STYLE_REIKI)
        buf_put_z(out, "<div class=\"eline\"><div class=\"head\"><p class=\"title\">");
    if (style == STYLE_REIKI)
        put_html(out, title);
    else
        buf_put_str(out, title);
    buf_put_z(out, style == STYLE_REIKI ? "</p></div></div>\n" : "\n\n");
}

void
policy_render(struct buf *out, const struct policy_doc *doc, enum policy_style style)
{
    struct renderer to = {.out = out, .style = style};
    if (style == STYLE_REIKI)
        buf_put_z(out, "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">"
                       "<title>例規</title></head>\n<body><div class=\"joubun\">\n");
    render_title(out, doc->title, style);
    for (const struct policy_node *n = doc->root->first; n != NULL; n = n->next) {
        render_node(&to, n);
        if (style != STYLE_REIKI)
            buf_put_char(out, '\n');
    }
    if (style == STYLE_REIKI)
        buf_put_z(out, "</div></body></html>\n");
}
