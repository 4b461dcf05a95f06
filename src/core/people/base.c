/*
 * base: the rows of core/account that a batch reads, adds and ends. Runs in cored, in a unit.
 *
 * Invariant: every row that is added or ended by an approved batch is noted in people_change before
 * the next one, so the batch can be taken back row by row in the opposite order. Nothing that was
 * true on a day before the batch is changed.
 */
#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "core/people/private.h"
#include "core/store/id.h"

#include <string.h>

enum { HANDLE_BYTES = 16, SEATS_MOST = 2000, ENDS = 100 };

enum {
    NOTE,
    NOTES,
    NOTES_DROP,
    ENGAGED,
    SECTION,
    POST,
    POST_LIKE,
    SEATS,
    SEATS_IN,
    PERSON_ADD,
    ENGAGEMENT_ADD,
    SEAT_ADD,
    SECTION_ADD,
    POST_ADD,
    NAME_HAS,
    NAME_ADD,
    LOGIN_HAS,
    ACCOUNT_ADD,
    PLACE_HAS,
    PLACE_ADD
};

static const struct store_statement sql[] = {
    [NOTE] = {"people.note", "INSERT INTO people_change VALUES ($1, $2, $3, $4, $5)"},
    [NOTES] = {"people.notes", "SELECT what, id_of, until_day, n FROM people_change"
                               " WHERE batch = $1 AND n < $2 ORDER BY n DESC LIMIT 1000"},
    [NOTES_DROP] = {"people.notes_drop", "DELETE FROM people_change WHERE batch = $1"},
    [ENGAGED] = {"people.engaged",
                 "SELECT e.id, e.person, e.from_day, e.until_day, coalesce((SELECT n.name FROM"
                 " person_name n WHERE n.person = p.id ORDER BY n.from_day DESC LIMIT 1), p.name)"
                 " FROM engagement e JOIN person p ON p.id = e.person WHERE e.staff_no = $1"},
    [SECTION] = {"people.section",
                 "SELECT s.id, s.body, coalesce((SELECT p.parent FROM section_place p WHERE"
                 " p.section = s.id AND p.from_day <= $2 ORDER BY p.from_day DESC LIMIT 1),"
                 " s.parent, 0), s.from_day, s.until_day, s.code, s.name, s.kana FROM section s"
                 " WHERE s.code = $1 AND s.from_day <= $2 AND $2 <= s.until_day ORDER BY s.id"
                 " LIMIT 2"},
    [POST] = {"people.post",
              "SELECT id, code, name, rank, head, from_day, until_day FROM post WHERE section = $1"
              " AND (name = $2 OR code = $2) AND from_day <= $3 AND $3 <= until_day"
              " ORDER BY head DESC, rank, id LIMIT 1"},
    /* a post of that name elsewhere in the body tells the rank */
    [POST_LIKE] = {"people.post_like",
                   "SELECT p.rank FROM post p JOIN section s ON s.id = p.section"
                   " WHERE p.name = $2 AND s.body = (SELECT body FROM section WHERE id = $1)"
                   " ORDER BY p.rank DESC LIMIT 1"},
    [SEATS] = {"people.seats",
               "SELECT a.id, a.engagement, a.post, a.from_day, a.until_day, a.kind, p.code,"
               " a.order_no FROM appointment a JOIN post p ON p.id = a.post WHERE a.engagement = $1"
               " AND a.until_day >= $2 ORDER BY CASE a.kind WHEN 'main' THEN 0 ELSE 1 END,"
               " a.from_day, a.id LIMIT 2000"},
    [SEATS_IN] = {"people.seats_in",
                  "SELECT a.id, a.engagement, a.post, a.from_day, a.until_day, a.kind, p.code,"
                  " a.order_no FROM post p JOIN appointment a ON a.post = p.id WHERE p.section = $1"
                  " AND a.until_day >= $2 ORDER BY CASE a.kind WHEN 'main' THEN 0 ELSE 1 END,"
                  " a.from_day, a.id LIMIT 2000"},
    [PERSON_ADD] = {"people.person_add",
                    "INSERT INTO person(id, handle, name, kana) VALUES ($1, $2, $3, $4)"},
    [ENGAGEMENT_ADD] = {"people.engagement_add",
                        "INSERT INTO engagement(id, person, staff_no, kind, from_day, until_day)"
                        " VALUES ($1, $2, $3, $4, $5, $6)"},
    [SEAT_ADD] = {"people.seat_add", "INSERT INTO appointment(id, engagement, post, kind, from_day,"
                                     " until_day, order_no) VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    [SECTION_ADD] = {"people.section_add",
                     "INSERT INTO section(id, body, code, name, kana, parent, from_day)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    [POST_ADD] = {"people.post_add",
                  "INSERT INTO post(id, section, code, name, rank, head, from_day)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    [NAME_HAS] = {"people.name_has",
                  "SELECT count(*) FROM person_name WHERE person = $1 AND from_day >= $2"},
    [NAME_ADD] = {"people.name_add", "INSERT INTO person_name(id, person, from_day, name, kana)"
                                     " VALUES ($1, $2, $3, $4, $5)"},
    [LOGIN_HAS] = {"people.login_has", "SELECT count(*) FROM account WHERE login = $1"},
    [ACCOUNT_ADD] = {"people.account_add", "INSERT INTO account(id, person, login, state, zones)"
                                           " VALUES ($1, $2, $3, 'enrol', $4)"},
    [PLACE_HAS] = {"people.place_has",
                   "SELECT count(*) FROM section_place WHERE section = $1 AND from_day = $2"},
    [PLACE_ADD] = {"people.place_add", "INSERT INTO section_place(id, section, parent, from_day)"
                                       " VALUES ($1, $2, $3, $4)"},
};

