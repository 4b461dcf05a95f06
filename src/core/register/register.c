/*
 * register: the door through which every change of a record goes. Runs in cored, inside a unit.
 *
 * Each call is planned (all checks, nothing written) and then applied; register_may plans only, so
 * asking and acting cannot differ. Invariants: record row, revision, act, vote, effect and leaf are
 * of one unit; a step is filled by a person, never by the system; the state changes by moves only.
 */
#include "core/register/register.h"

#include "base/os/time.h"
#include "base/text/wareki.h"
#include "core/account/account.h"
#include "core/register/effect.h"
#include "core/register/may.h"
#include "core/register/notice.h"
#include "core/register/project.h"
#include "core/register/timer.h"
#include "core/register/values.h"
#include "core/store/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_ADD, RECORD_MOVE, COUNT_UP, COUNT_GET };

static const struct store_statement sql[] = {
    [RECORD_ADD] = {"register.record_add",
                    "INSERT INTO record(id, register, section, owner, entered_by, state, rev,"
                    " digest, def_digest, created, entered, changed, timed)"
                    " VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $9, $9, 1)"},
    [RECORD_MOVE] = {"register.record_move",
                     "UPDATE record SET state = $3, rev = $4, digest = $5, route = $6, step = $7,"
                     " step_since = $8, step_due = $9, entered = $10, changed = $11,"
                     " number = coalesce(number, $12) WHERE id = $1 AND rev = $2"},
    [COUNT_UP] = {"register.count_up", "INSERT INTO counter VALUES ($1, $2, 1) ON CONFLICT"
                                       " (name, year) DO UPDATE SET value = counter.value + 1"},
    [COUNT_GET] = {"register.count_get", "SELECT value FROM counter WHERE name = $1 AND year = $2"},
};

