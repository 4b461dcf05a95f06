/*
 * read: what the steps of the reader share. Private to format/policy.
 *
 * Order: source (decode) -> lines -> noise (drops) -> feed (paragraphs, marks, tree, tables) ->
 * finish (titles, keys, labels) -> sentences, references -> places (source offsets, conservation).
 */
#ifndef FORMAT_POLICY_READ_H
#define FORMAT_POLICY_READ_H

#include "format/policy/policy.h"
#include "format/reiki/reiki.h"

enum { MARGIN_SLACK = 6 };       /* columns that a full line may lack */
enum { SEARCH_BYTES = 1 << 20 }; /* of the text in which a seam is looked for */

enum wrap { WRAP_NONE, WRAP_SPACE, WRAP_MARGIN };

/* One non-blank line of the decoded text. Offsets count from its beginning. */
struct line {
    size_t from, to; /* the content, without blanks and Markdown signs around it */
    size_t begin;    /* first non-blank byte, Markdown signs included */
    unsigned width;  /* columns */
    bool space_end;  /* blanks stood before the line end */
    bool tab_start;  /* a tab stood before the content */
    bool gap_before; /* an empty line stood above */
    bool bullet;     /* "- " stood before the content */
    bool heading;    /* "#" stood before the content */
    bool dropped;
};

struct piece_list {
    struct policy_piece *first, *last;
};

/* The paragraph that is being read. */
struct open_para {
    struct policy_para *para; /* NULL: none is open */
    struct piece_list pieces;
    struct buf text;
    unsigned chars;
    unsigned brackets; /* open ones */
    bool hard_end;     /* the layout says that it ends here */
    bool room;         /* one more character would have fitted into its last line */
    bool joins;        /* lines were joined */
};

struct reader {
    struct arena *arena;
    struct policy_tree *tree;
    struct err *err;
    struct str text;          /* UTF-8: the lines */
    struct str decoded;       /* the source as UTF-8; the same as text but for HTML and docx */
    size_t text_skip;         /* bytes of a BOM in the source */
    struct reiki_span *spans; /* where runs of text stand in decoded; NULL: it is the same */
    size_t span_count;
    struct line *lines;
    size_t line_count;
    enum wrap wrap;
    unsigned full_width;
    bool despace;
    struct open_para open;
    struct policy_doc *doc, *last_doc;
    struct policy_node *cur;   /* the innermost open node, or the root of the document */
    struct policy_node *front; /* lines before the first document */
    struct policy_node *last_node;
    struct policy_table *table, *last_table; /* the table being read, or NULL */
    struct policy_dropped *last_dropped;
    struct policy_finding *last_finding;
    struct policy_ref *last_ref;
    size_t ref_count;
    size_t role_checks;
    size_t seam_checks;
    size_t long_bytes; /* of lines that were cut */
};

/* source.c: what the source is, and its text: fills reader->text and decoded. -1 with err. */
int reader_source(struct reader *r);

/* text.c: fills reader->lines, wrap. -1 with err. */
int reader_lines(struct reader *r);

/* noise.c */
void reader_noise(struct reader *r);
/* Bytes at the start of NEXT that double the end of PREVIOUS over a page border, or 0. */
size_t reader_overlap(const struct reader *r, struct str previous, struct str next);

/* True when the last characters of PREVIOUS and the first of NEXT stand together elsewhere. */
bool reader_seam(const struct reader *r, struct str previous, struct str next);

/* Bytes at the start of NEXT that stand at the end of PREVIOUS too (8 characters at most), or 0. */
size_t reader_doubled(struct str previous, struct str next);

/* mark.c: reads a mark at the start of S; its bytes with the blanks behind it, or 0. */
size_t mark_read(struct str s, struct policy_mark *ret_mark);
/* The same mark of アイウ (MARK_KATA, MARK_PAREN_KATA) as one of イロハ; false when it is none. */
bool mark_iroha(const struct policy_mark *mark, struct policy_mark *ret_mark);
/* The digits of S in half width, into ARENA (other characters stay). */
struct str mark_half(struct arena *arena, struct str s);

