/*
 * seeds_test: the sample policies beside the tree (../shared/seeds, or $SEKISHO_SHARED/seeds), with
 * their exact counts, and rendered in other styles and noises: the same tree must come back. Skips
 * when they are not there.
 */
#include "format/policy/policy.h"
#include "tests/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char shared[512];
static struct arena *arena;
static struct err err;

static struct policy_tree *
read_seed(const char *number, struct buf *source)
{
    char pattern[600];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/seeds/%s_*.txt", shared, number);
    if (glob(pattern, 0, NULL, &found) != 0)
        return NULL;
    FILE *f = fopen(found.gl_pathv[0], "rb");
    globfree(&found);
    if (f == NULL)
        return NULL;
    buf_init(source, POLICY_SOURCE_BYTES);
    char *p = buf_reserve(source, 1 << 20);
    source->n = fread(p, 1, 1 << 20, f);
    fclose(f);
    struct policy_tree *tree = NULL;
    arena_clear(arena);
    if (policy_read(arena, buf_str(source), &tree, &err) < 0)
        fail_msg("%s: %s %s", number, err.code, err.detail);
    return tree;
}

static const struct policy_doc *
doc_of(const struct policy_tree *tree, enum policy_doc_kind kind)
{
    for (const struct policy_doc *d = tree->docs; d != NULL; d = d->next)
        if (d->kind == kind)
            return d;
    fail_msg("no document of kind %s", policy_doc_word(kind));
    return NULL;
}

static void
assert_doc(const struct policy_doc *doc, size_t chapters, size_t nodes, size_t leaves)
{
    assert_int_equal(doc->chapters, chapters);
    assert_int_equal(doc->nodes, nodes);
    assert_int_equal(doc->leaves, leaves);
}

static size_t
findings(const struct policy_tree *tree, const char *code)
{
    size_t n = 0;
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        n += strcmp(f->code, code) == 0;
    return n;
}

static void
assert_refs(const struct policy_tree *tree, size_t refs, size_t targets)
{
    size_t n = 0, to = 0;
    for (const struct policy_ref *ref = tree->refs; ref != NULL; ref = ref->next) {
        n++;
        to += ref->to_count;
    }
    assert_int_equal(n, refs);
    assert_int_equal(to, targets);
}

static size_t
rows_of(const struct policy_tree *tree, enum policy_table_kind kind)
{
    size_t n = 0;
    for (const struct policy_table *t = tree->tables; t != NULL; t = t->next)
        n += t->kind == kind ? t->row_count : 0;
    return n;
}

static void
the_short_ones(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        size_t chapters, nodes, leaves, sentences, terms, refs, targets;
    } rows[] = {{"000", 9, 46, 39, 48, 13, 2, 4},
                {"001", 13, 44, 36, 42, 0, 6, 8},
                {"002", 10, 44, 38, 47, 12, 2, 4},
                {"004", 10, 44, 38, 49, 12, 2, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf source;
        struct policy_tree *tree = read_seed(rows[i].number, &source);
        assert_non_null(tree);
        const struct policy_doc *doc = doc_of(tree, POLICY_BASIC);
        assert_doc(doc, rows[i].chapters, rows[i].nodes, rows[i].leaves);
        assert_int_equal(doc->sentences, rows[i].sentences);
        assert_int_equal(doc->terms, rows[i].terms);
        assert_refs(tree, rows[i].refs, rows[i].targets);
        assert_null(doc->next);
        buf_free(&source);
    }
}

static void
what_the_short_ones_have_besides(void **state)
{
    (void)state;
    struct buf source;
    struct policy_tree *tree = read_seed("000", &source);
    assert_non_null(tree);
    assert_int_equal(rows_of(tree, TABLE_REVISIONS), 7);
    assert_int_equal(findings(tree, "P102"), 1);
    buf_free(&source);
    tree = read_seed("001", &source);
    assert_int_equal(findings(tree, "P104"), 1);
    assert_int_equal(rows_of(tree, TABLE_TERMS), 13);
    const struct policy_doc *doc = doc_of(tree, POLICY_BASIC);
    assert_non_null(doc->supplements);
    assert_ptr_equal(doc->supplements->next, doc->last_supplement);
    assert_true(str_equal(policy_find(tree, STR("11"))->mark.printed, STR("1.1")));
    buf_free(&source);
    tree = read_seed("002", &source);
    assert_int_equal(findings(tree, "P104"), 1);
    buf_free(&source);
}

