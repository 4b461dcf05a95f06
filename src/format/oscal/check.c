/*
 * check: see check.h. Runs before anything is exported. A file is walked twice: first what it
 * declares (uuids with their kind, ids per kind), then what it names. Files know each other by name
 * only; nothing is fetched, so an import that is not among the files is an error.
 */
#include "format/oscal/check.h"

#include "base/mem/ensure.h"
#include "format/oscal/make.h"

#include <string.h>

enum { FILES_MOST = 64, IMPORTS_MOST = 32, DETAIL_BYTES = 80 };

/* A file, what it declares, and the controls it offers. */
struct doc {
    const char *name, *model;
    const json_t *body;
    json_t *uuids;                                      /* uuid → kind */
    json_t *controls, *groups, *parts, *params, *roles; /* ids */
    json_t *children;                                   /* control → its "controls" */
    json_t *known, *selected, *statements, *insertable; /* through its imports; NULL: none */
    bool resolving;
};

struct checker {
    struct doc docs[FILES_MOST];
    size_t count;
    struct doc *doc; /* at hand */
    struct err *err;
};

static int
fail(struct checker *c, const char *key, const char *value, const char *why)
{
    return ERR(c->err, "oscal.reference", "%s %s %.*s: %s", c->doc->name, key, DETAIL_BYTES,
               value == NULL ? "" : value, why);
}

static bool
in(const json_t *set, const char *id)
{
    return set != NULL && id != NULL && json_object_get(set, id) != NULL;
}

static json_t *
ids_of(struct doc *d, const char *holder)
{
    const struct {
        const char *holder;
        json_t *ids;
    } kinds[] = {{"controls", d->controls},
                 {"groups", d->groups},
                 {"parts", d->parts},
                 {"params", d->params},
                 {"roles", d->roles}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].holder, holder) == 0)
            return kinds[i].ids;
    return NULL;
}

/* Digits where FORM has 0, else its signs: "0000-00-00T00:00:00". */
static bool
has_form(const char *s, const char *form)
{
    for (; *form != 0; s++, form++)
        if (*form == '0' ? *s < '0' || *s > '9' : *s != *form)
            return false;
    return true;
}

static int
two(const char *s)
{
    return (s[0] - '0') * 10 + (s[1] - '0');
}

bool
oscal_time_valid(const char *s)
{
    if (strlen(s) < 20 || !has_form(s, "0000-00-00T00:00:00") || two(s + 5) < 1 ||
        two(s + 5) > 12 || two(s + 8) < 1 || two(s + 8) > 31 || two(s + 11) > 23 ||
        two(s + 14) > 59 || two(s + 17) > 59)
        return false;
    s += 19;
    if (*s == '.' && s[1] >= '0' && s[1] <= '9')
        do
            s++;
        while (*s >= '0' && *s <= '9');
    if (strcmp(s, "Z") == 0)
        return true;
    return strlen(s) == 6 && (*s == '+' || *s == '-') && has_form(s + 1, "00:00") &&
           two(s + 1) <= (*s == '+' ? 14 : 12) && strcmp(s + 3, ":00") == 0;
}

static bool
is_time_key(const char *key)
{
    static const char *const keys[] = {"last-modified", "published", "start",   "end",
                                       "collected",     "expires",   "deadline"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* No empty list or text, no time of another form; a property is a token and a clean text. */
static int
check_values(struct checker *c, const json_t *object, const char *holder)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const char *text = json_string_value(value);
        struct str s = {text, json_string_length(value)};
        if (json_is_array(value) && json_array_size(value) == 0)
            return fail(c, key, "", "empty list");
        if (text == NULL)
            continue;
        if (s.n == 0)
            return fail(c, key, "", "empty text");
        if (is_time_key(key) && !oscal_time_valid(text))
            return fail(c, key, text, "no date-time with an offset");
        if (strcmp(holder, "props") == 0 && strcmp(key, "value") == 0 && !value_clean(s))
            return fail(c, key, text, "no text of one line");
        if (strcmp(holder, "props") == 0 && strcmp(key, "name") == 0 && !token_valid(s))
            return fail(c, key, text, "no token");
        if (strcmp(key, "title") == 0 && memchr(s.p, '\n', s.n) != NULL)
            return fail(c, key, text, "more than one line");
    }
    return 0;
}

