/*
 * report: see report.h. Runs in the disarm worker. Findings keep the order in which they were first
 * seen, so equal inputs give equal reports.
 */
#include "format/disarm/report.h"

#include "base/text/json.h"
#include "format/disarm/tables.h"

#include <string.h>

int
disarm_block(struct disarm_ctx *ctx, enum disarm_reason reason, const char *at)
{
    struct disarm_report *report = ctx->report;
    for (size_t i = 0; i < report->reason_count; i++)
        if (report->reasons[i].reason == reason)
            return -1;
    if (report->reason_count < REASONS_MAX) {
        report->reasons[report->reason_count].reason = reason;
        report->reasons[report->reason_count].at = at == NULL ? "" : disarm_copy(ctx, str_of(at));
        report->reason_count++;
    }
    return -1;
}

void *
disarm_alloc(struct disarm_ctx *ctx, size_t n)
{
    void *p = arena_alloc(ctx->arena, n);
    if (p == NULL)
        disarm_block(ctx, REASON_LIMIT_MEMORY, NULL);
    return p;
}

const char *
disarm_copy(struct disarm_ctx *ctx, struct str s)
{
    const char *copy = str_dup_z(ctx->arena, s);
    return copy == NULL ? "" : copy;
}

static bool
grow(struct disarm_ctx *ctx, void **list, size_t size, size_t count, size_t *room)
{
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 16 : *room * 2;
    void *bigger = arena_array(ctx->arena, more, size);
    if (bigger == NULL)
        return false;
    if (count > 0)
        memcpy(bigger, *list, count * size);
    *list = bigger;
    *room = more;
    return true;
}

/* The finding that a new case is added to, or NULL when it needs its own. */
static struct disarm_finding *
same_finding(struct disarm_report *report, const struct disarm_finding *f)
{
    size_t places = 0;
    struct disarm_finding *last = NULL;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct disarm_finding *old = &report->findings[i];
        if (old->id != f->id || strcmp(old->action, f->action) != 0)
            continue;
        places++;
        last = old;
        bool host = (old->host == NULL) == (f->host == NULL) &&
                    (f->host == NULL || strcmp(old->host, f->host) == 0);
        if (host && strcmp(old->object, f->object) == 0 && strcmp(old->at, f->at) == 0)
            return old;
    }
    bool full = places >= FINDING_PLACES || report->finding_count >= FINDINGS_MAX;
    return full ? last : NULL;
}

static void
add_finding(struct disarm_ctx *ctx, struct disarm_finding f)
{
    struct disarm_report *report = ctx->report;
    enum disarm_switch which = check_get(f.id)->which;
    if (strcmp(f.action, "kept") != 0 && disarm_setting(ctx, which) == SETTING_BLOCK)
        disarm_block(ctx, REASON_SWITCH_BLOCK, switch_word(which));
    struct disarm_finding *old = same_finding(report, &f);
    if (old != NULL) {
        old->count += f.count;
        return;
    }
    if (report->finding_count >= FINDINGS_MAX)
        return;
    void *list = report->findings;
    if (!grow(ctx, &list, sizeof f, report->finding_count, &report->finding_room))
        return;
    report->findings = list;
    f.object = disarm_copy(ctx, str_slice(str_of(f.object), 0, 80));
    f.at = disarm_copy(ctx, str_slice(str_of(f.at), 0, 200));
    report->findings[report->finding_count++] = f;
}

void
disarm_found(struct disarm_ctx *ctx, enum check_id id, const char *action, const char *object,
             const char *at, uint64_t count)
{
    struct disarm_finding f = {.id = id,
                               .action = action,
                               .object = object == NULL ? "" : object,
                               .at = at == NULL ? "" : at,
                               .count = count};
    add_finding(ctx, f);
}

void
disarm_found_host(struct disarm_ctx *ctx, enum check_id id, const char *action, const char *object,
                  const char *at, struct str host)
{
    struct disarm_finding f = {.id = id, .action = action, .object = object, .at = at, .count = 1};
    if (host.n > 0 && host.n <= 253)
        f.host = disarm_copy(ctx, host);
    add_finding(ctx, f);
}

void
disarm_lost(struct disarm_ctx *ctx, const char *what)
{
    struct disarm_report *report = ctx->report;
    for (size_t i = 0; i < report->loss_count; i++)
        if (strcmp(report->losses[i], what) == 0)
            return;
    if (report->loss_count < sizeof report->losses / sizeof report->losses[0])
        report->losses[report->loss_count++] = what;
}

enum disarm_setting
disarm_setting(const struct disarm_ctx *ctx, enum disarm_switch which)
{
    return which == SWITCH_NONE ? SETTING_REMOVE
                                : (enum disarm_setting)ctx->profile->setting[which];
}

