/*
 * matrix_test: one tree rendered in other numbering styles and then damaged from a seed must read
 * back as the same tree: positions, titles and texts without blanks. Where the damage takes
 * something away that nobody can know again, every wrong clause has a finding near it. The model
 * town's policy always, the long sample when it is there. SHOW=1 prints what differs, DUMP=1 the
 * damaged text.
 */
#include "format/policy/policy.h"
#include "base/text/utf8.h"
#include "tests/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR = 2 };

static struct arena *arena, *second;
static size_t trips;

static void
read_file(const char *path, struct buf *buf)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    buf_init(buf, POLICY_SOURCE_BYTES);
    char *p = buf_reserve(buf, 1 << 20);
    buf->n = fread(p, 1, 1 << 20, f);
    fclose(f);
}

/* The next character that is no blank, in half width; 0 at the end. */
static uint32_t
next_sign(struct str *rest)
{
    while (rest->n > 0) {
        int32_t c = utf8_next(rest);
        if (c == ' ' || c == '\n' || c == 0x3000)
            continue;
        return c >= 0xff01 && c <= 0xff5e ? (uint32_t)c - 0xff01 + '!' : (uint32_t)c;
    }
    return 0;
}

/* Blanks, the joint spaces between Latin words and widths do not count. */
static bool
same_text(struct str a, struct str b)
{
    uint32_t x, y;
    do {
        x = next_sign(&a);
        y = next_sign(&b);
    } while (x == y && x != 0);
    return x == y;
}

struct trip {
    const struct policy_tree *tree; /* what came back */
    const struct policy_node **nodes;
    size_t count;
    size_t wrong, far; /* clauses that differ; of these, without a finding near them */
    bool show;
};

/* The index of NODE in reading order. */
static size_t
index_of(const struct trip *t, const struct policy_node *node)
{
    size_t i = 0;
    while (i < t->count && t->nodes[i] != node)
        i++;
    return i;
}

static bool
has_finding_near(const struct trip *t, const struct policy_node *node)
{
    size_t place = index_of(t, node);
    for (const struct policy_finding *f = t->tree->findings; f != NULL; f = f->next) {
        if (f->node == NULL || f->code[1] != '1' || strcmp(f->code, "P112") == 0)
            continue; /* only what the reading itself asks */
        size_t at = index_of(t, f->node);
        if (at < t->count && at <= place + NEAR && place <= at + NEAR)
            return true;
    }
    return false;
}

/* One clause differs; NEIGHBOUR of the answer stands nearest to it. */
static void
count_wrong(struct trip *t, const struct policy_node *neighbour)
{
    const struct policy_node *last =
        neighbour; /* of its subtree: what is missing stood behind it */
    while (last != NULL && last->last != NULL)
        last = last->last;
    bool near = neighbour != NULL && (has_finding_near(t, neighbour) || has_finding_near(t, last));
    t->wrong++;
    t->far += !near;
    if (t->show)
        printf("#   %s %.*s\n", near ? "near a finding" : "FAR from any finding at",
               STR_FMT(neighbour == NULL ? STR("") : neighbour->label));
}

static void
show_pair(const struct policy_node *x, const struct policy_node *y)
{
    printf("# %.*s | %.*s\n#   [%.*s] %.*s\n#   [%.*s] %.*s\n", STR_FMT(x->label),
           STR_FMT(y->label), STR_FMT(x->title), STR_FMT(str_slice(x->text, 0, 240)),
           STR_FMT(y->title), STR_FMT(str_slice(y->text, 0, 240)));
}

static void
compare(struct trip *t, const struct policy_node *a, const struct policy_node *b)
{
    const struct policy_node *x = a->first, *y = b->first, *last = b;
    for (; x != NULL && y != NULL; last = y, x = x->next, y = y->next) {
        if (!same_text(x->title, y->title) || !same_text(x->text, y->text)) {
            if (t->show)
                show_pair(x, y);
            count_wrong(t, y);
        }
        compare(t, x, y);
    }
    for (; x != NULL; x = x->next) {
        if (t->show)
            printf("# %.*s is missing\n", STR_FMT(x->label));
        count_wrong(t, last);
    }
    for (; y != NULL; y = y->next) {
        if (t->show)
            printf("# %.*s is new\n", STR_FMT(y->label));
        count_wrong(t, y);
    }
}

static void
list_nodes(struct trip *t)
{
    t->nodes = arena_array(second, t->tree->node_count + 1, sizeof *t->nodes);
    assert_non_null(t->nodes);
    for (const struct policy_node *n = t->tree->nodes; n != NULL; n = n->following)
        t->nodes[t->count++] = n;
}

