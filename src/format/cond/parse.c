/*
 * parse: the text of a condition into its tree. Pure; runs in cored and in the command line.
 *
 * Recursive descent, one token ahead; the depth of the recursion is bounded by COND_DEPTH_MOST,
 * what it builds by COND_NODES_MOST. Invariant: a tree that leaves here is typed and in negation
 * normal form, with no AND directly in an AND and no OR directly in an OR.
 */
#include "format/cond/cond.h"

#include "base/text/utf8.h"
#include "format/cond/lex.h"

#include <string.h>

struct parser {
    struct arena *arena;
    struct str text;
    size_t next; /* behind the token */
    struct token token;
    const struct cond_scope *scope, *outer; /* outer: of the record, inside any/all */
    unsigned nodes, depth;
    struct err *err;
};

static int
fail_at(struct parser *parser, size_t at, const char *code, const char *what, struct str word)
{
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < at && i < parser->text.n; i++) {
        column = parser->text.p[i] == '\n' ? 1 : column + 1;
        line += parser->text.p[i] == '\n';
    }
    word = str_slice(word, 0, 60);
    word.n = utf8_valid_prefix(word);
    return err_set(parser->err, code, __FILE__, __LINE__, "%u:%u: %s%s%.*s", line, column, what,
                   word.n > 0 ? " " : "", STR_FMT(word));
}

static int
fail(struct parser *parser, const char *what)
{
    const struct token *token = &parser->token;
    if (token->kind == TOKEN_BAD && token->large) {
        return fail_at(parser, token->at, "cond.limit", "number", token->text);
    }
    return fail_at(parser, token->at, "cond.syntax", what, token->text);
}

static void
advance(struct parser *parser)
{
    parser->token = lex_next(parser->text, &parser->next);
}

static bool
is_mark(const struct parser *parser, const char *mark)
{
    return parser->token.kind == TOKEN_MARK && str_equal_z(parser->token.text, mark);
}

static bool
is_word(const struct parser *parser, const char *word)
{
    return parser->token.kind == TOKEN_NAME && str_equal_z(parser->token.text, word);
}

/* Takes MARK or fails. */
static int
expect(struct parser *parser, const char *mark)
{
    static const char *const what[][2] = {{"(", "expected ( before"},
                                          {")", "expected ) before"},
                                          {"]", "expected ] before"},
                                          {",", "expected , before"}};
    if (is_mark(parser, mark)) {
        advance(parser);
        return 0;
    }
    size_t i = 0;
    while (i + 1 < sizeof what / sizeof *what && !str_equal_z(str_of(mark), what[i][0])) {
        i++;
    }
    return fail(parser, what[i][1]);
}

static int
count_node(struct parser *parser)
{
    if (++parser->nodes > COND_NODES_MOST) {
        return fail_at(parser, parser->token.at, "cond.limit", "more than 64 nodes",
                       (struct str){0});
    }
    return 0;
}

static void *
alloc(struct parser *parser, size_t size)
{
    void *p = arena_alloc(parser->arena, size);
    if (p == NULL) {
        (void)arena_check(parser->arena, parser->err);
    }
    return p;
}

/* ---- names ---- */

static const char *const keywords[] = {"and", "or",  "not", "in",    "is",    "empty",
                                       "has", "any", "all", "true",  "false", "starts",
                                       "sum", "min", "max", "count", "rank",  "parent"};

