/*
 * model: see model.h. Pure. Everything here is our own data and the model policy's, so its size is
 * known; foreign text only asks.
 */
#include "format/bind/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const double model_weights[W_COUNT] = {
#define WEIGHT(name, value) value,
#include "format/bind/weights.def"
#undef WEIGHT
};

enum {
    EXAMPLES_FIRST = 4,
    EXAMPLES_MOST = 64,
    WORD_GRAMS = 8000, /* about; the tables grow */
    TITLE_GRAMS = 2000,
    PHRASE_GRAMS = 1500,
};

bool
model_offers(const struct topic *topic, enum policy_doc_kind doc)
{
    if (topic->also || str_equal_z(topic->group, "more"))
        return true;
    bool basic = str_starts(topic->id, STR("basic."));
    if (doc == POLICY_BASIC)
        return basic || str_starts(topic->id, STR("scope."));
    return !basic;
}

bool
model_defines(const struct clause_sentence *sentence)
{
    static const char *const ends[] = {"をいう。", "と定義する。", "をいう", "のことである。"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(sentence->text, str_of(ends[i])))
            return true;
    return sentence->type == POLICY_DEFINITION;
}

bool
model_waives(const struct clause_sentence *sentence, const struct topic_part *part)
{
    static const char *const ends[] = {"行わない",
                                       "実施しない",
                                       "適用しない",
                                       "導入しない",
                                       "要しない",
                                       "必要としない",
                                       "不要",
                                       "不要である",
                                       "不要とする",
                                       "必要はない",
                                       "施さない",
                                       "設けない",
                                       "講じない",
                                       "求めない",
                                       "省略する",
                                       "省略してよい",
                                       "免除する",
                                       "省略できる",
                                       "省略することができる",
                                       "必要がない"};
    static const char *const tails[] = {"。", "ものとする", "こととする", "ことができる",
                                        "てもよい"};
    struct str s = str_trim(sentence->text);
    if (part != NULL && str_equal_z(part->modality, "must_not"))
        return false;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (str_ends(s, str_of(tails[i])))
            s = str_slice(s, 0, s.n - strlen(tails[i]));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(s, str_of(ends[i])))
            return true;
    return false;
}

bool
model_binds(const struct clause_set *set, const struct clause *c)
{
    return set->docs[c->doc].kind != POLICY_PREFACE && c->kind != POLICY_SUPPLEMENT;
}

static int
form_of(struct model *m, struct str text, bool signs, struct form *ret, struct err *err)
{
    return form_make(m->arena, m->rules, text, signs, ret, err);
}

/* TEXT becomes part of what ENTRY is worded like. */
static int
add_words(struct model *m, size_t entry, struct str text, struct err *err)
{
    struct form form;
    if (form_of(m, text, false, &form, err) < 0)
        return -1;
    m->entries[entry].length += (double)form.gram_count;
    return grams_add(&m->words, entry, &form, err);
}

static int
add_example(struct model *m, size_t at, struct str text, struct err *err)
{
    struct entry *entry = &m->entries[at];
    if (entry->example_count == EXAMPLES_MOST)
        return 0;
    if (entry->example_count == entry->example_room) {
        size_t room = entry->example_room == 0 ? EXAMPLES_FIRST : entry->example_room * 2;
        struct form *list = arena_array(m->arena, room, sizeof *list);
        if (list == NULL)
            return arena_check(m->arena, err);
        if (entry->example_count > 0)
            memcpy(list, entry->examples, entry->example_count * sizeof *list);
        entry->examples = list;
        entry->example_room = room;
    }
    return form_of(m, text, false, &entry->examples[entry->example_count++], err);
}

size_t
model_example(const struct model *m, const struct bind_examples *examples, size_t row,
              size_t *ret_entry)
{
    char name[300];
    const struct binding *b = &examples->bindings->rows[row];
    const struct catalogue *c = m->catalogue;
    if (b->topic < c->topics || b->topic >= c->topics + c->topic_count)
        return CLAUSE_NONE; /* of another catalogue */
    *ret_entry = m->first_entry[b->topic - c->topics];
    if (b->part != NULL)
        *ret_entry += (size_t)(b->part - b->topic->parts);
    else if (b->topic->part_count > 0)
        return CLAUSE_NONE;
    if (b->doc.n + b->label.n + 2 > sizeof name)
        return CLAUSE_NONE;
    int n = snprintf(name, sizeof name, "%.*s:%.*s", STR_FMT(b->doc), STR_FMT(b->label));
    return clause_find(examples->set, (struct str){name, (size_t)n}, NULL);
}

/* The example sentences of binding ROW: those of its clause. */
static int
add_bound(struct model *m, const struct bind_examples *examples, size_t row, struct err *err)
{
    size_t entry, at = model_example(m, examples, row, &entry);
    if (at == CLAUSE_NONE)
        return 0;
    const struct clause *c = &examples->set->clauses[at];
    for (size_t i = 0; i < c->sentence_count; i++)
        if (add_example(m, entry, examples->set->sentences[c->first_sentence + i].text, err) < 0)
            return -1;
    return 0;
}

