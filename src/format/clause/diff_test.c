/* diff: what became of each clause, on texts of our own; and that the spans spell both texts. */
#include "format/clause/diff.h"

#include "base/mem/buf.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char old_text[] =
    "関乃町情報セキュリティ対策基準\n"
    "\n"
    "1 体制\n"
    "(1) 責任者\n"
    "① 副町長を、情報の安全についての最高の責任者とする。\n"
    "② 統括責任者は、事故を知ったとき、速やかに最高責任者へ報告しなければならない。\n"
    "(2) 委員会\n"
    "① 委員会は、毎年度１回以上、計画の進み具合を確かめなければならない。\n"
    "2 技術\n"
    "(1) 電子メール\n"
    "① 職員等は、届いた電子メールを外へ自動で転送してはならない。\n"
    "② 職員等は、宛先に誤りがないことを送る前に確かめ、また、添えたファイルを"
    "暗号にしなければならない。\n"
    "③ 職員等は、怪しい電子メールを開かずに窓口へ知らせなければならない。\n"
    "(2) 記録\n"
    "① 管理者は、操作の記録を一年の間、消えないように保たなければならない。\n"
    "② 管理者は、記録の時刻がいつも正しいように合わせなければならない。\n";

static struct clause_set *
set_of(struct arena *arena, const char *text)
{
    struct policy_tree *tree;
    struct buf out;
    struct err err;
    struct clause_set *set = arena_alloc(arena, sizeof *set);
    buf_init(&out, 1 << 20);
    assert_int_equal(policy_read(arena, str_dup(arena, str_of(text)), &tree, &err), 0);
    policy_put_json(&out, tree, STR("a.md"), STR("00"));
    clause_set_init(set, arena);
    assert_int_equal(clause_set_add(set, buf_str(&out), &err), 0);
    buf_free(&out);
    return set;
}

/* TEXT with FROM replaced by TO, once. */
static const char *
with(struct arena *arena, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* '=' and '-' spell the old text, '=' and '+' the new one. */
static void
check_spans(const struct diff_pair *pair, const struct clause_set *old,
            const struct clause_set *new)
{
    struct buf a, b;
    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    if (pair->kind == DIFF_SAME || pair->kind == DIFF_RENUMBERED)
        return;
    for (size_t i = 0; i < pair->span_count; i++) {
        if (pair->spans[i].sign != '+')
            buf_put_str(&a, pair->spans[i].text);
        if (pair->spans[i].sign != '-')
            buf_put_str(&b, pair->spans[i].text);
    }
    if (pair->old != CLAUSE_NONE)
        assert_true(str_ends(buf_str(&a), old->clauses[pair->old].text));
    if (pair->new != CLAUSE_NONE)
        assert_true(str_ends(buf_str(&b), new->clauses[pair->new].text));
    buf_free(&a);
    buf_free(&b);
}

static struct diff *
compare(struct arena *arena, const char *old, const char *new)
{
    struct err err;
    struct diff *diff = NULL;
    struct diff_side a = {set_of(arena, old), 0}, b = {set_of(arena, new), 0};
    assert_int_equal(diff_make(arena, &a, &b, NULL, &diff, &err), 0);
    size_t olds = 0, news = 0;
    for (size_t i = 0; i < diff->pair_count; i++) {
        check_spans(&diff->pairs[i], a.set, b.set);
        olds += diff->pairs[i].old != CLAUSE_NONE;
        news += diff->pairs[i].new != CLAUSE_NONE;
    }
    assert_true(olds >= a.set->docs[0].count && news >= b.set->docs[0].count);
    return diff;
}

/* The only row of KIND. */
static const struct diff_pair *
only(const struct diff *diff, enum diff_kind kind)
{
    for (unsigned i = 0; diff->counts[kind] != 1 && i < DIFF_KINDS; i++)
        printf("# %s: %zu\n", diff_kind_word(i), diff->counts[i]);
    assert_int_equal(diff->counts[kind], 1);
    for (size_t i = 0; i < diff->pair_count; i++)
        if (diff->pairs[i].kind == kind)
            return &diff->pairs[i];
    return NULL;
}

static size_t
others(const struct diff *diff)
{
    return diff->pair_count - diff->counts[DIFF_SAME];
}

static void
test_same(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct diff *diff = compare(arena, old_text, old_text);
    assert_int_equal(diff->pair_count, 14);
    assert_int_equal(others(diff), 0);
    arena_free(arena);
}

static void
test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum diff_kind kind;
        unsigned fields;
    } rows[] = {
        {"一年の間、", "一年の間は、", DIFF_REWORDED, 0},
        {"自動で転送してはならない", "自動で転送することができる", DIFF_CHANGED, DIFF_MODALITY},
        {"知らせなければならない", "知らせるよう努めなければならない", DIFF_CHANGED, DIFF_MODALITY},
        {"毎年度１回以上", "毎年度２回以上", DIFF_CHANGED, DIFF_NUMBER},
        {"① 職員等は、届いた", "① 情報システム管理者は、届いた", DIFF_CHANGED, DIFF_SUBJECT},
        {"速やかに最高責任者へ", "最高責任者へ", DIFF_CHANGED, DIFF_WHEN},
        {"外へ自動で転送してはならない。",
         "外へ自動で転送してはならない。ただし、やむを得ない場合は、この限りでない。", DIFF_CHANGED,
         DIFF_EXCEPTION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(64 << 20);
        struct diff *diff =
            compare(arena, old_text, with(arena, old_text, rows[i].from, rows[i].to));
        const struct diff_pair *pair = only(diff, rows[i].kind);
        if (rows[i].fields != 0 && (pair->fields & rows[i].fields) == 0)
            fail_msg("%s: fields %x", rows[i].to, pair->fields);
        if (rows[i].fields == 0)
            assert_int_equal(pair->fields, 0);
        assert_int_equal(pair->recheck, rows[i].kind == DIFF_CHANGED);
        assert_int_equal(others(diff), 1);
        arena_free(arena);
    }
}

