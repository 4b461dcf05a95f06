/*
 * cmd_policy: `sekisho policy …`, the offline part. The text is foreign, so it is read by
 * policy-worker in its sandbox; this process only hands over descriptors and prints the answer.
 */
#include "cmd/sekisho/cmd_policy.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "cmd/sekisho/policy_bind.h"
#include "cmd/sekisho/policy_coverage.h"
#include "cmd/sekisho/policy_diff.h"
#include "cmd/sekisho/policy_export.h"
#include "cmd/sekisho/policy_lint.h"
#include "cmd/sekisho/policy_oscal.h"
#include "cmd/sekisho/policy_source.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = POLICY_SOURCE_USAGE, EXIT_FAILED = POLICY_SOURCE_FAILED };

static int
usage(void)
{
    fprintf(stderr, "%s\n%s\n", message_text(message_lang(), "policy.usage"),
            message_text(message_lang(), "policy.usage_export"));
    return EXIT_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

static int
put_out(const char *path, struct str bytes)
{
    FILE *f = path == NULL ? stdout : fopen(path, "wbx");
    if (f == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    bool good = fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    good = (path == NULL ? fflush(f) : fclose(f)) == 0 && good;
    return good ? 0 : EXIT_FAILED;
}

/* Reads FILE in FORMAT and prints; ends with a line feed on a terminal's behalf. */
static int
run(const char *file, const char *format, const char *out_path)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    int code = policy_source_read(file, format, &answer, &err);
    if (code < 0)
        code = fail(&err, err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE);
    else if (code == EXIT_USAGE)
        policy_source_tell(file, buf_str(&answer));
    else if (put_out(out_path, buf_str(&answer)) != 0)
        code = EXIT_FAILED;
    buf_free(&answer);
    return code;
}

static int
command_read(int argc, char **argv)
{
    static const char *const formats[] = {"json", "outline", "csv", "text"};
    const char *file = NULL, *format = "json", *kind = "auto", *out = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--format") == 0 && more)
            format = argv[++i];
        else if (strcmp(argv[i], "--kind") == 0 && more)
            kind = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && more)
            out = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            format = "json";
        else if (argv[i][0] == '-' || file != NULL)
            return usage();
        else
            file = argv[i];
    }
    char wish[60];
    size_t known = 0;
    while (known < sizeof formats / sizeof *formats && strcmp(format, formats[known]) != 0)
        known++;
    if (file == NULL || known == sizeof formats / sizeof *formats || strlen(kind) > 20)
        return usage();
    snprintf(wish, sizeof wish, "%s/%s", kind, format);
    return run(file, wish, out);
}

/* The worker's answer in FORMAT parsed; NULL with *RET_CODE 2 or 3 when there is none. */
static json_t *
read_json(const char *file, const char *format, int *ret_code)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    json_t *root = NULL;
    int code = policy_source_read(file, format, &answer, &err);
    if (code < 0) {
        code = fail(&err, err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE);
    } else if (code == EXIT_USAGE) {
        policy_source_tell(file, buf_str(&answer));
    } else if ((root = json_loadb(answer.p, answer.n, JSON_ALLOW_NUL, NULL)) == NULL) {
        ERR(&err, "policy.worker", "json");
        code = fail(&err, EXIT_FAILED);
    }
    *ret_code = code;
    buf_free(&answer);
    return root;
}

/* Does NAME ("std:4(2)①", "4(2)①", "c0012") mean CLAUSE? */
static bool
is_named(const json_t *clause, const char *name)
{
    const char *doc = policy_source_word(clause, "doc"), *colon = strchr(name, ':');
    if (colon != NULL) {
        if (strncmp(name, doc, strlen(doc)) != 0 || name[strlen(doc)] != ':')
            return false;
        name = colon + 1;
    }
    return strcmp(name, policy_source_word(clause, "label")) == 0 ||
           strcmp(name, policy_source_word(clause, "key")) == 0;
}

static void
print_clause(const json_t *clause)
{
    printf("%s:%s  %s\n", policy_source_word(clause, "doc"), policy_source_word(clause, "label"),
           policy_source_word(clause, "title"));
    size_t i, k;
    json_t *sentence, *role;
    json_array_foreach(json_object_get(clause, "sentences"), i, sentence)
    {
        printf("  ");
        policy_source_print(str_of(policy_source_word(sentence, "text")));
        printf("\n    [%s %s", policy_source_word(sentence, "type"),
               policy_source_word(sentence, "modality"));
        json_array_foreach(json_object_get(sentence, "subject"), k, role)
            printf(" %s", json_string_value(role));
        json_array_foreach(json_object_get(sentence, "when"), k, role)
            printf(" %s", json_string_value(role));
        printf("]\n");
    }
}

static int
show(const char *file, const char *name, bool as_json)
{
    int code;
    size_t i, found = 0;
    json_t *clause, *the_one = NULL, *root = read_json(file, "json", &code);
    if (root == NULL)
        return code;
    json_array_foreach(json_object_get(root, "clauses"), i, clause) if (is_named(clause, name))
    {
        the_one = clause;
        found++;
    }
    if (found != 1) {
        struct err err;
        ERR(&err, found == 0 ? "policy.clause_unknown" : "policy.clause_twice", "%s", name);
        code = fail(&err, EXIT_USAGE);
    } else if (as_json) {
        json_dumpf(the_one, stdout, JSON_COMPACT);
        putchar('\n');
        code = 0;
    } else {
        print_clause(the_one);
        code = 0;
    }
    json_decref(root);
    return code;
}

static int
command_show(int argc, char **argv)
{
    if (argc == 3)
        return show(argv[1], argv[2], false);
    if (argc == 4 && strcmp(argv[3], "--json") == 0)
        return show(argv[1], argv[2], true);
    return usage();
}

/* The worker knows which styles, noises and seeds there are. */
static int
command_render(int argc, char **argv)
{
    const char *file = NULL, *style = NULL, *noise = "clean", *seed = "1";
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--style") == 0 && more)
            style = argv[++i];
        else if (strcmp(argv[i], "--noise") == 0 && more)
            noise = argv[++i];
        else if (strcmp(argv[i], "--seed") == 0 && more)
            seed = argv[++i];
        else if (argv[i][0] == '-' || file != NULL)
            return usage();
        else
            file = argv[i];
    }
    char wish[300];
    if (file == NULL || style == NULL ||
        (size_t)snprintf(wish, sizeof wish, "render:%s:%s:%s", style, noise, seed) >= sizeof wish)
        return usage();
    int code = run(file, wish, NULL);
    return code == 1 ? 0 : code; /* what the source asks is not about what is printed */
}

int
cmd_policy(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "read") == 0 && policy_oscal_asked(argc - 1, argv + 1))
        return policy_oscal_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "read") == 0)
        return command_read(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "lint") == 0)
        return policy_lint_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "show") == 0)
        return command_show(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "bind") == 0)
        return policy_bind_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "coverage") == 0)
        return policy_coverage_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "profile") == 0)
        return policy_profile_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "diff") == 0)
        return policy_diff_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "export") == 0)
        return policy_export_command(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "render") == 0)
        return command_render(argc - 1, argv + 1);
    return usage();
}
