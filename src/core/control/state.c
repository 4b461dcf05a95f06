/*
 * state: see state.h. Runs in cored, computed whenever a page asks.
 *
 * Invariants: judging reads nothing but its arguments; a clause's state is never better than that
 * of any clause below it; an unconfirmed binding is never better than "not verified".
 */
#include "core/control/state.h"

#include "base/mem/ensure.h"

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
control_bound_word(enum control_confidence confidence)
{
    static const char *const words[] = {"sure", "likely", "ask", "hand"};
    return words[confidence];
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

/* The worst of what was seen, and since when. */
struct worst {
    enum control_state state;
    int64_t since_us;
};

static void
worsen(struct worst *worst, enum control_state state, int64_t since_us)
{
    if (state >= worst->state)
        *worst = (struct worst){state, since_us};
}

static void
judge_control(const struct control_def *def, const struct control_facts *facts, struct worst *worst)
{
    const struct control_result *r = control_result_of(facts, def);
    worsen(worst, control_state_of(def, facts), r == NULL ? 0 : r->since_us);
}

static enum control_state
state_of_register(const struct control_facts *facts, struct str id)
{
    enum control_register is =
        facts->registers == NULL ? REGISTER_MISSING : facts->registers(facts->registers_ctx, id);
    if (is == REGISTER_RUNNING)
        return STATE_RUNNING;
    return is == REGISTER_SILENT ? STATE_NOT_VERIFIED : STATE_OPEN_GAP;
}

/* What is named under `by`: a control; a register; all else has nothing yet that could report. */
static void
judge_answers(const struct catalogue *catalogue, const struct control_facts *facts,
              const struct topic_part *part, struct worst *worst)
{
    for (size_t i = 0; i < part->answer_count; i++) {
        const struct control_def *def = control_def_get(catalogue, part->answers[i]);
        if (part->by == BY_REGISTER)
            worsen(worst, state_of_register(facts, part->answers[i]), 0);
        else if (def != NULL)
            judge_control(def, facts, worst);
        else
            worsen(worst, STATE_OPEN_GAP, 0);
    }
    if (part->answer_count == 0)
        worsen(worst, STATE_OPEN_GAP, 0);
}

static void
judge_part(const struct catalogue *catalogue, const struct control_facts *facts,
           const struct topic_part *part, struct worst *worst)
{
    if (part->by == BY_CONTROL || part->by == BY_REGISTER || part->by == BY_CHECK)
        judge_answers(catalogue, facts, part, worst);
    else if (part->kinds == 1u << KIND_WD)
        return; /* a definition orders nothing */
    else if (part->by == BY_MASTER)
        worsen(worst, STATE_NOT_VERIFIED,
               0); /* it is written down; whether it is right, nobody said */
    else
        worsen(worst, STATE_OPEN_GAP, 0);
}

static void
judge_topic(const struct catalogue *catalogue, const struct control_facts *facts,
            const struct topic *topic, struct worst *worst)
{
    if (topic->part_count == 0 && topic->kinds != 1u << KIND_WD)
        worsen(worst, STATE_OPEN_GAP, 0); /* nothing can answer what has no parts */
    for (size_t i = 0; i < topic->part_count; i++)
        judge_part(catalogue, facts, &topic->parts[i], worst);
}

enum control_state
control_state_part(const struct catalogue *catalogue, const struct control_facts *facts,
                   const struct topic *topic, const struct topic_part *part, int64_t *ret_since)
{
    struct worst worst = {STATE_NONE, 0};
    if (part != NULL)
        judge_part(catalogue, facts, part, &worst);
    else
        judge_topic(catalogue, facts, topic, &worst);
    *ret_since = worst.since_us;
    return worst.state;
}

/* What judging needs besides its arguments; made once for all clauses. */
struct judge {
    const struct control_policy *policy;
    const struct control_facts *facts;
    struct control_judgement *all;
    struct worst *topics; /* per topic: the worst clause on it outside the basic policy */
    bool *spoken;         /* per topic: some clause is on it */
};

static bool
is_basic(const struct control_policy *policy, size_t clause)
{
    const struct clause_set *set = policy->set;
    return set->docs[set->clauses[clause].doc].kind == POLICY_BASIC;
}

/* The topic's clauses outside the basic policy; what runs for it when no text speaks of it. */
static void
judge_covered(const struct judge *j, const struct topic *topic, struct worst *worst)
{
    size_t i = (size_t)(topic - j->policy->catalogue->topics);
    if (j->spoken[i])
        worsen(worst, j->topics[i].state, j->topics[i].since_us);
    else
        judge_topic(j->policy->catalogue, j->facts, topic, worst);
}

static void
judge_binding(const struct judge *j, const struct control_bound *bound, struct worst *worst)
{
    const struct catalogue *catalogue = j->policy->catalogue;
    int64_t since = 0;
    if (!bound->confirmed) {
        worsen(worst, STATE_NOT_VERIFIED, 0);
    } else if (bound->topic == NULL) {
        worsen(worst, bound->own.n > 0 ? STATE_OPEN_GAP : STATE_NONE, 0);
    } else if (bound->topic->cover_count > 0) {
        for (size_t i = 0; i < bound->topic->cover_count; i++)
            judge_covered(j, topic_get(catalogue, bound->topic->covers[i]), worst);
    } else {
        enum control_state state =
            control_state_part(catalogue, j->facts, bound->topic, bound->part, &since);
        worsen(worst, state, since);
    }
}

/* True when the clause or one above it is bound: its duty is spoken for. */
static bool
is_spoken_for(const struct control_policy *policy, size_t clause)
{
    for (; clause != CLAUSE_NONE; clause = policy->set->clauses[clause].parent)
        for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++)
            if (policy->bound[i].counts)
                return true;
    return false;
}

