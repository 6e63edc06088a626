/* Labs: questions about deep learning, answered by an experiment that one sees.
 *
 * A lab is one file, lab/NAME.c, and a row of labs.def.  Its function runs the experiment on the
 * engine and notes what came of it: figures, sentences and a verdict on what is commonly said.
 * `adze lab NAME` prints them, --out writes a page.
 *
 *     static void run(lab *l)
 *     {
 *         double x[20], y[20];
 *         ...
 *         lab_figure *f = lab_plot(l, T("The noise falls as 1/n", "噪声按 1/n 下降"));
 *         lab_line(f, T("measured", "测得"), x, y, 20);
 *         lab_say(l, T("With {0} examples it is {1}.", "{0} 个样本时为 {1}。", x[19], y[19]));
 *         lab_judge(l, y[19] < y[0] ? LAB_HOLDS : LAB_FAILS, T("It falls.", "它下降。"));
 *     }
 *
 * What a lab makes (memory, graphs, states, programs) belongs to the lab and is freed with it.
 * Nothing of this header returns a failure: what cannot go on ends the experiment, and the command
 * says why.  Figures and sentences have a text in English and one in Chinese; numbers in them are
 * always measured ones. */
#ifndef LAB_H
#define LAB_H

#include <adze/adze.h>
#include <adze/figure.h>
#include <adze/kit.h>

#include <math.h>
#include <string.h>

typedef struct lab lab;

/* ---------------------------------------------------------------- texts */

enum { LAB_NUMBERS = 10 };
/* Where a number goes, a text has {0}, {1}...: three digits; {0%} a share in percent; {0:2} so many
 * digits behind the point. */
typedef struct lab_text {
    const char *en, *zh;
    double number[LAB_NUMBERS];
} lab_text;
/* T("{0} steps", "{0} 步", count) */
#define T(...) LAB_TEXT_(__VA_ARGS__, 0)
#define LAB_TEXT_(en, zh, ...) ((lab_text){en, zh, {__VA_ARGS__}})

/* ---------------------------------------------------------------- what a lab is */

typedef enum lab_topic {
    LAB_LEARNING,    /* optimizers, rates, batches */
    LAB_FITTING,     /* over- and underfitting */
    LAB_NORMALIZING, /* batch norm, layer norm */
    LAB_GRADIENTS,   /* vanishing, exploding */
    LAB_LAYERS,      /* convolution, activations, recurrence, attention */
    LAB_MODELS,      /* whole nets: GAN, BERT, generalized linear models */
    LAB_ENGINE,      /* graphs, products */
    LAB_TOPICS
} lab_topic;

typedef enum lab_verdict {
    LAB_UNJUDGED,
    LAB_HOLDS,
    LAB_FAILS,
    LAB_PARTLY /* holds when ..., which the text says */
} lab_verdict;

/* A number that --set changes. */
typedef struct lab_setting {
    const char *key; /* NULL: no more */
    double value;
    double quick; /* with --quick; 0: the same */
    double least, most;
    const char *en, *zh; /* what it is */
} lab_setting;

/* What one would ask next; set: the --set that answers it, or NULL. */
typedef struct lab_next {
    const char *en, *zh, *set;
} lab_next;

enum { LAB_SETTINGS = 8, LAB_NEXT = 3, LAB_SOURCES = 4 };

typedef struct lab_record {
    const char *name; /* as its file, with - for _ */
    lab_topic topic;
    const char *question_en, *question_zh;
    const char *claim_en, *claim_zh; /* what is commonly said */
    lab_verdict verdict;             /* what comes of it with the default seed */
    int seeds;                       /* with how many of 20 seeds, 1 to 20; `lab_count` counts */
    void (*run)(lab *l);
    lab_setting setting[LAB_SETTINGS];
    lab_next next[LAB_NEXT];
    const char *source[LAB_SOURCES]; /* papers, headers, models; NULL: no more */
} lab_record;

#define LAB(name) extern const lab_record lab_record_##name;
#include "labs.def"
#undef LAB

/* ---------------------------------------------------------------- settings and chance */

