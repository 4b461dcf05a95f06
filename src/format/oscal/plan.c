/*
 * plan: what serves the clauses (component-definition) and how a zone stands
 * (system-security-plan). Runs in the command line and in cored.
 *
 * Invariant: nothing is called implemented without a state that says so; only confirmed bindings
 * make a component serve a clause.
 */
#include "format/oscal/make.h"

/* A clause that says something of its own: those are answered for. */
static bool
is_answered(const struct maker *m, size_t clause)
{
    const struct clause *c = &m->set->clauses[clause];
    return m->chosen[clause] && (c->sentence_count > 0 || c->kind == POLICY_LIMIT);
}

static json_t *
requirements_json(const struct maker *m, const struct component *component)
{
    json_t *requirements = json_array();
    for (size_t i = 0; i < m->set->clause_count; i++) {
        if (!is_answered(m, i) || !component_serves(m, component, i))
            continue;
        json_t *requirement = json_object();
        const char *id = clause_id(m, i);
        put(requirement, "uuid",
            uuid_json(m, "serves|%s|%.*s|%s", answer_by_word(component->by), STR_FMT(component->id),
                      id));
        put(requirement, "control-id", text_json(str_of(id)));
        put(requirement, "description", component_title(component));
        push(requirements, requirement);
    }
    return requirements;
}

static json_t *
component_props(const struct component *component)
{
    json_t *props = json_array();
    prop_ours_z(props, "by", answer_by_word(component->by));
    prop_ours(props, "id", component->id);
    prop_ours_z(props, "method", component_method(component));
    if (component->def != NULL)
        prop_ours_z(props, "kind", topic_kind_word(component->def->kind));
    return props;
}

static json_t *
defined_json(const struct maker *m, const struct component *component)
{
    json_t *requirements = requirements_json(m, component);
    if (json_array_size(requirements) == 0) {
        json_decref(requirements);
        return NULL;
    }
    json_t *defined = json_object(), *implementation = json_object(), *list = json_array();
    put(defined, "uuid", component_uuid(m, component));
    put(defined, "type", text_json(str_of(component_type(component))));
    put(defined, "title", component_title(component));
    put(defined, "description", component_title(component));
    put(defined, "props", component_props(component));
    put(implementation, "uuid",
        uuid_json(m, "implementation|%s|%.*s", answer_by_word(component->by),
                  STR_FMT(component->id)));
    put(implementation, "source", text_json(STR("profile.json")));
    put(implementation, "description", component_title(component));
    put(implementation, "implemented-requirements", requirements);
    push(list, implementation);
    put(defined, "control-implementations", list);
    return defined;
}

json_t *
components_make(const struct maker *m)
{
    json_t *body = model_json(m, STR("条項に応える仕組み")), *list = json_array();
    for (size_t i = 0; i < m->component_count; i++) {
        json_t *defined = defined_json(m, &m->components[i]);
        if (defined != NULL)
            push(list, defined);
    }
    put_list(body, "components", list);
    return body;
}

/* The first column of the class tables, or one that stands for all. */
static json_t *
information_json(const struct maker *m)
{
    json_t *types = json_array(), *information = json_object();
    for (size_t i = 0; i < m->set->table_count; i++) {
        const struct clause_table *t = &m->set->tables[i];
        for (size_t k = 0; t->kind == TABLE_CLASSES && k < t->row_count; k++) {
            const struct clause_row *row = &t->rows[k];
            if (row->cell_count < 2 || row->cells[0].n == 0)
                continue;
            json_t *type = json_object();
            put(type, "uuid", uuid_json(m, "information|%zu|%zu", i, k));
            put(type, "title", markup_line_json(row->cells[0]));
            put(type, "description", markup_json(row->cells[1]));
            push(types, type);
        }
    }
    if (json_array_size(types) == 0) {
        json_t *type = json_object();
        put(type, "uuid", uuid_json(m, "information"));
        put(type, "title", text_json(STR("情報資産")));
        put(type, "description", text_json(STR("方針が対象とする情報資産")));
        push(types, type);
    }
    put(information, "information-types", types);
    return information;
}

static json_t *
described(json_t *description)
{
    json_t *object = json_object();
    put(object, "description", description);
    return object;
}

static json_t *
state_json(const char *word)
{
    json_t *status = json_object();
    put(status, "state", text_json(str_of(word)));
    return status;
}

static json_t *
characteristics_json(const struct maker *m)
{
    json_t *c = json_object(), *ids = json_array(), *id = json_object();
    struct str zone = m->in->choice.zone;
    put(id, "id", text_json(zone.n > 0 ? zone : STR("all")));
    push(ids, id);
    put(c, "system-ids", ids);
    put(c, "system-name", text_json(zone_title(m)));
    put(c, "description",
        text_printf(m, "%.*s。方針のうちここに及ぶ条項と、その実施の状態。",
                    STR_FMT(zone_title(m))));
    put(c, "system-information", information_json(m));
    put(c, "status", state_json("operational"));
    put(c, "authorization-boundary", described(text_printf(m, "%.*sの境", STR_FMT(zone_title(m)))));
    return c;
}

