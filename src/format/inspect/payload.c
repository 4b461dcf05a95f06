/*
 * payload: pictures by their markers and chunks, texts by their characters, CSV by its cells; see
 * inspect.h. Runs in the inspect worker.
 */
#include "format/inspect/inspect.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"

#include <string.h>

/* Segments up to each scan, scans up to their end marker; nothing may follow EOI. */
static void
inspect_jpeg(struct inspect_report *report, struct str b, struct str at)
{
    const unsigned char *u = (const unsigned char *)b.p;
    size_t i = 2;
    while (i + 4 <= b.n) {
        if (u[i] != 0xFF) {
            inspect_found(report, "IMG-13", "marker", at);
            return;
        }
        unsigned marker = u[i + 1];
        size_t n = (size_t)u[i + 2] << 8 | u[i + 3];
        bool ours = marker == 0xE1 && n == 34;
        bool density = marker == 0xE0 || marker == 0xEE;
        if (((marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE) && !ours && !density)
            inspect_found(report, "IMG-02", "metadata", at);
        if (n < 2 || n > b.n - i - 2) {
            inspect_found(report, "IMG-09", "segment", at);
            return;
        }
        i += 2 + n;
        if (marker != 0xDA)
            continue;
        while (i + 1 < b.n &&
               !(u[i] == 0xFF && u[i + 1] != 0 && (u[i + 1] < 0xD0 || u[i + 1] > 0xD7)))
            i++;
        if (i + 1 < b.n && u[i + 1] == 0xD9) {
            if (i + 2 != b.n)
                inspect_found(report, "IMG-05", "trailing bytes", at);
            return;
        }
    }
    inspect_found(report, "IMG-09", "end", at);
}

static void
inspect_png(struct inspect_report *report, struct str b, struct str at)
{
    static const char allowed[] = "IHDR PLTE tRNS pHYs sRGB gAMA IDAT IEND";
    const unsigned char *u = (const unsigned char *)b.p;
    size_t i = 8;
    while (i + 12 <= b.n) {
        size_t n = (size_t)u[i] << 24 | (size_t)u[i + 1] << 16 | (size_t)u[i + 2] << 8 | u[i + 3];
        char name[5] = {b.p[i + 4], b.p[i + 5], b.p[i + 6], b.p[i + 7], '\0'};
        if (n > b.n - i - 12 || strlen(name) != 4 || strstr(allowed, name) == NULL) {
            inspect_found(report, "IMG-14", "chunk", at);
            return;
        }
        i += n + 12;
        if (strcmp(name, "IEND") == 0)
            break;
    }
    if (i != b.n)
        inspect_found(report, "IMG-15", "trailing bytes", at);
}

void
inspect_picture(struct inspect_report *report, struct str bytes, struct str at)
{
    if (str_starts(bytes, STR("\xFF\xD8")))
        inspect_jpeg(report, bytes, at);
    else if (str_starts(bytes, STR("\x89PNG\r\n")))
        inspect_png(report, bytes, at);
    else
        inspect_found(report, "OOXML-40", "picture", at);
}

/* One character of either character set; ASCII and full width as one. */
static int32_t
next_char(struct str *rest, bool cp932)
{
    int32_t c = cp932 ? cp932_next(rest) : utf8_next(rest);
    return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + 0x21 : c;
}

/* A cell begins at REST: is its first character one that a spreadsheet obeys? */
static bool
cell_acts(struct str rest, bool cp932)
{
    int32_t c = next_char(&rest, cp932);
    while (c == ' ' || c == '"' || c == 0x3000 || c == 0x200B || c == 0xFEFF)
        c = next_char(&rest, cp932);
    if (c == '=' || c == '@')
        return true;
    if (c != '+' && c != '-' && c != 0x2212)
        return false;
    int32_t next = next_char(&rest, cp932);
    return next == '=' || next == '@' || (next >= 'A' && next <= 'Z') ||
           (next >= 'a' && next <= 'z');
}

void
inspect_text(struct inspect_report *report, struct str bytes, bool csv, struct str at)
{
    bool cp932 = !utf8_valid(bytes), start = true;
    struct str rest = bytes;
    if (str_starts(rest, STR("\xEF\xBB\xBF")))
        rest = str_slice(rest, 3, rest.n);
    while (rest.n > 0) {
        struct str here = rest;
        int32_t c = next_char(&rest, cp932);
        if (c < 0) {
            inspect_found(report, "TXT-06", "bytes", at);
            return;
        }
        unsigned class = utf8_class((uint32_t)c);
        if ((class & UTF8_BIDI) != 0 || ((class & UTF8_CONTROL) != 0 && c != 0x0C))
            inspect_found(report,
                          c == 0              ? "TXT-01"
                          : class & UTF8_BIDI ? "TXT-02"
                                              : "TXT-03",
                          "character", at);
        if (csv && start && cell_acts(here, cp932))
            inspect_found(report, "CSV-01", "cell", at);
        start = c == '\n' || c == '\r' || c == ',' || c == ';' || c == '\t';
    }
}
