/*
 * scene: cored without its program, for its tests: portals, authd, gated and ledgerd are the other
 * ends of socket pairs in the same loop. Included by core/api/api_test.c.
 */
#ifndef TESTS_CORED_SCENE_H
#define TESTS_CORED_SCENE_H

#include "core/api/api.h"

#include "base/crypt/encode.h"
#include "base/mem/buf.h"
#include "base/os/file.h"
#include "core/api/deliver.h"
#include "core/api/gate.h"
#include "core/store/outbox.h"
#include "proto/auth/auth.h"
#include "proto/ledger/kinds.h"
#include "proto/ledger/ledger.h"
#include "proto/transfer/transfer.h"
#include "core/register/project.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 clerk, 2 her section manager, 3 a clerk elsewhere, 4 the same natural person as 1, 5 department
 * officer. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2",
     "INSERT INTO section VALUES (10, 1, 'A', '町民部', '', NULL, 0, 99999),"
     " (11, 1, 'A1', '住民課', '', 10, 0, 99999), (12, 1, 'B1', '税務課', '', NULL, 0, 99999)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'kacho', '課長', 3, 1, 1, 0, 99999),"
           " (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999), (102, 12, 'shuji', '主事', 9, 0, 9, 0, "
           "99999),"
           " (103, 10, 'bucho', '部長', 2, 1, 1, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:aaaaaaaaaaaaaaaaaaaaaaaaaa', '佐藤 未来', ''),"
           " (2, 'p:bbbbbbbbbbbbbbbbbbbbbbbbbb', '山﨑 彩', ''),"
           " (3, 'p:cccccccccccccccccccccccccc', '中村 光', ''),"
           " (4, 'p:dddddddddddddddddddddddddd', '佐藤 未来', ''),"
           " (5, 'p:eeeeeeeeeeeeeeeeeeeeeeeeee', '小林 実', '')"},
    {"t5", "INSERT INTO person_join VALUES (4, 1)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 100, 'main', 0, 99999, ''), (3, 3, 102, 'main', 0, 99999, ''),"
           " (4, 4, 100, 'main', 0, 99999, ''), (5, 5, 103, 'main', 0, 99999, '')"},
    {"t8",
     "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 99999),"
     " (2, 'department_officer', 'section', 10, 103, NULL, 0, 99999)"},
    {"t9",
     "INSERT INTO account VALUES (1, 1, 'sato', 'open', 'internet lgwan'),"
     " (2, 2, 'yamazaki', 'open', 'internet lgwan'), (3, 3, 'nakamura', 'open', 'internet lgwan'),"
     " (4, 4, 'sato2', 'open', 'internet lgwan'), (5, 5, 'kobayashi', 'open', 'internet lgwan')"},
};

/* The whole of cored, and the other ends. */
static struct scene {
    char folder[64], path[128];
    struct loop *loop;
    struct store *store;
    struct register_set *registers;
    struct flow_set *flows;
    struct transfer_desk desk;
    struct session_desk *sessions;
    struct gate_door *door;
    struct deliver *deliver;
    struct api *api;
    struct ipc_edge *to_authd, *authd, *gate_in, *gated, *to_ledger, *ledgerd;
    struct ipc_edge *portal_in[2], *portal[2]; /* internet, lgwan */
    uint64_t leaves;                           /* entries the fake ledger holds */
    bool ledger_off;                           /* it does not answer appends */
    unsigned wakes;
    unsigned status; /* of the last call */
    json_t *body;
    struct err err;
    bool came;
    struct job_given job;
    char job_kind[16], job_item[16], job_detail[4096];
    struct upload_allowed upload;
    char object[40], side[16];
    struct content_allowed content;
} s;

static inline int
unit_fill(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    for (size_t i = 0; i < sizeof town / sizeof *town; i++) {
        if (db_exec(store, &town[i], err) < 0) {
            return -1;
        }
    }
    return register_project(s.registers, store, err);
}

static void
filled(void *arg, int result, const struct err *err)
{
    (void)arg;
    if (result < 0) {
        fail_msg("%s %s", err->code, err->detail);
    }
}

/* ---- the other ends ---- */

