/*
 * eval: one condition for one record. Runs in cored and in the command line.
 *
 * Invariant: a leaf that compares with an empty value is false before its negation is applied, so a
 * test and its `not` are never both false. A value outside its type's bounds is empty. cond_sql
 * must say the same for every record.
 */
#include "format/cond/tree.h"

struct evaluation {
    const struct cond_values *values;
    const struct cond_path *table; /* inside any/all */
    size_t row;
    struct err *err;
};

static struct cond_path
ref_path(const struct evaluation *eval, const struct cond_ref *ref)
{
    struct cond_path path = ref->path;
    path.parts = ref->parts;
    if (ref->in_row) {
        path.table = eval->table;
        path.row = eval->row;
    }
    return path;
}

static int
ask(struct evaluation *eval, const struct cond_path *path, enum cond_type type,
    struct cond_value *ret)
{
    *ret = (struct cond_value){.empty = true};
    if (eval->values->get(eval->values->ctx, path, ret, eval->err) < 0) {
        return -1;
    }
    ret->empty = !value_fits(type, ret);
    return 0;
}

static int
ask_count(struct evaluation *eval, const struct cond_path *path, size_t *ret)
{
    *ret = 0;
    if (eval->values->count(eval->values->ctx, path, ret, eval->err) < 0) {
        return -1;
    }
    return *ret <= COND_ROWS_MOST
               ? 0
               : ERR(eval->err, "cond.limit", "%zu > %d", *ret, (int)COND_ROWS_MOST);
}

/* sum, min, max over a table's column. */
static int
term_aggregate(struct evaluation *eval, const struct term *term, struct cond_value *ret)
{
    struct cond_path table = ref_path(eval, term->ref);
    size_t rows = 0;
    if (ask_count(eval, &table, &rows) < 0) {
        return -1;
    }
    *ret = (struct cond_value){.empty = term->kind != TERM_SUM};
    for (size_t i = 0; i < rows; i++) {
        struct cond_path path = {&term->column, 1, &table, i};
        struct cond_value value;
        if (ask(eval, &path, term->column_type.type, &value) < 0) {
            return -1;
        }
        if (value.empty) {
            continue;
        }
        bool better = ret->empty || (term->kind == TERM_MIN ? value.n < ret->n : value.n > ret->n);
        if (term->kind == TERM_SUM) {
            ret->n += value.n;
        } else if (better) {
            *ret = value;
        }
    }
    return 0;
}

static int
term_value(struct evaluation *eval, const struct term *term, struct cond_value *ret)
{
    if (!term_asks(term)) {
        (void)term_constant(term, eval->values->moment, ret);
        return 0;
    }
    if (term->kind != TERM_NAME && term->kind != TERM_RANK && term->kind != TERM_COUNT) {
        return term_aggregate(eval, term, ret);
    }
    struct cond_path path = ref_path(eval, term->ref);
    if (term->kind == TERM_COUNT) {
        size_t rows = 0;
        int rc = ask_count(eval, &path, &rows);
        *ret = (struct cond_value){.n = (int64_t)rows};
        return rc;
    }
    enum cond_type type = term->kind == TERM_RANK ? COND_CLASS : term->type.type;
    int rc = ask(eval, &path, type, ret);
    if (term->kind == TERM_RANK) {
        ret->empty = ret->empty || ret->n < 0 || ret->n > 4;
    }
    return rc;
}

/* A sum of numbers, or a difference: its terms added. */
static int
sum_linear(struct evaluation *eval, const struct sum *sum, struct cond_value *ret)
{
    *ret = (struct cond_value){0};
    for (const struct term *term = sum->first; term != NULL; term = term->next) {
        struct cond_value value;
        if (term_value(eval, term, &value) < 0) {
            return -1;
        }
        if (term->kind == TERM_DURATION) {
            value.n = duration_value(term, sum->timed);
        }
        ret->empty = ret->empty || value.empty;
        ret->n += value.empty ? 0 : term->minus ? -value.n : value.n;
    }
    return 0;
}

static int
sum_value(struct evaluation *eval, const struct sum *sum, struct cond_value *ret)
{
    if (sum->type.type == COND_NUMBER || sum->type.type == COND_DURATION) {
        return sum_linear(eval, sum, ret);
    }
    if (term_value(eval, sum->first, ret) < 0) {
        return -1;
    }
    if (sum->count > 1 && !ret->empty) {
        ret->n = sum_shift(sum, ret->n, eval->values->moment);
    }
    return 0;
}

static bool
ids_have(const struct cond_ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->list[i] == id) {
            return true;
        }
    }
    return false;
}

/* A op B, where `me` is every id of one person. */
static bool
values_hold(const struct evaluation *eval, const struct node *leaf, const struct cond_value *a,
            const struct cond_value *b)
{
    if (a->empty || b->empty) {
        return false;
    }
    const struct cond_moment *moment = eval->values->moment;
    const struct cond_ids *left = term_ids(leaf->left.first, moment);
    const struct cond_ids *right = term_ids(leaf->right.first, moment);
    if (left != NULL || right != NULL) {
        bool same = left != NULL ? ids_have(left, b->n) : ids_have(right, a->n);
        return same == (leaf->op == OP_EQ);
    }
    return op_holds(leaf->op, value_order(leaf->left.type.type, a, b));
}

static int
leaf_compare(struct evaluation *eval, const struct node *leaf)
{
    struct cond_value a, b;
    if (sum_value(eval, &leaf->left, &a) < 0 || sum_value(eval, &leaf->right, &b) < 0) {
        return -1;
    }
    return values_hold(eval, leaf, &a, &b);
}

