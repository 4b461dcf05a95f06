/*
 * catalog: a document as an OSCAL catalog, and the topics as one. Runs in the command line and in
 * cored.
 *
 * A chapter is a group; every node below is a control, nested. A chapter cannot be named where a
 * control is asked for, so a chapter with a text of its own has that as a control in its group.
 * Version 1.2 allows no group with groups and controls together; there are only controls here.
 * Text the sentences give back when joined is not written twice: a sentence that begins a paragraph
 * says so.
 */
#include "format/oscal/make.h"

#include "base/mem/ensure.h"

#include <string.h>

static void
put_words(json_t *props, const char *name, unsigned bits, const char *(*word)(unsigned))
{
    struct buf out;
    buf_init(&out, 4096);
    for (unsigned i = 0; bits >> i != 0; i++)
        if ((bits >> i & 1) != 0)
            buf_printf(&out, "%s%s", out.n > 0 ? " " : "", word(i));
    prop_ours(props, name, buf_str(&out));
    buf_free(&out);
}

static json_t *
sentence_part(const struct maker *m, const struct clause_sentence *s, bool paragraph)
{
    json_t *part = json_object(), *props = json_array();
    put(part, "id", text_printf(m, "%s_s%u", clause_id(m, s->clause), s->number));
    put(part, "name", text_json(STR("item")));
    prop_ours_z(props, "type", policy_type_word(s->type));
    prop_ours_z(props, "modality", policy_modality_word(s->modality));
    put_words(props, "subject", s->subject, policy_role_word);
    put_words(props, "when", s->when, policy_when_word);
    put_words(props, "needs", s->needs, policy_needs_word);
    prop_ours_z(props, "effort", s->effort ? "yes" : "");
    prop_ours_z(props, "exception", s->exception ? "yes" : "");
    prop_ours_z(props, "inherited", s->inherited ? "yes" : "");
    prop_ours_z(props, "paragraph", paragraph ? "new" : "");
    put(part, "props", props);
    if (s->text.n > 0)
        put(part, "prose", markup_json(s->text));
    return part;
}

/* Do the sentences joined give the text? BREAKS (one per sentence) says which begin a paragraph. */
static bool
joins(const struct clause_set *set, const struct clause *c, bool *breaks)
{
    struct str rest = c->text;
    for (size_t i = 0; i < c->sentence_count; i++) {
        struct str s = set->sentences[c->first_sentence + i].text;
        breaks[i] = rest.n > 0 && rest.p[0] == '\n';
        if (breaks[i])
            rest = str_slice(rest, 1, rest.n);
        if (!str_starts(rest, s))
            return false;
        rest = str_slice(rest, s.n, rest.n);
    }
    return rest.n == 0;
}

/* The statement: its id is what findings and mappings name. */
static json_t *
statement_part(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    json_t *part = json_object(), *items = json_array();
    bool *breaks = arena_array(m->arena, c->sentence_count + 1, sizeof *breaks);
    put(part, "id", text_printf(m, "%s_smt", clause_id(m, clause)));
    put(part, "name", text_json(STR("statement")));
    bool whole = breaks != NULL && joins(m->set, c, breaks);
    if (!whole)
        put(part, "prose", markup_json(c->text));
    for (size_t i = 0; breaks != NULL && i < c->sentence_count; i++)
        push(items,
             sentence_part(m, &m->set->sentences[c->first_sentence + i], whole && breaks[i]));
    put_list(part, "parts", items);
    return part;
}

static json_t *
named_part(const char *name, struct str prose)
{
    json_t *part = json_object();
    put(part, "name", text_json(str_of(name)));
    put(part, "ns", text_json(STR(OSCAL_NS)));
    if (prose.n > 0)
        put(part, "prose", markup_json(prose));
    return part;
}

