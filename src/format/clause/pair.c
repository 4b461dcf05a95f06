/*
 * pair: see pair.h. Pure. Every pass looks at a bounded number of candidates: those under the same
 * parent, or the ones that share the rarest bigrams.
 *
 * Invariants: mates are mutual; a clause is mated or one half of two, never both on the same side.
 */
#include "format/clause/pair.h"

#include "base/text/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIBLINGS_MOST = 64, /* candidates under one parent */
    RAREST = 24,        /* bigrams that look for candidates */
    POSTINGS_MOST = 64, /* clauses that one bigram may bring */
    CANDIDATES_MOST = 16,
    UNIQUE_GRAMS = 9, /* shorter texts are not recognised by their words alone */
};

static const double SAME_PLACE = 0.8, LIKE = 0.6, TOGETHER = 0.8, GAIN = 0.05;

/* ---- texts ---- */

/* The next character that counts; 0 at the end. Broken bytes count as U+FFFD. */
static uint32_t
next_char(struct str *rest)
{
    while (rest->n > 0) {
        int32_t c = utf8_next(rest);
        if (c < 0)
            return 0xfffd;
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c > ' ' && c != 0x3000 && c != 0x7f)
            return (uint32_t)c;
    }
    return 0;
}

bool
text_same(struct str a, struct str b)
{
    uint32_t x, y;
    do {
        x = next_char(&a);
        y = next_char(&b);
    } while (x == y && x != 0);
    return x == y;
}

static int
by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t
gram(uint32_t a, uint32_t b)
{
    return (a * UINT32_C(2654435761)) ^ (b * UINT32_C(40503) + (b >> 3));
}

struct grams
grams_of(struct arena *arena, struct str a, struct str b)
{
    struct grams g = {arena_array(arena, a.n + b.n + 2, sizeof *g.list), 0};
    if (g.list == NULL)
        return g;
    uint32_t before = 2, c;
    while ((c = next_char(&a)) != 0) {
        g.list[g.n++] = gram(before, c);
        before = c;
    }
    while ((c = next_char(&b)) != 0) {
        g.list[g.n++] = gram(before, c);
        before = c;
    }
    g.list[g.n++] = gram(before, 3);
    qsort(g.list, g.n, sizeof *g.list, by_number);
    return g;
}

static size_t
shared(const struct grams *a, const struct grams *b)
{
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        if (a->list[i] == b->list[k]) {
            n++;
            i++;
            k++;
        } else if (a->list[i] < b->list[k]) {
            i++;
        } else {
            k++;
        }
    }
    return n;
}

double
grams_likeness(const struct grams *a, const struct grams *b, double least)
{
    double less = (double)(a->n < b->n ? a->n : b->n), all = (double)(a->n + b->n);
    if (all <= 0 || 2 * less / all < least)
        return 0;
    return 2 * (double)shared(a, b) / all;
}

/* ---- the sides ---- */

static int
side_make(struct arena *arena, const struct diff_side *from, struct pair_side *ret, struct err *err)
{
    *ret = (struct pair_side){0};
    if (from->doc != CLAUSE_NONE) {
        const struct clause_doc *doc = &from->set->docs[from->doc];
        *ret = (struct pair_side){
            .clauses = from->set->clauses + doc->first, .count = doc->count, .first = doc->first};
    }
    ret->grams = arena_array(arena, ret->count + 1, sizeof *ret->grams);
    ret->mate = arena_array(arena, ret->count + 1, sizeof *ret->mate);
    ret->half = arena_array(arena, ret->count + 1, sizeof *ret->half);
    ret->whole = arena_array(arena, ret->count + 1, sizeof *ret->whole);
    if (arena_check(arena, err) < 0)
        return -1;
    for (size_t i = 0; i < ret->count; i++) {
        ret->mate[i] = ret->half[i] = CLAUSE_NONE;
        ret->grams[i] = grams_of(arena, ret->clauses[i].title, ret->clauses[i].text);
    }
    return arena_check(arena, err);
}

static size_t
parent_of(const struct pair_side *s, size_t i)
{
    size_t parent = s->clauses[i].parent;
    return parent == CLAUSE_NONE ? CLAUSE_NONE : parent - s->first;
}

static bool
is_free(const struct pair_side *s, size_t i)
{
    return s->mate[i] == CLAUSE_NONE && s->half[i] == CLAUSE_NONE;
}

static void
mate(struct pair_side *old, struct pair_side *new, size_t o, size_t n)
{
    old->mate[o] = n;
    new->mate[n] = o;
}

/* ---- the same words, the same place ---- */

struct row {
    const struct clause *clause;
    const struct grams *grams;
    size_t index;
};

static int
by_words(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->grams->n != y->grams->n)
        return x->grams->n < y->grams->n ? -1 : 1;
    return memcmp(x->grams->list, y->grams->list, x->grams->n * sizeof *x->grams->list);
}