static struct trip
travel(const struct policy_doc *doc, enum policy_style style, unsigned noise, uint64_t seed)
{
    struct buf clean, noisy;
    buf_init(&clean, 8 << 20);
    buf_init(&noisy, 32 << 20);
    policy_render(&clean, doc, style);
    policy_spoil(&noisy, buf_str(&clean), noise, seed);
    if (getenv("DUMP") != NULL)
        fwrite(noisy.p, 1, noisy.n, stderr);
    struct policy_tree *tree = NULL;
    struct err err;
    arena_clear(second);
    trips++;
    struct trip t = {.show = getenv("SHOW") != NULL};
    if (policy_read(second, buf_str(&noisy), &tree, &err) < 0) {
        printf("# %s %s\n", err.code, err.detail);
        t.wrong = t.far = doc->nodes;
    } else {
        t.tree = tree;
        list_nodes(&t);
        if (tree->docs->next != NULL)
            t.wrong = t.far = doc->nodes; /* one document became two */
        compare(&t, doc->root, tree->docs->root);
    }
    buf_free(&clean);
    buf_free(&noisy);
    return t;
}

/* What may be asked of a noise: the same tree, or a finding near every clause that differs. */
struct wish {
    unsigned noise;
    bool same;
};

static const struct wish wishes[] = {
    {0, true},
    {NOISE_SPACE, true},
    {NOISE_MARGIN, false},
    {NOISE_PAGES, true},
    {NOISE_BLANK, true},
    {NOISE_SPREAD, true},
    {NOISE_WIDTH, true},
    {NOISE_CONTENTS, true},
    {NOISE_CRLF, true},
    {NOISE_DOUBLE, false},
    {NOISE_DOT, false},
    {NOISE_SPACE | NOISE_PAGES | NOISE_BLANK, false},
    {NOISE_MARGIN | NOISE_PAGES | NOISE_CONTENTS, false},
    {NOISE_SPACE | NOISE_WIDTH | NOISE_CRLF, false},
    {NOISE_DOUBLE | NOISE_PAGES, false},
};

static unsigned failures;

static void
meet(const struct policy_doc *doc, enum policy_style style, const struct wish *wish, uint64_t seed)
{
    const char *only = getenv("ONLY"); /* "style noise" by number, for looking at one */
    char name[40];
    snprintf(name, sizeof name, "%d %x", style, wish->noise);
    if (only != NULL && strcmp(only, name) != 0)
        return;
    struct trip t = travel(doc, style, wish->noise, seed);
    bool good = wish->same ? t.wrong == 0 : t.far == 0;
    failures += !good;
    if (t.wrong > 0)
        printf("# %s %s [%s] seed %llu: %zu of %zu clauses differ, %zu without a finding\n",
               good ? "" : "WRONG", policy_style_word(style), name, (unsigned long long)seed,
               t.wrong, doc->nodes, t.far);
}

static void
matrix(const struct policy_doc *doc, uint64_t seeds)
{
    for (int style = 0; style < STYLE_COUNT; style++)
        for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
            for (uint64_t seed = 1; seed <= seeds; seed++)
                if (style != STYLE_REIKI)
                    meet(doc, (enum policy_style)style, &wishes[i],
                         seed + 100 * (uint64_t)style + 1000 * i);
    printf("# %zu ways so far\n", trips);
}

static const struct policy_doc *
read_doc(const char *path, struct buf *source, enum policy_doc_kind kind)
{
    struct policy_tree *tree = NULL;
    struct err err;
    read_file(path, source);
    arena_clear(arena);
    if (policy_read(arena, buf_str(source), &tree, &err) < 0)
        fail_msg("%s: %s %s", path, err.code, err.detail);
    const struct policy_doc *doc = tree->docs;
    while (doc != NULL && doc->kind != kind)
        doc = doc->next;
    assert_non_null(doc);
    return doc;
}

static void
the_model_town(void **state)
{
    (void)state;
    struct buf source;
    matrix(read_doc(SEKISHO_SOURCE_DIR "/data/policy/model_town/standard.md", &source,
                    POLICY_STANDARD),
           2);
    buf_free(&source);
    matrix(read_doc(SEKISHO_SOURCE_DIR "/data/policy/model_town/basic.md", &source, POLICY_BASIC),
           2);
    buf_free(&source);
    assert_int_equal(failures, 0);
    assert_true(getenv("ONLY") != NULL || trips >= 200);
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
        printf("# SKIP ../shared is absent\n");
        skip();
    }
    struct buf source;
    matrix(read_doc(found.gl_pathv[0], &source, POLICY_STANDARD), 2);
    buf_free(&source);
    matrix(read_doc(found.gl_pathv[0], &source, POLICY_BASIC), 2);
    buf_free(&source);
    globfree(&found);
    assert_int_equal(failures, 0);
}

int
main(void)
{
    arena = arena_new(POLICY_ARENA_BYTES);
    second = arena_new(POLICY_ARENA_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_town),
        cmocka_unit_test(the_long_sample),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    arena_free(second);
    return rc;
}
