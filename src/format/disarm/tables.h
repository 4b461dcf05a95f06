/*
 * tables: the generated form of data/disarm/ooxml.tsv (see there for what the columns mean).
 */
#ifndef FORMAT_DISARM_TABLES_H
#define FORMAT_DISARM_TABLES_H

#include "format/disarm/checks.h"

#include <stddef.h>
#include <stdint.h>

enum { OX_XML = 62, OX_NONE = 63, OX_UNKNOWN = 64, OX_SLOTS = 4096 };

enum ox_action { OX_KEEP, OX_UNWRAP, OX_DROP };

enum ox_flag {
    OX_TEXT = 1 << 0,
    OX_FORMULA = 1 << 1,
    OX_FORMULA_PARENT = 1 << 2,
    OX_FORMULA_EMPTY = 1 << 3,
    OX_FIELD = 1 << 4,
    OX_NONEMPTY = 1 << 5,
    OX_NONEMPTY_PARENT = 1 << 6,
};

enum ox_hook {
    OX_HOOK_NONE,
    OX_HOOK_INLINE,
    OX_HOOK_RUN,
    OX_HOOK_VANISH,
    OX_HOOK_FLDCHAR,
    OX_HOOK_FLDSIMPLE,
    OX_HOOK_OBJECT,
    OX_HOOK_EXT,
    OX_HOOK_HLINK,
    OX_HOOK_ALTERNATE,
    OX_HOOK_CHOICE,
    OX_HOOK_FALLBACK,
    OX_HOOK_SHEET,
    OX_HOOK_DEFINEDNAME,
    OX_HOOK_CELLFORMULA,
    OX_HOOK_CELLHYPERLINK,
    OX_HOOK_CACHESOURCE,
    OX_HOOK_FRAME,
    OX_HOOK_OLEOBJ,
    OX_HOOK_TIMING,
};

enum ox_attr_type {
    OX_ATTR_VALUE,
    OX_ATTR_TEXT,
    OX_ATTR_RID,
    OX_ATTR_RID_NEEDED,
    OX_ATTR_FORMULA,
    OX_ATTR_FIELD,
    OX_ATTR_STYLE,
    OX_ATTR_SCHEMA,
    OX_ATTR_PREFIXES,
    OX_ATTR_DROP,
};

struct ox_ns {
    const char *prefix, *uri, *strict; /* strict may be NULL */
};

struct ox_attr {
    const char *name;
    const char *out; /* ` w:val="` */
    uint8_t ns, type, name_n, out_n;
    int16_t check; /* enum check_id or -1 */
};

struct ox_row {
    const char *name;
    const char *out; /* "w:p" */
    uint8_t ns, action, hook, flags, fill, which, otherwise, out_n;
    int16_t check;
    uint16_t attr, attr_count;
};

struct ox_part {
    const char *name, *type, *pattern;
    uint8_t root_ns;
    const char *root;
    uint64_t namespaces;
};

enum { OX_CLASS_DROP = -1, OX_CLASS_MAIN = -2, OX_CLASS_LINK = -3 };
enum ox_mode { OX_IMPLICIT, OX_EXPLICIT };

struct ox_rel {
    const char
        *type;   /* "od:..." both forms, "ms:..." short for http://schemas.microsoft.com/office/ */
    int8_t part; /* index of ox_parts or OX_CLASS_* */
    uint8_t mode;
    int16_t check;
    uint8_t which;
};

extern const char ooxml_tables_digest[];
extern const struct ox_ns ox_namespaces[];
extern const size_t ox_namespace_count;
extern const struct ox_attr ox_attrs[];
extern const struct ox_row ox_rows[];
extern const uint16_t ox_slots[OX_SLOTS]; /* row + 1, open addressing, 0 free */
extern const struct ox_part ox_parts[];
extern const size_t ox_part_count;
extern const struct ox_rel ox_rels[];
extern const size_t ox_rel_count;

/* The row of element LOCAL (N bytes) in namespace NS, or NULL. */
const struct ox_row *ox_find(unsigned ns, const char *local, size_t n);

/* The namespace of URI (either form), *RET_STRICT set; OX_UNKNOWN when there is none. */
unsigned ox_namespace(const char *uri, int *ret_strict);

/* The relationship row of TYPE in a document of FOLDER (word, xl, ppt; "" for none), or NULL.
 * *RET_STRICT tells the ISO Strict form. */
const struct ox_rel *ox_relationship(const char *type, const char *folder, int *ret_strict);

/* The part class named NAME; ensure()s that there is one. */
int ox_part_find(const char *name);

#endif
