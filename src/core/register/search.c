/*
 * search: words in records. Runs in cored.
 */
#include "core/register/search.h"

int
search_project(struct register_set *set, struct store *store, struct err *err)
{
    (void)set;
    (void)store;
    (void)err;
    return 0;
}

int
search_write(struct register_set *set, struct store *store, const struct record *record,
             struct err *err)
{
    (void)set;
    (void)store;
    (void)record;
    (void)err;
    return 0;
}
