/*
 * values: values of fields, checked and put into their one form. Pure but for values_take's clock,
 * which is given. Runs in cored; the check of defaults also in the command line.
 *
 * How they are kept in a revision's JSON: text, choice, class, clause, hash, net, address: a text.
 * number: an integer, scaled. flag: true, false. date: "2026-04-01". datetime: microseconds.
 * period: {from, until}. person, section, post: the id in decimal, as text. ref: the id of a record
 * (13 characters), or the key of what `to` names. file: [{sha256, size, name}]. table: [{column:
 * value}]. sheet: {row: {answer, note, evidence}}. sign: {person, at, text}. `many`: a list of such
 * values, none twice. calc: never kept.
 * Invariant: what values_take gives, value_check accepts, and taking it again changes nothing.
 */
#include "core/register/values.h"

#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "base/text/utf8.h"
#include "core/register/canon.h"
#include "core/register/pattern.h"
#include "core/store/id.h"

#include <stdlib.h>
#include <string.h>

/* The code of each type's refusal. */
static const char *const codes[VALUE_TYPES] = {
    [VALUE_TEXT] = "register.field_text",         [VALUE_NUMBER] = "register.field_number",
    [VALUE_FLAG] = "register.field_flag",         [VALUE_DATE] = "register.field_date",
    [VALUE_DATETIME] = "register.field_datetime", [VALUE_PERIOD] = "register.field_period",
    [VALUE_CHOICE] = "register.field_choice",     [VALUE_CLASS] = "register.field_class",
    [VALUE_PERSON] = "register.field_person",     [VALUE_SECTION] = "register.field_section",
    [VALUE_POST] = "register.field_post",         [VALUE_REF] = "register.field_ref",
    [VALUE_FILE] = "register.field_file",         [VALUE_HASH] = "register.field_hash",
    [VALUE_NET] = "register.field_net",           [VALUE_ADDRESS] = "register.field_address",
    [VALUE_TABLE] = "register.field_table",       [VALUE_SHEET] = "register.field_sheet",
    [VALUE_SIGN] = "register.field_sign",         [VALUE_CLAUSE] = "register.field_clause",
    [VALUE_CALC] = "register.field_calc",
};

static int
bad(const struct register_field *field, const char *code, struct err *err)
{
    return err_set(err, code, __FILE__, __LINE__, "%.*s", STR_FMT(field->key));
}

/* The text of a JSON string as str; p NULL for anything else. */
static struct str
json_text(const json_t *value)
{
    const char *p = json_string_value(value);
    return p == NULL ? (struct str){0} : (struct str){p, json_string_length(value)};
}

static json_t *
member(json_t *object, struct str key)
{
    return json_object_getn(object, key.p, key.n);
}

/* No control characters (with LINES line feed and tab allowed), strict UTF-8. */
static bool
text_plain(struct str text, bool lines)
{
    if (!utf8_valid(text)) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static size_t
text_chars(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

int
value_choice(const struct register_field *field, struct str code)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (str_equal(field->choices[i], code)) {
            return (int)i;
        }
    }
    return -1;
}

bool
value_decimal(struct str text, unsigned scale, int64_t *ret)
{
    bool minus = text.n > 0 && text.p[0] == '-';
    struct str rest = minus ? str_slice(text, 1, text.n) : text;
    size_t whole = 0, decimals = 0;
    bool point = false;
    int64_t n = 0;
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (rest.p[i] < '0' || rest.p[i] > '9' || n > INT64_C(10000000000000000)) {
            return false;
        }
        n = n * 10 + (rest.p[i] - '0');
        *(point ? &decimals : &whole) += 1;
    }
    if (whole == 0 || decimals > scale || (point && decimals == 0)) {
        return false;
    }
    for (; decimals < scale; decimals++) {
        if (n > INT64_C(100000000000000000)) {
            return false;
        }
        n *= 10;
    }
    *ret = minus ? -n : n;
    return true;
}