static void
judge_own(const struct judge *j, size_t clause)
{
    struct control_judgement *ret = &j->all[clause];
    const struct control_policy *policy = j->policy;
    struct worst worst = {ret->own, ret->since_us};
    for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++)
        if (policy->bound[i].counts)
            judge_binding(j, &policy->bound[i], &worst);
    if (policy->set->clauses[clause].duty && !is_spoken_for(policy, clause))
        worsen(&worst, STATE_NOT_VERIFIED, 0);
    if (ret->exception_until_us < 0)
        worsen(&worst, STATE_OPEN_GAP, 0);
    ret->own = ret->state = worst.state;
    ret->since_us = worst.since_us;
}

static bool
covers(const struct control_policy *policy, size_t clause)
{
    for (size_t i = policy->first_bound[clause]; i < policy->first_bound[clause + 1]; i++)
        if (policy->bound[i].topic != NULL && policy->bound[i].topic->cover_count > 0)
            return true;
    return false;
}

/* Lifts the worse state of children to their parents; children stand behind their parents. */
static void
lift(const struct judge *j)
{
    const struct clause *clauses = j->policy->set->clauses;
    for (size_t i = j->policy->set->clause_count; i-- > 0;) {
        size_t parent = clauses[i].parent;
        if (parent == CLAUSE_NONE)
            continue;
        if (j->all[i].state > j->all[parent].state)
            j->all[parent].since_us = j->all[i].since_us;
        j->all[parent].state = control_state_worst(j->all[parent].state, j->all[i].state);
    }
}

/* A live exception is a flag with its end; one past its end, marked by -1, is a gap. */
static void
note_exceptions(const struct judge *j)
{
    for (size_t i = 0; i < j->facts->exception_count; i++) {
        const struct control_exception *e = &j->facts->exceptions[i];
        if (e->clause >= j->policy->set->clause_count)
            continue;
        int64_t *until = &j->all[e->clause].exception_until_us;
        if (e->until_us < j->facts->now_us)
            *until = -1;
        else if (*until >= 0 && e->until_us > *until)
            *until = e->until_us;
    }
}

/* The worst clause of each topic, for the basic clauses that cover it. */
static void
note_topics(const struct judge *j)
{
    for (size_t i = 0; i < j->policy->bound_count; i++) {
        const struct control_bound *b = &j->policy->bound[i];
        if (b->topic == NULL || !b->counts || is_basic(j->policy, b->clause))
            continue;
        size_t topic = (size_t)(b->topic - j->policy->catalogue->topics);
        j->spoken[topic] = true;
        worsen(&j->topics[topic], j->all[b->clause].state, j->all[b->clause].since_us);
    }
}

