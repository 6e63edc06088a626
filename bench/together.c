/* Work on several threads at once, in rounds that all begin and end together. */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 64, FEWEST = 5, MOST = 4000 };

typedef struct worker {
    pthread_t thread;
    bench_gathering *all;
    int number;
} worker;

struct bench_gathering {
    pthread_barrier_t barrier;
    void (*work)(void *user, int thread);
    void *user;
    bool goes_on;
    int threads;
    worker workers[THREADS];
};

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

bench_gathering *bench_gather(int threads, void (*work)(void *user, int thread), void *user)
{
    bench_gathering *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->work = work, g->user = user, g->goes_on = true;
    g->threads = threads < THREADS ? threads : THREADS;
    pthread_barrier_init(&g->barrier, NULL, (unsigned)g->threads);
    for (int i = 1; i < g->threads; i++) {
        g->workers[i] = (worker){.all = g, .number = i};
        if (pthread_create(&g->workers[i].thread, NULL, follow, &g->workers[i]))
            abort();
    }
    return g;
}

void bench_round(bench_gathering *g)
{
    pthread_barrier_wait(&g->barrier);
    g->work(g->user, 0);
    pthread_barrier_wait(&g->barrier);
}

void bench_disperse(bench_gathering *g)
{
    if (!g)
        return;
    g->goes_on = false;
    pthread_barrier_wait(&g->barrier);
    for (int i = 1; i < g->threads; i++)
        pthread_join(g->workers[i].thread, NULL);
    pthread_barrier_destroy(&g->barrier);
    free(g);
}

bench_times bench_together(int threads, double seconds, void (*work)(void *user, int thread),
                           void *user)
{
    static double times[MOST];
    int count = 0;
    bench_gathering *g = bench_gather(threads, work, user);
    double end = bench_now() + seconds;
    while (count < MOST && (count < FEWEST || bench_now() < end)) {
        double begin = bench_now();
        bench_round(g);
        times[count++] = bench_now() - begin;
    }
    bench_disperse(g);
    return bench_statistics(times, count);
}
