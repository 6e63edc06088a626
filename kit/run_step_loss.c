/* The loss of tasks over time on a whole part: the mean over all steps that have a target, however
 * they fall into batches.  A batch's own loss is the mean over its steps. */
#include "run.h"

typedef struct sums {
    double loss, steps;
} sums;

double run_steps(const ad_array *wanted)
{
    double steps = 0;
    for (int64_t i = 0; i < ad_array_count(wanted); i++)
        steps += ad_array_item(wanted, i) >= 0;
    return steps;
}

/* outputs: the batch's loss, and the targets. */
static ad_status add(void *to, const ad_array *outputs, int64_t count)
{
    sums *s = to;
    double steps = run_steps(&outputs[1]);
    (void)count;
    s->loss += steps > 0 ? ad_array_item(&outputs[0], 0) * steps : 0;
    s->steps += steps;
    return AD_OK;
}

static void value(const void *of, ad_measured *measured)
{
    const sums *s = of;
    measured->value = s->loss / (s->steps > 0 ? s->steps : 1);
    measured->low = measured->high = measured->value;
}

const ad_measure_record run_step_loss = {.name = "loss",
                                         .help = "mean over the steps that have a target",
                                         .less_is_better = true,
                                         .bytes = sizeof(sums),
                                         .add = add,
                                         .value = value};
