/*
 * content: hands clean objects of a zone's side to its portal. Runs in gated.
 *
 * cored says who may; gated opens the object only when its own journal holds the deposit with the
 * leaf that cored names (two hands). The last piece leaves only after the digest of all of it was
 * compared.
 */
#include "edge/gate/record.h"
#include "edge/gate/state.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "edge/gate/spool/reader.h"
#include "proto/gate/gate.h"
#include "proto/transfer/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MOST = 256, ALLOW_MS = 10000, DEAD_MS = 120000 };

struct content {
    struct content *next;
    struct gate *gate;
    uint64_t handle;
    const struct ipc_edge *edge;
    char item[ITEM_CHARS + 1];
    char person[ITEM_CHARS + 1];
    struct spool_ref ref;
    struct spool_reader *reader;
    uint64_t size, given;
    uint8_t sha256[SHA256_BYTES];
    int64_t used_ms;
};

/* A portal that waits for cored's word. */
struct opening {
    struct gate *gate;
    struct ipc_call *call;
    char item[ITEM_CHARS + 1];
};

static void
content_free(struct content *content)
{
    for (struct content **link = &content->gate->contents; *link != NULL; link = &(*link)->next)
        if (*link == content) {
            *link = content->next;
            break;
        }
    spool_reader_close(content->reader);
    free(content);
}

/* Makes room: those nobody asked for anything lately are closed. -1 when there are too many. */
static int
contents_sweep(struct gate *gate, struct err *err)
{
    size_t count = 0;
    struct content *next;
    for (struct content *c = gate->contents; c != NULL; c = next) {
        next = c->next;
        if (time_mono_ms() - c->used_ms > DEAD_MS)
            content_free(c);
        else
            count++;
    }
    return count < CONTENTS_MOST ? 0 : ERR(err, "gate.busy", "%d downloads", CONTENTS_MOST);
}

/* Checks cored's word against the journal and opens the object. */
static int
content_open(struct opening *opening, const struct content_allowed *allowed, struct content **ret,
             struct err *err)
{
    struct gate *gate = opening->gate;
    struct spool_ref ref;
    char person[ITEM_CHARS + 1];
    if (contents_sweep(gate, err) != 0)
        return -1;
    if (!str_equal(allowed->side, gate_zone(ipc_call_edge(opening->call))) ||
        spool_ref_set(&ref, allowed->side, allowed->object, NULL) != 0 ||
        !gate_text(allowed->person, person, sizeof person))
        return ERR(err, "gate.not_found", "%s", opening->item);
    const struct record *deposit = record_of_object(gate, RECORD_DEPOSIT, ref.object);
    if (deposit == NULL || deposit->index < 0 ||
        (uint64_t)deposit->index != allowed->deposit_index ||
        strcmp(deposit->item, opening->item) != 0)
        return ERR(err, "gate.not_ready", "%s", opening->item);
    struct spool_reader *reader;
    if (spool_reader_open(gate->spool, &ref, allowed->key, &reader, err) != 0)
        return -1;
    struct content *content = calloc(1, sizeof *content);
    ensure(content != NULL);
    *content = (struct content){.next = gate->contents,
                                .gate = gate,
                                .handle = ++gate->next_handle,
                                .edge = ipc_call_edge(opening->call),
                                .ref = ref,
                                .reader = reader,
                                .size = allowed->size,
                                .used_ms = time_mono_ms()};
    memcpy(content->sha256, allowed->sha256, SHA256_BYTES);
    snprintf(content->item, sizeof content->item, "%s", opening->item);
    snprintf(content->person, sizeof content->person, "%s", person);
    gate->contents = content;
    *ret = content;
    if (spool_reader_size(reader) == allowed->size)
        return 0;
    content_free(content);
    return ERR(err, "gate.damaged", "%s: size", opening->item);
}

static void
allowed_done(void *arg, const struct ipc_result *result)
{
    struct opening *opening = arg;
    const struct content_allowed *allowed = result->value;
    struct content *content = NULL;
    struct err err;
    if (allowed == NULL) {
        ipc_fail(opening->call, result->err);
    } else if (ipc_call_edge(opening->call) == NULL) {
        ERR(&err, "ipc.away", "portald");
        ipc_fail(opening->call, &err);
    } else if (content_open(opening, allowed, &content, &err) != 0) {
        opening->gate->config.event("gate.content_refused", "item", opening->item, &err);
        ipc_fail(opening->call, &err);
    } else {
        struct content_about about = {content->handle, content->size, allowed->name, allowed->type};
        ipc_answer(opening->call, &content_about_message, &about, NULL);
    }
    free(opening);
}

