/*
 * tlog_test: trees against a naive one, names, canonical JSON, notes, receipts, trust files and the
 * journal, with the refusals; and, where the outside judge's vector is at hand, its very bytes.
 */
#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "format/tlog/canon.h"
#include "format/tlog/entry.h"
#include "format/tlog/journal.h"
#include "format/tlog/receipt.h"
#include "format/tlog/trust.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 1100 };

static struct tlog_hash leaves[LEAVES];
static uint8_t log_seed[32];
static uint8_t witness_seed[32];

static int
setup(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEAVES; i++) {
        char text[16];
        snprintf(text, sizeof text, "leaf %u", i);
        tlog_leaf_hash(str_of(text), &leaves[i]);
    }
    memset(log_seed, 1, sizeof log_seed);
    memset(witness_seed, 2, sizeof witness_seed);
    return 0;
}

/* RFC 6962, as it is written. */
static struct tlog_hash
naive_root(unsigned from, unsigned n)
{
    struct tlog_hash left, right;
    unsigned k = 1;
    if (n == 0) {
        tlog_empty_root(&left);
        return left;
    }
    if (n == 1)
        return leaves[from];
    while (k * 2 < n)
        k *= 2;
    left = naive_root(from, k);
    right = naive_root(from + k, n - k);
    tlog_node_hash(&left, &right, &left);
    return left;
}

static int
read_leaves(void *context, unsigned level, uint64_t index, struct tlog_hash *ret, struct err *err)
{
    (void)context, (void)err;
    assert_true((index + 1) << level <= LEAVES);
    *ret = naive_root((unsigned)(index << level), 1u << level);
    return 0;
}

static const struct tlog_source from_leaves = {read_leaves, NULL};

static void
edge_gives_the_root_of_every_size(void **state)
{
    (void)state;
    struct tlog_edge edge = {0};
    for (unsigned n = 0; n < 300; n++) {
        struct tlog_hash want = naive_root(0, n);
        struct tlog_hash got;
        struct err err;
        tlog_edge_root(&edge, &got);
        assert_true(tlog_hash_equal(&got, &want));
        assert_int_equal(tlog_root(n, &from_leaves, &got, &err), 0);
        assert_true(tlog_hash_equal(&got, &want));
        tlog_edge_add(&edge, 0, &leaves[n]);
    }
}

static void
inclusion_proofs_hold_and_nothing_else_does(void **state)
{
    (void)state;
    for (unsigned n = 1; n < 70; n++) {
        struct tlog_tree tree = {n, naive_root(0, n)};
        for (unsigned i = 0; i < n; i++) {
            struct tlog_proof p;
            struct err err;
            assert_int_equal(tlog_prove_inclusion(n, i, &from_leaves, &p, &err), 0);
            assert_true(tlog_check_inclusion(&p, &tree, i, &leaves[i]));
            assert_false(tlog_check_inclusion(&p, &tree, i, &leaves[i + 1]));
            assert_false(tlog_check_inclusion(&p, &tree, n, &leaves[i]));
            if (i > 0)
                assert_false(tlog_check_inclusion(&p, &tree, i - 1, &leaves[i]));
            p.n++;
            assert_false(tlog_check_inclusion(&p, &tree, i, &leaves[i]));
            p.n--;
            if (p.n > 0) {
                p.hash[p.n / 2].b[5] ^= 1;
                assert_false(tlog_check_inclusion(&p, &tree, i, &leaves[i]));
                p.hash[p.n / 2].b[5] ^= 1;
                p.n--;
                assert_false(tlog_check_inclusion(&p, &tree, i, &leaves[i]));
            }
        }
    }
    struct tlog_proof p;
    struct err err;
    assert_int_equal(tlog_prove_inclusion(5, 5, &from_leaves, &p, &err), -1);
    assert_true(err_is(&err, "ledger.no_entry"));
}

