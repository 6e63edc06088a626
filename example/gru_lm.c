/* A GRU language model (Cho et al. 2014) trained on endless texts, a few words at a time.
 *
 *     ./gru_lm [test/golden/gru_lm.txt]
 *
 * What to see here: a recurrent cell of one's own (ad_scan_begin ... ad_scan_end); one table that
 * reads words and scores them (a tied embedding); a state kept from batch to batch (truncated
 * back-propagation); sequences of different lengths, where what stands in the padding never changes
 * a bit: the program trains a second state on other padding and compares. */
#include "common.h"

enum { BATCH = 4, WORDS = 16, WIDTH = 16, LONGEST = 8, STEPS = 30 };

/* Sums on the way of one step: per word the two products of the cell, forward and backward; the
 * scores; the sums over words. */
enum {
    ADDITIONS = STEPS * (2 * LONGEST * (2 * WIDTH + 4) + 2 * (WIDTH + WORDS) + BATCH * LONGEST)
};

typedef struct gru {
    ad_tensor *weight_ih, *weight_hh, *bias_ih,
        *bias_hh; /* (3 width, in), (3 width, width), (3 width), gates r, z, n */
} gru;

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *state, *other; /* other sees other padding */
    ad_program *train, *train_other;
} model;

static ad_tensor *weight(ad_graph *g, const char *name, ad_type type, ad_shape shape)
{
    return ad_variable(g, name, ad_uniform(g, type, shape, -0.25, 0.25));
}

static gru gru_weights(ad_graph *g, ad_type type)
{
    ad_scope_begin(g, "gru");
    gru cell = {weight(g, "weight_ih_l0", type, AD_SHAPE(3 * WIDTH, WIDTH)),
                weight(g, "weight_hh_l0", type, AD_SHAPE(3 * WIDTH, WIDTH)),
                weight(g, "bias_ih_l0", type, AD_SHAPE(3 * WIDTH)),
                weight(g, "bias_hh_l0", type, AD_SHAPE(3 * WIDTH))};
    ad_scope_end(g);
    return cell;
}

/* x weight^T + bias: (batch, in) gives (batch, 3 width), one part for each gate. */
static ad_tensor *gates(ad_tensor *x, ad_tensor *weight, ad_tensor *bias)
{
    return ad_add(ad_matmul(x, ad_transpose(weight, AD_AXES(1, 0))), bias);
}

static ad_tensor *gate(ad_tensor *all, int i)
{
    return ad_slice(all, -1, i * WIDTH, (i + 1) * WIDTH, 1);
}

/* One step: r and z say how much of h to look at and how much to keep; n is the new content. */
static ad_tensor *gru_cell(const gru *cell, ad_tensor *x, ad_tensor *h)
{
    ad_tensor *in = gates(x, cell->weight_ih, cell->bias_ih);
    ad_tensor *back = gates(h, cell->weight_hh, cell->bias_hh);
    ad_tensor *r = ad_sigmoid(ad_add(gate(in, 0), gate(back, 0)));
    ad_tensor *z = ad_sigmoid(ad_add(gate(in, 1), gate(back, 1)));
    ad_tensor *n = ad_tanh(ad_add(gate(in, 2), ad_mul(r, gate(back, 2))));
    return ad_add(n, ad_mul(z, ad_sub(h, n)));
}

/* x (batch, time, width) to every state (batch, time, width), starting from hidden; past its
 * length, a row's state stays.  *last is the state after the last step. */
static ad_tensor *gru_over_time(const gru *cell, ad_tensor *x, ad_tensor *length, ad_tensor *hidden,
                                ad_tensor **last)
{
    ad_loop *loop = ad_scan_begin(ad_tensor_graph(x), false);
    ad_tensor *x_t = ad_scan_input(loop, x);
    ad_tensor *h = ad_scan_carry(loop, hidden);
    ad_tensor *inside = ad_less(ad_scan_index(loop), length);
    ad_tensor *next = ad_where(ad_reshape(inside, AD_SHAPE(BATCH, 1)), gru_cell(cell, x_t, h), h);
    ad_scan_update(loop, h, next);
    if (ad_scan_end(loop) != AD_OK)
        fprintf(stderr, "%s\n", ad_error());
    *last = ad_scan_last(loop, h);
    return ad_scan_all(loop, next);
}