/* The examples' words are added after all of an entry's own, entry by entry, as grams_add wants. */
static int
add_examples(struct model *m, const struct bind_examples *examples, struct err *err)
{
    for (size_t i = 0; examples != NULL && i < examples->bindings->count; i++)
        if (add_bound(m, examples, i, err) < 0)
            return -1;
    return 0;
}

static int
add_phrase(struct model *m, size_t entry, const struct topic_phrase *from, struct err *err)
{
    struct phrase *phrase = &m->phrases[m->phrase_count];
    struct form key = {0};
    size_t chars = 0;
    phrase->entry = (uint32_t)entry;
    phrase->word_count = from->count;
    phrase->words = arena_array(m->arena, from->count, sizeof *phrase->words);
    if (phrase->words == NULL)
        return arena_check(m->arena, err);
    for (size_t i = 0; i < from->count; i++) {
        struct form *word = &phrase->words[i];
        if (form_of(m, from->words[i], false, word, err) < 0)
            return -1;
        chars += word->n;
        if (word->gram_count > key.gram_count)
            key = *word;
    }
    phrase->bonus = W(PHRASE) * log(1 + (double)chars);
    if (key.gram_count == 0) {
        m->always[m->always_count++] = (uint32_t)m->phrase_count++;
        return 0;
    }
    key.grams[0] = (uint64_t)key.chars[0] << 32 | key.chars[1];
    key.gram_count = 1;
    return grams_add(&m->phrase_grams, m->phrase_count++, &key, err);
}

static int
add_never(struct model *m, struct entry *entry, struct err *err)
{
    const struct topic_part *part = entry->part;
    entry->never = arena_array(m->arena, part->never_count, sizeof *entry->never);
    if (entry->never == NULL)
        return arena_check(m->arena, err);
    for (size_t i = 0; i < part->never_count; i++)
        if (form_of(m, part->never[i], false, &entry->never[entry->never_count++], err) < 0)
            return -1;
    return 0;
}

