/*
 * sheet-worker: reads one table and ends. Started by cored and by the command line.
 *
 *   sheet-worker NAME ENCODING SEPARATOR SHEET [TITLE...]
 *
 * NAME is the file's, for places; ENCODING auto, utf-8, utf-16le or cp932; SEPARATOR auto, comma or
 * tab; SHEET the one to read (empty: all visible); the TITLEs of columns that are known decide an
 * unclear encoding.
 *
 * Descriptor 3 is the file (regular or sealed memory), 4 takes the record stream of
 * docs/formats/sheet.md, which may be read while it grows. It enters its sandbox before the first
 * foreign byte: no file, no network, no other process.
 * Exit codes: 0 read; 1 read, with problems; 2 unreadable, the last record says why; 3 the sandbox
 * or the machine failed.
 */
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
read_all(struct buf *buf, struct err *err)
{
    int64_t size = file_size(FD_IN, err);
    if (size < 0)
        return -1;
    if (size > SHEET_FILE_BYTES)
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

int
main(int argc, char **argv)
{
    struct err err;
    struct sandbox_state state;
    struct sheet_options options;
    struct sheet_result result;
    static const struct sheet_sink sink = {NULL, on_sheet, on_row, on_note};
    if (sandbox_enter(&profile, &state, &err) < 0)
        return 3;
    struct arena *arena = arena_new(SHEET_ARENA_BYTES);
    if (!parse_options(arena, argc, argv, &options))
        return 3;
    struct buf in;
    buf_init(&in, SHEET_FILE_BYTES + 1);
    buf_init(&out, BUFFER_BYTES);
    int rc = read_all(&in, &err);
    if (rc == 0)
        rc = sheet_read(arena, buf_str(&in), &options, &sink, &result, &err);
    if (rc == 0) {
        rc = result.problems > 0;
        sheet_stream_put_end(&out, &result);
    } else {
        rc = 2;
        sheet_stream_put_error(&out, &err);
    }
    if (flush(0, &err) < 0)
        rc = 3;
    _exit(rc); /* no handlers: a sanitizer's would make a thread, which the sandbox forbids */
}
