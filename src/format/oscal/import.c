/*
 * import: the door for OSCAL files of others: size, depth, JSON, which model; profiles and
 * mappings. Runs in the command line. Every byte is hostile: what is not of the expected kind is
 * refused, what is not known is kept out and told.
 */
#include "format/oscal/import.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <string.h>

enum { ROWS_MOST = 200000, WHAT_BYTES = 120 };

void
importer_find(struct importer *im, const char *code, const char *where, const char *what)
{
    struct oscal_reading *r = im->reading;
    char key[WHAT_BYTES];
    snprintf(key, sizeof key, "%s %s", code, what);
    struct str cut = {key, utf8_valid_prefix(str_of(key))};
    if (r->finding_count >= POLICY_FINDINGS || json_object_getn(im->seen, cut.p, cut.n) != NULL)
        return;
    ensure(json_object_setn_new(im->seen, cut.p, cut.n, json_true()) == 0);
    if ((r->finding_count & (r->finding_count + 1)) == 0) { /* full: 0, 1, 3, 7 … */
        struct oscal_finding *more =
            arena_array(im->arena, (r->finding_count + 1) * 2, sizeof *more);
        if (more == NULL)
            return;
        if (r->finding_count > 0)
            memcpy(more, r->findings, r->finding_count * sizeof *more);
        r->findings = more;
    }
    r->findings[r->finding_count++] =
        (struct oscal_finding){code, str_dup(im->arena, str_of(where)),
                               str_dup(im->arena, str_slice(cut, strlen(code) + 1, cut.n))};
}

const char *
member_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

void
importer_known(struct importer *im, const json_t *object, const char *where,
               const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            importer_find(im, "P301", where, key);
    }
}

json_t *
prop_value(const json_t *object, const char *name)
{
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *own = member_text(prop, "name"), *ns = member_text(prop, "ns");
        const char *class = member_text(prop, "class");
        json_t *value = json_object_get(prop, "value");
        if (own == NULL || ns == NULL || strcmp(own, name) != 0 || strcmp(ns, OSCAL_NS) != 0 ||
            !json_is_string(value))
            continue;
        if (class == NULL || strcmp(class, "quoted") != 0)
            return json_incref(value);
        json_t *plain = json_loads(json_string_value(value), JSON_DECODE_ANY, NULL);
        if (json_is_string(plain))
            return plain;
        json_decref(plain);
        return NULL;
    }
    return NULL;
}

