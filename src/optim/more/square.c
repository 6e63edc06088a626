/* Steps by squares of gradients added up: Adagrad, Adadelta, Adafactor; more.h has the formulas. */
#include "core/graph.h"
#include "optim/record.h"

/* ---- Adagrad */

static void adagrad_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p), *t = optimizer_steps(s);
    ad_tensor *slot = optimizer_slot_of(s, p, "sum", p->variable->shape, s->o.accumulator);
    ad_tensor *sum = ad_add(slot, ad_square(g));
    optimizer_assign(s, slot, sum);
    ad_tensor *slower = ad_shift(ad_scale(ad_shift(t, -1), s->o.rate_decay), 1);
    ad_tensor *rate = ad_div(optimizer_rate(s, p), slower);
    optimizer_step(s, p, optimizer_weight(p), rate,
                   ad_div(g, ad_shift(ad_sqrt(sum), s->o.epsilon)));
}

static const ad_option adagrad_rows[] = {
    ROW_RATE,
    ROW_NUMBER(rate_decay, 1e6, "lr_decay", "by how much the rate's divisor grows each step"),
    ROW_NUMBER(accumulator, 1e6, "initial_accumulator_value", "what the sums begin with"),
    ROW_EPSILON,
    ROW_L2,
};

USUAL(adagrad, .rate = 0.01, .rate_decay = 0, .accumulator = 0, .epsilon = 1e-10, .decay = 0);

METHOD(adagrad, adagrad_usual, NULL,
       "by the sum of all squares so far (Duchi, Hazan and Singer 2011)",
       "g = g + decay w; s = s + g^2, from accumulator;\n"
       "w = w - rate / (1 + (t - 1) rate_decay) g / (sqrt(s) + epsilon)")

/* ---- Adadelta */

static ad_tensor *mean_of_squares(struct optimizer *s, ad_tensor *slot, ad_tensor *x)
{
    ad_tensor *mean = ad_add(ad_scale(slot, s->o.alpha), ad_scale(ad_square(x), 1 - s->o.alpha));
    optimizer_assign(s, slot, mean);
    return mean;
}

static void adadelta_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = optimizer_gradient(p), *moved = optimizer_slot(s, p, "acc_delta");
    ad_tensor *square = mean_of_squares(s, optimizer_slot(s, p, "square_avg"), g);
    ad_tensor *above = ad_sqrt(ad_shift(moved, s->o.epsilon));
    ad_tensor *step = ad_mul(ad_div(above, ad_sqrt(ad_shift(square, s->o.epsilon))), g);
    mean_of_squares(s, moved, step);
    optimizer_step(s, p, optimizer_weight(p), optimizer_rate(s, p), step);
}

static const ad_option adadelta_rows[] = {
    ROW_RATE,
    ROW_SHARE(alpha, "rho", "share of the old mean squares kept"),
    ROW_EPSILON,
    ROW_L2,
};

USUAL(adadelta, .rate = 1, .alpha = 0.9, .epsilon = 1e-6, .decay = 0);

METHOD(adadelta, adadelta_usual, NULL,
       "by the mean squares of gradients and of steps (Zeiler 2012)",
       "g = g + decay w; s = alpha s + (1 - alpha) g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon)\n"
       "g; u = alpha u + (1 - alpha) d^2; w = w - rate d")

/* ---- Adafactor */

/* slot + by (mean of g^2 over the axis - slot), with the axis kept at 1. */
static ad_tensor *factor(struct optimizer *s, const struct parameter *p, const char *slot, int axis,
                         ad_tensor *by)
{
    ad_shape shape = p->variable->shape;
    ad_reduce_options keep = AD_OPTIONS(ad_reduce_options, .keep = true);
    ad_tensor *mean = ad_mean(ad_square(p->gradient), AD_AXES(axis), &keep);
    shape.size[shape.rank + axis] = 1;
    ad_tensor *old = optimizer_slot_of(s, p, slot, shape, 0);
    ad_tensor *now = ad_add(old, ad_mul(ad_sub(mean, old), by));
    optimizer_assign(s, old, now);
    return now;
}

