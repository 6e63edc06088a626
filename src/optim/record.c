/* The list of optimizers. */
#include "optim/record.h"

static const ad_optimizer_record *const optimizers[] = {
#define OPTIMIZER(name) &optimizer_##name,
#include "optim/optimizers.def"
#undef OPTIMIZER
};

enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const ad_optimizer_options optimizer_plain =
    AD_OPTIONS_INIT(ad_optimizer_options, .rate = 0.01, .momentum = 0, .dampening = 0,
                    .alpha = 0.99, .epsilon = 1e-8, .decay = 0);
const ad_optimizer_options optimizer_moments = AD_OPTIONS_INIT(
    ad_optimizer_options, .rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0);

const ad_record *ad_optimizer_at(int i)
{
    return i >= 0 && i < OPTIMIZERS ? &optimizers[i]->record : NULL;
}
