/*
 * read: what of a record a person may see. Runs in cored.
 *
 * Default deny: a record is seen by its owner, by whom an access row names, by candidates of its
 * open step and by who acted on it. A field above open is seen by its owner and by access rows of
 * that level only.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/json/json.h"
#include "core/register/card.h"
#include "core/register/plain.h"
#include "core/register/record.h"
#include "core/register/report.h"
#include "core/register/rights.h"
#include "core/register/show.h"
#include "core/register/timer.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <string.h>

enum { ACTED, ACTS, LATER };

static const struct store_statement sql[] = {
    [ACTED] = {"read.acted", "SELECT 1 FROM act WHERE record = $1 AND person = $2 LIMIT 1"},
    [ACTS] = {"read.acts",
              "SELECT a.id, a.move, a.step, a.name, a.section_name, a.post_name, a.from_state,"
              " a.to_state, a.reason, a.at, o.origin, o.leaf, a.kind, a.mark, a.for_name,"
              " a.for_post, a.absence, a.basis, a.waiver, a.rev FROM act a"
              " LEFT JOIN outbox o ON o.id = a.outbox WHERE a.record = $1 ORDER BY a.id"},
    [LATER] = {"read.later",
               "SELECT l.step, l.kind, p.name, l.since, l.due, l.read_at FROM read_later l"
               " JOIN person p ON p.id = l.person WHERE l.record = $1 ORDER BY l.id LIMIT 1000"},
};

struct view {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_caller *caller;
    struct record record;
    bool seen;                 /* the record is seen at all */
    struct register_mask mask; /* the fields that are */
    bool unasked;              /* what the caller may do is not told */
};

/* 1 when ROLE is "owner" and the caller is, or "everyone" and she has an appointment today; 0; -1.
 */
static int
access_word(struct view *view, struct str role, struct err *err)
{
    uint64_t section = 0;
    if (str_equal_z(role, "owner")) {
        return account_same_person(view->store, view->record.owner, view->caller->person, err);
    }
    if (!str_equal_z(role, "everyone")) {
        return 0;
    }
    int rc = account_section_of(view->store, view->caller->person, time_now_us(), &section, err);
    return rc < 0 ? -1 : rc == 0;
}

/* 1 when the caller holds one of the roles of ACCESS: for this record's section, or body-wide. */
static int
access_role(struct view *view, const struct register_access *access, struct err *err)
{
    for (size_t i = 0; i < access->role_count; i++) {
        int word = access_word(view, access->roles[i], err);
        if (word != 0) {
            return word;
        }
        struct register_who who = {.role = access->roles[i],
                                   .of = access->all ? STR("body") : STR("section")};
        int holds = who_holds(view->store, &view->record, &who, view->caller->person, err);
        if (holds != 0) {
            return holds;
        }
    }
    return 0;
}

/* 1 when the caller holds one of the roles of ACCESS anywhere and its condition is true here. */
static int
access_condition(struct view *view, const struct register_access *access, struct err *err)
{
    struct account_role *roles = NULL;
    size_t count = 0;
    uint64_t person = view->caller->person;
    if (account_roles(view->store, view->arena, person, time_now_us(), &roles, &count, err) < 0) {
        return -1;
    }
    int word = 0;
    for (size_t i = 0; word == 0 && i < access->role_count; i++) {
        word = access_word(view, access->roles[i], err);
    }
    if (word < 0) {
        return -1;
    }
    bool holds = word > 0;
    for (size_t i = 0; i < count * access->role_count; i++) {
        holds = holds || str_equal(roles[i % count].role, access->roles[i / count]);
    }
    return holds ? record_holds(view->store, view->arena, &view->record, person, access->rows, err)
                 : 0;
}

/* True when ACCESS is for whoever has an appointment: a role of hers says nothing of a section. */
static bool
access_everyone(const struct register_access *access)
{
    for (size_t i = 0; i < access->role_count; i++) {
        if (str_equal_z(access->roles[i], "everyone")) {
            return true;
        }
    }
    return false;
}

