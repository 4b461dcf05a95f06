/*
 * plan: the record of register duty_plan that the chief decides, and what its decision means for
 * the rows. Runs in cored, inside a unit.
 *
 * Invariant: the plan is opened by the system, so that the chief who decides it is not its author;
 * it holds every row no decided plan holds, as they stood when it was made.
 */
#include "base/os/time.h"
#include "base/text/wareki.h"
#include "core/duty/private.h"
#include "core/json/json.h"

enum { YEAR_PUT, YEAR_DECIDED, YEAR_REFUSED, ROWS_PLANNED, WAITING, YEARS_MOST = 50 };

static const struct store_statement sql[] = {
    [YEAR_PUT] = {"duty.year_put",
                  "INSERT INTO duty_year(fy, plan, made) VALUES ($1, $2, $3)"
                  " ON CONFLICT(fy) DO UPDATE SET plan = $2, made = $3, waits = 1"},
    [YEAR_DECIDED] = {"duty.year_decided",
                      "UPDATE duty_year SET waits = 0, decided = CASE WHEN decided = 0 THEN $2 ELSE"
                      " decided END WHERE fy = $1"},
    [YEAR_REFUSED] = {"duty.year_refused", "UPDATE duty_year SET waits = 0 WHERE fy = $1"},
    [ROWS_PLANNED] = {"duty.planned", "UPDATE duty SET planned = $2 WHERE fy = $1 AND planned = 0"
                                      " AND dropped = 0 AND made <= $3"},
    [WAITING] = {"duty.plans_waiting",
                 "SELECT fy, plan, made FROM duty_year WHERE waits = 1 ORDER BY fy LIMIT 50"},
};

static json_t *
day_json(int64_t day)
{
    char text[DATE_CHARS + 1];
    date_format(day, text);
    return json_string(text);
}

static int
line_add(struct duty_desk *desk, struct arena *arena, const struct duty_row *row, json_t *lines,
         struct err *err)
{
    struct str scope;
    if (duty_row_scope_name(desk, arena, row, &scope, err) < 0) {
        return -1;
    }
    json_t *line =
        json_pack("{so so so so so}", "duty", json_of_text(row->duty), "title",
                  json_of_text(row->title_ja), "role", json_of_text(row->role), "opens",
                  day_json(tokyo_day(row->opens)), "due", day_json(tokyo_day(row->due - 1)));
    if (scope.n > 0) {
        (void)json_object_set_new(line, "scope", json_of_text(scope));
    }
    (void)json_array_append_new(lines, line);
    return 0;
}