/* What entry AT is worded like: its titles, the topic's headings, its phrases, its examples. */
static int
fill_entry(struct model *m, size_t at, struct err *err)
{
    struct entry *entry = &m->entries[at];
    const struct topic *topic = entry->topic;
    const struct topic_part *part = entry->part;
    if (add_words(m, at, topic->title.ja, err) < 0)
        return -1;
    for (size_t i = 0; i < topic->heading_count; i++)
        if (add_words(m, at, topic->headings[i], err) < 0)
            return -1;
    if (part != NULL && (add_words(m, at, part->title.ja, err) < 0 || add_never(m, entry, err) < 0))
        return -1;
    for (size_t i = 0; part != NULL && i < part->any_count && !m->no_phrases; i++) {
        for (size_t k = 0; k < part->any[i].count; k++)
            if (add_words(m, at, part->any[i].words[k], err) < 0)
                return -1;
        if (add_phrase(m, at, &part->any[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < entry->example_count; i++) {
        entry->length += (double)entry->examples[i].gram_count;
        if (grams_add(&m->words, at, &entry->examples[i], err) < 0)
            return -1;
    }
    return 0;
}

static int
add_wording(struct model *m, size_t topic, struct str text, struct err *err)
{
    struct form form;
    if (form_of(m, text, true, &form, err) < 0)
        return -1;
    m->wordings[m->wording_count].topic = topic;
    return grams_add(&m->titles, m->wording_count++, &form, err);
}

/* A gram's weight in titles goes by topics, however many wordings of one topic have it. */
static void
weigh_titles(struct model *m)
{
    for (size_t i = 0; i < m->titles.slot_count; i++) {
        struct gram *gram = &m->titles.slots[i];
        size_t topics = 0, last = SIZE_MAX;
        for (size_t k = 0; k < gram->posting_count; k++) {
            size_t topic = m->wordings[gram->postings[k].entry].topic;
            topics += topic != last;
            last = topic;
        }
        gram->weight = log(((double)m->catalogue->topic_count + 1) / ((double)topics + 0.5));
        for (size_t k = 0; k < gram->posting_count; k++)
            m->wordings[gram->postings[k].entry].weight += gram->weight;
    }
}

static int
make_titles(struct model *m, struct err *err)
{
    const struct catalogue *c = m->catalogue;
    size_t count = 0;
    for (size_t i = 0; i < c->topic_count; i++)
        count += 1 + c->topics[i].heading_count;
    m->wordings = arena_array(m->arena, count, sizeof *m->wordings);
    if (m->wordings == NULL)
        return arena_check(m->arena, err);
    for (size_t i = 0; i < c->topic_count; i++) {
        if (add_wording(m, i, c->topics[i].title.ja, err) < 0)
            return -1;
        for (size_t k = 0; k < c->topics[i].heading_count; k++)
            if (add_wording(m, i, c->topics[i].headings[k], err) < 0)
                return -1;
    }
    weigh_titles(m);
    return 0;
}

/* Wd alone is not enough: a clause of the basic policy is Wd too when it orders what others carry
 * out. */
static bool
is_definition(const struct topic *topic, const struct topic_part *part)
{
    static const char *const masters[] = {"definition", "role", "scope", "class", "law"};
    if (part == NULL)
        return topic->kinds == 1u << KIND_WD && topic->cover_count == 0;
    for (size_t i = 0; i < sizeof masters / sizeof *masters; i++)
        if (part->by == BY_MASTER && part->answer_count > 0 &&
            str_equal_z(part->answers[0], masters[i]))
            return true;
    return false;
}

static int
make_entries(struct model *m, struct err *err)
{
    const struct catalogue *c = m->catalogue;
    size_t entries = 0, phrases = 0;
    for (size_t i = 0; i < c->topic_count; i++) {
        entries += c->topics[i].part_count == 0 ? 1 : c->topics[i].part_count;
        for (size_t k = 0; k < c->topics[i].part_count; k++)
            phrases += c->topics[i].parts[k].any_count;
    }
    m->entries = arena_array(m->arena, entries, sizeof *m->entries);
    m->first_entry = arena_array(m->arena, c->topic_count + 1, sizeof *m->first_entry);
    m->phrases = arena_array(m->arena, phrases, sizeof *m->phrases);
    m->always = arena_array(m->arena, phrases, sizeof *m->always);
    if (arena_check(m->arena, err) < 0)
        return -1;
    for (size_t i = 0; i < c->topic_count; i++) {
        const struct topic *topic = &c->topics[i];
        size_t parts = topic->part_count;
        m->first_entry[i] = m->entry_count;
        for (size_t k = 0; k < (parts == 0 ? 1 : parts); k++) {
            const struct topic_part *part = parts == 0 ? NULL : &topic->parts[k];
            m->entries[m->entry_count++] = (struct entry){.topic = topic,
                                                          .part = part,
                                                          .topic_index = i,
                                                          .definition = is_definition(topic, part)};
        }
    }
    m->first_entry[c->topic_count] = m->entry_count;
    return 0;
}

/* BM25 of each posting, once: a text adds up. */
static void
score_postings(struct model *m)
{
    for (size_t i = 0; i < m->words.slot_count; i++) {
        const struct gram *gram = &m->words.slots[i];
        for (size_t k = 0; k < gram->posting_count; k++) {
            struct posting *p = &gram->postings[k];
            double length = m->entries[p->entry].length / m->mean_length, tf = p->count;
            p->score = gram->weight * tf * (W(K1) + 1) / (tf + W(K1) * (1 - W(B) + W(B) * length));
        }
    }
}

static int
fill(struct model *m, const struct bind_examples *examples, struct err *err)
{
    if (grams_init(&m->words, m->arena, WORD_GRAMS, err) < 0 ||
        grams_init(&m->titles, m->arena, TITLE_GRAMS, err) < 0 ||
        grams_init(&m->phrase_grams, m->arena, PHRASE_GRAMS, err) < 0 || make_entries(m, err) < 0 ||
        add_examples(m, examples, err) < 0)
        return -1;
    double all = 0;
    for (size_t i = 0; i < m->entry_count; i++) {
        if (fill_entry(m, i, err) < 0)
            return -1;
        all += m->entries[i].length;
    }
    m->mean_length = m->entry_count == 0 || all <= 0 ? 1 : all / (double)m->entry_count;
    grams_weigh(&m->words, m->entry_count);
    score_postings(m);
    return make_titles(m, err);
}

int
model_make(struct arena *arena, const struct catalogue *catalogue, const struct clause_set *set,
           const struct bind_options *options, struct model **ret, struct err *err)
{
    const struct bind_examples *examples = options == NULL ? NULL : options->examples;
    struct model *m = arena_alloc(arena, sizeof *m);
    size_t docs = set->doc_count + (examples == NULL ? 0 : examples->set->doc_count), n = 0;
    struct str *own = arena_array(arena, docs, sizeof *own);
    if (m == NULL || own == NULL)
        return arena_check(arena, err);
    for (size_t i = 0; i < set->doc_count; i++)
        own[n++] = set->docs[i].body_name;
    for (size_t i = 0; examples != NULL && i < examples->set->doc_count; i++)
        own[n++] = examples->set->docs[i].body_name;
    *m = (struct model){.arena = arena,
                        .catalogue = catalogue,
                        .no_phrases = options != NULL && options->no_phrases};
    m->rules = form_rules_make(arena, own, n);
    if (m->rules == NULL)
        return arena_check(arena, err);
    *ret = m;
    return fill(m, examples, err);
}

bool
model_phrase_met(const struct model *model, const struct phrase *phrase, const struct form *text)
{
    const struct entry *entry = &model->entries[phrase->entry];
    for (size_t i = 0; i < phrase->word_count; i++)
        if (!form_has(text, &phrase->words[i]))
            return false;
    for (size_t i = 0; i < entry->never_count; i++)
        if (form_has(text, &entry->never[i]))
            return false;
    return phrase->word_count > 0;
}
