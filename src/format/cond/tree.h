/*
 * tree: the tree of a condition, for the files of format/cond alone.
 */
#ifndef FORMAT_COND_TREE_H
#define FORMAT_COND_TREE_H

#include "format/cond/cond.h"

enum cond_know { KNOW_ME, KNOW_MINE, KNOW_BELOW, KNOW_TODAY, KNOW_NOW, KNOW_FY_NOW, KNOWS };
enum cond_unit { UNIT_H, UNIT_D, UNIT_BD, UNIT_M, UNIT_Y, UNITS };

/* A name resolved: the words, what the last one means, and the scopes it went through. */
struct cond_ref {
    struct cond_path path; /* parts for the values; table and row are set while evaluating */
    struct str parts[COND_PARTS_MOST];
    struct cond_name steps[COND_PARTS_MOST]; /* meaning of each part */
    const struct cond_scope *scope;          /* of the first part */
    struct str parent;                       /* "parent" when it left a row */
    bool in_row;                             /* of the row of the any/all around it */
};

enum term_kind {
    TERM_WORD, /* while reading: a bare word nobody knows yet */
    TERM_NUMBER,
    TERM_TEXT,
    TERM_CODE,
    TERM_DATE,
    TERM_DURATION,
    TERM_FLAG,
    TERM_KNOW,
    TERM_NAME,
    TERM_COUNT, /* of a table or list */
    TERM_SUM,   /* of a table's column; so the next two */
    TERM_MIN,
    TERM_MAX,
    TERM_RANK
};

struct term {
    struct term *next;
    enum term_kind kind;
    bool minus;
    struct cond_name type; /* of the value */
    bool fixed;            /* a number whose scale is not the reader's to choose */
    int64_t n;
    struct str text; /* TERM_TEXT, TERM_CODE; of a single word, the word */
    enum cond_unit unit;
    enum cond_know know;
    struct cond_ref *ref; /* TERM_NAME … TERM_RANK; of an aggregate the table */
    struct str column;    /* of an aggregate */
    struct cond_name column_type;
    size_t at; /* place in the text */
};

struct sum {
    struct term *first;
    size_t count;
    struct cond_name type;
    bool timed; /* COND_DURATION: of times, in microseconds; else days */
    size_t at;
};

enum node_kind { NODE_AND, NODE_OR, NODE_ANY, NODE_ALL, NODE_LEAF };
enum leaf_op {
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_NOT_IN,
    OP_EMPTY,
    OP_HAS,
    OP_TRUE,
    OP_STARTS,
    OPS
};

struct node {
    struct node *next;
    enum node_kind kind;
    bool negated; /* leaves only, once the tree is whole */
    enum leaf_op op;
    struct sum left, right;
    struct term *list; /* OP_IN, OP_NOT_IN with a list in brackets; else RIGHT is a name */
    struct node *child;
    struct cond_ref *table; /* NODE_ANY, NODE_ALL */
};

struct cond {
    struct node *root;
};

extern const char *const cond_know_names[KNOWS];
extern const char *const cond_unit_names[UNITS];
extern const char *const cond_op_names[OPS];
extern const char *const cond_type_names[COND_TABLE + 1];

/* Types one finished leaf: terms still open become codes or names, numbers get one scale. -1 with
 * ERR and *RET_AT the place. */
int leaf_type(struct node *leaf, size_t *ret_at, struct err *err);

/* True for comparisons `= != < <= > >=`. */
bool op_compares(enum leaf_op op);

/* What TERM is in MOMENT when it is a constant with one value. False: no value (me is nobody). */
bool term_constant(const struct term *term, const struct cond_moment *moment,
                   struct cond_value *ret);

/* True when TERM asks the record for something. */
bool term_asks(const struct term *term);

/* True when one of SUM's terms does. */
bool sum_asks(const struct sum *sum);

/* The ids of the list (or of me) that TERM is, NULL when it is no such thing. */
const struct cond_ids *term_ids(const struct term *term, const struct cond_moment *moment);

/* The first term of SUM applied all durations after it: VALUE (a day or an instant) moved. */
int64_t sum_shift(const struct sum *sum, int64_t value, const struct cond_moment *moment);

/* True when every duration of SUM is a fixed number of days (dates) or of microseconds (times);
 * then *RET_OFFSET is their total. */
bool sum_offset(const struct sum *sum, int64_t *ret_offset);

/* Days, or with TIMED microseconds, of a duration that stands in a difference. */
int64_t duration_value(const struct term *term, bool timed);

/* True when VALUE can be one of TYPE: what is not counts as empty. */
bool value_fits(enum cond_type type, const struct cond_value *value);

/* What A op B says of two values' order (negative, 0, positive). */
bool op_holds(enum leaf_op op, int order);

/* The order of two values of TYPE. */
int value_order(enum cond_type type, const struct cond_value *a, const struct cond_value *b);

/* Evaluates a leaf that asks the record nothing. */
bool leaf_constant(const struct node *leaf, const struct cond_moment *moment);

#endif
