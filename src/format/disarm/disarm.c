/*
 * disarm: see disarm.h. Runs in the disarm worker. Invariant: a report is VERDICT_REBUILT only when
 * no reason stands in it and its bytes were all written by us.
 */
#include "format/disarm/disarm.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/disarm/arc_zip.h"
#include "format/disarm/img.h"
#include "format/disarm/name.h"
#include "format/disarm/ooxml.h"
#include "format/disarm/text.h"

#include <string.h>

static struct str
base_name(struct str name)
{
    size_t from = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || name.p[i] == '\\')
            from = i + 1;
    return str_slice(name, from, name.n);
}

static int
mismatch(struct disarm_ctx *ctx, enum check_id id, const char *claimed)
{
    disarm_found(ctx, id, "kept", claimed, "", 1);
    return disarm_block(ctx, REASON_TYPE_MISMATCH, claimed);
}

/* A CFB file is old office, or an office document behind a password. */
static int
block_cfb(struct disarm_ctx *ctx, struct str bytes)
{
    struct str mark = {"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", 32};
    if (str_find(bytes, mark, 0) >= 0) {
        disarm_found(ctx, CHECK_OOXML_49, "kept", "EncryptedPackage", "", 1);
        return disarm_block(ctx, REASON_PASSWORD_NEEDED, NULL);
    }
    return disarm_block(ctx, REASON_TYPE_UNSUPPORTED, "cfb");
}

/* Opens a ZIP and says what kind of package it is. */
static int
kind_of_zip(struct disarm_ctx *ctx, struct str bytes, struct zip *zip, struct opc *opc,
            enum kind *ret)
{
    const struct disarm_limits *limits = &ctx->profile->limits;
    uint32_t most = limits->parts > limits->entries ? limits->parts : limits->entries;
    *ret = KIND_ZIP;
    if (zip_open(ctx, bytes, most, zip) < 0)
        return -1;
    bool types = false;
    for (size_t i = 0; i < zip->count; i++) {
        types = types || str_equal_nocase(zip->entries[i].name, STR("[Content_Types].xml"));
        if (i == 0 && str_equal_z(zip->entries[i].name, "mimetype")) {
            *ret = str_find(zip->entries[i].packed, STR("opendocument"), 0) >= 0 ? KIND_ODF
                                                                                 : KIND_EPUB;
            return 0;
        }
    }
    if (!types)
        return 0;
    if (opc_open(ctx, zip, opc) < 0)
        return -1;
    enum kind kind = KIND_UNKNOWN;
    if (ooxml_kind(ctx, opc, &kind) < 0)
        return -1;
    *ret = kind == KIND_UNKNOWN ? KIND_EPUB : kind;
    return 0;
}

/* Text has no magic: it is what is left when the bytes are text and the name says so. */
static enum kind
kind_of_text(struct str bytes, enum kind by_name)
{
    bool doubt;
    if (bytes.n == 0 || text_charset(bytes, &doubt) == CHARSET_UNKNOWN)
        return KIND_UNKNOWN;
    struct str head = str_slice(bytes, str_starts(bytes, STR("\xEF\xBB\xBF")) ? 3 : 0, 256);
    static const char *const marks[] = {
        "<!doctype html", "<html",           "<script", "<svg", "<?xml",
        "mime-version:",  "begin:vcalendar", "<%",      "<?php"};
    static const enum kind kinds[] = {KIND_HTML, KIND_HTML, KIND_HTML, KIND_SVG,      KIND_XML,
                                      KIND_MAIL, KIND_ICS,  KIND_HTML, KIND_FORBIDDEN};
    head = str_trim(head);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct str mark = str_of(marks[i]);
        if (head.n >= mark.n && str_equal_nocase(str_slice(head, 0, mark.n), mark))
            return kinds[i];
    }
    /* Mail, XML, drawings and the like are text too: the name decides. What has a magic of its own
     * is not text: an office document of plain words is a lie. */
    enum kind_group group = kind_get(by_name)->group;
    bool binary = group == GROUP_OFFICE || group == GROUP_PICTURE || group == GROUP_ARCHIVE;
    return binary ? KIND_TXT : by_name;
}

