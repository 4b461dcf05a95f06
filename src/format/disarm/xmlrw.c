/*
 * xmlrw: the reading side, see xmlrw.h. Runs in the disarm worker.
 *
 * Invariants: frames[] holds the open elements that were not dropped; `skip` counts those inside a
 * dropped one; a frame that was not written has no bytes in the output.
 */
#include "format/disarm/xmlrw.h"

#include "base/mem/ensure.h"
#include "format/disarm/formula.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
xmlrw_fail(struct xmlrw *x, enum disarm_reason reason, const char *what)
{
    char at[200];
    snprintf(at, sizeof at, "%s%s%s", x->at, what[0] != '\0' ? ": " : "", what);
    disarm_block(x->ctx, reason, at);
    x->failed = true;
    XML_StopParser(x->parser, XML_FALSE);
}

void
xmlrw_count(struct xmlrw *x, int id, const char *object)
{
    if (id < 0)
        return;
    if (x->counts[id]++ == 0)
        x->count_object[id] = disarm_copy(x->ctx, str_slice(str_of(object), 0, 60));
}

/* ---- namespaces ---- */

unsigned
xmlrw_prefix(const struct xmlrw *x, const char *prefix, size_t n)
{
    if (n == 3 && memcmp(prefix, "xml", 3) == 0)
        return OX_XML;
    for (size_t i = x->binding_count; i-- > 0;) {
        const char *p = x->bindings[i].prefix;
        if (strncmp(p, prefix, n) == 0 && p[n] == '\0')
            return x->bindings[i].ns;
    }
    return n == 0 ? OX_NONE : OX_UNKNOWN;
}

struct xmlrw_name *
xmlrw_name(struct xmlrw *x, const char *name, bool element)
{
    static struct xmlrw_name longest;
    uint32_t h = element ? 7 : 11;
    size_t n = 0;
    for (; name[n] != '\0'; n++)
        h = (h ^ (unsigned char)name[n]) * 16777619U;
    struct xmlrw_name *slot = &x->names[(h ^ h >> 16) % XMLRW_CACHE];
    bool fits = n + 2 <= sizeof slot->text;
    if (fits && slot->generation == x->generation && slot->text[0] == (element ? 'e' : 'a') &&
        strcmp(slot->text + 1, name) == 0)
        return slot;
    if (!fits)
        slot = &longest;
    const char *colon = strchr(name, ':');
    slot->colon = colon == NULL ? 0 : (uint16_t)(colon - name + 1);
    if (colon == NULL && !element)
        slot->ns = OX_NONE;
    else
        slot->ns = (uint8_t)xmlrw_prefix(x, name, colon == NULL ? 0 : (size_t)(colon - name));
    slot->row = element ? ox_find(slot->ns, name + slot->colon, n - slot->colon) : NULL;
    slot->last = NULL;
    slot->generation = x->generation;
    slot->text[0] = element ? 'e' : 'a';
    if (fits)
        memcpy(slot->text + 1, name, n + 1);
    return slot;
}

static void
bind(struct xmlrw *x, const char *prefix, const char *uri)
{
    int strict = 0;
    unsigned ns = uri[0] == '\0' ? OX_NONE : ox_namespace(uri, &strict);
    if (strict && x->frame_count == 0)
        x->strict = true;
    if (x->binding_count == x->binding_room) {
        x->binding_room = x->binding_room == 0 ? 64 : x->binding_room * 2;
        x->bindings = realloc(x->bindings, x->binding_room * sizeof *x->bindings);
        ensure(x->bindings != NULL);
    }
    x->bindings[x->binding_count++] =
        (struct xmlrw_binding){disarm_copy(x->ctx, str_of(prefix)), ns, x->depth};
    x->generation++;
}

static bool
bind_all(struct xmlrw *x, const XML_Char **atts)
{
    size_t count = 0;
    for (; atts[0] != NULL; atts += 2) {
        if (++count > x->ctx->profile->limits.xml_attributes) {
            xmlrw_fail(x, REASON_LIMIT_DEPTH, "attributes");
            return false;
        }
        if (atts[0][0] != 'x' || strncmp(atts[0], "xmlns", 5) != 0)
            continue;
        if (atts[0][5] == '\0')
            bind(x, "", atts[1]);
        else if (atts[0][5] == ':')
            bind(x, atts[0] + 6, atts[1]);
    }
    return true;
}

