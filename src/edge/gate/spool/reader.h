/*
 * reader: reads a finished spool object from its first byte to its last, chunk by chunk.
 */
#ifndef EDGE_GATE_SPOOL_READER_H
#define EDGE_GATE_SPOOL_READER_H

#include "base/crypt/hash.h"
#include "edge/gate/spool/spool.h"

struct spool_reader;

/* Opens REF with its wrapped KEY (the text of cored's row). Err file.missing, gate.damaged (header,
 * key, or a file of the wrong length), gate.key, of base/os/file. */
int spool_reader_open(struct spool *spool, const struct spool_ref *ref, struct str key,
                      struct spool_reader **ret, struct err *err);

/* Plain bytes of the object. */
uint64_t spool_reader_size(const struct spool_reader *reader);

/* The next chunk: *RET_PART borrows it until the next call; its n is 0 behind the last one. Err
 * gate.damaged when a chunk does not open: nothing more may be read. */
int spool_reader_next(struct spool_reader *reader, struct str *ret_part, struct err *err);

/* The digest of all bytes read; only once, behind the last chunk. */
void spool_reader_sha256(struct spool_reader *reader, uint8_t ret[SHA256_BYTES]);

/* Closes READER and wipes what it held. NULL is fine. */
void spool_reader_close(struct spool_reader *reader);

#endif
