/*
 * policy: a municipality's security policy, from the text as it lies in the drawer to a tree of
 * clauses. Pure: bytes in, a tree out, nothing is guessed silently: what the reader is not sure of
 * is a finding. The conservation law holds for every answer: each non-blank byte of the source lies
 * in exactly one range of a clause, a table cell or `dropped`; policy_read checks it itself.
 *
 * Places (struct policy_range) are byte offsets of the source file as it was handed in, whatever
 * its encoding. All results live in the arena.
 */
#ifndef FORMAT_POLICY_POLICY_H
#define FORMAT_POLICY_POLICY_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POLICY_SOURCE_BYTES = 16 << 20,
    POLICY_NODES = 50000,
    POLICY_DEPTH = 12,
    POLICY_SENTENCES = 200000,
    POLICY_PARAGRAPH_BYTES = 64 << 10,
    POLICY_TABLE_ROWS = 5000,
    POLICY_FINDINGS = 10000,
    POLICY_ARENA_BYTES = 256 << 20,
};

enum policy_encoding { POLICY_UTF8, POLICY_UTF16LE, POLICY_UTF16BE, POLICY_CP932 };

/* What the source is; the words are those of policy_input_word. */
enum policy_input {
    POLICY_ANY, /* as its first bytes say */
    POLICY_TEXT,
    POLICY_MARKDOWN,
    POLICY_REIKI, /* HTML */
    POLICY_DOCX,
    POLICY_INPUTS,
};

enum policy_doc_kind {
    POLICY_PREFACE,
    POLICY_BASIC,
    POLICY_STANDARD,
    POLICY_PROCEDURE,
    POLICY_OTHER
};

/* How a list is marked; full and half width are one class. */
enum policy_mark_class {
    MARK_NONE,
    MARK_CHAPTER,     /* 第1章 */
    MARK_SECTION,     /* 第1節 */
    MARK_SUBSECTION,  /* 第1款 */
    MARK_ARTICLE,     /* 第1条, counted on through chapters */
    MARK_DAI,         /* 第1 */
    MARK_DOT,         /* 1.1, 2―4―1 */
    MARK_NUM,         /* 1. or 1 with a blank */
    MARK_PAREN,       /* （1）, ⑴ */
    MARK_CIRCLE,      /* ① to ㊿ */
    MARK_KATA,        /* ア with a blank */
    MARK_PAREN_KATA,  /* （ア） */
    MARK_IROHA,       /* イ ロ ハ with a blank, where no ア stands before */
    MARK_PAREN_IROHA, /* （イ）, （ロ） */
    MARK_ALPHA,       /* A with a blank or point */
    MARK_PAREN_ALPHA, /* （a） */
    MARK_BULLET,      /* ・ ○ ● • and Markdown's "- " */
};

enum { MARK_PARTS = 6 };

struct policy_mark {
    enum policy_mark_class class;
    unsigned ordinal;           /* the last part of a dotted mark; 0 for bullets */
    unsigned branch;            /* 2 of 第4条の2; 0 without one */
    unsigned parts[MARK_PARTS]; /* MARK_DOT: all parts */
    unsigned part_count;
    struct str printed; /* as it stands in the text */
    bool repaired;      /* 1.1 read as 11 (P105) */
};

struct policy_range {
    size_t from, to;
};

/* A run of a paragraph's text: TEXT[at, at+n) stands at the source places [from, from+n) of the
 * decoded text; policy_read turns them into byte ranges of the source. */
struct policy_piece {
    struct policy_piece *next;
    size_t at, n;
    struct policy_range source;
};

struct policy_para {
    struct policy_para *next;
    struct str text; /* without the mark, wrapped lines joined */
    struct policy_piece *pieces;
    bool title;
    bool caption; /* names the table below it; no sentence */
};

enum policy_type { POLICY_DUTY, POLICY_ITEM, POLICY_LEAD, POLICY_DEFINITION, POLICY_STATEMENT };

enum policy_modality { POLICY_MUST, POLICY_MUST_NOT, POLICY_MAY, POLICY_SHOULD, POLICY_PLAIN };

