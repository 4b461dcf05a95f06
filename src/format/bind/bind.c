/*
 * bind: see bind.h. Pure; runs in the command line and in cored's import. Titles first, then the
 * sentences inside what the titles say.
 *
 * Invariant: rows are in the order of clauses, then sentences; result->first counts them.
 */
#include "format/bind/bind.h"

#include "format/bind/score.h"
#include "format/bind/titles.h"

#include <string.h>

enum { ROWS_FIRST = 512 };

struct binder {
    struct arena *arena, *scratch; /* scratch: of one text */
    const struct clause_set *set;
    struct model *model;
    struct titles titles;
    struct scorer scorer;
    struct bind_result *result;
    size_t room;
    uint32_t *best; /* by clause: the best entry of its last sentence; ENTRY_NONE */
    uint32_t before;
    bool no_titles;
    struct err *err;
};

const char *
bind_confidence_word(enum bind_confidence confidence)
{
    static const char *const words[] = {"sure", "likely", "ask", "none"};
    return words[confidence];
}

const char *
bind_why_word(unsigned index)
{
    static const char *const words[BIND_WHY_COUNT] = {"phrase", "title",   "above",   "lead",
                                                      "words",  "example", "subject", "modality",
                                                      "beside", "order"};
    return words[index];
}

static struct bind_row *
new_row(struct binder *b)
{
    struct bind_result *r = b->result;
    if (r->row_count == BIND_ROWS_MOST) {
        ERR(b->err, "bind.rows", "%d", BIND_ROWS_MOST);
        return NULL;
    }
    if (r->row_count == b->room) {
        size_t room = b->room == 0 ? ROWS_FIRST : b->room * 2;
        struct bind_row *list = arena_array(b->arena, room, sizeof *list);
        if (list == NULL) {
            arena_check(b->arena, b->err);
            return NULL;
        }
        if (r->row_count > 0)
            memcpy(list, r->rows, r->row_count * sizeof *list);
        r->rows = list;
        b->room = room;
    }
    struct bind_row *row = &r->rows[r->row_count++];
    *row = (struct bind_row){.sentence = CLAUSE_NONE};
    return row;
}

static enum bind_confidence
confidence_of(double ratio, bool strong, bool agrees)
{
    if (strong && ratio <= W(SURE))
        return BIND_SURE;
    return ratio <= W(LIKELY) || agrees ? BIND_LIKELY : BIND_ASK;
}

/* The row of a title. */
static int
add_title(struct binder *b, size_t index, const struct title_level *level)
{
    const struct title_match *match = &level->match;
    if (level->owner != index || match->count == 0)
        return 0;
    struct bind_row *row = new_row(b);
    if (row == NULL)
        return -1;
    const struct topic *topics = b->model->catalogue->topics;
    row->clause = index;
    row->topic = &topics[match->topics[0]];
    row->score = match->scores[0];
    row->second = match->count > 1 ? match->scores[1] : 0;
    row->why = BIND_WHY_TITLE;
    row->heading = true;
    bool fair = match->inside && match->scores[0] >= W(TITLE_FAIR);
    row->confidence = !fair ? BIND_ASK : confidence_of(match->ratio, !match->contested, false);
    for (size_t i = 0; i < match->count; i++)
        row->candidates[row->candidate_count++] =
            (struct bind_candidate){&topics[match->topics[i]], NULL, match->scores[i]};
    return 0;
}

