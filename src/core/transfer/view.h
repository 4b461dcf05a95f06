/*
 * view: JSON of transfers, shared by the files of core/transfer that answer pages.
 */
#ifndef CORE_TRANSFER_VIEW_H
#define CORE_TRANSFER_VIEW_H

#include "core/transfer/row.h"

enum { VIEW_NONE, VIEW_SENDER, VIEW_RECEIVER, VIEW_RECORD };

/* As what CALLER sees ROW: one of the enum, VIEW_NONE: not at all; -1. */
int transfer_sees(struct transfer_desk *desk, struct arena *arena,
                  const struct transfer_caller *caller, const struct transfer_row *row,
                  struct err *err);

/* The part of a transfer that lists show. */
int transfer_brief(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
                   const struct item_row *items, size_t count, json_t **ret, struct err *err);

/* {ja, en}; the list of a flow's clauses. New references. */
json_t *flow_text_json(const struct flow_text *text);
json_t *flow_clauses_json(const struct flow *flow);

#endif
