/* Figures in fewer words. */
#include "frame.h"

void lab_pairs(lab_figure *f, lab_text name, const double *pair, int count)
{
    double *x = lab_numbers(f->l, count), *y = lab_numbers(f->l, count);
    for (int i = 0; i < count; i++)
        x[i] = pair[2 * i], y[i] = pair[2 * i + 1];
    lab_points(f, name, x, y, count);
}

void lab_weigh(lab *l, bool some, bool all, lab_text because)
{
    lab_judge(l, !some ? LAB_FAILS : all ? LAB_HOLDS : LAB_PARTLY, because);
}
