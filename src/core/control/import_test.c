/*
 * import_test: a file handed in on a real database: a reader that lies stores nothing, what was
 * confirmed is in force on its day, keys and confirmations are carried over.
 */
#include "core/control/import.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/store/outbox.h"
#include "format/policy/policy.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1775000000000000)

static const char first_text[] = "椿ヶ浦村情報セキュリティ対策基準\n"
                                 "\n"
                                 "1 人\n"
                                 "(1) 電子メール\n"
                                 "① 職員等は、届いた電子メールを外へ自動で転送してはならない。\n"
                                 "② 職員等は、宛先を確かめてから送らなければならない。\n"
                                 "(2) 茶器\n"
                                 "① 総務課長は、湯飲みの数を月末に数えなければならない。\n";

static char path[64];
static struct store *store;
static struct control *control;
static struct err err;
static int outcome;

static void
note(void *arg, int result, const struct err *e)
{
    (void)arg;
    outcome = result;
    if (result < 0)
        err = *e;
}

/* What policy-worker would say of TEXT. */
static void
answer_of(const char *text, struct buf *json)
{
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree = NULL;
    assert_int_equal(policy_read(arena, str_of(text), &tree, &err), 0);
    buf_init(json, 8 << 20);
    policy_put_json(json, tree, STR("a.md"), STR("00"));
    arena_free(arena);
}

struct job {
    int64_t id;
    unsigned code;
    struct str json;
    struct import_act act;
    int64_t now_us;
};

static int
begin_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct job *job = arg;
    struct import_new new = {.body = STR("village"),
                             .name = STR("a.md"),
                             .source = STR("text"),
                             .person = 7,
                             .now_us = NOW};
    return import_begin(control, &new, &job->id, e);
}

static int
take_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct job *job = arg;
    return import_take(control, job->id, job->code, job->json, NOW, e);
}

static int
settle_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    return import_settle(control, &((struct job *)arg)->act, e);
}

static int
confirm_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    return import_confirm(control, &((struct job *)arg)->act, e);
}

static int
due_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    return control_due(control, ((struct job *)arg)->now_us, e);
}

static int
run(store_unit *unit, struct job *job)
{
    store_write(store, unit, note, job);
    assert_int_equal(control_refresh(control, &err), 0);
    return outcome;
}

/* The import as a page sees it; owned by the caller. */
static json_t *
shown(int64_t id)
{
    struct buf out;
    struct err why;
    buf_init(&out, 8 << 20);
    assert_int_equal(import_answer(control, id, &out, &why), 0);
    json_t *root = json_loadb(out.p, out.n, 0, NULL);
    assert_non_null(root);
    buf_free(&out);
    return root;
}

static json_t *
ask(const char *what, int expected)
{
    struct buf out;
    struct err why;
    struct control_ask question = {
        .path = str_of(what), .body = STR("village"), .reader = {.staff = true}, .now_us = NOW};
    buf_init(&out, 8 << 20);
    assert_int_equal(control_answer(control, &question, &out, &why), expected);
    json_t *root = expected == 0 ? json_loadb(out.p, out.n, 0, NULL) : NULL;
    buf_free(&out);
    return root;
}

static const char *
word(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z == NULL ? "" : z;
}

/* Handed in and read: an import in state "read". */
static int64_t
taken(const char *text)
{
    struct job job = {.code = 0};
    struct buf json;
    answer_of(text, &json);
    assert_int_equal(run(begin_unit, &job), 0);
    job.json = buf_str(&json);
    if (run(take_unit, &job) != 0)
        fail_msg("%s %s", err.code, err.detail);
    buf_free(&json);
    return job.id;
}

static int
confirm(int64_t id, const char *effective)
{
    json_t *now = shown(id);
    json_t *body = json_pack("{s:{s:s,s:s},s:s}", "body", "id", "village", "name", "椿ヶ浦村",
                             "effective", effective);
    struct job job = {.act = {.id = id,
                              .digest = str_of(word(now, "digest")),
                              .person = 7,
                              .handle = STR("p:aaaaaaaaaaaaaaaaaaaaaaaaaa"),
                              .body = body,
                              .now_us = NOW}};
    int rc = run(confirm_unit, &job);
    json_decref(now);
    json_decref(body);
    return rc;
}

static int
set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/import_test_XXXXXX");
    close(mkstemp(path));
    struct store_options options = {.path = path, .sql_dir = SEKISHO_SOURCE_DIR "/data/sql/core"};
    if (store_open(&options, &store, &err) < 0 ||
        control_open(store, SEKISHO_SOURCE_DIR "/data", &control, &err) < 0) {
        printf("# %s %s\n", err.code, err.detail);
        return -1;
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    char extra[80];
    control_close(control);
    store_close(store);
    snprintf(extra, sizeof extra, "%s-wal", path);
    unlink(extra);
    snprintf(extra, sizeof extra, "%s-shm", path);
    unlink(extra);
    return unlink(path);
}

