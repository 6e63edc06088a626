/* What a discriminator and a generator make small, and the gradient penalty. */
#include "nn/more/loss.h"

static ad_tensor *mean_of(ad_tensor *x)
{
    return ad_mean(x, AD_ALL, NULL);
}

static ad_tensor *half_square(ad_tensor *x)
{
    return ad_scale(mean_of(ad_square(x)), 0.5);
}

static ad_tensor *no_such_rule(ad_tensor *x, const char *call, ad_gan_rule rule)
{
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "%s: rule %d; it is AD_GAN_NON_SATURATING or one of its kin", call,
                        (int)rule);
}

ad_tensor *ad_gan_discriminator(ad_tensor *real, ad_tensor *made, ad_gan_rule rule)
{
    switch (rule) {
    case AD_GAN_NON_SATURATING:
    case AD_GAN_MINIMAX:
        return ad_add(mean_of(ad_softplus(ad_neg(real))), mean_of(ad_softplus(made)));
    case AD_GAN_LEAST_SQUARES: return ad_add(half_square(ad_shift(real, -1)), half_square(made));
    case AD_GAN_HINGE:
        return ad_add(mean_of(ad_relu(ad_shift(ad_neg(real), 1))),
                      mean_of(ad_relu(ad_shift(made, 1))));
    case AD_GAN_WASSERSTEIN: return ad_sub(mean_of(made), mean_of(real));
    default: return no_such_rule(real, "ad_gan_discriminator", rule);
    }
}

ad_tensor *ad_gan_generator(ad_tensor *made, ad_gan_rule rule)
{
    switch (rule) {
    case AD_GAN_NON_SATURATING: return mean_of(ad_softplus(ad_neg(made)));
    case AD_GAN_MINIMAX: return ad_neg(mean_of(ad_softplus(made)));
    case AD_GAN_LEAST_SQUARES: return half_square(ad_shift(made, -1));
    case AD_GAN_HINGE:
    case AD_GAN_WASSERSTEIN: return ad_neg(mean_of(made));
    default: return no_such_rule(made, "ad_gan_generator", rule);
    }
}

ad_tensor *ad_gradient_penalty(ad_tensor *score, ad_tensor *x, double factor)
{
    ad_tensor *in[] = {score, x}, *slope = NULL;
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_gradient_penalty", in, 2);
    if (poison)
        return poison;
    if (x->shape.rank < 2)
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "ad_gradient_penalty: x is (batch, ...), here %s",
                            graph_shape_text(graph, &x->shape));
    ad_gradient(score, &x, 1, &slope);
    if (x->shape.rank > 2)
        slope = ad_flatten(slope);
    ad_tensor *size = loss_root(loss_last_sum(ad_square(slope)));
    return ad_scale(mean_of(ad_square(ad_shift(size, -1))), factor);
}

const ad_record objective_gan_discriminator = {
    .name = "gan_discriminator",
    .help = "of the scores of real and of made examples (Goodfellow et al. 2014)",
    .formula = "minimax and non-saturating: softplus(-real) + softplus(made)\n"
               "least squares (Mao et al. 2017): ((real - 1)^2 + made^2) / 2\n"
               "hinge (Lim and Ye 2017): max(0, 1 - real) + max(0, 1 + made)\n"
               "Wasserstein (Arjovsky et al. 2017): made - real"};
const ad_record objective_gan_generator = {
    .name = "gan_generator",
    .help = "of the scores of made examples",
    .formula = "minimax: -softplus(made)\nnon-saturating: softplus(-made)\n"
               "least squares: (made - 1)^2 / 2\nhinge and Wasserstein: -made"};
const ad_record objective_gradient_penalty = {
    .name = "gradient_penalty",
    .help = "a critic's slope is to be 1 (Gulrajani et al. 2017)",
    .formula = "factor (|d score / d x| - 1)^2, the mean over examples; usual: 10, x between real "
               "and made"};