/* The lines of the plan: what is ordered and stands in no decided one. */
static int
lines_make(struct duty_desk *desk, struct arena *arena, int fiscal_year, json_t *lines,
           struct err *err)
{
    struct duty_rows rows;
    if (duty_rows_load(desk, arena, DUTY_OF_YEAR, fiscal_year, DUTY_ROWS_MOST, &rows, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        const struct duty_row *row = &rows.list[i];
        if (row->planned != 0 || row->dropped != 0 || row->ended != 0) {
            continue;
        }
        if (json_array_size(lines) == DUTY_PLAN_MOST) {
            return ERR(err, "duty.most", "%d", DUTY_PLAN_MOST);
        }
        if (line_add(desk, arena, row, lines, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The plan that still waits is no longer the one to decide. */
static int
plan_replace(struct duty_desk *desk, struct arena *arena, const struct duty_year *year,
             struct err *err)
{
    struct register_caller system = {.system = true};
    struct register_call call = {.record = year->plan, .move = STR("replace")};
    struct register_outcome outcome;
    return year->known && year->waits
               ? register_act(desk->registers, desk->store, arena, &system, &call, &outcome, err)
               : 0;
}

static int
plan_open(struct duty_desk *desk, struct arena *arena, int fiscal_year, json_t *lines,
          uint64_t *ret, struct err *err)
{
    struct register_caller system = {.system = true};
    struct register_outcome outcome;
    struct buf title;
    buf_init(&title, 200);
    wareki_put_fiscal_year(&title, fiscal_year);
    buf_put_z(&title, "の務めの計画");
    json_t *fields = json_pack("{so si sO}", "title", json_of_text(buf_str(&title)), "fy",
                               fiscal_year, "duties", lines);
    struct register_call call = {
        .reg = STR("duty_plan"), .move = STR("open"), .fields = fields, .route = STR("plan")};
    int rc = register_act(desk->registers, desk->store, arena, &system, &call, &outcome, err);
    *ret = rc == 0 ? outcome.record : 0;
    json_decref(fields);
    buf_free(&title);
    return rc;
}

static int
plan_make(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
          json_t *lines, uint64_t *ret_record, struct err *err)
{
    struct duty_year year;
    if (lines_make(desk, arena, fiscal_year, lines, err) < 0 ||
        duty_year_get(desk, fiscal_year, &year, err) < 0) {
        return -1;
    }
    if (json_array_size(lines) == 0) {
        return 1;
    }
    if (plan_replace(desk, arena, &year, err) < 0 ||
        plan_open(desk, arena, fiscal_year, lines, ret_record, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[YEAR_PUT]);
    db_bind_int(q, 1, fiscal_year);
    db_bind_int(q, 2, (int64_t)*ret_record);
    db_bind_int(q, 3, now_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
duty_plan(struct duty_desk *desk, struct arena *arena, int fiscal_year, int64_t now_us,
          uint64_t *ret_record, struct err *err)
{
    struct duty_changes changes = {0};
    int now_year = calendar_fiscal_year(tokyo_day(now_us));
    *ret_record = 0;
    if (fiscal_year != now_year && fiscal_year != now_year + 1) {
        return ERR(err, "duty.year", "%d", fiscal_year);
    }
    if (duty_plans_watch(desk, err) < 0 ||
        duty_make(desk, arena, fiscal_year, now_us, &changes, err) < 0) {
        return -1;
    }
    json_t *lines = json_array();
    int rc = plan_make(desk, arena, fiscal_year, now_us, lines, ret_record, err);
    json_decref(lines);
    return rc;
}

struct waiting {
    int fy;
    uint64_t plan;
    int64_t made;
};

/* What became of one plan. */
static int
plan_watch(struct duty_desk *desk, const struct waiting *plan, struct err *err)
{
    enum register_end end = END_NONE;
    int64_t at = 0;
    int rc = register_end_of(desk->registers, desk->store, plan->plan, &end, &at, err);
    if (rc != 0 || end == END_NONE) {
        return rc < 0 ? -1 : 0;
    }
    bool decided = end == END_DONE;
    struct db_query *q = db_query(desk->store, &sql[decided ? YEAR_DECIDED : YEAR_REFUSED]);
    db_bind_int(q, 1, plan->fy);
    if (!decided) {
        return db_run(q, err) < 0 ? -1 : 0;
    }
    db_bind_int(q, 2, at);
    if (db_run(q, err) < 0) {
        return -1;
    }
    q = db_query(desk->store, &sql[ROWS_PLANNED]);
    db_bind_int(q, 1, plan->fy);
    db_bind_int(q, 2, (int64_t)plan->plan);
    db_bind_int(q, 3, plan->made);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
duty_plans_watch(struct duty_desk *desk, struct err *err)
{
    struct waiting plans[YEARS_MOST];
    size_t count = 0;
    int rc = 0;
    struct db_query *q = db_query(desk->store, &sql[WAITING]);
    while (count < YEARS_MOST && (rc = db_step(q, err)) > 0) {
        plans[count++] = (struct waiting){(int)db_int(q, 0), (uint64_t)db_int(q, 1), db_int(q, 2)};
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        rc = plan_watch(desk, &plans[i], err);
    }
    return rc < 0 ? -1 : 0;
}
