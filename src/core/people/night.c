/*
 * night: what a new day asks for after batches: they move on, accounts of those who left close,
 * keys given for them end, open matters are offered to whoever takes over. Runs in cored, in a
 * unit, every minute and before the first request of a start.
 *
 * Everything is found by what stands in the base, not by what was done before, so a day that was
 * missed is caught up and a repeated run does nothing. At most NIGHT_MOST of each a run.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/people/private.h"
#include "core/register/life.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES, GONE, CLOSE, ASKED, ASK_ADD };
enum { NIGHT_MOST = 200 };

static const struct store_statement sql[] = {
    [BATCHES] =
        {"night.batches",
         "SELECT b.record, b.first_day, b.last_day, r.state FROM people_batch b JOIN record r"
         " ON r.id = b.record WHERE r.state IN ('waiting', 'effective') AND"
         " b.first_day <= $1 ORDER BY b.applied LIMIT 200"},
    [GONE] = {"night.gone",
              "SELECT a.id FROM account a WHERE a.state <> 'closed' AND EXISTS(SELECT 1 FROM"
              " engagement e WHERE e.person = a.person) AND NOT EXISTS(SELECT 1 FROM engagement e"
              " WHERE e.person = a.person AND e.until_day >= $1) ORDER BY a.id LIMIT 200"},
    [CLOSE] = {"night.close", "UPDATE account SET state = 'closed' WHERE id = $1"},
    [ASKED] = {"night.asked",
               "SELECT count(*) FROM people_handover WHERE matter = $1 AND person = $2"},
    [ASK_ADD] = {"night.ask_add", "INSERT INTO people_handover VALUES ($1, $2, $3, $4)"},
};

struct night {
    struct people_desk *desk;
    struct arena *arena;
    int64_t today;
    uint64_t batch;
    size_t done;
};

struct due {
    uint64_t record;
    int64_t first_day, last_day;
    bool waiting;
};

/* ---- accounts ---- */

static int
account_close(struct night *night, uint64_t account, struct err *err)
{
    char id[ID_CHARS + 1], text[96];
    struct db_query *q = db_query(night->desk->store, &sql[CLOSE]);
    db_bind_int(q, 1, (int64_t)account);
    if (db_run(q, err) < 0) {
        return -1;
    }
    id_format(account, id);
    (void)snprintf(text, sizeof text, "{\"account\":\"%s\",\"reason\":\"left\"}", id);
    struct outbox_new row = {
        .kind = "account.disable", .data = str_of(text), .topic = "people", .subject = account};
    return outbox_add(night->desk->store, &row, NULL, err);
}

