/*
 * list: a tree for people (outline) and for spreadsheets (CSV). Runs in policy-worker and the
 * command line.
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
