/*
 * rows: tables of plain text become rows of appointments and of what becomes of sections. Runs in
 * cored; knows no database.
 *
 * A wrong header refuses the file: nothing is dropped silently. A wrong cell sets its own row
 * aside.
 */
#include "base/os/time.h"
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "core/people/private.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MOST = 16 };

/* What a column means: the words that name it, with a blank between. */
struct column {
    const char *key, *words;
    bool required;
};

static const struct column row_columns[] = {
    {"staff_no", "職員番号", true},
    {"name", "氏名", true},
    {"kana", "カナ 氏名カナ フリガナ", false},
    {"section", "所属コード", true},
    {"post", "職 職名", true},
    {"day", "発令日", true},
    {"order", "区分 発令区分", true},
    {"also", "兼務", false},
    {"until", "任用終了日", false},
    {"employ", "任用種別", false},
    {"login", "ログイン名", false},
};
enum { STAFF_NO, NAME, KANA, SECTION, POST, DAY, ORDER, ALSO, UNTIL, EMPLOY, LOGIN, ROW_COLUMNS };

static const struct column part_columns[] = {
    {"code", "旧所属コード", true},
    {"fate", "区分", true},
    {"new_code", "新所属コード", false},
    {"name", "新所属名", false},
    {"kana", "新所属カナ", false},
    {"parent", "上位所属コード", false},
    {"day", "施行日", true},
    {"heir", "引継", false},
};
enum { OLD_CODE, FATE, NEW_CODE, NEW_NAME, NEW_KANA, PARENT, PART_DAY, HEIR, PART_COLUMNS };

static const struct {
    const char *word;
    enum people_order order;
    enum people_seat seat;
} orders[] = {
    {"採用", ORDER_JOIN, SEAT_MAIN},          {"異動", ORDER_MOVE, SEAT_MAIN},
    {"昇任", ORDER_MOVE, SEAT_MAIN},          {"配置換", ORDER_MOVE, SEAT_MAIN},
    {"任用更新", ORDER_RENEW, SEAT_MAIN},     {"退職", ORDER_LEAVE, SEAT_MAIN},
    {"任期満了", ORDER_LEAVE, SEAT_MAIN},     {"兼務", ORDER_MOVE, SEAT_CONCURRENT},
    {"兼務解除", ORDER_END, SEAT_CONCURRENT}, {"事務取扱", ORDER_MOVE, SEAT_ACTING},
    {"事務取扱解除", ORDER_END, SEAT_ACTING}, {"氏名変更", ORDER_NAME, SEAT_MAIN},
    {"改姓", ORDER_NAME, SEAT_MAIN},
};

static const char *const fates[FATES] = {"新設", "改称", "統合", "分割", "廃止"};

static const struct {
    const char *word, *kind;
} employs[] = {
    {"", "staff"},         {"正規", "staff"},      {"会計年度任用", "fiscal_year_staff"},
    {"特別職", "special"}, {"委託", "contractor"}, {"指定管理", "designated_manager"},
    {"臨時", "temporary"},
};

/* S without blanks at the ends, full-width ones too. */
static struct str
trim(struct str s)
{
    struct str wide = STR("　");
    for (;;) {
        struct str was = s;
        s = str_trim(s);
        if (str_starts(s, wide)) {
            s = str_slice(s, wide.n, s.n);
        }
        if (str_ends(s, wide)) {
            s = str_slice(s, 0, s.n - wide.n);
        }
        if (s.n == was.n) {
            return s;
        }
    }
}

/* Text that may stand in a base: UTF-8 without controls, line ends or marks that turn it. */
static bool
plain(struct str s)
{
    if (s.n > PEOPLE_CELL_BYTES || !utf8_valid(s)) {
        return false;
    }
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c < 0 || (utf8_class((uint32_t)c) & (UTF8_CONTROL | UTF8_BIDI | UTF8_LINE)) != 0) {
            return false;
        }
    }
    return true;
}

static bool
word_in(const char *words, struct str word)
{
    struct str rest = str_of(words), one;
    while (str_split_next(&rest, ' ', &one)) {
        if (str_equal(one, word)) {
            return true;
        }
    }
    return false;
}

