/*
 * xmlrw_write: the writing side of xmlrw.h: tags, attributes by their type, and the assembly of the
 * part. Runs in the disarm worker.
 */
#include "format/disarm/xmlrw.h"

#include "base/mem/ensure.h"
#include "format/disarm/formula.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- escaping ---- */

static void
put_escaped(struct buf *out, const char *p, size_t n, bool value)
{
    /* Everything that needs a code is below '?'. */
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] > '>')
            continue;
        const char *code = NULL;
        switch (p[i]) {
        case '&':
            code = "&amp;";
            break;
        case '<':
            code = "&lt;";
            break;
        case '>':
            code = "&gt;";
            break;
        case '\r':
            code = "&#13;";
            break;
        case '"':
            code = value ? "&quot;" : NULL;
            break;
        case '\n':
            code = value ? "&#10;" : NULL;
            break;
        case '\t':
            code = value ? "&#9;" : NULL;
            break;
        default:
            break;
        }
        if (code == NULL)
            continue;
        buf_put(out, p + from, i - from);
        buf_put_z(out, code);
        from = i + 1;
    }
    buf_put(out, p + from, n - from);
}

void
xmlrw_put_text(struct xmlrw *x, const char *p, size_t n)
{
    put_escaped(&x->out, p, n, false);
}

void
xmlrw_put_value(struct xmlrw *x, const char *p, size_t n)
{
    put_escaped(&x->out, p, n, true);
}

/* ---- cutting ---- */

void
xmlrw_cut(struct xmlrw *x, size_t at)
{
    x->out.n = at;
    x->open = -1;
    x->holes = true;
    size_t pieces = x->piece_count;
    while (x->use_count > 0 && x->uses[x->use_count - 1].at >= at)
        x->use_count--;
    while (x->piece_count > 0 && x->pieces[x->piece_count - 1].to > at)
        x->piece_count--;
    /* A field that lost its beginning or a part of its code cannot stay. */
    for (size_t i = 0; i < x->field_count && x->piece_count < pieces; i++)
        x->fields[i].bad = true;
}

void
xmlrw_blank(struct xmlrw *x, struct xmlrw_span span)
{
    ensure(span.from <= span.to && span.to <= x->out.n);
    if (span.to > span.from)
        memset(x->out.p + span.from, 0, span.to - span.from);
    x->holes = true;
}

struct xmlrw_frame *
xmlrw_written_above(struct xmlrw *x, size_t i)
{
    while (i-- > 0)
        if (x->frames[i].mode == XMLRW_WRITTEN)
            return &x->frames[i];
    return NULL;
}

void
xmlrw_close_tag(struct xmlrw *x)
{
    if (x->open < 0)
        return;
    buf_put_char(&x->out, '>');
    x->open = -1;
}

/* ---- attributes ---- */

struct xmlrw_rel *
xmlrw_rel_find(struct xmlrw *x, const char *id)
{
    for (size_t i = 0; i < x->rel_count; i++)
        if (strcmp(x->rels[i].id, id) == 0)
            return &x->rels[i];
    return NULL;
}

static const struct ox_attr *
find_attr(const struct ox_row *row, unsigned ns, const char *local)
{
    const struct ox_attr *attr = &ox_attrs[row->attr];
    for (size_t i = 0; i < row->attr_count; i++, attr++)
        if (attr->ns == ns && attr->name[0] == local[0] && strcmp(attr->name, local) == 0)
            return attr;
    return NULL;
}

/* True if the table knows LOCAL on ROW in some namespace. */
static bool
knows_local(const struct ox_row *row, const char *local)
{
    const struct ox_attr *attr = &ox_attrs[row->attr];
    for (size_t i = 0; i < row->attr_count; i++, attr++)
        if (strcmp(attr->name, local) == 0)
            return true;
    return false;
}

