/*
 * view: some documents together with what coverage says of them, from the bindings as they stand
 * (not as a binder would propose them). Private to core/control.
 */
#ifndef CORE_CONTROL_VIEW_H
#define CORE_CONTROL_VIEW_H

#include "core/control/draft.h"
#include "format/bind/coverage.h"

struct view {
    struct clause_set set;
    struct bind_result *result; /* the bindings as rows of a binder */
    const struct bind_examples *examples;
    struct coverage *coverage;
    bool *confirmed; /* per clause: a person confirmed a binding of it */
};

/*
 * Makes the view of the versions VERSIONS (at most CONTROL_DOCS_MOST, one per document) in ARENA.
 * It binds once, which is the dearest thing here. -1 with store.*, clause.*, limit.memory.
 */
int view_make(struct control *control, struct arena *arena, const int64_t *versions, size_t count,
              struct view **ret, struct err *err);

#endif
