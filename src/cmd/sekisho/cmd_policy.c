/*
 * cmd_policy: `sekisho policy …`, the offline part. The text is foreign, so it is read by
 * policy-worker in its sandbox; this process only hands over descriptors and prints the answer.
 */
#include "cmd/sekisho/cmd_policy.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "cmd/sekisho/policy_bind.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_FAILED = 3, ANSWER_BYTES = 192 << 20 };

extern char **environ;

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage"));
    return EXIT_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* The worker beside this program. False when the path is too long. */
static bool
worker_path(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n <= 0)
        return false;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    size_t at = (size_t)(slash - path) + 1;
    return (size_t)snprintf(path + at, size - at, "policy-worker") < size - at;
}

/* What the worker is asked: its FORMAT, the KIND of the file ("auto": as its first bytes say). */
struct wish {
    const char *format, *kind;
};

static int
spawn_worker(int in, int out, const struct wish *wish, const char *name, struct err *err)
{
    char path[PATH_MAX];
    if (!worker_path(path, sizeof path))
        return ERR(err, "policy.worker", "path");
    char worker[] = "policy-worker";
    char *words[] = {worker, strdup(wish->format), strdup(name), strdup(wish->kind), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 3);
    posix_spawn_file_actions_adddup2(&actions, out, 4);
    char *empty[] = {NULL};
    pid_t pid;
    int failed = posix_spawn(&pid, path, &actions, NULL, words, empty);
    posix_spawn_file_actions_destroy(&actions);
    free(words[1]);
    free(words[2]);
    free(words[3]);
    int status = 0;
    while (failed == 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            failed = errno;
    if (failed != 0)
        return ERR(err, "policy.worker", "%s", strerror(failed));
    if (!WIFEXITED(status))
        return ERR(err, "policy.worker", "signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == EXIT_FAILED)
        return ERR(err, "policy.worker", "exit 3");
    return WEXITSTATUS(status);
}

/* The worker's descriptors must not be 3 and 4 by chance before they are moved there. */
static int
high_fd(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return high;
}

static int
read_answer(int fd, struct buf *answer, struct err *err)
{
    int64_t size = file_size(fd, err);
    if (size < 0)
        return -1;
    void *p = buf_reserve(answer, (size_t)size + 1);
    if (p == NULL)
        return buf_done(answer, err);
    if (file_pread(fd, p, (size_t)size, 0, err) < 0)
        return -1;
    answer->n += (size_t)size;
    return 0;
}

/* FILE read by the worker into ANSWER. The worker's exit code (0, 1, 2), or -1 with err. */
static int
read_policy(const char *file, const struct wish *wish, struct buf *answer, struct err *err)
{
    int in = file_open(AT_FDCWD, file, O_RDONLY, 0, err);
    if (in < 0)
        return -1;
    in = high_fd(in);
    int out = high_fd(file_memory("policy", err));
    const char *slash = strrchr(file, '/');
    int code = spawn_worker(in, out, wish, slash == NULL ? file : slash + 1, err);
    if (code >= 0 && read_answer(out, answer, err) < 0)
        code = -1;
    close(in);
    close(out);
    return code;
}

/* The worker's error object as a sentence. */
static void
print_unreadable(const char *file, struct str answer)
{
    char code[64] = "", detail[200] = "";
    char *text = strndup(answer.p == NULL ? "" : answer.p, answer.n);
    if (text == NULL || sscanf(text, "{\"error\":{\"code\":\"%63[a-z_.]\",\"detail\":\"%199[^\"]",
                               code, detail) < 1)
        snprintf(code, sizeof code, "policy.worker");
    struct err err;
    ERR(&err, code, "%s", detail);
    fprintf(stderr, "%s: ", file);
    fail(&err, EXIT_USAGE);
    free(text);
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

/* Reads FILE as WISH says and prints; ends with a line feed on a terminal's behalf. */
static int
run(const char *file, const struct wish *wish, const char *out_path)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, ANSWER_BYTES);
    int code = read_policy(file, wish, &answer, &err);
    if (code < 0)
        code = fail(&err, err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE);
    else if (code == EXIT_USAGE)
        print_unreadable(file, buf_str(&answer));
    else if (put_out(out_path, buf_str(&answer)) != 0)
        code = EXIT_FAILED;
    buf_free(&answer);
    return code;
}

static int
command_read(int argc, char **argv)
{
    static const char *const formats[] = {"json", "outline", "csv", "text"};
    struct wish wish = {"json", "auto"};
    const char *file = NULL, *out = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--format") == 0 && more)
            wish.format = argv[++i];
        else if (strcmp(argv[i], "--kind") == 0 && more)
            wish.kind = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && more)
            out = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            wish.format = "json";
        else if (argv[i][0] == '-' || file != NULL)
            return usage();
        else
            file = argv[i];
    }
    size_t known = 0;
    while (known < sizeof formats / sizeof *formats && strcmp(wish.format, formats[known]) != 0)
        known++;
    if (file == NULL || known == sizeof formats / sizeof *formats)
        return usage();
    return run(file, &wish, out);
}