static int
by_path(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->clause->kind != y->clause->kind)
        return x->clause->kind < y->clause->kind ? -1 : 1;
    int rc = str_compare(x->clause->path, y->clause->path);
    return rc != 0 ? rc : (x->index > y->index) - (x->index < y->index);
}

static struct row *
rows_of(struct arena *arena, const struct pair_side *s, int (*order)(const void *, const void *))
{
    struct row *rows = arena_array(arena, s->count + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < s->count; i++)
        rows[i] = (struct row){&s->clauses[i], &s->grams[i], i};
    if (rows != NULL)
        qsort(rows, s->count, sizeof *rows, order);
    return rows;
}

/* Rows from AT on that are equal to rows[at]. */
static size_t
run_of(const struct row *rows, size_t at, size_t count)
{
    size_t n = 1;
    while (at + n < count && by_words(&rows[at], &rows[at + n]) == 0)
        n++;
    return n;
}

static bool
same_words(const struct row *a, const struct row *b)
{
    return text_same(a->clause->title, b->clause->title) &&
           text_same(a->clause->text, b->clause->text);
}

static void
pair_unique(const struct row *old_rows, const struct row *new_rows, struct pair_side *old,
            struct pair_side *new)
{
    for (size_t o = 0, n = 0; o < old->count && n < new->count;) {
        size_t old_run = run_of(old_rows, o, old->count), new_run = run_of(new_rows, n, new->count);
        int order = by_words(&old_rows[o], &new_rows[n]);
        if (order == 0 && old_run == 1 && new_run == 1 && old_rows[o].grams->n >= UNIQUE_GRAMS &&
            same_words(&old_rows[o], &new_rows[n]))
            mate(old, new, old_rows[o].index, new_rows[n].index);
        o += order <= 0 ? old_run : 0;
        n += order >= 0 ? new_run : 0;
    }
}

static void
pair_places(const struct row *old_rows, const struct row *new_rows, struct pair_side *old,
            struct pair_side *new)
{
    for (size_t o = 0, n = 0; o < old->count && n < new->count;) {
        const struct clause *a = old_rows[o].clause, *b = new_rows[n].clause;
        int order =
            a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : str_compare(a->path, b->path);
        size_t i = old_rows[o].index, k = new_rows[n].index;
        if (order == 0 && is_free(old, i) && is_free(new, k) &&
            grams_likeness(&old->grams[i], &new->grams[k], SAME_PLACE) >= SAME_PLACE)
            mate(old, new, i, k);
        o += order <= 0;
        n += order >= 0;
    }
}

/* ---- the best elsewhere ---- */

struct offer {
    size_t mate;
    double score;
};

/* A little more for the same surroundings, so that twins find their own. */
static double
score_of(const struct pair_side *old, const struct pair_side *new, size_t o, size_t n)
{
    double score = grams_likeness(&old->grams[o], &new->grams[n], LIKE);
    if (score < LIKE)
        return 0;
    size_t a = parent_of(old, o), b = parent_of(new, n);
    if ((a == CLAUSE_NONE && b == CLAUSE_NONE) ||
        (a != CLAUSE_NONE && b != CLAUSE_NONE && old->mate[a] == b))
        score += 0.02;
    if (str_equal(old->clauses[o].printed, new->clauses[n].printed))
        score += 0.005;
    return score;
}

static void
offer(struct offer *best, size_t who, double score)
{
    if (score > best->score)
        *best = (struct offer){who, score};
}

/* Takes those that are each other's best; true when there was one. */
static bool
take_best(struct pair_side *old, struct pair_side *new, const struct offer *for_new,
          struct arena *scratch)
{
    bool taken = false;
    struct offer *for_old = arena_array(scratch, old->count + 1, sizeof *for_old);
    if (for_old == NULL)
        return false;
    for (size_t n = 0; n < new->count; n++)
        if (for_new[n].score > 0)
            offer(&for_old[for_new[n].mate], n, for_new[n].score);
    for (size_t o = 0; o < old->count; o++)
        if (for_old[o].score > 0 && is_free(old, o) && is_free(new, for_old[o].mate)) {
            mate(old, new, o, for_old[o].mate);
            taken = true;
        }
    return taken;
}

/* Places of the children of each clause: list[from[i] … from[i + 1]); roots under count. */
struct children {
    size_t *from, *list;
};

static struct children
children_of(struct arena *arena, const struct pair_side *s)
{
    struct children c = {arena_array(arena, s->count + 3, sizeof *c.from),
                         arena_array(arena, s->count + 1, sizeof *c.list)};
    if (c.from == NULL || c.list == NULL)
        return c;
    for (size_t i = 0; i < s->count; i++) {
        size_t parent = parent_of(s, i);
        c.from[(parent == CLAUSE_NONE ? s->count : parent) + 2]++;
    }
    for (size_t i = 2; i < s->count + 3; i++)
        c.from[i] += c.from[i - 1];
    for (size_t i = 0; i < s->count; i++) {
        size_t parent = parent_of(s, i);
        c.list[c.from[(parent == CLAUSE_NONE ? s->count : parent) + 1]++] = i;
    }
    return c;
}

