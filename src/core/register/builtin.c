/*
 * builtin: the effects the engine carries out itself: a granted waiver, a deputy that was decided,
 * records of other registers that are opened or moved. Runs in cored, inside the unit of the
 * deciding act.
 *
 * Invariant: a waiver names one record, revision, step and person and is granted for that record as
 * it stands; a later revision of it needs another.
 */
#include "base/os/time.h"
#include "core/account/absence.h"
#include "core/register/record.h"
#include "core/store/id.h"

#include <string.h>

enum { WAIVER_ADD, RECORD_REV };

static const struct store_statement sql[] = {
    [WAIVER_ADD] = {"builtin.waiver_add",
                    "INSERT INTO waiver(record, rev, step, person, granted_by)"
                    " VALUES ($1, $2, $3, $4, $5)"},
    [RECORD_REV] = {"builtin.record_rev", "SELECT rev FROM record WHERE id = $1 AND step >= 0"},
};

static struct str
field_text(json_t *fields, const char *key)
{
    json_t *value = json_object_get(fields, key);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){0};
}

static int
waiver_grant(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    uint64_t record = 0, person = 0;
    int64_t rev = 0;
    if (!id_parse(field_text(event->fields, "record"), &record) ||
        !str_to_u64(field_text(event->fields, "person"), &person)) {
        return ERR(err, "register.field", "record");
    }
    struct db_query *q = db_query(store, &sql[RECORD_REV]);
    db_bind_int(q, 1, (int64_t)record);
    int rc = db_one_int(q, &rev, err);
    if (rc < 0) {
        return -1;
    }
    if (rc > 0 || rev != json_integer_value(json_object_get(event->fields, "rev"))) {
        return ERR(err, "register.changed", "record");
    }
    q = db_query(store, &sql[WAIVER_ADD]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, rev);
    db_bind_text(q, 3, field_text(event->fields, "step"));
    db_bind_int(q, 4, (int64_t)person);
    db_bind_int(q, 5, (int64_t)event->record);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
deputy_set(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    uint64_t section = 0, post = 0, id = 0;
    char role[41];
    struct str name = field_text(event->fields, "role");
    json_t *term = json_object_get(event->fields, "term");
    struct deputy_new new = {.role = role};
    if (name.n == 0 || name.n >= sizeof role ||
        !str_to_u64(field_text(event->fields, "post"), &post) ||
        !date_parse(field_text(term, "from"), &new.from_day) ||
        !date_parse(field_text(term, "until"), &new.until_day)) {
        return ERR(err, "register.field", "post");
    }
    memcpy(role, name.p, name.n);
    role[name.n] = '\0';
    (void)str_to_u64(field_text(event->fields, "of_section"), &section);
    new.section = section;
    new.turn = (unsigned)json_integer_value(json_object_get(event->fields, "turn"));
    new.deputy_post = post;
    return deputy_add(store, &new, &id, err);
}

/* Opens a record in the register named, for the owner of this one, with the fields given. */
static int
record_open(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    struct register_caller caller = {.system = true, .at_us = event->now_us};
    struct register_outcome outcome;
    json_t *fields = json_copy(event->args);
    struct register_call call = {.reg = field_text(event->args, "register"),
                                 .move = STR("open"),
                                 .fields = fields,
                                 .owner = event->owner,
                                 .section = event->section,
                                 .depth = event->depth + 1};
    (void)json_object_del(fields, "register");
    int rc = register_act(event->set, store, event->arena, &caller, &call, &outcome, err);
    json_decref(fields);
    return rc;
}

/* Makes the move of the record that a field names; it must be one `by: system`, so no step of
 * another route is ever filled. */
static int
record_move(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    struct register_caller caller = {.system = true, .at_us = event->now_us};
    struct register_outcome outcome;
    struct register_call call = {.move = field_text(event->args, "move"),
                                 .reason = event->reason,
                                 .depth = event->depth + 1};
    if (!id_parse(field_text(event->args, "record"), &call.record)) {
        return ERR(err, "register.field_missing", "record");
    }
    return register_act(event->set, store, event->arena, &caller, &call, &outcome, err);
}

const struct register_effect *
builtin_effect(struct str name)
{
    static const struct register_effect effects[] = {
        {"waiver.grant", waiver_grant, NULL}, {"deputy.set", deputy_set, NULL},
        {"record.open", record_open, NULL},   {"record.move", record_move, NULL},
        {"role.set", effect_role_set, NULL},
    };
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        if (str_equal_z(name, effects[i].name)) {
            return &effects[i];
        }
    }
    return NULL;
}
