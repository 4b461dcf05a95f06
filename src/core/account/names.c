/*
 * names: see names.h. Runs in cored; it only reads.
 *
 * Invariant: a row of another body, or one that does not stand on the day, never leaves a
 * statement here. What fits is judged in C, so that both databases find the same.
 */
#include "core/account/names.h"

#include "base/os/time.h"
#include "base/text/fold.h"
#include "base/text/utf8.h"
#include "core/account/account.h"
#include "core/account/sections.h"

#include <string.h>

enum { RANKS = 3, WORDS_MOST = 8, KEY_BYTES = 4096 };

/* Columns: id, section, name, kana, code, section name, post name. $1 body, $2 day. */
static const struct store_statement sql[] = {
    [NAME_PERSON] =
        {"names.person",
         "SELECT p.id, s.id, coalesce((SELECT n.name FROM person_name n WHERE n.person = p.id"
         "  AND n.from_day <= $2 ORDER BY n.from_day DESC LIMIT 1), p.name),"
         " coalesce((SELECT n.kana FROM person_name n WHERE n.person = p.id"
         "  AND n.from_day <= $2 ORDER BY n.from_day DESC LIMIT 1), p.kana),"
         " e.staff_no, s.name, o.name FROM section s JOIN post o ON o.section = s.id"
         " JOIN appointment a ON a.post = o.id JOIN engagement e ON e.id = a.engagement"
         " JOIN person p ON p.id = e.person WHERE s.body = $1"
         " AND s.from_day <= $2 AND $2 <= s.until_day AND o.from_day <= $2 AND $2 <= o.until_day"
         " AND a.from_day <= $2 AND $2 <= a.until_day AND e.from_day <= $2 AND $2 <= e.until_day"
         " ORDER BY CASE a.kind WHEN 'main' THEN 0 WHEN 'acting' THEN 1 ELSE 2 END, s.code, o.rank,"
         " e.staff_no, a.id"},
    [NAME_SECTION] =
        {"names.section",
         "SELECT s.id, coalesce(u.id, 0), s.name, s.kana, s.code, coalesce(u.name, ''), ''"
         " FROM section s LEFT JOIN section u ON u.id = coalesce((SELECT p.parent FROM"
         "  section_place p WHERE p.section = s.id AND p.from_day <= $2 ORDER BY p.from_day DESC"
         "  LIMIT 1), s.parent) WHERE s.body = $1 AND s.from_day <= $2 AND $2 <= s.until_day"
         " ORDER BY s.code, s.id"},
    [NAME_POST] = {"names.post",
                   "SELECT o.id, s.id, o.name, '', o.code, s.name, '' FROM post o"
                   " JOIN section s ON s.id = o.section WHERE s.body = $1"
                   " AND s.from_day <= $2 AND $2 <= s.until_day"
                   " AND o.from_day <= $2 AND $2 <= o.until_day ORDER BY s.code, o.rank, o.id"},
};

static const struct store_statement post_get = {
    "names.post_get", "SELECT o.name, s.name FROM post o JOIN section s ON s.id = o.section"
                      " WHERE o.id = $1"};

/* Characters of names that one person writes this way and another that. */
static const struct {
    const char *is, *as;
} variants[] = {
    {"﨑", "崎"}, {"嵜", "崎"}, {"髙", "高"}, {"邊", "辺"}, {"邉", "辺"}, {"齋", "斎"},
    {"斉", "斎"}, {"齊", "斎"}, {"濱", "浜"}, {"濵", "浜"}, {"德", "徳"}, {"𠮷", "吉"},
    {"黑", "黒"}, {"栁", "柳"}, {"澤", "沢"}, {"廣", "広"}, {"國", "国"}, {"櫻", "桜"},
    {"龍", "竜"}, {"槗", "橋"}, {"桒", "桑"}, {"冨", "富"}, {"眞", "真"}, {"惠", "恵"},
};

struct seeking {
    const struct account_search *search;
    struct arena *arena;
    struct str words[WORDS_MOST];
    size_t word_count;
    struct account_belongs belongs; /* filled when there are no words */
    struct buf key;                 /* of the row's columns, one after the other */
    struct str name, kana, code, section, post;
    struct account_name *hits[RANKS];
    size_t count[RANKS];
};

