/*
 * make: see make.h. JSON of OSCAL's common parts, and which component serves which clause. Runs in
 * the command line and in cored. Out of memory in jansson aborts (ensure), as everywhere.
 */
#include "format/oscal/make.h"

#include "base/mem/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
put(json_t *object, const char *key, json_t *value)
{
    ensure(value != NULL && json_object_set_new(object, key, value) == 0);
}

void
push(json_t *list, json_t *value)
{
    ensure(value != NULL && json_array_append_new(list, value) == 0);
}

void
put_list(json_t *object, const char *key, json_t *list)
{
    if (json_array_size(list) > 0)
        put(object, key, list);
    else
        json_decref(list);
}

json_t *
text_json(struct str s)
{
    json_t *text = json_stringn(s.n == 0 ? "" : s.p, s.n);
    ensure(text != NULL);
    return text;
}

__attribute__((format(printf, 2, 0))) static json_t *
text_vprintf(const struct maker *m, const char *format, va_list args)
{
    struct buf out;
    va_list again;
    (void)m;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    ensure(n >= 0);
    buf_init(&out, (size_t)n + 1);
    char *p = buf_reserve(&out, (size_t)n + 1);
    ensure(p != NULL);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    json_t *text = text_json((struct str){p, (size_t)n});
    buf_free(&out);
    return text;
}

json_t *
text_printf(const struct maker *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *text = text_vprintf(m, format, args);
    va_end(args);
    return text;
}

json_t *
uuid_json(const struct maker *m, const char *format, ...)
{
    va_list args;
    uint8_t uuid[16];
    char text[UUID_CHARS + 1];
    va_start(args, format);
    json_t *name = text_vprintf(m, format, args);
    va_end(args);
    uuid_make(m->space, (struct str){json_string_value(name), json_string_length(name)}, uuid);
    json_decref(name);
    uuid_text(uuid, text);
    return text_json(str_of(text));
}

static void
prop_put(json_t *props, const char *name, const char *ns, struct str value)
{
    if (value.n == 0)
        return;
    json_t *prop = json_object();
    put(prop, "name", text_json(str_of(name)));
    if (ns != NULL)
        put(prop, "ns", text_json(str_of(ns)));
    if (value_clean(value)) {
        put(prop, "value", text_json(value));
    } else {
        json_t *text = text_json(value);
        char *literal = json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
        ensure(literal != NULL);
        put(prop, "value", text_json(str_of(literal)));
        put(prop, "class", text_json(STR("quoted")));
        free(literal);
        json_decref(text);
    }
    push(props, prop);
}

void
prop_plain(json_t *props, const char *name, struct str value)
{
    prop_put(props, name, NULL, value);
}

void
prop_ours(json_t *props, const char *name, struct str value)
{
    prop_put(props, name, OSCAL_NS, value);
}

void
prop_ours_z(json_t *props, const char *name, const char *value)
{
    prop_put(props, name, OSCAL_NS, str_of(value));
}

const char *
clause_id(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    const char *id = arena_printf(m->arena, "%s-%.*s", m->prefixes[c->doc], STR_FMT(c->key));
    return id == NULL ? "" : id;
}

const char *
group_id(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    const char *id = c->kind == POLICY_SUPPLEMENT
                         ? arena_printf(m->arena, "%s-sup%zu", m->prefixes[c->doc], c->position)
                         : arena_printf(m->arena, "%s-ch%zu", m->prefixes[c->doc], c->position);
    return id == NULL ? "" : id;
}

struct str
clause_name(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    struct str word = m->set->docs[c->doc].word, mark = c->label.n > 0 ? c->label : c->key;
    return str_of(arena_printf(m->arena, "%.*s:%.*s", STR_FMT(word), STR_FMT(mark)));
}

bool
clause_is_control(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    return c->parent != CLAUSE_NONE || c->text.n > 0 || c->sentence_count > 0 ||
           m->table_first[clause] != CLAUSE_NONE;
}

struct str
clause_caption(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    if (c->title.n > 0)
        return c->title;
    return c->label.n > 0 ? c->label : c->key;
}

struct str
policy_title(const struct maker *m)
{
    for (size_t i = m->set->doc_count; i-- > 0;)
        if (m->set->docs[i].title.n > 0)
            return m->set->docs[i].title;
    return STR("情報セキュリティポリシー");
}