bool
cond_reserved(struct str name)
{
    for (size_t i = 0; i < KNOWS; i++) {
        if (str_equal_z(name, cond_know_names[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (str_equal_z(name, keywords[i])) {
            return true;
        }
    }
    return false;
}

/* Words that never stand for a value; the functions do when no bracket follows, but need not. */
static bool
is_keyword(struct str word)
{
    for (size_t i = 0; i < 8; i++) {
        if (str_equal_z(word, keywords[i])) {
            return true;
        }
    }
    return false;
}

/* The words of a dotted name that begins at the token. */
static int
name_words(struct parser *parser, struct cond_ref *ref)
{
    size_t count = 0;
    for (;;) {
        if (parser->token.kind != TOKEN_NAME || is_keyword(parser->token.text)) {
            return fail(parser, "expected a name, found");
        }
        if (count == COND_PARTS_MOST) {
            return fail_at(parser, parser->token.at, "cond.limit", "name too long",
                           parser->token.text);
        }
        ref->parts[count] = str_dup(parser->arena, parser->token.text);
        if (ref->parts[count++].p == NULL) {
            return arena_check(parser->arena, parser->err);
        }
        advance(parser);
        if (!is_mark(parser, ".")) {
            break;
        }
        advance(parser);
    }
    ref->path.count = count;
    return 0;
}

/* The scope a name begins in; leaves the row at "parent". */
static const struct cond_scope *
name_scope(struct parser *parser, struct cond_ref *ref)
{
    if (parser->outer == NULL) {
        return parser->scope;
    }
    if (ref->path.count > 1 && str_equal_z(ref->parts[0], "parent")) {
        ref->parent = ref->parts[0];
        ref->path.count--;
        memmove(ref->parts, ref->parts + 1, ref->path.count * sizeof *ref->parts);
        return parser->outer;
    }
    ref->in_row = true;
    return parser->scope;
}

/* Finds what REF's words mean. 0, 1: a single word nobody knows, -1. */
static int
name_resolve(struct parser *parser, struct cond_ref *ref, size_t at)
{
    const struct cond_scope *scope = name_scope(parser, ref);
    unsigned hops = 0;
    ref->path.parts = ref->parts;
    ref->scope = scope;
    for (size_t i = 0; i < ref->path.count; i++) {
        struct cond_name *step = &ref->steps[i];
        if (scope == NULL || !scope->find(scope, ref->parts[i], step)) {
            bool word = ref->path.count == 1 && ref->parent.n == 0;
            return word ? 1 : fail_at(parser, at, "cond.name", "unknown", ref->parts[i]);
        }
        if (i + 1 == ref->path.count) {
            break;
        }
        hops += step->type == COND_REF;
        if ((step->type != COND_REF && step->type != COND_GROUP) || step->many) {
            return fail_at(parser, at, "cond.type", "has no parts:", ref->parts[i]);
        }
        if (hops > COND_HOPS_MOST) {
            return fail_at(parser, at, "cond.limit", "more than two references", ref->parts[i]);
        }
        scope = step->to;
    }
    if (ref->steps[ref->path.count - 1].type == COND_GROUP) {
        return fail_at(parser, at, "cond.type", "name a part of", ref->parts[ref->path.count - 1]);
    }
    return 0;
}

/* ---- values ---- */

static int
term_know(struct term *term, struct str word)
{
    static const struct cond_name types[KNOWS] = {
        [KNOW_ME] = {.type = COND_PERSON},     [KNOW_MINE] = {.type = COND_SECTION, .many = true},
        [KNOW_TODAY] = {.type = COND_DATE},    [KNOW_BELOW] = {.type = COND_SECTION, .many = true},
        [KNOW_FY_NOW] = {.type = COND_NUMBER}, [KNOW_NOW] = {.type = COND_TIME},
    };
    for (size_t i = 0; i < KNOWS; i++) {
        if (str_equal_z(word, cond_know_names[i])) {
            term->kind = TERM_KNOW;
            term->know = (enum cond_know)i;
            term->type = types[i];
            term->fixed = true;
            return 1;
        }
    }
    return 0;
}

static int
parse_name(struct parser *parser, struct term *term)
{
    struct str word = parser->token.text;
    if (str_equal_z(word, "true") || str_equal_z(word, "false")) {
        term->kind = TERM_FLAG;
        term->type.type = COND_FLAG;
        term->n = str_equal_z(word, "true");
        advance(parser);
        return 0;
    }
    struct cond_ref *ref = alloc(parser, sizeof *ref);
    if (ref == NULL || name_words(parser, ref) < 0) {
        return -1;
    }
    if (ref->path.count == 1 && term_know(term, ref->parts[0])) {
        return 0;
    }
    term->text = ref->path.count == 1 ? ref->parts[0] : (struct str){0};
    int rc = name_resolve(parser, ref, term->at);
    term->kind = rc > 0 ? TERM_WORD : TERM_NAME;
    term->ref = ref;
    term->type = ref->steps[ref->path.count - 1];
    term->fixed = true;
    return rc < 0 ? -1 : 0;
}

/* The table and column of an aggregate, the words of REF. */
static int
call_column(struct parser *parser, struct term *term)
{
    struct cond_ref *ref = term->ref;
    size_t last = ref->path.count - 1;
    struct str column = ref->parts[last];
    ref->path.count = last;
    int rc = last == 0 ? 1 : name_resolve(parser, ref, term->at);
    if (rc != 0 || ref->steps[last - 1].type != COND_TABLE || ref->steps[last - 1].to == NULL) {
        return rc < 0 ? -1
                      : fail_at(parser, term->at, "cond.type", "expected a table's column, found",
                                column);
    }
    const struct cond_scope *row = ref->steps[last - 1].to;
    if (!row->find(row, column, &term->column_type)) {
        return fail_at(parser, term->at, "cond.name", "unknown", column);
    }
    enum cond_type type = term->column_type.type;
    bool ordered =
        type == COND_NUMBER || (term->kind != TERM_SUM && (type == COND_DATE || type == COND_TIME));
    if (!ordered || term->column_type.many) {
        return fail_at(parser, term->at, "cond.type", "cannot be counted so:", column);
    }
    term->column = column;
    term->type = (struct cond_name){.type = type, .scale = term->column_type.scale};
    return 0;
}

static int
call_argument(struct parser *parser, struct term *term)
{
    struct cond_ref *ref = term->ref;
    if (term->kind != TERM_COUNT && term->kind != TERM_RANK) {
        return call_column(parser, term);
    }
    int rc = name_resolve(parser, ref, term->at);
    if (rc != 0) {
        return rc < 0 ? -1 : fail_at(parser, term->at, "cond.name", "unknown", ref->parts[0]);
    }
    const struct cond_name *name = &ref->steps[ref->path.count - 1];
    bool good = term->kind == TERM_COUNT
                    ? name->many || name->type == COND_TABLE
                    : name->type == COND_CLASS && !name->many && !name->unranked;
    term->type = (struct cond_name){.type = COND_NUMBER};
    return good ? 0
                : fail_at(parser, term->at, "cond.type",
                          term->kind == TERM_COUNT ? "is no table or list:" : "has no rank:",
                          ref->parts[ref->path.count - 1]);
}

/* fn "(" name ")". 1 when the token was none of the functions. */
static int
parse_call(struct parser *parser, struct term *term)
{
    static const struct {
        const char *name;
        enum term_kind kind;
    } calls[] = {{"count", TERM_COUNT},
                 {"sum", TERM_SUM},
                 {"min", TERM_MIN},
                 {"max", TERM_MAX},
                 {"rank", TERM_RANK}};
    size_t peek = parser->next;
    struct token after = lex_next(parser->text, &peek);
    if (after.kind != TOKEN_MARK || !str_equal_z(after.text, "(")) {
        return 1;
    }
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (is_word(parser, calls[i].name)) {
            term->kind = calls[i].kind;
            term->fixed = true;
            term->ref = alloc(parser, sizeof *term->ref);
            advance(parser);
            advance(parser);
            if (term->ref == NULL || name_words(parser, term->ref) < 0 ||
                call_argument(parser, term) < 0) {
                return -1;
            }
            return expect(parser, ")");
        }
    }
    return fail(parser, "unknown function");
}

static int
parse_literal(struct parser *parser, struct term *term)
{
    const struct token token = parser->token;
    term->n = token.n;
    switch (token.kind) {
    case TOKEN_NUMBER:
        term->kind = TERM_NUMBER;
        term->type = (struct cond_name){.type = COND_NUMBER, .scale = token.scale};
        break;
    case TOKEN_DURATION:
        term->kind = TERM_DURATION;
        term->unit = token.unit;
        term->type.type = COND_DURATION;
        break;
    case TOKEN_DATE:
        term->kind = TERM_DATE;
        term->type.type = COND_DATE;
        break;
    case TOKEN_TEXT:
        term->kind = TERM_TEXT;
        term->text = lex_unquote(parser->arena, token.text);
        term->type.type = COND_TEXT;
        if (term->text.p == NULL) {
            return arena_check(parser->arena, parser->err);
        }
        break;
    case TOKEN_END:
    case TOKEN_NAME:
    case TOKEN_MARK:
    case TOKEN_BAD:
        return fail(parser, token.kind == TOKEN_END ? "ends too early" : "not a value:");
    }
    advance(parser);
    return 0;
}

static int
parse_value(struct parser *parser, struct term **ret)
{
    struct term *term = alloc(parser, sizeof *term);
    *ret = term;
    if (term == NULL || count_node(parser) < 0) {
        return -1;
    }
    term->at = parser->token.at;
    if (is_mark(parser, "-")) {
        advance(parser);
        if (parser->token.kind != TOKEN_NUMBER) {
            return fail(parser, "expected a number, found");
        }
        parser->token.n = -parser->token.n;
    }
    if (parser->token.kind != TOKEN_NAME) {
        return parse_literal(parser, term);
    }
    int rc = parse_call(parser, term);
    return rc > 0 ? parse_name(parser, term) : rc;
}

static int
parse_sum(struct parser *parser, struct sum *ret)
{
    struct term **last = &ret->first;
    bool minus = false;
    ret->at = parser->token.at;
    for (;;) {
        if (parse_value(parser, last) < 0) {
            return -1;
        }
        (*last)->minus = minus;
        last = &(*last)->next;
        ret->count++;
        minus = is_mark(parser, "-");
        if (!minus && !is_mark(parser, "+")) {
            return 0;
        }
        advance(parser);
    }
}

/* ---- tests ---- */

static int
parse_list(struct parser *parser, struct node *leaf)
{
    struct term **last = &leaf->list;
    leaf->right.at = parser->token.at;
    do {
        advance(parser);
        if (parse_value(parser, last) < 0) {
            return -1;
        }
        last = &(*last)->next;
    } while (is_mark(parser, ","));
    return expect(parser, "]");
}

static int
parse_in(struct parser *parser, struct node *leaf, enum leaf_op op)
{
    leaf->op = op;
    advance(parser);
    return is_mark(parser, "[") ? parse_list(parser, leaf) : parse_sum(parser, &leaf->right);
}

/* What follows the first sum of a test. */
static int
parse_tail(struct parser *parser, struct node *leaf)
{
    for (size_t i = 0; i <= OP_GE; i++) {
        if (is_mark(parser, cond_op_names[i])) {
            leaf->op = (enum leaf_op)i;
            advance(parser);
            return parse_sum(parser, &leaf->right);
        }
    }
    if (is_word(parser, "in")) {
        return parse_in(parser, leaf, OP_IN);
    }
    if (is_word(parser, "not")) {
        advance(parser);
        return is_word(parser, "in") ? parse_in(parser, leaf, OP_NOT_IN)
                                     : fail(parser, "expected in before");
    }
    if (is_word(parser, "has")) {
        leaf->op = OP_HAS;
        advance(parser);
        return parse_sum(parser, &leaf->right);
    }
    leaf->op = OP_TRUE;
    if (is_word(parser, "is")) {
        leaf->op = OP_EMPTY;
        advance(parser);
        if (is_word(parser, "not")) {
            leaf->negated = true;
            advance(parser);
        }
        if (!is_word(parser, "empty")) {
            return fail(parser, "expected empty before");
        }
        advance(parser);
    }
    return 0;
}

static int
parse_leaf(struct parser *parser, struct node *leaf)
{
    leaf->kind = NODE_LEAF;
    size_t peek = parser->next;
    struct token after = lex_next(parser->text, &peek);
    if (is_word(parser, "starts") && after.kind == TOKEN_MARK && str_equal_z(after.text, "(")) {
        leaf->op = OP_STARTS;
        advance(parser);
        advance(parser);
        if (parse_sum(parser, &leaf->left) < 0 || expect(parser, ",") < 0 ||
            parse_sum(parser, &leaf->right) < 0 || expect(parser, ")") < 0) {
            return -1;
        }
    } else if (parse_sum(parser, &leaf->left) < 0 || parse_tail(parser, leaf) < 0) {
        return -1;
    }
    struct err why = {0};
    size_t at = leaf->left.at;
    if (leaf_type(leaf, &at, &why) < 0) {
        return fail_at(parser, at, why.code, why.detail, (struct str){0});
    }
    return 0;
}

static int parse_or(struct parser *parser, struct node **ret);

/* "(" cond ")", the opening bracket being the token. */
static int
parse_bracket(struct parser *parser, struct node **ret)
{
    if (++parser->depth > COND_DEPTH_MOST) {
        return fail_at(parser, parser->token.at, "cond.limit", "deeper than 16", (struct str){0});
    }
    advance(parser);
    if (parse_or(parser, ret) < 0) {
        return -1;
    }
    parser->depth--;
    return expect(parser, ")");
}

/* "(" table "," cond ")" of any or all. */
static int
parse_rows(struct parser *parser, struct node *node)
{
    struct cond_ref *ref = alloc(parser, sizeof *ref);
    node->kind = is_word(parser, "any") ? NODE_ANY : NODE_ALL;
    node->table = ref;
    size_t at = parser->token.at;
    advance(parser);
    if (ref == NULL || expect(parser, "(") < 0 || name_words(parser, ref) < 0) {
        return -1;
    }
    int rc = name_resolve(parser, ref, at);
    const struct cond_name *name = rc == 0 ? &ref->steps[ref->path.count - 1] : NULL;
    if (rc < 0 || name == NULL || name->type != COND_TABLE || name->to == NULL ||
        parser->outer != NULL) {
        return rc < 0 ? -1
                      : fail_at(parser, at, rc > 0 ? "cond.name" : "cond.type",
                                "expected a table, found", ref->parts[0]);
    }
    if (!is_mark(parser, ",")) {
        return expect(parser, ",");
    }
    parser->outer = parser->scope;
    parser->scope = name->to;
    rc = parse_bracket(parser, &node->child);
    parser->scope = parser->outer;
    parser->outer = NULL;
    return rc;
}

static int
parse_test(struct parser *parser, struct node **ret)
{
    if (is_mark(parser, "(")) {
        return parse_bracket(parser, ret);
    }
    *ret = alloc(parser, sizeof **ret);
    if (*ret == NULL || count_node(parser) < 0) {
        return -1;
    }
    bool rows = is_word(parser, "any") || is_word(parser, "all");
    return rows ? parse_rows(parser, *ret) : parse_leaf(parser, *ret);
}

static int
parse_not(struct parser *parser, struct node **ret)
{
    bool negated = is_word(parser, "not");
    if (negated) {
        advance(parser);
    }
    if (parse_test(parser, ret) < 0) {
        return -1;
    }
    (*ret)->negated ^= negated;
    return 0;
}

/* One level of tests joined by WORD; a single one stands for itself. */
static int
parse_joined(struct parser *parser, const char *word, enum node_kind kind, struct node **ret)
{
    int (*part)(struct parser *, struct node **);
    part = kind == NODE_OR ? NULL : parse_not;
    struct node *first = NULL, **last = &first;
    size_t count = 0;
    for (;;) {
        int rc = part != NULL ? part(parser, last) : parse_joined(parser, "and", NODE_AND, last);
        if (rc < 0) {
            return -1;
        }
        last = &(*last)->next;
        count++;
        if (!is_word(parser, word)) {
            break;
        }
        advance(parser);
    }
    if (count == 1) {
        *ret = first;
        return 0;
    }
    *ret = alloc(parser, sizeof **ret);
    if (*ret == NULL || count_node(parser) < 0) {
        return -1;
    }
    (*ret)->kind = kind;
    (*ret)->child = first;
    return 0;
}

static int
parse_or(struct parser *parser, struct node **ret)
{
    return parse_joined(parser, "or", NODE_OR, ret);
}

/* ---- negation normal form ---- */

static void
normalise(struct node *node, bool negate)
{
    static const enum node_kind opposite[] = {
        [NODE_AND] = NODE_OR, [NODE_OR] = NODE_AND, [NODE_ANY] = NODE_ALL, [NODE_ALL] = NODE_ANY};
    negate ^= node->negated;
    node->negated = negate;
    if (node->kind == NODE_LEAF) {
        return;
    }
    node->negated = false;
    node->kind = negate ? opposite[node->kind] : node->kind;
    for (struct node **child = &node->child; *child != NULL; child = &(*child)->next) {
        normalise(*child, negate);
        bool joins = node->kind == NODE_AND || node->kind == NODE_OR;
        if (joins && (*child)->kind == node->kind) { /* (a and b) and c is a and b and c */
            struct node *inner = (*child)->child, *rest = (*child)->next;
            *child = inner;
            while (inner->next != NULL) {
                inner = inner->next;
            }
            inner->next = rest;
            /* what was spliced in is normal already: step to its last */
            while (*child != inner) {
                child = &(*child)->next;
            }
        }
    }
}

int
cond_parse(struct arena *arena, struct str text, const struct cond_scope *scope,
           const struct cond **ret, struct err *err)
{
    struct err why = {0};
    struct parser parser = {
        .arena = arena, .text = text, .scope = scope, .err = err != NULL ? err : &why};
    if (text.n > COND_BYTES_MOST) {
        return fail_at(&parser, 0, "cond.limit", "more than 1000 bytes", (struct str){0});
    }
    if (!utf8_valid(text)) {
        return fail_at(&parser, utf8_valid_prefix(text), "cond.syntax", "not UTF-8",
                       (struct str){0});
    }
    struct cond *cond = alloc(&parser, sizeof *cond);
    advance(&parser);
    if (cond == NULL || parse_or(&parser, &cond->root) < 0) {
        return -1;
    }
    if (parser.token.kind != TOKEN_END) {
        return fail(&parser, "not expected:");
    }
    normalise(cond->root, false);
    *ret = cond;
    return 0;
}
