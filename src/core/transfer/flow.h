/*
 * flow: which files may cross, and who must agree: the files of data/flows (gate.md §2). Pure but
 * for loading.
 *
 * Rules use fixed words only; the first that holds names the route, and the last must hold always.
 * A flow whose class or unscanned file could pass unseen does not load.
 */
#ifndef CORE_TRANSFER_FLOW_H
#define CORE_TRANSFER_FLOW_H

#include "base/mem/arena.h"
#include "base/mem/str.h"
#include "core/register/definition.h"

#include <stdbool.h>
#include <stdint.h>

enum { FLOWS_MOST = 200, FLOW_CLASSES_MOST = 16, FLOW_RULES_MOST = 32, FLOW_FILE_BYTES = 1 << 20 };

struct flow_text {
    struct str ja, en;
};

struct flow_class {
    struct str id;
    int64_t rank; /* neutral: higher is more confidential */
    struct flow_text label;
    struct flow_text limits[8];
    size_t limit_count;
};

enum flow_receiver { RECEIVER_SELF = 1, RECEIVER_SECTION = 2, RECEIVER_PERSON = 4 };

/* What is known of a transfer when it is judged. */
struct flow_facts {
    int64_t class_rank;
    bool inspected; /* an item could only be inspected */
    bool surface;   /* … and only its surface */
    bool unscanned; /* an item was not scanned for viruses */
    int64_t items, size_bytes;
};

struct flow_rule {
    bool inspected, surface, unscanned;        /* each demanded when true */
    int64_t class_from, items_from, size_from; /* 0: any */
    bool always;                               /* when: {} */
    bool none;                                 /* route: none */
    struct str route;
    struct flow_text why;
};

struct flow {
    struct str id, from, to;
    struct flow_text name;
    struct str clauses[8];
    size_t clause_count;
    unsigned receivers; /* set of enum flow_receiver */
    const struct flow_class *classes[FLOW_CLASSES_MOST];
    size_t class_count;
    struct flow_rule rules[FLOW_RULES_MOST];
    size_t rule_count;
    struct str profile;
    int64_t keep_original_us, keep_clean_us, keep_taken_us;
    int64_t item_bytes, bundle_bytes, items;
    unsigned char digest[32]; /* SHA-256 of its canonical JSON */
};

struct flow_set {
    struct arena *arena;
    struct flow *flows;
    size_t count;
    struct flow_class *classes;
    size_t class_count;
};

/*
 * Loads every file .yaml below DATA_DIR/flows; routes are looked up in REGISTERS. -1 with flow.key,
 * flow.zone, flow.class, flow.route, flow.rules, flow.unscanned, flow.limit, flow.twice
 * (file:line:column in the detail), yaml.*, file.*.
 */
int flow_set_load(const char *data_dir, const struct register_set *registers,
                  struct flow_set **ret_set, struct err *err);

/* Reads one flow file into SET (made by the caller, its arena set). Same errors. */
int flow_file_read(struct flow_set *set, const char *file, struct str bytes,
                   const struct register_set *registers, struct err *err);

/* Frees SET. NULL is fine. */
void flow_set_free(struct flow_set *set);

/* NULL when there is none. */
const struct flow *flow_find(const struct flow_set *set, struct str id);
const struct flow_class *flow_class_find(const struct flow_set *set, struct str id);

/* True when FLOW lists CLASS. */
bool flow_has_class(const struct flow *flow, const struct flow_class *class);

/* The index of the first rule that holds; there is always one. */
size_t flow_judge(const struct flow *flow, const struct flow_facts *facts);

#endif
