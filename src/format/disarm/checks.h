/*
 * checks: the attack checklist as a table, and the switches and reasons of the report.
 */
#ifndef FORMAT_DISARM_CHECKS_H
#define FORMAT_DISARM_CHECKS_H

#include <stddef.h>

/* The topic under which every finding is counted as evidence. */
#define DISARM_TOPIC "resilience.disarm"

enum disarm_switch {
#define SWITCH(ID, word) SWITCH_##ID,
#include "format/disarm/switches.def"
#undef SWITCH
    SWITCH_COUNT
};

enum check_id {
#define CHECK(ID, text, which, severity) CHECK_##ID,
#include "format/disarm/checks.def"
#undef CHECK
    CHECK_COUNT
};

enum disarm_reason {
    REASON_NONE,
#define REASON(ID, text) REASON_##ID,
#include "format/disarm/reasons.def"
#undef REASON
    REASON_COUNT
};

struct check {
    const char *id; /* "OOXML-01" */
    enum disarm_switch which;
    const char *severity; /* info, low, high */
};

/* The row of ID. */
const struct check *check_get(enum check_id id);

/* The check named TEXT ("OOXML-01"), or -1. */
int check_find(const char *text);

/* The words of a switch ("macro") and of a reason ("limit.size"). */
const char *switch_word(enum disarm_switch which);
const char *reason_word(enum disarm_reason reason);

/* The switch or the reason named WORD, or -1. */
int switch_find(const char *word);
int reason_find(const char *word);

#endif
