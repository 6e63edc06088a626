/* gan_points: two networks play a game until one of them draws like nature.
 *
 * Nature is a ring of 8 Gaussians in the plane, centred on a circle of radius 2, with standard
 * deviation 0.1.  It is the classic test for mode collapse (Metz et al. 2017): a generator that
 * learns one mode well and forgets seven looks good until somebody counts.
 *
 *     generator       G: latent (batch, 8) -> point (batch, 2)     z ~ normal(0, 1)
 *     discriminator   D: point  (batch, 2) -> logit (batch, 1)     sigmoid(D(x)) = "x is real"
 *
 * The discriminator learns to tell real points x from made ones G(z), the generator to be mistaken
 * for nature (Goodfellow et al. 2014; the non-saturating loss, which does not let the generator's
 * gradient fade while it loses):
 *
 *     loss of D = mean -log sigmoid(D(x))  +  mean -log(1 - sigmoid(D(G(z))))  +  penalty
 *     loss of G = mean -log sigmoid(D(G(z)))
 *
 * Played naively the two circle round the answer.  The cure here is the penalty R1 (Mescheder et
 * al. 2018), under which the game converges; it flattens D where the data are.  It is a gradient
 * inside the loss, so the optimizer differentiates twice:
 *
 *     penalty = gamma / 2  mean |dD(x) / dx|^2
 *
 * At the balance D cannot tell: both its logits are near 0, its loss near 2 log 2 = 1.386 and the
 * generator's near log 2 = 0.693.  The losses say little about quality, so 2,000 fresh points are
 * judged, made ones beside real ones: the share within 3 standard deviations of a mode (real: 98.9
 * %; scattered evenly on the circle: 38 %); the modes that got at least 50 of these points, a fifth
 * of their fair share; and how far they spread round the centres (8 dots would have spread 0).
 *
 * One graph and one state hold both players.  Two training programs make the moves; a third,
 * without training, draws points.
 *
 *     gan_points [STEPS [SEED]]
 */
#include <adze/adze.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODES = 8, LATENT = 8, HIDDEN = 64, BATCH = 256, STEPS = 16000, REPORTS = 10 };
enum { SAMPLES = 2000, COVERED = SAMPLES / MODES / 5, ROWS = 20, COLUMNS = 44 };

static const double pi = 3.14159265358979323846;
static const double radius = 2.0, deviation = 0.1;
static const double view = 2.5; /* plots show -view to view on both axes */
static const double gamma_r1 = 0.1;
static const double first_rate = 1e-3; /* falls to 0 in a straight line */
static const double near_enough = 80.0;

typedef struct point {
    float x, y;
} point;

typedef struct game {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *discriminator, *generator, *draw;
} game;

static void stop(void)
{
    fprintf(stderr, "gan_points: %s\n", ad_error());
    exit(2);
}

static void check(ad_status status)
{
    if (status != AD_OK)
        stop();
}

static void *must(void *made)
{
    if (!made)
        stop();
    return made;
}

/* A number in (0, 1): splitmix64 (Steele et al. 2014). */
static double uniform(uint64_t *random)
{
    uint64_t z = *random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static point centre(int mode)
{
    double angle = 2 * pi * mode / MODES;
    return (point){(float)(radius * cos(angle)), (float)(radius * sin(angle))};
}

/* Centres plus Gaussian offsets, their lengths and directions by Box and Muller (1958). */
static void real_points(uint64_t *random, point *points, int count)
{
    for (int i = 0; i < count; i++) {
        point c = centre((int)(MODES * uniform(random)));
        double length = deviation * sqrt(-2 * log(uniform(random)));
        double direction = 2 * pi * uniform(random);
        points[i].x = c.x + (float)(length * cos(direction));
        points[i].y = c.y + (float)(length * sin(direction));
    }
}

/* Three layers: x (batch, in) to (batch, out). */
static ad_tensor *network(ad_tensor *x, const char *name, int out)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_scope_begin(graph, name);
    ad_tensor *h = ad_leaky_relu(ad_linear(x, .out = HIDDEN), 0.2);
    h = ad_leaky_relu(ad_linear(h, .out = HIDDEN), 0.2);
    ad_tensor *y = ad_linear(h, .out = out);
    ad_scope_end(graph);
    return y;
}

