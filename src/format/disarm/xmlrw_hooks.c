/*
 * xmlrw_hooks: what a table row cannot say: fields, alternate content, sheets, formulas of cells,
 * embedded objects. Each hook is one small function. Runs in the disarm worker.
 */
#include "format/disarm/xmlrw.h"

#include "base/mem/ensure.h"
#include "format/disarm/field.h"
#include "format/disarm/formula.h"
#include "format/disarm/link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FLD_BEGIN = 1, FLD_SEPARATE, FLD_END };

static bool
is_true(const char *value)
{
    return value != NULL &&
           (strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0);
}

/* ---- Word fields ---- */

static struct xmlrw_field *
field_top(struct xmlrw *x)
{
    return x->field_count > 0 ? &x->fields[x->field_count - 1] : NULL;
}

static bool
any_in_code(const struct xmlrw *x)
{
    for (size_t i = 0; i < x->field_count; i++)
        if (!x->fields[i].result)
            return true;
    return false;
}

static void
note_piece(struct xmlrw *x, const struct xmlrw_frame *frame)
{
    if (x->piece_count >= XMLRW_PIECES) {
        xmlrw_fail(x, REASON_PARSE_AMBIGUOUS, "field");
        return;
    }
    if (x->piece_count == x->piece_room) {
        x->piece_room = x->piece_room == 0 ? 64 : x->piece_room * 2;
        x->pieces = realloc(x->pieces, x->piece_room * sizeof *x->pieces);
        ensure(x->pieces != NULL);
    }
    x->pieces[x->piece_count++] = (struct xmlrw_span){frame->start, x->out.n};
}

static void
blank_pieces(struct xmlrw *x, size_t first)
{
    for (size_t i = first; i < x->piece_count; i++)
        xmlrw_blank(x, x->pieces[i]);
    if (first < x->piece_count)
        x->piece_count = first;
}

static void
nested_mark(struct xmlrw *x)
{
    struct xmlrw_field *top = field_top(x);
    if (top != NULL && !top->result)
        buf_put_char(&top->code, FIELD_NESTED);
}

/* The code of the top field is whole: keep it, or take back what was written of it. */
static void
field_decide(struct xmlrw *x)
{
    struct xmlrw_field *top = field_top(x);
    struct field_verdict v = field_judge(buf_str(&top->code));
    if (!v.keep || top->code.over) {
        disarm_found_host(x->ctx, v.keep ? CHECK_FLD_01 : v.id, "removed", "field", x->at, v.host);
        top->bad = true;
    }
    if (top->bad)
        blank_pieces(x, top->first);
}

void
xmlrw_field_text(struct xmlrw *x, struct xmlrw_frame *frame, struct str code)
{
    struct xmlrw_field *top = field_top(x);
    if (top == NULL || top->result) {
        xmlrw_count(x, CHECK_FLD_20, "instrText");
        frame->doomed = true;
        return;
    }
    buf_put_str(&top->code, code);
    if (code.n == 0)
        return;
    xmlrw_close_tag(x);
    xmlrw_put_text(x, code.p, code.n);
    frame->has_text = true;
}

static enum ox_action
start_fldchar(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    const char *type = xmlrw_attribute(x, atts, "fldCharType");
    struct xmlrw_field *top = field_top(x);
    if (type != NULL && strcmp(type, "begin") == 0) {
        if (x->field_count == XMLRW_FIELDS) {
            xmlrw_fail(x, REASON_PARSE_MALFORMED, "fields nested too deep");
            return OX_DROP;
        }
        nested_mark(x);
        top = &x->fields[x->field_count++];
        buf_clear(&top->code);
        top->first = x->piece_count;
        top->result = top->bad = false;
        frame->extra = FLD_BEGIN;
        return OX_KEEP;
    }
    if (type != NULL && strcmp(type, "separate") == 0 && top != NULL && !top->result) {
        frame->extra = FLD_SEPARATE;
        return OX_KEEP;
    }
    if (type != NULL && strcmp(type, "end") == 0 && top != NULL) {
        frame->extra = FLD_END;
        return OX_KEEP;
    }
    xmlrw_count(x, CHECK_FLD_20, "fldChar");
    return OX_DROP;
}

