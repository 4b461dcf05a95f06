/*
 * notice: what people are told about records without being asked for anything. For the files of
 * core/register alone; register.h has what others call.
 */
#ifndef CORE_REGISTER_NOTICE_H
#define CORE_REGISTER_NOTICE_H

#include "core/register/deed.h"

/* Tells PERSON of KIND on RECORD at NOW_US; an equal one not read and not older than 15 minutes is
 * counted up instead. Inside a unit. */
int notice_add(struct store *store, uint64_t person, const char *kind, uint64_t record,
               int64_t now_us, struct err *err);

/* Tells TARGETS ("owner", roles) of the record's section, or body-wide. */
struct notice_to {
    struct store *store;
    struct arena *arena;
    const struct record *record;
    int64_t now_us;
};
int notice_targets(const struct notice_to *to, const struct str *targets, size_t count,
                   const char *kind, struct err *err);

/* Tells whom DEED concerns: holders of the step it opened, the owner of what became of it. */
int notices_tell(struct deed *deed, struct err *err);

/* Tells the holders of the open step of RECORD. */
int notice_holders(struct register_set *set, const struct notice_to *to, const char *kind,
                   struct err *err);

#endif