/* mean -log sigmoid(logit) for verdict 1, mean -log(1 - sigmoid(logit)) for verdict 0. */
static ad_tensor *verdict_loss(ad_tensor *logit, double verdict)
{
    ad_graph *graph = ad_tensor_graph(logit);
    ad_tensor *target = ad_full(graph, AD_F32, ad_tensor_shape(logit), verdict);
    return ad_binary_cross_entropy(logit, target);
}

/* gamma / 2  mean |d logit / d x|^2 over the batch. */
static ad_tensor *flatness_penalty(ad_tensor *logit, ad_tensor *x)
{
    ad_tensor *slope;
    ad_gradient(logit, &x, 1, &slope);
    ad_tensor *squares = ad_sum(ad_square(slope), AD_AXES(-1));
    return ad_scale(ad_mean(squares, AD_ALL), gamma_r1 / 2);
}

/* Adam (Kingma and Ba 2014) without momentum, which would swing the game. */
static ad_tensor *learn(ad_tensor *loss, const char *player, ad_tensor *rate)
{
    return ad_adam(loss, .rate_tensor = rate, .beta1 = 0, .beta2 = 0.99, .scope = player);
}

static void build(game *g)
{
    ad_graph *graph = g->graph;
    ad_dim batch = ad_open(graph, "batch");
    ad_tensor *real = ad_feed(graph, "real", AD_F32, AD_SHAPE(batch, 2));
    ad_tensor *latent = ad_normal(graph, AD_F32, AD_SHAPE(batch, LATENT), 0, 1);
    ad_tensor *made = network(latent, "generator", 2);
    ad_tensor *logit_real = network(real, "discriminator", 1);
    ad_tensor *logit_made = ad_call(logit_real, &real, &made, 1); /* the same discriminator */

    ad_tensor *mistakes = ad_add(verdict_loss(logit_real, 1), verdict_loss(logit_made, 0));
    ad_tensor *loss = ad_add(mistakes, flatness_penalty(logit_real, real));
    ad_tensor *rate = ad_feed(graph, "rate", AD_F32, AD_SCALAR);
    ad_tensor *discriminator = learn(loss, "discriminator.", rate);
    ad_tensor *generator = learn(verdict_loss(logit_made, 1), "generator.", rate);

    g->discriminator = must(
        ad_compile(g->state, .fetch = {discriminator}, .feed = {real, rate}, .training = true));
    g->generator =
        must(ad_compile(g->state, .fetch = {generator}, .feed = {real, rate}, .training = true));
    g->draw = must(ad_compile(g->state, .fetch = {made}, .feed = {real}));
}

static void open_game(game *g, uint64_t seed)
{
    g->context = must(ad_context_new(.threads = 1));
    g->graph = must(ad_graph_new(g->context));
    g->state = must(ad_state_new(g->graph, seed));
    build(g);
}

static void close_game(game *g)
{
    ad_program_free(g->draw);
    ad_program_free(g->generator);
    ad_program_free(g->discriminator);
    ad_state_free(g->state);
    ad_graph_free(g->graph);
    ad_context_free(g->context);
}

static ad_array as_array(const point *points, int count)
{
    return ad_f32(&points->x, AD_SHAPE(count, 2));
}

/* One move of one player; returns its loss. */
static double move(ad_program *player, const point *batch, double rate)
{
    float fed_rate = (float)rate;
    ad_array feeds[] = {as_array(batch, BATCH), ad_f32(&fed_rate, AD_SCALAR)}, loss = {0};
    check(ad_run(player, feeds, &loss));
    return ad_array_item(&loss, 0);
}

