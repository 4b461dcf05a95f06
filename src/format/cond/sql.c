/*
 * sql: a condition as an SQL expression for SQLite and PostgreSQL. Runs in cored.
 *
 * A leaf is emitted as a predicate that is NULL only when one of the values it asks for is NULL;
 * NULL at that place means false. Negated it becomes (a IS NULL OR … OR NOT (predicate)), which is
 * never NULL. So no comparison is wrapped, and a plain one can use an index.
 *
 * Constants are parameters; what is written into the text are our own words, digits of parameter
 * numbers and identifiers of the scope, checked here.
 *
 * A column moved by months or business days and compared with a constant is turned around: moving
 * never falls when the day rises (tree.c), so the days that satisfy it begin at a bound, found by
 * halving.
 */
#include "format/cond/tree.h"

#include "base/os/time.h"
#include "base/text/utf8.h"

enum { NULLS_MOST = COND_NODES_MOST };

struct emit {
    struct arena *arena;
    const struct cond_moment *moment;
    struct buf *buf;
    struct cond_binds *binds;
    const char *alias;     /* of the record */
    const char *row_alias; /* of the row inside any/all */
    unsigned aliases;
    struct err *err;
    bool failed;
};

/* A leaf being written: what must not be NULL. */
struct predicate {
    const char *text;
    const char *nulls[NULLS_MOST];
    size_t null_count;
};

static const char *
failing(struct emit *emit, const char *code, const char *what)
{
    if (!emit->failed) {
        emit->failed = true;
        (void)err_set(emit->err, code, __FILE__, __LINE__, "%s", what);
    }
    return "NULL";
}

/* Printf into the arena; at its limit the whole expression fails. */
#define SQL(emit, ...) sql_or_fail((emit), arena_printf((emit)->arena, __VA_ARGS__))

static const char *
sql_or_fail(struct emit *emit, const char *made)
{
    return made != NULL ? made : failing(emit, "limit.memory", "condition");
}

/* IDENTIFIER when it is plain, else the expression fails. */
static const char *
plain(struct emit *emit, const char *identifier)
{
    size_t n = 0;
    const char *p = identifier;
    while (p != NULL && n < 64 &&
           ((p[n] >= 'a' && p[n] <= 'z') || p[n] == '_' || (n > 0 && p[n] >= '0' && p[n] <= '9'))) {
        n++;
    }
    bool good = p != NULL && n > 0 && n < 64 && p[n] == '\0';
    return good ? identifier : failing(emit, "cond.sql", p != NULL ? p : "no column");
}

static const char *
bind(struct emit *emit, struct cond_bind value)
{
    struct cond_binds *binds = emit->binds;
    if (binds->count == COND_BINDS_MOST) {
        return failing(emit, "cond.limit", "more than 1000 values");
    }
    binds->list[binds->count++] = value;
    return SQL(emit, "$%zu", binds->first + binds->count - 1);
}

static const char *
bind_int(struct emit *emit, int64_t n)
{
    return bind(emit, (struct cond_bind){.n = n});
}

static bool
is_textual(enum cond_type type)
{
    return type == COND_TEXT || type == COND_CHOICE || type == COND_CLASS;
}

static const char *
bind_value(struct emit *emit, enum cond_type type, const struct cond_value *value)
{
    return is_textual(type) ? bind(emit, (struct cond_bind){.is_text = true, .text = value->text})
                            : bind_int(emit, value->n);
}

/* ---- names ---- */

/* Where a name leads: the expression of the record's id its last word belongs to. */
struct place {
    const char *alias; /* the row itself … */
    const char *ref;   /* … or the id in a reference, and what it refers to */
    const struct cond_scope *scope;
};

static const char *
place_column(struct emit *emit, const struct place *place, const char *column)
{
    if (place->ref == NULL) {
        return SQL(emit, "%s.%s", place->alias, plain(emit, column));
    }
    unsigned n = ++emit->aliases;
    return SQL(emit, "(SELECT h%u.%s FROM %s h%u WHERE h%u.%s = %s)", n, plain(emit, column),
               plain(emit, place->scope->table), n, n, plain(emit, place->scope->id), place->ref);
}

