/*
 * match: see match.h. Pure; used by the command line and by cored's import. Character bigrams, each
 * weighed by how few topics use it; no dictionary is needed, and none splits a term wrongly.
 *
 * Invariant: a topic outside the areas that the titles above name wins only by OUTSIDE times.
 */
#include "core/control/match.h"

#include "base/text/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRAMS_MOST = 64 };

static const double OUTSIDE = 1.3, LEAST = 0.45, FAIR = 0.8, SURE = 0.70, LIKELY = 0.85;

struct grams {
    uint64_t list[GRAMS_MOST]; /* sorted, each once */
    size_t n;
    double weight; /* of all of them */
};

/* One wording of a topic. */
struct wording {
    const struct topic *topic;
    struct grams grams;
};

struct matcher {
    const struct catalogue *catalogue;
    struct wording *wordings;
    size_t wording_count;
    uint64_t *seen; /* each gram once per topic, sorted: its run length is its frequency */
    size_t seen_count;
};

/* What the titles of chapters and groups call the areas of topics. */
static const struct {
    const char *word, *area;
} areas[] = {{"範囲", "scope."},
             {"体制", "org."},
             {"情報資産", "asset."},
             {"強靭", "zone."},
             {"強靱", "zone."},
             {"物理", "phys."},
             {"人的", "people."},
             {"技術", "tech."},
             {"アクセス制御", "access."},
             {"開発", "dev."},
             {"不正プログラム", "malware."},
             {"不正アクセス", "attack."},
             {"収集", "advisory."},
             {"運用", "ops."},
             {"業務委託", "vendor."},
             {"クラウド", "cloud."},
             {"評価", "review."},
             {"見直し", "review."}};

const char *
control_confidence_word(enum control_confidence confidence)
{
    static const char *const words[] = {"sure", "likely", "ask"};
    return words[confidence];
}