static inline void
fake_session(void *ctx, struct ipc_call *call, const void *value)
{
    (void)ctx;
    const struct session_check *check = value;
    struct session_state state = {.factors = STR("password,totp"), .until = 1, .idle_s = 900};
    uint64_t account = 0;
    ptrdiff_t at = str_find(check->session, STR("@"), 0);
    if (at > 0 &&
        str_equal(str_slice(check->session, (size_t)at + 1, check->session.n), check->zone) &&
        str_to_u64(str_slice(check->session, 0, (size_t)at), &account)) {
        state.valid = true;
        state.account = account;
    }
    ipc_answer(call, &session_state_message, &state, NULL);
}

static inline void
fake_hello(void *ctx, struct ipc_call *call, const void *value)
{
    (void)ctx;
    (void)value;
    struct ledger_hello_answer answer = {
        .origin = STR("test/n1/1"), .head = s.leaves, .size = s.leaves};
    ipc_answer(call, &ledger_hello_answer_message, &answer, NULL);
}

static inline void
fake_append(void *ctx, struct ipc_call *call, const void *value)
{
    (void)ctx;
    const struct ledger_append *append = value;
    struct err err = {0};
    if (s.ledger_off) {
        (void)ERR(&err, "ledger.busy", "test");
        ipc_fail(call, &err);
        return;
    }
    assert_int_equal(ledger_row_check(STR("cored"), append->kind, append->data, &err), 0);
    struct ledger_appended answer = {.seq = append->seq, .index = append->seq + 99, .at_us = 1000};
    if (append->seq == s.leaves + 1) {
        s.leaves++;
    } else {
        assert_true(append->seq <= s.leaves);
        answer.duplicate = true;
    }
    ipc_answer(call, &ledger_appended_message, &answer, NULL);
}

static inline void
fake_wake(void *ctx, struct ipc_call *call, const void *value)
{
    (void)ctx;
    (void)call;
    (void)value;
    s.wakes++;
}

static inline void
on_request(void *ctx, struct ipc_call *call, const void *value)
{
    api_request_take(s.api, call, str_of(ctx), value);
}

static const struct ipc_route authd_routes[] = {{&session_check_message, fake_session}};
static const struct ipc_service authd_service = {"authd", authd_routes, 1};
static const struct ipc_route ledger_routes[] = {{&ledger_hello_message, fake_hello},
                                                 {&ledger_append_message, fake_append}};
static const struct ipc_service ledger_service = {"ledgerd", ledger_routes, 2};
static const struct ipc_route wake_routes[] = {{&job_wake_message, fake_wake}};
static const struct ipc_service wake_service = {"gated", wake_routes, 1};
static const struct ipc_route portal_routes[] = {{&api_request_message, on_request}};
static const struct ipc_service portal_service = {"portal", portal_routes, 1};

static inline void
pair(struct ipc_edge *a, struct ipc_edge *b)
{
    int fds[2];
    struct err err;
    assert_int_equal(ipc_pair(fds, &err), 0);
    ipc_edge_attach(a, fds[0]);
    ipc_edge_attach(b, fds[1]);
}

static inline int
leaf_check(struct str kind, struct str data, struct err *err)
{
    return ledger_row_check(STR("cored"), kind, data, err);
}

static inline int
leaf_logged(void *ctx, const struct outbox_row *row, struct err *err)
{
    return transfer_logged(ctx, row->topic, row->subject, row->leaf, err);
}

static inline void
leaf_state(void *ctx, const struct err *err)
{
    (void)ctx;
    (void)err;
}

