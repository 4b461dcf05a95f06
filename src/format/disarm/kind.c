/*
 * kind: see kind.h. Tables only. Runs in the disarm worker; the command prints the table.
 */
#include "format/disarm/kind.h"

#include "base/mem/ensure.h"

#include <string.h>

static const struct kind_row rows[KIND_COUNT] = {
    [KIND_UNKNOWN] = {"", "", GROUP_UNSUPPORTED, "", "", "", "", "", "", ""},
#define KIND(ID, word, extensions, group, output, mime)                                            \
    [KIND_##ID] = {word, extensions, GROUP_##group, output, output, mime, "", "", "", ""},
#define OFFICE(ID, word, output, folder, part, type, content)                                      \
    [KIND_##ID] = {word, word, GROUP_OFFICE, output, output, content, folder, part, type, content},
#include "format/disarm/kinds.def"
#undef KIND
#undef OFFICE
};

/* First bytes; `at` is where they stand. The longer ones first. */
static const struct {
    enum kind kind;
    unsigned at;
    struct str bytes;
} magics[] = {
    {KIND_ZIP, 0, {"PK\x03\x04", 4}},
    {KIND_ZIP, 0, {"PK\x05\x06", 4}},
    {KIND_PDF, 0, {"%PDF-", 5}},
    {KIND_CFB, 0, {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8}},
    {KIND_RTF, 0, {"{\\rt", 4}},
    {KIND_JPEG, 0, {"\xFF\xD8\xFF", 3}},
    {KIND_PNG, 0, {"\x89PNG\r\n\x1A\n", 8}},
    {KIND_GIF, 0, {"GIF8", 4}},
    {KIND_TIFF, 0, {"II*\0", 4}},
    {KIND_TIFF, 0, {"MM\0*", 4}},
    {KIND_TIFF, 0, {"II+\0", 4}},
    {KIND_TIFF, 0, {"MM\0+", 4}},
    {KIND_WEBP, 8, {"WEBPVP8", 7}},
    {KIND_HEIC, 4, {"ftyphei", 7}},
    {KIND_HEIC, 4, {"ftypavif", 8}},
    {KIND_HEIC, 4, {"ftypmif1", 8}},
    {KIND_MEDIA, 4, {"ftyp", 4}},
    {KIND_MEDIA, 0, {"ID3", 3}},
    {KIND_MEDIA, 0, {"OggS", 4}},
    {KIND_MEDIA, 0, {"fLaC", 4}},
    {KIND_MEDIA, 8, {"WAVE", 4}},
    {KIND_MEDIA, 8, {"AVI ", 4}},
    {KIND_MEDIA, 0, {"\x1A\x45\xDF\xA3", 4}},
    {KIND_MEDIA, 0, {"\x30\x26\xB2\x75\x8E\x66\xCF\x11", 8}},
    {KIND_SEVENZIP, 0, {"7z\xBC\xAF\x27\x1C", 6}},
    {KIND_RAR, 0, {"Rar!\x1A\x07", 6}},
    {KIND_CAB, 0, {"MSCF\0\0\0\0", 8}},
    {KIND_TAR, 257, {"ustar", 5}},
    {KIND_TAR, 0, {"\x1F\x8B\x08", 3}},
    {KIND_TAR, 0, {"BZh", 3}},
    {KIND_TAR,
     0,
     {"\xFD"
      "7zXZ\0",
      6}},
    {KIND_TAR, 0, {"\x1F\x9D", 2}},
    {KIND_LZH, 2, {"-lh", 3}},
    {KIND_LZH, 2, {"-lz", 3}},
    {KIND_EMF, 40, {" EMF", 4}},
    {KIND_EMF, 0, {"\xD7\xCD\xC6\x9A", 4}},
    {KIND_ICO, 0, {"\0\0\1\0", 4}},
    {KIND_CAD, 0, {"AC10", 4}},
    {KIND_CAD, 0, {"JwwData.", 8}},
    {KIND_FORBIDDEN, 0, {"MZ", 2}},
    {KIND_FORBIDDEN,
     0,
     {"\x7F"
      "ELF",
      4}},
    {KIND_FORBIDDEN, 0, {"\xCA\xFE\xBA\xBE", 4}},
    {KIND_FORBIDDEN, 0, {"\xCF\xFA\xED\xFE", 4}},
    {KIND_FORBIDDEN, 0, {"ITSF", 4}},
    {KIND_FORBIDDEN, 0, {"L\0\0\0\x01\x14\x02\0", 8}},
    {KIND_FORBIDDEN, 0, {"#!", 2}},
    {KIND_FORBIDDEN, 0, {"FWS", 3}},
    {KIND_FORBIDDEN, 0, {"CWS", 3}},
    {KIND_FORBIDDEN, 0, {"ZWS", 3}},
    {KIND_FORBIDDEN, 0, {"vhdxfile", 8}},
    {KIND_FORBIDDEN, 0, {"conectix", 8}},
    {KIND_FORBIDDEN, 0, {"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D", 8}},
    {KIND_FORBIDDEN, 32769, {"CD001", 5}},
    {KIND_FORBIDDEN, 0, {"ID;", 3}},
};

const struct kind_row *
kind_get(enum kind kind)
{
    ensure((size_t)kind < KIND_COUNT);
    return &rows[kind];
}

static bool
list_has(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, word, n) == 0)
            return true;
        p += len;
        p += *p == ' ';
    }
    return false;
}

