/* resample as a kernel: a task makes rows of the result, each first weighed of rows of x into
 * scratch, then along its width.  x that does not lie in order is copied first. */
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/more/resample.h"

enum { TASK_BYTES = 1 << 16 };

struct resample_kernel {
    struct view x, y;
    struct blend along, across;
    bool flat;                      /* one axis */
    int64_t in, out, width, places; /* rows of an image before and after, places of a row */
    int64_t inner, rows, total;     /* rows of a task, of all */
    size_t size;                    /* of an element */
    bool apart;                     /* x is copied */
    blend_function *blend;
};

bool cpu_keeps_resample(const struct node *node)
{
    return node->op == &op_resample;
}

/* f64 is made once for all instruction sets. */
static void blend_f64(const struct blend *b, int64_t first, int64_t count, const void *x, int64_t n,
                      void *y)
{
    const double *weight = b->weight, *from = x;
    double *to = y;
    for (int64_t i = first; i < first + count; i++, to += n)
        for (int64_t c = 0; c < n; c++) {
            double sum = 0;
            for (int32_t k = b->start[i]; k < b->start[i + 1]; k++)
                sum += weight[k] * from[b->from[k] * n + c];
            to[c] = sum;
        }
}

static void copy_rows(const struct resample_kernel *k, const struct run *run, char *to, int64_t row,
                      int64_t end)
{
    struct strided outer = strided_axes(&k->x, 0, 2),
                   inner = strided_axes(&k->x, 2, k->x.shape.rank);
    size_t bytes = (size_t)strided_count(&inner) * k->size;
    const char *x = strided_address(run, &k->x);
    for (; row < end; row++)
        strided_copy(&inner, x + strided_offset(&outer, row) * (int64_t)k->size,
                     to + (size_t)row * bytes, k->size);
}

static ad_status run_resample(const struct kernel *kernel, const struct run *run, int phase,
                              int task, void *scratch)
{
    const struct resample_kernel *k = kernel->self;
    char *copy = k->apart ? run->base[kernel->shared] : NULL;
    int64_t total = k->apart && !phase ? k->total / k->out * k->in : k->total;
    int64_t row = task * k->rows, end = row + k->rows < total ? row + k->rows : total;
    if (k->apart && !phase) {
        copy_rows(k, run, copy, row, end);
        return AD_OK;
    }
    const char *x = k->apart ? copy : strided_address(run, &k->x);
    int64_t before = k->width * k->inner, after = k->places * k->inner;
    for (; row < end; row++) {
        char *y = strided_address(run, &k->y) + row * after * (int64_t)k->size;
        const char *image = x + row / k->out * k->in * before * (int64_t)k->size;
        k->blend(&k->along, row % k->out, 1, image, before, k->flat ? (void *)y : scratch);
        if (!k->flat)
            k->blend(&k->across, 0, k->places, scratch, k->inner, y);
    }
    return AD_OK;
}

/* ---- lowering */

static size_t bytes_of(const struct resample_axis *r, int64_t size)
{
    int64_t n = r->after * r->taps;
    return (size_t)(8 * (n + r->taps + (size + n + 2) / 2));
}

/* The table of an axis, in memory of that many bytes; weights in the type of x. */
static void lay(struct blend *b, const struct resample_axis *r, int64_t size, ad_type type,
                char *memory)
{
    int64_t n = r->after * r->taps;
    double *weight = (double *)(void *)memory;
    b->weight = weight;
    b->start = (int32_t *)(void *)(weight + n + r->taps);
    b->from = b->start + size + 1;
    resample_table(r, b->start, b->from, weight);
    for (int64_t i = 0; i < n && type == AD_F32; i++) {
        float w = (float)weight[i];
        memcpy(memory + (size_t)i * sizeof w, &w, sizeof w);
    }
}

static struct resample_kernel kernel_of(const struct step *step)
{
    const ad_shape *x = &step->in[0].shape, *y = &step->out[0].shape;
    bool flat = x->rank == 3;
    struct resample_kernel k = {.x = step->in[0],
                                .y = step->out[0],
                                .flat = flat,
                                .in = x->size[1],
                                .out = y->size[1],
                                .width = flat ? 1 : x->size[2],
                                .places = flat ? 1 : y->size[2],
                                .inner = y->size[y->rank - 1],
                                .total = y->size[0] * y->size[1],
                                .size = ad_type_size(step->in[0].type),
                                .apart = !strided_is_array(&step->in[0])};
    int64_t bytes = k.places * k.inner * (int64_t)k.size;
    k.rows = bytes && bytes < TASK_BYTES ? TASK_BYTES / bytes : 1;
    return k;
}

ad_status cpu_lower_resample(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct node *node = step->loop ? NULL : step->node;
    if (!node || node->op != &op_resample || !strided_is_array(&step->out[0]))
        return AD_ERROR_UNSUPPORTED;
    struct resample_kernel k = kernel_of(step), *self;
    struct resample_axis along = resample_axis(node->attributes, k.in, k.out);
    struct resample_axis across = resample_axis(node->attributes, k.width, k.places);
    const struct pool_table *table = cpu_tables(context)->pool;
    size_t first = sizeof k + bytes_of(&along, k.out);
    self = cpu_kernel_self(context, first + (k.flat ? 0 : bytes_of(&across, k.places)));
    if (!self)
        return AD_ERROR_MEMORY;
    k.blend = k.x.type == AD_F32 ? table->blend : blend_f64;
    lay(&k.along, &along, k.out, k.x.type, (char *)self + sizeof k);
    if (!k.flat)
        lay(&k.across, &across, k.places, k.x.type, (char *)self + first);
    *self = k;
    bool any = shape_count(&k.y.shape) > 0;
    int copies = any && k.apart ? whole_int((k.total / k.out * k.in + k.rows - 1) / k.rows) : 0;
    int tasks = whole_int((k.total + k.rows - 1) / k.rows);
    int64_t row = k.width * k.inner * (int64_t)k.size;
    *kernel = (struct kernel){
        .name = "resample",
        .phases = any + k.apart * any,
        .tasks = {copies ? copies : tasks, tasks},
        .shared = -1,
        .shared_bytes = copies ? (size_t)(shape_count(&k.x.shape)) * k.size : 0,
        .scratch_bytes = k.flat ? 0 : (size_t)row,
        .bytes = (shape_count(&k.x.shape) + shape_count(&k.y.shape)) * (int64_t)k.size,
        .self = self,
        .run = run_resample,
        .free = cpu_kernel_free};
    return AD_OK;
}
