/*
 * import_row: see import_row.h. Runs in cored.
 */
#include "core/control/import_row.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "core/control/import.h"
#include "core/store/id.h"

#include <stdio.h>
#include <string.h>

enum {
    PUT,
    GET,
    OPEN,
    OPEN_COUNT,
    WAITING,
    JSON_OF,
    SOURCE_OF,
    STATE,
    KEEP,
    FORGET,
    DROP_BIND,
    DROP_VERSION,
    Q_ALL,
    Q_COUNT,
    Q_PUT,
    Q_SETTLE,
    Q_ASIDE,
    Q_RESTORE,
    Q_DROP_OLD,
    Q_DROP
};

#define IMPORT_COLUMNS "id, state, body, name, sha256, error_code, error_detail, made_at, rev"

static const struct store_statement sql[] = {
    [PUT] = {"control.import_put",
             "INSERT INTO policy_import(id, state, body, name, sha256, source, json, error_code,"
             " error_detail, made_by, made_at, rev)"
             " VALUES ($1, 'reading', $2, $3, $4, $5, '', '', '', $6, $7, 1)"},
    [GET] = {"control.import_get", "SELECT " IMPORT_COLUMNS " FROM policy_import WHERE id = $1"},
    [OPEN] = {"control.import_open", "SELECT " IMPORT_COLUMNS " FROM policy_import WHERE state IN"
                                     " ('reading', 'read', 'failed') ORDER BY id DESC LIMIT 100"},
    [OPEN_COUNT] = {"control.import_open_count", "SELECT count(*) FROM policy_import WHERE state IN"
                                                 " ('reading', 'read', 'failed')"},
    [WAITING] = {"control.import_waiting",
                 "SELECT id FROM policy_import WHERE state = 'reading' ORDER BY id LIMIT 1"},
    [JSON_OF] = {"control.import_json", "SELECT json FROM policy_import WHERE id = $1"},
    [SOURCE_OF] = {"control.import_source", "SELECT source FROM policy_import WHERE id = $1"},
    [STATE] = {"control.import_state", "UPDATE policy_import SET state = $2, error_code = $3,"
                                       " error_detail = $4, rev = rev + 1 WHERE id = $1"},
    [KEEP] = {"control.import_keep", "UPDATE policy_import SET json = $2 WHERE id = $1"},
    [FORGET] = {"control.import_forget",
                "UPDATE policy_import SET source = x'', json = '' WHERE id = $1"},
    [DROP_BIND] = {"control.import_drop_bind",
                   "DELETE FROM policy_bind WHERE version IN (SELECT id FROM policy_version"
                   " WHERE import = $1 AND state = 'draft')"},
    [DROP_VERSION] = {"control.import_drop_version",
                      "DELETE FROM policy_version WHERE import = $1 AND state = 'draft'"},
    [Q_ALL] = {"control.question_all",
               "SELECT id, kind, severity, version, doc, key, label, title, text, code, sentence,"
               " at_from, at_to, candidates, choice FROM policy_question WHERE import = $1"
               " ORDER BY seq, id"},
    [Q_COUNT] = {"control.question_count",
                 "SELECT count(*) FROM policy_question WHERE import = $1"},
    [Q_PUT] = {"control.question_put",
               "INSERT INTO policy_question(import, id, seq, kind, severity, version, doc, key,"
               " label, title, text, code, sentence, at_from, at_to, candidates, choice, by_person,"
               " at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
               " '', 0, 0) ON CONFLICT DO NOTHING"},
    [Q_SETTLE] = {"control.question_settle",
                  "UPDATE policy_question SET choice = $3, by_person = $4, at = $5"
                  " WHERE import = $1 AND id = $2"},
    [Q_ASIDE] = {"control.question_aside",
                 "UPDATE policy_question SET id = 'old:' || id WHERE import = $1"},
    [Q_RESTORE] =
        {"control.question_restore",
         "UPDATE policy_question SET (choice, by_person, at) = (SELECT o.choice,"
         " o.by_person, o.at FROM policy_question o WHERE o.import = $1"
         " AND o.id = 'old:' || policy_question.id) WHERE import = $1 AND EXISTS (SELECT 1"
         " FROM policy_question o WHERE o.import = $1 AND o.id = 'old:' ||"
         " policy_question.id)"},
    [Q_DROP_OLD] = {"control.question_drop_old",
                    "DELETE FROM policy_question WHERE import = $1 AND id LIKE 'old:%'"},
    [Q_DROP] = {"control.question_drop", "DELETE FROM policy_question WHERE import = $1"},
};

enum { OPEN_MOST = 20, NAME_BYTES = 255 };

