/*
 * sections: carries out what becomes of sections: new ones with the posts and roles of the old, the
 * ends of the old ones, who stays in them. Runs in cored, in a unit.
 *
 * Lines of one old section and day belong together (a split has several). Identity is code and
 * start date: a section that keeps its code is still another row. Persons whom no row moves go
 * along to the same post of a section that was renamed or merged; from one that was split or
 * abolished nobody goes by himself.
 */
#include "core/people/private.h"
#include "core/store/id.h"

#include <string.h>

enum { POSTS, POST_OWN, SLOTS, SLOT_HAS, SLOT_ADD, CHILDREN, SUCCESSOR_ADD };
enum { POSTS_MOST = 500, SLOTS_MOST = 2000, CHILDREN_MOST = 1000 };

static const struct store_statement sql[] = {
    [POSTS] = {"people.posts", "SELECT id, code, name, rank, head, from_day, until_day FROM post"
                               " WHERE section = $1 AND until_day >= $2 ORDER BY id LIMIT 500"},
    [POST_OWN] = {"people.post_own", "SELECT id FROM post WHERE section = $1 AND code = $2"
                                     " AND from_day <= $3 AND $3 <= until_day ORDER BY id"},
    [SLOTS] = {"people.slots_at",
               "SELECT id, role, scope_kind, scope_id, coalesce(post, 0), coalesce(person, 0),"
               " until_day FROM role_slot WHERE until_day >= $2 AND from_day < $2 AND"
               " ((scope_kind = 'section' AND scope_id = $1)"
               " OR post IN (SELECT id FROM post WHERE section = $1)) ORDER BY id LIMIT 2000"},
    [SLOT_HAS] = {"people.slot_has",
                  "SELECT count(*) FROM role_slot WHERE role = $1 AND scope_kind = $2 AND"
                  " scope_id = $3 AND coalesce(post, 0) = $4 AND coalesce(person, 0) = $5"
                  " AND until_day >= $6"},
    [SLOT_ADD] = {"people.slot_add", "INSERT INTO role_slot(id, role, scope_kind, scope_id, post,"
                                     " person, from_day, until_day)"
                                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    [CHILDREN] = {"people.children",
                  "SELECT s.id FROM section s WHERE s.until_day >= $2 AND s.from_day < $2 AND"
                  " coalesce((SELECT p.parent FROM section_place p WHERE p.section = s.id AND"
                  " p.from_day <= $2 ORDER BY p.from_day DESC LIMIT 1), s.parent) = $1"
                  " ORDER BY s.id LIMIT 1000"},
    [SUCCESSOR_ADD] = {"people.successor_add",
                       "INSERT INTO section_successor(id, section, successor, kind, heir, day)"
                       " VALUES ($1, $2, $3, $4, $5, $6)"},
};

static const char *const kinds[FATES] = {"", "rename", "merge", "split", "abolish"};

struct slot {
    uint64_t id, scope, post, person;
    int64_t until_day;
    struct str role, scope_kind;
};

static void
bad(struct people_part *part, const char *code, struct str detail)
{
    if (part->bad.code == NULL) {
        part->bad = (struct people_bad){code, detail};
    }
}

/* True when X and Y are lines of one old section. */
static bool
together(const struct people_part *x, const struct people_part *y)
{
    return x->code.n > 0 && str_equal(x->code, y->code) && x->day == y->day;
}

static bool
first_of(const struct people_run *run, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (together(&run->sheet->parts[i], &run->sheet->parts[at])) {
            return false;
        }
    }
    return true;
}

/* ---- new sections ---- */

