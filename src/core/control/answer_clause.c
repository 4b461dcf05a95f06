/*
 * answer_clause: one clause with what it is about, what answers it and what proves it. Runs in
 * cored.
 */
#include "core/control/answer.h"

/* The key of the one live sentence: by what the control last said, and whether that still holds. */
static const char *
live_key(const struct control_result *r, enum control_state state)
{
    if (r == NULL)
        return "control.live.never";
    if (state == STATE_OPEN_GAP)
        return r->verdict == VERDICT_FAIL ? "control.live.failed" : "control.live.unapproved";
    if (state == STATE_NOT_VERIFIED)
        return r->verdict == VERDICT_UNKNOWN ? "control.live.unknown" : "control.live.silent";
    return r->count > 0 ? "control.live.pass_count" : "control.live.pass";
}

static void
put_live(struct answer *a, const struct control_result *r, enum control_state state)
{
    struct json *j = &a->json;
    json_key(j, "live");
    json_open_object(j);
    json_key(j, "key");
    json_z(j, live_key(r, state));
    json_key(j, "args");
    json_open_object(j);
    put_i64(j, "at", r == NULL ? 0 : r->at_us);
    put_i64(j, "minutes", r == NULL ? 0 : (a->facts.now_us - r->at_us) / 60000000);
    put_i64(j, "count", r == NULL ? 0 : r->count);
    json_end(j);
    json_end(j);
}

static void
put_control(struct answer *a, const struct control_def *def)
{
    struct json *j = &a->json;
    const struct control_result *r = control_result_of(&a->facts, def);
    enum control_state state = control_state_of(def, &a->facts);
    json_open_object(j);
    put_str(j, "id", def->id);
    put_title(j, &def->title);
    put_str(j, "kind", str_of(topic_kind_word(def->kind)));
    put_state(j, state);
    put_str(j, "verdict", str_of(control_verdict_word(r == NULL ? VERDICT_UNKNOWN : r->verdict)));
    put_i64(j, "at", r == NULL ? 0 : r->at_us);
    put_live(a, r, state);
    json_end(j);
}

static void
put_topics(struct answer *a, size_t clause)
{
    const struct control_policy *p = a->body->policy;
    struct json *j = &a->json;
    json_key(j, "topics");
    json_open_array(j);
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++) {
        const struct control_bound *b = &p->bound[i];
        if (b->topic == NULL)
            continue;
        json_open_object(j);
        put_str(j, "id", b->topic->id);
        put_title(j, b->part == NULL ? &b->topic->title : &b->part->title);
        put_str(j, "part", b->part == NULL ? STR("") : b->part->key);
        json_key(j, "confirmed");
        json_bool(j, b->confirmed);
        json_end(j);
    }
    json_end(j);
}

/* What the row alone is worth. */
static enum control_state
state_of(const struct answer *a, const struct control_bound *b)
{
    int64_t since;
    if (!b->confirmed)
        return STATE_NOT_VERIFIED;
    if (b->topic == NULL)
        return b->own.n > 0 ? STATE_OPEN_GAP : STATE_NONE;
    if (b->topic->cover_count > 0)
        return a->judged[b->clause].own;
    return control_state_part(a->control->catalogue, &a->facts, b->topic, b->part, &since);
}

static void
put_part(struct answer *a, const struct control_bound *b)
{
    static const struct bilingual none = {{"", 0}, {"", 0}};
    const struct bilingual own = {b->own, b->own};
    struct json *j = &a->json;
    const struct bilingual *title = b->topic == NULL  ? b->own.n > 0 ? &own : &none
                                    : b->part == NULL ? &b->topic->title
                                                      : &b->part->title;
    json_open_object(j);
    put_str(j, "topic", b->topic != NULL ? b->topic->id : b->own.n > 0 ? STR("local") : STR(""));
    put_str(j, "part", b->part == NULL ? STR("") : b->part->key);
    put_title(j, title);
    put_kinds(j, b->part != NULL ? b->part->kinds : b->topic != NULL ? b->topic->kinds : 0);
    put_str(j, "by", str_of(answer_by_word(b->part == NULL ? BY_NONE : b->part->by)));
    put_answers(j, a->control->catalogue, b->part);
    put_state(j, state_of(a, b));
    put_i64(j, "sentence", b->sentence);
    put_str(j, "confidence", str_of(control_bound_word(b->confidence)));
    json_key(j, "confirmed");
    json_bool(j, b->confirmed);
    put_i64(j, "confirmed_at", b->at_us);
    json_end(j);
}

static void
put_parts(struct answer *a, size_t clause)
{
    const struct control_policy *p = a->body->policy;
    json_key(&a->json, "parts");
    json_open_array(&a->json);
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++)
        if (p->bound[i].counts)
            put_part(a, &p->bound[i]);
    json_end(&a->json);
}

