/*
 * arc_zip: see arc_zip.h. Runs in the disarm worker. Folders are kept as path prefixes of members;
 * every component of a path is cleaned like a file name, so no name can climb or be absolute.
 */
#include "format/disarm/arc_zip.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"
#include "format/disarm/disarm.h"
#include "format/disarm/name.h"
#include "format/disarm/text.h"

#include <stdlib.h>
#include <string.h>

static const char note_name[] = "無害化の結果.txt";

struct job {
    struct disarm_ctx *ctx;
    struct zip_writer *writer;
    struct buf note;
    struct buf *names; /* written names in small letters, one per line */
    size_t kept, dropped;
};

/* The member's name as UTF-8, in the arena; the raw bytes decide about separators only after that,
 * so the second byte 0x5C of 表 or ソ is never one. */
static struct str
member_name(struct disarm_ctx *ctx, const struct zip_entry *e)
{
    struct str raw = e->utf8.n > 0 ? e->utf8 : e->name;
    if (utf8_valid(raw))
        return raw;
    struct buf text;
    buf_init(&text, 1 << 16);
    struct str name = raw;
    if (cp932_to_utf8(&text, raw, NULL) == 0) {
        disarm_found(ctx, CHECK_ARC_14, "changed", "CP932 name", "", 1);
        name = str_dup(ctx->arena, buf_str(&text));
    }
    buf_free(&text);
    return name.p == NULL ? (struct str){"", 0} : name;
}

static bool
is_junk(struct str name)
{
    size_t from = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/')
            from = i + 1;
    struct str last = str_slice(name, from, name.n);
    return str_starts(name, STR("__MACOSX/")) || str_find(name, STR("/__MACOSX/"), 0) >= 0 ||
           str_equal_nocase(last, STR("Thumbs.db")) || str_equal_z(last, ".DS_Store") ||
           str_equal_nocase(last, STR("desktop.ini")) || str_starts(last, STR("._"));
}

/* True for symbolic links, devices and other things that are no files. Unix keeps the type in the
 * high half of the attributes. */
static bool
is_special(const struct zip_entry *e)
{
    unsigned type = e->attributes >> 28;
    return (e->made_by >> 8) == 3 && type != 0 && type != 8 && type != 4;
}

static void
note_path(struct disarm_ctx *ctx, struct str name, const char *at)
{
    bool drive = name.n > 1 && name.p[1] == ':';
    bool climbs = str_find(name, STR("../"), 0) >= 0 || str_find(name, STR("..\\"), 0) >= 0;
    if (climbs)
        disarm_found(ctx, CHECK_ARC_01, "changed", "climbing path", at, 1);
    if (drive || (name.n > 0 && (name.p[0] == '/' || name.p[0] == '\\')))
        disarm_found(ctx, CHECK_ARC_02, "changed", "absolute path", at, 1);
}

/* FOLDER components of NAME, each cleaned, then LAST. */
static struct str
clean_path(struct disarm_ctx *ctx, struct str name, struct str last)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    size_t slash = name.n;
    while (slash > 0 && name.p[slash - 1] != '/' && name.p[slash - 1] != '\\')
        slash--;
    size_t from = 0;
    for (size_t i = 0; i < slash; i++) {
        if (name.p[i] != '/' && name.p[i] != '\\')
            continue;
        struct str part = str_slice(name, from, i), clean;
        from = i + 1;
        bool empty = part.n == 0 || str_equal_z(part, ".") || str_equal_z(part, "..") ||
                     (part.n == 2 && part.p[1] == ':');
        if (empty || name_clean(ctx, part, NULL, &clean) < 0)
            continue;
        buf_put_str(&out, clean);
        buf_put_char(&out, '/');
    }
    buf_put_str(&out, last);
    struct str made = str_dup(ctx->arena, buf_str(&out));
    buf_free(&out);
    return made.p == NULL ? last : made;
}

/* True if NAME was written before, compared without case. It is remembered. */
static bool
taken(struct job *job, struct str name)
{
    struct buf line;
    buf_init(&line, 1 << 17);
    buf_put_char(&line, '\n');
    for (size_t i = 0; i < name.n; i++)
        buf_put_char(&line,
                     name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i]);
    buf_put_char(&line, '\n');
    bool found = str_find(buf_str(job->names), buf_str(&line), 0) >= 0;
    if (!found)
        buf_put_str(job->names, buf_str(&line));
    buf_free(&line);
    return found;
}

static void
drop_member(struct job *job, struct str name, const char *code)
{
    struct buf clean;
    job->dropped++;
    buf_init(&clean, 1 << 16);
    for (struct str rest = str_slice(name, 0, 500); rest.n > 0;) {
        int32_t c = utf8_next(&rest);
        bool odd = c < 0x20 || (utf8_class((uint32_t)c) & (UTF8_BIDI | UTF8_CONTROL | UTF8_LINE |
                                                           UTF8_NONCHAR | UTF8_ZERO_WIDTH));
        utf8_put(&clean, odd ? '_' : (uint32_t)c);
    }
    buf_printf(&job->note, "%.*s\t%s\r\n", STR_FMT(buf_str(&clean)), code);
    buf_free(&clean);
}