/* The text that MAP's table NAME gives for WORD; p NULL: none. */
static struct str
mapped(json_t *map, const char *name, struct str word)
{
    json_t *value =
        word.n > 0 ? json_object_getn(json_object_get(map, name), word.p, word.n) : NULL;
    return (struct str){json_string_value(value), json_string_length(value)};
}

/* Finds the columns of HEADER: RET[i] is the place of COLUMNS[i] or -1. */
static int
header_read(const struct people_rows *rows, const struct column *columns, size_t count, json_t *map,
            int *ret, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        ret[i] = -1;
    }
    for (size_t c = 0; c < rows->columns; c++) {
        struct str title = trim(rows->cells[c]);
        struct str key = mapped(map, "columns", title);
        size_t i = 0;
        while (i < count && !(key.p != NULL ? str_equal_z(key, columns[i].key)
                                            : word_in(columns[i].words, title))) {
            i++;
        }
        if (key.p != NULL && str_equal_z(key, "-")) {
            continue; /* the map says: not for us */
        }
        if (i == count || ret[i] >= 0) {
            return ERR(err, "people.column", "%.*s", STR_FMT(str_slice(title, 0, 80)));
        }
        ret[i] = (int)c;
    }
    for (size_t i = 0; i < count; i++) {
        if (columns[i].required && ret[i] < 0) {
            return ERR(err, "people.column", "%s", columns[i].words);
        }
    }
    return 0;
}

/* One row of a table by its meaning. */
struct line {
    const struct people_rows *rows;
    const int *columns;
    size_t at;
    struct people_bad *bad;
};

static void
bad(struct people_bad *ret, const char *code, struct str detail)
{
    if (ret->code == NULL) {
        *ret = (struct people_bad){code, str_slice(detail, 0, 120)};
    }
}

static struct str
cell(const struct line *line, int column)
{
    int at = line->columns[column];
    struct str s =
        at < 0 ? STR("") : line->rows->cells[line->at * line->rows->columns + (size_t)at];
    if (!plain(s)) {
        bad(line->bad, "people.cell", STR(""));
        return STR("");
    }
    return trim(s);
}

/* The day in S; 0 when it is empty or none. */
static int64_t
day_read(struct people_bad *ret_bad, struct str s)
{
    struct wareki_date date;
    struct err err;
    if (s.n == 0) {
        return 0;
    }
    if (wareki_parse(s, &date, &err) < 0 || date.year < 1970) {
        bad(ret_bad, "people.date", s);
        return 0;
    }
    return day_of_civil((struct civil){date.year, date.month, date.day});
}

static void
seat_read(struct people_row *row, struct str also)
{
    static const struct {
        const char *word;
        enum people_seat seat;
    } seats[] = {{"", SEAT_MAIN},           {"いいえ", SEAT_MAIN},  {"本務", SEAT_MAIN},
                 {"はい", SEAT_CONCURRENT}, {"○", SEAT_CONCURRENT}, {"兼務", SEAT_CONCURRENT},
                 {"1", SEAT_CONCURRENT},    {"0", SEAT_MAIN},       {"事務取扱", SEAT_ACTING}};
    for (size_t i = 0; i < sizeof seats / sizeof *seats; i++) {
        if (str_equal_z(also, seats[i].word)) {
            row->seat =
                row->seat != SEAT_MAIN && seats[i].seat == SEAT_MAIN ? row->seat : seats[i].seat;
            return;
        }
    }
    bad(&row->bad, "people.also", also);
}

static void
order_read(struct people_row *row, struct str word, json_t *map)
{
    struct str own = mapped(map, "orders", word);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (str_equal_z(own.p != NULL ? own : word, orders[i].word)) {
            row->order = orders[i].order;
            row->seat = orders[i].seat;
            return;
        }
    }
    bad(&row->bad, "people.order", word);
}

