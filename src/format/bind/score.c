/*
 * score: see score.h. Pure. One pass over the postings of the text's grams and one over the parts;
 * examples are compared only for the parts that lead by then.
 *
 * Invariant: words, phrases and seen are all zero between two calls.
 */
#include "format/bind/score.h"

#include <math.h>
#include <string.h>

int
scorer_init(struct scorer *s, struct arena *arena, const struct model *model, struct err *err)
{
    *s = (struct scorer){.model = model};
    s->words = arena_array(arena, model->entry_count, sizeof *s->words);
    s->phrases = arena_array(arena, model->entry_count, sizeof *s->phrases);
    s->seen = arena_array(arena, model->phrase_count, sizeof *s->seen);
    return arena_check(arena, err);
}

/* BM25 of every part, as a share of what a part with nothing but these words would have. */
static void
measure_words(struct scorer *s, const struct form *text)
{
    const struct model *m = s->model;
    double all = 0;
    for (size_t i = 0; i < text->gram_count; i++) {
        const struct gram *gram = grams_get(&m->words, text->grams[i]);
        if (gram == NULL)
            continue;
        all += gram->weight * (W(K1) + 1);
        for (size_t k = 0; k < gram->posting_count; k++)
            s->words[gram->postings[k].entry] += gram->postings[k].score;
    }
    for (size_t i = 0; i < m->entry_count; i++)
        s->words[i] = all > 0 ? s->words[i] / all : 0;
}

static void
meet(struct scorer *s, size_t at, const struct form *text)
{
    const struct phrase *phrase = &s->model->phrases[at];
    double *sum = &s->phrases[phrase->entry];
    if (s->seen[at])
        return;
    s->seen[at] = true;
    if (!model_phrase_met(s->model, phrase, text))
        return;
    if (*sum > 0)
        *sum = fmax(*sum, phrase->bonus) + W(PHRASE_MORE);
    else
        *sum = phrase->bonus;
}

static void
meet_phrases(struct scorer *s, const struct form *text)
{
    const struct model *m = s->model;
    for (size_t i = 0; i < text->gram_count; i++) {
        const struct gram *gram = grams_get(&m->phrase_grams, text->grams[i]);
        for (size_t k = 0; gram != NULL && k < gram->posting_count; k++)
            meet(s, gram->postings[k].entry, text);
    }
    for (size_t i = 0; i < m->always_count; i++)
        meet(s, m->always[i], text);
}

static bool
expects(const struct topic_part *part, unsigned roles)
{
    for (size_t i = 0; i < part->subject_count; i++)
        for (unsigned bit = 0; bit < ROLE_COUNT; bit++)
            if ((roles >> bit & 1) != 0 && str_equal_z(part->subjects[i], policy_role_word(bit)))
                return true;
    return false;
}

/* Agreement of who must and whether they must. A plain sentence says neither. */
static double
agreement(const struct topic_part *part, const struct clause_sentence *sentence, unsigned *why)
{
    double sum = 0;
    if (part == NULL || sentence == NULL)
        return 0;
    if (part->subject_count > 0 && sentence->subject != 0) {
        bool same = expects(part, sentence->subject);
        sum += same ? W(SUBJECT) : -W(SUBJECT);
        *why |= same ? BIND_WHY_SUBJECT : 0;
    }
    if (part->modality.n > 0 && sentence->modality != POLICY_PLAIN) {
        bool same = str_equal_z(part->modality, policy_modality_word(sentence->modality));
        bool opposite = (sentence->modality == POLICY_MUST_NOT) !=
                        str_equal_z(part->modality, policy_modality_word(POLICY_MUST_NOT));
        sum += same ? W(MODALITY) : opposite ? -W(MODALITY) : 0;
        *why |= same ? BIND_WHY_MODALITY : 0;
    }
    return sum;
}

/* What the texts before it speak for. */
static double
neighbours(const struct model *m, uint32_t at, const struct score_place *place, unsigned *why)
{
    double sum = 0;
    const struct entry *entry = &m->entries[at];
    if (place->lead == at) {
        sum += W(LEAD);
        *why |= BIND_WHY_LEAD;
    }
    if (place->before == ENTRY_NONE || m->entries[place->before].topic != entry->topic)
        return sum;
    sum += W(BEFORE);
    if (at == place->before + 1) {
        sum += W(NEXT_PART);
        *why |= BIND_WHY_ORDER;
    }
    return sum;
}

