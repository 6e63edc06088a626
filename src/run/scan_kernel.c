/* A scan as a kernel.
 *
 * The body's plan reads its slices and writes its stacked results where they lie inside (batch,
 * time, ...), by strides, so nothing is copied in or out. Carries live in two buffers that change
 * places after every step.
 *
 * The kernel owns the body's plan, made from a copy of the body; arena and carries lie in the
 * kernel's shared memory, which the plan around it gives.  On failure scan_lower has freed what it
 * made; a run that fails at some step leaves results half written, which nobody reads. */
#include "run/scan_kernel.h"

#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "op/scalar.h"
#include "op/scan.h"
#include "pass/scan_body.h"
#include "run/plan.h"

struct scan_kernel {
    struct plan *plan;
    int slices, carries, captures, stacks;
    bool reverse, index;
    bool fixed;   /* captures stay the same from run to run, as long as the run's version does */
    int64_t runs; /* so far: the version of captures that do not */
    int64_t time, now;  /* now: the index feed points here */
    struct view *in;    /* of the node: slices, carries, captures */
    struct view *last;  /* results: what the carries hold in the end */
    struct view *stack; /* results over time */
    size_t *carry_bytes;
    void **feed, **fetch;   /* of the plan */
    void **current, **next; /* carries */
    size_t plan_bytes; /* of the plan's arena, in front of the carries in the kernel's memory */
    struct arena arena;
};

/* ---- making */

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t carry_bytes(const ad_tensor *t)
{
    return (size_t)shape_count(&t->shape) * ad_type_size(t->type);
}

static bool allocate(struct scan_kernel *k, const struct step *step)
{
    const struct scan_attributes *a = step->node->attributes;
    size_t in = (size_t)step->node->in_count + 1, out = (size_t)a->body->output_count + 1,
           carries = (size_t)a->carries + 1;
    k->in = arena_copy(&k->arena, step->in, sizeof *k->in * (in - 1) + 1);
    k->last = arena_copy(&k->arena, step->out, sizeof *k->last * (carries - 1) + 1);
    k->carry_bytes = arena_array(&k->arena, carries, sizeof *k->carry_bytes);
    k->feed = arena_array(&k->arena, in + 1, sizeof *k->feed);
    k->fetch = arena_array(&k->arena, out, sizeof *k->fetch);
    k->current = arena_array(&k->arena, carries, sizeof *k->current);
    k->next = arena_array(&k->arena, carries, sizeof *k->next);
    return k->in && k->last && k->carry_bytes && k->feed && k->fetch && k->current && k->next;
}

static ad_status make_plan(struct scan_kernel *k, ad_context *context, const struct step *step)
{
    struct scan_body body;
    TRY(scan_body_build(&body, &k->arena, step));
    k->stack = body.stack, k->stacks = body.stacks;
    struct plan_request r = {.graph = body.graph, .schedule = body.request};
    r.schedule.first_fixed_feed = k->slices + k->carries;
    r.schedule.fixed_feeds = k->captures;
    k->plan = plan_new(context, &r);
    return k->plan ? AD_OK : AD_ERROR_MEMORY;
}

static size_t memory_needed(const struct scan_kernel *k)
{
    size_t bytes = k->plan_bytes;
    for (int i = 0; i < k->carries; i++)
        bytes += 2 * rounded(k->carry_bytes[i]);
    return bytes;
}

static void scan_free(void *self, const ad_allocator *allocator)
{
    struct scan_kernel *k = self;
    plan_free(k->plan);
    arena_done(&k->arena);
    memory_free(allocator, k, sizeof *k);
}

/* ---- running */

static char *address(const struct run *run, const struct view *v, int64_t t, int axis)
{
    int64_t offset = v->offset + (axis >= 0 ? t * v->stride[axis] : 0);
    return (char *)run->base[v->value] + offset * (int64_t)ad_type_size(v->type);
}

/* Between a strided value and contiguous memory: the first and last values of the carries. */
static void move_view(const struct view *v, char *strided, char *plain, int axis, bool out)
{
    size_t size = ad_type_size(v->type), inner = size;
    bool row = axis == v->shape.rank - 1 && v->stride[axis] == 1;
    if (row || axis == v->shape.rank) {
        size_t bytes = row ? (size_t)v->shape.size[axis] * size : size;
        memcpy(out ? strided : plain, out ? plain : strided, bytes);
        return;
    }
    for (int i = axis + 1; i < v->shape.rank; i++)
        inner *= (size_t)v->shape.size[i];
    for (int64_t i = 0; i < v->shape.size[axis]; i++)
        move_view(v, strided + i * v->stride[axis] * (int64_t)size, plain + (size_t)i * inner,
                  axis + 1, out);
}