static void
count_chapters(const struct policy_node *node, size_t *nodes, size_t *leaves)
{
    ++*nodes;
    *leaves += node->first == NULL;
    for (const struct policy_node *n = node->first; n != NULL; n = n->next)
        count_chapters(n, nodes, leaves);
}

static void
the_long_one(void **state)
{
    (void)state;
    static const size_t chapters[10][2] = {{6, 4},   {46, 37},   {51, 40}, {14, 8},   {51, 39},
                                           {68, 51}, {182, 139}, {42, 31}, {129, 96}, {23, 16}};
    struct buf source;
    struct policy_tree *tree = read_seed("003", &source);
    assert_non_null(tree);
    assert_doc(doc_of(tree, POLICY_PREFACE), 2, 2, 2);
    assert_doc(doc_of(tree, POLICY_BASIC), 10, 45, 39);
    assert_int_equal(doc_of(tree, POLICY_BASIC)->sentences, 51);
    const struct policy_doc *doc = doc_of(tree, POLICY_STANDARD);
    assert_doc(doc, 10, 612, 461);
    assert_in_range(doc->sentences, 536, 542);
    size_t i = 0;
    for (const struct policy_node *n = doc->root->first; n != NULL; n = n->next, i++) {
        size_t nodes = 0, leaves = 0;
        count_chapters(n, &nodes, &leaves);
        assert_int_equal(nodes, chapters[i][0]);
        assert_int_equal(leaves, chapters[i][1]);
    }
    assert_int_equal(rows_of(tree, TABLE_ROLES), 8);
    assert_int_equal(rows_of(tree, TABLE_CLASSES), 8);
    assert_int_equal(rows_of(tree, TABLE_STRUCTURE), 3);
    assert_non_null(policy_find(tree, STR("std:4(2)①ウ")));
    buf_free(&source);
}

static void
classes_and_words_of_the_long_one(void **state)
{
    (void)state;
    struct buf source;
    struct policy_tree *tree = read_seed("003", &source);
    assert_non_null(tree);
    size_t marks[MARK_BULLET + 1] = {0}, limits = 0, modality[5] = {0}, subjects = 0;
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        if (n->doc->kind != POLICY_STANDARD)
            continue;
        marks[n->mark.class]++;
        limits += n->kind == POLICY_LIMIT;
        for (const struct policy_sentence *s = n->sentences; s != NULL; s = s->next) {
            modality[s->modality]++;
            subjects += s->subject != 0 && !s->subject_inherited;
        }
    }
    assert_int_equal(marks[MARK_NUM], 10);
    assert_int_equal(marks[MARK_PAREN], 42);
    assert_int_equal(marks[MARK_CIRCLE], 188);
    assert_int_equal(marks[MARK_KATA], 261);
    assert_int_equal(marks[MARK_PAREN_KATA], 83);
    assert_int_equal(marks[MARK_BULLET], 28);
    assert_int_equal(limits, 14);
    assert_in_range(modality[POLICY_MUST], 354, 370);
    assert_in_range(modality[POLICY_MUST_NOT], 35, 37);
    assert_int_equal(modality[POLICY_MAY], 6);
    assert_int_equal(modality[POLICY_SHOULD], 1);
    assert_in_range(subjects, 282, 298);
    buf_free(&source);
}

/*
 * What must be told about each sample, and where: COUNT findings of CODE in DOC's clause LABEL (an
 * empty label: in no clause). Whatever else is told is counted against `more`.
 */
struct expected {
    const char *number, *code, *doc, *label;
    size_t count;
};