static void
after_fldchar(struct xmlrw *x, struct xmlrw_frame *frame)
{
    struct xmlrw_field *top = field_top(x);
    note_piece(x, frame);
    if (top == NULL || frame->extra == FLD_BEGIN || x->failed)
        return;
    bool late = top->result;
    if (!late)
        field_decide(x);
    else if (top->bad)
        blank_pieces(x, x->piece_count - 1);
    top->result = true;
    if (frame->extra != FLD_END)
        return;
    x->field_count--;
    if (!any_in_code(x) && top->first < x->piece_count)
        x->piece_count = top->first;
}

void
xmlrw_fields_end(struct xmlrw *x)
{
    if (x->field_count == 0)
        return;
    disarm_found(x->ctx, CHECK_FLD_20, "removed", "field", x->at, x->field_count);
    /* What came after the broken field is ordinary text and stays. */
    for (size_t i = 0; i < x->piece_count; i++) {
        struct str piece = str_slice(buf_str(&x->out), x->pieces[i].from, x->pieces[i].to);
        if (str_starts(piece, STR("<w:fldChar")) || str_starts(piece, STR("<w:instrText")) ||
            str_starts(piece, STR("<w:delInstrText")))
            xmlrw_blank(x, x->pieces[i]);
    }
    x->piece_count = 0;
    x->field_count = 0;
}

static enum ox_action
start_fldsimple(struct xmlrw *x, const XML_Char **atts)
{
    const char *code = xmlrw_attribute(x, atts, "instr");
    struct field_verdict v = field_judge(str_of(code));
    nested_mark(x);
    if (v.keep)
        return OX_KEEP;
    disarm_found_host(x->ctx, v.id, "removed", "fldSimple", x->at, v.host);
    return OX_UNWRAP;
}

/* ---- Word ---- */

static enum ox_action
start_vanish(struct xmlrw *x, const XML_Char **atts)
{
    const char *value = xmlrw_attribute(x, atts, "val");
    size_t n = x->frame_count;
    if ((value != NULL && !is_true(value)) || n < 3 || x->frames[n - 3].row->hook != OX_HOOK_RUN)
        return OX_KEEP;
    if (disarm_setting(x->ctx, SWITCH_HIDDEN) == SETTING_ALLOW) {
        disarm_found(x->ctx, CHECK_WORD_16, "kept", "vanish", x->at, 1);
        return OX_KEEP;
    }
    xmlrw_count(x, CHECK_WORD_16, "vanish");
    x->frames[n - 3].doomed = true;
    return OX_KEEP;
}

/* An object becomes the picture that stands for it. */
static enum ox_action
start_object(struct xmlrw_frame *frame)
{
    const struct ox_row *pict = ox_find(frame->row->ns, "pict", 4);
    ensure(pict != NULL);
    frame->row = pict;
    frame->nonempty = true;
    return OX_KEEP;
}

/* ---- all families ---- */

static enum ox_action
start_ext(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    if (xmlrw_attribute(x, atts, "uri") != NULL)
        frame->nonempty = true;
    return OX_KEEP;
}

static enum ox_action
start_choice(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    static const XML_Char *none[] = {NULL};
    struct xmlrw_frame *parent = frame > x->frames ? frame - 1 : NULL;
    const char *requires = xmlrw_attribute(x, atts, "Requires");
    if (parent == NULL || parent->row->hook != OX_HOOK_ALTERNATE ||
        parent->mode == XMLRW_UNWRAPPED || requires == NULL)
        return OX_DROP;
    struct str rest = str_trim(str_of(requires)), word;
    while (str_split_next(&rest, ' ', &word)) {
        unsigned ns = xmlrw_prefix(x, word.p, word.n);
        if (word.n > 0 && (ns >= OX_XML || (x->part->namespaces >> ns & 1) == 0)) {
            xmlrw_count(x, CHECK_XML_12, "Choice");
            return OX_DROP;
        }
    }
    if (parent->mode == XMLRW_DEFERRED && !xmlrw_start_tag(x, parent, none))
        return OX_DROP;
    frame->nonempty = true;
    return OX_KEEP;
}