/* The right answer with FROM replaced by TO, once. */
static void
lie(struct buf *json, const char *from, const char *to)
{
    ptrdiff_t at = str_find(buf_str(json), str_of(from), 0);
    struct buf copy;
    if (at < 0)
        fail_msg("%s", from);
    buf_init(&copy, 8 << 20);
    buf_put_str(&copy, str_slice(buf_str(json), 0, (size_t)at));
    buf_put_z(&copy, to);
    buf_put_str(&copy, str_slice(buf_str(json), (size_t)at + strlen(from), json->n));
    buf_free(json);
    *json = copy;
}

static void
a_lying_reader_stores_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } lies[] = {
        {"\"parent\":\"c0001\"", "\"parent\":\"c9999\""},
        {"\"key\":\"c0002\"", "\"key\":\"c0001\""},
        {"\"key\":\"c0002\"", "\"key\":\"\""},
        {"\"depth\":2", "\"depth\":200"},
        {"\"modality\":\"must_not\"", "\"modality\":\"shall\""},
        {"\"doc\":\"std\"", "\"doc\":\"../x\""},
        {"\"documents\":[", "\"documents\":[{},"},
        {"\"clauses\":[", "\"clauses\":[7,"},
        {"\"text\":\"", "\"text\":\"\\u0000"},
        {"{", "[{"},
        {"\"sha256\":\"00\"", "\"sha256\":{}"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct job job = {.code = 0};
        struct buf json;
        answer_of(first_text, &json);
        lie(&json, lies[i].from, lies[i].to);
        assert_int_equal(run(begin_unit, &job), 0);
        job.json = buf_str(&json);
        if (run(take_unit, &job) != -1)
            fail_msg("believed: %s", lies[i].to);
        assert_false(str_starts(str_of(err.code), STR("store.")));
        json_t *now = shown(job.id);
        assert_string_equal(word(now, "state"), "reading"); /* the failure is noted by the caller */
        assert_int_equal(json_array_size(json_object_get(now, "documents")), 0);
        json_decref(now);
        struct err why = err;
        assert_int_equal(import_discard(control, job.id, &why), -1); /* outside a unit: refused */
        buf_free(&json);
        struct job fail = {
            .id = job.id, .code = 2, .json = STR("{\"error\":{\"code\":\"rm -rf\"}}")};
        assert_int_equal(run(take_unit, &fail), 0);
        now = shown(job.id);
        assert_string_equal(word(now, "state"), "failed");
        assert_string_equal(word(json_object_get(now, "error"), "code"), "policy.worker");
        json_decref(now);
    }
    ask("policy/std", 1);
}

static void
what_was_confirmed_is_in_force(void **state)
{
    (void)state;
    int64_t id = taken(first_text);
    ask("policy/std", 1); /* a draft is nothing yet */
    assert_int_equal(confirm(id, ""), 0);
    json_t *root = ask("policy/std", 0);
    assert_int_equal(json_array_size(json_object_get(root, "clauses")), 6);
    json_decref(root);
    assert_int_equal(confirm(id, ""), -1);
    assert_string_equal(err.code, "policy.import_state");
}

/* The key of the clause LABEL in force. */
static void
key_of(const char *label, char *ret, size_t size)
{
    char what[80];
    (void)snprintf(what, sizeof what, "policy/std/clause/%s", label);
    json_t *root = ask(what, 0);
    (void)snprintf(ret, size, "%s", word(root, "key"));
    json_decref(root);
}

