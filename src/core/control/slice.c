/*
 * slice: a stretch of the file that was handed in, as text, for the page that shows it beside the
 * clauses. Runs in cored; import_slice stands in import.h. The bytes are foreign: what is no text
 * of the file's encoding becomes U+FFFD.
 */
#include "base/text/cp932.h"
#include "base/text/json.h"
#include "base/text/utf8.h"
#include "core/control/import.h"
#include "core/control/import_row.h"

#include <string.h>

enum { ARENA_BYTES = 64 << 20, TEXT_BYTES = 4 * IMPORT_SLICE_BYTES };

struct slice {
    struct str source, encoding;
    size_t from, to;
    struct buf *text;
};

/* The bytes [from, to) with the borders moved to whole characters inside. */
static void
put_utf8(struct slice *s)
{
    while (s->from < s->to && ((unsigned char)s->source.p[s->from] & 0xC0) == 0x80)
        s->from++;
    struct str bytes = str_slice(s->source, s->from, s->to);
    size_t whole = utf8_valid_prefix(bytes);
    if (bytes.n - whole < 4) /* a character cut at the end */
        bytes.n = whole;
    s->to = s->from + bytes.n;
    while (bytes.n > 0) {
        int32_t c = utf8_next(&bytes);
        utf8_put(s->text, c < 0 ? 0xfffd : (uint32_t)c);
    }
}

static void
put_utf16(struct slice *s, bool big)
{
    s->from += s->from % 2;
    s->to -= s->to > s->from ? (s->to - s->from) % 2 : 0;
    for (size_t i = s->from; i + 1 < s->to; i += 2) {
        const unsigned char *p = (const unsigned char *)s->source.p + i;
        uint32_t c = big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < s->to) {
            uint32_t low = big ? (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 8 | p[2];
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        utf8_put(s->text, c);
    }
}

static void
put_cp932(struct slice *s)
{
    struct str bytes = str_slice(s->source, s->from, s->to);
    while (bytes.n > 0) {
        int32_t c = cp932_next(&bytes);
        utf8_put(s->text, c < 0 ? 0xfffd : (uint32_t)c);
    }
}

static void
put_text(struct slice *s)
{
    if (str_equal_z(s->encoding, "utf-16le") || str_equal_z(s->encoding, "utf-16be"))
        put_utf16(s, str_equal_z(s->encoding, "utf-16be"));
    else if (str_equal_z(s->encoding, "cp932"))
        put_cp932(s);
    else
        put_utf8(s);
}

/* The encoding the reader found; utf-8 while it has said nothing. */
static struct str
encoding_of(struct str json)
{
    static const char word[] = "\"encoding\":\"";
    struct str head = str_slice(json, 0, 8192);
    ptrdiff_t at = str_find(head, str_of(word), 0);
    if (at < 0)
        return STR("utf-8");
    size_t from = (size_t)at + sizeof word - 1;
    ptrdiff_t end = str_find(head, STR("\""), from);
    return end < 0 ? STR("utf-8") : str_slice(head, from, (size_t)end);
}

static int
slice(struct control *control, struct arena *arena, int64_t id, struct slice *s, struct buf *out,
      struct err *err)
{
    struct import_row row;
    struct str json;
    struct json j;
    int rc = import_row_get(control, arena, id, &row, err);
    if (rc != 0 || str_equal_z(row.state, "discarded"))
        return rc < 0 ? -1 : 1;
    if (import_row_source(control, arena, id, &s->source, err) < 0 ||
        import_row_json(control, arena, id, &json, err) < 0)
        return -1;
    s->encoding = encoding_of(json);
    s->to = s->to < s->source.n ? s->to : s->source.n;
    s->from = s->from < s->to ? s->from : s->to;
    s->to = s->to - s->from > IMPORT_SLICE_BYTES ? s->from + IMPORT_SLICE_BYTES : s->to;
    put_text(s);
    if (buf_done(s->text, err) < 0)
        return -1;
    json_init(&j, out);
    json_open_object(&j);
    json_key(&j, "from");
    json_u64(&j, s->from);
    json_key(&j, "to");
    json_u64(&j, s->to);
    json_key(&j, "text");
    json_str(&j, buf_str(s->text));
    json_end(&j);
    return buf_done(out, err);
}

int
import_slice(struct control *control, int64_t id, uint64_t from, uint64_t to, struct buf *out,
             struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    struct slice s = {.from = (size_t)from, .to = (size_t)to, .text = &text};
    int rc = slice(control, arena, id, &s, out, err);
    buf_free(&text);
    arena_free(arena);
    return rc;
}
