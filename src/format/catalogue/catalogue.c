/*
 * catalogue: see catalogue.h. Runs in cored and in tests; the files are shipped or an
 * administrator's, and a mistake in one refuses all of them with its place.
 *
 * Invariant after loading: every id is unique, every id that is named exists.
 */
#include "format/catalogue/catalogue.h"

#include "format/catalogue/duty.h"
#include "format/yaml/yaml.h"

#include <stdlib.h>

static const char *const kind_words[KIND_COUNT] = {"E", "Ex", "W", "Wd", "C", "R"};

static const char *const by_words[BY_COUNT] = {"none",       "control",  "register", "check",
                                               "inspection", "training", "master"};

const char *
answer_by_word(enum answer_by by)
{
    return by_words[by];
}

const char *
topic_kind_word(enum topic_kind kind)
{
    return kind_words[kind];
}

static int
read_kinds(const struct yaml_node *node, unsigned *ret_kinds, struct err *err)
{
    if (node == NULL || node->kind != YAML_LIST || node->count == 0)
        return YAML_ERR(err, "yaml.kind", node, "kind");
    *ret_kinds = 0;
    YAML_EACH(child, node)
    {
        size_t kind;
        if (yaml_enum(child, kind_words, KIND_COUNT, &kind, err) < 0)
            return -1;
        *ret_kinds |= 1u << kind;
    }
    return 0;
}

/* Both languages are needed. */
static int
read_title(struct arena *arena, const struct yaml_node *node, struct bilingual *ret,
           struct err *err)
{
    static const struct yaml_key keys[] = {{"ja", YAML_TEXT, true}, {"en", YAML_TEXT, true}};
    if (yaml_check(node, keys, 2, err) < 0)
        return -1;
    ret->ja = str_dup(arena, yaml_text(yaml_get(node, "ja")));
    ret->en = str_dup(arena, yaml_text(yaml_get(node, "en")));
    return arena_check(arena, err);
}

static int
read_texts(struct arena *arena, const struct yaml_node *node, struct str **ret, size_t *ret_count,
           struct err *err)
{
    *ret_count = 0;
    if (node == NULL)
        return 0;
    *ret = arena_array(arena, node->count, sizeof **ret);
    if (*ret == NULL)
        return arena_check(arena, err);
    YAML_EACH(child, node)
    {
        if (child->kind != YAML_TEXT || child->text.n == 0)
            return YAML_ERR(err, "yaml.kind", child, "text");
        (*ret)[(*ret_count)++] = str_dup(arena, child->text);
    }
    return arena_check(arena, err);
}

/* [[a, b], [c]]: a and b, or c. */
static int
read_phrases(struct arena *arena, const struct yaml_node *node, struct topic_part *ret,
             struct err *err)
{
    if (node == NULL)
        return 0;
    ret->any = arena_array(arena, node->count, sizeof *ret->any);
    if (ret->any == NULL)
        return arena_check(arena, err);
    YAML_EACH(child, node)
    {
        struct topic_phrase *phrase = &ret->any[ret->any_count++];
        if (child->kind != YAML_LIST || child->count == 0)
            return YAML_ERR(err, "yaml.kind", child, "list");
        if (read_texts(arena, child, &phrase->words, &phrase->count, err) < 0)
            return -1;
    }
    return 0;
}

static int
read_expect(struct arena *arena, const struct yaml_node *node, struct topic_part *ret,
            struct err *err)
{
    static const struct yaml_key keys[] = {{"modality", YAML_TEXT, false},
                                           {"subject", YAML_LIST, false}};
    if (node == NULL)
        return 0;
    if (yaml_check(node, keys, 2, err) < 0 ||
        read_texts(arena, yaml_get(node, "subject"), &ret->subjects, &ret->subject_count, err) < 0)
        return -1;
    ret->modality = str_dup(arena, yaml_text(yaml_get(node, "modality")));
    return arena_check(arena, err);
}

/* {control: gate_disarm}, {control: [a, b]}, {none: what is planned} */
static int
read_by(struct arena *arena, const struct yaml_node *node, struct topic_part *ret, struct err *err)
{
    for (size_t by = 0; by < BY_COUNT; by++) {
        const struct yaml_node *value = yaml_get(node, by_words[by]);
        if (value == NULL)
            continue;
        ret->by = (enum answer_by)by;
        if (node->count != 1)
            break;
        if (value->kind == YAML_LIST)
            return read_texts(arena, value, &ret->answers, &ret->answer_count, err);
        ret->answers = arena_array(arena, 1, sizeof *ret->answers);
        if (value->kind != YAML_TEXT || value->text.n == 0)
            return YAML_ERR(err, "yaml.kind", value, "text");
        if (ret->answers != NULL)
            ret->answers[ret->answer_count++] = str_dup(arena, value->text);
        return arena_check(arena, err);
    }
    return YAML_ERR(err, "yaml.kind", node, "by");
}

