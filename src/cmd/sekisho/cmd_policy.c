/*
 * cmd_policy: `sekisho policy …`, the offline part. The text is foreign, so it is read by
 * policy-worker in its sandbox; this process only hands over descriptors and prints the answer.
 */
#include "cmd/sekisho/cmd_policy.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/json.h"

#include <errno.h>
#include <fcntl.h>
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
    struct buf text;
    buf_init(&text, 4096);
    message_put_err(&text, message_lang(), err);
    fprintf(stderr, "%.*s\n", STR_FMT(buf_str(&text)));
    buf_free(&text);
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

static int
spawn_worker(int in, int out, const char *format, const char *name, struct err *err)
{
    char path[PATH_MAX];
    if (!worker_path(path, sizeof path))
        return ERR(err, "policy.worker", "path");
    char worker[] = "policy-worker";
    char *words[] = {worker, strdup(format), strdup(name), NULL};
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
read_policy(const char *file, const char *format, struct buf *answer, struct err *err)
{
    int in = file_open(AT_FDCWD, file, O_RDONLY, 0, err);
    if (in < 0)
        return -1;
    in = high_fd(in);
    int out = high_fd(file_memory("policy", err));
    const char *slash = strrchr(file, '/');
    int code = spawn_worker(in, out, format, slash == NULL ? file : slash + 1, err);
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
    if (text == NULL ||
        sscanf(text, "{\"error\":{\"code\":\"%63[a-z_.]\",\"detail\":\"%199[^\"]", code, detail) < 1)
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

/* Reads FILE in FORMAT and prints; ends with a line feed on a terminal's behalf. */
static int
run(const char *file, const char *format, const char *out_path)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, ANSWER_BYTES);
    int code = read_policy(file, format, &answer, &err);
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
    const char *file = NULL, *format = "json", *out = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--format") == 0 && more)
            format = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && more)
            out = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            format = "json";
        else if (argv[i][0] == '-' || file != NULL)
            return usage();
        else
            file = argv[i];
    }
    if (file == NULL || (strcmp(format, "json") != 0 && strcmp(format, "outline") != 0 &&
                         strcmp(format, "csv") != 0))
        return usage();
    return run(file, format, out);
}

static int
lint_one(const char *file, struct json *j)
{
    struct err err;
    struct buf answer;
    buf_init(&answer, ANSWER_BYTES);
    int code = read_policy(file, "findings", &answer, &err);
    if (code < 0)
        code = fail(&err, err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE);
    else if (code == EXIT_USAGE)
        print_unreadable(file, buf_str(&answer));
    else {
        json_open_object(j);
        json_key(j, "file");
        json_z(j, file);
        json_key(j, "findings");
        json_raw(j, buf_str(&answer));
        json_end(j);
    }
    buf_free(&answer);
    return code;
}

static int
command_lint(int argc, char **argv)
{
    struct buf out;
    struct json j;
    int worst = 0, files = 0;
    buf_init(&out, ANSWER_BYTES);
    json_init(&j, &out);
    json_open_object(&j);
    json_key(&j, "command");
    json_z(&j, "policy lint");
    json_key(&j, "files");
    json_open_array(&j);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            continue;
        int code = lint_one(argv[i], &j);
        worst = code > worst ? code : worst;
        files++;
    }
    json_end(&j);
    json_key(&j, "ok");
    json_bool(&j, worst == 0);
    json_end(&j);
    if (files > 0 && worst < EXIT_USAGE) {
        buf_put_char(&out, '\n');
        worst = put_out(NULL, buf_str(&out)) == 0 ? worst : EXIT_FAILED;
    }
    buf_free(&out);
    return files == 0 ? usage() : worst;
}

int
cmd_policy(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "read") == 0)
        return command_read(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "lint") == 0)
        return command_lint(argc - 1, argv + 1);
    return usage();
}
