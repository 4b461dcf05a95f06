/*
 * answer: see answer.h. Runs in authd. Requests are hostile: only objects, no key twice, texts as
 * UTF-8 without NUL (jansson refuses others).
 */
#include "core/auth/answer.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/text/json.h"
#include "format/rules/rules.h"
#include "proto/auth/auth.h"

#include <malloc.h>
#include <stdlib.h>

enum { BODY_BYTES = 4096 };

/* Sends what JSON wrote into BODY and frees that. */
static void
answer(struct ipc_call *call, unsigned status, const char *cookie, struct buf *body)
{
    ensure(!body->over);
    struct auth_answer value = {status, str_of(cookie), buf_str(body)};
    ipc_answer(call, &auth_answer_message, &value, NULL);
    buf_free(body);
}

void
answer_error(struct ipc_call *call, unsigned status, const char *code, uint64_t retry_s)
{
    struct buf body;
    struct json json;
    buf_init(&body, BODY_BYTES);
    json_init(&json, &body);
    json_open_object(&json);
    json_key(&json, "code");
    json_z(&json, code);
    json_key(&json, "args");
    json_open_object(&json);
    if (retry_s > 0) {
        json_key(&json, "retry_s");
        json_u64(&json, retry_s);
    }
    json_end(&json);
    json_end(&json);
    answer(call, status, "", &body);
}

void
answer_need(struct ipc_call *call, const char *attempt, unsigned accept)
{
    struct buf body;
    struct json json;
    buf_init(&body, BODY_BYTES);
    json_init(&json, &body);
    json_open_object(&json);
    json_key(&json, "attempt");
    json_z(&json, attempt);
    json_key(&json, "state");
    json_z(&json, "need");
    json_key(&json, "accept");
    json_open_array(&json);
    for (unsigned bit = 1; bit <= FACTOR_CODE; bit <<= 1)
        if (accept & bit)
            json_z(&json, rules_factor_name(bit));
    json_end(&json);
    json_end(&json);
    answer(call, 200, "", &body);
}

static void
answer_text(struct ipc_call *call, const char *cookie, const char *text)
{
    struct buf body;
    buf_init(&body, BODY_BYTES);
    buf_put_z(&body, text);
    answer(call, 200, cookie, &body);
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
