/*
 * cmd_people: see cmd_people.h. The file is parsed by sheet-worker in its sandbox; what goes to the
 * portal are its rows as plain text. The server decides everything, by the person of the session.
 */
#include "cmd/sekisho/cmd_people.h"

#include "base/messages/messages.h"
#include "base/os/file.h"
#include "cmd/sekisho/portal_client.h"
#include "cmd/sekisho/sheet_source.h"
#include "format/yaml/yaml.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_BYTES = 64 << 10, ROWS_MOST = 100001, PATH_BYTES = 200 };

struct arguments {
    const char *verb, *what, *map, *sections, *sheet, *encoding, *digest, *reason;
    bool retro, again, confirm_mass, json;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "people.usage"));
    return PORTAL_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* ---- files ---- */

static char headers[][24] = {"職員番号",   "氏名",         "カナ",         "所属コード",
                           "職",         "発令日",       "区分",         "兼務",
                           "任用終了日", "旧所属コード", "新所属コード", "施行日"};

struct reading {
    json_t *rows;
    unsigned problems;
    bool second; /* another sheet began: one is asked for */
};

static int
row_take(struct reading *reading, const struct sheet_row *row, struct err *err)
{
    if (row->number > ROWS_MOST) {
        return ERR(err, "people.size", "%u", row->number);
    }
    while (json_array_size(reading->rows) + 1 < row->number) { /* rows keep their numbers */
        (void)json_array_append_new(reading->rows, json_array());
    }
    json_t *cells = json_array();
    for (size_t i = 0; i < row->count; i++) {
        struct str text = row->cells[i].text;
        (void)json_array_append_new(cells, json_stringn(text.p != NULL ? text.p : "", text.n));
    }
    (void)json_array_append_new(reading->rows, cells);
    return 0;
}

static int
record_take(void *data, const struct sheet_record *record, struct err *err)
{
    struct reading *reading = data;
    struct err note;
    if (record->kind == SHEET_RECORD_ROW) {
        return row_take(reading, &record->row, err);
    }
    if (record->kind == SHEET_RECORD_NOTE) {
        (void)ERR(&note, record->note.code, "%.*s", STR_FMT(record->note.place));
        message_tell_err(&note);
        reading->problems += record->note.problem;
    }
    if (record->kind == SHEET_RECORD_SHEET) {
        if (reading->second) {
            return ERR(err, "sheet.one", "%.*s", STR_FMT(record->name));
        }
        reading->second = true;
    }
    return 0;
}

/* The rows of FILE; NULL with ERR. */
static json_t *
file_rows(const struct arguments *a, const char *file, struct err *err)
{
    struct reading reading = {.rows = json_array()};
    char *titles[sizeof headers / sizeof *headers];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        titles[i] = headers[i];
    }
    struct sheet_result result;
    struct sheet_wish wish = {.file = file,
                              .encoding = a->encoding,
                              .sheet = a->sheet,
                              .titles = titles,
                              .title_count = sizeof titles / sizeof *titles};
    int rc = sheet_source_read(&wish, record_take, &reading, &result, err);
    if (rc == 0 && reading.problems > 0) {
        rc = ERR(err, "sheet.refused", "%u", reading.problems);
    }
    if (rc < 0) {
        json_decref(reading.rows);
        return NULL;
    }
    return reading.rows;
}

static json_t *
words_json(const struct yaml_node *map)
{
    json_t *words = json_object();
    YAML_EACH(word, map)
    {
        struct str text = yaml_text(word);
        (void)json_object_setn_new(words, word->key.p, word->key.n,
                                   json_stringn(text.p != NULL ? text.p : "", text.n));
    }
    return words;
}

/* The map file: sekisho: people-map/1, columns: {header: key}, orders: {word: order}. */
static json_t *
map_read(const char *path, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"sekisho", YAML_TEXT, true}, {"columns", YAML_MAP, false}, {"orders", YAML_MAP, false}};
    const struct yaml_node *root = NULL;
    struct arena *arena = arena_new(4 << 20);
    struct buf text;
    json_t *map = NULL;
    buf_init(&text, MAP_BYTES);
    if (file_read(AT_FDCWD, path, MAP_BYTES, &text, err) == 0 &&
        yaml_parse(arena, path, buf_str(&text), NULL, &root, err) == 0 &&
        yaml_check(root, keys, 3, err) == 0) {
        if (str_equal_z(yaml_text(yaml_get(root, "sekisho")), "people-map/1")) {
            map = json_pack("{so so}", "columns", words_json(yaml_get(root, "columns")), "orders",
                            words_json(yaml_get(root, "orders")));
        } else {
            (void)YAML_ERR(err, "people.map", root, "people-map/1");
        }
    }
    buf_free(&text);
    arena_free(arena);
    return map;
}

