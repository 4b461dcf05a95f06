/*
 * opc: see opc.h. Runs in the disarm worker. The two package formats are read with a bare expat and
 * by local names only: whatever strangeness is accepted here, both are written anew.
 */
#include "format/disarm/opc.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct str
lower_copy(struct disarm_ctx *ctx, struct str s)
{
    char *copy = disarm_alloc(ctx, s.n + 1);
    if (copy == NULL)
        return (struct str){NULL, 0};
    for (size_t i = 0; i < s.n; i++)
        copy[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (struct str){copy, s.n};
}

static int
name_compare(const void *a, const void *b)
{
    const struct opc_name *x = a, *y = b;
    return str_compare(x->lower, y->lower);
}

static bool
is_piece(struct str name)
{
    return str_find(name, STR("].piece"), 0) >= 0 || str_find(name, STR("].last.piece"), 0) >= 0;
}

static int
index_names(struct disarm_ctx *ctx, struct opc *opc)
{
    opc->names = disarm_alloc(ctx, (opc->zip.count + 1) * sizeof *opc->names);
    opc->seen = disarm_alloc(ctx, opc->zip.count + 1);
    if (opc->names == NULL || opc->seen == NULL)
        return -1;
    for (size_t i = 0; i < opc->zip.count; i++) {
        struct str name = opc->zip.entries[i].name;
        if (str_ends(name, STR("/")))
            continue;
        struct str lower = lower_copy(ctx, name);
        for (size_t k = 0; k < lower.n; k++)
            if (lower.p[k] == '\\')
                ((char *)(uintptr_t)lower.p)[k] = '/'; /* written by old .NET */
        if (is_piece(lower))
            return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "interleaved part");
        opc->names[opc->name_count++] = (struct opc_name){lower, i};
    }
    qsort(opc->names, opc->name_count, sizeof *opc->names, name_compare);
    for (size_t i = 1; i < opc->name_count; i++)
        if (str_equal(opc->names[i - 1].lower, opc->names[i].lower)) {
            disarm_found(ctx, CHECK_ZIP_09, "kept", "name twice", "", 1);
            return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "two parts of one name");
        }
    return 0;
}

struct zip_entry *
opc_find(const struct opc *opc, struct str name)
{
    char lower[512];
    if (name.n >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
    struct opc_name want = {.lower = {lower, name.n}};
    const struct opc_name *found =
        bsearch(&want, opc->names, opc->name_count, sizeof *opc->names, name_compare);
    return found == NULL ? NULL : &opc->zip.entries[found->entry];
}

/* ---- a bare reader for the two package formats ---- */

struct reader {
    struct disarm_ctx *ctx;
    XML_Parser parser;
    struct opc *opc;
    const char *at;
    unsigned depth;
    bool failed;
    struct opc_relation *relations;
    size_t count, room;
};

static const char *
attribute(const XML_Char **atts, const char *name)
{
    for (; atts[0] != NULL; atts += 2)
        if (strcmp(atts[0], name) == 0)
            return atts[1];
    return NULL;
}

static void
stop(struct reader *r, enum disarm_reason reason)
{
    disarm_block(r->ctx, reason, r->at);
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int has)
{
    struct reader *r = data;
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)has;
    disarm_found(r->ctx, CHECK_XML_01, "kept", "DOCTYPE", r->at, 1);
    stop(r, REASON_PARSE_MALFORMED);
}

static void
add_type(struct reader *r, bool override, const char *key, const char *type)
{
    struct opc *opc = r->opc;
    if (opc->type_count == opc->type_room) {
        size_t room = opc->type_room == 0 ? 64 : opc->type_room * 2;
        struct opc_type *more = disarm_alloc(r->ctx, room * sizeof *more);
        if (more == NULL) {
            r->failed = true;
            return;
        }
        if (opc->type_count > 0)
            memcpy(more, opc->types, opc->type_count * sizeof *more);
        opc->types = more;
        opc->type_room = room;
    }
    struct str s = lower_copy(r->ctx, str_of(key));
    if (override && s.n > 0 && s.p[0] == '/')
        s = str_slice(s, 1, s.n);
    struct str kind = str_of(disarm_copy(r->ctx, str_of(type)));
    opc->types[opc->type_count++] = (struct opc_type){override, s, kind};
}

