/* Activations by the names that figures show. */
#include "frame.h"

static ad_tensor *leak(ad_tensor *x)
{
    return ad_leaky_relu(x, 0.01);
}

static ad_tensor *elu(ad_tensor *x)
{
    return ad_elu(x, 1);
}

ad_tensor *lab_activate(ad_tensor *x, const char *name)
{
    static const struct {
        const char *name;
        ad_tensor *(*apply)(ad_tensor *x);
    } known[] = {{"sigmoid", ad_sigmoid}, {"tanh", ad_tanh}, {"ReLU", ad_relu},
                 {"leaky ReLU", leak},    {"ELU", elu},      {"SELU", ad_selu},
                 {"Swish", ad_swish},     {"GELU", ad_gelu}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].apply(x);
    return x;
}
