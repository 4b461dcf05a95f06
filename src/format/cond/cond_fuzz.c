/*
 * Fuzz target of conditions: what is read prints as text that reads into the same tree; evaluating
 * and emitting never fail in another way than named, and a condition and its negation never agree.
 */
#include "base/mem/ensure.h"
#include "format/cond/cond.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str codes[] = {{"draft", 5}, {"open", 4}, {"closed", 6}};

static bool
find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    static struct cond_scope self = {.find = find, .table = "t", .id = "id", .key = "up"};
    (void)scope;
    static const struct {
        const char *name;
        struct cond_name is;
    } names[] = {
        {"n", {.type = COND_NUMBER, .column = "n"}},
        {"k", {.type = COND_NUMBER, .scale = 2, .column = "k"}},
        {"t", {.type = COND_TEXT, .column = "t"}},
        {"f", {.type = COND_FLAG, .column = "f"}},
        {"d", {.type = COND_DATE, .column = "d"}},
        {"e", {.type = COND_DATE, .column = "e"}},
        {"i", {.type = COND_TIME, .column = "i"}},
        {"state", {.type = COND_CHOICE, .codes = codes, .code_count = 3, .column = "state"}},
        {"class", {.type = COND_CLASS, .column = "class", .rank_column = "class_rank"}},
        {"p", {.type = COND_PERSON, .column = "p"}},
        {"s", {.type = COND_SECTION, .column = "s"}},
        {"l", {.type = COND_PERSON, .many = true, .to = &self, .column = "v"}},
        {"r", {.type = COND_REF, .to = &self, .column = "r"}},
        {"g", {.type = COND_GROUP, .to = &self}},
        {"b", {.type = COND_TABLE, .to = &self}},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_equal_z(name, names[i].name)) {
            *ret = names[i].is;
            return true;
        }
    }
    return false;
}

/* Values made of the path's bytes, some empty. */
static int
get(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err)
{
    (void)ctx;
    (void)err;
    unsigned sum = (unsigned)path->row;
    for (size_t i = 0; i < path->count; i++) {
        sum = sum * 31 + (unsigned char)path->parts[i].p[0];
    }
    *ret =
        (struct cond_value){.empty = sum % 3 == 0, .n = (int64_t)(sum % 5), .text = codes[sum % 3]};
    return 0;
}

static int
count(void *ctx, const struct cond_path *path, size_t *ret, struct err *err)
{
    (void)ctx;
    (void)err;
    *ret = path->count + 1;
    return 0;
}

static int
item(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret, struct err *err)
{
    (void)index;
    return get(ctx, path, ret, err);
}

static void
judge(struct arena *arena, const struct cond *cond, struct str text, const struct cond_scope *scope)
{
    static const int64_t ids[] = {1, 2};
    struct cond_moment moment = {.now_us = 1, .today = 2, .me = {ids, 2}, .mine = {ids, 1}};
    struct cond_values values = {NULL, get, count, item, &moment};
    struct err err = {0};
    int holds = cond_eval(cond, &values, &err);
    ensure(holds == 0 || holds == 1);
    struct buf buf;
    buf_init(&buf, 8 << 20);
    static struct cond_binds binds;
    binds.first = 1;
    ensure(cond_sql(arena, cond, &moment, "r", &buf, &binds, &err) == 0 ||
           err_is(&err, "limit.memory") || err_is(&err, "limit.buffer"));
    buf_clear(&buf);
    cond_json(cond, &buf);
    buf_clear(&buf);
    buf_printf(&buf, "not (%.*s)", STR_FMT(text));
    const struct cond *opposite = NULL;
    if (cond_parse(arena, buf_str(&buf), scope, &opposite, &err) == 0) {
        ensure(cond_eval(opposite, &values, &err) == !holds);
    }
    buf_free(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cond_scope scope = {.find = find, .table = "t", .id = "id", .key = "up"};
    struct arena *arena = arena_new(16 << 20);
    struct str text = {(const char *)data, size};
    struct err err = {0};
    const struct cond *cond = NULL, *again = NULL;
    if (cond_parse(arena, text, &scope, &cond, &err) < 0) {
        ensure(err.code != NULL);
        arena_free(arena);
        return 0;
    }
    struct buf first, second;
    buf_init(&first, 1 << 16);
    buf_init(&second, 1 << 16);
    cond_print(cond, &first);
    if (cond_parse(arena, buf_str(&first), &scope, &again, &err) == 0) {
        cond_print(again, &second);
        ensure(str_equal(buf_str(&first), buf_str(&second)));
        buf_clear(&first);
        buf_clear(&second);
        cond_json(cond, &first);
        cond_json(again, &second);
        ensure(str_equal(buf_str(&first), buf_str(&second)));
    } else {
        ensure(err_is(&err, "cond.limit")); /* printed it may be longer */
    }
    judge(arena, cond, text, &scope);
    buf_free(&first);
    buf_free(&second);
    arena_free(arena);
    return 0;
}
