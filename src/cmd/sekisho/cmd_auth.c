/*
 * cmd_auth: see cmd_auth.h. No daemon and no database: format/rules says what it thinks of the
 * file.
 */
#include "cmd/sekisho/cmd_auth.h"

#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/json.h"
#include "format/rules/rules.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_FINDINGS = 1, EXIT_USAGE = 2, FILE_BYTES = 256 << 10, ARENA_BYTES = 8 << 20 };

struct checking {
    const char *rules, *roles;
    bool json;
    struct arena *arena;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "auth.usage"));
    return EXIT_USAGE;
}

static void
sentence_put(struct buf *out, const struct err *err)
{
    message_put_err(out, message_lang(), err);
}

static int
text_read(struct checking *c, const char *path, struct str *ret, struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, FILE_BYTES);
    int rc = file_read(AT_FDCWD, path, FILE_BYTES, &bytes, err);
    if (rc == 0) {
        *ret = str_dup(c->arena, buf_str(&bytes));
        rc = arena_check(c->arena, err);
    }
    buf_free(&bytes);
    return rc;
}

/* DIR/../roles.yaml of DIR/rules.yaml. */
static const char *
roles_beside(struct checking *c)
{
    const char *slash = strrchr(c->rules, '/');
    if (slash == NULL)
        return "../roles.yaml";
    return arena_printf(c->arena, "%.*s/../roles.yaml", (int)(slash - c->rules), c->rules);
}

static void
report(const struct checking *c, const struct rules *rules, const struct err *err)
{
    struct buf out, text;
    buf_init(&out, 65536);
    buf_init(&text, 4096);
    if (err != NULL)
        sentence_put(&text, err);
    if (c->json) {
        struct json json;
        json_init(&json, &out);
        json_open_object(&json);
        json_key(&json, "command");
        json_z(&json, "auth check");
        json_key(&json, "ok");
        json_bool(&json, err == NULL);
        json_key(&json, "rules");
        json_u64(&json, rules == NULL ? 0 : rules->count);
        json_key(&json, "findings");
        json_open_array(&json);
        if (err != NULL) {
            json_open_object(&json);
            json_key(&json, "code");
            json_z(&json, err->code);
            json_key(&json, "at");
            json_z(&json, err->detail);
            json_key(&json, "text");
            json_str(&json, buf_str(&text));
            json_end(&json);
        }
        json_end(&json);
        json_end(&json);
    } else if (err != NULL) {
        buf_put_str(&out, buf_str(&text));
    } else {
        buf_printf(&out, "%s: %s (%zu)", c->rules, message_text(message_lang(), "auth.rules_fine"),
                   rules->count);
    }
    printf("%.*s\n", STR_FMT(buf_str(&out)));
    buf_free(&out);
    buf_free(&text);
}

static int
check(struct checking *c)
{
    struct err err;
    struct str rules_text, roles_text;
    const struct roles *roles;
    const struct rules *rules = NULL;
    if (c->roles == NULL)
        c->roles = roles_beside(c);
    if (c->roles == NULL || text_read(c, c->rules, &rules_text, &err) != 0 ||
        text_read(c, c->roles, &roles_text, &err) != 0) {
        struct buf text;
        buf_init(&text, 4096);
        sentence_put(&text, &err);
        fprintf(stderr, "%.*s\n", STR_FMT(buf_str(&text)));
        buf_free(&text);
        return EXIT_USAGE;
    }
    if (roles_load(c->arena, c->roles, roles_text, &roles, &err) != 0 ||
        rules_load(c->arena, c->rules, rules_text, roles, &rules, &err) != 0) {
        report(c, NULL, &err);
        return EXIT_FINDINGS;
    }
    report(c, rules, NULL);
    return 0;
}

int
cmd_auth(int argc, char **argv)
{
    struct checking c = {0};
    if (argc < 3 || strcmp(argv[1], "check") != 0)
        return usage();
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            c.json = true;
        else if (strcmp(argv[i], "--roles") == 0 && i + 1 < argc)
            c.roles = argv[++i];
        else if (argv[i][0] == '-' || c.rules != NULL)
            return usage();
        else
            c.rules = argv[i];
    }
    if (c.rules == NULL)
        return usage();
    c.arena = arena_new(ARENA_BYTES);
    int code = check(&c);
    arena_free(c.arena);
    return code;
}
