/* gather and check_index as kernels: rows are copied by their numbers, each task a run of rows of
 * the result, and numbers are checked where they are read.  A task that meets a bad one looks for
 * the first of all, so that the message does not depend on threads. */
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/whole.h"
#include "cpu/index.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"

enum { TASK_BYTES = 1 << 16 };

struct gather_kernel {
    struct view x, index, y;
    struct strided outer; /* axes of x before the one that is indexed */
    int64_t rows, stride; /* of that one */
    int64_t count;        /* of indices */
    size_t bytes;         /* of a row: all that follows that axis */
    int64_t units, total; /* rows of y: of a task, in all */
    const char *what;
};

static ad_status run_gather(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    (void)phase, (void)scratch;
    const struct gather_kernel *k = kernel->self;
    int64_t unit = task * k->units, end = unit + k->units < k->total ? unit + k->units : k->total;
    struct index_list list = {k->index.type, strided_address(run, &k->index), k->count};
    size_t size = ad_type_size(k->x.type);
    const char *x = strided_address(run, &k->x);
    char *y = strided_address(run, &k->y) + (size_t)unit * k->bytes;
    while (unit < end) {
        int64_t outer = unit / k->count, i = unit % k->count;
        const char *from = x + strided_offset(&k->outer, outer) * (int64_t)size;
        for (; i < k->count && unit < end; i++, unit++, y += k->bytes) {
            int64_t at = index_item(&list, i);
            if (at < 0 || at >= k->rows)
                return index_check(&list, k->rows, "index");
            copy_bytes(y, from + at * k->stride * (int64_t)size, k->bytes);
        }
    }
    return AD_OK;
}

static ad_status run_check(const struct kernel *kernel, const struct run *run, int phase, int task,
                           void *scratch)
{
    (void)phase, (void)scratch;
    const struct gather_kernel *k = kernel->self;
    int64_t first = task * k->units;
    int64_t count = k->total - first < k->units ? k->total - first : k->units;
    size_t size = ad_type_size(k->x.type), at = (size_t)first * size;
    struct index_list list = {k->x.type, strided_address(run, &k->x), k->total};
    struct index_list part = {k->x.type, (const char *)list.data + at, count};
    if (index_check(&part, k->rows, k->what) != AD_OK)
        return index_check(&list, k->rows, k->what);
    copy_bytes(strided_address(run, &k->y) + at, part.data, (size_t)count * size);
    return AD_OK;
}

static ad_status finish(ad_context *context, struct gather_kernel *k, const char *name,
                        ad_status (*run)(const struct kernel *, const struct run *, int, int,
                                         void *),
                        struct kernel *kernel)
{
    size_t bytes = k->bytes ? k->bytes : 1;
    k->units = bytes < TASK_BYTES ? (int64_t)(TASK_BYTES / bytes) : 1;
    struct gather_kernel *self = cpu_kernel_self(context, sizeof *k);
    if (!self)
        return AD_ERROR_MEMORY;
    *self = *k;
    int64_t tasks = (k->total + k->units - 1) / k->units;
    *kernel = (struct kernel){.name = name,
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .bytes = 2 * k->total * (int64_t)k->bytes,
                              .self = self,
                              .run = run,
                              .free = cpu_kernel_free};
    return AD_OK;
}

/* Nothing around the indices, but indices: they are checked all the same, and not here. */
static bool only_checks(const struct gather_kernel *k)
{
    return k->total == 0 && k->count > 0;
}

static ad_status lower_gather(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct gather_attributes *a = step->node->attributes;
    int axis = (int)a->axis;
    struct gather_kernel k = {.x = step->in[0], .index = step->in[1], .y = step->out[0]};
    struct strided inner = strided_axes(&k.x, axis + 1, k.x.shape.rank);
    if (!strided_is_array(&k.index) || !strided_is_array(&k.y) || !strided_packed(&inner))
        return AD_ERROR_UNSUPPORTED;
    k.outer = strided_axes(&k.x, 0, axis);
    k.rows = k.x.shape.size[axis];
    k.stride = k.x.stride[axis];
    k.count = shape_count(&k.index.shape);
    k.bytes = (size_t)strided_count(&inner) * ad_type_size(k.x.type);
    k.total = strided_count(&k.outer) * k.count;
    if (only_checks(&k))
        return AD_ERROR_UNSUPPORTED;
    return finish(context, &k, "gather rows", run_gather, kernel);
}

static ad_status lower_check(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct check_index_attributes *a = step->node->attributes;
    struct gather_kernel k = {.x = step->in[0], .y = step->out[0]};
    if (!strided_is_array(&k.x) || !strided_is_array(&k.y))
        return AD_ERROR_UNSUPPORTED;
    k.rows = a->limit;
    k.what = a->what ? a->what : "index";
    k.total = shape_count(&k.x.shape);
    k.bytes = ad_type_size(k.x.type);
    return finish(context, &k, "check range", run_check, kernel);
}

ad_status cpu_lower_gather(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct op *op = step->node && !step->loop ? step->node->op : NULL;
    if ((op != &op_gather && op != &op_check_index) || step->out[0].value < 0)
        return AD_ERROR_UNSUPPORTED;
    return op == &op_gather ? lower_gather(context, step, kernel)
                            : lower_check(context, step, kernel);
}
