/*
 * hasher: see hasher.h. Runs in authd: two threads that know nothing but a hash and a password.
 *
 * Invariants: `lock` guards waiting, running and finished; callbacks run on the loop's thread only;
 * a password stands in locked memory and is wiped as soon as its job is over.
 */
#include "core/auth/hasher.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
    struct job *next;
    hasher_done *done; /* NULL: forgotten */
    void *arg;
    char *password; /* locked memory, NULL when it is empty */
    size_t n;
    bool make;
    int64_t deadline_ms;
    enum hasher_result result;
    bool renewed;
    char hash[PASSWORD_HASH_CHARS]; /* to check against */
    char fresh[PASSWORD_HASH_CHARS];
};

struct jobs {
    struct job *first, **end;
    size_t count;
};

struct hasher {
    struct hasher_cost cost;
    char nobody[PASSWORD_HASH_CHARS]; /* a hash that nothing fits */
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread[HASHER_THREADS];
    size_t threads;
    struct job *running[HASHER_THREADS];
    struct jobs waiting, finished;
    bool stopping;
    int wake; /* eventfd: something finished */
    struct loop_watch *watch;
    struct loop_timer *timer;
};

static void
jobs_put(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->end = job;
    jobs->end = &job->next;
    jobs->count++;
}

static struct job *
jobs_take(struct jobs *jobs)
{
    struct job *job = jobs->first;
    if (job == NULL)
        return NULL;
    jobs->first = job->next;
    if (jobs->first == NULL)
        jobs->end = &jobs->first;
    jobs->count--;
    return job;
}

static void
job_free(struct job *job)
{
    secret_free(job->password);
    free(job);
}

/* The work itself, without the lock. */
static void
job_work(const struct hasher *hasher, struct job *job)
{
    struct str password = {job->password, job->n};
    if (!job->make) {
        job->result = password_check(job->hash, password) ? HASHER_RIGHT : HASHER_WRONG;
        if (job->result == HASHER_WRONG ||
            !password_is_stale(job->hash, hasher->cost.memory_bytes, hasher->cost.passes))
            return;
    }
    struct err err;
    job->renewed = password_hash(password, hasher->cost.memory_bytes, hasher->cost.passes,
                                 job->fresh, &err) == 0;
    if (job->make)
        job->result = job->renewed ? HASHER_MADE : HASHER_FAILED;
}

static void
wake(struct hasher *hasher)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(hasher->wake, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

struct seat {
    struct hasher *hasher;
    size_t index;
};

static void *
work(void *arg)
{
    struct seat seat = *(struct seat *)arg;
    struct hasher *hasher = seat.hasher;
    free(arg);
    pthread_mutex_lock(&hasher->lock);
    while (!hasher->stopping) {
        struct job *job = jobs_take(&hasher->waiting);
        if (job == NULL) {
            pthread_cond_wait(&hasher->work, &hasher->lock);
            continue;
        }
        hasher->running[seat.index] = job;
        pthread_mutex_unlock(&hasher->lock);
        job_work(hasher, job);
        pthread_mutex_lock(&hasher->lock);
        hasher->running[seat.index] = NULL;
        jobs_put(&hasher->finished, job);
        wake(hasher);
    }
    pthread_mutex_unlock(&hasher->lock);
    return NULL;
}

/* Tells what became of the jobs that are over. The list is private to the loop by now. */
static void
jobs_tell(struct jobs *over)
{
    struct job *job;
    while ((job = jobs_take(over)) != NULL) {
        if (job->done != NULL)
            job->done(job->arg, job->result, job->renewed ? job->fresh : NULL);
        job_free(job);
    }
}

static void
finished(void *arg, int fd, unsigned ready)
{
    struct hasher *hasher = arg;
    (void)ready;
    uint64_t count;
    (void)!read(fd, &count, sizeof count);
    struct job *job;
    do { /* one at a time: a callback may forget a later one */
        struct jobs one = {NULL, &one.first, 0};
        pthread_mutex_lock(&hasher->lock);
        job = jobs_take(&hasher->finished);
        pthread_mutex_unlock(&hasher->lock);
        if (job != NULL)
            jobs_put(&one, job);
        jobs_tell(&one);
    } while (job != NULL);
}

/* Lets go of those that stood too long; the queue is in order of its deadlines. */
static void
waited(void *arg)
{
    struct hasher *hasher = arg;
    struct jobs late = {NULL, &late.first, 0};
    int64_t now = time_mono_ms();
    int64_t next = -1;
    pthread_mutex_lock(&hasher->lock);
    while (hasher->waiting.first != NULL && hasher->waiting.first->deadline_ms <= now) {
        struct job *job = jobs_take(&hasher->waiting);
        job->result = HASHER_BUSY;
        jobs_put(&late, job);
    }
    if (hasher->waiting.first != NULL)
        next = hasher->waiting.first->deadline_ms - now;
    pthread_mutex_unlock(&hasher->lock);
    if (next >= 0)
        loop_timer_start(hasher->timer, (uint64_t)next);
    jobs_tell(&late);
}

/* The threads take no signals: those are the loop's. They start with the first job, when the
 * process has closed its sandbox, for that holds only for threads made after it. */
static int
threads_start(struct hasher *hasher)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return -1;
    for (size_t i = 0; i < HASHER_THREADS; i++) {
        struct seat *seat = malloc(sizeof *seat);
        ensure(seat != NULL);
        *seat = (struct seat){hasher, i};
        if (pthread_create(&hasher->thread[i], NULL, work, seat) != 0) {
            free(seat);
            break;
        }
        hasher->threads++;
    }
    ensure(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return hasher->threads > 0 ? 0 : -1;
}

/* The hash of a random password that is forgotten at once. */
static int
nobody_make(struct hasher *hasher, struct err *err)
{
    char password[32];
    random_bytes(password, sizeof password);
    int rc = password_hash((struct str){password, sizeof password}, hasher->cost.memory_bytes,
                           hasher->cost.passes, hasher->nobody, err);
    secret_wipe(password, sizeof password);
    return rc;
}

int
hasher_new(struct loop *loop, const struct hasher_cost *cost, struct hasher **ret_hasher,
           struct err *err)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    ensure(hasher != NULL);
    hasher->cost = *cost;
    hasher->waiting.end = &hasher->waiting.first;
    hasher->finished.end = &hasher->finished.first;
    hasher->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ensure(hasher->wake >= 0);
    ensure(pthread_mutex_init(&hasher->lock, NULL) == 0);
    ensure(pthread_cond_init(&hasher->work, NULL) == 0);
    hasher->watch = loop_watch_new(loop, hasher->wake, LOOP_READ, finished, hasher);
    hasher->timer = loop_timer_new(loop, waited, hasher);
    if (nobody_make(hasher, err) != 0) {
        hasher_free(hasher);
        return -1;
    }
    *ret_hasher = hasher;
    return 0;
}

