/*
 * fold: search keys. Runs wherever a text is searched.
 *
 * Invariant: the key of a key is the key itself.
 */
#include "base/text/fold.h"

#include "base/text/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

static bool
is_selector(int32_t c)
{
    return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef) ||
           (c >= 0x180b && c <= 0x180d);
}

/* Letters, marks, digits, private characters (gaiji). */
static bool
is_word(int32_t c)
{
    utf8proc_category_t kind = utf8proc_category(c);
    return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO) ||
           kind == UTF8PROC_CATEGORY_CO;
}

static int32_t
katakana(int32_t c)
{
    bool hiragana = (c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e;
    return hiragana ? c + 0x60 : c;
}

int
fold_put(struct buf *out, struct str text, struct err *err)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map(
        (const utf8proc_uint8_t *)(text.n > 0 ? text.p : ""), (utf8proc_ssize_t)text.n, &made,
        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    if (n < 0) {
        return ERR(err, "text.utf8", "%s", utf8proc_errmsg(n));
    }
    struct str rest = {(const char *)made, (size_t)n};
    bool gap = false, any = false;
    while (rest.n > 0) {
        int32_t c = utf8_next(&rest);
        if (c < 0 || is_selector(c)) {
            continue;
        }
        if (!is_word(c)) {
            gap = any;
            continue;
        }
        if (gap) {
            buf_put_char(out, ' ');
        }
        gap = false;
        any = true;
        utf8_put(out, (uint32_t)katakana(c));
    }
    free(made);
    return 0;
}