static int
declare(struct checker *c, const json_t *object, const char *holder)
{
    struct doc *d = c->doc;
    const char *uuid = json_string_value(json_object_get(object, "uuid"));
    const char *id = json_string_value(json_object_get(object, "id"));
    json_t *ids = ids_of(d, holder);
    if (check_values(c, object, holder) < 0)
        return -1;
    if (uuid != NULL) {
        if (!uuid_valid(uuid))
            return fail(c, "uuid", uuid, "no uuid");
        if (in(d->uuids, uuid))
            return fail(c, "uuid", uuid, "declared twice");
        put(d->uuids, uuid, text_json(str_of(holder)));
    }
    if (ids == NULL || id == NULL)
        return 0;
    if (!token_valid(str_of(id)))
        return fail(c, "id", id, "no token");
    if (in(ids, id))
        return fail(c, "id", id, "declared twice");
    put(ids, id, json_true());
    json_t *below = json_object_get(object, "controls");
    if (strcmp(holder, "controls") == 0 && below != NULL)
        put(d->children, id, json_incref(below));
    return 0;
}

static struct doc *
doc_named(struct checker *c, const char *href)
{
    for (size_t i = 0; href != NULL && i < c->count; i++)
        if (strcmp(c->docs[i].name, href) == 0)
            return &c->docs[i];
    return NULL;
}

/* The file HREF means, through back matter where it is "#uuid". */
static struct doc *
doc_open(struct checker *c, const struct doc *from, const char *href)
{
    size_t i, k;
    json_t *resource, *link;
    if (href == NULL || href[0] != '#')
        return doc_named(c, href);
    const json_t *back = json_object_get(from->body, "back-matter");
    json_array_foreach(json_object_get(back, "resources"), i, resource)
    {
        const char *uuid = json_string_value(json_object_get(resource, "uuid"));
        if (uuid == NULL || strcmp(uuid, href + 1) != 0)
            continue;
        json_array_foreach(json_object_get(resource, "rlinks"), k, link)
        {
            struct doc *d = doc_named(c, json_string_value(json_object_get(link, "href")));
            if (d != NULL)
                return d;
        }
    }
    return NULL;
}

/* The hrefs a file builds on. */
static size_t
imports_of(const struct doc *d, const char *hrefs[IMPORTS_MOST])
{
    static const char *const keys[] = {"import-profile", "import-ssp", "import-ap"};
    size_t i, n = 0;
    json_t *import;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const json_t *one = json_object_get(d->body, keys[k]);
        if (one != NULL)
            hrefs[n++] = json_string_value(json_object_get(one, "href"));
    }
    json_array_foreach(json_object_get(d->body, "imports"), i, import) if (n < IMPORTS_MOST)
        hrefs[n++] = json_string_value(json_object_get(import, "href"));
    return n;
}

static void
copy_ids(json_t *to, const json_t *from)
{
    ensure(json_object_update(to, (json_t *)(uintptr_t)from) == 0);
}

static void
select_control(struct doc *d, const struct doc *from, const char *id, bool deep)
{
    size_t i;
    json_t *child;
    if (!in(from->selected, id) || in(d->selected, id))
        return;
    put(d->selected, id, json_true());
    if (!deep)
        return;
    json_array_foreach(json_object_get(from->children, id), i, child)
        select_control(d, from, json_string_value(json_object_get(child, "id")), true);
}

static int
select_listed(struct checker *c, struct doc *d, const struct doc *from, const json_t *selects)
{
    size_t i, k;
    json_t *select, *id;
    json_array_foreach(selects, i, select)
    {
        const char *deep = json_string_value(json_object_get(select, "with-child-controls"));
        if (json_object_get(select, "matching") != NULL)
            return fail(c, "matching", "", "patterns are not read here");
        json_array_foreach(json_object_get(select, "with-ids"), k, id)
        {
            if (!in(from->known, json_string_value(id)))
                return fail(c, "with-ids", json_string_value(id), "no such control");
            select_control(d, from, json_string_value(id),
                           deep != NULL && strcmp(deep, "yes") == 0);
        }
    }
    return 0;
}

static int resolve(struct checker *c, struct doc *d);

static int
resolve_import(struct checker *c, struct doc *d, const json_t *import)
{
    const char *href = json_string_value(json_object_get(import, "href"));
    struct doc *from = doc_open(c, d, href);
    if (from == NULL)
        return fail(c, "href", href, "no such file");
    if (resolve(c, from) < 0)
        return -1;
    if (from->known == NULL)
        return fail(c, "href", href, "neither catalog nor profile");
    copy_ids(d->known, from->known);
    copy_ids(d->statements, from->statements);
    copy_ids(d->insertable, from->insertable);
    copy_ids(d->children, from->children);
    if (json_object_get(import, "include-all") != NULL)
        copy_ids(d->selected, from->selected);
    const json_t *excluded = json_object_get(import, "exclude-controls");
    if (excluded != NULL)
        return fail(c, "exclude-controls", "", "exclusions are not read here");
    return select_listed(c, d, from, json_object_get(import, "include-controls"));
}

