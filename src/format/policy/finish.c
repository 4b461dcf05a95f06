/*
 * finish: when all lines are read: titles, kinds, keys, labels, paths, texts and counts. Runs in
 * policy-worker and the command line.
 */
#include "base/mem/ensure.h"
#include "format/policy/read.h"

#include <stdio.h>
#include <string.h>

/* Its first short line, when text or children follow, is the title. */
static void
set_title(struct policy_node *node)
{
    struct policy_para *first = node->paras;
    if (first == NULL)
        return;
    bool follows = first->next != NULL || node->first != NULL;
    if (!first->title && follows && node->mark.class != MARK_BULLET &&
        para_is_title_form(first->text))
        first->title = true;
    if (!follows)
        first->title = false;
    if (first->title)
        node->title = first->text;
}

/* Words with which a further paragraph of a clause goes on. */
static bool
goes_on(struct str s)
{
    static const char *const words[] = {"ただし", "但し",   "なお", "また", "この", "その", "前",
                                        "以上",   "おって", "※",    "(",    "（",   "注"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_begins(s, words[i]))
            return true;
    return false;
}

/* A further paragraph of an item, which may be the next item without its number (P106). */
static void
check_lost(struct reader *r, struct policy_node *node)
{
    if (node->paras == NULL)
        return;
    for (struct policy_para *p = node->paras; p->next != NULL; p = p->next) {
        struct policy_para *next = p->next;
        if (next->caption || next->pieces == NULL || goes_on(next->text))
            continue;
        bool leaf = node->first == NULL && node->depth > 1;
        bool sentences = leaf && !p->title && para_is_ended(p->text);
        bool names = p->title && !para_is_ended(next->text) && para_is_title_form(next->text);
        bool after =
            para_is_ended(p->text) && !para_is_ended(next->text) && para_is_title_form(next->text);
        if (sentences || names || after)
            finding_add(r, "P106", POLICY_NOTE, node, next->pieces->source);
    }
}

static int
set_text(struct reader *r, struct policy_node *node)
{
    size_t n = 0, count = 0;
    struct policy_para *only = NULL;
    for (struct policy_para *p = node->paras; p != NULL; p = p->next)
        if (!p->title) {
            n += p->text.n + 1;
            count++;
            only = p;
        }
    if (count == 1)
        node->text = only->text;
    if (count < 2)
        return 0;
    char *text = arena_alloc(r->arena, n);
    if (text == NULL)
        return arena_check(r->arena, r->err);
    size_t at = 0;
    for (struct policy_para *p = node->paras; p != NULL; p = p->next) {
        if (p->title)
            continue;
        if (at > 0)
            text[at++] = '\n';
        memcpy(text + at, p->text.p, p->text.n);
        at += p->text.n;
    }
    node->text = (struct str){text, at};
    return 0;
}

/* What NODE adds to the label of its parent. */
static struct str
label_part(struct reader *r, const struct policy_node *node)
{
    const struct policy_mark *mark = &node->mark;
    char *z = NULL;
    switch (mark->class) {
    case MARK_NONE:
        return (struct str){0};
    case MARK_BULLET:
        z = arena_printf(r->arena, "・%zu", node->position);
        break;
    case MARK_PAREN:
        z = arena_printf(r->arena, "(%u)", mark->ordinal);
        break;
    case MARK_NUM:
        z = arena_printf(r->arena, node->depth > 1 ? "-%u" : "%u", mark->ordinal);
        break;
    case MARK_CHAPTER:
    case MARK_SECTION:
    case MARK_SUBSECTION:
    case MARK_ARTICLE:
    case MARK_DAI:
    case MARK_DOT:
    case MARK_CIRCLE:
    case MARK_KATA:
    case MARK_PAREN_KATA:
    case MARK_IROHA:
    case MARK_PAREN_IROHA:
    case MARK_ALPHA:
    case MARK_PAREN_ALPHA:
        return mark_half(r->arena, mark->printed);
    }
    return str_of(z);
}

static bool
stands_alone(const struct policy_mark *mark)
{
    return mark->class == MARK_DOT || mark->class == MARK_ARTICLE;
}

static int
set_label(struct reader *r, struct policy_node *node)
{
    struct policy_node *parent = node->parent;
    struct str own = label_part(r, node);
    bool alone = parent->kind == POLICY_ROOT || stands_alone(&node->mark);
    struct str above = alone ? (struct str){0} : parent->label;
    char *label = arena_printf(r->arena, "%.*s%.*s", STR_FMT(above), STR_FMT(own));
    char *path = parent->kind == POLICY_ROOT
                     ? arena_printf(r->arena, "%zu", node->position)
                     : arena_printf(r->arena, "%.*s.%zu", STR_FMT(parent->path), node->position);
    node->label = str_of(label);
    node->path = str_of(path);
    return arena_check(r->arena, r->err);
}

