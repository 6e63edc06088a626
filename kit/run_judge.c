/* How good what a task makes is: beside real examples, how far samples lie from each other, and of
 * pictures, with a classifier (samples.features), the Frechet distance of what its last layer sees
 * and which classes are shown.  A generator that makes a few things only has collapsed: that is
 * said in words. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/metric.h>

#include "last_layer.h"
#include "message.h"
#include "run.h"
#include "text.h"

enum { ALONE = 256, CLASS_LEAST = 10, NAMED_MOST = 20 };

/* Below that share of the data's spread, and of a class's share, something is missing. */
static const double SPREAD_LEAST = 0.5, SHARE_LEAST = 0.1;

typedef struct judging {
    const ad_run_data *data;
    ad_run_measured *result;
    int64_t count, width; /* as many samples as real examples */
    float *real, *made;   /* (count, width), in the units of pictures, or as the model takes them */
    uint8_t *pixel;       /* (count, width) */
    features *f;          /* NULL: no classifier */
    float *seen[2];       /* of real, of made: (count, features) */
    int32_t *class[2];
    text_buffer words;
} judging;

/* ---------------------------------------------------------------- examples */

static void copy_row(judging *j, int64_t at, const ad_array *a, int64_t row)
{
    for (int64_t i = 0; i < j->width; i++)
        j->real[at * j->width + i] = (float)ad_array_item(a, row * j->width + i);
}

/* Evenly over the source. */
static ad_status read_real(judging *j, ad_source *source)
{
    int64_t all = ad_source_count(source), seen = 0, kept = 0;
    ad_batches *b = ad_batches_new(source, .size = 256, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 1};
    if (!b)
        return run_fail_core(AD_RUN_NO_FAULT);
    int field = run_batch_field(b, j->data->input[0].name, "");
    ad_status status = AD_OK;
    while (status == AD_OK && batch.count > 0 && kept < j->count) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        for (int64_t i = 0; status == AD_OK && i < batch.count && kept < j->count; i++, seen++)
            if (seen >= kept * all / j->count)
                copy_row(j, kept++, &batch.array[field], i);
    }
    ad_batches_free(b);
    return status;
}

static ad_status make(judging *j, const ad_run_network *n)
{
    run_maker *maker = run_maker_new(n, j->data);
    if (!maker)
        return run_fail_core(AD_RUN_NO_FAULT);
    ad_status status = run_maker_make(maker, 0, j->count, j->data->samples->steps, j->made);
    run_maker_free(maker);
    return status;
}

/* ---------------------------------------------------------------- spread */

/* The mean distance of two of the first examples; 0 times infinity where one is not finite. */
static double mean_distance(const float *x, int64_t count, int64_t width)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < i; k++) {
            double squares = 0;
            for (int64_t m = 0; m < width; m++) {
                double d = (double)x[i * width + m] - (double)x[k * width + m];
                squares += d * d;
            }
            sum += sqrt(squares);
        }
    return 2 * sum / ((double)count * (double)(count - 1));
}

static void add(judging *j, const char *name, double value, bool less)
{
    ad_run_measured *r = j->result;
    if (r->measures < AD_RUN_MEASURES_MAX)
        r->measured[r->measures++] = (ad_measured){
            .name = name, .value = value, .low = value, .high = value, .less_is_better = less};
}

static const char *remedies(const ad_run_data *data)
{
    static const char *const of[] = {
        [AD_MAKES_BY_GAME] = "gan.loss: wasserstein with penalty: 10 and turns: 5, or penalty: 1 "
                             "with another loss; a lower rate; larger batches",
        [AD_MAKES_BY_CODE] = "a lower vae.beta; a larger vae.code; more epochs",
        [AD_MAKES_BY_STEPS] = "more epochs; more samples.steps; train.average: 0.995"};
    return of[data->task->makes];
}

static void judge_spread(judging *j)
{
    int64_t count = j->count < ALONE ? j->count : ALONE;
    double real = mean_distance(j->real, count, j->width),
           spread = mean_distance(j->made, count, j->width) / real;
    if (!(real > 0) || !isfinite(spread))
        return;
    if (j->f || j->result->measures > 1) /* else the loss is what is measured */
        add(j, "spread", spread, false);
    text_add_format(&j->words, "samples differ from each other %.2f times as much as the data do",
                    spread);
    if (spread < SPREAD_LEAST)
        text_add_format(&j->words, ": mode collapse\n  remedies: %s", remedies(j->data));
    text_add(&j->words, "\n");
}

/* ---------------------------------------------------------------- classes */

static void count_classes(const int32_t *class, int64_t count, int64_t *of)
{
    for (int64_t i = 0; i < count; i++)
        of[class[i]]++;
}

static void add_names(judging *j, const int64_t *real, const int64_t *made, bool shown)
{
    char *const *names = ad_run_names(features_about(j->f));
    int64_t told = 0;
    for (int64_t c = 0; c < ad_run_classes(features_about(j->f)); c++) {
        bool is_shown = (double)made[c] >= SHARE_LEAST * (double)real[c];
        if (real[c] < CLASS_LEAST || is_shown != shown || ++told > NAMED_MOST)
            continue;
        text_add(&j->words, told > 1 ? ", " : "");
        if (names)
            text_add(&j->words, names[c]);
        else
            text_add_format(&j->words, "%lld", (long long)c);
    }
    text_add(&j->words, told > NAMED_MOST ? "..." : "");
}

