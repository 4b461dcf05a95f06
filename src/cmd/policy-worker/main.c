/*
 * policy-worker: reads one policy text and ends. Started by cored and by the command line.
 *
 *   policy-worker [KIND/]FORMAT NAME
 *
 * FORMAT is oscal (NAME is an OSCAL file: oscal.h), json, outline, csv, findings, text (what was
 * read, without markup) or render:STYLE[:NOISE[:SEED]]; KIND is auto, text, markdown, reiki or
 * docx.
 *
 * Descriptor 3 is the text (a regular or sealed memory file), 4 takes the answer. It enters its
 * sandbox before the first foreign byte: no file, no network, no other process.
 * Exit codes: 0 read, no question; 1 read, with questions for a person (findings ask, error);
 * 2 unreadable, the answer is then {"error":{"code","detail"}}; 3 the sandbox or the machine
 * failed.
 */
#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/os/file.h"
#include "base/sandbox/sandbox.h"
#include "base/text/json.h"
#include "cmd/policy-worker/oscal.h"
#include "format/policy/policy.h"

#include <string.h>
#include <unistd.h>

enum { FD_IN = 3, FD_OUT = 4, ANSWER_BYTES = 192 << 20, CPU_SECONDS = 10 };

static const struct sandbox_profile profile = {
    .name = "policy-worker",
    .namespaces = SANDBOX_NS_ALL,
    .empty_root = true,
    .landlock = true,
    .syscalls = sandbox_worker_syscalls,
    .address_space_bytes = (uint64_t)1 << 30,
    .file_bytes = ANSWER_BYTES,
    .cpu_seconds = CPU_SECONDS,
    .open_files = 16,
    .processes = 1,
};

static int
read_all(struct buf *buf, struct err *err)
{
    int64_t size = file_size(FD_IN, err);
    if (size < 0)
        return -1;
    if (size > POLICY_SOURCE_BYTES)
        return ERR(err, "policy.size", "%lld", (long long)size);
    void *p = buf_reserve(buf, (size_t)size + 1);
    if (p == NULL || file_pread(FD_IN, p, (size_t)size, 0, err) < 0)
        return -1;
    buf->n += (size_t)size;
    return 0;
}

static struct str
digest_hex(struct arena *arena, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    sha256_of(bytes.p, bytes.n, digest);
    char *hex = arena_alloc(arena, 2 * SHA256_BYTES + 1);
    if (hex != NULL)
        hex_encode(digest, SHA256_BYTES, hex);
    return str_of(hex);
}

/* STYLE, STYLE:NOISE or STYLE:NOISE:SEED of WORDS. */
static int
render(struct arena *arena, struct buf *out, const struct policy_tree *tree, const char *words,
       struct err *err)
{
    struct str rest = str_of(words), style_word = {0}, noise_word = {0};
    str_split_next(&rest, ':', &style_word);
    str_split_next(&rest, ':', &noise_word);
    enum policy_style style = policy_style_of(str_dup_z(arena, style_word));
    int noise = policy_noise_of(str_dup_z(arena, noise_word));
    uint64_t seed = 1;
    bool good = rest.p == NULL || str_to_u64(rest, &seed);
    if (style == STYLE_COUNT || noise < 0 || !good || (noise != 0 && style == STYLE_REIKI))
        return ERR(err, "policy.style", "%s", words);
    struct buf clean;
    buf_init(&clean, ANSWER_BYTES);
    for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next)
        policy_render(&clean, doc, style);
    if (noise == 0)
        buf_put_str(out, buf_str(&clean));
    else
        policy_spoil(out, buf_str(&clean), (unsigned)noise, seed);
    buf_free(&clean);
    return 0;
}

static int
put_answer(struct arena *arena, const struct policy_tree *tree, const char *format,
           const char *name, struct buf *out, struct err *err)
{
    if (strcmp(format, "outline") == 0)
        policy_put_outline(out, tree);
    else if (strcmp(format, "csv") == 0)
        policy_put_csv(out, tree);
    else if (strcmp(format, "findings") == 0)
        policy_put_findings(out, tree);
    else if (strcmp(format, "text") == 0)
        buf_put_str(out, tree->text);
    else if (strncmp(format, "render:", 7) == 0)
        return render(arena, out, tree, format + 7, err);
    else
        policy_put_json(out, tree, str_of(name), digest_hex(arena, tree->source));
    return 0;
}

static int
answer(struct arena *arena, struct str source, char **argv, struct buf *out, struct err *err)
{
    struct policy_tree *tree;
    const char *slash = strchr(argv[1], '/'), *format = slash == NULL ? argv[1] : slash + 1;
    enum policy_input kind = POLICY_ANY;
    if (slash != NULL)
        kind = policy_input_of(
            str_dup_z(arena, str_slice(str_of(argv[1]), 0, (size_t)(slash - argv[1]))));
    if (kind == POLICY_INPUTS)
        return ERR(err, "policy.kind", "%s", argv[1]);
    if (strcmp(format, "oscal") == 0)
        return oscal_answer(arena, source, str_of(argv[2]), digest_hex(arena, source), out, err);
    if (policy_read_as(arena, source, kind, &tree, err) < 0 ||
        put_answer(arena, tree, format, argv[2], out, err) < 0 || buf_done(out, err) < 0)
        return -1;
    bool asks = tree->severity_count[POLICY_ASK] + tree->severity_count[POLICY_ERROR] > 0;
    return asks || tree->node_count == 0;
}

static void
put_error(struct buf *out, const struct err *err)
{
    struct json j;
    buf_clear(out);
    json_init(&j, out);
    json_open_object(&j);
    json_key(&j, "error");
    json_open_object(&j);
    json_key(&j, "code");
    json_z(&j, err->code);
    json_key(&j, "detail");
    json_z(&j, err->detail);
    json_end(&j);
    json_end(&j);
}

int
main(int argc, char **argv)
{
    struct err err;
    struct sandbox_state state;
    uint8_t warm[SHA256_BYTES];
    if (argc != 3)
        return 2;
    sha256_of("", 0, warm); /* the library opens its files before the door closes */
    if (sandbox_enter(&profile, &state, &err) < 0)
        return 3;
    struct buf in, out;
    buf_init(&in, POLICY_SOURCE_BYTES + 1);
    buf_init(&out, ANSWER_BYTES);
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    int rc = read_all(&in, &err);
    if (rc == 0)
        rc = answer(arena, buf_str(&in), argv, &out, &err);
    if (rc < 0) {
        put_error(&out, &err);
        rc = 2;
    }
    if (file_write(FD_OUT, out.p, out.n, &err) < 0)
        rc = 3;
    buf_free(&in);
    buf_free(&out);
    arena_free(arena);
    _exit(rc); /* no handlers: a sanitizer's would make a thread, which the sandbox forbids */
}
