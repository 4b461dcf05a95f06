/*
 * ledger_verify: see ledger_verify.h. Part of the command line; needs no network, database or
 * privilege.
 */
#include "cmd/sekisho/ledger_verify.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/os/file.h"
#include "cmd/sekisho/ledger_args.h"
#include "cmd/sekisho/ledger_report.h"
#include "format/tlog/canon.h"
#include "format/tlog/entry.h"
#include "format/tlog/receipt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MOST = 1000000, LINE_MOST = 1 << 20 };

static const struct ledger_option known[] = {
    {"--trust", true},    {"--vkey", true},         {"--since", true},
    {"--contents", true}, {"--max-gap", true},      {"--receipt", true},
    {"--entry", true},    {"--content", true},      {"--nonce", true},
    {"--plain", false},   {"--allow-newer", false}, {"--no-follow", false},
    {"--all", false},     {"--json", false},        {NULL, false},
};

/* Everything one run holds; allocated once. */
struct run {
    struct ledger_args args;
    bool json;
    struct trust trust;
    const char *trust_from;
    struct check_options options;
    struct check_report report;
    struct check_report since_report;
    struct check_report witnessed;
    struct check_since *since;
    size_t since_n;
    struct check_content *contents;
    size_t contents_n, contents_cap;
};

static int
since_add(struct run *run, int dir, const char *file, struct err *err)
{
    struct buf note;
    buf_init(&note, NOTE_MOST);
    int r = file_read(dir, file, NOTE_MOST, &note, err);
    if (r == 0)
        r = check_note(&run->trust, buf_str(&note), false, &run->since_report, err);
    buf_free(&note);
    if (r != 0)
        return -1;
    if (run->since_n == CHECK_SINCE_MOST)
        return ERR(err, "ledger.consistency", "more than %d checkpoints", CHECK_SINCE_MOST);
    struct check_since *s = &run->since[run->since_n++];
    snprintf(s->name, sizeof s->name, "%s", file);
    s->tree = run->since_report.tree;
    s->ok = false;
    return 0;
}

struct history {
    struct run *run;
    int dir;
};

/* A file of history/ that is no good note makes the log bad, like one that does not fit. */
static int
history_add(void *context, const char *name, const struct stat *st, struct err *err)
{
    struct history *h = context;
    char path[CHECK_WHERE];
    if (!S_ISREG(st->st_mode))
        return ERR(err, "ledger.note", "history/%s is not an ordinary file", name);
    snprintf(path, sizeof path, "history/%s", name);
    return since_add(h->run, h->dir, path, err);
}

/* checkpoint.witnessed, if there is one: it must be extended, and it may speak for the quorum. */
static int
witnessed_add(struct run *run, int dir, struct err *err)
{
    struct buf note;
    struct err missing;
    run->options.witnessed = NULL;
    buf_init(&note, NOTE_MOST);
    int r = file_read(dir, "checkpoint.witnessed", NOTE_MOST, &note, &missing);
    if (r == 0 && run->trust.has_quorum &&
        check_note(&run->trust, buf_str(&note), true, &run->witnessed, err) == 0)
        run->options.witnessed = &run->witnessed;
    buf_free(&note);
    if (r != 0 && err_is(&missing, "file.missing"))
        return 0;
    return since_add(run, dir, "checkpoint.witnessed", err);
}

static int
since_all(struct run *run, int dir, struct err *err)
{
    struct history history = {run, dir};
    struct err missing;
    const char *file;
    run->since_n = 0;
    if (witnessed_add(run, dir, err) != 0)
        return -1;
    for (size_t i = 0; (file = ledger_args_value(&run->args, "--since", i)) != NULL; i++)
        if (since_add(run, AT_FDCWD, file, err) != 0)
            return -1;
    if (file_walk(dir, "history", history_add, &history, &missing) != 0 &&
        !err_is(&missing, "file.missing")) {
        *err = missing;
        return -1;
    }
    return 0;
}

/* One line of --contents: {"content":…,"index":…,"nonce":"…"}, canonical. */
static int
content_line(struct run *run, struct str line, struct err *err)
{
    struct canon_part part[3];
    struct str hex;
    uint64_t index;
    uint8_t nonce[32];
    size_t at = 0;
    size_t n = 0;
    if (canon_check(line, 0, err) != 0 || canon_type_of(line) != CANON_OBJECT)
        return ERR(err, "ledger.content", "line %zu is not canonical", run->contents_n + 1);
    while (n < 3 && canon_next(line, &at, &part[n]))
        n++;
    if (n != 3 || !str_equal_z(part[0].key, "content") || !str_equal_z(part[1].key, "index") ||
        !str_equal_z(part[2].key, "nonce") || !str_to_u64(part[1].value, &index) ||
        !canon_plain(part[2].value, &hex) || !hex_decode(hex, nonce, sizeof nonce) ||
        run->contents_n == CONTENTS_MOST)
        return ERR(err, "ledger.content", "line %zu", run->contents_n + 1);
    struct str content = part[0].value;
    canon_plain(content, &content); /* a string without escapes stands for its text */
    if (run->contents_n == run->contents_cap) {
        run->contents_cap = run->contents_cap == 0 ? 1024 : run->contents_cap * 2;
        run->contents = realloc(run->contents, run->contents_cap * sizeof *run->contents);
        if (run->contents == NULL)
            abort();
    }
    struct check_content *c = &run->contents[run->contents_n++];
    c->index = index;
    sha256_of_pair(nonce, sizeof nonce, content.p, content.n, c->commit);
    return 0;
}

