/*
 * cond: the condition language of register files and gate flows. docs/design/cond.md says why it is
 * as it is.
 *
 *   cond = and {"or" and}      and = not {"and" not}      not = ["not"] test
 *   test = "(" cond ")" | sum [op sum] | sum ["not"] "in" (list | name) | name "is" ["not"] "empty"
 *        | name "has" value | ("any" | "all") "(" name "," cond ")" | "starts" "(" value "," text
 * ")" op   = "=" "!=" "<" "<=" ">" ">="                     list = "[" value {"," value} "]" sum  =
 * value {("+" | "-") value} value = number | 'text' | 2026-04-01 | 30d | "true" | "false" | name
 * {"." name} | fn "(" name ")" fn   = "count" "sum" "min" "max" "rank"               units: h d bd
 * m y
 *
 * A condition is typed when it is read; reading yields a tree in negation normal form (only leaves
 * are negated). One tree, two back ends: cond_eval in C and cond_sql for a database; both give the
 * same answer for the same record. Logic is two-valued: a comparison (also `!=`, `in`, `not in`)
 * with an empty value is false, and its negation with `not` is true.
 *
 * Everything here is pure: no I/O, no clock; what "now" is comes with the values.
 */
#ifndef FORMAT_COND_COND_H
#define FORMAT_COND_COND_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    COND_BYTES_MOST = 1000, /* of the text */
    COND_NODES_MOST = 64,   /* connectives, tests and values */
    COND_DEPTH_MOST = 16,   /* brackets inside each other */
    COND_HOPS_MOST = 2,     /* references followed in one name */
    COND_PARTS_MOST = 5,    /* words of a dotted name */
    COND_ROWS_MOST = 2000   /* rows of a table that are looked at */
};

/* Numbers are scaled integers between -COND_NUMBER_MOST and it; a value outside counts as empty. */
#define COND_NUMBER_MOST INT64_C(100000000000000)

enum cond_type {
    COND_NUMBER,   /* n: scaled by 10^scale */
    COND_TEXT,     /* text: compared by bytes */
    COND_FLAG,     /* n: 0 or 1 */
    COND_DATE,     /* n: days since 1970-01-01, up to 9999 */
    COND_TIME,     /* n: microseconds since 1970-01-01T00:00:00Z, up to 9999 */
    COND_DURATION, /* only of literals and of one date or time minus another */
    COND_CHOICE,   /* text: a code */
    COND_CLASS,    /* text: a code; n: its neutral rank 0-4 */
    COND_PERSON,   /* n: an id; so the next three */
    COND_SECTION,
    COND_POST,
    COND_REF,
    COND_GROUP, /* parts of one value, such as a period's from and until: only with a part named */
    COND_TABLE  /* rows: only in any, all, count, sum, min, max and `is empty` */
};

struct cond_scope;

/* What a name means. */
struct cond_name {
    enum cond_type type;
    bool many;      /* a list of TYPE: only for in, has, count and `is empty` */
    unsigned scale; /* COND_NUMBER: 0-6 */
    /* COND_CHOICE: the codes there are. COND_CLASS: may be none, then any word is a code. */
    const struct str *codes;
    size_t code_count;
    struct str kind; /* COND_REF: what it points at; two references are alike when this is equal */
    /* COND_REF: the record pointed at, NULL when its fields cannot be named. COND_GROUP: its parts.
     * COND_TABLE: the columns. With MANY: table and key of the values (SQL only). */
    const struct cond_scope *to;
    /* SQL, a plain identifier: the column; of a group's part the whole column. NULL: cannot be
     * asked of the database. */
    const char *column;
    const char *rank_column; /* COND_CLASS */
    bool unranked;           /* COND_CLASS: no neutral rank is known here, rank() is refused */
};

/* The names of one kind of record or row. Static or in the caller's arena, longer than the cond. */
struct cond_scope {
    /* True with *RET when NAME is known. */
    bool (*find)(const struct cond_scope *scope, struct str name, struct cond_name *ret);
    const void *ctx;
    /* SQL, plain identifiers, NULL where there is none: the table these rows stand in, its own id,
     * and (child rows and values of lists) the column that names the parent's id. */
    const char *table, *id, *key;
};

struct cond;

/*
 * Reads TEXT against SCOPE. 0 with *RET in ARENA; TEXT is not needed afterwards. -1; the detail
 * begins with line:column (from 1, columns in bytes):
 *   cond.syntax  cond.name (unknown)  cond.type (unlike types, or an operation a type does not
 * have) cond.code (no such code)  cond.limit (bytes, nodes, depth, hops, or a number too large)
 *   cond.bd (business days between two fields)  limit.memory
 */
