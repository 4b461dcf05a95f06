/*
 * names: finding persons, sections and posts by what somebody types.
 */
#ifndef CORE_ACCOUNT_NAMES_H
#define CORE_ACCOUNT_NAMES_H

#include "base/mem/arena.h"
#include "core/store/store.h"

#include <stdint.h>

enum { ACCOUNT_NAMES_MOST = 20, ACCOUNT_NAMES_CHARS = 60 };

enum account_name_kind { NAME_PERSON, NAME_SECTION, NAME_POST };

struct account_name {
    uint64_t id, section;    /* section: of a person or post; of a section its parent, or 0 */
    struct str name, kana;   /* of that day; kana empty for a post */
    struct str code;         /* staff number of a person, code of a section or post */
    struct str section_name; /* empty when section is 0 */
    struct str post_name;    /* of a person */
};

struct account_names {
    struct account_name *list; /* at most ACCOUNT_NAMES_MOST, in the arena */
    size_t count;
    bool more; /* others fit as well */
};

struct account_search {
    enum account_name_kind kind;
    uint64_t asker; /* a person; only what belongs to the body of her main appointment is found */
    struct str text;
    int64_t at_us;
};

/*
 * What SEARCH finds at its instant (its day in Japan): persons with an appointment, sections and
 * posts that stand that day. Every word of the text must stand in the name, kana, code, section or
 * post, whatever its width, case or kind of kana; some characters of names count as one (髙 and
 * 高); a word of one character must begin the name, kana or code. Who begins with the first word
 * comes first. Without words: persons and posts of the asker's own sections, or all sections.
 * An asker without main appointment finds nothing. -1 with the codes of core/store, limit.memory,
 * text.utf8 (also for more than ACCOUNT_NAMES_CHARS characters).
 */
int account_names(struct store *store, struct arena *arena, const struct account_search *search,
                  struct account_names *ret, struct err *err);

/* The name of post ID with that of its section. 1: unknown. */
int account_post_name(struct store *store, struct arena *arena, uint64_t post, struct str *ret_name,
                      struct str *ret_section, struct err *err);

#endif
