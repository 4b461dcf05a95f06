/*
 * tree: where a marked paragraph goes. No order of levels is presumed: a successor in an open list
 * continues it, innermost first; a first mark opens a list under the open clause; the rest is text
 * or a gap in the numbering, which is a finding. Runs in policy-worker and the command line.
 *
 * Invariants: r->cur is the innermost open clause of r->doc or its root; depth <= POLICY_DEPTH.
 */
#include "format/policy/read.h"

#include <stdio.h>
#include <string.h>

enum { GAP_MOST = 10, LOST_FIRST_MOST = 20 };

bool
mark_opens_document(const struct policy_mark *mark)
{
    switch (mark->class) {
    case MARK_CHAPTER:
    case MARK_ARTICLE:
    case MARK_DAI:
    case MARK_NUM:
        return mark->ordinal == 1;
    case MARK_DOT:
        return mark->part_count == 2 && mark->ordinal == 1 && mark->parts[0] == 1;
    case MARK_NONE:
    case MARK_SECTION:
    case MARK_SUBSECTION:
    case MARK_PAREN:
    case MARK_CIRCLE:
    case MARK_KATA:
    case MARK_PAREN_KATA:
    case MARK_IROHA:
    case MARK_PAREN_IROHA:
    case MARK_ALPHA:
    case MARK_PAREN_ALPHA:
    case MARK_BULLET:
        break;
    }
    return false;
}

static bool is_structural(enum policy_mark_class class)
{
    return class >= MARK_CHAPTER && class <= MARK_ARTICLE;
}

/* Dotted marks of one list: the same parts but for the last. */
static bool
same_list(const struct policy_mark *a, const struct policy_mark *b)
{
    if (a->class != b->class)
        return false;
    if (a->class != MARK_DOT)
        return true;
    return a->part_count == b->part_count &&
           memcmp(a->parts, b->parts, (a->part_count - 1) * sizeof a->parts[0]) == 0;
}

/* "1." and "1 " in one text are two lists, when it matters. */
static bool
same_point(const struct policy_mark *a, const struct policy_mark *b)
{
    if (a->class != MARK_NUM || b->class != MARK_NUM)
        return true;
    uint32_t x = char_last(a->printed), y = char_last(b->printed);
    return (x == '.' || x == 0xff0e) == (y == '.' || y == 0xff0e);
}

/* 5 behind 4 or 4の2; 4の2 behind 4, 4の3 behind 4の2. */
static bool
is_next(const struct policy_mark *before, const struct policy_mark *mark)
{
    if (mark->class == MARK_BULLET)
        return true;
    if (mark->branch == 0)
        return mark->ordinal == before->ordinal + 1;
    return mark->ordinal == before->ordinal &&
           mark->branch == (before->branch == 0 ? 2 : before->branch + 1);
}

/* The open clause, innermost first, that MARK continues: of the same print before any other. */
static struct policy_node *
predecessor(const struct reader *r, const struct policy_mark *mark)
{
    struct policy_node *found = NULL, *root = r->doc->root;
    for (struct policy_node *n = r->cur; n != root; n = n->parent) {
        if (!same_list(&n->mark, mark) || !is_next(&n->mark, mark))
            continue;
        if (same_point(&n->mark, mark))
            return n;
        found = found == NULL ? n : found;
    }
    return found;
}

/* 1.1 under chapter 10 is a damaged 11. */
static struct policy_node *
repair_parent(const struct reader *r, struct policy_mark *mark)
{
    if (mark->class != MARK_DOT || mark->part_count != 2 || mark->parts[0] > 9 ||
        mark->parts[1] > 9)
        return NULL;
    unsigned joined = mark->parts[0] * 10 + mark->parts[1];
    for (struct policy_node *n = r->cur; n != r->doc->root; n = n->parent) {
        if (n->mark.class != MARK_NUM || n->mark.ordinal == mark->parts[0])
            continue;
        if (n->mark.ordinal + 1 == joined) {
            mark->class = MARK_NUM;
            mark->ordinal = joined;
            mark->repaired = true;
            return n->parent;
        }
    }
    return NULL;
}

