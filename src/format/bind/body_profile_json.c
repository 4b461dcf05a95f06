/*
 * body_profile_json: a profile as JSON, for the page and the command line alike; body_profile_put
 * stands in body_profile.h. Pure. A fact of a hidden document is left out together with its words.
 */
#include "base/text/json.h"
#include "format/bind/body_profile.h"

struct putting {
    struct json *j;
    const struct body_profile *p;
    body_profile_visible *visible;
    const void *ctx;
};

static bool
doc_shown(const struct putting *o, size_t doc)
{
    return o->visible == NULL || o->visible(o->ctx, doc);
}

static bool
shown(const struct putting *o, size_t clause)
{
    return clause == CLAUSE_NONE || doc_shown(o, o->p->set->clauses[clause].doc);
}

static void
put(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s.p == NULL ? STR("") : s);
}

/* {doc, label, key}; null in front of a document. */
static void
put_clause(const struct putting *o, size_t clause)
{
    if (clause == CLAUSE_NONE) {
        json_put_null(o->j);
        return;
    }
    const struct clause *c = &o->p->set->clauses[clause];
    json_open_object(o->j);
    put(o->j, "doc", o->p->set->docs[c->doc].word);
    put(o->j, "label", c->label);
    put(o->j, "key", c->key);
    json_end(o->j);
}

static void
put_part(const struct putting *o, const struct body_profile_part *part)
{
    size_t left = 0;
    struct json *j = o->j;
    for (size_t i = 0; i < part->row->clause_count; i++)
        left += shown(o, part->row->clauses[i]);
    bool hidden = part->row->clause_count > 0 && left == 0;
    enum coverage_verdict verdict = hidden ? COVERAGE_NOT_LOADED : part->row->verdict;
    json_open_object(j);
    put(j, "topic", part->row->topic->id);
    put(j, "part", part->row->part->key);
    json_key(j, "title");
    json_open_object(j);
    put(j, "ja", part->row->part->title.ja);
    put(j, "en", part->row->part->title.en);
    json_end(j);
    put(j, "verdict", str_of(coverage_verdict_word(verdict)));
    json_key(j, "confirmed");
    json_bool(j, part->confirmed && !hidden);
    json_key(j, "clauses");
    json_open_array(j);
    for (size_t i = 0; i < part->row->clause_count; i++)
        if (part->ordered && shown(o, part->row->clauses[i]))
            put_clause(o, part->row->clauses[i]);
    json_end(j);
    json_end(j);
}

/* Is a part ordered by a clause that may be shown? */
static bool
zone_shown(const struct putting *o, const struct body_profile_zone *zone)
{
    for (size_t i = 0; i < zone->part_count; i++)
        for (size_t k = 0; zone->parts[i].ordered && k < zone->parts[i].row->clause_count; k++)
            if (shown(o, zone->parts[i].row->clauses[k]))
                return true;
    return false;
}

static void
put_zones(const struct putting *o)
{
    json_key(o->j, "zones");
    json_open_array(o->j);
    for (size_t i = 0; i < o->p->zone_count; i++) {
        const struct body_profile_zone *zone = &o->p->zones[i];
        json_open_object(o->j);
        put(o->j, "id", zone->id);
        json_key(o->j, "ordered");
        json_bool(o->j, zone_shown(o, zone));
        json_key(o->j, "parts");
        json_open_array(o->j);
        for (size_t k = 0; k < zone->part_count; k++)
            put_part(o, &zone->parts[k]);
        json_end(o->j);
        json_end(o->j);
    }
    json_end(o->j);
}

/* The limits of class INDEX: its own, or those of the nearest class above that has some. */
static void
put_limits(const struct putting *o, size_t index)
{
    size_t from = index;
    while (o->p->classes[from].shares && from > 0)
        from--;
    const struct body_profile_class *class = &o->p->classes[from];
    json_key(o->j, "limits");
    json_open_array(o->j);
    for (size_t i = 0; i < class->limit_count; i++) {
        json_open_object(o->j);
        put(o->j, "text", o->p->set->clauses[class->limits[i]].text);
        json_key(o->j, "clause");
        put_clause(o, class->limits[i]);
        json_end(o->j);
    }
    json_end(o->j);
}

