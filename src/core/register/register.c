/*
 * register: the door through which every change of a record goes. Runs in cored, inside a unit.
 *
 * Each call is planned (all checks, nothing written) and then applied; register_may plans only, so
 * asking and acting cannot differ. Invariants: record row, revision, act, vote, effect and leaf are
 * of one unit; a step is filled by a person, never by the system; the state changes by moves only.
 */
#include "core/register/register.h"

#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "base/text/wareki.h"
#include "core/account/account.h"
#include "core/register/record.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_ADD, RECORD_MOVE, ACT_ADD, VOTE_ADD, COUNT_UP, COUNT_GET };

static const struct store_statement sql[] = {
    [RECORD_ADD] = {"register.record_add",
                    "INSERT INTO record(id, register, section, owner, entered_by, state, rev,"
                    " digest, def_digest, created, entered, changed)"
                    " VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $9, $9)"},
    [RECORD_MOVE] = {"register.record_move",
                     "UPDATE record SET state = $3, rev = $4, digest = $5, route = $6, step = $7,"
                     " step_since = $8, step_due = $9, entered = $10, changed = $11,"
                     " number = coalesce(number, $12) WHERE id = $1 AND rev = $2"},
    [ACT_ADD] = {"register.act_add",
                 "INSERT INTO act(id, record, rev_before, rev, move, step, person, name,"
                 " section_name, post_name, from_state, to_state, reason, factors, digest,"
                 " def_digest, at, outbox) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                 " $12, $13, $14, $15, $16, $17, $18)"},
    [VOTE_ADD] = {"register.vote_add", "INSERT INTO vote VALUES ($1, $2, $3, $4)"},
    [COUNT_UP] = {"register.count_up", "INSERT INTO counter VALUES ($1, $2, 1) ON CONFLICT"
                                       " (name, year) DO UPDATE SET value = counter.value + 1"},
    [COUNT_GET] = {"register.count_get", "SELECT value FROM counter WHERE name = $1 AND year = $2"},
};

/* One call on its way through the door. */
struct deed {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_caller *caller;
    const struct register_call *call;
    struct record record;             /* as it was; for "open" as it will be */
    const struct register_move *move; /* NULL: open, edit */
    const struct register_step *step; /* filled by this act, or NULL */
    bool opens, edits;
    bool moves;       /* the state changes (a middle step only counts a vote) */
    size_t to;        /* state afterwards */
    struct str route; /* of the state entered */
    uint64_t rev;     /* afterwards */
    struct revision_digests after;
    int64_t now;
    uint64_t act;
};

void
register_effects_set(struct register_set *set, const struct register_effect *effects, size_t count)
{
    set->effects = effects;
    set->effect_count = count;
}

static const struct register_effect *
effect_find(const struct register_set *set, struct str name)
{
    for (size_t i = 0; i < set->effect_count; i++) {
        if (str_equal_z(name, set->effects[i].name)) {
            return &set->effects[i];
        }
    }
    return NULL;
}

int
register_number(struct store *store, const char *name, int64_t at_us, uint64_t *ret_value,
                int64_t *ret_fiscal_year, struct err *err)
{
    struct civil day = civil_of_day(tokyo_day(at_us));
    *ret_fiscal_year = day.month >= 4 ? day.year : day.year - 1;
    struct db_query *q = db_query(store, &sql[COUNT_UP]);
    db_bind_z(q, 1, name);
    db_bind_int(q, 2, *ret_fiscal_year);
    if (db_run(q, err) < 0) {
        return -1;
    }
    int64_t value = 0;
    q = db_query(store, &sql[COUNT_GET]);
    db_bind_z(q, 1, name);
    db_bind_int(q, 2, *ret_fiscal_year);
    if (db_one_int(q, &value, err) < 0) {
        return -1;
    }
    *ret_value = (uint64_t)value;
    return 0;
}

/* ---- planning ---- */

static int
route_good(struct deed *deed, const struct register_def *def, size_t state, struct err *err)
{
    deed->route = def->states[state].route;
    if (str_equal_z(deed->route, "given")) {
        deed->route = deed->call->route;
    }
    if (def->states[state].route.n > 0 &&
        register_route_find(deed->set, def, deed->route) == NULL) {
        return ERR(err, "register.route", "%.*s", STR_FMT(deed->route));
    }
    return 0;
}