/* The clause under which a first mark opens its list, or NULL. */
static struct policy_node *
first_parent(const struct reader *r, const struct policy_mark *mark)
{
    struct policy_node *root = r->doc->root;
    if (is_structural(mark->class)) {
        struct policy_node *n = r->cur;
        while (n != root && !(is_structural(n->mark.class) && n->mark.class < mark->class))
            n = n->parent;
        return n;
    }
    if (mark->class != MARK_DOT)
        return r->cur;
    for (struct policy_node *n = r->cur; n != root; n = n->parent) {
        const struct policy_mark *above = &n->mark;
        if (above->class == MARK_DOT && above->part_count + 1 == mark->part_count &&
            memcmp(above->parts, mark->parts, above->part_count * sizeof above->parts[0]) == 0)
            return n;
        if ((above->class == MARK_NUM || above->class == MARK_CHAPTER) && mark->part_count == 2 &&
            above->ordinal == mark->parts[0])
            return n;
    }
    return r->cur == root && root->first == NULL ? root : NULL;
}

static bool is_strong(enum policy_mark_class class)
{
    return class == MARK_CIRCLE || class == MARK_PAREN || class == MARK_KATA ||
           class == MARK_PAREN_KATA || class == MARK_PAREN_ALPHA || class == MARK_IROHA ||
           class == MARK_PAREN_IROHA;
}

/* A mark that is neither a successor nor a first one. */
static struct place
place_odd(const struct reader *r, const struct policy_mark *mark, struct policy_node *same)
{
    struct place none = {FIT_NO, NULL};
    if (same == NULL) {
        struct policy_node *article = r->cur, *root = r->doc->root;
        while (article != root && article->mark.class != MARK_ARTICLE)
            article = article->parent;
        if (mark->class == MARK_NUM && mark->ordinal == 2 && article != root)
            return (struct place){FIT_NEXT, article}; /* the first 項 prints no number */
        if (is_strong(mark->class) && mark->ordinal <= LOST_FIRST_MOST && r->cur != r->doc->root)
            return (struct place){FIT_GAP, r->cur};
        return none;
    }
    if (mark->ordinal == same->mark.ordinal)
        return (struct place){FIT_REPEAT, same->parent};
    if (mark->ordinal > same->mark.ordinal && mark->ordinal <= same->mark.ordinal + GAP_MOST)
        return (struct place){FIT_GAP, same->parent};
    return none;
}

/* The order that the open lists of kana above r->cur ask of the kana MARK, read as アイウ, and
 * IROHA, the same read as イロハ: 1 イロハ, 0 アイウ, -1 they do not say. */
static int
order_above(const struct reader *r, const struct policy_mark *mark, const struct policy_mark *iroha)
{
    enum policy_mark_class innermost = MARK_NONE;
    for (const struct policy_node *n = r->cur; n != r->doc->root; n = n->parent) {
        bool kata = n->mark.class == mark->class, other = n->mark.class == iroha->class;
        if ((kata && is_next(&n->mark, mark)) || (other && is_next(&n->mark, iroha)))
            return other;
        if ((kata || other) && innermost == MARK_NONE)
            innermost = n->mark.class;
    }
    if (innermost == MARK_NONE)
        return -1;
    return innermost == iroha->class && mark->ordinal != 1;
}

bool
tree_is_iroha(const struct reader *r, const struct policy_mark *mark, bool followed)
{
    struct policy_mark iroha;
    if (r->doc == NULL || r->cur->kind == POLICY_SUPPLEMENT || !mark_iroha(mark, &iroha))
        return false;
    int order = order_above(r, mark, &iroha);
    if (order >= 0)
        return order > 0;
    bool lost = mark->ordinal > LOST_FIRST_MOST && iroha.ordinal <= LOST_FIRST_MOST;
    return followed && (iroha.ordinal == 1 || lost);
}

