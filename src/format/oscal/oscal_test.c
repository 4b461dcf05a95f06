/* oscal: ids, determinism, states, what the check refuses, and the way there and back. */
#include "format/oscal/oscal.h"

#include "format/oscal/make.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { ALL = (1 << OSCAL_MODEL_COUNT) - 1 };

/* The model town, read and bound. */
struct town {
    struct arena *arena;
    struct clause_set set;
    struct catalogue *catalogue;
    struct bindings *bindings;
    struct oscal_input input;
};

static struct str
file_bytes(struct arena *arena, const char *name)
{
    char path[400];
    struct buf bytes;
    snprintf(path, sizeof path, "%s/data/policy/model_town/%s", SEKISHO_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    buf_init(&bytes, 1 << 22);
    for (int c; (c = fgetc(f)) != EOF;)
        buf_put_char(&bytes, (char)c);
    fclose(f);
    struct str copy = str_dup(arena, buf_str(&bytes));
    buf_free(&bytes);
    return copy;
}

static void
add_text(struct clause_set *set, struct str source, const char *name)
{
    struct policy_tree *tree;
    struct buf json;
    struct err err;
    buf_init(&json, 32 << 20);
    assert_int_equal(policy_read(set->arena, source, &tree, &err), 0);
    policy_put_json(&json, tree, str_of(name), STR("00"));
    assert_int_equal(clause_set_add(set, buf_str(&json), &err), 0);
    buf_free(&json);
}

static void
town_make(struct town *t)
{
    struct err err;
    t->arena = arena_new(512 << 20);
    clause_set_init(&t->set, t->arena);
    add_text(&t->set, file_bytes(t->arena, "basic.md"), "basic.md");
    add_text(&t->set, file_bytes(t->arena, "standard.md"), "standard.md");
    assert_int_equal(catalogue_read(t->arena, SEKISHO_SOURCE_DIR "/data", &t->catalogue, &err), 0);
    assert_int_equal(bindings_load(t->arena, t->catalogue, "bind.yaml",
                                   file_bytes(t->arena, "bind.yaml"), &t->bindings, &err),
                     0);
    t->input = (struct oscal_input){.set = &t->set,
                                    .catalogue = t->catalogue,
                                    .bindings = t->bindings,
                                    .modified = STR("2026-04-01T00:00:00+09:00"),
                                    .version = OSCAL_1_2_1};
}

static const struct oscal_export *
exported(struct town *t, unsigned models)
{
    struct oscal_export *export;
    struct err err = {0};
    if (oscal_export(t->arena, &t->input, models, &export, &err) < 0)
        fail_msg("%s: %s", err.code, err.detail);
    return export;
}

static struct oscal_file *
file_named(const struct oscal_export *export, const char *name)
{
    for (size_t i = 0; i < export->file_count; i++)
        if (strcmp(export->files[i].name, name) == 0)
            return &export->files[i];
    fail_msg("no %s", name);
    return NULL;
}

static bool
has(const struct oscal_file *file, const char *text)
{
    return str_find(file->bytes, str_of(text), 0) >= 0;
}

static size_t
count_of(const struct oscal_file *file, const char *text)
{
    size_t n = 0;
    for (ptrdiff_t at = -1; (at = str_find(file->bytes, str_of(text), (size_t)(at + 1))) >= 0;)
        n++;
    return n;
}

static void
uuids_are_those_of_the_standard(void **state)
{
    (void)state;
    /* RFC 4122's namespace of names in the DNS. */
    static const uint8_t dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    uint8_t uuid[16];
    char text[UUID_CHARS + 1];
    uuid_make(dns, STR("www.example.com"), uuid);
    uuid_text(uuid, text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    assert_true(uuid_valid(text));
    assert_false(uuid_valid("2ed6657d-e927-168b-95e1-2665a8aea6a2"));
    assert_false(uuid_valid("2ed6657d-e927-568b-75e1-2665a8aea6a2"));
    assert_false(uuid_valid("2ed6657de927-568b-95e1-2665a8aea6a2-"));
    assert_false(uuid_valid(""));
}

static void
forms_of_text(void **state)
{
    (void)state;
    assert_true(token_valid(STR("std-c0412_s1")));
    assert_true(token_valid(STR("条項")));
    assert_false(token_valid(STR("1a")));
    assert_false(token_valid(STR("7(1)")));
    assert_false(token_valid(STR("（１）")));
    assert_false(token_valid(STR("a b")));
    assert_false(token_valid(STR("")));
    assert_false(token_valid(STR("\xff")));
    assert_true(value_clean(STR("① a")));
    assert_false(value_clean(STR("①　")));
    assert_false(value_clean(STR(" a")));
    assert_false(value_clean(STR("a\nb")));
    assert_false(value_clean(STR("")));
    static const char hostile[] = "a*b_c`{{ insert: param, x }}<script>[x](y)\\*\n# | ~^\"'&amp; !";
    struct buf back;
    buf_init(&back, 4096);
    json_t *markup = markup_json(str_of(hostile));
    assert_null(strstr(json_string_value(markup), "{{"));
    markup_undo(&back, str_of(json_string_value(markup)));
    assert_true(str_equal_z(buf_str(&back), hostile));
    json_decref(markup);
    buf_free(&back);
}

static void
same_input_same_bytes(void **state)
{
    (void)state;
    struct town a, b;
    town_make(&a);
    town_make(&b);
    const struct oscal_export *one = exported(&a, ALL), *two = exported(&b, ALL);
    assert_int_equal(one->file_count, 10);
    assert_int_equal(two->file_count, 10);
    assert_int_equal(one->note_count, 0);
    for (size_t i = 0; i < one->file_count; i++) {
        assert_true(str_equal(one->files[i].bytes, two->files[i].bytes));
        assert_true(has(&one->files[i], "\"oscal-version\": \"1.2.1\""));
        assert_true(has(&one->files[i], "\"last-modified\": \"2026-04-01T00:00:00+09:00\""));
    }
    struct oscal_file *catalog = file_named(one, "catalog-std.json");
    assert_true(has(catalog, "\"id\": \"std-ch7\""));
    assert_true(has(catalog, "\"id\": \"std-c0003\""));
    assert_true(has(catalog, "\"id\": \"std-c0003_s1\""));
    /* Another date is another file, the same things keep their uuids. */
    b.input.modified = STR("2027-04-01T00:00:00+09:00");
    struct oscal_file *later =
        file_named(exported(&b, 1 << OSCAL_COMPONENTS), "component-definition.json");
    struct oscal_file *sooner = file_named(one, "component-definition.json");
    assert_false(str_equal(later->uuid, sooner->uuid));
    ptrdiff_t at = str_find(sooner->bytes, STR("\"components\""), 0);
    ptrdiff_t other = str_find(later->bytes, STR("\"components\""), 0);
    assert_true(str_equal(str_slice(sooner->bytes, (size_t)at, sooner->bytes.n),
                          str_slice(later->bytes, (size_t)other, later->bytes.n)));
    arena_free(a.arena);
    arena_free(b.arena);
}

static void
every_version(void **state)
{
    (void)state;
    struct town t;
    town_make(&t);
    for (int v = OSCAL_1_1_2; v < OSCAL_VERSION_COUNT; v++) {
        t.input.version = (enum oscal_version)v;
        const struct oscal_export *export = exported(&t, ALL);
        assert_int_equal(export->file_count, v < OSCAL_1_2_1 ? 8 : 10);
        assert_int_equal(export->note_count, v < OSCAL_1_2_1 ? 1 : 0);
    }
    struct oscal_export *export;
    struct err err;
    t.input.version = OSCAL_1_1_3;
    assert_int_equal(oscal_export(t.arena, &t.input, 1 << OSCAL_MAPPING, &export, &err), -1);
    assert_string_equal(err.code, "oscal.version");
    arena_free(t.arena);
}

/* One tampering: in FILE the first FROM becomes TO. */
struct tampering {
    const char *file, *from, *to, *what;
};

/* The file with the first FROM behind AFTER replaced. */
static void
tamper(struct town *t, struct oscal_file *file, const struct tampering *how)
{
    ptrdiff_t at = str_find(file->bytes, str_of(how->from), 0);
    if (at < 0)
        fail_msg("%s has no %s", how->file, how->from);
    file->bytes = str_of(arena_printf(t->arena, "%.*s%s%.*s", (int)at, file->bytes.p, how->to,
                                      (int)(file->bytes.n - (size_t)at - strlen(how->from)),
                                      file->bytes.p + at + strlen(how->from)));
}

static void
broken_references_are_found(void **state)
{
    (void)state;
    static const struct tampering all[] = {
        {"catalog-std.json", "\"id\": \"std-c0003\"", "\"id\": \"std-c0004\"", "control id twice"},
        {"catalog-std.json", "\"id\": \"std-ch2\"", "\"id\": \"std-ch1\"", "group id twice"},
        {"catalog-std.json", "\"id\": \"std-c0003_smt\"", "\"id\": \"std-c0002_smt\"",
         "part twice"},
        {"catalog-std.json", "\"id\": \"std-c0003\"", "\"id\": \"7(1)\"", "id is no token"},
        {"catalog-std.json", "\"id\": \"ciso\"", "\"id\": \"chief\"", "role twice"},
        {"catalog-std.json", "2026-04-01T00:00:00+09:00", "2026-04-01T00:00:00", "no offset"},
        {"catalog-std.json", "\"value\": \"std\"", "\"value\": \"\"", "empty value"},
        {"catalog-std.json", "\"value\": \"std\"", "\"value\": \" std\"", "value with a blank"},
        {"catalog-std.json", "\"oscal-version\": \"1.2.1\"", "\"oscal-version\": \"1.1.3\"",
         "another version"},
        {"profile.json", "catalog-std.json", "catalog-gone.json", "import of nothing"},
        {"profile.json", "\"include-all\": {}", "\"include-controls\": [{\"with-ids\": [\"x\"]}]",
         "selects what is not there"},
        {"profile.json", "\"imports\": [", "\"modify\": [], \"imports\": [", "empty list"},
        {"component-definition.json", "\"source\": \"profile.json\"", "\"source\": \"no.json\"",
         "source is nothing"},
        {"component-definition.json", "\"control-id\": \"", "\"control-id\": \"no-", "control"},
        {"system-security-plan.json", "\"component-uuid\": \"", "\"component-uuid\": \"0",
         "component"},
        {"system-security-plan.json", "\"href\": \"profile.json\"", "\"href\": \"ssp.json\"",
         "profile is nothing"},
        {"system-security-plan.json", "\"control-id\": \"basic-c0001\"",
         "\"control-id\": \"basic-ch1\"", "a chapter is a group, no control"},
        {"system-security-plan.json", "\"ciso\"\n", "\"nobody\"\n", "role of a user"},
        {"assessment-plan.json", "\"activity-uuid\": \"", "\"activity-uuid\": \"0", "activity"},
        {"assessment-plan.json", "\"role-id\": \"", "\"role-id\": \"no-", "role"},
        {"assessment-plan.json", "_smt\"", "_no\"", "statement"},
        {"assessment-plan.json", "\"href\": \"system-security-plan.json\"", "\"href\": \"#x\"",
         "link to nothing here"},
        {"assessment-results.json", "\"href\": \"assessment-plan.json\"", "\"href\": \"x.json\"",
         "plan is nothing"},
        {"assessment-results.json", "\"observation-uuid\": \"", "\"observation-uuid\": \"0",
         "observation"},
        {"assessment-results.json", "\"subject-uuid\": \"", "\"subject-uuid\": \"0", "subject"},
        {"assessment-results.json", "\"target-id\": \"", "\"target-id\": \"no-", "target"},
        {"poam.json", "\"risk-uuid\": \"", "\"risk-uuid\": \"0", "risk"},
        {"mapping.json", "\"id-ref\": \"basic-", "\"id-ref\": \"no-", "source of a map"},
        {"mapping.json", "\"id-ref\": \"topic-", "\"id-ref\": \"no-", "target of a map"},
        {"mapping.json", "\"href\": \"topics.json\"", "\"href\": \"x.json\"", "catalog of topics"},
        {"mapping.json", "\"uuid\": \"", "\"uuid\": \"0", "no uuid"},
        {"topics.json", "\"title\": \"", "\"title\": \"{{ insert: param, p1 }}", "parameter"},
    };
    struct town t;
    struct err err;
    town_make(&t);
    struct oscal_evidence evidence = {STR("core"), STR("gate.probe"), 7};
    struct oscal_state known = {.clause = clause_find(&t.set, STR("std:4(2)①"), NULL),
                                .word = STR("enforced"),
                                .evidence = &evidence,
                                .evidence_count = 1};
    assert_true(known.clause != CLAUSE_NONE);
    t.input.states = &known;
    t.input.state_count = 1;
    const struct oscal_export *export = exported(&t, ALL);
    assert_int_equal(oscal_check(export->files, export->file_count, &err), 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct oscal_file files[16];
        memcpy(files, export->files, export->file_count * sizeof *files);
        struct oscal_export copy = {.files = files, .file_count = export->file_count};
        tamper(&t, file_named(&copy, all[i].file), &all[i]);
        int rc = oscal_check(files, export->file_count, &err);
        if (rc == 0 || strcmp(err.code, "oscal.reference") != 0)
            fail_msg("%s: %s: %s", all[i].file, all[i].what, rc == 0 ? "accepted" : err.detail);
    }
    /* A uuid of another kind. */
    struct oscal_file *ssp = file_named(export, "system-security-plan.json");
    ptrdiff_t party = str_find(ssp->bytes, STR("\"parties\""), 0);
    ptrdiff_t uuid = str_find(ssp->bytes, STR("\"uuid\": \""), (size_t)party) + 9;
    ptrdiff_t named = str_find(ssp->bytes, STR("\"component-uuid\": \""), 0) + 19;
    char *wrong = str_dup_z(t.arena, ssp->bytes);
    memcpy(wrong + named, ssp->bytes.p + uuid, UUID_CHARS);
    ssp->bytes.p = wrong;
    assert_int_equal(oscal_check(export->files, export->file_count, &err), -1);
    assert_non_null(strstr(err.detail, "parties"));
    ssp->bytes = STR("{\"catalog\": {\"uuid\": 1, \"uuid\": 2}}");
    assert_int_equal(oscal_check(export->files, export->file_count, &err), -1);
    assert_string_equal(err.code, "oscal.json");
    arena_free(t.arena);
}

static void
only_a_state_makes_it_implemented(void **state)
{
    (void)state;
    struct town t;
    town_make(&t);
    const struct oscal_export *export = exported(&t, ALL);
    struct oscal_file *ssp = file_named(export, "system-security-plan.json");
    assert_int_equal(count_of(ssp, "\"implemented\""), 0);
    assert_true(count_of(ssp, "\"planned\"") > 100);
    /* Why there is a policy is a definition: nothing to do, so nothing is missing. */
    size_t purpose = clause_find(&t.set, STR("basic:1"), NULL);
    const char *id = arena_printf(t.arena, "\"basic-%.*s\"", STR_FMT(t.set.clauses[purpose].key));
    ptrdiff_t at = str_find(ssp->bytes, str_of(id), 0);
    assert_true(at > 0);
    assert_true(str_find(str_slice(ssp->bytes, (size_t)at, (size_t)at + 1500),
                         STR("\"not-applicable\""), 0) > 0);
    assert_false(has(file_named(export, "poam.json"), id));
    assert_true(has(file_named(export, "poam.json"), "\"plan\""));
    struct oscal_file *results = file_named(export, "assessment-results.json");
    assert_int_equal(count_of(results, "satisfied"), 0);
    assert_int_equal(count_of(results, "\"findings\""), 0);

    struct oscal_evidence evidence = {STR("core"), STR("transfer.disarm"), 42};
    struct oscal_state states[] = {
        {.clause = clause_find(&t.set, STR("std:4(2)①"), NULL),
         .word = STR("enforced"),
         .at = STR("2026-05-01T09:00:00+09:00"),
         .evidence = &evidence,
         .evidence_count = 1},
        {.clause = clause_find(&t.set, STR("std:2(1)③"), NULL), .word = STR("open_gap")},
        {.clause = clause_find(&t.set, STR("std:2(2)③"), NULL), .word = STR("not_verified")},
        {.clause = clause_find(&t.set, STR("std:2(2)④"), NULL),
         .word = STR("running"),
         .exception_until = STR("2026-09-30T00:00:00+09:00")},
    };
    for (size_t i = 0; i < 4; i++)
        assert_true(states[i].clause != CLAUSE_NONE);
    t.input.states = states;
    t.input.state_count = 4;
    export = exported(&t, ALL);
    results = file_named(export, "assessment-results.json");
    assert_int_equal(count_of(results, "\"state\": \"satisfied\""), 2);
    assert_int_equal(count_of(results, "\"state\": \"not-satisfied\""), 2);
    assert_int_equal(count_of(results, "\"reason\": \"fail\""), 1);
    assert_true(has(results, "urn:sekisho:ledger:core:42"));
    assert_true(has(results, "\"collected\": \"2026-05-01T09:00:00+09:00\""));
    assert_true(count_of(file_named(export, "system-security-plan.json"), "\"implemented\"") >= 2);
    struct oscal_file *poam = file_named(export, "poam.json");
    assert_int_equal(count_of(poam, "\"deviation-approved\""), 1);
    assert_true(has(poam, "\"deadline\": \"2026-09-30T00:00:00+09:00\""));
    arena_free(t.arena);
}

static void
a_profile_selects(void **state)
{
    (void)state;
    struct town t;
    struct oscal_export *export;
    struct err err;
    town_make(&t);
    t.input.choice.zone = STR("lgwan");
    struct oscal_file *lgwan = file_named(exported(&t, 1 << OSCAL_PROFILE), "profile.json");
    const char *split =
        arena_printf(t.arena, "\"std-%.*s\"",
                     STR_FMT(t.set.clauses[clause_find(&t.set, STR("std:4(2)①"), NULL)].key));
    const char *watch =
        arena_printf(t.arena, "\"std-%.*s\"",
                     STR_FMT(t.set.clauses[clause_find(&t.set, STR("std:4(3)"), NULL)].key));
    assert_true(has(lgwan, split));
    assert_false(has(lgwan, watch));
    t.input.choice.zone = STR("internet");
    struct oscal_file *internet = file_named(exported(&t, 1 << OSCAL_PROFILE), "profile.json");
    assert_false(has(internet, split));
    assert_true(has(internet, watch));
    t.input.choice.zone = (struct str){0};
    t.input.choice.topic = STR("tech.");
    struct oscal_file *tech = file_named(exported(&t, ALL), "profile.json");
    assert_false(has(tech, split));
    assert_false(has(tech, "catalog-basic.json"));
    t.input.choice.topic = STR("no.such");
    assert_int_equal(oscal_export(t.arena, &t.input, ALL, &export, &err), -1);
    assert_string_equal(err.code, "oscal.empty");
    arena_free(t.arena);
}

static void
what_cannot_be_exported(void **state)
{
    (void)state;
    struct town t;
    struct oscal_export *export;
    struct err err;
    town_make(&t);
    static const char *const dates[] = {"",
                                        "2026-04-01",
                                        "2026-04-01T00:00:00",
                                        "2026-04-01T00:00:00+9:00",
                                        "x026-04-01T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-04-01T24:00:00Z",
                                        "2026-04-01T00:00:00+09:10",
                                        "2026-04-01T00:00:00."};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        t.input.modified = str_of(dates[i]);
        assert_int_equal(oscal_export(t.arena, &t.input, ALL, &export, &err), -1);
        assert_string_equal(err.code, "oscal.date");
    }
    t.input.modified = STR("2026-04-01T00:00:00Z");
    t.set.clauses[5].key = STR("a b");
    assert_int_equal(oscal_export(t.arena, &t.input, ALL, &export, &err), -1);
    assert_string_equal(err.code, "oscal.key");
    struct clause_set nothing;
    clause_set_init(&nothing, t.arena);
    t.input.set = &nothing;
    assert_int_equal(oscal_export(t.arena, &t.input, ALL, &export, &err), -1);
    assert_string_equal(err.code, "oscal.empty");
    arena_free(t.arena);
}

static struct oscal_reading *
read_back(struct arena *arena, struct str bytes)
{
    struct oscal_reading *reading;
    struct err err;
    if (oscal_read(arena, bytes, STR("c.json"), STR("00"), &reading, &err) < 0)
        fail_msg("%s: %s", err.code, err.detail);
    return reading;
}

#define SAME_STR(a, b, field) assert_true(str_equal((a)->field, (b)->field))

static void
same_clauses(const struct clause_set *a, const struct clause_set *b)
{
    assert_int_equal(a->clause_count, b->clause_count);
    assert_int_equal(a->sentence_count, b->sentence_count);
    for (size_t i = 0; i < a->clause_count; i++) {
        const struct clause *x = &a->clauses[i], *y = &b->clauses[i];
        SAME_STR(x, y, key);
        SAME_STR(x, y, label);
        SAME_STR(x, y, path);
        SAME_STR(x, y, title);
        SAME_STR(x, y, text);
        SAME_STR(x, y, mark);
        SAME_STR(x, y, printed);
        assert_int_equal(x->kind, y->kind);
        if (x->parent != y->parent || x->depth != y->depth || x->position != y->position)
            fail_msg("%.*s: parent %zd %zd, depth %u %u, position %zu %zu", STR_FMT(x->label),
                     (ssize_t)x->parent, (ssize_t)y->parent, x->depth, y->depth, x->position,
                     y->position);
        assert_true(x->parent == y->parent && x->depth == y->depth && x->position == y->position);
        assert_true(x->at.from == y->at.from && x->at.to == y->at.to);
        assert_int_equal(x->child_count, y->child_count);
        assert_int_equal(x->sentence_count, y->sentence_count);
        assert_true(x->duty == y->duty && x->roles == y->roles);
    }
    for (size_t i = 0; i < a->sentence_count; i++) {
        const struct clause_sentence *x = &a->sentences[i], *y = &b->sentences[i];
        SAME_STR(x, y, text);
        assert_true(x->clause == y->clause && x->number == y->number && x->type == y->type &&
                    x->modality == y->modality && x->effort == y->effort &&
                    x->exception == y->exception && x->inherited == y->inherited &&
                    x->subject == y->subject && x->when == y->when && x->needs == y->needs);
    }
}

static void
same_rest(const struct clause_set *a, const struct clause_set *b)
{
    const struct clause_doc *x = a->docs, *y = b->docs;
    assert_int_equal(x->kind, y->kind);
    SAME_STR(x, y, title);
    SAME_STR(x, y, body_name);
    SAME_STR(x, y, version);
    SAME_STR(x, y, dated);
    SAME_STR(x, y, front);
    assert_true(x->chapters == y->chapters && x->nodes == y->nodes && x->leaves == y->leaves &&
                x->sentences == y->sentences);
    assert_int_equal(a->table_count, b->table_count);
    for (size_t i = 0; i < a->table_count; i++) {
        const struct clause_table *s = &a->tables[i], *t = &b->tables[i];
        assert_true(s->kind == t->kind && s->clause == t->clause && s->row_count == t->row_count);
        SAME_STR(s, t, axis);
        for (size_t k = 0; k < s->row_count; k++) {
            SAME_STR(&s->rows[k], &t->rows[k], role);
            assert_int_equal(s->rows[k].cell_count, t->rows[k].cell_count);
            for (size_t c = 0; c < s->rows[k].cell_count; c++)
                assert_true(str_equal(s->rows[k].cells[c], t->rows[k].cells[c]));
        }
    }
    assert_int_equal(a->ref_count, b->ref_count);
    for (size_t i = 0; i < a->ref_count; i++) {
        SAME_STR(&a->refs[i], &b->refs[i], kind);
        SAME_STR(&a->refs[i], &b->refs[i], text);
        assert_true(a->refs[i].from == b->refs[i].from);
        assert_int_equal(a->refs[i].to_count, b->refs[i].to_count);
        for (size_t k = 0; k < a->refs[i].to_count; k++)
            assert_true(a->refs[i].to[k] == b->refs[i].to[k]);
    }
}

/* SOURCE, exported as a catalog and read back, is the same tree. */
static void
round_trip(struct town *t, struct str source)
{
    struct clause_set there, back;
    struct err err;
    clause_set_init(&there, t->arena);
    clause_set_init(&back, t->arena);
    add_text(&there, source, "a.md");
    t->input.set = &there;
    const struct oscal_export *export = exported(t, 1 << OSCAL_CATALOG);
    assert_int_equal(export->file_count, 1);
    assert_true(oscal_is(export->files[0].bytes));
    struct oscal_reading *reading = read_back(t->arena, export->files[0].bytes);
    assert_int_equal(reading->model, OSCAL_CATALOG);
    assert_int_equal(reading->finding_count, 0);
    if (clause_set_add(&back, reading->tree, &err) < 0)
        fail_msg("%s: %s", err.code, err.detail);
    same_clauses(&there, &back);
    same_rest(&there, &back);
}

static void
a_catalog_comes_back_as_it_was(void **state)
{
    (void)state;
    struct town t;
    town_make(&t);
    round_trip(&t, file_bytes(t.arena, "basic.md"));
    round_trip(&t, file_bytes(t.arena, "standard.md"));
    t.input.bindings = NULL;
    round_trip(
        &t, STR("関乃町情報セキュリティ対策基準\n\n"
                "1 対象 {{ insert: param, x }}\n"
                "町は、<script>alert(1)</script>と*強い*文と[y](javascript:z)を\\置かない。"
                "{{ insert: param, p }}とする。\n"
                "(1) `題`\n"
                "① 一つ目\n"
                "② 上記1の「\"&amp;\"」を守らなければならない。ただし、やむを得ないときを除く。\n"
                "2 二つ\n"
                "(1) 前項により、(1)の分類を守る。\n\n"
                "附則\n"
                "この基準は、令和8年4月1日から施行する。\n"));
    arena_free(t.arena);
}

static void
bindings_come_back_as_proposals(void **state)
{
    (void)state;
    struct town t;
    town_make(&t);
    struct oscal_reading *reading =
        read_back(t.arena, file_named(exported(&t, 1 << OSCAL_CATALOG), "catalog-std.json")->bytes);
    size_t rows = 0, parts = 0, found = 0;
    for (size_t i = 0; i < t.bindings->count; i++) {
        rows += str_equal_z(t.bindings->rows[i].doc, "std");
        parts += str_equal_z(t.bindings->rows[i].doc, "std") && t.bindings->rows[i].part != NULL;
    }
    for (size_t i = 0; i < reading->proposal_count; i++)
        found += reading->proposals[i].part.n > 0;
    assert_true(rows > 50);
    assert_int_equal(reading->proposal_count, rows);
    assert_int_equal(found, parts);
    arena_free(t.arena);
}

static bool
found(const struct oscal_reading *r, const char *code, const char *what)
{
    for (size_t i = 0; i < r->finding_count; i++)
        if (strcmp(r->findings[i].code, code) == 0 && str_equal_z(r->findings[i].what, what))
            return true;
    return false;
}

static void
catalogs_of_others(void **state)
{
    (void)state;
    static const char text[] =
        "{\"catalog\":{\"uuid\":\"5ec15b00-0000-4000-8000-000000000011\",\"metadata\":{\"title\":"
        "\"G \\\\* one\",\"last-modified\":\"2026-01-02T00:00:00Z\",\"version\":\"3\","
        "\"oscal-version\":\"1.1.3\"},\"groups\":[{\"id\":\"ac\",\"title\":\"Access\",\"groups\":[{"
        "\"title\":\"Deep\",\"controls\":[{\"id\":\"ac-9\",\"title\":\"Nine\"}]}],\"controls\":[{"
        "\"id\":\"ac-1\",\"title\":\"One\",\"params\":[{\"id\":\"p1\",\"label\":\"days\"}],"
        "\"props\":[{\"name\":\"label\",\"value\":\"AC-1\"},{\"name\":\"odd\",\"value\":\"x\"}],"
        "\"parts\":[{\"name\":\"statement\",\"prose\":\"Do it in {{ insert: param, p1 }}.\","
        "\"parts\":[{\"name\":\"item\",\"prose\":\"first\"}]},{\"name\":\"guidance\",\"prose\":"
        "\"g\"}],\"controls\":[{\"id\":\"ac-1.1\",\"title\":\"In\",\"new-thing\":1}]},{\"id\":"
        "\"ac-2\",\"title\":\"Gone\",\"props\":[{\"name\":\"status\",\"value\":\"withdrawn\"}]}]}]}"
        "}";
    struct arena *arena = arena_new(16 << 20);
    struct clause_set set;
    struct err err;
    struct oscal_reading *r = read_back(arena, str_of(text));
    clause_set_init(&set, arena);
    if (clause_set_add(&set, r->tree, &err) < 0)
        fail_msg("%s: %s", err.code, err.detail);
    assert_int_equal(set.clause_count, 5);
    assert_true(str_equal_z(set.docs[0].title, "G * one"));
    assert_true(str_equal_z(set.docs[0].dated, "2026-01-02"));
    const struct clause *one = &set.clauses[clause_find(&set, STR("AC-1"), NULL)];
    assert_true(str_equal_z(one->text, "Do it in ［days］.\nfirst"));
    assert_int_equal(one->sentence_count, 2);
    assert_int_equal(set.sentences[one->first_sentence].modality, POLICY_PLAIN);
    assert_true(clause_find(&set, STR("ac-1.1"), NULL) != CLAUSE_NONE);
    assert_true(clause_find(&set, STR("ac-2"), NULL) == CLAUSE_NONE);
    assert_true(found(r, "P301", "odd") && found(r, "P301", "new-thing"));
    assert_true(found(r, "P302", "guidance") && found(r, "P303", "") && found(r, "P304", ""));
    assert_true(found(r, "P306", "ac-2"));
    assert_int_equal(set.finding_count, r->finding_count);
    arena_free(arena);
}

static void
profiles_and_mappings(void **state)
{
    (void)state;
    struct town t;
    town_make(&t);
    t.input.choice.zone = STR("lgwan");
    const struct oscal_export *export = exported(&t, ALL);
    struct oscal_reading *r = read_back(t.arena, file_named(export, "profile.json")->bytes);
    assert_int_equal(r->model, OSCAL_PROFILE);
    assert_int_equal(r->selection_count, 2);
    assert_true(str_equal_z(r->selections[1].href, "catalog-std.json"));
    assert_true(r->selections[1].id_count > 100 && !r->selections[1].all);
    assert_int_equal(r->finding_count, 0);
    r = read_back(t.arena, file_named(export, "mapping.json")->bytes);
    assert_int_equal(r->model, OSCAL_MAPPING);
    assert_true(r->map_count >= t.bindings->count);
    assert_true(str_equal_z(r->maps[0].target_href, "topics.json"));
    r = read_back(t.arena, STR("{\"profile\":{\"metadata\":{\"title\":\"p\"},\"modify\":{},"
                               "\"imports\":[{\"href\":\"x\",\"include-controls\":[{\"matching\":"
                               "[{\"pattern\":\"a*\"}]}],\"exclude-controls\":[{\"with-ids\":"
                               "[\"b\"]}]}]}}"));
    assert_true(found(r, "P301", "modify") && found(r, "P301", "matching"));
    assert_int_equal(r->selections[0].without_count, 1);
    assert_false(r->selections[0].all);
    arena_free(t.arena);
}

static void
bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
    } all[] = {
        {"", "oscal.json"},
        {"{", "oscal.json"},
        {"[]", "oscal.json"},
        {"{\"catalog\":{},\"catalog\":{}}", "oscal.json"},
        {"{\"catalog\":{\"metadata\":{\"title\":\"a\\u0000b\"}}}", "oscal.json"},
        {"{}", "oscal.model"},
        {"{\"catalog\":[]}", "oscal.model"},
        {"{\"catalog\":{\"metadata\":{\"title\":\"a\"}},\"profile\":{}}", "oscal.model"},
        {"{\"poem\":{\"metadata\":{\"title\":\"a\"}}}", "oscal.model"},
        {"{\"assessment-plan\":{\"metadata\":{\"title\":\"a\"}}}", "oscal.model"},
        {"{\"catalog\":{}}", "oscal.shape"},
        {"{\"catalog\":{\"metadata\":{\"title\":\"a\"},\"groups\":{}}}", "oscal.shape"},
        {"{\"catalog\":{\"metadata\":{\"title\":\"a\"},\"controls\":[1]}}", "oscal.shape"},
        {"{\"profile\":{\"metadata\":{\"title\":\"a\"}}}", "oscal.shape"},
        {"{\"mapping-collection\":{\"metadata\":{\"title\":\"a\"},\"mappings\":[{\"maps\":[{"
         "\"sources\":[1],\"targets\":[2]}]}]}}",
         "oscal.shape"},
    };
    struct arena *arena = arena_new(64 << 20);
    struct oscal_reading *reading;
    struct err err;
    struct buf deep;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int rc = oscal_read(arena, str_of(all[i].text), STR("x"), STR("00"), &reading, &err);
        if (rc != -1 || strcmp(err.code, all[i].code) != 0)
            fail_msg("%s: %s", all[i].text, rc < 0 ? err.code : "accepted");
    }
    buf_init(&deep, 1 << 20);
    buf_put_z(&deep, "{\"catalog\":{\"metadata\":{\"title\":\"a\"},\"controls\":");
    for (int i = 0; i < 20; i++)
        buf_put_z(&deep, "[{\"title\":\"t\",\"controls\":");
    buf_put_z(&deep, "[]");
    for (int i = 0; i < 20; i++)
        buf_put_z(&deep, "}]");
    buf_put_z(&deep, "}}");
    assert_int_equal(oscal_read(arena, buf_str(&deep), STR("x"), STR("00"), &reading, &err), -1);
    assert_string_equal(err.code, "oscal.count");
    buf_clear(&deep);
    for (int i = 0; i < 100000; i++)
        buf_put_char(&deep, '[');
    assert_int_equal(oscal_read(arena, buf_str(&deep), STR("x"), STR("00"), &reading, &err), -1);
    assert_string_equal(err.code, "oscal.json");
    buf_free(&deep);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_are_those_of_the_standard),
        cmocka_unit_test(forms_of_text),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(every_version),
        cmocka_unit_test(broken_references_are_found),
        cmocka_unit_test(only_a_state_makes_it_implemented),
        cmocka_unit_test(a_profile_selects),
        cmocka_unit_test(what_cannot_be_exported),
        cmocka_unit_test(a_catalog_comes_back_as_it_was),
        cmocka_unit_test(bindings_come_back_as_proposals),
        cmocka_unit_test(catalogs_of_others),
        cmocka_unit_test(profiles_and_mappings),
        cmocka_unit_test(bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