void
hasher_free(struct hasher *hasher)
{
    if (hasher == NULL)
        return;
    pthread_mutex_lock(&hasher->lock);
    hasher->stopping = true;
    pthread_cond_broadcast(&hasher->work);
    pthread_mutex_unlock(&hasher->lock);
    for (size_t i = 0; i < hasher->threads; i++)
        ensure(pthread_join(hasher->thread[i], NULL) == 0);
    struct job *job;
    while ((job = jobs_take(&hasher->waiting)) != NULL)
        job_free(job);
    while ((job = jobs_take(&hasher->finished)) != NULL)
        job_free(job);
    loop_watch_free(hasher->watch);
    loop_timer_free(hasher->timer);
    (void)close(hasher->wake);
    (void)pthread_mutex_destroy(&hasher->lock);
    (void)pthread_cond_destroy(&hasher->work);
    free(hasher);
}

static int
job_add(struct hasher *hasher, const struct job *like, struct str password)
{
    pthread_mutex_lock(&hasher->lock);
    bool full = hasher->waiting.count == HASHER_QUEUE_MOST;
    bool first = hasher->waiting.count == 0;
    pthread_mutex_unlock(&hasher->lock);
    if (full) /* only this thread adds, so it cannot fill up meanwhile */
        return -1;
    if (hasher->threads == 0 && threads_start(hasher) != 0)
        return -1;
    struct job *job = malloc(sizeof *job);
    ensure(job != NULL);
    *job = *like;
    job->deadline_ms = time_mono_ms() + HASHER_WAIT_MS;
    if (password.n > 0) {
        job->password = secret_new(password.n);
        memcpy(job->password, password.p, password.n);
        job->n = password.n;
    }
    pthread_mutex_lock(&hasher->lock);
    jobs_put(&hasher->waiting, job);
    pthread_cond_signal(&hasher->work);
    pthread_mutex_unlock(&hasher->lock);
    if (first)
        loop_timer_start(hasher->timer, HASHER_WAIT_MS);
    return 0;
}

int
hasher_check(struct hasher *hasher, const char *hash, struct str password, hasher_done *done,
             void *arg)
{
    struct job job = {.done = done, .arg = arg};
    const char *against = hash == NULL ? hasher->nobody : hash;
    size_t n = strlen(against);
    ensure(n < sizeof job.hash);
    memcpy(job.hash, against, n + 1);
    return job_add(hasher, &job, password);
}

int
hasher_make(struct hasher *hasher, struct str password, hasher_done *done, void *arg)
{
    struct job job = {.done = done, .arg = arg, .make = true};
    return job_add(hasher, &job, password);
}

static void
jobs_forget(struct jobs *jobs, const void *arg)
{
    for (struct job *job = jobs->first; job != NULL; job = job->next)
        if (job->arg == arg)
            job->done = NULL;
}

void
hasher_forget(struct hasher *hasher, const void *arg)
{
    pthread_mutex_lock(&hasher->lock);
    jobs_forget(&hasher->waiting, arg);
    jobs_forget(&hasher->finished, arg);
    for (size_t i = 0; i < HASHER_THREADS; i++)
        if (hasher->running[i] != NULL && hasher->running[i]->arg == arg)
            hasher->running[i]->done = NULL;
    pthread_mutex_unlock(&hasher->lock);
}
