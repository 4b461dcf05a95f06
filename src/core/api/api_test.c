/*
 * Tests of cored without its program: one transfer crosses; everybody who must be refused is; every
 * report is said twice; cored dies between the steps.
 */
#include "tests/cored_scene.h"

/* Every door that must stay shut for a transfer that waits. */
static void
doors(const struct sent *sent, int64_t rev, const char *digest)
{
    char record[64], path[160], body[300];
    refused(403, "register.apart", decide(1, 0, sent, rev, digest, "approve", ""));
    assert_string_equal(text("clause"), "std:2(8)①");
    refused(403, "register.apart", decide(1, 1, sent, rev, digest, "reject", "理由"));
    refused(404, "not_found", decide(3, 1, sent, rev, "", "approve", ""));
    refused(404, "not_found", decide(2, 0, sent, rev, digest, "approve", ""));
    /* the clerk's second staff number holds the manager's post: still the same natural person */
    refused(403, "register.apart", decide(4, 1, sent, rev, digest, "approve", ""));
    refused(409, "register.changed", decide(2, 1, sent, rev, CLEAN_HEX, "approve", ""));
    refused(409, "register.changed", decide(2, 1, sent, rev + 1, digest, "approve", ""));
    refused(422, "register.reason_missing", decide(2, 1, sent, rev, digest, "send_back", ""));
    refused(422, "api.field", decide(2, 1, sent, rev, digest, "withdraw", ""));
    assert_int_equal(ask(1, 1, "GET", sent->path, ""), 200);
    (void)snprintf(record, sizeof record, "%s", text("record"));
    (void)snprintf(body, sizeof body,
                   "{\"rev\":%lld,\"digest\":\"%s\",\"kind\":\"approve\",\"comment\":\"\"}",
                   (long long)rev, digest);
    (void)snprintf(path, sizeof path, "records/%s/step/decide", record);
    refused(403, "register.apart", ask(1, 1, "POST", path, body));
    refused(404, "not_found", ask(1, 0, "POST", path, body));
    (void)snprintf(path, sizeof path, "records/%s/move/approve", record);
    refused(403, "register.apart", ask(1, 1, "POST", path, body));
    refused(404, "not_found", ask(3, 1, "POST", path, body));
    (void)snprintf(path, sizeof path, "records/%s/move/withdraw", record);
    refused(403, "register.not_candidate", ask(2, 1, "POST", path, body));
    (void)snprintf(path, sizeof path, "records/%s", record);
    assert_int_equal(ask(2, 1, "GET", path, ""), 200);
    refused(404, "not_found", ask(3, 1, "GET", path, ""));
    refused(404, "not_found", ask(3, 1, "GET", sent->path, ""));
    assert_string_equal(content_allow(1, "lgwan", sent->item), "gate.not_ready");
    assert_string_equal(content_allow(1, "internet", sent->item), "gate.not_found");
    assert_string_equal(content_allow(3, "lgwan", sent->item), "gate.not_found");
}

static void
test_crossing(void **state)
{
    (void)state;
    char digest[80];
    struct sent sent = draft(1, 50);
    refused(422, "gate.upload_unfinished", submit(1, &sent, "2"));
    assert_string_equal(upload_allow(3, "internet", sent.item), "gate.not_found");
    assert_string_equal(upload_allow(1, "lgwan", sent.item), "gate.not_found");
    arrive(1, &sent);
    assert_string_equal(received(sent.item, 50, 6), "gate.report"); /* another digest than before */
    refused(422, "gate.class_missing", submit(1, &sent, ""));
    refused(422, "gate.class_unknown", submit(1, &sent, "9Z"));
    refused(403, "flow.class", submit(1, &sent, "3"));
    assert_int_equal(submit(1, &sent, "2"), 200);
    assert_string_equal(text("state"), "waiting");
    assert_string_equal(text("number") + 2, "-000001");
    assert_int_equal(submit(1, &sent, "2"), 200); /* said twice */
    state_is(1, 0, &sent, "waiting");
    int64_t rev = json_integer_value(json_object_get(s.body, "rev"));
    (void)snprintf(digest, sizeof digest, "%s", text("digest"));
    json_t *waits = json_object_get(s.body, "waiting_for");
    assert_string_equal(json_string_value(json_object_get(waits, "role")), "section_manager");
    assert_int_equal(json_array_size(json_object_get(waits, "holders")), 1);
    assert_int_equal(ask(2, 1, "GET", "inbox", ""), 200);
    json_t *first = json_array_get(json_object_get(s.body, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "transfer")), sent.id);
    doors(&sent, rev, digest);
    state_is(1, 0, &sent, "waiting");
    s.ledger_off = true;
    assert_int_equal(decide(2, 1, &sent, rev, digest, "approve", ""), 200);
    assert_string_equal(text("state"), "releasing");
    refused(409, "register.move", decide(2, 1, &sent, rev, digest, "approve", ""));
    turn(20);
    assert_false(claim("deposit")); /* the release is not in the ledger: nothing opens */
    state_is(1, 1, &sent, "releasing");
    s.ledger_off = false;
    settle_ledger();
    assert_true(claim("deposit"));
    assert_string_equal(content_allow(1, "lgwan", sent.item), "gate.not_ready");
    assert_string_equal(
        done("{\"object\":\"22222222222222222222222222222222\",\"key\":\"a2V5\",\"sha256\":"
             "\""
             "0808080808080808080808080808080808080808080808080808080808080808"
             "\",\"size\":40,\"index\":7}"),
        "gate.report");
    assert_string_equal(done(DEPOSITED(7)), "");
    assert_string_equal(done(DEPOSITED(7)), "");
    state_is(1, 1, &sent, "ready");
    assert_true(json_is_true(json_object_get(json_object_get(s.body, "may"), "take")));
    assert_string_equal(content_allow(3, "lgwan", sent.item), "gate.not_found");
    assert_string_equal(content_allow(1, "lgwan", sent.item), "");
    assert_int_equal(s.content.deposit_index, 7);
    struct content_taken taken = {
        .item = str_of(sent.item), .person = STR("p:aaaaaaaaaaaaaaaaaaaaaaaaaa"), .index = 8};
    for (int i = 0; i < 2; i++) {
        assert_string_equal(tell(&content_taken_message, &taken, &transfer_ok_message, on_ok), "");
    }
    state_is(1, 1, &sent, "taken");
    assert_false(claim("nothing"));
}

