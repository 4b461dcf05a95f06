/*
 * cmd_sheet: `sekisho sheet …`, see cmd_sheet.h. The file is parsed by sheet-worker; this process
 * prints its rows or writes them anew. An output appears only when it is whole, and never over a
 * file that exists.
 */
#include "cmd/sekisho/cmd_sheet.h"

#include "base/mem/buf.h"
#include "base/messages/messages.h"
#include "base/text/json.h"
#include "base/text/utf8.h"
#include "cmd/sekisho/sheet_source.h"
#include "format/sheet/csv_write.h"
#include "format/sheet/xlsx_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_PROBLEMS = 1, EXIT_USAGE = 2, EXIT_FAILED = 3, TITLES_MOST = 200 };
enum { LINE_BYTES = 64 << 20, OUT_BYTES = 1 << 30 };

struct arguments {
    struct sheet_wish wish;
    const char *files[2];
    size_t file_count;
    const char *out_encoding, *replacement;
    char *titles[TITLES_MOST];
    bool json, wareki, convert;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "sheet.usage"));
    return EXIT_USAGE;
}

static int
fail(const char *file, const struct err *err)
{
    bool ours = err_is(err, "sheet.worker") || err_is(err, "sheet.stream") ||
                err_is(err, "sheet.slow") || err_is(err, "sheet.output");
    fprintf(stderr, "%s: ", file);
    message_tell_err(err);
    return ours ? EXIT_FAILED : EXIT_USAGE;
}

/* ---- what the worker noted ---- */

static void
tell_note(const struct sheet_note *note)
{
    struct err err;
    (void)ERR(&err, note->code, "%.*s", STR_FMT(note->place));
    message_tell_err(&err);
}

static void
tell_rest(const struct sheet_result *result)
{
    uint32_t rest = result->notes - sheet_notes_told(result);
    if (rest > 0)
        fprintf(stderr, "%s: %u\n", message_text(message_lang(), "sheet.notes"), rest);
}

/* ---- read ---- */

static const char *const type_words[] = {"empty",    "text", "number", "date",
                                         "datetime", "time", "bool"};

static void
put_cell(struct json *json, const struct sheet_cell *cell)
{
    static const struct {
        unsigned flag;
        const char *word;
    } flags[] = {{SHEET_FORMULA, "formula"}, {SHEET_DIGITS, "digits"}, {SHEET_GUARDED, "guarded"}};
    if (cell->type == SHEET_EMPTY) {
        json_put_null(json);
        return;
    }
    if (cell->type == SHEET_TEXT && cell->flags == 0) {
        json_str(json, cell->text);
        return;
    }
    json_open_object(json);
    json_key(json, "type");
    json_z(json, type_words[cell->type]);
    json_key(json, "text");
    json_str(json, cell->text);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if ((cell->flags & flags[i].flag) == 0)
            continue;
        json_key(json, flags[i].word);
        json_bool(json, true);
    }
    json_end(json);
}

static void
put_json(struct buf *line, const struct sheet_record *record)
{
    struct json json;
    json_init(&json, line);
    json_open_object(&json);
    if (record->kind == SHEET_RECORD_SHEET) {
        json_key(&json, "sheet");
        json_str(&json, record->name);
    } else if (record->kind == SHEET_RECORD_ROW) {
        json_key(&json, "row");
        json_u64(&json, record->row.number);
        json_key(&json, "cells");
        json_open_array(&json);
        for (size_t i = 0; i < record->row.count; i++)
            put_cell(&json, &record->row.cells[i]);
        json_end(&json);
    } else {
        json_key(&json, record->note.problem ? "problem" : "notice");
        json_z(&json, record->note.code);
        json_key(&json, "place");
        json_str(&json, record->note.place);
    }
    json_end(&json);
    buf_put_char(line, '\n');
}

/* Foreign text on a terminal: what would move the cursor or turn the text becomes a blank. */
static void
put_plain(struct buf *line, struct str text)
{
    while (text.n > 0) {
        struct str before = text;
        int32_t c = utf8_next(&text);
        unsigned class = c < 0 ? UTF8_CONTROL : utf8_class((uint32_t)c);
        bool odd = c == '\t' || c == '\n' || c == '\r' ||
                   (class & (UTF8_CONTROL | UTF8_BIDI | UTF8_LINE)) != 0;
        if (odd)
            buf_put_char(line, ' ');
        else
            buf_put(line, before.p, before.n - text.n);
    }
}