/* 1 when the record's section is one of the caller's; 0; -1. */
static int
section_mine(struct view *view, struct err *err)
{
    struct account_belongs belongs;
    bool mine = false;
    if (account_belongs(view->store, view->arena, view->caller->person, time_now_us(), &belongs,
                        err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < belongs.mine.count; i++) {
        mine = mine || belongs.mine.list[i] == (int64_t)view->record.section;
    }
    return mine;
}

/* 1 when ACCESS gives the caller this record. */
static int
access_gives(struct view *view, const struct register_access *access, struct err *err)
{
    if (access->rows != NULL) {
        return access_condition(view, access, err);
    }
    int role = access_role(view, access, err);
    if (role <= 0 || access->all) {
        return role;
    }
    if (access->section && access_everyone(access)) {
        return section_mine(view, err);
    }
    if (access->own) {
        int own = account_same_person(view->store, view->record.owner, view->caller->person, err);
        if (own != 0) {
            return own;
        }
    }
    /* a holder of the role for this section need not have a post in it (an officer above it) */
    return access->section ? 1 : 0;
}

/* A candidate, or somebody who has something to read afterwards. */
static int
view_step(struct view *view, struct err *err)
{
    struct step_ask ask = {.set = view->set,
                           .store = view->store,
                           .arena = view->arena,
                           .record = &view->record,
                           .person = view->caller->person};
    struct err why = {0};
    struct step_grant grant;
    uint64_t later = 0;
    int rc = later_find(&ask, &later, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (view->record.step < 0) {
        return 0;
    }
    if (step_may(&ask, &grant, &why) == 0) {
        return 1;
    }
    if (strncmp(why.code, "register.", 9) == 0) {
        return err_is(&why, "register.again");
    }
    *err = why;
    return -1;
}

static int
view_acted(struct view *view, struct err *err)
{
    struct db_query *q = db_query(view->store, &sql[ACTED]);
    db_bind_int(q, 1, (int64_t)view->record.id);
    db_bind_int(q, 2, (int64_t)view->caller->person);
    int64_t one = 0;
    int rc = db_one_int(q, &one, err);
    return rc < 0 ? -1 : rc == 0;
}

static void
view_fields(struct view *view, unsigned level)
{
    view->seen = true;
    for (size_t i = 0; i < view->record.def->field_count; i++) {
        if (view->record.def->fields[i].level <= level) {
            register_mask_set(&view->mask, i);
        }
    }
}

/* False while an open field is not seen. */
static bool
view_open_seen(const struct view *view)
{
    for (size_t i = 0; i < view->record.def->field_count; i++) {
        if (view->record.def->fields[i].level == 0 && !register_mask_has(&view->mask, i)) {
            return false;
        }
    }
    return view->seen;
}

static int
view_access(struct view *view, struct err *err)
{
    for (size_t i = 0; i < view->record.def->access_count; i++) {
        const struct register_access *access = &view->record.def->access[i];
        int rc = access_gives(view, access, err);
        if (rc < 0) {
            return -1;
        }
        for (size_t k = 0; rc > 0 && k < sizeof access->read.bits / sizeof *access->read.bits;
             k++) {
            view->mask.bits[k] |= access->read.bits[k];
        }
        view->seen = view->seen || rc > 0;
    }
    return 0;
}

/* Sets how much of the record the caller sees. */
static int
view_level(struct view *view, struct err *err)
{
    view->seen = false;
    view->mask = (struct register_mask){{0}};
    if (view->caller->system) {
        view_fields(view, 2);
        return 0;
    }
    int rc = account_same_person(view->store, view->record.owner, view->caller->person, err);
    if (rc != 0) {
        view_fields(view, 2);
        return rc < 0 ? -1 : 0;
    }
    if (view_access(view, err) < 0) {
        return -1;
    }
    if (!view_open_seen(view)) { /* who has to judge it sees what she judges */
        rc = view_step(view, err);
        rc = rc == 0 && !view->seen ? view_acted(view, err) : rc;
        if (rc > 0) {
            view_fields(view, 0);
        }
    }
    return rc < 0 ? -1 : 0;
}

int
record_writes(struct register_set *set, struct store *store, struct arena *arena,
              const struct register_caller *caller, const struct record *record,
              struct register_mask *ret, struct err *err)
{
    struct view view = {
        .set = set, .store = store, .arena = arena, .caller = caller, .record = *record};
    for (size_t i = 0; i < record->def->access_count; i++) {
        const struct register_access *access = &record->def->access[i];
        int gives = access->write_count > 0 ? access_gives(&view, access, err) : 0;
        if (gives < 0) {
            return -1;
        }
        for (size_t k = 0; gives > 0 && k < access->write_count; k++) {
            const struct register_mask *mask = &access->writes[k].fields;
            bool here = access->writes[k].state == (size_t)record->state_at;
            for (size_t w = 0; here && w < sizeof mask->bits / sizeof *mask->bits; w++) {
                ret->bits[w] |= mask->bits[w];
            }
        }
    }
    return 0;
}

/* What a calc field says of the record as it stands; borrowed. NULL: it cannot be told. */
static json_t *
calc_json(const struct view *view, const struct register_field *field)
{
    struct err why = {0};
    const struct record *record = &view->record;
    int holds = field->calc == NULL
                    ? -1
                    : fields_hold(record->def, record->fields, record->state, field->calc, &why);
    return holds < 0 ? NULL : json_boolean(holds);
}

static json_t *
fields_json(const struct view *view)
{
    json_t *list = json_array();
    const struct register_def *def = view->record.def;
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        json_t *value = json_object_getn(view->record.fields, field->key.p, field->key.n);
        if (!register_mask_has(&view->mask, i) || !field_visible(&view->record, field)) {
            continue;
        }
        if (field->type == VALUE_CALC) {
            value = calc_json(view, field);
        }
        if (value == NULL) {
            continue;
        }
        (void)json_array_append_new(list,
                                    json_pack("{sososO}", "key", json_of_text(field->key), "title",
                                              register_title_json(&field->title), "value", value));
    }
    return list;
}

/* In what capacity an act was done: columns 12 and on. */
static void
act_capacity(struct db_query *q, json_t *act)
{
    char id[ID_CHARS + 1];
    (void)json_object_set_new(act, "kind", json_of_text(db_text(q, 12)));
    (void)json_object_set_new(act, "mark", json_of_text(db_text(q, 13)));
    (void)json_object_set_new(act, "rev", json_integer(db_int(q, 19)));
    if (db_text(q, 14).n > 0) {
        json_t *whom = json_pack("{soso}", "who", json_of_text(db_text(q, 14)), "post",
                                 json_of_text(db_text(q, 15)));
        (void)json_object_set_new(act, "for", whom);
    }
    if (db_int(q, 16) != 0) {
        id_format((uint64_t)db_int(q, 16), id);
        (void)json_object_set_new(act, "absence", json_string(id));
    }
    if (db_text(q, 17).n > 0) {
        (void)json_object_set_new(act, "basis", json_of_text(db_text(q, 17)));
    }
    if (db_int(q, 18) != 0) {
        id_format((uint64_t)db_int(q, 18), id);
        (void)json_object_set_new(act, "waiver", json_string(id));
    }
}

static json_t *
acts_json(struct view *view, struct err *err)
{
    json_t *list = json_array();
    struct db_query *q = db_query(view->store, &sql[ACTS]);
    db_bind_int(q, 1, (int64_t)view->record.id);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        char id[ID_CHARS + 1];
        id_format((uint64_t)db_int(q, 0), id);
        bool logged = !db_is_null(q, 11);
        json_t *act =
            json_pack("{ss so so so so so so so so sI ss}", "id", id, "move",
                      json_of_text(db_text(q, 1)), "step", json_of_text(db_text(q, 2)), "who",
                      json_of_text(db_text(q, 3)), "section", json_of_text(db_text(q, 4)), "post",
                      json_of_text(db_text(q, 5)), "from", json_of_text(db_text(q, 6)), "to",
                      json_of_text(db_text(q, 7)), "reason", json_of_text(db_text(q, 8)), "at",
                      (json_int_t)db_int(q, 9), "leaf_state", logged ? "logged" : "waiting");
        act_capacity(q, act);
        if (logged) {
            (void)json_object_set_new(act, "log", json_of_text(db_text(q, 10)));
            (void)json_object_set_new(act, "index", json_integer(db_int(q, 11)));
        }
        (void)json_array_append_new(list, act);
    }
    db_end(q);
    if (rc < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *
texts_json(const struct str *texts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_of_text(texts[i]));
    }
    return list;
}

