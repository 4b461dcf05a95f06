/*
 * table: tables known by their header words: terms, roles, classes, revisions, structure. Their
 * cells come as Markdown ("|"), with tabs, or as loose paragraphs of an extracted page. Runs in
 * policy-worker and the command line.
 *
 * Every byte of a table goes into a cell, the head, a limit (a clause of its own) or `dropped`;
 * what cannot be told apart is asked (P110).
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

static struct str
content(const struct reader *r, size_t index)
{
    return str_slice(r->text, r->lines[index].from, r->lines[index].to);
}

/* What a header line, freed of blanks and bars, begins. */
static bool
kind_of_header(struct str s, enum policy_table_kind *ret_kind)
{
    if (s.n > 90)
        return false;
    if (str_begins(s, "用語") && (str_finishes(s, "定義") || str_finishes(s, "意義")))
        *ret_kind = TABLE_TERMS;
    else if (str_has(s, "役職") && str_has(s, "該当者"))
        *ret_kind = TABLE_ROLES;
    else if (str_begins(s, "分類") && str_has(s, "分類基準"))
        *ret_kind = TABLE_CLASSES;
    else if ((str_begins(s, "改定") || str_begins(s, "改正") || str_begins(s, "改訂")) &&
             (str_has(s, "年月日") || str_has(s, "履歴")))
        *ret_kind = TABLE_REVISIONS;
    else if (str_begins(s, "文書名") && str_finishes(s, "内容"))
        *ret_kind = TABLE_STRUCTURE;
    else
        return false;
    return true;
}

/* The header without blanks, tabs and bars. */
static struct str
bare_header(struct reader *r, struct str s)
{
    struct str bare = str_unblank(r->arena, s);
    char *p = arena_alloc(r->arena, bare.n + 1);
    if (p == NULL)
        return (struct str){0};
    size_t n = 0;
    for (size_t i = 0; i < bare.n; i++)
        if (bare.p[i] != '|')
            p[n++] = bare.p[i];
    return (struct str){p, n};
}

/* 機密性, 完全性 or 可用性 in S. */
static struct str
axis_in(struct str s)
{
    static const char *const axes[] = {"機密性", "完全性", "可用性"};
    for (size_t i = 0; i < 3; i++)
        if (str_has(s, axes[i]))
            return str_of(axes[i]);
    return (struct str){0};
}

static void
head_add(struct policy_table *table, struct policy_para *para)
{
    if (table->last_head == NULL)
        table->head = para;
    else
        table->last_head->next = para;
    table->last_head = para;
}

static struct policy_row *
row_add(struct reader *r)
{
    if (r->table->row_count >= POLICY_TABLE_ROWS) {
        ERR(r->err, "policy.table", "%d", POLICY_TABLE_ROWS);
        return NULL;
    }
    struct policy_row *row = arena_alloc(r->arena, sizeof *row);
    if (row == NULL) {
        arena_check(r->arena, r->err);
        return NULL;
    }
    if (r->table->last_row == NULL)
        r->table->rows = row;
    else
        r->table->last_row->next = row;
    r->table->last_row = row;
    r->table->row_count++;
    return row;
}

static int
cell_add(struct reader *r, struct policy_row *row, struct policy_para *para)
{
    struct policy_cell *cell = arena_alloc(r->arena, sizeof *cell);
    if (cell == NULL || para == NULL)
        return arena_check(r->arena, r->err);
    cell->text = cell->last = para;
    if (row->last_cell == NULL)
        row->cells = cell;
    else
        row->last_cell->next = cell;
    row->last_cell = cell;
    row->cell_count++;
    return 0;
}

/* Adds PARA behind the text of CELL. */
static void
cell_extend(struct policy_cell *cell, struct policy_para *para)
{
    cell->last->next = para;
    cell->last = para;
}

/* Limits are clauses below a clause; a class table elsewhere is only a table. */
static bool
holds_limits(const struct reader *r)
{
    return r->table->node->kind == POLICY_CLAUSE;
}

