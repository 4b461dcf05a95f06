/*
 * agree: two clauses that order the same matter differently (P215): another rhythm for the same
 * object, an exception in the basic policy that the standard's section of that name does not know,
 * another list of bodies in the scope. Runs in policy-worker, cored and the command line.
 *
 * Invariant: each claim is held against at most KINDS earlier ones of the same object, and at most
 * CLAIMS are kept, so the work is linear. Exceptions and scopes: agree_docs.c.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum {
    OFTEN_FISCAL = 1 << 0,
    OFTEN_YEAR = 1 << 1,
    OFTEN_HALF = 1 << 2,
    OFTEN_QUARTER = 1 << 3,
    OFTEN_MONTH = 1 << 4,
    OFTEN_WEEK = 1 << 5,
    OFTEN_DAY = 1 << 6,
    OFTEN_RHYTHM = (1 << 7) - 1,
    OFTEN_PERIODIC = 1 << 7,
    OFTEN_NEEDED = 1 << 8,
};

enum { SLOTS = 8192, CLAIMS = SLOTS / 2, KINDS = 4, OBJECT_BYTES = 120, ATOM_BYTES = 12 };

static const struct {
    const char *text;
    unsigned bits;
} often[] = {
#define OFTEN(text, bits) {text, bits},
#define MATTER(text)
#include "format/policy/agree.def"
#undef OFTEN
#undef MATTER
};

static const char *const matters[] = {
#define OFTEN(text, bits)
#define MATTER(text) text,
#include "format/policy/agree.def"
#undef OFTEN
#undef MATTER
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What one sentence says about an object. */
struct claim {
    struct str name;
    unsigned bits;
    struct lint_spot spot; /* from the rhythm to the object */
    struct claim *next;    /* of the same object */
};

struct agree {
    struct lint_remarks *out;
    struct claim **slots;
    size_t count;
    size_t done_passage, done_at;      /* rhythms before this place are taken */
    struct lint_spot last, last_other; /* told last: two objects of one sentence are one finding */
};

static const struct lint_passage *
passage_of(const struct agree *a, struct lint_spot spot)
{
    return &a->out->view->passages[spot.passage];
}

static bool
is_matter(struct str object)
{
    for (size_t i = 0; i < COUNT(matters); i++)
        if (str_finishes(object, matters[i]))
            return true;
    return false;
}

/* 毎年 against 毎年度; 定期的又は必要に応じて against only 必要に応じて. */
static bool
disagree(unsigned x, unsigned y)
{
    unsigned a = x & OFTEN_RHYTHM, b = y & OFTEN_RHYTHM;
    if (a != 0 && b != 0)
        return a != b;
    return (x == OFTEN_NEEDED) != (y == OFTEN_NEEDED);
}

/* A matter is one wherever it stands; any other object only beside its neighbours. */
static struct str
name_of(struct agree *a, struct str object, struct lint_spot spot)
{
    const struct lint_view *view = a->out->view;
    size_t parent = view->sections[view->passages[spot.passage].section].parent;
    if (is_matter(object))
        return object;
    if (parent == LINT_NONE)
        return (struct str){0};
    return str_of(arena_printf(a->out->arena, "%.*s@%zu", STR_FMT(object), parent));
}

static bool
same_spot(struct lint_spot x, struct lint_spot y)
{
    return x.passage == y.passage && x.at == y.at;
}

static void
tell(struct agree *a, struct lint_spot spot, struct lint_spot other)
{
    if (!same_spot(a->last, spot) || !same_spot(a->last_other, other))
        lint_remark(a->out, "P215", POLICY_ASK, spot, &other);
    a->last = spot;
    a->last_other = other;
}

static void
claim_add(struct agree *a, struct str object, unsigned bits, struct lint_spot spot)
{
    struct str name = name_of(a, object, spot);
    if (name.n == 0)
        return;
    uint32_t slot = lint_hash(name) % SLOTS;
    while (a->slots[slot] != NULL && !str_equal(a->slots[slot]->name, name))
        slot = (slot + 1) % SLOTS;
    size_t kinds = 0;
    for (const struct claim *x = a->slots[slot]; x != NULL; x = x->next, kinds++) {
        if (x->bits == bits)
            return;
        if (disagree(x->bits, bits)) {
            tell(a, spot, x->spot);
            break;
        }
    }
    struct claim *c =
        a->count == CLAIMS || kinds == KINDS ? NULL : arena_alloc(a->out->arena, sizeof *c);
    if (c == NULL)
        return;
    *c = (struct claim){name, bits, spot, a->slots[slot]};
    a->slots[slot] = c;
    a->count++;
}