static int
put_evidence(struct answer *a, size_t clause)
{
    struct evidence_row rows[CONTROL_EVIDENCE_SHOWN];
    size_t count;
    struct json *j = &a->json;
    bool town = a->body == body_find(a->control, (struct str){0});
    if (control_evidence_read(a->control, a->arena, a->body->policy, clause, rows, &count, a->err) <
        0)
        return -1;
    json_key(j, "evidence");
    json_open_array(j);
    for (size_t i = 0; town && i < count; i++) {
        json_open_object(j);
        put_str(j, "log", rows[i].log);
        put_i64(j, "index", rows[i].index);
        put_i64(j, "at", rows[i].at);
        put_str(j, "kind", rows[i].kind);
        put_str(j, "record", rows[i].record);
        json_end(j);
    }
    json_end(j);
    return 0;
}

static void
put_refs(struct answer *a, size_t clause)
{
    const struct clause_set *set = &a->body->set;
    json_key(&a->json, "refs");
    json_open_array(&a->json);
    for (size_t i = 0; i < set->ref_count; i++)
        for (size_t k = 0; set->refs[i].from == clause && k < set->refs[i].to_count; k++)
            put_place(&a->json, set, set->refs[i].to[k]);
    json_end(&a->json);
}

/* Every exception that stands on the clause, also one past its end: that one is a gap. */
static void
put_exceptions(struct answer *a, size_t clause)
{
    json_key(&a->json, "exceptions");
    json_open_array(&a->json);
    for (size_t i = 0; i < a->facts.exception_count; i++) {
        const struct control_exception *e = &a->facts.exceptions[i];
        if (e->clause != clause)
            continue;
        json_open_object(&a->json);
        put_str(&a->json, "record", e->record.p != NULL ? e->record : STR(""));
        put_i64(&a->json, "until", e->until_us);
        json_end(&a->json);
    }
    json_end(&a->json);
}

/* Why the clause stands as it does, for the one sentence on the page. */
static const char *
reason_of(const struct answer *a, size_t clause)
{
    const struct control_policy *p = a->body->policy;
    bool bound = false, open = false;
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++) {
        bound = bound || p->bound[i].counts;
        open = open || (p->bound[i].counts && !p->bound[i].confirmed);
    }
    if (a->judged[clause].state == STATE_NONE)
        return "policy.reason.none";
    if (open)
        return "policy.reason.unconfirmed";
    if (a->judged[clause].own != a->judged[clause].state)
        return "policy.reason.below";
    if (!bound && a->body->set.clauses[clause].duty)
        return "policy.reason.unbound";
    switch (a->judged[clause].state) {
    case STATE_NOT_VERIFIED:
        return "policy.reason.silent";
    case STATE_OPEN_GAP:
        return "policy.reason.gap";
    case STATE_NONE:
    case STATE_ENFORCED:
    case STATE_RUNNING:
    case STATE_CHECKED:
    case STATE_EVIDENCED:
    case STATE_COUNT:
        break;
    }
    return "policy.reason.good";
}

static void
put_head(struct answer *a, size_t clause)
{
    const struct clause *c = &a->body->set.clauses[clause];
    struct json *j = &a->json;
    put_str(j, "doc", a->body->set.docs[c->doc].word);
    put_str(j, "key", c->key);
    put_str(j, "label", c->label);
    put_str(j, "path", c->path);
    put_str(j, "kind", str_of(policy_kind_word(c->kind)));
    put_str(j, "title", c->title);
    put_str(j, "text", c->text);
    put_str(j, "chapter", a->body->set.clauses[chapter_of(&a->body->set, clause)].key);
    put_state(j, a->judged[clause].state);
    put_i64(j, "since", a->judged[clause].since_us);
    put_i64(j, "exception_until", a->judged[clause].exception_until_us);
    put_roles(j, "role", c->roles);
    json_key(j, "reason");
    json_open_object(j);
    put_str(j, "key", str_of(reason_of(a, clause)));
    json_key(j, "args");
    json_open_object(j);
    json_end(j);
    json_end(j);
}

int
answer_clause(struct answer *a, size_t clause)
{
    struct json *j = &a->json;
    const struct catalogue *catalogue = a->control->catalogue;
    json_open_object(j);
    put_head(a, clause);
    put_topics(a, clause);
    put_parts(a, clause);
    json_key(j, "controls");
    json_open_array(j);
    for (size_t i = 0; i < catalogue->control_count; i++)
        if (control_serves_clause(a->body->policy, &catalogue->controls[i], clause))
            put_control(a, &catalogue->controls[i]);
    json_end(j);
    put_refs(a, clause);
    put_exceptions(a, clause);
    int rc = put_evidence(a, clause);
    json_end(j);
    return rc;
}