/* Bits of a sentence's `subject`. */
enum policy_role {
    ROLE_CISO = 1 << 0,
    ROLE_CHIEF = 1 << 1,
    ROLE_DEPARTMENT_OFFICER = 1 << 2,
    ROLE_SECTION_MANAGER = 1 << 3,
    ROLE_SYSTEM_MANAGER = 1 << 4,
    ROLE_SYSTEM_OPERATOR = 1 << 5,
    ROLE_AUDIT_CHIEF = 1 << 6,
    ROLE_COMMITTEE = 1 << 7,
    ROLE_CSIRT = 1 << 8,
    ROLE_PERSON = 1 << 9,
    ROLE_COUNT = 10,
};

/* Bits of a sentence's `when` and `needs`. */
enum policy_when {
    WHEN_AT_ONCE = 1 << 0,
    WHEN_YEARLY = 1 << 1,
    WHEN_PERIODIC = 1 << 2,
    WHEN_BEFORE = 1 << 3,
    WHEN_AFTER = 1 << 4,
    WHEN_ALWAYS = 1 << 5,
    WHEN_AS_NEEDED = 1 << 6,
    WHEN_COUNT = 7,
};
enum policy_needs {
    NEEDS_PERMIT = 1 << 0,
    NEEDS_RECORD = 1 << 1,
    NEEDS_REPORT = 1 << 2,
    NEEDS_CONSENT = 1 << 3,
    NEEDS_COUNT = 4,
};

struct policy_sentence {
    struct policy_sentence *next;
    unsigned number; /* from 1, within the clause */
    struct str text;
    enum policy_type type;
    enum policy_modality modality;
    bool effort;
    bool exception;
    bool subject_inherited;
    unsigned subject, when, needs;
    struct policy_range *at;
    size_t at_count;
};

enum policy_kind {
    POLICY_CLAUSE,
    POLICY_LIMIT,
    POLICY_TERM,
    POLICY_SUPPLEMENT,
    POLICY_FRONT,
    POLICY_ROOT
};

/* Which part behind the clauses a POLICY_SUPPLEMENT is. */
enum policy_annex { ANNEX_RULES, ANNEX_SCHEDULE, ANNEX_FORM }; /* 附則, 別表, 様式 */

struct policy_doc;

struct policy_node {
    enum policy_kind kind;
    enum policy_annex annex;
    const char *key;  /* c0001, t01, s1 */
    struct str label; /* printed marks, digits half width: 7(1)⑮ア */
    struct str path;  /* sibling positions: 7.1.15.1 */
    struct str title; /* empty when it has none */
    struct str text;  /* its paragraphs without the title, joined by LF */
    struct policy_mark mark;
    struct policy_piece *mark_piece; /* where the mark stands */
    struct policy_doc *doc;
    struct policy_node *parent, *first, *last, *next, *previous;
    struct policy_para *paras, *last_para;
    struct policy_sentence *sentences, *last_sentence;
    struct policy_range *at;
    size_t at_count;
    size_t child_count;
    size_t position;               /* among its siblings, from 1 */
    unsigned depth;                /* 1 for a chapter */
    struct policy_node *following; /* the next node of the file in reading order */
    size_t index;                  /* of its section in the comparisons of lint */
    bool listed;                   /* the contents name one of its children */
};

enum policy_table_kind {
    TABLE_TERMS,
    TABLE_ROLES,
    TABLE_CLASSES,
    TABLE_REVISIONS,
    TABLE_STRUCTURE,
    TABLE_OTHER,
};

struct policy_cell {
    struct policy_cell *next;
    struct policy_para *text, *last;
};

struct policy_row {
    struct policy_row *next;
    struct policy_cell *cells, *last_cell;
    size_t cell_count;
    bool limits;   /* TABLE_CLASSES: handling limits follow it, or a dash */
    unsigned role; /* TABLE_ROLES: bit of enum policy_role, or 0 */
};

struct policy_table {
    struct policy_table *next;
    enum policy_table_kind kind;
    struct policy_node *node; /* it stands in this clause (or the root of its document) */
    struct policy_para *head, *last_head; /* caption and header lines */
    struct policy_row *rows, *last_row;
    size_t row_count;
    bool figure;     /* an organisation chart had fallen into it */
    struct str axis; /* TABLE_CLASSES: 機密性, 完全性, 可用性 */
};

