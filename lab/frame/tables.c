/* Made-up tables of two classes. */
#include "frame.h"

lab_data lab_scaled_table(lab *l, int count)
{
    enum { COLUMNS = 10 };
    lab_data d = lab_examples(l, count, COLUMNS, 2);
    for (int i = 0; i < count; i++) {
        double sum = 0.5 * lab_normal(l);
        for (int k = 0; k < COLUMNS; k++) {
            double value = lab_normal(l);
            sum += k % 2 ? value : -value;
            d.x[i * COLUMNS + k] = (float)(value * pow(10, (2.0 * k - 9) / 9));
        }
        d.y[i] = sum > 0;
    }
    return d;
}

lab_data lab_mixed_table(lab *l, int count)
{
    enum { COLUMNS = 16 };
    lab_data d = lab_examples(l, count, COLUMNS, 2);
    for (int i = 0; i < count; i++) {
        float *x = d.x + i * COLUMNS;
        for (int k = 0; k < COLUMNS; k++)
            x[k] = (float)lab_normal(l);
        double sum = 2 * tanh(x[0]) - 1.5 * tanh(x[1]) + x[2] - 0.7 * x[3] + x[4] * x[5];
        d.y[i] = sum + 0.8 * lab_normal(l) > 0;
    }
    return d;
}
