/* Training from a C program: points of two kinds, a source made of arrays, ad_fit, a listener.
 *
 * What to see here: the feed "point" takes the field of that name; one call trains, validates after
 * each epoch, stops early and leaves the best weights in the state. */
#include <adze/train.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 600 };

/* Two arms of a spiral. */
static void draw(float *point, int32_t *arm)
{
    for (int i = 0; i < COUNT; i++) {
        uint64_t key[2] = {7, (uint64_t)i};
        double t = ad_random_at(key, 0), turn = 3.5 * t + 3.14159265 * (i % 2);
        point[2 * i] = (float)(t * cos(turn) + 0.04 * (ad_random_at(key, 1) - 0.5));
        point[2 * i + 1] = (float)(t * sin(turn) + 0.04 * (ad_random_at(key, 2) - 0.5));
        arm[i] = i % 2;
    }
}

static bool listen(void *user, const ad_event *e)
{
    (void)user;
    if (e->kind == AD_EVENT_VALIDATION && e->at->epoch % 20 == 0)
        printf("epoch %lld: loss %.4f, accuracy %.3f\n", (long long)e->at->epoch,
               e->measured[0].value, e->measured[1].value);
    return true;
}

int main(void)
{
    static float points[2 * COUNT];
    static int32_t arms[COUNT];
    draw(points, arms);
    ad_named_array list[] = {{"point", ad_f32(points, AD_SHAPE(COUNT, 2))},
                             {"arm", ad_i32(arms, AD_SHAPE(COUNT))}};
    ad_source *all = ad_source_arrays(list, 2), *train = NULL, *held = NULL;
    if (ad_source_split(all, .share = {0.8, 0.2}, .stratify = "arm", .part = {&train, &held}) !=
        AD_OK)
        return puts(ad_error()), 1;

    ad_context *c = ad_context_new();
    ad_graph *g = ad_graph_new(c);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *x = ad_feed(g, "point", AD_F32, AD_SHAPE(batch, 2));
    ad_tensor *y = ad_feed(g, "arm", AD_I32, AD_SHAPE(batch));
    ad_tensor *h = ad_tanh(ad_linear(ad_tanh(ad_linear(x, .out = 32)), .out = 32));
    ad_tensor *logits = ad_linear(h, .out = 2), *loss = ad_cross_entropy(logits, y);
    ad_state *s = ad_state_new(g, 1);

    ad_fit_end end;
    ad_status status = ad_fit(s, .train = train, .validation = held,
                              .player = {{.step = ad_adam(loss, .rate = 0.01)}}, .loss = loss,
                              .measure = {{ad_measure_find("accuracy"), logits, y}}, .epochs = 200,
                              .patience = 30, .keep_best = true, .event = listen, .end = &end);
    if (status != AD_OK)
        return puts(ad_error()), 1;
    puts(end == AD_END_EARLY ? "stopped early" : "all epochs");
    ad_measured measured[1];
    if (ad_evaluate(s, held, .measure = {{ad_measure_find("accuracy"), logits, y}},
                    .measured = measured) != AD_OK)
        return puts(ad_error()), 1;
    printf("accuracy of the best weights: %.3f (95 %%: %.3f to %.3f)\n", measured[0].value,
           measured[0].low, measured[0].high);
    ad_state_free(s), ad_graph_free(g), ad_context_free(c);
    ad_source_free(train), ad_source_free(held), ad_source_free(all);
    return measured[0].value > 0.95 ? 0 : 1;
}