static int
plan_open(struct deed *deed, struct err *err)
{
    const struct register_call *call = deed->call;
    const struct register_def *def = register_def_find(deed->set, call->reg);
    if (def == NULL || def->shape) {
        return ERR(err, "not_found", "%.*s", STR_FMT(str_slice(call->reg, 0, 40)));
    }
    bool given = str_equal_z(def->states[0].route, "given");
    if (given && !deed->caller->system) {
        return ERR(err, "register.not_candidate", "open");
    }
    uint64_t section = call->section;
    if (!deed->caller->system) {
        int rc = account_section_of(deed->store, deed->caller->person, deed->now, &section, err);
        if (rc != 0) {
            return rc < 0 ? -1 : ERR(err, "register.not_candidate", "section");
        }
    }
    deed->opens = true;
    deed->record =
        (struct record){.reg = def->name,
                        .section = section,
                        .owner = deed->caller->system ? call->owner : deed->caller->person,
                        .entered_by = deed->caller->system ? call->owner : deed->caller->person,
                        .state = (struct str){0},
                        .step = -1,
                        .def = def};
    deed->to = 0;
    deed->moves = true;
    if (route_good(deed, def, 0, err) < 0) {
        return -1;
    }
    return fields_check(def, call->fields, def->states[0].route.n > 0, err);
}

static int
plan_shown(struct deed *deed, struct err *err)
{
    const struct register_call *call = deed->call;
    if (deed->caller->system) {
        return 0;
    }
    if (call->rev != deed->record.rev ||
        memcmp(call->digest, deed->record.digest, sizeof call->digest) != 0) {
        return ERR(err, "register.changed", "%llu", (unsigned long long)deed->record.rev);
    }
    return 0;
}

static int
plan_edit(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    deed->edits = true;
    deed->to = (size_t)record->state_at;
    deed->rev = record->rev + 1;
    if (record->state_at != 0 || record->def->states[0].route.n > 0) {
        return ERR(err, "register.move", "%.*s", STR_FMT(record->state));
    }
    int same = deed->caller->system
                   ? 0
                   : account_same_person(deed->store, record->owner, deed->caller->person, err);
    if (same <= 0) {
        return same < 0 ? -1 : ERR(err, "register.not_candidate", "edit");
    }
    return fields_check(record->def, deed->call->fields, false, err);
}

/* A move that belongs to the open step. */
static int
plan_step(struct deed *deed, struct err *err)
{
    deed->step = record_step(deed->set, &deed->record);
    if (step_may(deed->set, deed->store, deed->arena, &deed->record, deed->caller, err) < 0) {
        return -1;
    }
    if (deed->move->on == ON_REJECTED && deed->step->kind != STEP_DECIDE) {
        return ERR(err, "register.not_candidate", "%.*s", STR_FMT(deed->step->key));
    }
    deed->moves = deed->move->on != ON_DECIDED || deed->step->kind == STEP_DECIDE;
    return 0;
}

static int
plan_by(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    int may = 0;
    switch (move->by) {
    case BY_STEP:
        return plan_step(deed, err);
    case BY_OWNER:
        may = deed->caller->system
                  ? 0
                  : account_same_person(deed->store, deed->record.owner, deed->caller->person, err);
        break;
    case BY_ROLE:
        may = deed->caller->system
                  ? 0
                  : who_holds(deed->store, &deed->record, &move->who, deed->caller->person, err);
        break;
    case BY_SYSTEM:
    case BY_CLOCK:
        may = deed->caller->system;
        break;
    }
    deed->moves = true;
    if (may <= 0) {
        return may < 0 ? -1 : ERR(err, "register.not_candidate", "%.*s", STR_FMT(move->name));
    }
    return 0;
}

static int
plan_needs(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    const struct register_def *def = deed->record.def;
    for (size_t i = 0; i < move->need_count; i++) {
        if (!field_filled(deed->record.fields, move->need[i])) {
            return ERR(err, "register.field_missing", "%.*s", STR_FMT(move->need[i]));
        }
    }
    bool leaves_draft = deed->record.state_at == 0 && def->states[move->to].end == END_NONE;
    if (leaves_draft && fields_check(def, deed->record.fields, true, err) < 0) {
        return -1;
    }
    struct str key = def->states[move->to].key;
    if ((move->effect.n > 0 && effect_find(deed->set, move->effect) == NULL) ||
        (key.n > 0 && effect_find(deed->set, key) == NULL)) {
        return ERR(err, "register.effect", "%.*s",
                   STR_FMT(move->effect.n > 0 ? move->effect : key));
    }
    return 0;
}

