/* Two players on one state, from a source of the program's own (a stream): a GAN in one dimension.
 *
 * What to see here: each player's step is a program of its own; the stream makes what both need. */
#include <adze/train.h>

#include <math.h>
#include <stdio.h>

/* Real numbers around 4, and noise; number is where the stream stands. */
struct numbers {
    uint64_t at;
};

static ad_status next(void *user, ad_array *into, bool *end)
{
    struct numbers *n = user;
    uint64_t key[2] = {1, n->at++};
    float *real = into[0].data, *noise = into[1].data;
    *real = (float)(4 + sqrt(-2 * log(1 - ad_random_at(key, 0))) *
                            cos(6.2831853 * ad_random_at(key, 1)));
    *noise = (float)(2 * ad_random_at(key, 2) - 1);
    *end = false;
    return AD_OK;
}

static ad_status rewind_numbers(void *user, uint64_t epoch)
{
    ((struct numbers *)user)->at = epoch << 32;
    return AD_OK;
}

static ad_tensor *generator(ad_tensor *noise)
{
    ad_graph *g = ad_tensor_graph(noise);
    ad_scope_begin(g, "generator");
    ad_tensor *x =
        ad_linear(ad_tanh(ad_linear(noise, .out = 16, .name = "a")), .out = 1, .name = "b");
    ad_scope_end(g);
    return x;
}

static ad_tensor *judge(ad_tensor *x)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_scope_begin(g, "judge");
    ad_tensor *y =
        ad_linear(ad_leaky_relu(ad_linear(x, .out = 32, .name = "a"), 0.2), .out = 1, .name = "b");
    ad_scope_end(g);
    return y;
}

int main(void)
{
    struct numbers n = {0};
    ad_source_field fields[] = {{"real", AD_F32, {1, {1}}}, {"noise", AD_F32, {1, {1}}}};
    ad_source *stream = ad_source_new(&(ad_source_record){.count = -1,
                                                          .field = fields,
                                                          .fields = 2,
                                                          .next = next,
                                                          .rewind = rewind_numbers,
                                                          .user = &n,
                                                          .name = "numbers"});
    ad_context *c = ad_context_new();
    ad_graph *g = ad_graph_new(c);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *real = ad_feed(g, "real", AD_F32, AD_SHAPE(batch, 1));
    ad_tensor *noise = ad_feed(g, "noise", AD_F32, AD_SHAPE(batch, 1)), *made = generator(noise);
    ad_tensor *of_real = judge(real), *of_made = ad_call(of_real, &real, &made, 1);
    ad_tensor *ones = ad_scale(ad_stop_gradient(of_real), 0), *zeros = ones; /* (batch, 1) of 0 */
    ones = ad_shift(ones, 1);
    ad_tensor *judging =
        ad_add(ad_binary_cross_entropy(of_real, ones), ad_binary_cross_entropy(of_made, zeros));
    ad_tensor *making = ad_binary_cross_entropy(of_made, ones);
    ad_state *s = ad_state_new(g, 1);
    ad_player players[] = {{.step = ad_adam(judging, .rate = 2e-3, .beta1 = 0.5, .scope = "judge.",
                                            .name = "adam_judge"),
                            .name = "judge"},
                           {.step = ad_adam(making, .rate = 1e-3, .beta1 = 0.5,
                                            .scope = "generator.", .name = "adam_maker"),
                            .name = "maker"}};
    if (ad_fit(s, .train = stream, .player = {players[0], players[1]}, .steps = 3000,
               .batches = AD_OPTIONS(ad_batches_options, .size = 128, .order = AD_ORDER_AS_IS)) !=
        AD_OK)
        return puts(ad_error()), 1;
    ad_array mean;
    ad_binding z = {noise, {0}};
    static float grid[101];
    for (int i = 0; i <= 100; i++)
        grid[i] = (float)(0.02 * i - 1);
    z.value = ad_f32(grid, AD_SHAPE(101, 1));
    if (ad_value(s, ad_mean(made, AD_ALL), &z, 1, &mean) != AD_OK)
        return puts(ad_error()), 1;
    printf("mean of what is made: %.2f (real: 4)\n", ad_array_item(&mean, 0));
    double off = fabs(ad_array_item(&mean, 0) - 4);
    ad_state_free(s), ad_graph_free(g), ad_context_free(c), ad_source_free(stream);
    return off < 0.5 ? 0 : 1;
}
