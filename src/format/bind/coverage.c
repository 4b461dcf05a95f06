/*
 * coverage: see coverage.h. Pure; runs in the command line and in cored. A verdict never comes from
 * likeness: evidence.c says which duty sentences satisfy a part, this says what that is worth.
 */
#include "format/bind/coverage.h"

#include "format/bind/evidence.h"
#include "format/bind/links.h"

#include <string.h>

enum { MET_MOST = 256 };

/* What the examples of an entry have. */
struct wanted {
    unsigned when, modality; /* the strongest */
    bool seen, exception;
};

struct maker {
    struct arena *arena;
    const struct bind_result *result;
    const struct model *model;
    const struct coverage_profile *profile;
    struct evidence_set evidence;
    struct wanted *wanted; /* by entry */
    bool has_basic, has_standard;
    struct coverage *coverage;
    struct err *err;
};

const char *
coverage_verdict_word(enum coverage_verdict verdict)
{
    static const char *const words[COVERAGE_VERDICTS] = {"present",   "weaker",     "absent",
                                                         "delegated", "not_loaded", "excluded"};
    return words[verdict];
}

const char *
coverage_weaker_word(unsigned index)
{
    static const char *const words[WEAKER_COUNT] = {"modality", "frequency", "subject",
                                                    "exception"};
    return words[index];
}

/* 3 yearly, 2 periodic, 1 as needed, 0 nothing is said. */
static unsigned
frequency(unsigned when)
{
    if ((when & (WHEN_YEARLY | WHEN_ALWAYS)) != 0)
        return 3;
    if ((when & WHEN_PERIODIC) != 0)
        return 2;
    return (when & WHEN_AS_NEEDED) != 0;
}

static const char *
frequency_word(unsigned rank)
{
    static const char *const words[] = {"", "as_needed", "periodic", "yearly"};
    return words[rank];
}

static const char *
modality_word(unsigned rank)
{
    static const char *const words[] = {"", "may", "should", "effort", "must"};
    return words[rank];
}

static bool
expects_role(const struct topic_part *part, unsigned bit)
{
    for (size_t i = 0; i < part->subject_count; i++)
        if (str_equal_z(part->subjects[i], policy_role_word(bit)))
            return true;
    return false;
}

/* All staff expected, and only some are named. */
static bool
is_narrower(const struct topic_part *part, unsigned subject)
{
    for (unsigned bit = 0; bit < ROLE_COUNT; bit++)
        if (1u << bit == ROLE_PERSON)
            return expects_role(part, bit) && subject != 0 && (subject & ROLE_PERSON) == 0;
    return false;
}

/* How strongly the part is expected to be ordered: as it says, else as its examples do. */
static unsigned
expected_modality(const struct topic_part *part, const struct wanted *wanted)
{
    if (part == NULL || part->modality.n == 0)
        return wanted->modality;
    if (str_equal_z(part->modality, "may"))
        return EVIDENCE_MAY;
    return str_equal_z(part->modality, "should") ? EVIDENCE_SHOULD : EVIDENCE_MUST;
}

static struct str
word(const char *z)
{
    return str_of(z);
}

/* In what the part is weaker than expected; the first of it in words. */
static void
weigh(const struct maker *m, size_t at, const struct evidence *e, struct coverage_row *row)
{
    const struct topic_part *part = row->part;
    const struct wanted *wanted = &m->wanted[at];
    unsigned want = frequency(wanted->when), have = frequency(e->when);
    unsigned modality = expected_modality(part, wanted);
    if (e->modality < modality) {
        row->weaker |= WEAKER_MODALITY;
        row->expected = word(modality_word(modality));
        row->found = word(modality_word(e->modality));
    }
    if (want > 1 && have == 1) { /* as needed, where a rhythm is expected */
        row->weaker |= WEAKER_FREQUENCY;
        row->expected = word(frequency_word(want));
        row->found = word(frequency_word(have));
    }
    if (part != NULL && is_narrower(part, e->subject)) {
        row->weaker |= WEAKER_SUBJECT;
        row->expected = word("person");
        row->found = word("other_roles");
    }
    if (wanted->seen && !wanted->exception && !e->free)
        row->weaker |= WEAKER_EXCEPTION;
    row->verdict = row->weaker != 0 ? COVERAGE_WEAKER : COVERAGE_PRESENT;
}

static bool
is_excluded(const struct maker *m, const struct topic *topic)
{
    for (size_t i = 0; m->profile != NULL && i < m->profile->excluded_count; i++) {
        struct str id = m->profile->excluded[i];
        if (str_equal(id, topic->id) || (str_ends(id, STR(".")) && str_starts(topic->id, id)))
            return true;
    }
    return false;
}

