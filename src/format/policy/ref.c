/*
 * ref: where a clause points: 上記6から8まで, 前項, （１）の分類, 上記対策; and the short names it
 * gives (以下「…」という。). Runs in policy-worker and the command line. A target that is not there
 * is a finding (P211), a pointer to nothing in particular too (P212).
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { TARGETS_MOST = 64, CHILDREN_MOST = 200, REFS_MOST = 10000 };

struct pointing {
    struct policy_node *to[TARGETS_MOST];
    size_t count;
    bool range;
    bool broken;
};

static int
ref_add(struct reader *r, struct policy_node *from, enum policy_ref_kind kind, struct str text,
        const struct pointing *p)
{
    if (++r->ref_count > REFS_MOST)
        return ERR(r->err, "policy.refs", "%d", REFS_MOST);
    struct policy_ref *ref = arena_alloc(r->arena, sizeof *ref);
    if (ref == NULL)
        return arena_check(r->arena, r->err);
    *ref = (struct policy_ref){.kind = kind, .from = from, .text = text};
    ref->to = arena_array(r->arena, p->count, sizeof(struct policy_node *));
    if (ref->to == NULL)
        return arena_check(r->arena, r->err);
    memcpy(ref->to, p->to, p->count * sizeof(struct policy_node *));
    ref->to_count = p->count;
    if (r->last_ref == NULL)
        r->tree->refs = ref;
    else
        r->last_ref->next = ref;
    r->last_ref = ref;
    struct policy_range at = from->mark_piece->source;
    if (kind == REF_VAGUE)
        finding_add_text(r, "P212", POLICY_ASK, from, at, ref->text);
    else if (p->broken || p->count == 0)
        finding_add_text(r, "P211", POLICY_ASK, from, at, ref->text);
    return 0;
}

static struct policy_node *
child_by_mark(const struct policy_node *parent, const struct policy_mark *mark)
{
    size_t seen = 0;
    for (struct policy_node *n = parent->first; n != NULL && seen < CHILDREN_MOST; n = n->next) {
        seen++;
        if (n->mark.class == MARK_DOT && mark->class == MARK_DOT)
            if (n->mark.part_count == mark->part_count &&
                memcmp(n->mark.parts, mark->parts, sizeof mark->parts[0] * mark->part_count) == 0)
                return n;
        if (n->mark.class != MARK_DOT && mark->class != MARK_DOT &&
            n->mark.ordinal == mark->ordinal && n->kind != POLICY_LIMIT)
            return n;
    }
    return NULL;
}

/* A chapter number at the start of *REST ("６", "1.6"). */
static bool
read_target(struct str *rest, struct policy_mark *mark)
{
    struct str s = str_slice(*rest, char_blank_prefix(*rest), rest->n);
    *mark = (struct policy_mark){.class = MARK_NUM};
    do {
        unsigned value = 0, digits = 0;
        while (s.n > 0 && char_is_digit(char_first(s)) && digits < 3) {
            value = value * 10 + char_digit(char_first(s));
            utf8_next(&s);
            digits++;
        }
        if (digits == 0 || mark->part_count == MARK_PARTS)
            return false;
        mark->parts[mark->part_count++] = value;
        mark->ordinal = value;
        if (s.n < 2 || s.p[0] != '.' || !char_is_digit(char_first(str_slice(s, 1, s.n))))
            break;
        s = str_slice(s, 1, s.n);
    } while (true);
    if (mark->part_count > 1)
        mark->class = MARK_DOT;
    *rest = s;
    return true;
}

static void
point(struct pointing *p, struct policy_node *node)
{
    if (node == NULL)
        p->broken = true;
    else if (p->count < TARGETS_MOST)
        p->to[p->count++] = node;
}

/* Between two numbers of a list: 、 , 及び 並びに 又は から. */
static bool
read_joint(struct str *rest, bool *ret_range)
{
    static const char *const joints[] = {"、", ",", "及び", "並びに", "又は", "から", "～"};
    struct str s = str_slice(*rest, char_blank_prefix(*rest), rest->n);
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (str_begins(s, joints[i])) {
            *ret_range = i >= 5;
            *rest = str_slice(s, strlen(joints[i]), s.n);
            return true;
        }
    return false;
}

