/*
 * definition: what a register file says, typed. docs/design/registers.md tells which keys this cut
 * knows; a key it does not know refuses the file, so nothing a clerk wrote is silently without
 * effect.
 *
 * A set is every file below data/registers plus the common routes and the roles. It never changes
 * once loaded; its pointers live as long as it.
 */
#ifndef CORE_REGISTER_DEFINITION_H
#define CORE_REGISTER_DEFINITION_H

#include "base/mem/arena.h"
#include "base/mem/str.h"
#include "core/calendar/calendar.h"
#include "format/yaml/yaml.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REGISTER_FIELDS_MOST = 200,
    REGISTER_STATES_MOST = 60,
    REGISTER_MOVES_MOST = 120,
    REGISTER_STEPS_MOST = 20,
    REGISTER_SETS_MOST = 500,
    EXTENDS_MOST = 3,
    REGISTER_CLOCKS_MOST = 20,
    REGISTER_KEYS_MOST = 8, /* of a state, or effects of a move */
    REGISTER_TABLES_MOST = 16,
    REGISTER_BAD_MOST = 32,
    REGISTER_FILE_BYTES = 256 * 1024
};

struct cond;

struct register_title {
    struct str ja, en;
};

enum register_type {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_FLAG,
    VALUE_DATE,
    VALUE_DATETIME,
    VALUE_PERIOD,
    VALUE_CHOICE,
    VALUE_CLASS,
    VALUE_PERSON,
    VALUE_SECTION,
    VALUE_POST,
    VALUE_REF,
    VALUE_FILE,
    VALUE_HASH,
    VALUE_NET,
    VALUE_ADDRESS,
    VALUE_TABLE,
    VALUE_SHEET,
    VALUE_SIGN,
    VALUE_CLAUSE,
    VALUE_CALC,
    VALUE_TYPES
};

/* The word of each type in register files. */
extern const char *const register_type_names[VALUE_TYPES];

/* A row of a sheet's template. */
struct register_row {
    struct str key;
    struct register_title title;
    struct str clause; /* empty: none */
};

/* One bit for each field of a definition. */
struct register_mask {
    uint64_t bits[(REGISTER_FIELDS_MOST + 63) / 64];
};

struct register_field {
    struct str key;
    struct register_title title, help; /* help: empty when there is none */
    enum register_type type;
    bool many; /* a list of values; file is always one */
    bool required;
    bool free;    /* not covered by an approval */
    bool subject; /* a person who benefits, or whom the referred record concerns: may not approve */
    bool personal;  /* tells of a person */
    bool unique;    /* no two live records of the register have the same value */
    bool index;     /* lists sort and filter by it */
    bool search;    /* found by words */
    unsigned level; /* 0 open, 1 restricted, 2 secret */
    /* number: bounds, scaled; text: characters; table: rows; file: max is their number */
    int64_t min, max;
    unsigned scale;      /* number: decimals, 0-6; the value is kept times 10^scale */
    struct str unit;     /* number: shown behind it */
    unsigned lines;      /* text: lines of its box; 1: no line feed in it */
    unsigned pad;        /* text: digits are filled up with zeros to this length */
    struct str pattern;  /* text: pattern.h; empty: any */
    struct str fallback; /* the value it is opened with (`default`); p NULL: none */
    struct str *was;     /* older keys of the field */
    size_t was_count;
    struct str *choices;
    size_t choice_count;
    struct register_title *choice_titles; /* beside choices; empty where the code is the title */
    struct str axis;                      /* class: confidentiality, integrity, availability */
    struct str kind;                      /* net: ip cidr mac fqdn port; address: mail phone url */
    struct str *kinds;                    /* person: kinds of engagement; file: endings of names */
    size_t kind_count;
    int64_t size_bytes; /* file: most of each */
    struct str to;      /* ref: a register, or one of register_targets; empty: any record */
    struct register_field *columns; /* VALUE_TABLE */
    size_t column_count;
    struct register_row *rows; /* VALUE_SHEET */
    size_t row_count;
    struct register_title text;  /* VALUE_SIGN: what is signed */
    unsigned char text_hash[32]; /* SHA-256 of text: ja, a NUL, en */
    /* Conditions, NULL where there is none (core/register/condition.h). */
    const struct cond *required_if, *visible_if, *check;
    const struct cond *calc; /* VALUE_CALC: whether it holds */
    const struct yaml_node *at;
};