static void
unite(struct buf *out, struct str text)
{
    while (text.n > 0) {
        struct str rest = text;
        (void)utf8_next(&rest);
        struct str c = str_slice(text, 0, text.n - rest.n);
        for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
            if (str_equal_z(c, variants[i].is)) {
                c = str_of(variants[i].as);
                break;
            }
        }
        buf_put_str(out, c);
        text = rest;
    }
}

/* Appends the key of TEXT to OUT, without its blanks unless BLANKS. -1 text.utf8. */
static int
key_put(struct buf *out, struct str text, bool blanks, struct err *err)
{
    struct buf folded;
    buf_init(&folded, KEY_BYTES);
    int rc = fold_put(&folded, text, err);
    struct str rest = buf_str(&folded), word;
    while (rc == 0 && blanks && rest.n > 0 && str_split_next(&rest, ' ', &word)) {
        unite(out, word);
        buf_put_char(out, ' ');
    }
    while (rc == 0 && !blanks && rest.n > 0 && str_split_next(&rest, ' ', &word)) {
        unite(out, word);
    }
    buf_free(&folded);
    return rc;
}

static bool
one_character(struct str word)
{
    (void)utf8_next(&word);
    return word.n == 0;
}

static int
words_read(struct seeking *seeking, struct err *err)
{
    struct str rest = seeking->search->text, word;
    struct buf key;
    size_t chars = 0;
    while (rest.n > 0 && utf8_next(&rest) >= 0 && chars <= ACCOUNT_NAMES_CHARS) {
        chars++;
    }
    if (rest.n > 0 || chars > ACCOUNT_NAMES_CHARS) {
        return ERR(err, "text.utf8", "q");
    }
    buf_init(&key, KEY_BYTES);
    int rc = key_put(&key, seeking->search->text, true, err);
    rest = rc == 0 ? str_dup(seeking->arena, buf_str(&key)) : (struct str){0};
    buf_free(&key);
    while (rest.n > 0 && seeking->word_count < WORDS_MOST && str_split_next(&rest, ' ', &word)) {
        if (word.n > 0) {
            seeking->words[seeking->word_count++] = word;
        }
    }
    return rc;
}

/* The keys of the row Q stands on. The buffer moves while it grows, so places come first. */
static int
row_keys(struct seeking *seeking, struct db_query *q, struct err *err)
{
    size_t ends[6] = {0};
    buf_clear(&seeking->key);
    for (int i = 0; i < 5; i++) {
        if (key_put(&seeking->key, db_text(q, i + 2), false, err) < 0) {
            return -1;
        }
        ends[i + 1] = seeking->key.n;
    }
    struct str whole = buf_str(&seeking->key);
    struct str *const parts[] = {&seeking->name, &seeking->kana, &seeking->code, &seeking->section,
                                 &seeking->post};
    for (size_t i = 0; i < 5; i++) {
        *parts[i] = str_slice(whole, ends[i], ends[i + 1]);
    }
    return 0;
}

/* 0: WORD begins name, kana or code; 1: stands in one of them; 2: in section or post; -1: nowhere.
 */
static int
word_rank(const struct seeking *seeking, struct str word)
{
    const struct str own[] = {seeking->name, seeking->kana, seeking->code};
    int rank = -1;
    for (size_t i = 0; i < 3; i++) {
        ptrdiff_t at = str_find(own[i], word, 0);
        if (at == 0) {
            return 0;
        }
        rank = at > 0 ? 1 : rank;
    }
    if (one_character(word)) {
        return -1;
    }
    bool near = str_find(seeking->section, word, 0) >= 0 || str_find(seeking->post, word, 0) >= 0;
    return rank > 0 ? rank : near ? 2 : -1;
}

static bool
mine(const struct seeking *seeking, int64_t section)
{
    const struct account_ids *ids = &seeking->belongs.mine;
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->list[i] == section) {
            return true;
        }
    }
    return seeking->search->kind == NAME_SECTION;
}

