/* The pool.  One word, the ticket, holds the number of the run and how many of its tasks nobody has
 * taken yet; a task is taken by counting it down with compare-and-swap.  Who has taken a task may
 * read what the run is about: its caller does not return, so does not change it, before that task
 * is done.  A worker that slept through runs finds a ticket it has not seen and its swap fails. */
#define _GNU_SOURCE /* sched_getaffinity */

#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

enum { LINE = 64, LOOKS_PER_CLOCK = 64 };

static const double watch_seconds =
    40e-6; /* how long to look for work, or for the end of it, before sleeping */

struct worker {
    struct threads *threads;
    pthread_t thread;
    int number; /* of the thread; the caller is 0 */
};

struct threads {
    /* Looked at by everyone all the time. */
    _Alignas(LINE) _Atomic uint64_t ticket; /* number of the run << 32 | tasks not taken */
    _Alignas(LINE) atomic_int undone;       /* tasks of the run that are not finished */

    /* The run; written while no task of it can be taken. */
    _Alignas(LINE) void (*task)(void *argument, int task, int thread);
    void *argument;
    int tasks;

    atomic_flag busy;    /* a caller has the pool */
    atomic_int sleepers; /* workers that sleep, or are about to */
    atomic_bool caller_sleeps;
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t work, done;

    const ad_allocator *allocator;
    ad_pool pool;            /* the caller's threads instead; run == NULL: none */
    int count;               /* threads that work, the caller included */
    int asked;               /* of them, when memory was reserved */
    bool watch;              /* there is a processor for each */
    struct worker workers[]; /* asked - 1 */
};

