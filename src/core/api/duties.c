/*
 * duties: the year's duties. Runs in cored, on the LGWAN portal only: who holds a role of the
 * organisation sees the whole list, everybody else what she answers for herself.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/api/calls.h"
#include "core/duty/duty.h"
#include "core/store/id.h"

#include <string.h>

enum { YEAR_FIRST = 2000, YEAR_LAST = 9998 };

static bool
at_desk(const struct api_call *call)
{
    return str_equal_z(call->zone, "lgwan");
}

/* The year under `fy`; the running one when nothing is said. */
static int
year_asked(struct str said, int64_t now, int *ret, struct err *err)
{
    uint64_t year = 0;
    if (said.p == NULL) {
        *ret = calendar_fiscal_year(tokyo_day(now));
        return 0;
    }
    if (!str_to_u64(said, &year) || year < YEAR_FIRST || year > YEAR_LAST) {
        return ERR(err, "duty.year", "%.*s", STR_FMT(str_slice(said, 0, 20)));
    }
    *ret = (int)year;
    return 0;
}

/* 1: the caller holds a role of the body or of a section; 0; -1. */
static int
is_officer(struct api_call *call, int64_t now, struct err *err)
{
    struct account_role *roles = NULL;
    size_t count = 0;
    int rc = account_roles(api_config(call->api)->store, call->arena, call->known.person, now,
                           &roles, &count, err);
    return rc < 0 ? -1 : count > 0;
}

static int
duties_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct duty_desk *desk = api_config(call->api)->duties;
    struct duty_ask ask = {.now_us = time_now_us(), .role = api_query(call, "role")};
    struct str late = api_query(call, "late");
    if (desk == NULL || !at_desk(call)) {
        return ERR(err, "not_found", "duties");
    }
    if (year_asked(api_query(call, "fy"), ask.now_us, &ask.fiscal_year, err) < 0) {
        return -1;
    }
    int officer = is_officer(call, ask.now_us, err);
    if (officer < 0) {
        return -1;
    }
    ask.person = officer > 0 ? 0 : call->known.person;
    ask.late = late.n > 0 && !str_equal_z(late, "0");
    return duty_list(desk, call->arena, &ask, ret, err);
}

static int
plan_write(struct api_call *call, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    int64_t now = time_now_us(), year = 0;
    if (config->duties == NULL || !at_desk(call)) {
        return ERR(err, "not_found", "duties");
    }
    int chief = account_has_role(config->store, call->known.person, "chief", 0, now, err);
    if (chief <= 0) {
        return chief < 0 ? -1 : ERR(err, "duty.not_chief", "plan");
    }
    if (api_number(call, "fy", &year, err) < 0) {
        return -1;
    }
    if (year < YEAR_FIRST || year > YEAR_LAST) {
        return ERR(err, "duty.year", "%lld", (long long)year);
    }
    int rc = duty_plan(config->duties, call->arena, (int)year, now, &call->made, err);
    return rc < 0 ? -1 : 0;
}

/* The record to be decided; none: everything stands in a decided plan. */
static int
plan_read(struct api_call *call, json_t **ret, struct err *err)
{
    char id[ID_CHARS + 1];
    int64_t year = 0;
    if (api_number(call, "fy", &year, err) < 0) {
        return -1;
    }
    id_format(call->made, id);
    *ret = json_pack("{sI so}", "fy", (json_int_t)year, "record",
                     call->made != 0 ? json_string(id) : json_null());
    return 0;
}

int
duties_inbox(struct api_call *call, json_t *list, int64_t *late, struct err *err)
{
    struct duty_desk *desk = api_config(call->api)->duties;
    struct duty_items items = {NULL, 0};
    int64_t now = time_now_us();
    if (desk == NULL) {
        return 0;
    }
    if (duty_items(desk, call->arena, call->known.person, now, DUTIES_INBOX_MOST, &items, err) <
        0) {
        return -1;
    }
    for (size_t i = 0; i < items.count; i++) {
        const struct duty_item *item = &items.list[i];
        char id[ID_CHARS + 1];
        id_format(item->record, id);
        *late += item->due <= now;
        (void)json_array_append_new(
            list, json_pack("{ss ss ss% ss s{ss% ss%} ss ss sI sI ss%}", "kind", "duty", "step", "",
                            "register", item->reg.p, item->reg.n, "record", id, "title", "ja",
                            item->title_ja.p, item->title_ja.n, "en", item->title_en.p,
                            item->title_en.n, "applicant", "", "section", "", "due",
                            (json_int_t)item->due, "waiting_since", (json_int_t)item->since,
                            "clause", item->clause.n > 0 ? item->clause.p : "", item->clause.n));
    }
    return 0;
}

const struct api_route api_duty_routes[] = {
    {"GET", "duties", 200, .read = duties_read},
    {"POST", "duties/plan", 201, plan_write, plan_read},
};
const size_t api_duty_route_count = sizeof api_duty_routes / sizeof *api_duty_routes;
