/* Rows that the tables of several optimizers have, and the records of all of them.
 *
 * In ad_optimizer_options .rate and .decay depend on the method (AD_AUTO); a record's initial has
 * the numbers of its method, from the names below that the method itself reads. */
#ifndef OPTIM_RECORD_H
#define OPTIM_RECORD_H

#include "optim/optimizer.h"

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

#define ROW_TRUTH(name_, also_, help_)                                       \
    {                                                                        \
        ROW_OF(name_), .type = AD_OPTION_TRUTH, .also = also_, .help = help_ \
    }
#define ROW_NUMBER(name_, high_, also_, help_)                                               \
    {                                                                                        \
        ROW_OF(name_), .type = AD_OPTION_NUMBER, .high = high_, .also = also_, .help = help_ \
    }
#define ROW_BETAS                                            \
    ROW_SHARE(beta1, "betas", "share of the old mean kept"), \
        ROW_SHARE(beta2, NULL, "share of the old mean square kept")
#define ROW_DAMPENING ROW_NUMBER(dampening, 1, NULL, "of the gradient, kept out")
#define ROW_NESTEROV ROW_TRUTH(nesterov, NULL, "look ahead by the momentum")
#define ROW_L2 ROW_DECAY("weight decay: L2 in the gradient")
#define ROW_DECOUPLED_DECAY ROW_DECAY("weight decay: off the weight, by rate times this")

#ifdef ADZE_EXTRAS
#define FORMULA(text) text
#else
#define FORMULA(text) NULL /* a small library keeps to the help */
#endif

/* The numbers that several methods begin with: what some of them do not know does no harm. */
extern const ad_optimizer_options optimizer_plain, optimizer_moments;

/* The call and the record of a method, whose rule and table are NAME_rule and NAME_rows. */
#define METHOD(name_, initial_, also_, help_, formula_)                         \
    const ad_optimizer_record optimizer_##name_ = {                             \
        .record = {.name = #name_,                                              \
                   .also = also_,                                               \
                   .help = help_,                                               \
                   .formula = FORMULA(formula_),                                \
                   AD_RECORD_OPTIONS(name_##_rows, initial_)},                  \
        .make = ad_##name_};                                                    \
    ad_tensor *ad_##name_(ad_tensor *loss, const ad_optimizer_options *options) \
    {                                                                           \
        static const struct method method = {&optimizer_##name_, name_##_rule}; \
        return optimizer_build(&method, loss, options);                         \
    }
#define USUAL(name_, ...)                             \
    static const ad_optimizer_options name_##_usual = \
        AD_OPTIONS_INIT(ad_optimizer_options, __VA_ARGS__)

#endif