bool
value_clause(struct str text)
{
    ptrdiff_t colon = str_find(text, STR(":"), 0);
    if (colon < 2 || colon > 8 || text.n > 120 || (size_t)colon + 1 == text.n) {
        return false;
    }
    for (ptrdiff_t i = 0; i < colon; i++) {
        if (text.p[i] < 'a' || text.p[i] > 'z') {
            return false;
        }
    }
    return text_plain(text, false) && str_find(text, STR(" "), 0) < 0;
}

/* ---- checking what is kept ---- */

static bool
id_good(struct str text)
{
    uint64_t id = 0;
    return str_to_u64(text, &id) && id > 0 && id <= INT64_MAX;
}

static int
text_check(const struct register_field *field, struct str text, struct err *err)
{
    if (text.p == NULL || !text_plain(text, field->lines != 1)) {
        return bad(field, codes[VALUE_TEXT], err);
    }
    size_t chars = text_chars(text);
    if (chars > (size_t)field->max || (chars > 0 && chars < (size_t)field->min)) {
        return bad(field, "register.field_length", err);
    }
    bool fits = field->pattern.n == 0 || text.n == 0 || pattern_fits(field->pattern, text);
    return fits ? 0 : bad(field, "register.field_pattern", err);
}

static int
number_check(const struct register_field *field, json_t *value, struct err *err)
{
    if (!json_is_integer(value)) {
        return bad(field, codes[VALUE_NUMBER], err);
    }
    int64_t n = json_integer_value(value);
    return n >= field->min && n <= field->max ? 0 : bad(field, "register.field_range", err);
}

static bool
period_good(json_t *value)
{
    int64_t from = 0, until = 0;
    return json_is_object(value) && json_object_size(value) == 2 &&
           date_parse(json_text(json_object_get(value, "from")), &from) &&
           date_parse(json_text(json_object_get(value, "until")), &until) && from <= until;
}

/* The ending of NAME is one of the field's kinds. */
static bool
ending_good(const struct register_field *field, struct str name)
{
    for (size_t i = 0; i < field->kind_count; i++) {
        struct str kind = field->kinds[i];
        struct str end =
            name.n > kind.n ? str_slice(name, name.n - kind.n, name.n) : (struct str){0};
        if (end.n > 0 && str_equal_nocase(end, kind) && name.p[name.n - kind.n - 1] == '.') {
            return true;
        }
    }
    return field->kind_count == 0;
}

/* One file: {sha256, size, name}. */
static bool
file_good(const struct register_field *field, json_t *value)
{
    uint8_t hash[32];
    char small[65];
    struct str digest = json_text(json_object_get(value, "sha256"));
    struct str name = json_text(json_object_get(value, "name"));
    json_t *size = json_object_get(value, "size");
    if (!json_is_object(value) || json_object_size(value) != 3 || !json_is_integer(size) ||
        digest.n != 64 || !hex_decode(digest, hash, sizeof hash)) {
        return false;
    }
    hex_encode(hash, sizeof hash, small);
    bool plain = name.n > 0 && text_chars(name) <= 255 && text_plain(name, false) &&
                 str_find(name, STR("/"), 0) < 0 && !str_equal_z(name, "..") &&
                 !str_equal_z(name, ".");
    return plain && str_equal_z(digest, small) && json_integer_value(size) >= 0 &&
           json_integer_value(size) <= field->size_bytes && ending_good(field, name);
}

static bool
canonical(const struct register_field *field, struct str text)
{
    char out[CANON_CHARS];
    return text.p != NULL && canon_text(field->kind, text, out) && str_equal_z(text, out);
}

static bool
ref_good(const struct register_field *field, struct str text)
{
    uint64_t id = 0;
    bool key = str_equal_z(field->to, "control") || str_equal_z(field->to, "path") ||
               str_equal_z(field->to, "account");
    return key ? text.n > 0 && text_chars(text) <= 60 && text_plain(text, false)
               : text.p != NULL && id_parse(text, &id);
}

static bool
sign_good(const struct register_field *field, json_t *value)
{
    uint8_t hash[32];
    (void)field;
    return json_is_object(value) && json_object_size(value) == 3 &&
           id_good(json_text(json_object_get(value, "person"))) &&
           json_is_integer(json_object_get(value, "at")) &&
           hex_decode(json_text(json_object_get(value, "text")), hash, sizeof hash);
}