static int
read_part(struct arena *arena, struct str topic, const struct yaml_node *node,
          struct topic_part *ret, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},    {"kind", YAML_LIST, true}, {"weight", YAML_TEXT, false},
        {"title", YAML_MAP, true},   {"any", YAML_LIST, false}, {"not", YAML_LIST, false},
        {"expect", YAML_MAP, false}, {"by", YAML_MAP, true},    {"duty", YAML_LIST, false}};
    int64_t weight = 1;
    if (yaml_check(node, keys, sizeof keys / sizeof *keys, err) < 0 ||
        read_kinds(yaml_get(node, "kind"), &ret->kinds, err) < 0 ||
        read_title(arena, yaml_get(node, "title"), &ret->title, err) < 0 ||
        read_phrases(arena, yaml_get(node, "any"), ret, err) < 0 ||
        read_texts(arena, yaml_get(node, "not"), &ret->never, &ret->never_count, err) < 0 ||
        read_expect(arena, yaml_get(node, "expect"), ret, err) < 0 ||
        read_by(arena, yaml_get(node, "by"), ret, err) < 0)
        return -1;
    if (yaml_get(node, "weight") != NULL &&
        yaml_int(yaml_get(node, "weight"), 1, 3, &weight, err) < 0)
        return -1;
    ret->weight = (unsigned)weight;
    ret->key = str_dup(arena, yaml_text(yaml_get(node, "key")));
    return duty_read(arena, topic, yaml_get(node, "duty"), ret, err);
}

static int
read_topic(struct arena *arena, const struct yaml_node *node, struct topic *ret, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"id", YAML_TEXT, true},    {"group", YAML_TEXT, true},     {"kind", YAML_LIST, true},
        {"title", YAML_MAP, true},  {"headings", YAML_LIST, false}, {"covers", YAML_LIST, false},
        {"also", YAML_TEXT, false}, {"parts", YAML_LIST, false}};
    if (yaml_check(node, keys, sizeof keys / sizeof *keys, err) < 0 ||
        read_kinds(yaml_get(node, "kind"), &ret->kinds, err) < 0 ||
        read_title(arena, yaml_get(node, "title"), &ret->title, err) < 0 ||
        read_texts(arena, yaml_get(node, "headings"), &ret->headings, &ret->heading_count, err) <
            0 ||
        read_texts(arena, yaml_get(node, "covers"), &ret->covers, &ret->cover_count, err) < 0)
        return -1;
    if (yaml_get(node, "also") != NULL && yaml_bool(yaml_get(node, "also"), &ret->also, err) < 0)
        return -1;
    ret->id = str_dup(arena, yaml_text(yaml_get(node, "id")));
    ret->group = str_dup(arena, yaml_text(yaml_get(node, "group")));
    const struct yaml_node *parts = yaml_get(node, "parts");
    ret->parts = arena_array(arena, parts == NULL ? 0 : parts->count, sizeof *ret->parts);
    if (ret->parts == NULL)
        return arena_check(arena, err);
    YAML_EACH(part, parts)
    if (read_part(arena, ret->id, part, &ret->parts[ret->part_count++], err) < 0)
        return -1;
    return arena_check(arena, err);
}

/* "15m", "1h", "1d" as microseconds. */
static int
read_span(const struct yaml_node *node, int64_t *ret_us, struct err *err)
{
    struct str s = yaml_text(node);
    uint64_t number;
    int64_t unit = 0;
    if (s.n >= 2 && s.p[s.n - 1] == 'm')
        unit = 60;
    else if (s.n >= 2 && s.p[s.n - 1] == 'h')
        unit = 3600;
    else if (s.n >= 2 && s.p[s.n - 1] == 'd')
        unit = 86400;
    if (unit == 0 || !str_to_u64(str_slice(s, 0, s.n - 1), &number) || number == 0 || number > 1000)
        return YAML_ERR(err, "control.every", node, "%.*s", STR_FMT(s));
    *ret_us = (int64_t)number * unit * 1000000;
    return 0;
}

static int
read_verify(const struct yaml_node *node, struct control_def *ret, struct err *err)
{
    static const struct yaml_key keys[] = {{"by", YAML_TEXT, true}, {"every", YAML_TEXT, true}};
    static const char *const ways[] = {"self_test", "register", "check", "event"};
    size_t way;
    if (yaml_check(node, keys, 2, err) < 0 ||
        yaml_enum(yaml_get(node, "by"), ways, sizeof ways / sizeof *ways, &way, err) < 0 ||
        read_span(yaml_get(node, "every"), &ret->every_us, err) < 0)
        return -1;
    ret->verify = (enum control_verify)way;
    return 0;
}

