/* cross: what only two files together can tell, and what the second file settles. */
#include "format/lint/cross.h"

#include "base/mem/buf.h"
#include "tests/test.h"

static const char standard[] = "海山町情報セキュリティ対策基準\n令和6年4月1日\n"
                               "1 点検\n毎年度、自己点検を行う。関守を置く。\n"
                               "2 外の網\n(1) 口\n外へ出る口を一つにする。決まりに基づき守る。\n";

static void
add(struct arena *arena, struct clause_set *set, const char *text, const char *name)
{
    struct policy_tree *tree;
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    assert_int_equal(policy_read(arena, str_of(text), &tree, &err), 0);
    policy_put_json(&out, tree, str_of(name), str_of(name));
    assert_int_equal(clause_set_add(set, buf_str(&out), &err), 0);
    buf_free(&out);
}

static struct cross_answer
check(struct arena *arena, struct clause_set *set, const char *basic)
{
    struct cross_answer answer;
    struct err err;
    clause_set_init(set, arena);
    add(arena, set, basic, "basic.md");
    add(arena, set, standard, "standard.md");
    assert_int_equal(cross_check(arena, set, &answer, &err), 0);
    return answer;
}

static size_t
count(const struct cross_answer *answer, const struct clause_set *set, const char *code,
      const char *label)
{
    size_t n = 0;
    for (size_t i = 0; i < answer->count; i++)
        n += str_equal_z(str_of(answer->findings[i].code), code) &&
             answer->findings[i].clause != CLAUSE_NONE &&
             str_equal_z(set->clauses[answer->findings[i].clause].label, label);
    return n;
}

static void
two_files_disagree(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct clause_set set;
    struct cross_answer answer =
        check(arena, &set,
              "海山町情報セキュリティ基本方針\n令和6年4月1日\n1 定義\n(1) 関守\n見張る者をいう。\n"
              "(2) 潮守\n海の者をいう。\n2 外の網\n出口は一つとする。ただし、会議は別とする。\n"
              "3 点検\n必要に応じて自己点検を行う。決まりにもとづき直す。\n");
    assert_int_equal(answer.count, 3);
    assert_int_equal(count(&answer, &set, "P215", "2"), 1); /* the exception */
    assert_int_equal(count(&answer, &set, "P215", "1"), 1); /* the rhythm, told at the later one */
    assert_int_equal(count(&answer, &set, "P216", "2(1)"), 1);
    size_t settled = 0;
    for (size_t i = 0; i < set.finding_count; i++) {
        if (!answer.settled[i])
            continue;
        assert_true(str_equal_z(set.findings[i].code, "P201"));
        assert_true(str_equal_z(set.findings[i].text, "関守"));
        settled++;
    }
    assert_int_equal(settled, 1);
    arena_free(arena);
}

static void
two_files_agree(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct clause_set set;
    struct cross_answer answer =
        check(arena, &set,
              "海山町情報セキュリティ基本方針\n令和6年4月1日\n1 外の網\n出口は一つとする。\n"
              "2 点検\n定期的に自己点検を行う。決まりに基づき直す。\n");
    assert_int_equal(answer.count, 0);
    arena_free(arena);
}

/* What one file tells alone is not told again. */
static void
one_file_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct clause_set set;
    struct err err;
    struct cross_answer answer =
        check(arena, &set,
              "海山町情報セキュリティ基本方針\n令和6年4月1日\n1 規\n決まりにもとづき守る。\n"
              "2 則\n決まりに基づき直す。\n");
    assert_int_equal(answer.count, 0);
    clause_set_init(&set, arena);
    add(arena, &set,
        "海山町情報セキュリティ基本方針\n1 点検\n毎年度、自己点検を行う。\n2 見直し\n"
        "必要に応じて自己点検を行う。\n",
        "basic.md");
    assert_int_equal(cross_check(arena, &set, &answer, &err), 0);
    assert_int_equal(answer.count, 0);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_files_disagree),
                                       cmocka_unit_test(two_files_agree),
                                       cmocka_unit_test(one_file_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