static int
accounts_close(struct night *night, struct err *err)
{
    uint64_t ids[NIGHT_MOST];
    size_t n = 0;
    int rc = 0;
    struct db_query *q = db_query(night->desk->store, &sql[GONE]);
    db_bind_int(q, 1, night->today);
    while (n < NIGHT_MOST && (rc = db_step(q, err)) > 0) {
        ids[n++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = account_close(night, ids[i], err);
    }
    return rc < 0 ? -1 : 0;
}

/* ---- keys and matters ---- */

static int
key_end(void *arg, const struct people_matter *matter, struct err *err)
{
    struct night *night = arg;
    struct register_caller caller = {.system = true};
    struct register_outcome outcome;
    const struct register_move *move = life_end_move(matter->def, matter->state);
    if (move == NULL || night->done >= NIGHT_MOST) {
        return 0;
    }
    struct register_call call = {.record = matter->record, .move = move->name};
    night->done++;
    return register_act(night->desk->registers, night->desk->store, night->arena, &caller, &call,
                        &outcome, err);
}

static int
handover_note(struct night *night, const struct people_matter *matter, uint64_t record,
              struct err *err)
{
    struct db_query *q = db_query(night->desk->store, &sql[ASK_ADD]);
    db_bind_int(q, 1, (int64_t)matter->record);
    db_bind_int(q, 2, (int64_t)matter->owner);
    db_bind_int(q, 3, (int64_t)night->batch);
    db_bind_int(q, 4, (int64_t)record);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Opens a record of register handover for MATTER. */
static int
handover_open(struct night *night, const struct people_matter *matter, struct err *err)
{
    char id[ID_CHARS + 1], to[24];
    struct register_caller caller = {.system = true};
    struct register_outcome outcome = {0};
    struct str title = matter->number.n > 0 ? matter->number : matter->def->title.ja;
    id_format(matter->record, id);
    (void)snprintf(to, sizeof to, "%llu", (unsigned long long)matter->to);
    json_t *fields = json_pack("{ss so so ss}", "matter", id, "register",
                               people_str(matter->def->name), "title", people_str(title), "to", to);
    struct register_call call = {.reg = STR("handover"),
                                 .move = STR("open"),
                                 .fields = fields,
                                 .owner = matter->owner,
                                 .section = matter->section};
    int rc = register_act(night->desk->registers, night->desk->store, night->arena, &caller, &call,
                          &outcome, err);
    json_decref(fields);
    return rc < 0 ? -1 : handover_note(night, matter, outcome.record, err);
}

static int
matter_offer(void *arg, const struct people_matter *matter, struct err *err)
{
    struct night *night = arg;
    int64_t asked = 0;
    struct db_query *q = db_query(night->desk->store, &sql[ASKED]);
    db_bind_int(q, 1, (int64_t)matter->record);
    db_bind_int(q, 2, (int64_t)matter->owner);
    if (db_one_int(q, &asked, err) < 0) {
        return -1;
    }
    if (asked > 0 || matter->to == 0 || night->done >= NIGHT_MOST) {
        return 0;
    }
    night->done++;
    return handover_open(night, matter, err);
}

/* ---- batches ---- */

static int
batch_move(struct night *night, uint64_t record, const char *move, struct err *err)
{
    struct register_caller caller = {.system = true};
    struct register_call call = {.record = record, .move = str_of(move)};
    struct register_outcome outcome;
    return register_act(night->desk->registers, night->desk->store, night->arena, &caller, &call,
                        &outcome, err);
}

static int
batch_go(struct night *night, const struct due *due, struct err *err)
{
    night->batch = due->record;
    night->done = 0;
    if (due->waiting && batch_move(night, due->record, "take_effect", err) < 0) {
        return -1;
    }
    /* who went on a day of this batch: her post ended the day before, or on the last day */
    int64_t until = night->today < due->last_day ? night->today : due->last_day;
    if (matters_visit(night->desk, night->arena, due->first_day - 1, until, matter_offer, night,
                      err) < 0) {
        return -1;
    }
    bool over = night->today >= due->last_day && night->done < NIGHT_MOST;
    return over ? batch_move(night, due->record, "close", err) : 0;
}

static int
batches_go(struct night *night, struct err *err)
{
    struct due list[NIGHT_MOST];
    size_t n = 0;
    int rc = 0;
    struct db_query *q = db_query(night->desk->store, &sql[BATCHES]);
    db_bind_int(q, 1, night->today);
    while (n < NIGHT_MOST && (rc = db_step(q, err)) > 0) {
        list[n++] = (struct due){(uint64_t)db_int(q, 0), db_int(q, 1), db_int(q, 2),
                                 str_equal_z(db_text(q, 3), "waiting")};
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = batch_go(night, &list[i], err);
    }
    return rc < 0 ? -1 : 0;
}

int
people_clock(struct people_desk *desk, struct arena *arena, int64_t now_us, struct err *err)
{
    struct night night = {.desk = desk, .arena = arena, .today = tokyo_day(now_us)};
    if (accounts_close(&night, err) < 0 || batches_go(&night, err) < 0) {
        return -1;
    }
    night.done = 0;
    return keys_visit(desk, arena, night.today, key_end, &night, err);
}
