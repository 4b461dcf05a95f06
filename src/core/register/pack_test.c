/*
 * Tests of the comparison of two definitions: every part, in both directions.
 */
#include "core/register/pack.h"

#include "tests/test.h"

#include <string.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* A register on its own, so that each line of it can be changed alone. */
static const char plain[] =
    "register: box\nversion: 1\ntitle: {ja: 箱, en: Box}\ntopics: [\"5(1)④\"]\n"
    "retain: {years: 3, from: closed, then: review}\n"
    "fields:\n"
    "  - {key: label, type: text, max: 40, required: true, title: {ja: 札, en: Label}}\n"
    "  - {key: size, type: choice, of: [small, large], title: {ja: 大, en: Size}}\n"
    "  - {key: note, type: text, max: 40, level: restricted, title: {ja: 注, en: Note}}\n"
    "access:\n  - {role: [chief], rows: all}\n"
    "states:\n"
    "  draft: {title: {ja: 下書き, en: Draft}}\n"
    "  pending: {title: {ja: 審査中, en: Pending}, route: main}\n"
    "  done: {title: {ja: 済, en: Done}, end: done}\n"
    "  refused: {title: {ja: 否, en: Refused}, end: refused}\n"
    "moves:\n"
    "  submit: {from: draft, to: pending, by: owner, title: {ja: 出す, en: Submit}}\n"
    "  decide: {from: pending, to: done, on: decided, title: {ja: 決める, en: Decide}}\n"
    "  reject: {from: pending, to: refused, on: rejected, reason: true, title: {ja: 却下, en: "
    "Reject}}\n"
    "  send_back: {from: pending, to: draft, on: sent_back, reason: true, title: {ja: 戻す, en: "
    "Back}}\n"
    "apart:\n  - {of: [owner, decide.actor]}\n"
    "routes:\n  main:\n"
    "    - {key: look, kind: approve, who: {role: section_manager, of: section}, title: {ja: 見る, "
    "en: Look}}\n"
    "    - {key: decide, kind: decide, who: {role: chief}, title: {ja: 決裁, en: Decide}}\n";

static struct register_set *set;
static struct arena *arena;

static int
setup(void **state)
{
    struct err err;
    (void)state;
    arena = arena_new(256 << 20);
    return register_set_load(DATA, &set, &err);
}

static int
teardown(void **state)
{
    (void)state;
    register_set_free(set);
    arena_free(arena);
    return 0;
}

/* PLAIN with every FROM replaced by TO. */
static struct str
changed(const char *from, const char *to)
{
    char *at = strstr(plain, from);
    assert_non_null(at);
    char *text = arena_printf(arena, "%.*s%s%s", (int)(at - plain), plain, to, at + strlen(from));
    assert_non_null(text);
    return str_of(text);
}

static const struct register_def *
read_def(struct str text)
{
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err;
    assert_int_equal(
        register_check(set, arena, "registers/own/box.yaml", text, &def, &findings, &err), 0);
    if (findings != NULL) {
        print_error("%s: %s\n", findings->err.code, findings->err.detail);
    }
    assert_null(findings);
    return def;
}

static struct pack_diff
compare(struct str old, struct str new)
{
    struct pack_diff diff;
    struct err err;
    const struct register_def *before = old.n > 0 ? read_def(old) : NULL;
    assert_int_equal(pack_compare(set, arena, before, read_def(new), &diff, &err), 0);
    return diff;
}

static bool
has(const struct pack_diff *diff, enum pack_part part, enum pack_way way, const char *name)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct pack_change *one = &diff->list[i];
        if (one->part == part && one->way == way && str_equal_z(one->name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < diff->count; i++) {
        print_error("has: %s %s %.*s\n", pack_part_names[diff->list[i].part],
                    pack_way_names[diff->list[i].way], STR_FMT(diff->list[i].name));
    }
    return false;
}

static enum pack_way
other(enum pack_way way)
{
    return way == PACK_WIDENS ? PACK_NARROWS : way == PACK_NARROWS ? PACK_WIDENS : way;
}