/* A handling limit: a clause of its own under the clause of the table. */
static int
limit_add(struct reader *r, size_t from, size_t to, struct policy_para *para)
{
    struct policy_node *home = r->table->node;
    struct policy_mark mark = {.class = MARK_BULLET};
    struct place place = {FIT_FIRST, home};
    struct str s = str_slice(r->text, from, to);
    size_t n = mark_read(s, &mark);
    if (tree_add(r, &place, &mark, piece_of(r, from, from + mark.printed.n, 0)) < 0)
        return -1;
    r->cur->kind = POLICY_LIMIT;
    if (r->table->last_row != NULL)
        r->table->last_row->limits = true;
    if (para == NULL)
        para = para_of(r, from + n, to);
    if (para == NULL)
        return -1;
    node_add_para(r->cur, para);
    r->cur = home;
    return 0;
}

/* A cell that holds limits "・a ・b": each a clause. 1 when it did, 0 when the cell holds none. */
static int
limits_in_cell(struct reader *r, size_t from, size_t to)
{
    static const char sign[] = "・";
    struct str s = str_slice(r->text, from, to);
    from += char_blank_prefix(s);
    s = str_slice(r->text, from, to);
    if (r->table->kind != TABLE_CLASSES || !holds_limits(r) || !str_begins(s, sign))
        return 0;
    while (from < to) {
        s = str_slice(r->text, from, to);
        ptrdiff_t next = str_find(s, STR(" ・"), 1);
        size_t end = next < 0 ? to : from + (size_t)next;
        struct str part = str_slice(r->text, from, end);
        if (limit_add(r, from, end - char_blank_suffix(part), NULL) < 0)
            return -1;
        from = next < 0 ? to : end + 1;
    }
    return 1;
}

