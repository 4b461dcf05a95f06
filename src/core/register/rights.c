/*
 * rights: access rows for one person, ready for many records. Runs in cored; it only reads.
 *
 * Invariant: default deny; a role counts as in read.c (access_gives), a section of a role as in
 * account_has_role.
 */
#include "core/register/rights.h"

#include "base/os/time.h"
#include "core/account/account.h"
#include "core/account/held.h"

#include <stdlib.h>

static const struct store_statement acted = {
    "rights.acted", "SELECT EXISTS (SELECT 1 FROM act WHERE record = $1 AND person = $2)"};

/* Roles the person holds anywhere. */
struct held {
    struct account_role *roles;
    size_t count;
};

static bool
held_anywhere(const struct held *held, struct str role)
{
    for (size_t i = 0; i < held->count; i++) {
        if (str_equal(held->roles[i].role, role)) {
            return true;
        }
    }
    return false;
}

/* Adds the sections of ROLE to RIGHT. */
static int
sections_add(const struct rights *rights, struct str role, struct right *right, struct err *err)
{
    struct account_ids more;
    if (account_role_sections(rights->store, rights->arena, rights->person, role, time_now_us(),
                              &more, err) < 0) {
        return -1;
    }
    if (right->sections.count == 0) {
        right->sections = more;
        return 0;
    }
    int64_t *both = arena_array(rights->arena, right->sections.count + more.count, sizeof *both);
    if (both == NULL) {
        return ERR(err, "limit.memory", "sections");
    }
    size_t n = 0;
    for (size_t i = 0; i < right->sections.count; i++) {
        both[n++] = right->sections.list[i];
    }
    for (size_t i = 0; i < more.count; i++) {
        bool known = false;
        for (size_t k = 0; k < right->sections.count && !known; k++) {
            known = right->sections.list[k] == more.list[i];
        }
        if (!known) {
            both[n++] = more.list[i];
        }
    }
    right->sections = (struct account_ids){both, n};
    return 0;
}

