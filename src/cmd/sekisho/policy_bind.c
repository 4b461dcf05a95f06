/*
 * policy_bind: see policy_bind.h. Runs in the command line. The clauses come from the sandboxed
 * reader; labels are quoted, so nothing in them can become YAML.
 */
#include "cmd/sekisho/policy_bind.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/utf8.h"
#include "cmd/sekisho/policy_source.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    ARENA_BYTES = 512 << 20,
    FILES_MOST = 16,
    YAML_BYTES = 1 << 20,
    NAME_BYTES = 400,
    UNCLEAR_PERCENT = 10
};

struct bind_args {
    char *files[FILES_MOST];
    size_t file_count;
    const char *data, *previous;
    enum bind_confidence least;
    bool as_json, no_titles, no_phrases, examples, no_examples;
};

struct bind_run {
    const struct bind_args *args;
    struct clause_set set;
    struct catalogue *catalogue;
    struct bind_result *result;
    struct bindings *previous; /* NULL: none given */
    bool *kept;                /* by row of previous */
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

static bool
parse_least(const char *word, enum bind_confidence *ret)
{
    for (unsigned i = BIND_SURE; i <= BIND_ASK; i++)
        if (strcmp(word, bind_confidence_word((enum bind_confidence)i)) == 0) {
            *ret = (enum bind_confidence)i;
            return true;
        }
    return false;
}

static bool
parse(int argc, char **argv, struct bind_args *ret)
{
    *ret = (struct bind_args){.least = BIND_ASK};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            ret->as_json = true;
        else if (strcmp(argv[i], "--no-headings") == 0)
            ret->no_titles = true;
        else if (strcmp(argv[i], "--no-phrases") == 0)
            ret->no_phrases = true;
        else if (strcmp(argv[i], "--examples") == 0)
            ret->examples = true;
        else if (strcmp(argv[i], "--no-examples") == 0)
            ret->no_examples = true;
        else if (strcmp(argv[i], "--data") == 0 && more)
            ret->data = argv[++i];
        else if (strcmp(argv[i], "--previous") == 0 && more)
            ret->previous = argv[++i];
        else if (strcmp(argv[i], "--min") == 0 && more && parse_least(argv[i + 1], &ret->least))
            i++;
        else if (argv[i][0] == '-' || ret->file_count == FILES_MOST)
            return false;
        else
            ret->files[ret->file_count++] = argv[i];
    }
    return ret->file_count > 0;
}

static int
read_bindings(struct arena *arena, const struct catalogue *catalogue, const char *path,
              struct bindings **ret, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, YAML_BYTES);
    int rc = file_read(AT_FDCWD, path, YAML_BYTES, &bytes, err);
    if (rc == 0)
        rc = bindings_load(arena, catalogue, path, buf_str(&bytes), ret, err);
    buf_free(&bytes);
    return rc;
}

