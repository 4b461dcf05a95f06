/*
 * docx_fuzz: any bytes as a Word file, and as one of its three parts (the first byte says which):
 * refused, or text in UTF-8.
 */
#include "format/docx/docx.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPACE "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""

static void
check_text(struct arena *arena, const struct docx_parts *parts)
{
    struct str text;
    struct err err;
    if (docx_text(arena, parts, &text, &err) == 0)
        ensure(utf8_valid(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char document[] =
        "<w:document " SPACE "><w:body><w:p><w:pPr><w:pStyle w:val=\"a\"/><w:numPr>"
        "<w:ilvl w:val=\"1\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>"
        "<w:p><w:pPr><w:pStyle "
        "w:val=\"a\"/></w:pPr><w:r><w:t>b</w:t></w:r></w:p></w:body></w:document>";
    struct arena *arena = arena_new(256 << 20);
    struct str all = {(const char *)data, size}, rest = str_slice(all, 1, size);
    struct docx_parts parts;
    struct err err;
    if (docx_detect(all) && docx_open(arena, all, &parts, &err) == 0)
        check_text(arena, &parts);
    parts = (struct docx_parts){.document = str_of(document)};
    if (size > 0 && data[0] == 'n')
        parts.numbering = rest;
    else if (size > 0 && data[0] == 's')
        parts.styles = rest;
    else
        parts.document = rest;
    check_text(arena, &parts);
    arena_free(arena);
    return 0;
}