/* Follows all words of REF but the last. */
static struct place
ref_place(struct emit *emit, const struct cond_ref *ref)
{
    struct place place = {.alias = ref->in_row ? emit->row_alias : emit->alias,
                          .scope = ref->scope};
    for (size_t i = 0; i + 1 < ref->path.count; i++) {
        const struct cond_name *step = &ref->steps[i];
        if (step->type == COND_REF) {
            place.ref = place_column(emit, &place, step->column);
            place.scope = step->to;
        }
    }
    return place;
}

static const struct cond_name *
ref_last(const struct cond_ref *ref)
{
    return &ref->steps[ref->path.count - 1];
}

/* "table l1 WHERE l1.key = id" of a table or list; *RET_ALIAS is its alias. */
static const char *
ref_rows(struct emit *emit, const struct cond_ref *ref, const char **ret_alias)
{
    struct place place = ref_place(emit, ref);
    const struct cond_scope *rows = ref_last(ref)->to;
    if (rows == NULL) {
        return failing(emit, "cond.sql", "no table");
    }
    const char *id = place.ref != NULL
                         ? place.ref
                         : SQL(emit, "%s.%s", place.alias, plain(emit, place.scope->id));
    *ret_alias = SQL(emit, "l%u", ++emit->aliases);
    return SQL(emit, "%s %s WHERE %s.%s = %s", plain(emit, rows->table), *ret_alias, *ret_alias,
               plain(emit, rows->key), id);
}

static void
not_null(struct predicate *predicate, const char *text)
{
    if (predicate->null_count < NULLS_MOST) {
        predicate->nulls[predicate->null_count++] = text;
    }
}

/* A term that asks. */
static const char *
term_sql(struct emit *emit, const struct term *term, struct predicate *predicate)
{
    const char *alias = "", *text;
    if (term->kind == TERM_NAME || term->kind == TERM_RANK) {
        struct place place = ref_place(emit, term->ref);
        const struct cond_name *last = ref_last(term->ref);
        text =
            place_column(emit, &place, term->kind == TERM_RANK ? last->rank_column : last->column);
        not_null(predicate, text);
        return text;
    }
    const char *rows = ref_rows(emit, term->ref, &alias);
    if (term->kind == TERM_COUNT) {
        return SQL(emit, "(SELECT count(*) FROM %s)", rows);
    }
    const char *column = plain(emit, term->column_type.column);
    if (term->kind == TERM_SUM) {
        return SQL(emit, "(SELECT CAST(coalesce(sum(%s.%s), 0) AS BIGINT) FROM %s)", alias, column,
                   rows);
    }
    text = SQL(emit, "(SELECT %s(%s.%s) FROM %s)", term->kind == TERM_MIN ? "min" : "max", alias,
               column, rows);
    not_null(predicate, text);
    return text;
}

/* ---- numbers and differences ---- */

static int64_t
linear_constant(struct emit *emit, const struct sum *sum)
{
    int64_t total = 0;
    for (const struct term *term = sum->first; term != NULL; term = term->next) {
        struct cond_value value = {0};
        if (!term_asks(term)) {
            (void)term_constant(term, emit->moment, &value);
            int64_t n = term->kind == TERM_DURATION ? duration_value(term, sum->timed) : value.n;
            total += term->minus ? -n : n;
        }
    }
    return total;
}

/* The asking terms of SUM with sign MINUS added to TEXT ("" for none yet). */
static const char *
linear_asks(struct emit *emit, const struct sum *sum, bool minus, const char *text,
            struct predicate *predicate)
{
    for (const struct term *term = sum->first; term != NULL; term = term->next) {
        if (term_asks(term) && term->minus == minus) {
            text = SQL(emit, "%s%s%s", text, text[0] != '\0' ? " + " : "",
                       term_sql(emit, term, predicate));
        }
    }
    return text;
}

static enum leaf_op
op_turned(enum leaf_op op)
{
    static const enum leaf_op turned[6] = {[OP_EQ] = OP_EQ, [OP_NE] = OP_NE, [OP_LT] = OP_GT,
                                           [OP_LE] = OP_GE, [OP_GT] = OP_LT, [OP_GE] = OP_LE};
    return turned[op];
}

static const char *
op_sql(enum leaf_op op)
{
    return op == OP_NE ? "<>" : cond_op_names[op];
}

