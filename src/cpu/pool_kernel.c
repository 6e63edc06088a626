/* Pooling as kernels.
 *
 * Tasks are runs of rows of what is written, or whole images where those are small.  The gradient
 * of max_pool reads its own max_pool's places, which lie in their windows: then every row of dx can
 * be made from the windows over it.  Places from anywhere else are checked and followed one by one,
 * with tasks that are groups of channels of an image. */
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/gather.h"

enum { TASK_BYTES = 1 << 16, TASK_CHANNELS = 16, NONE = -1 };

struct pool_kernel {
    struct pool_job job;
    const struct pool_functions *functions;
    struct view large, small, index;
    size_t size; /* of an element */
    int64_t rows, image_rows,
        blocks; /* of a task, of an image; tasks in an image, 0: whole images */
};

/* ---- what a step asks for */

static void fill_job(struct pool_job *j, const struct pool_attributes *a, const ad_shape *large,
                     const ad_shape *small)
{
    struct window_image x = window_image(large), y = window_image(small);
    j->along = (struct pool_axis){x.height, y.height, a->window, a->stride, a->padding};
    j->across = (struct pool_axis){x.width, y.width, a->window_w, a->stride_w, a->padding_w};
    if (large->rank == 3)
        j->across = (struct pool_axis){1, 1, 1, 1, 0};
    j->batch = x.batch;
    j->channels = x.channels;
    j->count_padding = a->count_padding;
}

/* false where channels are not neighbours */
static bool fill_lie(struct pool_lie *lie, const struct view *v)
{
    int last = v->shape.rank - 1;
    lie->batch = v->stride[0];
    lie->row = v->stride[1];
    lie->column = last == 3 ? v->stride[2] : 0;
    return v->stride[last] == 1 || v->shape.size[last] == 1;
}

static bool fill_lies(struct pool_kernel *k)
{
    return fill_lie(&k->job.large, &k->large) && fill_lie(&k->job.small, &k->small) &&
           (k->index.value == NONE || fill_lie(&k->job.index, &k->index));
}

static ad_status start(ad_context *context, const struct step *step, const struct view *large,
                       const struct view *small, const struct view *index, struct pool_kernel **out)
{
    struct pool_kernel k = {.large = *large, .small = *small, .index = {.value = NONE}};
    const struct pool_table *table = cpu_tables(context)->pool;
    if (index)
        k.index = *index;
    bool wanted = step->out[0].value != NONE || step->node->op == &op_max_pool;
    if (!wanted || !strided_is_array(&step->out[0]) || !fill_lies(&k))
        return AD_ERROR_UNSUPPORTED;
    fill_job(&k.job, step->node->attributes, &large->shape, &small->shape);
    k.functions = large->type == AD_F32 ? &table->f32 : &table->f64;
    k.size = ad_type_size(large->type);
    *out = cpu_kernel_self(context, sizeof k);
    if (!*out)
        return AD_ERROR_MEMORY;
    **out = k;
    return AD_OK;
}

/* ---- tasks */

/* Rows of images; image_bytes: what is read for one. */
static int64_t cut(struct pool_kernel *k, int64_t image_rows, int64_t unit)
{
    const struct pool_job *j = &k->job;
    int64_t bytes = j->along.in * j->across.in * j->channels * (int64_t)k->size;
    k->image_rows = image_rows;
    if (!j->batch || !bytes || !image_rows)
        return 0;
    if (bytes <= TASK_BYTES) {
        int64_t images = TASK_BYTES / bytes;
        k->rows = images * image_rows;
        return (j->batch + images - 1) / images;
    }
    int64_t rows = image_rows * TASK_BYTES / bytes / unit * unit;
    k->rows = rows > unit ? rows : unit;
    k->blocks = (image_rows + k->rows - 1) / k->rows;
    return k->blocks * j->batch;
}

struct rows {
    int64_t first, count;
};

static struct rows rows_of(const struct pool_kernel *k, int task)
{
    int64_t first = task * k->rows, end = k->job.batch * k->image_rows;
    if (k->blocks) {
        first = task / k->blocks * k->image_rows + task % k->blocks * k->rows;
        end = (task / k->blocks + 1) * k->image_rows;
    }
    return (struct rows){first, end - first < k->rows ? end - first : k->rows};
}

static int32_t *places(const struct run *run, const struct view *index)
{
    return index->value == NONE ? NULL : (int32_t *)(void *)strided_address(run, index);
}

