/*
 * pack: what a register file changes against the definition in force. Pure; for cored and the
 * command line. Words alone (titles, explanations) are no change.
 */
#ifndef CORE_REGISTER_PACK_H
#define CORE_REGISTER_PACK_H

#include "core/register/definition.h"

enum { PACK_CHANGES_MOST = 20000 };

enum pack_part {
    PACK_REGISTER, /* the register as a whole, or a top key of its file */
    PACK_FIELD,
    PACK_ACCESS,
    PACK_STATE,
    PACK_MOVE,
    PACK_STEP,   /* of a route */
    PACK_KEY,    /* of a state */
    PACK_EFFECT, /* of a move */
    PACK_APART,
    PACK_PARTS
};

/* WIDENS: more is held, seen, written or opened than before, or less is asked for it. */
enum pack_way { PACK_WIDENS, PACK_NARROWS, PACK_CHANGES, PACK_WAYS };

/* The word of each part and way, for answers and messages. */
extern const char *const pack_part_names[PACK_PARTS];
extern const char *const pack_way_names[PACK_WAYS];

struct pack_change {
    enum pack_part part;
    enum pack_way way;
    bool heavy;      /* of access, routes, apart, effects: the ciso decides */
    struct str name; /* "label.max", "chief: read label (all)", "main/decide" */
};

struct pack_diff {
    struct pack_change *list;
    size_t count;
    bool heavy; /* some change is */
};

/*
 * What NEW changes against OLD (NULL: there is none; a new register is heavy when it opens keys or
 * has effects: its rows and routes widen nothing that stands). SET has the common routes. *RET in
 * ARENA, in the order of the file's parts. -1 limit.memory: the arena is full or there are more
 * than PACK_CHANGES_MOST.
 */
int pack_compare(const struct register_set *set, struct arena *arena,
                 const struct register_def *old, const struct register_def *new,
                 struct pack_diff *ret, struct err *err);

#endif