/* An instant of a record: the end of the day in a date field, or when its state began or it was
 * made, and a span from there. */
enum register_until_of { UNTIL_NONE, UNTIL_FIELD, UNTIL_ENTERED, UNTIL_CREATED };
struct register_until {
    enum register_until_of of;
    struct str field;
    bool first; /* of a period the first day, not the last */
    bool minus;
    struct calendar_span span;
};

/* A key or an effect with its arguments, in the order of the file. */
struct register_arg {
    struct str name,
        value; /* value: a field's key, or the word itself where the effect takes one */
};
struct register_order {
    struct str effect;
    struct register_arg *args;
    size_t arg_count;
    const struct yaml_node *at;
};

/* Something that happens at a time, once. */
struct register_alarm {
    struct calendar_span span;
    struct str *notify; /* "owner" or roles */
    size_t notify_count;
    struct calendar_span again; /* and once more each such span, while it lasts */
    struct str open;            /* a register in which a record is opened */
    struct str after;           /* a move the clock makes */
};

/* A stop-watch beside the state. Each side is a move, a field's time or a condition. */
struct register_signal {
    struct str move, field;
    const struct cond *when;
};
struct register_clockwork {
    struct str key;
    struct register_title title;
    struct register_signal start, stop;
    struct register_alarm warn, late; /* spans from the start */
    bool first_day;                   /* the day of the start is day 1 */
    enum calendar_roll roll;
    const struct yaml_node *at;
};

enum register_end { END_NONE, END_DONE, END_REFUSED, END_VOID };

struct register_state {
    struct str name;
    struct register_title title;
    struct register_title help;
    enum register_end end;
    struct str route;            /* empty: none; "given": named when the record is opened */
    struct register_order *keys; /* what stands open while the record is here */
    size_t key_count;
    struct register_until until; /* its end, and that of the keys */
    struct str then;             /* the move the clock makes at `until`; empty: none */
    struct register_alarm warn;  /* its span: before `until` */
    struct register_alarm late;  /* its span: `within`, from when the state began */
    const struct yaml_node *at;
};

/* Who may make a move, as bits; BY_STEP stands alone: whoever fills the open step. */
enum { BY_STEP = 1, BY_OWNER = 2, BY_ROLE = 4, BY_SYSTEM = 8, BY_CLOCK = 16, BY_EVERYONE = 32 };
enum register_on { ON_NONE, ON_DECIDED, ON_REJECTED, ON_SENT_BACK };

struct register_who {
    struct str role;  /* a role slot … */
    struct str post;  /* … or the holders of the post with this code … */
    struct str of;    /* … of: section (the record's), owner.section, body */
    struct str field; /* or the person in this field */
    bool peer;        /* or any colleague of the record's section */
};

struct register_move {
    struct str name;
    struct register_title title, help;
    uint64_t from; /* bit n: state n */
    size_t to;
    unsigned by; /* BY_ bits */
    enum register_on on;
    struct register_who *who; /* BY_ROLE: any of them */
    size_t who_count;
    struct register_who *nots; /* who may not, whatever else she is */
    size_t not_count;
    bool not_owner;          /* `not: owner` */
    const struct cond *when; /* `if`: the move is there only while it holds; NULL: always */
    struct str *need;        /* fields that must be filled */
    size_t need_count;
    struct str *ask; /* fields that may be filled along with the move */
    size_t ask_count;
    struct register_order *effects;
    size_t effect_count;
    bool ex_post;      /* act first: the route of the state entered decides afterwards */
    bool bulk;         /* may be made for many records at once */
    int64_t fresh_min; /* the factors must be at most so many minutes old; 0: not asked */
    bool reason;       /* a reason must be given */
    const struct yaml_node *at;
};

