/*
 * evidence: see evidence.h. Pure. A sentence speaks for the topics it is bound to, for those of the
 * titles above it and, where the standard was not given, for what a topic of the basic policy
 * covers; within these, a part is satisfied when its phrase stands there. A part without phrases is
 * satisfied by being bound.
 */
#include "format/bind/evidence.h"

#include "base/mem/buf.h"

#include <string.h>

enum { MET_MOST = 256, NEAREST = 4 };

struct gatherer {
    struct arena *arena, *scratch; /* scratch: of one text */
    const struct bind_result *result;
    const struct model *model;
    struct scorer scorer;
    struct evidence_set *set;
    size_t *topic_stamp; /* by topic: the last text that speaks for it */
    bool *own;           /* by topic: and not by standing in */
    bool *home;          /* by topic: and by a title */
    size_t stamp;
    bool stand_ins;
    struct err *err;
};

unsigned
evidence_modality(const struct clause_sentence *s)
{
    if (s->modality == POLICY_MAY)
        return EVIDENCE_MAY;
    if (s->modality == POLICY_SHOULD)
        return EVIDENCE_SHOULD;
    return s->effort ? EVIDENCE_EFFORT : EVIDENCE_MUST;
}

static size_t
topic_index(const struct gatherer *g, const struct topic *topic)
{
    return (size_t)(topic - g->model->catalogue->topics);
}

static void
speak_for(struct gatherer *g, size_t topic, bool own, bool home)
{
    if (g->topic_stamp[topic] != g->stamp)
        g->own[topic] = g->home[topic] = false;
    g->topic_stamp[topic] = g->stamp;
    g->own[topic] = g->own[topic] || own;
    g->home[topic] = g->home[topic] || home;
}

static void
speak_for_topic(struct gatherer *g, const struct topic *topic, bool home)
{
    speak_for(g, topic_index(g, topic), true, home);
    for (size_t i = 0; g->stand_ins && i < topic->cover_count; i++) {
        const struct topic *covered = topic_get(g->model->catalogue, topic->covers[i]);
        if (covered != NULL)
            speak_for(g, topic_index(g, covered), false, home);
    }
}

/* The topics that SENTENCE of clause INDEX is about, its titles' included. */
static void
set_topics(struct gatherer *g, size_t index, size_t sentence)
{
    const struct clause_set *set = g->result->set;
    size_t count;
    g->stamp++;
    const struct bind_row *rows = bind_rows_of(g->result, index, &count);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].heading && rows[i].sentence == sentence)
            speak_for_topic(g, rows[i].topic, false);
    for (size_t at = index; at != CLAUSE_NONE; at = set->clauses[at].parent) {
        rows = bind_rows_of(g->result, at, &count);
        for (size_t i = 0; i < count; i++)
            if (rows[i].heading)
                speak_for_topic(g, rows[i].topic, true);
    }
}

static int
note_clause(struct gatherer *g, struct evidence *e, size_t clause)
{
    if (e->clause_count > 0 && e->clauses[e->clause_count - 1] == clause)
        return 0;
    if (e->clauses == NULL)
        e->clauses = arena_array(g->arena, EVIDENCE_CLAUSES, sizeof *e->clauses);
    if (e->clauses == NULL)
        return arena_check(g->arena, g->err);
    if (e->clause_count < EVIDENCE_CLAUSES)
        e->clauses[e->clause_count++] = clause;
    else
        e->more++;
    return 0;
}

bool
evidence_exempts(const struct clause_set *set, size_t sentence)
{
    const struct clause_sentence *s = &set->sentences[sentence], *next = s + 1;
    return s->exception ||
           (sentence + 1 < set->sentence_count && next->clause == s->clause &&
            (str_starts(next->text, STR("ただし")) || str_starts(next->text, STR("但し"))));
}

