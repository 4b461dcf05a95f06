/*
 * record: the journal of what gated must still tell: uploads received, deposits made, files taken;
 * and of the clean objects of jobs. A record is on the disk before the object has its name and
 * before anything is said about it, and stays until ledger and cored have answered, so a crash at
 * any place loses nothing, tells nothing twice and leaves no object behind.
 *
 * Each record has one leaf. A record of a former run whose leaf may be in the queue waits until all
 * rows of that run are in the log; only when its own was not among them it is put (again).
 */
#ifndef EDGE_GATE_RECORD_H
#define EDGE_GATE_RECORD_H

#include "base/crypt/hash.h"
#include "edge/gate/leaf.h"

enum record_kind {
    RECORD_RECEIVED, /* leaf transfer.receive, report item.received; then gone */
    RECORD_DEPOSIT,  /* leaf transfer.deposit; stays until the object is destroyed */
    RECORD_TAKEN,    /* leaf transfer.take, report content.taken; then gone */
    RECORD_CLEAN, /* no leaf: the clean object of a disarm job; the same job once more removes it */
    RECORD_KINDS
};

struct record;

/* Called once: RECORD_RECEIVED when cored has answered or did not in time; RECORD_DEPOSIT when the
 * leaf is in the log; RECORD_TAKEN when the leaf is in the log. */
typedef void record_done(void *arg, const struct record *record);

struct record {
    struct record *next;
    struct gate *gate;
    enum record_kind kind;
    char id[OBJECT_CHARS + 1]; /* file name: of the object, or random for RECORD_TAKEN */
    char item[ITEM_CHARS + 1];
    struct spool_ref
        ref; /* received: the original; deposit: the new object; taken: the object read */
    char sha256[65];
    uint64_t size;
    char key[KEY_TEXT_CHARS + 1];
    char person[ITEM_CHARS + 1];                                   /* taken */
    char from_side[SIDE_CHARS + 1], from_object[OBJECT_CHARS + 1]; /* deposit */
    char transfer[ITEM_CHARS + 1];                                 /* deposit; may be empty */
    uint64_t job, release;                                         /* deposit */
    struct leaf_commit commit;
    int64_t index; /* of the leaf; -1: not known to be in the log */
    bool old, started, put, told, telling;
    record_done *done;
    void *arg;
};

/* Writes RECORD (copied) to the journal; nothing is told yet. NULL with err of base/os/file. */
struct record *record_write(struct gate *gate, const struct record *record, struct err *err);

/* The object has its name: the leaf of RECORD is put, then it is reported. DONE may be NULL. RECORD
 * may be gone afterwards. */
void record_start(struct record *record, record_done *done, void *arg);

/* The record of KIND of job JOB for ITEM, or of the object OBJECT; NULL when there is none. */
struct record *record_of_job(struct gate *gate, enum record_kind kind, uint64_t job,
                             const char *item);
struct record *record_of_object(struct gate *gate, enum record_kind kind, const char *object);

/* Calls DONE when the leaf of the deposit RECORD is in the log (at once if it is), in place of a
 * former waiter. */
void record_wait(struct record *record, record_done *done, void *arg);

/* No DONE is called with ARG any more. */
void record_forget(struct gate *gate, const void *arg);

/* Removes RECORD for good (its object was destroyed). */
void record_drop(struct gate *gate, struct record *record);

#endif
