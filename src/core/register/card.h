/*
 * card: the approval form of a record as the page draws it.
 */
#ifndef CORE_REGISTER_CARD_H
#define CORE_REGISTER_CARD_H

#include "core/register/record.h"

#include <jansson.h>

/*
 * Adds to RECORD, the answer about ASK->record: `steps` [{key, kind, title, state: done | open |
 * ahead, holders: [name]}] of the open route in order (empty while none is open), `task` {step,
 * kind, title, for?, basis?} (what ASK->person may fill now and in what capacity, the kind as acts
 * are kept; null: nothing) and `due` of the open step. -1 as the questions of record.h.
 */
int card_json(const struct step_ask *ask, json_t *record, struct err *err);

#endif
