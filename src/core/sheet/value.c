/*
 * value: see value.h. Runs in cored. A cell is foreign text: what has no clear meaning is an error,
 * never a guess.
 */
#include "core/sheet/value.h"

#include "base/os/time.h"
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "core/account/codes.h"
#include "core/json/json.h"
#include "core/register/plain.h"
#include "core/register/values.h"
#include "core/store/id.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 400 };

#define FROM_TO "～"

static struct str
json_text(const json_t *value)
{
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){0} : (struct str){p, json_string_length(value)};
}

static int
bad(struct err *err, const char *form)
{
    return ERR(err, "sheet.value", "%s", form);
}

static const char *
z_of(const struct value_ask *ask, struct str s)
{
    const char *z = str_dup_z(ask->arena, s);
    return z != NULL ? z : "";
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
take_number(const struct value_ask *ask, const struct register_field *field, struct str text,
            json_t **ret, struct err *err)
{
    struct str s = narrow(ask, text);
    char plain[WORD_BYTES + 1];
    size_t n = 0;
    int64_t value = 0;
    for (size_t i = 0; i < s.n && n < WORD_BYTES; i++) {
        if (s.p[i] != ',' || i == 0) {
            plain[n++] = s.p[i];
        }
    }
    if (!value_decimal((struct str){plain, n}, field->scale, &value)) {
        return bad(err, field->scale > 0 ? "12.5" : "123");
    }
    *ret = json_integer(value);
    return 0;
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
    *ret = json_of_text(buf_str(&out));
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

/* The choice that TEXT is the code or a title of, or -1. */
static int
choice_of(const struct value_ask *ask, const struct register_field *field, struct str text)
{
    struct str s = narrow(ask, text);
    for (size_t i = 0; i < field->choice_count; i++) {
        if (str_equal(field->choices[i], text)) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct register_title *title =
            field->choice_titles != NULL ? &field->choice_titles[i] : NULL;
        if (str_equal(narrow(ask, field->choices[i]), s) ||
            (title != NULL &&
             (str_equal(narrow(ask, title->ja), s) || str_equal(narrow(ask, title->en), s)))) {
            return (int)i;
        }
    }
    return -1;
}

static int
take_choice(const struct value_ask *ask, const struct register_field *field, struct str text,
            json_t **ret, struct err *err)
{
    int at = choice_of(ask, field, text);
    if (at < 0) {
        return bad(err, field->choice_count > 0 ? z_of(ask, field->choices[0]) : "");
    }
    *ret = json_of_text(field->choices[at]);
    return 0;
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
    *ret = json_of_text(str_slice(text, 3, text.n));
    return true;
}

typedef int code_find(struct store *store, struct str text, int64_t day, uint64_t *ret,
                      struct err *err);

/* TEXT with full-width letters, digits and signs in their ASCII form. */
static struct str
halved(const struct value_ask *ask, struct str text)
{
    struct buf out;
    buf_init(&out, WORD_BYTES);
    while (text.n > 0) {
        struct str before = text;
        int32_t c = utf8_next(&text);
        if (c < 0) {
            break;
        }
        if (c > 0xFF00 && c < 0xFF5F) {
            buf_put_char(&out, (char)(c - 0xFEE0));
        } else {
            buf_put(&out, before.p, before.n - text.n);
        }
    }
    struct str s = str_dup(ask->arena, buf_str(&out));
    buf_free(&out);
    return s.p != NULL ? s : STR("");
}

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
        rc = find(ask->store, halved(ask, text), ask->day, &id, err);
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
take_json(struct str text, bool list, json_t **ret, struct err *err)
{
    json_t *made = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (list ? json_is_array(made) : json_is_object(made)) {
        *ret = made;
        return 0;
    }
    json_decref(made);
    return bad(err, list ? "[{…}]" : "{…}");
}

/* The number of a record of the register that FIELD points at, or its id. */
static int
take_ref(const struct value_ask *ask, const struct register_field *field, struct str text,
         json_t **ret, struct err *err)
{
    uint64_t id = 0;
    char form[ID_CHARS + 1];
    text = str_trim(text);
    int rc = id_parse(text, &id) || field->to.n == 0
                 ? 1
                 : register_numbered(ask->store, field->to, text, &id, err);
    if (rc < 0) {
        return -1;
    }
    if (rc == 0) {
        id_format(id, form);
        *ret = json_string(form);
        return 0;
    }
    *ret = json_of_text(text);
    return 0;
}

static int
take_one(const struct value_ask *ask, const struct register_field *field, struct str text,
         json_t **ret, struct err *err)
{
    switch ((int)field->type) {
    case VALUE_NUMBER:
        return take_number(ask, field, text, ret, err);
    case VALUE_FLAG:
        return take_flag(ask, text, ret, err);
    case VALUE_DATE:
        return take_day(text, ret, err);
    case VALUE_PERIOD:
        return take_period(text, ret, err);
    case VALUE_CLASS:
        if (field->choice_count == 0) {
            break;
        }
        return take_choice(ask, field, text, ret, err);
    case VALUE_CHOICE:
        return take_choice(ask, field, text, ret, err);
    case VALUE_PERSON:
        return take_coded(ask, text, true, ret, err);
    case VALUE_SECTION:
        return take_coded(ask, text, false, ret, err);
    case VALUE_REF:
        return take_ref(ask, field, text, ret, err);
    case VALUE_TABLE:
        return take_json(text, true, ret, err);
    case VALUE_SHEET:
        return take_json(text, false, ret, err);
    default:
        break;
    }
    *ret = json_of_text(text);
    return *ret != NULL ? 0 : bad(err, "UTF-8");
}

/* One value a line; or a JSON list of texts, where a value has a line feed in it. */
static int
take_many(const struct value_ask *ask, const struct register_field *field, struct str text,
          json_t **ret, struct err *err)
{
    json_t *list = json_array(), *one = NULL;
    struct str rest = text, line;
    if (str_starts(text, STR("["))) {
        json_decref(list);
        return take_json(text, true, ret, err);
    }
    while (str_split_next(&rest, '\n', &line)) {
        if (str_trim(line).n == 0) {
            continue;
        }
        if (take_one(ask, field, line, &one, err) < 0) {
            json_decref(list);
            return -1;
        }
        (void)json_array_append_new(list, one);
    }
    *ret = list;
    return 0;
}

bool
value_comes_in(const struct register_field *field)
{
    return field->type != VALUE_FILE && field->type != VALUE_SIGN && field->type != VALUE_CALC;
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
    return field->many ? take_many(ask, field, cell->text, ret, err)
                       : take_one(ask, field, cell->text, ret, err);
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

/* A scaled integer as people write it. */
static int
put_number(const struct value_ask *ask, const struct register_field *field, int64_t value,
           struct sheet_cell *ret, struct err *err)
{
    int64_t unit = 1;
    for (unsigned i = 0; i < field->scale; i++) {
        unit *= 10;
    }
    uint64_t size = value < 0 ? (uint64_t)-value : (uint64_t)value, whole = size / (uint64_t)unit;
    const char *sign = value < 0 ? "-" : "";
    const char *text =
        field->scale == 0
            ? arena_printf(ask->arena, "%s%llu", sign, (unsigned long long)whole)
            : arena_printf(ask->arena, "%s%llu.%0*llu", sign, (unsigned long long)whole,
                           (int)field->scale, (unsigned long long)(size % (uint64_t)unit));
    return put_cell(ask, str_of(text != NULL ? text : ""), SHEET_NUMBER, ret, err);
}

/* An instant in Japan's time; with its microseconds, in UTC, where it has some. */
static int
put_time(const struct value_ask *ask, int64_t us, struct sheet_cell *ret, struct err *err)
{
    char text[TIME_CHARS + 1];
    if (us % TIME_US_SECOND != 0) {
        time_format(us, text);
        return put_cell(ask, str_of(text), SHEET_TEXT, ret, err);
    }
    char date[DATE_CHARS + 1];
    int64_t day = tokyo_day(us), second = (us - tokyo_day_start(day)) / TIME_US_SECOND;
    date_format(day, date);
    const char *made = arena_printf(ask->arena, "%sT%02d:%02d:%02d", date, (int)(second / 3600),
                                    (int)(second / 60 % 60), (int)(second % 60));
    return put_cell(ask, str_of(made != NULL ? made : ""), SHEET_DATETIME, ret, err);
}

/* The title of a choice while it leads back to its code. */
static struct str
choice_title(const struct value_ask *ask, const struct register_field *field, struct str code)
{
    int at = choice_of(ask, field, code);
    struct str title = at >= 0 && field->choice_titles != NULL ? field->choice_titles[at].ja : code;
    return title.n > 0 && choice_of(ask, field, title) == at ? title : code;
}

static int
put_text_value(const struct value_ask *ask, const struct register_field *field, struct str text,
               struct sheet_cell *ret, struct err *err)
{
    uint64_t id = 0;
    if (field->type == VALUE_PERSON && str_to_u64(text, &id)) {
        return value_put_person(ask, id, ret, err);
    }
    if (field->type == VALUE_SECTION && str_to_u64(text, &id)) {
        return value_put_section(ask, id, ret, err);
    }
    if (field->choice_count > 0) {
        text = choice_title(ask, field, text);
    }
    return put_cell(ask, text, field->type == VALUE_DATE ? SHEET_DATE : SHEET_TEXT, ret, err);
}

static int
put_one(const struct value_ask *ask, const struct register_field *field, const json_t *value,
        struct sheet_cell *ret, struct err *err)
{
    *ret = (struct sheet_cell){0};
    if (value == NULL || json_is_null(value)) {
        return 0;
    }
    if (json_is_boolean(value)) {
        return put_cell(ask, json_is_true(value) ? STR("はい") : STR("いいえ"), SHEET_TEXT, ret,
                        err);
    }
    if (json_is_integer(value)) {
        int64_t n = json_integer_value(value);
        return field->type == VALUE_DATETIME ? put_time(ask, n, ret, err)
                                             : put_number(ask, field, n, ret, err);
    }
    if (field->type == VALUE_PERIOD && json_is_object(value)) {
        return put_period(ask, value, ret, err);
    }
    struct str text = json_text(value);
    return text.p == NULL ? put_json(ask, value, ret, err)
                          : put_text_value(ask, field, text, ret, err);
}

/* A list as lines; as JSON where a value has a line feed, or begins like JSON. */
static int
put_many(const struct value_ask *ask, const struct register_field *field, const json_t *list,
         struct sheet_cell *ret, struct err *err)
{
    struct buf out;
    struct sheet_cell one;
    bool plain = true;
    int rc = 0;
    buf_init(&out, (size_t)SHEET_CELL_BYTES + 1);
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        rc = put_one(ask, field, json_array_get(list, i), &one, err);
        plain = plain && rc == 0 && one.text.n > 0 && one.text.p[0] != '[' &&
                str_trim(one.text).n > 0 && memchr(one.text.p, '\n', one.text.n) == NULL;
        if (i > 0) {
            buf_put_char(&out, '\n');
        }
        buf_put_str(&out, rc == 0 ? one.text : STR(""));
    }
    if (rc == 0) {
        rc = out.over ? ERR(err, "sheet.cell", "%d", SHEET_CELL_BYTES)
             : plain  ? put_cell(ask, buf_str(&out), SHEET_TEXT, ret, err)
                      : put_json(ask, list, ret, err);
    }
    buf_free(&out);
    return rc;
}

int
value_put(const struct value_ask *ask, const struct register_field *field, const json_t *value,
          struct sheet_cell *ret, struct err *err)
{
    bool list = field->many && json_is_array(value) && field->type != VALUE_FILE;
    if (list && json_array_size(value) == 0) {
        *ret = (struct sheet_cell){0};
        return 0;
    }
    return list ? put_many(ask, field, value, ret, err) : put_one(ask, field, value, ret, err);
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
