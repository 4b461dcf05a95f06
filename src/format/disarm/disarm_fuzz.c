/*
 * disarm_fuzz: whole files. The first byte chooses the name. The report can be written; what is
 * rebuilt is rebuilt again to the same bytes, and nothing more is removed.
 */
#include "format/disarm/disarm.h"

#include "base/mem/ensure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
told(const struct disarm_report *report, const struct disarm_profile *profile)
{
    struct buf text;
    buf_init(&text, 4 << 20);
    disarm_report_put(&text, report, profile);
    ensure(text.n > 0 && !text.over);
    buf_free(&text);
}

static void
again(struct arena *arena, const struct disarm_report *first, const struct disarm_profile *profile)
{
    struct disarm_report *report;
    struct disarm_request request = {.input = buf_str(&first->bytes), .name = first->output.name};
    disarm_run(arena, &request, profile, &report);
    ensure(report->verdict == VERDICT_REBUILT);
    ensure(str_equal(buf_str(&report->bytes), buf_str(&first->bytes)));
    for (size_t i = 0; i < report->finding_count; i++)
        ensure(strcmp(report->findings[i].action, "kept") == 0);
    disarm_report_done(report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.docx", "a.xlsx", "a.pptx", "a.zip",
                                        "a.png",  "a.jpg",  "a.txt",  "a.csv"};
    struct disarm_profile profile;
    struct disarm_report *report;
    if (size == 0 || disarm_profile_builtin("standard", &profile) < 0)
        return 0;
    profile.limits.part_bytes = 4 << 20;
    profile.limits.inflated_bytes = 16 << 20;
    profile.limits.pixels = 1 << 20;
    struct arena *arena = arena_new(64 << 20);
    struct disarm_request request = {.input = {(const char *)data + 1, size - 1},
                                     .name = str_of(names[data[0] & 7])};
    disarm_run(arena, &request, &profile, &report);
    told(report, &profile);
    if (report->verdict == VERDICT_REBUILT)
        again(arena, report, &profile);
    disarm_report_done(report);
    arena_free(arena);
    return 0;
}
