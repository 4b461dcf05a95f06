/*
 * cmd_calendar: prints the days of a term with the calendar cored would use. No daemon, no
 * database.
 */
#include "cmd/sekisho/cmd_calendar.h"

#include "base/messages/messages.h"
#include "base/os/time.h"
#include "base/text/wareki.h"
#include "core/calendar/calendar.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_DONE, EXIT_PROVISIONAL, EXIT_USAGE, EXIT_FAILED, COUNT_MOST = 366 };

struct words {
    const char *data, *from, *count;
    bool json;
};

static bool
words_read(int argc, char **argv, struct words *ret)
{
    *ret = (struct words){.data = "data"};
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            ret->json = true;
        } else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc) {
            ret->data = argv[++i];
        } else if (argv[i][0] == '-' || ret->count != NULL) {
            return false;
        } else if (ret->from == NULL) {
            ret->from = argv[i];
        } else {
            ret->count = argv[i];
        }
    }
    return ret->count != NULL;
}

static void
day_print(const struct calendar *calendar, int64_t day)
{
    static const char *const weekdays[LANG_COUNT][7] = {
        [LANG_JA] = {"日", "月", "火", "水", "木", "金", "土"},
        [LANG_EN] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}};
    enum lang lang = message_lang();
    struct str ja, en;
    char text[DATE_CHARS + 1];
    bool closed = calendar_closed_why(calendar, day, &ja, &en);
    struct str why = lang == LANG_EN ? en : ja;
    date_format(day, text);
    printf("%s\t%s\t%s\t%.*s\n", text, weekdays[lang][day_weekday(day)],
           message_text(lang, closed ? "calendar.closed" : "calendar.open"), STR_FMT(why));
}

static json_t *
day_json(const struct calendar *calendar, int64_t day)
{
    struct str ja, en;
    char text[DATE_CHARS + 1];
    bool open = !calendar_closed_why(calendar, day, &ja, &en);
    date_format(day, text);
    json_t *row = json_pack("{ss sb}", "day", text, "open", open);
    if (ja.n > 0) {
        (void)json_object_set_new(row, "title",
                                  json_pack("{ss% ss%}", "ja", ja.p, ja.n, "en", en.p, en.n));
    }
    return row;
}

static void
days_json(const struct calendar *calendar, int64_t from, const struct calendar_date *end)
{
    char last[DATE_CHARS + 1], known[DATE_CHARS + 1];
    json_t *days = json_array();
    date_format(tokyo_day(end->at_us - 1), last);
    date_format(calendar_known_until(calendar), known);
    for (int64_t day = from; day < tokyo_day(end->at_us); day++) {
        (void)json_array_append_new(days, day_json(calendar, day));
    }
    json_t *root =
        json_pack("{ss sb so ss sI sb ss s[]}", "command", "calendar days", "ok", !end->provisional,
                  "days", days, "last", last, "end", (json_int_t)end->at_us, "provisional",
                  end->provisional, "known_until", known, "findings");
    (void)json_dumpf(root, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(root);
}

static int
days_show(const struct calendar *calendar, const struct words *words)
{
    struct err err = {0};
    struct wareki_date date;
    struct calendar_date end;
    uint64_t count = 0;
    if (wareki_parse(str_of(words->from), &date, &err) < 0) {
        message_tell_err(&err);
        return EXIT_USAGE;
    }
    struct civil civil = {date.year, date.month, date.day};
    if (!str_to_u64(str_of(words->count), &count) || count > COUNT_MOST || !civil_exists(civil)) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "calendar.usage"));
        return EXIT_USAGE;
    }
    int64_t from = day_of_civil(civil);
    struct calendar_span span = {(int64_t)count, SPAN_BD};
    if (calendar_due(calendar, tokyo_day_start(from), span, ROLL_NEXT, &end, &err) < 0) {
        message_tell_err(&err);
        return EXIT_FAILED;
    }
    if (words->json) {
        days_json(calendar, from, &end);
        return end.provisional ? EXIT_PROVISIONAL : EXIT_DONE;
    }
    for (int64_t day = from; day < tokyo_day(end.at_us); day++) {
        day_print(calendar, day);
    }
    if (end.provisional) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "calendar.provisional"));
    }
    return end.provisional ? EXIT_PROVISIONAL : EXIT_DONE;
}

int
cmd_calendar(int argc, char **argv)
{
    struct words words;
    struct calendar *calendar = NULL;
    struct err err = {0};
    if (argc < 2 || strcmp(argv[1], "days") != 0 || !words_read(argc, argv, &words)) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "calendar.usage"));
        return EXIT_USAGE;
    }
    if (calendar_load(words.data, &calendar, &err) < 0) {
        message_tell_err(&err);
        return EXIT_USAGE;
    }
    int code = days_show(calendar, &words);
    calendar_free(calendar);
    return code;
}
