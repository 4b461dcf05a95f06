/*
 * ooxml: see ooxml.h. Runs in the disarm worker.
 *
 * Parts are visited first in, first out from the main part, along the relationships in the order
 * they were written; each gets a name of ours when it is first reached. A second run over the
 * output therefore meets the same parts in the same order and gives the same names. Pictures are
 * leaves: rebuilt at once, because their format decides their name.
 */
#include "format/disarm/ooxml.h"

#include "base/mem/ensure.h"
#include "format/disarm/img.h"
#include "format/disarm/link.h"
#include "format/disarm/xmlrw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct part {
    int class;
    struct zip_entry *entry;
    struct str source; /* its name in the input, as found */
    const char *name;  /* in the output, NULL until it is queued */
    const char *type;  /* content type, NULL: by extension */
};

struct walk {
    struct disarm_ctx *ctx;
    struct opc *opc;
    enum kind kind;
    const struct kind_row *row;
    struct part *parts;
    size_t count, room;
    size_t *queue;
    size_t queued, done;
    uint32_t numbers[128]; /* running numbers by part class */
    struct xmlrw *x;
    struct zip_writer *zip;
    struct buf out;
    bool png, jpeg, vml;
};

/* ---- parts ---- */

static int
part_get(struct walk *w, struct zip_entry *entry, int class, struct str source)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->parts[i].entry != entry)
            continue;
        if (w->parts[i].class == class)
            return (int)i;
        disarm_block(w->ctx, REASON_PARSE_AMBIGUOUS, "one part in two roles");
        return -1;
    }
    if (w->count >= w->ctx->profile->limits.parts) {
        disarm_block(w->ctx, REASON_LIMIT_ENTRIES, "parts");
        return -1;
    }
    if (w->count == w->room) {
        w->room = w->room == 0 ? 64 : w->room * 2;
        w->parts = realloc(w->parts, w->room * sizeof *w->parts);
        w->queue = realloc(w->queue, w->room * sizeof *w->queue);
        ensure(w->parts != NULL && w->queue != NULL);
    }
    w->parts[w->count] = (struct part){.class = class, .entry = entry, .source = source};
    return (int)w->count++;
}

/* The pattern of a class filled in: {F} family folder, {N} number (none for the first of its kind
 * where Office writes none), with the picture's extension. */
static const char *
part_name(struct walk *w, const struct part *part, const char *extension)
{
    const char *pattern = ox_parts[part->class].pattern;
    struct buf name;
    buf_init(&name, 300);
    uint32_t number = w->numbers[part->class]++;
    bool bare = strstr(pattern, "{F}") == NULL && strchr(strchr(pattern, '/') + 1, '/') == NULL;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (strncmp(p, "{F}", 3) == 0) {
            buf_put_z(&name, w->row->folder);
            p += 2;
        } else if (strncmp(p, "{N}", 3) == 0) {
            if (number > 0 || !bare)
                buf_printf(&name, "%u", (unsigned)number + 1);
            p += 2;
        } else {
            buf_put_char(&name, *p);
        }
    }
    if (extension != NULL)
        buf_printf(&name, ".%s", extension);
    const char *made = disarm_copy(w->ctx, buf_str(&name));
    buf_free(&name);
    return made;
}

static const char *
part_type(struct walk *w, int class)
{
    const char *type = ox_parts[class].type;
    const char *hole = strstr(type, "{T}");
    if (hole == NULL)
        return type;
    return arena_printf(w->ctx->arena, "%.*s%s%s", (int)(hole - type), type, w->row->main_type,
                        hole + 3);
}

