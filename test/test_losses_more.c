/* Losses beyond the core against torch 2.15: script/loss-goldens made golden_losses/values.txt. */
#include "test.h"

#include <float.h>

#include <adze/adze.h>
#include <adze/record.h>

#include "one_graph.h"

enum { IN_MAX = 5, SIZE_MAX_ = 512 };

typedef struct tensor {
    char kind[24];
    bool whole;
    ad_shape shape;
    double value[SIZE_MAX_];
    int64_t number[SIZE_MAX_];
    int count;
} tensor;

typedef struct example {
    char name[40], words[160];
    tensor in[IN_MAX];
    int ins;
    tensor out;
    double slope[IN_MAX][SIZE_MAX_];
} example;

/* ---- the file */

static ad_shape read_shape(char *text)
{
    ad_shape s = {0};
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
        s.size[s.rank++] = strtol(word, NULL, 10);
    return s;
}

static int count_of(ad_shape s)
{
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++)
        n *= s.size[i];
    return (int)n;
}

static void read_numbers(FILE *file, double *value, int count)
{
    for (int i = 0; i < count; i++)
        CHECK(fscanf(file, "%lf", &value[i]) == 1);
    CHECK(fgetc(file) == '\n');
}

static void read_in(FILE *file, char *line, tensor *t)
{
    char type[4];
    int end = 0;
    CHECK(sscanf(line, "in %23s %3s%n", t->kind, type, &end) == 2);
    t->whole = type[0] == 'i';
    t->shape = read_shape(line + end);
    t->count = count_of(t->shape);
    REQUIRE(t->count <= SIZE_MAX_);
    read_numbers(file, t->value, t->count);
    for (int i = 0; i < t->count; i++)
        t->number[i] = (int64_t)t->value[i];
}

static bool is_sloped(const tensor *t)
{
    return !t->whole && strcmp(t->kind, "x") == 0;
}

static bool read_example(FILE *file, example *e)
{
    static char line[400];
    e->ins = 0;
    if (!fgets(line, sizeof line, file))
        return false;
    int end = 0;
    CHECK(sscanf(line, "case %39s%n", e->name, &end) == 1);
    line[strcspn(line, "\n")] = 0;
    snprintf(e->words, sizeof e->words, "%.150s", line + end);
    while (fgets(line, sizeof line, file) && strncmp(line, "in ", 3) == 0)
        read_in(file, line, &e->in[e->ins++]);
    e->out.shape = read_shape(line + 3);
    e->out.count = count_of(e->out.shape);
    read_numbers(file, e->out.value, e->out.count);
    CHECK(fgets(line, sizeof line, file) && strcmp(line, "slope\n") == 0);
    for (int i = 0; i < e->ins; i++)
        if (is_sloped(&e->in[i]))
            read_numbers(file, e->slope[i], e->in[i].count);
    return true;
}

/* ---- the call that it is of */

static const ad_record *record_of(const char *name)
{
    const ad_record *r = ad_record_find(ad_loss_at, name);
    return r ? r : ad_record_find(ad_objective_at, name);
}

static int reduction_of(const char *word)
{
    static const char *const words[] = {"mean", "sum", "none", "batchmean"};
    int i = 0;
    while (i < 3 && strcmp(words[i], word) != 0)
        i++;
    return i;
}

static void set_row(const ad_record *record, ad_loss_options *o, const char *name, double value)
{
    for (int i = 0; record && i < record->options; i++) {
        const ad_option *row = &record->option[i];
        void *at = (char *)o + row->offset;
        if (strcmp(row->name, name) != 0)
            continue;
        if (row->type == AD_OPTION_NUMBER)
            *(double *)at = value;
        else if (row->type == AD_OPTION_WHOLE)
            *(int64_t *)at = (int64_t)value;
        else
            *(bool *)at = value != 0;
        return;
    }
    TEST_FAILED("%s has no option %s", record ? record->name : "nothing", name);
}

