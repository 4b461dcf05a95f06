/*
 * ask: questions about records as SQL. Runs in cored; it only reads.
 *
 * Invariants: the text is made of fixed words, columns from checked keys and numbers of parameters;
 * what was asked for is a parameter always. A field that no access row of the person shows is
 * refused as if there were none of that name.
 */
#include "core/register/ask.h"

#include "base/mem/buf.h"
#include "base/os/time.h"
#include "core/register/condition.h"
#include "core/register/project.h"

#include <string.h>

size_t
ask_bind_int(struct ask *ask, int64_t value)
{
    if (ask->bind_count == STORE_PARAMETERS_MOST) {
        ask->full = true;
        return 1;
    }
    ask->binds[ask->bind_count++] = (struct cond_bind){.n = value};
    return ask->bind_count;
}

size_t
ask_bind_text(struct ask *ask, struct str value)
{
    size_t n = ask_bind_int(ask, 0);
    if (!ask->full) {
        ask->binds[n - 1] = (struct cond_bind){.is_text = true, .text = value};
    }
    return n;
}

void
ask_bind(const struct ask *ask, struct db_query *q)
{
    for (size_t i = 0; i < ask->bind_count; i++) {
        if (ask->binds[i].is_text) {
            db_bind_text(q, (int)i + 1, ask->binds[i].text);
        } else {
            db_bind_int(q, (int)i + 1, ask->binds[i].n);
        }
    }
}

bool
ask_shown(const struct ask *ask, const struct sight *sight)
{
    for (size_t i = 0; i < ask->used_count; i++) {
        if (!sight_reads(ask->def, sight, ask->used[i])) {
            return false;
        }
    }
    return sight->any;
}

/* True when FIELD may be asked by; it is noted. A callback of condition_scope. */
static bool
may_use(void *ctx, const struct register_field *field)
{
    struct ask *ask = ctx;
    if (!rights_read(&ask->rights, field)) {
        return false;
    }
    for (size_t i = 0; i < ask->used_count; i++) {
        if (ask->used[i] == field) {
            return true;
        }
    }
    if (ask->used_count == sizeof ask->used / sizeof *ask->used) {
        return false;
    }
    ask->used[ask->used_count++] = field;
    return true;
}

/* The indexed field KEY that may be asked by, or NULL. */
static const struct register_field *
field_asked(struct ask *ask, struct str key)
{
    const struct register_field *field = register_field_find(ask->def, key);
    bool good = field != NULL && field_indexed(field) && may_use(ask, field);
    return good ? field : NULL;
}

/* ---- what is asked for ---- */

