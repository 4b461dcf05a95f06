/*
 * export: see export.h. Runs in cored. At most EXPORTS_MOST at once; between two steps the loop
 * turns. No file leaves whose leaf was not committed.
 */
#include "core/api/export.h"

#include "base/crypt/hash.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/api/sheeting.h"
#include "core/sheet/rows.h"
#include "format/sheet/stream.h"
#include "proto/sheet/sheet.h"
#include "proto/sheet/work.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXPORTS_MOST = 2, STREAM_BYTES = 128 << 20, ANSWER_MS = 2 * SHEET_WORK_MS };
enum { BLOCK_BYTES = 256 * 1024 };

struct export
{
    struct api_call *call;
    struct rows *rows;
    struct loop_timer *turn;
    int stream, file;
    struct rows_done done;
    struct str encoding, replacement;
};

static unsigned open_now;

static void
export_free(struct export *x)
{
    struct ipc_edge *edge = sheeting_edge(api_config(x->call->api)->sheeting);
    if (edge != NULL) {
        ipc_forget(edge, x);
    }
    rows_free(x->rows);
    loop_timer_free(x->turn);
    file_close(&x->stream);
    file_close(&x->file);
    free(x);
    open_now--;
}

static void
export_fail(struct export *x, const struct err *err)
{
    struct err why = *err;
    struct api_call *call = x->call;
    export_free(x);
    api_fail(call, &why);
}

/* ---- the leaf, then the answer ---- */

static int
file_digest(int fd, unsigned char ret[32], struct err *err)
{
    char *block = malloc(BLOCK_BYTES);
    ensure(block != NULL);
    struct sha256 h;
    sha256_init(&h);
    int64_t size = file_sealed_size(fd, SHEET_FILE_BYTES, err);
    int rc = size < 0 ? -1 : 0;
    for (int64_t at = 0; rc == 0 && at < size; at += BLOCK_BYTES) {
        size_t n = (size_t)(size - at < BLOCK_BYTES ? size - at : BLOCK_BYTES);
        rc = file_pread(fd, block, n, (uint64_t)at, err);
        sha256_put(&h, block, rc == 0 ? n : 0);
    }
    sha256_take(&h, ret);
    sha256_done(&h);
    free(block);
    return rc;
}

static int
keep_unit(struct store *store, void *arg, struct err *err)
{
    struct export *x = arg;
    return rows_kept(store, &x->done, err);
}

static void
kept(void *arg, int result, const struct err *err)
{
    struct export *x = arg;
    struct api_call *call = x->call;
    if (result < 0) {
        export_fail(x, err);
        return;
    }
    bool xlsx = str_equal_z(x->done.format, "xlsx");
    char day[DATE_CHARS + 1];
    date_format(tokyo_day(time_now_us()), day);
    const char *name = arena_printf(call->arena, "%.*s-%s.%.*s", STR_FMT(x->done.reg), day,
                                    STR_FMT(x->done.format));
    int file = x->file;
    x->file = -1;
    export_free(x);
    api_answer_file(call,
                    xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                         : "text/csv",
                    str_of(name != NULL ? name : "export"), file);
}

/* ---- the file ---- */

/* The worker's reason, from a stream whose only record it is. */
static void
worker_why(int fd, struct err *err)
{
    static struct sheet_stream stream;
    struct sheet_record record;
    struct buf text;
    memset(&stream, 0, sizeof stream);
    buf_init(&text, 1 << 16);
    int64_t size = file_sealed_size(fd, 1 << 15, err);
    void *room = size > 0 ? buf_reserve(&text, (size_t)size) : NULL;
    struct str rest = {room, room != NULL ? (size_t)size : 0};
    bool told = room != NULL && file_pread(fd, room, (size_t)size, 0, err) == 0 &&
                sheet_stream_next(&stream, &rest, &record, err) > 0 &&
                record.kind == SHEET_RECORD_ERROR;
    if (told) {
        (void)ERR(err, record.code, "%.*s", STR_FMT(str_slice(record.detail, 0, 200)));
    } else {
        (void)ERR(err, "sheet.worker", "answer");
    }
    buf_free(&text);
}