double lab_get(lab *l, const char *key);
uint64_t lab_seed(const lab *l);
/* Each call gives the next number of a stream of the lab's seed. */
double lab_uniform(lab *l); /* 0 to below 1 */
double lab_normal(lab *l);  /* mean 0, deviation 1 */

/* ---------------------------------------------------------------- what it owns */

void *lab_memory(lab *l, size_t count, size_t size); /* zeros */
double *lab_numbers(lab *l, int64_t count);
float *lab_floats(lab *l, int64_t count);
ad_graph *lab_graph(lab *l);
ad_graph *lab_graph_on(lab *l, int devices); /* of a context with so many */
ad_state *lab_state(lab *l, ad_graph *graph, uint64_t seed);
/* lab_compile(l, state, .fetch = {...}, .feed = {...}): as ad_compile */
#define lab_compile(l, ...) lab_program(l, ad_compile(__VA_ARGS__))
ad_program *lab_program(lab *l, ad_program *program);
/* One run, whose first fetch is a number. */
double lab_step(lab *l, ad_program *program, const ad_array *feeds);
/* One run; fetch (count): pointers into the program, valid until its next run. */
void lab_fetch(lab *l, ad_program *program, const ad_array *feeds, ad_array *fetch, int count);
/* The value of a variable, which the lab keeps. */
double *lab_value(lab *l, ad_state *state, ad_tensor *variable, int64_t *count);
/* Variables of a graph whose names begin so get the values of another state. */
void lab_copy(lab *l, ad_state *into, ad_state *from, ad_graph *graph, const char *begin);
/* Ends the experiment where a call of the library failed. */
void lab_do(lab *l, ad_status status);
_Noreturn void lab_stop(lab *l, const char *why);

/* ---------------------------------------------------------------- numbers */

/* All numbers of an array. */
double *lab_items(lab *l, const ad_array *array);
/* Place of the least and of the largest, the first of equal ones. */
int lab_least(const double *x, int count);
int lab_most(const double *x, int count);
/* 0 to count - 1 in an order by chance. */
int *lab_order(lab *l, int count);
/* How many numbers all variables of a graph have, so far. */
double lab_parameters(ad_graph *graph);
/* Of the clock: what counts are differences. */
double lab_seconds(void);
/* Seconds of a run, the least of so many. */
double lab_quickest(lab *l, ad_program *program, const ad_array *feeds, int runs);

/* ---------------------------------------------------------------- data and nets */

/* Examples x (count, size) with classes y (count), 0 to classes - 1.  Of texts there is word
 * (count, size) in the place of x. */
typedef struct lab_data {
    float *x;
    int32_t *y;
    int count, size, classes;
    int32_t *word;
} lab_data;
/* Two half circles that reach into each other, with normal noise. */
lab_data lab_moons(lab *l, int count, double noise);
/* Points near as many places, equally far apart on a circle of radius 1. */
lab_data lab_ring(lab *l, int count, int places, double deviation);
/* At how many places of a ring a hundredth of points (count, 2) lies, nearer than `near`. */
int lab_ring_found(lab *l, const double *pair, int count, int places, double near);
/* Digits that are drawn, 14 by 14, 0 to 1. */
lab_data lab_digits(lab *l, int count, ad_part part);

/* Two classes by a line through 10 columns, whose units make them 0.1 to 10 large. */
lab_data lab_scaled_table(lab *l, int count);
/* 16 columns, of which 6 matter: each pulls one way, more weakly where it is large, two only
 * together; and some of it is chance. */
lab_data lab_mixed_table(lab *l, int count);
/* Each word (one-hot) has its follower, and with a chance any; the k-th commonest comes 1 / k as
 * often (Zipf).  The last `late` words come with a share of their own alone. */
lab_data lab_followers(lab *l, int count, int words, int late, double share, double chance);
/* Texts of a made-up language, whose words are a topic's own with a share of chance, else one of
 * those that all topics have, or any topic's; `each` words a topic, and as many for all. */