static int
plan_move(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    deed->move = register_move_find(record->def, deed->call->move);
    if (deed->move == NULL || (deed->move->from >> record->state_at & 1) == 0) {
        return ERR(err, "register.move", "%.*s", STR_FMT(str_slice(deed->call->move, 0, 40)));
    }
    deed->to = deed->move->to;
    deed->rev = record->rev;
    if (plan_by(deed, err) < 0) {
        return -1;
    }
    if (!deed->moves) {
        deed->to = (size_t)record->state_at;
        deed->route = record->route;
        return 0;
    }
    return plan_needs(deed, err) < 0 ? -1 : route_good(deed, record->def, deed->to, err);
}

static int
plan(struct deed *deed, bool dry, struct err *err)
{
    const struct register_call *call = deed->call;
    deed->now = time_now_us();
    if (!deed->caller->system && deed->caller->person == 0) {
        return ERR(err, "register.not_candidate", "nobody");
    }
    if (call->reason.n > REGISTER_REASON_BYTES) {
        return ERR(err, "register.field", "reason");
    }
    if (str_equal_z(call->move, "open")) {
        return plan_open(deed, err);
    }
    int rc = record_load(deed->set, deed->store, deed->arena, call->record, &deed->record, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "record");
    }
    if (plan_shown(deed, err) < 0) {
        return -1;
    }
    if (str_equal_z(call->move, "edit")) {
        return plan_edit(deed, err);
    }
    if (plan_move(deed, err) < 0) {
        return -1;
    }
    if (!dry && deed->move->reason && str_trim(call->reason).n == 0) {
        return ERR(err, "register.reason_missing", "%.*s", STR_FMT(deed->move->name));
    }
    return 0;
}

/* ---- applying ---- */

static int
apply_record(struct deed *deed, struct err *err)
{
    struct record *record = &deed->record;
    const struct register_def *def = record->def;
    record->id = id_new();
    deed->rev = 1;
    struct db_query *q = db_query(deed->store, &sql[RECORD_ADD]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_text(q, 2, def->name);
    db_bind_int(q, 3, (int64_t)record->section);
    db_bind_int(q, 4, (int64_t)record->owner);
    db_bind_int(q, 5, (int64_t)record->entered_by);
    db_bind_text(q, 6, def->states[0].name);
    db_bind_blob(q, 7, (const unsigned char[32]){0}, 32);
    db_bind_blob(q, 8, def->digest, 32);
    db_bind_int(q, 9, deed->now);
    if (db_run(q, err) < 0) {
        return -1;
    }
    record->rev = 1;
    record->state = def->states[0].name;
    record->fields = json_incref(deed->call->fields);
    return 0;
}

/* The fields afterwards: those of the record with the call's laid over. */
static int
apply_fields(struct deed *deed, struct err *err)
{
    struct record *record = &deed->record;
    if (deed->edits) {
        json_t *merged = json_copy(record->fields);
        (void)json_object_update(merged, deed->call->fields);
        json_decref(record->fields);
        record->fields = merged;
    }
    if (deed->opens || deed->edits) {
        if (deed->caller->person != 0 &&
            editor_add(deed->store, record->id, deed->caller->person, err) < 0) {
            return -1;
        }
        return revision_write(deed->store, record->def, record->id, deed->rev, record->fields,
                              &deed->after, err);
    }
    memcpy(deed->after.digest, record->digest, sizeof deed->after.digest);
    return revision_commitment(deed->store, record->id, record->rev, deed->after.commitment, err);
}

static void
put_padded(char *out, size_t size, uint64_t value, size_t width)
{
    char digits[24];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 && n < sizeof digits);
    while (n < width && n < sizeof digits) {
        digits[n++] = '0';
    }
    size_t at = 0;
    while (n > 0 && at + 1 < size) {
        out[at++] = digits[--n];
    }
    out[at] = '\0';
}

/* One word in braces of a number pattern: year (fy), wy, seq:n. */
static const char *
number_word(struct deed *deed, struct str word, int64_t fiscal_year, uint64_t value)
{
    char text[32];
    if (str_equal_z(word, "fy") || str_equal_z(word, "year")) {
        put_padded(text, sizeof text, (uint64_t)fiscal_year, 4);
    } else if (str_equal_z(word, "wy")) {
        struct buf era;
        buf_init(&era, sizeof text);
        wareki_put_fiscal_short(&era, (int)fiscal_year);
        const char *made = str_dup_z(deed->arena, buf_str(&era));
        buf_free(&era);
        return made;
    } else {
        uint64_t width = 0;
        (void)str_to_u64(str_slice(word, 4, word.n), &width);
        put_padded(text, sizeof text, value, (size_t)(width < 12 ? width : 12));
    }
    return arena_printf(deed->arena, "%s", text);
}