static json_t *
table_part(const struct clause_table *t)
{
    json_t *table = named_part("table", (struct str){0}), *props = json_array();
    json_t *rows = json_array();
    prop_ours_z(props, "kind", policy_table_word(t->kind));
    prop_ours(props, "axis", t->axis);
    put(table, "props", props);
    for (size_t i = 0; i < t->row_count; i++) {
        json_t *row = named_part("row", (struct str){0}), *cells = json_array();
        json_t *row_props = json_array();
        prop_ours(row_props, "role", t->rows[i].role);
        put_list(row, "props", row_props);
        for (size_t k = 0; k < t->rows[i].cell_count; k++)
            push(cells, named_part("cell", t->rows[i].cells[k]));
        put_list(row, "parts", cells);
        push(rows, row);
    }
    put_list(table, "parts", rows);
    return table;
}

static void
push_tables(const struct maker *m, json_t *parts, size_t clause)
{
    size_t at = clause == CLAUSE_NONE ? m->set->clause_count : clause;
    for (size_t i = m->table_first[at]; i != CLAUSE_NONE; i = m->table_next[i])
        push(parts, table_part(&m->set->tables[i]));
}

/* Topics, parts, kinds and confirmation, those of one binding in one group. */
static void
push_bindings(const struct maker *m, json_t *props, size_t clause)
{
    static const enum topic_kind kinds[] = {KIND_E, KIND_EX, KIND_W, KIND_WD, KIND_C, KIND_R};
    size_t number = 0;
    for (const struct bound *b = m->own[clause]; b != NULL; b = b->next) {
        size_t from = json_array_size(props);
        unsigned bits = b->row->part != NULL ? b->row->part->kinds : b->row->topic->kinds;
        prop_ours(props, "topic", b->row->topic->id);
        if (b->row->part != NULL)
            prop_ours(props, "part", b->row->part->key);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if ((bits >> kinds[i] & 1) != 0)
                prop_ours_z(props, "kind", topic_kind_word(kinds[i]));
        prop_ours_z(props, "confirmed", b->row->confirmed ? "yes" : "no");
        number++;
        for (size_t i = from; i < json_array_size(props); i++)
            put(json_array_get(props, i), "group", text_printf(m, "b%zu", number));
    }
}

static void
push_refs(const struct maker *m, json_t *props, json_t *links, size_t clause)
{
    for (size_t i = m->ref_first[clause]; i != CLAUSE_NONE; i = m->ref_next[i]) {
        const struct clause_ref *ref = &m->set->refs[i];
        struct buf keys;
        buf_init(&keys, SIZE_MAX / 4);
        for (size_t k = 0; k < ref->to_count; k++) {
            const struct clause *to = &m->set->clauses[ref->to[k]];
            json_t *link = json_object();
            buf_printf(&keys, "%s%.*s", k > 0 ? " " : "", STR_FMT(to->key));
            if (to->doc != m->set->clauses[clause].doc)
                put(link, "href", text_printf(m, "catalog-%s.json", m->prefixes[to->doc]));
            else
                put(link, "href",
                    text_printf(m, "#%s",
                                clause_is_control(m, ref->to[k]) ? clause_id(m, ref->to[k])
                                                                 : group_id(m, ref->to[k])));
            put(link, "rel", text_json(STR("reference")));
            if (ref->text.n > 0)
                put(link, "text", markup_line_json(ref->text));
            push(links, link);
        }
        prop_ours(props, "reference", keys.n > 0 ? buf_str(&keys) : STR("none"));
        json_t *last = json_array_get(props, json_array_size(props) - 1);
        put(last, "class", text_json(ref->kind));
        if (ref->text.n > 0)
            put(last, "remarks", markup_json(ref->text));
        buf_free(&keys);
    }
}

