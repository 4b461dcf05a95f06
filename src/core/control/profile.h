/*
 * profile: the profile of a body (format/bind/body_profile.h) in cored: of its documents in force,
 * with what persons said where a text leaves it open; asked at an import, kept and told to the
 * ledger with the confirmation. Private to core/control.
 */
#ifndef CORE_CONTROL_PROFILE_H
#define CORE_CONTROL_PROFILE_H

#include "core/control/answer.h"
#include "core/control/import_row.h"
#include "format/bind/body_profile.h"

#include <jansson.h>

/* The profile of BODY's documents in force, made when first asked after a refresh. It lives as long
 * as the loaded documents. -1 with store.*, clause.*, limit.memory. */
int control_profile_of(struct control *control, struct control_body *body,
                       struct body_profile **ret, struct err *err);

/* Member "profile" of the open object: null for a body without documents. */
int put_profile(struct answer *a);

/* GET policy/profile. */
int answer_profile(struct answer *a);

/* A draft that asks about its profile. */
struct profile_asking {
    struct control *control;
    struct arena *arena;
    int64_t import;
    struct str body;
    const struct body_profile *profile;   /* of the documents handed in */
    const struct control_version *drafts; /* id, doc, base of each */
    size_t draft_count;
    size_t *seq; /* of the next question */
};

/* Inside a unit: a question for each fact that the text leaves open; what a person said of the
 * version before is proposed as her answer. */
int profile_questions(const struct profile_asking *asking, struct err *err);

/* Is CHOICE ({value}, or {accept: true} where the text could be read) an answer to Q? */
bool profile_choice_fits(const struct question_row *q, const json_t *choice);

/* What is confirmed together. */
struct profile_confirming {
    struct control *control;
    struct arena *arena;
    struct str body, handle;
    uint64_t person;
    int64_t now_us;
    const struct control_version *versions; /* just confirmed: id, doc */
    size_t version_count;
    const struct question_row *questions;
    size_t question_count;
};

/* Inside a unit: keeps the answers, and the profile of these versions with the body's other
 * documents in force, each with a leaf policy.profile.confirm. */
int profile_confirm(const struct profile_confirming *confirming, struct err *err);

#endif
