/*
 * sheet_source: see sheet_source.h. Runs in the command line. The table is foreign, so it is parsed
 * by sheet-worker in its sandbox; here its records are taken from the sealed memory file.
 */
#include "cmd/sekisho/sheet_source.h"

#include "base/os/file.h"
#include "proto/sheet/work.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int
visit_all(struct str rest, sheet_visit *visit, void *data, struct sheet_result *ret_result,
          struct err *err)
{
    struct sheet_stream *stream = calloc(1, sizeof *stream);
    struct sheet_record record;
    if (stream == NULL)
        abort();
    int rc;
    while ((rc = sheet_stream_next(stream, &rest, &record, err)) > 0) {
        if (record.kind == SHEET_RECORD_ERROR) {
            rc = ERR(err, record.code, "%.*s", STR_FMT(record.detail));
            break;
        }
        if (record.kind == SHEET_RECORD_END)
            *ret_result = record.result;
        else if ((rc = visit(data, &record, err)) < 0)
            break;
    }
    if (rc == 0 && (!stream->done || rest.n > 0))
        rc = ERR(err, "sheet.stream", "cut");
    free(stream);
    return rc;
}

static int
read_records(int fd, sheet_visit *visit, void *data, struct sheet_result *ret_result,
             struct err *err)
{
    int64_t size = file_sealed_size(fd, SHEET_WORK_BYTES, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return ERR(err, "sheet.stream", "0");
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return ERR_ERRNO(err, "file.read", "records");
    int rc = visit_all((struct str){p, (size_t)size}, visit, data, ret_result, err);
    (void)munmap(p, (size_t)size);
    return rc;
}

int
sheet_source_read(const struct sheet_wish *wish, sheet_visit *visit, void *data,
                  struct sheet_result *ret_result, struct err *err)
{
    char dir[PATH_MAX];
    struct worker *worker = NULL;
    if (!worker_own_dir(dir, sizeof dir))
        return ERR(err, "sheet.worker", "path");
    int in = file_open(AT_FDCWD, wish->file, O_RDONLY, 0, err);
    if (in < 0)
        return -1;
    const char *slash = strrchr(wish->file, '/');
    struct sheet_task task = {.program_dir = dir,
                              .name = slash == NULL ? wish->file : slash + 1,
                              .encoding = wish->encoding,
                              .separator = wish->separator,
                              .sheet = wish->sheet,
                              .titles = wish->titles,
                              .title_count = wish->title_count,
                              .input = in};
    int rc = sheet_work_start(&task, &worker, err);
    if (rc == 0 && worker_wait(worker, SHEET_WORK_MS, "sheet.slow", err) < 0)
        rc = -1;
    if (rc == 0)
        rc = read_records(worker_output(worker), visit, data, ret_result, err);
    worker_free(worker);
    close(in);
    return rc;
}