/* "上記" and chapter numbers behind it. */
static int
read_above(struct reader *r, struct policy_node *from, struct str text)
{
    struct str rest = str_slice(text, strlen("上記"), text.n);
    struct policy_node *root = from->doc->root;
    struct pointing p = {0};
    struct policy_mark mark;
    if (!read_target(&rest, &mark)) {
        bool vague = str_begins(rest, "対策") || str_begins(rest, "の対策");
        return vague ? ref_add(r, from, REF_VAGUE, str_slice(text, 0, strlen("上記対策")), &p) : 0;
    }
    struct policy_node *node = child_by_mark(root, &mark);
    point(&p, node);
    struct str before = rest;
    bool range = false;
    while (read_joint(&rest, &range) && read_target(&rest, &mark)) {
        struct policy_node *next = child_by_mark(root, &mark);
        for (struct policy_node *n = range && node != NULL && next != NULL ? node->next : NULL;
             n != NULL && n != next; n = n->next)
            point(&p, n);
        p.range = p.range || range;
        point(&p, next);
        node = next;
        before = rest;
    }
    struct str printed = str_slice(text, 0, text.n - before.n);
    return ref_add(r, from, p.range ? REF_RANGE : REF_ABSOLUTE, printed, &p);
}

/* 前項 and 前各項: the clauses before, in the same list. */
static int
read_before(struct reader *r, struct policy_node *from, struct str text)
{
    struct pointing p = {0};
    if (str_begins(text, "前項")) {
        point(&p, from->previous);
        return ref_add(r, from, REF_RELATIVE, STR("前項"), &p);
    }
    for (struct policy_node *n = from->parent->first; n != from && p.count < TARGETS_MOST;
         n = n->next)
        point(&p, n);
    return ref_add(r, from, REF_RELATIVE, STR("前各項"), &p);
}

/* （１）の分類: a clause of the same chapter. */
static int
read_bracketed(struct reader *r, struct policy_node *from, struct str text)
{
    struct policy_mark mark;
    size_t n = mark_read(text, &mark);
    if (n == 0 || mark.class != MARK_PAREN || !str_begins(str_slice(text, n, text.n), "の分類"))
        return 0;
    struct policy_node *chapter = from;
    while (chapter->depth > 1)
        chapter = chapter->parent;
    struct pointing p = {0};
    point(&p, child_by_mark(chapter, &mark));
    return ref_add(r, from, REF_ABSOLUTE, str_slice(text, 0, n + strlen("の分類")), &p);
}

/* （以下「職員等」という。） */
static int
read_short_name(struct reader *r, struct policy_node *from, struct str text)
{
    static const char open[] = "以下「";
    ptrdiff_t end = str_find(str_slice(text, 0, 160), STR("」という"), 0);
    if (end < 0)
        return 0;
    struct policy_short_name *name = arena_alloc(r->arena, sizeof *name);
    if (name == NULL)
        return arena_check(r->arena, r->err);
    name->node = from;
    name->name = str_slice(text, strlen(open), (size_t)end);
    if (r->tree->last_short_name == NULL)
        r->tree->short_names = name;
    else
        r->tree->last_short_name->next = name;
    r->tree->last_short_name = name;
    return 0;
}

static int
scan_text(struct reader *r, struct policy_node *node, struct str text)
{
    typedef int scan_fn(struct reader *, struct policy_node *, struct str);
    static const struct {
        const char *word;
        scan_fn *scan;
    } scans[] = {{"上記", read_above},   {"前項", read_before}, {"前各項", read_before},
                 {"（", read_bracketed}, {"(", read_bracketed}, {"以下「", read_short_name}};
    struct str rest = text;
    while (rest.n > 0) {
        for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
            if (str_begins(rest, scans[i].word) && scans[i].scan(r, node, rest) < 0)
                return -1;
        utf8_next(&rest);
    }
    return 0;
}

static int
scan_short_names(struct reader *r, struct policy_node *node, const struct policy_para *paras)
{
    static const char word[] = "以下「";
    for (const struct policy_para *p = paras; p != NULL; p = p->next) {
        ptrdiff_t at = -1;
        while ((at = str_find(p->text, str_of(word), (size_t)(at + 1))) >= 0)
            if (read_short_name(r, node, str_slice(p->text, (size_t)at, p->text.n)) < 0)
                return -1;
    }
    return 0;
}

/* Names given in the front of a document and in its tables. */
static int
scan_outside(struct reader *r)
{
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next)
        if (scan_short_names(r, doc->root, doc->root->paras) < 0)
            return -1;
    for (struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        for (struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (struct policy_cell *c = row->cells; c != NULL; c = c->next)
                if (scan_short_names(r, t->node, c->text) < 0)
                    return -1;
    return 0;
}

int
reader_refs(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        for (const struct policy_para *p = n->paras; p != NULL; p = p->next)
            if (!p->title && scan_text(r, n, p->text) < 0)
                return -1;
    return scan_outside(r);
}