/* The worker's answer in FORMAT parsed; NULL with *RET_CODE 2 or 3 when there is none. */
static json_t *
read_json(const char *file, const char *format, int *ret_code)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, ANSWER_BYTES);
    json_t *root = NULL;
    int code = read_policy(file, &(struct wish){format, "auto"}, &answer, &err);
    if (code < 0) {
        code = fail(&err, err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE);
    } else if (code == EXIT_USAGE) {
        print_unreadable(file, buf_str(&answer));
    } else if ((root = json_loadb(answer.p, answer.n, JSON_ALLOW_NUL, NULL)) == NULL) {
        ERR(&err, "policy.worker", "json");
        code = fail(&err, EXIT_FAILED);
    }
    *ret_code = code;
    buf_free(&answer);
    return root;
}

static const char *
word_of(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word == NULL ? "" : word;
}

/* Foreign text on a terminal: control characters become blanks. */
static void
print_text(const char *text)
{
    for (; *text != 0; text++)
        putchar((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

/* FILE: LABEL CODE severity: what it means: what stands there */
static void
print_finding(const char *file, const json_t *finding)
{
    char key[64];
    enum lang lang = message_lang();
    snprintf(key, sizeof key, "policy.finding.%.8s", word_of(finding, "code"));
    const char *meaning = message_text(lang, key);
    snprintf(key, sizeof key, "policy.severity.%.8s", word_of(finding, "severity"));
    const char *severity = message_text(lang, key);
    printf("%s: %s %s %s: %s: ", file, word_of(finding, "label"), word_of(finding, "code"),
           severity == NULL ? "" : severity, meaning == NULL ? "" : meaning);
    print_text(word_of(finding, "text"));
    putchar('\n');
}

static int
lint_one(const char *file, json_t *files)
{
    int code;
    size_t i;
    json_t *finding, *findings = read_json(file, "findings", &code);
    if (files == NULL)
        json_array_foreach(findings, i, finding) print_finding(file, finding);
    else if (findings != NULL)
        json_array_append_new(files, json_pack("{s:s, s:O}", "file", file, "findings", findings));
    json_decref(findings);
    return code;
}

static int
command_lint(int argc, char **argv)
{
    bool as_json = false;
    int worst = 0, count = 0;
    for (int i = 1; i < argc; i++)
        as_json = as_json || strcmp(argv[i], "--json") == 0;
    json_t *files = as_json ? json_array() : NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            continue;
        int code = lint_one(argv[i], files);
        worst = code > worst ? code : worst;
        count++;
    }
    if (as_json) {
        json_t *all = json_pack("{s:s, s:b, s:o}", "command", "policy lint", "ok", worst == 0,
                                "files", files);
        json_dumpf(all, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(all);
    }
    return count == 0 ? usage() : worst;
}

/* Does NAME ("std:4(2)①", "4(2)①", "c0012") mean CLAUSE? */
static bool
is_named(const json_t *clause, const char *name)
{
    const char *doc = word_of(clause, "doc"), *colon = strchr(name, ':');
    if (colon != NULL) {
        if (strncmp(name, doc, strlen(doc)) != 0 || name[strlen(doc)] != ':')
            return false;
        name = colon + 1;
    }
    return strcmp(name, word_of(clause, "label")) == 0 || strcmp(name, word_of(clause, "key")) == 0;
}

static void
print_clause(const json_t *clause)
{
    printf("%s:%s  %s\n", word_of(clause, "doc"), word_of(clause, "label"),
           word_of(clause, "title"));
    size_t i, k;
    json_t *sentence, *role;
    json_array_foreach(json_object_get(clause, "sentences"), i, sentence)
    {
        printf("  ");
        print_text(word_of(sentence, "text"));
        printf("\n    [%s %s", word_of(sentence, "type"), word_of(sentence, "modality"));
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
    char format[300];
    if (file == NULL || style == NULL ||
        (size_t)snprintf(format, sizeof format, "render:%s:%s:%s", style, noise, seed) >=
            sizeof format)
        return usage();
    int code = run(file, &(struct wish){format, "auto"}, NULL);
    return code == EXIT_FINDINGS ? 0 : code; /* what the source asks is not about what is printed */
}

/* The data folder: given, or SEKISHO_DATA, or that of the source tree. */
static const char *
data_dir(const char *given)
{
    const char *set = getenv("SEKISHO_DATA");
    if (given != NULL)
        return given;
    return set != NULL ? set : SEKISHO_SOURCE_DIR "/data";
}

static int
command_bind(int argc, char **argv)
{
    const char *given = argc == 4 && strcmp(argv[2], "--data") == 0 ? argv[3] : NULL;
    if (argc != 2 && given == NULL)
        return usage();
    int code;
    struct err err;
    json_t *tree = read_json(argv[1], "json", &code);
    if (tree == NULL)
        return code;
    code = policy_bind_print(tree, data_dir(given), &err);
    json_decref(tree);
    return code < 0 ? fail(&err, EXIT_FAILED) : code;
}

int
cmd_policy(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "read") == 0)
        return command_read(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "lint") == 0)
        return command_lint(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "show") == 0)
        return command_show(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "bind") == 0)
        return command_bind(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "render") == 0)
        return command_render(argc - 1, argv + 1);
    return usage();
}
