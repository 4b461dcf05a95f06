/*
 * diff: see diff.h. Pure; runs in cored and on the command line. pair.c finds who is who, span.c
 * shows the words, here it is said what that means.
 *
 * Invariant: each clause of either side stands in at least one row; in more only when it was split
 * or merged.
 */
#include "format/clause/diff.h"

#include "base/text/utf8.h"
#include "format/clause/pair.h"
#include "format/clause/span.h"

#include <string.h>

const char *
diff_kind_word(enum diff_kind kind)
{
    static const char *const words[] = {"same",  "renumbered", "reworded", "changed", "moved",
                                        "split", "merged",     "added",    "removed"};
    return words[kind];
}

const char *
diff_field_word(unsigned index)
{
    static const char *const words[] = {"modality",  "subject", "when", "number", "class",
                                        "exception", "needs",   "duty", "phrase"};
    return words[index];
}

struct differ {
    struct arena *arena;
    const struct diff_side *old_from, *new_from;
    struct pair_side old, new;
    const struct diff_options *options;
    struct diff *diff;
    struct err *err;
};

/* ---- what a sentence says ---- */

/* The digit of C, also full width; -1: none. */
static int
digit_of(int32_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 0xff10 && c <= 0xff19 ? c - 0xff10 : -1;
}

/* The next number of *REST; false at the end. Marks like （１） count as numbers too: they refer to
 * a place, which moved if they differ. */
static bool
next_number(struct str *rest, uint64_t *ret)
{
    bool inside = false;
    *ret = 0;
    while (rest->n > 0) {
        struct str before = *rest;
        int digit = digit_of(utf8_next(rest));
        if (digit < 0 && inside) {
            *rest = before;
            return true;
        }
        if (digit >= 0) {
            inside = true;
            *ret = *ret * 10 + (uint64_t)digit;
        }
    }
    return inside;
}

static bool
numbers_differ(struct str a, struct str b)
{
    uint64_t x, y;
    for (;;) {
        bool one = next_number(&a, &x), other = next_number(&b, &y);
        if (one != other || (one && x != y))
            return true;
        if (!one)
            return false;
    }
}

/* The next class that is named ("機密性3A"): its axis and the characters behind it. */
static bool
next_class(struct str *rest, uint64_t *ret)
{
    static const char *const axes[] = {"機密性", "完全性", "可用性"};
    while (rest->n > 0) {
        for (unsigned i = 0; i < 3; i++) {
            if (!str_starts(*rest, str_of(axes[i])))
                continue;
            struct str behind = str_slice(*rest, strlen(axes[i]), rest->n);
            int digit = digit_of(utf8_next(&behind));
            if (digit < 0)
                continue;
            int32_t letter = behind.n > 0 ? utf8_next(&behind) : 0;
            letter = letter >= 0xff21 && letter <= 0xff3a ? letter - 0xfee0 : letter;
            letter = letter >= 'A' && letter <= 'Z' ? letter : 0;
            *ret = (uint64_t)i << 32 | (uint64_t)digit << 16 | (uint64_t)letter;
            *rest = behind;
            return true;
        }
        (void)utf8_next(rest);
    }
    return false;
}

static bool
classes_differ(struct str a, struct str b)
{
    uint64_t x = 0, y = 0;
    for (;;) {
        bool one = next_class(&a, &x), other = next_class(&b, &y);
        if (one != other || (one && x != y))
            return true;
        if (!one)
            return false;
    }
}

static bool
orders(const struct clause_sentence *s)
{
    return s->type == POLICY_DUTY || s->type == POLICY_ITEM;
}

static unsigned
sentence_fields(const struct clause_sentence *a, const struct clause_sentence *b)
{
    unsigned fields = 0;
    if (orders(a) != orders(b))
        fields |= DIFF_DUTY;
    if (a->modality != b->modality || a->effort != b->effort)
        fields |= DIFF_MODALITY;
    if (a->subject != b->subject && !(a->inherited && b->inherited))
        fields |= DIFF_SUBJECT;
    if (a->when != b->when)
        fields |= DIFF_WHEN;
    if (a->needs != b->needs)
        fields |= DIFF_NEEDS;
    if (a->exception != b->exception)
        fields |= DIFF_EXCEPTION;
    if (numbers_differ(a->text, b->text))
        fields |= DIFF_NUMBER;
    if (classes_differ(a->text, b->text))
        fields |= DIFF_CLASS;
    return fields;
}

static struct str *
texts_of(struct arena *arena, const struct clause_sentence *list, size_t count)
{
    struct str *texts = arena_array(arena, count + 1, sizeof *texts);
    for (size_t i = 0; texts != NULL && i < count; i++)
        texts[i] = list[i].text;
    return texts;
}

