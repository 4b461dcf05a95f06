/*
 * look: what a batch does to others: roles that fall vacant, deputies lost, steps that change
 * hands, matters and keys of those who go. Runs in cored, in a unit: once before the batch is tried
 * and once after.
 *
 * Everything is asked of the batch's last day. Lists of matters show at most MATTERS_MOST lines and
 * say how many there are; they move all day, so the digest of a preview leaves them out.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/people/private.h"
#include "core/store/id.h"

#include <string.h>

enum { SLOTS, DEPUTIES, STEPS, SECTION_LIVES };
enum { LOOK_MOST = 20000, STEPS_MOST = 2000, MATTERS_MOST = 500, SHOWN_MOST = 5 };

/* $1 the day */
#define FILLED(post)                                                                               \
    "EXISTS(SELECT 1 FROM appointment a JOIN engagement e ON e.id = a.engagement JOIN post p ON"   \
    " p.id = a.post WHERE a.post = " post " AND a.from_day <= $1 AND $1 <= a.until_day"            \
    " AND e.from_day <= $1 AND $1 <= e.until_day AND p.from_day <= $1 AND $1 <= p.until_day)"

static const struct store_statement sql[] = {
    [SLOTS] =
        {"people.look_slots",
         "SELECT s.role, s.scope_kind, s.scope_id, max(CASE WHEN " FILLED(
             "s.post") " OR"
                       " EXISTS(SELECT 1 FROM engagement e WHERE e.person = s.person AND "
                       "e.from_day <= $1"
                       " AND $1 <= e.until_day) THEN 1 ELSE 0 END), coalesce(max(t.name), '')"
                       " FROM role_slot s LEFT JOIN section t ON t.id = s.scope_id AND"
                       " s.scope_kind = 'section' WHERE s.from_day <= $1 AND $1 <= s.until_day"
                       " AND (t.id IS NULL OR t.until_day >= $1) GROUP BY s.role, s.scope_kind, "
                       "s.scope_id"
                       " ORDER BY s.role, s.scope_kind, s.scope_id LIMIT 20000"},
    [DEPUTIES] =
        {"people.look_deputies",
         "SELECT d.id, CASE WHEN " FILLED(
             "d.deputy_post") " THEN 1 ELSE 0 END, d.role,"
                              " d.turn, q.name FROM deputy d JOIN post q ON q.id = d.deputy_post "
                              "WHERE"
                              " d.from_day <= $1 AND $1 <= d.until_day ORDER BY d.id LIMIT 20000"},
    [SECTION_LIVES] = {"people.look_section",
                       "SELECT count(*) FROM section WHERE id = $2 AND until_day >= $1"},
    [STEPS] = {"people.look_steps", "SELECT id FROM record WHERE step >= 0 ORDER BY id LIMIT 2000"},
};

struct slot {
    struct str role, kind, name;
    uint64_t scope;
    bool held;
};

struct deputy {
    uint64_t id;
    bool held;
    struct str role, post;
    int64_t turn;
};

struct step {
    uint64_t record;
    uint64_t who[SHOWN_MOST];
    size_t count;
    struct str reg, number, step, role;
    uint64_t section;
};

struct people_look {
    struct slot *slots;
    struct deputy *deputies;
    struct step *steps;
    size_t slot_count, deputy_count, step_count;
};

static struct db_query *
query(struct people_run *run, int statement)
{
    struct db_query *q = db_query(run->store, &sql[statement]);
    db_bind_int(q, 1, run->sheet->last_day);
    return q;
}