static void
test_chapter_inserted(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    const char *new =
        with(arena, old_text, "2 技術\n",
             "2 施設\n(1) 部屋\n① 管理者は、部屋の鍵を閉めなければならない。\n3 技術\n");
    struct diff *diff = compare(arena, old_text, new);
    assert_int_equal(diff->counts[DIFF_ADDED], 3);
    assert_int_equal(diff->counts[DIFF_RENUMBERED], 8);
    assert_int_equal(diff->counts[DIFF_SAME], 6);
    assert_int_equal(diff->pair_count, 17);
    arena_free(arena);
}

static void
test_removed_and_moved(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    static const char clock[] =
        "② 管理者は、記録の時刻がいつも正しいように合わせなければならない。\n";
    const char *gone = with(arena, old_text, clock, "");
    struct diff *diff = compare(arena, old_text, gone);
    const struct diff_pair *pair = only(diff, DIFF_REMOVED);
    assert_true(pair->recheck && pair->new == CLAUSE_NONE);
    assert_int_equal(others(diff), 1);
    const char *moved = with(arena, gone, "2 技術\n", "");
    (void)moved;
    char *there = arena_printf(arena, "(2) 委員会\n%s", clock);
    const char *other = with(arena, gone, "(2) 委員会\n① ", there);
    other = with(arena, other, "② 管理者は", "① 管理者は");
    other = with(arena, other, "ない。\n委員会は", "ない。\n② 委員会は");
    diff = compare(arena, old_text, other);
    (void)only(diff, DIFF_MOVED);
    assert_int_equal(diff->counts[DIFF_REMOVED] + diff->counts[DIFF_ADDED], 0);
    arena_free(arena);
}

static void
test_split_and_merged(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    const char *two = with(arena, old_text,
                           "送る前に確かめ、また、添えたファイルを暗号にしなければならない。\n③ ",
                           "送る前に確かめなければならない。\n③ 職員等は、また、添えたファイルを"
                           "暗号にしなければならない。\n④ ");
    struct diff *diff = compare(arena, old_text, two);
    assert_int_equal(diff->counts[DIFF_SPLIT], 2);
    assert_int_equal(diff->counts[DIFF_REMOVED] + diff->counts[DIFF_ADDED], 0);
    diff = compare(arena, two, old_text);
    assert_int_equal(diff->counts[DIFF_MERGED], 2);
    assert_int_equal(diff->counts[DIFF_REMOVED] + diff->counts[DIFF_ADDED], 0);
    arena_free(arena);
}

static void
test_one_side(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 << 20);
    struct err err;
    struct diff *diff;
    struct clause_set *set = set_of(arena, old_text);
    struct diff_side there = {set, 0}, none = {set, CLAUSE_NONE};
    assert_int_equal(diff_make(arena, &none, &there, NULL, &diff, &err), 0);
    assert_int_equal(diff->counts[DIFF_ADDED], 14);
    assert_int_equal(diff_make(arena, &there, &none, NULL, &diff, &err), 0);
    assert_int_equal(diff->counts[DIFF_REMOVED], 14);
    struct arena *small = arena_new(2000);
    assert_int_equal(diff_make(small, &there, &there, NULL, &diff, &err), -1);
    assert_true(err_is(&err, "limit.memory"));
    arena_free(small);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_chapter_inserted),
        cmocka_unit_test(test_removed_and_moved),
        cmocka_unit_test(test_split_and_merged),
        cmocka_unit_test(test_one_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