static ad_loss_options read_options(const example *e, int *rule)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    char words[160];
    snprintf(words, sizeof words, "%s", e->words);
    for (char *word = strtok(words, " \n"); word; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        *value++ = 0;
        if (strcmp(word, "reduction") == 0)
            o.reduction = (ad_reduction)reduction_of(value);
        else if (strcmp(word, "rule") == 0)
            *rule = atoi(value);
        else
            set_row(record_of(e->name), &o, word, strtod(value, NULL));
    }
    return o;
}

typedef ad_tensor *call2(ad_tensor *, ad_tensor *, const ad_loss_options *);
typedef ad_tensor *call3(ad_tensor *, ad_tensor *, ad_tensor *, const ad_loss_options *);

static const struct {
    const char *name;
    call2 *two;
    call3 *three;
} calls[] = {
    {"weighted_cross_entropy", ad_weighted_cross_entropy, NULL},
    {"weighted_binary_cross_entropy", ad_weighted_binary_cross_entropy, NULL},
    {"kl_divergence", ad_kl_divergence, NULL},
    {"cosine_distance", ad_cosine_distance, NULL},
    {"poisson_nll", ad_poisson_nll, NULL},
    {"multilabel_soft_margin", ad_multilabel_soft_margin, NULL},
    {"js_divergence", ad_js_divergence, NULL},
    {"info_nce", ad_info_nce, NULL},
    {"ordinal", NULL, ad_ordinal},
    {"gaussian_nll", NULL, ad_gaussian_nll},
    {"laplace_nll", NULL, ad_laplace_nll},
    {"cosine_embedding", NULL, ad_cosine_embedding},
    {"triplet", NULL, ad_triplet},
    {"triplet_distance", NULL, ad_triplet_distance},
    {"contrastive", NULL, ad_contrastive},
};

static ad_tensor *penalty(ad_tensor *x, ad_tensor *w)
{
    ad_tensor *flat = ad_tensor_shape(x).rank > 2 ? ad_flatten(x) : x;
    return ad_gradient_penalty(ad_tanh(ad_matmul(flat, w)), x, 10);
}

static ad_tensor *call(const char *name, ad_tensor **x, ad_loss_options *o, int rule)
{
    if (strcmp(name, "ctc") == 0)
        return (ad_ctc)(ad_log_softmax(x[0], -1), x[1], x[2], x[3], o);
    if (strcmp(name, "gan_discriminator") == 0)
        return ad_gan_discriminator(x[0], x[1], (ad_gan_rule)rule);
    if (strcmp(name, "gan_generator") == 0)
        return ad_gan_generator(x[0], (ad_gan_rule)rule);
    if (strcmp(name, "gradient_penalty") == 0)
        return penalty(x[0], x[1]);
    const ad_loss_record *r = (const void *)ad_record_find(ad_loss_at, name);
    if (r)
        return r->make(x[0], x[1], o);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(name, calls[i].name) == 0)
            return calls[i].two ? calls[i].two(x[0], x[1], o) : calls[i].three(x[0], x[1], x[2], o);
    TEST_FAILED("no loss %s", name);
    return NULL;
}

/* ---- one case */

typedef struct built {
    ad_tensor *y, *total, *x[IN_MAX], *of[IN_MAX], *slope[IN_MAX];
    int ins, sloped;
} built;

static ad_tensor *constant_of(const tensor *t, ad_type type)
{
    if (t->whole)
        return ad_constant(graph, ad_i64(t->number, t->shape));
    return ad_cast(ad_constant(graph, ad_f64(t->value, t->shape)), type);
}

/* sum of (1 + i / 4) y[i]. */
static ad_tensor *total_of(ad_tensor *y, int count)
{
    ad_tensor *flat = ad_reshape(y, AD_SHAPE(count));
    ad_tensor *i = ad_range(graph, ad_tensor_type(y), count);
    return ad_sum(ad_mul(flat, ad_shift(ad_scale(i, 0.25), 1)), AD_ALL);
}

