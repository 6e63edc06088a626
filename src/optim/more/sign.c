/* Steps by signs: Lion and Rprop; more.h has the formulas. */
#include "core/graph.h"
#include "optim/record.h"

static void lion_rule(struct optimizer *s, const struct parameter *p)
{
    ad_tensor *g = p->gradient, *slot = optimizer_slot(s, p, "exp_avg"), *off = ad_sub(g, slot);
    ad_tensor *step = ad_sign(ad_add(slot, ad_scale(off, 1 - s->o.beta1)));
    optimizer_step(s, p, optimizer_decayed(s, p), optimizer_rate(s, p), step);
    optimizer_assign(s, slot, ad_add(slot, ad_scale(off, 1 - s->o.beta2)));
}

static const ad_option lion_rows[] = {
    ROW_RATE,
    ROW_SHARE(beta1, "betas", "share of the old mean in the step"),
    ROW_SHARE(beta2, NULL, "share of the old mean kept"),
    ROW_DECOUPLED_DECAY,
};

USUAL(lion, .rate = 1e-4, .beta1 = 0.9, .beta2 = 0.99, .decay = 0);

METHOD(lion, lion_usual, NULL, "by the sign of a mean gradient (Chen et al. 2023)",
       "w = w - rate decay w; w = w - rate sign(beta1 m + (1 - beta1) g);\n"
       "m = beta2 m + (1 - beta2) g")

/* yes where the sign is the one wanted */
static ad_tensor *where_sign(ad_tensor *sign, ad_tensor *yes, ad_tensor *no, double wanted)
{
    ad_tensor *number = ad_number(ad_tensor_graph(sign), sign->type, wanted);
    return ad_where(ad_equal(sign, number), yes, no);
}

static void rprop_rule(struct optimizer *s, const struct parameter *p)
{
    ad_type type = p->variable->type;
    ad_tensor *g = p->gradient, *old = optimizer_slot(s, p, "prev");
    ad_tensor *slot = optimizer_slot(s, p, "step_size"), *sign = ad_sign(ad_mul(g, old));
    ad_tensor *first = ad_equal(optimizer_steps(s), optimizer_number(s, 1));
    ad_tensor *size = ad_where(first, optimizer_as(p, optimizer_rate(s, p)), slot);
    ad_tensor *slower = ad_number(s->graph, type, s->o.eta_minus);
    ad_tensor *faster = ad_number(s->graph, type, s->o.eta_plus);
    ad_tensor *one = ad_number(s->graph, type, 1), *zero = ad_number(s->graph, type, 0);
    size = ad_mul(size, where_sign(sign, faster, where_sign(sign, slower, one, -1), 1));
    size = ad_maximum(size, ad_number(s->graph, type, s->o.step_min));
    size = ad_minimum(size, ad_number(s->graph, type, s->o.step_max));
    g = where_sign(sign, zero, g, -1);
    optimizer_assign(s, slot, size);
    optimizer_assign(s, old, g);
    optimizer_assign(s, p->variable, ad_sub(optimizer_weight(p), ad_mul(ad_sign(g), size)));
}

static const ad_option rprop_rows[] = {
    ROW_RATE,
    ROW_SHARE(eta_minus, "etas", "times the step where the sign changed"),
    {ROW_OF(eta_plus), .type = AD_OPTION_NUMBER, .low = 1, .high = 1e3,
     .help = "times the step where it did not"},
    ROW_NUMBER(step_min, 1e6, "step_sizes", "least step"),
    ROW_NUMBER(step_max, 1e6, NULL, "largest step"),
};

USUAL(rprop, .rate = 0.01, .eta_minus = 0.5, .eta_plus = 1.2, .step_min = 1e-6, .step_max = 50,
      .decay = 0);

METHOD(rprop, rprop_usual, "resilient_backpropagation",
       "by signs, for full batches (Riedmiller and Braun 1993)",
       "step from rate on, of each element; sign(g) as last time: step = step eta_plus; another: "
       "step =\n"
       "step eta_minus, g = 0; step within step_min and step_max; w = w - sign(g) step")
