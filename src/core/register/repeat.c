/*
 * repeat: see repeat.h. The reading runs wherever register files are loaded, the rest in cored.
 *
 * Invariant: the keys of a register's repeats differ; each says how often it comes back, and who
 * answers for it.
 */
#include "core/register/repeat.h"

#include "core/register/notice.h"
#include "core/register/reader.h"
#include "core/register/record.h"

enum { STATE_OF, IN_STATE, WHOSE };

static const struct store_statement sql[] = {
    [STATE_OF] = {"repeat.state_of", "SELECT register, state, entered FROM record WHERE id = $1"},
    [IN_STATE] = {"repeat.in_state",
                  "SELECT id, step FROM record WHERE register = $1 AND state = $2"
                  " ORDER BY id DESC LIMIT $3"},
    [WHOSE] = {"repeat.whose", "SELECT section, owner FROM record WHERE id = $1"},
};

/* "3m", "1y", "7d". */
static bool
every_parse(struct str s, struct register_repeat *ret)
{
    uint64_t n = 0;
    char unit = s.n > 1 ? s.p[s.n - 1] : '\0';
    if (unit == '\0' || !str_to_u64(str_slice(s, 0, s.n - 1), &n)) {
        return false;
    }
    ret->months = unit == 'm' ? (unsigned)(n <= 12 ? n : 0) : unit == 'y' && n == 1 ? 12 : 0;
    ret->days = unit == 'd' && n >= 7 && n <= 366 ? (unsigned)n : 0;
    return ret->months + ret->days > 0;
}

/* "fy+1m": in the second month of the fiscal year. */
static bool
on_parse(struct str s, struct register_repeat *ret)
{
    uint64_t n = 0;
    ret->yearly = str_starts(s, STR("fy+")) && str_ends(s, STR("m")) && s.n > 4 &&
                  str_to_u64(str_slice(s, 3, s.n - 1), &n) && n <= 11;
    ret->opens = (unsigned)n;
    return ret->yearly;
}

static bool
due_parse(struct str s, struct register_repeat *ret)
{
    uint64_t n = 0;
    ret->due_open_days = str_ends(s, STR("bd"));
    size_t tail = ret->due_open_days ? 2 : 1;
    bool good =
        str_ends(s, STR("d")) && str_to_u64(str_slice(s, 0, s.n - tail), &n) && n > 0 && n <= 366;
    ret->due_days = (unsigned)n;
    return good;
}

static void
repeat_times(struct reader *reader, const struct yaml_node *node, struct register_repeat *ret)
{
    const struct yaml_node *every = yaml_get(node, "every"), *on = yaml_get(node, "on");
    const struct yaml_node *due = yaml_get(node, "due");
    bool good = (every != NULL) != (on != NULL) &&
                (every != NULL ? every_parse(yaml_text(every), ret) : on_parse(yaml_text(on), ret));
    if (!good) {
        FINDING(reader, "register.r102", node, "every (3m, 1y, 7d) or on (fy+1m)");
    }
    if (due != NULL && !due_parse(yaml_text(due), ret)) {
        FINDING(reader, "register.r102", due, "due %.*s",
                STR_FMT(str_slice(yaml_text(due), 0, 40)));
    }
}

static void
repeat_deed(struct reader *reader, const struct yaml_node *node, struct register_repeat *ret)
{
    const struct yaml_node *open = yaml_get(node, "open"), *what = yaml_get(node, "do");
    ret->open = yaml_text(open);
    ret->confirm = str_equal_z(yaml_text(what), "confirm");
    bool known = ret->confirm || str_equal_z(yaml_text(what), "report");
    if ((open != NULL) == (what != NULL) || (what != NULL && !known)) {
        FINDING(reader, "register.r102", node, "open, or do: confirm or report");
    } else if (open != NULL) {
        (void)reader_name(reader, open, ret->open);
    }
}

static void
repeat_each(struct reader *reader, const struct yaml_node *node, struct register_repeat *ret)
{
    static const char *const names[REPEAT_EACHES] = {"body", "section",  "system",
                                                     "room", "contract", "record"};
    size_t each = REPEAT_BODY;
    struct err err = {0};
    if (node != NULL && yaml_enum(node, names, REPEAT_EACHES, &each, &err) < 0) {
        reader_forward(reader, &err);
    }
    ret->each = (enum repeat_each)each;
}

