#include <adze/adze.h>
#include <cstdio>

int main()
{
    ad_context *c = ad_context_new({.threads = 1});
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(2, 3));
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, {.fetch = {ad_sum(ad_linear(ad_relu(x), {.out = 4}), AD_ALL)}, .feed = {x}});
    const float numbers[] = {1, -2, 3, -4, 5, -6};
    ad_array in = ad_f32(numbers, AD_SHAPE(2, 3)), out = {};
    int wrong = !p || ad_run(p, &in, &out) != AD_OK;
    std::printf("%s\n", wrong ? ad_error() : "ran");
    return wrong;
}
