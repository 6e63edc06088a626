/* How far the means of groups swing. */
#include "frame.h"

double lab_swing(const double *x, const int32_t *in, int count, int width, int each, double *alone)
{
    int groups = count / each;
    double moved = 0, size = 0, apart = 0;
    for (int k = 0; k < width; k++) {
        double all = 0, sum = 0, squares = 0, mean = 0, means = 0;
        for (int g = 0; g < groups; g++) {
            double of = 0, part = 0;
            for (int i = g * each; i < (g + 1) * each; i++) {
                double v = x[i * width + k];
                if (!in || in[i])
                    of++, part += v, all++, sum += v, squares += v * v;
            }
            mean += part / of / groups, means += pow(part / of, 2) / groups;
            apart += 1 / of / groups / width;
        }
        moved += means - mean * mean, size += squares / all - pow(sum / all, 2);
    }
    if (alone)
        *alone = sqrt(apart);
    return sqrt(moved / size);
}
