/*
 * orders: carries out the rows of a batch by day and line. Runs in cored, in a unit.
 *
 * Invariant: what cannot be done is seen before anything of the row is written; the row is then set
 * aside with a reason (a post that its section lacked may stay). An order never reaches behind one
 * of a later day.
 */
#include "core/people/private.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ENGAGED, SLOTS };

static const struct store_statement sql[] = {
    /* another engagement of person $1 on day $2 */
    [AT_ENGAGED] = {"people.at_engaged", "SELECT count(*) FROM engagement WHERE person = $1"
                                         " AND until_day >= $2 AND id <> $3"},
    [SLOTS] = {"people.slots_of", "SELECT id, until_day FROM role_slot WHERE person = $1"
                                  " AND from_day <= $2 AND until_day > $2 ORDER BY id LIMIT 200"},
};

/* A row while it is carried out. */
struct doing {
    struct people_run *run;
    struct people_row *row;
    struct people_engaged who;
    struct people_place section, post;
    struct people_seated *seats; /* that end on the row's day or later */
    size_t seat_count;
};

/* Sets the row aside: 0, so that the others go on. */
static int
aside(struct doing *d, const char *code, struct str detail)
{
    d->row->bad_now = (struct people_bad){code, detail};
    return 0;
}

/* True when A and B are the same name, blanks apart. */
static bool
name_same(struct str a, struct str b)
{
    struct str wide = STR("　");
    while (a.n > 0 || b.n > 0) {
        struct str *sides[] = {&a, &b};
        for (size_t i = 0; i < 2; i++) {
            while (sides[i]->n > 0 && (sides[i]->p[0] == ' ' || str_starts(*sides[i], wide))) {
                *sides[i] = str_slice(*sides[i], sides[i]->p[0] == ' ' ? 1 : wide.n, sides[i]->n);
            }
        }
        if (a.n == 0 || b.n == 0 || a.p[0] != b.p[0]) {
            return a.n == 0 && b.n == 0;
        }
        a = str_slice(a, 1, a.n);
        b = str_slice(b, 1, b.n);
    }
    return true;
}

/* The section and post that the row names: 1 there, 0 set aside, -1. */
static int
place_find(struct doing *d, struct err *err)
{
    int rc = base_section(d->run, d->row->section, d->row->day, &d->section, err);
    if (rc != 1) {
        const char *code = rc == 0 ? "people.no_section" : "people.section_twice";
        return rc < 0 ? -1 : aside(d, code, d->row->section);
    }
    rc = base_post(d->run, d->section.id, d->row->post, d->row->day, &d->post, err);
    return rc != 0 ? rc : aside(d, "people.no_post", d->row->post);
}

/* The person in office on the row's day, under the name it says: 1, 0 set aside, -1. */
static int
who_find(struct doing *d, struct err *err)
{
    struct people_row *row = d->row;
    int rc = base_engaged(d->run, row->staff_no, &d->who, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : aside(d, "people.unknown", row->staff_no);
    }
    if (row->order != ORDER_NAME && !name_same(d->who.name, row->name)) {
        return aside(d, "people.name_differs", d->who.name);
    }
    if (row->day < d->who.from_day || row->day > d->who.until_day) {
        return aside(d, "people.not_in_office", row->staff_no);
    }
    rc = base_seats(d->run, d->who.id, row->day, &d->seats, &d->seat_count, err);
    return rc < 0 ? -1 : 1;
}

static json_t *
row_json(const struct doing *d)
{
    return json_pack("{so so so}", "staff_no", people_str(d->row->staff_no), "name",
                     people_str(d->row->name), "day", people_day(d->row->day));
}

static json_t *
place_json(const struct doing *d)
{
    json_t *row = row_json(d);
    (void)json_object_set_new(row, "section", people_str(d->section.name));
    (void)json_object_set_new(row, "post", people_str(d->post.name));
    return row;
}

static void
account_tell(struct doing *d, struct str login, const char *event, int64_t at)
{
    json_t *row = row_json(d);
    (void)json_object_set_new(row, "login", people_str(login));
    (void)json_object_set_new(row, "event", json_string(event));
    (void)json_object_set_new(row, "at", people_day(at));
    (void)json_object_del(row, "day");
    people_tell(d->run, "accounts", row);
}

/* A login name of its own, else the staff number in small letters. */
static void
login_choose(struct doing *d)
{
    struct str from = d->row->login.n > 0 ? d->row->login : d->row->staff_no;
    char *text = str_dup_z(d->run->arena, from);
    for (size_t i = 0; text != NULL && i < from.n; i++) {
        text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i]);
    }
    d->row->login = str_of(text);
}