static unsigned
role_of(struct str s)
{
    static const struct {
        const char *word;
        unsigned role;
    } words[] = {{"最高情報セキュリティ責任者", ROLE_CISO},
                 {"統括情報セキュリティ責任者", ROLE_CHIEF},
                 {"情報セキュリティ責任者", ROLE_DEPARTMENT_OFFICER},
                 {"情報セキュリティ管理者", ROLE_SECTION_MANAGER},
                 {"情報システム管理者", ROLE_SYSTEM_MANAGER},
                 {"情報システム担当者", ROLE_SYSTEM_OPERATOR},
                 {"情報セキュリティ監査統括責任者", ROLE_AUDIT_CHIEF},
                 {"監査統括責任者", ROLE_AUDIT_CHIEF},
                 {"情報セキュリティ委員会", ROLE_COMMITTEE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_z(s, words[i].word))
            return words[i].role;
    return 0;
}

/* The role that the first cell of ROW names, in a table of roles. */
static void
set_role(struct reader *r, struct policy_row *row)
{
    if (r->table->kind == TABLE_ROLES && row->cells != NULL)
        row->role = role_of(str_unblank(r->arena, row->cells->text->text));
}

/* One row of a Markdown table. */
static int
feed_bars(struct reader *r, const struct line *line)
{
    struct policy_row *row = row_add(r);
    if (row == NULL)
        return -1;
    size_t from = line->from;
    while (from < line->to) {
        if (r->text.p[from] == '|') {
            drop_add(r, from, from + 1, DROP_MARKUP);
            from++;
            continue;
        }
        ptrdiff_t bar = str_find(r->text, STR("|"), from);
        size_t end = bar < 0 || (size_t)bar > line->to ? line->to : (size_t)bar;
        int limits = limits_in_cell(r, from, end);
        if (limits < 0 || (limits == 0 && cell_add(r, row, para_of(r, from, end)) < 0))
            return -1;
        from = end;
    }
    set_role(r, row);
    return 1;
}

/* One row with tabs; an empty first cell continues the row above. */
static int
feed_tabs(struct reader *r, const struct line *line)
{
    struct policy_row *last = r->table->last_row;
    if (line->tab_start && last != NULL && last->last_cell != NULL) {
        struct policy_para *para = para_of(r, line->from, line->to);
        if (para == NULL)
            return -1;
        cell_extend(last->last_cell, para);
        return 1;
    }
    enum policy_table_kind kind;
    if (r->table->rows == NULL && r->table->head->next == NULL &&
        kind_of_header(bare_header(r, str_slice(r->text, line->from, line->to)), &kind)) {
        struct policy_para *head = para_of(r, line->from, line->to);
        if (head == NULL)
            return -1;
        head_add(r->table, head); /* a caption stood above the header */
        return 1;
    }
    struct policy_row *row = row_add(r);
    if (row == NULL)
        return -1;
    for (size_t from = line->from; from <= line->to;) {
        ptrdiff_t tab = str_find(r->text, STR("\t"), from);
        size_t end = tab < 0 || (size_t)tab > line->to ? line->to : (size_t)tab;
        if (cell_add(r, row, para_of(r, from, end)) < 0)
            return -1;
        from = end + 1;
    }
    set_role(r, row);
    return 1;
}

static bool
names_body_of_order(struct str s)
{
    return role_of(s) != 0 || str_finishes(s, "責任者") || str_finishes(s, "管理者") ||
           str_finishes(s, "担当者") || str_finishes(s, "委員会") || str_finishes(s, "事務局");
}

/* PARA as cells: the first words and the rest. */
static int
split_row(struct reader *r, struct policy_para *para, size_t words, unsigned role)
{
    struct policy_row *row = row_add(r);
    if (row == NULL)
        return -1;
    row->role = role;
    size_t from = para->pieces->source.from;
    struct policy_piece *rest = para->pieces;
    struct policy_para *name = para_of(r, from, from + words);
    if (name == NULL || cell_add(r, row, name) < 0)
        return -1;
    rest->source.from += words;
    rest->at = 0;
    rest->n -= words;
    struct str text = str_slice(para->text, words, para->text.n);
    size_t blank = char_blank_prefix(text);
    rest->source.from += blank;
    rest->n -= blank;
    para->text = str_slice(text, blank, text.n);
    for (struct policy_piece *p = rest->next; p != NULL; p = p->next)
        p->at -= words + blank;
    return cell_add(r, row, para);
}

static void
drop_para(struct reader *r, const struct policy_para *para)
{
    for (const struct policy_piece *p = para->pieces; p != NULL; p = p->next)
        drop_add(r, p->source.from, p->source.to, DROP_FIGURE);
}

/* The row that waits for its holder: a lone name. */
static int
role_pending(struct reader *r, struct policy_para *para, unsigned role)
{
    struct policy_row *row = row_add(r);
    if (row == NULL)
        return -1;
    row->role = role;
    return cell_add(r, row, para);
}

/*
 * A loose paragraph of the role table: "name holder" is a row; a lone name that is followed by a
 * bracket and a holder is one too; other lone lines are the organisation chart that fell into the
 * table (P111).
 */
static int
take_role(struct reader *r, struct policy_para *para)
{
    struct policy_row *last = r->table->last_row;
    struct str text = para->text;
    ptrdiff_t blank = str_find(text, STR(" "), 0);
    struct str name = blank < 0 ? text : str_slice(text, 0, (size_t)blank);
    if (last != NULL && last->cell_count == 1 && last->next == NULL) {
        if (char_first(text) == 0xff08 || char_first(text) == '(') {
            cell_extend(last->cells, para);
            return 0;
        }
        if (last->cells->text->next != NULL)
            return cell_add(r, last, para);
    }
    bool whole = blank > 0 && (size_t)blank < para->pieces->n; /* the name was not cut */
    if (whole && names_body_of_order(name))
        return split_row(r, para, (size_t)blank, role_of(name));
    if (r->table->rows == NULL && names_body_of_order(name))
        return role_pending(r, para, role_of(name));
    if (!r->table->figure)
        finding_add(r, "P111", POLICY_NOTE, r->table->node, para->pieces->source);
    r->table->figure = true;
    drop_para(r, para);
    return 0;
}

/* Bytes of "機密性３A" at the start of S (blanks inside allowed), or 0. */
static size_t
class_name(struct str s, struct str axis)
{
    if (axis.n == 0 || !str_starts(s, axis))
        return 0;
    struct str rest = str_slice(s, axis.n, s.n);
    rest = str_slice(rest, char_blank_prefix(rest), rest.n);
    if (rest.n == 0 || !char_is_digit(char_first(rest)))
        return 0;
    utf8_next(&rest);
    uint32_t c = rest.n == 0 ? 0 : char_first(rest);
    if ((c >= 'A' && c <= 'C') || (c >= 0xff21 && c <= 0xff23))
        utf8_next(&rest);
    if (rest.n > 0 && !char_is_blank(char_first(rest)))
        return 0;
    return s.n - rest.n;
}

/* A loose paragraph of a class table. 1: the table ended before it. */
static int
take_class(struct reader *r, struct policy_para *para)
{
    struct str text = para->text;
    struct policy_row *last = r->table->last_row;
    if (str_begins(text, "・") && holds_limits(r)) {
        struct policy_piece *first = para->pieces;
        size_t from = first->source.from, sign = strlen("・");
        first->source.from += sign;
        first->n -= sign;
        para->text = str_slice(text, sign, text.n);
        for (struct policy_piece *p = first->next; p != NULL; p = p->next)
            p->at -= sign;
        return limit_add(r, from, from + sign, para);
    }
    if (para_is_ended(text) && char_count(text) > 20 && last != NULL && last->cell_count > 1)
        return 1;
    size_t name = class_name(text, r->table->axis);
    if (name > 0 && name < para->pieces->n && name < text.n)
        return split_row(r, para, name, 0);
    if (name > 0)
        return role_pending(r, para, 0);
    if (para_is_ended(text) || str_has(text, "による") || last == NULL)
        return 1;
    return cell_add(r, last, para);
}

/* A loose paragraph of the table of documents: a document's name begins a row. */
static int
take_structure(struct reader *r, struct policy_para *para)
{
    static const char *const names[] = {"情報セキュリティ基本方針", "情報セキュリティ対策基準",
                                        "情報セキュリティ実施手順"};
    struct policy_row *last = r->table->last_row;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!str_begins(para->text, names[i]))
            continue;
        if (last != NULL && last->cells != NULL && str_equal_z(last->cells->text->text, names[i]))
            return cell_add(r, last, para);
        if (para->text.n > strlen(names[i]) && para->pieces->n > strlen(names[i]))
            return split_row(r, para, strlen(names[i]), 0);
        return role_pending(r, para, 0);
    }
    if (last != NULL)
        return cell_add(r, last, para);
    head_add(r->table, para);
    return 0;
}

