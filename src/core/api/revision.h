/* revision: a changed duty of a confirmed policy becomes a record of the register revision_task. */
#ifndef CORE_API_REVISION_H
#define CORE_API_REVISION_H

#include "core/control/control.h"
#include "core/register/register.h"

struct revision_desk {
    struct store *store;
    struct register_set *registers;
};

/* A control_revision_call; CTX is a struct revision_desk. Inside the confirmation's unit. -1 with
 * the codes of register_act: then nothing is confirmed. */
int revision_open(void *ctx, const struct control_revision *revision, uint64_t *ret_record,
                  struct err *err);

#endif