struct str
zone_title(const struct maker *m)
{
    static const struct {
        const char *zone, *title;
    } zones[] = {{"mynumber", "マイナンバー利用事務系"},
                 {"lgwan", "LGWAN接続系"},
                 {"internet", "インターネット接続系"}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (str_equal_z(m->in->choice.zone, zones[i].zone))
            return str_of(zones[i].title);
    return m->in->choice.zone.n > 0 ? m->in->choice.zone : STR("全体");
}

/* The name of a role as the text's own table has it, or the usual one. */
static struct str
role_title(const struct maker *m, unsigned role)
{
    static const char *const usual[ROLE_COUNT] = {"最高情報セキュリティ責任者",
                                                  "統括情報セキュリティ責任者",
                                                  "情報セキュリティ責任者",
                                                  "情報セキュリティ管理者",
                                                  "情報システム管理者",
                                                  "情報システム担当者",
                                                  "情報セキュリティ監査統括責任者",
                                                  "情報セキュリティ委員会",
                                                  "CSIRT",
                                                  "職員等"};
    for (size_t i = 0; i < m->set->table_count; i++) {
        const struct clause_table *t = &m->set->tables[i];
        for (size_t k = 0; t->kind == TABLE_ROLES && k < t->row_count; k++)
            if (str_equal_z(t->rows[k].role, policy_role_word(role)) && t->rows[k].cell_count > 0 &&
                t->rows[k].cells[0].n > 0)
                return t->rows[k].cells[0];
    }
    return str_of(usual[role]);
}

json_t *
metadata_json(const struct maker *m, struct str title, struct str version)
{
    json_t *metadata = json_object(), *roles = json_array(), *parties = json_array();
    put(metadata, "title", markup_line_json(title));
    put(metadata, "last-modified", text_json(m->in->modified));
    put(metadata, "version",
        text_json(value_clean(version) ? version : str_slice(m->in->modified, 0, 10)));
    put(metadata, "oscal-version", text_json(str_of(oscal_version_word(m->in->version))));
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        json_t *role = json_object();
        put(role, "id", text_json(str_of(policy_role_word(i))));
        put(role, "title", markup_line_json(role_title(m, i)));
        push(roles, role);
    }
    put(metadata, "roles", roles);
    json_t *party = json_object();
    put(party, "uuid", uuid_json(m, "party"));
    put(party, "type", text_json(STR("organization")));
    if (value_clean(m->body))
        put(party, "name", text_json(m->body));
    push(parties, party);
    put(metadata, "parties", parties);
    return metadata;
}

json_t *
model_json(const struct maker *m, struct str title)
{
    json_t *body = json_object();
    put(body, "uuid", text_json(STR("later"))); /* of its content, once that is known */
    put(body, "metadata", metadata_json(m, title, (struct str){0}));
    return body;
}

void
note(struct maker *m, const char *code, struct str what)
{
    if (m->note_count == m->note_room) {
        size_t room = m->note_room * 2 + 64;
        struct oscal_note *more = arena_array(m->arena, room, sizeof *more);
        if (more == NULL)
            return; /* the arena is full: oscal_export ends with limit.memory */
        if (m->note_count > 0)
            memcpy(more, m->notes, m->note_count * sizeof *more);
        m->notes = more;
        m->note_room = room;
    }
    m->notes[m->note_count++] = (struct oscal_note){code, what};
}

static bool
part_names(const struct topic_part *part, const struct component *component)
{
    if (part->by != component->by)
        return false;
    for (size_t i = 0; i < part->answer_count; i++)
        if (str_equal(part->answers[i], component->id))
            return true;
    return false;
}

static bool
row_serves(const struct binding *row, const struct component *component)
{
    if (component->def != NULL && control_serves(component->def, row->topic, row->part))
        return true;
    if (row->part != NULL)
        return part_names(row->part, component);
    for (size_t i = 0; i < row->topic->part_count; i++)
        if (part_names(&row->topic->parts[i], component))
            return true;
    return false;
}

bool
component_serves(const struct maker *m, const struct component *component, size_t clause)
{
    for (const struct bound *b = m->effective[clause]; b != NULL; b = b->next)
        if (b->row->confirmed && row_serves(b->row, component))
            return true;
    return false;
}

bool
clause_defines(const struct maker *m, size_t clause)
{
    const unsigned definition = 1u << KIND_WD;
    for (const struct bound *b = m->effective[clause]; b != NULL; b = b->next) {
        const struct binding *row = b->row;
        if (!row->confirmed ||
            (row->part != NULL ? row->part->kinds : row->topic->kinds) != definition)
            return false;
    }
    return m->effective[clause] != NULL;
}

json_t *
component_title(const struct component *component)
{
    static const char *const words[BY_COUNT] = {
        [BY_REGISTER] = "登録簿", [BY_CHECK] = "点検",  [BY_INSPECTION] = "検査",
        [BY_TRAINING] = "研修",   [BY_MASTER] = "原簿",
    };
    if (component->def != NULL)
        return markup_line_json(component->def->title.ja);
    return text_printf(NULL, "%s %.*s", words[component->by] == NULL ? "" : words[component->by],
                       STR_FMT(component->id));
}

json_t *
component_uuid(const struct maker *m, const struct component *component)
{
    return uuid_json(m, "component|%s|%.*s", answer_by_word(component->by), STR_FMT(component->id));
}

const char *
component_type(const struct component *component)
{
    return component->by == BY_CONTROL ? "software" : "process-procedure";
}

const char *
component_method(const struct component *component)
{
    if (component->by == BY_TRAINING)
        return "INTERVIEW";
    if (component->by == BY_CONTROL && component->def->verify != VERIFY_REGISTER)
        return "TEST";
    return "EXAMINE";
}

bool
state_good(const struct oscal_state *state)
{
    static const char *const good[] = {"enforced", "running", "checked", "evidenced"};
    for (size_t i = 0; state != NULL && i < sizeof good / sizeof *good; i++)
        if (str_equal_z(state->word, good[i]))
            return true;
    return false;
}
