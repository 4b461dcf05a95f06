/*
 * text: see text.h. Runs in the disarm worker.
 */
#include "format/disarm/text.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"
#include "format/disarm/csv.h"

#include <string.h>

/* EUC-JP (JIS X 0208 and half-width katakana) as the CP932 bytes of the same character; 0: none. */
static size_t
euc_next(struct str s, char ret[2])
{
    unsigned a = (unsigned char)s.p[0], b = s.n > 1 ? (unsigned char)s.p[1] : 0;
    if (a < 0x80) {
        ret[0] = (char)a;
        return 1;
    }
    if (a == 0x8E && b >= 0xA1 && b <= 0xDF) {
        ret[0] = (char)b;
        return 2;
    }
    if (a < 0xA1 || a > 0xFE || b < 0xA1 || b > 0xFE)
        return 0;
    unsigned row = a - 0xA1, cell = b - 0xA1;
    unsigned lead = row / 2 + (row < 62 ? 0x81 : 0xC1);
    unsigned trail = row % 2 == 0 ? cell + 0x40 + (cell >= 63) : cell + 0x9F;
    ret[0] = (char)lead;
    ret[1] = (char)trail;
    return 2;
}

static int32_t
euc_point(struct str *rest)
{
    char code[2] = "";
    size_t n = rest->n > 0 ? euc_next(*rest, code) : 0;
    if (n == 0)
        return -1;
    unsigned char lead = (unsigned char)code[0];
    bool two = lead >= 0x81 && !(lead >= 0xA0 && lead <= 0xDF);
    struct str s = {code, two ? 2 : 1};
    *rest = str_slice(*rest, n, rest->n);
    return cp932_next(&s);
}

/* How much a decoded text looks like Japanese: kana and common kanji up, half-width kana down. */
static int64_t
score(struct str bytes, int32_t (*next)(struct str *))
{
    int64_t sum = 0;
    for (size_t i = 0; bytes.n > 0 && i < 20000; i++) {
        int32_t c = next(&bytes);
        if (c < 0)
            return INT64_MIN;
        if (c >= 0x3041 && c <= 0x30FE)
            sum += 3;
        else if (c >= 0x4E00 && c <= 0x9FFF)
            sum += 1;
        else if (c >= 0xFF61 && c <= 0xFF9F)
            sum -= 2;
        else if (c >= 0xE000 && c <= 0xF8FF)
            sum -= 3;
    }
    return sum;
}

static bool
fits(struct str bytes, int32_t (*next)(struct str *))
{
    while (bytes.n > 0)
        if (next(&bytes) < 0)
            return false;
    return true;
}

enum text_charset
text_charset(struct str b, bool *ret_doubt)
{
    *ret_doubt = false;
    if (str_starts(b, STR("\xEF\xBB\xBF")))
        return utf8_valid(b) ? CHARSET_UTF8_BOM : CHARSET_UNKNOWN;
    if (str_starts(b, STR("\xFF\xFE")))
        return b.n % 2 == 0 ? CHARSET_UTF16LE : CHARSET_UNKNOWN;
    if (str_starts(b, STR("\xFE\xFF")))
        return b.n % 2 == 0 ? CHARSET_UTF16BE : CHARSET_UNKNOWN;
    if (utf8_valid(b))
        return CHARSET_UTF8;
    bool cp932 = fits(b, cp932_next), euc = fits(b, euc_point);
    if (cp932 && euc) {
        *ret_doubt = true;
        return score(b, euc_point) > score(b, cp932_next) ? CHARSET_EUC : CHARSET_CP932;
    }
    return cp932 ? CHARSET_CP932 : euc ? CHARSET_EUC : CHARSET_UNKNOWN;
}

static int
decode_utf16(struct buf *out, struct str b, bool big, struct err *err)
{
    const unsigned char *u = (const unsigned char *)b.p;
    uint32_t high = 0;
    for (size_t i = 2; i + 1 < b.n; i += 2) {
        uint32_t c = big ? (uint32_t)u[i] << 8 | u[i + 1] : (uint32_t)u[i + 1] << 8 | u[i];
        bool low = c >= 0xDC00 && c <= 0xDFFF;
        if (low != (high != 0))
            return ERR(err, "text.utf8", "%zu", i);
        if (c >= 0xD800 && c <= 0xDBFF) {
            high = c;
            continue;
        }
        utf8_put(out, low ? 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00) : c);
        high = 0;
    }
    return high != 0 ? ERR(err, "text.utf8", "%zu", b.n) : 0;
}