enum register_step_kind { STEP_CONSULT, STEP_APPROVE, STEP_DECIDE };

/* Ways past a holder who is not there. */
enum { DEPUTY_DAIKETSU = 1, DEPUTY_KOETSU = 2, DEPUTY_HIKIAGE = 4, SENKETSU_MOST = 8 };

struct cond;

/* A standing rule: WHEN holds (NULL: always), WHO decides in place of the step's holder, on the
 * ground of BASIS. */
struct register_senketsu {
    const struct cond *when;
    struct register_who who;
    struct str basis;
};

struct register_step {
    struct str key;
    struct register_title title;
    enum register_step_kind kind;
    struct register_who who;
    struct calendar_span within;
    unsigned votes;          /* how many are needed; 0: all */
    struct str together;     /* steps that follow each other with the same word open together */
    unsigned deputy;         /* DEPUTY_ bits: what is allowed when the holder is not there */
    bool object_stop;        /* consult: an objection stops the route until the owner answers */
    const struct cond *when; /* the step is asked only while it holds; NULL: always */
    const struct cond *bar; /* decide: while it holds nobody deputises; NULL: see DEPUTY_DAIKETSU */
    struct register_senketsu *senketsu; /* decide: the first row that holds counts */
    size_t senketsu_count;
};

struct register_route {
    struct str name;
    struct register_title title;
    struct register_step steps[REGISTER_STEPS_MOST];
    size_t step_count;
    const struct yaml_node *at;
};

/* What an access row lets write in one state. */
struct register_write {
    size_t state;
    struct register_mask fields;
};

struct register_access {
    struct str *roles; /* "owner", "everyone" or a role slot */
    size_t role_count;
    bool all,
        section; /* which rows: all of them, those of my sections; neither: where I am the owner */
    bool own;
    const struct cond *rows; /* in place of the three: a condition, for whom the role is held by */
    struct register_mask read; /* the fields read, levels judged already */
    struct register_write *writes;
    size_t write_count;
};

struct register_apart {
    struct str of[8]; /* "owner", "<step>.actor", "<move>.actor", a field */
    size_t count;
};

enum register_retain { RETAIN_REVIEW, RETAIN_ERASE, RETAIN_KEEP };

/* How records are shown. Names are fields or one of number, owner, section, state, fy, created,
 * changed, entered. */
struct register_forms {
    struct str *list, *sort, *filter, *csv, *xlsx; /* csv and xlsx: columns of an export */
    size_t list_count, sort_count, filter_count, csv_count, xlsx_count;
    struct register_group *layout; /* groups of fields on the form */
    size_t layout_count;
    struct str print_no;    /* 様式番号 */
    struct str print_to;    /* a role: whom the form addresses */
    struct str print_boxes; /* a route whose steps make the 決裁欄 */
    struct str *print_rows;
    size_t print_row_count;
};

struct register_group {
    struct register_title title;
    struct str *fields;
    size_t count;
};

struct register_def {
    struct str name;
    int64_t version;
    struct register_title title;
    struct str topics[16], clauses[16];
    size_t topic_count, clause_count;
    struct str number; /* pattern; empty: the record has no number of its own */
    int64_t retain_years;
    struct str retain_from; /* closed, created, or a date: field or field.until */
    enum register_retain retain_then;
    struct register_title help;
    struct str *match; /* fields that together name a record for an import; unique */
    size_t match_count;
    struct register_forms forms;
    bool shape; /* an archetype below base/: never instantiated */
    struct register_field *fields;
    size_t field_count;
    struct register_state *states;
    size_t state_count;
    struct register_move *moves;
    size_t move_count;
    struct register_route *routes;
    size_t route_count;
    struct register_access *access;
    size_t access_count;
    struct register_apart *aparts;
    size_t apart_count;
    struct register_repeat *repeats; /* core/register/repeat.h */
    size_t repeat_count;
    struct register_clockwork *clocks;
    size_t clock_count;
    const char *file;
    const struct yaml_node *root; /* with its parents laid under it */
    const struct yaml_node *own;  /* the file alone */
    unsigned char digest[32];     /* SHA-256 of the merged file's canonical JSON */
};

