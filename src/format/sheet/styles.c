/*
 * styles: which numbers of a workbook are dates and times, and how a number is written out. Pure;
 * runs in sheet-worker.
 *
 * Serials: day 1 is 1900-01-01 and day 60 the 29 February 1900 that never was, or day 0 is
 * 1904-01-01. Built-in formats 27-36 and 50-58 are those of the Japanese Excel.
 */
#include "format/sheet/xlsx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STYLES_MOST = 70000, FORMATS_MOST = 5000, DAY_SECONDS = 86400, LAST_DAY = 2958465 };

struct format {
    long id;
    struct style style;
};

struct styles {
    struct book *book;
    struct format *formats;
    size_t format_count;
    bool cell_xfs;
};

static struct style
style_of_builtin(long id)
{
    uint8_t form = FORM_NUMBER;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 34 && id <= 36) ||
        (id >= 50 && id <= 58))
        form = FORM_DATE;
    else if (id == 22)
        form = FORM_DATETIME;
    else if ((id >= 18 && id <= 21) || id == 32 || id == 33 || (id >= 45 && id <= 47))
        form = FORM_TIME;
    return (struct style){.form = form};
}

/* Skips what is literal at I of CODE: "…", \x, _x, *x, [colour or locale]; the place behind it, or
 * I when nothing is. [h], [mm], [ss] are not literal. */
static size_t
skip_literal(struct str code, size_t i)
{
    char c = code.p[i];
    if (c == '\\' || c == '_' || c == '*')
        return i + 2;
    if (c != '"' && c != '[')
        return i;
    const char *end = memchr(code.p + i + 1, c == '"' ? '"' : ']', code.n - i - 1);
    if (end == NULL)
        return code.n;
    if (c == '[' && i + 1 < code.n && strchr("hHmMsS", code.p[i + 1]) != NULL && code.p[i + 1] != 0)
        return i;
    return (size_t)(end - code.p) + 1;
}

static bool
starts_nocase(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_equal_nocase(str_slice(s, 0, prefix.n), prefix);
}

struct style
style_of_code(struct str code)
{
    bool day = false, clock = false, minute = false, only_zeros = code.n > 1;
    size_t zeros = 0;
    for (size_t i = 0; i < code.n && code.p[i] != ';';) {
        struct str rest = str_slice(code, i, code.n);
        size_t next = skip_literal(code, i);
        char c = (char)(code.p[i] | 0x20);
        only_zeros = only_zeros && code.p[i] == '0';
        zeros += code.p[i] == '0';
        if (next > i) {
            i = next;
            continue;
        }
        if (starts_nocase(rest, STR("General"))) {
            i += 7;
            continue;
        }
        if (starts_nocase(rest, STR("AM/PM"))) {
            i += 5;
            continue;
        }
        if (c == 'e' && rest.n > 1 && (rest.p[1] == '+' || rest.p[1] == '-')) {
            i += 2;
            continue;
        }
        day =
            day || c == 'y' || c == 'd' || c == 'e' || c == 'g' || starts_nocase(rest, STR("aaa"));
        clock = clock || c == 'h' || c == 's';
        minute = minute || c == 'm';
        i++;
    }
    if (only_zeros && zeros > 1 && zeros < 16)
        return (struct style){FORM_ZEROS, (uint8_t)zeros};
    day = day || (minute && !clock);
    uint8_t form = day && clock ? FORM_DATETIME : day ? FORM_DATE : clock ? FORM_TIME : FORM_NUMBER;
    return (struct style){.form = form};
}

static int
add_format(struct styles *s, const char **attributes)
{
    const char *code = sheet_xml_attribute(attributes, "formatCode");
    long id = sheet_xml_number(sheet_xml_attribute(attributes, "numFmtId"), -1);
    if (id < 0 || code == NULL || s->format_count >= FORMATS_MOST)
        return ERR(s->book->reader->err, "sheet.form", "styles numFmt");
    s->formats[s->format_count++] = (struct format){id, style_of_code(str_of(code))};
    return 0;
}

static int
add_style(struct styles *s, const char **attributes)
{
    long id = sheet_xml_number(sheet_xml_attribute(attributes, "numFmtId"), 0);
    struct style style = style_of_builtin(id);
    if (s->book->style_count >= STYLES_MOST)
        return ERR(s->book->reader->err, "sheet.form", "styles cellXfs");
    for (size_t i = 0; i < s->format_count; i++)
        if (s->formats[i].id == id)
            style = s->formats[i].style;
    s->book->styles[s->book->style_count++] = style;
    return 0;
}