/* Class 1 needs nobody; and everything outlives the death of cored between any two steps. */
static void
test_restarts(void **state)
{
    (void)state;
    struct sent sent = draft(1, 50);
    assert_string_equal(upload_allow(1, "internet", sent.item), "");
    assert_string_equal(received(sent.item, 50, 5), "");
    close_cored();
    open_cored();
    assert_string_equal(received(sent.item, 50, 5), "");
    assert_true(claim("scan"));
    close_cored();
    open_cored();
    assert_string_equal(done("{\"result\":\"clean\"}"), "");
    assert_true(claim("disarm"));
    assert_string_equal(done(DISARMED), "");
    s.ledger_off = true;
    assert_int_equal(submit(1, &sent, "1"), 200);
    assert_string_equal(text("state"), "releasing");
    close_cored();
    s.ledger_off = false;
    open_cored();
    settle_ledger();
    assert_true(claim("deposit"));
    close_cored();
    open_cored();
    assert_string_equal(done(DEPOSITED(9)), "");
    state_is(1, 1, &sent, "ready");
    settle_ledger();
    assert_false(claim("nothing"));
}

/* One infected file stops all; a file whose worker dies again and again is blocked; then nothing
 * crosses. */
static void
test_bad_files(void **state)
{
    (void)state;
    struct sent sent = draft(1, 50);
    assert_string_equal(upload_allow(1, "internet", sent.item), "");
    assert_string_equal(received(sent.item, 50, 5), "");
    assert_true(claim("scan"));
    assert_string_equal(done("{\"result\":\"infected\"}"), "");
    assert_int_equal(submit(1, &sent, "1"), 200);
    assert_string_equal(text("state"), "rejected");
    struct sent dying = draft(1, 50);
    assert_string_equal(upload_allow(1, "internet", dying.item), "");
    assert_string_equal(received(dying.item, 50, 5), "");
    assert_true(claim("scan"));
    assert_string_equal(done("{\"result\":\"clean\"}"), "");
    assert_true(claim("disarm"));
    assert_string_equal(done("{\"failed\":\"worker.died\",\"retry\":false}"), "");
    assert_int_equal(submit(1, &dying, "1"), 200);
    assert_string_equal(text("state"), "rejected");
    struct sent bare = draft(1, 50);
    assert_string_equal(upload_allow(1, "internet", bare.item), "");
    assert_string_equal(received(bare.item, 50, 5), "");
    assert_true(claim("scan"));
    assert_string_equal(done("{\"result\":\"unscanned\"}"), "");
    assert_true(claim("disarm"));
    assert_string_equal(done(DISARMED), "");
    assert_int_equal(submit(1, &bare, "1"),
                     200); /* not scanned: a person must agree even for class 1 */
    assert_string_equal(text("state"), "waiting");
}

