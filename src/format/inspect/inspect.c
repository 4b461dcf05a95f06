/*
 * inspect: see inspect.h: containers and what goes where. Runs in the inspect worker.
 *
 * The ZIP walk goes over local headers from the front (the rebuilder reads the directory from the
 * back) and must arrive exactly at a directory that names the same members in the same order.
 */
#include "format/inspect/inspect.h"

#include "base/text/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DEPTH_MOST = 5 };

struct run {
    struct inspect_report *report;
    size_t left; /* bytes that may still be inflated */
    unsigned depth;
};

static void inspect_bytes(struct run *run, struct str bytes, struct str kind, struct str at);

void
inspect_found(struct inspect_report *report, const char *id, const char *what, struct str at)
{
    if (report->count < INSPECT_FINDINGS) {
        struct inspect_finding *f = &report->findings[report->count];
        snprintf(f->id, sizeof f->id, "%s", id);
        snprintf(f->what, sizeof f->what, "%s", what);
        snprintf(f->at, sizeof f->at, "%.*s", STR_FMT(str_slice(at, 0, 150)));
    }
    report->count++;
}

static uint32_t
le32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static uint32_t
le16(const char *p)
{
    return le32(p) & 0xFFFF;
}

static bool
has_nocase(struct str hay, const char *needle)
{
    struct str n = str_of(needle);
    for (size_t i = 0; i + n.n <= hay.n; i++)
        if (str_equal_nocase(str_slice(hay, i, i + n.n), n))
            return true;
    return false;
}

/* Part names that only exist for what must be gone. */
static void
check_part_name(struct run *run, struct str name)
{
    static const struct {
        const char *part, *id;
    } bad[] = {
        {"vbaproject", "OOXML-01"},
        {"vbadata", "OOXML-02"},
        {"macrosheets/", "OOXML-03"},
        {"dialogsheets/", "OOXML-04"},
        {"activex/", "OOXML-05"},
        {"embeddings/", "OOXML-07"},
        {"afchunk", "OOXML-09"},
        {"externallinks/", "OOXML-14"},
        {"connections.xml", "OOXML-15"},
        {"querytables/", "OOXML-15"},
        {"customxml/", "OOXML-16"},
        {"xmlmaps", "OOXML-17"},
        {"webextensions/", "OOXML-20"},
        {"customui", "OOXML-21"},
        {"customizations", "OOXML-22"},
        {"printersettings", "OOXML-23"},
        {"_xmlsignatures/", "OOXML-31"},
        {"revisions/", "OOXML-32"},
        {".bin", "OOXML-07"},
        {"docprops/", "OOXML-47"},
        {".exe", "GEN-03"},
        {"calcchain", "OOXML-52"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (has_nocase(name, bad[i].part))
            inspect_found(run->report, bad[i].id, "part", name);
}

static void
inspect_part(struct run *run, struct str name, struct str bytes)
{
    struct str at = name;
    check_part_name(run, name);
    if (str_ends(name, STR(".rels")))
        inspect_rels(run->report, bytes, at);
    else if (str_ends(name, STR(".xml")) || str_ends(name, STR(".vml")))
        inspect_xml(run->report, bytes, at);
    else if (str_ends(name, STR(".png")) || str_ends(name, STR(".jpeg")))
        inspect_picture(run->report, bytes, at);
    else
        inspect_found(run->report, "OOXML-36", "part of unknown type", at);
}

static struct str
extension(struct str name)
{
    for (size_t i = name.n; i-- > 0 && name.p[i] != '/';)
        if (name.p[i] == '.')
            return str_slice(name, i + 1, name.n);
    return (struct str){"", 0};
}

static bool
climbs(struct str name)
{
    return name.n == 0 || name.p[0] == '/' || str_find(name, STR("\\"), 0) >= 0 ||
           str_find(name, STR("../"), 0) >= 0 || (name.n > 1 && name.p[1] == ':');
}

static void
inspect_member(struct run *run, bool package, struct str name, struct str bytes)
{
    if (climbs(name))
        inspect_found(run->report, "ARC-01", "path", name);
    if (package) {
        inspect_part(run, name, bytes);
        return;
    }
    if (run->depth >= DEPTH_MOST) {
        inspect_found(run->report, "ARC-11", "depth", name);
        return;
    }
    run->depth++;
    inspect_bytes(run, bytes, extension(name), name);
    run->depth--;
}

/* The member at P, inflated into fresh memory. NULL after a finding. */
static char *
member_bytes(struct run *run, const char *p, struct str name, const char *data)
{
    size_t packed = le32(p + 18), size = le32(p + 22);
    if (size > run->left || size > SIZE_MAX - 1) {
        inspect_found(run->report, "GEN-15", "size", name);
        return NULL;
    }
    run->left -= size;
    char *out = malloc(size + 1);
    if (out == NULL)
        return NULL;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)packed,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)size};
    bool fine = false;
    if (le16(p + 8) == 0) {
        fine = packed == size;
        if (fine && size > 0)
            memcpy(out, data, size);
    } else if (le16(p + 8) == 8 && inflateInit2(&z, -15) == Z_OK) {
        fine = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size && z.avail_in == 0;
        inflateEnd(&z);
    }
    if (!fine || crc32(0, (const Bytef *)out, (uInt)size) != le32(p + 14)) {
        inspect_found(run->report, "ZIP-12", "member", name);
        free(out);
        return NULL;
    }
    return out;
}

