/* The place where a net stands, how steep and how sharp it is. */
#include "frame.h"

double *lab_weights(lab *l, lab_net *n, const double *into)
{
    double *all = lab_numbers(l, (int64_t)lab_parameters(n->graph));
    for (int v = 0, at = 0; v < ad_variable_count(n->graph); v++) {
        int64_t count;
        ad_tensor *variable = ad_variable_at(n->graph, v);
        if (!ad_trainable(variable))
            continue;
        double *own = lab_value(l, n->state, variable, &count);
        float *new = lab_floats(l, count);
        for (int64_t k = 0; k < count; k++, at++)
            all[at] = own[k], new[k] = into ? (float)into[at] : (float)own[k];
        lab_do(l, ad_set(n->state, variable, ad_f32(new, ad_tensor_shape(variable))));
    }
    return all;
}

ad_tensor *lab_slope(const lab_net *net)
{
    ad_tensor *w[AD_LIST_MAX], *slope[AD_LIST_MAX];
    int count = 0;
    for (int i = 0; i < ad_variable_count(net->graph); i++) {
        w[count] = ad_variable_at(net->graph, i);
        count += ad_trainable(w[count]);
    }
    ad_gradient(net->loss, w, count, slope);
    for (int i = 0; i < count; i++)
        slope[i] = ad_reshape(slope[i], AD_SHAPE(AD_INFER));
    return ad_concat(slope, count, 0);
}

ad_tensor *lab_curvature(const lab_net *net, ad_tensor *less)
{
    ad_graph *g = net->graph;
    ad_tensor *w[AD_LIST_MAX], *slope[AD_LIST_MAX], *v[AD_LIST_MAX], *hv[AD_LIST_MAX];
    ad_tensor *dot = ad_number(g, AD_F32, 0), *square = dot;
    int count = ad_variable_count(g);
    for (int i = 0; i < count; i++)
        w[i] = ad_variable_at(g, i);
    ad_gradient(net->loss, w, count, slope);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        v[i] = ad_buffer(g, name, ad_normal(g, AD_F32, ad_tensor_shape(w[i]), 0, 1));
        dot = ad_add(dot, ad_sum(ad_mul(slope[i], v[i]), AD_ALL));
    }
    ad_gradient(dot, w, count, hv);
    for (int i = 0; i < count; i++) {
        hv[i] = less ? ad_sub(hv[i], ad_mul(v[i], less)) : hv[i];
        square = ad_add(square, ad_sum(ad_square(hv[i]), AD_ALL));
    }
    ad_tensor *size = ad_sqrt(square), *owner = size;
    for (int i = 0; i < count; i++)
        owner = ad_assign(owner, v[i], ad_div(hv[i], size));
    return owner;
}
