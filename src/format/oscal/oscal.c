/*
 * oscal: the export as a whole: who serves what, the files that are asked for and those they refer
 * to, the check of all of them together, and their bytes. Runs in the command line and in cored.
 *
 * Invariant: no byte of a file is answered before oscal_check_roots accepted all files.
 */
#include "format/oscal/oscal.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/oscal/check.h"
#include "format/oscal/make.h"

#include <string.h>

enum { FILES_MOST = 32 };

static const char *const version_words[] = {"1.1.2", "1.1.3", "1.2.1"};

const char *
oscal_version_word(enum oscal_version version)
{
    return version < OSCAL_VERSION_COUNT ? version_words[version] : "";
}

enum oscal_version
oscal_version_of(const char *word)
{
    int version = 0;
    while (version < OSCAL_VERSION_COUNT && strcmp(word, version_words[version]) != 0)
        version++;
    return (enum oscal_version)version;
}

/* Its key at the top, its short name, its file (a catalog has one per document). */
static const struct {
    const char *word, *alias, *file;
} models[OSCAL_MODEL_COUNT] = {
    [OSCAL_CATALOG] = {"catalog", "catalog", NULL},
    [OSCAL_PROFILE] = {"profile", "profile", "profile.json"},
    [OSCAL_COMPONENTS] = {"component-definition", "components", "component-definition.json"},
    [OSCAL_SSP] = {"system-security-plan", "ssp", "system-security-plan.json"},
    [OSCAL_PLAN] = {"assessment-plan", "plan", "assessment-plan.json"},
    [OSCAL_RESULTS] = {"assessment-results", "results", "assessment-results.json"},
    [OSCAL_POAM] = {"plan-of-action-and-milestones", "poam", "poam.json"},
    [OSCAL_MAPPING] = {"mapping-collection", "mapping", "mapping.json"},
};

const char *
oscal_model_word(enum oscal_model model)
{
    return model < OSCAL_MODEL_COUNT ? models[model].word : "";
}

enum oscal_model
oscal_model_of(const char *word)
{
    int model = 0;
    while (model < OSCAL_MODEL_COUNT && strcmp(word, models[model].word) != 0 &&
           strcmp(word, models[model].alias) != 0)
        model++;
    return (enum oscal_model)model;
}

/* A key must do as the end of an id. */
static int
check_keys(const struct maker *m)
{
    for (size_t i = 0; i < m->set->clause_count; i++) {
        struct str key = m->set->clauses[i].key;
        for (size_t k = 0; k < key.n; k++) {
            char c = key.p[k];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-'))
                return ERR(m->err, "oscal.key", "%.*s", STR_FMT(key));
        }
    }
    return 0;
}

/* std, basic, …; a second one of a kind (preface, other) is other2. */
static void
name_docs(struct maker *m)
{
    for (size_t i = 0; i < m->set->doc_count; i++) {
        size_t same = 1;
        for (size_t k = 0; k < i; k++)
            same += str_equal(m->set->docs[k].word, m->set->docs[i].word);
        struct str word = m->set->docs[i].word;
        m->prefixes[i] = same == 1 ? arena_printf(m->arena, "%.*s", STR_FMT(word))
                                   : arena_printf(m->arena, "%.*s%zu", STR_FMT(word), same);
    }
}

static void
note_once(struct maker *m, const char *code, struct str what)
{
    for (size_t i = 0; i < m->note_count; i++)
        if (strcmp(m->notes[i].code, code) == 0 && str_equal(m->notes[i].what, what))
            return;
    note(m, code, what);
}

static void
bind_clauses(struct maker *m)
{
    const struct bindings *rows = m->in->bindings;
    for (size_t i = rows == NULL ? 0 : rows->count; i-- > 0;) {
        const struct binding *row = &rows->rows[i];
        struct str name =
            str_of(arena_printf(m->arena, "%.*s:%.*s", STR_FMT(row->doc), STR_FMT(row->label)));
        size_t clause = clause_find(m->set, name, NULL);
        struct bound *b = arena_alloc(m->arena, sizeof *b);
        if (clause == CLAUSE_NONE && clause_doc_get(m->set, row->doc) == NULL)
            note_once(m, "document", row->doc);
        else if (clause == CLAUSE_NONE)
            note(m, "binding", name);
        if (b == NULL || clause == CLAUSE_NONE)
            continue;
        if (!row->confirmed)
            note(m, "unconfirmed", name);
        *b = (struct bound){row, m->own[clause]};
        m->own[clause] = b;
    }
    for (size_t i = 0; i < m->set->clause_count; i++) {
        size_t parent = m->set->clauses[i].parent;
        m->effective[i] = m->own[i] != NULL       ? m->own[i]
                          : parent != CLAUSE_NONE ? m->effective[parent]
                                                  : NULL;
    }
}