/* chars.c: small things on UTF-8 text. */
uint32_t char_first(struct str s);
uint32_t char_last(struct str s);
size_t char_count(struct str s);
unsigned char_columns(uint32_t c);
bool char_is_blank(uint32_t c);
bool char_is_digit(uint32_t c);
bool char_is_latin(uint32_t c);
bool char_is_cjk(uint32_t c);
unsigned char_digit(uint32_t c);
/* Length of the blanks at the start, or end, of S (ASCII blanks, U+3000, U+00A0). */
size_t char_blank_prefix(struct str s);
size_t char_blank_suffix(struct str s);
bool str_has(struct str s, const char *z);
bool str_begins(struct str s, const char *z);
bool str_finishes(struct str s, const char *z);
/* S without any blanks, in ARENA. */
struct str str_unblank(struct arena *arena, struct str s);

/* para.c: the open paragraph. */
enum para_state { PARA_NONE, PARA_OPEN, PARA_MAYBE, PARA_DONE };
enum para_state para_state(const struct reader *r);
int para_begin(struct reader *r, struct policy_para **ret_para);
int para_append(struct reader *r, const struct line *line, size_t from);
int para_close(struct reader *r);
bool para_is_title_form(struct str text);
bool para_is_ended(struct str text);
/* A finished paragraph of the text [FROM, TO) of LINE. */
struct policy_para *para_of(struct reader *r, size_t from, size_t to);
struct policy_piece *piece_of(struct reader *r, size_t from, size_t to, size_t at);

/* tree.c: where a mark goes. */
enum fit {
    FIT_NO,
    FIT_NEXT,
    FIT_FIRST,
    FIT_GAP,
    FIT_REPEAT,
    FIT_RESTART,
    FIT_MIXED, /* a list printed like its own chapters, but for a point */
};
struct place {
    enum fit fit;
    struct policy_node *parent;
};
struct place tree_place(const struct reader *r, struct policy_mark *mark);
/* Is the kana MARK (アイウ) one of イロハ here? As the open lists say; else when イ, or a kana that
 * no アイウ could begin with, is FOLLOWED by the next of イロハ. */
bool tree_is_iroha(const struct reader *r, const struct policy_mark *mark, bool followed);
int tree_add(struct reader *r, const struct place *place, const struct policy_mark *mark,
             struct policy_piece *mark_piece);
int tree_begin_doc(struct reader *r, enum policy_doc_kind kind);
int tree_begin_supplement(struct reader *r, enum policy_annex annex);
struct policy_node *node_new(struct reader *r, enum policy_kind kind);
void node_add_para(struct policy_node *node, struct policy_para *para);
bool mark_opens_document(const struct policy_mark *mark);

/* annex.c */
/* Is S the heading of 附則, or of 別表, 様式 and the like? The bytes of its name into *RET_NAME: a
 * prefix of S without blanks. */
bool annex_heading(struct reader *r, struct str s, enum policy_annex *ret_annex,
                   struct str *ret_name);

/* feed.c */
int reader_feed(struct reader *r);

/* table.c: begins a table when LINE is a known header; 1 when it took the line, 0 not, -1 err. */
int table_begin(struct reader *r, size_t index);
/* Gives LINE to the open table; 1 taken, 0 the table has ended before it, -1 err. */
int table_feed(struct reader *r, size_t index);
int table_end(struct reader *r);

/* finish.c, sentence.c, ref.c, lint.c, layout.c, place.c */
int reader_finish(struct reader *r);
int reader_sentences(struct reader *r);
int reader_refs(struct reader *r);
int reader_lint(struct reader *r);
void reader_layout(struct reader *r);
void reader_contents(struct reader *r); /* contents.c */
int reader_places(struct reader *r);

/* spans.c: text that was taken out of markup. */
/* Cuts every piece where the source does not go on: each piece is one run of the source then. */
int reader_split(struct reader *r);
/* Turns RANGE of the text into one of the decoded source; empty when it stands nowhere. */
void span_translate(const struct reader *r, struct policy_range *range);
/* True when no text that is not blank stands in [FROM, TO) of the decoded source. */
bool span_is_markup(const struct reader *r, size_t from, size_t to);

/* Notes a drop and a finding. The place is one of the decoded text. */
void drop_add(struct reader *r, size_t from, size_t to, enum policy_drop reason);
void finding_add(struct reader *r, const char *code, enum policy_severity severity,
                 struct policy_node *node, struct policy_range at);
/* The same with DETAIL, which lives as long as the tree, instead of what stands at AT. */
void finding_add_text(struct reader *r, const char *code, enum policy_severity severity,
                      struct policy_node *node, struct policy_range at, struct str detail);

#endif
