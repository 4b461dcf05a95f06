/*
 * policy: the policy, its clauses, coverage and imports, as core/control answers them. Runs in
 * cored.
 *
 * Invariants: a text is read by policyd's worker, never here; only who may import sees an import,
 * and only at the LGWAN portal; a write is followed by a refresh before its answer is made.
 */
#include "core/api/calls.h"

#include "base/mem/buf.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/api/importer.h"
#include "core/api/reading.h"
#include "core/control/control.h"
#include "core/control/import.h"
#include "core/store/id.h"

#include <string.h>

enum { POLICY_ANSWER_BYTES = 48 << 20 };

static struct control *
control_of(const struct api_call *call)
{
    return api_config(call->api)->control;
}

/* What the caller may see and do. */
static int
reader_of(struct api_call *call, struct control_reader *ret, struct err *err)
{
    struct store *store = api_config(call->api)->store;
    struct account_role *roles;
    size_t count;
    int staff = account_is_staff(store, call->known.person, time_now_us(), err);
    if (staff < 0 || account_roles(store, call->arena, call->known.person, time_now_us(), &roles,
                                   &count, err) < 0) {
        return -1;
    }
    *ret = (struct control_reader){.staff = staff > 0, .officer = count > 0};
    for (size_t i = 0; i < count; i++) {
        ret->import = ret->import || (str_equal_z(roles[i].role, "chief") &&
                                      str_equal_z(roles[i].scope_kind, "body"));
    }
    bool desk = str_equal_z(call->zone, "lgwan");
    if (desk && !ret->import) {
        int named = importer_named(api_config(call->api)->registers, store, call->arena,
                                   call->known.person, time_now_us(), err);
        if (named < 0) {
            return -1;
        }
        ret->import = named > 0;
    }
    ret->import = ret->import && desk;
    return 0;
}

/* Ends CALL with OUT, or with what RC says: 1 not there, -1 ERR. */
static void
finish(struct api_call *call, int rc, struct buf *out, struct err *err)
{
    if (rc == 0) {
        rc = buf_done(out, err);
    }
    if (rc > 0) {
        rc = ERR(err, "not_found", "policy");
    }
    if (rc < 0) {
        api_fail(call, err);
    } else {
        api_answer_text(call, "", (struct str){0}, buf_str(out));
    }
    buf_free(out);
}

static struct str
asked(const struct api_call *call, const char *key)
{
    struct str value = api_query(call, key);
    return value.p == NULL || memchr(value.p, 0, value.n) != NULL ? STR("") : value;
}

static void
policy_ask(struct api_call *call)
{
    struct control *control = control_of(call);
    struct err err = {0};
    struct buf out;
    struct control_ask ask = {.path = call->path,
                              .body = asked(call, "body"),
                              .version = asked(call, "version"),
                              .from = asked(call, "from"),
                              .to = asked(call, "to"),
                              .other = asked(call, "other"),
                              .now_us = time_now_us()};
    buf_init(&out, POLICY_ANSWER_BYTES);
    int rc = control == NULL ? 1 : reader_of(call, &ask.reader, &err);
    if (rc == 0) {
        rc = control_answer(control, &ask, &out, &err);
    }
    finish(call, rc, &out, &err);
}

/* ---- imports ---- */

static int
may_import(struct api_call *call, struct err *err)
{
    struct control_reader reader;
    if (control_of(call) == NULL) {
        return ERR(err, "not_found", "policy");
    }
    if (reader_of(call, &reader, err) < 0) {
        return -1;
    }
    return reader.import ? 0 : ERR(err, "policy.not_chief", "%s", "");
}

static int
import_id(const struct api_call *call, int64_t *ret, struct err *err)
{
    uint64_t id;
    if (!id_parse(call->part[0], &id)) {
        return ERR(err, "not_found", "import");
    }
    *ret = (int64_t)id;
    return 0;
}

static json_t *
id_json(int64_t id)
{
    char text[ID_CHARS + 1];
    id_format((uint64_t)id, text);
    return json_string(text);
}

/* The file into the database. */
static int
begin_write(struct api_call *call, struct err *err)
{
    struct buf bytes;
    int64_t id = 0;
    if (may_import(call, err) < 0) {
        return -1;
    }
    int64_t size = file_sealed_size(call->file, API_FILE_BYTES, err);
    if (size < 0) {
        return -1;
    }
    buf_init(&bytes, API_FILE_BYTES + 1);
    void *room = buf_reserve(&bytes, (size_t)size + 1);
    int rc =
        room == NULL ? buf_done(&bytes, err) : file_pread(call->file, room, (size_t)size, 0, err);
    struct import_new new = {.body = asked(call, "body"),
                             .name = asked(call, "name"),
                             .source = {bytes.p, (size_t)size},
                             .person = call->known.person,
                             .now_us = time_now_us()};
    if (rc == 0) {
        rc = import_begin(control_of(call), &new, &id, err);
    }
    buf_free(&bytes);
    call->made = (uint64_t)id;
    return rc;
}

static int
begin_read(struct api_call *call, json_t **ret, struct err *err)
{
    (void)err;
    *ret = json_pack("{so}", "import", id_json((int64_t)call->made));
    reading_next(api_config(call->api)->reading);
    return 0;
}

