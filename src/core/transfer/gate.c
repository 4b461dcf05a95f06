/*
 * gate: what gated asks and reports. Runs in cored, in units (allow without cancel: outside as
 * well).
 *
 * Invariants: gated's word is an observation: it changes an item, never a decision; a report that
 * came before changes nothing; only the newest lease of a job may report; nothing is readable
 * before its deposit is logged.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/store/id.h"
#include "core/store/job.h"
#include "core/transfer/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECEIVED,
    SCANNED,
    DISARMED,
    REPORT,
    DEPOSITED,
    TAKEN,
    TAKEN_AT,
    STATE,
    LEFT,
    JOBS_FREE,
    OLD,
    CLOSED,
    COMMIT
};

static const struct store_statement sql[] = {
    [RECEIVED] = {"gate.received", "UPDATE item SET state = 'received', object_key = $2,"
                                   " sha256 = $3, received = $4 WHERE id = $1 AND state = 'open'"},
    [SCANNED] = {"gate.scanned", "UPDATE item SET state = $2, scan = $3, scan_engine = $4,"
                                 " scan_signatures = $5, scanned = $6, reasons = $7"
                                 " WHERE id = $1 AND state = 'received'"},
    [DISARMED] = {"gate.disarmed",
                  "UPDATE item SET state = $2, verdict = $3, depth = $4, kind = $5, reasons = $6,"
                  " removed = $7, name_out = $8, size_out = $9, sha256_out = $10,"
                  " clean_object = $11, clean_key = $12, report_sha256 = $13, disarmed = $14"
                  " WHERE id = $1 AND state = 'scanned'"},
    [REPORT] = {"gate.report", "INSERT INTO report(item, text) VALUES ($1, $2)"
                               " ON CONFLICT (item) DO UPDATE SET text = $2"},
    [DEPOSITED] = {"gate.deposited", "UPDATE item SET to_object = $2, to_key = $3,"
                                     " deposit_leaf = $4, deposited = $5 WHERE id = $1"
                                     " AND deposit_leaf IS NULL"},
    [TAKEN] = {"gate.taken", "UPDATE item SET take_leaf = $2, taken = $3, taken_by = $4"
                             " WHERE id = $1 AND taken = 0"},
    [TAKEN_AT] = {"gate.taken_at", "UPDATE transfer SET taken = $2 WHERE id = $1 AND taken = 0"},
    [STATE] = {"gate.state", "UPDATE item SET state = $2, reasons = $3 WHERE id = $1"},
    [LEFT] = {"gate.left", "SELECT count(*) FROM item WHERE transfer = $1"
                           " AND deposit_leaf IS NOT NULL AND taken = 0"},
    [JOBS_FREE] = {"gate.job_free", "UPDATE job SET state = 0, attempts ="
                                    " CASE WHEN lease < 20 AND attempts > 0 THEN attempts - 1"
                                    " ELSE attempts END, lease_until = 0"
                                    " WHERE queue = 'gate' AND state = 1"},
    [OLD] = {"gate.old", "SELECT id FROM transfer WHERE expires > 0 AND expires < $1"
                         " AND state NOT IN ('closed', 'releasing') ORDER BY expires LIMIT 50"},
    [COMMIT] = {"gate.commit", "INSERT OR REPLACE INTO gate_commit VALUES ($1, $2, $3, $4)"},
    [CLOSED] = {"gate.close", "UPDATE transfer SET expires = 0 WHERE id = $1"},
};

/* Loads ITEM and its transfer. -1 gate.not_found when either is gone. */
static int
both_load(struct transfer_desk *desk, struct arena *arena, uint64_t id, struct item_row *ret_item,
          struct transfer_row *ret_row, struct err *err)
{
    int rc = item_load(desk->store, arena, id, ret_item, err);
    if (rc == 0) {
        rc = transfer_load(desk->store, arena, ret_item->transfer, ret_row, err);
    }
    return rc <= 0 ? rc : ERR(err, "gate.not_found", "item");
}

