/*
 * bundle: see bundle.h. Runs in portald before its sandbox closes. Invariant: what is served is
 * what the manifest's digests name; page paths of a portal have its shell with title and heading
 * filled in.
 */
#include "edge/portal/bundle.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/markup.h"
#include "edge/portal/header.h"

#include <fcntl.h>
#include <jansson.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MOST = 1024, MANIFEST_BYTES = 1 << 20, ARENA_BYTES = 32 << 20, GZIP_LEVEL = 9 };

struct page {
    struct str pattern; /* "/transfer/<id>" */
    struct bundle_file shell[LANG_COUNT];
};

struct bundle {
    struct arena *arena;
    struct bundle_file *files;
    size_t file_count;
    struct page *pages;
    size_t page_count;
    struct bundle_file missing[LANG_COUNT];
    size_t bytes; /* read so far */
};

/* What bundle_open passes around. */
struct reader {
    struct bundle *bundle;
    int dir;
    const char *zone;
    json_t *manifest;
    struct str shell;
};

static const char *
text_of(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z == NULL ? "" : z;
}

static int
digest_check(struct str bytes, const char *want, const char *name, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    sha256_of(bytes.p, bytes.n, digest);
    hex_encode(digest, sizeof digest, hex);
    if (strcmp(hex, want) != 0)
        return ERR(err, "bundle.digest", "%s", name);
    return 0;
}

/* Reads NAME (no folders in it) and compares its digest. */
static int
file_load(struct reader *r, const char *name, const char *sha256, struct str *ret, struct err *err)
{
    struct buf buf;
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return ERR(err, "bundle.manifest", "%s", name);
    buf_init(&buf, BUNDLE_BYTES - r->bundle->bytes);
    if (file_read(r->dir, name, buf.limit, &buf, err) != 0) {
        buf_free(&buf);
        return err_is(err, "file.size") ? ERR(err, "bundle.size", "%s", name) : -1;
    }
    r->bundle->bytes += buf.n;
    *ret = str_dup(r->bundle->arena, buf_str(&buf));
    buf_free(&buf);
    if (ret->p == NULL)
        return ERR(err, "bundle.size", "%s", name);
    return digest_check(*ret, sha256, name, err);
}

/* The gzip form of PLAIN, empty when it is not at least a tenth smaller. */
static int
compress(struct bundle *bundle, struct str plain, struct str *ret, struct err *err)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(GZIP_LEVEL);
    ensure(c != NULL);
    size_t room = libdeflate_gzip_compress_bound(c, plain.n);
    char *to = malloc(room);
    ensure(to != NULL);
    size_t n = libdeflate_gzip_compress(c, plain.p, plain.n, to, room);
    libdeflate_free_compressor(c);
    *ret = (struct str){NULL, 0};
    if (n > 0 && n < plain.n - plain.n / 10)
        *ret = str_dup(bundle->arena, (struct str){to, n});
    free(to);
    return arena_check(bundle->arena, err);
}

static int
asset_read(struct reader *r, const json_t *row, struct bundle_file *file, struct err *err)
{
    struct arena *arena = r->bundle->arena;
    const char *path = text_of(row, "path");
    const char *type = text_of(row, "type");
    if (path[0] != '/' || type[0] == '\0' || strpbrk(type, "\r\n") != NULL)
        return ERR(err, "bundle.manifest", "%s", path);
    file->path = str_dup(arena, str_of(path));
    file->type = str_dup(arena, str_of(type));
    file->immutable = str_starts(file->path, STR("/app/"));
    if (file_load(r, text_of(row, "file"), text_of(row, "sha256"), &file->plain, err) != 0)
        return -1;
    return compress(r->bundle, file->plain, &file->gzip, err);
}

static int
assets_read(struct reader *r, struct err *err)
{
    const json_t *rows = json_object_get(r->manifest, "files");
    size_t count = json_array_size(rows);
    if (count == 0 || count > FILES_MOST)
        return ERR(err, "bundle.manifest", "files");
    r->bundle->files = arena_array(r->bundle->arena, count, sizeof *r->bundle->files);
    for (size_t i = 0; i < count; i++) {
        if (asset_read(r, json_array_get(rows, i), &r->bundle->files[i], err) != 0)
            return -1;
        r->bundle->file_count++;
    }
    return 0;
}

/* Appends SHELL with every {{title}} and {{h1}} replaced by TITLE. */
static void
shell_put(struct buf *out, struct str shell, struct str title)
{
    size_t at = 0;
    for (;;) {
        ptrdiff_t hit = str_find(shell, STR("{{"), at);
        if (hit < 0)
            break;
        struct str rest = str_slice(shell, (size_t)hit, shell.n);
        size_t skip = str_starts(rest, STR("{{title}}")) ? 9
                      : str_starts(rest, STR("{{h1}}"))  ? 6
                                                         : 0;
        buf_put_str(out, str_slice(shell, at, (size_t)hit));
        if (skip == 0)
            buf_put_z(out, "{{");
        else
            markup_put(out, title);
        at = (size_t)hit + (skip == 0 ? 2 : skip);
    }
    buf_put_str(out, str_slice(shell, at, shell.n));
}