static const struct expected expected[] = {
    {"000", "P214", "", "", 2},
    {"001", "P105", "basic", "11", 1},
    {"001", "P105", "basic", "12", 1},
    {"001", "P105", "basic", "13", 1},
    {"001", "P209", "basic", "2", 1},
    {"001", "P209", "basic", "6", 1},
    {"001", "P210", "basic", "8(3)", 1},
    {"001", "P216", "basic", "3(3)", 1},
    {"002", "P113", "basic", "5", 1},
    {"002", "P201", "basic", "2(12)", 1},
    {"002", "P206", "basic", "4(1)", 1},
    {"003", "P202", "basic", "2(11)", 1},
    {"003", "P206", "std", "6(1)②", 1},
    {"003", "P206", "std", "6(1)②ア", 2},
    {"003", "P206", "std", "6(1)②イ", 2},
    {"003", "P206", "std", "6(1)②ウ", 1},
    {"003", "P204", "std", "6(2)②オ", 1},
    {"003", "P204", "std", "2", 1},
    {"003", "P207", "std", "7(3)②イ(イ)", 1},
    {"003", "P203", "std", "2(3)④", 1},
    {"003", "P205", "std", "2(3)①", 1},
    {"003", "P205", "std", "2(5)①", 1},
    {"003", "P221", "std", "3(1)", 1},
    {"003", "P215", "basic", "6(3)③", 1},
    {"003", "P215", "std", "10(2)①イ", 1},
    {"003", "P210", "std", "9(2)①", 1},
    {"003", "P208", "std", "8(5)⑥", 1},
    {"003", "P113", "std", "3(2)②", 1},
    {"003", "P113", "std", "2", 1},
    {"003", "P112", "std", "9(1)①ア", 1},
    {"003", "P212", "std", "5(4)⑥", 1},
    {"003", "P216", "std", "8(4)①", 1},   /* 関係規定 */
    {"003", "P216", "std", "9(2)①", 1},   /* 運用規定 */
    {"003", "P216", "std", "6(4)③キ", 1}, /* 共有ID */
    {"003", "P216", "std", "3(1)", 2},    /* 各課等, and one more */
    {"003", "P216", "std", "7(2)②カ", 1}, /* 端末ウイルス */
    {"003", "P216", "", "", 1},           /* 外部委託, first met in the preface */
    {"003", "P111", "std", "2", 1},
    {"003", "P110", "preface", "②", 1},
    {"003", "P110", "std", "2", 1},
    {"003", "P110", "std", "3(1)", 1},
    {"003", "P220", "basic", "1", 1},
    {"003", "P220", "std", "1", 1},
    {"004", "P206", "basic", "6(8)", 1},
    {"004", "P215", "basic", "7", 1},
    {"004", "P216", "basic", "6(8)", 1},
    {"004", "P220", "basic", "1", 1},
};

static bool
stands_at(const struct policy_finding *f, const struct expected *e)
{
    if (strcmp(f->code, e->code) != 0 || (f->node == NULL) != (e->doc[0] == 0))
        return false;
    return f->node == NULL || (str_equal_z(f->node->label, e->label) &&
                               strcmp(policy_doc_word(f->node->doc->kind), e->doc) == 0);
}

/* Findings of NUMBER that its rows name; fails when a row is missing. */
static size_t
met(const struct policy_tree *tree, const char *number)
{
    size_t all = 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        size_t n = 0;
        if (strcmp(expected[i].number, number) != 0)
            continue;
        for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
            n += stands_at(f, &expected[i]);
        if (n != expected[i].count)
            fail_msg("%s: %zu of %s in %s:%s, not %zu", number, n, expected[i].code,
                     expected[i].doc, expected[i].label, expected[i].count);
        all += n;
    }
    return all;
}

static void
what_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        size_t more; /* each judged by a person: a real oddity */
    } rows[] = {{"000", 10}, {"001", 10}, {"002", 10}, {"003", 40}, {"004", 10}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf source;
        struct policy_tree *tree = read_seed(rows[i].number, &source);
        assert_non_null(tree);
        assert_in_range(tree->finding_count - met(tree, rows[i].number), 0, rows[i].more);
        for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next) {
            bool title = f->node != NULL && str_equal_z(f->node->label, "6");
            if (strcmp(f->code, "P216") == 0 && strcmp(rows[i].number, "001") == 0)
                assert_false(title); /* the other spelling stands in a cited title */
            assert_true(f->at.to <= source.n && f->at.from <= f->at.to);
            assert_true(f->detail.n > 0);
        }
        buf_free(&source);
    }
}

int
main(void)
{
    const char *given = getenv("SEKISHO_SHARED");
    snprintf(shared, sizeof shared, "%s", given != NULL ? given : SEKISHO_SOURCE_DIR "/../shared");
    struct stat st;
    if (stat(shared, &st) != 0) {
        printf("1..1\nok 1 - sample policies # SKIP ../shared is absent\n");
        return 0;
    }
    arena = arena_new(POLICY_ARENA_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_short_ones), cmocka_unit_test(what_the_short_ones_have_besides),
        cmocka_unit_test(the_long_one),   cmocka_unit_test(classes_and_words_of_the_long_one),
        cmocka_unit_test(what_is_told),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
