/*
 * wire: what a parent and its one-shot worker say to each other: one job, one done, both one packet
 * on a SOCK_SEQPACKET pair. Bulk goes through descriptors that the worker inherits at fixed
 * numbers.
 *
 * Layout of a packet: the word "skd1", a type byte, then fields: length (4 bytes, little endian)
 * and bytes, in the order of the struct; numbers are 8 bytes little endian. A packet that is not
 * used up exactly is refused.
 */
#ifndef PROTO_DISARM_WIRE_H
#define PROTO_DISARM_WIRE_H

#include "base/digest/digest.h"
#include "base/mem/buf.h"
#include "base/mem/str.h"

/* Descriptors of a worker. */
enum { WIRE_CONTROL = 3, WIRE_INPUT = 4, WIRE_OUTPUT = 5, WIRE_REPORT = 6, WIRE_FDS_END = 7 };

enum { WIRE_PACKET_MOST = 32 << 10, WIRE_NAME_MOST = 4096 };

/* Verdicts on the wire; for the inspector, REBUILT means nothing was found. */
enum wire_verdict { WIRE_BLOCKED, WIRE_REBUILT, WIRE_VERDICTS };

struct wire_job {
    struct str name;    /* as the sender gave it */
    struct str type;    /* declared MIME type or kind, may be empty; for the inspector the kind */
    struct str profile; /* canonical JSON; empty for the inspector */
};

struct wire_done {
    uint64_t verdict; /* enum wire_verdict */
    uint64_t output_bytes, report_bytes;
    uint64_t removed; /* cases of findings that were taken out */
    uint64_t inflated;
    struct str sha256; /* of the output, 64 hex digits; empty without output */
    struct str name, kind;
    struct str reason; /* the first, empty when there is none */
    struct str layers; /* of the sandbox */
};

/* Appends the packet of a job or a done. */
void wire_put_job(struct buf *buf, const struct wire_job *job);
void wire_put_done(struct buf *buf, const struct wire_done *done);

/* Reads PACKET; the texts of *RET point into it. -1 with err "disarm.wire". */
int wire_get_job(struct str packet, struct wire_job *ret, struct err *err);
int wire_get_done(struct str packet, struct wire_done *ret, struct err *err);

#endif
