/* clause: the reader's answer into tables, and what is refused. */
#include "format/clause/clause.h"

#include "base/mem/buf.h"
#include "format/clause/keep.h"
#include "tests/test.h"

#include <string.h>

static const char basic_text[] = "関乃町情報セキュリティ基本方針\n"
                                 "\n"
                                 "1 目的\n"
                                 "この方針は、町の情報を守ることを目的とする。\n"
                                 "2 対策\n"
                                 "(1) 組織\n"
                                 "町は、体制を定めなければならない。\n"
                                 "(2) 人\n"
                                 "職員等は、毎年度、研修を受けなければならない。\n";
static const char std_text[] = "関乃町情報セキュリティ対策基準\n"
                               "\n"
                               "1 体制\n"
                               "(1) 責任者\n"
                               "① 副町長を責任者とする。\n"
                               "② 責任者は、速やかに報告しなければならない。\n";
static const char other_text[] = "1 目的\n守る。\n2 体制\n置く。\n3 備え\n備える。\n";
static const char split_text[] =
    "1 目的\n守る。\n2 体制\n置く。\n3 備え\n備える。\n1 目的\n守る。\n2 体制\n置く。\n";

static struct str
answer_of(struct arena *arena, const char *text)
{
    struct policy_tree *tree;
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    assert_int_equal(policy_read(arena, str_of(text), &tree, &err), 0);
    policy_put_json(&out, tree, STR("a.md"), STR("00"));
    struct str copy = str_dup(arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

static void
test_add(void **state)
{
    (void)state;
    struct arena *arena = arena_new(16 << 20);
    struct clause_set set;
    struct err err;
    bool twice;
    clause_set_init(&set, arena);
    assert_int_equal(clause_set_add(&set, answer_of(arena, basic_text), &err), 0);
    assert_int_equal(clause_set_add(&set, answer_of(arena, std_text), &err), 0);
    const struct clause_doc *basic = clause_doc_get(&set, STR("basic"));
    const struct clause_doc *standard = clause_doc_get(&set, STR("std"));
    assert_non_null(basic);
    assert_non_null(standard);
    assert_int_equal(basic->count, 4);
    assert_int_equal(standard->first, 4);
    assert_int_equal(standard->count, 4);
    size_t people = clause_find(&set, STR("basic:2(2)"), &twice);
    assert_true(people != CLAUSE_NONE && !twice);
    const struct clause *c = &set.clauses[people];
    assert_int_equal(c->parent, clause_find(&set, STR("basic:2"), NULL));
    assert_int_equal(c->position, 2);
    assert_int_equal(c->roles, ROLE_PERSON);
    assert_true(c->duty && clause_is_leaf(c));
    assert_int_equal(c->sentence_count, 1);
    assert_int_equal(set.sentences[c->first_sentence].modality, POLICY_MUST);
    assert_true((set.sentences[c->first_sentence].when & WHEN_YEARLY) != 0);
    size_t report = clause_find(&set, STR("1(1)②"), NULL);
    assert_true(report != CLAUSE_NONE);
    assert_true(str_equal_z(set.clauses[clause_titled(&set, report)].title, "責任者"));
    assert_true(clause_find(&set, STR("1"), &twice) == CLAUSE_NONE && twice);
    assert_true(clause_find(&set, STR("std:9"), &twice) == CLAUSE_NONE && !twice);
    arena_free(arena);
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "[]", "{}", "{\"documents\":[]}",
        ("{\"source\":{\"name\":\"a\",\"sha256\":\"\"},\"documents\":[{\"doc\":\"basic\"}],"
         "\"clauses\":[],\"supplements\":[],\"tables\":[],\"refs\":[],\"findings\":[]}")};
    struct arena *arena = arena_new(16 << 20);
    struct clause_set set;
    struct err err;
    clause_set_init(&set, arena);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(clause_set_add(&set, str_of(bad[i]), &err), -1);
        assert_true(err_is(&err, "clause.json"));
    }
    assert_int_equal(clause_set_add(&set, answer_of(arena, basic_text), &err), 0);
    assert_int_equal(clause_set_add(&set, answer_of(arena, basic_text), &err), -1);
    assert_true(err_is(&err, "clause.twice"));
    assert_int_equal(set.doc_count, 1);
    assert_int_equal(set.clause_count, 4);
    /* the same for documents of no known kind, one of which can be loaded beside another file's */
    struct str split = answer_of(arena, split_text), other = answer_of(arena, other_text);
    assert_int_equal(clause_set_add(&set, split, &err), -1);
    assert_true(err_is(&err, "clause.twice"));
    assert_int_equal(clause_set_add(&set, other, &err), 0);
    assert_int_equal(clause_set_add(&set, other, &err), 0);
    assert_int_equal(set.doc_count, 3);
    /* a clause of a document that is not listed is no clause left out in silence */
    char *copy = arena_alloc(arena, other.n + 1);
    memcpy(copy, other.p, other.n);
    char *second = strstr(copy, "c0002");
    assert_non_null(second);
    second[1] = '\\'; /* a key that would break the line it is written into */
    second[2] = '"';
    assert_int_equal(clause_set_add(&set, str_of(copy), &err), -1);
    assert_true(err_is(&err, "clause.json") && strstr(err.detail, "key") != NULL);
    memcpy(second, "c0002", 5);
    char *doc = strstr(second, "\"other\"");
    assert_non_null(doc);
    memcpy(doc, "\"basic\"", 7);
    assert_int_equal(clause_set_add(&set, str_of(copy), &err), -1);
    assert_true(err_is(&err, "clause.json"));
    arena_free(arena);
}

static bool
is_word(const void *ctx, const struct clause_doc *doc)
{
    return str_equal_z(doc->word, ctx);
}

/* Without a document nothing of it is left, and what stays is as it was. */
static void
test_keep(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct clause_set set, basic, std, none;
    struct err err;
    clause_set_init(&set, arena);
    assert_int_equal(clause_set_add(&set, answer_of(arena, basic_text), &err), 0);
    assert_int_equal(clause_set_add(&set, answer_of(arena, std_text), &err), 0);
    assert_int_equal(clause_set_keep(&set, is_word, "basic", &basic, &err), 0);
    assert_int_equal(clause_set_keep(&set, is_word, "std", &std, &err), 0);
    assert_int_equal(clause_set_keep(&set, is_word, "procedure", &none, &err), 0);
    assert_int_equal(none.doc_count + none.clause_count + none.sentence_count, 0);
    assert_int_equal(basic.doc_count, 1);
    assert_int_equal(std.doc_count, 1);
    assert_int_equal(basic.clause_count + std.clause_count, set.clause_count);
    assert_int_equal(basic.sentence_count + std.sentence_count, set.sentence_count);
    size_t at = clause_find(&std, STR("1(1)②"), NULL),
           was = clause_find(&set, STR("std:1(1)②"), NULL);
    assert_true(at != CLAUSE_NONE && was != CLAUSE_NONE && at < was);
    assert_true(str_equal(std.clauses[at].text, set.clauses[was].text));
    assert_int_equal(std.clauses[at].doc, 0);
    assert_true(str_equal_z(std.clauses[std.clauses[at].parent].label, "1(1)"));
    assert_int_equal(std.sentences[std.clauses[at].first_sentence].clause, at);
    assert_int_equal(clause_find(&std, STR("basic:1"), NULL), CLAUSE_NONE);
    assert_int_equal(set.doc_count, 2);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_add), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_keep)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