/* Arguments that have a slope are variables, so that no derivative is folded away. */
static built build(const example *e, ad_type type)
{
    built b = {0};
    int rule = 0;
    ad_loss_options o = read_options(e, &rule);
    for (int i = 0; i < e->ins; i++) {
        ad_tensor *x = constant_of(&e->in[i], type);
        char name[] = {'x', (char)('0' + i), 0};
        if (is_sloped(&e->in[i]))
            b.of[b.sloped++] = x = ad_variable(graph, name, x);
        if (strcmp(e->in[i].kind, "x") == 0 || strcmp(e->in[i].kind, "fixed") == 0)
            b.x[b.ins++] = x;
        else if (strcmp(e->in[i].kind, "class_weight") == 0)
            o.class_weight = x;
        else
            o.pos_weight = x;
    }
    b.y = call(e->name, b.x, &o, rule);
    b.total = total_of(b.y, e->out.count);
    ad_gradient(b.total, b.of, b.sloped, b.slope);
    return b;
}

static void compare(const example *e, ad_tensor *got, const double *right, int count, double bound,
                    const char *what)
{
    ad_array value;
    if (ad_value(state, got, NULL, 0, &value) != AD_OK) {
        TEST_FAILED("%s %s: %s", e->name, e->words, ad_error());
        return;
    }
    for (int i = 0; i < count; i++)
        if (!test_close(ad_array_item(&value, i), right[i], bound * fmax(1, fabs(right[i]))))
            TEST_FAILED("%s%s%s %d is %.15g, not %.15g", e->name, e->words, what, i,
                        ad_array_item(&value, i), right[i]);
}

/* The derivative of sums of slopes, not all alike, by differences of slopes: steps of 1e-5 and no
 * kink within. */
static void check_second(const example *e, const built *b)
{
    ad_tensor *sum = ad_number(graph, AD_F64, 0);
    for (int i = 0; i < b->sloped; i++) {
        ad_shape s = ad_tensor_shape(b->slope[i]);
        sum = ad_add(sum, ad_scale(total_of(b->slope[i], count_of(s)), 1 + i * i));
    }
    double worst = 1;
    ad_status status = ad_check_gradients(state, sum, b->of, b->sloped, NULL, 0, &worst);
    if (status != AD_OK || !(worst < 1e-5))
        TEST_FAILED("%s%s: second derivative off by %g, %s", e->name, e->words, worst,
                    status == AD_OK ? "" : ad_error());
}

static void check_example(const example *e, ad_type type, double bound, bool second)
{
    begin();
    built b = build(e, type);
    if (ad_tensor_error(b.total))
        TEST_FAILED("%s%s: %s", e->name, e->words, ad_tensor_error(b.total));
    state = ad_state_new(graph, 1);
    if (state) {
        compare(e, b.y, e->out.value, e->out.count, bound, "");
        for (int i = 0, k = 0; i < e->ins; i++)
            if (is_sloped(&e->in[i]))
                compare(e, b.slope[k++], e->slope[i], e->in[i].count, bound, " slope");
        if (second)
            check_second(e, &b);
    }
    end();
}

/* Sums, and losses that have none.  The slope by a variance below epsilon is PyTorch's, and no
 * derivative. */
static bool is_smooth(const example *e)
{
    bool sum = strstr(e->words, "reduction=sum") || !strstr(e->words, "reduction=");
    return sum && !strstr(e->words, "epsilon=.5");
}

/* f32: at most 64 roundings on the way, each worth up to 32 (the inverse of a temperature of 0.07,
 * twice) of its place. */
TEST(values_and_slopes_are_torch_s)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_losses/values.txt", "r");
    static example e;
    int cases = 0;
    REQUIRE(file != NULL);
    for (; read_example(file, &e); cases++) {
        check_example(&e, AD_F64, 1e-9, is_smooth(&e));
        check_example(&e, AD_F32, 64 * 32 * (double)FLT_EPSILON / 2, false);
    }
    CHECK_EQ(cases, 366);
    fclose(file);
}

TEST_MAIN
