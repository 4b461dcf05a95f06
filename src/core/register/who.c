/*
 * who: the persons a register file names: holders of a role or a post, the person in a field, the
 * colleagues of a section. Runs in cored; judged at the moment it is asked.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/record.h"

enum { POST_HOLDERS, HOLDERS_MOST = 200 };

static const struct store_statement sql[] = {
    /* a section of 0 is the body: the post wherever it is */
    [POST_HOLDERS] = {"who.post_holders",
                      "SELECT e.person FROM appointment a JOIN post p ON p.id = a.post"
                      " JOIN engagement e ON e.id = a.engagement WHERE p.code = $1"
                      " AND ($2 = 0 OR p.section = $2) AND $3 BETWEEN a.from_day AND a.until_day"
                      " AND $3 BETWEEN e.from_day AND e.until_day"
                      " AND $3 BETWEEN p.from_day AND p.until_day"
                      " ORDER BY a.kind <> 'main', e.person LIMIT 200"},
};

static int
post_list(struct store *store, struct arena *arena, struct str post, uint64_t section,
          uint64_t **ret, size_t *ret_count, struct err *err)
{
    *ret = arena_array(arena, HOLDERS_MOST, sizeof **ret);
    if (*ret == NULL) {
        return ERR(err, "limit.memory", "holders");
    }
    struct db_query *q = db_query(store, &sql[POST_HOLDERS]);
    db_bind_text(q, 1, post);
    db_bind_int(q, 2, (int64_t)section);
    db_bind_int(q, 3, tokyo_day(time_now_us()));
    int rc = 0;
    while (*ret_count < HOLDERS_MOST && (rc = db_step(q, err)) > 0) {
        (*ret)[(*ret_count)++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static int
post_holds(struct store *store, struct str post, uint64_t section, uint64_t person, struct err *err)
{
    struct arena *arena = arena_new(16384);
    uint64_t *list = NULL;
    size_t count = 0;
    int rc = post_list(store, arena, post, section, &list, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = account_same_person(store, list[i], person, err);
    }
    arena_free(arena);
    return rc;
}

int
who_section(struct store *store, const struct record *record, const struct register_who *who,
            uint64_t *ret, struct err *err)
{
    *ret = 0;
    if (str_equal_z(who->of, "section")) {
        *ret = record->section;
    } else if (str_equal_z(who->of, "owner.section")) {
        return account_section_of(store, record->owner, time_now_us(), ret, err) < 0 ? -1 : 0;
    }
    return 0;
}

static uint64_t
who_field(const struct record *record, const struct register_who *who)
{
    json_t *value = json_object_getn(record->fields, who->field.p, who->field.n);
    uint64_t id = 0;
    return json_is_string(value) && str_to_u64(str_of(json_string_value(value)), &id) ? id : 0;
}

int
who_holds(struct store *store, const struct record *record, const struct register_who *who,
          uint64_t person, struct err *err)
{
    uint64_t section = 0;
    if (who->field.n > 0) {
        uint64_t named = who_field(record, who);
        return named == 0 ? 0 : account_same_person(store, named, person, err);
    }
    if (who->peer) {
        uint64_t heir = 0;
        int rc = account_section_of(store, person, time_now_us(), &section, err);
        if (rc == 0) {
            rc = account_section_heir(store, record->section, time_now_us(), &heir, err);
        }
        return rc != 0 ? (rc < 0 ? -1 : 0) : section == heir;
    }
    if (who_section(store, record, who, &section, err) < 0) {
        return -1;
    }
    if (who->post.n > 0) {
        return post_holds(store, who->post, section, person, err);
    }
    struct arena *arena = arena_new(4096);
    const char *role = str_dup_z(arena, who->role);
    int rc = role == NULL ? ERR(err, "limit.memory", "role")
                          : account_has_role(store, person, role, section, time_now_us(), err);
    arena_free(arena);
    return rc;
}

int
who_list(struct store *store, struct arena *arena, const struct record *record,
         const struct register_who *who, uint64_t **ret, size_t *ret_count, struct err *err)
{
    uint64_t section = 0;
    *ret = NULL;
    *ret_count = 0;
    if (who->field.n > 0) {
        *ret = arena_array(arena, 1, sizeof **ret);
        if (*ret == NULL) {
            return ERR(err, "limit.memory", "holders");
        }
        (*ret)[0] = who_field(record, who);
        *ret_count = (*ret)[0] != 0;
        return 0;
    }
    if (who->peer) {
        return 0;
    }
    const char *role = str_dup_z(arena, who->role);
    if (role == NULL) {
        return ERR(err, "limit.memory", "role");
    }
    if (who_section(store, record, who, &section, err) < 0) {
        return -1;
    }
    if (who->post.n > 0) {
        return post_list(store, arena, who->post, section, ret, ret_count, err);
    }
    return account_who(store, arena, role, section, time_now_us(), ret, ret_count, err);
}
