/*
 * view: the paragraphs as the comparisons of lint see them, and what is noted about them. Runs in
 * policy-worker, cored and the command line.
 *
 * Invariant: a passage's bare text is its text with characters left out or replaced one by one, so
 * a place in it is found again by walking both.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum { DETAIL_BYTES = 120 };

/* Half width of a full-width ASCII character; others stay. */
static uint32_t
narrow(uint32_t c)
{
    return c >= 0xff01 && c <= 0xff5e && c != 0xff08 && c != 0xff09 && c != 0xff0c ? c - 0xfee0 : c;
}

/* The next character of *REST as it goes into the bare text; false when it is left out. */
static bool
bare_next(struct str *rest, uint32_t *ret_c, size_t *ret_bytes)
{
    struct str before = *rest;
    int32_t c = utf8_next(rest);
    *ret_c = narrow(c < 0 ? 0xfffd : (uint32_t)c);
    *ret_bytes = *ret_c < 0x80 ? 1 : before.n - rest->n;
    return c >= 0 && !char_is_blank((uint32_t)c);
}

static bool
is_bare(struct str text)
{
    for (struct str rest = text; rest.n > 0;) {
        uint32_t c;
        size_t bytes, before = rest.n;
        if (!bare_next(&rest, &c, &bytes) || bytes != before - rest.n)
            return false;
    }
    return true;
}

struct str
lint_bare(struct arena *arena, struct str text)
{
    if (is_bare(text))
        return text;
    char *p = arena_alloc(arena, text.n);
    if (p == NULL)
        return (struct str){0};
    size_t n = 0;
    for (struct str rest = text; rest.n > 0;) {
        uint32_t c;
        size_t bytes;
        const char *from = rest.p;
        if (!bare_next(&rest, &c, &bytes))
            continue;
        if (bytes == 1)
            p[n] = (char)c;
        else
            memcpy(p + n, from, bytes);
        n += bytes;
    }
    return (struct str){p, n};
}

void
lint_view_add(struct lint_view *view, struct arena *arena, struct str text, size_t section,
              bool title)
{
    view->passages[view->passage_count++] = (struct lint_passage){
        .text = text, .bare = lint_bare(arena, text), .section = section, .title = title};
}

/* The bytes of the text that [at, at + n) of the bare text stands for. */
static struct policy_range
in_text(const struct lint_passage *p, size_t at, size_t n)
{
    if (p->bare.p == p->text.p)
        return (struct policy_range){at, at + n};
    struct policy_range range = {p->text.n, p->text.n};
    size_t bare = 0;
    for (struct str rest = p->text; rest.n > 0 && bare < at + n;) {
        uint32_t c;
        size_t bytes, here = p->text.n - rest.n;
        if (!bare_next(&rest, &c, &bytes))
            continue;
        if (bare <= at)
            range.from = here;
        bare += bytes;
        range.to = p->text.n - rest.n;
    }
    return range;
}

static struct str
shortened(struct str s)
{
    size_t n = s.n > DETAIL_BYTES ? DETAIL_BYTES : s.n;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_slice(s, 0, n);
}

static struct str
text_at(const struct lint_view *view, const struct lint_spot *spot)
{
    const struct lint_passage *p = &view->passages[spot->passage];
    struct policy_range range = in_text(p, spot->at, spot->n);
    return shortened(str_slice(p->text, range.from, range.to));
}

/* What stands at OTHER and its label, behind what stands at SPOT. */
static struct str
detail_of(const struct lint_remarks *out, struct lint_spot spot, const struct lint_spot *other)
{
    const struct lint_view *view = out->view;
    const struct lint_section *section = &view->sections[view->passages[other->passage].section];
    return str_of(arena_printf(out->arena, "%.*s / %.*s (%s:%.*s)", STR_FMT(text_at(view, &spot)),
                               STR_FMT(text_at(view, other)), policy_doc_word(section->doc),
                               STR_FMT(section->label)));
}

static struct lint_remark *
remark_new(struct lint_remarks *out, const char *code, enum policy_severity severity,
           struct lint_spot spot)
{
    if (out->count++ >= LINT_REMARKS)
        return NULL;
    struct lint_remark *r = arena_alloc(out->arena, sizeof *r);
    if (r == NULL) /* arena_check at the end of the step reports it */
        return NULL;
    struct policy_range at = in_text(&out->view->passages[spot.passage], spot.at, spot.n);
    *r = (struct lint_remark){.code = code,
                              .severity = severity,
                              .passage = spot.passage,
                              .other = LINT_NONE,
                              .at = at.from,
                              .n = at.to - at.from,
                              .detail = text_at(out->view, &spot)};
    if (out->last == NULL)
        out->first = r;
    else
        out->last->next = r;
    return out->last = r;
}

void
lint_remark(struct lint_remarks *out, const char *code, enum policy_severity severity,
            struct lint_spot spot, const struct lint_spot *other)
{
    struct lint_remark *r = remark_new(out, code, severity, spot);
    if (r == NULL || other == NULL)
        return;
    r->other = other->passage;
    r->detail = detail_of(out, spot, other);
}

void
lint_remark_word(struct lint_remarks *out, const char *code, enum policy_severity severity,
                 struct lint_spot spot, struct str right)
{
    struct lint_remark *r = remark_new(out, code, severity, spot);
    if (r != NULL)
        r->detail =
            str_of(arena_printf(out->arena, "%.*s / %.*s", STR_FMT(r->detail), STR_FMT(right)));
}
