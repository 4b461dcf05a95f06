/*
 * match_test: the model town's titles find the topics that its bind.yaml gives them; the long
 * sample, when it is there, those whose place in the guideline is the same. What is called sure is
 * right.
 */
#include "base/mem/buf.h"
#include "core/control/match.h"
#include "format/policy/policy.h"
#include "tests/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct catalogue *catalogue;
static struct err err;

static void
read_file(const char *path, struct buf *buf)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    buf_init(buf, 1 << 22);
    char *p = buf_reserve(buf, 1 << 20);
    buf->n = fread(p, 1, 1 << 20, f);
    fclose(f);
}

/* The clauses of PATH as cored would hold them. */
static struct control_clause *
clauses_of(const char *path, size_t *ret_count, struct buf *source)
{
    struct policy_tree *tree = NULL;
    read_file(path, source);
    assert_int_equal(policy_read(arena, buf_str(source), &tree, &err), 0);
    struct control_clause *list = arena_array(arena, tree->node_count, sizeof *list);
    size_t n = 0;
    for (const struct policy_node *node = tree->nodes; node != NULL; node = node->following) {
        list[n] = (struct control_clause){.doc = str_of(policy_doc_word(node->doc->kind)),
                                          .key = str_of(node->key),
                                          .label = node->label,
                                          .title = node->title,
                                          .kind = str_of(policy_kind_word(node->kind)),
                                          .parent = CONTROL_NO_PARENT,
                                          .depth = node->depth};
        for (size_t i = n; i-- > 0 && node->depth > 1;)
            if (list[i].depth == node->depth - 1) {
                list[n].parent = i;
                break;
            }
        n++;
    }
    *ret_count = n;
    return list;
}

struct tally {
    size_t right, wrong, sure_wrong;
};

static void
count(struct tally *t, const struct control_clause *clause, const struct control_match *m,
      bool right)
{
    t->right += right;
    t->wrong += !right;
    t->sure_wrong += !right && m->confidence == CONFIDENCE_SURE;
    if (!right)
        printf("# %.*s %.*s: %.*s (%s)\n", STR_FMT(clause->label), STR_FMT(clause->title),
               STR_FMT(m->topic->id), control_confidence_word(m->confidence));
}

static void
the_model_town(void **state)
{
    (void)state;
    struct buf source, bind;
    size_t n, matches;
    struct control_match *list;
    struct bindings *b = NULL;
    struct tally t = {0};
    struct control_clause *clauses =
        clauses_of(SEKISHO_SOURCE_DIR "/data/policy/model_town/standard.md", &n, &source);
    read_file(SEKISHO_SOURCE_DIR "/data/policy/model_town/bind.yaml", &bind);
    assert_int_equal(bindings_load(arena, catalogue, "bind.yaml", buf_str(&bind), &b, &err), 0);
    assert_int_equal(control_match(arena, catalogue, clauses, n, &list, &matches, &err), 0);
    for (size_t i = 0; i < matches; i++)
        for (size_t k = 0; k < b->count; k++)
            if (str_equal(b->rows[k].label, clauses[list[i].clause].label) &&
                str_equal_z(b->rows[k].doc, "std") && b->rows[k].part == NULL)
                count(&t, &clauses[list[i].clause], &list[i], list[i].topic == b->rows[k].topic);
    printf("# model town: %zu right, %zu wrong, %zu sure and wrong\n", t.right, t.wrong,
           t.sure_wrong);
    assert_true(t.right * 100 >= (t.right + t.wrong) * 90);
    assert_in_range(t.sure_wrong, 0, 1);
    buf_free(&source);
    buf_free(&bind);
}

static void
the_long_sample(void **state)
{
    (void)state;
    char pattern[600];
    glob_t found;
    const char *given = getenv("SEKISHO_SHARED");
    snprintf(pattern, sizeof pattern, "%s/seeds/003_*.txt",
             given != NULL ? given : SEKISHO_SOURCE_DIR "/../shared");
    if (glob(pattern, 0, NULL, &found) != 0) {
        printf("ok 9 - the long sample # SKIP ../shared is absent\n");
        return;
    }
    struct buf source;
    size_t n, matches;
    struct control_match *list;
    struct tally t = {0};
    struct control_clause *clauses = clauses_of(found.gl_pathv[0], &n, &source);
    globfree(&found);
    assert_int_equal(control_match(arena, catalogue, clauses, n, &list, &matches, &err), 0);
    for (size_t i = 0; i < matches; i++)
        for (size_t k = 0; k < catalogue->topic_count; k++)
            if (str_equal(catalogue->topics[k].group, clauses[list[i].clause].label) &&
                str_equal_z(clauses[list[i].clause].doc, "std"))
                count(&t, &clauses[list[i].clause], &list[i],
                      list[i].topic == &catalogue->topics[k]);
    printf("# long sample: %zu right, %zu wrong, %zu sure and wrong\n", t.right, t.wrong,
           t.sure_wrong);
    assert_true(t.right >= 90);
    assert_true(t.right * 100 >= (t.right + t.wrong) * 85);
    assert_in_range(t.sure_wrong, 0, 2);
    buf_free(&source);
}

int
main(void)
{
    arena = arena_new(POLICY_ARENA_BYTES);
    if (catalogue_read(arena, SEKISHO_SOURCE_DIR "/data", &catalogue, &err) < 0) {
        printf("1..1\nnot ok 1 - %s %s\n", err.code, err.detail);
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_model_town),
                                       cmocka_unit_test(the_long_sample)};
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
