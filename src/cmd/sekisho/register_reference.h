/* register_reference: `sekisho register reference`. */
#ifndef CMD_SEKISHO_REGISTER_REFERENCE_H
#define CMD_SEKISHO_REGISTER_REFERENCE_H

#include "base/mem/buf.h"

/* Appends the tables of the format of register files as Markdown, Japanese and English side by
 * side: the types of fields, their attributes, the other keys, the findings of register check. */
void register_reference_put(struct buf *buf);

#endif