static int
join(struct doing *d, struct err *err)
{
    struct people_row *row = d->row;
    int rc = base_engaged(d->run, row->staff_no, &d->who, err);
    if (rc != 0) {
        return rc < 0 ? -1 : aside(d, "people.known", d->who.name);
    }
    rc = place_find(d, err);
    if (rc <= 0) {
        return rc;
    }
    uint64_t person = 0, engagement = 0;
    if (base_person_add(d->run, row, &person, err) < 0 ||
        base_engagement_add(d->run, row, person, &engagement, err) < 0) {
        return -1;
    }
    int64_t until = row->until != 0 ? row->until : PEOPLE_DAY_LAST;
    struct people_seated seat = {.engagement = engagement,
                                 .post = d->post.id,
                                 .from_day = row->day,
                                 .until_day = until,
                                 .kind = STR("main")};
    if (base_seat_add(d->run, &seat, err) < 0) {
        return -1;
    }
    login_choose(d);
    rc = base_account_add(d->run, row, person, err);
    account_tell(d, row->login, rc > 0 ? "issue" : "login_taken", row->day);
    people_tell(d->run, "joiners", place_json(d));
    d->run->done++;
    return rc < 0 ? -1 : 0;
}

/* Lets the engagement of D end on the row's 任用終了日. */
static int
until_set(struct doing *d, struct err *err)
{
    struct people_row *row = d->row;
    if (row->until == 0 || row->until == d->who.until_day) {
        return 0;
    }
    int rc = base_end(d->run, TABLE_ENGAGEMENT, d->who.id, row->until, d->who.until_day, err);
    d->who.until_day = row->until;
    return rc;
}

static int
move_main(struct doing *d, struct err *err)
{
    struct people_row *row = d->row;
    struct people_seated *now = NULL;
    for (size_t i = 0; i < d->seat_count && str_equal_z(d->seats[i].kind, "main"); i++) {
        if (d->seats[i].from_day >= row->day) {
            return aside(d, "people.later_order", row->staff_no);
        }
        now = &d->seats[i];
    }
    if (now != NULL && now->post == d->post.id && row->until == 0) {
        people_tell(d->run, "same", row_json(d));
        return 0;
    }
    if ((now != NULL &&
         base_end(d->run, TABLE_APPOINTMENT, now->id, row->day - 1, now->until_day, err) < 0) ||
        until_set(d, err) < 0) {
        return -1;
    }
    struct people_seated seat = {.engagement = d->who.id,
                                 .post = d->post.id,
                                 .from_day = row->day,
                                 .until_day = d->who.until_day,
                                 .kind = STR("main")};
    people_tell(d->run, "movers", place_json(d));
    d->run->done++;
    return base_seat_add(d->run, &seat, err);
}

/* The concurrent or acting post of D among those that stand on the row's day, or NULL. */
static struct people_seated *
seat_find(const struct doing *d)
{
    struct str kind = d->row->seat == SEAT_ACTING ? STR("acting") : STR("concurrent");
    for (size_t i = 0; i < d->seat_count; i++) {
        if (d->seats[i].post == d->post.id && str_equal(d->seats[i].kind, kind)) {
            return &d->seats[i];
        }
    }
    return NULL;
}

static int
move_other(struct doing *d, struct err *err)
{
    struct people_row *row = d->row;
    if (seat_find(d) != NULL) {
        people_tell(d->run, "same", row_json(d));
        return 0;
    }
    bool shorter = row->until != 0 && row->until < d->who.until_day;
    struct people_seated seat = {.engagement = d->who.id,
                                 .post = d->post.id,
                                 .from_day = row->day,
                                 .until_day = shorter ? row->until : d->who.until_day,
                                 .kind =
                                     row->seat == SEAT_ACTING ? STR("acting") : STR("concurrent")};
    json_t *told = place_json(d);
    (void)json_object_set_new(told, "kind", people_str(seat.kind));
    people_tell(d->run, "concurrent", told);
    d->run->done++;
    return base_seat_add(d->run, &seat, err);
}

static int
move(struct doing *d, struct err *err)
{
    int rc = who_find(d, err);
    rc = rc > 0 ? place_find(d, err) : rc;
    if (rc <= 0) {
        return rc;
    }
    return d->row->seat == SEAT_MAIN ? move_main(d, err) : move_other(d, err);
}

static int
end_other(struct doing *d, struct err *err)
{
    int rc = who_find(d, err);
    rc = rc > 0 ? place_find(d, err) : rc;
    if (rc <= 0) {
        return rc;
    }
    struct people_seated *seat = seat_find(d);
    if (seat == NULL || seat->from_day >= d->row->day) {
        return aside(d, "people.no_seat", d->row->post);
    }
    json_t *told = place_json(d);
    (void)json_object_set_new(told, "kind", json_string("end"));
    people_tell(d->run, "concurrent", told);
    d->run->done++;
    return base_end(d->run, TABLE_APPOINTMENT, seat->id, d->row->day - 1, seat->until_day, err);
}

static int
renew(struct doing *d, struct err *err)
{
    int rc = who_find(d, err);
    if (rc <= 0) {
        return rc;
    }
    int64_t old = d->who.until_day;
    for (size_t i = 0; i < d->seat_count; i++) {
        struct people_seated *seat = &d->seats[i];
        if (seat->from_day > d->row->until) {
            return aside(d, "people.later_order", d->row->staff_no);
        }
    }
    if (old == d->row->until) {
        people_tell(d->run, "same", row_json(d));
        return 0;
    }
    for (size_t i = 0; i < d->seat_count; i++) {
        struct people_seated *seat = &d->seats[i];
        bool follows = seat->until_day == old || seat->until_day > d->row->until;
        if (follows && base_end(d->run, TABLE_APPOINTMENT, seat->id, d->row->until, seat->until_day,
                                err) < 0) {
            return -1;
        }
    }
    json_t *told = row_json(d);
    (void)json_object_set_new(told, "until", people_day(d->row->until));
    people_tell(d->run, "renewed", told);
    d->run->done++;
    return until_set(d, err);
}