/* The record's number, when it has a pattern and none yet and leaves its first state. */
static int
apply_number(struct deed *deed, struct str *ret, struct err *err)
{
    struct record *record = &deed->record;
    const struct register_def *def = record->def;
    bool due = def->number.n > 0 && record->number.n == 0 && deed->moves &&
               (def->states[deed->to].route.n > 0 || deed->to != 0);
    *ret = record->number;
    if (!due || def->states[deed->to].end == END_VOID) {
        return 0;
    }
    uint64_t value = 0;
    int64_t year = 0;
    char *name = str_dup_z(deed->arena, def->name);
    if (name == NULL || register_number(deed->store, name, deed->now, &value, &year, err) < 0) {
        return name == NULL ? ERR(err, "limit.memory", "number") : -1;
    }
    char *out = arena_printf(deed->arena, "%s", "");
    struct str rest = def->number;
    while (rest.n > 0 && out != NULL) {
        ptrdiff_t open = str_find(rest, STR("{"), 0), close = str_find(rest, STR("}"), 0);
        bool word = open >= 0 && close > open;
        struct str plain = word ? str_slice(rest, 0, (size_t)open) : rest;
        const char *filled =
            word ? number_word(deed, str_slice(rest, (size_t)open + 1, (size_t)close), year, value)
                 : "";
        out = arena_printf(deed->arena, "%s%.*s%s", out, STR_FMT(plain), filled ? filled : "");
        rest = word ? str_slice(rest, (size_t)close + 1, rest.n) : (struct str){0};
    }
    *ret = str_of(out);
    record->number = *ret;
    return out != NULL ? 0 : ERR(err, "limit.memory", "number");
}

/* Which step is open afterwards; -1 for none. */
static int
step_after(const struct deed *deed)
{
    const struct record *record = &deed->record;
    if (!deed->moves) {
        return deed->step != NULL ? record->step + 1 : record->step;
    }
    return record->def->states[deed->to].route.n > 0 ? 0 : -1;
}

static int
apply_header(struct deed *deed, struct str number, struct err *err)
{
    struct record *record = &deed->record;
    int step = step_after(deed);
    const struct register_route *route =
        step >= 0 ? register_route_find(deed->set, record->def, deed->route) : NULL;
    bool fresh = deed->moves || deed->step != NULL;
    int64_t within = route != NULL ? route->steps[step].within_us : 0;
    struct db_query *q = db_query(deed->store, &sql[RECORD_MOVE]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)record->rev);
    db_bind_text(q, 3, record->def->states[deed->to].name);
    db_bind_int(q, 4, (int64_t)deed->rev);
    db_bind_blob(q, 5, deed->after.digest, 32);
    db_bind_text(q, 6, step >= 0 ? deed->route : record->route);
    db_bind_int(q, 7, step);
    db_bind_int(q, 8, fresh ? deed->now : record->step_since);
    db_bind_int(q, 9, fresh ? (within > 0 ? deed->now + within : 0) : record->step_due);
    db_bind_int(q, 10, deed->moves ? deed->now : record->entered);
    db_bind_int(q, 11, deed->now);
    if (number.n > 0) {
        db_bind_text(q, 12, number);
    }
    int64_t changed = db_run(q, err);
    if (changed < 0) {
        return -1;
    }
    return changed == 1 ? 0 : ERR(err, "register.changed", "%llu", (unsigned long long)record->rev);
}