static struct str
without_prefix(struct str s, const char *prefix)
{
    return str_begins(s, prefix) && s.n > strlen(prefix) ? str_slice(s, strlen(prefix), s.n) : s;
}

/* 情報セキュリティ監査及び自己点検: each for itself. */
static void
split_object(struct agree *a, struct str object, unsigned bits, struct lint_spot spot)
{
    static const char *const joints[] = {"及び", "並びに", "又は", "・"};
    while (object.n > 0) {
        size_t end = object.n, skip = 0;
        for (size_t i = 0; i < COUNT(joints); i++) {
            ptrdiff_t at = str_find(str_slice(object, 0, end), str_of(joints[i]), 0);
            if (at >= 0) {
                end = (size_t)at;
                skip = strlen(joints[i]);
            }
        }
        struct str atom = without_prefix(str_slice(object, 0, end), "情報セキュリティ");
        if (atom.n >= ATOM_BYTES || is_matter(atom))
            claim_add(a, atom, bits, spot);
        object = str_slice(object, end + skip, object.n);
    }
}

/* The word of `often` at the start of S, or -1. */
static int
often_at(struct str s)
{
    for (size_t i = 0; i < COUNT(often); i++)
        if (str_begins(s, often[i].text))
            return (int)i;
    return -1;
}

/* Passes over 及び, 又は, て, に, 、 and further rhythms behind a first one. */
static size_t
pass_rhythms(struct str s, size_t at, unsigned *bits)
{
    static const char *const between[] = {"及び", "又は", "、", "に", "かつ", "は", "1回", "一回"};
    for (;;) {
        struct str rest = str_slice(s, at, s.n);
        int which = often_at(rest);
        size_t step = 0;
        if (which >= 0) {
            *bits |= often[which].bits;
            step = strlen(often[which].text);
        }
        for (size_t i = 0; step == 0 && i < COUNT(between); i++)
            if (str_begins(rest, between[i]))
                step = strlen(between[i]);
        if (step == 0)
            return at;
        at += step;
    }
}

/* A rhythm at SPOT; its object stands behind it, up to を. */
static void
on_often(void *ctx, unsigned id, struct lint_spot spot)
{
    struct agree *a = ctx;
    struct str s = passage_of(a, spot)->bare;
    (void)id;
    if (passage_of(a, spot)->title || (a->done_passage == spot.passage && spot.at < a->done_at))
        return;
    unsigned bits = 0;
    size_t from = pass_rhythms(s, spot.at, &bits);
    a->done_passage = spot.passage;
    a->done_at = from;
    struct str behind = str_slice(s, from, from + OBJECT_BYTES);
    ptrdiff_t end = str_find(behind, STR("を"), 0);
    struct str object = str_slice(behind, 0, end < 0 ? 0 : (size_t)end);
    if (str_has(object, "。") || str_has(object, "、"))
        return;
    split_object(a, object, bits,
                 (struct lint_spot){spot.passage, spot.at, from + object.n - spot.at});
}

static void
check_rhythms(struct agree *a)
{
    struct lint_word words[COUNT(often)];
    for (unsigned i = 0; i < COUNT(often); i++)
        words[i] = (struct lint_word){str_of(often[i].text), i};
    struct lint_scan *scan = lint_scan_new(a->out->arena, words, COUNT(often));
    if (scan != NULL)
        lint_scan_view(scan, a->out->view, on_often, a);
}

void
lint_agree(struct lint_remarks *out)
{
    struct agree a = {.out = out,
                      .done_passage = LINT_NONE,
                      .last = {LINT_NONE, 0, 0},
                      .last_other = {LINT_NONE, 0, 0}};
    a.slots = arena_array(out->arena, SLOTS, sizeof *a.slots);
    if (a.slots == NULL)
        return;
    check_rhythms(&a);
    lint_agree_docs(out);
}
