/* Whether what is made can be told from what is real. */
#include "frame.h"

static ad_tensor *body(ad_tensor *x, const void *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++)
        x = ad_relu(ad_linear(x, .out = 64));
    return ad_linear(x, .out = 2);
}

/* Row i: of real ones `first` + i / 2 where i is even, else of those made. */
static lab_data both(lab *l, const lab_data *real, const double *made, int first, int count)
{
    lab_data d = lab_examples(l, count, real->size, 2);
    for (int i = 0; i < count; i++) {
        int64_t from = (int64_t)(first + i / 2) * d.size, to = (int64_t)i * d.size;
        d.y[i] = i % 2;
        for (int k = 0; k < d.size; k++)
            d.x[to + k] = i % 2 ? (float)made[from + k] : real->x[from + k];
    }
    return d;
}

double lab_told_apart(lab *l, const lab_data *real, const double *made, int count)
{
    if (count > real->count)
        lab_stop(l, "more examples are to be told apart than there are real ones");
    lab_data learned = both(l, real, made, 0, count), asked = both(l, real, made, count / 2, count);
    lab_net n = lab_classifier(l, real, body, NULL);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 3e-3), lab_seed(l));
    lab_train(l, &n, &learned, 64, 600);
    return lab_right(l, &n, &asked);
}