struct register_role {
    struct str key, up; /* up: whom it escalates to, empty at the top */
    struct register_title title;
    struct str scope; /* body, section, system, … */
};

/* A code of a class scheme and its neutral rank: higher is more confidential. */
struct register_rank {
    struct str code;
    int64_t rank;
};

struct register_report;

struct register_set {
    struct arena *arena;
    struct calendar *calendar; /* working days: what terms are reckoned with */
    struct register_def *defs;
    size_t def_count;
    struct register_route *routes; /* the common ones */
    size_t route_count;
    struct register_role *roles;
    size_t role_count;
    const struct register_rank *ranks; /* of confidentiality classes */
    size_t rank_count;
    struct str report_register; /* whose records the reports are of (report.h) */
    struct register_report *reports;
    size_t report_count;
    const struct yaml_node *sets;      /* named lists of choices */
    const struct yaml_node *approvers; /* topic -> roles that must stand in its route */
    struct str *names; /* of registers that are still being read; ref may point at them */
    size_t name_count;
    bool whole;              /* every register is read: a ref to an unknown one is a finding */
    struct str apart_clause; /* the clause a refused self-approval names */
    struct str *ex_post;     /* topics that allow to act first */
    size_t ex_post_count;
    const struct register_effect
        *effects[REGISTER_TABLES_MOST]; /* tables of who carries out what */
    size_t effect_counts[REGISTER_TABLES_MOST], effect_tables;
    uint64_t
        bad[REGISTER_BAD_MOST]; /* records whose clock move failed: passed over until a restart */
    size_t bad_count;
};

/* One thing wrong in a file. */
struct register_finding {
    struct register_finding *next;
    struct err err; /* code register.rNNN, detail file:line:column: … */
};

/* What a ref may point at beside registers. */
extern const char *const register_targets[];

static inline bool
register_mask_has(const struct register_mask *mask, size_t i)
{
    return (mask->bits[i / 64] >> (i % 64) & 1) != 0;
}

static inline void
register_mask_set(struct register_mask *mask, size_t i)
{
    mask->bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* The I-th attribute a field may have; NULL behind the last. RET_TYPES: bit n: type n knows it;
 * RET_COLUMN: columns of a table do, too. */
const char *register_attribute(size_t i, uint32_t *ret_types, bool *ret_column);

/* Finds by name; NULL when there is none. */
const struct register_def *register_def_find(const struct register_set *set, struct str name);
const struct register_field *register_field_find(const struct register_def *def, struct str key);
const struct register_move *register_move_find(const struct register_def *def, struct str name);
const struct register_role *register_role_find(const struct register_set *set, struct str key);

/* The index of a state, or -1. */
int register_state_find(const struct register_def *def, struct str name);

/* The route NAME of DEF, or the common one, or NULL. */
const struct register_route *register_route_find(const struct register_set *set,
                                                 const struct register_def *def, struct str name);

/*
 * Loads DATA_DIR/roles.yaml, DATA_DIR/registers/routes.yaml and every register below
 * DATA_DIR/registers. -1 with the first thing that is wrong (register.r1NN, yaml.*, file.*): then
 * nothing is loaded.
 */
int register_set_load(const char *data_dir, struct register_set **ret_set, struct err *err);

/* As register_set_load, but a register that has findings is left out: for checking files that stand
 * in DATA_DIR themselves. Its name stays known. */
int register_set_load_good(const char *data_dir, struct register_set **ret_set, struct err *err);

/* Frees SET. NULL is fine. */
void register_set_free(struct register_set *set);

/*
 * Reads one register FILE (text BYTES) against the roles, routes and bases of SET and lists
 * everything wrong in *RET_FINDINGS (in ARENA; NULL: nothing). *RET_DEF is set when it could be
 * read at all. -1 only when the arena is full.
 */
int register_check(struct register_set *set, struct arena *arena, const char *file,
                   struct str bytes, struct register_def **ret_def,
                   struct register_finding **ret_findings, struct err *err);

#endif