/* True if the directory entry at DIR names the member at P. Moves DIR on. */
static bool
directory_agrees(struct str b, size_t *dir, size_t offset, struct str name)
{
    const char *d = b.p + *dir, *p = b.p + offset;
    if (*dir + 46 > b.n || le32(d) != 0x02014b50)
        return false;
    size_t n = le16(d + 28), all = 46 + n + le16(d + 30) + le16(d + 32);
    if (*dir + all > b.n || !str_equal(name, (struct str){d + 46, n}))
        return false;
    *dir += all;
    return le32(d + 42) == offset && memcmp(d + 6, p + 4, 26) == 0 && le32(d + 38) == 0 &&
           all == 46 + n;
}

static size_t
directory_offset(struct str b)
{
    if (b.n < 22 || le32(b.p + b.n - 22) != 0x06054b50)
        return SIZE_MAX;
    return le32(b.p + b.n - 22 + 16);
}

static void
inspect_zip(struct run *run, struct str b, bool package, struct str at)
{
    size_t dir = directory_offset(b), offset = 0, end = dir;
    if (dir > b.n) {
        inspect_found(run->report, "ZIP-02", "end record", at);
        return;
    }
    while (offset < end) {
        const char *p = b.p + offset;
        if (end - offset < 30 || le32(p) != 0x04034b50 || (le16(p + 6) & 9) != 0) {
            inspect_found(run->report, "ZIP-06", "local header", at);
            return;
        }
        struct str name = {p + 30, le16(p + 26)};
        size_t data = 30 + name.n + le16(p + 28), all = data + le32(p + 18);
        if (all > end - offset || !directory_agrees(b, &dir, offset, name)) {
            inspect_found(run->report, "ZIP-01", "directory", at);
            return;
        }
        char *bytes = member_bytes(run, p, name, p + data);
        if (bytes == NULL)
            return;
        inspect_member(run, package, name, (struct str){bytes, le32(p + 22)});
        free(bytes);
        offset += all;
    }
    if (dir + 22 != b.n)
        inspect_found(run->report, "ZIP-13", "directory", at);
}

static void
inspect_bytes(struct run *run, struct str bytes, struct str kind, struct str at)
{
    static const char *const office[] = {"docx", "dotx", "xlsx", "xltx", "pptx", "potx", "ppsx"};
    for (size_t i = 0; i < sizeof office / sizeof office[0]; i++)
        if (str_equal_nocase(kind, str_of(office[i]))) {
            inspect_zip(run, bytes, true, at);
            return;
        }
    static const char *const text[] = {"txt", "text", "log", "md"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        if (str_equal_nocase(kind, str_of(text[i]))) {
            inspect_text(run->report, bytes, false, at);
            return;
        }
    static const char *const pictures[] = {"png", "jpeg", "jpg", "jpe", "jfif"};
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        if (str_equal_nocase(kind, str_of(pictures[i]))) {
            inspect_picture(run->report, bytes, at);
            return;
        }
    if (str_equal_nocase(kind, STR("zip")))
        inspect_zip(run, bytes, false, at);
    else if (str_equal_nocase(kind, STR("csv")) || str_equal_nocase(kind, STR("tsv")))
        inspect_text(run->report, bytes, true, at);
    else
        inspect_found(run->report, "GEN-04", "kind", at);
}

void
inspect_run(struct str bytes, struct str kind, size_t limit_bytes,
            struct inspect_report *ret_report)
{
    struct run run = {.report = ret_report, .left = limit_bytes};
    *ret_report = (struct inspect_report){.full = true};
    inspect_bytes(&run, bytes, kind, STR(""));
}

void
inspect_put(struct buf *buf, const struct inspect_report *report)
{
    struct json json;
    json_init(&json, buf);
    json_open_object(&json);
    json_key(&json, "depth");
    json_z(&json, report->full ? "full" : "surface");
    json_key(&json, "findings");
    json_open_array(&json);
    for (size_t i = 0; i < report->count && i < INSPECT_FINDINGS; i++) {
        json_open_object(&json);
        json_key(&json, "id");
        json_z(&json, report->findings[i].id);
        json_key(&json, "object");
        json_z(&json, report->findings[i].what);
        json_key(&json, "at");
        json_z(&json, report->findings[i].at);
        json_end(&json);
    }
    json_end(&json);
    json_key(&json, "engine");
    json_z(&json, SEKISHO_VERSION);
    json_end(&json);
}