static void
unbind(struct xmlrw *x)
{
    size_t before = x->binding_count;
    while (x->binding_count > 0 && x->bindings[x->binding_count - 1].depth >= x->depth)
        x->binding_count--;
    if (x->binding_count != before)
        x->generation++;
}

/* ---- elements ---- */

static void
drop(struct xmlrw *x, int id, const char *object)
{
    xmlrw_count(x, id, object);
    x->skip = 1;
    /* An animation that lost a step is not a valid one. */
    for (size_t i = x->frame_count; i-- > 0;)
        if (x->frames[i].row->hook == OX_HOOK_TIMING)
            x->frames[i].doomed = true;
}

static enum ox_action
decide(struct xmlrw *x, const struct ox_row *row)
{
    if (row->which == SWITCH_NONE || row->action != OX_KEEP)
        return (enum ox_action)row->action;
    if (disarm_setting(x->ctx, (enum disarm_switch)row->which) == SETTING_ALLOW)
        return OX_KEEP;
    xmlrw_count(x, row->check, row->out);
    return (enum ox_action)row->otherwise;
}

static bool
root_fits(const struct xmlrw *x, const struct ox_row *row)
{
    return row != NULL && row->ns == x->part->root_ns && strcmp(row->name, x->part->root) == 0;
}

static struct xmlrw_frame *
push(struct xmlrw *x, const struct ox_row *row)
{
    struct xmlrw_frame *frame = &x->frames[x->frame_count++];
    *frame = (struct xmlrw_frame){.row = row, .text_at = x->text.n};
    frame->nonempty = (row->flags & OX_NONEMPTY) != 0;
    frame->nonempty_parent = (row->flags & OX_NONEMPTY_PARENT) != 0;
    return frame;
}

static void
start_kept(struct xmlrw *x, const struct ox_row *row, const XML_Char **atts)
{
    struct xmlrw_frame *frame = push(x, row);
    enum ox_action action = decide(x, row);
    if (action == OX_KEEP && row->hook != OX_HOOK_NONE)
        action = xmlrw_hook_start(x, frame, atts);
    if (x->failed)
        return;
    if (action == OX_KEEP && frame->mode != XMLRW_DEFERRED && !xmlrw_start_tag(x, frame, atts))
        action = OX_DROP;
    if (action == OX_UNWRAP)
        frame->mode = XMLRW_UNWRAPPED;
    if (action == OX_DROP) {
        x->frame_count--;
        /* A dropping by its switch was counted already. */
        drop(x, row->which != SWITCH_NONE && row->action == OX_KEEP ? -1 : row->check, row->out);
    }
}

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **atts)
{
    struct xmlrw *x = data;
    if (x->failed)
        return;
    x->depth++;
    if (x->depth > x->ctx->profile->limits.xml_depth || x->depth >= XMLRW_DEPTH) {
        xmlrw_fail(x, REASON_LIMIT_DEPTH, "elements");
        return;
    }
    if (x->skip > 0) {
        x->skip++;
        return;
    }
    if (!bind_all(x, atts))
        return;
    const struct ox_row *row = xmlrw_name(x, name, true)->row;
    if (x->depth == 1 && !root_fits(x, row)) {
        xmlrw_fail(x, REASON_PARSE_MALFORMED, "root element");
        return;
    }
    bool allowed = row != NULL && (row->ns >= OX_XML || (x->part->namespaces >> row->ns & 1) != 0);
    if (!allowed) {
        drop(x, CHECK_XML_14, name);
        return;
    }
    if (row->action == OX_UNWRAP) {
        xmlrw_count(x, row->check, row->out);
        push(x, row)->mode = XMLRW_UNWRAPPED;
        return;
    }
    start_kept(x, row, atts);
}