static int
run_for(struct control *c, int statement, int64_t id, struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[statement]);
    db_bind_int(q, 1, id);
    return db_run(q, err) < 0 ? -1 : 0;
}

static bool
body_word(struct str s)
{
    if (s.n == 0 || s.n > 32 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
            s.p[i] != '-' && s.p[i] != '_')
            return false;
    return true;
}

int
import_begin(struct control *control, const struct import_new *new, int64_t *ret_id,
             struct err *err)
{
    int64_t open = 0;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    struct str body = new->body.n == 0 ? STR("town") : new->body;
    if (new->source.n > IMPORT_SOURCE_BYTES)
        return ERR(err, "policy.size", "%zu", new->source.n);
    if (!body_word(body))
        return ERR(err, "policy.body", "%.*s", STR_FMT(str_slice(body, 0, 40)));
    if (db_one_int(db_query(control->store, &sql[OPEN_COUNT]), &open, err) < 0)
        return -1;
    if (open >= OPEN_MOST)
        return ERR(err, "policy.imports", "%d", OPEN_MOST);
    sha256_of(new->source.p == NULL ? "" : new->source.p, new->source.n, digest);
    hex_encode(digest, sizeof digest, hex);
    *ret_id = (int64_t)id_new();
    struct db_query *q = db_query(control->store, &sql[PUT]);
    db_bind_int(q, 1, *ret_id);
    db_bind_text(q, 2, body);
    db_bind_text(q, 3, str_slice(new->name, 0, NAME_BYTES));
    db_bind_z(q, 4, hex);
    db_bind_blob(q, 5, new->source.n == 0 ? "" : new->source.p, new->source.n);
    db_bind_int(q, 6, (int64_t) new->person);
    db_bind_int(q, 7, new->now_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* What a page was shown is named by this: the import, its file, and how often it moved. */
static void
digest_of(struct import_row *row)
{
    char text[200];
    uint8_t digest[SHA256_BYTES];
    int n = snprintf(text, sizeof text, "import/1 %lld %lld %.*s", (long long)row->id,
                     (long long)row->rev, STR_FMT(row->sha256));
    sha256_of(text, (size_t)n, digest);
    hex_encode(digest, sizeof digest, row->digest);
}

static void
read_row(struct db_query *q, struct arena *arena, struct import_row *ret)
{
    *ret = (struct import_row){.id = db_int(q, 0),
                               .state = str_dup(arena, db_text(q, 1)),
                               .body = str_dup(arena, db_text(q, 2)),
                               .name = str_dup(arena, db_text(q, 3)),
                               .sha256 = str_dup(arena, db_text(q, 4)),
                               .error_code = str_dup(arena, db_text(q, 5)),
                               .error_detail = str_dup(arena, db_text(q, 6)),
                               .made_at = db_int(q, 7),
                               .rev = db_int(q, 8)};
    digest_of(ret);
}

int
import_row_get(struct control *control, struct arena *arena, int64_t id, struct import_row *ret,
               struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[GET]);
    db_bind_int(q, 1, id);
    int rc = db_step(q, err);
    if (rc == 1)
        read_row(q, arena, ret);
    db_end(q);
    if (rc < 0)
        return -1;
    return rc == 0 ? 1 : arena_check(arena, err);
}

int
import_row_open(struct control *control, struct arena *arena, struct import_row **ret,
                size_t *ret_count, struct err *err)
{
    enum { SHOWN = 100 };
    *ret = arena_array(arena, SHOWN, sizeof **ret);
    *ret_count = 0;
    if (*ret == NULL)
        return arena_check(arena, err);
    struct db_query *q = db_query(control->store, &sql[OPEN]);
    int rc;
    while ((rc = db_step(q, err)) == 1 && *ret_count < SHOWN)
        read_row(q, arena, &(*ret)[(*ret_count)++]);
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

static int
text_of(struct control *c, struct arena *arena, int statement, int64_t id, struct str *ret,
        struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[statement]);
    db_bind_int(q, 1, id);
    int rc = db_step(q, err);
    if (rc == 1)
        *ret = str_dup(arena, statement == SOURCE_OF ? db_blob(q, 0) : db_text(q, 0));
    db_end(q);
    if (rc < 0)
        return -1;
    return rc == 0 ? ERR(err, "not_found", "import") : arena_check(arena, err);
}

int
import_row_json(struct control *control, struct arena *arena, int64_t id, struct str *ret,
                struct err *err)
{
    return text_of(control, arena, JSON_OF, id, ret, err);
}

int
import_row_source(struct control *control, struct arena *arena, int64_t id, struct str *ret,
                  struct err *err)
{
    return text_of(control, arena, SOURCE_OF, id, ret, err);
}

int
import_next(struct control *control, int64_t *ret_id, struct err *err)
{
    return db_one_int(db_query(control->store, &sql[WAITING]), ret_id, err);
}

int
import_waiting(struct control *control, struct arena *arena, int64_t id, struct str *ret_source,
               struct str *ret_name, struct err *err)
{
    struct import_row row;
    int rc = import_row_get(control, arena, id, &row, err);
    if (rc != 0 || !str_equal_z(row.state, "reading"))
        return rc < 0 ? -1 : 1;
    *ret_name = row.name;
    return import_row_source(control, arena, id, ret_source, err);
}

int
import_row_state(struct control *control, int64_t id, const char *state, const struct err *why,
                 struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[STATE]);
    db_bind_int(q, 1, id);
    db_bind_z(q, 2, state);
    db_bind_z(q, 3, why == NULL ? "" : why->code);
    db_bind_z(q, 4, why == NULL ? "" : why->detail);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
import_row_keep(struct control *control, int64_t id, struct str json, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[KEEP]);
    db_bind_int(q, 1, id);
    db_bind_text(q, 2, json);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
import_row_drop_drafts(struct control *control, int64_t id, struct err *err)
{
    return run_for(control, DROP_BIND, id, err) < 0 ? -1 : run_for(control, DROP_VERSION, id, err);
}

int
import_row_forget(struct control *control, int64_t id, struct err *err)
{
    return run_for(control, Q_DROP, id, err) < 0 ? -1 : run_for(control, FORGET, id, err);
}

/* ---- questions ---- */

int
question_all(struct control *control, struct arena *arena, int64_t id, struct question_row **ret,
             size_t *ret_count, struct err *err)
{
    int64_t count = 0;
    struct db_query *q = db_query(control->store, &sql[Q_COUNT]);
    db_bind_int(q, 1, id);
    *ret_count = 0;
    if (db_one_int(q, &count, err) < 0)
        return -1;
    *ret = arena_array(arena, (size_t)count + 1, sizeof **ret);
    if (*ret == NULL)
        return arena_check(arena, err);
    q = db_query(control->store, &sql[Q_ALL]);
    db_bind_int(q, 1, id);
    int rc;
    while ((rc = db_step(q, err)) == 1 && *ret_count < (size_t)count) {
        struct question_row *row = &(*ret)[(*ret_count)++];
        struct str *texts[] = {&row->id,   &row->kind,       &row->severity, NULL,
                               &row->doc,  &row->key,        &row->label,    &row->title,
                               &row->text, &row->code,       NULL,           NULL,
                               NULL,       &row->candidates, &row->choice};
        for (int i = 0; i < 15; i++)
            if (texts[i] != NULL)
                *texts[i] = str_dup(arena, db_text(q, i));
        row->version = db_int(q, 3);
        row->sentence = (unsigned)db_int(q, 10);
        row->from = db_int(q, 11);
        row->to = db_int(q, 12);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
question_put(struct control *control, int64_t import, size_t seq, const struct question_row *row,
             struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[Q_PUT]);
    const struct str texts[] = {row->doc, row->key, row->label, row->title, row->text, row->code};
    db_bind_int(q, 1, import);
    db_bind_text(q, 2, row->id);
    db_bind_int(q, 3, (int64_t)seq);
    db_bind_text(q, 4, row->kind);
    db_bind_text(q, 5, row->severity);
    db_bind_int(q, 6, row->version);
    for (int i = 0; i < 6; i++)
        db_bind_text(q, 7 + i, texts[i].p == NULL ? STR("") : texts[i]);
    db_bind_int(q, 13, row->sentence);
    db_bind_int(q, 14, row->from);
    db_bind_int(q, 15, row->to);
    db_bind_text(q, 16, row->candidates.p == NULL ? STR("[]") : row->candidates);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
question_settle(struct control *control, int64_t import, struct str id, struct str choice,
                uint64_t person, int64_t now_us, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[Q_SETTLE]);
    db_bind_int(q, 1, import);
    db_bind_text(q, 2, id);
    db_bind_text(q, 3, choice);
    db_bind_int(q, 4, (int64_t)person);
    db_bind_int(q, 5, now_us);
    int64_t changed = db_run(q, err);
    if (changed < 0)
        return -1;
    return changed == 0;
}

int
question_aside(struct control *control, int64_t import, struct err *err)
{
    return run_for(control, Q_ASIDE, import, err);
}

int
question_restore(struct control *control, int64_t import, struct err *err)
{
    if (run_for(control, Q_RESTORE, import, err) < 0)
        return -1;
    return run_for(control, Q_DROP_OLD, import, err);
}