static json_t *
system_component(json_t *uuid, const char *type, json_t *title)
{
    json_t *component = json_object();
    put(component, "uuid", uuid);
    put(component, "type", text_json(str_of(type)));
    put(component, "description", json_incref(title));
    put(component, "title", title);
    put(component, "status", state_json("operational"));
    return component;
}

static bool
serves_any(const struct maker *m, const struct component *component)
{
    for (size_t i = 0; i < m->set->clause_count; i++)
        if (is_answered(m, i) && component_serves(m, component, i))
            return true;
    return false;
}

/* The roles of the policy as users: version 1.1 asks for at least one. */
static json_t *
users_json(const struct maker *m)
{
    json_t *users = json_array();
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        json_t *user = json_object(), *roles = json_array();
        put(user, "uuid", uuid_json(m, "user|%s", policy_role_word(i)));
        push(roles, text_json(str_of(policy_role_word(i))));
        put(user, "role-ids", roles);
        push(users, user);
    }
    return users;
}

static json_t *
implementation_json(const struct maker *m)
{
    json_t *implementation = json_object(), *list = json_array();
    put(implementation, "users", users_json(m));
    push(list, system_component(uuid_json(m, "system|%.*s", STR_FMT(m->in->choice.zone)),
                                "this-system", text_json(zone_title(m))));
    for (size_t i = 0; i < m->component_count; i++) {
        const struct component *c = &m->components[i];
        if (!serves_any(m, c))
            continue;
        json_t *component =
            system_component(component_uuid(m, c), component_type(c), component_title(c));
        put(component, "props", component_props(c));
        push(list, component);
    }
    put(implementation, "components", list);
    return implementation;
}

/* implemented only when a state says so; a definition has nothing to do; else planned, with what is
 * known in words. */
static json_t *
status_json(const struct maker *m, size_t clause, bool served)
{
    const struct oscal_state *state = m->states[clause];
    if (state != NULL) {
        json_t *known = state_json(state_good(state) ? "implemented" : "planned");
        put(known, "remarks", text_json(state->word));
        return known;
    }
    bool defines = clause_defines(m, clause);
    json_t *status = state_json(defines ? "not-applicable" : "planned");
    put(status, "remarks",
        text_json(defines  ? STR("定めそのものであり、行うことがない。")
                  : served ? STR("未確認: 状態の記録を伴わない書き出しです。")
                           : STR("未確認: 応える仕組みが結び付いていません。")));
    return status;
}

static json_t *
by_component(const struct maker *m, size_t clause, const struct component *component)
{
    json_t *by = json_object();
    const char *id = clause_id(m, clause);
    if (component == NULL) {
        put(by, "component-uuid", uuid_json(m, "system|%.*s", STR_FMT(m->in->choice.zone)));
        put(by, "uuid", uuid_json(m, "by|%.*s|%s", STR_FMT(m->in->choice.zone), id));
        put(by, "description",
            text_json(clause_defines(m, clause) ? STR("定めそのものである。")
                                                : STR("応える仕組みはまだ結び付いていない。")));
    } else {
        put(by, "component-uuid", component_uuid(m, component));
        put(by, "uuid",
            uuid_json(m, "by|%.*s|%s|%s|%.*s", STR_FMT(m->in->choice.zone), id,
                      answer_by_word(component->by), STR_FMT(component->id)));
        put(by, "description", component_title(component));
    }
    put(by, "implementation-status", status_json(m, clause, component != NULL));
    return by;
}

static json_t *
requirement_json(const struct maker *m, size_t clause)
{
    const struct oscal_state *state = m->states[clause];
    json_t *requirement = json_object(), *by = json_array(), *props = json_array();
    const char *id = clause_id(m, clause);
    put(requirement, "uuid", uuid_json(m, "requirement|%.*s|%s", STR_FMT(m->in->choice.zone), id));
    put(requirement, "control-id", text_json(str_of(id)));
    prop_ours(props, "state", state == NULL ? STR("not_verified") : state->word);
    if (state != NULL) {
        prop_ours(props, "since", state->at);
        prop_ours(props, "exception-until", state->exception_until);
    }
    put(requirement, "props", props);
    for (size_t i = 0; i < m->component_count; i++)
        if (component_serves(m, &m->components[i], clause))
            push(by, by_component(m, clause, &m->components[i]));
    if (json_array_size(by) == 0)
        push(by, by_component(m, clause, NULL));
    put(requirement, "by-components", by);
    return requirement;
}

json_t *
ssp_make(const struct maker *m)
{
    json_t *body = model_json(m, zone_title(m)), *profile = json_object();
    json_t *control = json_object(), *requirements = json_array();
    put(profile, "href", text_json(STR("profile.json")));
    put(body, "import-profile", profile);
    put(body, "system-characteristics", characteristics_json(m));
    put(body, "system-implementation", implementation_json(m));
    for (size_t i = 0; i < m->set->clause_count; i++)
        if (is_answered(m, i))
            push(requirements, requirement_json(m, i));
    put(control, "description",
        text_json(STR("状態の記録のない条項は planned とし、実施済みとは書かない。")));
    put(control, "implemented-requirements", requirements);
    put(body, "control-implementation", control);
    return body;
}