static void
consistency_proofs_hold_and_nothing_else_does(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 70; n++)
        for (unsigned m = 0; m <= n; m++) {
            struct tlog_tree tree = {n, naive_root(0, n)};
            struct tlog_tree old = {m, naive_root(0, m)};
            struct tlog_proof p;
            struct err err;
            assert_int_equal(tlog_prove_consistency(m, n, &from_leaves, &p, &err), 0);
            assert_true(tlog_check_consistency(&p, &old, &tree));
            old.root.b[0] ^= 1;
            assert_false(tlog_check_consistency(&p, &old, &tree));
            old.root.b[0] ^= 1;
            if (m > 0)
                tree.root.b[0] ^= 1;
            assert_int_equal(tlog_check_consistency(&p, &old, &tree), m == 0);
            tree.root = naive_root(0, n);
            p.hash[p.n++] = leaves[0];
            assert_false(tlog_check_consistency(&p, &old, &tree));
            p.n--;
            if (p.n > 0) {
                p.n--;
                assert_false(tlog_check_consistency(&p, &old, &tree));
            }
        }
}

static int
read_tile(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err)
{
    (void)err;
    ++*(int *)context;
    unsigned span = tile->level == 0 ? 1 : 256;
    for (unsigned i = 0; i < tile->width; i++)
        ret[i] = naive_root((unsigned)(tile->n * 256 + i) * span, span);
    return 0;
}

static void
tiles_give_the_same_hashes(void **state)
{
    (void)state;
    struct tile_source *tiles = malloc(sizeof *tiles);
    assert_non_null(tiles);
    static const unsigned sizes[] = {1, 2, 255, 256, 257, 511, 512, 513, 1099};
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int reads = 0;
        struct tlog_hash got, want = naive_root(0, sizes[s]);
        struct err err;
        tile_source_init(tiles, read_tile, &reads, sizes[s]);
        struct tlog_source source = tile_source_of(tiles);
        assert_int_equal(tlog_root(sizes[s], &source, &got, &err), 0);
        assert_true(tlog_hash_equal(&got, &want));
        assert_true(reads <= 2);
        assert_int_equal(source.read(tiles, 0, sizes[s], &got, &err), -1);
        assert_true(err_is(&err, "ledger.tile"));
    }
    free(tiles);
}

