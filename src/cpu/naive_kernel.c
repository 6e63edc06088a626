/* What has no kernel of its own runs by its record's naive kernel, on contiguous copies of inputs
 * that are views. */
#include <string.h>

#include "base/error.h"
#include "cpu/kernels.h"

struct naive_kernel {
    const struct node *node;
    struct view *in, *out;
    size_t *in_copy,
        *out_copy; /* place of a contiguous copy in the kernel's memory, plus 1; 0: none */
    size_t arrays; /* place of the arrays of a run in the kernel's memory */
};

static bool contiguous(const struct view *v)
{
    int64_t step = 1;
    for (int i = v->shape.rank - 1; i >= 0; i--) {
        if (v->shape.size[i] != 1 && v->stride[i] != step)
            return false;
        step *= v->shape.size[i];
    }
    return true;
}

/* Between a strided array and a contiguous one. */
static void move(const struct view *v, char *strided, char *plain, int axis, size_t size, bool out)
{
    if (axis == v->shape.rank) {
        memcpy(out ? strided : plain, out ? plain : strided, size);
        return;
    }
    size_t inner = size;
    for (int i = axis + 1; i < v->shape.rank; i++)
        inner *= (size_t)v->shape.size[i];
    for (int64_t i = 0; i < v->shape.size[axis]; i++)
        move(v, strided + i * v->stride[axis] * (int64_t)size, plain + (size_t)i * inner, axis + 1,
             size, out);
}

static char *address(const struct run *run, const struct view *v)
{
    return (char *)run->base[v->value] + v->offset * (int64_t)ad_type_size(v->type);
}

static ad_status run_naive(const struct kernel *kernel, const struct run *run, int phase, int task,
                           void *scratch)
{
    (void)phase, (void)task, (void)scratch;
    const struct naive_kernel *k = kernel->self;
    char *memory = run->base[kernel->shared];
    ad_array *in = (ad_array *)(void *)(memory + k->arrays), *out = in + k->node->in_count;
    for (int i = 0; i < k->node->in_count; i++) {
        in[i] = (ad_array){
            .type = k->in[i].type, .shape = k->in[i].shape, .data = address(run, &k->in[i])};
        if (!k->in_copy[i])
            continue;
        move(&k->in[i], in[i].data, memory + k->in_copy[i] - 1, 0, ad_type_size(k->in[i].type),
             false);
        in[i].data = memory + k->in_copy[i] - 1;
    }
    for (int i = 0; i < k->node->out_count; i++)
        out[i] = (ad_array){.type = k->out[i].type,
                            .shape = k->out[i].shape,
                            .data = k->out_copy[i] ? memory + k->out_copy[i] - 1
                                                   : address(run, &k->out[i])};
    struct call call = {k->node,           k->node->attributes, in,        out,
                        k->node->in_count, k->node->out_count,  run->seed, run->step,
                        run->allocator,    run->context};
    ad_status status = k->node->op->naive(&call);
    for (int i = 0; status == AD_OK && i < k->node->out_count; i++)
        if (k->out_copy[i] && k->out[i].value >= 0)
            move(&k->out[i], address(run, &k->out[i]), out[i].data, 0, ad_type_size(k->out[i].type),
                 true);
    return status;
}

static size_t reserve(const struct view *v, bool copy, size_t *size)
{
    if (!copy)
        return 0;
    size_t at = *size;
    *size += ((size_t)shape_count(&v->shape) * ad_type_size(v->type) + 127) / 64 * 64;
    return at + 1;
}

ad_status cpu_lower_naive(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct node *node = step->node;
    if (!node->op->naive || step->loop)
        return AD_ERROR_UNSUPPORTED;
    size_t in = (size_t)node->in_count, out = (size_t)node->out_count, size = 0;
    struct naive_kernel *k = cpu_kernel_self(context, sizeof *k + (in + out) * sizeof(size_t));
    if (!k)
        return AD_ERROR_MEMORY;
    k->node = node, k->in = step->in, k->out = step->out;
    k->in_copy = (size_t *)(void *)(k + 1), k->out_copy = k->in_copy + in;
    for (size_t i = 0; i < in; i++)
        k->in_copy[i] = reserve(&step->in[i], !contiguous(&step->in[i]), &size);
    for (size_t i = 0; i < out; i++)
        k->out_copy[i] =
            reserve(&step->out[i], step->out[i].value < 0 || !contiguous(&step->out[i]), &size);
    k->arrays = size;
    size += (in + out + 1) * sizeof(ad_array);
    *kernel = (struct kernel){.name = node->op->name,
                              .phases = 1,
                              .tasks = {1},
                              .shared = -1,
                              .shared_bytes = size,
                              .self = k,
                              .run = run_naive,
                              .free = cpu_kernel_free};
    return AD_OK;
}
