/*
 * calls: the seccomp layer of the sandbox, private to base/sandbox.
 */
#ifndef BASE_SANDBOX_CALLS_H
#define BASE_SANDBOX_CALLS_H

#include "base/sandbox/sandbox.h"

/* Loads PROFILE's list of system calls; with RELAXED, a list of forbidden ones instead. -1 with err
 * "sandbox.seccomp". */
int calls_restrict(const struct sandbox_profile *profile, bool relaxed, struct err *err);

#endif