int
policy_bind_examples(struct arena *arena, const struct catalogue *catalogue, const char *data_dir,
                     struct bind_examples **ret)
{
    struct err err;
    struct bindings *bindings = NULL;
    struct clause_set *set = arena_alloc(arena, sizeof *set);
    struct bind_examples *examples = arena_alloc(arena, sizeof *examples);
    char *path = arena_printf(arena, "%s/policy/model_town/bind.yaml", data_dir);
    char *files[] = {arena_printf(arena, "%s/policy/model_town/basic.md", data_dir),
                     arena_printf(arena, "%s/policy/model_town/standard.md", data_dir)};
    *ret = NULL;
    if (arena_check(arena, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    if (read_bindings(arena, catalogue, path, &bindings, &err) < 0)
        return err_is(&err, "file.missing") ? 0 : fail(&err, POLICY_SOURCE_FAILED);
    int code = policy_source_set(arena, files, 2, set);
    if (code != 0)
        return code;
    *examples = (struct bind_examples){.set = set, .bindings = bindings};
    *ret = examples;
    return 0;
}

static const char *
part_of(const struct bind_row *row, int *ret_n)
{
    *ret_n = row->part == NULL ? 0 : (int)row->part->key.n;
    return row->part == NULL ? "" : row->part->key.p;
}

/* "std:4(2)①" into NAME. */
static const char *
name_of(const struct clause_set *set, size_t index, char name[static NAME_BYTES])
{
    const struct clause *c = &set->clauses[index];
    snprintf(name, NAME_BYTES, "%.*s:%.*s", STR_FMT(set->docs[c->doc].word), STR_FMT(c->label));
    name[utf8_valid_prefix(str_of(name))] = 0; /* a long label was cut */
    return name;
}

/* Was the row in the bind.yaml before? NULL, or the row there. */
static const struct binding *
before(struct bind_run *run, const struct bind_row *row)
{
    const struct clause *c = &run->set.clauses[row->clause];
    for (size_t i = 0; run->previous != NULL && i < run->previous->count; i++) {
        const struct binding *b = &run->previous->rows[i];
        if (b->topic != row->topic || b->part != row->part || !str_equal(b->label, c->label) ||
            !str_equal(b->doc, run->set.docs[c->doc].word))
            continue;
        run->kept[i] = true;
        return b;
    }
    return NULL;
}

/* A title's row is of use only when nothing below it is bound to that topic. */
static bool
is_needed(const struct bind_run *run, size_t at)
{
    const struct bind_row *rows = run->result->rows, *row = &rows[at];
    unsigned depth = run->set.clauses[row->clause].depth;
    if (row->confidence > run->args->least)
        return false;
    for (size_t i = at + 1; row->heading && i < run->result->row_count; i++) {
        if (rows[i].clause != row->clause && run->set.clauses[rows[i].clause].depth <= depth)
            break;
        if (!rows[i].heading && rows[i].topic == row->topic)
            return false;
    }
    for (size_t i = at; i > 0 && rows[i - 1].clause == row->clause; i--)
        if (!rows[i - 1].heading && rows[i - 1].topic == row->topic &&
            rows[i - 1].part == row->part)
            return false; /* an earlier sentence of the clause */
    return row->heading || row->duty;
}

/* In double quotes; a label holds marks, digits and brackets only, anything else becomes "?". */
static void
print_quoted(const char *name)
{
    putchar('"');
    for (; *name != 0; name++) {
        unsigned char c = (unsigned char)*name;
        putchar(c < ' ' || c == '"' || c == '\\' || c == 0x7f ? '?' : c);
    }
    putchar('"');
}

static void
print_row(struct bind_run *run, const struct bind_row *row)
{
    char name[NAME_BYTES];
    int n;
    const char *part = part_of(row, &n);
    printf("  - {clause: ");
    print_quoted(name_of(&run->set, row->clause, name));
    printf(", topic: %.*s, ", STR_FMT(row->topic->id));
    if (n > 0)
        printf("part: %.*s, ", n, part);
    printf("confirmed: no} # %s %.2f", bind_confidence_word(row->confidence), row->score);
    if (row->confidence == BIND_ASK && row->candidate_count > 1) {
        const struct bind_candidate *other = &row->candidates[1];
        printf(", %.*s %.2f", STR_FMT(other->topic->id), other->score);
    }
    const struct binding *b = before(run, row);
    if (b != NULL)
        printf(b->confirmed ? ", as confirmed before" : ", as before");
    putchar('\n');
}

static void
print_yaml(struct bind_run *run)
{
    char name[NAME_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < run->result->row_count; i++)
        if (is_needed(run, i)) {
            if (count++ == 0)
                printf("bindings:\n");
            print_row(run, &run->result->rows[i]);
        }
    if (count == 0)
        printf("bindings: []\n");
    for (size_t i = 0; i < run->result->unbound_count; i++) {
        printf("# none: ");
        print_quoted(name_of(&run->set, run->result->unbound[i], name));
        putchar('\n');
    }
    for (size_t i = 0; run->previous != NULL && i < run->previous->count; i++) {
        const struct binding *b = &run->previous->rows[i];
        if (run->kept[i])
            continue;
        snprintf(name, sizeof name, "%.*s:%.*s", STR_FMT(b->doc), STR_FMT(b->label));
        printf("# gone: ");
        print_quoted(name);
        printf(" %.*s\n", STR_FMT(b->topic->id));
    }
}

static json_t *
text_json(struct str s)
{
    return json_stringn(s.p, s.n);
}

static json_t *
part_json(const struct topic_part *part)
{
    return part == NULL ? json_null() : text_json(part->key);
}

static json_t *
row_json(struct bind_run *run, const struct bind_row *row)
{
    char name[NAME_BYTES];
    const struct clause_set *set = &run->set;
    json_t *why = json_array(), *candidates = json_array();
    for (unsigned i = 0; i < BIND_WHY_COUNT; i++)
        if ((row->why >> i & 1) != 0)
            json_array_append_new(why, json_string(bind_why_word(i)));
    for (size_t i = 0; i < row->candidate_count; i++) {
        const struct bind_candidate *c = &row->candidates[i];
        json_array_append_new(candidates,
                              json_pack("{s:o, s:o, s:f}", "topic", text_json(c->topic->id), "part",
                                        part_json(c->part), "score", c->score));
    }
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:f, s:f, s:s, s:b, s:b, s:o, s:o}", "clause",
        name_of(set, row->clause, name), "key", text_json(set->clauses[row->clause].key), "topic",
        text_json(row->topic->id), "part", part_json(row->part), "score", row->score, "second",
        row->second, "confidence", bind_confidence_word(row->confidence), "heading", row->heading,
        "duty", row->duty, "why", why, "candidates", candidates);
    json_object_set_new(object, "sentence",
                        row->sentence == CLAUSE_NONE
                            ? json_null()
                            : json_integer(set->sentences[row->sentence].number));
    if (run->previous != NULL) {
        const struct binding *b = before(run, row);
        const char *word = b == NULL ? "new" : b->confirmed ? "confirmed" : "same";
        json_object_set_new(object, "previous", json_string(word));
    }
    return object;
}