static int
disarm_member(struct job *job, const struct zip_entry *e, struct str name)
{
    struct disarm_ctx *ctx = job->ctx;
    struct str bytes;
    if (zip_read(ctx, e, &bytes) < 0)
        return -1;
    struct disarm_report *child = disarm_child(ctx);
    if (child == NULL) {
        free((void *)(uintptr_t)bytes.p);
        return -1;
    }
    struct disarm_ctx inner = {ctx->arena, ctx->profile, ctx->budget, child, ctx->depth + 1};
    struct disarm_request request = {.input = bytes, .name = name};
    disarm_file(&inner, &request);
    free((void *)(uintptr_t)bytes.p);
    if (child->verdict != VERDICT_REBUILT) {
        drop_member(
            job, name,
            reason_word(child->reason_count > 0 ? child->reasons[0].reason : REASON_TYPE_UNKNOWN));
        disarm_found(ctx, CHECK_ARC_13, "removed", "member", disarm_copy(ctx, name), 1);
        for (size_t i = 0; i < child->reason_count; i++) {
            enum disarm_reason r = child->reasons[i].reason;
            if (r >= REASON_LIMIT_INFLATED && r <= REASON_LIMIT_DEPTH)
                return disarm_block(ctx, r, disarm_copy(ctx, name));
        }
        return 0;
    }
    struct str path = clean_path(ctx, name, child->output.name);
    if (taken(job, path)) {
        disarm_found(ctx, CHECK_ARC_07, "removed", "name twice", disarm_copy(ctx, path), 1);
        drop_member(job, name, "name.unusable");
    } else {
        zip_writer_add(job->writer, path, buf_str(&child->bytes), false);
        job->kept++;
    }
    buf_free(&child->bytes);
    return 0;
}

static int
take_member(struct job *job, const struct zip_entry *e)
{
    struct disarm_ctx *ctx = job->ctx;
    /* The report outlives an inner archive's bytes, which its names point into. */
    struct str name = str_dup(ctx->arena, member_name(ctx, e));
    if (name.p == NULL)
        return disarm_block(ctx, REASON_LIMIT_MEMORY, NULL);
    const char *at = disarm_copy(ctx, name);
    if (str_ends(name, STR("/")) && e->size == 0)
        return 0;
    if (is_junk(name)) {
        disarm_found(ctx, CHECK_ARC_27, "removed", "system file", at, 1);
        return 0;
    }
    if (str_equal_z(name, note_name)) /* our own note, written again */
        return 0;
    note_path(ctx, name, at);
    if (is_special(e)) {
        disarm_found(ctx, CHECK_ARC_03, "removed", "link or device", at, 1);
        drop_member(job, name, "type.forbidden");
        return 0;
    }
    return disarm_member(job, e, name);
}

static void
add_note(struct job *job, const struct zip *zip)
{
    struct buf text;
    buf_init(&text, 8 << 20);
    buf_put_z(&text, "\xEF\xBB\xBF次のファイルは安全にできなかったため、取り除きました。\r\n"
                     "The following files could not be made safe and were removed.\r\n\r\n");
    buf_put_str(&text, buf_str(&job->note));
    for (size_t i = 0; i < zip->count && job->dropped == 0; i++) {
        struct str bytes;
        if (!str_equal_z(zip->entries[i].name, note_name) ||
            zip_read(job->ctx, &zip->entries[i], &bytes) < 0)
            continue;
        buf_clear(&text); /* the note of an earlier run stays as it is */
        buf_put_z(&text, "\xEF\xBB\xBF");
        size_t mark = str_starts(bytes, STR("\xEF\xBB\xBF")) ? 3 : 0;
        text_clean(job->ctx, str_slice(bytes, mark, bytes.n), false, &text);
        free((void *)(uintptr_t)bytes.p);
        job->dropped = 1;
    }
    if (job->dropped > 0)
        zip_writer_add(job->writer, str_of(note_name), buf_str(&text), false);
    buf_free(&text);
}

static int
finish(struct job *job, const struct zip *zip)
{
    struct disarm_ctx *ctx = job->ctx;
    if (job->kept == 0 && job->dropped > 0)
        return disarm_block(ctx, REASON_MEMBER_BLOCKED, NULL);
    if (job->dropped > 0 && disarm_setting(ctx, SWITCH_ARCHIVE_MEMBER) == SETTING_BLOCK)
        return disarm_block(ctx, REASON_MEMBER_BLOCKED, NULL);
    add_note(job, zip);
    zip_writer_put(job->writer, 0, &ctx->report->bytes);
    return ctx->report->bytes.over ? disarm_block(ctx, REASON_LIMIT_INFLATED, "output") : 0;
}

int
arc_zip_rebuild(struct disarm_ctx *ctx, const struct zip *zip)
{
    struct buf names;
    struct job job = {.ctx = ctx, .writer = zip_writer_new(), .names = &names};
    buf_init(&job.note, 4 << 20);
    buf_init(&names, 16 << 20);
    int answer = 0;
    for (size_t i = 0; i < zip->count && answer == 0; i++)
        answer = take_member(&job, &zip->entries[i]);
    if (answer == 0)
        answer = finish(&job, zip);
    zip_writer_free(job.writer);
    buf_free(&job.note);
    buf_free(&names);
    return answer;
}
