/*
 * town: see town.h. Run by sekisho-town, before any daemon has seen the folder.
 *
 * Every name that a line of the file refers to (body, section, post, person, role) must be known
 * by then; codes stand for rows through a small list, which the file's limits keep short.
 */
#include "cmd/sekisho-town/town.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/store/id.h"
#include "format/rules/roles.h"

#include <string.h>

enum { HANDLE_BYTES = 16 };

static const struct store_statement body_put = {
    "town.body", "INSERT INTO body(id, code, name, kind, follows, from_day)"
                 " VALUES ($1, $2, $3, $4, $5, $6)"};
static const struct store_statement section_put = {
    "town.section", "INSERT INTO section(id, body, code, name, kana, parent, from_day)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const struct store_statement post_put = {
    "town.post", "INSERT INTO post(id, section, code, name, rank, head, from_day)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const struct store_statement person_put = {
    "town.person", "INSERT INTO person(id, handle, name, kana) VALUES ($1, $2, $3, $4)"};
static const struct store_statement engagement_put = {
    "town.engagement",
    "INSERT INTO engagement(id, person, staff_no, kind, from_day) VALUES ($1, $2, $3, $4, $5)"};
static const struct store_statement appointment_put = {
    "town.appointment",
    "INSERT INTO appointment(id, engagement, post, kind, from_day) VALUES ($1, $2, $3, $4, $5)"};
static const struct store_statement role_put = {
    "town.role", "INSERT INTO role_slot(id, role, scope_kind, scope_id, post, person, from_day)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const struct store_statement account_put = {
    "town.account", "INSERT INTO account(id, person, login, state, zones)"
                    " VALUES ($1, $2, $3, 'open', $4)"};

static const struct yaml_key file_keys[] = {
    {"sekisho", YAML_TEXT, true}, {"origin", YAML_TEXT, true},   {"from", YAML_TEXT, true},
    {"bodies", YAML_LIST, true},  {"sections", YAML_LIST, true}, {"people", YAML_LIST, true},
    {"roles", YAML_LIST, true},
};
static const struct yaml_key body_keys[] = {{"code", YAML_TEXT, true},
                                            {"name", YAML_TEXT, true},
                                            {"kind", YAML_TEXT, true},
                                            {"follows", YAML_TEXT, false}};
static const struct yaml_key section_keys[] = {
    {"code", YAML_TEXT, true},  {"body", YAML_TEXT, true},    {"name", YAML_TEXT, true},
    {"kana", YAML_TEXT, false}, {"parent", YAML_TEXT, false}, {"posts", YAML_LIST, true}};
static const struct yaml_key post_keys[] = {{"code", YAML_TEXT, true},
                                            {"name", YAML_TEXT, true},
                                            {"rank", YAML_TEXT, true},
                                            {"head", YAML_TEXT, true}};
static const struct yaml_key person_keys[] = {
    {"id", YAML_TEXT, true},       {"name", YAML_TEXT, true},   {"kana", YAML_TEXT, false},
    {"staff_no", YAML_TEXT, true}, {"kind", YAML_TEXT, true},   {"post", YAML_TEXT, true},
    {"also", YAML_LIST, false},    {"login", YAML_TEXT, false}, {"zones", YAML_LIST, false}};
static const struct yaml_key also_keys[] = {{"post", YAML_TEXT, true}, {"kind", YAML_TEXT, true}};
static const struct yaml_key role_keys[] = {{"role", YAML_TEXT, true},
                                            {"scope", YAML_TEXT, true},
                                            {"post", YAML_TEXT, false},
                                            {"person", YAML_TEXT, false}};

/* What a code of the file stands for. */
struct known {
    char kind; /* b s p n: body, section, post, person */
    struct str code, name, section;
    uint64_t id;
};

struct making {
    struct arena *arena;
    struct store *store;
    const struct yaml_node *root;
    const struct roles *roles;
    struct town *town;
    struct known known[TOWN_ROWS_MOST];
    size_t count;
    int64_t from_day;
    int result; /* of the unit */
    struct err err;
};

static const struct known *
find(const struct making *m, char kind, struct str code)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->known[i].kind == kind && str_equal(m->known[i].code, code))
            return &m->known[i];
    return NULL;
}

