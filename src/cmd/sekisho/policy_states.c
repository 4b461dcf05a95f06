/*
 * policy_states: see policy_states.h. Runs in the command line. The file may come from another
 * machine, so every field is checked; nothing is guessed where one is missing.
 */
#include "cmd/sekisho/policy_states.h"

#include "base/mem/buf.h"
#include "base/os/file.h"
#include "base/os/time.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

enum { EVIDENCE_MOST = 1000, WORD_BYTES = 200 };

struct reader {
    struct arena *arena;
    const struct clause_set *set;
    struct policy_states *ret;
    bool *seen; /* by clause */
    size_t room;
    struct err *err;
};

static struct str
text_of(struct reader *r, const json_t *value)
{
    return str_dup(r->arena, (struct str){json_string_value(value), json_string_length(value)});
}

/* Microseconds or a text under KEY as RFC 3339; 0 and what is missing: empty. */
static int
time_of(struct reader *r, const json_t *object, const char *key, struct str *ret)
{
    const json_t *value = json_object_get(object, key);
    char text[TIME_CHARS + 1];
    *ret = (struct str){0};
    if (value == NULL || json_is_null(value))
        return 0;
    if (json_is_string(value)) {
        if (!oscal_time_valid(json_string_value(value)))
            return ERR(r->err, "state.json", "%s", key);
        *ret = text_of(r, value);
        return 0;
    }
    json_int_t us = json_integer_value(value);
    if (!json_is_integer(value) || us < 0 || us > TIME_US_LAST)
        return ERR(r->err, "state.json", "%s", key);
    if (us == 0)
        return 0;
    time_format(us, text);
    *ret = str_dup(r->arena, str_of(text));
    return 0;
}

static int
word_of(struct reader *r, const json_t *object, struct str *ret)
{
    static const char *const words[] = {"enforced",  "running",      "checked",
                                        "evidenced", "not_verified", "open_gap"};
    const char *word = json_string_value(json_object_get(object, "state"));
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            *ret = str_of(words[i]);
            return 0;
        }
    return ERR(r->err, "state.word", "%.60s", word == NULL ? "" : word);
}

static int
evidence_of(struct reader *r, const json_t *object, struct oscal_state *state)
{
    const json_t *list = json_object_get(object, "evidence");
    size_t n = json_array_size(list);
    if (list != NULL && (!json_is_array(list) || n > EVIDENCE_MOST))
        return ERR(r->err, "state.json", "evidence");
    struct oscal_evidence *rows = arena_array(r->arena, n + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < n; i++) {
        const json_t *row = json_array_get(list, i), *index = json_object_get(row, "index");
        const json_t *log = json_object_get(row, "log"), *kind = json_object_get(row, "kind");
        if (!json_is_string(log) || !json_is_string(kind) || !json_is_integer(index) ||
            json_integer_value(index) < 0)
            return ERR(r->err, "state.json", "evidence");
        for (const char *c = json_string_value(log); *c != 0; c++)
            if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *c) == NULL)
                return ERR(r->err, "state.json", "log");
        rows[i] = (struct oscal_evidence){text_of(r, log), text_of(r, kind),
                                          (uint64_t)json_integer_value(index)};
    }
    state->evidence = rows;
    state->evidence_count = n;
    return arena_check(r->arena, r->err);
}

/* The end of the last live exception. */
static int
exception_of(struct reader *r, const json_t *object, struct oscal_state *state)
{
    const json_t *list = json_object_get(object, "exceptions");
    if (time_of(r, object, "exception_until", &state->exception_until) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct str until;
        if (time_of(r, json_array_get(list, i), "until", &until) < 0)
            return -1;
        if (str_compare(until, state->exception_until) > 0)
            state->exception_until = until;
    }
    return 0;
}