/* Ends the roles that the person of D holds by herself. */
static int
slots_end(struct doing *d, struct err *err)
{
    uint64_t ids[200];
    int64_t untils[200];
    size_t n = 0;
    int rc = 0;
    struct db_query *q = db_query(d->run->store, &sql[SLOTS]);
    db_bind_int(q, 1, (int64_t)d->who.person);
    db_bind_int(q, 2, d->row->day);
    while (n < 200 && (rc = db_step(q, err)) > 0) {
        ids[n] = (uint64_t)db_int(q, 0);
        untils[n++] = db_int(q, 1);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = base_end(d->run, TABLE_SLOT, ids[i], d->row->day, untils[i], err);
    }
    return rc < 0 ? -1 : 0;
}

/* Everything of the engagement ends with the row's day. */
static int
leave_all(struct doing *d, struct err *err)
{
    int64_t others = 0;
    for (size_t i = 0; i < d->seat_count; i++) {
        struct people_seated *seat = &d->seats[i];
        if (seat->until_day > d->row->day &&
            base_end(d->run, TABLE_APPOINTMENT, seat->id, d->row->day, seat->until_day, err) < 0) {
            return -1;
        }
    }
    struct db_query *q = db_query(d->run->store, &sql[AT_ENGAGED]);
    db_bind_int(q, 1, (int64_t)d->who.person);
    db_bind_int(q, 2, d->row->day + 1);
    db_bind_int(q, 3, (int64_t)d->who.id);
    if (base_end(d->run, TABLE_ENGAGEMENT, d->who.id, d->row->day, d->who.until_day, err) < 0 ||
        db_one_int(q, &others, err) < 0) {
        return -1;
    }
    if (others > 0) {
        return 0;
    }
    account_tell(d, STR(""), "close", d->row->day + 1);
    return slots_end(d, err);
}

static int
leave(struct doing *d, struct err *err)
{
    int rc = who_find(d, err);
    if (rc <= 0) {
        return rc;
    }
    for (size_t i = 0; i < d->seat_count; i++) {
        if (d->seats[i].from_day > d->row->day) {
            return aside(d, "people.later_order", d->row->staff_no);
        }
    }
    if (d->who.until_day == d->row->day) {
        people_tell(d->run, "same", row_json(d));
        return 0;
    }
    people_tell(d->run, "leavers", row_json(d));
    d->run->done++;
    d->run->left++;
    return leave_all(d, err);
}

static int
rename_person(struct doing *d, struct err *err)
{
    int rc = who_find(d, err);
    if (rc <= 0) {
        return rc;
    }
    rc = base_name_add(d->run, d->who.person, d->row, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : aside(d, "people.later_order", d->row->staff_no);
    }
    json_t *told = row_json(d);
    (void)json_object_set_new(told, "old", people_str(d->who.name));
    people_tell(d->run, "names", told);
    d->run->done++;
    return 0;
}

static int
by_day(const void *a, const void *b)
{
    const struct people_row *x = *(struct people_row *const *)a,
                            *y = *(struct people_row *const *)b;
    int64_t first = people_row_day(x), second = people_row_day(y);
    int rc = (first > second) - (first < second);
    return rc != 0 ? rc : (x->line > y->line) - (x->line < y->line);
}

int
orders_apply(struct people_run *run, struct err *err)
{
    static int (*const acts[ORDERS])(struct doing *, struct err *) = {
        [ORDER_JOIN] = join,   [ORDER_MOVE] = move,     [ORDER_RENEW] = renew,
        [ORDER_LEAVE] = leave, [ORDER_END] = end_other, [ORDER_NAME] = rename_person,
    };
    struct people_sheet *sheet = run->sheet;
    struct people_row **list =
        arena_array(run->arena, sheet->row_count, sizeof(struct people_row *));
    if (list == NULL) {
        return arena_check(run->arena, err);
    }
    for (size_t i = 0; i < sheet->row_count; i++) {
        list[i] = &sheet->rows[i];
    }
    qsort(list, sheet->row_count, sizeof *list, by_day);
    for (size_t i = 0; i < sheet->row_count; i++) {
        struct doing doing = {.run = run, .row = list[i]};
        list[i]->bad_now = list[i]->bad;
        if (list[i]->blank || list[i]->bad.code != NULL) {
            continue;
        }
        if (!run->retro && people_row_day(list[i]) <= run->today) {
            (void)aside(&doing, "people.retro", STR(""));
        } else if (acts[list[i]->order](&doing, err) < 0) {
            return -1;
        }
    }
    return arena_check(run->arena, err);
}
