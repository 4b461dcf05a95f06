/*
 * xmlrw: reads one XML part and writes it anew, keeping what the tables allow (disarm.md, R1-R5).
 *
 * expat parses; no DTD is accepted, so there are no entities. Namespaces are resolved here, because
 * the table is asked by namespace and because prefixes inside values (mc:Choice) follow. The output
 * has one canonical prefix per namespace, all declared at the root.
 *
 * The output grows at its end only. An element that turns out to be unwanted when it ends is cut
 * off; the parts of a refused field lie further back and are overwritten with NUL, which XML cannot
 * hold, and squeezed out once at the end.
 */
#ifndef FORMAT_DISARM_XMLRW_H
#define FORMAT_DISARM_XMLRW_H

#include "format/disarm/report.h"
#include "format/disarm/tables.h"

#include <expat.h>

enum {
    XMLRW_DEPTH = 257,
    XMLRW_FIELDS = 16,
    XMLRW_PIECES = 1 << 18,
    XMLRW_FIELD_BYTES = 256 << 10,
    XMLRW_SHEETS = 4096,
    XMLRW_CACHE = 512,
};

/* One relationship of the part, judged before its part is read. */
struct xmlrw_rel {
    const char *id;           /* NCName of at most 255 bytes */
    const struct ox_rel *row; /* NULL: unknown type */
    struct str target;        /* as written */
    bool strict;              /* the type was written in the ISO Strict form */
    bool external;
    bool alive; /* may be used */
    bool used;  /* some kept element names it */
    int child;  /* index of the part it leads to, or -1 */
};

enum xmlrw_mode { XMLRW_WRITTEN, XMLRW_UNWRAPPED, XMLRW_DEFERRED };

struct xmlrw_frame {
    const struct ox_row *row;
    enum xmlrw_mode mode;
    size_t start;      /* of its '<' in the output */
    uint32_t children; /* written so far */
    bool has_text, doomed, nonempty, nonempty_parent;
    int extra;       /* of its hook */
    size_t from, to; /* of its hook: a slice of the output */
    size_t text_at;  /* where its buffered text begins */
};

struct xmlrw_binding {
    const char *prefix; /* "" for the default */
    unsigned ns, depth;
};

struct xmlrw_field {
    struct buf code;
    size_t first; /* of its pieces */
    bool result, bad;
};

struct xmlrw_span {
    size_t from, to;
};

struct xmlrw_use {
    size_t at;
    struct xmlrw_rel *rel;
};

struct xmlrw_name {
    char text[48];
    uint32_t generation;
    uint16_t colon; /* bytes before the local name */
    uint8_t ns;
    const struct ox_row *row;   /* of an element */
    const struct ox_row *last;  /* the element an attribute of this name was last seen on, */
    const struct ox_attr *attr; /* and what its row says about it */
};

struct xmlrw {
    struct disarm_ctx *ctx;
    XML_Parser parser;
    /* the part */
    const struct ox_part *part;
    const char *at;
    struct xmlrw_rel *rels;
    size_t rel_count;
    /* reading */
    bool failed, strict;
    unsigned depth; /* open elements, dropped ones included */
    unsigned skip;  /* open elements inside a dropped one, that one included */
    struct xmlrw_binding *bindings;
    size_t binding_count, binding_room;
    uint32_t generation;
    struct xmlrw_name names[XMLRW_CACHE];
    struct xmlrw_frame frames[XMLRW_DEPTH];
    size_t frame_count;
    struct buf text; /* of formulas and field codes */
    /* writing */
    struct buf out;
    ptrdiff_t open; /* frame whose start tag still lacks its '>', or -1 */
    size_t declare_at;
    uint64_t used_ns;
    bool holes;
    struct xmlrw_use *uses;
    size_t use_count, use_room;
    /* fields */
    struct xmlrw_field fields[XMLRW_FIELDS];
    size_t field_count;
    struct xmlrw_span *pieces;
    size_t piece_count, piece_room;
    /* workbook */
    int sheet_map[XMLRW_SHEETS];
    size_t sheets_seen, sheets_kept;
    struct xmlrw_span tab_attrs[64];
    size_t tab_attr_count;
    /* shared formulas that were dropped in this sheet */
    uint32_t *shared_gone;
    size_t shared_count, shared_room;
    uint32_t counts[CHECK_COUNT];
    const char *count_object[CHECK_COUNT];
};

