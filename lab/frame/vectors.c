/* Vectors, one a row: (count, width). */
#include "frame.h"

double lab_dot(const double *a, const double *b, int width)
{
    double sum = 0;
    for (int k = 0; k < width; k++)
        sum += a[k] * b[k];
    return sum;
}

void lab_unit(double *v, int count, int width)
{
    for (double *row = v; row < v + (int64_t)count * width; row += width) {
        double size = sqrt(lab_dot(row, row, width));
        for (int k = 0; k < width; k++)
            row[k] /= size;
    }
}

int lab_nearest(const double *v, int count, int width, const double *to, const int *out, int outs)
{
    int best = -1;
    for (int i = 0; i < count; i++) {
        bool left = false;
        for (int k = 0; k < outs; k++)
            left = left || out[k] == i;
        if (!left &&
            (best < 0 || lab_dot(v + i * width, to, width) > lab_dot(v + best * width, to, width)))
            best = i;
    }
    return best;
}

/* The direction in which vectors differ most, by power iteration. */
static void widest(lab *l, const double *v, int count, int width, double *way)
{
    double *next = lab_numbers(l, width);
    for (int k = 0; k < width; k++)
        way[k] = lab_normal(l);
    for (int t = 0; t < 200; t++) {
        memset(next, 0, (size_t)width * sizeof *next);
        for (int i = 0; i < count; i++)
            for (int k = 0; k < width; k++)
                next[k] += lab_dot(v + i * width, way, width) * v[i * width + k];
        double size = sqrt(lab_dot(next, next, width));
        for (int k = 0; k < width; k++)
            way[k] = next[k] / size;
    }
}

double *lab_plane(lab *l, const double *v, int count, int width)
{
    double *rest = lab_numbers(l, (int64_t)count * width), *way = lab_numbers(l, width);
    double *pair = lab_numbers(l, 2 * (int64_t)count);
    for (int i = 0; i < count * width; i++) {
        double mean = 0;
        for (int k = 0; k < count; k++)
            mean += v[k * width + i % width] / count;
        rest[i] = v[i] - mean;
    }
    for (int d = 0; d < 2; d++) {
        widest(l, rest, count, width, way);
        for (int i = 0; i < count; i++) {
            double at = pair[2 * i + d] = lab_dot(rest + i * width, way, width);
            for (int k = 0; k < width; k++)
                rest[i * width + k] -= at * way[k];
        }
    }
    return pair;
}
