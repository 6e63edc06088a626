/* `adze bench`: times workloads. */
#include "cli.h"
#include "remedy.h"

#include "../bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK_MAX = 128 };

static int list(void)
{
    for (const workload *w = bench_workloads; w->name; w++)
        puts(w->name);
    return EXIT_DONE;
}

static const workload *find(const char *name)
{
    for (const workload *w = bench_workloads; w->name; w++)
        if (strcmp(w->name, name) == 0)
            return w;
    return NULL;
}

static int unknown(const char *name)
{
    const char *names[WORK_MAX + 1] = {NULL};
    for (int i = 0; bench_workloads[i].name && i < WORK_MAX; i++)
        names[i] = bench_workloads[i].name;
    const char *best = nearest(name, names);
    say(EXIT_USAGE, "no workload '%s'", name);
    return remedy_nearest(best, REMEDY_BENCHES, NULL);
}

static int collect(const options *o, const workload **work)
{
    int count = 0;
    for (const workload *w = bench_workloads; o->all && w->name && count < WORK_MAX; w++)
        work[count++] = w;
    if (o->word_count > WORK_MAX)
        return -say(EXIT_USAGE, "more than %d workloads at once\n  name fewer, or --all", WORK_MAX);
    for (int i = 0; i < o->word_count && !o->all && count < WORK_MAX; i++)
        if ((work[count++] = find(o->words[i])) == NULL)
            return -unknown(o->words[i]);
    return count;
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
    if (o->check)
        return count == 1 && bench_check(work[0], o->check) ? EXIT_DONE : EXIT_FAILED;
    bench_options b = {o->threads, o->seconds > 0 ? o->seconds : 3, o->json, o->text, o->steps};
    return bench_run(work, count, &b) ? EXIT_FAILED : EXIT_DONE;
}