static ad_tensor *at_least(ad_tensor *x, double least)
{
    ad_graph *graph = ad_tensor_graph(x);
    return ad_maximum(x, ad_number(graph, x->type, least));
}

static ad_tensor *estimate(struct optimizer *s, const struct parameter *p, ad_tensor *by,
                           double epsilon)
{
    if (p->variable->shape.rank < 2) {
        ad_tensor *slot = optimizer_slot(s, p, "variance");
        ad_tensor *now = ad_add(slot, ad_mul(ad_sub(ad_square(p->gradient), slot), by));
        optimizer_assign(s, slot, now);
        return now;
    }
    ad_reduce_options keep = AD_OPTIONS(ad_reduce_options, .keep = true);
    ad_tensor *row = factor(s, p, "row_var", -1, by), *column = factor(s, p, "col_var", -2, by);
    return ad_div(ad_mul(row, column), at_least(ad_mean(row, AD_AXES(-2), &keep), epsilon));
}

static ad_tensor *root_mean_square(ad_tensor *x)
{
    return ad_sqrt(ad_mean(ad_square(x), AD_ALL, NULL));
}

static void adafactor_rule(struct optimizer *s, const struct parameter *p)
{
    double type = p->variable->type == AD_F64 ? 0x1p-52 : 0x1p-23;
    double epsilon = s->o.epsilon == AD_AUTO ? type : s->o.epsilon;
    ad_tensor *t = optimizer_steps(s), *by = ad_pow(t, optimizer_number(s, s->o.beta2_decay));
    ad_tensor *square = estimate(s, p, optimizer_as(p, by), epsilon);
    ad_tensor *u = ad_mul(p->gradient, ad_rsqrt(at_least(square, epsilon * epsilon)));
    ad_tensor *size = at_least(root_mean_square(p->variable), s->o.epsilon2);
    ad_tensor *most = at_least(ad_scale(root_mean_square(u), 1 / s->o.threshold), 1);
    ad_tensor *rate = ad_minimum(optimizer_rate(s, p), ad_rsqrt(t));
    rate = ad_mul(rate, ad_cast(ad_div(size, most), AD_F64));
    optimizer_step(s, p, optimizer_decayed(s, p), rate, u);
}

static const ad_option adafactor_rows[] = {
    ROW_RATE,
    {ROW_OF(beta2_decay), .type = AD_OPTION_NUMBER, .low = -1e3, .high = 0,
     .help = "power of t by which new squares count"},
    {ROW_OF(epsilon), .type = AD_OPTION_NUMBER, .high = 1, .also = "eps eps1",
     .unset = "2^-23 in f32, 2^-52 in f64", .help = "least mean of the factors"},
    ROW_NUMBER(epsilon2, 1, "eps2", "least size of the weights that steps are measured by"),
    {ROW_OF(threshold), .type = AD_OPTION_NUMBER, .low = 1, .high = 1e6, .also = "d clip_threshold",
     .help = "most root mean square of a step, before the rate"},
    ROW_DECOUPLED_DECAY,
};

USUAL(adafactor, .rate = 0.01, .beta2_decay = -0.8, .epsilon2 = 1e-3, .threshold = 1, .decay = 0);

METHOD(adafactor, adafactor_usual, NULL,
       "by squares kept as rows times columns (Shazeer and Stern 2018)",
       "b = t^beta2_decay; w = w - rate decay w; from two axes on: r = r + b (mean of g^2 over the "
       "last\n"
       "axis - r), c the same over the one before, V = r c / max(mean of r, epsilon); else V = V + "
       "b (g^2\n"
       "- V); u = g / sqrt(max(V, epsilon^2)); w = w - max(epsilon2, rms(w)) min(rate, 1 / "
       "sqrt(t)) u /\n"
       "max(1, rms(u) / threshold)")