struct policy_doc {
    struct policy_doc *next;
    enum policy_doc_kind kind;
    struct str title, body_name, version, dated;
    struct policy_node *root;        /* its children are the chapters; its paragraphs the front */
    struct policy_node *supplements; /* linked by next */
    struct policy_node *last_supplement;
    size_t chapters, nodes, leaves, sentences, terms;
    unsigned last_article; /* 条 count on through chapters */
};

enum policy_drop {
    DROP_HEADER,
    DROP_CONTENTS,
    DROP_OVERLAP,
    DROP_MARKUP,
    DROP_FIGURE,
    DROP_INVISIBLE
};

struct policy_dropped {
    struct policy_dropped *next;
    struct policy_range at;
    enum policy_drop reason;
};

enum policy_severity { POLICY_NOTE, POLICY_ASK, POLICY_ERROR };

struct policy_finding {
    struct policy_finding *next;
    const char *code; /* "P106" */
    enum policy_severity severity;
    struct policy_node *node; /* the clause it stands in, or NULL */
    struct policy_range at;
    struct str detail; /* what stands there */
};

enum policy_ref_kind { REF_ABSOLUTE, REF_RANGE, REF_RELATIVE, REF_OUTSIDE, REF_VAGUE };

struct policy_ref {
    struct policy_ref *next;
    enum policy_ref_kind kind;
    struct policy_node *from;
    struct policy_node **to;
    size_t to_count;
    struct str text;
};

/* 「…（以下「職員等」という。）」 */
struct policy_short_name {
    struct policy_short_name *next;
    struct policy_node *node; /* without a key when it is the front of a document */
    struct str name;
};

struct policy_tree {
    struct str source;
    enum policy_input kind; /* never POLICY_ANY */
    struct str text;        /* what was read, as UTF-8: taken out of the source, or the source */
    bool text_places;       /* all places are bytes of `text`, not of the source (docx) */
    enum policy_encoding encoding;
    struct policy_doc *docs;
    struct policy_node *nodes; /* all clauses in reading order, by `following` */
    struct policy_table *tables;
    struct policy_ref *refs;
    struct policy_short_name *short_names, *last_short_name;
    struct policy_dropped *dropped;
    struct policy_finding *findings;
    size_t finding_count; /* also those past POLICY_FINDINGS, which are not kept */
    size_t severity_count[3];
    size_t node_count, sentence_count, line_count;
};

/*
 * Reads SOURCE (UTF-8 with or without BOM, UTF-16 with BOM, or CP932; at most
 * POLICY_SOURCE_BYTES) into *RET_TREE. SOURCE must outlive the tree.
 * 0 also when no clause was found (docs is then one document of kind POLICY_OTHER without nodes).
 * -1 with policy.empty, policy.size, policy.binary (NUL or control bytes, with offset),
 * policy.encoding (offset), policy.nodes, policy.depth, policy.sentences, policy.paragraph,
 * policy.table, policy.conservation (our own mistake, never shown as a reading) or limit.memory.
 */
int policy_read(struct arena *arena, struct str source, struct policy_tree **ret_tree,
                struct err *err);

/*
 * The same with the KIND said by a person instead of the first bytes. -1 also with policy.kind (the
 * source is not of that kind, or of one that is never read: the detail names it), policy.pdf, and
 * the codes of reiki_read and ooxml_read.
 */
int policy_read_as(struct arena *arena, struct str source, enum policy_input kind,
                   struct policy_tree **ret_tree, struct err *err);

/* text, markdown, reiki, docx, or auto; POLICY_INPUTS for any other WORD. */
enum policy_input policy_input_of(const char *word);
const char *policy_input_word(enum policy_input kind);

/* The node of LABEL ("4(2)①" or "std:4(2)①") or key; NULL when there is none or more than one. */
const struct policy_node *policy_find(const struct policy_tree *tree, struct str name);

