/*
 * report: the table of reports, read and judged. Runs in cored; reading also in the command line.
 *
 * Invariants: a row applies unless its condition certainly does not hold; a row is met only by an
 * entry of `sent`, switched off only by an entry of `off` that the record's state lets stand; what
 * was sent after its day stays done late. Nothing here writes.
 */
#include "core/register/report.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/json/json.h"
#include "core/register/condition.h"
#include "core/register/rights.h"
#include "core/register/show.h"
#include "format/yaml/yaml.h"

#define KEYS(table) table, sizeof table / sizeof *table

/* ---- reading ---- */

static enum calendar_roll
roll_read(struct reader *reader, const struct yaml_node *node)
{
    static const char *const names[] = {"none", "next", "previous"};
    static const enum calendar_roll rolls[] = {ROLL_NONE, ROLL_NEXT, ROLL_PREVIOUS};
    return node == NULL ? ROLL_NONE : rolls[reader_enum(reader, node, names, 3)];
}

static const struct cond *
when_read(struct reader *reader, const struct register_def *def, const struct yaml_node *node)
{
    return node == NULL ? NULL : reader_condition(reader, node, def, CONDITION_FIELDS);
}

/* Deadline, its longer form and where it goes on a closed day. */
static void
deadline_read(struct reader *reader, const struct register_def *def, const struct yaml_node *node,
              struct register_report *ret)
{
    const struct yaml_node *longer = yaml_get(node, "longer");
    (void)reader_span(reader, yaml_get(node, "late"), &ret->late);
    ret->roll = roll_read(reader, yaml_get(node, "roll"));
    ret->longer_if = when_read(reader, def, yaml_get(node, "longer_if"));
    if ((longer == NULL) != (ret->longer_if == NULL)) {
        FINDING(reader, "register.r102", node, "longer, longer_if");
    } else if (longer != NULL) {
        (void)reader_span(reader, longer, &ret->longer);
    }
}

static bool
key_known(const struct register_def *def, struct str key)
{
    const struct register_field *sent = register_field_find(def, STR("sent"));
    for (size_t c = 0; sent != NULL && c < sent->column_count; c++) {
        const struct register_field *column = &sent->columns[c];
        for (size_t i = 0; str_equal_z(column->key, "report") && i < column->choice_count; i++) {
            if (str_equal(column->choices[i], key)) {
                return true;
            }
        }
    }
    return false;
}

static void
key_rules(struct reader *reader, const struct register_def *def, const struct yaml_node *node,
          struct str key)
{
    const struct register_set *set = reader->set;
    size_t same = 0;
    for (size_t i = 0; i < set->report_count; i++) {
        same += str_equal(set->reports[i].key, key);
    }
    if (!key_known(def, key)) {
        FINDING(reader, "register.r120", node, "report %.*s", STR_FMT(key));
    }
    if (same > 1) {
        FINDING(reader, "register.r102", node, "report %.*s twice", STR_FMT(key));
    }
}

static struct register_report *
row_new(struct reader *reader, const struct yaml_node *node)
{
    struct register_set *set = reader->set;
    if (set->report_count == REPORTS_MOST) {
        FINDING(reader, "register.r104", node, "rows: at most %d", REPORTS_MOST);
        return NULL;
    }
    return &set->reports[set->report_count++];
}

static void
final_read(struct reader *reader, const struct register_def *def, const struct yaml_node *node,
           const struct register_report *row)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},        {"late", YAML_TEXT, true},  {"longer", YAML_TEXT, false},
        {"longer_if", YAML_TEXT, false}, {"roll", YAML_TEXT, false}, {"form", YAML_MAP, true},
    };
    struct register_report *ret = NULL;
    if (node == NULL || !reader_keys(reader, node, KEYS(keys)) ||
        (ret = row_new(reader, node)) == NULL) {
        return;
    }
    *ret = *row;
    ret->key = yaml_text(yaml_get(node, "key"));
    ret->first = ret->longer = (struct calendar_span){0, SPAN_D};
    ret->form = reader_words(reader, node, "form");
    deadline_read(reader, def, node, ret);
    key_rules(reader, def, node, ret->key);
}