/* Each change is told as it is, and the other way round when it is taken back. */
static void
test_each(void **state)
{
    static const struct {
        const char *from, *to;
        enum pack_part part;
        enum pack_way way;
        const char *name;
        bool heavy;
    } rows[] = {
        {"max: 40, required", "max: 90, required", PACK_FIELD, PACK_WIDENS, "label.max", false},
        {"required: true, ", "", PACK_FIELD, PACK_WIDENS, "label.required", false},
        {"max: 40, required", "min: 2, max: 40, required", PACK_FIELD, PACK_NARROWS, "label.min",
         false},
        {"[small, large]", "[small, large, huge]", PACK_FIELD, PACK_WIDENS, "size.of", false},
        {"[small, large]", "[small, huge]", PACK_FIELD, PACK_CHANGES, "size.of", false},
        {"level: restricted, ", "", PACK_FIELD, PACK_WIDENS, "note.level", true},
        {"max: 40, required", "max: 40, free: true, required", PACK_FIELD, PACK_WIDENS,
         "label.free", true},
        {"max: 40, required", "max: 40, personal: true, required", PACK_FIELD, PACK_NARROWS,
         "label.personal", true},
        {"access:", "  - {key: more, type: flag, title: {ja: 他, en: More}}\naccess:", PACK_FIELD,
         PACK_WIDENS, "more", false},
        {"{role: [chief], rows: all}", "{role: [chief, ciso], rows: all}", PACK_ACCESS, PACK_WIDENS,
         "ciso: read label (all)", true},
        {"{role: [chief], rows: all}", "{role: [chief], rows: all, levels: [restricted]}",
         PACK_ACCESS, PACK_WIDENS, "chief: read note (all)", true},
        {"rows: all", "rows: all, write: {draft: [label]}", PACK_ACCESS, PACK_WIDENS,
         "chief: write draft/label (all)", true},
        {"rows: all", "rows: \"section in mine\"", PACK_ACCESS, PACK_NARROWS, "chief: all", true},
        {"    - {key: look, kind: approve, who: {role: section_manager, of: section}, title: {ja: "
         "見る, en: Look}}\n",
         "", PACK_STEP, PACK_WIDENS, "main/look", true},
        {"kind: decide, who: {role: chief}", "kind: decide, who: {role: ciso}", PACK_STEP,
         PACK_CHANGES, "main/decide", true},
        {"by: owner", "by: {role: chief}", PACK_MOVE, PACK_CHANGES, "submit.by", true},
        {"by: owner", "by: owner, need: [size]", PACK_MOVE, PACK_NARROWS, "submit.need", true},
        {"apart:",
         "  drop: {from: draft, to: refused, by: owner, title: {ja: やめる, en: Drop}}"
         "\napart:",
         PACK_MOVE, PACK_WIDENS, "drop", true},
        {"on: decided", "on: decided, effect: {record.open: {register: duty}}", PACK_EFFECT,
         PACK_WIDENS, "decide: record.open register=duty", true},
        {"apart:\n  - {of: [owner, decide.actor]}\n", "", PACK_APART, PACK_WIDENS,
         "owner ≠ decide.actor", true},
        {"years: 3", "years: 1", PACK_REGISTER, PACK_CHANGES, "retain", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        arena_clear(arena);
        struct str new = changed(rows[i].from, rows[i].to);
        struct pack_diff there = compare(str_of(plain), new), back = compare(new, str_of(plain));
        print_message("%s\n", rows[i].name);
        assert_true(has(&there, rows[i].part, rows[i].way, rows[i].name));
        assert_true(has(&back, rows[i].part, other(rows[i].way), rows[i].name));
        assert_int_equal(there.heavy, rows[i].heavy);
        assert_int_equal(back.heavy, rows[i].heavy);
    }
}

/* Words alone are no change; another version number alone is none either. */
static void
test_words(void **state)
{
    (void)state;
    struct pack_diff title = compare(str_of(plain), changed("en: Label", "en: Name"));
    struct pack_diff version = compare(str_of(plain), changed("version: 1", "version: 2"));
    struct pack_diff step = compare(str_of(plain), changed("en: Look", "en: See"));
    assert_int_equal(title.count + version.count + step.count, 0);
    assert_false(title.heavy || version.heavy || step.heavy);
}

/* A field that only has another name is not one more and one less. */
static void
test_renamed(void **state)
{
    (void)state;
    struct pack_diff diff =
        compare(str_of(plain), changed("{key: size,", "{key: extent, was: [size],"));
    assert_true(has(&diff, PACK_FIELD, PACK_CHANGES, "extent.key"));
    for (size_t i = 0; i < diff.count; i++) {
        assert_false(diff.list[i].part == PACK_FIELD && str_equal_z(diff.list[i].name, "size"));
    }
}

/* Where records open decides what the first state lets be done. */
static void
test_first(void **state)
{
    (void)state;
    struct str new = changed("  draft: {title: {ja: 下書き, en: Draft}}\n"
                             "  pending: {title: {ja: 審査中, en: Pending}, route: main}\n",
                             "  pending: {title: {ja: 審査中, en: Pending}, route: main}\n"
                             "  draft: {title: {ja: 下書き, en: Draft}}\n");
    struct pack_diff diff = compare(str_of(plain), new);
    assert_true(has(&diff, PACK_STATE, PACK_CHANGES, "pending"));
    assert_true(diff.heavy);
}

/* A new register: heavy only when it does something beyond keeping records. */
static void
test_new(void **state)
{
    (void)state;
    struct pack_diff quiet = compare((struct str){0}, str_of(plain));
    assert_int_equal(quiet.count, 1);
    assert_true(has(&quiet, PACK_REGISTER, PACK_WIDENS, "box"));
    assert_false(quiet.heavy);
    struct pack_diff loud =
        compare((struct str){0},
                changed("on: decided", "on: decided, effect: {record.open: {register: duty}}"));
    assert_true(loud.heavy);
}

/* Every shipped register is the same as itself. */
static void
test_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < set->def_count; i++) {
        struct arena *one = arena_new(16 << 20);
        struct pack_diff diff;
        struct err err;
        assert_int_equal(pack_compare(set, one, &set->defs[i], &set->defs[i], &diff, &err), 0);
        assert_int_equal(diff.count, 0);
        arena_free(one);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),  cmocka_unit_test(test_words), cmocka_unit_test(test_renamed),
        cmocka_unit_test(test_first), cmocka_unit_test(test_new),   cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