/* The fields of sentences that found no partner. */
static unsigned
lone_fields(const struct clause_sentence *list, size_t count, const bool *paired)
{
    unsigned fields = 0;
    for (size_t i = 0; i < count; i++)
        if (!paired[i]) {
            fields |= orders(&list[i]) ? DIFF_DUTY : 0u;
            fields |= list[i].exception ? DIFF_EXCEPTION : 0u;
        }
    return fields;
}

static unsigned
aligned_fields(struct arena *scratch, const struct clause_sentence *a, size_t n,
               const struct clause_sentence *b, size_t m)
{
    struct str *x = texts_of(scratch, a, n), *y = texts_of(scratch, b, m);
    size_t *mate = arena_array(scratch, n + 1, sizeof *mate);
    bool *a_paired = arena_array(scratch, n + 1, sizeof *a_paired);
    bool *b_paired = arena_array(scratch, m + 1, sizeof *b_paired);
    if (x == NULL || y == NULL || mate == NULL || a_paired == NULL || b_paired == NULL ||
        !span_align(scratch, x, n, y, m, mate))
        return DIFF_DUTY; /* too long to say more: somebody looks at it */
    unsigned fields = 0;
    for (size_t i = 0; i < n; i++)
        if (mate[i] != CLAUSE_NONE) {
            fields |= sentence_fields(&a[i], &b[mate[i]]);
            a_paired[i] = b_paired[mate[i]] = true;
        }
    return fields | lone_fields(a, n, a_paired) | lone_fields(b, m, b_paired);
}

/* In what the clauses differ; both indices count from the document's first. */
static unsigned
fields_of(const struct differ *d, size_t old, size_t new)
{
    const struct clause *a = &d->old.clauses[old], *b = &d->new.clauses[new];
    struct arena *scratch = arena_new(64 << 20);
    unsigned fields =
        aligned_fields(scratch, d->old_from->set->sentences + a->first_sentence, a->sentence_count,
                       d->new_from->set->sentences + b->first_sentence, b->sentence_count);
    arena_free(scratch);
    if (a->kind == POLICY_LIMIT ||
        a->kind == POLICY_TERM) { /* they have no sentences of their own */
        fields |= numbers_differ(a->text, b->text) ? DIFF_NUMBER : 0u;
        fields |= classes_differ(a->text, b->text) ? DIFF_CLASS : 0u;
    }
    if (d->options != NULL && d->options->phrase != NULL &&
        d->options->phrase(d->options->ctx, d->old.first + old, a->text, b->text))
        fields |= DIFF_PHRASE;
    return fields;
}

/* ---- rows ---- */

/* Title and text as one, when the titles differ. */
static struct str
shown(struct arena *arena, const struct clause *c)
{
    if (c->title.n == 0)
        return c->text;
    if (c->text.n == 0)
        return c->title;
    char *both = arena_printf(arena, "%.*s\n%.*s", STR_FMT(c->title), STR_FMT(c->text));
    return str_of(both);
}

static int
put_spans(const struct differ *d, struct diff_pair *pair)
{
    const struct clause *a =
        pair->old == CLAUSE_NONE ? NULL : &d->old_from->set->clauses[pair->old];
    const struct clause *b =
        pair->new == CLAUSE_NONE ? NULL : &d->new_from->set->clauses[pair->new];
    struct str x = {"", 0}, y = {"", 0};
    bool titles = a == NULL || b == NULL || !str_equal(a->title, b->title);
    if (a != NULL)
        x = titles ? shown(d->arena, a) : a->text;
    if (b != NULL)
        y = titles ? shown(d->arena, b) : b->text;
    return span_make(d->arena, x, y, &pair->spans, &pair->span_count, d->err);
}

static bool
same_parent(const struct differ *d, size_t old, size_t new)
{
    size_t a = d->old.clauses[old].parent, b = d->new.clauses[new].parent;
    if (a == CLAUSE_NONE || b == CLAUSE_NONE)
        return a == b;
    return d->old.mate[a - d->old.first] == b - d->new.first;
}

/* What became of a clause that has a partner. */
static enum diff_kind
kind_of(const struct differ *d, size_t old, size_t new, unsigned *ret_fields)
{
    const struct clause *a = &d->old.clauses[old], *b = &d->new.clauses[new];
    bool near = same_parent(d, old, new);
    *ret_fields = 0;
    if (text_same(a->title, b->title) && text_same(a->text, b->text)) {
        if (!near)
            return DIFF_MOVED;
        return str_equal(a->label, b->label) && str_equal(a->path, b->path) ? DIFF_SAME
                                                                            : DIFF_RENUMBERED;
    }
    *ret_fields = fields_of(d, old, new);
    if (*ret_fields != 0)
        return DIFF_CHANGED;
    return near ? DIFF_REWORDED : DIFF_MOVED;
}