/* Fills known, selected … of a catalog, of a profile from its imports, of others from what they
 * import first. */
static int
resolve(struct checker *c, struct doc *d)
{
    const char *hrefs[IMPORTS_MOST];
    size_t i;
    json_t *import;
    if (d->known != NULL)
        return 0;
    if (d->resolving)
        return fail(c, "import", d->name, "imports itself");
    bool catalog = strcmp(d->model, "catalog") == 0, profile = strcmp(d->model, "profile") == 0;
    if (!catalog && !profile) {
        struct doc *from = imports_of(d, hrefs) > 0 ? doc_open(c, d, hrefs[0]) : NULL;
        d->resolving = true;
        int rc = from == NULL ? 0 : resolve(c, from);
        d->resolving = false;
        if (rc == 0 && from != NULL && from->known != NULL) {
            d->known = json_incref(from->known);
            d->selected = json_incref(from->selected);
            d->statements = json_incref(from->statements);
            d->insertable = json_incref(from->insertable);
        }
        return rc;
    }
    d->known = catalog ? json_incref(d->controls) : json_object();
    d->selected = catalog ? json_incref(d->controls) : json_object();
    d->statements = catalog ? json_incref(d->parts) : json_object();
    d->insertable = catalog ? json_incref(d->params) : json_object();
    d->resolving = true;
    json_array_foreach(json_object_get(d->body, "imports"), i,
                       import) if (profile && resolve_import(c, d, import) < 0) return -1;
    d->resolving = false;
    return 0;
}

