/*
 * titles: see titles.h. Pure. A title's own topic says most, the topics beside it in the same area
 * less, the titles farther up less again.
 *
 * Invariant: levels[d + 1] belongs to its owner, a clause of depth d, and to that clause's parents;
 * levels[0] names nothing.
 */
#include "format/bind/titles.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *word, *area;
} areas[] = {
#define AREA(word, area) {word, area},
#include "format/bind/areas.def"
#undef AREA
};

enum {
    AREAS = sizeof areas / sizeof *areas,
    AREA_DEPTH = 2, /* deeper titles name single topics: 情報システムの運用 is no chapter on it */
};

_Static_assert(AREAS <= 32, "areas are bits of an unsigned");

int
titles_init(struct titles *t, struct arena *arena, const struct model *model,
            const struct clause_set *set, struct arena *scratch, struct err *err)
{
    size_t topics = model->catalogue->topic_count;
    *t = (struct titles){.model = model, .set = set, .scratch = scratch};
    for (size_t i = 0; i < sizeof t->levels / sizeof *t->levels; i++) {
        t->levels[i].owner = CLAUSE_NONE;
        t->levels[i].bound = SIZE_MAX;
        t->levels[i].near = arena_array(arena, topics, sizeof(double));
    }
    t->shared = arena_array(arena, model->wording_count, sizeof *t->shared);
    t->touched = arena_array(arena, model->wording_count, sizeof *t->touched);
    t->best = arena_array(arena, topics, sizeof *t->best);
    return arena_check(arena, err);
}

static bool
is_in_area(const struct topic *topic, unsigned bits)
{
    for (size_t i = 0; i < AREAS; i++)
        if ((bits >> i & 1) != 0 && str_starts(topic->id, str_of(areas[i].area)))
            return true;
    return false;
}

static unsigned
areas_in(struct str title)
{
    unsigned bits = 0;
    for (size_t i = 0; i < AREAS; i++)
        if (str_find(title, str_of(areas[i].word), 0) >= 0)
            bits |= 1u << i;
    return bits;
}

static void
offer(struct title_match *match, size_t topic, double score)
{
    size_t at = match->count;
    while (at > 0 && match->scores[at - 1] < score)
        at--;
    if (at == TITLES_BEST)
        return;
    size_t last = match->count < TITLES_BEST ? match->count++ : TITLES_BEST - 1;
    for (size_t i = last; i > at; i--) {
        match->topics[i] = match->topics[i - 1];
        match->scores[i] = match->scores[i - 1];
    }
    match->topics[at] = topic;
    match->scores[at] = score;
}