static json_t *
moves_json(struct view *view)
{
    json_t *list = json_array();
    const struct record *record = &view->record;
    for (size_t i = 0; i < record->def->move_count; i++) {
        const struct register_move *move = &record->def->moves[i];
        bool persons = (move->by & ~(unsigned)(BY_SYSTEM | BY_CLOCK)) != 0;
        if ((move->from >> record->state_at & 1) == 0 || !persons) {
            continue;
        }
        struct register_call call = {.record = record->id, .move = move->name, .rev = record->rev};
        memcpy(call.digest, record->digest, sizeof call.digest);
        struct err why = {0};
        bool may =
            register_may(view->set, view->store, view->arena, view->caller, &call, &why) == 0;
        static const char *const ons[] = {"", "decided", "rejected", "sent_back"};
        json_t *one = json_pack("{so so ss sb sb sb so so sI}", "name", json_of_text(move->name),
                                "title", register_title_json(&move->title), "on", ons[move->on],
                                "allowed", may, "reason", move->reason, "bulk", move->bulk, "needs",
                                texts_json(move->need, move->need_count), "asks",
                                texts_json(move->ask, move->ask_count), "fresh_min",
                                (json_int_t)move->fresh_min);
        if (!may) {
            (void)json_object_set_new(one, "why_not", json_string(why.code));
            if (err_is(&why, "register.apart")) {
                (void)json_object_set_new(one, "clause", json_of_text(view->set->apart_clause));
            }
        }
        (void)json_array_append_new(list, one);
    }
    return list;
}