/* A rewriter for the parts of one document, in the heap. */
struct xmlrw *xmlrw_new(struct disarm_ctx *ctx);
void xmlrw_free(struct xmlrw *x);

/*
 * Rewrites XML, the part called AT of class PART with RELS, and appends the result to OUT. Marks
 * the used RELS. 0 or -1 after disarm_block.
 */
int xmlrw_run(struct xmlrw *x, const struct ox_part *part, const char *at, struct xmlrw_rel *rels,
              size_t rel_count, struct str xml, struct buf *out);

/* ---- for xmlrw_hooks.c and xmlrw_write.c only ---- */

/* Blocks and stops the parser. */
void xmlrw_fail(struct xmlrw *x, enum disarm_reason reason, const char *what);

/* One more case of ID, first seen on OBJECT (copied when it is the first). */
void xmlrw_count(struct xmlrw *x, int id, const char *object);

/* The namespace of a qualified NAME and where its local part begins. ELEMENT: a name without colon
 * is in the default namespace. */
struct xmlrw_name *xmlrw_name(struct xmlrw *x, const char *name, bool element);

/* The namespace that PREFIX (N bytes) is bound to here. */
unsigned xmlrw_prefix(const struct xmlrw *x, const char *prefix, size_t n);

/* The value of attribute LOCAL among ATTS of the element at hand, or NULL: in the namespace in
 * which the table knows it, else in none. */
const char *xmlrw_attribute(struct xmlrw *x, const XML_Char **atts, const char *local);

/* Writes the start tag of FRAME with its allowed attributes. False when a needed relationship is
 * missing; nothing is written then. */
bool xmlrw_start_tag(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts);

/* Ends the start tag that is still open, if any. */
void xmlrw_close_tag(struct xmlrw *x);

/* Appends text or an attribute's value, escaped. */
void xmlrw_put_text(struct xmlrw *x, const char *p, size_t n);
void xmlrw_put_value(struct xmlrw *x, const char *p, size_t n);

/* Cuts the output back to AT, with all that was noted about what lay behind it. */
void xmlrw_cut(struct xmlrw *x, size_t at);

/* Overwrites a span of the output with NUL. */
void xmlrw_blank(struct xmlrw *x, struct xmlrw_span span);

/* The nearest written frame below index I, or NULL. */
struct xmlrw_frame *xmlrw_written_above(struct xmlrw *x, size_t i);

/* The relationship named ID, or NULL. */
struct xmlrw_rel *xmlrw_rel_find(struct xmlrw *x, const char *id);

/* Assembles the part: declarations, squeezed body. 0 or -1. */
int xmlrw_finish(struct xmlrw *x, struct buf *out);

/* What a hook decides at the start of an element, before its tag is written. */
enum ox_action xmlrw_hook_start(struct xmlrw *x, struct xmlrw_frame *frame, const XML_Char **atts);

/* A hook at the end of a written element, before its end tag; may set doomed. */
void xmlrw_hook_end(struct xmlrw *x, struct xmlrw_frame *frame);

/* Behind the end tag of a written element: fields, frames. */
void xmlrw_hook_after(struct xmlrw *x, struct xmlrw_frame *frame);

/* Text of a field code has ended in FRAME. */
void xmlrw_field_text(struct xmlrw *x, struct xmlrw_frame *frame, struct str code);

/* Fields that never ended go. */
void xmlrw_fields_end(struct xmlrw *x);

#endif