static int
by_gram(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Blanks, points and brackets say nothing. */
static bool
is_silent(uint32_t c)
{
    static const char signs[] = "、。・（）「」()　等";
    struct str all = str_of(signs);
    while (all.n > 0)
        if ((uint32_t)utf8_next(&all) == c)
            return true;
    return c <= ' ';
}

static void
grams_of(struct str s, struct grams *ret)
{
    uint64_t before = 0;
    ret->n = 0;
    while (s.n > 0 && ret->n < GRAMS_MOST) {
        int32_t c = utf8_next(&s);
        if (c < 0 || is_silent((uint32_t)c))
            continue;
        if (before != 0)
            ret->list[ret->n++] = before << 32 | (uint32_t)c;
        before = (uint32_t)c;
    }
    qsort(ret->list, ret->n, sizeof *ret->list, by_gram);
    size_t n = 0;
    for (size_t i = 0; i < ret->n; i++)
        if (n == 0 || ret->list[n - 1] != ret->list[i])
            ret->list[n++] = ret->list[i];
    ret->n = n;
}

/* The first place in SEEN that is not below GRAM. */
static size_t
lower(const struct matcher *m, uint64_t gram)
{
    size_t low = 0, high = m->seen_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (m->seen[mid] < gram)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static double
weight_of(const struct matcher *m, uint64_t gram)
{
    size_t used = lower(m, gram + 1) - lower(m, gram);
    return log(((double)m->catalogue->topic_count + 1) / ((double)used + 0.5));
}

static void
weigh(const struct matcher *m, struct grams *g)
{
    g->weight = 0;
    for (size_t i = 0; i < g->n; i++)
        g->weight += weight_of(m, g->list[i]);
}

static double
shared_weight(const struct matcher *m, const struct grams *a, const struct grams *b)
{
    double sum = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        if (a->list[i] == b->list[k]) {
            sum += weight_of(m, a->list[i]);
            i++;
            k++;
        } else if (a->list[i] < b->list[k]) {
            i++;
        } else {
            k++;
        }
    }
    return sum;
}

/* How alike the two are, plus how much of the wording stands in the title. */
static double
likeness(const struct matcher *m, const struct grams *title, const struct wording *wording)
{
    double shared = shared_weight(m, title, &wording->grams);
    double both = title->weight + wording->grams.weight;
    if (both <= 0 || wording->grams.weight <= 0)
        return 0;
    return 2 * shared / both + shared / wording->grams.weight;
}

static void
add_wording(struct matcher *m, const struct topic *topic, struct str text)
{
    struct wording *w = &m->wordings[m->wording_count++];
    w->topic = topic;
    grams_of(text, &w->grams);
}

/* Each gram of a topic counts once for it, however many wordings have it. */
static void
note_seen(struct matcher *m, size_t first)
{
    size_t from = m->seen_count;
    for (size_t i = first; i < m->wording_count; i++)
        for (size_t k = 0; k < m->wordings[i].grams.n; k++)
            m->seen[m->seen_count++] = m->wordings[i].grams.list[k];
    qsort(m->seen + from, m->seen_count - from, sizeof *m->seen, by_gram);
    size_t n = from;
    for (size_t i = from; i < m->seen_count; i++)
        if (n == from || m->seen[n - 1] != m->seen[i])
            m->seen[n++] = m->seen[i];
    m->seen_count = n;
}

static int
matcher_make(struct arena *arena, const struct catalogue *catalogue, struct matcher *m,
             struct err *err)
{
    size_t wordings = 0;
    for (size_t i = 0; i < catalogue->topic_count; i++)
        wordings += 1 + catalogue->topics[i].heading_count;
    *m = (struct matcher){.catalogue = catalogue};
    m->wordings = arena_array(arena, wordings, sizeof *m->wordings);
    m->seen = arena_array(arena, wordings * GRAMS_MOST, sizeof *m->seen);
    if (arena_check(arena, err) < 0)
        return -1;
    for (size_t i = 0; i < catalogue->topic_count; i++) {
        const struct topic *topic = &catalogue->topics[i];
        size_t first = m->wording_count;
        add_wording(m, topic, topic->title.ja);
        for (size_t k = 0; k < topic->heading_count; k++)
            add_wording(m, topic, topic->headings[k]);
        note_seen(m, first);
    }
    qsort(m->seen, m->seen_count, sizeof *m->seen, by_gram);
    for (size_t i = 0; i < m->wording_count; i++)
        weigh(m, &m->wordings[i].grams);
    return 0;
}

/* Bits of `areas` that the nearest title with any names. */
static unsigned
areas_of(const struct control_clause *clauses, size_t clause)
{
    for (; clause != CONTROL_NO_PARENT; clause = clauses[clause].parent) {
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
            if (str_find(clauses[clause].title, str_of(areas[i].word), 0) >= 0)
                bits |= 1u << i;
        if (bits != 0)
            return bits;
    }
    return 0;
}

static bool
is_inside(const struct topic *topic, unsigned bits)
{
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
        if ((bits >> i & 1) != 0 && str_starts(topic->id, str_of(areas[i].area)))
            return true;
    return bits == 0;
}

static void
offer(struct control_match *match, const struct topic *topic, double score)
{
    if (match->topic == topic) {
        match->score = fmax(match->score, score);
    } else if (match->topic == NULL || score > match->score) {
        match->second = match->topic;
        match->second_score = match->score;
        match->topic = topic;
        match->score = score;
    } else if (match->second == topic) {
        match->second_score = fmax(match->second_score, score);
    } else if (match->second == NULL || score > match->second_score) {
        match->second = topic;
        match->second_score = score;
    }
}

static bool
match_clause(const struct matcher *m, const struct control_clause *clauses, size_t clause,
             struct control_match *ret)
{
    struct grams title;
    bool basic = str_equal_z(clauses[clause].doc, "basic");
    unsigned bits = basic ? 0 : areas_of(clauses, clause);
    *ret = (struct control_match){.clause = clause};
    grams_of(clauses[clause].title, &title);
    weigh(m, &title);
    for (size_t i = 0; i < m->wording_count; i++) {
        const struct topic *topic = m->wordings[i].topic;
        if (topic->also || basic != str_starts(topic->id, STR("basic.")))
            continue;
        double score = likeness(m, &title, &m->wordings[i]);
        offer(ret, topic, is_inside(topic, bits) ? score : score / OUTSIDE);
    }
    if (ret->topic == NULL || ret->score < LEAST)
        return false;
    double ratio = ret->second_score / ret->score;
    ret->confidence = ratio <= SURE     ? CONFIDENCE_SURE
                      : ratio <= LIKELY ? CONFIDENCE_LIKELY
                                        : CONFIDENCE_ASK;
    if (!is_inside(ret->topic, bits) || ret->score < FAIR)
        ret->confidence =
            CONFIDENCE_ASK; /* the titles above say something else, or it says little */
    return true;
}

/* Terms, limits, prefaces and the chapters of a standard are about no single topic. */
static bool
is_matched(const struct control_clause *c)
{
    if (c->title.n == 0 || str_equal_z(c->kind, "term") || str_equal_z(c->kind, "limit"))
        return false;
    return str_equal_z(c->doc, "basic") || (c->depth > 1 && !str_equal_z(c->doc, "preface"));
}

int
control_match(struct arena *arena, const struct catalogue *catalogue,
              const struct control_clause *clauses, size_t count,
              struct control_match **ret_matches, size_t *ret_count, struct err *err)
{
    struct matcher m;
    if (matcher_make(arena, catalogue, &m, err) < 0)
        return -1;
    struct control_match *list = arena_array(arena, CONTROL_MATCHES_MOST, sizeof *list);
    if (list == NULL)
        return arena_check(arena, err);
    size_t n = 0;
    for (size_t i = 0; i < count && n < CONTROL_MATCHES_MOST; i++)
        if (is_matched(&clauses[i]) && match_clause(&m, clauses, i, &list[n]))
            n++;
    *ret_matches = list;
    *ret_count = n;
    return 0;
}
