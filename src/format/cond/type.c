/*
 * type: a leaf's two sides made alike. Pure; runs in cored and in the command line.
 *
 * A bare word is a code when what stands opposite is a choice or a class that knows the word (or a
 * class that knows none), else a name. All numbers of a leaf get one scale; literals follow the
 * names. Durations are values only beside a difference of two dates or times.
 */
#include "format/cond/tree.h"

struct typing {
    struct node *leaf;
    size_t *ret_at;
    struct err *err;
};

static int
fail(struct typing *typing, size_t at, const char *code, const char *what)
{
    *typing->ret_at = at;
    return err_set(typing->err, code, __FILE__, __LINE__, "%s", what);
}

static int
fail_word(struct typing *typing, const struct term *term, const char *code, const char *what)
{
    *typing->ret_at = term->at;
    return err_set(typing->err, code, __FILE__, __LINE__, "%s %.*s", what,
                   STR_FMT(str_slice(term->text, 0, 60)));
}

/* ---- codes ---- */

static bool
is_coded(const struct cond_name *type)
{
    return type->type == COND_CHOICE || type->type == COND_CLASS;
}

static bool
has_code(const struct cond_name *type, struct str word)
{
    for (size_t i = 0; i < type->code_count; i++) {
        if (str_equal(type->codes[i], word)) {
            return true;
        }
    }
    return type->type == COND_CLASS && type->code_count == 0;
}

/* TERM stands opposite TYPE: a word or text that is one of its codes becomes it. */
static int
code_term(struct typing *typing, struct term *term, const struct cond_name *type)
{
    bool word = term->kind == TERM_WORD || term->kind == TERM_TEXT;
    bool name = term->kind == TERM_NAME && term->text.n > 0;
    if (!word && !name) {
        return 0;
    }
    bool open = type->type == COND_CLASS && type->code_count == 0;
    if (has_code(type, term->text) && !(name && open)) {
        term->kind = TERM_CODE;
        term->type = *type;
        term->type.many = false;
        term->ref = NULL;
        return 0;
    }
    return name ? 0 : fail_word(typing, term, "cond.code", "no such code:");
}

static int
codes(struct typing *typing)
{
    struct node *leaf = typing->leaf;
    struct term *left = leaf->left.first, *right = leaf->right.first;
    if (leaf->op == OP_STARTS || leaf->op == OP_EMPTY || leaf->op == OP_TRUE) {
        return 0;
    }
    if (left->kind != TERM_WORD && left->kind != TERM_TEXT && is_coded(&left->type)) {
        for (struct term *item = leaf->list; item != NULL; item = item->next) {
            if (code_term(typing, item, &left->type) < 0) {
                return -1;
            }
        }
        return right != NULL && leaf->right.count == 1 ? code_term(typing, right, &left->type) : 0;
    }
    if (right != NULL && leaf->left.count == 1 && leaf->right.count == 1 &&
        right->kind != TERM_WORD && is_coded(&right->type)) {
        return code_term(typing, left, &right->type);
    }
    return 0;
}

/* ---- sums ---- */

/* The terms behind a date or time: durations, or one more of the same, then durations. */
static int
sum_moment(struct typing *typing, struct sum *sum)
{
    struct term *second = sum->first->next;
    enum cond_type type = sum->first->type.type;
    sum->timed = type == COND_TIME;
    bool difference = second->type.type == type && second->minus && !second->type.many;
    sum->type = (struct cond_name){.type = difference ? COND_DURATION : type};
    for (struct term *term = difference ? second->next : second; term != NULL; term = term->next) {
        bool calendar = term->unit != UNIT_H && term->unit != UNIT_D;
        if (term->type.type != COND_DURATION || (term->unit == UNIT_H && !sum->timed) ||
            (difference && calendar)) {
            return fail(typing, term->at, "cond.type", "cannot be added to a date or time here");
        }
    }
    return 0;
}

static int
sum_type(struct typing *typing, struct sum *sum)
{
    for (struct term *term = sum->first; term != NULL; term = term->next) {
        if (term->kind == TERM_WORD) {
            return fail_word(typing, term, "cond.name", "unknown");
        }
        if (sum->count > 1 && term->type.many) {
            return fail(typing, term->at, "cond.type", "a list in a sum");
        }
    }
    sum->type = sum->first->type;
    if (sum->count == 1) {
        return 0;
    }
    if (sum->type.type == COND_DATE || sum->type.type == COND_TIME) {
        return sum_moment(typing, sum);
    }
    if (sum->type.type != COND_NUMBER && sum->type.type != COND_DURATION) {
        return fail(typing, sum->at, "cond.type", "cannot be added");
    }
    for (struct term *term = sum->first; term != NULL; term = term->next) {
        if (term->type.type != sum->type.type) {
            return fail(typing, term->at, "cond.type", "unlike types in a sum");
        }
    }
    return 0;
}

