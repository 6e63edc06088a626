/* Convolutions as kernels: the three ops are one description with another member written. */
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "cpu/kernels.h"
#include "op/convolution.h"

struct convolution_kernel {
    struct convolve convolve;
    struct cpu_tail tail;
    bool has_tail;
    const struct loop_operand *beside; /* of the tail's: lies as the result does; or NULL */
    struct view x, w, y;
    struct packing packing;
};

bool cpu_is_convolution(const struct op *op)
{
    return op == &op_convolution || op == &op_convolution_input || op == &op_convolution_weight;
}

/* Strides of (batch, height, width, channels); a sequence is an image of height 1. */
static void image_strides(const struct view *v, int64_t *stride)
{
    bool image = v->shape.rank == 4;
    stride[0] = v->stride[0];
    stride[1] = image ? v->stride[1] : 0;
    stride[2] = v->stride[image ? 2 : 1];
    stride[3] = v->stride[image ? 3 : 2];
}

static void weight_strides(const struct view *v, int64_t *stride)
{
    bool image = v->shape.rank == 4;
    stride[0] = v->stride[0];
    stride[1] = v->stride[1];
    stride[2] = image ? v->stride[2] : 0;
    stride[3] = v->stride[image ? 3 : 2];
}

static void fill_axes(struct convolve *c, const struct convolution_kernel *k,
                      const struct window_attributes *a)
{
    bool image = k->x.shape.rank == 4;
    struct convolve_axis first = {k->x.shape.size[1], k->y.shape.size[1], k->w.shape.size[2],
                                  a->stride,          a->padding,         a->dilation};
    struct convolve_axis one = {1, 1, 1, 1, 0, 1};
    c->axis[0] = image ? first : one;
    c->axis[1] = first;
    if (image)
        c->axis[1] =
            (struct convolve_axis){k->x.shape.size[2], k->y.shape.size[2], k->w.shape.size[3],
                                   a->stride_w,        a->padding_w,       a->dilation_w};
}

static void fill(struct convolution_kernel *k, const struct step *step)
{
    const struct op *op = step->node->op;
    struct convolve *c = &k->convolve;
    c->kind = op == &op_convolution         ? CONVOLVE_FORWARD
              : op == &op_convolution_input ? CONVOLVE_INPUT_GRADIENT
                                            : CONVOLVE_WEIGHT_GRADIENT;
    k->x = op == &op_convolution_input ? step->out[0] : step->in[0];
    k->w = op == &op_convolution_weight ? step->out[0] : step->in[1];
    k->y = op == &op_convolution         ? step->out[0]
           : op == &op_convolution_input ? step->in[0]
                                         : step->in[1];
    const struct window_attributes *a = step->node->attributes;
    c->type = step->out[0].type;
    c->batch = k->x.shape.size[0];
    c->channels = k->x.shape.size[k->x.shape.rank - 1];
    c->filters = k->y.shape.size[k->y.shape.rank - 1];
    c->groups = a->groups;
    fill_axes(c, k, a);
    image_strides(&k->x, c->x_stride);
    image_strides(&k->y, c->y_stride);
    weight_strides(&k->w, c->w_stride);
}

static void *memory_at(const struct run *run, int value, int64_t offset, ad_type type)
{
    return (char *)run->base[value] + offset * (int64_t)ad_type_size(type);
}

static void *address(const struct run *run, const struct view *v)
{
    return memory_at(run, v->value, v->offset, v->type);
}

/* Where the whole of it begins. */
static const void *beside_address(const struct run *run, const struct loop_operand *o)
{
    return o ? memory_at(run, o->value, o->offset, o->type) : NULL;
}

/* What the tail reads that lies as the result does, as the other summand of a residual block. */
static const struct loop_operand *beside_result(const struct loop *l, int result)
{
    const struct loop_operand *r = &l->operand[result];
    for (int i = 0; i < l->operands; i++) {
        const struct loop_operand *o = &l->operand[i];
        if (!o->written && o->value != r->value && o->type == r->type &&
            !memcmp(o->stride, r->stride, sizeof o->stride[0] * (size_t)l->dims))
            return o;
    }
    return NULL;
}

static ad_status run_convolution(const struct kernel *kernel, const struct run *run, int phase,
                                 int task, void *scratch)
{
    const struct convolution_kernel *k = kernel->self;
    struct cpu_tail_run tail = {&k->tail, run, 0, (char *)scratch + k->convolve.scratch_bytes};
    struct convolve_run r = {&k->convolve,
                             address(run, &k->x),
                             address(run, &k->w),
                             address(run, &k->y),
                             kernel->shared >= 0 ? run->base[kernel->shared] : NULL,
                             k->has_tail ? cpu_tail_call : NULL,
                             &tail,
                             beside_address(run, k->beside)};
    convolve_task(&r, (enum contract_phase)phase, task, scratch);
    return AD_OK;
}

static const struct packing *packing_of(struct convolution_kernel *k)
{
    const struct convolve *c = &k->convolve;
    const int64_t *w = c->w_stride;
    k->packing = (struct packing){
        c->kernels,
        {c->kind == CONVOLVE_FORWARD ? PACKING_CONVOLUTION : PACKING_INPUT_GRADIENT, k->w.offset,
         c->channels, c->filters, c->groups, w[0], w[1], w[2], w[3], c->w_bf16, c->plan.width,
         c->plan.across + 2 * c->plan.depthwise + 4 * c->plan.winograd.side}};
    int64_t *axis = k->packing.number + 12;
    for (int i = 0; i < 2; i++, axis += 4)
        axis[0] = c->axis[i].kernel, axis[1] = c->axis[i].stride, axis[2] = c->axis[i].padding,
        axis[3] = c->axis[i].dilation;
    return &k->packing;
}

static int64_t flops(const struct convolve *c)
{
    int64_t taps =
        c->axis[0].kernel * c->axis[1].kernel * (c->groups ? c->channels / c->groups : 0);
    return whole_mul(2 * c->batch * c->axis[0].out * c->axis[1].out * c->filters, taps);
}

ad_status cpu_lower_convolution(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || !cpu_is_convolution(step->node->op))
        return AD_ERROR_UNSUPPORTED;
    struct convolution_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    fill(k, step);
    struct convolve *c = &k->convolve;
    k->has_tail = c->has_tail = c->tail_in_place = step->loop != NULL;
    size_t tail_scratch = 0;
    if (step->loop) {
        k->tail = (struct cpu_tail){cpu_tables(context)->tile, step->loop, step->tail_operand, 0};
        c->whole_rows = step->loop->needs_rows;
        k->beside = beside_result(step->loop, step->tail_operand);
        tail_scratch = tile_prepare(k->tail.tile, step->loop);
    }
    c->keep = !step->fixed && (step->fixed_in & 2) && c->kind != CONVOLVE_WEIGHT_GRADIENT;
    c->winograd = context->winograd;
    convolve_plan(c, cpu_tables(context)->contract);
    c->scratch_bytes = (c->scratch_bytes + 63) / 64 * 64;
    *kernel = (struct kernel){.name = "convolution",
                              .phases = CONTRACT_PHASES,
                              .shared = -1,
                              .shared_bytes = c->shared_bytes,
                              .fixed_phases = c->keep && c->shared_bytes > 0,
                              .packing = packing_of(k),
                              .tasks = {c->tasks[0], c->tasks[1]},
                              .scratch_bytes = c->scratch_bytes + tail_scratch,
                              .flops = flops(c),
                              .self = k,
                              .run = run_convolution,
                              .free = cpu_kernel_free};
    return AD_OK;
}