void
register_ranks_set(struct register_set *set, const struct register_rank *ranks, size_t count)
{
    set->ranks = ranks;
    set->rank_count = count;
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
    deed->own = OWN_OPEN;
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
    if (deed_values(deed, NULL, err) < 0) {
        return -1;
    }
    return fields_check(def, deed->given, def->states[0].route.n > 0, err);
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

/* The earlier step a record is sent back to; none named: its owner. */
static int
plan_back(struct deed *deed, const struct register_route *route, struct err *err)
{
    struct str to = deed->call->back_to;
    if (to.n == 0) {
        return 0;
    }
    for (size_t i = 0; i < (size_t)deed->record.step; i++) {
        if (str_equal(route->steps[i].key, to)) {
            deed->back = (int)route_group_start(route, i);
            return 0;
        }
    }
    return ERR(err, "register.not_open", "%.*s", STR_FMT(str_slice(to, 0, 40)));
}

/* A step is filled: in the capacity that was said, if one was. */
static int
plan_said(struct deed *deed, struct err *err)
{
    struct str said = deed->call->move;
    if (str_equal_z(said, "object")) {
        if (deed->step->kind != STEP_CONSULT) {
            return ERR(err, "register.kind", "object");
        }
        deed->objects = deed->step->object_stop ? 2 : 1;
    }
    if (str_equal(said, deed->move->name) || str_equal_z(said, deed_kind(deed).kind)) {
        return 0;
    }
    return ERR(err, "register.kind", "%s", deed_kind(deed).kind);
}

/* A move that belongs to the open step. */
int
move_step(struct deed *deed, struct err *err)
{
    struct step_ask ask = deed_ask(deed);
    const struct register_route *route = record_route(deed->set, &deed->record);
    if (step_may(&ask, &deed->grant, err) < 0) {
        return -1;
    }
    deed->step = deed->grant.step;
    bool decides = deed->step->kind == STEP_DECIDE;
    if (deed->move->on == ON_REJECTED && !decides) {
        return ERR(err, "register.not_candidate", "%.*s", STR_FMT(deed->step->key));
    }
    if (plan_said(deed, err) < 0) {
        return -1;
    }
    if (deed->move->on == ON_SENT_BACK) {
        deed->moves = true;
        if (plan_back(deed, route, err) < 0) {
            return -1;
        }
        deed->moves = deed->back < 0;
        return 0;
    }
    int done = decides ? step_done(&ask, route, deed->step, deed->caller->person, err) : 0;
    deed->moves = deed->move->on == ON_REJECTED || done > 0;
    return done < 0 ? -1 : 0;
}

/* The move SAID: by its name, or the one that a kind of act leads to. */
static const struct register_move *
move_said(const struct record *record, struct str said)
{
    static const struct {
        const char *kind;
        enum register_on on;
    } kinds[] = {
        {"decide", ON_DECIDED},  {"approve", ON_DECIDED},  {"consult", ON_DECIDED},
        {"object", ON_DECIDED},  {"senketsu", ON_DECIDED}, {"daiketsu", ON_DECIDED},
        {"hikiage", ON_DECIDED}, {"reject", ON_REJECTED},  {"send_back", ON_SENT_BACK},
    };
    const struct register_def *def = record->def;
    const struct register_move *move = register_move_find(def, said);
    if (move != NULL && (move->from >> record->state_at & 1) != 0) {
        return move;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (size_t k = 0; str_equal_z(said, kinds[i].kind) && k < def->move_count; k++) {
            if (def->moves[k].on == kinds[i].on &&
                (def->moves[k].from >> record->state_at & 1) != 0) {
                return &def->moves[k];
            }
        }
    }
    return NULL;
}

static int
plan_move(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    deed->move = move_said(record, deed->call->move);
    if (deed->move == NULL) {
        return ERR(err, "register.move", "%.*s", STR_FMT(str_slice(deed->call->move, 0, 40)));
    }
    deed->to = deed->move->to;
    deed->rev = record->rev;
    if (move_may(deed, err) < 0 || move_fields(deed, err) < 0) {
        return -1;
    }
    if (!deed->moves) {
        deed->to = (size_t)record->state_at;
        deed->route = record->route;
        return 0;
    }
    return move_needs(deed, err) < 0 ? -1 : route_good(deed, record->def, deed->to, err);
}

/* A holder who was away reads what was done; an owner answers an objection. */
static int
plan_own(struct deed *deed, struct err *err)
{
    struct step_ask ask = deed_ask(deed);
    deed->to = (size_t)deed->record.state_at;
    deed->rev = deed->record.rev;
    deed->route = deed->record.route;
    if (deed->caller->system) {
        return ERR(err, "register.not_candidate", "read");
    }
    if (deed->own == OWN_READ) {
        int rc = later_find(&ask, &deed->later, err);
        return rc <= 0 ? rc : ERR(err, "register.not_candidate", "read");
    }
    int same = account_same_person(deed->store, deed->record.owner, deed->caller->person, err);
    if (same <= 0) {
        return same < 0 ? -1 : ERR(err, "register.not_candidate", "answer");
    }
    int stopped = votes_stopped(&ask, err);
    return stopped > 0 ? 0 : stopped < 0 ? -1 : ERR(err, "register.move", "answer");
}

static int
plan(struct deed *deed, bool dry, struct err *err)
{
    const struct register_call *call = deed->call;
    deed->now =
        deed->caller->system && deed->caller->at_us != 0 ? deed->caller->at_us : time_now_us();
    deed->dry = dry;
    if (call->depth > REGISTER_DEPTH_MOST) {
        return ERR(err, "register.deep", "%u", call->depth);
    }
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
    deed->rev_before = deed->record.rev;
    if (plan_shown(deed, err) < 0) {
        return -1;
    }
    if (str_equal_z(call->move, "edit")) {
        return deed_edit(deed, err);
    }
    if (register_move_find(deed->record.def, call->move) == NULL) {
        deed->own = str_equal_z(call->move, "read")     ? OWN_READ
                    : str_equal_z(call->move, "answer") ? OWN_ANSWER
                                                        : OWN_NONE;
    }
    if (deed->own != OWN_NONE) {
        if (!dry && deed->own == OWN_ANSWER && str_trim(call->reason).n == 0) {
            return ERR(err, "register.reason_missing", "answer");
        }
        return plan_own(deed, err);
    }
    if (plan_move(deed, err) < 0) {
        return -1;
    }
    bool objects = deed->objects != 0;
    if (!dry && (deed->move->reason || objects) && str_trim(call->reason).n == 0) {
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
    record->rev = deed->rev_before = 1;
    record->state = def->states[0].name;
    record->fields = json_incref(deed->given);
    return 0;
}

/* The fields afterwards: those of the record with the call's laid over. */
static int
apply_fields(struct deed *deed, struct err *err)
{
    struct record *record = &deed->record;
    if (deed->edits) {
        json_t *merged = json_copy(record->fields);
        (void)json_object_update(merged, deed->given);
        json_decref(record->fields);
        record->fields = merged;
    }
    if (deed->opens || deed->edits || deed->asks) {
        bool writes = !deed->asks || fields_bound(record->def, deed->call->fields);
        if (deed->caller->person != 0 && writes &&
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

/* The votes that the act makes void: all when the route ends, those from the step on when it is
 * sent back. */
static int
apply_void(struct deed *deed, const struct step_ask *ask, struct err *err)
{
    const struct register_route *was = record_route(deed->set, &deed->record);
    bool sent_back = deed->move != NULL && deed->move->on == ON_SENT_BACK;
    if (was == NULL || !(deed->moves || sent_back)) {
        return 0;
    }
    size_t from = deed->back >= 0 ? (size_t)deed->back : sent_back ? (size_t)deed->record.step : 0;
    if (sent_back && passed_drop(ask, was, from, err) < 0) {
        return -1;
    }
    return votes_drop(ask, was, from, err);
}

/* Counts the vote and finds the step that is open afterwards. */
static int
apply_steps(struct deed *deed, struct err *err)
{
    struct step_ask ask = deed_ask(deed);
    const struct record *record = &deed->record;
    bool votes = deed->step != NULL && deed->move->on == ON_DECIDED;
    size_t answered = 0;
    deed->step_at = record->step;
    if ((votes && vote_add(&ask, deed->step, deed->objects, err) < 0) ||
        (deed->own == OWN_ANSWER && votes_answer(&ask, &answered, err) < 0) ||
        apply_void(deed, &ask, err) < 0) {
        return -1;
    }
    bool routed = record->def->states[deed->to].route.n > 0;
    if (deed->moves ? !routed : record->step < 0) {
        deed->step_at = -1;
        return 0;
    }
    if (!deed->moves && !votes && deed->back < 0 && deed->own != OWN_ANSWER) {
        return 0;
    }
    const struct register_route *route = register_route_find(deed->set, record->def, deed->route);
    size_t start = deed->moves ? 0 : deed->back >= 0 ? (size_t)deed->back : (size_t)record->step;
    return route_walk(&ask, route, start, &deed->step_at, err);
}

static int
apply_header(struct deed *deed, struct str number, struct err *err)
{
    struct record *record = &deed->record;
    int step = deed->step_at;
    const struct register_route *route =
        step >= 0 ? register_route_find(deed->set, record->def, deed->route) : NULL;
    bool fresh = deed->moves || deed->step_at != record->step;
    struct calendar_date due = {0};
    if (fresh && route != NULL && route->steps[step].within.count > 0 &&
        calendar_due(deed->set->calendar, deed->now, route->steps[step].within, ROLL_NEXT, &due,
                     err) < 0) {
        return -1;
    }
    deed->step_due = due.at_us;
    struct db_query *q = db_query(deed->store, &sql[RECORD_MOVE]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)deed->rev_before);
    db_bind_text(q, 3, record->def->states[deed->to].name);
    db_bind_int(q, 4, (int64_t)deed->rev);
    db_bind_blob(q, 5, deed->after.digest, 32);
    db_bind_text(q, 6, step >= 0 ? deed->route : record->route);
    db_bind_int(q, 7, step);
    db_bind_int(q, 8, fresh ? deed->now : record->step_since);
    bool given = deed->opens && deed->caller->system && deed->call->due_us > 0 && step >= 0;
    db_bind_int(q, 9, given ? deed->call->due_us : fresh ? due.at_us : record->step_due);
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

/* What the act leaves to be read, what it read, and the waiver it used up. */
static int
apply_later(struct deed *deed, struct err *err)
{
    struct step_ask ask = deed_ask(deed);
    if (deed->own == OWN_READ) {
        return later_read(deed->store, deed->later, deed->act, deed->now, err);
    }
    if (deed->step == NULL) {
        return 0;
    }
    const struct step_grant *grant = &deed->grant;
    struct later later = {.kind = "daiketsu",
                          .step = deed->step,
                          .person = grant->for_person,
                          .absence = grant->absence};
    bool deputy = grant->tier == TIER_DEPUTY && grant->for_person != 0;
    if (deputy && later_add(&ask, &later, err) < 0) {
        return -1;
    }
    if (grant->waiver == 0) {
        return 0;
    }
    struct register_caller system = {.system = true};
    struct register_call used = {.record = grant->waiver, .move = STR("use")};
    struct register_outcome outcome;
    return waiver_use(deed->store, grant->waiver, deed->act, err) < 0
               ? -1
               : register_act(deed->set, deed->store, deed->arena, &system, &used, &outcome, err);
}

static int
apply(struct deed *deed, struct register_outcome *ret, struct err *err)
{
    struct str number = {0};
    if ((deed->opens && apply_record(deed, err) < 0) || apply_fields(deed, err) < 0 ||
        values_unique(deed->store, &deed->record, deed->to, deed->record.fields, err) < 0 ||
        apply_number(deed, &number, err) < 0) {
        return -1;
    }
    if (deed->asks) { /* votes and what is passed over belong to the revision that now stands */
        deed->record.rev = deed->rev;
        memcpy(deed->record.digest, deed->after.digest, sizeof deed->record.digest);
    }
    if (apply_steps(deed, err) < 0 || apply_header(deed, number, err) < 0 ||
        act_write(deed, err) < 0 ||
        record_project(deed->set, deed->store, deed->arena, deed->record.id, err) < 0 ||
        apply_later(deed, err) < 0 || deed_effects(deed, err) < 0 || timers_set(deed, err) < 0 ||
        notices_tell(deed, err) < 0) {
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
    struct deed deed = {
        .set = set, .store = store, .arena = arena, .caller = caller, .call = call, .back = -1};
    deed.record.step = -1;
    int rc = plan(&deed, false, err);
    if (rc == 0) {
        rc = apply(&deed, ret, err);
    }
    json_decref(deed.given);
    record_done(&deed.record);
    return rc;
}

int
register_may(struct register_set *set, struct store *store, struct arena *arena,
             const struct register_caller *caller, const struct register_call *call,
             struct err *err)
{
    struct deed deed = {
        .set = set, .store = store, .arena = arena, .caller = caller, .call = call, .back = -1};
    deed.record.step = -1;
    int rc = plan(&deed, true, err);
    json_decref(deed.given);
    record_done(&deed.record);
    return rc;
}
