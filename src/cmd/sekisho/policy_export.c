/*
 * policy_export: see policy_export.h. Runs in the command line, offline: states come as a file
 * (--state); without one, plans say planned and results judge nothing. All files are made and
 * checked before the first is written, and none is written over another.
 */
#include "cmd/sekisho/policy_export.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "cmd/sekisho/policy_oscal.h"
#include "cmd/sekisho/policy_source.h"
#include "cmd/sekisho/policy_states.h"
#include "format/clause/keep.h"
#include "format/oscal/oscal.h"
#include "format/oscal/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARENA_BYTES = 1 << 30, FILES_MOST = 16, BIND_BYTES = 1 << 20, OUTPUT_MOST = 64 };

struct export_args {
    char *files[FILES_MOST];
    size_t file_count;
    unsigned models;
    const char *format, *data, *bind, *state, *out, *date;
    const char *reader; /* --for: public, staff, chief; NULL: all */
    struct oscal_input input;
    bool as_json;
};

/* What is to be written. */
struct output {
    const char *name;
    struct str bytes, uuid;
};

struct export_run {
    const struct export_args *args;
    struct arena *arena;
    struct clause_set set;
    struct output outputs[OUTPUT_MOST];
    size_t output_count;
    struct policy_states states;
    const struct oscal_note *notes;
    size_t note_count;
    bool asked; /* findings of an OSCAL file that was read */
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage_export"));
    return POLICY_SOURCE_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* "all", or words by commas. False for an unknown one. */
static bool
parse_models(const char *words, unsigned *ret)
{
    struct str rest = str_of(words), word;
    if (strcmp(words, "all") == 0) {
        *ret = (1u << OSCAL_MODEL_COUNT) - 1;
        return true;
    }
    while (str_split_next(&rest, ',', &word)) {
        char name[40];
        if (word.n >= sizeof name)
            return false;
        memcpy(name, word.p, word.n);
        name[word.n] = 0;
        enum oscal_model model = oscal_model_of(name);
        if (model == OSCAL_MODEL_COUNT)
            return false;
        *ret |= 1u << model;
    }
    return *ret != 0;
}

static bool
parse_choice(struct export_args *args, const char *name, const char *value)
{
    static const char *const zones[] = {"mynumber", "lgwan", "internet", NULL};
    struct oscal_choice *choice = &args->input.choice;
    if (strcmp(name, "--kind") == 0)
        choice->kind = str_of(value);
    else if (strcmp(name, "--topic") == 0)
        choice->topic = str_of(value);
    else if (strcmp(name, "--zone") == 0)
        choice->zone = str_of(value);
    else
        return false;
    for (size_t i = 0; choice->zone.n > 0 && zones[i] != NULL; i++)
        if (str_equal_z(choice->zone, zones[i]))
            return true;
    return choice->zone.n == 0;
}

/* An option with a value. */
static bool
parse_option(struct export_args *args, const char *name, const char *value)
{
    if (strcmp(name, "--model") == 0)
        return parse_models(value, &args->models);
    if (strcmp(name, "--oscal-version") == 0)
        return (args->input.version = oscal_version_of(value)) != OSCAL_VERSION_COUNT;
    if (strcmp(name, "--format") == 0) {
        args->format = value;
        return strcmp(value, "html") == 0 || strcmp(value, "md") == 0 || strcmp(value, "csv") == 0;
    }
    if (strcmp(name, "--data") == 0)
        args->data = value;
    else if (strcmp(name, "--bind") == 0)
        args->bind = value;
    else if (strcmp(name, "--state") == 0)
        args->state = value;
    else if (strcmp(name, "--date") == 0)
        args->date = value;
    else if (strcmp(name, "--body") == 0)
        args->input.body = str_of(value);
    else if (strcmp(name, "--for") == 0) {
        args->reader = value;
        return strcmp(value, "public") == 0 || strcmp(value, "staff") == 0 ||
               strcmp(value, "chief") == 0;
    } else if (strcmp(name, "-o") == 0)
        args->out = value;
    else
        return parse_choice(args, name, value);
    return true;
}

static bool
parse(int argc, char **argv, struct export_args *args)
{
    *args = (struct export_args){.input.version = OSCAL_1_2_1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            args->as_json = true;
        else if (argv[i][0] != '-' && args->file_count < FILES_MOST)
            args->files[args->file_count++] = argv[i];
        else if (argv[i][0] != '-' || i + 1 >= argc || !parse_option(args, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return args->file_count > 0 && (args->models != 0) != (args->format != NULL) &&
           (!args->as_json || args->out != NULL);
}

static struct str
hex_of(struct arena *arena, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    sha256_of(bytes.p, bytes.n, digest);
    hex_encode(digest, sizeof digest, hex);
    return str_dup(arena, str_of(hex));
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Does FILE begin like OSCAL? One that cannot be read is for the other reader to tell of. */
static bool
is_oscal(const char *file)
{
    char head[4096];
    struct err err;
    int fd = file_open(AT_FDCWD, file, O_RDONLY, 0, &err);
    int64_t size = fd < 0 ? -1 : file_size(fd, &err);
    size_t n = size < 0 ? 0 : size < (int64_t)sizeof head ? (size_t)size : sizeof head;
    bool good = n > 0 && file_pread(fd, head, n, 0, &err) == 0;
    file_close(&fd);
    return good && oscal_is((struct str){head, n});
}

/* 0, 2 or 3, told. */
static int
add_oscal(struct export_run *run, const char *file, struct buf *answer)
{
    struct policy_oscal read;
    struct err err;
    buf_clear(answer);
    int code = policy_oscal_read(file, answer, &read);
    if (code > POLICY_SOURCE_FINDINGS)
        return code;
    run->asked = run->asked || code == POLICY_SOURCE_FINDINGS;
    if (read.catalog && clause_set_add(&run->set, read.reading, &err) == 0)
        return 0;
    if (!read.catalog)
        (void)ERR(&err, "oscal.model", "%s", file);
    fprintf(stderr, "%s: ", file);
    return fail(&err, POLICY_SOURCE_USAGE);
}

/* All texts and trees, or all catalogs: the places of one mean nothing in the other. */
static int
read_files(struct export_run *run)
{
    const struct export_args *args = run->args;
    size_t catalogs = 0;
    for (size_t i = 0; i < args->file_count; i++)
        catalogs += is_oscal(args->files[i]);
    if (catalogs == 0)
        return policy_source_set(run->arena, (char **)(uintptr_t)args->files, args->file_count,
                                 &run->set);
    int code = 0;
    struct buf answer;
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    clause_set_init(&run->set, run->arena);
    for (size_t i = 0; i < args->file_count && code == 0; i++)
        code = add_oscal(run, args->files[i], &answer);
    buf_free(&answer);
    return code;
}

/* The first date in the words of a document: "令和8年4月1日 制定" → 2026-04-01. */
static bool
date_in(struct str words, struct wareki_date *ret)
{
    struct err err;
    for (size_t from = 0; from < words.n; from++)
        for (size_t to = words.n; to > from; to--) {
            struct str part = str_slice(words, from, to);
            if (to - from <= 64 && utf8_valid(part) && wareki_parse(part, ret, &err) == 0)
                return true;
        }
    return false;
}

/* --date, or the latest date of the documents; "" when there is none. */
static struct str
modified_of(const struct export_run *run)
{
    struct wareki_date latest = {0}, date;
    struct err err;
    char *text = arena_alloc(run->arena, 40);
    if (text == NULL)
        return (struct str){0};
    if (run->args->date != NULL) {
        if (wareki_parse(str_of(run->args->date), &latest, &err) < 0)
            return str_of(run->args->date);
    } else {
        for (size_t i = 0; i < run->set.doc_count; i++)
            if (date_in(str_slice(run->set.docs[i].dated, 0, 200), &date) &&
                date.year * 400 + date.month * 32 + date.day >
                    latest.year * 400 + latest.month * 32 + latest.day)
                latest = date;
    }
    if (latest.year == 0)
        return (struct str){0};
    snprintf(text, 40, "%04d-%02d-%02dT00:00:00+09:00", latest.year, latest.month, latest.day);
    return str_of(text);
}

/* The rows of --bind, or of bind.yaml beside the first file if it is there. */
static int
read_bindings(struct export_run *run, const struct catalogue *catalogue, struct bindings **ret,
              struct err *err)
{
    const char *path = run->args->bind, *first = run->args->files[0];
    struct buf bytes;
    *ret = NULL;
    if (path == NULL)
        path = arena_printf(run->arena, "%.*sbind.yaml", (int)(base_name(first) - first), first);
    if (path == NULL)
        return arena_check(run->arena, err);
    if (run->args->bind == NULL && access(path, F_OK) != 0)
        return 0;
    buf_init(&bytes, BIND_BYTES);
    int rc = file_read(AT_FDCWD, path, BIND_BYTES, &bytes, err);
    if (rc == 0)
        rc = bindings_load(run->arena, catalogue, base_name(path), buf_str(&bytes), ret, err);
    buf_free(&bytes);
    return rc;
}

/* Those of the export and of the states. */
static int
gather_notes(struct export_run *run, const struct oscal_export *export, struct err *err)
{
    const struct policy_states *states = &run->states;
    size_t count = export->note_count + states->note_count;
    struct oscal_note *notes = arena_array(run->arena, count + 1, sizeof *notes);
    if (notes == NULL)
        return arena_check(run->arena, err);
    if (export->note_count > 0)
        memcpy(notes, export->notes, export->note_count * sizeof *notes);
    if (states->note_count > 0)
        memcpy(notes + export->note_count, states->notes, states->note_count * sizeof *notes);
    run->notes = notes;
    run->note_count = count;
    return 0;
}

static int
make_models(struct export_run *run, struct err *err)
{
    struct oscal_input input = run->args->input;
    struct catalogue *catalogue;
    struct bindings *bindings;
    struct oscal_export *export;
    if (catalogue_read(run->arena, policy_source_data(run->args->data), &catalogue, err) < 0 ||
        read_bindings(run, catalogue, &bindings, err) < 0)
        return -1;
    if (run->args->state != NULL &&
        policy_states_read(run->arena, run->args->state, &run->set, &run->states, err) < 0)
        return -1;
    input.states = run->states.rows;
    input.state_count = run->states.count;
    input.set = &run->set;
    input.catalogue = catalogue;
    input.bindings = bindings;
    input.modified = modified_of(run);
    if (oscal_export(run->arena, &input, run->args->models, &export, err) < 0)
        return -1;
    for (size_t i = 0; i < export->file_count && i < OUTPUT_MOST; i++)
        run->outputs[run->output_count++] =
            (struct output){export->files[i].name, export->files[i].bytes, export->files[i].uuid};
    return gather_notes(run, export, err);
}

static int
make_text(struct export_run *run, struct err *err)
{
    struct buf out;
    const char *format = run->args->format;
    buf_init(&out, OSCAL_FILE_BYTES);
    if (strcmp(format, "html") == 0)
        text_put_html(&out, &run->set);
    else if (strcmp(format, "md") == 0)
        text_put_markdown(&out, &run->set);
    else
        text_put_csv(&out, &run->set);
    int rc = buf_done(&out, err);
    run->outputs[run->output_count++] = (struct output){
        arena_printf(run->arena, "policy.%s", format), str_dup(run->arena, buf_str(&out)), {0}};
    buf_free(&out);
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

/* All names are free before the first is made. */
static int
write_files(const struct export_run *run, struct err *err)
{
    struct stat st;
    if (file_mkdirs(AT_FDCWD, run->args->out, 0755, err) < 0)
        return -1;
    int dir = file_open_dir(AT_FDCWD, run->args->out, err);
    int rc = dir < 0 ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < run->output_count; i++)
        if (fstatat(dir, run->outputs[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            rc = ERR(err, "oscal.file", "%s", run->outputs[i].name);
    for (size_t i = 0; rc == 0 && i < run->output_count; i++) {
        const struct output *o = &run->outputs[i];
        int fd = file_open(dir, o->name, O_WRONLY | O_CREAT | O_EXCL, 0644, err);
        rc = fd < 0 ? ERR(err, "oscal.file", "%s", o->name)
                    : file_write(fd, o->bytes.p, o->bytes.n, err);
        file_close(&fd);
    }
    file_close(&dir);
    return rc;
}

static json_t *
text_json(struct str s)
{
    return json_stringn(s.n == 0 ? "" : s.p, s.n);
}

static void
print_json(const struct export_run *run)
{
    json_t *files = json_array(), *notes = json_array();
    for (size_t i = 0; i < run->output_count; i++) {
        const struct output *o = &run->outputs[i];
        json_t *file = json_pack("{s:s, s:o}", "name", o->name, "sha256",
                                 text_json(hex_of(run->arena, o->bytes)));
        if (o->uuid.n > 0)
            json_object_set_new(file, "uuid", text_json(o->uuid));
        json_array_append_new(files, file);
    }
    for (size_t i = 0; i < run->note_count; i++)
        json_array_append_new(notes, json_pack("{s:s, s:o}", "code", run->notes[i].code, "what",
                                               text_json(run->notes[i].what)));
    json_t *all = json_pack("{s:s, s:b, s:o, s:o, s:[]}", "command", "policy export", "ok",
                            run->note_count == 0 && !run->asked, "files", files, "unresolved",
                            notes, "findings");
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static void
print_notes(const struct export_run *run)
{
    for (size_t i = 0; i < run->note_count; i++) {
        char key[40];
        snprintf(key, sizeof key, "oscal.note.%s", run->notes[i].code);
        fprintf(stderr, "%.*s: %s\n", STR_FMT(run->notes[i].what),
                message_text(message_lang(), key));
    }
}

static int
put_out(const struct export_run *run, struct err *err)
{
    if (run->args->out != NULL) {
        if (write_files(run, err) < 0)
            return -1;
        if (run->args->as_json)
            print_json(run);
        else
            print_notes(run);
        return 0;
    }
    struct str bytes = run->outputs[0].bytes;
    print_notes(run);
    if (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n || fflush(stdout) != 0)
        return ERR_ERRNO(err, "file.write", "stdout");
    return 0;
}

/* A file says nothing of its visibility, so that of a document just confirmed holds: the basic
 * policy is public, procedures are for those with a role, all else is for staff. */
static bool
shown_to(const void *ctx, const struct clause_doc *doc)
{
    const char *reader = ctx;
    if (strcmp(reader, "chief") == 0 || doc->kind == POLICY_BASIC)
        return true;
    return strcmp(reader, "staff") == 0 && doc->kind != POLICY_PROCEDURE;
}

static int
keep_shown(struct export_run *run, struct err *err)
{
    if (run->args->reader == NULL)
        return 0;
    if (clause_set_keep(&run->set, shown_to, run->args->reader, &run->set, err) < 0)
        return -1;
    return run->set.doc_count > 0 ? 0 : ERR(err, "oscal.empty", "--for %s", run->args->reader);
}

static int
export_all(struct export_run *run)
{
    struct err err;
    int code = read_files(run);
    if (code != 0)
        return code;
    if (keep_shown(run, &err) < 0)
        return fail(&err, POLICY_SOURCE_USAGE);
    int rc = run->args->format != NULL ? make_text(run, &err) : make_models(run, &err);
    if (rc < 0)
        return fail(&err,
                    err_is(&err, "oscal.reference") ? POLICY_SOURCE_FAILED : POLICY_SOURCE_USAGE);
    if (run->args->out == NULL && run->output_count != 1)
        return usage();
    if (put_out(run, &err) < 0)
        return fail(&err, POLICY_SOURCE_FAILED);
    return run->note_count > 0 || run->asked ? POLICY_SOURCE_FINDINGS : 0;
}

int
policy_export_command(int argc, char **argv)
{
    struct export_args args;
    if (!parse(argc, argv, &args))
        return usage();
    struct export_run run = {.args = &args, .arena = arena_new(ARENA_BYTES)};
    int code = export_all(&run);
    arena_free(run.arena);
    return code;
}