struct place
tree_place(const struct reader *r, struct policy_mark *mark)
{
    struct place none = {FIT_NO, NULL};
    if (r->doc == NULL)
        return none;
    struct policy_node *same = NULL, *root = r->doc->root, *before = predecessor(r, mark);
    if (before != NULL)
        return (struct place){FIT_NEXT, before->parent};
    for (struct policy_node *n = r->cur; same == NULL && n != root; n = n->parent)
        same = same_list(&n->mark, mark) ? n : NULL;
    struct policy_node *repaired = repair_parent(r, mark);
    if (repaired != NULL)
        return (struct place){FIT_NEXT, repaired};
    if (mark->class == MARK_BULLET)
        return r->cur == root ? none : (struct place){FIT_FIRST, r->cur};
    struct policy_node *parent = first_parent(r, mark);
    if (mark->class == MARK_ARTICLE && mark->branch == 0 &&
        mark->ordinal == r->doc->last_article + 1)
        return (struct place){FIT_NEXT, parent};
    if (mark->branch != 0)
        return place_odd(r, mark, same);
    if (mark->ordinal == 1 && same != NULL && !same_point(&same->mark, mark))
        return (struct place){FIT_MIXED, r->cur};
    if (mark->ordinal == 1 && same != NULL)
        return (struct place){FIT_RESTART, same->parent};
    if (mark->ordinal == 1)
        return parent == NULL ? none : (struct place){FIT_FIRST, parent};
    return place_odd(r, mark, same);
}

struct policy_node *
node_new(struct reader *r, enum policy_kind kind)
{
    struct policy_node *node = arena_alloc(r->arena, sizeof *node);
    if (node == NULL) {
        arena_check(r->arena, r->err);
        return NULL;
    }
    node->kind = kind;
    node->doc = r->doc;
    return node;
}

void
node_add_para(struct policy_node *node, struct policy_para *para)
{
    if (node->last_para == NULL)
        node->paras = para;
    else
        node->last_para->next = para;
    node->last_para = para;
}

static void
note_fit(struct reader *r, const struct place *place, struct policy_node *node)
{
    struct policy_range at = node->mark_piece->source;
    if (node->mark.repaired)
        finding_add(r, "P105", POLICY_ASK, node, at);
    if (place->fit == FIT_GAP || place->fit == FIT_REPEAT)
        finding_add(r, "P106", POLICY_ASK, node, at);
    if (place->fit == FIT_MIXED)
        finding_add(r, "P109", POLICY_ASK, node, at);
    if (place->fit == FIT_RESTART)
        finding_add(r, "P108", POLICY_ASK, node, at);
}

int
tree_add(struct reader *r, const struct place *place, const struct policy_mark *mark,
         struct policy_piece *mark_piece)
{
    if (r->tree->node_count >= POLICY_NODES)
        return ERR(r->err, "policy.nodes", "%d", POLICY_NODES);
    struct policy_node *parent = place->parent;
    if (parent->depth >= POLICY_DEPTH)
        return ERR(r->err, "policy.depth", "%d", POLICY_DEPTH);
    struct policy_node *node = node_new(r, POLICY_CLAUSE);
    if (node == NULL || mark_piece == NULL)
        return -1;
    node->mark = *mark;
    node->mark_piece = mark_piece;
    node->parent = parent;
    node->depth = parent->depth + 1;
    node->position = ++parent->child_count;
    if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    node->previous = parent->last;
    parent->last = node;
    if (r->last_node == NULL)
        r->tree->nodes = node;
    else
        r->last_node->following = node;
    r->last_node = node;
    r->tree->node_count++;
    if (mark->class == MARK_ARTICLE)
        r->doc->last_article = mark->ordinal;
    r->cur = node;
    note_fit(r, place, node);
    return 0;
}

int
tree_begin_doc(struct reader *r, enum policy_doc_kind kind)
{
    struct policy_doc *doc = arena_alloc(r->arena, sizeof *doc);
    if (doc == NULL)
        return arena_check(r->arena, r->err);
    doc->kind = kind;
    r->doc = doc;
    if (r->front != NULL) {
        doc->root = r->front; /* what stood before the first document is its front */
        doc->root->doc = doc;
        r->front = NULL;
    } else {
        doc->root = node_new(r, POLICY_ROOT);
    }
    if (doc->root == NULL)
        return -1;
    if (r->last_doc == NULL)
        r->tree->docs = doc;
    else
        r->last_doc->next = doc;
    r->last_doc = doc;
    r->cur = doc->root;
    return 0;
}

int
tree_begin_supplement(struct reader *r, enum policy_annex annex)
{
    struct policy_node *node = node_new(r, POLICY_SUPPLEMENT);
    if (node == NULL)
        return -1;
    struct policy_doc *doc = r->doc;
    node->parent = doc->root;
    node->annex = annex;
    if (doc->last_supplement == NULL)
        doc->supplements = node;
    else
        doc->last_supplement->next = node;
    doc->last_supplement = node;
    r->cur = node;
    return 0;
}