/* Taking back: an added row goes, an ended one stands again until $2. */
static const struct store_statement drops[TABLES] = {
    [TABLE_PERSON] = {"people.drop_person", "DELETE FROM person WHERE id = $1"},
    [TABLE_ENGAGEMENT] = {"people.drop_engagement", "DELETE FROM engagement WHERE id = $1"},
    [TABLE_APPOINTMENT] = {"people.drop_appointment", "DELETE FROM appointment WHERE id = $1"},
    [TABLE_SECTION] = {"people.drop_section", "DELETE FROM section WHERE id = $1"},
    [TABLE_POST] = {"people.drop_post", "DELETE FROM post WHERE id = $1"},
    [TABLE_SLOT] = {"people.drop_slot", "DELETE FROM role_slot WHERE id = $1"},
    [TABLE_ACCOUNT] = {"people.drop_account", "DELETE FROM account WHERE id = $1"},
    [TABLE_NAME] = {"people.drop_name", "DELETE FROM person_name WHERE id = $1"},
    [TABLE_PLACE] = {"people.drop_place", "DELETE FROM section_place WHERE id = $1"},
    [TABLE_SUCCESSOR] = {"people.drop_successor", "DELETE FROM section_successor WHERE id = $1"},
};
static const struct store_statement ends[TABLES] = {
    [TABLE_ENGAGEMENT] = {"people.end_engagement",
                          "UPDATE engagement SET until_day = $2 WHERE id = $1"},
    [TABLE_APPOINTMENT] = {"people.end_appointment",
                           "UPDATE appointment SET until_day = $2 WHERE id = $1"},
    [TABLE_SECTION] = {"people.end_section", "UPDATE section SET until_day = $2 WHERE id = $1"},
    [TABLE_POST] = {"people.end_post", "UPDATE post SET until_day = $2 WHERE id = $1"},
    [TABLE_SLOT] = {"people.end_slot", "UPDATE role_slot SET until_day = $2 WHERE id = $1"},
};

static int
run(struct db_query *q, struct err *err)
{
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
note(struct people_run *r, int what, uint64_t id, int64_t until_day, struct err *err)
{
    r->n++;
    if (r->batch == 0) {
        return 0;
    }
    struct db_query *q = db_query(r->store, &sql[NOTE]);
    db_bind_int(q, 1, (int64_t)r->batch);
    db_bind_int(q, 2, r->n);
    db_bind_int(q, 3, what);
    db_bind_int(q, 4, (int64_t)id);
    db_bind_int(q, 5, until_day);
    return run(q, err);
}

int
base_added(struct people_run *r, enum people_table table, uint64_t id, struct err *err)
{
    return note(r, (int)table, id, 0, err);
}

static int
end_set(struct store *store, const struct store_statement *statement, uint64_t id, int64_t day,
        struct err *err)
{
    struct db_query *q = db_query(store, statement);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, day);
    return run(q, err);
}