/* The row NODE refers to; NULL with err when there is none. */
static const struct known *
refer(const struct making *m, char kind, const struct yaml_node *node, struct str code,
      struct err *err)
{
    const struct known *known = find(m, kind, code);
    if (known == NULL)
        (void)YAML_ERR(err, "town.unknown", node, "%.*s", STR_FMT(code));
    return known;
}

static struct known *
add(struct making *m, char kind, const struct yaml_node *node, struct str code, struct err *err)
{
    if (m->count == TOWN_ROWS_MOST || find(m, kind, code) != NULL) {
        (void)YAML_ERR(err, "town.twice", node, "%.*s", STR_FMT(code));
        return NULL;
    }
    struct known *known = &m->known[m->count++];
    *known = (struct known){.kind = kind, .code = code, .id = id_new()};
    return known;
}

static struct str
text(const struct yaml_node *map, const char *key)
{
    return yaml_text_or(map, key, STR(""));
}

static int
run(struct db_query *query, struct err *err)
{
    return db_run(query, err) < 0 ? -1 : 0;
}

static int
body_make(struct making *m, const struct yaml_node *node, struct err *err)
{
    if (yaml_check(node, body_keys, 4, err) != 0)
        return -1;
    const struct yaml_node *follows = yaml_get(node, "follows");
    const struct known *above = NULL;
    if (follows != NULL && (above = refer(m, 'b', follows, yaml_text(follows), err)) == NULL)
        return -1;
    struct known *body = add(m, 'b', node, text(node, "code"), err);
    if (body == NULL)
        return -1;
    struct db_query *query = db_query(m->store, &body_put);
    db_bind_int(query, 1, (int64_t)body->id);
    db_bind_text(query, 2, body->code);
    db_bind_text(query, 3, text(node, "name"));
    db_bind_text(query, 4, text(node, "kind"));
    if (above != NULL)
        db_bind_int(query, 5, (int64_t)above->id);
    db_bind_int(query, 6, m->from_day);
    return run(query, err);
}

static int
post_make(struct making *m, const struct yaml_node *node, const struct known *section,
          struct err *err)
{
    int64_t rank;
    bool head;
    if (yaml_check(node, post_keys, 4, err) != 0 ||
        yaml_int(yaml_get(node, "rank"), 1, 99, &rank, err) != 0 ||
        yaml_bool(yaml_get(node, "head"), &head, err) != 0)
        return -1;
    char *code =
        arena_printf(m->arena, "%.*s/%.*s", STR_FMT(section->code), STR_FMT(text(node, "code")));
    if (code == NULL)
        return arena_check(m->arena, err);
    struct known *post = add(m, 'p', node, str_of(code), err);
    if (post == NULL)
        return -1;
    post->name = text(node, "name");
    post->section = section->name;
    struct db_query *query = db_query(m->store, &post_put);
    db_bind_int(query, 1, (int64_t)post->id);
    db_bind_int(query, 2, (int64_t)section->id);
    db_bind_text(query, 3, text(node, "code"));
    db_bind_text(query, 4, post->name);
    db_bind_int(query, 5, rank);
    db_bind_int(query, 6, head);
    db_bind_int(query, 7, m->from_day);
    return run(query, err);
}

static int
section_make(struct making *m, const struct yaml_node *node, struct err *err)
{
    if (yaml_check(node, section_keys, 6, err) != 0)
        return -1;
    const struct known *body = refer(m, 'b', node, text(node, "body"), err);
    const struct yaml_node *parent = yaml_get(node, "parent");
    const struct known *above = NULL;
    if (body == NULL ||
        (parent != NULL && (above = refer(m, 's', parent, yaml_text(parent), err)) == NULL))
        return -1;
    struct known *section = add(m, 's', node, text(node, "code"), err);
    if (section == NULL)
        return -1;
    section->name = text(node, "name");
    struct db_query *query = db_query(m->store, &section_put);
    db_bind_int(query, 1, (int64_t)section->id);
    db_bind_int(query, 2, (int64_t)body->id);
    db_bind_text(query, 3, section->code);
    db_bind_text(query, 4, section->name);
    db_bind_text(query, 5, text(node, "kana"));
    if (above != NULL)
        db_bind_int(query, 6, (int64_t)above->id);
    db_bind_int(query, 7, m->from_day);
    int rc = run(query, err);
    YAML_EACH(post, yaml_get(node, "posts"))
    if (rc == 0)
        rc = post_make(m, post, section, err);
    return rc;
}