static void
repeat_read(struct reader *reader, const struct yaml_node *node, struct register_def *def,
            struct register_repeat *ret)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},   {"every", YAML_TEXT, false}, {"on", YAML_TEXT, false},
        {"each", YAML_TEXT, false}, {"open", YAML_TEXT, false},  {"do", YAML_TEXT, false},
        {"who", YAML_MAP, true},    {"due", YAML_TEXT, false},   {"topics", YAML_LIST, false},
        {"title", YAML_MAP, false}};
    static const struct yaml_key who_keys[] = {{"role", YAML_TEXT, true}};
    const struct yaml_node *who = yaml_get(node, "who");
    if (!reader_keys(reader, node, keys, sizeof keys / sizeof *keys) ||
        !reader_keys(reader, who, who_keys, 1)) {
        return;
    }
    ret->key = yaml_text(yaml_get(node, "key"));
    (void)reader_name(reader, node, ret->key);
    ret->title = yaml_get(node, "title") != NULL ? reader_title(reader, node) : def->title;
    repeat_times(reader, node, ret);
    repeat_deed(reader, node, ret);
    repeat_each(reader, yaml_get(node, "each"), ret);
    ret->role = yaml_text(yaml_get(who, "role"));
    if (register_role_find(reader->set, ret->role) == NULL) {
        FINDING(reader, "register.r120", who, "role %.*s", STR_FMT(str_slice(ret->role, 0, 40)));
    }
    ret->topics = reader_texts(reader, yaml_get(node, "topics"), &ret->topic_count);
    if (ret->topic_count == 0) {
        ret->topics = def->topics;
        ret->topic_count = def->topic_count;
    }
}

void
repeats_read(struct reader *reader, const struct yaml_node *node, struct register_def *def)
{
    size_t count = node != NULL ? node->count : 0;
    if (count > REGISTER_REPEATS_MOST) {
        FINDING(reader, "register.r104", node, "repeat %zu > %d", count, REGISTER_REPEATS_MOST);
        return;
    }
    struct register_repeat *list = reader_array(reader, count, sizeof *list);
    size_t n = 0;
    for (const struct yaml_node *child = list != NULL && count > 0 ? node->first : NULL;
         child != NULL; child = child->next, n++) {
        repeat_read(reader, child, def, &list[n]);
        for (size_t i = 0; i < n; i++) {
            if (str_equal(list[i].key, list[n].key)) {
                FINDING(reader, "register.r102", child, "repeat %.*s twice", STR_FMT(list[n].key));
            }
        }
    }
    def->repeats = list;
    def->repeat_count = n;
}

int
register_end_of(struct register_set *set, struct store *store, uint64_t record,
                enum register_end *ret_end, int64_t *ret_at, struct err *err)
{
    struct db_query *q = db_query(store, &sql[STATE_OF]);
    db_bind_int(q, 1, (int64_t)record);
    int rc = db_step(q, err), known = 1;
    const struct register_def *def = rc > 0 ? register_def_find(set, db_text(q, 0)) : NULL;
    int state = def != NULL ? register_state_find(def, db_text(q, 1)) : -1;
    if (state >= 0) {
        *ret_end = def->states[state].end;
        *ret_at = db_int(q, 2);
        known = 0;
    }
    db_end(q);
    return rc < 0 ? -1 : known;
}

static int
state_records(struct store *store, const struct register_def *def, size_t state,
              struct register_ids *ret, struct err *err)
{
    bool stands = def->states[state].end == END_NONE;
    struct db_query *q = db_query(store, &sql[IN_STATE]);
    int rc = 0;
    db_bind_text(q, 1, def->name);
    db_bind_text(q, 2, def->states[state].name);
    db_bind_int(q, 3, REGISTER_RECORDS_MOST);
    while (ret->count < REGISTER_RECORDS_MOST && (rc = db_step(q, err)) > 0) {
        if (!stands || db_int(q, 1) < 0) {
            ret->list[ret->count++] = (uint64_t)db_int(q, 0);
        }
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
register_records(struct register_set *set, struct store *store, struct arena *arena,
                 struct str name, enum register_end end, struct register_ids *ret, struct err *err)
{
    const struct register_def *def = register_def_find(set, name);
    *ret = (struct register_ids){arena_array(arena, REGISTER_RECORDS_MOST, sizeof *ret->list), 0};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "records");
    }
    for (size_t i = end == END_NONE ? 1 : 0; def != NULL && i < def->state_count; i++) {
        if (def->states[i].end == end && state_records(store, def, i, ret, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
register_fields(struct register_set *set, struct store *store, struct arena *arena, uint64_t record,
                json_t **ret, struct err *err)
{
    struct record row = {0};
    int rc = record_load(set, store, arena, record, &row, err);
    if (rc == 0) {
        *ret = json_incref(row.fields);
    }
    record_done(&row);
    return rc;
}

int
register_remind(struct store *store, uint64_t person, const char *kind, uint64_t record,
                int64_t now_us, struct err *err)
{
    return notice_add(store, person, kind, record, now_us, err);
}

int
register_whose(struct store *store, uint64_t record, uint64_t *ret_section, uint64_t *ret_owner,
               struct err *err)
{
    struct db_query *q = db_query(store, &sql[WHOSE]);
    db_bind_int(q, 1, (int64_t)record);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret_section = (uint64_t)db_int(q, 0);
        *ret_owner = (uint64_t)db_int(q, 1);
    }
    db_end(q);
    return rc < 0 ? -1 : rc > 0 ? 0 : 1;
}
