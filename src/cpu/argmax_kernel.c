/* argmax as a kernel: tasks are runs of results.  Along a row of neighbours the largest is found
 * first, in vectors, and then its place. */
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "core/order.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/reduce.h"
#include "op/shape.h"

enum { TASK_ELEMENTS = 1 << 14, MAXIMUM = 1 };

struct argmax_kernel {
    struct view x, y;
    struct axis_split s;
    const struct tile_table *tile;
    int64_t step; /* results of a task */
};

#define NUMBER float
#define NAME(x) x##_f32
#define IS_NAN(x) ((x) != (x))
#include "cpu/argmax.inc"

#define NUMBER double
#define NAME(x) x##_f64
#define IS_NAN(x) ((x) != (x))
#include "cpu/argmax.inc"

#define NUMBER int32_t
#define NAME(x) x##_i32
#define IS_NAN(x) false
#include "cpu/argmax.inc"

#define NUMBER int64_t
#define NAME(x) x##_i64
#define IS_NAN(x) false
#include "cpu/argmax.inc"

static int64_t place_of(const struct argmax_kernel *k, const void *x, int64_t i)
{
    switch (k->x.type) {
    case AD_F32: return place_f32(k, x, i);
    case AD_F64: return place_f64(k, x, i);
    case AD_I32: return place_i32(k, x, i);
    default: return place_i64(k, x, i);
    }
}

static ad_status run_argmax(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    (void)phase, (void)scratch;
    const struct argmax_kernel *k = kernel->self;
    const void *x = strided_address(run, &k->x);
    int32_t *y = (int32_t *)(void *)strided_address(run, &k->y);
    int64_t i = task * k->step, all = k->s.outer * k->s.inner;
    int64_t end = i + k->step < all ? i + k->step : all;
    for (; i < end; i++)
        y[i] = (int32_t)place_of(k, x, i);
    return AD_OK;
}

ad_status cpu_lower_argmax(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || step->loop || step->node->op != &op_argmax || step->out[0].value < 0 ||
        !strided_is_array(&step->in[0]) || !strided_is_array(&step->out[0]))
        return AD_ERROR_UNSUPPORTED;
    const struct argmax_attributes *a = step->node->attributes;
    struct argmax_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    k->x = step->in[0];
    k->y = step->out[0];
    k->s = shape_split(&k->x.shape, a->axis);
    k->tile = cpu_tables(context)->tile;
    k->step = k->s.size < TASK_ELEMENTS ? TASK_ELEMENTS / k->s.size : 1;
    int64_t results = k->s.outer * k->s.inner, tasks = (results + k->step - 1) / k->step;
    *kernel = (struct kernel){.name = "argmax rows",
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .bytes = results * k->s.size * (int64_t)ad_type_size(k->x.type),
                              .self = k,
                              .run = run_argmax,
                              .free = cpu_kernel_free};
    return AD_OK;
}
