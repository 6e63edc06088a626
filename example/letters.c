/* Which letter of a text comes next, learned with ad_fit; then the likeliest text, letter by
 * letter:
 * ./letters input.txt [EPOCHS] */
#include <adze/train.h>

#include <stdio.h>
#include <stdlib.h>
enum { LETTERS = 256, LENGTH = 64, MOST = 1 << 20, WRITTEN = 100 };

static uint8_t text[MOST + 1], seen[WRITTEN + 1] = "\n";

static bool tell(void *user, const ad_event *e)
{
    (void)user;
    if (e->kind == AD_EVENT_VALIDATION)
        printf("epoch %d: %.3f nats a letter\n", (int)e->at->epoch, e->measured[0].value);
    return true;
}

int main(int argc, char **argv)
{
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    int64_t count = f ? (int64_t)fread(text, 1, MOST + 1, f) - 1 : 0;
    if (count < 100 * LENGTH)
        return puts("usage: letters TEXT [EPOCHS], a text of 6400 letters and more"), 2;
    /* the net: letters (batch, time), and at each the chances of the next */
    ad_context *c = ad_context_new();
    ad_graph *g = ad_graph_new(c);
    ad_shape shape = AD_SHAPE(ad_open(g, "batch"), ad_open(g, "time"));
    ad_tensor *x = ad_feed(g, "letter", AD_U8, shape), *y = ad_feed(g, "next", AD_U8, shape);
    ad_tensor *h = ad_embedding(ad_cast(x, AD_I32), .count = LETTERS, .width = 64);
    ad_tensor *logits = ad_linear(ad_gru(h, .width = 128), .out = LETTERS);
    ad_tensor *loss = ad_cross_entropy(logits, ad_cast(y, AD_I32));
    ad_player learner = {.step = ad_adam(loss, .rate = 3e-3, .clip_norm = 1)};
    ad_tensor *likeliest = ad_argmax(logits, -1);

    /* windows of the text, the last tenth of them to measure by */
    ad_named_array list[] = {{"letter", {.type = AD_U8, .data = text, .shape = AD_SHAPE(count)}},
                             {"next", {.type = AD_U8, .data = text + 1, .shape = AD_SHAPE(count)}}};
    ad_source *letters = ad_source_arrays(list, 2), *train, *held;
    ad_source *all = ad_source_windows(letters, .length = LENGTH, .step = LENGTH);
    ad_state *s = ad_state_new(g, 1);
    if (ad_source_split(all, .share = {0.9, 0.1}, .in_order = true, .part = {&train, &held}) ||
        ad_fit(s, .train = train, .validation = held, .player = {learner}, .loss = loss,
               .event = tell, .epochs = argc > 2 ? atoi(argv[2]) : 3))
        return puts(ad_error()), 1;

    ad_program *p = ad_compile(s, .fetch = {likeliest}, .feed = {x});
    for (int n = 1; n < WRITTEN; n++) {
        ad_array in = {.type = AD_U8, .data = seen, .shape = AD_SHAPE(1, n)}, out = {0};
        if (ad_run(p, &in, &out) != AD_OK)
            return puts(ad_error()), 1;
        seen[n] = (uint8_t)((int32_t *)out.data)[n - 1];
    }
    ad_program_free(p), ad_state_free(s), ad_graph_free(g), ad_context_free(c);
    ad_source_free(train), ad_source_free(held), ad_source_free(all), ad_source_free(letters);
    fclose(f);
    return printf("%s\n", (char *)seen) < 0;
}