/* Appends COND on alias c to BUF. */
static int
put_cond(struct ask *ask, const struct cond *cond, struct buf *buf, struct err *err)
{
    struct cond_binds *binds = arena_alloc(ask->asker->arena, sizeof *binds);
    if (binds == NULL) {
        return ERR(err, "limit.memory", "condition");
    }
    binds->first = ask->bind_count + 1;
    if (cond_sql(ask->asker->arena, cond, &ask->moment, "c", buf, binds, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < binds->count; i++) {
        struct cond_bind *bind = &binds->list[i];
        (void)(bind->is_text ? ask_bind_text(ask, bind->text) : ask_bind_int(ask, bind->n));
    }
    return 0;
}

static int
put_where(struct ask *ask, struct str where, struct buf *buf, struct err *err)
{
    const struct cond *cond = NULL;
    struct err why = {0};
    if (where.n == 0) {
        return 0;
    }
    const struct cond_scope *scope = condition_scope(ask->asker->arena, ask->def, may_use, ask);
    if (scope == NULL) {
        return ERR(err, "limit.memory", "where");
    }
    buf_put_z(buf, " AND (");
    if (cond_parse(ask->asker->arena, where, scope, &cond, &why) < 0 ||
        put_cond(ask, cond, buf, &why) < 0) {
        if (strncmp(why.code, "cond.", 5) == 0) {
            return ERR(err, "register.query", "where: %s %s", why.code, why.detail);
        }
        *err = why;
        return -1;
    }
    buf_put_z(buf, ")");
    return 0;
}

static int
put_state(struct ask *ask, struct str states, struct buf *buf, struct err *err)
{
    struct str state;
    const char *before = " AND c.state IN (";
    if (states.n == 0) {
        return 0;
    }
    while (str_split_next(&states, ',', &state)) {
        if (register_state_find(ask->def, state) < 0) {
            return ERR(err, "register.query", "state");
        }
        buf_printf(buf, "%s$%zu", before, ask_bind_text(ask, state));
        before = ", ";
    }
    buf_put_z(buf, ")");
    return 0;
}

static int
put_section(struct ask *ask, struct str section, struct buf *buf, struct err *err)
{
    uint64_t id = 0;
    if (section.n == 0) {
        return 0;
    }
    if (!str_to_u64(section, &id) || id > INT64_MAX) {
        return ERR(err, "register.query", "section");
    }
    buf_printf(buf, " AND c.section = $%zu", ask_bind_int(ask, (int64_t)id));
    return 0;
}

static int
put_year(struct ask *ask, const struct list_query *query, struct buf *buf, struct err *err)
{
    struct str fy = query->fy;
    uint64_t year = (uint64_t)ask->moment.fy_now;
    if (str_equal_z(fy, "all")) {
        return 0;
    }
    if (fy.n > 0 && (!str_to_u64(fy, &year) || year > 9999)) {
        return ERR(err, "register.query", "fy");
    }
    if (str_equal_z(ask->sort, "created")) { /* the same years, along the index of the order */
        struct civil first = {(int)year, 4, 1}, next = {(int)year + 1, 4, 1};
        buf_printf(buf, " AND c.created >= $%zu AND c.created < $%zu",
                   ask_bind_int(ask, tokyo_day_start(day_of_civil(first))),
                   ask_bind_int(ask, tokyo_day_start(day_of_civil(next))));
        return 0;
    }
    /* an index begins with the year only where the order is the usual one: the column is hidden
     * from it elsewhere, or a whole year would be sorted for one page */
    bool usual = str_equal_z(ask->sort, "changed") && query->filter_count == 0;
    buf_printf(buf, usual ? " AND c.fy = $%zu" : " AND c.fy + 0 = $%zu",
               ask_bind_int(ask, (int64_t)year));
    return 0;
}

static int
put_filter(struct ask *ask, const struct list_filter *filter, struct buf *buf, struct err *err)
{
    const struct register_field *field = field_asked(ask, filter->key);
    struct cond_value value = {.empty = true};
    if (field == NULL) {
        return ERR(err, "register.query", "%.*s", STR_FMT(filter->key));
    }
    static const struct register_field date = {.type = VALUE_DATE};
    bool period = field->type == VALUE_PERIOD;
    json_t *text = json_stringn(filter->value.p, filter->value.n);
    field_value(period ? &date : field, text, &value);
    json_decref(text);
    value.text = value.empty ? value.text : filter->value; /* of the query, not of TEXT */
    if (value.empty) {
        return ERR(err, "register.query", "%.*s", STR_FMT(filter->key));
    }
    enum cond_type type = field_cond_type(field);
    bool textual = type == COND_TEXT || type == COND_CHOICE || type == COND_CLASS;
    size_t n = textual ? ask_bind_text(ask, value.text) : ask_bind_int(ask, value.n);
    const char *column = field_column(ask->asker->arena, field, false);
    const char *last = field_column(ask->asker->arena, field, true);
    if (period) { /* the day lies in it */
        buf_printf(buf, " AND c.%s <= $%zu AND c.%s >= $%zu", column, n, last, n);
    } else {
        buf_printf(buf, " AND c.%s = $%zu", column, n);
    }
    return column != NULL && last != NULL ? 0 : ERR(err, "limit.memory", "filter");
}

static int
ask_filter(struct ask *ask, const struct list_query *query, struct err *err)
{
    struct buf buf;
    buf_init(&buf, ASK_SQL_BYTES);
    int rc = put_year(ask, query, &buf, err);
    rc = rc < 0 ? rc : put_state(ask, query->state, &buf, err);
    rc = rc < 0 ? rc : put_section(ask, query->section, &buf, err);
    for (size_t i = 0; rc == 0 && i < query->filter_count; i++) {
        rc = put_filter(ask, &query->filters[i], &buf, err);
    }
    if (query->late) {
        buf_printf(&buf, " AND c.due < $%zu", ask_bind_int(ask, ask->moment.now_us));
    }
    rc = rc < 0 ? rc : put_where(ask, query->where, &buf, err);
    rc = rc < 0 ? rc : buf_done(&buf, err);
    if (rc == 0) {
        ask->filter = str_dup_z(ask->asker->arena, buf_str(&buf));
        rc = ask->filter != NULL ? 0 : ERR(err, "limit.memory", "filter");
    }
    buf_free(&buf);
    return rc;
}

static int
ask_sort(struct ask *ask, struct str sort, struct err *err)
{
    static const struct {
        const char *name;
        bool text, nullable;
    } own[] = {{"changed", false, false}, {"created", false, false}, {"section", false, false},
               {"owner", false, false},   {"due", false, true},      {"number", true, true},
               {"state", true, false},    {"id", false, false}};
    ask->down = sort.n == 0 || sort.p[0] == '-';
    sort = sort.n == 0 ? STR("changed") : ask->down ? str_slice(sort, 1, sort.n) : sort;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_equal_z(sort, own[i].name)) {
            ask->sort = str_of(own[i].name);
            ask->sort_text = own[i].text;
            ask->nullable = own[i].nullable;
            return 0;
        }
    }
    const struct register_field *field = field_asked(ask, sort);
    if (field == NULL) {
        return ERR(err, "register.query", "sort");
    }
    enum cond_type type = field_cond_type(field);
    ask->sort_text = type == COND_TEXT || type == COND_CHOICE || type == COND_CLASS;
    ask->nullable = true;
    ask->sort = str_of(field_column(ask->asker->arena, field, true));
    return ask->sort.p != NULL ? 0 : ERR(err, "limit.memory", "sort");
}

