/* Pooling beyond the core against torch 2.15: script/layer-goldens-windows made
 * golden_windows/pooling.txt. */
#include "window_golden.h"

typedef ad_tensor *pool_call(ad_tensor *, const ad_window_nd_options *);

static ad_tensor *indices; /* of the layer that was made last, or NULL */

static void set_option(ad_window_nd_options *o, ad_shape *places, const char *name, char *value)
{
    const struct {
        const char *name;
        ad_shape *shape;
    } shapes[] = {{"window", &o->window},   {"stride", &o->stride},
                  {"padding", &o->padding}, {"dilation", &o->dilation},
                  {"places", places},       {"padding_after", &o->padding_after}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(name, shapes[i].name) == 0)
            *shapes[i].shape = golden_shape(value);
    if (strcmp(name, "ceil") == 0)
        o->ceil = *value == '1';
    else if (strcmp(name, "count_padding") == 0)
        o->count_padding = *value == '1';
    else if (strcmp(name, "divisor") == 0)
        o->divisor = strtol(value, NULL, 10);
    else if (strcmp(name, "p") == 0)
        o->p = strtod(value, NULL);
}

static ad_tensor *unpooled(ad_tensor *x, ad_window_nd_options *o, ad_shape places)
{
    ad_tensor *index;
    o->index = &index;
    ad_tensor *y = (ad_max_pool_nd)(x, o);
    return ad_max_unpool(ad_square(y), index, places);
}

static ad_tensor *pooled(const golden *g, ad_tensor *x)
{
    char words[160], *rest;
    ad_shape places = {0};
    ad_window_nd_options o = AD_OPTIONS(ad_window_nd_options);
    snprintf(words, sizeof words, "%s", g->words);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = 0;
        set_option(&o, &places, word, value);
    }
    indices = NULL;
    if (strcmp(g->name, "adaptive_max_pool") == 0)
        return ad_adaptive_max_pool(x, places, &indices);
    if (strcmp(g->name, "adaptive_average_pool") == 0)
        return ad_adaptive_average_pool(x, places);
    if (strcmp(g->name, "average_pool_nd") == 0)
        return (ad_average_pool_nd)(x, &o);
    if (strcmp(g->name, "lp_pool") == 0)
        return (ad_lp_pool)(x, &o);
    if (strcmp(g->name, "max_unpool") == 0)
        return unpooled(x, &o, places);
    o.index = &indices;
    return (ad_max_pool_nd)(x, &o);
}

static bool always(const golden *g)
{
    (void)g;
    return true;
}

TEST(values_and_slopes_are_torch_s)
{
    CHECK_EQ(golden_all(ADZE_TEST_DIR "/golden_windows/pooling.txt", pooled, always), 190);
}

static void check_indices(const golden *g, bool naive)
{
    begin();
    ad_tensor *x = golden_variable(&g->in[0], "x", AD_F32);
    pooled(g, x);
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch = {indices}, .naive = naive) : NULL;
    ad_array out = {0};
    if (p && ad_run(p, NULL, &out) == AD_OK)
        golden_compare(g, &out, g->index, g->out.count, 0, " index");
    else
        TEST_FAILED("%s%s: %s", g->name, g->words, ad_error());
    CHECK(ad_tensor_type(indices) == AD_I64);
    ad_program_free(p);
    end();
}

TEST(indices_are_torch_s)
{
    static golden g;
    FILE *file = fopen(ADZE_TEST_DIR "/golden_windows/pooling.txt", "r");
    REQUIRE(file);
    while (golden_read(file, &g))
        if (g.indexed) {
            check_indices(&g, false);
            check_indices(&g, true);
        }
    fclose(file);
}

TEST_MAIN