int
base_end(struct people_run *r, enum people_table table, uint64_t id, int64_t until_day,
         int64_t old_day, struct err *err)
{
    if (end_set(r->store, &ends[table], id, until_day, err) < 0) {
        return -1;
    }
    return note(r, (int)table + ENDS, id, old_day, err);
}

struct change {
    int64_t what, until_day, n;
    uint64_t id;
};

static int
change_undo(struct store *store, const struct change *change, struct err *err)
{
    bool ended = change->what >= ENDS;
    int64_t table = ended ? change->what - ENDS : change->what;
    if (table < 0 || table >= TABLES || (ended && ends[table].sql == NULL)) {
        return ERR(err, "store.constraint", "people_change");
    }
    if (ended) {
        return end_set(store, &ends[table], change->id, change->until_day, err);
    }
    struct db_query *q = db_query(store, &drops[table]);
    db_bind_int(q, 1, (int64_t)change->id);
    return run(q, err);
}

/* Up to 1,000 changes before *BEFORE; how many, *BEFORE is then the last one's number. */
static int
changes_undo(struct store *store, uint64_t record, int64_t *before, struct err *err)
{
    static struct change list[1000];
    int n = 0, rc = 0;
    struct db_query *q = db_query(store, &sql[NOTES]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, *before);
    while (n < 1000 && (rc = db_step(q, err)) > 0) {
        list[n++] =
            (struct change){db_int(q, 0), db_int(q, 2), db_int(q, 3), (uint64_t)db_int(q, 1)};
    }
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    for (int i = 0; i < n; i++) {
        if (change_undo(store, &list[i], err) < 0) {
            bool bound = err_is(err, "store.constraint");
            return bound ? ERR(err, "people.built_upon", "%lld", (long long)list[i].n) : -1;
        }
        *before = list[i].n;
    }
    return n;
}

int
base_undo(struct store *store, uint64_t record, struct err *err)
{
    int64_t before = INT64_MAX;
    int n;
    while ((n = changes_undo(store, record, &before, err)) > 0) {
    }
    if (n < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[NOTES_DROP]);
    db_bind_int(q, 1, (int64_t)record);
    return run(q, err);
}

/* ---- finding ---- */

int
base_engaged(struct people_run *r, struct str staff_no, struct people_engaged *ret, struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[ENGAGED]);
    db_bind_text(q, 1, staff_no);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = (struct people_engaged){(uint64_t)db_int(q, 0), (uint64_t)db_int(q, 1), db_int(q, 2),
                                       db_int(q, 3), str_dup(r->arena, db_text(q, 4))};
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(r->arena, err) < 0 ? -1 : rc;
}

int
base_section(struct people_run *r, struct str code, int64_t day, struct people_place *ret,
             struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[SECTION]);
    db_bind_text(q, 1, code);
    db_bind_int(q, 2, day);
    int rc = db_step(q, err), found = 0;
    if (rc > 0) {
        *ret = (struct people_place){.id = (uint64_t)db_int(q, 0),
                                     .body = (uint64_t)db_int(q, 1),
                                     .parent = (uint64_t)db_int(q, 2),
                                     .from_day = db_int(q, 3),
                                     .until_day = db_int(q, 4),
                                     .code = str_dup(r->arena, db_text(q, 5)),
                                     .name = str_dup(r->arena, db_text(q, 6)),
                                     .kana = str_dup(r->arena, db_text(q, 7))};
        rc = db_step(q, err);
        found = 1 + (rc > 0);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(r->arena, err) < 0 ? -1 : found;
}

