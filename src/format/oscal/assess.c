/*
 * assess: how the clauses are assessed (assessment-plan), what was seen (assessment-results) and
 * what is still open (plan-of-action-and-milestones). Runs in the command line and in cored.
 *
 * Invariant: a finding says satisfied only where a state does; a clause without a state has no
 * finding at all, and the result says how many those are.
 */
#include "format/oscal/make.h"

static const char *const methods[] = {"TEST", "EXAMINE", "INTERVIEW"};

enum { METHOD_COUNT = 3 };

static bool
is_assessed(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    return m->chosen[clause] && c->sentence_count > 0;
}

/* The first component that serves the clause, or NULL. */
static const struct component *
server_of(const struct maker *m, size_t clause)
{
    for (size_t i = 0; i < m->component_count; i++)
        if (component_serves(m, &m->components[i], clause))
            return &m->components[i];
    return NULL;
}

/* A clause nothing serves is asked about; a definition is read. */
static const char *
method_of(const struct maker *m, size_t clause)
{
    const struct component *component = server_of(m, clause);
    if (component == NULL && clause_defines(m, clause))
        return "EXAMINE";
    return component == NULL ? "INTERVIEW" : component_method(component);
}

/* The assessed clauses; of one METHOD, or of all (NULL). NULL when there is none. */
static json_t *
reviewed_json(const struct maker *m, const char *method)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < m->set->clause_count; i++) {
        if (!is_assessed(m, i) || (method != NULL && !str_equal_z(str_of(method_of(m, i)), method)))
            continue;
        json_t *select = json_object(), *statements = json_array();
        put(select, "control-id", text_json(str_of(clause_id(m, i))));
        push(statements, text_printf(m, "%s_smt", clause_id(m, i)));
        put(select, "statement-ids", statements);
        push(ids, select);
    }
    if (json_array_size(ids) == 0) {
        json_decref(ids);
        return NULL;
    }
    json_t *reviewed = json_object(), *selection = json_object(), *selections = json_array();
    put(selection, "include-controls", ids);
    push(selections, selection);
    put(reviewed, "control-selections", selections);
    return reviewed;
}

static const char *
method_title(const char *method)
{
    static const char *const titles[METHOD_COUNT] = {"仕組みを試す", "記録を調べる",
                                                     "担当者に聞く"};
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (str_equal_z(str_of(methods[i]), method))
            return titles[i];
    return "";
}

static json_t *
activity_json(const struct maker *m, const char *method, json_t *reviewed)
{
    json_t *activity = json_object(), *props = json_array();
    put(activity, "uuid", uuid_json(m, "activity|%s", method));
    put(activity, "title", text_json(str_of(method_title(method))));
    put(activity, "description", text_json(str_of(method_title(method))));
    prop_plain(props, "method", str_of(method));
    put(activity, "props", props);
    put(activity, "related-controls", reviewed);
    return activity;
}

static json_t *
all_components(void)
{
    json_t *subject = json_object();
    put(subject, "type", text_json(STR("component")));
    put(subject, "include-all", json_object());
    return subject;
}

static json_t *
one_element(json_t *element)
{
    json_t *list = json_array();
    push(list, element);
    return list;
}

static json_t *
task_json(const struct maker *m, const char *method)
{
    json_t *task = json_object(), *activity = json_object(), *role = json_object();
    put(task, "uuid", uuid_json(m, "task|%s", method));
    put(task, "type", text_json(STR("action")));
    put(task, "title", text_json(str_of(method_title(method))));
    put(activity, "activity-uuid", uuid_json(m, "activity|%s", method));
    put(activity, "subjects", one_element(all_components()));
    put(task, "associated-activities", one_element(activity));
    put(role, "role-id", text_json(str_of(policy_role_word(6)))); /* who leads audits */
    put(task, "responsible-roles", one_element(role));
    return task;
}

