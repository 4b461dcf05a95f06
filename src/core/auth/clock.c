/*
 * clock: see clock.h. Runs in authd.
 */
#include "core/auth/clock.h"

void
auth_clock_init(struct auth_clock *clock, const struct clock_source *source, int64_t newest_us)
{
    clock->source = *source;
    clock->base_us = source->wall_us();
    if (clock->base_us < newest_us)
        clock->base_us = newest_us;
    clock->base_mono_us = source->mono_us();
}

int64_t
auth_clock_now(struct auth_clock *clock)
{
    int64_t mono = clock->source.mono_us();
    int64_t now = clock->base_us + (mono - clock->base_mono_us);
    int64_t wall = clock->source.wall_us();
    if (wall > now)
        now = wall;
    clock->base_us = now;
    clock->base_mono_us = mono;
    return now;
}

int64_t
auth_clock_wall(const struct auth_clock *clock)
{
    return clock->source.wall_us();
}
