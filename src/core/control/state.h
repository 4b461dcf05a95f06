/*
 * state: what a clause can truly be called today (policy.md §8): a pure function of the last
 * results of the controls, the confirmed bindings, the live exceptions and the clock. Nothing is
 * stored; asking again with the same facts gives the same answer, and a silent control becomes "not
 * verified" by time alone.
 */
#ifndef CORE_CONTROL_STATE_H
#define CORE_CONTROL_STATE_H

#include "format/catalogue/catalogue.h"
#include "format/clause/clause.h"

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
    struct str record; /* what allowed it: its number */
};

/* How sure the binder was; HAND: a person chose. */
enum control_confidence { BOUND_SURE, BOUND_LIKELY, BOUND_ASK, BOUND_HAND, BOUND_COUNT };

/* "sure", "likely", "ask", "hand". */
const char *control_bound_word(enum control_confidence confidence);

/* A clause, or one sentence of it, is about a topic or one part of it. */
struct control_bound {
    size_t clause;     /* index in the set */
    unsigned sentence; /* its number; 0: the whole clause */
    const struct topic *topic;
    const struct topic_part *part; /* NULL: the whole topic */
    struct str
        own;     /* topic is NULL: an own duty of this body by that name; empty: no duty at all */
    bool counts; /* false: only a title or a plain statement on the topic, nothing to judge */
    bool confirmed;
    enum control_confidence confidence;
    uint64_t by; /* who confirmed, 0 when it came with the text; and when */
    int64_t at_us;
};

/* The documents of one body with their bindings. */
struct control_policy {
    const struct catalogue *catalogue;
    const struct clause_set *set;
    struct control_bound *bound; /* sorted by clause, then sentence */
    size_t bound_count;
    size_t *first_bound; /* per clause: its first row in bound; clause_count + 1 entries */
};

/* What a register says about itself. */
enum control_register {
    REGISTER_MISSING, /* there is none of that id */
    REGISTER_SILENT,  /* it is there; nobody can tell whether all is done in time */
    REGISTER_RUNNING, /* nothing is past its deadline */
    REGISTER_OVERDUE,
};
typedef enum control_register control_register_call(void *ctx, struct str id);

struct control_facts {
    const struct control_result *results;
    size_t result_count;
    const struct control_exception *exceptions;
    size_t exception_count;
    control_register_call *registers; /* NULL: there is none */
    void *registers_ctx;
    int64_t now_us;
};

struct control_judgement {
    enum control_state own;     /* from its bindings and exceptions alone */
    enum control_state state;   /* with its children */
    int64_t since_us;           /* when the result that decides it began; 0: unknown */
    int64_t exception_until_us; /* a live exception, else 0 */
};

/*
 * Ties COUNT rows of BOUND (taken over, sorted here) to SET. Both are borrowed and must outlive the
 * policy. -1 limit.memory.
 */
int control_policy_make(struct arena *arena, const struct catalogue *catalogue,
                        const struct clause_set *set, struct control_bound *bound, size_t count,
                        struct control_policy **ret, struct err *err);

/*
 * The rows of BINDINGS (a bind.yaml) that speak of documents in SET. -1 with control.clause when a
 * binding names a clause that is not there or is there twice, or limit.memory.
 */
int control_bindings_resolve(struct arena *arena, const struct clause_set *set,
                             const struct bindings *bindings, struct control_bound **ret,
                             size_t *ret_count, struct err *err);

/* The index of the clause NAME (a label or key) of document DOC; SIZE_MAX when there is none. */
size_t control_clause_find(const struct control_policy *policy, struct str doc, struct str name);

/* What PART of TOPIC (NULL: all of it) is worth now. *RET_SINCE follows what decides. */
enum control_state control_state_part(const struct catalogue *catalogue,
                                      const struct control_facts *facts, const struct topic *topic,
                                      const struct topic_part *part, int64_t *ret_since);

/* The last result of DEF among FACTS, or NULL. */
const struct control_result *control_result_of(const struct control_facts *facts,
                                               const struct control_def *def);

/* What DEF alone is worth now. */
enum control_state control_state_of(const struct control_def *def,
                                    const struct control_facts *facts);

/* Judges every clause of POLICY into RET[set->clause_count]. */
void control_judge(const struct control_policy *policy, const struct control_facts *facts,
                   struct control_judgement *ret);

#endif
