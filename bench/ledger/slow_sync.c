/*
 * slow_sync: makes every fsync and fdatasync of a program wait a fixed time (SLOW_SYNC_US) and do nothing else: a
 * disk whose answer time does not change. For bench/ledger only, through LD_PRELOAD.
 */
#include <stdlib.h>
#include <time.h>

int fsync(int fd);
int fdatasync(int fd);

static int
wait_fixed(void)
{
    const char *text = getenv("SLOW_SYNC_US");
    long us = text == NULL ? 0 : strtol(text, NULL, 10);
    struct timespec now;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += us * 1000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    /* nanosleep alone oversleeps by some 60 us */
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    return 0;
}

int
fsync(int fd)
{
    (void)fd;
    return wait_fixed();
}

int
fdatasync(int fd)
{
    (void)fd;
    return wait_fixed();
}
