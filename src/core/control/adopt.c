/*
 * adopt: a policy that comes with the installation is in force at once. Runs in cored, inside a
 * unit; control_store_documents stands in control.h. Without a bind.yaml everything it says is
 * proposed only: nothing counts before a person confirms it.
 */
#include "core/control/draft.h"

enum { ARENA_BYTES = 512 << 20 };

struct adopting {
    struct control *control;
    struct arena *arena;
    struct str body, bind;
    int64_t now_us;
    struct err *err;
};

static int
put_rows(const struct adopting *a, int64_t id, const struct draft_doc *d,
         const struct control_bound *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (version_bind(a->control, id, d->text.set.clauses[rows[i].clause].key, &rows[i],
                         a->err) < 0)
            return -1;
    return 0;
}

/* What was confirmed before, and of what is new only what the binder is sure of. */
static int
put_proposed(const struct adopting *a, int64_t id, const struct draft_doc *d)
{
    for (size_t i = 0; i < d->bound_count; i++)
        if ((d->bound[i].confirmed || d->bound[i].confidence == BOUND_SURE) &&
            put_rows(a, id, d, &d->bound[i], 1) < 0)
            return -1;
    return 0;
}

/* The rows of the bind.yaml for this document, else what was carried over or proposed. */
static int
put_bindings(const struct adopting *a, int64_t id, const struct draft_doc *d)
{
    struct bindings *bindings;
    struct control_bound *rows;
    size_t count;
    if (a->bind.n == 0)
        return put_proposed(a, id, d);
    if (bindings_load(a->arena, a->control->catalogue, "bind.yaml", a->bind, &bindings, a->err) <
            0 ||
        control_bindings_resolve(a->arena, &d->text.set, bindings, &rows, &count, a->err) < 0)
        return -1;
    return put_rows(a, id, d, rows, count);
}

static int
put_doc(const struct adopting *a, const struct draft_doc *d)
{
    int64_t id;
    bool basic = str_equal_z(d->text.doc, "basic");
    const struct clause_doc *doc = &d->text.set.docs[0];
    struct version_new new = {.body = a->body,
                              .doc = d->text.doc,
                              .title = doc->title,
                              .visibility = basic ? STR("public") : STR("staff"),
                              .source_sha256 = doc->sha256,
                              .json = d->text.json,
                              .tree_sha256 = d->text.sha256,
                              .state = "draft",
                              .base = d->base == NULL ? 0 : d->base->id,
                              .now_us = a->now_us,
                              .key_next = d->text.key_next};
    if (version_name(a->control, a->arena, &new, d->printed, &new.version, a->err) < 0 ||
        version_put(a->control, &new, &id, a->err) < 0 || put_bindings(a, id, d) < 0)
        return -1;
    return version_begin(a->control, id, a->err);
}

int
control_store_documents(struct control *control, struct str json, struct str bind, int64_t now_us,
                        struct err *err)
{
    struct draft draft;
    struct adopting a = {control, arena_new(ARENA_BYTES), STR("town"), bind, now_us, err};
    struct draft_from from = {.json = json, .body = a.body};
    int rc = draft_make(control, a.arena, &from, &draft, err);
    if (rc == 0)
        rc = body_put(control, a.body, draft.docs[0].text.set.docs[0].body_name, err);
    for (size_t i = 0; rc == 0 && i < draft.doc_count; i++)
        rc = put_doc(&a, &draft.docs[i]);
    arena_free(a.arena);
    if (rc < 0)
        return -1;
    struct control_loaded trial; /* what was written must be loadable, or the unit takes it back */
    if (load_all(control, &trial, err) < 0)
        return -1;
    arena_free(trial.arena);
    return 0;
}