/* A picture that cannot be rebuilt becomes a grey one, so that the place stays. */
static int
rebuild_picture(struct walk *w, struct part *part)
{
    char at[160];
    struct str bytes;
    snprintf(at, sizeof at, "%.*s", STR_FMT(str_slice(part->source, 0, 150)));
    if (zip_read(w->ctx, part->entry, &bytes) < 0)
        return -1;
    enum img_format format = img_sniff(bytes);
    buf_clear(&w->out);
    enum img_result result = img_rebuild(w->ctx, bytes, at, &w->out);
    free((void *)(uintptr_t)bytes.p);
    if (result != IMG_OK) {
        bool vector = format == IMG_EMF || format == IMG_WMF;
        disarm_found(w->ctx, vector ? CHECK_OOXML_43 : CHECK_OOXML_40, "replaced",
                     img_format_word(format), at, 1);
        disarm_lost(w->ctx, "picture");
        format = IMG_PNG;
        buf_clear(&w->out);
        img_grey(&w->out);
    }
    w->png = w->png || format == IMG_PNG;
    w->jpeg = w->jpeg || format == IMG_JPEG;
    part->name = part_name(w, part, format == IMG_PNG ? "png" : "jpeg");
    zip_writer_add(w->zip, str_of(part->name), buf_str(&w->out), true);
    return 0;
}

static int
enqueue(struct walk *w, size_t index)
{
    struct part *part = &w->parts[index];
    if (part->name != NULL)
        return 0;
    if (strcmp(ox_parts[part->class].root, "image") == 0)
        return rebuild_picture(w, part);
    part->name = part_name(w, part, NULL);
    part->type = part_type(w, part->class);
    if (strcmp(ox_parts[part->class].name, "vml") == 0) {
        part->type = NULL;
        w->vml = true;
    }
    w->queue[w->queued++] = index;
    return 0;
}

/* ---- relationships ---- */

static const char *
last_word(const char *type)
{
    const char *slash = strrchr(type, '/');
    return slash == NULL ? type : slash + 1;
}

static struct str
host_of(struct str target)
{
    ptrdiff_t at = str_find(target, STR("//"), 0);
    if (at < 0)
        at = str_starts(target, STR("\\\\")) ? 0 : -1;
    if (at < 0)
        return (struct str){"", 0};
    size_t from = (size_t)at + 2, to = from;
    while (to < target.n && strchr("/\\?#", target.p[to]) == NULL)
        to++;
    return str_slice(target, from, to);
}

/* A hyperlink's address by the URL rule. */
static void
judge_link(struct walk *w, const char *at, struct xmlrw_rel *rel)
{
    struct link_verdict v = link_judge(rel->target);
    bool inside = rel->target.n > 0 && rel->target.p[0] == '#';
    if (!rel->external && !inside) {
        disarm_found(w->ctx, CHECK_LINK_11, "removed", "hyperlink", at, 1);
        return;
    }
    struct str host = v.host.n > 0 ? v.host : host_of(rel->target);
    if (!v.keep) {
        disarm_found_host(w->ctx, v.id, "removed", "hyperlink", at, host);
        return;
    }
    if (!inside && disarm_setting(w->ctx, SWITCH_LINK) != SETTING_ALLOW) {
        disarm_found_host(w->ctx, CHECK_OOXML_35, "removed", "hyperlink", at, host);
        return;
    }
    if (v.note)
        disarm_found_host(w->ctx, v.id, "kept", "hyperlink", at, host);
    rel->alive = true;
}

static int
judge_part(struct walk *w, const char *at, struct str source, struct xmlrw_rel *rel)
{
    struct disarm_ctx *ctx = w->ctx;
    if (rel->external) {
        disarm_found_host(ctx, CHECK_OOXML_34, "removed", last_word(rel->row->type), at,
                          host_of(rel->target));
        return 0;
    }
    struct str name = opc_resolve(ctx, source, rel->target);
    struct zip_entry *entry = name.p == NULL ? NULL : opc_find(w->opc, name);
    if (entry == NULL) {
        disarm_found(ctx, name.p == NULL ? CHECK_OOXML_37 : CHECK_OOXML_36, "removed",
                     last_word(rel->row->type), at, 1);
        return 0;
    }
    w->opc->seen[entry - w->opc->zip.entries] = true;
    rel->child = part_get(w, entry, rel->row->part, name);
    rel->alive = rel->child >= 0;
    return rel->alive ? 0 : -1;
}

