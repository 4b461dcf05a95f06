/*
 * revision: see revision.h. Runs in cored. The record is the system's, nobody's own: whoever
 * confirmed the version may well be the one who must look at what it changed.
 */
#include "core/api/revision.h"

#include "base/os/time.h"
#include "base/text/utf8.h"
#include "core/account/account.h"

#include <stdio.h>

enum { ARENA_BYTES = 8 << 20, TITLE_BYTES = 590 };

/* As many whole characters of S as MOST bytes hold. */
static struct str
shortened(struct str s, size_t most)
{
    if (s.n <= most) {
        return s;
    }
    return str_slice(s, 0, utf8_valid_prefix(str_slice(s, 0, most)));
}

static json_t *
text(struct str s, size_t most)
{
    struct str shown = shortened(s, most);
    return json_stringn(shown.p == NULL ? "" : shown.p, shown.n);
}

/* "関乃町情報セキュリティ対策基準 7(1)⑮ 電子メールの利用": the policy's own words. */
static json_t *
title(const struct control_revision *r)
{
    char line[TITLE_BYTES + 10];
    struct str label = r->new_label.n > 0 ? r->new_label : r->old_label;
    int n = snprintf(line, sizeof line, "%.*s %.*s %.*s", STR_FMT(shortened(r->title, 200)),
                     STR_FMT(shortened(label, 150)), STR_FMT(shortened(r->heading, 200)));
    return text((struct str){line, n < 0 ? 0 : (size_t)n}, TITLE_BYTES);
}

static json_t *
fields_of(const struct control_revision *r)
{
    json_t *fields =
        json_pack("{so so so so so so so}", "title", title(r), "body", text(r->body, 40),
                  "document", text(r->doc, 40), "policy_version", text(r->version, 100), "clause",
                  text(r->key, 80), "change", text(r->kind, 40), "looks", text(r->role, 40));
    const struct {
        const char *key;
        struct str value;
        size_t most;
    } rest[] = {{"differs", r->fields, 200},
                {"old_label", r->old_label, 200},
                {"new_label", r->new_label, 200},
                {"touched", r->touched, 1000}};
    for (size_t i = 0; fields != NULL && i < sizeof rest / sizeof *rest; i++) {
        if (rest[i].value.n > 0) {
            (void)json_object_set_new(fields, rest[i].key, text(rest[i].value, rest[i].most));
        }
    }
    return fields;
}

int
revision_open(void *ctx, const struct control_revision *revision, uint64_t *ret_record,
              struct err *err)
{
    struct revision_desk *desk = ctx;
    uint64_t section = 0;
    if (account_section_of(desk->store, revision->person, time_now_us(), &section, err) < 0) {
        return -1;
    }
    struct arena *arena = arena_new(ARENA_BYTES);
    struct register_caller system = {.system = true};
    struct register_outcome outcome = {0};
    json_t *fields = fields_of(revision);
    struct register_call call = {.reg = STR("revision_task"),
                                 .move = STR("open"),
                                 .fields = fields,
                                 .route = revision->role,
                                 .section = section};
    int rc = fields == NULL
                 ? ERR(err, "limit.memory", "fields")
                 : register_act(desk->registers, desk->store, arena, &system, &call, &outcome, err);
    *ret_record = outcome.record;
    json_decref(fields);
    arena_free(arena);
    return rc;
}