static int
read_control(struct arena *arena, const struct yaml_node *node, struct control_def *ret,
             struct err *err)
{
    static const struct yaml_key keys[] = {
        {"id", YAML_TEXT, true},    {"kind", YAML_TEXT, true},    {"title", YAML_MAP, true},
        {"verify", YAML_MAP, true}, {"passes", YAML_LIST, false}, {"evidence", YAML_LIST, false}};
    size_t kind;
    if (yaml_check(node, keys, sizeof keys / sizeof *keys, err) < 0 ||
        yaml_enum(yaml_get(node, "kind"), kind_words, KIND_COUNT, &kind, err) < 0 ||
        read_title(arena, yaml_get(node, "title"), &ret->title, err) < 0 ||
        read_texts(arena, yaml_get(node, "passes"), &ret->passes, &ret->pass_count, err) < 0 ||
        read_texts(arena, yaml_get(node, "evidence"), &ret->evidence, &ret->evidence_count, err) <
            0 ||
        read_verify(yaml_get(node, "verify"), ret, err) < 0)
        return -1;
    ret->kind = (enum topic_kind)kind;
    ret->id = str_dup(arena, yaml_text(yaml_get(node, "id")));
    return arena_check(arena, err);
}

const struct topic *
topic_get(const struct catalogue *catalogue, struct str id)
{
    for (size_t i = 0; i < catalogue->topic_count; i++)
        if (str_equal(catalogue->topics[i].id, id))
            return &catalogue->topics[i];
    return NULL;
}

const struct control_def *
control_def_get(const struct catalogue *catalogue, struct str id)
{
    for (size_t i = 0; i < catalogue->control_count; i++)
        if (str_equal(catalogue->controls[i].id, id))
            return &catalogue->controls[i];
    return NULL;
}

static bool
is_among(const struct str *list, size_t count, struct str s)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], s))
            return true;
    return false;
}

static bool
answers(const struct control_def *def, const struct topic_part *part)
{
    return part->by == BY_CONTROL && is_among(part->answers, part->answer_count, def->id);
}

bool
control_serves(const struct control_def *def, const struct topic *topic,
               const struct topic_part *part)
{
    if (part != NULL)
        return answers(def, part);
    for (size_t i = 0; i < topic->part_count; i++)
        if (answers(def, &topic->parts[i]))
            return true;
    return false;
}

static int
add_topics(struct arena *arena, struct catalogue *c, const struct yaml_node *root, struct err *err)
{
    YAML_EACH(node, root)
    {
        struct topic *topic = &c->topics[c->topic_count];
        if (read_topic(arena, node, topic, err) < 0)
            return -1;
        if (topic_get(c, topic->id) != NULL)
            return YAML_ERR(err, "control.twice", node, "%.*s", STR_FMT(topic->id));
        c->topic_count++;
    }
    return 0;
}

static int
add_controls(struct arena *arena, struct catalogue *c, const struct yaml_node *root,
             struct err *err)
{
    YAML_EACH(node, root)
    {
        struct control_def *def = &c->controls[c->control_count];
        if (read_control(arena, node, def, err) < 0)
            return -1;
        if (control_def_get(c, def->id) != NULL)
            return YAML_ERR(err, "control.twice", node, "%.*s", STR_FMT(def->id));
        c->control_count++;
    }
    return 0;
}

static int
check_answers(const struct catalogue *c, const struct topic *topic, const struct topic_part *part,
              struct err *err)
{
    for (size_t i = 0; part->by == BY_CONTROL && i < part->answer_count; i++)
        if (control_def_get(c, part->answers[i]) == NULL)
            return ERR(err, "control.unknown", "%.*s: %.*s", STR_FMT(topic->id),
                       STR_FMT(part->answers[i]));
    return 0;
}

/* What topics name must exist. */
static int
check_topics(const struct catalogue *c, struct err *err)
{
    for (size_t i = 0; i < c->topic_count; i++) {
        const struct topic *topic = &c->topics[i];
        for (size_t k = 0; k < topic->cover_count; k++)
            if (topic_get(c, topic->covers[k]) == NULL)
                return ERR(err, "control.unknown", "%.*s: %.*s", STR_FMT(topic->id),
                           STR_FMT(topic->covers[k]));
        for (size_t k = 0; k < topic->part_count; k++)
            if (check_answers(c, topic, &topic->parts[k], err) < 0)
                return -1;
    }
    return 0;
}