static bool
same_family(enum kind a, enum kind b)
{
    const struct kind_row *x = kind_get(a), *y = kind_get(b);
    bool office =
        x->group == GROUP_OFFICE && y->group == GROUP_OFFICE && strcmp(x->folder, y->folder) == 0;
    bool excel = (a == KIND_XLSB && strcmp(y->folder, "xl") == 0) ||
                 (b == KIND_XLSB && strcmp(x->folder, "xl") == 0);
    bool text = x->group == GROUP_TEXT && y->group == GROUP_TEXT;
    /* A document behind a password is a CFB under an office name. */
    return a == b || office || excel || text || (b == KIND_CFB && x->group == GROUP_OFFICE);
}

static int
check_claims(struct disarm_ctx *ctx, const struct disarm_request *request, enum kind by_name,
             enum kind kind)
{
    const struct kind_row *row = kind_get(kind);
    if (by_name != KIND_UNKNOWN && !same_family(by_name, kind))
        return mismatch(ctx, CHECK_GEN_01, row->word);
    if (by_name != KIND_UNKNOWN && by_name != kind)
        disarm_found(ctx, CHECK_GEN_01, "changed", row->word, "", 1);
    if (request->declared_type.n == 0)
        return 0;
    char word[64];
    struct str type = str_slice(request->declared_type, 0, sizeof word - 1);
    memcpy(word, type.p, type.n);
    word[type.n] = '\0';
    bool mime = strchr(word, '/') != NULL;
    enum kind declared = mime ? kind_by_mime(request->declared_type) : kind_by_word(word);
    if ((declared != KIND_UNKNOWN && !same_family(declared, kind)) ||
        (declared == KIND_UNKNOWN && !mime))
        return mismatch(ctx, CHECK_GEN_02, row->word);
    return 0;
}

int
disarm_kind(struct disarm_ctx *ctx, const struct disarm_request *request, struct zip *ret_zip,
            struct opc *ret_opc, enum kind *ret_kind)
{
    char extension[32];
    name_extension(request->name, extension);
    enum kind by_name = kind_by_extension(extension);
    enum kind kind = kind_by_magic(request->input);
    *ret_kind = kind;
    bool forbidden = by_name == KIND_FORBIDDEN || kind == KIND_FORBIDDEN ||
                     kind_forbidden_name(base_name(request->name));
    if (!forbidden && kind == KIND_UNKNOWN)
        kind = kind_of_text(request->input, by_name);
    *ret_kind = kind;
    if (forbidden || kind == KIND_FORBIDDEN) {
        disarm_found(ctx, CHECK_GEN_03, "kept", extension, "", 1);
        return disarm_block(ctx, REASON_TYPE_FORBIDDEN, extension);
    }
    if (kind == KIND_UNKNOWN) {
        disarm_found(ctx, CHECK_GEN_04, "kept", extension, "", 1);
        return disarm_block(ctx, REASON_TYPE_UNKNOWN, extension);
    }
    if (kind == KIND_ZIP && kind_of_zip(ctx, request->input, ret_zip, ret_opc, &kind) < 0)
        return -1;
    *ret_kind = kind;
    if (kind_get(kind)->group == GROUP_FORBIDDEN)
        return disarm_block(ctx, REASON_TYPE_FORBIDDEN, kind_get(kind)->word);
    return check_claims(ctx, request, by_name, kind);
}

static int
rebuild_picture(struct disarm_ctx *ctx, struct str bytes)
{
    switch (img_rebuild(ctx, bytes, "", &ctx->report->bytes)) {
    case IMG_OK:
        return 0;
    case IMG_LIMIT:
        disarm_found(ctx, CHECK_IMG_07, "kept", "size", "", 1);
        return disarm_block(ctx, REASON_LIMIT_PIXELS, NULL);
    case IMG_UNSUPPORTED:
        return disarm_block(ctx, REASON_CONTENT_UNSUPPORTED, "picture");
    case IMG_BAD:
        break;
    }
    disarm_found(ctx, CHECK_IMG_09, "kept", "damaged picture", "", 1);
    return disarm_block(ctx, REASON_PARSE_MALFORMED, "picture");
}

/* What was taken out may have held two halves of something else apart: "<", NUL, "script". */
static int
rebuild_text(struct disarm_ctx *ctx, struct str bytes, enum kind kind)
{
    if (text_rebuild(ctx, bytes, kind == KIND_CSV) < 0)
        return -1;
    struct str made = buf_str(&ctx->report->bytes);
    enum kind now = kind_by_magic(made);
    if (made.n == 0 || (now == KIND_UNKNOWN ? kind_of_text(made, kind) : now) != kind)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "text");
    return 0;
}

