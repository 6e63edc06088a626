/* Reverses strings of letters with a sequence-to-sequence network with attention.
 *
 * A GRU in both directions (Cho et al. 2014, Schuster and Paliwal 1997) reads the string; a second
 * GRU writes the answer letter by letter, and before each letter looks at the places of the string
 * by additive attention (Bahdanau et al. 2015, "Neural machine translation by jointly learning to
 * align and translate").
 *
 *     source     x        (batch, time)              letters, padded to the longest of the batch
 *     memory     H        (batch, time, 2 WIDTH)     [forward GRU; backward GRU] of the embeddings
 *     keys       U H      (batch, time, WIDTH)       computed once for each string
 *     start      s_0      (batch, WIDTH)             tanh(B last backward state + b)
 *
 * and for each step i of the decoder, with y_(i-1) the letter before:
 *
 *     score      e_ij     (batch, time)              v^T tanh(W s_(i-1) + U h_j), padding left out
 *     weights    a_ij     (batch, time)              softmax of e_ij over j
 *     context    c_i      (batch, 2 WIDTH)           sum over j of a_ij h_j
 *     state      s_i      (batch, WIDTH)             GRU([embedding of y_(i-1); c_i], s_(i-1))
 *     logits     l_i      (batch, TOKENS)            O [s_i; c_i] + o
 *
 * In training y_(i-1) is the right letter (teacher forcing; Williams and Zipser 1989) and the loss
 * is the mean of -log softmax(l_i)[y_i] over the steps that are not padding.  At inference y_(i-1)
 * is the largest of l_(i-1), greedy decoding, until the network writes END.  Both loops are scans
 * in one graph over the same decoder_step.
 *
 * A hash of each string decides whether it is for training or for testing, so that no test string
 * was ever trained on.
 *
 * Usage: reverse_text [steps [seed]] */
#include <adze/adze.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING, START, END, FIRST_LETTER, TOKENS = FIRST_LETTER + 26 };

enum {
    SHORTEST = 3,
    LONGEST = 10,
    STEPS_MAX = LONGEST + 1, /* of the decoder: the letters and END */
    WIDTH = 64,
    EMBEDDING = 32,
    BATCH = 64,
    TEST_STRINGS = 500,
    TEST_SHARE = 10, /* one string of ten is kept for testing */
    EXAMPLES = 8,
    DEFAULT_STEPS = 1500
};

static const double FIRST_RATE = 0.003;

static void fail(void)
{
    fprintf(stderr, "reverse_text: %s\n", ad_error());
    exit(EXIT_FAILURE);
}

static void check(ad_status status)
{
    if (status != AD_OK)
        fail();
}

static void *made(void *object)
{
    if (object == NULL)
        fail();
    return object;
}

/* SplitMix64 (Steele et al. 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int random_below(uint64_t *random, int count)
{
    *random += UINT64_C(0x9e3779b97f4a7c15);
    return (int)(mix(*random) % (uint64_t)count);
}

static bool for_testing(const char *text)
{
    uint64_t hash = 0;
    while (*text != '\0')
        hash = mix(hash + (uint64_t)*text++);
    return hash % TEST_SHARE == 0;
}

static void random_text(uint64_t *random, bool testing, char text[LONGEST + 1])
{
    do {
        int length = SHORTEST + random_below(random, LONGEST - SHORTEST + 1);
        for (int i = 0; i < length; i++)
            text[i] = (char)('a' + random_below(random, 26));
        text[length] = '\0';
    } while (for_testing(text) != testing);
}

static void reverse(const char *text, char reversed[LONGEST + 1])
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        reversed[i] = text[length - 1 - i];
    reversed[length] = '\0';
}

typedef struct batch {
    int count;   /* strings */
    int longest; /* of them: the time of source; that of previous and label is one more */
    char text[TEST_STRINGS][LONGEST + 1];
    int32_t length[TEST_STRINGS];
    int32_t source[TEST_STRINGS * LONGEST];     /* (count, longest) */
    int32_t previous[TEST_STRINGS * STEPS_MAX]; /* (count, longest + 1): START, letters */
    int32_t label[TEST_STRINGS * STEPS_MAX];    /* (count, longest + 1): letters, END */
} batch;