static void
employ_read(struct people_row *row, struct str word)
{
    for (size_t i = 0; i < sizeof employs / sizeof *employs; i++) {
        if (str_equal_z(word, employs[i].word)) {
            row->employ = str_of(employs[i].kind);
            return;
        }
    }
    bad(&row->bad, "people.employ", word);
}

static bool
word_plain(struct str s, size_t most)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    c == '-' || c == '_' || c == '.' || c == '/';
        if (!good) {
            return false;
        }
    }
    return s.n > 0 && s.n <= most;
}

static void
row_check(struct people_row *row)
{
    bool seated = row->order == ORDER_JOIN || row->order == ORDER_MOVE || row->order == ORDER_END;
    if (!word_plain(row->staff_no, 32)) {
        bad(&row->bad, "people.staff_no", row->staff_no);
    }
    if (row->day == 0) {
        bad(&row->bad, "people.date", STR(""));
    }
    if (row->name.n == 0) {
        bad(&row->bad, "people.name", STR(""));
    }
    if (seated && row->section.n == 0) {
        bad(&row->bad, "people.section", STR(""));
    }
    if (seated && row->post.n == 0) {
        bad(&row->bad, "people.post", STR(""));
    }
    if (row->until != 0 && row->until < row->day) {
        bad(&row->bad, "people.until", STR(""));
    }
    if (row->order == ORDER_RENEW && row->until == 0) {
        bad(&row->bad, "people.until", STR(""));
    }
    if (row->order == ORDER_JOIN && row->seat != SEAT_MAIN) {
        bad(&row->bad, "people.also", STR("採用"));
    }
    if (row->order == ORDER_END && row->seat == SEAT_MAIN) {
        bad(&row->bad, "people.also", STR(""));
    }
}

static void
row_read(const struct people_rows *rows, const int *columns, size_t at, json_t *map,
         struct people_row *row)
{
    struct line line = {rows, columns, at, &row->bad};
    row->line = at + 1;
    row->blank = true;
    for (size_t c = 0; c < rows->columns; c++) {
        row->blank = row->blank && rows->cells[at * rows->columns + c].n == 0;
    }
    if (row->blank) {
        return;
    }
    row->staff_no = cell(&line, STAFF_NO);
    row->name = cell(&line, NAME);
    row->kana = cell(&line, KANA);
    row->section = cell(&line, SECTION);
    row->post = cell(&line, POST);
    row->login = cell(&line, LOGIN);
    row->day = day_read(&row->bad, cell(&line, DAY));
    row->until = day_read(&row->bad, cell(&line, UNTIL));
    order_read(row, cell(&line, ORDER), map);
    seat_read(row, cell(&line, ALSO));
    employ_read(row, cell(&line, EMPLOY));
    row_check(row);
}

static void
part_read(const struct people_rows *rows, const int *columns, size_t at, struct people_part *part)
{
    struct line line = {rows, columns, at, &part->bad};
    part->line = at + 1;
    part->code = cell(&line, OLD_CODE);
    part->new_code = cell(&line, NEW_CODE);
    part->name = cell(&line, NEW_NAME);
    part->kana = cell(&line, NEW_KANA);
    part->parent = cell(&line, PARENT);
    part->day = day_read(&part->bad, cell(&line, PART_DAY));
    struct str heir = cell(&line, HEIR), fate = cell(&line, FATE);
    part->heir = str_equal_z(heir, "○") || str_equal_z(heir, "はい") || str_equal_z(heir, "1");
    size_t i = 0;
    while (i < FATES && !str_equal_z(fate, fates[i])) {
        i++;
    }
    if (i == FATES) {
        bad(&part->bad, "people.fate", fate);
    } else {
        part->fate = (enum people_fate)i;
    }
    if (part->fate == FATE_RENAME && part->new_code.n == 0) {
        part->new_code = part->code;
    }
    bool fresh = part->fate == FATE_FOUND;
    if (part->day == 0) {
        bad(&part->bad, "people.date", STR(""));
    }
    if ((part->code.n == 0) != fresh || (part->new_code.n == 0 && part->fate != FATE_ABOLISH)) {
        bad(&part->bad, "people.section", part->code);
    }
    part->heir = part->heir || part->fate == FATE_RENAME || part->fate == FATE_MERGE ||
                 (part->fate == FATE_ABOLISH && part->new_code.n > 0);
}

