/*
 * register_walk: every move of a register made once, through the one door, by made-up persons. In
 * the command line; the database is a file in a folder of its own that is removed at the end.
 *
 * Person 1 applies and owns, 2 is her colleague, and each role has a holder of its own from 10 on.
 * For each move a record is opened and taken the shortest way to a state from which the move goes.
 * What a refusal names as missing is made up and filled in. Before each decision the owner tries it
 * herself: that must be refused.
 */
#include "cmd/sekisho/register_walk.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/time.h"
#include "cmd/sekisho/register_check.h"
#include "cmd/sekisho/register_made.h"
#include "core/register/register.h"
#include "core/store/id.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLEAN, FINDINGS, UNREADABLE, FAILED };
enum { APPLICANT = 1, COLLEAGUE = 2, HOLDERS = 10, SECTION = 11, TRIES = 60, REFS_DEEP = 3 };

struct done {
    int result;
    struct err err;
};

struct walk {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_def *def;
    struct register_outcome last;
    uint64_t persons; /* the highest id */
    unsigned serial;  /* of made-up values, so that unique ones are */
    unsigned variants[REGISTER_FIELDS_MOST], first, row;
    bool full;     /* what need not be filled is filled as well */
    json_t *asked; /* what goes along with a move that asks for it; NULL: nothing */
    struct done filled;
    unsigned made, failed;
};

/* ---- the made-up body ---- */

static const struct store_statement people[] = {
    {"walk.body", "INSERT INTO body VALUES (1, 'walk', '試験町', 'mayor', NULL, 0, 99999)"},
    {"walk.section", "INSERT INTO section VALUES (11, 1, 'A', '試験課', '', NULL, 0, 99999)"},
    {"walk.post", "INSERT INTO post VALUES (100, 11, 'p', '職員', 5, 0, 99, 0, 99999)"},
};

static const struct store_statement person_add[] = {
    {"walk.person", "INSERT INTO person VALUES ($1, $2, $3, '')"},
    {"walk.engaged", "INSERT INTO engagement VALUES ($1, $1, $2, $3, 0, 99999)"},
    {"walk.appointed", "INSERT INTO appointment VALUES ($1, $1, 100, 'main', 0, 99999, '')"},
};

static const struct store_statement slot_add = {
    "walk.slot", "INSERT INTO role_slot VALUES ($1, $2, $3, $4, NULL, $5, 0, 99999)"};

