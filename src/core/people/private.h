/*
 * private: between the files of core/people.
 */
#ifndef CORE_PEOPLE_PRIVATE_H
#define CORE_PEOPLE_PRIVATE_H

#include "core/people/people.h"

enum { PEOPLE_DAY_LAST = 2932896 };

enum people_order {
    ORDER_JOIN,
    ORDER_MOVE,
    ORDER_RENEW, /* the end of the engagement moves */
    ORDER_LEAVE, /* DAY is the last one */
    ORDER_END,   /* a concurrent or acting post ends: DAY is the first day without it */
    ORDER_NAME,
    ORDERS
};

enum people_seat { SEAT_MAIN, SEAT_CONCURRENT, SEAT_ACTING };

/* What is wrong with a row; CODE NULL: nothing. */
struct people_bad {
    const char *code;
    struct str detail;
};

struct people_row {
    size_t line; /* of the file, the header is 1 */
    bool blank;  /* nothing in it: not a row at all */
    struct str staff_no, name, kana, section, post, login, employ;
    int64_t day, until; /* until 0: not said */
    enum people_order order;
    enum people_seat seat;
    struct people_bad bad, bad_now; /* of the file; of the base as it is now */
};

enum people_fate { FATE_FOUND, FATE_RENAME, FATE_MERGE, FATE_SPLIT, FATE_ABOLISH, FATES };

/* One line of what becomes of sections. */
struct people_part {
    size_t line;
    struct str code, new_code, name, kana, parent;
    enum people_fate fate;
    int64_t day;
    bool heir;
    uint64_t old_id, new_id; /* while it is carried out */
    struct people_bad bad;
};

struct people_sheet {
    struct people_row *rows;
    struct people_part *parts;
    size_t row_count, part_count;
    int64_t first_day, last_day; /* first and last day on which something becomes true */
};

/* rows.c: reads the tables with the words of MAP. -1 people.column, people.size, limit.memory. */
int people_sheet_read(struct arena *arena, const struct people_rows *rows,
                      const struct people_rows *sections, json_t *map, struct people_sheet *ret,
                      struct err *err);

/* The first day on which ROW is true. */
int64_t people_row_day(const struct people_row *row);

/* One attempt of a batch. */
struct people_run {
    struct people_desk *desk;
    struct store *store;
    struct arena *arena;
    struct people_sheet *sheet;
    bool retro;
    int64_t today;
    uint64_t batch; /* 0: a trial, nothing is noted for taking back */
    int64_t n;      /* changes noted */
    size_t done;    /* rows and parts that change something */
    size_t left;    /* persons */
    bool again;     /* a part turned out bad: everything anew without it */
    json_t *out;    /* the preview as it grows */
};

/* base.c: rows that can be added or ended by a batch. */
enum people_table {
    TABLE_PERSON,
    TABLE_ENGAGEMENT,
    TABLE_APPOINTMENT,
    TABLE_SECTION,
    TABLE_POST,
    TABLE_SLOT,
    TABLE_ACCOUNT,
    TABLE_NAME,
    TABLE_PLACE,
    TABLE_SUCCESSOR,
    TABLES
};

struct people_ids {
    uint64_t *list;
    size_t count;
};

struct people_engaged {
    uint64_t id, person;
    int64_t from_day, until_day;
    struct str name; /* of the last day known */
};

struct people_seated { /* an appointment */
    uint64_t id, engagement, post;
    int64_t from_day, until_day;
    struct str kind, code, order_no;
};

struct people_place { /* a section or a post */
    uint64_t id, body, parent;
    int64_t from_day, until_day;
    struct str code, name, kana;
    int64_t rank;
    bool head;
};

/* Notes that row ID of TABLE was added. */
int base_added(struct people_run *run, enum people_table table, uint64_t id, struct err *err);
/* Ends row ID of TABLE with UNTIL_DAY; it stood until OLD_DAY. */
int base_end(struct people_run *run, enum people_table table, uint64_t id, int64_t until_day,
             int64_t old_day, struct err *err);
/* Takes back everything that batch RECORD wrote. -1 people.built_upon. */
int base_undo(struct store *store, uint64_t record, struct err *err);

/* Finders: 1 found, 0 none, -1; section: 2 when several bodies use the code. */
int base_engaged(struct people_run *run, struct str staff_no, struct people_engaged *ret,
                 struct err *err);
