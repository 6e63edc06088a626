/* Which processors a process may use, and that threads which begin on one of them spread. */
#define _GNU_SOURCE /* sched_setaffinity */

#include "test.h"

#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/processors.h"
#include "base/threads.h"

/* ---- quotas of control groups */

static void make_folders(const char *root, const char *path)
{
    char whole[600];
    int length = snprintf(whole, sizeof whole, "%s%s", root, path);
    for (int i = (int)strlen(root) + 1; i < length; i++)
        if (whole[i] == '/') {
            whole[i] = 0;
            (void)!mkdir(whole, 0700);
            whole[i] = '/';
        }
}

static void put_file(const char *root, const char *path, const char *text)
{
    char whole[600];
    make_folders(root, path);
    snprintf(whole, sizeof whole, "%s%s", root, path);
    FILE *file = fopen(whole, "w");
    REQUIRE(file);
    fputs(text, file);
    fclose(file);
}

struct quota_case {
    const char *groups; /* /proc/self/cgroup */
    const char *path[3], *text[3];
    int right;
};

static const struct quota_case quota_cases[] = {
    {"0::/\n", {"/sys/fs/cgroup/cpu.max"}, {"max 100000\n"}, 0},
    {"0::/\n", {"/sys/fs/cgroup/cpu.max"}, {"200000 100000\n"}, 2},
    {"0::/a/b\n", {"/sys/fs/cgroup/a/b/cpu.max"}, {"150000 100000\n"}, 2},
    {"0::/a/b\n", {"/sys/fs/cgroup/a/cpu.max"}, {"50000 100000\n"}, 1},
    {"0::/a/b\n",
     {"/sys/fs/cgroup/a/cpu.max", "/sys/fs/cgroup/a/b/cpu.max"},
     {"300000 100000\n", "500000 100000\n"},
     3},
    {"0::/only/on/the/host\n", {"/sys/fs/cgroup/cpu.max"}, {"400000 100000\n"}, 4},
    {"0::/a\n", {"/sys/fs/cgroup/a/cpu.max"}, {"none of it\n"}, 0},
    {"0::/a\n", {"/sys/fs/cgroup/a/cpu.max"}, {"-5 0\n"}, 0},
    {"3:cpuset:/\n1:cpu,cpuacct:/job\n",
     {"/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us",
      "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us"},
     {"250000\n", "100000\n"},
     3},
    {"1:cpu:/\n0::/\n",
     {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"},
     {"-1\n", "100000\n"},
     0},
    {"", {NULL}, {NULL}, 0},
};

TEST(quota_is_the_least_of_all_groups_around)
{
    for (size_t i = 0; i < sizeof quota_cases / sizeof *quota_cases; i++) {
        const struct quota_case *c = &quota_cases[i];
        char root[] = "/tmp/adze-test-XXXXXX", command[100];
        REQUIRE(mkdtemp(root));
        put_file(root, "/proc/self/cgroup", c->groups);
        for (int k = 0; k < 3 && c->path[k]; k++)
            put_file(root, c->path[k], c->text[k]);
        if (processors_quota(root) != c->right)
            TEST_FAILED("case %zu: %d, right %d", i, processors_quota(root), c->right);
        snprintf(command, sizeof command, "rm -r %s", root);
        CHECK_EQ(system(command), 0);
    }
    CHECK_EQ(processors_quota("/there/is/no/such/folder"), 0);
    CHECK(processors_available() >= 1);
}

/* ---- where threads run */

static int allowed(cpu_set_t *set)
{
    return sched_getaffinity(0, sizeof *set, set) == 0 ? CPU_COUNT(set) : 0;
}

TEST(a_thread_leaves_a_processor)
{
    cpu_set_t before, after;
    if (allowed(&before) < 2)
        return;
    for (int i = 0; i < 20; i++) {
        int here = processors_now();
        REQUIRE(here >= 0);
        cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(here, &only);
        REQUIRE(sched_setaffinity(0, sizeof only, &only) == 0);
        processors_leave(here); /* nowhere to go */
        CHECK_EQ(processors_now(), here);
        REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
        double begin = clock_seconds();
        processors_leave(here);
        /* it may come back, but not at once */
        CHECK(processors_now() != here || clock_seconds() - begin > 1e-3);
    }
    CHECK(allowed(&after) == CPU_COUNT(&before) && CPU_EQUAL(&before, &after));
}

/* All threads of this process. */
static bool pin_all(const cpu_set_t *set)
{
    DIR *tasks = opendir("/proc/self/task");
    bool ok = tasks != NULL;
    for (struct dirent *d = tasks ? readdir(tasks) : NULL; d; d = readdir(tasks))
        if (atoi(d->d_name) > 0)
            ok &= sched_setaffinity(atoi(d->d_name), sizeof *set, set) == 0;
    if (tasks)
        closedir(tasks);
    return ok;
}

struct places {
    atomic_int of[2];
};

static void note_place(void *argument, int task, int thread)
{
    struct places *p = argument;
    for (double end = clock_seconds() + 1e-3; clock_seconds() < end;)
        continue;
    atomic_store(&p->of[thread], processors_now());
    (void)task;
}

/* All threads begin on one processor; when they may go elsewhere, two tasks of a millisecond come
 * to run on two, run after run with sleep between. */
TEST(workers_leave_the_processor_of_their_caller)
{
    cpu_set_t all, only;
    if (allowed(&all) < 2 || processors_available() < 2)
        return;
    struct threads *threads = threads_new(memory_default(), 2);
    REQUIRE(threads);
    CPU_ZERO(&only);
    CPU_SET(processors_now(), &only);
    REQUIRE(pin_all(&only) && pin_all(&all));
    int apart = 0;
    for (int i = 0; i < 400 && apart < 20; i++) {
        struct places p = {{-1, -1}};
        threads_hold(threads, true);
        threads_run(threads, 2, false, note_place, &p);
        threads_hold(threads, false);
        usleep(300); /* the worker sleeps */
        int a = atomic_load(&p.of[0]), b = atomic_load(&p.of[1]);
        apart += a >= 0 && b >= 0 && a != b;
    }
    threads_free(threads);
    CHECK(apart > 2);
}

TEST_MAIN
