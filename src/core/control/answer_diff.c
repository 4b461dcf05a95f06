/*
 * answer_diff: two versions of a document, or the documents of two bodies, side by side. Runs in
 * cored. Both sides must be visible to the reader.
 */
#include "core/control/answer.h"
#include "core/control/draft.h"
#include "core/control/revision.h"
#include "core/store/id.h"

/* How one clause of a pair stands in the text. */
static void
put_side(struct json *j, const char *key, const struct clause_set *set, size_t index)
{
    json_key(j, key);
    if (index == CLAUSE_NONE) {
        json_put_null(j);
        return;
    }
    const struct clause *c = &set->clauses[index];
    json_open_object(j);
    put_str(j, "key", c->key);
    put_str(j, "label", c->label);
    put_str(j, "title", c->title);
    put_str(j, "text", c->text);
    json_end(j);
}

/* What the new text no longer orders. Nothing switches itself off: a person decides. */
static void
put_controls(struct json *j, const struct control_policy *policy, size_t clause)
{
    json_key(j, "controls");
    json_open_array(j);
    for (size_t i = 0; i < policy->catalogue->control_count; i++)
        if (control_serves_clause(policy, &policy->catalogue->controls[i], clause))
            json_str(j, policy->catalogue->controls[i].id);
    json_end(j);
}

/* The record that somebody looks at it with. */
static int
put_task(struct control *control, struct json *j, int64_t version, struct str key,
         const struct diff_pair *pair, struct err *err)
{
    int64_t record;
    char id[ID_CHARS + 1];
    if (revision_record(control, version, key, str_of(diff_kind_word(pair->kind)), &record, err) <
        0)
        return -1;
    if (record == 0)
        return 0;
    id_format((uint64_t)record, id);
    put_str(j, "task", str_of(id));
    return 0;
}

struct comparing {
    struct control *control;
    const struct control_policy *policy; /* of the old text */
    const struct clause_set *new;
    int64_t version; /* the new one */
    struct err *err;
};

static int
put_pair(struct json *j, const struct diff_pair *pair, const struct comparing *c)
{
    const struct control_policy *policy = c->policy;
    const struct clause_set *new = c->new;
    size_t index = pair->new == CLAUSE_NONE ? pair->old : pair->new;
    const struct clause_set *set = pair->new == CLAUSE_NONE ? policy->set : new;
    json_open_object(j);
    put_str(j, "kind", str_of(diff_kind_word(pair->kind)));
    json_key(j, "fields");
    json_open_array(j);
    for (unsigned i = 0; i < DIFF_FIELD_COUNT; i++)
        if ((pair->fields >> i & 1) != 0)
            json_z(j, diff_field_word(i));
    json_end(j);
    put_side(j, "old", policy->set, pair->old);
    put_side(j, "new", new, pair->new);
    json_key(j, "spans");
    json_open_array(j);
    for (size_t i = 0; i < pair->span_count; i++) {
        json_open_array(j);
        json_str(j, (struct str){&pair->spans[i].sign, 1});
        json_str(j, pair->spans[i].text);
        json_end(j);
    }
    json_end(j);
    json_key(j, "recheck");
    json_bool(j, pair->recheck);
    if (pair->kind == DIFF_REMOVED)
        put_controls(j, policy, pair->old);
    int rc = revision_counts(pair, policy->set)
                 ? put_task(c->control, j, c->version, set->clauses[index].key, pair, c->err)
                 : 0;
    json_end(j);
    return rc;
}

static int
put_diff(struct json *j, const struct diff *diff, const struct comparing *c)
{
    json_key(j, "counts");
    json_open_object(j);
    for (unsigned k = 0; k < DIFF_KINDS; k++)
        put_i64(j, diff_kind_word((enum diff_kind)k), (int64_t)diff->counts[k]);
    json_end(j);
    json_key(j, "pairs");
    json_open_array(j);
    for (size_t i = 0; i < diff->pair_count; i++)
        if (put_pair(j, &diff->pairs[i], c) < 0)
            return -1;
    json_end(j);
    return 0;
}

static void
put_end(struct json *j, const char *key, const struct control_version *v)
{
    json_key(j, key);
    json_open_object(j);
    put_str(j, "body", v->body);
    put_str(j, "version", v->version);
    json_end(j);
}

int
put_compared(struct control *control, struct arena *arena, struct json *j,
             const struct control_version *const ends[2], struct err *err)
{
    struct clause_set old, new;
    struct diff *diff;
    clause_set_init(&old, arena);
    clause_set_init(&new, arena);
    if (load_text(control, ends[0]->id, &old, err) < 0 ||
        load_text(control, ends[1]->id, &new, err) < 0)
        return -1;
    struct diff_side x = {&old, 0}, y = {&new, 0};
    struct diff_options options;
    if (draft_phrases(control, arena, ends[0]->id, &old, &options, err) < 0 ||
        diff_make(arena, &x, &y, &options, &diff, err) < 0)
        return -1;
    json_open_object(j);
    put_end(j, "from", ends[0]);
    put_end(j, "to", ends[1]);
    struct comparing c = {control, options.ctx, &new, ends[1]->id, err};
    if (put_diff(j, diff, &c) < 0)
        return -1;
    json_end(j);
    return 0;
}

static const struct control_version *
in_force(struct answer *a, struct str body_id, struct str doc)
{
    const struct control_body *body = body_find(a->control, body_id);
    const struct control_doc *d = body == NULL ? NULL : doc_find(body, doc);
    return d == NULL ? NULL : d->version;
}

/* The version before the one in force, for a diff that names none. */
static const struct control_version *
before(struct answer *a, const struct control_version *to)
{
    const struct control_version *base = to == NULL ? NULL : version_find(a->control, to->base);
    return base != NULL ? base : to;
}

int
answer_diff(struct answer *a, struct str doc)
{
    const struct control_ask *ask = a->ask;
    const struct control_version *from, *to = in_force(a, a->body->id, doc);
    if (ask->other.n > 0) {
        from = to;
        to = in_force(a, ask->other, doc);
    } else {
        struct str owner = to == NULL ? a->body->id : to->body;
        to = ask->to.n == 0 ? to : version_named(a->control, owner, doc, ask->to);
        from = ask->from.n == 0 ? before(a, to) : version_named(a->control, owner, doc, ask->from);
    }
    if (from == NULL || to == NULL || !may_see(&ask->reader, from) || !may_see(&ask->reader, to) ||
        str_equal_z(from->state, "draft") || str_equal_z(to->state, "draft"))
        return 1;
    const struct control_version *const ends[2] = {from, to};
    return put_compared(a->control, a->arena, &a->json, ends, a->err);
}