static int
add(struct differ *d, size_t old, size_t new, enum diff_kind kind, unsigned fields)
{
    struct diff_pair *pair = &d->diff->pairs[d->diff->pair_count++];
    const struct clause *a = old == CLAUSE_NONE ? NULL : &d->old.clauses[old];
    const struct clause *b = new == CLAUSE_NONE ? NULL : &d->new.clauses[new];
    *pair = (struct diff_pair){.old = a == NULL ? CLAUSE_NONE : d->old.first + old,
                               .new = b == NULL ? CLAUSE_NONE : d->new.first + new,
                               .kind = kind,
                               .fields = fields};
    bool duty = (a != NULL && a->duty) || (b != NULL && b->duty) ||
                (a != NULL && a->kind == POLICY_LIMIT) || (b != NULL && b->kind == POLICY_LIMIT);
    pair->recheck = duty && (kind == DIFF_CHANGED || kind >= DIFF_SPLIT);
    d->diff->counts[kind]++;
    return kind == DIFF_SAME || kind == DIFF_RENUMBERED ? 0 : put_spans(d, pair);
}

/* The rows that end at NEW: it and its partner, or its halves. */
static int
add_new(struct differ *d, size_t new)
{
    size_t old = d->new.mate[new];
    unsigned fields;
    if (old != CLAUSE_NONE) {
        enum diff_kind kind = kind_of(d, old, new, &fields);
        return add(d, old, new, kind, fields);
    }
    size_t half = d->new.half[new];
    if (half == CLAUSE_NONE)
        return add(d, CLAUSE_NONE, new, DIFF_ADDED, 0);
    if (!d->new.whole[new])
        return add(d, half, new, DIFF_SPLIT, 0);
    for (size_t i = half; i < d->old.count && i <= half + PAIR_NEIGHBOURS; i++)
        if (d->old.half[i] == new && !d->old.whole[i] && add(d, i, new, DIFF_MERGED, 0) < 0)
            return -1;
    return 0;
}

static bool
is_gone(const struct differ *d, size_t old)
{
    return d->old.mate[old] == CLAUSE_NONE && d->old.half[old] == CLAUSE_NONE;
}

/* What was removed stands behind the partner of what had stood before it. */
static int
add_all(struct differ *d)
{
    size_t *after = arena_array(d->arena, d->old.count + 1, sizeof *after);
    if (after == NULL)
        return arena_check(d->arena, d->err);
    for (size_t i = 0, last = 0; i < d->old.count; i++) {
        last = d->old.mate[i] != CLAUSE_NONE ? d->old.mate[i] + 1 : last;
        after[i] = last;
    }
    size_t *head = arena_array(d->arena, d->new.count + 2, sizeof *head);
    size_t *next = arena_array(d->arena, d->old.count + 1, sizeof *next);
    if (head == NULL || next == NULL)
        return arena_check(d->arena, d->err);
    for (size_t i = d->old.count; i-- > 0;)
        if (is_gone(d, i)) {
            next[i] = head[after[i]];
            head[after[i]] = i + 1;
        }
    for (size_t n = 0; n <= d->new.count; n++) {
        for (size_t i = head[n]; i > 0; i = next[i - 1])
            if (add(d, i - 1, CLAUSE_NONE, DIFF_REMOVED, 0) < 0)
                return -1;
        if (n < d->new.count && add_new(d, n) < 0)
            return -1;
    }
    return 0;
}

int
diff_make(struct arena *arena, const struct diff_side *old, const struct diff_side *new,
          const struct diff_options *options, struct diff **ret, struct err *err)
{
    struct differ d = {
        .arena = arena, .old_from = old, .new_from = new, .options = options, .err = err};
    if (pair_clauses(arena, old, new, &d.old, &d.new, err) < 0)
        return -1;
    d.diff = arena_alloc(arena, sizeof *d.diff);
    if (d.diff == NULL)
        return arena_check(arena, err);
    d.diff->pairs = arena_array(arena, d.old.count + d.new.count + 1, sizeof *d.diff->pairs);
    if (d.diff->pairs == NULL)
        return arena_check(arena, err);
    if (add_all(&d) < 0)
        return -1;
    *ret = d.diff;
    return 0;
}