static int
judge_relation(struct walk *w, const char *at, struct str source, const char *type,
               struct xmlrw_rel *rel)
{
    struct disarm_ctx *ctx = w->ctx;
    int strict = 0;
    rel->row = ox_relationship(type, w->row->folder, &strict);
    rel->strict = strict != 0;
    rel->child = -1;
    if (rel->row == NULL || rel->row->part == OX_CLASS_MAIN) {
        disarm_found(ctx, CHECK_OOXML_36, "removed", last_word(type), at, 1);
        return 0;
    }
    if (rel->row->part == OX_CLASS_LINK) {
        judge_link(w, at, rel);
        return 0;
    }
    struct str name = rel->external ? (struct str){NULL, 0} : opc_resolve(ctx, source, rel->target);
    struct zip_entry *entry = name.p == NULL ? NULL : opc_find(w->opc, name);
    if (entry != NULL)
        w->opc->seen[entry - w->opc->zip.entries] = true;
    bool off = rel->row->which != SWITCH_NONE &&
               disarm_setting(ctx, (enum disarm_switch)rel->row->which) != SETTING_ALLOW;
    if (rel->row->part == OX_CLASS_DROP || off) {
        int check = rel->row->check >= 0 ? rel->row->check : CHECK_OOXML_36;
        disarm_found_host(ctx, (enum check_id)check, "removed", last_word(type), at,
                          rel->external ? host_of(rel->target) : (struct str){"", 0});
        if (rel->row->which == SWITCH_SIGNATURE)
            disarm_lost(ctx, "signature");
        return 0;
    }
    return judge_part(w, at, source, rel);
}

static int
read_relations(struct walk *w, struct str source, struct xmlrw_rel **ret, size_t *ret_count)
{
    struct opc_relation *raw;
    const char *at = source.n == 0 ? "_rels/.rels" : disarm_copy(w->ctx, source);
    if (opc_relations(w->ctx, w->opc, source, &raw, ret_count) < 0)
        return -1;
    *ret = disarm_alloc(w->ctx, (*ret_count + 1) * sizeof **ret);
    if (*ret == NULL)
        return -1;
    for (size_t i = 0; i < *ret_count; i++) {
        struct xmlrw_rel *rel = &(*ret)[i];
        *rel = (struct xmlrw_rel){
            .id = raw[i].id, .target = raw[i].target, .external = raw[i].external};
        if (judge_relation(w, at, source, raw[i].type, rel) < 0)
            return -1;
    }
    return 0;
}

/* ---- writing ---- */

static void
put_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '&')
            buf_put_z(out, "&amp;");
        else if (s.p[i] == '<')
            buf_put_z(out, "&lt;");
        else if (s.p[i] == '"')
            buf_put_z(out, "&quot;");
        else
            buf_put_char(out, s.p[i]);
    }
}

static void
put_relation_type(struct buf *out, const struct xmlrw_rel *rel)
{
    const char *type = rel->row->type;
    if (strncmp(type, "od:", 3) == 0)
        buf_printf(out, "%s%s",
                   rel->strict
                       ? "http://purl.oclc.org/ooxml/officeDocument/relationships/"
                       : "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
                   type + 3);
    else if (strncmp(type, "ms:", 3) == 0)
        buf_printf(out, "http://schemas.microsoft.com/office/%s", type + 3);
    else
        buf_put_z(out, type);
}

static void
put_relation(struct walk *w, const char *from, const struct xmlrw_rel *rel)
{
    struct buf *out = &w->out;
    buf_put_z(out, "<Relationship Id=\"");
    put_escaped(out, str_of(rel->id));
    buf_put_z(out, "\" Type=\"");
    put_relation_type(out, rel);
    buf_put_z(out, "\" Target=\"");
    if (rel->child >= 0) {
        opc_put_relative(out, from, w->parts[rel->child].name);
        buf_put_z(out, "\"/>");
        return;
    }
    struct buf link;
    buf_init(&link, 4 * LINK_MOST);
    link_put(&link, rel->target);
    put_escaped(out, buf_str(&link));
    buf_free(&link);
    buf_put_z(out, rel->external ? "\" TargetMode=\"External\"/>" : "\"/>");
}

static const char xml_head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

