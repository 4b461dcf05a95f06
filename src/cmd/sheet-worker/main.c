/*
 * sheet-worker: reads one table and ends. Or writes one. Started by sheetd and by the command
 * line.
 *
 *   sheet-worker NAME ENCODING SEPARATOR SHEET [TITLE...]
 *   sheet-worker --write FORMAT ENCODING REPLACEMENT
 *
 * NAME is the file's, for places; ENCODING auto, utf-8, utf-16le or cp932; SEPARATOR auto, comma or
 * tab; SHEET the one to read (empty: all visible); the TITLEs of columns that are known decide an
 * unclear encoding.
 *
 * --write takes a record stream at 3 and leaves the file (xlsx, csv, tsv) at 4, or, with exit code
 * 2, a stream whose only record says why not.
 *
 * Descriptor 3 is the file (regular or sealed memory), 4 takes the record stream of
 * docs/formats/sheet.md, which may be read while it grows. It enters its sandbox before the first
 * foreign byte: no file, no network, no other process.
 * Exit codes: 0 read; 1 read, with problems; 2 unreadable, the last record says why; 3 the sandbox
 * or the machine failed.
 */
#include "cmd/sheet-worker/write.h"

#include "base/os/file.h"
#include "base/sandbox/sandbox.h"
#include "format/sheet/sheet.h"
#include "format/sheet/stream.h"

#include <string.h>
#include <unistd.h>

enum {
    FD_IN = 3,
    FD_OUT = 4,
    CPU_SECONDS = 60,
    FLUSH_BYTES = 1 << 20,
    BUFFER_BYTES = FLUSH_BYTES + SHEET_RECORD_BYTES,
    TITLES_MOST = 1000,
    FIXED = 5, /* arguments before the titles */
    WRITE_WORDS = 5,
};

static const struct sandbox_profile profile = {
    .name = "sheet-worker",
    .namespaces = SANDBOX_NS_ALL,
    .empty_root = true,
    .landlock = true,
    .syscalls = sandbox_worker_syscalls,
    .address_space_bytes = (uint64_t)512 << 20,
    .file_bytes = (uint64_t)512 << 20,
    .cpu_seconds = CPU_SECONDS,
    .open_files = 16,
    .processes = 1,
};

static struct buf out;

static int
flush(size_t from, struct err *err)
{
    if (buf_done(&out, err) < 0)
        return -1;
    if (out.n < from)
        return 0;
    int rc = file_write(FD_OUT, out.p, out.n, err);
    buf_clear(&out);
    return rc;
}

static int
on_sheet(void *data, struct str name, struct err *err)
{
    (void)data;
    sheet_stream_put_sheet(&out, name);
    return flush(FLUSH_BYTES, err);
}

static int
on_row(void *data, const struct sheet_row *row, struct err *err)
{
    (void)data;
    sheet_stream_put_row(&out, row);
    return flush(FLUSH_BYTES, err);
}

static int
on_note(void *data, const struct sheet_note *note, struct err *err)
{
    (void)data;
    sheet_stream_put_note(&out, note);
    return flush(FLUSH_BYTES, err);
}

static int
read_all(struct buf *buf, int64_t most, struct err *err)
{
    int64_t size = file_size(FD_IN, err);
    if (size < 0)
        return -1;
    if (size > most)
        return ERR(err, "sheet.size", "%lld", (long long)size);
    void *p = buf_reserve(buf, (size_t)size + 1);
    if (p == NULL || file_pread(FD_IN, p, (size_t)size, 0, err) < 0)
        return -1;
    buf->n += (size_t)size;
    return 0;
}

static bool
parse_options(struct arena *arena, int argc, char **argv, struct sheet_options *ret)
{
    if (argc < FIXED || argc - FIXED > TITLES_MOST)
        return false;
    size_t count = (size_t)(argc - FIXED);
    struct str *titles = arena_array(arena, count + 1, sizeof *titles);
    for (size_t i = 0; i < count && titles != NULL; i++)
        titles[i] = str_of(argv[FIXED + i]);
    *ret = (struct sheet_options){.name = str_of(argv[1]),
                                  .encoding = sheet_encoding_of(str_of(argv[2])),
                                  .separator = strcmp(argv[3], "tab") == 0     ? '\t'
                                               : strcmp(argv[3], "comma") == 0 ? ','
                                                                               : 0,
                                  .sheet = str_of(argv[4]),
                                  .headers = titles,
                                  .header_count = count};
    return titles != NULL && ret->encoding != SHEET_ENCODINGS;
}

static int
read_table(struct arena *arena, const struct sheet_options *options, struct err *err)
{
    static const struct sheet_sink sink = {NULL, on_sheet, on_row, on_note};
    struct sheet_result result;
    struct buf in;
    buf_init(&in, SHEET_FILE_BYTES + 1);
    if (read_all(&in, SHEET_FILE_BYTES, err) < 0 ||
        sheet_read(arena, buf_str(&in), options, &sink, &result, err) < 0)
        return -1;
    sheet_stream_put_end(&out, &result);
    return result.problems > 0;
}

int
main(int argc, char **argv)
{
    struct err err;
    struct sandbox_state state;
    struct sheet_options options;
    if (sandbox_enter(&profile, &state, &err) < 0)
        return 3;
    struct arena *arena = arena_new(SHEET_ARENA_BYTES);
    bool writes = argc == WRITE_WORDS && strcmp(argv[1], "--write") == 0;
    if (!writes && !parse_options(arena, argc, argv, &options))
        return 3;
    buf_init(&out, writes ? (size_t)SHEET_FILE_BYTES : (size_t)BUFFER_BYTES);
    int rc = writes ? write_table(argv, &out, &err) : read_table(arena, &options, &err);
    if (rc < 0) {
        rc = 2;
        if (writes)
            buf_clear(&out);
        sheet_stream_put_error(&out, &err);
    }
    if (flush(0, &err) < 0)
        rc = 3;
    _exit(rc); /* no handlers: a sanitizer's would make a thread, which the sandbox forbids */
}