static int
appoint(struct making *m, uint64_t engagement, uint64_t post, struct str kind, struct err *err)
{
    struct db_query *query = db_query(m->store, &appointment_put);
    db_bind_int(query, 1, (int64_t)id_new());
    db_bind_int(query, 2, (int64_t)engagement);
    db_bind_int(query, 3, (int64_t)post);
    db_bind_text(query, 4, kind);
    db_bind_int(query, 5, m->from_day);
    return run(query, err);
}

/* The main post of the person NODE, and what else it holds. */
static int
appointments_make(struct making *m, const struct yaml_node *node, uint64_t engagement,
                  const struct known *post, struct err *err)
{
    int rc = appoint(m, engagement, post->id, STR("main"), err);
    YAML_EACH(also, yaml_get(node, "also"))
    {
        if (rc != 0 || yaml_check(also, also_keys, 2, err) != 0)
            return -1;
        const struct known *other = refer(m, 'p', also, text(also, "post"), err);
        if (other == NULL)
            return -1;
        rc = appoint(m, engagement, other->id, text(also, "kind"), err);
    }
    return rc;
}

static int
account_make(struct making *m, const struct yaml_node *node, const struct known *person,
             const struct known *post, struct err *err)
{
    const struct yaml_node *zones = yaml_get(node, "zones");
    if (yaml_get(node, "login") == NULL)
        return 0;
    if (zones == NULL || zones->count == 0 || m->town->login_count == TOWN_ROWS_MOST)
        return YAML_ERR(err, "town.zones", node, "zones");
    struct buf names;
    buf_init(&names, 1024);
    YAML_EACH(zone, zones)
    {
        if (names.n > 0)
            buf_put_char(&names, ' ');
        buf_put_str(&names, yaml_text(zone));
    }
    struct town_login *login = &m->town->login[m->town->login_count++];
    *login = (struct town_login){id_new(),   text(node, "login"), person->name,
                                 post->name, post->section,       zones};
    struct db_query *query = db_query(m->store, &account_put);
    db_bind_int(query, 1, (int64_t)login->account);
    db_bind_int(query, 2, (int64_t)person->id);
    db_bind_text(query, 3, login->login);
    db_bind_text(query, 4, buf_str(&names));
    int rc = run(query, err);
    buf_free(&names);
    return rc;
}

static int
person_insert(struct making *m, const struct known *person, struct str kana, struct err *err)
{
    uint8_t raw[HANDLE_BYTES];
    char handle[2 + BASE32_CHARS(HANDLE_BYTES) + 1] = "p:";
    random_bytes(raw, sizeof raw);
    base32_encode(raw, sizeof raw, BASE32_LOWER, handle + 2);
    struct db_query *query = db_query(m->store, &person_put);
    db_bind_int(query, 1, (int64_t)person->id);
    db_bind_z(query, 2, handle);
    db_bind_text(query, 3, person->name);
    db_bind_text(query, 4, kana);
    return run(query, err);
}

static int
person_make(struct making *m, const struct yaml_node *node, struct err *err)
{
    if (yaml_check(node, person_keys, 9, err) != 0)
        return -1;
    const struct known *post = refer(m, 'p', node, text(node, "post"), err);
    struct known *person = post == NULL ? NULL : add(m, 'n', node, text(node, "id"), err);
    if (person == NULL)
        return -1;
    person->name = text(node, "name");
    if (person_insert(m, person, text(node, "kana"), err) != 0)
        return -1;
    uint64_t engagement = id_new();
    struct db_query *query = db_query(m->store, &engagement_put);
    db_bind_int(query, 1, (int64_t)engagement);
    db_bind_int(query, 2, (int64_t)person->id);
    db_bind_text(query, 3, text(node, "staff_no"));
    db_bind_text(query, 4, text(node, "kind"));
    db_bind_int(query, 5, m->from_day);
    if (run(query, err) != 0 || appointments_make(m, node, engagement, post, err) != 0)
        return -1;
    return account_make(m, node, person, post, err);
}