lab_data lab_topics(lab *l, int count, int time, int topics, int each, double share);
/* Words are good or bad, and calm or loud, by weights (words, 2); the mood of a text is what its
 * two sums are, and the contrary of both where it holds one of the first words, which negate. */
lab_data lab_moods(lab *l, const double *weight, int count, int time, int words, int nots);

/* Room for so many: of numbers, of words. */
lab_data lab_examples(lab *l, int count, int size, int classes);
lab_data lab_texts(lab *l, int count, int size, int classes);
/* The same with place i of each example, `each` numbers, at order[i]. */
lab_data lab_reorder(lab *l, const lab_data *data, const int *order, int each);

/* Examples for one step: feeds x and y. */
typedef struct lab_batch {
    ad_array feed[2];
} lab_batch;
lab_batch lab_all(const lab_data *data);
/* Room for that many of them, which lab_draw fills by chance (with replacement). */
lab_batch lab_some(lab *l, const lab_data *data, int count);
void lab_draw(lab *l, const lab_data *data, lab_batch *batch);

/* A classifier: body makes logits (batch, classes) of x (batch, size). */
typedef struct lab_net {
    ad_graph *graph;
    ad_tensor *x, *y, *logits, *loss;
    ad_state *state; /* of lab_begin */
    ad_program *step, *look;
} lab_net;
lab_net lab_classifier(lab *l, const lab_data *data,
                       ad_tensor *(*body)(ad_tensor *x, const void *with), const void *with);
/* "sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "SELU", "Swish" or "GELU" of x, else x itself. */
ad_tensor *lab_activate(ad_tensor *x, const char *name);
/* First weights by seed; step (of an optimizer, or NULL) is run by lab_train. */
void lab_begin(lab *l, lab_net *net, ad_tensor *step, uint64_t seed);
/* Steps on batches drawn by chance; loss of the last one. */
double lab_train(lab *l, lab_net *net, const lab_data *data, int batch, int steps);
/* Steps of any net, each on what draw writes into its feeds; mean loss of the last hundred. */
double lab_loop(lab *l, ad_program *step, ad_array *feeds, int steps,
                void (*draw)(lab *l, ad_array *feeds, const void *with), const void *with);
/* All numbers of the first fetch of so many runs. */
double *lab_gather(lab *l, ad_program *program, const ad_array *feeds, int runs);
/* Mean loss and share of right answers, with moving averages, no dropout. */
double lab_loss(lab *l, lab_net *net, const lab_data *data);
double lab_right(lab *l, lab_net *net, const lab_data *data);
/* Share of right answers in the test after as many steps of Adam as the setting "steps" says, on
 * batches of 32; 0 where the loss was no number any more. */
double lab_taught(lab *l, const lab_data *train, const lab_data *test,
                  ad_tensor *(*body)(ad_tensor *x, const void *with), const void *with, double rate,
                  uint64_t seed);

/* Share that a new net tells right of as many real examples as of made ones (count, size); it
 * learns half of them and is asked the rest (Lopez-Paz and Oquab 2017). */
double lab_told_apart(lab *l, const lab_data *real, const double *made, int count);
/* Share right where the 5 nearest examples that are known vote (10 classes at most). */
double lab_right_by_neighbours(lab *l, const lab_data *known, const lab_data *asked);
/* All weights of a net, one after the other; where `into` is given, they become those. */
double *lab_weights(lab *l, lab_net *net, const double *into);
/* The gradient of the loss by all of them, made before lab_begin. */
ad_tensor *lab_slope(const lab_net *net);
/* Of the net's loss in training, made before lab_begin: the size of the largest eigenvalue of the
 * Hessian, to which its values come nearer from run to run.  A number that is fed as `less` is
 * first taken off all eigenvalues (NULL: none). */
ad_tensor *lab_curvature(const lab_net *net, ad_tensor *less);

/* ---------------------------------------------------------------- words and vectors */

