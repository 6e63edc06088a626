/* Ops along an axis as kernels: a task is a run of positions round it (op/more/along.h). */
#include "base/whole.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/more/along.h"

/* Neighbouring positions share lines of memory: a task has whole ones. */
enum { TASK_ELEMENTS = 1 << 15, TASKS = 16, LINE = 16 };

struct along_kernel {
    const struct node *node;
    const struct view *in, *out;
    along_run *run;
    int64_t positions, each; /* in all, of a task */
    size_t room;             /* bytes of a task */
};

static ad_array array_of(const struct run *run, const struct view *v)
{
    ad_array a = {.type = v->type, .shape = v->shape};
    a.data = v->value < 0 ? NULL : strided_address(run, v);
    return a;
}

static ad_status run_along(const struct kernel *kernel, const struct run *run, int phase, int task,
                           void *scratch)
{
    (void)phase, (void)scratch;
    const struct along_kernel *k = kernel->self;
    const struct node *node = k->node;
    ad_array in[3], out[2];
    for (int i = 0; i < node->in_count; i++)
        in[i] = array_of(run, &k->in[i]);
    for (int i = 0; i < node->out_count; i++)
        out[i] = array_of(run, &k->out[i]);
    struct call call = {.node = node,
                        .attributes = node->attributes,
                        .in = in,
                        .out = out,
                        .in_count = node->in_count,
                        .out_count = node->out_count,
                        .seed = run->seed,
                        .step = run->step};
    int64_t begin = task * k->each, left = k->positions - begin;
    char *room = k->room ? (char *)run->base[kernel->shared] + (size_t)task * k->room : NULL;
    return k->run(&call, begin, begin + (left < k->each ? left : k->each), room);
}

static bool lies_well(const struct step *step)
{
    for (int i = 0; i < step->node->in_count; i++)
        if (!strided_is_array(&step->in[i]))
            return false;
    for (int i = 0; i < step->node->out_count; i++)
        if (step->out[i].value >= 0 && !strided_is_array(&step->out[i]))
            return false;
    return true;
}

/* At least so many elements, and not more than so many tasks; columns by whole lines. */
static int64_t positions_each(const struct along_kernel *k, int64_t size, bool columns)
{
    int64_t each = TASK_ELEMENTS / (size + 1), least = (k->positions + TASKS - 1) / TASKS;
    each = each > least ? each : least;
    return columns ? (each / LINE + 1) * LINE : each + !each;
}

ad_status cpu_lower_along(ad_context *context, const struct step *step, struct kernel *kernel)
{
    along_run *run = step->node && !step->loop ? along_find(step->node->op) : NULL;
    if (!run || !lies_well(step))
        return AD_ERROR_UNSUPPORTED;
    struct along_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    struct axis_split s = along_split(step->node, &step->in[0].shape);
    int64_t elements = s.outer * s.size * s.inner;
    *k = (struct along_kernel){.node = step->node,
                               .in = step->in,
                               .out = step->out,
                               .run = run,
                               .positions = s.outer * s.inner};
    int64_t more = step->node->in_count > 1 ? shape_count(&step->in[1].shape) : 0;
    k->each = positions_each(k, s.size, s.inner > 1);
    k->room = (along_room(step->node, &step->in[0].shape) + 63) / 64 * 64;
    int64_t tasks = (k->positions + k->each - 1) / k->each;
    *kernel =
        (struct kernel){.name = step->node->op->name,
                        .phases = tasks > 0,
                        .tasks = {whole_int(tasks)},
                        .shared = -1,
                        .shared_bytes = (size_t)tasks * k->room,
                        .bytes = 2 * (elements + more) * (int64_t)ad_type_size(step->in[0].type),
                        .self = k,
                        .run = run_along,
                        .free = cpu_kernel_free};
    return AD_OK;
}
