/*
 * span: two texts side by side: sentences aligned, then characters (Myers 1986, bounded). Private
 * to format/clause.
 */
#ifndef FORMAT_CLAUSE_SPAN_H
#define FORMAT_CLAUSE_SPAN_H

#include "format/clause/diff.h"

/*
 * Aligns the COUNT texts of A and B in order: RET[i] is the partner of A's i-th, or CLAUSE_NONE.
 * Equal texts first, then those with likeness >= 0.5. False at the limit of ARENA.
 */
bool span_align(struct arena *arena, const struct str *a, size_t a_count, const struct str *b,
                size_t b_count, size_t *ret);

/* The spans that turn A into B. Texts point into A and B. -1 limit.memory. */
int span_make(struct arena *arena, struct str a, struct str b, struct diff_span **ret,
              size_t *ret_count, struct err *err);

#endif
