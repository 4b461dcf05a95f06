/*
 * spool: gated's folder of encrypted objects, one subfolder and one key for every side (zone).
 *
 *   STATE/keys/SIDE.key          32 random bytes, 0600, made at the first start
 *   STATE/spool/SIDE/ID          a finished object; its key is in cored's row only, wrapped
 *   STATE/spool/SIDE/ID.part     an upload that is not finished; its wrapped key in the header
 *   STATE/spool/SIDE/ID.tail     the last chunk of such an upload that is not full yet
 *   STATE/spool/SIDE/ID.new      an object this process was writing in one go
 * ID is 32 hex digits, SIDE a zone's name. Nothing here decides who may read what.
 */
#ifndef EDGE_GATE_SPOOL_SPOOL_H
#define EDGE_GATE_SPOOL_SPOOL_H

#include "base/mem/err.h"
#include "base/mem/str.h"
#include "edge/gate/spool/chunk.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SIDE_CHARS = 31,
    OBJECT_CHARS = OBJECT_ID_BYTES * 2,
    KEY_TEXT_CHARS = (SIDE_KEY_ID_BYTES + CHUNK_WRAPPED_BYTES + 2) / 3 * 4,
    SPOOL_NAME_CHARS = SIDE_CHARS + OBJECT_CHARS + 16
};

struct spool;

/* Which object: both texts are copied in and known to be well-formed. */
struct spool_ref {
    char side[SIDE_CHARS + 1];
    char object[OBJECT_CHARS + 1];
};

/* Fills RET from texts of others. -1 with err gate.name when SIDE is no zone's name (a-z 0-9 - _, a
 * letter first) or OBJECT not 32 lower-case hex digits. */
int spool_ref_set(struct spool_ref *ret, struct str side, struct str object, struct err *err);

/* Fills RET with SIDE and a fresh random object id. Err gate.name. */
int spool_ref_new(struct spool_ref *ret, struct str side, struct err *err);

/*
 * Opens (and at the first start makes) the spool below the folder STATE_DIR. LIMIT_BYTES is what it
 * may take on the disk. Unfinished .new files are removed. Err of base/os/file, gate.key (a key
 * file of a wrong size or readable by others).
 */
int spool_open(const char *state_dir, uint64_t limit_bytes, struct spool **ret, struct err *err);

/* Closes SPOOL, wipes its keys. NULL is fine. Writers and readers must be closed before. */
void spool_close(struct spool *spool);

/* Bytes on the disk, reservations included; and the limit. */
uint64_t spool_used_bytes(const struct spool *spool);
uint64_t spool_limit_bytes(const struct spool *spool);

/* Above 80 % (until it is below 70 % again): no new uploads. */
bool spool_is_full(struct spool *spool);

/* Above 95 %: running uploads stop as well. */
bool spool_is_stopped(const struct spool *spool);

/* True if the finished object REF, or its unfinished upload, is there. */
bool spool_has(const struct spool *spool, const struct spool_ref *ref);
bool spool_has_part(const struct spool *spool, const struct spool_ref *ref);

/* Makes a sealed upload (spool_writer_seal) a finished object: its key leaves the header, the file
 * gets its name. Done before: nothing happens. After 0 a crash finds it. Err of base/os/file,
 * file.missing when there is neither. */
int spool_publish(struct spool *spool, const struct spool_ref *ref, struct err *err);

/* Removes everything of REF; a key that still stands in a header is overwritten first. That there
 * is nothing is fine. Err of base/os/file. */
int spool_destroy(struct spool *spool, const struct spool_ref *ref, struct err *err);

/* One thing of the spool, for the hourly comparison with cored's rows. */
struct spool_entry {
    struct spool_ref ref;
    uint64_t bytes;      /* on the disk */
    int64_t modified_us; /* UTC */
    bool part;           /* an upload that is not finished */
};

/* Called for each object; anything but 0 ends the walk and is its result. */
typedef int spool_visit(void *arg, const struct spool_entry *entry);

/* Visits every object and unfinished upload. Err of base/os/file. */
int spool_list(struct spool *spool, spool_visit *visit, void *arg, struct err *err);

/* --- what reader and writer need --- */

/* Seals KEY for REF under its side's key into HEADER: the wrapped bytes and the side key's id. */
int spool_key_wrap(struct spool *spool, const struct spool_ref *ref,
                   const uint8_t key[SEAL_KEY_BYTES], struct object_header *header,
                   struct err *err);

/* The object key of REF from its wrapped bytes. Err gate.damaged, gate.key. */
int spool_key_unwrap(struct spool *spool, const struct spool_ref *ref,
                     const struct object_header *header, uint8_t ret_key[SEAL_KEY_BYTES],
                     struct err *err);

/* The wrapped key of HEADER as the text that stands in cored's row, and back. False: not such a
 * text. */
void spool_key_text(const struct object_header *header, char ret[KEY_TEXT_CHARS + 1]);
bool spool_key_read(struct str text, struct object_header *ret);

/* The folder descriptor that "SIDE/NAME" is relative to; the name of REF's file with SUFFIX ("",
 * ".part",
 * ...); making SIDE's folder; counting bytes in and out. */
int spool_dir(const struct spool *spool);
void spool_name(const struct spool_ref *ref, const char *suffix, char ret[SPOOL_NAME_CHARS]);
int spool_side_ready(struct spool *spool, const char *side, struct err *err);
void spool_count(struct spool *spool, int64_t bytes);

#endif
