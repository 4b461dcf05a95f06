/*
 * Tests of proto/disarm: the wire, and what the parent makes of workers that die, hang, lie or eat.
 * The bad workers are shell scripts in a folder of the test's own; the product has no hook for
 * them.
 */
#include "proto/disarm/task.h"

#include "proto/disarm/wire.h"

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sekisho-task-XXXXXX";

static void
put_script(const char *name, const char *body)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", body);
    fclose(f);
    assert_int_equal(chmod(path, 0700), 0);
}

static int
memory_file(struct str bytes)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    return fd;
}

/* Runs one file; the reason, or "" when rebuilt. Static. */
static const char *
run(const struct disarm_config *config, const char *name, struct str bytes)
{
    static char reason[64];
    struct disarm_task *task;
    struct err err;
    int fd = memory_file(bytes);
    struct disarm_job job = {.input_fd = fd, .name = str_of(name)};
    assert_int_equal(disarm_profile_builtin("standard", &job.profile), 0);
    if (disarm_run_wait(config, &job, &task, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    close(fd);
    const struct disarm_result *r = disarm_task_result(task);
    snprintf(reason, sizeof reason, "%.*s", STR_FMT(r->reason));
    assert_true(str_starts(r->report, STR("{\"report\":1,")));
    assert_true(str_ends(r->report, STR("}")));
    assert_int_equal(r->verdict == TASK_REBUILT, r->output_fd >= 0);
    assert_int_equal(r->verdict == TASK_REBUILT, reason[0] == '\0');
    disarm_task_free(task);
    return reason;
}

static const char *
run_script(const char *body)
{
    struct disarm_config config = {.program_dir = folder, .wall_ms = 400};
    put_script("disarm-worker", body);
    return run(&config, "a.txt", STR("text"));
}

static void
test_bad_workers(void **state)
{
    (void)state;
    assert_string_equal(run_script("exit 0"), "worker.died");
    assert_string_equal(run_script("exit 3"), "worker.died");
    assert_string_equal(run_script("kill -SEGV $$"), "worker.died");
    assert_string_equal(run_script("kill -XCPU $$"), "limit.time");
    assert_string_equal(run_script("exec sleep 60"), "limit.time");
    assert_string_equal(run_script("printf garbage >&3; exec sleep 60"), "worker.output");
    assert_string_equal(run_script("printf skd1d >&3"), "worker.output");
}

/* A worker that says "rebuilt" but whose digest, report or name does not fit. */
static void
test_lying_workers(void **state)
{
    (void)state;
    static const char hash[] = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    static const struct {
        const char *sha, *report, *name, *bytes;
    } lies[] = {
        {"0000", "{\"report\":1,\"a\":1", "a.txt", "a"},
        {hash, "{\"report\":1,\"a\":1", "../a.txt", "a"},
        {hash, "{\"report\":1,\"a\":1", "", "a"},
        {hash, "not json", "a.txt", "a"},
        {hash, "{\"report\":1,\"a\":[1", "a.txt", "a"},
        {hash, "{\"report\":1,\"a\":\"", "a.txt", "a"},
        {hash, "{\"report\":1,\"a\":1", "a.txt", "b"},
        {hash, "{\"report\":1,\"a\":1", "a.txt", ""},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct wire_done done = {.verdict = WIRE_REBUILT,
                                 .output_bytes = 1,
                                 .report_bytes = strlen(lies[i].report),
                                 .sha256 = str_of(lies[i].sha),
                                 .name = str_of(lies[i].name),
                                 .kind = STR("txt")};
        char script[2000], packet[200];
        struct buf buf;
        buf_init(&buf, 4096);
        wire_put_done(&buf, &done);
        snprintf(packet, sizeof packet, "%s/packet", folder);
        FILE *f = fopen(packet, "w");
        assert_non_null(f);
        fwrite(buf.p, 1, buf.n, f);
        fclose(f);
        snprintf(script, sizeof script, "printf '%%s' '%s' >&6\nprintf '%%s' '%s' >&5\ncat %s >&3",
                 lies[i].report, lies[i].bytes, packet);
        assert_string_equal(run_script(script), "worker.output");
        buf_free(&buf);
    }
}

static void
test_missing_worker(void **state)
{
    (void)state;
    struct disarm_config config = {.program_dir = "/nonexistent"};
    struct disarm_task *task;
    struct err err;
    int fd = memory_file(STR("a"));
    struct disarm_job job = {.input_fd = fd, .name = STR("a.txt")};
    assert_int_equal(disarm_profile_builtin("standard", &job.profile), 0);
    assert_int_equal(disarm_run_wait(&config, &job, &task, &err), -1);
    assert_true(err_is(&err, "disarm.start"));
    close(fd);
}

static void
test_real_workers(void **state)
{
    (void)state;
    struct disarm_config config = {.program_dir = SEKISHO_BUILD_DIR};
    if (access(SEKISHO_BUILD_DIR "/disarm-worker", X_OK) < 0 ||
        access(SEKISHO_BUILD_DIR "/inspect-worker", X_OK) < 0)
        skip();
    assert_string_equal(run(&config, "a.txt", STR("関所\r\n")), "");
    assert_string_equal(run(&config, "a.exe", STR("x")), "type.forbidden");
    assert_string_equal(run(&config, "a.docx", STR("PK\x03\x04")), "parse.malformed");
    assert_string_equal(run(&config, "", STR("")), "type.unknown");
}

static void
test_wire(void **state)
{
    (void)state;
    struct wire_job job = {STR("案内.docx"), STR("docx"), STR("{}")}, back;
    struct wire_done done = {.verdict = WIRE_REBUILT, .output_bytes = 1ULL << 40, .name = STR("a")};
    struct wire_done done_back;
    struct err err;
    struct buf buf;
    buf_init(&buf, 4096);
    wire_put_job(&buf, &job);
    assert_int_equal(wire_get_job(buf_str(&buf), &back, &err), 0);
    assert_true(str_equal(back.name, job.name) && str_equal(back.profile, job.profile));
    assert_int_equal(wire_get_done(buf_str(&buf), &done_back, &err), -1);
    for (size_t cut = 0; cut < buf.n; cut++)
        assert_int_equal(wire_get_job(str_slice(buf_str(&buf), 0, cut), &back, &err), -1);
    buf_put_char(&buf, 'x');
    assert_int_equal(wire_get_job(buf_str(&buf), &back, &err), -1);
    buf_clear(&buf);
    wire_put_done(&buf, &done);
    assert_int_equal(wire_get_done(buf_str(&buf), &done_back, &err), 0);
    assert_int_equal(done_back.output_bytes, 1ULL << 40);
    buf_free(&buf);
}

static int
make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"disarm-worker", "packet"};
    char path[200];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire),          cmocka_unit_test(test_bad_workers),
        cmocka_unit_test(test_lying_workers), cmocka_unit_test(test_missing_worker),
        cmocka_unit_test(test_real_workers),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
