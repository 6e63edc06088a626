/* Singular values, by rotations of pairs of rows until all stand square to each other (Hestenes
 * 1958). */
#include "frame.h"

#include <stdlib.h>

static void turn(double *p, double *q, int width)
{
    double both = lab_dot(p, q, width), one = lab_dot(p, p, width), two = lab_dot(q, q, width);
    if (fabs(both) <= 1e-14 * sqrt(one * two))
        return;
    double half = (two - one) / (2 * both);
    double t = (half < 0 ? -1 : 1) / (fabs(half) + sqrt(1 + half * half));
    double c = 1 / sqrt(1 + t * t), s = c * t;
    for (int k = 0; k < width; k++) {
        double kept = p[k];
        p[k] = c * kept - s * q[k];
        q[k] = s * kept + c * q[k];
    }
}

static int larger_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

double *lab_singular(lab *l, const double *a, int rows, int columns)
{
    enum { SWEEPS = 12 };
    double *own = lab_numbers(l, (int64_t)rows * columns), *value = lab_numbers(l, rows);
    memcpy(own, a, (size_t)rows * (size_t)columns * sizeof *a);
    for (int t = 0; t < SWEEPS; t++)
        for (int p = 0; p < rows; p++)
            for (int q = p + 1; q < rows; q++)
                turn(own + (int64_t)p * columns, own + (int64_t)q * columns, columns);
    for (int i = 0; i < rows; i++) {
        double *row = own + (int64_t)i * columns;
        value[i] = sqrt(lab_dot(row, row, columns));
    }
    qsort(value, (size_t)rows, sizeof *value, larger_first);
    return value;
}