/* What names and places the clause itself: on its control, or on its chapter's group. */
static void
put_head(const struct maker *m, json_t *object, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    json_t *props = json_array(), *links = json_array();
    put(object, "class", text_json(str_of(policy_kind_word(c->kind))));
    put(object, "title", markup_line_json(clause_caption(m, clause)));
    prop_plain(props, "label", c->label);
    prop_plain(props, "sort-id",
               str_of(arena_printf(m->arena, "%s-%05zu", m->prefixes[c->doc],
                                   clause - m->set->docs[c->doc].first + 1)));
    prop_ours(props, "key", c->key);
    prop_ours(props, "path", c->path);
    prop_ours(props, "mark", c->mark);
    prop_ours(props, "printed", c->printed);
    if (c->title.n == 0)
        prop_ours_z(props, "untitled", "yes");
    else if (memchr(c->title.p, '\n', c->title.n) != NULL ||
             memchr(c->title.p, '\r', c->title.n) != NULL)
        prop_ours(props, "title", c->title);
    if (c->at.to > 0)
        prop_ours(props, "source-range",
                  str_of(arena_printf(m->arena, "%zu-%zu", c->at.from, c->at.to)));
    push_refs(m, props, links, clause);
    push_bindings(m, props, clause);
    put(object, "props", props);
    put_list(object, "links", links);
}

static void
put_parts(const struct maker *m, json_t *control, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    json_t *parts = json_array();
    if (c->text.n > 0 || c->sentence_count > 0)
        push(parts, statement_part(m, clause));
    push_tables(m, parts, clause);
    put_list(control, "parts", parts);
}

/* A chapter's own text as a control: the group says all else. */
static json_t *
chapter_control(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    json_t *control = json_object(), *props = json_array();
    put(control, "id", text_json(str_of(clause_id(m, clause))));
    put(control, "class", text_json(STR("chapter-text")));
    put(control, "title", markup_line_json(clause_caption(m, clause)));
    prop_plain(props, "label", c->label);
    push_bindings(m, props, clause);
    put_list(control, "props", props);
    put_parts(m, control, clause);
    return control;
}

static json_t *
control_json(const struct maker *m, size_t clause)
{
    json_t *control = json_object();
    put(control, "id", text_json(str_of(clause_id(m, clause))));
    put_head(m, control, clause);
    put_parts(m, control, clause);
    return control;
}

static json_t *
group_json(const struct maker *m, size_t clause)
{
    json_t *group = json_object(), *controls = json_array();
    put(group, "id", text_json(str_of(group_id(m, clause))));
    put_head(m, group, clause);
    if (clause_is_control(m, clause))
        push(controls, chapter_control(m, clause));
    put_list(group, "controls", controls);
    return group;
}

/* What stands before the first chapter. */
static void
push_front(const struct maker *m, json_t *groups, size_t doc)
{
    const struct clause_doc *d = &m->set->docs[doc];
    json_t *parts = json_array();
    if (d->front.n > 0) {
        json_t *part = json_object();
        put(part, "name", text_json(STR("overview")));
        put(part, "prose", markup_json(d->front));
        push(parts, part);
    }
    if (doc == 0) /* a table in front of a document does not say of which */
        push_tables(m, parts, CLAUSE_NONE);
    if (json_array_size(parts) == 0) {
        json_decref(parts);
        return;
    }
    json_t *group = json_object();
    put(group, "id", text_printf(m, "%s-front", m->prefixes[doc]));
    put(group, "class", text_json(STR("front")));
    put(group, "title", markup_line_json(d->title.n > 0 ? d->title : d->word));
    put(group, "parts", parts);
    push(groups, group);
}

/* The list under KEY of OBJECT, made when missing. */
static json_t *
list_in(json_t *object, const char *key)
{
    if (json_object_get(object, key) == NULL)
        put(object, key, json_array());
    return json_object_get(object, key);
}

static void
put_source(const struct maker *m, json_t *metadata, const struct clause_doc *d)
{
    json_t *props = json_array();
    (void)m;
    prop_ours(props, "document", d->word);
    prop_ours(props, "title", d->title);
    prop_ours(props, "body-name", d->body_name);
    prop_ours(props, "version", d->version);
    prop_ours(props, "dated", d->dated);
    prop_ours(props, "source-name", d->name);
    prop_ours(props, "source-sha256", d->sha256);
    put_list(metadata, "props", props);
}

