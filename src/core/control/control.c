/*
 * control: see control.h. Runs in cored. The catalogue lives as long as the object; documents and
 * bindings are taken from the database into an arena of their own, which control_refresh replaces.
 */
#include "core/control/private.h"
#include "core/control/waive.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"

#include <stdlib.h>

enum { RESULT_GET, RESULT_PUT, RESULT_ALL, EVIDENCE_PUT, EVIDENCE_OF, EXCEPTION_ALL };

static const struct store_statement sql[] = {
    [RESULT_GET] = {"control.result_get",
                    "SELECT verdict, at, since FROM control_result WHERE control = $1"},
    [RESULT_PUT] = {"control.result_put",
                    "INSERT INTO control_result(control, verdict, at, until, since, config,"
                    " approved, count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                    " ON CONFLICT(control) DO UPDATE SET verdict = $2, at = $3, until = $4,"
                    " since = $5, config = $6, approved = $7, count = $8"},
    [RESULT_ALL] = {"control.result_all",
                    "SELECT control, verdict, at, until, since, config, approved, count"
                    " FROM control_result"},
    [EVIDENCE_PUT] = {"control.evidence_put",
                      "INSERT INTO control_evidence(control, log, leaf, at, kind, record)"
                      " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"},
    [EVIDENCE_OF] = {"control.evidence_of",
                     "SELECT log, leaf, at, kind, record FROM control_evidence WHERE control = $1"
                     " ORDER BY at DESC, id DESC LIMIT 5"},
    [EXCEPTION_ALL] = {"control.exception_all", "SELECT doc, key, until, record FROM control_exception"
                                                " WHERE body = $1"},
};

static void
digest_part(struct sha256 *h, const struct topic_part *part)
{
    sha256_put(h, part->key.p, part->key.n);
    for (size_t i = 0; i < part->any_count; i++)
        for (size_t k = 0; k < part->any[i].count; k++)
            sha256_put(h, part->any[i].words[k].p, part->any[i].words[k].n);
    for (size_t i = 0; i < part->answer_count; i++)
        sha256_put(h, part->answers[i].p, part->answers[i].n);
}

/* What bindings speak of: topics, their parts, phrases and answers. */
static void
digest_catalogue(struct control *c)
{
    struct sha256 h;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&h);
    for (size_t i = 0; i < c->catalogue->topic_count; i++) {
        const struct topic *topic = &c->catalogue->topics[i];
        sha256_put(&h, topic->id.p, topic->id.n);
        for (size_t k = 0; k < topic->part_count; k++)
            digest_part(&h, &topic->parts[k]);
    }
    sha256_take(&h, digest);
    sha256_done(&h);
    hex_encode(digest, sizeof digest, c->catalogue_sha256);
}

int
control_open(struct store *store, const char *data_dir, struct control **ret, struct err *err)
{
    struct control *c = calloc(1, sizeof *c);
    ensure(c != NULL);
    c->store = store;
    c->arena = arena_new(64 << 20);
    int rc = catalogue_read(c->arena, data_dir, &c->catalogue, err);
    if (rc == 0)
        digest_catalogue(c);
    if (rc < 0 || load_all(c, &c->loaded, err) < 0) {
        arena_free(c->arena);
        free(c);
        return -1;
    }
    *ret = c;
    return 0;
}

void
control_close(struct control *control)
{
    if (control == NULL)
        return;
    arena_free(control->loaded.arena);
    arena_free(control->arena);
    free(control);
}

int
control_refresh(struct control *control, struct err *err)
{
    struct control_loaded loaded;
    if (load_all(control, &loaded, err) < 0)
        return -1;
    arena_free(control->loaded.arena);
    control->loaded = loaded;
    changed_tell(control);
    return 0;
}

void
control_registers_set(struct control *control, control_register_call *call, void *ctx)
{
    control->registers = call;
    control->registers_ctx = ctx;
}

bool
control_has_source(const struct control *control, struct str sha256_hex)
{
    for (size_t i = 0; i < control->loaded.version_count; i++)
        if (str_equal(control->loaded.versions[i].source_sha256, sha256_hex))
            return true;
    return false;
}