/* Any answer about an import: TELL writes it. */
typedef int import_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err);

static void
tell_import(struct api_call *call, import_tell *tell)
{
    struct err err = {0};
    struct buf out;
    int64_t id = 0;
    buf_init(&out, POLICY_ANSWER_BYTES);
    int rc = may_import(call, &err);
    if (rc == 0 && call->part[0].n > 0) {
        rc = import_id(call, &id, &err);
    }
    if (rc == 0) {
        rc = tell(call, id, &out, &err);
    }
    finish(call, rc, &out, &err);
}

static int
list_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err)
{
    (void)id;
    return import_list(control_of(call), out, err);
}

static int
one_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err)
{
    return import_answer(control_of(call), id, out, err);
}

static int
clauses_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err)
{
    return import_clauses(control_of(call), id, out, err);
}

static int
diff_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err)
{
    return import_diff(control_of(call), id, asked(call, "doc"), out, err);
}

static int
source_tell(struct api_call *call, int64_t id, struct buf *out, struct err *err)
{
    uint64_t from = 0, to = 0;
    if (!str_to_u64(asked(call, "from"), &from) || !str_to_u64(asked(call, "to"), &to) ||
        from > to) {
        return ERR(err, "api.field", "from");
    }
    return import_slice(control_of(call), id, from, to, out, err);
}

static void
import_list_ask(struct api_call *call)
{
    tell_import(call, list_tell);
}

static void
import_one_ask(struct api_call *call)
{
    tell_import(call, one_tell);
}

static void
import_clauses_ask(struct api_call *call)
{
    tell_import(call, clauses_tell);
}

static void
import_diff_ask(struct api_call *call)
{
    tell_import(call, diff_tell);
}

static void
import_source_ask(struct api_call *call)
{
    tell_import(call, source_tell);
}

/* ---- acts ---- */

static int
act_of(struct api_call *call, struct import_act *ret, struct err *err)
{
    struct account_person person;
    *ret = (struct import_act){
        .person = call->known.person, .body = call->body, .now_us = time_now_us()};
    if (may_import(call, err) < 0 || import_id(call, &ret->id, err) < 0 ||
        api_text(call, "digest", &ret->digest, err) < 0) {
        return -1;
    }
    int rc = account_person_get(api_config(call->api)->store, call->arena, call->known.person,
                                &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "auth.no_session", "person");
    }
    ret->handle = person.handle;
    return 0;
}

static int
settle_write(struct api_call *call, struct err *err)
{
    struct import_act act;
    return act_of(call, &act, err) < 0 ? -1 : import_settle(control_of(call), &act, err);
}

static int
confirm_write(struct api_call *call, struct err *err)
{
    struct import_act act;
    return act_of(call, &act, err) < 0 ? -1 : import_confirm(control_of(call), &act, err);
}

static int
discard_write(struct api_call *call, struct err *err)
{
    int64_t id;
    if (may_import(call, err) < 0 || import_id(call, &id, err) < 0) {
        return -1;
    }
    return import_discard(control_of(call), id, err);
}

static int
discard_read(struct api_call *call, json_t **ret, struct err *err)
{
    *ret = json_object();
    return control_refresh(control_of(call), err);
}

/* After an act: what is known now, and the import as it stands. */
static int
import_read_back(struct api_call *call, json_t **ret, struct err *err)
{
    struct buf out;
    int64_t id;
    if (control_refresh(control_of(call), err) < 0 || import_id(call, &id, err) < 0) {
        return -1;
    }
    buf_init(&out, POLICY_ANSWER_BYTES);
    int rc = import_answer(control_of(call), id, &out, err);
    if (rc == 0) {
        *ret = json_loadb(out.p, out.n, 0, NULL);
        rc = *ret == NULL ? ERR(err, "limit.memory", "json") : 0;
    }
    buf_free(&out);
    return rc > 0 ? ERR(err, "not_found", "import") : rc;
}

const struct api_route api_policy_routes[] = {
    {"GET", "policy", 200, .later = policy_ask},
    {"GET", "coverage", 200, .later = policy_ask},
    {"POST", "policy/import", 202, .write = begin_write, .read = begin_read, .raw = true},
    {"GET", "policy/import", 200, .later = import_list_ask},
    {"GET", "policy/import/:", 200, .later = import_one_ask},
    {"GET", "policy/import/:/clauses", 200, .later = import_clauses_ask},
    {"GET", "policy/import/:/diff", 200, .later = import_diff_ask},
    {"GET", "policy/import/:/source", 200, .later = import_source_ask},
    {"POST", "policy/import/:/settle", 200, .write = settle_write, .read = import_read_back},
    {"POST", "policy/import/:/confirm", 200, .write = confirm_write, .read = import_read_back},
    {"POST", "policy/import/:/discard", 200, .write = discard_write, .read = discard_read},
    {"GET", "policy/profile", 200, .later = policy_ask},
    {"GET", "policy/:", 200, .later = policy_ask},
    {"GET", "policy/:/diff", 200, .later = policy_ask},
    {"GET", "policy/:/clause/:", 200, .later = policy_ask},
};
const size_t api_policy_route_count = sizeof api_policy_routes / sizeof *api_policy_routes;
