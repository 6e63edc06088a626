/* Programs: checking what is fed, compiling each set of sizes once, running, keeping the last
 * results. */
#include "run/program.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/option.h"
#include "pass/pipeline.h"
#include "run/compiled.h"

/* ---- making */

static int list_length(ad_tensor *const *fixed, ad_tensor *const *list, int count)
{
    if (list)
        return count;
    int n = 0;
    while (n < AD_LIST_MAX && fixed[n])
        n++;
    return n;
}

static ad_tensor **copy_list(ad_program *p, ad_tensor *const *fixed, ad_tensor *const *list,
                             int *count)
{
    *count = list_length(fixed, list, *count);
    ad_tensor **copy = arena_array(&p->arena, (size_t)*count + 1, sizeof *copy);
    if (copy && *count)
        memcpy(copy, list ? list : fixed, sizeof *copy * (size_t)*count);
    return copy;
}

static ad_status poisoned(const ad_graph *graph)
{
    if (graph->poison)
        return fail(graph_poison_status(graph->poison), "%s", ad_tensor_error(graph->poison));
    if (graph->loop)
        return fail(AD_ERROR_ARGUMENT, "a scan is not ended; is an ad_scan_end missing?");
    return graph->failed ? fail(AD_ERROR_MEMORY, "out of memory while the graph was built") : AD_OK;
}

static ad_status check_list(const ad_program *p, const char *what, ad_tensor *const *list,
                            int count)
{
    for (int i = 0; i < count; i++) {
        if (!list[i])
            return fail(AD_ERROR_ARGUMENT, "ad_compile: .%s[%d] is NULL", what, i);
        if (graph_is_poison(list[i]))
            return fail(graph_poison_status(list[i]), "%s", ad_tensor_error(list[i]));
        if (list[i]->node->id < 0)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .%s[%d] belongs to the body of a scan; ad_scan_all gives its "
                        "value at every step, ad_scan_last what a carry holds in the end",
                        what, i);
        if (list[i]->node->graph != p->graph)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .%s[%d] belongs to another graph than the state", what, i);
    }
    return AD_OK;
}

static ad_status check_feeds(const ad_program *p)
{
    TRY(check_list(p, "feed", p->feed, p->feeds));
    for (int i = 0; i < p->feeds; i++) {
        if (!graph_is(p->feed[i], &op_feed))
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .feed[%d] is the result of %s, not made by ad_feed", i,
                        p->feed[i]->node->op->name);
        for (int k = 0; k < i; k++)
            if (p->feed[k] == p->feed[i])
                return fail(AD_ERROR_ARGUMENT, "ad_compile: feed '%s' is listed twice",
                            p->feed[i]->name);
    }
    return AD_OK;
}

static bool listed(const ad_program *p, const ad_tensor *feed)
{
    for (int i = 0; i < p->feeds; i++)
        if (p->feed[i] == feed)
            return true;
    return false;
}

static bool gives_dimension(const ad_program *p, int number)
{
    for (int i = 0; i < p->feeds; i++)
        for (int k = 0; k < p->feed[i]->shape.rank; k++)
            if (dim_open_number(p->graph, p->feed[i]->shape.size[k]) == number)
                return true;
    return false;
}

/* A size of the tensor is another one when that dimension is. */
static bool changes_with(const ad_program *p, const ad_tensor *t, int number)
{
    struct dim_sizes a, b;
    for (int i = 0; i < DIM_OPEN_MAX; i++)
        a.size[i] = b.size[i] = 1 << 10;
    b.size[number] = 1 << 20;
    for (int k = 0; k < t->shape.rank; k++)
        if (dim_is_open(t->shape.size[k]) &&
            dim_value(p->graph, t->shape.size[k], &a) != dim_value(p->graph, t->shape.size[k], &b))
            return true;
    return false;
}

