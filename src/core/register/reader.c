/*
 * reader: findings and typed getters; routes. Runs in cored at start and in `sekisho register
 * check`.
 */
#include "core/register/reader.h"

#include "core/register/condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct register_finding *
finding_new(struct reader *reader)
{
    struct register_finding *finding = arena_alloc(reader->arena, sizeof *finding);
    if (finding == NULL) {
        reader->full = true;
        return NULL;
    }
    reader->count++;
    *reader->last = finding;
    reader->last = &finding->next;
    return finding;
}

void
reader_finding(struct reader *reader, const char *code, const char *file, int line,
               const struct yaml_node *node, const char *format, ...)
{
    struct register_finding *finding = finding_new(reader);
    if (finding == NULL) {
        return;
    }
    char what[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)yaml_error(&finding->err, code, file, line, node, "%s", what);
}

void
reader_forward(struct reader *reader, const struct err *err)
{
    struct register_finding *finding = finding_new(reader);
    if (finding != NULL) {
        finding->err = *err;
    }
}

bool
reader_keys(struct reader *reader, const struct yaml_node *map, const struct yaml_key *keys,
            size_t count)
{
    struct err err = {0};
    if (yaml_check(map, keys, count, &err) < 0) {
        reader_forward(reader, &err);
        return false;
    }
    return true;
}

void *
reader_array(struct reader *reader, size_t count, size_t size)
{
    void *p = arena_array(reader->arena, count, size);
    if (p == NULL) {
        reader->full = true;
    }
    return p;
}

static struct register_title
words_of(struct reader *reader, const struct yaml_node *map, const struct yaml_node *node,
         const char *name)
{
    static const struct yaml_key keys[] = {{"ja", YAML_TEXT, true}, {"en", YAML_TEXT, true}};
    struct register_title title = {yaml_text(yaml_get(node, "ja")),
                                   yaml_text(yaml_get(node, "en"))};
    if (title.ja.n == 0 || title.en.n == 0) {
        FINDING(reader, "register.r118", node != NULL ? node : map, "%s {ja, en}", name);
    } else {
        (void)reader_keys(reader, node, keys, 2);
    }
    return title;
}

struct register_title
reader_title(struct reader *reader, const struct yaml_node *map)
{
    return words_of(reader, map, yaml_get(map, "title"), "title");
}

struct register_title
reader_words(struct reader *reader, const struct yaml_node *map, const char *name)
{
    const struct yaml_node *node = yaml_get(map, name);
    return node != NULL ? words_of(reader, map, node, name) : (struct register_title){0};
}

void
reader_flag(struct reader *reader, const struct yaml_node *map, const char *name, bool *ret)
{
    struct err err = {0};
    if (yaml_get(map, name) != NULL && yaml_bool(yaml_get(map, name), ret, &err) < 0) {
        reader_forward(reader, &err);
    }
}

void
reader_int(struct reader *reader, const struct yaml_node *map, const char *name, int64_t *ret)
{
    struct err err = {0};
    if (yaml_get(map, name) != NULL &&
        yaml_int(yaml_get(map, name), INT64_MIN, INT64_MAX, ret, &err) < 0) {
        reader_forward(reader, &err);
    }
}

void
reader_count(struct reader *reader, const struct yaml_node *map, const char *name, unsigned most,
             unsigned *ret)
{
    struct err err = {0};
    int64_t value = *ret;
    if (yaml_get(map, name) != NULL && yaml_int(yaml_get(map, name), 0, most, &value, &err) < 0) {
        reader_forward(reader, &err);
        return;
    }
    *ret = (unsigned)value;
}

size_t
reader_enum(struct reader *reader, const struct yaml_node *node, const char *const *names,
            size_t count)
{
    size_t value = 0;
    struct err err = {0};
    if (yaml_enum(node, names, count, &value, &err) < 0) {
        reader_forward(reader, &err);
    }
    return value;
}