int
control_add_evidence(struct control *control, struct str control_id,
                     const struct control_evidence *evidence, struct err *err)
{
    if (control_def_get(control->catalogue, control_id) == NULL)
        return ERR(err, "control.unknown", "%.*s", STR_FMT(control_id));
    struct db_query *q = db_query(control->store, &sql[EVIDENCE_PUT]);
    db_bind_text(q, 1, control_id);
    db_bind_text(q, 2, evidence->log);
    db_bind_int(q, 3, (int64_t)evidence->index);
    db_bind_int(q, 4, evidence->at_us);
    db_bind_text(q, 5, evidence->kind);
    db_bind_text(q, 6, evidence->record);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* What is known: 1 nothing yet, 0 known. SINCE is that of the former result if it said the same. */
static int
former(struct control *c, const struct control_result *r, int64_t *ret_at, int64_t *ret_since,
       struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[RESULT_GET]);
    db_bind_text(q, 1, r->control);
    int rc = db_step(q, err);
    *ret_at = INT64_MIN;
    *ret_since = r->at_us;
    if (rc == 1) {
        *ret_at = db_int(q, 1);
        if (str_equal_z(db_text(q, 0), control_verdict_word(r->verdict)))
            *ret_since = db_int(q, 2);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
control_report(struct control *control, const struct control_result *result,
               const struct control_evidence *evidence, struct err *err)
{
    int64_t at, since;
    if (control_def_get(control->catalogue, result->control) == NULL)
        return ERR(err, "control.unknown", "%.*s", STR_FMT(result->control));
    if (former(control, result, &at, &since, err) < 0)
        return -1;
    if (evidence != NULL && control_add_evidence(control, result->control, evidence, err) < 0)
        return -1;
    if (at > result->at_us)
        return 0;
    struct db_query *q = db_query(control->store, &sql[RESULT_PUT]);
    db_bind_text(q, 1, result->control);
    db_bind_z(q, 2, control_verdict_word(result->verdict));
    db_bind_int(q, 3, result->at_us);
    db_bind_int(q, 4, result->until_us);
    db_bind_int(q, 5, since);
    db_bind_text(q, 6, result->config.p == NULL ? STR("") : result->config);
    db_bind_text(q, 7, result->approved.p == NULL ? STR("") : result->approved);
    db_bind_int(q, 8, result->count);
    return db_run(q, err) < 0 ? -1 : 0;
}

static bool
names(const struct str *list, size_t count, struct str kind)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], kind))
            return true;
    return false;
}

