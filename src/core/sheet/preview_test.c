/*
 * Tests of core/sheet: a table from its record stream to records, on both databases: what a preview
 * says, what an approval binds, that a row whose record moved on is left.
 */
#include "core/sheet/preview.h"

#include "core/sheet/apply.h"
#include "core/sheet/rows.h"
#include "format/sheet/stream.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999)"},
    {"t3", "INSERT INTO post VALUES (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:aaaaaaaaaaaaaaaaaaaaaaaaaa', '佐藤', ''),"
           " (2, 'p:bbbbbbbbbbbbbbbbbbbbbbbbbb', '山﨑', '')"},
    {"t5", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999)"},
    {"t6", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 101, 'main', 0, 99999, '')"},
};

static const char things[] =
    "register: things\nversion: 1\nextends: base/permit\ntitle: {ja: 物品, en: Things}\n"
    "topics: [\"8(4)\"]\nretain: {years: 5, from: closed, then: review}\nmatch: [label]\n"
    "fields:\n"
    "  - {key: label, type: text, max: 40, required: true, title: {ja: 札, en: Label}}\n"
    "  - {key: note, type: text, title: {ja: 覚え, en: Note}}\n"
    "access: [{role: [chief], rows: all}]\n";

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;
static struct batch batch;
static struct preview *preview;
static int last;

static int
unit_fill(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    for (size_t i = 0; i < sizeof town / sizeof *town; i++) {
        if (db_exec(s, &town[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
done(void *arg, int result, const struct err *err)
{
    (void)arg;
    last = result;
    if (result < 0) {
        fail_msg("%s %s", err->code, err->detail);
    }
}

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[256];
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    memcpy(folder, "/tmp/sheet_preview_XXXXXX", 26);
    if (mkdtemp(folder) == NULL || register_set_load(DATA, &set, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    } else {
        (void)snprintf(path, sizeof path, "%s/db", folder);
    }
    struct store_options options = {.path = path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &store, &err) < 0) {
        return -1;
    }
    store_write(store, unit_fill, done, NULL);
    if (register_check(set, set->arena, "things.yaml", str_of(things), &def, &findings, &err) < 0 ||
        findings != NULL) {
        print_error("%s\n", findings != NULL ? findings->err.detail : err.code);
        return -1;
    }
    set->defs[set->def_count++] = *def;
    arena = arena_new(16 << 20);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    store_close(store);
    register_set_free(set);
    arena_free(arena);
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

/* ---- steps ---- */

static int
add_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return batch_add(s, &batch, err);
}

static int
preview_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return preview_step(preview, s, err);
}

static int
begin_unit(struct store *s, void *arg, struct err *err)
{
    const struct register_def *def = register_def_find(set, STR("things"));
    return batch_begin(s, &batch, arg, def->digest, STR("password"), err);
}

static int
apply_unit(struct store *s, void *arg, struct err *err)
{
    struct apply_place place = {.batch = batch.id};
    return apply_step(set, s, &place, *(size_t *)arg, err);
}

/* Previews TEXT (cells by commas, rows by line feeds) as sent by PERSON. */
static void
preview_of(uint64_t person, const char *text)
{
    struct buf out;
    struct err err = {0};
    struct str rest = str_of(text), line, cell;
    uint32_t number = 0;
    buf_init(&out, 1 << 20);
    sheet_stream_put_sheet(&out, STR("表"));
    while (str_split_next(&rest, '\n', &line)) {
        struct sheet_cell cells[20];
        struct sheet_row row = {++number, 0, cells};
        while (str_split_next(&line, ',', &cell)) {
            cells[row.count++] = (struct sheet_cell){
                .text = cell, .type = (uint8_t)(cell.n > 0 ? SHEET_TEXT : SHEET_EMPTY)};
        }
        sheet_stream_put_row(&out, &row);
    }
    struct sheet_result result = {
        .encoding = SHEET_UTF8, .separator = ',', .sheets = 1, .rows = number};
    sheet_stream_put_end(&out, &result);
    batch = (struct batch){.person = person,
                           .reg = STR("things"),
                           .name = STR("x.csv"),
                           .encoding = STR("auto"),
                           .sheet = STR("")};
    store_write(store, add_unit, done, NULL);
    if (preview_new(set, &batch, buf_str(&out), &preview, &err) < 0) {
        fail_msg("%s %s", err.code, err.detail);
    }
    do {
        store_write(store, preview_unit, done, NULL);
    } while (last > 0);
    preview_free(preview);
    buf_free(&out);
    assert_int_equal(0, batch_get(store, arena, batch.id, &batch, &err));
    assert_true(str_equal_z(batch.state, "previewed"));
}

static void
counts(int64_t created, int64_t changed, int64_t same, int64_t errors)
{
    assert_int_equal(created, batch.created);
    assert_int_equal(changed, batch.changed);
    assert_int_equal(same, batch.same);
    assert_int_equal(errors, batch.errors);
}

static void
apply_all(size_t most)
{
    struct err err = {0};
    store_write(store, begin_unit, done, batch.digest);
    do {
        store_write(store, apply_unit, done, &most);
    } while (last > 0);
    assert_int_equal(0, batch_get(store, arena, batch.id, &batch, &err));
}

static bool
rows_say(const char *kind, const char *word)
{
    struct err err = {0};
    json_t *rows = NULL;
    struct batch_page page = {.kind = str_of(kind)};
    assert_int_equal(0, batch_rows_json(store, &batch, &page, &rows, &err));
    char *text = json_dumps(rows, JSON_COMPACT);
    bool found = strstr(text, word) != NULL;
    free(text);
    json_decref(rows);
    return found;
}

#define TWO "札,覚え,期間\nA,一,2026-04-01～2027-03-31\nB,,2026-04-01～2027-03-31"

static void
test_new_and_same(void **state)
{
    (void)state;
    preview_of(1, TWO);
    counts(2, 0, 0, 0);
    apply_all(1);
    assert_true(str_equal_z(batch.state, "done"));
    assert_int_equal(2, batch.done);
    preview_of(1, TWO);
    counts(0, 0, 2, 0); /* known by `match` */
    preview_of(2, TWO);
    counts(0, 0, 0, 2); /* another person: the labels are taken, and she may not see by whom */
    assert_true(rows_say("error", "register.field_taken"));
    assert_false(rows_say("error", "一"));
}

static void
test_change(void **state)
{
    (void)state;
    preview_of(1, TWO);
    apply_all(500);
    preview_of(1, "札,覚え,期間\nA,二,2026-04-01～2027-03-31\nB,,2026-04-01～2027-03-31");
    counts(0, 1, 1, 0);
    assert_true(rows_say("change", "{\"field\":\"note\",\"from\":\"一\",\"to\":\"二\"}"));
    apply_all(500);
    assert_int_equal(1, batch.done);
}

static int
must_fail_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    size_t one = 1;
    if (apply_unit(s, &one, err) >= 0) {
        return ERR(err, "test.applied", "%s", "");
    }
    assert_string_equal(err->code, "register.changed");
    return -1;
}

static void
failed(void *arg, int result, const struct err *err)
{
    (void)arg;
    assert_int_equal(-1, result);
    assert_string_equal(err->code, "register.changed");
}

static int
leave_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    struct err why;
    (void)ERR(&why, "register.changed", "%s", "2");
    return apply_leave(s, batch.id, &why, err);
}

static void
test_stale(void **state)
{
    (void)state;
    size_t most = 500;
    preview_of(1, TWO);
    apply_all(500);
    preview_of(1, "札,覚え,期間\nA,二,2026-04-01～2027-03-31");
    struct batch first = batch;
    preview_of(1, "札,覚え,期間\nA,三,2026-04-01～2027-03-31");
    apply_all(500);
    batch = first;
    store_write(store, begin_unit, done, batch.digest);
    store_write(store, must_fail_unit, failed, NULL);
    store_write(store, leave_unit, done, NULL);
    store_write(store, apply_unit, done, &most);
    assert_int_equal(0, last);
    assert_true(rows_say("left", "register.changed"));
}

static void
test_twice(void **state)
{
    (void)state;
    preview_of(1, "札,期間\nA,2026-04-01～2027-03-31\nA,2026-04-01～2027-03-31");
    counts(1, 0, 0, 1);
    assert_true(rows_say("error", "\"sheet.twice\""));
}

static void
refused(void *arg, int result, const struct err *err)
{
    assert_int_equal(-1, result);
    assert_string_equal(err->code, arg);
}

static int
begin_other_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    unsigned char other[32] = {1};
    return begin_unit(s, other, err);
}

