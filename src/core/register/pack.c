/*
 * pack: compares two definitions. Runs in cored and in the command line.
 *
 * Invariants: both are whole (no findings); an attribute whose direction is not known is told as
 * changed, never left out; what touches who may see, write, move or decide is heavy.
 */
#include "core/register/pack.h"

#include "base/mem/buf.h"
#include "core/register/merge.h"

#include <stdlib.h>
#include <string.h>

const char *const pack_part_names[PACK_PARTS] = {"register", "field", "access", "state", "move",
                                                 "step",     "key",   "effect", "apart"};
const char *const pack_way_names[PACK_WAYS] = {"widens", "narrows", "changes"};

struct packing {
    const struct register_set *set;
    struct arena *arena;
    const struct register_def *old, *new;
    struct pack_diff *diff;
    bool full;
};

static void
add(struct packing *p, struct pack_change change)
{
    struct pack_diff *diff = p->diff;
    if (diff->count == PACK_CHANGES_MOST || change.name.p == NULL) {
        p->full = true;
        return;
    }
    diff->heavy = diff->heavy || change.heavy;
    diff->list[diff->count++] = change;
}

/* "A/B", or with DOT "A.B". */
static struct str
joined(struct packing *p, struct str a, const char *between, struct str b)
{
    char *text = arena_printf(p->arena, "%.*s%s%.*s", STR_FMT(a), between, STR_FMT(b));
    return text != NULL ? str_of(text) : (struct str){0};
}

static bool
is_words(struct str key)
{
    return str_equal_z(key, "title") || str_equal_z(key, "help");
}

/* NODE without its own title and help. */
static void
put_plain(struct buf *buf, const struct yaml_node *node)
{
    if (node->kind != YAML_MAP) {
        register_canonical(buf, node);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!is_words(node->sorted[i]->key)) {
            buf_put_str(buf, node->sorted[i]->key);
            buf_put_char(buf, ':');
            register_canonical(buf, node->sorted[i]);
            buf_put_char(buf, ',');
        }
    }
}

static bool
same(const struct yaml_node *a, const struct yaml_node *b)
{
    struct buf x, y;
    if (a == NULL || b == NULL) {
        return a == b;
    }
    buf_init(&x, 4 * REGISTER_FILE_BYTES);
    buf_init(&y, 4 * REGISTER_FILE_BYTES);
    put_plain(&x, a);
    put_plain(&y, b);
    struct err why;
    bool equal =
        buf_done(&x, &why) == 0 && buf_done(&y, &why) == 0 && str_equal(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
    return equal;
}

/* ---- attributes of maps ---- */

struct pair {
    enum pack_part part;
    struct str name;
    const struct yaml_node *old, *new;
    const struct register_field *old_field, *new_field; /* of PACK_FIELD */
};

/* Attributes that ask for something: to have one narrows. */
static bool
asks(struct str key)
{
    static const char *const words[] = {"required", "unique", "personal",   "subject", "pattern",
                                        "check",    "route",  "visible_if", "if",      "need",
                                        "reason",   "not",    "fresh_min",  "late"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_equal_z(key, words[i])) {
            return true;
        }
    }
    return false;
}

static bool
choice_in(const struct register_field *field, struct str code)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (str_equal(field->choices[i], code)) {
            return true;
        }
    }
    return false;
}

static enum pack_way
choices_way(const struct register_field *old, const struct register_field *new)
{
    bool more = false, less = false;
    for (size_t i = 0; i < new->choice_count; i++) {
        more = more || !choice_in(old, new->choices[i]);
    }
    for (size_t i = 0; i < old->choice_count; i++) {
        less = less || !choice_in(new, old->choices[i]);
    }
    return more == less ? PACK_CHANGES : more ? PACK_WIDENS : PACK_NARROWS;
}

static enum pack_way
more_way(int64_t old, int64_t new)
{
    return new > old ? PACK_WIDENS : new < old ? PACK_NARROWS : PACK_CHANGES;
}

