/* Methods for classes: one_hot, index.  What is learned is how many there are. */
#include "train/transform.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

/* More would be text, not classes. */
#define CLASSES_MAX 0x1p24

static bool takes_whole(ad_type type)
{
    return type >= AD_I32 && type < AD_TYPE_COUNT && type != AD_BF16 && type != AD_F16;
}

static ad_status learn_classes(const char *method, int64_t given, const char *name,
                               const struct stats *s, double *number)
{
    if (s->count && s->low < -1)
        return fail(AD_ERROR_RANGE,
                    "%s: field \"%s\" is %g in example %lld of training; classes are 0, 1, 2..., "
                    "and -1 where they are missing",
                    method, name, s->low, (long long)s->low_at);
    number[0] = given == AD_SAME ? (s->count ? s->high + 1 : 0) : (double)given;
    if (number[0] < 1)
        return fail(AD_ERROR_RANGE,
                    "%s: field \"%s\" has no class in the training part; leave it out, or give "
                    "the number of classes",
                    method, name);
    if (number[0] > CLASSES_MAX)
        return fail(AD_ERROR_RANGE,
                    "%s: field \"%s\" is up to %g in training; there may be %g classes", method,
                    name, number[0] - 1, CLASSES_MAX);
    if (s->count && s->high >= number[0])
        return fail(AD_ERROR_RANGE,
                    "%s: field \"%s\" is up to %g in training; with %lld classes the last is %lld",
                    method, name, s->high, (long long)given, (long long)given - 1);
    return AD_OK;
}

static bool classes_valid(const void *options, const double *number)
{
    (void)options;
    return number[0] >= 1 && number[0] <= CLASSES_MAX && number[0] == floor(number[0]);
}

static int look_classes(const void *options)
{
    (void)options;
    return LEARN_RANGE;
}

/* The first value that is no class, or not one of training where those are refused; -1: none. */
static int64_t first_unseen(const double *x, int64_t count, double classes, bool refuse)
{
    for (int64_t i = 0; i < count; i++)
        if (x[i] < -1 || (refuse && x[i] >= classes))
            return i;
    return -1;
}

static const char *class_refused(const void *options, double x)
{
    (void)options;
    return x < -1 ? "which is no class; they are 0, 1, 2..., and -1 where it is missing"
                  : "a class that was not seen in training; unseen: counted goes on without it";
}

#define CLASSES_OPTION(struct_)                                                                 \
    {                                                                                           \
        .name = "classes", .type = AD_OPTION_WHOLE, .low = 1, .high = CLASSES_MAX,              \
        .unset = "one more than the highest in training", .offset = offsetof(struct_, classes), \
        .also = "num_classes vocabulary count", .help = "how many classes there are"            \
    }
#define UNSEEN_OPTION(struct_)                                                               \
    {                                                                                        \
        .name = "unseen", .type = AD_OPTION_WORD, .words = "counted error",                  \
        .offset = offsetof(struct_, unseen), .also = "handle_unknown unknown",               \
        .help = "a class that training did not have: as if missing and counted, or an error" \
    }

/* ---- one_hot */

static ad_status one_hot_learn(const void *options, const char *name, const struct stats *s,
                               double *number)
{
    return learn_classes("one_hot", ((const ad_one_hot_options *)options)->classes, name, s,
                         number);
}

static ad_status one_hot_made(const void *options, const double *number, struct slot_field *out)
{
    const ad_one_hot_options *o = options;
    if (out->shape.rank + 2 > AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE, "one_hot: field \"%s\" has %d axes, too many for one more",
                    out->name, out->shape.rank);
    out->type = AD_F32;
    out->shape.size[out->shape.rank++] = (int64_t)number[0] + (o->missing == AD_MISSING_OWN);
    return AD_OK;
}

enum { BLOCK = 256 };