static int
satisfy(struct gatherer *g, uint32_t at, size_t clause, const struct clause_sentence *s)
{
    struct evidence *e = &g->set->list[at];
    if (s != NULL && model_waives(s, g->model->entries[at].part))
        return 0;
    bool own = g->own[g->model->entries[at].topic_index];
    e->stand_in = e->sentences == 0 ? !own : e->stand_in && !own;
    e->sentences++;
    if (note_clause(g, e, clause) < 0)
        return -1;
    bool home = g->home[g->model->entries[at].topic_index];
    if (e->home && !home)
        return 0;
    if (home && !e->home) {
        e->modality = e->subject = e->when = 0;
        e->free = false;
    }
    e->home = home;
    unsigned modality = s == NULL ? EVIDENCE_MUST : evidence_modality(s);
    if (modality > e->modality)
        e->modality = modality;
    e->subject |= s == NULL ? 0 : s->subject;
    e->when |= s == NULL ? 0 : s->when;
    const struct clause_set *set = g->result->set;
    e->free = e->free || s == NULL || !evidence_exempts(set, (size_t)(s - set->sentences));
    return 0;
}

static bool
has_phrases(const struct entry *entry)
{
    return entry->part != NULL && entry->part->any_count > 0;
}

/* Entries without phrases: the rows themselves. */
static int
gather_rows(struct gatherer *g, size_t index, size_t sentence, const struct clause_sentence *s)
{
    size_t count;
    const struct bind_row *rows = bind_rows_of(g->result, index, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].heading || rows[i].sentence != sentence || !rows[i].duty)
            continue;
        size_t topic = topic_index(g, rows[i].topic);
        size_t at = g->model->first_entry[topic];
        at += rows[i].part == NULL ? 0 : (size_t)(rows[i].part - rows[i].topic->parts);
        if (!has_phrases(&g->model->entries[at]) && satisfy(g, (uint32_t)at, index, s) < 0)
            return -1;
    }
    return 0;
}

/* Entries with phrases that stand in TEXT, which S says or, when S is NULL, a table or title. */
static int
gather_phrases(struct gatherer *g, size_t index, struct str text, const struct clause_sentence *s,
               bool definition)
{
    uint32_t met[MET_MOST];
    struct form form;
    arena_clear(g->scratch);
    if (form_make(g->scratch, g->model->rules, text, false, &form, g->err) < 0)
        return -1;
    size_t count = score_phrases(&g->scorer, &form, met, MET_MOST);
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &g->model->entries[met[i]];
        if (g->topic_stamp[entry->topic_index] != g->stamp || (definition && !entry->definition))
            continue;
        if (satisfy(g, met[i], index, s) < 0)
            return -1;
    }
    return 0;
}

static int
gather_text(struct gatherer *g, size_t index, size_t sentence, struct str text)
{
    const struct clause_set *set = g->result->set;
    const struct clause_sentence *s = sentence == CLAUSE_NONE ? NULL : &set->sentences[sentence];
    bool definition = set->clauses[index].kind == POLICY_TERM || (s != NULL && model_defines(s));
    set_topics(g, index, sentence);
    if (gather_rows(g, index, sentence, s) < 0)
        return -1;
    return gather_phrases(g, index, text, s, definition);
}

/* A row of a table of terms reads 「…とは、…をいう」. */
static int
gather_terms(struct gatherer *g, const struct clause_table *table)
{
    struct buf text;
    int rc = 0;
    buf_init(&text, POLICY_PARAGRAPH_BYTES);
    for (size_t i = 0; i < table->row_count && rc == 0; i++) {
        buf_clear(&text);
        for (size_t k = 0; k < table->rows[i].cell_count; k++)
            buf_put_str(&text, table->rows[i].cells[k]);
        buf_put_z(&text, "をいう");
        set_topics(g, table->clause, CLAUSE_NONE);
        rc = gather_phrases(g, table->clause, buf_str(&text), NULL, true);
    }
    buf_free(&text);
    return rc;
}

