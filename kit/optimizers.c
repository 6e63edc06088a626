/* Optimizers of a file: those of libadze, and the minimizers, which have no step of a graph. */
#include <string.h>

#include "whole.h"

#ifdef ADZE_EXTRAS

/* There is no step: what is trained is the loss itself (run_whole.c). */
static ad_tensor *itself(ad_tensor *loss, const ad_optimizer_options *options)
{
    return (void)options, loss;
}

static const whole_options initial = {
    .core = AD_OPTIONS_INIT(ad_optimizer_options, .rate = 1, .decay = 0),
    .memory = 10,
    .tolerance = 1e-5};

#define MEMORY                                                               \
    {                                                                        \
        .name = "memory", .type = AD_OPTION_WHOLE, .low = 1, .high = 100,    \
        .offset = offsetof(whole_options, memory), .also = "history_size m", \
        .help = "steps that it remembers"                                    \
    }
#define DECAY                                                                           \
    {                                                                                   \
        .name = "decay", .type = AD_OPTION_NUMBER, .low = 0, .high = 1e9,               \
        .offset = offsetof(whole_options, core.decay), .also = "weight_decay l2 alpha", \
        .help = "half of that times all squares of weights is in the loss"              \
    }
#define TOLERANCE                                                                        \
    {                                                                                    \
        .name = "tolerance", .type = AD_OPTION_NUMBER, .low = 0, .high = 1e9,            \
        .offset = offsetof(whole_options, tolerance), .also = "tol gtol tolerance_grad", \
        .help = "it ends where no slope is larger"                                       \
    }

static const ad_option lbfgs_rows[] = {MEMORY, DECAY, TOLERANCE};
static const ad_option rows[] = {DECAY, TOLERANCE};

static const ad_optimizer_record optimizers[] = {
    {.record = {.name = "lbfgs",
                .help = "of all examples: quasi-Newton along lines searched by the strong Wolfe "
                        "conditions; an epoch is an iteration (Liu and Nocedal 1989)",
                .formula = "w += a d, d = -H g, H of the last steps and changes of g",
                .also = "l_bfgs bfgs l-bfgs-b",
                AD_RECORD_OPTIONS(lbfgs_rows, initial)},
     .make = itself},
    {.record = {.name = "cg",
                .help = "of all examples: nonlinear conjugate gradients, an epoch is an iteration "
                        "(Polak and Ribiere 1969)",
                .formula = "w += a d, d = -g + max(0, g (g - g') / |g'|^2) d'",
                .also = "conjugate conjugate_gradient nonlinear_cg",
                AD_RECORD_OPTIONS(rows, initial)},
     .make = itself},
    {.record = {.name = "newton_cg",
                .help = "of all examples: Newton's steps, solved for by conjugate gradients; an "
                        "epoch is an iteration (Dembo and Steihaug 1983)",
                .formula = "w += a d, H d = -g nearly, H v of the graph",
                .also = "newton truncated_newton hessian_free newton-cg",
                AD_RECORD_OPTIONS(rows, initial)},
     .make = itself},
};

enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

static int number_of(const ad_record *optimizer)
{
    for (int i = 0; i < OPTIMIZERS; i++)
        if (&optimizers[i].record == optimizer)
            return i;
    return -1;
}

ad_minimizer whole_method(const ad_record *optimizer)
{
    return (ad_minimizer)number_of(optimizer); /* in the order of ad_minimizer */
}

#endif

const ad_record *ad_config_optimizer_at(int i)
{
    int core = 0;
    while (ad_optimizer_at(core))
        core++;
#ifdef ADZE_EXTRAS
    if (i >= core)
        return i - core < OPTIMIZERS ? &optimizers[i - core].record : NULL;
#endif
    return ad_optimizer_at(i);
}

bool ad_config_is_whole(const ad_config *config)
{
#ifdef ADZE_EXTRAS
    return number_of(config->optimizer.record) >= 0;
#else
    return (void)config, false;
#endif
}