static int
by_index(const void *a, const void *b)
{
    uint64_t x = ((const struct check_content *)a)->index;
    uint64_t y = ((const struct check_content *)b)->index;
    return (x > y) - (x < y);
}

static int
contents_read(struct run *run, const char *path, struct err *err)
{
    char *line = NULL;
    size_t cap = 0;
    int r = 0;
    ssize_t n;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return ERR_ERRNO(err, "file.open", "%s", path);
    while (r == 0 && (n = getline(&line, &cap, f)) > 0) {
        struct str s = {line, (size_t)n - (line[n - 1] == '\n' ? 1 : 0)};
        r = n > LINE_MOST ? ERR(err, "ledger.content", "line too long") : content_line(run, s, err);
    }
    free(line);
    fclose(f);
    if (run->contents == NULL)
        run->contents = calloc(1, sizeof *run->contents);
    if (run->contents_n > 0)
        qsort(run->contents, run->contents_n, sizeof *run->contents, by_index);
    return r;
}

/* "2h", "90m", "30s" as microseconds. */
static bool
span_parse(const char *text, int64_t *ret_us)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'s', INT64_C(1000000)},
                 {'m', INT64_C(60000000)},
                 {'h', INT64_C(3600000000)},
                 {'d', INT64_C(86400000000)}};
    struct str s = str_of(text);
    uint64_t n;
    for (size_t i = 0; s.n > 1 && i < 4; i++)
        if (s.p[s.n - 1] == units[i].unit && str_to_u64(str_slice(s, 0, s.n - 1), &n) &&
            n < 1000000) {
            *ret_us = (int64_t)n * units[i].us;
            return true;
        }
    return false;
}

static int
trust_load(struct run *run, int dir, struct err *err)
{
    int r = ledger_args_trust(&run->args, dir, &run->trust, &run->trust_from, err);
    if (r > 0) {
        ledger_say("ledger.usage.trust", NULL);
        return LEDGER_USAGE;
    }
    return r < 0 ? ledger_tell("ledger verify", run->trust_from == NULL ? "-" : run->trust_from,
                               run->json, err)
                 : 0;
}

static int
verify_folder(struct run *run, size_t i)
{
    struct err err;
    char path[4096] = "-";
    int dir = ledger_args_log(&run->args, i, path, &err);
    if (dir < 0)
        return ledger_tell("ledger verify", path, run->json, &err);
    int result = trust_load(run, dir, &err);
    if (result != 0) {
        file_close(&dir);
        return result;
    }
    run->options.dir = dir;
    run->options.trust = &run->trust;
    int r = since_all(run, dir, &err);
    if (r != 0) {
        result = ledger_tell("ledger verify", "history", run->json, &err);
    } else {
        run->options.since = run->since;
        run->options.since_n = run->since_n;
        r = check_log(&run->options, &run->report, &err);
        result = ledger_report(&run->options, &run->report, path, run->trust_from, run->json,
                               r == 0 ? NULL : &err);
    }
    file_close(&dir);
    return result;
}

static int
read_whole(const char *path, size_t limit, struct buf *ret, struct err *err)
{
    buf_init(ret, limit);
    return file_read(AT_FDCWD, path, limit, ret, err);
}

/* --content F --nonce HEX against the commitment in ENTRY. */
static int
receipt_content(struct run *run, struct str bytes, struct err *err)
{
    const char *file = ledger_args_value(&run->args, "--content", 0);
    const char *nonce_hex = ledger_args_value(&run->args, "--nonce", 0);
    struct entry e;
    struct canon_part part;
    struct str hex;
    struct buf content;
    uint8_t nonce[32];
    uint8_t want[32];
    uint8_t got[32];
    size_t at = 0;
    if (file == NULL && nonce_hex == NULL)
        return 0;
    if (file == NULL || nonce_hex == NULL || !hex_decode(str_of(nonce_hex), nonce, sizeof nonce))
        return ERR(err, "ledger.content", "--content FILE and --nonce 64 hex digits go together");
    if (entry_parse(bytes, &e, err) != 0)
        return -1;
    bool found = false;
    while (canon_next(e.data, &at, &part))
        if (str_equal_z(part.key, "commit"))
            found = canon_plain(part.value, &hex) && hex_decode(hex, want, sizeof want);
    if (!found)
        return ERR(err, "ledger.content", "the entry commits to nothing");
    int r = read_whole(file, LINE_MOST, &content, err);
    if (r == 0) {
        sha256_of_pair(nonce, sizeof nonce, content.p, content.n, got);
        if (memcmp(got, want, sizeof got) != 0)
            r = ERR(err, "ledger.content", "the content is not what was committed to");
    }
    buf_free(&content);
    return r;
}