/* lgwan of zone.lgwan_split and of basic.lgwan; empty for a topic that is not about one zone. */
static struct str
zone_of(struct str id)
{
    static const char *const basic[] = {"mynumber", "lgwan", "internet"};
    if (str_starts(id, STR("zone."))) {
        struct str rest = str_slice(id, strlen("zone."), id.n);
        ptrdiff_t line = str_find(rest, STR("_"), 0);
        return str_slice(rest, 0, line < 0 ? rest.n : (size_t)line);
    }
    struct str rest = str_starts(id, STR("basic.")) ? str_slice(id, strlen("basic."), id.n) : id;
    for (size_t i = 0; rest.n < id.n && i < sizeof basic / sizeof *basic; i++)
        if (str_equal_z(rest, basic[i]))
            return rest;
    return (struct str){0};
}

static bool
kind_fits(const struct binding *row, struct str kind)
{
    unsigned kinds = row->part != NULL ? row->part->kinds : row->topic->kinds;
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if ((kinds >> i & 1) != 0 && str_equal_z(kind, topic_kind_word((enum topic_kind)i)))
            return true;
    return false;
}

/* Is the clause one of the choice, by what it is about? */
static bool
is_chosen(const struct maker *m, size_t clause)
{
    const struct oscal_choice *choice = &m->in->choice;
    bool other_zone = false, own_zone = false, kind = false, topic = false;
    for (const struct bound *b = m->effective[clause]; b != NULL; b = b->next) {
        struct str zone = zone_of(b->row->topic->id);
        bool other = zone.n > 0 && !str_equal(zone, choice->zone);
        other_zone = other_zone || other;
        own_zone = own_zone || !other;
        kind = kind || kind_fits(b->row, choice->kind);
        topic = topic || str_starts(b->row->topic->id, choice->topic);
    }
    return (choice->zone.n == 0 || own_zone || !other_zone) && (choice->kind.n == 0 || kind) &&
           (choice->topic.n == 0 || topic);
}

static int
choose(struct maker *m)
{
    size_t count = 0, answered = 0;
    for (size_t i = 0; i < m->set->clause_count; i++) {
        m->chosen[i] = clause_is_control(m, i) && is_chosen(m, i);
        count += m->chosen[i];
        answered += m->chosen[i] && m->set->clauses[i].sentence_count > 0;
    }
    return count == 0 || answered == 0 ? ERR(m->err, "oscal.empty", "%zu", count) : 0;
}

static bool
is_answer(enum answer_by by)
{
    return by == BY_REGISTER || by == BY_CHECK || by == BY_INSPECTION || by == BY_TRAINING ||
           by == BY_MASTER;
}

static void
component_add(struct maker *m, enum answer_by by, struct str id, const struct control_def *def)
{
    for (size_t i = 0; i < m->component_count; i++)
        if (m->components[i].by == by && str_equal(m->components[i].id, id))
            return;
    m->components[m->component_count++] = (struct component){by, id, def};
}

/* The controls, then what else the catalogue's parts name. */
static void
list_components(struct maker *m)
{
    const struct catalogue *c = m->in->catalogue;
    size_t most = c->control_count;
    for (size_t i = 0; i < c->topic_count; i++)
        for (size_t k = 0; k < c->topics[i].part_count; k++)
            most += c->topics[i].parts[k].answer_count;
    m->components = arena_array(m->arena, most + 1, sizeof *m->components);
    if (m->components == NULL)
        return;
    for (size_t i = 0; i < c->control_count; i++)
        component_add(m, BY_CONTROL, c->controls[i].id, &c->controls[i]);
    for (size_t i = 0; i < c->topic_count; i++)
        for (size_t k = 0; k < c->topics[i].part_count; k++) {
            const struct topic_part *part = &c->topics[i].parts[k];
            for (size_t a = 0; is_answer(part->by) && a < part->answer_count; a++)
                component_add(m, part->by, part->answers[a], NULL);
        }
}

static void
index_rows(struct maker *m)
{
    const struct clause_set *set = m->set;
    for (size_t i = 0; i <= set->clause_count; i++)
        m->table_first[i] = m->ref_first[i] = CLAUSE_NONE;
    for (size_t i = set->table_count; i-- > 0;) {
        size_t at =
            set->tables[i].clause == CLAUSE_NONE ? set->clause_count : set->tables[i].clause;
        m->table_next[i] = m->table_first[at];
        m->table_first[at] = i;
    }
    for (size_t i = set->ref_count; i-- > 0;) {
        size_t at = set->refs[i].from == CLAUSE_NONE ? set->clause_count : set->refs[i].from;
        m->ref_next[i] = m->ref_first[at];
        m->ref_first[at] = i;
    }
}