/* The section that LINE names as new: it stands already, or is made. 0 done or bad, -1. */
static int
new_find(struct people_run *run, struct people_part *part, const struct people_place *old,
         struct err *err)
{
    struct people_place found = {0}, above = {0};
    int rc = base_section(run, part->new_code, part->day, &found, err);
    if (rc < 0) {
        return -1;
    }
    if (rc > 0 && found.id != part->old_id) {
        if (rc > 1 || part->fate == FATE_FOUND || part->fate == FATE_RENAME) {
            bad(part, "people.section_twice", part->new_code);
        }
        part->new_id = found.id;
        return 0;
    }
    if (part->name.n == 0) {
        bad(part, "people.section_name", part->new_code);
        return 0;
    }
    if (part->parent.n > 0) {
        rc = base_section(run, part->parent, part->day, &above, err);
        if (rc != 1) {
            bad(part, "people.no_section", part->parent);
            return rc < 0 ? -1 : 0;
        }
    }
    if (old == NULL && above.id == 0) {
        bad(part, "people.section_parent", part->new_code);
        return 0;
    }
    struct people_place place = {.code = part->new_code,
                                 .name = part->name,
                                 .kana = part->kana,
                                 .from_day = part->day,
                                 .body = above.id != 0 ? above.body : old->body,
                                 .parent = above.id != 0 ? above.id : old->parent};
    return base_section_add(run, &place, &part->new_id, err);
}