/* Closes the loose paragraph and gives it to the table. 1: the table ended before it. */
static int
take_para(struct reader *r)
{
    struct policy_para *para = r->open.para;
    if (para == NULL)
        return 0;
    if (para_close(r) < 0)
        return -1;
    if (para->pieces == NULL)
        return 0;
    if (r->table->kind == TABLE_ROLES)
        return take_role(r, para);
    if (r->table->kind == TABLE_CLASSES)
        return take_class(r, para);
    return take_structure(r, para);
}

/* Which class rows name no limit: their cell was merged with a neighbour's, or is not there. */
static bool
is_merged(const struct policy_table *table)
{
    for (const struct policy_row *row = table->rows; row != NULL; row = row->next)
        if (!row->limits && (row->last_cell == NULL || row->last_cell->text == NULL ||
                             !str_finishes(row->last_cell->text->text, "－")))
            return true;
    return false;
}

int
table_end(struct reader *r)
{
    struct policy_para *para = r->open.para;
    int rc = take_para(r);
    struct policy_table *table = r->table;
    r->table = NULL;
    if (rc < 0)
        return -1;
    if (rc > 0) /* its last paragraph is text of the clause */
        node_add_para(table->node, para);
    bool loose = table->kind == TABLE_STRUCTURE || table->figure ||
                 (table->kind == TABLE_CLASSES && is_merged(table));
    if (loose || table->kind == TABLE_OTHER)
        finding_add(r, "P110", POLICY_ASK, table->node,
                    table->head != NULL ? table->head->pieces->source : (struct policy_range){0});
    return 0;
}