static int
person_make(struct store *store, uint64_t id, const char *kind, struct err *err)
{
    char handle[32], staff[32], name[32];
    (void)snprintf(handle, sizeof handle, "p:walk%llu", (unsigned long long)id);
    (void)snprintf(staff, sizeof staff, "W%llu", (unsigned long long)id);
    (void)snprintf(name, sizeof name, "試験%llu", (unsigned long long)id);
    for (size_t i = 0; i < 3; i++) {
        struct db_query *q = db_query(store, &person_add[i]);
        db_bind_int(q, 1, (int64_t)id);
        if (i < 2) {
            db_bind_z(q, 2, i == 0 ? handle : staff);
        }
        if (i < 2) {
            db_bind_z(q, 3, i == 0 ? name : kind);
        }
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
slot_make(struct store *store, const struct register_role *role, uint64_t slot, uint64_t person,
          struct err *err)
{
    bool section = str_equal_z(role->scope, "section");
    struct db_query *q = db_query(store, &slot_add);
    db_bind_int(q, 1, (int64_t)slot);
    db_bind_text(q, 2, role->key);
    db_bind_text(q, 3, section ? STR("section") : STR("body"));
    db_bind_int(q, 4, section ? SECTION : 1);
    db_bind_int(q, 5, (int64_t)person);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* One more person who holds every role, for steps that ask for two of a role. */
static int
second_make(struct walk *walk, struct store *store, struct err *err)
{
    size_t count = walk->set->role_count;
    walk->persons++;
    int rc = person_make(store, walk->persons, "staff", err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = slot_make(store, &walk->set->roles[i], HOLDERS + count + i, walk->persons, err);
    }
    return rc;
}

static int
unit_people(struct store *store, void *arg, struct err *err)
{
    struct walk *walk = arg;
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        if (db_exec(store, &people[i], err) < 0) {
            return -1;
        }
    }
    if (person_make(store, APPLICANT, "staff", err) < 0 ||
        person_make(store, COLLEAGUE, "staff", err) < 0) {
        return -1;
    }
    for (unsigned i = 0; i < REGISTER_MADE_KINDS; i++) {
        if (person_make(store, REGISTER_MADE_FIRST + i, register_made_kinds[i], err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < walk->set->role_count; i++) {
        walk->persons = HOLDERS + i;
        if (person_make(store, walk->persons, "staff", err) < 0 ||
            slot_make(store, &walk->set->roles[i], walk->persons, walk->persons, err) < 0) {
            return -1;
        }
    }
    return second_make(walk, store, err);
}

static void
done_note(struct done *done, int result, const struct err *err)
{
    done->result = result;
    if (result < 0) {
        done->err = *err;
    }
}

static void
on_people(void *arg, int result, const struct err *err)
{
    struct walk *walk = arg;
    done_note(&walk->filled, result, err);
}

/* ---- one act ---- */

struct acting {
    struct walk *walk;
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
    struct done done;
};

static int
unit_act(struct store *store, void *arg, struct err *err)
{
    struct acting *acting = arg;
    return register_act(acting->walk->set, store, acting->walk->arena, &acting->caller,
                        &acting->call, &acting->outcome, err);
}

static void
on_act(void *arg, int result, const struct err *err)
{
    struct acting *acting = arg;
    done_note(&acting->done, result, err);
}

/* PERSON (0: the system) does MOVE on the last record, with FIELDS (may be NULL). */
static int
act(struct walk *walk, uint64_t person, struct str move, json_t *fields, struct err *err)
{
    struct acting acting = {
        .walk = walk,
        .caller = {.person = person, .system = person == 0, .factors = STR("password,totp")},
        .call = {.reg = walk->def->name,
                 .record = walk->last.record,
                 .move = move,
                 .rev = walk->last.rev,
                 .reason = STR("試験"),
                 .fields = fields,
                 .route = STR("section_manager"),
                 .owner = APPLICANT,
                 .section = SECTION}};
    memcpy(acting.call.digest, walk->last.digest, sizeof acting.call.digest);
    store_write(walk->store, unit_act, on_act, &acting);
    if (acting.done.result < 0) {
        *err = acting.done.err;
        return -1;
    }
    walk->last = acting.outcome;
    return 0;
}

/* ---- made-up values ---- */

/* Which of the values for FIELD is tried next. Columns of tables and fields of other registers have
 * the first one always. */
static unsigned *
variant_of(struct walk *walk, const struct register_field *field)
{
    bool own = field >= walk->def->fields && field < walk->def->fields + walk->def->field_count;
    walk->first = walk->row;
    return own ? &walk->variants[field - walk->def->fields] : &walk->first;
}

static json_t *value_make(struct walk *walk, const struct register_field *field, unsigned deep);

static json_t *
row_make(struct walk *walk, const struct register_field *table)
{
    json_t *row = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        const struct register_field *column = &table->columns[i];
        walk->row = *variant_of(walk, table);
        json_t *value = column->required ? value_make(walk, column, REFS_DEEP) : NULL;
        walk->row = 0;
        if (value != NULL) {
            (void)json_object_setn_new(row, column->key.p, column->key.n, value);
        }
    }
    return row;
}

/* The required fields of DEF, made up. */
static json_t *
fields_make(struct walk *walk, const struct register_def *def, unsigned deep)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        bool wanted = (field->required || walk->full) && field->visible_if == NULL &&
                      field->fallback.p == NULL;
        json_t *value = wanted ? value_make(walk, field, deep) : NULL;
        if (value != NULL) {
            (void)json_object_setn_new(fields, field->key.p, field->key.n, value);
        }
    }
    return fields;
}

/* The register FIELD points at; for any record some other one whose records persons open. */
static const struct register_def *
ref_target(const struct walk *walk, const struct register_field *field)
{
    if (field->to.n > 0 && !str_equal_z(field->to, "record")) {
        return register_def_find(walk->set, field->to);
    }
    for (size_t i = 0; i < walk->set->def_count; i++) {
        const struct register_def *def = &walk->set->defs[i];
        if (!def->shape && def != walk->def && def->states[0].route.n == 0) {
            return def;
        }
    }
    return NULL;
}

/* A record of the register FIELD points at, opened by the applicant; NULL when there is none. */
static json_t *
ref_make(struct walk *walk, const struct register_field *field, unsigned deep)
{
    char id[ID_CHARS + 1];
    const struct register_def *to = ref_target(walk, field);
    if (to == NULL || deep == 0) {
        id_format(id_new(), id);
        return str_equal_z(field->to, "transfer") ? json_string(id) : json_string("gate_disarm");
    }
    struct walk other = *walk;
    struct err err = {0};
    other.def = to;
    other.full = false;
    json_t *fields = fields_make(&other, to, deep - 1);
    bool given = str_equal_z(to->states[0].route, "given");
    int rc = act(&other, given ? 0 : APPLICANT, STR("open"), fields, &err);
    json_decref(fields);
    id_format(other.last.record, id);
    return rc == 0 ? json_string(id) : NULL;
}

static json_t *
one_make(struct walk *walk, const struct register_field *field, unsigned deep)
{
    if (field->type == VALUE_REF) {
        return ref_make(walk, field, deep);
    }
    return register_made(field, *variant_of(walk, field), ++walk->serial);
}

static json_t *
value_make(struct walk *walk, const struct register_field *field, unsigned deep)
{
    if (field->type == VALUE_TABLE) {
        json_t *rows = json_array();
        for (int64_t i = 0; i < (field->min > 0 ? field->min : 1); i++) {
            (void)json_array_append_new(rows, row_make(walk, field));
        }
        return rows;
    }
    json_t *one = one_make(walk, field, deep);
    return field->many && one != NULL && !json_is_array(one) ? json_pack("[o]", one) : one;
}

/* ---- moving ---- */

static bool
move_asks(const struct register_move *move, const char *key)
{
    for (size_t i = 0; i < move->ask_count; i++) {
        if (str_equal_z(move->ask[i], key)) {
            return true;
        }
    }
    return false;
}

/* VALUE (stolen) becomes that of the field KEY: along with MOVE when it asks for it, else somebody
 * who may writes it. */
static int
field_set(struct walk *walk, const struct register_move *move, const char *key, json_t *value,
          struct err *err)
{
    if (move_asks(move, key)) {
        walk->asked = walk->asked != NULL ? walk->asked : json_object();
        return json_object_set_new(walk->asked, key, value);
    }
    json_t *fields = json_object();
    (void)json_object_set_new(fields, key, value);
    int rc = -1;
    for (uint64_t person = APPLICANT;
         rc < 0 && !err_is(err, "register.check") && person <= walk->persons; person++) {
        rc = act(walk, person, STR("edit"), fields, err);
    }
    json_decref(fields);
    return rc;
}

/* FIELD gets the first of its made-up values, from where it stands, that its check takes. */
static int
field_tried(struct walk *walk, const struct register_move *move, const struct register_field *field)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%.*s", STR_FMT(field->key));
    for (unsigned *variant = variant_of(walk, field); *variant < REGISTER_MADE_VARIANTS;
         ++*variant_of(walk, field)) {
        struct err why = {0};
        json_t *value = value_make(walk, field, REFS_DEEP);
        int rc = value != NULL ? field_set(walk, move, key, value, &why) : -1;
        if (rc == 0 || !err_is(&why, "register.check")) {
            return rc;
        }
    }
    return -1;
}

