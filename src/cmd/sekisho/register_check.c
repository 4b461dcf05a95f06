/*
 * register_check: register files read and judged, without a daemon. Text: one line a finding, the
 * code in front; JSON: the one object every command prints.
 */
#include "cmd/sekisho/register_check.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "core/register/show.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLEAN, FINDINGS, UNREADABLE, ARENA_BYTES = 16 << 20 };

struct checking {
    struct register_set *set;
    bool json;
    json_t *findings, *registers;
    int worst;
};

/* "r113" of "register.r113"; other codes as they are. */
static const char *
code_short(const char *code)
{
    return code + (strncmp(code, "register.r", 10) == 0 ? 9 : 0);
}

/* The place at the head of a detail: file:line:column. */
static void
place_json(json_t *object, const char *detail)
{
    struct str rest = str_of(detail);
    uint64_t line = 0, column = 0;
    for (size_t i = 0; i < rest.n; i++) {
        struct str tail = str_slice(rest, i + 1, rest.n), one, two;
        if (rest.p[i] == ':' && str_split_next(&tail, ':', &one) &&
            str_split_next(&tail, ':', &two) && str_to_u64(one, &line) &&
            str_to_u64(two, &column)) {
            (void)json_object_set_new(object, "path", json_stringn(rest.p, i));
            break;
        }
    }
    (void)json_object_set_new(object, "line", json_integer((json_int_t)line));
    (void)json_object_set_new(object, "column", json_integer((json_int_t)column));
}

static void
tell(struct checking *checking, const char *file, const struct err *err)
{
    struct buf line;
    buf_init(&line, 4096);
    message_put_err(&line, message_lang(), err);
    if (checking->json) {
        json_t *object =
            json_pack("{ssssss}", "code", code_short(err->code), "severity", "error", "path", file);
        place_json(object, err->detail);
        (void)json_object_set_new(object, "text", json_stringn(line.p, line.n));
        (void)json_array_append_new(checking->findings, object);
    } else {
        printf("%s %.*s\n", code_short(err->code), STR_FMT(buf_str(&line)));
    }
    buf_free(&line);
}

static void
note_worst(struct checking *checking, int code)
{
    checking->worst = code > checking->worst ? code : checking->worst;
}

/* Reads the bytes of FILE; false after telling. */
static bool
file_bytes(struct checking *checking, const char *file, struct buf *ret)
{
    struct err err = {0};
    if (file_read(AT_FDCWD, file, REGISTER_FILE_BYTES, ret, &err) == 0) {
        return true;
    }
    if (checking->json) {
        tell(checking, file, &err);
    } else {
        message_tell_err(&err);
    }
    note_worst(checking, UNREADABLE);
    return false;
}

/* Makes the name of FILE's register known, so that the files may refer to each other. */
static void
name_learn(struct register_set *set, struct arena *arena, const char *file, struct str bytes)
{
    const struct yaml_node *root = NULL;
    struct yaml_limits limits = {.bytes = REGISTER_FILE_BYTES};
    struct err why = {0};
    if (yaml_parse(arena, file, bytes, &limits, &root, &why) < 0) {
        return;
    }
    struct str name = yaml_text(yaml_get(root, "register"));
    struct str *names = arena_array(set->arena, set->name_count + 1, sizeof *names);
    if (name.n == 0 || names == NULL) {
        return;
    }
    if (set->name_count > 0) {
        memcpy(names, set->names, set->name_count * sizeof *names);
    }
    names[set->name_count++] = str_dup(set->arena, name);
    set->names = names;
}

static void
check_file(struct checking *checking, const char *file)
{
    struct buf text;
    struct err err = {0};
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    buf_init(&text, REGISTER_FILE_BYTES);
    struct arena *arena = arena_new(ARENA_BYTES);
    if (!file_bytes(checking, file, &text)) {
        goto out;
    }
    if (register_check(checking->set, arena, file, buf_str(&text), &def, &findings, &err) < 0) {
        tell(checking, file, &err);
        note_worst(checking, UNREADABLE);
        goto out;
    }
    if (findings == NULL && def != NULL) {
        (void)json_array_append_new(checking->registers, register_def_json(checking->set, def));
    }
    for (; findings != NULL; findings = findings->next) {
        tell(checking, file, &findings->err);
        note_worst(checking, FINDINGS);
    }
out:
    arena_free(arena);
    buf_free(&text);
}

/* {id, fields, states, keys, required_approvers} of what was checked and is clean. */
static json_t *
registers_short(json_t *registers)
{
    static const char *const lists[] = {"fields", "states"};
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach(registers, i, one)
    {
        json_t *row = json_pack("{sOsOsO}", "id", json_object_get(one, "register"), "keys",
                                json_object_get(one, "keys"), "required_approvers",
                                json_object_get(one, "required_approvers"));
        for (size_t k = 0; k < 2; k++) {
            (void)json_object_set_new(
                row, lists[k],
                json_integer((json_int_t)json_array_size(json_object_get(one, lists[k]))));
        }
        (void)json_array_append_new(list, row);
    }
    return list;
}

static void
print_json(struct checking *checking)
{
    json_t *out = json_pack("{ss sb sO so}", "command", "register check", "ok",
                            checking->worst == CLEAN, "findings", checking->findings, "registers",
                            registers_short(checking->registers));
    char *text = json_dumps(out, JSON_COMPACT);
    puts(text != NULL ? text : "{}");
    free(text);
    json_decref(out);
}

int
register_check_files(struct register_set *set, const char *const *files, size_t count, bool json)
{
    struct checking checking = {
        .set = set, .json = json, .findings = json_array(), .registers = json_array()};
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        struct err err = {0};
        struct arena *arena = arena_new(ARENA_BYTES);
        buf_init(&text, REGISTER_FILE_BYTES);
        if (file_read(AT_FDCWD, files[i], REGISTER_FILE_BYTES, &text, &err) == 0) {
            name_learn(set, arena, files[i], buf_str(&text));
        }
        buf_free(&text);
        arena_free(arena);
    }
    for (size_t i = 0; i < count; i++) {
        check_file(&checking, files[i]);
    }
    if (json) {
        print_json(&checking);
    }
    json_decref(checking.findings);
    json_decref(checking.registers);
    return checking.worst;
}

struct register_def *
register_check_one(struct register_set *set, const char *file, int *ret_code)
{
    struct checking checking = {.set = set};
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    struct buf text;
    buf_init(&text, REGISTER_FILE_BYTES);
    *ret_code = UNREADABLE;
    if (file_bytes(&checking, file, &text)) {
        struct str kept = str_dup(set->arena, buf_str(&text));
        if (register_check(set, set->arena, file, kept, &def, &findings, &err) < 0) {
            message_tell_err(&err);
            def = NULL;
        } else if (findings != NULL || def == NULL) {
            for (; findings != NULL; findings = findings->next) {
                message_tell_err(&findings->err);
            }
            *ret_code = FINDINGS;
            def = NULL;
        }
    }
    buf_free(&text);
    return def;
}