/* Whether VALUE of TYPE equals TERM, a constant. */
static bool
equals_constant(const struct evaluation *eval, const struct term *term, enum cond_type type,
                const struct cond_value *value)
{
    const struct cond_moment *moment = eval->values->moment;
    const struct cond_ids *ids = term_ids(term, moment);
    struct cond_value constant;
    if (ids != NULL) {
        return ids_have(ids, value->n);
    }
    return term_constant(term, moment, &constant) && value_order(type, value, &constant) == 0;
}

/* 1 when the record's list LIST has VALUE; ME: or one of its ids. */
static int
list_has(struct evaluation *eval, const struct term *list, const struct cond_value *value,
         const struct cond_ids *me)
{
    struct cond_path path = ref_path(eval, list->ref);
    size_t count = 0;
    if (ask_count(eval, &path, &count) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct cond_value item = {.empty = true};
        if (eval->values->item(eval->values->ctx, &path, i, &item, eval->err) < 0) {
            return -1;
        }
        if (!value_fits(list->type.type, &item)) {
            continue;
        }
        bool same =
            me != NULL ? ids_have(me, item.n) : value_order(list->type.type, &item, value) == 0;
        if (same) {
            return 1;
        }
    }
    return 0;
}

/* `in a, b` and `has` turned around: VALUE against a list that is named. */
static int
named_list(struct evaluation *eval, const struct term *list, const struct term *what,
           const struct cond_value *value)
{
    const struct cond_ids *ids = term_ids(list, eval->values->moment);
    const struct cond_ids *me = term_ids(what, eval->values->moment);
    if (ids != NULL) {
        return ids_have(ids, value->n);
    }
    return list_has(eval, list, value, me);
}

static int
leaf_in(struct evaluation *eval, const struct node *leaf)
{
    struct cond_value value;
    int in = 0;
    if (sum_value(eval, &leaf->left, &value) < 0) {
        return -1;
    }
    if (value.empty) {
        return 0;
    }
    if (leaf->list == NULL) {
        in = named_list(eval, leaf->right.first, leaf->left.first, &value);
    }
    for (const struct term *item = leaf->list; item != NULL && in == 0; item = item->next) {
        in = equals_constant(eval, item, leaf->left.type.type, &value);
    }
    return in < 0 ? -1 : in == (leaf->op == OP_IN);
}

static int
leaf_has(struct evaluation *eval, const struct node *leaf)
{
    struct cond_value value;
    if (sum_value(eval, &leaf->right, &value) < 0) {
        return -1;
    }
    return value.empty ? 0 : named_list(eval, leaf->left.first, leaf->right.first, &value);
}

static int
leaf_empty(struct evaluation *eval, const struct node *leaf)
{
    const struct term *term = leaf->left.first;
    if (term->kind == TERM_NAME && (term->type.many || term->type.type == COND_TABLE)) {
        struct cond_path path = ref_path(eval, term->ref);
        size_t count = 0;
        return ask_count(eval, &path, &count) < 0 ? -1 : count == 0;
    }
    struct cond_value value;
    return term_value(eval, term, &value) < 0 ? -1 : value.empty;
}

static int
leaf_plain(struct evaluation *eval, const struct node *leaf)
{
    struct cond_value a, b;
    if (sum_value(eval, &leaf->left, &a) < 0) {
        return -1;
    }
    if (leaf->op == OP_TRUE) {
        return !a.empty && a.n == 1;
    }
    if (sum_value(eval, &leaf->right, &b) < 0) {
        return -1;
    }
    return !a.empty && str_starts(a.text, b.text);
}

static int
leaf_holds(struct evaluation *eval, const struct node *leaf)
{
    if (op_compares(leaf->op)) {
        return leaf_compare(eval, leaf);
    }
    switch (leaf->op) {
    case OP_IN:
    case OP_NOT_IN:
        return leaf_in(eval, leaf);
    case OP_HAS:
        return leaf_has(eval, leaf);
    case OP_EMPTY:
        return leaf_empty(eval, leaf);
    case OP_TRUE:
    case OP_STARTS:
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OPS:
        break;
    }
    return leaf_plain(eval, leaf);
}

static int node_holds(struct evaluation *eval, const struct node *node);

static int
rows_hold(struct evaluation *eval, const struct node *node)
{
    struct cond_path table = ref_path(eval, node->table);
    size_t rows = 0;
    if (ask_count(eval, &table, &rows) < 0) {
        return -1;
    }
    int wanted = node->kind == NODE_ANY;
    eval->table = &table;
    int rc = !wanted;
    for (eval->row = 0; eval->row < rows && rc == !wanted; eval->row++) {
        rc = node_holds(eval, node->child);
    }
    eval->table = NULL;
    return rc;
}

static int
node_holds(struct evaluation *eval, const struct node *node)
{
    if (node->kind == NODE_LEAF) {
        int rc = leaf_holds(eval, node);
        return rc < 0 ? -1 : rc != (int)node->negated;
    }
    if (node->kind == NODE_ANY || node->kind == NODE_ALL) {
        return rows_hold(eval, node);
    }
    int stop = node->kind == NODE_OR;
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        int rc = node_holds(eval, child);
        if (rc != !stop) {
            return rc;
        }
    }
    return !stop;
}

int
cond_eval(const struct cond *cond, const struct cond_values *values, struct err *err)
{
    struct err why = {0};
    struct evaluation eval = {.values = values, .err = err != NULL ? err : &why};
    return node_holds(&eval, cond->root);
}

bool
leaf_constant(const struct node *leaf, const struct cond_moment *moment)
{
    struct cond_values values = {.moment = moment};
    struct evaluation eval = {.values = &values};
    return (leaf_holds(&eval, leaf) > 0) != leaf->negated;
}