static void say_classes(judging *j, const int64_t *real, const int64_t *made)
{
    int64_t all = 0, shown = 0, hardly = 0;
    for (int64_t c = 0; c < ad_run_classes(features_about(j->f)); c++) {
        bool enough = (double)made[c] >= SHARE_LEAST * (double)real[c];
        all += real[c] >= CLASS_LEAST;
        shown += real[c] >= CLASS_LEAST && enough;
        hardly += real[c] >= CLASS_LEAST && !enough && made[c] > 0;
    }
    if (all < 2)
        return;
    add(j, "classes_shown", (double)shown, false);
    if (shown == all) {
        text_add_format(&j->words, "samples show all %lld classes\n", (long long)all);
        return;
    }
    text_add_format(&j->words, "samples show %lld of %lld classes", (long long)shown,
                    (long long)all);
    if (shown) {
        text_add(&j->words, " (");
        add_names(j, real, made, true);
        text_add(&j->words, ")");
    }
    text_add_format(&j->words, "; %lld never appear%s (", (long long)(all - shown),
                    hardly ? ", or hardly" : "");
    add_names(j, real, made, false);
    text_add_format(&j->words, "): mode collapse\n  remedies: %s\n", remedies(j->data));
}

static ad_status judge_classes(judging *j)
{
    int64_t classes = ad_run_classes(features_about(j->f)), right = 0;
    int64_t *of = calloc(2 * (size_t)classes, sizeof *of);
    if (!of)
        return no_memory();
    count_classes(j->class[0], j -> count, of);
    count_classes(j->class[1], j -> count, of + classes);
    say_classes(j, of, of + classes);
    free(of);
    for (int64_t i = 0; i < j->count; i++)
        right += j->class[1][i] == run_told_class(j->data, i);
    if (j->data->told.classes == classes)
        add(j, "as_asked", (double)right / (double)j->count, false);
    return AD_OK;
}

static ad_status take_features(judging *j, int which, const float *x)
{
    int64_t numbers = j->count * j->width, width = features_width(j->f);
    j->seen[which] = malloc((size_t)(j->count * width) * sizeof *j->seen[which]);
    j->class[which] = malloc((size_t)j->count * sizeof *j->class[which]);
    if (!j->seen[which] || !j->class[which])
        return no_memory();
    for (int64_t i = 0; i < numbers; i++)
        j->pixel[i] = (uint8_t)(x[i] >= 255 ? 255 : x[i] > 0 ? lrintf(x[i]) : 0);
    return features_take(j->f, j->pixel, j->count, j->seen[which], j->class[which]);
}

static ad_status judge_features(judging *j)
{
    double far;
    j->pixel = malloc((size_t)(j->count * j->width));
    ad_status status = j->pixel ? take_features(j, 0, j->real) : no_memory();
    if (status == AD_OK)
        status = take_features(j, 1, j->made);
    if (status == AD_OK) {
        status = ad_frechet_distance(j->seen[0], j->count, j->seen[1], j->count,
                                     features_width(j->f), &far);
        status = status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
    }
    if (status != AD_OK)
        return status;
    add(j, "feature_distance", far, true);
    return judge_classes(j);
}

/* ---------------------------------------------------------------- the whole */

static ad_status judge(judging *j, const ad_run_network *n, ad_source *source)
{
    const char *path = j->data->samples->features;
    ad_status status = path ? features_open(path, run_image(j->data->schema), &j->f) : AD_OK;
    if (status != AD_OK)
        return status;
    j->real = malloc((size_t)(j->count * j->width) * sizeof *j->real);
    j->made = malloc((size_t)(j->count * j->width) * sizeof *j->made);
    status = j->real && j->made ? read_real(j, source) : no_memory();
    if (status == AD_OK)
        status = make(j, n);
    if (status == AD_OK && j->f)
        status = judge_features(j);
    if (status == AD_OK)
        judge_spread(j);
    return status;
}

static void done(judging *j)
{
    for (int i = 0; i < 2; i++)
        free(j->seen[i]), free(j->class[i]);
    free(j->real);
    free(j->made);
    free(j->pixel);
    features_free(j->f);
    text_done(&j->words);
}

ad_status run_judge(const ad_run_network *n, const ad_run_data *data, ad_source *source,
                    ad_run_measured *result)
{
    const ad_judging *o = data->samples;
    if (!data->task->makes || !o)
        return AD_OK;
    int64_t most = o->features ? o->count : ALONE, all = ad_source_count(source);
    judging j = {.data = data,
                 .result = result,
                 .count = all < most ? all : most,
                 .width = run_made_width(n)};
    if (j.count < 2)
        return AD_OK;
    ad_status status = judge(&j, n, source);
    if (status == AD_OK && j.words.size)
        result->samples = text_take(&j.words);
    done(&j);
    return status;
}

ad_status run_check_judge(const ad_config *c, const ad_run_data *data)
{
    static const char at[] = "samples.features";
    const char *path = c->samples.features;
    features *f;
    if (!data->task->makes || !path)
        return AD_OK;
    const ad_schema_field *image = run_image(data->schema);
    if (!image || image->type != AD_U8)
        return run_refused(c, at, "what is made here are no pictures, and features are of them",
                           "take it out");
    ad_status status = features_open(path, image, &f);
    features_free(f);
    if (status == AD_OK || status == AD_ERROR_MEMORY)
        return status;
    char words[300];
    snprintf(words, sizeof words, "%.*s", (int)strcspn(ad_kit_error(), "\n"), ad_kit_error());
    return run_refused(
        c, at, words,
        "name the run folder, or model.safetensors, of a classifier of such pictures "
        "that ends with a linear layer, such as one of example/lenet.yaml");
}
