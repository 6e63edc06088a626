/* A net of two branches on two devices.
 *
 *     ./two_devices [test/golden/two_devices.txt]
 *
 * What to see here: ad_device says where the ops that follow run.  The two devices are two CPU
 * backends with memories of their own, so values are copied where the branches meet; nobody writes
 * the copies.  Neither devices nor the number of threads change a bit of what is computed: the
 * program trains on one device and on two, with 1, 2, 3 and 8 threads, and compares. */
#include "common.h"

enum { BATCH = 12, IN = 10, WIDTH = 16, STEPS = 40 };

/* Sums on the way of one step: three layers there and back, weight gradients over the batch. */
enum { ADDITIONS = STEPS * (2 * (IN + 2 * WIDTH + WIDTH) + BATCH) };

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *train;
    double loss[STEPS];
} model;

/* The left branch runs on device 0, the right one on device far; the left one also looks at the
 * right one's first layer. */
static ad_tensor *net(ad_tensor *x, int far)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_tensor *left = ad_tanh(ad_linear(x, .out = WIDTH, .name = "left1"));
    ad_device(g, far);
    ad_tensor *right = ad_sigmoid(ad_linear(x, .out = WIDTH, .name = "right1"));
    ad_device(g, 0);
    ad_tensor *both = ad_concat((ad_tensor *[]){left, right}, 2, 1);
    left = ad_tanh(ad_linear(both, .out = WIDTH, .name = "left2"));
    ad_device(g, far);
    right = ad_sigmoid(ad_linear(right, .out = WIDTH, .name = "right2"));
    ad_device(g, 0);
    return ad_linear(ad_mul(left, right), .out = 1, .name = "out");
}

static bool open_model(model *m, example *e, int devices, int threads)
{
    m->context = ad_context_new(.devices = devices, .threads = threads, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    ad_tensor *x = ad_feed(m->graph, "x", e->type, AD_SHAPE(batch, IN));
    ad_tensor *target = ad_feed(m->graph, "target", e->type, AD_SHAPE(batch, 1));
    ad_tensor *loss = ad_squared_error(net(x, devices - 1), target);
    loss = ad_rmsprop(loss, .rate = 0x1p-8, .momentum = 0.5, .epsilon = 0x1p-10);

    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->train = ad_compile(m->state, .fetch = {loss}, .feed = {x, target}, .training = true);
    return m->train != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->train);
    ad_state_free(m->state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* The target is x0 x1 + x2. */
static void fill(const ad_array feeds[2], int step)
{
    array_noise(&feeds[0], "x", 1, step);
    for (int b = 0; b < BATCH; b++) {
        double x0 = ad_array_item(&feeds[0], b * IN), x1 = ad_array_item(&feeds[0], b * IN + 1);
        array_put(&feeds[1], b, x0 * x1 + ad_array_item(&feeds[0], b * IN + 2));
    }
}

static bool train(model *m, example *e)
{
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(BATCH, IN)),
                        array_new(e->type, AD_SHAPE(BATCH, 1))};
    bool ok = true;
    for (int step = 0; ok && step < STEPS; step++) {
        fill(feeds, step);
        ok = run_step(m->train, feeds, &m->loss[step]);
        if (ok && step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    arrays_free(feeds, 2);
    if (ok)
        compare(e, "loss", ad_f64(m->loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", m->graph, m->state);
    return ok;
}

/* Trains on two devices and compares every bit with the training on one. */
static bool same_on_two(model *one, example *e, int threads)
{
    model two = {0};
    bool ok = open_model(&two, e, 2, threads) && train(&two, e);
    if (ok) {
        bool same = memcmp(one->loss, two.loss, sizeof two.loss) == 0 &&
                    same_bits(one->graph, one->state, two.graph, two.state);
        printf("two devices, %d threads: %s\n", threads, same ? "same bits" : "other bits");
        expect(e, same, "two devices compute something else");
    }
    close_model(&two);
    return ok;
}

static bool run(example *e)
{
    static const int threads[] = {1, 2, 3, 8};
    model one = {0};
    bool ok = open_model(&one, e, 1, 1) && train(&one, e);
    if (ok)
        printf("loss %.4f -> %.4f\n", one.loss[0], one.loss[STEPS - 1]);
    for (int i = 0; ok && i < 4; i++)
        ok = same_on_two(&one, e, threads[i]);
    close_model(&one);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
