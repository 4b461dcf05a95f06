/*
 * leaf: see leaf.h. Runs in authd. Every value is ASCII of ours, so json_write's form is canonical.
 */
#include "core/auth/leaf.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/auth/answer.h"
#include "core/store/id.h"
#include "format/rules/rules.h"

#include <stdio.h>

void
leaves_init(struct leaves *leaves, leaf_put_call *put, void *arg)
{
    *leaves = (struct leaves){.put = put, .arg = arg};
}

static void
word(json_t *object, const char *key, const char *value)
{
    if (value != NULL)
        json_object_set_new(object, key, json_string(value));
}

static void
number(json_t *object, const char *key, uint64_t value)
{
    if (value != 0)
        json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void
factors(json_t *object, unsigned set)
{
    if (set == 0)
        return;
    json_t *names = json_array();
    for (unsigned bit = 1; bit <= FACTOR_CODE; bit <<= 1)
        if (set & bit)
            json_array_append_new(names, json_string(rules_factor_name(bit)));
    json_object_set_new(object, "factors", names);
}

void
leaf_write(struct buf *out, const struct auth_leaf *leaf)
{
    char account[ID_CHARS + 1], session[HEX_CHARS(LEAF_SESSION_BYTES) + 1];
    json_t *object = json_object();
    if (leaf->account != 0) {
        id_format(leaf->account, account);
        word(object, "account", account);
    }
    number(object, "count", leaf->count);
    word(object, "factor", leaf->factor);
    factors(object, leaf->factors);
    if (leaf->session != NULL) {
        hex_encode(leaf->session, LEAF_SESSION_BYTES, session);
        word(object, "session", session);
    }
    word(object, "source", leaf->source);
    number(object, "until", (uint64_t)leaf->until_us);
    word(object, "why", leaf->why);
    word(object, "zone", leaf->zone);
    json_write(out, object);
}

int
leaf_tell(struct leaves *leaves, const struct auth_leaf *leaf, struct err *err)
{
    if (leaves->put == NULL)
        return 0;
    struct buf data;
    buf_init(&data, LEAF_BYTES);
    leaf_write(&data, leaf);
    int rc = buf_done(&data, err);
    if (rc == 0)
        rc = leaves->put(leaves->arg, str_of(leaf->kind), buf_str(&data), err);
    buf_free(&data);
    return rc;
}

int
leaf_tell_fail(struct leaves *leaves, const struct auth_leaf *leaf, int64_t now_us, struct err *err)
{
    if (leaves_turn(leaves, now_us, err) != 0)
        return -1;
    if (leaves->fails++ < LEAF_FAILS_A_MINUTE)
        return leaf_tell(leaves, leaf, err);
    snprintf(leaves->zone, sizeof leaves->zone, "%s", leaf->zone);
    return 0;
}

int
leaves_turn(struct leaves *leaves, int64_t now_us, struct err *err)
{
    if (now_us - leaves->minute_us < 60 * TIME_US_SECOND)
        return 0;
    uint64_t fails = leaves->fails;
    leaves->minute_us = now_us;
    leaves->fails = 0;
    if (fails <= LEAF_FAILS_A_MINUTE)
        return 0;
    struct auth_leaf leaf = {.kind = "auth.fail",
                             .count = fails - LEAF_FAILS_A_MINUTE,
                             .why = "many",
                             .zone = leaves->zone};
    return leaf_tell(leaves, &leaf, err);
}
