/*
 * people: batches of appointments (発令) and of what becomes of sections, from rows of plain text
 * to rows that are true from 0:00 of their day (registers.md §9, identity.md §7).
 *
 * A batch is a record of register people_batch: the uploader opens it, another natural person
 * approves it, and the approval holds for the file and for the preview that was shown. Rows in
 * error are set aside and listed; the rest goes on. Nothing runs at midnight to make an appointment
 * true; people_clock only closes accounts and keys of those who left, asks who takes over their
 * matters, and moves the batch on.
 */
#ifndef CORE_PEOPLE_PEOPLE_H
#define CORE_PEOPLE_PEOPLE_H

#include "base/mem/arena.h"
#include "core/register/register.h"
#include "core/store/store.h"

#include <jansson.h>

enum {
    PEOPLE_ROWS_MOST = 100000,
    PEOPLE_SECTIONS_MOST = 5000,
    PEOPLE_COLUMNS_MOST = 40,
    PEOPLE_CELL_BYTES = 1000,
    PEOPLE_ASKED_BYTES = 16 << 20
};

/* A table of plain text; the first row is the header. */
struct people_rows {
    struct str *cells; /* row after row */
    size_t rows, columns;
};

/* The people part of a running cored. */
struct people_desk {
    struct store *store;
    struct register_set *registers;
    const char *zones; /* of new accounts, with a blank between */
    bool confirm_mass; /* during people_approve only */
};

/* Makes the effects people.apply and people.cancel known to DESK's registers. */
void people_effects(struct people_desk *desk);

/*
 * Takes a batch for CALLER, inside a unit. ASKED is {"rows": [[text]], "sections"?: [[text]],
 * "map"?: {"columns"?: {header: key}, "orders"?: {word: order}}, "retro"?: bool}. The whole is
 * tried on the base and taken back; the record is opened with the digests of file and preview and
 * handed in. 0 with *RET_RECORD, or -1 with register.not_candidate    the caller holds neither
 * personnel nor runs the system people.column             an unknown, double or missing column
 * (detail) people.shape, people.size ASKED is no such thing, or larger than the limits people.again
 * a running batch has the very same rows people.nothing            no row is left that could be
 * done and the codes of register_act.
 */
int people_import(struct people_desk *desk, struct arena *arena,
                  const struct register_caller *caller, json_t *asked, uint64_t *ret_record,
                  struct err *err);

/* Tries the batch RECORD anew on the base of now and, if the preview changed, hands it in again as
 * its owner CALLER, inside a unit. 0; -1 register.not_candidate for others, register.move when it
 * is past that. */
int people_again(struct people_desk *desk, struct arena *arena,
                 const struct register_caller *caller, uint64_t record, struct err *err);

/*
 * Approves the batch RECORD as register_act with CALL's revision and digest, inside a unit.
 * CONFIRM_MASS: the person said that so many leavers, or the end of a section, is meant. -1 with
 * the codes of register_act and people.preview_changed    the base is not what the preview was made
 * of people.mass               it needs CONFIRM_MASS people.late               its first day has
 * come, and it is not a late one (retro)
 */
int people_approve(struct people_desk *desk, struct arena *arena,
                   const struct register_caller *caller, const struct register_call *call,
                   bool confirm_mass, struct err *err);

/* The batch RECORD as JSON: {batch, state, rev, digest, first, last, retro, mass, preview{}}. 0
 * with *RET (new reference), 1 when it is not there or not for this caller, -1. */
int people_read(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
                uint64_t record, json_t **ret, struct err *err);

/* The batches CALLER may see that are not over, oldest first, at most 200: {batches: [{batch,
 * state, first, last, mass, errors}], accounts: [those to be issued]}. */
int people_due(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
               json_t **ret, struct err *err);

/* What the day asks for at NOW_US, inside a unit; may be repeated and catches up with what was
 * missed: batches move on, accounts of those who left close, their keys end, their matters are
 * offered to somebody. */
int people_clock(struct people_desk *desk, struct arena *arena, int64_t now_us, struct err *err);

#endif
