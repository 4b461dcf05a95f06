/* csv_fuzz: any bytes as a CSV (the first byte chooses the options) and as a record stream; what
 * was read is written as CSV and must read back equal. */
#include "base/mem/ensure.h"
#include "format/sheet/csv_write.h"
#include "format/sheet/stream.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
    struct buf rows; /* as records, without flags */
    struct csv_writer csv;
    uint32_t number;
};

static int
on_sheet(void *data, struct str name, struct err *err)
{
    (void)data;
    (void)name;
    (void)err;
    return 0;
}

static int
on_row(void *data, const struct sheet_row *row, struct err *err)
{
    struct taken *t = data;
    struct sheet_cell cells[SHEET_COLUMNS];
    (void)err;
    memcpy(cells, row->cells, row->count * sizeof *cells);
    for (size_t i = 0; i < row->count; i++)
        cells[i].flags = 0;
    struct sheet_row plain = {++t->number, row->count, cells};
    sheet_stream_put_row(&t->rows, &plain);
    if (t->csv.out != NULL)
        csv_writer_row(&t->csv, &plain);
    return 0;
}

static int
on_note(void *data, const struct sheet_note *note, struct err *err)
{
    (void)data;
    (void)err;
    ensure(sheet_code(str_of(note->code)) != NULL);
    return 0;
}

static int
take(struct taken *t, struct str source, const struct sheet_options *options)
{
    struct err err;
    struct sheet_result result;
    struct arena *arena = arena_new(SHEET_ARENA_BYTES);
    struct sheet_sink sink = {t, on_sheet, on_row, on_note};
    int rc = sheet_read(arena, source, options, &sink, &result, &err);
    ensure(rc == 0 || sheet_code(str_of(err.code)) != NULL);
    arena_free(arena);
    return rc;
}

static void
check_csv(struct str source, unsigned choice)
{
    struct str title = STR("氏名");
    struct err err;
    struct buf out;
    struct sheet_options options = {.name = STR("f"),
                                    .encoding = choice % SHEET_ENCODINGS,
                                    .separator = choice & 8    ? '\t'
                                                 : choice & 16 ? ','
                                                               : 0,
                                    .headers = &title,
                                    .header_count = choice & 32 ? 1 : 0};
    struct taken first = {0}, second = {0};
    buf_init(&out, 64 << 20);
    buf_init(&first.rows, 64 << 20);
    buf_init(&second.rows, 64 << 20);
    ensure(csv_writer_init(&first.csv, SHEET_UTF8, ',', (struct str){0}, &out, &err) == 0);
    if (take(&first, source, &options) == 0) {
        struct sheet_options plain = {.name = STR("f"), .separator = ','};
        ensure(take(&second, buf_str(&out), &plain) == 0);
        ensure(str_equal(buf_str(&first.rows), buf_str(&second.rows)));
    }
    buf_free(&out);
    buf_free(&first.rows);
    buf_free(&second.rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct sheet_stream stream = {0};
    struct sheet_record record;
    struct err err;
    if (size == 0)
        return 0;
    if (!str_starts(str_slice(all, 1, size), STR("PK\3\4")))
        check_csv(str_slice(all, 1, size), data[0]);
    while (sheet_stream_next(&stream, &all, &record, &err) > 0)
        continue;
    return 0;
}