static ad_status one_hot_apply(const struct step *s, struct part *p, const struct cells *in,
                               struct cells *out, int64_t *bad)
{
    const ad_one_hot_options *o = s->options;
    int64_t classes = (int64_t)p->number[0], total = in->examples * in->each, unseen = 0;
    int64_t width = classes + (o->missing == AD_MISSING_OWN);
    double x[BLOCK];
    memset(out->data, 0, (size_t)(total * width) * sizeof(float));
    for (int64_t from = 0; from < total; from += BLOCK) {
        int64_t count = total - from < BLOCK ? total - from : BLOCK;
        cells_load(in, from, count, x);
        int64_t first = first_unseen(x, count, p->number[0], o->unseen == AD_UNSEEN_ERROR);
        if (first >= 0) {
            *bad = from + first;
            return AD_ERROR_RANGE;
        }
        float *row = (float *)out->data + from * width;
        for (int64_t i = 0; i < count; i++, row += width) {
            if (x[i] >= 0 && x[i] < p->number[0])
                row[(int64_t)x[i]] = 1;
            else if (x[i] < 0 && o->missing == AD_MISSING_OWN)
                row[classes] = 1;
            unseen += x[i] >= p->number[0];
        }
    }
    if (unseen)
        atomic_fetch_add(&p->unseen, unseen);
    return AD_OK;
}

static const ad_option one_hot_options[] = {
    CLASSES_OPTION(ad_one_hot_options),
    {.name = "missing",
     .type = AD_OPTION_WORD,
     .words = "zeros own",
     .offset = offsetof(ad_one_hot_options, missing),
     .help = "a missing class: zeros, or a place of its own behind the others"},
    UNSEEN_OPTION(ad_one_hot_options),
};
static const ad_one_hot_options one_hot_initial = AD_OPTIONS_INIT(ad_one_hot_options);

const struct method method_one_hot = {
    .record = {.name = "one_hot",
               .help = "a class becomes 1 at its place among zeros",
               .also = "onehot dummies get_dummies one_hot_encoder",
               AD_RECORD_OPTIONS(one_hot_options, one_hot_initial)},
    .widens = true,
    .takes = takes_whole,
    .taken = "a field of classes (whole numbers)",
    .looks = look_classes,
    .numbers = 1,
    .learn = one_hot_learn,
    .valid = classes_valid,
    .made = one_hot_made,
    .apply = one_hot_apply,
    .refused = class_refused,
};

/* ---- index */

static ad_status index_learn(const void *options, const char *name, const struct stats *s,
                             double *number)
{
    return learn_classes("index", ((const ad_index_options *)options)->classes, name, s, number);
}

static ad_status index_made(const void *options, const double *number, struct slot_field *out)
{
    (void)options, (void)number;
    out->type = AD_I32;
    return AD_OK;
}

/* All values are of one channel: stride is 1. */
static int64_t index_map(const void *options, const double *number, double *x, int64_t count,
                         int64_t stride, int64_t *unseen)
{
    const ad_index_options *o = options;
    int64_t bad = first_unseen(x, count, number[0], o->unseen == AD_UNSEEN_ERROR);
    (void)stride;
    for (int64_t i = 0; bad < 0 && i < count; i++) {
        *unseen += x[i] >= number[0];
        x[i] = x[i] >= 0 && x[i] < number[0] ? x[i] : number[0];
    }
    return bad;
}

static void index_undo(const void *options, const double *number, double *x, int64_t count,
                       int64_t stride)
{
    (void)options;
    for (int64_t i = 0; i < count; i += stride)
        x[i] = x[i] < number[0] ? x[i] : -1;
}

static const ad_option index_options[] = {
    CLASSES_OPTION(ad_index_options),
    UNSEEN_OPTION(ad_index_options),
};
static const ad_index_options index_initial = AD_OPTIONS_INIT(ad_index_options);

const struct method method_index = {
    .record = {.name = "index",
               .help = "a class becomes i32, and those missing or unseen one of their own: for an "
                       "embedding",
               .also = "ordinal label_encoder embedding",
               AD_RECORD_OPTIONS(index_options, index_initial)},
    .takes = takes_whole,
    .taken = "a field of classes (whole numbers)",
    .looks = look_classes,
    .numbers = 1,
    .learn = index_learn,
    .valid = classes_valid,
    .made = index_made,
    .map = index_map,
    .undo = index_undo,
    .refused = class_refused,
};
