/*
 * links: the documents that a policy names for its details, its own or another body's. Private to
 * format/bind.
 */
#ifndef FORMAT_BIND_LINKS_H
#define FORMAT_BIND_LINKS_H

#include "format/bind/coverage.h"

/* The links of RESULT's clauses into *RET: another body's standard or procedure where the text says
 * that it is the one in force; else the own one where a topic says that it is made. -1 with
 * limit.memory. */
int links_make(struct arena *arena, const struct bind_result *result, struct coverage_link **ret,
               size_t *ret_count, struct err *err);

#endif
