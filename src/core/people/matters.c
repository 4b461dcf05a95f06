/*
 * matters: what is left open by those who move or leave, who takes it over, and which keys end with
 * the person they were given for. Runs in cored.
 *
 * Work belongs to the section: steps of routes follow the post by themselves, and whoever stays in
 * the section keeps what she owns. A key ends with a person only where the record says that it is
 * for her; what she merely applied for goes on and is handed over.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/people/private.h"
#include "core/register/record.h"

#include <stdlib.h>

enum { OWNED, SUCCESSORS, IN_OFFICE, HERE };
enum { MATTERS_MOST = 20000 };

static const struct store_statement sql[] = {
    [OWNED] =
        {"people.owned",
         "SELECT r.id, r.owner, r.section, r.register, coalesce(r.number, ''), r.state, a.post"
         " FROM appointment a JOIN engagement e ON e.id = a.engagement JOIN record r ON"
         " r.owner = e.person WHERE a.kind = 'main' AND a.until_day >= $1 AND"
         " a.until_day < $2 AND r.register <> 'handover' AND r.register <> 'people_batch'"
         " AND NOT EXISTS(SELECT 1 FROM appointment b WHERE b.engagement = a.engagement AND"
         " b.kind = 'main' AND b.until_day > a.until_day AND b.until_day < $2)"
         " ORDER BY r.id LIMIT 20000"},
    [SUCCESSORS] = {"people.successors",
                    "SELECT e.person FROM appointment a JOIN engagement e ON e.id = a.engagement"
                    " WHERE a.post = $1 AND a.kind = 'main' AND a.from_day <= $2 AND"
                    " $2 <= a.until_day AND e.from_day <= $2 AND $2 <= e.until_day AND"
                    " e.person <> $3 ORDER BY a.from_day DESC, e.person LIMIT 2"},
    [IN_OFFICE] = {"people.in_office", "SELECT count(*) FROM engagement WHERE person = $1"
                                       " AND from_day <= $2 AND until_day >= $2"},
    [HERE] = {"people.here", "SELECT id, owner, section, coalesce(number, '') FROM record WHERE"
                             " register = $1 AND state = $2 ORDER BY id LIMIT 20000"},
};

/* A matter as it was read, before anything else is asked. */
struct owned {
    struct people_matter matter;
    uint64_t post;
};

/* The one person who took POST over; 0: nobody, or several. */
static int
successor_find(struct store *store, const struct owned *owned, int64_t day, uint64_t *ret,
               struct err *err)
{
    int rc, count = 0;
    uint64_t person = 0;
    struct db_query *q = db_query(store, &sql[SUCCESSORS]);
    db_bind_int(q, 1, (int64_t)owned->post);
    db_bind_int(q, 2, day);
    db_bind_int(q, 3, (int64_t)owned->matter.owner);
    while ((rc = db_step(q, err)) > 0) {
        person = (uint64_t)db_int(q, 0);
        count++;
    }
    db_end(q);
    *ret = count == 1 ? person : 0;
    return rc;
}

/* The first holder of ROLE for the matter who is not its owner. */
static int
holder_find(struct store *store, struct arena *arena, const char *role,
            const struct people_matter *matter, int64_t day, uint64_t *ret, struct err *err)
{
    uint64_t *list = NULL;
    size_t count = 0;
    if (account_who(store, arena, role, matter->section, tokyo_day_start(day), &list, &count, err) <
        0) {
        return -1;
    }
    for (size_t i = 0; i < count && *ret == 0; i++) {
        int same = account_same_person(store, list[i], matter->owner, err);
        if (same < 0) {
            return -1;
        }
        *ret = same ? 0 : list[i];
    }
    return 0;
}