/* Each open dimension that a needed tensor has must be one of a feed that the program takes. */
static ad_status check_dimensions(const ad_program *p, const bool *needed)
{
    for (int n = 0; n < dim_open_count(p->graph); n++) {
        if (gives_dimension(p, n))
            continue;
        for (int id = 0; id < p->graph->count; id++) {
            const struct node *node = p->graph->nodes[id];
            for (int i = 0; needed[id] && i < node->out_count; i++)
                if (changes_with(p, &node->out[i], n))
                    return graph_failed_at(
                        node, fail(AD_ERROR_ARGUMENT,
                                   "no feed of the program gives the size of '%s'; list one that "
                                   "has it in .feed, needed or not",
                                   dim_open_name(p->graph, n)));
        }
    }
    return AD_OK;
}

/* Feeds behind the fetches: all of them must be listed; where none is listed, they are the list. */
static ad_status settle_feeds(ad_program *p, bool given)
{
    bool *needed = arena_array(&p->arena, (size_t)p->graph->count + 1, sizeof *needed);
    if (!needed)
        return AD_ERROR_MEMORY;
    struct work_request r = {
        .graph = p->graph, .fetch = p->fetch, .fetches = p->fetches, .training = p->training};
    work_mark(&r, needed);
    int count = 0;
    for (int id = 0; id < p->graph->count; id++)
        count += needed[id] && p->graph->nodes[id]->op == &op_feed;
    ad_tensor **feeds = given ? p->feed : arena_array(&p->arena, (size_t)count + 1, sizeof *feeds);
    for (int id = 0; feeds && id < p->graph->count; id++) {
        ad_tensor *t = p->graph->nodes[id]->out;
        if (!needed[id] || p->graph->nodes[id]->op != &op_feed || (given && listed(p, t)))
            continue;
        if (given)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: the fetches need feed '%s', which .feed does not list; add "
                        "it, or leave .feed out; in ad_value, bind it",
                        t->name);
        feeds[p->feeds++] = t;
    }
    p->feed = feeds;
    return feeds ? check_dimensions(p, needed) : AD_ERROR_MEMORY;
}

static ad_status check_counts(const ad_compile_options *o)
{
    if (o->fetch_count >= 0 && o->feed_count >= 0)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "ad_compile: .fetch_count is %d and .feed_count %d; they count the tensors of "
                ".fetch_list and .feed_list, from 0 up",
                o->fetch_count, o->feed_count);
}

