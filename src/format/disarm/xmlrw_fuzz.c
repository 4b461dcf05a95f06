/*
 * xmlrw_fuzz: one XML part. The first byte chooses its class; its relationships are fixed. What is
 * written is read and written again to the same bytes.
 */
#include "format/disarm/xmlrw.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
rewrite(struct disarm_ctx *ctx, const struct ox_part *part, struct str xml, struct buf *out)
{
    int strict;
    struct xmlrw_rel rels[] = {
        {.id = "rId1",
         .row = ox_relationship("http://schemas.openxmlformats.org/officeDocument/2006/"
                                "relationships/image",
                                "word", &strict),
         .alive = true},
        {.id = "rId2", .alive = false},
    };
    struct xmlrw *x = xmlrw_new(ctx);
    int answer = xmlrw_run(x, part, "part", rels, 2, xml, out);
    xmlrw_free(x);
    return answer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const classes[] = {"document", "worksheet", "slide", "vml",
                                          "workbook", "sst",       "chart", "settings"};
    struct disarm_profile profile;
    struct disarm_budget budget = {0};
    struct disarm_report report = {0};
    if (size == 0 || disarm_profile_builtin("standard", &profile) < 0)
        return 0;
    struct arena *arena = arena_new(64 << 20);
    struct disarm_ctx ctx = {arena, &profile, &budget, &report, 0};
    const struct ox_part *part = &ox_parts[ox_part_find(classes[data[0] & 7])];
    struct buf once, twice;
    buf_init(&once, 64 << 20);
    buf_init(&twice, 64 << 20);
    if (rewrite(&ctx, part, (struct str){(const char *)data + 1, size - 1}, &once) == 0) {
        ensure(rewrite(&ctx, part, buf_str(&once), &twice) == 0);
        ensure(str_equal(buf_str(&once), buf_str(&twice)));
    }
    buf_free(&once);
    buf_free(&twice);
    arena_free(arena);
    return 0;
}
