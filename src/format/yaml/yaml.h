/*
 * yaml: the house's strict subset of YAML 1.1 over libyaml, for every settings and data file.
 *
 * Maps and lists, block or flow; plain, quoted and block scalars; comments. Refused: anchors,
 * aliases, tags, merge keys, keys that are not scalars, keys that stand twice, more than one
 * document, directives, anything over the limits. Every scalar is text until the caller types it
 * ("no" is not false, 010 is not 8, an empty value is empty text). All errors carry
 * file:line:column as the first words of their detail.
 */
#ifndef FORMAT_YAML_YAML_H
#define FORMAT_YAML_YAML_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_kind { YAML_MAP, YAML_LIST, YAML_TEXT };

/* One value. Lives in the arena given to yaml_parse; never changed after it. */
struct yaml_node {
    enum yaml_kind kind;
    unsigned line, column;     /* where the value begins, from 1; columns count characters */
    const char *file;          /* the name given to yaml_parse */
    struct str text;           /* YAML_TEXT: the scalar; else empty */
    bool quoted;               /* YAML_TEXT: it stood in quotes or as a block */
    struct str key;            /* its key when the parent is a map, else empty */
    struct yaml_node *first;   /* YAML_MAP, YAML_LIST: first child in the order of the file */
    struct yaml_node *next;    /* next sibling */
    size_t count;              /* children */
    struct yaml_node **sorted; /* YAML_MAP: children by the bytes of their keys */
};

/* A zero means the default in brackets. */
struct yaml_limits {
    size_t bytes;   /* most bytes of a file [1 MiB] */
    unsigned depth; /* most maps and lists inside each other [32] */
    size_t nodes;   /* most values in all [100000] */
};

/*
 * Reads BYTES (UTF-8, a BOM is skipped), called NAME in errors, into a tree in ARENA. LIMITS may be
 * NULL. -1 with yaml.syntax, yaml.size, yaml.depth, yaml.nodes, yaml.empty, yaml.anchor, yaml.tag,
 * yaml.merge, yaml.key, yaml.duplicate, yaml.documents, yaml.directive or limit.memory.
 */
int yaml_parse(struct arena *arena, const char *name, struct str bytes,
               const struct yaml_limits *limits, const struct yaml_node **ret_root,
               struct err *err);

/* The value of KEY in MAP; NULL when it is not there, or MAP is NULL or no map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* As yaml_get for a key that is not NUL-terminated. */
const struct yaml_node *yaml_get_str(const struct yaml_node *map, struct str key);

/* The text of NODE; empty (p NULL) when NODE is NULL or no text. */
struct str yaml_text(const struct yaml_node *node);

/* The text of KEY in MAP, or FALLBACK when it is not there or no text. */
struct str yaml_text_or(const struct yaml_node *map, const char *key, struct str fallback);

/* Every child of NODE (map or list, may be NULL): `YAML_EACH(child, node) { ... }` */
#define YAML_EACH(child, node)                                                                     \
    for (const struct yaml_node *child = (node) != NULL ? (node)->first : NULL; (child) != NULL;   \
         (child) = (child)->next)

/* -1 with CODE and "file:line:column: ..." in front of the detail. NODE may be NULL (no place). */
#define YAML_ERR(err, code, node, ...)                                                             \
    yaml_error((err), (code), __FILE__, __LINE__, (node), __VA_ARGS__)
int yaml_error(struct err *err, const char *code, const char *file, int line,
               const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* One row of a schema: a key, what its value must be, whether it must be there. */
struct yaml_key {
    const char *name;
    enum yaml_kind kind;
    bool required;
};

/*
 * Refuses MAP when it is no map (yaml.kind), has a key that is not among the COUNT rows of KEYS
 * (yaml.unknown_key, naming key and place), lacks a required one (yaml.missing), or a value is of
 * another kind (yaml.kind). 0 when all fits.
 */
int yaml_check(const struct yaml_node *map, const struct yaml_key *keys, size_t count,
               struct err *err);

/* Types NODE. -1 with yaml.kind (no text, or NODE is NULL), yaml.number, yaml.range, yaml.bool or
 * yaml.choice; *ret_value is set only on 0. Numbers are decimals, "-" allowed, no "+" and no
 * leading zeros. Booleans are true, yes, false, no. yaml_enum gives the place in NAMES[COUNT]. */
int yaml_int(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret_value,
             struct err *err);
int yaml_bool(const struct yaml_node *node, bool *ret_value, struct err *err);
int yaml_enum(const struct yaml_node *node, const char *const *names, size_t count,
              size_t *ret_value, struct err *err);

#endif