/* The children of a chapter on definitions, each with a title, are terms. */
static bool
is_term(const struct policy_node *node)
{
    const struct policy_node *parent = node->parent;
    return parent->kind == POLICY_CLAUSE && parent->depth == 1 && node->title.n > 0 &&
           node->first == NULL && str_finishes(parent->title, "定義");
}

static struct str
body_of(struct str title)
{
    static const char *const kinds[] = {"組合", "市", "町", "村", "県", "府", "都", "区"};
    if (str_begins(title, "序"))
        title = str_slice(title, strlen("序"), title.n);
    title = str_slice(title, char_blank_prefix(title), title.n);
    for (size_t i = 0; title.n < 100 && i < sizeof kinds / sizeof *kinds; i++)
        if (str_finishes(title, kinds[i]))
            return title;
    ptrdiff_t place = str_find(title, STR("情報セキュリティ"), 0);
    return place > 0
               ? str_slice(title, 0,
                           (size_t)place - char_blank_suffix(str_slice(title, 0, (size_t)place)))
               : (struct str){0};
}

static bool
is_date(struct str s)
{
    return (str_begins(s, "令和") || str_begins(s, "平成") || str_begins(s, "20")) && s.n < 60 &&
           (str_has(s, "月") || str_has(s, "/") || str_has(s, "-"));
}

static enum policy_doc_kind
kind_in(struct str s)
{
    if (str_has(s, "基本方針"))
        return POLICY_BASIC;
    if (str_has(s, "対策基準"))
        return POLICY_STANDARD;
    return str_has(s, "実施手順") ? POLICY_PROCEDURE : POLICY_OTHER;
}

/* The kind from the document's own words, when no title says it. */
static enum policy_doc_kind
kind_of_words(const struct policy_doc *doc)
{
    unsigned basic = 0, standard = 0;
    for (const struct policy_node *n = doc->root->first; n != NULL; n = n->next)
        for (const struct policy_para *p = n->paras; p != NULL; p = p->next) {
            basic += str_has(p->text, "本基本方針") || str_has(p->text, "この基本方針");
            standard += str_has(p->text, "本対策基準") || str_has(p->text, "この対策基準");
        }
    if (basic == 0 && standard == 0)
        return POLICY_OTHER;
    return basic >= standard ? POLICY_BASIC : POLICY_STANDARD;
}

/* The ○ that collections of regulations print before a title is none of its words. */
static struct str
without_circle(struct str s)
{
    if (str_begins(s, "○") || str_begins(s, "◯") || str_begins(s, "〇"))
        s = str_slice(s, strlen("○"), s.n);
    return str_trim(s);
}

/* ○○町情報セキュリティ規則: the title of a text that is none of the kinds known. */
static bool
is_regulation(struct str s)
{
    static const char *const ends[] = {"条例", "規則", "規程", "要綱", "要領", "訓令", "指針"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_finishes(s, ends[i]))
            return char_count(s) <= 45;
    return false;
}

/* Title, body, edition and date from the front of DOC. */
static void
read_front(struct policy_doc *doc)
{
    for (struct policy_para *p = doc->root->paras; p != NULL; p = p->next) {
        struct str text = without_circle(p->text);
        bool names =
            kind_in(text) != POLICY_OTHER || str_finishes(text, "ポリシー") || is_regulation(text);
        if (names && (p->title || doc->title.n == 0) && !para_is_ended(text)) {
            doc->title = text;
            if (doc->kind == POLICY_OTHER)
                doc->kind = kind_in(p->text);
        }
        if (doc->body_name.n == 0)
            doc->body_name = body_of(text);
        if (str_has(p->text, "版") && p->text.n < 60)
            doc->version = p->text;
        if (is_date(p->text))
            doc->dated = p->text;
    }
}

/* 附則 say when it comes into force. */
static bool
is_dated(const struct policy_doc *doc)
{
    for (const struct policy_node *s = doc->supplements; s != NULL; s = s->next)
        for (const struct policy_para *p = s->paras; p != NULL; p = p->next)
            if (str_has(p->text, "施行") && str_has(p->text, "年") && str_has(p->text, "月"))
                return true;
    return doc->dated.n > 0;
}

