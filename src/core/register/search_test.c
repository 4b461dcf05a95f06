/*
 * Tests of search: the same hits as looking through every text by hand, on both databases, and
 * none in what a person may not read.
 */
#include "core/register/search.h"

#include "core/register/words.h"
#include "tests/lists_scene.h"

/* How many records in which one of the subjects of MASK, has what is asked. */
static size_t
by_hand(uint64_t person, unsigned mask, bool *ret_found)
{
    size_t n = 0;
    for (size_t i = 0; i < SEEN_RECORDS; i++) {
        ret_found[i] = scene_sees(person, &seen[i]) && (mask >> (i % 6) & 1) != 0;
        n += ret_found[i];
    }
    return n;
}

static json_t *
search(uint64_t person, const char *q, const char *after, const char *code)
{
    struct register_caller caller = {.person = person};
    struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
    struct err err = {0};
    json_t *ret = NULL;
    arena_clear(scene_arena);
    int rc = register_search(&asker, str_of(q), str_of(after), &ret, &err);
    if ((rc != 0) != (code != NULL)) {
        fail_msg("%s: %s %s", q, err.code, err.detail);
    }
    if (code != NULL) {
        assert_string_equal(err.code, code);
    }
    return ret;
}

/* All hits of Q are those found by hand, each once, newest first on each page. */
static void
finds(uint64_t person, const char *q, unsigned mask)
{
    bool expected[SEEN_RECORDS], got[SEEN_RECORDS] = {false};
    size_t want = by_hand(person, mask, expected), n = 0;
    char after[64] = "";
    for (bool more = true; more;) {
        json_t *page = search(person, q, after, NULL), *item;
        size_t i;
        json_array_foreach(json_object_get(page, "items"), i, item)
        {
            uint64_t id = 0;
            assert_true(id_parse(str_of(json_string_value(json_object_get(item, "id"))), &id));
            for (size_t k = 0; k < SEEN_RECORDS; k++) {
                if (seen[k].id == id) {
                    assert_true(expected[k] && !got[k]);
                    got[k] = true;
                    n++;
                }
            }
        }
        more = json_is_true(json_object_get(page, "more"));
        if (more) {
            (void)snprintf(after, sizeof after, "%s",
                           json_string_value(json_object_get(page, "next")));
        }
        json_decref(page);
    }
    if (n != want) {
        fail_msg("%s for %d: %zu, by hand %zu", q, (int)person, n, want);
    }
}

static void
test_hits(void **state)
{
    (void)state;
    static const struct {
        const char *q;
        unsigned mask; /* bit n: subject n has it */
    } rows[] = {
        {"監査", 3},
        {"監", 3},
        {"監査 計画", 1},
        {"計画 監査", 1},
        {"査計", 0},
        {"情報セキュリティ", 2},
        {"vpn", 8},
        {"VPN装置", 8},
        {"ﾖｳﾄ", 0},
        {"ガッコウ", 16},
        {"がっこう", 16},
        {"検査", 32},
        {"査", 35},
        {"極秘", 0},
        {"秘の覚え", 0},
        {"住民票の発行 極秘", 0},
        {"発行", 4},
        {"票の発", 4},
        {"監査\" OR \"極秘", 0},
        {"' | '", 0},
    };
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            if (strcmp(rows[i].q, "' | '") == 0) {
                json_decref(search(person, rows[i].q, "", "register.query"));
                continue;
            }
            finds(person, rows[i].q, rows[i].mask);
        }
    }
}

/* What was written is found no more when it was written over. */
static void
test_edit(void **state)
{
    (void)state;
    struct register_call open = {.reg = STR("seen"),
                                 .move = STR("open"),
                                 .fields = json_pack("{ss}", "subject", "靱性と持ち出しの規程")};
    struct register_outcome at = scene_do(5, open);
    json_decref(open.fields);
    static const char *const same[] = {"靭性", "持出し", "規定", "規程", "持ち出し", "靱"};
    for (size_t i = 0; i < 6; i++) {
        json_t *page = search(5, same[i], "", NULL);
        assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
        json_t *item = json_array_get(json_object_get(page, "items"), 0);
        assert_string_equal(json_string_value(json_object_get(item, "field")), "subject");
        assert_string_equal(json_string_value(json_object_get(item, "text")),
                            "靱性と持ち出しの規程");
        json_decref(page);
        page = search(1, same[i], "", NULL); /* of another section */
        assert_int_equal(json_array_size(json_object_get(page, "items")), 0);
        json_decref(page);
    }
    struct register_call edit = scene_call(&at, "edit");
    edit.fields = json_pack("{ss}", "subject", "別のこと");
    (void)scene_do(5, edit);
    json_decref(edit.fields);
    json_t *page = search(5, "靭性", "", NULL);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 0);
    json_decref(page);
    json_decref(search(5, "", "", "register.query"));
    json_decref(search(5, "。", "", "register.query"));
    json_decref(search(5, "a b c d e f g h i", "", "register.query"));
    json_decref(search(5, "監査", "x", "register.query"));
}

static void
test_words(void **state)
{
    (void)state;
    struct buf buf;
    struct err err;
    buf_init(&buf, 4096);
    assert_int_equal(words_key(&buf, STR("ＡＢＣ、がｶﾞ①㈱ 葛\xf3\xa0\x84\x80"), &err), 0);
    buf_put_char(&buf, '\0');
    assert_string_equal(buf.p, "abc ガガ1 株 葛");
    buf_clear(&buf);
    words_tokens(&buf, STR("監査室 a"), false);
    buf_put_char(&buf, '\0');
    assert_string_equal(buf.p, "監査 査室 室 a ");
    buf_clear(&buf);
    words_tokens(&buf, STR("監査 a"), true);
    buf_put_char(&buf, '\0');
    assert_string_equal(buf.p, "'監査':1 '査':2 'a':3 ");
    buf_clear(&buf);
    struct str rest = STR("あいうえおかきくけこ"), chunk;
    size_t chunks = 0;
    while (words_chunk(&rest, 4, 2, &chunk)) {
        assert_true(words_chars(chunk) <= 4);
        chunks++;
    }
    assert_int_equal(chunks, 4);
    assert_int_equal(words_key(&buf, STR("\xff"), &err), -1);
    buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_hits),
        cmocka_unit_test(test_edit),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