/* The text of a formula element, judged. */
static void
end_formula(struct xmlrw *x, struct xmlrw_frame *frame, struct str text)
{
    struct formula_verdict v = formula_judge(text);
    if (v.keep) {
        if (text.n > 0) {
            xmlrw_close_tag(x);
            xmlrw_put_text(x, text.p, text.n);
            frame->has_text = true;
        }
        return;
    }
    disarm_found_host(x->ctx, v.id, "removed", frame->row->name, x->at, v.host);
    if (frame->row->flags & OX_FORMULA_EMPTY)
        return;
    frame->doomed = true;
    struct xmlrw_frame *parent = xmlrw_written_above(x, (size_t)(frame - x->frames));
    if ((frame->row->flags & OX_FORMULA_PARENT) && parent != NULL)
        parent->doomed = true;
}

static void
end_text(struct xmlrw *x, struct xmlrw_frame *frame)
{
    unsigned flags = frame->row->flags;
    if ((flags & (OX_FORMULA | OX_FORMULA_PARENT | OX_FORMULA_EMPTY | OX_FIELD)) == 0)
        return;
    struct str text = str_slice(buf_str(&x->text), frame->text_at, x->text.n);
    if (flags & OX_FIELD)
        xmlrw_field_text(x, frame, text);
    else
        end_formula(x, frame, text);
    x->text.n = frame->text_at;
}

static void
fill_child(struct xmlrw *x, struct xmlrw_frame *frame)
{
    static const char *const children[] = {"", "<w:p/>", "<a:p/>"};
    if (frame->row->fill == 0 || frame->children > 0)
        return;
    xmlrw_close_tag(x);
    buf_put_z(&x->out, children[frame->row->fill]);
    frame->children++;
}

/* FRAME is unwanted: cut it off; its parent has one child less and may go as well. */
static void
end_removed(struct xmlrw *x, struct xmlrw_frame *frame)
{
    struct xmlrw_frame *parent = xmlrw_written_above(x, (size_t)(frame - x->frames));
    xmlrw_cut(x, frame->start);
    if (parent != NULL) {
        parent->children--;
        parent->doomed = parent->doomed || frame->nonempty_parent;
    }
}

static void
end_written(struct xmlrw *x, struct xmlrw_frame *frame)
{
    size_t index = (size_t)(frame - x->frames);
    end_text(x, frame);
    if (frame->row->hook != OX_HOOK_NONE)
        xmlrw_hook_end(x, frame);
    if (!frame->doomed && !frame->nonempty)
        fill_child(x, frame);
    if (frame->mode != XMLRW_WRITTEN)
        return;
    if (frame->doomed || (frame->nonempty && frame->children == 0 && !frame->has_text)) {
        end_removed(x, frame);
        return;
    }
    if (x->open == (ptrdiff_t)index) {
        buf_put_z(&x->out, "/>");
        x->open = -1;
    } else {
        buf_put_z(&x->out, "</");
        buf_put(&x->out, frame->row->out, frame->row->out_n);
        buf_put_char(&x->out, '>');
    }
    xmlrw_hook_after(x, frame);
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
    struct xmlrw *x = data;
    (void)name;
    if (x->failed)
        return;
    if (x->skip > 0) {
        x->skip--;
        if (x->skip == 0)
            unbind(x);
        x->depth--;
        return;
    }
    struct xmlrw_frame *frame = &x->frames[x->frame_count - 1];
    if (frame->mode == XMLRW_WRITTEN)
        end_written(x, frame);
    unbind(x);
    x->frame_count--;
    x->depth--;
    if (x->out.over || x->text.over)
        xmlrw_fail(x, REASON_LIMIT_INFLATED, "");
}

static bool
blank(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r')
            return false;
    return true;
}

static void XMLCALL
on_text(void *data, const XML_Char *s, int len)
{
    struct xmlrw *x = data;
    size_t n = (size_t)len;
    if (x->failed || x->skip > 0 || x->frame_count == 0)
        return;
    struct xmlrw_frame *frame = &x->frames[x->frame_count - 1];
    unsigned flags = frame->mode == XMLRW_WRITTEN ? frame->row->flags : 0;
    if (flags & OX_TEXT) {
        xmlrw_close_tag(x);
        xmlrw_put_text(x, s, n);
        frame->has_text = true;
    } else if (flags & (OX_FORMULA | OX_FORMULA_PARENT | OX_FORMULA_EMPTY | OX_FIELD)) {
        buf_put(&x->text, s, n);
    } else if (!blank(s, n)) {
        xmlrw_count(x, CHECK_XML_14, "text");
    }
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int has)
{
    struct xmlrw *x = data;
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)has;
    disarm_found(x->ctx, CHECK_XML_01, "kept", "DOCTYPE", x->at, 1);
    xmlrw_fail(x, REASON_PARSE_MALFORMED, "DOCTYPE");
}

