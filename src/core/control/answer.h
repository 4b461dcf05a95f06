/*
 * answer: what the files that write answers share. Private to core/control.
 */
#ifndef CORE_CONTROL_ANSWER_H
#define CORE_CONTROL_ANSWER_H

#include "base/text/json.h"
#include "core/control/private.h"

/* One answer while it is made. */
struct answer {
    struct control *control;
    struct arena *arena;
    const struct control_ask *ask;
    struct control_body *body;
    struct control_facts facts;
    struct control_judgement *judged; /* per clause of the body's set */
    struct json json;
    struct err *err;
};

/* Members of the open object. */
void put_str(struct json *j, const char *key, struct str s);
void put_i64(struct json *j, const char *key, int64_t n);
void put_title(struct json *j, const struct bilingual *title);
void put_state(struct json *j, enum control_state state);

/* The words of BITS as an array under KEY: "kind" of topics, roles. */
void put_kinds(struct json *j, unsigned kinds);
void put_roles(struct json *j, const char *key, unsigned roles);

/* {id, title} of each thing that answers PART. */
void put_answers(struct json *j, const struct catalogue *catalogue, const struct topic_part *part);

/* {doc, label, key} of clause INDEX. */
void put_place(struct json *j, const struct clause_set *set, size_t index);

/* May the reader see this version? */
bool may_see(const struct control_reader *reader, const struct control_version *version);

/* The chapter that CLAUSE stands in. */
size_t chapter_of(const struct clause_set *set, size_t clause);

/* The answers: 0, 1 not there, -1. */
int answer_clause(struct answer *a, size_t clause);
int answer_diff(struct answer *a, struct str doc);
int answer_coverage(struct answer *a);

/* ENDS[0] against ENDS[1] as an object, as the contract has it: counts and pairs. What was removed
 * names the controls that the old text ordered there. -1 when a text cannot be loaded. */
int put_compared(struct control *control, struct arena *arena, struct json *j,
                 const struct control_version *const ends[2], struct err *err);

#endif
