/*
 * cmd_login: see cmd_login.h. Secrets are read without echo, never from the arguments, and wiped.
 */
#include "cmd/sekisho/cmd_login.h"

#include "base/crypt/secret.h"
#include "base/messages/messages.h"
#include "cmd/sekisho/portal_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SECRET_BYTES = 300 };

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "login.usage"));
    return PORTAL_USAGE;
}

static int
fail(const struct err *err)
{
    message_tell_err(err);
    return PORTAL_FAILED;
}

/* Reads one line without echo. False at the end of the input or when it is too long. */
static bool
secret_read(const char *key, char ret[SECRET_BYTES])
{
    struct termios old, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
    if (terminal) {
        fprintf(stderr, "%s: ", message_text(message_lang(), key));
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    size_t n = 0;
    char c = '\0';
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n' && n < SECRET_BYTES - 1) {
        ret[n++] = c;
    }
    ret[n] = '\0';
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    return n > 0 && c == '\n';
}

/* Proves FACTOR with what is typed under KEY as DATA's field. The exit code, PORTAL_DONE going on.
 */
static int
prove(struct portal *portal, json_t *attempt, const char *factor, const char *key,
      const char *field)
{
    char secret[SECRET_BYTES], label[64];
    struct portal_answer answer;
    struct err err;
    (void)snprintf(label, sizeof label, "login.%s", key);
    if (!secret_read(label, secret)) {
        return usage();
    }
    json_t *body =
        json_pack("{sO ss s{ss}}", "attempt", attempt, "factor", factor, "data", field, secret);
    secret_wipe(secret, sizeof secret);
    if (portal_call_json(portal, "POST", "auth/step", body, &answer, &err) < 0) {
        return fail(&err);
    }
    int code = portal_told(&answer);
    portal_answer_done(&answer);
    return code;
}

static int
log_in(struct portal *portal, const char *name)
{
    struct portal_answer answer;
    struct err err;
    if (portal_call_json(portal, "POST", "auth/begin", json_pack("{ss}", "login", name), &answer,
                         &err) < 0) {
        return fail(&err);
    }
    int code = portal_told(&answer);
    json_t *attempt = json_incref(json_object_get(answer.body, "attempt"));
    portal_answer_done(&answer);
    if (code == PORTAL_DONE && attempt == NULL) {
        code = PORTAL_FAILED;
    }
    if (code == PORTAL_DONE) {
        code = prove(portal, attempt, "password", "password", "password");
    }
    if (code == PORTAL_DONE) {
        code = prove(portal, attempt, "totp", "code", "code");
    }
    json_decref(attempt);
    if (code != PORTAL_DONE) {
        return code;
    }
    return portal_save(portal, &err) < 0 ? fail(&err) : PORTAL_DONE;
}

int
cmd_login(int argc, char **argv)
{
    const char *url = getenv("SEKISHO_PORTAL"), *name = NULL;
    struct portal portal;
    struct err err;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--portal") == 0 && i + 1 < argc) {
            url = argv[++i];
        } else if (argv[i][0] != '-' && name == NULL) {
            name = argv[i];
        } else {
            return usage();
        }
    }
    if (url == NULL || name == NULL) {
        return usage();
    }
    if (portal_address(&portal, url, &err) < 0) {
        message_tell_err(&err);
        return PORTAL_USAGE;
    }
    return log_in(&portal, name);
}

int
cmd_logout(int argc, char **argv)
{
    struct portal portal;
    struct portal_answer answer;
    struct err err;
    (void)argv;
    if (argc != 1) {
        return usage();
    }
    if (portal_load(&portal, &err) < 0) {
        return fail(&err);
    }
    int rc = portal_call(&portal, "POST", "auth/end", STR("{}"), &answer, &err);
    int code = rc < 0 ? fail(&err) : portal_told(&answer);
    portal_answer_done(&answer);
    portal_forget();
    return code;
}