static enum ox_action
start_fallback(struct xmlrw *x, struct xmlrw_frame *frame)
{
    struct xmlrw_frame *parent = frame > x->frames ? frame - 1 : NULL;
    if (parent == NULL || parent->row->hook != OX_HOOK_ALTERNATE)
        return OX_DROP;
    if (parent->mode == XMLRW_WRITTEN && parent->children > 0)
        return OX_KEEP;
    if (parent->mode == XMLRW_WRITTEN) {
        struct xmlrw_frame *above = xmlrw_written_above(x, (size_t)(parent - x->frames));
        xmlrw_cut(x, parent->start);
        if (above != NULL)
            above->children--;
    }
    parent->mode = XMLRW_UNWRAPPED;
    return OX_UNWRAP;
}

static enum ox_action
start_alternate(struct xmlrw_frame *frame)
{
    frame->mode = XMLRW_DEFERRED;
    frame->nonempty = true;
    return OX_KEEP;
}

/* ---- pictures' and shapes' links (DrawingML) ---- */

static int
judge_action(const char *action)
{
    static const struct {
        const char *head;
        int id;
    } rows[] = {
        {"ppaction://program", CHECK_PPT_01},
        {"ppaction://macro", CHECK_PPT_02},
        {"ppaction://ole", CHECK_PPT_03},
        {"ppaction://hlinkfile", CHECK_PPT_04},
        {"ppaction://hlinkpres", CHECK_PPT_04},
        {"ppaction://media", CHECK_PPT_10},
        {"ppaction://hlinksldjump", -1},
        {"ppaction://hlinkshowjump", -1},
        {"ppaction://noaction", -1},
        {"ppaction://customshow", -1},
    };
    if (action == NULL || action[0] == '\0')
        return -1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strncasecmp(action, rows[i].head, strlen(rows[i].head)) == 0)
            return rows[i].id;
    return CHECK_PPT_01;
}

static enum ox_action
start_hlink(struct xmlrw *x, const XML_Char **atts)
{
    const char *action = xmlrw_attribute(x, atts, "action");
    const char *id = xmlrw_attribute(x, atts, "id");
    int bad = judge_action(action);
    if (bad >= 0) {
        xmlrw_count(x, bad, "hlinkClick");
        return OX_DROP;
    }
    bool named = id != NULL && id[0] != '\0';
    struct xmlrw_rel *rel = named ? xmlrw_rel_find(x, id) : NULL;
    if (named ? rel == NULL || !rel->alive : action == NULL || action[0] == '\0') {
        xmlrw_count(x, CHECK_WORD_08, "hlinkClick");
        return OX_DROP;
    }
    return OX_KEEP;
}

/* ---- Excel ---- */

static enum ox_action
start_sheet(struct xmlrw *x, const XML_Char **atts)
{
    if (x->sheets_seen >= XMLRW_SHEETS) {
        xmlrw_fail(x, REASON_LIMIT_ENTRIES, "sheets");
        return OX_DROP;
    }
    const char *id = xmlrw_attribute(x, atts, "id"), *state = xmlrw_attribute(x, atts, "state");
    struct xmlrw_rel *rel = id == NULL ? NULL : xmlrw_rel_find(x, id);
    bool kept = rel != NULL && rel->alive;
    x->sheet_map[x->sheets_seen++] = kept ? (int)x->sheets_kept++ : -1;
    if (!kept) {
        for (size_t i = 0; i < x->tab_attr_count; i++)
            xmlrw_blank(x, x->tab_attrs[i]);
        return OX_DROP;
    }
    if (state != NULL && strcmp(state, "visible") != 0)
        disarm_found(x->ctx, CHECK_EXCEL_12,
                     disarm_setting(x->ctx, SWITCH_HIDDEN) == SETTING_ALLOW ? "kept" : "changed",
                     state, x->at, 1);
    return OX_KEEP;
}