/* ---- numbers ---- */

struct scale {
    unsigned scale;
    bool fixed, mixed;
    size_t at;
};

static void
scale_look(const struct term *term, struct scale *ret)
{
    for (; term != NULL; term = term->next) {
        if (term->type.type != COND_NUMBER) {
            continue;
        }
        if (term->fixed && ret->fixed && term->type.scale != ret->scale) {
            ret->mixed = true;
            ret->at = term->at;
        }
        if (term->fixed || (!ret->fixed && term->type.scale > ret->scale)) {
            ret->scale = term->type.scale;
        }
        ret->fixed = ret->fixed || term->fixed;
    }
}

static int
scale_set(struct typing *typing, struct term *term, unsigned scale)
{
    for (; term != NULL; term = term->next) {
        if (term->type.type != COND_NUMBER || term->fixed) {
            continue;
        }
        if (term->type.scale > scale) {
            return fail(typing, term->at, "cond.type", "more decimals than the field has");
        }
        while (term->type.scale < scale) {
            term->n *= 10;
            term->type.scale++;
            if (term->n > COND_NUMBER_MOST || term->n < -COND_NUMBER_MOST) {
                return fail(typing, term->at, "cond.limit", "number");
            }
        }
    }
    return 0;
}

static int
scales(struct typing *typing)
{
    struct node *leaf = typing->leaf;
    struct scale scale = {0};
    scale_look(leaf->left.first, &scale);
    scale_look(leaf->right.first, &scale);
    scale_look(leaf->list, &scale);
    if (scale.mixed) {
        return fail(typing, scale.at, "cond.type", "numbers with unlike decimals");
    }
    if (scale_set(typing, leaf->left.first, scale.scale) < 0 ||
        scale_set(typing, leaf->right.first, scale.scale) < 0) {
        return -1;
    }
    return scale_set(typing, leaf->list, scale.scale);
}

/* ---- leaves ---- */

bool
op_compares(enum leaf_op op)
{
    return op <= OP_GE;
}

static bool
alike(const struct cond_name *a, const struct cond_name *b)
{
    return a->type == b->type && (a->type != COND_REF || str_equal(a->kind, b->kind));
}

static bool
is_ordered(enum cond_type type)
{
    return type == COND_NUMBER || type == COND_TEXT || type == COND_DATE || type == COND_TIME ||
           type == COND_DURATION;
}

static bool
literal_durations(const struct sum *sum)
{
    return sum->first->type.type == COND_DURATION;
}

/* A sum of durations takes the unit (days or time) of the difference opposite. */
static int
durations(struct typing *typing)
{
    struct sum *left = &typing->leaf->left, *right = &typing->leaf->right;
    if (left->type.type != COND_DURATION) {
        return 0;
    }
    if (literal_durations(left) == literal_durations(right) && literal_durations(left)) {
        return fail(typing, left->at, "cond.type", "two constants");
    }
    if (!literal_durations(left) && !literal_durations(right) && left->timed != right->timed) {
        return fail(typing, right->at, "cond.type", "days against hours");
    }
    struct sum *literal = literal_durations(left) ? left : right;
    bool timed = literal == left ? right->timed : left->timed;
    for (struct term *term = literal->first; term != NULL && literal_durations(literal);
         term = term->next) {
        if (term->unit != UNIT_D && (term->unit != UNIT_H || !timed)) {
            return fail(typing, term->at, "cond.type", "only d (and h between times) fits here");
        }
    }
    left->timed = right->timed = timed;
    return 0;
}

/* A side of a comparison of two fields: what moves it must be known without the calendar of
 * business days, and be one step of months at most (a database follows no more). */
static int
calendar_side(struct typing *typing, const struct sum *side)
{
    bool time = typing->leaf->left.type.type == COND_TIME, months = false;
    for (const struct term *term = side->first; term != NULL; term = term->next) {
        if (term->kind != TERM_DURATION || term->unit < UNIT_BD) {
            continue;
        }
        if (term->unit == UNIT_BD) {
            return fail(typing, term->at, "cond.bd", "business days between two fields");
        }
        if (time || months) {
            return fail(typing, term->at, "cond.type",
                        time ? "months between two times" : "months twice between two fields");
        }
        months = true;
    }
    return 0;
}

