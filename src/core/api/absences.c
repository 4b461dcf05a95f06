/*
 * absences: who is away. Runs in cored, on the LGWAN portal only.
 *
 * A person sees and enters her own; a section manager those of her section. Whose rows are
 * another's are answered like rows that are not there.
 */
#include "base/os/time.h"
#include "core/account/absence.h"
#include "core/api/calls.h"
#include "core/json/json.h"
#include "core/store/id.h"

#include <stdio.h>

static bool
at_desk(const struct api_call *call)
{
    return str_equal_z(call->zone, "lgwan");
}

static int
absence_write(struct api_call *call, struct err *err)
{
    struct str person;
    struct absence new = {.person = call->known.person, .entered_by = call->known.person};
    if (!at_desk(call)) {
        return ERR(err, "not_found", "absence");
    }
    if (api_text(call, "person", &person, err) < 0 ||
        api_text(call, "reason", &new.reason, err) < 0 ||
        api_number(call, "from", &new.from_us, err) < 0 ||
        api_number(call, "until", &new.until_us, err) < 0) {
        return -1;
    }
    if (person.n > 0 && !str_to_u64(person, &new.person)) {
        return ERR(err, "api.field", "person");
    }
    return absence_add(api_config(call->api)->store, &new, time_now_us(), &call->made, err);
}

static int
absence_finish(struct api_call *call, struct err *err)
{
    uint64_t id = 0;
    if (!at_desk(call) || !id_parse(call->part[0], &id)) {
        return ERR(err, "not_found", "absence");
    }
    int rc = absence_end(api_config(call->api)->store, id, call->known.person, time_now_us(), err);
    if (rc > 0 || (rc < 0 && err_is(err, "absence.not_yours"))) {
        return ERR(err, "not_found", "absence");
    }
    return rc;
}

static int
absence_json(struct api_call *call, const struct absence *row, json_t *list, struct err *err)
{
    struct store *store = api_config(call->api)->store;
    struct account_person person = {0}, by = {0};
    char id[ID_CHARS + 1], number[24];
    if (account_person_get(store, call->arena, row->person, &person, err) < 0 ||
        account_person_get(store, call->arena, row->entered_by, &by, err) < 0) {
        return -1;
    }
    id_format(row->id, id);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)row->person);
    (void)json_array_append_new(
        list,
        json_pack("{ss s{ss so} sI sI so so sI}", "id", id, "person", "id", number, "name",
                  json_of_text(person.name), "from", (json_int_t)row->from_us, "until",
                  (json_int_t)row->until_us, "reason", json_of_text(row->reason), "entered_by",
                  json_of_text(by.name), "entered", (json_int_t)row->entered_us));
    return 0;
}

static int
absences_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct absence *rows = NULL;
    size_t count = 0;
    json_t *list = json_array();
    int rc = at_desk(call) ? absence_list(api_config(call->api)->store, call->arena,
                                          call->known.person, time_now_us(), &rows, &count, err)
                           : 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = absence_json(call, &rows[i], list, err);
    }
    *ret = json_pack("{so}", "absences", list);
    return rc;
}

const struct api_route api_absence_routes[] = {
    {"GET", "absence", 200, .read = absences_read},
    {"POST", "absence", 201, absence_write, absences_read},
    {"POST", "absence/:/end", 200, absence_finish, absences_read},
};
const size_t api_absence_route_count = sizeof api_absence_routes / sizeof *api_absence_routes;