static int
apply_vote(struct deed *deed, struct err *err)
{
    if (deed->step == NULL) {
        return 0;
    }
    struct db_query *q = db_query(deed->store, &sql[VOTE_ADD]);
    db_bind_int(q, 1, (int64_t)deed->record.id);
    db_bind_int(q, 2, (int64_t)deed->record.rev);
    db_bind_text(q, 3, deed->step->key);
    db_bind_int(q, 4, (int64_t)deed->caller->person);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The person's name, section and post of this day. */
struct of_the_day {
    struct str name, section, post, handle, body;
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

static int
apply_leaf(struct deed *deed, const struct of_the_day *day, uint64_t *ret_outbox, struct err *err)
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
        "clauses", clauses, "commit", commit, "from", from.p, from.n, "move", deed->call->move.p,
        deed->call->move.n, "record", name, "revision", (json_int_t)deed->rev, "to", to.p, to.n);
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

static int
apply_act(struct deed *deed, struct err *err)
{
    struct of_the_day day;
    uint64_t outbox = 0;
    deed->act = id_new();
    if (day_names(deed, &day, err) < 0 || apply_leaf(deed, &day, &outbox, err) < 0) {
        return -1;
    }
    const struct record *record = &deed->record;
    struct db_query *q = db_query(deed->store, &sql[ACT_ADD]);
    db_bind_int(q, 1, (int64_t)deed->act);
    db_bind_int(q, 2, (int64_t)record->id);
    db_bind_int(q, 3, deed->opens ? 0 : (int64_t)record->rev);
    db_bind_int(q, 4, (int64_t)deed->rev);
    db_bind_text(q, 5, deed->call->move);
    db_bind_text(q, 6, deed->step != NULL ? deed->step->key : (struct str){0});
    db_bind_int(q, 7, (int64_t)deed->caller->person);
    db_bind_text(q, 8, day.name);
    db_bind_text(q, 9, day.section);
    db_bind_text(q, 10, day.post);
    db_bind_text(q, 11, deed->opens ? (struct str){0} : record->state);
    db_bind_text(q, 12, record->def->states[deed->to].name);
    db_bind_text(q, 13, deed->call->reason);
    db_bind_text(q, 14, deed->caller->factors);
    db_bind_blob(q, 15, deed->after.digest, 32);
    db_bind_blob(q, 16, record->def->digest, 32);
    db_bind_int(q, 17, deed->now);
    db_bind_int(q, 18, (int64_t)outbox);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Tells who carries out NAME; empty: nobody. */
static int
effect_run(struct deed *deed, struct str name, bool closes, struct err *err)
{
    if (name.n == 0) {
        return 0;
    }
    const struct register_effect *effect = effect_find(deed->set, name);
    if (effect == NULL) {
        return ERR(err, "register.effect", "%.*s", STR_FMT(name));
    }
    struct register_event event = {.record = deed->record.id,
                                   .act = deed->act,
                                   .rev = deed->rev,
                                   .move = deed->move->name,
                                   .state = deed->record.def->states[deed->to].name,
                                   .digest = deed->after.digest,
                                   .fields = deed->record.fields,
                                   .person = deed->caller->person,
                                   .reason = deed->call->reason,
                                   .closes = closes};
    return effect->call(effect->ctx, deed->store, &event, err);
}

/* The effect of the move; the key of the state left closes, that of the state entered opens. */
static int
apply_effect(struct deed *deed, struct err *err)
{
    const struct register_def *def = deed->record.def;
    if (deed->move == NULL || !deed->moves) {
        return 0;
    }
    if (effect_run(deed, def->states[deed->record.state_at].key, true, err) < 0 ||
        effect_run(deed, deed->move->effect, false, err) < 0) {
        return -1;
    }
    return effect_run(deed, def->states[deed->to].key, false, err);
}

static int
apply(struct deed *deed, struct register_outcome *ret, struct err *err)
{
    struct str number = {0};
    if ((deed->opens && apply_record(deed, err) < 0) || apply_fields(deed, err) < 0 ||
        apply_number(deed, &number, err) < 0 || apply_vote(deed, err) < 0 ||
        apply_header(deed, number, err) < 0 || apply_act(deed, err) < 0 ||
        apply_effect(deed, err) < 0) {
        return -1;
    }
    *ret = (struct register_outcome){.record = deed->record.id,
                                     .act = deed->act,
                                     .rev = deed->rev,
                                     .state = deed->record.def->states[deed->to].name,
                                     .number = number};
    memcpy(ret->digest, deed->after.digest, sizeof ret->digest);
    return 0;
}

int
register_act(struct register_set *set, struct store *store, struct arena *arena,
             const struct register_caller *caller, const struct register_call *call,
             struct register_outcome *ret, struct err *err)
{
    struct deed deed = {.set = set, .store = store, .arena = arena, .caller = caller, .call = call};
    int rc = plan(&deed, false, err);
    if (rc == 0) {
        rc = apply(&deed, ret, err);
    }
    record_done(&deed.record);
    return rc;
}

int
register_may(struct register_set *set, struct store *store, struct arena *arena,
             const struct register_caller *caller, const struct register_call *call,
             struct err *err)
{
    struct deed deed = {.set = set, .store = store, .arena = arena, .caller = caller, .call = call};
    int rc = plan(&deed, true, err);
    record_done(&deed.record);
    return rc;
}