static enum pack_way
field_way(const struct pair *pair, struct str key)
{
    const struct register_field *old = pair->old_field, *new = pair->new_field;
    if (str_equal_z(key, "max")) {
        return more_way(old->max, new->max);
    }
    if (str_equal_z(key, "min")) {
        return more_way(new->min, old->min);
    }
    if (str_equal_z(key, "size")) {
        return more_way(old->size_bytes, new->size_bytes);
    }
    if (str_equal_z(key, "level")) {
        return more_way((int64_t) new->level, (int64_t)old->level);
    }
    if (str_equal_z(key, "of") || str_equal_z(key, "set")) {
        return choices_way(old, new);
    }
    if (str_equal_z(key, "free")) {
        return more_way(old->free, new->free);
    }
    if (str_equal_z(key, "search")) {
        return more_way(old->search, new->search);
    }
    return PACK_CHANGES;
}

/* What is said is "true", a text or a list; absent and "false" are the same. */
static bool
is_said(const struct yaml_node *node)
{
    return node != NULL && !(node->kind == YAML_TEXT && str_equal_z(node->text, "false"));
}

static enum pack_way
attribute_way(const struct pair *pair, struct str key)
{
    bool before = is_said(yaml_get_str(pair->old, key));
    bool after = is_said(yaml_get_str(pair->new, key));
    if (asks(key) && before != after) {
        return after ? PACK_NARROWS : PACK_WIDENS;
    }
    return pair->part == PACK_FIELD ? field_way(pair, key) : PACK_CHANGES;
}

/* Of a field only what says who sees it, who is apart, and what an approval covers. */
static bool
attribute_heavy(const struct pair *pair, struct str key)
{
    static const char *const heavy[] = {"type", "level", "personal", "subject", "free", "was"};
    for (size_t i = 0; i < sizeof heavy / sizeof *heavy; i++) {
        if (str_equal_z(key, heavy[i])) {
            return true;
        }
    }
    return pair->part != PACK_FIELD;
}

/* Attributes that have a comparison of their own. */
static bool
apart_compared(enum pack_part part, struct str key)
{
    bool orders = str_equal_z(key, "key") || str_equal_z(key, "keys") ||
                  str_equal_z(key, "effect") || str_equal_z(key, "effects");
    return is_words(key) || (orders && (part == PACK_STATE || part == PACK_MOVE));
}

static void
attribute(struct packing *p, const struct pair *pair, struct str key)
{
    if (!apart_compared(pair->part, key) &&
        !same(yaml_get_str(pair->old, key), yaml_get_str(pair->new, key))) {
        add(p, (struct pack_change){.part = pair->part,
                                    .way = attribute_way(pair, key),
                                    .heavy = attribute_heavy(pair, key),
                                    .name = joined(p, pair->name, ".", key)});
    }
}

static void
attributes(struct packing *p, const struct pair *pair)
{
    YAML_EACH(child, pair->old)
    {
        attribute(p, pair, child->key);
    }
    YAML_EACH(child, pair->new)
    {
        if (yaml_get_str(pair->old, child->key) == NULL) {
            attribute(p, pair, child->key);
        }
    }
}

/* ---- fields ---- */

/* The field of OLD that FIELD was. */
static const struct register_field *
field_before(const struct register_def *old, const struct register_field *field)
{
    const struct register_field *found = register_field_find(old, field->key);
    for (size_t i = 0; found == NULL && i < field->was_count; i++) {
        found = register_field_find(old, field->was[i]);
    }
    return found;
}