enum { LAB_WORDS = 96, LAB_SENTENCE_WORDS = 8 };
/* A text of numbered words, -1 between sentences. */
typedef struct lab_corpus {
    char word[LAB_WORDS][12];
    int words, of[LAB_WORDS]; /* of: the kind of a word, or -1 */
    int known;                /* of kinds, which are the first words */
    int32_t *text;
    int count;
} lab_corpus;
/* Sentences by patterns, of at most so many words, in which "A" stands for one of group[0], a list
 * of words, "B" for one of group[1]...  The first groups are kinds. */
lab_corpus *lab_write_corpus(lab *l, const char *const *group, int kinds,
                             const char *const *pattern, int patterns, int words);
int lab_word(lab_corpus *corpus, const char *word); /* its number */
/* A word by chance, and one that stands at most `window` from it in its sentence. */
void lab_draw_near(lab *l, const lab_corpus *corpus, int window, int32_t *word, int32_t *near);

double lab_dot(const double *a, const double *b, int width);
/* The singular values of a (rows, columns), the largest first. */
double *lab_singular(lab *l, const double *a, int rows, int columns);
/* Vectors v (count, width) are made 1 long. */
void lab_unit(double *v, int count, int width);
/* The one that goes most with `to`, but for those left out. */
int lab_nearest(const double *v, int count, int width, const double *to, const int *out, int outs);
/* Where each lies (count, 2) in the two directions in which they differ most. */
double *lab_plane(lab *l, const double *v, int count, int width);

/* ---------------------------------------------------------------- sequences */

/* Draws a sequence of pairs of numbers, x (time, 2): the number that is wanted of it. */
typedef float lab_task(lab *l, float *x, int time, const void *with);
/* Room for x (rows, time, 2) and y (rows, 1). */
lab_batch lab_sequences(lab *l, int rows, int time);
void lab_draw_sequences(lab *l, lab_batch *batch, lab_task *task, const void *with);
/* Steps, each on sequences drawn anew; mean loss of the last ones. */
double lab_train_sequences(lab *l, ad_program *step, lab_batch *batch, lab_task *task,
                           const void *with, int steps, int last);
/* Numbers, least to 1, beside marks (1, else 0) at some steps: the sum of the marked ones. */
float lab_marked(lab *l, float *x, int time, double least, const int *mark, int marks);
/* Tasks: brackets of two kinds, 1 or -1 where they open and a second number where one closes:
 * whether the next to be closed is of the first kind.  Steps up and down: whether more went up. */
lab_task lab_brackets, lab_counting;

/* ---------------------------------------------------------------- sweeps */

/* Means over seeds with their 95 % intervals (Student's t); of one seed low and high are the mean.
 */
typedef struct lab_band {
    const double *x;
    double *mean, *low, *high; /* (count) */
    int count;
} lab_band;

/* Measures every setting with every seed of the lab's own, with a progress line.  What a measure
 * makes is freed before the next one. */
typedef double lab_measure(lab *l, double x, uint64_t seed, const void *with);
lab_band lab_sweep(lab *l, const double *x, int count, int seeds, lab_measure *measure,
                   const void *with);
/* value (seeds, count) */
lab_band lab_bands(lab *l, const double *x, int count, int seeds, const double *value);
/* A band of zeros; point `at` of it becomes that of another band, or the highest of a sweep with as
 * many seeds as the setting "seeds" says. */
lab_band lab_new_band(lab *l, const double *x, int count);
void lab_take(lab_band *into, int at, const lab_band *from, int which);
void lab_take_best(lab *l, lab_band *into, int at, const double *x, int count, lab_measure *measure,
                   const void *with);
/* Equally spaced, or by equal factors; both ends are in. */
double *lab_range(lab *l, double from, double to, int count);
double *lab_powers(lab *l, double from, double to, int count);
/* Of log y over log x by least squares: the power with which y goes. */
double lab_power(const double *x, const double *y, int count);
double lab_mean(const double *x, int64_t count);
double lab_correlation(const double *x, const double *y, int count);
/* Of numbers that lie from low to below high. */
double lab_share(const double *x, int64_t count, double low, double high);
/* Deviation of the means of groups, each rows of x (count, width), over that of the rows; those
 * whose `in` is 0 are left out (NULL: none).  alone: what it were if no row had to do with another,
 * or NULL. */