/* The depth of the brackets outside of texts; what the parser may recurse. */
static size_t
depth_of(struct str bytes)
{
    size_t depth = 0, most = 0;
    bool text = false;
    for (size_t i = 0; i < bytes.n; i++) {
        char c = bytes.p[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text && (c == '{' || c == '['))
            most = ++depth > most ? depth : most;
        else if (!text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return most;
}

bool
oscal_is(struct str bytes)
{
    struct str rest = str_trim(bytes);
    if (rest.n == 0 || rest.p[0] != '{')
        return false;
    rest = str_slice(rest, 0, 4096);
    for (int i = 0; i < OSCAL_MODEL_COUNT; i++) {
        char key[48];
        snprintf(key, sizeof key, "\"%s\"", oscal_model_word((enum oscal_model)i));
        ptrdiff_t at = str_find(rest, str_of(key), 0);
        struct str before = str_trim(str_slice(rest, 1, at < 0 ? 1 : (size_t)at));
        if (at > 0 && (before.n == 0 || str_starts(before, STR("\"$schema\""))))
            return true;
    }
    return false;
}

static struct str
take_text(struct importer *im, const json_t *value)
{
    return str_dup(im->arena, (struct str){json_string_value(value), json_string_length(value)});
}

/* The ids of selectors ("with-ids"); patterns are told and kept out. */
static int
read_ids(struct importer *im, const json_t *selects, const char *where, struct str **ret,
         size_t *ret_count, bool *ret_children)
{
    static const char *const known[] = {"with-ids", "with-child-controls", NULL};
    size_t i, k, most = 0;
    json_t *select, *id;
    json_array_foreach(selects, i, select) most +=
        json_array_size(json_object_get(select, "with-ids"));
    if (most > ROWS_MOST)
        return ERR(im->err, "oscal.count", "%s %zu", where, most);
    *ret = arena_array(im->arena, most + 1, sizeof **ret);
    json_array_foreach(selects, i, select)
    {
        const char *children = member_text(select, "with-child-controls");
        importer_known(im, select, where, known);
        *ret_children = *ret_children || (children != NULL && strcmp(children, "yes") == 0);
        json_array_foreach(json_object_get(select, "with-ids"), k, id)
        {
            if (!json_is_string(id))
                return ERR(im->err, "oscal.shape", "%s with-ids", where);
            if (*ret != NULL)
                (*ret)[(*ret_count)++] = take_text(im, id);
        }
    }
    return arena_check(im->arena, im->err);
}

static int
read_import(struct importer *im, const json_t *import)
{
    static const char *const known[] = {"href", "include-all", "include-controls",
                                        "exclude-controls", NULL};
    struct oscal_selection *s = &im->reading->selections[im->reading->selection_count++];
    const json_t *href = json_object_get(import, "href");
    bool children = false;
    if (!json_is_string(href))
        return ERR(im->err, "oscal.shape", "imports href");
    importer_known(im, import, "imports", known);
    *s = (struct oscal_selection){.href = take_text(im, href)};
    s->all = json_object_get(import, "include-all") != NULL;
    if (read_ids(im, json_object_get(import, "include-controls"), "include-controls", &s->ids,
                 &s->id_count, &s->children) < 0)
        return -1;
    return read_ids(im, json_object_get(import, "exclude-controls"), "exclude-controls",
                    &s->without, &s->without_count, &children);
}

static int
profile_read(struct importer *im, const json_t *body)
{
    static const char *const known[] = {"uuid",  "metadata",    "imports",
                                        "merge", "back-matter", NULL};
    const json_t *imports = json_object_get(body, "imports");
    size_t i;
    json_t *import;
    if (!json_is_array(imports) || json_array_size(imports) > ROWS_MOST)
        return ERR(im->err, "oscal.shape", "imports");
    importer_known(im, body, "profile", known);
    im->reading->selections =
        arena_array(im->arena, json_array_size(imports) + 1, sizeof *im->reading->selections);
    if (im->reading->selections == NULL)
        return arena_check(im->arena, im->err);
    json_array_foreach(imports, i, import) if (read_import(im, import) < 0) return -1;
    return 0;
}

/* Rows that a map gives: each source with each target. */
static size_t
map_rows(const json_t *map)
{
    return json_array_size(json_object_get(map, "sources")) *
           json_array_size(json_object_get(map, "targets"));
}

static bool
is_statement(const json_t *end)
{
    const char *type = member_text(end, "type");
    return type != NULL && strcmp(type, "statement") == 0;
}

static int
read_map(struct importer *im, const json_t *mapping, const json_t *map)
{
    const json_t *from = json_object_get(json_object_get(mapping, "source-resource"), "href");
    const json_t *to = json_object_get(json_object_get(mapping, "target-resource"), "href");
    const json_t *relationship = json_object_get(map, "relationship");
    size_t i, k;
    json_t *source, *target;
    if (!json_is_string(from) || !json_is_string(to) || !json_is_string(relationship))
        return ERR(im->err, "oscal.shape", "mappings");
    json_array_foreach(json_object_get(map, "sources"), i, source)
        json_array_foreach(json_object_get(map, "targets"), k, target)
    {
        const json_t *a = json_object_get(source, "id-ref"), *b = json_object_get(target, "id-ref");
        if (!json_is_string(a) || !json_is_string(b))
            return ERR(im->err, "oscal.shape", "maps id-ref");
        im->reading->maps[im->reading->map_count++] =
            (struct oscal_map){.relationship = take_text(im, relationship),
                               .source_href = take_text(im, from),
                               .target_href = take_text(im, to),
                               .source = take_text(im, a),
                               .target = take_text(im, b),
                               .source_statement = is_statement(source),
                               .target_statement = is_statement(target)};
    }
    return arena_check(im->arena, im->err);
}

static int
mappings_read(struct importer *im, const json_t *mappings)
{
    static const char *const known[] = {
        "uuid", "method", "matching-rationale", "status", "source-resource", "target-resource",
        "maps", NULL};
    static const char *const known_map[] = {"uuid", "relationship", "sources", "targets", NULL};
    size_t i, k, most = 0;
    json_t *mapping, *map;
    json_array_foreach(mappings, i, mapping)
        json_array_foreach(json_object_get(mapping, "maps"), k, map)
    {
        most += map_rows(map);
        if (most > ROWS_MOST)
            return ERR(im->err, "oscal.count", "maps");
    }
    im->reading->maps = arena_array(im->arena, most + 1, sizeof *im->reading->maps);
    if (im->reading->maps == NULL)
        return arena_check(im->arena, im->err);
    json_array_foreach(mappings, i, mapping)
    {
        importer_known(im, mapping, "mappings", known);
        json_array_foreach(json_object_get(mapping, "maps"), k, map)
        {
            importer_known(im, map, "maps", known_map);
            if (read_map(im, mapping, map) < 0)
                return -1;
        }
    }
    return 0;
}

/* One mapping may stand without its list. */
static int
mapping_read(struct importer *im, const json_t *body)
{
    static const char *const known[] = {"uuid",     "metadata",    "provenance",
                                        "mappings", "back-matter", NULL};
    json_t *mappings = json_object_get(body, "mappings");
    importer_known(im, body, "mapping-collection", known);
    if (json_is_array(mappings))
        return mappings_read(im, mappings);
    if (!json_is_object(mappings))
        return ERR(im->err, "oscal.shape", "mappings");
    json_t *list = json_array();
    push(list, json_incref(mappings));
    int rc = mappings_read(im, list);
    json_decref(list);
    return rc;
}

static int
read_model(struct importer *im, const json_t *root, struct str name, struct str sha256_hex,
           size_t bytes)
{
    struct oscal_reading *r = im->reading;
    const json_t *body = NULL;
    const char *key;
    json_t *value;
    r->model = OSCAL_MODEL_COUNT;
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        if (strcmp(key, "$schema") == 0)
            continue;
        if (body != NULL || !json_is_object(value))
            return ERR(im->err, "oscal.model", "%.60s", key);
        body = value;
        for (int i = 0; i < OSCAL_MODEL_COUNT; i++)
            if (strcmp(key, oscal_model_word((enum oscal_model)i)) == 0)
                r->model = (enum oscal_model)i;
    }
    const json_t *title = json_object_get(json_object_get(body, "metadata"), "title");
    if (body != NULL && !json_is_string(title))
        return ERR(im->err, "oscal.shape", "metadata title");
    if (body != NULL)
        r->title = take_text(im, title);
    if (r->model == OSCAL_CATALOG)
        return catalog_read(im, body, name, sha256_hex, bytes);
    if (r->model == OSCAL_PROFILE)
        return profile_read(im, body);
    if (r->model == OSCAL_MAPPING)
        return mapping_read(im, body);
    return ERR(im->err, "oscal.model", "%s", oscal_model_word(r->model));
}

int
oscal_read(struct arena *arena, struct str bytes, struct str name, struct str sha256_hex,
           struct oscal_reading **ret, struct err *err)
{
    struct importer im = {.arena = arena, .err = err};
    if (bytes.n > OSCAL_INPUT_BYTES)
        return ERR(err, "oscal.size", "%zu", bytes.n);
    if (depth_of(bytes) > OSCAL_PARSE_DEPTH)
        return ERR(err, "oscal.json", "%d", OSCAL_PARSE_DEPTH);
    json_t *root = json_loadb(bytes.n == 0 ? "" : bytes.p, bytes.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return ERR(err, "oscal.json", "%.*s", STR_FMT(name));
    }
    im.reading = arena_alloc(arena, sizeof *im.reading);
    im.seen = json_object();
    int rc = im.reading == NULL ? arena_check(arena, err)
                                : read_model(&im, root, name, sha256_hex, bytes.n);
    if (rc == 0)
        rc = arena_check(arena, err);
    json_decref(im.seen);
    json_decref(root);
    *ret = rc == 0 ? im.reading : NULL;
    return rc;
}
