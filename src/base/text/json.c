/*
 * json: see json.h. Pure; used by the workers and the offline commands.
 */
#include "base/text/json.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <inttypes.h>

void
json_init(struct json *json, struct buf *buf)
{
    *json = (struct json){.buf = buf};
}

/* What comes before any value: the comma of an array, nothing behind a key. */
static void
before_value(struct json *json)
{
    if (json->depth == 0) {
        ensure(!json->filled[0]);
        json->filled[0] = true;
        return;
    }
    bool object = json->close[json->depth] == '}';
    ensure(object == json->keyed);
    if (!object && json->filled[json->depth])
        buf_put_char(json->buf, ',');
    json->filled[json->depth] = true;
    json->keyed = false;
}

static void
begin(struct json *json, char open, char close)
{
    before_value(json);
    ensure(json->depth + 1 < JSON_DEPTH);
    json->depth++;
    json->close[json->depth] = close;
    json->filled[json->depth] = false;
    buf_put_char(json->buf, open);
}

void
json_open_object(struct json *json)
{
    begin(json, '{', '}');
}

void
json_open_array(struct json *json)
{
    begin(json, '[', ']');
}

void
json_end(struct json *json)
{
    ensure(json->depth > 0 && !json->keyed);
    buf_put_char(json->buf, json->close[json->depth]);
    json->depth--;
}

static void
put_char(struct buf *buf, uint32_t c)
{
    if (c == '"' || c == '\\')
        buf_printf(buf, "\\%c", (char)c);
    else if (c == '\n')
        buf_put_z(buf, "\\n");
    else if (c == '\t')
        buf_put_z(buf, "\\t");
    else if (c < 0x20 || c == 0x7F || c == 0x2028 || c == 0x2029)
        buf_printf(buf, "\\u%04x", (unsigned)c);
    else
        utf8_put(buf, c);
}

static void
put_quoted(struct buf *buf, struct str s)
{
    buf_put_char(buf, '"');
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        put_char(buf, c < 0 ? 0xFFFD : (uint32_t)c);
    }
    buf_put_char(buf, '"');
}

void
json_key(struct json *json, const char *key)
{
    ensure(json->depth > 0 && json->close[json->depth] == '}' && !json->keyed);
    if (json->filled[json->depth])
        buf_put_char(json->buf, ',');
    put_quoted(json->buf, str_of(key));
    buf_put_char(json->buf, ':');
    json->keyed = true;
}

void
json_str(struct json *json, struct str s)
{
    before_value(json);
    put_quoted(json->buf, s);
}

void
json_z(struct json *json, const char *z)
{
    json_str(json, str_of(z));
}

void
json_i64(struct json *json, int64_t value)
{
    before_value(json);
    buf_printf(json->buf, "%" PRId64, value);
}

void
json_u64(struct json *json, uint64_t value)
{
    before_value(json);
    buf_printf(json->buf, "%" PRIu64, value);
}

void
json_bool(struct json *json, bool value)
{
    before_value(json);
    buf_put_z(json->buf, value ? "true" : "false");
}

void
json_put_null(struct json *json)
{
    before_value(json);
    buf_put_z(json->buf, "null");
}

void
json_raw(struct json *json, struct str text)
{
    before_value(json);
    buf_put_str(json->buf, text);
}

bool
json_complete(const struct json *json)
{
    return json->depth == 0 && json->filled[0] && !json->keyed;
}
