/*
 * search: words in records: bigrams of characters, the same on both databases
 * (docs/design/registers.md). Only fields marked `search` and the number are found, newest first;
 * a hit is shown when the person may read the very field it stands in.
 */
#ifndef CORE_REGISTER_SEARCH_H
#define CORE_REGISTER_SEARCH_H

#include "core/register/list.h"
#include "core/register/record.h"

enum {
    SEARCH_HITS_MOST = 50,    /* in one answer */
    SEARCH_ROWS_MOST = 2000,  /* of the index, looked at for one answer */
    SEARCH_WORDS_MOST = 8,    /* of a question */
    SEARCH_WORD_CHARS = 40,   /* of each */
    SEARCH_CHUNK_CHARS = 2000 /* of a text in one row of the index */
};

/* Makes the index when it is missing or of another form, from all records. Inside a unit. */
int search_project(struct register_set *set, struct store *store, struct err *err);

/* Brings what is found of RECORD to its newest revision. Inside the unit of its act. */
int search_write(struct register_set *set, struct store *store, const struct record *record,
                 struct err *err);

/*
 * Records in which all words of Q stand: {items: [{id, number, register, title, state, state_title,
 * created, changed, field, field_title, text}], next, more}; TEXT is the field's. AFTER (empty:
 * from the newest) is what an answer called next. 0 with *RET; -1 register.query (no word in it, or
 * too many), store.slow, the codes of core/store, limit.memory.
 */
int register_search(const struct register_asker *asker, struct str q, struct str after,
                    json_t **ret, struct err *err);

#endif
