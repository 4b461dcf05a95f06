/*
 * span: see span.h. Pure. Past its bounds it still answers rightly, only more coarsely: a whole
 * sentence taken out and another put in.
 *
 * Invariant: the texts of '=' and '-' together are A, those of '=' and '+' together are B.
 */
#include "format/clause/span.h"

#include "base/text/utf8.h"
#include "format/clause/pair.h"

#include <stdlib.h>
#include <string.h>

enum {
    CELLS_MOST = 10000, /* of an alignment's table */
    EDITS_MOST = 200,   /* steps of Myers' search */
    CHARS_MOST = 4000,  /* of one sentence */
    SHORT_RUN = 1,      /* so few equal characters between two edits only disturb */
};

static const double LIKE = 0.5;

/* ---- alignment ---- */

struct table {
    const struct str *a, *b;
    size_t a_count, b_count;
    struct grams *ga, *gb;
    float *score; /* (a_count + 1) x (b_count + 1): best of what lies behind */
};

static float
likeness(const struct table *t, size_t i, size_t k)
{
    if (str_equal(t->a[i], t->b[k]))
        return 2;
    double like = grams_likeness(&t->ga[i], &t->gb[k], LIKE);
    return like >= LIKE ? (float)like : 0;
}

static float *
cell(const struct table *t, size_t i, size_t k)
{
    return &t->score[i * (t->b_count + 1) + k];
}

static void
fill(struct table *t)
{
    for (size_t i = t->a_count; i-- > 0;)
        for (size_t k = t->b_count; k-- > 0;) {
            float like = likeness(t, i, k);
            float best =
                *cell(t, i + 1, k) > *cell(t, i, k + 1) ? *cell(t, i + 1, k) : *cell(t, i, k + 1);
            float both = like > 0 ? like + *cell(t, i + 1, k + 1) : 0;
            *cell(t, i, k) = both > best ? both : best;
        }
}

static void
walk(const struct table *t, size_t offset, size_t *ret)
{
    for (size_t i = 0, k = 0; i < t->a_count && k < t->b_count;) {
        float like = likeness(t, i, k);
        if (like > 0 && *cell(t, i, k) <= like + *cell(t, i + 1, k + 1)) {
            ret[i++] = offset + k++;
        } else if (*cell(t, i + 1, k) >= *cell(t, i, k + 1)) {
            i++;
        } else {
            k++;
        }
    }
}

static bool
align_middle(struct arena *arena, struct table *t, size_t offset, size_t *ret)
{
    t->ga = arena_array(arena, t->a_count + 1, sizeof *t->ga);
    t->gb = arena_array(arena, t->b_count + 1, sizeof *t->gb);
    t->score = arena_array(arena, (t->a_count + 1) * (t->b_count + 1), sizeof *t->score);
    if (t->ga == NULL || t->gb == NULL || t->score == NULL)
        return false;
    for (size_t i = 0; i < t->a_count; i++)
        t->ga[i] = grams_of(arena, t->a[i], STR(""));
    for (size_t i = 0; i < t->b_count; i++)
        t->gb[i] = grams_of(arena, t->b[i], STR(""));
    if (arena_check(arena, NULL) < 0)
        return false;
    fill(t);
    walk(t, offset, ret);
    return true;
}

bool
span_align(struct arena *arena, const struct str *a, size_t a_count, const struct str *b,
           size_t b_count, size_t *ret)
{
    size_t front = 0, back = 0;
    for (size_t i = 0; i < a_count; i++)
        ret[i] = CLAUSE_NONE;
    while (front < a_count && front < b_count && str_equal(a[front], b[front])) {
        ret[front] = front;
        front++;
    }
    while (back < a_count - front && back < b_count - front &&
           str_equal(a[a_count - 1 - back], b[b_count - 1 - back])) {
        ret[a_count - 1 - back] = b_count - 1 - back;
        back++;
    }
    size_t n = a_count - front - back, m = b_count - front - back;
    if (n == 0 || m == 0 || n > CELLS_MOST / m)
        return true; /* too many: only what is equal at the ends */
    if (n == 1 && m == 1) {
        ret[front] = front;
        return true;
    }
    struct table t = {.a = a + front, .b = b + front, .a_count = n, .b_count = m};
    return align_middle(arena, &t, front, ret + front);
}

