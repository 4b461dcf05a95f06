/*
 * form: the search form of a text: what two wordings of the same thing are compared in, and never
 * what is shown or stored. Compatibility forms are folded, letters small, blanks, marks and the
 * long vowel mark gone, spellings united (variants.def), role names and the body's own name one
 * sign each. Its bigrams are what likeness is measured on. Private to format/bind.
 */
#ifndef FORMAT_BIND_FORM_H
#define FORMAT_BIND_FORM_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORM_ARENA_BYTES = 1 << 20, /* enough for one form */
    FORM_CHARS_MOST = 8192,     /* of a text; what is longer is cut: no duty is */
    FORM_SIGN_OWN = 0xf0000,    /* the body itself; a private plane: no gaiji of a text is there */
    FORM_SIGN_ROLE = 0xf0001,   /* + index of the role */
};

struct form {
    uint32_t *chars;
    size_t n;
    uint64_t *grams; /* sorted, each once */
    size_t gram_count;
};

struct form_rules;

/* The rules of variants.def and the role names, and the names of OWN_COUNT bodies as the own sign.
 * NULL at the arena's limit. */
struct form_rules *form_rules_make(struct arena *arena, const struct str *own, size_t own_count);

/* The search form of TEXT. SIGNS: a sign alone counts as a gram (for titles, which are often
 * nothing but the name of a role). -1 with limit.memory. */
int form_make(struct arena *arena, const struct form_rules *rules, struct str text, bool signs,
              struct form *ret, struct err *err);

/* True when all of WORD stands in TEXT. An empty WORD stands nowhere. */
bool form_has(const struct form *text, const struct form *word);

/* Dice of the two sets of grams, 0 … 1. */
double form_dice(const struct form *a, const struct form *b);

#endif