/* The kind under which UUID is declared here or in what is imported; NULL: nowhere. */
static const char *
kind_of(struct checker *c, const struct doc *d, const char *uuid, unsigned depth)
{
    const char *hrefs[IMPORTS_MOST];
    const json_t *kind = uuid == NULL ? NULL : json_object_get(d->uuids, uuid);
    if (kind != NULL)
        return json_string_value(kind);
    size_t n = depth == 0 ? 0 : imports_of(d, hrefs);
    for (size_t i = 0; i < n; i++) {
        const struct doc *from = doc_open(c, d, hrefs[i]);
        const char *found = from == NULL ? NULL : kind_of(c, from, uuid, depth - 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static int
check_uuid(struct checker *c, const json_t *object, const char *key, const char *uuid)
{
    static const struct {
        const char *key, *kind;
    } wants[] = {{"party-uuid", "parties"},        {"party-uuids", "parties"},
                 {"component-uuid", "components"}, {"observation-uuid", "observations"},
                 {"risk-uuid", "risks"},           {"finding-uuid", "findings"},
                 {"activity-uuid", "activities"},  {"task-uuid", "tasks"},
                 {"location-uuids", "locations"}};
    const char *kind = kind_of(c, c->doc, uuid, 8), *want = NULL;
    const char *type = json_string_value(json_object_get(object, "type"));
    if (kind == NULL)
        return fail(c, key, uuid, "not declared");
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        if (strcmp(wants[i].key, key) == 0)
            want = wants[i].kind;
    if (strcmp(key, "subject-uuid") == 0 && type != NULL && strcmp(type, "component") == 0)
        want = "components";
    if (want != NULL && strcmp(want, kind) != 0)
        return fail(c, key, uuid, kind);
    return 0;
}

static bool
role_known(struct checker *c, const struct doc *d, const char *role, unsigned depth)
{
    const char *hrefs[IMPORTS_MOST];
    if (in(d->roles, role))
        return true;
    size_t n = depth == 0 ? 0 : imports_of(d, hrefs);
    for (size_t i = 0; i < n; i++) {
        const struct doc *from = doc_open(c, d, hrefs[i]);
        if (from != NULL && role_known(c, from, role, depth - 1))
            return true;
    }
    return false;
}

static int
check_href(struct checker *c, const char *href)
{
    const struct doc *d = c->doc;
    if (href == NULL)
        return 0;
    if (href[0] == '#')
        return in(d->uuids, href + 1) || in(d->controls, href + 1) || in(d->groups, href + 1) ||
                       in(d->parts, href + 1) || in(d->params, href + 1)
                   ? 0
                   : fail(c, "href", href, "nothing here is called so");
    size_t scheme =
        strspn(href, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    if (href[scheme] == ':' || doc_named(c, href) != NULL)
        return 0;
    return fail(c, "href", href, "no such file");
}

/* {{ insert: param, ID }} in any text: the parameter must exist. */
static int
check_inserts(struct checker *c, const struct doc *offer, const char *key, const char *text)
{
    for (const char *at = strstr(text, "{{"); at != NULL; at = strstr(at + 2, "{{")) {
        char id[128];
        int n = 0;
        if (sscanf(at + 2, " insert: param, %127[^} ]%n", id, &n) < 1 || n == 0)
            continue;
        if (offer == NULL || !in(offer->insertable, id))
            return fail(c, key, id, "no such parameter");
    }
    return 0;
}

static int
check_control(struct checker *c, const struct doc *offer, const char *key, const char *id)
{
    bool part = strcmp(key, "statement-id") == 0 || strcmp(key, "statement-ids") == 0 ||
                strcmp(key, "objective-id") == 0 || strcmp(key, "target-id") == 0;
    if (!part && strcmp(key, "control-id") != 0)
        return 0;
    if (offer == NULL || offer->known == NULL)
        return fail(c, key, id, "no catalog to find it in");
    if (part)
        return in(offer->statements, id) ? 0 : fail(c, key, id, "no such statement");
    if (!in(offer->known, id))
        return fail(c, key, id, "no such control");
    return in(offer->selected, id) ? 0 : fail(c, key, id, "not selected by the profile");
}

static bool
is_uuid_key(const char *key)
{
    size_t n = strlen(key);
    return (n > 5 && strcmp(key + n - 5, "-uuid") == 0) ||
           (n > 6 && strcmp(key + n - 6, "-uuids") == 0) ||
           strcmp(key, "member-of-organizations") == 0;
}

/* VALUE under KEY: one text, or each of a list. OFFER: where its controls come from. */
static int
check_named(struct checker *c, const json_t *object, const char *key, const char *value,
            const struct doc *offer)
{
    if (value == NULL)
        return 0;
    if (strcmp(key, "role-id") == 0 || strcmp(key, "role-ids") == 0)
        return role_known(c, c->doc, value, 8) ? 0 : fail(c, key, value, "no such role");
    if (is_uuid_key(key))
        return check_uuid(c, object, key, value);
    if (strcmp(key, "href") == 0)
        return check_href(c, value);
    if (check_control(c, offer, key, value) < 0)
        return -1;
    return check_inserts(c, offer, key, value);
}

static int
check_members(struct checker *c, const json_t *object, const struct doc *offer)
{
    const char *key;
    json_t *value, *element;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (check_named(c, object, key, json_string_value(value), offer) < 0)
            return -1;
        json_array_foreach(value, i,
                           element) if (check_named(c, object, key, json_string_value(element),
                                                    offer) < 0) return -1;
    }
    return 0;
}

/* The file HREF of a component's controls, or of a mapping's side, resolved. */
static int
offer_at(struct checker *c, const json_t *href, const struct doc **ret)
{
    struct doc *d = doc_open(c, c->doc, json_string_value(href));
    if (d == NULL)
        return fail(c, "href", json_string_value(href), "no such file");
    *ret = d;
    return resolve(c, d);
}

static int
check_ends(struct checker *c, const json_t *map, const char *side, const struct doc *offer)
{
    size_t i;
    json_t *end;
    json_array_foreach(json_object_get(map, side), i, end)
    {
        const char *type = json_string_value(json_object_get(end, "type"));
        const char *id = json_string_value(json_object_get(end, "id-ref"));
        bool statement = type != NULL && strcmp(type, "statement") == 0;
        if (!in(statement ? offer->statements : offer->known, id))
            return fail(c, side, id, "not in the catalog");
    }
    return 0;
}

static int
check_mapping(struct checker *c, const json_t *mapping)
{
    const struct doc *source = NULL, *target = NULL;
    size_t i, k;
    json_t *map, *select, *id;
    if (offer_at(c, json_object_get(json_object_get(mapping, "source-resource"), "href"), &source) <
            0 ||
        offer_at(c, json_object_get(json_object_get(mapping, "target-resource"), "href"), &target) <
            0)
        return -1;
    json_array_foreach(json_object_get(mapping, "maps"), i,
                       map) if (check_ends(c, map, "sources", source) < 0 ||
                                check_ends(c, map, "targets", target) < 0) return -1;
    const json_t *gap = json_object_get(mapping, "target-gap-summary");
    json_array_foreach(json_object_get(gap, "unmapped-controls"), i, select) json_array_foreach(
        json_object_get(select, "with-ids"), k,
        id) if (!in(target->known, json_string_value(id))) return fail(c, "with-ids",
                                                                       json_string_value(id),
                                                                       "not in the catalog");
    return 0;
}

/* What NODE and all below it name. OFFER: where its controls come from. */
static int
check_node(struct checker *c, const json_t *node, const char *holder, const struct doc *offer)
{
    size_t i;
    const char *key;
    json_t *value;
    json_array_foreach(node, i, value) if (check_node(c, value, holder, offer) < 0) return -1;
    if (!json_is_object(node))
        return 0;
    if (strcmp(holder, "control-implementations") == 0 &&
        offer_at(c, json_object_get(node, "source"), &offer) < 0)
        return -1;
    if (strcmp(holder, "mappings") == 0 && check_mapping(c, node) < 0)
        return -1;
    if (check_members(c, node, offer) < 0)
        return -1;
    json_object_foreach((json_t *)(uintptr_t)node, key,
                        value) if (check_node(c, value, key, offer) < 0) return -1;
    return 0;
}

static int
declare_node(struct checker *c, const json_t *node, const char *holder)
{
    size_t i;
    const char *key;
    json_t *value;
    json_array_foreach(node, i, value) if (declare_node(c, value, holder) < 0) return -1;
    if (!json_is_object(node))
        return 0;
    if (declare(c, node, holder) < 0)
        return -1;
    json_object_foreach((json_t *)(uintptr_t)node, key,
                        value) if (declare_node(c, value, key) < 0) return -1;
    return 0;
}

static int
doc_add(struct checker *c, const struct checked *file, const char **version)
{
    struct doc *d = c->doc = &c->docs[c->count++];
    void *first = json_object_iter((json_t *)(uintptr_t)file->root);
    *d = (struct doc){.name = file->name,
                      .uuids = json_object(),
                      .controls = json_object(),
                      .groups = json_object(),
                      .parts = json_object(),
                      .params = json_object(),
                      .roles = json_object(),
                      .children = json_object()};
    d->model = first == NULL ? "" : json_object_iter_key(first);
    d->body = first == NULL ? NULL : json_object_iter_value(first);
    if (json_object_size(file->root) != 1 || !json_is_object(d->body))
        return fail(c, "", "", "not one model at the top");
    const json_t *metadata = json_object_get(d->body, "metadata");
    const char *own = json_string_value(json_object_get(metadata, "oscal-version"));
    if (own == NULL || oscal_version_of(own) == OSCAL_VERSION_COUNT ||
        (*version != NULL && strcmp(own, *version) != 0))
        return fail(c, "oscal-version", own, "not one version");
    *version = own;
    return declare_node(c, d->body, d->model);
}

static int
check_doc(struct checker *c, struct doc *d)
{
    const char *hrefs[IMPORTS_MOST];
    c->doc = d;
    if (resolve(c, d) < 0)
        return -1;
    size_t n = imports_of(d, hrefs);
    for (size_t i = 0; i < n; i++)
        if (doc_open(c, d, hrefs[i]) == NULL)
            return fail(c, "href", hrefs[i], "no such file");
    return check_node(c, d->body, d->model, d);
}

static void
doc_free(struct doc *d)
{
    json_t *all[] = {d->uuids,    d->controls, d->groups,   d->parts,      d->params,    d->roles,
                     d->children, d->known,    d->selected, d->statements, d->insertable};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_decref(all[i]);
}

int
oscal_check_roots(const struct checked *files, size_t count, struct err *err)
{
    struct checker c = {.err = err};
    const char *version = NULL;
    int rc = count <= FILES_MOST ? 0 : ERR(err, "oscal.count", "%zu", count);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = doc_add(&c, &files[i], &version);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = check_doc(&c, &c.docs[i]);
    for (size_t i = 0; i < c.count; i++)
        doc_free(&c.docs[i]);
    return rc;
}

int
oscal_check(const struct oscal_file *files, size_t count, struct err *err)
{
    struct checked checked[FILES_MOST] = {0};
    size_t n = 0;
    if (count > FILES_MOST)
        return ERR(err, "oscal.count", "%zu", count);
    int rc = 0;
    for (; rc == 0 && n < count; n++) {
        json_t *root = json_loadb(files[n].bytes.p, files[n].bytes.n, JSON_REJECT_DUPLICATES, NULL);
        checked[n] = (struct checked){files[n].name, root};
        if (root == NULL)
            rc = ERR(err, "oscal.json", "%s", files[n].name);
    }
    if (rc == 0)
        rc = oscal_check_roots(checked, n, err);
    for (size_t i = 0; i < n; i++)
        json_decref((json_t *)(uintptr_t)checked[i].root);
    return rc;
}
