/*
 * show: a condition as text and as JSON arrays for the page. Pure.
 */
#include "format/cond/tree.h"

#include "base/os/time.h"
#include "base/text/json.h"

/* ---- text ---- */

static void
print_path(const struct cond_ref *ref, struct buf *buf)
{
    if (ref->parent.n > 0) {
        buf_put_z(buf, "parent.");
    }
    for (size_t i = 0; i < ref->path.count; i++) {
        buf_printf(buf, "%s%.*s", i > 0 ? "." : "", STR_FMT(ref->parts[i]));
    }
}

static void
print_number(const struct term *term, struct buf *buf)
{
    uint64_t n = (uint64_t)(term->n < 0 ? -term->n : term->n), unit = 1;
    for (unsigned i = 0; i < term->type.scale; i++) {
        unit *= 10;
    }
    buf_printf(buf, "%s%llu", term->n < 0 ? "-" : "", (unsigned long long)(n / unit));
    if (term->type.scale > 0) {
        buf_printf(buf, ".%0*llu", (int)term->type.scale, (unsigned long long)(n % unit));
    }
}

static void
print_quoted(struct str text, struct buf *buf)
{
    buf_put_char(buf, '\'');
    for (size_t i = 0; i < text.n; i++) {
        buf_put_char(buf, text.p[i]);
        if (text.p[i] == '\'') {
            buf_put_char(buf, '\'');
        }
    }
    buf_put_char(buf, '\'');
}

static const char *
call_name(enum term_kind kind)
{
    return kind == TERM_COUNT ? "count"
           : kind == TERM_SUM ? "sum"
           : kind == TERM_MIN ? "min"
           : kind == TERM_MAX ? "max"
                              : "rank";
}

static void
print_term(const struct term *term, struct buf *buf)
{
    char date[DATE_CHARS + 1];
    switch (term->kind) {
    case TERM_NUMBER:
        print_number(term, buf);
        return;
    case TERM_TEXT:
    case TERM_CODE:
    case TERM_WORD:
        print_quoted(term->text, buf);
        return;
    case TERM_DATE:
        date_format(term->n, date);
        buf_put_z(buf, date);
        return;
    case TERM_DURATION:
        buf_printf(buf, "%lld%s", (long long)term->n, cond_unit_names[term->unit]);
        return;
    case TERM_FLAG:
        buf_put_z(buf, term->n ? "true" : "false");
        return;
    case TERM_KNOW:
        buf_put_z(buf, cond_know_names[term->know]);
        return;
    case TERM_NAME:
        print_path(term->ref, buf);
        return;
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_MIN:
    case TERM_MAX:
    case TERM_RANK:
        break;
    }
    buf_printf(buf, "%s(", call_name(term->kind));
    print_path(term->ref, buf);
    buf_printf(buf, "%s%.*s)", term->column.n > 0 ? "." : "", (int)term->column.n,
               term->column.n > 0 ? term->column.p : "");
}

static void
print_sum(const struct sum *sum, struct buf *buf)
{
    for (const struct term *term = sum->first; term != NULL; term = term->next) {
        if (term != sum->first) {
            buf_put_z(buf, term->minus ? " - " : " + ");
        }
        print_term(term, buf);
    }
}

static void
print_leaf(const struct node *leaf, struct buf *buf)
{
    if (leaf->negated && leaf->op != OP_EMPTY) {
        buf_put_z(buf, "not ");
    }
    if (leaf->op == OP_STARTS) {
        buf_put_z(buf, "starts(");
    }
    print_sum(&leaf->left, buf);
    if (leaf->op == OP_TRUE) {
        return;
    }
    if (leaf->op == OP_EMPTY) {
        buf_put_z(buf, leaf->negated ? " is not empty" : " is empty");
        return;
    }
    if (leaf->op == OP_STARTS) {
        buf_put_z(buf, ", ");
    } else {
        buf_printf(buf, " %s ", cond_op_names[leaf->op]);
    }
    print_sum(&leaf->right, buf);
    for (const struct term *item = leaf->list; item != NULL; item = item->next) {
        buf_put_z(buf, item == leaf->list ? "[" : ", ");
        print_term(item, buf);
    }
    buf_put_z(buf, leaf->list != NULL ? "]" : leaf->op == OP_STARTS ? ")" : "");
}

