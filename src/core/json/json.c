/*
 * json: see json.h. Runs in cored.
 */
#include "core/json/json.h"

#include "core/store/id.h"

#include <stdio.h>

json_t *
json_of_text(struct str text)
{
    return json_stringn(text.p != NULL ? text.p : "", text.n);
}

json_t *
json_of_id(uint64_t id)
{
    char text[ID_CHARS + 1];
    id_format(id, text);
    return json_string(text);
}

json_t *
json_of_decimal(uint64_t id)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    return json_string(text);
}
