/*
 * oscal: a policy, what serves it and how it stands, as OSCAL JSON (NIST, versions 1.1.2, 1.1.3 and
 * 1.2.1), and back. Pure: tables in, bytes out. Nothing leaves before every id, uuid, role and link
 * in it was resolved (oscal_check). The same input gives the same bytes.
 *
 * Catalog: a chapter is a group, every node below it a control; ids are PREFIX-KEY ("std-c0412"),
 * sentences PREFIX-KEY_s1, chapters PREFIX-ch7. What OSCAL has no word for stands in props and
 * parts under OSCAL_NS, so that the catalog read back gives the same tree.
 */
#ifndef FORMAT_OSCAL_OSCAL_H
#define FORMAT_OSCAL_OSCAL_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"
#include "format/catalogue/catalogue.h"
#include "format/clause/clause.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OSCAL_NS "urn:sekisho:ns:oscal:1"

enum { OSCAL_FILE_BYTES = 256 << 20, OSCAL_INPUT_BYTES = 16 << 20 };

enum oscal_version { OSCAL_1_1_2, OSCAL_1_1_3, OSCAL_1_2_1, OSCAL_VERSION_COUNT };

/* "1.2.1" …; OSCAL_VERSION_COUNT for any other WORD. */
const char *oscal_version_word(enum oscal_version version);
enum oscal_version oscal_version_of(const char *word);

enum oscal_model {
    OSCAL_CATALOG,
    OSCAL_PROFILE,
    OSCAL_COMPONENTS,
    OSCAL_SSP,
    OSCAL_PLAN,
    OSCAL_RESULTS,
    OSCAL_POAM,
    OSCAL_MAPPING, /* only from 1.2 on */
    OSCAL_MODEL_COUNT,
};

/* The key at the top of a file: "catalog", "system-security-plan" … */
const char *oscal_model_word(enum oscal_model model);

/* Of that word, or "poam", "mapping", "ssp"; OSCAL_MODEL_COUNT for any other WORD. */
enum oscal_model oscal_model_of(const char *word);

/* An entry of the ledger that shows a state. */
struct oscal_evidence {
    struct str log, kind; /* "core", "transfer.deposit" */
    uint64_t index;
};

/* True for "2026-04-01T00:00:00+09:00" (also with fractions, or Z): RFC 3339 with an offset of
 * whole hours, as OSCAL's times must be. */
bool oscal_time_valid(const char *s);

/* What is known about a clause; without one it is not verified. */
struct oscal_state {
    size_t clause;              /* index in the set */
    struct str word;            /* enforced, running, checked, evidenced, not_verified, open_gap */
    struct str at;              /* since when, RFC 3339 with an offset; empty: the version's date */
    struct str exception_until; /* a live exception, RFC 3339 with an offset; or empty */
    const struct oscal_evidence *evidence;
    size_t evidence_count;
};

/* Which clauses a profile selects; an empty word does not select. */
struct oscal_choice {
    struct str zone;  /* mynumber, lgwan or internet: without what only another zone is about */
    struct str kind;  /* E, Ex, W, Wd, C or R: of the bound topic or part */
    struct str topic; /* an id, or how it begins: "tech." */
};

struct oscal_input {
    const struct clause_set *set;
    const struct catalogue *catalogue;
    const struct bindings *bindings;  /* NULL: none */
    const struct oscal_state *states; /* at most one per clause */
    size_t state_count;
    struct str body;     /* name of the body; empty: what the text says */
    struct str modified; /* the version's date, RFC 3339 with an offset */
    enum oscal_version version;
    struct oscal_choice choice;
};

struct oscal_file {
    enum oscal_model model;
    const char *name; /* "catalog-std.json" */
    struct str bytes; /* ends with a line feed */
    struct str uuid;
};

/* Something that could not be carried over. */
struct oscal_note {
    const char *code; /* oscal.note.CODE in the messages: binding, unconfirmed, gaps, mapping … */
    struct str what;  /* "std:4(2)①" */
};

struct oscal_export {
    struct oscal_file *files;
    size_t file_count;
    struct oscal_note *notes;
    size_t note_count;
};

/*
 * Makes the files of MODELS (1 << enum oscal_model) in ARENA; what they refer to is made and
 * checked with them, but not answered. A catalog per document, with the mapping a catalog of
 * topics. POA&M without gaps and mapping before 1.2 are notes when other models are asked for, else
 * errors. -1 with oscal.empty (no clause, or none is chosen), oscal.date (MODIFIED is no
 * date-time), oscal.key (a key that cannot be an id), oscal.version (the mapping before 1.2),
 * oscal.gaps (a POA&M without gaps), oscal.reference (our own mistake, found before a byte left),
 * limit.memory.
 */
int oscal_export(struct arena *arena, const struct oscal_input *input, unsigned models,
                 struct oscal_export **ret, struct err *err);

/*
 * Checks FILES together: uuids and ids are well formed and declared once; every uuid, role, link,
 * import, control, statement and id of a mapping means something of the right kind, and what a
 * profile must select is selected; no empty list or text; all of one version. -1 with
 * oscal.reference (the detail names file, place and reason), oscal.json.
 */
int oscal_check(const struct oscal_file *files, size_t count, struct err *err);

/* Something in a file of others that was not taken over. */
struct oscal_finding {
    const char *code; /* P301 … P306 */
    struct str where, what;
};

/* A profile read: what it selects of what it imports. */
struct oscal_selection {
    struct str href;
    bool all;
    struct str *ids, *without;
    size_t id_count, without_count;
    bool children; /* with-child-controls */
};

/* One row of a mapping read. */
struct oscal_map {
    struct str relationship, source_href, target_href;
    struct str source, target; /* ids; a map with several gives a row each */
    bool source_statement, target_statement;
};

/* A binding that stands in a catalog of ours: what its maker held for right. Nobody here has
 * confirmed it. */
struct oscal_proposal {
    struct str key, topic, part; /* part: empty for the whole topic */
};

struct oscal_reading {
    enum oscal_model model; /* OSCAL_CATALOG, OSCAL_PROFILE or OSCAL_MAPPING */
    struct str title;
    struct str tree; /* a catalog: JSON as the reader writes it, for clause_set_add */
    struct oscal_selection *selections;
    size_t selection_count;
    struct oscal_map *maps;
    size_t map_count;
    struct oscal_proposal *proposals; /* of a catalog */
    size_t proposal_count;
    struct oscal_finding *findings;
    size_t finding_count;
};

/* True when BYTES begin like a JSON object with one of the words of oscal_model_word as its key. */
bool oscal_is(struct str bytes);

/*
 * Reads a catalog, profile or mapping of any OSCAL 1.x into ARENA; NAME and SHA256_HEX describe the
 * file. What is not understood is kept out with a finding, never silently. -1 with oscal.size (over
 * OSCAL_INPUT_BYTES), oscal.json (no JSON, a key twice, deeper than 64), oscal.model (another model
 * or none), oscal.shape (the detail names the place), oscal.count (over a limit of policy.h),
 * limit.memory.
 */
int oscal_read(struct arena *arena, struct str bytes, struct str name, struct str sha256_hex,
               struct oscal_reading **ret, struct err *err);

#endif