static void fill_row(batch *b, int row)
{
    int time = b->longest, length = b->length[row];
    int32_t *source = b->source + row * time;
    int32_t *previous = b->previous + row * (time + 1), *label = b->label + row * (time + 1);
    for (int i = 0; i < length; i++) {
        source[i] = FIRST_LETTER + b->text[row][i] - 'a';
        label[length - 1 - i] = previous[length - i] = source[i];
    }
    previous[0] = START;
    label[length] = END;
}

static void random_batch(batch *b, uint64_t *random, bool testing, int count)
{
    *b = (batch){.count = count}; /* all PADDING */
    for (int row = 0; row < count; row++) {
        random_text(random, testing, b->text[row]);
        b->length[row] = (int32_t)strlen(b->text[row]);
        b->longest = b->length[row] > b->longest ? b->length[row] : b->longest;
    }
    for (int row = 0; row < count; row++)
        fill_row(b, row);
}

/* ---------------------------------------------------------------- the network */

typedef struct network {
    ad_graph *graph;
    ad_dim batch, time, steps;                     /* steps of the decoder: time + 1 */
    ad_tensor *source, *length, *previous, *label; /* feeds */
    ad_tensor *embedding;                          /* (TOKENS, EMBEDDING), of both sides */
    ad_tensor *memory, *keys, *start;              /* from the encoder */
    ad_tensor *mask;                               /* bool (batch, time): not padding */
    ad_tensor *letter, *state;                     /* what decoder_step replaces */
    ad_tensor *step; /* (batch, TOKENS + WIDTH): logits and next state made from these two */
} network;

static void make_feeds(network *n)
{
    ad_graph *g = n->graph;
    n->batch = ad_open(g, "batch");
    n->time = ad_open(g, "time");
    n->steps = ad_open(g, "steps");
    n->source = ad_feed(g, "source", AD_I32, AD_SHAPE(n->batch, n->time));
    n->length = ad_feed(g, "length", AD_I32, AD_SHAPE(n->batch));
    n->previous = ad_feed(g, "previous", AD_I32, AD_SHAPE(n->batch, n->steps));
    n->label = ad_feed(g, "label", AD_I32, AD_SHAPE(n->batch, n->steps));
    n->letter = ad_feed(g, "letter", AD_I32, AD_SHAPE(n->batch));
    n->state = ad_feed(g, "state", AD_F32, AD_SHAPE(n->batch, WIDTH));
}

static void make_encoder(network *n)
{
    ad_tensor *last;
    ad_tensor *table = ad_normal(n->graph, AD_F32, AD_SHAPE(TOKENS, EMBEDDING), 0, 1);
    n->embedding = ad_variable(n->graph, "embedding", table);
    ad_tensor *x = ad_embedding(n->source, .weight = n->embedding);
    ad_tensor *forward = ad_gru(x, .width = WIDTH, .length = n->length, .name = "forward");
    ad_tensor *backward = ad_gru(x, .width = WIDTH, .length = n->length, .reverse = true,
                                 .last = &last, .name = "backward");
    n->memory = ad_concat((ad_tensor *[]){forward, backward}, 2, -1);
    n->keys = ad_linear(n->memory, .out = WIDTH, .name = "keys");
    n->start = ad_tanh(ad_linear(last, .out = WIDTH, .name = "start"));
    ad_tensor *place = ad_range(n->graph, AD_I32, n->time);
    n->mask = ad_less(place, ad_reshape(n->length, AD_SHAPE(n->batch, 1)));
}

