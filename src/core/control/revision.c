/*
 * revision: see revision.h. Runs in cored, inside the unit of the confirmation: either all tasks
 * are opened or the version is not confirmed.
 *
 * Invariant: one record per version, clause and kind of change (the primary key of
 * policy_revision).
 */
#include "core/control/revision.h"

#include "core/control/draft.h"

#include <stdio.h>
#include <string.h>

enum { FOUND, KEEP };

static const struct store_statement sql[] = {
    [FOUND] = {"control.revision_found", "SELECT record FROM policy_revision WHERE version = $1"
                                         " AND key = $2 AND kind = $3"},
    [KEEP] = {"control.revision_keep",
              "INSERT INTO policy_revision(version, key, kind, record) VALUES ($1, $2, $3, $4)"},
};

enum { TOUCHED_BYTES = 960, FIELD_BYTES = 200 };

struct telling {
    struct control *control;
    struct arena *arena;
    const struct control_version *v;
    uint64_t person;
    struct clause_set old, new;
    const struct control_policy *was, *now; /* bindings of the two texts */
    struct err *err;
};

bool
revision_counts(const struct diff_pair *pair, const struct clause_set *old)
{
    if (pair->kind == DIFF_REMOVED)
        return old->clauses[pair->old].duty;
    return pair->recheck && pair->kind != DIFF_SAME;
}

/* Roles that can be asked, the most concerned first: of the part's expectation, of the sentence. */
static const char *const askable[] = {"system_manager", "csirt", "audit_chief",
                                      "committee",      "ciso",  "chief"};

enum { ASKABLE = sizeof askable / sizeof *askable };

static const char *
role_of_part(const struct topic_part *part)
{
    for (size_t k = 0; part != NULL && k < part->subject_count; k++)
        for (size_t i = 0; i < ASKABLE; i++)
            if (str_equal_z(part->subjects[k], askable[i]))
                return askable[i];
    return NULL;
}

static const char *
role_of_clause(const struct clause *c)
{
    for (size_t i = 0; i < ASKABLE; i++)
        for (unsigned bit = 0; bit < ROLE_COUNT; bit++)
            if ((c->roles >> bit & 1) != 0 && strcmp(policy_role_word(bit), askable[i]) == 0)
                return askable[i];
    return NULL;
}

/* Who looks at it: whom the topic's parts expect, else whom the sentence names, else the chief. */
static const char *
looks_at(const struct control_policy *policy, size_t clause)
{
    const char *role = NULL;
    for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++)
        if (role == NULL)
            role = role_of_part(policy->bound[i].part);
    if (role == NULL)
        role = role_of_clause(&policy->set->clauses[clause]);
    return role == NULL ? "chief" : role;
}

/* What answers the parts that CLAUSE is bound to: ids with blanks, each once. */
static void
put_touched(struct buf *out, const struct control_policy *policy, size_t clause)
{
    for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++) {
        const struct topic_part *part = policy->bound[i].part;
        bool answered = part != NULL && (part->by == BY_CONTROL || part->by == BY_REGISTER);
        for (size_t k = 0; answered && k < part->answer_count; k++) {
            struct str id = part->answers[k];
            if (str_find(buf_str(out), id, 0) < 0 && out->n + id.n + 1 < TOUCHED_BYTES)
                buf_printf(out, "%s%.*s", out->n == 0 ? "" : " ", STR_FMT(id));
        }
    }
}

static void
fields_of(const struct diff_pair *pair, char ret[static FIELD_BYTES])
{
    size_t n = 0;
    ret[0] = 0;
    for (unsigned i = 0; i < DIFF_FIELD_COUNT; i++)
        if ((pair->fields >> i & 1) != 0 && n + 20 < FIELD_BYTES)
            n += (size_t)snprintf(ret + n, FIELD_BYTES - n, "%s%s", n == 0 ? "" : " ",
                                  diff_field_word(i));
}

static struct str
heading_of(const struct clause_set *set, size_t clause)
{
    size_t titled = clause_titled(set, clause);
    return titled == CLAUSE_NONE ? STR("") : set->clauses[titled].title;
}