/* What "everyone" with an appointment today is given. */
static int
everyone_add(const struct rights *rights, struct right *right, struct err *err)
{
    const struct register_access *access = right->access;
    uint64_t section = 0;
    int rc = account_section_of(rights->store, rights->person, time_now_us(), &section, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (access->rows != NULL) {
        right->rows = access->rows;
    } else if (access->all) {
        right->whole = true;
    } else if (access->section) {
        right->sections = rights->belongs.mine;
    }
    return 0;
}

/* Fills RIGHT with what ROLE of its access row gives. */
static int
role_add(const struct rights *rights, struct str role, struct right *right, struct err *err)
{
    const struct register_access *access = right->access;
    if (access->rows != NULL) {
        right->rows = access->rows;
        return 0;
    }
    if (!access->all) {
        /* `owner = me` alone gives nothing an owner does not see anyhow */
        return access->section ? sections_add(rights, role, right, err) : 0;
    }
    const char *name = str_dup_z(rights->arena, role);
    int holds = name == NULL
                    ? ERR(err, "limit.memory", "role")
                    : account_has_role(rights->store, rights->person, name, 0, time_now_us(), err);
    right->whole = right->whole || holds > 0;
    return holds < 0 ? -1 : 0;
}

static int
rights_row(struct rights *rights, const struct held *held, const struct register_access *access,
           struct err *err)
{
    struct right right = {.access = access};
    for (size_t i = 0; i < access->role_count; i++) {
        struct str role = access->roles[i];
        int rc = 0;
        if (str_equal_z(role, "everyone")) {
            rc = everyone_add(rights, &right, err);
        } else if (held_anywhere(held, role)) { /* `owner`: an owner sees all of her own */
            rc = role_add(rights, role, &right, err);
        }
        if (rc < 0) {
            return -1;
        }
    }
    if (right.whole || right.sections.count > 0 || right.rows != NULL) {
        rights->list[rights->count++] = right;
    }
    return 0;
}

int
rights_load(const struct register_asker *asker, const struct register_def *def, struct rights *ret,
            struct err *err)
{
    const struct register_caller *caller = asker->caller;
    struct held held = {.count = 0};
    int64_t now = time_now_us();
    *ret = (struct rights){.set = asker->set,
                           .store = asker->store,
                           .arena = asker->arena,
                           .def = def,
                           .person = caller->person,
                           .system = caller->system,
                           .list = arena_array(asker->arena, def->access_count, sizeof *ret->list)};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "rights");
    }
    if (caller->system) {
        return 0;
    }
    if (account_belongs(asker->store, asker->arena, caller->person, now, &ret->belongs, err) < 0 ||
        account_roles(asker->store, asker->arena, caller->person, now, &held.roles, &held.count,
                      err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < def->access_count; i++) {
        if (rights_row(ret, &held, &def->access[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool
among(const struct account_ids *ids, uint64_t id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->list[i] == (int64_t)id) {
            return true;
        }
    }
    return false;
}

/* 1 when RIGHT gives RECORD, 0, -1. */
static int
right_gives(const struct rights *rights, const struct right *right, const struct record *record,
            struct err *err)
{
    if (right->whole || among(&right->sections, record->section)) {
        return 1;
    }
    return right->rows == NULL ? 0
                               : record_holds(rights->store, rights->arena, record, rights->person,
                                              right->rows, err);
}

struct sight
sight_level(const struct register_def *def, unsigned level)
{
    struct sight sight = {.any = true};
    for (size_t i = 0; i < def->field_count; i++) {
        if (def->fields[i].level <= level) {
            register_mask_set(&sight.mask, i);
        }
    }
    return sight;
}

struct sight
right_sight(const struct right *right)
{
    return (struct sight){.any = true, .mask = right->access->read};
}

static void
sight_add(struct sight *sight, const struct register_mask *mask)
{
    sight->any = true;
    for (size_t i = 0; i < sizeof mask->bits / sizeof *mask->bits; i++) {
        sight->mask.bits[i] |= mask->bits[i];
    }
}

int
rights_sight(const struct rights *rights, const struct record *record, struct sight *ret,
             struct err *err)
{
    *ret = (struct sight){.any = false};
    if (rights->system || among(&rights->belongs.self, record->owner)) {
        *ret = sight_level(rights->def, 2);
        return 0;
    }
    for (size_t i = 0; i < rights->count; i++) {
        const struct right *right = &rights->list[i];
        int gives = right_gives(rights, right, record, err);
        if (gives < 0) {
            return -1;
        }
        if (gives > 0) {
            sight_add(ret, &right->access->read);
        }
    }
    if (ret->any) {
        return 0;
    }
    int64_t did = 0;
    struct db_query *q = db_query(rights->store, &acted);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)rights->person);
    int rc = db_one_int(q, &did, err);
    if (rc == 0 && did != 0) {
        *ret = sight_level(rights->def, 0);
    }
    return rc < 0 ? -1 : 0;
}

bool
sight_reads(const struct register_def *def, const struct sight *sight,
            const struct register_field *field)
{
    return sight->any && register_mask_has(&sight->mask, (size_t)(field - def->fields));
}

bool
rights_read(const struct rights *rights, const struct register_field *field)
{
    bool reads = rights->system || field->level == 0;
    for (size_t i = 0; i < rights->count && !reads; i++) {
        struct sight sight = right_sight(&rights->list[i]);
        reads = sight_reads(rights->def, &sight, field);
    }
    return reads;
}

bool
rights_others(const struct rights *rights)
{
    return rights->system || rights->count > 0;
}

bool
field_visible(const struct record *record, const struct register_field *field)
{
    struct err why = {0};
    return field->visible_if == NULL ||
           fields_hold(record->def, record->fields, record->state, field->visible_if, &why) > 0;
}
