/*
 * reiki_fuzz: any UTF-8 as HTML: refused, or lines whose spans are in order, inside both texts, and
 * hold the same bytes where they have the same length (white space is one blank).
 */
#include "format/reiki/reiki.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str html = {(const char *)data, size};
    if (!utf8_valid(html))
        return 0;
    struct arena *arena = arena_new(64 << 20);
    struct reiki_text text;
    struct err err;
    reiki_detect(html);
    if (reiki_read(arena, html, &text, &err) == 0) {
        size_t at = 0, from = 0;
        ensure(utf8_valid(text.text));
        for (size_t i = 0; i < text.span_count; i++) {
            const struct reiki_span *s = &text.spans[i];
            ensure(s->at >= at && s->from >= from && s->to > s->from && s->n > 0);
            at = s->at + s->n;
            from = s->to;
            ensure(at <= text.text.n && from <= size);
            for (size_t k = 0; s->n == s->to - s->from && k < s->n; k++)
                ensure(text.text.p[s->at + k] == html.p[s->from + k] ||
                       (text.text.p[s->at + k] == ' ' && strchr("\t\n\r\f", html.p[s->from + k])));
        }
    }
    arena_free(arena);
    return 0;
}
