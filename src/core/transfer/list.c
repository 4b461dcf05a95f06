/*
 * list: boxes, reports, flows and what 送る would ask for. Runs in cored, outside units.
 */
#include "core/account/account.h"
#include "base/os/time.h"
#include "core/store/id.h"
#include "core/transfer/view.h"

#include <stdlib.h>

enum { LIST_MOST = 100 };

enum { FIND, SENT, INCOMING, WAITING, REPORT, BY_RECORD, CHANGED, RUNNING, RETURNED };

static const struct store_statement sql[] = {
    [FIND] = {"list.find", "SELECT id FROM transfer WHERE number = $1"},
    [SENT] = {"list.sent", "SELECT id FROM transfer WHERE person = $1 ORDER BY id DESC LIMIT 200"},
    [INCOMING] = {"list.incoming",
                  "SELECT id FROM transfer WHERE (receiver_person = $1 OR (receiver_section <> 0"
                  " AND receiver_section IN (SELECT value FROM json_each($2)))) AND submitted > 0"
                  " ORDER BY id DESC LIMIT 200"},
    [WAITING] = {"list.waiting", "SELECT id FROM transfer WHERE record = $1"},
    [REPORT] = {"list.report", "SELECT text FROM report WHERE item = $1"},
    [BY_RECORD] = {"list.by_record", "SELECT id, class FROM transfer WHERE record = $1"},
    [CHANGED] = {"list.changed", "SELECT coalesce(max(changed), 0) FROM transfer"
                                 " WHERE person = $1 OR receiver_person = $1"},
    [RETURNED] = {"list.returned", "SELECT count(*) FROM transfer WHERE person = $1"
                                   " AND state = 'draft' AND submitted > 0"},
    [RUNNING] = {"list.running", "SELECT count(*) FROM transfer WHERE person = $1"
                                 " AND state IN ('submitted', 'releasing')"},
};