static const char *
linear_compare(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    int64_t constant = linear_constant(emit, &leaf->right) - linear_constant(emit, &leaf->left);
    const char *left = linear_asks(emit, &leaf->left, false, "", predicate);
    left = linear_asks(emit, &leaf->right, true, left, predicate);
    const char *right = linear_asks(emit, &leaf->right, false, "", predicate);
    right = linear_asks(emit, &leaf->left, true, right, predicate);
    enum leaf_op op = leaf->op;
    if (left[0] == '\0') {
        left = right;
        right = "";
        op = op_turned(op);
        constant = -constant;
    }
    if (right[0] == '\0') {
        return SQL(emit, "%s %s %s", left, op_sql(op), bind_int(emit, constant));
    }
    return constant == 0
               ? SQL(emit, "%s %s %s", left, op_sql(op), right)
               : SQL(emit, "%s %s %s + %s", left, op_sql(op), right, bind_int(emit, constant));
}

/* ---- dates and times ---- */

/* DAY, an expression, moved by as many months as the parameter MONTHS says (tree.c, day_months). */
static const char *
months_sql(struct emit *emit, const char *day, const char *months)
{
    unsigned n = emit->aliases += 7;
    const char *split = SQL(
        emit,
        "SELECT era, yoe, doe - (365 * yoe + yoe / 4 - yoe / 100) AS doy FROM (SELECT era, doe,"
        " (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365 AS yoe FROM (SELECT z / 146097 AS"
        " era, z %% 146097 AS doe FROM (SELECT %s + 719468 AS z) AS q%u) AS q%u) AS q%u",
        day, n - 6, n - 5, n - 4);
    const char *moved = SQL(
        emit,
        "SELECT m / 12 AS y, m %% 12 AS mp, dd FROM (SELECT (yoe + era * 400) * 12 + (5 * doy + 2)"
        " / 153 + %s AS m, doy - (153 * ((5 * doy + 2) / 153) + 2) / 5 AS dd FROM (%s) AS q%u) AS"
        " q%u",
        months, split, n - 3, n - 2);
    const char *bounded = SQL(
        emit,
        "SELECT y, mp, dd, CASE WHEN mp IN (1, 3, 6, 8) THEN 29 WHEN mp <> 11 THEN 30 WHEN (y + 1)"
        " %% 4 = 0 AND ((y + 1) %% 100 <> 0 OR (y + 1) %% 400 = 0) THEN 28 ELSE 27 END AS most"
        " FROM (%s) AS q%u",
        moved, n - 1);
    return SQL(emit,
               "(SELECT y / 400 * 146097 + y %% 400 * 365 + y %% 400 / 4 - y %% 400 / 100 + (153 *"
               " mp + 2) / 5 + CASE WHEN dd > most THEN most ELSE dd END - 719468 FROM (%s) AS"
               " q%u)",
               bounded, n);
}

/* The date SUM begins with, moved. */
static const char *
moved_sql(struct emit *emit, const struct sum *sum, struct predicate *predicate)
{
    const char *day = term_sql(emit, sum->first, predicate);
    for (const struct term *term = sum->first->next; term != NULL; term = term->next) {
        int64_t count = term->minus ? -term->n : term->n;
        if (term->unit == UNIT_D) {
            day = SQL(emit, "(%s + %s)", day, bind_int(emit, count));
        } else {
            count = term->unit == UNIT_Y ? count * 12 : count;
            day = months_sql(emit, day, bind_int(emit, count));
        }
    }
    return day;
}