/* What the row AT of scorer->best becomes. */
static int
add_row(struct binder *b, const struct score_place *place, size_t clause, size_t sentence,
        size_t at)
{
    const struct scorer *s = &b->scorer;
    const struct entry *entry = &b->model->entries[s->best[at].entry];
    size_t next = at + 1;
    struct bind_row *row = new_row(b);
    if (row == NULL)
        return -1;
    row->clause = clause;
    row->sentence = sentence;
    row->topic = entry->topic;
    row->part = entry->part;
    row->score = s->best[at].score;
    row->second = next < s->count ? s->best[next].score : 0;
    row->why = s->best[at].why | (at > 0 ? BIND_WHY_BESIDE : 0);
    row->duty = !place->definition || entry->definition;
    row->candidates[row->candidate_count++] =
        (struct bind_candidate){entry->topic, entry->part, row->score};
    for (size_t i = 0; i < s->count && row->candidate_count < BIND_CANDIDATES; i++)
        if (i != at) {
            const struct entry *other = &b->model->entries[s->best[i].entry];
            row->candidates[row->candidate_count++] =
                (struct bind_candidate){other->topic, other->part, s->best[i].score};
        }
    bool agrees = place->near[entry->topic_index] >= 0.9;
    bool strong = at == 0 && (row->why & BIND_WHY_PHRASE) != 0 &&
                  row->score >= W(SURE_LEAST); /* what is beside is never sure */
    row->confidence = confidence_of(row->second / row->score, strong, agrees);
    if (place->sentence != NULL && model_waives(place->sentence, entry->part))
        row->confidence = BIND_ASK;
    return 0;
}

static int
add_also(struct binder *b, size_t clause, size_t sentence, const struct scored *also, bool alone)
{
    const struct entry *entry = &b->model->entries[also->entry];
    struct bind_row *row = new_row(b);
    if (row == NULL)
        return -1;
    row->clause = clause;
    row->sentence = sentence;
    row->topic = entry->topic;
    row->part = entry->part;
    row->score = also->score;
    row->why = also->why | BIND_WHY_BESIDE;
    row->duty = true;
    row->confidence = alone ? BIND_ASK : BIND_LIKELY; /* it is never the only thing a clause says */
    row->candidates[row->candidate_count++] =
        (struct bind_candidate){entry->topic, entry->part, also->score};
    return 0;
}

/* The best part and further ones whose own phrase is met. */
static int
add_parts(struct binder *b, const struct score_place *place, size_t clause, size_t sentence)
{
    const struct scorer *s = &b->scorer;
    b->best[clause] = b->before = s->best[0].entry;
    if (add_row(b, place, clause, sentence, 0) < 0)
        return -1;
    size_t parts = 1;
    for (size_t i = 1; i < s->count && parts < BIND_PARTS_MOST; i++)
        if ((s->best[i].why & BIND_WHY_PHRASE) != 0 &&
            s->best[i].score >= W(FURTHER) * s->best[0].score) {
            if (add_row(b, place, clause, sentence, i) < 0)
                return -1;
            parts++;
        }
    return 0;
}

static int
add_rows(struct binder *b, const struct score_place *place, size_t clause, size_t sentence)
{
    const struct scorer *s = &b->scorer;
    bool found = s->count > 0 && s->best[0].score >= W(SCORE_LEAST);
    if (found && add_parts(b, place, clause, sentence) < 0)
        return -1;
    for (size_t i = 0; i < s->also_count; i++)
        if (add_also(b, clause, sentence, &s->also[i], !found) < 0)
            return -1;
    return 0;
}

/* The part of the nearest text above INDEX that has one. */
static uint32_t
lead_of(const struct binder *b, size_t index)
{
    for (size_t at = b->set->clauses[index].parent; at != CLAUSE_NONE;
         at = b->set->clauses[at].parent)
        if (b->best[at] != ENTRY_NONE)
            return b->best[at];
    return ENTRY_NONE;
}

static int
bind_text(struct binder *b, size_t index, size_t sentence, struct str text, const double *near)
{
    const struct clause *c = &b->set->clauses[index];
    const struct clause_sentence *s = sentence == CLAUSE_NONE ? NULL : &b->set->sentences[sentence];
    struct form form;
    struct score_place place = {.doc = b->set->docs[c->doc].kind,
                                .near = near,
                                .sentence = s,
                                .before = b->before,
                                .definition =
                                    c->kind == POLICY_TERM || (s != NULL && model_defines(s))};
    bool first = sentence == CLAUSE_NONE || sentence == c->first_sentence;
    place.lead = first ? lead_of(b, index) : b->best[index];
    arena_clear(b->scratch);
    if (form_make(b->scratch, b->model->rules, text, false, &form, b->err) < 0)
        return -1;
    score_text(&b->scorer, &form, &place);
    return add_rows(b, &place, index, sentence);
}

