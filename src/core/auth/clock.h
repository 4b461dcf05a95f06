/*
 * clock: the time authd lives by. It follows the system's clock forwards and never goes back: set
 * back, it goes on with the monotonic clock from where it was, also over a restart (the newest time
 * is kept). So a clock set back never makes a session, an attempt or a pause longer.
 */
#ifndef CORE_AUTH_CLOCK_H
#define CORE_AUTH_CLOCK_H

#include <stdint.h>

/* Where time comes from; tests put their own in place. */
struct clock_source {
    int64_t (*wall_us)(void); /* UTC, may step */
    int64_t (*mono_us)(void); /* never steps */
};

struct auth_clock {
    struct clock_source source;
    int64_t base_us, base_mono_us;
};

/* Starts CLOCK at the later of the system's time and NEWEST_US, the newest time that was kept. */
void auth_clock_init(struct auth_clock *clock, const struct clock_source *source,
                     int64_t newest_us);

/* Microseconds; never less than it was before. */
int64_t auth_clock_now(struct auth_clock *clock);

/* The system's clock, for what is compared with the clocks of others (RFC 6238, instants in
 * answers). */
int64_t auth_clock_wall(const struct auth_clock *clock);

#endif