/* The context c_i (batch, 2 WIDTH) for the state s_(i-1). */
static ad_tensor *attend(const network *n)
{
    ad_tensor *query = ad_linear(n->state, .out = WIDTH, .bias = false, .name = "query");
    ad_tensor *row = ad_reshape(query, AD_SHAPE(n->batch, 1, WIDTH));
    ad_tensor *aligned = ad_tanh(ad_add(n->keys, row)); /* (batch, time, WIDTH) */
    ad_tensor *v = ad_uniform(n->graph, AD_F32, AD_SHAPE(WIDTH), -0.125, 0.125);
    ad_tensor *parts = ad_mul(aligned, ad_variable(n->graph, "score", v));
    ad_tensor *score = ad_sum(parts, AD_AXES(-1), .keep = true);
    ad_tensor *mask = ad_reshape(n->mask, AD_SHAPE(n->batch, n->time, 1));
    ad_tensor *far_below = ad_number(n->graph, AD_F32, -1e9);
    ad_tensor *weight = ad_softmax(ad_where(mask, score, far_below), 1);
    return ad_sum(ad_mul(weight, n->memory), AD_AXES(1));
}

/* Builds one step of the decoder once, from the feeds letter and state; decoder_step repeats it. */
static void make_decoder(network *n)
{
    ad_tensor *next;
    ad_tensor *context = attend(n);
    ad_tensor *embedded = ad_embedding(n->letter, .weight = n->embedding);
    ad_tensor *input = ad_concat((ad_tensor *[]){embedded, context}, 2, -1);
    ad_tensor *one_step = ad_reshape(input, AD_SHAPE(n->batch, 1, EMBEDDING + 2 * WIDTH));
    ad_gru(one_step, .width = WIDTH, .initial = n->state, .last = &next, .name = "decoder");
    ad_tensor *both = ad_concat((ad_tensor *[]){next, context}, 2, -1);
    ad_tensor *logits = ad_linear(both, .out = TOKENS, .name = "output");
    n->step = ad_concat((ad_tensor *[]){logits, next}, 2, -1);
}

/* From the letter before (batch) and the state (batch, WIDTH): the logits (batch, TOKENS), and the
 * next state in *next. */
static ad_tensor *decoder_step(const network *n, ad_tensor *letter, ad_tensor *state,
                               ad_tensor **next)
{
    ad_tensor *from[] = {n->letter, n->state};
    ad_tensor *to[] = {letter, state};
    ad_tensor *both = ad_call(n->step, from, to, 2);
    *next = ad_slice(both, -1, TOKENS, AD_END, 1);
    return ad_slice(both, -1, 0, TOKENS, 1);
}

/* The loss with teacher forcing, a scalar. */
static ad_tensor *teacher_forcing(const network *n)
{
    ad_tensor *next;
    ad_loop *loop = ad_scan_begin(n->graph, false);
    ad_tensor *letter = ad_scan_input(loop, n->previous);
    ad_tensor *state = ad_scan_carry(loop, n->start);
    ad_tensor *logits = decoder_step(n, letter, state, &next);
    ad_scan_update(loop, state, next);
    check(ad_scan_end(loop));
    ad_tensor *padding = ad_number(n->graph, AD_I32, PADDING);
    ad_tensor *weight = ad_cast(ad_not_equal(n->label, padding), AD_F32);
    return ad_cross_entropy(ad_scan_all(loop, logits), n->label, .weight = weight);
}

/* FIRST_RATE at first, zero at the end, a straight line between. */
static ad_tensor *falling_rate(ad_graph *g, int steps)
{
    ad_tensor *left = ad_shift(ad_neg(ad_cast(ad_step(g), AD_F32)), steps);
    return ad_scale(left, FIRST_RATE / steps);
}

