/* A program at one set of sizes.
 *
 * compiled_new reads the program's own graph, never the user's, and gives back all or nothing.  It
 * owns its plan and the memory of its fetches; the arena between kernels is the program's, shared
 * by all sizes.  compiled_run is called by one thread that has entered the program and its state;
 * on failure no variable has changed and what the last run gave may have. */
#include "run/compiled.h"

#include <string.h>

#include "base/error.h"
#include "pass/pipeline.h"
#include "run/interpret.h"
#include "run/plan.h"

static const ad_allocator *allocator_of(const ad_program *p)
{
    return &p->graph->context->allocator;
}

/* ---- making */

static int fetch_count(const ad_program *p)
{
    return p->fetches + p->taps;
}

ad_status compiled_work(const ad_program *p, const struct dim_sizes *sizes, int fetches,
                        const struct backend *backend, struct work *out)
{
    TRY(work_at(out, &p->open, fetches, sizes));
    struct pipeline_options o = {.off = p->off,
                                 .precision = p->precision,
                                 .training = p->training,
                                 .naive = !backend,
                                 .backend = backend};
    out->graph = pipeline(out->graph, &o, out->roots, out->root_count);
    return out->graph ? AD_OK : AD_ERROR_MEMORY;
}

static struct span span_of(const ad_array *array)
{
    uintptr_t begin = (uintptr_t)array->data;
    return (struct span){begin, begin + ad_array_bytes(array)};
}

static bool overlap(struct span a, struct span b)
{
    return a.begin < b.end && b.begin < a.end;
}

static void add_written(struct compiled *c, const ad_array *array)
{
    struct span span = span_of(array);
    if (span.begin == span.end)
        return;
    if (!c->written_count || span.begin < c->hull.begin)
        c->hull.begin = span.begin;
    if (!c->written_count || span.end > c->hull.end)
        c->hull.end = span.end;
    c->written[c->written_count++] = span;
}

/* Where kernels write for good: the fetches, and variables. */
static bool note_written(const ad_program *p, struct compiled *c)
{
    const struct work *w = &c->work;
    size_t most = (size_t)(w->fetches + w->variables) + 1;
    c->written = arena_array(&c->work.arena, most, sizeof *c->written);
    for (int i = 0; c->written && i < w->fetches; i++)
        add_written(c, &c->fetched[i]);
    for (int i = 0; c->written && i < w->variables; i++)
        if (w->assigned[i])
            add_written(c, &p->value[i]->array);
    return c->written != NULL;
}

/* What runs need of places that stay the same. */
static bool note_places(const ad_program *p, struct compiled *c)
{
    size_t ends = (size_t)(c->work.feeds + c->work.variables + c->work.fetches) + 1;
    c->addresses = arena_array(&c->work.arena, ends, sizeof *c->addresses);
    return c->addresses && note_written(p, c);
}

static ad_status build_plan(const ad_program *p, struct compiled *c)
{
    struct plan_request r = {.graph = c->work.graph,
                             .schedule = work_schedule(&c->work),
                             .no_plan = p->off.no_plan,
                             .state = p->training ? NULL : p->state};
    r.schedule.no_fuse = p->off.no_fuse;
    r.schedule.fixed_variables = !p->training;
    c->work.graph = NULL;
    c->plan = plan_new(p->graph->context, &r);
    return c->plan && note_places(p, c) ? AD_OK : AD_ERROR_MEMORY;
}