/* The section with CODE on DAY. */
int base_section(struct people_run *run, struct str code, int64_t day, struct people_place *ret,
                 struct err *err);
/* The post of SECTION called NAME (or of that code) on DAY; made when the body has such a post. */
int base_post(struct people_run *run, uint64_t section, struct str name, int64_t day,
              struct people_place *ret, struct err *err);
/* The appointments of ENGAGEMENT that end on DAY or later, by kind (main first) and begin. */
int base_seats(struct people_run *run, uint64_t engagement, int64_t day, struct people_seated **ret,
               size_t *ret_count, struct err *err);
/* Those on posts of SECTION. */
int base_seats_in(struct people_run *run, uint64_t section, int64_t day, struct people_seated **ret,
                  size_t *ret_count, struct err *err);

/* Adds the person of ROW. */
int base_person_add(struct people_run *run, const struct people_row *row, uint64_t *ret,
                    struct err *err);
/* Adds the engagement of ROW. */
int base_engagement_add(struct people_run *run, const struct people_row *row, uint64_t person,
                        uint64_t *ret, struct err *err);
/* Adds SEAT; its id and code do not matter. */
int base_seat_add(struct people_run *run, const struct people_seated *seat, struct err *err);
/* Adds a section. */
int base_section_add(struct people_run *run, const struct people_place *place, uint64_t *ret,
                     struct err *err);
/* Adds POST to SECTION from its from_day on. */
int base_post_add(struct people_run *run, uint64_t section, const struct people_place *post,
                  uint64_t *ret, struct err *err);
/* 1: PERSON has the name of ROW from its day on; 0: a later one stands. */
int base_name_add(struct people_run *run, uint64_t person, const struct people_row *row,
                  struct err *err);
/* 1: an account to be issued stands, 0: the login is taken or no login name. */
int base_account_add(struct people_run *run, const struct people_row *row, uint64_t person,
                     struct err *err);
/* SECTION hangs below PARENT from DAY on, unless a place of that day stands. */
int base_place_add(struct people_run *run, uint64_t section, uint64_t parent, int64_t day,
                   struct err *err);

/* sections.c: carries the parts out; afterwards those who are still in sections that ended go with
 * them, or the part is bad and *run->again set. */
int parts_apply(struct people_run *run, struct err *err);
/* See parts_apply. */
int parts_finish(struct people_run *run, struct err *err);

/* orders.c: carries the rows out by day and line. */
int orders_apply(struct people_run *run, struct err *err);

/* look.c: what stands on the last day, before and after, and what differs goes to run->out. */
struct people_look;
int look_take(struct people_run *run, struct people_look **ret, struct err *err);
/* See look_take. */
int look_tell(struct people_run *run, struct people_look *before, struct err *err);

/* matters.c: open records of persons whose main post ended on a day from FIRST_DAY on and before
 * DAY, and who are not in the section of the record any more; and who takes them over. */
struct people_matter {
    uint64_t record, owner, to; /* to 0: nobody */
    uint64_t section;           /* of the record, as it is on that day */
    const struct register_def *def;
    size_t state;
    struct str number;
};
typedef int matter_visit(void *arg, const struct people_matter *matter, struct err *err);
int matters_visit(struct people_desk *desk, struct arena *arena, int64_t first_day, int64_t day,
                  matter_visit *visit, void *arg, struct err *err);
/* Records with a key whose beneficiary (a field `subject`) is not in office on DAY. */
int keys_visit(struct people_desk *desk, struct arena *arena, int64_t day, matter_visit *visit,
               void *arg, struct err *err);

/* run.c: the whole attempt: *RET (new reference) is the preview. With BATCH 0 the base is as it was
 * afterwards. */
struct people_result {
    json_t *preview;
    unsigned char digest[32]; /* of what the base alone decides */
    bool mass;
    size_t done;
};
/* Runs SHEET; BATCH is the record that is approved, 0: a trial. -1 with the codes of core/store,
 * people.size. */
int people_run(struct people_desk *desk, struct arena *arena, struct people_sheet *sheet,
               bool retro, uint64_t batch, struct people_result *ret, struct err *err);

/* Appends {…} (taken over) to list KEY of run->out. */
void people_tell(struct people_run *run, const char *key, json_t *row);

/* A json string of S. */
json_t *people_str(struct str s);

/* "2026-04-01" of DAY. */
json_t *people_day(int64_t day);

#endif