static ad_status set_options(ad_program *p, const ad_compile_options *o)
{
    TRY(check_counts(o));
    p->fetches = o->fetch_count, p->feeds = o->feed_count;
    p->fetch = copy_list(p, o->fetch, o->fetch_list, &p->fetches);
    p->feed = copy_list(p, o->feed, o->feed_list, &p->feeds);
    if (!p->fetch || !p->feed)
        return AD_ERROR_MEMORY;
    p->training = o->training;
    p->naive = o->naive || o->check_finite || p->graph->context->naive;
    p->check_finite = o->check_finite;
    p->precision = o->precision;
    p->off = o->off;
    if (o->shapes < 1)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_compile: .shapes is %d; 1 or more, or leave it out for 16", o->shapes);
    if (o->precision != AD_F32 && o->precision != AD_BF16)
        return fail(AD_ERROR_ARGUMENT, "ad_compile: .precision is %s; AD_BF16, or leave it out",
                    ad_type_name(o->precision));
    p->cache_size = o->shapes;
    p->cache = arena_array(&p->arena, (size_t)p->cache_size, sizeof *p->cache);
    p->given = arena_array(&p->arena, (size_t)p->fetches + 1, sizeof *p->given);
    return p->cache && p->given ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status set_up(ad_program *p, const ad_compile_options *o)
{
    TRY(poisoned(p->graph));
    TRY(set_options(p, o));
    if (!p->fetches)
        return fail(AD_ERROR_ARGUMENT, "ad_compile: nothing to fetch; give .fetch = {...}");
    TRY(check_list(p, "fetch", p->fetch, p->fetches));
    TRY(check_feeds(p));
    TRY(settle_feeds(p, p->feeds > 0 || o->feed_list));
    return state_extend(p->state);
}

ad_program *ad_compile(ad_state *state, const ad_compile_options *options)
{
    if (!state) {
        fail(AD_ERROR_ARGUMENT, "ad_compile: the state is NULL");
        return NULL;
    }
    ad_compile_options o = AD_OPTIONS(ad_compile_options);
    ad_status status = options_read(ad_compile_options, &o, options);
    if (status != AD_OK) {
        fail(status, "ad_compile: %s", ad_error());
        return NULL;
    }
    ad_program *p = memory_zeroed(&state->graph->context->allocator, sizeof *p);
    if (!p)
        return NULL;
    p->state = state;
    p->graph = state->graph;
    arena_init(&p->arena, &p->graph->context->allocator);
    if (set_up(p, &o) == AD_OK)
        return p;
    ad_program_free(p);
    return NULL;
}

void ad_program_free(ad_program *p)
{
    if (!p)
        return;
    job_wait(&p->job);
    const ad_allocator *allocator = &p->graph->context->allocator;
    for (int i = 0; i < p->cached; i++)
        compiled_free(p, p->cache[i]);
    memory_free(allocator, p->memory, p->memory_bytes);
    memory_free(allocator, p->text, p->text_size);
    memory_free(allocator, p->c_text, p->c_size);
    arena_done(&p->arena);
    memory_free(allocator, p, sizeof *p);
}

/* ---- feeding */

static ad_status wrong_size(const ad_program *p, int i, const ad_array *a)
{
    return fail(AD_ERROR_SHAPE, "feed '%s': got shape %s; it is declared %s", p->feed[i]->name,
                graph_shape_text(p->graph, &a->shape),
                graph_shape_text(p->graph, &p->feed[i]->shape));
}

static ad_status check_array(const ad_program *p, int i, const ad_array *a)
{
    const ad_tensor *feed = p->feed[i];
    if (a->type != feed->type)
        return fail(AD_ERROR_TYPE,
                    "feed '%s': got %s; it is declared %s; convert the data, or declare the feed "
                    "so and use ad_cast",
                    feed->name, ad_type_name(a->type), ad_type_name(feed->type));
    if (a->shape.rank != feed->shape.rank)
        return wrong_size(p, i, a);
    for (int k = 0; k < a->shape.rank; k++)
        if (a->shape.size[k] < 0)
            return fail(AD_ERROR_SHAPE,
                        "feed '%s': axis %d has size %lld; sizes of data are numbers from 0 up",
                        feed->name, k, (long long)a->shape.size[k]);
    if (!a->data && ad_array_count(a))
        return fail(AD_ERROR_ARGUMENT, "feed '%s': the array has no data", feed->name);
    return AD_OK;
}

/* Takes the sizes of open dimensions from where they stand alone. */
static ad_status learn_sizes(const ad_program *p, int i, const ad_array *a, struct dim_sizes *sizes,
                             const char **from)
{
    for (int k = 0; k < a->shape.rank; k++) {
        int n = dim_open_number(p->graph, p->feed[i]->shape.size[k]);
        if (n < 0)
            continue;
        if (sizes->size[n] >= 0 && sizes->size[n] != a->shape.size[k])
            return fail(AD_ERROR_SHAPE,
                        "feed '%s': dimension '%s' is %lld here and %lld in feed '%s'; one run has "
                        "one size for it",
                        p->feed[i]->name, dim_open_name(p->graph, n), (long long)a->shape.size[k],
                        (long long)sizes->size[n], from[n]);
        sizes->size[n] = a->shape.size[k];
        from[n] = p->feed[i]->name;
    }
    return AD_OK;
}

static ad_status check_sizes(const ad_program *p, int i, const ad_array *a,
                             const struct dim_sizes *sizes)
{
    for (int k = 0; k < a->shape.rank; k++)
        if (dim_value(p->graph, p->feed[i]->shape.size[k], sizes) != a->shape.size[k])
            return wrong_size(p, i, a);
    return AD_OK;
}

static ad_status read_sizes(const ad_program *p, const ad_array *feeds, struct dim_sizes *sizes)
{
    const char *from[DIM_OPEN_MAX] = {0};
    memset(sizes, -1, sizeof *sizes);
    if (p->feeds && !feeds)
        return fail(AD_ERROR_ARGUMENT, "ad_run: no feeds given; the program takes %d, first '%s'",
                    p->feeds, p->feed[0]->name);
    for (int i = 0; i < p->feeds; i++) {
        TRY(check_array(p, i, &feeds[i]));
        TRY(learn_sizes(p, i, &feeds[i], sizes, from));
    }
    for (int i = 0; i < p->feeds; i++)
        TRY(check_sizes(p, i, &feeds[i], sizes));
    return AD_OK;
}

/* ---- the cache of compiled sizes */

static struct compiled *find_compiled(ad_program *p, const struct dim_sizes *sizes)
{
    size_t bytes = sizeof sizes->size[0] * (size_t)dim_open_count(p->graph);
    for (int i = 0; i < p->cached; i++)
        if (!memcmp(p->cache[i]->sizes.size, sizes->size, bytes))
            return p->cache[i];
    return NULL;
}

static int oldest(const ad_program *p)
{
    int old = 0;
    for (int i = 1; i < p->cached; i++)
        if (p->cache[i]->used < p->cache[old]->used)
            old = i;
    return old;
}

static ad_status find_or_compile(ad_program *p, const struct dim_sizes *sizes,
                                 struct compiled **out)
{
    struct compiled *c = find_compiled(p, sizes);
    if (!c) {
        double begin = clock_seconds();
        TRY(compiled_new(p, sizes, &c));
        p->compile_ms = 1e3 * (clock_seconds() - begin);
        p->compiles++;
        int place = p->cached < p->cache_size ? p->cached++ : oldest(p);
        if (p->cache[place]) {
            p->last = p->last == p->cache[place] ? NULL : p->last;
            compiled_free(p, p->cache[place]);
        }
        p->cache[place] = c;
    }
    c->used = ++p->clock;
    *out = c;
    return AD_OK;
}

/* ---- running */

static bool owns(const ad_program *p, int i, const ad_array *fetch)
{
    return !fetch->data || fetch->data == p->given[i];
}

static ad_status check_fetch(const ad_program *p, int i, const ad_array *want, const ad_array *have)
{
    if (owns(p, i, want))
        return AD_OK;
    if (want->type != have->type || !graph_shapes_equal(&want->shape, &have->shape))
        return fail(AD_ERROR_SHAPE,
                    "fetch %d: the array given is %s %s, the value %s %s; leave .data NULL to be "
                    "given memory",
                    i, ad_type_name(want->type), graph_shape_text(p->graph, &want->shape),
                    ad_type_name(have->type), graph_shape_text(p->graph, &have->shape));
    return AD_OK;
}

static void give(ad_program *p, const struct compiled *c, ad_array *fetches)
{
    for (int i = 0; fetches && i < p->fetches; i++) {
        const ad_array *have = &c->fetched[i];
        if (!owns(p, i, &fetches[i])) {
            if (ad_array_bytes(have))
                memcpy(fetches[i].data, have->data, ad_array_bytes(have));
            continue;
        }
        fetches[i] = *have;
        p->given[i] = have->data;
    }
    for (int i = 0; i < p->taps; i++)
        p->tap[i].see(p->tap[i].user, p->tap[i].name, &c->fetched[p->tap[i].fetch]);
}

static ad_status run_entered(ad_program *p, const ad_array *feeds, ad_array *fetches)
{
    struct dim_sizes sizes;
    struct compiled *c = NULL;
    TRY(read_sizes(p, feeds, &sizes));
    TRY(find_or_compile(p, &sizes, &c));
    for (int i = 0; fetches && i < p->fetches; i++)
        TRY(check_fetch(p, i, &fetches[i], &c->fetched[i]));
    TRY(compiled_run(p, c, feeds));
    p->last = c;
    if (p->training)
        p->state->step++;
    give(p, c, fetches);
    return AD_OK;
}

ad_status ad_run(ad_program *p, const ad_array *feeds, ad_array *fetches)
{
    if (!p)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_run: the program is NULL; ad_compile says why in ad_error()");
    if (p->submitted)
        return fail(AD_ERROR_BUSY, "ad_run: the program has a run submitted; ad_wait for it first");
    TRY(state_enter(p->state, p->training));
    ad_status status = run_entered(p, feeds, fetches);
    state_leave(p->state, p->training);
    return status;
}

/* ---- running beside the caller */

struct submission {
    ad_program *program;
    const ad_array *feeds;
    ad_array *fetches;
    void (*done)(void *user, ad_status status);
    void *user;
    ad_status status;
    char message[ERROR_TEXT_MAX];
};

static void run_submission(void *argument)
{
    struct submission *s = argument;
    s->status = run_entered(s->program, s->feeds, s->fetches);
    state_leave(s->program->state, s->program->training);
    error_copy(s->message, sizeof s->message);
    if (s->done)
        s->done(s->user, s->status);
}

ad_status ad_submit(ad_program *p, const ad_array *feeds, ad_array *fetches,
                    void (*done)(void *user, ad_status status), void *user)
{
    if (!p)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_submit: the program is NULL; ad_compile says why in ad_error()");
    if (p->submitted)
        return fail(AD_ERROR_BUSY,
                    "ad_submit: the program has a run submitted; ad_wait for it first");
    if (!p->submission)
        p->submission = arena_alloc(&p->arena, sizeof *p->submission);
    if (!p->submission)
        return AD_ERROR_MEMORY;
    TRY(state_enter(p->state, p->training));
    *p->submission = (struct submission){
        .program = p, .feeds = feeds, .fetches = fetches, .done = done, .user = user};
    ad_status status = job_start(&p->job, run_submission, p->submission);
    if (status != AD_OK)
        state_leave(p->state, p->training);
    p->submitted = status == AD_OK;
    return status;
}

ad_status ad_wait(ad_program *p)
{
    if (!p || !p->submitted)
        return fail(AD_ERROR_ARGUMENT, "ad_wait: nothing was submitted");
    job_wait(&p->job);
    p->submitted = false;
    if (p->submission->status != AD_OK)
        error_set(p->submission->message);
    return p->submission->status;
}

/* ---- taps */

static void drop_cache(ad_program *p)
{
    for (int i = 0; i < p->cached; i++)
        compiled_free(p, p->cache[i]);
    memset(p->cache, 0, sizeof *p->cache * (size_t)p->cache_size);
    p->cached = 0;
    p->last = NULL;
}

ad_status ad_tap(ad_program *p, const char *name,
                 void (*see)(void *user, const char *name, const ad_array *value), void *user)
{
    ad_tensor *t = p && name ? ad_find(p->graph, name) : NULL;
    if (!p || !see)
        return fail(AD_ERROR_ARGUMENT, "ad_tap: the %s is NULL",
                    p ? "function that sees the values" : "program");
    if (p->submitted)
        return fail(AD_ERROR_BUSY, "ad_tap: the program has a run submitted; ad_wait for it first");
    if (!t)
        return fail(AD_ERROR_ARGUMENT, "ad_tap: no tensor named '%s'; ad_name gives one a name",
                    name ? name : "NULL");
    int count = p->fetches + p->taps;
    ad_tensor **fetch = arena_array(&p->arena, (size_t)count + 2, sizeof *fetch);
    struct tap *taps = arena_array(&p->arena, (size_t)p->taps + 1, sizeof *taps);
    if (!fetch || !taps)
        return AD_ERROR_MEMORY;
    memcpy(fetch, p->fetch, sizeof *fetch * (size_t)count);
    if (p->taps)
        memcpy(taps, p->tap, sizeof *taps * (size_t)p->taps);
    fetch[count] = t;
    taps[p->taps] = (struct tap){count, t->name, see, user};
    p->fetch = fetch, p->tap = taps, p->taps++;
    drop_cache(p);
    return AD_OK;
}