static inline void
open_cored(void)
{
    struct err err = {0};
    (void)snprintf(s.path, sizeof s.path, "%s/cored.db", s.folder);
    struct store_options options = {.loop = s.loop, .path = s.path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &s.store, &err) < 0 ||
        register_set_load(DATA, &s.registers, &err) < 0 ||
        flow_set_load(DATA, s.registers, &s.flows, &err) < 0) {
        fail_msg("%s %s", err.code, err.detail);
    }
    outbox_check_set(s.store, leaf_check);
    s.desk = (struct transfer_desk){.store = s.store, .registers = s.registers, .flows = s.flows};
    transfer_effects(&s.desk);
    s.to_authd = ipc_edge_new(s.loop, "authd", NULL, NULL);
    s.gate_in = ipc_edge_new(s.loop, "gated", NULL, NULL);
    s.to_ledger = ipc_edge_new(s.loop, "ledgerd", NULL, NULL);
    s.sessions = session_desk_new(s.loop, s.store, s.to_authd);
    s.door = gate_door_new(s.loop, &s.desk, s.sessions, s.gate_in);
    ipc_edge_serve(s.gate_in, &gate_door_service, &s.door);
    struct api_config config = {.loop = s.loop,
                                .store = s.store,
                                .desk = &s.desk,
                                .registers = s.registers,
                                .sessions = s.sessions,
                                .ledger = s.to_ledger};
    s.api = api_new(&config);
    struct deliver_config deliver = {.loop = s.loop,
                                     .store = s.store,
                                     .edge = s.to_ledger,
                                     .logged = leaf_logged,
                                     .state = leaf_state,
                                     .ctx = &s.desk};
    s.deliver = deliver_new(&deliver);
    static char zones[2][16] = {"internet", "lgwan"};
    for (int i = 0; i < 2; i++) {
        s.portal_in[i] = ipc_edge_new(s.loop, "portal", &portal_service, zones[i]);
        pair(s.portal_in[i], s.portal[i]);
    }
    pair(s.to_authd, s.authd);
    pair(s.gate_in, s.gated);
    pair(s.to_ledger, s.ledgerd);
}

static inline void
close_cored(void)
{
    deliver_free(s.deliver);
    for (int i = 0; i < 2; i++) {
        ipc_edge_free(s.portal_in[i]);
    }
    ipc_edge_free(s.gate_in);
    ipc_edge_free(s.to_authd);
    ipc_edge_free(s.to_ledger);
    api_free(s.api);
    gate_door_free(s.door);
    session_desk_free(s.sessions);
    store_close(s.store);
    flow_set_free(s.flows);
    register_set_free(s.registers);
}

static inline int
set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    memcpy(s.folder, "/tmp/core_api_XXXXXX", 21);
    if (mkdtemp(s.folder) == NULL) {
        return -1;
    }
    s.loop = loop_new();
    s.authd = ipc_edge_new(s.loop, "authd.in", &authd_service, NULL);
    s.gated = ipc_edge_new(s.loop, "gated.out", &wake_service, NULL);
    s.ledgerd = ipc_edge_new(s.loop, "ledgerd.in", &ledger_service, NULL);
    s.portal[0] = ipc_edge_new(s.loop, "portal.internet", NULL, NULL);
    s.portal[1] = ipc_edge_new(s.loop, "portal.lgwan", NULL, NULL);
    open_cored();
    store_write(s.store, unit_fill, filled, NULL);
    store_flush(s.store);
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    close_cored();
    ipc_edge_free(s.authd);
    ipc_edge_free(s.gated);
    ipc_edge_free(s.ledgerd);
    ipc_edge_free(s.portal[0]);
    ipc_edge_free(s.portal[1]);
    loop_free(s.loop);
    json_decref(s.body);
    static const char *const names[] = {"cored.db", "cored.db-wal", "cored.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", s.folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(s.folder);
}

/* ---- asking ---- */

static inline void
turn(int turns)
{
    for (int i = 0; i < turns; i++) {
        loop_once(s.loop, 2);
    }
}

static inline void
wait_came(void)
{
    for (int i = 0; i < 2000 && !s.came; i++) {
        loop_once(s.loop, 5);
    }
    assert_true(s.came);
}

static inline void
answered(void *arg, const struct ipc_result *result)
{
    (void)arg;
    s.came = true;
    if (result->value == NULL) {
        fail_msg("%s %s", result->err->code, result->err->detail);
        return;
    }
    const struct api_answer *answer = result->value;
    s.status = (unsigned)answer->status;
    if (result->fd_count > 0) {
        (void)lseek(result->fds[0], 0, SEEK_SET);
    }
    s.body = result->fd_count > 0 ? json_loadfd(result->fds[0], 0, NULL)
                                  : json_loadb(answer->body.p, answer->body.n, 0, NULL);
}