/* "std:4(2)①" of an object in an answer about document DOC; empty: it names no clause. */
static struct str
name_of(struct reader *r, const json_t *object, const char *doc)
{
    const char *name = json_string_value(json_object_get(object, "clause"));
    const char *key = json_string_value(json_object_get(object, "key"));
    const char *own = json_string_value(json_object_get(object, "doc"));
    if (name != NULL)
        return str_dup(r->arena, str_of(name));
    if (key == NULL)
        key = json_string_value(json_object_get(object, "label"));
    doc = own != NULL ? own : doc;
    if (key == NULL || doc == NULL || strlen(key) + strlen(doc) > WORD_BYTES)
        return (struct str){0};
    return str_of(arena_printf(r->arena, "%s:%s", doc, key));
}

static void
add_note(struct reader *r, struct str what)
{
    struct policy_states *s = r->ret;
    if (s->note_count == r->room) {
        size_t room = r->room * 2 + 16;
        struct oscal_note *more = arena_array(r->arena, room, sizeof *more);
        if (more == NULL)
            return; /* the arena is full: policy_states_read ends with limit.memory */
        if (s->note_count > 0)
            memcpy(more, s->notes, s->note_count * sizeof *more);
        s->notes = more;
        r->room = room;
    }
    s->notes[s->note_count++] = (struct oscal_note){"state", what};
}

static int
read_clause(struct reader *r, const json_t *object, const char *doc)
{
    struct oscal_state state = {0};
    if (json_is_null(json_object_get(object, "state")))
        return 0;
    struct str name = name_of(r, object, doc);
    if (name.n == 0)
        return ERR(r->err, "state.json", "clause");
    if (word_of(r, object, &state.word) < 0 || time_of(r, object, "since", &state.at) < 0 ||
        exception_of(r, object, &state) < 0 || evidence_of(r, object, &state) < 0)
        return -1;
    state.clause = clause_find(r->set, name, NULL);
    if (state.clause == CLAUSE_NONE) {
        add_note(r, name);
        return 0;
    }
    if (r->seen[state.clause])
        return ERR(r->err, "state.twice", "%.*s", STR_FMT(name));
    r->seen[state.clause] = true;
    r->ret->rows[r->ret->count++] = state;
    return 0;
}

/* An answer about a document, or about a clause. */
static int
read_answer(struct reader *r, const json_t *object)
{
    const json_t *list = json_object_get(object, "clauses");
    const char *doc = json_string_value(json_object_get(object, "doc"));
    if (!json_is_object(object))
        return ERR(r->err, "state.json", "JSON");
    if (list == NULL)
        return read_clause(r, object, doc);
    if (!json_is_array(list))
        return ERR(r->err, "state.json", "clauses");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (read_clause(r, json_array_get(list, i), doc) < 0)
            return -1;
    return 0;
}

static int
read_all(struct reader *r, const json_t *root)
{
    if (root == NULL)
        return ERR(r->err, "state.json", "JSON");
    if (!json_is_array(root))
        return read_answer(r, root);
    for (size_t i = 0; i < json_array_size(root); i++)
        if (read_answer(r, json_array_get(root, i)) < 0)
            return -1;
    return 0;
}

int
policy_states_read(struct arena *arena, const char *file, const struct clause_set *set,
                   struct policy_states *ret, struct err *err)
{
    struct reader r = {.arena = arena, .set = set, .ret = ret, .err = err};
    struct buf bytes;
    *ret = (struct policy_states){0};
    ret->rows = arena_array(arena, set->clause_count + 1, sizeof *ret->rows);
    r.seen = arena_array(arena, set->clause_count + 1, sizeof *r.seen);
    if (arena_check(arena, err) < 0)
        return -1;
    buf_init(&bytes, OSCAL_INPUT_BYTES);
    int rc = file_read(AT_FDCWD, file, OSCAL_INPUT_BYTES, &bytes, err);
    if (rc == 0) {
        json_t *root =
            json_loadb(bytes.n == 0 ? "" : bytes.p, bytes.n, JSON_REJECT_DUPLICATES, NULL);
        rc = read_all(&r, root);
        json_decref(root);
    }
    buf_free(&bytes);
    return rc < 0 ? -1 : arena_check(arena, err);
}