/* Memory for the fetches of a plan: they outlive its arena. */
static ad_status allocate_fetches(const ad_program *p, struct compiled *c)
{
    for (int i = 0; i < fetch_count(p); i++) {
        const ad_tensor *t = p->fetch[i];
        c->fetched[i] =
            (ad_array){.type = t->type, .shape = dim_shape_value(p->graph, &t->shape, &c->sizes)};
        c->fetched[i].data = memory_zeroed(allocator_of(p), ad_array_bytes(&c->fetched[i]) + 1);
        c->fetched[i].given_ = c->fetched[i].data;
        if (!c->fetched[i].data)
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

static ad_status make(const ad_program *p, struct compiled *c)
{
    c->fetched = memory_zeroed(allocator_of(p), sizeof *c->fetched * (size_t)(fetch_count(p) + 1));
    if (!c->fetched)
        return AD_ERROR_MEMORY;
    const struct backend *backend = p->naive ? NULL : p->graph->context->backend;
    TRY(compiled_work(p, &c->sizes, fetch_count(p), backend, &c->work));
    TRY(allocate_fetches(p, c));
    return p->naive ? AD_OK : build_plan(p, c);
}

ad_status compiled_new(ad_program *p, const struct dim_sizes *sizes, struct compiled **out)
{
    struct compiled *c = memory_zeroed(allocator_of(p), sizeof *c);
    if (!c)
        return AD_ERROR_MEMORY;
    c->sizes = *sizes;
    ad_status status = make(p, c);
    if (status == AD_OK)
        *out = c;
    else
        compiled_free(p, c);
    return status;
}

void compiled_free(const ad_program *p, struct compiled *c)
{
    if (!c)
        return;
    const ad_allocator *allocator = allocator_of(p);
    for (int i = 0; c->fetched && i < fetch_count(p); i++)
        memory_free(allocator, c->fetched[i].data,
                    c->fetched[i].data ? ad_array_bytes(&c->fetched[i]) + 1 : 0);
    memory_free(allocator, c->fetched, sizeof *c->fetched * (size_t)(fetch_count(p) + 1));
    plan_free(c->plan);
    if (c->work.roots)
        work_done(&c->work);
    memory_free(allocator, c, sizeof *c);
}

/* ---- running by the interpreter */

struct naive_run {
    ad_tensor **leaf, **root;
    ad_array *value, *result;
    int leaves, roots;
    struct arena arena;
};

static bool gather_ends(const ad_program *p, const struct compiled *c, const ad_array *feeds,
                        struct naive_run *n)
{
    const struct work *w = &c->work;
    size_t most = (size_t)w->root_count + 1;
    n->leaf = arena_array(&n->arena, most, sizeof *n->leaf);
    n->value = arena_array(&n->arena, most, sizeof *n->value);
    n->root = arena_array(&n->arena, most, sizeof *n->root);
    n->result = arena_array(&n->arena, most, sizeof *n->result);
    if (!n->leaf || !n->value || !n->root || !n->result)
        return false;
    for (int i = 0; i < w->feeds; i++)
        n->leaf[n->leaves] = w->feed[i], n->value[n->leaves++] = feeds[i];
    for (int i = 0; i < w->variables; i++)
        n->leaf[n->leaves] = w->variable[i], n->value[n->leaves++] = p->value[i]->array;
    for (int i = 0; i < w->fetches; i++)
        n->root[n->roots++] = w->fetch[i];
    for (int i = 0; i < w->variables; i++)
        if (w->assigned[i])
            n->root[n->roots++] = w->assigned[i];
    return true;
}

static void take(ad_program *p, struct compiled *c, struct naive_run *n)
{
    const struct work *w = &c->work;
    int k = 0;
    for (; k < w->fetches; k++)
        memcpy(c->fetched[k].data, n->result[k].data, ad_array_bytes(&n->result[k]));
    for (int i = 0; i < w->variables; i++) {
        if (!w->assigned[i])
            continue;
        memcpy(p->value[i]->array.data, n->result[k].data, ad_array_bytes(&n->result[k]));
        p->value[i]->version++;
        k++;
    }
    for (k = 0; k < n->roots; k++)
        memory_free(allocator_of(p), n->result[k].data, ad_array_bytes(&n->result[k]) + 1);
}

static ad_status run_naive(ad_program *p, struct compiled *c, const ad_array *feeds)
{
    struct naive_run n = {0};
    arena_init(&n.arena, allocator_of(p));
    ad_status status = gather_ends(p, c, feeds, &n) ? AD_OK : AD_ERROR_MEMORY;
    struct interpretation i = {.graph = c->work.graph,
                               .leaf = n.leaf,
                               .value = n.value,
                               .leaves = n.leaves,
                               .root = n.root,
                               .result = n.result,
                               .roots = n.roots,
                               .seed = ad_state_seed(p->state),
                               .step = (uint32_t)ad_state_step(p->state),
                               .check_finite = p->check_finite,
                               .allocator = allocator_of(p)};
    if (status == AD_OK)
        status = interpret(&i);
    if (status == AD_OK)
        take(p, c, &n);
    arena_done(&n.arena);
    return status;
}

/* ---- running by kernels */

/* Changes whenever a value that is read does; never 0. */
static int64_t version(const ad_program *p, const struct work *w)
{
    int64_t sum = 1;
    for (int i = 0; i < w->variables; i++)
        sum += w->variable[i] ? p->value[i]->version : 0;
    return sum;
}

static ad_status reserve(ad_program *p, size_t bytes)
{
    if (bytes <= p->memory_bytes)
        return AD_OK;
    memory_free(allocator_of(p), p->memory, p->memory_bytes);
    p->memory = memory_alloc(allocator_of(p), bytes);
    p->memory_bytes = p->memory ? bytes : 0;
    return p->memory ? AD_OK : AD_ERROR_MEMORY;
}

/* The feed lies where kernels write: in what the last run gave, or in a variable. */
static bool is_written(const struct compiled *c, const ad_array *feed)
{
    struct span span = span_of(feed);
    if (!overlap(span, c->hull))
        return false;
    for (int i = 0; i < c->written_count; i++)
        if (overlap(span, c->written[i]))
            return true;
    return false;
}

/* Where the kernels read the feeds: at their places, or in copies. */
static ad_status place_feeds(ad_program *p, const struct compiled *c, const ad_array *feeds,
                             void **feed)
{
    if (p->aside.chunk)
        arena_done(&p->aside);
    for (int i = 0; i < c->work.feeds; i++) {
        feed[i] = feeds[i].data;
        if (c->work.feed[i] && is_written(c, &feeds[i]))
            feed[i] = arena_copy(&p->aside, feed[i], ad_array_bytes(&feeds[i]));
        if (!feed[i] && ad_array_bytes(&feeds[i]))
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

static ad_status run_plan(ad_program *p, struct compiled *c, const ad_array *feeds)
{
    const struct work *w = &c->work;
    TRY(reserve(p, plan_arena_bytes(c->plan)));
    void **feed = c->addresses, **variable = feed + w->feeds, **fetch = variable + w->variables;
    TRY(place_feeds(p, c, feeds, feed));
    for (int i = 0; i < w->variables; i++)
        variable[i] = p->value[i]->array.data;
    for (int i = 0; i < w->fetches; i++)
        fetch[i] = c->fetched[i].data;
    struct plan_run r = {.feed = feed,
                         .variable = variable,
                         .fetch = fetch,
                         .seed = ad_state_seed(p->state),
                         .step = (uint32_t)ad_state_step(p->state),
                         .version = p->training ? 0 : version(p, w)};
    TRY(plan_execute(c->plan, p->memory, &r));
    for (int i = 0; p->training && i < w->variables; i++)
        p->value[i]->version += w->assigned[i] != NULL;
    return AD_OK;
}

ad_status compiled_run(ad_program *p, struct compiled *c, const ad_array *feeds)
{
    return c->plan ? run_plan(p, c, feeds) : run_naive(p, c, feeds);
}
