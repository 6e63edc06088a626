/* A listener that keeps how large weights and gradients are, in RUN/norms.csv: a row for an epoch.
 *
 * Root mean squares of some variables: a sum over each at the end of an epoch, and the gradients of
 * the loss of the first EXAMPLES training examples, or as many as are measured at once, dropout
 * off, by a program of their own.  Both wait until the training has taken long enough for them to
 * be a two hundredth of its time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { SHOWN = 6, EXAMPLES = 32, FEEDS_MAX = AD_RUN_INPUTS_MAX + 1 };

static const char file[] = "norms.csv";

typedef struct norms {
    ad_norms_options o;
    ad_tensor *variable[SHOWN];
    int variables;
    bool tried; /* the program was made, or cannot be */
    ad_program *program;
    ad_batches *batches;
    ad_batch batch;
    int field[FEEDS_MAX], feeds;
    double spent, wanted; /* seconds; what the next row may take */
    text_buffer t;        /* the file so far */
    size_t written;       /* of it */
} norms;

/* ---------------------------------------------------------------- which */

static bool is_shown(const ad_tensor *v)
{
    return ad_trainable(v) && ad_role_of(v) <= AD_ROLE_TABLE && ad_tensor_shape(v).rank > 1;
}

/* Of the matrices and filters, the first, the last and some evenly between. */
static void choose(norms *n)
{
    const ad_graph *graph = n->o.network->graph;
    int all = 0, at = 0;
    for (int i = 0; i < ad_variable_count(graph); i++)
        all += is_shown(ad_variable_at(graph, i));
    int shown = all < SHOWN ? all : SHOWN;
    for (int i = 0; i < ad_variable_count(graph) && n->variables < shown; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!is_shown(v))
            continue;
        if (at == (shown > 1 ? n->variables * (all - 1) / (shown - 1) : 0))
            n->variable[n->variables++] = v;
        at++;
    }
}

/* ---------------------------------------------------------------- gradients */

static bool add_feed(norms *n, ad_tensor **feed, ad_tensor *x)
{
    feed[n->feeds] = x;
    n->field[n->feeds] = ad_source_find(n->o.data->train, ad_tensor_name(x));
    return n->field[n->feeds++] >= 0;
}

/* The mean of squares of each gradient. */
static void squares(norms *n, ad_tensor **square)
{
    ad_tensor *gradient[SHOWN];
    ad_gradient(n->o.network->loss, n->variable, n->variables, gradient);
    for (int i = 0; i < n->variables; i++)
        square[i] = ad_mean((ad_mul)(gradient[i], gradient[i]), AD_ALL);
}

/* False where this network is none for it: then weights alone are kept. */
static bool make_program(norms *n)
{
    const ad_run_network *net = n->o.network;
    ad_tensor *feed[FEEDS_MAX], *square[SHOWN];
    ad_source *train = n->o.data->train;
    if (net->players > 1 || net->averaged || !n->o.data->target.name || n->variables == 0)
        return false;
    bool good = add_feed(n, feed, net->target);
    for (int i = 0; i < net->inputs && good; i++)
        good = add_feed(n, feed, net->input[i]);
    int64_t once = run_measured_at_once(net), size = once < EXAMPLES ? once : EXAMPLES;
    ad_source *first = good ? run_first_of(train, size) : NULL;
    n->batches =
        first ? ad_batches_new(first, .size = size, .order = AD_ORDER_AS_IS, .threads = 0) : NULL;
    ad_source_free(first);
    if (!n->batches || ad_batches_next(n->batches, &n->batch) != AD_OK || n->batch.count == 0)
        return false;
    squares(n, square);
    n->program = ad_compile(net->state, .fetch_list = square, .fetch_count = n->variables,
                            .feed_list = feed, .feed_count = n->feeds);
    return n->program;
}

static bool run_gradients(norms *n, double *root)
{
    ad_array in[FEEDS_MAX], out[SHOWN] = {{0}};
    if (!n->tried)
        (void)make_program(n);
    n->tried = true;
    for (int i = 0; i < n->feeds && n->program; i++)
        in[i] = n->batch.array[n->field[i]];
    if (!n->program || ad_run(n->program, in, out) != AD_OK)
        return false;
    for (int i = 0; i < n->variables; i++)
        root[i] = sqrt(ad_array_item(&out[i], 0));
    return true;
}