/* One round under the same parent. */
static bool
pair_siblings(struct pair_side *old, struct pair_side *new, const struct children *kin,
              struct arena *scratch)
{
    struct offer *best = arena_array(scratch, new->count + 1, sizeof *best);
    if (best == NULL)
        return false;
    for (size_t n = 0; n < new->count; n++) {
        size_t b = parent_of(new, n), a = b == CLAUSE_NONE ? old->count : new->mate[b];
        if (!is_free(new, n) || a == CLAUSE_NONE)
            continue;
        size_t from = kin->from[a], to = kin->from[a + 1];
        for (size_t i = from; i < to && i < from + SIBLINGS_MOST; i++)
            if (is_free(old, kin->list[i]))
                offer(&best[n], kin->list[i], score_of(old, new, kin->list[i], n));
    }
    return take_best(old, new, best, scratch);
}

/* ---- anywhere: an index of bigrams over the free clauses of one side ---- */

struct posting {
    uint32_t gram, clause;
};

struct index {
    struct posting *list;
    size_t n;
    uint32_t *hits; /* per clause, while one looks */
};

static int
by_posting(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    if (x->gram != y->gram)
        return x->gram < y->gram ? -1 : 1;
    return (x->clause > y->clause) - (x->clause < y->clause);
}

static bool
index_make(struct arena *arena, const struct pair_side *s, struct index *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += is_free(s, i) ? s->grams[i].n : 0;
    *ret = (struct index){arena_array(arena, n + 1, sizeof *ret->list), 0,
                          arena_array(arena, s->count + 1, sizeof *ret->hits)};
    if (ret->list == NULL || ret->hits == NULL)
        return false;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; is_free(s, i) && k < s->grams[i].n; k++)
            if (k == 0 || s->grams[i].list[k] != s->grams[i].list[k - 1])
                ret->list[ret->n++] = (struct posting){s->grams[i].list[k], (uint32_t)i};
    qsort(ret->list, ret->n, sizeof *ret->list, by_posting);
    return true;
}

