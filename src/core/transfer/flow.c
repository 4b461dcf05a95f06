/*
 * flow: reading and judging flows. Runs in cored at start and in the command line.
 *
 * Invariants: the last rule holds always; with `unscanned` set no class reaches a rule whose route
 * is none.
 */
#include "core/transfer/flow.h"

#include "base/crypt/hash.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/register/merge.h"
#include "format/yaml/yaml.h"

#include <fcntl.h>
#include <stdlib.h>

#define KEYS(table) table, sizeof table / sizeof *table

struct flow_reader {
    struct flow_set *set;
    const struct register_set *registers;
    struct err *err;
};

const struct flow *
flow_find(const struct flow_set *set, struct str id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_equal(set->flows[i].id, id)) {
            return &set->flows[i];
        }
    }
    return NULL;
}

const struct flow_class *
flow_class_find(const struct flow_set *set, struct str id)
{
    for (size_t i = 0; i < set->class_count; i++) {
        if (str_equal(set->classes[i].id, id)) {
            return &set->classes[i];
        }
    }
    return NULL;
}

bool
flow_has_class(const struct flow *flow, const struct flow_class *class)
{
    for (size_t i = 0; i < flow->class_count; i++) {
        if (flow->classes[i] == class) {
            return true;
        }
    }
    return false;
}

static bool
rule_holds(const struct flow_rule *rule, const struct flow_facts *facts)
{
    return (!rule->inspected || facts->inspected) && (!rule->surface || facts->surface) &&
           (!rule->unscanned || facts->unscanned) && facts->class_rank >= rule->class_from &&
           facts->items >= rule->items_from && facts->size_bytes >= rule->size_from;
}

size_t
flow_judge(const struct flow *flow, const struct flow_facts *facts)
{
    size_t i = 0;
    while (i < flow->rule_count && !rule_holds(&flow->rules[i], facts)) {
        i++;
    }
    ensure(i < flow->rule_count); /* the last one holds always */
    return i;
}

static int
text_read(struct flow_reader *r, const struct yaml_node *node, struct flow_text *ret)
{
    static const struct yaml_key keys[] = {{"ja", YAML_TEXT, true}, {"en", YAML_TEXT, true}};
    if (yaml_check(node, KEYS(keys), r->err) < 0) {
        return -1;
    }
    *ret = (struct flow_text){yaml_text(yaml_get(node, "ja")), yaml_text(yaml_get(node, "en"))};
    return 0;
}

static int
class_read(struct flow_reader *r, const struct yaml_node *node)
{
    static const struct yaml_key keys[] = {{"id", YAML_TEXT, true},
                                           {"rank", YAML_TEXT, true},
                                           {"label", YAML_MAP, true},
                                           {"limits", YAML_LIST, false}};
    struct flow_class *class = &r->set->classes[r->set->class_count];
    if (yaml_check(node, KEYS(keys), r->err) < 0 ||
        yaml_int(yaml_get(node, "rank"), 0, 9, &class->rank, r->err) < 0 ||
        text_read(r, yaml_get(node, "label"), &class->label) < 0) {
        return -1;
    }
    class->id = yaml_text(yaml_get(node, "id"));
    if (class->id.n == 0 || class->id.n > 16 || flow_class_find(r->set, class->id) != NULL) {
        return YAML_ERR(r->err, "flow.twice", node, "class");
    }
    YAML_EACH(limit, yaml_get(node, "limits"))
    {
        if (class->limit_count == 8) {
            return YAML_ERR(r->err, "flow.limit", limit, "limits");
        }
        if (text_read(r, limit, &class->limits[class->limit_count++]) < 0) {
            return -1;
        }
    }
    r->set->class_count++;
    return 0;
}