/* ---- by what it may be seen ---- */

/* Text so far of "what earlier branches gave", to be left out by later ones. */
struct branching {
    struct ask *ask;
    struct buf before;
};

/* One more branch: CONDITION (in the arena), without what earlier ones gave. */
static int
branch_add(struct branching *branching, const char *condition, struct err *err)
{
    struct ask *ask = branching->ask;
    if (condition == NULL || ask->branch_count == ASK_BRANCHES_MOST) {
        return ERR(err, "limit.memory", "branches");
    }
    struct str before = buf_str(&branching->before);
    const char *whole = arena_printf(ask->asker->arena, "(%s)%.*s", condition, STR_FMT(before));
    ask->branches[ask->branch_count++] = whole;
    return whole != NULL ? 0 : ERR(err, "limit.memory", "branches");
}

/* Later branches leave out CONDITION. */
static void
branch_past(struct branching *branching, const char *condition)
{
    buf_printf(&branching->before, " AND (%s) IS NOT TRUE", condition);
}

static const char *
ids_in(struct ask *ask, const char *column, const struct account_ids *ids)
{
    struct buf buf;
    buf_init(&buf, ASK_SQL_BYTES);
    for (size_t i = 0; i < ids->count; i++) {
        size_t n = ask_bind_int(ask, ids->list[i]);
        if (i == 0) {
            buf_printf(&buf, "%s IN ($%zu", column, n);
        } else {
            buf_printf(&buf, ", $%zu", n);
        }
    }
    buf_put_z(&buf, ")");
    const char *text = buf.over ? NULL : str_dup_z(ask->asker->arena, buf_str(&buf));
    buf_free(&buf);
    return text;
}

/* The sections of every right that shows what is asked by, each once. */
static int
sections_of(struct ask *ask, struct account_ids *ret, struct err *err)
{
    ret->count = 0;
    ret->list = arena_array(ask->asker->arena, ACCOUNT_SECTIONS_MOST, sizeof *ret->list);
    for (size_t i = 0; ret->list != NULL && i < ask->rights.count; i++) {
        const struct right *right = &ask->rights.list[i];
        struct sight sight = right_sight(right);
        for (size_t k = 0; ask_shown(ask, &sight) && k < right->sections.count; k++) {
            bool known = false;
            for (size_t j = 0; j < ret->count && !known; j++) {
                known = ret->list[j] == right->sections.list[k];
            }
            if (!known && ret->count < ACCOUNT_SECTIONS_MOST) {
                ret->list[ret->count++] = right->sections.list[k];
            }
        }
    }
    return ret->list != NULL ? 0 : ERR(err, "limit.memory", "sections");
}

static int
branch_sections(struct branching *branching, struct err *err)
{
    struct ask *ask = branching->ask;
    struct account_ids ids;
    if (sections_of(ask, &ids, err) < 0) {
        return -1;
    }
    if (ids.count == 0) {
        return 0;
    }
    /* of many sections each walk would be short: the order's index is walked once, and the column
     * is hidden from other indexes */
    bool many = ids.count > ASK_SECTIONS_MOST;
    const char *all = ids_in(ask, many ? "c.section + 0" : "c.section", &ids);
    if (all == NULL) {
        return ERR(err, "limit.memory", "sections");
    }
    if (many && branch_add(branching, all, err) < 0) {
        return -1;
    }
    for (size_t i = 0; !many && i < ids.count; i++) {
        size_t n = ask->bind_count - ids.count + i + 1; /* as bound by ids_in */
        const char *one = arena_printf(ask->asker->arena, "c.section = $%zu", n);
        if (branch_add(branching, one, err) < 0) {
            return -1;
        }
    }
    branch_past(branching, all);
    return 0;
}

static int
branch_owner(struct branching *branching, struct err *err)
{
    struct ask *ask = branching->ask;
    if (ask->rights.belongs.self.count == 0) {
        return 0;
    }
    const char *own = ids_in(ask, "c.owner", &ask->rights.belongs.self);
    if (own == NULL || branch_add(branching, own, err) < 0) {
        return own == NULL ? ERR(err, "limit.memory", "owner") : -1;
    }
    branch_past(branching, own);
    return 0;
}

