/* Rows that the tables of several optimizers have, and the records of all of them.
 *
 * In ad_optimizer_options .rate and .decay depend on the method (AD_AUTO); a record's initial has
 * the numbers of its method, from the names below that the method itself reads. */
#ifndef OPTIM_RECORD_H
#define OPTIM_RECORD_H

#include <adze/record.h>

#define OPTIMIZER(name) extern const ad_optimizer_record optimizer_##name;
#include "optim/optimizers.def"
#undef OPTIMIZER

#define ROW_OF(name_) .name = #name_, .offset = offsetof(ad_optimizer_options, name_)
/* A share: 0 to below 1. */
#define ROW_SHARE(name_, also_, help_)                                                         \
    {                                                                                          \
        ROW_OF(name_), .type = AD_OPTION_NUMBER, .high = 1, .below_high = true, .also = also_, \
                       .help = help_                                                           \
    }
#define ROW_RATE                                                                              \
    {                                                                                         \
        ROW_OF(rate), .type = AD_OPTION_NUMBER, .high = 1000, .above_low = true,              \
                      .also = "lr learning_rate learningrate step_size eta lr0 "              \
                              "initial_lr init_lr lr_init learning_rate_init base_lr max_lr", \
                      .help = "learning rate"                                                 \
    }
#define ROW_MOMENTUM ROW_SHARE(momentum, NULL, "share of the last step kept")
#define ROW_EPSILON                                                                             \
    {                                                                                           \
        ROW_OF(epsilon), .type = AD_OPTION_NUMBER, .high = 1, .above_low = true, .also = "eps", \
                         .help = "added below the division"                                     \
    }
#define ROW_DECAY(help_)                                                             \
    {                                                                                \
        ROW_OF(decay), .type = AD_OPTION_NUMBER, .high = 1000,                       \
                       .also = "weight_decay wd l2 l2_regularization", .help = help_ \
    }

/* The options for the call, in o: where a tensor gives the rate, the record's own number steps
 * back. */
const ad_optimizer_options *optimizer_chosen(ad_optimizer_options *o,
                                             const ad_optimizer_options *options,
                                             const ad_optimizer_options *initial);

#endif