/* ---- characters ---- */

struct out {
    struct diff_span *list;
    size_t n, cap;
    struct arena *arena;
};

/* Adds TEXT; what continues the last span in its text only lengthens it. */
static void
put(struct out *out, char sign, struct str text)
{
    struct diff_span *last = out->n == 0 ? NULL : &out->list[out->n - 1];
    if (text.n == 0)
        return;
    if (last != NULL && last->sign == sign && last->text.p + last->text.n == text.p) {
        last->text.n += text.n;
        return;
    }
    if (out->n == out->cap) {
        size_t cap = out->cap == 0 ? 16 : 2 * out->cap;
        struct diff_span *list = arena_array(out->arena, cap, sizeof *list);
        if (list == NULL)
            return; /* the arena stays full; its owner asks */
        if (out->n > 0)
            memcpy(list, out->list, out->n * sizeof *list);
        out->list = list;
        out->cap = cap;
    }
    out->list[out->n++] = (struct diff_span){sign, text};
}

/* Where each character begins, the end at last; NULL when there are too many. */
static size_t *
places(struct arena *arena, struct str s, size_t *ret_count)
{
    size_t *list = arena_array(arena, s.n + 1, sizeof *list), n = 0;
    for (struct str rest = s; list != NULL && rest.n > 0; n++) {
        list[n] = s.n - rest.n;
        (void)utf8_next(&rest);
    }
    if (list == NULL || n > CHARS_MOST)
        return NULL;
    list[n] = s.n;
    *ret_count = n;
    return list;
}

struct text {
    struct str s;
    size_t *at, n;
};

static bool
same_char(const struct text *a, size_t i, const struct text *b, size_t k)
{
    size_t n = a->at[i + 1] - a->at[i];
    return n == b->at[k + 1] - b->at[k] && memcmp(a->s.p + a->at[i], b->s.p + b->at[k], n) == 0;
}

enum { WIDTH = 2 * EDITS_MOST + 3, MIDDLE = EDITS_MOST + 1 };

/* Reaches the end of both texts within EDITS_MOST steps; the steps, or -1. trace[d] is the frontier
 * before step d. */
static int
search(const struct text *a, const struct text *b, int (*trace)[WIDTH])
{
    int n = (int)a->n, m = (int)b->n;
    int front[WIDTH] = {0};
    for (int d = 0; d <= EDITS_MOST; d++) {
        memcpy(trace[d], front, sizeof front);
        for (int k = -d; k <= d; k += 2) {
            bool down = k == -d || (k != d && front[MIDDLE + k - 1] < front[MIDDLE + k + 1]);
            int x = down ? front[MIDDLE + k + 1] : front[MIDDLE + k - 1] + 1;
            while (x < n && x - k < m && x - k >= 0 && same_char(a, (size_t)x, b, (size_t)(x - k)))
                x++;
            front[MIDDLE + k] = x;
            if (x >= n && x - k >= m)
                return d;
        }
    }
    return -1;
}

/* The signs of the way, last first; how many. */
static size_t
way_back(const struct text *a, const struct text *b, int (*trace)[WIDTH], int steps, char *signs)
{
    int x = (int)a->n, y = (int)b->n;
    size_t n = 0;
    for (int d = steps; d > 0; d--) {
        const int *front = trace[d];
        int k = x - y;
        bool down = k == -d || (k != d && front[MIDDLE + k - 1] < front[MIDDLE + k + 1]);
        int from_k = down ? k + 1 : k - 1, from_x = front[MIDDLE + from_k];
        for (int to = down ? from_x : from_x + 1; x > to; x--, y--)
            signs[n++] = '=';
        signs[n++] = down ? '+' : '-';
        x = from_x;
        y = from_x - from_k;
    }
    for (; x > 0; x--)
        signs[n++] = '=';
    return n;
}