static void XMLCALL
on_types(void *data, const XML_Char *name, const XML_Char **atts)
{
    struct reader *r = data;
    const char *colon = strchr(name, ':'), *local = colon == NULL ? name : colon + 1;
    const char *type = attribute(atts, "ContentType");
    const char *part = attribute(atts, "PartName"), *extension = attribute(atts, "Extension");
    if (r->failed || type == NULL)
        return;
    if (r->opc->type_count > 2 * r->ctx->profile->limits.parts)
        stop(r, REASON_LIMIT_ENTRIES);
    else if (strcmp(local, "Override") == 0 && part != NULL)
        add_type(r, true, part, type);
    else if (strcmp(local, "Default") == 0 && extension != NULL)
        add_type(r, false, extension, type);
}

static void
add_relation(struct reader *r, const XML_Char **atts)
{
    const char *id = attribute(atts, "Id"), *type = attribute(atts, "Type");
    const char *target = attribute(atts, "Target"), *mode = attribute(atts, "TargetMode");
    if (id == NULL || type == NULL || target == NULL || id[0] == '\0' || strlen(id) > 255) {
        stop(r, REASON_PARSE_MALFORMED);
        return;
    }
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 32 : r->room * 2;
        struct opc_relation *more = disarm_alloc(r->ctx, room * sizeof *more);
        if (more == NULL || room > 4 * r->ctx->profile->limits.parts) {
            stop(r, REASON_LIMIT_ENTRIES);
            return;
        }
        if (r->count > 0)
            memcpy(more, r->relations, r->count * sizeof *more);
        r->relations = more;
        r->room = room;
    }
    r->relations[r->count++] = (struct opc_relation){
        disarm_copy(r->ctx, str_of(id)), disarm_copy(r->ctx, str_of(type)),
        str_of(disarm_copy(r->ctx, str_of(target))), mode != NULL && strcmp(mode, "External") == 0};
}

static void XMLCALL
on_relations(void *data, const XML_Char *name, const XML_Char **atts)
{
    struct reader *r = data;
    const char *colon = strchr(name, ':'), *local = colon == NULL ? name : colon + 1;
    if (!r->failed && strcmp(local, "Relationship") == 0)
        add_relation(r, atts);
}

static int
read_xml(struct reader *r, const struct zip_entry *entry, XML_StartElementHandler start)
{
    struct str bytes;
    if (zip_read(r->ctx, entry, &bytes) < 0)
        return -1;
    r->parser = XML_ParserCreate(NULL);
    XML_SetHashSalt(r->parser, 1);
    XML_SetUserData(r->parser, r);
    XML_SetStartElementHandler(r->parser, start);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    enum XML_Status status = bytes.n > INT32_MAX
                                 ? XML_STATUS_ERROR
                                 : XML_Parse(r->parser, bytes.p, (int)bytes.n, XML_TRUE);
    XML_ParserFree(r->parser);
    free((void *)(uintptr_t)bytes.p);
    if (r->failed)
        return -1;
    return status == XML_STATUS_OK ? 0 : disarm_block(r->ctx, REASON_PARSE_MALFORMED, r->at);
}

int
opc_open(struct disarm_ctx *ctx, const struct zip *zip, struct opc *ret_opc)
{
    struct opc opc = {.zip = *zip};
    if (index_names(ctx, &opc) < 0)
        return -1;
    const struct zip_entry *types = opc_find(&opc, STR("[content_types].xml"));
    if (types == NULL)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "[Content_Types].xml");
    struct reader reader = {.ctx = ctx, .opc = &opc, .at = "[Content_Types].xml"};
    if (read_xml(&reader, types, on_types) < 0)
        return -1;
    *ret_opc = opc;
    return 0;
}