static int
slots_take(struct people_run *run, struct people_look *look, struct err *err)
{
    int rc = 0;
    look->slots = arena_array(run->arena, LOOK_MOST, sizeof *look->slots);
    struct db_query *q = query(run, SLOTS);
    while (look->slots != NULL && (rc = db_step(q, err)) > 0) {
        look->slots[look->slot_count++] = (struct slot){
            str_dup(run->arena, db_text(q, 0)), str_dup(run->arena, db_text(q, 1)),
            str_dup(run->arena, db_text(q, 4)), (uint64_t)db_int(q, 2), db_int(q, 3) != 0};
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

static int
deputies_take(struct people_run *run, struct people_look *look, struct err *err)
{
    int rc = 0;
    look->deputies = arena_array(run->arena, LOOK_MOST, sizeof *look->deputies);
    struct db_query *q = query(run, DEPUTIES);
    while (look->deputies != NULL && (rc = db_step(q, err)) > 0) {
        look->deputies[look->deputy_count++] = (struct deputy){
            (uint64_t)db_int(q, 0), db_int(q, 1) != 0, str_dup(run->arena, db_text(q, 2)),
            str_dup(run->arena, db_text(q, 4)), db_int(q, 3)};
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

/* Who holds the role of STEP on the last day. */
static int
step_who(struct people_run *run, struct step *step, struct err *err)
{
    uint64_t *list = NULL;
    size_t count = 0;
    const char *role = str_dup_z(run->arena, step->role);
    if (role == NULL) {
        return arena_check(run->arena, err);
    }
    if (account_who(run->store, run->arena, role, step->section,
                    tokyo_day_start(run->sheet->last_day), &list, &count, err) < 0) {
        return -1;
    }
    step->count = count < SHOWN_MOST ? count : SHOWN_MOST;
    for (size_t i = 0; i < step->count; i++) {
        step->who[i] = list[i];
    }
    return 0;
}

static int
step_take(struct people_run *run, uint64_t record, struct people_look *look, struct err *err)
{
    struct register_waiting waiting;
    int rc = register_waiting(run->desk->registers, run->store, run->arena, record, &waiting, err);
    if (rc != 0 || waiting.role.n == 0) {
        return rc < 0 ? -1 : 0;
    }
    struct step *step = &look->steps[look->step_count++];
    *step = (struct step){.record = record,
                          .reg = waiting.reg,
                          .number = waiting.number,
                          .step = waiting.step,
                          .role = waiting.role,
                          .section = waiting.section};
    return step_who(run, step, err);
}

static int
steps_take(struct people_run *run, struct people_look *look, struct err *err)
{
    size_t n = 0;
    int rc = 0;
    uint64_t *ids = arena_array(run->arena, STEPS_MOST, sizeof *ids);
    look->steps = arena_array(run->arena, STEPS_MOST, sizeof *look->steps);
    struct db_query *q = db_query(run->store, &sql[STEPS]);
    while (ids != NULL && look->steps != NULL && (rc = db_step(q, err)) > 0) {
        ids[n++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = step_take(run, ids[i], look, err);
    }
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

int
look_take(struct people_run *run, struct people_look **ret, struct err *err)
{
    *ret = arena_alloc(run->arena, sizeof **ret);
    if (*ret == NULL) {
        return arena_check(run->arena, err);
    }
    return slots_take(run, *ret, err) < 0 || deputies_take(run, *ret, err) < 0 ||
                   steps_take(run, *ret, err) < 0
               ? -1
               : 0;
}

/* ---- telling ---- */

static int
slot_compare(const struct slot *a, const struct slot *b)
{
    int rc = str_compare(a->role, b->role);
    if (rc == 0) {
        rc = str_compare(a->kind, b->kind);
    }
    return rc != 0 ? rc : (a->scope > b->scope) - (a->scope < b->scope);
}

static void
vacant_tell(struct people_run *run, const struct slot *slot)
{
    people_tell(run, "vacant",
                json_pack("{so so so}", "role", people_str(slot->role), "scope",
                          people_str(slot->kind), "name", people_str(slot->name)));
}

/* A role that was held and is nobody's any more: vacant, unless its section ended. */
static int
slot_gone(struct people_run *run, const struct slot *slot, struct err *err)
{
    int64_t lives = 1;
    if (str_equal_z(slot->kind, "section")) {
        struct db_query *q = query(run, SECTION_LIVES);
        db_bind_int(q, 2, (int64_t)slot->scope);
        if (db_one_int(q, &lives, err) < 0) {
            return -1;
        }
    }
    if (lives > 0 && slot->held) {
        vacant_tell(run, slot);
    }
    return 0;
}

/* Roles without a holder that had one, or that are new; both lists are in one order. */
static int
slots_tell(struct people_run *run, const struct people_look *before,
           const struct people_look *after, struct err *err)
{
    size_t i = 0, k = 0;
    while (i < after->slot_count || k < before->slot_count) {
        const struct slot *now = i < after->slot_count ? &after->slots[i] : NULL;
        const struct slot *was = k < before->slot_count ? &before->slots[k] : NULL;
        int order = now == NULL ? 1 : was == NULL ? -1 : slot_compare(now, was);
        if (order > 0 && slot_gone(run, was, err) < 0) {
            return -1;
        }
        if (order <= 0 && !now->held && (order < 0 || was->held)) {
            vacant_tell(run, now);
        }
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

static void
deputies_tell(struct people_run *run, const struct people_look *before,
              const struct people_look *after)
{
    size_t k = 0;
    for (size_t i = 0; i < after->deputy_count; i++) {
        const struct deputy *deputy = &after->deputies[i];
        while (k < before->deputy_count && before->deputies[k].id < deputy->id) {
            k++;
        }
        bool was = k < before->deputy_count && before->deputies[k].id == deputy->id;
        if (!deputy->held && was && before->deputies[k].held) {
            people_tell(run, "deputies",
                        json_pack("{so sI so}", "role", people_str(deputy->role), "turn",
                                  (json_int_t)deputy->turn, "post", people_str(deputy->post)));
        }
    }
}

static int
names_json(struct people_run *run, const struct step *step, json_t **ret, struct err *err)
{
    *ret = json_array();
    for (size_t i = 0; i < step->count; i++) {
        struct account_person person = {0};
        if (account_person_get(run->store, run->arena, step->who[i], &person, err) < 0) {
            return -1;
        }
        (void)json_array_append_new(*ret, people_str(person.name));
    }
    return 0;
}

static json_t *
matter_json(uint64_t record, struct str reg, struct str number)
{
    char id[ID_CHARS + 1];
    id_format(record, id);
    return json_pack("{ss so so}", "record", id, "register", people_str(reg), "number",
                     people_str(number));
}

static int
step_tell(struct people_run *run, const struct step *before, struct err *err)
{
    struct step now = *before;
    json_t *from = NULL, *to = NULL;
    if (step_who(run, &now, err) < 0) {
        return -1;
    }
    if (now.count == before->count &&
        memcmp(now.who, before->who, now.count * sizeof *now.who) == 0) {
        return 0;
    }
    int rc = names_json(run, before, &from, err);
    rc = rc == 0 ? names_json(run, &now, &to, err) : rc;
    if (rc < 0) {
        json_decref(from);
        json_decref(to);
        return -1;
    }
    json_t *row = matter_json(before->record, before->reg, before->number);
    (void)json_object_set_new(row, "step", people_str(before->step));
    (void)json_object_set_new(row, "from", from);
    (void)json_object_set_new(row, "to", to);
    people_tell(run, "steps", row);
    return 0;
}

struct telling {
    struct people_run *run;
    size_t shown;
};

static int
matter_tell(void *arg, const struct people_matter *matter, struct err *err)
{
    struct telling *telling = arg;
    struct people_run *run = telling->run;
    struct account_person owner = {0}, to = {0};
    if (++telling->shown > MATTERS_MOST) {
        return 0;
    }
    if (account_person_get(run->store, run->arena, matter->owner, &owner, err) < 0 ||
        (matter->to != 0 && account_person_get(run->store, run->arena, matter->to, &to, err) < 0)) {
        return -1;
    }
    json_t *row = matter_json(matter->record, matter->def->name, matter->number);
    (void)json_object_set_new(row, "from", people_str(owner.name));
    (void)json_object_set_new(row, "to", people_str(to.name));
    people_tell(run, "handover", row);
    return 0;
}

static int
key_tell(void *arg, const struct people_matter *matter, struct err *err)
{
    (void)err;
    struct telling *telling = arg;
    if (++telling->shown <= MATTERS_MOST) {
        people_tell(telling->run, "keys",
                    matter_json(matter->record, matter->def->name, matter->number));
    }
    return 0;
}

/* What is open of those who move or leave, and the keys of those who leave. */
static int
matters_tell(struct people_run *run, struct err *err)
{
    struct telling telling = {.run = run};
    int64_t first = run->sheet->first_day - 1;
    if (matters_visit(run->desk, run->arena, first, run->sheet->last_day, matter_tell, &telling,
                      err) < 0) {
        return -1;
    }
    (void)json_object_set_new(run->out, "handover_count", json_integer((json_int_t)telling.shown));
    telling.shown = 0;
    return keys_visit(run->desk, run->arena, run->sheet->last_day, key_tell, &telling, err);
}

int
look_tell(struct people_run *run, struct people_look *before, struct err *err)
{
    struct people_look after = {0};
    if (slots_take(run, &after, err) < 0 || deputies_take(run, &after, err) < 0) {
        return -1;
    }
    if (slots_tell(run, before, &after, err) < 0) {
        return -1;
    }
    deputies_tell(run, before, &after);
    for (size_t i = 0; i < before->step_count; i++) {
        if (step_tell(run, &before->steps[i], err) < 0) {
            return -1;
        }
    }
    return matters_tell(run, err);
}
