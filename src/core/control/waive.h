/*
 * waive: exceptions from controls (8(4)): a register's decided record opens one until an absolute
 * end, and closes it. While it stands, every clause the control serves shows it with its end; past
 * its end it is a gap until it is closed.
 */
#ifndef CORE_CONTROL_WAIVE_H
#define CORE_CONTROL_WAIVE_H

#include "core/control/control.h"

struct control_waiver {
    uint64_t record;
    struct str number;
    struct str control;
    int64_t now_us, until_us;
};

/* Inside a unit: opens WAIVER, or gives one of the same record and control a new end. -1 with
 * control.unknown (no such control), control.waive_end (no end, or one that is past), store.*. */
int control_waive(struct control *control, const struct control_waiver *waiver, struct err *err);

/* Inside a unit: ends what RECORD opened on CONTROL_ID at NOW_US. Nothing open is fine. */
int control_waive_end(struct control *control, uint64_t record, struct str control_id,
                      int64_t now_us, struct err *err);

#endif