static size_t
lower(const struct index *x, uint32_t gram)
{
    size_t low = 0, high = x->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (x->list[mid].gram < gram)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct word {
    size_t from, n;
};

static int
by_rarity(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

/* The postings of the rarest bigrams of G into WORDS[RAREST]; how many. */
static size_t
rarest(const struct index *x, const struct grams *g, struct word *words)
{
    enum { LOOKED_AT = 512 };
    struct word all[LOOKED_AT];
    size_t n = 0, step = g->n / LOOKED_AT + 1;
    for (size_t i = 0; i < g->n && n < LOOKED_AT; i += step) {
        size_t from = lower(x, g->list[i]), to = from;
        while (to < x->n && to - from <= POSTINGS_MOST && x->list[to].gram == g->list[i])
            to++;
        if (to > from && to - from <= POSTINGS_MOST)
            all[n++] = (struct word){from, to - from};
    }
    qsort(all, n, sizeof *all, by_rarity);
    n = n < RAREST ? n : RAREST;
    memcpy(words, all, n * sizeof *words);
    return n;
}

/* The clauses that share most of the rarest bigrams with G into RET[CANDIDATES_MOST]; how many. */
static size_t
candidates(struct index *x, const struct grams *g, size_t *ret)
{
    struct word words[RAREST];
    size_t touched[RAREST * POSTINGS_MOST], touched_count = 0, n = 0;
    size_t word_count = rarest(x, g, words);
    for (size_t i = 0; i < word_count; i++)
        for (size_t k = words[i].from; k < words[i].from + words[i].n; k++)
            if (x->hits[x->list[k].clause]++ == 0)
                touched[touched_count++] = x->list[k].clause;
    for (uint32_t hits = RAREST; hits > 0 && n < CANDIDATES_MOST; hits--)
        for (size_t i = 0; i < touched_count && n < CANDIDATES_MOST; i++)
            if (x->hits[touched[i]] == hits)
                ret[n++] = touched[i];
    for (size_t i = 0; i < touched_count; i++)
        x->hits[touched[i]] = 0;
    return n;
}

static void
pair_anywhere(struct pair_side *old, struct pair_side *new, struct arena *scratch)
{
    struct index index;
    struct offer *best = arena_array(scratch, new->count + 1, sizeof *best);
    size_t found[CANDIDATES_MOST];
    if (best == NULL || !index_make(scratch, old, &index))
        return;
    for (size_t n = 0; n < new->count; n++) {
        if (!is_free(new, n))
            continue;
        size_t count = candidates(&index, &new->grams[n], found);
        for (size_t i = 0; i < count; i++)
            offer(&best[n], found[i], score_of(old, new, found[i], n));
    }
    (void)take_best(old, new, best, scratch);
}

/* ---- one became two ---- */

/* How like WHOLE is to A and B together; 0 when there is no memory. */
static double
together(struct arena *scratch, const struct grams *whole, const struct grams *a,
         const struct grams *b)
{
    struct grams both = {arena_array(scratch, a->n + b->n + 1, sizeof *both.list), a->n + b->n};
    if (both.list == NULL)
        return 0;
    memcpy(both.list, a->list, a->n * sizeof *both.list);
    memcpy(both.list + a->n, b->list, b->n * sizeof *both.list);
    qsort(both.list, both.n, sizeof *both.list, by_number);
    return grams_likeness(whole, &both, TOGETHER);
}

/* Tries free PART beside MATE of WHOLE, or beside another free one. */
static bool
try_halves(struct pair_side *wholes, struct pair_side *parts, size_t whole, size_t part,
           size_t other, struct arena *scratch)
{
    const struct grams *g = &wholes->grams[whole], *a = &parts->grams[part],
                       *b = &parts->grams[other];
    if (a->n >= g->n || b->n >= g->n) /* a half is shorter than the whole */
        return false;
    double alone = grams_likeness(g, b, 0), both = together(scratch, g, a, b);
    if (both < TOGETHER || both < alone + GAIN || both < grams_likeness(g, a, 0) + GAIN)
        return false;
    if (parts->mate[other] == whole)
        parts->mate[other] = wholes->mate[whole] = CLAUSE_NONE;
    parts->half[part] = parts->half[other] = whole;
    wholes->half[whole] = part < other ? part : other;
    wholes->whole[whole] = true;
    return true;
}

/* Looks for the other half of PART among its neighbours, over the wholes they could make up. */
static void
find_half(struct pair_side *wholes, struct pair_side *parts, size_t part, struct index *index,
          struct arena *scratch)
{
    size_t found[CANDIDATES_MOST];
    size_t count = candidates(index, &parts->grams[part], found);
    size_t low = part < PAIR_NEIGHBOURS ? 0 : part - PAIR_NEIGHBOURS;
    for (size_t other = low; other <= part + PAIR_NEIGHBOURS && other < parts->count; other++) {
        if (other == part || parts->half[other] != CLAUSE_NONE)
            continue;
        size_t mate = parts->mate[other];
        if (mate != CLAUSE_NONE) {
            if (try_halves(wholes, parts, mate, part, other, scratch))
                return;
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (is_free(wholes, found[i]) &&
                try_halves(wholes, parts, found[i], part, other, scratch))
                return;
    }
}

/* Finds what of WHOLES became two of PARTS; with the sides exchanged, two that became one. */
static void
pair_halves(struct pair_side *wholes, struct pair_side *parts, struct arena *scratch)
{
    struct index index;
    if (!index_make(scratch, wholes, &index))
        return;
    for (size_t i = 0; i < parts->count; i++)
        if (is_free(parts, i))
            find_half(wholes, parts, i, &index, scratch);
}

static void
pair_rest(struct pair_side *old, struct pair_side *new, struct arena *scratch)
{
    struct children kin = children_of(scratch, old);
    if (kin.from == NULL || kin.list == NULL)
        return;
    for (unsigned i = 0; i <= POLICY_DEPTH && pair_siblings(old, new, &kin, scratch); i++)
        continue;
    pair_anywhere(old, new, scratch);
    /* what was found elsewhere may have brought parents together */
    (void)pair_siblings(old, new, &kin, scratch);
    pair_halves(old, new, scratch);
    pair_halves(new, old, scratch);
}

int
pair_clauses(struct arena *arena, const struct diff_side *old, const struct diff_side *new,
             struct pair_side *ret_old, struct pair_side *ret_new, struct err *err)
{
    if (side_make(arena, old, ret_old, err) < 0 || side_make(arena, new, ret_new, err) < 0)
        return -1;
    struct arena *scratch = arena_new((size_t)1 << 30);
    struct row *a = rows_of(scratch, ret_old, by_words), *b = rows_of(scratch, ret_new, by_words);
    struct row *c = rows_of(scratch, ret_old, by_path), *d = rows_of(scratch, ret_new, by_path);
    if (a != NULL && b != NULL && c != NULL && d != NULL) {
        pair_unique(a, b, ret_old, ret_new);
        pair_places(c, d, ret_old, ret_new);
        pair_rest(ret_old, ret_new, scratch);
    }
    int rc = arena_check(scratch, err);
    arena_free(scratch);
    return rc;
}