void
content_handle_open(void *ctx, struct ipc_call *call, const void *value)
{
    const struct content_open *open = value;
    struct gate *gate = ctx;
    struct opening *opening = calloc(1, sizeof *opening);
    ensure(opening != NULL);
    opening->gate = gate;
    opening->call = call;
    gate_text(open->item, opening->item, sizeof opening->item);
    struct content_allow allow = {gate_zone(ipc_call_edge(call)), open->session, open->item};
    ipc_request(gate->config.cored, &content_allow_message, &allow, NULL, &content_allowed_message,
                ALLOW_MS, allowed_done, opening);
}

static struct content *
content_of_handle(struct gate *gate, uint64_t handle, const struct ipc_edge *edge)
{
    for (struct content *c = gate->contents; c != NULL; c = c->next)
        if (c->handle == handle && c->edge == edge)
            return c;
    return NULL;
}

/* Reads up to one piece into the gate's buffer; at the end all of it must have the right digest. */
static int
piece_read(struct content *content, size_t *ret_n, struct err *err)
{
    struct gate *gate = content->gate;
    size_t n = 0;
    while (n + CHUNK_BYTES <= GATE_PIECE_BYTES && content->given + n < content->size) {
        struct str part;
        if (spool_reader_next(content->reader, &part, err) != 0)
            return -1;
        memcpy(gate->piece + n, part.p, part.n);
        n += part.n;
    }
    content->given += n;
    *ret_n = n;
    uint8_t digest[SHA256_BYTES];
    if (content->given < content->size || n == 0)
        return 0;
    spool_reader_sha256(content->reader, digest);
    if (!secret_equal(digest, content->sha256, sizeof digest))
        return ERR(err, "gate.damaged", "%s: digest", content->item);
    return 0;
}

void
content_handle_read(void *ctx, struct ipc_call *call, const void *value)
{
    const struct content_read *read = value;
    struct gate *gate = ctx;
    struct content *content = content_of_handle(gate, read->handle, ipc_call_edge(call));
    struct err err;
    size_t n = 0;
    if (content == NULL) {
        ERR(&err, "gate.stale", "content");
        ipc_fail(call, &err);
        return;
    }
    content->used_ms = time_mono_ms();
    int fd = -1;
    int rc = piece_read(content, &n, &err);
    if (rc == 0 && n > 0) {
        fd = file_sealed("piece", (struct str){(const char *)gate->piece, n}, &err);
        rc = fd < 0 ? -1 : 0;
    }
    secret_wipe(gate->piece, n);
    if (rc != 0) {
        gate->config.event("gate.content_broken", "item", content->item, &err);
        ipc_fail(call, &err);
        content_free(content);
        return;
    }
    struct content_piece piece = {n};
    struct ipc_attach attach = {&fd, n > 0 ? 1 : 0};
    ipc_answer(call, &content_piece_message, &piece, &attach);
    file_close(&fd);
}

static void
taken_logged(void *arg, const struct record *record)
{
    struct content_closed closed = {true};
    (void)record;
    ipc_answer(arg, &content_closed_message, &closed, NULL);
}

void
content_handle_close(void *ctx, struct ipc_call *call, const void *value)
{
    const struct content_close *close = value;
    struct gate *gate = ctx;
    struct content *content = content_of_handle(gate, close->handle, ipc_call_edge(call));
    struct content_closed closed = {false};
    struct err err;
    if (content == NULL || !close->whole || content->given != content->size) {
        if (content != NULL)
            content_free(content);
        ipc_answer(call, &content_closed_message, &closed, NULL);
        return;
    }
    struct record record = {.kind = RECORD_TAKEN, .ref = content->ref, .size = content->size};
    uint8_t id[OBJECT_ID_BYTES];
    random_bytes(id, sizeof id);
    hex_encode(id, sizeof id, record.id);
    snprintf(record.item, sizeof record.item, "%s", content->item);
    snprintf(record.person, sizeof record.person, "%s", content->person);
    leaf_commit_make(&record.commit, NULL, NULL, NULL);
    content_free(content);
    struct record *written = record_write(gate, &record, &err);
    if (written == NULL) {
        gate->config.event("gate.journal", "item", record.item, &err);
        ipc_fail(call, &err);
        return;
    }
    record_start(written, taken_logged, call);
}

void
contents_edge_down(struct gate *gate, const struct ipc_edge *edge)
{
    struct content *next;
    for (struct content *c = gate->contents; c != NULL; c = next) {
        next = c->next;
        if (c->edge == edge)
            content_free(c);
    }
}
