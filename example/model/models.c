/* Trains every model of this folder for 20 steps beside PyTorch's numbers, and checks its gradients
 * by differences.
 *
 *     ./models [test/golden/model [NAME...]]     models by name; all where none is given
 *
 * With a folder, each step's loss and every weight after the last step is compared with FOLDER/NAME
 * .txt, which test/golden/models.py made in f64 from the same weights and batches. */
#include "model.h"

#include "../common.h"

enum { STEPS = 20 };

/* Of golden numbers: the same sums in another order, 20 steps long. */
static const double GOLDEN_TOLERANCE = 1e-9;
/* Of a difference over 2 DELTA: delta^2 times a third derivative, and the rounding of a loss over
 * delta, which is 1e-10; relative to the largest gradient. */
static const double DELTA = 0x1p-20, SLOPE_TOLERANCE = 1e-6;

static const model *const models[] = {
#define MODEL(name) &model_##name,
#include "models.def"
#undef MODEL
};
enum { MODELS = sizeof models / sizeof *models };

/* One model while it is trained. */
typedef struct trained {
    const model *model;
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    int feeds, players;
    ad_tensor *feed[MODEL_FEEDS];
    ad_array batch[MODEL_FEEDS];
    ad_tensor *loss[MODEL_PLAYERS];
    ad_program *step[MODEL_PLAYERS];
} trained;

/* ---------------------------------------------------------------- feeds */

static ad_shape feed_shape(const model_feed *feed, ad_dim batch)
{
    ad_shape shape = {.rank = 1, .size = {batch}};
    for (int i = 1; feed->size[i] > 0; i++)
        shape.size[shape.rank++] = feed->size[i];
    return shape;
}

static void open_feeds(trained *t)
{
    ad_dim batch = ad_open(t->graph, "batch");
    for (const model_feed *f = t->model->feed; t->feeds < MODEL_FEEDS && f->name; f++) {
        ad_type type = f->fill == MODEL_CLASSES ? AD_I32 : AD_F64;
        t->feed[t->feeds] = ad_feed(t->graph, f->name, type, feed_shape(f, batch));
        t->batch[t->feeds++] = array_new(type, feed_shape(f, f->size[0]));
    }
}

static double fill_value(const model_feed *feed, int64_t index)
{
    switch (feed->fill) {
    case MODEL_NUMBERS: return noise(feed->name, index);
    case MODEL_SHARES: return (noise(feed->name, index) + 1) / 2;
    default: return whole(feed->name, index, feed->below);
    }
}

/* A later step goes on where the last one ended. */
static void fill(trained *t, int step)
{
    for (int i = 0; i < t->feeds; i++) {
        int64_t count = ad_array_count(&t->batch[i]);
        for (int64_t k = 0; k < count; k++)
            array_put(&t->batch[i], k, fill_value(&t->model->feed[i], step * count + k));
    }
}

/* ---------------------------------------------------------------- a model */

static ad_program *compile(trained *t, ad_tensor *const *fetch, int count)
{
    return ad_compile(t->state, .fetch_list = fetch, .fetch_count = count, .feed_list = t->feed,
                      .feed_count = t->feeds, .training = true);
}

static bool compile_player(trained *t, int player)
{
    double rate = t->model->rate > 0 ? t->model->rate : 0x1p-4;
    const char *scope = t->model->player[player];
    ad_tensor *update = ad_sgd(t->loss[player], .rate = rate, .momentum = 0.75, .scope = scope);
    t->step[player] = compile(t, &update, 1);
    return t->step[player] != NULL;
}

static bool open_trained(trained *t, const model *of)
{
    t->model = of;
    t->context = ad_context_new(.threads = 2);
    t->graph = t->context == NULL ? NULL : ad_graph_new(t->context);
    if (t->graph == NULL)
        return false;
    open_feeds(t);
    of->build(t->feed, t->loss);
    t->players = t->loss[1] == NULL ? 1 : 2;
    t->state = ad_state_new(t->graph, 1);
    return t->state != NULL && set_weights(t->state, t->graph);
}

static void close_trained(trained *t)
{
    for (int i = 0; i < t->players; i++)
        ad_program_free(t->step[i]);
    arrays_free(t->batch, (size_t)t->feeds);
    ad_state_free(t->state);
    ad_graph_free(t->graph);
    ad_context_free(t->context);
}

/* ---------------------------------------------------------------- gradients */

/* The loss where a variable is moved by that much along a direction; NaN on failure. */
static double loss_along(trained *t, ad_program *program, ad_tensor *variable, ad_array from,
                         ad_array to, double distance)
{
    double loss = NAN;
    for (int64_t i = 0; i < ad_array_count(&from); i++)
        array_put(&to, i, ad_array_item(&from, i) + distance * noise("direction", i));
    if (ad_set(t->state, variable, to) != AD_OK || !run_step(program, t->batch, &loss))
        return NAN;
    return loss;
}

/* What the gradient along a direction says, and what differences of the loss say. */
typedef struct slope {
    double gradient, difference;
} slope;

static slope find_slope(trained *t, ad_program *loss, ad_tensor *variable, ad_array gradient)
{
    slope s = {0, NAN};
    ad_array from = array_new(AD_F64, ad_tensor_shape(variable)), to = from;
    to.data = calloc(1, ad_array_bytes(&to) + 1);
    if (to.data != NULL && ad_get_copy(t->state, variable, from) == AD_OK) {
        for (int64_t i = 0; i < ad_array_count(&gradient); i++)
            s.gradient += ad_array_item(&gradient, i) * noise("direction", i);
        s.difference = (loss_along(t, loss, variable, from, to, DELTA) -
                        loss_along(t, loss, variable, from, to, -DELTA)) /
                       (2 * DELTA);
        if (ad_set(t->state, variable, from) != AD_OK)
            s.difference = NAN;
    }
    array_free(&from);
    array_free(&to);
    return s;
}

