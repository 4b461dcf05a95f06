/*
 * policy_coverage: see policy_coverage.h. Runs in the command line. Titles of the text are foreign:
 * control characters are blanks on the terminal.
 */
#include "cmd/sekisho/policy_coverage.h"

#include "base/messages/messages.h"
#include "base/text/json.h"
#include "base/text/utf8.h"
#include "cmd/sekisho/policy_bind.h"
#include "cmd/sekisho/policy_source.h"
#include "format/bind/body_profile.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 512 << 20, FILES_MOST = 16, IDS_MOST = 256, NAME_BYTES = 400 };

struct coverage_args {
    char *files[FILES_MOST];
    size_t file_count;
    const char *data;
    bool as_json;
    struct str ids[IDS_MOST];
    struct coverage_profile profile;
};

struct coverage_run {
    struct coverage_args args;
    struct clause_set set;
    struct catalogue *catalogue;
    struct bind_result *bound;
    struct coverage *coverage;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage"));
    return POLICY_SOURCE_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* "zone.standalone,cloud." */
static bool
parse_profile(struct coverage_args *args, const char *ids)
{
    struct str rest = str_of(ids), id;
    args->profile.excluded = args->ids;
    while (str_split_next(&rest, ',', &id)) {
        if (id.n == 0 || args->profile.excluded_count == IDS_MOST)
            return false;
        args->ids[args->profile.excluded_count++] = id;
    }
    return args->profile.excluded_count > 0;
}

static bool
parse(int argc, char **argv, struct coverage_args *ret)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            ret->as_json = true;
        else if (strcmp(argv[i], "--data") == 0 && more)
            ret->data = argv[++i];
        else if (strcmp(argv[i], "--profile") == 0 && more && parse_profile(ret, argv[i + 1]))
            i++;
        else if (argv[i][0] == '-' || ret->file_count == FILES_MOST)
            return false;
        else
            ret->files[ret->file_count++] = argv[i];
    }
    return ret->file_count > 0;
}

static const char *
name_of(const struct clause_set *set, size_t index, char name[static NAME_BYTES])
{
    const struct clause *c = &set->clauses[index];
    snprintf(name, NAME_BYTES, "%.*s:%.*s", STR_FMT(set->docs[c->doc].word), STR_FMT(c->label));
    name[utf8_valid_prefix(str_of(name))] = 0; /* a long label was cut */
    for (char *p = name; *p != 0; p++)         /* a label of a handed-in tree may hold anything */
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return name;
}

