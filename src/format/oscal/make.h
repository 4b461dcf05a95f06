/*
 * make: what the makers of the models share: ids, uuids, text in OSCAL's forms, and what serves
 * which clause. Private to format/oscal.
 */
#ifndef FORMAT_OSCAL_MAKE_H
#define FORMAT_OSCAL_MAKE_H

#include "format/oscal/oscal.h"

#include <jansson.h>

enum { UUID_CHARS = 36, OSCAL_PARSE_DEPTH = 64 };

/* A binding of a clause. */
struct bound {
    const struct binding *row;
    struct bound *next;
};

/* A control, register, training … that serves clauses. */
struct component {
    enum answer_by by;
    struct str id;
    const struct control_def *def; /* BY_CONTROL */
};

struct maker {
    const struct oscal_input *in;
    const struct clause_set *set;
    struct arena *arena;
    struct err *err;
    uint8_t space[16]; /* namespace of this body's uuids */
    struct str body;
    const char **prefixes;    /* of each document's ids */
    bool *chosen;             /* of each clause: a control of the profile */
    struct bound **own;       /* of each clause: its own bindings */
    struct bound **effective; /* its own, or those of the nearest clause above that has some */
    const struct oscal_state **states; /* of each clause, or NULL */
    /* Tables and references of each clause, of no clause at [clause_count], linked by *_next; an
     * index or CLAUSE_NONE. */
    size_t *table_first, *table_next, *ref_first, *ref_next;
    struct component *components;
    size_t component_count;
    struct oscal_note *notes;
    size_t note_count, note_room;
};

/* RFC 4122 version 5: the uuid of NAME within SPACE, as 16 bytes and as text. */
void uuid_make(const uint8_t space[16], struct str name, uint8_t ret[16]);
void uuid_text(const uint8_t uuid[16], char ret[UUID_CHARS + 1]);

/* True for the text form of a uuid of version 4 or 5. */
bool uuid_valid(const char *text);

/* True when S is a token of OSCAL (letters, digits, ".", "-", "_"; begins with a letter or "_"). */
bool token_valid(struct str s);

/* True when S can be a string of OSCAL as it stands: one line, no blank at its ends, not empty. */
bool value_clean(struct str s);

/* The uuid of a name (printf) within the body's space, as a JSON text. */
json_t *uuid_json(const struct maker *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* OBJECT[KEY] = VALUE, which is taken. */
void put(json_t *object, const char *key, json_t *value);

/* LIST's next element is VALUE, which is taken. */
void push(json_t *list, json_t *value);

/* OBJECT[KEY] = LIST, which is taken; an empty one is dropped (OSCAL knows none). */
void put_list(json_t *object, const char *key, json_t *list);

/* S, printf output, or Z as a JSON text, unchanged. */
json_t *text_json(struct str s);
json_t *text_printf(const struct maker *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* S as OSCAL markup: what Markdown would take for markup is escaped. On one line: line feeds become
 * blanks. Empty: "-". */
json_t *markup_json(struct str s);
json_t *markup_line_json(struct str s);

/* Undoes markup_json. Appends to OUT. */
void markup_undo(struct buf *out, struct str s);

/* Adds a property to the list PROPS: of OSCAL itself, or of our namespace. An empty VALUE adds
 * nothing; one that is not clean goes out as a JSON literal with class "quoted". */
void prop_plain(json_t *props, const char *name, struct str value);
void prop_ours(json_t *props, const char *name, struct str value);
void prop_ours_z(json_t *props, const char *name, const char *value);

/* PREFIX-KEY of a clause, PREFIX-ch7 of a chapter's group. In the arena. */
const char *clause_id(const struct maker *m, size_t clause);
const char *group_id(const struct maker *m, size_t clause);

/* "std:4(2)①", or the key where it has no label. */
struct str clause_name(const struct maker *m, size_t clause);

/* True when the clause is a control in its catalog: all but chapters without a text of their own.
 */
bool clause_is_control(const struct maker *m, size_t clause);

/* The title of a clause, or its label where it has none. */
struct str clause_caption(const struct maker *m, size_t clause);

/* The metadata of a file, its roles and the body as a party. */
json_t *metadata_json(const struct maker *m, struct str title, struct str version);

/* {"uuid": later, "metadata": …}: the body of a file. */
json_t *model_json(const struct maker *m, struct str title);

/* "title of the first document", for files that speak of all. */
struct str policy_title(const struct maker *m);

/* The zone the export is about, in words: LGWAN接続系, or 全体. */
struct str zone_title(const struct maker *m);

/* Remembers something that cannot be carried over. */
void note(struct maker *m, const char *code, struct str what);

/* True when COMPONENT serves the clause by a confirmed binding of its own or above it. */
bool component_serves(const struct maker *m, const struct component *component, size_t clause);

/* True when all that the clause is about, by confirmed bindings of its own or above it, only
 * defines: there is nothing to do, so nothing can be missing. */
bool clause_defines(const struct maker *m, size_t clause);

/* Its title, the uuid it has in all files, the type OSCAL has for it, and how it is verified. */
json_t *component_title(const struct component *component);
json_t *component_uuid(const struct maker *m, const struct component *component);
const char *component_type(const struct component *component);
const char *component_method(const struct component *component);

/* True for a state that says the clause is done. */
bool state_good(const struct oscal_state *state);

/* The models. Each answers the body of its file, or NULL with err. */
json_t *catalog_make(const struct maker *m, size_t doc);
json_t *topics_make(const struct maker *m);
json_t *profile_make(const struct maker *m);
json_t *mapping_make(struct maker *m);
json_t *components_make(const struct maker *m);
json_t *ssp_make(const struct maker *m);
json_t *plan_make(const struct maker *m);
json_t *results_make(const struct maker *m);

/* Of the gaps: NULL without err when there is none. */
json_t *poam_make(const struct maker *m);

#endif
