/*
 * ledger_read: see ledger_read.h. Part of the command line. Receipts are checked against the
 * checkpoint before they are written; whether the checkpoint is to be trusted is `verify`'s matter.
 */
#include "cmd/sekisho/ledger_read.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "cmd/sekisho/ledger_args.h"
#include "core/ledgercheck/folder.h"
#include "format/tlog/canon.h"
#include "format/tlog/entry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECEIPT_BYTES = 256 * 1024 };

/* The log that a command reads, and its checkpoint. */
struct log {
    int dir;
    char path[4096];
    struct buf bytes;
    struct note *note;
};

static void
log_close(struct log *log)
{
    file_close(&log->dir);
    buf_free(&log->bytes);
    free(log->note);
}

static int
log_open(struct log *log, const struct ledger_args *args, size_t word, struct err *err)
{
    buf_init(&log->bytes, NOTE_MOST);
    log->note = malloc(sizeof *log->note);
    if (log->note == NULL)
        abort();
    log->dir = ledger_args_log(args, word, log->path, err);
    if (log->dir >= 0 && folder_note(log->dir, "checkpoint", &log->bytes, log->note, err) == 0)
        return 0;
    log_close(log);
    return -1;
}

static bool
member_is(struct str data, const char *key, struct str want)
{
    struct canon_part part;
    struct str text;
    size_t at = 0;
    while (canon_next(data, &at, &part))
        if (str_equal_z(part.key, key))
            return str_equal(canon_plain(part.value, &text) ? text : part.value, want);
    return false;
}

/* The last entry of record ID (and of that revision, unless NULL). */
static int
find_record(const struct log *log, const char *id, const char *revision, uint64_t *ret_index,
            struct err *err)
{
    struct buf bundle;
    bool found = false;
    int r = 0;
    uint64_t size = log->note->tree.size;
    buf_init(&bundle, TILE_BUNDLE_MOST);
    for (uint64_t n = 0; r == 0 && n * TILE_WIDTH < size; n++) {
        struct str entry;
        r = folder_bundle(log->dir, n, size, &bundle, err);
        struct str rest = buf_str(&bundle);
        for (uint64_t i = n * TILE_WIDTH; r == 0 && i < size && bundle_next(&rest, &entry); i++) {
            struct entry e;
            if (entry_parse(entry, &e, NULL) != 0 || !member_is(e.data, "record", str_of(id)) ||
                (revision != NULL && !member_is(e.data, "revision", str_of(revision))))
                continue;
            found = true;
            *ret_index = i;
        }
    }
    buf_free(&bundle);
    if (r == 0 && !found)
        return ERR(err, "ledger.no_entry", "record %s", id);
    return r;
}

static int
write_out(const char *path, struct str bytes, struct err *err)
{
    if (path == NULL)
        return fwrite(bytes.p, 1, bytes.n, stdout) == bytes.n ? 0
                                                              : ERR(err, "file.write", "stdout");
    int fd = file_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, err);
    if (fd < 0)
        return -1;
    int r = file_write(fd, bytes.p, bytes.n, err);
    file_close(&fd);
    return r;
}

static void
print_proof_json(const struct log *log, uint64_t index, size_t bytes)
{
    struct buf out;
    struct json j;
    buf_init(&out, 1 << 16);
    json_init(&j, &out);
    json_open_object(&j);
    json_key(&j, "command");
    json_z(&j, "ledger prove");
    json_key(&j, "ok");
    json_bool(&j, true);
    json_key(&j, "index");
    json_u64(&j, index);
    json_key(&j, "size");
    json_u64(&j, log->note->tree.size);
    json_key(&j, "origin");
    json_str(&j, log->note->origin);
    json_key(&j, "witnessed");
    json_bool(&j, log->note->n > 1);
    json_key(&j, "bytes");
    json_u64(&j, bytes);
    json_end(&j);
    ledger_print(&out);
}