static void place_carries(struct scan_kernel *k, char *memory)
{
    for (int i = 0; i < k->carries; i++) {
        k->current[i] = memory;
        k->next[i] = memory + rounded(k->carry_bytes[i]);
        memory += 2 * rounded(k->carry_bytes[i]);
    }
}

static ad_status run_step(struct scan_kernel *k, const struct run *run, int64_t t, void *arena)
{
    k->now = t;
    for (int i = 0; i < k->slices; i++)
        k->feed[i] = address(run, &k->in[i], t, scan_body_axis(&k->in[i]));
    for (int i = 0; i < k->carries; i++) {
        k->feed[k->slices + i] = k->current[i];
        k->fetch[i] = k->next[i];
    }
    for (int i = 0; i < k->stacks; i++)
        k->fetch[k->carries + i] = address(run, &k->stack[i], t, scan_body_axis(&k->stack[i]));
    struct plan_run r = {.feed = k->feed,
                         .fetch = k->fetch,
                         .seed = scalar_step_seed(run->seed, t),
                         .step = run->step,
                         .version = k->fixed && run->version ? run->version : k->runs};
    TRY(plan_execute(k->plan, arena, &r));
    for (int i = 0; i < k->carries; i++) {
        void *swap = k->current[i];
        k->current[i] = k->next[i];
        k->next[i] = swap;
    }
    return AD_OK;
}

static ad_status scan_run(const struct kernel *kernel, const struct run *run, int phase, int task,
                          void *scratch)
{
    (void)phase, (void)task, (void)scratch;
    struct scan_kernel *k = kernel->self;
    char *memory = run->base[kernel->shared];
    place_carries(k, memory + k->plan_bytes);
    for (int i = 0; i < k->carries; i++) {
        const struct view *v = &k->in[k->slices + i];
        move_view(v, address(run, v, 0, -1), k->current[i], 0, false);
    }
    for (int i = 0; i < k->captures; i++)
        k->feed[k->slices + k->carries + i] =
            address(run, &k->in[k->slices + k->carries + i], 0, -1);
    if (k->index)
        k->feed[k->slices + k->carries + k->captures] = &k->now;
    k->runs++;
    for (int64_t t = 0; t < k->time; t++)
        TRY(run_step(k, run, k->reverse ? k->time - 1 - t : t, memory));
    for (int i = 0; i < k->carries; i++)
        if (k->last[i].value >= 0)
            move_view(&k->last[i], address(run, &k->last[i], 0, -1), k->current[i], 0, true);
    return AD_OK;
}

static bool captures_fixed(const struct scan_kernel *k, const struct step *step)
{
    bool fixed = step->node->in_count <= 64;
    for (int i = k->slices + k->carries; i < step->node->in_count && fixed; i++)
        fixed = step->fixed_in >> i & 1;
    return fixed;
}

ad_status scan_lower(ad_context *context, const struct step *step, struct kernel *kernel)
{
    struct scan_kernel *k = memory_zeroed(&context->allocator, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    arena_init(&k->arena, &context->allocator);
    const struct scan_attributes *a = step->node->attributes;
    k->slices = (int)a->slices, k->carries = (int)a->carries;
    k->captures = step->node->in_count - k->slices - k->carries;
    k->fixed = captures_fixed(k, step);
    k->reverse = a->reverse, k->index = a->index;
    k->time = scan_body_time(step);
    ad_status status = allocate(k, step) ? AD_OK : AD_ERROR_MEMORY;
    for (int i = 0; status == AD_OK && i < k->carries; i++)
        k->carry_bytes[i] = carry_bytes(a->body->outputs[i]);
    if (status == AD_OK)
        status = make_plan(k, context, step);
    if (status != AD_OK) {
        scan_free(k, &context->allocator);
        return status;
    }
    k->plan_bytes = rounded(plan_arena_bytes(k->plan));
    *kernel = (struct kernel){.name = "scan",
                              .phases = 1,
                              .tasks = {1},
                              .shared = -1,
                              .shared_bytes = memory_needed(k) + 64,
                              .flops = whole_mul(plan_flops(k->plan), k->time),
                              .self = k,
                              .run = scan_run,
                              .free = scan_free};
    return AD_OK;
}
