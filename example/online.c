/* Learning online: a classifier of short signals, fed one example at a time and then in batches, of
 * many lengths.
 *
 *     ./online [test/golden/online.txt]
 *
 * What to see here: open dimensions, so one program serves every size; a bound on the compiled
 * sizes it keeps (.shapes), which costs time and never a bit; and what a program says that is fed
 * the wrong thing: a message, and a state that has not moved. */
#include "common.h"

enum { CLASSES = 3, FEATURES = 2, STEPS = 40 };

/* Sums on the way of one step: the convolution and the layer, forward and backward; weight
 * gradients over 4 by 10 places. */
enum { ADDITIONS = STEPS * (2 * (3 * FEATURES + 12) + 4 * 10) };

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *signal, *label, *logits, *loss;
    ad_state *state, *other;
    ad_program *train, *train_other; /* other keeps more compiled sizes */
} model;

/* Signals (batch, time, 2) to logits (batch, 3). */
static ad_tensor *net(ad_tensor *x)
{
    x = ad_tanh(ad_conv1d(x, .filters = 12, .kernel = 3, .same = true, .name = "conv"));
    return ad_linear(ad_max(x, AD_AXES(1)), .out = CLASSES, .name = "out");
}

static bool open_model(model *m, example *e)
{
    m->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch"), time = ad_open(m->graph, "time");
    m->signal = ad_feed(m->graph, "signal", e->type, AD_SHAPE(batch, time, FEATURES));
    m->label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    m->logits = net(m->signal);
    m->loss = ad_sgd(ad_cross_entropy(m->logits, m->label), .rate = 0.25);

    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->other = ad_state_clone(m->state);
    if (m->other == NULL)
        return false;
    m->train = ad_compile(m->state, .fetch = {m->loss}, .feed = {m->signal, m->label},
                          .training = true, .shapes = 2);
    m->train_other =
        ad_compile(m->other, .fetch = {m->loss}, .feed = {m->signal, m->label}, .training = true);
    return m->train != NULL && m->train_other != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->train);
    ad_program_free(m->train_other);
    ad_state_free(m->state);
    ad_state_free(m->other);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* Class 0 falls, class 1 is level, class 2 rises, under noise. */
static void fill(const ad_array *signal, const ad_array *label, int step)
{
    char name[32];
    snprintf(name, sizeof name, "signal%d", step);
    array_noise(signal, name, 0.5, 0);
    snprintf(name, sizeof name, "label%d", step);
    int rows = (int)signal->shape.size[0], time = (int)signal->shape.size[1];
    for (int b = 0; b < rows; b++) {
        int class = whole(name, b, CLASSES);
        array_put(label, b, class);
        for (int i = 0; i < time * FEATURES; i++) {
            int64_t at = (int64_t)b * time * FEATURES + i;
            double slope = (class - 1) * (i / FEATURES) / 8.0;
            array_put(signal, at, slope + ad_array_item(signal, at));
        }
    }
}

/* Single examples for 20 steps, then batches of 2 to 4; the length changes every time. */
static bool train_step(model *m, example *e, int step, double *loss)
{
    int rows = step < 20 ? 1 : 2 + step % 3, time = 4 + step * 5 % 7;
    double other_loss = 0;
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(rows, time, FEATURES)),
                        array_new(AD_I32, AD_SHAPE(rows))};
    fill(&feeds[0], &feeds[1], step);
    bool ok = run_step(m->train, feeds, loss) && run_step(m->train_other, feeds, &other_loss);
    expect(e, !ok || memcmp(loss, &other_loss, sizeof other_loss) == 0,
           "the bound on compiled sizes changed a loss");
    arrays_free(feeds, 2);
    return ok;
}

