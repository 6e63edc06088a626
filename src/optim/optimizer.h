/* What the optimizers share: which variables, gradients averaged and clipped, buffers, and
 * assignments that belong to the tensor which is returned.
 *
 * A method brings its rule, the update of one variable.  Buffers are called
 * "<optimizer's name>.<slot>.<variable>". */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include "core/graph.h"

struct optimizer;

/* One variable on its way to its new value. */
struct parameter {
    ad_tensor *variable;
    ad_tensor *gradient; /* averaged and clipped; the variable's type */
    double rate_scale, decay;
};

enum method_option {
    USES_MOMENTUM = 1,
    USES_NESTEROV = 2,
    USES_BETAS = 4,
    USES_ALPHA = 8,
    USES_EPSILON = 16
};

struct method {
    const char *name;   /* "adam" */
    double rate, decay; /* defaults */
    int uses;           /* options it knows beside those of all */
    bool counts_steps;
    void (*rule)(struct optimizer *s, const struct parameter *p);
};

struct optimizer {
    const struct method *method;
    ad_optimizer_options o; /* rate and decay are numbers, not AD_AUTO */
    bool rate_given;
    ad_graph *graph;
    const char *name;
    ad_tensor *loss;
    ad_tensor *owner;  /* of the assignments: what the call returns */
    ad_tensor *steps;  /* updates made, this one included: f64, rank 0; NULL where the method does
                          not count */
    ad_tensor *update; /* this run ends in an update: bool, rank 0; NULL where each does */
    int count;
    ad_tensor **variable, **gradient;
    ad_tensor *mistake; /* the first poison met, or NULL */
};

ad_tensor *optimizer_build(const struct method *method, ad_tensor *loss,
                           const ad_optimizer_options *options);

/* For rules. */
ad_tensor *optimizer_slot(struct optimizer *s, const struct parameter *p, const char *slot);
void optimizer_assign(struct optimizer *s, ad_tensor *variable, ad_tensor *value);
/* The variable as the updates made before this one leave it: what an update goes on from.  Its own
 * gradient is taken at the value before the run. */
ad_tensor *optimizer_weight(const struct parameter *p);
/* The learning rate for a variable, f64, rank 0; and any such number in the variable's type. */
ad_tensor *optimizer_rate(struct optimizer *s, const struct parameter *p);
ad_tensor *optimizer_as(const struct parameter *p, ad_tensor *number);

/* check.c: options and the loss; NULL where they make sense. */
ad_tensor *optimizer_check(const struct optimizer *s);
/* select.c: fills variable and gradient. */
ad_tensor *optimizer_select(struct optimizer *s);
/* A mistake where a group takes no variable. */
ad_tensor *optimizer_check_groups(const struct optimizer *s);
/* The settings of a variable by the groups. */
struct parameter optimizer_parameter(const struct optimizer *s, int i);
/* gradient.c: averages over runs, and clips. */
ad_tensor *optimizer_prepare_gradients(struct optimizer *s);

/* A poisoned tensor: "adam: ..." */
ad_tensor *optimizer_mistake(const struct optimizer *s, ad_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