/* ---- showing ---- */

static void
errors_print(json_t *errors)
{
    size_t i;
    json_t *row;
    json_array_foreach(errors, i, row)
    {
        struct err err;
        (void)err_set(&err, json_string_value(json_object_get(row, "code")), __FILE__, __LINE__,
                      "%s", json_string_value(json_object_get(row, "detail")));
        struct buf line;
        buf_init(&line, 4096);
        message_put_err(&line, message_lang(), &err);
        printf("%s:%lld %s %.*s", json_string_value(json_object_get(row, "table")),
               (long long)json_integer_value(json_object_get(row, "line")),
               json_string_value(json_object_get(row, "who")), STR_FMT(buf_str(&line)));
        printf(line.n > 0 && line.p[line.n - 1] == '\n' ? "" : "\n");
        buf_free(&line);
    }
}

static void
batch_print(json_t *body)
{
    static const char *const lists[] = {
        "joiners", "movers",   "leavers",  "concurrent", "renewed",  "names", "sections", "same",
        "vacant",  "deputies", "accounts", "steps",      "handover", "keys",  "errors"};
    json_t *preview = json_object_get(body, "preview");
    printf("batch %s\nstate %s\ndigest %s\nfirst %s\nlast %s\n",
           json_string_value(json_object_get(body, "batch")),
           json_string_value(json_object_get(body, "state")),
           json_string_value(json_object_get(body, "digest")),
           json_string_value(json_object_get(body, "first")),
           json_string_value(json_object_get(body, "last")));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t count = json_array_size(json_object_get(preview, lists[i]));
        char key[64];
        (void)snprintf(key, sizeof key, "people.list.%s", lists[i]);
        if (count > 0) {
            printf("%s %zu\n", message_text(message_lang(), key), count);
        }
    }
    errors_print(json_object_get(preview, "errors"));
}

static void
due_print(json_t *body)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(body, "batches"), i, row)
    {
        printf("%s\t%s\t%s\t%s\t%lld\n", json_string_value(json_object_get(row, "batch")),
               json_string_value(json_object_get(row, "state")),
               json_string_value(json_object_get(row, "first")),
               json_string_value(json_object_get(row, "last")),
               (long long)json_integer_value(json_object_get(row, "errors")));
    }
    json_array_foreach(json_object_get(body, "accounts"), i, row)
    {
        printf("%s\t%s\n", message_text(message_lang(), "people.issue"),
               json_string_value(json_object_get(row, "login")));
    }
}

/* What --json adds to the answer: {command, ok, …, counts as lists of the preview}. */
static void
json_print(const struct arguments *a, json_t *body)
{
    json_t *all = json_pack("{ss sb s[]}", "command", a->verb, "ok", 1, "findings");
    (void)json_object_update(all, body);
    (void)json_object_update_missing(all, json_object_get(body, "preview"));
    (void)json_object_del(all, "preview");
    (void)json_dumpf(all, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(all);
}

/* Prints ANSWER of a call (freed). The exit code: 1 when rows were set aside. */
static int
show(const struct arguments *a, struct portal_answer *answer)
{
    int code = portal_told(answer);
    json_t *errors = json_object_get(json_object_get(answer->body, "preview"), "errors");
    if (code == PORTAL_DONE && a->json) {
        json_print(a, answer->body);
    } else if (code == PORTAL_DONE && json_object_get(answer->body, "batches") != NULL) {
        due_print(answer->body);
    } else if (code == PORTAL_DONE) {
        batch_print(answer->body);
    }
    if (code == PORTAL_DONE && json_array_size(errors) > 0) {
        code = PORTAL_REFUSED;
    }
    portal_answer_done(answer);
    return fflush(stdout) != 0 ? PORTAL_FAILED : code;
}

/* ---- verbs ---- */

static int
call(const struct arguments *a, const char *method, const char *path, json_t *body)
{
    struct portal portal;
    struct portal_answer answer;
    struct err err;
    if (portal_load(&portal, &err) < 0) {
        json_decref(body);
        return fail(&err, PORTAL_DENIED);
    }
    if (portal_call_json(&portal, method, path, body, &answer, &err) < 0) {
        return fail(&err, PORTAL_FAILED);
    }
    return show(a, &answer);
}

static int
import(const struct arguments *a)
{
    struct err err;
    json_t *asked = json_pack("{sb}", "retro", a->retro);
    json_t *rows = file_rows(a, a->what, &err);
    json_t *sections = rows != NULL && a->sections != NULL ? file_rows(a, a->sections, &err) : NULL;
    json_t *map = rows != NULL && a->map != NULL ? map_read(a->map, &err) : NULL;
    bool bad = rows == NULL || (a->sections != NULL && sections == NULL) ||
               (a->map != NULL && map == NULL);
    if (rows != NULL) {
        (void)json_object_set_new(asked, "rows", rows);
    }
    if (sections != NULL) {
        (void)json_object_set_new(asked, "sections", sections);
    }
    if (map != NULL) {
        (void)json_object_set_new(asked, "map", map);
    }
    if (bad) {
        json_decref(asked);
        return fail(&err, PORTAL_USAGE);
    }
    return call(a, "POST", "people?step=preview", asked);
}

/* True for the 13 characters of an id: nothing else goes into a path. */
static bool
id_good(const char *id)
{
    return strlen(id) == 13 && strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz") == 13;
}

/* The revision of the batch, if its digest is the one that was shown. */
static int
shown_rev(const struct arguments *a, json_int_t *ret)
{
    struct portal portal;
    struct portal_answer answer;
    struct err err;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "people/%s", a->what);
    if (portal_load(&portal, &err) < 0) {
        return fail(&err, PORTAL_DENIED);
    }
    if (portal_call(&portal, "GET", path, STR(""), &answer, &err) < 0) {
        return fail(&err, PORTAL_FAILED);
    }
    int code = portal_told(&answer);
    const char *digest = json_string_value(json_object_get(answer.body, "digest"));
    if (code == PORTAL_DONE && (digest == NULL || strcmp(digest, a->digest) != 0)) {
        (void)ERR(&err, "register.changed", "digest");
        code = fail(&err, PORTAL_REFUSED);
    }
    *ret = json_integer_value(json_object_get(answer.body, "rev"));
    portal_answer_done(&answer);
    return code;
}

