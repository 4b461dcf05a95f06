/*
 * work: see work.h. Runs in sheetd and in the command line.
 */
#include "proto/sheet/work.h"

#include <string.h>

enum { FIXED = 5 };

static const char *
word(const char *given, const char *otherwise)
{
    return given == NULL ? otherwise : given;
}

int
sheet_work_start(const struct sheet_task *task, struct worker **ret, struct err *err)
{
    /* posix_spawn's words are char * for old reasons; they are not changed. */
    const char *fixed[FIXED] = {"sheet-worker", task->name, word(task->encoding, "auto"),
                                word(task->separator, "auto"), word(task->sheet, "")};
    char *argv[FIXED + SHEET_WORK_TITLES + 1];
    if (task->title_count > SHEET_WORK_TITLES)
        return ERR(err, "sheet.worker", "path");
    memcpy(argv, fixed, sizeof fixed);
    for (size_t i = 0; i < task->title_count; i++)
        argv[FIXED + i] = task->titles[i];
    argv[FIXED + task->title_count] = NULL;
    struct worker_task run = {.program_dir = task->program_dir,
                              .argv = argv,
                              .input = task->input,
                              .failed = "sheet.worker"};
    return worker_start(&run, ret, err);
}

int
sheet_work_write(const char *program_dir, const struct sheet_out *out, int input,
                 struct worker **ret, struct err *err)
{
    const char *fixed[] = {"sheet-worker", "--write",        out->format,
                           out->encoding,  out->replacement, NULL};
    char *argv[sizeof fixed / sizeof *fixed];
    memcpy(argv, fixed, sizeof fixed);
    struct worker_task run = {
        .program_dir = program_dir, .argv = argv, .input = input, .failed = "sheet.worker"};
    return worker_start(&run, ret, err);
}
