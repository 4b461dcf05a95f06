/*
 * notice: what people are told about records without being asked for anything. Runs in cored,
 * inside the unit of what it tells of.
 *
 * A notice carries the record and a kind, never content: whoever opens it sees what she may see. A
 * person is told once of the same thing within 15 minutes, and never of what she did herself.
 */
#include "core/register/notice.h"

#include "base/os/time.h"
#include "core/account/account.h"
#include "core/store/id.h"

#include <string.h>

enum { MELT, ADD, LIST, UNREAD, READ_ONE, READ_ALL };
#define MELT_US (15 * 60 * TIME_US_SECOND)
#define HERS                                                                                       \
    "(n.person = $1 OR n.person IN (SELECT person FROM person_join WHERE same_as = coalesce("      \
    "(SELECT same_as FROM person_join WHERE person = $1), $1)) OR n.person = (SELECT same_as FROM" \
    " person_join WHERE person = $1))"

static const struct store_statement sql[] = {
    [MELT] = {"notice.melt", "UPDATE notice SET at = $4, count = count + 1 WHERE person = $1"
                             " AND record = $2 AND kind = $3 AND read_at = 0 AND at >= $5"},
    [ADD] = {"notice.add", "INSERT INTO notice(id, person, kind, record, first, at, count)"
                           " VALUES ($1, $2, $3, $4, $5, $5, 1)"},
    [LIST] = {"notice.list",
              "SELECT n.id, n.record, n.kind, r.register, coalesce(r.number, ''), r.state, n.first,"
              " n.at, n.count, n.read_at FROM notice n JOIN record r ON r.id = n.record WHERE " HERS
              " ORDER BY n.at DESC, n.id DESC LIMIT $2"},
    [UNREAD] = {"notice.unread", "SELECT count(*) FROM notice n WHERE n.read_at = 0 AND " HERS},
    [READ_ONE] = {"notice.read_one",
                  "UPDATE notice SET read_at = $2 WHERE id IN (SELECT n.id FROM notice n WHERE"
                  " n.id = $3 AND n.read_at = 0 AND " HERS ")"},
    [READ_ALL] = {"notice.read_all",
                  "UPDATE notice SET read_at = $2 WHERE id IN (SELECT n.id FROM notice n WHERE"
                  " n.read_at = 0 AND " HERS ")"},
};

int
notice_add(struct store *store, uint64_t person, const char *kind, uint64_t record, int64_t now_us,
           struct err *err)
{
    if (person == 0) {
        return 0;
    }
    struct db_query *q = db_query(store, &sql[MELT]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_int(q, 2, (int64_t)record);
    db_bind_z(q, 3, kind);
    db_bind_int(q, 4, now_us);
    db_bind_int(q, 5, now_us - MELT_US);
    int64_t melted = db_run(q, err);
    if (melted != 0) {
        return melted < 0 ? -1 : 0;
    }
    q = db_query(store, &sql[ADD]);
    db_bind_int(q, 1, (int64_t)id_new());
    db_bind_int(q, 2, (int64_t)person);
    db_bind_z(q, 3, kind);
    db_bind_int(q, 4, (int64_t)record);
    db_bind_int(q, 5, now_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
notice_targets(const struct notice_to *to, const struct str *targets, size_t count,
               const char *kind, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        uint64_t *holders = NULL;
        size_t n = 0;
        if (str_equal_z(targets[i], "owner")) {
            rc = notice_add(to->store, to->record->owner, kind, to->record->id, to->now_us, err);
            continue;
        }
        struct register_who who = {.role = targets[i], .of = STR("section")};
        rc = who_list(to->store, to->arena, to->record, &who, &holders, &n, err);
        for (size_t k = 0; rc == 0 && k < n; k++) {
            rc = notice_add(to->store, holders[k], kind, to->record->id, to->now_us, err);
        }
    }
    return rc;
}

int
notice_holders(struct register_set *set, const struct notice_to *to, const char *kind,
               struct err *err)
{
    struct register_waiting waiting;
    int rc = register_waiting(set, to->store, to->arena, to->record->id, &waiting, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < waiting.holder_count; i++) {
        if (notice_add(to->store, waiting.holders[i], kind, to->record->id, to->now_us, err) < 0) {
            return -1;
        }
    }
    static const struct str chief[] = {{"chief", 5}};
    return waiting.stuck ? notice_targets(to, chief, 1, "stuck", err) : 0;
}

/* What the owner is told of an act of somebody else; NULL: nothing. */
static const char *
owner_kind(const struct deed *deed)
{
    const struct register_def *def = deed->record.def;
    if (deed->move == NULL || !deed->moves) {
        return NULL;
    }
    if (deed->move->on == ON_SENT_BACK) {
        return "sent_back";
    }
    if (deed->move->on == ON_DECIDED || deed->move->on == ON_REJECTED) {
        return "decided";
    }
    if (def->states[deed->record.state_at].key_count > 0) {
        return "key_closed";
    }
    return def->states[deed->to].key_count > 0 ? "key_opened" : "moved";
}

int
notices_tell(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    struct notice_to to = {deed->store, deed->arena, record, deed->now};
    const char *kind = owner_kind(deed);
    int own = deed->caller->system || record->owner == 0
                  ? 0
                  : account_same_person(deed->store, record->owner, deed->caller->person, err);
    if (own < 0 || (own == 0 && kind != NULL &&
                    notice_add(deed->store, record->owner, kind, record->id, deed->now, err) < 0)) {
        return -1;
    }
    bool opened = deed->step_at >= 0 && (deed->moves || deed->step_at != record->step);
    return opened ? notice_holders(deed->set, &to, "opened", err) : 0;
}

/* ---- what others call ---- */

int
register_notices(struct store *store, struct arena *arena, uint64_t person, size_t limit,
                 struct register_notices *ret, struct err *err)
{
    ret->count = 0;
    ret->list = arena_array(arena, limit, sizeof *ret->list);
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "notices");
    }
    struct db_query *q = db_query(store, &sql[UNREAD]);
    db_bind_int(q, 1, (int64_t)person);
    if (db_one_int(q, &ret->unread, err) < 0) {
        return -1;
    }
    int rc = 0;
    q = db_query(store, &sql[LIST]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_int(q, 2, (int64_t)limit);
    while (ret->count < limit && (rc = db_step(q, err)) > 0) {
        ret->list[ret->count++] = (struct register_notice){.id = (uint64_t)db_int(q, 0),
                                                           .record = (uint64_t)db_int(q, 1),
                                                           .kind = str_dup(arena, db_text(q, 2)),
                                                           .reg = str_dup(arena, db_text(q, 3)),
                                                           .number = str_dup(arena, db_text(q, 4)),
                                                           .state = str_dup(arena, db_text(q, 5)),
                                                           .first = db_int(q, 6),
                                                           .at = db_int(q, 7),
                                                           .count = db_int(q, 8),
                                                           .read_at = db_int(q, 9)};
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
register_notices_read(struct store *store, uint64_t person, uint64_t id, int64_t now_us,
                      size_t *ret_count, struct err *err)
{
    struct db_query *q = db_query(store, &sql[id == 0 ? READ_ALL : READ_ONE]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_int(q, 2, now_us);
    if (id != 0) {
        db_bind_int(q, 3, (int64_t)id);
    }
    int64_t changed = db_run(q, err);
    *ret_count = changed < 0 ? 0 : (size_t)changed;
    return changed < 0 ? -1 : 0;
}