static void
keys_follow_their_clauses(void **state)
{
    (void)state;
    static const char second_text[] =
        "椿ヶ浦村情報セキュリティ対策基準\n"
        "\n"
        "1 部屋\n"
        "(1) 鍵\n"
        "① 総務課長は、帰る前に鍵を閉めなければならない。\n"
        "2 人\n"
        "(1) 電子メール\n"
        "① 職員等は、届いた電子メールを外へ自動で転送することができる。\n"
        "② 職員等は、宛先を確かめてから送らなければならない。\n";
    char mail[40], address[40], now[40];
    key_of("1(1)①", mail, sizeof mail);
    key_of("1(1)②", address, sizeof address);
    int64_t id = taken(second_text);
    json_t *import = shown(id), *question;
    size_t i, changed = 0;
    json_array_foreach(json_object_get(import, "questions"), i,
                       question) if (strcmp(word(question, "code"), "changed") == 0)
    {
        assert_string_equal(word(question, "key"), mail);
        changed++;
    }
    json_decref(import);
    assert_int_equal(changed, 1);
    assert_int_equal(confirm(id, ""), 0);
    key_of("2(1)①", now, sizeof now);
    assert_string_equal(now, mail);
    key_of("2(1)②", now, sizeof now);
    assert_string_equal(now, address);
    json_t *root = ask("policy/std/clause/2(1)①", 0), *part;
    assert_string_equal(word(root, "state"), "not_verified");
    json_array_foreach(json_object_get(root, "parts"), i, part)
        assert_true(json_is_false(json_object_get(part, "confirmed")));
    json_decref(root);
    root = ask("policy/std/clause/1(1)①", 0);
    assert_true(strcmp(word(root, "key"), "c0006") > 0); /* a number that was never used */
    json_decref(root);
}

static void
a_version_waits_for_its_day(void **state)
{
    (void)state;
    int64_t id = taken(first_text), day;
    assert_true(date_parse(STR("2026-07-01"), &day));
    assert_int_equal(confirm(id, "2026-07-01"), 0);
    json_t *root = ask("policy/std/clause/1", 0);
    assert_string_equal(word(root, "title"), "部屋"); /* still the one before */
    json_decref(root);
    struct job job = {.now_us = tokyo_day_start(day) - 1};
    assert_int_equal(run(due_unit, &job), 0);
    job.now_us++;
    assert_int_equal(run(due_unit, &job), 1);
    assert_int_equal(run(due_unit, &job), 0);
    root = ask("policy/std/clause/1", 0);
    assert_string_equal(word(root, "title"), "人");
    json_decref(root);
}

static void
an_answer_is_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}",
                                        "{\"topic\":\"no.such\"}",
                                        "{\"topic\":\"tech.mail_use\",\"part\":\"no\"}",
                                        "{\"local\":\"\"}",
                                        "{\"local\":\"a\\u202eb\"}",
                                        "{\"doc\":\"basic\"}",
                                        "{\"accept\":false}"};
    int64_t id = taken(first_text);
    json_t *now = shown(id), *question, *asked = NULL;
    size_t i;
    json_array_foreach(json_object_get(now, "questions"), i,
                       question) if (strcmp(word(question, "kind"), "binding") == 0) asked =
        question;
    if (asked == NULL) { /* the catalogue knows every sentence: nothing to answer */
        json_decref(now);
        skip();
    }
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *body = json_pack("{s:O,s:o}", "question", json_object_get(asked, "id"), "choice",
                                 json_loads(wrong[i], 0, NULL));
        struct job job = {
            .act = {.id = id, .digest = str_of(word(now, "digest")), .body = body, .now_us = NOW}};
        if (run(settle_unit, &job) != -1)
            fail_msg("taken: %s", wrong[i]);
        assert_string_equal(err.code, "policy.choice");
        json_decref(body);
    }
    json_decref(now);
}

static const char class_text[] =
    "椿ヶ浦村情報セキュリティ対策基準\n\n"
    "1 情報資産の分類\n機密性の表\n"
    "| 分類 | 分類基準 | 取扱制限 |\n| --- | --- | --- |\n"
    "| 機密性3 | 秘密のもの | ・写さない |\n"
    "| 機密性2 | 限られたもの | |\n"
    "| 機密性1 | ほかのもの | － |\n"
    "2 人\n"
    "① 職員及び委託事業者（以下「職員等」という。）は、鍵を掛けなければならない。\n";

static int
settle(int64_t id, const char *question, const char *choice)
{
    json_t *now = shown(id);
    json_t *body =
        json_pack("{s:s,s:o}", "question", question, "choice", json_loads(choice, 0, NULL));
    struct job job = {
        .act = {.id = id, .digest = str_of(word(now, "digest")), .body = body, .now_us = NOW}};
    int rc = run(settle_unit, &job);
    json_decref(body);
    json_decref(now);
    return rc;
}

/* The question ID of the import as shown, or NULL. */
static json_t *
question_named(json_t *import, const char *id)
{
    json_t *question;
    size_t i;
    json_array_foreach(json_object_get(import, "questions"), i,
                       question) if (strcmp(word(question, "id"), id) == 0) return question;
    return NULL;
}

static json_t *
class_of(json_t *profile, const char *code)
{
    json_t *class;
    size_t i;
    json_array_foreach(json_object_get(profile, "classes"), i,
                       class) if (strcmp(word(class, "code"), code) == 0) return class;
    return NULL;
}

