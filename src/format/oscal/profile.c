/*
 * profile: which clauses apply, and which topics clauses are about. Runs in the command line and in
 * cored.
 */
#include "format/oscal/make.h"

static json_t *
import_json(const struct maker *m, size_t doc)
{
    const struct clause_doc *d = &m->set->docs[doc];
    json_t *import = json_object(), *ids = json_array();
    size_t controls = 0;
    for (size_t i = d->first; i < d->first + d->count; i++) {
        controls += clause_is_control(m, i);
        if (m->chosen[i])
            push(ids, text_json(str_of(clause_id(m, i))));
    }
    put(import, "href", text_printf(m, "catalog-%s.json", m->prefixes[doc]));
    if (controls == json_array_size(ids)) {
        put(import, "include-all", json_object());
        json_decref(ids);
        return import;
    }
    json_t *select = json_object(), *selects = json_array();
    put(select, "with-ids", ids);
    push(selects, select);
    put(import, "include-controls", selects);
    return import;
}

static bool
doc_chosen(const struct maker *m, size_t doc)
{
    const struct clause_doc *d = &m->set->docs[doc];
    for (size_t i = d->first; i < d->first + d->count; i++)
        if (m->chosen[i])
            return true;
    return false;
}

json_t *
profile_make(const struct maker *m)
{
    json_t *body = json_object(), *imports = json_array(), *merge = json_object();
    json_t *title = text_printf(m, "%.*s %.*s", STR_FMT(policy_title(m)), STR_FMT(zone_title(m)));
    struct str name = {json_string_value(title), json_string_length(title)};
    put(body, "uuid", text_json(STR("later")));
    put(body, "metadata", metadata_json(m, name, (struct str){0}));
    json_decref(title);
    for (size_t i = 0; i < m->set->doc_count; i++)
        if (doc_chosen(m, i))
            push(imports, import_json(m, i));
    put(body, "imports", imports);
    put(merge, "as-is", json_true());
    put(body, "merge", merge);
    return body;
}

static json_t *
item_json(const char *type, json_t *id)
{
    json_t *item = json_object();
    put(item, "type", text_json(str_of(type)));
    put(item, "id-ref", id);
    return item;
}

/* The clause itself, or of a chapter without text the clauses right below. */
static json_t *
sources_json(const struct maker *m, size_t clause)
{
    json_t *sources = json_array();
    if (clause_is_control(m, clause)) {
        push(sources, item_json("control", text_json(str_of(clause_id(m, clause)))));
        return sources;
    }
    for (size_t i = clause + 1; i < m->set->clause_count; i++)
        if (m->set->clauses[i].parent == clause)
            push(sources, item_json("control", text_json(str_of(clause_id(m, i)))));
    return sources;
}

static json_t *
map_json(const struct maker *m, size_t clause, const struct binding *row)
{
    json_t *map = json_object(), *targets = json_array(), *props = json_array();
    struct str topic = row->topic->id;
    struct str part = row->part == NULL ? (struct str){0} : row->part->key;
    put(map, "uuid",
        uuid_json(m, "map|%s|%.*s|%.*s", clause_id(m, clause), STR_FMT(topic), STR_FMT(part)));
    put(map, "relationship", text_json(STR("intersects-with")));
    put(map, "sources", sources_json(m, clause));
    push(targets, part.n == 0 ? item_json("control", text_printf(m, "topic-%.*s", STR_FMT(topic)))
                              : item_json("statement", text_printf(m, "topic-%.*s_%.*s",
                                                                   STR_FMT(topic), STR_FMT(part))));
    put(map, "targets", targets);
    prop_ours_z(props, "confirmed", row->confirmed ? "yes" : "no");
    put(map, "props", props);
    return map;
}

static json_t *
resource_json(json_t *href)
{
    json_t *resource = json_object();
    put(resource, "type", text_json(STR("catalog")));
    put(resource, "href", href);
    return resource;
}

/* Is TOPIC bound to a clause of DOC? */
static bool
topic_bound(const struct maker *m, size_t doc, const struct topic *topic)
{
    const struct clause_doc *d = &m->set->docs[doc];
    for (size_t i = d->first; i < d->first + d->count; i++)
        for (const struct bound *b = m->own[i]; b != NULL; b = b->next)
            if (b->row->topic == topic)
                return true;
    return false;
}

/* Topics no clause of the document is about. */
static json_t *
gap_json(const struct maker *m, size_t doc)
{
    json_t *gap = json_object(), *ids = json_array(), *select = json_object();
    json_t *selects = json_array();
    for (size_t i = 0; i < m->in->catalogue->topic_count; i++)
        if (!topic_bound(m, doc, &m->in->catalogue->topics[i]))
            push(ids, text_printf(m, "topic-%.*s", STR_FMT(m->in->catalogue->topics[i].id)));
    if (json_array_size(ids) == 0) {
        json_decref(ids);
        json_decref(select);
        json_decref(selects);
        json_decref(gap);
        return NULL;
    }
    put(gap, "uuid", uuid_json(m, "gap|%s", m->prefixes[doc]));
    put(select, "with-ids", ids);
    push(selects, select);
    put(gap, "unmapped-controls", selects);
    return gap;
}

static json_t *
mapping_json(struct maker *m, size_t doc, bool *ret_draft)
{
    const struct clause_doc *d = &m->set->docs[doc];
    json_t *maps = json_array();
    for (size_t i = d->first; i < d->first + d->count; i++)
        for (const struct bound *b = m->own[i]; b != NULL; b = b->next) {
            json_t *map = map_json(m, i, b->row);
            if (json_array_size(json_object_get(map, "sources")) > 0) {
                *ret_draft = *ret_draft || !b->row->confirmed;
                push(maps, map);
            } else {
                note(m, "mapping", clause_name(m, i));
                json_decref(map);
            }
        }
    if (json_array_size(maps) == 0) {
        json_decref(maps);
        return NULL;
    }
    json_t *mapping = json_object(), *gap = gap_json(m, doc);
    put(mapping, "uuid", uuid_json(m, "mapping|%s", m->prefixes[doc]));
    put(mapping, "source-resource",
        resource_json(text_printf(m, "catalog-%s.json", m->prefixes[doc])));
    put(mapping, "target-resource", resource_json(text_json(STR("topics.json"))));
    put(mapping, "maps", maps);
    if (gap != NULL)
        put(mapping, "target-gap-summary", gap);
    return mapping;
}

json_t *
mapping_make(struct maker *m)
{
    json_t *mappings = json_array(), *provenance = json_object();
    bool draft = false;
    for (size_t i = 0; i < m->set->doc_count; i++) {
        json_t *mapping = mapping_json(m, i, &draft);
        if (mapping != NULL)
            push(mappings, mapping);
    }
    put(provenance, "method", text_json(STR("hybrid")));
    put(provenance, "matching-rationale", text_json(STR("semantic")));
    put(provenance, "status", text_json(draft ? STR("draft") : STR("complete")));
    put(provenance, "mapping-description",
        text_json(STR("条項がどの論点についてのものか。confirmed が yes のものは人が確かめた。")));
    if (json_array_size(mappings) == 0) {
        json_decref(mappings);
        json_decref(provenance);
        return NULL;
    }
    json_t *body = model_json(m, STR("条項と論点の対応"));
    put(body, "provenance", provenance);
    put(body, "mappings", mappings);
    return body;
}
