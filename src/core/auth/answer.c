/*
 * answer: see answer.h. Runs in authd. Requests are hostile: only objects, no key twice, texts as
 * UTF-8 without NUL (jansson refuses others).
 */
#include "core/auth/answer.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "format/rules/rules.h"
#include "proto/auth/auth.h"

#include <malloc.h>
#include <stdlib.h>

enum { BODY_BYTES = 4096 };

static int
dumped(const char *p, size_t n, void *out)
{
    buf_put(out, p, n);
    return 0;
}

void
json_write(struct buf *out, json_t *value)
{
    ensure(json_dump_callback(value, dumped, out, JSON_COMPACT | JSON_SORT_KEYS) == 0);
    json_decref(value);
}

/* Sends VALUE, which it takes. */
static void
answer_json(struct ipc_call *call, unsigned status, json_t *value)
{
    struct buf body;
    buf_init(&body, BODY_BYTES);
    json_write(&body, value);
    ensure(!body.over);
    struct auth_answer answer = {status, STR(""), buf_str(&body)};
    ipc_answer(call, &auth_answer_message, &answer, NULL);
    buf_free(&body);
}

void
answer_error(struct ipc_call *call, unsigned status, const char *code, uint64_t retry_s)
{
    json_t *args = json_object();
    if (retry_s > 0)
        json_object_set_new(args, "retry_s", json_integer((json_int_t)retry_s));
    json_t *value = json_object();
    json_object_set_new(value, "code", json_string(code));
    json_object_set_new(value, "args", args);
    answer_json(call, status, value);
}

void
answer_need(struct ipc_call *call, const char *attempt, unsigned accept)
{
    json_t *names = json_array();
    for (unsigned bit = 1; bit <= FACTOR_CODE; bit <<= 1)
        if (accept & bit)
            json_array_append_new(names, json_string(rules_factor_name(bit)));
    json_t *value = json_object();
    json_object_set_new(value, "attempt", json_string(attempt));
    json_object_set_new(value, "state", json_string("need"));
    json_object_set_new(value, "accept", names);
    answer_json(call, 200, value);
}

static void
answer_text(struct ipc_call *call, const char *cookie, const char *text)
{
    struct auth_answer answer = {200, str_of(cookie), str_of(text)};
    ipc_answer(call, &auth_answer_message, &answer, NULL);
}

void
answer_done(struct ipc_call *call, const char *cookie)
{
    answer_text(call, cookie, "{\"state\":\"done\"}");
}

void
answer_ended(struct ipc_call *call)
{
    answer_text(call, "-", "{}");
}

json_t *
request_read(struct str body)
{
    if (body.n == 0 || body.n > BODY_BYTES)
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &error);
    if (root != NULL && !json_is_object(root)) {
        json_decref(root);
        root = NULL;
    }
    return root;
}

struct str
request_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

static void
wiping_free(void *p)
{
    if (p != NULL)
        secret_wipe(p, malloc_usable_size(p));
    free(p);
}

void
request_memory_wiped(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
}
