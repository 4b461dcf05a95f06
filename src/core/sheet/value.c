/*
 * value: see value.h. Runs in cored. A cell is foreign text: what has no clear meaning is an error,
 * never a guess.
 */
#include "core/sheet/value.h"

#include "base/text/wareki.h"
#include "core/account/codes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MOST = 15, WORD_BYTES = 400 };

#define FROM_TO "～"

static struct str
json_text(const json_t *value)
{
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){0} : (struct str){p, json_string_length(value)};
}

static json_t *
put_text(struct str s)
{
    return json_stringn(s.n > 0 ? s.p : "", s.n);
}

static int
bad(struct err *err, const char *form)
{
    return ERR(err, "sheet.value", "%s", form);
}

/* ---- taking ---- */

/* TEXT narrowed: NFKC, case folded, without blanks. */
static struct str
narrow(const struct value_ask *ask, struct str text)
{
    struct buf out;
    struct err why;
    buf_init(&out, WORD_BYTES * 4);
    bool good = text.n <= WORD_BYTES && sheet_fold_title(&out, text, &why) == 0 && !out.over;
    struct str s = good ? str_dup(ask->arena, buf_str(&out)) : STR("");
    buf_free(&out);
    return s.p != NULL ? s : STR("");
}

static int
take_number(const struct value_ask *ask, struct str text, json_t **ret, struct err *err)
{
    struct str s = narrow(ask, text);
    bool minus = s.n > 0 && s.p[0] == '-';
    int64_t value = 0;
    size_t digits = 0;
    for (size_t i = minus ? 1 : 0; i < s.n; i++) {
        if (s.p[i] == ',' && i > 0) {
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9' || ++digits > DIGITS_MOST) {
            return bad(err, "123");
        }
        value = value * 10 + (s.p[i] - '0');
    }
    *ret = json_integer(minus ? -value : value);
    return digits > 0 ? 0 : bad(err, "123");
}

static int
take_flag(const struct value_ask *ask, struct str text, json_t **ret, struct err *err)
{
    static const struct {
        const char *word;
        bool means;
    } words[] = {{"はい", true},   {"いいえ", false}, {"yes", true}, {"no", false}, {"true", true},
                 {"false", false}, {"1", true},       {"0", false},  {"有", true},  {"無", false}};
    struct str s = narrow(ask, text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_equal_z(s, words[i].word)) {
            *ret = json_boolean(words[i].means);
            return 0;
        }
    }
    return bad(err, "はい/いいえ");
}

/* TEXT, any form of wareki_parse, as 2026-04-01. */
static int
take_day(struct str text, json_t **ret, struct err *err)
{
    struct wareki_date date;
    struct err why;
    struct buf out;
    if (wareki_parse(str_trim(text), &date, &why) < 0) {
        return err_is(&why, "wareki.era") ? ERR(err, "sheet.value", "%s", why.detail)
                                          : bad(err, "2026-04-01");
    }
    buf_init(&out, 40);
    wareki_put_iso(&out, date);
    *ret = put_text(buf_str(&out));
    buf_free(&out);
    return 0;
}

static int
take_period(struct str text, json_t **ret, struct err *err)
{
    static const char *const marks[] = {FROM_TO, "〜", "~", "から"};
    json_t *from = NULL, *until = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        struct str mark = str_of(marks[i]);
        ptrdiff_t at = str_find(text, mark, 0);
        if (at < 0) {
            continue;
        }
        if (take_day(str_slice(text, 0, (size_t)at), &from, err) < 0 ||
            take_day(str_slice(text, (size_t)at + mark.n, text.n), &until, err) < 0) {
            json_decref(from);
            return -1;
        }
        *ret = json_pack("{soso}", "from", from, "until", until);
        return 0;
    }
    return bad(err, "2026-04-01" FROM_TO "2027-03-31");
}

static int
take_choice(const struct value_ask *ask, const struct register_field *field, struct str text,
            json_t **ret, struct err *err)
{
    struct str s = narrow(ask, text);
    for (size_t i = 0; i < field->choice_count; i++) {
        if (str_equal(field->choices[i], text) || str_equal(narrow(ask, field->choices[i]), s)) {
            *ret = put_text(field->choices[i]);
            return 0;
        }
    }
    return bad(err, "choice");
}

/* "id:12", written where a person or section has no code of its own. */
static bool
plain_id(struct str text, json_t **ret)
{
    uint64_t id = 0;
    if (!str_starts(text, STR("id:")) || !str_to_u64(str_slice(text, 3, text.n), &id) || id == 0 ||
        id > INT64_MAX) {
        return false;
    }
    *ret = put_text(str_slice(text, 3, text.n));
    return true;
}

typedef int code_find(struct store *store, struct str text, int64_t day, uint64_t *ret,
                      struct err *err);

static int
take_coded(const struct value_ask *ask, struct str text, bool person, json_t **ret, struct err *err)
{
    uint64_t id = 0;
    code_find *find = person ? account_person_named : account_section_coded;
    text = str_trim(text);
    if (plain_id(text, ret)) {
        return 0;
    }
    int rc = find(ask->store, text, ask->day, &id, err);
    if (rc == 1) { /* typed in full width */
        rc = find(ask->store, narrow(ask, text), ask->day, &id, err);
    }
    if (rc != 0) {
        const char *code = person ? (rc == 2 ? "sheet.person_many" : "sheet.person")
                                  : (rc == 2 ? "sheet.section_many" : "sheet.section");
        return rc < 0 ? -1 : ERR(err, code, "%.*s", STR_FMT(str_slice(text, 0, 60)));
    }
    *ret = json_sprintf("%llu", (unsigned long long)id);
    return 0;
}