/* Adds what time does to the record: until, clocks, keys, reports. A time that stands in a field is
 * shown to whom the field is. */
static int
view_life(struct view *view, json_t *into, struct err *err)
{
    const struct record *record = &view->record;
    const struct register_state *state = &record->def->states[record->state_at];
    const struct register_field *field = register_field_find(record->def, state->until.field);
    json_t *clocks = clocks_json(view->store, record, &view->mask, time_now_us(), err);
    json_t *keys = clocks != NULL ? keys_json(view->store, record, err) : NULL;
    int64_t until = 0;
    if (keys == NULL) {
        json_decref(clocks);
        return -1;
    }
    bool shown =
        field == NULL || register_mask_has(&view->mask, (size_t)(field - record->def->fields));
    struct err why = {0};
    if (!shown || state_until(view->set, record, state, record->entered, &until, &why) != 0) {
        until = 0;
    }
    json_t *reports = reports_json(view->set, view->arena, record, &view->mask, time_now_us(), err);
    if (reports == NULL) {
        json_decref(clocks);
        json_decref(keys);
        return -1;
    }
    (void)json_object_set_new(into, "reports", reports);
    (void)json_object_set_new(into, "until", json_integer(until));
    (void)json_object_set_new(into, "clocks", clocks);
    (void)json_object_set_new(into, "keys", keys);
    return 0;
}

static int
view_json(struct view *view, json_t **ret, struct err *err)
{
    const struct record *record = &view->record;
    char id[ID_CHARS + 1], digest[65];
    id_format(record->id, id);
    hex_encode(record->digest, 32, digest);
    struct account_person owner = {0};
    struct str section = {0};
    if (account_person_get(view->store, view->arena, record->owner, &owner, err) < 0 ||
        account_section_name(view->store, view->arena, record->section, &section, err) < 0) {
        return -1;
    }
    json_t *acts = acts_json(view, err);
    if (acts == NULL) {
        return -1;
    }
    const struct register_state *state = &record->def->states[record->state_at];
    *ret = json_pack("{ss so so so sI ss so so so so sI sI so so}", "id", id, "number",
                     record->number.n > 0 ? json_of_text(record->number) : json_null(), "register",
                     json_of_text(record->reg), "title", register_title_json(&record->def->title),
                     "rev", (json_int_t)record->rev, "digest", digest, "state",
                     json_of_text(record->state), "state_title", register_title_json(&state->title),
                     "owner", json_of_text(owner.name), "section", json_of_text(section), "created",
                     (json_int_t)record->created, "changed", (json_int_t)record->changed, "fields",
                     fields_json(view), "acts", acts);
    if (*ret == NULL) {
        return ERR(err, "register.unreadable", "%s", id);
    }
    if (!view->unasked) {
        struct step_ask ask = {.set = view->set,
                               .store = view->store,
                               .arena = view->arena,
                               .record = record,
                               .person = view->caller->person,
                               .system = view->caller->system};
        (void)json_object_set_new(*ret, "moves", moves_json(view));
        if (card_json(&ask, *ret, err) < 0) {
            return -1;
        }
    }
    return view_life(view, *ret, err);
}