static bool
is_delegated(const struct maker *m, const char *doc)
{
    for (size_t i = 0; i < m->coverage->link_count; i++)
        if (m->coverage->links[i].delegated && str_equal_z(m->coverage->links[i].doc, doc))
            return true;
    return false;
}

static bool
is_covered_by(const struct topic *topic, const struct topic *basic)
{
    for (size_t i = 0; i < basic->cover_count; i++)
        if (str_equal(basic->covers[i], topic->id))
            return true;
    return false;
}

/* Without the standard: the part of the basic policy that stands in for ENTRY, one of the same key
 * in a bound topic that covers this one; SIZE_MAX when there is none. */
static size_t
stand_in_of(const struct maker *m, const struct entry *entry)
{
    const struct catalogue *c = m->model->catalogue;
    for (size_t i = 0; i < c->topic_count && entry->part != NULL; i++) {
        const struct topic *basic = &c->topics[i];
        if (!m->evidence.bound[i] || !is_covered_by(entry->topic, basic))
            continue;
        for (size_t k = 0; k < basic->part_count; k++)
            if (str_equal(basic->parts[k].key, entry->part->key))
                return m->model->first_entry[i] + k;
    }
    return SIZE_MAX;
}

/* Why nothing satisfies the entry. */
static enum coverage_verdict
verdict_of_missing(const struct maker *m, const struct entry *entry)
{
    bool basic = str_starts(entry->topic->id, STR("basic."));
    bool anywhere = entry->topic->also || str_equal_z(entry->topic->group, "more");
    if (basic)
        return m->has_basic ? COVERAGE_ABSENT : COVERAGE_NOT_LOADED;
    if (m->has_standard || anywhere || stand_in_of(m, entry) != SIZE_MAX)
        return COVERAGE_ABSENT; /* also: the basic policy speaks of it and does not say this */
    return is_delegated(m, "std") ? COVERAGE_DELEGATED : COVERAGE_NOT_LOADED;
}

static void
make_row(struct maker *m, size_t at)
{
    const struct entry *entry = &m->model->entries[at];
    const struct evidence *own = &m->evidence.list[at], *e = own;
    size_t other = own->sentences > 0 || m->has_standard ? SIZE_MAX : stand_in_of(m, entry);
    if (other != SIZE_MAX && m->evidence.list[other].sentences > 0)
        e = &m->evidence.list[other];
    struct coverage_row *row = &m->coverage->rows[m->coverage->row_count++];
    *row = (struct coverage_row){.topic = entry->topic,
                                 .part = entry->part,
                                 .clauses = e->clauses,
                                 .clause_count = e->clause_count,
                                 .stands_in = e->sentences > 0 && (e->stand_in || e != own),
                                 .expected = {"", 0},
                                 .found = {"", 0}};
    if (e->sentences > 0) {
        weigh(m, at, e, row);
    } else {
        row->verdict = verdict_of_missing(m, entry);
        row->clauses = m->evidence.nearest[entry->topic_index];
        row->clause_count = m->evidence.nearest_count[entry->topic_index];
    }
    if ((str_equal_z(entry->topic->id, "basic.standard") && is_delegated(m, "std")) ||
        (str_equal_z(entry->topic->id, "basic.procedure") && is_delegated(m, "procedure")))
        row->verdict = COVERAGE_DELEGATED;
    if (is_excluded(m, entry->topic))
        row->verdict = COVERAGE_EXCLUDED;
    m->coverage->counts[row->verdict]++;
}

/* True when S is what satisfies ENTRY in its clause: a phrase of it stands there, or it has none.
 */
static bool
speaks(struct maker *m, struct scorer *scorer, size_t entry, const struct clause_sentence *s)
{
    uint32_t met[MET_MOST];
    struct form form;
    const struct topic_part *part = m->model->entries[entry].part;
    if (part == NULL || part->any_count == 0)
        return true;
    if (form_make(m->arena, m->model->rules, s->text, false, &form, m->err) < 0)
        return false;
    size_t count = score_phrases(scorer, &form, met, MET_MOST);
    for (size_t i = 0; i < count; i++)
        if (met[i] == entry)
            return true;
    return false;
}

