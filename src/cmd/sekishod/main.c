/*
 * sekishod: the supervisor. Holds the process table, parses nothing foreign, starts every program and joins them by
 * edges, starts again what dies, stops in order. One per state folder (lock).
 *
 *   sekishod --state DIR --data DIR --programs DIR --web DIR --config FILE [--demo]
 *   sekishod --table
 *
 * DIR/ready holds the pid while every program is ready.
 */
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/service/log.h"
#include "cmd/sekishod/child.h"
#include "cmd/sekishod/table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOP_WITHIN_MS = 10000, SETTINGS_BYTES = 4 << 20 };

struct supervisor {
    const char *state_dir, *data_dir, *program_dir, *web_dir, *config;
    bool demo, ready;
    struct loop *loop;
    struct children *children;
};

static int
table_print(void)
{
    for (size_t i = 0; i < program_row_count; i++)
        printf("program %-12s %s\n", program_table[i].name, program_table[i].binary);
    for (size_t i = 0; i < edge_row_count; i++)
        printf("edge %s (%s) -> %s (%s)\n", edge_table[i].client, edge_table[i].client_edge,
               edge_table[i].server, edge_table[i].server_edge);
    return 0;
}

static int
arguments_read(struct supervisor *s, int argc, char **argv)
{
    const struct {
        const char *key;
        const char **value;
    } rows[] = {{"--state", &s->state_dir}, {"--data", &s->data_dir},  {"--programs", &s->program_dir},
                {"--web", &s->web_dir},     {"--config", &s->config}};
    for (int i = 1; i < argc; i++) {
        bool found = strcmp(argv[i], "--demo") == 0;
        s->demo = s->demo || found;
        for (size_t r = 0; !found && r < sizeof rows / sizeof *rows; r++)
            if (strcmp(argv[i], rows[r].key) == 0 && i + 1 < argc) {
                *rows[r].value = argv[++i];
                found = true;
            }
        if (!found)
            return -1;
    }
    return s->state_dir && s->data_dir && s->program_dir && s->web_dir && s->config ? 0 : -1;
}

/* Writes or removes DIR/ready, which ./run waits for. */
static void
ready_tell(void *arg, bool ready)
{
    struct supervisor *s = arg;
    struct err err;
    char path[4096], tmp[4096], text[32];
    if (ready == s->ready)
        return;
    s->ready = ready;
    snprintf(path, sizeof path, "%s/ready", s->state_dir);
    snprintf(tmp, sizeof tmp, "%s/ready.new", s->state_dir);
    snprintf(text, sizeof text, "%d\n", (int)getpid());
    struct file_new new = {AT_FDCWD, tmp, AT_FDCWD, path, 0644};
    if (!ready)
        unlink(path);
    else if (file_replace(&new, str_of(text), &err) != 0)
        log_err(LOG_WARN, "ready.failed", &err);
    log_event(LOG_INFO, ready ? "node.ready" : "node.degraded", NULL);
}

static void
all_gone(void *arg)
{
    struct supervisor *s = arg;
    loop_stop(s->loop);
}

static void
child_signal(void *arg)
{
    struct supervisor *s = arg;
    children_reap(s->children);
}

static void
stop_signal(void *arg)
{
    struct supervisor *s = arg;
    log_event(LOG_INFO, "node.stopping", NULL);
    children_stop(s->children, STOP_WITHIN_MS);
}

/* A demo town and a real one never mix: DIR/demo marks the one, and --demo must agree. */
static int
demo_agrees(const struct supervisor *s, struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/demo", s->state_dir);
    bool marked = access(path, F_OK) == 0;
    if (marked != s->demo)
        return ERR(err, s->demo ? "config.not_demo" : "config.is_demo", "%s", s->state_dir);
    return 0;
}

static int
supervise(struct supervisor *s, struct err *err)
{
    struct settings settings;
    char lock[4096];
    struct arena *arena = arena_new(SETTINGS_BYTES);
    snprintf(lock, sizeof lock, "%s/lock", s->state_dir);
    if (demo_agrees(s, err) != 0 || file_lock(AT_FDCWD, lock, err) < 0 ||
        settings_read(arena, s->config, s->web_dir, s->demo, &settings, err) != 0) {
        arena_free(arena);
        return -1;
    }
    s->loop = loop_new();
    struct children_config config = {s->state_dir, s->data_dir, s->program_dir, &settings,
                                     ready_tell,   all_gone,    s};
    struct loop_watch *signals[] = {loop_signal_new(s->loop, SIGCHLD, child_signal, s),
                                    loop_signal_new(s->loop, SIGTERM, stop_signal, s),
                                    loop_signal_new(s->loop, SIGINT, stop_signal, s)};
    s->children = children_new(s->loop, &config, err);
    if (s->children != NULL) {
        children_start(s->children);
        loop_run(s->loop);
        ready_tell(s, false);
    }
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        loop_watch_free(signals[i]);
    arena_free(arena);
    return s->children == NULL ? -1 : 0;
}

int
main(int argc, char **argv)
{
    static struct supervisor supervisor; /* lives as long as the process */
    struct err err;
    log_program("sekishod");
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--table") == 0)
        return table_print();
    if (arguments_read(&supervisor, argc, argv) != 0) {
        log_event(LOG_ERROR, "service.usage", NULL);
        return 2;
    }
    if (supervise(&supervisor, &err) != 0) {
        log_err(LOG_ERROR, "node.failed", &err);
        return 3;
    }
    return 0;
}
