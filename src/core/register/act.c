/*
 * act: how an act is kept: its kind and mark, for whom it was done, the names of that day, and the
 * leaf that tells of it. Runs in cored, inside the unit of the act.
 *
 * Invariant: an act and its leaf are written once, with the act itself.
 */
#include "base/crypt/encode.h"
#include "core/account/account.h"
#include "core/register/deed.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdio.h>
#include <stdlib.h>

static const struct store_statement act_add = {
    "register.act_add",
    "INSERT INTO act(id, record, rev_before, rev, move, step, person, name,"
    " section_name, post_name, from_state, to_state, reason, factors, digest,"
    " def_digest, at, kind, mark, for_person, for_name, for_post, absence, basis, waiver, outbox)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
    " $20, $21, $22, $23, $24, $25, $26)"};

/* The person's name, section and post of this day. */
struct of_the_day {
    struct str name, section, post, handle, body;
    struct str for_name, for_post; /* of whom the act was done for */
};

static int
day_names(struct deed *deed, struct of_the_day *ret, struct err *err)
{
    struct account_person person;
    struct account_post *posts = NULL;
    struct account_body body;
    size_t count = 0;
    uint64_t who = deed->caller->person;
    *ret = (struct of_the_day){.handle = STR("system")};
    uint64_t of_body = who != 0 ? who : deed->record.owner;
    int rc = account_body_of(deed->store, deed->arena, of_body, deed->now, &body, err);
    if (rc < 0) {
        return -1;
    }
    ret->body = rc == 0 ? body.code : (struct str){0};
    if (who == 0) {
        return 0;
    }
    rc = account_person_get(deed->store, deed->arena, who, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.not_candidate", "unknown person");
    }
    ret->name = person.name;
    ret->handle = person.handle;
    if (account_posts(deed->store, deed->arena, who, deed->now, &posts, &count, err) < 0) {
        return -1;
    }
    if (count > 0) {
        ret->section = posts[0].section_name;
        ret->post = posts[0].name;
    }
    return 0;
}

/* The move of the definition, or the own act's name. */
static struct str
act_move(const struct deed *deed)
{
    return deed->move != NULL ? deed->move->name : deed->call->move;
}