static void
put_text(struct buf *line, const struct sheet_record *record)
{
    if (record->kind == SHEET_RECORD_SHEET) {
        buf_put_z(line, "# ");
        put_plain(line, record->name);
    } else {
        buf_printf(line, "%u", record->row.number);
        for (size_t i = 0; i < record->row.count; i++) {
            buf_put_char(line, '\t');
            put_plain(line, record->row.cells[i].text);
        }
    }
    buf_put_char(line, '\n');
}

struct printing {
    bool json;
    struct buf line;
};

static int
print_record(void *data, const struct sheet_record *record, struct err *err)
{
    struct printing *p = data;
    buf_clear(&p->line);
    if (p->json)
        put_json(&p->line, record);
    else if (record->kind == SHEET_RECORD_NOTE)
        tell_note(&record->note);
    else
        put_text(&p->line, record);
    if (buf_done(&p->line, err) < 0)
        return -1;
    if (p->line.n > 0 && fwrite(p->line.p, 1, p->line.n, stdout) != p->line.n)
        return ERR_ERRNO(err, "sheet.output", "-");
    return 0;
}

static void
print_end(const struct sheet_result *result)
{
    struct buf line;
    struct json json;
    buf_init(&line, 1024);
    json_init(&json, &line);
    json_open_object(&json);
    json_key(&json, "end");
    json_z(&json, result->kind == SHEET_XLSX ? "xlsx" : result->separator == '\t' ? "tsv" : "csv");
    json_key(&json, "encoding");
    json_z(&json, sheet_encoding_word(result->encoding));
    json_key(&json, "sheets");
    json_u64(&json, result->sheets);
    json_key(&json, "rows");
    json_u64(&json, result->rows);
    json_key(&json, "notes");
    json_u64(&json, result->notes);
    json_key(&json, "problems");
    json_u64(&json, result->problems);
    json_end(&json);
    printf("%.*s\n", STR_FMT(buf_str(&line)));
    buf_free(&line);
}

static int
command_read(const struct arguments *a)
{
    struct err err;
    struct sheet_result result;
    struct printing printing = {.json = a->json};
    buf_init(&printing.line, LINE_BYTES);
    int rc = sheet_source_read(&a->wish, print_record, &printing, &result, &err);
    buf_free(&printing.line);
    if (rc < 0)
        return fail(a->wish.file, &err);
    if (a->json)
        print_end(&result);
    else
        tell_rest(&result);
    if (fflush(stdout) != 0)
        return EXIT_FAILED;
    return result.problems > 0 ? EXIT_PROBLEMS : 0;
}

/* ---- convert ---- */

struct conversion {
    struct xlsx_writer *xlsx; /* or NULL: csv */
    struct csv_writer *csv;
    unsigned sheets;
};

static int
convert_record(void *data, const struct sheet_record *record, struct err *err)
{
    struct conversion *c = data;
    if (record->kind == SHEET_RECORD_NOTE) {
        tell_note(&record->note);
        return 0;
    }
    if (record->kind == SHEET_RECORD_ROW && c->xlsx != NULL)
        return xlsx_writer_row(c->xlsx, &record->row, err);
    if (record->kind == SHEET_RECORD_ROW) {
        csv_writer_row(c->csv, &record->row);
        return 0;
    }
    c->sheets++;
    if (c->xlsx != NULL)
        return xlsx_writer_sheet(c->xlsx, record->name, true, err);
    return c->sheets == 1 ? 0 : ERR(err, "sheet.one", "%.*s", STR_FMT(record->name));
}

static int
put_file(const char *path, struct str bytes, struct err *err)
{
    FILE *f = fopen(path, "wbx");
    if (f == NULL)
        return ERR_ERRNO(err, "sheet.output", "%s", path);
    bool good = bytes.n == 0 || fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    good = good && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (fclose(f) == 0 && good)
        return 0;
    (void)ERR_ERRNO(err, "sheet.output", "%s", path);
    (void)unlink(path);
    return -1;
}

