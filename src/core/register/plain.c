/*
 * plain: see plain.h. Runs in cored. Invariant: fields leave by record_shown only, which is the
 * reader's own judgement of what a person may see.
 */
#include "core/register/plain.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/register/values.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERED, MATCHED, NEXT };

static const struct store_statement sql[] = {
    [NUMBERED] = {"plain.numbered", "SELECT id FROM record WHERE register = $1 AND number = $2"},
    [MATCHED] = {"plain.matched", "SELECT record FROM record_unique WHERE register = $1"
                                  " AND field = 'match' AND value = $2"},
    [NEXT] = {"plain.next", "SELECT id FROM record WHERE register = $1 AND id > $2"
                            " AND created >= $3 AND created < $4"
                            " AND ($5 = '' OR state = $5) ORDER BY id LIMIT $6"},
};

int
record_plain(const struct record_ask *ask, uint64_t id, struct record_plain *ret, struct err *err)
{
    struct record record = {0};
    int rc = record_load(ask->set, ask->store, ask->arena, id, &record, err);
    if (rc != 0) {
        return rc;
    }
    *ret = (struct record_plain){.id = id,
                                 .rev = record.rev,
                                 .section = record.section,
                                 .owner = record.owner,
                                 .number = record.number,
                                 .def = record.def,
                                 .state = (size_t)record.state_at};
    memcpy(ret->digest, record.digest, sizeof ret->digest);
    rc = record_shown(ask, &record, &ret->seen, &ret->fields, err);
    record_done(&record);
    if (rc != 0) {
        record_plain_done(ret);
    }
    return rc;
}

void
record_plain_done(struct record_plain *plain)
{
    json_decref(plain->fields);
    plain->fields = NULL;
}

int
register_numbered(struct store *store, struct str reg, struct str number, uint64_t *ret,
                  struct err *err)
{
    int64_t id = 0;
    struct db_query *q = db_query(store, &sql[NUMBERED]);
    db_bind_text(q, 1, reg);
    db_bind_text(q, 2, number);
    int rc = db_one_int(q, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

int
register_next_ids(struct store *store, struct arena *arena, const struct register_range *range,
                  struct register_ids *ret, struct err *err)
{
    *ret = (struct register_ids){arena_array(arena, range->most + 1, sizeof *ret->list), 0};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "ids");
    }
    struct db_query *q = db_query(store, &sql[NEXT]);
    db_bind_text(q, 1, range->reg);
    db_bind_int(q, 2, (int64_t)range->after);
    db_bind_int(q, 3, range->from_us);
    db_bind_int(q, 4, range->until_us > 0 ? range->until_us : INT64_MAX);
    db_bind_text(q, 5, range->state);
    db_bind_int(q, 6, (int64_t)range->most);
    int rc = 0;
    while (ret->count < range->most && (rc = db_step(q, err)) > 0) {
        ret->list[ret->count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
register_matched(struct store *store, const struct register_def *def, json_t *fields,
                 unsigned char ret_key[32], uint64_t *ret, struct err *err)
{
    int64_t id = 0;
    if (!values_match(def, fields, ret_key)) {
        return 2;
    }
    struct db_query *q = db_query(store, &sql[MATCHED]);
    db_bind_text(q, 1, def->name);
    db_bind_blob(q, 2, ret_key, 32);
    int rc = db_one_int(q, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

static struct values_taking
taking_of(const struct register_def *def, const struct register_caller *caller)
{
    return (struct values_taking){
        .def = def, .person = caller->person, .section = 1, .now_us = time_now_us()};
}

int
register_values_take(const struct register_def *def, const struct register_caller *caller,
                     json_t *fields, json_t **ret, struct err *err)
{
    const struct values_taking taking = taking_of(def, caller);
    return values_take(&taking, fields, ret, err);
}

int
register_values_whole(const struct register_def *def, const struct register_caller *caller,
                      json_t *fields, struct err *err)
{
    const struct values_taking taking = taking_of(def, caller);
    json_t *filled = json_copy(fields);
    values_default(&taking, filled);
    int rc = fields_check(def, filled, true, err);
    json_decref(filled);
    return rc;
}