static void XMLCALL
on_pi(void *data, const XML_Char *target, const XML_Char *content)
{
    (void)content;
    xmlrw_count(data, CHECK_XML_04, target);
}

static void XMLCALL
on_comment(void *data, const XML_Char *content)
{
    (void)content;
    xmlrw_count(data, CHECK_XML_17, "comment");
}

/* ---- one part ---- */

struct xmlrw *
xmlrw_new(struct disarm_ctx *ctx)
{
    struct xmlrw *x = calloc(1, sizeof *x);
    ensure(x != NULL);
    x->ctx = ctx;
    x->parser = XML_ParserCreate(NULL);
    ensure(x->parser != NULL);
    buf_init(&x->out, ctx->profile->limits.part_bytes * 2);
    buf_init(&x->text, 16 << 20);
    for (size_t i = 0; i < XMLRW_FIELDS; i++)
        buf_init(&x->fields[i].code, XMLRW_FIELD_BYTES);
    return x;
}

void
xmlrw_free(struct xmlrw *x)
{
    if (x == NULL)
        return;
    XML_ParserFree(x->parser);
    buf_free(&x->out);
    buf_free(&x->text);
    for (size_t i = 0; i < XMLRW_FIELDS; i++)
        buf_free(&x->fields[i].code);
    free(x->bindings);
    free(x->uses);
    free(x->pieces);
    free(x->shared_gone);
    free(x);
}

static void
reset(struct xmlrw *x)
{
    XML_ParserReset(x->parser, NULL);
    XML_SetHashSalt(x->parser, 1);
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    XML_SetProcessingInstructionHandler(x->parser, on_pi);
    XML_SetCommentHandler(x->parser, on_comment);
    x->failed = x->strict = x->holes = false;
    x->depth = x->skip = 0;
    x->binding_count = x->frame_count = x->use_count = x->field_count = x->piece_count = 0;
    x->shared_count = x->sheets_seen = x->sheets_kept = x->tab_attr_count = 0;
    x->generation++;
    x->open = -1;
    x->declare_at = 0;
    x->used_ns = 0;
    buf_clear(&x->out);
    buf_clear(&x->text);
}

static void
report_counts(struct xmlrw *x)
{
    for (int i = 0; i < CHECK_COUNT; i++) {
        if (x->counts[i] == 0)
            continue;
        disarm_found(x->ctx, (enum check_id)i, "removed", x->count_object[i], x->at, x->counts[i]);
        x->counts[i] = 0;
    }
}

int
xmlrw_run(struct xmlrw *x, const struct ox_part *part, const char *at, struct xmlrw_rel *rels,
          size_t rel_count, struct str xml, struct buf *out)
{
    reset(x);
    x->part = part;
    x->at = at;
    x->rels = rels;
    x->rel_count = rel_count;
    if (xml.n > INT32_MAX)
        return disarm_block(x->ctx, REASON_LIMIT_INFLATED, at);
    enum XML_Status status = XML_Parse(x->parser, xml.p, (int)xml.n, XML_TRUE);
    if (x->failed)
        return -1;
    if (status != XML_STATUS_OK) {
        char why[200];
        snprintf(why, sizeof why, "%s:%lu: %s", at,
                 (unsigned long)XML_GetCurrentLineNumber(x->parser),
                 XML_ErrorString(XML_GetErrorCode(x->parser)));
        return disarm_block(x->ctx, REASON_PARSE_MALFORMED, why);
    }
    xmlrw_fields_end(x);
    report_counts(x);
    for (size_t i = 0; i < x->use_count; i++)
        if (x->out.p[x->uses[i].at] != '\0')
            x->uses[i].rel->used = true;
    return xmlrw_finish(x, out);
}