/* What REFUSED says of a field is mended: made up, made up otherwise, or emptied. */
static int
field_mend(struct walk *walk, const struct register_move *move, const struct err *refused)
{
    struct err why = {0};
    const struct register_field *field = register_field_find(walk->def, str_of(refused->detail));
    bool other = err_is(refused, "register.check");
    if (err_is(refused, "register.field_hidden")) {
        return field_set(walk, move, refused->detail, json_null(), &why);
    }
    if (field == NULL || !(other || err_is(refused, "register.field_missing"))) {
        return -1;
    }
    *variant_of(walk, field) += other;
    return field_tried(walk, move, field);
}

/* The owner sets every yes or no of the record to yes: most conditions of moves ask for one. */
static int
flags_set(struct walk *walk, struct err *err)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < walk->def->field_count; i++) {
        const struct register_field *field = &walk->def->fields[i];
        if (field->type == VALUE_FLAG) {
            (void)json_object_setn_new(fields, field->key.p, field->key.n, json_true());
        }
    }
    int rc = json_object_size(fields) == 0 ? -1 : act(walk, APPLICANT, STR("edit"), fields, err);
    json_decref(fields);
    return rc;
}

/* The owner turns every choice of the record on by one. */
static int
choices_turn(struct walk *walk, struct err *err)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < walk->def->field_count; i++) {
        const struct register_field *field = &walk->def->fields[i];
        if (field->type == VALUE_CHOICE && field->required && !field->many) {
            ++*variant_of(walk, field);
            (void)json_object_setn_new(fields, field->key.p, field->key.n,
                                       value_make(walk, field, REFS_DEEP));
        }
    }
    int rc = json_object_size(fields) == 0 ? -1 : act(walk, APPLICANT, STR("edit"), fields, err);
    json_decref(fields);
    return rc;
}

