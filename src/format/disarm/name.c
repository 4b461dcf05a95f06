/*
 * name: see name.h. Runs in the disarm worker.
 */
#include "format/disarm/name.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"
#include "format/disarm/kind.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 255 };

/* NAME as UTF-8. An empty result when it is neither UTF-8 nor CP932. */
static void
to_text(struct str name, struct buf *out)
{
    if (utf8_valid(name))
        buf_put_str(out, name);
    else if (cp932_to_utf8(out, name, NULL) < 0)
        buf_clear(out);
}

/* Composes NAME after the cleaning: what was removed may have stood between a letter and its mark.
 */
static void
compose(struct buf *name)
{
    struct buf composed;
    buf_init(&composed, name->limit);
    if (name->over || utf8_put_nfc(&composed, buf_str(name), NULL) < 0)
        buf_clear(&composed);
    buf_free(name);
    *name = composed;
}

static struct str
last_part(struct disarm_ctx *ctx, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '/' || s.p[i] == '\\')
            from = i + 1;
    if (from > 0)
        disarm_found(ctx, CHECK_GEN_11, "changed", "path in the name", "", 1);
    return str_slice(s, from, s.n);
}

/* Copies S without characters that lie about the name or break file systems. */
static void
put_safe(struct disarm_ctx *ctx, struct str s, struct buf *out)
{
    while (s.n > 0) {
        struct str before = s;
        int32_t c = utf8_next(&s);
        unsigned class = c < 0 ? UTF8_NONCHAR : utf8_class((uint32_t)c);
        if (class & UTF8_BIDI)
            disarm_found(ctx, CHECK_GEN_07, "removed", "direction character", "", 1);
        else if (class & (UTF8_CONTROL | UTF8_NONCHAR | UTF8_LINE | UTF8_ZERO_WIDTH) || c == '\t' ||
                 c == '\n' || c == '\r')
            disarm_found(ctx, CHECK_GEN_08, "removed", "control character", "", 1);
        else if (c > 0 && c < 0x80 && strchr("<>:\"|?*", (char)c) != NULL) {
            disarm_found(ctx, CHECK_GEN_08, "changed", "reserved character", "", 1);
            buf_put_char(out, '_');
        } else {
            buf_put(out, before.p, before.n - s.n);
        }
    }
    while (out->n > 0 && (out->p[out->n - 1] == '.' || out->p[out->n - 1] == ' ')) {
        out->n--;
        disarm_found(ctx, CHECK_GEN_08, "removed", "trailing dot or blank", "", 1);
    }
}

static bool
is_device(struct str stem)
{
    static const char *const names[] = {"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"};
    ptrdiff_t dot = str_find(stem, STR("."), 0);
    struct str base = str_trim(str_slice(stem, 0, dot < 0 ? stem.n : (size_t)dot));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_nocase(base, str_of(names[i])))
            return true;
    return base.n == 4 && base.p[3] >= '0' && base.p[3] <= '9' &&
           (str_equal_nocase(str_slice(base, 0, 3), STR("COM")) ||
            str_equal_nocase(str_slice(base, 0, 3), STR("LPT")));
}

void
name_extension(struct str name, char ret[32])
{
    ret[0] = '\0';
    while (name.n > 0 && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == ' '))
        name.n--;
    size_t dot = name.n;
    while (dot > 0 && name.p[dot - 1] != '.' && name.p[dot - 1] != '/' && name.p[dot - 1] != '\\')
        dot--;
    if (dot == 0 || name.p[dot - 1] != '.' || name.n - dot > 31)
        return;
    size_t n = name.n - dot;
    for (size_t i = 0; i < n; i++) {
        char c = name.p[dot + i];
        ret[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    ret[n] = '\0';
}

/* The name without its extension; a dangerous inner one (案内.pdf.exe, 案内.exe.docx) is noted. */
static struct str
stem_of(struct disarm_ctx *ctx, struct str name)
{
    char extension[32];
    name_extension(name, extension);
    size_t cut = strlen(extension);
    struct str stem = cut > 0 ? str_slice(name, 0, name.n - cut - 1) : name;
    for (;;) {
        name_extension(stem, extension);
        if (!kind_forbidden_extension(extension))
            return stem;
        disarm_found(ctx, CHECK_GEN_10, "changed", "double extension", "", 1);
        while (stem.n > 0 && (stem.p[stem.n - 1] == '.' || stem.p[stem.n - 1] == ' '))
            stem.n--;
        stem = str_slice(stem, 0, stem.n - strlen(extension) - 1);
    }
}

int
name_clean(struct disarm_ctx *ctx, struct str name, const char *extension, struct str *ret)
{
    struct buf text, safe;
    char own[32], hex[DIGEST_HEX];
    buf_init(&text, 1 << 16);
    buf_init(&safe, 1 << 16);
    to_text(name, &text);
    put_safe(ctx, last_part(ctx, buf_str(&text)), &safe);
    compose(&safe);
    name_extension(buf_str(&safe), own);
    struct str stem = stem_of(ctx, buf_str(&safe));
    const char *wanted = extension != NULL ? extension : own;
    size_t room = NAME_BYTES - strlen(wanted) - 1;
    if (stem.n > room) {
        disarm_found(ctx, CHECK_GEN_13, "changed", "long name", "", 1);
        stem = str_slice(stem, 0, utf8_valid_prefix(str_slice(stem, 0, room)));
    }
    char *made = NULL;
    const char *dot = wanted[0] != '\0' ? "." : "";
    if (stem.n == 0 || text.over || safe.over) {
        digest_hex(name, hex);
        disarm_found(ctx, CHECK_GEN_08, "changed", "unusable name", "", 1);
        made = arena_printf(ctx->arena, "file-%.8s%s%s", hex, dot, wanted);
    } else if (is_device(stem)) {
        disarm_found(ctx, CHECK_GEN_09, "changed", "device name", "", 1);
        made = arena_printf(ctx->arena, "_%.*s%s%s", STR_FMT(stem), dot, wanted);
    } else {
        made = arena_printf(ctx->arena, "%.*s%s%s", STR_FMT(stem), dot, wanted);
    }
    buf_free(&text);
    buf_free(&safe);
    *ret = str_of(made);
    return made != NULL ? 0 : disarm_block(ctx, REASON_LIMIT_MEMORY, NULL);
}
