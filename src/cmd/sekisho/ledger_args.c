/*
 * ledger_args: see ledger_args.h. Part of the command line.
 */
#include "cmd/sekisho/ledger_args.h"

#include "base/messages/messages.h"
#include "base/os/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define SYSTEM_TRUST "/etc/sekisho/ledger.trust"

void
ledger_say(const char *key, const char *detail)
{
    const char *text = message_text(message_lang(), key);
    if (text == NULL)
        text = key;
    const char *hole = strstr(text, "{detail}");
    if (hole == NULL)
        fprintf(stderr, "%s\n", text);
    else
        fprintf(stderr, "%.*s%s%s\n", (int)(hole - text), text, detail == NULL ? "" : detail,
                hole + strlen("{detail}"));
}

static const struct ledger_option *
option_find(const struct ledger_option *known, const char *name)
{
    for (; known->name != NULL; known++)
        if (strcmp(known->name, name) == 0)
            return known;
    return NULL;
}

int
ledger_args_read(int argc, char **argv, const struct ledger_option *known, struct ledger_args *ret)
{
    memset(ret, 0, sizeof *ret);
    for (int i = 1; i < argc; i++) {
        if (ret->options == ARGS_MOST || ret->words == ARGS_MOST) {
            ledger_say("ledger.usage.many", NULL);
            return -1;
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            ret->word[ret->words++] = argv[i];
            continue;
        }
        const struct ledger_option *option = option_find(known, argv[i]);
        if (option == NULL || (option->value && i + 1 == argc)) {
            ledger_say("ledger.usage.option", argv[i]);
            return -1;
        }
        ret->option[ret->options] = argv[i];
        ret->value[ret->options++] = option->value ? argv[++i] : "";
    }
    return 0;
}

const char *
ledger_args_value(const struct ledger_args *args, const char *name, size_t i)
{
    for (size_t k = 0; k < args->options; k++)
        if (strcmp(args->option[k], name) == 0 && i-- == 0)
            return args->value[k];
    return NULL;
}

bool
ledger_args_has(const struct ledger_args *args, const char *name)
{
    return ledger_args_value(args, name, 0) != NULL;
}

static bool
has_checkpoint(int dir)
{
    struct err err;
    int fd = file_open(dir, "checkpoint", O_RDONLY | O_NONBLOCK, 0, &err);
    bool is = fd >= 0 || !err_is(&err, "file.missing");
    file_close(&fd);
    return is;
}

/* A folder that the user named: links in it are his. */
static int
open_folder(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : ERR_ERRNO(err, "file.open", "%s", path);
}

int
ledger_args_log(const struct ledger_args *args, size_t i, char path[4096], struct err *err)
{
    static const char *const usual[] = {"var/demo/ledgerd/log", "/var/lib/sekisho/ledgerd/log"};
    const char *named = ledger_args_value(args, "--dir", 0);
    const char *name = i < args->words ? args->word[i] : named != NULL ? named : usual[0];
    int dir = open_folder(name, err);
    if (dir < 0 && name == usual[0]) {
        name = usual[1];
        dir = open_folder(name, err);
    }
    if (dir < 0)
        return -1;
    snprintf(path, 4096, "%s", name);
    if (has_checkpoint(dir))
        return dir;
    /* The folder of the epoch was meant. */
    int below = openat(dir, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below < 0)
        return dir;
    file_close(&dir);
    snprintf(path, 4096, "%s/log", name);
    return below;
}

static int
trust_file(int dir, const char *path, struct trust *ret, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, TRUST_MOST);
    int r = file_read(dir, path, TRUST_MOST, &bytes, err);
    if (r == 0)
        r = trust_parse(buf_str(&bytes), ret, err);
    buf_free(&bytes);
    return r;
}

static int
add_key(struct trust *trust, struct str vkey, struct err *err)
{
    if (trust->logs == TRUST_LOGS_MOST)
        return ERR(err, "ledger.key", "more than %d keys", TRUST_LOGS_MOST);
    if (note_key_parse(vkey, &trust->log[trust->logs], err) != 0)
        return -1;
    if (trust->log[trust->logs].type != NOTE_LOG)
        return ERR(err, "ledger.key", "not the key of a log");
    trust->logs++;
    return 0;
}