/* Whatever MOVE asks for, or somebody may write where the record stands, is filled. */
static int
all_filled(struct walk *walk, const struct register_move *move)
{
    int filled = -1;
    for (size_t i = 0; i < walk->def->field_count; i++) {
        const struct register_field *field = &walk->def->fields[i];
        if (field->type != VALUE_CALC && field_tried(walk, move, field) == 0) {
            filled = 0;
        }
    }
    return filled;
}

/* The record is made such that what MOVE asks for in its `if` may hold, the TURN-th way. */
static int
if_mend(struct walk *walk, const struct register_move *move, unsigned turn)
{
    struct err err = {0};
    if (turn == 0 && flags_set(walk, &err) == 0) {
        return 0;
    }
    if (turn <= 1 && walk->full && all_filled(walk, move) == 0) {
        return 0;
    }
    return turn < REGISTER_MADE_VARIANTS ? choices_turn(walk, &err) : -1;
}

/* PERSON makes MOVE; what is missing is filled in. */
static int
act_filled(struct walk *walk, uint64_t person, const struct register_move *move, struct err *err)
{
    int rc = -1;
    for (unsigned i = 0, turn = 0; i < TRIES; i++) {
        *err = (struct err){0};
        rc = act(walk, person, move->name, walk->asked, err);
        struct err refused = *err;
        if (rc < 0 && err_is(err, "register.if") && if_mend(walk, move, turn++) == 0) {
            continue;
        }
        if (rc == 0 || field_mend(walk, move, &refused) < 0) {
            break;
        }
    }
    json_decref(walk->asked);
    walk->asked = NULL;
    return rc;
}

/* Everybody but the owner tries MOVE until somebody may. */
static int
anybody(struct walk *walk, const struct register_move *move, struct err *err)
{
    struct err best = {0};
    for (uint64_t person = COLLEAGUE; person <= walk->persons; person++) {
        if (act_filled(walk, person, move, err) == 0) {
            return 0;
        }
        if (best.code == NULL || err_is(&best, "register.not_candidate")) {
            best = *err;
        }
    }
    *err = best;
    return -1;
}

static const struct register_move *
decided_from(const struct register_def *def, int state)
{
    for (size_t i = 0; i < def->move_count; i++) {
        if (def->moves[i].on == ON_DECIDED && (def->moves[i].from >> state & 1) != 0) {
            return &def->moves[i];
        }
    }
    return NULL;
}

/* A step is filled; -2 when the owner could do it herself. */
static int
step_fill(struct walk *walk, const struct register_move *said, struct err *err)
{
    struct err own = {0};
    struct register_outcome before = walk->last;
    if (act(walk, APPLICANT, said->name, NULL, &own) == 0) {
        walk->last = before;
        (void)ERR(err, "register.walk_own", "%.*s", STR_FMT(said->name));
        return -2;
    }
    return anybody(walk, said, err);
}

/* Steps are filled until MOVE is made. */
static int
route_walked(struct walk *walk, const struct register_move *move, struct err *err)
{
    int state = register_state_find(walk->def, walk->last.state);
    const struct register_move *decided = decided_from(walk->def, state);
    for (unsigned i = 0; i < TRIES; i++) {
        struct register_outcome before = walk->last;
        int rc = step_fill(walk, move, err);
        bool moved =
            rc == 0 && (!str_equal(walk->last.state, before.state) || move->to == (size_t)state);
        if (moved || rc == -2) {
            return rc;
        }
        if (rc < 0 &&
            (move->on == ON_DECIDED || decided == NULL || step_fill(walk, decided, err) < 0)) {
            return -1;
        }
    }
    return ERR(err, "register.walk_stuck", "%.*s", STR_FMT(move->name));
}