static int
shell_make(struct reader *r, const char *title, struct bundle_file *file, struct err *err)
{
    struct buf buf;
    buf_init(&buf, BUNDLE_BYTES);
    shell_put(&buf, r->shell, str_of(title));
    int rc = buf_done(&buf, err);
    file->type = STR("text/html; charset=utf-8");
    file->plain = str_dup(r->bundle->arena, buf_str(&buf));
    buf_free(&buf);
    if (rc != 0 || arena_check(r->bundle->arena, err) != 0)
        return -1;
    return compress(r->bundle, file->plain, &file->gzip, err);
}

static int
page_read(struct reader *r, const json_t *row, struct page *page, struct err *err)
{
    static const char *const codes[LANG_COUNT] = {[LANG_JA] = "ja", [LANG_EN] = "en"};
    const char *path = text_of(row, "path");
    if (path[0] != '/')
        return ERR(err, "bundle.manifest", "page %s", path);
    page->pattern = str_dup(r->bundle->arena, str_of(path));
    for (size_t lang = 0; lang < LANG_COUNT; lang++)
        if (shell_make(r, text_of(json_object_get(row, "title"), codes[lang]), &page->shell[lang],
                       err) != 0)
            return -1;
    return 0;
}

static int
pages_read(struct reader *r, struct err *err)
{
    const json_t *rows = json_object_get(r->manifest, "pages");
    size_t count = json_array_size(rows);
    if (count > FILES_MOST)
        return ERR(err, "bundle.manifest", "pages");
    r->bundle->pages = arena_array(r->bundle->arena, count + 1, sizeof *r->bundle->pages);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(text_of(row, "portal"), r->zone) != 0)
            continue;
        if (page_read(r, row, &r->bundle->pages[r->bundle->page_count++], err) != 0)
            return -1;
    }
    for (size_t lang = 0; lang < LANG_COUNT; lang++)
        if (shell_make(r, message_text((enum lang)lang, "portal.missing"),
                       &r->bundle->missing[lang], err) != 0)
            return -1;
    return 0;
}

static int
manifest_read(struct reader *r, struct err *err)
{
    struct buf buf;
    buf_init(&buf, MANIFEST_BYTES);
    int rc = file_read(r->dir, "manifest.json", MANIFEST_BYTES, &buf, err);
    if (rc == 0)
        r->manifest = json_loadb(buf.p, buf.n, JSON_REJECT_DUPLICATES, NULL);
    buf_free(&buf);
    if (rc == 0 && !json_is_object(r->manifest))
        return ERR(err, "bundle.manifest", "manifest.json");
    return rc;
}

static int
bundle_read(struct reader *r, struct err *err)
{
    if (manifest_read(r, err) != 0)
        return -1;
    const char *name = text_of(json_object_get(r->manifest, "shells"), r->zone);
    const char *sha256 = text_of(json_object_get(r->manifest, "shell_sha256"), r->zone);
    if (name[0] == '\0')
        return ERR(err, "bundle.manifest", "shell %s", r->zone);
    if (file_load(r, name, sha256, &r->shell, err) != 0)
        return -1;
    return assets_read(r, err) != 0 || pages_read(r, err) != 0 ? -1 : 0;
}

int
bundle_open(const char *dir, const char *zone, struct bundle **ret, struct err *err)
{
    struct bundle *bundle = calloc(1, sizeof *bundle);
    ensure(bundle != NULL);
    bundle->arena = arena_new(ARENA_BYTES);
    struct reader reader = {
        .bundle = bundle, .dir = file_open_dir(AT_FDCWD, dir, err), .zone = zone};
    int rc = reader.dir < 0 ? -1 : bundle_read(&reader, err);
    file_close(&reader.dir);
    json_decref(reader.manifest);
    if (rc != 0) {
        bundle_free(bundle);
        return -1;
    }
    *ret = bundle;
    return 0;
}

void
bundle_free(struct bundle *bundle)
{
    if (bundle == NULL)
        return;
    arena_free(bundle->arena);
    free(bundle);
}

/* True if PATH has the shape of PATTERN, in which <word> stands for one segment that is not empty.
 */
static bool
pattern_fits(struct str pattern, struct str path)
{
    struct str want;
    struct str got;
    for (;;) {
        bool more = str_split_next(&pattern, '/', &want);
        if (more != str_split_next(&path, '/', &got))
            return false;
        if (!more)
            return true;
        bool any = want.n > 2 && want.p[0] == '<';
        if (any ? got.n == 0 : !str_equal(want, got))
            return false;
    }
}

const struct bundle_file *
bundle_find(const struct bundle *bundle, struct str path, bool english)
{
    for (size_t i = 0; i < bundle->file_count; i++)
        if (str_equal(bundle->files[i].path, path))
            return &bundle->files[i];
    for (size_t i = 0; i < bundle->page_count; i++)
        if (pattern_fits(bundle->pages[i].pattern, path))
            return &bundle->pages[i].shell[english ? LANG_EN : LANG_JA];
    return NULL;
}

const struct bundle_file *
bundle_missing(const struct bundle *bundle, bool english)
{
    return &bundle->missing[english ? LANG_EN : LANG_JA];
}