/* Sets t->best by topic: how alike title and wording are, plus how much of the wording is there. */
static void
measure(struct titles *t, const struct form *title)
{
    const struct model *m = t->model;
    size_t count = 0;
    double weight = 0;
    memset(t->best, 0, m->catalogue->topic_count * sizeof *t->best);
    for (size_t i = 0; i < title->gram_count; i++) {
        const struct gram *gram = grams_get(&m->titles, title->grams[i]);
        weight += gram == NULL ? log(((double)m->catalogue->topic_count + 1) / 0.5) : gram->weight;
        for (size_t k = 0; gram != NULL && k < gram->posting_count; k++) {
            size_t at = gram->postings[k].entry;
            if (t->shared[at] == 0)
                t->touched[count++] = at;
            t->shared[at] += gram->weight;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct wording *w = &m->wordings[t->touched[i]];
        double shared = t->shared[t->touched[i]], both = weight + w->weight;
        double score = both <= 0 || w->weight <= 0 ? 0 : 2 * shared / both + shared / w->weight;
        t->best[w->topic] = fmax(t->best[w->topic], score);
        t->shared[t->touched[i]] = 0;
    }
}

/* The clause says more than what a word means, so a topic of definitions is not what it is about.
 */
static bool
orders(const struct clause_set *set, const struct clause *c)
{
    for (size_t i = 0; i < c->sentence_count; i++)
        if (!model_defines(&set->sentences[c->first_sentence + i]))
            return true;
    return false;
}

static bool
defines_only(const struct model *m, size_t topic)
{
    for (size_t i = m->first_entry[topic]; i < m->first_entry[topic + 1]; i++)
        if (!m->entries[i].definition)
            return false;
    return true;
}

static void
match_title(struct titles *t, const struct form *title, const struct clause *clause, unsigned area,
            struct title_match *ret)
{
    const struct catalogue *c = t->model->catalogue;
    enum policy_doc_kind doc = t->set->docs[clause->doc].kind;
    bool duty = orders(t->set, clause);
    *ret = (struct title_match){.inside = true};
    measure(t, title);
    for (size_t i = 0; i < c->topic_count; i++) {
        if (t->best[i] <= 0 || c->topics[i].also || !model_offers(&c->topics[i], doc))
            continue;
        bool inside = area == 0 || is_in_area(&c->topics[i], area);
        double score = inside ? t->best[i] : t->best[i] / W(TITLE_OUTSIDE);
        offer(ret, i, duty && defines_only(t->model, i) ? score / W(TITLE_DEFINES) : score);
    }
    if (ret->count > 0 && ret->scores[0] < W(TITLE_LEAST))
        ret->count = 0;
    if (ret->count > 1)
        ret->ratio = ret->scores[1] / ret->scores[0];
    if (ret->count > 0)
        ret->inside = area == 0 || is_in_area(&c->topics[ret->topics[0]], area);
}

/* The chapters of a standard hold many topics; its terms and limits have none of their own. */
static bool
names_topic(const struct clause_set *set, const struct clause *c)
{
    return c->title.n > 0 && c->kind == POLICY_CLAUSE &&
           (c->depth > 1 || set->docs[c->doc].kind == POLICY_BASIC);
}

static int
set_level(struct titles *t, const struct title_level *above, struct title_level *level,
          size_t index, struct err *err)
{
    const struct clause *c = &t->set->clauses[index];
    const struct catalogue *cat = t->model->catalogue;
    enum policy_doc_kind doc = t->set->docs[c->doc].kind;
    bool names = !t->silent && doc != POLICY_BASIC && c->depth <= AREA_DEPTH;
    unsigned named = names ? areas_in(c->title) : 0;
    level->owner = index;
    level->area = named != 0 ? named : above->area;
    level->bound = above->bound;
    level->match = (struct title_match){.count = 0};
    memcpy(level->near, above->near, cat->topic_count * sizeof *level->near);
    if (t->silent || c->title.n == 0)
        return 0;
    struct form form;
    arena_clear(t->scratch);
    if (form_make(t->scratch, t->model->rules, c->title, true, &form, err) < 0)
        return -1;
    if (names_topic(t->set, c))
        match_title(t, &form, c, level->area, &level->match);
    if (named == 0 && level->match.count == 0)
        return 0;
    if (level->match.count > 0) {
        level->match.contested = above->bound != SIZE_MAX && above->bound != level->match.topics[0];
        if (doc != POLICY_BASIC && level->match.scores[0] >= W(TITLE_CLEAR))
            level->bound = level->match.topics[0];
    }
    for (size_t i = 0; i < cat->topic_count; i++) {
        level->near[i] *= W(ABOVE);
        if (named != 0 && is_in_area(&cat->topics[i], named))
            level->near[i] = fmax(level->near[i], W(AREA));
    }
    for (size_t i = 0; i < level->match.count; i++) {
        double *near = &level->near[level->match.topics[i]];
        *near = fmax(*near, level->match.scores[i] / level->match.scores[0]);
    }
    return 0;
}

static size_t
level_of(const struct titles *t, size_t index)
{
    size_t depth = t->set->clauses[index].depth;
    return depth > POLICY_DEPTH + 1 ? POLICY_DEPTH + 2 : depth + 1;
}

const struct title_level *
titles_of(struct titles *t, size_t index, struct err *err)
{
    size_t path[POLICY_DEPTH + 2], n = 0; /* depths 0 … POLICY_DEPTH + 1 */
    size_t at = index;
    while (at != CLAUSE_NONE && n < sizeof path / sizeof *path) {
        if (t->levels[level_of(t, at)].owner == at)
            break;
        path[n++] = at;
        at = t->set->clauses[at].parent;
    }
    const struct title_level *above = &t->levels[at == CLAUSE_NONE ? 0 : level_of(t, at)];
    while (n > 0) {
        size_t next = path[--n];
        struct title_level *level = &t->levels[level_of(t, next)];
        if (set_level(t, above, level, next, err) < 0)
            return NULL;
        above = level;
    }
    return above;
}
