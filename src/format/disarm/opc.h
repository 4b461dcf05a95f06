/*
 * opc: the package around office documents (ECMA-376 part 2): content types, part names,
 * relationships. Names are compared without case, as the standard says; what could be read in two
 * ways is refused.
 */
#ifndef FORMAT_DISARM_OPC_H
#define FORMAT_DISARM_OPC_H

#include "format/disarm/report.h"
#include "format/disarm/zip.h"

struct opc_name {
    struct str lower;
    size_t entry;
};

struct opc_type {
    bool override;
    struct str key; /* part name without its slash, or extension; small letters */
    struct str type;
};

struct opc {
    struct zip zip;
    struct opc_name *names; /* sorted */
    size_t name_count;
    struct opc_type *types;
    size_t type_count, type_room;
    bool *seen; /* by entry: some relationship leads here */
};

struct opc_relation {
    const char *id, *type;
    struct str target;
    bool external;
};

/* Opens ZIP as a package. -1 after disarm_block. */
int opc_open(struct disarm_ctx *ctx, const struct zip *zip, struct opc *ret_opc);

/* The entry called NAME (no leading slash), or NULL. */
struct zip_entry *opc_find(const struct opc *opc, struct str name);

/* The content type of part NAME, "" when there is none. */
struct str opc_type_of(const struct opc *opc, struct str name);

/* Reads the relationships of part NAME ("" for the package): an array in the arena, *RET_COUNT
 * long, empty when it has none. A repeated id is refused. -1 after disarm_block. */
int opc_relations(struct disarm_ctx *ctx, const struct opc *opc, struct str name,
                  struct opc_relation **ret, size_t *ret_count);

/* The part name that TARGET means when part SOURCE says so, in the arena without leading slash; p
 * is NULL when it leaves the package. */
struct str opc_resolve(struct disarm_ctx *ctx, struct str source, struct str target);

/* Appends how part FROM refers to part TO: a relative reference. */
void opc_put_relative(struct buf *buf, const char *from, const char *to);

#endif
