/*
 * copy: moves the plain bytes of an object a little per turn of the loop: out of the spool into a
 * memory file, or from a memory file or another object into a new object. Private to edge/gate.
 */
#ifndef EDGE_GATE_COPY_H
#define EDGE_GATE_COPY_H

#include "edge/gate/spool/reader.h"
#include "edge/gate/spool/writer.h"

enum { COPY_TURN_BYTES = 4 << 20 };

/* Bytes go from READER or (when it is NULL) from the file FROM to WRITER or (when it is NULL) to
 * the file TO. All borrowed. */
struct copy {
    struct spool_reader *reader;
    int from;
    struct spool_writer *writer;
    int to;
    uint64_t size; /* bytes in all */
    uint64_t at;   /* bytes moved */
};

/* Moves at most COPY_TURN_BYTES. 1: more to move; 0: all is moved; -1 with err of the reader, the
 * writer or the file. */
int copy_turn(struct copy *copy, struct err *err);

#endif
