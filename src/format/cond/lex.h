/*
 * lex: the words of a condition. For parse.c alone.
 */
#ifndef FORMAT_COND_LEX_H
#define FORMAT_COND_LEX_H

#include "format/cond/tree.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_DURATION,
    TOKEN_DATE,
    TOKEN_TEXT,
    TOKEN_NAME,
    TOKEN_MARK, /* ( ) [ ] , . + - and the comparisons */
    TOKEN_BAD
};

struct token {
    enum token_kind kind;
    size_t at;       /* place of its first byte */
    struct str text; /* as written; TOKEN_TEXT: with its quotes */
    int64_t n;       /* number (scaled), duration, day */
    unsigned scale;
    enum cond_unit unit;
    bool large; /* TOKEN_BAD: a number past its limit, else no word at all */
};

/* The token of TEXT at or after *AT, which moves behind it. */
struct token lex_next(struct str text, size_t *at);

/* The text a TOKEN_TEXT stands for, doubled quotes made single; p NULL at the arena's limit. */
struct str lex_unquote(struct arena *arena, struct str quoted);

#endif
