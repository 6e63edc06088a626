/* What the optimizers share: which variables, gradients averaged and clipped, buffers, and
 * assignments that belong to the tensor which is returned.
 *
 * A method brings its rule, the update of one variable.  Buffers are called
 * "<optimizer's name>.<slot>.<variable>". */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include <adze/record.h>

#include "core/graph.h"

struct optimizer;

/* One variable on its way to its new value. */
struct parameter {
    ad_tensor *variable;
    ad_tensor *gradient; /* averaged and clipped; the variable's type */
    double rate_scale, decay;
};

struct method {
    const ad_optimizer_record
        *record; /* name, options, and what stands for those that are not set */
    void (*rule)(struct optimizer *s, const struct parameter *p);
};

struct optimizer {
    const struct method *method;
    ad_optimizer_options o; /* what the method knows is set, and not AD_AUTO */
    bool rate_given;
    ad_graph *graph;
    const char *name;
    ad_tensor *loss;
    ad_tensor *owner;  /* of the assignments: what the call returns */
    ad_tensor *steps;  /* what optimizer_steps gave, or NULL */
    ad_tensor *kept;   /* a number that a method computes once for all variables, or NULL */
    ad_tensor *update; /* this run ends in an update: bool, rank 0; NULL where each does */
    int count;
    ad_tensor **variable, **gradient;
    ad_tensor *mistake; /* the first poison met, or NULL */
};

ad_tensor *optimizer_build(const struct method *method, ad_tensor *loss,
                           const ad_optimizer_options *options);

/* For rules. */
ad_tensor *optimizer_slot(struct optimizer *s, const struct parameter *p, const char *slot);
/* The same, of another shape and beginning. */
ad_tensor *optimizer_slot_of(struct optimizer *s, const struct parameter *p, const char *slot,
                             ad_shape shape, double initial);
void optimizer_assign(struct optimizer *s, ad_tensor *variable, ad_tensor *value);
/* Updates made, this one included: f64, rank 0. */
ad_tensor *optimizer_steps(struct optimizer *s);
/* The variable as the updates made before this one leave it: what an update goes on from.  Its own
 * gradient is taken at the value before the run. */
ad_tensor *optimizer_weight(const struct parameter *p);
/* The learning rate for a variable, f64, rank 0; and any such number in the variable's type. */
ad_tensor *optimizer_rate(struct optimizer *s, const struct parameter *p);
ad_tensor *optimizer_as(const struct parameter *p, ad_tensor *number);
ad_tensor *optimizer_number(const struct optimizer *s, double value);
/* What several rules have in common: the gradient with its L2 decay; the weight after a decay that
 * does not go through the gradient; weight - rate step as the new weight. */
ad_tensor *optimizer_gradient(const struct parameter *p);
ad_tensor *optimizer_decayed(struct optimizer *s, const struct parameter *p);
void optimizer_step(struct optimizer *s, const struct parameter *p, ad_tensor *weight,
                    ad_tensor *rate, ad_tensor *step);
/* Of adam.c: the mean kept of g and of its square (exp_avg, exp_avg_sq), 1 - beta^t, and AdamW. */
ad_tensor *optimizer_mean(struct optimizer *s, const struct parameter *p, ad_tensor *g);
ad_tensor *optimizer_mean_square(struct optimizer *s, const struct parameter *p, ad_tensor *g);
ad_tensor *optimizer_correction(struct optimizer *s, double beta);
void optimizer_as_adamw(struct optimizer *s, const struct parameter *p);
/* v = momentum v + (1 - dampening) g, which in the first step is g; g + momentum v with nesterov.
 */
ad_tensor *optimizer_momentum(struct optimizer *s, const struct parameter *p, ad_tensor *g);

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

/* The global norm of the gradients: f64, rank 0. */
ad_tensor *optimizer_norm(const struct optimizer *s);
/* more/gradient_more.c: adaptive clipping, and leaving out updates that are not finite. */
void optimizer_adapt(struct optimizer *s);
void optimizer_skip(struct optimizer *s);
/* i64, rank 0: NAME.what */
ad_tensor *optimizer_counter(struct optimizer *s, const char *what);

/* A poisoned tensor: "adam: ..." */
ad_tensor *optimizer_mistake(const struct optimizer *s, ad_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