static int
on_open(void *data, const char *name, const char **attributes)
{
    struct styles *s = data;
    if (strcmp(name, "cellXfs") == 0)
        s->cell_xfs = true;
    else if (strcmp(name, "numFmt") == 0)
        return add_format(s, attributes);
    else if (s->cell_xfs && strcmp(name, "xf") == 0)
        return add_style(s, attributes);
    return 0;
}

static int
on_close(void *data, const char *name)
{
    struct styles *s = data;
    if (strcmp(name, "cellXfs") == 0)
        s->cell_xfs = false;
    return 0;
}

int
styles_read(struct book *book, struct str part)
{
    struct arena *arena = book->reader->arena;
    struct styles s = {.book = book,
                       .formats = arena_array(arena, FORMATS_MOST, sizeof *s.formats)};
    struct xml_handlers handlers = {on_open, on_close, NULL, &s};
    book->styles = arena_array(arena, STYLES_MOST, sizeof *book->styles);
    if (arena_check(arena, book->reader->err) < 0)
        return -1;
    return sheet_xml_feed(part, "styles", &handlers, book->reader->err);
}

/* S is digits only, at most 15 of them, no zero in front: it is its own best writing. */
static bool
is_plain(struct str s)
{
    size_t sign = s.n > 1 && s.p[0] == '-' && s.p[1] != '0';
    if (s.n - sign == 0 || s.n - sign > 15 || (s.p[sign] == '0' && s.n > 1))
        return false;
    for (size_t i = sign; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* S as a finite number; false when it is none. */
static bool
to_double(struct str s, double *ret)
{
    char text[64], *end;
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == 0 || strchr("0123456789+-.eE", s.p[i]) == NULL)
            return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *ret = strtod(text, &end);
    return *end == 0 && isfinite(*ret);
}

static void
put_number(struct buf *out, double v, struct style style, struct piece *kind)
{
    kind->type = SHEET_NUMBER;
    v = v == 0 ? 0 : v; /* no -0 */
    if (fabs(v) >= 1e15) {
        kind->flags |= SHEET_DIGITS;
        buf_printf(out, fabs(v) < 1e21 ? "%.0f" : "%.15g", v);
    } else if (v == trunc(v)) {
        buf_printf(out, "%0*.0f", style.form == FORM_ZEROS && v >= 0 ? style.zeros : 1, v);
    } else {
        buf_printf(out, "%.15g", v);
    }
}

/* The day DAYS after 1970-01-01 (proleptic Gregorian, years 1900-9999). */
static void
put_day(struct buf *out, int64_t days)
{
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    buf_printf(out, "%04d-%02d-%02d", (int)(yoe + era * 400 + (month <= 2)), (int)month, (int)day);
}

static void
put_clock(struct buf *out, int64_t seconds)
{
    buf_printf(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
               (int)(seconds % 60));
}

/* True when V was a day and a time of day that exist. */
static bool
put_serial(struct buf *out, double v, struct style style, bool since_1904, struct piece *kind)
{
    enum { EPOCH_1900 = 25569, EPOCH_1904 = 24107, FALSE_DAY = 60 };
    int64_t day = (int64_t)floor(v), second = llround((v - floor(v)) * DAY_SECONDS);
    day += second / DAY_SECONDS;
    second %= DAY_SECONDS;
    if (style.form == FORM_TIME) {
        kind->type = SHEET_TIME;
        put_clock(out, day * DAY_SECONDS + second);
        return day < LAST_DAY;
    }
    int64_t since_1970 = since_1904 ? day - EPOCH_1904 : day - EPOCH_1900 + (day < FALSE_DAY);
    if (!since_1904 && (day < 1 || day == FALSE_DAY))
        return false;
    if (since_1970 > LAST_DAY - EPOCH_1900)
        return false;
    kind->type = style.form == FORM_DATE ? SHEET_DATE : SHEET_DATETIME;
    put_day(out, since_1970);
    if (style.form == FORM_DATETIME) {
        buf_put_char(out, 'T');
        put_clock(out, second);
    }
    return true;
}

int
style_put(struct buf *out, struct str text, struct style style, bool since_1904, struct piece *kind)
{
    double v;
    if (style.form == FORM_NUMBER && is_plain(text)) {
        kind->type = SHEET_NUMBER;
        buf_put_str(out, text);
        return 0;
    }
    if (!to_double(text, &v))
        return -1;
    if (style.form == FORM_NUMBER || style.form == FORM_ZEROS) {
        put_number(out, v, style, kind);
        return 0;
    }
    if (v >= 0 && v < (double)LAST_DAY + 1 && put_serial(out, v, style, since_1904, kind))
        return 0;
    put_number(out, v, (struct style){0}, kind);
    return 1;
}
