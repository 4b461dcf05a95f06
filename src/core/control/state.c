/*
 * state: see state.h. Runs in cored, computed whenever a page asks.
 *
 * Invariants: judging reads nothing but its arguments; a clause's state is never better than that
 * of any clause below it; an unconfirmed binding is never better than "not verified".
 */
#include "core/control/state.h"

#include <stdlib.h>

enum { CLOCK_SLACK_US = 300 * 1000000 };

const char *
control_state_word(enum control_state state)
{
    static const char *const words[] = {"",          "enforced",     "running", "checked",
                                        "evidenced", "not_verified", "open_gap"};
    return words[state];
}

const char *
control_verdict_word(enum control_verdict verdict)
{
    static const char *const words[] = {"pass", "fail", "unknown"};
    return words[verdict];
}

enum control_state
control_state_worst(enum control_state a, enum control_state b)
{
    return a > b ? a : b;
}

const struct control_result *
control_result_of(const struct control_facts *facts, const struct control_def *def)
{
    for (size_t i = 0; i < facts->result_count; i++)
        if (str_equal(facts->results[i].control, def->id))
            return &facts->results[i];
    return NULL;
}

/* What a passing control of KIND makes of its clause. */
static enum control_state
state_of_kind(enum topic_kind kind)
{
    switch (kind) {
    case KIND_E:
        return STATE_ENFORCED;
    case KIND_W:
        return STATE_RUNNING;
    case KIND_C:
    case KIND_EX: /* another tool's word is never better than a check */
        return STATE_CHECKED;
    case KIND_R:
        return STATE_EVIDENCED;
    case KIND_WD:
    case KIND_COUNT:
        break;
    }
    return STATE_NONE;
}

/* The result still holds at NOW. One from the future is a broken clock: nothing is vouched for. */
static bool
is_fresh(const struct control_def *def, const struct control_result *r, int64_t now_us)
{
    if (r->at_us > now_us + CLOCK_SLACK_US)
        return false;
    if (r->until_us != 0 && now_us > r->until_us)
        return false;
    return now_us - r->at_us <= def->every_us;
}

enum control_state
control_state_of(const struct control_def *def, const struct control_facts *facts)
{
    const struct control_result *r = control_result_of(facts, def);
    if (r == NULL)
        return STATE_NOT_VERIFIED;
    if (r->verdict == VERDICT_FAIL)
        return STATE_OPEN_GAP; /* a failure does not grow old: it stays until it passes */
    if (r->verdict == VERDICT_UNKNOWN || !is_fresh(def, r, facts->now_us))
        return STATE_NOT_VERIFIED;
    if (!str_equal(r->config, r->approved))
        return STATE_OPEN_GAP;
    return state_of_kind(def->kind);
}

/* The controls of one topic, or part of it. SINCE follows the worst one. */
static enum control_state
judge_topic(const struct control_policy *policy, const struct control_facts *facts,
            const struct topic *topic, const struct topic_part *part, int64_t *ret_since)
{
    enum control_state worst = STATE_NONE;
    size_t served = 0;
    for (size_t i = 0; i < policy->catalogue->control_count; i++) {
        const struct control_def *def = &policy->catalogue->controls[i];
        if (!control_serves(def, topic, part))
            continue;
        served++;
        enum control_state state = control_state_of(def, facts);
        const struct control_result *r = control_result_of(facts, def);
        if (state >= worst)
            *ret_since = r == NULL ? 0 : r->since_us;
        worst = control_state_worst(worst, state);
    }
    unsigned kinds = part != NULL ? part->kinds : topic->kinds;
    if (served == 0 && kinds != 1u << KIND_WD)
        return STATE_OPEN_GAP;
    return worst;
}

/* The worst clause bound to TOPIC outside of DOC; the topic's controls when no text speaks of it.
 */
static enum control_state
judge_covered(const struct control_policy *policy, const struct control_facts *facts,
              const struct topic *topic, struct str doc, const struct control_judgement *known)
{
    enum control_state worst = STATE_NONE;
    size_t found = 0;
    for (size_t i = 0; i < policy->bound_count; i++) {
        size_t clause = policy->bound[i].clause;
        if (policy->bound[i].binding->topic != topic || str_equal(policy->clauses[clause].doc, doc))
            continue;
        worst = control_state_worst(worst, known[clause].state);
        found++;
    }
    int64_t since;
    return found > 0 ? worst : judge_topic(policy, facts, topic, NULL, &since);
}

static enum control_state
judge_binding(const struct control_policy *policy, const struct control_facts *facts,
              const struct control_bound *bound, const struct control_judgement *known,
              int64_t *ret_since)
{
    const struct topic *topic = bound->binding->topic;
    if (!bound->binding->confirmed)
        return STATE_NOT_VERIFIED;
    if (topic->cover_count == 0)
        return judge_topic(policy, facts, topic, bound->binding->part, ret_since);
    enum control_state worst = STATE_NONE;
    for (size_t i = 0; i < topic->cover_count; i++) {
        const struct topic *covered = topic_get(policy->catalogue, topic->covers[i]);
        worst =
            control_state_worst(worst, judge_covered(policy, facts, covered,
                                                     policy->clauses[bound->clause].doc, known));
    }
    return worst;
}

