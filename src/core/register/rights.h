/*
 * rights: what one person may see of one register, asked once for many records. It says the same as
 * record_read (read.c) for owners, access rows and those who acted; candidates of an open step see
 * a record in their inbox and by record_read, not in lists.
 */
#ifndef CORE_REGISTER_RIGHTS_H
#define CORE_REGISTER_RIGHTS_H

#include "core/account/sections.h"
#include "core/register/list.h"
#include "core/register/record.h"

/* One access row of the definition that the person holds a role of. */
struct right {
    const struct register_access *access;
    bool whole;                  /* every record */
    struct account_ids sections; /* or those of these sections */
    const struct cond *rows;     /* or those of which it is true; NULL: none */
};

struct rights {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_def *def;
    uint64_t person;
    bool system;
    struct account_belongs belongs;
    struct right *list;
    size_t count;
};

/* What is seen of one record. */
struct sight {
    bool any;                  /* the record is seen at all */
    struct register_mask mask; /* the fields that are */
};

/* What ASKER's caller may see of DEF, in ASKER's arena. -1 with the codes of core/store,
 * limit.memory. */
int rights_load(const struct register_asker *asker, const struct register_def *def,
                struct rights *ret, struct err *err);

/* What of RECORD (of RIGHTS->def) is seen. 0 or -1. */
int rights_sight(const struct rights *rights, const struct record *record, struct sight *ret,
                 struct err *err);

/* True when SIGHT shows FIELD. Whether visible_if hides it is another question (field_visible). */
bool sight_reads(const struct register_def *def, const struct sight *sight,
                 const struct register_field *field);

/* What RIGHT alone shows of a record it gives. */
struct sight right_sight(const struct right *right);

/* What is seen of DEF's fields up to LEVEL. */
struct sight sight_level(const struct register_def *def, unsigned level);

/* True when some access row the person holds shows FIELD (or the field is open to all who see a
 * record). */
bool rights_read(const struct rights *rights, const struct register_field *field);

/* True when the person may see records of the register that are not her own. */
bool rights_others(const struct rights *rights);

/* False while FIELD's visible_if does not hold of RECORD. */
bool field_visible(const struct record *record, const struct register_field *field);

/* What SIGHT shows of RECORD, as record_read tells it but without moves: what may be done is not
 * asked. Texts in ARENA. 0 or -1. */
int record_tell(const struct rights *rights, struct arena *arena, const struct record *record,
                const struct sight *sight, json_t **ret, struct err *err);

/* True when lists show FIELD as a column, to those who may read it. */
bool field_listed(const struct register_def *def, const struct register_field *field);

#endif