static void
test_sent_back(void **state)
{
    (void)state;
    char digest[80];
    struct sent sent = draft(1, 50);
    arrive(1, &sent);
    assert_int_equal(submit(1, &sent, "2"), 200);
    int64_t rev = json_integer_value(json_object_get(s.body, "rev"));
    (void)snprintf(digest, sizeof digest, "%s", text("digest"));
    assert_int_equal(decide(2, 1, &sent, rev, digest, "send_back", "目的を詳しく"), 200);
    state_is(1, 0, &sent, "draft");
    assert_int_equal(submit(1, &sent, "2"), 200);
    assert_string_equal(text("state"), "waiting");
    assert_string_equal(text("number") + 2, "-000001");
    assert_true(strcmp(text("digest"), digest) != 0);
    refused(409, "register.changed",
            decide(2, 1, &sent, rev, digest, "approve", "")); /* the old one */
    char path[128];
    (void)snprintf(path, sizeof path, "%s/withdraw", sent.path);
    assert_int_equal(ask(1, 0, "POST", path, ""), 200);
    assert_string_equal(text("state"), "withdrawn");
    refused(404, "not_found", ask(3, 1, "GET", sent.path, ""));
}

/* Runs the statement that ARG points to. */
static int
unit_statement(struct store *store, void *arg, struct err *err)
{
    return db_exec(store, *(const struct store_statement **)arg, err);
}

/* The other holder of the manager's post leaves. */
static int
unit_alone(struct store *store, void *arg, struct err *err)
{
    static const struct store_statement leave = {
        "t", "UPDATE appointment SET until_day = 1 WHERE id = 4"};
    (void)arg;
    return db_exec(store, &leave, err);
}

/* The manager's own file goes to the superior, never to herself. */
static void
test_own_manager(void **state)
{
    (void)state;
    char digest[80];
    struct sent sent = draft(2, 50);
    arrive(2, &sent);
    assert_int_equal(submit(2, &sent, "2"), 200);
    int64_t rev = json_integer_value(json_object_get(s.body, "rev"));
    (void)snprintf(digest, sizeof digest, "%s", text("digest"));
    refused(403, "register.apart", decide(2, 1, &sent, rev, digest, "approve", ""));
    /* 4 holds the post as well, and is not concerned: she may */
    assert_int_equal(decide(4, 1, &sent, rev, digest, "approve", ""), 200);
    settle_ledger();
    assert_true(claim("deposit"));
    assert_string_equal(done(DEPOSITED(7)), "");
    store_write(s.store, unit_alone, filled, NULL);
    store_flush(s.store);
    struct sent own = draft(2, 50);
    arrive(2, &own);
    assert_int_equal(submit(2, &own, "2"), 200);
    json_t *waits = json_object_get(s.body, "waiting_for");
    assert_string_equal(json_string_value(json_object_get(waits, "role")), "department_officer");
    rev = json_integer_value(json_object_get(s.body, "rev"));
    (void)snprintf(digest, sizeof digest, "%s", text("digest"));
    refused(403, "register.apart", decide(2, 1, &own, rev, digest, "approve", ""));
    assert_int_equal(decide(5, 1, &own, rev, digest, "approve", ""), 200);
    settle_ledger();
    assert_true(claim("deposit"));
    assert_string_equal(done(DEPOSITED(8)), "");
    /* nobody above: it waits for ever rather than pass */
    struct sent top = draft(5, 50);
    arrive(5, &top);
    assert_int_equal(submit(5, &top, "2"), 200);
    waits = json_object_get(s.body, "waiting_for");
    assert_int_equal(json_array_size(json_object_get(waits, "holders")), 0);
    rev = json_integer_value(json_object_get(s.body, "rev"));
    (void)snprintf(digest, sizeof digest, "%s", text("digest"));
    refused(403, "register.apart", decide(5, 1, &top, rev, digest, "approve", ""));
}

