/* Methods of train.optimizer that look at all examples in each step. */
#ifndef ADZE_KIT_WHOLE_H
#define ADZE_KIT_WHOLE_H

#include <adze/kit.h>

#ifdef ADZE_EXTRAS
/* Their options: what a call of an optimizer takes stands first. */
typedef struct whole_options {
    ad_optimizer_options core;
    int64_t memory;
    double tolerance;
} whole_options;

ad_minimizer whole_method(const ad_record *optimizer);
#endif

#endif
