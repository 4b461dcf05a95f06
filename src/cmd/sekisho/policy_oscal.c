/*
 * policy_oscal: see policy_oscal.h. Runs in the command line; the file is foreign and only ever
 * goes out as JSON texts.
 */
#include "cmd/sekisho/policy_oscal.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/messages/messages.h"
#include "base/os/file.h"
#include "base/text/json.h"
#include "cmd/sekisho/policy_source.h"
#include "format/oscal/oscal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 512 << 20, ROWS_BYTES = 192 << 20 };

bool
policy_oscal_asked(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--kind") == 0 && strcmp(argv[i + 1], "oscal") == 0)
            return true;
    return false;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

static void
put_texts(struct json *j, const char *key, const struct str *texts, size_t count)
{
    json_key(j, key);
    json_open_array(j);
    for (size_t i = 0; i < count; i++)
        json_str(j, texts[i]);
    json_end(j);
}

static void
put_selections(struct json *j, const struct oscal_reading *r)
{
    json_key(j, "selections");
    json_open_array(j);
    for (size_t i = 0; i < r->selection_count; i++) {
        const struct oscal_selection *s = &r->selections[i];
        json_open_object(j);
        json_key(j, "href");
        json_str(j, s->href);
        json_key(j, "all");
        json_bool(j, s->all);
        json_key(j, "children");
        json_bool(j, s->children);
        put_texts(j, "ids", s->ids, s->id_count);
        put_texts(j, "without", s->without, s->without_count);
        json_end(j);
    }
    json_end(j);
}

static void
put_maps(struct json *j, const struct oscal_reading *r)
{
    json_key(j, "maps");
    json_open_array(j);
    for (size_t i = 0; i < r->map_count; i++) {
        const struct oscal_map *m = &r->maps[i];
        const struct str rows[] = {m->relationship, m->source_href, m->source, m->target_href,
                                   m->target};
        static const char *const keys[] = {"relationship", "source_href", "source", "target_href",
                                           "target"};
        json_open_object(j);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            json_key(j, keys[k]);
            json_str(j, rows[k]);
        }
        json_end(j);
    }
    json_end(j);
}

/* A catalog's tree, or the rows of the other two. */
static void
put_reading(struct buf *out, const struct oscal_reading *r)
{
    struct json j;
    if (r->model == OSCAL_CATALOG) {
        buf_put_str(out, r->tree);
        return;
    }
    json_init(&j, out);
    json_open_object(&j);
    json_key(&j, "model");
    json_z(&j, oscal_model_word(r->model));
    json_key(&j, "title");
    json_str(&j, r->title);
    if (r->model == OSCAL_PROFILE)
        put_selections(&j, r);
    else
        put_maps(&j, r);
    json_end(&j);
}

void
policy_oscal_tell(const char *file, const struct oscal_reading *reading)
{
    for (size_t i = 0; i < reading->finding_count; i++) {
        const struct oscal_finding *f = &reading->findings[i];
        const struct str parts[] = {f->where, STR(": "), f->what};
        char key[40];
        snprintf(key, sizeof key, "policy.finding.%s", f->code);
        fprintf(stderr, "%s: %s %s: ", file, f->code, message_text(message_lang(), key));
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
            for (size_t k = 0; k < parts[p].n; k++) {
                unsigned char c = (unsigned char)parts[p].p[k];
                fputc(c < ' ' || c == 0x7f ? ' ' : c, stderr);
            }
        fputc('\n', stderr);
    }
}

int
policy_oscal_read(struct arena *arena, const char *file, struct oscal_reading **ret,
                  struct err *err)
{
    struct buf bytes;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    const char *slash = strrchr(file, '/');
    buf_init(&bytes, OSCAL_INPUT_BYTES);
    int rc = file_read(AT_FDCWD, file, OSCAL_INPUT_BYTES, &bytes, err);
    if (rc == 0) {
        sha256_of(bytes.p, bytes.n, digest);
        hex_encode(digest, sizeof digest, hex);
        rc = oscal_read(arena, buf_str(&bytes), str_of(slash == NULL ? file : slash + 1),
                        str_of(hex), ret, err);
    }
    buf_free(&bytes);
    return rc;
}

static int
write_out(const char *path, struct str bytes)
{
    FILE *f = path == NULL ? stdout : fopen(path, "wbx");
    if (f == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return POLICY_SOURCE_FAILED;
    }
    bool good = fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    good = (path == NULL ? fflush(f) : fclose(f)) == 0 && good;
    return good ? 0 : POLICY_SOURCE_FAILED;
}

static int
run(const char *file, const char *out_path)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct oscal_reading *reading;
    struct buf out;
    struct err err;
    int code = 0;
    buf_init(&out, ROWS_BYTES);
    if (policy_oscal_read(arena, file, &reading, &err) < 0) {
        code = fail(&err, POLICY_SOURCE_USAGE);
    } else {
        policy_oscal_tell(file, reading);
        put_reading(&out, reading);
        code = buf_done(&out, &err) < 0 ? fail(&err, POLICY_SOURCE_FAILED)
                                        : write_out(out_path, buf_str(&out));
        if (code == 0 && reading->finding_count > 0)
            code = POLICY_SOURCE_FINDINGS;
    }
    buf_free(&out);
    arena_free(arena);
    return code;
}

int
policy_oscal_command(int argc, char **argv)
{
    const char *file = NULL, *out = NULL;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--kind") == 0 && more)
            i++;
        else if (strcmp(argv[i], "-o") == 0 && more)
            out = argv[++i];
        else if (strcmp(argv[i], "--json") != 0 && (argv[i][0] == '-' || file != NULL))
            good = false;
        else if (argv[i][0] != '-')
            file = argv[i];
    }
    if (!good || file == NULL) {
        fprintf(stderr, "%s\n", message_text(message_lang(), "policy.usage_export"));
        return POLICY_SOURCE_USAGE;
    }
    return run(file, out);
}
