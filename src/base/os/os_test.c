/*
 * os_test: files appear whole or not at all, faults reach the caller, dates are those of the
 * calendar.
 */
#include "base/os/file.h"
#include "base/os/time.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static int dir = -1;

static int
folder_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/os_test.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    struct err err;
    dir = file_open_dir(AT_FDCWD, folder, &err);
    return dir < 0 ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int
folder_remove(void **state)
{
    (void)state;
    file_close(&dir);
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
expect_file(const char *path, const char *want)
{
    struct buf b;
    struct err err;
    buf_init(&b, 1000);
    assert_int_equal(file_read(dir, path, 1000, &b, &err), 0);
    assert_true(str_equal_z(buf_str(&b), want));
    buf_free(&b);
}

static int fail_after;
static int
failing_fdatasync(int fd)
{
    (void)fd;
    errno = EIO;
    return fail_after-- > 0 ? 0 : -1;
}
static ssize_t
full_write(int fd, const void *p, size_t n)
{
    (void)p, (void)n, (void)fd;
    errno = ENOSPC;
    return -1;
}

static void
a_file_is_replaced_whole_or_not(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(file_mkdirs(dir, "a/b", 0700, &err), 0);
    assert_int_equal(file_mkdirs(dir, "a/b", 0700, &err), 0);
    struct file_new new = {dir, "tmp", dir, "a/b/f", 0644};
    assert_int_equal(file_replace(&new, STR("old"), &err), 0);
    struct os_calls calls = os_calls_real;
    calls.fdatasync = failing_fdatasync;
    fail_after = 0;
    os_calls_set(&calls);
    assert_int_equal(file_replace(&new, STR("new"), &err), -1);
    assert_true(err_is(&err, "file.sync"));
    calls = os_calls_real;
    calls.write = full_write;
    assert_int_equal(file_replace(&new, STR("new"), &err), -1);
    assert_true(err_is(&err, "file.full"));
    os_calls_set(NULL);
    expect_file("a/b/f", "old");
    assert_int_equal(file_replace(&new, STR("new"), &err), 0);
    expect_file("a/b/f", "new");
    struct stat st;
    assert_int_equal(fstatat(dir, "a/b/f", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(fstatat(dir, "tmp", &st, 0), -1);
}

static void
reading_refuses_what_it_should(void **state)
{
    (void)state;
    struct err err;
    struct buf b;
    buf_init(&b, 100);
    struct file_new new = {dir, "tmp", dir, "ten", 0600};
    assert_int_equal(file_replace(&new, STR("0123456789"), &err), 0);
    assert_int_equal(file_read(dir, "ten", 9, &b, &err), -1);
    assert_true(err_is(&err, "file.size"));
    buf_clear(&b);
    assert_int_equal(file_read(dir, "ten", 10, &b, &err), 0);
    assert_int_equal(file_read(dir, "none", 10, &b, &err), -1);
    assert_true(err_is(&err, "file.missing"));
    assert_int_equal(symlinkat("ten", dir, "link"), 0);
    assert_int_equal(file_read(dir, "link", 10, &b, &err), -1);
    assert_true(err_is(&err, "file.open"));
    assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
    assert_int_equal(file_read(dir, "pipe", 10, &b, &err), -1);
    assert_true(err_is(&err, "file.kind"));
    int fd = file_open(dir, "ten", O_RDONLY, 0, &err);
    char part[20];
    assert_int_equal(file_pread(fd, part, 4, 6, &err), 0);
    assert_memory_equal(part, "6789", 4);
    assert_int_equal(file_pread(fd, part, 5, 6, &err), -1);
    assert_true(err_is(&err, "file.short"));
    file_close(&fd);
    buf_free(&b);
}

static void
a_lock_is_taken_once(void **state)
{
    (void)state;
    struct err err;
    int a = file_lock(dir, "lock", &err);
    assert_true(a >= 0);
    assert_int_equal(file_lock(dir, "lock", &err), -1);
    assert_true(err_is(&err, "file.locked"));
    file_close(&a);
    a = file_lock(dir, "lock", &err);
    assert_true(a >= 0);
    file_close(&a);
}

static void
a_sealed_file_stays_as_it_is(void **state)
{
    (void)state;
    struct err err;
    int open_one = file_memory("t", &err);
    assert_int_equal(file_sealed_size(open_one, 100, &err), -1);
    assert_true(err_is(&err, "file.unsealed"));
    file_close(&open_one);
    int fd = file_sealed("t", STR("bytes"), &err);
    assert_int_equal(file_sealed_size(fd, 100, &err), 5);
    assert_int_equal(file_sealed_size(fd, 4, &err), -1);
    assert_int_equal(file_pwrite(fd, "x", 1, 0, &err), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    file_close(&fd);
}

static int
note_name(void *context, const char *path, const struct stat *st, struct err *err)
{
    (void)st, (void)err;
    buf_printf(context, "%s;", path);
    return strcmp(path, "stop") == 0 ? 7 : 0;
}

static void
a_walk_is_sorted_and_follows_no_link(void **state)
{
    (void)state;
    struct err err;
    struct buf b;
    buf_init(&b, 1000);
    assert_int_equal(file_mkdirs(dir, "w/x001", 0700, &err), 0);
    assert_int_equal(file_mkdirs(dir, "w/b", 0700, &err), 0);
    assert_int_equal(symlinkat("..", dir, "w/a"), 0);
    struct file_new new = {dir, "tmp", dir, "w/b/f", 0600};
    assert_int_equal(file_replace(&new, STR(""), &err), 0);
    assert_int_equal(file_walk(dir, "w", note_name, &b, &err), 0);
    assert_true(str_equal_z(buf_str(&b), "a;b;b/f;x001;"));
    assert_int_equal(file_walk(dir, "nothing", note_name, &b, &err), -1);
    new.path = "stop";
    assert_int_equal(file_replace(&new, STR(""), &err), 0);
    assert_int_equal(file_walk(dir, ".", note_name, &b, &err), 7);
    buf_free(&b);
}

static void
time_has_one_form(void **state)
{
    (void)state;
    char text[TIME_CHARS + 1];
    int64_t us;
    assert_true(time_parse(STR("2026-04-01T00:12:45.123456Z"), &us));
    assert_true(us == INT64_C(1775002365123456));
    time_format(us, text);
    assert_string_equal(text, "2026-04-01T00:12:45.123456Z");
    time_format(TIME_US_LAST, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
    static const char *const bad[] = {"2026-02-30T00:00:00.000000Z", "2026-04-01T24:00:00.000000Z",
                                      "2026-04-01 00:00:00.000000Z", "2026-04-01T00:00:00.00000Z",
                                      "2026-04-01T00:00:60.000000Z", "1969-12-31T00:00:00.000000Z",
                                      "2026-13-01T00:00:00.000000Z", "2026-04-01T00:00:00.000000z",
                                      "+026-04-01T00:00:00.000000Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(time_parse(str_of(bad[i]), &us));
}

static void
days_follow_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(day_of_civil((struct civil){1970, 1, 1}), 0);
    assert_int_equal(day_of_civil((struct civil){2000, 2, 29}), 11016);
    int64_t last = day_of_civil((struct civil){9999, 12, 31});
    for (int64_t day = 0; day <= last; day += 17) {
        struct civil d = civil_of_day(day);
        assert_true(civil_exists(d));
        assert_int_equal(day_of_civil(d), day);
    }
    assert_false(civil_exists((struct civil){2100, 2, 29}));
    int64_t day;
    assert_true(date_parse(STR("2026-04-01"), &day));
    assert_int_equal(day_weekday(day), 3); /* Wednesday */
    int64_t us;
    assert_true(time_parse(STR("2026-03-31T15:00:00.000000Z"), &us));
    assert_int_equal(tokyo_day(us), day);
    assert_int_equal(tokyo_day(us - 1), day - 1);
    assert_true(tokyo_day_start(day) == us);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_whole_or_not),
        cmocka_unit_test(reading_refuses_what_it_should),
        cmocka_unit_test(a_lock_is_taken_once),
        cmocka_unit_test(a_sealed_file_stays_as_it_is),
        cmocka_unit_test(a_walk_is_sorted_and_follows_no_link),
        cmocka_unit_test(time_has_one_form),
        cmocka_unit_test(days_follow_the_calendar),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