static int
begin_same_unit(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return begin_unit(s, batch.digest, err);
}

static void
test_approval(void **state)
{
    (void)state;
    char changed[] = "sheet.preview_changed", errors[] = "sheet.errors", gone[] = "sheet.state";
    preview_of(1, TWO);
    store_write(store, begin_other_unit, refused, changed);
    apply_all(500);
    store_write(store, begin_same_unit, refused, gone);
    preview_of(1, "札,期間\n,2026-04-01～2027-03-31");
    counts(0, 0, 0, 1);
    store_write(store, begin_same_unit, refused, errors);
}

/* A register that goes out as a stream, previewed again. */
static void
test_out_and_in(void **state)
{
    (void)state;
    struct err err = {0};
    struct rows *rows = NULL;
    preview_of(1, TWO);
    apply_all(500);
    int file = memfd_create("rows", MFD_CLOEXEC);
    struct rows_ask ask = {.set = set, .reg = STR("things"), .caller = {.person = 1}, .file = file};
    assert_int_equal(0, rows_new(&ask, &rows, &err));
    while ((last = rows_step(rows, store, &err)) > 0) {
        continue;
    }
    assert_int_equal(0, last);
    assert_int_equal(2, rows_count(rows));
    rows_free(rows);
    static char text[1 << 16];
    ssize_t n = pread(file, text, sizeof text, 0);
    assert_true(n > 0);
    close(file);
    batch = (struct batch){.person = 1,
                           .reg = STR("things"),
                           .name = STR("x.csv"),
                           .encoding = STR("auto"),
                           .sheet = STR("")};
    store_write(store, add_unit, done, NULL);
    assert_int_equal(0, preview_new(set, &batch, (struct str){text, (size_t)n}, &preview, &err));
    store_write(store, preview_unit, done, NULL);
    preview_free(preview);
    assert_int_equal(0, batch_get(store, arena, batch.id, &batch, &err));
    counts(0, 0, 2, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_and_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_approval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_and_in, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("sheet preview", tests, NULL, NULL);
}