/* Does a clause begin in LINE? Not a bullet: those are limits. */
static bool
clause_begins(struct reader *r, size_t index)
{
    struct policy_mark mark;
    size_t n = mark_read(content(r, index), &mark);
    if (n == 0 || mark.class == MARK_BULLET)
        return false;
    if (r->doc == NULL)
        return mark_opens_document(&mark);
    struct place place = tree_place(r, &mark);
    return place.fit == FIT_NEXT || place.fit == FIT_FIRST;
}

/* The last paragraph of a table that turned out to be text of the clause. */
static int
take_back(struct reader *r, struct policy_para *para)
{
    node_add_para(r->table->node, para);
    return table_end(r) < 0 ? -1 : 0;
}

static int
feed_loose(struct reader *r, size_t index)
{
    const struct line *line = &r->lines[index];
    struct policy_para *para = r->open.para;
    bool cut = !r->open.hard_end || r->open.brackets > 0;
    if (para != NULL && cut && r->wrap == WRAP_SPACE)
        return para_append(r, line, line->from) < 0 ? -1 : 1;
    int rc = take_para(r);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return take_back(r, para);
    if (clause_begins(r, index) || str_begins(content(r, index), "|"))
        return table_end(r);
    enum policy_table_kind kind;
    if (kind_of_header(bare_header(r, content(r, index)), &kind))
        return table_end(r);
    if (para_begin(r, &para) < 0 || para_append(r, line, line->from) < 0)
        return -1;
    return 1;
}

static bool
is_doc_border(struct reader *r, size_t index)
{
    struct str bare = str_unblank(r->arena, content(r, index));
    if (!str_finishes(bare, "基本方針") && !str_finishes(bare, "対策基準"))
        return false;
    size_t next = index + 1;
    while (next < r->line_count && r->lines[next].dropped)
        next++;
    struct policy_mark mark;
    return next < r->line_count && mark_read(content(r, next), &mark) > 0 &&
           mark_opens_document(&mark);
}

int
table_feed(struct reader *r, size_t index)
{
    struct str s = content(r, index);
    const struct line *line = &r->lines[index];
    bool bars = r->table->head != NULL && str_begins(r->table->head->text, "|");
    if (bars)
        return str_begins(s, "|") ? feed_bars(r, line) : table_end(r);
    if (line->heading || is_doc_border(r, index))
        return table_end(r);
    bool tabs = memchr(s.p, '\t', s.n) != NULL || line->tab_start;
    if (tabs && r->table->kind != TABLE_CLASSES)
        return feed_tabs(r, line);
    if (r->table->kind == TABLE_TERMS)
        return table_end(r);
    return feed_loose(r, index);
}

int
table_begin(struct reader *r, size_t index)
{
    const struct line *line = &r->lines[index];
    struct str s = content(r, index);
    enum policy_table_kind kind = TABLE_OTHER;
    bool known = s.n <= 200 && kind_of_header(bare_header(r, s), &kind);
    if (!known && !(str_begins(s, "|") && str_finishes(s, "|") && s.n > 1))
        return 0;
    if (para_close(r) < 0)
        return -1;
    struct policy_table *table = arena_alloc(r->arena, sizeof *table);
    struct policy_para *head = para_of(r, line->from, line->to);
    if (table == NULL || head == NULL)
        return arena_check(r->arena, r->err);
    *table = (struct policy_table){.kind = kind, .node = r->cur};
    if (kind == TABLE_CLASSES && r->cur->last_para != NULL) {
        table->axis = axis_in(r->cur->last_para->text);
        r->cur->last_para->caption = !para_is_ended(r->cur->last_para->text);
    }
    head_add(table, head);
    if (r->last_table == NULL)
        r->tree->tables = table;
    else
        r->last_table->next = table;
    r->table = r->last_table = table;
    return 1;
}