static int
prove(const struct ledger_args *args, struct log *log, const char *index_text, struct err *err)
{
    const char *record = ledger_args_value(args, "--record", 0);
    const char *out = ledger_args_value(args, "-o", 0);
    struct buf receipt;
    uint64_t index = 0;
    if (record != NULL) {
        if (find_record(log, record, ledger_args_value(args, "--revision", 0), &index, err) != 0)
            return -1;
    } else if (!str_to_u64(str_of(index_text), &index)) {
        return ERR(err, "ledger.no_entry", "%s", index_text);
    }
    buf_init(&receipt, RECEIPT_BYTES);
    int r = folder_prove(log->dir, &log->note->tree, buf_str(&log->bytes), index,
                         !ledger_args_has(args, "--no-entry"), &receipt, err);
    bool json = ledger_args_has(args, "--json");
    if (r == 0 && (out != NULL || !json))
        r = write_out(out, buf_str(&receipt), err);
    if (r == 0 && json)
        print_proof_json(log, index, receipt.n);
    buf_free(&receipt);
    return r;
}

int
ledger_prove_entry(int argc, char **argv)
{
    static const struct ledger_option known[] = {
        {"--dir", true},       {"--record", true}, {"--revision", true}, {"-o", true},
        {"--no-entry", false}, {"--json", false},  {NULL, false},
    };
    struct ledger_args args;
    struct log log;
    struct err err;
    if (ledger_args_read(argc, argv, known, &args) != 0)
        return LEDGER_USAGE;
    /* INDEX [DIR], or --record ID [DIR] */
    size_t dir_word = ledger_args_has(&args, "--record") ? 0 : 1;
    if (args.words < dir_word || args.words > dir_word + 1) {
        ledger_say("ledger.usage.all", NULL);
        return LEDGER_USAGE;
    }
    bool json = ledger_args_has(&args, "--json");
    if (log_open(&log, &args, dir_word, &err) != 0)
        return ledger_tell("ledger prove", args.words > 0 ? args.word[0] : "-", json, &err);
    int r = prove(&args, &log, args.word[0], &err);
    log_close(&log);
    return r == 0 ? LEDGER_YES
                  : ledger_tell("ledger prove", args.words > 0 ? args.word[0] : "-", json, &err);
}

static void
print_checkpoint_json(const struct log *log, bool witnessed)
{
    struct buf out;
    struct json j;
    char root[BASE64_CHARS(TLOG_HASH_BYTES) + 1];
    base64_encode(log->note->tree.root.b, TLOG_HASH_BYTES, root);
    buf_init(&out, 1 << 18);
    json_init(&j, &out);
    json_open_object(&j);
    json_key(&j, "command");
    json_z(&j, "ledger checkpoint");
    json_key(&j, "ok");
    json_bool(&j, true);
    json_key(&j, "origin");
    json_str(&j, log->note->origin);
    json_key(&j, "size");
    json_u64(&j, log->note->tree.size);
    json_key(&j, "root");
    json_z(&j, root);
    json_key(&j, "witnessed");
    json_bool(&j, witnessed);
    json_key(&j, "note");
    json_str(&j, buf_str(&log->bytes));
    json_end(&j);
    ledger_print(&out);
}

/* The body for a witness that has seen OLD entries. */
static int
print_request(const struct log *log, const char *old_text, struct err *err)
{
    struct buf out;
    uint64_t old;
    if (!str_to_u64(str_of(old_text), &old))
        return ERR(err, "ledger.consistency", "%s is no size", old_text);
    buf_init(&out, 2 * NOTE_MOST);
    int r = folder_request(log->dir, &log->note->tree, buf_str(&log->bytes), old, &out, err);
    if (r == 0)
        r = write_out(NULL, buf_str(&out), err);
    buf_free(&out);
    return r;
}