static int
take_table(struct str text, json_t **ret, struct err *err)
{
    *ret = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_array(*ret)) {
        return 0;
    }
    json_decref(*ret);
    *ret = NULL;
    return bad(err, "[{…}]");
}

int
value_take(const struct value_ask *ask, const struct register_field *field,
           const struct sheet_cell *cell, json_t **ret, struct err *err)
{
    *ret = NULL;
    if (cell->text.n == 0) {
        *ret = json_null();
        return 0;
    }
    if ((cell->flags & SHEET_DIGITS) != 0) {
        return ERR(err, "sheet.digits", "%.*s", STR_FMT(str_slice(cell->text, 0, 40)));
    }
    switch (field->type) {
    case VALUE_NUMBER:
        return take_number(ask, cell->text, ret, err);
    case VALUE_FLAG:
        return take_flag(ask, cell->text, ret, err);
    case VALUE_DATE:
        return take_day(cell->text, ret, err);
    case VALUE_PERIOD:
        return take_period(cell->text, ret, err);
    case VALUE_CHOICE:
        return take_choice(ask, field, cell->text, ret, err);
    case VALUE_PERSON:
        return take_coded(ask, cell->text, true, ret, err);
    case VALUE_SECTION:
        return take_coded(ask, cell->text, false, ret, err);
    case VALUE_TABLE:
        return take_table(cell->text, ret, err);
    case VALUE_TEXT:
    case VALUE_CLASS:
    case VALUE_REF:
    case VALUE_HASH:
    case VALUE_TYPES:
        break;
    }
    *ret = put_text(cell->text);
    return *ret != NULL ? 0 : bad(err, "UTF-8");
}

/* ---- putting ---- */

static int
put_cell(const struct value_ask *ask, struct str text, enum sheet_type type, struct sheet_cell *ret,
         struct err *err)
{
    if (text.n > SHEET_CELL_BYTES) {
        return ERR(err, "sheet.cell", "%zu", text.n);
    }
    *ret = (struct sheet_cell){.text = str_dup(ask->arena, text),
                               .type = (uint8_t)(text.n > 0 ? type : SHEET_EMPTY)};
    return arena_check(ask->arena, err);
}

static int
put_id(const struct value_ask *ask, uint64_t id, struct sheet_cell *ret, struct err *err)
{
    const char *text = arena_printf(ask->arena, "id:%llu", (unsigned long long)id);
    return put_cell(ask, str_of(text != NULL ? text : ""), SHEET_TEXT, ret, err);
}

int
value_put_person(const struct value_ask *ask, uint64_t person, struct sheet_cell *ret,
                 struct err *err)
{
    struct str code = {0};
    *ret = (struct sheet_cell){0};
    if (person == 0) {
        return 0;
    }
    int rc = account_staff_no(ask->store, ask->arena, person, &code, err);
    return rc < 0   ? -1
           : rc > 0 ? put_id(ask, person, ret, err)
                    : put_cell(ask, code, SHEET_TEXT, ret, err);
}

int
value_put_section(const struct value_ask *ask, uint64_t section, struct sheet_cell *ret,
                  struct err *err)
{
    struct str code = {0};
    *ret = (struct sheet_cell){0};
    if (section == 0) {
        return 0;
    }
    int rc = account_section_code(ask->store, ask->arena, section, ask->day, &code, err);
    return rc < 0   ? -1
           : rc > 0 ? put_id(ask, section, ret, err)
                    : put_cell(ask, code, SHEET_TEXT, ret, err);
}

static int
put_period(const struct value_ask *ask, const json_t *value, struct sheet_cell *ret,
           struct err *err)
{
    struct str from = json_text(json_object_get(value, "from"));
    struct str until = json_text(json_object_get(value, "until"));
    const char *text =
        arena_printf(ask->arena, "%.*s" FROM_TO "%.*s", STR_FMT(from), STR_FMT(until));
    return put_cell(ask, str_of(text != NULL ? text : ""), SHEET_TEXT, ret, err);
}

static int
put_json(const struct value_ask *ask, const json_t *value, struct sheet_cell *ret, struct err *err)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    int rc = text == NULL ? ERR(err, "limit.memory", "json")
                          : put_cell(ask, str_of(text), SHEET_TEXT, ret, err);
    free(text);
    return rc;
}

int
value_put(const struct value_ask *ask, const struct register_field *field, const json_t *value,
          struct sheet_cell *ret, struct err *err)
{
    uint64_t id = 0;
    *ret = (struct sheet_cell){0};
    if (value == NULL || json_is_null(value)) {
        return 0;
    }
    if (json_is_boolean(value)) {
        return put_cell(ask, json_is_true(value) ? STR("はい") : STR("いいえ"), SHEET_TEXT, ret,
                        err);
    }
    if (json_is_integer(value)) {
        return put_json(ask, value, ret, err) < 0 ? -1 : (ret->type = SHEET_NUMBER, 0);
    }
    if (field->type == VALUE_PERIOD && json_is_object(value)) {
        return put_period(ask, value, ret, err);
    }
    struct str text = json_text(value);
    if (text.p == NULL) {
        return put_json(ask, value, ret, err);
    }
    if (field->type == VALUE_PERSON && str_to_u64(text, &id)) {
        return value_put_person(ask, id, ret, err);
    }
    if (field->type == VALUE_SECTION && str_to_u64(text, &id)) {
        return value_put_section(ask, id, ret, err);
    }
    return put_cell(ask, text, field->type == VALUE_DATE ? SHEET_DATE : SHEET_TEXT, ret, err);
}

static bool
empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

bool
value_same(const json_t *a, const json_t *b)
{
    return (empty(a) && empty(b)) || (a != NULL && b != NULL && json_equal(a, b));
}
