/* train.initializers: what weights of some names begin with. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "group.h"
#include "message.h"
#include "run.h"
#include "text.h"

#ifdef ADZE_EXTRAS

typedef struct initializer {
    ad_initial_method method;
    const char *match;
    int distribution, fan, activation;
    double gain, slope, deviation, share, value;
} initializer;

/* Of `activation`, 0: none. */
static const char *const activations[] = {NULL,   "linear",     "sigmoid", "tanh",
                                          "relu", "leaky_relu", "selu"};

#define AT(member) offsetof(initializer, member)
#define MATCH(words)                                                  \
    {                                                                 \
        .name = "match", .type = AD_OPTION_TEXT, .offset = AT(match), \
        .also = "names name pattern params layers targets",           \
        .help = "which " words ", by their full names; * "            \
                "stands for any text"                                 \
    }
#define WEIGHTS MATCH("weights")
#define VARIABLES MATCH("variables, biases too where it is given")
#define GAINS(unset_)                                                                             \
    {.name = "gain",                                                                              \
     .type = AD_OPTION_NUMBER,                                                                    \
     .low = -1e6,                                                                                 \
     .high = 1e6,                                                                                 \
     .offset = AT(gain),                                                                          \
     .unset = unset_,                                                                             \
     .also = "scale",                                                                             \
     .help = "times this"},                                                                       \
        {.name = "activation",                                                                    \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "none linear sigmoid tanh relu leaky_relu selu",                                \
         .offset = AT(activation),                                                                \
         .also = "nonlinearity",                                                                  \
         .help = "what follows: its gain, 5/3 of tanh, sqrt 2 of relu, 3/4 of selu, else 1"},     \
    {                                                                                             \
        .name = "slope", .type = AD_OPTION_NUMBER, .high = 1e6, .offset = AT(slope), .also = "a", \
        .help = "of leaky_relu, whose gain is sqrt(2 / (1 + slope^2))"                            \
    }
#define DRAW                                                                          \
    {                                                                                 \
        .name = "distribution", .type = AD_OPTION_WORD, .offset = AT(distribution),   \
        .words = "normal uniform truncated", .help = "truncated: within 2 deviations" \
    }
#define DEVIATION                                                                            \
    {                                                                                        \
        .name = "deviation", .type = AD_OPTION_NUMBER, .high = 1e6, .offset = AT(deviation), \
        .also = "std stddev sigma", .help = "of the numbers drawn"                           \
    }

static const ad_option by_fan[] = {
    WEIGHTS,
    DRAW,
    {.name = "fan",
     .type = AD_OPTION_WORD,
     .words = "in out average",
     .offset = AT(fan),
     .also = "mode",
     .help = "deviations are gain / sqrt(fan): numbers that come in, that go out, or their mean"},
    GAINS("sqrt 2 of he, else 1"),
};
static const ad_option of_deviation[] = {VARIABLES, DEVIATION};
static const ad_option of_orthogonal[] = {WEIGHTS, GAINS("1")};
static const ad_option of_identity[] = {
    WEIGHTS,
    {.name = "gain",
     .type = AD_OPTION_NUMBER,
     .low = -1e6,
     .high = 1e6,
     .offset = AT(gain),
     .unset = "1",
     .also = "scale",
     .help = "what stands there"},
};
static const ad_option of_sparse[] = {
    WEIGHTS,
    {.name = "share",
     .type = AD_OPTION_NUMBER,
     .high = 1,
     .offset = AT(share),
     .also = "sparsity",
     .help = "of each column that is 0, rounded up"},
    DEVIATION,
    DRAW,
};
static const ad_option of_value[] = {
    VARIABLES,
    {.name = "value",
     .type = AD_OPTION_NUMBER,
     .low = -1e9,
     .high = 1e9,
     .offset = AT(value),
     .also = "val",
     .help = "every number"},
};

#define INITIAL(how, ...)                                                               \
    {                                                                                   \
        .method = how, .gain = AD_AUTO, .slope = 0.01, .deviation = 0.01, .share = 0.1, \
        __VA_ARGS__                                                                     \
    }
static const initializer he = INITIAL(AD_INITIAL_FANS, .fan = AD_FAN_IN),
                         glorot = INITIAL(AD_INITIAL_FANS, .fan = AD_FAN_AVERAGE),
                         normal = INITIAL(AD_INITIAL_DEVIATION, .distribution = AD_DRAW_NORMAL),
                         uniform = INITIAL(AD_INITIAL_DEVIATION, .distribution = AD_DRAW_UNIFORM),
                         truncated =
                             INITIAL(AD_INITIAL_DEVIATION, .distribution = AD_DRAW_TRUNCATED),
                         orthogonal = INITIAL(AD_INITIAL_ORTHOGONAL, .fan = 0),
                         identity = INITIAL(AD_INITIAL_IDENTITY, .fan = 0),
                         sparse = INITIAL(AD_INITIAL_SPARSE, .fan = 0),
                         constant = INITIAL(AD_INITIAL_VALUE, .fan = 0);

