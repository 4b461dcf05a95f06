/*
 * write: see write.h. Runs in sheet-worker, behind its sandbox. The stream comes from cored and is
 * checked all the same: a cell of it may be text that somebody typed.
 */
#include "cmd/sheet-worker/write.h"

#include "base/os/file.h"
#include "format/sheet/csv_write.h"
#include "format/sheet/stream.h"
#include "format/sheet/xlsx_write.h"

#include <string.h>

enum { FD_IN = 3, STREAM_BYTES = 128 << 20 };

struct making {
    struct xlsx_writer *xlsx; /* NULL: text */
    struct csv_writer csv;
    unsigned sheets;
    bool ended;
};

static struct sheet_stream stream; /* large */

static int
take(struct making *m, const struct sheet_record *record, struct err *err)
{
    switch (record->kind) {
    case SHEET_RECORD_SHEET:
        m->sheets++;
        if (m->xlsx != NULL)
            return xlsx_writer_sheet(m->xlsx, record->name, true, err);
        return m->sheets == 1 ? 0 : ERR(err, "sheet.one", "%.*s", STR_FMT(record->name));
    case SHEET_RECORD_ROW:
        if (m->xlsx != NULL)
            return xlsx_writer_row(m->xlsx, &record->row, err);
        csv_writer_row(&m->csv, &record->row);
        return 0;
    case SHEET_RECORD_NOTE:
        return 0;
    case SHEET_RECORD_END:
        m->ended = true;
        return 0;
    case SHEET_RECORD_ERROR:
        break;
    }
    return ERR(err, "sheet.stream", "error");
}

static int
take_all(struct making *m, struct str rest, struct err *err)
{
    struct sheet_record record;
    int rc;
    while ((rc = sheet_stream_next(&stream, &rest, &record, err)) > 0)
        if (take(m, &record, err) < 0)
            return -1;
    return rc < 0 ? -1 : m->ended && rest.n == 0 ? 0 : ERR(err, "sheet.stream", "cut");
}

static int
input_read(struct buf *in, struct err *err)
{
    int64_t size = file_size(FD_IN, err);
    if (size < 0)
        return -1;
    void *p = size > STREAM_BYTES ? NULL : buf_reserve(in, (size_t)size + 1);
    if (p == NULL)
        return ERR(err, "sheet.size", "%lld", (long long)size);
    if (file_pread(FD_IN, p, (size_t)size, 0, err) < 0)
        return -1;
    in->n += (size_t)size;
    return 0;
}

int
write_table(char **argv, struct buf *out, struct err *err)
{
    struct making m = {0};
    struct buf in;
    bool xlsx = strcmp(argv[2], "xlsx") == 0, tsv = strcmp(argv[2], "tsv") == 0;
    buf_init(&in, STREAM_BYTES + 1);
    if (!xlsx && !tsv && strcmp(argv[2], "csv") != 0)
        return ERR(err, "sheet.kind", "%.20s", argv[2]);
    if (input_read(&in, err) < 0)
        return -1;
    if (xlsx)
        m.xlsx = xlsx_writer_new(false);
    else if (csv_writer_init(&m.csv, sheet_encoding_of(str_of(argv[3])), tsv ? '\t' : ',',
                             str_of(argv[4]), out, err) < 0)
        return -1;
    if (take_all(&m, buf_str(&in), err) < 0)
        return -1;
    return xlsx ? xlsx_writer_put(m.xlsx, out, err) : csv_writer_done(&m.csv, err);
}