int
control_observe(struct control *control, const struct control_evidence *leaf, bool good,
                struct err *err)
{
    for (size_t i = 0; i < control->catalogue->control_count; i++) {
        const struct control_def *def = &control->catalogue->controls[i];
        int rc = 0;
        if (names(def->passes, def->pass_count, leaf->kind)) {
            struct control_result result = {.control = def->id,
                                            .verdict = good ? VERDICT_PASS : VERDICT_FAIL,
                                            .at_us = leaf->at_us};
            rc = control_report(control, &result, leaf, err);
        } else if (names(def->evidence, def->evidence_count, leaf->kind)) {
            rc = control_add_evidence(control, def->id, leaf, err);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

int
control_tick(struct control *control, int64_t now_us, struct err *err)
{
    struct control_result result = {.control = STR("policy_published"), .at_us = now_us};
    const struct control_body *town = body_find(control, (struct str){0});
    if (control_def_get(control->catalogue, result.control) == NULL)
        return 0;
    bool published = town != NULL && town->set.clause_count > 0;
    result.verdict = published ? VERDICT_PASS : VERDICT_FAIL;
    return control_report(control, &result, NULL, err);
}

static enum control_verdict
verdict_of(struct str word)
{
    if (str_equal_z(word, "pass"))
        return VERDICT_PASS;
    return str_equal_z(word, "fail") ? VERDICT_FAIL : VERDICT_UNKNOWN;
}

static int
read_results(struct control *c, struct arena *arena, struct control_facts *ret, struct err *err)
{
    struct control_result *list = arena_array(arena, c->catalogue->control_count, sizeof *list);
    if (list == NULL)
        return arena_check(arena, err);
    struct db_query *q = db_query(c->store, &sql[RESULT_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1 && ret->result_count < c->catalogue->control_count) {
        const struct control_def *def = control_def_get(c->catalogue, db_text(q, 0));
        if (def == NULL) /* of an older catalogue */
            continue;
        list[ret->result_count++] = (struct control_result){def->id,
                                                            verdict_of(db_text(q, 1)),
                                                            db_int(q, 2),
                                                            db_int(q, 3),
                                                            db_int(q, 4),
                                                            str_dup(arena, db_text(q, 5)),
                                                            str_dup(arena, db_text(q, 6)),
                                                            db_int(q, 7)};
    }
    db_end(q);
    ret->results = list;
    return rc < 0 ? -1 : arena_check(arena, err);
}

/* What the registers of one body say about another: nothing. */
static enum control_register
silent_register(void *ctx, struct str id)
{
    (void)ctx;
    (void)id;
    return REGISTER_SILENT;
}

static int
read_exceptions(struct control *c, struct arena *arena, const struct control_body *body,
                struct control_facts *ret, struct err *err)
{
    enum { EXCEPTIONS_MOST = 2000 };
    struct control_exception *list = arena_array(arena, EXCEPTIONS_MOST, sizeof *list);
    if (list == NULL)
        return arena_check(arena, err);
    struct db_query *q = db_query(c->store, &sql[EXCEPTION_ALL]);
    db_bind_text(q, 1, body->id);
    int rc;
    while ((rc = db_step(q, err)) == 1 && ret->exception_count < EXCEPTIONS_MOST) {
        size_t clause = control_clause_find(body->policy, db_text(q, 0), db_text(q, 1));
        if (clause != SIZE_MAX)
            list[ret->exception_count++] = (struct control_exception){
                clause, db_int(q, 2), str_dup(arena, db_text(q, 3))};
    }
    db_end(q);
    ret->exceptions = list;
    bool town = body == body_find(c, (struct str){0}); /* controls are the town's own */
    struct exception_list all = {list, ret->exception_count, EXCEPTIONS_MOST};
    if (rc < 0 || (town && control_waivers_read(c, arena, body, &all, err) < 0))
        return -1;
    ret->exception_count = all.count;
    return arena_check(arena, err);
}

/* Controls and registers are the town's own: they say nothing about another body. */
int
control_facts_read(struct control *control, struct arena *arena, const struct control_body *body,
                   int64_t now_us, struct control_facts *ret, struct err *err)
{
    bool town = body == body_find(control, (struct str){0});
    *ret = (struct control_facts){.now_us = now_us, .registers = silent_register};
    if (town) {
        ret->registers = control->registers;
        ret->registers_ctx = control->registers_ctx;
        if (read_results(control, arena, ret, err) < 0)
            return -1;
    }
    return read_exceptions(control, arena, body, ret, err);
}

/* Puts ROW among the newest in RET. */
static void
keep_newest(struct evidence_row *ret, size_t *count, struct evidence_row row)
{
    size_t i = *count;
    for (size_t k = 0; k < *count; k++)
        if (ret[k].index == row.index && str_equal(ret[k].log, row.log))
            return;
    while (i > 0 && ret[i - 1].at < row.at)
        i--;
    if (i == CONTROL_EVIDENCE_SHOWN)
        return;
    size_t last = *count < CONTROL_EVIDENCE_SHOWN ? *count : CONTROL_EVIDENCE_SHOWN - 1;
    for (size_t k = last; k > i; k--)
        ret[k] = ret[k - 1];
    ret[i] = row;
    *count = last + 1;
}

bool
control_serves_clause(const struct control_policy *p, const struct control_def *def, size_t clause)
{
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++)
        if (p->bound[i].topic != NULL && p->bound[i].counts &&
            control_serves(def, p->bound[i].topic, p->bound[i].part))
            return true;
    return false;
}

int
control_evidence_read(struct control *control, struct arena *arena,
                      const struct control_policy *policy, size_t clause, struct evidence_row *ret,
                      size_t *ret_count, struct err *err)
{
    *ret_count = 0;
    for (size_t i = 0; i < control->catalogue->control_count; i++) {
        const struct control_def *def = &control->catalogue->controls[i];
        if (!control_serves_clause(policy, def, clause))
            continue;
        struct db_query *q = db_query(control->store, &sql[EVIDENCE_OF]);
        db_bind_text(q, 1, def->id);
        int rc;
        while ((rc = db_step(q, err)) == 1)
            keep_newest(
                ret, ret_count,
                (struct evidence_row){str_dup(arena, db_text(q, 0)), str_dup(arena, db_text(q, 3)),
                                      str_dup(arena, db_text(q, 4)), db_int(q, 1), db_int(q, 2)});
        db_end(q);
        if (rc < 0)
            return -1;
    }
    return arena_check(arena, err);
}
