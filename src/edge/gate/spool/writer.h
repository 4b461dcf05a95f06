/*
 * writer: writes one spool object: an upload that may stop and go on at any byte (also after a
 * crash), or an object in one go. Bytes are acknowledged only by spool_writer_sync.
 */
#ifndef EDGE_GATE_SPOOL_WRITER_H
#define EDGE_GATE_SPOOL_WRITER_H

#include "base/crypt/hash.h"
#include "edge/gate/spool/spool.h"

struct spool_writer;

/* What a finished object is known by. */
struct spool_receipt {
    uint64_t size;
    uint8_t sha256[SHA256_BYTES]; /* of the plain bytes */
    char key[KEY_TEXT_CHARS + 1]; /* wrapped; for cored's row */
};

/*
 * Opens the upload REF of LENGTH plain bytes (1 … OBJECT_BYTES_MOST): goes on with the one on the
 * disk, or begins. Space for all of it is reserved. After 0 call spool_writer_verify until it is
 * done. Err gate.full, file.full, of base/os/file, gate.key.
 */
int spool_writer_resume(struct spool *spool, const struct spool_ref *ref, uint64_t length,
                        struct spool_writer **ret, struct err *err);

/* Begins the object REF of LENGTH bytes that is written in one go and vanishes when this process
 * ends before spool_writer_finish. Same errors. */
int spool_writer_new(struct spool *spool, const struct spool_ref *ref, uint64_t length,
                     struct spool_writer **ret, struct err *err);

/* Reads at most BUDGET_BYTES (rounded up to a chunk) of what a former process wrote, to know how
 * much of it stands and its digest. 1: there is more to read, 0: done, -1 of base/os/file. */
int spool_writer_verify(struct spool_writer *writer, size_t budget_bytes, struct err *err);

/* Bytes written so far, of which bytes that would survive a crash; the declared length. */
uint64_t spool_writer_offset(const struct spool_writer *writer);
uint64_t spool_writer_synced(const struct spool_writer *writer);
uint64_t spool_writer_length(const struct spool_writer *writer);

/* Appends N bytes. Err gate.too_long (nothing is written), file.full, file.write. */
int spool_writer_put(struct spool_writer *writer, const void *p, size_t n, struct err *err);

/* Makes all that was put durable. After an error of a sync the upload is destroyed (nobody knows
 * what is on the disk) and begins at 0 again; the writer must be closed. */
int spool_writer_sync(struct spool_writer *writer, struct err *err);

/* Syncs a whole object and says what it is; again: the same. Of an upload the caller keeps the
 * receipt safe, then calls spool_publish. Requires offset = length. */
int spool_writer_seal(struct spool_writer *writer, struct spool_receipt *ret, struct err *err);

/* Gives a sealed object of spool_writer_new its name. Its key is in the receipt and nowhere else.
 */
int spool_writer_finish(struct spool_writer *writer, struct err *err);

/* Closes WRITER; what was synced stays, an unfinished object of spool_writer_new is removed. NULL
 * is fine. */
void spool_writer_close(struct spool_writer *writer);

#endif
