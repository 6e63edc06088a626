/* `adze bench`: times workloads. */
#include "cli.h"
#include "remedy.h"

#include "../bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK_MAX = 256 };

static int list(void)
{
    for (int i = 0; bench_at(i); i++)
        puts(bench_at(i)->name);
    return EXIT_DONE;
}

static const workload *find(const char *name)
{
    int i = 0;
    while (bench_at(i) && strcmp(bench_at(i)->name, name) != 0)
        i++;
    return bench_at(i);
}

static int unknown(const char *name)
{
    const char *names[WORK_MAX + 1] = {NULL};
    for (int i = 0; bench_at(i) && i < WORK_MAX; i++)
        names[i] = bench_at(i)->name;
    const char *best = nearest(name, names);
    say(EXIT_USAGE, "no workload '%s'", name);
    return remedy_nearest(best, REMEDY_BENCHES, NULL);
}

static int collect(const options *o, const workload **work)
{
    int count = 0;
    for (int i = 0; o->all && bench_at(i) && count < WORK_MAX; i++)
        if (!bench_is_part(bench_at(i)))
            work[count++] = bench_at(i);
    if (o->word_count > WORK_MAX)
        return -say(EXIT_USAGE, "more than %d workloads at once\n  name fewer, or --all", WORK_MAX);
    for (int i = 0; i < o->word_count && !o->all && count < WORK_MAX; i++)
        if ((work[count++] = find(o->words[i])) == NULL)
            return -unknown(o->words[i]);
    return count;
}

static int check_naive(const workload *const *work, int count)
{
    int failed = 0;
    for (int i = 0; i < count; i++)
        failed += !bench_check_naive(work[i]);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

int bench_command(const options *o)
{
    const workload *work[WORK_MAX];
    if (o->list)
        return list();
    int count = collect(o, work);
    if (count < 0)
        return -count;
    if (count == 0) {
        say(EXIT_USAGE, "bench lacks a workload\n  name some, or --all");
        return remedy_nearest(NULL, REMEDY_BENCHES, NULL);
    }
    if (o->check && strcmp(o->check, "naive") == 0)
        return check_naive(work, count);
    if (o->check)
        return count == 1 && bench_check(work[0], o->check) ? EXIT_DONE : EXIT_FAILED;
    bench_options b = {o->threads, o->seconds > 0 ? o->seconds : 3, o->json, o->text, o->steps};
    return bench_run(work, count, &b) ? EXIT_FAILED : EXIT_DONE;
}
