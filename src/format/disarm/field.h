/*
 * field: Word and RTF field codes. A field whose keyword is known to do nothing outside the
 * document stays; every other one is reduced to its last result. ECMA-376 part 1, 17.16.
 */
#ifndef FORMAT_DISARM_FIELD_H
#define FORMAT_DISARM_FIELD_H

#include "base/mem/str.h"
#include "format/disarm/checks.h"

#include <stdbool.h>

/* Stands in a code where a nested field stood. */
#define FIELD_NESTED '\x01'

struct field_verdict {
    bool keep;
    enum check_id id; /* why it goes */
    struct str host;  /* of a refused link, borrowed */
};

/* Judges the joined CODE of a field (UTF-8, FIELD_NESTED where another field stood inside). */
struct field_verdict field_judge(struct str code);

#endif