/* ---------------------------------------------------------------- rows */

static double weight_of(const norms *n, int i)
{
    ad_array a;
    double sum = 0;
    if (ad_get(n->o.network->state, n->variable[i], &a) != AD_OK)
        return NAN;
    int64_t count = ad_array_count(&a);
    for (int64_t k = 0; k < count; k++) {
        double v = ad_array_item(&a, k);
        sum += v * v;
    }
    return sqrt(sum / (count > 0 ? (double)count : 1));
}

static void add_header(norms *n)
{
    static const char *const kinds[] = {"weight", "gradient"};
    text_add(&n->t, "step");
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < n->variables; i++)
            text_add_format(&n->t, ",%s:%s", kinds[kind], ad_tensor_name(n->variable[i]));
    text_add(&n->t, "\n");
}

static void add_row(norms *n, int64_t step, bool gradients)
{
    double root[SHOWN];
    bool known = gradients && run_gradients(n, root);
    text_add_format(&n->t, "%lld", (long long)step);
    for (int i = 0; i < n->variables; i++)
        text_add_format(&n->t, ",%.6g", weight_of(n, i));
    for (int i = 0; i < n->variables; i++)
        text_add_format(&n->t, known ? ",%.6g" : ",", known ? root[i] : 0.0);
    text_add(&n->t, "\n");
}

/* Rows of earlier calls, up to the step that the training goes on from. */
static void begin(norms *n, int64_t step)
{
    char *text = NULL;
    n->tried = n->o.network->loss == NULL;
    choose(n);
    add_header(n);
    size_t header = n->t.size;
    if (step == 0 || run_read(n->o.folder, file, &text) != AD_OK || !text)
        return;
    bool same = strncmp(text, text_words(&n->t), header) == 0;
    for (const char *line = text + header; same && *line; line = strchr(line, '\n') + 1) {
        if (!strchr(line, '\n') || strtoll(line, NULL, 10) > step)
            break;
        text_add_bytes(&n->t, line, strcspn(line, "\n") + 1);
    }
    free(text);
}

/* What is new goes to the end of the file, which is begun anew by the first call.  A row that is
 * not written is not in the report. */
static void append(norms *n)
{
    char *path = run_path(n->o.folder, file);
    FILE *f = path ? fopen(path, n->written ? "a" : "w") : NULL;
    if (f && fwrite(text_words(&n->t) + n->written, 1, n->t.size - n->written, f) > 0)
        n->written = n->t.size;
    if (f)
        fclose(f);
    free(path);
}

static void note_epoch(norms *n, const ad_event *e)
{
    const double most = e->seconds / 200, compiling = 0.05; /* seconds */
    double from = run_clock();
    bool gradients = n->tried || n->spent + compiling < most;
    /* weights alone leave half of the time for the program to come */
    if (n->variables == 0 || n->spent + n->wanted > (gradients ? most : most / 2))
        return;
    add_row(n, e->at->step, gradients);
    n->wanted = run_clock() - from;
    n->spent += n->wanted;
}

static bool on_event(void *user, const ad_event *e)
{
    norms *n = user;
    if (e->kind == AD_EVENT_BEGIN)
        begin(n, e->at->step);
    else if (e->kind == AD_EVENT_EPOCH)
        note_epoch(n, e);
    else if (e->kind == AD_EVENT_CHECKPOINT && n->variables > 0)
        append(n);
    return true;
}

static void norms_free(void *user)
{
    norms *n = user;
    ad_program_free(n->program);
    ad_batches_free(n->batches);
    text_done(&n->t);
    free(n);
}

ad_listener ad_listen_norms(const ad_norms_options *options)
{
    norms *n = calloc(1, sizeof *n);
    if (!n)
        return (ad_listener){0};
    n->o = *options;
    return (ad_listener){on_event, n, norms_free};
}