/* One call of person PERSON at portal ZONE (0 internet, 1 lgwan). The status. */
static inline unsigned
ask(int person, int zone, const char *method, const char *path, const char *body)
{
    char session[32];
    struct api_request request = {.method = str_of(method), .body = str_of(body)};
    struct str rest = str_of(path);
    (void)str_split_next(&rest, '?', &request.path);
    request.query = rest.p != NULL ? rest : STR("");
    (void)snprintf(session, sizeof session, "%d@%s", person, zone == 0 ? "internet" : "lgwan");
    request.session = str_of(session);
    json_decref(s.body);
    s.body = NULL;
    s.came = false;
    ipc_request(s.portal[zone], &api_request_message, &request, NULL, &api_answer_message, 0,
                answered, NULL);
    wait_came();
    return s.status;
}

static const char *
text(const char *key)
{
    const char *value = json_string_value(json_object_get(s.body, key));
    return value != NULL ? value : "";
}

static inline void
refused(unsigned status, const char *code, unsigned is)
{
    if (is != status || strcmp(text("code"), code) != 0) {
        char *dump = json_dumps(s.body, 0);
        fail_msg("want %u %s, got %u %s", status, code, is, dump);
    }
}

static inline void
on_ok(void *arg, const struct ipc_result *result)
{
    (void)arg;
    s.came = true;
    s.err = result->value == NULL ? *result->err : (struct err){0};
}

static inline void
on_job(void *arg, const struct ipc_result *result)
{
    (void)arg;
    s.came = true;
    assert_non_null(result->value);
    s.job = *(const struct job_given *)result->value;
    (void)snprintf(s.job_kind, sizeof s.job_kind, "%.*s", STR_FMT(s.job.kind));
    (void)snprintf(s.job_item, sizeof s.job_item, "%.*s", STR_FMT(s.job.item));
    (void)snprintf(s.job_detail, sizeof s.job_detail, "%.*s", STR_FMT(s.job.detail));
}

static inline void
on_upload(void *arg, const struct ipc_result *result)
{
    (void)arg;
    s.came = true;
    s.err = result->value == NULL ? *result->err : (struct err){0};
    if (result->value != NULL) {
        s.upload = *(const struct upload_allowed *)result->value;
        (void)snprintf(s.object, sizeof s.object, "%.*s", STR_FMT(s.upload.object));
        (void)snprintf(s.side, sizeof s.side, "%.*s", STR_FMT(s.upload.side));
    }
}

static inline void
on_content(void *arg, const struct ipc_result *result)
{
    (void)arg;
    s.came = true;
    s.err = result->value == NULL ? *result->err : (struct err){0};
    if (result->value != NULL) {
        s.content = *(const struct content_allowed *)result->value;
    }
}

static const char *
tell(const struct ipc_message *message, const void *value, const struct ipc_message *answer,
     ipc_done *done)
{
    s.came = false;
    s.err = (struct err){0};
    ipc_request(s.gated, message, value, NULL, answer, 0, done, NULL);
    wait_came();
    return s.err.code != NULL ? s.err.code : "";
}

static const char *
upload_allow(int person, const char *zone, const char *item)
{
    char session[32];
    (void)snprintf(session, sizeof session, "%d@%s", person, zone);
    struct upload_allow message = {
        .zone = str_of(zone), .session = str_of(session), .item = str_of(item)};
    return tell(&upload_allow_message, &message, &upload_allowed_message, on_upload);
}

static inline const char *
content_allow(int person, const char *zone, const char *item)
{
    char session[32];
    (void)snprintf(session, sizeof session, "%d@%s", person, zone);
    struct content_allow message = {
        .zone = str_of(zone), .session = str_of(session), .item = str_of(item)};
    return tell(&content_allow_message, &message, &content_allowed_message, on_content);
}

static const char *
received(const char *item, uint64_t size, int byte)
{
    struct item_received message = {
        .item = str_of(item), .object = str_of(s.object), .size = size, .key = STR("a2V5")};
    memset(message.sha256, byte, sizeof message.sha256);
    return tell(&item_received_message, &message, &transfer_ok_message, on_ok);
}

/* Claims until a job of KIND comes; false when there is none. */
static inline bool
claim(const char *kind)
{
    struct job_claim message = {.node = STR("n1"), .large = true};
    (void)tell(&job_claim_message, &message, &job_given_message, on_job);
    if (s.job.job == 0) {
        return false;
    }
    assert_string_equal(s.job_kind, kind);
    return true;
}