json_t *
catalog_make(const struct maker *m, size_t doc)
{
    const struct clause_doc *d = &m->set->docs[doc];
    json_t *body = json_object(), *groups = json_array();
    json_t **nodes = arena_array(m->arena, d->count + 1, sizeof(json_t *));
    put(body, "uuid", text_json(STR("later")));
    json_t *metadata = metadata_json(m, d->title.n > 0 ? d->title : policy_title(m), d->version);
    put_source(m, metadata, d);
    put(body, "metadata", metadata);
    push_front(m, groups, doc);
    for (size_t i = 0; nodes != NULL && i < d->count; i++) {
        const struct clause *c = &m->set->clauses[d->first + i];
        bool top = c->parent == CLAUSE_NONE;
        nodes[i] = top ? group_json(m, d->first + i) : control_json(m, d->first + i);
        push(top ? groups : list_in(nodes[c->parent - d->first], "controls"), nodes[i]);
    }
    put_list(body, "groups", groups);
    if (arena_check(m->arena, m->err) == 0)
        return body;
    json_decref(body);
    return NULL;
}

static json_t *
topic_control(const struct maker *m, const struct topic *t)
{
    json_t *control = json_object(), *props = json_array(), *parts = json_array();
    json_t *items = json_array(), *statement = json_object();
    put(control, "id", text_printf(m, "topic-%.*s", STR_FMT(t->id)));
    put(control, "title", markup_line_json(t->title.ja));
    prop_plain(props, "label", t->id);
    prop_ours(props, "group", t->group);
    prop_ours(props, "title-en", t->title.en);
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if ((t->kinds >> i & 1) != 0)
            prop_ours_z(props, "kind", topic_kind_word((enum topic_kind)i));
    put_list(control, "props", props);
    for (size_t i = 0; i < t->part_count; i++) {
        json_t *part = json_object();
        put(part, "id",
            text_printf(m, "topic-%.*s_%.*s", STR_FMT(t->id), STR_FMT(t->parts[i].key)));
        put(part, "name", text_json(STR("item")));
        put(part, "prose", markup_json(t->parts[i].title.ja));
        push(items, part);
    }
    put(statement, "id", text_printf(m, "topic-%.*s_smt", STR_FMT(t->id)));
    put(statement, "name", text_json(STR("statement")));
    put(statement, "prose", markup_json(t->title.ja));
    put_list(statement, "parts", items);
    push(parts, statement);
    put(control, "parts", parts);
    return control;
}

json_t *
topics_make(const struct maker *m)
{
    json_t *body = model_json(m, STR("論点の一覧")), *groups = json_array(), *group = NULL;
    struct str last = {0};
    for (size_t i = 0; i < m->in->catalogue->topic_count; i++) {
        const struct topic *t = &m->in->catalogue->topics[i];
        ptrdiff_t dot = str_find(t->id, STR("."), 0);
        struct str area = str_slice(t->id, 0, dot < 0 ? t->id.n : (size_t)dot);
        size_t at = json_array_size(groups);
        for (size_t k = 0; !str_equal(area, last) && k < at; k++) {
            const char *id = json_string_value(json_object_get(json_array_get(groups, k), "id"));
            if (str_equal_z(area, id + strlen("area-")))
                group = json_array_get(groups, (last = area, k));
        }
        if (!str_equal(area, last)) {
            group = json_object();
            put(group, "id", text_printf(m, "area-%.*s", STR_FMT(area)));
            put(group, "title", markup_line_json(area));
            push(groups, group);
            last = area;
        }
        push(list_in(group, "controls"), topic_control(m, t));
    }
    put_list(body, "groups", groups);
    return body;
}