int
transfer_find(struct transfer_desk *desk, struct str text, uint64_t *ret, struct err *err)
{
    if (id_parse(text, ret)) {
        return 0;
    }
    struct db_query *q = db_query(desk->store, &sql[FIND]);
    db_bind_text(q, 1, str_slice(text, 0, 64));
    int64_t id = 0;
    int rc = db_one_int(q, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

int
transfer_number(struct transfer_desk *desk, struct arena *arena, uint64_t transfer, struct str *ret,
                struct err *err)
{
    struct transfer_row row;
    int rc = transfer_load(desk->store, arena, transfer, &row, err);
    *ret = rc == 0 ? row.number : (struct str){0};
    return rc;
}

struct ids {
    uint64_t list[2 * LIST_MOST];
    size_t count;
};

static int
ids_of(struct db_query *q, struct ids *ret, struct err *err)
{
    int rc = 0;
    while (ret->count < 2 * LIST_MOST && (rc = db_step(q, err)) > 0) {
        ret->list[ret->count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

/* The sections of PERSON's posts as a JSON list of numbers. */
static int
sections_of(struct transfer_desk *desk, struct arena *arena, uint64_t person, char **ret,
            struct err *err)
{
    struct account_post *posts = NULL;
    size_t count = 0;
    if (account_posts(desk->store, arena, person, time_now_us(), &posts, &count, err) < 0) {
        return -1;
    }
    char *text = arena_printf(arena, "%s", "[0");
    for (size_t i = 0; text != NULL && i < count; i++) {
        text = arena_printf(arena, "%s,%llu", text, (unsigned long long)posts[i].section);
    }
    *ret = text != NULL ? arena_printf(arena, "%s]", text) : NULL;
    return *ret != NULL ? 0 : ERR(err, "limit.memory", "sections");
}

static int
box_incoming(struct transfer_desk *desk, struct arena *arena, uint64_t person, struct ids *ret,
             struct err *err)
{
    char *sections = NULL;
    if (sections_of(desk, arena, person, &sections, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[INCOMING]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_z(q, 2, sections);
    return ids_of(q, ret, err);
}

static int
box_waiting(struct transfer_desk *desk, struct arena *arena, uint64_t person, struct ids *ret,
            struct err *err)
{
    struct register_ids records = {NULL, 0};
    if (register_inbox(desk->registers, desk->store, arena, person, LIST_MOST, &records, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < records.count; i++) {
        struct db_query *q = db_query(desk->store, &sql[WAITING]);
        db_bind_int(q, 1, (int64_t)records.list[i]);
        if (ids_of(q, ret, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
box_ids(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
        struct str box, struct ids *ret, struct err *err)
{
    if (str_equal_z(box, "sent")) {
        struct db_query *q = db_query(desk->store, &sql[SENT]);
        db_bind_int(q, 1, (int64_t)caller->person);
        return ids_of(q, ret, err);
    }
    if (str_equal_z(box, "incoming")) {
        return box_incoming(desk, arena, caller->person, ret, err);
    }
    if (str_equal_z(box, "waiting")) {
        return box_waiting(desk, arena, caller->person, ret, err);
    }
    return ERR(err, "gate.box", "%.*s", STR_FMT(str_slice(box, 0, 20)));
}

/* Adds transfer ID to LIST when the caller sees it. */
static int
list_add(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
         uint64_t id, json_t *list, struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    json_t *brief = NULL;
    int rc = transfer_load(desk->store, arena, id, &row, err);
    if (rc == 0) {
        rc = transfer_sees(desk, arena, caller, &row, err);
        rc = rc < 0 ? -1 : rc == VIEW_NONE;
    }
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (items_load(desk->store, arena, id, &items, &count, err) < 0 ||
        transfer_brief(desk, arena, &row, items, count < 20 ? count : 20, &brief, err) < 0) {
        return -1;
    }
    (void)json_object_set_new(brief, "item_count", json_integer((json_int_t)count));
    (void)json_array_append_new(list, brief);
    return 0;
}

int
transfer_list(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
              struct str box, json_t **ret, struct err *err)
{
    struct ids ids = {.count = 0};
    if (box_ids(desk, arena, caller, box, &ids, err) < 0) {
        return -1;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < ids.count && json_array_size(list) < LIST_MOST; i++) {
        if (list_add(desk, arena, caller, ids.list[i], list, err) < 0) {
            json_decref(list);
            return -1;
        }
    }
    *ret = json_pack("{so}", "transfers", list);
    return 0;
}

static int
report_of(struct transfer_desk *desk, uint64_t item, json_t **ret, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[REPORT]);
    db_bind_int(q, 1, (int64_t)item);
    int rc = db_step(q, err);
    *ret = NULL;
    if (rc > 0) {
        struct str text = db_text(q, 0);
        *ret = json_loadb(text.p, text.n, 0, NULL);
    }
    db_end(q);
    if (*ret == NULL) {
        *ret = json_null();
    }
    return rc < 0 ? -1 : 0;
}

static int
reports_json(struct transfer_desk *desk, const struct item_row *items, size_t count, json_t **ret,
             struct err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *report = NULL;
        char id[ID_CHARS + 1];
        id_format(items[i].id, id);
        if (report_of(desk, items[i].id, &report, err) < 0) {
            json_decref(report);
            json_decref(list);
            return -1;
        }
        (void)json_array_append_new(list,
                                    json_pack("{ss ss% so}", "item", id, "name", items[i].name.p,
                                              items[i].name.n, "report", report));
    }
    *ret = json_pack("{so}", "items", list);
    return 0;
}

int
transfer_report(struct transfer_desk *desk, struct arena *arena,
                const struct transfer_caller *caller, uint64_t transfer, json_t **ret,
                struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    int rc = transfer_load(desk->store, arena, transfer, &row, err);
    if (rc != 0) {
        return rc;
    }
    rc = transfer_sees(desk, arena, caller, &row, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (items_load(desk->store, arena, transfer, &items, &count, err) < 0) {
        return -1;
    }
    return reports_json(desk, items, count, ret, err);
}

int
transfer_inbox_row(struct transfer_desk *desk, uint64_t record, json_t *row, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[BY_RECORD]);
    db_bind_int(q, 1, (int64_t)record);
    int rc = db_step(q, err);
    if (rc > 0) {
        char id[ID_CHARS + 1];
        id_format((uint64_t)db_int(q, 0), id);
        const struct flow_class *class = flow_class_find(desk->flows, db_text(q, 1));
        (void)json_object_set_new(row, "transfer", json_string(id));
        if (class != NULL) {
            (void)json_object_set_new(row, "class",
                                      json_pack("{ss%so}", "id", class->id.p, class->id.n, "label",
                                                flow_text_json(&class->label)));
        }
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static json_t *
class_list(const struct flow *flow)
{
    json_t *list = json_array();
    for (size_t i = 0; i < flow->class_count; i++) {
        const struct flow_class *class = flow->classes[i];
        json_t *limits = json_array();
        for (size_t k = 0; k < class->limit_count; k++) {
            (void)json_array_append_new(limits, flow_text_json(&class->limits[k]));
        }
        (void)json_array_append_new(list,
                                    json_pack("{ss% so sI so}", "id", class->id.p, class->id.n,
                                              "label", flow_text_json(&class->label), "rank",
                                              (json_int_t) class->rank, "limits", limits));
    }
    return list;
}

static json_t *
flow_json(const struct flow *flow)
{
    static const char *const names[] = {"self", "section", "person"};
    json_t *receivers = json_array();
    for (unsigned i = 0; i < 3; i++) {
        if ((flow->receivers >> i & 1) != 0) {
            (void)json_array_append_new(receivers, json_string(names[i]));
        }
    }
    return json_pack("{ss% so ss% ss% so so so s{sIsIsI}}", "id", flow->id.p, flow->id.n, "name",
                     flow_text_json(&flow->name), "from", flow->from.p, flow->from.n, "to",
                     flow->to.p, flow->to.n, "clause", flow_clauses_json(flow), "classes",
                     class_list(flow), "receiver", receivers, "limits", "item",
                     (json_int_t)flow->item_bytes, "bundle", (json_int_t)flow->bundle_bytes,
                     "items", (json_int_t)flow->items);
}

int
transfer_flows(struct transfer_desk *desk, const struct transfer_caller *caller, json_t **ret,
               struct err *err)
{
    (void)err;
    json_t *list = json_array();
    for (size_t i = 0; i < desk->flows->count; i++) {
        if (str_equal(desk->flows->flows[i].from, caller->zone)) {
            (void)json_array_append_new(list, flow_json(&desk->flows->flows[i]));
        }
    }
    *ret = json_pack("{so}", "flows", list);
    return 0;
}

/* Who would be asked first: the holder for the caller's section, the caller apart. */
static int
approver_json(struct transfer_desk *desk, struct arena *arena, uint64_t person,
              struct str route_name, json_t **ret, struct err *err)
{
    const struct register_route *route = register_route_find(desk->registers, NULL, route_name);
    struct str role = route->steps[route->step_count - 1].who.role, section_name = {0};
    uint64_t section = 0, *holders = NULL, holder = 0;
    size_t count = 0;
    int64_t now = time_now_us();
    if (account_section_of(desk->store, person, now, &section, err) < 0 ||
        account_section_name(desk->store, arena, section, &section_name, err) < 0) {
        return -1;
    }
    while (holder == 0 && role.n > 0) {
        const char *name = str_dup_z(arena, role);
        if (name == NULL ||
            account_who(desk->store, arena, name, section, now, &holders, &count, err) < 0) {
            return name == NULL ? ERR(err, "limit.memory", "role") : -1;
        }
        for (size_t i = 0; i < count && holder == 0; i++) {
            int same = account_same_person(desk->store, holders[i], person, err);
            if (same < 0) {
                return -1;
            }
            holder = same == 0 ? holders[i] : 0;
        }
        const struct register_role *known = register_role_find(desk->registers, role);
        role = holder == 0 && known != NULL ? known->up : role;
        if (holder == 0 && known == NULL) {
            break;
        }
    }
    struct account_person named = {0};
    if (holder != 0 && account_person_get(desk->store, arena, holder, &named, err) < 0) {
        return -1;
    }
    *ret = json_pack("{ss% ss% ss%}", "role", role.p != NULL ? role.p : "", role.n, "holder",
                     named.name.p != NULL ? named.name.p : "", named.name.n, "section",
                     section_name.p != NULL ? section_name.p : "", section_name.n);
    return 0;
}

int
transfer_explain(struct transfer_desk *desk, struct arena *arena,
                 const struct transfer_caller *caller, struct str flow_id, struct str class_id,
                 json_t **ret, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, flow_id);
    const struct flow_class *class = flow_class_find(desk->flows, class_id);
    if (flow == NULL || !str_equal(flow->from, caller->zone)) {
        return ERR(err, "flow.unknown", "flow");
    }
    if (class == NULL) {
        return ERR(err, "gate.class_unknown", "class");
    }
    if (!flow_has_class(flow, class)) {
        return ERR(err, "flow.class", "%.*s", STR_FMT(class_id));
    }
    struct flow_facts facts = {.class_rank = class->rank,
                               .items = 1,
                               .size_bytes = 1,
                               .unscanned = str_equal_z(str_of(desk->gate.scanner), "none")};
    const struct flow_rule *rule = &flow->rules[flow_judge(flow, &facts)];
    json_t *approver = NULL;
    if (!rule->none &&
        approver_json(desk, arena, caller->person, rule->route, &approver, err) < 0) {
        return -1;
    }
    struct str clause = flow->clauses[0];
    *ret = json_pack("{ss% so so ss%}", "route", rule->route.p, rule->route.n, "approver",
                     approver != NULL ? approver : json_null(), "why", flow_text_json(&rule->why),
                     "clause", clause.p, clause.n);
    return 0;
}

int
transfer_pulse(struct transfer_desk *desk, uint64_t person, int64_t *ret_n, bool *ret_running,
               struct err *err)
{
    int64_t running = 0;
    struct db_query *q = db_query(desk->store, &sql[CHANGED]);
    db_bind_int(q, 1, (int64_t)person);
    if (db_one_int(q, ret_n, err) < 0) {
        return -1;
    }
    q = db_query(desk->store, &sql[RUNNING]);
    db_bind_int(q, 1, (int64_t)person);
    if (db_one_int(q, &running, err) < 0) {
        return -1;
    }
    *ret_running = running > 0;
    return 0;
}

int
transfer_returned(struct transfer_desk *desk, uint64_t person, int64_t *ret, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[RETURNED]);
    db_bind_int(q, 1, (int64_t)person);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}