/* Remembers where a topic was found, and satisfies one without parts by its title. */
static int
note_rows(struct gatherer *g, size_t index)
{
    size_t count;
    const struct clause *c = &g->result->set->clauses[index];
    const struct bind_row *rows = bind_rows_of(g->result, index, &count);
    for (size_t i = 0; i < count; i++) {
        size_t topic = topic_index(g, rows[i].topic);
        size_t *n = &g->set->nearest_count[topic];
        g->set->bound[topic] = true;
        if (*n < NEAREST && (*n == 0 || g->set->nearest[topic][*n - 1] != index))
            g->set->nearest[topic][(*n)++] = index;
        size_t at = g->model->first_entry[topic];
        if (!rows[i].heading || g->model->entries[at].part != NULL ||
            !(c->duty || c->child_count > 0))
            continue;
        g->stamp++;
        speak_for(g, topic, true, false);
        if (satisfy(g, (uint32_t)at, index, NULL) < 0)
            return -1;
    }
    return 0;
}

static int
gather_clause(struct gatherer *g, size_t index)
{
    const struct clause_set *set = g->result->set;
    const struct clause *c = &set->clauses[index];
    if (note_rows(g, index) < 0)
        return -1;
    for (size_t i = 0; i < c->sentence_count; i++) {
        size_t sentence = c->first_sentence + i;
        if (gather_text(g, index, sentence, set->sentences[sentence].text) < 0)
            return -1;
    }
    if (c->sentence_count > 0 || !clause_is_leaf(c))
        return 0;
    return gather_text(g, index, CLAUSE_NONE, c->text.n > 0 ? c->text : c->title);
}

static int
make_tables(struct gatherer *g, struct err *err)
{
    size_t topics = g->model->catalogue->topic_count;
    struct evidence_set *set = g->set;
    set->list = arena_array(g->arena, g->model->entry_count, sizeof *set->list);
    set->bound = arena_array(g->arena, topics, sizeof *set->bound);
    set->nearest = arena_array(g->arena, topics, sizeof *set->nearest);
    set->nearest_count = arena_array(g->arena, topics, sizeof *set->nearest_count);
    g->topic_stamp = arena_array(g->arena, topics, sizeof *g->topic_stamp);
    g->own = arena_array(g->arena, topics, sizeof *g->own);
    g->home = arena_array(g->arena, topics, sizeof *g->home);
    size_t *room = arena_array(g->arena, topics * NEAREST, sizeof *room);
    if (arena_check(g->arena, err) < 0)
        return -1;
    for (size_t i = 0; i < topics; i++)
        set->nearest[i] = room + i * NEAREST;
    return 0;
}

static int
gather(struct gatherer *g)
{
    const struct clause_set *set = g->result->set;
    if (make_tables(g, g->err) < 0 || scorer_init(&g->scorer, g->arena, g->model, g->err) < 0)
        return -1;
    for (size_t i = 0; i < set->clause_count; i++)
        if (model_binds(set, &set->clauses[i]) && gather_clause(g, i) < 0)
            return -1;
    for (size_t i = 0; i < set->table_count; i++) {
        const struct clause_table *table = &set->tables[i];
        if (table->kind == TABLE_TERMS && table->clause != CLAUSE_NONE &&
            gather_terms(g, table) < 0)
            return -1;
    }
    return 0;
}

int
evidence_make(struct arena *arena, const struct bind_result *result, bool stand_ins,
              struct evidence_set *ret, struct err *err)
{
    struct gatherer g = {.arena = arena,
                         .scratch = arena_new(FORM_ARENA_BYTES),
                         .result = result,
                         .model = result->model,
                         .set = ret,
                         .stand_ins = stand_ins,
                         .err = err};
    *ret = (struct evidence_set){0};
    int rc = gather(&g);
    arena_free(g.scratch);
    return rc;
}
