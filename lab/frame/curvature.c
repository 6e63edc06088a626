/* How sharp the place is where a net stands. */
#include "frame.h"

ad_tensor *lab_curvature(const lab_net *net)
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
    for (int i = 0; i < count; i++)
        square = ad_add(square, ad_sum(ad_square(hv[i]), AD_ALL));
    ad_tensor *size = ad_sqrt(square), *owner = size;
    for (int i = 0; i < count; i++)
        owner = ad_assign(owner, v[i], ad_div(hv[i], size));
    return owner;
}
