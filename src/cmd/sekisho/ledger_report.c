/*
 * ledger_report: see ledger_report.h. Part of the command line. The last line of the text is the
 * verdict.
 */
#include "cmd/sekisho/ledger_report.h"

#include "base/crypt/encode.h"
#include "base/messages/messages.h"
#include "base/os/time.h"
#include "cmd/sekisho/ledger_args.h"

#include <stdio.h>
#include <string.h>

static const char *
quorum_word(const struct check_options *o, const struct check_report *r)
{
    if (!o->trust->has_quorum)
        return "none";
    return trust_quorum_met(o->trust, r->cosigned) ? "met" : "short";
}

static void
key_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_z(j, text);
}

static void
key_time(struct json *j, const char *key, int64_t us)
{
    char text[TIME_CHARS + 1];
    json_key(j, key);
    if (us <= 0) {
        json_put_null(j);
        return;
    }
    time_format(us, text);
    json_z(j, text);
}

static void
put_tree(struct json *j, const struct check_report *r)
{
    char root[BASE64_CHARS(TLOG_HASH_BYTES) + 1];
    char id[HEX_CHARS(NOTE_KEY_ID_BYTES) + 1];
    base64_encode(r->tree.root.b, TLOG_HASH_BYTES, root);
    hex_encode(r->key.id, NOTE_KEY_ID_BYTES, id);
    key_text(j, "origin", r->origin);
    json_key(j, "size");
    json_u64(j, r->tree.size);
    key_text(j, "root", root);
    key_text(j, "key", id);
    key_time(j, "first_at", r->first_us);
    key_time(j, "last_at", r->last_us);
    json_key(j, "sources");
    json_open_object(j);
    for (size_t i = 0; i < r->sources; i++) {
        json_key(j, r->source[i].name);
        json_u64(j, r->source[i].entries);
    }
    json_end(j);
}

static void
put_since(struct json *j, const struct check_options *o)
{
    json_key(j, "since");
    json_open_array(j);
    for (size_t i = 0; i < o->since_n; i++) {
        json_open_object(j);
        key_text(j, "file", o->since[i].name);
        json_key(j, "size");
        json_u64(j, o->since[i].tree.size);
        json_key(j, "ok");
        json_bool(j, o->since[i].ok);
        json_end(j);
    }
    json_end(j);
}

static void
put_cosigners(struct json *j, const struct check_options *o, const struct check_report *r)
{
    json_key(j, "cosigners");
    json_open_array(j);
    for (unsigned i = 0; i < o->trust->parties; i++) {
        if (!r->cosigned[i])
            continue;
        json_open_object(j);
        key_text(j, "name", o->trust->party[i].name);
        json_key(j, "at");
        json_u64(j, r->cosigned_at[i]);
        json_end(j);
    }
    json_end(j);
    key_text(j, "quorum", quorum_word(o, r));
}

static void
put_gaps(struct json *j, const struct check_report *r)
{
    json_key(j, "gaps");
    json_open_array(j);
    for (size_t i = 0; i < r->gaps && i < CHECK_GAPS_MOST; i++) {
        json_open_object(j);
        key_time(j, "from", r->gap[i].from_us);
        key_time(j, "to", r->gap[i].to_us);
        json_end(j);
    }
    json_end(j);
}

static void
put_rest(struct json *j, const struct check_options *o, const struct check_report *r,
         const struct err *err)
{
    char code[64];
    json_key(j, "contents");
    if (o->contents == NULL) {
        json_put_null(j);
    } else {
        json_open_object(j);
        json_key(j, "matched");
        json_u64(j, r->matched);
        json_key(j, "erased");
        json_u64(j, r->erased);
        json_key(j, "missing");
        json_u64(j, r->missing);
        json_end(j);
    }
    json_key(j, "warnings");
    json_open_array(j);
    if (r->gaps > 0)
        json_z(j, "gaps");
    if (r->unknown_kinds > 0)
        json_z(j, "unknown_kinds");
    if (r->newer_size > 0)
        json_z(j, "newer");
    json_end(j);
    json_key(j, "error");
    if (err == NULL) {
        json_put_null(j);
        return;
    }
    ledger_code(err, code);
    json_open_object(j);
    key_text(j, "code", code);
    json_key(j, "index");
    if (r->has_index)
        json_u64(j, r->index);
    else
        json_put_null(j);
    key_text(j, "file", r->has_index ? "" : r->where);
    key_text(j, "detail", err->detail);
    json_end(j);
}

static void
print_json(const struct check_options *o, const struct check_report *r, const char *path,
           const char *trust_from, const struct err *err)
{
    struct buf out;
    struct json j;
    buf_init(&out, 4 << 20);
    json_init(&j, &out);
    json_open_object(&j);
    key_text(&j, "command", "ledger verify");
    json_key(&j, "ok");
    json_bool(&j, err == NULL);
    key_text(&j, "folder", path);
    key_text(&j, "trust", trust_from);
    put_tree(&j, r);
    put_since(&j, o);
    put_cosigners(&j, o, r);
    put_gaps(&j, r);
    put_rest(&j, o, r, err);
    json_end(&j);
    ledger_print(&out);
}

static void
print_warnings(const struct check_report *r)
{
    char text[96];
    char from[TIME_CHARS + 1];
    char to[TIME_CHARS + 1];
    for (size_t i = 0; i < r->gaps && i < CHECK_GAPS_MOST; i++) {
        time_format(r->gap[i].from_us, from);
        time_format(r->gap[i].to_us, to);
        snprintf(text, sizeof text, "%s .. %s", from, to);
        ledger_say("ledger.warn.gap", text);
    }
    if (r->unknown_kinds > 0) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)r->unknown_kinds);
        ledger_say("ledger.warn.kinds", text);
    }
    if (r->newer_size > 0) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)r->newer_size);
        ledger_say("ledger.warn.newer", text);
    }
}

static void
print_good(const struct check_options *o, const struct check_report *r)
{
    char root[BASE64_CHARS(TLOG_HASH_BYTES) + 1];
    char id[HEX_CHARS(NOTE_KEY_ID_BYTES) + 1];
    char first[TIME_CHARS + 1] = "-";
    char last[TIME_CHARS + 1] = "-";
    unsigned witnesses = 0;
    for (unsigned i = 0; i < o->trust->parties; i++)
        witnesses += o->trust->party[i].group ? 0 : 1;
    base64_encode(r->tree.root.b, TLOG_HASH_BYTES, root);
    hex_encode(r->key.id, NOTE_KEY_ID_BYTES, id);
    if (r->first_us > 0) {
        time_format(r->first_us, first);
        time_format(r->last_us, last);
    }
    printf("OK %s %llu entries %s..%s root %s signed %s cosigned %u/%u\n", r->origin,
           (unsigned long long)r->tree.size, first, last, root, id, r->cosigners, witnesses);
}

int
ledger_report(const struct check_options *options, const struct check_report *report,
              const char *path, const char *trust_from, bool json, const struct err *err)
{
    int result = err == NULL ? LEDGER_YES : report->failed ? LEDGER_NO : LEDGER_CANNOT;
    char code[64];
    if (json) {
        print_json(options, report, path, trust_from, err);
        return result;
    }
    ledger_say("ledger.verify.trust", trust_from);
    print_warnings(report);
    if (err == NULL) {
        print_good(options, report);
        return result;
    }
    message_tell_err(err);
    ledger_code(err, code);
    printf("FAIL %s %s: %s\n", code, report->where[0] == '\0' ? path : report->where, err->detail);
    return result;
}