int cond_parse(struct arena *arena, struct str text, const struct cond_scope *scope,
               const struct cond **ret, struct err *err);

/* The names this language knows by itself, which no field may bear. */
bool cond_reserved(struct str name);

/* True when COND names the path WHAT (its first word), anywhere. */
bool cond_mentions(const struct cond *cond, struct str what);

/* ---- evaluating one record ---- */

/* A dotted name, and in any/all the row it is asked of. */
struct cond_path {
    const struct str *parts; /* without a leading "parent" that only leaves a row */
    size_t count;
    const struct cond_path *table; /* NULL: of the record itself */
    size_t row;                    /* from 0 */
};

struct cond_value {
    bool empty;
    int64_t n;
    struct str text;
};

struct cond_ids {
    const int64_t *list;
    size_t count;
};

/* What is true of the moment and of who asks: the same for both back ends. */
struct cond_moment {
    int64_t now_us;
    int64_t today;         /* day in Japan */
    int64_t fy_now;        /* fiscal year */
    struct cond_ids me;    /* all ids of the natural person; none: every comparison is false */
    struct cond_ids mine;  /* sections */
    struct cond_ids below; /* sections */
    /* The day COUNT (not 0) business days after DAY, before it when negative. It must not fall when
     * DAY rises. NULL: Monday to Friday. */
    int64_t (*business_day)(void *ctx, int64_t day, int64_t count);
    void *business_ctx;
};

/* Where values come from. Texts must live until cond_eval returns. */
struct cond_values {
    void *ctx;
    /* The value of PATH into *RET (given as empty). -1 with ERR ends the evaluation. */
    int (*get)(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err);
    /* The number of rows of a table, or of values of a list. -1 with ERR. */
    int (*count)(void *ctx, const struct cond_path *path, size_t *ret, struct err *err);
    /* Value INDEX of a list. -1 with ERR. */
    int (*item)(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret,
                struct err *err);
    const struct cond_moment *moment;
};

/* 1: COND holds, 0: it does not, -1 as a callback said, or cond.limit (more than COND_ROWS_MOST
 * rows): the caller then treats it as the answer that opens nothing. */
int cond_eval(const struct cond *cond, const struct cond_values *values, struct err *err);

/* ---- asking a database ---- */

struct cond_bind {
    bool is_text;
    int64_t n;
    struct str text; /* in the arena given to cond_sql */
};

enum { COND_BINDS_MOST = 1000 };

struct cond_binds {
    struct cond_bind list[COND_BINDS_MOST];
    size_t count;
    size_t first; /* number of the first parameter, from 1 */
};

/*
 * Appends to BUF an SQL expression that is true or false (or NULL for false, at the top only) for
 * the row that stands under ALIAS, written for SQLite and PostgreSQL alike. Every constant is a
 * parameter $n; columns are compared without arithmetic where the constant can carry it, so that an
 * index serves. Columns must hold NULL for empty (never ''), 0/1 for flags, day numbers for dates,
 * microseconds for times; texts must compare by bytes (PostgreSQL: COLLATE "C").
 * 0 with BINDS filled from binds->first on. -1 with cond.sql (a name without column, or not plain),
 * cond.limit (more than COND_BINDS_MOST values), limit.memory, limit.buffer.
 */
int cond_sql(struct arena *arena, const struct cond *cond, const struct cond_moment *moment,
             const char *alias, struct buf *buf, struct cond_binds *binds, struct err *err);

/* The parts of COND that are joined by "or" at its top, as conditions of their own in ARENA (one:
 * COND itself), at most MOST (what is more stays joined: then just COND). 0 at the arena's limit.
 */
size_t cond_branches(struct arena *arena, const struct cond *cond, const struct cond **ret,
                     size_t most);

/* ---- showing ---- */

/* Appends the tree as JSON arrays: ["and", ...], ["or", ...], ["not", test], ["=", sum, sum],
 * ["in", sum, [value, ...]], ["in", sum, name], ["empty", name], ["has", name, sum], ["true", sum],
 * ["any", name, cond], ["all", name, cond], ["starts", sum, sum]. A sum is its one value, or
 * ["sum", value, ["+", value], ["-", value]]. A value is ["number", n, scale], ["text", t],
 * ["code", t], ["date", day], ["duration", n, unit], ["flag", bool], ["know", name] (today, me …),
 * [fn, name], or a name: ["name", type, part, ...]. */
void cond_json(const struct cond *cond, struct buf *buf);

/* Appends the tree as text that cond_parse reads into the same tree. */
void cond_print(const struct cond *cond, struct buf *buf);

#endif
