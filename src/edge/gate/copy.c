/*
 * copy: see copy.h. Runs in gated.
 */
#include "edge/gate/copy.h"

#include "base/crypt/secret.h"
#include "base/os/file.h"

/* The next part, borrowed until the next call. */
static int
part_read(struct copy *copy, uint8_t room[CHUNK_BYTES], struct str *ret, struct err *err)
{
    if (copy->reader != NULL)
        return spool_reader_next(copy->reader, ret, err);
    uint64_t left = copy->size - copy->at;
    size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
    *ret = (struct str){(const char *)room, n};
    return file_pread(copy->from, room, n, copy->at, err);
}

int
copy_turn(struct copy *copy, struct err *err)
{
    uint8_t room[CHUNK_BYTES];
    int rc = 0;
    for (uint64_t moved = 0; rc == 0 && moved < COPY_TURN_BYTES && copy->at < copy->size;) {
        struct str part;
        if (part_read(copy, room, &part, err) != 0)
            return -1;
        if (part.n == 0 || part.n > copy->size - copy->at)
            return ERR(err, "gate.damaged", "size");
        rc = copy->writer != NULL ? spool_writer_put(copy->writer, part.p, part.n, err)
                                  : file_write(copy->to, part.p, part.n, err);
        copy->at += part.n;
        moved += part.n;
    }
    secret_wipe(room, sizeof room);
    return rc != 0 ? -1 : copy->at < copy->size;
}
