/*
 * slot: the key `role.set`: while a decided record stands, the person or post it names holds a
 * role. Runs in cored, inside the unit of the act.
 *
 * Invariants: only roles of data/roles.yaml, in the scope they have there; leaving the state ends
 * what the record opened, at once.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/account/slot.h"
#include "core/register/record.h"

enum { KEEP, OPENED, FORGET, SLOTS_MOST = 16, LAST_DAY = 2932896 };

static const struct store_statement sql[] = {
    [KEEP] = {"slots.keep", "INSERT INTO record_slot(record, slot) VALUES ($1, $2)"},
    [OPENED] = {"slots.opened", "SELECT slot FROM record_slot WHERE record = $1 LIMIT 16"},
    [FORGET] = {"slots.forget", "DELETE FROM record_slot WHERE record = $1"},
};

static struct str
arg_text(const struct register_event *event, const char *name)
{
    const char *text = json_string_value(json_object_get(event->args, name));
    return text != NULL ? str_of(text) : (struct str){0};
}

static uint64_t
arg_id(const struct register_event *event, const char *name)
{
    uint64_t id = 0;
    return str_to_u64(arg_text(event, name), &id) ? id : 0;
}

/* The days: those of `term`, else from today to the key's end. */
static bool
slot_days(const struct register_event *event, struct slot_new *slot)
{
    json_t *term = json_object_get(event->args, "term");
    slot->from_day = tokyo_day(event->now_us);
    slot->until_day = event->until_us != 0 ? tokyo_day(event->until_us - 1) : LAST_DAY;
    if (term == NULL || json_is_null(term)) {
        return true;
    }
    const char *from = json_string_value(json_object_get(term, "from"));
    const char *until = json_string_value(json_object_get(term, "until"));
    return from != NULL && until != NULL && date_parse(str_of(from), &slot->from_day) &&
           date_parse(str_of(until), &slot->until_day);
}

/* The body or section the role is held for, as roles.yaml says of the role. */
static int
slot_scope(struct store *store, const struct register_event *event, struct slot_new *slot,
           struct err *err)
{
    const struct register_role *role = register_role_find(event->set, slot->role);
    struct account_body body;
    if (role != NULL && str_equal_z(role->scope, "section")) {
        slot->scope_kind = "section";
        slot->scope = arg_id(event, "section");
        return slot->scope != 0 ? 0 : ERR(err, "register.field_missing", "section");
    }
    if (role == NULL || !str_equal_z(role->scope, "body")) {
        return ERR(err, "register.field", "role");
    }
    int rc = account_body_of(store, event->arena, event->owner, event->now_us, &body, err);
    slot->scope_kind = "body";
    slot->scope = rc == 0 ? body.id : 0;
    return rc <= 0 ? rc : ERR(err, "account.slot", "body");
}

static int
slots_end(struct store *store, const struct register_event *event, struct err *err)
{
    uint64_t slots[SLOTS_MOST];
    size_t count = 0;
    int rc = 0;
    struct db_query *q = db_query(store, &sql[OPENED]);
    db_bind_int(q, 1, (int64_t)event->record);
    while (count < SLOTS_MOST && (rc = db_step(q, err)) > 0) {
        slots[count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        rc = slot_end(store, slots[i], tokyo_day(event->now_us), err);
    }
    if (rc < 0) {
        return -1;
    }
    q = db_query(store, &sql[FORGET]);
    db_bind_int(q, 1, (int64_t)event->record);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
effect_role_set(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    uint64_t id = 0;
    struct slot_new slot = {.role = arg_text(event, "role"),
                            .post = arg_id(event, "post"),
                            .person = arg_id(event, "person")};
    if (slots_end(store, event, err) < 0) {
        return -1;
    }
    if (event->closes) {
        return 0;
    }
    if (slot.post != 0 && slot.person != 0) {
        slot.person = 0; /* the office is named before who holds it today */
    }
    if (slot_scope(store, event, &slot, err) < 0) {
        return -1;
    }
    if (!slot_days(event, &slot)) {
        return ERR(err, "register.field", "term");
    }
    if (slot_add(store, &slot, &id, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[KEEP]);
    db_bind_int(q, 1, (int64_t)event->record);
    db_bind_int(q, 2, (int64_t)id);
    return db_run(q, err) < 0 ? -1 : 0;
}
