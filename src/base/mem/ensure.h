/*
 * ensure: invariants that stay on in production.
 *
 * ensure() guards what this program itself promises; it is never used on input.
 * A broken invariant ends the process (the supervisor starts it anew), because
 * going on with a state nobody thought of is how data is lost.
 */
#ifndef BASE_MEM_ENSURE_H
#define BASE_MEM_ENSURE_H

/* Aborts with the expression and its place on stderr when COND is false. */
#define ensure(cond) ((cond) ? (void)0 : ensure_failed(#cond, __FILE__, __LINE__))

/* Prints the broken invariant and aborts. Called by ensure() only. */
_Noreturn void ensure_failed(const char *what, const char *file, int line);

#endif
