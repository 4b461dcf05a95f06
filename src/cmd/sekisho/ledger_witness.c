/*
 * ledger_witness: see ledger_witness.h. Part of the command line.
 *
 * `sign` remembers, in its state folder, the size and root that it signed last for each log,
 * durable before the cosignature leaves: `size LF base64(root) LF` in a file named by the origin's
 * digest. Whoever restores that folder from a backup must make a new key, or the witness might
 * cosign a fork.
 */
#include "cmd/sekisho/ledger_witness.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "cmd/sekisho/ledger_args.h"
#include "format/tlog/receipt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_NAME = 40, STATE_MOST = 128, KEY_FILE_MOST = 512 };

struct signer {
    struct note_key key;
    uint8_t *seed;
};

/* Reads "NAME HEX LF", as keygen wrote it. */
static int
signer_read(struct signer *s, const char *path, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, KEY_FILE_MOST);
    s->seed = secret_new(SIGN_SEED_BYTES);
    int r = file_read(AT_FDCWD, path, KEY_FILE_MOST, &bytes, err);
    struct str rest = str_trim(buf_str(&bytes));
    struct str name;
    if (r == 0 && (!str_split_next(&rest, ' ', &name) || rest.p == NULL ||
                   !hex_decode(rest, s->seed, SIGN_SEED_BYTES)))
        r = ERR(err, "ledger.key", "%s", path);
    if (r == 0)
        r = note_key_make(name, NOTE_COSIGNER, s->seed, &s->key, err);
    if (bytes.p != NULL)
        secret_wipe(bytes.p, bytes.cap);
    buf_free(&bytes);
    return r;
}

static void
state_name(struct str origin, char ret[STATE_NAME])
{
    uint8_t digest[SHA256_BYTES];
    sha256_of(origin.p, origin.n, digest);
    hex_encode(digest, 16, ret);
}

/* What was signed last for ORIGIN; an empty tree when nothing was. */
static int
state_read(int dir, struct str origin, struct tlog_tree *ret, struct err *err)
{
    char name[STATE_NAME];
    struct buf bytes;
    struct err missing;
    size_t n;
    state_name(origin, name);
    ret->size = 0;
    tlog_empty_root(&ret->root);
    buf_init(&bytes, STATE_MOST);
    int r = file_read(dir, name, STATE_MOST, &bytes, &missing);
    struct str rest = str_trim(buf_str(&bytes));
    struct str size;
    if (r == 0 && (!str_split_next(&rest, '\n', &size) || !str_to_u64(size, &ret->size) ||
                   !base64_decode(rest, ret->root.b, TLOG_HASH_BYTES, &n) || n != TLOG_HASH_BYTES))
        r = ERR(err, "ledger.witness", "state %s", name);
    else if (r != 0 && err_is(&missing, "file.missing"))
        r = 0;
    else if (r != 0)
        *err = missing;
    buf_free(&bytes);
    return r;
}

static int
state_write(int dir, struct str origin, const struct tlog_tree *tree, struct err *err)
{
    char name[STATE_NAME];
    struct buf bytes;
    state_name(origin, name);
    buf_init(&bytes, STATE_MOST);
    buf_printf(&bytes, "%llu\n", (unsigned long long)tree->size);
    base64_put(&bytes, tree->root.b, TLOG_HASH_BYTES);
    buf_put_char(&bytes, '\n');
    struct file_new new = {dir, "tmp", dir, name, 0600};
    int r = file_replace(&new, buf_str(&bytes), err);
    buf_free(&bytes);
    return r;
}

static int
refuse(int status, const char *detail)
{
    printf("FAIL %d %s\n", status, detail);
    return LEDGER_NO;
}

/* The checks of tlog-witness, in its order. 0 when it may be signed. */
static int
judge(const struct trust *trust, const struct witness_request *q, const struct tlog_tree *last)
{
    char text[64];
    unsigned key;
    bool known = false;
    for (unsigned i = 0; i < trust->logs; i++)
        known = known || str_equal_z(q->note.origin, trust->log[i].name);
    if (!known)
        return refuse(404, "unknown log");
    if (note_check(&q->note, trust->log, trust->logs, &key, NULL) != 0)
        return refuse(403, "no good signature of the log");
    if (q->old > q->note.tree.size)
        return refuse(400, "the old size is larger than the new one");
    snprintf(text, sizeof text, "%llu", (unsigned long long)last->size);
    if (q->old != last->size)
        return refuse(409, text);
    if (q->old == q->note.tree.size && !tlog_hash_equal(&last->root, &q->note.tree.root))
        return refuse(409, text);
    if (!tlog_check_consistency(&q->proof, last, &q->note.tree))
        return refuse(422, "the proof does not show that the log extends what was seen");
    return LEDGER_YES;
}

static int
sign_request(const struct signer *s, const struct trust *trust, const struct witness_request *q,
             int state, uint64_t time_s)
{
    struct tlog_tree last;
    struct err err;
    if (state_read(state, q->note.origin, &last, &err) != 0)
        return ledger_tell("ledger witness", "state", false, &err);
    int result = judge(trust, q, &last);
    if (result != LEDGER_YES)
        return result;
    if (state_write(state, q->note.origin, &q->note.tree, &err) != 0)
        return ledger_tell("ledger witness", "state", false, &err);
    struct buf line;
    buf_init(&line, NOTE_MOST);
    note_put_cosignature(&line, q->note.text, &s->key, s->seed, time_s);
    fwrite(line.p, 1, line.n, stdout);
    buf_free(&line);
    return LEDGER_YES;
}