static void
row_read(struct reader *reader, const struct register_def *def, const struct yaml_node *node)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},    {"when", YAML_TEXT, false},      {"from", YAML_TEXT, true},
        {"first", YAML_TEXT, false}, {"late", YAML_TEXT, true},       {"longer", YAML_TEXT, false},
        {"roll", YAML_TEXT, false},  {"longer_if", YAML_TEXT, false}, {"target", YAML_MAP, true},
        {"form", YAML_MAP, true},    {"basis", YAML_MAP, true},       {"final", YAML_MAP, false},
    };
    struct register_report *ret = NULL;
    if (!reader_keys(reader, node, KEYS(keys)) || (ret = row_new(reader, node)) == NULL) {
        return;
    }
    *ret = (struct register_report){.key = yaml_text(yaml_get(node, "key")),
                                    .from = yaml_text(yaml_get(node, "from")),
                                    .target = reader_words(reader, node, "target"),
                                    .form = reader_words(reader, node, "form"),
                                    .basis = reader_words(reader, node, "basis"),
                                    .when = when_read(reader, def, yaml_get(node, "when"))};
    const struct register_field *from = register_field_find(def, ret->from);
    if (from == NULL || from->type != VALUE_DATETIME) {
        FINDING(reader, "register.r120", node, "from %.*s", STR_FMT(ret->from));
    }
    if (yaml_get(node, "first") != NULL) {
        (void)reader_span(reader, yaml_get(node, "first"), &ret->first);
    }
    deadline_read(reader, def, node, ret);
    key_rules(reader, def, node, ret->key);
    final_read(reader, def, yaml_get(node, "final"), ret);
}

void
reports_read(struct reader *reader, const struct yaml_node *root)
{
    static const struct yaml_key keys[] = {
        {"sekisho", YAML_TEXT, true}, {"register", YAML_TEXT, true}, {"rows", YAML_LIST, true}};
    struct register_set *set = reader->set;
    if (!reader_keys(reader, root, KEYS(keys))) {
        return;
    }
    struct str name = yaml_text(yaml_get(root, "register"));
    const struct register_def *def = register_def_find(set, name);
    if (!str_equal_z(yaml_text(yaml_get(root, "sekisho")), "incident_report/1") || def == NULL) {
        FINDING(reader, "register.r120", root, "register %.*s", STR_FMT(name));
        return;
    }
    set->report_register = name;
    set->reports = reader_array(reader, REPORTS_MOST, sizeof *set->reports);
    YAML_EACH(child, yaml_get(root, "rows"))
    {
        if (set->reports != NULL) {
            row_read(reader, def, child);
        }
    }
}

/* ---- judging ---- */

/* True unless COND certainly does not hold. */
static bool
hits(const struct record *record, const struct cond *cond)
{
    struct err why = {0};
    return cond == NULL || fields_hold(record->def, record->fields, record->state, cond, &why) != 0;
}

static struct str
text_of(json_t *row, const char *key)
{
    json_t *value = json_object_get(row, key);
    return (struct str){json_string_value(value), json_string_length(value)};
}

/* The row of table KEY that tells of REPORT, the earliest by `at` where it has one; NULL: none. */
static json_t *
entry_find(const struct record *record, const char *key, struct str report)
{
    const struct register_field *field = register_field_find(record->def, str_of(key));
    json_t *found = NULL, *row = NULL;
    size_t i = 0;
    if (field == NULL || !field_visible(record, field)) {
        return NULL;
    }
    json_array_foreach(json_object_get(record->fields, key), i, row)
    {
        bool earlier = found == NULL || json_integer_value(json_object_get(row, "at")) <
                                            json_integer_value(json_object_get(found, "at"));
        if (str_equal(text_of(row, "report"), report) && earlier) {
            found = row;
        }
    }
    return found;
}

/* The end of SPAN from START; the day of the start is day 1. */
static int
span_end(const struct register_set *set, int64_t start, struct calendar_span span,
         enum calendar_roll roll, struct calendar_date *ret, struct err *err)
{
    int64_t from = span.unit == SPAN_D ? start - TIME_US_DAY : start;
    return calendar_due(set->calendar, from, span, roll, ret, err);
}

static int
due_times(const struct register_set *set, const struct record *record, struct report_due *due,
          struct err *err)
{
    const struct register_report *row = due->row;
    json_t *from = json_object_getn(record->fields, row->from.p, row->from.n);
    struct err why = {0};
    struct calendar_date end, warn = {0};
    if (!json_is_integer(from)) {
        return 0;
    }
    /* what is not certain does not make the term longer */
    bool longer = row->longer_if != NULL &&
                  fields_hold(record->def, record->fields, record->state, row->longer_if, &why) > 0;
    if (span_end(set, json_integer_value(from), longer ? row->longer : row->late, row->roll, &end,
                 err) < 0) {
        return -1;
    }
    if (row->first.count > 0) { /* a warning comes when its day begins */
        struct calendar_span first = row->first;
        first.count -= first.unit == SPAN_D ? 1 : 0;
        if (span_end(set, json_integer_value(from), first, ROLL_NONE, &warn, err) < 0) {
            return -1;
        }
    }
    due->due_us = end.at_us;
    due->provisional = end.provisional;
    due->warn_us = warn.at_us;
    return 0;
}