int
base_post(struct people_run *r, uint64_t section, struct str name, int64_t day,
          struct people_place *ret, struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[POST]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_text(q, 2, name);
    db_bind_int(q, 3, day);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = (struct people_place){.id = (uint64_t)db_int(q, 0),
                                     .code = str_dup(r->arena, db_text(q, 1)),
                                     .name = str_dup(r->arena, db_text(q, 2)),
                                     .rank = db_int(q, 3),
                                     .head = db_int(q, 4) != 0,
                                     .from_day = db_int(q, 5),
                                     .until_day = db_int(q, 6)};
    }
    db_end(q);
    if (rc != 0) {
        return rc;
    }
    int64_t rank = 0;
    q = db_query(r->store, &sql[POST_LIKE]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_text(q, 2, name);
    rc = db_one_int(q, &rank, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    *ret = (struct people_place){
        .code = name, .name = name, .rank = rank, .from_day = day, .until_day = PEOPLE_DAY_LAST};
    return base_post_add(r, section, ret, &ret->id, err) < 0 ? -1 : 1;
}

static int
seats_read(struct people_run *r, struct db_query *q, struct people_seated **ret, size_t *ret_count,
           struct err *err)
{
    size_t n = 0, room = 8;
    int rc = 0;
    struct people_seated *list = arena_array(r->arena, room, sizeof *list);
    while (list != NULL && (rc = db_step(q, err)) > 0) {
        if (n == room) {
            struct people_seated *more = arena_array(r->arena, room *= 2, sizeof *more);
            if (more != NULL) {
                memcpy(more, list, n * sizeof *list);
            }
            list = more;
        }
        if (list != NULL) {
            list[n++] = (struct people_seated){(uint64_t)db_int(q, 0),
                                               (uint64_t)db_int(q, 1),
                                               (uint64_t)db_int(q, 2),
                                               db_int(q, 3),
                                               db_int(q, 4),
                                               str_dup(r->arena, db_text(q, 5)),
                                               str_dup(r->arena, db_text(q, 6)),
                                               str_dup(r->arena, db_text(q, 7))};
        }
    }
    db_end(q);
    *ret = list;
    *ret_count = n;
    if (n == SEATS_MOST) {
        return ERR(err, "people.size", "%d", SEATS_MOST);
    }
    return rc < 0 ? -1 : arena_check(r->arena, err);
}

int
base_seats(struct people_run *r, uint64_t engagement, int64_t day, struct people_seated **ret,
           size_t *ret_count, struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[SEATS]);
    db_bind_int(q, 1, (int64_t)engagement);
    db_bind_int(q, 2, day);
    return seats_read(r, q, ret, ret_count, err);
}

int
base_seats_in(struct people_run *r, uint64_t section, int64_t day, struct people_seated **ret,
              size_t *ret_count, struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[SEATS_IN]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_int(q, 2, day);
    return seats_read(r, q, ret, ret_count, err);
}

/* ---- adding ---- */

static int
added(struct people_run *r, struct db_query *q, enum people_table table, uint64_t id,
      struct err *err)
{
    return run(q, err) < 0 ? -1 : base_added(r, table, id, err);
}

int
base_person_add(struct people_run *r, const struct people_row *row, uint64_t *ret, struct err *err)
{
    uint8_t raw[HANDLE_BYTES];
    char handle[2 + BASE32_CHARS(HANDLE_BYTES) + 1] = "p:";
    random_bytes(raw, sizeof raw);
    base32_encode(raw, sizeof raw, BASE32_LOWER, handle + 2);
    *ret = id_new();
    struct db_query *q = db_query(r->store, &sql[PERSON_ADD]);
    db_bind_int(q, 1, (int64_t)*ret);
    db_bind_z(q, 2, handle);
    db_bind_text(q, 3, row->name);
    db_bind_text(q, 4, row->kana);
    return added(r, q, TABLE_PERSON, *ret, err);
}

int
base_engagement_add(struct people_run *r, const struct people_row *row, uint64_t person,
                    uint64_t *ret, struct err *err)
{
    *ret = id_new();
    struct db_query *q = db_query(r->store, &sql[ENGAGEMENT_ADD]);
    db_bind_int(q, 1, (int64_t)*ret);
    db_bind_int(q, 2, (int64_t)person);
    db_bind_text(q, 3, row->staff_no);
    db_bind_text(q, 4, row->employ);
    db_bind_int(q, 5, row->day);
    db_bind_int(q, 6, row->until != 0 ? row->until : PEOPLE_DAY_LAST);
    return added(r, q, TABLE_ENGAGEMENT, *ret, err);
}

