/*
 * calendar: reading the files and reckoning with them; see calendar.h. Used by cored and the
 * command line. The files are shipped or an administrator's; a mistake in one refuses all of it,
 * with its place.
 *
 * Invariant: the named days are sorted and each stands once; at least one weekday is open.
 */
#include "core/calendar/calendar.h"

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "format/yaml/yaml.h"

#include <fcntl.h>
#include <stdlib.h>

enum { YEARLY_MOST = 32, ARENA_BYTES = 4 << 20, WEEK_ALL = 0x7f };

struct closed_day {
    int64_t day;
    struct str ja, en;
};

/* From one day of the year to another, also over the end of the year: month * 100 + day. */
struct closed_yearly {
    int from, until;
    struct str ja, en;
};

struct calendar {
    struct arena *arena;
    int64_t known_until;
    unsigned weekly; /* 1 << weekday: closed */
    struct closed_yearly yearly[YEARLY_MOST];
    size_t yearly_count;
    struct closed_day days[CALENDAR_DAYS_MOST];
    size_t day_count;
};

static const struct yaml_key shipped_keys[] = {
    {"sekisho", YAML_TEXT, true}, {"known_until", YAML_TEXT, true}, {"weekly", YAML_LIST, true},
    {"yearly", YAML_LIST, true},  {"days", YAML_LIST, true},
};
static const struct yaml_key body_keys[] = {
    {"sekisho", YAML_TEXT, true},
    {"weekly", YAML_LIST, false},
    {"yearly", YAML_LIST, false},
    {"days", YAML_LIST, false},
};
static const struct yaml_key day_keys[] = {{"day", YAML_TEXT, true}, {"title", YAML_MAP, true}};
static const struct yaml_key span_keys[] = {
    {"from", YAML_TEXT, true}, {"until", YAML_TEXT, true}, {"title", YAML_MAP, true}};
static const struct yaml_key title_keys[] = {{"ja", YAML_TEXT, true}, {"en", YAML_TEXT, true}};

static int
read_title(struct arena *arena, const struct yaml_node *node, struct str *ja, struct str *en,
           struct err *err)
{
    const struct yaml_node *title = yaml_get(node, "title");
    if (yaml_check(title, title_keys, 2, err) < 0) {
        return -1;
    }
    *ja = str_dup(arena, yaml_text(yaml_get(title, "ja")));
    *en = str_dup(arena, yaml_text(yaml_get(title, "en")));
    return arena_check(arena, err);
}

static int
read_day(const struct yaml_node *node, int64_t *ret, struct err *err)
{
    if (!date_parse(yaml_text(node), ret)) {
        return YAML_ERR(err, "calendar.day", node, "%.*s",
                        STR_FMT(str_slice(yaml_text(node), 0, 40)));
    }
    return 0;
}

/* "12-29", a day of every year: never 29 February. */
static int
read_month_day(const struct yaml_node *node, int *ret, struct err *err)
{
    struct str text = yaml_text(node);
    char date[DATE_CHARS + 1] = "2025-";
    int64_t day = 0;
    for (size_t i = 0; text.n == 5 && i < 5; i++) {
        date[5 + i] = text.p[i];
    }
    if (text.n != 5 || !date_parse(str_of(date), &day)) {
        return YAML_ERR(err, "calendar.day", node, "%.*s", STR_FMT(str_slice(text, 0, 40)));
    }
    struct civil civil = civil_of_day(day);
    *ret = civil.month * 100 + civil.day;
    return 0;
}

static int
read_weekly(struct calendar *calendar, const struct yaml_node *list, struct err *err)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
    YAML_EACH(node, list)
    {
        size_t weekday = 0;
        if (yaml_enum(node, names, 7, &weekday, err) < 0) {
            return YAML_ERR(err, "calendar.weekly", node, "%.*s",
                            STR_FMT(str_slice(yaml_text(node), 0, 40)));
        }
        calendar->weekly |= 1u << weekday;
    }
    return calendar->weekly == WEEK_ALL ? YAML_ERR(err, "calendar.weekly", list, "7 / 7") : 0;
}