/* True when the clause or one above it is bound: its duty is spoken for. */
static bool
is_spoken_for(const struct control_policy *policy, size_t clause)
{
    for (; clause != CONTROL_NO_PARENT; clause = policy->clauses[clause].parent)
        if (policy->first_bound[clause] < policy->first_bound[clause + 1])
            return true;
    return false;
}

static void
judge_own(const struct control_policy *policy, const struct control_facts *facts, size_t clause,
          struct control_judgement *all)
{
    struct control_judgement *j = &all[clause];
    size_t from = policy->first_bound[clause], to = policy->first_bound[clause + 1];
    for (size_t i = from; i < to; i++) {
        int64_t since = 0;
        enum control_state state = judge_binding(policy, facts, &policy->bound[i], all, &since);
        if (state >= j->own)
            j->since_us = since;
        j->own = control_state_worst(j->own, state);
    }
    if (from == to && policy->clauses[clause].duty && !is_spoken_for(policy, clause))
        j->own = STATE_NOT_VERIFIED;
    j->own = control_state_worst(j->own, j->exception_until_us < 0 ? STATE_OPEN_GAP : STATE_NONE);
    j->state = j->own;
}

static bool
covers(const struct control_policy *policy, size_t clause)
{
    for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++)
        if (policy->bound[i].binding->topic->cover_count > 0)
            return true;
    return false;
}

/* Lifts the worse state of children to their parents; children stand behind their parents. */
static void
lift(const struct control_policy *policy, struct control_judgement *all)
{
    for (size_t i = policy->clause_count; i-- > 0;) {
        size_t parent = policy->clauses[i].parent;
        if (parent == CONTROL_NO_PARENT)
            continue;
        if (all[i].state > all[parent].state)
            all[parent].since_us = all[i].since_us;
        all[parent].state = control_state_worst(all[parent].state, all[i].state);
    }
}

/* A live exception is a flag with its end; one past its end, marked by -1, is a gap. */
static void
note_exceptions(const struct control_policy *policy, const struct control_facts *facts,
                struct control_judgement *all)
{
    for (size_t i = 0; i < facts->exception_count; i++) {
        const struct control_exception *e = &facts->exceptions[i];
        if (e->clause >= policy->clause_count)
            continue;
        int64_t *until = &all[e->clause].exception_until_us;
        if (e->until_us < facts->now_us)
            *until = -1;
        else if (*until >= 0 && e->until_us > *until)
            *until = e->until_us;
    }
}

void
control_judge(const struct control_policy *policy, const struct control_facts *facts,
              struct control_judgement *ret)
{
    for (size_t i = 0; i < policy->clause_count; i++)
        ret[i] = (struct control_judgement){0};
    note_exceptions(policy, facts, ret);
    for (size_t i = 0; i < policy->clause_count; i++)
        if (!covers(policy, i))
            judge_own(policy, facts, i, ret);
    lift(policy, ret);
    for (size_t i = 0; i < policy->clause_count; i++)
        if (covers(policy, i)) /* after all others are known */
            judge_own(policy, facts, i, ret);
    lift(policy, ret);
    for (size_t i = 0; i < policy->clause_count; i++)
        if (ret[i].exception_until_us < 0)
            ret[i].exception_until_us = 0;
}

size_t
control_clause_find(const struct control_policy *policy, struct str doc, struct str name)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < policy->clause_count; i++) {
        const struct control_clause *c = &policy->clauses[i];
        if (!str_equal(c->doc, doc))
            continue;
        if (str_equal(c->key, name))
            return i;
        if (!str_equal(c->label, name))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

static int
by_clause(const void *a, const void *b)
{
    const struct control_bound *x = a, *y = b;
    if (x->clause != y->clause)
        return x->clause < y->clause ? -1 : 1;
    return (x->binding > y->binding) - (x->binding < y->binding);
}

int
control_policy_make(struct arena *arena, const struct catalogue *catalogue,
                    struct control_clause *clauses, size_t clause_count,
                    const struct bindings *bindings, struct control_policy **ret, struct err *err)
{
    struct control_policy *p = arena_alloc(arena, sizeof *p);
    if (p == NULL)
        return arena_check(arena, err);
    *p = (struct control_policy){catalogue, clauses, clause_count, NULL, 0, NULL};
    p->bound = arena_array(arena, bindings->count, sizeof *p->bound);
    p->first_bound = arena_array(arena, clause_count + 1, sizeof *p->first_bound);
    if (arena_check(arena, err) < 0)
        return -1;
    for (size_t i = 0; i < bindings->count; i++) {
        const struct binding *b = &bindings->rows[i];
        size_t clause = control_clause_find(p, b->doc, b->label);
        if (clause == SIZE_MAX)
            return ERR(err, "control.clause", "%.*s:%.*s", STR_FMT(b->doc), STR_FMT(b->label));
        p->bound[p->bound_count++] = (struct control_bound){clause, b};
    }
    qsort(p->bound, p->bound_count, sizeof *p->bound, by_clause);
    for (size_t i = 0, k = 0; i <= clause_count; i++) {
        while (k < p->bound_count && p->bound[k].clause < i)
            k++;
        p->first_bound[i] = k;
    }
    *ret = p;
    return 0;
}