static enum report_state
due_state(const struct report_due *due, json_t *off, int64_t now)
{
    if (due->sent_us != 0) {
        bool late = due->due_us != 0 && due->sent_us >= due->due_us;
        return late ? REPORT_DONE_LATE : REPORT_DONE;
    }
    if (off != NULL) {
        return REPORT_OFF;
    }
    if (due->due_us == 0) {
        return REPORT_WAITING;
    }
    if (now >= due->due_us) {
        return REPORT_LATE;
    }
    return due->warn_us != 0 && now >= due->warn_us ? REPORT_WARN : REPORT_RUNNING;
}

int
reports_due(const struct register_set *set, struct arena *arena, const struct record *record,
            int64_t now_us, struct report_due **ret, size_t *ret_count, struct err *err)
{
    *ret_count = 0;
    *ret = NULL;
    if (set->report_count == 0 || !str_equal(record->reg, set->report_register)) {
        return 0;
    }
    struct report_due *list = arena_array(arena, set->report_count, sizeof *list);
    if (list == NULL) {
        return ERR(err, "limit.memory", "reports");
    }
    for (size_t i = 0; i < set->report_count; i++) {
        const struct register_report *row = &set->reports[i];
        if (!hits(record, row->when)) {
            continue;
        }
        json_t *sent = entry_find(record, "sent", row->key);
        json_t *off = entry_find(record, "off", row->key);
        struct report_due due = {.row = row,
                                 .sent_us = json_integer_value(json_object_get(sent, "at")),
                                 .how = text_of(sent, "how"),
                                 .reason = text_of(off, "reason"),
                                 .evidence = json_object_get(sent, "evidence")};
        if (due_times(set, record, &due, err) < 0) {
            return -1;
        }
        due.state = due_state(&due, off, now_us);
        list[(*ret_count)++] = due;
    }
    *ret = list;
    return 0;
}

const struct register_report *
report_open(const struct register_set *set, struct arena *arena, const struct record *record,
            const struct timer *timer, int64_t now_us, struct err *err)
{
    struct report_due *list = NULL;
    size_t count = 0;
    if (record->def->states[record->state_at].end != END_NONE ||
        reports_due(set, arena, record, now_us, &list, &count, err) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        bool this = str_equal(list[i].row->key, str_slice(timer->name, 1, timer->name.n));
        if (this && (list[i].state == REPORT_LATE || list[i].state == REPORT_WARN)) {
            return list[i].row;
        }
    }
    return NULL;
}

/* ---- showing ---- */

/* True when whoever sees SEEN sees all that ROW asks for and tells. */
static bool
row_shown(const struct register_def *def, const struct register_report *row,
          const struct register_mask *seen)
{
    for (size_t i = 0; i < def->field_count; i++) {
        struct str key = def->fields[i].key;
        bool asked = str_equal(key, row->from) || str_equal_z(key, "sent") ||
                     str_equal_z(key, "off") ||
                     (row->when != NULL && cond_mentions(row->when, key)) ||
                     (row->longer_if != NULL && cond_mentions(row->longer_if, key));
        if (asked && !register_mask_has(seen, i)) {
            return false;
        }
    }
    return true;
}

static json_t *
due_json(const struct report_due *due)
{
    static const char *const states[] = {"waiting", "running",   "warn", "late",
                                         "done",    "done_late", "off"};
    const struct register_report *row = due->row;
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:b,s:s,s:I,s:o,s:o,s:o}", "key",
                     json_of_text(row->key), "target", register_title_json(&row->target), "form",
                     register_title_json(&row->form), "basis", register_title_json(&row->basis),
                     "from", json_of_text(row->from), "warn", (json_int_t)due->warn_us, "due",
                     (json_int_t)due->due_us, "provisional", due->provisional, "state",
                     states[due->state], "sent", (json_int_t)due->sent_us, "how",
                     json_of_text(due->how), "evidence",
                     due->evidence != NULL ? json_incref(due->evidence) : json_array(), "reason",
                     json_of_text(due->reason));
}

json_t *
reports_json(const struct register_set *set, struct arena *arena, const struct record *record,
             const struct register_mask *seen, int64_t now_us, struct err *err)
{
    struct report_due *list = NULL;
    size_t count = 0;
    if (reports_due(set, arena, record, now_us, &list, &count, err) < 0) {
        return NULL;
    }
    json_t *array = json_array();
    ensure(array != NULL);
    for (size_t i = 0; i < count; i++) {
        if (row_shown(record->def, list[i].row, seen)) {
            (void)json_array_append_new(array, due_json(&list[i]));
        }
    }
    return array;
}