static const char *
done(const char *result)
{
    struct job_done message = {.job = s.job.job, .lease = s.job.lease, .result = str_of(result)};
    return tell(&job_done_message, &message, &transfer_ok_message, on_ok);
}

#define CLEAN_HEX "0707070707070707070707070707070707070707070707070707070707070707"
#define DISARMED                                                                                   \
    "{\"verdict\":\"rebuilt\",\"reasons\":[],\"name\":\"案内.docx\",\"size\":40,\"sha256\":"     \
    "\"" CLEAN_HEX                                                                                 \
    "\",\"object\":\"11111111111111111111111111111111\",\"key\":\"a2V5\",\"removed\":2,"           \
    "\"kind\":\"docx\",\"report_sha256\":\"" CLEAN_HEX "\",\"nonce\":\"00\",\"content\":\"x\"}"
#define DEPOSITED(index)                                                                           \
    "{\"object\":\"22222222222222222222222222222222\",\"key\":\"a2V5\",\"sha256\":\"" CLEAN_HEX    \
    "\",\"size\":40,\"index\":" #index "}"

struct sent {
    char id[16], item[16], path[64];
};

/* A draft of PERSON with one file of SIZE bytes. */
static inline struct sent
draft(int person, int size)
{
    struct sent sent;
    char path[128], body[128];
    assert_int_equal(ask(person, 0, "POST", "transfers", "{\"flow\":\"inward\"}"), 201);
    (void)snprintf(sent.id, sizeof sent.id, "%s", text("id"));
    (void)snprintf(sent.path, sizeof sent.path, "transfers/%s", sent.id);
    (void)snprintf(path, sizeof path, "%s/items", sent.path);
    (void)snprintf(body, sizeof body, "{\"name\":\"案内.docx\",\"size\":%d}", size);
    assert_int_equal(ask(person, 0, "POST", path, body), 201);
    (void)snprintf(sent.item, sizeof sent.item, "%s", text("item"));
    return sent;
}

static inline void
arrive(int person, const struct sent *sent)
{
    assert_string_equal(upload_allow(person, "internet", sent->item), "");
    assert_string_equal(received(sent->item, 50, 5), "");
    assert_string_equal(received(sent->item, 50, 5), "");
    assert_true(claim("scan"));
    assert_string_equal(done("{\"result\":\"clean\",\"engine\":\"x\",\"signatures\":\"1\"}"), "");
    assert_string_equal(done("{\"result\":\"infected\"}"), ""); /* said twice: nothing changes */
    assert_true(claim("disarm"));
    assert_string_equal(done(DISARMED), "");
    assert_string_equal(done(DISARMED), "");
    assert_false(claim("nothing"));
}

static inline unsigned
submit(int person, const struct sent *sent, const char *class)
{
    char path[128], body[200];
    (void)snprintf(path, sizeof path, "%s/submit", sent->path);
    (void)snprintf(body, sizeof body,
                   "{\"class\":\"%s\",\"purpose\":\"説明会の案内\",\"receiver\":\"self\"}", class);
    return ask(person, 0, "POST", path, body);
}

static inline unsigned
decide(int person, int zone, const struct sent *sent, int64_t rev, const char *digest,
       const char *decision, const char *reason)
{
    char path[128], body[400];
    (void)snprintf(path, sizeof path, "%s/decide", sent->path);
    (void)snprintf(body, sizeof body,
                   "{\"rev\":%lld,\"digest\":\"%s\",\"decision\":\"%s\",\"reason\":\"%s\"}",
                   (long long)rev, digest, decision, reason);
    return ask(person, zone, "POST", path, body);
}

static inline void
state_is(int person, int zone, const struct sent *sent, const char *state)
{
    assert_int_equal(ask(person, zone, "GET", sent->path, ""), 200);
    assert_string_equal(text("state"), state);
}

static inline void
settle_ledger(void)
{
    uint64_t waiting = 1;
    struct err err;
    for (int i = 0; i < 500 && waiting > 0; i++) {
        turn(2);
        assert_int_equal(outbox_behind(s.store, &waiting, &err), 0);
    }
    assert_int_equal(waiting, 0);
    turn(3);
}

#endif
