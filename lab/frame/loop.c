/* Programs that run again and again. */
#include "frame.h"

enum { LAST = 100 };

double lab_loop(lab *l, ad_program *step, ad_array *feeds, int steps,
                void (*draw)(lab *l, ad_array *feeds, const void *with), const void *with)
{
    int last = steps < LAST ? steps : LAST;
    double loss = 0;
    for (int i = 0; i < steps; i++) {
        draw(l, feeds, with);
        double now = lab_step(l, step, feeds);
        loss += i >= steps - last ? now / last : 0;
    }
    return loss;
}

double *lab_gather(lab *l, ad_program *program, const ad_array *feeds, int runs)
{
    double *all = NULL;
    for (int r = 0; r < runs; r++) {
        ad_array out;
        lab_fetch(l, program, feeds, &out, 1);
        int64_t count = ad_array_count(&out);
        all = all ? all : lab_numbers(l, runs * count);
        for (int64_t i = 0; i < count; i++)
            all[r * count + i] = ad_array_item(&out, i);
    }
    return all;
}