/* The post of SECTION with the code of POST, made when it is not there. */
static int
post_own(struct people_run *run, uint64_t section, const struct people_place *post, int64_t day,
         uint64_t *ret, struct err *err)
{
    int64_t id = 0;
    struct db_query *q = db_query(run->store, &sql[POST_OWN]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_text(q, 2, post->code);
    db_bind_int(q, 3, day);
    int rc = db_one_int(q, &id, err);
    if (rc <= 0) {
        *ret = (uint64_t)id;
        return rc;
    }
    struct people_place copy = *post;
    copy.from_day = day;
    return base_post_add(run, section, &copy, ret, err);
}

static int
posts_of(struct people_run *run, uint64_t section, int64_t day, struct people_place **ret,
         size_t *ret_count, struct err *err)
{
    struct people_place *list = arena_array(run->arena, POSTS_MOST, sizeof *list);
    if (list == NULL) {
        return arena_check(run->arena, err);
    }
    size_t n = 0;
    int rc;
    struct db_query *q = db_query(run->store, &sql[POSTS]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_int(q, 2, day);
    while ((rc = db_step(q, err)) > 0) {
        list[n++] = (struct people_place){.id = (uint64_t)db_int(q, 0),
                                          .code = str_dup(run->arena, db_text(q, 1)),
                                          .name = str_dup(run->arena, db_text(q, 2)),
                                          .rank = db_int(q, 3),
                                          .head = db_int(q, 4) != 0,
                                          .from_day = db_int(q, 5),
                                          .until_day = db_int(q, 6)};
    }
    db_end(q);
    *ret = list;
    *ret_count = n;
    if (n == POSTS_MOST) {
        return ERR(err, "people.size", "%d", POSTS_MOST);
    }
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

/* ---- roles ---- */

static int
slots_of(struct people_run *run, uint64_t section, int64_t day, struct slot **ret,
         size_t *ret_count, struct err *err)
{
    struct slot *list = arena_array(run->arena, SLOTS_MOST, sizeof *list);
    if (list == NULL) {
        return arena_check(run->arena, err);
    }
    size_t n = 0;
    int rc;
    struct db_query *q = db_query(run->store, &sql[SLOTS]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_int(q, 2, day);
    while ((rc = db_step(q, err)) > 0) {
        list[n++] = (struct slot){(uint64_t)db_int(q, 0),
                                  (uint64_t)db_int(q, 3),
                                  (uint64_t)db_int(q, 4),
                                  (uint64_t)db_int(q, 5),
                                  db_int(q, 6),
                                  str_dup(run->arena, db_text(q, 1)),
                                  str_dup(run->arena, db_text(q, 2))};
    }
    db_end(q);
    *ret = list;
    *ret_count = n;
    if (n == SLOTS_MOST) {
        return ERR(err, "people.size", "%d", SLOTS_MOST);
    }
    return rc < 0 ? -1 : arena_check(run->arena, err);
}

static int
slot_add(struct people_run *run, const struct slot *slot, int64_t day, struct err *err)
{
    int64_t has = 0;
    struct db_query *q = db_query(run->store, &sql[SLOT_HAS]);
    db_bind_text(q, 1, slot->role);
    db_bind_text(q, 2, slot->scope_kind);
    db_bind_int(q, 3, (int64_t)slot->scope);
    db_bind_int(q, 4, (int64_t)slot->post);
    db_bind_int(q, 5, (int64_t)slot->person);
    db_bind_int(q, 6, day);
    if (db_one_int(q, &has, err) < 0 || has > 0) {
        return has > 0 ? 0 : -1;
    }
    uint64_t id = id_new();
    q = db_query(run->store, &sql[SLOT_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_text(q, 2, slot->role);
    db_bind_text(q, 3, slot->scope_kind);
    db_bind_int(q, 4, (int64_t)slot->scope);
    if (slot->post != 0) {
        db_bind_int(q, 5, (int64_t)slot->post);
    } else {
        db_bind_int(q, 6, (int64_t)slot->person);
    }
    db_bind_int(q, 7, day);
    db_bind_int(q, 8, slot->until_day);
    return db_run(q, err) < 0 ? -1 : base_added(run, TABLE_SLOT, id, err);
}

/* An old section while it is carried over. */
struct old {
    struct people_place place;
    struct people_place *posts;
    struct slot *slots;
    size_t post_count, slot_count;
};

/* SLOT as it is in the section of PART: its own scope and posts are mapped. */
static int
slot_carry(struct people_run *run, const struct old *old, const struct people_part *part,
           const struct slot *slot, struct err *err)
{
    struct slot new = *slot;
    bool scoped = str_equal_z(slot->scope_kind, "section") && slot->scope == old->place.id;
    if (!scoped && !part->heir) {
        return 0; /* a role of the body goes with the heir alone */
    }
    new.scope = scoped ? part->new_id : slot->scope;
    for (size_t i = 0; i < old->post_count; i++) {
        if (slot->post == old->posts[i].id &&
            post_own(run, part->new_id, &old->posts[i], part->day, &new.post, err) < 0) {
            return -1;
        }
    }
    return slot_add(run, &new, part->day, err);
}

static int
part_carry(struct people_run *run, const struct old *old, const struct people_part *part,
           struct err *err)
{
    uint64_t post = 0;
    int rc = 0;
    if (part->fate == FATE_ABOLISH) {
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < old->post_count; i++) {
        rc = post_own(run, part->new_id, &old->posts[i], part->day, &post, err);
    }
    for (size_t i = 0; rc == 0 && i < old->slot_count; i++) {
        rc = slot_carry(run, old, part, &old->slots[i], err);
    }
    return rc;
}

/* ---- ends ---- */

static int
children_move(struct people_run *run, const struct people_part *part, struct err *err)
{
    uint64_t ids[CHILDREN_MOST];
    size_t n = 0;
    int rc = 0;
    struct db_query *q = db_query(run->store, &sql[CHILDREN]);
    db_bind_int(q, 1, (int64_t)part->old_id);
    db_bind_int(q, 2, part->day);
    while (n < CHILDREN_MOST && (rc = db_step(q, err)) > 0) {
        ids[n++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = ids[i] == part->new_id ? 0 : base_place_add(run, ids[i], part->new_id, part->day, err);
    }
    return rc < 0 ? -1 : 0;
}

static int
successor_add(struct people_run *run, const struct people_part *part, struct err *err)
{
    uint64_t id = id_new();
    struct db_query *q = db_query(run->store, &sql[SUCCESSOR_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)part->old_id);
    if (part->new_id != 0) {
        db_bind_int(q, 3, (int64_t)part->new_id);
    }
    db_bind_z(q, 4, kinds[part->fate]);
    db_bind_int(q, 5, part->heir);
    db_bind_int(q, 6, part->day);
    return db_run(q, err) < 0 ? -1 : base_added(run, TABLE_SUCCESSOR, id, err);
}

static int
old_end(struct people_run *run, const struct old *old, int64_t day, struct err *err)
{
    int rc = base_end(run, TABLE_SECTION, old->place.id, day - 1, old->place.until_day, err);
    for (size_t i = 0; rc == 0 && i < old->post_count; i++) {
        const struct people_place *post = &old->posts[i];
        rc = post->from_day < day
                 ? base_end(run, TABLE_POST, post->id, day - 1, post->until_day, err)
                 : 0;
    }
    for (size_t i = 0; rc == 0 && i < old->slot_count; i++) {
        const struct slot *slot = &old->slots[i];
        rc = base_end(run, TABLE_SLOT, slot->id, day - 1, slot->until_day, err);
    }
    return rc;
}

static void
part_tell(struct people_run *run, const struct people_part *part, struct str old_name)
{
    static const char *const fates[FATES] = {"found", "rename", "merge", "split", "abolish"};
    people_tell(run, "sections",
                json_pack("{ss so so so so sb so}", "kind", fates[part->fate], "code",
                          people_str(part->code), "old", people_str(old_name), "new_code",
                          people_str(part->new_code), "name", people_str(part->name), "heir",
                          part->heir, "day", people_day(part->day)));
    run->done++;
}

/* ---- one old section ---- */

/* Checks the lines of the old section of part AT; 1 good, 0 bad (all of them). */
static int
group_check(struct people_run *run, size_t at)
{
    struct people_part *parts = run->sheet->parts, *wrong = NULL;
    size_t lines = 0, heirs = 0;
    for (size_t i = 0; i < run->sheet->part_count; i++) {
        if (!together(&parts[i], &parts[at])) {
            continue;
        }
        lines++;
        heirs += parts[i].heir;
        if (parts[i].fate != parts[at].fate) {
            bad(&parts[i], "people.fate", parts[i].code);
        }
        wrong = parts[i].bad.code != NULL ? &parts[i] : wrong;
    }
    if (wrong == NULL && (heirs > 1 || (parts[at].fate == FATE_SPLIT && heirs != 1) ||
                          (lines > 1 && parts[at].fate != FATE_SPLIT))) {
        bad(&parts[at], "people.heir", parts[at].code);
        wrong = &parts[at];
    }
    for (size_t i = 0; wrong != NULL && i < run->sheet->part_count; i++) {
        if (together(&parts[i], &parts[at])) {
            bad(&parts[i], "people.group", wrong->code);
        }
    }
    return wrong == NULL;
}

static int
old_find(struct people_run *run, struct people_part *part, struct old *ret, struct err *err)
{
    int rc = base_section(run, part->code, part->day - 1, &ret->place, err);
    if (rc != 1 || ret->place.until_day < part->day) {
        bad(part, rc > 1 ? "people.section_twice" : "people.no_section", part->code);
        return rc < 0 ? -1 : 0;
    }
    if (posts_of(run, ret->place.id, part->day, &ret->posts, &ret->post_count, err) < 0 ||
        slots_of(run, ret->place.id, part->day, &ret->slots, &ret->slot_count, err) < 0) {
        return -1;
    }
    return 1;
}

/* One line of the old section: the new one, its posts and roles. */
static int
line_apply(struct people_run *run, const struct old *old, struct people_part *part, struct err *err)
{
    part->old_id = old->place.id;
    part->new_id = 0;
    if (part->new_code.n > 0 && new_find(run, part, &old->place, err) < 0) {
        return -1;
    }
    if (part->bad.code != NULL) {
        run->again = true;
        return 0;
    }
    if (part_carry(run, old, part, err) < 0 || successor_add(run, part, err) < 0) {
        return -1;
    }
    part_tell(run, part, old->place.name);
    return part->heir ? children_move(run, part, err) : 0;
}

static int
group_apply(struct people_run *run, size_t at, struct err *err)
{
    struct people_part *parts = run->sheet->parts;
    struct old old = {0};
    if (!group_check(run, at)) {
        return 0;
    }
    int rc = old_find(run, &parts[at], &old, err);
    if (rc <= 0) {
        (void)group_check(run, at);
        return rc;
    }
    /* ended first: a section that keeps its code is found by it from the day on */
    rc = old_end(run, &old, parts[at].day, err);
    for (size_t i = 0; rc == 0 && i < run->sheet->part_count && !run->again; i++) {
        rc = together(&parts[i], &parts[at]) ? line_apply(run, &old, &parts[i], err) : 0;
    }
    return rc;
}

static int
found_apply(struct people_run *run, struct people_part *part, struct err *err)
{
    if (new_find(run, part, NULL, err) < 0) {
        return -1;
    }
    if (part->bad.code == NULL) {
        part_tell(run, part, STR(""));
    }
    return 0;
}

int
parts_apply(struct people_run *run, struct err *err)
{
    struct people_sheet *sheet = run->sheet;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sheet->part_count && !run->again; i++) {
        struct people_part *part = &sheet->parts[i];
        part->old_id = part->new_id = 0;
        if (part->bad.code == NULL && !run->retro && part->day <= run->today) {
            bad(part, "people.retro", STR(""));
        }
        if (part->bad.code == NULL && part->fate == FATE_FOUND) {
            rc = found_apply(run, part, err);
        }
    }
    for (size_t i = 0; rc == 0 && i < sheet->part_count && !run->again; i++) {
        if (sheet->parts[i].code.n > 0 && first_of(run, i)) {
            rc = group_apply(run, i, err);
        }
    }
    return rc;
}

/* ---- who is still there ---- */

/* SEAT goes on in the section of PART, in the post of the same code. */
static int
seat_carry(struct people_run *run, const struct people_part *part, const struct people_seated *seat,
           struct err *err)
{
    struct people_place post = {.code = seat->code};
    struct people_seated new = *seat;
    if (seat->from_day >= part->day) {
        return 0; /* found below as left behind, or as another order */
    }
    if (base_end(run, TABLE_APPOINTMENT, seat->id, part->day - 1, seat->until_day, err) < 0) {
        return -1;
    }
    bool goes = part->fate == FATE_RENAME || part->fate == FATE_MERGE;
    if (!goes) {
        return 0;
    }
    new.from_day = part->day;
    return post_own(run, part->new_id, &post, part->day, &new.post, err) < 0
               ? -1
               : base_seat_add(run, &new, err);
}

static int
part_finish(struct people_run *run, struct people_part *part, struct err *err)
{
    struct people_seated *seats;
    size_t count, mains = 0;
    if (base_seats_in(run, part->old_id, part->day, &seats, &count, err) < 0) {
        return -1;
    }
    bool goes = part->fate == FATE_RENAME || part->fate == FATE_MERGE;
    for (size_t i = 0; i < count; i++) {
        mains += (str_equal_z(seats[i].kind, "main") && !goes) || seats[i].from_day >= part->day;
    }
    if (mains > 0) {
        bad(part, "people.left_behind", str_of(arena_printf(run->arena, "%zu", mains)));
        run->again = true;
        return 0;
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = seat_carry(run, part, &seats[i], err);
    }
    if (rc == 0 && goes && count > 0) {
        people_tell(run, "carried",
                    json_pack("{so so sI}", "code", people_str(part->code), "name",
                              people_str(part->name), "count", (json_int_t)count));
    }
    return rc;
}

int
parts_finish(struct people_run *run, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < run->sheet->part_count; i++) {
        struct people_part *part = &run->sheet->parts[i];
        if (part->old_id != 0 && part->bad.code == NULL && first_of(run, i)) {
            rc = part_finish(run, part, err);
        }
    }
    return rc;
}