/* Words of the interface: "basic", "std"; "must_not"; "P1.." severities; bits to names by index. */
const char *policy_doc_word(enum policy_doc_kind kind);
const char *policy_mark_word(enum policy_mark_class class);
const char *policy_kind_word(enum policy_kind kind);
const char *policy_annex_word(enum policy_annex annex);
const char *policy_table_word(enum policy_table_kind kind);
const char *policy_type_word(enum policy_type type);
const char *policy_modality_word(enum policy_modality modality);
const char *policy_role_word(unsigned index);
const char *policy_when_word(unsigned index);
const char *policy_needs_word(unsigned index);
const char *policy_severity_word(enum policy_severity severity);

/* Writes TREE as one JSON object (docs/formats/policy.md); NAME and SHA256_HEX describe the file.
 */
void policy_put_json(struct buf *out, const struct policy_tree *tree, struct str name,
                     struct str sha256_hex);

/* Writes TREE as indented lines, one per clause: label, title or first words. For people. */
void policy_put_outline(struct buf *out, const struct policy_tree *tree);

/* Writes TREE as CSV (RFC 4180, CRLF, UTF-8 with BOM), one row per clause. Cells that a spreadsheet
 * would take for a formula get a leading apostrophe. */
void policy_put_csv(struct buf *out, const struct policy_tree *tree);

/* Writes the findings of TREE as a JSON array. */
void policy_put_findings(struct buf *out, const struct policy_tree *tree);

enum policy_style {
    STYLE_MODEL,    /* １ / （１） / ① / ア / （ア） */
    STYLE_POINT,    /* 1. / (1) / ① / (ア) / (a) */
    STYLE_MARKDOWN, /* ## 1. / ### (1) / - ① */
    STYLE_DOTTED,   /* 1 / 1.1 / 1.1.1 / … */
    STYLE_DAI,      /* 第1 / 1 / ⑴ / ア / （ア） */
    STYLE_DASH,     /* 1 / 1―1 / 1―1―1 */
    STYLE_ARTICLE,  /* 第1章 / 第1節 / 第1条 / １ / （１） / イ */
    STYLE_REIKI,    /* the same as HTML, as publishers of 例規 print it */
    STYLE_COUNT,
};

/* model, point, markdown, dotted, dai, dash, article or reiki; STYLE_COUNT for any other WORD. */
enum policy_style policy_style_of(const char *word);
const char *policy_style_word(enum policy_style style);

/* Writes the clauses of DOC in another numbering style, clean: one paragraph per line. */
void policy_render(struct buf *out, const struct policy_doc *doc, enum policy_style style);

/* Bits of what policy_spoil does to a clean text: the damages that real files have. */
enum policy_noise {
    NOISE_SPACE = 1 << 0,    /* wrapped; a paragraph's last line ends with a blank */
    NOISE_MARGIN = 1 << 1,   /* wrapped at a margin, no sign at a paragraph's end */
    NOISE_PAGES = 1 << 2,    /* running header and page number on 70 % of the pages */
    NOISE_BLANK = 1 << 3,    /* blank lines inside sentences */
    NOISE_SPREAD = 1 << 4,   /* a blank between all kanji and kana */
    NOISE_WIDTH = 1 << 5,    /* digits, letters and brackets in the other width */
    NOISE_CONTENTS = 1 << 6, /* a list of contents in front */
    NOISE_CRLF = 1 << 7,
    NOISE_DOUBLE = 1 << 8, /* pages cut sentences, characters stand on both sides of the cut */
    NOISE_DOT = 1 << 9,    /* 11, 12, … printed as 1.1, 1.2 */
    NOISE_ONE_LINE = 1 << 10,
    NOISE_LOST = 1 << 11, /* 1 % of the marks are lost */
    NOISE_NFKC = 1 << 12, /* ① became 1, （ became ( */
    NOISE_COUNT = 13,
};

/* The bits of WORDS, separated by commas (space, margin, pages, blank, spread, width, contents,
 * crlf, double, dot, oneline, lost, nfkc; clean or nothing: 0), or -1. */
int policy_noise_of(const char *words);
const char *policy_noise_word(unsigned index);

/*
 * Writes TEXT, as policy_render made it (any style but reiki), with the damages NOISE. The same
 * SEED (any number) gives the same bytes.
 */
void policy_spoil(struct buf *out, struct str text, unsigned noise, uint64_t seed);

#endif
