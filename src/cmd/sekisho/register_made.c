/*
 * register_made: made-up values of fields. In the command line, for `sekisho register test`.
 *
 * Invariant: the value depends on FIELD, VARIANT, SERIAL and the clock alone.
 */
#include "cmd/sekisho/register_made.h"

#include "base/mem/buf.h"
#include "base/os/time.h"
#include "core/register/pattern.h"

#include <stdio.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

enum { COLLEAGUE = 2, HOLDERS = 10 };

const char *const register_made_kinds[REGISTER_MADE_KINDS] = {
    "contractor", "fiscal_year_staff", "special", "designated_manager", "temporary"};

static json_t *
text_make(const struct register_field *field, unsigned variant, unsigned serial)
{
    char number[16];
    struct buf text;
    buf_init(&text, 80 * 1024);
    if (field->pattern.n == 0 || !pattern_example(field->pattern, &text)) {
        buf_clear(&text);
        for (int64_t i = 0; i < (field->min > 0 ? field->min : 1) + variant; i++) {
            buf_put_z(&text, "試");
        }
        (void)snprintf(number, sizeof number, "%u", serial);
        buf_put_z(&text, field->unique ? number : "");
    }
    json_t *value = json_stringn(text.p, text.n);
    buf_free(&text);
    return value;
}

static json_t *
number_make(const struct register_field *field, unsigned variant)
{
    int64_t least = field->min > 0 || field->max < 1 ? field->min : 1;
    return json_integer(variant == 0 ? least : variant == 1 ? field->max : field->min);
}

static json_t *
sheet_make(const struct register_field *field)
{
    json_t *sheet = json_object();
    for (size_t i = 0; i < field->row_count; i++) {
        (void)json_object_setn_new(sheet, field->rows[i].key.p, field->rows[i].key.n,
                                   json_pack("{ss}", "answer", "yes"));
    }
    return sheet;
}

static json_t *
net_make(const struct register_field *field, unsigned serial)
{
    char text[48];
    static const struct {
        const char *kind, *before, *after;
    } rows[] = {
        {"ip", "2001:db8::", ""},       {"cidr", "2001:db8:", "::/48"},
        {"mac", "02:00:00:00:00:", ""}, {"fqdn", "host", ".example"},
        {"port", "", "/tcp"},           {"mail", "walk", "@host.example"},
        {"phone", "000-000-", ""},      {"url", "https://host", ".example/"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_equal_z(field->kind, rows[i].kind)) {
            unsigned most = str_equal_z(field->kind, "mac") ? 80 : 8000;
            (void)snprintf(text, sizeof text, "%s%02u%s", rows[i].before, serial % most + 10,
                           rows[i].after);
            return json_string(text);
        }
    }
    return NULL;
}

static json_t *
file_make(const struct register_field *field)
{
    char name[64];
    struct str end = field->kind_count > 0 ? field->kinds[0] : STR("pdf");
    (void)snprintf(name, sizeof name, "walk.%.*s", STR_FMT(end));
    return json_pack("{sssiss}", "sha256", ZEROS, "size", 1, "name", name);
}

static json_t *
day_make(int64_t ahead)
{
    char text[DATE_CHARS + 1];
    date_format(tokyo_day(time_now_us()) + ahead, text);
    return json_string(text);
}

static json_t *
date_make(unsigned variant)
{
    static const int ahead[REGISTER_MADE_VARIANTS] = {1, 0, 40, -1, 400, -40, -400, 4000};
    return day_make(ahead[variant % REGISTER_MADE_VARIANTS]);
}

static json_t *
time_make(unsigned variant)
{
    static const int hours[REGISTER_MADE_VARIANTS] = {0, 1, -1, 24, -24, 3, -3, 240};
    return json_integer(time_now_us() +
                        hours[variant % REGISTER_MADE_VARIANTS] * 3600 * TIME_US_SECOND);
}

static json_t *
period_make(unsigned variant)
{
    static const int last[REGISTER_MADE_VARIANTS] = {1, 0, 29, 89, 364, 1000, 2000, 3000};
    return json_pack("{soso}", "from", day_make(0), "until",
                     day_make(last[variant % REGISTER_MADE_VARIANTS]));
}

/* The first choice, or the next one; where several may be chosen, first all of them. */
static json_t *
choice_make(const struct register_field *field, unsigned variant)
{
    if (field->choice_count == 0) {
        return json_string("1");
    }
    if (field->many && variant == 1) {
        json_t *all = json_array();
        for (size_t i = 0; i < field->choice_count; i++) {
            (void)json_array_append_new(all,
                                        json_stringn(field->choices[i].p, field->choices[i].n));
        }
        return all;
    }
    size_t i = variant % field->choice_count;
    return json_stringn(field->choices[i].p, field->choices[i].n);
}

/* A colleague, or the one of the first kind the field takes; for other variants a holder of roles.
 */
static json_t *
person_make(const struct register_field *field, unsigned variant)
{
    char id[24];
    unsigned person = variant == 0 ? COLLEAGUE : HOLDERS + variant - 1;
    for (unsigned i = 0; i < REGISTER_MADE_KINDS && field->kind_count > 0; i++) {
        if (str_equal_z(field->kinds[0], register_made_kinds[i])) {
            person = REGISTER_MADE_FIRST + i;
        }
    }
    (void)snprintf(id, sizeof id, "%u", person);
    return json_string(id);
}

json_t *
register_made(const struct register_field *field, unsigned variant, unsigned serial)
{
    switch ((int)field->type) {
    case VALUE_TEXT:
        return text_make(field, variant, serial);
    case VALUE_NUMBER:
        return number_make(field, variant);
    case VALUE_FLAG:
        return json_boolean(variant % 2 == 0);
    case VALUE_DATE:
        return date_make(variant);
    case VALUE_DATETIME:
        return time_make(variant);
    case VALUE_PERIOD:
        return period_make(variant);
    case VALUE_CHOICE:
    case VALUE_CLASS:
        return choice_make(field, variant);
    case VALUE_PERSON:
        return person_make(field, variant);
    case VALUE_SECTION:
        return json_string("11");
    case VALUE_POST:
        return json_string("100");
    case VALUE_FILE:
        return file_make(field);
    case VALUE_HASH:
        return json_string(ZEROS);
    case VALUE_NET:
    case VALUE_ADDRESS:
        return net_make(field, serial);
    case VALUE_SHEET:
        return sheet_make(field);
    case VALUE_SIGN:
        return json_true();
    case VALUE_CLAUSE:
        return json_string("std:1");
    default:
        return NULL;
    }
}