int
disarm_spend(struct disarm_ctx *ctx, uint64_t n, const char *at)
{
    const struct disarm_limits *limits = &ctx->profile->limits;
    if (n > limits->part_bytes || n > limits->inflated_bytes - ctx->budget->inflated)
        return disarm_block(ctx, REASON_LIMIT_INFLATED, at);
    ctx->budget->inflated += n;
    ctx->report->inflated += n;
    if (ctx->budget->inflated > limits->ratio_free_bytes &&
        ctx->budget->inflated / limits->ratio > ctx->budget->input_bytes)
        return disarm_block(ctx, REASON_LIMIT_RATIO, at);
    return 0;
}

struct disarm_report *
disarm_child(struct disarm_ctx *ctx)
{
    struct disarm_report *report = ctx->report;
    void *list = report->children;
    if (!grow(ctx, &list, sizeof *report->children, report->child_count, &report->child_room))
        return NULL;
    report->children = list;
    struct disarm_report *child = disarm_alloc(ctx, sizeof *child);
    if (child != NULL)
        report->children[report->child_count++] = child;
    return child;
}

void
disarm_report_done(struct disarm_report *report)
{
    buf_free(&report->bytes);
    for (size_t i = 0; i < report->child_count; i++)
        disarm_report_done(report->children[i]);
}

static void
put_z(struct json *json, const char *key, const char *value)
{
    json_key(json, key);
    json_z(json, value);
}

static void
put_finding(struct json *json, const struct disarm_finding *f)
{
    const struct check *check = check_get(f->id);
    json_open_object(json);
    put_z(json, "id", check->id);
    put_z(json, "switch", switch_word(check->which));
    put_z(json, "severity", check->severity);
    put_z(json, "action", f->action);
    put_z(json, "object", f->object);
    put_z(json, "at", f->at);
    json_key(json, "count");
    json_u64(json, f->count);
    if (f->host != NULL)
        put_z(json, "host", f->host);
    put_z(json, "topic", DISARM_TOPIC);
    json_end(json);
}

static void
put_side(struct json *json, struct str name, const char *kind, size_t size, const char *sha256)
{
    json_open_object(json);
    json_key(json, "name");
    json_str(json, name);
    put_z(json, "kind", kind == NULL ? "" : kind);
    json_key(json, "size");
    json_u64(json, size);
    put_z(json, "sha256", sha256);
    json_end(json);
}

static void
put_verdict(struct json *json, const struct disarm_report *report)
{
    static const char *const words[] = {"blocked", "rebuilt", "inspected"};
    json_key(json, "input");
    put_side(json, report->input.name, report->input.kind, report->input.size,
             report->input.sha256);
    put_z(json, "verdict", words[report->verdict]);
    put_z(json, "mode", report->verdict == VERDICT_BLOCKED ? "block" : "rebuild");
    json_key(json, "reasons");
    json_open_array(json);
    for (size_t i = 0; i < report->reason_count; i++) {
        json_open_object(json);
        put_z(json, "code", reason_word(report->reasons[i].reason));
        put_z(json, "at", report->reasons[i].at);
        json_end(json);
    }
    json_end(json);
    json_key(json, "output");
    if (report->verdict == VERDICT_REBUILT)
        put_side(json, report->output.name, report->output.kind, report->output.size,
                 report->output.sha256);
    else
        json_put_null(json);
}

static void
put_body(struct json *json, const struct disarm_report *report, unsigned depth)
{
    put_verdict(json, report);
    json_key(json, "findings");
    json_open_array(json);
    for (size_t i = 0; i < report->finding_count; i++)
        put_finding(json, &report->findings[i]);
    json_end(json);
    json_key(json, "losses");
    json_open_array(json);
    for (size_t i = 0; i < report->loss_count; i++)
        json_z(json, report->losses[i]);
    json_end(json);
    json_key(json, "children");
    json_open_array(json);
    for (size_t i = 0; i < report->child_count && depth < 6; i++) {
        json_open_object(json);
        put_body(json, report->children[i], depth + 1);
        json_end(json);
    }
    json_end(json);
}

void
disarm_report_put(struct buf *buf, const struct disarm_report *report,
                  const struct disarm_profile *profile)
{
    struct json json;
    char digest[DIGEST_HEX];
    json_init(&json, buf);
    json_open_object(&json);
    json_key(&json, "report");
    json_u64(&json, 1);
    json_key(&json, "engine");
    json_open_object(&json);
    put_z(&json, "version", SEKISHO_VERSION);
    put_z(&json, "tables", ooxml_tables_digest);
    json_end(&json);
    json_key(&json, "profile");
    json_open_object(&json);
    put_z(&json, "id", profile->id);
    disarm_profile_digest(profile, digest);
    put_z(&json, "digest", digest);
    json_end(&json);
    put_body(&json, report, 0);
}