static void
print_node(const struct node *node, struct buf *buf)
{
    if (node->kind == NODE_LEAF) {
        print_leaf(node, buf);
        return;
    }
    if (node->kind == NODE_ANY || node->kind == NODE_ALL) {
        buf_put_z(buf, node->kind == NODE_ANY ? "any(" : "all(");
        print_path(node->table, buf);
        buf_put_z(buf, ", ");
        print_node(node->child, buf);
        buf_put_char(buf, ')');
        return;
    }
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        if (child != node->child) {
            buf_put_z(buf, node->kind == NODE_AND ? " and " : " or ");
        }
        bool bracket = node->kind == NODE_AND && child->kind == NODE_OR;
        buf_put_z(buf, bracket ? "(" : "");
        print_node(child, buf);
        buf_put_z(buf, bracket ? ")" : "");
    }
}

void
cond_print(const struct cond *cond, struct buf *buf)
{
    print_node(cond->root, buf);
}

/* ---- JSON ---- */

static void
json_parts(struct json *json, const struct cond_ref *ref)
{
    if (ref->parent.n > 0) {
        json_z(json, "parent");
    }
    for (size_t i = 0; i < ref->path.count; i++) {
        json_str(json, ref->parts[i]);
    }
}

static void
json_name(struct json *json, const struct cond_ref *ref, const struct cond_name *type)
{
    json_open_array(json);
    json_z(json, "name");
    json_z(json, cond_type_names[type->type]);
    json_parts(json, ref);
    json_end(json);
}

static void
json_term(struct json *json, const struct term *term)
{
    if (term->kind == TERM_NAME) {
        json_name(json, term->ref, &term->type);
        return;
    }
    static const char *const heads[] = {
        [TERM_WORD] = "text", [TERM_NUMBER] = "number", [TERM_TEXT] = "text",
        [TERM_CODE] = "code", [TERM_DATE] = "date",     [TERM_DURATION] = "duration",
        [TERM_FLAG] = "flag", [TERM_KNOW] = "know"};
    json_open_array(json);
    json_z(json, term->kind < TERM_NAME ? heads[term->kind] : call_name(term->kind));
    if (term->kind == TERM_TEXT || term->kind == TERM_CODE || term->kind == TERM_WORD) {
        json_str(json, term->text);
    } else if (term->kind == TERM_FLAG) {
        json_bool(json, term->n != 0);
    } else if (term->kind == TERM_KNOW) {
        json_z(json, cond_know_names[term->know]);
    } else if (term->kind < TERM_NAME) {
        json_i64(json, term->n);
    } else {
        json_parts(json, term->ref);
    }
    if (term->kind == TERM_NUMBER) {
        json_u64(json, term->type.scale);
    } else if (term->kind == TERM_DURATION) {
        json_z(json, cond_unit_names[term->unit]);
    } else if (term->column.n > 0) {
        json_str(json, term->column);
    }
    json_end(json);
}

static void
json_sum(struct json *json, const struct sum *sum)
{
    if (sum->count == 1) {
        json_term(json, sum->first);
        return;
    }
    json_open_array(json);
    json_z(json, "sum");
    json_term(json, sum->first);
    for (const struct term *term = sum->first->next; term != NULL; term = term->next) {
        json_open_array(json);
        json_z(json, term->minus ? "-" : "+");
        json_term(json, term);
        json_end(json);
    }
    json_end(json);
}

static void
json_leaf(struct json *json, const struct node *leaf)
{
    json_open_array(json);
    if (leaf->negated) {
        json_z(json, "not");
        json_open_array(json);
    }
    json_z(json, cond_op_names[leaf->op]);
    json_sum(json, &leaf->left);
    if (leaf->right.first != NULL) {
        json_sum(json, &leaf->right);
    }
    if (leaf->list != NULL) {
        json_open_array(json);
        for (const struct term *item = leaf->list; item != NULL; item = item->next) {
            json_term(json, item);
        }
        json_end(json);
    }
    if (leaf->negated) {
        json_end(json);
    }
    json_end(json);
}

static void
json_node(struct json *json, const struct node *node)
{
    static const char *const names[] = {
        [NODE_AND] = "and", [NODE_OR] = "or", [NODE_ANY] = "any", [NODE_ALL] = "all"};
    if (node->kind == NODE_LEAF) {
        json_leaf(json, node);
        return;
    }
    json_open_array(json);
    json_z(json, names[node->kind]);
    if (node->table != NULL) {
        json_name(json, node->table, &node->table->steps[node->table->path.count - 1]);
    }
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        json_node(json, child);
    }
    json_end(json);
}

void
cond_json(const struct cond *cond, struct buf *buf)
{
    struct json json;
    json_init(&json, buf);
    json_node(&json, cond->root);
}
