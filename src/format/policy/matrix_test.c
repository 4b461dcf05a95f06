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

static bool
same_words(const struct policy_node *x, const struct policy_node *y)
{
    return same_text(x->title, y->title) && same_text(x->text, y->text);
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
has_finding_near(const struct trip *t, size_t place)
{
    for (const struct policy_finding *f = t->tree->findings; f != NULL; f = f->next) {
        if (f->node == NULL || f->code[1] != '1' || strcmp(f->code, "P112") == 0)
            continue; /* only what the reading itself asks */
        size_t at = index_of(t, f->node);
        if (at < t->count && at <= place + NEAR && place <= at + NEAR)
            return true;
    }
    return false;
}

/* How many clauses do not stand at the same place with the same words. */
static size_t
differences(const struct policy_node *a, const struct policy_node *b)
{
    size_t wrong = 0;
    const struct policy_node *x = a->first, *y = b->first;
    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        wrong += !same_words(x, y) + differences(x, y);
    for (; x != NULL; x = x->next)
        wrong++;
    for (; y != NULL; y = y->next)
        wrong++;
    return wrong;
}

/* What NODE hangs on: the sibling before it, or its parent. A mistake is counted where it is made,
 * not again for all that follows from it. */
static const struct policy_node *
hook_of(const struct policy_node *node)
{
    return node->previous != NULL ? node->previous : node->parent;
}

/* NODE, near place I of the answer, is wrong: a finding must stand near it. */
static void
count_far(struct trip *t, const char *what, const struct policy_node *node, size_t i)
{
    bool near = has_finding_near(t, i) || (i > 0 && has_finding_near(t, i - 1));
    t->far += !near;
    if (t->show)
        printf("# %s, %s %.*s [%.*s] %.*s\n", near ? "near" : "FAR", what, STR_FMT(node->label),
               STR_FMT(node->title), STR_FMT(str_slice(node->text, 0, 120)));
}

/* The place of X in the answer at or after I, or the count. A far one must be more than chance. */
static size_t
match(const struct trip *t, const struct policy_node *x, size_t i)
{
    enum { WINDOW = 12, CLOSE = 4 };
    for (size_t k = i; k < t->count && k < i + WINDOW; k++) {
        if (!same_words(x, t->nodes[k]))
            continue;
        bool next =
            x->following != NULL && k + 1 < t->count && same_words(x->following, t->nodes[k + 1]);
        if (k < i + CLOSE || next)
            return k;
    }
    return t->count;
}

/* Walks both trees in reading order and looks at what each clause hangs on. */
static void
compare(struct trip *t, const struct policy_doc *doc, const struct policy_node *first)
{
    const struct policy_node **pair = calloc(doc->nodes + t->count + 2, sizeof *pair);
    const struct policy_node **list = calloc(doc->nodes + 1, sizeof *list);
    size_t i = 0, n = 0;
    for (const struct policy_node *x = first; x != NULL && x->doc == doc; x = x->following) {
        size_t k = match(t, x, i);
        list[n] = x;
        if (k < t->count) {
            for (; i < k; i++)
                count_far(t, "new", t->nodes[i], i);
            pair[n] = t->nodes[i++];
        } else {
            count_far(t, "not found", x, i);
        }
        n++;
    }
    for (; i < t->count; i++)
        count_far(t, "new", t->nodes[i], i);
    for (size_t j = 0; j < n; j++) {
        const struct policy_node *hook = hook_of(list[j]);
        size_t h = j;
        while (h > 0 && list[h] != hook)
            h--;
        bool top = hook->kind == POLICY_ROOT;
        if (pair[j] == NULL || (!top && pair[h] == NULL))
            continue;
        const struct policy_node *there = hook_of(pair[j]);
        if (top ? there->kind != POLICY_ROOT : there != pair[h])
            count_far(t, "elsewhere", pair[j], index_of(t, pair[j]));
    }
    free(pair);
    free(list);
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
        if (tree->docs->next != NULL && tree->severity_count[POLICY_ASK] == 0)
            t.far = doc->nodes; /* one document became two, and nobody asked */
        t.wrong += differences(doc->root, tree->docs->root);
        compare(&t, doc, doc->root->first);
    }
    buf_free(&clean);
    buf_free(&noisy);
    return t;
}

/* How many of a hundred clauses may differ for a noise, each with a finding near it; 0: none. */
struct wish {
    unsigned noise;
    size_t percent;
};

static const struct wish wishes[] = {
    {0, 0},
    {NOISE_SPACE, 0},
    {NOISE_MARGIN, 2},
    {NOISE_PAGES, 0},
    {NOISE_BLANK, 1},
    {NOISE_SPREAD, 0},
    {NOISE_WIDTH, 0},
    {NOISE_CONTENTS, 0},
    {NOISE_CRLF, 0},
    {NOISE_DOUBLE, 3},
    {NOISE_DOT, 1},
    {NOISE_ONE_LINE, 2},
    {NOISE_LOST, 500},
    {NOISE_NFKC, 500},
    {NOISE_SPACE | NOISE_PAGES | NOISE_BLANK, 500},
    {NOISE_MARGIN | NOISE_PAGES | NOISE_CONTENTS, 500},
    {NOISE_SPACE | NOISE_WIDTH | NOISE_CRLF, 500},
    {NOISE_DOUBLE | NOISE_PAGES, 500},
};

/* The first item of an article prints no number, so that nobody sees the loss of one. */
static bool
is_asked(enum policy_style style, unsigned noise)
{
    bool html = style == STYLE_REIKI;
    return html ? noise == 0 : !(style == STYLE_ARTICLE && noise == NOISE_LOST);
}

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
    size_t most = (doc->nodes * wish->percent + 99) / 100;
    bool good = t.wrong <= most && t.far == 0;
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
                if (is_asked((enum policy_style)style, wishes[i].noise))
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
           1);
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
    matrix(read_doc(found.gl_pathv[0], &source, POLICY_STANDARD), 1);
    buf_free(&source);
    matrix(read_doc(found.gl_pathv[0], &source, POLICY_BASIC), 1);
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