static int
classes_read(struct flow_reader *r, const struct yaml_node *list)
{
    if (list == NULL) {
        return 0;
    }
    if (r->set->class_count + list->count > FLOW_CLASSES_MOST) {
        return YAML_ERR(r->err, "flow.limit", list, "classes");
    }
    YAML_EACH(child, list)
    {
        if (class_read(r, child) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
when_read(struct flow_reader *r, const struct yaml_node *when, struct flow_rule *rule)
{
    rule->always = when->count == 0;
    YAML_EACH(child, when)
    {
        int rc = 0;
        if (str_equal_z(child->key, "verdict")) {
            rule->inspected = str_equal_z(yaml_text(child), "inspected");
            rc = rule->inspected ? 0 : YAML_ERR(r->err, "flow.key", child, "verdict");
        } else if (str_equal_z(child->key, "depth")) {
            rule->surface = str_equal_z(yaml_text(child), "surface");
            rc = rule->surface ? 0 : YAML_ERR(r->err, "flow.key", child, "depth");
        } else if (str_equal_z(child->key, "unscanned")) {
            rc = yaml_bool(child, &rule->unscanned, r->err);
            rc =
                rc == 0 && !rule->unscanned ? YAML_ERR(r->err, "flow.key", child, "unscanned") : rc;
        } else if (str_equal_z(child->key, "class_from")) {
            const struct flow_class *class = flow_class_find(r->set, yaml_text(child));
            rule->class_from = class != NULL ? class->rank : 0;
            rc = class != NULL ? 0 : YAML_ERR(r->err, "flow.class", child, "class_from");
        } else if (str_equal_z(child->key, "items_from")) {
            rc = yaml_int(child, 1, 10000, &rule->items_from, r->err);
        } else if (str_equal_z(child->key, "size_from")) {
            rc = yaml_int(child, 1, INT64_C(1) << 40, &rule->size_from, r->err);
        } else {
            rc = YAML_ERR(r->err, "flow.key", child, "%.*s", STR_FMT(child->key));
        }
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

static int
rule_read(struct flow_reader *r, const struct yaml_node *node, struct flow_rule *rule)
{
    static const struct yaml_key keys[] = {
        {"when", YAML_MAP, true}, {"route", YAML_TEXT, true}, {"why", YAML_MAP, true}};
    if (yaml_check(node, KEYS(keys), r->err) < 0 ||
        text_read(r, yaml_get(node, "why"), &rule->why) < 0 ||
        when_read(r, yaml_get(node, "when"), rule) < 0) {
        return -1;
    }
    rule->route = yaml_text(yaml_get(node, "route"));
    rule->none = str_equal_z(rule->route, "none");
    if (!rule->none && register_route_find(r->registers, NULL, rule->route) == NULL) {
        return YAML_ERR(r->err, "flow.route", node, "%.*s", STR_FMT(rule->route));
    }
    return 0;
}

/* No file that was not scanned may pass without a person, whatever its class. */
static int
rules_cover(struct flow_reader *r, const struct flow *flow, const struct yaml_node *node)
{
    for (size_t i = 0; i < flow->class_count; i++) {
        struct flow_facts facts = {
            .class_rank = flow->classes[i]->rank, .unscanned = true, .items = 1, .size_bytes = 1};
        if (flow->rules[flow_judge(flow, &facts)].none) {
            return YAML_ERR(r->err, "flow.unscanned", node, "%.*s", STR_FMT(flow->classes[i]->id));
        }
    }
    return 0;
}

static int
rules_read(struct flow_reader *r, const struct yaml_node *list, struct flow *flow)
{
    if (list->count == 0 || list->count > FLOW_RULES_MOST) {
        return YAML_ERR(r->err, "flow.rules", list, "1 to %d", FLOW_RULES_MOST);
    }
    YAML_EACH(child, list)
    {
        bool after_all = flow->rule_count > 0 && flow->rules[flow->rule_count - 1].always;
        if (after_all) {
            return YAML_ERR(r->err, "flow.rules", child, "unreachable");
        }
        if (rule_read(r, child, &flow->rules[flow->rule_count++]) < 0) {
            return -1;
        }
    }
    if (!flow->rules[flow->rule_count - 1].always) {
        return YAML_ERR(r->err, "flow.rules", list, "when: {}");
    }
    return rules_cover(r, flow, list);
}

static int
span_read(struct flow_reader *r, const struct yaml_node *map, const char *key, int64_t *ret)
{
    const struct yaml_node *node = yaml_get(map, key);
    struct str text = yaml_text(node);
    uint64_t days = 0;
    if (!str_ends(text, STR("d")) || !str_to_u64(str_slice(text, 0, text.n - 1), &days) ||
        days == 0 || days > 400) {
        return YAML_ERR(r->err, "flow.key", node != NULL ? node : map, "%s", key);
    }
    *ret = (int64_t)days * TIME_US_DAY;
    return 0;
}

static int
zones_read(struct flow_reader *r, const struct yaml_node *node, struct flow *flow)
{
    static const char *const zones[] = {"internet", "lgwan", "mynumber"};
    size_t from = 0, to = 0;
    if (yaml_enum(yaml_get(node, "from"), zones, 3, &from, r->err) < 0 ||
        yaml_enum(yaml_get(node, "to"), zones, 3, &to, r->err) < 0) {
        return -1;
    }
    if (from == to || from == 2 || to == 2) {
        /* a flow that touches the my-number zone needs an official path or an exception: none is
         * known here */
        return YAML_ERR(r->err, "flow.zone", node, "%s, %s", zones[from], zones[to]);
    }
    flow->from = str_of(zones[from]);
    flow->to = str_of(zones[to]);
    return 0;
}

static int
lists_read(struct flow_reader *r, const struct yaml_node *node, struct flow *flow)
{
    static const char *const names[] = {"self", "section", "person"};
    YAML_EACH(child, yaml_get(node, "clause"))
    {
        if (flow->clause_count == 8) {
            return YAML_ERR(r->err, "flow.limit", child, "clause");
        }
        flow->clauses[flow->clause_count++] = yaml_text(child);
    }
    YAML_EACH(child, yaml_get(node, "receiver"))
    {
        size_t which = 0;
        if (yaml_enum(child, names, 3, &which, r->err) < 0) {
            return -1;
        }
        flow->receivers |= 1u << which;
    }
    YAML_EACH(child, yaml_get(node, "classes"))
    {
        const struct flow_class *class = flow_class_find(r->set, yaml_text(child));
        if (class == NULL || flow_has_class(flow, class)) {
            return YAML_ERR(r->err, "flow.class", child, "%.*s", STR_FMT(yaml_text(child)));
        }
        flow->classes[flow->class_count++] = class;
    }
    if (flow->clause_count == 0 || flow->receivers == 0 || flow->class_count == 0) {
        return YAML_ERR(r->err, "flow.key", node, "clause, receiver, classes");
    }
    return 0;
}

/* scan, disarm, keep, limits */
static int
maps_read(struct flow_reader *r, const struct yaml_node *node, struct flow *flow)
{
    static const struct yaml_key scan_keys[] = {{"before", YAML_TEXT, true},
                                                {"after", YAML_TEXT, true},
                                                {"signature_age_h", YAML_TEXT, true}};
    static const struct yaml_key disarm_keys[] = {{"profile", YAML_TEXT, true},
                                                  {"blocked", YAML_TEXT, true}};
    static const struct yaml_key keep_keys[] = {
        {"original", YAML_TEXT, true}, {"clean", YAML_TEXT, true}, {"after_take", YAML_TEXT, true}};
    static const struct yaml_key limit_keys[] = {
        {"item", YAML_TEXT, true}, {"bundle", YAML_TEXT, true}, {"items", YAML_TEXT, true}};
    const struct yaml_node *scan = yaml_get(node, "scan"), *disarm = yaml_get(node, "disarm"),
                           *keep = yaml_get(node, "keep"), *limits = yaml_get(node, "limits");
    bool before = false;
    if (yaml_check(scan, KEYS(scan_keys), r->err) < 0 ||
        yaml_check(disarm, KEYS(disarm_keys), r->err) < 0 ||
        yaml_check(keep, KEYS(keep_keys), r->err) < 0 ||
        yaml_check(limits, KEYS(limit_keys), r->err) < 0 ||
        yaml_bool(yaml_get(scan, "before"), &before, r->err) < 0 ||
        span_read(r, keep, "original", &flow->keep_original_us) < 0 ||
        span_read(r, keep, "clean", &flow->keep_clean_us) < 0 ||
        span_read(r, keep, "after_take", &flow->keep_taken_us) < 0 ||
        yaml_int(yaml_get(limits, "item"), 1, INT64_C(2) << 30, &flow->item_bytes, r->err) < 0 ||
        yaml_int(yaml_get(limits, "bundle"), 1, INT64_C(16) << 30, &flow->bundle_bytes, r->err) <
            0 ||
        yaml_int(yaml_get(limits, "items"), 1, 10000, &flow->items, r->err) < 0) {
        return -1;
    }
    flow->profile = yaml_text(yaml_get(disarm, "profile"));
    if (!before) {
        return YAML_ERR(r->err, "flow.key", scan, "before: no");
    }
    return str_equal_z(yaml_text(yaml_get(disarm, "blocked")), "refuse")
               ? 0
               : YAML_ERR(r->err, "flow.key", disarm, "blocked");
}

static void
flow_digest(struct flow *flow, const struct yaml_node *node)
{
    struct buf text;
    buf_init(&text, 4 * FLOW_FILE_BYTES);
    register_canonical(&text, node);
    sha256_of(text.p, text.n, flow->digest);
    buf_free(&text);
}

static int
flow_read(struct flow_reader *r, const struct yaml_node *node)
{
    static const struct yaml_key keys[] = {
        {"id", YAML_TEXT, true},      {"name", YAML_MAP, true},    {"from", YAML_TEXT, true},
        {"to", YAML_TEXT, true},      {"clause", YAML_LIST, true}, {"receiver", YAML_LIST, true},
        {"classes", YAML_LIST, true}, {"scan", YAML_MAP, true},    {"disarm", YAML_MAP, true},
        {"approve", YAML_LIST, true}, {"keep", YAML_MAP, true},    {"limits", YAML_MAP, true},
    };
    if (r->set->count == FLOWS_MOST) {
        return YAML_ERR(r->err, "flow.limit", node, "%d", FLOWS_MOST);
    }
    if (yaml_check(node, KEYS(keys), r->err) < 0) {
        return -1;
    }
    struct flow *flow = &r->set->flows[r->set->count];
    flow->id = yaml_text(yaml_get(node, "id"));
    if (flow->id.n == 0 || flow->id.n > 40 || flow_find(r->set, flow->id) != NULL) {
        return YAML_ERR(r->err, "flow.twice", node, "%.*s", STR_FMT(flow->id));
    }
    if (text_read(r, yaml_get(node, "name"), &flow->name) < 0 || zones_read(r, node, flow) < 0 ||
        lists_read(r, node, flow) < 0 || maps_read(r, node, flow) < 0 ||
        rules_read(r, yaml_get(node, "approve"), flow) < 0) {
        return -1;
    }
    flow_digest(flow, node);
    r->set->count++;
    return 0;
}

int
flow_file_read(struct flow_set *set, const char *file, struct str bytes,
               const struct register_set *registers, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"sekisho", YAML_TEXT, true}, {"classes", YAML_LIST, false}, {"flows", YAML_LIST, true}};
    struct flow_reader r = {.set = set, .registers = registers, .err = err};
    const struct yaml_node *root = NULL;
    if (yaml_parse(set->arena, file, bytes, NULL, &root, err) < 0 ||
        yaml_check(root, KEYS(keys), err) < 0) {
        return -1;
    }
    if (!str_equal_z(yaml_text(yaml_get(root, "sekisho")), "flows/1")) {
        return YAML_ERR(err, "flow.key", root, "sekisho: flows/1");
    }
    if (classes_read(&r, yaml_get(root, "classes")) < 0) {
        return -1;
    }
    YAML_EACH(child, yaml_get(root, "flows"))
    {
        if (flow_read(&r, child) < 0) {
            return -1;
        }
    }
    return 0;
}

struct flow_loading {
    struct flow_set *set;
    const struct register_set *registers;
    int dir;
};

static int
visit(void *context, const char *path, const struct stat *stat, struct err *err)
{
    struct flow_loading *loading = context;
    if (!S_ISREG(stat->st_mode) || !str_ends(str_of(path), STR(".yaml"))) {
        return 0;
    }
    char *name = arena_printf(loading->set->arena, "flows/%s", path);
    struct buf text;
    buf_init(&text, FLOW_FILE_BYTES);
    int rc = name == NULL ? ERR(err, "limit.memory", "flows")
                          : file_read(loading->dir, name, FLOW_FILE_BYTES, &text, err);
    struct str bytes = str_dup(loading->set->arena, buf_str(&text));
    buf_free(&text);
    if (rc < 0 || arena_check(loading->set->arena, err) < 0) {
        return -1;
    }
    return flow_file_read(loading->set, name, bytes, loading->registers, err);
}

int
flow_set_load(const char *data_dir, const struct register_set *registers, struct flow_set **ret_set,
              struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, data_dir, err);
    if (dir < 0) {
        return -1;
    }
    struct flow_set *set = calloc(1, sizeof *set);
    ensure(set != NULL);
    set->arena = arena_new(32 << 20);
    set->flows = arena_array(set->arena, FLOWS_MOST + 1, sizeof *set->flows);
    set->classes = arena_array(set->arena, FLOW_CLASSES_MOST + 1, sizeof *set->classes);
    ensure(set->flows != NULL && set->classes != NULL);
    struct flow_loading loading = {.set = set, .registers = registers, .dir = dir};
    int rc = file_walk(dir, "flows", visit, &loading, err);
    file_close(&dir);
    if (rc < 0) {
        flow_set_free(set);
        return -1;
    }
    *ret_set = set;
    return 0;
}

void
flow_set_free(struct flow_set *set)
{
    if (set != NULL) {
        arena_free(set->arena);
        free(set);
    }
}
