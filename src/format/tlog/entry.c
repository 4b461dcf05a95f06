/*
 * entry: see entry.h. Pure; run by ledgerd and the verifier. Since the keys are fixed and sorted,
 * the frame is compared as literal text and only `data` is scanned.
 */
#include "format/tlog/entry.h"

#include "base/os/time.h"
#include "format/tlog/canon.h"

#include <string.h>

static bool
lower(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

bool
entry_kind_valid(struct str s)
{
    size_t dots = 0;
    size_t word = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && word > 0) {
            dots++;
            word = 0;
        } else if (lower(s.p[i])) {
            word++;
        } else {
            return false;
        }
    }
    return s.n <= ENTRY_KIND_MOST && dots > 0 && word > 0;
}

bool
entry_source_valid(struct str s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] >= 'a' && s.p[i] <= 'z')
        i++;
    if (i == 0 || s.n > ENTRY_SOURCE_MOST)
        return false;
    if (i == s.n)
        return true;
    if (s.p[i] != '.' || i + 1 == s.n)
        return false;
    for (i++; i < s.n; i++)
        if (!lower(s.p[i]) && !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return true;
}

static int
literal(struct str s, size_t *at, const char *text, struct err *err)
{
    size_t n = strlen(text);
    if (s.n - *at < n || memcmp(s.p + *at, text, n) != 0)
        return ERR(err, "ledger.entry", "want %s at %zu", text, *at);
    *at += n;
    return 0;
}

/* The bytes from *AT up to the next quote, which must follow within MOST bytes. */
static int
quoted(struct str s, size_t *at, size_t most, struct str *ret, struct err *err)
{
    size_t from = *at;
    size_t room = s.n - from < most + 1 ? s.n - from : most + 1;
    const char *end = room == 0 ? NULL : memchr(s.p + from, '"', room);
    if (end == NULL)
        return ERR(err, "ledger.entry", "string at %zu", from);
    *ret = str_slice(s, from, (size_t)(end - s.p));
    *at = (size_t)(end - s.p);
    return 0;
}

static int
parse_seq(struct str s, size_t *at, uint64_t *ret, struct err *err)
{
    size_t end = *at;
    while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
        end++;
    if (!str_to_u64(str_slice(s, *at, end), ret) || *ret == 0 || *ret > CANON_INTEGER_MOST)
        return ERR(err, "ledger.entry", "seq at %zu", *at);
    *at = end;
    return 0;
}

static int
parse_frame(struct str b, struct entry *e, struct err *err)
{
    size_t at = 0;
    struct str when;
    if (literal(b, &at, "{\"at\":\"", err) != 0 || quoted(b, &at, TIME_CHARS, &when, err) != 0)
        return -1;
    if (!time_parse(when, &e->at_us))
        return ERR(err, "ledger.entry", "time at %d", 7);
    if (literal(b, &at, "\",\"data\":", err) != 0)
        return -1;
    size_t from = at;
    if (from >= b.n || b.p[from] != '{')
        return ERR(err, "ledger.entry", "data at %zu", from);
    if (canon_value(b, from, 2, &at, err) != 0)
        return -1;
    e->data = str_slice(b, from, at);
    if (literal(b, &at, ",\"kind\":\"", err) != 0 ||
        quoted(b, &at, ENTRY_KIND_MOST, &e->kind, err) != 0 ||
        literal(b, &at, "\",\"seq\":", err) != 0 || parse_seq(b, &at, &e->seq, err) != 0 ||
        literal(b, &at, ",\"src\":\"", err) != 0 ||
        quoted(b, &at, ENTRY_SOURCE_MOST, &e->src, err) != 0 ||
        literal(b, &at, "\",\"v\":1}", err) != 0)
        return -1;
    if (at != b.n)
        return ERR(err, "ledger.entry", "bytes after the end at %zu", at);
    return 0;
}

int
entry_parse(struct str bytes, struct entry *ret, struct err *err)
{
    if (bytes.n > ENTRY_MOST)
        return ERR(err, "ledger.entry", "%zu bytes", bytes.n);
    if (parse_frame(bytes, ret, err) != 0)
        return -1;
    if (!entry_kind_valid(ret->kind))
        return ERR(err, "ledger.entry", "kind");
    if (!entry_source_valid(ret->src))
        return ERR(err, "ledger.entry", "src");
    return 0;
}

void
entry_put(struct buf *buf, const struct entry *e)
{
    char at[TIME_CHARS + 1];
    char seq[24];
    size_t n = sizeof seq;
    for (uint64_t v = e->seq; n == sizeof seq || v > 0; v /= 10)
        seq[--n] = (char)('0' + v % 10);
    time_format(e->at_us, at);
    buf_put_z(buf, "{\"at\":\"");
    buf_put_z(buf, at);
    buf_put_z(buf, "\",\"data\":");
    buf_put_str(buf, e->data);
    buf_put_z(buf, ",\"kind\":\"");
    buf_put_str(buf, e->kind);
    buf_put_z(buf, "\",\"seq\":");
    buf_put(buf, seq + n, sizeof seq - n);
    buf_put_z(buf, ",\"src\":\"");
    buf_put_str(buf, e->src);
    buf_put_z(buf, "\",\"v\":1}");
}
