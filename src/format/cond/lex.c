/*
 * lex: the words of a condition. Pure; runs in cored and in the command line.
 *
 * Invariant: every call moves at least one byte forward or is at the end, so a reader of tokens
 * ends.
 */
#include "format/cond/lex.h"

#include "base/mem/buf.h"
#include "base/os/time.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t
digits(struct str text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && is_digit(text.p[at + n])) {
        n++;
    }
    return n;
}

/* Adds the N digits at AT to *VALUE; false past the limit. */
static bool
digits_value(struct str text, size_t at, size_t n, int64_t *value)
{
    for (size_t i = 0; i < n; i++) {
        *value = *value * 10 + (text.p[at + i] - '0');
        if (*value > COND_NUMBER_MOST) {
            return false;
        }
    }
    return true;
}

static void
token_unit(struct str text, struct token *token)
{
    static const int64_t most[UNITS] = {876600, 36525, 36525, 1200, 100};
    struct str rest = str_slice(text, token->at + token->text.n, text.n);
    size_t n = 0;
    while (n < rest.n && is_letter(rest.p[n])) {
        n++;
    }
    if (n == 0) {
        return;
    }
    token->kind = TOKEN_BAD;
    token->text.n += n;
    for (size_t i = 0; i < UNITS; i++) {
        if (str_equal_z(str_slice(rest, 0, n), cond_unit_names[i]) && token->scale == 0) {
            token->large = token->n > most[i];
            token->kind = token->large ? TOKEN_BAD : TOKEN_DURATION;
            token->unit = (enum cond_unit)i;
        }
    }
}

static void
token_number(struct str text, struct token *token)
{
    size_t whole = digits(text, token->at);
    struct str date = str_slice(text, token->at, token->at + DATE_CHARS);
    if (whole == 4 && date.n == DATE_CHARS && date.p[4] == '-' && date.p[7] == '-') {
        token->text = date;
        token->kind = date_parse(date, &token->n) ? TOKEN_DATE : TOKEN_BAD;
        return;
    }
    size_t end = token->at + whole, part = 0;
    token->kind = TOKEN_NUMBER;
    if (end + 1 < text.n && text.p[end] == '.' && is_digit(text.p[end + 1])) {
        part = digits(text, end + 1);
    }
    token->large = part > 6 || !digits_value(text, token->at, whole, &token->n) ||
                   !digits_value(text, end + 1, part, &token->n);
    token->scale = (unsigned)part;
    token->text = str_slice(text, token->at, end + (part > 0 ? part + 1 : 0));
    if (token->large) {
        token->kind = TOKEN_BAD;
        return;
    }
    token_unit(text, token);
}

static void
token_text(struct str text, struct token *token)
{
    size_t at = token->at + 1;
    token->kind = TOKEN_BAD;
    while (at < text.n) {
        if ((unsigned char)text.p[at] < 32 || text.p[at] == 127) {
            break;
        }
        if (text.p[at++] != '\'') {
            continue;
        }
        if (at < text.n && text.p[at] == '\'') {
            at++;
            continue;
        }
        token->kind = at - token->at > 2 ? TOKEN_TEXT : TOKEN_BAD; /* '' is no value */
        break;
    }
    token->text = str_slice(text, token->at, at);
}

static void
token_mark(struct str text, struct token *token)
{
    static const char *const marks[] = {"!=", "<=", ">=", "=", "<", ">", "(",
                                        ")",  "[",  "]",  ",", ".", "+", "-"};
    struct str rest = str_slice(text, token->at, text.n);
    token->kind = TOKEN_BAD;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_starts(rest, str_of(marks[i]))) {
            token->kind = TOKEN_MARK;
            token->text = str_slice(rest, 0, str_of(marks[i]).n);
            return;
        }
    }
    token->text = str_slice(rest, 0, 1);
}

struct token
lex_next(struct str text, size_t *at)
{
    while (*at < text.n && (text.p[*at] == ' ' || text.p[*at] == '\n' || text.p[*at] == '\t' ||
                            text.p[*at] == '\r')) {
        *at += 1;
    }
    struct token token = {.at = *at, .text = str_slice(text, *at, *at)};
    if (*at == text.n) {
        return token;
    }
    char c = text.p[*at];
    if (is_digit(c)) {
        token_number(text, &token);
    } else if (c == '\'') {
        token_text(text, &token);
    } else if (is_letter(c)) {
        size_t end = *at;
        while (end < text.n && (is_letter(text.p[end]) || is_digit(text.p[end]))) {
            end++;
        }
        token.kind = TOKEN_NAME;
        token.text = str_slice(text, *at, end);
    } else {
        token_mark(text, &token);
    }
    *at = token.at + token.text.n;
    return token;
}

struct str
lex_unquote(struct arena *arena, struct str quoted)
{
    struct buf buf;
    buf_init(&buf, COND_BYTES_MOST * 8);
    for (size_t i = 1; i + 1 < quoted.n; i++) {
        buf_put_char(&buf, quoted.p[i]);
        i += quoted.p[i] == '\'';
    }
    struct str text = str_dup(arena, buf_str(&buf));
    buf_free(&buf);
    return text;
}