static void
put_classes(const struct putting *o)
{
    struct json *j = o->j;
    json_key(j, "classes");
    json_open_array(j);
    for (size_t i = 0; i < o->p->class_count; i++) {
        const struct body_profile_class *class = &o->p->classes[i];
        if (!shown(o, class->clause))
            continue;
        json_open_object(j);
        put(j, "axis", class->axis);
        put(j, "code", class->code);
        put(j, "title", class->title);
        json_key(j, "rank");
        json_u64(j, class->rank);
        put_limits(o, i);
        json_key(j, "unsure");
        json_bool(j, class->unsure_rank || class->unsure_limits);
        json_key(j, "fixed");
        json_bool(j, class->fixed);
        json_key(j, "clause");
        put_clause(o, class->clause);
        json_end(j);
    }
    json_end(j);
}

static void
put_counts(struct json *j, unsigned counts)
{
    json_key(j, "counts");
    json_open_array(j);
    for (unsigned i = 0; body_profile_staff_word(i) != NULL; i++)
        if ((counts >> i & 1) != 0)
            json_z(j, body_profile_staff_word(i));
    json_end(j);
}

static void
put_places(const struct putting *o)
{
    const struct body_profile_staff *staff = &o->p->staff;
    json_key(o->j, "places");
    json_open_array(o->j);
    for (size_t i = 0; i < staff->place_count; i++) {
        if (!doc_shown(o, staff->places[i].doc))
            continue;
        json_open_object(o->j);
        put(o->j, "doc", o->p->set->docs[staff->places[i].doc].word);
        put(o->j, "term", staff->places[i].term);
        put_counts(o->j, staff->places[i].counts);
        json_key(o->j, "clause");
        put_clause(o, staff->places[i].clause);
        json_end(o->j);
    }
    json_end(o->j);
}

static void
put_staff(const struct putting *o)
{
    const struct body_profile_staff *staff = &o->p->staff;
    bool any = false;
    for (size_t i = 0; i < staff->place_count; i++)
        any = any || doc_shown(o, staff->places[i].doc);
    json_key(o->j, "staff");
    if (!any && !staff->fixed && !staff->unsure) {
        json_put_null(o->j);
        return;
    }
    json_open_object(o->j);
    put(o->j, "short", staff->short_name);
    put_counts(o->j, any || staff->fixed ? staff->counts : 0);
    json_key(o->j, "unsure");
    json_bool(o->j, staff->unsure && !staff->fixed);
    json_key(o->j, "fixed");
    json_bool(o->j, staff->fixed);
    put_places(o);
    json_end(o->j);
}

static void
put_roles(const struct putting *o)
{
    json_key(o->j, "roles");
    json_open_array(o->j);
    for (size_t i = 0; i < o->p->role_count; i++) {
        const struct body_profile_role *role = &o->p->roles[i];
        if (!shown(o, role->clause))
            continue;
        json_open_object(o->j);
        put(o->j, "role", role->role);
        put(o->j, "title", role->title);
        put(o->j, "holder", role->holder);
        json_key(o->j, "clause");
        put_clause(o, role->clause);
        json_end(o->j);
    }
    json_end(o->j);
}

static void
put_organs(const struct putting *o)
{
    json_key(o->j, "bodies");
    json_open_array(o->j);
    for (size_t i = 0; i < o->p->organ_count; i++) {
        if (!shown(o, o->p->organs[i].clause))
            continue;
        json_open_object(o->j);
        put(o->j, "id", o->p->organs[i].code);
        put(o->j, "word", o->p->organs[i].word);
        json_key(o->j, "clause");
        put_clause(o, o->p->organs[i].clause);
        json_end(o->j);
    }
    json_end(o->j);
}

void
body_profile_put(struct json *json, const struct body_profile *profile,
                 body_profile_visible *visible, const void *ctx)
{
    struct putting o = {json, profile, visible, ctx};
    put_zones(&o);
    put_classes(&o);
    put_staff(&o);
    put_roles(&o);
    put_organs(&o);
    json_key(json, "unsure");
    json_u64(json, profile->unsure);
}