static enum ox_action
start_definedname(struct xmlrw *x, const XML_Char **atts)
{
    static const char *const flags[] = {"function", "vbProcedure", "xlm"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (is_true(xmlrw_attribute(x, atts, flags[i]))) {
            xmlrw_count(x, CHECK_EXCEL_01, "definedName");
            return OX_DROP;
        }
    }
    const char *name = xmlrw_attribute(x, atts, "name");
    if (name == NULL)
        return OX_DROP;
    if (strncasecmp(name, "_xlnm.", 6) == 0)
        name += 6;
    if (strncasecmp(name, "Auto_", 5) == 0 || strncasecmp(name, "_Auto_", 6) == 0) {
        xmlrw_count(x, CHECK_EXCEL_01, "definedName");
        return OX_DROP;
    }
    const char *sheet = xmlrw_attribute(x, atts, "localSheetId");
    uint64_t index = 0;
    if (sheet != NULL && (!str_to_u64(str_of(sheet), &index) || index >= x->sheets_seen ||
                          x->sheet_map[index] < 0)) {
        xmlrw_count(x, CHECK_EXCEL_01, "definedName");
        return OX_DROP;
    }
    return OX_KEEP;
}

static enum ox_action
start_cellformula(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    const char *type = xmlrw_attribute(x, atts, "t"), *group = xmlrw_attribute(x, atts, "si");
    uint64_t si = 0;
    if (type != NULL && group != NULL && strcmp(type, "shared") == 0 &&
        str_to_u64(str_of(group), &si) && si < INT32_MAX)
        frame->extra = (int)si + 1;
    return OX_KEEP;
}

/* A shared formula that went takes its dependents along: they keep their values. */
static void
end_cellformula(struct xmlrw *x, struct xmlrw_frame *frame)
{
    if (frame->extra == 0)
        return;
    if (!frame->doomed) {
        for (size_t i = 0; i < x->shared_count && !frame->has_text; i++)
            if (x->shared_gone[i] == (uint32_t)frame->extra)
                frame->doomed = true;
        return;
    }
    if (x->shared_count == x->shared_room) {
        x->shared_room = x->shared_room == 0 ? 32 : x->shared_room * 2;
        x->shared_gone = realloc(x->shared_gone, x->shared_room * sizeof *x->shared_gone);
        ensure(x->shared_gone != NULL);
    }
    x->shared_gone[x->shared_count++] = (uint32_t)frame->extra;
}

static enum ox_action
start_cellhyperlink(struct xmlrw *x, const XML_Char **atts)
{
    const char *id = xmlrw_attribute(x, atts, "id"), *place = xmlrw_attribute(x, atts, "location");
    struct xmlrw_rel *rel = id == NULL ? NULL : xmlrw_rel_find(x, id);
    bool linked = rel != NULL && rel->alive;
    bool inside = place != NULL && place[0] != '\0' && formula_judge(str_of(place)).keep &&
                  str_find(str_of(place), STR("//"), 0) < 0 &&
                  str_find(str_of(place), STR("\\"), 0) < 0;
    /* The place inside a web page may be anything but a path of ours. */
    if ((linked && (place == NULL || str_find(str_of(place), STR("\\"), 0) < 0)) ||
        (id == NULL && inside))
        return OX_KEEP;
    xmlrw_count(x, CHECK_OOXML_35, "hyperlink");
    return OX_DROP;
}

static enum ox_action
start_cachesource(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    const char *type = xmlrw_attribute(x, atts, "type");
    if (type != NULL && strcmp(type, "worksheet") == 0)
        return OX_KEEP;
    xmlrw_count(x, CHECK_EXCEL_06, "cacheSource");
    frame->extra = 1;
    return OX_KEEP;
}

static void
end_cachesource(struct xmlrw *x, struct xmlrw_frame *frame)
{
    if (frame->children > 0)
        return;
    xmlrw_close_tag(x);
    buf_put_z(&x->out, "<worksheetSource ref=\"A1\"/>");
    frame->children++;
}

/* ---- PowerPoint ---- */

static struct xmlrw_frame *
enclosing(struct xmlrw *x, enum ox_hook hook)
{
    for (size_t i = x->frame_count; i-- > 0;)
        if (x->frames[i].row->hook == hook)
            return &x->frames[i];
    return NULL;
}

