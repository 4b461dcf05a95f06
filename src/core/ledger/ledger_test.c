/*
 * ledger_test: the writer against itself: order, duplicates, gaps, restarts, copies, damage.
 *
 * `ledger_test DIR SIZE [STEP]` writes a log of SIZE entries (published every STEP) below DIR
 * instead, for tests/ledger/judge and bench/ledger.
 */
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/ledger/ledger.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int dir = -1;
static int64_t clock_us = INT64_C(1775001600000000);

static int64_t
fake_now(void)
{
    return clock_us += 7000;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int
setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ledger_test.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    dir = file_open_dir(AT_FDCWD, folder, NULL);
    return dir < 0 ? -1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    file_close(&dir);
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct ledger *
open_at(int at, struct ledger_start *found, struct err *err)
{
    struct ledger_config config = {.dir = at,
                                   .origin = "test.sekisho.invalid/n1/1",
                                   .journal_bytes = 2 << 20,
                                   .free_refuse_bytes = 1,
                                   .version = "0.0.0",
                                   .now_us = fake_now};
    return ledger_open(&config, found, err);
}

static struct ledger *
must_open(struct ledger_start *found)
{
    struct err err;
    struct ledger *l = open_at(dir, found, &err);
    if (l == NULL)
        fail_msg("%s: %s", err.code, err.detail);
    return l;
}

/* A row of a plausible size: SEQ makes it unlike all others. */
static int
put(struct ledger *l, const char *source, uint64_t seq, struct ledger_stamp *stamp, struct err *err)
{
    char data[600];
    bool core = strcmp(source, "cored") == 0;
    if (core)
        snprintf(
            data, sizeof data,
            "{\"act\":\"0195ee00-0000-7000-8000-%012llu\",\"actor\":\"system\",\"body\":\"town\","
            "\"clauses\":[\"std/6.1.1.\xE3\x82\xA6.\xE3\x82\xA4\"],\"commit\":\"%064llx\","
            "\"from\":\"pending\",\"move\":\"approve\",\"record\":\"carry_out/%llu\","
            "\"revision\":%llu,\"to\":\"approved\"}",
            (unsigned long long)seq, (unsigned long long)seq * 977, (unsigned long long)seq,
            (unsigned long long)seq % 5 + 1);
    else
        snprintf(data, sizeof data, "{\"cases\":%llu,\"result\":\"up\"}", (unsigned long long)seq);
    struct ledger_input in = {str_of(source), seq, core ? STR("register.moved") : STR("gate.probe"),
                              str_of(data)};
    return ledger_take(l, &in, stamp, err);
}

static void
must_put(struct ledger *l, const char *source, uint64_t seq)
{
    struct ledger_stamp stamp;
    struct err err;
    if (put(l, source, seq, &stamp, &err) != LEDGER_TAKEN)
        fail_msg("%s: %s", err.code, err.detail);
}

static void
must_commit(struct ledger *l)
{
    struct err err;
    assert_int_equal(ledger_commit(l, &err), 0);
}

static void
must_publish(struct ledger *l)
{
    struct err err;
    if (ledger_publish(l, &err) != 0)
        fail_msg("%s: %s", err.code, err.detail);
}

/* Fills L up to SIZE entries, publishing every STEP. */
static void
fill(struct ledger *l, uint64_t size, uint64_t step)
{
    static const char *const sources[] = {"cored", "gated", "cored", "gated.lgwan"};
    while (ledger_size(l) < size) {
        for (uint64_t n = ledger_size(l); n < size && !ledger_group_full(l); n++) {
            const char *source = sources[n % 4];
            must_put(l, source, ledger_head(l, str_of(source)) + 1);
            if (step > 0 && (n + 1) % step == 0)
                break;
        }
        must_commit(l);
        if (step > 0 && ledger_size(l) % step == 0)
            must_publish(l);
        else
            assert_true(ledger_slice(l, NULL) >= 0);
    }
    must_publish(l);
}

static void
seq_is_counted_and_repeated_rows_keep_their_place(void **state)
{
    (void)state;
    struct ledger_start found;
    struct ledger_stamp stamp, again;
    struct err err;
    struct ledger *l = must_open(&found);
    assert_true(found.created);
    assert_int_equal(ledger_size(l), 1);
    assert_int_equal(put(l, "cored", 2, &stamp, &err), -1);
    assert_true(err_is(&err, "ledger.gap"));
    assert_int_equal(put(l, "cored", 0, &stamp, &err), -1);
    assert_int_equal(put(l, "cored", 1, &stamp, &err), LEDGER_TAKEN);
    assert_int_equal(stamp.index, 1);
    must_put(l, "cored", 2);
    assert_int_equal(put(l, "cored", 1, &again, &err), LEDGER_DUPLICATE);
    assert_true(again.index == stamp.index && again.at_us == stamp.at_us);
    must_commit(l);
    struct ledger_input other = {
        STR("cored"), 1, STR("config.load"),
        STR("{\"digest\":\"0000000000000000000000000000000000000000000000000000"
            "000000000000\",\"part\":\"x\"}")};
    assert_int_equal(ledger_take(l, &other, &again, &err), -1);
    assert_true(err_is(&err, "ledger.reused"));
    ledger_close(l);
    l = must_open(&found);
    assert_int_equal(found.replayed, 2);
    assert_int_equal(ledger_head(l, STR("cored")), 2);
    assert_int_equal(put(l, "cored", 1, &again, &err), LEDGER_DUPLICATE);
    assert_true(again.index == stamp.index && again.at_us == stamp.at_us);
    fill(l, 2000, 700);
    ledger_close(l);
    l = must_open(&found);
    assert_int_equal(found.replayed, 0);
    assert_int_equal(put(l, "cored", 1, &again, &err), LEDGER_DUPLICATE);
    assert_true(again.index == stamp.index && again.at_us == stamp.at_us);
    ledger_close(l);
}

static void
what_breaks_the_rules_is_not_taken(void **state)
{
    (void)state;
    struct ledger_start found;
    struct ledger_stamp stamp;
    struct err err;
    struct ledger *l = must_open(&found);
    static const struct {
        const char *source, *kind, *data, *code;
    } bad[] = {
        {"gated", "register.moved", "{}", "ledger.kind"},
        {"cored", "gate.probe", "{\"result\":\"up\"}", "ledger.kind"},
        {"cored", "no.kind", "{}", "ledger.kind"},
        {"ledgerd", "ledger.beat", "{\"size\":1}", "ledger.kind"},
        {"gated", "gate.probe", "{}", "ledger.entry"},
        {"gated", "gate.probe", "{\"result\":\"UP\"}", "ledger.entry"},
        {"gated", "gate.probe", "{\"result\":\"up\",\"x\":1}", "ledger.entry"},
        {"gated", "gate.probe", "{ \"result\":\"up\"}", "ledger.entry"},
        {"gated", "gate.probe", "{\"result\":1}", "ledger.entry"},
        {"gated", "gate.probe", "[]", "ledger.entry"},
        {"gated", "gate.probe", "{\"result\":\"up\"},\"kind\":\"x.y\"", "ledger.entry"},
        {"Gated", "gate.probe", "{\"result\":\"up\"}", "ledger.kind"},
        {"cored.x", "config.load", "{}", "ledger.kind"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ledger_input in = {str_of(bad[i].source), 1, str_of(bad[i].kind),
                                  str_of(bad[i].data)};
        assert_int_equal(ledger_take(l, &in, &stamp, &err), -1);
        assert_string_equal(err.code, bad[i].code);
    }
    assert_int_equal(ledger_size(l), 1);
    ledger_close(l);
}

static void
a_clock_set_back_is_told_and_time_stands_still(void **state)
{
    (void)state;
    struct ledger_start found;
    struct ledger_stamp a, b;
    struct err err;
    struct ledger *l = must_open(&found);
    assert_int_equal(put(l, "cored", 1, &a, &err), LEDGER_TAKEN);
    clock_us -= 3600 * INT64_C(1000000);
    assert_int_equal(put(l, "cored", 2, &b, &err), LEDGER_TAKEN);
    assert_int_equal(b.at_us, a.at_us);
    assert_int_equal(b.index, a.index + 2); /* ledger.clock stands between */
    must_put(l, "cored", 3);
    must_commit(l);
    assert_int_equal(ledger_size(l), b.index + 2);
    clock_us += 3600 * INT64_C(1000000);
    ledger_close(l);
}

static void
one_folder_has_one_writer_and_a_copy_none(void **state)
{
    (void)state;
    struct ledger_start found;
    struct err err;
    struct ledger *l = must_open(&found);
    assert_null(open_at(dir, &found, &err));
    assert_true(err_is(&err, "file.locked"));
    ledger_close(l);
    assert_int_equal(unlinkat(dir, "state/signed", 0), 0);
    assert_null(open_at(dir, &found, &err));
    assert_true(err_is(&err, "ledger.no_state"));
}

static void
flip(const char *path, off_t at)
{
    char c;
    int fd = openat(dir, path, O_RDWR);
    assert_true(fd >= 0);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    if (at < 0)
        at += st.st_size;
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

static void
damage_keeps_it_down(void **state)
{
    (void)state;
    struct ledger_start found;
    struct err err;
    struct ledger *l = must_open(&found);
    fill(l, 600, 300);
    ledger_close(l);
    static const struct {
        const char *path;
        off_t at;
    } rot[] = {
        {"log/tile/entries/002.p/88", 40}, {"log/tile/0/002.p/88", 3}, {"log/tile/1/000.p/2", 33},
        {"log/tile/entries/002.p/88", 1},  {"state/signed", 30},       {"state/signed", -3}};
    for (size_t i = 0; i < sizeof rot / sizeof *rot; i++) {
        flip(rot[i].path, rot[i].at);
        l = open_at(dir, &found, &err);
        if (l != NULL)
            fail_msg("%s: opened", rot[i].path);
        assert_true(err_is(&err, "ledger.damaged"));
        flip(rot[i].path, rot[i].at);
    }
    l = must_open(&found);
    ledger_close(l);
}

static void
an_acknowledged_entry_that_rots_is_missed(void **state)
{
    (void)state;
    struct ledger_start found;
    struct err err;
    struct ledger *l = must_open(&found);
    must_put(l, "cored", 1);
    must_commit(l);
    must_put(l, "cored", 2);
    must_put(l, "cored", 3);
    must_commit(l);
    ledger_close(l);
    /* The journal's newest segment: opened, one, (two, three). */
    flip("state/journal.1", 64 + 56 + 300);
    assert_null(open_at(dir, &found, &err));
    assert_true(err_is(&err, "ledger.damaged"));
    flip("state/journal.1", 64 + 56 + 300);
    assert_int_equal(unlinkat(dir, "state/journal.1", 0), 0);
    assert_null(open_at(dir, &found, &err));
    assert_true(err_is(&err, "ledger.damaged"));
}

static void
the_checkpoint_comes_back_from_the_state(void **state)
{
    (void)state;
    struct ledger_start found;
    struct ledger *l = must_open(&found);
    fill(l, 10, 3);
    struct buf note, again;
    buf_init(&note, 4096);
    buf_init(&again, 4096);
    buf_put_str(&note, ledger_note(l));
    ledger_close(l);
    assert_int_equal(unlinkat(dir, "log/checkpoint", 0), 0);
    l = must_open(&found);
    assert_int_equal(file_read(dir, "log/checkpoint", 4096, &again, NULL), 0);
    assert_true(str_equal(buf_str(&again), ledger_note(l)));
    assert_int_equal(ledger_signed_size(l), 11);
    ledger_close(l);
    buf_free(&note);
    buf_free(&again);
}

static void
receipts_come_when_a_checkpoint_covers_them(void **state)
{
    (void)state;
    struct ledger_start found;
    struct err err;
    struct buf receipt;
    struct ledger *l = must_open(&found);
    buf_init(&receipt, 65536);
    must_put(l, "cored", 1);
    must_commit(l);
    assert_int_equal(ledger_prove(l, 2, true, &receipt, &err), -1);
    assert_true(err_is(&err, "ledger.no_entry"));
    assert_int_equal(ledger_prove(l, 1, true, &receipt, &err), -1);
    assert_true(err_is(&err, "ledger.pending"));
    must_publish(l);
    assert_int_equal(ledger_prove(l, 1, true, &receipt, &err), 0);
    buf_free(&receipt);
    ledger_close(l);
}

static int fail_in;

static int
failing_sync(int fd)
{
    if (fail_in >= 0 && fail_in-- == 0) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

static ssize_t
full_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (fail_in >= 0 && fail_in-- == 0) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, p, n, at);
}

static void
a_failed_write_ends_it_and_nothing_is_acknowledged(void **state)
{
    (void)state;
    struct os_calls calls[2] = {os_calls_real, os_calls_real};
    calls[0].fdatasync = failing_sync;
    calls[1].pwrite = full_pwrite;
    for (int i = 0; i < 2; i++) {
        struct ledger_start found;
        struct ledger_stamp stamp;
        struct err err;
        struct ledger *l = must_open(&found);
        uint64_t seq = ledger_head(l, STR("cored")) + 1;
        must_put(l, "cored", seq);
        fail_in = 0;
        os_calls_set(&calls[i]);
        assert_int_equal(ledger_commit(l, &err), -1);
        assert_string_equal(err.code, i == 0 ? "file.sync" : "file.full");
        assert_int_equal(ledger_commit(l, &err), -1); /* never tried again */
        assert_true(err_is(&err, "ledger.broken"));
        assert_int_equal(put(l, "cored", seq + 1, &stamp, &err), -1);
        assert_true(err_is(&err, "ledger.broken"));
        assert_int_equal(ledger_publish(l, &err), -1);
        ledger_close(l);
        os_calls_set(NULL);
        l = must_open(&found);
        /* It may be there or not, but once: the sender sends it again and learns its place. */
        int again = put(l, "cored", seq, &stamp, &err);
        assert_true(again == LEDGER_TAKEN || again == LEDGER_DUPLICATE);
        must_commit(l);
        assert_int_equal(ledger_head(l, STR("cored")), seq);
        ledger_close(l);
    }
}

static void
a_publish_that_fails_half_way_is_done_again(void **state)
{
    (void)state;
    struct os_calls calls = os_calls_real;
    calls.fdatasync = failing_sync;
    for (int n = 0; n < 8; n++) {
        struct ledger_start found;
        struct err err;
        struct ledger *l = must_open(&found);
        uint64_t want = ledger_size(l) + 300;
        while (ledger_size(l) < want) {
            must_put(l, "cored", ledger_head(l, STR("cored")) + 1);
            must_commit(l);
        }
        fail_in = n;
        os_calls_set(&calls);
        int r = ledger_publish(l, &err);
        os_calls_set(NULL);
        assert_true(r == 0 || err_is(&err, "file.sync"));
        ledger_close(l);
        l = must_open(&found);
        assert_int_equal(ledger_size(l), want + 1);
        assert_int_equal(ledger_signed_size(l), want + 1);
        ledger_close(l);
    }
}

static void
a_full_disk_is_refused_before_it_is_full(void **state)
{
    (void)state;
    struct ledger_start found;
    struct ledger_stamp stamp;
    struct err err;
    struct ledger_config config = {.dir = dir,
                                   .origin = "test.sekisho.invalid/n1/1",
                                   .journal_bytes = 2 << 20,
                                   .free_refuse_bytes = UINT64_MAX,
                                   .version = "0.0.0",
                                   .now_us = fake_now};
    struct ledger *l = ledger_open(&config, &found, &err);
    assert_non_null(l); /* its own words are let in, so that it starts and can be read */
    assert_int_equal(put(l, "cored", 1, &stamp, &err), -1);
    assert_true(err_is(&err, "ledger.full"));
    assert_int_equal(ledger_head(l, STR("cored")), 0);
    ledger_close(l);
}

/* Writes a log instead of testing. */
static int
write_log(const char *path, uint64_t size, uint64_t step)
{
    struct ledger_start found;
    struct err err;
    if (mkdir(path, 0755) != 0 || (dir = file_open_dir(AT_FDCWD, path, &err)) < 0)
        return 2;
    struct ledger *l = open_at(dir, &found, &err);
    if (l == NULL) {
        fprintf(stderr, "%s: %s\n", err.code, err.detail);
        return 2;
    }
    if (size > 0)
        fill(l, size, step);
    ledger_close(l);
    return 0;
}

int
main(int argc, char **argv)
{
    uint64_t size;
    uint64_t step = 0;
    if (argc >= 3 && str_to_u64(str_of(argv[2]), &size)) {
        if (argc > 3)
            str_to_u64(str_of(argv[3]), &step);
        return write_log(argv[1], size, step);
    }
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(seq_is_counted_and_repeated_rows_keep_their_place),
        T(what_breaks_the_rules_is_not_taken),
        T(a_clock_set_back_is_told_and_time_stands_still),
        T(one_folder_has_one_writer_and_a_copy_none),
        T(damage_keeps_it_down),
        T(an_acknowledged_entry_that_rots_is_missed),
        T(the_checkpoint_comes_back_from_the_state),
        T(receipts_come_when_a_checkpoint_covers_them),
        T(a_failed_write_ends_it_and_nothing_is_acknowledged),
        T(a_publish_that_fails_half_way_is_done_again),
        T(a_full_disk_is_refused_before_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