struct str *
reader_texts(struct reader *reader, const struct yaml_node *node, size_t *ret_count)
{
    *ret_count = 0;
    if (node == NULL) {
        return NULL;
    }
    size_t count = node->kind == YAML_TEXT ? 1 : node->count;
    struct str *texts = reader_array(reader, count, sizeof *texts);
    if (texts == NULL || node->kind == YAML_MAP) {
        if (node->kind == YAML_MAP) {
            FINDING(reader, "register.r102", node, "list");
        }
        return texts;
    }
    if (node->kind == YAML_TEXT) {
        texts[(*ret_count)++] = node->text;
        return texts;
    }
    YAML_EACH(child, node)
    {
        if (child->kind != YAML_TEXT) {
            FINDING(reader, "register.r102", child, "text");
        }
        texts[(*ret_count)++] = child->text;
    }
    return texts;
}

bool
reader_name(struct reader *reader, const struct yaml_node *node, struct str name)
{
    bool good = name.n >= 1 && name.n <= 40 && name.p[0] >= 'a' && name.p[0] <= 'z';
    for (size_t i = 0; good && i < name.n; i++) {
        char c = name.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (!good) {
        FINDING(reader, "register.r102", node, "name %.*s", STR_FMT(str_slice(name, 0, 40)));
    }
    return good;
}

bool
reader_span(struct reader *reader, const struct yaml_node *node, struct calendar_span *ret)
{
    struct str text = yaml_text(node);
    struct err why = {0};
    if (calendar_span_parse(text, ret, &why) == 0 && ret->count >= 1 && ret->count <= 3660) {
        return true;
    }
    FINDING(reader, "register.r102", node, "span %.*s", STR_FMT(str_slice(text, 0, 40)));
    return false;
}

static const struct yaml_key who_keys[] = {{"role", YAML_TEXT, false},
                                           {"of", YAML_TEXT, false},
                                           {"person", YAML_TEXT, false},
                                           {"peer", YAML_TEXT, false},
                                           {"post", YAML_TEXT, false}};

void
reader_who(struct reader *reader, const struct yaml_node *node, struct register_who *ret)
{
    if (node == NULL || node->kind != YAML_MAP) {
        FINDING(reader, "register.r102", node, "who");
        return;
    }
    if (!reader_keys(reader, node, who_keys, sizeof who_keys / sizeof *who_keys)) {
        return;
    }
    ret->role = yaml_text(yaml_get(node, "role"));
    ret->of = yaml_text_or(node, "of", STR("body"));
    ret->field = yaml_text(yaml_get(node, "person"));
    ret->peer = str_equal_z(yaml_text(yaml_get(node, "peer")), "section");
    ret->post = yaml_text(yaml_get(node, "post"));
    int kinds = (ret->role.n > 0) + (ret->field.n > 0) + (ret->post.n > 0) + ret->peer;
    if (kinds != 1) {
        FINDING(reader, "register.r102", node, "who: role, person, post or peer");
    }
    if (ret->role.n > 0 && register_role_find(reader->set, ret->role) == NULL) {
        FINDING(reader, "register.r120", node, "role %.*s", STR_FMT(ret->role));
    }
    if (!str_equal_z(ret->of, "section") && !str_equal_z(ret->of, "owner.section") &&
        !str_equal_z(ret->of, "body")) {
        FINDING(reader, "register.r102", node, "of %.*s", STR_FMT(ret->of));
    }
}

/* A condition of a register's own route; a common route has no fields to ask about. */
static const struct cond *
route_condition(struct reader *reader, const struct yaml_node *node)
{
    if (reader->def == NULL) {
        FINDING(reader, "register.r102", node, "condition in a common route");
        return NULL;
    }
    return reader_condition(reader, node, reader->def, CONDITION_ROUTE);
}

/* votes: any, all, or a number. */
static void
step_votes(struct reader *reader, const struct yaml_node *node, struct register_step *ret)
{
    struct str text = yaml_text_or(node, "votes", STR("any"));
    uint64_t n = 1;
    if (str_equal_z(text, "all")) {
        n = 0;
    } else if (!str_equal_z(text, "any") && (!str_to_u64(text, &n) || n == 0 || n > 99)) {
        FINDING(reader, "register.r102", node, "votes: any, all or 1 to 99");
    }
    ret->votes = (unsigned)n;
    if (n != 1 && (ret->who.peer || ret->who.field.n > 0)) {
        FINDING(reader, "register.r103", node, "votes need a role");
    }
}

/* deputy and bar_daiketsu. What is not said: a deputy decides, a superior is asked. */
static void
step_deputy(struct reader *reader, const struct yaml_node *node, struct register_step *ret)
{
    static const char *const names[] = {"daiketsu", "koetsu", "hikiage"};
    const struct yaml_node *list = yaml_get(node, "deputy");
    bool decides = ret->kind == STEP_DECIDE;
    size_t count = 0;
    struct str *said = reader_texts(reader, list, &count);
    ret->deputy = list != NULL ? 0 : DEPUTY_HIKIAGE | (decides ? DEPUTY_DAIKETSU : 0);
    for (size_t i = 0; i < count; i++) {
        unsigned bit = 0;
        for (size_t k = 0; k < 3; k++) {
            bit = str_equal_z(said[i], names[k]) ? 1U << k : bit;
        }
        /* only the decision has a deputy, and only other steps can be passed over */
        if (bit == 0 || bit == (decides ? DEPUTY_KOETSU : DEPUTY_DAIKETSU)) {
            FINDING(reader, "register.r103", list, "deputy %.*s", STR_FMT(said[i]));
        }
        ret->deputy |= bit;
    }
    struct str bar = yaml_text(yaml_get(node, "bar_daiketsu"));
    if (bar.n == 0 || str_equal_z(bar, "false")) {
        return;
    }
    if (list != NULL && (ret->deputy & DEPUTY_DAIKETSU) != 0 && str_equal_z(bar, "true")) {
        FINDING(reader, "register.r103", list, "bar_daiketsu");
    }
    if (str_equal_z(bar, "true")) {
        ret->deputy &= ~(unsigned)DEPUTY_DAIKETSU;
    } else {
        ret->bar = route_condition(reader, yaml_get(node, "bar_daiketsu"));
    }
}

static void
step_senketsu(struct reader *reader, const struct yaml_node *list, struct register_step *ret)
{
    static const struct yaml_key keys[] = {
        {"if", YAML_TEXT, false}, {"who", YAML_MAP, true}, {"basis", YAML_TEXT, true}};
    if (list == NULL) {
        return;
    }
    if (ret->kind != STEP_DECIDE || list->count == 0 || list->count > SENKETSU_MOST) {
        FINDING(reader, "register.r103", list, "senketsu: decide, 1 to %d rows", SENKETSU_MOST);
        return;
    }
    ret->senketsu = reader_array(reader, list->count, sizeof *ret->senketsu);
    YAML_EACH(child, list)
    {
        if (ret->senketsu == NULL || child->kind != YAML_MAP ||
            !reader_keys(reader, child, keys, sizeof keys / sizeof *keys)) {
            continue;
        }
        struct register_senketsu *row = &ret->senketsu[ret->senketsu_count++];
        reader_who(reader, yaml_get(child, "who"), &row->who);
        if (yaml_get(child, "if") != NULL) {
            row->when = route_condition(reader, yaml_get(child, "if"));
        }
        row->basis = str_trim(yaml_text(yaml_get(child, "basis")));
        if (row->basis.n == 0 || row->who.role.n == 0) {
            FINDING(reader, "register.r103", child, "senketsu: role and basis");
        }
    }
}

static void
step_object(struct reader *reader, const struct yaml_node *node, struct register_step *ret)
{
    struct str text = yaml_text_or(node, "object", STR("note"));
    ret->object_stop = str_equal_z(text, "stop");
    if ((!ret->object_stop && !str_equal_z(text, "note")) ||
        (yaml_get(node, "object") != NULL && ret->kind != STEP_CONSULT)) {
        FINDING(reader, "register.r103", node, "object: note or stop, of consult");
    }
}

static void
step_read(struct reader *reader, const struct yaml_node *node, struct register_step *ret)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},       {"kind", YAML_TEXT, true},
        {"who", YAML_MAP, true},        {"title", YAML_MAP, false},
        {"within", YAML_TEXT, false},   {"votes", YAML_TEXT, false},
        {"together", YAML_TEXT, false}, {"deputy", YAML_LIST, false},
        {"object", YAML_TEXT, false},   {"bar_daiketsu", YAML_TEXT, false},
        {"senketsu", YAML_LIST, false}, {"if", YAML_TEXT, false},
    };
    static const char *const kinds[] = {"consult", "approve", "decide"};
    if (!reader_keys(reader, node, keys, sizeof keys / sizeof *keys)) {
        return;
    }
    size_t kind = 0;
    struct err err = {0};
    if (yaml_enum(yaml_get(node, "kind"), kinds, 3, &kind, &err) < 0) {
        reader_forward(reader, &err);
    }
    ret->key = yaml_text(yaml_get(node, "key"));
    (void)reader_name(reader, node, ret->key);
    ret->kind = (enum register_step_kind)kind;
    ret->title = reader_title(reader, node);
    reader_who(reader, yaml_get(node, "who"), &ret->who);
    if (yaml_get(node, "within") != NULL) {
        (void)reader_span(reader, yaml_get(node, "within"), &ret->within);
    }
    ret->together = yaml_text(yaml_get(node, "together"));
    if (ret->together.n > 0) {
        (void)reader_name(reader, node, ret->together);
    }
    if (yaml_get(node, "if") != NULL) {
        ret->when = route_condition(reader, yaml_get(node, "if"));
        if (ret->kind == STEP_DECIDE) {
            FINDING(reader, "register.r103", node, "%.*s: if", STR_FMT(ret->key));
        }
    }
    step_votes(reader, node, ret);
    step_deputy(reader, node, ret);
    step_senketsu(reader, yaml_get(node, "senketsu"), ret);
    step_object(reader, node, ret);
}