static void
print_foreign(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        putchar((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
}

static const char *
text_of(const char *key)
{
    const char *text = message_text(message_lang(), key);
    return text == NULL ? key : text;
}

static void
print_chapter(const struct clause_set *set, const struct coverage_chapter *chapter)
{
    char name[NAME_BYTES];
    printf("%s ", name_of(set, chapter->clause, name));
    print_foreign(set->clauses[chapter->clause].title);
    printf("\n  %s %zu  %s %zu ", text_of("policy.coverage.leaves"), chapter->leaves,
           text_of("policy.coverage.bound"), chapter->bound);
    for (unsigned i = 0; i < KIND_COUNT; i++)
        printf(" %s %zu", topic_kind_word((enum topic_kind)i), chapter->kinds[i]);
    printf("  %s %zu  %s %zu\n", text_of("policy.coverage.answered"), chapter->answered,
           text_of("policy.coverage.gaps"), chapter->gaps);
}

static void
print_row(const struct clause_set *set, const struct coverage_row *row)
{
    char name[NAME_BYTES], key[64];
    snprintf(key, sizeof key, "policy.coverage.%s", coverage_verdict_word(row->verdict));
    printf("%s: %.*s", text_of(key), STR_FMT(row->topic->id));
    if (row->part != NULL)
        printf("/%.*s", STR_FMT(row->part->key));
    struct bilingual title = row->part != NULL ? row->part->title : row->topic->title;
    struct str own = message_lang() == LANG_EN ? title.en : title.ja;
    printf(" %.*s", STR_FMT(own));
    for (size_t i = 0; i < row->clause_count && i < 4; i++)
        printf(" %s", name_of(set, row->clauses[i], name));
    for (unsigned i = 0; i < WEAKER_COUNT; i++)
        if ((row->weaker >> i & 1) != 0) {
            snprintf(key, sizeof key, "policy.coverage.weaker_%s", coverage_weaker_word(i));
            printf(" (%s)", text_of(key));
        }
    putchar('\n');
}

static void
print_links(const struct coverage_run *run)
{
    char name[NAME_BYTES];
    for (size_t i = 0; i < run->coverage->link_count; i++) {
        const struct coverage_link *link = &run->coverage->links[i];
        if (!link->delegated)
            continue;
        printf("%s: %.*s ", text_of("policy.coverage.delegated"), STR_FMT(link->doc));
        print_foreign(link->body);
        printf(" %s\n", name_of(&run->set, link->clause, name));
    }
}

static void
print_text(const struct coverage_run *run)
{
    const struct coverage *c = run->coverage;
    for (size_t i = 0; i < c->chapter_count; i++)
        print_chapter(&run->set, &c->chapters[i]);
    print_links(run);
    for (size_t i = 0; i < c->row_count; i++)
        if (c->rows[i].verdict == COVERAGE_WEAKER || c->rows[i].verdict == COVERAGE_ABSENT)
            print_row(&run->set, &c->rows[i]);
    for (unsigned i = 0; i < COVERAGE_VERDICTS; i++) {
        char key[64];
        snprintf(key, sizeof key, "policy.coverage.%s",
                 coverage_verdict_word((enum coverage_verdict)i));
        printf("%s%s %zu", i == 0 ? "" : "  ", text_of(key), c->counts[i]);
    }
    putchar('\n');
}

static json_t *
text_json(struct str s)
{
    return json_stringn(s.p, s.n);
}

static json_t *
row_json(const struct clause_set *set, const struct coverage_row *row)
{
    char name[NAME_BYTES];
    json_t *clauses = json_array(), *weaker = json_array();
    for (size_t i = 0; i < row->clause_count; i++)
        json_array_append_new(clauses, json_string(name_of(set, row->clauses[i], name)));
    for (unsigned i = 0; i < WEAKER_COUNT; i++)
        if ((row->weaker >> i & 1) != 0)
            json_array_append_new(weaker, json_string(coverage_weaker_word(i)));
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:o, s:o}", "topic", text_json(row->topic->id),
                     "part", row->part == NULL ? json_null() : text_json(row->part->key), "verdict",
                     coverage_verdict_word(row->verdict), "clauses", clauses, "weaker", weaker,
                     "stands_in", row->stands_in, "expected", text_json(row->expected), "found",
                     text_json(row->found));
}

static json_t *
chapter_json(const struct clause_set *set, const struct coverage_chapter *chapter)
{
    char name[NAME_BYTES];
    json_t *kinds = json_object(), *confidence = json_object();
    for (unsigned i = 0; i < KIND_COUNT; i++)
        json_object_set_new(kinds, topic_kind_word((enum topic_kind)i),
                            json_integer((json_int_t)chapter->kinds[i]));
    for (unsigned i = 0; i < BIND_CONFIDENCES; i++)
        json_object_set_new(confidence, bind_confidence_word((enum bind_confidence)i),
                            json_integer((json_int_t)chapter->confidence[i]));
    return json_pack("{s:s, s:o, s:I, s:I, s:o, s:o, s:I, s:I}", "clause",
                     name_of(set, chapter->clause, name), "title",
                     text_json(set->clauses[chapter->clause].title), "leaves",
                     (json_int_t)chapter->leaves, "bound", (json_int_t)chapter->bound, "confidence",
                     confidence, "kinds", kinds, "answered", (json_int_t)chapter->answered, "gaps",
                     (json_int_t)chapter->gaps);
}