static ad_status run_largest(const struct kernel *kernel, const struct run *run, int phase,
                             int task, void *scratch)
{
    (void)phase, (void)scratch;
    const struct pool_kernel *k = kernel->self;
    struct rows r = rows_of(k, task);
    void *y = k->small.value == NONE ? NULL : strided_address(run, &k->small);
    k->functions->largest(&k->job, strided_address(run, &k->large), y, places(run, &k->index),
                          r.first, r.count);
    return AD_OK;
}

static ad_status run_mean(const struct kernel *kernel, const struct run *run, int phase, int task,
                          void *scratch)
{
    (void)phase, (void)scratch;
    const struct pool_kernel *k = kernel->self;
    struct rows r = rows_of(k, task);
    k->functions->mean(&k->job, strided_address(run, &k->large), strided_address(run, &k->small),
                       r.first, r.count);
    return AD_OK;
}

static ad_status run_largest_back(const struct kernel *kernel, const struct run *run, int phase,
                                  int task, void *scratch)
{
    (void)phase, (void)scratch;
    const struct pool_kernel *k = kernel->self;
    struct rows r = rows_of(k, task);
    k->functions->largest_back(&k->job, strided_address(run, &k->small), places(run, &k->index),
                               strided_address(run, &k->large), r.first, r.count);
    return AD_OK;
}

static ad_status run_mean_back(const struct kernel *kernel, const struct run *run, int phase,
                               int task, void *scratch)
{
    (void)phase, (void)scratch;
    const struct pool_kernel *k = kernel->self;
    struct rows r = rows_of(k, task);
    k->functions->mean_back(&k->job, strided_address(run, &k->small),
                            strided_address(run, &k->large), r.first, r.count);
    return AD_OK;
}

/* ---- places from anywhere */

/* The first one outside, in the order of memory: the same whichever task met one. */
static ad_status place_error(const int32_t *index, int64_t count, int64_t limit)
{
    for (int64_t i = 0; i < count; i++)
        if (index[i] < 0 || index[i] >= limit)
            return gather_range_error("index", index[i], i, limit);
    return AD_OK;
}

/* A part of one image: some of its channels. */
struct part {
    int64_t image, channel, channels;
};

static int64_t parts_of_image(const struct pool_kernel *k)
{
    return (k->job.channels + TASK_CHANNELS - 1) / TASK_CHANNELS;
}

static struct part part_of(const struct pool_kernel *k, int task)
{
    int64_t parts = parts_of_image(k), channel = task % parts * TASK_CHANNELS;
    int64_t left = k->job.channels - channel;
    return (struct part){task / parts, channel, left < TASK_CHANNELS ? left : TASK_CHANNELS};
}

/* One element of the pooled image is taken from the large one, or added to it. */
static void follow_one(char *large, char *small, size_t size, bool back)
{
    if (!back)
        memcpy(small, large, size);
    else if (size == sizeof(float))
        *(float *)(void *)large += *(float *)(void *)small;
    else
        *(double *)(void *)large += *(double *)(void *)small;
}

/* image: of the large one, an array; index and the small one are arrays too. */
static bool follow(const struct pool_kernel *k, struct part p, char *image, const int32_t *index,
                   char *small, bool back)
{
    const struct pool_job *j = &k->job;
    int64_t limit = j->along.in * j->across.in, outputs = j->along.out * j->across.out;
    for (int64_t o = 0; o < outputs; o++)
        for (int64_t c = p.channel; c < p.channel + p.channels; c++) {
            int64_t i = (p.image * outputs + o) * j->channels + c;
            if (index[i] < 0 || index[i] >= limit)
                return false;
            int64_t at = index[i] * j->channels + c;
            follow_one(image + at * (int64_t)k->size, small + i * (int64_t)k->size, k->size, back);
        }
    return true;
}

static void clear_part(const struct pool_kernel *k, struct part p, char *image)
{
    int64_t all = k->job.along.in * k->job.across.in;
    for (int64_t i = 0; i < all; i++)
        memset(image + (i * k->job.channels + p.channel) * (int64_t)k->size, 0,
               (size_t)p.channels * k->size);
}

