/*
 * effect: what keys and effects there are, what they ask for, and who carries them out. For the
 * files of core/register alone.
 *
 * A register may name only effects of this table: what the product cannot carry out yet refuses the
 * file, so that nothing is decided that then has no consequence.
 */
#ifndef CORE_REGISTER_EFFECT_H
#define CORE_REGISTER_EFFECT_H

#include "core/register/deed.h"
#include "core/register/reader.h"

enum { EFFECT_ARGS = 6 };

struct effect_arg {
    const char *name; /* NULL: the end; "*": any further name (a field of another register) */
    bool needed;
    bool word; /* the value is a word, not a field's key */
};

struct effect_kind {
    const char *name;
    bool key;      /* may stand on a state (opened, closed); else it happens once, in a move */
    bool opens;    /* it allows something: a decision must come before */
    bool standing; /* it needs no end: a fact, or something that narrows */
    struct effect_arg args[EFFECT_ARGS];
};

/* The effect NAME, or NULL. */
const struct effect_kind *effect_kind_find(struct str name);

/* Checks the orders of a state (KEYS) or a move: known, arguments as asked for (r120, r125). */
void reader_order_rules(struct reader *reader, const struct register_def *def,
                        const struct register_order *orders, size_t count, bool keys);

/* Who carries out NAME, or NULL. */
const struct register_effect *effect_find(const struct register_set *set, struct str name);

/* 0 when everything that DEED would set off has somebody who carries it out, else -1
 * register.effect. */
int deed_effects_known(const struct deed *deed, struct err *err);

/* Sets off what DEED is followed by: the keys of the state left close, the effects of the move
 * happen, the keys of the state entered open. */
int deed_effects(struct deed *deed, struct err *err);

#endif