static const ad_record records[] = {
    {.name = "he",
     .help = "deviations of sqrt(2 / fan in) (He et al. 2015)",
     .also = "kaiming he_normal he_uniform kaiming_normal kaiming_uniform",
     AD_RECORD_OPTIONS(by_fan, he)},
    {.name = "glorot",
     .help = "deviations of sqrt(2 / (fan in + fan out)) (Glorot and Bengio 2010)",
     .also = "xavier glorot_normal glorot_uniform xavier_normal xavier_uniform",
     AD_RECORD_OPTIONS(by_fan, glorot)},
    {.name = "lecun",
     .help = "deviations of sqrt(1 / fan in) (LeCun et al. 1998)",
     .also = "lecun_normal lecun_uniform variance_scaling",
     AD_RECORD_OPTIONS(by_fan, he)},
    {.name = "normal",
     .help = "normal numbers around 0",
     .also = "normal_ gaussian random_normal",
     AD_RECORD_OPTIONS(of_deviation, normal)},
    {.name = "uniform",
     .help = "within sqrt(3) deviations of 0, all as likely",
     .also = "uniform_ random_uniform",
     AD_RECORD_OPTIONS(of_deviation, uniform)},
    {.name = "truncated",
     .help = "normal numbers without those beyond 2 deviations, of the deviation said",
     .also = "trunc_normal truncated_normal",
     AD_RECORD_OPTIONS(of_deviation, truncated)},
    {.name = "orthogonal",
     .help = "orthonormal rows, or columns where there are more rows (Saxe et al. 2013)",
     .also = "orthogonal_",
     AD_RECORD_OPTIONS(of_orthogonal, orthogonal)},
    {.name = "identity",
     .help = "ones where output and input have one number, in a kernel's middle, else zeros; with "
             "it an rnn of relu remembers (Le et al. 2015)",
     .also = "eye dirac eye_ dirac_ irnn",
     AD_RECORD_OPTIONS(of_identity, identity)},
    {.name = "sparse",
     .help = "numbers of which a share in each column is 0 (Martens 2010)",
     .also = "sparse_",
     AD_RECORD_OPTIONS(of_sparse, sparse)},
    {.name = "constant",
     .help = "one number everywhere",
     .also = "zeros ones constant_ zeros_ ones_ fill",
     AD_RECORD_OPTIONS(of_value, constant)},
};

const ad_record *ad_initializer_at(int i)
{
    int count = sizeof records / sizeof *records;
    return i >= 0 && i < count ? &records[i] : NULL;
}

void initializers_check_file(report *r, const ad_config *c)
{
    for (int i = 0; i < c->initial.count; i++) {
        const initializer *o = c->initial.choice[i].options;
        const char *name = c->initial.choice[i].record->name;
        const char *word = activations[o->activation];
        if (o->gain != AD_AUTO && word) {
            report_add(r, config_place(c, "train.initializers"),
                       "initializer %s has a gain, and activation %s has another", name, word);
            report_cure(r, "leave one of them out");
        }
        if (o->slope != 0.01 && (!word || strcmp(word, "leaky_relu") != 0)) {
            report_add(r, config_place(c, "train.initializers"),
                       "initializer %s has a slope, which is one of leaky_relu", name);
            report_cure(r, "write activation: leaky_relu, or leave slope out");
        }
    }
}

/* ---------------------------------------------------------------- weights */

static double gain_of(const ad_record *record, const initializer *o)
{
    if (o->gain != AD_AUTO)
        return o->gain;
    if (o->activation)
        return ad_gain(activations[o->activation], o->slope);
    return strcmp(record->name, "he") == 0 ? sqrt(2) : 1;
}

/* What sets a size goes to all that it names, what goes by the shape to weights. */
static bool takes_all(const initializer *o)
{
    return o->match && (o->method == AD_INITIAL_DEVIATION || o->method == AD_INITIAL_VALUE);
}

static bool names_some(ad_graph *graph, const char *match, bool all)
{
    for (int i = 0, count = ad_variable_count(graph); i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (ad_trainable(v) && (all || ad_role_of(v) == AD_ROLE_WEIGHT) &&
            ad_name_matches(match, ad_tensor_name(v)))
            return true;
    }
    return false;
}

static ad_status refuse(const ad_config *c, ad_graph *graph, const char *match, bool all)
{
    char *what =
        text_format("no %s is called '%.100s'", all ? "variable that is trained" : "weight", match);
    char *near = group_near(graph, match, !all);
    ad_status status =
        what && near ? run_refused(c, "train.initializers", what, near) : no_memory();
    free(what);
    free(near);
    return status;
}

ad_status initializers_check(const ad_config *c, ad_graph *graph)
{
    for (int i = 0; i < c->initial.count; i++) {
        const initializer *o = c->initial.choice[i].options;
        const char *match = o->match ? o->match : "*";
        if (!names_some(graph, match, takes_all(o)))
            return refuse(c, graph, match, takes_all(o));
    }
    return AD_OK;
}

ad_status run_initializers(const ad_config *c, ad_run_network *n)
{
    for (int i = 0; i < c->initial.count; i++) {
        const ad_choice *choice = &c->initial.choice[i];
        const initializer *o = choice->options;
        ad_initial_options k = AD_OPTIONS(
            ad_initial_options, .method = o->method, .distribution = (ad_draw)o->distribution,
            .fan = (ad_fan)o->fan, .gain = gain_of(choice->record, o), .deviation = o->deviation,
            .share = o->share, .value = o->value, .seed = (uint64_t)c->train.seed,
            .match = o->match ? o->match : "*", .all = takes_all(o));
        if ((ad_initialize)(n->state, n->graph, &k) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
    }
    return AD_OK;
}

#else

const ad_record *ad_initializer_at(int i)
{
    (void)i;
    return NULL;
}

void initializers_check_file(report *r, const ad_config *c)
{
    (void)r, (void)c;
}

ad_status initializers_check(const ad_config *c, ad_graph *graph)
{
    (void)c, (void)graph;
    return AD_OK;
}

#endif