/* One part of a condition. A condition the database cannot be asked (a table's rows) gives no
 * record here: it is judged where one record is read. */
static int
branch_part(struct branching *branching, const struct cond *part, struct err *err)
{
    struct ask *ask = branching->ask;
    struct buf buf;
    struct err why = {0};
    buf_init(&buf, ASK_SQL_BYTES);
    int rc = put_cond(ask, part, &buf, &why);
    rc = rc < 0 ? rc : buf_done(&buf, &why);
    const char *text = rc < 0 ? NULL : str_dup_z(ask->asker->arena, buf_str(&buf));
    buf_free(&buf);
    if (rc < 0) {
        return err_is(&why, "cond.sql") ? 0 : ERR(err, "limit.memory", "rows");
    }
    if (text == NULL || branch_add(branching, text, err) < 0) {
        return text == NULL ? ERR(err, "limit.memory", "rows") : -1;
    }
    branch_past(branching, text);
    return 0;
}

static int
branch_rows(struct branching *branching, const struct right *right, struct err *err)
{
    enum { PARTS = 8 };
    const struct cond *parts[PARTS];
    size_t count = cond_branches(branching->ask->asker->arena, right->rows, parts, PARTS);
    for (size_t i = 0; i < count; i++) {
        if (branch_part(branching, parts[i], err) < 0) {
            return -1;
        }
    }
    return count > 0 ? 0 : ERR(err, "limit.memory", "rows");
}

/* What the person did once she sees; but no more than what is open. */
static int
branch_acted(struct branching *branching, struct err *err)
{
    struct ask *ask = branching->ask;
    struct sight sight = sight_level(ask->def, 0);
    if (!ask_shown(ask, &sight)) {
        return 0;
    }
    const char *text =
        arena_printf(ask->asker->arena,
                     "c.id IN (SELECT a.record FROM act a WHERE a.person = $%zu AND a.step <> '')",
                     ask_bind_int(ask, (int64_t)ask->rights.person));
    return branch_add(branching, text, err);
}

static int
branches_all(struct branching *branching, bool mine, struct err *err)
{
    struct ask *ask = branching->ask;
    const struct rights *rights = &ask->rights;
    bool whole = rights->system;
    for (size_t i = 0; i < rights->count; i++) {
        struct sight sight = right_sight(&rights->list[i]);
        whole = whole || (rights->list[i].whole && ask_shown(ask, &sight));
    }
    if (mine) {
        return branch_owner(branching, err);
    }
    if (whole) {
        return branch_add(branching, "1 = 1", err);
    }
    if (branch_sections(branching, err) < 0 || branch_owner(branching, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < rights->count; i++) {
        const struct right *right = &rights->list[i];
        struct sight sight = right_sight(right);
        if (right->rows != NULL && ask_shown(ask, &sight) &&
            branch_rows(branching, right, err) < 0) {
            return -1;
        }
    }
    return branch_acted(branching, err);
}

int
ask_make(const struct register_asker *asker, const struct register_def *def,
         const struct list_query *query, struct ask *ret, struct err *err)
{
    int64_t now = time_now_us();
    *ret = (struct ask){.asker = asker, .def = def};
    ret->binds = arena_array(asker->arena, STORE_PARAMETERS_MOST, sizeof *ret->binds);
    if (ret->binds == NULL) {
        return ERR(err, "limit.memory", "binds");
    }
    int stands = project_stands(asker->store, def, err);
    if (stands <= 0) {
        return stands < 0 ? -1 : ERR(err, "register.unreadable", "cur_%.*s", STR_FMT(def->name));
    }
    if (rights_load(asker, def, &ret->rights, err) < 0) {
        return -1;
    }
    const struct account_belongs *belongs = &ret->rights.belongs;
    ret->moment = (struct cond_moment){.now_us = now,
                                       .today = tokyo_day(now),
                                       .fy_now = fiscal_year_of(tokyo_day(now)),
                                       .me = {belongs->self.list, belongs->self.count},
                                       .mine = {belongs->mine.list, belongs->mine.count},
                                       .below = {belongs->below.list, belongs->below.count}};
    if (ask_sort(ret, query->sort, err) < 0 || ask_filter(ret, query, err) < 0) {
        return -1;
    }
    struct branching branching = {.ask = ret};
    buf_init(&branching.before, ASK_SQL_BYTES);
    int rc = branches_all(&branching, query->mine, err);
    rc = rc < 0 ? rc : buf_done(&branching.before, err);
    buf_free(&branching.before);
    return rc < 0 ? -1 : ret->full ? ERR(err, "limit.memory", "parameters") : 0;
}
