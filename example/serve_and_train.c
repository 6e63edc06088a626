/* A server that learns while it answers: four threads answer, one trains.
 *
 *     build/example/serve_and_train
 *
 * The trainer has a state to itself; the answering threads share a clone of it, each with a program
 * of its own.  Every so many steps ad_state_copy hands what was learned over, between two answers:
 * both states wait for their turn (ad_state_wait), so nobody polls and nobody is refused.
 *
 * The net learns y = sin(3 a) cos(2 b).  It judges itself: every answer comes with the step that
 * its weights are of, which must be one of those handed over and never an older one than before;
 * in the end every thread must answer by the last weights, and well; and nobody was refused. */
#include <adze/adze.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWERERS = 4, BATCH = 64, QUESTIONS = 16, STEPS = 3000, HAND_OVER = 50 };

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *y, *found, *version, *step;
    ad_state *learned, *served;
} model;

/* The served net also has the number of the step whose weights it has: with ad_state_copy it
 * arrives together with them. */
static void build(model *m)
{
    m->context = ad_context_new(.threads = 1); /* the threads here are the server's own */
    m->graph = ad_graph_new(m->context);
    ad_dim batch = ad_open(m->graph, "batch");
    m->x = ad_feed(m->graph, "x", AD_F32, AD_SHAPE(batch, 2));
    m->y = ad_feed(m->graph, "y", AD_F32, AD_SHAPE(batch, 1));
    ad_tensor *h = ad_tanh(ad_linear(m->x, .out = 48));
    m->found = ad_linear(ad_tanh(ad_linear(h, .out = 48)), .out = 1);
    m->step = ad_adam(ad_squared_error(m->found, m->y), .rate = 3e-3);
    m->version = ad_step(m->graph);
    m->learned = ad_state_new(m->graph, 1);
    m->served = ad_state_clone(m->learned);
    ad_state_wait(m->learned, true);
    ad_state_wait(m->served, true);
}

static void take_down(model *m) /* in any order */
{
    ad_context_free(m->context);
    ad_graph_free(m->graph);
    ad_state_free(m->learned);
    ad_state_free(m->served);
}

static uint32_t next(uint32_t *seed)
{
    return *seed = *seed * 1664525u + 1013904223u;
}

static void ask(uint32_t *seed, int count, float (*x)[2], float *y)
{
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < 2; k++)
            x[i][k] = (float)(next(seed) >> 8) / (float)(1 << 23) - 1;
        y[i] = sinf(3 * x[i][0]) * cosf(2 * x[i][1]);
    }
}

/* ---- answering */

typedef struct answerer {
    const model *model;
    const atomic_bool *stop;
    uint32_t seed;
    double error; /* of late answers: a mean that forgets */
    long answers;
    int64_t version; /* step of the weights that answered last */
    bool ok;
} answerer;

/* Answers come with the step of their weights, which never goes back. */
static bool answer(answerer *a, ad_program *p)
{
    float x[QUESTIONS][2] = {{0}}, y[QUESTIONS] = {0};
    ad_array out[2] = {0}, in = ad_f32(x[0], AD_SHAPE(QUESTIONS, 2));
    ask(&a->seed, QUESTIONS, x, y);
    if (ad_run(p, &in, out) != AD_OK) {
        fprintf(stderr, "an answer: %s\n", ad_error());
        return false;
    }
    double sum = 0;
    for (int i = 0; i < QUESTIONS; i++) {
        double difference = ad_array_item(&out[0], i) - y[i];
        sum += difference * difference / QUESTIONS;
    }
    int64_t version = *(const int64_t *)out[1].data;
    bool ok = version >= a->version && version % HAND_OVER == 0;
    a->version = version;
    a->error = a->answers++ ? 0.98 * a->error + 0.02 * sum : sum;
    return ok;
}

static void *answer_on(void *argument)
{
    answerer *a = argument;
    const model *m = a->model;
    ad_program *p = ad_compile(m->served, .fetch = {m->found, m->version}, .feed = {m->x});
    a->ok = p != NULL;
    while (a->ok && !atomic_load(a->stop))
        a->ok = answer(a, p);
    for (int i = 0; a->ok && i < 200; i++) /* by what was handed over last */
        a->ok = answer(a, p);
    ad_program_free(p);
    return NULL;
}

/* ---- training */

static bool train(const model *m, double *loss)
{
    float x[BATCH][2] = {{0}}, y[BATCH] = {0};
    uint32_t seed = 1;
    ad_array in[] = {ad_f32(x[0], AD_SHAPE(BATCH, 2)), ad_f32(y, AD_SHAPE(BATCH, 1))}, out = {0};
    ad_program *p =
        ad_compile(m->learned, .fetch = {m->step}, .feed = {m->x, m->y}, .training = true);
    bool ok = p != NULL;
    for (int step = 1; ok && step <= STEPS; step++) {
        ask(&seed, BATCH, x, y);
        ok = ad_run(p, in, &out) == AD_OK;
        *loss = ok ? 0.98 * *loss + 0.02 * ad_array_item(&out, 0) : NAN;
        if (ok && step % HAND_OVER == 0)
            ok = ad_state_copy(m->served, m->learned) == AD_OK;
    }
    if (!ok)
        fprintf(stderr, "training: %s\n", ad_error());
    ad_program_free(p);
    return ok;
}

/* ---- both at once */

static bool judge(const answerer *a, int number)
{
    bool ok = a->ok && a->error < 0.01 && a->version == STEPS;
    printf("thread %d: %ld answers, of the last %s, error %.4f\n", number, a->answers,
           a->version == STEPS ? "weights" : "but older weights", a->error);
    return ok;
}

int main(void)
{
    model m;
    answerer a[ANSWERERS];
    pthread_t thread[ANSWERERS];
    atomic_bool stop = false;
    double loss = 1;
    build(&m);
    int started = 0;
    for (; m.served && started < ANSWERERS; started++) {
        a[started] = (answerer){.model = &m, .stop = &stop, .seed = 100 + (uint32_t)started};
        if (pthread_create(&thread[started], NULL, answer_on, &a[started]))
            break;
    }
    bool ok = started == ANSWERERS && train(&m, &loss);
    atomic_store(&stop, true);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < started; i++)
        ok &= judge(&a[i], i);
    printf("training: %d steps, error %.4f\n", STEPS, loss);
    take_down(&m);
    puts(ok ? "answers are as good as what was learned" : "FAILED");
    return ok ? 0 : 1;
}