static void
judge_all(const struct judge *j)
{
    size_t count = j->policy->set->clause_count;
    note_exceptions(j);
    for (size_t i = 0; i < count; i++)
        if (!covers(j->policy, i))
            judge_own(j, i);
    lift(j);
    note_topics(j);
    for (size_t i = 0; i < count; i++)
        if (covers(j->policy, i)) /* after all others are known */
            judge_own(j, i);
    lift(j);
    for (size_t i = 0; i < count; i++)
        if (j->all[i].exception_until_us < 0)
            j->all[i].exception_until_us = 0;
}

void
control_judge(const struct control_policy *policy, const struct control_facts *facts,
              struct control_judgement *ret)
{
    size_t topics = policy->catalogue->topic_count;
    struct judge j = {policy, facts, ret, calloc(topics + 1, sizeof *j.topics),
                      calloc(topics + 1, sizeof *j.spoken)};
    ensure(j.topics != NULL && j.spoken != NULL);
    for (size_t i = 0; i < policy->set->clause_count; i++)
        ret[i] = (struct control_judgement){0};
    judge_all(&j);
    free(j.topics);
    free(j.spoken);
}

size_t
control_clause_find(const struct control_policy *policy, struct str doc, struct str name)
{
    size_t found = SIZE_MAX;
    const struct clause_doc *d = clause_doc_get(policy->set, doc);
    for (size_t i = d == NULL ? 0 : d->first; d != NULL && i < d->first + d->count; i++) {
        const struct clause *c = &policy->set->clauses[i];
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
    if (x->sentence != y->sentence)
        return x->sentence < y->sentence ? -1 : 1;
    if (x->topic != y->topic)
        return (x->topic > y->topic) - (x->topic < y->topic);
    return (x->part > y->part) - (x->part < y->part);
}

/* A binding of a whole topic steps back where the clause or one below it is bound to parts of it.
 */
static void
yield_to_parts(struct control_policy *p)
{
    for (size_t i = 0; i < p->bound_count; i++) {
        const struct control_bound *b = &p->bound[i];
        if (b->topic == NULL || b->part == NULL || !b->counts)
            continue;
        for (size_t c = b->clause; c != CLAUSE_NONE; c = p->set->clauses[c].parent)
            for (size_t k = p->first_bound[c]; k < p->first_bound[c + 1]; k++)
                if (p->bound[k].topic == b->topic && p->bound[k].part == NULL)
                    p->bound[k].counts = false;
    }
}

int
control_policy_make(struct arena *arena, const struct catalogue *catalogue,
                    const struct clause_set *set, struct control_bound *bound, size_t count,
                    struct control_policy **ret, struct err *err)
{
    struct control_policy *p = arena_alloc(arena, sizeof *p);
    if (p == NULL)
        return arena_check(arena, err);
    *p = (struct control_policy){catalogue, set, bound, count, NULL};
    p->first_bound = arena_array(arena, set->clause_count + 1, sizeof *p->first_bound);
    if (arena_check(arena, err) < 0)
        return -1;
    if (count > 0)
        qsort(p->bound, count, sizeof *p->bound, by_clause);
    for (size_t i = 0, k = 0; i <= set->clause_count; i++) {
        while (k < count && p->bound[k].clause < i)
            k++;
        p->first_bound[i] = k;
    }
    yield_to_parts(p);
    *ret = p;
    return 0;
}

int
control_bindings_resolve(struct arena *arena, const struct clause_set *set,
                         const struct bindings *bindings, struct control_bound **ret,
                         size_t *ret_count, struct err *err)
{
    const struct control_policy only = {.set = set};
    struct control_bound *list = arena_array(arena, bindings->count + 1, sizeof *list);
    *ret = list;
    *ret_count = 0;
    for (size_t i = 0; list != NULL && i < bindings->count; i++) {
        const struct binding *b = &bindings->rows[i];
        if (clause_doc_get(set, b->doc) == NULL)
            continue;
        size_t clause = control_clause_find(&only, b->doc, b->label);
        if (clause == SIZE_MAX)
            return ERR(err, "control.clause", "%.*s:%.*s", STR_FMT(b->doc), STR_FMT(b->label));
        list[(*ret_count)++] = (struct control_bound){.clause = clause,
                                                      .topic = b->topic,
                                                      .part = b->part,
                                                      .counts = true,
                                                      .confirmed = b->confirmed,
                                                      .confidence = BOUND_HAND};
    }
    return arena_check(arena, err);
}
