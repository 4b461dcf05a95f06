/* importer: whom the chief named to import a policy. */
#ifndef CORE_API_IMPORTER_H
#define CORE_API_IMPORTER_H

#include "core/register/register.h"

/* 1 when a record of the register policy_importer stands in the state "named", for PERSON, on the
 * day of NOW_US; 0; -1 with the codes of core/register. */
int importer_named(struct register_set *set, struct store *store, struct arena *arena,
                   uint64_t person, int64_t now_us, struct err *err);

#endif