static ad_status run_follow(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    (void)phase, (void)scratch;
    const struct pool_kernel *k = kernel->self;
    struct part p = part_of(k, task);
    int64_t limit = k->job.along.in * k->job.across.in;
    bool back = k->functions == NULL;
    const int32_t *index = places(run, &k->index);
    char *image =
        strided_address(run, &k->large) + p.image * limit * k->job.channels * (int64_t)k->size;
    if (back)
        clear_part(k, p, image);
    if (follow(k, p, image, index, strided_address(run, &k->small), back))
        return AD_OK;
    return place_error(index, shape_count(&k->index.shape), limit);
}

/* Where nothing is pooled, places are not looked at: there are none. */
static int64_t follow_tasks(const struct pool_kernel *k)
{
    return k->job.batch * parts_of_image(k);
}

/* ---- lowering */

typedef ad_status run_function(const struct kernel *kernel, const struct run *run, int phase,
                               int task, void *scratch);

static ad_status finish(struct pool_kernel *k, const char *name, int64_t tasks, run_function *run,
                        struct kernel *kernel)
{
    int64_t bytes =
        (shape_count(&k->large.shape) + shape_count(&k->small.shape)) * (int64_t)k->size;
    if (k->index.value != NONE)
        bytes += shape_count(&k->index.shape) * (int64_t)sizeof(int32_t);
    *kernel = (struct kernel){.name = name,
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .bytes = bytes,
                              .self = k,
                              .run = run,
                              .free = cpu_kernel_free};
    return AD_OK;
}

static ad_status lower_forward(ad_context *context, const struct step *step, struct kernel *kernel)
{
    bool largest = step->node->op == &op_max_pool;
    bool indexed = largest && step->out[1].value != NONE;
    struct pool_kernel *k;
    if (indexed && !strided_is_array(&step->out[1]))
        return AD_ERROR_UNSUPPORTED;
    TRY(start(context, step, &step->in[0], &step->out[0], indexed ? &step->out[1] : NULL, &k));
    int64_t tasks = cut(k, k->job.along.out, 1);
    return finish(k, largest ? "pool largest" : "pool mean", tasks,
                  largest ? run_largest : run_mean, kernel);
}

static bool same_window(const struct pool_axis *a, const struct pool_axis *b)
{
    return a->in == b->in && a->out == b->out && a->window == b->window && a->stride == b->stride &&
           a->padding == b->padding;
}

/* The index is what a max_pool of this very form gave. */
static bool own_places(const struct step *step, const struct pool_job *job)
{
    const ad_tensor *index = step->node->in[1];
    const struct node *source = index->node;
    struct pool_job j;
    if (source->op != &op_max_pool || index->index != 1 ||
        !graph_shapes_equal(&source->in[0]->shape, &step->node->out[0].shape))
        return false;
    fill_job(&j, source->attributes, &source->in[0]->shape, &source->out[0].shape);
    return same_window(&j.along, &job->along) && same_window(&j.across, &job->across);
}

static ad_status lower_follow(ad_context *context, struct pool_kernel *k, bool back,
                              struct kernel *kernel)
{
    if (!strided_is_array(&k->large) || !strided_is_array(&k->small) ||
        !strided_is_array(&k->index)) {
        cpu_kernel_free(k, &context->allocator);
        return AD_ERROR_UNSUPPORTED;
    }
    if (back)
        k->functions = NULL;
    return finish(k, back ? "pool scatter" : "pool take", follow_tasks(k), run_follow, kernel);
}

static ad_status lower_back(ad_context *context, const struct step *step, struct kernel *kernel)
{
    bool largest = step->node->op == &op_max_pool_scatter;
    struct pool_kernel *k;
    TRY(start(context, step, &step->out[0], &step->in[0], largest ? &step->in[1] : NULL, &k));
    if (largest && !own_places(step, &k->job))
        return lower_follow(context, k, true, kernel);
    int64_t tasks = cut(k, k->job.along.in, k->job.along.stride);
    return finish(k, largest ? "pool largest back" : "pool mean back", tasks,
                  largest ? run_largest_back : run_mean_back, kernel);
}

ad_status cpu_lower_pool(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct op *op = step->node && !step->loop ? step->node->op : NULL;
    if (op == &op_max_pool || op == &op_average_pool)
        return lower_forward(context, step, kernel);
    if (op == &op_max_pool_scatter || op == &op_average_pool_gradient)
        return lower_back(context, step, kernel);
    if (op != &op_max_pool_take)
        return AD_ERROR_UNSUPPORTED;
    struct pool_kernel *k;
    TRY(start(context, step, &step->in[0], &step->out[0], &step->in[1], &k));
    return lower_follow(context, k, false, kernel);
}
