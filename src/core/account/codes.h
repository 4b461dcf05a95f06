/*
 * codes: persons and sections as tables name them: by staff number, by code, by a name that only
 * one person has.
 */
#ifndef CORE_ACCOUNT_CODES_H
#define CORE_ACCOUNT_CODES_H

#include "base/mem/arena.h"
#include "core/store/store.h"

#include <stdint.h>

/* Each: 0 done, 1 none, -1 with the codes of core/store or limit.memory. DAY counts from 1970-01-01
 * in Japan. */

/* The staff number of PERSON's newest engagement. */
int account_staff_no(struct store *store, struct arena *arena, uint64_t person, struct str *ret,
                     struct err *err);

/* The person of a staff number; else, when TEXT is the name (blanks aside) of just one person
 * engaged on DAY, that one. 2: several have that name. */
int account_person_named(struct store *store, struct str text, int64_t day, uint64_t *ret,
                         struct err *err);

/* The code of SECTION while no other section of DAY has it. 1 also when one has, or it is over. */
int account_section_code(struct store *store, struct arena *arena, uint64_t section, int64_t day,
                         struct str *ret, struct err *err);

/* The section of DAY with CODE. 2: several bodies have one. */
int account_section_coded(struct store *store, struct str code, int64_t day, uint64_t *ret,
                          struct err *err);

#endif
