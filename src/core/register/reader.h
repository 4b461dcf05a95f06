/*
 * reader: one register file being read: where findings go, and the typed getters that make them.
 * Shared by the files of core/register that read definitions; for them alone.
 */
#ifndef CORE_REGISTER_READER_H
#define CORE_REGISTER_READER_H

#include "core/register/definition.h"

struct reader {
    struct arena *arena;
    struct register_set *set; /* roles, routes and bases known so far */
    struct register_finding *first, **last;
    const struct register_def
        *def;     /* whose routes are read: fields and states are; NULL: common ones */
    size_t count; /* of findings */
    bool shipped; /* comes with the product: no codes of one body's class scheme */
    bool full;    /* the arena is at its limit */
};

/* Notes a finding with CODE (register.rNNN, static) at NODE. */
#define FINDING(reader, code, node, ...)                                                           \
    reader_finding((reader), (code), __FILE__, __LINE__, (node), __VA_ARGS__)
void reader_finding(struct reader *reader, const char *code, const char *file, int line,
                    const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Notes what ERR (of format/yaml) says as a finding. */
void reader_forward(struct reader *reader, const struct err *err);

/* Refuses keys of MAP that are not among the COUNT rows (r101); false then. */
bool reader_keys(struct reader *reader, const struct yaml_node *map, const struct yaml_key *keys,
                 size_t count);

/* {ja, en}, both needed (r118); a bare text stands for ja and is refused. */
struct register_title reader_title(struct reader *reader, const struct yaml_node *map);

/* A list of texts, or one text, into an arena array. */
struct str *reader_texts(struct reader *reader, const struct yaml_node *node, size_t *ret_count);

/* COUNT zeroed elements; sets `full` at the limit. */
void *reader_array(struct reader *reader, size_t count, size_t size);

/* True when NAME is [a-z][a-z0-9_]{0,39}; else r102 at NODE. */
bool reader_name(struct reader *reader, const struct yaml_node *node, struct str name);

/* Reads "3bd", "5d", "4h"; from 1 to 3660. False: r102. */
bool reader_span(struct reader *reader, const struct yaml_node *node, struct calendar_span *ret);

/* Reads the states, the moves (fields and states must be known) and the clocks of DEF. */
void reader_states(struct reader *reader, const struct yaml_node *map, struct register_def *def);
void reader_moves(struct reader *reader, const struct yaml_node *map, struct register_def *def);
void reader_clocks(struct reader *reader, const struct yaml_node *list, struct register_def *def);

/* Reads an alarm: {before or within, notify, again, open, after}; KEY names its span. */
void reader_alarm(struct reader *reader, const struct yaml_node *node, struct register_alarm *ret);

/* Reads keys of a state or effects of a move: a name, {name: {arg: value}}, or a list of these. */
void reader_orders(struct reader *reader, const struct yaml_node *node, struct register_order **ret,
                   size_t *ret_count);

/* Reads a list of steps into ROUTE. */
void reader_route(struct reader *reader, const struct yaml_node *node,
                  struct register_route *ret_route);

/* {role, of} | {person} | {peer: section}. */
void reader_who(struct reader *reader, const struct yaml_node *node, struct register_who *ret);

/* {ja, en} of the key NAME, both needed when it is there (r118); empty when it is not. */
struct register_title reader_words(struct reader *reader, const struct yaml_node *map,
                                   const char *name);

/* Typed values of the key NAME of MAP; *RET stays as it is when it is not there. */
void reader_flag(struct reader *reader, const struct yaml_node *map, const char *name, bool *ret);
void reader_int(struct reader *reader, const struct yaml_node *map, const char *name, int64_t *ret);
void reader_count(struct reader *reader, const struct yaml_node *map, const char *name,
                  unsigned most, unsigned *ret);
size_t reader_enum(struct reader *reader, const struct yaml_node *node, const char *const *names,
                   size_t count);

/* Reads LIST as the fields of a record, or with COLUMNS of a table. */
void reader_fields(struct reader *reader, const struct yaml_node *list, bool columns,
                   struct register_field **ret_fields, size_t *ret_count);

/* Reads retain, match and forms of ROOT (fields are read). */
void reader_shown(struct reader *reader, const struct yaml_node *root, struct register_def *def);

/* Reads the access rows (fields and states are read). */
void reader_access(struct reader *reader, const struct yaml_node *list, struct register_def *def);

/* Refs of DEF to registers nobody knows (r120); only when reader->set is whole. */
void reader_targets(struct reader *reader, const struct register_def *def);

/* The name of a record as a whole (number, state, …), as forms and lists may name it. */
bool reader_record_name(struct str name);

/* Rings without an end, R114, R119, R124. */
void reader_check(struct reader *reader, const struct register_def *def);

/* The rules of states, moves and clocks (life_rules.c); then all rules between the parts of DEF
 * (R110 … R131). */
void reader_life_rules(struct reader *reader, const struct register_def *def);
void reader_rules(struct reader *reader, const struct register_def *def);

#endif