static int
calendar_sides(struct typing *typing)
{
    struct node *leaf = typing->leaf;
    if (!sum_asks(&leaf->left) || !sum_asks(&leaf->right)) {
        return 0;
    }
    return calendar_side(typing, &leaf->left) < 0 ? -1 : calendar_side(typing, &leaf->right);
}

static int
type_compare(struct typing *typing)
{
    struct node *leaf = typing->leaf;
    struct sum *left = &leaf->left, *right = &leaf->right;
    if (left->type.many || right->type.many || !alike(&left->type, &right->type) ||
        left->type.type == COND_TABLE) {
        return fail(typing, right->at, "cond.type", "unlike types");
    }
    if (leaf->op >= OP_LT && !is_ordered(left->type.type)) {
        return fail(typing, left->at, "cond.type", "has no order (a class has rank())");
    }
    if (durations(typing) < 0) {
        return -1;
    }
    return calendar_sides(typing);
}

static int
type_in(struct typing *typing)
{
    struct node *leaf = typing->leaf;
    const struct cond_name *left = &leaf->left.type;
    if (left->many || left->type == COND_TABLE || left->type == COND_DURATION) {
        return fail(typing, leaf->left.at, "cond.type", "cannot be in a list");
    }
    if (leaf->list == NULL) {
        const struct sum *right = &leaf->right;
        bool good = right->count == 1 && right->type.many && alike(left, &right->type);
        if (good && sum_asks(right) && leaf->left.count > 1) {
            return fail(typing, leaf->left.at, "cond.type", "a sum in a list of the record");
        }
        return good ? 0 : fail(typing, right->at, "cond.type", "expected a list of that type");
    }
    for (const struct term *item = leaf->list; item != NULL; item = item->next) {
        if (item->kind == TERM_WORD) {
            return fail_word(typing, item, "cond.name", "unknown");
        }
        if (term_asks(item) || item->type.many || !alike(left, &item->type)) {
            return fail(typing, item->at, "cond.type", "expected a constant of that type");
        }
    }
    return 0;
}

static int
type_has(struct typing *typing)
{
    const struct sum *left = &typing->leaf->left, *right = &typing->leaf->right;
    if (!left->type.many || left->count != 1) {
        return fail(typing, left->at, "cond.type", "is no list");
    }
    if (right->count != 1 || right->type.many || !alike(&left->type, &right->type)) {
        return fail(typing, right->at, "cond.type", "unlike types");
    }
    return 0;
}

static int
type_rest(struct typing *typing)
{
    const struct node *leaf = typing->leaf;
    const struct sum *left = &leaf->left;
    enum term_kind kind = left->first->kind;
    if (leaf->op == OP_EMPTY) {
        bool asks = left->count == 1 && (kind == TERM_NAME || kind == TERM_MIN ||
                                         kind == TERM_MAX || kind == TERM_RANK);
        return asks ? 0 : fail(typing, left->at, "cond.type", "only a name is empty");
    }
    if (leaf->op == OP_TRUE) {
        bool flag = left->count == 1 && left->type.type == COND_FLAG && !left->type.many;
        return flag ? 0 : fail(typing, left->at, "cond.type", "is no yes or no");
    }
    bool texts = left->count == 1 && left->type.type == COND_TEXT && !left->type.many;
    bool prefix = leaf->right.count == 1 && leaf->right.first->kind == TERM_TEXT;
    return texts && prefix ? 0 : fail(typing, left->at, "cond.type", "starts(text, 'text')");
}

int
leaf_type(struct node *leaf, size_t *ret_at, struct err *err)
{
    struct typing typing = {leaf, ret_at, err};
    if (codes(&typing) < 0 || sum_type(&typing, &leaf->left) < 0 ||
        (leaf->right.first != NULL && sum_type(&typing, &leaf->right) < 0) || scales(&typing) < 0) {
        return -1;
    }
    if (op_compares(leaf->op)) {
        return type_compare(&typing);
    }
    if (leaf->op == OP_IN || leaf->op == OP_NOT_IN) {
        return type_in(&typing);
    }
    return leaf->op == OP_HAS ? type_has(&typing) : type_rest(&typing);
}
