/* Momentum made orthogonal by Newton and Schulz' iteration (Jordan et al. 2024); more.h has the
 * formula. */
#include <math.h>

#include "core/graph.h"
#include "optim/record.h"

static ad_tensor *turned(ad_tensor *x)
{
    return ad_transpose(x, AD_AXES(1, 0));
}

/* ns_steps times a X + (b A + c A A) X, A = X X^T, of the flatter of X and X^T. */
static ad_tensor *orthogonal(const struct optimizer *s, ad_tensor *u)
{
    bool tall = u->shape.size[0] > u->shape.size[1];
    ad_tensor *norm = ad_sqrt(ad_sum(ad_square(u), AD_ALL, NULL));
    ad_tensor *least = ad_number(s->graph, u->type, s->o.epsilon);
    ad_tensor *x = ad_div(tall ? turned(u) : u, ad_maximum(norm, least));
    for (int64_t i = 0; i < s->o.ns_steps; i++) {
        ad_tensor *a = ad_matmul(x, turned(x));
        a = ad_add(ad_scale(a, s->o.ns_b), ad_scale(ad_matmul(a, a), s->o.ns_c));
        x = ad_add(ad_scale(x, s->o.ns_a), ad_matmul(a, x));
    }
    return tall ? turned(x) : x;
}

static double scale_of(ad_muon_scale adjust, const ad_shape *shape)
{
    double out = (double)shape->size[0], in = (double)shape->size[1];
    switch (adjust) {
    case AD_MUON_ORIGINAL: return sqrt(fmax(1, out / in));
    case AD_MUON_MATCH_RMS_ADAMW: return 0.2 * sqrt(fmax(out, in));
    case AD_MUON_SPECTRAL_UNCLAMPED: return sqrt(out / in);
    default: return 1;
    }
}

static void muon_rule(struct optimizer *s, const struct parameter *p)
{
    if (p->variable->shape.rank != 2 || ad_role_of(p->variable) == AD_ROLE_TABLE) {
        optimizer_as_adamw(s, p);
        return;
    }
    ad_tensor *g = p->gradient, *slot = optimizer_slot(s, p, "momentum_buffer");
    ad_tensor *m = ad_add(slot, ad_scale(ad_sub(g, slot), 1 - s->o.momentum));
    optimizer_assign(s, slot, m);
    ad_tensor *u = s->o.plain ? m : ad_add(g, ad_scale(ad_sub(m, g), s->o.momentum));
    ad_tensor *rate = ad_scale(optimizer_rate(s, p), scale_of(s->o.adjust, &p->variable->shape));
    optimizer_step(s, p, optimizer_decayed(s, p), rate, orthogonal(s, u));
}

static const ad_option muon_rows[] = {
    ROW_RATE,
    ROW_MOMENTUM,
    ROW_TRUTH(plain, NULL, "momentum without Nesterov's look ahead"),
    {ROW_OF(ns_steps), .type = AD_OPTION_WHOLE, .low = 1, .high = 99,
     .help = "iterations of Newton and Schulz"},
    {ROW_OF(ns_a), .type = AD_OPTION_NUMBER, .also = "ns_coefficients", .help = "of X"},
    {ROW_OF(ns_b), .type = AD_OPTION_NUMBER, .help = "of X X^T X"},
    {ROW_OF(ns_c), .type = AD_OPTION_NUMBER, .help = "of X X^T X X^T X"},
    {ROW_OF(adjust), .type = AD_OPTION_WORD,
     .words = "original match_rms_adamw spectral_unclamped none", .also = "adjust_lr_fn",
     .help = "how the rate goes with the matrix' sizes"},
    ROW_EPSILON,
    ROW_SHARE(beta1, "betas", "of variables that are no matrices"),
    ROW_SHARE(beta2, NULL, "of variables that are no matrices"),
    ROW_DECOUPLED_DECAY,
};

USUAL(muon, .rate = 0.001, .momentum = 0.95, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7,
      .ns_a = 3.4445, .ns_b = -4.775, .ns_c = 2.0315, .decay = 0.1);

METHOD(muon, muon_usual, NULL,
       "matrices by orthogonal steps, all else as adamw (Jordan et al. 2024)",
       "m = momentum m + (1 - momentum) g; u = (1 - momentum) g + momentum m; X = u / max(|u|, "
       "epsilon);\n"
       "ns_steps times X = ns_a X + (ns_b A + ns_c A A) X, A = X X^T; w = w - rate decay w - rate "
       "s X;\n"
       "s original: sqrt(max(1, out / in)), match_rms_adamw: sqrt(max(out, in)) / 5,\n"
       "spectral_unclamped: sqrt(out / in)")