static int
parse_all(struct arena *scratch, const struct catalogue_file *files, size_t count,
          const struct yaml_node **roots, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (yaml_parse(scratch, files[i].name, files[i].bytes, NULL, &roots[i], err) < 0)
            return -1;
        if (roots[i]->kind != YAML_LIST)
            return YAML_ERR(err, "yaml.kind", roots[i], "list");
    }
    return 0;
}

static int
load(struct arena *arena, struct arena *scratch, const struct catalogue_file *files, size_t count,
     struct catalogue *c, struct err *err)
{
    const struct yaml_node **roots = arena_array(scratch, count, sizeof *roots);
    size_t rows = 0;
    if (roots == NULL || parse_all(scratch, files, count, roots, err) < 0)
        return roots == NULL ? arena_check(scratch, err) : -1;
    for (size_t i = 0; i < count; i++)
        rows += roots[i]->count;
    c->topics = arena_array(arena, rows + 1, sizeof *c->topics);
    c->controls = arena_array(arena, rows + 1, sizeof *c->controls);
    if (arena_check(arena, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (files[i].kind == CATALOGUE_FILE_TOPICS && add_topics(arena, c, roots[i], err) < 0)
            return -1;
    for (size_t i = 0; i < count; i++)
        if (files[i].kind == CATALOGUE_FILE_CONTROLS && add_controls(arena, c, roots[i], err) < 0)
            return -1;
    return check_topics(c, err);
}

int
catalogue_load(struct arena *arena, const struct catalogue_file *files, size_t count,
               struct catalogue **ret, struct err *err)
{
    struct catalogue *c = arena_alloc(arena, sizeof *c);
    if (c == NULL)
        return arena_check(arena, err);
    struct arena *scratch = arena_new(64 << 20);
    int rc = load(arena, scratch, files, count, c, err);
    arena_free(scratch);
    if (rc == 0)
        *ret = c;
    return rc;
}

static int
read_binding(struct arena *arena, const struct catalogue *c, const struct yaml_node *node,
             struct binding *ret, struct err *err)
{
    static const struct yaml_key keys[] = {{"clause", YAML_TEXT, true},
                                           {"topic", YAML_TEXT, true},
                                           {"part", YAML_TEXT, false},
                                           {"confirmed", YAML_TEXT, false}};
    if (yaml_check(node, keys, sizeof keys / sizeof *keys, err) < 0)
        return -1;
    struct str clause = yaml_text(yaml_get(node, "clause"));
    struct str part = yaml_text(yaml_get(node, "part"));
    ptrdiff_t colon = str_find(clause, STR(":"), 0);
    if (colon <= 0)
        return YAML_ERR(err, "control.unknown", node, "%.*s", STR_FMT(clause));
    ret->doc = str_dup(arena, str_slice(clause, 0, (size_t)colon));
    ret->label = str_dup(arena, str_slice(clause, (size_t)colon + 1, clause.n));
    ret->topic = topic_get(c, yaml_text(yaml_get(node, "topic")));
    if (ret->topic == NULL)
        return YAML_ERR(err, "control.unknown", yaml_get(node, "topic"), "%.*s",
                        STR_FMT(yaml_text(yaml_get(node, "topic"))));
    for (size_t i = 0; i < ret->topic->part_count; i++)
        if (str_equal(ret->topic->parts[i].key, part))
            ret->part = &ret->topic->parts[i];
    if (part.n > 0 && ret->part == NULL)
        return YAML_ERR(err, "control.unknown", node, "%.*s", STR_FMT(part));
    const struct yaml_node *confirmed = yaml_get(node, "confirmed");
    if (confirmed != NULL && yaml_bool(confirmed, &ret->confirmed, err) < 0)
        return -1;
    return arena_check(arena, err);
}

int
bindings_load(struct arena *arena, const struct catalogue *catalogue, const char *name,
              struct str bytes, struct bindings **ret, struct err *err)
{
    static const struct yaml_key keys[] = {{"bindings", YAML_LIST, true}};
    struct arena *scratch = arena_new(64 << 20);
    const struct yaml_node *root = NULL;
    struct bindings *b = arena_alloc(arena, sizeof *b);
    int rc =
        b == NULL ? arena_check(arena, err) : yaml_parse(scratch, name, bytes, NULL, &root, err);
    if (rc == 0)
        rc = yaml_check(root, keys, 1, err);
    const struct yaml_node *list = rc == 0 ? yaml_get(root, "bindings") : NULL;
    if (rc == 0) {
        b->rows = arena_array(arena, list->count, sizeof *b->rows);
        rc = arena_check(arena, err);
    }
    for (const struct yaml_node *n = rc == 0 ? list->first : NULL; rc == 0 && n != NULL;
         n = n->next)
        rc = read_binding(arena, catalogue, n, &b->rows[b->count++], err);
    arena_free(scratch);
    if (rc == 0)
        *ret = b;
    return rc;
}