static void play(game *g, int steps, uint64_t *random)
{
    point batch[BATCH];
    int interval = steps > REPORTS ? steps / REPORTS : 1;
    for (int step = 1; step <= steps; step++) {
        real_points(random, batch, BATCH);
        double rate = first_rate * (steps - step + 1) / steps;
        double discriminator = move(g->discriminator, batch, rate);
        double generator = move(g->generator, batch, rate);
        if (step % interval == 0)
            printf("step %5d  loss of the discriminator %.3f  of the generator %.3f\n", step,
                   discriminator, generator);
    }
}

/* The mode whose centre is nearest to p; distance is in standard deviations. */
static int nearest_mode(point p, double *distance)
{
    int mode = (int)lround(atan2(p.y, p.x) / (2 * pi) * MODES + MODES) % MODES;
    *distance = hypot(p.x - centre(mode).x, p.y - centre(mode).y) / deviation;
    return mode;
}

/* Returns the number of modes covered; share becomes the per cent of points near some mode. */
static int judge(const char *name, const point *points, double *share)
{
    int near[MODES] = {0}, all = 0, modes = 0;
    double distance, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        int mode = nearest_mode(points[i], &distance);
        if (!(distance <= 3))
            continue;
        near[mode]++;
        all++;
        squares += distance * distance / 2; /* two coordinates */
    }
    printf("%-9s points near each mode:", name);
    for (int mode = 0; mode < MODES; mode++) {
        printf(" %4d", near[mode]);
        modes += near[mode] >= COVERED;
    }
    *share = 100.0 * all / SAMPLES;
    printf("  %.1f %%, spread %.2f\n", *share, all ? sqrt(squares / all) : 0);
    return modes;
}

typedef int density[ROWS][COLUMNS]; /* points in each cell */

static void count_points(const point *points, density cells)
{
    for (int i = 0; i < SAMPLES; i++) {
        int column = (int)floor((points[i].x + view) / (2 * view) * COLUMNS);
        int row = (int)floor((view - points[i].y) / (2 * view) * ROWS);
        if (row >= 0 && row < ROWS && column >= 0 && column < COLUMNS)
            cells[row][column]++;
    }
}

static void print_row(const int *cells)
{
    static const char ink[] = " .:+*#@"; /* 0, 1, 2-3, 4-7, 8-15, 16-31 and more points */
    for (int column = 0; column < COLUMNS; column++) {
        int level = 0;
        for (int count = cells[column]; count > 0 && level < 6; count /= 2)
            level++;
        putchar(ink[level]);
    }
}

static void draw(const point *real, const point *made)
{
    density left = {0}, right = {0};
    count_points(real, left);
    count_points(made, right);
    printf("\n%-*s | generated\n", COLUMNS, "real");
    for (int row = 0; row < ROWS; row++) {
        print_row(left[row]);
        printf(" | ");
        print_row(right[row]);
        printf("\n");
    }
    printf("\n");
}

int main(int count, char **words)
{
    static point real[SAMPLES], made[SAMPLES];
    int steps = count > 1 ? atoi(words[1]) : STEPS;
    uint64_t seed = count > 2 ? strtoull(words[2], NULL, 10) : 1, random = seed;
    game g = {0};
    open_game(&g, seed);
    play(&g, steps, &random);

    real_points(&random, real, SAMPLES);
    /* To the generator, real only says how many points to draw: its open dimension batch. */
    ad_array feed = as_array(real, SAMPLES), drawn = as_array(made, SAMPLES);
    check(ad_run(g.draw, &feed, &drawn));
    close_game(&g);

    double share;
    draw(real, made);
    judge("real", real, &share);
    int modes = judge("generated", made, &share);
    printf("modes %d of %d, points near a mode %.1f %%\n", modes, MODES, share);
    return modes == MODES && share >= near_enough ? 0 : 1;
}