/* One value of a plain type. */
static bool
plain_good(const struct register_field *field, json_t *value)
{
    struct str text = json_text(value);
    uint8_t hash[32];
    int64_t day = 0;
    switch ((int)field->type) {
    case VALUE_FLAG:
        return json_is_boolean(value);
    case VALUE_DATE:
        return date_parse(text, &day);
    case VALUE_DATETIME:
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
               json_integer_value(value) <= TIME_US_LAST;
    case VALUE_PERIOD:
        return period_good(value);
    case VALUE_CHOICE:
        return text.p != NULL && value_choice(field, text) >= 0;
    case VALUE_CLASS:
        return text.n > 0 && text_plain(text, false) && text_chars(text) <= 60 &&
               (field->choice_count == 0 || value_choice(field, text) >= 0);
    case VALUE_PERSON:
    case VALUE_SECTION:
    case VALUE_POST:
        return id_good(text);
    case VALUE_REF:
        return ref_good(field, text);
    case VALUE_FILE:
        return file_good(field, value);
    case VALUE_HASH:
        return text.n == 64 && hex_decode(text, hash, sizeof hash);
    case VALUE_NET:
    case VALUE_ADDRESS:
        return canonical(field, text);
    case VALUE_SIGN:
        return sign_good(field, value);
    case VALUE_CLAUSE:
        return value_clause(text);
    default:
        return false;
    }
}