static void
fields(struct packing *p)
{
    bool met[REGISTER_FIELDS_MOST] = {false};
    for (size_t i = 0; i < p->new->field_count; i++) {
        const struct register_field *new = &p->new->fields[i];
        const struct register_field *old = field_before(p->old, new);
        if (old == NULL) {
            add(p, (struct pack_change){PACK_FIELD, PACK_WIDENS, new->subject, new->key});
            continue;
        }
        met[old - p->old->fields] = true;
        struct pair pair = {PACK_FIELD, new->key, old->at, new->at, old, new};
        attributes(p, &pair);
    }
    for (size_t i = 0; i < p->old->field_count; i++) {
        const struct register_field *old = &p->old->fields[i];
        if (!met[i]) { /* what is not kept cannot keep anybody apart */
            add(p, (struct pack_change){PACK_FIELD, PACK_NARROWS, old->subject, old->key});
        }
    }
}

/* ---- lists of texts as sets ---- */

struct texts {
    struct str *list;
    size_t count;
};

static void
text_add(struct packing *p, struct texts *texts, struct str text)
{
    if (texts->count == PACK_CHANGES_MOST || text.p == NULL) {
        p->full = true;
        return;
    }
    texts->list[texts->count++] = text;
}

static struct texts
texts_new(struct packing *p)
{
    struct texts texts = {arena_array(p->arena, PACK_CHANGES_MOST, sizeof *texts.list), 0};
    p->full = p->full || texts.list == NULL;
    return texts;
}