static void
name_space(struct maker *m)
{
    /* RFC 4122: the namespace of URLs. */
    static const uint8_t urls[16] = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                     0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    uint8_t ours[16];
    m->body = m->in->body;
    for (size_t i = 0; m->body.n == 0 && i < m->set->doc_count; i++)
        m->body = m->set->docs[i].body_name;
    uuid_make(urls, STR(OSCAL_NS), ours);
    uuid_make(ours, m->body, m->space);
}

static bool
input_valid(const struct oscal_input *in)
{
    return utf8_valid(in->body) && utf8_valid(in->modified) && utf8_valid(in->choice.zone) &&
           utf8_valid(in->choice.kind) && utf8_valid(in->choice.topic);
}

static int
prepare(struct maker *m)
{
    const struct clause_set *set = m->set;
    size_t n = set->clause_count + 1;
    m->prefixes = arena_array(m->arena, set->doc_count + 1, sizeof *m->prefixes);
    m->chosen = arena_array(m->arena, n, sizeof *m->chosen);
    m->own = arena_array(m->arena, n, sizeof *m->own);
    m->effective = arena_array(m->arena, n, sizeof *m->effective);
    m->states = arena_array(m->arena, n, sizeof *m->states);
    m->table_first = arena_array(m->arena, n, sizeof *m->table_first);
    m->ref_first = arena_array(m->arena, n, sizeof *m->ref_first);
    m->table_next = arena_array(m->arena, set->table_count + 1, sizeof *m->table_next);
    m->ref_next = arena_array(m->arena, set->ref_count + 1, sizeof *m->ref_next);
    if (arena_check(m->arena, m->err) < 0 || check_keys(m) < 0)
        return -1;
    if (!input_valid(m->in))
        return ERR(m->err, "oscal.empty", "UTF-8");
    if (set->clause_count == 0)
        return ERR(m->err, "oscal.empty", "0");
    name_space(m);
    name_docs(m);
    index_rows(m);
    bind_clauses(m);
    list_components(m);
    for (size_t i = 0; i < m->in->state_count; i++)
        if (m->in->states[i].clause < set->clause_count)
            m->states[m->in->states[i].clause] = &m->in->states[i];
    return arena_check(m->arena, m->err) < 0 ? -1 : choose(m);
}

/* A file in the making. */
struct making {
    struct checked checked[FILES_MOST];
    enum oscal_model model[FILES_MOST];
    size_t count;
};

static int
making_add(struct maker *m, struct making *making, const char *word, const char *name, json_t *body)
{
    if (body == NULL)
        return -1;
    ensure(making->count < FILES_MOST);
    json_t *root = json_object();
    put(root, word, body);
    making->checked[making->count] = (struct checked){name, root};
    making->model[making->count++] = oscal_model_of(word);
    /* The uuid of a file is that of its content, so it changes with it and only with it. */
    uint8_t digest[SHA256_BYTES];
    char *bytes = json_dumps(root, JSON_COMPACT);
    ensure(bytes != NULL);
    sha256_of(bytes, strlen(bytes), digest);
    free(bytes);
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    hex_encode(digest, sizeof digest, hex);
    put(body, "uuid", uuid_json(m, "file|%s|%s", name, hex));
    return 0;
}

/* The models without which MODELS would refer to nothing. */
static unsigned
with_needed(unsigned wanted)
{
    if ((wanted & 1u << OSCAL_RESULTS) != 0)
        wanted |= 1u << OSCAL_PLAN;
    if ((wanted & (1u << OSCAL_PLAN | 1u << OSCAL_POAM)) != 0)
        wanted |= 1u << OSCAL_SSP;
    if ((wanted & (1u << OSCAL_SSP | 1u << OSCAL_COMPONENTS)) != 0)
        wanted |= 1u << OSCAL_PROFILE;
    return wanted | 1u << OSCAL_CATALOG;
}

static int
make_catalogs(struct maker *m, struct making *making)
{
    for (size_t i = 0; i < m->set->doc_count; i++) {
        if (m->set->docs[i].count == 0) {
            note(m, "no_clause", m->set->docs[i].word);
            continue;
        }
        const char *name = arena_printf(m->arena, "catalog-%s.json", m->prefixes[i]);
        if (name == NULL || making_add(m, making, "catalog", name, catalog_make(m, i)) < 0)
            return arena_check(m->arena, m->err);
    }
    return 0;
}

