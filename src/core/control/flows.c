/*
 * flows: do the rules of the gate and the town's policy speak of the same? Runs in cored; the
 * functions stand in control.h. A flow is data under approval: what is found here is told, and
 * nothing switches itself.
 */
#include "core/control/profile.h"

#include <string.h>

void
control_flows_set(struct control *control, const struct control_flow *flows, size_t count)
{
    control->flows = flows;
    control->flow_count = count;
}

/* The town's profile; NULL while it has no documents. */
static const struct body_profile *
town_profile(struct control *control)
{
    struct err why;
    struct body_profile *profile;
    struct control_body *town = body_find(control, (struct str){0});
    if (town == NULL || town->doc_count == 0 ||
        control_profile_of(control, town, &profile, &why) < 0)
        return NULL;
    return profile;
}

static const struct body_profile_part *
part_of(const struct body_profile *profile, const char *topic, const char *part)
{
    for (size_t i = 0; i < profile->zone_count; i++)
        for (size_t k = 0; k < profile->zones[i].part_count; k++) {
            const struct coverage_row *row = profile->zones[i].parts[k].row;
            if (str_equal_z(row->topic->id, topic) && str_equal_z(row->part->key, part))
                return &profile->zones[i].parts[k];
        }
    return NULL;
}

static void
put_finding(struct json *j, const char *code, struct str flow, struct str class)
{
    json_open_object(j);
    put_str(j, "code", str_of(code));
    put_str(j, "flow", flow);
    if (class.n > 0)
        put_str(j, "class", class);
    json_end(j);
}

/* Classes that the policy's table of confidentiality lacks; a policy without one says nothing. */
static void
put_classes(const struct body_profile *p, const struct control_flow *flow, struct json *j)
{
    size_t known = 0;
    for (size_t i = 0; i < p->class_count; i++)
        known += str_equal_z(p->classes[i].axis, "confidentiality");
    for (size_t i = 0; known > 0 && i < flow->class_count; i++)
        if (body_profile_class_get(p, STR("confidentiality"), flow->classes[i]) == NULL)
            put_finding(j, "flow.class_unknown", flow->id, flow->classes[i]);
}

void
control_put_flow_findings(struct control *control, struct str flow, struct json *j)
{
    const struct body_profile *profile = town_profile(control);
    for (size_t i = 0; profile != NULL && i < control->flow_count; i++) {
        const struct control_flow *one = &control->flows[i];
        if (flow.n > 0 && !str_equal(one->id, flow))
            continue;
        put_classes(profile, one, j);
        const struct body_profile_part *disarm = part_of(profile, "zone.lgwan_split", "disarm");
        if (one->disarms && str_equal_z(one->to, "lgwan") && disarm != NULL &&
            disarm->row->verdict == COVERAGE_ABSENT)
            put_finding(j, "flow.disarm_not_ordered", one->id, (struct str){0});
    }
}

int
control_ranks(struct control *control, struct control_rank *ret, size_t most)
{
    const struct body_profile *profile = town_profile(control);
    size_t count = 0;
    for (size_t i = 0; profile != NULL && i < profile->class_count && count < most; i++) {
        const struct body_profile_class *class = &profile->classes[i];
        bool twice = class->code.n == 0;
        for (size_t k = 0; k < count; k++)
            twice = twice || str_equal(ret[k].code, class->code);
        if (!twice)
            ret[count++] = (struct control_rank){class->code, class->rank};
    }
    return (int)count;
}

void
changed_tell(struct control *control)
{
    const struct control_body *town = body_find(control, (struct str){0});
    uint64_t sign = 1; /* FNV-like: only ever compared with the one before */
    for (size_t i = 0; town != NULL && i < town->doc_count; i++)
        sign = (sign ^ (uint64_t)town->docs[i].version->id) * UINT64_C(1099511628211);
    if (control->changed == NULL || sign == control->in_force)
        return;
    control->in_force = sign;
    control->changed(control->changed_ctx);
}

void
control_changed_set(struct control *control, control_changed_call *call, void *ctx)
{
    control->changed = call;
    control->changed_ctx = ctx;
    control->in_force = 0;
    changed_tell(control);
}
