/*
 * policy_oscal: see policy_oscal.h. Runs in the command line. The file is foreign, so it is read by
 * policy-worker in its sandbox; only the line of findings is looked at here.
 */
#include "cmd/sekisho/policy_oscal.h"

#include "base/messages/messages.h"
#include "cmd/sekisho/policy_source.h"
#include "proto/policy/work.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

bool
policy_oscal_asked(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--kind") == 0 && strcmp(argv[i + 1], "oscal") == 0)
            return true;
    return false;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

/* Tells on the standard error what of FILE was not taken over. */
static void
findings_tell(const char *file, const json_t *findings)
{
    size_t i;
    json_t *one;
    json_array_foreach(findings, i, one)
    {
        static const char *const parts[] = {"where", NULL, "what"};
        const char *code = policy_source_word(one, "code");
        char key[40];
        snprintf(key, sizeof key, "policy.finding.%s", code);
        fprintf(stderr, "%s: %s %s: ", file, code, message_text(message_lang(), key));
        for (size_t p = 0; p < 3; p++) {
            const char *text = parts[p] == NULL ? ": " : policy_source_word(one, parts[p]);
            for (; *text != '\0'; text++)
                fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, stderr);
        }
        fputc('\n', stderr);
    }
}

int
policy_oscal_read(const char *file, struct buf *answer, struct policy_oscal *ret)
{
    struct err err;
    json_error_t bad;
    int code = policy_source_read(file, "oscal", answer, &err);
    if (code == POLICY_SOURCE_USAGE) {
        policy_source_tell(file, buf_str(answer));
        return POLICY_SOURCE_USAGE;
    }
    ptrdiff_t end = code < 0 ? -1 : str_find(buf_str(answer), STR("\n"), 0);
    json_t *head = end < 0 ? NULL : json_loadb((const char *)answer->p, (size_t)end, 0, &bad);
    if (head == NULL) {
        if (code >= 0)
            (void)ERR(&err, "policy.worker", "oscal");
        return fail(&err,
                    err_is(&err, "policy.worker") ? POLICY_SOURCE_FAILED : POLICY_SOURCE_USAGE);
    }
    findings_tell(file, json_object_get(head, "findings"));
    ret->catalog = strcmp(policy_source_word(head, "model"), "catalog") == 0;
    ret->reading = str_slice(buf_str(answer), (size_t)end + 1, answer->n);
    json_decref(head);
    return code;
}

static int
write_out(const char *path, struct str bytes)
{
    FILE *f = path == NULL ? stdout : fopen(path, "wbx");
    if (f == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return POLICY_SOURCE_FAILED;
    }
    bool good = fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    good = (path == NULL ? fflush(f) : fclose(f)) == 0 && good;
    return good ? 0 : POLICY_SOURCE_FAILED;
}

static int
run(const char *file, const char *out_path)
{
    struct buf answer;
    struct policy_oscal read;
    buf_init(&answer, POLICY_SOURCE_ANSWER_BYTES);
    int code = policy_oscal_read(file, &answer, &read);
    if (code == 0 || code == POLICY_SOURCE_FINDINGS) {
        int wrote = write_out(out_path, read.reading);
        code = wrote != 0 ? wrote : code;
    }
    buf_free(&answer);
    return code;
}

int
policy_oscal_command(int argc, char **argv)
{
    const char *file = NULL, *out = NULL;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--kind") == 0 && more)
            i++;
        else if (strcmp(argv[i], "-o") == 0 && more)
            out = argv[++i];
        else if (strcmp(argv[i], "--json") != 0 && (argv[i][0] == '-' || file != NULL))
            good = false;
        else if (argv[i][0] != '-')
            file = argv[i];
    }
    if (!good || file == NULL) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage_export"));
        return POLICY_SOURCE_USAGE;
    }
    return run(file, out);
}