static int
rebuild_archive(struct disarm_ctx *ctx, const struct zip *zip)
{
    if (zip->encrypted) {
        disarm_found(ctx, CHECK_ARC_17, "kept", "encrypted member", "", 1);
        return disarm_block(ctx, REASON_PASSWORD_NEEDED, NULL);
    }
    if (ctx->depth >= ctx->profile->limits.archive_depth) {
        disarm_found(ctx, CHECK_ARC_11, "kept", "nested archive", "", 1);
        return disarm_block(ctx, REASON_LIMIT_DEPTH, NULL);
    }
    return arc_zip_rebuild(ctx, zip);
}

static int
rebuild(struct disarm_ctx *ctx, const struct disarm_request *request, enum kind kind,
        const struct zip *zip, struct opc *opc)
{
    switch (kind_get(kind)->group) {
    case GROUP_OFFICE:
        return ooxml_rebuild(ctx, opc, kind);
    case GROUP_PICTURE:
        return rebuild_picture(ctx, request->input);
    case GROUP_TEXT:
        return rebuild_text(ctx, request->input, kind);
    case GROUP_ARCHIVE:
        return rebuild_archive(ctx, zip);
    case GROUP_UNSUPPORTED:
    case GROUP_FORBIDDEN:
        break;
    }
    if (kind == KIND_CFB)
        return block_cfb(ctx, request->input);
    return disarm_block(ctx, REASON_TYPE_UNSUPPORTED, kind_get(kind)->word);
}

static void
finish(struct disarm_ctx *ctx, const struct disarm_request *request, enum kind kind)
{
    struct disarm_report *report = ctx->report;
    const struct kind_row *row = kind_get(kind);
    struct str name;
    char own[32];
    /* jpg stays jpg: the kind's word is only put where the name does not already fit. */
    name_extension(request->name, own);
    bool fits = kind_by_extension(own) == kind && strcmp(row->word, row->extension) == 0;
    if (name_clean(ctx, request->name, fits ? NULL : row->extension, &name) < 0)
        return;
    report->output.name = name;
    report->output.kind = row->output;
    report->output.size = report->bytes.n;
    digest_hex(buf_str(&report->bytes), report->output.sha256);
    if (strcmp(row->word, row->output) != 0)
        disarm_found(ctx, CHECK_GEN_23, "changed", row->output, "", 1);
}

void
disarm_file(struct disarm_ctx *ctx, const struct disarm_request *request)
{
    struct disarm_report *report = ctx->report;
    struct zip zip = {0};
    struct opc opc = {0};
    enum kind kind = KIND_UNKNOWN;
    report->input.name = request->name;
    report->input.size = request->input.n;
    report->input.kind = "";
    digest_hex(request->input, report->input.sha256);
    buf_init(&report->bytes, ctx->profile->limits.inflated_bytes);
    int answer = request->input.n > ctx->profile->limits.size_bytes
                     ? disarm_block(ctx, REASON_LIMIT_SIZE, NULL)
                     : disarm_kind(ctx, request, &zip, &opc, &kind);
    report->input.kind = kind_get(kind)->word;
    if (answer == 0)
        answer = rebuild(ctx, request, kind, &zip, &opc);
    if (answer == 0)
        finish(ctx, request, kind);
    bool refused = answer < 0 || report->reason_count > 0 || report->output.name.p == NULL ||
                   arena_check(ctx->arena, NULL) < 0;
    if (refused) {
        if (report->reason_count == 0)
            disarm_block(ctx, REASON_LIMIT_MEMORY, NULL);
        buf_free(&report->bytes);
    }
    report->verdict = refused ? VERDICT_BLOCKED : VERDICT_REBUILT;
}

void
disarm_run(struct arena *arena, const struct disarm_request *request,
           const struct disarm_profile *profile, struct disarm_report **ret_report)
{
    struct disarm_report *report = arena_alloc(arena, sizeof *report);
    struct disarm_budget *budget = arena_alloc(arena, sizeof *budget);
    ensure(report != NULL && budget != NULL);
    budget->input_bytes = request->input.n;
    struct disarm_ctx ctx = {arena, profile, budget, report, 0};
    disarm_file(&ctx, request);
    *ret_report = report;
}