/* A model that there may be nothing to say in: only an error when nothing else was asked for. */
static int
nothing(struct maker *m, enum oscal_model model, unsigned wanted)
{
    if (wanted != 1u << model) {
        note(m, model == OSCAL_POAM ? "gaps" : "mapping", str_of(models[model].word));
        return 0;
    }
    if (model == OSCAL_POAM)
        return ERR(m->err, "oscal.gaps", "%s", models[model].word);
    if (m->in->version < OSCAL_1_2_1)
        return ERR(m->err, "oscal.version", "%s", oscal_version_word(m->in->version));
    return ERR(m->err, "oscal.empty", "%s", models[model].word);
}

static int
make_mapping(struct maker *m, struct making *making, unsigned wanted)
{
    json_t *body = m->in->version < OSCAL_1_2_1 ? NULL : mapping_make(m);
    if (body == NULL)
        return nothing(m, OSCAL_MAPPING, wanted);
    making_add(m, making, "catalog", "topics.json", topics_make(m));
    making->model[making->count - 1] = OSCAL_MAPPING; /* goes out with the mapping */
    return making_add(m, making, models[OSCAL_MAPPING].word, models[OSCAL_MAPPING].file, body);
}

static json_t *
make_one(const struct maker *m, enum oscal_model model)
{
    static json_t *(*const makers[])(const struct maker *) = {
        [OSCAL_PROFILE] = profile_make, [OSCAL_COMPONENTS] = components_make,
        [OSCAL_SSP] = ssp_make,         [OSCAL_PLAN] = plan_make,
        [OSCAL_RESULTS] = results_make, [OSCAL_POAM] = poam_make,
    };
    return makers[model](m);
}

static int
make_all(struct maker *m, struct making *making, unsigned wanted)
{
    unsigned needed = with_needed(wanted);
    if (make_catalogs(m, making) < 0)
        return -1;
    for (int i = OSCAL_PROFILE; i <= OSCAL_POAM; i++) {
        if ((needed >> i & 1) == 0)
            continue;
        json_t *body = make_one(m, (enum oscal_model)i);
        if (body == NULL && nothing(m, (enum oscal_model)i, wanted) < 0)
            return -1;
        if (body != NULL)
            making_add(m, making, models[i].word, models[i].file, body);
    }
    if ((needed >> OSCAL_MAPPING & 1) != 0 && make_mapping(m, making, wanted) < 0)
        return -1;
    return arena_check(m->arena, m->err);
}

static int
answer(struct maker *m, const struct making *making, unsigned wanted, struct oscal_export *export)
{
    export->files = arena_array(m->arena, making->count + 1, sizeof *export->files);
    for (size_t i = 0; export->files != NULL && i < making->count; i++) {
        if ((wanted >> making->model[i] & 1) == 0)
            continue;
        const json_t *root = making->checked[i].root;
        char *bytes = json_dumps(root, JSON_INDENT(1));
        ensure(bytes != NULL);
        const json_t *body = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)root));
        const char *text = arena_printf(m->arena, "%s\n", bytes);
        free(bytes);
        if (text == NULL)
            break;
        export->files[export->file_count++] = (struct oscal_file){
            .model = making->model[i],
            .name = making->checked[i].name,
            .bytes = str_of(text),
            .uuid = str_dup(m->arena, str_of(json_string_value(json_object_get(body, "uuid")))),
        };
    }
    export->notes = m->notes;
    export->note_count = m->note_count;
    return arena_check(m->arena, m->err);
}

int
oscal_export(struct arena *arena, const struct oscal_input *input, unsigned wanted,
             struct oscal_export **ret, struct err *err)
{
    struct maker m = {.in = input, .set = input->set, .arena = arena, .err = err};
    struct making making = {.count = 0};
    struct oscal_export *export = arena_alloc(arena, sizeof *export);
    const char *modified = str_dup_z(arena, input->modified);
    if (modified != NULL && !oscal_time_valid(modified))
        return ERR(err, "oscal.date", "%.*s", STR_FMT(input->modified));
    int rc = export == NULL ? arena_check(arena, err) : prepare(&m);
    if (rc == 0)
        rc = make_all(&m, &making, wanted);
    if (rc == 0)
        rc = oscal_check_roots(making.checked, making.count, err);
    if (rc == 0)
        rc = answer(&m, &making, wanted, export);
    for (size_t i = 0; i < making.count; i++)
        json_decref((json_t *)(uintptr_t)making.checked[i].root);
    *ret = rc == 0 ? export : NULL;
    return rc;
}
