/*
 * cmd_disarm: see cmd_disarm.h. The files are opened here and handed to the workers as descriptors;
 * no byte of them is parsed in this process. An output appears by rename after fsync, only when it
 * is rebuilt; nothing is left behind on any error.
 */
#include "cmd/sekisho/cmd_disarm.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/text/json.h"
#include "base/text/utf8.h"
#include "base/worker/worker.h"
#include "format/disarm/kind.h"
#include "proto/disarm/task.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
    enum lang lang;
    const char *output, *folder, *report, *name, *type, *explain;
    struct disarm_profile profile;
    bool force, json, inspect, kinds, checks;
    char program_dir[4096];
};

static const char *
say(const struct options *o, const char *key)
{
    const char *text = message_text(o->lang, key);
    return text == NULL ? key : text;
}

static void
complain(const struct options *o, const char *what, const struct err *err)
{
    struct buf text;
    buf_init(&text, 4096);
    message_put_err(&text, o->lang, err);
    fprintf(stderr, "sekisho disarm: %s%s%.*s\n", what, what[0] != '\0' ? ": " : "",
            STR_FMT(buf_str(&text)));
    buf_free(&text);
}

/* ---- tables for people ---- */

static int
list_kinds(const struct options *o)
{
    for (int i = 1; i < KIND_COUNT; i++) {
        const struct kind_row *row = kind_get((enum kind)i);
        bool rebuilt = row->output[0] != '\0';
        printf("%-10s %-8s %s\n", row->word, rebuilt ? row->output : "-",
               say(o, rebuilt                         ? "disarm.kind.rebuild"
                      : row->group == GROUP_FORBIDDEN ? "disarm.kind.forbidden"
                                                      : "disarm.kind.unsupported"));
    }
    return 0;
}

static int
list_checks(const struct options *o)
{
    char key[40];
    for (int i = 0; i < CHECK_COUNT; i++) {
        const struct check *check = check_get((enum check_id)i);
        snprintf(key, sizeof key, "check.%s", check->id);
        printf("%-9s %-16s %-5s %s\n", check->id, switch_word(check->which), check->severity,
               say(o, key));
    }
    return 0;
}

static int
explain(const struct options *o)
{
    char key[80];
    snprintf(key, sizeof key, "%s.%s", check_find(o->explain) >= 0 ? "check" : "reason",
             o->explain);
    const char *text = message_text(o->lang, key);
    if (text == NULL) {
        fprintf(stderr, "sekisho disarm: %s: %s\n", o->explain, say(o, "disarm.unknown_code"));
        return 2;
    }
    printf("%s: %s\n", o->explain, text);
    return 0;
}

/* ---- files ---- */

/* Standard input as a memory file; -1 with err. */
static int
read_stdin(const struct options *o, struct err *err)
{
    char block[65536];
    uint64_t all = 0;
    int fd = memfd_create("disarm-input", MFD_CLOEXEC);
    ssize_t n = 0;
    while (fd >= 0 && (n = read(STDIN_FILENO, block, sizeof block)) > 0) {
        all += (uint64_t)n;
        if (all > o->profile.limits.size_bytes + 1 || write(fd, block, (size_t)n) != n)
            break;
    }
    if (fd < 0 || n < 0)
        return ERR_ERRNO(err, "disarm.input", "-");
    return fd;
}

