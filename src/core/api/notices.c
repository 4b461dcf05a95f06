/*
 * notices: what a person is told about records. Runs in cored; read on the LGWAN portal only.
 *
 * A notice names the record and what happened, nothing of its content.
 */
#include "base/os/time.h"
#include "core/api/calls.h"
#include "core/json/json.h"
#include "core/register/show.h"
#include "core/store/id.h"

enum { NOTICES_MOST = 200 };

/* One notice, with the titles of its register and of the state the record is in now. */
static json_t *
notice_json(struct register_set *set, const struct register_notice *notice)
{
    char id[ID_CHARS + 1], record[ID_CHARS + 1];
    const struct register_def *def = register_def_find(set, notice->reg);
    int state = def != NULL ? register_state_find(def, notice->state) : -1;
    id_format(notice->id, id);
    id_format(notice->record, record);
    return json_pack("{ss so ss so so so so sI sI sI sb}", "id", id, "kind",
                     json_of_text(notice->kind), "record", record, "register",
                     json_of_text(notice->reg), "number",
                     notice->number.n > 0 ? json_of_text(notice->number) : json_null(), "title",
                     def != NULL ? register_title_json(&def->title) : json_null(), "state_title",
                     state >= 0 ? register_title_json(&def->states[state].title) : json_null(),
                     "first", (json_int_t)notice->first, "at", (json_int_t)notice->at, "count",
                     (json_int_t)notice->count, "read", notice->read_at != 0);
}

static int
notices_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_notices notices = {NULL, 0, 0};
    json_t *list = json_array();
    int rc = str_equal_z(call->zone, "lgwan")
                 ? register_notices(config->store, call->arena, call->known.person, NOTICES_MOST,
                                    &notices, err)
                 : 0;
    for (size_t i = 0; rc == 0 && i < notices.count; i++) {
        (void)json_array_append_new(list, notice_json(config->registers, &notices.list[i]));
    }
    *ret = json_pack("{so sI}", "notices", list, "unread", (json_int_t)notices.unread);
    return rc;
}

/* {ids: [...]}, or {all: true}. */
static int
notices_mark(struct api_call *call, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    json_t *ids = json_object_get(call->body, "ids"), *id;
    int64_t now = time_now_us();
    size_t i, count = 0;
    if (!str_equal_z(call->zone, "lgwan")) {
        return ERR(err, "not_found", "notices");
    }
    if (json_is_true(json_object_get(call->body, "all"))) {
        return register_notices_read(config->store, call->known.person, 0, now, &count, err);
    }
    if (!json_is_array(ids) || json_array_size(ids) == 0 || json_array_size(ids) > NOTICES_MOST) {
        return ERR(err, "register.field", "ids");
    }
    json_array_foreach(ids, i, id)
    {
        uint64_t notice = 0;
        const char *text = json_string_value(id);
        if (text == NULL || !id_parse(str_of(text), &notice) || notice == 0) {
            return ERR(err, "register.field", "ids");
        }
        if (register_notices_read(config->store, call->known.person, notice, now, &count, err) <
            0) {
            return -1;
        }
    }
    return 0;
}

const struct api_route api_notice_routes[] = {
    {"GET", "notices", 200, .read = notices_read, .quiet = true},
    {"POST", "notices/read", 200, notices_mark, notices_read},
};
const size_t api_notice_route_count = sizeof api_notice_routes / sizeof *api_notice_routes;