/* Approves or cancels what --digest names. */
static int
decide(const struct arguments *a)
{
    char path[PATH_BYTES];
    json_int_t rev = 0;
    if (a->digest == NULL) {
        return usage();
    }
    int code = shown_rev(a, &rev);
    if (code != PORTAL_DONE) {
        return code;
    }
    (void)snprintf(path, sizeof path, "people/%s/%s", a->what, a->verb);
    return call(a, "POST", path,
                json_pack("{sI ss sb ss}", "rev", rev, "digest", a->digest, "confirm_mass",
                          a->confirm_mass, "reason", a->reason));
}

static int
preview(const struct arguments *a)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "people/%s%s", a->what, a->again ? "/preview" : "");
    return call(a, a->again ? "POST" : "GET", path, a->again ? json_object() : NULL);
}

/* Takes the option at ARGV[I]; how many words it was, 0 when it is none. */
static int
option_take(struct arguments *a, char **argv, int i, int argc)
{
    struct {
        const char *word, **value;
    } options[] = {{"--map", &a->map},       {"--sections", &a->sections},
                   {"--sheet", &a->sheet},   {"--encoding", &a->encoding},
                   {"--digest", &a->digest}, {"--reason", &a->reason}};
    struct {
        const char *word;
        bool *value;
    } flags[] = {{"--retro", &a->retro},
                 {"--again", &a->again},
                 {"--confirm-mass", &a->confirm_mass},
                 {"--json", &a->json}};
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
        if (strcmp(argv[i], flags[k].word) == 0) {
            *flags[k].value = true;
            return 1;
        }
    }
    for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
        if (strcmp(argv[i], options[k].word) == 0 && i + 1 < argc) {
            *options[k].value = argv[i + 1];
            return 2;
        }
    }
    return 0;
}

int
cmd_people(int argc, char **argv)
{
    struct arguments a = {.reason = ""};
    if (argc < 2) {
        return usage();
    }
    a.verb = argv[1];
    for (int i = 2; i < argc;) {
        int words = option_take(&a, argv, i, argc);
        if (words == 0 && (argv[i][0] == '-' || a.what != NULL)) {
            return usage();
        }
        if (words == 0) {
            a.what = argv[i];
        }
        i += words == 0 ? 1 : words;
    }
    if (strcmp(a.verb, "due") == 0 && a.what == NULL) {
        return call(&a, "GET", "people", NULL);
    }
    if (a.what == NULL) {
        return usage();
    }
    if (strcmp(a.verb, "import") == 0) {
        return import(&a);
    }
    if (!id_good(a.what)) {
        return usage();
    }
    if (strcmp(a.verb, "preview") == 0) {
        return preview(&a);
    }
    bool acts = strcmp(a.verb, "approve") == 0 || strcmp(a.verb, "cancel") == 0;
    return acts ? decide(&a) : usage();
}