static void
a_profile_is_asked_kept_and_told(void **state)
{
    (void)state;
    static const char fact[] = "profile.limits.confidentiality.2";
    int64_t id = taken(class_text);
    json_t *now = shown(id), *asked = question_named(now, fact);
    assert_non_null(asked);
    assert_string_equal(word(asked, "kind"), "profile");
    assert_string_equal(word(asked, "severity"), "ask");
    assert_string_equal(word(asked, "label"), "1");
    assert_null(question_named(now, "profile.limits.confidentiality.3"));
    assert_null(question_named(now, "profile.staff"));
    json_decref(now);
    assert_int_equal(settle(id, fact, "{\"value\":\"below\"}"), -1);
    assert_string_equal(err.code, "policy.choice");
    assert_int_equal(settle(id, fact, "{\"none\":true}"), -1);
    assert_int_equal(settle(id, fact, "{\"value\":\"above\"}"), 0);
    assert_int_equal(confirm(id, ""), 0);
    json_t *profile = ask("policy/profile", 0), *two = class_of(profile, "2");
    assert_non_null(two);
    assert_int_equal(json_integer_value(json_object_get(two, "rank")), 2);
    assert_true(json_is_true(json_object_get(two, "fixed")));
    assert_true(json_is_false(json_object_get(two, "unsure")));
    assert_int_equal(json_array_size(json_object_get(two, "limits")), 1); /* those above it */
    assert_int_equal(json_array_size(json_object_get(class_of(profile, "1"), "limits")), 0);
    assert_int_equal(json_array_size(json_object_get(profile, "confirmed")), 1);
    json_decref(profile);
    json_t *index = ask("policy", 0);
    assert_non_null(class_of(json_object_get(index, "profile"), "3"));
    json_decref(index);
    /* the next version of it proposes what was said */
    id = taken(class_text);
    now = shown(id);
    asked = question_named(now, fact);
    assert_non_null(asked);
    assert_string_equal(word(json_object_get(asked, "chosen"), "value"), "above");
    json_decref(now);
}

static int
leaves_unit(struct store *s, void *arg, struct err *e)
{
    static const struct store_statement count = {
        "test.profile_leaves", "SELECT count(*) FROM outbox WHERE kind = 'policy.profile.confirm'"};
    return db_one_int(db_query(s, &count), arg, e);
}

static void
each_confirmation_has_its_leaf(void **state)
{
    (void)state;
    int64_t before = 0, after = 0;
    store_write(store, leaves_unit, note, &before);
    assert_int_equal(outcome, 0);
    assert_true(before > 0);
    assert_int_equal(confirm(taken(class_text), ""), 0);
    store_write(store, leaves_unit, note, &after);
    assert_int_equal(after, before + 1);
}

static int
older_unit(struct store *s, void *arg, struct err *e)
{
    (void)arg;
    static const struct store_statement older = {
        "test.older", "UPDATE policy_version SET catalogue_sha256 = '00' WHERE state = 'in_force'"};
    return db_run(db_query(s, &older), e) < 0 ? -1 : 0;
}

static void
older_topics_are_told(void **state)
{
    (void)state;
    struct job none = {.id = 0};
    json_t *index = ask("policy", 0), *coverage = ask("coverage", 0);
    json_t *doc = json_array_get(json_object_get(index, "documents"), 0);
    assert_true(json_is_false(json_object_get(doc, "older_topics")));
    assert_int_equal(json_array_size(json_object_get(coverage, "older_topics")), 0);
    json_decref(index);
    json_decref(coverage);
    assert_int_equal(run(older_unit, &none), 0);
    index = ask("policy", 0);
    coverage = ask("coverage", 0);
    doc = json_array_get(json_object_get(index, "documents"), 0);
    assert_true(json_is_true(json_object_get(doc, "older_topics")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(coverage, "older_topics"), 0)), "std");
    json_decref(index);
    json_decref(coverage);
    assert_int_equal(confirm(taken(class_text), ""), 0); /* handed in again: bound with today's */
    index = ask("policy", 0);
    doc = json_array_get(json_object_get(index, "documents"), 0);
    assert_true(json_is_false(json_object_get(doc, "older_topics")));
    json_decref(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lying_reader_stores_nothing),
        cmocka_unit_test(what_was_confirmed_is_in_force),
        cmocka_unit_test(keys_follow_their_clauses),
        cmocka_unit_test(a_version_waits_for_its_day),
        cmocka_unit_test(an_answer_is_checked),
        cmocka_unit_test(a_profile_is_asked_kept_and_told),
        cmocka_unit_test(each_confirmation_has_its_leaf),
        cmocka_unit_test(older_topics_are_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
