/*
 * formula: spreadsheet formulas (ECMA-376 part 1, 18.17). Default deny: every function name must be
 * an ordinary worksheet function; references must stay inside the workbook; no DDE.
 */
#ifndef FORMAT_DISARM_FORMULA_H
#define FORMAT_DISARM_FORMULA_H

#include "base/mem/str.h"
#include "format/disarm/checks.h"

#include <stdbool.h>

struct formula_verdict {
    bool keep;
    enum check_id id; /* why it goes */
    struct str host;  /* of a refused HYPERLINK, borrowed */
};

/* Judges TEXT (without the leading '='; an empty one is kept). */
struct formula_verdict formula_judge(struct str text);

#endif