/* The first value from which SUM's moving gives at least WANTED. */
static int64_t
bound(struct emit *emit, const struct sum *sum, int64_t wanted)
{
    int64_t low = 0, high = sum->type.type == COND_TIME ? TIME_US_LAST + 1 : INT64_C(2932897);
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sum_shift(sum, middle, emit->moment) >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* SUM, which asks, OP the constant VALUE. */
static const char *
moment_constant(struct emit *emit, const struct sum *sum, enum leaf_op op, int64_t value,
                struct predicate *predicate)
{
    const char *column = term_sql(emit, sum->first, predicate);
    int64_t offset = 0;
    if (sum_offset(sum, &offset)) {
        return SQL(emit, "%s %s %s", column, op_sql(op), bind_int(emit, value - offset));
    }
    int64_t from = bound(emit, sum, value), after = bound(emit, sum, value + 1);
    if (op == OP_EQ || op == OP_NE) {
        const char *low = bind_int(emit, from), *high = bind_int(emit, after);
        return op == OP_EQ ? SQL(emit, "(%s >= %s AND %s < %s)", column, low, column, high)
                           : SQL(emit, "(%s < %s OR %s >= %s)", column, low, column, high);
    }
    bool behind = op == OP_LE || op == OP_GT;
    return SQL(emit, "%s %s %s", column,
               op == OP_LT || op == OP_LE ? "<" : ">=", bind_int(emit, behind ? after : from));
}

static int64_t
moment_value(struct emit *emit, const struct sum *sum)
{
    struct cond_value value = {0};
    (void)term_constant(sum->first, emit->moment, &value);
    return sum_shift(sum, value.n, emit->moment);
}

static const char *
moment_compare(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    const struct sum *left = &leaf->left, *right = &leaf->right;
    if (!sum_asks(right)) {
        return moment_constant(emit, left, leaf->op, moment_value(emit, right), predicate);
    }
    if (!sum_asks(left)) {
        return moment_constant(emit, right, op_turned(leaf->op), moment_value(emit, left),
                               predicate);
    }
    int64_t a = 0, b = 0;
    if (!sum_offset(left, &a) || !sum_offset(right, &b)) {
        const char *moved = moved_sql(emit, left, predicate);
        return SQL(emit, "%s %s %s", moved, op_sql(leaf->op), moved_sql(emit, right, predicate));
    }
    const char *from = term_sql(emit, left->first, predicate);
    const char *to = term_sql(emit, right->first, predicate);
    return a == b ? SQL(emit, "%s %s %s", from, op_sql(leaf->op), to)
                  : SQL(emit, "%s %s %s + %s", from, op_sql(leaf->op), to, bind_int(emit, b - a));
}

/* ---- everything else ---- */

/* "$1, $2" of IDS; empty text when there is none. */
static const char *
ids_sql(struct emit *emit, const struct cond_ids *ids, const char *text)
{
    for (size_t i = 0; i < ids->count && !emit->failed; i++) {
        text = SQL(emit, "%s%s%s", text, text[0] != '\0' ? ", " : "", bind_int(emit, ids->list[i]));
    }
    return text;
}

/* COLUMN among VALUES (a list of parameters, maybe empty). */
static const char *
among(struct emit *emit, const char *column, const char *values, bool in)
{
    if (values[0] == '\0') {
        return in ? "1 = 0" : "1 = 1";
    }
    return SQL(emit, "%s %s (%s)", column, in ? "IN" : "NOT IN", values);
}

static const char *
plain_compare(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    const struct term *left = leaf->left.first, *right = leaf->right.first;
    enum leaf_op op = leaf->op;
    if (!term_asks(left)) {
        const struct term *swap = left;
        left = right;
        right = swap;
        op = op_turned(op);
    }
    const struct cond_ids *me = term_ids(right, emit->moment);
    struct cond_value value = {0};
    if (!term_asks(right) && !term_constant(right, emit->moment, &value)) {
        return "1 = 0"; /* nobody asks: every comparison is false */
    }
    const char *column = term_sql(emit, left, predicate);
    if (me != NULL) {
        return among(emit, column, ids_sql(emit, me, ""), op == OP_EQ);
    }
    return SQL(emit, "%s %s %s", column, op_sql(op),
               term_asks(right) ? term_sql(emit, right, predicate)
                                : bind_value(emit, leaf->left.type.type, &value));
}

/* The list LIST of the record has WHAT. */
static const char *
list_has(struct emit *emit, const struct term *list, const struct term *what, bool in,
         struct predicate *predicate)
{
    const struct cond_ids *ids = term_ids(list, emit->moment);
    if (ids != NULL) {
        return among(emit, term_sql(emit, what, predicate), ids_sql(emit, ids, ""), in);
    }
    const struct cond_ids *me = term_ids(what, emit->moment);
    struct cond_value value = {0};
    if (!term_asks(what) && !term_constant(what, emit->moment, &value)) {
        return "1 = 0";
    }
    const char *alias = "", *rows = ref_rows(emit, list->ref, &alias);
    const char *column = SQL(emit, "%s.%s", alias, plain(emit, ref_last(list->ref)->column));
    const char *asked = term_asks(what) ? term_sql(emit, what, predicate) : NULL;
    const char *match =
        me != NULL ? among(emit, column, ids_sql(emit, me, ""), true)
                   : SQL(emit, "%s = %s", column,
                         asked != NULL ? asked : bind_value(emit, list->type.type, &value));
    /* NOT EXISTS would be true of an empty value */
    bool guard = !in && asked != NULL;
    return SQL(emit, "%s%s%sEXISTS (SELECT 1 FROM %s AND %s)%s", guard ? "(" : "",
               guard ? SQL(emit, "%s IS NOT NULL AND ", asked) : "", in ? "" : "NOT ", rows, match,
               guard ? ")" : "");
}

/* Each item as a comparison of its own, for sums that a column list cannot hold. */
static const char *
in_moments(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    bool in = leaf->op == OP_IN;
    const char *text = "";
    for (const struct term *item = leaf->list; item != NULL; item = item->next) {
        struct cond_value value = {0};
        (void)term_constant(item, emit->moment, &value);
        struct predicate again = {0};
        const char *one = moment_constant(emit, &leaf->left, in ? OP_EQ : OP_NE, value.n, &again);
        text = SQL(emit, "%s%s%s", text, text[0] == '\0' ? "(" : in ? " OR " : " AND ", one);
    }
    (void)term_sql(emit, leaf->left.first, predicate);
    return SQL(emit, "%s)", text);
}

static const char *
in_numbers(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    int64_t constant = linear_constant(emit, &leaf->left);
    const char *plus = linear_asks(emit, &leaf->left, false, "", predicate);
    const char *minus = linear_asks(emit, &leaf->left, true, "", predicate);
    const char *values = "";
    for (const struct term *item = leaf->list; item != NULL; item = item->next) {
        struct cond_value value = {0};
        (void)term_constant(item, emit->moment, &value);
        values = SQL(emit, "%s%s%s", values, values[0] != '\0' ? ", " : "",
                     bind_int(emit, value.n - constant));
    }
    const char *sum =
        minus[0] == '\0' ? plus : SQL(emit, "%s - (%s)", plus[0] != '\0' ? plus : "0", minus);
    return among(emit, SQL(emit, "(%s)", sum), values, leaf->op == OP_IN);
}

static const char *
in_sql(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    bool in = leaf->op == OP_IN;
    enum cond_type type = leaf->left.type.type;
    if (leaf->list == NULL) {
        return list_has(emit, leaf->right.first, leaf->left.first, in, predicate);
    }
    if (type == COND_DATE || type == COND_TIME) {
        return in_moments(emit, leaf, predicate);
    }
    if (type == COND_NUMBER) {
        return in_numbers(emit, leaf, predicate);
    }
    const char *values = "";
    for (const struct term *item = leaf->list; item != NULL; item = item->next) {
        const struct cond_ids *ids = term_ids(item, emit->moment);
        struct cond_value value = {0};
        if (ids != NULL) {
            values = ids_sql(emit, ids, values);
        } else if (term_constant(item, emit->moment, &value)) {
            values = SQL(emit, "%s%s%s", values, values[0] != '\0' ? ", " : "",
                         bind_value(emit, type, &value));
        }
    }
    const char *column = term_sql(emit, leaf->left.first, predicate);
    if (values[0] == '\0' && !in) {
        return SQL(emit, "%s IS NOT NULL", column);
    }
    return among(emit, column, values, in);
}

/* The first text behind all that start with PREFIX, in byte order; p NULL when there is none. */
static struct str
text_after(struct emit *emit, struct str prefix)
{
    struct buf buf;
    buf_init(&buf, 8 * COND_BYTES_MOST);
    struct str after = {0};
    for (size_t end = prefix.n; end > 0 && after.p == NULL;) {
        size_t start = end - 1;
        while (start > 0 && ((unsigned char)prefix.p[start] & 0xc0) == 0x80) {
            start--;
        }
        struct str last = str_slice(prefix, start, end);
        int32_t point = utf8_next(&last);
        if (point >= 0 && point < 0x10ffff) {
            buf_put(&buf, prefix.p, start);
            utf8_put(&buf, point == 0xd7ff ? 0xe000 : (uint32_t)point + 1);
            after = str_dup(emit->arena, buf_str(&buf));
            if (after.p == NULL) {
                (void)failing(emit, "limit.memory", "condition");
                break;
            }
        }
        end = start;
    }
    buf_free(&buf);
    return after;
}

static const char *
starts_sql(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    struct str prefix = leaf->right.first->text, after = text_after(emit, prefix);
    const char *column = term_sql(emit, leaf->left.first, predicate);
    const char *low = bind(emit, (struct cond_bind){.is_text = true, .text = prefix});
    if (after.p == NULL) {
        return SQL(emit, "%s >= %s", column, low);
    }
    return SQL(emit, "(%s >= %s AND %s < %s)", column, low, column,
               bind(emit, (struct cond_bind){.is_text = true, .text = after}));
}

static const char *
empty_sql(struct emit *emit, const struct term *term)
{
    if (term->kind == TERM_NAME && (term->type.many || term->type.type == COND_TABLE)) {
        const char *alias = "";
        return SQL(emit, "NOT EXISTS (SELECT 1 FROM %s)", ref_rows(emit, term->ref, &alias));
    }
    struct predicate unused = {0};
    return SQL(emit, "%s IS NULL", term_sql(emit, term, &unused));
}

static const char *
leaf_positive(struct emit *emit, const struct node *leaf, struct predicate *predicate)
{
    switch (leaf->op) {
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        break;
    case OP_IN:
    case OP_NOT_IN:
        return in_sql(emit, leaf, predicate);
    case OP_HAS:
        return list_has(emit, leaf->left.first, leaf->right.first, true, predicate);
    case OP_EMPTY:
        return empty_sql(emit, leaf->left.first);
    case OP_STARTS:
        return starts_sql(emit, leaf, predicate);
    case OP_TRUE:
    case OPS:
        return SQL(emit, "%s = %s", term_sql(emit, leaf->left.first, predicate), bind_int(emit, 1));
    }
    enum cond_type type = leaf->left.type.type;
    if (type == COND_NUMBER || type == COND_DURATION) {
        return linear_compare(emit, leaf, predicate);
    }
    return type == COND_DATE || type == COND_TIME ? moment_compare(emit, leaf, predicate)
                                                  : plain_compare(emit, leaf, predicate);
}

static bool
leaf_asks(const struct node *leaf)
{
    return sum_asks(&leaf->left) || (leaf->right.first != NULL && sum_asks(&leaf->right));
}

static void
emit_leaf(struct emit *emit, const struct node *leaf, bool negate)
{
    if (!leaf_asks(leaf)) {
        buf_put_z(emit->buf, leaf_constant(leaf, emit->moment) != negate ? "1 = 1" : "1 = 0");
        return;
    }
    struct predicate predicate = {0};
    predicate.text = leaf_positive(emit, leaf, &predicate);
    if (leaf->negated == negate) {
        buf_put_z(emit->buf, predicate.text);
        return;
    }
    buf_put_char(emit->buf, '(');
    for (size_t i = 0; i < predicate.null_count; i++) {
        buf_printf(emit->buf, "%s IS NULL OR ", predicate.nulls[i]);
    }
    buf_printf(emit->buf, "NOT (%s))", predicate.text);
}

static void emit_node(struct emit *emit, const struct node *node, bool negate);

static void
emit_rows(struct emit *emit, const struct node *node, bool negate)
{
    const char *alias = "";
    const char *rows = ref_rows(emit, node->table, &alias);
    bool all = node->kind == NODE_ALL;
    buf_printf(emit->buf, "%sEXISTS (SELECT 1 FROM %s AND (", all != negate ? "NOT " : "", rows);
    emit->row_alias = alias;
    emit_node(emit, node->child, all);
    emit->row_alias = NULL;
    buf_put_z(emit->buf, "))");
}

static void
emit_node(struct emit *emit, const struct node *node, bool negate)
{
    if (node->kind == NODE_LEAF) {
        emit_leaf(emit, node, negate);
        return;
    }
    if (node->kind == NODE_ANY || node->kind == NODE_ALL) {
        emit_rows(emit, node, negate);
        return;
    }
    bool both = (node->kind == NODE_AND) != negate;
    buf_put_char(emit->buf, '(');
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        buf_put_z(emit->buf, child == node->child ? "" : both ? " AND " : " OR ");
        emit_node(emit, child, negate);
    }
    buf_put_char(emit->buf, ')');
}

int
cond_sql(struct arena *arena, const struct cond *cond, const struct cond_moment *moment,
         const char *alias, struct buf *buf, struct cond_binds *binds, struct err *err)
{
    struct emit emit = {.arena = arena, .moment = moment, .buf = buf, .binds = binds, .err = err};
    binds->count = 0;
    emit.alias = plain(&emit, alias);
    emit_node(&emit, cond->root, false);
    return emit.failed ? -1 : buf_done(buf, err);
}