static enum ox_action
start_oleobj(struct xmlrw *x)
{
    struct xmlrw_frame *outer = enclosing(x, OX_HOOK_FRAME);
    xmlrw_count(x, CHECK_PPT_08, "oleObj");
    if (outer == NULL)
        return OX_DROP;
    outer->extra = 1;
    return OX_KEEP;
}

/* An embedded object's frame becomes the picture that stands for it, or goes. */
static void
end_frame(struct xmlrw *x, struct xmlrw_frame *frame)
{
    if (frame->extra == 0)
        return;
    if (frame->to <= frame->from) {
        frame->doomed = true;
        return;
    }
    size_t n = frame->to - frame->from, shift = frame->from - frame->start, kept = 0;
    memmove(x->out.p + frame->start, x->out.p + frame->from, n);
    for (size_t i = 0; i < x->use_count; i++) {
        struct xmlrw_use use = x->uses[i];
        if (use.at >= frame->start && (use.at < frame->from || use.at >= frame->to))
            continue;
        use.at -= use.at >= frame->from ? shift : 0;
        x->uses[kept++] = use;
    }
    x->use_count = kept;
    x->out.n = frame->start + n;
    x->open = -1;
    x->holes = true;
    frame->mode = XMLRW_UNWRAPPED;
}

static void
after_picture(struct xmlrw *x, const struct xmlrw_frame *frame)
{
    struct xmlrw_frame *outer = enclosing(x, OX_HOOK_FRAME);
    if (outer != NULL && outer->extra != 0 && enclosing(x, OX_HOOK_OLEOBJ) != NULL) {
        outer->from = frame->start;
        outer->to = x->out.n;
    }
}

/* ---- the tables of hooks ---- */

enum ox_action
xmlrw_hook_start(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    switch ((enum ox_hook)frame->row->hook) {
    case OX_HOOK_FLDCHAR:
        return start_fldchar(x, frame, atts);
    case OX_HOOK_FLDSIMPLE:
        return start_fldsimple(x, atts);
    case OX_HOOK_VANISH:
        return start_vanish(x, atts);
    case OX_HOOK_OBJECT:
        return start_object(frame);
    case OX_HOOK_EXT:
        return start_ext(x, frame, atts);
    case OX_HOOK_HLINK:
        return start_hlink(x, atts);
    case OX_HOOK_ALTERNATE:
        return start_alternate(frame);
    case OX_HOOK_CHOICE:
        return start_choice(x, frame, atts);
    case OX_HOOK_FALLBACK:
        return start_fallback(x, frame);
    case OX_HOOK_SHEET:
        return start_sheet(x, atts);
    case OX_HOOK_DEFINEDNAME:
        return start_definedname(x, atts);
    case OX_HOOK_CELLFORMULA:
        return start_cellformula(x, frame, atts);
    case OX_HOOK_CELLHYPERLINK:
        return start_cellhyperlink(x, atts);
    case OX_HOOK_CACHESOURCE:
        return start_cachesource(x, frame, atts);
    case OX_HOOK_OLEOBJ:
        return start_oleobj(x);
    case OX_HOOK_NONE:
    case OX_HOOK_INLINE:
    case OX_HOOK_RUN:
    case OX_HOOK_FRAME:
    case OX_HOOK_TIMING:
        break;
    }
    return OX_KEEP;
}

void
xmlrw_hook_end(struct xmlrw *x, struct xmlrw_frame *frame)
{
    if (frame->row->hook == OX_HOOK_CELLFORMULA)
        end_cellformula(x, frame);
    else if (frame->row->hook == OX_HOOK_CACHESOURCE)
        end_cachesource(x, frame);
    else if (frame->row->hook == OX_HOOK_FRAME)
        end_frame(x, frame);
}

void
xmlrw_hook_after(struct xmlrw *x, struct xmlrw_frame *frame)
{
    const struct ox_row *row = frame->row;
    bool inside = row->hook == OX_HOOK_INLINE || (row->flags & OX_FIELD) != 0;
    if (row->hook == OX_HOOK_FLDCHAR)
        after_fldchar(x, frame);
    else if (inside && any_in_code(x))
        note_piece(x, frame);
    else if (row->out[0] == 'p' && strcmp(row->out, "p:pic") == 0)
        after_picture(x, frame);
}