/* Keys are unique; steps that open together stand together; the decision stands alone. */
static void
route_rules(struct reader *reader, const struct register_route *route)
{
    for (size_t i = 0; i < route->step_count; i++) {
        const struct register_step *step = &route->steps[i];
        if (step->together.n > 0 && step->kind == STEP_DECIDE) {
            FINDING(reader, "register.r103", route->at, "%.*s: together", STR_FMT(step->key));
        }
        for (size_t k = 0; k < i; k++) {
            if (str_equal(route->steps[k].key, step->key)) {
                FINDING(reader, "register.r103", route->at, "%.*s: twice", STR_FMT(step->key));
            }
            bool group =
                step->together.n > 0 && str_equal(step->together, route->steps[k].together);
            if (group && !str_equal(step->together, route->steps[i - 1].together)) {
                FINDING(reader, "register.r103", route->at, "%.*s: together", STR_FMT(step->key));
            }
        }
    }
}

void
reader_route(struct reader *reader, const struct yaml_node *node, struct register_route *ret)
{
    ret->at = node;
    ret->name = node->key;
    (void)reader_name(reader, node, ret->name);
    if (node->kind != YAML_LIST || node->count == 0 || node->count > REGISTER_STEPS_MOST) {
        FINDING(reader, "register.r102", node, "route: 1 to %d steps", REGISTER_STEPS_MOST);
        return;
    }
    size_t decides = 0;
    YAML_EACH(child, node)
    {
        struct register_step *step = &ret->steps[ret->step_count++];
        step_read(reader, child, step);
        decides += step->kind == STEP_DECIDE;
    }
    if (decides != 1 || ret->steps[ret->step_count - 1].kind != STEP_DECIDE) {
        FINDING(reader, "register.r103", node, "%.*s", STR_FMT(ret->name));
    }
    route_rules(reader, ret);
    ret->title = (struct register_title){ret->name, ret->name};
}
