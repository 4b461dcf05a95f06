/*
 * merge: a register laid over its parent (`extends`), on the trees of format/yaml.
 */
#ifndef CORE_REGISTER_MERGE_H
#define CORE_REGISTER_MERGE_H

#include "base/mem/arena.h"
#include "format/yaml/yaml.h"

/*
 * CHILD laid over PARENT, in ARENA: maps merge by key, lists of maps that have a `key` merge by it,
 * other values of CHILD replace. The top keys of CHILD's `drop` map ({fields: [a], moves: [b]})
 * leave those out of the parent. NULL when the arena is full.
 */
const struct yaml_node *register_merge(struct arena *arena, const struct yaml_node *parent,
                                       const struct yaml_node *child);

/* Appends NODE as canonical JSON (keys sorted, every scalar a string) to BUF: what a definition's
 * digest covers. */
struct buf;
void register_canonical(struct buf *buf, const struct yaml_node *node);

#endif