static int
move_made(struct walk *walk, const struct register_move *move, struct err *err)
{
    if (move->by == BY_STEP) {
        return route_walked(walk, move, err);
    }
    if ((move->by & BY_OWNER) != 0) {
        return act_filled(walk, APPLICANT, move, err);
    }
    return (move->by & (BY_ROLE | BY_EVERYONE)) != 0 ? anybody(walk, move, err)
                                                     : act_filled(walk, 0, move, err);
}

static int
record_opened(struct walk *walk, struct err *err)
{
    bool given = str_equal_z(walk->def->states[0].route, "given");
    json_t *fields = fields_make(walk, walk->def, REFS_DEEP);
    int rc = -1;
    for (unsigned i = 0; i < TRIES; i++) {
        *err = (struct err){0};
        rc = act(walk, given ? 0 : APPLICANT, STR("open"), fields, err);
        const struct register_field *field = register_field_find(walk->def, str_of(err->detail));
        bool other = err_is(err, "register.check"), hidden = err_is(err, "register.field_hidden");
        if (rc == 0 || field == NULL ||
            !(other || hidden || err_is(err, "register.field_missing")) ||
            (*variant_of(walk, field) += other) >= REGISTER_MADE_VARIANTS) {
            break;
        }
        json_t *value = hidden ? json_null() : value_make(walk, field, REFS_DEEP);
        if (value == NULL || json_object_set_new(fields, err->detail, value) < 0) {
            break;
        }
    }
    json_decref(fields);
    return rc;
}

/* The move by which each state is first reached from the first one; NULL where none leads. */
static void
ways(const struct register_def *def, const struct register_move **ret, size_t *ret_before)
{
    uint64_t seen = 1;
    for (bool more = true; more;) {
        uint64_t fresh = 0;
        for (size_t i = 0; i < def->move_count; i++) {
            const struct register_move *move = &def->moves[i];
            for (size_t from = 0; from < def->state_count; from++) {
                bool leads = (move->from & seen) >> from & 1;
                if (leads && ((seen | fresh) >> move->to & 1) == 0) {
                    fresh |= UINT64_C(1) << move->to;
                    ret[move->to] = move;
                    ret_before[move->to] = from;
                }
            }
        }
        seen |= fresh;
        more = fresh != 0;
    }
}