double lab_swing(const double *x, const int32_t *in, int count, int width, int each, double *alone);
/* Part of the whole is done. */
void lab_progress(lab *l, double part);

/* ---------------------------------------------------------------- figures */

typedef struct lab_figure lab_figure;
/* The title states the finding.  Data is copied. */
lab_figure *lab_plot(lab *l, lab_text title);
lab_figure *lab_bars(lab *l, lab_text title);
lab_figure *lab_histogram(lab *l, lab_text title);
/* value (rows, columns) */
lab_figure *lab_heat(lab *l, lab_text title, const double *value, int rows, int columns);
lab_figure *lab_boxes(lab *l, lab_text title);
lab_figure *lab_pictures(lab *l, lab_text title);

/* unit: as "s", or NULL; log: base 10 */
void lab_x(lab_figure *f, lab_text title, const char *unit, bool log);
void lab_y(lab_figure *f, lab_text title, const char *unit, bool log);
/* Both, linear and without units. */
void lab_axes(lab_figure *f, lab_text x, lab_text y);
/* What is shown of the axis. */
void lab_y_limits(lab_figure *f, double low, double high);
/* Names of bars (y), rows (y) and columns (x), one call each in order. */
void lab_row(lab_figure *f, lab_text name);
void lab_column(lab_figure *f, lab_text name);
void lab_rows(lab_figure *f, const lab_text *name, int count);
/* Bars of such names along an axis. */
lab_figure *lab_named_bars(lab *l, lab_text title, const lab_text *name, int count, lab_text axis);
/* A function of x, drawn in the order of x; x NULL: 1, 2, 3... */
void lab_line(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count);
/* A way through the plane, drawn in the order given. */
void lab_path(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count);
/* Where a[0] x x + 2 a[1] x y + a[2] y y about a middle has a value. */
void lab_ellipse(lab_figure *f, lab_text name, const double a[3], const double middle[2],
                 double value);
void lab_points(lab_figure *f, lab_text name, const double *x, const double *y, int64_t count);
void lab_pairs(lab_figure *f, lab_text name, const double *pair, int count); /* (count, 2) */
void lab_series(lab_figure *f, lab_text name, const lab_band *band);
/* Of bars one number for each row; low, high may be NULL. */
void lab_bar(lab_figure *f, lab_text name, const double *y, const double *low, const double *high,
             int64_t count);
/* Of a histogram about `bins` bins. */
void lab_bins(lab_figure *f, lab_text name, const double *value, int64_t count, int bins);
void lab_rule(lab_figure *f, lab_text label, double at, bool upright);
/* The nodes of a graph as boxes, those of a second device in another group; how many it has. */
void lab_nodes(lab_figure *f, ad_graph *graph);
int lab_node_count(ad_graph *graph);
/* Values 0 (dark) to 1; channels 1 or 3, (height, width, channels). */
void lab_picture(lab_figure *f, lab_text below, const double *value, int height, int width,
                 int channels);
/* Any numbers (height, width), from the least, dark, to the largest. */
void lab_shades(lab_figure *f, lab_text below, const double *value, int height, int width);

/* ---------------------------------------------------------------- words */

void lab_say(lab *l, lab_text sentence);
/* A row of a table of its own; the first of a table names the columns.  cells end with a NULL en.
 */
void lab_cells(lab *l, const lab_text *cells);
/* A table of names and numbers (rows, columns - 1). */
void lab_numbered(lab *l, const lab_text *head, int columns, const lab_text *name, int rows,
                  const double *number);
/* Words of the engine, which last until its next ones, for both languages; the lab keeps them.  A
 * place in a file loses its folders. */
lab_text lab_quote(lab *l, const char *words);
/* Whether the claim holds, and what is to be said of it. */
void lab_judge(lab *l, lab_verdict verdict, lab_text because);
/* It fails where not even some of it is so, holds where all of it is, and else holds in part. */
void lab_weigh(lab *l, bool some, bool all, lab_text because);

#endif