static int
text_compare(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* How what stands only in one list is told: in the new one as WAY, in the old one the other way. */
static void
sets(struct packing *p, enum pack_part part, struct texts old, struct texts new, enum pack_way way)
{
    enum pack_way other = way == PACK_WIDENS ? PACK_NARROWS : PACK_WIDENS;
    size_t i = 0, k = 0;
    if (p->full) {
        return;
    }
    qsort(old.list, old.count, sizeof *old.list, text_compare);
    qsort(new.list, new.count, sizeof *new.list, text_compare);
    while (i < old.count || k < new.count) {
        int order = i == old.count   ? 1
                    : k == new.count ? -1
                                     : str_compare(old.list[i], new.list[k]);
        if (order != 0) {
            struct str name = order < 0 ? old.list[i] : new.list[k];
            add(p, (struct pack_change){part, order < 0 ? other : way, true, name});
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- access ---- */

/* Both definitions have the field: one that comes or goes is told as such, and one with another
 * name by its `was`, which is heavy. */
static bool
stays(const struct packing *p, struct str key)
{
    return register_field_find(p->old, key) != NULL && register_field_find(p->new, key) != NULL;
}

struct tuple {
    const struct register_def *def;
    const struct register_access *row;
    struct str role, rows;
    size_t field;
};

static void
field_tuples(struct packing *p, struct tuple t, struct texts *ret)
{
    struct str key = t.def->fields[t.field].key;
    if (register_mask_has(&t.row->read, t.field)) {
        char *text = arena_printf(p->arena, "%.*s: read %.*s (%.*s)", STR_FMT(t.role), STR_FMT(key),
                                  STR_FMT(t.rows));
        text_add(p, ret, text != NULL ? str_of(text) : (struct str){0});
    }
    for (size_t w = 0; !p->full && w < t.row->write_count; w++) {
        if (register_mask_has(&t.row->writes[w].fields, t.field)) {
            struct str state = t.def->states[t.row->writes[w].state].name;
            char *text = arena_printf(p->arena, "%.*s: write %.*s/%.*s (%.*s)", STR_FMT(t.role),
                                      STR_FMT(state), STR_FMT(key), STR_FMT(t.rows));
            text_add(p, ret, text != NULL ? str_of(text) : (struct str){0});
        }
    }
}

/* Every field a role reads, or writes in a state, and of which records. */
static void
row_tuples(struct packing *p, const struct register_def *def, const struct register_access *row,
           struct str rows, struct texts *ret)
{
    for (size_t r = 0; !p->full && r < row->role_count; r++) {
        struct str role = row->roles[r];
        text_add(p, ret, joined(p, role, ": ", rows));
        for (size_t i = 0; !p->full && i < def->field_count; i++) {
            if (stays(p, def->fields[i].key)) {
                field_tuples(p, (struct tuple){def, row, role, rows, i}, ret);
            }
        }
    }
}

static struct texts
tuples(struct packing *p, const struct register_def *def)
{
    struct texts ret = texts_new(p);
    const struct yaml_node *list = yaml_get(def->root, "access");
    size_t i = 0;
    if (list == NULL || p->full) {
        return ret;
    }
    YAML_EACH(child, list)
    {
        struct str rows = yaml_text(yaml_get(child, "rows"));
        if (i < def->access_count && !p->full) {
            row_tuples(p, def, &def->access[i++], rows.n > 0 ? rows : STR("-"), &ret);
        }
    }
    return ret;
}

/* ---- orders: keys and effects ---- */

static void
orders(struct packing *p, struct str place, const struct register_order *list, size_t count,
       struct texts *ret)
{
    for (size_t i = 0; i < count && !p->full; i++) {
        struct str text = joined(p, place, ": ", list[i].effect);
        for (size_t k = 0; k < list[i].arg_count; k++) {
            text =
                joined(p, joined(p, text, " ", list[i].args[k].name), "=", list[i].args[k].value);
        }
        text_add(p, ret, text);
    }
}

static struct texts
keys_of(struct packing *p, const struct register_def *def)
{
    struct texts ret = texts_new(p);
    for (size_t i = 0; def != NULL && i < def->state_count; i++) {
        const struct register_state *state = &def->states[i];
        orders(p, state->name, state->keys, state->key_count, &ret);
    }
    return ret;
}

static struct texts
effects_of(struct packing *p, const struct register_def *def)
{
    struct texts ret = texts_new(p);
    for (size_t i = 0; def != NULL && i < def->move_count; i++) {
        const struct register_move *move = &def->moves[i];
        orders(p, move->name, move->effects, move->effect_count, &ret);
    }
    return ret;
}

/* ---- states, moves, routes ---- */

/* Maps of states or moves, by name. A new move is a new way; a state alone opens nothing. */
static void
named(struct packing *p, enum pack_part part, const char *key)
{
    const struct yaml_node *old = yaml_get(p->old->root, key), *new = yaml_get(p->new->root, key);
    YAML_EACH(child, new)
    {
        struct pair pair = {part, child->key, yaml_get_str(old, child->key), child, NULL, NULL};
        if (pair.old != NULL) {
            attributes(p, &pair);
        } else {
            add(p, (struct pack_change){part, PACK_WIDENS, true, child->key});
        }
    }
    YAML_EACH(child, old)
    {
        if (yaml_get_str(new, child->key) == NULL) {
            add(p, (struct pack_change){part, PACK_NARROWS, true, child->key});
        }
    }
    if (part == PACK_STATE && old != NULL &&
        new != NULL && /* the first one is where records open */
        old->first != NULL &&new->first != NULL && !str_equal(old->first->key, new->first->key)) {
        add(p, (struct pack_change){part, PACK_CHANGES, true, new->first->key});
    }
}

static const struct yaml_node *
step_find(const struct register_route *route, struct str key, size_t *ret_at)
{
    size_t at = 0;
    YAML_EACH(child, route != NULL ? route->at : NULL)
    {
        if (str_equal(yaml_text(yaml_get(child, "key")), key)) {
            *ret_at = at;
            return child;
        }
        at++;
    }
    return NULL;
}

/* Steps by key: one more narrows, one less widens, another order or another attribute changes. */
static void
steps(struct packing *p, struct str name, const struct register_route *old,
      const struct register_route *new)
{
    size_t before = 0, at = 0;
    for (size_t i = 0; new != NULL &&i < new->step_count; i++) {
        struct str key = new->steps[i].key;
        const struct yaml_node *was = step_find(old, key, &before), *is = step_find(new, key, &at);
        if (was == NULL || before != i || !same(was, is)) {
            add(p, (struct pack_change){PACK_STEP, was == NULL ? PACK_NARROWS : PACK_CHANGES, true,
                                        joined(p, name, "/", key)});
        }
    }
    for (size_t i = 0; old != NULL && i < old->step_count; i++) {
        struct str key = old->steps[i].key;
        if (step_find(new, key, &at) == NULL) {
            add(p, (struct pack_change){PACK_STEP, PACK_WIDENS, true, joined(p, name, "/", key)});
        }
    }
}

static const struct register_route *
own_route(const struct register_def *def, struct str name)
{
    for (size_t i = 0; i < def->route_count; i++) {
        if (str_equal(def->routes[i].name, name)) {
            return &def->routes[i];
        }
    }
    return NULL;
}

static void
routes(struct packing *p)
{
    for (size_t i = 0; i < p->new->route_count; i++) {
        const struct register_route *new = &p->new->routes[i];
        steps(p, new->name, register_route_find(p->set, p->old, new->name), new);
    }
    for (size_t i = 0; i < p->old->route_count; i++) {
        const struct register_route *old = &p->old->routes[i];
        if (own_route(p->new, old->name) == NULL) {
            steps(p, old->name, old, register_route_find(p->set, p->new, old->name));
        }
    }
    for (size_t i = 0; i < p->new->state_count; i++) { /* a state that takes another route */
        const struct register_state *new = &p->new->states[i];
        int at = register_state_find(p->old, new->name);
        struct str was = at >= 0 ? p->old->states[at].route : (struct str){0};
        if (at >= 0 && was.n > 0 && new->route.n > 0 && !str_equal(was, new->route)) {
            steps(p, new->name, register_route_find(p->set, p->old, was),
                  register_route_find(p->set, p->new, new->route));
        }
    }
}

/* ---- the rest ---- */

static struct texts
aparts(struct packing *p, const struct register_def *def)
{
    struct texts ret = texts_new(p);
    for (size_t i = 0; i < def->apart_count && !p->full; i++) {
        struct str text = STR("");
        for (size_t k = 0; k < def->aparts[i].count; k++) {
            text = joined(p, text, k == 0 ? "" : " ≠ ", def->aparts[i].of[k]);
        }
        text_add(p, &ret, text);
    }
    return ret;
}

static void
rest(struct packing *p)
{
    static const struct {
        const char *key;
        bool heavy;
    } keys[] = {{"topics", true}, {"clauses", false}, {"number", false}, {"match", false},
                {"retain", true}, {"forms", false},   {"clocks", false}, {"repeat", false}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct yaml_node *old = yaml_get(p->old->root, keys[i].key);
        const struct yaml_node *new = yaml_get(p->new->root, keys[i].key);
        if (!same(old, new)) {
            add(p, (struct pack_change){PACK_REGISTER, PACK_CHANGES, keys[i].heavy,
                                        str_of(keys[i].key)});
        }
    }
}

int
pack_compare(const struct register_set *set, struct arena *arena, const struct register_def *old,
             const struct register_def *new, struct pack_diff *ret, struct err *err)
{
    struct packing p = {.set = set, .arena = arena, .old = old, .new = new, .diff = ret};
    *ret = (struct pack_diff){.list = arena_array(arena, PACK_CHANGES_MOST, sizeof *ret->list)};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "diff");
    }
    if (old == NULL) {
        add(&p, (struct pack_change){PACK_REGISTER, PACK_WIDENS, false, new->name});
    } else {
        fields(&p);
        sets(&p, PACK_ACCESS, tuples(&p, old), tuples(&p, new), PACK_WIDENS);
        named(&p, PACK_STATE, "states");
        named(&p, PACK_MOVE, "moves");
        routes(&p);
        sets(&p, PACK_APART, aparts(&p, old), aparts(&p, new), PACK_NARROWS);
        rest(&p);
    }
    sets(&p, PACK_KEY, keys_of(&p, old), keys_of(&p, new), PACK_WIDENS);
    sets(&p, PACK_EFFECT, effects_of(&p, old), effects_of(&p, new), PACK_WIDENS);
    return p.full ? ERR(err, "limit.memory", "diff") : 0;
}
