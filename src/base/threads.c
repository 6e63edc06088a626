/* The pool.  Each thread has a share of a run's tasks, neighbours, which it takes from the front;
 * who has none left takes from the end of another's.  So a thread meets again what it wrote in an
 * earlier run that was cut alike, and goes through memory in order: training steps of convolutional
 * and recurrent networks take 2 to 5 % less time than with one queue for all.
 *
 * A share is one word, the numbers of the first task in it and of the first behind it; a task is
 * taken by compare-and-swap.  Who has taken a task may read what the run is about: its caller does
 * not return, so does not change it, before that task is done.
 *
 * Where they run.  A worker that sleeps is woken by the caller, and the system may put it on the
 * caller's own processor, behind the caller, which then does all tasks before the worker comes to
 * run; nobody balances that, because every time only one of the two is ready.  (Linux 6.18, two
 * processors: whole runs on one of them.)  So
 *
 * - while a program runs (threads_hold), workers look for tasks much longer before they sleep;
 * - a caller that has woken workers which do not come up sleeps for a moment, so that they can;
 * - a worker that finds itself where its caller is goes elsewhere.
 *
 * Nobody calls sched_yield: where others want the processor, a call gives them a turn of some
 * milliseconds. */
#define _POSIX_C_SOURCE 200809L

#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "base/memory.h"
#include "base/processors.h"

enum { LINE = 64, LOOKS_PER_CLOCK = 64 };

/* How long to look for work, or for the end of it, before sleeping: between runs, and while the
 * pool is held. */
static const double watch_seconds = 40e-6, held_seconds = 2e-3;
/* Workers that were woken so long ago and still sleep may wait for the caller's processor. */
static const double wake_seconds = 100e-6;
/* A worker leaves its caller's processor once in so long, so that on a machine where others work
 * too, it does not wander for ever. */
static const double settle_seconds = 4e-3;

/* Tasks that nobody has taken yet. */
struct share {
    _Alignas(LINE) _Atomic uint64_t range; /* the first << 32 | behind the last */
};

struct worker {
    struct share share;
    struct threads *threads;
    pthread_t thread; /* not of worker 0, which is the caller */
    int number;
    double settled; /* when it left its caller's processor last */
};

struct threads {
    /* Looked at by everyone all the time. */
    _Alignas(LINE) _Atomic uint32_t run; /* number of the run */
    _Alignas(LINE) atomic_int undone;    /* tasks of the run that are not finished */

    /* The run; written while all shares are empty. */
    _Alignas(LINE) void (*task)(void *argument, int task, int thread);
    void *argument;
    int tasks;
    bool backward; /* tasks are numbered from the end */

    atomic_int holders;  /* programs that run; threads_hold */
    atomic_int place;    /* processor of the caller */
    atomic_flag busy;    /* a caller has the pool */
    atomic_int sleepers; /* workers that sleep, or are about to */
    atomic_bool caller_sleeps;
    atomic_bool stop;
    atomic_uint generation; /* of the process whose threads these are */
    pthread_mutex_t mutex;
    pthread_cond_t work, done;

    const ad_allocator *allocator;
    ad_pool pool;            /* the caller's threads instead; run == NULL: none */
    int count;               /* threads that work, the caller included */
    int asked;               /* of them, when memory was reserved */
    bool watch;              /* there is a processor for each */
    struct worker workers[]; /* asked */
};

static size_t threads_size(int asked)
{
    size_t size = sizeof(struct threads) + (size_t)asked * sizeof(struct worker);
    return (size + LINE - 1) / LINE * LINE;
}