static int
row_check(const struct register_field *field, json_t *row, bool whole, struct err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(row)) {
        return bad(field, codes[VALUE_TABLE], err);
    }
    json_object_foreach(row, key, value)
    {
        const struct register_field *column = NULL;
        for (size_t i = 0; i < field->column_count && column == NULL; i++) {
            column = str_equal_z(field->columns[i].key, key) ? &field->columns[i] : NULL;
        }
        if (column == NULL) {
            return ERR(err, "register.field_unknown", "%.40s", key);
        }
        if (value_check(column, value, whole, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; whole && i < field->column_count; i++) {
        if (field->columns[i].required && !field_filled(row, field->columns[i].key)) {
            return ERR(err, "register.field_missing", "%.*s", STR_FMT(field->columns[i].key));
        }
    }
    return 0;
}

static int
rows_check(const struct register_field *field, json_t *rows, bool whole, struct err *err)
{
    size_t n = json_array_size(rows);
    if (!json_is_array(rows) || n > (size_t)field->max || (whole && n < (size_t)field->min)) {
        return bad(field, codes[VALUE_TABLE], err);
    }
    for (size_t i = 0; i < n; i++) {
        if (row_check(field, json_array_get(rows, i), whole, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static const struct register_row *
row_find(const struct register_field *field, const char *key)
{
    for (size_t i = 0; i < field->row_count; i++) {
        if (str_equal_z(field->rows[i].key, key)) {
            return &field->rows[i];
        }
    }
    return NULL;
}

/* One answer: {answer: yes|no|na, note, evidence}; what does not apply needs a note. */
static bool
answer_good(json_t *value)
{
    static const char *const keys[] = {"answer", "note", "evidence"};
    struct str answer = json_text(json_object_get(value, "answer"));
    size_t known = 0;
    for (size_t i = 0; i < 3; i++) {
        json_t *part = json_object_get(value, keys[i]);
        struct str text = json_text(part);
        known += part != NULL;
        if (part != NULL &&
            (text.p == NULL || text_chars(text) > 1000 || !text_plain(text, true))) {
            return false;
        }
    }
    bool na = str_equal_z(answer, "na");
    return json_is_object(value) && json_object_size(value) == known &&
           (na || str_equal_z(answer, "yes") || str_equal_z(answer, "no")) &&
           (!na || str_trim(json_text(json_object_get(value, "note"))).n > 0);
}

static int
sheet_check(const struct register_field *field, json_t *sheet, bool whole, struct err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(sheet)) {
        return bad(field, codes[VALUE_SHEET], err);
    }
    json_object_foreach(sheet, key, value)
    {
        if (row_find(field, key) == NULL || !answer_good(value)) {
            return bad(field, codes[VALUE_SHEET], err);
        }
    }
    bool short_of = whole && field->required && json_object_size(sheet) < field->row_count;
    return short_of ? bad(field, "register.field_rows", err) : 0;
}

static int
list_check(const struct register_field *field, json_t *list, struct err *err)
{
    size_t n = json_array_size(list);
    size_t most = field->type == VALUE_FILE ? (size_t)field->max : VALUE_MANY;
    if (!json_is_array(list)) {
        return bad(field, codes[field->type], err);
    }
    if (n > most) {
        return bad(field, "register.field_many", err);
    }
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_array_get(list, i);
        if (!plain_good(field, one)) {
            return bad(field, codes[field->type], err);
        }
        for (size_t k = 0; k < i; k++) {
            if (json_equal(one, json_array_get(list, k))) {
                return bad(field, "register.field_many", err);
            }
        }
    }
    return 0;
}

int
value_check(const struct register_field *field, json_t *value, bool whole, struct err *err)
{
    if (field->type == VALUE_CALC) {
        return bad(field, codes[VALUE_CALC], err);
    }
    if (json_is_null(value)) {
        return 0; /* empty: whether it may be is fields_check's question */
    }
    if (field->many) {
        return list_check(field, value, err);
    }
    switch ((int)field->type) {
    case VALUE_TABLE:
        return rows_check(field, value, whole, err);
    case VALUE_SHEET:
        return sheet_check(field, value, whole, err);
    case VALUE_TEXT:
        return text_check(field, json_text(value), err);
    case VALUE_NUMBER:
        return number_check(field, value, err);
    default:
        return plain_good(field, value) ? 0 : bad(field, codes[field->type], err);
    }
}

/* ---- taking what is written ---- */

static json_t *
text_padded(const struct register_field *field, struct str text)
{
    char out[32];
    size_t zeros = text.n > 0 && text.n < field->pad ? field->pad - text.n : 0;
    for (size_t i = 0; i < text.n; i++) {
        zeros = text.p[i] >= '0' && text.p[i] <= '9' ? zeros : 0;
    }
    if (zeros == 0 || field->pad >= sizeof out) {
        return NULL;
    }
    memset(out, '0', zeros);
    memcpy(out + zeros, text.p, text.n);
    return json_stringn(out, field->pad);
}

/* The other form of VALUE, or NULL: it stays as it is. */
static json_t *
value_other(const struct register_field *field, json_t *value)
{
    struct str text = json_text(value);
    char out[CANON_CHARS];
    int64_t n = 0;
    switch ((int)field->type) {
    case VALUE_NUMBER:
        return text.p != NULL && value_decimal(text, field->scale, &n) ? json_integer(n) : NULL;
    case VALUE_DATETIME:
        return text.p != NULL && canon_time(text, &n) ? json_integer(n) : NULL;
    case VALUE_NET:
    case VALUE_ADDRESS:
        return text.p != NULL && canon_text(field->kind, str_trim(text), out) ? json_string(out)
                                                                              : NULL;
    case VALUE_TEXT:
        return text.p != NULL ? text_padded(field, text) : NULL;
    default:
        return NULL;
    }
}

static json_t *row_take(const struct register_field *field, json_t *row);

/* VALUE in its one form; a new reference. */
static json_t *
value_form(const struct register_field *field, json_t *value)
{
    size_t i;
    json_t *one;
    bool rows = field->type == VALUE_TABLE;
    if (json_is_array(value) && (field->many || rows)) {
        json_t *list = json_array();
        json_array_foreach(value, i, one)
        {
            json_t *other = rows ? row_take(field, one) : value_other(field, one);
            (void)json_array_append_new(list, other != NULL ? other : json_deep_copy(one));
        }
        return list;
    }
    json_t *other = field->many ? NULL : value_other(field, value);
    return other != NULL ? other : json_deep_copy(value);
}

static json_t *
row_take(const struct register_field *field, json_t *row)
{
    json_t *copy = json_deep_copy(row);
    for (size_t i = 0; json_is_object(copy) && i < field->column_count; i++) {
        const struct register_field *column = &field->columns[i];
        json_t *value = member(row, column->key);
        if (value != NULL) {
            (void)json_object_setn_new(copy, column->key.p, column->key.n,
                                       value_form(column, value));
        }
    }
    return copy;
}

/* `true` is the writer's own hand; anything else but what stands there is nobody's. */
static json_t *
sign_take(const struct values_taking *taking, const struct register_field *field, json_t *value)
{
    json_t *old = taking->old != NULL ? member(taking->old, field->key) : NULL;
    char person[24], hash[65];
    if (json_is_null(value) || (old != NULL && json_equal(old, value))) {
        return json_deep_copy(value);
    }
    if (!json_is_true(value) || taking->person == 0) {
        return NULL;
    }
    (void)snprintf(person, sizeof person, "%llu", (unsigned long long)taking->person);
    hex_encode(field->text_hash, 32, hash);
    return json_pack("{ss sI ss}", "person", person, "at", (json_int_t)taking->now_us, "text",
                     hash);
}

static int
field_take(const struct values_taking *taking, const char *key, json_t *value, json_t *into,
           struct err *err)
{
    const struct register_field *field = register_field_find(taking->def, str_of(key));
    if (field == NULL) {
        return ERR(err, "register.field_unknown", "%.40s", key);
    }
    json_t *made =
        field->type == VALUE_SIGN ? sign_take(taking, field, value) : value_form(field, value);
    int rc =
        made == NULL ? bad(field, codes[field->type], err) : value_check(field, made, false, err);
    if (rc == 0) {
        (void)json_object_set(into, key, made);
    }
    json_decref(made);
    return rc;
}

int
values_take(const struct values_taking *taking, json_t *fields, json_t **ret, struct err *err)
{
    const char *key;
    json_t *value;
    *ret = NULL;
    if (!json_is_object(fields)) {
        return ERR(err, "register.field", "fields");
    }
    json_t *into = json_object();
    json_object_foreach(fields, key, value)
    {
        if (field_take(taking, key, value, into, err) < 0) {
            json_decref(into);
            return -1;
        }
    }
    *ret = into;
    return 0;
}

/* ---- defaults ---- */

static json_t *
id_json(uint64_t id)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    return id != 0 ? json_string(text) : NULL;
}

/* The default of FIELD; NULL when there is none now. */
static json_t *
default_json(const struct register_field *field, const struct values_taking *taking)
{
    struct str text = field->fallback;
    char date[DATE_CHARS + 1];
    switch ((int)field->type) {
    case VALUE_FLAG:
        return str_equal_z(text, "true")    ? json_true()
               : str_equal_z(text, "false") ? json_false()
                                            : NULL;
    case VALUE_DATE:
        if (str_equal_z(text, "today")) {
            date_format(tokyo_day(taking->now_us), date);
            return json_string(date);
        }
        break;
    case VALUE_DATETIME:
        if (str_equal_z(text, "now")) {
            return json_integer(taking->now_us);
        }
        break;
    case VALUE_PERSON:
        return str_equal_z(text, "me") ? id_json(taking->person) : NULL;
    case VALUE_SECTION:
        return str_equal_z(text, "mine") ? id_json(taking->section) : NULL;
    default:
        break;
    }
    json_t *said = json_stringn(text.p, text.n);
    json_t *other = value_other(field, said);
    if (other != NULL) {
        json_decref(said);
        said = other;
    }
    return field->many ? json_pack("[o]", said) : said;
}

int
value_default_check(const struct register_field *field, struct err *err)
{
    struct values_taking taking = {.person = 1, .section = 1};
    json_t *value = default_json(field, &taking);
    int rc =
        value == NULL ? bad(field, codes[field->type], err) : value_check(field, value, false, err);
    json_decref(value);
    return rc;
}

void
values_default(const struct values_taking *taking, json_t *fields)
{
    const struct register_def *def = taking->def;
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        bool said = member(fields, field->key) != NULL;
        json_t *value = said || field->fallback.p == NULL ? NULL : default_json(field, taking);
        if (value != NULL) {
            (void)json_object_setn_new(fields, field->key.p, field->key.n, value);
        }
    }
}