/* The moves from the first state to STATE are made, in order. */
static int
state_reached(struct walk *walk, size_t state, struct err *err)
{
    const struct register_move *way[REGISTER_STATES_MOST] = {0};
    size_t before[REGISTER_STATES_MOST] = {0}, path[REGISTER_STATES_MOST], n = 0;
    ways(walk->def, way, before);
    for (size_t at = state; at != 0 && way[at] != NULL && n < REGISTER_STATES_MOST;
         at = before[at]) {
        path[n++] = at;
    }
    while (n > 0) {
        if (move_made(walk, way[path[--n]], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The first of the states MOVE goes from that has a way. */
static size_t
from_state(const struct register_def *def, const struct register_move *move)
{
    size_t state = 0;
    while (state < def->state_count && (move->from >> state & 1) == 0) {
        state++;
    }
    return state;
}

static void
move_walk(struct walk *walk, const struct register_move *move)
{
    const struct register_def *def = walk->def;
    struct err err = {0};
    size_t from = from_state(def, move);
    int rc = -1;
    for (unsigned pass = 0; rc == -1 && pass < 2; pass++) {
        walk->last = (struct register_outcome){0};
        memset(walk->variants, 0, sizeof walk->variants);
        walk->full = pass > 0;
        rc = record_opened(walk, &err);
        rc = rc == 0 ? state_reached(walk, from, &err) : rc;
        rc = rc == 0 ? move_made(walk, move, &err) : rc;
    }
    walk->made += rc == 0;
    walk->failed += rc != 0;
    printf("%s %.*s %.*s: %.*s -> %.*s\n", rc == 0 ? "ok" : "not ok", STR_FMT(def->name),
           STR_FMT(move->name), STR_FMT(def->states[from].name),
           STR_FMT(def->states[move->to].name));
    if (rc != 0) {
        struct buf line;
        buf_init(&line, 4096);
        message_put_err(&line, message_lang(), &err);
        printf("# %s %.*s\n", err.code, STR_FMT(buf_str(&line)));
        buf_free(&line);
    }
}

/* ---- the registers ---- */

static int
on_effect(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)ctx;
    (void)store;
    (void)event;
    (void)err;
    return 0;
}

static void
orders_add(struct arena *arena, const struct register_order *orders, size_t order_count,
           struct register_effect *effects, size_t *count)
{
    for (size_t i = 0; i < order_count; i++) {
        const char *name = str_dup_z(arena, orders[i].effect);
        if (name != NULL) {
            effects[(*count)++] = (struct register_effect){name, on_effect, NULL};
        }
    }
}

/* Everything any register names is carried out by nobody. */
static void
effects_make(struct register_set *set, struct arena *arena)
{
    size_t most = 0, count = 0;
    for (size_t i = 0; i < set->def_count; i++) {
        most += (set->defs[i].move_count + set->defs[i].state_count) * REGISTER_KEYS_MOST;
    }
    struct register_effect *effects = arena_array(arena, most, sizeof *effects);
    for (size_t i = 0; effects != NULL && i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        for (size_t k = 0; k < def->move_count; k++) {
            orders_add(arena, def->moves[k].effects, def->moves[k].effect_count, effects, &count);
        }
        for (size_t k = 0; k < def->state_count; k++) {
            orders_add(arena, def->states[k].keys, def->states[k].key_count, effects, &count);
        }
    }
    register_effects_add(set, effects, count);
}

/* DEF takes the place of the register of its name, or a new one. */
static const struct register_def *
def_placed(struct register_set *set, const struct register_def *def)
{
    for (size_t i = 0; i < set->def_count; i++) {
        if (str_equal(set->defs[i].name, def->name)) {
            set->defs[i] = *def;
            return &set->defs[i];
        }
    }
    if (set->def_count == REGISTER_SETS_MOST) {
        return NULL;
    }
    set->defs[set->def_count] = *def;
    return &set->defs[set->def_count++];
}

static int
remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
    (void)stat;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* All files in a store in FOLDER. */
static int
walk_in(struct walk *walk, const char *folder, const char *data, const char *const *files,
        size_t count)
{
    char path[128], sql[4096];
    struct err err = {0};
    int code = CLEAN;
    (void)snprintf(path, sizeof path, "%s/db", folder);
    (void)snprintf(sql, sizeof sql, "%s/sql/core", data);
    struct store_options options = {.path = path, .sql_dir = sql};
    if (store_open(&options, &walk->store, &err) < 0) {
        message_tell_err(&err);
        return FAILED;
    }
    store_write(walk->store, unit_people, on_people, walk);
    if (walk->filled.result < 0) {
        message_tell_err(&walk->filled.err);
        store_close(walk->store);
        return FAILED;
    }
    const struct register_def **defs = arena_array(walk->arena, count, sizeof *defs);
    for (size_t i = 0; defs != NULL && i < count; i++) {
        int why = UNREADABLE;
        const struct register_def *def = register_check_one(walk->set, files[i], &why);
        defs[i] = def != NULL ? def_placed(walk->set, def) : NULL;
        code = defs[i] == NULL && why > code ? why : code;
    }
    effects_make(walk->set, walk->set->arena);
    for (size_t i = 0; defs != NULL && i < count; i++) {
        walk->def = defs[i];
        for (size_t k = 0; walk->def != NULL && !walk->def->shape && k < walk->def->move_count;
             k++) {
            move_walk(walk, &walk->def->moves[k]);
        }
    }
    store_close(walk->store);
    return code;
}

int
register_walk_files(struct register_set *set, const char *data, const char *const *files,
                    size_t count)
{
    char folder[] = "/tmp/sekisho_walk_XXXXXX";
    struct walk walk = {.set = set, .persons = COLLEAGUE};
    if (mkdtemp(folder) == NULL) {
        return FAILED;
    }
    walk.arena = arena_new((size_t)256 << 20);
    int code = walk_in(&walk, folder, data, files, count);
    arena_free(walk.arena);
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    printf("%u moves made, %u not\n", walk.made, walk.failed);
    return code != CLEAN ? code : walk.failed > 0 ? FINDINGS : CLEAN;
}
