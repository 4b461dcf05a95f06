/*
 * landlock: the file and TCP layer of the sandbox, private to base/sandbox. landlock(7), ABI 1-6.
 */
#ifndef BASE_SANDBOX_LANDLOCK_H
#define BASE_SANDBOX_LANDLOCK_H

#include "base/sandbox/sandbox.h"

/* Makes a ruleset from PROFILE's paths. *RET_RULESET is -1 and *RET_ABI 0 when the kernel has no
 * Landlock. -1 with err "sandbox.path" or "sandbox.landlock". */
int landlock_prepare(const struct sandbox_profile *profile, int *ret_ruleset, int *ret_abi,
                     struct err *err);

/* Enters RULESET (-1: nothing) and closes it. *ABI becomes 0 when the kernel refuses for lack of
 * support. -1 with err "sandbox.landlock". */
int landlock_apply(int ruleset, int *abi, struct err *err);

#endif
