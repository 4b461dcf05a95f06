/*
 * codes: see codes.h. Runs in cored.
 */
#include "core/account/codes.h"

enum { STAFF_NO, BY_STAFF_NO, BY_NAME, CODE, BY_CODE };

static const struct store_statement sql[] = {
    [STAFF_NO] = {"codes.staff_no", "SELECT staff_no FROM engagement WHERE person = $1"
                                    " ORDER BY from_day DESC, id DESC LIMIT 1"},
    [BY_STAFF_NO] = {"codes.by_staff_no", "SELECT person FROM engagement WHERE staff_no = $1"},
    [BY_NAME] = {"codes.by_name",
                 "SELECT id FROM person p WHERE"
                 " replace(replace(name, ' ', ''), '　', '')"
                 " = replace(replace($1, ' ', ''), '　', '')"
                 " AND EXISTS (SELECT 1 FROM engagement e WHERE e.person = p.id"
                 " AND e.from_day <= $2 AND e.until_day >= $2) ORDER BY id LIMIT 2"},
    [CODE] = {"codes.code", "SELECT code FROM section s WHERE id = $1 AND from_day <= $2"
                            " AND until_day >= $2 AND NOT EXISTS (SELECT 1 FROM section o WHERE"
                            " o.code = s.code AND o.id <> s.id AND o.from_day <= $2"
                            " AND o.until_day >= $2)"},
    [BY_CODE] = {"codes.by_code", "SELECT id FROM section WHERE code = $1 AND from_day <= $2"
                                  " AND until_day >= $2 ORDER BY id LIMIT 2"},
};

/* The text of the only column of the first row. Ends QUERY. */
static int
text_one(struct db_query *q, struct arena *arena, struct str *ret, struct err *err)
{
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = str_dup(arena, db_text(q, 0));
    }
    db_end(q);
    return rc < 0 ? -1 : rc == 0 ? 1 : arena_check(arena, err);
}

/* The id of the only row; 2 when there are more. Ends QUERY. */
static int
id_one(struct db_query *q, uint64_t *ret, struct err *err)
{
    int count = 0, rc = 0;
    while (count < 2 && (rc = db_step(q, err)) > 0) {
        *ret = (uint64_t)db_int(q, 0);
        count++;
    }
    db_end(q);
    return rc < 0 ? -1 : count == 1 ? 0 : count == 0 ? 1 : 2;
}

int
account_staff_no(struct store *store, struct arena *arena, uint64_t person, struct str *ret,
                 struct err *err)
{
    struct db_query *q = db_query(store, &sql[STAFF_NO]);
    db_bind_int(q, 1, (int64_t)person);
    return text_one(q, arena, ret, err);
}

int
account_person_named(struct store *store, struct str text, int64_t day, uint64_t *ret,
                     struct err *err)
{
    struct db_query *q = db_query(store, &sql[BY_STAFF_NO]);
    db_bind_text(q, 1, text);
    int rc = id_one(q, ret, err);
    if (rc != 1) {
        return rc;
    }
    q = db_query(store, &sql[BY_NAME]);
    db_bind_text(q, 1, text);
    db_bind_int(q, 2, day);
    return id_one(q, ret, err);
}

int
account_section_code(struct store *store, struct arena *arena, uint64_t section, int64_t day,
                     struct str *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[CODE]);
    db_bind_int(q, 1, (int64_t)section);
    db_bind_int(q, 2, day);
    return text_one(q, arena, ret, err);
}

int
account_section_coded(struct store *store, struct str code, int64_t day, uint64_t *ret,
                      struct err *err)
{
    struct db_query *q = db_query(store, &sql[BY_CODE]);
    db_bind_text(q, 1, code);
    db_bind_int(q, 2, day);
    return id_one(q, ret, err);
}