/* A key as text, or a file of them. */
static int
add_keys(struct trust *trust, const char *value, struct err *err)
{
    struct buf bytes;
    struct str rest;
    struct str line;
    if (strchr(value, '+') != NULL && note_key_parse(str_of(value), &trust->log[0], NULL) == 0)
        return add_key(trust, str_of(value), err);
    buf_init(&bytes, TRUST_MOST);
    int r = file_read(AT_FDCWD, value, TRUST_MOST, &bytes, err);
    rest = str_trim(buf_str(&bytes));
    while (r == 0 && str_split_next(&rest, '\n', &line))
        r = add_key(trust, str_trim(line), err);
    buf_free(&bytes);
    return r;
}

int
ledger_args_trust(const struct ledger_args *args, int dir, struct trust *ret, const char **ret_from,
                  struct err *err)
{
    const char *file = ledger_args_value(args, "--trust", 0);
    const char *key;
    struct err own;
    memset(ret, 0, sizeof *ret);
    if (file != NULL) {
        *ret_from = file;
        return trust_file(AT_FDCWD, file, ret, err);
    }
    *ret_from = "--vkey";
    for (size_t i = 0; (key = ledger_args_value(args, "--vkey", i)) != NULL; i++) {
        struct trust one = {.logs = 0};
        if (add_keys(&one, key, err) != 0)
            return -1;
        for (unsigned k = 0; k < one.logs && ret->logs < TRUST_LOGS_MOST; k++)
            ret->log[ret->logs++] = one.log[k];
    }
    if (ret->logs > 0)
        return 0;
    *ret_from = "../../../ledger.trust";
    if (dir >= 0) {
        if (trust_file(dir, *ret_from, ret, &own) == 0)
            return 0;
        if (!err_is(&own, "file.missing")) {
            *err = own;
            return -1;
        }
    }
    *ret_from = SYSTEM_TRUST;
    if (trust_file(AT_FDCWD, SYSTEM_TRUST, ret, &own) == 0)
        return 0;
    if (err_is(&own, "file.missing"))
        return 1;
    *err = own;
    return -1;
}

void
ledger_code(const struct err *err, char ret[64])
{
    size_t n = (size_t)snprintf(ret, 64, "E_%s", err->code);
    for (size_t i = 0; i < n && i < 63; i++)
        ret[i] = ret[i] == '.' ? '_' : (char)toupper((unsigned char)ret[i]);
}

int
ledger_tell(const char *command, const char *what, bool json, const struct err *err)
{
    static const char *const no[] = {"ledger.note",    "ledger.quorum",      "ledger.tile",
                                     "ledger.receipt", "ledger.consistency", "ledger.no_entry",
                                     "ledger.pending", "ledger.witness",     "ledger.content"};
    char code[64];
    ledger_code(err, code);
    int result = LEDGER_CANNOT;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (err_is(err, no[i]))
            result = LEDGER_NO;
    if (err_is(err, "ledger.trust") || err_is(err, "ledger.key"))
        result = LEDGER_USAGE;
    if (json) {
        struct buf out;
        struct json j;
        buf_init(&out, 1 << 16);
        json_init(&j, &out);
        json_open_object(&j);
        json_key(&j, "command");
        json_z(&j, command);
        json_key(&j, "ok");
        json_bool(&j, false);
        json_key(&j, "error");
        json_open_object(&j);
        json_key(&j, "code");
        json_z(&j, code);
        json_key(&j, "detail");
        json_z(&j, err->detail);
        json_end(&j);
        json_end(&j);
        ledger_print(&out);
        return result;
    }
    message_tell_err(err);
    printf("FAIL %s %s: %s\n", code, what, err->detail);
    return result;
}

void
ledger_print(struct buf *buf)
{
    fwrite(buf->p, 1, buf->n, stdout);
    putchar('\n');
    buf_free(buf);
}