static int
by_seat(const void *a, const void *b)
{
    const struct people_row *x = *(struct people_row *const *)a,
                            *y = *(struct people_row *const *)b;
    int rc = str_compare(x->staff_no, y->staff_no);
    if (rc == 0) {
        rc = (x->day > y->day) - (x->day < y->day);
    }
    return rc != 0 ? rc : (x->line > y->line) - (x->line < y->line);
}

/* True when ROW is about the main post: of those a person has one order a day. */
static bool
about_main(const struct people_row *row)
{
    return row->seat == SEAT_MAIN && (row->order == ORDER_JOIN || row->order == ORDER_MOVE);
}

/* Two orders about the main post of a day: both are set aside, nobody knows which is meant. */
static int
doubles_find(struct arena *arena, struct people_sheet *sheet, struct err *err)
{
    struct people_row **list = arena_array(arena, sheet->row_count, sizeof(struct people_row *));
    if (list == NULL) {
        return arena_check(arena, err);
    }
    size_t n = 0;
    for (size_t i = 0; i < sheet->row_count; i++) {
        if (!sheet->rows[i].blank && sheet->rows[i].bad.code == NULL &&
            about_main(&sheet->rows[i])) {
            list[n++] = &sheet->rows[i];
        }
    }
    qsort(list, n, sizeof *list, by_seat);
    for (size_t i = 1; i < n; i++) {
        if (str_equal(list[i]->staff_no, list[i - 1]->staff_no) &&
            list[i]->day == list[i - 1]->day) {
            bad(&list[i - 1]->bad, "people.two_mains", list[i]->staff_no);
            bad(&list[i]->bad, "people.two_mains", list[i]->staff_no);
        }
    }
    return 0;
}

int64_t
people_row_day(const struct people_row *row)
{
    return row->order == ORDER_LEAVE ? row->day + 1 : row->day;
}

static void
span_widen(struct people_sheet *sheet, const struct people_bad *bad_at, int64_t day)
{
    if (bad_at->code != NULL) {
        return;
    }
    sheet->first_day = sheet->first_day == 0 || day < sheet->first_day ? day : sheet->first_day;
    sheet->last_day = day > sheet->last_day ? day : sheet->last_day;
}

int
people_sheet_read(struct arena *arena, const struct people_rows *rows,
                  const struct people_rows *sections, json_t *map, struct people_sheet *ret,
                  struct err *err)
{
    int columns[KEYS_MOST];
    *ret = (struct people_sheet){.row_count = rows->rows > 0 ? rows->rows - 1 : 0,
                                 .part_count = sections->rows > 0 ? sections->rows - 1 : 0};
    if (ret->row_count > PEOPLE_ROWS_MOST || ret->part_count > PEOPLE_SECTIONS_MOST) {
        return ERR(err, "people.size", "%zu", ret->row_count);
    }
    ret->rows = arena_array(arena, ret->row_count, sizeof *ret->rows);
    ret->parts = arena_array(arena, ret->part_count, sizeof *ret->parts);
    if (arena_check(arena, err) < 0 ||
        (rows->rows > 0 && header_read(rows, row_columns, ROW_COLUMNS, map, columns, err) < 0)) {
        return -1;
    }
    for (size_t i = 0; i < ret->row_count; i++) {
        row_read(rows, columns, i + 1, map, &ret->rows[i]);
        if (!ret->rows[i].blank) {
            span_widen(ret, &ret->rows[i].bad, people_row_day(&ret->rows[i]));
        }
    }
    if (sections->rows > 0 &&
        header_read(sections, part_columns, PART_COLUMNS, map, columns, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ret->part_count; i++) {
        part_read(sections, columns, i + 1, &ret->parts[i]);
        span_widen(ret, &ret->parts[i].bad, ret->parts[i].day);
    }
    return doubles_find(arena, ret, err);
}
