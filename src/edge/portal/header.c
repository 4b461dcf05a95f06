/*
 * header: see header.h. Runs in portald; no state, no allocation but the buffers it is given.
 */
#include "edge/portal/header.h"

#include "base/text/utf8.h"

#include <string.h>

static bool
is_cookie_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_.~+/=", c) != NULL);
}

static bool
is_session(struct str value)
{
    if (value.n == 0 || value.n > HEADER_SESSION_BYTES)
        return false;
    for (size_t i = 0; i < value.n; i++)
        if (!is_cookie_byte(value.p[i]))
            return false;
    return true;
}

struct str
header_cookie(struct str header, struct str name)
{
    struct str found = {NULL, 0};
    struct str rest = header;
    struct str pair;
    while (str_split_next(&rest, ';', &pair)) {
        pair = str_trim(pair);
        if (pair.n <= name.n || !str_starts(pair, name) || pair.p[name.n] != '=')
            continue;
        if (found.p != NULL)
            return (struct str){NULL, 0};
        found = str_slice(pair, name.n + 1, pair.n);
        if (!is_session(found))
            return (struct str){NULL, 0};
    }
    return found;
}

bool
header_type_is(struct str header, struct str type)
{
    struct str rest = header;
    struct str first;
    return str_split_next(&rest, ';', &first) && str_equal_nocase(str_trim(first), type);
}

/* The weight behind ";q=" of ITEM in thousandths: 1000 when there is none, 0 when it is out of
 * form. */
static unsigned
weight_of(struct str item)
{
    ptrdiff_t at = str_find(item, STR(";"), 0);
    if (at < 0)
        return 1000;
    struct str q = str_trim(str_slice(item, (size_t)at + 1, item.n));
    if (q.n < 3 || (q.p[0] != 'q' && q.p[0] != 'Q') || q.p[1] != '=')
        return 1000;
    q = str_slice(q, 2, q.n);
    if (q.p[0] == '1')
        return 1000;
    unsigned weight = 0;
    unsigned unit = 100;
    for (size_t i = 2; i < q.n && i < 5 && q.p[i] >= '0' && q.p[i] <= '9'; i++, unit /= 10)
        weight += unit * (unsigned)(q.p[i] - '0');
    return weight;
}

static struct str
item_name(struct str item)
{
    ptrdiff_t at = str_find(item, STR(";"), 0);
    return str_trim(at < 0 ? item : str_slice(item, 0, (size_t)at));
}

bool
header_takes_gzip(struct str header)
{
    struct str rest = header;
    struct str item;
    while (header.n > 0 && str_split_next(&rest, ',', &item))
        if (str_equal_nocase(item_name(item), STR("gzip")))
            return weight_of(item) > 0;
    return false;
}

bool
header_likes_english(struct str header)
{
    unsigned english = 0;
    unsigned japanese = 0;
    struct str rest = header;
    struct str item;
    while (header.n > 0 && str_split_next(&rest, ',', &item)) {
        struct str name = item_name(item);
        unsigned weight = weight_of(item);
        struct str language = str_slice(name, 0, 2);
        if (name.n > 2 && name.p[2] != '-')
            continue;
        if (str_equal_nocase(language, STR("en")) && weight > english)
            english = weight;
        if (str_equal_nocase(language, STR("ja")) && weight > japanese)
            japanese = weight;
    }
    return english > japanese;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool
percent_decode(struct str part, struct buf *out)
{
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] != '%') {
            buf_put_char(out, part.p[i]);
            continue;
        }
        int high = i + 2 < part.n ? hex_value(part.p[i + 1]) : -1;
        int low = i + 2 < part.n ? hex_value(part.p[i + 2]) : -1;
        if (high < 0 || low < 0)
            return false;
        buf_put_char(out, (char)(high * 16 + low));
        i += 2;
    }
    return !out->over;
}

bool
header_path(struct str part, struct buf *out)
{
    size_t from = out->n;
    if (part.n > 3 * HEADER_PATH_BYTES || !percent_decode(part, out))
        return false;
    struct str path = str_slice(buf_str(out), from, out->n);
    if (path.n == 0 || path.n > HEADER_PATH_BYTES || !utf8_valid(path))
        return false;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f || path.p[i] == '\\')
            return false;
    struct str rest = path;
    struct str segment;
    while (str_split_next(&rest, '/', &segment))
        if (segment.n == 0 || str_equal_z(segment, ".") || str_equal_z(segment, ".."))
            return false;
    return true;
}

static bool
is_plain_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static bool
is_harmful_byte(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f || c == '/' || c == '\\';
}

void
header_disposition(struct str name, struct buf *out)
{
    buf_put_z(out, "attachment; filename=\"");
    for (size_t i = 0; i < name.n; i++)
        buf_put_char(out, is_plain_byte(name.p[i]) || name.p[i] == ' ' ? name.p[i] : '_');
    buf_put_z(out, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.n; i++) {
        if (is_plain_byte(name.p[i]))
            buf_put_char(out, name.p[i]);
        else
            buf_printf(out, "%%%02X", is_harmful_byte(name.p[i]) ? '_' : (unsigned char)name.p[i]);
    }
}

bool
header_is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-' || s.p[i] == '_'))
            return false;
    return s.n > 0 && s.n <= 64;
}