static int
act_leaf(struct deed *deed, const struct of_the_day *day, uint64_t *ret_outbox, struct err *err)
{
    struct record *record = &deed->record;
    char act[ID_CHARS + 1], id[ID_CHARS + 1], commit[65], name[64];
    id_format(deed->act, act);
    id_format(record->id, id);
    hex_encode(deed->after.commitment, 32, commit);
    (void)snprintf(name, sizeof name, "%.*s/%s", STR_FMT(record->def->name), id);
    json_t *clauses = json_array();
    for (size_t i = 0; i < record->def->clause_count; i++) {
        struct str clause = record->def->clauses[i];
        (void)json_array_append_new(clauses, json_stringn(clause.p, clause.n));
    }
    struct str from = deed->opens ? STR("none") : record->state;
    struct str to = record->def->states[deed->to].name;
    json_t *leaf = json_pack(
        "{ss ss% ss% so ss ss% ss% ss sI ss%}", "act", act, "actor", day->handle.p, day->handle.n,
        "body", day->body.n > 0 ? day->body.p : "none", day->body.n > 0 ? day->body.n : (size_t)4,
        "clauses", clauses, "commit", commit, "from", from.p, from.n, "move", act_move(deed).p,
        act_move(deed).n, "record", name, "revision", (json_int_t)deed->rev, "to", to.p, to.n);
    char *text = leaf != NULL ? json_dumps(leaf, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(leaf);
    if (text == NULL) {
        return ERR(err, "register.unreadable", "leaf");
    }
    struct outbox_new row = {
        .kind = "register.moved", .data = str_of(text), .topic = "act", .subject = deed->act};
    int rc = outbox_add(deed->store, &row, ret_outbox, err);
    free(text);
    return rc;
}

/* In whose place it was done: the name and post of that day. */
static int
day_place(struct deed *deed, struct of_the_day *ret, struct err *err)
{
    struct account_person person;
    struct account_post *posts = NULL;
    size_t count = 0;
    uint64_t who = deed->step != NULL ? deed->grant.for_person : 0;
    if (who == 0) {
        return 0;
    }
    int rc = account_person_get(deed->store, deed->arena, who, &person, err);
    if (rc == 0) {
        ret->for_name = person.name;
        rc = account_posts(deed->store, deed->arena, who, deed->now, &posts, &count, err);
    }
    ret->for_post = count > 0 ? posts[0].name : (struct str){0};
    return rc < 0 ? -1 : 0;
}

struct step_ask
deed_ask(const struct deed *deed)
{
    return (struct step_ask){.set = deed->set,
                             .store = deed->store,
                             .arena = deed->arena,
                             .record = &deed->record,
                             .person = deed->caller->person,
                             .system = deed->caller->system,
                             .key = deed->call->step};
}

/* A move that a person makes beside the route. */
static struct deed_kind
kind_of_move(const struct deed *deed)
{
    const struct register_def *def = deed->record.def;
    bool routed = deed->record.step >= 0;
    if (routed && deed->as_owner) {
        return deed->to == 0 ? (struct deed_kind){"pull_back", "引戻"}
                             : (struct deed_kind){"withdraw", "取下"};
    }
    bool by_other = !deed->as_owner && (deed->move->by & (BY_ROLE | BY_CLOCK)) != 0;
    if (def->states[deed->to].end == END_VOID && by_other) {
        return (struct deed_kind){"abandon", "廃"};
    }
    return (struct deed_kind){"move", ""};
}

/* A step that was filled. */
static struct deed_kind
kind_of_step(const struct deed *deed)
{
    static const struct deed_kind plain[] = {
        [STEP_CONSULT] = {"consult", "合"},
        [STEP_APPROVE] = {"approve", "認"},
        [STEP_DECIDE] = {"decide", "決"},
    };
    if (deed->move->on == ON_SENT_BACK) {
        return (struct deed_kind){"send_back", "戻"};
    }
    if (deed->move->on == ON_REJECTED) {
        return (struct deed_kind){"reject", "却"};
    }
    if (deed->objects != 0) {
        return (struct deed_kind){"object", "異"};
    }
    if (deed->grant.tier == TIER_DEPUTY) {
        return (struct deed_kind){"daiketsu", "代"};
    }
    if (deed->grant.tier == TIER_SUPERIOR) {
        return (struct deed_kind){"hikiage", "引"};
    }
    return deed->grant.basis.n > 0 ? (struct deed_kind){"senketsu", "専"} : plain[deed->step->kind];
}

struct deed_kind
deed_kind(const struct deed *deed)
{
    static const struct deed_kind own[] = {
        [OWN_OPEN] = {"open", ""},
        [OWN_EDIT] = {"edit", ""},
        [OWN_READ] = {"read", "後閲"},
        [OWN_ANSWER] = {"answer", "答"},
    };
    if (deed->own != OWN_NONE) {
        return own[deed->own];
    }
    return deed->step != NULL ? kind_of_step(deed) : kind_of_move(deed);
}

static void
bind_names(struct db_query *q, const struct of_the_day *day)
{
    db_bind_text(q, 8, day->name);
    db_bind_text(q, 9, day->section);
    db_bind_text(q, 10, day->post);
    db_bind_text(q, 21, day->for_name);
    db_bind_text(q, 22, day->for_post);
}

static void
bind_grant(struct db_query *q, const struct deed *deed)
{
    struct deed_kind kind = deed_kind(deed);
    bool filled = deed->step != NULL;
    db_bind_z(q, 18, kind.kind);
    db_bind_z(q, 19, kind.mark);
    db_bind_int(q, 20, filled ? (int64_t)deed->grant.for_person : 0);
    db_bind_int(q, 23, filled ? (int64_t)deed->grant.absence : 0);
    db_bind_text(q, 24, filled ? deed->grant.basis : (struct str){0});
    db_bind_int(q, 25, filled ? (int64_t)deed->grant.waiver : 0);
}

int
act_write(struct deed *deed, struct err *err)
{
    struct of_the_day day;
    uint64_t outbox = 0;
    deed->act = id_new();
    if (day_names(deed, &day, err) < 0 || day_place(deed, &day, err) < 0 ||
        act_leaf(deed, &day, &outbox, err) < 0) {
        return -1;
    }
    const struct record *record = &deed->record;
    struct str step = deed->step != NULL      ? deed->step->key
                      : deed->own == OWN_READ ? deed->call->step
                                              : (struct str){0};
    struct db_query *q = db_query(deed->store, &act_add);
    db_bind_int(q, 1, (int64_t)deed->act);
    db_bind_int(q, 2, (int64_t)record->id);
    db_bind_int(q, 3, deed->opens ? 0 : (int64_t)deed->rev_before);
    db_bind_int(q, 4, (int64_t)deed->rev);
    db_bind_text(q, 5, act_move(deed));
    db_bind_text(q, 6, step);
    db_bind_int(q, 7, (int64_t)deed->caller->person);
    bind_names(q, &day);
    db_bind_text(q, 11, deed->opens ? (struct str){0} : record->state);
    db_bind_text(q, 12, record->def->states[deed->to].name);
    db_bind_text(q, 13, deed->call->reason);
    db_bind_text(q, 14, deed->caller->factors);
    db_bind_blob(q, 15, deed->after.digest, 32);
    db_bind_blob(q, 16, record->def->digest, 32);
    db_bind_int(q, 17, deed->now);
    bind_grant(q, deed);
    db_bind_int(q, 26, (int64_t)outbox);
    return db_run(q, err) < 0 ? -1 : 0;
}