int
transfer_upload_allow(struct transfer_desk *desk, const struct transfer_caller *caller,
                      uint64_t item_id, bool cancel, struct transfer_upload *ret, struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    struct item_row item;
    struct transfer_row row;
    int rc = both_load(desk, arena, item_id, &item, &row, err);
    if (rc == 0 && (row.person != caller->person || !str_equal(row.from, caller->zone) ||
                    row.state != TRANSFER_DRAFT || item.object.n != 32)) {
        rc = ERR(err, "gate.not_found", "item");
    }
    if (rc == 0) {
        const struct flow *flow = flow_find(desk->flows, row.flow);
        *ret = (struct transfer_upload){.side = flow != NULL ? flow->from : STR("internet"),
                                        .length = (uint64_t)item.size,
                                        .received = !str_equal_z(item.state, "open")};
        memcpy(ret->object, item.object.p, 32);
        rc = flow == NULL ? ERR(err, "gate.not_found", "flow") : 0;
    }
    arena_free(arena);
    if (rc == 0 && cancel) {
        return transfer_item_drop(desk, caller, row.id, item_id, err);
    }
    return rc;
}

static int
received_run(struct transfer_desk *desk, struct arena *arena, uint64_t id,
             const struct transfer_received *report, struct err *err)
{
    struct item_row item;
    struct transfer_row row;
    if (both_load(desk, arena, id, &item, &row, err) < 0) {
        return -1;
    }
    if (!str_equal(item.object, report->object) || (uint64_t)item.size != report->size) {
        return ERR(err, "gate.report", "object, size");
    }
    if (item.hashed) {
        bool same = memcmp(item.sha256, report->sha256, sizeof item.sha256) == 0;
        return same ? 0 : ERR(err, "gate.report", "sha256");
    }
    struct db_query *q = db_query(desk->store, &sql[RECEIVED]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_text(q, 2, report->key);
    db_bind_blob(q, 3, report->sha256, 32);
    db_bind_int(q, 4, time_now_us());
    if (db_run(q, err) < 0) {
        return -1;
    }
    return item_job(desk->store, &row, &item, "scan", err);
}

int
transfer_received(struct transfer_desk *desk, uint64_t item, const struct transfer_received *report,
                  struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    int rc = received_run(desk, arena, item, report, err);
    arena_free(arena);
    return rc;
}

/* ---- jobs ---- */

static void
put_str(json_t *map, const char *key, struct str value)
{
    (void)json_object_set_new(map, key, json_stringn(value.p != NULL ? value.p : "", value.n));
}

static void
put_hex(json_t *map, const char *key, const unsigned char digest[32])
{
    char hex[65];
    hex_encode(digest, 32, hex);
    (void)json_object_set_new(map, key, json_string(hex));
}

/* What gated needs to do KIND for ITEM. */
static json_t *
job_detail(struct transfer_desk *desk, const struct transfer_row *row, const struct item_row *item,
           bool deposit)
{
    char id[ID_CHARS + 1];
    id_format(row->id, id);
    const struct flow *flow = flow_find(desk->flows, row->flow);
    json_t *map = json_object();
    (void)json_object_set_new(map, "transfer", json_string(id));
    put_str(map, "number", row->number);
    put_str(map, "flow", row->flow);
    put_str(map, "side", row->from);
    put_str(map, "to_side", row->to);
    put_str(map, "class", row->class);
    put_str(map, "profile", flow != NULL ? flow->profile : STR("standard"));
    put_str(map, "object", deposit ? item->clean_object : item->object);
    put_str(map, "key", deposit ? item->clean_key : item->object_key);
    put_str(map, "name", deposit ? item->name_out : item->name);
    put_hex(map, "sha256", deposit ? item->sha256_out : item->sha256);
    (void)json_object_set_new(map, "size", json_integer(deposit ? item->size_out : item->size));
    (void)json_object_set_new(
        map, "limits",
        json_pack("{sI}", "item", (json_int_t)(flow != NULL ? flow->item_bytes : item->size)));
    if (deposit) {
        (void)json_object_set_new(map, "release", json_integer((json_int_t)row->release_leaf));
    }
    return map;
}

/* Fills the detail of a claimed job. 1: what it was for is gone, the job is done away with. */
static int
claim_detail(struct transfer_desk *desk, struct arena *arena, const struct job *job,
             struct transfer_job *ret, struct err *err)
{
    struct item_row item;
    struct transfer_row row;
    struct err why = {0};
    *ret = (struct transfer_job){
        .job = job->id, .lease = job->lease, .item = job->subject, .kind = job->kind};
    if (job->payload.n > 0) {
        ret->detail = job->payload;
        return 0;
    }
    if (both_load(desk, arena, job->subject, &item, &row, &why) < 0) {
        if (!err_is(&why, "gate.not_found")) {
            *err = why;
            return -1;
        }
        return job_done(desk->store, job->id, job->lease, err) < 0 ? -1 : 1;
    }
    json_t *map = job_detail(desk, &row, &item, str_equal_z(job->kind, "deposit"));
    char *text = json_dumps(map, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(map);
    ret->detail = str_dup(arena, str_of(text));
    free(text);
    return arena_check(arena, err);
}

int
transfer_claim(struct transfer_desk *desk, struct arena *arena, bool large,
               struct transfer_job *ret, struct err *err)
{
    struct job job;
    int rc = 1;
    do {
        rc = job_claim(desk->store, arena, "gate", large ? 2 : 0, TRANSFER_LEASE_S * TIME_US_SECOND,
                       &job, err);
        if (rc != 0) {
            return rc;
        }
        rc = claim_detail(desk, arena, &job, ret, err);
    } while (rc > 0);
    return rc;
}

int
transfer_beat(struct transfer_desk *desk, uint64_t job, uint64_t lease, struct err *err)
{
    int rc = job_beat(desk->store, job, lease, TRANSFER_LEASE_S * TIME_US_SECOND, err);
    return rc <= 0 ? rc : ERR(err, "job.lost", "%llu", (unsigned long long)job);
}

struct done {
    struct transfer_desk *desk;
    struct arena *arena;
    struct job job;
    struct item_row item;
    struct transfer_row row;
    json_t *result;
    struct str report;
};

static struct str
text_of(const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){"", 0} : (struct str){p, json_string_length(value)};
}

/* A list of words for the column `reasons`. */
static char *
reasons_of(const json_t *result, const char *one)
{
    json_t *list = json_array();
    json_t *given = json_object_get(result, "reasons");
    for (size_t i = 0; i < json_array_size(given) && i < 50; i++) {
        if (json_is_string(json_array_get(given, i))) {
            (void)json_array_append(list, json_array_get(given, i));
        }
    }
    if (one != NULL && json_array_size(list) == 0) {
        (void)json_array_append_new(list, json_string(one));
    }
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static int
item_state(struct done *done, const char *state, const char *reason, struct err *err)
{
    char *reasons = reasons_of(NULL, reason);
    struct db_query *q = db_query(done->desk->store, &sql[STATE]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_z(q, 2, state);
    db_bind_z(q, 3, reasons);
    int rc = db_run(q, err) < 0 ? -1 : 0;
    free(reasons);
    return rc;
}

static int
done_scan(struct done *done, struct err *err)
{
    struct str result = text_of(done->result, "result");
    const char *state = NULL, *reason = NULL;
    if (str_equal_z(result, "clean") || str_equal_z(result, "unscanned") ||
        str_equal_z(result, "encrypted")) {
        state = "scanned"; /* an encrypted container is for the disarmer to judge */
    } else if (str_equal_z(result, "infected")) {
        state = "infected";
        reason = "scan.infected";
    } else if (str_equal_z(result, "limit")) {
        state = "blocked";
        reason = "scan.limit";
    } else {
        return ERR(err, "gate.report", "scan result");
    }
    char *reasons = reasons_of(NULL, reason);
    struct db_query *q = db_query(done->desk->store, &sql[SCANNED]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_z(q, 2, state);
    db_bind_text(q, 3, result);
    db_bind_text(q, 4, text_of(done->result, "engine"));
    db_bind_text(q, 5, text_of(done->result, "signatures"));
    db_bind_int(q, 6, time_now_us());
    db_bind_z(q, 7, reasons);
    int64_t changed = db_run(q, err);
    free(reasons);
    if (changed <= 0 || reason != NULL) {
        return changed < 0 ? -1 : 0;
    }
    return item_job(done->desk->store, &done->row, &done->item, "disarm", err);
}

static bool
done_hash(const json_t *result, const char *key, unsigned char ret[32])
{
    return hex_decode(text_of(result, key), ret, 32);
}

static const char *
disarm_state(struct str verdict, const json_t *result)
{
    static const char *const good[] = {"rebuilt", "inspected"};
    json_t *reasons = json_object_get(result, "reasons");
    for (size_t i = 0; i < 2; i++) {
        if (str_equal_z(verdict, good[i])) {
            return "disarmed";
        }
    }
    if (!str_equal_z(verdict, "blocked")) {
        return NULL;
    }
    const char *first = json_string_value(json_array_get(reasons, 0));
    return first != NULL && strcmp(first, "password.needed") == 0 ? "locked" : "blocked";
}

static int
disarm_write(struct done *done, const char *state, const unsigned char sha256[32], struct err *err)
{
    const json_t *r = done->result;
    bool clean = strcmp(state, "disarmed") == 0;
    char *reasons = reasons_of(r, NULL);
    struct db_query *q = db_query(done->desk->store, &sql[DISARMED]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_z(q, 2, state);
    db_bind_text(q, 3, text_of(r, "verdict"));
    db_bind_text(q, 4, text_of(r, "depth"));
    db_bind_text(q, 5, text_of(r, "kind"));
    db_bind_z(q, 6, reasons);
    db_bind_int(q, 7, json_integer_value(json_object_get(r, "removed")));
    db_bind_text(q, 8, clean ? text_of(r, "name") : (struct str){0});
    db_bind_int(q, 9, clean ? json_integer_value(json_object_get(r, "size")) : 0);
    if (clean) {
        db_bind_blob(q, 10, sha256, 32);
        db_bind_text(q, 11, text_of(r, "object"));
        db_bind_text(q, 12, text_of(r, "key"));
    }
    db_bind_text(q, 13, text_of(r, "report_sha256"));
    db_bind_int(q, 14, time_now_us());
    int64_t changed = db_run(q, err);
    free(reasons);
    return changed < 0 ? -1 : 0;
}

static int
report_write(struct done *done, struct err *err)
{
    if (done->report.n == 0) {
        return 0;
    }
    json_t *parsed = json_loadb(done->report.p, done->report.n, JSON_REJECT_DUPLICATES, NULL);
    if (parsed == NULL || done->report.n > TRANSFER_REPORT_BYTES) {
        json_decref(parsed);
        return ERR(err, "gate.report", "report");
    }
    json_decref(parsed);
    struct db_query *q = db_query(done->desk->store, &sql[REPORT]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_text(q, 2, done->report);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
done_disarm(struct done *done, struct err *err)
{
    unsigned char sha256[32] = {0};
    struct str name = text_of(done->result, "name");
    const char *state = disarm_state(text_of(done->result, "verdict"), done->result);
    bool clean = state != NULL && strcmp(state, "disarmed") == 0;
    if (state == NULL ||
        (clean && (!done_hash(done->result, "sha256", sha256) || name.n == 0 ||
                   name.n > 2 * TRANSFER_NAME_BYTES || text_of(done->result, "object").n != 32 ||
                   text_of(done->result, "key").n == 0))) {
        return ERR(err, "gate.report", "disarm result");
    }
    if (disarm_write(done, state, sha256, err) < 0) {
        return -1;
    }
    return report_write(done, err);
}

static int
done_deposit(struct done *done, struct err *err)
{
    unsigned char sha256[32];
    const json_t *index = json_object_get(done->result, "index");
    struct str object = text_of(done->result, "object"), key = text_of(done->result, "key");
    if (!done_hash(done->result, "sha256", sha256) || !json_is_integer(index) || object.n != 32 ||
        key.n == 0 || memcmp(sha256, done->item.sha256_out, sizeof sha256) != 0) {
        return ERR(err, "gate.report", "deposit result");
    }
    struct db_query *q = db_query(done->desk->store, &sql[DEPOSITED]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_text(q, 2, object);
    db_bind_text(q, 3, key);
    db_bind_int(q, 4, json_integer_value(index));
    db_bind_int(q, 5, time_now_us());
    if (db_run(q, err) < 0) {
        return -1;
    }
    return done->desk->leaf == NULL
               ? 0
               : done->desk->leaf(done->desk->leaf_ctx, "transfer.deposit", done->row.number,
                                  (uint64_t)json_integer_value(index), true, err);
}

/* Keeps what the commitment in gated's leaf stands for. */
static int
done_commit(struct done *done, struct err *err)
{
    struct str nonce = text_of(done->result, "nonce"), content = text_of(done->result, "content");
    if (nonce.n == 0 || content.n > 4096) {
        return 0;
    }
    struct db_query *q = db_query(done->desk->store, &sql[COMMIT]);
    db_bind_int(q, 1, (int64_t)done->item.id);
    db_bind_text(q, 2, done->job.kind);
    db_bind_text(q, 3, nonce);
    db_bind_text(q, 4, content);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
done_good(struct done *done, struct err *err)
{
    if (str_equal_z(done->job.kind, "scan")) {
        return done_scan(done, err);
    }
    if (str_equal_z(done->job.kind, "disarm")) {
        return done_disarm(done, err);
    }
    return str_equal_z(done->job.kind, "deposit") ? done_deposit(done, err) : 0;
}

/* What was to be delivered is damaged or gone: access stays shut, and the ledger says why. */
static int
done_revoke(struct done *done, struct err *err)
{
    char id[ID_CHARS + 1];
    id_format(done->row.id, id);
    if (done->row.state != TRANSFER_RELEASING) {
        return 0;
    }
    if (transfer_move(done->desk->store, &done->row, TRANSFER_REVOKED, time_now_us(), err) < 0) {
        return -1;
    }
    struct transfer_event_new event = {
        .transfer = done->row.id,
        .kind = "transfer.revoke",
        .topic = "transfer.revoke",
        .plain = true,
        .leaf = json_pack("{ss ss ss}", "actor", "system", "reason", "damaged", "transfer", id),
        .content = json_object()};
    return transfer_event_add(done->desk->store, &event, NULL, err);
}

/* No attempt is left: the item is blocked; a delivery that cannot be made is revoked. */
static int
done_dead(struct done *done, const char *reason, struct err *err)
{
    bool early = str_equal_z(done->job.kind, "scan") || str_equal_z(done->job.kind, "disarm");
    if (str_equal_z(done->job.kind, "deposit")) {
        return done_revoke(done, err);
    }
    return early && !item_settled(&done->item) ? item_state(done, "blocked", reason, err) : 0;
}

static int
done_failed(struct done *done, struct err *err)
{
    struct str code = text_of(done->result, "failed");
    bool retry = json_is_true(json_object_get(done->result, "retry"));
    if (str_equal_z(done->job.kind, "destroy")) {
        retry = true;
    }
    int64_t wait =
        (INT64_C(1) << (done->job.attempts < 6 ? done->job.attempts : 6)) * TIME_US_SECOND;
    int rc = job_fail(done->desk->store, done->job.id, done->job.lease, code, retry, wait, err);
    if (rc != JOB_DEAD) {
        return rc < 0 ? -1 : 0;
    }
    char reason[64];
    (void)snprintf(reason, sizeof reason, "%.*s", STR_FMT(str_slice(code, 0, 60)));
    return done_dead(done, reason, err);
}

static int
done_run(struct done *done, uint64_t job, uint64_t lease, struct err *err)
{
    struct transfer_desk *desk = done->desk;
    int rc = job_get(desk->store, done->arena, job, lease, &done->job, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "job.lost", "%llu", (unsigned long long)job);
    }
    if (str_equal_z(done->job.kind, "destroy")) {
        rc = json_object_get(done->result, "failed") != NULL
                 ? done_failed(done, err)
                 : job_done(desk->store, job, lease, err);
        return rc < 0 ? -1 : 0;
    }
    if (both_load(desk, done->arena, done->job.subject, &done->item, &done->row, err) < 0) {
        return -1;
    }
    if (json_object_get(done->result, "failed") != NULL) {
        rc = done_failed(done, err);
    } else {
        rc = job_done(desk->store, job, lease, err);
        if (rc == JOB_LOST) {
            return ERR(err, "job.lost", "%llu", (unsigned long long)job);
        }
        if (rc == JOB_OK) {
            rc = done_good(done, err) < 0 ? -1 : done_commit(done, err);
        }
    }
    return rc < 0 ? -1 : transfer_settle(desk, done->arena, done->row.id, err);
}

int
transfer_done(struct transfer_desk *desk, struct arena *arena, uint64_t job, uint64_t lease,
              struct str result, struct str report, struct err *err)
{
    struct done done = {.desk = desk, .arena = arena, .report = report};
    done.result = json_loadb(result.p, result.n, JSON_REJECT_DUPLICATES, NULL);
    int rc = json_is_object(done.result) ? done_run(&done, job, lease, err)
                                         : ERR(err, "gate.report", "result");
    json_decref(done.result);
    return rc;
}

/* ---- reading ---- */

static int
content_run(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
            uint64_t id, struct item_row *item, struct transfer_row *row, struct err *err)
{
    if (both_load(desk, arena, id, item, row, err) < 0) {
        return -1;
    }
    int receives = transfer_receives(desk->store, arena, row, caller->person, err);
    if (receives < 0) {
        return -1;
    }
    if (receives == 0 || !str_equal(row->to, caller->zone)) {
        return ERR(err, "gate.not_found", "item");
    }
    bool open = row->state == TRANSFER_READY || row->state == TRANSFER_TAKEN;
    return open && item->deposit_logged && item->cleaned
               ? 0
               : ERR(err, "gate.not_ready", "%s", transfer_state_names[row->state]);
}

static const char *
content_type(struct str kind)
{
    static const struct {
        const char *kind, *type;
    } types[] = {
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
        {"pdf", "application/pdf"},
        {"zip", "application/zip"},
        {"txt", "text/plain; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"png", "image/png"},
        {"jpeg", "image/jpeg"},
        {"jpg", "image/jpeg"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_equal_z(kind, types[i].kind)) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

int
transfer_content_allow(struct transfer_desk *desk, struct arena *arena,
                       const struct transfer_caller *caller, uint64_t id,
                       struct transfer_content *ret, struct err *err)
{
    struct item_row item;
    struct transfer_row row;
    struct account_person person;
    if (content_run(desk, arena, caller, id, &item, &row, err) < 0) {
        return -1;
    }
    int rc = account_person_get(desk->store, arena, caller->person, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "gate.not_found", "person");
    }
    *ret = (struct transfer_content){.object = item.to_object,
                                     .side = row.to,
                                     .key = item.to_key,
                                     .name = item.name_out,
                                     .type = str_of(content_type(item.kind)),
                                     .person = person.handle,
                                     .size = (uint64_t)item.size_out,
                                     .leaf = item.deposit_leaf};
    memcpy(ret->sha256, item.sha256_out, sizeof ret->sha256);
    return 0;
}

static int
taken_run(struct transfer_desk *desk, struct arena *arena, uint64_t id, struct str person,
          uint64_t leaf, struct err *err)
{
    struct item_row item;
    struct transfer_row row;
    int64_t now = time_now_us(), left = 0;
    if (both_load(desk, arena, id, &item, &row, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[TAKEN]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)leaf);
    db_bind_int(q, 3, now);
    db_bind_text(q, 4, person);
    int64_t changed = db_run(q, err);
    if (changed <= 0) {
        return changed < 0 ? -1 : 0;
    }
    q = db_query(desk->store, &sql[LEFT]);
    db_bind_int(q, 1, (int64_t)row.id);
    if (db_one_int(q, &left, err) < 0) {
        return -1;
    }
    if (left > 0 || row.state != TRANSFER_READY) {
        return 0;
    }
    const struct flow *flow = flow_find(desk->flows, row.flow);
    int64_t keep = flow != NULL ? flow->keep_taken_us : 7 * TIME_US_DAY;
    if (transfer_move(desk->store, &row, TRANSFER_TAKEN, now + keep, err) < 0) {
        return -1;
    }
    q = db_query(desk->store, &sql[TAKEN_AT]);
    db_bind_int(q, 1, (int64_t)row.id);
    db_bind_int(q, 2, now);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_taken(struct transfer_desk *desk, uint64_t item, struct str person, uint64_t leaf,
               struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    int rc = taken_run(desk, arena, item, person, leaf, err);
    arena_free(arena);
    return rc;
}

/* ---- the clock ---- */

/* A job whose lease ran out for the last time: the worker died of it. */
static int
job_buried(struct transfer_desk *desk, struct arena *arena, const struct job *job, struct err *err)
{
    struct done done = {.desk = desk, .arena = arena, .job = *job};
    struct err why = {0};
    if (both_load(desk, arena, job->subject, &done.item, &done.row, &why) < 0) {
        return 0;
    }
    if (done_dead(&done, "worker.died", err) < 0) {
        return -1;
    }
    return transfer_settle(desk, arena, done.row.id, err);
}

static int
tick_jobs(struct transfer_desk *desk, struct arena *arena, struct err *err)
{
    for (int i = 0; i < 50; i++) {
        struct job job;
        bool dead = false;
        int rc = job_expire(desk->store, arena, "gate", &job, &dead, err);
        if (rc != 0) {
            return rc < 0 ? -1 : 0;
        }
        if (dead && job_buried(desk, arena, &job, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* One transfer whose time is over. */
static int
tick_old(struct transfer_desk *desk, struct arena *arena, uint64_t id, struct err *err)
{
    struct transfer_row row;
    int rc = transfer_load(desk->store, arena, id, &row, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (row.state == TRANSFER_DRAFT || row.state == TRANSFER_SUBMITTED ||
        row.state == TRANSFER_WAITING) {
        return transfer_end(desk, arena, &row, TRANSFER_EXPIRED, err);
    }
    if (transfer_destroy(desk->store, arena, &row, err) < 0 ||
        transfer_move(desk->store, &row, TRANSFER_CLOSED, 0, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[CLOSED]);
    db_bind_int(q, 1, (int64_t)id);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_tick(struct transfer_desk *desk, struct arena *arena, struct err *err)
{
    uint64_t old[50];
    size_t count = 0;
    if (tick_jobs(desk, arena, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[OLD]);
    db_bind_int(q, 1, time_now_us());
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        old[count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = tick_old(desk, arena, old[i], err);
    }
    return rc < 0 ? -1 : 0;
}

int
transfer_gate_lost(struct transfer_desk *desk, struct err *err)
{
    return db_run(db_query(desk->store, &sql[JOBS_FREE]), err) < 0 ? -1 : 0;
}