enum kind
kind_by_extension(const char *extension)
{
    /* What is forbidden is forbidden under every kind that also knows the name. */
    if (kind_forbidden_extension(extension))
        return KIND_FORBIDDEN;
    for (int i = 1; i < KIND_COUNT && extension[0] != '\0'; i++)
        if (list_has(rows[i].extensions, extension))
            return (enum kind)i;
    return KIND_UNKNOWN;
}

enum kind
kind_by_word(const char *word)
{
    for (int i = 1; i < KIND_COUNT; i++)
        if (strcmp(rows[i].word, word) == 0)
            return (enum kind)i;
    return kind_by_extension(word);
}

enum kind
kind_by_content_type(struct str type)
{
    for (int i = 1; i < KIND_COUNT; i++)
        if (rows[i].group == GROUP_OFFICE && str_equal_nocase(type, str_of(rows[i].content_type)))
            return (enum kind)i;
    if (str_find(type, STR("binary.macroEnabled"), 0) >= 0)
        return KIND_XLSB;
    if (str_find(type, STR("visio"), 0) >= 0)
        return KIND_VSDX;
    if (str_find(type, STR("addin.macroEnabled"), 0) >= 0)
        return KIND_FORBIDDEN;
    return KIND_UNKNOWN;
}

enum kind
kind_by_mime(struct str mime)
{
    static const struct {
        const char *mime;
        enum kind kind;
    } others[] = {
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", KIND_DOCX},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", KIND_XLSX},
        {"application/vnd.openxmlformats-officedocument.presentationml.presentation", KIND_PPTX},
        {"application/vnd.ms-word.document.macroenabled.12", KIND_DOCM},
        {"application/vnd.ms-excel.sheet.macroenabled.12", KIND_XLSM},
        {"application/vnd.ms-powerpoint.presentation.macroenabled.12", KIND_PPTM},
        {"application/x-zip-compressed", KIND_ZIP},
        {"application/msword", KIND_CFB},
        {"application/vnd.ms-powerpoint", KIND_CFB},
    };
    ptrdiff_t semicolon = str_find(mime, STR(";"), 0);
    mime = str_trim(str_slice(mime, 0, semicolon < 0 ? mime.n : (size_t)semicolon));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (str_equal_nocase(mime, str_of(others[i].mime)))
            return others[i].kind;
    for (int i = 1; i < KIND_COUNT; i++)
        if (str_equal_nocase(mime, str_of(rows[i].mime)))
            return (enum kind)i;
    return KIND_UNKNOWN;
}

enum kind
kind_by_magic(struct str bytes)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (str_starts(str_slice(bytes, magics[i].at, bytes.n), magics[i].bytes))
            return magics[i].kind;
    /* BMP has only two letters of its own; its zeroed fields tell it from text. */
    if (bytes.n >= 26 && bytes.p[0] == 'B' && bytes.p[1] == 'M' && bytes.p[6] == 0)
        return KIND_BMP;
    return KIND_UNKNOWN;
}

bool
kind_forbidden_extension(const char *extension)
{
    return extension[0] != '\0' && list_has(rows[KIND_FORBIDDEN].extensions, extension);
}

bool
kind_forbidden_name(struct str name)
{
    static const char *const names[] = {"desktop.ini", "autorun.inf", "folder.htt", ".htaccess"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_nocase(name, str_of(names[i])))
            return true;
    return false;
}