/* Who takes MATTER over: 1, or 0 when its owner is still in its section, -1. */
static int
taker_find(struct people_desk *desk, struct arena *arena, struct owned *owned, int64_t day,
           struct err *err)
{
    struct people_matter *matter = &owned->matter;
    int64_t at = tokyo_day_start(day);
    uint64_t heir = 0, now = 0;
    int rc = account_section_heir(desk->store, matter->section, at, &heir, err);
    matter->section = rc == 0 ? heir : matter->section;
    if (rc >= 0) {
        rc = account_section_of(desk->store, matter->owner, at, &now, err);
    }
    if (rc < 0 || (rc == 0 && now == matter->section)) {
        return rc < 0 ? -1 : 0;
    }
    static const char *const roles[] = {"section_manager", "chief"};
    if (successor_find(desk->store, owned, day, &matter->to, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < 2 && matter->to == 0; i++) {
        if (holder_find(desk->store, arena, roles[i], matter, day, &matter->to, err) < 0) {
            return -1;
        }
    }
    return 1;
}

static int
owned_read(struct people_desk *desk, struct arena *arena, struct db_query *q, struct owned *list,
           size_t *ret_count, struct err *err)
{
    int rc;
    size_t n = 0;
    while ((rc = db_step(q, err)) > 0 && n < MATTERS_MOST) {
        const struct register_def *def = register_def_find(desk->registers, db_text(q, 3));
        int state = def != NULL ? register_state_find(def, db_text(q, 5)) : -1;
        if (state >= 0 && def->states[state].end == END_NONE) {
            list[n++] = (struct owned){{.record = (uint64_t)db_int(q, 0),
                                        .owner = (uint64_t)db_int(q, 1),
                                        .section = (uint64_t)db_int(q, 2),
                                        .def = def,
                                        .state = (size_t)state,
                                        .number = str_dup(arena, db_text(q, 4))},
                                       (uint64_t)db_int(q, 6)};
        }
    }
    db_end(q);
    *ret_count = n;
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
matters_visit(struct people_desk *desk, struct arena *arena, int64_t first_day, int64_t day,
              matter_visit *visit, void *arg, struct err *err)
{
    size_t count = 0;
    struct owned *list = arena_array(arena, MATTERS_MOST, sizeof *list);
    if (list == NULL) {
        return arena_check(arena, err);
    }
    struct db_query *q = db_query(desk->store, &sql[OWNED]);
    db_bind_int(q, 1, first_day);
    db_bind_int(q, 2, day);
    int rc = owned_read(desk, arena, q, list, &count, err);
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        rc = taker_find(desk, arena, &list[i], day, err);
        if (rc > 0) {
            rc = visit(arg, &list[i].matter, err);
        }
    }
    return rc < 0 ? -1 : 0;
}

/* ---- keys ---- */

static bool
has_subject(const struct register_def *def)
{
    for (size_t i = 0; i < def->field_count; i++) {
        if (def->fields[i].subject && def->fields[i].type == VALUE_PERSON) {
            return true;
        }
    }
    return false;
}

/* 1: a person whom RECORD is for is not in office on DAY; 0; -1. */
static int
subject_gone(struct people_desk *desk, const struct record *record, int64_t day, struct err *err)
{
    for (size_t i = 0; i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        const char *text =
            json_string_value(json_object_getn(record->fields, field->key.p, field->key.n));
        uint64_t person = 0;
        int64_t count = 0;
        if (!field->subject || field->type != VALUE_PERSON || !str_to_u64(str_of(text), &person)) {
            continue;
        }
        struct db_query *q = db_query(desk->store, &sql[IN_OFFICE]);
        db_bind_int(q, 1, (int64_t)person);
        db_bind_int(q, 2, day);
        if (db_one_int(q, &count, err) < 0) {
            return -1;
        }
        if (count == 0) {
            return 1;
        }
    }
    return 0;
}

static int
key_visit(struct people_desk *desk, struct arena *arena, struct people_matter *matter, int64_t day,
          matter_visit *visit, void *arg, struct err *err)
{
    struct record record = {0};
    int rc = record_load(desk->registers, desk->store, arena, matter->record, &record, err);
    if (rc == 0) {
        rc = subject_gone(desk, &record, day, err);
    }
    matter->number = record.number;
    record_done(&record);
    return rc > 0 ? visit(arg, matter, err) : rc;
}

static int
keys_in(struct people_desk *desk, const struct register_def *def, size_t state,
        struct people_ids *room, struct err *err)
{
    int rc;
    room->count = 0;
    struct db_query *q = db_query(desk->store, &sql[HERE]);
    db_bind_text(q, 1, def->name);
    db_bind_text(q, 2, def->states[state].name);
    while ((rc = db_step(q, err)) > 0 && room->count < MATTERS_MOST) {
        room->list[room->count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
keys_visit(struct people_desk *desk, struct arena *arena, int64_t day, matter_visit *visit,
           void *arg, struct err *err)
{
    struct people_ids room = {arena_array(arena, MATTERS_MOST, sizeof(uint64_t)), 0};
    int rc = room.list != NULL ? 0 : arena_check(arena, err);
    for (size_t i = 0; rc >= 0 && i < desk->registers->def_count; i++) {
        const struct register_def *def = &desk->registers->defs[i];
        for (size_t s = 0; rc >= 0 && s < def->state_count; s++) {
            if (def->shape || def->states[s].key_count == 0 || !has_subject(def)) {
                continue;
            }
            rc = keys_in(desk, def, s, &room, err);
            for (size_t k = 0; rc >= 0 && k < room.count; k++) {
                struct people_matter matter = {.record = room.list[k], .def = def, .state = s};
                rc = key_visit(desk, arena, &matter, day, visit, arg, err);
            }
        }
    }
    return rc < 0 ? -1 : 0;
}