enum { MOST_VARIABLES = 512 };

/* Variables of a player: those whose names begin with its scope. */
static int find_variables(trained *t, int player, ad_tensor **variable)
{
    const char *scope = t->model->player[player];
    int count = 0;
    for (int i = 0; i < ad_variable_count(t->graph) && count < MOST_VARIABLES; i++) {
        ad_tensor *v = ad_variable_at(t->graph, i);
        bool mine = scope == NULL || strncmp(ad_tensor_name(v), scope, strlen(scope)) == 0;
        if (ad_trainable(v) && mine)
            variable[count++] = v;
    }
    return count;
}

static void judge_slopes(example *e, const trained *t, ad_tensor **variable, const slope *slopes,
                         int count)
{
    double largest = 0;
    for (int i = 0; i < count; i++)
        largest = fmax(largest, fabs(slopes[i].gradient));
    expect(e, largest > 0, "the gradient of a loss");
    for (int i = 0; i < count; i++)
        if (!(fabs(slopes[i].gradient - slopes[i].difference) <= SLOPE_TOLERANCE * largest)) {
            printf("WRONG: %s: along %s the gradient says %.12g, differences %.12g\n",
                   t->model->name, ad_tensor_name(variable[i]), slopes[i].gradient,
                   slopes[i].difference);
            e->wrong++;
        }
}

static bool check_player(example *e, trained *t, int player)
{
    static ad_tensor *variable[MOST_VARIABLES], *fetch[MOST_VARIABLES];
    static ad_array gradient[MOST_VARIABLES];
    static slope slopes[MOST_VARIABLES];
    int count = find_variables(t, player, variable);
    ad_gradient(t->loss[player], variable, count, fetch);
    memset(gradient, 0, sizeof gradient);
    ad_program *slope_of = compile(t, fetch, count), *loss = compile(t, &t->loss[player], 1);
    bool ok = slope_of != NULL && loss != NULL && ad_run(slope_of, t->batch, gradient) == AD_OK;
    for (int i = 0; ok && i < count; i++)
        slopes[i] = find_slope(t, loss, variable[i], gradient[i]);
    if (ok)
        judge_slopes(e, t, variable, slopes, count);
    ad_program_free(slope_of);
    ad_program_free(loss);
    return ok;
}

/* ---------------------------------------------------------------- training */

/* Two sums that tell a variable: of its elements, and of them times their places' noise. */
static void compare_last(example *e, trained *t)
{
    static ad_tensor *variable[MOST_VARIABLES];
    int count = 0;
    for (int i = 0; i < ad_variable_count(t->graph); i++)
        if (count < MOST_VARIABLES && ad_trainable(ad_variable_at(t->graph, i)))
            variable[count++] = ad_variable_at(t->graph, i);
    for (int k = 0; k < count; k++) {
        double sums[2] = {0};
        ad_array value = {0};
        bool got = ad_get(t->state, variable[k], &value) == AD_OK;
        for (int64_t i = 0; got && i < ad_array_count(&value); i++) {
            sums[0] += ad_array_item(&value, i);
            sums[1] += ad_array_item(&value, i) * noise("look", i);
        }
        compare(e, ad_tensor_name(variable[k]), ad_f64(sums, AD_SHAPE(2)));
    }
}

static bool train(example *e, trained *t)
{
    double loss[STEPS] = {0};
    bool ok = true;
    for (int step = 0; ok && step < STEPS; step++) {
        fill(t, step);
        ok = run_step(t->step[step % t->players], t->batch, &loss[step]);
    }
    if (!ok)
        return false;
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_last(e, t);
    printf("loss %.6f -> %.6f\n", loss[0], loss[STEPS - 1]);
    return true;
}

static bool run(example *e, const model *of)
{
    trained t = {0};
    bool ok = open_trained(&t, of);
    fill(&t, 0);
    for (int i = 0; ok && i < t.players; i++)
        ok = check_player(e, &t, i);
    for (int i = 0; ok && i < t.players; i++)
        ok = compile_player(&t, i);
    ok = ok && train(e, &t);
    close_trained(&t);
    return ok;
}

/* ---------------------------------------------------------------- main */

static bool run_beside(const model *of, const char *folder)
{
    char path[4096];
    example e = {.type = AD_F64, .tolerance = GOLDEN_TOLERANCE};
    snprintf(path, sizeof path, "%s/%s.txt", folder ? folder : "", of->name);
    printf("%s (%s): ", of->name, of->shows);
    bool ok = folder == NULL || golden_read(&e, path);
    ok = ok && report(&e, run(&e, of));
    golden_free(&e);
    return ok;
}

static const model *find_model(const char *name)
{
    for (int i = 0; i < MODELS; i++)
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    fprintf(stderr, "no model is called %s; there are:", name);
    for (int i = 0; i < MODELS; i++)
        fprintf(stderr, " %s", models[i]->name);
    fprintf(stderr, "\n");
    return NULL;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL;
    bool ok = true;
    for (int i = 2; i < argc; i++) {
        const model *named = find_model(argv[i]);
        ok = named != NULL && run_beside(named, folder) && ok;
    }
    for (int i = 0; argc <= 2 && i < MODELS; i++)
        ok = run_beside(models[i], folder) && ok;
    return ok ? 0 : 1;
}