static void
write_relations(struct walk *w, const char *name, struct xmlrw_rel *rels, size_t count)
{
    size_t written = 0;
    char path[400];
    const char *slash = strrchr(name, '/');
    int folder = slash == NULL ? 0 : (int)(slash - name + 1);
    snprintf(path, sizeof path, "%.*s_rels/%s.rels", folder, name, name + folder);
    buf_clear(&w->out);
    buf_printf(&w->out,
               "%s<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
               "relationships\">",
               xml_head);
    for (size_t i = 0; i < count; i++) {
        if (!rels[i].alive || !(rels[i].used || rels[i].row->mode == OX_IMPLICIT))
            continue;
        put_relation(w, name, &rels[i]);
        written++;
    }
    buf_put_z(&w->out, "</Relationships>");
    if (written > 0)
        zip_writer_add(w->zip, str_of(path), buf_str(&w->out), false);
}

/* VML of Office 2007 leaves <br> open: mended once, so that note boxes survive. */
static struct str
mend_vml(struct walk *w, struct str bytes)
{
    struct buf mended;
    buf_init(&mended, bytes.n * 2 + 16);
    for (size_t i = 0; i < bytes.n; i++) {
        buf_put_char(&mended, bytes.p[i]);
        bool open = i >= 3 && bytes.p[i] == '>' && strncasecmp(bytes.p + i - 3, "<br", 3) == 0;
        if (open) {
            mended.p[mended.n - 1] = '/';
            buf_put_char(&mended, '>');
        }
    }
    struct str copy = str_dup(w->ctx->arena, buf_str(&mended));
    buf_free(&mended);
    return copy.p == NULL ? (struct str){"", 0} : copy;
}

static int
rewrite(struct walk *w, const struct part *part, struct xmlrw_rel *rels, size_t count)
{
    struct str bytes;
    const char *at = disarm_copy(w->ctx, part->source);
    if (zip_read(w->ctx, part->entry, &bytes) < 0)
        return -1;
    const struct ox_part *class = &ox_parts[part->class];
    struct str text = bytes;
    if (strcmp(class->root, "xml") == 0 &&
        (str_find(bytes, STR("<br>"), 0) >= 0 || str_find(bytes, STR("<BR>"), 0) >= 0))
        text = mend_vml(w, bytes);
    buf_clear(&w->out);
    int answer = xmlrw_run(w->x, class, at, rels, count, text, &w->out);
    free((void *)(uintptr_t)bytes.p);
    return answer;
}

static int
process(struct walk *w, size_t index)
{
    struct part part = w->parts[index];
    struct xmlrw_rel *rels;
    size_t count;
    if (read_relations(w, part.source, &rels, &count) < 0 || rewrite(w, &part, rels, count) < 0)
        return -1;
    zip_writer_add(w->zip, str_of(part.name), buf_str(&w->out), false);
    for (size_t i = 0; i < count; i++) {
        bool goes = rels[i].alive && (rels[i].used || rels[i].row->mode == OX_IMPLICIT);
        if (goes && rels[i].child >= 0 && enqueue(w, (size_t)rels[i].child) < 0)
            return -1;
    }
    write_relations(w, part.name, rels, count);
    return 0;
}

static void
write_types(struct walk *w)
{
    struct buf *out = &w->out;
    buf_clear(out);
    buf_printf(out,
               "%s<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">",
               xml_head);
    buf_put_z(out, "<Default Extension=\"rels\" ContentType=\"application/"
                   "vnd.openxmlformats-package.relationships+xml\"/>"
                   "<Default Extension=\"xml\" ContentType=\"application/xml\"/>");
    if (w->png)
        buf_put_z(out, "<Default Extension=\"png\" ContentType=\"image/png\"/>");
    if (w->jpeg)
        buf_put_z(out, "<Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>");
    if (w->vml)
        buf_put_z(out, "<Default Extension=\"vml\" ContentType=\"application/"
                       "vnd.openxmlformats-officedocument.vmlDrawing\"/>");
    for (size_t i = 0; i < w->queued; i++) {
        const struct part *part = &w->parts[w->queue[i]];
        if (part->type != NULL)
            buf_printf(out, "<Override PartName=\"/%s\" ContentType=\"%s\"/>", part->name,
                       part->type);
    }
    buf_put_z(out, "</Types>");
    zip_writer_add(w->zip, STR("[Content_Types].xml"), buf_str(out), false);
}

