/* Compiled programs: lowering each step to a kernel, and walking over the kernels.
 *
 * A plan owns its graph, schedule, kernels, the values kept from run to run (but for what its state
 * keeps for all plans) and the arenas of devices 1 and up; the arena of device 0 is whoever's runs
 * it.  On failure plan_new has freed all of that, the graph too; plan_execute leaves variables as
 * they were, as they are written last. */
#include "run/plan.h"

#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/isa.h"
#include "base/whole.h"
#include "op/scan.h"
#include "pass/fixed.h"
#include "pass/memory_plan.h"
#include "run/packed.h"
#include "run/scan_kernel.h"

struct plan {
    ad_context *context;
    ad_graph *graph;
    struct schedule schedule;
    struct kernel *kernel; /* by step */
    ad_state *state;
    struct packed **packed; /* by step; NULL where the kernel's shared value is the plan's */
    int kernels;
    void **base; /* by value */
    struct memory_sizes memory;
    size_t scratch_bytes;
    void *kept;              /* fixed values */
    int64_t version;         /* that they were computed for; 0: none */
    void *other[DEVICE_MAX]; /* arenas of devices 1 and up; device 0 has the program's */
    int threads;
    /* Every other run takes tasks backward: memory too large for the cache of a processor
     * (recurrent weights, from step to step) is then met where the last run left off, half of it
     * still near. */
    bool backward;
};

/* ---- making */

/* What is packed of a variable alone lies in the state.  False without memory. */
static bool share_packed(struct plan *plan, int i)
{
    const struct kernel *kernel = &plan->kernel[i];
    if (!plan->state || !kernel->fixed_phases || !kernel->packing)
        return true;
    const struct value *weights = &plan->schedule.values[plan->schedule.steps[i].in[1].value];
    if (weights->kind != VALUE_VARIABLE)
        return true;
    plan->packed[i] =
        packed_take(plan->state, weights->number, kernel->packing, kernel->shared_bytes);
    return plan->packed[i] != NULL;
}

static ad_status lower_step(struct plan *plan, int i)
{
    struct step *step = &plan->schedule.steps[i];
    struct kernel *kernel = &plan->kernel[i];
    *kernel = (struct kernel){.shared = -1};
    if (step->node && step->node->op == &op_scan)
        TRY(scan_lower(plan->context, step, kernel));
    else
        TRY(plan->context->backend->lower(plan->context, step, kernel));
    plan->kernels = i + 1;
    for (int phase = 0; phase < kernel->phases; phase++)
        if (kernel->tasks[phase] < 0)
            return fail(AD_ERROR_UNSUPPORTED, "%s: more than 2^31 tasks; split the work in parts",
                        kernel->name);
    if (!kernel->shared_bytes)
        return AD_OK;
    if (!share_packed(plan, i))
        return AD_ERROR_MEMORY;
    struct value shared = {.kind = VALUE_TEMPORARY,
                           .type = AD_U8,
                           .shape = {1, {(int64_t)kernel->shared_bytes}},
                           .first = plan->packed[i] ? -1 : i,
                           .last = i,
                           .device = step->device,
                           .fixed = kernel->fixed_phases > 0};
    kernel->shared = schedule_value(&plan->schedule, &shared);
    return kernel->shared < 0 ? AD_ERROR_MEMORY : AD_OK;
}

static ad_status lower(struct plan *plan)
{
    struct schedule *s = &plan->schedule;
    plan->kernel = arena_array(&s->arena, (size_t)s->step_count + 1, sizeof *plan->kernel);
    plan->packed = arena_array(&s->arena, (size_t)s->step_count + 1, sizeof(struct packed *));
    if (!plan->kernel || !plan->packed)
        return AD_ERROR_MEMORY;
    for (int i = 0; i < s->step_count; i++) {
        TRY(lower_step(plan, i));
        size_t scratch = (plan->kernel[i].scratch_bytes + 63) / 64 * 64;
        plan->scratch_bytes = scratch > plan->scratch_bytes ? scratch : plan->scratch_bytes;
    }
    return AD_OK;
}