static size_t threads_size(int asked)
{
    size_t size = sizeof(struct threads) + (size_t)(asked - 1) * sizeof(struct worker);
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

/* Takes one task of the run now on; its number, or -1 where all are taken. */
static int take(struct threads *threads)
{
    uint64_t ticket = atomic_load_explicit(&threads->ticket, memory_order_relaxed);
    while ((uint32_t)ticket)
        if (atomic_compare_exchange_weak_explicit(&threads->ticket, &ticket, ticket - 1,
                                                  memory_order_acquire, memory_order_relaxed))
            return threads->tasks - (int)(uint32_t)ticket;
    return -1;
}

/* Does tasks while there are any.  The last to finish wakes the caller where it sleeps. */
static void work(struct threads *threads, int thread)
{
    for (int i = take(threads); i >= 0; i = take(threads)) {
        threads->task(threads->argument, i, thread);
        if (atomic_fetch_sub(&threads->undone, 1) == 1 && atomic_load(&threads->caller_sleeps)) {
            pthread_mutex_lock(&threads->mutex);
            pthread_cond_signal(&threads->done);
            pthread_mutex_unlock(&threads->mutex);
        }
    }
}

static bool has_work(struct threads *threads)
{
    return (uint32_t)atomic_load(&threads->ticket) || atomic_load(&threads->stop);
}

static bool is_done(struct threads *threads)
{
    return atomic_load(&threads->undone) == 0;
}

/* Looks until there is what to see, for watch_seconds at most. */
static bool watch_for(struct threads *threads, bool (*seen)(struct threads *))
{
    if (!threads->watch)
        return seen(threads);
    double end = 0;
    for (;;) {
        for (int look = 0; look < LOOKS_PER_CLOCK; look++) {
            if (seen(threads))
                return true;
            pause_a_little();
        }
        double now = clock_seconds();
        if (end == 0)
            end = now + watch_seconds;
        else if (now > end)
            return false;
    }
}

/* ---- workers */

/* sleepers is raised before the ticket is looked at again, and the caller raises the ticket before
 * it looks at sleepers: one sees the other. */
static void sleep_until_work(struct threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    atomic_fetch_add(&threads->sleepers, 1);
    while (!has_work(threads))
        pthread_cond_wait(&threads->work, &threads->mutex);
    atomic_fetch_sub(&threads->sleepers, 1);
    pthread_mutex_unlock(&threads->mutex);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct threads *threads = worker->threads;
    while (!atomic_load(&threads->stop)) {
        if (!watch_for(threads, has_work))
            sleep_until_work(threads);
        work(threads, worker->number);
    }
    return NULL;
}

/* Workers leave signals to the threads of the program. */
static void start_workers(struct threads *threads)
{
    sigset_t all, before;
    sigfillset(&all);
    bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    for (; threads->count < threads->asked; threads->count++) {
        struct worker *worker = &threads->workers[threads->count - 1];
        *worker = (struct worker){.threads = threads, .number = threads->count};
        if (pthread_create(&worker->thread, NULL, worker_main, worker))
            break;
    }
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct threads *new_threads(const ad_allocator *allocator, int count)
{
    struct threads *threads = memory_zeroed(allocator, threads_size(count));
    if (!threads)
        return NULL;
    threads->allocator = allocator;
    threads->asked = count;
    threads->count = 1;
    threads->watch = count <= threads_available();
    atomic_flag_clear(&threads->busy);
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->work, NULL);
    pthread_cond_init(&threads->done, NULL);
    return threads;
}

struct threads *threads_new(const ad_allocator *allocator, int count)
{
    struct threads *threads = new_threads(allocator, count < 1 ? 1 : count);
    if (threads)
        start_workers(threads);
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
        pthread_join(threads->workers[i - 1].thread, NULL);
}

void threads_free(struct threads *threads)
{
    if (!threads)
        return;
    if (!threads->pool.run)
        stop_workers(threads);
    pthread_cond_destroy(&threads->done);
    pthread_cond_destroy(&threads->work);
    pthread_mutex_destroy(&threads->mutex);
    memory_free(threads->allocator, threads, threads_size(threads->asked));
}

int threads_count(const struct threads *threads)
{
    return threads->count;
}

/* ---- a run */

static void run_alone(int tasks, void (*task)(void *, int, int), void *argument)
{
    for (int i = 0; i < tasks; i++)
        task(argument, i, 0);
}

static void wake_workers(struct threads *threads, int wanted)
{
    int sleepers = atomic_load(&threads->sleepers);
    if (sleepers == 0)
        return;
    pthread_mutex_lock(&threads->mutex);
    if (wanted >= sleepers)
        pthread_cond_broadcast(&threads->work);
    else
        for (int i = 0; i < wanted; i++)
            pthread_cond_signal(&threads->work);
    pthread_mutex_unlock(&threads->mutex);
}

/* caller_sleeps and undone: the same law as sleepers and ticket. */
static void sleep_until_done(struct threads *threads)
{
    pthread_mutex_lock(&threads->mutex);
    atomic_store(&threads->caller_sleeps, true);
    while (!is_done(threads))
        pthread_cond_wait(&threads->done, &threads->mutex);
    atomic_store(&threads->caller_sleeps, false);
    pthread_mutex_unlock(&threads->mutex);
}

static void run_together(struct threads *threads, int tasks, void (*task)(void *, int, int),
                         void *argument)
{
    threads->task = task;
    threads->argument = argument;
    threads->tasks = tasks;
    atomic_store_explicit(&threads->undone, tasks, memory_order_relaxed);
    uint64_t run = (atomic_load_explicit(&threads->ticket, memory_order_relaxed) >> 32) + 1;
    atomic_store(&threads->ticket, run << 32 | (uint32_t)tasks);
    wake_workers(threads, tasks - 1);
    work(threads, 0);
    if (!watch_for(threads, is_done))
        sleep_until_done(threads);
}

/* ---- the same over the caller's threads: each of its tasks is one of ours that takes ours */

struct shared_run {
    atomic_int next;
    int tasks;
    void (*task)(void *argument, int task, int thread);
    void *argument;
};

static void work_shared(void *argument, int thread)
{
    struct shared_run *run = argument;
    for (int i = atomic_fetch_add(&run->next, 1); i < run->tasks;
         i = atomic_fetch_add(&run->next, 1))
        run->task(run->argument, i, thread);
}

static void run_shared(struct threads *threads, int tasks, void (*task)(void *, int, int),
                       void *argument)
{
    struct shared_run run = {.tasks = tasks, .task = task, .argument = argument};
    int workers = tasks < threads->count ? tasks : threads->count;
    threads->pool.run(threads->pool.user, workers, work_shared, &run);
}

void threads_run(struct threads *threads, int tasks,
                 void (*task)(void *argument, int task, int thread), void *argument)
{
    if (tasks <= 1 || threads->count == 1) {
        run_alone(tasks, task, argument);
    } else if (threads->pool.run) {
        run_shared(threads, tasks, task, argument);
    } else if (atomic_flag_test_and_set_explicit(&threads->busy, memory_order_acquire)) {
        run_alone(tasks, task, argument);
    } else {
        run_together(threads, tasks, task, argument);
        atomic_flag_clear_explicit(&threads->busy, memory_order_release);
    }
}

int threads_available(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < 4096 ? (int)online : 1;
}