static int
keep(const struct telling *t, const struct control_revision *r, uint64_t record)
{
    struct db_query *q = db_query(t->control->store, &sql[KEEP]);
    db_bind_int(q, 1, t->v->id);
    db_bind_text(q, 2, r->key);
    db_bind_text(q, 3, r->kind);
    db_bind_int(q, 4, (int64_t)record);
    return db_run(q, t->err) < 0 ? -1 : 0;
}

static int
tell_one(const struct telling *t, const struct diff_pair *pair)
{
    bool gone = pair->new == CLAUSE_NONE;
    const struct control_policy *policy = gone ? t->was : t->now;
    size_t clause = gone ? pair->old : pair->new;
    const struct clause *old = pair->old == CLAUSE_NONE ? NULL : &t->old.clauses[pair->old];
    const struct clause *new = gone ? NULL : &t->new.clauses[pair->new];
    char fields[FIELD_BYTES];
    struct buf touched;
    int64_t known = 0;
    uint64_t record = 0;
    fields_of(pair, fields);
    struct control_revision r = {
        .body = t->v->body,
        .doc = t->v->doc,
        .title = t->v->title,
        .version = t->v->version,
        .key = policy->set->clauses[clause].key,
        .kind = str_of(diff_kind_word(pair->kind)),
        .fields = str_of(fields),
        .old_label = old == NULL ? STR("") : old->label,
        .new_label = new == NULL ? STR("") : new->label,
        .heading = heading_of(policy->set, clause),
        .role = str_of(looks_at(policy, clause)),
        .person = t->person,
    };
    int rc = revision_record(t->control, t->v->id, r.key, r.kind, &known, t->err);
    if (rc < 0 || known != 0)
        return rc;
    buf_init(&touched, TOUCHED_BYTES);
    put_touched(&touched, policy, clause);
    if (pair->old != CLAUSE_NONE && !gone) /* what the old words ordered is touched as well */
        put_touched(&touched, t->was, pair->old);
    r.touched = buf_str(&touched);
    rc = t->control->revisions(t->control->revisions_ctx, &r, &record, t->err);
    if (rc == 0)
        rc = keep(t, &r, record);
    buf_free(&touched);
    return rc;
}

/* The text of version ID with its bindings. */
static int
load_side(const struct telling *t, int64_t id, struct clause_set *set,
          const struct control_policy **ret)
{
    struct bound_list bound;
    struct control_policy *policy;
    clause_set_init(set, t->arena);
    if (load_text(t->control, id, set, t->err) < 0 ||
        load_bound(t->control, id, set, 0, t->arena, &bound, t->err) < 0 ||
        control_policy_make(t->arena, t->control->catalogue, set, bound.rows, bound.count, &policy,
                            t->err) < 0)
        return -1;
    *ret = policy;
    return 0;
}

int
revision_tell(struct control *control, struct arena *arena, const struct control_version *v,
              uint64_t person, struct err *err)
{
    struct telling t = {.control = control, .arena = arena, .v = v, .person = person, .err = err};
    struct diff_options options;
    struct diff *diff;
    if (control->revisions == NULL || v->base == 0)
        return 0;
    if (load_side(&t, v->base, &t.old, &t.was) < 0 || load_side(&t, v->id, &t.new, &t.now) < 0 ||
        draft_phrases(control, arena, v->base, &t.old, &options, err) < 0)
        return -1;
    struct diff_side x = {&t.old, 0}, y = {&t.new, 0};
    if (diff_make(arena, &x, &y, &options, &diff, err) < 0)
        return -1;
    for (size_t i = 0; i < diff->pair_count; i++)
        if (revision_counts(&diff->pairs[i], &t.old) && tell_one(&t, &diff->pairs[i]) < 0)
            return -1;
    return 0;
}

int
revision_record(struct control *control, int64_t version, struct str key, struct str kind,
                int64_t *ret, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[FOUND]);
    *ret = 0;
    db_bind_int(q, 1, version);
    db_bind_text(q, 2, key);
    db_bind_text(q, 3, kind);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

void
control_revisions_set(struct control *control, control_revision_call *call, void *ctx)
{
    control->revisions = call;
    control->revisions_ctx = ctx;
}