/* The rank of the row, -1 when it does not fit, -2 on error. */
static int
row_rank(struct seeking *seeking, struct db_query *q, struct err *err)
{
    if (seeking->word_count == 0) {
        return mine(seeking, db_int(q, 1)) ? 0 : -1;
    }
    if (row_keys(seeking, q, err) < 0) {
        return -2;
    }
    int rank = word_rank(seeking, seeking->words[0]);
    for (size_t i = 1; rank >= 0 && i < seeking->word_count; i++) {
        rank = word_rank(seeking, seeking->words[i]) < 0 ? -1 : rank;
    }
    return rank;
}

static bool
found_already(const struct seeking *seeking, uint64_t id)
{
    for (size_t rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < seeking->count[rank]; i++) {
            if (seeking->hits[rank][i].id == id) {
                return true;
            }
        }
    }
    return false;
}

static void
hit_add(struct seeking *seeking, size_t rank, struct db_query *q)
{
    struct arena *arena = seeking->arena;
    uint64_t id = (uint64_t)db_int(q, 0);
    if (seeking->count[rank] > ACCOUNT_NAMES_MOST || found_already(seeking, id)) {
        return;
    }
    seeking->hits[rank][seeking->count[rank]++] =
        (struct account_name){.id = id,
                              .section = (uint64_t)db_int(q, 1),
                              .name = str_dup(arena, db_text(q, 2)),
                              .kana = str_dup(arena, db_text(q, 3)),
                              .code = str_dup(arena, db_text(q, 4)),
                              .section_name = str_dup(arena, db_text(q, 5)),
                              .post_name = str_dup(arena, db_text(q, 6))};
}

static int
rows_read(struct seeking *seeking, struct store *store, uint64_t body, struct err *err)
{
    struct db_query *q = db_query(store, &sql[seeking->search->kind]);
    int rc, rank = 0;
    db_bind_int(q, 1, (int64_t)body);
    db_bind_int(q, 2, tokyo_day(seeking->search->at_us));
    while ((rc = db_step(q, err)) > 0 && seeking->count[0] <= ACCOUNT_NAMES_MOST) {
        rank = row_rank(seeking, q, err);
        if (rank == -2) {
            break;
        }
        if (rank >= 0) {
            hit_add(seeking, (size_t)rank, q);
        }
    }
    db_end(q);
    return rc < 0 || rank == -2 ? -1 : 0;
}

static void
hits_join(const struct seeking *seeking, struct account_names *ret)
{
    for (size_t rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < seeking->count[rank]; i++) {
            if (ret->count == ACCOUNT_NAMES_MOST) {
                ret->more = true;
                return;
            }
            ret->list[ret->count++] = seeking->hits[rank][i];
        }
    }
}

int
account_names(struct store *store, struct arena *arena, const struct account_search *search,
              struct account_names *ret, struct err *err)
{
    struct seeking seeking = {.search = search, .arena = arena};
    struct account_body body;
    *ret =
        (struct account_names){.list = arena_array(arena, ACCOUNT_NAMES_MOST, sizeof *ret->list)};
    for (size_t i = 0; i < RANKS; i++) {
        seeking.hits[i] = arena_array(arena, ACCOUNT_NAMES_MOST + 1, sizeof *seeking.hits[i]);
    }
    if (arena_check(arena, err) < 0 || words_read(&seeking, err) < 0) {
        return -1;
    }
    int rc = account_body_of(store, arena, search->asker, search->at_us, &body, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (seeking.word_count == 0 &&
        account_belongs(store, arena, search->asker, search->at_us, &seeking.belongs, err) < 0) {
        return -1;
    }
    buf_init(&seeking.key, 8 * KEY_BYTES);
    rc = rows_read(&seeking, store, body.id, err);
    buf_free(&seeking.key);
    if (rc == 0) {
        hits_join(&seeking, ret);
    }
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
account_post_name(struct store *store, struct arena *arena, uint64_t post, struct str *ret_name,
                  struct str *ret_section, struct err *err)
{
    struct db_query *q = db_query(store, &post_get);
    db_bind_int(q, 1, (int64_t)post);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret_name = str_dup(arena, db_text(q, 0));
        *ret_section = str_dup(arena, db_text(q, 1));
    }
    db_end(q);
    return rc < 0 ? -1 : rc > 0 ? arena_check(arena, err) : 1;
}