int
base_seat_add(struct people_run *r, const struct people_seated *seat, struct err *err)
{
    uint64_t id = id_new();
    struct db_query *q = db_query(r->store, &sql[SEAT_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)seat->engagement);
    db_bind_int(q, 3, (int64_t)seat->post);
    db_bind_text(q, 4, seat->kind);
    db_bind_int(q, 5, seat->from_day);
    db_bind_int(q, 6, seat->until_day);
    db_bind_text(q, 7, seat->order_no.p != NULL ? seat->order_no : STR(""));
    return added(r, q, TABLE_APPOINTMENT, id, err);
}

int
base_section_add(struct people_run *r, const struct people_place *place, uint64_t *ret,
                 struct err *err)
{
    *ret = id_new();
    struct db_query *q = db_query(r->store, &sql[SECTION_ADD]);
    db_bind_int(q, 1, (int64_t)*ret);
    db_bind_int(q, 2, (int64_t)place->body);
    db_bind_text(q, 3, place->code);
    db_bind_text(q, 4, place->name);
    db_bind_text(q, 5, place->kana);
    if (place->parent != 0) {
        db_bind_int(q, 6, (int64_t)place->parent);
    }
    db_bind_int(q, 7, place->from_day);
    return added(r, q, TABLE_SECTION, *ret, err);
}

int
base_post_add(struct people_run *r, uint64_t section, const struct people_place *post,
              uint64_t *ret, struct err *err)
{
    *ret = id_new();
    struct db_query *q = db_query(r->store, &sql[POST_ADD]);
    db_bind_int(q, 1, (int64_t)*ret);
    db_bind_int(q, 2, (int64_t)section);
    db_bind_text(q, 3, post->code);
    db_bind_text(q, 4, post->name);
    db_bind_int(q, 5, post->rank);
    db_bind_int(q, 6, post->head);
    db_bind_int(q, 7, post->from_day);
    return added(r, q, TABLE_POST, *ret, err);
}

/* How many rows STATEMENT counts for ID and DAY. */
static int
counted(struct people_run *r, int statement, uint64_t id, int64_t day, int64_t *ret,
        struct err *err)
{
    struct db_query *q = db_query(r->store, &sql[statement]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, day);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

int
base_name_add(struct people_run *r, uint64_t person, const struct people_row *row, struct err *err)
{
    int64_t later = 0;
    if (counted(r, NAME_HAS, person, row->day, &later, err) < 0) {
        return -1;
    }
    if (later > 0) {
        return 0;
    }
    uint64_t id = id_new();
    struct db_query *q = db_query(r->store, &sql[NAME_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)person);
    db_bind_int(q, 3, row->day);
    db_bind_text(q, 4, row->name);
    db_bind_text(q, 5, row->kana);
    return added(r, q, TABLE_NAME, id, err) < 0 ? -1 : 1;
}

static bool
login_good(struct str s)
{
    bool good = s.n >= 2 && s.n <= 32;
    for (size_t i = 0; i < s.n && good; i++) {
        char c = s.p[i];
        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    }
    return good;
}

int
base_account_add(struct people_run *r, const struct people_row *row, uint64_t person,
                 struct err *err)
{
    int64_t taken = 0;
    if (!login_good(row->login)) {
        return 0;
    }
    struct db_query *q = db_query(r->store, &sql[LOGIN_HAS]);
    db_bind_text(q, 1, row->login);
    if (db_one_int(q, &taken, err) < 0 || taken > 0) {
        return taken > 0 ? 0 : -1;
    }
    uint64_t id = id_new();
    q = db_query(r->store, &sql[ACCOUNT_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)person);
    db_bind_text(q, 3, row->login);
    db_bind_z(q, 4, r->desk->zones);
    return added(r, q, TABLE_ACCOUNT, id, err) < 0 ? -1 : 1;
}

int
base_place_add(struct people_run *r, uint64_t section, uint64_t parent, int64_t day,
               struct err *err)
{
    int64_t has = 0;
    if (counted(r, PLACE_HAS, section, day, &has, err) < 0) {
        return -1;
    }
    if (has > 0) {
        return 0;
    }
    uint64_t id = id_new();
    struct db_query *q = db_query(r->store, &sql[PLACE_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)section);
    db_bind_int(q, 3, (int64_t)parent);
    db_bind_int(q, 4, day);
    return added(r, q, TABLE_PLACE, id, err);
}