struct str
opc_type_of(const struct opc *opc, struct str name)
{
    struct str extension = {"", 0}, found = {"", 0};
    for (size_t i = name.n; i-- > 0 && name.p[i] != '/';)
        if (name.p[i] == '.') {
            extension = str_slice(name, i + 1, name.n);
            break;
        }
    for (size_t i = 0; i < opc->type_count; i++) {
        const struct opc_type *t = &opc->types[i];
        if (t->override && str_equal_nocase(t->key, name))
            return t->type;
        if (!t->override && str_equal_nocase(t->key, extension))
            found = t->type;
    }
    return found;
}

static int
id_compare(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static int
refuse_double_ids(struct disarm_ctx *ctx, const struct reader *r)
{
    const char **ids = disarm_alloc(ctx, (r->count + 1) * sizeof *ids);
    if (ids == NULL)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        ids[i] = r->relations[i].id;
    qsort(ids, r->count, sizeof *ids, id_compare);
    for (size_t i = 1; i < r->count; i++) {
        if (strcmp(ids[i - 1], ids[i]) != 0)
            continue;
        disarm_found(ctx, CHECK_OOXML_37, "kept", "relationship id twice", r->at, 1);
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, r->at);
    }
    return 0;
}

int
opc_relations(struct disarm_ctx *ctx, const struct opc *opc, struct str name,
              struct opc_relation **ret, size_t *ret_count)
{
    size_t slash = name.n;
    while (slash > 0 && name.p[slash - 1] != '/')
        slash--;
    struct str folder = str_slice(name, 0, slash), base = str_slice(name, slash, name.n);
    char *path = arena_printf(ctx->arena, "%.*s_rels/%.*s.rels", STR_FMT(folder), STR_FMT(base));
    if (path == NULL)
        return disarm_block(ctx, REASON_LIMIT_MEMORY, NULL);
    const struct zip_entry *entry = opc_find(opc, str_of(path));
    *ret = NULL;
    *ret_count = 0;
    if (entry == NULL)
        return 0;
    opc->seen[entry - opc->zip.entries] = true;
    struct reader reader = {.ctx = ctx, .at = path};
    if (read_xml(&reader, entry, on_relations) < 0 || refuse_double_ids(ctx, &reader) < 0)
        return -1;
    *ret = reader.relations;
    *ret_count = reader.count;
    return 0;
}

struct str
opc_resolve(struct disarm_ctx *ctx, struct str source, struct str target)
{
    struct str none = {NULL, 0};
    size_t slash = source.n;
    while (slash > 0 && source.p[slash - 1] != '/')
        slash--;
    struct str folder = str_slice(source, 0, slash);
    if (str_find(target, STR("\\"), 0) >= 0 || str_find(target, STR(":"), 0) >= 0)
        return none;
    ptrdiff_t fragment = str_find(target, STR("#"), 0);
    target = str_slice(target, 0, fragment < 0 ? target.n : (size_t)fragment);
    if (str_starts(target, STR("/"))) {
        folder.n = 0;
        target = str_slice(target, 1, target.n);
    }
    char *out = disarm_alloc(ctx, folder.n + target.n + 2);
    if (out == NULL)
        return none;
    memcpy(out, folder.p == NULL ? "" : folder.p, folder.n);
    size_t n = folder.n;
    struct str part;
    while (str_split_next(&target, '/', &part)) {
        if (str_equal_z(part, ".") || part.n == 0)
            continue;
        if (str_equal_z(part, "..")) {
            if (n == 0)
                return none;
            for (n--; n > 0 && out[n - 1] != '/';)
                n--;
            continue;
        }
        memcpy(out + n, part.p, part.n);
        n += part.n;
        out[n++] = '/';
    }
    return n == 0 ? none : (struct str){out, n - 1};
}

void
opc_put_relative(struct buf *buf, const char *from, const char *to)
{
    size_t same = 0;
    for (size_t i = 0; from[i] != '\0' && from[i] == to[i]; i++)
        if (from[i] == '/')
            same = i + 1;
    for (const char *p = from + same; *p != '\0'; p++)
        if (*p == '/')
            buf_put_z(buf, "../");
    buf_put_z(buf, to + same);
}