int
ledger_checkpoint_print(int argc, char **argv)
{
    static const struct ledger_option known[] = {
        {"--since", true}, {"--json", false}, {NULL, false}};
    struct ledger_args args;
    struct log log;
    struct err err;
    if (ledger_args_read(argc, argv, known, &args) != 0 || args.words > 1)
        return LEDGER_USAGE;
    bool json = ledger_args_has(&args, "--json");
    const char *since = ledger_args_value(&args, "--since", 0);
    if (log_open(&log, &args, 0, &err) != 0)
        return ledger_tell("ledger checkpoint", "checkpoint", json, &err);
    int r = 0;
    if (since != NULL)
        r = print_request(&log, since, &err);
    else if (json)
        print_checkpoint_json(&log, log.note->n > 1);
    else
        r = write_out(NULL, buf_str(&log.bytes), &err);
    log_close(&log);
    return r == 0 ? LEDGER_YES : ledger_tell("ledger checkpoint", "checkpoint", json, &err);
}

/* "7" or "7-12". */
static bool
range_parse(const char *text, uint64_t *ret_from, uint64_t *ret_to)
{
    struct str from;
    struct str rest = str_of(text);
    if (!str_split_next(&rest, '-', &from) || !str_to_u64(from, ret_from))
        return false;
    *ret_to = *ret_from;
    return rest.p == NULL || (str_to_u64(rest, ret_to) && *ret_to >= *ret_from);
}

static void
print_entry(uint64_t index, struct str bytes, bool json)
{
    struct entry e;
    bool whole = entry_parse(bytes, &e, NULL) == 0;
    if (json && whole)
        printf("{\"index\":%llu,\"entry\":%.*s}\n", (unsigned long long)index, STR_FMT(bytes));
    else if (json)
        printf("{\"index\":%llu,\"bytes\":%zu}\n", (unsigned long long)index, bytes.n);
    else if (whole)
        printf("%llu\t%.27s\t%.*s\t%.*s %llu\t%.*s\n", (unsigned long long)index, bytes.p + 7,
               STR_FMT(e.kind), STR_FMT(e.src), (unsigned long long)e.seq, STR_FMT(e.data));
    else
        printf("%llu\t(%zu bytes)\n", (unsigned long long)index, bytes.n);
}

static int
show(const struct log *log, uint64_t from, uint64_t to, bool json, struct err *err)
{
    struct buf bundle;
    struct str entry;
    uint64_t size = log->note->tree.size;
    int r = 0;
    if (from >= size)
        return ERR(err, "ledger.no_entry", "%llu", (unsigned long long)from);
    buf_init(&bundle, TILE_BUNDLE_MOST);
    for (uint64_t n = from / TILE_WIDTH; r == 0 && n * TILE_WIDTH < size && n * TILE_WIDTH <= to;
         n++) {
        r = folder_bundle(log->dir, n, size, &bundle, err);
        struct str rest = buf_str(&bundle);
        for (uint64_t i = n * TILE_WIDTH; r == 0 && i < size && bundle_next(&rest, &entry); i++)
            if (i >= from && i <= to)
                print_entry(i, entry, json);
    }
    buf_free(&bundle);
    return r;
}

int
ledger_show(int argc, char **argv)
{
    static const struct ledger_option known[] = {{"--dir", true}, {"--json", false}, {NULL, false}};
    struct ledger_args args;
    struct log log;
    struct err err;
    uint64_t from;
    uint64_t to;
    if (ledger_args_read(argc, argv, known, &args) != 0)
        return LEDGER_USAGE;
    if (args.words < 1 || args.words > 2 || !range_parse(args.word[0], &from, &to)) {
        ledger_say("ledger.usage.all", NULL);
        return LEDGER_USAGE;
    }
    bool json = ledger_args_has(&args, "--json");
    if (log_open(&log, &args, 1, &err) != 0)
        return ledger_tell("ledger show", args.word[0], json, &err);
    int r = show(&log, from, to, json, &err);
    log_close(&log);
    return r == 0 ? LEDGER_YES : ledger_tell("ledger show", args.word[0], json, &err);
}