static void
told(void *arg, const struct ipc_result *result)
{
    struct export *x = arg;
    const struct sheet_told *value = result->value;
    struct err err = {0};
    int rc = 0;
    if (value == NULL) {
        err = *result->err;
        rc = -1;
    } else if (result->fd_count != 1) {
        rc = ERR(&err, "sheet.worker", "answer");
    }
    if (result->fd_count > 0) {
        x->file = result->fds[0];
    }
    for (size_t i = 1; i < result->fd_count; i++) {
        close(result->fds[i]);
    }
    if (rc == 0 && value->code != 0) {
        worker_why(x->file, &err);
        rc = -1;
    }
    if (rc == 0) {
        rc = file_digest(x->file, x->done.digest, &err);
    }
    if (rc < 0) {
        export_fail(x, &err);
    } else {
        x->done.count = rows_count(x->rows);
        store_write(api_config(x->call->api)->store, keep_unit, kept, x);
    }
}

static void
order(struct export *x)
{
    struct err err;
    struct sheet_order message = {
        .format = x->done.format, .encoding = x->encoding, .replacement = x->replacement};
    struct ipc_attach attach = {&x->stream, 1};
    if (file_seal(x->stream, &err) < 0 || file_sealed_size(x->stream, STREAM_BYTES, &err) < 0) {
        export_fail(x, &err);
        return;
    }
    ipc_request(sheeting_edge(api_config(x->call->api)->sheeting), &sheet_order_message, &message,
                &attach, &sheet_told_message, ANSWER_MS, told, x);
}

static int
step_read(struct store *store, void *arg, struct err *err)
{
    struct export *x = arg;
    return rows_step(x->rows, store, err);
}

static void
turn(void *arg)
{
    struct export *x = arg;
    struct err err;
    int rc = store_read(api_config(x->call->api)->store, step_read, x, &err);
    if (rc < 0) {
        export_fail(x, &err);
    } else if (rc > 0) {
        loop_timer_start(x->turn, 0);
    } else {
        order(x);
    }
}

/* ---- the beginning ---- */

static int
wish_take(struct export *x, struct err *err)
{
    struct api_call *call = x->call;
    struct str year = api_query_or(call, "fy", "");
    uint64_t fy = 0;
    x->done = (struct rows_done){.reg = call->part[0],
                                 .state = api_query_or(call, "state", ""),
                                 .format = api_query_or(call, "format", "xlsx"),
                                 .person = call->known.person};
    x->encoding = api_query_or(call, "encoding", "utf-8");
    x->replacement = api_query_or(call, "replace", "");
    if (!str_equal_z(x->done.format, "xlsx") && !str_equal_z(x->done.format, "csv")) {
        return ERR(err, "api.field", "format");
    }
    if (!str_equal_z(x->encoding, "utf-8") && !str_equal_z(x->encoding, "cp932")) {
        return ERR(err, "api.field", "encoding");
    }
    if (x->replacement.n > 12 || x->done.state.n > 40) {
        return ERR(err, "api.field", x->replacement.n > 12 ? "replace" : "state");
    }
    if (year.n > 0 && (!str_to_u64(year, &fy) || fy < 1990 || fy > 9000)) {
        return ERR(err, "api.field", "fy");
    }
    x->done.fiscal_year = (int64_t)fy;
    return 0;
}

static int
begin(struct export *x, struct err *err)
{
    const struct api_config *config = api_config(x->call->api);
    if (!str_equal_z(x->call->zone, "lgwan")) {
        return ERR(err, "not_found", "register");
    }
    if (wish_take(x, err) < 0) {
        return -1;
    }
    if (sheeting_edge(config->sheeting) == NULL || open_now > EXPORTS_MOST) {
        return ERR(err, "sheet.busy", "%d", EXPORTS_MOST);
    }
    x->stream = file_memory("export", err);
    struct rows_ask ask = {.set = config->registers,
                           .reg = x->done.reg,
                           .state = x->done.state,
                           .fiscal_year = x->done.fiscal_year,
                           .caller = api_register_caller(x->call),
                           .file = x->stream};
    return x->stream < 0 ? -1 : rows_new(&ask, &x->rows, err);
}

void
export_begin(struct api_call *call)
{
    struct err err = {0};
    struct export *x = calloc(1, sizeof *x);
    ensure(x != NULL);
    *x = (struct export){.call = call, .stream = -1, .file = -1};
    open_now++;
    x->turn = loop_timer_new(api_config(call->api)->loop, turn, x);
    if (begin(x, &err) < 0) {
        export_fail(x, &err);
    } else {
        loop_timer_start(x->turn, 0);
    }
}
