/*
 * grams: see grams.h. Pure. Open addressing; the grams come from foreign text only as questions, so
 * the table grows with our own data, never with a policy.
 */
#include "format/bind/grams.h"

#include <math.h>
#include <string.h>

enum { SLOTS_LEAST = 1 << 8, POSTINGS_FIRST = 2 };

static size_t
slot_of(const struct grams *grams, uint64_t gram)
{
    uint64_t hash = gram * UINT64_C(0x9e3779b97f4a7c15);
    size_t mask = grams->slot_count - 1, at = (size_t)(hash >> 32) & mask;
    while (grams->slots[at].posting_count != 0 && grams->slots[at].gram != gram)
        at = (at + 1) & mask;
    return at;
}

static int
grow(struct grams *grams, struct err *err)
{
    struct gram *old = grams->slots;
    size_t count = grams->slot_count;
    grams->slot_count = count * 2;
    grams->slots = arena_array(grams->arena, grams->slot_count, sizeof *grams->slots);
    if (grams->slots == NULL)
        return arena_check(grams->arena, err);
    for (size_t i = 0; i < count; i++)
        if (old[i].posting_count != 0)
            grams->slots[slot_of(grams, old[i].gram)] = old[i];
    return 0;
}

int
grams_init(struct grams *grams, struct arena *arena, size_t size_hint, struct err *err)
{
    *grams = (struct grams){.arena = arena, .slot_count = SLOTS_LEAST};
    while (grams->slot_count < 2 * size_hint)
        grams->slot_count *= 2;
    grams->slots = arena_array(arena, grams->slot_count, sizeof *grams->slots);
    return grams->slots == NULL ? arena_check(arena, err) : 0;
}

static int
add_posting(struct grams *grams, struct gram *slot, size_t entry, struct err *err)
{
    if (slot->posting_count > 0 && slot->postings[slot->posting_count - 1].entry == entry) {
        slot->postings[slot->posting_count - 1].count++;
        return 0;
    }
    if (slot->posting_count == slot->room) {
        uint32_t room = slot->room == 0 ? POSTINGS_FIRST : slot->room * 2;
        struct posting *list = arena_array(grams->arena, room, sizeof *list);
        if (list == NULL)
            return arena_check(grams->arena, err);
        if (slot->posting_count > 0)
            memcpy(list, slot->postings, slot->posting_count * sizeof *list);
        slot->postings = list;
        slot->room = room;
    }
    slot->postings[slot->posting_count++] = (struct posting){.entry = (uint32_t)entry, .count = 1};
    return 0;
}

int
grams_add(struct grams *grams, size_t entry, const struct form *form, struct err *err)
{
    for (size_t i = 0; i < form->gram_count; i++) {
        if (grams->used * 2 >= grams->slot_count && grow(grams, err) < 0)
            return -1;
        struct gram *slot = &grams->slots[slot_of(grams, form->grams[i])];
        grams->used += slot->posting_count == 0;
        slot->gram = form->grams[i];
        if (add_posting(grams, slot, entry, err) < 0)
            return -1;
    }
    if (entry >= grams->entry_count)
        grams->entry_count = entry + 1;
    return 0;
}

void
grams_weigh(struct grams *grams, size_t entry_count)
{
    for (size_t i = 0; i < grams->slot_count; i++) {
        double n = grams->slots[i].posting_count;
        if (n > 0)
            grams->slots[i].weight = log(1 + ((double)entry_count - n + 0.5) / (n + 0.5));
    }
}

const struct gram *
grams_get(const struct grams *grams, uint64_t gram)
{
    const struct gram *slot = &grams->slots[slot_of(grams, gram)];
    return slot->posting_count == 0 ? NULL : slot;
}