/* "body:CODE" or "section:CODE". */
static const struct known *
scope_find(const struct making *m, const struct yaml_node *node, struct str *ret_kind,
           struct err *err)
{
    struct str rest = text(node, "scope");
    (void)str_split_next(&rest, ':', ret_kind);
    bool body = str_equal_z(*ret_kind, "body");
    if (!body && !str_equal_z(*ret_kind, "section")) {
        (void)YAML_ERR(err, "town.unknown", node, "%.*s", STR_FMT(*ret_kind));
        return NULL;
    }
    return refer(m, body ? 'b' : 's', node, rest, err);
}

static int
role_make(struct making *m, const struct yaml_node *node, struct err *err)
{
    if (yaml_check(node, role_keys, 4, err) != 0)
        return -1;
    struct str role = text(node, "role"), kind;
    if (roles_find(m->roles, role) == NULL)
        return YAML_ERR(err, "rules.role", node, "%.*s", STR_FMT(role));
    const struct known *scope = scope_find(m, node, &kind, err);
    const struct yaml_node *post = yaml_get(node, "post"), *person = yaml_get(node, "person");
    if (scope == NULL)
        return -1;
    if ((post == NULL) == (person == NULL))
        return YAML_ERR(err, "town.holder", node, "%.*s", STR_FMT(role));
    const struct known *holder = post != NULL ? refer(m, 'p', node, yaml_text(post), err)
                                              : refer(m, 'n', node, yaml_text(person), err);
    if (holder == NULL)
        return -1;
    struct db_query *query = db_query(m->store, &role_put);
    db_bind_int(query, 1, (int64_t)id_new());
    db_bind_text(query, 2, role);
    db_bind_text(query, 3, kind);
    db_bind_int(query, 4, (int64_t)scope->id);
    db_bind_int(query, post != NULL ? 5 : 6, (int64_t)holder->id);
    db_bind_int(query, 7, m->from_day);
    return run(query, err);
}

typedef int make_row(struct making *m, const struct yaml_node *node, struct err *err);

static int
list_make(struct making *m, const char *key, make_row *row, struct err *err)
{
    YAML_EACH(node, yaml_get(m->root, key))
    if (row(m, node, err) != 0)
        return -1;
    return 0;
}

static int
town_unit(struct store *store, void *arg, struct err *err)
{
    struct making *m = arg;
    (void)store;
    if (list_make(m, "bodies", body_make, err) != 0 ||
        list_make(m, "sections", section_make, err) != 0 ||
        list_make(m, "people", person_make, err) != 0)
        return -1;
    return list_make(m, "roles", role_make, err);
}

static void
town_done(void *arg, int result, const struct err *err)
{
    struct making *m = arg;
    m->result = result;
    if (result < 0)
        m->err = *err;
}

static int
head_read(struct making *m, const char *name, struct str bytes, struct err *err)
{
    if (yaml_parse(m->arena, name, bytes, NULL, &m->root, err) != 0 ||
        yaml_check(m->root, file_keys, 7, err) != 0)
        return -1;
    const struct yaml_node *version = yaml_get(m->root, "sekisho");
    if (!str_equal_z(yaml_text(version), "town/1"))
        return YAML_ERR(err, "rules.version", version, "town/1");
    const struct yaml_node *origin = yaml_get(m->root, "origin"), *from = yaml_get(m->root, "from");
    if (!str_starts(yaml_text(origin), STR("demo.sekisho.invalid/")))
        return YAML_ERR(err, "town.origin", origin, "%.*s", STR_FMT(yaml_text(origin)));
    m->town->origin = yaml_text(origin);
    if (!date_parse(yaml_text(from), &m->from_day))
        return YAML_ERR(err, "town.date", from, "%.*s", STR_FMT(yaml_text(from)));
    return 0;
}

int
town_make(struct arena *arena, struct store *store, const char *name, struct str bytes,
          struct str roles, struct town *ret_town, struct err *err)
{
    struct making *m = arena_alloc(arena, sizeof *m);
    if (m == NULL)
        return arena_check(arena, err);
    *m = (struct making){.arena = arena, .store = store, .town = ret_town};
    *ret_town = (struct town){0};
    if (roles_load(arena, "roles.yaml", roles, &m->roles, err) != 0 ||
        head_read(m, name, bytes, err) != 0)
        return -1;
    store_write(store, town_unit, town_done, m);
    if (m->result < 0)
        *err = m->err;
    return m->result < 0 ? -1 : 0;
}