static int
check_receipt(struct run *run, struct str bytes, struct receipt *receipt, struct err *err)
{
    const char *file = ledger_args_value(&run->args, "--entry", 0);
    struct buf own = {.p = NULL};
    int r = receipt_parse(bytes, receipt, err);
    if (r == 0)
        r = check_note(&run->trust, receipt->checkpoint, true, &run->report, err);
    if (r == 0 && file != NULL)
        r = read_whole(file, TLOG_ENTRY_FORMAT_MOST, &own, err);
    if (r == 0 && file == NULL && !receipt->has_entry)
        r = ERR(err, "ledger.receipt", "it carries no entry: give --entry FILE");
    struct str entry =
        file != NULL ? buf_str(&own) : (struct str){(const char *)receipt->entry, receipt->entry_n};
    if (r == 0)
        r = receipt_check(receipt, entry, err);
    if (r == 0)
        r = receipt_content(run, entry, err);
    buf_free(&own);
    return r;
}

static void
print_receipt(const struct run *run, const struct receipt *receipt)
{
    const struct check_report *r = &run->report;
    struct buf out;
    struct json j;
    if (!run->json) {
        ledger_say("ledger.verify.trust", run->trust_from);
        printf("OK %s entry %llu of %llu cosigned %u\n", r->origin,
               (unsigned long long)receipt->index, (unsigned long long)r->tree.size, r->cosigners);
        return;
    }
    buf_init(&out, 1 << 16);
    json_init(&j, &out);
    json_open_object(&j);
    json_key(&j, "command");
    json_z(&j, "ledger verify");
    json_key(&j, "ok");
    json_bool(&j, true);
    json_key(&j, "origin");
    json_z(&j, r->origin);
    json_key(&j, "index");
    json_u64(&j, receipt->index);
    json_key(&j, "size");
    json_u64(&j, r->tree.size);
    json_key(&j, "cosigners");
    json_u64(&j, r->cosigners);
    json_key(&j, "error");
    json_put_null(&j);
    json_end(&j);
    ledger_print(&out);
}

static int
verify_receipt(struct run *run, const char *path)
{
    struct err err;
    struct buf bytes;
    int result = trust_load(run, -1, &err);
    if (result != 0)
        return result;
    struct receipt *receipt = malloc(sizeof *receipt);
    if (receipt == NULL)
        abort();
    int r = read_whole(path, RECEIPT_MOST, &bytes, &err);
    if (r == 0)
        r = check_receipt(run, buf_str(&bytes), receipt, &err);
    if (r == 0)
        print_receipt(run, receipt);
    else
        result = ledger_tell("ledger verify", path, run->json, &err);
    buf_free(&bytes);
    free(receipt);
    return result;
}

static int
verify(struct run *run)
{
    struct err err;
    const char *gap = ledger_args_value(&run->args, "--max-gap", 0);
    const char *contents = ledger_args_value(&run->args, "--contents", 0);
    const char *receipt = ledger_args_value(&run->args, "--receipt", 0);
    run->json = ledger_args_has(&run->args, "--json");
    run->options.plain = ledger_args_has(&run->args, "--plain");
    run->options.allow_newer = ledger_args_has(&run->args, "--allow-newer");
    run->options.max_gap_us = INT64_C(7200000000);
    if (gap != NULL && !span_parse(gap, &run->options.max_gap_us)) {
        ledger_say("ledger.usage.option", "--max-gap");
        return LEDGER_USAGE;
    }
    if (receipt != NULL)
        return verify_receipt(run, receipt);
    if (contents != NULL) {
        if (contents_read(run, contents, &err) != 0)
            return ledger_tell("ledger verify", contents, run->json, &err);
        run->options.contents = run->contents;
        run->options.contents_n = run->contents_n;
    }
    int worst = LEDGER_YES;
    for (size_t i = 0; i == 0 || i < run->args.words; i++) {
        int result = verify_folder(run, i);
        worst = result > worst ? result : worst;
    }
    return worst;
}

int
ledger_verify(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL || (run->since = calloc(CHECK_SINCE_MOST, sizeof *run->since)) == NULL)
        abort();
    int result = ledger_args_read(argc, argv, known, &run->args) != 0 ? LEDGER_USAGE : verify(run);
    free(run->since);
    free(run->contents);
    free(run);
    return result;
}
