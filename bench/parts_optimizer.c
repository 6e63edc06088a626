/* Each optimizer on 25 million parameters whose gradient is given. */
#include "parts.h"

/* The loss of a table of so many rows and 5,000 columns. */
static ad_tensor *table(job *j, int64_t rows, int64_t columns)
{
    ad_shape shape = AD_SHAPE(rows, columns);
    return part_given(j, ad_variable(j->graph, "p", ad_full(j->graph, AD_F32, shape, 1)));
}

#define OPTIMIZER(name, method, ...)                                          \
    static void name(job *j)                                                  \
    {                                                                         \
        job_program(j, ad_##method(table(j, 5000, 5000), __VA_ARGS__), true); \
    }

OPTIMIZER(sgd, sgd, .rate = 1e-3)
OPTIMIZER(momentum, sgd, .rate = 1e-3, .momentum = 0.9)
OPTIMIZER(nesterov, sgd, .rate = 1e-3, .momentum = 0.9, .nesterov = true)
OPTIMIZER(adagrad, adagrad, .rate = 1e-3)
OPTIMIZER(adadelta, adadelta, .rate = 1e-3)
OPTIMIZER(rmsprop, rmsprop, .rate = 1e-3)
OPTIMIZER(rmsprop_centered, rmsprop, .rate = 1e-3, .centered = true)
OPTIMIZER(adam, adam, .rate = 1e-3)
OPTIMIZER(amsgrad, adam, .rate = 1e-3, .amsgrad = true)
OPTIMIZER(adamw, adamw, .rate = 1e-3)
OPTIMIZER(adamax, adamax, .rate = 1e-3)
OPTIMIZER(nadam, nadam, .rate = 1e-3)
OPTIMIZER(radam, radam, .rate = 1e-3)
OPTIMIZER(adafactor, adafactor, .rate = 1e-3)
OPTIMIZER(lion, lion, .rate = 1e-4)
OPTIMIZER(lamb, lamb, .rate = 1e-3)
OPTIMIZER(lars, lars, .rate = 1e-3, .momentum = 0.9, .decay = 1e-4)
OPTIMIZER(rprop, rprop, .rate = 1e-3)
OPTIMIZER(asgd, asgd, .rate = 1e-3)

/* Five iterations of products of 1,000 by 1,000. */
static void muon(job *j)
{
    job_program(j, ad_muon(table(j, 1000, 1000), .rate = 1e-3), true);
}

const workload bench_optimizer_parts[] = {
    WORK("optimizer-sgd", sgd),
    WORK("optimizer-momentum", momentum),
    WORK("optimizer-nesterov", nesterov),
    WORK("optimizer-adagrad", adagrad),
    WORK("optimizer-adadelta", adadelta),
    WORK("optimizer-rmsprop", rmsprop),
    WORK("optimizer-rmsprop-centered", rmsprop_centered),
    WORK("optimizer-adam", adam),
    WORK("optimizer-amsgrad", amsgrad),
    WORK("optimizer-adamw", adamw),
    WORK("optimizer-adamax", adamax),
    WORK("optimizer-nadam", nadam),
    WORK("optimizer-radam", radam),
    WORK("optimizer-adafactor", adafactor),
    WORK("optimizer-lion", lion),
    WORK("optimizer-lamb", lamb),
    WORK("optimizer-lars", lars),
    WORK("optimizer-muon", muon),
    WORK("optimizer-rprop", rprop),
    WORK("optimizer-asgd", asgd),
    WORKS_END,
};