int
record_read(struct register_set *set, struct store *store, struct arena *arena,
            const struct register_caller *caller, uint64_t record, json_t **ret, struct err *err)
{
    struct view view = {.set = set, .store = store, .arena = arena, .caller = caller};
    int rc = record_load(set, store, arena, record, &view.record, err);
    if (rc != 0) {
        return rc;
    }
    rc = view_level(&view, err);
    if (rc == 0) {
        rc = !view.seen ? 1 : view_json(&view, ret, err);
    }
    record_done(&view.record);
    return rc;
}

int
record_shown(const struct record_ask *ask, const struct record *record,
             struct register_mask *ret_mask, json_t **ret_fields, struct err *err)
{
    struct view view = {.set = ask->set,
                        .store = ask->store,
                        .arena = ask->arena,
                        .caller = ask->caller,
                        .record = *record};
    if (view_level(&view, err) < 0) {
        return -1;
    }
    *ret_mask = view.mask;
    *ret_fields = json_object();
    for (size_t i = 0; view.seen && i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        if (!register_mask_has(&view.mask, i) || !field_visible(record, field)) {
            continue;
        }
        if (field->type == VALUE_CALC) {
            value = calc_json(&view, field);
        }
        if (value != NULL) {
            (void)json_object_setn(*ret_fields, field->key.p, field->key.n, value);
        }
    }
    return view.seen ? 0 : 1;
}

int
record_tell(const struct rights *rights, struct arena *arena, const struct record *record,
            const struct sight *sight, json_t **ret, struct err *err)
{
    struct register_caller caller = {.person = rights->person, .system = rights->system};
    struct view view = {.set = rights->set,
                        .store = rights->store,
                        .arena = arena,
                        .caller = &caller,
                        .record = *record,
                        .seen = sight->any,
                        .mask = sight->mask,
                        .unasked = true};
    return view_json(&view, ret, err);
}

static int
later_json(struct view *view, json_t *list, struct err *err)
{
    struct db_query *q = db_query(view->store, &sql[LATER]);
    db_bind_int(q, 1, (int64_t)view->record.id);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        (void)json_array_append_new(
            list, json_pack("{so so so sI sI sI}", "step", json_of_text(db_text(q, 0)), "kind",
                            json_of_text(db_text(q, 1)), "who", json_of_text(db_text(q, 2)),
                            "since", (json_int_t)db_int(q, 3), "due", (json_int_t)db_int(q, 4),
                            "read", (json_int_t)db_int(q, 5)));
    }
    db_end(q);
    return rc;
}

static int
history_json(struct view *view, json_t **ret, struct err *err)
{
    const struct record *record = &view->record;
    char id[ID_CHARS + 1];
    json_t *acts = acts_json(view, err), *later = json_array();
    id_format(record->id, id);
    if (acts == NULL || later_json(view, later, err) < 0) {
        json_decref(acts);
        json_decref(later);
        return -1;
    }
    *ret = json_pack("{ss so so sI so so}", "id", id, "number",
                     record->number.n > 0 ? json_of_text(record->number) : json_null(), "register",
                     json_of_text(record->reg), "rev", (json_int_t)record->rev, "acts", acts,
                     "later", later);
    return *ret != NULL ? 0 : ERR(err, "register.unreadable", "%s", id);
}

int
record_history(struct register_set *set, struct store *store, struct arena *arena,
               const struct register_caller *caller, uint64_t record, json_t **ret, struct err *err)
{
    struct view view = {.set = set, .store = store, .arena = arena, .caller = caller};
    int rc = record_load(set, store, arena, record, &view.record, err);
    if (rc != 0) {
        return rc;
    }
    rc = view_level(&view, err);
    if (rc == 0) {
        rc = !view.seen ? 1 : history_json(&view, ret, err);
    }
    record_done(&view.record);
    return rc;
}

int
record_visible(struct register_set *set, struct store *store, struct arena *arena,
               const struct register_caller *caller, uint64_t record, struct err *err)
{
    struct view view = {.set = set, .store = store, .arena = arena, .caller = caller};
    int rc = record_load(set, store, arena, record, &view.record, err);
    if (rc == 0) {
        rc = view_level(&view, err) < 0 ? -1 : view.seen;
    } else if (rc > 0) {
        rc = 0;
    }
    record_done(&view.record);
    return rc;
}