/* What the network writes by itself: i32 (batch, STEPS_MAX).  The scan's input only counts. */
static ad_tensor *greedy(const network *n)
{
    ad_tensor *next;
    ad_graph *g = n->graph;
    ad_loop *loop = ad_scan_begin(g, false);
    ad_scan_input(loop, ad_full(g, AD_I32, AD_SHAPE(n->batch, STEPS_MAX), 0));
    ad_tensor *letter = ad_scan_carry(loop, ad_full(g, AD_I32, AD_SHAPE(n->batch), START));
    ad_tensor *state = ad_scan_carry(loop, n->start);
    ad_tensor *best = ad_argmax(decoder_step(n, letter, state, &next), -1);
    ad_scan_update(loop, letter, best);
    ad_scan_update(loop, state, next);
    check(ad_scan_end(loop));
    return ad_scan_all(loop, best);
}

/* ---------------------------------------------------------------- training and testing */

static void train(ad_program *program, uint64_t *random, int steps)
{
    static batch b;
    for (int step = 1; step <= steps; step++) {
        random_batch(&b, random, false, BATCH);
        ad_shape shape = AD_SHAPE(b.count, b.longest + 1);
        ad_array feeds[] = {ad_i32(b.source, AD_SHAPE(b.count, b.longest)),
                            ad_i32(b.length, AD_SHAPE(b.count)), ad_i32(b.previous, shape),
                            ad_i32(b.label, shape)};
        ad_array loss = {0};
        check(ad_run(program, feeds, &loss));
        if (step % 100 == 0 || step == steps)
            printf("step %5d  loss %.4f\n", step, ad_array_item(&loss, 0));
        fflush(stdout);
    }
}

static void read_answer(const int32_t *tokens, char text[STEPS_MAX + 1])
{
    int length = 0;
    while (length < STEPS_MAX && tokens[length] != END) {
        int32_t token = tokens[length];
        text[length++] = (char)(token < FIRST_LETTER ? '?' : 'a' + token - FIRST_LETTER);
    }
    text[length] = '\0';
}

/* The share of the test strings reversed without a mistake, in percent. */
static double test(ad_program *program, uint64_t *random)
{
    static batch b;
    random_batch(&b, random, true, TEST_STRINGS);
    ad_array feeds[] = {ad_i32(b.source, AD_SHAPE(b.count, b.longest)),
                        ad_i32(b.length, AD_SHAPE(b.count))};
    ad_array answers = {0};
    int right = 0;
    check(ad_run(program, feeds, &answers));
    for (int row = 0; row < b.count; row++) {
        char expected[LONGEST + 1], answer[STEPS_MAX + 1];
        reverse(b.text[row], expected);
        read_answer((const int32_t *)answers.data + row * STEPS_MAX, answer);
        bool same = strcmp(answer, expected) == 0;
        right += same;
        if (row < EXAMPLES)
            printf("%-10s -> %-11s %s\n", b.text[row], answer, same ? "right" : "wrong");
    }
    return 100.0 * right / b.count;
}

int main(int count, char **arguments)
{
    int steps = count > 1 ? atoi(arguments[1]) : DEFAULT_STEPS;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t random = mix(seed);
    ad_context *c = made(ad_context_new(.threads = 1));
    network n = {.graph = made(ad_graph_new(c))};
    make_feeds(&n);
    make_encoder(&n);
    make_decoder(&n);
    ad_tensor *rate = falling_rate(n.graph, steps);
    ad_tensor *step = ad_adam(teacher_forcing(&n), .rate_tensor = rate, .clip_norm = 1);
    ad_tensor *answer = greedy(&n);
    ad_state *s = made(ad_state_new(n.graph, seed));
    ad_program *trainer = made(ad_compile(
        s, .fetch = {step}, .feed = {n.source, n.length, n.previous, n.label}, .training = true));
    ad_program *writer = made(ad_compile(s, .fetch = {answer}, .feed = {n.source, n.length}));
    train(trainer, &random, steps);
    double exact = test(writer, &random);
    printf("exact reversals %.1f %%\n", exact);
    ad_program_free(writer);
    ad_program_free(trainer);
    ad_state_free(s);
    ad_graph_free(n.graph);
    ad_context_free(c);
    return exact >= 97 ? EXIT_SUCCESS : EXIT_FAILURE;
}