static json_t *
links_json(const struct coverage_run *run)
{
    char name[NAME_BYTES];
    json_t *links = json_array();
    for (size_t i = 0; i < run->coverage->link_count; i++) {
        const struct coverage_link *link = &run->coverage->links[i];
        json_array_append_new(links,
                              json_pack("{s:s, s:o, s:o, s:b, s:b}", "clause",
                                        name_of(&run->set, link->clause, name), "doc",
                                        text_json(link->doc), "body", text_json(link->body),
                                        "delegated", link->delegated, "loaded", link->loaded));
    }
    return links;
}

static void
print_json(const struct coverage_run *run, bool ok)
{
    const struct coverage *c = run->coverage;
    json_t *topics = json_array(), *chapters = json_array(), *counts = json_object();
    for (size_t i = 0; i < c->row_count; i++)
        json_array_append_new(topics, row_json(&run->set, &c->rows[i]));
    for (size_t i = 0; i < c->chapter_count; i++)
        json_array_append_new(chapters, chapter_json(&run->set, &c->chapters[i]));
    for (unsigned i = 0; i < COVERAGE_VERDICTS; i++)
        json_object_set_new(counts, coverage_verdict_word((enum coverage_verdict)i),
                            json_integer((json_int_t)c->counts[i]));
    json_t *all = json_pack("{s:s, s:b, s:[], s:o, s:o, s:o, s:o}", "command", "policy coverage",
                            "ok", ok, "findings", "chapters", chapters, "topics", topics, "links",
                            links_json(run), "counts", counts);
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

/* What --profile leaves out must be topics, or groups of them ("cloud."): a misspelt one would look
 * as if it had been left out. */
static int
check_profile(const struct coverage_run *run, struct err *err)
{
    const struct coverage_profile *profile = &run->args.profile;
    for (size_t i = 0; i < profile->excluded_count; i++) {
        struct str id = profile->excluded[i];
        bool known = false;
        for (size_t k = 0; k < run->catalogue->topic_count && !known; k++) {
            struct str topic = run->catalogue->topics[k].id;
            known = str_equal(id, topic) || (str_ends(id, STR(".")) && str_starts(topic, id));
        }
        if (!known)
            return ERR(err, "control.unknown", "--profile %.*s", STR_FMT(id));
    }
    return 0;
}

static int
cover_files(struct arena *arena, struct coverage_run *run)
{
    struct err err;
    const char *data = policy_source_data(run->args.data);
    struct bind_examples *examples = NULL;
    int code = policy_source_set(arena, run->args.files, run->args.file_count, &run->set);
    if (code != 0)
        return code;
    if (catalogue_read(arena, data, &run->catalogue, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    if (check_profile(run, &err) < 0)
        return fail(&err, POLICY_SOURCE_USAGE);
    code = policy_bind_examples(arena, run->catalogue, data, &examples);
    if (code != 0)
        return code;
    struct bind_options options = {.examples = examples};
    if (bind_make(arena, run->catalogue, &run->set, &options, &run->bound, &err) < 0 ||
        coverage_make(arena, run->bound, &run->args.profile, examples, &run->coverage, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    return 0;
}

int
policy_coverage_command(int argc, char **argv)
{
    struct coverage_run run = {0};
    if (!parse(argc, argv, &run.args))
        return usage();
    struct arena *arena = arena_new(ARENA_BYTES);
    int code = cover_files(arena, &run);
    if (code == 0) {
        const size_t *counts = run.coverage->counts;
        bool clean = counts[COVERAGE_WEAKER] + counts[COVERAGE_ABSENT] == 0;
        if (run.args.as_json)
            print_json(&run, clean);
        else
            print_text(&run);
        code = clean ? 0 : POLICY_SOURCE_FINDINGS;
    }
    arena_free(arena);
    return code;
}

/* ---- sekisho policy profile ---- */

static void
print_place(const struct coverage_run *run, size_t clause)
{
    char name[NAME_BYTES];
    if (clause != CLAUSE_NONE)
        printf(" %s", name_of(&run->set, clause, name));
}

static void
print_zone(const struct coverage_run *run, const struct body_profile_zone *zone)
{
    char key[64];
    snprintf(key, sizeof key, "policy.profile.%s", zone->ordered ? "ordered" : "not_found");
    printf("%.*s: %s\n", STR_FMT(zone->id), text_of(key));
    for (size_t i = 0; i < zone->part_count; i++) {
        const struct coverage_row *row = zone->parts[i].row;
        snprintf(key, sizeof key, "policy.coverage.%s", coverage_verdict_word(row->verdict));
        printf("  %.*s/%.*s %s", STR_FMT(row->topic->id), STR_FMT(row->part->key), text_of(key));
        for (size_t k = 0; zone->parts[i].ordered && k < row->clause_count && k < 4; k++)
            print_place(run, row->clauses[k]);
        putchar('\n');
    }
}

static void
print_facts(const struct coverage_run *run, const struct body_profile *p)
{
    for (size_t i = 0; i < p->class_count; i++) {
        const struct body_profile_class *c = &p->classes[i];
        printf("%.*s ", STR_FMT(c->axis));
        print_foreign(c->code);
        printf(" %s %u%s", text_of("policy.profile.rank"), c->rank,
               c->unsure_rank || c->unsure_limits ? " ?" : "");
        print_place(run, c->clause);
        putchar('\n');
    }
    printf("%s:", text_of("policy.profile.staff"));
    for (unsigned i = 0; body_profile_staff_word(i) != NULL; i++)
        if ((p->staff.counts >> i & 1) != 0)
            printf(" %s", body_profile_staff_word(i));
    printf("%s", p->staff.unsure ? " ?" : "");
    for (size_t i = 0; i < p->staff.place_count; i++)
        print_place(run, p->staff.places[i].clause);
    putchar('\n');
    for (size_t i = 0; i < p->role_count; i++) {
        print_foreign(p->roles[i].title);
        printf(" %s ", text_of("policy.profile.holder"));
        print_foreign(p->roles[i].holder);
        print_place(run, p->roles[i].clause);
        putchar('\n');
    }
    printf("%s:", text_of("policy.profile.bodies"));
    for (size_t i = 0; i < p->organ_count; i++)
        printf(" %.*s", STR_FMT(p->organs[i].code));
    printf("\n%s %zu\n", text_of("policy.profile.unsure"), p->unsure);
}

static int
print_profile_json(const struct body_profile *p)
{
    struct buf out;
    struct json j;
    struct err err;
    buf_init(&out, 16 << 20);
    json_init(&j, &out);
    json_open_object(&j);
    json_key(&j, "command");
    json_z(&j, "policy profile");
    json_key(&j, "ok");
    json_bool(&j, p->unsure == 0);
    json_key(&j, "findings");
    json_open_array(&j);
    json_end(&j);
    body_profile_put(&j, p, NULL, NULL);
    json_end(&j);
    int rc = buf_done(&out, &err);
    if (rc == 0)
        printf("%.*s\n", STR_FMT(buf_str(&out)));
    buf_free(&out);
    return rc < 0 ? fail(&err, POLICY_SOURCE_FAILED) : 0;
}

int
policy_profile_command(int argc, char **argv)
{
    struct coverage_run run = {0};
    struct body_profile *profile;
    struct err err;
    if (!parse(argc, argv, &run.args) || run.args.profile.excluded_count > 0)
        return usage();
    struct arena *arena = arena_new(ARENA_BYTES);
    int code = cover_files(arena, &run);
    if (code == 0 && body_profile_make(arena, &run.set, run.coverage, NULL, &profile, &err) < 0)
        code = fail(&err, POLICY_SOURCE_FAILED);
    if (code == 0 && run.args.as_json)
        code = print_profile_json(profile);
    else if (code == 0) {
        for (size_t i = 0; i < profile->zone_count; i++)
            print_zone(&run, &profile->zones[i]);
        print_facts(&run, profile);
    }
    if (code == 0 && profile->unsure > 0)
        code = POLICY_SOURCE_FINDINGS;
    arena_free(arena);
    return code;
}
