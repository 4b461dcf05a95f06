/*
 * state: what a clause can truly be called today (policy.md §8): a pure function of the last
 * results of the controls, the confirmed bindings, the live exceptions and the clock. Nothing is
 * stored; asking again with the same facts gives the same answer, and a silent control becomes "not
 * verified" by time alone.
 */
#ifndef CORE_CONTROL_STATE_H
#define CORE_CONTROL_STATE_H

#include "format/catalogue/catalogue.h"

/* From best to worst; a clause is as good as the worst that bears on it. */
enum control_state {
    STATE_NONE,         /* a definition or title: nothing to do */
    STATE_ENFORCED,     /* every bound control on, approved configuration, self-test in time */
    STATE_RUNNING,      /* workflow active, nothing past its deadline */
    STATE_CHECKED,      /* last check good and young enough */
    STATE_EVIDENCED,    /* a record inside the period */
    STATE_NOT_VERIFIED, /* no data, stale, or the binding is not confirmed */
    STATE_OPEN_GAP,     /* no control, failed, overdue, exception past its end */
    STATE_COUNT,
};

/* "enforced" …; "" for STATE_NONE. */
const char *control_state_word(enum control_state state);

/* The worse of the two. */
enum control_state control_state_worst(enum control_state a, enum control_state b);

enum control_verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN };

/* "pass", "fail", "unknown". */
const char *control_verdict_word(enum control_verdict verdict);

/* The last thing a control said about itself. */
struct control_result {
    struct str control;
    enum control_verdict verdict;
    int64_t at_us;               /* when it looked */
    int64_t until_us;            /* it vouches until then; 0: as long as the control's interval */
    int64_t since_us;            /* since when it has said the same */
    struct str config, approved; /* digests: running and approved; equal or both empty when fine */
    int64_t count;               /* a number for the live sentence (files disarmed, blocked, …) */
};

/* An exception that was allowed for a clause (ops.exception). */
struct control_exception {
    size_t clause;    /* index of the clause */
    int64_t until_us; /* its end; past that it is a gap until it is closed */
};

/* One clause of a policy, in reading order, parents before children. */
struct control_clause {
    struct str doc, key, label, path, kind, title, text, role;
    size_t parent; /* index, or CONTROL_NO_PARENT */
    unsigned depth;
    bool duty; /* it has a sentence of its own that is no definition */
};

#define CONTROL_NO_PARENT SIZE_MAX

/* A policy with its bindings resolved to clauses. */
struct control_policy {
    const struct catalogue *catalogue;
    struct control_clause *clauses;
    size_t clause_count;
    struct control_bound {
        size_t clause;
        const struct binding *binding;
    } * bound; /* sorted by clause */
    size_t bound_count;
    size_t *first_bound; /* per clause: its first row in bound; clause_count + 1 entries */
};

struct control_facts {
    const struct control_result *results;
    size_t result_count;
    const struct control_exception *exceptions;
    size_t exception_count;
    int64_t now_us;
};

struct control_judgement {
    enum control_state own;     /* from its bindings and exceptions alone */
    enum control_state state;   /* with its children */
    int64_t since_us;           /* when the result that decides it began; 0: unknown */
    int64_t exception_until_us; /* a live exception, else 0 */
};

/*
 * Ties BINDINGS to CLAUSES by document and label. -1 with control.clause when a binding names a
 * clause that is not there or is there twice, or limit.memory. CLAUSES and BINDINGS are borrowed.
 */
int control_policy_make(struct arena *arena, const struct catalogue *catalogue,
                        struct control_clause *clauses, size_t clause_count,
                        const struct bindings *bindings, struct control_policy **ret,
                        struct err *err);

/* The index of the clause DOC:NAME, NAME a label or key; SIZE_MAX when there is none. */
size_t control_clause_find(const struct control_policy *policy, struct str doc, struct str name);

/* The last result of DEF among FACTS, or NULL. */
const struct control_result *control_result_of(const struct control_facts *facts,
                                               const struct control_def *def);

/* What DEF alone is worth now. */
enum control_state control_state_of(const struct control_def *def,
                                    const struct control_facts *facts);

/* Judges every clause of POLICY into RET[clause_count]. */
void control_judge(const struct control_policy *policy, const struct control_facts *facts,
                   struct control_judgement *ret);

#endif