int
text_decode(struct buf *out, struct str b, enum text_charset charset, struct err *err)
{
    switch (charset) {
    case CHARSET_UTF8:
        buf_put_str(out, b);
        return 0;
    case CHARSET_UTF8_BOM:
        buf_put_str(out, str_slice(b, 3, b.n));
        return 0;
    case CHARSET_UTF16LE:
    case CHARSET_UTF16BE:
        return decode_utf16(out, b, charset == CHARSET_UTF16BE, err);
    case CHARSET_CP932:
        return cp932_to_utf8(out, b, err);
    case CHARSET_EUC:
        while (b.n > 0) {
            int32_t c = euc_point(&b);
            if (c < 0)
                return ERR(err, "text.cp932", "%zu", b.n);
            utf8_put(out, (uint32_t)c);
        }
        return 0;
    case CHARSET_UNKNOWN:
        break;
    }
    return ERR(err, "text.utf8", "charset");
}

/* Drops what hides or acts; notes what only might. */
static void
clean_chars(struct disarm_ctx *ctx, struct str text, struct buf *out)
{
    uint64_t nul = 0, bidi = 0, control = 0, zero = 0;
    while (text.n > 0) {
        struct str before = text;
        int32_t c = utf8_next(&text);
        unsigned class = c < 0 ? UTF8_NONCHAR : utf8_class((uint32_t)c);
        bool drop = (class & (UTF8_CONTROL | UTF8_BIDI | UTF8_NONCHAR)) != 0 && c != 0x0C;
        drop = drop || (c == 0xFEFF && out->n == 0); /* it would be read as a byte order mark */
        nul += c == 0;
        bidi += (class & UTF8_BIDI) != 0;
        control += drop && c != 0 && (class & UTF8_BIDI) == 0;
        zero += (class & UTF8_ZERO_WIDTH) != 0;
        if (!drop)
            buf_put(out, before.p, before.n - text.n);
    }
    if (nul > 0)
        disarm_found(ctx, CHECK_TXT_01, "removed", "NUL", "", nul);
    if (bidi > 0)
        disarm_found(ctx, CHECK_TXT_02, "removed", "direction character", "", bidi);
    if (control > 0)
        disarm_found(ctx, CHECK_TXT_03, "removed", "control character", "", control);
    if (zero > 0)
        disarm_found(ctx, CHECK_TXT_10, "kept", "zero-width character", "", zero);
}

void
text_clean(struct disarm_ctx *ctx, struct str text, bool csv, struct buf *out)
{
    struct buf plain;
    buf_init(&plain, out->limit);
    clean_chars(ctx, text, &plain);
    if (csv)
        csv_guard(ctx, buf_str(&plain), out);
    else
        buf_put_str(out, buf_str(&plain));
    buf_free(&plain);
}

/* Back to bytes: CP932 stays CP932, everything else is UTF-8. */
static void
encode(struct disarm_ctx *ctx, struct str text, enum text_charset charset)
{
    struct buf *out = &ctx->report->bytes;
    bool doubt;
    /* Only where the next reader comes to the same answer: what was removed may have held it. */
    if (charset == CHARSET_CP932 && cp932_from_utf8(out, text, NULL) == 0 &&
        text_charset(buf_str(out), &doubt) == CHARSET_CP932)
        return;
    buf_clear(out);
    if (charset != CHARSET_UTF8)
        buf_put_z(out, "\xEF\xBB\xBF");
    buf_put_str(out, text);
}

int
text_rebuild(struct disarm_ctx *ctx, struct str bytes, bool csv)
{
    bool doubt = false;
    enum text_charset charset = text_charset(bytes, &doubt);
    struct buf text, clean;
    buf_init(&text, ctx->profile->limits.part_bytes * 2);
    buf_init(&clean, ctx->profile->limits.part_bytes * 4);
    if (doubt)
        disarm_found(ctx, CHECK_TXT_05, "kept", charset == CHARSET_EUC ? "EUC-JP" : "CP932", "", 1);
    int answer = 0;
    if (charset == CHARSET_UNKNOWN || text_decode(&text, bytes, charset, NULL) < 0) {
        disarm_found(ctx, CHECK_TXT_06, "kept", "bytes of no character set", "", 1);
        answer = disarm_block(ctx, REASON_PARSE_MALFORMED, "character set");
    } else {
        text_clean(ctx, buf_str(&text), csv, &clean);
        encode(ctx, buf_str(&clean), charset);
        if (charset == CHARSET_EUC || charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE)
            disarm_found(ctx, CHECK_TXT_04, "changed", "character set", "", 1);
        if (text.over || clean.over || ctx->report->bytes.over)
            answer = disarm_block(ctx, REASON_LIMIT_INFLATED, NULL);
    }
    buf_free(&text);
    buf_free(&clean);
    return answer;
}