static int
convert(const struct arguments *a, struct conversion *c, struct buf *out, struct err *err)
{
    struct sheet_result result;
    if (sheet_source_read(&a->wish, convert_record, c, &result, err) < 0)
        return -1;
    tell_rest(&result);
    if (result.problems > 0)
        return ERR(err, "sheet.refused", "%u", result.problems);
    int rc = c->xlsx != NULL ? xlsx_writer_put(c->xlsx, out, err) : csv_writer_done(c->csv, err);
    return rc < 0 ? -1 : put_file(a->files[1], buf_str(out), err);
}

static bool
ends_nocase(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n > m && strcasecmp(path + n - m, suffix) == 0;
}

static int
command_convert(const struct arguments *a)
{
    struct err err;
    struct buf out;
    struct csv_writer csv;
    struct conversion c = {.csv = &csv};
    bool tsv = ends_nocase(a->files[1], ".tsv"), xlsx = ends_nocase(a->files[1], ".xlsx");
    if (!tsv && !xlsx && !ends_nocase(a->files[1], ".csv"))
        return usage();
    buf_init(&out, OUT_BYTES);
    int rc = 0;
    if (xlsx)
        c.xlsx = xlsx_writer_new(a->wareki);
    else
        rc = csv_writer_init(&csv, sheet_encoding_of(str_of(a->out_encoding)), tsv ? '\t' : ',',
                             str_of(a->replacement), &out, &err);
    if (rc == 0)
        rc = convert(a, &c, &out, &err);
    xlsx_writer_free(c.xlsx);
    buf_free(&out);
    if (rc == 0)
        return 0;
    int code = fail(a->wish.file, &err);
    return err_is(&err, "sheet.refused") || err_is(&err, "sheet.lacks") ? EXIT_PROBLEMS : code;
}

/* ---- arguments ---- */

/* Takes the option at ARGV[I]; how many words it was, 0 when it is none. */
static int
take_option(struct arguments *a, char **argv, int i, int argc)
{
    struct {
        const char *word, **value;
    } options[] = {{"--sheet", &a->wish.sheet},
                   {"--encoding", a->convert ? &a->out_encoding : &a->wish.encoding},
                   {"--in-encoding", a->convert ? &a->wish.encoding : NULL},
                   {"--replace", a->convert ? &a->replacement : NULL}};
    if (strcmp(argv[i], "--json") == 0 && !a->convert)
        return a->json = true;
    if (strcmp(argv[i], "--wareki") == 0 && a->convert)
        return a->wareki = true;
    if (i + 1 >= argc)
        return 0;
    if (strcmp(argv[i], "--title") == 0 && a->wish.title_count < TITLES_MOST) {
        a->titles[a->wish.title_count++] = argv[i + 1];
        return 2;
    }
    for (size_t k = 0; k < sizeof options / sizeof *options; k++)
        if (options[k].value != NULL && strcmp(argv[i], options[k].word) == 0) {
            *options[k].value = argv[i + 1];
            return 2;
        }
    return 0;
}

int
cmd_sheet(int argc, char **argv)
{
    struct arguments a = {.out_encoding = "utf-8", .replacement = ""};
    if (argc < 2)
        return usage();
    a.convert = strcmp(argv[1], "convert") == 0;
    if (!a.convert && strcmp(argv[1], "read") != 0)
        return usage();
    a.wish.titles = a.titles;
    for (int i = 2; i < argc;) {
        int words = take_option(&a, argv, i, argc);
        if (words == 0 && (argv[i][0] == '-' || a.file_count == (a.convert ? 2 : 1)))
            return usage();
        if (words == 0)
            a.files[a.file_count++] = argv[i];
        i += words == 0 ? 1 : words;
    }
    const char *encoding = a.wish.encoding;
    if (a.file_count != (a.convert ? 2 : 1) ||
        (encoding != NULL && sheet_encoding_of(str_of(encoding)) == SHEET_ENCODINGS))
        return usage();
    a.wish.file = a.files[0];
    return a.convert ? command_convert(&a) : command_read(&a);
}