static void
finish_doc(struct reader *r, struct policy_doc *doc)
{
    read_front(doc);
    bool titled = doc->title.n > 0 && (doc->kind != POLICY_OTHER || is_regulation(doc->title));
    if (doc->kind == POLICY_OTHER)
        doc->kind = kind_of_words(doc);
    doc->chapters = doc->root->child_count;
    if (doc->kind == POLICY_PREFACE || doc->chapters == 0)
        return;
    if (!titled || !is_dated(doc)) {
        const struct policy_piece *mark = doc->root->first->mark_piece;
        finding_add(r, "P220", POLICY_NOTE, doc->root->first, mark->source);
    }
}

static void
count_node(struct policy_node *node)
{
    struct policy_doc *doc = node->doc;
    doc->nodes++;
    doc->leaves += node->first == NULL;
    doc->terms += node->kind == POLICY_TERM;
}

/* Parts behind the clauses, in all documents of the file. */
struct annex_count {
    unsigned all, rules;
};

/* 附則2: the second of them; 別表第1, 様式第2号: as their headings name them. */
static struct str
annex_label(struct reader *r, const struct policy_node *n, unsigned number)
{
    enum policy_annex annex;
    struct str name;
    if (n->annex != ANNEX_RULES && n->paras != NULL &&
        annex_heading(r, n->paras->text, &annex, &name))
        return mark_half(r->arena, name);
    return str_of(arena_printf(r->arena, "附則%u", number));
}

static int
finish_supplements(struct reader *r, struct policy_doc *doc, struct annex_count *count)
{
    for (struct policy_node *n = doc->supplements; n != NULL; n = n->next) {
        n->key = arena_printf(r->arena, "s%u", ++count->all);
        count->rules += n->annex == ANNEX_RULES;
        set_title(n);
        n->label = annex_label(r, n, count->rules);
        n->path = n->label;
        if (arena_check(r->arena, r->err) < 0 || set_text(r, n) < 0)
            return -1;
    }
    return 0;
}

/* A clause whose last words do not end, although those of the one before it do: half a document. */
static void
check_end(struct reader *r)
{
    const struct policy_doc *doc = r->last_doc;
    struct policy_node *n = r->last_node;
    if (n == NULL || n->doc != doc || doc->supplements != NULL || n->last_para == NULL ||
        n->last_para->pieces == NULL || n->kind == POLICY_LIMIT)
        return;
    const struct policy_para *last = n->last_para;
    const struct policy_node *before = n->previous;
    bool siblings = before == NULL || before->last_para == NULL || before->first != NULL ||
                    para_is_ended(before->last_para->text);
    bool sentence = n->last_para != n->paras || !para_is_title_form(last->text);
    if (!para_is_ended(last->text) && siblings && (sentence || n->depth == 1))
        finding_add(r, "P114", POLICY_ASK, n, last->pieces->source);
}

/* Two documents of one kind in one file, and a file without any clause. */
static void
check_docs(struct reader *r)
{
    if (r->tree->node_count == 0 && r->line_count > 0)
        finding_add(r, "P115", POLICY_ERROR, NULL,
                    (struct policy_range){r->lines[0].from, r->lines[0].to});
    unsigned seen = 0;
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next) {
        bool twice = (seen >> doc->kind & 1) != 0;
        seen |= doc->kind == POLICY_PREFACE || doc->kind == POLICY_OTHER ? 0 : 1U << doc->kind;
        const struct policy_piece *place =
            doc->root->first != NULL ? doc->root->first->mark_piece : NULL;
        if (twice && place != NULL)
            finding_add(r, "P108", POLICY_ASK, doc->root->first, place->source);
    }
}

int
reader_finish(struct reader *r)
{
    unsigned clauses = 0, terms = 0;
    struct annex_count annexes = {0};
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        set_title(n);
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        check_lost(r, n);
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following) {
        if (is_term(n))
            n->kind = POLICY_TERM;
        n->key = n->kind == POLICY_TERM ? arena_printf(r->arena, "t%02u", ++terms)
                                        : arena_printf(r->arena, "c%04u", ++clauses);
        if (set_label(r, n) < 0 || set_text(r, n) < 0)
            return -1;
        count_node(n);
    }
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next) {
        finish_doc(r, doc);
        if (set_text(r, doc->root) < 0 || finish_supplements(r, doc, &annexes) < 0)
            return -1;
    }
    check_docs(r);
    check_end(r);
    return arena_check(r->arena, r->err);
}
