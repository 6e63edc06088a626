#include <adze/adze.h>
#include <stdio.h>

int main(void)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(2, 3));
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {ad_sum(ad_relu(x), AD_ALL)}, .feed = {x});
    ad_array in = ad_f32((float[]){1, -2, 3, -4, 5, -6}, AD_SHAPE(2, 3)), out = {0};
    int wrong = !p || ad_run(p, &in, &out) != AD_OK || ad_array_item(&out, 0) != 9;
    printf("%s\n", wrong ? ad_error() : "9");
    return wrong;
}
