/*
 * judge_fuzz: links, fields, formulas, cells and names. A kept link's own form is judged alike and
 * does not change again; a clean name stays what it is.
 */
#include "base/mem/ensure.h"
#include "format/disarm/csv.h"
#include "format/disarm/field.h"
#include "format/disarm/formula.h"
#include "format/disarm/link.h"
#include "format/disarm/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_link(struct str in)
{
    struct buf once, twice;
    buf_init(&once, 1 << 16);
    buf_init(&twice, 1 << 16);
    if (link_judge(in).keep) {
        link_put(&once, in);
        if (once.n <= LINK_MOST) {
            ensure(link_judge(buf_str(&once)).keep);
            link_put(&twice, buf_str(&once));
            ensure(str_equal(buf_str(&once), buf_str(&twice)));
        }
    }
    buf_free(&once);
    buf_free(&twice);
}

static void
check_name(struct str in)
{
    struct disarm_profile profile;
    struct disarm_budget budget = {0};
    struct disarm_report report = {0};
    struct arena *arena = arena_new(1 << 24);
    struct disarm_ctx ctx = {arena, &profile, &budget, &report, 0};
    struct str once, twice;
    ensure(disarm_profile_builtin("standard", &profile) == 0);
    if (in.n < 4096 && name_clean(&ctx, in, "docx", &once) == 0) {
        ensure(once.n > 0 && once.n <= 255);
        ensure(name_clean(&ctx, once, "docx", &twice) == 0 && str_equal(once, twice));
    }
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    enum check_id id;
    check_link(in);
    check_name(in);
    (void)field_judge(in);
    (void)formula_judge(in);
    (void)csv_dangerous(in, &id);
    return 0;
}