static void
tile_names_have_one_spelling(void **state)
{
    (void)state;
    static const struct {
        struct tile tile;
        const char *path;
    } good[] = {{{0, 0, 256}, "tile/0/000"},
                {{0, 1234067, 256}, "tile/0/x001/x234/067"},
                {{5, 1000, 1}, "tile/5/x001/000.p/1"},
                {{TILE_ENTRIES, 999, 255}, "tile/entries/999.p/255"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char path[TILE_PATH_BYTES];
        struct tile t;
        tile_path(&good[i].tile, path);
        assert_string_equal(path, good[i].path);
        assert_true(tile_path_parse(str_of(path), &t));
        assert_int_equal(t.level, good[i].tile.level);
        assert_int_equal(t.n, good[i].tile.n);
        assert_int_equal(t.width, good[i].tile.width);
    }
    static const char *const bad[] = {
        "tile/0/0",        "tile/0/x000/001",  "tile/0/001/002",  "tile/00/000",     "tile/6/000",
        "tile/0/000.p/0",  "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x001",     "tile/0/",
        "tile/data/000",   "tile/0/000.p",     "tile/0/000.p/",   "tile//000",       "tile/0/000/",
        "tile/0/note.txt", "tile/-1/000",      "/tile/0/000",     "tile/0/000.p/1/2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tile t;
        assert_false(tile_path_parse(str_of(bad[i]), &t));
    }
    assert_int_equal(tile_width(70000, 0, 273), 112);
    assert_int_equal(tile_width(70000, 1, 1), 17);
    assert_int_equal(tile_width(70000, 2, 0), 1);
    assert_int_equal(tile_width(70000, 3, 0), 0);
    assert_int_equal(tile_width(70000, TILE_ENTRIES, 273), 112);
}

static void
canonical_json_has_one_spelling(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        "[]",
        "{\"a\":1}",
        "{\"a\":[true,false,\"議会 \\\" \\\\\"],\"b_1\":9007199254740991}",
        "0",
        "[[[[1]]]]",
        "\"\xF0\xA0\xAE\x9F\""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(canon_check(str_of(good[i]), 1, NULL), 0);
    static const char *const bad[] = {"",
                                      " {}",
                                      "{} ",
                                      "{\"a\": 1}",
                                      "{\"b\":1,\"a\":1}",
                                      "{\"a\":1,\"a\":1}",
                                      "{\"A\":1}",
                                      "{\"1\":1}",
                                      "{\"\":1}",
                                      "{\"a\":null}",
                                      "{\"a\":-1}",
                                      "{\"a\":1.5}",
                                      "{\"a\":01}",
                                      "{\"a\":9007199254740992}",
                                      "{\"a\":1e3}",
                                      "{\"a\":\"\\n\"}",
                                      "{\"a\":\"\\/\"}",
                                      "{\"a\":\"\\u0041\"}",
                                      "{\"a\":\"\t\"}",
                                      "{\"a\":\"\x7F\"}",
                                      "{\"a\":\"\xC0\x80\"}",
                                      "{\"a\":\"\xED\xA0\x80\"}",
                                      "{\"a\":\"\xF4\x90\x80\x80\"}",
                                      "{\"a\":\"\xE3\x81\"}",
                                      "{\"a\":1,}",
                                      "[1,]",
                                      "[1",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "[[[[[1]]]]]",
                                      "tru",
                                      "nullx",
                                      "{\"a\":12345678901234567}",
                                      "{\"abcdefghijklmnopqrstuvwxyzabcdefg\":1}",
                                      "\"abc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err;
        assert_int_equal(canon_check(str_of(bad[i]), 1, &err), -1);
        assert_true(err_is(&err, "ledger.entry"));
    }
    size_t at = 0;
    struct canon_part p;
    struct str object = STR("{\"a\":\"},\\\"\",\"b\":[1,{\"c\":2}],\"d\":true}");
    assert_int_equal(canon_check(object, 1, NULL), 0);
    assert_true(canon_next(object, &at, &p) && str_equal_z(p.key, "a") && p.type == CANON_STRING);
    struct str plain;
    assert_false(canon_plain(p.value, &plain));
    assert_true(canon_next(object, &at, &p) && p.type == CANON_ARRAY);
    assert_true(str_equal_z(p.value, "[1,{\"c\":2}]"));
    assert_true(canon_next(object, &at, &p) && p.type == CANON_BOOL &&
                str_equal_z(p.value, "true"));
    assert_false(canon_next(object, &at, &p));
    at = 0;
    assert_false(canon_next(STR("{}"), &at, &p));
}

static void
an_entry_is_taken_apart_and_put_together(void **state)
{
    (void)state;
    const char *text =
        "{\"at\":\"2026-04-01T00:00:00.000001Z\",\"data\":{\"n\":1},\"kind\":\"a.b\","
        "\"seq\":7,\"src\":\"gated.lgwan\",\"v\":1}";
    struct entry e;
    struct err err;
    struct buf b;
    buf_init(&b, ENTRY_MOST);
    assert_int_equal(entry_parse(str_of(text), &e, &err), 0);
    assert_int_equal(e.seq, 7);
    assert_true(str_equal_z(e.src, "gated.lgwan") && str_equal_z(e.data, "{\"n\":1}"));
    entry_put(&b, &e);
    assert_true(str_equal_z(buf_str(&b), text));
    buf_free(&b);
    static const char *const wrong[][2] = {
        {"\"seq\":7", "\"seq\":0"},  {"\"seq\":7", "\"seq\":07"},
        {"\"v\":1", "\"v\":2"},      {"\"a.b\"", "\"ab\""},
        {"\"a.b\"", "\"a..b\""},     {"gated.lgwan", "Gated"},
        {"gated.lgwan", "gated."},   {"{\"n\":1}", "[1]"},
        {"{\"n\":1}", "{\"n\": 1}"}, {"\"v\":1}", "\"v\":1,\"w\":1}"},
        {"\"v\":1}", "\"v\":1} "},   {"04-01T", "04-31T"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char bad[300];
        const char *hit = strstr(text, wrong[i][0]);
        assert_non_null(hit);
        snprintf(bad, sizeof bad, "%.*s%s%s", (int)(hit - text), text, wrong[i][1],
                 hit + strlen(wrong[i][0]));
        assert_int_equal(entry_parse(str_of(bad), &e, &err), -1);
        assert_true(err_is(&err, "ledger.entry"));
    }
}

static void
make_note(struct buf *b, struct note_key *log, struct note_key *witness)
{
    struct err err;
    struct tlog_tree tree = {3, naive_root(0, 3)};
    assert_int_equal(note_key_make(STR("site/n1/1"), NOTE_LOG, log_seed, log, &err), 0);
    assert_int_equal(note_key_make(STR("audit"), NOTE_COSIGNER, witness_seed, witness, &err), 0);
    buf_clear(b);
    note_put_text(b, STR("site/n1/1"), &tree);
    struct buf text;
    buf_init(&text, NOTE_MOST);
    buf_put_str(&text, buf_str(b));
    buf_put_char(b, '\n');
    note_put_signature(b, buf_str(&text), log, log_seed);
    note_put_cosignature(b, buf_str(&text), witness, witness_seed, 1775001600);
    buf_free(&text);
}

static void
a_note_verifies_and_every_flipped_bit_shows(void **state)
{
    (void)state;
    struct note_key log, witness;
    struct buf b;
    struct err err;
    buf_init(&b, NOTE_MOST);
    make_note(&b, &log, &witness);
    struct note *note = malloc(sizeof *note);
    assert_non_null(note);
    for (size_t i = 0; i <= b.n * 8; i++) {
        uint64_t time_s = 0;
        unsigned key;
        if (i < b.n * 8)
            b.p[i / 8] = (char)(b.p[i / 8] ^ 1 << i % 8);
        bool good = note_parse(buf_str(&b), note, &err) == 0 &&
                    note_check(note, &log, 1, &key, &err) == 0 &&
                    note_cosigned(note, &witness, &time_s, &err) == 1;
        assert_int_equal(good, i == b.n * 8);
        if (good)
            assert_int_equal(time_s, 1775001600);
        if (i < b.n * 8)
            b.p[i / 8] = (char)(b.p[i / 8] ^ 1 << i % 8);
    }
    buf_put_z(&b, "\xE2\x80\x94 somebody AAAAAAAA\n");
    unsigned key;
    assert_int_equal(note_parse(buf_str(&b), note, &err), 0);
    assert_int_equal(note_check(note, &log, 1, &key, &err), 0);
    assert_int_equal(note_check(note, &witness, 1, &key, &err), -1);
    free(note);
    buf_free(&b);
}

static void
keys_have_one_spelling(void **state)
{
    (void)state;
    struct note_key key, back;
    struct err err;
    char text[NOTE_VKEY_CHARS];
    assert_int_equal(note_key_make(STR("site/n1/1"), NOTE_LOG, log_seed, &key, &err), 0);
    note_key_format(&key, text);
    assert_int_equal(note_key_parse(str_of(text), &back, &err), 0);
    assert_true(note_key_equal(&key, &back));
    text[0] ^= 1;
    assert_int_equal(note_key_parse(str_of(text), &back, &err), -1);
    assert_int_equal(note_key_parse(STR("a+b+c"), &back, &err), -1);
    assert_int_equal(note_key_make(STR("a b"), NOTE_LOG, log_seed, &key, &err), -1);
    assert_int_equal(note_key_make(STR("a+b"), NOTE_LOG, log_seed, &key, &err), -1);
}

static void
a_receipt_holds_and_changed_ones_do_not(void **state)
{
    (void)state;
    struct note_key log, witness;
    struct buf note, b;
    struct err err;
    struct receipt *r = malloc(sizeof *r);
    assert_non_null(r);
    buf_init(&note, NOTE_MOST);
    buf_init(&b, RECEIPT_MOST);
    make_note(&note, &log, &witness);
    struct tlog_proof proof;
    assert_int_equal(tlog_prove_inclusion(3, 1, &from_leaves, &proof, &err), 0);
    receipt_put(&b, STR("leaf 1"), 1, &proof, buf_str(&note));
    assert_int_equal(receipt_parse(buf_str(&b), r, &err), 0);
    assert_true(r->has_entry && r->entry_n == 6 && r->index == 1 && r->proof.n == 2);
    assert_int_equal(receipt_check(r, STR("leaf 1"), &err), 0);
    assert_int_equal(receipt_check(r, STR("leaf 2"), &err), -1);
    r->index = 2;
    assert_int_equal(receipt_check(r, STR("leaf 1"), &err), -1);
    r->index = 3;
    assert_int_equal(receipt_check(r, STR("leaf 1"), &err), -1);
    assert_true(err_is(&err, "ledger.receipt"));
    b.p[20] ^= 1;
    assert_int_equal(receipt_parse(buf_str(&b), r, &err), -1);
    buf_clear(&b);
    receipt_put(&b, (struct str){NULL, 0}, 1, &proof, buf_str(&note));
    assert_int_equal(receipt_parse(buf_str(&b), r, &err), 0);
    assert_false(r->has_entry);
    free(r);
    buf_free(&b);
    buf_free(&note);
}

static void
a_trust_file_is_read_strictly(void **state)
{
    (void)state;
    struct note_key log, witness, second;
    struct err err;
    struct buf b;
    char lv[NOTE_VKEY_CHARS], wv[NOTE_VKEY_CHARS], sv[NOTE_VKEY_CHARS];
    uint8_t seed[32] = {3};
    struct trust *t = malloc(sizeof *t);
    assert_non_null(t);
    buf_init(&b, TRUST_MOST);
    make_note(&b, &log, &witness);
    assert_int_equal(note_key_make(STR("two"), NOTE_COSIGNER, seed, &second, &err), 0);
    note_key_format(&log, lv);
    note_key_format(&witness, wv);
    note_key_format(&second, sv);
    buf_clear(&b);
    buf_printf(&b,
               "# ours\nlog %s\nwitness a %s https://a\n\nwitness b %s\ngroup g 2 a b\nquorum g\n",
               lv, wv, sv);
    assert_int_equal(trust_parse(buf_str(&b), t, &err), 0);
    bool cosigned[TRUST_PARTIES_MOST] = {true};
    assert_false(trust_quorum_met(t, cosigned));
    cosigned[1] = true;
    assert_true(trust_quorum_met(t, cosigned));
    static const char *const bad[] = {"quorum none\n",
                                      "log %s\n",
                                      "log %s\nquorum x\n",
                                      "log %s\nquorum none\nquorum none\n",
                                      "log %s\nlogs\nquorum none\n",
                                      "log x%s\nquorum none\n",
                                      "log %s\ngroup g 1 a\nquorum g\n",
                                      "log %s\ngroup g any\nquorum g\n",
                                      "log %s\nquorum none\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *cut = strstr(bad[i], "%s");
        buf_clear(&b);
        buf_put(&b, bad[i], cut == NULL ? strlen(bad[i]) : (size_t)(cut - bad[i]));
        if (cut != NULL)
            buf_printf(&b, "%s%s", lv, cut + 2);
        assert_int_equal(trust_parse(buf_str(&b), t, &err), -1);
        assert_true(err_is(&err, "ledger.trust"));
    }
    free(t);
    buf_free(&b);
}

static int
count_records(void *context, const struct journal_record *record, struct err *err)
{
    (void)record, (void)err;
    ++*(unsigned *)context;
    return 0;
}

static struct journal_scan
scan(const struct buf *b, const struct journal_header *h, unsigned *ret_count)
{
    struct journal_scan s;
    struct err err;
    *ret_count = 0;
    assert_int_equal(journal_scan(buf_str(b), h, count_records, ret_count, &s, &err), 0);
    return s;
}

static void
a_torn_group_is_dropped_and_a_damaged_one_shown(void **state)
{
    (void)state;
    struct journal_header h = {.first = 10};
    struct buf b;
    uint8_t head[JOURNAL_HEADER_BYTES];
    size_t at[7];
    unsigned n;
    random_bytes(h.salt, sizeof h.salt);
    buf_init(&b, 1 << 20);
    journal_header_write(&h, head);
    buf_put(&b, head, sizeof head);
    static const uint32_t back[6] = {0, 1, 2, 0, 1, 2}; /* two groups: 10-12 and 13-15 */
    for (unsigned i = 0; i < 6; i++) {
        struct journal_record r = {10 + i, back[i], STR("some entry")};
        at[i] = b.n;
        journal_record_put(&b, &h, &r);
    }
    at[6] = b.n;
    for (unsigned i = 0; i < 40; i++)
        buf_put(&b, "\0\0\0\0\0\0\0\0", 8);
    struct journal_header again;
    assert_int_equal(journal_header_read((const uint8_t *)b.p, &again, NULL), 0);
    assert_int_equal(again.first, 10);
    struct journal_scan s = scan(&b, &h, &n);
    assert_true(s.end == JOURNAL_CLEAN && n == 6 && s.next == 16 && s.at == at[6]);
    for (unsigned i = 0; i < 6; i++) {
        for (size_t k = at[i]; k < at[i] + JOURNAL_RECORD_HEAD + 10; k++) {
            b.p[k] ^= 4;
            s = scan(&b, &h, &n);
            assert_int_equal(n, i);
            assert_int_equal(s.end, i < 3 ? JOURNAL_DAMAGED : JOURNAL_TORN);
            b.p[k] ^= 4;
        }
    }
    struct journal_header other = h;
    other.salt[0] ^= 1;
    s = scan(&b, &other, &n);
    assert_true(n == 0 && s.end == JOURNAL_TORN);
    buf_free(&b);
}

/* The vector of docs/formats/ledger.md, made by an independent program. */
static void
our_vector_comes_out(void **state)
{
    (void)state;
    static const char *const vector[3] = {
        ("{\"at\":\"2026-04-01T00:00:00.000000Z\",\"data\":{\"epoch\":1,\"node\":\"n1\",\"vkey\":"
         "\"vector.sekisho.invalid/n1/1+bb030e48+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/"
         "N0iAG0D29c\"},\"kind\":\"ledger.opened\",\"seq\":1,\"src\":\"ledgerd\",\"v\":1}"),
        ("{\"at\":\"2026-04-01T00:00:01.500000Z\",\"data\":{\"act\":\"a1\",\"actor\":\"system\","
         "\"body\":\"town\",\"clauses\":[\"std:4(2)\342\221\240\343\202\246\"],\"commit\":"
         "\"1841c89c4445767aa831e95c2bcbe03a7129b21df0e5a4f8df448504b19a0395\",\"move\":"
         "\"approve\","
         "\"record\":\"carry_out/"
         "1\",\"revision\":1,\"to\":\"approved\"},\"kind\":\"register.moved\",\"seq\":1,\"src\":"
         "\"cored\",\"v\":1}"),
        ("{\"at\":\"2026-04-01T00:00:02.000001Z\",\"data\":{\"result\":\"right\"},\"kind\":\"gate."
         "probe\",\"seq\":1,\"src\":\"gated\",\"v\":1}")};
    static const char *const leaf_hex[3] = {
        "35b01691573b5b628d691bc792379b5d58b1305b4458213304e20aab11ee67ef",
        "d1f14473dd26176193250a6570053f1430c9564a7ab7fe0832990fecdfd9590c",
        "7f19a1df2ca9720b663ae3f141ad4eb7f119ef06f8b67b1853df97e9325c44a0"};
    static const uint8_t receipt_digest[32] = {0x56, 0x69, 0xeb, 0x50, 0xfc, 0xb5, 0x45, 0xfb,
                                               0x58, 0x00, 0xc6, 0x3d, 0x50, 0xf6, 0x9d, 0x9a,
                                               0xce, 0xc9, 0xc6, 0x22, 0x5c, 0xe9, 0x94, 0xf4,
                                               0x96, 0x89, 0xca, 0xef, 0x30, 0x69, 0xc4, 0x55};
    struct note_key log, witness;
    struct tlog_edge edge = {0};
    struct tlog_tree tree = {3, {{0}}};
    struct buf text, note, receipt;
    for (unsigned i = 0; i < 3; i++) {
        struct entry e;
        uint8_t want[32];
        assert_true(hex_decode(str_of(leaf_hex[i]), want, sizeof want));
        assert_int_equal(entry_parse(str_of(vector[i]), &e, NULL), 0);
        tlog_leaf_hash(str_of(vector[i]), &leaves[i]);
        assert_memory_equal(leaves[i].b, want, 32);
        tlog_edge_add(&edge, 0, &leaves[i]);
    }
    tlog_edge_root(&edge, &tree.root);
    struct str origin = STR("vector.sekisho.invalid/n1/1");
    assert_int_equal(note_key_make(origin, NOTE_LOG, log_seed, &log, NULL), 0);
    assert_int_equal(
        note_key_make(STR("audit.sekisho.invalid"), NOTE_COSIGNER, witness_seed, &witness, NULL),
        0);
    buf_init(&text, NOTE_MOST);
    buf_init(&note, NOTE_MOST);
    buf_init(&receipt, RECEIPT_MOST);
    note_put_text(&text, origin, &tree);
    buf_put_str(&note, buf_str(&text));
    buf_put_char(&note, '\n');
    note_put_signature(&note, buf_str(&text), &log, log_seed);
    note_put_cosignature(&note, buf_str(&text), &witness, witness_seed, 1775001600);
    assert_true(str_equal_z(
        buf_str(&note), "vector.sekisho.invalid/n1/1\n"
                        "3\n"
                        "FFguvnqJAVhlgnxX/5XzEWL3zIJAQbywUzZ2Bg32mJY=\n"
                        "\n"
                        "\342\200\224 vector.sekisho.invalid/n1/1 "
                        "uwMOSHE2HqhdeJhH9DHk/"
                        "FI6d+ynZECh6BjLAObeTLwEk1gf37tqeXJkdh+zcr9KoAHE4ls+f5IxBqYxYRf99nXKSgQ=\n"
                        "\342\200\224 audit.sekisho.invalid "
                        "+ugILwAAAABpzGAAzw5fJF7CP9kKH1xbImkOSP39GCJByHPG+sgvRTm9WGWyQn1PunDPa/"
                        "QyePhaypgELuv6Y0pCjF2lMFf612ABBQ==\n"));
    struct tlog_proof proof;
    uint8_t digest[32];
    assert_int_equal(tlog_prove_inclusion(3, 1, &from_leaves, &proof, NULL), 0);
    receipt_put(&receipt, str_of(vector[1]), 1, &proof, buf_str(&note));
    sha256_of(receipt.p, receipt.n, digest);
    assert_memory_equal(digest, receipt_digest, 32);
    buf_free(&text);
    buf_free(&note);
    buf_free(&receipt);
}

/* The outside judge's files, byte for byte. */

static int vector_dir = -1;

static struct buf
vector_file(const char *name)
{
    struct buf b;
    struct err err;
    buf_init(&b, 1 << 20);
    assert_int_equal(file_read(vector_dir, name, 1 << 20, &b, &err), 0);
    return b;
}

static void
expect_vector(const char *name, struct str got)
{
    struct buf want = vector_file(name);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
    buf_free(&want);
}

static void
expect_vector_line(const char *name, const char *got)
{
    struct buf want = vector_file(name);
    assert_true(str_equal_z(str_trim(buf_str(&want)), got));
    buf_free(&want);
}

static void
vector_note(struct buf *b, const struct tlog_tree *tree)
{
    struct note_key log, witness;
    struct buf text;
    struct str origin = STR("sekisho.minami.example/n1/1");
    buf_init(b, NOTE_MOST);
    buf_init(&text, NOTE_MOST);
    assert_int_equal(note_key_make(origin, NOTE_LOG, log_seed, &log, NULL), 0);
    assert_int_equal(
        note_key_make(STR("audit.minami.example"), NOTE_COSIGNER, witness_seed, &witness, NULL), 0);
    note_put_text(&text, origin, tree);
    buf_put_str(b, buf_str(&text));
    buf_put_char(b, '\n');
    note_put_signature(b, buf_str(&text), &log, log_seed);
    note_put_cosignature(b, buf_str(&text), &witness, witness_seed, 1775001600);
    buf_free(&text);
    char vkey[NOTE_VKEY_CHARS];
    note_key_format(&log, vkey);
    expect_vector_line("vkey", vkey);
    note_key_format(&witness, vkey);
    expect_vector_line("witness.vkey", vkey);
}

static void
the_judges_vector_comes_out_byte_for_byte(void **state)
{
    (void)state;
    const char *shared = getenv("SEKISHO_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/judges/tlog/testdata/vector",
             shared != NULL ? shared : SEKISHO_SOURCE_DIR "/../shared");
    vector_dir = file_open_dir(AT_FDCWD, path, NULL);
    if (vector_dir < 0) {
        skip(); /* the name of the test says why */
    }
    struct buf entries = vector_file("entries.txt");
    struct str rest = str_trim(buf_str(&entries));
    struct str line[3];
    struct tlog_edge edge = {0};
    struct buf bundle, tile, note, b;
    buf_init(&bundle, 4096);
    buf_init(&tile, 4096);
    buf_init(&b, RECEIPT_MOST);
    for (unsigned i = 0; i < 3; i++) {
        struct entry e;
        struct err err;
        assert_true(str_split_next(&rest, '\n', &line[i]));
        assert_int_equal(entry_parse(line[i], &e, &err), 0);
        buf_clear(&b);
        entry_put(&b, &e);
        assert_true(str_equal(buf_str(&b), line[i]));
        tlog_leaf_hash(line[i], &leaves[i]);
        tlog_edge_add(&edge, 0, &leaves[i]);
        buf_put_char(&bundle, (char)(line[i].n >> 8));
        buf_put_char(&bundle, (char)line[i].n);
        buf_put_str(&bundle, line[i]);
        buf_put(&tile, leaves[i].b, TLOG_HASH_BYTES);
    }
    expect_vector("log/tile/entries/000.p/3", buf_str(&bundle));
    expect_vector("log/tile/0/000.p/3", buf_str(&tile));
    struct tlog_tree tree = {3, {{0}}};
    tlog_edge_root(&edge, &tree.root);
    vector_note(&note, &tree);
    expect_vector("log/checkpoint", buf_str(&note));
    struct tlog_proof proof;
    assert_int_equal(tlog_prove_inclusion(3, 1, &from_leaves, &proof, NULL), 0);
    buf_clear(&b);
    receipt_put(&b, line[1], 1, &proof, buf_str(&note));
    expect_vector("receipt-1.tlog-proof", buf_str(&b));
    assert_int_equal(tlog_prove_consistency(1, 3, &from_leaves, &proof, NULL), 0);
    buf_clear(&b);
    ptrdiff_t cosigned = str_find(buf_str(&note), STR("\n\xE2\x80\x94 audit"), 0);
    assert_true(cosigned > 0);
    witness_request_put(&b, 1, &proof, str_slice(buf_str(&note), 0, (size_t)cosigned + 1));
    expect_vector("add-checkpoint.txt", buf_str(&b));
    buf_free(&entries);
    buf_free(&bundle);
    buf_free(&tile);
    buf_free(&note);
    buf_free(&b);
    file_close(&vector_dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edge_gives_the_root_of_every_size),
        cmocka_unit_test(inclusion_proofs_hold_and_nothing_else_does),
        cmocka_unit_test(consistency_proofs_hold_and_nothing_else_does),
        cmocka_unit_test(tiles_give_the_same_hashes),
        cmocka_unit_test(tile_names_have_one_spelling),
        cmocka_unit_test(canonical_json_has_one_spelling),
        cmocka_unit_test(an_entry_is_taken_apart_and_put_together),
        cmocka_unit_test(a_note_verifies_and_every_flipped_bit_shows),
        cmocka_unit_test(keys_have_one_spelling),
        cmocka_unit_test(a_receipt_holds_and_changed_ones_do_not),
        cmocka_unit_test(a_trust_file_is_read_strictly),
        cmocka_unit_test(a_torn_group_is_dropped_and_a_damaged_one_shown),
        cmocka_unit_test(our_vector_comes_out),
        {"the judge's vector byte for byte (skipped when ../shared is absent)",
         the_judges_vector_comes_out_byte_for_byte, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