static int
bind_clause(struct binder *b, size_t index)
{
    const struct clause *c = &b->set->clauses[index];
    const struct title_level *level = titles_of(&b->titles, index, b->err);
    if (level == NULL || (!b->no_titles && add_title(b, index, level) < 0))
        return -1;
    if (index == 0 || c->parent == CLAUSE_NONE)
        b->before = ENTRY_NONE;
    for (size_t i = 0; i < c->sentence_count; i++)
        if (bind_text(b, index, c->first_sentence + i,
                      b->set->sentences[c->first_sentence + i].text, level->near) < 0)
            return -1;
    if (c->sentence_count > 0 || !clause_is_leaf(c))
        return 0;
    struct str text = c->text.n > 0 ? c->text : c->title;
    return text.n == 0 ? 0 : bind_text(b, index, CLAUSE_NONE, text, level->near);
}

/* A clause that orders something and has no row but its title's, nor anything below it. */
static void
count_clause(struct binder *b, size_t index)
{
    struct bind_result *r = b->result;
    const struct clause *c = &b->set->clauses[index];
    size_t bound = 0;
    for (size_t i = r->first[index]; i < r->row_count; i++)
        if (!r->rows[i].heading) {
            r->counts[r->rows[i].confidence]++;
            bound++;
        }
    if (bound == 0 && model_binds(b->set, c) && clause_is_leaf(c)) {
        r->unbound[r->unbound_count++] = index;
        r->counts[BIND_NOTHING]++;
    }
}

static int
bind_all(struct binder *b)
{
    struct bind_result *r = b->result;
    for (size_t i = 0; i < b->set->clause_count; i++) {
        r->first[i] = r->row_count;
        b->best[i] = ENTRY_NONE;
        if (model_binds(b->set, &b->set->clauses[i]) && bind_clause(b, i) < 0)
            return -1;
        count_clause(b, i);
    }
    r->first[b->set->clause_count] = r->row_count;
    return 0;
}

static int
make(struct binder *b, const struct catalogue *catalogue, const struct bind_options *options)
{
    size_t clauses = b->set->clause_count;
    b->result = arena_alloc(b->arena, sizeof *b->result);
    b->best = arena_array(b->arena, clauses, sizeof *b->best);
    if (b->result == NULL || b->best == NULL)
        return arena_check(b->arena, b->err);
    *b->result = (struct bind_result){.catalogue = catalogue, .set = b->set};
    b->result->first = arena_array(b->arena, clauses + 1, sizeof *b->result->first);
    b->result->unbound = arena_array(b->arena, clauses, sizeof *b->result->unbound);
    if (arena_check(b->arena, b->err) < 0 ||
        model_make(b->arena, catalogue, b->set, options, &b->model, b->err) < 0 ||
        titles_init(&b->titles, b->arena, b->model, b->set, b->scratch, b->err) < 0 ||
        scorer_init(&b->scorer, b->arena, b->model, b->err) < 0)
        return -1;
    b->titles.silent = b->no_titles;
    b->result->model = b->model;
    return bind_all(b);
}

int
bind_make(struct arena *arena, const struct catalogue *catalogue, const struct clause_set *set,
          const struct bind_options *options, struct bind_result **ret, struct err *err)
{
    struct binder b = {.arena = arena,
                       .scratch = arena_new(FORM_ARENA_BYTES),
                       .set = set,
                       .before = ENTRY_NONE,
                       .no_titles = options != NULL && options->no_titles,
                       .err = err};
    int rc = make(&b, catalogue, options);
    arena_free(b.scratch);
    if (rc == 0)
        *ret = b.result;
    return rc;
}

const struct bind_row *
bind_rows_of(const struct bind_result *result, size_t index, size_t *ret_count)
{
    *ret_count = result->first[index + 1] - result->first[index];
    return *ret_count == 0 ? NULL : result->rows + result->first[index];
}
