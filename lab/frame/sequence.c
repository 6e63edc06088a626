/* Sequences of pairs of numbers that are drawn by chance, and what is wanted of each. */
#include "frame.h"

lab_batch lab_sequences(lab *l, int rows, int time)
{
    return (lab_batch){{ad_f32(lab_floats(l, (int64_t)rows * time * 2), AD_SHAPE(rows, time, 2)),
                        ad_f32(lab_floats(l, rows), AD_SHAPE(rows, 1))}};
}

void lab_draw_sequences(lab *l, lab_batch *batch, lab_task *task, const void *with)
{
    int64_t rows = batch->feed[0].shape.size[0], time = batch->feed[0].shape.size[1];
    float *x = batch->feed[0].data, *y = batch->feed[1].data;
    for (int64_t r = 0; r < rows; r++)
        y[r] = task(l, x + r * time * 2, (int)time, with);
}

double lab_train_sequences(lab *l, ad_program *step, lab_batch *batch, lab_task *task,
                           const void *with, int steps, int last)
{
    double mean = 0;
    for (int i = 0; i < steps; i++) {
        lab_draw_sequences(l, batch, task, with);
        double loss = lab_step(l, step, batch->feed);
        mean += i >= steps - last ? loss / last : 0;
    }
    return mean;
}

float lab_marked(lab *l, float *x, int time, double least, const int *mark, int marks)
{
    float sum = 0;
    for (int t = 0; t < time; t++) {
        x[2 * t] = (float)(least + (1 - least) * lab_uniform(l)), x[2 * t + 1] = 0;
        for (int k = 0; k < marks; k++)
            if (t == mark[k])
                x[2 * t + 1] = 1;
        sum += x[2 * t + 1] * x[2 * t];
    }
    return sum;
}

float lab_brackets(lab *l, float *x, int time, const void *unused)
{
    (void)unused;
    enum { DEEPEST = 5 };
    float open[DEEPEST];
    int depth = 0;
    for (int t = 0; t < time; t++) {
        bool closes = depth > 1 && (depth == DEEPEST || lab_uniform(l) < 0.5);
        if (!closes)
            open[depth++] = lab_uniform(l) < 0.5 ? 1 : -1;
        x[2 * t] = closes ? 0 : open[depth - 1], x[2 * t + 1] = closes;
        depth -= closes;
    }
    return open[depth - 1] > 0;
}

float lab_counting(lab *l, float *x, int time, const void *unused)
{
    (void)unused;
    int sum = 0;
    for (int t = 0; t < time; t++) {
        int up = lab_uniform(l) < 0.5 ? 1 : -1;
        up = t == time - 1 && sum + up == 0 ? -up : up;
        sum += up;
        x[2 * t] = (float)up, x[2 * t + 1] = 1;
    }
    return sum > 0;
}
