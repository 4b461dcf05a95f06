/*
 * keep: a set without some of its documents, as if they had never been read: for who may not see
 * them. Pure.
 */
#ifndef FORMAT_CLAUSE_KEEP_H
#define FORMAT_CLAUSE_KEEP_H

#include "format/clause/clause.h"

/* Which documents stay, by index. */
typedef bool clause_keep_call(const void *ctx, const struct clause_doc *doc);

/*
 * Makes *RET, in the arena of SET, of the documents that KEEP says stay. Nothing of the others
 * stands in it: no clause, sentence, table, reference to or from one, finding; and what stands in
 * no clause (a table in front of a document, a finding of the file) only when all documents stay.
 * SET is unchanged; texts are shared. -1 limit.memory.
 */
int clause_set_keep(const struct clause_set *set, clause_keep_call *keep, const void *ctx,
                    struct clause_set *ret, struct err *err);

#endif