static void pause_a_little(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* ---- taking tasks */

static uint64_t range_of(int first, int end)
{
    return (uint64_t)(uint32_t)first << 32 | (uint32_t)end;
}

/* Takes the first or the last task of a share; its number, or -1 where none is left. */
static int take_from(struct share *share, bool last)
{
    uint64_t range = atomic_load_explicit(&share->range, memory_order_relaxed);
    for (;;) {
        int first = (int)(range >> 32), end = (int)(uint32_t)range;
        if (first >= end)
            return -1;
        uint64_t rest = last ? range_of(first, end - 1) : range_of(first + 1, end);
        if (atomic_compare_exchange_weak_explicit(&share->range, &range, rest, memory_order_acquire,
                                                  memory_order_relaxed))
            return last ? end - 1 : first;
    }
}

/* Takes one task of the run now on: of its own, else of the next that has one. */
static int take(struct threads *threads, int thread)
{
    int task = take_from(&threads->workers[thread].share, false);
    for (int i = 1; task < 0 && i < threads->count; i++)
        task = take_from(&threads->workers[(thread + i) % threads->count].share, true);
    return task;
}

static int numbered(int tasks, bool backward, int i)
{
    return backward ? tasks - 1 - i : i;
}

/* Does one task.  The last to finish wakes the caller where it sleeps. */
static void do_task(struct threads *threads, int i, int thread)
{
    threads->task(threads->argument, numbered(threads->tasks, threads->backward, i), thread);
    if (atomic_fetch_sub(&threads->undone, 1) == 1 && atomic_load(&threads->caller_sleeps)) {
        pthread_mutex_lock(&threads->mutex);
        pthread_cond_signal(&threads->done);
        pthread_mutex_unlock(&threads->mutex);
    }
}

/* Does tasks while there are any. */
static void work(struct threads *threads, int thread)
{
    for (int i = take(threads, thread); i >= 0; i = take(threads, thread))
        do_task(threads, i, thread);
}

/* Whether another run than that one has begun. */
static bool has_work(struct threads *threads, uint32_t run)
{
    return atomic_load(&threads->run) != run || atomic_load(&threads->stop);
}

static bool is_done(struct threads *threads, uint32_t run)
{
    (void)run; /* there is no other before it is done */
    return atomic_load(&threads->undone) == 0;
}

/* Whether to go on looking; begin is 0 at first. */
static bool patient(struct threads *threads, double *begin)
{
    double now = clock_seconds();
    if (*begin == 0)
        *begin = now;
    bool held = atomic_load_explicit(&threads->holders, memory_order_relaxed) > 0;
    return now - *begin < (held ? held_seconds : watch_seconds);
}

/* Looks for a while; whether there is what to see. */
static bool watch_for(struct threads *threads, bool (*seen)(struct threads *, uint32_t),
                      uint32_t run)
{
    double begin = 0;
    if (!threads->watch)
        return seen(threads, run);
    do {
        for (int look = 0; look < LOOKS_PER_CLOCK; look++) {
            if (seen(threads, run))
                return true;
            pause_a_little();
        }
    } while (patient(threads, &begin));
    return false;
}

/* ---- workers */

/* sleepers is raised before the run's number is looked at again, and the caller raises the number
 * before it looks at sleepers: one sees the other. */
static void sleep_until_work(struct threads *threads, uint32_t run)
{
    pthread_mutex_lock(&threads->mutex);
    atomic_fetch_add(&threads->sleepers, 1);
    while (!has_work(threads, run))
        pthread_cond_wait(&threads->work, &threads->mutex);
    atomic_fetch_sub(&threads->sleepers, 1);
    pthread_mutex_unlock(&threads->mutex);
}

/* Goes where the caller is not. */
static void settle(struct worker *worker)
{
    int here = processors_now();
    if (here < 0 || here != atomic_load_explicit(&worker->threads->place, memory_order_relaxed))
        return;
    double now = clock_seconds();
    if (now - worker->settled < settle_seconds)
        return;
    worker->settled = now;
    processors_leave(here);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct threads *threads = worker->threads;
    uint32_t run = 0;
    while (!atomic_load(&threads->stop)) {
        if (!watch_for(threads, has_work, run))
            sleep_until_work(threads, run);
        run = atomic_load(&threads->run);
        if (threads->watch)
            settle(worker);
        work(threads, worker->number);
    }
    return NULL;
}

/* Workers leave signals to the threads of the program. */
static void start_workers(struct threads *threads, int wanted)
{
    sigset_t all, before;
    int count = 1;
    sigfillset(&all);
    bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    for (; count < wanted; count++) {
        struct worker *worker = &threads->workers[count];
        worker->threads = threads;
        worker->number = count;
        if (pthread_create(&worker->thread, NULL, worker_main, worker))
            break;
    }
    threads->count = count;
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void make_signals(struct threads *threads)
{
    atomic_flag_clear(&threads->busy);
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->work, NULL);
    pthread_cond_init(&threads->done, NULL);
}

static struct threads *new_threads(const ad_allocator *allocator, int count)
{
    struct threads *threads = memory_zeroed(allocator, threads_size(count));
    if (!threads)
        return NULL;
    threads->allocator = allocator;
    threads->asked = count;
    threads->count = 1;
    threads->watch = count <= processors_available();
    atomic_init(&threads->generation, fork_generation());
    make_signals(threads);
    return threads;
}

struct threads *threads_new(const ad_allocator *allocator, int count)
{
    struct threads *threads = new_threads(allocator, count < 1 ? 1 : count);
    if (threads)
        start_workers(threads, threads->asked);
    return threads;
}

struct threads *threads_new_pool(const ad_allocator *allocator, const ad_pool *pool)
{
    struct threads *threads = new_threads(allocator, 1);
    if (!threads)
        return NULL;
    threads->pool = *pool;
    threads->count = pool->threads < 1 ? 1 : pool->threads;
    return threads;
}

static void stop_workers(struct threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    atomic_store(&threads->stop, true);
    pthread_cond_broadcast(&threads->work);
    pthread_mutex_unlock(&threads->mutex);
    for (int i = 1; i < threads->count; i++)
        pthread_join(threads->workers[i].thread, NULL);
}

void threads_free(struct threads *threads)
{
    if (!threads)
        return;
    if (atomic_load(&threads->generation) == fork_generation()) {
        if (!threads->pool.run)
            stop_workers(threads);
        pthread_cond_destroy(&threads->done);
        pthread_cond_destroy(&threads->work);
        pthread_mutex_destroy(&threads->mutex);
    }
    memory_free(threads->allocator, threads, threads_size(threads->asked));
}

int threads_count(const struct threads *threads)
{
    return threads->count;
}

bool threads_given(const struct threads *threads)
{
    return threads->pool.run != NULL;
}

/* ---- a run */

static void run_alone(int tasks, bool backward, void (*task)(void *, int, int), void *argument)
{
    for (int i = 0; i < tasks; i++)
        task(argument, numbered(tasks, backward, i), 0);
}

/* How many will sleep on. */
static int wake_workers(struct threads *threads, int wanted)
{
    int sleepers = atomic_load(&threads->sleepers);
    if (sleepers == 0)
        return 0;
    pthread_mutex_lock(&threads->mutex);
    if (wanted >= sleepers)
        pthread_cond_broadcast(&threads->work);
    else
        for (int i = 0; i < wanted; i++)
            pthread_cond_signal(&threads->work);
    pthread_mutex_unlock(&threads->mutex);
    return wanted >= sleepers ? 0 : sleepers - wanted;
}

/* The caller's tasks, with one short sleep where workers that it has woken do not come up. */
static void work_as_caller(struct threads *threads, int asleep)
{
    bool waits = threads->watch && atomic_load(&threads->sleepers) > asleep;
    double begin = waits ? clock_seconds() : 0;
    for (int i = take(threads, 0); i >= 0; i = take(threads, 0)) {
        do_task(threads, i, 0);
        if (waits && clock_seconds() - begin > wake_seconds) {
            waits = false;
            if (atomic_load(&threads->sleepers) > asleep)
                nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
        }
    }
}

/* caller_sleeps and undone: the same law as sleepers and run. */
static void sleep_until_done(struct threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    atomic_store(&threads->caller_sleeps, true);
    while (!is_done(threads, 0))
        pthread_cond_wait(&threads->done, &threads->mutex);
    atomic_store(&threads->caller_sleeps, false);
    pthread_mutex_unlock(&threads->mutex);
}

/* Each thread has the same tasks in either direction. */
static void give_shares(struct threads *threads, int tasks, bool backward)
{
    int shares = tasks < threads->count ? tasks : threads->count;
    for (int i = 0; i < shares; i++) {
        int64_t place = backward ? shares - 1 - i : i;
        uint64_t range =
            range_of((int)(place * tasks / shares), (int)((place + 1) * tasks / shares));
        atomic_store_explicit(&threads->workers[i].share.range, range, memory_order_release);
    }
}

static void run_together(struct threads *threads, int tasks, bool backward,
                         void (*task)(void *, int, int), void *argument)
{
    threads->task = task;
    threads->argument = argument;
    threads->tasks = tasks;
    threads->backward = backward;
    atomic_store_explicit(&threads->undone, tasks, memory_order_relaxed);
    give_shares(threads, tasks, backward);
    if (threads->watch)
        atomic_store_explicit(&threads->place, processors_now(), memory_order_relaxed);
    atomic_fetch_add(&threads->run, 1);
    work_as_caller(threads, wake_workers(threads, tasks - 1));
    if (!watch_for(threads, is_done, 0))
        sleep_until_done(threads);
}

/* ---- the same over the caller's threads: each of its tasks is one of ours that takes ours */

struct shared_run {
    atomic_int next;
    int tasks;
    bool backward;
    void (*task)(void *argument, int task, int thread);
    void *argument;
};

static void work_shared(void *argument, int thread)
{
    struct shared_run *run = argument;
    for (int i = atomic_fetch_add(&run->next, 1); i < run->tasks;
         i = atomic_fetch_add(&run->next, 1))
        run->task(run->argument, numbered(run->tasks, run->backward, i), thread);
}

static void run_shared(struct threads *threads, int tasks, bool backward,
                       void (*task)(void *, int, int), void *argument)
{
    struct shared_run run = {
        .tasks = tasks, .backward = backward, .task = task, .argument = argument};
    int workers = tasks < threads->count ? tasks : threads->count;
    threads->pool.run(threads->pool.user, workers, work_shared, &run);
}

/* ---- in a child that was forked off: its workers do not exist */

/* As many again as plans know of, no run, nobody waiting. */
static void begin_again(struct threads *threads)
{
    for (int i = 0; i < threads->asked; i++)
        atomic_store(&threads->workers[i].share.range, 0);
    atomic_store(&threads->run, 0);
    atomic_store(&threads->undone, 0);
    atomic_store(&threads->holders, 1); /* the program whose run this is */
    atomic_store(&threads->sleepers, 0);
    atomic_store(&threads->caller_sleeps, false);
    make_signals(threads);
    start_workers(threads, threads->count);
}

/* The first that comes starts workers; false meanwhile. */
static bool are_here(struct threads *threads)
{
    unsigned now = fork_generation(), then = atomic_load(&threads->generation);
    if (then == now)
        return true;
    if (then == UINT32_MAX ||
        !atomic_compare_exchange_strong(&threads->generation, &then, UINT32_MAX))
        return false;
    begin_again(threads);
    atomic_store(&threads->generation, now);
    return true;
}

void threads_run(struct threads *threads, int tasks, bool backward,
                 void (*task)(void *argument, int task, int thread), void *argument)
{
    if (tasks <= 1 || threads->count == 1) {
        run_alone(tasks, backward, task, argument);
    } else if (threads->pool.run) {
        run_shared(threads, tasks, backward, task, argument);
    } else if (!are_here(threads) ||
               atomic_flag_test_and_set_explicit(&threads->busy, memory_order_acquire)) {
        run_alone(tasks, backward, task, argument);
    } else {
        run_together(threads, tasks, backward, task, argument);
        atomic_flag_clear_explicit(&threads->busy, memory_order_release);
    }
}

void threads_hold(struct threads *threads, bool hold)
{
    if (threads->count > 1)
        atomic_fetch_add_explicit(&threads->holders, hold ? 1 : -1, memory_order_relaxed);
}
