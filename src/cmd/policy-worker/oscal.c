/*
 * oscal: see oscal.h. Runs in policy-worker, inside its sandbox: the file is foreign.
 */
#include "cmd/policy-worker/oscal.h"

#include "base/text/json.h"
#include "format/oscal/oscal.h"

static void
put_word(struct json *j, const char *key, struct str word)
{
    json_key(j, key);
    json_str(j, word);
}

static void
put_texts(struct json *j, const char *key, const struct str *texts, size_t count)
{
    json_key(j, key);
    json_open_array(j);
    for (size_t i = 0; i < count; i++)
        json_str(j, texts[i]);
    json_end(j);
}

static void
put_selections(struct json *j, const struct oscal_reading *r)
{
    json_key(j, "selections");
    json_open_array(j);
    for (size_t i = 0; i < r->selection_count; i++) {
        const struct oscal_selection *s = &r->selections[i];
        json_open_object(j);
        json_key(j, "href");
        json_str(j, s->href);
        json_key(j, "all");
        json_bool(j, s->all);
        json_key(j, "children");
        json_bool(j, s->children);
        put_texts(j, "ids", s->ids, s->id_count);
        put_texts(j, "without", s->without, s->without_count);
        json_end(j);
    }
    json_end(j);
}

static void
put_maps(struct json *j, const struct oscal_reading *r)
{
    json_key(j, "maps");
    json_open_array(j);
    for (size_t i = 0; i < r->map_count; i++) {
        const struct oscal_map *m = &r->maps[i];
        const struct str rows[] = {m->relationship, m->source_href, m->source, m->target_href,
                                   m->target};
        static const char *const keys[] = {"relationship", "source_href", "source", "target_href",
                                           "target"};
        json_open_object(j);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            json_key(j, keys[k]);
            json_str(j, rows[k]);
        }
        json_end(j);
    }
    json_end(j);
}

/* A catalog's tree, or the rows of the other two. */
static void
put_reading(struct buf *out, const struct oscal_reading *r)
{
    struct json j;
    if (r->model == OSCAL_CATALOG) {
        buf_put_str(out, r->tree);
        return;
    }
    json_init(&j, out);
    json_open_object(&j);
    json_key(&j, "model");
    json_z(&j, oscal_model_word(r->model));
    json_key(&j, "title");
    json_str(&j, r->title);
    if (r->model == OSCAL_PROFILE)
        put_selections(&j, r);
    else
        put_maps(&j, r);
    json_end(&j);
}

static void
put_findings(struct buf *out, const struct oscal_reading *r)
{
    struct json j;
    json_init(&j, out);
    json_open_object(&j);
    json_key(&j, "model");
    json_z(&j, oscal_model_word(r->model));
    json_key(&j, "findings");
    json_open_array(&j);
    for (size_t i = 0; i < r->finding_count; i++) {
        json_open_object(&j);
        json_key(&j, "code");
        json_z(&j, r->findings[i].code);
        put_word(&j, "where", r->findings[i].where);
        put_word(&j, "what", r->findings[i].what);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
    buf_put_z(out, "\n");
}

int
oscal_answer(struct arena *arena, struct str source, struct str name, struct str sha256_hex,
             struct buf *out, struct err *err)
{
    struct oscal_reading *reading;
    if (oscal_read(arena, source, name, sha256_hex, &reading, err) < 0)
        return -1;
    put_findings(out, reading);
    put_reading(out, reading);
    return buf_done(out, err) < 0 ? -1 : reading->finding_count > 0;
}