/* `key list`: the keys that the folder names, and whether this installation trusts them. */
static int
key_list(const struct ledger_args *args, bool json)
{
    char path[4096];
    const char *from;
    struct buf bytes;
    struct str line;
    struct err err;
    int dir = ledger_args_log(args, 1, path, &err);
    if (dir < 0)
        return ledger_tell("ledger key", "vkey", json, &err);
    struct trust *trust = malloc(sizeof *trust);
    if (trust == NULL)
        abort();
    bool have = ledger_args_trust(args, dir, trust, &from, &err) == 0;
    buf_init(&bytes, NOTE_MOST);
    int r = file_read(dir, "vkey", NOTE_MOST, &bytes, &err);
    struct str rest = str_trim(buf_str(&bytes));
    while (r == 0 && str_split_next(&rest, '\n', &line)) {
        struct note_key key;
        bool trusted = false;
        r = note_key_parse(line, &key, &err);
        for (unsigned i = 0; r == 0 && have && i < trust->logs; i++)
            trusted = trusted || note_key_equal(&key, &trust->log[i]);
        if (r == 0 && json)
            printf("{\"vkey\":\"%.*s\",\"trusted\":%s}\n", STR_FMT(line),
                   trusted ? "true" : "false");
        else if (r == 0)
            printf("%.*s\t%s\n", STR_FMT(line), trusted ? "trusted" : "not trusted");
    }
    buf_free(&bytes);
    free(trust);
    file_close(&dir);
    return r == 0 ? LEDGER_YES : ledger_tell("ledger key", "vkey", json, &err);
}

int
ledger_key(int argc, char **argv)
{
    static const struct ledger_option known[] = {
        {"--dir", true}, {"--json", false}, {"--trust", true}, {"--vkey", true}, {NULL, false}};
    struct ledger_args args;
    if (ledger_args_read(argc, argv, known, &args) != 0)
        return LEDGER_USAGE;
    if (args.words >= 1 && args.words <= 2 && strcmp(args.word[0], "list") == 0)
        return key_list(&args, ledger_args_has(&args, "--json"));
    ledger_say("ledger.usage.all", NULL);
    return LEDGER_USAGE;
}

static int
keygen(const char *name, const char *file, enum note_key_type type, struct err *err)
{
    struct note_key key;
    char vkey[NOTE_VKEY_CHARS];
    char hex[HEX_CHARS(SIGN_SEED_BYTES) + 1];
    uint8_t *seed = secret_new(SIGN_SEED_BYTES);
    random_bytes(seed, SIGN_SEED_BYTES);
    int r = note_key_make(str_of(name), type, seed, &key, err);
    int fd = -1;
    if (r == 0)
        fd = file_open(AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    if (fd >= 0) {
        hex_encode(seed, SIGN_SEED_BYTES, hex);
        r = file_write(fd, name, strlen(name), err);
        r = r != 0 ? r : file_write(fd, " ", 1, err);
        r = r != 0 ? r : file_write(fd, hex, HEX_CHARS(SIGN_SEED_BYTES), err);
        r = r != 0 ? r : file_write(fd, "\n", 1, err);
        r = r != 0 ? r : file_sync(fd, err);
    } else {
        r = -1;
    }
    file_close(&fd);
    secret_wipe(hex, sizeof hex);
    secret_free(seed);
    if (r != 0)
        return -1;
    note_key_format(&key, vkey);
    printf("%s\n", vkey);
    return 0;
}

int
ledger_keygen(int argc, char **argv)
{
    static const struct ledger_option known[] = {{"-o", true}, {"--log", false}, {NULL, false}};
    struct ledger_args args;
    struct err err;
    if (ledger_args_read(argc, argv, known, &args) != 0)
        return LEDGER_USAGE;
    const char *file = ledger_args_value(&args, "-o", 0);
    if (args.words != 1 || file == NULL) {
        ledger_say("ledger.usage.all", NULL);
        return LEDGER_USAGE;
    }
    enum note_key_type type = ledger_args_has(&args, "--log") ? NOTE_LOG : NOTE_COSIGNER;
    return keygen(args.word[0], file, type, &err) == 0
               ? LEDGER_YES
               : ledger_tell("ledger keygen", args.word[0], false, &err);
}
