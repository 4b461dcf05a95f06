/*
 * rows: the rows of table duty as the other files see them, and who and what each is about. Runs in
 * cored; it only reads.
 */
#include "core/account/account.h"
#include "core/account/places.h"
#include "core/duty/private.h"
#include "core/store/id.h"

#define COLUMNS                                                                                    \
    "SELECT id, fy, duty, scope_kind, scope, period, reg, act, role, title_ja, title_en, topic,"   \
    " clauses, fixed, opens, due, provisional, made, planned, record, opened, ended, dropped, "    \
    "told"                                                                                         \
    " FROM duty WHERE "

enum { YEAR_GET = 5 };

static const struct store_statement sql[] = {
    [DUTY_OF_YEAR] = {"duty.of_year", COLUMNS "fy = $1 ORDER BY due, id LIMIT $2"},
    /* fixed ones on their day; the others when a plan of their year was decided */
    [DUTY_TO_OPEN] = {"duty.to_open",
                      COLUMNS "record = 0 AND ended = 0 AND dropped = 0 AND opens <= $1"
                              " AND (fixed = 1 OR planned <> 0 OR EXISTS (SELECT 1 FROM duty_year y"
                              " WHERE y.fy = duty.fy AND y.decided <> 0))"
                              " ORDER BY opens, id LIMIT $2"},
    [DUTY_RUNNING] = {"duty.running",
                      COLUMNS "record <> 0 AND ended = 0 AND id > $1 ORDER BY id LIMIT $2"},
    [DUTY_STARTED] = {"duty.started", COLUMNS "record <> 0 AND ended = 0 AND act = 'open' AND"
                                              " opens <= $1 ORDER BY due, id LIMIT $2"},
    [DUTY_TO_TELL] = {"duty.to_tell",
                      COLUMNS "record <> 0 AND ended = 0 AND dropped = 0 AND told < 2 AND due <= $1"
                              " ORDER BY due, id LIMIT $2"},
    [YEAR_GET] = {"duty.year_get",
                  "SELECT plan, made, decided, waits FROM duty_year WHERE fy = $1"},
};

static void
row_take(struct db_query *q, struct arena *arena, struct duty_row *ret)
{
    struct str *const texts[] = {&ret->duty,     &ret->scope_kind, NULL,         &ret->period,
                                 &ret->reg,      &ret->act,        &ret->role,   &ret->title_ja,
                                 &ret->title_en, &ret->topic,      &ret->clauses};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] != NULL) {
            *texts[i] = str_dup(arena, db_text(q, (int)i + 2));
        }
    }
    ret->id = (uint64_t)db_int(q, 0);
    ret->fy = (int)db_int(q, 1);
    ret->scope = (uint64_t)db_int(q, 4);
    ret->fixed = db_int(q, 13) != 0;
    ret->opens = db_int(q, 14);
    ret->due = db_int(q, 15);
    ret->provisional = db_int(q, 16) != 0;
    ret->made = db_int(q, 17);
    ret->planned = (uint64_t)db_int(q, 18);
    ret->record = (uint64_t)db_int(q, 19);
    ret->opened = db_int(q, 20);
    ret->ended = db_int(q, 21);
    ret->dropped = db_int(q, 22);
    ret->told = db_int(q, 23);
}

int
duty_rows_load(struct duty_desk *desk, struct arena *arena, enum duty_which which, int64_t at,
               size_t limit, struct duty_rows *ret, struct err *err)
{
    *ret = (struct duty_rows){arena_array(arena, limit, sizeof *ret->list), 0};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "duties");
    }
    struct db_query *q = db_query(desk->store, &sql[which]);
    int rc = 0;
    db_bind_int(q, 1, at);
    db_bind_int(q, 2, (int64_t)limit);
    while (ret->count < limit && (rc = db_step(q, err)) > 0) {
        row_take(q, arena, &ret->list[ret->count++]);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
duty_year_get(struct duty_desk *desk, int fiscal_year, struct duty_year *ret, struct err *err)
{
    *ret = (struct duty_year){0};
    struct db_query *q = db_query(desk->store, &sql[YEAR_GET]);
    db_bind_int(q, 1, fiscal_year);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = (struct duty_year){.plan = (uint64_t)db_int(q, 0),
                                  .made = db_int(q, 1),
                                  .decided = db_int(q, 2),
                                  .known = true,
                                  .waits = db_int(q, 3) != 0};
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
duty_row_section(struct duty_desk *desk, const struct duty_row *row, uint64_t *ret, struct err *err)
{
    uint64_t owner = 0;
    *ret = str_equal_z(row->scope_kind, "section") ? row->scope : 0;
    if (!str_equal_z(row->scope_kind, "record")) {
        return 0;
    }
    return register_whose(desk->store, row->scope, ret, &owner, err) < 0 ? -1 : 0;
}

int
duty_row_scope_name(struct duty_desk *desk, struct arena *arena, const struct duty_row *row,
                    struct str *ret, struct err *err)
{
    *ret = (struct str){0};
    if (str_equal_z(row->scope_kind, "section")) {
        return account_section_name(desk->store, arena, row->scope, ret, err) < 0 ? -1 : 0;
    }
    if (str_equal_z(row->scope_kind, "record")) {
        char id[ID_CHARS + 1];
        id_format(row->scope, id);
        *ret = str_dup(arena, str_of(id));
    }
    return arena_check(arena, err);
}

int
duty_row_holders(struct duty_desk *desk, struct arena *arena, const struct duty_row *row,
                 int64_t now_us, uint64_t **ret, size_t *ret_count, struct err *err)
{
    uint64_t section = 0;
    const char *role = str_dup_z(arena, row->role);
    *ret_count = 0;
    if (role == NULL) {
        return ERR(err, "limit.memory", "role");
    }
    if (duty_row_section(desk, row, &section, err) < 0) {
        return -1;
    }
    return account_who(desk->store, arena, role, section, now_us, ret, ret_count, err);
}