static bool train(model *m, example *e)
{
    double loss[STEPS];
    for (int step = 0; step < STEPS; step++) {
        if (!train_step(m, e, step, &loss[step]))
            return false;
        if (step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    printf("loss %.4f -> %.4f\n", loss[0], loss[STEPS - 1]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", m->graph, m->state);
    expect(e, same_bits(m->graph, m->state, m->graph, m->other),
           "the bound on compiled sizes changed a weight");
    return true;
}

/* ---------------------------------------------------------------- feeding the wrong thing */

/* One mistake: status is what the run must return, and its message must contain word. */
static void mistake(model *m, example *e, const char *what, ad_array signal, ad_array label,
                    ad_status status, const char *word)
{
    ad_array loss = {0};
    ad_status got = ad_run(m->train, (ad_array[]){signal, label}, &loss);
    bool right = got == status && strstr(ad_error(), word) != NULL;
    printf("  %s: %s\n", what, got == AD_OK ? "no error" : ad_error());
    if (!right)
        printf("    wanted %s and the word %s, got %s\n", ad_status_name(status), word,
               ad_status_name(got));
    expect(e, right, what);
}

static void feed_mistakes(model *m, example *e, ad_array signal, ad_array label)
{
    int32_t high[] = {0, CLASSES}, low[] = {-1, 0}, three[] = {0, 1, 2};
    ad_array s = signal;
    s.type = e->type == AD_F64 ? AD_F32 : AD_F64;
    mistake(m, e, "a signal of another type", s, label, AD_ERROR_TYPE, "signal");
    s = signal;
    s.shape = AD_SHAPE(2, 10);
    mistake(m, e, "a signal of rank 2", s, label, AD_ERROR_SHAPE, "signal");
    s.shape = AD_SHAPE(2, 5, FEATURES - 1);
    mistake(m, e, "a signal of one feature", s, label, AD_ERROR_SHAPE, "signal");
    s.shape = AD_SHAPE(2, -5, FEATURES);
    mistake(m, e, "a negative length", s, label, AD_ERROR_SHAPE, "signal");
    s = signal;
    s.data = NULL;
    mistake(m, e, "a signal without data", s, label, AD_ERROR_ARGUMENT, "signal");
    mistake(m, e, "no label", signal, ad_i32(NULL, AD_SHAPE(2)), AD_ERROR_ARGUMENT, "label");
    mistake(m, e, "two signals and three labels", signal, ad_i32(three, AD_SHAPE(3)),
            AD_ERROR_SHAPE, "batch");
    mistake(m, e, "signal and label exchanged", label, signal, AD_ERROR_TYPE, "signal");
    mistake(m, e, "a label too high", signal, ad_i32(high, AD_SHAPE(2)), AD_ERROR_RANGE, "3");
    mistake(m, e, "a label below zero", signal, ad_i32(low, AD_SHAPE(2)), AD_ERROR_RANGE, "-1");
}

static void run_mistakes(model *m, example *e, const ad_array feeds[2])
{
    double room[2] = {0};
    ad_array loss = {0}, pair = {.type = e->type, .shape = AD_SHAPE(2), .data = room};
    expect(e, ad_run(m->train, NULL, &loss) == AD_ERROR_ARGUMENT, "no feeds at all");
    printf("  no feeds at all: %s\n", ad_error());
    expect(e, ad_run(m->train, feeds, &pair) == AD_ERROR_SHAPE, "room for two losses");
    printf("  room for two losses: %s\n", ad_error());
}

/* A program takes the feeds it needs, and takes nothing else for a feed. */
static void compile_mistakes(model *m, example *e)
{
    ad_program *p = ad_compile(m->state, .fetch = {m->loss}, .feed = {m->signal}, .training = true);
    expect(e, p == NULL && strstr(ad_error(), "label") != NULL, "a program without its label");
    printf("  a program without its label: %s\n", ad_error());
    ad_program_free(p);
    p = ad_compile(m->state, .fetch = {m->loss}, .feed = {m->logits, m->label}, .training = true);
    expect(e, p == NULL, "a program fed with its logits");
    printf("  a program fed with its logits: %s\n", ad_error());
    ad_program_free(p);
}

/* After every mistake the state is as before. */
static bool mistakes(model *m, example *e)
{
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(2, 5, FEATURES)),
                        array_new(AD_I32, AD_SHAPE(2))};
    ad_state *before = ad_state_clone(m->state);
    if (before == NULL)
        return false;
    printf("what a program says to\n");
    fill(&feeds[0], &feeds[1], STEPS);
    feed_mistakes(m, e, feeds[0], feeds[1]);
    run_mistakes(m, e, feeds);
    compile_mistakes(m, e);
    expect(e, same_bits(m->graph, m->state, m->graph, before), "a mistake moved the state");
    expect(e, ad_state_step(m->state) == ad_state_step(before), "a mistake counted as a step");
    ad_state_free(before);
    double loss = 0;
    bool ok = run_step(m->train, feeds, &loss); /* and the program still works */
    arrays_free(feeds, 2);
    return ok;
}

static bool run(example *e)
{
    model m = {0};
    bool ok = open_model(&m, e) && train(&m, e) && mistakes(&m, e);
    close_model(&m);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