/* Reads the request FILE. NULL with the exit code in *RET. */
static struct witness_request *
request_read(const char *file, struct buf *bytes, int *ret)
{
    struct err err;
    struct witness_request *q = malloc(sizeof *q);
    if (q == NULL)
        abort();
    buf_init(bytes, 2 * NOTE_MOST);
    if (file_read(AT_FDCWD, file, 2 * NOTE_MOST, bytes, &err) == 0 &&
        witness_request_parse(buf_str(bytes), q, &err) == 0)
        return q;
    *ret = ledger_tell("ledger witness", file, false, &err);
    free(q);
    return NULL;
}

static int
trust_load(const struct ledger_args *args, int dir, struct trust *trust)
{
    const char *from;
    struct err err;
    int r = ledger_args_trust(args, dir, trust, &from, &err);
    if (r > 0)
        ledger_say("ledger.usage.trust", NULL);
    if (r < 0)
        return ledger_tell("ledger witness", "trust", false, &err);
    return r > 0 ? LEDGER_USAGE : LEDGER_YES;
}

static int
witness_sign(const struct ledger_args *args)
{
    struct signer s = {.seed = NULL};
    struct err err;
    struct buf bytes;
    uint64_t time_s = (uint64_t)time_now_us() / 1000000;
    const char *key = ledger_args_value(args, "--key", 0);
    const char *folder = ledger_args_value(args, "--state", 0);
    const char *when = ledger_args_value(args, "--time", 0);
    if (args->words != 2 || key == NULL || folder == NULL ||
        (when != NULL && !str_to_u64(str_of(when), &time_s))) {
        ledger_say("ledger.usage.all", NULL);
        return LEDGER_USAGE;
    }
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL)
        abort();
    int lock = -1;
    int state = -1;
    int result = trust_load(args, -1, trust);
    if (result == LEDGER_YES &&
        (signer_read(&s, key, &err) != 0 || (state = file_open_dir(AT_FDCWD, folder, &err)) < 0 ||
         (lock = file_lock(state, "lock", &err)) < 0))
        result = ledger_tell("ledger witness", key, false, &err);
    struct witness_request *q = NULL;
    if (result == LEDGER_YES && (q = request_read(args->word[1], &bytes, &result)) != NULL) {
        result = sign_request(&s, trust, q, state, time_s);
        buf_free(&bytes);
    }
    free(q);
    free(trust);
    secret_free(s.seed);
    file_close(&lock);
    file_close(&state);
    return result;
}

/* Writes NOTE_BYTES, cosigned, to log/history/<size>, and to checkpoint.witnessed when it is newer
 * than what is there. */
static int
add_note(int dir, uint64_t size, struct str note_bytes, struct err *err)
{
    char path[64];
    uint64_t had = 0;
    struct buf old;
    struct note *note = malloc(sizeof *note);
    if (note == NULL)
        abort();
    buf_init(&old, NOTE_MOST);
    if (file_read(dir, "checkpoint.witnessed", NOTE_MOST, &old, NULL) == 0 &&
        note_parse(buf_str(&old), note, NULL) == 0)
        had = note->tree.size;
    buf_free(&old);
    free(note);
    snprintf(path, sizeof path, "history/%llu", (unsigned long long)size);
    struct file_new history = {dir, ".witness.new", dir, path, 0644};
    struct file_new newest = {dir, ".witness.new", dir, "checkpoint.witnessed", 0644};
    if (file_mkdirs(dir, "history", 0755, err) != 0 || file_replace(&history, note_bytes, err) != 0)
        return -1;
    return size >= had ? file_replace(&newest, note_bytes, err) : 0;
}

static int
witness_add(const struct ledger_args *args)
{
    struct err err;
    struct buf bytes;
    struct buf whole;
    char path[4096];
    int result = LEDGER_YES;
    if (args->words < 3 || args->words > 4) {
        ledger_say("ledger.usage.all", NULL);
        return LEDGER_USAGE;
    }
    int dir = ledger_args_log(args, 3, path, &err);
    if (dir < 0)
        return ledger_tell("ledger witness", "-", false, &err);
    struct trust *trust = calloc(1, sizeof *trust);
    struct check_report *report = calloc(1, sizeof *report);
    if (trust == NULL || report == NULL)
        abort();
    buf_init(&whole, NOTE_MOST);
    struct witness_request *q = NULL;
    result = trust_load(args, dir, trust);
    if (result == LEDGER_YES && (q = request_read(args->word[1], &bytes, &result)) != NULL) {
        buf_put_str(&whole, q->checkpoint);
        if (file_read(AT_FDCWD, args->word[2], NOTE_MOST, &whole, &err) != 0 ||
            check_note(trust, buf_str(&whole), true, report, &err) != 0 ||
            (report->cosigners == 0 && ERR(&err, "ledger.quorum", "no known witness signed")) ||
            add_note(dir, report->tree.size, buf_str(&whole), &err) != 0)
            result = ledger_tell("ledger witness", args->word[2], false, &err);
        else
            printf("OK %s %llu cosigned %u\n", report->origin,
                   (unsigned long long)report->tree.size, report->cosigners);
        buf_free(&bytes);
    }
    buf_free(&whole);
    free(q);
    free(report);
    free(trust);
    file_close(&dir);
    return result;
}

int
ledger_witness(int argc, char **argv)
{
    static const struct ledger_option known[] = {
        {"--dir", true},   {"--trust", true}, {"--vkey", true}, {"--key", true},
        {"--state", true}, {"--time", true},  {NULL, false},
    };
    struct ledger_args args;
    if (ledger_args_read(argc, argv, known, &args) != 0)
        return LEDGER_USAGE;
    if (args.words > 0 && strcmp(args.word[0], "sign") == 0)
        return witness_sign(&args);
    if (args.words > 0 && strcmp(args.word[0], "add") == 0)
        return witness_add(&args);
    ledger_say("ledger.usage.all", NULL);
    return LEDGER_USAGE;
}