static void
keep(struct scorer *s, struct scored row)
{
    size_t at = s->count;
    while (at > 0 && s->best[at - 1].score < row.score)
        at--;
    if (at == SCORE_BEST)
        return;
    size_t last = s->count < SCORE_BEST ? s->count++ : SCORE_BEST - 1;
    memmove(&s->best[at + 1], &s->best[at], (last - at) * sizeof row);
    s->best[at] = row;
}

static void
keep_also(struct scorer *s, struct scored row)
{
    if (s->also_count == BIND_PARTS_MOST)
        return;
    size_t at = s->also_count++;
    for (; at > 0 && s->also[at - 1].score < row.score; at--)
        s->also[at] = s->also[at - 1];
    s->also[at] = row;
}

static void
judge(struct scorer *s, uint32_t at, const struct score_place *place)
{
    const struct entry *entry = &s->model->entries[at];
    struct scored row = {.entry = at};
    double near = place->near[entry->topic_index];
    if (entry->topic->also) {
        if (s->phrases[at] > 0 && !place->definition)
            keep_also(s, (struct scored){at, s->phrases[at], BIND_WHY_PHRASE});
        return;
    }
    if (!model_offers(entry->topic, place->doc))
        return;
    if (place->definition && !entry->definition)
        return;
    row.score = W(WORDS) * s->words[at] + s->phrases[at];
    if (row.score <= 0 && near < W(INSIDE))
        return;
    row.why = (s->words[at] > 0 ? BIND_WHY_WORDS : 0) | (s->phrases[at] > 0 ? BIND_WHY_PHRASE : 0) |
              (near >= W(INSIDE) ? BIND_WHY_ABOVE : 0);
    double context = W(TITLE) * near + neighbours(s->model, at, place, &row.why);
    bool unmet = entry->part != NULL && entry->part->any_count > 0 && s->phrases[at] <= 0;
    row.score += context * (unmet ? W(UNMET) : 1);
    row.score += agreement(entry->part, place->sentence, &row.why);
    if (row.score > 0)
        keep(s, row);
}

/* The nearest example's likeness, then the handicap of what lies outside the titles' topics. */
static void
finish(struct scorer *s, const struct form *text, const struct score_place *place, bool placed)
{
    struct scored list[SCORE_BEST];
    size_t count = s->count;
    memcpy(list, s->best, sizeof list);
    s->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &s->model->entries[list[i].entry];
        double best = 0;
        for (size_t k = 0; k < entry->example_count; k++)
            best = fmax(best, form_dice(text, &entry->examples[k]));
        list[i].score += W(EXAMPLE) * best;
        list[i].why |= best > 0.5 ? BIND_WHY_EXAMPLE : 0;
        if (placed && place->near[entry->topic_index] < W(INSIDE))
            list[i].score /= W(OUTSIDE);
        keep(s, list[i]);
    }
}

void
score_text(struct scorer *s, const struct form *text, const struct score_place *place)
{
    const struct model *m = s->model;
    bool placed = false;
    s->count = 0;
    s->also_count = 0;
    measure_words(s, text);
    meet_phrases(s, text);
    for (size_t i = 0; i < m->catalogue->topic_count && !placed; i++)
        placed = place->near[i] >= W(INSIDE);
    for (uint32_t i = 0; i < m->entry_count; i++)
        judge(s, i, place);
    finish(s, text, place, placed);
    memset(s->words, 0, m->entry_count * sizeof *s->words);
    memset(s->phrases, 0, m->entry_count * sizeof *s->phrases);
    memset(s->seen, 0, m->phrase_count * sizeof *s->seen);
}

size_t
score_phrases(struct scorer *s, const struct form *text, uint32_t *ret, size_t most)
{
    const struct model *m = s->model;
    size_t n = 0;
    meet_phrases(s, text);
    for (uint32_t i = 0; i < m->entry_count; i++)
        if (s->phrases[i] > 0 && n < most)
            ret[n++] = i;
    memset(s->phrases, 0, m->entry_count * sizeof *s->phrases);
    memset(s->seen, 0, m->phrase_count * sizeof *s->seen);
    return n;
}