static ad_status allocate(struct plan *plan)
{
    const ad_allocator *allocator = &plan->context->allocator;
    plan->kept = plan->memory.kept ? memory_alloc(allocator, plan->memory.kept) : NULL;
    if (plan->memory.kept && !plan->kept)
        return AD_ERROR_MEMORY;
    for (int i = 1; i < DEVICE_MAX; i++) {
        size_t bytes = plan->memory.arena[i];
        plan->other[i] = bytes ? memory_alloc(allocator, bytes) : NULL;
        if (bytes && !plan->other[i])
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

static ad_status make(struct plan *plan, const struct plan_request *r)
{
    struct schedule_request schedule = r->schedule;
    schedule.graph = plan->graph;
    schedule.backend = plan->context->backend;
    TRY(schedule_build(&plan->schedule, &schedule));
    fixed_mark(&plan->schedule, &schedule);
    TRY(lower(plan));
    if (!memory_plan(&plan->schedule, r->no_plan, &plan->memory))
        return AD_ERROR_MEMORY;
    plan->base = arena_array(&plan->schedule.arena, (size_t)plan->schedule.value_count + 1,
                             sizeof *plan->base);
    return plan->base ? allocate(plan) : AD_ERROR_MEMORY;
}

struct plan *plan_new(ad_context *context, const struct plan_request *r)
{
    struct plan *plan = memory_zeroed(&context->allocator, sizeof *plan);
    if (!plan) {
        ad_graph_free(r->graph);
        return NULL;
    }
    plan->context = context;
    plan->graph = r->graph;
    plan->state = r->state;
    plan->threads = threads_count(context->threads);
    if (make(plan, r) == AD_OK)
        return plan;
    plan_free(plan);
    return NULL;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    const ad_allocator *allocator = &plan->context->allocator;
    for (int i = 0; i < plan->kernels; i++) {
        if (plan->packed[i])
            packed_drop(plan->state, plan->packed[i]);
        if (plan->kernel[i].free)
            plan->kernel[i].free(plan->kernel[i].self, allocator);
    }
    for (int i = 1; i < DEVICE_MAX; i++)
        memory_free(allocator, plan->other[i], plan->memory.arena[i]);
    memory_free(allocator, plan->kept, plan->kept ? plan->memory.kept : 0);
    if (plan->schedule.allocator)
        schedule_done(&plan->schedule);
    ad_graph_free(plan->graph);
    memory_free(allocator, plan, sizeof *plan);
}

size_t plan_arena_bytes(const struct plan *plan)
{
    return plan->memory.arena[0] + plan_scratch_bytes(plan);
}

size_t plan_scratch_bytes(const struct plan *plan)
{
    return plan->scratch_bytes * (size_t)plan->threads + 64;
}

size_t plan_live_bytes(const struct plan *plan)
{
    return plan->memory.live;
}

int plan_kernels(const struct plan *plan)
{
    return plan->kernels;
}

int64_t plan_flops(const struct plan *plan)
{
    int64_t sum = 0;
    for (int i = 0; i < plan->kernels; i++)
        sum = whole_add(sum, plan->kernel[i].flops);
    return sum;
}

const struct schedule *plan_schedule(const struct plan *plan)
{
    return &plan->schedule;
}

/* ---- running */

static char *place_of(const struct plan *plan, char *arena, const struct value *v)
{
    char *memory = v->fixed ? plan->kept : v->device ? plan->other[v->device] : arena;
    return memory ? memory + v->place : NULL; /* all of it empty */
}

static void bind_values(struct plan *plan, char *arena, const struct plan_run *r)
{
    for (int i = 0; i < plan->schedule.value_count; i++) {
        const struct value *v = &plan->schedule.values[i];
        switch (v->kind) {
        case VALUE_TEMPORARY: plan->base[i] = place_of(plan, arena, v); break;
        case VALUE_FEED: plan->base[i] = r->feed[v->number]; break;
        case VALUE_VARIABLE: plan->base[i] = r->variable[v->number]; break;
        case VALUE_CONSTANT: plan->base[i] = (void *)(uintptr_t)v->data; break;
        case VALUE_FETCH: plan->base[i] = r->fetch[v->number]; break;
        }
    }
    for (int i = 0; plan->state && i < plan->kernels; i++)
        if (plan->packed[i])
            plan->base[plan->kernel[i].shared] = plan->packed[i]->memory;
}

/* The tasks of one phase, and the first failure among them. */
struct phase {
    const struct kernel *kernel;
    const struct run *run;
    int number;
    char *scratch;
    size_t scratch_bytes;
    atomic_int status;
    char message[ERROR_TEXT_MAX];
};

static ad_status run_kernel(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    ad_status status = kernel->run(kernel, run, phase, task, scratch);
    isa_rest();
    return status;
}

static void run_task(void *argument, int task, int thread)
{
    struct phase *p = argument;
    int none = AD_OK;
    ad_status status = run_kernel(p->kernel, p->run, p->number, task,
                                  p->scratch + (size_t)thread * p->scratch_bytes);
    if (status != AD_OK && atomic_compare_exchange_strong(&p->status, &none, (int)status))
        error_copy(p->message, sizeof p->message);
}

static ad_status run_alone(const struct run *run, const struct kernel *kernel, int number,
                           char *scratch)
{
    for (int task = 0; task < kernel->tasks[number]; task++)
        TRY(run_kernel(kernel, run, number, task, scratch));
    return AD_OK;
}

static ad_status run_phase(struct plan *plan, const struct run *run, const struct kernel *kernel,
                           int number, char *scratch)
{
    if (kernel->tasks[number] == 1)
        return run_kernel(kernel, run, number, 0, scratch);
    struct phase p = {.kernel = kernel,
                      .run = run,
                      .number = number,
                      .scratch = scratch,
                      .scratch_bytes = plan->scratch_bytes};
    threads_run(plan->context->threads, kernel->tasks[number], plan->backward, run_task, &p);
    ad_status status = (ad_status)atomic_load(&p.status);
    if (status != AD_OK)
        error_set(p.message);
    return status;
}

static ad_status with_place(const struct plan *plan, int step, ad_status status)
{
    const struct node *node = plan->schedule.steps[step].node;
    return node ? graph_failed_at(node, status) : status;
}

static void apply_updates(struct plan *plan, const struct plan_run *r)
{
    for (int i = 0; i < plan->schedule.update_count; i++) {
        struct update u = plan->schedule.updates[i];
        if (u.value >= 0)
            memcpy(r->variable[u.variable], plan->base[u.value],
                   plan->schedule.values[u.value].bytes);
    }
}

/* What the lock of packed_begin guards waits for nobody but threads of our own. */
static ad_status pack(struct plan *plan, const struct run *run, int i, char *scratch)
{
    if (!packed_begin(plan->state, plan->packed[i]))
        return AD_OK;
    const struct kernel *kernel = &plan->kernel[i];
    bool alone = threads_given(plan->context->threads);
    ad_status status = AD_OK;
    for (int phase = 0; phase < kernel->fixed_phases && status == AD_OK; phase++)
        status = alone ? run_alone(run, kernel, phase, scratch)
                       : run_phase(plan, run, kernel, phase, scratch);
    packed_end(plan->state, plan->packed[i], status == AD_OK);
    return status;
}

static ad_status run_step(struct plan *plan, const struct run *run, int i, bool fresh,
                          char *scratch)
{
    const struct kernel *kernel = &plan->kernel[i];
    if (!fresh && plan->schedule.steps[i].fixed)
        return AD_OK;
    int phase = fresh ? 0 : kernel->fixed_phases;
    if (plan->state && plan->packed[i]) { /* no plan that trains has a state */
        ad_status status = pack(plan, run, i, scratch);
        if (status != AD_OK)
            return with_place(plan, i, status);
        phase = kernel->fixed_phases;
    }
    for (; phase < kernel->phases; phase++) {
        ad_status status = run_phase(plan, run, kernel, phase, scratch);
        if (status != AD_OK)
            return with_place(plan, i, status);
    }
    return AD_OK;
}

static ad_status run_steps(struct plan *plan, const struct run *run, bool fresh, char *scratch)
{
    for (int i = 0; i < plan->kernels; i++)
        TRY(run_step(plan, run, i, fresh, scratch));
    return AD_OK;
}

ad_status plan_execute(struct plan *plan, void *arena, const struct plan_run *r)
{
    bind_values(plan, arena, r);
    struct run run = {plan->base,   r->seed, r->step, r->version, &plan->context->allocator,
                      plan->context};
    char *scratch = (char *)arena + plan->memory.arena[0];
    bool fresh = r->version == 0 || r->version != plan->version;
    plan->version = 0;
    threads_hold(plan->context->threads, true);
    ad_status status = run_steps(plan, &run, fresh, scratch);
    threads_hold(plan->context->threads, false);
    TRY(status);
    plan->version = r->version;
    plan->backward = !plan->backward;
    apply_updates(plan, r);
    return AD_OK;
}

/* ---- looking */

void plan_print(const struct plan *plan, struct text *text)
{
    for (int i = 0; i < plan->kernels; i++) {
        const struct kernel *k = &plan->kernel[i];
        text_add(text, "%4d  %-18s %s", i, k->name, plan->schedule.notes[i]);
        if (k->flops)
            text_add(text, "  [%lld flops]", (long long)k->flops);
        text_add(text, "  [%lld bytes, %d tasks]\n", (long long)k->bytes,
                 k->tasks[k->phases ? k->phases - 1 : 0]);
    }
    text_add(text, "%d kernels, %lld flops, arena %zu bytes, largest live sum %zu bytes\n",
             plan->kernels, (long long)plan_flops(plan), plan->memory.arena[0], plan->memory.live);
}
