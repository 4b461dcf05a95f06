/*
 * policy_source: see policy_source.h. Runs in the command line. The text is foreign, so it is read
 * by policy-worker in its sandbox; this process only hands over descriptors and checks the answer.
 */
#include "cmd/sekisho/policy_source.h"

#include "base/messages/messages.h"
#include "base/os/file.h"
#include "proto/policy/work.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = POLICY_SOURCE_USAGE, EXIT_FAILED = POLICY_SOURCE_FAILED };

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

int
policy_source_read(const char *file, const char *format, struct buf *answer, struct err *err)
{
    char dir[PATH_MAX];
    if (!worker_own_dir(dir, sizeof dir))
        return ERR(err, "policy.worker", "path");
    int in = file_open(AT_FDCWD, file, O_RDONLY, 0, err);
    if (in < 0)
        return -1;
    const char *slash = strrchr(file, '/');
    struct policy_task task = {.program_dir = dir,
                               .format = format,
                               .name = slash == NULL ? file : slash + 1,
                               .input = in};
    int code = policy_work_wait(&task, answer, err);
    close(in);
    return code;
}

void
policy_source_tell(const char *file, struct str answer)
{
    char code[64] = "", detail[200] = "";
    char *text = strndup(answer.p == NULL ? "" : answer.p, answer.n);
    if (text == NULL || sscanf(text, "{\"error\":{\"code\":\"%63[a-z_.]\",\"detail\":\"%199[^\"]",
                               code, detail) < 1)
        snprintf(code, sizeof code, "policy.worker");
    struct err err;
    ERR(&err, code, "%s", detail);
    fprintf(stderr, "%s: ", file);
    message_tell_err(&err);
    free(text);
}

/* The bytes of FILE when it is a tree that `policy read` wrote: it begins with a brace. */
static int
read_tree(const char *file, struct buf *tree, bool *ret_is_tree, struct err *err)
{
    char first = 0;
    int fd = file_open(AT_FDCWD, file, O_RDONLY, 0, err);
    if (fd < 0)
        return -1;
    int64_t size = file_size(fd, err);
    int rc = size < 0 ? -1 : size == 0 ? 0 : file_pread(fd, &first, 1, 0, err) < 0 ? -1 : 0;
    *ret_is_tree = rc == 0 && first == '{';
    if (*ret_is_tree)
        rc = read_answer(fd, tree, err);
    close(fd);
    return rc;
}

static int
add_file(struct clause_set *set, const char *file, struct buf *answer)
{
    struct err err;
    bool is_tree = false;
    buf_clear(answer);
    int code = read_tree(file, answer, &is_tree, &err);
    if (code == 0 && !is_tree)
        code = policy_source_read(file, "json", answer, &err);
    if (code == EXIT_USAGE) {
        policy_source_tell(file, buf_str(answer));
        return EXIT_USAGE;
    }
    if (code >= 0 && clause_set_add(set, buf_str(answer), &err) == 0)
        return 0;
    fprintf(stderr, "%s: ", file);
    message_tell_err(&err);
    return err_is(&err, "policy.worker") ? EXIT_FAILED : EXIT_USAGE;
}

int
policy_source_set(struct arena *arena, char **files, size_t count, struct clause_set *ret)
{
    struct buf answer;
    int code = 0;
    clause_set_init(ret, arena);
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    for (size_t i = 0; i < count && code == 0; i++)
        code = add_file(ret, files[i], &answer);
    buf_free(&answer);
    return code;
}

const char *
policy_source_data(const char *given)
{
    const char *set = getenv("SEKISHO_DATA");
    if (given != NULL)
        return given;
    return set != NULL ? set : SEKISHO_SOURCE_DIR "/data";
}

const char *
policy_source_word(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word == NULL ? "" : word;
}

void
policy_source_print(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        putchar((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? ' ' : text.p[i]);
}
