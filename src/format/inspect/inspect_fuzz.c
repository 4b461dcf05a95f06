/*
 * inspect_fuzz: the inspector over anything, as every kind.
 */
#include "format/inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = {"docx", "xlsx", "zip", "png", "jpeg", "txt", "csv", "pptx"};
    static struct inspect_report report;
    struct buf json;
    if (size == 0)
        return 0;
    struct str bytes = {(const char *)data + 1, size - 1};
    inspect_run(bytes, str_of(kinds[data[0] & 7]), 16 << 20, &report);
    inspect_xml(&report, bytes, STR("part"));
    inspect_rels(&report, bytes, STR("part"));
    buf_init(&json, 1 << 20);
    inspect_put(&json, &report);
    buf_free(&json);
    return 0;
}
