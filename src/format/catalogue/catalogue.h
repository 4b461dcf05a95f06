/*
 * catalogue: topics, controls and bindings, loaded from data/topics, data/controls and a policy's
 * bind.yaml (policy.md §5, §6). Pure: bytes in, tables out.
 *
 * A topic is what clauses of all policies are about; a control is what Sekisho really runs for it;
 * a binding says which clause of which text is about which topic. Only a confirmed binding counts.
 */
#ifndef CORE_CONTROL_CATALOGUE_H
#define CORE_CONTROL_CATALOGUE_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What can be done about a duty (clauses.md): by our software, at an endpoint, by workflow, as a
 * definition, by a check, by people only. */
enum topic_kind { KIND_E, KIND_EX, KIND_W, KIND_WD, KIND_C, KIND_R, KIND_COUNT };

/* "E", "Ex", "W", "Wd", "C", "R". */
const char *topic_kind_word(enum topic_kind kind);

struct bilingual {
    struct str ja, en;
};

/* What answers a part of a topic. */
enum answer_by {
    BY_NONE, /* an open gap; `id` says what is planned */
    BY_CONTROL,
    BY_REGISTER,
    BY_CHECK,
    BY_INSPECTION,
    BY_TRAINING,
    BY_MASTER, /* master data: a definition, a role, a scope */
    BY_COUNT,
};

/* "none", "control", … */
const char *answer_by_word(enum answer_by by);

/* Words that must all stand in a sentence. */
struct topic_phrase {
    struct str *words;
    size_t count;
};

/* How often what a clause orders comes back, and for whom (registers.md §8). */
enum duty_cycle {
    DUTY_YEAR,     /* once every fiscal year: the clause says so */
    DUTY_PERIODIC, /* "regularly", without a number: the body says how often */
};

enum duty_each { EACH_BODY, EACH_SECTION, EACH_SYSTEM, EACH_ROOM, EACH_CONTRACT, EACH_RECORD };

/* "body", "section", … */
const char *duty_each_word(enum duty_each each);

/* Until when: so many months after the fiscal year began, or a span after the opening. */
struct duty_due {
    unsigned months; /* fy+12m: 12; 0: see days */
    unsigned days;   /* 30d, 10bd; 0 too: until the period ends */
    bool open_days;  /* 10bd */
};

/* `duty: {cycle, register, who, each, opens, due, key, title}`, or a list of them. */
struct topic_duty {
    struct str id; /* review.audit.yearly; with a key of its own, .key behind it */
    enum duty_cycle cycle;
    struct str reg;  /* the register that is opened; empty: the duty is only reported */
    struct str role; /* who answers for it */
    enum duty_each each;
    unsigned opens; /* months after the fiscal year began; of DUTY_YEAR */
    struct duty_due due;
    struct bilingual title; /* the part's, unless it has its own */
};

/* One single duty of a topic; in a file `{key, kind, weight, title, any, not, expect, by, duty}`.
 */
struct topic_part {
    struct str key;
    unsigned kinds; /* 1 << enum topic_kind */
    unsigned weight;
    struct bilingual title;
    struct topic_phrase *any; /* one of them wholly present … */
    size_t any_count;
    struct str *never; /* … and none of these */
    size_t never_count;
    struct str modality;  /* expected: "must", "must_not" …; empty: any */
    struct str *subjects; /* expected: "ciso" …, words of policy_role_word */
    size_t subject_count;
    enum answer_by by;
    struct str
        *answers; /* what does it: ids of controls, a register, a check …; BY_NONE: the plan */
    size_t answer_count;
    struct topic_duty *duties; /* what of it comes back; none: it is always on, or has no time */
    size_t duty_count;
};

struct topic {
    struct str id, group;
    unsigned kinds;
    struct bilingual title;
    bool also;            /* beside another topic, never instead */
    struct str *headings; /* how titles of clauses on it are worded */
    size_t heading_count;
    struct str *covers; /* topics of the standard whose state this one shows */
    size_t cover_count;
    struct topic_part *parts;
    size_t part_count;
};

enum control_verify { VERIFY_SELF_TEST, VERIFY_REGISTER, VERIFY_CHECK, VERIFY_EVENT };

/* What Sekisho really runs. Which duties it answers is said by the parts that name it. */
struct control_def {
    struct str id;
    enum topic_kind kind;
    struct bilingual title;
    enum control_verify verify;
    int64_t every_us;   /* a result older than this is no result */
    struct str *passes; /* kinds of leaves that are a result: a probe, a counted login */
    size_t pass_count;
    struct str *evidence; /* kinds of leaves that only show it at work */
    size_t evidence_count;
};

struct binding {
    struct str doc, label; /* "std", "4(2)①" */
    const struct topic *topic;
    const struct topic_part *part; /* NULL: the whole topic */
    bool confirmed;
};

struct catalogue {
    struct topic *topics;
    size_t topic_count;
    struct control_def *controls;
    size_t control_count;
};

struct bindings {
    struct binding *rows;
    size_t count;
};

enum catalogue_file_kind { CATALOGUE_FILE_TOPICS, CATALOGUE_FILE_CONTROLS };

struct catalogue_file {
    enum catalogue_file_kind kind;
    const char *name; /* for errors */
    struct str bytes;
};

/*
 * Reads all COUNT files, topics before controls, into one catalogue in ARENA. FILES' bytes need not
 * outlive the call. -1 with the codes of format/yaml, control.twice (an id stands twice),
 * control.unknown (a topic, part or control that is named does not exist), control.every (a span
 * that is none), control.duty (a duty that makes no sense), limit.memory.
 */
int catalogue_load(struct arena *arena, const struct catalogue_file *files, size_t count,
                   struct catalogue **ret, struct err *err);

/* Reads "fy+12m", "30d" or "10bd" into RET; false on anything else. */
bool duty_due_parse(struct str s, struct duty_due *ret);

/* catalogue_load of all .yaml files in DATA_DIR/topics and DATA_DIR/controls. Also -1 with
 * file.* and control.files (too many). */
int catalogue_read(struct arena *arena, const char *data_dir, struct catalogue **ret,
                   struct err *err);

/* Reads a bind.yaml (NAME for errors) against CATALOGUE. Errors as above. Whether the clauses exist
 * is asked where the text is (control_policy_make). */
int bindings_load(struct arena *arena, const struct catalogue *catalogue, const char *name,
                  struct str bytes, struct bindings **ret, struct err *err);

/* The topic or control of that id, or NULL. */
const struct topic *topic_get(const struct catalogue *catalogue, struct str id);
const struct control_def *control_def_get(const struct catalogue *catalogue, struct str id);

/* True when PART of TOPIC (NULL: any of its parts) names DEF as what answers it. */
bool control_serves(const struct control_def *def, const struct topic *topic,
                    const struct topic_part *part);

#endif
