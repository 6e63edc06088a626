/* Numbers that labs take from arrays, graphs, clocks and chance. */
#include "frame.h"

#include <time.h>

double *lab_items(lab *l, const ad_array *a)
{
    int64_t count = ad_array_count(a);
    double *item = lab_numbers(l, count);
    for (int64_t i = 0; i < count; i++)
        item[i] = ad_array_item(a, i);
    return item;
}

int lab_least(const double *x, int count)
{
    int at = 0;
    for (int i = 1; i < count; i++)
        at = x[i] < x[at] ? i : at;
    return at;
}

int lab_most(const double *x, int count)
{
    int at = 0;
    for (int i = 1; i < count; i++)
        at = x[i] > x[at] ? i : at;
    return at;
}

double lab_correlation(const double *x, const double *y, int count)
{
    double mx = lab_mean(x, count), my = lab_mean(y, count), xx = 0, xy = 0, yy = 0;
    for (int i = 0; i < count; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
        yy += (y[i] - my) * (y[i] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

double lab_share(const double *x, int64_t count, double low, double high)
{
    int64_t in = 0;
    for (int64_t i = 0; i < count; i++)
        in += x[i] >= low && x[i] < high;
    return (double)in / (double)count;
}

int *lab_order(lab *l, int count)
{
    int *order = lab_memory(l, (size_t)count, sizeof *order);
    for (int i = 0; i < count; i++) {
        int at = (int)((i + 1) * lab_uniform(l));
        order[i] = order[at], order[at] = i;
    }
    return order;
}

double lab_parameters(ad_graph *g)
{
    double sum = 0;
    for (int i = 0; i < ad_variable_count(g); i++) {
        ad_shape s = ad_tensor_shape(ad_variable_at(g, i));
        double count = 1;
        for (int k = 0; k < s.rank; k++)
            count *= (double)s.size[k];
        sum += count;
    }
    return sum;
}

double lab_seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double lab_quickest(lab *l, ad_program *program, const ad_array *feeds, int runs)
{
    double least = INFINITY;
    for (int i = 0; i < runs; i++) {
        double begin = lab_seconds();
        lab_step(l, program, feeds);
        least = fmin(least, lab_seconds() - begin);
    }
    return least;
}
