/*
 * places: see places.h. Runs in cored; it only reads. Whether somebody fills the slot is another
 * question (account_who).
 */
#include "core/account/places.h"

#include "base/os/time.h"
#include "core/account/private.h"

#include <stdlib.h>

enum { SECTIONS, SLOTS };

static const struct store_statement sql[] = {
    [SECTIONS] =
        {"account.places",
         "SELECT id, coalesce(parent, 0) FROM section WHERE from_day <= $1 AND until_day >="
         " $1 ORDER BY id LIMIT 5001"},
    [SLOTS] = {"account.place_slots",
               "SELECT DISTINCT scope_id FROM role_slot WHERE role = $2 AND scope_kind = 'section'"
               " AND from_day <= $1 AND until_day >= $1"},
};

struct place {
    int64_t id, parent;
    bool slot, inner; /* the role stands here; other sections lie below */
};

struct places {
    struct place *list;
    size_t count;
};

static int
compare(const void *a, const void *b)
{
    int64_t x = ((const struct place *)a)->id, y = ((const struct place *)b)->id;
    return (x > y) - (x < y);
}

static struct place *
place_find(const struct places *places, int64_t id)
{
    struct place key = {.id = id};
    return places->count == 0 ? NULL
                              : bsearch(&key, places->list, places->count, sizeof key, compare);
}

static int
places_load(struct store *store, int64_t day, struct places *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[SECTIONS]);
    int rc;
    db_bind_int(q, 1, day);
    while ((rc = db_step(q, err)) > 0 && ret->count < ACCOUNT_SECTIONS_MOST) {
        ret->list[ret->count++] = (struct place){.id = db_int(q, 0), .parent = db_int(q, 1)};
    }
    db_end(q);
    if (rc > 0) {
        return ERR(err, "limit.memory", "sections");
    }
    for (size_t i = 0; rc == 0 && i < ret->count; i++) {
        struct place *above = place_find(ret, ret->list[i].parent);
        if (above != NULL) {
            above->inner = true;
        }
    }
    return rc;
}

static int
slots_load(struct store *store, struct str role, int64_t day, struct places *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[SLOTS]);
    int rc;
    db_bind_int(q, 1, day);
    db_bind_text(q, 2, role);
    while ((rc = db_step(q, err)) > 0) {
        struct place *place = place_find(ret, db_int(q, 0));
        if (place != NULL) {
            place->slot = true;
        }
    }
    db_end(q);
    return rc;
}

static int
id_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t
nearest(const struct places *places, const struct place *place)
{
    const struct place *at = place;
    for (int depth = 0; at != NULL && depth < ACCOUNT_DEPTH_MOST; depth++) {
        if (at->slot) {
            return at->id;
        }
        at = place_find(places, at->parent);
    }
    return place->id;
}

int
account_role_places(struct store *store, struct arena *arena, struct str role, int64_t at_us,
                    struct account_ids *ret, struct err *err)
{
    struct places places = {arena_array(arena, ACCOUNT_SECTIONS_MOST, sizeof *places.list), 0};
    *ret = (struct account_ids){arena_array(arena, ACCOUNT_SECTIONS_MOST, sizeof *ret->list), 0};
    if (places.list == NULL || ret->list == NULL) {
        return ERR(err, "limit.memory", "sections");
    }
    int64_t day = tokyo_day(at_us);
    if (places_load(store, day, &places, err) < 0 ||
        slots_load(store, role, day, &places, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < places.count; i++) {
        if (!places.list[i].inner) {
            ret->list[ret->count++] = nearest(&places, &places.list[i]);
        }
    }
    qsort(ret->list, ret->count, sizeof *ret->list, id_compare);
    size_t kept = 0;
    for (size_t i = 0; i < ret->count; i++) {
        if (kept == 0 || ret->list[i] != ret->list[kept - 1]) {
            ret->list[kept++] = ret->list[i];
        }
    }
    ret->count = kept;
    return 0;
}