static int
open_input(const struct options *o, const char *path, struct err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return read_stdin(o, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ERR_ERRNO(err, "disarm.input", "%s", path);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return ERR(err, "disarm.input", "%s", path);
}

static int
copy_bytes(int from, int to, uint64_t bytes)
{
    char block[65536];
    for (uint64_t at = 0; at < bytes;) {
        size_t want = bytes - at < sizeof block ? (size_t)(bytes - at) : sizeof block;
        ssize_t n = pread(from, block, want, (off_t)at);
        if (n <= 0)
            return -1;
        for (ssize_t put = 0; put < n;) {
            ssize_t m = write(to, block + put, (size_t)(n - put));
            if (m <= 0)
                return -1;
            put += m;
        }
        at += (uint64_t)n;
    }
    return 0;
}

/* Makes PATH with the bytes of FD: a nameless file in its folder, synced, then named. */
static int
write_output(const struct options *o, const char *path, int fd, uint64_t bytes, struct err *err)
{
    char temporary[4200];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int to = mkostemp(temporary, O_CLOEXEC);
    if (to < 0)
        return ERR_ERRNO(err, "disarm.output", "%s", path);
    bool written = copy_bytes(fd, to, bytes) == 0 && fsync(to) == 0 && fchmod(to, 0644) == 0;
    int saved = errno;
    close(to);
    errno = saved;
    if (written && (o->force ? rename(temporary, path) : link(temporary, path)) == 0) {
        if (!o->force)
            unlink(temporary);
        return 0;
    }
    (void)ERR_ERRNO(err, "disarm.output", "%s", path);
    unlink(temporary);
    return -1;
}

/* ---- one file ---- */

static void
print_verdict(const struct options *o, const char *path, const struct disarm_result *r,
              const char *written)
{
    char key[80];
    if (r->verdict == TASK_REBUILT) {
        printf("%s: %s (%s %llu)%s%s\n", path, say(o, "disarm.rebuilt"), say(o, "disarm.removed"),
               (unsigned long long)r->removed, written[0] != '\0' ? " → " : "", written);
        return;
    }
    snprintf(key, sizeof key, "reason.%.*s", STR_FMT(r->reason));
    printf("%s: %s [%.*s] %s\n", path, say(o, "disarm.blocked"), STR_FMT(r->reason), say(o, key));
}

static int
save_report(const struct options *o, struct str report, struct err *err)
{
    FILE *f = fopen(o->report, "ae");
    if (f == NULL)
        return ERR_ERRNO(err, "disarm.output", "%s", o->report);
    bool fine = fwrite(report.p, 1, report.n, f) == report.n && fputc('\n', f) != EOF;
    if (fclose(f) != 0 || !fine)
        return ERR_ERRNO(err, "disarm.output", "%s", o->report);
    return 0;
}

/* Where the output goes: -o, or its clean name in -d, or beside the input with ".disarmed" in it.
 */
static int
output_path(const struct options *o, const char *path, const struct disarm_result *r, char *ret,
            size_t room)
{
    int n = 0;
    if (o->output != NULL) {
        n = snprintf(ret, room, "%s", o->output);
    } else if (o->folder != NULL) {
        n = snprintf(ret, room, "%s/%.*s", o->folder, STR_FMT(r->name));
    } else {
        ret[0] = '\0';
        (void)path;
    }
    return n < 0 || (size_t)n >= room ? -1 : 0;
}

static int
finish_file(const struct options *o, const char *path, const struct disarm_result *r)
{
    struct err err;
    char to[4096] = "";
    int code = r->verdict == TASK_REBUILT ? 0 : 1;
    if (r->verdict == TASK_REBUILT) {
        if (output_path(o, path, r, to, sizeof to) < 0)
            return 2;
        if (to[0] != '\0' && write_output(o, to, r->output_fd, r->output_bytes, &err) < 0) {
            complain(o, path, &err);
            code = err.code != NULL && errno == EEXIST ? 2 : 3;
        }
    }
    if (o->report != NULL && save_report(o, r->report, &err) < 0) {
        complain(o, path, &err);
        code = 3;
    }
    if (o->json)
        printf("%.*s\n", STR_FMT(r->report));
    else if (code <= 1)
        print_verdict(o, path, r, to);
    return code;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static int
inspect_one(const struct options *o, const struct disarm_config *config, int fd, const char *path)
{
    struct disarm_task *task;
    struct err err;
    const char *name = o->name != NULL ? o->name : base_name(path);
    const char *dot = strrchr(name, '.');
    enum kind kind = kind_by_word(o->type != NULL ? o->type : dot == NULL ? "" : dot + 1);
    if (disarm_inspect_wait(config, fd, str_of(kind_get(kind)->word), &task, &err) < 0) {
        complain(o, path, &err);
        return 3;
    }
    const struct disarm_result *r = disarm_task_result(task);
    bool clean = r->verdict == TASK_REBUILT;
    if (o->json)
        printf("%.*s\n", STR_FMT(r->report));
    else
        printf("%s: %s\n", path, say(o, clean ? "disarm.inspect.clean" : "disarm.inspect.found"));
    disarm_task_free(task);
    return clean ? 0 : 1;
}

static int
disarm_one(const struct options *o, const char *path)
{
    struct err err;
    struct disarm_config config = {.program_dir = o->program_dir};
    int fd = open_input(o, path, &err);
    if (fd < 0) {
        complain(o, "", &err);
        return 2;
    }
    if (o->inspect) {
        int code = inspect_one(o, &config, fd, path);
        close(fd);
        return code;
    }
    const char *name = o->name != NULL ? o->name : strcmp(path, "-") == 0 ? "" : base_name(path);
    struct disarm_job job = {.input_fd = fd,
                             .name = str_of(name),
                             .declared_type = str_of(o->type),
                             .profile = o->profile};
    struct disarm_task *task;
    int code = disarm_run_wait(&config, &job, &task, &err);
    close(fd);
    if (code < 0) {
        complain(o, path, &err);
        return 3;
    }
    code = finish_file(o, path, disarm_task_result(task));
    disarm_task_free(task);
    return code;
}

/* ---- options ---- */

static int
usage(const struct options *o, FILE *out, int code)
{
    fprintf(out, "%s\n", say(o, "disarm.usage"));
    return code;
}

static int
set_switch(struct options *o, char *text)
{
    struct err err;
    char *equals = strchr(text, '=');
    if (equals != NULL)
        *equals = '\0';
    if (disarm_profile_set(&o->profile, text, equals == NULL ? "" : equals + 1, &err) == 0)
        return 0;
    complain(o, "", &err);
    return -1;
}

static int
set_profile(struct options *o, const char *id)
{
    struct err err;
    if (disarm_profile_builtin(id, &o->profile) == 0)
        return 0;
    (void)ERR(&err, "disarm.profile", "%s", id);
    complain(o, "", &err);
    return -1;
}

enum {
    OPT_SET = 256,
    OPT_TYPE,
    OPT_NAME,
    OPT_REPORT,
    OPT_JSON,
    OPT_INSPECT,
    OPT_KINDS,
    OPT_CHECKS,
    OPT_EXPLAIN,
    OPT_PROGRAMS
};

static const struct option long_options[] = {
    {"profile", required_argument, NULL, 'p'},
    {"set", required_argument, NULL, OPT_SET},
    {"type", required_argument, NULL, OPT_TYPE},
    {"name", required_argument, NULL, OPT_NAME},
    {"report", required_argument, NULL, OPT_REPORT},
    {"json", no_argument, NULL, OPT_JSON},
    {"inspect", no_argument, NULL, OPT_INSPECT},
    {"list-kinds", no_argument, NULL, OPT_KINDS},
    {"list-checks", no_argument, NULL, OPT_CHECKS},
    {"explain", required_argument, NULL, OPT_EXPLAIN},
    {"program-dir", required_argument, NULL, OPT_PROGRAMS},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* One option. 0, -1 for bad usage, 1 for help. */
static int
take_option(struct options *o, int option)
{
    switch (option) {
    case 'o':
        o->output = optarg;
        return 0;
    case 'd':
        o->folder = optarg;
        return 0;
    case 'f':
        o->force = true;
        return 0;
    case 'p':
        return set_profile(o, optarg);
    case OPT_SET:
        return set_switch(o, optarg);
    case OPT_TYPE:
        o->type = optarg;
        return 0;
    case OPT_NAME:
        o->name = optarg;
        return 0;
    case OPT_REPORT:
        o->report = optarg;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case OPT_INSPECT:
        o->inspect = true;
        return 0;
    case OPT_KINDS:
        o->kinds = true;
        return 0;
    case OPT_CHECKS:
        o->checks = true;
        return 0;
    case OPT_EXPLAIN:
        o->explain = optarg;
        return 0;
    case OPT_PROGRAMS:
        snprintf(o->program_dir, sizeof o->program_dir, "%s", optarg);
        return 0;
    case 'h':
        return 1;
    default:
        return -1;
    }
}

int
cmd_disarm(int argc, char **argv)
{
    static struct options o;
    int worst = 0, option;
    o = (struct options){.lang = message_lang()};
    if (!worker_own_dir(o.program_dir, sizeof o.program_dir))
        o.program_dir[0] = '\0';
    (void)disarm_profile_builtin("standard", &o.profile);
    optind = 1;
    while ((option = getopt_long(argc, argv, "o:d:fp:h", long_options, NULL)) != -1) {
        int answer = take_option(&o, option);
        if (answer != 0)
            return usage(&o, answer > 0 ? stdout : stderr, answer > 0 ? 0 : 2);
    }
    if (o.kinds)
        return list_kinds(&o);
    if (o.checks)
        return list_checks(&o);
    if (o.explain != NULL)
        return explain(&o);
    bool one = o.output != NULL || o.name != NULL;
    if (optind >= argc || (one && argc - optind > 1) || (o.output != NULL && o.folder != NULL))
        return usage(&o, stderr, 2);
    for (int i = optind; i < argc; i++) {
        int code = disarm_one(&o, argv[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}