const char *
xmlrw_attribute(struct xmlrw *x, const XML_Char **atts, const char *local)
{
    const struct ox_row *row = x->frames[x->frame_count - 1].row;
    bool known = knows_local(row, local);
    for (; atts[0] != NULL; atts += 2) {
        const struct xmlrw_name *name = xmlrw_name(x, atts[0], false);
        if (strcmp(atts[0] + name->colon, local) != 0)
            continue;
        if (known ? find_attr(row, name->ns, local) != NULL : name->ns == OX_NONE)
            return atts[1];
    }
    return NULL;
}

/* A plain value never looks like an address. */
static bool
plain_value(const char *value, size_t n)
{
    static const char *const heads[] = {
        "javascript:", "vbscript:", "file:", "mhtml:", "data:", "\\\\", "//"};
    if (memchr(value, ':', n) == NULL && memchr(value, '\\', n) == NULL && value[0] != '/')
        return true;
    struct str s = str_trim((struct str){value, n});
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct str head = str_of(heads[i]);
        if (s.n >= head.n && str_equal_nocase(str_slice(s, 0, head.n), head))
            return false;
    }
    return str_find(s, STR("://"), 0) < 0 && str_find(s, STR(":\\"), 0) < 0;
}

static bool
style_value(const char *value, size_t n)
{
    static const char *const bad[] = {"url(",    "expression", "javascript", "behavior",
                                      "binding", "import",     "://",        "\\"};
    char plain[2048];
    size_t used = 0;
    if (n >= sizeof plain)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = value[i];
        if (c == '/' && i + 1 < n && value[i + 1] == '*')
            return false;
        if (c > ' ' || c < 0)
            plain[used++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (str_find((struct str){plain, used}, str_of(bad[i]), 0) >= 0)
            return false;
    return true;
}

static bool
schema_value(struct str s)
{
    static const char *const heads[] = {
        "{", "http://schemas.openxmlformats.org/", "http://schemas.microsoft.com/",
        "http://purl.oclc.org/ooxml/", "urn:schemas-microsoft-com:"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (str_starts(s, str_of(heads[i])) && s.n < 200)
            return true;
    return false;
}

static void
note_use(struct xmlrw *x, struct xmlrw_rel *rel)
{
    if (x->use_count == x->use_room) {
        x->use_room = x->use_room == 0 ? 64 : x->use_room * 2;
        x->uses = realloc(x->uses, x->use_room * sizeof *x->uses);
        ensure(x->uses != NULL);
    }
    x->uses[x->use_count++] = (struct xmlrw_use){x->out.n, rel};
}

/* Whether the VALUE may stand in ATTR; what goes is counted here. */
static bool
value_allowed(struct xmlrw *x, const struct ox_attr *attr, const char *value)
{
    bool needed = attr->type == OX_ATTR_VALUE || attr->type == OX_ATTR_STYLE ||
                  attr->type == OX_ATTR_SCHEMA || attr->type == OX_ATTR_FORMULA;
    struct str s = needed ? str_of(value) : (struct str){value, 0};
    bool fine = true;
    switch ((enum ox_attr_type)attr->type) {
    case OX_ATTR_VALUE:
        fine = plain_value(value, s.n);
        break;
    case OX_ATTR_STYLE:
        fine = style_value(value, s.n);
        break;
    case OX_ATTR_SCHEMA:
        fine = schema_value(s);
        break;
    case OX_ATTR_FORMULA: {
        struct formula_verdict v = formula_judge(s);
        if (!v.keep)
            disarm_found_host(x->ctx, v.id, "removed", attr->name, x->at, v.host);
        return v.keep;
    }
    case OX_ATTR_DROP:
        xmlrw_count(x, attr->check, attr->name);
        return false;
    case OX_ATTR_PREFIXES:
        return false;
    case OX_ATTR_TEXT:
    case OX_ATTR_RID:
    case OX_ATTR_RID_NEEDED:
    case OX_ATTR_FIELD:
        break;
    }
    if (!fine)
        xmlrw_count(x, CHECK_XML_15, attr->name);
    return fine;
}

static bool
is_declaration(const char *name)
{
    return name[0] == 'x' && strncmp(name, "xmlns", 5) == 0 && (name[5] == '\0' || name[5] == ':');
}

/* Attributes whose numbers count sheets are remembered: they go when a sheet goes. */
static bool
counts_sheets(const struct ox_attr *attr)
{
    bool may = attr->name_n >= 9 && (attr->name[0] == 'a' || attr->name[0] == 'f');
    return may && (strcmp(attr->name, "activeTab") == 0 || strcmp(attr->name, "firstSheet") == 0);
}

static void
put_attribute(struct xmlrw *x, const struct ox_attr *attr, const char *value)
{
    size_t from = x->out.n, n = strlen(value);
    char *room_for = buf_reserve(&x->out, attr->out_n + n + 1);
    if (room_for != NULL && strcspn(value, "&<>\"\r\n\t") == n) { /* nearly always: one piece */
        memcpy(room_for, attr->out, attr->out_n);
        memcpy(room_for + attr->out_n, value, n);
        room_for[attr->out_n + n] = '"';
        x->out.n += attr->out_n + n + 1;
    } else {
        buf_put(&x->out, attr->out, attr->out_n);
        put_escaped(&x->out, value, n, true);
        buf_put_char(&x->out, '"');
    }
    if (attr->ns < OX_XML)
        x->used_ns |= UINT64_C(1) << attr->ns;
    size_t room = sizeof x->tab_attrs / sizeof x->tab_attrs[0];
    if (counts_sheets(attr) && x->tab_attr_count < room)
        x->tab_attrs[x->tab_attr_count++] = (struct xmlrw_span){from, x->out.n};
}

/* The prefixes of Requires in their canonical form; start_choice() saw that all are known. */
static void
put_requires(struct xmlrw *x, const struct ox_attr *attr, const char *value)
{
    struct str rest = str_trim(str_of(value)), word;
    bool first = true;
    buf_put(&x->out, attr->out, attr->out_n);
    while (str_split_next(&rest, ' ', &word)) {
        unsigned ns = xmlrw_prefix(x, word.p, word.n);
        if (word.n == 0 || ns >= OX_XML)
            continue;
        buf_printf(&x->out, "%s%s", first ? "" : " ", ox_namespaces[ns].prefix);
        x->used_ns |= UINT64_C(1) << ns;
        first = false;
    }
    buf_put_char(&x->out, '"');
}

/* Values that follow what else was dropped; false when the attribute goes. */
static bool
hooked_value(struct xmlrw *x, const struct ox_row *row, const struct ox_attr *attr,
             const char **value, char number[16])
{
    uint64_t index = 0;
    if (row->hook == OX_HOOK_SHEET && strcmp(attr->name, "state") == 0)
        return disarm_setting(x->ctx, SWITCH_HIDDEN) == SETTING_ALLOW;
    if (row->hook == OX_HOOK_CACHESOURCE && strcmp(attr->name, "type") == 0)
        *value = "worksheet";
    if (row->hook == OX_HOOK_DEFINEDNAME && strcmp(attr->name, "localSheetId") == 0 &&
        str_to_u64(str_of(*value), &index) && index < x->sheets_seen) {
        snprintf(number, 16, "%d", x->sheet_map[index]);
        *value = number;
    }
    return true;
}

/* One attribute. False when the element cannot stand without it. */
static bool
take_attribute(struct xmlrw *x, const struct ox_row *row, const char *raw, const char *value,
               uint64_t *seen)
{
    struct xmlrw_name *name = xmlrw_name(x, raw, false);
    if (name->last != row) {
        name->attr = find_attr(row, name->ns, raw + name->colon);
        name->last = row;
    }
    const struct ox_attr *attr = name->attr;
    if (attr == NULL) {
        bool markup = name->ns < OX_XML && strcmp(ox_namespaces[name->ns].prefix, "mc") == 0;
        if (!markup)
            xmlrw_count(x, CHECK_XML_15, raw);
        return true;
    }
    uint64_t bit = UINT64_C(1) << ((size_t)(attr - &ox_attrs[row->attr]) & 63);
    if ((*seen & bit) != 0 && row->attr_count <= 64) {
        xmlrw_fail(x, REASON_PARSE_MALFORMED, "attribute twice");
        return true;
    }
    *seen |= bit;
    char number[16];
    if (attr->type == OX_ATTR_PREFIXES && row->hook == OX_HOOK_CHOICE) {
        put_requires(x, attr, value);
        return true;
    }
    if (!value_allowed(x, attr, value) || !hooked_value(x, row, attr, &value, number))
        return true;
    if (attr->type == OX_ATTR_RID || attr->type == OX_ATTR_RID_NEEDED) {
        struct xmlrw_rel *rel = xmlrw_rel_find(x, value);
        bool kept_empty = value[0] == '\0' && row->hook == OX_HOOK_HLINK;
        if (!kept_empty && (rel == NULL || !rel->alive))
            return attr->type == OX_ATTR_RID;
        if (rel != NULL)
            note_use(x, rel);
    }
    put_attribute(x, attr, value);
    return true;
}

bool
xmlrw_start_tag(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts)
{
    const struct ox_row *row = frame->row;
    struct xmlrw_frame *parent = xmlrw_written_above(x, (size_t)(frame - x->frames));
    xmlrw_close_tag(x);
    frame->start = x->out.n;
    frame->mode = XMLRW_WRITTEN;
    buf_put_char(&x->out, '<');
    buf_put(&x->out, row->out, row->out_n);
    if (x->frame_count == 1)
        x->declare_at = x->out.n;
    if (row->ns < OX_XML)
        x->used_ns |= UINT64_C(1) << row->ns;
    x->open = frame - x->frames;
    uint64_t seen = 0;
    for (; atts[0] != NULL && !x->failed; atts += 2) {
        if (is_declaration(atts[0]))
            continue;
        if (!take_attribute(x, row, atts[0], atts[1], &seen)) {
            xmlrw_cut(x, frame->start);
            return false;
        }
    }
    if (parent != NULL)
        parent->children++;
    return true;
}

/* ---- assembly ---- */

/* The prefixes that the finished BODY really uses: needed again after something was cut. */
static uint64_t
scan_prefix(const char *p, size_t n)
{
    for (unsigned i = 0; i < ox_namespace_count; i++)
        if (strlen(ox_namespaces[i].prefix) == n && memcmp(ox_namespaces[i].prefix, p, n) == 0)
            return UINT64_C(1) << i;
    return 0;
}

static uint64_t
scan_requires(struct str value)
{
    uint64_t used = 0;
    struct str word;
    while (str_split_next(&value, ' ', &word))
        used |= scan_prefix(word.p, word.n);
    return used;
}

/* One start tag from behind its '<' to its '>'. */
static uint64_t
scan_tag(struct str tag)
{
    uint64_t used = 0;
    size_t i = 0;
    while (i < tag.n) {
        size_t from = i, colon = 0;
        while (i < tag.n && tag.p[i] != '=' && tag.p[i] != ' ' && tag.p[i] != '/') {
            if (tag.p[i] == ':')
                colon = i;
            i++;
        }
        if (colon > from)
            used |= scan_prefix(tag.p + from, colon - from);
        else if (from == 0)
            used |= scan_prefix("", 0);
        if (i < tag.n && tag.p[i] == '=') {
            struct str name = str_slice(tag, from, i);
            ptrdiff_t end = str_find(tag, STR("\""), i + 2);
            size_t stop = end < 0 ? tag.n : (size_t)end;
            if (str_equal_z(name, "Requires"))
                used |= scan_requires(str_slice(tag, i + 2, stop));
            i = stop;
        }
        i++;
    }
    return used;
}

static uint64_t
scan_used(struct str body)
{
    uint64_t used = 0;
    for (ptrdiff_t at = str_find(body, STR("<"), 0); at >= 0;
         at = str_find(body, STR("<"), (size_t)at + 1)) {
        size_t from = (size_t)at + 1;
        if (from < body.n && body.p[from] == '/')
            continue;
        ptrdiff_t end = str_find(body, STR(">"), from);
        used |= scan_tag(str_slice(body, from, end < 0 ? body.n : (size_t)end));
    }
    return used;
}

/* Takes the NULs out and makes <a></a> to <a/>, so that the result is what a second run writes.
 * Returns the new length; *DECLARE_AT follows. */
static size_t
squeeze(char *p, size_t n)
{
    size_t to = 0, tag = SIZE_MAX; /* tag: '<' of the start tag that was just closed */
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\0')
            continue;
        if (p[i] != '<') {
            size_t next = i;
            while (next < n && p[next] != '<' && p[next] != '\0')
                next++;
            memmove(p + to, p + i, next - i);
            to += next - i;
            tag = SIZE_MAX;
            i = next - 1;
            continue;
        }
        size_t end = i;
        while (end < n && p[end] != '>')
            end++;
        bool closing = i + 1 < n && p[i + 1] == '/';
        if (closing && tag != SIZE_MAX) {
            p[to - 1] = '/';
            p[to++] = '>';
            tag = SIZE_MAX;
            i = end;
            continue;
        }
        size_t start = to;
        for (size_t k = i; k <= end && k < n; k++)
            if (p[k] != '\0')
                p[to++] = p[k];
        tag = !closing && to >= 2 && p[to - 2] != '/' ? start : SIZE_MAX;
        i = end;
    }
    return to;
}

static void
put_declarations(struct xmlrw *x, struct buf *out)
{
    static const char *const ignorable[] = {"w14", "w15", "wp14", "a14", "p14"};
    char list[64] = "";
    uint64_t used = x->used_ns;
    for (size_t i = 0; i < sizeof ignorable / sizeof ignorable[0]; i++) {
        if ((used & scan_prefix(ignorable[i], strlen(ignorable[i]))) == 0)
            continue;
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", n > 0 ? " " : "", ignorable[i]);
    }
    if (list[0] != '\0')
        used |= scan_prefix("mc", 2);
    for (unsigned i = 0; i < ox_namespace_count; i++) {
        const struct ox_ns *ns = &ox_namespaces[i];
        if ((used >> i & 1) == 0)
            continue;
        buf_printf(out, " xmlns%s%s=\"%s\"", ns->prefix[0] != '\0' ? ":" : "", ns->prefix,
                   x->strict && ns->strict != NULL ? ns->strict : ns->uri);
    }
    if (list[0] != '\0')
        buf_printf(out, " mc:Ignorable=\"%s\"", list);
}

int
xmlrw_finish(struct xmlrw *x, struct buf *out)
{
    if (x->out.n == 0)
        return disarm_block(x->ctx, REASON_PARSE_MALFORMED, x->at);
    if (x->holes) {
        x->out.n = squeeze(x->out.p, x->out.n);
        x->used_ns = scan_used(buf_str(&x->out)) & x->part->namespaces;
    }
    /* The root element may have been left without content: its name ends where it ended before. */
    struct str body = buf_str(&x->out);
    if (strcmp(x->part->root, "xml") != 0)
        buf_put_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    buf_put(out, body.p, x->declare_at);
    put_declarations(x, out);
    buf_put_str(out, str_slice(body, x->declare_at, body.n));
    if (out->over)
        return disarm_block(x->ctx, REASON_LIMIT_INFLATED, x->at);
    return 0;
}
