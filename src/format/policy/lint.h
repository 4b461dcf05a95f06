/*
 * lint: what a careful reader would ask about the wording of a policy. The comparisons work on a
 * view: the paragraphs of one file (format/policy makes it from its tree) or of several
 * (format/lint makes it from a clause_set), so that there is one way of comparing. Pure; every step
 * takes time linear in the text and is bounded in what it keeps.
 */
#ifndef FORMAT_POLICY_LINT_H
#define FORMAT_POLICY_LINT_H

#include "base/mem/arena.h"
#include "base/mem/str.h"
#include "format/policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

#define LINT_NONE SIZE_MAX

enum { LINT_REMARKS = 2000 };

/* A clause, term, supplement or the front of a document. */
struct lint_section {
    struct str label, title;
    size_t parent; /* index below its own, or LINT_NONE */
    enum policy_doc_kind doc;
    unsigned file; /* which source it comes from, from 0 */
};

/* A title, a paragraph or a cell of a table. */
struct lint_passage {
    struct str text; /* as it stands */
    struct str bare; /* without blanks, Latin letters and digits in half width */
    size_t section;
    bool title;
};

struct lint_view {
    struct lint_section *sections;
    size_t section_count;
    struct lint_passage *passages; /* in reading order */
    size_t passage_count;
};

/* One thing to ask. */
struct lint_remark {
    struct lint_remark *next;
    const char *code; /* "P216" */
    enum policy_severity severity;
    size_t passage, other; /* other: what it is held against, or LINT_NONE */
    size_t at, n;          /* bytes of the passage's text */
    struct str detail;     /* what stands there, and what it is held against */
};

struct lint_remarks {
    struct arena *arena;
    const struct lint_view *view;
    struct lint_remark *first, *last;
    size_t count; /* at most LINT_REMARKS are kept */
};

/* Where something stands: N bytes at AT of a passage's bare text. */
struct lint_spot {
    size_t passage, at, n;
};

/* TEXT as the comparisons see it; TEXT itself when nothing changes. Empty at the arena's limit. */
struct str lint_bare(struct arena *arena, struct str text);

/* Appends a passage of SECTION to VIEW, which has room for it. */
void lint_view_add(struct lint_view *view, struct arena *arena, struct str text, size_t section,
                   bool title);

/*
 * Notes CODE at SPOT. The detail is what stands there; when OTHER is given, what stands there and
 * its label follow behind a slash.
 */
void lint_remark(struct lint_remarks *out, const char *code, enum policy_severity severity,
                 struct lint_spot spot, const struct lint_spot *other);

/* The same; behind the slash stands RIGHT, a word of our own tables. */
void lint_remark_word(struct lint_remarks *out, const char *code, enum policy_severity severity,
                      struct lint_spot spot, struct str right);

/* P215: two clauses order the same matter differently: how often, with what exception, for whom. */
void lint_agree(struct lint_remarks *out);

/* The part of P215 that holds the basic policy against the standard; called by lint_agree. */
void lint_agree_docs(struct lint_remarks *out);

/* P216: one word in two spellings; titles of laws and what stands in quotes do not count. */
void lint_spelling(struct lint_remarks *out);

/* A defined word: where it is defined, and the section that defines it. */
struct lint_term {
    struct str name, alias; /* bare; alias: what stands in the bracket behind it, or empty */
    struct lint_spot spot;
};

/* P201: a term nobody uses; P202: it is used under a name one or two characters away. */
void lint_terms(struct lint_remarks *out, const struct lint_term *terms, size_t count);

/* A role of the text's own table and the passages that name who holds it. */
struct lint_role {
    struct str name;     /* bare */
    size_t first, count; /* passages of the holders; count 0: the table does not say */
};

/* P204: a role nobody holds; P205: the table and a clause give a role to different holders. */
void lint_roles(struct lint_remarks *out, const struct lint_role *roles, size_t count);

/* Does RUN (bare) end with a role of the guideline or of the text's own table? */
bool lint_is_role(struct str run, const struct lint_role *roles, size_t count);

/* P206: a word one or two characters away from a word of the field, a term or a frequent word. */
void lint_near(struct lint_remarks *out, const struct lint_term *terms, size_t count);

/* P207 doubled syllables, P208 laws cited wrongly, P209 and P210 overtaken words, P221 class names
 * that are not among CLASSES (bare). */
void lint_words(struct lint_remarks *out, const struct str *classes, size_t class_count);

/* A word to look for. */
struct lint_word {
    struct str text; /* bare, not empty */
    unsigned id;     /* the caller's */
};

struct lint_scan;

/* A search for the COUNT words of LIST, which must outlive it; NULL at the arena's limit. */
struct lint_scan *lint_scan_new(struct arena *arena, const struct lint_word *list, size_t count);

/* Calls FOUND for every word at every place of VIEW, in reading order, overlapping ones too. */
void lint_scan_view(const struct lint_scan *scan, const struct lint_view *view,
                    void (*found)(void *ctx, unsigned id, struct lint_spot spot), void *ctx);

/* Of S, for tables of words. */
uint32_t lint_hash(struct str s);

/* Is C a kanji, or a katakana (ー included)? */
bool lint_is_kanji(uint32_t c);
bool lint_is_katakana(uint32_t c);

/* True when SPOT stands in 「」, 『』 or in the title of a cited law or guideline. */
bool lint_is_cited(const struct lint_view *view, struct lint_spot spot);

/*
 * The number of single-character changes (one put in, taken out, replaced, or two neighbours
 * swapped) from A to B, at most MOST + 1. Both have at most LINT_WORD_CHARS characters, longer ones
 * give MOST + 1.
 */
enum { LINT_WORD_CHARS = 40 };
unsigned lint_distance(struct str a, struct str b, unsigned most);

#endif