static ad_tensor *build(ad_graph *g, ad_type type, ad_tensor *feeds[3])
{
    ad_dim time = ad_open(g, "time");
    ad_tensor *token = ad_feed(g, "token", AD_I32, AD_SHAPE(BATCH, time));
    ad_tensor *following = ad_feed(g, "following", AD_I32, AD_SHAPE(BATCH, time));
    ad_tensor *length = ad_feed(g, "length", AD_I64, AD_SHAPE(BATCH));
    memcpy(feeds, (ad_tensor *[]){token, following, length}, 3 * sizeof *feeds);

    ad_tensor *table = weight(g, "embedding.weight", type, AD_SHAPE(WORDS, WIDTH));
    ad_tensor *bias = weight(g, "bias", type, AD_SHAPE(WORDS));
    ad_tensor *hidden = ad_buffer(g, "hidden", ad_full(g, type, AD_SHAPE(BATCH, WIDTH), 0));
    gru cell = gru_weights(g, type);
    ad_tensor *last = NULL;
    ad_tensor *h =
        gru_over_time(&cell, ad_embedding(token, .weight = table), length, hidden, &last);
    ad_tensor *logits = ad_add(ad_matmul(h, ad_transpose(table, AD_AXES(1, 0))), bias);

    ad_tensor *inside = ad_less(ad_range(g, AD_I64, time), ad_reshape(length, AD_SHAPE(BATCH, 1)));
    ad_tensor *loss = ad_cross_entropy(logits, following, .weight = ad_cast(inside, type));
    loss =
        ad_assign(loss, hidden, last); /* where the next batch starts; no gradient flows across */
    return ad_sgd(loss, .rate = 1, .momentum = 0.5, .nesterov = true);
}

static bool open_model(model *m, example *e)
{
    m->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_tensor *feed[3];
    ad_tensor *loss = build(m->graph, e->type, feed);
    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->other = ad_state_clone(m->state);
    if (m->other == NULL)
        return false;
    m->train = ad_compile(m->state, .fetch = {loss}, .feed = {feed[0], feed[1], feed[2]},
                          .training = true);
    m->train_other = ad_compile(m->other, .fetch = {loss}, .feed = {feed[0], feed[1], feed[2]},
                                .training = true);
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

/* An endless text for each row of the batch, of period 16. */
static int text(int row, int position)
{
    return (3 * position + 5 * row + position / 4) % WORDS;
}

/* The next words of every text; other words past each row's length. */
static void fill(const ad_array feeds[3], const int *position, int step, const char *padding)
{
    int time = (int)feeds[0].shape.size[1];
    for (int row = 0; row < BATCH; row++) {
        int length = whole("length", step * BATCH + row, time) + 1;
        array_put(&feeds[2], row, length);
        for (int t = 0; t < time; t++) {
            int at = row * time + t, chance = whole(padding, step * BATCH * LONGEST + at, WORDS);
            array_put(&feeds[0], at, t < length ? text(row, position[row] + t) : chance);
            array_put(&feeds[1], at,
                      t < length ? text(row, position[row] + t + 1) : WORDS - 1 - chance);
        }
    }
}

static void move_on(int *position, const ad_array *length)
{
    for (int row = 0; row < BATCH; row++)
        position[row] += (int)ad_array_item(length, row);
}

/* One batch to both states, with different padding. */
static bool train_step(model *m, example *e, int step, int *position, double *loss)
{
    int time = 5 + step % 4;
    ad_array feeds[] = {array_new(AD_I32, AD_SHAPE(BATCH, time)),
                        array_new(AD_I32, AD_SHAPE(BATCH, time)),
                        array_new(AD_I64, AD_SHAPE(BATCH))};
    double other_loss = 0;
    fill(feeds, position, step, "some padding");
    bool ok = run_step(m->train, feeds, loss);
    fill(feeds, position, step, "other padding");
    ok = ok && run_step(m->train_other, feeds, &other_loss);
    if (ok) {
        expect(e, memcmp(loss, &other_loss, sizeof other_loss) == 0,
               "the padding changed the loss");
        move_on(position, &feeds[2]);
    }
    arrays_free(feeds, 3);
    return ok;
}

static bool train(model *m, example *e)
{
    double loss[STEPS];
    int position[BATCH] = {0};
    for (int step = 0; step < STEPS; step++) {
        if (!train_step(m, e, step, position, &loss[step]))
            return false;
        if (step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    printf("loss %.4f -> %.4f\n", loss[0], loss[STEPS - 1]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", m->graph, m->state);
    expect(e, same_bits(m->graph, m->state, m->graph, m->other), "the padding changed a weight");
    return true;
}

static bool run(example *e)
{
    model m = {0};
    bool ok = open_model(&m, e) && train(&m, e);
    close_model(&m);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
