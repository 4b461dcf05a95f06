/*
 * words: keys and bigrams. Runs in cored.
 *
 * Invariant: a word stands in a key exactly when its bigrams stand there one after the other: the
 * last character of every word is a token of its own, so no row of bigrams runs over a blank.
 */
#include "core/register/words.h"

#include "base/mem/ensure.h"
#include "base/text/fold.h"

#include <string.h>

static const struct {
    const char *written, *searched;
} synonyms[] = {
#define SYNONYM(written, searched) {written, searched},
#include "core/register/synonyms.def"
#undef SYNONYM
};

enum { SYNONYMS = sizeof synonyms / sizeof *synonyms, KEY_MOST = 256 };

/* The keys of the synonyms, made at first use. */
static struct {
    bool made;
    char written[SYNONYMS][KEY_MOST], searched[SYNONYMS][KEY_MOST];
} keys;

static void
keys_make(void)
{
    for (size_t i = 0; i < SYNONYMS; i++) {
        struct buf buf;
        struct err err;
        buf_init(&buf, KEY_MOST - 1);
        ensure(fold_put(&buf, str_of(synonyms[i].written), &err) == 0 && !buf.over);
        memcpy(keys.written[i], buf.p, buf.n);
        buf_clear(&buf);
        ensure(fold_put(&buf, str_of(synonyms[i].searched), &err) == 0 && !buf.over);
        memcpy(keys.searched[i], buf.p, buf.n);
        buf_free(&buf);
    }
    keys.made = true;
}

int
words_key(struct buf *out, struct str text, struct err *err)
{
    struct buf folded;
    buf_init(&folded, text.n * 20 + 64);
    if (!keys.made) {
        keys_make();
    }
    if (fold_put(&folded, text, err) < 0) {
        buf_free(&folded);
        return -1;
    }
    struct str rest = buf_str(&folded);
    while (rest.n > 0) {
        size_t found = SYNONYMS;
        for (size_t i = 0; i < SYNONYMS && found == SYNONYMS; i++) {
            found = str_starts(rest, str_of(keys.written[i])) ? i : SYNONYMS;
        }
        if (found < SYNONYMS) {
            buf_put_z(out, keys.searched[found]);
            rest = str_slice(rest, strlen(keys.written[found]), rest.n);
        } else {
            buf_put_char(out, rest.p[0]);
            rest = str_slice(rest, 1, rest.n);
        }
    }
    buf_free(&folded);
    return 0;
}

/* Bytes of the character S begins with. */
static size_t
char_bytes(struct str s)
{
    size_t n = 1;
    while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
        n++;
    }
    return n;
}

size_t
words_chars(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    }
    return n;
}

static void
put_token(struct buf *out, struct str token, size_t place, bool server)
{
    if (server) {
        buf_printf(out, "'%.*s':%zu ", STR_FMT(token), place);
    } else {
        buf_put_str(out, token);
        buf_put_char(out, ' ');
    }
}

void
words_tokens(struct buf *out, struct str key, bool server)
{
    struct str word;
    size_t place = 1;
    while (str_split_next(&key, ' ', &word)) {
        while (word.n > 0) {
            size_t first = char_bytes(word);
            struct str behind = str_slice(word, first, word.n);
            size_t second = behind.n > 0 ? char_bytes(behind) : 0;
            put_token(out, str_slice(word, 0, first + second), place++, server);
            word = behind;
        }
    }
}

bool
words_chunk(struct str *rest, size_t most, size_t overlap, struct str *ret)
{
    if (rest->n == 0) {
        return false;
    }
    size_t chars = 0, end = 0, back = 0;
    while (end < rest->n && chars < most) {
        end += char_bytes(str_slice(*rest, end, rest->n));
        chars++;
        back = chars + overlap <= most ? end : back;
    }
    *ret = str_slice(*rest, 0, end);
    *rest = end == rest->n ? (struct str){0} : str_slice(*rest, back, rest->n);
    return true;
}

void
words_ask(struct buf *out, struct str word, bool server)
{
    size_t first = char_bytes(word);
    if (first == word.n) {
        buf_printf(out, server ? "'%.*s':*" : "\"%.*s\" *", STR_FMT(word));
        return;
    }
    const char *between = server ? "(" : "\"";
    while (first < word.n) {
        struct str behind = str_slice(word, first, word.n);
        struct str token = str_slice(word, 0, first + char_bytes(behind));
        buf_printf(out, server ? "%s'%.*s'" : "%s%.*s", between, STR_FMT(token));
        between = server ? " <-> " : " ";
        word = behind;
        first = char_bytes(word);
    }
    buf_put_z(out, server ? ")" : "\"");
}

bool
words_stand(struct str key, struct str word)
{
    return str_find(key, word, 0) >= 0;
}