/* Turns runs of SHORT_RUN equal characters between edits into edits: they only disturb the eye. */
static void
smooth(char *signs, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t to = i;
        while (to < n && signs[to] == '=')
            to++;
        if (to > i && to - i <= SHORT_RUN && i > 0 && to < n)
            for (size_t k = i; k < to; k++)
                signs[k] = '~';
        i = to > i ? to : i + 1;
    }
}

/* Writes the way; inside a run of edits what goes stands before what comes. */
static void
put_way(struct out *out, const struct text *a, const struct text *b, const char *signs, size_t n)
{
    size_t x = 0, y = 0;
    for (size_t i = n; i > 0;) {
        size_t from_x = x, from_y = y;
        for (; i > 0 && signs[i - 1] == '='; i--, x++, y++)
            continue;
        put(out, '=', str_slice(a->s, a->at[from_x], a->at[x]));
        from_x = x;
        from_y = y;
        for (; i > 0 && signs[i - 1] != '='; i--) {
            x += signs[i - 1] != '+';
            y += signs[i - 1] != '-';
        }
        put(out, '-', str_slice(a->s, a->at[from_x], a->at[x]));
        put(out, '+', str_slice(b->s, b->at[from_y], b->at[y]));
    }
}

static void
put_whole(struct out *out, struct str a, struct str b)
{
    put(out, '-', a);
    put(out, '+', b);
}

static void
put_chars(struct out *out, struct arena *scratch, struct str a, struct str b)
{
    struct text x = {.s = a}, y = {.s = b};
    if (str_equal(a, b)) {
        put(out, '=', a);
        return;
    }
    x.at = places(scratch, a, &x.n);
    y.at = places(scratch, b, &y.n);
    int(*trace)[WIDTH] = arena_array(scratch, EDITS_MOST + 1, sizeof *trace);
    char *signs = arena_alloc(scratch, a.n + b.n + 1);
    int steps =
        x.at == NULL || y.at == NULL || trace == NULL || signs == NULL ? -1 : search(&x, &y, trace);
    if (steps < 0) {
        put_whole(out, a, b);
        return;
    }
    size_t n = way_back(&x, &y, trace, steps, signs);
    smooth(signs, n);
    put_way(out, &x, &y, signs, n);
}

/* ---- sentences ---- */

/* Cuts S behind each 。 and line feed; the pieces together are S. */
static struct str *
pieces(struct arena *arena, struct str s, size_t *ret_count)
{
    static const char stop[] = "。";
    size_t n = 0, from = 0;
    struct str *list = arena_array(arena, s.n + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < s.n; i++) {
        bool end = s.p[i] == '\n' || (i + 2 < s.n && memcmp(s.p + i, stop, 3) == 0);
        size_t to = s.p[i] == '\n' ? i + 1 : i + 3;
        if (!end || to >= s.n)
            continue;
        list[n++] = str_slice(s, from, to);
        from = to;
        i = to - 1;
    }
    if (list != NULL && from < s.n)
        list[n++] = str_slice(s, from, s.n);
    *ret_count = n;
    return list;
}

int
span_make(struct arena *arena, struct str a, struct str b, struct diff_span **ret,
          size_t *ret_count, struct err *err)
{
    struct arena *scratch = arena_new(64 << 20);
    struct out out = {.arena = arena};
    size_t n, m, next = 0;
    struct str *x = pieces(scratch, a, &n), *y = pieces(scratch, b, &m);
    size_t *mate = arena_array(scratch, n + 1, sizeof *mate);
    if (x == NULL || y == NULL || mate == NULL || !span_align(scratch, x, n, y, m, mate)) {
        put_whole(&out, a, b);
        n = 0;
        next = m;
    }
    for (size_t i = 0; i < n; i++) {
        if (mate[i] == CLAUSE_NONE) {
            put(&out, '-', x[i]);
            continue;
        }
        for (; next < mate[i]; next++)
            put(&out, '+', y[next]);
        put_chars(&out, scratch, x[i], y[next++]);
    }
    for (; next < m; next++)
        put(&out, '+', y[next]);
    arena_free(scratch);
    *ret = out.list;
    *ret_count = out.n;
    return arena_check(arena, err);
}