static json_t *
gone_json(const struct bind_run *run)
{
    json_t *gone = json_array();
    for (size_t i = 0; run->previous != NULL && i < run->previous->count; i++) {
        const struct binding *b = &run->previous->rows[i];
        if (run->kept[i])
            continue;
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%.*s:%.*s", STR_FMT(b->doc), STR_FMT(b->label));
        json_array_append_new(gone, json_pack("{s:s, s:o, s:o}", "clause", name, "topic",
                                              text_json(b->topic->id), "part", part_json(b->part)));
    }
    return gone;
}

static void
print_json(struct bind_run *run, bool ok)
{
    char name[NAME_BYTES];
    const struct bind_result *r = run->result;
    json_t *rows = json_array(), *unbound = json_array(), *counts = json_object();
    for (size_t i = 0; i < r->row_count; i++)
        if (r->rows[i].confidence <= run->args->least)
            json_array_append_new(rows, row_json(run, &r->rows[i]));
    for (size_t i = 0; i < r->unbound_count; i++)
        json_array_append_new(unbound, json_pack("{s:s, s:o}", "clause",
                                                 name_of(&run->set, r->unbound[i], name), "key",
                                                 text_json(run->set.clauses[r->unbound[i]].key)));
    for (unsigned i = 0; i < BIND_CONFIDENCES; i++)
        json_object_set_new(counts, bind_confidence_word((enum bind_confidence)i),
                            json_integer((json_int_t)r->counts[i]));
    json_t *all = json_pack("{s:s, s:b, s:[], s:o, s:o, s:o}", "command", "policy bind", "ok", ok,
                            "findings", "bindings", rows, "unbound", unbound, "counts", counts);
    if (run->previous != NULL)
        json_object_set_new(all, "gone", gone_json(run));
    json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
    putchar('\n');
    json_decref(all);
}

/* The share of sentences that no phrase was found for, in per cent. */
static size_t
unclear(const struct bind_result *result)
{
    size_t all = result->unbound_count, open = all;
    for (size_t i = 0; i < result->row_count; i++)
        if (!result->rows[i].heading && (result->rows[i].why & BIND_WHY_BESIDE) == 0) {
            all++;
            open += (result->rows[i].why & BIND_WHY_PHRASE) == 0;
        }
    return all == 0 ? 0 : open * 100 / all;
}

/* Reading the model policy costs as much as reading the text, so it is read only when the phrases
 * leave much open: a policy in words of its own. */
static int
bind_twice(struct arena *arena, struct bind_run *run, const char *data)
{
    struct err err;
    const struct bind_args *args = run->args;
    struct bind_examples *examples = NULL;
    struct bind_options options = {.no_titles = args->no_titles, .no_phrases = args->no_phrases};
    if (!args->examples &&
        bind_make(arena, run->catalogue, &run->set, &options, &run->result, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    if (args->no_examples || (!args->examples && unclear(run->result) < UNCLEAR_PERCENT))
        return 0;
    int code = policy_bind_examples(arena, run->catalogue, data, &examples);
    if (code != 0 || (examples == NULL && run->result != NULL))
        return code;
    options.examples = examples;
    if (bind_make(arena, run->catalogue, &run->set, &options, &run->result, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    return 0;
}

static int
bind_files(struct arena *arena, struct bind_run *run)
{
    struct err err;
    const struct bind_args *args = run->args;
    const char *data = policy_source_data(args->data);
    struct bind_args files = *args;
    int code = policy_source_set(arena, files.files, files.file_count, &run->set);
    if (code != 0)
        return code;
    if (catalogue_read(arena, data, &run->catalogue, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    if (args->previous != NULL &&
        read_bindings(arena, run->catalogue, args->previous, &run->previous, &err) < 0)
        return fail(&err, POLICY_SOURCE_USAGE);
    run->kept = arena_array(arena, run->previous == NULL ? 0 : run->previous->count, sizeof(bool));
    if (arena_check(arena, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    return bind_twice(arena, run, data);
}

int
policy_bind_command(int argc, char **argv)
{
    struct bind_args args;
    if (!parse(argc, argv, &args))
        return usage();
    struct arena *arena = arena_new(ARENA_BYTES);
    struct bind_run run = {.args = &args};
    int code = bind_files(arena, &run);
    if (code == 0) {
        bool clean = run.set.clause_count > 0 &&
                     run.result->counts[BIND_ASK] + run.result->counts[BIND_NOTHING] == 0;
        if (args.as_json)
            print_json(&run, clean);
        else
            print_yaml(&run);
        code = clean ? 0 : POLICY_SOURCE_FINDINGS;
    }
    arena_free(arena);
    return code;
}