static void
test_bad_calls(void **state)
{
    (void)state;
    refused(401, "auth.no_session", ask(99, 0, "GET", "session", ""));
    refused(404, "not_found", ask(1, 0, "GET", "no/such/thing", ""));
    refused(405, "api.method", ask(1, 0, "DELETE", "flows", ""));
    refused(400, "api.body", ask(1, 0, "POST", "transfers", "{broken"));
    refused(400, "api.body", ask(1, 0, "POST", "transfers", "[1]"));
    refused(404, "flow.unknown", ask(1, 0, "POST", "transfers", "{\"flow\":\"no_such\"}"));
    refused(404, "flow.unknown", ask(1, 1, "POST", "transfers", "{\"flow\":\"inward\"}"));
    refused(422, "api.field", ask(1, 0, "POST", "transfers", "{\"flow\":5}"));
    assert_int_equal(ask(1, 0, "GET", "session", ""), 200);
    assert_int_equal(ask(1, 0, "GET", "flows", ""), 200);
    assert_int_equal(json_array_size(json_object_get(s.body, "flows")), 1);
    assert_int_equal(ask(1, 0, "GET", "flows/inward/explain?class=2", ""), 200);
    assert_string_equal(text("route"), "section_manager");
    assert_int_equal(ask(1, 0, "GET", "flows/inward/explain?class=1", ""), 200);
    assert_string_equal(text("route"), "none");
    refused(403, "flow.class", ask(1, 0, "GET", "flows/inward/explain?class=3", ""));
    struct sent sent = draft(1, 50);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/items", sent.path);
    refused(422, "gate.size", ask(1, 0, "POST", path, "{\"name\":\"a\",\"size\":104857601}"));
    refused(422, "gate.empty", ask(1, 0, "POST", path, "{\"name\":\"a\",\"size\":0}"));
    refused(422, "gate.item_name", ask(1, 0, "POST", path, "{\"name\":\"../a\",\"size\":1}"));
    refused(422, "api.field", ask(1, 0, "POST", path, "{\"name\":\"a\",\"size\":-1}"));
    refused(404, "not_found", ask(3, 0, "POST", path, "{\"name\":\"a\",\"size\":1}"));
    (void)snprintf(path, sizeof path, "%s/items/%s", sent.path, sent.item);
    refused(404, "not_found", ask(3, 0, "DELETE", path, ""));
    assert_int_equal(ask(1, 0, "DELETE", path, ""), 200);
    refused(422, "gate.items_missing", submit(1, &sent, "1"));
    assert_int_equal(ask(1, 0, "GET", "pulse?since=0", ""), 200);
    assert_int_equal(ask(1, 0, "GET", "status", ""), 200);
    assert_int_equal(ask(1, 1, "GET", "registers", ""), 200);
    assert_int_equal(ask(1, 0, "GET", "transfers?box=sent", ""), 200);
    assert_int_equal(json_array_size(json_object_get(s.body, "transfers")), 1);
}

static void
test_same_key(void **state)
{
    (void)state;
    char id[16];
    assert_int_equal(ask(1, 0, "POST", "transfers", "{\"flow\":\"inward\",\"key\":\"k1\"}"), 201);
    (void)snprintf(id, sizeof id, "%s", text("id"));
    assert_int_equal(ask(1, 0, "POST", "transfers", "{\"flow\":\"inward\",\"key\":\"k1\"}"), 201);
    assert_string_equal(text("id"), id);
    assert_int_equal(ask(3, 0, "POST", "transfers", "{\"flow\":\"inward\",\"key\":\"k1\"}"), 201);
    assert_true(strcmp(text("id"), id) != 0);
}

/* A delivery that cannot be made shuts the transfer; one that may come later is tried again. */
static void
test_damaged(void **state)
{
    (void)state;
    struct sent sent = draft(1, 50);
    arrive(1, &sent);
    assert_int_equal(submit(1, &sent, "1"), 200);
    settle_ledger();
    assert_true(claim("deposit"));
    assert_string_equal(done("{\"failed\":\"file.full\",\"retry\":true}"), "");
    state_is(1, 1, &sent, "releasing");
    assert_false(claim("deposit")); /* not at once */
    static const struct store_statement now = {"t", "UPDATE job SET run_at = 0 WHERE state = 0"};
    store_write(s.store, unit_statement, filled, &(const struct store_statement *){&now});
    store_flush(s.store);
    assert_true(claim("deposit"));
    assert_string_equal(done("{\"failed\":\"gate.damaged\",\"retry\":false}"), "");
    state_is(1, 1, &sent, "revoked");
    assert_string_equal(content_allow(1, "lgwan", sent.item), "gate.not_ready");
    settle_ledger();
}

/* Twenty drafts that wait for bytes are enough for one person. */
static void
test_many_drafts(void **state)
{
    (void)state;
    for (int i = 0; i < TRANSFER_OPEN_MOST; i++) {
        (void)draft(1, 50);
    }
    refused(429, "gate.drafts", ask(1, 0, "POST", "transfers", "{\"flow\":\"inward\"}"));
    assert_int_equal(ask(3, 0, "POST", "transfers", "{\"flow\":\"inward\"}"), 201);
}

static int
unit_rules(struct store *store, void *arg, struct err *err)
{
    (void)store;
    (void)arg;
    return transfer_rules_apply(&s.desk, true, err);
}

/* The flows in force are leaves, once, before the first decision. */
static void
test_rules_are_leaves(void **state)
{
    (void)state;
    static const struct store_statement count = {
        "t", "SELECT count(*) FROM outbox WHERE kind IN ('flow.apply', 'demo.begin')"};
    for (int i = 0; i < 2; i++) {
        int64_t leaves = 0;
        struct err err;
        store_write(s.store, unit_rules, filled, NULL);
        store_flush(s.store);
        assert_int_equal(db_one_int(db_query(s.store, &count), &leaves, &err), 0);
        assert_int_equal(leaves, 2);
    }
    settle_ledger();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_crossing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restarts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sent_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_manager, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_calls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_drafts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rules_are_leaves, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