static void
count_unreached(struct walk *w)
{
    uint64_t count = 0;
    for (size_t i = 0; i < w->opc->zip.count; i++) {
        struct str name = w->opc->zip.entries[i].name;
        bool known = w->opc->seen[i] || str_ends(name, STR("/")) || str_ends(name, STR(".rels")) ||
                     str_equal_nocase(name, STR("[content_types].xml"));
        count += !known;
    }
    if (count > 0)
        disarm_found(w->ctx, CHECK_OOXML_36, "removed", "part", "", count);
}

/* The package's own relationships: the main part stays, all others are judged and go. */
static int
start_walk(struct walk *w)
{
    struct opc_relation *raw;
    size_t count;
    struct xmlrw_rel main = {.id = "rId1", .alive = true, .used = true, .child = -1};
    if (opc_relations(w->ctx, w->opc, STR(""), &raw, &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int strict = 0;
        const struct ox_rel *row = ox_relationship(raw[i].type, "", &strict);
        struct xmlrw_rel rel = {
            .id = raw[i].id, .target = raw[i].target, .external = raw[i].external};
        if (row == NULL || row->part != OX_CLASS_MAIN) {
            if (judge_relation(w, "_rels/.rels", STR(""), raw[i].type, &rel) < 0)
                return -1;
            continue;
        }
        struct str name = opc_resolve(w->ctx, STR(""), raw[i].target);
        struct zip_entry *entry = name.p == NULL ? NULL : opc_find(w->opc, name);
        if (main.row != NULL || raw[i].external || entry == NULL)
            return disarm_block(w->ctx, REASON_PARSE_AMBIGUOUS, "main part");
        w->opc->seen[entry - w->opc->zip.entries] = true;
        main.row = row;
        main.strict = strict != 0;
        main.child = part_get(w, entry, ox_part_find(w->row->main_part), name);
    }
    if (main.child < 0)
        return disarm_block(w->ctx, REASON_PARSE_MALFORMED, "main part");
    if (enqueue(w, (size_t)main.child) < 0)
        return -1;
    write_relations(w, "", &main, 1);
    return 0;
}

int
ooxml_kind(struct disarm_ctx *ctx, const struct opc *opc, enum kind *ret_kind)
{
    struct opc_relation *raw;
    size_t count;
    *ret_kind = KIND_UNKNOWN;
    if (opc_relations(ctx, opc, STR(""), &raw, &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int strict = 0;
        const struct ox_rel *row = ox_relationship(raw[i].type, "", &strict);
        if (row == NULL || row->part != OX_CLASS_MAIN || raw[i].external)
            continue;
        struct str name = opc_resolve(ctx, STR(""), raw[i].target);
        if (name.p != NULL)
            *ret_kind = kind_by_content_type(opc_type_of(opc, name));
    }
    return 0;
}

int
ooxml_rebuild(struct disarm_ctx *ctx, struct opc *opc, enum kind kind)
{
    struct walk *w = calloc(1, sizeof *w);
    ensure(w != NULL && ox_part_count < sizeof w->numbers / sizeof w->numbers[0]);
    *w = (struct walk){.ctx = ctx, .opc = opc, .kind = kind, .row = kind_get(kind)};
    w->x = xmlrw_new(ctx);
    w->zip = zip_writer_new();
    buf_init(&w->out, ctx->profile->limits.part_bytes * 2);
    int answer = start_walk(w);
    while (answer == 0 && w->done < w->queued)
        answer = process(w, w->queue[w->done++]);
    if (answer == 0) {
        write_types(w);
        count_unreached(w);
        zip_writer_put(w->zip, 1, &ctx->report->bytes);
        if (ctx->report->bytes.over)
            answer = disarm_block(ctx, REASON_LIMIT_INFLATED, "output");
    }
    xmlrw_free(w->x);
    zip_writer_free(w->zip);
    buf_free(&w->out);
    free(w->parts);
    free(w->queue);
    free(w);
    return answer;
}