json_t *
plan_make(const struct maker *m)
{
    json_t *body = model_json(m, STR("監査の計画")), *import = json_object();
    json_t *definitions = json_object(), *activities = json_array(), *tasks = json_array();
    put(import, "href", text_json(STR("system-security-plan.json")));
    put(body, "import-ssp", import);
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        json_t *reviewed = reviewed_json(m, methods[i]);
        if (reviewed == NULL)
            continue;
        push(activities, activity_json(m, methods[i], reviewed));
        push(tasks, task_json(m, methods[i]));
    }
    put_list(definitions, "activities", activities);
    put(body, "local-definitions", definitions);
    put(body, "reviewed-controls", reviewed_json(m, NULL));
    put(body, "assessment-subjects", one_element(all_components()));
    put_list(body, "tasks", tasks);
    return body;
}

static json_t *
evidence_json(const struct maker *m, const struct oscal_evidence *e)
{
    json_t *evidence = json_object(), *props = json_array();
    put(evidence, "href",
        text_printf(m, "urn:sekisho:ledger:%.*s:%llu", STR_FMT(e->log),
                    (unsigned long long)e->index));
    put(evidence, "description", markup_json(e->kind));
    prop_ours(props, "ledger-log", e->log);
    json_t *index = text_printf(m, "%llu", (unsigned long long)e->index);
    prop_ours_z(props, "ledger-index", json_string_value(index));
    json_decref(index);
    put_list(evidence, "props", props);
    return evidence;
}

static struct str
collected(const struct maker *m, const struct oscal_state *state)
{
    return state->at.n > 0 ? state->at : m->in->modified;
}

static json_t *
observation_json(const struct maker *m, size_t clause)
{
    const struct oscal_state *state = m->states[clause];
    const struct component *component = server_of(m, clause);
    json_t *o = json_object(), *evidence = json_array();
    put(o, "uuid", uuid_json(m, "observation|%s", clause_id(m, clause)));
    put(o, "title", markup_line_json(clause_name(m, clause)));
    put(o, "description",
        text_printf(m, "%.*s: %.*s", STR_FMT(clause_name(m, clause)), STR_FMT(state->word)));
    put(o, "methods", one_element(text_json(str_of(method_of(m, clause)))));
    if (component != NULL) {
        json_t *subject = json_object();
        put(subject, "subject-uuid", component_uuid(m, component));
        put(subject, "type", text_json(STR("component")));
        put(o, "subjects", one_element(subject));
    }
    for (size_t i = 0; i < state->evidence_count; i++)
        push(evidence, evidence_json(m, &state->evidence[i]));
    put_list(o, "relevant-evidence", evidence);
    put(o, "collected", text_json(collected(m, state)));
    return o;
}

static json_t *
finding_json(const struct maker *m, size_t clause)
{
    const struct oscal_state *state = m->states[clause];
    json_t *f = json_object(), *target = json_object(), *status = json_object();
    json_t *related = json_object();
    bool good = state_good(state);
    put(status, "state", text_json(good ? STR("satisfied") : STR("not-satisfied")));
    put(status, "reason",
        text_json(good ? STR("pass")
                       : (str_equal_z(state->word, "open_gap") ? STR("fail") : STR("other"))));
    put(status, "remarks", markup_json(state->word));
    put(f, "uuid", uuid_json(m, "finding|%s", clause_id(m, clause)));
    put(f, "title", markup_line_json(clause_name(m, clause)));
    put(f, "description", markup_json(state->word));
    put(target, "type", text_json(STR("statement-id")));
    put(target, "target-id", text_printf(m, "%s_smt", clause_id(m, clause)));
    put(target, "status", status);
    put(f, "target", target);
    put(related, "observation-uuid", uuid_json(m, "observation|%s", clause_id(m, clause)));
    put(f, "related-observations", one_element(related));
    return f;
}

