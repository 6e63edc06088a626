/* Work on several threads at once, in rounds that all begin and end together. */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 64, FEWEST = 5, MOST = 4000 };

typedef struct gathering {
    pthread_barrier_t barrier;
    void (*work)(void *user, int thread);
    void *user;
    bool goes_on;
} gathering;

typedef struct worker {
    pthread_t thread;
    gathering *all;
    int number;
} worker;

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bench_times bench_statistics(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    return (bench_times){times[count / 2], times[count / 10], times[0]};
}

static void *follow(void *argument)
{
    worker *w = argument;
    for (;;) {
        pthread_barrier_wait(&w->all->barrier);
        if (!w->all->goes_on)
            return NULL;
        w->all->work(w->all->user, w->number);
        pthread_barrier_wait(&w->all->barrier);
    }
}

static bench_times lead(gathering *g, double seconds)
{
    static double times[MOST];
    int count = 0;
    double end = bench_now() + seconds;
    g->goes_on = true;
    while (count < MOST && (count < FEWEST || bench_now() < end)) {
        pthread_barrier_wait(&g->barrier);
        double begin = bench_now();
        g->work(g->user, 0);
        pthread_barrier_wait(&g->barrier);
        times[count++] = bench_now() - begin;
    }
    g->goes_on = false;
    pthread_barrier_wait(&g->barrier);
    return bench_statistics(times, count);
}

bench_times bench_together(int threads, double seconds, void (*work)(void *user, int thread),
                           void *user)
{
    gathering g = {.work = work, .user = user};
    worker workers[THREADS];
    threads = threads < THREADS ? threads : THREADS;
    pthread_barrier_init(&g.barrier, NULL, (unsigned)threads);
    for (int i = 1; i < threads; i++) {
        workers[i] = (worker){.all = &g, .number = i};
        if (pthread_create(&workers[i].thread, NULL, follow, &workers[i]))
            abort();
    }
    bench_times times = lead(&g, seconds);
    for (int i = 1; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_barrier_destroy(&g.barrier);
    return times;
}
