/*
 * resolve: see resolve.h. Runs in cored, for authd.
 *
 * Invariant: the answer for a name nobody has and for a name that may not enter this zone is the
 * same message, field by field.
 */
#include "core/account/resolve.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/account/account.h"

#include <fcntl.h>

enum { ARENA_BYTES = 4 << 20, FILE_BYTES = 256 << 10, ANY_BYTES = 512, PRIVILEGED_TRIES = 3 };

static const struct store_statement login_get = {"account.login",
                                                 "SELECT id, zones FROM account WHERE login = $1"};

static int
data_read(struct arena *arena, const char *dir, const char *name, struct str *ret, struct err *err)
{
    char *path = arena_printf(arena, "%s/%s", dir, name);
    if (path == NULL)
        return arena_check(arena, err);
    struct buf bytes;
    buf_init(&bytes, FILE_BYTES);
    int rc = file_read(AT_FDCWD, path, FILE_BYTES, &bytes, err);
    if (rc == 0) {
        *ret = str_dup(arena, buf_str(&bytes));
        rc = arena_check(arena, err);
    }
    buf_free(&bytes);
    return rc;
}

int
account_desk_open(struct account_desk *ret, struct store *store, const char *data_dir,
                  struct err *err)
{
    *ret = (struct account_desk){
        .store = store, .arena = arena_new(ARENA_BYTES), .call = arena_new(ARENA_BYTES)};
    struct str roles, rules;
    if (data_read(ret->arena, data_dir, "roles.yaml", &roles, err) == 0 &&
        data_read(ret->arena, data_dir, "auth/rules.yaml", &rules, err) == 0 &&
        roles_load(ret->arena, "roles.yaml", roles, &ret->roles, err) == 0 &&
        rules_load(ret->arena, "auth/rules.yaml", rules, ret->roles, &ret->rules, err) == 0)
        return 0;
    account_desk_close(ret);
    return -1;
}

void
account_desk_close(struct account_desk *desk)
{
    arena_free(desk->arena);
    arena_free(desk->call);
    *desk = (struct account_desk){0};
}

static bool
zones_hold(struct str zones, struct str zone)
{
    struct str part;
    while (str_split_next(&zones, ' ', &part))
        if (part.n > 0 && str_equal(part, zone))
            return true;
    return false;
}

/* The account of LOGIN that may enter ZONE; *RET_ACCOUNT 0: none. */
static int
login_find(struct store *store, const struct account_resolve *ask, uint64_t *ret_account,
           struct err *err)
{
    struct db_query *query = db_query(store, &login_get);
    db_bind_text(query, 1, ask->login);
    int rc = db_step(query, err);
    *ret_account = 0;
    if (rc > 0 && zones_hold(db_text(query, 1), ask->zone))
        *ret_account = (uint64_t)db_int(query, 0);
    db_end(query);
    return rc < 0 ? -1 : 0;
}

/* Fills RET with what the rules demand of PERSON. */
static int
rule_apply(struct account_desk *desk, uint64_t person, struct str zone, int64_t at_us,
           struct account_known *ret, struct err *err)
{
    struct account_role *held;
    size_t count;
    if (account_roles(desk->store, desk->call, person, at_us, &held, &count, err) < 0)
        return -1;
    struct str *names = arena_array(desk->call, count, sizeof *names);
    if (names == NULL)
        return arena_check(desk->call, err);
    for (size_t i = 0; i < count; i++)
        names[i] = held[i].role;
    struct rules_subject subject = {false, zone, names, count};
    const struct rule *rule = rules_match(desk->rules, &subject);
    struct buf any;
    buf_init(&any, ANY_BYTES);
    rules_put_any(&any, rule);
    ret->any = str_dup(desk->call, buf_str(&any));
    int rc = buf_done(&any, err);
    buf_free(&any);
    ret->kinds = rule->kinds;
    ret->idle_s = rule->idle_s;
    ret->absolute_s = rule->absolute_s;
    ret->privileged = rules_privileged(desk->rules, &subject);
    ret->tries = ret->privileged && rule->tries > PRIVILEGED_TRIES ? PRIVILEGED_TRIES : rule->tries;
    return rc < 0 ? -1 : arena_check(desk->call, err);
}

int
account_resolve(struct account_desk *desk, const struct account_resolve *ask, int64_t at_us,
                struct account_known *ret, struct err *err)
{
    arena_clear(desk->call);
    *ret = (struct account_known){.any = STR("")};
    uint64_t account, person;
    if (login_find(desk->store, ask, &account, err) < 0)
        return -1;
    int rc = account_of_at(desk->store, account, at_us, &person, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (rule_apply(desk, person, ask->zone, at_us, ret, err) < 0)
        return -1;
    ret->known = true;
    ret->account = account;
    return 0;
}

void
account_answer(struct account_desk *desk, struct ipc_call *call, const struct account_resolve *ask)
{
    struct account_known known;
    struct err err;
    if (account_resolve(desk, ask, time_now_us(), &known, &err) < 0)
        ipc_fail(call, &err);
    else
        ipc_answer(call, &account_known_message, &known, NULL);
}
