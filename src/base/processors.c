/* Processors, as Linux counts them; elsewhere those that are online. */
#define _GNU_SOURCE /* sched_getaffinity, sched_getcpu */

#include "base/processors.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 4096 };

/* The first line of a file below root; false where there is none. */
static bool first_line(const char *root, const char *folder, const char *name, char *line)
{
    char path[2 * LINE];
    int length = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/%s", root, folder, name);
    FILE *file = length > 0 && length < (int)sizeof path ? fopen(path, "re") : NULL;
    bool read = file && fgets(line, LINE, file);
    if (file)
        fclose(file);
    return read;
}

static int rounded_up(double quota, double period)
{
    double whole = period > 0 && quota > 0 ? quota / period : 0;
    return whole <= 0 || whole > 100000 ? 0 : (int)whole + (whole > (int)whole);
}

static int smaller_quota(int a, int b)
{
    return !a || (b && b < a) ? b : a;
}

/* "150000 100000", "max 100000" */
static int quota_of_version_2(const char *root, const char *folder)
{
    char line[LINE], *end;
    if (!first_line(root, folder, "cpu.max", line))
        return 0;
    double quota = strtod(line, &end);
    return end == line ? 0 : rounded_up(quota, strtod(end, NULL));
}

/* "150000" and "100000"; "-1": none */
static int quota_of_version_1(const char *root, const char *folder)
{
    char quota[LINE], period[LINE];
    if (!first_line(root, folder, "cpu.cfs_quota_us", quota) ||
        !first_line(root, folder, "cpu.cfs_period_us", period))
        return 0;
    return rounded_up(strtod(quota, NULL), strtod(period, NULL));
}

/* The group in that folder and all around it, up to the root of the hierarchy.  In a container the
 * path may be one that only the host has; the root is always there. */
static int quota_upward(const char *root, const char *hierarchy, const char *path,
                        int (*quota_of)(const char *root, const char *folder))
{
    char folder[LINE];
    int base = (int)strlen(hierarchy), least = 0;
    if (snprintf(folder, sizeof folder, "%s%s", hierarchy, path) >= (int)sizeof folder)
        return quota_of(root, hierarchy);
    for (int length = (int)strlen(folder); length >= base; length--)
        if (length == base || folder[length] == '/' || !folder[length]) {
            folder[length] = 0;
            least = smaller_quota(least, quota_of(root, folder));
        }
    return least;
}

/* "0::/path" is version 2, "4:cpu,cpuacct:/path" version 1. */
static int quota_of_line(const char *root, char *line)
{
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : 0;
    if (!path)
        return 0;
    *controllers++ = 0;
    *path++ = 0;
    if (!*controllers)
        return quota_upward(root, "", path, quota_of_version_2);
    char list[LINE], hierarchy[LINE];
    snprintf(list, sizeof list, ",%.*s,", LINE - 3, controllers);
    if (!strstr(list, ",cpu,") ||
        snprintf(hierarchy, sizeof hierarchy, "/%s", controllers) >= (int)sizeof hierarchy)
        return 0;
    return smaller_quota(quota_upward(root, hierarchy, path, quota_of_version_1),
                         quota_upward(root, "/cpu", path, quota_of_version_1));
}

int processors_quota(const char *root)
{
    char path[LINE], line[LINE];
    int least = 0;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        least = smaller_quota(least, quota_of_line(root, line));
    if (file)
        fclose(file);
    return least;
}

#if defined(__linux__)

static int allowed(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

int processors_now(void)
{
    return sched_getcpu();
}

void processors_leave(int number)
{
    cpu_set_t all, others;
    if (number < 0 || number >= CPU_SETSIZE || sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    others = all;
    CPU_CLR(number, &others);
    if (CPU_COUNT(&others) && sched_setaffinity(0, sizeof others, &others) == 0)
        (void)!sched_setaffinity(0, sizeof all, &all);
}

#else

static int allowed(void)
{
    return 0;
}

int processors_now(void)
{
    return -1;
}

void processors_leave(int number)
{
    (void)number;
}

#endif

int processors_available(void)
{
    int count = allowed(), quota = processors_quota("");
    if (count <= 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        count = online > 0 && online < 4096 ? (int)online : 1;
    }
    return quota > 0 && quota < count ? quota : count;
}
