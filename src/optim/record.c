/* The list of optimizers. */
#include "optim/record.h"

#include "base/option.h"

static const ad_optimizer_record *const optimizers[] = {
#define OPTIMIZER(name) &optimizer_##name,
#include "optim/optimizers.def"
#undef OPTIMIZER
};

enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const ad_record *ad_optimizer_at(int i)
{
    return i >= 0 && i < OPTIMIZERS ? &optimizers[i]->record : NULL;
}

const ad_optimizer_options *optimizer_chosen(ad_optimizer_options *o,
                                             const ad_optimizer_options *options,
                                             const ad_optimizer_options *initial)
{
    *o = *initial;
    if (options_read(ad_optimizer_options, o, options) != AD_OK)
        return options; /* the call says why */
    if (o->rate_tensor)
        o->rate = AD_AUTO;
    return o;
}