json_t *
results_make(const struct maker *m)
{
    json_t *body = model_json(m, STR("監査の結果")), *import = json_object();
    json_t *result = json_object(), *observations = json_array(), *findings = json_array();
    size_t unknown = 0;
    put(import, "href", text_json(STR("assessment-plan.json")));
    put(body, "import-ap", import);
    put(result, "uuid", uuid_json(m, "result|%.*s", STR_FMT(m->in->choice.zone)));
    put(result, "title", text_json(zone_title(m)));
    for (size_t i = 0; i < m->set->clause_count; i++) {
        if (!is_assessed(m, i))
            continue;
        if (m->states[i] == NULL) {
            unknown++;
            continue;
        }
        push(observations, observation_json(m, i));
        push(findings, finding_json(m, i));
    }
    put(result, "description",
        text_printf(m,
                    "状態の記録のある条項 %zu 件。記録がなく確かめていない条項 %zu "
                    "件(判断を書いていない)。",
                    json_array_size(findings), unknown));
    put(result, "start", text_json(m->in->modified));
    put(result, "reviewed-controls", reviewed_json(m, NULL));
    put_list(result, "observations", observations);
    put_list(result, "findings", findings);
    put(body, "results", one_element(result));
    return body;
}

/* Why a clause is a gap, or NULL. Not to know how a served clause stands is none. */
static const char *
gap_of(const struct maker *m, size_t clause)
{
    const struct oscal_state *state = m->states[clause];
    const struct clause *c = &m->set->clauses[clause];
    if (state != NULL && str_equal_z(state->word, "open_gap"))
        return "定めたことが行われていない、又は確かめた結果に不備がある。";
    if (state != NULL && state->exception_until.n > 0)
        return "例外の措置が続いている。";
    if (state == NULL && c->duty && !clause_defines(m, clause) && server_of(m, clause) == NULL)
        return "応える仕組みが結び付いていない。";
    return NULL;
}

static json_t *
risk_json(const struct maker *m, size_t clause, const char *why)
{
    const struct clause *c = &m->set->clauses[clause];
    const struct oscal_state *state = m->states[clause];
    json_t *risk = json_object();
    put(risk, "uuid", uuid_json(m, "risk|%s", clause_id(m, clause)));
    put(risk, "title", markup_line_json(clause_name(m, clause)));
    put(risk, "description", markup_json(c->text));
    put(risk, "statement", text_json(str_of(why)));
    put(risk, "status",
        text_json(state != NULL && state->exception_until.n > 0 ? STR("deviation-approved")
                                                                : STR("open")));
    if (state != NULL && state->exception_until.n > 0)
        put(risk, "deadline", text_json(state->exception_until));
    return risk;
}

/* What the catalogue plans for the parts that nothing answers yet. */
static void
push_plans(const struct maker *m, json_t *props, size_t clause)
{
    for (const struct bound *b = m->effective[clause]; b != NULL; b = b->next) {
        const struct topic *topic = b->row->topic;
        for (size_t i = 0; i < topic->part_count; i++) {
            const struct topic_part *part = &topic->parts[i];
            if (part->by == BY_NONE && part->answer_count > 0 &&
                (b->row->part == NULL || b->row->part == part))
                prop_ours(props, "plan", part->answers[0]);
        }
    }
}

json_t *
poam_make(const struct maker *m)
{
    json_t *risks = json_array(), *items = json_array();
    for (size_t i = 0; i < m->set->clause_count; i++) {
        const char *why = is_assessed(m, i) ? gap_of(m, i) : NULL;
        if (why == NULL)
            continue;
        json_t *item = json_object(), *related = json_object(), *props = json_array();
        push(risks, risk_json(m, i, why));
        put(item, "uuid", uuid_json(m, "item|%s", clause_id(m, i)));
        put(item, "title", markup_line_json(clause_name(m, i)));
        put(item, "description", text_json(str_of(why)));
        prop_ours_z(props, "control", clause_id(m, i));
        push_plans(m, props, i);
        put(item, "props", props);
        put(related, "risk-uuid", uuid_json(m, "risk|%s", clause_id(m, i)));
        put(item, "related-risks", one_element(related));
        push(items, item);
    }
    if (json_array_size(items) == 0) {
        json_decref(risks);
        json_decref(items);
        return NULL;
    }
    json_t *body = model_json(m, STR("改善の計画")), *import = json_object(), *id = json_object();
    put(import, "href", text_json(STR("system-security-plan.json")));
    put(body, "import-ssp", import);
    put(id, "id", text_json(m->in->choice.zone.n > 0 ? m->in->choice.zone : STR("all")));
    put(body, "system-id", id);
    put(body, "risks", risks);
    put(body, "poam-items", items);
    return body;
}