/* What the examples' own sentences say on how strongly, how often and but when. */
static int
read_wanted(struct maker *m, const struct bind_examples *examples)
{
    struct scorer scorer;
    m->wanted = arena_array(m->arena, m->model->entry_count, sizeof *m->wanted);
    if (m->wanted == NULL)
        return arena_check(m->arena, m->err);
    if (scorer_init(&scorer, m->arena, m->model, m->err) < 0)
        return -1;
    for (size_t i = 0; examples != NULL && i < examples->bindings->count; i++) {
        size_t entry, clause = model_example(m->model, examples, i, &entry);
        if (clause == CLAUSE_NONE)
            continue;
        const struct clause *c = &examples->set->clauses[clause];
        struct wanted *wanted = &m->wanted[entry];
        for (size_t k = 0; k < c->sentence_count; k++) {
            const struct clause_sentence *s = &examples->set->sentences[c->first_sentence + k];
            if (!speaks(m, &scorer, entry, s))
                continue;
            wanted->when |= s->when;
            if (evidence_modality(s) > wanted->modality)
                wanted->modality = evidence_modality(s);
            wanted->exception =
                wanted->exception || evidence_exempts(examples->set, c->first_sentence + k);
            wanted->seen = true;
        }
    }
    return arena_check(m->arena, m->err);
}

static bool
is_answered(const struct catalogue *c, const struct bind_row *row)
{
    if (row->part != NULL && row->part->by != BY_NONE)
        return true;
    for (size_t i = 0; i < c->control_count; i++)
        if (control_serves(&c->controls[i], row->topic, row->part))
            return true;
    return false;
}

static unsigned
first_kind(const struct bind_row *row)
{
    unsigned kinds =
        row->part != NULL && row->part->kinds != 0 ? row->part->kinds : row->topic->kinds;
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if ((kinds >> i & 1) != 0)
            return i;
    return KIND_R;
}

static void
count_leaf(const struct maker *m, struct coverage_chapter *chapter, size_t index)
{
    size_t count;
    const struct bind_row *rows = bind_rows_of(m->result, index, &count), *best = NULL;
    bool answered = false;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].heading && count > 1)
            continue;
        if (best == NULL || rows[i].confidence < best->confidence)
            best = &rows[i];
        answered = answered || is_answered(m->model->catalogue, &rows[i]);
    }
    chapter->leaves++;
    chapter->confidence[best == NULL ? BIND_NOTHING : best->confidence]++;
    chapter->bound += best != NULL;
    chapter->answered += answered;
    chapter->gaps += !answered;
    if (best != NULL)
        chapter->kinds[first_kind(best)]++;
}

/* Chapters come before what stands in them. */
static int
make_chapters(struct maker *m)
{
    const struct clause_set *set = m->result->set;
    struct coverage *c = m->coverage;
    size_t *chapter = arena_array(m->arena, set->clause_count, sizeof *chapter), n = 0;
    for (size_t i = 0; i < set->clause_count; i++)
        n += set->clauses[i].parent == CLAUSE_NONE && model_binds(set, &set->clauses[i]);
    c->chapters = arena_array(m->arena, n, sizeof *c->chapters);
    if (chapter == NULL || c->chapters == NULL)
        return arena_check(m->arena, m->err);
    for (size_t i = 0; i < set->clause_count; i++) {
        const struct clause *clause = &set->clauses[i];
        if (!model_binds(set, clause))
            continue;
        if (clause->parent == CLAUSE_NONE) {
            chapter[i] = c->chapter_count;
            c->chapters[c->chapter_count++].clause = i;
        } else {
            chapter[i] = chapter[clause->parent];
        }
        if (clause_is_leaf(clause))
            count_leaf(m, &c->chapters[chapter[i]], i);
    }
    return 0;
}

int
coverage_make(struct arena *arena, const struct bind_result *result,
              const struct coverage_profile *profile, const struct bind_examples *examples,
              struct coverage **ret, struct err *err)
{
    struct maker m = {.arena = arena,
                      .result = result,
                      .model = result->model,
                      .profile = profile,
                      .coverage = arena_alloc(arena, sizeof *m.coverage),
                      .err = err};
    if (m.coverage == NULL)
        return arena_check(arena, err);
    m.has_basic = clause_doc_get(result->set, STR("basic")) != NULL;
    m.has_standard = clause_doc_get(result->set, STR("std")) != NULL;
    m.coverage->rows = arena_array(arena, m.model->entry_count, sizeof *m.coverage->rows);
    if (m.coverage->rows == NULL)
        return arena_check(arena, err);
    if (evidence_make(arena, result, m.has_basic && !m.has_standard, &m.evidence, err) < 0 ||
        read_wanted(&m, examples) < 0 ||
        links_make(arena, result, &m.coverage->links, &m.coverage->link_count, err) < 0)
        return -1;
    for (size_t i = 0; i < m.model->entry_count; i++)
        make_row(&m, i);
    *ret = m.coverage;
    return make_chapters(&m);
}
