/* One source for C and C++: unnamed layers and random nodes as arguments of one call, in every way
 * in which a program may write them. It prints the names of its variables, trains three steps and
 * saves what it has; every compiler has to come to the same file. */
#include <adze/adze.h>
#include <stdio.h>

#ifdef __cplusplus
#define WITH(...)   \
    {               \
        __VA_ARGS__ \
    }
#define NOTHING \
    {           \
    }
#else
#define WITH(...) __VA_ARGS__
#define NOTHING \
    {           \
        0       \
    }
#endif

enum { ROWS = 6, WIDTH = 5 };

static ad_tensor *block(ad_tensor *x)
{
    for (int i = 0; i < 2; i++)
        x = ad_dropout(ad_tanh(ad_linear(x, WITH(.out = WIDTH))));
    return x;
}

static ad_tensor *both_sides(ad_tensor *x, ad_tensor *y)
{
    ad_tensor *z = ad_add(ad_linear(x, WITH(.out = WIDTH)),
                          ad_linear(ad_relu(ad_linear(y, WITH(.out = 3))), WITH(.out = WIDTH)));
    z = ad_mul(ad_sub(block(x), ad_dropout(y)), ad_maximum(ad_dropout(z), block(z)));
    return ad_where(ad_less(ad_uniform(ad_tensor_graph(x), AD_F32, AD_SHAPE(ROWS, WIDTH), 0, 1),
                            ad_uniform(ad_tensor_graph(x), AD_F32, AD_SHAPE(ROWS, WIDTH), 0, 1)),
                    block(z), ad_linear(z, WITH(.out = WIDTH)));
}

static ad_tensor *over_time(ad_tensor *x, ad_tensor *y)
{
    ad_tensor *rows = ad_reshape(x, AD_SHAPE(2, 3, WIDTH));
    ad_tensor *start = ad_slice(y, 0, 0, 2, 1);
    ad_tensor *all = ad_gru(ad_linear(rows, WITH(.out = WIDTH)),
                            WITH(.width = WIDTH, .initial = ad_linear(start, WITH(.out = WIDTH))));
    return ad_reshape(all, AD_SHAPE(ROWS, WIDTH));
}

static ad_tensor *looks(ad_tensor *x)
{
    ad_shape heads = AD_SHAPE(1, 1, ROWS, WIDTH);
    ad_tensor *seen =
        ad_attention(ad_reshape(ad_linear(x, WITH(.out = WIDTH)), heads),
                     ad_reshape(ad_linear(x, WITH(.out = WIDTH)), heads),
                     ad_reshape(ad_linear(x, WITH(.out = WIDTH)), heads), WITH(.causal = true));
    return ad_layer_normalize(ad_reshape(seen, AD_SHAPE(ROWS, WIDTH)),
                              ad_mean(ad_linear(x, WITH(.out = WIDTH)), AD_AXES(0)),
                              ad_mean(ad_linear(x, WITH(.out = WIDTH)), AD_AXES(0)), 1e-5);
}

static ad_tensor *build(ad_graph *g, ad_tensor *x, ad_tensor *y)
{
    ad_tensor *z = ad_matmul(
        both_sides(x, y), ad_variable(g, "w", ad_normal(g, AD_F32, AD_SHAPE(WIDTH, WIDTH), 0, 1)));
    ad_tensor *parts[] = {ad_linear(z, WITH(.out = 3)), ad_dropout(z), block(z)};
    z = ad_linear(ad_concat(parts, 3, 1), WITH(.out = WIDTH));
    z = ad_add(ad_add(over_time(z, y), looks(z)), ad_call(block(z), &z, &y, 1));
    return ad_squared_error(ad_linear(z, WITH(.out = 2)), ad_linear(y, WITH(.out = 2)),
                            WITH(.weight = ad_sigmoid(ad_linear(x, WITH(.out = 2)))));
}

static int fail(void)
{
    fprintf(stderr, "%s\n", ad_error());
    return 1;
}

int main(int argc, char **argv)
{
    ad_context *c = ad_context_new(WITH(.threads = 1));
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, WIDTH)),
              *y = ad_feed(g, "y", AD_F32, AD_SHAPE(ROWS, WIDTH));
    ad_tensor *step = ad_sgd(build(g, x, y), WITH(.rate = 0.1));
    ad_state *s = ad_state_new(g, 1);
    if (argc != 2 || !s)
        return fail();
    for (int i = 0; i < ad_variable_count(g); i++)
        printf("%s (%d)\n", ad_tensor_name(ad_variable_at(g, i)),
               (int)ad_tensor_shape(ad_variable_at(g, i)).size[0]);
    ad_program *p = ad_compile(s, WITH(.fetch = {step}, .feed = {x, y}, .training = true));
    float numbers[2][ROWS * WIDTH];
    for (int i = 0; i < ROWS * WIDTH; i++)
        numbers[0][i] = (float)(i % 7) / 7, numbers[1][i] = (float)(i % 11) / 11;
    ad_array in[] = {ad_f32(numbers[0], AD_SHAPE(ROWS, WIDTH)),
                     ad_f32(numbers[1], AD_SHAPE(ROWS, WIDTH))};
    for (int i = 0; i < 3; i++) {
        ad_array out = NOTHING;
        if (!p || ad_run(p, in, &out) != AD_OK)
            return fail();
        printf("%.9g\n", ad_array_item(&out, 0));
    }
    if (ad_save(s, argv[1]) != AD_OK)
        return fail();
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return 0;
}