static int
read_yearly(struct calendar *calendar, const struct yaml_node *list, struct err *err)
{
    YAML_EACH(node, list)
    {
        if (calendar->yearly_count == YEARLY_MOST) {
            return YAML_ERR(err, "calendar.most", node, "%d", YEARLY_MOST);
        }
        struct closed_yearly *row = &calendar->yearly[calendar->yearly_count++];
        if (yaml_check(node, span_keys, 3, err) < 0 ||
            read_month_day(yaml_get(node, "from"), &row->from, err) < 0 ||
            read_month_day(yaml_get(node, "until"), &row->until, err) < 0 ||
            read_title(calendar->arena, node, &row->ja, &row->en, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
day_compare(const void *a, const void *b)
{
    int64_t x = ((const struct closed_day *)a)->day, y = ((const struct closed_day *)b)->day;
    return (x > y) - (x < y);
}

static const struct closed_day *
named_day(const struct calendar *calendar, size_t count, int64_t day)
{
    struct closed_day key = {.day = day};
    return bsearch(&key, calendar->days, count, sizeof key, day_compare);
}

/* A list may name a day once; a body may name one that the shipped file names too. */
static int
read_days(struct calendar *calendar, const struct yaml_node *list, struct err *err)
{
    size_t before = calendar->day_count;
    YAML_EACH(node, list)
    {
        struct closed_day row = {0};
        if (yaml_check(node, day_keys, 2, err) < 0 ||
            read_day(yaml_get(node, "day"), &row.day, err) < 0 ||
            read_title(calendar->arena, node, &row.ja, &row.en, err) < 0) {
            return -1;
        }
        if (named_day(calendar, before, row.day) != NULL) {
            continue;
        }
        if (calendar->day_count == CALENDAR_DAYS_MOST) {
            return YAML_ERR(err, "calendar.most", node, "%d", CALENDAR_DAYS_MOST);
        }
        calendar->days[calendar->day_count++] = row;
    }
    qsort(calendar->days, calendar->day_count, sizeof *calendar->days, day_compare);
    for (size_t i = 1; i < calendar->day_count; i++) {
        if (calendar->days[i].day == calendar->days[i - 1].day) {
            char text[DATE_CHARS + 1];
            date_format(calendar->days[i].day, text);
            return YAML_ERR(err, "calendar.day", list, "%s: 2", text);
        }
    }
    return 0;
}

static int
read_file(struct calendar *calendar, const char *name, struct str bytes, bool shipped,
          struct err *err)
{
    struct yaml_limits limits = {.bytes = CALENDAR_FILE_BYTES};
    struct arena *scratch = arena_new(16 << 20);
    const struct yaml_node *root = NULL;
    int rc = yaml_parse(scratch, name, bytes, &limits, &root, err);
    if (rc == 0) {
        rc = shipped ? yaml_check(root, shipped_keys, 5, err) : yaml_check(root, body_keys, 4, err);
    }
    if (rc == 0 && !str_equal_z(yaml_text(yaml_get(root, "sekisho")), "calendar/1")) {
        rc = YAML_ERR(err, "rules.version", yaml_get(root, "sekisho"), "calendar/1");
    }
    if (rc == 0 && shipped) {
        rc = read_day(yaml_get(root, "known_until"), &calendar->known_until, err);
    }
    if (rc == 0) {
        rc = read_weekly(calendar, yaml_get(root, "weekly"), err);
    }
    if (rc == 0) {
        rc = read_yearly(calendar, yaml_get(root, "yearly"), err);
    }
    if (rc == 0) {
        rc = read_days(calendar, yaml_get(root, "days"), err);
    }
    arena_free(scratch);
    return rc;
}

int
calendar_read(struct str shipped, struct str body, struct calendar **ret, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct calendar *calendar = arena_alloc(arena, sizeof *calendar);
    int rc = calendar == NULL ? arena_check(arena, err) : 0;
    if (rc == 0) {
        calendar->arena = arena;
        rc = read_file(calendar, "calendar/ja.yaml", shipped, true, err);
    }
    if (rc == 0 && body.p != NULL) {
        rc = read_file(calendar, "calendar/body.yaml", body, false, err);
    }
    if (rc != 0) {
        arena_free(arena);
        return -1;
    }
    *ret = calendar;
    return 0;
}

/* Reads DATA_DIR/calendar/NAME. 0, 1 when it is not there, -1; ERR is filled for both. */
static int
slurp(const char *data_dir, const char *name, struct buf *ret, struct err *err)
{
    struct buf path;
    struct err why = {0};
    buf_init(&path, 4096);
    buf_printf(&path, "%s/calendar/%s", data_dir, name);
    buf_put_char(&path, '\0');
    int rc = buf_done(&path, &why);
    if (rc == 0 && file_read(AT_FDCWD, path.p, CALENDAR_FILE_BYTES, ret, &why) < 0) {
        rc = err_is(&why, "file.missing") ? 1 : -1;
    }
    if (rc != 0 && err != NULL) {
        *err = why;
    }
    buf_free(&path);
    return rc;
}

int
calendar_load(const char *data_dir, struct calendar **ret, struct err *err)
{
    struct buf shipped, body;
    buf_init(&shipped, CALENDAR_FILE_BYTES);
    buf_init(&body, CALENDAR_FILE_BYTES);
    int rc = slurp(data_dir, "ja.yaml", &shipped, err) == 0 ? 0 : -1;
    int own = rc == 0 ? slurp(data_dir, "body.yaml", &body, err) : -1;
    if (own >= 0) {
        /* an empty file is a mistake, not the absence of one */
        struct str text = own == 1 ? (struct str){0} : STR("");
        rc = calendar_read(buf_str(&shipped), body.n > 0 ? buf_str(&body) : text, ret, err);
    }
    buf_free(&body);
    buf_free(&shipped);
    return own < 0 ? -1 : rc;
}

void
calendar_free(struct calendar *calendar)
{
    if (calendar != NULL) {
        arena_free(calendar->arena);
    }
}

static const struct closed_yearly *
yearly_day(const struct calendar *calendar, int64_t day)
{
    struct civil civil = civil_of_day(day);
    int at = civil.month * 100 + civil.day;
    for (size_t i = 0; i < calendar->yearly_count; i++) {
        const struct closed_yearly *row = &calendar->yearly[i];
        bool in = row->from <= row->until ? at >= row->from && at <= row->until
                                          : at >= row->from || at <= row->until;
        if (in) {
            return row;
        }
    }
    return NULL;
}

bool
calendar_closed_why(const struct calendar *calendar, int64_t day, struct str *ret_ja,
                    struct str *ret_en)
{
    const struct closed_day *named = named_day(calendar, calendar->day_count, day);
    const struct closed_yearly *yearly = named == NULL ? yearly_day(calendar, day) : NULL;
    *ret_ja = named != NULL ? named->ja : yearly != NULL ? yearly->ja : STR("");
    *ret_en = named != NULL ? named->en : yearly != NULL ? yearly->en : STR("");
    return named != NULL || yearly != NULL || (calendar->weekly >> day_weekday(day) & 1) != 0;
}

bool
calendar_open_day(const struct calendar *calendar, int64_t day)
{
    struct str ja, en;
    return !calendar_closed_why(calendar, day, &ja, &en);
}

int64_t
calendar_known_until(const struct calendar *calendar)
{
    return calendar->known_until;
}

/* A walk over the days, which remembers the latest day it asked about. */
struct walk {
    const struct calendar *calendar;
    int64_t day, seen;
};

/* Goes STEP (1, -1) days at a time to the first open day, from the day it stands on. */
static int
walk_to_open(struct walk *walk, int step, struct err *err)
{
    for (int shut = 0; shut <= CALENDAR_SHUT_MOST; shut++, walk->day += step) {
        walk->seen = walk->day > walk->seen ? walk->day : walk->seen;
        if (calendar_open_day(walk->calendar, walk->day)) {
            return 0;
        }
    }
    return ERR(err, "calendar.shut", "%d", CALENDAR_SHUT_MOST);
}

static int
walk_open_days(struct walk *walk, int64_t count, int step, struct err *err)
{
    for (int64_t i = 0; i < count; i++) {
        walk->day += step;
        if (walk_to_open(walk, step, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* No day a count can reach lies outside what civil_of_day knows. */
static int
span_check(int64_t at_us, struct calendar_span span, struct err *err)
{
    const int64_t room = (CALENDAR_COUNT_MOST * INT64_C(8) + CALENDAR_SHUT_MOST) * TIME_US_DAY;
    if (at_us < 0 || at_us > TIME_US_LAST - room || span.count < 0 ||
        span.count > CALENDAR_COUNT_MOST) {
        return ERR(err, "calendar.span", "%lld", (long long)span.count);
    }
    return 0;
}

/* The length of a span of hours or minutes. */
static int64_t
span_us(struct calendar_span span)
{
    return span.count * (span.unit == SPAN_H ? 3600 : 60) * TIME_US_SECOND;
}

int
calendar_due(const struct calendar *calendar, int64_t start_us, struct calendar_span span,
             enum calendar_roll roll, struct calendar_date *ret, struct err *err)
{
    if (span_check(start_us, span, err) < 0) {
        return -1;
    }
    if (span.unit == SPAN_H || span.unit == SPAN_MIN) {
        *ret = (struct calendar_date){start_us + span_us(span), false};
        return 0;
    }
    struct walk walk = {calendar, tokyo_day(start_us), INT64_MIN};
    if (span.unit == SPAN_D) {
        walk.day += span.count;
    } else if (walk_open_days(&walk, span.count, 1, err) < 0) {
        return -1;
    }
    if (roll != ROLL_NONE && walk_to_open(&walk, roll == ROLL_NEXT ? 1 : -1, err) < 0) {
        return -1;
    }
    *ret = (struct calendar_date){tokyo_day_start(walk.day + 1), walk.seen > calendar->known_until};
    return 0;
}

int
calendar_before(const struct calendar *calendar, int64_t end_us, struct calendar_span span,
                struct calendar_date *ret, struct err *err)
{
    if (span_check(end_us, span, err) < 0) {
        return -1;
    }
    if (span.unit == SPAN_H || span.unit == SPAN_MIN) {
        *ret = (struct calendar_date){end_us - span_us(span), false};
        return 0;
    }
    struct walk walk = {calendar, tokyo_day(end_us - 1), INT64_MIN};
    if (span.unit == SPAN_D) {
        walk.day -= span.count;
    } else if (walk_open_days(&walk, span.count, -1, err) < 0) {
        return -1;
    }
    *ret = (struct calendar_date){tokyo_day_start(walk.day), walk.seen > calendar->known_until};
    return 0;
}

int
calendar_span_parse(struct str s, struct calendar_span *ret, struct err *err)
{
    static const struct {
        const char *word;
        enum calendar_unit unit;
    } units[] = {{"bd", SPAN_BD}, {"d", SPAN_D}, {"h", SPAN_H}, {"min", SPAN_MIN}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct str word = str_of(units[i].word);
        uint64_t n = 0;
        if (str_ends(s, word) && str_to_u64(str_slice(s, 0, s.n - word.n), &n) &&
            n <= CALENDAR_COUNT_MOST) {
            *ret = (struct calendar_span){(int64_t)n, units[i].unit};
            return 0;
        }
    }
    return ERR(err, "calendar.span", "%.*s", STR_FMT(str_slice(s, 0, 40)));
}

int
calendar_fiscal_year(int64_t day)
{
    struct civil civil = civil_of_day(day);
    return civil.month >= 4 ? civil.year : civil.year - 1;
}

int64_t
calendar_fiscal_first(int fiscal_year)
{
    return day_of_civil((struct civil){fiscal_year, 4, 1});
}

int64_t
calendar_fiscal_last(int fiscal_year)
{
    return calendar_fiscal_first(fiscal_year + 1) - 1;
}

int64_t
calendar_months_later(int64_t day, int64_t months)
{
    struct civil from = civil_of_day(day);
    int64_t at = from.year * INT64_C(12) + from.month - 1 + months;
    struct civil first = {(int)(at / 12), (int)(at % 12) + 1, 1};
    struct civil next = first.month == 12 ? (struct civil){first.year + 1, 1, 1}
                                          : (struct civil){first.year, first.month + 1, 1};
    int64_t length = day_of_civil(next) - day_of_civil(first);
    return day_of_civil(first) + (from.day < length ? from.day : length) - 1;
}
